//! Outbox and inbox: deliveries between partitions, applied exactly once and in order.
//!
//! ```text
//! source apply ── outbox row (target, sequence) ──▶ node, once durable ──▶ target: Inbox
//!        ▲                                                                    │ drops ≤ last,
//!        └──── OutboxAck truncates ◀──────────── node, once durable ◀─────────┘ applies next
//! ```
//!
//! # Invariants
//!
//! - Sequences of a (source, target) pair start at 1 and have no gap.
//! - The target's inbox row holds the last sequence it applied; it applies `last + 1` only.
//! - A row leaves the outbox only by a logged acknowledgement.

use bytes::Bytes;
use kernel::rows::scan_prefix;
use kernel::{Delivery, PartitionId, Rows, Table, Turn, codec};
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;
use tidemill_kernel as kernel;

/// (target, sequence) → [`Delivery`].
const OUTBOX: Table = Table(Table::NODE);
/// target → the last sequence posted.
pub const OUTBOX_LAST: Table = Table(Table::NODE + 1);
/// source → the last sequence applied.
pub const INBOX_LAST: Table = Table(Table::NODE + 2);

/// One delivery on its way from one partition to another.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Envelope {
    #[n(0)]
    pub source: PartitionId,
    #[n(1)]
    pub target: PartitionId,
    #[n(2)]
    pub sequence: u64,
    #[n(3)]
    pub delivery: Delivery,
}

/// The last sequences, per partner.
#[derive(Debug, Default)]
pub(crate) struct State {
    posted: BTreeMap<PartitionId, u64>,
    applied: BTreeMap<PartitionId, u64>,
}

impl State {
    pub(crate) fn load(rows: &dyn Rows) -> State {
        State {
            posted: load_sequences(rows, OUTBOX_LAST),
            applied: load_sequences(rows, INBOX_LAST),
        }
    }

    pub(crate) fn post(
        &mut self,
        turn: &mut Turn<'_>,
        source: PartitionId,
        target: PartitionId,
        delivery: Delivery,
    ) -> Envelope {
        let last = self.posted.entry(target).or_default();
        *last += 1;
        let sequence = *last;
        turn.put(OUTBOX_LAST, &target.0.to_be_bytes(), sequence_value(sequence));
        turn.put(OUTBOX, &row_key(target, sequence), codec::to_bytes(&delivery));
        Envelope { source, target, sequence, delivery }
    }

    /// Whether this is the next delivery of its source. A repeat changes nothing.
    pub(crate) fn accept(&mut self, turn: &mut Turn<'_>, envelope: &Envelope) -> bool {
        let last = self.applied.entry(envelope.source).or_default();
        if envelope.sequence <= *last {
            return false;
        }
        assert_eq!(
            envelope.sequence,
            *last + 1,
            "deliveries of a partition are sent in order, so none can be missing"
        );
        *last = envelope.sequence;
        turn.put(INBOX_LAST, &envelope.source.0.to_be_bytes(), sequence_value(*last));
        true
    }

    /// Whether deliveries of this partition to itself are still on their way. What follows them
    /// must take the same road, or it would overtake them.
    pub(crate) fn is_on_its_way_home(&self, home: PartitionId) -> bool {
        self.posted.get(&home) > self.applied.get(&home)
    }

    pub(crate) fn acknowledge(&mut self, turn: &mut Turn<'_>, target: PartitionId, sequence: u64) {
        let prefix = target.0.to_be_bytes();
        let done: Vec<Bytes> = scan_prefix(turn.rows(), OUTBOX, &prefix, None, usize::MAX)
            .into_iter()
            .map(|(key, _)| key)
            .take_while(|key| sequence_of(key) <= sequence)
            .collect();
        for key in done {
            turn.delete(OUTBOX, &key);
        }
    }

    pub(crate) fn unacknowledged(&self, source: PartitionId, rows: &dyn Rows) -> Vec<Envelope> {
        scan_prefix(rows, OUTBOX, &[], None, usize::MAX)
            .into_iter()
            .map(|(key, value)| Envelope {
                source,
                target: target_of(&key),
                sequence: sequence_of(&key),
                delivery: codec::from_bytes(&value),
            })
            .collect()
    }
}

fn load_sequences(rows: &dyn Rows, table: Table) -> BTreeMap<PartitionId, u64> {
    scan_prefix(rows, table, &[], None, usize::MAX)
        .into_iter()
        .map(|(key, value)| (target_of(&key), u64::from_be_bytes(fixed(&value, 0))))
        .collect()
}

fn row_key(target: PartitionId, sequence: u64) -> [u8; 10] {
    let mut key = [0; 10];
    let (partition, rest) = key.split_at_mut(2);
    partition.copy_from_slice(&target.0.to_be_bytes());
    rest.copy_from_slice(&sequence.to_be_bytes());
    key
}

fn target_of(key: &[u8]) -> PartitionId {
    PartitionId(u16::from_be_bytes(fixed(key, 0)))
}

fn sequence_of(key: &[u8]) -> u64 {
    u64::from_be_bytes(fixed(key, 2))
}

fn sequence_value(sequence: u64) -> Bytes {
    Bytes::copy_from_slice(&sequence.to_be_bytes())
}

fn fixed<const N: usize>(bytes: &[u8], from: usize) -> [u8; N] {
    bytes
        .get(from..from + N)
        .and_then(|slice| slice.try_into().ok())
        .expect("outbox keys and values have fixed lengths, and rows are checksummed")
}
