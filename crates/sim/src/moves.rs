//! Message move tasks: dead letters that wait to be sent back, and the tasks that move them at a
//! pace, are cancelled, and go on after a crash.
//!
//! ```text
//! clients ──▶ parked ── task: a step per tick ──▶ outbox ──▶ resumed      (another partition)
//! ```
//!
//! Nobody receives from either queue before the end of the story. Then both are read, and each
//! message is held against the tasks that could have moved it.
//!
//! # Invariants
//!
//! - A message that was acknowledged is in exactly one of the two queues, once.
//! - A task moves what was there when it was started, all of it unless it is cancelled, and nothing
//!   that came later.
//! - It is never ahead of its pace, and what is cancelled moves nothing more.

use crate::Bug;
use crate::clients::text;
use crate::ledger::{Certainty, Invariant};
use crate::wire;
use crate::world::{Asked, World};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tidemill_kernel::{Arn, Timestamp};

/// Where dead letters wait, and where they are moved to.
const PARKED: &str = "parked";
const RESUMED: &str = "resumed";
/// Whose dead letters they would be. It is never sent anything.
const SOURCE: &str = "parked-source";
const QUEUES: [&str; 3] = [PARKED, RESUMED, SOURCE];
/// The node tells of the last ten.
const TASKS_MAX: usize = 8;

/// What a client asked about moves.
#[derive(Clone, Debug)]
pub(crate) enum MoveAsked {
    Create(usize),
    Park(Vec<u64>, &'static str),
    /// By the task's number.
    Start(usize),
    Cancel(usize),
    List,
    /// What is in one of the queues at the end.
    Read(&'static str),
}

impl MoveAsked {
    pub(crate) fn operation(&self) -> &'static str {
        match self {
            MoveAsked::Create(_) => "CreateQueue",
            MoveAsked::Park(_, operation) => operation,
            MoveAsked::Start(_) => "StartMessageMoveTask",
            MoveAsked::Cancel(_) => "CancelMessageMoveTask",
            MoveAsked::List => "ListMessageMoveTasks",
            MoveAsked::Read(_) => "ReceiveMessage",
        }
    }
}

/// A message as its sender remembers it, and how often it was found at the end.
#[derive(Debug)]
struct Parked {
    how: Certainty,
    /// Requests for a queue are applied in the order in which they are asked.
    asked: u64,
    parked: u64,
    resumed: u64,
}

#[derive(Debug)]
struct Task {
    how: Certainty,
    asked: u64,
    per_second: Option<u64>,
    handle: Option<String>,
    started: Timestamp,
    /// And what it had moved then, as its answer says.
    cancelled: Option<(Certainty, u64)>,
}

/// A task as the node shows it.
#[derive(Debug)]
struct Shown {
    started: Timestamp,
    status: String,
    moved: u64,
}

/// See the module's head.
#[derive(Debug, Default)]
pub(crate) struct Moves {
    is_there: [bool; QUEUES.len()],
    parked: BTreeMap<u64, Parked>,
    tasks: Vec<Task>,
    shown: Vec<Shown>,
    /// Of a planted node: a task that it starts too late.
    late: Option<(usize, Value)>,
    /// What the end of the story has read.
    pub(crate) read: u64,
}

impl Moves {
    fn is_founded(&self) -> bool {
        self.is_there.iter().all(|is_there| *is_there)
    }

    /// How many messages were found where a task had moved them.
    pub(crate) fn moved(&self) -> u64 {
        self.parked.values().map(|parked| parked.resumed).sum()
    }

    /// What is wrong at the very end.
    fn audit(&self) -> Vec<(Invariant, String)> {
        let mut broken = Vec::new();
        for task in self.tasks.iter().filter(|task| task.how == Certainty::Acknowledged) {
            if let Some(what) = self.broken_end(task) {
                broken.push((Invariant::MovedOnce, what));
            }
        }
        for shown in self.shown.iter().filter(|shown| shown.status == "RUNNING") {
            let what = format!("a move task never ended: {shown:?}");
            broken.push((Invariant::I13EverythingDrains, what));
        }
        for (number, message) in &self.parked {
            if let Some(what) = self.broken_place(message) {
                let what = format!("d{number} {what}: {message:?}");
                broken.push((Invariant::MovedOnce, what));
            }
        }
        broken
    }

    /// A task that was started is shown as what became of it.
    fn broken_end(&self, task: &Task) -> Option<String> {
        let is_right = |Shown { status, moved, .. }: &Shown| match task.cancelled {
            Some((Certainty::Acknowledged, then)) => status == "CANCELLED" && *moved == then,
            Some((Certainty::Uncertain | Certainty::Open, _)) => true,
            Some((Certainty::Refused, _)) | None => status == "COMPLETED" || status == "RUNNING",
        };
        // One that finds nothing to move may end in the instant in which the next is started.
        let mut shown = self.shown.iter().filter(|shown| shown.started == task.started);
        (!shown.any(is_right)).then(|| format!("{task:?} is not among {:?}", self.shown))
    }

    fn broken_place(&self, message: &Parked) -> Option<&'static str> {
        let Parked { how, asked, parked, resumed } = message;
        let later = || self.tasks.iter().filter(|task| task.asked > *asked);
        let has_passed = |task: &Task| task.how == Certainty::Acknowledged && !task.may_end_early();
        match (how, parked + resumed) {
            (Certainty::Refused, 0) => None,
            (Certainty::Refused, _) => Some("was refused and is there"),
            (Certainty::Acknowledged, 0) => Some("was lost"),
            (Certainty::Uncertain | Certainty::Open, 0) => None,
            (_, 1) if *resumed == 1 && later().all(|task| task.how == Certainty::Refused) => {
                Some("was moved by no task")
            }
            (_, 1) if *parked == 1 && later().any(has_passed) => Some("was left behind"),
            (_, 1) => None,
            (_, _) => Some("is there more than once"),
        }
    }
}

impl Task {
    /// Whether it may have left something where it was.
    fn may_end_early(&self) -> bool {
        self.cancelled.is_some_and(|(how, _)| how != Certainty::Refused)
    }
}

fn url(queue: &str) -> String {
    format!("http://sim/000000000000/{queue}")
}

fn arn(queue: &str) -> String {
    let caller = wire::caller();
    Arn::queue(&caller.region, caller.account, queue).to_string()
}

fn body(number: u64) -> String {
    let padding = usize::try_from(number % 4).unwrap_or(0) * 90;
    format!("d{number}:{}", "x".repeat(padding))
}

/// The number of the message with this body.
fn number_of(body: &str) -> Option<u64> {
    let number = body.strip_prefix('d')?.split(':').next()?.parse().ok()?;
    (self::body(number) == body).then_some(number)
}

impl World {
    /// A client does something with dead letters; at first, the queues are made.
    pub(crate) fn use_moves(&mut self) {
        if !self.moves.is_founded() {
            return self.found_moves();
        }
        match self.random.below(10) {
            0..5 => self.park(),
            5..7 => self.start_move(),
            7 => self.cancel_move(),
            _ => self.list_moves(),
        }
    }

    fn found_moves(&mut self) {
        if self.asked.values().any(|asked| matches!(asked, Asked::Move(MoveAsked::Create(_)))) {
            return;
        }
        // A queue of dead letters is there before the one that names it.
        let missing = self.moves.is_there.iter().position(|is_there| !is_there);
        let Some((index, name)) = missing.and_then(|at| Some((at, *QUEUES.get(at)?))) else {
            return;
        };
        let attributes = if name == SOURCE {
            let policy = json!({"deadLetterTargetArn": arn(PARKED), "maxReceiveCount": 1});
            json!({"RedrivePolicy": policy.to_string()})
        } else {
            json!({})
        };
        let input = json!({"QueueName": name, "Attributes": attributes});
        self.ask("CreateQueue", &input, Asked::Move(MoveAsked::Create(index)));
    }

    /// Dead letters come in, one or some.
    fn park(&mut self) {
        let count = if self.random.one_in(2) { 1 + self.random.below(9) } else { 1 };
        let numbers: Vec<u64> = (self.sends + 1..=self.sends + count).collect();
        self.sends += count;
        for number in &numbers {
            let (how, asked) = (Certainty::Open, self.operations + 1);
            let parked = Parked { how, asked, parked: 0, resumed: 0 };
            self.moves.parked.insert(*number, parked);
        }
        let entries: Vec<Value> = numbers
            .iter()
            .map(|number| json!({"Id": format!("d{number}"), "MessageBody": body(*number)}))
            .collect();
        let (operation, input) = match numbers.as_slice() {
            [one] => ("SendMessage", json!({"QueueUrl": url(PARKED), "MessageBody": body(*one)})),
            _ => ("SendMessageBatch", json!({"QueueUrl": url(PARKED), "Entries": entries})),
        };
        self.ask(operation, &input, Asked::Move(MoveAsked::Park(numbers, operation)));
        if let Some((task, input)) = self.moves.late.take() {
            self.ask("StartMessageMoveTask", &input, Asked::Move(MoveAsked::Start(task)));
        }
    }

    fn start_move(&mut self) {
        if self.moves.tasks.len() >= TASKS_MAX || self.moves.late.is_some() {
            return;
        }
        let per_second = match self.random.below(4) {
            0 => None,
            1 => Some(1),
            2 => Some(1 + self.random.below(9)),
            _ => Some(500),
        };
        let mut input = json!({"SourceArn": arn(PARKED), "DestinationArn": arn(RESUMED)});
        if let Some(rate) = per_second.filter(|_| self.bug != Some(Bug::PaceIgnored)) {
            crate::clients::set(&mut input, "MaxNumberOfMessagesPerSecond", rate.into());
        }
        let index = self.moves.tasks.len();
        self.moves.tasks.push(Task {
            how: Certainty::Open,
            asked: self.operations + 1,
            per_second,
            handle: None,
            started: Timestamp(0),
            cancelled: None,
        });
        if self.bug == Some(Bug::MovedTooMuch) {
            self.moves.late = Some((index, input));
            return;
        }
        self.ask("StartMessageMoveTask", &input, Asked::Move(MoveAsked::Start(index)));
    }

    fn cancel_move(&mut self) {
        let Some((index, task)) = self.moves.tasks.iter_mut().enumerate().next_back() else {
            return;
        };
        let Some(handle) = task.handle.clone().filter(|_| task.cancelled.is_none()) else { return };
        task.cancelled = Some((Certainty::Open, 0));
        if self.bug == Some(Bug::CancelLost) {
            task.cancelled = Some((Certainty::Acknowledged, 0));
            return;
        }
        let input = json!({"TaskHandle": handle});
        self.ask("CancelMessageMoveTask", &input, Asked::Move(MoveAsked::Cancel(index)));
    }

    fn list_moves(&mut self) {
        let input = json!({"SourceArn": arn(PARKED), "MaxResults": 10});
        self.ask("ListMessageMoveTasks", &input, Asked::Move(MoveAsked::List));
    }

    pub(crate) fn move_answered(
        &mut self,
        at: Timestamp,
        asked: MoveAsked,
        reply: Result<Value, String>,
    ) {
        let how = if reply.is_ok() { Certainty::Acknowledged } else { Certainty::Refused };
        let refusal = reply.as_ref().err().cloned();
        let reply = reply.unwrap_or_default();
        match asked {
            MoveAsked::Create(index) => {
                assert_eq!(refusal, None, "queues can be created");
                if let Some(is_there) = self.moves.is_there.get_mut(index) {
                    *is_there = true;
                }
            }
            MoveAsked::Park(numbers, _) => self.park_ended(&numbers, how),
            MoveAsked::Start(index) => {
                if let Some(task) = self.moves.tasks.get_mut(index) {
                    task.how = how;
                    task.started = at;
                    task.handle = Some(text(&reply, "TaskHandle")).filter(|_| refusal.is_none());
                }
            }
            MoveAsked::Cancel(index) => {
                let moved = number(&reply, "ApproximateNumberOfMessagesMoved");
                if let Some(task) = self.moves.tasks.get_mut(index) {
                    task.cancelled = Some((how, moved));
                }
            }
            MoveAsked::List => self.moves_shown(at, &reply),
            MoveAsked::Read(queue) => self.read_moved(queue, &reply),
        }
    }

    fn park_ended(&mut self, numbers: &[u64], how: Certainty) {
        for number in numbers {
            if let Some(parked) = self.moves.parked.get_mut(number) {
                parked.how = how;
            }
        }
    }

    /// The process died before this was answered.
    pub(crate) fn move_lost(&mut self, asked: &MoveAsked) {
        match asked {
            MoveAsked::Park(numbers, _) => self.park_ended(numbers, Certainty::Uncertain),
            MoveAsked::Start(index) => {
                if let Some(task) = self.moves.tasks.get_mut(*index) {
                    task.how = Certainty::Uncertain;
                }
            }
            MoveAsked::Cancel(index) => {
                if let Some(task) = self.moves.tasks.get_mut(*index) {
                    task.cancelled = Some((Certainty::Uncertain, 0));
                }
            }
            MoveAsked::Create(_) | MoveAsked::List | MoveAsked::Read(_) => {}
        }
    }

    /// The node had no room for this.
    pub(crate) fn move_refused(&mut self, asked: &MoveAsked) {
        match asked {
            MoveAsked::Park(numbers, _) => self.park_ended(numbers, Certainty::Refused),
            MoveAsked::Start(index) => {
                if let Some(task) = self.moves.tasks.get_mut(*index) {
                    task.how = Certainty::Refused;
                }
            }
            MoveAsked::Cancel(_) => unreachable!("what ends something is never refused"),
            MoveAsked::Create(_) | MoveAsked::List | MoveAsked::Read(_) => {}
        }
    }

    /// The node tells of its tasks: none may be ahead of its pace.
    fn moves_shown(&mut self, at: Timestamp, reply: &Value) {
        let shown = reply.get("Results").and_then(Value::as_array).cloned().unwrap_or_default();
        let shown = shown.iter().map(|task| Shown {
            started: Timestamp(number(task, "StartedTimestamp")),
            status: text(task, "Status"),
            moved: number(task, "ApproximateNumberOfMessagesMoved"),
        });
        self.moves.shown = shown.collect();
        let mut hasty = Vec::new();
        for shown in &self.moves.shown {
            let tasks = self.moves.tasks.iter().filter(|task| task.how == Certainty::Acknowledged);
            let tasks = tasks.filter(|task| task.started == shown.started);
            let rates: Vec<Option<u64>> = tasks.map(|task| task.per_second).collect();
            // One of those that were started in this instant; with none, as fast as it can.
            let rate = rates.iter().copied().max().filter(|_| !rates.contains(&None)).flatten();
            let earned = rate.map(|rate| at.since(shown.started).0 * rate / 1000 + 1);
            if earned.is_some_and(|earned| shown.moved > earned) {
                hasty.push(format!("at {rate:?} per second, {shown:?} at {at:?}"));
            }
        }
        for what in hasty {
            self.ledger.report(Invariant::I11TimersFireInTime, what);
        }
    }

    /// At the very end: reads both queues, and holds what is there against what was asked.
    pub(crate) fn audit_moves(&mut self) {
        if !self.moves.is_founded() {
            return;
        }
        self.list_moves();
        self.settle();
        for queue in [PARKED, RESUMED] {
            let mut before = u64::MAX;
            while before != self.moves.read {
                before = self.moves.read;
                let input = json!({"QueueUrl": url(queue), "MaxNumberOfMessages": 10});
                self.ask("ReceiveMessage", &input, Asked::Move(MoveAsked::Read(queue)));
                self.settle();
            }
        }
        for (invariant, what) in self.moves.audit() {
            self.ledger.report(invariant, what);
        }
    }

    fn read_moved(&mut self, queue: &'static str, reply: &Value) {
        let messages = reply.get("Messages").and_then(Value::as_array).cloned().unwrap_or_default();
        for message in &messages {
            self.moves.read += 1;
            let said = text(message, "Body");
            let parked = number_of(&said).and_then(|number| self.moves.parked.get_mut(&number));
            match parked {
                Some(parked) if queue == PARKED => parked.parked += 1,
                Some(parked) => parked.resumed += 1,
                None => {
                    let what = format!("{queue} holds what nobody sent: {said:?}");
                    self.ledger.report(Invariant::I2WholeOrAbsent, what);
                }
            }
            let handle = text(message, "ReceiptHandle");
            let input = json!({"QueueUrl": url(queue), "ReceiptHandle": handle});
            self.ask("DeleteMessage", &input, Asked::Anything("DeleteMessage"));
        }
    }
}

fn number(value: &Value, key: &str) -> u64 {
    value.get(key).and_then(Value::as_u64).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidemill_kernel::PartitionId;

    /// What a task moves must cross partitions, or no crash could come between.
    #[test]
    fn dead_letters_are_moved_to_another_partition() {
        let place = |queue| PartitionId::of_arn(&Arn::parse(&arn(queue)).expect("an ARN"));
        assert_ne!(place(PARKED), place(RESUMED));
    }
}
