//! What a freeze writes of a queue's messages, and what a start makes of it.
//!
//! # Invariants
//!
//! - A row is written for each chunk that has changed, and nothing of an index: those follow from
//!   the entries and the time of the last change.

use super::super::chunk::{CHUNK_ENTRIES, Chunk, Close, Entry, Glance, no_row};
use super::super::fair::Fairness;
use super::super::lanes::{Hand, Place};
use super::super::state::{CHUNKS, queue_row_key};
use super::{Messages, Order};
use bytes::Bytes;
use kernel::{Rows, Timestamp};
use minicbor::{Decode, Encode};
use tidemill_kernel as kernel;

/// What the chunks alone do not tell. Written at a freeze.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub(in crate::sqs) struct Counters {
    /// The sequence of the next message; the first is 1.
    #[n(0)]
    pub(in crate::sqs) next_sequence: u64,
    #[n(1)]
    pub(in crate::sqs) next_group: u64,
    /// Picks made: even ones prefer fresh messages, odd ones returned ones.
    #[n(2)]
    picks: u64,
    /// The last returned message picked; the next pick looks after it.
    #[n(3)]
    hand: u64,
    /// When this queue last changed: everything due by then is loaded as visible.
    #[n(4)]
    pub(super) changed: Timestamp,
    #[n(5)]
    #[cbor(default)]
    pub(in crate::sqs) fairness: Fairness,
    /// Messages that wait as rows to be delivered, the number of the latest, and the generation
    /// they belong to.
    #[n(6)]
    #[cbor(default)]
    pub(in crate::sqs) scheduled: u64,
    #[n(7)]
    #[cbor(default)]
    pub(in crate::sqs) scheduled_number: u64,
    #[n(8)]
    #[cbor(default)]
    pub(in crate::sqs) generation: u64,
}

impl Counters {
    /// Those of an empty queue.
    pub(super) fn new() -> Counters {
        Counters { next_sequence: 1, next_group: 1, ..Counters::default() }
    }

    pub(super) fn next_hand(&self) -> Hand {
        Hand { prefers_fresh: self.picks.is_multiple_of(2), returned_from: self.hand + 1 }
    }

    /// Moves on to the other lane, and the hand past what was taken.
    pub(super) fn note_pick(&mut self, sequence: u64, entry: Entry) {
        self.picks += 1;
        if entry.receive_count > 0 {
            self.hand = sequence;
        }
    }

    /// Picks made, and the last returned message picked.
    #[cfg(test)]
    pub(in crate::sqs) fn hands(&self) -> (u64, u64) {
        (self.picks, self.hand)
    }
}

impl Messages {
    /// Puts back what a freeze wrote: counters, and the rows of chunks by their first sequence.
    /// One chunk is open at a time: a backlog would not fit into memory as it is unpacked.
    pub(in crate::sqs) fn restore(
        &mut self,
        counters: Counters,
        chunks: impl Iterator<Item = (u64, Bytes)>,
    ) {
        self.promoted = counters.changed;
        self.counters = counters;
        self.counters_are_dirty = false;
        if let Order::Standard(standard) = &mut self.order {
            standard.separate(&self.counters.fairness);
        }
        for (first, row) in chunks {
            let mut chunk = Chunk::load(&row);
            self.sent_min =
                Some(self.sent_min.map_or(chunk.sent_min, |min| min.min(chunk.sent_min)));
            let page = chunk.glance(no_row);
            chunk.close(Some(&row), self.close());
            self.chunks.insert(first, chunk);
            self.restore_entries(first, page);
        }
        if let Order::Fifo(groups) = &mut self.order {
            for group in groups.numbers() {
                Messages::list_group(&mut self.chunks, groups, group);
            }
        }
    }

    fn restore_entries(&mut self, first: u64, page: Glance) {
        let promoted = self.promoted;
        if let Order::Standard(standard) = &mut self.order
            && let Some(entry) = page.whole_lane(promoted)
        {
            self.live += CHUNK_ENTRIES as u64;
            return standard.show_all(first, entry);
        }
        let entries = || page.clone().into_iter_from(0);
        self.hidden.hide_all(first, entries().filter(|(_, entry)| entry.due > promoted));
        if page.is_full() {
            self.hidden.fold(first);
        }
        for (index, entry) in entries() {
            self.restore_entry(Place { first, sequence: first + index as u64 }, entry);
        }
    }

    /// What becomes of chunks that are written and full.
    fn close(&self) -> Close {
        match self.order {
            Order::Standard(_) => Close::ToCold(self.promoted),
            Order::Fifo(_) => Close::ToPacked,
        }
    }

    /// Writes the chunks that have changed since the last freeze, and closes those that are full.
    pub(in crate::sqs) fn freeze(&mut self, rows: &mut dyn Rows) {
        for first in self.dropped.drain(..) {
            rows.delete(CHUNKS, &queue_row_key(self.number, &first.to_be_bytes()));
        }
        let close = self.close();
        for (first, chunk) in &mut self.chunks {
            let row = chunk.is_dirty.then(|| chunk.freeze());
            chunk.close(row.as_ref(), close);
            if let Some(row) = row {
                rows.put_shared(CHUNKS, &queue_row_key(self.number, &first.to_be_bytes()), row);
            }
        }
    }

    /// As [`Messages::place`], but leaves it to the caller to hide what is hidden, and to list the
    /// groups once at the end.
    fn restore_entry(&mut self, place: Place, entry: Entry) {
        self.live += 1;
        let is_hidden = entry.due > self.promoted;
        let is_in_flight = is_hidden && entry.receive_count > 0;
        match &mut self.order {
            Order::Fifo(groups) => {
                groups.join(entry.group, place.sequence);
                groups.add_in_flight(entry.group, u64::from(is_in_flight));
            }
            Order::Standard(standard) if is_in_flight => standard.tenants.take_off(entry.group),
            Order::Standard(standard) if !is_hidden => standard.show(place, entry),
            Order::Standard(_) => {}
        }
    }
}
