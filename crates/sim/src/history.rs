//! The log from its very beginning: what a machine would replay that never wrote a checkpoint.
//!
//! Checkpoint and tail divide the past between them in another way at every start. Whatever the
//! way, a restarted machine must be the one that the whole log makes: not a row more, not one less.

use crate::ledger::Invariant;
use crate::twin::{hashes, start};
use crate::world::{DIRECTORY, Request, World, store_options};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use tidemill_kernel::{Millis, PartitionId, Position};
use tidemill_node::core::Core;
use tidemill_store::{Batch, MemoryDisk, OpenError};

/// Every batch that the log was given and has not lost in a crash.
#[derive(Debug, Default)]
pub(crate) struct History(Vec<Batch>);

impl History {
    /// These are about to be written. Whether they are kept, the next start says.
    pub(crate) fn append(&mut self, batches: &[Batch]) {
        self.0.extend_from_slice(batches);
    }

    /// A start found the log up to here.
    pub(crate) fn keep(&mut self, applied: &[(PartitionId, Position)]) {
        let applied: BTreeMap<_, _> = applied.iter().copied().collect();
        self.0.retain(|batch| {
            applied.get(&batch.partition).is_some_and(|applied| batch.last() <= *applied)
        });
    }

    /// The core that all of it makes, frozen, so that its state is in its rows.
    fn replayed(&self) -> Result<Core<Request>, OpenError> {
        let disk = Arc::new(MemoryDisk::new());
        let opened = tidemill_store::open(disk, Path::new(DIRECTORY), store_options(), || [7; 32])?;
        let mut core = Core::load(opened.secret, opened.partitions);
        for batch in &self.0 {
            core.replay(batch);
        }
        drop(core.freeze());
        Ok(core)
    }
}

impl World {
    /// Compares what would start from the disk as it is with what the whole log makes.
    pub(crate) fn compare_with_history(&mut self) {
        let what = match start(&self.disk.kill(), Millis(0)) {
            Err(error) => format!("what is left after the last crash does not start: {error}"),
            Ok(restarted) => {
                self.history.keep(&restarted.applied());
                let whole = self.history.replayed().expect("an empty disk opens");
                let (of_whole, of_restarted) = (
                    hashes(|id| whole.inspect(id), None),
                    hashes(|id| restarted.inspect(id), None),
                );
                match of_whole.iter().find(|(id, hash)| of_restarted.get(id) != Some(hash)) {
                    None => return,
                    Some((id, _)) => {
                        let (positions, whole) = (restarted.applied(), whole.applied());
                        let at = |positions: &[(PartitionId, Position)]| {
                            positions.iter().find(|(found, _)| found == id).map(|(_, at)| at.0)
                        };
                        format!(
                            "partition {id} started at {:?} differs from the whole log's at {:?}",
                            at(&positions),
                            at(&whole)
                        )
                    }
                }
            }
        };
        self.ledger.report(Invariant::I12StateIsTheLogs, what);
    }
}
