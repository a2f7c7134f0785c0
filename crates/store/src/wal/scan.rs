//! Reading the log at start: where it ends, and whether all of it is there.
//!
//! # The rule
//!
//! A group is written only after the one before it was synced. So when the group with sequence
//! *s* cannot be read:
//!
//! - the next segment starts with a whole group *s*: this segment was left early, read on there;
//! - any whole block of a sequence above *s* lies further on: *s* was once durable and has been
//!   damaged since. That is refused, with file and offset;
//! - otherwise *s* was torn by a crash (or never begun): the log ends here. Its leftovers carry a
//!   generation that will never be used again, so they cannot mix with what is written over them.
//!
//! Blocks of recycled segments have lower sequences and prove nothing.

use super::block::{
    BLOCK_BYTES, BlockReader, GroupHeader, Hash, bytes_u64, parse_block, peek_sequence,
};
use super::record::{Check, Record, decode_all};
use crate::disk::{Disk, Open};
use crate::error::{Context, OpenError};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::path::Path;
use tidemill_kernel::{PartitionId, Position};

/// The number of the first segment of a new log; its first group has sequence 1.
pub(crate) const FIRST_SEGMENT: u64 = 1;

/// A segment with groups in it.
#[derive(Clone, Debug)]
pub(crate) struct ScannedSegment {
    pub(crate) number: u64,
    /// Where its last group ends.
    pub(crate) end: u64,
    pub(crate) last: BTreeMap<PartitionId, Position>,
}

/// The end of one partition's chain.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tail {
    pub(crate) last: Position,
    pub(crate) hash: Hash,
}

/// What a scan found.
#[derive(Debug)]
pub(crate) struct Scan {
    /// In log order; the last one is where the log goes on. Never empty.
    pub(crate) segments: Vec<ScannedSegment>,
    /// Segments after it: prepared, not begun.
    pub(crate) spares: Vec<u64>,
    pub(crate) next_sequence: u64,
    pub(crate) previous: Hash,
    /// Above every generation on the disk.
    pub(crate) fresh_generation: u64,
    pub(crate) tails: BTreeMap<PartitionId, Tail>,
    pub(crate) groups: u64,
    pub(crate) batches: u64,
    pub(crate) entries: u64,
}

pub(crate) fn segment_name(number: u64) -> String {
    format!("{number:08}.seg")
}

/// Segment numbers in `directory`, ascending and without a gap.
pub(crate) fn segment_numbers(disk: &dyn Disk, directory: &Path) -> Result<Vec<u64>, OpenError> {
    let names = disk.list(directory).context("list", directory)?;
    let mut numbers: Vec<u64> = names
        .iter()
        .filter_map(|name| name.strip_suffix(".seg"))
        .filter_map(|stem| stem.parse().ok())
        .collect();
    numbers.sort_unstable();
    let gap = numbers.windows(2).find_map(|pair| match pair {
        [low, high] if *high != low + 1 => Some(low + 1),
        _ => None,
    });
    match gap {
        Some(number) => Err(OpenError::corrupt(
            &directory.join(segment_name(number)),
            0,
            "this segment of the log is missing",
        )),
        None => Ok(numbers),
    }
}

pub(crate) fn reader(
    disk: &dyn Disk,
    directory: &Path,
    number: u64,
) -> Result<BlockReader, OpenError> {
    let path = directory.join(segment_name(number));
    let file = disk.open(&path, Open::Read).context("open", &path)?;
    BlockReader::new(file, path.clone()).context("read", &path)
}

/// Reads the whole log. `applied` is each partition's checkpoint: what lies behind it may be gone.
pub(crate) fn scan(
    disk: &dyn Disk,
    directory: &Path,
    numbers: &[u64],
    applied: &BTreeMap<PartitionId, Position>,
) -> Result<Scan, OpenError> {
    let mut scanner = Scanner {
        disk,
        directory,
        applied,
        payload: Vec::new(),
        is_first: true,
        scan: Scan {
            segments: Vec::new(),
            spares: Vec::new(),
            next_sequence: 1,
            previous: Hash::default(),
            fresh_generation: 1,
            tails: BTreeMap::new(),
            groups: 0,
            batches: 0,
            entries: 0,
        },
    };
    let mut rest = numbers;
    while let [number, later @ ..] = rest {
        scanner.segment(*number)?;
        rest = later;
        match later {
            [next, ..] if scanner.begins_with_expected_group(*next)? => {}
            _ => break,
        }
    }
    scanner.refuse_damage(rest)?;
    scanner.scan.spares = rest.to_vec();
    scanner.refuse_a_log_behind_its_checkpoints()?;
    Ok(scanner.scan)
}

struct Scanner<'a> {
    disk: &'a dyn Disk,
    directory: &'a Path,
    applied: &'a BTreeMap<PartitionId, Position>,
    payload: Vec<u8>,
    /// Before the first group of the log, whose predecessor may have been recycled.
    is_first: bool,
    scan: Scan,
}

impl Scanner<'_> {
    /// Reads groups to the end of a segment, or to the first that is not as expected.
    fn segment(&mut self, number: u64) -> Result<(), OpenError> {
        let mut reader = reader(self.disk, self.directory, number)?;
        self.scan.segments.push(ScannedSegment { number, end: 0, last: BTreeMap::new() });
        let mut offset = 0;
        loop {
            let group = reader.group(offset, &mut self.payload).context("read", &reader.path)?;
            let Some(header) = group.filter(|header| self.is_expected(number, header)) else {
                break;
            };
            let payload = Bytes::from(std::mem::take(&mut self.payload));
            let corrupt = |what: String| OpenError::corrupt(&reader.path, offset, what);
            let records = decode_all(&payload, Check::Everything).map_err(corrupt)?;
            let hash = header.hash(records.iter().map(|record| record.hash));
            for record in &records {
                self.chain(record).map_err(corrupt)?;
            }
            self.scan.previous = hash;
            self.scan.next_sequence = header.sequence + 1;
            self.scan.groups += 1;
            self.saw_generation(header.generation);
            self.is_first = false;
            offset += header.disk_bytes();
            if let Some(segment) = self.scan.segments.last_mut() {
                segment.end = offset;
                for record in &records {
                    segment.last.insert(record.batch.partition, record.batch.last());
                }
            }
            // Batches held slices of it; they are gone now, so the buffer comes back.
            drop(records);
            self.payload = payload.try_into_mut().map(Vec::from).unwrap_or_default();
        }
        if self.is_first && number != FIRST_SEGMENT {
            return Err(OpenError::corrupt(
                &reader.path,
                0,
                "the log's oldest group is unreadable",
            ));
        }
        Ok(())
    }

    fn is_expected(&self, number: u64, header: &GroupHeader) -> bool {
        let is_any = self.is_first && number != FIRST_SEGMENT;
        is_any
            || (header.sequence == self.scan.next_sequence
                && header.previous == self.scan.previous
                && header.generation + 1 >= self.scan.fresh_generation)
    }

    fn begins_with_expected_group(&mut self, number: u64) -> Result<bool, OpenError> {
        let mut reader = reader(self.disk, self.directory, number)?;
        let group = reader.group(0, &mut self.payload).context("read", &reader.path)?;
        Ok(!self.is_first && group.is_some_and(|header| self.is_expected(number, &header)))
    }

    fn saw_generation(&mut self, generation: u64) {
        self.scan.fresh_generation = self.scan.fresh_generation.max(generation + 1);
    }

    /// Checks that a batch follows the one before it in its partition, and counts it.
    fn chain(&mut self, record: &Record) -> Result<(), String> {
        let Record { batch, previous, hash } = record;
        let partition = batch.partition;
        match self.scan.tails.get(&partition) {
            Some(tail) if tail.last.next() != batch.first || tail.hash != *previous => {
                return Err(format!(
                    "partition {partition} continues at {:?} and not where its batch before \
                     ended, {:?}",
                    batch.first, tail.last
                ));
            }
            Some(_) => {}
            None => {
                let applied = self.applied.get(&partition).copied().unwrap_or_default();
                if batch.first > applied.next() {
                    return Err(format!(
                        "partition {partition} starts at {:?}, its checkpoint ends at {applied:?}: \
                         what lies between is missing",
                        batch.first
                    ));
                }
            }
        }
        self.scan.tails.insert(partition, Tail { last: batch.last(), hash: *hash });
        self.scan.batches += 1;
        self.scan.entries += u64::from(batch.count);
        Ok(())
    }

    /// Looks for blocks of later groups behind the end of the log, and notes the generations of
    /// leftovers: in its last segment, in the one after it, and at the beginning of the others,
    /// where there can be nothing unless there is something before.
    fn refuse_damage(&mut self, spares: &[u64]) -> Result<(), OpenError> {
        let Some(last) = self.scan.segments.last() else { return Ok(()) };
        let (number, end) = (last.number, last.end);
        self.refuse_later_groups((number, end), number, end..u64::MAX)?;
        for (index, spare) in spares.iter().enumerate() {
            let until = if index == 0 { u64::MAX } else { bytes_u64(BLOCK_BYTES) };
            self.refuse_later_groups((number, end), *spare, 0..until)?;
        }
        Ok(())
    }

    /// `stop` is where the scan could read no further.
    fn refuse_later_groups(
        &mut self,
        stop: (u64, u64),
        segment: u64,
        range: std::ops::Range<u64>,
    ) -> Result<(), OpenError> {
        let mut reader = reader(self.disk, self.directory, segment)?;
        let path = self.directory.join(segment_name(segment));
        let mut offset = range.start;
        while offset < range.end {
            let Some(block) = reader.block(offset).context("read", &path)? else { break };
            let is_current =
                peek_sequence(block).is_some_and(|found| found >= self.scan.next_sequence);
            if is_current && let Some((header, _, _)) = parse_block(block) {
                if header.sequence > self.scan.next_sequence {
                    // Groups do not cross segments. The unreadable one began where the scan
                    // stopped, or at the start of the segment the later one is in.
                    let is_here = segment == stop.0 || offset == 0;
                    let (number, at) = if is_here { stop } else { (segment, 0) };
                    return Err(OpenError::corrupt(
                        &self.directory.join(segment_name(number)),
                        at,
                        format!(
                            "group {} cannot be read, but group {} was written after it",
                            self.scan.next_sequence, header.sequence
                        ),
                    ));
                }
                self.saw_generation(header.generation);
            }
            offset += bytes_u64(BLOCK_BYTES);
        }
        Ok(())
    }

    fn refuse_a_log_behind_its_checkpoints(&self) -> Result<(), OpenError> {
        for (partition, tail) in &self.scan.tails {
            let applied = self.applied.get(partition).copied().unwrap_or_default();
            if tail.last < applied {
                let (number, end) =
                    self.scan.segments.last().map_or((0, 0), |last| (last.number, last.end));
                return Err(OpenError::corrupt(
                    &self.directory.join(segment_name(number)),
                    end,
                    format!(
                        "the log of partition {partition} ends at {:?}, before its checkpoint at \
                         {applied:?}: its last group is damaged",
                        tail.last
                    ),
                ));
            }
        }
        Ok(())
    }
}
