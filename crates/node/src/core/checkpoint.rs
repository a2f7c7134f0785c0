//! What leaves a core's memory for a checkpoint, and what may be unlinked behind one.

use super::{Core, Ticket};
use tidemill_kernel::{PartitionId, Position, Timestamp};
use tidemill_services::Command;
use tidemill_services::s3::model::BlobId;
use tidemill_store::{Frozen, Written};

impl<T: Ticket> Core<T> {
    /// Bytes of memory in bodies that wait for a checkpoint to write them.
    #[must_use]
    pub fn young_body_bytes(&self) -> u64 {
        self.partitions.iter().map(|partition| partition.store.bodies.young_bytes()).sum()
    }

    /// Log bytes since the last [`Core::freeze`].
    #[must_use]
    pub fn bytes_since_checkpoint(&self) -> u64 {
        self.bytes_since_checkpoint
    }

    /// Freezes every partition that changed, at a round's boundary. The checkpoint may be written
    /// once every sealed round is durable.
    ///
    /// # Panics
    /// When the open round holds changes: a checkpoint must not run ahead of the log.
    pub fn freeze(&mut self) -> Vec<Frozen> {
        self.bytes_since_checkpoint = 0;
        let now = self.now;
        let mut frozen = Vec::new();
        for partition in &mut self.partitions {
            assert_eq!(partition.open.count(), 0, "seal the round before freezing");
            if let Some(unwritten) = partition.store.frozen() {
                // The last checkpoint of it could not be written: it comes first.
                frozen.push(unwritten);
            } else if partition.applied > partition.frozen {
                partition.frozen = partition.applied;
                partition.state.freeze(&mut partition.store.rows);
                frozen.push(partition.store.freeze(partition.applied, now));
            }
        }
        frozen
    }

    /// A checkpoint is on disk: reads go to its files, memory is freed.
    pub fn install(&mut self, written: Written) {
        self.partition(written.partition()).store.install(written);
    }

    /// Blobs whose files may be unlinked: doomed before `before`, by what checkpoints hold.
    #[must_use]
    pub fn doomed_blobs(
        &self,
        checkpointed: &[(PartitionId, Position)],
        before: Timestamp,
    ) -> Vec<(PartitionId, Vec<BlobId>)> {
        let doomed = checkpointed.iter().filter_map(|(id, applied)| {
            let (state, store) = self.inspect(*id)?;
            let blobs = state.doomed_blobs(&store.rows, *applied, before);
            (!blobs.is_empty()).then_some((*id, blobs))
        });
        doomed.collect()
    }

    /// The files of these doomed blobs are gone.
    pub fn forget_blobs(&mut self, now: Timestamp, id: PartitionId, blobs: Vec<BlobId>) {
        self.stamp(now);
        self.propose_own(id, Command::forget_blobs(blobs));
    }

    /// Visits every blob that object data lies in. Slow where there are many objects.
    pub fn visit_blobs(&self, visit: &mut dyn FnMut(BlobId)) {
        for partition in &self.partitions {
            partition.state.visit_blobs(&partition.store.rows, visit);
        }
    }
}
