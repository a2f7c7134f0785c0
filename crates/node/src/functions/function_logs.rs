//! The log groups of functions: files that the runner writes, shown with CloudWatch's words.
//!
//! A group `/aws/lambda/NAME` may also have rows, when a client made it or puts events there. Both
//! are read and merged, by the same paging.

use crate::core::Answer;
use crate::{Node, Unavailable};
use std::io;
use tidemill_kernel::Timestamp;
use tidemill_runner::Runner;
use tidemill_runner::logs::{self as files, EventsQuery, FilterQuery, LogGroup, LogStore};
use tidemill_services::logs::page::{Filter, From, Get};
use tidemill_services::logs::{self, Command, Event, Group, GroupId, Query, Reply, Stream};
use tidemill_services::{self as services, Work};

/// Events read from the files at a time while one page of a filter is filled.
const EVENTS_PER_READ: usize = 10_000;

pub(super) async fn submit(
    node: &Node,
    runner: &Runner,
    work: Work,
) -> Result<Answer, Unavailable> {
    let rows = node.submit(whole(&work)).await?;
    let store = runner.logs().clone();
    let merged = tokio::task::spawn_blocking(move || merge(&store, work, rows)).await;
    match merged {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => {
            tracing::error!("the logs of a function cannot be read: {error}");
            Err(Unavailable::Busy)
        }
        Err(_) => Err(Unavailable::Stopping),
    }
}

/// The work as the node must do it: a page of streams is cut after the merge, so all are asked.
fn whole(work: &Work) -> Work {
    match work {
        Work::Query(
            partition,
            services::Query::Logs(Query::Streams { group, prefix, order, .. }),
        ) => {
            let (group, prefix, order) = (group.clone(), prefix.clone(), *order);
            let query = Query::Streams { group, prefix, order, skip: 0, limit: usize::MAX };
            Work::Query(*partition, services::Query::Logs(query))
        }
        Work::Query(..) | Work::QueryAll(_) | Work::Command(..) => work.clone(),
    }
}

fn merge(store: &LogStore, work: Work, rows: Answer) -> io::Result<Answer> {
    match work {
        Work::Query(_, services::Query::Logs(query)) => read(store, query, rows),
        Work::QueryAll(services::Query::Logs(Query::Groups {
            account,
            region,
            names,
            after,
            limit,
        })) => {
            let mut found = groups_of(rows);
            let prefix = logs::FUNCTION_GROUP_PREFIX;
            let written = store.groups(&account.to_string(), region.as_str(), prefix)?;
            let is_after = |name: &String| after.as_ref().is_none_or(|after| name > after);
            for name in written.into_iter().filter(|name| names.take(name)).filter(is_after) {
                let id = GroupId { account, region: region.clone(), name };
                found.push(described(store, id)?);
            }
            Ok(Ok(services::Reply::Logs(logs::page_of_groups(found, limit))))
        }
        Work::Command(_, services::Command::Logs(Command::DeleteLogGroup(group)))
            if group.function_name().is_some() =>
        {
            let had_files = !store.streams(&named(&group))?.is_empty();
            store.delete_group(&named(&group))?;
            Ok(if had_files { Ok(services::Reply::Logs(Reply::Nothing)) } else { rows })
        }
        Work::Query(..) | Work::QueryAll(_) | Work::Command(..) => Ok(rows),
    }
}

fn read(store: &LogStore, query: Query, rows: Answer) -> io::Result<Answer> {
    let group = match &query {
        Query::Streams { group, .. } | Query::Get { group, .. } | Query::Filter { group, .. } => {
            group.clone()
        }
        Query::Groups { .. } => return Ok(rows),
    };
    let name = named(&group);
    let written = if group.function_name().is_some() { store.streams(&name)? } else { Vec::new() };
    if written.is_empty() {
        return Ok(rows_only(query, rows));
    }
    let reply = match query {
        Query::Groups { .. } => return Ok(rows),
        Query::Streams { prefix, order, skip, limit, .. } => {
            let mut streams = streams_of(rows);
            let shown = written.iter().filter(|stream| stream.name.starts_with(&prefix));
            streams.extend(shown.map(stream));
            logs::page_of_streams(group, streams, order, skip, limit)
        }
        Query::Get { get, .. } => {
            if !written.iter().any(|stream| stream.name == get.stream) {
                return Ok(rows.map_err(|_| services::Error::Logs(logs::Error::StreamNotFound)));
            }
            Reply::Got(get.page(events(store, &name, &get)?.into_iter()))
        }
        Query::Filter { filter, .. } => {
            let mut found = filtered(store, &name, &filter)?;
            let mut has_more_rows = false;
            if let Ok(services::Reply::Logs(Reply::Filtered(page))) = rows {
                has_more_rows = page.next.is_some();
                found.extend(page.events);
            }
            let mut page = filter.page(found);
            if has_more_rows && page.next.is_none() {
                page.next = page.events.last().map(Filter::token_after);
            }
            Reply::Filtered(page)
        }
    };
    Ok(Ok(services::Reply::Logs(reply)))
}

/// A group without files: what the rows say, cut to the page that was asked for.
fn rows_only(query: Query, rows: Answer) -> Answer {
    match (query, rows) {
        (
            Query::Streams { order, skip, limit, .. },
            Ok(services::Reply::Logs(Reply::Streams { group, streams, .. })),
        ) => {
            let page = logs::page_of_streams(group, streams, order, skip, limit);
            Ok(services::Reply::Logs(page))
        }
        (_, rows) => rows,
    }
}

fn named(group: &GroupId) -> LogGroup {
    LogGroup {
        account: group.account.to_string(),
        region: group.region.to_string(),
        name: group.name.clone(),
    }
}

fn groups_of(rows: Answer) -> Vec<Group> {
    if let Ok(services::Reply::Logs(Reply::Groups { groups, .. })) = rows {
        groups
    } else {
        Vec::new()
    }
}

fn streams_of(rows: Answer) -> Vec<Stream> {
    if let Ok(services::Reply::Logs(Reply::Streams { streams, .. })) = rows {
        streams
    } else {
        Vec::new()
    }
}

fn described(store: &LogStore, id: GroupId) -> io::Result<Group> {
    let streams = store.streams(&named(&id))?;
    let first = streams.iter().map(|stream| stream.first_event_ms).min();
    Ok(Group {
        id,
        // Only rows are keyed by it.
        number: 0,
        created_at: Timestamp(first.unwrap_or_default()),
        stored_bytes: streams.iter().map(|stream| stream.stored_bytes).sum(),
        tags: Default::default(),
    })
}

fn stream(summary: &files::StreamSummary) -> Stream {
    Stream {
        name: summary.name.clone(),
        number: 0,
        created_at: Timestamp(summary.first_event_ms),
        first_event_at: Some(Timestamp(summary.first_event_ms)),
        last_event_at: Some(Timestamp(summary.last_event_ms)),
        last_ingested_at: Some(Timestamp(summary.last_event_ms)),
        events: 0,
    }
}

fn event(read: files::Event) -> Event {
    Event {
        timestamp: Timestamp(read.timestamp_ms),
        stream: read.stream,
        sequence: read.position,
        ingested_at: Timestamp(read.timestamp_ms),
        message: read.message,
    }
}

/// What a page of one stream can be made of: one event more than it holds, and the cursor's own.
fn events(store: &LogStore, group: &LogGroup, get: &Get) -> io::Result<Vec<Event>> {
    let position = |cursor: &Option<logs::page::Cursor>| cursor.as_ref().map(|at| at.sequence);
    let (from, before, starts_at_head) = match &get.from {
        From::Head => (None, None, true),
        From::Tail => (None, None, false),
        From::After(cursor) => (position(cursor), None, true),
        From::Before(cursor) => (None, position(cursor), false),
    };
    let query = EventsQuery {
        start_ms: get.span.start.map(|at| at.0),
        end_ms: get.span.end.map(|at| at.0),
        from,
        before,
        starts_at_head,
        limit: get.limit.saturating_add(1),
    };
    let page = store.events(group, &get.stream, &query)?;
    Ok(page.events.into_iter().map(event).collect())
}

/// The events a page of a filter can be made of, read until the page is full.
fn filtered(store: &LogStore, group: &LogGroup, filter: &Filter) -> io::Result<Vec<Event>> {
    let start = filter.after.as_ref().map(|cursor| cursor.timestamp).max(filter.span.start);
    let mut found = Vec::new();
    let mut skip = Some(0);
    while let Some(from) = skip.filter(|_| found.len() <= filter.limit) {
        let query = FilterQuery {
            start_ms: start.map(|at| at.0),
            end_ms: filter.span.end.map(|at| at.0.saturating_sub(1)),
            skip: from,
            limit: EVENTS_PER_READ,
            ..FilterQuery::default()
        };
        let page = store.filter(group, &query)?;
        skip = page.next;
        let wanted = page.events.into_iter().map(event).filter(|event| filter.takes(event));
        found.extend(wanted);
    }
    Ok(found)
}
