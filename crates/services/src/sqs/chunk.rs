//! Chunks: what a queue knows of its messages, 32 bytes each, and nothing of a backlog.
//!
//! ```text
//! open     a page of up to 4,096 entries of consecutive sequences, 32 bytes each
//! packed   a full page in a byte or two for each (see `packed`): somebody may ask for it soon
//! cold     a full page that is only in its row: some hundred bytes for all of it
//! ```
//!
//! A chunk that is being filled is open; one that filled while nobody read it is packed at once. A
//! freeze closes what is full: what was touched since the freeze before is packed, the rest is
//! cold. Whoever needs an entry opens its chunk. Which entries are visible is not its business: see
//! `lanes`.
//!
//! # Invariants
//!
//! - The page is canonical: it says when a message becomes visible, never whether that has been
//!   noticed. A removed entry is all zeros. The row of a full page is packed, that of another is
//!   its entries as they are.
//! - In which form it is changes nothing that anybody is told. A cold chunk is not dirty, and what
//!   may be needed without rows at hand is not cold: see [`Chunk::close`].
//! - `live` counts the entries that are not removed; `sent_min` is at or before the earliest.

use super::packed::Packed;
use bytes::Bytes;
use kernel::{Millis, Timestamp};
use std::sync::Arc;
use tidemill_kernel as kernel;

/// Sequences a chunk spans.
pub(super) const CHUNK_ENTRIES: usize = 4096;
pub(super) const ENTRY_BYTES: usize = 32;
const NEVER: u32 = u32::MAX;
/// Groups of a chunk that are counted: more than can be noisy by what they have in flight.
const FEW_GROUPS: usize = 16;
/// The last byte of an entry: whether there is one, and its priority.
const LIVE: u64 = 1;
const PRIORITY_SHIFT: u32 = 1;
const PRIORITY_MASK: u64 = 0b1111;

/// Everything about one message but its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) sent: Timestamp,
    /// When it is (or was) to be seen by receivers: never before `sent`.
    pub(super) due: Timestamp,
    pub(super) first_receive: Option<Timestamp>,
    pub(super) last_receive: Timestamp,
    pub(super) receive_count: u32,
    /// In a FIFO queue the number of its message group, in a standard queue a hash of its id; 0
    /// when it has none.
    pub(super) group: u64,
    /// 0 to 9, the highest first.
    pub(super) priority: u8,
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
            priority: 0,
        }
    }

    pub(super) fn is_expired(&self, now: Timestamp, retention: Millis) -> bool {
        self.sent.plus(retention) <= now
    }

    /// Spans since `sent` fit 32 bits: no message outlives 14 days plus 12 hours of visibility.
    pub(super) fn to_bytes(self) -> [u8; ENTRY_BYTES] {
        let since_sent =
            |then: Timestamp| u32::try_from(then.since(self.sent).0).unwrap_or(NEVER - 1);
        let fields = Fields {
            sent: self.sent.0,
            due: since_sent(self.due),
            first: self.first_receive.map_or(NEVER, since_sent),
            last: since_sent(self.last_receive),
            receive_count: self.receive_count,
            tagged: (self.group << 8) | (u64::from(self.priority) << PRIORITY_SHIFT) | LIVE,
        };
        fields.to_bytes()
    }

    fn from_bytes(bytes: &[u8; ENTRY_BYTES]) -> Option<Entry> {
        let Fields { sent, due, first, last, receive_count, tagged } = Fields::from_bytes(bytes);
        let after_sent = |span: u32| Timestamp(sent.saturating_add(u64::from(span)));
        (tagged & LIVE != 0).then(|| Entry {
            sent: Timestamp(sent),
            due: after_sent(due),
            first_receive: (first != NEVER).then(|| after_sent(first)),
            last_receive: after_sent(last),
            receive_count,
            group: tagged >> 8,
            priority: u8::try_from(tagged >> PRIORITY_SHIFT & PRIORITY_MASK).unwrap_or_default(),
        })
    }
}

/// An entry as it is written: milliseconds since 1970, then milliseconds since that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields {
    pub(super) sent: u64,
    pub(super) due: u32,
    pub(super) first: u32,
    pub(super) last: u32,
    pub(super) receive_count: u32,
    pub(super) tagged: u64,
}

impl Fields {
    pub(super) fn to_bytes(self) -> [u8; ENTRY_BYTES] {
        let mut bytes = [0; ENTRY_BYTES];
        let mut rest = bytes.as_mut_slice();
        for part in [
            self.sent.to_le_bytes().as_slice(),
            &self.due.to_le_bytes(),
            &self.first.to_le_bytes(),
            &self.last.to_le_bytes(),
            &self.receive_count.to_le_bytes(),
            &self.tagged.to_le_bytes(),
        ] {
            let (here, after) = rest.split_at_mut(part.len());
            here.copy_from_slice(part);
            rest = after;
        }
        bytes
    }

    pub(super) fn from_bytes(bytes: &[u8; ENTRY_BYTES]) -> Fields {
        let mut rest = bytes.as_slice();
        Fields {
            sent: u64::from_le_bytes(take(&mut rest)),
            due: u32::from_le_bytes(take(&mut rest)),
            first: u32::from_le_bytes(take(&mut rest)),
            last: u32::from_le_bytes(take(&mut rest)),
            receive_count: u32::from_le_bytes(take(&mut rest)),
            tagged: u64::from_le_bytes(take(&mut rest)),
        }
    }
}

fn take<const N: usize>(bytes: &mut &[u8]) -> [u8; N] {
    let (head, rest) = bytes.split_first_chunk::<N>().expect("the fields add up to an entry");
    *bytes = rest;
    *head
}

#[derive(Clone, Debug, Default)]
struct Page(Vec<[u8; ENTRY_BYTES]>);

impl Page {
    fn of_row(row: &Bytes) -> Page {
        if let Some(packed) = Packed::of_row(row) {
            return Page(packed.unpack());
        }
        let (entries, rest) = row.as_chunks::<ENTRY_BYTES>();
        assert!(rest.is_empty(), "a row that is not packed is whole entries");
        Page(entries.to_vec())
    }

    fn get(&self, index: usize) -> Option<Entry> {
        self.0.get(index).and_then(Entry::from_bytes)
    }
}

/// A page as the row of a checkpoint: the same memory, no copy.
struct FrozenPage(Arc<Page>);

impl AsRef<[u8]> for FrozenPage {
    fn as_ref(&self) -> &[u8] {
        self.0.0.as_flattened()
    }
}

#[derive(Debug)]
enum Form {
    Open(Arc<Page>),
    Packed(Packed),
    Cold,
}

/// What becomes of a chunk that a freeze has written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Close {
    /// It stays in memory: entries of it are looked up where no rows are at hand.
    ToPacked,
    /// It may be left to its row, if nothing in it is due after this.
    ToCold(Timestamp),
}

#[derive(Debug)]
pub(super) struct Chunk {
    form: Form,
    pub(super) live: usize,
    pub(super) sent_min: Timestamp,
    /// Nothing in it becomes visible after this.
    due_max: Timestamp,
    pub(super) groups: GroupsHere,
    pub(super) is_dirty: bool,
    /// Whether a row of it has been written: then dropping it must delete the row.
    pub(super) is_persisted: bool,
    /// Whether anybody has opened it since the last freeze, other than to fill it.
    is_touched: bool,
}

/// The groups that a chunk has messages of, while they are few. Not state: that they were many is
/// forgotten when the chunk is loaded or looked through.
#[derive(Debug, Default)]
pub(super) struct GroupsHere {
    few: Vec<u64>,
    /// How many messages each has.
    counts: Vec<u16>,
    are_many: bool,
}

impl GroupsHere {
    fn add(&mut self, group: u64) {
        if self.are_many {
            return;
        }
        match self.few.iter().position(|few| *few == group) {
            Some(at) => self.counts.get_mut(at).into_iter().for_each(|count| *count += 1),
            None if self.few.len() == FEW_GROUPS => {
                *self = GroupsHere { are_many: true, ..GroupsHere::default() };
            }
            None => {
                self.few.push(group);
                self.counts.push(1);
            }
        }
    }

    fn remove(&mut self, group: u64) {
        let Some(at) = self.few.iter().position(|few| *few == group) else { return };
        let count = self.counts.get_mut(at).expect("each group has its count");
        *count -= 1;
        if *count == 0 {
            self.few.swap_remove(at);
            self.counts.swap_remove(at);
        }
    }

    /// Every group there is a message of; `None` when they are many.
    pub(super) fn few(&self) -> Option<&[u64]> {
        (!self.are_many).then_some(&self.few)
    }

    /// Looks again whether they are many.
    pub(super) fn review(&mut self, page: &Glance) {
        if self.are_many {
            *self = GroupsHere::default();
            page.clone().into_iter_from(0).for_each(|(_, entry)| self.add(entry.group));
        }
    }
}

impl Default for Chunk {
    fn default() -> Chunk {
        Chunk {
            form: Form::Open(Arc::default()),
            live: 0,
            sent_min: Timestamp::default(),
            due_max: Timestamp::default(),
            groups: GroupsHere::default(),
            is_dirty: false,
            is_persisted: false,
            is_touched: false,
        }
    }
}

impl Chunk {
    /// A chunk as its row tells it; open, for whoever will close it.
    pub(super) fn load(row: &Bytes) -> Chunk {
        let page = Arc::new(Page::of_row(row));
        let mut chunk = Chunk { form: Form::Open(page), is_persisted: true, ..Chunk::default() };
        chunk.sent_min = Timestamp(u64::MAX);
        for (_, entry) in chunk.glance(no_row).into_iter_from(0) {
            chunk.live += 1;
            chunk.sent_min = chunk.sent_min.min(entry.sent);
            chunk.due_max = chunk.due_max.max(entry.due);
            chunk.groups.add(entry.group);
        }
        chunk
    }

    /// The row of this chunk, sharing its memory.
    pub(super) fn freeze(&mut self) -> Bytes {
        self.is_dirty = false;
        self.is_persisted = true;
        match &self.form {
            Form::Open(page) if self.is_full() => Packed::pack(&page.0).row(),
            Form::Open(page) => Bytes::from_owner(FrozenPage(Arc::clone(page))),
            Form::Packed(packed) => packed.row(),
            Form::Cold => unreachable!("a cold chunk is not dirty"),
        }
    }

    /// Closes it after a freeze, when it is full. `row` is what the freeze wrote, if it did.
    pub(super) fn close(&mut self, row: Option<&Bytes>, close: Close) {
        let was_touched = std::mem::take(&mut self.is_touched);
        if !self.is_full() {
            return;
        }
        let may_go = match close {
            Close::ToCold(now) => {
                !was_touched && !self.is_dirty && self.is_persisted && self.due_max <= now
            }
            Close::ToPacked => false,
        };
        if may_go {
            self.form = Form::Cold;
        } else if let Form::Open(page) = &self.form {
            let written = row.and_then(Packed::of_row);
            self.form = Form::Packed(written.unwrap_or_else(|| Packed::pack(&page.0)));
        }
    }

    #[cfg(test)]
    pub(super) fn is_cold(&self) -> bool {
        matches!(self.form, Form::Cold)
    }

    /// Bytes of memory that its entries take.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        match &self.form {
            Form::Open(page) => page.0.capacity() * ENTRY_BYTES,
            Form::Packed(packed) => packed.bytes(),
            Form::Cold => 0,
        }
    }

    /// Makes the page ready for [`Chunk::get`] and all who write.
    pub(super) fn open(&mut self, row: impl FnOnce() -> Bytes) {
        self.is_touched = true;
        self.form = match &self.form {
            Form::Open(_) => return,
            Form::Packed(packed) => Form::Open(Arc::new(Page(packed.unpack()))),
            Form::Cold => Form::Open(Arc::new(Page::of_row(&row()))),
        };
    }

    /// The page, for somebody who will look at it more than once or write to it.
    fn page(&mut self) -> &mut Arc<Page> {
        self.open(no_row);
        let Form::Open(page) = &mut self.form else {
            unreachable!("it was opened a line ago");
        };
        page
    }

    /// The page as it is, for a look that leaves no trace.
    pub(super) fn glance(&self, row: impl FnOnce() -> Bytes) -> Glance {
        Glance(match &self.form {
            Form::Open(page) => Arc::clone(page),
            Form::Packed(packed) => Arc::new(Page(packed.unpack())),
            Form::Cold => Arc::new(Page::of_row(&row())),
        })
    }

    pub(super) fn is_full(&self) -> bool {
        match &self.form {
            Form::Open(page) => page.0.len() >= CHUNK_ENTRIES,
            Form::Packed(_) | Form::Cold => true,
        }
    }

    pub(super) fn push(&mut self, entry: Entry) {
        let Form::Open(page) = &mut self.form else {
            unreachable!("only a full chunk is closed");
        };
        Arc::make_mut(page).0.push(entry.to_bytes());
        self.sent_min = if self.live == 0 { entry.sent } else { self.sent_min.min(entry.sent) };
        self.due_max = self.due_max.max(entry.due);
        self.groups.add(entry.group);
        self.live += 1;
        self.is_dirty = true;
        if !self.is_touched && page.0.len() == CHUNK_ENTRIES {
            self.form = Form::Packed(Packed::pack(&page.0));
        }
    }

    /// An entry of a chunk that is not cold.
    pub(super) fn get(&mut self, index: usize) -> Option<Entry> {
        self.page().get(index)
    }

    pub(super) fn set(&mut self, index: usize, entry: Entry) {
        self.due_max = self.due_max.max(entry.due);
        *self.slot(index) = entry.to_bytes();
    }

    pub(super) fn remove(&mut self, index: usize) {
        if let Some(entry) = self.get(index) {
            self.groups.remove(entry.group);
        }
        *self.slot(index) = [0; ENTRY_BYTES];
        self.live -= 1;
    }

    fn slot(&mut self, index: usize) -> &mut [u8; ENTRY_BYTES] {
        self.is_dirty = true;
        Arc::make_mut(self.page()).0.get_mut(index).expect("the entry was found before")
    }
}

/// The row of a chunk that is known not to be cold.
pub(super) fn no_row() -> Bytes {
    unreachable!("whoever may meet a cold chunk has its row at hand")
}

/// A chunk's entries, unpacked for whoever looks.
#[derive(Clone, Debug)]
pub(super) struct Glance(Arc<Page>);

impl Glance {
    pub(super) fn get(&self, index: usize) -> Option<Entry> {
        self.0.get(index)
    }

    pub(super) fn is_full(&self) -> bool {
        self.0.0.len() >= CHUNK_ENTRIES
    }

    /// The entry that all are like, as far as lanes tell them apart, when the page is full of them
    /// and they are visible at `now`.
    pub(super) fn whole_lane(&self, now: Timestamp) -> Option<Entry> {
        let first = self.get(0).filter(|_| self.is_full())?;
        let is_like = |entry: Entry| {
            entry.due <= now
                && entry.priority == first.priority
                && (entry.receive_count == 0) == (first.receive_count == 0)
        };
        let entries = self.0.0.iter();
        entries.map(Entry::from_bytes).all(|entry| entry.is_some_and(is_like)).then_some(first)
    }

    pub(super) fn earliest_sent(&self) -> Timestamp {
        let entries = self.0.0.iter().filter_map(Entry::from_bytes);
        entries.map(|entry| entry.sent).min().unwrap_or_default()
    }

    /// The entries at or after an index.
    pub(super) fn into_iter_from(
        self,
        from: usize,
    ) -> impl Iterator<Item = (usize, Entry)> + use<> {
        let page = self.0;
        (from..page.0.len()).filter_map(move |index| Some((index, page.get(index)?)))
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
        entry.priority = 9;
        assert_eq!(Entry::from_bytes(&entry.to_bytes()), Some(entry));
        assert_eq!(Entry::from_bytes(&[0; ENTRY_BYTES]), None);
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
        assert_eq!((chunk.live, chunk.glance(no_row).0.0.len()), (1, 2));
    }

    fn filled() -> Chunk {
        let mut chunk = Chunk::default();
        for n in 0..CHUNK_ENTRIES as u64 {
            chunk.push(Entry::new(Timestamp(n), Timestamp(n), 0));
        }
        chunk
    }

    #[test]
    fn a_chunk_in_a_backlog_is_packed_when_it_is_full_and_then_cold_until_somebody_opens_it() {
        let mut chunk = filled();
        let is_packed = |chunk: &Chunk| matches!(chunk.form, Form::Packed(_));
        assert!(is_packed(&chunk) && chunk.is_full() && chunk.bytes() < 2 * CHUNK_ENTRIES);
        let row = chunk.freeze();
        let now = Timestamp(CHUNK_ENTRIES as u64);
        chunk.close(Some(&row), Close::ToCold(Timestamp(5)));
        assert!(is_packed(&chunk), "some of it is hidden");
        chunk.close(None, Close::ToPacked);
        assert!(is_packed(&chunk));
        chunk.close(None, Close::ToCold(now));
        assert!(chunk.is_cold() && chunk.is_full() && chunk.bytes() == 0);
        assert_eq!(chunk.glance(|| row.clone()).into_iter_from(0).count(), CHUNK_ENTRIES);
        assert!(chunk.is_cold(), "looking leaves no trace");

        chunk.open(|| row.clone());
        assert_eq!(chunk.get(7).map(|entry| entry.sent), Some(Timestamp(7)));
        chunk.close(None, Close::ToCold(now));
        assert!(is_packed(&chunk), "somebody may come again");
        chunk.remove(0);
        chunk.close(None, Close::ToCold(now));
        chunk.close(None, Close::ToCold(now));
        assert!(is_packed(&chunk), "its row is not what it holds");
        let row = chunk.freeze();
        chunk.close(Some(&row), Close::ToCold(now));
        assert!(chunk.is_cold());
        assert_eq!(Chunk::load(&row).live, CHUNK_ENTRIES - 1);
    }

    #[test]
    fn rows_of_full_chunks_from_before_they_were_packed_are_read() {
        let mut chunk = filled();
        let entries: Vec<u8> = chunk.page().0.as_flattened().to_vec();
        let mut old = Chunk::load(&Bytes::from(entries));
        assert_eq!(old.live, CHUNK_ENTRIES);
        assert_eq!(old.freeze(), chunk.freeze());
    }
}
