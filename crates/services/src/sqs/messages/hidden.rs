//! Hidden messages, delayed or in flight, by when they come due.
//!
//! ```text
//! Hidden   chunks that have any, by the earliest due time in them
//! └ Veil   keys: due time and index, sorted      what was received, and the chunk being filled
//!          fold: a ladder, from when until when   what a full chunk has delayed
//! ```
//!
//! What was sent together comes due together: a fold that is due joins the lanes as a whole, so
//! that a million messages that come due while nobody asks are some hundred steps for whoever asks
//! first. It costs a bitmap for each priority, none where all of a chunk is delayed.
//!
//! # Invariants
//!
//! - A hidden message is in the fold of its chunk or among its keys, never in both. What is folded
//!   was never received.
//! - A chunk is listed under its earliest due time, exactly: long polls are told it.
//! - It is an index: what is in it follows from the chunks and the time of asking.

use super::super::chunk::{Chunk, Entry, Glance, no_row};
use super::super::lanes::{Ladder, Place};
use super::work;
use kernel::Timestamp;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use tidemill_kernel as kernel;

#[derive(Debug, Default)]
pub(super) struct Hidden {
    veils: BTreeMap<u64, Veil>,
    by_due: BTreeSet<(Timestamp, u64)>,
    count: u64,
    in_flight: u64,
}

/// A hidden message of a chunk, in the order of coming due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    due: Timestamp,
    index: u16,
    priority: u8,
    is_in_flight: bool,
}

impl Key {
    fn new(index: usize, entry: Entry) -> Key {
        Key {
            due: entry.due,
            index: u16::try_from(index).expect("an index below 4096"),
            priority: entry.priority,
            is_in_flight: entry.receive_count > 0,
        }
    }

    fn show(self, ladder: &mut Ladder, first: u64) {
        let place = Place { first, sequence: first + u64::from(self.index) };
        let entry = Entry::new(self.due, self.due, 0);
        let receive_count = u32::from(self.is_in_flight);
        ladder.show(place, Entry { priority: self.priority, receive_count, ..entry });
    }
}

/// What of a chunk is hidden.
#[derive(Debug, Default)]
struct Veil {
    fold: Option<Fold>,
    keys: VecDeque<Key>,
    /// How many of the keys have been received.
    in_flight: u64,
}

#[derive(Debug)]
struct Fold {
    due_min: Timestamp,
    due_max: Timestamp,
    count: u64,
    ladder: Ladder,
}

/// What of one chunk has come due.
#[derive(Debug)]
pub(super) struct CameDue {
    pub(super) first: u64,
    pub(super) ladder: Ladder,
    /// The indexes of those that were in flight.
    landed: Vec<usize>,
}

impl CameDue {
    /// The groups of what was in flight, and how much of each was.
    pub(super) fn landed_groups(&self, chunk: &Chunk) -> BTreeMap<u64, u64> {
        let mut groups = BTreeMap::new();
        if !self.landed.is_empty() {
            let page = chunk.glance(no_row);
            let entries = self.landed.iter().filter_map(|index| page.get(*index));
            entries.for_each(|entry| *groups.entry(entry.group).or_default() += 1);
        }
        groups
    }
}

/// How many messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Hiding {
    pub(super) count: u64,
    pub(super) in_flight: u64,
}

impl Veil {
    fn due_min(&self) -> Option<Timestamp> {
        let folded = self.fold.as_ref().map(|fold| fold.due_min);
        let key = self.keys.front().map(|key| key.due);
        folded.into_iter().chain(key).min()
    }

    fn insert(&mut self, key: Key) {
        let at = self.keys.binary_search(&key).expect_err("a message is hidden once");
        self.keys.insert(at, key);
        self.in_flight += u64::from(key.is_in_flight);
    }

    /// Folds what was never received.
    fn fold(&mut self, first: u64) {
        if self.fold.is_some() {
            return;
        }
        let folded = || self.keys.iter().filter(|key| !key.is_in_flight);
        let (Some(head), Some(last)) = (folded().next(), folded().next_back()) else { return };
        let (due_min, due_max) = (head.due, last.due);
        let mut ladder = Ladder::default();
        let mut count = 0;
        for key in folded() {
            key.show(&mut ladder, first);
            count += 1;
        }
        work::note(self.keys.len());
        self.keys.retain(|key| key.is_in_flight);
        self.keys.shrink_to_fit();
        self.fold = Some(Fold { due_min, due_max, count, ladder });
    }

    fn unfold(&mut self, first: u64, page: Glance) {
        let Some(fold) = self.fold.take() else { return };
        let mut keys = Vec::from(std::mem::take(&mut self.keys));
        for (index, entry) in page.into_iter_from(0) {
            work::note(1);
            if fold.holds(first, index, entry) {
                keys.push(Key::new(index, entry));
            }
        }
        keys.sort_unstable();
        self.keys = VecDeque::from(keys);
    }

    /// Takes a message out; whether it was in, and in flight.
    fn remove(
        &mut self,
        place: Place,
        entry: Entry,
        page: impl FnOnce() -> Glance,
    ) -> Option<bool> {
        let key = Key::new(place.index(), entry);
        if let Some(fold) = &mut self.fold
            && fold.holds(place.first, place.index(), entry)
        {
            if entry.due > fold.due_min && entry.due < fold.due_max {
                fold.ladder.hide(place, entry);
                fold.count -= 1;
                return Some(false);
            }
            // When the rest is due, only its page says.
            self.unfold(place.first, page());
        }
        let at = self.keys.binary_search(&key).ok()?;
        self.keys.remove(at);
        self.in_flight -= u64::from(key.is_in_flight);
        Some(key.is_in_flight)
    }

    /// Takes out what is due.
    fn take_due(&mut self, first: u64, now: Timestamp, page: impl FnOnce() -> Glance) -> CameDue {
        let mut came = CameDue { first, ladder: Ladder::default(), landed: Vec::new() };
        work::note(1);
        match &self.fold {
            Some(fold) if fold.due_max <= now => {
                came.ladder = self.fold.take().map(|fold| fold.ladder).unwrap_or_default();
            }
            Some(fold) if fold.due_min <= now => self.unfold(first, page()),
            Some(_) | None => {}
        }
        let due = self.keys.partition_point(|key| key.due <= now);
        work::note(due);
        for key in self.keys.drain(..due) {
            key.show(&mut came.ladder, first);
            if key.is_in_flight {
                came.landed.push(usize::from(key.index));
            }
        }
        self.in_flight -= came.landed.len() as u64;
        came
    }

    /// How much of it is due.
    fn due(&self, first: u64, now: Timestamp, page: impl FnOnce() -> Glance) -> Hiding {
        let due = self.keys.partition_point(|key| key.due <= now);
        let in_flight = if due == self.keys.len() {
            self.in_flight
        } else {
            self.keys.range(..due).filter(|key| key.is_in_flight).count() as u64
        };
        let folded = match &self.fold {
            Some(fold) if fold.due_max <= now => fold.count,
            Some(fold) if fold.due_min <= now => {
                let entries = page().into_iter_from(0);
                let due = entries.filter(|(_, entry)| entry.due <= now);
                due.filter(|(index, entry)| fold.holds(first, *index, *entry)).count() as u64
            }
            Some(_) | None => 0,
        };
        Hiding { count: due as u64 + folded, in_flight }
    }

    fn count(&self) -> u64 {
        self.keys.len() as u64 + self.fold.as_ref().map_or(0, |fold| fold.count)
    }
}

impl Fold {
    fn holds(&self, first: u64, index: usize, entry: Entry) -> bool {
        let place = Place { first, sequence: first + index as u64 };
        self.ladder.holds(place, entry)
    }
}

impl Hidden {
    pub(super) fn hide(&mut self, place: Place, entry: Entry) {
        self.edit(place.first, |veil| veil.insert(Key::new(place.index(), entry)));
    }

    /// Hides entries of one chunk, of which none is hidden yet.
    pub(super) fn hide_all(&mut self, first: u64, entries: impl Iterator<Item = (usize, Entry)>) {
        let mut keys: Vec<Key> = entries.map(|(index, entry)| Key::new(index, entry)).collect();
        if keys.is_empty() {
            return;
        }
        keys.sort_unstable();
        let in_flight = keys.iter().filter(|key| key.is_in_flight).count() as u64;
        let keys = VecDeque::from(keys);
        self.edit(first, |veil| *veil = Veil { fold: None, keys, in_flight });
    }

    /// Folds what a chunk has delayed: no message comes to it any more.
    pub(super) fn fold(&mut self, first: u64) {
        if self.veils.contains_key(&first) {
            self.edit(first, |veil| veil.fold(first));
        }
    }

    /// Takes a message out, if it is hidden; answers whether it was, and in flight.
    pub(super) fn remove(
        &mut self,
        place: Place,
        entry: Entry,
        page: impl FnOnce() -> Glance,
    ) -> Option<bool> {
        self.veils.get(&place.first)?;
        self.edit(place.first, |veil| veil.remove(place, entry, page))
    }

    /// Takes out what is due of the chunk with the earliest; `None` when nothing is.
    pub(super) fn take_due(
        &mut self,
        now: Timestamp,
        page: impl FnOnce(u64) -> Glance,
    ) -> Option<CameDue> {
        let (_, first) = *self.by_due.first().filter(|(due, _)| *due <= now)?;
        Some(self.edit(first, |veil| veil.take_due(first, now, || page(first))))
    }

    /// How much is due that nobody has taken out yet.
    pub(super) fn due(&self, now: Timestamp, page: impl Fn(u64) -> Glance) -> Hiding {
        let mut total = Hiding::default();
        for (_, first) in self.by_due.range(..=(now, u64::MAX)) {
            let Some(veil) = self.veils.get(first) else { continue };
            let due = veil.due(*first, now, || page(*first));
            total.count += due.count;
            total.in_flight += due.in_flight;
        }
        total
    }

    pub(super) fn all(&self) -> Hiding {
        Hiding { count: self.count, in_flight: self.in_flight }
    }

    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.by_due.first().map(|(due, _)| *due)
    }

    /// Changes what is hidden of a chunk, and keeps what is told of all.
    fn edit<R>(&mut self, first: u64, change: impl FnOnce(&mut Veil) -> R) -> R {
        let veil = self.veils.entry(first).or_default();
        let before = (veil.due_min(), veil.count(), veil.in_flight);
        let answer = change(veil);
        let after = (veil.due_min(), veil.count(), veil.in_flight);
        self.count = self.count + after.1 - before.1;
        self.in_flight = self.in_flight + after.2 - before.2;
        if before.0 != after.0 {
            if let Some(due) = before.0 {
                self.by_due.remove(&(due, first));
            }
            match after.0 {
                Some(due) => {
                    self.by_due.insert((due, first));
                }
                None => {
                    self.veils.remove(&first);
                }
            }
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::btree_map;

    #[derive(Clone, Debug)]
    enum Step {
        Fold,
        Remove {
            nth: usize,
        },
        /// A message in flight, or delayed again.
        Hide {
            nth: usize,
            after: u64,
            is_received: bool,
        },
        Pass {
            ms: u64,
        },
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            2 => Just(Step::Fold),
            3 => any::<usize>().prop_map(|nth| Step::Remove { nth }),
            3 => (any::<usize>(), 1..50_u64, any::<bool>())
                .prop_map(|(nth, after, is_received)| Step::Hide { nth, after, is_received }),
            4 => (0..9_u64).prop_map(|ms| Step::Pass { ms }),
        ];
        prop::collection::vec(step, 1..40)
    }

    fn page(chunk: &Chunk) -> Glance {
        chunk.glance(no_row)
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 200,
            failure_persistence: None,
            ..Default::default()
        })]

        /// Folded or not, what is hidden comes due at its time, is counted, and can be taken out.
        #[test]
        fn what_is_hidden_comes_due_at_its_time(
            dues in prop::collection::vec((1..40_u64, 0..3_u8), 1..60),
            steps in steps(),
        ) {
            let (mut hidden, mut chunk) = (Hidden::default(), Chunk::default());
            let mut list: BTreeMap<usize, Entry> = BTreeMap::new();
            let mut now = Timestamp(0);
            let first = 100;
            let place = |index: usize| Place { first, sequence: first + index as u64 };
            for (index, (due, priority)) in dues.iter().enumerate() {
                let entry = Entry { priority: *priority, ..Entry::new(now, Timestamp(*due), 0) };
                chunk.push(entry);
                hidden.hide(place(index), entry);
                list.insert(index, entry);
            }
            for step in steps {
                match step {
                    Step::Fold => hidden.fold(first),
                    Step::Remove { nth } => {
                        let index = nth % dues.len();
                        if let Some(entry) = chunk.get(index) {
                            let was = hidden.remove(place(index), entry, || page(&chunk));
                            let listed = list.remove(&index);
                            prop_assert_eq!(was, listed.map(|entry| entry.receive_count > 0));
                        }
                    }
                    Step::Hide { nth, after, is_received } => {
                        let index = nth % dues.len();
                        let old = chunk.get(index).unwrap();
                        let due = Timestamp(now.0 + after);
                        let entry = Entry { due, receive_count: u32::from(is_received), ..old };
                        if let btree_map::Entry::Vacant(free) = list.entry(index) {
                            free.insert(entry);
                            chunk.set(index, entry);
                            hidden.hide(place(index), entry);
                        }
                    }
                    Step::Pass { ms } => {
                        now.0 += ms;
                        let is_due = |entry: &Entry| entry.due <= now;
                        let in_flight = |entry: &&Entry| entry.receive_count > 0;
                        let due: Vec<Entry> = list.values().copied().filter(is_due).collect();
                        let told = hidden.due(now, |_| page(&chunk));
                        prop_assert_eq!(told.count, due.len() as u64);
                        let in_flight = due.iter().filter(in_flight).count() as u64;
                        prop_assert_eq!(told.in_flight, in_flight);
                        while let Some(came) = hidden.take_due(now, |_| page(&chunk)) {
                            let landed = came.landed.len();
                            prop_assert_eq!(landed as u64, told.in_flight);
                            let expected: Vec<usize> = list
                                .iter()
                                .filter(|(_, entry)| is_due(entry))
                                .map(|(index, _)| *index)
                                .collect();
                            for index in expected {
                                let entry = list.remove(&index).unwrap();
                                prop_assert!(came.ladder.holds(place(index), entry));
                            }
                        }
                    }
                }
                let all = hidden.all();
                let in_flight = list.values().filter(|entry| entry.receive_count > 0).count();
                prop_assert_eq!((all.count, all.in_flight), (list.len() as u64, in_flight as u64));
                prop_assert_eq!(hidden.next_due(), list.values().map(|entry| entry.due).min());
            }
        }
    }
}
