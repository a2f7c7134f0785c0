//! The rows of a partition: what is in memory over what is on disk.
//!
//! ```text
//! overlay   changes since the last freeze                      ordered map
//! frozen    changes that a checkpoint is writing               the same map, immutable
//! base      sorted runs of files, newest first                 merged in small steps
//! ```
//!
//! # Invariants
//!
//! - A read answers from the newest level that knows the key; a tombstone is an answer.
//! - A row that was put and deleted between two checkpoints, and was in no older level, leaves
//!   no trace.
//! - A block that cannot be read or fails its checksum ends the process: state that cannot be
//!   read cannot be decided upon.

pub(crate) mod base;
mod bloom;
pub(crate) mod cache;
pub(crate) mod file;
pub(crate) mod merge;
pub(crate) mod run;
pub(crate) mod write;

use bytes::Bytes;
use cache::{Cached, Part, RowCache};
use file::{Head, Row, RowFile, is_within};
use merge::{Merge, Source};
use run::{Piece, Run};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::Bound;
use std::sync::Arc;
use tidemill_kernel::{PartitionId, Rows, Table};

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
    partition: PartitionId,
    overlay: Overlay,
    frozen: Option<Arc<Overlay>>,
    /// Newest first.
    runs: Arc<Vec<Run>>,
    cache: Arc<RowCache>,
    /// Whether anything was put or deleted since the last freeze, even if no trace is left.
    is_dirty: bool,
}

impl PartitionRows {
    pub(crate) fn new(
        partition: PartitionId,
        runs: Arc<Vec<Run>>,
        cache: Arc<RowCache>,
    ) -> PartitionRows {
        let overlay = Overlay::default();
        PartitionRows { partition, overlay, frozen: None, runs, cache, is_dirty: false }
    }

    pub(crate) fn is_dirty(&self) -> bool {
        self.is_dirty
    }

    /// Makes the overlay the frozen one: what a checkpoint has to write.
    pub(crate) fn freeze(&mut self) -> Arc<Overlay> {
        assert!(self.frozen.is_none(), "one checkpoint of a partition at a time");
        self.is_dirty = false;
        let frozen = Arc::new(std::mem::take(&mut self.overlay));
        self.frozen = Some(Arc::clone(&frozen));
        frozen
    }

    /// The checkpoint is durable: its files answer for the frozen overlay.
    pub(crate) fn thaw(&mut self) {
        self.frozen = None;
    }

    /// Other files answer now.
    pub(crate) fn install(&mut self, runs: Arc<Vec<Run>>) {
        let files = |runs: &[Run]| -> BTreeSet<u64> {
            runs.iter().flat_map(|run| run.pieces.iter().map(|piece| piece.file.number)).collect()
        };
        for gone in files(&self.runs).difference(&files(&runs)) {
            self.cache.forget(self.partition, *gone);
        }
        self.runs = runs;
    }

    fn head(&self, file: &RowFile) -> io::Result<Arc<Head>> {
        let key = (self.partition, file.number, Part::Head);
        if let Some(Cached::Head(head)) = self.cache.get(key) {
            return Ok(head);
        }
        let head = Arc::new(file.head()?);
        self.cache.insert(key, Cached::Head(Arc::clone(&head)));
        Ok(head)
    }

    fn block(&self, file: &RowFile, head: &Head, number: usize) -> io::Result<Option<Bytes>> {
        let key = (self.partition, file.number, Part::Block(number));
        if let Some(Cached::Block(block)) = self.cache.get(key) {
            return Ok(Some(block));
        }
        let block = file.block(head, number)?;
        if let Some(block) = &block {
            self.cache.insert(key, Cached::Block(block.clone()));
        }
        Ok(block)
    }

    fn get_stored(&self, table: Table, key: &[u8]) -> io::Result<Option<Bytes>> {
        let hash = bloom::hash(table, key);
        for piece in self.runs.iter().filter_map(|run| run.piece_of(table, key)) {
            let head = self.head(&piece.file)?;
            if !head.may_contain(hash) {
                continue;
            }
            let Some(block) = head.block_of(table, key) else { continue };
            let rows = self.block(&piece.file, &head, block)?.map(file::Rows::of);
            if let Some(value) = rows.unwrap_or_default().find(table, key) {
                return Ok(value);
            }
        }
        Ok(None)
    }

    /// Whether a level below the overlay may know the key.
    fn may_lie_below(&self, table: Table, key: &[u8]) -> io::Result<bool> {
        if self.frozen.as_ref().is_some_and(|frozen| frozen.get(table, key).is_some()) {
            return Ok(true);
        }
        let hash = bloom::hash(table, key);
        for piece in self.runs.iter().filter_map(|run| run.piece_of(table, key)) {
            if self.head(&piece.file)?.may_contain(hash) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn run_range<'a>(
        &'a self,
        run: &'a Run,
        table: Table,
        from: Bound<&'a [u8]>,
        to: Bound<&'a [u8]>,
    ) -> Source<'a> {
        let pieces = run.pieces.iter().skip(run.index_from(table, key_of(from)));
        let all = pieces.flat_map(move |piece| self.piece_range(piece, table, from));
        let is_inside = move |row: &io::Result<Row>| {
            row.as_ref().is_ok_and(|row| row.table == table && is_within(&row.key, to))
                || row.is_err()
        };
        Box::new(all.take_while(is_inside))
    }

    /// The rows of a piece from a lower bound on.
    fn piece_range<'a>(
        &'a self,
        piece: &'a Piece,
        table: Table,
        from: Bound<&'a [u8]>,
    ) -> PieceRows<'a> {
        let first = &piece.first;
        // What the file has before the piece's first key is another run's by now.
        let (table, from) = if (table, key_of(from)) < (first.table, &first.key) {
            (first.table, Bound::Included(first.key.as_ref()))
        } else {
            (table, from)
        };
        let rows = file::Rows::default();
        PieceRows { owner: self, file: &piece.file, table, from, head: None, next_block: 0, rows }
    }
}

/// See [`PartitionRows::piece_range`].
struct PieceRows<'a> {
    owner: &'a PartitionRows,
    file: &'a RowFile,
    table: Table,
    from: Bound<&'a [u8]>,
    /// Read with the first row.
    head: Option<Arc<Head>>,
    next_block: usize,
    rows: file::Rows,
}

impl PieceRows<'_> {
    fn next_row(&mut self) -> io::Result<Option<Row>> {
        loop {
            if let Some(row) = self.rows.next() {
                return Ok(Some(row));
            }
            let head = match self.head.take() {
                Some(head) => head,
                None => {
                    let head = self.owner.head(self.file)?;
                    self.next_block = head.block_of(self.table, key_of(self.from)).unwrap_or(0);
                    head
                }
            };
            let block = self.owner.block(self.file, &head, self.next_block)?;
            self.head = Some(head);
            let Some(block) = block else { return Ok(None) };
            self.next_block += 1;
            self.rows = file::Rows::of(block);
            self.rows.seek(self.table, self.from);
        }
    }
}

impl Iterator for PieceRows<'_> {
    type Item = io::Result<Row>;

    fn next(&mut self) -> Option<io::Result<Row>> {
        self.next_row().transpose()
    }
}

/// A lower bound's key.
fn key_of(from: Bound<&[u8]>) -> &[u8] {
    match from {
        Bound::Included(key) | Bound::Excluded(key) => key,
        Bound::Unbounded => &[],
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
        sources.extend(self.runs.iter().map(|run| self.run_range(run, table, from, to)));
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
        if self.may_lie_below(table, key).unwrap_or_else(|error| unreadable(&error)) {
            self.overlay.set(table, key, None);
        } else if let Some(rows) = self.overlay.tables.get_mut(&table) {
            rows.remove(key);
        }
    }
}
