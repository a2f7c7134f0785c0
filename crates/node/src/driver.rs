//! The threads: plain carriers between mailboxes, cores, the log and the checkpoints.
//!
//! ```text
//! mailbox ──▶ shard ─┐                 ┌─▶ shard, told its watermark
//! mailbox ──▶ shard ─┼─ rounds ─▶ log ─┼─▶ replies
//! mailbox ──▶ shard ─┘  one sync a group
//!               └── frozen ──▶ keeper ──▶ checkpoint thread
//! ```
//!
//! They end in this order, each when nobody can tell it anything any more: shards (told by the
//! keeper), keeper, checkpoints, log.

use crate::checkpoints;
use crate::clock::{SharedClock, SystemClock};
use crate::core::{Core, Invoke, Shards};
use crate::http_deliveries::Errand;
use crate::keeper::{self, CheckpointRule, Keeper, KeeperMail, Nudge, Tally};
use crate::log;
use crate::memory::MemoryWatch;
use crate::metrics::Metrics;
use crate::room::{Lookout, RoomWatch};
use crate::shard::{self, Mailboxes, Replies, Shard, Ticket};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel, sync_channel};
use std::thread::{self, JoinHandle};
use tidemill_kernel::{PartitionId, Position};
use tidemill_store::{Blobs, Checkpointer, Wal};
use tokio::sync::mpsc::UnboundedSender;

/// Everything the threads need to start.
pub(crate) struct Parts {
    pub(crate) shards: Shards,
    /// One per shard.
    pub(crate) cores: Vec<Core<Ticket>>,
    pub(crate) wal: Wal,
    pub(crate) checkpointer: Checkpointer,
    pub(crate) blobs: Arc<Blobs>,
    pub(crate) checkpointed: Vec<(PartitionId, Position)>,
    pub(crate) rule: CheckpointRule,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) room: Arc<RoomWatch>,
    pub(crate) memory: Arc<MemoryWatch>,
    pub(crate) replies: Replies,
    /// Starts a function run; must not block.
    pub(crate) invoke: Arc<dyn Fn(Invoke) + Send + Sync>,
    /// Takes deliveries over HTTP and signings; closed when the shards have ended.
    pub(crate) posts: UnboundedSender<Errand>,
}

/// The threads, from outside.
pub(crate) struct Running {
    pub(crate) mailboxes: Mailboxes,
    pub(crate) keeper: Sender<KeeperMail>,
    /// Ends last, after a [`KeeperMail::Stop`].
    pub(crate) thread: JoinHandle<()>,
}

/// Starts the threads.
pub(crate) fn start(parts: Parts) -> Running {
    let Parts { shards, cores, wal, checkpointer, blobs, checkpointed, rule, .. } = parts;
    let Parts { metrics, room, memory, replies, invoke, posts, .. } = parts;
    let (log_sender, log_receiver) = channel();
    let (checkpoint_sender, checkpoint_receiver) = channel();
    let (keeper_sender, keeper_receiver) = channel();
    let (senders, received): (Vec<_>, Vec<_>) = cores.iter().map(|_| channel()).unzip();
    let (synced_senders, synced): (Vec<_>, Vec<_>) = cores.iter().map(|_| channel()).unzip();
    let mailboxes = Mailboxes { shards, senders: senders.into() };

    let (prepare_sender, prepare_receiver) = sync_channel(1);
    let preparer = wal.preparer();
    let prepare = spawn("tidemill-prepare", move || log::prepare(&preparer, &prepare_receiver));
    let log_outlets =
        log::Outlets { synced: synced_senders, prepare: prepare_sender, replies: replies.clone() };
    let log_metrics = Arc::clone(&metrics);
    let log = spawn("tidemill-log", move || {
        log::run(wal, &log_receiver, &log_outlets, &log_metrics);
    });
    let checkpoint_outlets = checkpoints::Outlets {
        mailboxes: mailboxes.clone(),
        keeper: keeper_sender.clone(),
        recycle: log_sender.clone(),
        blobs,
    };
    let checkpoint_metrics = Arc::clone(&metrics);
    let (on_disk, tallies) = (checkpointed.clone(), tallies(&cores));
    let checkpoints = spawn("tidemill-checkpoint", move || {
        let (outlets, metrics) = (checkpoint_outlets, checkpoint_metrics);
        checkpoints::run(checkpointer, checkpointed, &checkpoint_receiver, &outlets, &metrics);
    });

    // The log goes on behind the newest stamp of any partition.
    let floor = cores.iter().map(Core::now).max().unwrap_or_default();
    let clock = SharedClock::new(SystemClock::starting_after(floor));
    let mut shard_threads = Vec::new();
    for (index, (((core, mailbox), synced), tally)) in
        cores.into_iter().zip(received).zip(synced).zip(&tallies).enumerate()
    {
        let outlets = shard::Outlets {
            log: log_sender.clone(),
            keeper: keeper_sender.clone(),
            checkpoints: checkpoint_sender.clone(),
            mailboxes: mailboxes.clone(),
            replies: replies.clone(),
            invoke: Arc::clone(&invoke),
            posts: posts.clone(),
        };
        // Fine enough for the sum of all to be noticed in time.
        let nudge = Nudge::new(rule.log_bytes_min / shards.count() as u64);
        let ends = (synced, Arc::clone(tally), nudge);
        let shard = Shard::new(index, core, clock.clone(), Arc::clone(&metrics), outlets, ends);
        shard_threads.push(spawn(&format!("tidemill-core-{index}"), move || shard.run(&mailbox)));
    }
    let outlets = keeper::Outlets {
        mailboxes: mailboxes.clone(),
        log: log_sender,
        checkpoints: checkpoint_sender,
    };
    let keeper = Keeper::new(rule, Lookout::new(room, memory), tallies, on_disk, outlets);
    let thread = spawn("tidemill-keeper", move || {
        keeper.run(&keeper_receiver);
        // With the keeper and the shards go the other threads' channels, which ends them.
        for thread in shard_threads.into_iter().chain([checkpoints, log, prepare]) {
            if thread.join().is_err() {
                std::process::abort();
            }
        }
    });
    Running { mailboxes, keeper: keeper_sender, thread }
}

/// What each shard starts with, which a replay may have filled.
fn tallies(cores: &[Core<Ticket>]) -> Vec<Arc<Tally>> {
    let tallies = cores.iter().map(|core| {
        let tally = Tally::default();
        tally.set(core.bytes_since_checkpoint(), core.young_body_bytes());
        Arc::new(tally)
    });
    tallies.collect()
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> JoinHandle<()> {
    let guarded = move || {
        // A panic on one of these threads is a broken invariant. Going on without the thread
        // would leave callers waiting for ever, so the process ends and the next start recovers.
        if std::panic::catch_unwind(std::panic::AssertUnwindSafe(body)).is_err() {
            std::process::abort();
        }
    };
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(guarded)
        .expect("a process that cannot start its threads cannot start at all")
}
