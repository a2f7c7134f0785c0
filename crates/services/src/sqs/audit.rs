//! The audit trail of edits: who changed which dead letter into what, and where it went.
//!
//! ```text
//! AUDITS       queue's ARN, NUL, number → Audit
//! AUDIT_ENDS   queue's ARN              → the first number, the next one, and the first one's age
//! ```
//!
//! # Invariants
//!
//! - An entry is written in the apply in which the edited message leaves: there is one for each
//!   that left, and none for one that did not.
//! - Entries are under the queue's name, not its number: they outlive the queue, for a time of
//!   their own.
//! - Bounded: [`RETENTION`], [`KEPT_MAX`] of a queue, and of each body and attribute the beginning.
//!   The digest is of the whole body.

use super::state::{AUDIT_ENDS, AUDITS};
use super::{QueueKey, Record};
use bytes::Bytes;
use kernel::rows::scan_prefix;
use kernel::{
    Arn, AttributeValue, MessageAttribute, Millis, Rows, Table, Timestamp, Turn, Uuid, codec,
};
use minicbor::{Decode, Encode};
use sha2::Digest as _;
use std::collections::{BTreeMap, BTreeSet};
use tidemill_kernel as kernel;

const RETENTION: Millis = Millis::from_seconds(90 * 86_400);
const KEPT_MAX: u64 = 10_000;
const BODY_LETTERS_MAX: usize = 1024;
const VALUE_LENGTH_MAX: usize = 256;

/// One edit of one message.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Audit {
    #[n(0)]
    pub at: Timestamp,
    /// The access key id of who asked for it.
    #[n(1)]
    pub access_key_id: String,
    /// The redrive it was part of; `None` when this message alone was meant.
    #[n(2)]
    pub redrive: Option<Uuid>,
    #[n(3)]
    pub destination: Arn,
    #[n(4)]
    pub before: Version,
    #[n(5)]
    pub after: Version,
    /// When the destination would not take it, and why: the message is back, unedited.
    #[n(6)]
    pub returned: Option<Returned>,
}

/// What a message was, in short.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Version {
    #[n(0)]
    pub message_id: Uuid,
    /// SHA-256 of the body.
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub body_sha256: [u8; 32],
    #[n(2)]
    pub body_bytes: u64,
    /// The beginning of the body.
    #[n(3)]
    pub body: String,
    /// Values are cut.
    #[n(4)]
    pub attributes: Vec<MessageAttribute>,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Returned {
    #[n(0)]
    pub at: Timestamp,
    #[n(1)]
    pub reason: String,
}

impl Version {
    pub(super) fn of(message_id: Uuid, record: &Record) -> Version {
        let cut = |text: &str| text.chars().take(VALUE_LENGTH_MAX).collect();
        let attribute = |attribute: &MessageAttribute| MessageAttribute {
            name: attribute.name.clone(),
            data_type: attribute.data_type.clone(),
            value: match &attribute.value {
                AttributeValue::Text(text) => AttributeValue::Text(cut(text)),
                AttributeValue::Binary(bytes) => {
                    AttributeValue::Binary(bytes.slice(..bytes.len().min(VALUE_LENGTH_MAX)))
                }
            },
        };
        Version {
            message_id,
            body_sha256: sha2::Sha256::digest(&record.body).into(),
            body_bytes: record.body.len() as u64,
            body: record.body.chars().take(BODY_LETTERS_MAX).collect(),
            attributes: record.attributes.iter().map(attribute).collect(),
        }
    }
}

/// Which entries there are of one queue: `first..next`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
struct Ends {
    #[n(0)]
    first: u64,
    #[n(1)]
    next: u64,
    /// When the first one was written.
    #[n(2)]
    oldest: Timestamp,
}

impl Ends {
    fn due(self) -> Timestamp {
        self.oldest.plus(RETENTION)
    }
}

/// The trails of a partition's queues; the entries are rows.
#[derive(Debug, Default)]
pub(super) struct Audits {
    ends: BTreeMap<Arn, Ends>,
    by_due: BTreeSet<(Timestamp, Arn)>,
}

impl Audits {
    pub(super) fn load(rows: &dyn Rows) -> Audits {
        let mut audits = Audits::default();
        for (key, ends) in scan_prefix(rows, AUDIT_ENDS, &[], None, usize::MAX) {
            let arn = std::str::from_utf8(&key).ok().and_then(Arn::parse);
            audits.insert(arn.expect("the key is a queue's ARN"), codec::from_bytes(&ends));
        }
        audits
    }

    fn insert(&mut self, queue: Arn, ends: Ends) {
        if let Some(old) = self.ends.insert(queue.clone(), ends) {
            self.by_due.remove(&(old.due(), queue.clone()));
        }
        self.by_due.insert((ends.due(), queue));
    }

    fn remove(&mut self, queue: &Arn) {
        if let Some(old) = self.ends.remove(queue) {
            self.by_due.remove(&(old.due(), queue.clone()));
        }
    }

    /// Writes an entry; returns its number.
    pub(super) fn add(&mut self, turn: &mut Turn<'_>, queue: &Arn, audit: &Audit) -> u64 {
        let known = self.ends.get(queue).copied();
        let Ends { first, next: number, oldest } =
            known.unwrap_or(Ends { first: 1, next: 1, oldest: audit.at });
        put(turn, AUDITS, &row_key(queue, number), audit);
        let ends = Ends { first, next: number + 1, oldest };
        self.put_ends(turn, queue, ends);
        if number + 1 - first > KEPT_MAX {
            self.forget_first(turn, queue);
        }
        number
    }

    fn put_ends(&mut self, turn: &mut Turn<'_>, queue: &Arn, ends: Ends) {
        put(turn, AUDIT_ENDS, queue.as_str().as_bytes(), &ends);
        self.insert(queue.clone(), ends);
    }

    fn forget_first(&mut self, turn: &mut Turn<'_>, queue: &Arn) {
        let Some(Ends { first, next, .. }) = self.ends.get(queue).copied() else { return };
        turn.delete(AUDITS, &row_key(queue, first));
        match get(turn.rows(), queue, first + 1).filter(|_| first + 1 < next) {
            Some(Audit { at: oldest, .. }) => {
                self.put_ends(turn, queue, Ends { first: first + 1, next, oldest });
            }
            None => {
                turn.delete(AUDIT_ENDS, queue.as_str().as_bytes());
                self.remove(queue);
            }
        }
    }

    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.by_due.first().map(|(due, _)| *due)
    }

    /// Forgets entries whose time is over, at most `limit`; says how many.
    pub(super) fn expire(&mut self, turn: &mut Turn<'_>, limit: usize) -> usize {
        let mut forgotten = 0;
        while forgotten < limit
            && let Some((_, queue)) = self.by_due.first().filter(|(due, _)| *due <= turn.now())
        {
            let queue = queue.clone();
            self.forget_first(turn, &queue);
            forgotten += 1;
        }
        forgotten
    }

    /// The newest first, below a number where one is given; and the number to go on below.
    pub(super) fn list(
        &self,
        rows: &dyn Rows,
        queue: &QueueKey,
        below: Option<u64>,
        limit: usize,
    ) -> (Vec<(u64, Audit)>, Option<u64>) {
        let queue = queue.arn();
        let Some(Ends { first, next, .. }) = self.ends.get(&queue).copied() else {
            return (Vec::new(), None);
        };
        let end = below.map_or(next, |below| below.min(next));
        let listed: Vec<(u64, Audit)> = (first..end)
            .rev()
            .take(limit)
            .filter_map(|number| get(rows, &queue, number).map(|audit| (number, audit)))
            .collect();
        let last = listed.last().map(|(number, _)| *number).filter(|last| *last > first);
        (listed, last)
    }
}

/// Notes that the message of an entry came back, if the entry is still there.
pub(super) fn note_return(turn: &mut Turn<'_>, queue: &Arn, number: u64, returned: Returned) {
    if let Some(audit) = get(turn.rows(), queue, number) {
        let audit = Audit { returned: Some(returned), ..audit };
        put(turn, AUDITS, &row_key(queue, number), &audit);
    }
}

fn row_key(queue: &Arn, number: u64) -> Vec<u8> {
    let mut key = queue.as_str().as_bytes().to_vec();
    key.push(0);
    key.extend_from_slice(&number.to_be_bytes());
    key
}

fn put<T: Encode<()>>(turn: &mut Turn<'_>, table: Table, key: &[u8], value: &T) {
    turn.put(table, key, codec::to_bytes(value));
}

fn get(rows: &dyn Rows, queue: &Arn, number: u64) -> Option<Audit> {
    rows.get(AUDITS, &row_key(queue, number)).map(|row: Bytes| codec::from_bytes(&row))
}
