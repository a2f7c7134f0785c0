//! Files of rows: sorted, written once, whether by a checkpoint or by a merge.
//!
//! ```text
//! blocks  rows, ~16 KiB each: table 2 · kind 1 · key length 4 · value length 4 · key · value;
//!         then crc32c 4
//! index   per block: offset 8 · bytes 4 · table 2 · key length 4 · first key
//! bloom   bits of the filter
//! footer  index offset 8 · bloom offset 8 · rows 8 · crc32c of index and bloom 4 · format 4 ·
//!         magic 8 · crc32c of the footer before it 4              (little-endian)
//! ```
//!
//! A row of kind 0 is a tombstone: it hides older rows of its key.
//!
//! What finds a row in a file, its index and filter ([`Head`]), is read when it is needed and kept
//! only as long as the [`super::cache::RowCache`] has room: memory does not grow with the rows.

use super::bloom::{self, Bloom};
use super::run::RowKey;
use crate::disk::{Disk, DiskFile, Open};
use crate::error::{Context, OpenError};
use crate::paced::PacedWriter;
use bytes::{Buf, Bytes};
use std::io;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tidemill_kernel::Table;

const BLOCK_BYTES: usize = 16 << 10;
const FOOTER_BYTES: u64 = 44;
const ROW_HEADER_BYTES: usize = 11;
/// Of a block's entry in the index, without the key.
const ENTRY_HEADER_BYTES: usize = 18;
const MAGIC: [u8; 8] = *b"TMDELTA\n";
const FORMAT: u32 = 1;

/// A row as a level holds it: `None` says that it was deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) table: Table,
    pub(crate) key: Bytes,
    pub(crate) value: Option<Bytes>,
}

impl Row {
    /// What the row takes in a file.
    pub(crate) fn stored_bytes(&self) -> u64 {
        let value = self.value.as_ref().map_or(0, Bytes::len);
        u64::from(u32_of(ROW_HEADER_BYTES + self.key.len() + value))
    }

    pub(crate) fn row_key(&self) -> RowKey {
        RowKey { table: self.table, key: self.key.clone() }
    }
}

/// An open file.
pub(crate) struct RowFile {
    pub(crate) number: u64,
    pub(crate) bytes: u64,
    pub(crate) rows: u64,
    path: PathBuf,
    file: Arc<dyn DiskFile>,
    index_at: u64,
    bloom_at: u64,
    /// Of index and filter.
    crc: u32,
}

/// A file's index and filter, in memory as they lie on the disk.
pub(crate) struct Head {
    bytes: Bytes,
    /// Where each block's entry starts.
    entries: Vec<u32>,
    bloom: Bloom,
}

struct BlockEntry<'a> {
    table: Table,
    first: &'a [u8],
    offset: u64,
    bytes: u64,
}

/// A file is named as those of the first release were, which held one checkpoint's changes each.
pub(crate) fn file_name(number: u64) -> String {
    format!("delta-{number:010}.run")
}

fn u32_of(length: usize) -> u32 {
    u32::try_from(length).expect("keys, values and blocks are far below 4 GiB")
}

/// Writes a file from rows that come in order.
pub(crate) struct RowFileWriter {
    writer: PacedWriter,
    block: Vec<u8>,
    /// The index, but for the length of the block that is open.
    index: Vec<u8>,
    /// Where that length goes.
    length_at: usize,
    hashes: Vec<u64>,
}

impl RowFileWriter {
    pub(crate) fn create(disk: &dyn Disk, path: &Path) -> io::Result<RowFileWriter> {
        Ok(RowFileWriter {
            writer: PacedWriter::create(disk, path)?,
            block: Vec::new(),
            index: Vec::new(),
            length_at: 0,
            hashes: Vec::new(),
        })
    }

    /// Bytes of rows so far.
    pub(crate) fn len(&self) -> u64 {
        self.writer.len() + u64::from(u32_of(self.block.len()))
    }

    pub(crate) fn push(&mut self, row: &Row) -> io::Result<()> {
        if self.block.is_empty() {
            self.index.extend_from_slice(&self.writer.len().to_le_bytes());
            self.length_at = self.index.len();
            self.index.extend_from_slice(&0u32.to_le_bytes());
            self.index.extend_from_slice(&row.table.0.to_le_bytes());
            self.index.extend_from_slice(&u32_of(row.key.len()).to_le_bytes());
            self.index.extend_from_slice(&row.key);
        }
        let value = row.value.as_deref().unwrap_or_default();
        self.block.extend_from_slice(&row.table.0.to_le_bytes());
        self.block.push(u8::from(row.value.is_some()));
        self.block.extend_from_slice(&u32_of(row.key.len()).to_le_bytes());
        self.block.extend_from_slice(&u32_of(value.len()).to_le_bytes());
        self.block.extend_from_slice(&row.key);
        self.block.extend_from_slice(value);
        self.hashes.push(bloom::hash(row.table, &row.key));
        if self.block.len() >= BLOCK_BYTES { self.end_block() } else { Ok(()) }
    }

    fn end_block(&mut self) -> io::Result<()> {
        let crc = crc32c::crc32c(&self.block);
        self.block.extend_from_slice(&crc.to_le_bytes());
        let length = u32_of(self.block.len()).to_le_bytes();
        if let Some(place) = self.index.get_mut(self.length_at..self.length_at + length.len()) {
            place.copy_from_slice(&length);
        }
        self.writer.push(&self.block)?;
        self.block.clear();
        Ok(())
    }

    /// Syncs the file and opens it for reading.
    pub(crate) fn finish(mut self, number: u64, path: PathBuf) -> io::Result<RowFile> {
        if !self.block.is_empty() {
            self.end_block()?;
        }
        let bloom = Bloom::of(&self.hashes);
        let rows = u64::try_from(self.hashes.len()).expect("a usize fits in 64 bits");
        let index_at = self.writer.len();
        let bloom_at = index_at + u64::from(u32_of(self.index.len()));
        let crc = crc32c::crc32c_append(crc32c::crc32c(&self.index), bloom.as_bytes());
        self.writer.push(&self.index)?;
        self.writer.push(bloom.as_bytes())?;
        let mut footer = Vec::new();
        footer.extend_from_slice(&index_at.to_le_bytes());
        footer.extend_from_slice(&bloom_at.to_le_bytes());
        footer.extend_from_slice(&rows.to_le_bytes());
        footer.extend_from_slice(&crc.to_le_bytes());
        footer.extend_from_slice(&FORMAT.to_le_bytes());
        footer.extend_from_slice(&MAGIC);
        let footer_crc = crc32c::crc32c(&footer);
        footer.extend_from_slice(&footer_crc.to_le_bytes());
        self.writer.push(&footer)?;
        let bytes = self.writer.len();
        let file = self.writer.finish()?;
        Ok(RowFile { number, bytes, rows, path, file, index_at, bloom_at, crc })
    }
}

impl RowFile {
    pub(crate) fn open(
        disk: &dyn Disk,
        directory: &Path,
        number: u64,
    ) -> Result<RowFile, OpenError> {
        let path = directory.join(file_name(number));
        let file = disk.open(&path, Open::Read).context("open", &path)?;
        let bytes = file.len().context("read", &path)?;
        let damaged =
            |what: &str| OpenError::corrupt(&path, bytes.saturating_sub(FOOTER_BYTES), what);
        let footer_at =
            bytes.checked_sub(FOOTER_BYTES).ok_or_else(|| damaged("it is too short"))?;
        let footer = read(file.as_ref(), footer_at, FOOTER_BYTES).context("read", &path)?;
        let footer = Footer::parse(&footer).ok_or_else(|| damaged("its footer is unreadable"))?;
        if footer.format != FORMAT {
            return Err(OpenError::UnknownFormat { path, found: footer.format, known: FORMAT });
        }
        let sections_are_legal = footer.index_at <= footer.bloom_at && footer.bloom_at <= footer_at;
        if !sections_are_legal {
            return Err(damaged("its footer points outside the file"));
        }
        let Footer { index_at, bloom_at, rows, crc, format: _ } = footer;
        let file = RowFile { number, bytes, rows, path, file, index_at, bloom_at, crc };
        // Less than a hundredth of the file, and kept by nobody yet: damage in it is to be found at
        // the start rather than in the middle of something.
        match file.head() {
            Ok(_) => Ok(file),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                Err(OpenError::corrupt(&file.path, index_at, "its index or its filter is damaged"))
            }
            Err(error) => Err(error).context("read", &file.path),
        }
    }

    /// Reads and checks index and filter.
    pub(crate) fn head(&self) -> io::Result<Head> {
        let damaged = |what| self.damaged(self.index_at, what);
        let end = self.bytes - FOOTER_BYTES;
        let bytes = Bytes::from(read(self.file.as_ref(), self.index_at, end - self.index_at)?);
        if crc32c::crc32c(&bytes) != self.crc {
            return Err(damaged("fails the checksum of its index"));
        }
        let split = usize::try_from(self.bloom_at - self.index_at).unwrap_or(usize::MAX);
        let index = bytes.get(..split).ok_or_else(|| damaged("has an index that is cut off"))?;
        let entries = entries_of(index).ok_or_else(|| damaged("has a malformed index"))?;
        let bloom = Bloom::from_bytes(bytes.slice(split..));
        Ok(Head { bytes, entries, bloom })
    }

    fn damaged(&self, offset: u64, what: &str) -> io::Error {
        let message = format!("{} {what} (at byte {offset})", self.path.display());
        io::Error::new(io::ErrorKind::InvalidData, message)
    }

    /// The checked bytes of a block, without its checksum; `None` behind the last.
    pub(super) fn block(&self, head: &Head, number: usize) -> io::Result<Option<Bytes>> {
        let Some(entry) = head.entry(number) else { return Ok(None) };
        let bytes = read(self.file.as_ref(), entry.offset, entry.bytes)?;
        let damaged = || self.damaged(entry.offset, "has a block that fails its checksum");
        let (rows, crc) = bytes.split_last_chunk::<4>().ok_or_else(damaged)?;
        if crc32c::crc32c(rows) != u32::from_le_bytes(*crc) {
            return Err(damaged());
        }
        let length = rows.len();
        Ok(Some(Bytes::from(bytes).slice(..length)))
    }

    /// The first and the last row's key; `None` when there is no row.
    pub(crate) fn bounds(&self) -> io::Result<Option<(RowKey, RowKey)>> {
        let head = self.head()?;
        let mut bounds = None;
        let last_block = head.entries.len().saturating_sub(1);
        for block in [0, last_block] {
            let rows = self.block(&head, block)?.map(Rows::of).unwrap_or_default();
            for row in rows {
                let key = RowKey::copied(row.table, &row.key);
                bounds = Some(match bounds {
                    None => (key.clone(), key),
                    Some((first, _)) => (first, key),
                });
            }
        }
        Ok(bounds)
    }

    /// Reads and checks every block, and that the rows are in order, as many as they should be
    /// and known to the filter; how many there are.
    pub(crate) fn verify(self: &Arc<RowFile>) -> Result<u64, OpenError> {
        let damaged = |what: &str| OpenError::corrupt(&self.path, 0, what);
        let head = self.head().context("read", &self.path)?;
        let mut rows = 0;
        let mut previous: Option<Row> = None;
        for row in self.iter() {
            let row = row.context("read", &self.path)?;
            let is_after = previous.is_none_or(|before| {
                (before.table, before.key.as_ref()) < (row.table, row.key.as_ref())
            });
            if !is_after {
                return Err(damaged("its rows are out of order"));
            }
            if !head.may_contain(bloom::hash(row.table, &row.key)) {
                return Err(damaged("its filter does not know all of its rows"));
            }
            rows += 1;
            previous = Some(row);
        }
        if rows == self.rows { Ok(rows) } else { Err(damaged("rows are missing in it")) }
    }

    /// Every row, in order.
    pub(crate) fn iter(self: &Arc<RowFile>) -> FileRows {
        self.iter_from(&RowKey::least())
    }

    /// Every row from `from` on, in order. Reads past the cache: a merge must not wash it out.
    pub(crate) fn iter_from(self: &Arc<RowFile>, from: &RowKey) -> FileRows {
        let (file, from) = (Arc::clone(self), from.clone());
        FileRows { file, head: None, from, next_block: 0, rows: Rows::default() }
    }
}

impl Head {
    /// What it takes in memory.
    pub(super) fn memory_bytes(&self) -> usize {
        self.bytes.len() + self.entries.len() * size_of::<u32>()
    }

    pub(super) fn may_contain(&self, hash: u64) -> bool {
        self.bloom.may_contain(hash)
    }

    fn entry(&self, number: usize) -> Option<BlockEntry<'_>> {
        let at = usize::try_from(*self.entries.get(number)?).ok()?;
        parse_entry(self.bytes.get(at..)?).map(|(entry, _)| entry)
    }

    /// The block that would hold `key`, by number.
    pub(super) fn block_of(&self, table: Table, key: &[u8]) -> Option<usize> {
        self.entries
            .partition_point(|at| {
                let bytes = usize::try_from(*at).ok().and_then(|at| self.bytes.get(at..));
                bytes
                    .and_then(parse_entry)
                    .is_some_and(|(entry, _)| (entry.table, entry.first) <= (table, key))
            })
            .checked_sub(1)
    }
}

/// The rows of one block, from a place in it on.
#[derive(Default)]
pub(super) struct Rows(Bytes);

/// A row where it lies, and how many bytes it takes there.
struct RawRow<'a> {
    table: Table,
    key: &'a [u8],
    value: Option<&'a [u8]>,
    bytes: usize,
}

fn parse_row(block: &[u8]) -> Option<RawRow<'_>> {
    let (table, rest) = block.split_first_chunk()?;
    let ([kind], rest) = rest.split_first_chunk()?;
    let (key, rest) = rest.split_first_chunk()?;
    let (value, rest) = rest.split_first_chunk()?;
    let (key, rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*key)).ok()?)?;
    let (value, rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*value)).ok()?)?;
    Some(RawRow {
        table: Table(u16::from_le_bytes(*table)),
        key,
        value: (*kind == 1).then_some(value),
        bytes: block.len() - rest.len(),
    })
}

impl Rows {
    pub(super) fn of(block: Bytes) -> Rows {
        Rows(block)
    }

    /// Skips the rows before a lower bound.
    pub(super) fn seek(&mut self, table: Table, from: Bound<&[u8]>) {
        while let Some(row) = parse_row(&self.0) {
            let is_before = row.table < table
                || row.table == table
                    && match from {
                        Bound::Included(key) => row.key < key,
                        Bound::Excluded(key) => row.key <= key,
                        Bound::Unbounded => false,
                    };
            if !is_before {
                return;
            }
            let bytes = row.bytes;
            self.0.advance(bytes);
        }
    }

    /// What the block says of one key: `None` when it does not know it.
    pub(super) fn find(mut self, table: Table, key: &[u8]) -> Option<Option<Bytes>> {
        self.seek(table, Bound::Included(key));
        let row = parse_row(&self.0).filter(|row| row.table == table && row.key == key)?;
        Some(row.value.map(|value| self.0.slice_ref(value)))
    }
}

impl Iterator for Rows {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        let row = parse_row(&self.0)?;
        let bytes = row.bytes;
        let value = row.value.map(|value| self.0.slice_ref(value));
        let row = Row { table: row.table, key: self.0.slice_ref(row.key), value };
        self.0.advance(bytes);
        Some(row)
    }
}

/// The rows of a file from a key on, block by block.
pub(crate) struct FileRows {
    file: Arc<RowFile>,
    /// Read with the first row.
    head: Option<Head>,
    from: RowKey,
    next_block: usize,
    rows: Rows,
}

impl FileRows {
    fn next_row(&mut self) -> io::Result<Option<Row>> {
        loop {
            if let Some(row) = self.rows.next() {
                return Ok(Some(row));
            }
            let head = match self.head.take() {
                Some(head) => head,
                None => {
                    let head = self.file.head()?;
                    let RowKey { table, key } = &self.from;
                    self.next_block = head.block_of(*table, key).unwrap_or(0);
                    head
                }
            };
            let block = self.file.block(&head, self.next_block)?;
            self.head = Some(head);
            let Some(block) = block else { return Ok(None) };
            self.next_block += 1;
            self.rows = Rows::of(block);
            self.rows.seek(self.from.table, Bound::Included(&self.from.key));
        }
    }
}

impl Iterator for FileRows {
    type Item = io::Result<Row>;

    fn next(&mut self) -> Option<io::Result<Row>> {
        self.next_row().transpose()
    }
}

struct Footer {
    index_at: u64,
    bloom_at: u64,
    rows: u64,
    crc: u32,
    format: u32,
}

impl Footer {
    fn parse(bytes: &[u8]) -> Option<Footer> {
        let (checked, crc) = bytes.split_last_chunk::<4>()?;
        let (index_at, rest) = checked.split_first_chunk()?;
        let (bloom_at, rest) = rest.split_first_chunk()?;
        let (rows, rest) = rest.split_first_chunk()?;
        let (section_crc, rest) = rest.split_first_chunk()?;
        let (format, magic) = rest.split_first_chunk()?;
        let is_whole = *magic == MAGIC && crc32c::crc32c(checked) == u32::from_le_bytes(*crc);
        is_whole.then(|| Footer {
            index_at: u64::from_le_bytes(*index_at),
            bloom_at: u64::from_le_bytes(*bloom_at),
            rows: u64::from_le_bytes(*rows),
            crc: u32::from_le_bytes(*section_crc),
            format: u32::from_le_bytes(*format),
        })
    }
}

/// Where each entry of an index starts; `None` when it is not one.
fn entries_of(index: &[u8]) -> Option<Vec<u32>> {
    let mut entries = Vec::new();
    let mut rest = index;
    while !rest.is_empty() {
        entries.push(u32_of(index.len() - rest.len()));
        (_, rest) = parse_entry(rest)?;
    }
    Some(entries)
}

fn parse_entry(bytes: &[u8]) -> Option<(BlockEntry<'_>, &[u8])> {
    let (header, rest) = bytes.split_first_chunk::<ENTRY_HEADER_BYTES>()?;
    let (offset, fields) = header.split_first_chunk()?;
    let (length, fields) = fields.split_first_chunk()?;
    let (table, key) = fields.split_first_chunk()?;
    let key = u32::from_le_bytes(*key.first_chunk()?);
    let (first, rest) = rest.split_at_checked(usize::try_from(key).ok()?)?;
    let entry = BlockEntry {
        table: Table(u16::from_le_bytes(*table)),
        first,
        offset: u64::from_le_bytes(*offset),
        bytes: u64::from(u32::from_le_bytes(*length)),
    };
    Some((entry, rest))
}

fn read(file: &dyn DiskFile, offset: u64, bytes: u64) -> io::Result<Vec<u8>> {
    let too_long = |_| io::Error::new(io::ErrorKind::InvalidData, "a section exceeds memory");
    let mut buffer = vec![0; usize::try_from(bytes).map_err(too_long)?];
    file.read_exact_at(&mut buffer, offset)?;
    Ok(buffer)
}

/// Whether `key` lies before the upper bound.
pub(super) fn is_within(key: &[u8], to: Bound<&[u8]>) -> bool {
    match to {
        Bound::Included(end) => key <= end,
        Bound::Excluded(end) => key < end,
        Bound::Unbounded => true,
    }
}
