//! The log thread: a round, one sync, then the round's replies.

use crate::core::Round;
use crate::driver::{self, Replies, Ticket};
use crate::metrics::Metrics;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, Sender, SyncSender};
use std::time::Instant;
use tidemill_kernel::{PartitionId, Position};
use tidemill_store::{Batch, Preparer, Wal};

pub(crate) enum LogMail {
    Round(Round<Ticket>),
    /// Everything up to these positions is in checkpoints.
    Recycle(Vec<(PartitionId, Position)>),
    /// Whether the disk is short of room.
    Lean(bool),
}

/// Where its results go.
pub(crate) struct Outlets {
    /// The last round that is durable.
    pub(crate) synced: Sender<u64>,
    pub(crate) prepare: SyncSender<()>,
    pub(crate) replies: Replies,
}

/// Fills the next segments with zeros ahead of the log, so that appending never grows a file.
pub(crate) fn prepare(preparer: &Preparer, letters: &Receiver<()>) {
    while letters.recv().is_ok() {
        preparer.prepare().unwrap_or_else(|error| abort("prepare a segment of", &error));
    }
}

/// Runs until the core lets go of its end.
pub(crate) fn run(mut wal: Wal, letters: &Receiver<LogMail>, outlets: &Outlets, metrics: &Metrics) {
    let Outlets { synced, prepare, replies } = outlets;
    let preparer = wal.preparer();
    // The start prepared only what the first moments need.
    let mut is_preparing_due = true;
    loop {
        if is_preparing_due {
            // One that is asked already need not be asked twice; where the disk was full, the next
            // round asks again.
            let _ = prepare.try_send(());
        }
        match letters.recv() {
            Err(_) => return,
            Ok(LogMail::Recycle(checkpointed)) => {
                wal.recycle(&checkpointed).unwrap_or_else(|error| abort("recycle", &error));
            }
            Ok(LogMail::Lean(is_lean)) => {
                wal.set_lean(is_lean).unwrap_or_else(|error| abort("make room in", &error));
            }
            Ok(LogMail::Round(round)) => {
                append(&mut wal, &round.batches, metrics);
                driver::release(replies, round.replies);
                if synced.send(round.number).is_err() {
                    return;
                }
            }
        }
        is_preparing_due = preparer.is_needed();
    }
}

fn append(wal: &mut Wal, batches: &[Batch], metrics: &Metrics) {
    let started = Instant::now();
    wal.append(batches).unwrap_or_else(|error| abort("append to", &error));
    metrics.log_sync.record(u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX));
    let entries: u64 = batches.iter().map(|batch| u64::from(batch.count)).sum();
    metrics.log_group_entries.record(entries);
    metrics.log_position.fetch_add(entries, Relaxed);
    metrics.log_groups.fetch_add(1, Relaxed);
    metrics.log_entries.fetch_add(entries, Relaxed);
    for batch in batches {
        Metrics::add(&metrics.log_bytes, batch.payload.len());
    }
}

/// Ends the process: memory may be ahead of the disk, and only a restart can tell by how much.
#[expect(clippy::print_stderr, reason = "the last words of a process that must not go on")]
pub(crate) fn abort(what: &str, error: &std::io::Error) -> ! {
    eprintln!(
        "tidemill: could not {what} the log: {error}. Stopping at once: nothing that was not \
         synced has been acknowledged. Check the disk, then start again; recovery reads what is \
         really there."
    );
    std::process::abort()
}
