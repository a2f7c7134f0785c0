//! `ListFunctions`: pages in order of names, over all partitions.

use super::model::{Function, FunctionId};
use super::settings::refuse;
use super::state::FUNCTIONS;
use super::{Error, Job, Query, Reply};
use kernel::rows::scan_prefix;
use kernel::{AccountId, Caller, Region, Rows, codec};
use tidemill_aws::generated::lambda as wire;
use tidemill_kernel as kernel;

/// Functions on a page, whatever `MaxItems` says.
const PAGE_MAX: usize = 50;

/// One partition's share: the first `limit` names after `after`, and one more when there is one.
pub(super) fn read(
    rows: &dyn Rows,
    account: AccountId,
    region: &Region,
    after: Option<&str>,
    limit: usize,
) -> Reply {
    let prefix = FunctionId::row_prefix(account, region);
    let after = after.map(|name| format!("{prefix}{name}"));
    let functions = scan_prefix(
        rows,
        FUNCTIONS,
        prefix.as_bytes(),
        after.as_ref().map(String::as_bytes),
        limit.saturating_add(1),
    );
    let functions = functions.iter().map(|(_, value)| codec::from_bytes(value)).collect();
    Reply::Functions { functions, next: None }
}

pub(super) fn merge(replies: Vec<Reply>, limit: usize) -> Reply {
    let mut functions: Vec<Function> = replies
        .into_iter()
        .flat_map(|reply| {
            if let Reply::Functions { functions, .. } = reply { functions } else { Vec::new() }
        })
        .collect();
    functions.sort_by(|a, b| a.id.cmp(&b.id));
    let is_last = functions.len() <= limit;
    functions.truncate(limit);
    let next = functions.last().filter(|_| !is_last).map(|last| last.id.name.clone());
    Reply::Functions { functions, next }
}

pub(super) fn decode(input: wire::ListFunctionsInput, caller: &Caller) -> Result<Job, Error> {
    let wire::ListFunctionsInput { function_version, marker, master_region, max_items } = input;
    refuse("FunctionVersion", function_version.is_some())?;
    refuse("MasterRegion", master_region.is_some())?;
    Ok(Job::query_all(Query::Functions {
        account: caller.account,
        region: caller.region.clone(),
        after: marker,
        limit: page_limit(max_items, PAGE_MAX),
    }))
}

/// How many to show for `MaxItems`: AWS takes more than a page holds and shows a page.
pub(super) fn page_limit(max_items: Option<i32>, page_max: usize) -> usize {
    max_items.and_then(|items| usize::try_from(items).ok()).unwrap_or(page_max).clamp(1, page_max)
}
