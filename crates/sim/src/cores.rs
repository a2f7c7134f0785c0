//! The cores of one machine: a shard each, and the letters under way between them.
//!
//! To clients and auditors they look like one core. In here each seals rounds of its own; the log
//! takes whatever rounds it finds into a group, in any order; and letters travel, in order between
//! two shards, for as long as the seed likes.

use crate::random::Random;
use crate::world::Request;
use std::collections::{BTreeMap, VecDeque};
use tidemill_kernel::{PartitionId, Position, Secret, Signing, Timestamp};
use tidemill_node::Posting;
use tidemill_node::core::{Answer, Core, Invoke, Letter, Round, Shards};
use tidemill_services::s3::model::BlobId;
use tidemill_services::{Entry, Query, State};
use tidemill_store::{Batch, Frozen, PartitionStore, Written};

/// Rounds of a shard that may wait for the log.
const SEALED_MAX: usize = 2;

struct Shard {
    core: Core<Request>,
    sealed: VecDeque<Round<Request>>,
    sealed_number: u64,
    durable: u64,
}

pub(crate) struct Cores {
    dealt: Shards,
    shards: Vec<Shard>,
    /// By sender and receiver.
    letters: BTreeMap<(usize, usize), VecDeque<Letter>>,
}

/// A checkpoint that not every shard may be frozen for yet.
#[derive(Default)]
pub(crate) struct Freeze {
    /// By shard: the round that must be durable first.
    rounds: BTreeMap<usize, u64>,
    pub(crate) partitions: VecDeque<Frozen>,
}

/// Rounds that the log writes as one group.
pub(crate) struct Group {
    pub(crate) rounds: Vec<Round<Request>>,
    /// By shard: its last round in the group.
    last: Vec<(usize, u64)>,
}

impl Group {
    pub(crate) fn take_batches(&mut self) -> Vec<Batch> {
        self.rounds.iter_mut().flat_map(|round| std::mem::take(&mut round.batches)).collect()
    }
}

impl Cores {
    pub(crate) fn load(dealt: Shards, secret: Secret, stores: Vec<PartitionStore>) -> Cores {
        let shards = dealt.load(secret, stores).into_iter().map(|core| Shard {
            core,
            sealed: VecDeque::new(),
            sealed_number: 0,
            durable: 0,
        });
        Cores { dealt, shards: shards.collect(), letters: BTreeMap::new() }
    }

    fn all(&self) -> impl Iterator<Item = &Core<Request>> {
        self.shards.iter().map(|shard| &shard.core)
    }

    fn of(&mut self, id: PartitionId) -> &mut Core<Request> {
        let shard = self.shards.get_mut(self.dealt.of(id));
        &mut shard.expect("a partition is dealt to a shard that there is").core
    }

    pub(crate) fn replay(&mut self, batch: &Batch) {
        self.of(batch.partition).replay(batch);
    }

    pub(crate) fn recover(&mut self, now: Timestamp) -> Vec<Invoke> {
        let mut invokes = Vec::new();
        for index in 0..self.shards.len() {
            let Some(shard) = self.shards.get_mut(index) else { continue };
            invokes.extend(shard.core.recover(now));
            self.collect_letters(index);
        }
        invokes
    }

    pub(crate) fn propose(
        &mut self,
        now: Timestamp,
        id: PartitionId,
        entry: Entry,
        bytes: bytes::Bytes,
        ticket: Request,
    ) {
        self.of(id).propose(now, id, entry, bytes, ticket);
    }

    pub(crate) fn query(&mut self, now: Timestamp, id: PartitionId, query: Query, ticket: Request) {
        self.of(id).query(now, id, query, ticket);
    }

    pub(crate) fn ask(&mut self, now: Timestamp, id: PartitionId, query: Query) -> Answer {
        self.of(id).ask(now, id, query)
    }

    pub(crate) fn receive(&mut self, now: Timestamp, letter: Letter) {
        self.of(letter.addressee()).receive(now, letter);
    }

    pub(crate) fn advance(&mut self, now: Timestamp) {
        for shard in &mut self.shards {
            if shard.core.next_due().is_some_and(|due| due <= now) {
                shard.core.advance(now);
            }
        }
    }

    /// Whether a shard has something to do at `now` that nobody asks for.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        self.all().any(|core| core.next_due().is_some_and(|due| due <= now))
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.all().map(Core::now).max().unwrap_or_default()
    }

    pub(crate) fn stamp_for(&self, now: Timestamp) -> Timestamp {
        self.now().max(now)
    }

    pub(crate) fn inspect(&self, id: PartitionId) -> Option<(&State, &PartitionStore)> {
        self.shards.get(self.dealt.of(id))?.core.inspect(id)
    }

    pub(crate) fn applied(&self) -> Vec<(PartitionId, Position)> {
        self.all().flat_map(Core::applied).collect()
    }

    pub(crate) fn bytes_since_checkpoint(&self) -> u64 {
        self.all().map(Core::bytes_since_checkpoint).sum()
    }

    pub(crate) fn install(&mut self, written: Written) {
        self.of(written.partition()).install(written);
    }

    pub(crate) fn doomed_blobs(
        &self,
        checkpointed: &[(PartitionId, Position)],
        before: Timestamp,
    ) -> Vec<(PartitionId, Vec<BlobId>)> {
        self.all().flat_map(|core| core.doomed_blobs(checkpointed, before)).collect()
    }

    pub(crate) fn forget_blobs(&mut self, now: Timestamp, id: PartitionId, blobs: Vec<BlobId>) {
        self.of(id).forget_blobs(now, id, blobs);
    }

    pub(crate) fn visit_blobs(&self, visit: &mut dyn FnMut(BlobId)) {
        for core in self.all() {
            core.visit_blobs(visit);
        }
    }

    pub(crate) fn take_signings(&mut self) -> Vec<(PartitionId, Signing)> {
        self.shards.iter_mut().flat_map(|shard| shard.core.take_signings()).collect()
    }

    pub(crate) fn take_postings(&mut self) -> Vec<Posting> {
        self.shards.iter_mut().flat_map(|shard| shard.core.take_postings()).collect()
    }

    pub(crate) fn count(&self) -> usize {
        self.shards.len()
    }

    /// Whether nobody waits for the next round or for the log.
    pub(crate) fn is_quiet(&self) -> bool {
        self.shards.iter().all(|shard| shard.core.is_quiet() && shard.sealed.is_empty())
    }

    /// Whether everything that was sealed is in the log.
    pub(crate) fn is_durable(&self) -> bool {
        self.shards
            .iter()
            .all(|shard| shard.sealed.is_empty() && shard.durable == shard.sealed_number)
    }

    /// Whether a shard could be frozen now.
    pub(crate) fn is_sealed(&self) -> bool {
        self.all().any(Core::is_sealed)
    }

    /// Closes a shard's open round and shows it, as long as few wait for the log already.
    pub(crate) fn seal(&mut self, index: usize) -> Option<&mut Round<Request>> {
        let shard = self.shards.get_mut(index)?;
        if shard.sealed.len() >= SEALED_MAX {
            return None;
        }
        let round = shard.core.seal()?;
        shard.sealed_number = round.number;
        shard.sealed.push_back(round);
        shard.sealed.back_mut()
    }

    /// What the log finds when it looks: some shards' rounds, in any order.
    pub(crate) fn group(&mut self, random: &mut Random) -> Option<Group> {
        let mut waiting: Vec<usize> = (0..self.shards.len())
            .filter(|index| self.shards.get(*index).is_some_and(|shard| !shard.sealed.is_empty()))
            .collect();
        let (mut rounds, mut last) = (Vec::new(), Vec::new());
        while let Some(at) = random.index(waiting.len()) {
            let index = waiting.swap_remove(at);
            let Some(shard) = self.shards.get_mut(index) else { continue };
            rounds.extend(shard.sealed.drain(..));
            last.extend(rounds.last().map(|round| (index, round.number)));
            if !waiting.is_empty() && random.one_in(4) {
                // Those came too late.
                break;
            }
        }
        (!rounds.is_empty()).then_some(Group { rounds, last })
    }

    /// The log has the group.
    pub(crate) fn mark_durable(&mut self, group: &Group) {
        for (index, number) in &group.last {
            if let Some(shard) = self.shards.get_mut(*index) {
                shard.durable = *number;
            }
        }
    }

    /// The shards hear that the log has the group.
    pub(crate) fn durable(&mut self, now: Timestamp, group: &Group) -> Vec<Invoke> {
        let mut invokes = Vec::new();
        for (index, number) in &group.last {
            let Some(shard) = self.shards.get_mut(*index) else { continue };
            invokes.extend(shard.core.durable(now, *number));
            self.collect_letters(*index);
        }
        invokes
    }

    fn collect_letters(&mut self, from: usize) {
        let Some(shard) = self.shards.get_mut(from) else { return };
        for letter in shard.core.take_letters() {
            self.post(from, letter);
        }
    }

    pub(crate) fn post(&mut self, from: usize, letter: Letter) {
        let to = self.dealt.of(letter.addressee());
        self.letters.entry((from, to)).or_default().push_back(letter);
    }

    /// The next letter to arrive, from one of the shards that have any under way.
    pub(crate) fn next_letter(&mut self, random: &mut Random) -> Option<Letter> {
        let under_way: Vec<(usize, usize)> = self.letters.keys().copied().collect();
        let pair = under_way.get(random.index(under_way.len())?)?;
        let letters = self.letters.get_mut(pair)?;
        let letter = letters.pop_front();
        if letters.is_empty() {
            self.letters.remove(pair);
        }
        letter
    }

    /// Whether no letter is under way.
    pub(crate) fn has_delivered(&self) -> bool {
        self.letters.is_empty()
    }

    pub(crate) fn shard_of(&self, id: PartitionId) -> usize {
        self.dealt.of(id)
    }

    /// What leaves for other shards if nobody waits for the log: everything in a shard's outboxes.
    pub(crate) fn undelivered(&self, index: usize) -> Vec<Letter> {
        PartitionId::all()
            .filter(|id| self.dealt.of(*id) == index)
            .filter_map(|id| self.inspect(id))
            .flat_map(|(state, store)| state.unacknowledged(&store.rows))
            .filter(|envelope| self.dealt.of(envelope.target) != index)
            .map(Letter::Delivery)
            .collect()
    }

    /// Freezes those shards that can be and are not yet; whether all are now.
    pub(crate) fn freeze(&mut self, freeze: &mut Freeze) -> bool {
        for (index, shard) in self.shards.iter_mut().enumerate() {
            if shard.core.is_sealed() && !freeze.rounds.contains_key(&index) {
                freeze.rounds.insert(index, shard.sealed_number);
                freeze.partitions.extend(shard.core.freeze());
            }
        }
        freeze.rounds.len() == self.shards.len()
    }

    /// Whether the log has everything that was frozen.
    pub(crate) fn has_logged(&self, freeze: &Freeze) -> bool {
        freeze.rounds.iter().all(|(index, round)| {
            self.shards.get(*index).is_some_and(|shard| shard.durable >= *round)
        })
    }
}
