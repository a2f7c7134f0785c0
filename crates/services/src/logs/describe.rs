//! `DescribeLogGroups`, `DescribeLogStreams`, and the rows behind `FilterLogEvents`.

use super::model::{Event, Group, GroupId, Stream};
use super::page::{Filter, FilterPage};
use super::state::{self, GROUPS};
use super::{GroupNames, Reply, StreamOrder};
use kernel::rows::scan_prefix;
use kernel::{AccountId, Region, Rows, codec};
use tidemill_kernel as kernel;

/// One partition's share: the first `limit` names after `after`, and one more when there is one.
pub(super) fn groups(
    rows: &dyn Rows,
    account: AccountId,
    region: &Region,
    names: &GroupNames,
    after: Option<&str>,
    limit: usize,
) -> Reply {
    let prefix = GroupId::row_prefix(account, region);
    let after = after.map(|name| format!("{prefix}{name}"));
    let after = after.as_ref().map(String::as_bytes);
    let groups = scan_prefix(rows, GROUPS, prefix.as_bytes(), after, usize::MAX)
        .iter()
        .map(|(_, row)| codec::from_bytes::<Group>(row))
        .filter(|group| names.take(&group.id.name))
        .take(limit.saturating_add(1))
        .collect();
    Reply::Groups { groups, next: None }
}

/// Makes a page of groups from several places; a name that comes twice is shown once.
#[must_use]
pub fn page_of_groups(mut groups: Vec<Group>, limit: usize) -> Reply {
    groups.sort_by(|a, b| a.id.cmp(&b.id));
    groups.dedup_by(|a, b| a.id == b.id);
    let is_last = groups.len() <= limit;
    groups.truncate(limit);
    let next = groups.last().filter(|_| !is_last).map(|last| last.id.name.clone());
    Reply::Groups { groups, next }
}

/// Makes a page of a group's streams.
#[must_use]
pub fn page_of_streams(
    group: GroupId,
    mut streams: Vec<Stream>,
    order: StreamOrder,
    skip: usize,
    limit: usize,
) -> Reply {
    let is_descending = match order {
        StreamOrder::Name { is_descending } => {
            streams.sort_by(|a, b| a.name.cmp(&b.name));
            is_descending
        }
        StreamOrder::LastEvent { is_descending } => {
            streams.sort_by(|a, b| (a.last_event_at, &a.name).cmp(&(b.last_event_at, &b.name)));
            is_descending
        }
    };
    if is_descending {
        streams.reverse();
    }
    let shown = skip.saturating_add(limit);
    let next = (streams.len() > shown).then_some(shown);
    let streams = streams.into_iter().skip(skip).take(limit).collect();
    Reply::Streams { group, streams, next }
}

/// Gathers no more events per stream than a page can hold: which streams the page is made of is
/// known only once all are there.
pub(super) fn filter(rows: &dyn Rows, group: &Group, filter: &Filter) -> FilterPage {
    let start = filter.span.start.unwrap_or_default();
    let start = filter.after.as_ref().map_or(start, |after| start.max(after.timestamp));
    let mut found: Vec<Event> = Vec::new();
    for stream in state::streams(rows, group, "") {
        if filter.streams.take(&stream.name) {
            let events = state::events(rows, group, &stream, start)
                .take_while(|event| filter.span.end.is_none_or(|end| event.timestamp < end))
                .filter(|event| filter.takes(event))
                .take(filter.limit.saturating_add(1));
            found.extend(events);
        }
    }
    filter.page(found)
}
