//! Checkpoints: how a partition's changes leave memory without stopping it.
//!
//! ```text
//! partition thread   freeze ──► Frozen ─┐                        ┌─► install
//! checkpoint thread                     └► write: segments,      │
//!                                          rows, manifest ──► Written
//!                                          merge: rows,          ▲
//!                                          manifest ─────────────┘
//! ```
//!
//! A checkpoint adds what changed; merging it with what was there before is done between the
//! checkpoints, in steps ([`Checkpointer::merge`]).
//!
//! # Invariants
//!
//! - [`Checkpointer::write`] is called only when the log is durable up to the frozen position:
//!   a checkpoint ahead of the log would make a lost tail look like damage (and it is refused so).
//! - Files and their names are durable before the manifest that names them, and that before
//!   anything it forgets is unlinked. A crash at any point leaves either checkpoint, and files
//!   that neither names are swept at the next start.

use crate::bodies::{FrozenBodies, PartitionBodies, segment_name, write::WrittenBodies};
use crate::disk::Disk as _;
use crate::manifest::{PartitionManifest, SegmentEntry, partition_name};
use crate::paced::{BackgroundStats, PacedDisk};
use crate::rows::base::Base;
use crate::rows::cache::RowCache;
use crate::rows::file::file_name;
use crate::rows::run::Run;
use crate::rows::write::Place;
use crate::rows::{Overlay, PartitionRows};
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tidemill_kernel::{PartitionId, Position, Timestamp};

/// What `store` keeps of one partition. Owned by the partition's thread.
pub struct PartitionStore {
    pub partition: PartitionId,
    pub rows: PartitionRows,
    pub bodies: PartitionBodies,
    /// The position of the last installed checkpoint, and the time of its last entry.
    pub applied: Position,
    pub now: Timestamp,
    /// The number of the newest manifest.
    pub(crate) number: u64,
    pub(crate) frozen: Option<Frozen>,
}

/// A partition at one position, as a checkpoint writes it. Cheap to clone.
#[derive(Clone)]
pub struct Frozen {
    partition: PartitionId,
    applied: Position,
    now: Timestamp,
    overlay: Arc<Overlay>,
    bodies: FrozenBodies,
}

/// A durable checkpoint, or the one before with its rows merged further; to be installed.
pub struct Written {
    partition: PartitionId,
    number: u64,
    applied: Position,
    now: Timestamp,
    runs: Arc<Vec<Run>>,
    /// Of a checkpoint: merging rows does not touch bodies.
    bodies: Option<WrittenBodies>,
}

impl PartitionStore {
    /// Whether a row or a body was touched since the last freeze. State that the node holds in
    /// memory of its own until it freezes is not seen here, and the log is recycled by position:
    /// a partition whose position has moved past `applied` is due for a checkpoint as well.
    #[must_use]
    pub fn is_dirty(&self) -> bool {
        self.rows.is_dirty() || self.bodies.is_dirty()
    }

    /// Whether a checkpoint of this partition is under way.
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        self.frozen.is_some()
    }

    /// Sets the state after `applied` aside for a checkpoint, in microseconds; the partition
    /// goes on over it. To be called between two entries.
    ///
    /// # Panics
    /// When the checkpoint before is not installed yet.
    #[must_use]
    pub fn freeze(&mut self, applied: Position, now: Timestamp) -> Frozen {
        assert!(applied >= self.applied, "a checkpoint never goes back");
        let overlay = self.rows.freeze();
        let bodies = self.bodies.freeze();
        let partition = self.partition;
        let frozen = Frozen { partition, applied, now, overlay, bodies };
        self.frozen = Some(frozen.clone());
        frozen
    }

    /// What was frozen and is not installed: to write it again after a failure that was not the
    /// disk's (it was full).
    #[must_use]
    pub fn frozen(&self) -> Option<Frozen> {
        self.frozen.clone()
    }

    /// Lets the checkpoint's files answer for what was frozen; after a merge, the merged files for
    /// those that they replace.
    pub fn install(&mut self, written: Written) {
        assert_eq!(written.number, self.number + 1, "checkpoints are installed in order");
        self.number = written.number;
        self.rows.install(written.runs);
        if let Some(bodies) = written.bodies {
            self.frozen = None;
            self.applied = written.applied;
            self.now = written.now;
            self.rows.thaw();
            self.bodies.install(bodies);
        }
    }
}

impl Frozen {
    #[must_use]
    pub fn partition(&self) -> PartitionId {
        self.partition
    }

    /// The log must be durable up to here before this is written.
    #[must_use]
    pub fn applied(&self) -> Position {
        self.applied
    }
}

impl Written {
    #[must_use]
    pub fn partition(&self) -> PartitionId {
        self.partition
    }

    /// The log up to here may be recycled.
    #[must_use]
    pub fn applied(&self) -> Position {
        self.applied
    }
}

/// Writes checkpoints and merges rows, blocking, on a thread of its own. A clone works on the same
/// data directory; a partition is worked on by one of them at a time.
#[derive(Clone)]
pub struct Checkpointer {
    pub(crate) disk: PacedDisk,
    pub(crate) directory: PathBuf,
    pub(crate) body_segment_bytes: u64,
    pub(crate) row_file_bytes: u64,
    pub(crate) cache: Arc<RowCache>,
    pub(crate) partitions: Arc<Vec<Mutex<OnDisk>>>,
    /// The partition whose turn it is to be merged.
    pub(crate) turn: Arc<AtomicUsize>,
    pub(crate) merge_steps: Arc<AtomicU64>,
}

/// What the disk holds of a partition: the manifest in force, and the files that it names, open.
pub(crate) struct OnDisk {
    /// The manifest's; 0 when there is none yet.
    pub(crate) number: u64,
    pub(crate) manifest: PartitionManifest,
    pub(crate) base: Base,
}

/// `p/<nn>` of a data directory.
pub(crate) fn partition_directory(directory: &Path, partition: PartitionId) -> PathBuf {
    directory.join("p").join(format!("{:02}", partition.0))
}

impl Checkpointer {
    /// Makes a frozen partition durable.
    ///
    /// # Errors
    /// `StorageFull` leaves the checkpoint before in force: make room, then write
    /// [`PartitionStore::frozen`] again. After any other error abort the process.
    pub fn write(&mut self, frozen: Frozen) -> io::Result<Written> {
        let partition = frozen.partition;
        let directory = partition_directory(&self.directory, partition);
        let mut on_disk = self.on_disk(partition);
        let bodies = crate::bodies::write::write(
            &self.disk,
            &directory,
            self.body_segment_bytes,
            &frozen.bodies,
        )?;
        let mut base = on_disk.base.clone();
        let added = base.add(self.place(&directory), &frozen.overlay);
        added.inspect_err(|_| self.abandon(&directory, &on_disk.base, &base))?;
        if base.next_file > on_disk.base.next_file || !bodies.segments.is_empty() {
            self.disk.sync_dir(&directory)?;
        }
        let kept = bodies
            .kept
            .iter()
            .map(|image| SegmentEntry { number: image.segment.number, dead: image.dead.encode() });
        let new = bodies
            .segments
            .iter()
            .map(|(segment, holes)| SegmentEntry { number: segment.number, dead: holes.encode() });
        let manifest = PartitionManifest {
            partition,
            applied: frozen.applied,
            now: frozen.now,
            deltas: Vec::new(),
            segments: kept.chain(new).collect(),
            next_segment: bodies.next_segment,
            runs: None,
            next_file: None,
        };
        self.replace(&mut on_disk, &directory, manifest, base)?;
        for image in &bodies.forgotten {
            self.forget(&directory, &segment_name(image.segment.number));
        }
        Ok(on_disk.written(Some(bodies)))
    }

    /// Merges a part of some partition's rows, where that is due: to be called again and again
    /// while there is nothing else to do. It takes about as long as to write one file of rows, and
    /// no longer than a moment once `is_interrupted`. Nothing is lost by an interruption.
    ///
    /// # Errors
    /// As [`Checkpointer::write`]; after `StorageFull` there is nothing to be written again.
    pub fn merge(
        &mut self,
        is_interrupted: &mut dyn FnMut() -> bool,
    ) -> io::Result<Option<Written>> {
        let count = self.partitions.len();
        let turn = self.turn.load(Relaxed);
        let due = (0..count).map(|step| (turn + step) % count).find_map(|index| {
            let on_disk = self.partitions.get(index).map(lock)?;
            on_disk.base.is_merge_due().then_some((index, on_disk))
        });
        let Some((index, mut on_disk)) = due else { return Ok(None) };
        self.turn.store((index + 1) % count, Relaxed);
        let directory = partition_directory(&self.directory, on_disk.manifest.partition);
        let mut base = on_disk.base.clone();
        let stepped = base.step(self.place(&directory), is_interrupted);
        stepped.inspect_err(|_| self.abandon(&directory, &on_disk.base, &base))?;
        if base.next_file > on_disk.base.next_file {
            self.disk.sync_dir(&directory)?;
        }
        let manifest = on_disk.manifest.clone();
        self.replace(&mut on_disk, &directory, manifest, base)?;
        self.merge_steps.fetch_add(1, Relaxed);
        Ok(Some(on_disk.written(None)))
    }

    /// What was done in the background since the start.
    #[must_use]
    pub fn stats(&self) -> BackgroundStats {
        BackgroundStats {
            written_bytes: self.disk.pace.written_bytes(),
            paused: self.disk.pace.paused(),
            row_cache_bytes: self.cache.bytes(),
            merge_steps: self.merge_steps.load(Relaxed),
        }
    }

    fn on_disk(&self, partition: PartitionId) -> MutexGuard<'_, OnDisk> {
        let on_disk = self.partitions.get(usize::from(partition.0));
        lock(on_disk.expect("every partition that can be frozen was opened"))
    }

    fn place<'a>(&'a self, directory: &'a Path) -> Place<'a> {
        Place { disk: &self.disk, directory, piece_bytes: self.row_file_bytes }
    }

    /// Puts `manifest` with the rows of `base` into force, then unlinks what it does not name.
    fn replace(
        &self,
        on_disk: &mut OnDisk,
        directory: &Path,
        manifest: PartitionManifest,
        base: Base,
    ) -> io::Result<()> {
        let (runs, next_file) = (Some(base.entries()), Some(base.next_file));
        let manifest = PartitionManifest { deltas: Vec::new(), runs, next_file, ..manifest };
        let number = on_disk.number + 1;
        // Small, and everything waits for it: it is not written at anybody's pace.
        manifest.write(self.disk.disk.as_ref(), directory, number)?;
        let files: BTreeSet<u64> = base.files();
        let gone: Vec<u64> = on_disk.base.files().difference(&files).copied().collect();
        if on_disk.number > 0 {
            self.forget(directory, &partition_name(on_disk.number));
        }
        for file in gone {
            self.forget(directory, &file_name(file));
        }
        *on_disk = OnDisk { number, manifest, base };
        Ok(())
    }

    /// Unlinks the files of an attempt that failed, because the disk may be full: the next one may
    /// need others.
    fn abandon(&self, directory: &Path, before: &Base, after: &Base) {
        for file in before.next_file..after.next_file {
            self.forget(directory, &file_name(file));
        }
    }

    /// Unlinks what no manifest in force names. Nothing depends on these names being gone: what a
    /// crash brings back is swept at the next start.
    fn forget(&self, directory: &Path, name: &str) {
        // An error here must not look like one of the checkpoint, which is in force: on some file
        // systems even an unlink can find the disk full.
        let _ = self.disk.remove(&directory.join(name));
    }
}

fn lock(on_disk: &Mutex<OnDisk>) -> MutexGuard<'_, OnDisk> {
    // Its owner panicked: nothing was in force that it had not finished.
    on_disk.lock().unwrap_or_else(PoisonError::into_inner)
}

impl OnDisk {
    fn written(&self, bodies: Option<WrittenBodies>) -> Written {
        Written {
            partition: self.manifest.partition,
            number: self.number,
            applied: self.manifest.applied,
            now: self.manifest.now,
            runs: Arc::clone(&self.base.runs),
            bodies,
        }
    }
}
