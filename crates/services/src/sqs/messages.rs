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
//!   `promoted`, the latest instant an apply has seen.
//! - What is persisted (pages, [`Counters`]) does not depend on when [`Messages::promote`] ran:
//!   visibility is a function of an entry's due time and the time of asking.
//! - A chunk with a hidden message is not cold, nor is one of a FIFO queue: time alone shows
//!   messages, and groups look up their heads, without rows at hand.
//! - Everything is O(log n) in the number of messages; only promotion is O(k) in what came due.
//!
//! A standard queue hands out what no noisy neighbour sent first, see `fair`; of that the highest
//! priority; and of that fresh and returned messages in turn, see `lanes`.

use super::chunk::{CHUNK_ENTRIES, Chunk, Close, Entry, Glance, no_row};
use super::fair::{Fairness, Tenant, Tenants};
use super::groups::Groups;
use super::lanes::{Hand, Ladder, Place};
use super::state::{CHUNKS, queue_row_key};
use bytes::Bytes;
use kernel::{Millis, Rows, Timestamp};
use minicbor::{Decode, Encode};
use std::collections::{BTreeMap, BTreeSet};
use tidemill_kernel as kernel;

/// What the chunks alone do not tell. Written at a freeze.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub(super) struct Counters {
    /// The sequence of the next message; the first is 1.
    #[n(0)]
    pub(super) next_sequence: u64,
    #[n(1)]
    pub(super) next_group: u64,
    /// Picks made: even ones prefer fresh messages, odd ones returned ones.
    #[n(2)]
    picks: u64,
    /// The last returned message picked; the next pick looks after it.
    #[n(3)]
    hand: u64,
    /// When this queue last changed: everything due by then is loaded as visible.
    #[n(4)]
    changed: Timestamp,
    #[n(5)]
    #[cbor(default)]
    pub(super) fairness: Fairness,
    /// Messages that wait as rows to be delivered, the number of the latest, and the generation
    /// they belong to.
    #[n(6)]
    #[cbor(default)]
    pub(super) scheduled: u64,
    #[n(7)]
    #[cbor(default)]
    pub(super) scheduled_number: u64,
    #[n(8)]
    #[cbor(default)]
    pub(super) generation: u64,
}

#[cfg(test)]
impl Counters {
    /// Picks made, and the last returned message picked.
    pub(super) fn hands(&self) -> (u64, u64) {
        (self.picks, self.hand)
    }
}

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

/// The visible messages of a standard queue.
#[derive(Debug, Default)]
struct Standard {
    /// Those of quiet tenants; and of noisy ones what no pick has come across yet.
    quiet: Ladder,
    /// The rest of the noisy ones', by tenant; a ladder for each that is noisy.
    noisy: BTreeMap<Tenant, Ladder>,
    tenants: Tenants,
}

impl Standard {
    /// Where a message goes that has become visible.
    fn ladder(&mut self, entry: Entry) -> &mut Ladder {
        self.noisy.get_mut(&entry.group).unwrap_or(&mut self.quiet)
    }

    fn hide(&mut self, place: Place, entry: Entry) {
        let noisy = self.noisy.get_mut(&entry.group);
        let was_apart = noisy.is_some_and(|ladder| ladder.hide(place, entry));
        if !was_apart {
            self.quiet.hide(place, entry);
        }
    }

    /// Sets noisy tenants apart, as `fairness` says who they are. What they have waiting follows
    /// when a pick comes across it; what others had apart goes back among the quiet.
    fn separate(&mut self, fairness: &Fairness) {
        let mut before = std::mem::take(&mut self.noisy);
        for tenant in fairness.noisy() {
            self.noisy.insert(tenant, before.remove(&tenant).unwrap_or_default());
        }
        for ladder in before.into_values() {
            self.quiet.absorb(ladder);
        }
    }

    /// The next message of a noisy tenant: of the one with the fewest in flight. To be asked when
    /// no quiet one has any, for only then everything of the noisy ones is apart.
    fn next_noisy(&self, hand: Hand) -> Option<u64> {
        let waiting = self.noisy.iter().filter(|(_, ladder)| !ladder.is_empty());
        let first = waiting.min_by_key(|(tenant, _)| self.tenants.in_flight(**tenant));
        first.and_then(|(_, ladder)| ladder.next(hand))
    }
}

#[derive(Debug)]
pub(super) struct Messages {
    /// The number of the queue.
    number: u64,
    /// By the sequence of their first entry.
    pub(super) chunks: BTreeMap<u64, Chunk>,
    hidden: BTreeSet<(Timestamp, u64)>,
    /// How many of `hidden` have been received.
    in_flight: u64,
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
            hidden: BTreeSet::new(),
            in_flight: 0,
            live: 0,
            order,
            promoted: Timestamp::default(),
            counters: Counters { next_sequence: 1, next_group: 1, ..Counters::default() },
            counters_are_dirty: true,
            dropped: Vec::new(),
            sent_min: None,
        }
    }

    /// Puts back what a freeze wrote: counters, and the rows of chunks by their first sequence.
    /// One chunk is open at a time: a backlog would not fit into memory as it is unpacked.
    pub(super) fn restore(
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
        if let Order::Standard(standard) = &mut self.order
            && standard.noisy.is_empty()
            && let Some(entry) = page.whole_lane(self.promoted)
        {
            self.live += CHUNK_ENTRIES as u64;
            return standard.quiet.show_all(first, entry);
        }
        for (index, entry) in page.into_iter_from(0) {
            self.restore_entry(first + index as u64, entry);
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
    pub(super) fn freeze(&mut self, rows: &mut dyn Rows) {
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

    /// As [`Messages::place`], but leaves it to the caller to list the groups once at the end.
    fn restore_entry(&mut self, sequence: u64, entry: Entry) {
        self.live += 1;
        let is_hidden = entry.due > self.promoted;
        let is_in_flight = is_hidden && entry.receive_count > 0;
        match &mut self.order {
            Order::Fifo(groups) => {
                groups.join(entry.group, sequence);
                groups.add_in_flight(entry.group, u64::from(is_in_flight));
            }
            Order::Standard(_) if !is_hidden => {
                self.show(sequence, entry, WasInFlight(false));
                return;
            }
            Order::Standard(standard) if is_in_flight => standard.tenants.take_off(entry.group),
            Order::Standard(_) => {}
        }
        if is_hidden {
            self.hidden.insert((entry.due, sequence));
            self.in_flight += u64::from(is_in_flight);
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
        while let Some(&(due, sequence)) = self.hidden.first() {
            if due > now {
                break;
            }
            self.hidden.pop_first();
            let entry = find_open(&mut self.chunks, sequence).expect("it is in its chunk");
            self.in_flight -= u64::from(entry.receive_count > 0);
            self.show(sequence, entry, WasInFlight(entry.receive_count > 0));
        }
    }

    pub(super) fn push(&mut self, entry: Entry) -> u64 {
        let sequence = self.counters.next_sequence;
        self.counters.next_sequence += 1;
        let first = match self.chunks.last_key_value() {
            Some((first, chunk)) if !chunk.is_full() => *first,
            Some(_) | None => sequence,
        };
        self.chunks.entry(first).or_default().push(entry);
        self.live += 1;
        self.sent_min = Some(self.sent_min.map_or(entry.sent, |min| min.min(entry.sent)));
        if let Order::Fifo(groups) = &mut self.order {
            groups.join(entry.group, sequence);
        }
        if entry.group != 0 {
            self.counters.fairness.note_sent(entry.group, self.promoted);
        }
        self.place(sequence, entry);
        self.note_change();
        sequence
    }

    /// Indexes an entry that is in its chunk and in no index.
    fn place(&mut self, sequence: u64, entry: Entry) {
        if entry.due > self.promoted {
            self.hidden.insert((entry.due, sequence));
            let is_in_flight = entry.receive_count > 0;
            self.in_flight += u64::from(is_in_flight);
            match &mut self.order {
                Order::Standard(standard) if is_in_flight => standard.tenants.take_off(entry.group),
                Order::Standard(_) => {}
                Order::Fifo(groups) => {
                    groups.unlist(entry.group);
                    groups.add_in_flight(entry.group, u64::from(is_in_flight));
                    Messages::list_group(&mut self.chunks, groups, entry.group);
                }
            }
        } else {
            self.show(sequence, entry, WasInFlight(false));
        }
    }

    fn show(&mut self, sequence: u64, entry: Entry, was_in_flight: WasInFlight) {
        match &mut self.order {
            Order::Standard(standard) => {
                if was_in_flight.0 {
                    standard.tenants.land(entry.group);
                }
                let place = place(&self.chunks, sequence);
                standard.ladder(entry).show(place, entry);
            }
            Order::Fifo(groups) => {
                groups.unlist(entry.group);
                groups.remove_in_flight(entry.group, u64::from(was_in_flight.0));
                Messages::list_group(&mut self.chunks, groups, entry.group);
            }
        }
    }

    /// Takes an entry out of every index; it stays in its chunk.
    fn unplace(&mut self, sequence: u64, entry: Entry) {
        let was_hidden = self.hidden.remove(&(entry.due, sequence));
        let was_in_flight = was_hidden && entry.receive_count > 0;
        self.in_flight -= u64::from(was_in_flight);
        match &mut self.order {
            Order::Standard(standard) => {
                if was_in_flight {
                    standard.tenants.land(entry.group);
                } else if !was_hidden {
                    standard.hide(place(&self.chunks, sequence), entry);
                }
            }
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
        self.hidden.clear();
        self.in_flight = 0;
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
        let sequence = self.next_sequence(rows)?;
        self.get(rows, sequence).map(|entry| (sequence, entry))
    }

    fn next_sequence(&mut self, rows: &dyn Rows) -> Option<u64> {
        let Order::Standard(standard) = &mut self.order else { return None };
        let hand = Hand {
            prefers_fresh: self.counters.picks.is_multiple_of(2),
            returned_from: self.counters.hand + 1,
        };
        loop {
            let Some(sequence) = standard.quiet.next(hand) else {
                return standard.next_noisy(hand);
            };
            if standard.noisy.is_empty() {
                return Some(sequence);
            }
            let (first, chunk) = chunk_mut(&mut self.chunks, sequence)?;
            if let Some(group) = chunk.only_group {
                // Nobody needs to look into a whole chunk of it.
                let Some(apart) = standard.noisy.get_mut(&group) else { return Some(sequence) };
                standard.quiet.give_chunk(first, apart);
                continue;
            }
            chunk.open(|| row(rows, self.number, first));
            let entry = chunk.get(offset(first, sequence))?;
            let Some(apart) = standard.noisy.get_mut(&entry.group) else { return Some(sequence) };
            let place = Place { first, sequence };
            standard.quiet.hide(place, entry);
            apart.show(place, entry);
        }
    }

    /// Moves on to the other lane, and the hand past what was taken.
    pub(super) fn note_pick(&mut self, sequence: u64, entry: Entry) {
        self.counters.picks += 1;
        if entry.receive_count > 0 {
            self.counters.hand = sequence;
        }
        if let Order::Standard(standard) = &mut self.order
            && standard.noisy.contains_key(&entry.group)
        {
            // A noisy tenant's turn comes when no quiet one waits: what is apart is all there is.
            let noisy = &standard.noisy;
            let has_backlog = |tenant| noisy.get(&tenant).is_some_and(|ladder| !ladder.is_empty());
            self.counters.fairness.forgive(has_backlog);
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
            fairness.review(now, self.in_flight, &standard.tenants);
            if !fairness.noisy().eq(standard.noisy.keys().copied()) {
                standard.separate(fairness);
            }
        }
    }

    pub(super) fn counts(&self, now: Timestamp) -> Counts {
        let mut in_flight = self.in_flight;
        let mut hidden = self.hidden.len() as u64;
        // What came due since the last apply is still listed as hidden. Neighbours mostly come due
        // together, so the chunk that was looked into last is kept at hand.
        let mut last: Option<(u64, Glance)> = None;
        for &(_, sequence) in self.hidden.range(..=(now, u64::MAX)) {
            hidden -= 1;
            let Some((first, chunk)) = self.chunks.range(..=sequence).next_back() else { continue };
            let (_, glance) = match last.take() {
                Some(kept) if kept.0 == *first => last.insert(kept),
                Some(_) | None => last.insert((*first, chunk.glance(no_row))),
            };
            let entry = glance.get(offset(*first, sequence));
            in_flight -= u64::from(entry.is_some_and(|entry| entry.receive_count > 0));
        }
        let delayed = hidden - in_flight + self.counters.scheduled;
        Counts { visible: self.live - hidden, in_flight, delayed }
    }

    /// Messages in flight, as of the last promotion.
    pub(super) fn in_flight(&self) -> u64 {
        self.in_flight
    }

    /// When the next hidden message becomes visible.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.hidden.first().map(|(due, _)| *due)
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

#[derive(Clone, Copy, Debug)]
struct WasInFlight(bool);

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
