//! The threads: plain carriers between the mailbox, the core, the log and the checkpoints.
//!
//! One thread runs the core, one the log, one the checkpoints. One round at a time waits for the
//! disk; what comes meanwhile makes the next one, so that a slow sync makes larger groups instead
//! of longer queues.

use crate::checkpoints::{self, CheckpointMail, Outlets};
use crate::clock::{Clock, SystemClock};
use crate::core::{Answer, Answered, Core, Invoke, Ticket as _};
use crate::http_deliveries::Posting;
use crate::log::{self, LogMail};
use crate::metrics::Metrics;
use crate::room::{self, Lookout, Room, RoomWatch};
use bytes::Bytes;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tidemill_kernel::{Millis, PartitionId, Position, Timestamp};
use tidemill_services::s3::model::BlobId;
use tidemill_services::{Entry, Query};
use tidemill_store::{Blobs, Checkpointer, Frozen, Wal, Written};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::oneshot;

/// How soon a checkpoint that found the disk full is tried again.
const CHECKPOINT_RETRY: Duration = Duration::from_secs(5);
/// A doomed blob is kept for so long, because a slow reader may still be about to open it.
const DOOMED_KEPT: Millis = Millis::from_seconds(15 * 60);
/// The same on a disk that needs the room: a reader that is slower finds the object gone.
const DOOMED_KEPT_SHORT: Millis = Millis::from_seconds(60);
/// On a disk short of room, how soon after a checkpoint the next may follow: it is what turns
/// deletions into room.
const ROOM_CHECKPOINT: Duration = Duration::from_secs(5);
/// Letters taken from the mailbox before the round is offered to the log.
const LETTERS_PER_ROUND: usize = 1024;

/// How a caller is answered.
pub(crate) type Ticket = Option<oneshot::Sender<Answer>>;

impl crate::core::Ticket for Ticket {
    fn is_gone(&self) -> bool {
        self.as_ref().is_some_and(oneshot::Sender::is_closed)
    }
}

/// Where answered rounds go.
pub(crate) type Replies = UnboundedSender<Vec<Answered<Ticket>>>;

/// What the core thread is told.
pub(crate) enum Mail {
    Command {
        partition: PartitionId,
        entry: Entry,
        bytes: Bytes,
        ticket: Ticket,
    },
    Query {
        partition: PartitionId,
        query: Query,
        ticket: Ticket,
    },
    Written(Written),
    /// A checkpoint is complete; checkpoints now hold these positions.
    CheckpointDone(Vec<(PartitionId, Position)>),
    /// The disk is full: the checkpoint must be tried again later.
    CheckpointFailed,
    /// The files of these blobs are gone.
    Swept(PartitionId, Vec<BlobId>),
    /// Somebody found the disk full: it is time to look.
    Look,
    /// Answer every long poll with what it would get at its deadline.
    EndLongPolls,
    /// Finish what is open, write a last checkpoint, end.
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

/// Everything the threads need to start.
pub(crate) struct Parts {
    pub(crate) core: Core<Ticket>,
    pub(crate) wal: Wal,
    pub(crate) checkpointer: Checkpointer,
    pub(crate) blobs: Arc<Blobs>,
    pub(crate) checkpointed: Vec<(PartitionId, Position)>,
    pub(crate) rule: CheckpointRule,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) room: Arc<RoomWatch>,
    pub(crate) replies: Replies,
    /// Starts a function run; must not block.
    pub(crate) invoke: Box<dyn Fn(Invoke) + Send>,
    /// Takes deliveries over HTTP; closed when the core has ended.
    pub(crate) posts: UnboundedSender<Posting>,
}

/// Starts the threads; the core thread ends last, after a [`Mail::Stop`].
pub(crate) fn start(parts: Parts, letters: (Sender<Mail>, Receiver<Mail>)) -> JoinHandle<()> {
    let (mailbox, received) = letters;
    let Parts {
        core,
        wal,
        checkpointer,
        blobs,
        checkpointed,
        rule,
        metrics,
        room,
        replies,
        invoke,
        posts,
    } = parts;
    let (log_sender, log_receiver) = channel();
    let (checkpoint_sender, checkpoint_receiver) = channel();

    let (prepare_sender, prepare_receiver) = sync_channel(1);
    let preparer = wal.preparer();
    let prepare = spawn("tidemill-prepare", move || log::prepare(&preparer, &prepare_receiver));
    let log_metrics = Arc::clone(&metrics);
    let (synced_sender, synced_receiver) = channel();
    let log_replies = replies.clone();
    let log = spawn("tidemill-log", move || {
        let outlets =
            log::Outlets { synced: synced_sender, prepare: prepare_sender, replies: log_replies };
        log::run(wal, &log_receiver, &outlets, &log_metrics);
    });
    let checkpoint_metrics = Arc::clone(&metrics);
    let (recycle, on_disk) = (log_sender.clone(), checkpointed.clone());
    let checkpoints = spawn("tidemill-checkpoint", move || {
        let outlets = Outlets { mailbox, recycle, blobs };
        checkpoints::run(
            checkpointer,
            checkpointed,
            &checkpoint_receiver,
            &outlets,
            &checkpoint_metrics,
        );
    });
    spawn("tidemill-core", move || {
        let clock = SystemClock::starting_after(core.now());
        let mut loop_ = CoreLoop {
            core,
            clock,
            rule,
            metrics,
            room: Lookout::new(room),
            frozen_bytes: 0,
            on_disk,
            swept_at: Instant::now(),
            replies,
            invoke,
            posts,
            log: log_sender,
            synced: synced_receiver,
            checkpoints: checkpoint_sender,
            sealed: 0,
            durable: 0,
            checkpoint: Checkpoint::Idle,
            checkpointed_at: Instant::now(),
            stopping: false,
        };
        loop_.run(&received);
        // Dropping the loop closes the other threads' channels, which ends them.
        drop(loop_);
        for thread in [checkpoints, log, prepare] {
            if thread.join().is_err() {
                std::process::abort();
            }
        }
    })
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
        .expect("a process that cannot start three threads cannot start at all")
}

enum Checkpoint {
    Idle,
    /// Frozen, and waiting for the log to catch up with what was frozen.
    Frozen {
        round: u64,
        partitions: Vec<Frozen>,
    },
    Writing,
    /// The disk was full.
    Failed {
        retry_at: Instant,
    },
}

struct CoreLoop {
    core: Core<Ticket>,
    clock: SystemClock,
    rule: CheckpointRule,
    metrics: Arc<Metrics>,
    room: Lookout,
    /// Log bytes behind the checkpoint that is being written.
    frozen_bytes: u64,
    /// What checkpoints hold.
    on_disk: Vec<(PartitionId, Position)>,
    swept_at: Instant,
    replies: Replies,
    invoke: Box<dyn Fn(Invoke) + Send>,
    posts: UnboundedSender<Posting>,
    log: Sender<LogMail>,
    /// The log's word on how far it is durable.
    synced: Receiver<u64>,
    checkpoints: Sender<CheckpointMail>,
    sealed: u64,
    durable: u64,
    checkpoint: Checkpoint,
    checkpointed_at: Instant,
    stopping: bool,
}

impl CoreLoop {
    fn run(&mut self, mailbox: &Receiver<Mail>) {
        let now = self.clock.now();
        let invokes = self.core.recover(now);
        self.start_runs(invokes);
        self.seal();
        loop {
            let now = self.clock.now();
            if self.sealed > self.durable {
                // What comes meanwhile makes the next round. To be woken for each letter of it
                // would cost more than to apply it.
                let number = self.synced.recv();
                self.durable = number.expect("the log thread aborts the process rather than end");
                let now = self.clock.now();
                let invokes = self.core.durable(now, self.durable);
                self.start_runs(invokes);
                self.drain(mailbox);
            } else {
                match self.wait(mailbox, now) {
                    Ok(mail) => {
                        self.take(mail);
                        self.drain(mailbox);
                    }
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => self.stopping = true,
                }
            }
            let now = self.clock.now();
            if self.core.next_due().is_some_and(|due| due <= now) {
                self.core.advance(now);
            }
            self.seal();
            self.watch_room(now);
            self.consider_checkpoint();
            self.metrics.waiting.store(self.core.waiting() as u64, Relaxed);
            if self.stopping && self.is_idle() {
                return;
            }
        }
    }

    fn drain(&mut self, mailbox: &Receiver<Mail>) {
        for mail in mailbox.try_iter().take(LETTERS_PER_ROUND) {
            self.take(mail);
        }
    }

    fn wait(&self, mailbox: &Receiver<Mail>, now: Timestamp) -> Result<Mail, RecvTimeoutError> {
        let due = self.core.next_due().map(|due| Duration::from_millis(due.since(now).0));
        // A checkpoint that is due by time alone needs nobody to knock.
        let checkpoint = match self.checkpoint {
            Checkpoint::Idle if self.core.bytes_since_checkpoint() >= self.rule.log_bytes_min => {
                Some(self.rule.interval.saturating_sub(self.checkpointed_at.elapsed()))
            }
            Checkpoint::Failed { retry_at } => {
                Some(retry_at.saturating_duration_since(Instant::now()))
            }
            Checkpoint::Idle | Checkpoint::Frozen { .. } | Checkpoint::Writing => None,
        };
        // Who is refused does not knock, so room that has come back must be looked for.
        let room = (self.room.room() < Room::Plenty).then_some(room::LOOK);
        match [due, checkpoint, room].into_iter().flatten().min() {
            Some(timeout) => mailbox.recv_timeout(timeout),
            None => mailbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
        }
    }

    fn take(&mut self, mail: Mail) {
        // After the letter came, never before: a receive hides from its arrival on.
        let now = self.clock.now();
        match mail {
            Mail::Command { partition, entry, bytes, ticket } => {
                self.taken(bytes.len());
                // Nobody is left to answer: a receive now would hide messages from everybody.
                if !ticket.is_gone() {
                    self.core.propose(now, partition, entry, bytes, ticket);
                }
            }
            Mail::Query { partition, query, ticket } => {
                self.taken(0);
                self.core.query(now, partition, query, ticket);
            }
            Mail::Written(written) => self.core.install(written),
            Mail::CheckpointDone(checkpointed) => {
                self.checkpoint = Checkpoint::Idle;
                self.frozen_bytes = 0;
                self.on_disk = checkpointed;
                self.sweep(now);
            }
            Mail::CheckpointFailed => self.checkpoint_failed(),
            Mail::Swept(partition, blobs) => self.core.forget_blobs(now, partition, blobs),
            // What follows every letter is a look.
            Mail::Look => {}
            Mail::EndLongPolls => self.core.release_waiters(),
            Mail::Stop => {
                self.stopping = true;
                self.core.release_waiters();
            }
        }
    }

    /// Looks how full the disk is, now and then.
    fn watch_room(&mut self, now: Timestamp) {
        let owed = self.core.bytes_since_checkpoint() + self.frozen_bytes;
        if let Some(is_lean) = self.room.look(owed) {
            let sent = self.log.send(LogMail::Lean(is_lean));
            sent.expect("the log thread outlives the core's loop");
        }
        if self.room.room() < Room::Plenty && self.swept_at.elapsed() >= ROOM_CHECKPOINT {
            self.sweep(now);
        }
    }

    /// Has the blobs unlinked that nothing names any more, in no checkpoint either.
    fn sweep(&mut self, now: Timestamp) {
        self.swept_at = Instant::now();
        let kept = match self.room.room() {
            Room::Plenty => DOOMED_KEPT,
            Room::Low | Room::Full => DOOMED_KEPT_SHORT,
        };
        let doomed = self.core.doomed_blobs(&self.on_disk, now.minus(kept));
        if !doomed.is_empty() {
            self.send_checkpoint(CheckpointMail::Sweep(doomed));
        }
    }

    fn taken(&self, bytes: usize) {
        self.metrics.mailbox.fetch_sub(1, Relaxed);
        self.metrics.mailbox_bytes.fetch_sub(bytes as u64, Relaxed);
    }

    /// Sends on their way the effects that leave the process.
    fn start_runs(&mut self, invokes: Vec<Invoke>) {
        for invoke in invokes {
            (self.invoke)(invoke);
        }
        for posting in self.core.take_postings() {
            // Nobody listens when the runtime is gone; the row is found again at the next start.
            let _ = self.posts.send(posting);
        }
    }

    fn seal(&mut self) {
        while self.sealed == self.durable {
            let Some(round) = self.core.seal() else { return };
            self.sealed = round.number;
            if !round.batches.is_empty() {
                let sent = self.log.send(LogMail::Round(round));
                return sent.expect("the log thread outlives the core's loop");
            }
            // All it saw is on disk already. What it caused may open the next round.
            self.durable = round.number;
            release(&self.replies, round.replies);
            let now = self.clock.now();
            let invokes = self.core.durable(now, round.number);
            self.start_runs(invokes);
        }
    }

    fn consider_checkpoint(&mut self) {
        let is_due = match self.checkpoint {
            Checkpoint::Idle => self.is_checkpoint_due(),
            Checkpoint::Failed { retry_at } => self.core.is_sealed() && retry_at <= Instant::now(),
            Checkpoint::Frozen { .. } | Checkpoint::Writing => false,
        };
        if is_due {
            self.checkpoint = self.freeze();
        }
        // In the same breath: what was frozen may be durable already, and then nobody would knock
        // again to have it written.
        self.checkpoint = match std::mem::replace(&mut self.checkpoint, Checkpoint::Idle) {
            Checkpoint::Frozen { round, partitions } if self.durable >= round => {
                self.send_checkpoint(CheckpointMail::Write(partitions));
                Checkpoint::Writing
            }
            waiting @ (Checkpoint::Idle
            | Checkpoint::Frozen { .. }
            | Checkpoint::Writing
            | Checkpoint::Failed { .. }) => waiting,
        };
    }

    fn send_checkpoint(&self, mail: CheckpointMail) {
        self.checkpoints.send(mail).expect("the checkpoint thread outlives the core's loop");
    }

    fn is_checkpoint_due(&self) -> bool {
        let bytes = self.core.bytes_since_checkpoint();
        // What is deleted soon never gets there; what stays, or is copied to many queues, does.
        let by_memory = self.core.young_body_bytes() >= self.rule.log_bytes / 2;
        let by_time = bytes >= self.rule.log_bytes_min
            && self.checkpointed_at.elapsed() >= self.rule.interval;
        let by_room = bytes > 0
            && self.room.room() < Room::Plenty
            && self.checkpointed_at.elapsed() >= ROOM_CHECKPOINT;
        // Not while a round is open: the frozen state must not be ahead of the sealed log.
        self.core.is_sealed()
            && (bytes >= self.rule.log_bytes
                || by_memory
                || by_time
                || by_room
                || (self.stopping && bytes > 0))
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

    fn freeze(&mut self) -> Checkpoint {
        self.checkpointed_at = Instant::now();
        self.frozen_bytes += self.core.bytes_since_checkpoint();
        let partitions = self.core.freeze();
        if partitions.is_empty() {
            return Checkpoint::Idle;
        }
        Checkpoint::Frozen { round: self.sealed, partitions }
    }

    fn is_idle(&self) -> bool {
        let is_checkpointed = match self.checkpoint {
            Checkpoint::Idle => self.core.bytes_since_checkpoint() == 0,
            // The log has everything; a stop does not wait for space.
            Checkpoint::Failed { .. } => true,
            Checkpoint::Frozen { .. } | Checkpoint::Writing => false,
        };
        self.sealed == self.durable && is_checkpointed
    }
}

/// Sends a round's replies on their way. The log thread wakes the runtime once for all of them: to
/// wake each waiting request from here would cost a system call each, and that was most of what a
/// small request cost.
pub(crate) fn release(outlet: &Replies, replies: Vec<Answered<Ticket>>) {
    if !replies.is_empty() {
        // The runtime is gone when the process is stopping; then nobody waits any more.
        let _ = outlet.send(replies);
    }
}

/// Hands replies to the requests that wait for them; runs inside their runtime.
pub(crate) async fn hand_out(mut replies: UnboundedReceiver<Vec<Answered<Ticket>>>) {
    while let Some(round) = replies.recv().await {
        for Answered { ticket, answer, .. } in round {
            if let Some(ticket) = ticket {
                // A caller that has gone is no error: what it asked for is done and durable.
                let _ = ticket.send(answer);
            }
        }
    }
}
