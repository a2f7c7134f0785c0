//! The keeper: one thread that sees to what concerns all shards, and never to a request.
//!
//! ```text
//!            Freeze            Frozen, once durable          Write
//!  keeper ───────────▶ shards ──────────────────────▶ keeper ──────▶ checkpoint thread
//!    ▲                   ▲            Written                         │      │
//!    │                   └────────────────────────────────────────────┘      │
//!    └──────────────────────────────── done ─────────────────────────────────┘
//! ```
//!
//! It decides when a checkpoint is due, looks how full the disk is, has blobs swept that nothing
//! names any more, and ends the shards in order.
//!
//! # Invariants
//!
//! - A checkpoint is one of all shards: the log is given back by the partition that is furthest
//!   behind, so none may be left out for having little to write.
//! - Each shard freezes at a moment of its own. What one has told another by then is in both, or in
//!   the outbox of the first.
//! - It runs on a thread of its own because a disk must be watched while a checkpoint is written
//!   to it, and a sync must not wait for either.

use crate::checkpoints::CheckpointMail;
use crate::log::LogMail;
use crate::room::{Lookout, ROOM_CHECKPOINT, Room};
use crate::shard::{Mail, Mailboxes};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};
use tidemill_kernel::{Millis, PartitionId, Position};
use tidemill_store::Frozen;

/// How soon a checkpoint that found the disk full is tried again.
const CHECKPOINT_RETRY: Duration = Duration::from_secs(5);
/// A doomed blob is kept for so long, because a slow reader may still be about to open it.
const DOOMED_KEPT: Millis = Millis::from_seconds(15 * 60);
/// The same on a disk that needs the room: a reader that is slower finds the object gone.
const DOOMED_KEPT_SHORT: Millis = Millis::from_seconds(60);

/// Checkpoints that a stop may begin.
const LAST_CHECKPOINTS: u32 = 3;

/// How soon a shard that does something knocks again, however little it is.
const NUDGE: Duration = Duration::from_millis(50);

/// What the keeper is told.
pub(crate) enum KeeperMail {
    /// A shard has written much, or somebody found the disk full: it is time to look.
    Look,
    /// A shard is frozen, and the log durable so far; `bytes` were logged behind its last freeze.
    Frozen { partitions: Vec<Frozen>, bytes: u64 },
    /// A checkpoint is complete; checkpoints now hold these positions.
    CheckpointDone(Vec<(PartitionId, Position)>),
    /// The disk is full: the checkpoint must be tried again later.
    CheckpointFailed,
    /// Write a last checkpoint, end the shards, end.
    Stop,
}

/// When to write a checkpoint; also when bodies in memory come to half of `log_bytes`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CheckpointRule {
    pub(crate) log_bytes: u64,
    pub(crate) interval: Duration,
    /// Below this, time alone is no reason.
    pub(crate) log_bytes_min: u64,
}

/// What a shard has taken in since it was last frozen.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    logged: AtomicU64,
    young: AtomicU64,
}

impl Tally {
    /// Log bytes, and bytes of memory in bodies that no checkpoint has written.
    pub(crate) fn set(&self, logged: u64, young: u64) {
        self.logged.store(logged, Relaxed);
        self.young.store(young, Relaxed);
    }
}

/// When a shard knocks at the keeper's: after so many bytes, and when it did something a while
/// after it last knocked.
pub(crate) struct Nudge {
    step_bytes: u64,
    steps: u64,
    knocked_at: Instant,
}

impl Nudge {
    pub(crate) fn new(step_bytes: u64) -> Nudge {
        Nudge { step_bytes: step_bytes.max(1), steps: 0, knocked_at: Instant::now() }
    }

    pub(crate) fn is_due(&mut self, bytes: u64) -> bool {
        let steps = bytes / self.step_bytes;
        let is_due = steps > self.steps || self.knocked_at.elapsed() >= NUDGE;
        self.steps = steps;
        if is_due {
            self.knocked_at = Instant::now();
        }
        is_due
    }
}

/// Where its decisions go.
pub(crate) struct Outlets {
    pub(crate) mailboxes: Mailboxes,
    pub(crate) log: Sender<LogMail>,
    pub(crate) checkpoints: Sender<CheckpointMail>,
}

enum Checkpoint {
    Idle,
    /// So many shards have not said yet that they are frozen.
    Freezing {
        missing: usize,
        partitions: Vec<Frozen>,
    },
    Writing,
    /// The disk was full.
    Failed {
        retry_at: Instant,
    },
}

pub(crate) struct Keeper {
    rule: CheckpointRule,
    room: Lookout,
    tallies: Vec<Arc<Tally>>,
    outlets: Outlets,
    /// Log bytes behind the checkpoint that is being written.
    frozen_bytes: u64,
    /// What checkpoints hold.
    on_disk: Arc<[(PartitionId, Position)]>,
    swept_at: Instant,
    checkpoint: Checkpoint,
    checkpointed_at: Instant,
    /// When stopping: how many more checkpoints may be begun before it ends.
    last_checkpoints: Option<u32>,
}

impl Keeper {
    pub(crate) fn new(
        rule: CheckpointRule,
        room: Lookout,
        tallies: Vec<Arc<Tally>>,
        on_disk: Vec<(PartitionId, Position)>,
        outlets: Outlets,
    ) -> Keeper {
        Keeper {
            rule,
            room,
            tallies,
            outlets,
            frozen_bytes: 0,
            on_disk: on_disk.into(),
            swept_at: Instant::now(),
            checkpoint: Checkpoint::Idle,
            checkpointed_at: Instant::now(),
            last_checkpoints: None,
        }
    }

    /// Runs until it is told to stop, and the shards have been told so.
    pub(crate) fn run(mut self, mailbox: &Receiver<KeeperMail>) {
        loop {
            self.watch_room();
            self.consider_checkpoint();
            if self.is_at_the_end() {
                self.tell_shards(|| Mail::Stop);
                return;
            }
            if let Some(mail) = self.wait(mailbox) {
                self.take(mail);
            }
        }
    }

    fn wait(&self, mailbox: &Receiver<KeeperMail>) -> Option<KeeperMail> {
        // A checkpoint that is due by time alone needs nobody to knock.
        let checkpoint = match self.checkpoint {
            Checkpoint::Idle if self.logged() >= self.rule.log_bytes_min => {
                Some(self.rule.interval.saturating_sub(self.checkpointed_at.elapsed()))
            }
            Checkpoint::Failed { retry_at } => {
                Some(retry_at.saturating_duration_since(Instant::now()))
            }
            Checkpoint::Idle | Checkpoint::Freezing { .. } | Checkpoint::Writing => None,
        };
        match [checkpoint, self.room.next_look()].into_iter().flatten().min() {
            Some(timeout) => mailbox.recv_timeout(timeout).ok(),
            None => mailbox.recv().ok(),
        }
    }

    fn take(&mut self, mail: KeeperMail) {
        match mail {
            // What follows every letter is a look.
            KeeperMail::Look => {}
            KeeperMail::Frozen { partitions, bytes } => self.shard_is_frozen(partitions, bytes),
            KeeperMail::CheckpointDone(checkpointed) => {
                self.checkpoint = Checkpoint::Idle;
                self.frozen_bytes = 0;
                self.on_disk = checkpointed.into();
                self.sweep();
            }
            KeeperMail::CheckpointFailed => self.checkpoint_failed(),
            KeeperMail::Stop => {
                self.tell_shards(|| Mail::EndLongPolls);
                self.last_checkpoints = Some(LAST_CHECKPOINTS);
            }
        }
    }

    /// Log bytes that no freeze has taken up yet.
    fn logged(&self) -> u64 {
        self.tallies.iter().map(|tally| tally.logged.load(Relaxed)).sum()
    }

    fn young(&self) -> u64 {
        self.tallies.iter().map(|tally| tally.young.load(Relaxed)).sum()
    }

    /// Looks how full the disk is, now and then.
    fn watch_room(&mut self) {
        if let Some(is_lean) = self.room.look(self.logged() + self.frozen_bytes) {
            let sent = self.outlets.log.send(LogMail::Lean(is_lean));
            sent.expect("the log thread outlives the keeper");
        }
        if self.room.room() < Room::Plenty && self.swept_at.elapsed() >= ROOM_CHECKPOINT {
            self.sweep();
        }
    }

    /// Has the blobs unlinked that nothing names any more, in no checkpoint either.
    fn sweep(&mut self) {
        self.swept_at = Instant::now();
        let kept = match self.room.room() {
            Room::Plenty => DOOMED_KEPT,
            Room::Low | Room::Full => DOOMED_KEPT_SHORT,
        };
        let on_disk = Arc::clone(&self.on_disk);
        self.tell_shards(|| Mail::Sweep { checkpointed: Arc::clone(&on_disk), kept });
    }

    fn consider_checkpoint(&mut self) {
        let is_due = match self.checkpoint {
            Checkpoint::Idle => self.is_checkpoint_due(),
            // A stop does not wait for space: the log has everything.
            Checkpoint::Failed { retry_at } => {
                self.last_checkpoints.is_none() && retry_at <= Instant::now()
            }
            Checkpoint::Freezing { .. } | Checkpoint::Writing => false,
        };
        if is_due {
            self.checkpointed_at = Instant::now();
            self.last_checkpoints = self.last_checkpoints.map(|left| left.saturating_sub(1));
            let missing = self.tallies.len();
            self.checkpoint = Checkpoint::Freezing { missing, partitions: Vec::new() };
            self.tell_shards(|| Mail::Freeze);
        }
    }

    fn is_checkpoint_due(&self) -> bool {
        let bytes = self.logged();
        // What is deleted soon never gets there; what stays, or is copied to many queues, does.
        let young = self.young();
        let by_memory = young >= self.rule.log_bytes / 2;
        let by_time = bytes >= self.rule.log_bytes_min
            && self.checkpointed_at.elapsed() >= self.rule.interval;
        let since = self.checkpointed_at.elapsed();
        let by_room = bytes > 0 && self.room.wants_checkpoint(young, since);
        bytes >= self.rule.log_bytes
            || by_memory
            || by_time
            || by_room
            || self.last_checkpoints.is_some_and(|left| self.owes_a_last_checkpoint(left))
    }

    fn shard_is_frozen(&mut self, frozen: Vec<Frozen>, bytes: u64) {
        self.frozen_bytes += bytes;
        let Checkpoint::Freezing { missing, partitions } = &mut self.checkpoint else {
            unreachable!("a shard freezes when it is asked to, and once")
        };
        partitions.extend(frozen);
        *missing -= 1;
        if *missing > 0 {
            return;
        }
        let partitions = std::mem::take(partitions);
        if partitions.is_empty() {
            self.checkpoint = Checkpoint::Idle;
            return;
        }
        self.checkpoint = Checkpoint::Writing;
        let sent = self.outlets.checkpoints.send(CheckpointMail::Write(partitions));
        sent.expect("the checkpoint thread outlives the keeper");
    }

    #[expect(clippy::print_stderr, reason = "the operator must hear of a full disk")]
    fn checkpoint_failed(&mut self) {
        eprintln!(
            "tidemill: the disk is full, so no checkpoint can be written and the log keeps growing. \
             Free some space; trying again in {} s.",
            CHECKPOINT_RETRY.as_secs()
        );
        self.checkpoint = Checkpoint::Failed { retry_at: Instant::now() + CHECKPOINT_RETRY };
    }
    /// The first of the last ones is owed whatever the tallies say: what waits in a mailbox is in
    /// none of them. Those after it are for what deliveries were still causing meanwhile; should
    /// that go on, the log has it.
    fn owes_a_last_checkpoint(&self, left: u32) -> bool {
        left == LAST_CHECKPOINTS || (left > 0 && self.logged() > 0)
    }

    fn is_at_the_end(&self) -> bool {
        match self.checkpoint {
            Checkpoint::Idle | Checkpoint::Failed { .. } => self.last_checkpoints.is_some(),
            Checkpoint::Freezing { .. } | Checkpoint::Writing => false,
        }
    }

    fn tell_shards(&self, mail: impl Fn() -> Mail) {
        for sender in self.outlets.mailboxes.senders.iter() {
            sender.send(mail()).expect("shards end when the keeper tells them to, and not before");
        }
    }
}
