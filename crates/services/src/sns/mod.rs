//! Amazon SNS: topics, standard and FIFO, and who gets what they publish.
//!
//! ```text
//! publish ─▶ filter policies ─▶ per partition: one relay { message, recipients }
//!                                  └─▶ over there: an envelope to each queue, an event to each
//!                                      function; what is refused comes back ─▶ dead-letter queue
//!                                  └─▶ in the topic's partition: a row and a post for each URL
//! ```
//!
//! # Invariants
//!
//! - An acknowledged message is on its way to every subscription that wanted it: as a row of the
//!   outbox, or as a notice whose cursor has not come to the end yet.
//! - A copy is taken by its endpoint exactly once, or is refused once and then dead-lettered or
//!   counted as dropped. Over HTTP it is offered at least once, until the delivery policy gives it
//!   up.
//! - A FIFO topic's messages reach each queue in the order of their sequence numbers; a
//!   deduplication id is taken once in five minutes, across restarts.
//! - A refusal, a duplicate and a repeated `CreateTopic` or `Subscribe` change nothing; but an
//!   endpoint that has not confirmed is asked again.
//! - A subscription that is not confirmed gets nothing but the question.
//!
//! # Limits
//!
//! 256 KiB per message and per batch, 10 entries per batch, 10 attributes in raw delivery; what a
//! topic and an account may have is in [`limits`]. Endpoints are queues and functions of
//! the topic's account, and URLs; access policies are stored, not enforced. KMS keys, archives,
//! replays and delivery status logs are refused.
//!
//! AWS behaviour this follows: the SNS API Reference and Developer Guide.

mod attributes;
mod deliveries;
mod delivery_policy;
mod endpoint;
mod envelope;
mod error;
mod fan_out;
mod http_deliveries;
mod limits;
mod links;
mod model;
mod page;
mod policy;
mod signatures;
mod state;
mod subscription_attributes;
mod timers;
mod topic;

mod change_subscription;
mod confirm_subscription;
mod create_topic;
mod delete_topic;
mod list_subscriptions;
mod list_topics;
mod permissions;
mod publish;
mod publish_batch;
mod subscribe;
mod tags;
mod topic_attributes;
mod unsubscribe;

#[cfg(test)]
mod deduplication_tests;
#[cfg(test)]
mod fan_out_tests;
#[cfg(test)]
mod http_tests;
#[cfg(test)]
mod limit_tests;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod script;

pub use attributes::AttributesPatch;
pub use change_subscription::SetSubscriptionAttributes;
pub use confirm_subscription::ConfirmSubscription;
pub use create_topic::CreateTopic;
pub use endpoint::Endpoint;
pub use envelope::certificate_of;
pub use error::Error;
pub use http_deliveries::{HttpAttempt, HttpDeliveryKey, HttpDone, HttpOutcome};
pub use limits::{is_account, merge_usage};
pub use links::{Link, link};
pub use list_subscriptions::Listed;
pub use model::{
    NewMessage, Notice, Protocol, Published, Recipient, SubscriptionKey, Texts, TopicKey,
};
pub use page::Place;
pub use permissions::{AddPermission, RemovePermission};
pub use publish::Publish;
pub use publish_batch::PublishBatch;
pub use signatures::{Signatures, Signed};
pub use state::{Counts, Outcomes, State};
pub use subscribe::Subscribe;
pub use subscription_attributes::SubscriptionPatch;
pub use tags::{TagResource, UntagResource};
pub use topic_attributes::SetTopicAttributes;

use crate::Work;
use kernel::{Arn, Caller, Look, Outcome, Turn};
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;
use tidemill_aws::{HttpRequest, HttpResponse, Input, Output, Protocol as WireProtocol, WireError};
use tidemill_kernel as kernel;

/// Everything that can change a topic. Tags are written to the log: append, never renumber.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub enum Command {
    #[n(0)]
    CreateTopic(#[n(0)] CreateTopic),
    #[n(1)]
    DeleteTopic(#[n(0)] TopicKey),
    #[n(2)]
    SetTopicAttributes(#[n(0)] SetTopicAttributes),
    #[n(3)]
    AddPermission(#[n(0)] AddPermission),
    #[n(4)]
    RemovePermission(#[n(0)] RemovePermission),
    #[n(5)]
    TagResource(#[n(0)] TagResource),
    #[n(6)]
    UntagResource(#[n(0)] UntagResource),
    #[n(7)]
    Subscribe(#[n(0)] Subscribe),
    #[n(8)]
    Unsubscribe(#[n(0)] SubscriptionKey),
    #[n(9)]
    SetSubscriptionAttributes(#[n(0)] SetSubscriptionAttributes),
    #[n(10)]
    Publish(#[n(0)] Publish),
    #[n(11)]
    PublishBatch(#[n(0)] PublishBatch),
    #[n(12)]
    ConfirmSubscription(#[n(0)] ConfirmSubscription),
    /// By a link in a notification.
    #[n(13)]
    UnsubscribeUnsigned(#[n(0)] SubscriptionKey),
    /// An attempt at a delivery over HTTP has ended.
    #[n(14)]
    HttpDone(#[n(0)] HttpDone),
    /// What was to be signed is.
    #[n(15)]
    Signed(#[n(0)] Signed),
}

impl Command {
    /// What the node must look up before this is logged: what the account has, where it is to have
    /// more. No endpoint: as on AWS, one may be subscribed before it is there.
    #[must_use]
    pub fn foreign(&self) -> Vec<Arn> {
        limits::foreign(self)
    }
}

/// Everything that can be asked of topics.
#[derive(Clone, Debug, PartialEq)]
pub enum Query {
    GetTopicAttributes(TopicKey),
    ListTopics(Place),
    ListTagsForResource(TopicKey),
    GetSubscriptionAttributes(SubscriptionKey),
    ListSubscriptions(Place),
    ListSubscriptionsByTopic(TopicKey, Place),
    /// The request to make for an attempt at a delivery.
    HttpAttempt(HttpDeliveryKey, u32),
    /// For metrics.
    Counts,
    /// Which subscriptions did not get something; for metrics.
    Losses,
}

#[derive(Clone, Debug)]
pub enum Reply {
    /// The operation has nothing to say but that it is done.
    Done,
    Topic(TopicKey),
    Attributes(BTreeMap<String, String>),
    Tags(BTreeMap<String, String>),
    /// Topics in order, and the token of the next page when there is one.
    Topics(Vec<TopicKey>, Option<String>),
    Subscription(SubscriptionKey),
    /// A subscription whose ARN is not told before its endpoint has confirmed.
    PendingConfirmation,
    /// `None` when there is nothing to be sent any more.
    HttpAttempt(Option<Box<HttpAttempt>>),
    Subscriptions(Vec<Listed>, Option<String>),
    Published(Published),
    PublishedBatch(Vec<(String, Published)>),
    Counts(Counts),
    Losses(Vec<(SubscriptionKey, Outcomes)>),
}

impl State {
    pub fn apply(
        &mut self,
        turn: &mut Turn<'_>,
        command: Command,
    ) -> Result<Outcome<Reply>, Error> {
        match command {
            Command::CreateTopic(command) => create_topic::apply(self, turn, command),
            Command::DeleteTopic(key) => Ok(delete_topic::apply(self, turn, &key)),
            Command::SetTopicAttributes(command) => topic_attributes::apply(self, turn, command),
            Command::AddPermission(command) => permissions::apply_add(self, turn, &command),
            Command::RemovePermission(command) => permissions::apply_remove(self, turn, &command),
            Command::TagResource(command) => tags::apply_tag(self, turn, command),
            Command::UntagResource(command) => tags::apply_untag(self, turn, &command),
            Command::Subscribe(command) => subscribe::apply(self, turn, command),
            Command::Unsubscribe(key) => Ok(unsubscribe::apply(self, turn, &key)),
            Command::SetSubscriptionAttributes(command) => {
                change_subscription::apply(self, turn, &command)
            }
            Command::Publish(command) => publish::apply(self, turn, command),
            Command::PublishBatch(command) => publish_batch::apply(self, turn, command),
            Command::ConfirmSubscription(command) => {
                confirm_subscription::apply(self, turn, &command)
            }
            Command::UnsubscribeUnsigned(key) => unsubscribe::apply_unsigned(self, turn, &key),
            Command::HttpDone(done) => Ok(self.http_done(turn, &done)),
            Command::Signed(signed) => Ok(self.signed(turn, signed)),
        }
    }

    pub fn read(&self, look: &Look<'_>, query: Query) -> Result<Reply, Error> {
        match query {
            Query::GetTopicAttributes(key) => topic_attributes::read(self, &key),
            Query::ListTopics(place) => Ok(list_topics::read(self, &place)),
            Query::ListTagsForResource(key) => tags::read_list(self, &key),
            Query::GetSubscriptionAttributes(key) => change_subscription::read(self, &key),
            Query::ListSubscriptions(place) => Ok(list_subscriptions::read(self, &place)),
            Query::ListSubscriptionsByTopic(key, place) => {
                list_subscriptions::read_by_topic(self, &key, &place)
            }
            Query::HttpAttempt(key, attempt) => self.http_attempt(look, key, attempt),
            Query::Counts => Ok(Reply::Counts(self.counted())),
            Query::Losses => Ok(Reply::Losses(self.losses())),
        }
    }
}

/// Makes one reply of every partition's answer to a query of all of them.
#[must_use]
pub fn merge(query: &Query, replies: Vec<Reply>) -> Reply {
    match query {
        Query::ListTopics(_) => list_topics::merge(replies),
        Query::ListSubscriptions(_) => list_subscriptions::merge(replies),
        Query::Counts => {
            let all = replies.into_iter().map(|reply| {
                let Reply::Counts(counts) = reply else { mismatch("Counts", &reply) };
                counts
            });
            Reply::Counts(all.fold(Counts::default(), Counts::add))
        }
        Query::Losses => {
            let all = replies.into_iter().flat_map(|reply| {
                let Reply::Losses(losses) = reply else { mismatch("Losses", &reply) };
                losses
            });
            Reply::Losses(all.collect())
        }
        Query::GetTopicAttributes(_)
        | Query::ListTagsForResource(_)
        | Query::GetSubscriptionAttributes(_)
        | Query::ListSubscriptionsByTopic(..)
        | Query::HttpAttempt(..) => panic!("{query:?} is asked of one partition"),
    }
}

/// Whether the request was signed. The links in what an endpoint is sent are not.
fn is_signed(caller: &Caller) -> bool {
    !caller.access_key_id.is_empty()
}

/// A request at the door: everything `decode` reads.
struct Door<'a> {
    protocol: WireProtocol,
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

    /// As `read`, for what passes the caller's trace on to subscribers.
    fn read_traced<I: Input>(
        &self,
        decode: impl Fn(I, &Caller, Option<&str>) -> Result<Work, Error>,
    ) -> Result<Work, WireError> {
        let trace = self.request.header("x-amzn-trace-id");
        self.read(|input, caller| decode(input, caller, trace))
    }
}

/// Reads a routed, signed request for `operation`.
pub fn decode(
    operation: &str,
    protocol: WireProtocol,
    request: &HttpRequest,
    caller: &Caller,
) -> Result<Work, WireError> {
    let door = Door { protocol, request, caller };
    match operation {
        "AddPermission" => door.read(permissions::decode_add),
        "ConfirmSubscription" => door.read(confirm_subscription::decode),
        "CreateTopic" => door.read(create_topic::decode),
        "DeleteTopic" => door.read(delete_topic::decode),
        "GetSubscriptionAttributes" => door.read(change_subscription::decode_get),
        "GetTopicAttributes" => door.read(topic_attributes::decode_get),
        "ListSubscriptions" => door.read(list_subscriptions::decode),
        "ListSubscriptionsByTopic" => door.read(list_subscriptions::decode_by_topic),
        "ListTagsForResource" => door.read(tags::decode_list),
        "ListTopics" => door.read(list_topics::decode),
        "Publish" => door.read_traced(publish::decode),
        "PublishBatch" => door.read_traced(publish_batch::decode),
        "RemovePermission" => door.read(permissions::decode_remove),
        "SetSubscriptionAttributes" => door.read(change_subscription::decode_set),
        "SetTopicAttributes" => door.read(topic_attributes::decode_set),
        "Subscribe" => door.read(subscribe::decode),
        "TagResource" => door.read(tags::decode_tag),
        "Unsubscribe" => door.read(unsubscribe::decode),
        "UntagResource" => door.read(tags::decode_untag),
        _ => Err(WireError::sender(
            "InvalidAction",
            400,
            format!("SNS has no operation {operation} on this server."),
        )),
    }
}

/// Writes the reply of `operation`.
///
/// # Panics
/// When the reply is another operation's: the edge pairs them.
#[must_use]
pub fn encode(
    operation: &str,
    protocol: WireProtocol,
    reply: Reply,
    caller: &Caller,
) -> HttpResponse {
    let id = caller.request_id;
    match operation {
        "ConfirmSubscription" => confirm_subscription::encode(reply).write(protocol, id),
        "CreateTopic" => create_topic::encode(reply).write(protocol, id),
        "GetSubscriptionAttributes" => change_subscription::encode_get(reply).write(protocol, id),
        "GetTopicAttributes" => topic_attributes::encode_get(reply).write(protocol, id),
        "ListSubscriptions" => list_subscriptions::encode(reply).write(protocol, id),
        "ListSubscriptionsByTopic" => {
            list_subscriptions::encode_by_topic(reply).write(protocol, id)
        }
        "ListTagsForResource" => tags::encode_list(reply).write(protocol, id),
        "ListTopics" => list_topics::encode(reply).write(protocol, id),
        "Publish" => publish::encode(reply).write(protocol, id),
        "PublishBatch" => publish_batch::encode(reply).write(protocol, id),
        "Subscribe" => subscribe::encode(reply).write(protocol, id),
        _ => encode_done(operation, protocol, &reply, id),
    }
}

/// The operations that answer with nothing but their name.
fn encode_done(
    operation: &str,
    protocol: WireProtocol,
    reply: &Reply,
    id: kernel::Uuid,
) -> HttpResponse {
    use tidemill_aws::generated::sns as wire;
    if !matches!(reply, Reply::Done) {
        mismatch(operation, reply);
    }
    match operation {
        "AddPermission" => wire::AddPermissionOutput::default().write(protocol, id),
        "DeleteTopic" => wire::DeleteTopicOutput::default().write(protocol, id),
        "RemovePermission" => wire::RemovePermissionOutput::default().write(protocol, id),
        "SetSubscriptionAttributes" => {
            wire::SetSubscriptionAttributesOutput::default().write(protocol, id)
        }
        "SetTopicAttributes" => wire::SetTopicAttributesOutput::default().write(protocol, id),
        "TagResource" => wire::TagResourceOutput::default().write(protocol, id),
        "Unsubscribe" => wire::UnsubscribeOutput::default().write(protocol, id),
        "UntagResource" => wire::UntagResourceOutput::default().write(protocol, id),
        _ => mismatch(operation, reply),
    }
}

fn mismatch(operation: &str, reply: &Reply) -> ! {
    panic!("a reply answers the operation that asked, but {operation} got {reply:?}")
}
