//! Manifests: the small files that say what all others mean.
//!
//! ```text
//! MANIFEST                    of the data directory: partition count, secret
//! p/<nn>/MANIFEST-<number>    of a partition: its checkpoint. The highest number counts
//!
//! magic 8 · format 4 · length 4 · crc32c 4 · CBOR with numbered fields      (little-endian)
//! ```
//!
//! Each is written under another name, synced, renamed, and its directory synced: there is no
//! half of one, and the newest name always has its contents.

use crate::disk::{Disk, Open};
use crate::error::{Context, OpenError};
use crate::paced::PacedWriter;
use minicbor::{Decode, Encode};
use std::io;
use std::path::Path;
use tidemill_kernel::{PartitionId, Position, Timestamp};

pub(crate) const ROOT_NAME: &str = "MANIFEST";
const ROOT_MAGIC: [u8; 8] = *b"TMROOT\r\n";
const PARTITION_MAGIC: [u8; 8] = *b"TMPART\r\n";
/// The formats that can be read; what is written is the last.
///
/// 1. as released first: a partition's rows are whole files;
/// 2. a partition's rows are runs of pieces. An older release would see none of them.
const ROOT_FORMATS: [u32; 1] = [1];
const PARTITION_FORMATS: [u32; 2] = [1, 2];
const HEAD_BYTES: usize = 20;
/// No manifest is larger; a length field beyond it is garbage.
const LENGTH_MAX: u64 = 1 << 30;

/// Of the data directory; never changes after creation.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Root {
    #[n(0)]
    pub(crate) partitions: u16,
    #[cbor(n(1), with = "minicbor::bytes")]
    pub(crate) secret: [u8; 32],
    #[n(2)]
    pub(crate) created_at: Timestamp,
}

/// Of a partition, as of one checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct PartitionManifest {
    #[n(0)]
    pub(crate) partition: PartitionId,
    /// Everything up to here is in the files below.
    #[n(1)]
    pub(crate) applied: Position,
    #[n(2)]
    pub(crate) now: Timestamp,
    /// In format 1, files of rows, newest first; empty since.
    #[n(3)]
    pub(crate) deltas: Vec<u64>,
    #[n(4)]
    pub(crate) segments: Vec<SegmentEntry>,
    #[n(5)]
    pub(crate) next_segment: u32,
    /// Since format 2: newest first.
    #[n(6)]
    pub(crate) runs: Option<Vec<RunEntry>>,
    /// Since format 2: the next file of rows.
    #[n(7)]
    pub(crate) next_file: Option<u64>,
}

/// Rows in order, spread over files.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct RunEntry {
    #[n(0)]
    pub(crate) pieces: Vec<PieceEntry>,
}

/// The rows of a file between two keys, both included.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct PieceEntry {
    #[n(0)]
    pub(crate) file: u64,
    #[n(1)]
    pub(crate) first: KeyEntry,
    #[n(2)]
    pub(crate) last: KeyEntry,
    /// Of the whole file.
    #[n(3)]
    pub(crate) tombstones: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct KeyEntry {
    #[n(0)]
    pub(crate) table: u16,
    #[cbor(n(1), with = "minicbor::bytes")]
    pub(crate) key: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct SegmentEntry {
    #[n(0)]
    pub(crate) number: u32,
    /// Dead slots, run-length coded.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub(crate) dead: Vec<u8>,
}

pub(crate) fn partition_name(number: u64) -> String {
    format!("MANIFEST-{number:010}")
}

/// The number in a partition manifest's name.
pub(crate) fn partition_number(name: &str) -> Option<u64> {
    name.strip_prefix("MANIFEST-")?.parse().ok()
}

impl Root {
    pub(crate) fn read(disk: &dyn Disk, path: &Path) -> Result<Root, OpenError> {
        let bytes = read(disk, path, ROOT_MAGIC, &ROOT_FORMATS)?;
        minicbor::decode(&bytes).map_err(|error| OpenError::corrupt(path, 0, error.to_string()))
    }

    pub(crate) fn write(&self, disk: &dyn Disk, directory: &Path) -> io::Result<()> {
        let bytes = minicbor::to_vec(self).expect("encoding into memory cannot fail");
        write(disk, directory, ROOT_NAME, (ROOT_MAGIC, &ROOT_FORMATS), &bytes)
    }
}

impl PartitionManifest {
    /// The numbers of the files that hold its rows.
    pub(crate) fn row_files(&self) -> Vec<u64> {
        let pieces = self.runs.iter().flatten().flat_map(|run| &run.pieces);
        self.deltas.iter().copied().chain(pieces.map(|piece| piece.file)).collect()
    }

    pub(crate) fn read(disk: &dyn Disk, path: &Path) -> Result<PartitionManifest, OpenError> {
        let bytes = read(disk, path, PARTITION_MAGIC, &PARTITION_FORMATS)?;
        minicbor::decode(&bytes).map_err(|error| OpenError::corrupt(path, 0, error.to_string()))
    }

    pub(crate) fn write(&self, disk: &dyn Disk, directory: &Path, number: u64) -> io::Result<()> {
        let bytes = minicbor::to_vec(self).expect("encoding into memory cannot fail");
        let kind = (PARTITION_MAGIC, PARTITION_FORMATS.as_slice());
        write(disk, directory, &partition_name(number), kind, &bytes)
    }
}

fn write(
    disk: &dyn Disk,
    directory: &Path,
    name: &str,
    (magic, formats): ([u8; 8], &[u32]),
    contents: &[u8],
) -> io::Result<()> {
    let format = newest(formats);
    let unfinished = directory.join(format!("{name}.tmp"));
    let length = u32::try_from(contents.len()).expect("a manifest is far below 4 GiB");
    let mut writer = PacedWriter::create(disk, &unfinished)?;
    writer.push(&magic)?;
    writer.push(&format.to_le_bytes())?;
    writer.push(&length.to_le_bytes())?;
    writer.push(&crc32c::crc32c(contents).to_le_bytes())?;
    writer.push(contents)?;
    writer.finish()?;
    // From here on the new manifest may be in force, so "the disk is full, try again" is no longer
    // an answer: a second try would overwrite files that the manifest names.
    let renamed = disk.rename(&unfinished, &directory.join(name));
    renamed.and_then(|()| disk.sync_dir(directory)).map_err(|error| {
        let is_full = error.kind() == io::ErrorKind::StorageFull;
        if is_full { io::Error::other(error) } else { error }
    })
}

fn newest(formats: &[u32]) -> u32 {
    formats.last().copied().expect("there is a format")
}

fn read(
    disk: &dyn Disk,
    path: &Path,
    magic: [u8; 8],
    formats: &[u32],
) -> Result<Vec<u8>, OpenError> {
    let file = disk.open(path, Open::Read).context("open", path)?;
    let length = file.len().context("read", path)?;
    let too_long = |_| OpenError::corrupt(path, 0, "it is far too long");
    let mut bytes = vec![0; usize::try_from(length.min(LENGTH_MAX)).map_err(too_long)?];
    file.read_exact_at(&mut bytes, 0).context("read", path)?;
    let (format, length, crc) = parse_head(&bytes, magic)
        .ok_or_else(|| OpenError::corrupt(path, 0, "it is no manifest"))?;
    if !formats.contains(&format) {
        let (path, known) = (path.to_owned(), newest(formats));
        return Err(OpenError::UnknownFormat { path, found: format, known });
    }
    let contents = bytes.split_off(HEAD_BYTES);
    if u32::try_from(contents.len()) != Ok(length) || crc32c::crc32c(&contents) != crc {
        return Err(OpenError::corrupt(path, 0, "it fails its checksum"));
    }
    Ok(contents)
}

fn parse_head(bytes: &[u8], magic: [u8; 8]) -> Option<(u32, u32, u32)> {
    let (format, rest) = bytes.strip_prefix(&magic)?.split_first_chunk()?;
    let (length, rest) = rest.split_first_chunk()?;
    let (crc, _) = rest.split_first_chunk()?;
    Some((u32::from_le_bytes(*format), u32::from_le_bytes(*length), u32::from_le_bytes(*crc)))
}
