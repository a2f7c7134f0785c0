//! Functions: asynchronous invocations, and an executor that fails, forgets and repeats itself.
//!
//! ```text
//! client ── InvokeAsync ──▶ core ── Invoke(attempt) ──▶ executor ── InvocationDone ──▶ core
//!                            ▲ └── retry, when due ────────┘ │ runs the handler, and then
//!                            └─ again after a crash ◀────────┘ tells, is mute, or tells twice
//! ```
//!
//! The roster knows what client and executor know: what was accepted, which attempts were asked
//! for, what was told of each and whether that was acknowledged. From these it follows exactly how
//! each invocation must end.

use crate::Bug;
use crate::ledger::{Certainty, Invariant};
use crate::wire::caller;
use crate::world::{Asked, World};
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use tidemill_kernel::{Millis, Timestamp, Uuid};
use tidemill_node::core::Invoke;
use tidemill_services::lambda::request::Change;
use tidemill_services::lambda::{
    self, Architecture, Code, Completion, Configuration, Deploy, FunctionId, Host, Package, Runtime,
};
use tidemill_services::{Command, Query, Reply, Work};

/// Errors of the function after which an invocation is dropped: the first and two retries.
const FAILURES_MAX: u32 = 3;

/// What the executor told the node of an attempt.
#[derive(Clone, Debug)]
struct Told {
    completion: Completion,
    /// The stamp it was applied with, if it was.
    at: Timestamp,
    how: Certainty,
}

/// One invocation, as its client and its executor know it.
#[derive(Clone, Debug)]
struct Invocation {
    accepted: Certainty,
    payload: Bytes,
    /// How often its handler ran.
    starts: u64,
    /// By attempt. Only what was told first counts.
    told: BTreeMap<u32, Told>,
}

impl Invocation {
    /// Errors of the function so far, and throttled attempts since the last.
    fn counts(&self) -> (u32, u32) {
        self.told.values().fold((0, 0), |(failures, throttles), told| match told.completion {
            Completion::FunctionError(_) => (failures + 1, 0),
            Completion::NotRun(_) => (failures, throttles + 1),
            Completion::Succeeded | Completion::FunctionGone => (failures, throttles),
        })
    }

    fn has_succeeded(&self) -> bool {
        self.told.values().any(|told| told.completion == Completion::Succeeded)
    }

    fn is_dropped(&self) -> bool {
        !self.has_succeeded() && self.counts().0 >= FAILURES_MAX
    }

    /// Which attempt comes next, and when; `None` when there is none to come.
    fn next(&self) -> Option<(u32, Timestamp)> {
        let Some((attempt, last)) = self.told.last_key_value() else {
            return Some((1, Timestamp(0)));
        };
        let (failures, throttles) = self.counts();
        let wait = match last.completion {
            Completion::FunctionError(_) if failures < FAILURES_MAX => {
                Millis::from_seconds(60 * u64::from(failures))
            }
            Completion::NotRun(_) => Millis::from_seconds((1 << (throttles - 1).min(8)).min(300)),
            Completion::FunctionError(_) | Completion::Succeeded | Completion::FunctionGone => {
                return None;
            }
        };
        Some((attempt + 1, last.at.plus(wait)))
    }
}

/// All invocations, and what the executor has in hand.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    pub(crate) is_made: bool,
    invocations: BTreeMap<Uuid, Invocation>,
    /// Asked for in this life, and not begun.
    ready: Vec<(Uuid, u32)>,
    /// All that was asked for in this life.
    seen: BTreeSet<(Uuid, u32)>,
}

impl Roster {
    /// The executor dies with the machine.
    pub(crate) fn crashed(&mut self) {
        self.ready.clear();
        self.seen.clear();
    }

    pub(crate) fn accept_ended(&mut self, id: Uuid, how: Certainty) {
        if let Some(invocation) = self.invocations.get_mut(&id) {
            invocation.accepted = how;
        }
    }

    pub(crate) fn told_ended(&mut self, id: Uuid, attempt: u32, how: Certainty) {
        let invocation = self.invocations.get_mut(&id);
        if let Some(told) = invocation.and_then(|found| found.told.get_mut(&attempt)) {
            told.how = how;
        }
    }

    /// What the node asks for after a restart is what it holds: completions whose fate was
    /// unknown were taken exactly where the attempt does not come again.
    fn resolve(&mut self, recovered: &[(Uuid, u32)]) {
        for (id, invocation) in &mut self.invocations {
            invocation.told.retain(|attempt, told| {
                let came_again = recovered.contains(&(*id, *attempt));
                if told.how == Certainty::Uncertain && !came_again {
                    told.how = Certainty::Acknowledged;
                }
                told.how == Certainty::Acknowledged
            });
        }
    }

    /// Why the node must not ask for this attempt now, if it must not.
    fn complaint(&self, id: Uuid, attempt: u32, now: Timestamp) -> Option<String> {
        let Some(invocation) = self.invocations.get(&id) else {
            return Some("was never asked for".to_owned());
        };
        if self.seen.contains(&(id, attempt)) {
            return Some(format!("attempt {attempt} was started twice in one life"));
        }
        match invocation.next() {
            Some((next, _)) if next != attempt => {
                Some(format!("attempt {attempt} came where {next} was next"))
            }
            Some((_, due)) if now < due => {
                Some(format!("attempt {attempt} came at {now:?}, before {due:?}"))
            }
            Some(_) => None,
            None => Some(format!("attempt {attempt} came after the end")),
        }
    }

    /// What is wrong when all faults have stopped and everything had time to end. `pending` and
    /// `dropped` are the node's own counts.
    fn audit(&self, pending: usize, dropped: u64) -> Vec<String> {
        let mut wrong = Vec::new();
        for (id, invocation) in &self.invocations {
            let has_ended = invocation.has_succeeded() || invocation.is_dropped();
            if invocation.accepted == Certainty::Acknowledged && invocation.starts == 0 {
                wrong.push(format!("invocation {id} was accepted and never started"));
            }
            if invocation.accepted == Certainty::Acknowledged && !has_ended {
                wrong.push(format!("invocation {id} was accepted and never ended"));
            }
        }
        let expected = self.invocations.values().filter(|found| found.is_dropped()).count() as u64;
        if dropped != expected {
            wrong.push(format!("{dropped} invocations count as dropped, {expected} were"));
        }
        if pending > 0 {
            wrong.push(format!("{pending} invocations never ended"));
        }
        wrong
    }
}

fn function() -> FunctionId {
    function_named("resize")
}

pub(crate) fn function_named(name: &str) -> FunctionId {
    let caller = caller();
    FunctionId { account: caller.account, region: caller.region, name: name.to_owned() }
}

fn work(command: lambda::Command) -> Work {
    work_of(&function(), command)
}

pub(crate) fn work_of(function: &FunctionId, command: lambda::Command) -> Work {
    Work::Command(function.partition(), Command::Lambda(Box::new(command)))
}

/// Makes a function, as the node does once its package is stored.
pub(crate) fn create(function: FunctionId) -> Work {
    let place = function.clone();
    let change = Change::Create {
        function,
        package: Package::Inline(Bytes::new()),
        configuration: Configuration {
            runtime: Runtime::Provided,
            role: "arn:aws:iam::000000000000:role/r".to_owned(),
            handler: "app".to_owned(),
            description: String::new(),
            timeout_seconds: 3,
            memory_megabytes: 128,
            environment: BTreeMap::new(),
        },
        architecture: None,
        tags: BTreeMap::new(),
    };
    let code = Code { sha256: [1; 32], size: 1, blob: [1; 32] };
    let host = Host { architecture: Architecture::X86_64 };
    work_of(&place, Deploy { change }.finish(Some(code), host))
}

impl World {
    pub(crate) fn make_function(&mut self) {
        self.submit(create(function()), Asked::MakeFunction);
    }

    /// A client hands in an event.
    pub(crate) fn invoke(&mut self) {
        self.sends += 1;
        let id = Uuid::from_random(u128::from(self.sends).to_be_bytes());
        let payload = Bytes::from(format!("{{\"event\":{}}}", self.sends));
        let (accepted, told) = (Certainty::Open, BTreeMap::new());
        let invocation = Invocation { accepted, payload: payload.clone(), starts: 0, told };
        self.roster.invocations.insert(id, invocation);
        let command =
            lambda::Command::InvokeAsync { function: function(), invocation: id, payload };
        self.submit(work(command), Asked::Invoke { id });
    }

    /// The node asks for runs that it did not ask for before.
    pub(crate) fn begin_runs(&mut self, invokes: Vec<Invoke>) {
        for Invoke { invocation: id, attempt, .. } in self.begin_copies(invokes) {
            if let Some(complaint) = self.roster.complaint(id, attempt, self.now) {
                self.ledger.report(Invariant::I10CompletedOnce, format!("{id}: {complaint}"));
            }
            self.roster.seen.insert((id, attempt));
            self.roster.ready.push((id, attempt));
        }
    }

    /// The node, started again, asks for the runs whose end it does not know.
    pub(crate) fn resume_runs(&mut self, invokes: Vec<Invoke>) {
        let recovered: Vec<(Uuid, u32)> = self
            .resume_copies(invokes)
            .iter()
            .map(|invoke| (invoke.invocation, invoke.attempt))
            .collect();
        for (id, attempt) in &recovered {
            let told = self.roster.invocations.get(id).and_then(|found| found.told.get(attempt));
            if told.is_some_and(|told| told.how == Certainty::Acknowledged) {
                let what = format!("{id}: attempt {attempt} came again after its end was told");
                self.ledger.report(Invariant::I10CompletedOnce, what);
            }
        }
        self.roster.resolve(&recovered);
        if self.bug != Some(Bug::RunForgotten) {
            self.roster.seen.extend(recovered.iter().copied());
            self.roster.ready.extend(recovered);
        }
    }

    /// The executor does something: mostly a run, sometimes what it should not do.
    pub(crate) fn execute(&mut self) {
        if self.random.one_in(6) {
            return self.repeat();
        }
        let Some(index) = self.random.index(self.roster.ready.len()) else { return };
        let (id, attempt) = self.roster.ready.swap_remove(index);
        self.run_handler(id, attempt);
        let completion = match self.random.below(10) {
            0..5 => Completion::Succeeded,
            5..8 => Completion::FunctionError("it raised".to_owned()),
            8 => Completion::NotRun("throttled".to_owned()),
            // The handler ran, and nobody hears of it in this life.
            _ => return,
        };
        self.tell(id, attempt, completion);
    }

    /// Ends every run that is asked for, in the calm at the end.
    pub(crate) fn execute_all(&mut self) {
        while let Some((id, attempt)) = self.roster.ready.pop() {
            self.run_handler(id, attempt);
            self.tell(id, attempt, Completion::Succeeded);
            self.settle();
        }
    }

    /// Asks for the attempt as the executor does, and runs the handler.
    fn run_handler(&mut self, id: Uuid, attempt: u32) {
        let query = lambda::Query::Attempt { invocation: id, attempt };
        let now = self.now;
        let Some(machine) = &mut self.machine else { return };
        let answer = machine.core.ask(now, function().partition(), Query::Lambda(query));
        let Some(invocation) = self.roster.invocations.get_mut(&id) else { return };
        invocation.starts += 1;
        let what = match answer {
            Ok(Reply::Lambda(lambda::Reply::Attempt(Some(found)))) => {
                if found.payload == invocation.payload {
                    return;
                }
                format!("{id} came back with another payload: {:?}", found.payload)
            }
            other => format!("{id}: attempt {attempt} is not there to be run: {other:?}"),
        };
        self.ledger.report(Invariant::I2WholeOrAbsent, what);
    }

    fn tell(&mut self, id: Uuid, attempt: u32, completion: Completion) {
        let at = self.core_now();
        let is_lost = self.bug == Some(Bug::CompletionLost) && self.random.one_in(4);
        let how = if is_lost { Certainty::Acknowledged } else { Certainty::Open };
        if let Some(invocation) = self.roster.invocations.get_mut(&id) {
            invocation.told.insert(attempt, Told { completion: completion.clone(), at, how });
        }
        if !is_lost {
            let done = lambda::Command::InvocationDone { invocation: id, attempt, completion };
            self.submit(work(done), Asked::Told { id, attempt });
        }
    }

    /// Tells again, and something else, of an attempt whose end is known: it must change nothing.
    fn repeat(&mut self) {
        let known: Vec<(Uuid, u32)> = self
            .roster
            .invocations
            .iter()
            .flat_map(|(id, found)| found.told.iter().map(|(attempt, told)| (*id, *attempt, told)))
            .filter(|(_, _, told)| told.how == Certainty::Acknowledged)
            .map(|(id, attempt, _)| (id, attempt))
            .collect();
        let Some(index) = self.random.index(known.len()) else { return };
        let Some((id, attempt)) = known.get(index).copied() else { return };
        let is_counted = self.bug == Some(Bug::StragglerCounted);
        let attempt = if is_counted { attempt + 1 } else { attempt };
        let completion = Completion::FunctionError("late".to_owned());
        let done = lambda::Command::InvocationDone { invocation: id, attempt, completion };
        self.submit(work(done), Asked::Anything("InvocationDone"));
    }

    /// At the very end: every accepted invocation has ended as was told of it.
    pub(crate) fn audit_runs(&mut self) {
        if !self.roster.is_made {
            return;
        }
        let now = self.now;
        let Some(machine) = &mut self.machine else { return };
        let query = Query::Lambda(lambda::Query::Counts);
        let answer = machine.core.ask(now, function().partition(), query);
        let Ok(Reply::Lambda(lambda::Reply::Counts(counts))) = answer else {
            unreachable!("counts are answered with counts: {answer:?}")
        };
        for what in self.roster.audit(counts.invocations_pending, counts.invocations_dropped) {
            self.ledger.report(Invariant::I10CompletedOnce, what);
        }
    }
}
