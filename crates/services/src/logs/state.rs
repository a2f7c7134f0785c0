//! The tables of CloudWatch Logs.
//!
//! # Invariants
//!
//! - Streams and events are keyed by the number of their group, which is never used again, so
//!   that deleting a group is one row now and the rest a little at a time.

use super::Error;
use super::model::{Event, Group, GroupId, StoredEvent, Stream};
use kernel::rows::{prefix_end, scan_prefix};
use kernel::{Rows, Table, Timestamp, Turn, codec};
use std::ops::Bound;
use tidemill_kernel as kernel;

/// [`GroupId::row_key`] → [`Group`].
pub(super) const GROUPS: Table = Table(Table::LOGS);
/// Group number, stream name → [`Stream`].
pub(super) const STREAMS: Table = Table(Table::LOGS + 1);
/// Group number, stream number, timestamp, sequence → [`StoredEvent`].
pub(super) const EVENTS: Table = Table(Table::LOGS + 2);
/// Number of a deleted group whose streams and events are not all gone yet → nothing.
pub(super) const DOOMED: Table = Table(Table::LOGS + 3);

/// Rows of deleted groups that one tick takes away.
const DELETIONS_PER_TICK_MAX: usize = 1024;
/// Events read from the rows at a time.
const EVENTS_PER_SCAN: usize = 1024;

/// One partition's share of the log groups that clients write to.
#[derive(Debug)]
pub struct State {
    /// Whether [`DOOMED`] has rows.
    pub(super) has_doomed: bool,
}

impl State {
    #[must_use]
    pub fn load(rows: &dyn Rows) -> State {
        State { has_doomed: !scan_prefix(rows, DOOMED, &[], None, 1).is_empty() }
    }

    /// Everything of Logs' is in rows already.
    pub fn freeze(&mut self, _rows: &mut dyn Rows) {}

    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        self.has_doomed.then_some(Timestamp(0))
    }

    /// Takes away some of what deleted groups left.
    pub fn tick(&mut self, turn: &mut Turn<'_>) {
        let Some((number, _)) = scan_prefix(turn.rows(), DOOMED, &[], None, 1).pop() else {
            return;
        };
        let events = turn.delete_prefix(EVENTS, &number, DELETIONS_PER_TICK_MAX);
        let left = DELETIONS_PER_TICK_MAX - events;
        if turn.delete_prefix(STREAMS, &number, left) < left {
            turn.delete(DOOMED, &number);
            self.has_doomed = !scan_prefix(turn.rows(), DOOMED, &[], None, 1).is_empty();
        }
    }
}

pub(super) fn group(rows: &dyn Rows, id: &GroupId) -> Result<Group, Error> {
    let row = rows.get(GROUPS, &id.row_key()).ok_or(Error::GroupNotFound)?;
    Ok(codec::from_bytes(&row))
}

pub(super) fn put_group(turn: &mut Turn<'_>, group: &Group) {
    turn.put(GROUPS, &group.id.row_key(), codec::to_bytes(group));
}

pub(super) fn stream_key(group: &Group, name: &str) -> Vec<u8> {
    let mut key = group.number.to_be_bytes().to_vec();
    key.extend(name.as_bytes());
    key
}

pub(super) fn stream(rows: &dyn Rows, group: &Group, name: &str) -> Result<Stream, Error> {
    let row = rows.get(STREAMS, &stream_key(group, name)).ok_or(Error::StreamNotFound)?;
    Ok(codec::from_bytes(&row))
}

pub(super) fn put_stream(turn: &mut Turn<'_>, group: &Group, stream: &Stream) {
    turn.put(STREAMS, &stream_key(group, &stream.name), codec::to_bytes(stream));
}

/// All streams of a group whose names start with `prefix`, in order of names.
pub(super) fn streams(rows: &dyn Rows, group: &Group, prefix: &str) -> Vec<Stream> {
    scan_prefix(rows, STREAMS, &stream_key(group, prefix), None, usize::MAX)
        .iter()
        .map(|(_, row)| codec::from_bytes(row))
        .collect()
}

pub(super) fn event_key(group: &Group, stream: &Stream, at: Timestamp, sequence: u64) -> [u8; 32] {
    let mut key = [0; 32];
    for (place, number) in
        key.chunks_exact_mut(8).zip([group.number, stream.number, at.0, sequence])
    {
        place.copy_from_slice(&number.to_be_bytes());
    }
    key
}

/// A stream's events from `start` on, in order, read as they are asked for.
pub(super) fn events<'a>(
    rows: &'a dyn Rows,
    group: &Group,
    stream: &'a Stream,
    start: Timestamp,
) -> impl Iterator<Item = Event> + 'a {
    let first = event_key(group, stream, start, 0);
    let end = prefix_end(first.get(..16).unwrap_or_default());
    let mut from = Some(Bound::Included(first.to_vec()));
    std::iter::from_fn(move || {
        let low = from.take()?;
        let high = end.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        let low = low.as_ref().map(Vec::as_slice);
        let read = rows.range(EVENTS, low, high, EVENTS_PER_SCAN);
        if read.len() == EVENTS_PER_SCAN {
            from = read.last().map(|(key, _)| Bound::Excluded(key.to_vec()));
        }
        Some(read)
    })
    .flatten()
    .map(|(key, row)| {
        let stored: StoredEvent = codec::from_bytes(&row);
        let number = |at: usize| {
            let bytes = key.get(at..at + 8).and_then(|slice| slice.try_into().ok());
            u64::from_be_bytes(bytes.expect("event keys are four numbers"))
        };
        Event {
            timestamp: Timestamp(number(16)),
            stream: stream.name.clone(),
            sequence: number(24),
            ingested_at: stored.ingested_at,
            message: stored.message,
        }
    })
}
