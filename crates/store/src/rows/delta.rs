//! Delta files: the rows that changed between two checkpoints, sorted, written once.
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
//! A row of kind 0 is a tombstone: it hides older rows of its key. The file that reaches down to
//! the oldest carries none.

use super::bloom::{self, Bloom};
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
const MAGIC: [u8; 8] = *b"TMDELTA\n";
const FORMAT: u32 = 1;

/// A row as a level holds it: `None` says that it was deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) table: Table,
    pub(crate) key: Bytes,
    pub(crate) value: Option<Bytes>,
}

struct BlockEntry {
    table: Table,
    first: Bytes,
    offset: u64,
    bytes: usize,
}

/// An open delta file; its index and filter are in memory.
pub(crate) struct Delta {
    pub(crate) number: u64,
    pub(crate) bytes: u64,
    pub(crate) rows: u64,
    path: PathBuf,
    file: Arc<dyn DiskFile>,
    index: Vec<BlockEntry>,
    bloom: Bloom,
}

pub(crate) fn delta_name(number: u64) -> String {
    format!("delta-{number:010}.run")
}

fn u32_of(length: usize) -> u32 {
    u32::try_from(length).expect("keys, values and blocks are far below 4 GiB")
}

/// Writes a delta file from rows that come in order.
pub(crate) struct DeltaWriter {
    writer: PacedWriter,
    block: Vec<u8>,
    index: Vec<BlockEntry>,
    hashes: Vec<u64>,
}

impl DeltaWriter {
    pub(crate) fn create(disk: &dyn Disk, path: &Path) -> io::Result<DeltaWriter> {
        let writer = PacedWriter::create(disk, path)?;
        Ok(DeltaWriter { writer, block: Vec::new(), index: Vec::new(), hashes: Vec::new() })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    pub(crate) fn push(&mut self, row: &Row) -> io::Result<()> {
        if self.block.is_empty() {
            let (table, first) = (row.table, Bytes::copy_from_slice(&row.key));
            self.index.push(BlockEntry { table, first, offset: self.writer.len(), bytes: 0 });
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
        if let Some(entry) = self.index.last_mut() {
            entry.bytes = self.block.len();
        }
        self.writer.push(&self.block)?;
        self.block.clear();
        Ok(())
    }

    /// Syncs the file and opens it for reading.
    pub(crate) fn finish(mut self, number: u64, path: PathBuf) -> io::Result<Delta> {
        if !self.block.is_empty() {
            self.end_block()?;
        }
        let mut tail = Vec::new();
        for entry in &self.index {
            tail.extend_from_slice(&entry.offset.to_le_bytes());
            tail.extend_from_slice(&u32_of(entry.bytes).to_le_bytes());
            tail.extend_from_slice(&entry.table.0.to_le_bytes());
            tail.extend_from_slice(&u32_of(entry.first.len()).to_le_bytes());
            tail.extend_from_slice(&entry.first);
        }
        let bloom = Bloom::of(&self.hashes);
        let rows = u64::try_from(self.hashes.len()).expect("a usize fits in 64 bits");
        let index_at = self.writer.len();
        let bloom_at = index_at + u64::from(u32_of(tail.len()));
        tail.extend_from_slice(bloom.as_bytes());
        let crc = crc32c::crc32c(&tail);
        self.writer.push(&tail)?;
        let mut footer = Vec::new();
        footer.extend_from_slice(&index_at.to_le_bytes());
        footer.extend_from_slice(&bloom_at.to_le_bytes());
        footer.extend_from_slice(&rows.to_le_bytes());
        footer.extend_from_slice(&crc.to_le_bytes());
        footer.extend_from_slice(&FORMAT.to_le_bytes());
        footer.extend_from_slice(&MAGIC);
        let crc = crc32c::crc32c(&footer);
        footer.extend_from_slice(&crc.to_le_bytes());
        self.writer.push(&footer)?;
        let bytes = self.writer.len();
        let file = self.writer.finish()?;
        Ok(Delta { number, bytes, rows, path, file, index: self.index, bloom })
    }
}

impl Delta {
    pub(crate) fn open(disk: &dyn Disk, directory: &Path, number: u64) -> Result<Delta, OpenError> {
        let path = directory.join(delta_name(number));
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
        let tail = read(file.as_ref(), footer.index_at, footer_at - footer.index_at)
            .context("read", &path)?;
        if crc32c::crc32c(&tail) != footer.crc {
            return Err(OpenError::corrupt(&path, footer.index_at, "its index fails its checksum"));
        }
        let split = usize::try_from(footer.bloom_at - footer.index_at).unwrap_or(usize::MAX);
        let (index, bloom) =
            tail.split_at_checked(split).ok_or_else(|| damaged("its index is cut off"))?;
        let index = parse_index(index).ok_or_else(|| damaged("its index is malformed"))?;
        let bloom = Bloom::from_bytes(bloom.to_vec());
        Ok(Delta { number, bytes, rows: footer.rows, path, file, index, bloom })
    }

    pub(crate) fn may_contain(&self, hash: u64) -> bool {
        self.bloom.may_contain(hash)
    }

    /// The block that would hold `key`, by number.
    pub(super) fn block_of(&self, table: Table, key: &[u8]) -> Option<usize> {
        self.index
            .partition_point(|entry| (entry.table, entry.first.as_ref()) <= (table, key))
            .checked_sub(1)
    }

    /// The checked bytes of a block, without its checksum; `None` behind the last.
    pub(super) fn block(&self, number: usize) -> io::Result<Option<Bytes>> {
        let Some(entry) = self.index.get(number) else { return Ok(None) };
        let bytes = read(self.file.as_ref(), entry.offset, u64::from(u32_of(entry.bytes)))?;
        let damaged = || {
            let place = format!("{} at byte {}", self.path.display(), entry.offset);
            io::Error::new(io::ErrorKind::InvalidData, format!("{place} fails its checksum"))
        };
        let (rows, crc) = bytes.split_last_chunk::<4>().ok_or_else(damaged)?;
        if crc32c::crc32c(rows) != u32::from_le_bytes(*crc) {
            return Err(damaged());
        }
        let length = rows.len();
        Ok(Some(Bytes::from(bytes).slice(..length)))
    }

    /// Reads and checks every block, and that the rows are in order and as many as they should
    /// be; how many there are.
    pub(crate) fn verify(self: &Arc<Delta>) -> Result<u64, OpenError> {
        let damaged = |what: &str| OpenError::corrupt(&self.path, 0, what);
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
            rows += 1;
            previous = Some(row);
        }
        if rows == self.rows { Ok(rows) } else { Err(damaged("rows are missing in it")) }
    }

    /// Every row, in order.
    pub(crate) fn iter(self: &Arc<Delta>) -> DeltaRows {
        DeltaRows { delta: Arc::clone(self), next_block: 0, rows: Rows::default() }
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

/// All rows of a delta file, block by block.
pub(crate) struct DeltaRows {
    delta: Arc<Delta>,
    next_block: usize,
    rows: Rows,
}

impl Iterator for DeltaRows {
    type Item = io::Result<Row>;

    fn next(&mut self) -> Option<io::Result<Row>> {
        loop {
            if let Some(row) = self.rows.next() {
                return Some(Ok(row));
            }
            match self.delta.block(self.next_block) {
                Ok(Some(block)) => self.rows = Rows::of(block),
                Ok(None) => return None,
                Err(error) => return Some(Err(error)),
            }
            self.next_block += 1;
        }
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

fn parse_index(mut bytes: &[u8]) -> Option<Vec<BlockEntry>> {
    let mut index = Vec::new();
    while !bytes.is_empty() {
        let (offset, rest) = bytes.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (table, rest) = rest.split_first_chunk()?;
        let (key, rest) = rest.split_first_chunk()?;
        let key_bytes = usize::try_from(u32::from_le_bytes(*key)).ok()?;
        let (first, rest) = rest.split_at_checked(key_bytes)?;
        index.push(BlockEntry {
            table: Table(u16::from_le_bytes(*table)),
            first: Bytes::copy_from_slice(first),
            offset: u64::from_le_bytes(*offset),
            bytes: usize::try_from(u32::from_le_bytes(*length)).ok()?,
        });
        bytes = rest;
    }
    Some(index)
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
