//! Checking a data directory at rest: everything is read, nothing is changed.

use crate::blobs;
use crate::checkpoint::partition_directory;
use crate::disk::{Disk, DiskFile, Open};
use crate::error::{Context, OpenError};
use crate::opening::{Loaded, read_root};
use crate::rows::run::Run;
use crate::wal::scan::{scan, segment_numbers};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use tidemill_kernel::{PartitionId, Position};

/// What was found whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerifyReport {
    pub log_segments: u64,
    pub log_groups: u64,
    pub log_entries: u64,
    pub partitions: Vec<PartitionReport>,
    pub blobs: u64,
    pub blob_bytes: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionReport {
    pub partition: PartitionId,
    /// The position of its checkpoint.
    pub checkpoint: Position,
    /// The last position in the log or the checkpoint.
    pub last: Position,
    pub delta_files: u64,
    /// Rows in all delta files, older versions and tombstones included.
    pub rows: u64,
    pub body_segments: u64,
    pub bodies: u64,
}

impl fmt::Display for VerifyReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "log: {} entries in {} groups, {} segments",
            self.log_entries, self.log_groups, self.log_segments
        )?;
        for report in self.partitions.iter().filter(|report| report.last > Position(0)) {
            writeln!(
                f,
                "partition {}: checkpoint {}, log to {}; {} rows in {} files, {} bodies in {} segments",
                report.partition,
                report.checkpoint.0,
                report.last.0,
                report.rows,
                report.delta_files,
                report.bodies,
                report.body_segments
            )?;
        }
        write!(f, "blobs: {} of {} bytes", self.blobs, self.blob_bytes)
    }
}

/// Reads all of `directory` and checks every checksum, hash and chain in it. The directory must
/// not be in use.
pub fn verify(disk: &dyn Disk, directory: &Path) -> Result<VerifyReport, OpenError> {
    read_root(disk, directory)?;
    let mut report = VerifyReport::default();
    for partition in PartitionId::all() {
        report.partitions.push(verify_partition(disk, directory, partition)?);
    }
    verify_log(disk, directory, &mut report)?;
    verify_blobs(disk, directory, &mut report)?;
    Ok(report)
}

fn verify_partition(
    disk: &dyn Disk,
    directory: &Path,
    partition: PartitionId,
) -> Result<PartitionReport, OpenError> {
    let loaded = Loaded::read(disk, directory, partition)?;
    let mut report = PartitionReport {
        partition,
        checkpoint: loaded.manifest.applied,
        last: loaded.manifest.applied,
        delta_files: 0,
        rows: 0,
        body_segments: 0,
        bodies: 0,
    };
    for run in loaded.runs {
        let run = Run { id: 0, pieces: run };
        if !run.is_in_order() {
            let path = partition_directory(directory, partition);
            return Err(OpenError::corrupt(&path, 0, "its files of rows overlap"));
        }
        for piece in &run.pieces {
            report.rows += piece.file.verify()?;
            report.delta_files += 1;
        }
    }
    for (segment, dead) in &loaded.segments {
        report.bodies += segment.verify(dead).context("read a body in", directory)?;
        report.body_segments += 1;
    }
    Ok(report)
}

fn verify_log(
    disk: &dyn Disk,
    directory: &Path,
    report: &mut VerifyReport,
) -> Result<(), OpenError> {
    let directory = directory.join("wal");
    let numbers = segment_numbers(disk, &directory)?;
    let applied: BTreeMap<PartitionId, Position> =
        report.partitions.iter().map(|report| (report.partition, report.checkpoint)).collect();
    let scan = scan(disk, &directory, &numbers, &applied)?;
    report.log_segments = u64::try_from(scan.segments.len()).expect("a usize fits in 64 bits");
    report.log_groups = scan.groups;
    report.log_entries = scan.entries;
    for partition in &mut report.partitions {
        if let Some(tail) = scan.tails.get(&partition.partition) {
            partition.last = partition.last.max(tail.last);
        }
    }
    Ok(())
}

fn verify_blobs(
    disk: &dyn Disk,
    directory: &Path,
    report: &mut VerifyReport,
) -> Result<(), OpenError> {
    let directory = directory.join("blobs");
    if !disk.exists(&directory).context("read", &directory)? {
        return Ok(());
    }
    for (id, path) in blobs::list(disk, &directory).context("list", &directory)? {
        let file = disk.open(&path, Open::Read).context("open", &path)?;
        let bytes = file.len().context("read", &path)?;
        if hash_of(file.as_ref(), bytes).context("read", &path)? != id.content {
            return Err(OpenError::corrupt(&path, 0, "its contents do not match its name"));
        }
        report.blobs += 1;
        report.blob_bytes += bytes;
    }
    Ok(())
}

fn hash_of(file: &dyn DiskFile, bytes: u64) -> std::io::Result<[u8; 32]> {
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 1 << 20];
    let mut offset = 0;
    while offset < bytes {
        let step = usize::try_from(bytes - offset).unwrap_or(usize::MAX).min(buffer.len());
        let piece = buffer.get_mut(..step).expect("at most the buffer");
        file.read_exact_at(piece, offset)?;
        hasher.update(piece);
        offset += u64::try_from(step).expect("a usize fits in 64 bits");
    }
    Ok(*hasher.finalize().as_bytes())
}
