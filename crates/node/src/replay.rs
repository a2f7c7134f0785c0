//! The replay of a start: one thread reads the log, and each core applies what is its own.

use crate::core::{Core, Shards, Ticket};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, ScopedJoinHandle};
use tidemill_store::{Batch, OpenError, Replay};

/// Batches read ahead of a core. Each may be some megabytes large.
const READ_AHEAD: usize = 8;

/// Brings the cores up to date. Entries of a partition are applied in the order of the log; those
/// of two partitions know nothing of each other.
pub(crate) fn replay<T: Ticket + Send>(
    shards: Shards,
    cores: &mut [Core<T>],
    log: Replay,
) -> Result<(), OpenError> {
    thread::scope(|scope| {
        let mut senders = Vec::new();
        let mut threads: Vec<ScopedJoinHandle<'_, ()>> = Vec::new();
        for core in cores {
            let (sender, batches) = sync_channel::<Batch>(READ_AHEAD);
            senders.push(sender);
            threads.push(scope.spawn(move || batches.iter().for_each(|batch| core.replay(&batch))));
        }
        let read = read(shards, log, &senders);
        drop(senders);
        for thread in threads {
            if let Err(panic) = thread.join() {
                // As if it had been applied right here.
                std::panic::resume_unwind(panic);
            }
        }
        read
    })
}

fn read(shards: Shards, mut log: Replay, cores: &[SyncSender<Batch>]) -> Result<(), OpenError> {
    while let Some(batch) = log.next()? {
        let is_taken =
            cores.get(shards.of(batch.partition)).is_some_and(|core| core.send(batch).is_ok());
        if !is_taken {
            // It has panicked, and that is what there is to say.
            break;
        }
    }
    Ok(())
}
