//! AWS Lambda: functions, their asynchronous invocations, and event source mappings.
//!
//! ```text
//! Invoke (Event), deliveries ──▶ running ──InvocationDone──▶ gone
//!                                 ▲   │ function error (2 retries), throttled (up to 6 h)
//!                                 └─ waiting                    └──▶ dropped, counted
//! ```
//!
//! A synchronous invocation is no row: nothing is promised, so nothing is logged. It, and
//! everything that touches a package's bytes, is a [`Request`] that the node's functions module
//! carries out; see [`request`].
//!
//! # Invariants
//!
//! - A function, its policy, tags, invocations and mappings live in the function's partition.
//! - Each attempt at an invocation has its own number; only the current one's completion counts.
//! - An accepted invocation leaves the table by success, or dropped with a counted reason.
//! - A waiting invocation is in the index of due times, a running one is not.
//!
//! # Limits
//!
//! Timeout 1 to 900 s, memory 128 to 10,240 MB, environment 4 KB, payload 6 MB in and out
//! (asynchronous: 1 MB), 50 tags, policy 20 KB; see the operations' files.
//!
//! AWS behaviour this follows: Lambda Developer Guide, "Asynchronous invocation", "Using Lambda
//! with Amazon SQS"; the API reference for each operation.

mod completions;
mod concurrency;
mod create_event_source_mapping;
mod create_function;
mod delete_event_source_mapping;
mod delete_function;
mod deliveries;
mod error;
mod event_source_mappings;
mod invoke;
mod list_functions;
mod model;
mod names;
mod permissions;
pub mod request;
mod settings;
mod state;
mod tags;
#[cfg(test)]
mod tests;
mod timers;
mod update_event_source_mapping;
mod update_function_code;
mod update_function_configuration;
mod wire;

pub use concurrency::{ACCOUNT_CONCURRENCY, UNRESERVED_CONCURRENCY_MIN};
pub use error::{Error, ThrottleReason};
pub use model::{
    Architecture, Code, Completion, Configuration, Dropped, Function, FunctionId, Invocation,
    Mapping, MappingOptions, Runtime, Stage, Statement, mapping_partition,
};
pub use request::{
    Deploy, Host, Invoke, PACKAGE_BYTES_MAX, Package, Request, UNPACKED_BYTES_MAX, UpdateMapping,
};
pub use state::State;
pub use wire::{decode, encode};

use crate::Work;
use bytes::Bytes;
use create_event_source_mapping::CreateEventSourceMapping;
use create_function::CreateFunction;
use kernel::{Arn, Look, Outcome, PartitionId, Position, Turn, Uuid};
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;
use tidemill_kernel as kernel;
use update_event_source_mapping::MappingChange;
use update_function_code::UpdateFunctionCode;
use update_function_configuration::UpdateFunctionConfiguration;

/// Everything that changes Lambda's state. Tags are written to the log: append, never renumber.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub enum Command {
    #[n(0)]
    CreateFunction(#[n(0)] CreateFunction),
    #[n(1)]
    UpdateFunctionCode(#[n(0)] UpdateFunctionCode),
    #[n(2)]
    UpdateFunctionConfiguration(#[n(0)] UpdateFunctionConfiguration),
    #[n(3)]
    DeleteFunction(#[n(0)] FunctionId),
    /// Invoke with `InvocationType` Event. The id is the request's: what the handler sees as its
    /// own request id and the caller got as its answer's.
    #[n(4)]
    InvokeAsync {
        #[n(0)]
        function: FunctionId,
        #[n(1)]
        invocation: Uuid,
        #[cbor(n(2), with = "kernel::codec::byte_string")]
        payload: Bytes,
    },
    /// The executor's word on an attempt.
    #[n(5)]
    InvocationDone {
        #[n(0)]
        invocation: Uuid,
        #[n(1)]
        attempt: u32,
        #[n(2)]
        completion: Completion,
    },
    /// `None` takes the reservation away.
    #[n(6)]
    ReserveConcurrency {
        #[n(0)]
        function: FunctionId,
        #[n(1)]
        reserved: Option<u32>,
    },
    #[n(7)]
    AddPermission {
        #[n(0)]
        function: FunctionId,
        #[n(1)]
        statement: Statement,
        #[n(2)]
        revision: Option<String>,
    },
    #[n(8)]
    RemovePermission {
        #[n(0)]
        function: FunctionId,
        #[n(1)]
        sid: String,
        #[n(2)]
        revision: Option<String>,
    },
    #[n(9)]
    TagResource {
        #[n(0)]
        resource: Resource,
        #[n(1)]
        tags: BTreeMap<String, String>,
    },
    #[n(10)]
    UntagResource {
        #[n(0)]
        resource: Resource,
        #[n(1)]
        keys: Vec<String>,
    },
    #[n(11)]
    CreateEventSourceMapping(#[n(0)] CreateEventSourceMapping),
    #[n(12)]
    UpdateEventSourceMapping {
        #[n(0)]
        mapping: MappingId,
        #[n(1)]
        change: MappingChange,
    },
    #[n(13)]
    DeleteEventSourceMapping(#[n(0)] MappingId),
    /// A long poll for "have the mappings changed since `seen`?". It changes nothing and so is
    /// never logged; the node's event source workers live by it.
    #[n(14)]
    WatchMappings {
        #[n(0)]
        seen: Option<Position>,
    },
}

impl Command {
    /// Foreign resources the node must look up before this command is logged.
    #[must_use]
    pub fn foreign(&self) -> Vec<Arn> {
        match self {
            Command::CreateEventSourceMapping(create) => vec![create.queue.clone()],
            Command::UpdateEventSourceMapping { change, .. } => {
                change.queue.clone().into_iter().collect()
            }
            Command::CreateFunction(_)
            | Command::UpdateFunctionCode(_)
            | Command::UpdateFunctionConfiguration(_)
            | Command::DeleteFunction(_)
            | Command::InvokeAsync { .. }
            | Command::InvocationDone { .. }
            | Command::ReserveConcurrency { .. }
            | Command::AddPermission { .. }
            | Command::RemovePermission { .. }
            | Command::TagResource { .. }
            | Command::UntagResource { .. }
            | Command::DeleteEventSourceMapping(_)
            | Command::WatchMappings { .. } => Vec::new(),
        }
    }
}

/// What a request asks for: work for a partition, or something that only the node can do.
#[derive(Clone, Debug, PartialEq)]
pub enum Job {
    Work(Work),
    Request(Request),
}

impl Job {
    fn command(partition: PartitionId, command: Command) -> Job {
        Job::Work(Work::Command(partition, crate::Command::Lambda(Box::new(command))))
    }

    fn query(partition: PartitionId, query: Query) -> Job {
        Job::Work(Work::Query(partition, crate::Query::Lambda(query)))
    }

    fn query_all(query: Query) -> Job {
        Job::Work(Work::QueryAll(crate::Query::Lambda(query)))
    }
}

/// A mapping as a caller names it: theirs or not is checked against its owner.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct MappingId {
    #[n(0)]
    pub account: kernel::AccountId,
    #[n(1)]
    pub region: kernel::Region,
    #[n(2)]
    pub uuid: Uuid,
}

impl MappingId {
    /// `None` when no partition of ours drew this UUID.
    #[must_use]
    pub fn partition(&self) -> Option<PartitionId> {
        mapping_partition(self.uuid)
    }
}

/// What tags can be put on.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Resource {
    #[n(0)]
    Function(#[n(0)] FunctionId),
    #[n(1)]
    Mapping(#[n(0)] MappingId),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Query {
    Function {
        function: FunctionId,
        /// The caller wrote `$LATEST`, so the ARN in the reply says so too.
        qualified: bool,
    },
    /// One page, in order of names.
    Functions {
        account: kernel::AccountId,
        region: kernel::Region,
        /// The last name of the page before.
        after: Option<String>,
        limit: usize,
    },
    Policy(FunctionId),
    Tags(Resource),
    /// Would an invocation be accepted?
    DryRun(FunctionId),
    Mapping(MappingId),
    /// One page, in order of UUIDs.
    Mappings {
        account: kernel::AccountId,
        region: kernel::Region,
        function: Option<FunctionId>,
        queue: Option<String>,
        after: Option<Uuid>,
        limit: usize,
    },
    /// Everything the executor needs to run this attempt.
    Attempt {
        invocation: Uuid,
        attempt: u32,
    },
    /// Every function of the partition, in brief: which packages are in use, and how the
    /// accounts' concurrency is divided.
    Deployed,
    /// For metrics and `status`.
    Counts,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    Nothing,
    Function {
        function: Box<Function>,
        qualified: bool,
    },
    Functions {
        functions: Vec<Function>,
        next: Option<String>,
    },
    Statement(String),
    Policy {
        policy: String,
        revision: Uuid,
    },
    Tags(BTreeMap<String, String>),
    Mapping {
        mapping: Box<Mapping>,
        is_deleted: bool,
    },
    Mappings {
        mappings: Vec<Mapping>,
        next: Option<Uuid>,
    },
    /// Every mapping of the partition, and where it last changed.
    Watched {
        seen: Position,
        mappings: Vec<Mapping>,
    },
    /// `None`: the attempt is stale, or its function is gone.
    Attempt(Option<Box<Attempt>>),
    Deployed(Vec<Deployed>),
    Counts(Counts),
    /// An asynchronous invocation is on disk.
    Accepted,
    /// A synchronous or asynchronous one would have been taken.
    DryRunPassed,
    /// What the node's functions module answers to a synchronous invocation.
    Invoked(Invoked),
}

/// The outcome of a synchronous invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoked {
    pub payload: Bytes,
    /// `X-Amz-Function-Error`: the payload describes an error of the function.
    pub is_function_error: bool,
    /// The last 4 KB of its log, when `LogType` is Tail.
    pub log_tail: Option<Bytes>,
}

/// One attempt at an asynchronous invocation, ready to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub function: Function,
    pub payload: Bytes,
}

/// A function in brief.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployed {
    pub function: FunctionId,
    pub code: Code,
    pub reserved_concurrency: Option<u32>,
}

/// What a partition holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub functions: usize,
    pub mappings: usize,
    pub invocations_pending: usize,
    pub invocations_dropped: u64,
}

impl State {
    /// Applies one command. Total; see [`kernel::apply`] for the contract.
    pub fn apply(
        &mut self,
        turn: &mut Turn<'_>,
        command: Command,
    ) -> Result<Outcome<Reply>, Error> {
        let reply = match command {
            Command::CreateFunction(command) => command.apply(turn),
            Command::UpdateFunctionCode(command) => command.apply(turn),
            Command::UpdateFunctionConfiguration(command) => command.apply(turn),
            Command::DeleteFunction(function) => delete_function::apply(turn, &function),
            Command::InvokeAsync { function, invocation, payload } => {
                invoke::apply(turn, function, invocation, payload)
            }
            Command::InvocationDone { invocation, attempt, completion } => {
                Ok(completions::apply(self, turn, invocation, attempt, completion))
            }
            Command::ReserveConcurrency { function, reserved } => {
                concurrency::apply(turn, &function, reserved)
            }
            Command::AddPermission { function, statement, revision } => {
                permissions::add(turn, &function, statement, revision.as_deref())
            }
            Command::RemovePermission { function, sid, revision } => {
                permissions::remove(turn, &function, &sid, revision.as_deref())
            }
            Command::TagResource { resource, tags } => tags::tag(self, turn, &resource, tags),
            Command::UntagResource { resource, keys } => tags::untag(self, turn, &resource, &keys),
            Command::CreateEventSourceMapping(command) => command.apply(self, turn),
            Command::UpdateEventSourceMapping { mapping, change } => {
                update_event_source_mapping::apply(self, turn, &mapping, &change)
            }
            Command::DeleteEventSourceMapping(mapping) => {
                delete_event_source_mapping::apply(self, turn, &mapping)
            }
            Command::WatchMappings { seen } => return Ok(event_source_mappings::watch(self, seen)),
        };
        reply.map(Outcome::Done)
    }

    pub fn read(&self, look: &Look<'_>, query: Query) -> Result<Reply, Error> {
        let rows = look.rows;
        match query {
            Query::Function { function, qualified } => {
                let function = Box::new(state::existing(rows, &function)?);
                Ok(Reply::Function { function, qualified })
            }
            Query::Functions { account, region, after, limit } => {
                Ok(list_functions::read(rows, account, &region, after.as_deref(), limit))
            }
            Query::Policy(function) => permissions::read(rows, &function),
            Query::Tags(resource) => tags::read(self, rows, &resource),
            Query::DryRun(function) => {
                state::existing(rows, &function).map(|_| Reply::DryRunPassed)
            }
            Query::Mapping(mapping) => event_source_mappings::read(self, &mapping),
            Query::Mappings { account, region, function, queue, after, limit } => {
                let filter = event_source_mappings::Filter { account, region, function, queue };
                Ok(event_source_mappings::list(self, &filter, after, limit))
            }
            Query::Attempt { invocation, attempt } => {
                Ok(invoke::read_attempt(rows, invocation, attempt))
            }
            Query::Deployed => Ok(Reply::Deployed(state::deployed(rows))),
            Query::Counts => Ok(Reply::Counts(self.counts(rows))),
        }
    }
}

/// Makes one reply of every partition's answer.
#[must_use]
pub fn merge(query: &Query, replies: Vec<Reply>) -> Reply {
    match query {
        Query::Functions { limit, .. } => list_functions::merge(replies, *limit),
        Query::Mappings { limit, .. } => event_source_mappings::merge(replies, *limit),
        Query::Deployed => Reply::Deployed(
            replies
                .into_iter()
                .flat_map(|reply| if let Reply::Deployed(some) = reply { some } else { Vec::new() })
                .collect(),
        ),
        Query::Counts => {
            let mut total = Counts::default();
            for reply in replies {
                if let Reply::Counts(counts) = reply {
                    total.functions += counts.functions;
                    total.mappings += counts.mappings;
                    total.invocations_pending += counts.invocations_pending;
                    total.invocations_dropped += counts.invocations_dropped;
                }
            }
            Reply::Counts(total)
        }
        // Asked of one partition: its answer is the answer.
        Query::Function { .. }
        | Query::Policy(_)
        | Query::Tags(_)
        | Query::DryRun(_)
        | Query::Mapping(_)
        | Query::Attempt { .. } => replies.into_iter().next().unwrap_or(Reply::Nothing),
    }
}
