//! Deduplication ids: what a queue or a topic was sent in the last five minutes, in some sixteen
//! bytes of memory each.
//!
//! ```text
//! bucket, by when its last id expires:   open   up to 4,096 ids, in memory
//!                                        full   pages of 4,096
//! rows:                                  owner, bucket, page → ids in order, 32 bytes each
//! index, over all buckets:               where to look for an id, see `index`
//! ```
//!
//! # Invariants
//!
//! - An id is known by a keyed hash of 16 bytes. Whether it still counts depends on the time of
//!   asking alone, not on when its bucket was dropped.
//! - A page is a row as soon as it is full; the open ids become one at a freeze, and between two
//!   freezes are what the log makes of them.
//! - A page is read only for an id whose hash begins like one in it: for a duplicate, or by chance,
//!   with a million ids once in some hundred thousand. A bucket is dropped whole, and no page is
//!   read for that.
//! - The index follows from the buckets. It answers nothing: each page it names is looked at.

mod index;

use bytes::Bytes;
use index::{Index, LABEL_MAX, PARTS, Place};
use kernel::rows::scan_prefix;
use kernel::{Millis, Rows, Table, Timestamp, Turn};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;
use tidemill_kernel as kernel;

const PAGE_ENTRIES: usize = 4096;
const PART_ENTRIES: usize = PAGE_ENTRIES / PARTS;
/// A key, a sequence and a time.
const ENTRY_BYTES: usize = 32;
/// The page number under which the open ids are frozen.
const OPEN: u32 = u32::MAX;
/// How coarsely ids are forgotten: finely for windows of five minutes, else more coarsely, so that
/// there are few buckets however long a window is.
const STEP: Millis = Millis::from_seconds(10);
const LONG_STEP: Millis = Millis::from_seconds(600);
const SHORT_WINDOW: Millis = Millis::from_seconds(300);
/// Leaves of the index that are looked through with each bucket that is dropped, while most of what
/// is in it is gone.
const SWEPT_LEAVES: usize = 64;

/// A keyed hash of an id, with its scope.
pub(crate) type Key = [u8; 16];

/// Where a service keeps them. The keys of both tables begin with the number of the owner: the
/// queue or the topic.
#[derive(Debug)]
pub(crate) struct Tables {
    /// owner, end of the bucket, page → ids in order.
    pub(crate) pages: Table,
    /// owner, hash → an id each: the form before pages.
    pub(crate) old: Table,
    /// When an id of that form expires, and the sequence of its message.
    pub(crate) read_old: fn(&[u8]) -> (Timestamp, u64),
}

/// The message that later ones with its deduplication id are duplicates of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Original {
    sequence: u64,
    expires: Timestamp,
}

/// A key and its original, as pages hold them.
type Entry = [u8; ENTRY_BYTES];

#[derive(Debug, Default)]
struct Bucket {
    /// In the order in which they came.
    open: Vec<Entry>,
    /// Those of its full pages by their numbers, then that of the open ids, if there are any.
    labels: Vec<u32>,
    pages: u32,
    is_dirty: bool,
}

#[derive(Debug)]
pub(crate) struct Duplicates {
    tables: &'static Tables,
    owner: u64,
    /// By when the last of their ids expires.
    buckets: BTreeMap<Timestamp, Bucket>,
    index: Index,
    labels: Labels,
    /// Whether there are rows of the form before pages, an id each.
    has_old_rows: bool,
}

/// Short names for pages. One that was given up comes again only when all others have been used,
/// and by then the index has forgotten what it meant.
#[derive(Debug, Default)]
struct Labels {
    /// A bucket and the number of a page of it.
    pages: BTreeMap<u32, (Timestamp, u32)>,
    last: u32,
}

impl Labels {
    /// More pages than labels would be seventeen thousand million ids.
    fn draw(&mut self, end: Timestamp, number: u32) -> u32 {
        loop {
            self.last = self.last % LABEL_MAX + 1;
            if let Slot::Vacant(slot) = self.pages.entry(self.last) {
                slot.insert((end, number));
                return self.last;
            }
        }
    }
}

impl Duplicates {
    pub(crate) fn new(tables: &'static Tables, owner: u64) -> Duplicates {
        Duplicates {
            tables,
            owner,
            buckets: BTreeMap::new(),
            index: Index::default(),
            labels: Labels::default(),
            has_old_rows: false,
        }
    }

    pub(crate) fn load(tables: &'static Tables, owner: u64, rows: &dyn Rows) -> Duplicates {
        let mut duplicates = Duplicates::new(tables, owner);
        let prefix = owner.to_be_bytes();
        for (key, page) in scan_prefix(rows, tables.pages, &prefix, None, usize::MAX) {
            let (rest, number) = key.split_last_chunk().expect("the key ends in a page number");
            let (_, end) = rest.split_last_chunk().expect("the key holds the end of its bucket");
            let end = Timestamp(u64::from_be_bytes(*end));
            // A bucket's pages come in order, and the open ids after them.
            entries(&page).iter().for_each(|entry| duplicates.open(end, *entry));
            if u32::from_be_bytes(*number) != OPEN {
                duplicates.bucket(end).close();
            }
        }
        for (key, row) in scan_prefix(rows, tables.old, &prefix, None, usize::MAX) {
            let (_, key) = key.split_last_chunk().expect("such a row's key ends in its hash");
            let (expires, sequence) = (tables.read_old)(&row);
            let end = on_grid(expires, STEP);
            duplicates.open(end, write(key, Original { sequence, expires }));
            duplicates.bucket(end).is_dirty = true;
            duplicates.has_old_rows = true;
        }
        duplicates
    }

    fn bucket(&mut self, end: Timestamp) -> &mut Bucket {
        self.buckets.entry(end).or_default()
    }

    /// Adds an id to the open ones of its bucket, in place of one that counts no more.
    fn open(&mut self, end: Timestamp, entry: Entry) {
        let bucket = self.buckets.entry(end).or_default();
        if bucket.open.is_empty() {
            bucket.labels.push(self.labels.draw(end, bucket.pages));
        }
        let label = *bucket.labels.last().expect("the open ids have a label");
        let hash = hash_of(&entry);
        let places = self.index.places(hash).filter(|place| place.label == label);
        for Place { part, .. } in places {
            let old = bucket.find_open(part, &read(&entry).0);
            if let Some(old) = old.and_then(|at| bucket.open.get_mut(at)) {
                *old = entry;
                return;
            }
        }
        // Rows of the form before pages may be more than a page: then its last part is longer.
        let part = (bucket.open.len() / PART_ENTRIES).min(PARTS - 1);
        bucket.open.push(entry);
        let pages = &self.labels.pages;
        self.index.insert(hash, Place { label, part }, |label| pages.contains_key(&label));
    }

    fn row_key(&self, end: Timestamp, page: u32) -> Vec<u8> {
        let (owner, end) = (self.owner.to_be_bytes(), end.0.to_be_bytes());
        [owner.as_slice(), &end, &page.to_be_bytes()].concat()
    }

    /// Writes the open ids of buckets that have changed.
    pub(crate) fn freeze(&mut self, rows: &mut dyn Rows) {
        let tables = self.tables;
        if std::mem::take(&mut self.has_old_rows) {
            let prefix = self.owner.to_be_bytes();
            for (key, _) in scan_prefix(rows, tables.old, &prefix, None, usize::MAX) {
                rows.delete(tables.old, &key);
            }
        }
        let mut changed = Vec::new();
        for (end, bucket) in &mut self.buckets {
            if std::mem::take(&mut bucket.is_dirty) {
                changed.push((*end, page(bucket.open.clone())));
            }
        }
        for (end, page) in changed {
            let key = self.row_key(end, OPEN);
            if page.is_empty() {
                rows.delete(tables.pages, &key);
            } else {
                rows.put_shared(tables.pages, &key, page);
            }
        }
    }

    /// The sequence of the message that one with this id is a duplicate of.
    pub(crate) fn get(&self, rows: &dyn Rows, key: &Key, now: Timestamp) -> Option<u64> {
        let original = |place: Place| {
            let (end, number) = *self.labels.pages.get(&place.label)?;
            let bucket = self.buckets.get(&end).filter(|_| end > now)?;
            if number == bucket.pages {
                let found = bucket.find_open(place.part, key)?;
                return bucket.open.get(found).map(|entry| read(entry).1);
            }
            let page = rows.get(self.tables.pages, &self.row_key(end, number));
            find(&page.expect("a full page is a row"), key)
        };
        let places = self.index.places(hash_of(key));
        let mut originals = places.filter_map(original);
        originals.find(|original| original.expires > now).map(|original| original.sequence)
    }

    /// Remembers an id that [`Duplicates::get`] did not find.
    pub(crate) fn insert(
        &mut self,
        turn: &mut Turn<'_>,
        key: &Key,
        expires: Timestamp,
        sequence: u64,
    ) {
        let is_short = expires.since(turn.now()) <= SHORT_WINDOW;
        let end = on_grid(expires, if is_short { STEP } else { LONG_STEP });
        self.open(end, write(key, Original { sequence, expires }));
        turn.mark_changed();
        let bucket = self.bucket(end);
        bucket.is_dirty = true;
        if bucket.open.len() >= PAGE_ENTRIES {
            let number = bucket.pages;
            let page = page(bucket.close());
            turn.put(self.tables.pages, &self.row_key(end, number), page);
        }
    }

    /// Drops the first bucket of which no id counts any more; says how many rows that were.
    pub(crate) fn expire(&mut self, turn: &mut Turn<'_>) -> usize {
        let now = turn.now();
        let Some((end, bucket)) = self.buckets.pop_first() else { return 0 };
        if end > now {
            self.buckets.insert(end, bucket);
            return 0;
        }
        for number in (0..bucket.pages).chain([OPEN]) {
            turn.delete(self.tables.pages, &self.row_key(end, number));
        }
        self.forget(&bucket);
        bucket.labels.len().max(1)
    }

    /// Gives up the labels of a bucket that is dropped, and memory with it, step by step.
    fn forget(&mut self, bucket: &Bucket) {
        for label in &bucket.labels {
            self.labels.pages.remove(label);
        }
        if self.labels.pages.is_empty() {
            self.index = Index::default();
        } else if self.index.words() > 2 * PAGE_ENTRIES * self.labels.pages.len() {
            let pages = &self.labels.pages;
            self.index.sweep(SWEPT_LEAVES, |label| pages.contains_key(&label));
        }
    }

    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.buckets.first_key_value().map(|(end, _)| *end)
    }
}

impl Bucket {
    /// What was open is a page from now on.
    fn close(&mut self) -> Vec<Entry> {
        self.pages += 1;
        std::mem::take(&mut self.open)
    }

    /// Where among the open ids one is that the index says to be in this part of them.
    fn find_open(&self, part: usize, key: &Key) -> Option<usize> {
        let from = part * PART_ENTRIES;
        let to = if part == PARTS - 1 { self.open.len() } else { from + PART_ENTRIES };
        let part = self.open.get(from..to.min(self.open.len())).unwrap_or_default();
        part.iter().position(|entry| entry.starts_with(key)).map(|at| from + at)
    }
}

/// What the index goes by.
fn hash_of(key: &[u8]) -> u64 {
    let start = key.first_chunk().expect("a key has 16 bytes");
    u64::from_be_bytes(*start)
}

fn on_grid(expires: Timestamp, step: Millis) -> Timestamp {
    Timestamp(expires.0.div_ceil(step.0).saturating_mul(step.0))
}

/// A page of these ids, in order of their keys.
fn page(mut open: Vec<Entry>) -> Bytes {
    open.sort_unstable_by_key(|entry| u128::from_be_bytes(read(entry).0));
    Bytes::from(open.into_flattened())
}

fn write(key: &Key, original: Original) -> Entry {
    let mut entry = [0; ENTRY_BYTES];
    let (start, rest) = entry.split_at_mut(key.len());
    let (sequence, expires) = rest.split_at_mut(8);
    start.copy_from_slice(key);
    sequence.copy_from_slice(&original.sequence.to_be_bytes());
    expires.copy_from_slice(&original.expires.0.to_be_bytes());
    entry
}

fn read(entry: &Entry) -> (Key, Original) {
    let (key, rest) = entry.split_first_chunk().expect("32 bytes");
    let (sequence, rest) = rest.split_first_chunk().expect("16 bytes");
    let (expires, _) = rest.split_first_chunk().expect("8 bytes");
    let sequence = u64::from_be_bytes(*sequence);
    (*key, Original { sequence, expires: Timestamp(u64::from_be_bytes(*expires)) })
}

fn entries(page: &Bytes) -> &[Entry] {
    let (entries, rest) = page.as_chunks();
    assert!(rest.is_empty(), "a page is whole entries");
    entries
}

fn find(page: &Bytes, key: &Key) -> Option<Original> {
    let entries = entries(page);
    let found = entries.binary_search_by(|entry| read(entry).0.cmp(key)).ok()?;
    entries.get(found).map(|entry| read(entry).1)
}

#[cfg(test)]
mod tests;
