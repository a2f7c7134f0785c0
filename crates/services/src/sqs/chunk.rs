//! Chunks: what a queue knows of its messages, 32 bytes each.
//!
//! A chunk holds the entries of up to 4,096 consecutive sequences. Its page is exactly the bytes
//! of its row, shared with a frozen checkpoint and copied on the first write after it; which
//! entries are visible is a bitmap beside it, rebuilt when the chunk is loaded.
//!
//! # Invariants
//!
//! - The page is canonical: it says when a message becomes visible, never whether that has been
//!   noticed. A removed entry is all zeros.
//! - `live` counts the entries that are not removed; `sent_min` is at or before the earliest.

use bytes::Bytes;
use kernel::{Millis, Timestamp};
use std::sync::Arc;
use tidemill_kernel as kernel;

/// Sequences a chunk spans.
pub(super) const CHUNK_ENTRIES: usize = 4096;
const ENTRY_BYTES: usize = 32;
const WORDS: usize = CHUNK_ENTRIES / 64;
const NEVER: u32 = u32::MAX;
const LIVE: u64 = 1;

/// Everything about one message but its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) sent: Timestamp,
    /// When it is (or was) to be seen by receivers: never before `sent`.
    pub(super) due: Timestamp,
    pub(super) first_receive: Option<Timestamp>,
    pub(super) last_receive: Timestamp,
    pub(super) receive_count: u32,
    /// The number of its message group; 0 in a standard queue.
    pub(super) group: u64,
}

impl Entry {
    pub(super) fn new(sent: Timestamp, due: Timestamp, group: u64) -> Entry {
        Entry {
            sent,
            due: due.max(sent),
            first_receive: None,
            last_receive: sent,
            receive_count: 0,
            group,
        }
    }

    /// The lane it waits in once it is visible.
    pub(super) fn lane(&self) -> Lane {
        if self.receive_count == 0 { Lane::Fresh } else { Lane::Returned }
    }

    pub(super) fn is_expired(&self, now: Timestamp, retention: Millis) -> bool {
        self.sent.plus(retention) <= now
    }

    /// Spans since `sent` fit 32 bits: no message outlives 14 days plus 12 hours of visibility.
    fn to_bytes(self) -> [u8; ENTRY_BYTES] {
        let since_sent = |then: Timestamp| {
            u32::try_from(then.since(self.sent).0).unwrap_or(NEVER - 1).to_le_bytes()
        };
        let first = self.first_receive.map_or(NEVER.to_le_bytes(), since_sent);
        let tagged = (self.group << 8) | LIVE;
        let mut bytes = [0; ENTRY_BYTES];
        let mut rest = bytes.as_mut_slice();
        for part in [
            self.sent.0.to_le_bytes().as_slice(),
            &since_sent(self.due),
            &first,
            &since_sent(self.last_receive),
            &self.receive_count.to_le_bytes(),
            &tagged.to_le_bytes(),
        ] {
            let (here, after) = rest.split_at_mut(part.len());
            here.copy_from_slice(part);
            rest = after;
        }
        bytes
    }

    fn from_bytes(bytes: &[u8; ENTRY_BYTES]) -> Option<Entry> {
        let mut rest = bytes.as_slice();
        let sent = Timestamp(u64::from_le_bytes(take(&mut rest)));
        let due = u32::from_le_bytes(take(&mut rest));
        let first = u32::from_le_bytes(take(&mut rest));
        let last = u32::from_le_bytes(take(&mut rest));
        let receive_count = u32::from_le_bytes(take(&mut rest));
        let tagged = u64::from_le_bytes(take(&mut rest));
        let after_sent = |span: u32| Timestamp(sent.0.saturating_add(u64::from(span)));
        (tagged & LIVE != 0).then(|| Entry {
            sent,
            due: after_sent(due),
            first_receive: (first != NEVER).then(|| after_sent(first)),
            last_receive: after_sent(last),
            receive_count,
            group: tagged >> 8,
        })
    }
}

fn take<const N: usize>(bytes: &mut &[u8]) -> [u8; N] {
    let (head, rest) = bytes.split_first_chunk::<N>().expect("the fields add up to an entry");
    *bytes = rest;
    *head
}

/// Where a visible message waits: sent and never received, or received before and come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    Fresh,
    Returned,
}

#[derive(Clone, Debug, Default)]
struct Page(Vec<[u8; ENTRY_BYTES]>);

/// A page as the row of a checkpoint: the same memory, no copy.
struct FrozenPage(Arc<Page>);

impl AsRef<[u8]> for FrozenPage {
    fn as_ref(&self) -> &[u8] {
        self.0.0.as_flattened()
    }
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
}

#[derive(Debug, Default)]
pub(super) struct Chunk {
    page: Arc<Page>,
    fresh: Box<Bitmap>,
    returned: Box<Bitmap>,
    pub(super) live: usize,
    pub(super) sent_min: Timestamp,
    pub(super) is_dirty: bool,
    /// Whether a row of it has been written: then dropping it must delete the row.
    pub(super) is_persisted: bool,
}

impl Chunk {
    pub(super) fn load(row: &[u8]) -> Chunk {
        let (entries, rest) = row.as_chunks::<ENTRY_BYTES>();
        assert!(rest.is_empty(), "a chunk's row is whole entries");
        let page = Page(entries.to_vec());
        let mut chunk = Chunk { page: Arc::new(page), is_persisted: true, ..Chunk::default() };
        chunk.live = chunk.iter().count();
        chunk.sent_min = chunk.earliest_sent();
        chunk
    }

    /// The row of this chunk, sharing its memory.
    pub(super) fn freeze(&mut self) -> Bytes {
        self.is_dirty = false;
        self.is_persisted = true;
        Bytes::from_owner(FrozenPage(Arc::clone(&self.page)))
    }

    pub(super) fn is_full(&self) -> bool {
        self.page.0.len() >= CHUNK_ENTRIES
    }

    pub(super) fn push(&mut self, entry: Entry) {
        self.sent_min = if self.live == 0 { entry.sent } else { self.sent_min.min(entry.sent) };
        Arc::make_mut(&mut self.page).0.push(entry.to_bytes());
        self.live += 1;
        self.is_dirty = true;
    }

    pub(super) fn get(&self, index: usize) -> Option<Entry> {
        self.page.0.get(index).and_then(Entry::from_bytes)
    }

    pub(super) fn set(&mut self, index: usize, entry: Entry) {
        *self.slot(index) = entry.to_bytes();
    }

    pub(super) fn remove(&mut self, index: usize) {
        *self.slot(index) = [0; ENTRY_BYTES];
        self.live -= 1;
    }

    fn slot(&mut self, index: usize) -> &mut [u8; ENTRY_BYTES] {
        self.is_dirty = true;
        Arc::make_mut(&mut self.page).0.get_mut(index).expect("the entry was found before")
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, Entry)> + '_ {
        self.page
            .0
            .iter()
            .enumerate()
            .filter_map(|(index, bytes)| Entry::from_bytes(bytes).map(|entry| (index, entry)))
    }

    pub(super) fn earliest_sent(&self) -> Timestamp {
        self.iter().map(|(_, entry)| entry.sent).min().unwrap_or_default()
    }

    fn lane(&self, lane: Lane) -> &Bitmap {
        match lane {
            Lane::Fresh => &self.fresh,
            Lane::Returned => &self.returned,
        }
    }

    fn lane_mut(&mut self, lane: Lane) -> &mut Bitmap {
        match lane {
            Lane::Fresh => &mut self.fresh,
            Lane::Returned => &mut self.returned,
        }
    }

    pub(super) fn show(&mut self, lane: Lane, index: usize) {
        self.lane_mut(lane).set(index);
    }

    /// Whether it was visible in that lane.
    pub(super) fn hide(&mut self, lane: Lane, index: usize) -> bool {
        self.lane_mut(lane).clear(index)
    }

    pub(super) fn visible(&self, lane: Lane) -> u32 {
        self.lane(lane).count
    }

    pub(super) fn next_visible(&self, lane: Lane, from: usize) -> Option<usize> {
        self.lane(lane).next(from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_reads_back_what_was_written_and_a_removed_one_is_nothing() {
        let mut entry = Entry::new(Timestamp(1_700_000_000_123), Timestamp(1_700_000_900_000), 7);
        entry.first_receive = Some(Timestamp(1_700_000_900_500));
        entry.last_receive = Timestamp(1_700_001_000_000);
        entry.receive_count = 3;
        assert_eq!(Entry::from_bytes(&entry.to_bytes()), Some(entry));
        assert_eq!(Entry::from_bytes(&[0; ENTRY_BYTES]), None);
    }

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
    fn a_frozen_row_keeps_its_bytes_while_the_chunk_goes_on() {
        let mut chunk = Chunk::default();
        chunk.push(Entry::new(Timestamp(5), Timestamp(5), 0));
        let frozen = chunk.freeze();
        chunk.push(Entry::new(Timestamp(6), Timestamp(6), 0));
        chunk.remove(0);
        assert_eq!(frozen.len(), ENTRY_BYTES);
        assert_eq!(Chunk::load(&frozen).live, 1);
        assert_eq!((chunk.live, chunk.page.0.len()), (1, 2));
    }
}
