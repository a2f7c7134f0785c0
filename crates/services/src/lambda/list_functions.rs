//! `ListFunctions`: pages in order of names, over all partitions.

use super::Reply;
use super::model::{Function, FunctionId};
use super::state::FUNCTIONS;
use kernel::rows::scan_prefix;
use kernel::{AccountId, Region, Rows, codec};
use tidemill_kernel as kernel;

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
        .flat_map(|reply| match reply {
            Reply::Functions { functions, .. } => functions,
            other => unreachable!("a list is answered with a list, not {other:?}"),
        })
        .collect();
    functions.sort_by(|a, b| a.id.cmp(&b.id));
    let is_last = functions.len() <= limit;
    functions.truncate(limit);
    let next = functions.last().filter(|_| !is_last).map(|last| last.id.name.clone());
    Reply::Functions { functions, next }
}
