//! The core: some or all partitions of this process, as one synchronous step machine.
//!
//! [`Core::propose`] applies a command to live state and puts it into the open [`Round`];
//! [`Core::seal`] closes the round; whoever drives the core appends the round to the log, syncs,
//! releases the round's replies, and then says so with [`Core::durable`], which lets the round's
//! effects happen. The node's threads and the simulator are the two drivers.
//!
//! # Invariants
//!
//! - Rounds are numbered without gaps and become durable in order.
//! - A reply is in the round of the newest change it can have seen, or a later one.
//! - Effects of a round happen after [`Core::durable`] for it, in order; none is lost, because all
//!   that matters are rows: after a restart [`Core::recover`] starts them again.
//! - What partitions of this core tell others leaves only when its cause is durable: within the
//!   core by itself, to another core as a [`Letter`].
//! - No clock, file or thread: time is an argument, the log is the driver's.

mod checkpoint;
mod shards;

pub use shards::{Letter, Shards};

use crate::http_deliveries::Posting;
use crate::waiters::{Waiter, Waiters};
use bytes::Bytes;
use std::collections::{BTreeMap, VecDeque};
use tidemill_kernel::{
    Arn, At, Facts, Look, Millis, Outcome, PARTITION_COUNT, PartitionId, Position, Secret, Signing,
    Timestamp, Turn, Uuid, Wait, WakeKey, codec,
};
use tidemill_services::outbox::Envelope;
use tidemill_services::{Command, Effect, Entry, Error, Query, Reply, State};
use tidemill_store::{Batch, BatchBuilder, Buffers, PartitionStore};

/// A batch is closed before it grows beyond this: the log writes a batch whole, into one segment.
const BATCH_BYTES_MAX: usize = 8 << 20;

/// What a caller gets: a reply or a refusal.
pub type Answer = Result<Reply, Error>;

/// How a caller is reached.
pub trait Ticket {
    /// Whether nobody waits for the answer any more.
    fn is_gone(&self) -> bool;
}

/// Changes and replies that become durable together. `T` is whatever the driver answers through.
#[derive(Debug)]
pub struct Round<T> {
    pub number: u64,
    /// In log order; a partition has several when it changed much, or when time went on meanwhile.
    pub batches: Vec<Batch>,
    /// To be sent once this and every earlier round is durable.
    pub replies: Vec<Answered<T>>,
}

/// The end of a request: what it is told, through what, and the stamp that decided it.
#[derive(Debug)]
pub struct Answered<T> {
    pub ticket: T,
    pub answer: Answer,
    pub at: Timestamp,
}

impl<T> Round<T> {
    fn new(number: u64) -> Round<T> {
        Round { number, batches: Vec::new(), replies: Vec::new() }
    }
}

/// A function run the driver must start. At least once: the same one may come again after a
/// restart, with the same invocation and attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoke {
    pub function: Arn,
    pub invocation: Uuid,
    pub attempt: u32,
}

/// What must happen after a round is durable.
#[derive(Debug)]
enum Consequence {
    Tell(Letter),
    Invoke(Invoke),
    Post(Posting),
    Sign(PartitionId, Signing),
}

struct Partition<T> {
    id: PartitionId,
    state: State,
    store: PartitionStore,
    applied: Position,
    /// What the newest freeze holds.
    frozen: Position,
    open: BatchBuilder,
    waiters: Waiters<T>,
    /// When a tick is next worth proposing; looked up again after each change.
    due: Option<Timestamp>,
}

/// The partitions of one shard and the round they are filling.
pub struct Core<T> {
    secret: Secret,
    now: Timestamp,
    partitions: Vec<Partition<T>>,
    /// Where a partition is among them, by its number.
    slots: [Option<usize>; PARTITION_COUNT as usize],
    round: Round<T>,
    /// Entries in the open round.
    open_entries: u64,
    /// Consequences of rounds that are not durable yet, oldest first.
    held: VecDeque<(u64, Consequence)>,
    /// For partitions of other cores, and durable here.
    letters: Vec<Letter>,
    /// Deliveries over HTTP that may begin.
    postings: Vec<Posting>,
    /// What may be signed: whoever signs it proposes `sns::Command::Signed`.
    signings: Vec<(PartitionId, Signing)>,
    /// Keys that something was done for since the open round's last wake-up.
    woken: VecDeque<(PartitionId, WakeKey)>,
    bytes_since_checkpoint: u64,
    /// What sealed batches were written to.
    buffers: Buffers,
}

impl<T: Ticket> Core<T> {
    /// Loads these partitions' state from their rows. [`Core::replay`] brings it up to date.
    #[must_use]
    pub fn load(secret: Secret, stores: Vec<PartitionStore>) -> Core<T> {
        let partitions: Vec<Partition<T>> = stores
            .into_iter()
            .map(|store| {
                let id = store.partition;
                let state = State::load(id, &store.rows);
                Partition {
                    id,
                    due: state.next_due(),
                    applied: store.applied,
                    frozen: store.applied,
                    state,
                    store,
                    open: BatchBuilder::default(),
                    waiters: Waiters::default(),
                }
            })
            .collect();
        let now = partitions.iter().map(|partition| partition.store.now).max();
        let mut slots = [None; PARTITION_COUNT as usize];
        for (slot, partition) in partitions.iter().enumerate() {
            let place = slots.get_mut(usize::from(partition.id.0));
            *place.expect("a store's partition is one of those that are") = Some(slot);
        }
        Core {
            secret,
            now: now.unwrap_or_default(),
            partitions,
            slots,
            round: Round::new(1),
            open_entries: 0,
            held: VecDeque::new(),
            letters: Vec::new(),
            postings: Vec::new(),
            signings: Vec::new(),
            woken: VecDeque::new(),
            bytes_since_checkpoint: 0,
            buffers: Buffers::default(),
        }
    }

    /// Applies a logged batch again. Its replies were given, or never will be; its effects are
    /// found in the rows by [`Core::recover`].
    pub fn replay(&mut self, batch: &Batch) {
        self.now = self.now.max(batch.now);
        self.bytes_since_checkpoint += batch.payload.len() as u64;
        let secret = self.secret;
        let partition = self.partition(batch.partition);
        let mut position = batch.first;
        for bytes in batch.entries() {
            assert_eq!(position, partition.applied.next(), "the log has no gap");
            let entry: Entry = codec::from_bytes(bytes);
            let at = At { now: batch.now, partition: batch.partition, position, secret };
            let mut turn =
                Turn::new(at, &entry.facts, &mut partition.store.rows, &mut partition.store.bodies);
            let (result, _) = partition.state.apply(&mut turn, entry.command);
            assert!(
                turn.has_changed() && result.is_ok(),
                "only changes are logged, so a replayed entry that changes nothing means that \
                 apply is not deterministic: {:?} {position:?}",
                batch.partition
            );
            partition.applied = position;
            position = position.next();
        }
        partition.due = partition.state.next_due();
    }

    /// Starts again whatever was pending when the process last stopped.
    pub fn recover(&mut self, now: Timestamp) -> Vec<Invoke> {
        let mut invokes = Vec::new();
        let mut undelivered = Vec::new();
        for partition in &mut self.partitions {
            partition.state.forget_tallies();
            undelivered.extend(partition.state.unacknowledged(&partition.store.rows));
            for effect in partition.state.pending(&partition.store.rows) {
                match effect {
                    Effect::Invoke { function, invocation, attempt } => {
                        invokes.push(Invoke { function, invocation, attempt });
                    }
                    Effect::HttpPost(post) => {
                        self.postings.push(Posting { partition: partition.id, post });
                    }
                    Effect::Sign(signing) => {
                        self.signings.push((partition.id, signing));
                    }
                    // What is sent is known from the outbox, and nobody waits yet.
                    Effect::Send(_) | Effect::Wake(_) => {}
                }
            }
        }
        // Only now: what these cause in turn is not durable, and waits like everything else.
        self.stamp(now);
        for envelope in undelivered {
            self.tell(Letter::Delivery(envelope));
        }
        invokes
    }

    /// Applies a command now and answers through `ticket` once it is durable, or once something
    /// came for it to wait no longer. `bytes` is `entry` as the log will hold it.
    pub fn propose(
        &mut self,
        now: Timestamp,
        id: PartitionId,
        entry: Entry,
        bytes: Bytes,
        ticket: T,
    ) {
        self.stamp(now);
        match self.apply(id, entry, &bytes) {
            Ok(Outcome::Done(reply)) => self.answer(ticket, Ok(reply)),
            Err(error) => self.answer(ticket, Err(error)),
            Ok(Outcome::Wait(wait)) => {
                let (key, waiter) = self.waiter(wait, bytes, ticket);
                self.partition(id).waiters.park(key, waiter);
            }
        }
        self.wake();
    }

    /// Answers a query from live state; the answer leaves when what it saw is durable.
    pub fn query(&mut self, now: Timestamp, id: PartitionId, query: Query, ticket: T) {
        let answer = self.ask(now, id, query);
        self.answer(ticket, answer);
    }

    /// The answer to a query, which may be ahead of the disk: it must not leave the process.
    pub fn ask(&mut self, now: Timestamp, id: PartitionId, query: Query) -> Answer {
        self.stamp(now);
        let (now, secret) = (self.now, self.secret);
        let partition = self.partition(id);
        let at = At { now, partition: id, position: partition.applied, secret };
        let look = Look { now, at, rows: &partition.store.rows, bodies: &partition.store.bodies };
        partition.state.read(&look, query)
    }

    /// Does what the passing of time alone asks for: ticks, and long polls that end or look again.
    pub fn advance(&mut self, now: Timestamp) {
        self.stamp(now);
        for id in self.ids() {
            let now = self.now;
            // One tick a turn: a million messages expiring must not hold up the neighbours.
            let is_due = self.partition(id).due.is_some_and(|due| due <= now);
            if is_due && !self.propose_own(id, Command::Tick) {
                let partition = self.partition(id);
                // Where nothing moved, asking again at once would only spin.
                let idle = now.plus(Millis(1000));
                let due = partition.state.next_due();
                partition.due = due.map(|due| if due <= now { idle } else { due });
            }
            // Pollers of one key find what one of them finds: after the first that must go on
            // waiting, the others wait as long without being asked.
            let mut empty: BTreeMap<WakeKey, Option<Timestamp>> = BTreeMap::new();
            while let Some((key, arrival, waiter)) = self.partition(id).waiters.due(now) {
                if waiter.deadline <= now {
                    self.answer(waiter.ticket, Ok(waiter.otherwise));
                } else if let Some(retry_at) = empty.get(&key) {
                    let waiter = Waiter { retry_at: *retry_at, ..waiter };
                    self.partition(id).waiters.park_at(key, arrival, waiter);
                } else if let Err(retry_at) = self.retry(id, key, arrival, waiter) {
                    empty.insert(key, retry_at);
                }
            }
        }
        self.wake();
    }

    /// When [`Core::advance`] next has something to do.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        self.partitions
            .iter()
            .flat_map(|partition| [partition.due, partition.waiters.next_alarm()])
            .flatten()
            .min()
    }

    /// Closes the open round; `None` when it is empty.
    pub fn seal(&mut self) -> Option<Round<T>> {
        self.seal_batches();
        let number = self.round.number;
        let has_consequences = self.held.back().is_some_and(|(round, _)| *round == number);
        if self.round.batches.is_empty() && self.round.replies.is_empty() && !has_consequences {
            return None;
        }
        self.open_entries = 0;
        let next = Round::new(self.round.number + 1);
        Some(std::mem::replace(&mut self.round, next))
    }

    /// Every round up to `number` is durable: what they caused may happen now. Deliveries to
    /// partitions of this core are proposed here, those to others wait for
    /// [`Core::take_letters`]; what leaves the process is returned.
    pub fn durable(&mut self, now: Timestamp, number: u64) -> Vec<Invoke> {
        self.stamp(now);
        let mut invokes = Vec::new();
        // Acknowledgements name a last sequence, so the newest of a pair stands for all.
        let mut acknowledged: BTreeMap<(PartitionId, PartitionId), u64> = BTreeMap::new();
        while self.held.front().is_some_and(|(round, _)| *round <= number) {
            match self.held.pop_front() {
                Some((_, Consequence::Tell(letter))) => match letter {
                    Letter::Delivery(_) => self.tell(letter),
                    Letter::Acknowledgement { source, target, sequence } => {
                        acknowledged.insert((source, target), sequence);
                    }
                },
                Some((_, Consequence::Invoke(invoke))) => invokes.push(invoke),
                Some((_, Consequence::Post(posting))) => self.postings.push(posting),
                Some((_, Consequence::Sign(partition, signing))) => {
                    self.signings.push((partition, signing));
                }
                None => break,
            }
        }
        for ((source, target), sequence) in acknowledged {
            self.tell(Letter::Acknowledgement { source, target, sequence });
        }
        self.wake();
        invokes
    }

    /// Takes what other cores must be told now: what [`Core::recover`] and [`Core::durable`] have
    /// gathered, in order. Should it be lost with the process, a restart tells it again.
    pub fn take_letters(&mut self) -> Vec<Letter> {
        std::mem::take(&mut self.letters)
    }

    /// Takes in what another core tells a partition of this one.
    pub fn receive(&mut self, now: Timestamp, letter: Letter) {
        self.stamp(now);
        self.take_in(letter);
        self.wake();
    }

    /// Takes the deliveries over HTTP to begin now, which [`Core::recover`] and [`Core::durable`]
    /// have gathered. At least once, as function runs.
    pub fn take_postings(&mut self) -> Vec<Posting> {
        std::mem::take(&mut self.postings)
    }

    /// As [`Core::take_postings`], what is to be signed.
    pub fn take_signings(&mut self) -> Vec<(PartitionId, Signing)> {
        std::mem::take(&mut self.signings)
    }

    /// Whether the open round holds no change.
    #[must_use]
    pub fn is_sealed(&self) -> bool {
        self.open_entries == 0
    }

    /// Whether there is nothing to seal.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.is_sealed() && self.round.replies.is_empty()
    }

    /// Ends every long poll with what it would get at its deadline: the server is stopping.
    pub fn release_waiters(&mut self) {
        for id in self.ids() {
            let end_of_time = Timestamp(u64::MAX);
            while let Some((_, _, waiter)) = self.partition(id).waiters.due(end_of_time) {
                self.answer(waiter.ticket, Ok(waiter.otherwise));
            }
        }
    }

    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The stamp a command would carry if it were proposed at `now`.
    #[must_use]
    pub fn stamp_for(&self, now: Timestamp) -> Timestamp {
        self.now.max(now)
    }

    /// Long polls parked now.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.partitions.iter().map(|partition| partition.waiters.len()).sum()
    }

    /// The positions applied, per partition.
    #[must_use]
    pub fn applied(&self) -> Vec<(PartitionId, Position)> {
        self.partitions.iter().map(|partition| (partition.id, partition.applied)).collect()
    }

    /// State and rows of a partition of this core, for the simulator's invariants.
    #[must_use]
    pub fn inspect(&self, id: PartitionId) -> Option<(&State, &PartitionStore)> {
        let partition = self.partitions.get(self.slot(id)?)?;
        Some((&partition.state, &partition.store))
    }

    /// Takes up the driver's time. Entries of a batch carry one stamp in the log, so when time
    /// goes on, what is open is sealed under the time before. A round that kept one stamp for as
    /// long as it is filled would hide a message from a moment before its receive arrived: a
    /// visibility timeout that ends early.
    fn stamp(&mut self, now: Timestamp) {
        let now = self.stamp_for(now);
        if now > self.now {
            if !self.is_sealed() {
                self.seal_batches();
            }
            self.now = now;
        }
    }

    /// Seals what is open in every partition; the round stays open.
    fn seal_batches(&mut self) {
        for id in self.ids() {
            self.seal_batch(id);
        }
    }

    /// Puts a partition's open batch into the round, if it holds anything.
    fn seal_batch(&mut self, id: PartitionId) {
        let now = self.now;
        let partition = self.partition(id);
        if partition.open.is_empty() {
            return;
        }
        let first = Position(partition.applied.0 - u64::from(partition.open.count()) + 1);
        let batch = partition.open.seal(id, first, now);
        self.bytes_since_checkpoint += batch.payload.len() as u64;
        self.buffers.lend(&batch.payload);
        self.round.batches.push(batch);
    }

    /// Puts an entry that was just applied into its partition's open batch.
    fn push(&mut self, id: PartitionId, bytes: &[u8]) {
        if self.partition(id).open.len_bytes() + bytes.len() > BATCH_BYTES_MAX {
            self.seal_batch(id);
        }
        if self.partition(id).open.is_empty() {
            let buffer = self.buffers.take();
            self.partition(id).open = BatchBuilder::writing_to(buffer);
        }
        let partition = self.partition(id);
        partition.open.push(bytes);
        partition.applied = partition.applied.next();
        partition.due = partition.state.next_due();
        self.open_entries += 1;
    }

    fn answer(&mut self, ticket: T, answer: Answer) {
        self.round.replies.push(Answered { ticket, answer, at: self.now });
    }

    fn partition(&mut self, id: PartitionId) -> &mut Partition<T> {
        self.slot(id)
            .and_then(|slot| self.partitions.get_mut(slot))
            .expect("whoever hands in work asks Shards for the core of its partition")
    }

    fn slot(&self, id: PartitionId) -> Option<usize> {
        *self.slots.get(usize::from(id.0))?
    }

    /// The partitions of this core.
    fn ids(&self) -> Vec<PartitionId> {
        self.partitions.iter().map(|partition| partition.id).collect()
    }

    /// Applies an entry and, when it changed something, puts it into the open round.
    fn apply(
        &mut self,
        id: PartitionId,
        entry: Entry,
        bytes: &[u8],
    ) -> Result<Outcome<Reply>, Error> {
        let (now, secret, number) = (self.now, self.secret, self.round.number);
        let partition = self.partition(id);
        let position = partition.applied.next();
        let at = At { now, partition: id, position, secret };
        let mut turn =
            Turn::new(at, &entry.facts, &mut partition.store.rows, &mut partition.store.bodies);
        let (result, effects) = partition.state.apply(&mut turn, entry.command);
        if turn.has_changed() {
            assert!(result.is_ok(), "a command that refuses must not have changed anything");
            self.push(id, bytes);
        }
        for effect in effects {
            let consequence = match effect {
                Effect::Wake(key) => {
                    self.woken.push_back((id, key));
                    continue;
                }
                Effect::Send(envelope) => Consequence::Tell(Letter::Delivery(envelope)),
                Effect::Invoke { function, invocation, attempt } => {
                    Consequence::Invoke(Invoke { function, invocation, attempt })
                }
                Effect::HttpPost(post) => Consequence::Post(Posting { partition: id, post }),
                Effect::Sign(signing) => Consequence::Sign(id, signing),
            };
            self.held.push_back((number, consequence));
        }
        result
    }

    /// Proposes a command of our own that nobody waits for; says whether it changed anything.
    fn propose_own(&mut self, id: PartitionId, command: Command) -> bool {
        let entry = Entry { command, facts: Facts::default() };
        let bytes = codec::to_bytes(&entry);
        let before = self.partition(id).applied;
        match self.apply(id, entry, &bytes) {
            Ok(Outcome::Done(_)) => {}
            Ok(Outcome::Wait(_)) | Err(_) => {
                unreachable!("what the node proposes itself is never refused")
            }
        }
        self.partition(id).applied > before
    }

    /// Tells a partition of this core, or has it told by whoever drives this one.
    fn tell(&mut self, letter: Letter) {
        if self.slot(letter.addressee()).is_some() {
            self.take_in(letter);
        } else {
            self.letters.push(letter);
        }
    }

    /// A delivery is acknowledged when it is durable. A repeat is acknowledged too: the first one
    /// may not have been before the process stopped.
    fn take_in(&mut self, letter: Letter) {
        match letter {
            Letter::Delivery(envelope) => {
                let Envelope { source, target, sequence, .. } = envelope;
                self.propose_own(target, Command::Inbox(Box::new(envelope)));
                let receipt = Letter::Acknowledgement { source, target, sequence };
                self.held.push_back((self.round.number, Consequence::Tell(receipt)));
            }
            Letter::Acknowledgement { source, target, sequence } => {
                self.propose_own(source, Command::OutboxAck(target, sequence));
            }
        }
    }

    /// Lets long polls look again whose key was woken, oldest first, until one finds nothing.
    fn wake(&mut self) {
        while let Some((id, key)) = self.woken.pop_front() {
            while let Some((arrival, waiter)) = self.partition(id).waiters.first(key) {
                if self.retry(id, key, arrival, waiter).is_err() {
                    break;
                }
            }
        }
    }

    /// Applies a parked command again. When it must wait on, it keeps its place, and the error
    /// says until when. One whose caller has left is dropped: a receive for nobody would hide
    /// messages from everybody.
    fn retry(
        &mut self,
        id: PartitionId,
        key: WakeKey,
        arrival: u64,
        waiter: Waiter<T>,
    ) -> Result<(), Option<Timestamp>> {
        if waiter.ticket.is_gone() {
            return Ok(());
        }
        let entry: Entry = codec::from_bytes(&waiter.entry);
        match self.apply(id, entry, &waiter.entry) {
            Ok(Outcome::Done(reply)) => self.answer(waiter.ticket, Ok(reply)),
            Err(error) => self.answer(waiter.ticket, Err(error)),
            Ok(Outcome::Wait(wait)) => {
                let retry_at = self.retry_time(wait.retry_at);
                let parked = Waiter { retry_at, otherwise: wait.otherwise, ..waiter };
                self.partition(id).waiters.park_at(key, arrival, parked);
                return Err(retry_at);
            }
        }
        Ok(())
    }

    fn waiter(&self, wait: Wait<Reply>, entry: Bytes, ticket: T) -> (WakeKey, Waiter<T>) {
        let waiter = Waiter {
            ticket,
            entry,
            deadline: self.now.plus(wait.wait_max),
            retry_at: self.retry_time(wait.retry_at),
            otherwise: wait.otherwise,
        };
        (wait.key, waiter)
    }

    /// A retry is in the future, or it would be due again before time has moved.
    fn retry_time(&self, asked: Option<Timestamp>) -> Option<Timestamp> {
        asked.map(|at| at.max(self.now.plus(Millis(1))))
    }
}
