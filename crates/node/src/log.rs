//! The log thread: the rounds that are there, one sync, then their replies.

use crate::core::Round;
use crate::metrics::Metrics;
use crate::shard::{self, Replies, Ticket};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, Sender, SyncSender};
use std::time::Instant;
use tidemill_kernel::{PartitionId, Position};
use tidemill_store::{Batch, Preparer, Wal};

pub(crate) enum LogMail {
    Round {
        shard: usize,
        round: Round<Ticket>,
    },
    /// Everything up to these positions is in checkpoints.
    Recycle(Vec<(PartitionId, Position)>),
    /// Whether the disk is short of room.
    Lean(bool),
}

/// Where its results go.
pub(crate) struct Outlets {
    /// By shard: its last round that is durable.
    pub(crate) synced: Vec<Sender<u64>>,
    pub(crate) prepare: SyncSender<()>,
    pub(crate) replies: Replies,
}

/// Fills the next segments with zeros ahead of the log, so that appending never grows a file.
pub(crate) fn prepare(preparer: &Preparer, letters: &Receiver<()>) {
    while letters.recv().is_ok() {
        preparer.prepare().unwrap_or_else(|error| abort("prepare a segment of", &error));
    }
}

/// Runs until nobody has anything to log any more.
pub(crate) fn run(mut wal: Wal, letters: &Receiver<LogMail>, outlets: &Outlets, metrics: &Metrics) {
    let preparer = wal.preparer();
    // The start prepared only what the first moments need.
    let mut is_preparing_due = true;
    // Came while a group was gathered, and is no round.
    let mut put_aside = None;
    loop {
        if is_preparing_due {
            // One that is asked already need not be asked twice; where the disk was full, the next
            // round asks again.
            let _ = outlets.prepare.try_send(());
        }
        let Some(letter) = put_aside.take().or_else(|| letters.recv().ok()) else { return };
        match letter {
            LogMail::Recycle(checkpointed) => {
                wal.recycle(&checkpointed).unwrap_or_else(|error| abort("recycle", &error));
            }
            LogMail::Lean(is_lean) => {
                wal.set_lean(is_lean).unwrap_or_else(|error| abort("make room in", &error));
            }
            LogMail::Round { shard, round } => {
                let mut rounds = vec![(shard, round)];
                // Each shard has one round here at most, so this ends.
                put_aside = letters.try_iter().find_map(|letter| match letter {
                    LogMail::Round { shard, round } => {
                        rounds.push((shard, round));
                        None
                    }
                    other @ (LogMail::Recycle(_) | LogMail::Lean(_)) => Some(other),
                });
                commit(&mut wal, rounds, outlets, metrics);
            }
        }
        is_preparing_due = preparer.is_needed();
    }
}

/// One group of these rounds; when it is durable, their replies leave and their shards hear of it.
fn commit(
    wal: &mut Wal,
    mut rounds: Vec<(usize, Round<Ticket>)>,
    outlets: &Outlets,
    metrics: &Metrics,
) {
    let batches: Vec<Batch> =
        rounds.iter_mut().flat_map(|(_, round)| std::mem::take(&mut round.batches)).collect();
    append(wal, &batches, metrics);
    for (shard, round) in rounds {
        shard::release(&outlets.replies, round.replies);
        let synced = outlets.synced.get(shard).expect("every shard has its channel");
        synced.send(round.number).expect("a shard does not end before its round is durable");
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
