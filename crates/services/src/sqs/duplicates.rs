//! Deduplication ids: what was sent in the last five minutes, in eight bytes of memory each.
//!
//! ```text
//! bucket, by when its last id expires:   open   up to 4,096 ids, in memory
//!                                        sealed 8 bytes an id: where to look, and in which page
//! rows:                                  bucket, page → ids in order, 32 bytes each
//! ```
//!
//! # Invariants
//!
//! - An id is known by a keyed hash of 16 bytes. Whether it still counts depends on the time of
//!   asking alone, not on when its bucket was dropped.
//! - A page is a row as soon as it is full; the open ids become one at a freeze, and between two
//!   freezes are what the log makes of them.
//! - A page is read only for an id whose hash begins like one in it: for a duplicate, or once in
//!   many thousand million ids by chance. A full bucket is dropped whole.

use super::state::{DEDUPLICATION, DUPLICATES, queue_row_key};
use super::window::Key;
use bytes::Bytes;
use kernel::rows::scan_prefix;
use kernel::{Millis, Rows, Timestamp, Turn, codec};
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;
use std::ops::Bound;
use tidemill_kernel as kernel;

const PAGE_ENTRIES: usize = 4096;
/// A key, a sequence and a time.
const ENTRY_BYTES: usize = 32;
/// The page number under which the open ids are frozen.
const OPEN: u32 = u32::MAX;
/// How coarsely ids are forgotten: finely for windows of five minutes, else more coarsely, so that
/// there are few buckets however long a window is.
const STEP: Millis = Millis::from_seconds(10);
const LONG_STEP: Millis = Millis::from_seconds(600);
const SHORT_WINDOW: Millis = Millis::from_seconds(300);
const PAGE_BITS: u32 = 24;

/// The message that later ones with its deduplication id are duplicates of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Original {
    sequence: u64,
    expires: Timestamp,
}

#[derive(Debug, Default)]
struct Bucket {
    open: BTreeMap<Key, Original>,
    /// The first 40 bits of each id in a page, then the page's number; in order.
    sealed: Vec<u64>,
    pages: u32,
    is_dirty: bool,
}

#[derive(Debug)]
pub(super) struct Duplicates {
    queue: u64,
    /// By when the last of their ids expires.
    buckets: BTreeMap<Timestamp, Bucket>,
    /// Whether there are rows of the form before pages, an id each.
    has_old_rows: bool,
}

#[derive(Encode, Decode)]
struct OldRow {
    #[n(0)]
    expires: Timestamp,
    #[n(1)]
    item: OldItem,
}

#[derive(Encode, Decode)]
struct OldItem {
    #[n(0)]
    sequence: u64,
}

impl Duplicates {
    pub(super) fn new(queue: u64) -> Duplicates {
        Duplicates { queue, buckets: BTreeMap::new(), has_old_rows: false }
    }

    pub(super) fn load(queue: u64, rows: &dyn Rows) -> Duplicates {
        let mut duplicates = Duplicates::new(queue);
        let prefix = queue.to_be_bytes();
        for (key, page) in scan_prefix(rows, DUPLICATES, &prefix, None, usize::MAX) {
            let (rest, number) = key.split_last_chunk().expect("the key ends in a page number");
            let (_, end) = rest.split_last_chunk().expect("the key holds the end of its bucket");
            let bucket = duplicates.bucket(Timestamp(u64::from_be_bytes(*end)));
            match u32::from_be_bytes(*number) {
                OPEN => bucket.open = entries(&page).collect(),
                number => bucket.note_page(number, entries(&page).map(|(key, _)| key)),
            }
        }
        for (key, row) in scan_prefix(rows, DEDUPLICATION, &prefix, None, usize::MAX) {
            let (_, key) = key.split_last_chunk().expect("such a row's key ends in its hash");
            let OldRow { expires, item: OldItem { sequence } } = codec::from_bytes(&row);
            let bucket = duplicates.bucket(on_grid(expires, STEP));
            bucket.open.insert(*key, Original { sequence, expires });
            bucket.is_dirty = true;
            duplicates.has_old_rows = true;
        }
        duplicates
    }

    fn bucket(&mut self, end: Timestamp) -> &mut Bucket {
        self.buckets.entry(end).or_default()
    }

    fn row_key(&self, end: Timestamp, page: u32) -> Vec<u8> {
        let mut rest = end.0.to_be_bytes().to_vec();
        rest.extend_from_slice(&page.to_be_bytes());
        queue_row_key(self.queue, &rest)
    }

    /// Writes the open ids of buckets that have changed.
    pub(super) fn freeze(&mut self, rows: &mut dyn Rows) {
        if std::mem::take(&mut self.has_old_rows) {
            let prefix = self.queue.to_be_bytes();
            for (key, _) in scan_prefix(rows, DEDUPLICATION, &prefix, None, usize::MAX) {
                rows.delete(DEDUPLICATION, &key);
            }
        }
        let mut changed = Vec::new();
        for (end, bucket) in &mut self.buckets {
            if std::mem::take(&mut bucket.is_dirty) {
                changed.push((*end, page(&bucket.open)));
            }
        }
        for (end, page) in changed {
            let key = self.row_key(end, OPEN);
            if page.is_empty() {
                rows.delete(DUPLICATES, &key);
            } else {
                rows.put_shared(DUPLICATES, &key, page);
            }
        }
    }

    /// The sequence of the message that one with this id is a duplicate of.
    pub(super) fn get(&self, rows: &dyn Rows, key: &Key, now: Timestamp) -> Option<u64> {
        let counting = self.buckets.range((Bound::Excluded(now), Bound::Unbounded));
        counting.into_iter().find_map(|(end, bucket)| {
            let sealed = || {
                bucket.pages_with(key).find_map(|number| {
                    let page = rows.get(DUPLICATES, &self.row_key(*end, number));
                    find(&page.expect("a full page is a row"), key)
                        .filter(|original| original.expires > now)
                })
            };
            let open = bucket.open.get(key).copied().filter(|original| original.expires > now);
            open.or_else(sealed).map(|original| original.sequence)
        })
    }

    /// Remembers an id that [`Duplicates::get`] did not find.
    pub(super) fn insert(
        &mut self,
        turn: &mut Turn<'_>,
        key: Key,
        expires: Timestamp,
        sequence: u64,
    ) {
        let is_short = expires.since(turn.now()) <= SHORT_WINDOW;
        let end = on_grid(expires, if is_short { STEP } else { LONG_STEP });
        let bucket = self.bucket(end);
        bucket.open.insert(key, Original { sequence, expires });
        bucket.is_dirty = true;
        turn.mark_changed();
        if bucket.open.len() >= PAGE_ENTRIES {
            let open = std::mem::take(&mut bucket.open);
            let number = bucket.pages;
            bucket.note_page(number, open.keys().copied());
            turn.put(DUPLICATES, &self.row_key(end, number), page(&open));
        }
    }

    /// Drops the first bucket of which no id counts any more; says how many rows that were.
    pub(super) fn expire(&mut self, turn: &mut Turn<'_>) -> usize {
        let now = turn.now();
        let Some((end, bucket)) = self.buckets.pop_first() else { return 0 };
        if end > now {
            self.buckets.insert(end, bucket);
            return 0;
        }
        for number in (0..bucket.pages).chain([OPEN]) {
            turn.delete(DUPLICATES, &self.row_key(end, number));
        }
        1 + bucket.sealed.len().div_ceil(PAGE_ENTRIES)
    }

    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.buckets.first_key_value().map(|(end, _)| *end)
    }
}

impl Bucket {
    fn note_page(&mut self, number: u32, keys: impl Iterator<Item = Key>) {
        self.pages = self.pages.max(number + 1);
        self.sealed.reserve_exact(PAGE_ENTRIES);
        self.sealed.extend(keys.map(|key| start_of(&key) | u64::from(number)));
        // Two runs in order, which is what this sort is fast at.
        self.sealed.sort();
    }

    /// The pages that hold an id which begins like this one.
    fn pages_with(&self, key: &Key) -> impl Iterator<Item = u32> {
        let start = start_of(key);
        let from = first_not_below(&self.sealed, start);
        let there = self.sealed.iter().skip(from).copied();
        there
            .take_while(move |there| there >> PAGE_BITS == start >> PAGE_BITS)
            .map(|there| u32::try_from(there & ((1 << PAGE_BITS) - 1)).expect("24 bits"))
    }
}

/// Where the first that is not below `wanted` lies.
///
/// Keyed hashes spread evenly, so how far one lies in its range says about where it lies in the
/// list: within the root of the list's length, mostly. Halving a list of a million instead misses
/// the processor's caches at nearly every step, once for each bucket and each message.
fn first_not_below(sealed: &[u64], wanted: u64) -> usize {
    let is_below = |at: usize| sealed.get(at).is_some_and(|there| *there < wanted);
    let guess = (u128::from(wanted) * sealed.len() as u128) >> 64;
    let guess = usize::try_from(guess).expect("less than the length of the list");
    let mut step = sealed.len().isqrt().max(1);
    let (mut from, mut to) = (guess, guess);
    if is_below(guess) {
        while is_below(to) {
            from = to + 1;
            to = (to + step).min(sealed.len());
            step *= 2;
        }
    } else {
        while from > 0 && !is_below(from) {
            to = from;
            from = from.saturating_sub(step);
            step *= 2;
        }
    }
    let between = sealed.get(from..to).unwrap_or_default();
    from + between.partition_point(|there| *there < wanted)
}

fn start_of(key: &Key) -> u64 {
    let (start, _) = key.split_first_chunk().expect("a key has 16 bytes");
    u64::from_be_bytes(*start) >> PAGE_BITS << PAGE_BITS
}

fn on_grid(expires: Timestamp, step: Millis) -> Timestamp {
    Timestamp(expires.0.div_ceil(step.0).saturating_mul(step.0))
}

fn page(open: &BTreeMap<Key, Original>) -> Bytes {
    let mut page = Vec::with_capacity(open.len() * ENTRY_BYTES);
    for (key, original) in open {
        page.extend_from_slice(key);
        page.extend_from_slice(&original.sequence.to_be_bytes());
        page.extend_from_slice(&original.expires.0.to_be_bytes());
    }
    Bytes::from(page)
}

fn read(entry: &[u8; ENTRY_BYTES]) -> (Key, Original) {
    let (key, rest) = entry.split_first_chunk().expect("32 bytes");
    let (sequence, rest) = rest.split_first_chunk().expect("16 bytes");
    let (expires, _) = rest.split_first_chunk().expect("8 bytes");
    let sequence = u64::from_be_bytes(*sequence);
    (*key, Original { sequence, expires: Timestamp(u64::from_be_bytes(*expires)) })
}

fn entries(page: &Bytes) -> impl Iterator<Item = (Key, Original)> {
    let (entries, rest) = page.as_chunks();
    assert!(rest.is_empty(), "a page is whole entries");
    entries.iter().map(read)
}

fn find(page: &Bytes, key: &Key) -> Option<Original> {
    let (entries, _) = page.as_chunks::<ENTRY_BYTES>();
    let found = entries.binary_search_by(|entry| read(entry).0.cmp(key)).ok()?;
    entries.get(found).map(|entry| read(entry).1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{At, Facts, MemoryBodies, MemoryRows, PartitionId, Position, Secret};
    use proptest::prelude::*;

    #[derive(Default)]
    struct Bench {
        rows: MemoryRows,
        bodies: MemoryBodies,
    }

    impl Bench {
        fn turn(&mut self, now: u64, act: impl FnOnce(&mut Turn<'_>)) {
            let at = At {
                now: Timestamp(now),
                partition: PartitionId(0),
                position: Position(1),
                secret: Secret([7; 32]),
            };
            let facts = Facts::default();
            act(&mut Turn::new(at, &facts, &mut self.rows, &mut self.bodies));
        }
    }

    fn key(id: u64) -> Key {
        Secret([1; 32]).mac("test", &id.to_le_bytes())
    }

    #[test]
    fn a_hundred_thousand_ids_are_found_after_a_restart_and_cost_eight_bytes_each() {
        const IDS: u64 = 100_000;
        let mut bench = Bench::default();
        let mut duplicates = Duplicates::new(3);
        for id in 0..IDS {
            bench.turn(id * 3, |turn| {
                duplicates.insert(turn, key(id), Timestamp(id * 3 + 300_000), id);
            });
        }
        duplicates.freeze(&mut bench.rows);
        let now = Timestamp(IDS * 3 - 1);
        for duplicates in [&duplicates, &Duplicates::load(3, &bench.rows)] {
            let in_memory: usize = duplicates.buckets.values().map(|b| b.open.len()).sum();
            let sealed: usize = duplicates.buckets.values().map(|b| b.sealed.capacity()).sum();
            assert!(in_memory <= duplicates.buckets.len() * PAGE_ENTRIES, "{in_memory}");
            assert!(sealed as u64 <= IDS + 16 * PAGE_ENTRIES as u64, "{sealed}");
            for id in 0..IDS {
                assert_eq!(duplicates.get(&bench.rows, &key(id), now), Some(id));
            }
            assert_eq!(duplicates.get(&bench.rows, &key(IDS), now), None);
        }
        for _ in 0..64 {
            bench.turn(600_000, |turn| {
                duplicates.expire(turn);
            });
        }
        assert_eq!(duplicates.next_due(), None);
        assert_eq!(bench.rows, MemoryRows::default());
    }

    #[test]
    fn ids_from_before_there_were_pages_still_count() {
        let mut rows = MemoryRows::default();
        let old = OldRow { expires: Timestamp(310_000), item: OldItem { sequence: 7 } };
        rows.put(DEDUPLICATION, &queue_row_key(3, &key(1)), codec::to_bytes(&old));
        let mut duplicates = Duplicates::load(3, &rows);
        duplicates.freeze(&mut rows);
        let duplicates = [duplicates, Duplicates::load(3, &rows)];
        for duplicates in &duplicates {
            assert_eq!(duplicates.get(&rows, &key(1), Timestamp(309_999)), Some(7));
            assert_eq!(duplicates.get(&rows, &key(1), Timestamp(310_000)), None);
        }
        assert_eq!(rows.iter().count(), 1);
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 256,
            failure_persistence: None,
            ..Default::default()
        })]

        /// Evenly spread or all on one side: the guess may be wrong, the place is not.
        #[test]
        fn a_place_is_found_however_the_hashes_lie(
            mut sealed in prop::collection::vec(any::<u64>(), 0..300),
            shift in 0..64u32,
            turned in any::<bool>(),
            wanted in any::<u64>(),
        ) {
            for there in &mut sealed {
                *there >>= shift;
                if turned {
                    *there = !*there;
                }
            }
            sealed.sort_unstable();
            for wanted in sealed.iter().copied().chain([wanted, 0, u64::MAX]) {
                let expected = sealed.partition_point(|there| *there < wanted);
                prop_assert_eq!(first_not_below(&sealed, wanted), expected);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 32,
            failure_persistence: None,
            ..Default::default()
        })]

        /// Against a list, with pages of a few thousand ids reached by repetition, and a twin that
        /// restarts at every freeze.
        #[test]
        fn random_ids_agree_with_a_list(
            steps in prop::collection::vec(
                (0..40_000u64, 0..3000u64, 1..400u64, any::<bool>()), 1..60),
        ) {
            let mut bench = Bench::default();
            let mut duplicates = Duplicates::new(3);
            let mut list: BTreeMap<u64, (u64, u64)> = BTreeMap::new();
            let (mut now, mut sequence) = (1_000_000, 0);
            for (first, pass, window_seconds, restarts) in steps {
                now += pass;
                for id in first..first + 700 {
                    let known = list.get(&id).filter(|(_, expires)| *expires > now);
                    let known = known.map(|(sequence, _)| *sequence);
                    let found = duplicates.get(&bench.rows, &key(id), Timestamp(now));
                    prop_assert_eq!(found, known);
                    if known.is_none() {
                        sequence += 1;
                        let expires = now + window_seconds * 1000;
                        list.insert(id, (sequence, expires));
                        bench.turn(now, |turn| {
                            duplicates.insert(turn, key(id), Timestamp(expires), sequence);
                        });
                    }
                }
                bench.turn(now, |turn| {
                    duplicates.expire(turn);
                });
                if restarts {
                    duplicates.freeze(&mut bench.rows);
                    duplicates = Duplicates::load(3, &bench.rows);
                }
            }
        }
    }
}
