//! Writing rows that come in order into the files of a run.

use super::file::{Row, RowFileWriter, file_name};
use super::run::{Piece, RowKey};
use crate::disk::Disk;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where a partition's files go.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) disk: &'a dyn Disk,
    pub(crate) directory: &'a Path,
    /// About the size of a file; no file is half as large again.
    pub(crate) piece_bytes: u64,
}

pub(super) struct RunWriter<'a> {
    place: Place<'a>,
    /// The next file's number: counted on as files are begun.
    next_file: &'a mut u64,
    open: Option<OpenPiece>,
    pieces: Vec<Piece>,
}

struct OpenPiece {
    writer: RowFileWriter,
    number: u64,
    path: PathBuf,
    first: RowKey,
    last: RowKey,
    tombstones: u64,
}

impl<'a> RunWriter<'a> {
    pub(super) fn new(place: Place<'a>, next_file: &'a mut u64) -> RunWriter<'a> {
        RunWriter { place, next_file, open: None, pieces: Vec::new() }
    }

    pub(super) fn push(&mut self, row: &Row) -> io::Result<()> {
        let mut open = match self.open.take() {
            Some(open) => open,
            None => self.begin(row)?,
        };
        open.writer.push(row)?;
        open.last = row.row_key();
        open.tombstones += u64::from(row.value.is_none());
        let is_full = open.writer.len() >= self.place.piece_bytes / 2 * 3;
        self.open = Some(open);
        if is_full { self.end() } else { Ok(()) }
    }

    fn begin(&mut self, row: &Row) -> io::Result<OpenPiece> {
        let number = *self.next_file;
        *self.next_file += 1;
        let path = self.place.directory.join(file_name(number));
        let writer = RowFileWriter::create(self.place.disk, &path)?;
        let first = RowKey::copied(row.table, &row.key);
        Ok(OpenPiece { writer, number, path, first, last: row.row_key(), tombstones: 0 })
    }

    fn end(&mut self) -> io::Result<()> {
        if let Some(open) = self.open.take() {
            let OpenPiece { writer, number, path, first, last, tombstones } = open;
            let file = Arc::new(writer.finish(number, path)?);
            let last = RowKey::copied(last.table, &last.key);
            self.pieces.push(Piece { file, first, last, tombstones });
        }
        Ok(())
    }

    /// The files, synced; their names are the caller's to make durable.
    pub(super) fn finish(mut self) -> io::Result<Vec<Piece>> {
        self.end()?;
        Ok(self.pieces)
    }
}
