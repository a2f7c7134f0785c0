//! The world: a node made of the real step machines, on a disk that misbehaves, with clients.
//!
//! Each step does one small thing: a client asks, the core seals a round, the log syncs, a
//! checkpoint advances, time passes. The seed decides which. The disk may crash under any of its
//! operations; then the machine is gone, the disk keeps what a disk would keep, and the next step
//! starts a new machine from it. At the end all faults stop and everything promised must be found.

use crate::cores::{Cores, Freeze};
use crate::duplicates::Originals;
use crate::functions::Roster;
use crate::history::History;
use crate::ledger::{Certainty, Invariant, Ledger, QueueRules, Receive, Violation};
use crate::moves::{MoveAsked, Moves};
use crate::planted::change_body;
use crate::random::Random;
use crate::shelf::Shelf;
use crate::topics::{TopicAsked, Topics};
use crate::uploads::Upload;
use crate::weather::NodeClock;
use crate::workloads::Workload;
use crate::{Bug, Reached, Report};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tidemill_kernel::{Millis, PartitionId, Position, Timestamp, Uuid};
use tidemill_node::core::{Shards, Ticket};
use tidemill_node::room::Room;
use tidemill_services::Entry;
use tidemill_services::s3::model::UploadId;
use tidemill_store::disk::Disk;
use tidemill_store::{Batch, Blobs, Checkpointer, DirectWrites, Faults, MemoryDisk, Wal};

const STEPS: u64 = 600;
pub(crate) const DIRECTORY: &str = "/data";
pub(crate) const VISIBILITY: Millis = Millis(30_000);
const START: Timestamp = Timestamp(1_800_000_000_000);
/// How late a long poll may be answered, in simulated time, once the node is up.
const LATENESS_MAX: Millis = Millis(5_000);

pub(crate) const ORDERS: usize = 0;
pub(crate) const DEAD: usize = 1;
pub(crate) const LEDGER_FIFO: usize = 2;
/// Where the bucket's events go. Only the final drain reads it.
pub(crate) const NOTICES: usize = 3;
/// Whose messages are forgotten after a minute, and purged now and then.
pub(crate) const BRIEF: usize = 4;
pub(crate) const BRIEF_RETENTION: Millis = Millis(60_000);
/// Queue names, chosen so that `orders` and its dead-letter queue live in different partitions.
pub(crate) const QUEUES: [&str; 5] = ["orders", "orders-dead", "ledger.fifo", "notices", "brief"];

/// What a client is waiting to hear.
#[derive(Clone, Debug)]
pub(crate) enum Asked {
    Create(usize),
    Send {
        ids: Vec<String>,
        operation: &'static str,
    },
    Receive {
        receive: Receive,
        deadline: Timestamp,
    },
    Delete {
        id: String,
    },
    ChangeVisibility {
        id: String,
        until: Timestamp,
    },
    /// Every message that the queue had when it was asked.
    Purge {
        ids: Vec<String>,
    },
    Attributes,
    /// One queue's attributes, and how many messages it could have had when it was asked.
    Count {
        possible: RangeInclusive<u64>,
    },
    MakeBucket,
    Announce,
    Put {
        key: String,
    },
    /// A put or a delete of an object whose data lies in a blob.
    Shelve {
        key: String,
        number: u64,
    },
    BeginUpload {
        key: String,
    },
    UploadPart {
        id: UploadId,
        content: u64,
    },
    MakeFunction,
    Invoke {
        id: Uuid,
    },
    /// The executor told how an attempt ended.
    Told {
        id: Uuid,
        attempt: u32,
    },
    Topic(TopicAsked),
    Move(MoveAsked),
    /// Whatever comes back is right.
    Anything(&'static str),
}

/// A message that a client holds and may delete.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) id: String,
    pub(crate) queue: usize,
    pub(crate) handle: String,
    pub(crate) until: Timestamp,
}

/// A simulated caller's request, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Request(pub(crate) u64);

impl Ticket for Request {
    /// Simulated callers wait for ever: what they are answered is what is checked.
    fn is_gone(&self) -> bool {
        false
    }
}

pub(crate) struct Machine {
    pub(crate) core: Cores,
    pub(crate) blobs: Blobs,
    pub(crate) wal: Wal,
    pub(crate) checkpointer: Checkpointer,
    pub(crate) frozen: Option<Freeze>,
    pub(crate) checkpointed: Vec<(PartitionId, Position)>,
    /// The first position of each partition in the newest group of the log.
    pub(crate) last_group: BTreeMap<PartitionId, Position>,
    pub(crate) clock: NodeClock,
}

pub struct World {
    pub(crate) random: Random,
    pub(crate) bug: Option<Bug>,
    pub(crate) disk: MemoryDisk,
    pub(crate) faults: Faults,
    /// What the node's clock shows.
    pub(crate) now: Timestamp,
    /// How much time has passed, whatever any clock shows.
    pub(crate) passed: Millis,
    /// The wall clock.
    pub(crate) wall: Timestamp,
    pub(crate) room: Room,
    pub(crate) refused: u64,
    pub(crate) rots: [u64; 2],
    /// `Some` in a story whose only faults are planned: the change that the machine dies in, for
    /// each of its lives that does not last.
    pub(crate) deaths: Option<Vec<u64>>,
    pub(crate) disk_operations: u64,
    pub(crate) start_operations: u64,
    pub(crate) restart_operations: u64,
    pub(crate) machine: Option<Machine>,
    pub(crate) history: History,
    pub(crate) ledger: Ledger,
    pub(crate) originals: Originals,
    pub(crate) asked: BTreeMap<Request, Asked>,
    pub(crate) held: Vec<Held>,
    pub(crate) created: [bool; QUEUES.len()],
    pub(crate) bucket_is_made: bool,
    pub(crate) bucket_is_announced: bool,
    pub(crate) shelf: Shelf,
    pub(crate) uploads: Vec<Upload>,
    pub(crate) roster: Roster,
    pub(crate) topics: Topics,
    pub(crate) moves: Moves,
    pub(crate) workload: Workload,
    /// The file that rots while the machine lives.
    pub(crate) rotten: Option<PathBuf>,
    /// The copies that the final audit has read.
    pub(crate) copies_read: u64,
    /// How often the final drain found each key's notice.
    pub(crate) notices: BTreeMap<String, u64>,
    pub(crate) operations: u64,
    pub(crate) sends: u64,
    pub(crate) crashes: u64,
    pub(crate) direct_writes: u64,
    /// What the disk makes of them.
    pub(crate) direct: DirectWrites,
    pub(crate) digest: blake3::Hasher,
    /// The messages a final drain found.
    pub(crate) found: BTreeMap<String, u64>,
    pub(crate) counted: u64,
    pub(crate) is_calm: bool,
    /// Something is so broken that the story ends here.
    pub(crate) is_over: bool,
    pub(crate) swapped: Option<(Request, PartitionId, Entry)>,
}

impl World {
    #[must_use]
    pub fn new(seed: u64, bug: Option<Bug>) -> World {
        let mut ledger = Ledger::default();
        let standard = QueueRules::default();
        ledger.add_queue(QueueRules { receive_count_max: Some(3), ..standard });
        ledger.add_queue(QueueRules { is_dead_letter: true, ..standard });
        ledger.add_queue(QueueRules { is_fifo: true, ..standard });
        ledger.add_queue(standard);
        ledger.add_queue(standard);
        World {
            random: Random::new(seed),
            bug,
            disk: MemoryDisk::new(),
            faults: Faults::default(),
            now: START,
            passed: Millis(0),
            wall: START,
            room: Room::Plenty,
            refused: 0,
            rots: [0; 2],
            deaths: None,
            disk_operations: 0,
            start_operations: 0,
            restart_operations: 0,
            machine: None,
            history: History::default(),
            ledger,
            originals: Originals::default(),
            asked: BTreeMap::new(),
            held: Vec::new(),
            created: [false; QUEUES.len()],
            bucket_is_made: false,
            bucket_is_announced: false,
            shelf: Shelf::default(),
            uploads: Vec::new(),
            roster: Roster::default(),
            // A crowd takes a while.
            topics: Topics::new(seed % 8 == 3),
            moves: Moves::default(),
            workload: Workload::Everything,
            rotten: None,
            copies_read: 0,
            notices: BTreeMap::new(),
            operations: 0,
            sends: 0,
            crashes: 0,
            direct_writes: 0,
            direct: DirectWrites::default(),
            digest: blake3::Hasher::new(),
            found: BTreeMap::new(),
            counted: 0,
            is_calm: false,
            is_over: false,
            swapped: None,
        }
    }

    /// A short story whose only faults are the planned ones.
    #[must_use]
    pub fn crashing_at(workload: Workload, seed: u64, deaths: &[u64]) -> World {
        let world = World { deaths: Some(deaths.to_vec()), workload, ..World::new(seed, None) };
        match workload.crowd() {
            Some(size) => World { topics: Topics::crowded(size), ..world },
            None => world,
        }
    }

    /// Tells the whole story.
    #[must_use]
    pub fn run(mut self) -> Report {
        let steps = if self.deaths.is_some() { self.workload.steps() } else { STEPS };
        for _ in 0..steps {
            self.step();
            if self.is_over {
                break;
            }
        }
        if !self.is_over {
            self.calm();
        }
        let reached = Reached {
            dead_letters: self.ledger.dead_letters(),
            copies: self.topics.audience.copies(),
            moved: self.moves.moved(),
        };
        Report {
            reached,
            violations: self.ledger.violations,
            digest: self.digest.finalize().to_hex().to_string(),
            operations: self.operations,
            crashes: self.crashes,
            direct_writes: self.direct_writes,
            disk_operations: self.disk_operations,
            start_operations: self.start_operations,
            restart_operations: self.restart_operations,
            refused: self.refused,
            rots: self.rots,
        }
    }

    pub(crate) fn step(&mut self) {
        if self.machine.is_none() {
            self.plan_faults();
            self.start();
            return;
        }
        match self.random.below(100) {
            0..55 => self.client(),
            55..70 => self.seal(),
            70..88 => self.log(),
            88..93 => self.pass_time(),
            93..97 => self.checkpoint(),
            97 => self.prepare(),
            98 => self.pass_much_time(),
            // A short story has no time for slow checkpoints, and dies when it is told to.
            _ if self.deaths.is_some() => self.checkpoint_wholly(),
            _ if self.random.one_in(3) => self.set_clock(),
            _ => self.crash(),
        }
        if self.random.one_in(2) {
            self.carry_letter();
        }
        self.watch_room();
        if self.bug == Some(Bug::SweptEarly) {
            self.sweep();
        }
        self.advance();
        self.check_long_polls();
    }

    pub(crate) fn start(&mut self) {
        let disk: Arc<dyn Disk> = Arc::new(self.disk.clone());
        let options = self.workload.store_options();
        let mut nonce = [0; 32];
        nonce[..8].copy_from_slice(&self.random.draw().to_be_bytes());
        let opened = Blobs::open(Arc::clone(&disk), Path::new(DIRECTORY), nonce);
        let blobs = match opened {
            Ok(blobs) => blobs,
            Err(error) => return self.refused_to_start(&error.to_string()),
        };
        let opened = match tidemill_store::open(disk, Path::new(DIRECTORY), options, || [7; 32]) {
            Ok(opened) => opened,
            Err(error) => return self.refused_to_start(&error.to_string()),
        };
        let checkpointed = PartitionId::all()
            .zip(&opened.partitions)
            .map(|(id, partition)| (id, partition.applied))
            .collect();
        // One life may have more threads than the next.
        let shards = Shards::new(if self.random.one_in(2) { 1 } else { 3 });
        let mut core = Cores::load(shards, opened.secret, opened.partitions);
        let slip = Millis(u64::from(self.bug == Some(Bug::RestartDiffers)));
        let mut replay = opened.replay;
        loop {
            match replay.next() {
                Ok(Some(mut batch)) => {
                    batch.now = batch.now.plus(slip);
                    core.replay(&batch);
                }
                Ok(None) => break,
                Err(error) => return self.refused_to_start(&error.to_string()),
            }
        }
        self.history.keep(&core.applied());
        if let Err(error) = tidemill_node::sweep_leftovers(&blobs, |visit| core.visit_blobs(visit))
        {
            return self.refused_to_start(&error.to_string());
        }
        if self.misses_deliveries(&core) {
            // It would stop at the first that is missing, and nothing more can be learnt.
            self.is_over = true;
            return;
        }
        let clock = NodeClock::start(self.wall, core.now(), self.passed);
        self.now = self.wall.max(core.now());
        let invokes = core.recover(self.now);
        self.machine = Some(Machine {
            core,
            blobs,
            wal: opened.wal,
            checkpointer: opened.checkpointer,
            frozen: None,
            checkpointed,
            last_group: BTreeMap::new(),
            clock,
        });
        if self.crashes == 0 {
            self.start_operations = self.disk.counts().operations;
        }
        if self.crashes == 1 {
            self.restart_operations = self.disk.counts().operations;
        }
        self.resume_runs(invokes);
        self.resume_posts();
        if self.random.below(4) > 0 {
            self.prepare();
        }
    }

    /// Segments are made ready, and the disk is tried: the preparing thread's part.
    pub(crate) fn prepare(&mut self) {
        let Some(machine) = &self.machine else { return };
        let preparer = machine.wal.preparer();
        if preparer.is_needed() && preparer.prepare().is_err() {
            self.crash();
        }
    }

    pub(crate) fn crash(&mut self) {
        if self.crashes == 0 {
            self.disk_operations = self.disk.counts().operations;
        }
        self.crashes += 1;
        self.room = Room::Plenty;
        self.direct_writes += self.disk.counts().direct_writes;
        self.machine = None;
        let seed = self.random.draw();
        self.disk = self.disk.crash(seed);
        for (_, asked) in std::mem::take(&mut self.asked) {
            self.lost(asked);
        }
        self.roster.crashed();
        self.topics.crashed();
    }

    /// The process died before this was answered.
    pub(crate) fn lost(&mut self, asked: Asked) {
        match asked {
            Asked::Send { ids, .. } => {
                for id in ids {
                    self.ledger.send_ended(&id, Certainty::Uncertain);
                }
            }
            Asked::Delete { id } => self.ledger.delete_ended(&id, Certainty::Uncertain),
            Asked::Purge { ids } => self.ledger.purge_ended(&ids, Certainty::Uncertain),
            Asked::Put { key } => self.ledger.put_ended(&key, Certainty::Uncertain),
            Asked::Receive { receive, .. } => self.ledger.receive_lost(receive.queue),
            Asked::Shelve { key, number } => {
                self.shelf.ended(&key, number, Certainty::Uncertain);
            }
            Asked::Invoke { id } => self.roster.accept_ended(id, Certainty::Uncertain),
            Asked::Told { id, attempt } => {
                self.roster.told_ended(id, attempt, Certainty::Uncertain);
            }
            Asked::Topic(asked) => self.topic_lost(&asked),
            Asked::Move(asked) => self.move_lost(&asked),
            Asked::ChangeVisibility { .. }
            | Asked::Create(_)
            | Asked::Attributes
            | Asked::Count { .. }
            | Asked::MakeBucket
            | Asked::Announce
            | Asked::BeginUpload { .. }
            | Asked::UploadPart { .. }
            | Asked::MakeFunction
            | Asked::Anything(_) => {}
        }
    }

    pub(crate) fn pass_time(&mut self) {
        let step = self.random.below(2_000);
        self.move_clock(Millis(step));
    }

    pub(crate) fn pass_much_time(&mut self) {
        let step = self.random.below(90_000);
        self.move_clock(Millis(step));
    }

    pub(crate) fn move_clock(&mut self, step: Millis) {
        self.passed = Millis(self.passed.0 + step.0);
        self.wall = self.wall.plus(step);
        self.read_clock(step);
        self.advance();
    }

    /// Looks at the clock, as the core's thread does after every letter.
    pub(crate) fn advance(&mut self) {
        if self.bug == Some(Bug::TimerDropped) {
            return;
        }
        let now = self.now;
        if let Some(machine) = &mut self.machine {
            machine.core.advance(now);
        }
    }

    pub(crate) fn seal(&mut self) {
        let Some(machine) = &self.machine else { return };
        if let Some(index) = self.random.index(machine.core.count()) {
            self.seal_shard(index);
        }
    }

    fn seal_shard(&mut self, index: usize) {
        let Some(machine) = &mut self.machine else { return };
        let Some(round) = machine.core.seal(index) else { return };
        if self.bug == Some(Bug::ReplySentEarly) {
            let replies = std::mem::take(&mut round.replies);
            self.release(replies);
        }
        self.plant_letters(index);
    }

    pub(crate) fn log(&mut self) {
        let Some(machine) = &mut self.machine else { return };
        let Some(mut group) = machine.core.group(&mut self.random) else { return };
        let mut batches: Vec<Batch> = group.take_batches();
        if self.bug == Some(Bug::BodyChanged) {
            batches = batches.into_iter().map(change_body).collect();
        }
        self.history.append(&batches);
        if !batches.is_empty() && machine.wal.append(&batches).is_err() {
            // The node aborts; nobody hears anything of these rounds.
            return self.crash();
        }
        if !batches.is_empty() {
            machine.last_group = first_positions(&batches);
        }
        machine.core.mark_durable(&group);
        let replies: Vec<_> =
            group.rounds.iter_mut().flat_map(|round| std::mem::take(&mut round.replies)).collect();
        if self.bug == Some(Bug::WatermarkLost) {
            self.release(replies);
            return;
        }
        self.plant_deliveries();
        let Some(machine) = &mut self.machine else { return };
        let invokes = machine.core.durable(self.now, &group);
        self.begin_runs(invokes);
        self.begin_posts();
        self.release(replies);
    }

    /// A letter from one shard arrives at another.
    fn carry_letter(&mut self) {
        let Some(machine) = &mut self.machine else { return };
        if let Some(letter) = machine.core.next_letter(&mut self.random) {
            self.plant_receipt(&letter);
            let Some(machine) = &mut self.machine else { return };
            machine.core.receive(self.now, letter);
        }
    }

    pub(crate) fn check_long_polls(&mut self) {
        let Some(machine) = &self.machine else { return };
        if !machine.core.is_quiet() {
            return;
        }
        let now = self.now;
        let late = self.asked.values().find_map(|asked| {
            let Asked::Receive { deadline, .. } = asked else { return None };
            (deadline.plus(LATENESS_MAX) < now).then_some(*deadline)
        });
        if let Some(deadline) = late {
            let what = format!("a long poll due at {deadline:?} still waits at {now:?}");
            self.ledger.report(Invariant::I11TimersFireInTime, what);
        }
    }

    /// Runs until nothing is on its way.
    pub(crate) fn settle(&mut self) {
        for _ in 0..64 {
            while self.machine.as_ref().is_some_and(|machine| !machine.core.has_delivered()) {
                self.carry_letter();
            }
            let shards = self.machine.as_ref().map_or(0, |machine| machine.core.count());
            (0..shards).for_each(|index| self.seal_shard(index));
            let is_idle = |machine: &Machine| machine.core.is_quiet();
            if self.machine.as_ref().is_none_or(is_idle) {
                return;
            }
            self.log();
        }
        let what = "deliveries between partitions never came to rest".to_owned();
        self.ledger.violations.push(Violation { invariant: Invariant::I11TimersFireInTime, what });
    }
}

/// Segments so small that stories fill several.
pub(crate) fn store_options() -> tidemill_store::Options {
    tidemill_store::Options {
        segment_bytes: 256 << 10,
        row_file_bytes: 4 << 10,
        row_cache_bytes: 64 << 10,
        ..tidemill_store::Options::default()
    }
}

fn first_positions(batches: &[Batch]) -> BTreeMap<PartitionId, Position> {
    let mut first = BTreeMap::new();
    for batch in batches {
        first.entry(batch.partition).or_insert(batch.first);
    }
    first
}
