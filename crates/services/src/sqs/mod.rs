//! Amazon SQS: queues, standard and FIFO.
//!
//! ```text
//!            edge                          core                            store
//! request ─▶ decode ─▶ Command ─▶ apply: entry into a chunk ─▶ rows     record ─▶ bodies
//!                      Query   ─▶ read
//! response ◀─ encode ◀─ Reply ◀──────────────────────────────────────── Body (read at the edge)
//! ```
//!
//! # Invariants
//!
//! - What was sent is visible, in flight, delayed, deleted, expired or dead-lettered: exactly one.
//! - A message is not handed out twice inside one visibility timeout; its receive count and its
//!   dead-lettering are exact, because a receive is logged before its reply.
//! - In a FIFO queue a group's messages are handed out in order, and none while one of them is in
//!   flight; a deduplication id is taken once in five minutes, across restarts.
//! - Visibility and delay depend on the time of asking alone; see `messages`.
//! - A refusal, an empty receive and a repeated `CreateQueue` change nothing.
//!
//! # Limits
//!
//! Those of AWS: 1 MiB per message and per batch, 10 entries per batch, 120,000 messages in
//! flight, 15 minutes of delay, 12 hours of visibility, 14 days of retention, 20 seconds of
//! waiting. Throughput is not throttled. Access policies are stored, not enforced. KMS keys are
//! refused.
//!
//! # Example
//!
//! ```
//! use tidemill_kernel as kernel;
//! use kernel::{Facts, MemoryBodies, MemoryRows, Outcome, Turn};
//! use tidemill_services::sqs::{Command, CreateQueue, QueueKey, Reply, State};
//!
//! let at = kernel::At {
//!     now: kernel::Timestamp(1_700_000_000_000),
//!     partition: kernel::PartitionId(0),
//!     position: kernel::Position(1),
//!     secret: kernel::Secret([0; 32]),
//! };
//! let (facts, mut rows, mut bodies) =
//!     (Facts::default(), MemoryRows::default(), MemoryBodies::default());
//! let mut state = State::load(&rows);
//! let queue = QueueKey {
//!     account: kernel::AccountId::parse("000000000000").expect("twelve digits"),
//!     region: kernel::Region::parse("us-east-1").expect("a region"),
//!     name: "orders".to_owned(),
//! };
//! let create = CreateQueue { queue, attributes: Default::default(), tags: Default::default() };
//! let mut turn = Turn::new(at, &facts, &mut rows, &mut bodies);
//! let outcome = state.apply(&mut turn, Command::CreateQueue(create));
//! assert!(matches!(outcome, Ok(Outcome::Done(Reply::QueueUrl(_)))));
//! assert!(turn.has_changed());
//! ```
//!
//! AWS behaviour this follows: the SQS API Reference and Developer Guide.

mod attributes;
mod audit;
mod body_digests;
mod chunk;
mod deliveries;
mod edit;
mod error;
mod fact;
mod failures;
mod fair;
mod groups;
mod json_text;
mod lanes;
mod messages;
mod model;
mod move_tasks;
mod peek;
mod policy;
mod queue;
mod receipt;
mod record;
mod register;
mod scheduled;
mod settling;
mod state;
mod tally;
mod timers;
mod trail;
mod window;
mod wishes;

mod add_permission;
mod await_messages;
mod cancel_message_move_task;
mod change_message_visibility;
mod change_message_visibility_batch;
mod create_queue;
mod delete_message;
mod delete_message_batch;
mod delete_queue;
mod edit_message;
mod end_receives;
mod get_queue_attributes;
mod get_queue_url;
mod list_dead_letter_source_queues;
mod list_edits;
mod list_message_move_tasks;
mod list_queue_tags;
mod list_queues;
mod packed;
mod pause_queue;
mod purge_queue;
mod receive_message;
mod remove_permission;
mod send_message;
mod send_message_batch;
mod set_queue_attributes;
mod start_message_move_task;
mod tag_queue;
mod untag_queue;

#[cfg(test)]
mod deduplication_tests;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod script;

pub use add_permission::AddPermission;
pub use audit::{Audit, Returned, Version};
pub use cancel_message_move_task::CancelMessageMoveTask;
pub use change_message_visibility::{ChangeMessageVisibility, VisibilityChange};
pub use change_message_visibility_batch::ChangeMessageVisibilityBatch;
pub use create_queue::CreateQueue;
pub use delete_message::DeleteMessage;
pub use delete_message_batch::DeleteMessageBatch;
pub use edit::{Edit, EditRequest};
pub use edit_message::EditMessage;
pub use end_receives::EndReceives;
pub use error::Error;
pub use failures::{Failure, FailureGroup, FailureGroups, Fingerprint, RedriveFilter};
pub use get_queue_attributes::GetQueueAttributes;
pub use list_dead_letter_source_queues::ListDeadLetterSourceQueues;
pub use list_edits::{EDITS_MAX, ListEdits};
pub use list_message_move_tasks::ListMessageMoveTasks;
pub use list_queues::ListQueues;
pub use messages::Counts;
pub use model::{
    Batch, BatchEntry, BatchFailure, BatchReply, Digests, Md5, NewMessage, QueueKey, Received, Sent,
};
pub use move_tasks::{MoveTask, MoveTaskStatus};
pub use peek::{
    BodyPath, MessageState, PEEKED_MAX, Peek, PeekScheduled, Peeked, PeekedPage, Search,
};
pub use queue::ReceiveRequest;
pub use receipt::ReceiptHandle;
pub use receive_message::{ReceiveMessage, Shown, show_received};
pub use record::Record;
pub use remove_permission::RemovePermission;
pub use scheduled::ScheduledMessage;
pub use send_message::SendMessage;
pub use send_message_batch::SendMessageBatch;
pub use set_queue_attributes::SetQueueAttributes;
pub use start_message_move_task::StartMessageMoveTask;
pub use state::State;
pub use tag_queue::TagQueue;
pub use tally::Tally;
pub use trail::{EndReason, Ending};
pub use untag_queue::UntagQueue;

use crate::Work;
use kernel::{Arn, Caller, Look, Outcome, Turn};
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;
use tidemill_aws::{HttpRequest, HttpResponse, Input, Output, Protocol, WireError};
use tidemill_kernel as kernel;

/// Everything that can change a queue. Tags are written to the log: append, never renumber.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub enum Command {
    #[n(0)]
    CreateQueue(#[n(0)] CreateQueue),
    #[n(1)]
    DeleteQueue(#[n(0)] QueueKey),
    #[n(2)]
    SetQueueAttributes(#[n(0)] SetQueueAttributes),
    #[n(3)]
    AddPermission(#[n(0)] AddPermission),
    #[n(4)]
    RemovePermission(#[n(0)] RemovePermission),
    #[n(5)]
    TagQueue(#[n(0)] TagQueue),
    #[n(6)]
    UntagQueue(#[n(0)] UntagQueue),
    #[n(7)]
    PurgeQueue(#[n(0)] QueueKey),
    #[n(8)]
    SendMessage(#[n(0)] SendMessage),
    #[n(9)]
    SendMessageBatch(#[n(0)] SendMessageBatch),
    #[n(10)]
    ReceiveMessage(#[n(0)] ReceiveMessage),
    #[n(11)]
    DeleteMessage(#[n(0)] DeleteMessage),
    #[n(12)]
    DeleteMessageBatch(#[n(0)] DeleteMessageBatch),
    #[n(13)]
    ChangeMessageVisibility(#[n(0)] ChangeMessageVisibility),
    #[n(14)]
    ChangeMessageVisibilityBatch(#[n(0)] ChangeMessageVisibilityBatch),
    #[n(15)]
    StartMessageMoveTask(#[n(0)] StartMessageMoveTask),
    #[n(16)]
    CancelMessageMoveTask(#[n(0)] CancelMessageMoveTask),
    /// Changes nothing and so is never logged; see `await_messages`.
    #[n(17)]
    AwaitMessages(#[n(0)] QueueKey),
    #[n(18)]
    EndReceives(#[n(0)] EndReceives),
    /// Nothing is handed out until the queue is resumed.
    #[n(19)]
    PauseQueue(#[n(0)] QueueKey),
    #[n(20)]
    ResumeQueue(#[n(0)] QueueKey),
    /// Boxed: an edit has a body of its own, and is rare.
    #[n(21)]
    EditMessage(#[n(0)] Box<EditMessage>),
}

impl Command {
    /// Queues in other partitions that must be looked up before this is logged.
    #[must_use]
    pub fn foreign(&self) -> Vec<Arn> {
        match self {
            Command::CreateQueue(command) => command.attributes.foreign(),
            Command::SetQueueAttributes(command) => command.attributes.foreign(),
            Command::StartMessageMoveTask(command) => {
                let register = register::of(&command.source);
                command.destination.iter().cloned().chain([register]).collect()
            }
            Command::EditMessage(command) => vec![command.destination.clone()],
            Command::DeleteQueue(_)
            | Command::AddPermission(_)
            | Command::RemovePermission(_)
            | Command::TagQueue(_)
            | Command::UntagQueue(_)
            | Command::PurgeQueue(_)
            | Command::SendMessage(_)
            | Command::SendMessageBatch(_)
            | Command::ReceiveMessage(_)
            | Command::DeleteMessage(_)
            | Command::DeleteMessageBatch(_)
            | Command::ChangeMessageVisibility(_)
            | Command::ChangeMessageVisibilityBatch(_)
            | Command::CancelMessageMoveTask(_)
            | Command::AwaitMessages(_)
            | Command::EndReceives(_)
            | Command::PauseQueue(_)
            | Command::ResumeQueue(_) => Vec::new(),
        }
    }
}

/// Everything that can be asked of queues.
#[derive(Clone, Debug, PartialEq)]
pub enum Query {
    GetQueueUrl(QueueKey),
    GetQueueAttributes(GetQueueAttributes),
    ListQueues(ListQueues),
    ListQueueTags(QueueKey),
    ListDeadLetterSourceQueues(ListDeadLetterSourceQueues),
    ListMessageMoveTasks(ListMessageMoveTasks),
    /// For metrics: every queue of the partition with its counts.
    Depths,
    /// The same of one queue.
    Depth(QueueKey),
    /// Messages of a queue, untouched.
    Peek(Peek),
    /// Messages that wait for `tm.deliver-at`, by when they are due.
    PeekScheduled(PeekScheduled),
    /// The audit trail of edits of a queue's messages.
    ListEdits(ListEdits),
}

#[derive(Clone, Debug)]
pub enum Reply {
    /// The operation has nothing to say but that it is done.
    Done,
    QueueUrl(QueueKey),
    Sent(Sent),
    SentBatch(BatchReply<Sent>),
    Received(Vec<Received>, Shown),
    SettledBatch(BatchReply<()>),
    Attributes(BTreeMap<String, String>),
    Tags(BTreeMap<String, String>),
    /// Queues in order, and the name to go on after when there are more.
    Queues(Vec<QueueKey>, Option<String>),
    MoveTaskStarted(String),
    MoveTaskCancelled(u64),
    MoveTasks(Arn, Vec<MoveTask>),
    Depths(Vec<Depth>),
    Peeked(PeekedPage),
    /// And where to go on after when there are more.
    PeekedScheduled(Vec<ScheduledMessage>, Option<Vec<u8>>),
    /// Entries of an audit trail by their numbers, and the number to go on below.
    Edits(Vec<(u64, Audit)>, Option<u64>),
}

/// The messages of a receive as its caller sees them. Reads their bodies, maybe from disk.
#[must_use]
pub fn received_messages(reply: Reply) -> Vec<tidemill_aws::generated::sqs::Message> {
    receive_message::encode(reply).messages.unwrap_or_default()
}

/// How deep a queue is, for metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Depth {
    pub queue: QueueKey,
    pub counts: Counts,
    /// When the oldest message was sent, at the earliest.
    pub oldest_sent: Option<kernel::Timestamp>,
    pub tally: Tally,
    /// Since when nothing is handed out.
    pub paused: Option<kernel::Timestamp>,
}

impl State {
    pub fn apply(
        &mut self,
        turn: &mut Turn<'_>,
        command: Command,
    ) -> Result<Outcome<Reply>, Error> {
        let result = match command {
            Command::CreateQueue(command) => create_queue::apply(self, turn, command),
            Command::DeleteQueue(key) => delete_queue::apply(self, turn, &key),
            Command::SetQueueAttributes(command) => {
                set_queue_attributes::apply(self, turn, command)
            }
            Command::AddPermission(command) => add_permission::apply(self, turn, command),
            Command::RemovePermission(command) => remove_permission::apply(self, turn, command),
            Command::TagQueue(command) => tag_queue::apply(self, turn, command),
            Command::UntagQueue(command) => untag_queue::apply(self, turn, command),
            Command::PurgeQueue(key) => purge_queue::apply(self, turn, &key),
            Command::SendMessage(command) => send_message::apply(self, turn, command),
            Command::SendMessageBatch(command) => send_message_batch::apply(self, turn, command),
            Command::ReceiveMessage(command) => receive_message::apply(self, turn, command),
            Command::DeleteMessage(command) => delete_message::apply(self, turn, command),
            Command::DeleteMessageBatch(command) => {
                delete_message_batch::apply(self, turn, command)
            }
            Command::ChangeMessageVisibility(command) => {
                change_message_visibility::apply(self, turn, command)
            }
            Command::ChangeMessageVisibilityBatch(command) => {
                change_message_visibility_batch::apply(self, turn, command)
            }
            Command::StartMessageMoveTask(command) => {
                start_message_move_task::apply(self, turn, command)
            }
            Command::CancelMessageMoveTask(command) => {
                cancel_message_move_task::apply(self, turn, command)
            }
            Command::AwaitMessages(key) => await_messages::apply(self, turn, &key),
            Command::EndReceives(command) => end_receives::apply(self, turn, command),
            Command::PauseQueue(key) => pause_queue::pause(self, turn, &key),
            Command::ResumeQueue(key) => pause_queue::resume(self, turn, &key),
            Command::EditMessage(command) => edit_message::apply(self, turn, &command),
        };
        self.reschedule();
        result
    }

    pub fn read(&self, look: &Look<'_>, query: Query) -> Result<Reply, Error> {
        match query {
            Query::GetQueueUrl(key) => get_queue_url::read(self, key),
            Query::GetQueueAttributes(query) => get_queue_attributes::read(self, look, &query),
            Query::ListQueues(query) => Ok(list_queues::read(self, &query)),
            Query::ListQueueTags(key) => list_queue_tags::read(self, &key),
            Query::ListDeadLetterSourceQueues(query) => {
                list_dead_letter_source_queues::read(self, look, &query)
            }
            Query::ListMessageMoveTasks(query) => list_message_move_tasks::read(self, &query),
            Query::Depths => {
                let depths = self.queues().map(|queue| queue.depth(look.now));
                Ok(Reply::Depths(depths.collect()))
            }
            Query::Depth(key) => Ok(Reply::Depths(vec![self.queue(&key)?.depth(look.now)])),
            Query::Peek(query) => peek::read(self, look, &query),
            Query::PeekScheduled(query) => peek::read_scheduled(self, look, &query),
            Query::ListEdits(query) => Ok(list_edits::read(self, look, &query)),
        }
    }
}

impl queue::Queue {
    fn depth(&self, now: kernel::Timestamp) -> Depth {
        let counts = self.counts(now);
        // What was abandoned and then moved or forgotten waits for no consumer.
        let tally = if counts.visible > 0 { self.tally.at(now) } else { self.tally };
        Depth {
            queue: self.settings.key.clone(),
            counts,
            oldest_sent: self.messages.sent_min(),
            tally,
            paused: self.settings.paused,
        }
    }
}

/// Makes one reply of every partition's answer to a query of all of them.
#[must_use]
pub fn merge(query: &Query, replies: Vec<Reply>) -> Reply {
    match query {
        Query::ListQueues(query) => list_queues::merge(query, replies),
        Query::Depths => {
            let depths = replies.into_iter().flat_map(|reply| {
                let Reply::Depths(depths) = reply else { mismatch("Depths", &reply) };
                depths
            });
            Reply::Depths(depths.collect())
        }
        Query::Depth(_)
        | Query::GetQueueUrl(_)
        | Query::GetQueueAttributes(_)
        | Query::ListQueueTags(_)
        | Query::ListDeadLetterSourceQueues(_)
        | Query::ListMessageMoveTasks(_)
        | Query::Peek(_)
        | Query::PeekScheduled(_)
        | Query::ListEdits(_) => {
            panic!("{query:?} is asked of one partition")
        }
    }
}

/// A request at the door: everything `decode` reads.
struct Door<'a> {
    protocol: Protocol,
    request: &'a HttpRequest,
    caller: &'a Caller,
}

impl Door<'_> {
    fn read<I: Input>(
        &self,
        decode: impl Fn(I, &Caller) -> Result<Work, Error>,
    ) -> Result<Work, WireError> {
        let input = I::read(self.protocol, self.request)?;
        decode(input, self.caller).map_err(|error| error.wire())
    }

    /// As `read`, for a batch: a form cannot tell a list without entries from none at all, and
    /// AWS calls both an empty batch.
    fn read_batch<I: Input>(
        &self,
        decode: impl Fn(I, &Caller) -> Result<Work, Error>,
        entry: &'static str,
    ) -> Result<Work, WireError> {
        let missing = Error::MissingParameter { name: entry.to_owned() }.wire();
        self.read(decode).map_err(|error| {
            if error.message == missing.message {
                Error::EmptyBatchRequest { entry }.wire()
            } else {
                error
            }
        })
    }
}

/// Reads a routed, signed request for `operation`.
pub fn decode(
    operation: &str,
    protocol: Protocol,
    request: &HttpRequest,
    caller: &Caller,
) -> Result<Work, WireError> {
    let door = Door { protocol, request, caller };
    match operation {
        "AddPermission" => door.read(add_permission::decode),
        "CancelMessageMoveTask" => door.read(cancel_message_move_task::decode),
        "ChangeMessageVisibility" => door.read(change_message_visibility::decode),
        "ChangeMessageVisibilityBatch" => door.read_batch(
            change_message_visibility_batch::decode,
            "ChangeMessageVisibilityBatchRequestEntry",
        ),
        "CreateQueue" => door.read(create_queue::decode),
        "DeleteMessage" => door.read(delete_message::decode),
        "DeleteMessageBatch" => {
            door.read_batch(delete_message_batch::decode, "DeleteMessageBatchRequestEntry")
        }
        "DeleteQueue" => door.read(delete_queue::decode),
        "GetQueueAttributes" => door.read(get_queue_attributes::decode),
        "GetQueueUrl" => door.read(get_queue_url::decode),
        "ListDeadLetterSourceQueues" => door.read(list_dead_letter_source_queues::decode),
        "ListMessageMoveTasks" => door.read(list_message_move_tasks::decode),
        "ListQueueTags" => door.read(list_queue_tags::decode),
        "ListQueues" => door.read(list_queues::decode),
        "PurgeQueue" => door.read(purge_queue::decode),
        "ReceiveMessage" => door.read(receive_message::decode),
        "RemovePermission" => door.read(remove_permission::decode),
        "SendMessage" => door.read(send_message::decode),
        "SendMessageBatch" => {
            door.read_batch(send_message_batch::decode, "SendMessageBatchRequestEntry")
        }
        "SetQueueAttributes" => door.read(set_queue_attributes::decode),
        "StartMessageMoveTask" => door.read(start_message_move_task::decode),
        "TagQueue" => door.read(tag_queue::decode),
        "UntagQueue" => door.read(untag_queue::decode),
        _ => Err(WireError::sender(
            "UnknownOperationException",
            400,
            format!("SQS has no operation {operation}."),
        )
        .with_query_code("InvalidAction")),
    }
}

/// Writes the reply of `operation`.
///
/// # Panics
/// When the reply is another operation's: the edge pairs them.
#[must_use]
pub fn encode(operation: &str, protocol: Protocol, reply: Reply, caller: &Caller) -> HttpResponse {
    let id = caller.request_id;
    match operation {
        "CancelMessageMoveTask" => cancel_message_move_task::encode(reply).write(protocol, id),
        "ChangeMessageVisibilityBatch" => {
            change_message_visibility_batch::encode(reply).write(protocol, id)
        }
        "CreateQueue" => create_queue::encode(reply, caller).write(protocol, id),
        "DeleteMessageBatch" => delete_message_batch::encode(reply).write(protocol, id),
        "GetQueueAttributes" => get_queue_attributes::encode(reply).write(protocol, id),
        "GetQueueUrl" => get_queue_url::encode(reply, caller).write(protocol, id),
        "ListDeadLetterSourceQueues" => {
            list_dead_letter_source_queues::encode(reply, caller).write(protocol, id)
        }
        "ListMessageMoveTasks" => list_message_move_tasks::encode(reply).write(protocol, id),
        "ListQueueTags" => list_queue_tags::encode(reply).write(protocol, id),
        "ListQueues" => list_queues::encode(reply, caller).write(protocol, id),
        "ReceiveMessage" => receive_message::encode(reply).write(protocol, id),
        "SendMessage" => send_message::encode(reply).write(protocol, id),
        "SendMessageBatch" => send_message_batch::encode(reply).write(protocol, id),
        "StartMessageMoveTask" => start_message_move_task::encode(reply).write(protocol, id),
        _ => encode_done(operation, protocol, &reply, id),
    }
}

/// The operations that answer with nothing but their name.
fn encode_done(
    operation: &str,
    protocol: Protocol,
    reply: &Reply,
    id: kernel::Uuid,
) -> HttpResponse {
    use tidemill_aws::generated::sqs as wire;
    if !matches!(reply, Reply::Done) {
        mismatch(operation, reply);
    }
    match operation {
        "AddPermission" => wire::AddPermissionOutput::default().write(protocol, id),
        "ChangeMessageVisibility" => {
            wire::ChangeMessageVisibilityOutput::default().write(protocol, id)
        }
        "DeleteMessage" => wire::DeleteMessageOutput::default().write(protocol, id),
        "DeleteQueue" => wire::DeleteQueueOutput::default().write(protocol, id),
        "PurgeQueue" => wire::PurgeQueueOutput::default().write(protocol, id),
        "RemovePermission" => wire::RemovePermissionOutput::default().write(protocol, id),
        "SetQueueAttributes" => wire::SetQueueAttributesOutput::default().write(protocol, id),
        "TagQueue" => wire::TagQueueOutput::default().write(protocol, id),
        "UntagQueue" => wire::UntagQueueOutput::default().write(protocol, id),
        _ => mismatch(operation, reply),
    }
}

fn mismatch(operation: &str, reply: &Reply) -> ! {
    panic!("a reply answers the operation that asked, but {operation} got {reply:?}")
}
