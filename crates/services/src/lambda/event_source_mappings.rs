//! `GetEventSourceMapping`, `ListEventSourceMappings`, and the watch that the workers live by.

use super::list_functions::page_limit;
use super::model::{FunctionId, Mapping};
use super::state::{MAPPINGS_CHANGED, State};
use super::{Error, Job, MappingId, Query, Reply, names};
use kernel::{AccountId, Caller, Millis, Outcome, Position, Region, Uuid, Wait};
use std::ops::Bound;
use tidemill_aws::generated::lambda as wire;
use tidemill_kernel as kernel;

/// Mappings on a page, whatever `MaxItems` says.
const PAGE_MAX: usize = 100;

/// How long a watch is parked before it is answered with what it knew.
const WATCH_MAX: Millis = Millis::from_seconds(3600);

/// Which mappings a list is about.
pub(super) struct Filter {
    pub(super) account: AccountId,
    pub(super) region: Region,
    pub(super) function: Option<FunctionId>,
    pub(super) queue: Option<String>,
}

impl Filter {
    fn takes(&self, mapping: &Mapping) -> bool {
        mapping.function.account == self.account
            && mapping.function.region == self.region
            && self.function.as_ref().is_none_or(|function| *function == mapping.function)
            && self.queue.as_ref().is_none_or(|queue| queue == mapping.queue.as_str())
    }
}

pub(super) fn read(state: &State, id: &MappingId) -> Result<Reply, Error> {
    let mapping = Box::new(state.mapping(id)?.clone());
    Ok(Reply::Mapping { mapping, is_deleted: false })
}

pub(super) fn list(state: &State, filter: &Filter, after: Option<Uuid>, limit: usize) -> Reply {
    let from = after.map_or(Bound::Unbounded, Bound::Excluded);
    let mappings = state
        .mappings
        .range((from, Bound::Unbounded))
        .map(|(_, mapping)| mapping)
        .filter(|mapping| filter.takes(mapping))
        .take(limit.saturating_add(1))
        .cloned()
        .collect();
    Reply::Mappings { mappings, next: None }
}

pub(super) fn merge(replies: Vec<Reply>, limit: usize) -> Reply {
    let mut mappings: Vec<Mapping> =
        replies
            .into_iter()
            .flat_map(|reply| {
                if let Reply::Mappings { mappings, .. } = reply { mappings } else { Vec::new() }
            })
            .collect();
    mappings.sort_by_key(|mapping| mapping.uuid);
    let is_last = mappings.len() <= limit;
    mappings.truncate(limit);
    let next = mappings.last().filter(|_| !is_last).map(|last| last.uuid);
    Reply::Mappings { mappings, next }
}

/// Answers at once when the mappings changed since `seen`, else waits until they do.
pub(super) fn watch(state: &State, seen: Option<Position>) -> Outcome<Reply> {
    let watched = Reply::Watched {
        seen: state.mappings_changed_at,
        mappings: state.mappings.values().cloned().collect(),
    };
    if seen == Some(state.mappings_changed_at) {
        let key = MAPPINGS_CHANGED;
        Outcome::Wait(Wait { key, wait_max: WATCH_MAX, retry_at: None, otherwise: watched })
    } else {
        Outcome::Done(watched)
    }
}

pub(super) fn decode_get(
    input: wire::GetEventSourceMappingInput,
    caller: &Caller,
) -> Result<Job, Error> {
    let wire::GetEventSourceMappingInput { uuid } = input;
    let mapping = names::mapping(&uuid, caller)?;
    let partition = mapping.partition().ok_or(Error::ResourceNotFound)?;
    Ok(Job::query(partition, Query::Mapping(mapping)))
}

pub(super) fn decode_list(
    input: wire::ListEventSourceMappingsInput,
    caller: &Caller,
) -> Result<Job, Error> {
    let wire::ListEventSourceMappingsInput { event_source_arn, function_name, marker, max_items } =
        input;
    let function = function_name.map(|name| names::function(&name, None, caller)).transpose()?;
    let after = marker.as_deref().map(|marker| {
        Uuid::parse(marker)
            .ok_or_else(|| Error::InvalidParameterValue(format!("Invalid marker: {marker}")))
    });
    Ok(Job::query_all(Query::Mappings {
        account: caller.account,
        region: caller.region.clone(),
        function: function.map(|named| named.function),
        queue: event_source_arn,
        after: after.transpose()?,
        limit: page_limit(max_items, PAGE_MAX),
    }))
}
