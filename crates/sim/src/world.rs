//! The world: a node made of the real step machines, on a disk that misbehaves, with clients.
//!
//! Each step does one small thing: a client asks, the core seals a round, the log syncs, a
//! checkpoint advances, time passes. The seed decides which. The disk may crash under any of its
//! operations; then the machine is gone, the disk keeps what a disk would keep, and the next step
//! starts a new machine from it. At the end all faults stop and everything promised must be found.

use crate::ledger::{
    Certainty, Delivered, Invariant, Ledger, QueueRules, Receive, Sent, Violation,
};
use crate::random::Random;
use crate::{Bug, Report, objects, wire};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::Arc;
use tidemill_kernel::{Arn, Fact, Facts, Millis, PartitionId, Position, Timestamp, codec};
use tidemill_node::core::{Answer, Core, Round};
use tidemill_services::{Entry, Query, Reply, Work};
use tidemill_store::{Batch, Checkpointer, Faults, Frozen, MemoryDisk, Wal};

const STEPS: u64 = 600;
const DIRECTORY: &str = "/data";
const VISIBILITY: Millis = Millis(30_000);
const START: Timestamp = Timestamp(1_800_000_000_000);
/// How late a long poll may be answered, in simulated time, once the node is up.
const LATENESS_MAX: Millis = Millis(5_000);

const ORDERS: usize = 0;
const DEAD: usize = 1;
const LEDGER_FIFO: usize = 2;
/// Where the bucket's events go. Only the final drain reads it.
const NOTICES: usize = 3;
/// Queue names, chosen so that `orders` and its dead-letter queue live in different partitions.
const QUEUES: [&str; 4] = ["orders", "orders-dead", "ledger.fifo", "notices"];

/// What a client is waiting to hear.
#[derive(Clone, Debug)]
enum Asked {
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
    Attributes,
    MakeBucket,
    Announce,
    Put {
        key: String,
    },
    /// Whatever comes back is right.
    Anything(&'static str),
}

/// A message that a client holds and may delete.
#[derive(Clone, Debug)]
struct Held {
    id: String,
    queue: usize,
    handle: String,
    until: Timestamp,
}

struct Machine {
    core: Core<u64>,
    wal: Wal,
    checkpointer: Checkpointer,
    sealed: VecDeque<Round<u64>>,
    sealed_number: u64,
    durable: u64,
    frozen: Option<(u64, VecDeque<Frozen>)>,
    checkpointed: Vec<(PartitionId, Position)>,
}

pub struct World {
    random: Random,
    bug: Option<Bug>,
    disk: MemoryDisk,
    faults: Faults,
    now: Timestamp,
    machine: Option<Machine>,
    ledger: Ledger,
    asked: BTreeMap<u64, Asked>,
    held: Vec<Held>,
    created: [bool; QUEUES.len()],
    bucket_is_made: bool,
    bucket_is_announced: bool,
    /// How often the final drain found each key's notice.
    notices: BTreeMap<String, u64>,
    operations: u64,
    sends: u64,
    crashes: u64,
    digest: blake3::Hasher,
    /// The messages a final drain found.
    found: BTreeMap<String, u64>,
    counted: u64,
    is_calm: bool,
    swapped: Option<(u64, PartitionId, Entry)>,
}

impl World {
    #[must_use]
    pub fn new(seed: u64, bug: Option<Bug>) -> World {
        let mut ledger = Ledger::default();
        ledger.add_queue(QueueRules {
            is_fifo: false,
            receive_count_max: Some(3),
            is_dead_letter: false,
        });
        ledger.add_queue(QueueRules {
            is_fifo: false,
            receive_count_max: None,
            is_dead_letter: true,
        });
        ledger.add_queue(QueueRules {
            is_fifo: true,
            receive_count_max: None,
            is_dead_letter: false,
        });
        ledger.add_queue(QueueRules {
            is_fifo: false,
            receive_count_max: None,
            is_dead_letter: false,
        });
        World {
            random: Random::new(seed),
            bug,
            disk: MemoryDisk::new(),
            faults: Faults::default(),
            now: START,
            machine: None,
            ledger,
            asked: BTreeMap::new(),
            held: Vec::new(),
            created: [false; QUEUES.len()],
            bucket_is_made: false,
            bucket_is_announced: false,
            notices: BTreeMap::new(),
            operations: 0,
            sends: 0,
            crashes: 0,
            digest: blake3::Hasher::new(),
            found: BTreeMap::new(),
            counted: 0,
            is_calm: false,
            swapped: None,
        }
    }

    /// Tells the whole story.
    #[must_use]
    pub fn run(mut self) -> Report {
        for _ in 0..STEPS {
            self.step();
        }
        self.calm();
        Report {
            violations: self.ledger.violations,
            digest: self.digest.finalize().to_hex().to_string(),
            operations: self.operations,
            crashes: self.crashes,
        }
    }

    fn step(&mut self) {
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
            93..98 => self.checkpoint(),
            98 => self.pass_much_time(),
            _ => self.crash(),
        }
        self.advance();
        self.check_long_polls();
    }

    /// Draws what the disk will do to the next life of the machine.
    fn plan_faults(&mut self) {
        let counts = self.disk.counts();
        let mut faults =
            Faults { skip_syncs: self.bug == Some(Bug::SyncSkipped), ..Faults::default() };
        match self.random.below(4) {
            0 => faults.crash_at_operation = Some(counts.operations + 20 + self.random.below(600)),
            1 => faults.fail_sync = Some(counts.syncs + 3 + self.random.below(60)),
            2 => faults.space_bytes = Some(counts.grown_bytes + 4096 * self.random.below(512)),
            _ => {}
        }
        self.faults = if self.is_calm { Faults::default() } else { faults };
        self.disk.set_faults(self.faults);
    }

    fn start(&mut self) {
        let disk = Arc::new(self.disk.clone());
        let options = tidemill_store::Options {
            segment_bytes: 256 << 10,
            ..tidemill_store::Options::default()
        };
        let opened = match tidemill_store::open(disk, Path::new(DIRECTORY), options, || [7; 32]) {
            Ok(opened) => opened,
            Err(error) => return self.refused_to_start(&error.to_string()),
        };
        let checkpointed = PartitionId::all()
            .zip(&opened.partitions)
            .map(|(id, partition)| (id, partition.applied))
            .collect();
        let mut core = Core::load(opened.secret, opened.partitions);
        let mut replay = opened.replay;
        loop {
            match replay.next() {
                Ok(Some(batch)) => core.replay(&batch),
                Ok(None) => break,
                Err(error) => return self.refused_to_start(&error.to_string()),
            }
        }
        let invokes = core.recover(self.now);
        assert!(invokes.is_empty(), "no functions in this world");
        self.machine = Some(Machine {
            core,
            wal: opened.wal,
            checkpointer: opened.checkpointer,
            sealed: VecDeque::new(),
            sealed_number: 0,
            durable: 0,
            frozen: None,
            checkpointed,
        });
    }

    /// A start may fail on a disk that fails; on one that only crashed before it must not.
    fn refused_to_start(&mut self, why: &str) {
        let is_honest = self.faults.fail_sync.is_none()
            && self.faults.space_bytes.is_none()
            && !self.disk.is_off();
        if is_honest {
            let what = format!("refused to start on an honest disk: {why}");
            self.ledger.report(Invariant::I1AcknowledgedIsKept, what);
            // Nothing more can be learnt from this seed.
            self.disk = MemoryDisk::new();
        }
        self.crash();
    }

    fn crash(&mut self) {
        self.crashes += 1;
        self.machine = None;
        let seed = self.random.draw();
        self.disk = self.disk.crash(seed);
        for (_, asked) in std::mem::take(&mut self.asked) {
            self.lost(asked);
        }
    }

    /// The process died before this was answered.
    fn lost(&mut self, asked: Asked) {
        match asked {
            Asked::Send { ids, .. } => {
                for id in ids {
                    self.ledger.send_ended(&id, Certainty::Uncertain);
                }
            }
            Asked::Delete { id } => self.ledger.delete_ended(&id, Certainty::Uncertain),
            Asked::Put { key } => self.ledger.put_ended(&key, Certainty::Uncertain),
            Asked::Receive { receive, .. } => self.ledger.receive_lost(receive.queue),
            Asked::ChangeVisibility { .. }
            | Asked::Create(_)
            | Asked::Attributes
            | Asked::MakeBucket
            | Asked::Announce
            | Asked::Anything(_) => {}
        }
    }

    fn pass_time(&mut self) {
        let step = self.random.below(2_000);
        self.move_clock(Millis(step));
    }

    fn pass_much_time(&mut self) {
        let step = self.random.below(90_000);
        self.move_clock(Millis(step));
    }

    fn move_clock(&mut self, step: Millis) {
        self.now = self.now.plus(step);
        self.advance();
    }

    /// Looks at the clock, as the core's thread does after every letter.
    fn advance(&mut self) {
        if self.bug == Some(Bug::TimerDropped) {
            return;
        }
        let now = self.now;
        if let Some(machine) = &mut self.machine
            && machine.core.next_due().is_some_and(|due| due <= now)
        {
            machine.core.advance(now);
        }
    }

    fn seal(&mut self) {
        let Some(machine) = &mut self.machine else { return };
        if machine.sealed.len() >= 2 {
            return;
        }
        let Some(round) = machine.core.seal() else { return };
        machine.sealed_number = round.number;
        if self.bug == Some(Bug::ReplySentEarly) {
            let Round { number, now, batches, replies } = round;
            machine.sealed.push_back(Round { number, now, batches, replies: Vec::new() });
            self.release(now, replies);
        } else {
            machine.sealed.push_back(round);
        }
    }

    fn log(&mut self) {
        let Some(machine) = &mut self.machine else { return };
        let mut batches: Vec<Batch> = Vec::new();
        let mut replies = Vec::new();
        let Some(last) = machine.sealed.back().map(|round| round.number) else { return };
        for round in machine.sealed.drain(..) {
            batches.extend(round.batches);
            replies.push((round.now, round.replies));
        }
        if self.bug == Some(Bug::BodyChanged) {
            batches = batches.into_iter().map(change_body).collect();
        }
        if !batches.is_empty() && machine.wal.append(&batches).is_err() {
            // The node aborts; nobody hears anything of these rounds.
            return self.crash();
        }
        machine.durable = last;
        self.plant_deliveries();
        let Some(machine) = &mut self.machine else { return };
        let invokes = machine.core.durable(self.now, last);
        assert!(invokes.is_empty(), "no functions in this world");
        for (at, replies) in replies {
            self.release(at, replies);
        }
    }

    /// The planted bugs that are about deliveries between partitions.
    fn plant_deliveries(&mut self) {
        if !matches!(self.bug, Some(Bug::DeliveryRepeated | Bug::DeliveryLost)) {
            return;
        }
        let Some(machine) = &mut self.machine else { return };
        for id in PartitionId::all() {
            let Some((state, store)) = machine.core.inspect(id) else { continue };
            for mut envelope in state.unacknowledged(&store.rows) {
                if self.bug == Some(Bug::DeliveryLost) {
                    // Something else takes its place in the sequence.
                    envelope.delivery.to = Arn::bucket("nobody");
                    envelope.delivery.refused = Some("planted".to_owned());
                    machine.core.deliver(self.now, envelope);
                } else {
                    machine.core.deliver(self.now, envelope.clone());
                    envelope.sequence += 1;
                    machine.core.deliver(self.now, envelope);
                }
            }
        }
    }

    fn checkpoint(&mut self) {
        let Some(machine) = &mut self.machine else { return };
        match machine.frozen.take() {
            None => {
                if machine.core.is_sealed() && machine.core.bytes_since_checkpoint() > 0 {
                    let frozen = machine.core.freeze();
                    machine.frozen = Some((machine.sealed_number, frozen.into()));
                }
            }
            Some((round, frozen)) if machine.durable < round => {
                machine.frozen = Some((round, frozen));
            }
            Some((round, mut frozen)) => match frozen.pop_front() {
                None => {
                    if machine.wal.recycle(&machine.checkpointed).is_err() {
                        self.crash();
                    }
                }
                Some(partition) => match machine.checkpointer.write(partition) {
                    Err(_) => self.crash(),
                    Ok(written) => {
                        for (id, position) in &mut machine.checkpointed {
                            if *id == written.partition() {
                                *position = written.applied();
                            }
                        }
                        machine.core.install(written);
                        machine.frozen = Some((round, frozen));
                    }
                },
            },
        }
    }

    fn client(&mut self) {
        let missing = self.created.iter().position(|created| !created);
        if let Some(queue) = missing {
            return self.create(queue);
        }
        if !self.bucket_is_made {
            return self.submit(objects::create(), Asked::MakeBucket);
        }
        if !self.bucket_is_announced {
            return self.submit(objects::announce(name(NOTICES)), Asked::Announce);
        }
        match self.random.below(100) {
            0..5 => self.put(),
            5..42 => self.send(),
            42..72 => self.receive(),
            72..92 => self.delete(),
            92..97 => self.change_visibility(),
            _ => self.attributes(),
        }
    }

    fn create(&mut self, queue: usize) {
        let name = name(queue);
        let attributes = match queue {
            ORDERS => {
                let dead = format!("arn:aws:sqs:us-east-1:000000000000:{}", name_of(DEAD));
                let policy = json!({ "deadLetterTargetArn": dead, "maxReceiveCount": 3 });
                json!({"VisibilityTimeout": "30", "RedrivePolicy": policy.to_string()})
            }
            LEDGER_FIFO => json!({"VisibilityTimeout": "30", "FifoQueue": "true"}),
            _ => json!({"VisibilityTimeout": "30"}),
        };
        // The dead-letter queue must exist before the queue that names it.
        let is_too_early = queue == ORDERS && !self.created.get(DEAD).copied().unwrap_or(false);
        if is_too_early {
            return self.create(DEAD);
        }
        let input = json!({"QueueName": name, "Attributes": attributes});
        self.ask("CreateQueue", &input, Asked::Create(queue));
    }

    fn put(&mut self) {
        self.sends += 1;
        let key = format!("o{}", self.sends);
        self.ledger.put_ended(&key, Certainty::Open);
        self.submit(objects::put(&key), Asked::Put { key });
    }

    fn send(&mut self) {
        let is_fifo = self.random.one_in(3);
        let queue = if is_fifo { LEDGER_FIFO } else { ORDERS };
        let count = if self.random.one_in(4) { 1 + self.random.below(5) } else { 1 };
        let mut entries = Vec::new();
        let mut ids = Vec::new();
        for index in 0..count {
            let (id, entry) = self.message(queue, index);
            ids.push(id);
            entries.push(entry);
        }
        let url = url(queue);
        if count == 1 {
            let mut input = entries.remove(0);
            if let Some(fields) = input.as_object_mut() {
                fields.remove("Id");
                fields.insert("QueueUrl".to_owned(), url.into());
            }
            self.ask("SendMessage", &input, Asked::Send { ids, operation: "SendMessage" });
        } else {
            let input = json!({"QueueUrl": url, "Entries": entries});
            self.ask(
                "SendMessageBatch",
                &input,
                Asked::Send { ids, operation: "SendMessageBatch" },
            );
        }
    }

    /// Makes up a message and notes it in the ledger.
    fn message(&mut self, queue: usize, index: u64) -> (String, Value) {
        self.sends += 1;
        let id = format!("m{}", self.sends);
        let padding = usize::try_from(self.random.below(600)).unwrap_or(0);
        let body = format!("{id}:{}", "x".repeat(padding));
        let mut entry = json!({"Id": format!("e{index}"), "MessageBody": body});
        let mut due = Timestamp(0);
        if queue == ORDERS && self.random.one_in(5) {
            let delay = 1 + self.random.below(60);
            due = self.core_now().plus(Millis::from_seconds(delay));
            set(&mut entry, "DelaySeconds", delay.into());
        }
        let mut sent = Sent::new(queue, body, self.sends, due);
        if queue == LEDGER_FIFO {
            let group = format!("g{}", self.random.below(4));
            set(&mut entry, "MessageGroupId", group.as_str().into());
            set(&mut entry, "MessageDeduplicationId", id.as_str().into());
            sent.group = Some(group);
        }
        self.ledger.sending(&id, sent);
        (id, entry)
    }

    fn receive(&mut self) {
        let queue = match self.random.below(10) {
            0..5 => ORDERS,
            5..9 => LEDGER_FIFO,
            _ => DEAD,
        };
        let wait = if self.random.one_in(4) { self.random.below(20) } else { 0 };
        let input = json!({
            "QueueUrl": url(queue),
            "MaxNumberOfMessages": 1 + self.random.below(10),
            "WaitTimeSeconds": wait,
            "MessageSystemAttributeNames": ["ApproximateReceiveCount"],
        });
        let now = self.core_now();
        let receive =
            Receive { operation: self.operations + 1, queue, at: now, visibility: VISIBILITY };
        let deadline = self.now.max(now).plus(Millis::from_seconds(wait));
        self.ask("ReceiveMessage", &input, Asked::Receive { receive, deadline });
    }

    fn delete(&mut self) {
        let Some(held) = self.take_held() else { return };
        self.ledger.deleting(&held.id);
        let asked = Asked::Delete { id: held.id };
        if self.bug == Some(Bug::DeleteLost) && self.random.one_in(4) {
            if let Asked::Delete { id } = asked {
                self.ledger.delete_ended(&id, Certainty::Acknowledged);
            }
            return;
        }
        let input = json!({"QueueUrl": url(held.queue), "ReceiptHandle": held.handle});
        self.ask("DeleteMessage", &input, asked);
    }

    fn change_visibility(&mut self) {
        let Some(held) = self.take_held() else { return };
        let seconds = self.random.below(60);
        self.ledger.changing_visibility(&held.id);
        let until = self.core_now().plus(Millis::from_seconds(seconds));
        let input = json!({
            "QueueUrl": url(held.queue),
            "ReceiptHandle": held.handle,
            "VisibilityTimeout": seconds,
        });
        let asked = Asked::ChangeVisibility { id: held.id, until };
        self.ask("ChangeMessageVisibility", &input, asked);
    }

    fn attributes(&mut self) {
        let input = json!({"QueueUrl": url(ORDERS), "AttributeNames": ["All"]});
        self.ask("GetQueueAttributes", &input, Asked::Anything("GetQueueAttributes"));
    }

    /// A message whose handle is surely good: held by us and still hidden.
    fn take_held(&mut self) -> Option<Held> {
        let now = self.core_now();
        self.held.retain(|held| held.until > now);
        let index = self.random.index(self.held.len())?;
        Some(self.held.swap_remove(index))
    }

    fn core_now(&mut self) -> Timestamp {
        let now = self.now;
        self.machine.as_ref().map_or(now, |machine| machine.core.stamp_for(now))
    }

    fn ask(&mut self, operation: &'static str, input: &Value, asked: Asked) {
        match wire::decode(operation, input) {
            Ok(work) => self.submit(work, asked),
            Err(error) => panic!("the simulator's own requests are right: {operation}: {error:?}"),
        }
    }

    fn submit(&mut self, work: Work, asked: Asked) {
        self.operations += 1;
        let ticket = self.operations;
        self.asked.insert(ticket, asked);
        match work {
            Work::Query(partition, query) => {
                let now = self.now;
                if let Some(machine) = &mut self.machine {
                    machine.core.query(now, partition, query, ticket);
                }
            }
            Work::QueryAll(_) => unreachable!("no simulated client lists anything"),
            Work::Command(partition, command) => {
                let facts = self.look_up(&command.foreign());
                self.propose(ticket, partition, Entry { command, facts });
            }
        }
    }

    fn propose(&mut self, ticket: u64, partition: PartitionId, entry: Entry) {
        let is_fifo_send = matches!(self.asked.get(&ticket), Some(Asked::Send { .. }));
        if self.bug == Some(Bug::SendsSwapped) && is_fifo_send {
            // Hold one send back, and apply it after the next.
            match self.swapped.take() {
                None => self.swapped = Some((ticket, partition, entry)),
                Some((earlier, earlier_partition, earlier_entry)) => {
                    self.hand_in(ticket, partition, entry);
                    self.hand_in(earlier, earlier_partition, earlier_entry);
                }
            }
            return;
        }
        self.hand_in(ticket, partition, entry);
    }

    fn hand_in(&mut self, ticket: u64, partition: PartitionId, entry: Entry) {
        let mut now = self.now;
        if self.bug == Some(Bug::ClockRunsAhead) && self.random.one_in(8) {
            now = now.plus(Millis(45_000));
        }
        let bytes = codec::to_bytes(&entry);
        if let Some(machine) = &mut self.machine {
            machine.core.propose(now, partition, entry, bytes, ticket);
        }
    }

    /// What the node would look up in other partitions before a command is logged.
    fn look_up(&mut self, foreign: &[Arn]) -> Facts {
        let Some(machine) = &mut self.machine else { return Facts::default() };
        let facts = foreign.iter().map(|about| {
            let answer = PartitionId::of_arn(about)
                .and_then(|id| machine.core.ask(self.now, id, Query::Fact(about.clone())).ok());
            match answer {
                Some(Reply::Fact(fact)) => fact,
                Some(_) | None => Fact { about: about.clone(), exists: false, detail: None },
            }
        });
        Facts(facts.collect())
    }

    /// Hands out the replies of a round that was stamped `at`.
    fn release(&mut self, at: Timestamp, replies: Vec<(u64, Answer)>) {
        for (ticket, answer) in replies {
            if let Some(asked) = self.asked.remove(&ticket) {
                self.answer(ticket, at, asked, answer);
            }
        }
    }

    fn answer(&mut self, ticket: u64, at: Timestamp, asked: Asked, answer: Answer) {
        let operation = match &asked {
            Asked::Create(_) => "CreateQueue",
            Asked::Send { operation, .. } => operation,
            Asked::Receive { .. } => "ReceiveMessage",
            Asked::Delete { .. } => "DeleteMessage",
            Asked::ChangeVisibility { .. } => "ChangeMessageVisibility",
            Asked::Attributes => "GetQueueAttributes",
            Asked::MakeBucket | Asked::Announce | Asked::Put { .. } => "S3",
            Asked::Anything(operation) => operation,
        };
        let reply = wire::encode(operation, answer);
        self.digest.update(format!("{ticket} {reply:?}\n").as_bytes());
        let how = if reply.is_ok() { Certainty::Acknowledged } else { Certainty::Refused };
        match asked {
            Asked::Create(queue) => {
                assert_eq!(how, Certainty::Acknowledged, "queues can be created: {reply:?}");
                if let Some(created) = self.created.get_mut(queue) {
                    *created = true;
                }
            }
            Asked::Send { ids, .. } => {
                for id in ids {
                    self.ledger.send_ended(&id, how);
                }
            }
            Asked::Delete { id } => self.ledger.delete_ended(&id, how),
            Asked::ChangeVisibility { id, until } => {
                if how == Certainty::Acknowledged {
                    self.ledger.visibility_changed(&id, until);
                }
            }
            Asked::Receive { receive, .. } => {
                // A long poll is applied when it finds something, later than it was asked. A
                // stamp from the future is no excuse: clients live in the world's time.
                let receive = Receive { at: at.min(self.now), ..receive };
                self.received(receive, &reply.unwrap_or_default());
            }
            Asked::Attributes => self.counted += count(&reply.unwrap_or_default()),
            // A repeat after a lost reply finds the bucket there, which is as good.
            Asked::MakeBucket => self.bucket_is_made = true,
            Asked::Announce => {
                self.bucket_is_announced = true;
                if how == Certainty::Refused {
                    // Bucket and queue were both acknowledged before.
                    let what = format!("a rule could not be set: {reply:?}");
                    self.ledger.report(Invariant::I1AcknowledgedIsKept, what);
                }
            }
            Asked::Put { key } => self.ledger.put_ended(&key, how),
            Asked::Anything(_) => {}
        }
    }

    fn received(&mut self, receive: Receive, reply: &Value) {
        let messages = reply.get("Messages").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut delivered = Vec::new();
        for message in &messages {
            let body = text(message, "Body");
            if receive.queue == NOTICES {
                self.noticed(message, &body, receive);
                continue;
            }
            let id = body.split(':').next().unwrap_or_default().to_owned();
            let receive_count = message
                .get("Attributes")
                .and_then(|attributes| attributes.get("ApproximateReceiveCount"))
                .and_then(Value::as_str)
                .and_then(|count| count.parse().ok())
                .unwrap_or(0);
            self.held.push(Held {
                id: id.clone(),
                queue: receive.queue,
                handle: text(message, "ReceiptHandle"),
                until: receive.at.plus(receive.visibility),
            });
            if self.is_calm {
                *self.found.entry(id.clone()).or_default() += 1;
            }
            delivered.push(Delivered { id, body, receive_count });
        }
        self.ledger.received(receive, &delivered);
    }

    fn noticed(&mut self, message: &Value, body: &str, receive: Receive) {
        if let Some(key) = objects::announced_key(body) {
            *self.notices.entry(key).or_default() += 1;
        }
        self.held.push(Held {
            id: "notice".to_owned(),
            queue: NOTICES,
            handle: text(message, "ReceiptHandle"),
            until: receive.at.plus(receive.visibility),
        });
    }

    fn check_long_polls(&mut self) {
        let Some(machine) = &self.machine else { return };
        if !machine.core.is_quiet() || !machine.sealed.is_empty() {
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

    /// All faults stop; everything promised must now be found, once.
    fn calm(&mut self) {
        self.is_calm = true;
        self.crash();
        self.plan_faults();
        self.start();
        if self.machine.is_none() {
            return;
        }
        self.settle();
        if self.created.iter().any(|created| !created) {
            return;
        }
        for queue in [ORDERS, DEAD, LEDGER_FIFO] {
            let input = json!({"QueueUrl": url(queue), "AttributeNames": ["All"]});
            self.ask("GetQueueAttributes", &input, Asked::Attributes);
            self.settle();
        }
        self.ledger.counted(self.counted);
        self.drain();
        self.ledger.drained(&self.found.clone());
        for key in self.ledger.keys() {
            let (partition, query) = objects::get(&key);
            let Some(machine) = &mut self.machine else { return };
            let is_visible = machine.core.ask(self.now, partition, query).is_ok();
            let notices = self.notices.get(&key).copied().unwrap_or(0);
            self.ledger.object_found(&key, is_visible, notices);
        }
    }

    fn drain(&mut self) {
        // Long enough for every delay and visibility timeout to have run out twice over.
        for _ in 0..8 {
            self.move_clock(Millis(61_000));
            self.settle();
            for queue in 0..QUEUES.len() {
                let mut before = u64::MAX;
                while before != self.drained() {
                    before = self.drained();
                    self.drain_once(queue);
                }
            }
        }
    }

    fn drained(&self) -> u64 {
        self.found.values().chain(self.notices.values()).sum()
    }

    fn drain_once(&mut self, queue: usize) {
        let input = json!({
            "QueueUrl": url(queue),
            "MaxNumberOfMessages": 10,
            "MessageSystemAttributeNames": ["ApproximateReceiveCount"],
        });
        let now = self.core_now();
        let receive =
            Receive { operation: self.operations + 1, queue, at: now, visibility: VISIBILITY };
        self.held.clear();
        self.ask("ReceiveMessage", &input, Asked::Receive { receive, deadline: self.now });
        self.settle();
        for held in std::mem::take(&mut self.held) {
            self.ledger.deleting(&held.id);
            let input = json!({"QueueUrl": url(held.queue), "ReceiptHandle": held.handle});
            self.ask("DeleteMessage", &input, Asked::Anything("DeleteMessage"));
        }
        self.settle();
    }

    /// Runs until nothing is on its way.
    fn settle(&mut self) {
        for _ in 0..64 {
            self.seal();
            let is_idle = self.machine.as_ref().is_none_or(|machine| machine.sealed.is_empty());
            if is_idle {
                return;
            }
            self.log();
        }
        let what = "deliveries between partitions never came to rest".to_owned();
        self.ledger.violations.push(Violation { invariant: Invariant::I11TimersFireInTime, what });
    }
}

fn name(queue: usize) -> &'static str {
    QUEUES.get(queue).copied().unwrap_or_default()
}

fn name_of(queue: usize) -> &'static str {
    name(queue)
}

fn url(queue: usize) -> String {
    format!("http://sim/000000000000/{}", name(queue))
}

fn set(entry: &mut Value, key: &str, value: Value) {
    if let Some(fields) = entry.as_object_mut() {
        fields.insert(key.to_owned(), value);
    }
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn count(reply: &Value) -> u64 {
    let attributes = reply.get("Attributes");
    [
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
    ]
    .into_iter()
    .filter_map(|name| attributes?.get(name)?.as_str()?.parse::<u64>().ok())
    .sum()
}

/// Changes one byte inside the padding of the first message it finds.
fn change_body(mut batch: Batch) -> Batch {
    let mut payload = batch.payload.to_vec();
    let at = payload.windows(8).position(|window| window == b"xxxxxxxx");
    if let Some(byte) = at.and_then(|at| payload.get_mut(at)) {
        *byte = b'y';
        batch.payload = payload.into();
    }
    batch
}
