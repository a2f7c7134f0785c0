//! CloudWatch Logs: groups, streams and events.
//!
//! Two kinds of groups, one way to read them. What a client puts is logged and lies in rows. What
//! functions print goes to files that the runner writes (group `/aws/lambda/NAME`), outside the
//! log; the node reads those and makes pages of them with the same [`page`] code.
//!
//! # Invariants
//!
//! - A group, its streams and its events live in the group's partition.
//! - A deleted group is gone at once; its rows go a little at a time, and no new group can see
//!   them.
//!
//! # Limits
//!
//! A put: 10,000 events, 1 MiB counting 26 bytes for each, 24 h from first to last, in order of
//! time; events older than 14 days or more than 2 h ahead are rejected. A page: 10,000 events or
//! 1 MB. Events are kept until their group is deleted: retention policies have their own issue.
//!
//! AWS behaviour this follows: CloudWatch Logs API Reference.

mod describe;
mod error;
mod groups;
mod model;
pub mod page;
mod pattern;
mod put_log_events;
mod state;
mod wire;

pub use describe::{page_of_groups, page_of_streams};
pub use error::Error;
pub use model::{Event, FUNCTION_GROUP_PREFIX, Group, GroupId, NewEvent, Stream};
pub use pattern::Pattern;
pub use state::State;
pub use wire::{decode, encode};

use kernel::{Arn, Look, Outcome, Turn};
use minicbor::{Decode, Encode};
use put_log_events::Rejected;
use std::collections::BTreeMap;
use tidemill_kernel as kernel;

/// Everything that changes Logs' state. Tags are written to the log: append, never renumber.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub enum Command {
    #[n(0)]
    CreateLogGroup {
        #[n(0)]
        group: GroupId,
        #[n(1)]
        tags: BTreeMap<String, String>,
    },
    #[n(1)]
    DeleteLogGroup(#[n(0)] GroupId),
    #[n(2)]
    CreateLogStream {
        #[n(0)]
        group: GroupId,
        #[n(1)]
        stream: String,
    },
    #[n(3)]
    PutLogEvents {
        #[n(0)]
        group: GroupId,
        #[n(1)]
        stream: String,
        #[n(2)]
        events: Vec<NewEvent>,
    },
}

impl Command {
    /// Foreign resources the node must look up before this command is logged.
    #[must_use]
    pub fn foreign(&self) -> Vec<Arn> {
        Vec::new()
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Query {
    /// One page, in order of names.
    Groups {
        account: kernel::AccountId,
        region: kernel::Region,
        names: GroupNames,
        /// The last name of the page before.
        after: Option<String>,
        limit: usize,
    },
    Streams {
        group: GroupId,
        prefix: String,
        order: StreamOrder,
        /// Streams shown on the pages before.
        skip: usize,
        limit: usize,
    },
    Get {
        group: GroupId,
        get: page::Get,
    },
    Filter {
        group: GroupId,
        filter: page::Filter,
    },
}

/// Which groups a list is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupNames {
    Prefix(String),
    Containing(String),
}

impl GroupNames {
    #[must_use]
    pub fn take(&self, name: &str) -> bool {
        match self {
            GroupNames::Prefix(prefix) => name.starts_with(prefix),
            // AWS compares patterns without regard to case.
            GroupNames::Containing(part) => name.to_lowercase().contains(&part.to_lowercase()),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamOrder {
    Name { is_descending: bool },
    LastEvent { is_descending: bool },
}

#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    Nothing,
    Groups { groups: Vec<Group>, next: Option<String> },
    Streams { group: GroupId, streams: Vec<Stream>, next: Option<usize> },
    Got(page::GetPage),
    Filtered(page::FilterPage),
    Put { rejected: Option<Rejected>, sequence_token: u64 },
}

impl State {
    /// Applies one command. Total; see [`kernel::apply`] for the contract.
    pub fn apply(
        &mut self,
        turn: &mut Turn<'_>,
        command: Command,
    ) -> Result<Outcome<Reply>, Error> {
        let reply = match command {
            Command::CreateLogGroup { group, tags } => groups::create(turn, group, tags),
            Command::DeleteLogGroup(group) => groups::delete(self, turn, &group),
            Command::CreateLogStream { group, stream } => {
                groups::create_stream(turn, &group, stream)
            }
            Command::PutLogEvents { group, stream, events } => {
                put_log_events::apply(turn, &group, &stream, events)
            }
        };
        reply.map(Outcome::Done)
    }

    pub fn read(&self, look: &Look<'_>, query: Query) -> Result<Reply, Error> {
        let rows = look.rows;
        match query {
            Query::Groups { account, region, names, after, limit } => {
                Ok(describe::groups(rows, account, &region, &names, after.as_deref(), limit))
            }
            Query::Streams { group, prefix, order, skip, limit } => {
                let row = state::group(rows, &group)?;
                let streams = state::streams(rows, &row, &prefix);
                Ok(describe::page_of_streams(group, streams, order, skip, limit))
            }
            Query::Get { group, get } => {
                let group = state::group(rows, &group)?;
                let stream = state::stream(rows, &group, &get.stream)?;
                let start = get.span.start.unwrap_or_default();
                Ok(Reply::Got(get.page(state::events(rows, &group, &stream, start))))
            }
            Query::Filter { group, filter } => {
                let group = state::group(rows, &group)?;
                Ok(Reply::Filtered(describe::filter(rows, &group, &filter)))
            }
        }
    }
}

/// Makes one reply of every partition's answer.
#[must_use]
pub fn merge(query: &Query, replies: Vec<Reply>) -> Reply {
    match query {
        Query::Groups { limit, .. } => {
            let groups = replies
                .into_iter()
                .flat_map(|reply| {
                    if let Reply::Groups { groups, .. } = reply { groups } else { Vec::new() }
                })
                .collect();
            describe::page_of_groups(groups, *limit)
        }
        // Asked of one partition: its answer is the answer.
        Query::Streams { .. } | Query::Get { .. } | Query::Filter { .. } => {
            replies.into_iter().next().unwrap_or(Reply::Nothing)
        }
    }
}

#[cfg(test)]
mod tests;
