//! Checkpoints: how a partition's changes leave memory without stopping it.
//!
//! ```text
//! partition thread   freeze ──► Frozen ─┐                        ┌─► install
//! checkpoint thread                     └► write: segments,      │
//!                                          delta, manifest ──► Written
//! ```
//!
//! # Invariants
//!
//! - [`Checkpointer::write`] is called only when the log is durable up to the frozen position:
//!   a checkpoint ahead of the log would make a lost tail look like damage (and it is refused so).
//! - Files and their names are durable before the manifest that names them, and that before
//!   anything it forgets is unlinked. A crash at any point leaves either checkpoint, and files
//!   that neither names are swept at the next start.

use crate::bodies::{FrozenBodies, PartitionBodies, segment_name, write::WrittenBodies};
use crate::disk::Disk;
use crate::manifest::{PartitionManifest, SegmentEntry, partition_name};
use crate::rows::delta::{Delta, delta_name};
use crate::rows::{Overlay, PartitionRows};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
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
    number: u64,
    applied: Position,
    now: Timestamp,
    overlay: Arc<Overlay>,
    deltas: Vec<Arc<Delta>>,
    bodies: FrozenBodies,
}

/// A durable checkpoint, to be installed.
pub struct Written {
    partition: PartitionId,
    number: u64,
    applied: Position,
    now: Timestamp,
    deltas: Vec<Arc<Delta>>,
    bodies: WrittenBodies,
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
        let (overlay, deltas) = self.rows.freeze();
        let bodies = self.bodies.freeze();
        let number = self.number + 1;
        let partition = self.partition;
        let frozen = Frozen { partition, number, applied, now, overlay, deltas, bodies };
        self.frozen = Some(frozen.clone());
        frozen
    }

    /// What was frozen and is not installed: to write it again after a failure that was not the
    /// disk's (it was full).
    #[must_use]
    pub fn frozen(&self) -> Option<Frozen> {
        self.frozen.clone()
    }

    /// Lets the checkpoint's files answer for what was frozen.
    pub fn install(&mut self, written: Written) {
        assert_eq!(written.number, self.number + 1, "checkpoints are installed in order");
        self.frozen = None;
        self.number = written.number;
        self.applied = written.applied;
        self.now = written.now;
        self.rows.install(written.deltas);
        self.bodies.install(written.bodies);
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

/// Writes checkpoints, blocking, on a thread of its own. A clone is another one for the same
/// data directory; a partition is written by one at a time.
#[derive(Clone)]
pub struct Checkpointer {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) directory: PathBuf,
    pub(crate) body_segment_bytes: u64,
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
        let disk = self.disk.as_ref();
        let directory = partition_directory(&self.directory, frozen.partition);
        let bodies =
            crate::bodies::write::write(disk, &directory, self.body_segment_bytes, &frozen.bodies)?;
        let deltas = crate::rows::write::write(
            disk,
            &directory,
            frozen.number,
            &frozen.overlay,
            &frozen.deltas,
        )?;
        let new_delta = deltas.first().is_some_and(|delta| delta.number == frozen.number);
        if new_delta || !bodies.segments.is_empty() {
            disk.sync_dir(&directory)?;
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
            partition: frozen.partition,
            applied: frozen.applied,
            now: frozen.now,
            deltas: deltas.iter().map(|delta| delta.number).collect(),
            segments: kept.chain(new).collect(),
            next_segment: bodies.next_segment,
        };
        manifest.write(disk, &directory, frozen.number)?;
        self.forget(&directory, &frozen, &deltas, &bodies);
        Ok(Written {
            partition: frozen.partition,
            number: frozen.number,
            applied: frozen.applied,
            now: frozen.now,
            deltas,
            bodies,
        })
    }

    /// Unlinks what the new manifest does not name. Nothing depends on these names being gone:
    /// what a crash brings back is swept at the next start.
    fn forget(
        &self,
        directory: &Path,
        frozen: &Frozen,
        deltas: &[Arc<Delta>],
        bodies: &WrittenBodies,
    ) {
        let old_manifest = (frozen.number > 1).then(|| partition_name(frozen.number - 1));
        let is_kept = |old: &&Arc<Delta>| deltas.iter().any(|delta| delta.number == old.number);
        let old_deltas = frozen.deltas.iter().filter(|old| !is_kept(old));
        let names = old_manifest
            .into_iter()
            .chain(old_deltas.map(|delta| delta_name(delta.number)))
            .chain(bodies.forgotten.iter().map(|image| segment_name(image.segment.number)));
        for name in names {
            // An error here must not look like one of the checkpoint, which is in force: on some
            // file systems even an unlink can find the disk full.
            let _ = self.disk.remove(&directory.join(name));
        }
    }
}
