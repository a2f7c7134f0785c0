//! The log: one for all partitions, in segments of blocks, one sync per group.
//!
//! ```text
//! wal/00000007.seg   groups 812…1,604      ─ recycled when every partition in it is checkpointed
//! wal/00000008.seg   groups 1,605…         ─ active
//! wal/00000009.seg   zeros or old groups   ─ prepared
//! ```
//!
//! A group is written into the page cache and synced, or, where that was found to be faster and
//! the segment is filled altogether, past the page cache by one write that is durable when it
//! returns. The two never meet: nothing is written directly to a segment that somebody still
//! fills, and one that is written directly is not filled any more.
//!
//! # Invariants
//!
//! - [`Wal::append`] returns when its batches are durable. Any error of it leaves the log in an
//!   unknown state: the process aborts, and the next start reads what the disk really has.
//! - A group lies in one segment. It is written after the group before it was synced, so a bad
//!   group with a later one behind it is damage, never a crash (see [`scan`]).
//! - Generations only rise: every opening of the log writes under a number that no block on the
//!   disk has, so leftovers of a torn group never complete another one.
//! - The oldest segment on disk always begins with a durable group (except in a fresh log), so
//!   a damaged beginning is noticed. Hence the oldest segment is recycled only when a later one
//!   holds a group.
//! - Segment numbers have no gaps: each rename or removal is durable before the next begins.

mod block;
mod prepare;
mod probe;
mod record;
mod replay;
pub(crate) mod scan;

pub use prepare::Preparer;
pub use probe::{LogProbe, WriteMode};
pub use replay::Replay;

use crate::batch::Batch;
use crate::disk::{Disk, DiskFile, Open, is_refusal};
use crate::error::{Context, OpenError};
use crate::opening::Options;
use crate::paced::Pace;
use block::{BLOCK_BYTES, BLOCK_PAYLOAD_BYTES, GroupBuffer, Hash, blocks_of, bytes_u64};
use prepare::{Prepared, Segment};
use record::RECORD_HEADER_BYTES;
use scan::{FIRST_SEGMENT, Scan, ScannedSegment, Tail, segment_name, segment_numbers};
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::Path;
use std::sync::Arc;
use tidemill_kernel::{PartitionId, Position};

/// Filled before a fresh log is used, so that it is ready at once; the rest follows behind.
const FIRST_FILL_BYTES: u64 = 4 << 20;
/// A group is closed when it has grown so large: a bound on the buffer and on what one sync
/// can tear.
const GROUP_BYTES_MAX: usize = 8 << 20;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WalStats {
    /// Groups written since the log was opened: each is one sync.
    pub groups: u64,
    /// Bytes of groups written since the log was opened, and of those found in it then. Grows
    /// for ever: the difference between two readings is what was logged between them.
    pub logged_bytes: u64,
    /// Bytes on disk that a replay would read, checkpointed or not.
    pub live_bytes: u64,
    pub live_segments: u64,
}

/// The writing end of the log. One owner: the WAL thread.
pub struct Wal {
    prepared: Arc<Prepared>,
    active: Segment,
    active_is_filled: bool,
    /// The active segment, open for direct writes.
    direct: Option<Arc<dyn DiskFile>>,
    /// In log order; the last one describes the active segment.
    segments: VecDeque<ScannedSegment>,
    tails: BTreeMap<PartitionId, Tail>,
    generation: u64,
    next_sequence: u64,
    previous: Hash,
    buffer: GroupBuffer,
    hashes: Vec<Hash>,
    groups: u64,
    logged_bytes: u64,
    disk: Arc<dyn Disk>,
    /// Told how long each group took, so that others leave the log its part of the disk.
    pace: Arc<Pace>,
}

/// Opens the log in `directory` behind the checkpoints `applied`.
pub(crate) fn open(
    disk: &Arc<dyn Disk>,
    directory: &Path,
    options: Options,
    applied: &BTreeMap<PartitionId, Position>,
    pace: &Arc<Pace>,
) -> Result<(Wal, Replay), OpenError> {
    let segment_bytes = options.segment_bytes;
    assert!(
        segment_bytes >= bytes_u64(BLOCK_BYTES)
            && segment_bytes.is_multiple_of(bytes_u64(BLOCK_BYTES)),
        "segments are made of whole blocks"
    );
    let mut numbers = segment_numbers(disk.as_ref(), directory)?;
    let is_fresh = numbers.is_empty();
    if is_fresh {
        let path = directory.join(segment_name(FIRST_SEGMENT));
        disk.open(&path, Open::Create).context("create", &path)?;
        numbers.push(FIRST_SEGMENT);
    }
    let scan = scan::scan(disk.as_ref(), directory, &numbers, applied)?;
    let open_segment = |number| {
        let path = directory.join(segment_name(number));
        let file = disk.open(&path, Open::Write).context("open", &path)?;
        Ok(Segment { number, file })
    };
    let active = scan.segments.last().map_or(FIRST_SEGMENT, |segment| segment.number);
    let active = open_segment(active)?;
    let spares =
        scan.spares.iter().map(|number| open_segment(*number)).collect::<Result<_, _>>()?;
    // What was read may still be in the page cache of a process that was killed; it must not be
    // lost by a power failure after somebody has been told of it.
    active.file.sync().context("sync", directory)?;
    let prepared = Prepared::new(Arc::clone(disk), directory.to_owned(), options, &active, spares)
        .context("read", directory)?;
    let prepared = Arc::new(prepared);
    if is_fresh {
        Preparer(Arc::clone(&prepared)).fill_first(FIRST_FILL_BYTES).context("fill", directory)?;
    }
    disk.sync_dir(directory).context("sync", directory)?;
    let replay =
        Replay::new(Arc::clone(disk), directory.to_owned(), applied.clone(), &scan.segments);
    let pace = (Arc::clone(disk), Arc::clone(pace));
    Ok((Wal::new(prepared, active, scan, applied, pace), replay))
}

impl Wal {
    fn new(
        prepared: Arc<Prepared>,
        active: Segment,
        scan: Scan,
        applied: &BTreeMap<PartitionId, Position>,
        (disk, pace): (Arc<dyn Disk>, Arc<Pace>),
    ) -> Wal {
        let mut tails = scan.tails;
        for (partition, last) in applied {
            // Nothing of this partition is left in the log: its chain starts anew.
            tails.entry(*partition).or_insert(Tail { last: *last, hash: Hash::default() });
        }
        Wal {
            prepared,
            active,
            active_is_filled: false,
            direct: None,
            logged_bytes: scan.segments.iter().map(|segment| segment.end).sum(),
            segments: scan.segments.into(),
            tails,
            generation: scan.fresh_generation,
            next_sequence: scan.next_sequence,
            previous: scan.previous,
            buffer: GroupBuffer::default(),
            hashes: Vec::new(),
            groups: 0,
            disk,
            pace,
        }
    }

    /// Writes the batches as one group (or a few, when they are very large) and syncs it.
    ///
    /// # Errors
    /// Any error means that nobody knows what is on the disk: abort the process. Only
    /// `InvalidInput`, a batch larger than a segment, is found before anything is written.
    pub fn append(&mut self, batches: &[Batch]) -> io::Result<()> {
        let largest = batches.iter().map(|batch| batch.payload.len()).max().unwrap_or(0);
        if blocks_of(largest + RECORD_HEADER_BYTES) > self.blocks_max() {
            let message = format!("a batch of {largest} bytes does not fit in a log segment");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        let mut rest = batches;
        while !rest.is_empty() {
            let taken = self.fill_group(rest);
            let (group, later) = rest.split_at(taken);
            self.write_group(group)?;
            rest = later;
        }
        Ok(())
    }

    fn blocks_max(&self) -> usize {
        usize::try_from(self.prepared.segment_bytes).unwrap_or(usize::MAX) / BLOCK_BYTES
    }

    /// Encodes batches into the buffer until it is full; how many.
    fn fill_group(&mut self, batches: &[Batch]) -> usize {
        let bytes_max = GROUP_BYTES_MAX.min(self.blocks_max() * BLOCK_PAYLOAD_BYTES);
        self.buffer.clear();
        self.hashes.clear();
        let mut taken = 0;
        for batch in batches {
            let bytes = RECORD_HEADER_BYTES + batch.payload.len();
            if taken > 0 && self.buffer.payload_bytes() + bytes > bytes_max {
                break;
            }
            let tail = self
                .tails
                .entry(batch.partition)
                .or_insert(Tail { last: Position(0), hash: Hash::default() });
            assert!(
                batch.first == tail.last.next() && batch.count > 0,
                "partition {} continues at {:?}, not at {:?}",
                batch.partition,
                tail.last.next(),
                batch.first
            );
            let (header, hash) = record::encode(batch, self.generation, tail.hash);
            *tail = Tail { last: batch.last(), hash };
            self.hashes.push(hash);
            self.buffer.push(&header);
            self.buffer.push(&batch.payload);
            taken += 1;
        }
        taken
    }

    fn write_group(&mut self, batches: &[Batch]) -> io::Result<()> {
        let bytes = bytes_u64(blocks_of(self.buffer.payload_bytes()) * BLOCK_BYTES);
        let mut end = self.segments.back().map_or(0, |segment| segment.end) + bytes;
        if end > self.prepared.segment_bytes {
            self.active = self.prepared.activate_next()?;
            self.active_is_filled = false;
            self.direct = None;
            let number = self.active.number;
            self.segments.push_back(ScannedSegment { number, end: 0, last: BTreeMap::new() });
            end = bytes;
        }
        if !self.active_is_filled {
            self.active_is_filled = self.prepared.claim(end);
        }
        if self.direct.is_none() && self.active_is_filled {
            self.direct = self.prepared.open_direct(self.active.number)?;
        }
        let header = self.buffer.seal(self.generation, self.next_sequence, self.previous);
        let began = self.disk.clock();
        self.write_durably(end - bytes)?;
        let now = self.disk.clock();
        self.pace.logged(now, now.saturating_sub(began), bytes);
        self.previous = header.hash(self.hashes.iter().copied());
        self.next_sequence += 1;
        self.groups += 1;
        self.logged_bytes += bytes;
        let segment = self.segments.back_mut().expect("the active segment is always described");
        segment.end = end;
        for batch in batches {
            segment.last.insert(batch.partition, batch.last());
        }
        Ok(())
    }

    /// Writes the sealed group; it is durable when this returns.
    fn write_durably(&mut self, offset: u64) -> io::Result<()> {
        let blocks = self.buffer.blocks();
        if let Some(direct) = &self.direct {
            match direct.write_all_at(blocks, offset) {
                Err(error) if is_refusal(&error) => {
                    // Some file systems find out only now. Whatever part of the group got there,
                    // nobody was told of it, and below it is written once more as a whole.
                    self.prepared.refuse_direct();
                    self.direct = None;
                }
                result => return result,
            }
        }
        self.active.file.write_all_at(blocks, offset)?;
        self.active.file.sync()
    }

    /// How the next group will be written.
    #[must_use]
    pub fn write_mode(&self) -> WriteMode {
        if self.direct.is_some() { WriteMode::Direct } else { WriteMode::Buffered }
    }

    /// Gives back segments whose every entry a checkpoint covers, oldest first.
    ///
    /// # Errors
    /// As grave as an append's.
    pub fn recycle(&mut self, checkpointed: &[(PartitionId, Position)]) -> io::Result<()> {
        let checkpointed: BTreeMap<_, _> = checkpointed.iter().copied().collect();
        while let [oldest, next, ..] = self.segments.make_contiguous() {
            let is_covered = oldest
                .last
                .iter()
                .all(|(partition, last)| checkpointed.get(partition).is_some_and(|at| at >= last));
            if !is_covered || next.end == 0 {
                break;
            }
            self.prepared.recycle(oldest.number)?;
            self.segments.pop_front();
        }
        Ok(())
    }

    /// Whether the disk is short of room: then spare segments are given back, and the log grows
    /// by what is written to it and no faster.
    pub fn set_lean(&mut self, is_lean: bool) -> io::Result<()> {
        self.prepared.set_lean(is_lean)
    }

    #[must_use]
    pub fn stats(&self) -> WalStats {
        WalStats {
            groups: self.groups,
            logged_bytes: self.logged_bytes,
            live_bytes: self.segments.iter().map(|segment| segment.end).sum(),
            live_segments: bytes_u64(self.segments.len()),
        }
    }

    /// A handle for a thread that makes segments ready and tries the disk; see [`Preparer`].
    #[must_use]
    pub fn preparer(&self) -> Preparer {
        Preparer(Arc::clone(&self.prepared))
    }
}
