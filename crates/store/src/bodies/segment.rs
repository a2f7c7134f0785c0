//! Segment files: bodies that outlived a checkpoint, in queue order, written once.
//!
//! ```text
//! head    magic 8 · format 4 · zero 4
//! bodies  length 4 · crc32c of queue, sequence and bytes 4 · bytes
//! index   per run: queue 8 · first sequence 8 · count 4 · count × length 4 (all ones: a hole)
//! footer  index offset 8 · slots 4 · crc32c of the index 4 · magic 8 · crc32c of the footer 4
//! ```
//!
//! A run is a stretch of sequences of one queue inside one chunk; each of its sequences has a
//! *slot*, numbered through the file. In memory a slot costs four bytes: where its body starts.

use super::young::CHUNK;
use crate::disk::{Disk, DiskFile, Open};
use crate::error::{Context, OpenError};
use crate::paced::PacedWriter;
use bytes::Bytes;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tidemill_kernel::BodyRef;
use tidemill_kernel::bodies::ReadBody;

const MAGIC: [u8; 8] = *b"TMBODY\r\n";
const FORMAT: u32 = 1;
const HEAD_BYTES: u32 = 16;
const FOOTER_BYTES: u64 = 28;
const RECORD_HEADER_BYTES: u32 = 8;
const HOLE: u32 = u32::MAX;
/// A wider gap between two sequences starts a new run instead of so many holes.
const HOLES_MAX: u64 = 64;

/// A stretch of sequences with consecutive slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) queue: u64,
    pub(super) first: u64,
    pub(super) count: u32,
    /// The slot of the first.
    pub(super) slot: u32,
    /// Slots that are no holes.
    pub(super) bodies: u32,
}

impl Run {
    /// The sequences of this run with their slots.
    pub(super) fn slots(self) -> impl Iterator<Item = (BodyRef, u32)> {
        (0..self.count).map(move |index| {
            let sequence = self.first + u64::from(index);
            (BodyRef { queue: self.queue, sequence }, self.slot + index)
        })
    }
}

/// An open segment file with its index.
pub(crate) struct Segment {
    pub(crate) number: u32,
    pub(crate) bytes: u64,
    path: PathBuf,
    file: Arc<dyn DiskFile>,
    pub(super) runs: Vec<Run>,
    /// Where each slot's record starts; one more than there are slots.
    offsets: Vec<u32>,
}

pub(crate) fn segment_name(number: u32) -> String {
    format!("bodies-{number:010}.seg")
}

fn crc_of(at: BodyRef, bytes: &[u8]) -> u32 {
    let crc = crc32c::crc32c(&at.queue.to_le_bytes());
    let crc = crc32c::crc32c_append(crc, &at.sequence.to_le_bytes());
    crc32c::crc32c_append(crc, bytes)
}

impl Segment {
    pub(crate) fn slot_count(&self) -> u32 {
        u32::try_from(self.offsets.len().saturating_sub(1)).expect("slots fit in 32 bits")
    }

    /// Offset and length of a slot's record; `None` for a hole.
    fn record(&self, slot: u32) -> Option<(u32, u32)> {
        let index = usize::try_from(slot).ok()?;
        let [start, end] = self.offsets.get(index..index + 2)? else { return None };
        (start != end).then(|| (*start, end - start))
    }

    pub(super) fn has_body(&self, slot: u32) -> bool {
        self.record(slot).is_some()
    }

    pub(crate) fn read(&self, at: BodyRef, slot: u32) -> io::Result<Bytes> {
        let damaged = |offset: u32, what: &str| {
            let message = format!("{} at byte {offset}: body {at:?} {what}", self.path.display());
            io::Error::new(io::ErrorKind::InvalidData, message)
        };
        let (offset, bytes) = self.record(slot).ok_or_else(|| damaged(0, "has no place"))?;
        let mut record = vec![0; usize::try_from(bytes).expect("32 bits fit in a usize")];
        self.file.read_exact_at(&mut record, u64::from(offset))?;
        let record = Bytes::from(record);
        let header = record.first_chunk::<8>().map(|header| u64::from_le_bytes(*header));
        let header = header.ok_or_else(|| damaged(offset, "is cut off"))?;
        let body = record.slice(usize::try_from(RECORD_HEADER_BYTES).expect("eight")..);
        let expected = u64::from(bytes - RECORD_HEADER_BYTES) | u64::from(crc_of(at, &body)) << 32;
        if header != expected {
            return Err(damaged(offset, "fails its checksum"));
        }
        Ok(body)
    }

    pub(crate) fn open(
        disk: &dyn Disk,
        directory: &Path,
        number: u32,
    ) -> Result<Segment, OpenError> {
        let path = directory.join(segment_name(number));
        let file = disk.open(&path, Open::Read).context("open", &path)?;
        let bytes = file.len().context("read", &path)?;
        let footer_at = bytes.saturating_sub(FOOTER_BYTES);
        let damaged = |what: &str| OpenError::corrupt(&path, footer_at, what);
        if bytes < u64::from(HEAD_BYTES) + FOOTER_BYTES {
            return Err(damaged("it is too short"));
        }
        let read = |offset: u64, end: u64| {
            let length = usize::try_from(end.saturating_sub(offset)).unwrap_or(0);
            let mut buffer = vec![0; length];
            file.read_exact_at(&mut buffer, offset).context("read", &path).map(|()| buffer)
        };
        let head = read(0, u64::from(HEAD_BYTES))?;
        let format = head
            .strip_prefix(&MAGIC)
            .and_then(<[u8]>::first_chunk)
            .map(|format| u32::from_le_bytes(*format))
            .ok_or_else(|| OpenError::corrupt(&path, 0, "it is no segment of bodies"))?;
        if format != FORMAT {
            return Err(OpenError::UnknownFormat { path, found: format, known: FORMAT });
        }
        let (index_at, slots, crc) = parse_footer(&read(footer_at, bytes)?)
            .ok_or_else(|| damaged("its footer is unreadable"))?;
        if index_at > footer_at {
            return Err(damaged("its footer points outside the file"));
        }
        let index = read(index_at, footer_at)?;
        if crc32c::crc32c(&index) != crc {
            return Err(OpenError::corrupt(&path, index_at, "its index fails its checksum"));
        }
        let (runs, offsets) =
            parse_index(&index).ok_or_else(|| damaged("its index is malformed"))?;
        let ends_are_right = offsets.last().map(|end| u64::from(*end)) == Some(index_at);
        let segment = Segment { number, bytes, path, file, runs, offsets };
        if !ends_are_right || segment.slot_count() != slots {
            return Err(OpenError::corrupt(&segment.path, index_at, "its index does not fill it"));
        }
        Ok(segment)
    }

    /// Reads and checks every body; how many there are.
    pub(crate) fn verify(&self) -> io::Result<u64> {
        let mut bodies = 0;
        for (at, slot) in self.runs.iter().flat_map(|run| run.slots()) {
            if self.has_body(slot) {
                self.read(at, slot)?;
                bodies += 1;
            }
        }
        Ok(bodies)
    }
}

fn parse_footer(footer: &[u8]) -> Option<(u64, u32, u32)> {
    let (checked, crc) = footer.split_last_chunk::<4>()?;
    let (index_at, rest) = checked.split_first_chunk()?;
    let (slots, rest) = rest.split_first_chunk()?;
    let (index_crc, magic) = rest.split_first_chunk()?;
    let is_whole = *magic == MAGIC && crc32c::crc32c(checked) == u32::from_le_bytes(*crc);
    is_whole.then(|| {
        let (slots, crc) = (u32::from_le_bytes(*slots), u32::from_le_bytes(*index_crc));
        (u64::from_le_bytes(*index_at), slots, crc)
    })
}

fn parse_index(mut bytes: &[u8]) -> Option<(Vec<Run>, Vec<u32>)> {
    let (mut runs, mut offsets) = (Vec::new(), vec![HEAD_BYTES]);
    let mut end = HEAD_BYTES;
    while !bytes.is_empty() {
        let (queue, rest) = bytes.split_first_chunk()?;
        let (first, rest) = rest.split_first_chunk()?;
        let (count, rest) = rest.split_first_chunk()?;
        let count = u32::from_le_bytes(*count);
        let lengths = usize::try_from(count).ok()?.checked_mul(4)?;
        let (lengths, rest) = rest.split_at_checked(lengths)?;
        let slot = u32::try_from(offsets.len() - 1).ok()?;
        let mut bodies = 0;
        for length in lengths.as_chunks::<4>().0 {
            let length = u32::from_le_bytes(*length);
            if length != HOLE {
                end = end.checked_add(length)?.checked_add(RECORD_HEADER_BYTES)?;
                bodies += 1;
            }
            offsets.push(end);
        }
        let (queue, first) = (u64::from_le_bytes(*queue), u64::from_le_bytes(*first));
        runs.push(Run { queue, first, count, slot, bodies });
        bytes = rest;
    }
    Some((runs, offsets))
}

/// Writes a segment from bodies that come by queue and sequence.
pub(super) struct SegmentWriter {
    writer: PacedWriter,
    runs: Vec<Run>,
    offsets: Vec<u32>,
}

impl SegmentWriter {
    pub(super) fn create(disk: &dyn Disk, path: &Path) -> io::Result<SegmentWriter> {
        let mut writer = PacedWriter::create(disk, path)?;
        writer.push(&MAGIC)?;
        writer.push(&FORMAT.to_le_bytes())?;
        writer.push(&[0; 4])?;
        Ok(SegmentWriter { writer, runs: Vec::new(), offsets: vec![HEAD_BYTES] })
    }

    pub(super) fn len(&self) -> u64 {
        self.writer.len()
    }

    pub(super) fn push(&mut self, at: BodyRef, bytes: &[u8]) -> io::Result<()> {
        self.make_slot(at);
        let length = u32::try_from(bytes.len()).expect("bodies are far below 4 GiB");
        self.writer.push(&length.to_le_bytes())?;
        self.writer.push(&crc_of(at, bytes).to_le_bytes())?;
        self.writer.push(bytes)?;
        self.offsets.push(self.end());
        Ok(())
    }

    fn end(&self) -> u32 {
        u32::try_from(self.writer.len()).expect("a segment is closed long before 4 GiB")
    }

    /// Continues the last run up to `at`, or starts one.
    fn make_slot(&mut self, at: BodyRef) {
        let end = self.end();
        if let Some(run) = self.runs.last_mut()
            && run.queue == at.queue
            && run.first / CHUNK == at.sequence / CHUNK
        {
            let next = run.first + u64::from(run.count);
            let holes = at.sequence.checked_sub(next).expect("bodies come in order");
            if let Some(holes) = u32::try_from(holes).ok().filter(|_| holes <= HOLES_MAX) {
                self.offsets.extend((0..holes).map(|_| end));
                run.count += holes + 1;
                run.bodies += 1;
                return;
            }
        }
        let slot = u32::try_from(self.offsets.len() - 1).expect("slots fit in 32 bits");
        self.runs.push(Run { queue: at.queue, first: at.sequence, count: 1, slot, bodies: 1 });
    }

    pub(super) fn finish(mut self, number: u32, path: PathBuf) -> io::Result<Segment> {
        let index_at = self.writer.len();
        let mut index = Vec::new();
        for run in &self.runs {
            index.extend_from_slice(&run.queue.to_le_bytes());
            index.extend_from_slice(&run.first.to_le_bytes());
            index.extend_from_slice(&run.count.to_le_bytes());
            let slot = usize::try_from(run.slot).expect("32 bits fit in a usize");
            let count = usize::try_from(run.count).expect("32 bits fit in a usize");
            let offsets = self.offsets.get(slot..=slot + count).expect("a run has its slots");
            for (start, end) in offsets.iter().zip(offsets.iter().skip(1)) {
                let length = if start == end { HOLE } else { end - start - RECORD_HEADER_BYTES };
                index.extend_from_slice(&length.to_le_bytes());
            }
        }
        self.writer.push(&index)?;
        let slots = u32::try_from(self.offsets.len() - 1).expect("slots fit in 32 bits");
        let mut footer = Vec::new();
        footer.extend_from_slice(&index_at.to_le_bytes());
        footer.extend_from_slice(&slots.to_le_bytes());
        footer.extend_from_slice(&crc32c::crc32c(&index).to_le_bytes());
        footer.extend_from_slice(&MAGIC);
        let crc = crc32c::crc32c(&footer);
        footer.extend_from_slice(&crc.to_le_bytes());
        self.writer.push(&footer)?;
        let bytes = self.writer.len();
        let file = self.writer.finish()?;
        self.offsets.shrink_to_fit();
        Ok(Segment { number, bytes, path, file, runs: self.runs, offsets: self.offsets })
    }
}

/// A body in a segment, as a reply carries it: holds the file open, so the bytes stay readable
/// when the segment is unlinked meanwhile.
pub(super) struct StoredBody {
    pub(super) segment: Arc<Segment>,
    pub(super) at: BodyRef,
    pub(super) slot: u32,
}

impl ReadBody for StoredBody {
    fn read(&self) -> Bytes {
        self.segment.read(self.at, self.slot).unwrap_or_else(|error| {
            panic!("a stored body cannot be read: {error}. Check the disk, then run the verifier")
        })
    }
}
