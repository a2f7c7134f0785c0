//! Handing out the log's batches once more, from each partition's checkpoint on.

use super::block::BlockReader;
use super::record::{Check, decode_all};
use super::scan::{ScannedSegment, reader};
use crate::batch::Batch;
use crate::disk::Disk;
use crate::error::{Context, OpenError};
use bytes::Bytes;
use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use tidemill_kernel::{PartitionId, Position};

/// Every batch behind its partition's checkpointed position, in log order. The log was checked
/// when it was opened; here only its blocks' checksums are looked at again.
pub struct Replay {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) directory: PathBuf,
    pub(super) applied: BTreeMap<PartitionId, Position>,
    pub(super) segments: VecDeque<ScannedSegment>,
    current: Option<(BlockReader, u64, u64)>,
    batches: VecDeque<Batch>,
}

impl Replay {
    pub(super) fn new(
        disk: Arc<dyn Disk>,
        directory: PathBuf,
        applied: BTreeMap<PartitionId, Position>,
        segments: &[ScannedSegment],
    ) -> Replay {
        let is_needed = |segment: &&ScannedSegment| {
            segment.last.iter().any(|(partition, last)| {
                *last > applied.get(partition).copied().unwrap_or_default()
            })
        };
        let segments = segments.iter().filter(is_needed).cloned().collect();
        Replay { disk, directory, applied, segments, current: None, batches: VecDeque::new() }
    }

    /// The next batch; a batch that the checkpoint cuts comes without its known entries.
    #[expect(clippy::should_implement_trait, reason = "fallible, so no Iterator")]
    pub fn next(&mut self) -> Result<Option<Batch>, OpenError> {
        loop {
            if let Some(batch) = self.batches.pop_front() {
                return Ok(Some(batch));
            }
            if !self.read_group()? {
                return Ok(None);
            }
        }
    }

    /// Reads one group; false at the end of the log.
    fn read_group(&mut self) -> Result<bool, OpenError> {
        let Some((reader, offset, end)) = &mut self.current else {
            let Some(segment) = self.segments.pop_front() else { return Ok(false) };
            let reader = reader(self.disk.as_ref(), &self.directory, segment.number)?;
            self.current = Some((reader, 0, segment.end));
            return Ok(true);
        };
        if offset >= end {
            self.current = None;
            return Ok(true);
        }
        let mut payload = Vec::new();
        let changed = "the file has changed since it was checked";
        let header = reader
            .group(*offset, &mut payload)
            .context("read", &reader.path)?
            .ok_or_else(|| OpenError::corrupt(&reader.path, *offset, changed))?;
        let records = decode_all(&Bytes::from(payload), Check::Shape)
            .map_err(|what| OpenError::corrupt(&reader.path, *offset, what))?;
        *offset += header.disk_bytes();
        for record in records {
            let applied = self.applied.get(&record.batch.partition).copied().unwrap_or_default();
            self.batches.extend(record.batch.after(applied));
        }
        Ok(true)
    }
}
