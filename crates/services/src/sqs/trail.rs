//! Trails: how the receives of a message ended that did not end in its deletion.
//!
//! A receive that nobody says anything about ended when its visibility ran out. What is said (a
//! function failed, it was throttled, a client gave the message back) is kept for the message, and
//! goes with it when it is dead-lettered.
//!
//! # Invariants
//!
//! - A trail is a row of its queue while the message is there; in memory is only which messages
//!   have one.
//! - Bounded: the last eight endings of a message, with error types cut short, and ten thousand
//!   messages of a queue; beyond that the oldest message's trail is forgotten. A dead letter's
//!   trail lies in its record.

use super::state::{TRAILS, queue_row_key};
use bytes::Bytes;
use kernel::rows::scan_prefix;
use kernel::{AttributeValue, MessageAttribute, Rows, Timestamp, Turn, codec};
use minicbor::{Decode, Encode};
use std::collections::BTreeSet;
use tidemill_kernel as kernel;

const ENDINGS_MAX: usize = 8;
const TRAILS_MAX: usize = 10_000;
const TEXT_LENGTH_MAX: usize = 256;
/// The attribute a dead letter's trail travels in. No client can send one of that name.
const TRAVELLING: &str = "AWS.tidemill.trail";

/// How one receive ended.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Ending {
    /// The receive count it began with.
    #[n(0)]
    pub receive: u32,
    #[n(1)]
    pub at: Timestamp,
    #[n(2)]
    pub reason: EndReason,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum EndReason {
    /// Its visibility ran out.
    #[n(0)]
    Timeout,
    /// The receiver gave it back.
    #[n(1)]
    Released,
    #[n(2)]
    FunctionError {
        #[n(0)]
        error_type: String,
        /// The function's ARN, and the version that ran.
        #[n(1)]
        function: String,
        #[n(2)]
        version: String,
    },
    #[n(3)]
    Throttled,
}

impl EndReason {
    /// The word that peeks and metrics know it by.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            EndReason::Timeout => "timeout",
            EndReason::Released => "released",
            EndReason::FunctionError { .. } => "function-error",
            EndReason::Throttled => "throttled",
        }
    }

    /// The same with its texts cut to what a trail may hold.
    #[must_use]
    pub fn bounded(self) -> EndReason {
        let cut = |text: String| text.chars().take(TEXT_LENGTH_MAX).collect();
        match self {
            EndReason::FunctionError { error_type, function, version } => {
                EndReason::FunctionError {
                    error_type: cut(error_type),
                    function: cut(function),
                    version: cut(version),
                }
            }
            EndReason::Timeout | EndReason::Released | EndReason::Throttled => self,
        }
    }
}

/// The trails of one queue's messages.
#[derive(Debug)]
pub(super) struct Trails {
    queue: u64,
    /// The messages that have one.
    sequences: BTreeSet<u64>,
}

impl Trails {
    pub(super) fn new(queue: u64) -> Trails {
        Trails { queue, sequences: BTreeSet::new() }
    }

    pub(super) fn load(queue: u64, rows: &dyn Rows) -> Trails {
        let rows = scan_prefix(rows, TRAILS, &queue.to_be_bytes(), None, usize::MAX);
        let sequences = rows.iter().map(|(key, _)| {
            let (_, sequence) = key.split_last_chunk().expect("a trail's key ends in 8 bytes");
            u64::from_be_bytes(*sequence)
        });
        Trails { queue, sequences: sequences.collect() }
    }

    fn row_key(&self, sequence: u64) -> Vec<u8> {
        queue_row_key(self.queue, &sequence.to_be_bytes())
    }

    pub(super) fn get(&self, rows: &dyn Rows, sequence: u64) -> Vec<Ending> {
        if !self.sequences.contains(&sequence) {
            return Vec::new();
        }
        let row = rows.get(TRAILS, &self.row_key(sequence));
        row.map(|row: Bytes| codec::from_bytes(&row)).unwrap_or_default()
    }

    pub(super) fn note(&mut self, turn: &mut Turn<'_>, sequence: u64, ending: Ending) {
        let mut endings = self.get(turn.rows(), sequence);
        endings.push(ending);
        let excess = endings.len().saturating_sub(ENDINGS_MAX);
        endings.drain(..excess);
        turn.put(TRAILS, &self.row_key(sequence), codec::to_bytes(&endings));
        self.sequences.insert(sequence);
        if self.sequences.len() > TRAILS_MAX
            && let Some(oldest) = self.sequences.first().copied()
        {
            self.forget(turn, oldest);
        }
    }

    pub(super) fn forget(&mut self, turn: &mut Turn<'_>, sequence: u64) {
        if self.sequences.remove(&sequence) {
            turn.delete(TRAILS, &self.row_key(sequence));
        }
    }

    pub(super) fn clear(&mut self, turn: &mut Turn<'_>) {
        while let Some(sequence) = self.sequences.first().copied() {
            self.forget(turn, sequence);
        }
    }
}

/// The endings of the receives up to `count`: those that were noted, and for the last one, if
/// nothing was, that its time ran out.
pub(super) fn complete(mut endings: Vec<Ending>, count: u32, due: Timestamp) -> Vec<Ending> {
    if count > 0 && endings.last().is_none_or(|last| last.receive != count) {
        endings.push(Ending { receive: count, at: due, reason: EndReason::Timeout });
    }
    endings
}

/// A trail in the form in which a delivery carries it.
pub(super) fn pack(endings: &[Ending]) -> MessageAttribute {
    MessageAttribute {
        name: TRAVELLING.to_owned(),
        data_type: "Binary".to_owned(),
        value: AttributeValue::Binary(codec::to_bytes(&endings.to_vec())),
    }
}

/// Takes the trail out of a delivery's attributes.
pub(super) fn unpack(attributes: &mut Vec<MessageAttribute>) -> Option<Vec<Ending>> {
    let index = attributes.iter().position(|attribute| attribute.name == TRAVELLING)?;
    match attributes.remove(index).value {
        AttributeValue::Binary(bytes) => Some(codec::from_bytes(&bytes)),
        AttributeValue::Text(_) => None,
    }
}
