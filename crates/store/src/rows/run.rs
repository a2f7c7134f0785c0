//! Runs: rows in order, spread over files that do not overlap.
//!
//! A merge works its way from low keys to high ones, and what it has passed in a run belongs to
//! the run any more only in the sense that it still lies in a file: a piece says from which key on
//! its file counts.

use super::file::{Row, RowFile};
use crate::error::{Context, OpenError};
use crate::manifest::{KeyEntry, PieceEntry};
use bytes::Bytes;
use std::io;
use std::path::Path;
use std::sync::Arc;
use tidemill_kernel::Table;

/// A row's place in the order of all rows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RowKey {
    pub(crate) table: Table,
    pub(crate) key: Bytes,
}

impl RowKey {
    /// Not behind any row.
    pub(crate) fn least() -> RowKey {
        RowKey { table: Table(0), key: Bytes::new() }
    }

    /// A key in memory of its own: a slice would keep a whole block alive.
    pub(crate) fn copied(table: Table, key: &[u8]) -> RowKey {
        RowKey { table, key: Bytes::copy_from_slice(key) }
    }

    fn pair(&self) -> (Table, &[u8]) {
        (self.table, &self.key)
    }
}

/// A part of a run: the rows of a file from `first` on.
#[derive(Clone)]
pub(crate) struct Piece {
    pub(crate) file: Arc<RowFile>,
    /// Rows of the file before it are the run's no more.
    pub(crate) first: RowKey,
    /// The last row's key.
    pub(crate) last: RowKey,
    /// How many rows of the file hide older ones instead of holding a value.
    pub(crate) tombstones: u64,
}

impl Piece {
    /// A whole file of the first format, which did not say what it spans; `None` when it is empty.
    pub(crate) fn of_whole(file: Arc<RowFile>, path: &Path) -> Result<Option<Piece>, OpenError> {
        let bounds = file.bounds().context("read", path)?;
        Ok(bounds.map(|(first, last)| Piece { file, first, last, tombstones: 0 }))
    }

    pub(crate) fn entry(&self) -> PieceEntry {
        let key = |key: &RowKey| KeyEntry { table: key.table.0, key: key.key.to_vec() };
        PieceEntry {
            file: self.file.number,
            first: key(&self.first),
            last: key(&self.last),
            tombstones: self.tombstones,
        }
    }

    pub(crate) fn of_entry(entry: &PieceEntry, file: Arc<RowFile>) -> Piece {
        let key = |key: &KeyEntry| RowKey::copied(Table(key.table), &key.key);
        let (first, last) = (key(&entry.first), key(&entry.last));
        Piece { file, first, last, tombstones: entry.tombstones }
    }
}

/// See the module's head.
#[derive(Clone)]
pub(crate) struct Run {
    /// Tells it from the others of its partition, in this process.
    pub(crate) id: u64,
    /// By key; none overlaps the next.
    pub(crate) pieces: Vec<Piece>,
}

impl Run {
    /// Bytes of its files.
    pub(crate) fn bytes(&self) -> u64 {
        self.pieces.iter().map(|piece| piece.file.bytes).sum()
    }

    pub(crate) fn rows(&self) -> u64 {
        self.pieces.iter().map(|piece| piece.file.rows).sum()
    }

    pub(crate) fn tombstones(&self) -> u64 {
        self.pieces.iter().map(|piece| piece.tombstones).sum()
    }

    pub(crate) fn first(&self) -> Option<&RowKey> {
        self.pieces.first().map(|piece| &piece.first)
    }

    /// The only piece that may hold `key`.
    pub(crate) fn piece_of(&self, table: Table, key: &[u8]) -> Option<&Piece> {
        let piece = self.pieces.get(self.index_from(table, key))?;
        (piece.first.pair() <= (table, key)).then_some(piece)
    }

    /// The first piece that ends at `key` or behind it.
    pub(crate) fn index_from(&self, table: Table, key: &[u8]) -> usize {
        self.pieces.partition_point(|piece| piece.last.pair() < (table, key))
    }

    /// The run's rows in order, from its piece number `from` on.
    pub(crate) fn iter_from(&self, from: usize) -> impl Iterator<Item = io::Result<Row>> + use<> {
        let pieces: Vec<Piece> = self.pieces.iter().skip(from).cloned().collect();
        pieces.into_iter().flat_map(|piece| piece.file.iter_from(&piece.first))
    }

    /// Gives up all rows before `until`; with `None`, all rows.
    pub(crate) fn cut_below(&mut self, until: Option<&RowKey>) {
        let Some(until) = until else { return self.pieces.clear() };
        self.pieces.retain(|piece| piece.last >= *until);
        if let Some(piece) = self.pieces.first_mut()
            && piece.first < *until
        {
            piece.first = until.clone();
        }
    }

    /// Whether its pieces lie behind each other.
    pub(crate) fn is_in_order(&self) -> bool {
        self.pieces.iter().all(|piece| piece.first <= piece.last)
            && self.pieces.windows(2).all(|pair| match pair {
                [left, right] => left.last < right.first,
                _ => true,
            })
    }
}
