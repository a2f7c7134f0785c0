//! A shard: one thread with its core, its mailbox and one round in flight.
//!
//! # Invariants
//!
//! - One round at a time waits for the disk; what comes meanwhile makes the next one, so that a
//!   slow sync makes larger groups instead of longer queues.
//! - What other shards are told has become durable here before. Letters from one shard to another
//!   arrive in the order they left in, because they go through one sender into one mailbox.

use crate::checkpoints::CheckpointMail;
use crate::clock::SharedClock;
use crate::core::{Answer, Answered, Core, Invoke, Letter, Shards, Ticket as _};
use crate::http_deliveries::Errand;
use crate::keeper::{KeeperMail, Nudge, Tally};
use crate::log::LogMail;
use crate::metrics::Metrics;
use bytes::Bytes;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};
use tidemill_kernel::{Millis, PartitionId, Position, Timestamp};
use tidemill_services::s3::model::BlobId;
use tidemill_services::{Entry, Query};
use tidemill_store::{Frozen, Written};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::oneshot;

/// Taken from the mailbox before the round is offered to the log.
const MAILS_PER_ROUND: usize = 1024;
/// So long a round may be busy with letters of other cores: a publish to ten thousand queues comes
/// as one pile of them, and requests must not wait for all of it.
const LETTERS_DURATION_MAX: Duration = Duration::from_millis(2);

/// How a caller is answered.
pub(crate) type Ticket = Option<oneshot::Sender<Answer>>;

impl crate::core::Ticket for Ticket {
    fn is_gone(&self) -> bool {
        self.as_ref().is_some_and(oneshot::Sender::is_closed)
    }
}

/// Where answered rounds go.
pub(crate) type Replies = UnboundedSender<Vec<Answered<Ticket>>>;

/// What a shard's thread is told.
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
    /// From another shard, durable there.
    Letters(Vec<Letter>),
    /// A checkpoint is due: answered with [`KeeperMail::Frozen`].
    Freeze,
    Written(Written),
    /// Have the blobs unlinked that these checkpoints show to be doomed for `kept` and longer.
    Sweep {
        checkpointed: Arc<[(PartitionId, Position)]>,
        kept: Millis,
    },
    /// The files of these blobs are gone.
    Swept(PartitionId, Vec<BlobId>),
    /// Answer every long poll with what it would get at its deadline.
    EndLongPolls,
    /// Finish what is open and end.
    Stop,
}

/// The mailboxes of all shards.
#[derive(Clone)]
pub(crate) struct Mailboxes {
    pub(crate) shards: Shards,
    pub(crate) senders: Arc<[Sender<Mail>]>,
}

impl Mailboxes {
    /// Whether whoever has this partition is still there to read it.
    pub(crate) fn send(&self, partition: PartitionId, mail: Mail) -> bool {
        self.senders.get(self.shards.of(partition)).is_some_and(|sender| sender.send(mail).is_ok())
    }
}

/// Where what becomes durable goes.
pub(crate) struct Outlets {
    pub(crate) log: Sender<LogMail>,
    pub(crate) keeper: Sender<KeeperMail>,
    pub(crate) checkpoints: Sender<CheckpointMail>,
    pub(crate) mailboxes: Mailboxes,
    pub(crate) replies: Replies,
    /// Starts a function run; must not block.
    pub(crate) invoke: Arc<dyn Fn(Invoke) + Send + Sync>,
    /// Takes deliveries over HTTP; closed when all shards have ended.
    pub(crate) posts: UnboundedSender<Errand>,
}

pub(crate) struct Shard {
    index: usize,
    core: Core<Ticket>,
    clock: SharedClock,
    metrics: Arc<Metrics>,
    outlets: Outlets,
    /// The log's word on how far it is durable.
    synced: Receiver<u64>,
    tally: Arc<Tally>,
    nudge: Nudge,
    /// Come, and not read yet; oldest first. What is left at a stop is sent again after the start.
    letters: VecDeque<Letter>,
    /// Long polls that [`Metrics::waiting`] counts for this shard.
    waiting: u64,
    sealed: u64,
    durable: u64,
    freeze: Freeze,
    is_stopping: bool,
}

/// What has become of a checkpoint that the keeper asked for.
enum Freeze {
    Idle,
    Asked,
    /// Frozen, and waiting for the log to catch up with what was frozen.
    Done {
        round: u64,
        partitions: Vec<Frozen>,
        bytes: u64,
    },
}

impl Shard {
    pub(crate) fn new(
        index: usize,
        core: Core<Ticket>,
        clock: SharedClock,
        metrics: Arc<Metrics>,
        outlets: Outlets,
        (synced, tally, nudge): (Receiver<u64>, Arc<Tally>, Nudge),
    ) -> Shard {
        Shard {
            index,
            core,
            clock,
            metrics,
            outlets,
            synced,
            tally,
            nudge,
            letters: VecDeque::new(),
            waiting: 0,
            sealed: 0,
            durable: 0,
            freeze: Freeze::Idle,
            is_stopping: false,
        }
    }

    /// Runs until it is told to stop and all it was handed before is durable.
    pub(crate) fn run(mut self, mailbox: &Receiver<Mail>) {
        let invokes = self.core.recover(self.clock.now());
        self.depart(invokes);
        self.seal();
        loop {
            if self.sealed > self.durable {
                // What comes meanwhile makes the next round. To be woken for each letter of it
                // would cost more than to apply it.
                let number = self.synced.recv();
                let number = number.expect("the log thread aborts the process rather than end");
                self.become_durable(number);
                self.drain(mailbox);
            } else if !self.letters.is_empty() {
                self.drain(mailbox);
            } else if let Some(mail) = self.wait(mailbox) {
                self.take(mail);
                self.drain(mailbox);
            }
            self.read_letters();
            let now = self.clock.now();
            if self.core.next_due().is_some_and(|due| due <= now) {
                self.core.advance(now);
            }
            self.seal();
            self.consider_freeze();
            self.report();
            if self.is_stopping && self.sealed == self.durable {
                return;
            }
        }
    }

    fn drain(&mut self, mailbox: &Receiver<Mail>) {
        for mail in mailbox.try_iter().take(MAILS_PER_ROUND) {
            self.take(mail);
        }
    }

    /// Takes letters in, for a while but at least one.
    fn read_letters(&mut self) {
        let begun = Instant::now();
        while let Some(letter) = self.letters.pop_front() {
            self.core.receive(self.clock.now(), letter);
            if begun.elapsed() >= LETTERS_DURATION_MAX {
                return;
            }
        }
    }

    fn wait(&self, mailbox: &Receiver<Mail>) -> Option<Mail> {
        match self.core.next_due() {
            Some(due) => {
                let timeout = Duration::from_millis(due.since(self.clock.now()).0);
                mailbox.recv_timeout(timeout).ok()
            }
            None => mailbox.recv().ok(),
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
            Mail::Letters(letters) => self.letters.extend(letters),
            Mail::Freeze => self.freeze = Freeze::Asked,
            Mail::Written(written) => self.core.install(written),
            Mail::Sweep { checkpointed, kept } => self.sweep(now, &checkpointed, kept),
            Mail::Swept(partition, blobs) => self.core.forget_blobs(now, partition, blobs),
            Mail::EndLongPolls => self.core.release_waiters(),
            Mail::Stop => {
                self.is_stopping = true;
                self.core.release_waiters();
            }
        }
    }

    fn taken(&self, bytes: usize) {
        self.metrics.mailbox.fetch_sub(1, Relaxed);
        self.metrics.mailbox_bytes.fetch_sub(bytes as u64, Relaxed);
    }

    fn become_durable(&mut self, number: u64) {
        self.durable = number;
        let invokes = self.core.durable(self.clock.now(), number);
        self.depart(invokes);
    }

    /// Sends on its way what may leave now.
    fn depart(&mut self, invokes: Vec<Invoke>) {
        for invoke in invokes {
            (self.outlets.invoke)(invoke);
        }
        for posting in self.core.take_postings() {
            // Nobody listens when the runtime is gone; the row is found again at the next start.
            let _ = self.outlets.posts.send(Errand::Post(posting));
        }
        for (partition, signing) in self.core.take_signings() {
            let _ = self.outlets.posts.send(Errand::Sign(partition, signing));
        }
        let letters = self.core.take_letters();
        if letters.is_empty() {
            return;
        }
        let Mailboxes { shards, senders } = &self.outlets.mailboxes;
        let mut sorted: Vec<Vec<Letter>> = senders.iter().map(|_| Vec::new()).collect();
        for letter in letters {
            if let Some(pile) = sorted.get_mut(shards.of(letter.addressee())) {
                pile.push(letter);
            }
        }
        for (sender, pile) in senders.iter().zip(sorted) {
            if !pile.is_empty() {
                // A shard that has ended is told after the next start: the outbox keeps the rows.
                let _ = sender.send(Mail::Letters(pile));
            }
        }
    }

    fn seal(&mut self) {
        while self.sealed == self.durable {
            let Some(round) = self.core.seal() else { return };
            self.sealed = round.number;
            if !round.batches.is_empty() {
                let sent = self.outlets.log.send(LogMail::Round { shard: self.index, round });
                return sent.expect("the log thread outlives the shards");
            }
            // All it saw is on disk already. What it caused may open the next round.
            release(&self.outlets.replies, round.replies);
            self.become_durable(round.number);
        }
    }

    fn consider_freeze(&mut self) {
        // Not while a round is open: the frozen state must not be ahead of the sealed log.
        if matches!(self.freeze, Freeze::Asked) && self.core.is_sealed() {
            let bytes = self.core.bytes_since_checkpoint();
            let partitions = self.core.freeze();
            self.freeze = Freeze::Done { round: self.sealed, partitions, bytes };
        }
        // In the same breath: what was frozen may be durable already, and then nobody would knock
        // again to have it written.
        self.freeze = match std::mem::replace(&mut self.freeze, Freeze::Idle) {
            Freeze::Done { round, partitions, bytes } if self.durable >= round => {
                // Counted by the keeper from here on, and by then not here any more.
                self.report();
                self.tell_keeper(KeeperMail::Frozen { partitions, bytes });
                Freeze::Idle
            }
            waiting @ (Freeze::Idle | Freeze::Asked | Freeze::Done { .. }) => waiting,
        };
    }

    /// Lets everybody know how much there is.
    fn report(&mut self) {
        let waiting = self.core.waiting() as u64;
        if waiting != self.waiting {
            // Wraps around, and so does the sum of all shards: back to what it is.
            self.metrics.waiting.fetch_add(waiting.wrapping_sub(self.waiting), Relaxed);
            self.waiting = waiting;
        }
        let logged = self.core.bytes_since_checkpoint();
        let young = self.core.young_body_bytes();
        self.tally.set(logged, young);
        if self.nudge.is_due(logged + young) {
            self.tell_keeper(KeeperMail::Look);
        }
    }

    fn sweep(&self, now: Timestamp, checkpointed: &[(PartitionId, Position)], kept: Millis) {
        let doomed = self.core.doomed_blobs(checkpointed, now.minus(kept));
        if !doomed.is_empty() {
            let sent = self.outlets.checkpoints.send(CheckpointMail::Sweep(doomed));
            sent.expect("the checkpoint thread outlives the shards");
        }
    }

    fn tell_keeper(&self, mail: KeeperMail) {
        self.outlets.keeper.send(mail).expect("the keeper outlives the shards");
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
