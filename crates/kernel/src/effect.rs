//! Effects: what the world outside a partition must do because a command was applied.
//!
//! The core never does them. The node performs them after the command is durable, at least
//! once; whoever receives one recognises a repeat.

use crate::arn::Arn;
use crate::ids::Uuid;
use crate::partition::PartitionId;
use crate::time::Timestamp;
use bytes::Bytes;
use minicbor::{Decode, Encode};

/// What the node must now do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Hand a message to another resource. Drained inside the same apply when it lives in this
    /// partition, put into the outbox otherwise.
    Deliver(Delivery),
    /// Hand a message to the sender's own service in another partition, which tells those who live
    /// there: one message for many, carried once. Never refused.
    Relay { partition: PartitionId, delivery: Delivery },
    /// Run a function: the invocation is a row of the function's partition, named here.
    Invoke { function: Arn, invocation: Uuid, attempt: u32 },
    /// Bring a message to an endpoint on the network: what it says is a row of this partition.
    HttpPost(HttpPost),
    /// Have digests signed with the installation's key, which the core never sees.
    Sign(Signing),
    /// Something that long polls on `key` wait for may be there now.
    Wake(WakeKey),
}

/// One attempt at a delivery over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpPost {
    pub subscription: Uuid,
    /// With the subscription, the delivery's name.
    pub sequence: u64,
    pub attempt: u32,
    /// Where to, so that deliveries can wait for their endpoint without their message.
    pub url: String,
    /// How many deliveries of the subscription may begin in a second, where its owner has said so.
    pub per_second: Option<u32>,
}

/// Digests to be signed. Whose they are is a row of this partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signing {
    /// The row's key.
    pub key: [u8; 24],
    pub digests: Vec<Digest>,
    /// What the digests are of, or nothing: the fastest signers hash for themselves. A signature
    /// is the same either way, so that a text too long to be carried about is left out.
    pub texts: Vec<String>,
}

/// The hash of a text, with an algorithm that signatures are made over.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Digest {
    #[n(0)]
    Sha1(#[cbor(n(0), with = "minicbor::bytes")] [u8; 20]),
    #[n(1)]
    Sha256(#[cbor(n(0), with = "minicbor::bytes")] [u8; 32]),
}

/// What a long poll waits on inside a partition, e.g. a queue's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WakeKey(pub u64);

/// A message on its way from one resource to another, named by ARN.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Delivery {
    #[n(0)]
    pub from: Arn,
    #[n(1)]
    pub to: Arn,
    #[n(2)]
    pub message: Message,
    /// Why the target sent it back; `None` on the way out. A delivery is refused at most once.
    #[n(3)]
    pub refused: Option<String>,
}

impl Delivery {
    /// The same delivery on its way back to its sender.
    #[must_use]
    pub fn refuse(self, reason: &str) -> Delivery {
        Delivery {
            from: self.to,
            to: self.from,
            message: self.message,
            refused: Some(reason.to_owned()),
        }
    }
}

/// What services say to each other: a superset of an SQS message, an SNS notification and an
/// asynchronous invocation, so that none of them must know another's types.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Message {
    /// Kept when a message moves between queues; drawn by the receiver when absent.
    #[n(0)]
    pub id: Option<Uuid>,
    #[cbor(n(1), with = "crate::codec::byte_string")]
    pub body: Bytes,
    #[n(2)]
    pub attributes: Vec<MessageAttribute>,
    #[n(3)]
    pub group_id: Option<String>,
    #[n(4)]
    pub deduplication_id: Option<String>,
    /// When it was first sent, where it was sent before.
    #[n(5)]
    pub sent_at: Option<Timestamp>,
    #[n(6)]
    pub sender_id: Option<String>,
    #[n(7)]
    pub trace_header: Option<String>,
    /// The queue it was dead-lettered from.
    #[n(8)]
    pub dead_letter_source: Option<Arn>,
    /// How often it was received where it came from.
    #[n(9)]
    pub receive_count: Option<u32>,
}

/// A message attribute as SQS and SNS know it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct MessageAttribute {
    #[n(0)]
    pub name: String,
    /// `String`, `Number`, `Binary`, each with an optional `.label`.
    #[n(1)]
    pub data_type: String,
    #[n(2)]
    pub value: AttributeValue,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum AttributeValue {
    #[n(0)]
    Text(#[n(0)] String),
    #[n(1)]
    Binary(#[cbor(n(0), with = "crate::codec::byte_string")] Bytes),
}
