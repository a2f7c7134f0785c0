//! Opening a data directory: creating it, or finding the state that it holds.

use crate::bodies::{DeadSlots, PartitionBodies, Segment, segment_name};
use crate::checkpoint::{Checkpointer, OnDisk, PartitionStore, partition_directory};
use crate::disk::Disk;
use crate::error::{Context, OpenError};
use crate::manifest::{PartitionManifest, ROOT_NAME, Root, partition_name, partition_number};
use crate::paced::{Pace, PacedDisk};
use crate::rows::PartitionRows;
use crate::rows::base::Base;
use crate::rows::cache::RowCache;
use crate::rows::file::{RowFile, file_name};
use crate::rows::run::Piece;
use crate::wal::{self, Replay, Wal};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tidemill_kernel::{PARTITION_COUNT, PartitionId, Position, Secret, Timestamp};

/// Sizes, and what a new data directory is stamped with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Size of a log segment: whole blocks of 4 KiB. May change between two starts.
    pub segment_bytes: u64,
    /// How much the node means to log between two checkpoints: so many recycled segments are
    /// kept ready.
    pub checkpoint_wal_bytes: u64,
    /// A file of bodies is closed when it has grown so large.
    pub body_segment_bytes: u64,
    /// About the size of a file of rows: what one step of a merge writes.
    pub row_file_bytes: u64,
    /// Memory for what was read of files of rows, of all partitions together: their indexes and
    /// filters, and blocks of rows.
    pub row_cache_bytes: u64,
    /// Stamped into a new data directory.
    pub created_at: Timestamp,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            segment_bytes: 64 << 20,
            checkpoint_wal_bytes: 256 << 20,
            body_segment_bytes: 64 << 20,
            row_file_bytes: 16 << 20,
            row_cache_bytes: 32 << 20,
            created_at: Timestamp(0),
        }
    }
}

/// An open data directory.
pub struct Opened {
    pub secret: Secret,
    pub created_at: Timestamp,
    /// By partition number, as their checkpoints left them.
    pub partitions: Vec<PartitionStore>,
    pub wal: Wal,
    pub checkpointer: Checkpointer,
    /// What came after the checkpoints; to be applied before anything else.
    pub replay: Replay,
}

/// Opens `directory`, creating it where needed; `fresh_secret` is called only then. The caller
/// holds its [`crate::DirectoryLock`].
pub fn open(
    disk: Arc<dyn Disk>,
    directory: &Path,
    options: Options,
    fresh_secret: impl FnOnce() -> [u8; 32],
) -> Result<Opened, OpenError> {
    let root = open_root(disk.as_ref(), directory, options, fresh_secret)?;
    let wal_directory = directory.join("wal");
    create_directories(disk.as_ref(), directory, &wal_directory)?;
    let cache = Arc::new(RowCache::new(options.row_cache_bytes));
    let (mut partitions, mut on_disk) = (Vec::new(), Vec::new());
    for partition in PartitionId::all() {
        let loaded = Loaded::read(disk.as_ref(), directory, partition)?;
        loaded.sweep(disk.as_ref(), &partition_directory(directory, partition))?;
        let (store, base) = loaded.into_store(Arc::clone(&cache));
        partitions.push(store);
        on_disk.push(Mutex::new(base));
    }
    let applied: BTreeMap<PartitionId, Position> =
        partitions.iter().map(|store| (store.partition, store.applied)).collect();
    let pace = Arc::new(Pace::default());
    let (wal, replay) = wal::open(&disk, &wal_directory, options, &applied, &pace)?;
    let checkpointer = Checkpointer {
        disk: PacedDisk { disk, pace },
        directory: directory.to_owned(),
        body_segment_bytes: options.body_segment_bytes,
        row_file_bytes: options.row_file_bytes,
        cache,
        partitions: Arc::new(on_disk),
        turn: Arc::default(),
        merge_steps: Arc::default(),
    };
    let (secret, created_at) = (Secret(root.secret), root.created_at);
    Ok(Opened { secret, created_at, partitions, wal, checkpointer, replay })
}

/// Files of checkpoints that no manifest in force names: none, unless a checkpoint is being written
/// or a crash interrupted one. For tests of whoever writes checkpoints.
pub fn unnamed_files(disk: &dyn Disk, directory: &Path) -> Result<Vec<PathBuf>, OpenError> {
    let mut unnamed = Vec::new();
    for partition in PartitionId::all() {
        let loaded = Loaded::read(disk, directory, partition)?;
        unnamed.extend(loaded.unnamed(disk, &partition_directory(directory, partition))?);
    }
    Ok(unnamed)
}

/// Reads the root manifest and refuses what this release cannot run.
pub(crate) fn read_root(disk: &dyn Disk, directory: &Path) -> Result<Root, OpenError> {
    let path = directory.join(ROOT_NAME);
    let root = Root::read(disk, &path)?;
    if root.partitions != PARTITION_COUNT {
        let what = format!(
            "it says {} partitions, and this release knows only {PARTITION_COUNT}",
            root.partitions
        );
        return Err(OpenError::corrupt(&path, 0, what));
    }
    Ok(root)
}

fn open_root(
    disk: &dyn Disk,
    directory: &Path,
    options: Options,
    fresh_secret: impl FnOnce() -> [u8; 32],
) -> Result<Root, OpenError> {
    if disk.exists(&directory.join(ROOT_NAME)).context("read", directory)? {
        let root = read_root(disk, directory)?;
        // The rename may be all that a killed process got to.
        disk.sync_dir(directory).context("sync", directory)?;
        sync_parent(disk, directory)?;
        return Ok(root);
    }
    for data in ["wal", "p"] {
        if disk.exists(&directory.join(data)).context("read", directory)? {
            return Err(OpenError::ForeignDirectory { path: directory.to_owned() });
        }
    }
    disk.create_dir_all(directory).context("create", directory)?;
    sync_parent(disk, directory)?;
    let root = Root {
        partitions: PARTITION_COUNT,
        secret: fresh_secret(),
        created_at: options.created_at,
    };
    root.write(disk, directory).context("create the manifest of", directory)?;
    Ok(root)
}

/// Makes the directories, and their names durable even when they were there: the process that
/// made them may have been killed before it synced them.
fn create_directories(disk: &dyn Disk, directory: &Path, wal: &Path) -> Result<(), OpenError> {
    let partitions = PartitionId::all().map(|partition| partition_directory(directory, partition));
    for path in partitions.chain([wal.to_owned()]) {
        if !disk.exists(&path).context("read", &path)? {
            disk.create_dir_all(&path).context("create", &path)?;
        }
    }
    disk.sync_dir(&directory.join("p")).context("sync", directory)?;
    disk.sync_dir(directory).context("sync", directory)
}

/// Makes the data directory's own name durable. A parent that we may not read is not ours to
/// sync: the directory was made by whoever owns it.
fn sync_parent(disk: &dyn Disk, directory: &Path) -> Result<(), OpenError> {
    let Some(parent) = directory.parent() else { return Ok(()) };
    match disk.sync_dir(parent) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        result => result.context("sync", parent),
    }
}

/// A partition's checkpoint, read.
pub(crate) struct Loaded {
    pub(crate) partition: PartitionId,
    /// The manifest's number; 0 when there is none yet.
    number: u64,
    pub(crate) manifest: PartitionManifest,
    /// The newest run first.
    pub(crate) runs: Vec<Vec<Piece>>,
    pub(crate) segments: Vec<(Arc<Segment>, DeadSlots)>,
}

impl Loaded {
    pub(crate) fn read(
        disk: &dyn Disk,
        directory: &Path,
        partition: PartitionId,
    ) -> Result<Loaded, OpenError> {
        let directory = partition_directory(directory, partition);
        let names = disk.list(&directory).context("list", &directory)?;
        let number = names.iter().filter_map(|name| partition_number(name)).max().unwrap_or(0);
        let manifest = if number == 0 {
            PartitionManifest {
                partition,
                applied: Position(0),
                now: Timestamp(0),
                deltas: Vec::new(),
                segments: Vec::new(),
                next_segment: 1,
                runs: None,
                next_file: None,
            }
        } else {
            PartitionManifest::read(disk, &directory.join(partition_name(number)))?
        };
        if manifest.partition != partition {
            let path = directory.join(partition_name(number));
            let what = format!("it belongs to partition {}", manifest.partition);
            return Err(OpenError::corrupt(&path, 0, what));
        }
        let runs = match &manifest.runs {
            Some(_) => read_runs(disk, &directory, &manifest)?,
            None => read_whole_files(disk, &directory, &manifest.deltas)?,
        };
        let mut segments = Vec::new();
        for entry in &manifest.segments {
            let segment = Segment::open(disk, &directory, entry.number)?;
            let malformed = || {
                let path = directory.join(partition_name(number));
                OpenError::corrupt(&path, 0, "its list of dead bodies is malformed")
            };
            let slots = segment.slot_count();
            let mut dead = DeadSlots::decode(&entry.dead, slots).ok_or_else(malformed)?;
            dead.insert_all(&segment.holes());
            if !segment.has_holes_among(&dead) {
                return Err(malformed());
            }
            segments.push((Arc::new(segment), dead));
        }
        Ok(Loaded { partition, number, manifest, runs, segments })
    }

    /// Removes what a checkpoint that did not finish, or did not finish cleaning up, left.
    fn sweep(&self, disk: &dyn Disk, directory: &Path) -> Result<(), OpenError> {
        if self.number > 0 {
            // The manifest may be only renamed, not synced, by a process that was killed. Neither
            // what it replaced nor the log that it covers may go before its name is durable.
            disk.sync_dir(directory).context("sync", directory)?;
        }
        for path in self.unnamed(disk, directory)? {
            disk.remove(&path).context("remove", &path)?;
        }
        Ok(())
    }

    /// Files of checkpoints that this one does not name.
    fn unnamed(&self, disk: &dyn Disk, directory: &Path) -> Result<Vec<PathBuf>, OpenError> {
        let known: BTreeSet<String> = self
            .manifest
            .row_files()
            .into_iter()
            .map(file_name)
            .chain(self.manifest.segments.iter().map(|entry| segment_name(entry.number)))
            .chain([partition_name(self.number)])
            .collect();
        let names = disk.list(directory).context("list", directory)?;
        let is_ours = |name: &String| {
            ["delta-", "bodies-", "MANIFEST-"].iter().any(|kind| name.starts_with(kind))
        };
        let leftovers = names.into_iter().filter(is_ours).filter(|name| !known.contains(name));
        Ok(leftovers.map(|name| directory.join(name)).collect())
    }

    fn into_store(self, cache: Arc<RowCache>) -> (PartitionStore, OnDisk) {
        let Loaded { partition, number, manifest, runs, segments } = self;
        // Numbers below it were given to files that are gone, or are about to be swept.
        let newest = manifest.row_files().into_iter().max().unwrap_or(0);
        let base = Base::new(runs, manifest.next_file.unwrap_or(newest + 1));
        let store = PartitionStore {
            partition,
            rows: PartitionRows::new(partition, Arc::clone(&base.runs), cache),
            bodies: PartitionBodies::new(segments, manifest.next_segment),
            applied: manifest.applied,
            now: manifest.now,
            number,
            frozen: None,
        };
        (store, OnDisk { number, manifest, base })
    }
}

fn read_runs(
    disk: &dyn Disk,
    directory: &Path,
    manifest: &PartitionManifest,
) -> Result<Vec<Vec<Piece>>, OpenError> {
    let mut runs = Vec::new();
    for run in manifest.runs.iter().flatten() {
        let mut pieces = Vec::new();
        for entry in &run.pieces {
            let file = Arc::new(RowFile::open(disk, directory, entry.file)?);
            pieces.push(Piece::of_entry(entry, file));
        }
        runs.push(pieces);
    }
    Ok(runs)
}

/// The rows of a checkpoint of format 1: each file a run.
fn read_whole_files(
    disk: &dyn Disk,
    directory: &Path,
    numbers: &[u64],
) -> Result<Vec<Vec<Piece>>, OpenError> {
    let mut runs = Vec::new();
    for number in numbers {
        let file = Arc::new(RowFile::open(disk, directory, *number)?);
        let path = directory.join(file_name(*number));
        runs.extend(Piece::of_whole(file, &path)?.map(|piece| vec![piece]));
    }
    Ok(runs)
}
