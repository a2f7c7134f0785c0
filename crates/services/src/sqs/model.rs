//! The nouns of SQS: queue keys and URLs, limits, and what a message is when it is sent.

use super::Error;
use kernel::{AccountId, Arn, Caller, PartitionId, Region, Service, Timestamp, Uuid};
use minicbor::{Decode, Encode};
use tidemill_kernel as kernel;

pub(super) const QUEUE_NAME_LENGTH_MAX: usize = 80;
pub(super) const MESSAGE_BYTES_MAX: u32 = 1_048_576;
pub(super) const BATCH_ENTRIES_MAX: usize = 10;
const BATCH_ENTRY_ID_LENGTH_MAX: usize = 80;
pub(super) const BATCH_BYTES_MAX: usize = 1_048_576;
pub(super) const VISIBILITY_SECONDS_MAX: u32 = 43_200;
pub(super) const DELAY_SECONDS_MAX: u32 = 900;
pub(super) const WAIT_SECONDS_MAX: u32 = 20;
pub(super) const RECEIVE_MESSAGES_MAX: u32 = 10;
pub(super) const IN_FLIGHT_MAX: u64 = 120_000;
/// How long a deleted queue's name, and a purge, block the next one.
pub(super) const COOL_DOWN_SECONDS: u64 = 60;
/// The deduplication window, and how long a receive attempt may be repeated.
pub(super) const WINDOW_SECONDS: u64 = 300;
/// The prefix of a FIFO queue's sequence numbers: all of them have twenty digits.
const SEQUENCE_NUMBER_BASE: u64 = 10_000_000_000_000_000_000;

/// A queue's name with the account and region that make it one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct QueueKey {
    #[n(0)]
    pub account: AccountId,
    #[n(1)]
    pub region: Region,
    #[n(2)]
    pub name: String,
}

impl QueueKey {
    /// A new queue's key: 1 to 80 of `[A-Za-z0-9_-]`, plus `.fifo` for a FIFO queue.
    pub fn create(caller: &Caller, name: &str, is_fifo: bool) -> Result<QueueKey, Error> {
        let stem = if is_fifo { name.strip_suffix(".fifo") } else { Some(name) };
        let is_legal = |stem: &str| {
            !stem.is_empty()
                && stem
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        };
        if name.len() > QUEUE_NAME_LENGTH_MAX || !stem.is_some_and(is_legal) {
            let reason = if is_fifo {
                "The name of a FIFO queue can only include alphanumeric characters, hyphens, or \
                 underscores, must end with .fifo suffix and be 1 to 80 in length."
            } else {
                "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in \
                 length"
            };
            return Err(Error::InvalidParameterValue {
                parameter: "QueueName",
                value: name.to_owned(),
                reason: reason.to_owned(),
            });
        }
        Ok(QueueKey::of(caller, name))
    }

    /// The key of a queue that should exist already: what no queue can be called, none is.
    pub fn of(caller: &Caller, name: &str) -> QueueKey {
        QueueKey { account: caller.account, region: caller.region.clone(), name: name.to_owned() }
    }

    /// Reads a queue URL by its last two path segments; host and scheme are the caller's affair.
    pub fn from_url(caller: &Caller, url: &str) -> Result<QueueKey, Error> {
        let mut segments = url.trim_end_matches('/').rsplit('/');
        let name = segments.next().unwrap_or_default();
        let account = segments.next().and_then(AccountId::parse);
        match account {
            None => Err(Error::InvalidAddress { url: url.to_owned() }),
            Some(account) if account != caller.account => {
                Err(Error::AccessDenied { resource: url.to_owned() })
            }
            Some(_) => Ok(QueueKey::of(caller, name)),
        }
    }

    #[must_use]
    pub fn from_arn(arn: &Arn) -> Option<QueueKey> {
        (arn.service() == Some(Service::Sqs)).then_some(())?;
        let account = AccountId::parse(arn.account())?;
        let region = Region::parse(arn.region())?;
        Some(QueueKey { account, region, name: arn.resource().to_owned() })
    }

    #[must_use]
    pub fn arn(&self) -> Arn {
        Arn::queue(&self.region, self.account, &self.name)
    }

    #[must_use]
    pub fn url(&self, caller: &Caller) -> String {
        format!("{}/{}/{}", caller.base_url, self.account, self.name)
    }

    #[must_use]
    pub fn is_fifo(&self) -> bool {
        self.name.ends_with(".fifo")
    }

    #[must_use]
    pub fn partition(&self) -> PartitionId {
        PartitionId::of(self.account, &self.region, Service::Sqs, &self.name)
    }
}

/// An MD5 digest: SQS's transport check, nothing more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct Md5(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 16]);

impl std::fmt::Display for Md5 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&kernel::hex::encode(&self.0))
    }
}

/// A message on its way into a queue. The edge has encoded its record and computed its digests,
/// so that the partition's thread does neither.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct NewMessage {
    /// An encoded [`super::record::Record`].
    #[cbor(n(0), with = "kernel::codec::byte_string")]
    pub record: bytes::Bytes,
    /// Body and attributes, as the size limits count them.
    #[n(1)]
    pub size: u32,
    #[n(2)]
    pub delay_seconds: Option<u32>,
    #[n(3)]
    pub group_id: Option<String>,
    #[n(4)]
    pub deduplication_id: Option<String>,
    /// The SHA-256 of the body in hexadecimal: what a FIFO queue with content-based
    /// deduplication goes by when the sender gave no id.
    #[n(5)]
    pub content_digest: Option<String>,
    #[n(6)]
    pub digests: Digests,
    /// What its attributes ask for beyond AWS's parameters; see `wishes`.
    #[n(7)]
    pub priority: Option<u8>,
    #[n(8)]
    pub deliver_at: Option<Timestamp>,
    #[n(9)]
    pub dedupe_window_seconds: Option<u32>,
}

/// What the sender compares with its own computation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Digests {
    #[n(0)]
    pub body: Md5,
    #[n(1)]
    pub attributes: Option<Md5>,
    #[n(2)]
    pub system_attributes: Option<Md5>,
}

/// What the sender of a message is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub message_id: Uuid,
    pub digests: Digests,
    /// In a FIFO queue, the message's place in it.
    pub sequence_number: Option<u64>,
}

/// A message as one receive hands it out.
#[derive(Clone, Debug)]
pub struct Received {
    pub message_id: Uuid,
    pub receipt_handle: String,
    pub body: kernel::Body,
    pub sent: Timestamp,
    pub first_receive: Timestamp,
    pub receive_count: u32,
    pub sequence_number: Option<u64>,
}

pub(super) fn sequence_number(sequence: u64) -> u64 {
    SEQUENCE_NUMBER_BASE.saturating_add(sequence)
}

/// One entry of a batch that was refused, by the caller's id for it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct BatchFailure {
    #[n(0)]
    pub id: String,
    #[n(1)]
    pub code: String,
    #[n(2)]
    pub message: String,
}

impl BatchFailure {
    #[must_use]
    pub fn of(id: String, error: &Error) -> BatchFailure {
        BatchFailure { id, code: error.code().to_owned(), message: error.to_string() }
    }
}

/// A batch whose entries were read one by one: those that cannot be are answered, not applied.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Batch<T> {
    #[n(0)]
    pub entries: Vec<BatchEntry<T>>,
    #[n(1)]
    pub refused: Vec<BatchFailure>,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct BatchEntry<T> {
    #[n(0)]
    pub id: String,
    #[n(1)]
    pub entry: T,
}

impl<T> Batch<T> {
    /// Checks the ids, then reads each entry.
    pub(super) fn decode<W>(
        wire: Vec<W>,
        entry_name: &'static str,
        id_of: impl Fn(&W) -> String,
        decode: impl Fn(W) -> Result<T, Error>,
    ) -> Result<Batch<T>, Error> {
        if wire.is_empty() {
            return Err(Error::EmptyBatchRequest { entry: entry_name });
        }
        if wire.len() > BATCH_ENTRIES_MAX {
            return Err(Error::TooManyEntriesInBatchRequest { count: wire.len() });
        }
        let mut seen = std::collections::BTreeSet::new();
        for entry in &wire {
            let id = id_of(entry);
            let is_legal = (1..=BATCH_ENTRY_ID_LENGTH_MAX).contains(&id.len())
                && id
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
            if !is_legal {
                return Err(Error::InvalidBatchEntryId);
            }
            if !seen.insert(id.clone()) {
                return Err(Error::BatchEntryIdsNotDistinct { id });
            }
        }
        let mut batch = Batch { entries: Vec::new(), refused: Vec::new() };
        for entry in wire {
            let id = id_of(&entry);
            match decode(entry) {
                Ok(entry) => batch.entries.push(BatchEntry { id, entry }),
                Err(error) => batch.refused.push(BatchFailure::of(id, &error)),
            }
        }
        Ok(batch)
    }

    /// Applies each entry; those refused at the door come first in the failures.
    pub(super) fn apply<R>(self, mut apply: impl FnMut(T) -> Result<R, Error>) -> BatchReply<R> {
        let mut reply = BatchReply { successful: Vec::new(), failed: self.refused };
        for BatchEntry { id, entry } in self.entries {
            match apply(entry) {
                Ok(success) => reply.successful.push((id, success)),
                Err(error) => reply.failed.push(BatchFailure::of(id, &error)),
            }
        }
        reply
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct BatchReply<R> {
    pub successful: Vec<(String, R)>,
    pub failed: Vec<BatchFailure>,
}
