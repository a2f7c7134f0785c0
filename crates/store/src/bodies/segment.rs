//! Segment files: bodies that outlived a checkpoint, in queue order, written once.
//!
//! ```text
//! head    magic 8 · format 4 · zero 4
//! bodies  length 4 · crc32c of queue, sequence and bytes 4 · bytes
//! places  per slot: where its body starts 4; then where the last one ends 4
//! runs    per run: queue 8 · first sequence 8 · count 4 · bodies 4
//! footer  places' offset 8 · runs' offset 8 · slots 4 · crc32c of the places 4 ·
//!         crc32c of the runs 4 · magic 8 · crc32c of the footer 4
//! ```
//!
//! A run is a stretch of sequences of one queue inside one chunk; each of its sequences has a
//! *slot*, numbered through the file. A slot without a body is a *hole*: it starts where the next
//! one does, and the manifest counts it among the dead. In memory a run costs some thirty bytes
//! and a slot nothing: where its body lies is read when it is asked for.
//!
//! The first format had no places: its index told lengths, run by run. It is still read, and kept
//! in memory with four bytes for a slot.
//!
//! ```text
//! index   per run: queue 8 · first sequence 8 · count 4 · count × length 4 (all ones: a hole)
//! footer  index offset 8 · slots 4 · crc32c of the index 4 · magic 8 · crc32c of the footer 4
//! ```

use super::slots::DeadSlots;
use super::young::CHUNK;
use crate::disk::{Disk, DiskFile, Open};
use crate::error::{Context, OpenError};
use crate::paced::PacedWriter;
use bytes::Bytes;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tidemill_kernel::BodyRef;
use tidemill_kernel::bodies::ReadBody;

const MAGIC: [u8; 8] = *b"TMBODY\r\n";
const FORMAT: u32 = 2;
const FORMAT_OF_LENGTHS: u32 = 1;
const HEAD_BYTES: u32 = 16;
const FOOTER_BYTES: u64 = 40;
const FOOTER_OF_LENGTHS_BYTES: u64 = 28;
const PLACE_BYTES: u64 = 4;
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

    pub(super) fn slot_range(self) -> Range<u32> {
        self.slot..self.slot + self.count
    }
}

/// Where each slot's record starts, and then where the last one ends.
enum Places {
    /// In the file, from this offset on.
    File(u64),
    Memory(Vec<u32>),
}

/// An open segment file.
pub(crate) struct Segment {
    pub(crate) number: u32,
    pub(crate) bytes: u64,
    path: PathBuf,
    file: Arc<dyn DiskFile>,
    pub(super) runs: Vec<Run>,
    slots: u32,
    places: Places,
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
        self.slots
    }

    /// Offset and length of a slot's record; of no length for a hole.
    fn record(&self, slot: u32) -> io::Result<(u32, u32)> {
        let mut place = [0; 2 * 4];
        let (start, end) = match &self.places {
            Places::File(places) => {
                let offset = places + u64::from(slot) * PLACE_BYTES;
                self.file.read_exact_at(&mut place, offset)?;
                let [a, b, c, d, e, f, g, h] = place;
                (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]))
            }
            Places::Memory(offsets) => {
                let index = usize::try_from(slot).expect("32 bits fit in a usize");
                match offsets.get(index..index + 2) {
                    Some([start, end]) => (*start, *end),
                    Some(_) | None => (0, 0),
                }
            }
        };
        // What a record says of itself is checked by whoever reads it; this only has to be a place.
        let length = end.checked_sub(start).filter(|_| u64::from(end) <= self.bytes);
        length.map(|length| (start, length)).ok_or_else(|| self.damaged(start, "a place in it"))
    }

    fn damaged(&self, offset: u32, what: &str) -> io::Error {
        let message = format!("{} at byte {offset}: {what} is damaged", self.path.display());
        io::Error::new(io::ErrorKind::InvalidData, message)
    }

    /// Slots without a body that no manifest may know of: those of the first format.
    pub(crate) fn holes(&self) -> DeadSlots {
        let mut holes = DeadSlots::default();
        if let Places::Memory(offsets) = &self.places {
            let pairs = offsets.iter().zip(offsets.iter().skip(1));
            for (slot, _) in (0..).zip(pairs).filter(|(_, (start, end))| start == end) {
                holes.insert(slot);
            }
        }
        holes
    }

    /// Whether what is dead leaves no more alive than there are bodies.
    pub(crate) fn has_holes_among(&self, dead: &DeadSlots) -> bool {
        self.runs.iter().all(|run| dead.count_in(run.slot_range()) >= run.count - run.bodies)
    }

    pub(crate) fn read(&self, at: BodyRef, slot: u32) -> io::Result<Bytes> {
        let (offset, bytes) = self.record(slot)?;
        if bytes < RECORD_HEADER_BYTES {
            return Err(self.damaged(offset, &format!("the place of body {at:?}")));
        }
        let mut record = vec![0; usize::try_from(bytes).expect("32 bits fit in a usize")];
        self.file.read_exact_at(&mut record, u64::from(offset))?;
        let record = Bytes::from(record);
        let header = record.first_chunk::<8>().map(|header| u64::from_le_bytes(*header));
        let body = record.slice(usize::try_from(RECORD_HEADER_BYTES).expect("eight")..);
        let expected = u64::from(bytes - RECORD_HEADER_BYTES) | u64::from(crc_of(at, &body)) << 32;
        if header != Some(expected) {
            return Err(self.damaged(offset, &format!("body {at:?}")));
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
        let short = || OpenError::corrupt(&path, 0, "it is too short");
        let read = |offset: u64, end: u64| {
            let length = usize::try_from(end.saturating_sub(offset)).unwrap_or(0);
            let mut buffer = vec![0; length];
            file.read_exact_at(&mut buffer, offset).context("read", &path).map(|()| buffer)
        };
        if bytes < u64::from(HEAD_BYTES) {
            return Err(short());
        }
        let head = read(0, u64::from(HEAD_BYTES))?;
        let format = head
            .strip_prefix(&MAGIC)
            .and_then(<[u8]>::first_chunk)
            .map(|format| u32::from_le_bytes(*format))
            .ok_or_else(|| OpenError::corrupt(&path, 0, "it is no segment of bodies"))?;
        let footer_bytes = match format {
            FORMAT => FOOTER_BYTES,
            FORMAT_OF_LENGTHS => FOOTER_OF_LENGTHS_BYTES,
            found => return Err(OpenError::UnknownFormat { path, found, known: FORMAT }),
        };
        let footer_at = bytes.checked_sub(footer_bytes).ok_or_else(short)?;
        let damaged = |what: &str| OpenError::corrupt(&path, footer_at, what);
        let footer = parse_footer(format, &read(footer_at, bytes)?)
            .ok_or_else(|| damaged("its footer is unreadable"))?;
        let places_end = footer.places_at.saturating_add((u64::from(footer.slots) + 1) * 4);
        let fits = footer.runs_at <= footer_at
            && (format == FORMAT_OF_LENGTHS || places_end == footer.runs_at);
        if !fits {
            return Err(damaged("its footer points outside the file"));
        }
        let index = read(footer.runs_at, footer_at)?;
        if crc32c::crc32c(&index) != footer.runs_crc {
            return Err(OpenError::corrupt(&path, footer.runs_at, "its index fails its checksum"));
        }
        let parsed = if format == FORMAT {
            let places = Places::File(footer.places_at);
            parse_runs(&index).map(|(runs, slots)| (runs, slots, places))
        } else {
            parse_lengths(&index)
                .filter(|(_, offsets)| {
                    offsets.last().map(|end| (*end).into()) == Some(footer.runs_at)
                })
                .and_then(|(runs, offsets)| {
                    let slots = u32::try_from(offsets.len() - 1).ok()?;
                    Some((runs, slots, Places::Memory(offsets)))
                })
        };
        let (runs, slots, places) = parsed
            .filter(|(_, slots, _)| *slots == footer.slots)
            .ok_or_else(|| damaged("its index is malformed"))?;
        Ok(Segment { number, bytes, path, file, runs, slots, places })
    }

    /// Reads and checks every body that is not `dead`, and the places of all; how many bodies
    /// there are, dead or not.
    pub(crate) fn verify(&self, dead: &DeadSlots) -> io::Result<u64> {
        if let Places::File(places_at) = &self.places {
            let footer_at = self.bytes - FOOTER_BYTES;
            let mut footer = vec![0; usize::try_from(FOOTER_BYTES).expect("it is short")];
            self.file.read_exact_at(&mut footer, footer_at)?;
            let footer =
                parse_footer(FORMAT, &footer).ok_or_else(|| self.damaged(0, "a footer"))?;
            let length = usize::try_from(footer.runs_at - places_at).unwrap_or(0);
            let mut places = vec![0; length];
            self.file.read_exact_at(&mut places, *places_at)?;
            if crc32c::crc32c(&places) != footer.places_crc {
                return Err(self.damaged(0, "the list of places"));
            }
        }
        let mut bodies = 0;
        for (at, slot) in self.runs.iter().flat_map(|run| run.slots()) {
            if self.record(slot)?.1 > 0 {
                self.read(at, slot)?;
                bodies += 1;
            } else if !dead.contains(slot) {
                return Err(self.damaged(0, &format!("the place of body {at:?}")));
            }
        }
        Ok(bodies)
    }
}

struct Footer {
    places_at: u64,
    runs_at: u64,
    slots: u32,
    places_crc: u32,
    runs_crc: u32,
}

fn parse_footer(format: u32, footer: &[u8]) -> Option<Footer> {
    let (checked, crc) = footer.split_last_chunk::<4>()?;
    let (fields, magic) = checked.split_last_chunk()?;
    if *magic != MAGIC || crc32c::crc32c(checked) != u32::from_le_bytes(*crc) {
        return None;
    }
    let (places_at, rest) = fields.split_first_chunk()?;
    let places_at = u64::from_le_bytes(*places_at);
    let (runs_at, rest) = match format {
        FORMAT => rest.split_first_chunk().map(|(at, rest)| (u64::from_le_bytes(*at), rest))?,
        _ => (places_at, rest),
    };
    let (slots, crcs) = rest.split_first_chunk()?;
    let (places_crc, _) = crcs.split_first_chunk()?;
    let (_, runs_crc) = crcs.split_last_chunk()?;
    Some(Footer {
        places_at,
        runs_at,
        slots: u32::from_le_bytes(*slots),
        places_crc: u32::from_le_bytes(*places_crc),
        runs_crc: u32::from_le_bytes(*runs_crc),
    })
}

/// The runs of a segment, and how many slots they have.
fn parse_runs(mut bytes: &[u8]) -> Option<(Vec<Run>, u32)> {
    let (mut runs, mut slot) = (Vec::new(), 0_u32);
    while !bytes.is_empty() {
        let (queue, rest) = bytes.split_first_chunk()?;
        let (first, rest) = rest.split_first_chunk()?;
        let (count, rest) = rest.split_first_chunk()?;
        let (bodies, rest) = rest.split_first_chunk()?;
        let (queue, first) = (u64::from_le_bytes(*queue), u64::from_le_bytes(*first));
        let (count, bodies) = (u32::from_le_bytes(*count), u32::from_le_bytes(*bodies));
        runs.push(Run { queue, first, count, slot, bodies });
        slot = slot.checked_add(count).filter(|_| bodies <= count)?;
        bytes = rest;
    }
    Some((runs, slot))
}

/// The runs of a segment of the first format, and where each of its slots starts.
fn parse_lengths(mut bytes: &[u8]) -> Option<(Vec<Run>, Vec<u32>)> {
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
    holes: DeadSlots,
}

impl SegmentWriter {
    pub(super) fn create(disk: &dyn Disk, path: &Path) -> io::Result<SegmentWriter> {
        let mut writer = PacedWriter::create(disk, path)?;
        writer.push(&MAGIC)?;
        writer.push(&FORMAT.to_le_bytes())?;
        writer.push(&[0; 4])?;
        let holes = DeadSlots::default();
        Ok(SegmentWriter { writer, runs: Vec::new(), offsets: vec![HEAD_BYTES], holes })
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
                self.holes.insert_range(run.slot + run.count..run.slot + run.count + holes);
                run.count += holes + 1;
                run.bodies += 1;
                return;
            }
        }
        let slot = u32::try_from(self.offsets.len() - 1).expect("slots fit in 32 bits");
        self.runs.push(Run { queue: at.queue, first: at.sequence, count: 1, slot, bodies: 1 });
    }

    /// The segment, and which of its slots are holes.
    pub(super) fn finish(mut self, number: u32, path: PathBuf) -> io::Result<(Segment, DeadSlots)> {
        let slots = u32::try_from(self.offsets.len() - 1).expect("slots fit in 32 bits");
        let places_at = self.writer.len();
        let places: Vec<u8> = self.offsets.iter().flat_map(|place| place.to_le_bytes()).collect();
        self.writer.push(&places)?;
        let runs_at = self.writer.len();
        let mut runs = Vec::new();
        for run in &self.runs {
            runs.extend_from_slice(&run.queue.to_le_bytes());
            runs.extend_from_slice(&run.first.to_le_bytes());
            runs.extend_from_slice(&run.count.to_le_bytes());
            runs.extend_from_slice(&run.bodies.to_le_bytes());
        }
        self.writer.push(&runs)?;
        let mut footer = Vec::new();
        footer.extend_from_slice(&places_at.to_le_bytes());
        footer.extend_from_slice(&runs_at.to_le_bytes());
        footer.extend_from_slice(&slots.to_le_bytes());
        footer.extend_from_slice(&crc32c::crc32c(&places).to_le_bytes());
        footer.extend_from_slice(&crc32c::crc32c(&runs).to_le_bytes());
        footer.extend_from_slice(&MAGIC);
        let crc = crc32c::crc32c(&footer);
        footer.extend_from_slice(&crc.to_le_bytes());
        self.writer.push(&footer)?;
        let bytes = self.writer.len();
        let file = self.writer.finish()?;
        self.runs.shrink_to_fit();
        let places = Places::File(places_at);
        let segment = Segment { number, bytes, path, file, runs: self.runs, slots, places };
        Ok((segment, self.holes))
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
