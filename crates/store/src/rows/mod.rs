//! The rows of a partition: what is in memory over what is on disk.
//!
//! ```text
//! overlay   changes since the last freeze                      ordered map
//! frozen    changes that a checkpoint is writing               the same map, immutable
//! deltas    one sorted file per checkpoint, newest first       a merge keeps them few
//! ```
//!
//! # Invariants
//!
//! - A read answers from the newest level that knows the key; a tombstone is an answer.
//! - A row that was put and deleted between two checkpoints, and was in no older level, leaves
//!   no trace.
//! - A block that cannot be read or fails its checksum ends the process: state that cannot be
//!   read cannot be decided upon.

mod bloom;
mod cache;
pub(crate) mod delta;
pub(crate) mod merge;
pub(crate) mod write;

use bytes::Bytes;
use cache::BlockCache;
use delta::{Delta, Row, is_within};
use merge::{Merge, Source};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::ops::Bound;
use std::sync::Arc;
use tidemill_kernel::{Rows, Table};

/// Changes in memory. `None` is a tombstone.
#[derive(Debug, Default)]
pub(crate) struct Overlay {
    tables: BTreeMap<Table, BTreeMap<Bytes, Option<Bytes>>>,
    /// Bytes of keys and values put; an upper estimate of what writing it out takes.
    pub(crate) bytes: u64,
}

impl Overlay {
    pub(crate) fn is_empty(&self) -> bool {
        self.tables.values().all(BTreeMap::is_empty)
    }

    fn get(&self, table: Table, key: &[u8]) -> Option<&Option<Bytes>> {
        self.tables.get(&table)?.get(key)
    }

    fn set(&mut self, table: Table, key: &[u8], value: Option<Bytes>) {
        let bytes = key.len() + value.as_ref().map_or(0, Bytes::len);
        self.bytes += u64::try_from(bytes).expect("a usize fits in 64 bits");
        let rows = self.tables.entry(table).or_default();
        match rows.get_mut(key) {
            Some(place) => *place = value,
            None => {
                rows.insert(Bytes::copy_from_slice(key), value);
            }
        }
    }

    fn range<'a>(&'a self, table: Table, from: Bound<&[u8]>, to: Bound<&[u8]>) -> Source<'a> {
        match self.tables.get(&table) {
            Some(rows) => Box::new(rows.range::<[u8], _>((from, to)).map(move |(key, value)| {
                Ok(Row { table, key: key.clone(), value: value.clone() })
            })),
            None => Box::new(std::iter::empty()),
        }
    }

    /// Everything, in order.
    pub(crate) fn iter(&self) -> Source<'_> {
        Box::new(self.tables.iter().flat_map(|(table, rows)| {
            rows.iter().map(|(key, value)| {
                Ok(Row { table: *table, key: key.clone(), value: value.clone() })
            })
        }))
    }
}

/// See the module's head.
pub struct PartitionRows {
    overlay: Overlay,
    frozen: Option<Arc<Overlay>>,
    /// Newest first.
    deltas: Vec<Arc<Delta>>,
    cache: RefCell<BlockCache>,
    /// Whether anything was put or deleted since the last freeze, even if no trace is left.
    is_dirty: bool,
}

impl PartitionRows {
    pub(crate) fn new(deltas: Vec<Arc<Delta>>) -> PartitionRows {
        PartitionRows {
            overlay: Overlay::default(),
            frozen: None,
            deltas,
            cache: RefCell::default(),
            is_dirty: false,
        }
    }

    pub(crate) fn is_dirty(&self) -> bool {
        self.is_dirty
    }

    /// Makes the overlay the frozen one, and says what a checkpoint has to write over.
    pub(crate) fn freeze(&mut self) -> (Arc<Overlay>, Vec<Arc<Delta>>) {
        assert!(self.frozen.is_none(), "one checkpoint of a partition at a time");
        self.is_dirty = false;
        let frozen = Arc::new(std::mem::take(&mut self.overlay));
        self.frozen = Some(Arc::clone(&frozen));
        (frozen, self.deltas.clone())
    }

    /// The checkpoint is durable: its files answer for the frozen overlay.
    pub(crate) fn install(&mut self, deltas: Vec<Arc<Delta>>) {
        self.frozen = None;
        self.deltas = deltas;
        self.cache.borrow_mut().clear();
    }

    fn block(&self, delta: &Delta, number: usize) -> io::Result<Option<Bytes>> {
        let key = (delta.number, number);
        if let Some(block) = self.cache.borrow_mut().get(key) {
            return Ok(Some(block));
        }
        let block = delta.block(number)?;
        if let Some(block) = &block {
            self.cache.borrow_mut().insert(key, block.clone());
        }
        Ok(block)
    }

    fn get_stored(&self, table: Table, key: &[u8]) -> io::Result<Option<Bytes>> {
        let hash = bloom::hash(table, key);
        for delta in self.deltas.iter().filter(|delta| delta.may_contain(hash)) {
            let Some(block) = delta.block_of(table, key) else { continue };
            let rows = self.block(delta, block)?.map(delta::Rows::of).unwrap_or_default();
            if let Some(value) = rows.find(table, key) {
                return Ok(value);
            }
        }
        Ok(None)
    }

    /// Whether a level below the overlay may know the key.
    fn may_lie_below(&self, table: Table, key: &[u8]) -> bool {
        let is_frozen = self.frozen.as_ref().is_some_and(|frozen| frozen.get(table, key).is_some());
        is_frozen || {
            let hash = bloom::hash(table, key);
            self.deltas.iter().any(|delta| delta.may_contain(hash))
        }
    }

    fn delta_range<'a>(
        &'a self,
        delta: &'a Delta,
        table: Table,
        from: Bound<&'a [u8]>,
        to: Bound<&'a [u8]>,
    ) -> Source<'a> {
        let start = match from {
            Bound::Included(key) | Bound::Excluded(key) => key,
            Bound::Unbounded => &[],
        };
        let mut next = delta.block_of(table, start).unwrap_or(0);
        let mut rows = delta::Rows::default();
        let all = std::iter::from_fn(move || {
            loop {
                if let Some(row) = rows.next() {
                    return Some(Ok(row));
                }
                match self.block(delta, next) {
                    Ok(Some(block)) => {
                        rows = delta::Rows::of(block);
                        rows.seek(table, from);
                    }
                    Ok(None) => return None,
                    Err(error) => return Some(Err(error)),
                }
                next += 1;
            }
        });
        let is_inside = move |row: &io::Result<Row>| {
            row.as_ref().is_ok_and(|row| row.table == table && is_within(&row.key, to))
                || row.is_err()
        };
        Box::new(all.take_while(is_inside))
    }
}

/// Ends the process (the panic hook aborts): see the module's invariants.
fn unreadable(error: &io::Error) -> ! {
    panic!("rows cannot be read, so nothing can be decided: {error}. Check the disk")
}

fn is_empty_range(from: Bound<&[u8]>, to: Bound<&[u8]>) -> bool {
    match (from, to) {
        (Bound::Included(from), Bound::Included(to)) => from > to,
        (Bound::Included(from) | Bound::Excluded(from), Bound::Excluded(to))
        | (Bound::Excluded(from), Bound::Included(to)) => from >= to,
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
    }
}

impl Rows for PartitionRows {
    fn get(&self, table: Table, key: &[u8]) -> Option<Bytes> {
        if let Some(value) = self.overlay.get(table, key) {
            return value.clone();
        }
        if let Some(value) = self.frozen.as_ref().and_then(|frozen| frozen.get(table, key)) {
            return value.clone();
        }
        self.get_stored(table, key).unwrap_or_else(|error| unreadable(&error))
    }

    fn range(
        &self,
        table: Table,
        from: Bound<&[u8]>,
        to: Bound<&[u8]>,
        limit: usize,
    ) -> Vec<(Bytes, Bytes)> {
        if is_empty_range(from, to) || limit == 0 {
            return Vec::new();
        }
        let mut sources = vec![self.overlay.range(table, from, to)];
        sources.extend(self.frozen.as_ref().map(|frozen| frozen.range(table, from, to)));
        sources.extend(self.deltas.iter().map(|delta| self.delta_range(delta, table, from, to)));
        Merge::new(sources)
            .map(|row| row.unwrap_or_else(|error| unreadable(&error)))
            .filter_map(|row| Some((row.key, row.value?)))
            .take(limit)
            .collect()
    }

    fn put(&mut self, table: Table, key: &[u8], value: Bytes) {
        self.is_dirty = true;
        // A slice of a larger buffer would keep all of that alive for as long as the row.
        let value = if value.is_unique() { value } else { Bytes::copy_from_slice(&value) };
        self.overlay.set(table, key, Some(value));
    }

    fn put_shared(&mut self, table: Table, key: &[u8], value: Bytes) {
        self.is_dirty = true;
        self.overlay.set(table, key, Some(value));
    }

    fn delete(&mut self, table: Table, key: &[u8]) {
        self.is_dirty = true;
        if self.may_lie_below(table, key) {
            self.overlay.set(table, key, None);
        } else if let Some(rows) = self.overlay.tables.get_mut(&table) {
            rows.remove(key);
        }
    }
}
