//! Lanes: the visible messages of a standard queue, in the order they are handed out in.
//!
//! ```text
//! Ladder   a rung for each priority, the highest first
//! └ Rung   two lanes: fresh (never received) and returned
//!   └ Lane sequences in order: for each chunk that has any "all of it", or a bitmap
//! ```
//!
//! # Invariants
//!
//! - A lane has no empty bitmap, a rung that is kept has a message.
//! - It is an index: what is in it follows from the chunks and the time of asking.

use super::chunk::{CHUNK_ENTRIES, Entry};
use std::collections::BTreeMap;

const WORDS: usize = CHUNK_ENTRIES / 64;

/// Where a message lies: the first sequence of its chunk, and its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) first: u64,
    pub(super) sequence: u64,
}

impl Place {
    pub(super) fn index(self) -> usize {
        usize::try_from(self.sequence.saturating_sub(self.first)).unwrap_or(usize::MAX)
    }
}

/// Whose turn it is. Fresh and returned messages take turns, so neither a backlog starves retries
/// nor a message that always comes back starves the backlog.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hand {
    pub(super) prefers_fresh: bool,
    /// The hand goes round among the returned ones; this is the next.
    pub(super) returned_from: u64,
}

#[derive(Clone, Debug)]
struct Bitmap {
    words: [u64; WORDS],
    count: u32,
}

impl Default for Bitmap {
    fn default() -> Bitmap {
        Bitmap { words: [0; WORDS], count: 0 }
    }
}

impl Bitmap {
    fn set(&mut self, index: usize) {
        let word = self.words.get_mut(index / 64).expect("an index below 4096");
        let bit = 1 << (index % 64);
        assert!(*word & bit == 0, "a message becomes visible once");
        *word |= bit;
        self.count += 1;
    }

    fn clear(&mut self, index: usize) -> bool {
        let word = self.words.get_mut(index / 64).expect("an index below 4096");
        let bit = 1 << (index % 64);
        let was_set = *word & bit != 0;
        *word &= !bit;
        self.count -= u32::from(was_set);
        was_set
    }

    fn has(&self, index: usize) -> bool {
        self.words.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }

    fn indexes(&self) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(self.next(0), |index| self.next(index + 1))
    }

    /// The lowest set index at or after `from`.
    fn next(&self, from: usize) -> Option<usize> {
        let mut mask = u64::MAX.checked_shl(u32::try_from(from % 64).ok()?)?;
        for (number, word) in self.words.iter().enumerate().skip(from / 64) {
            let left = word & mask;
            if left != 0 {
                return Some(number * 64 + usize::try_from(left.trailing_zeros()).ok()?);
            }
            mask = u64::MAX;
        }
        None
    }

    fn absorb(&mut self, other: &Bitmap) {
        for (word, more) in self.words.iter_mut().zip(other.words) {
            assert!(*word & more == 0, "a message is visible once");
            *word |= more;
        }
        self.count += other.count;
    }
}

/// What of a chunk is visible.
#[derive(Debug)]
enum Shown {
    /// Every entry that a chunk can have: so it is in a backlog.
    All,
    Some(Box<Bitmap>),
}

impl Default for Shown {
    fn default() -> Shown {
        Shown::Some(Box::default())
    }
}

impl Shown {
    fn bitmap(&mut self) -> &mut Bitmap {
        if let Shown::All = self {
            let count = u32::try_from(CHUNK_ENTRIES).expect("four thousand");
            *self = Shown::Some(Box::new(Bitmap { words: [u64::MAX; WORDS], count }));
        }
        match self {
            Shown::Some(bitmap) => bitmap,
            Shown::All => unreachable!("it was spelled out a line ago"),
        }
    }

    fn settle(&mut self) {
        if let Shown::Some(bitmap) = self
            && bitmap.count as usize == CHUNK_ENTRIES
        {
            *self = Shown::All;
        }
    }

    fn set(&mut self, index: usize) {
        self.bitmap().set(index);
        self.settle();
    }

    fn clear(&mut self, index: usize) -> bool {
        self.bitmap().clear(index)
    }

    fn absorb(&mut self, mut other: Shown) {
        self.bitmap().absorb(other.bitmap());
        self.settle();
    }

    fn has(&self, index: usize) -> bool {
        match self {
            Shown::All => true,
            Shown::Some(bitmap) => bitmap.has(index),
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Shown::Some(bitmap) if bitmap.count == 0)
    }

    fn next(&self, from: usize) -> Option<usize> {
        match self {
            Shown::All => Some(from),
            Shown::Some(bitmap) => bitmap.next(from),
        }
    }
}

#[derive(Debug, Default)]
struct Lane(BTreeMap<u64, Shown>);

impl Lane {
    fn show(&mut self, place: Place) {
        self.0.entry(place.first).or_default().set(place.index());
    }

    fn show_all(&mut self, first: u64) {
        let previous = self.0.insert(first, Shown::All);
        assert!(previous.is_none(), "a message becomes visible once");
    }

    fn hide(&mut self, place: Place) -> bool {
        let Some(shown) = self.0.get_mut(&place.first) else { return false };
        let was_visible = shown.clear(place.index());
        if shown.is_empty() {
            self.0.remove(&place.first);
        }
        was_visible
    }

    /// Deals what is visible of a chunk out to its owners; what has none stays.
    fn deal(&mut self, first: u64, owner: &impl Fn(usize) -> Option<u64>) -> BTreeMap<u64, Shown> {
        let mut dealt: BTreeMap<u64, Shown> = BTreeMap::new();
        let Some(shown) = self.0.get_mut(&first) else { return dealt };
        let bitmap = shown.bitmap();
        for index in bitmap.clone().indexes() {
            if let Some(owner) = owner(index) {
                bitmap.clear(index);
                dealt.entry(owner).or_default().bitmap().set(index);
            }
        }
        if shown.is_empty() {
            self.0.remove(&first);
        } else {
            shown.settle();
        }
        dealt.values_mut().for_each(Shown::settle);
        dealt
    }

    /// The lowest sequence at or after `from`.
    fn next(&self, from: u64) -> Option<u64> {
        // The chunk that spans `from` starts at or before it.
        if let Some((first, shown)) = self.0.range(..=from).next_back() {
            let index = Place { first: *first, sequence: from }.index();
            if index < CHUNK_ENTRIES
                && let Some(index) = shown.next(index)
            {
                return Some(first + index as u64);
            }
        }
        let (first, shown) = self.0.range(from..).next()?;
        shown.next(0).map(|index| first + index as u64)
    }

    fn absorb(&mut self, other: Lane) {
        for (first, shown) in other.0 {
            match self.0.get_mut(&first) {
                Some(own) => own.absorb(shown),
                None => {
                    self.0.insert(first, shown);
                }
            }
        }
    }
}

#[derive(Debug, Default)]
struct Rung {
    fresh: Lane,
    returned: Lane,
}

impl Rung {
    fn lane(&mut self, entry: Entry) -> &mut Lane {
        if entry.receive_count == 0 { &mut self.fresh } else { &mut self.returned }
    }

    fn is_empty(&self) -> bool {
        self.fresh.0.is_empty() && self.returned.0.is_empty()
    }

    fn next(&self, hand: Hand) -> Option<u64> {
        let fresh = || self.fresh.next(0);
        let returned = || self.returned.next(hand.returned_from).or_else(|| self.returned.next(0));
        if hand.prefers_fresh { fresh().or_else(returned) } else { returned().or_else(fresh) }
    }
}

#[derive(Debug, Default)]
pub(super) struct Ladder(BTreeMap<u8, Rung>);

impl Ladder {
    pub(super) fn show(&mut self, place: Place, entry: Entry) {
        self.0.entry(entry.priority).or_default().lane(entry).show(place);
    }

    /// Shows every entry of a full chunk; all are in the lane of this one.
    pub(super) fn show_all(&mut self, first: u64, entry: Entry) {
        self.0.entry(entry.priority).or_default().lane(entry).show_all(first);
    }

    /// Whether it was visible here.
    pub(super) fn hide(&mut self, place: Place, entry: Entry) -> bool {
        let Some(rung) = self.0.get_mut(&entry.priority) else { return false };
        let was_visible = rung.lane(entry).hide(place);
        if rung.is_empty() {
            self.0.remove(&entry.priority);
        }
        was_visible
    }

    /// Whether it is visible here.
    pub(super) fn holds(&self, place: Place, entry: Entry) -> bool {
        let rung = self.0.get(&entry.priority);
        let lane =
            rung.map(|rung| if entry.receive_count == 0 { &rung.fresh } else { &rung.returned });
        let shown = lane.and_then(|lane| lane.0.get(&place.first));
        shown.is_some_and(|shown| shown.has(place.index()))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next message to hand out.
    pub(super) fn next(&self, hand: Hand) -> Option<u64> {
        self.0.values().rev().find_map(|rung| rung.next(hand))
    }

    /// Hands all that is visible of a chunk over to `other`.
    pub(super) fn give_chunk(&mut self, first: u64, other: &mut Ladder) {
        for (priority, rung) in &mut self.0 {
            let theirs = other.0.entry(*priority).or_default();
            for (own, theirs) in
                [(&mut rung.fresh, &mut theirs.fresh), (&mut rung.returned, &mut theirs.returned)]
            {
                if let Some(shown) = own.0.remove(&first) {
                    theirs.absorb(Lane(BTreeMap::from([(first, shown)])));
                }
            }
        }
        self.0.retain(|_, rung| !rung.is_empty());
        other.0.retain(|_, rung| !rung.is_empty());
    }

    /// Takes every entry of a full chunk out, if all are here and were never received; answers with
    /// their priority.
    pub(super) fn take_whole(&mut self, first: u64) -> Option<u8> {
        let is_whole = |rung: &Rung| matches!(rung.fresh.0.get(&first), Some(Shown::All));
        let (priority, rung) = self.0.iter_mut().find(|(_, rung)| is_whole(rung))?;
        let priority = *priority;
        rung.fresh.0.remove(&first);
        if rung.is_empty() {
            self.0.remove(&priority);
        }
        Some(priority)
    }

    /// Whether its first message comes before all from `first` on of a priority that were never
    /// received.
    pub(super) fn is_before(&self, (priority, first): (u8, u64)) -> bool {
        let Some((top, rung)) = self.0.last_key_value() else { return false };
        let is_earlier = |sequence| sequence < first;
        *top > priority || (*top == priority && rung.fresh.next(0).is_some_and(is_earlier))
    }

    /// Deals what is visible of a chunk out to its owners, who are among `others`; what has none
    /// stays here.
    pub(super) fn deal_chunk(
        &mut self,
        first: u64,
        owner: impl Fn(usize) -> Option<u64>,
        others: &mut BTreeMap<u64, Ladder>,
    ) {
        for (priority, rung) in &mut self.0 {
            for is_fresh in [true, false] {
                let lane = if is_fresh { &mut rung.fresh } else { &mut rung.returned };
                for (owner, shown) in lane.deal(first, &owner) {
                    let theirs = others.get_mut(&owner).expect("an owner is one of the others");
                    let theirs = theirs.0.entry(*priority).or_default();
                    let theirs = if is_fresh { &mut theirs.fresh } else { &mut theirs.returned };
                    theirs.absorb(Lane(BTreeMap::from([(first, shown)])));
                }
            }
        }
        self.0.retain(|_, rung| !rung.is_empty());
    }

    /// Takes over what is visible in `other`.
    pub(super) fn absorb(&mut self, other: Ladder) {
        for (priority, rung) in other.0 {
            let own = self.0.entry(priority).or_default();
            own.fresh.absorb(rung.fresh);
            own.returned.absorb(rung.returned);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bitmap_finds_the_next_set_index_across_words() {
        let mut bitmap = Bitmap::default();
        for index in [0, 63, 64, 4095] {
            bitmap.set(index);
        }
        let found: Vec<_> = [0, 1, 64, 65, 4095].map(|from| bitmap.next(from)).to_vec();
        assert_eq!(found, [Some(0), Some(63), Some(64), Some(4095), Some(4095)]);
        assert!(bitmap.clear(4095));
        assert!(!bitmap.clear(4095));
        assert_eq!((bitmap.next(65), bitmap.count), (None, 3));
    }

    #[test]
    fn a_lane_finds_the_next_sequence_across_chunks() {
        let mut lane = Lane::default();
        for (first, sequence) in [(1, 1), (1, 4096), (5000, 5000)] {
            lane.show(Place { first, sequence });
        }
        let found = [0, 1, 2, 4096, 4097, 5000, 5001].map(|from| lane.next(from));
        let expected = [Some(1), Some(1), Some(4096), Some(4096), Some(5000), Some(5000), None];
        assert_eq!(found, expected);
        assert!(lane.hide(Place { first: 5000, sequence: 5000 }));
        assert!(!lane.hide(Place { first: 5000, sequence: 5000 }));
        assert_eq!((lane.next(4097), lane.0.len()), (None, 1));
    }

    #[test]
    fn a_chunk_of_which_all_is_visible_needs_no_bitmap_until_one_is_taken() {
        let mut lane = Lane::default();
        let chunk = 10..10 + CHUNK_ENTRIES as u64;
        chunk.clone().for_each(|sequence| lane.show(Place { first: 10, sequence }));
        assert!(matches!(lane.0.get(&10), Some(Shown::All)));
        assert_eq!(
            (lane.next(0), lane.next(4000), lane.next(chunk.end)),
            (Some(10), Some(4000), None)
        );
        assert!(lane.hide(Place { first: 10, sequence: 10 }));
        assert_eq!(lane.next(0), Some(11));
        lane.show(Place { first: 10, sequence: 10 });
        assert!(matches!(lane.0.get(&10), Some(Shown::All)));
        let mut other = Lane::default();
        other.show_all(10);
        chunk.for_each(|sequence| assert!(other.hide(Place { first: 10, sequence })));
        assert!(other.0.is_empty());
    }
}
