//! The messages of one queue: which exist, which are visible, and in what order.
//!
//! ```text
//!          ┌──────── hidden, by due time ────────┐
//! send ──▶ │ delayed              in flight      │
//!          └──┬───────────────────────▲──────────┘
//!             ▼  time alone           │ receive
//!     standard: lanes by priority, fresh and returned; those of noisy groups apart
//!     FIFO:     groups, those without a message in flight, by when their head became visible
//! ```
//!
//! # Invariants
//!
//! - A message is in a chunk, and either in `hidden` or visible. `hidden` holds those due after
//!   `promoted`, the latest instant an apply has seen; see there.
//! - What is persisted (pages, [`Counters`]) does not depend on when [`Messages::promote`] ran:
//!   visibility is a function of an entry's due time and the time of asking.
//! - A chunk with a hidden message is not cold, nor is one of a FIFO queue: time alone shows
//!   messages, and groups look up their heads, without rows at hand.
//! - Everything is O(log n) in the number of messages. What came due while nobody asked, and what
//!   a noisy tenant has waiting, moves by chunks: of what is in flight, never more than a queue may
//!   have in flight, each message counts.

mod crowd;
mod frozen;
mod hidden;
mod standard;
mod work;

use super::chunk::{Chunk, Entry, Glance, no_row};
use super::groups::Groups;
use super::lanes::Place;
use super::state::{CHUNKS, queue_row_key};
use bytes::Bytes;
pub(super) use frozen::Counters;
use hidden::{CameDue, Hidden};
use kernel::{Millis, Rows, Timestamp};
use standard::Standard;
use std::collections::BTreeMap;
use tidemill_kernel as kernel;

/// How many messages are where, at one instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub visible: u64,
    pub in_flight: u64,
    pub delayed: u64,
}

/// Messages in their lanes, or in their groups.
#[derive(Debug)]
enum Order {
    Standard(Standard),
    Fifo(Groups),
}

#[derive(Debug)]
pub(super) struct Messages {
    /// The number of the queue.
    number: u64,
    /// By the sequence of their first entry.
    pub(super) chunks: BTreeMap<u64, Chunk>,
    hidden: Hidden,
    live: u64,
    order: Order,
    promoted: Timestamp,
    pub(super) counters: Counters,
    pub(super) counters_are_dirty: bool,
    /// Chunks with a row to delete at the next freeze.
    pub(super) dropped: Vec<u64>,
    /// No message is older. Not state: it only says when to look.
    sent_min: Option<Timestamp>,
}

impl Messages {
    pub(super) fn standard(number: u64) -> Messages {
        Messages::with(number, Order::Standard(Standard::default()))
    }

    pub(super) fn fifo(number: u64, groups: Groups) -> Messages {
        Messages::with(number, Order::Fifo(groups))
    }

    fn with(number: u64, order: Order) -> Messages {
        Messages {
            number,
            chunks: BTreeMap::new(),
            hidden: Hidden::default(),
            live: 0,
            order,
            promoted: Timestamp::default(),
            counters: Counters::new(),
            counters_are_dirty: true,
            dropped: Vec::new(),
            sent_min: None,
        }
    }

    pub(super) fn groups(&self) -> Option<&Groups> {
        match &self.order {
            Order::Standard(_) => None,
            Order::Fifo(groups) => Some(groups),
        }
    }

    pub(super) fn groups_mut(&mut self) -> Option<&mut Groups> {
        match &mut self.order {
            Order::Standard(_) => None,
            Order::Fifo(groups) => Some(groups),
        }
    }

    /// Notes what time alone has made visible. Changes no state, only where it is indexed.
    pub(super) fn promote(&mut self, now: Timestamp) {
        self.promoted = self.promoted.max(now);
        while let Some(came) = self.hidden.take_due(now, |first| page(&self.chunks, first)) {
            self.show_due(came);
        }
    }

    fn show_due(&mut self, came: CameDue) {
        let Some(chunk) = self.chunks.get(&came.first) else { return };
        match &mut self.order {
            Order::Standard(standard) => standard.show_due(came, chunk),
            // What was delayed stands in its group already, under the time it became visible.
            Order::Fifo(groups) => {
                for (group, count) in came.landed_groups(chunk) {
                    groups.unlist(group);
                    groups.remove_in_flight(group, count);
                    Messages::list_group(&mut self.chunks, groups, group);
                }
            }
        }
    }

    pub(super) fn push(&mut self, entry: Entry) -> u64 {
        let sequence = self.counters.next_sequence;
        self.counters.next_sequence += 1;
        let first = match self.chunks.last_key_value() {
            Some((first, chunk)) if !chunk.is_full() => *first,
            Some(_) | None => sequence,
        };
        let chunk = self.chunks.entry(first).or_default();
        chunk.push(entry);
        let is_full = chunk.is_full();
        self.live += 1;
        self.sent_min = Some(self.sent_min.map_or(entry.sent, |min| min.min(entry.sent)));
        if let Order::Fifo(groups) = &mut self.order {
            groups.join(entry.group, sequence);
        }
        if entry.group != 0 {
            self.counters.fairness.note_sent(entry.group, self.promoted);
        }
        self.place(sequence, entry);
        if is_full {
            self.hidden.fold(first);
        }
        self.note_change();
        sequence
    }

    /// Indexes an entry that is in its chunk and in no index.
    fn place(&mut self, sequence: u64, entry: Entry) {
        let place = place(&self.chunks, sequence);
        let is_hidden = entry.due > self.promoted;
        let is_in_flight = is_hidden && entry.receive_count > 0;
        if is_hidden {
            self.hidden.hide(place, entry);
        }
        match &mut self.order {
            Order::Standard(standard) if is_in_flight => standard.tenants.take_off(entry.group),
            Order::Standard(_) if is_hidden => {}
            Order::Standard(standard) => standard.show(place, entry),
            Order::Fifo(groups)
                if !is_in_flight && groups.is_listed_before(entry.group, sequence) => {}
            Order::Fifo(groups) => {
                groups.unlist(entry.group);
                groups.add_in_flight(entry.group, u64::from(is_in_flight));
                Messages::list_group(&mut self.chunks, groups, entry.group);
            }
        }
    }

    /// Takes an entry out of every index; it stays in its chunk.
    fn unplace(&mut self, sequence: u64, entry: Entry) {
        let place = place(&self.chunks, sequence);
        let hidden = self.hidden.remove(place, entry, || page(&self.chunks, place.first));
        let was_in_flight = hidden == Some(true);
        match &mut self.order {
            Order::Standard(standard) if was_in_flight => standard.tenants.land(entry.group, 1),
            Order::Standard(_) if hidden.is_some() => {}
            Order::Standard(standard) => standard.hide(place, entry),
            Order::Fifo(groups) => {
                groups.unlist(entry.group);
                groups.remove_in_flight(entry.group, u64::from(was_in_flight));
            }
        }
    }

    /// Lists a group under its head, when nothing of it is in flight.
    fn list_group(chunks: &mut BTreeMap<u64, Chunk>, groups: &mut Groups, group: u64) {
        if let Some(head) = groups.head(group) {
            let entry = find_open(chunks, head).expect("a group's messages are in their chunks");
            groups.list(group, entry.due, head);
        }
    }

    pub(super) fn get(&mut self, rows: &dyn Rows, sequence: u64) -> Option<Entry> {
        self.open(rows, sequence);
        find_open(&mut self.chunks, sequence)
    }

    /// Opens the chunk of a sequence, wherever its page is.
    fn open(&mut self, rows: &dyn Rows, sequence: u64) {
        let number = self.number;
        if let Some((first, chunk)) = chunk_mut(&mut self.chunks, sequence) {
            chunk.open(|| row(rows, number, first));
        }
    }

    /// Replaces an entry (its due time and receive count may differ).
    pub(super) fn update(&mut self, sequence: u64, old: Entry, new: Entry) {
        self.unplace(sequence, old);
        let (first, chunk) = chunk_mut(&mut self.chunks, sequence).expect("its entry was read");
        chunk.set(offset(first, sequence), new);
        self.place(sequence, new);
        self.note_change();
    }

    /// Removes a message. Answers whether its group, if it has one, is now empty.
    pub(super) fn remove(&mut self, sequence: u64, entry: Entry) -> GroupIsEmpty {
        self.unplace(sequence, entry);
        let (first, chunk) = chunk_mut(&mut self.chunks, sequence).expect("its entry was read");
        chunk.remove(offset(first, sequence));
        if chunk.live == 0 {
            if chunk.is_persisted {
                self.dropped.push(first);
            }
            self.chunks.remove(&first);
        }
        self.live -= 1;
        if self.live == 0 {
            self.sent_min = None;
        }
        self.note_change();
        match &mut self.order {
            Order::Standard(_) => GroupIsEmpty(false),
            Order::Fifo(groups) => {
                let is_empty = groups.leave(entry.group, sequence);
                Messages::list_group(&mut self.chunks, groups, entry.group);
                GroupIsEmpty(is_empty)
            }
        }
    }

    /// Forgets every message. The caller forgets bodies and group rows.
    pub(super) fn clear(&mut self) {
        let persisted = self.chunks.iter().filter(|(_, chunk)| chunk.is_persisted);
        self.dropped.extend(persisted.map(|(first, _)| *first));
        self.chunks.clear();
        self.hidden = Hidden::default();
        self.live = 0;
        self.sent_min = None;
        match &mut self.order {
            Order::Standard(standard) => {
                *standard = Standard::default();
                standard.separate(&self.counters.fairness);
            }
            Order::Fifo(groups) => *groups = Groups::default(),
        }
        self.note_change();
    }

    fn note_change(&mut self) {
        self.counters.changed = self.promoted;
        self.counters_are_dirty = true;
    }

    /// The next message of a standard queue to hand out, without taking it. Moves what noisy
    /// tenants have waiting out of the way of the quiet, which changes no state.
    pub(super) fn next_standard(&mut self, rows: &dyn Rows) -> Option<(u64, Entry)> {
        let Order::Standard(standard) = &mut self.order else { return None };
        let number = self.number;
        let hand = self.counters.next_hand();
        let sequence = standard.next(&mut self.chunks, hand, |first| row(rows, number, first))?;
        self.get(rows, sequence).map(|entry| (sequence, entry))
    }

    /// Moves on to the other lane, and the hand past what was taken.
    pub(super) fn note_pick(&mut self, sequence: u64, entry: Entry) {
        self.counters.note_pick(sequence, entry);
        if let Order::Standard(standard) = &mut self.order
            && standard.is_noisy(entry.group)
        {
            // A noisy tenant's turn comes when no quiet one waits: what is apart is all there is.
            self.counters.fairness.forgive(|tenant| standard.has_apart(tenant));
            standard.separate(&self.counters.fairness);
        }
    }

    /// Notes how long a message was in flight that has just been deleted or comes again.
    pub(super) fn note_processed(&mut self, entry: Entry, now: Timestamp) {
        if let Order::Standard(_) = &self.order
            && entry.first_receive.is_some()
        {
            let time = entry.due.min(now).since(entry.last_receive);
            self.counters.fairness.note_processed(entry.group, time, now);
        }
    }

    /// Decides anew which tenants are noisy; to be called when messages were taken.
    pub(super) fn review_tenants(&mut self, now: Timestamp) {
        if let Order::Standard(standard) = &mut self.order {
            let fairness = &mut self.counters.fairness;
            fairness.review(now, self.hidden.all().in_flight, &standard.tenants);
            standard.separate(fairness);
        }
    }

    pub(super) fn counts(&self, now: Timestamp) -> Counts {
        // What came due since the last apply is still listed as hidden.
        let (all, due) =
            (self.hidden.all(), self.hidden.due(now, |first| page(&self.chunks, first)));
        let hidden = all.count - due.count;
        let in_flight = all.in_flight - due.in_flight;
        let delayed = hidden - in_flight + self.counters.scheduled;
        Counts { visible: self.live - hidden, in_flight, delayed }
    }

    /// Messages in flight, as of the last promotion.
    pub(super) fn in_flight(&self) -> u64 {
        self.hidden.all().in_flight
    }

    /// When the next hidden message becomes visible.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.hidden.next_due()
    }

    /// No message was sent before this; `None` when there is none.
    pub(super) fn sent_min(&self) -> Option<Timestamp> {
        self.sent_min
    }

    /// Messages whose retention has run out, at most `limit`; looks at old chunks only and notes
    /// how old the rest is.
    pub(super) fn expired(
        &mut self,
        rows: &dyn Rows,
        now: Timestamp,
        retention: Millis,
        limit: usize,
    ) -> Vec<(u64, Entry)> {
        let mut found = Vec::new();
        for (first, chunk) in &mut self.chunks {
            if chunk.sent_min.plus(retention) > now {
                continue;
            }
            // What is found is removed next.
            chunk.open(|| row(rows, self.number, *first));
            let page = chunk.glance(no_row);
            let room = limit - found.len();
            let old = page.clone().into_iter_from(0);
            let old = old.filter(|(_, entry)| entry.is_expired(now, retention)).take(room);
            let before = found.len();
            found.extend(old.map(|(index, entry)| (first + index as u64, entry)));
            if found.len() == limit {
                return found;
            }
            if found.len() == before {
                chunk.sent_min = page.earliest_sent();
            }
        }
        if found.is_empty() {
            self.sent_min = self.chunks.values().map(|chunk| chunk.sent_min).min();
        }
        found
    }

    /// Live messages at or after `from`, in order.
    pub(super) fn live_from<'a>(
        &'a self,
        rows: &'a dyn Rows,
        from: u64,
    ) -> impl Iterator<Item = (u64, Entry)> + 'a {
        let start = self.chunks.range(..=from).next_back().map_or(from, |(first, _)| *first);
        self.chunks.range(start..).flat_map(move |(first, chunk)| {
            let page = chunk.glance(|| row(rows, self.number, *first));
            let entries = page.into_iter_from(offset(*first, from));
            entries.map(move |(index, entry)| (first + index as u64, entry))
        })
    }

    /// The first live message at or after `from`: for moving them elsewhere.
    pub(super) fn next_live(&mut self, rows: &dyn Rows, from: u64) -> Option<(u64, Entry)> {
        // Whoever moves one comes for the next, and that is mostly in the same chunk.
        self.open(rows, from);
        let found = self.live_from(rows, from).next();
        found.inspect(|(sequence, _)| self.open(rows, *sequence))
    }

    /// Bytes of memory that entries take which are not left to their rows.
    #[cfg(test)]
    pub(super) fn page_bytes(&self) -> usize {
        self.chunks.values().map(Chunk::bytes).sum()
    }
}

/// Whether removing a message left its group without any.
#[derive(Clone, Copy, Debug)]
pub(super) struct GroupIsEmpty(pub(super) bool);

fn offset(first: u64, sequence: u64) -> usize {
    usize::try_from(sequence.saturating_sub(first)).unwrap_or(usize::MAX)
}

fn place(chunks: &BTreeMap<u64, Chunk>, sequence: u64) -> Place {
    let (first, _) = chunks.range(..=sequence).next_back().expect("a message is in its chunk");
    Place { first: *first, sequence }
}

fn chunk_mut(chunks: &mut BTreeMap<u64, Chunk>, sequence: u64) -> Option<(u64, &mut Chunk)> {
    chunks.range_mut(..=sequence).next_back().map(|(first, chunk)| (*first, chunk))
}

/// The page of a chunk with hidden messages, which is not cold.
fn page(chunks: &BTreeMap<u64, Chunk>, first: u64) -> Glance {
    chunks.get(&first).expect("a hidden message is in its chunk").glance(no_row)
}

/// An entry of a chunk that is not cold.
fn find_open(chunks: &mut BTreeMap<u64, Chunk>, sequence: u64) -> Option<Entry> {
    let (first, chunk) = chunk_mut(chunks, sequence)?;
    chunk.get(offset(first, sequence))
}

/// The row of a chunk that has been written.
fn row(rows: &dyn Rows, queue: u64, first: u64) -> Bytes {
    rows.get(CHUNKS, &queue_row_key(queue, &first.to_be_bytes())).expect("a cold chunk has its row")
}

#[cfg(test)]
mod depth;
#[cfg(test)]
mod stall;
