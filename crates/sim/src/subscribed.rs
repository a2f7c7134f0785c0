//! A function that is subscribed to a topic: each copy becomes an asynchronous run, under an id
//! that only the node knows.
//!
//! ```text
//! topic ── outbox ──▶ run ── Invoke(attempt) ──▶ executor: reads it, succeeds, fails, is mute
//! ```
//!
//! It never fails often enough to be given up, so that every copy is read by some attempt: at least
//! once, as everything that is told the world.

use crate::Bug;
use crate::functions::{function_named, work_of};
use crate::ledger::Invariant;
use crate::world::{Asked, World};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tidemill_kernel::{Arn, Uuid};
use tidemill_node::core::Invoke;
use tidemill_services::lambda::{self, Completion, FunctionId};
use tidemill_services::{Query, Reply};

/// The function, and the endpoint of that name.
pub(crate) const SUBSCRIBED: &str = "news-run";
/// One less than would end it.
const FAILURES_MAX: u32 = 2;

/// Runs that the node wants, and what was told of them.
#[derive(Debug, Default)]
pub(crate) struct CopyRuns {
    ready: Vec<(Uuid, u32)>,
    /// All that was asked for in this life.
    seen: BTreeSet<(Uuid, u32)>,
    /// Failures that were told, whether or not that was noted.
    failures: BTreeMap<Uuid, u32>,
}

impl CopyRuns {
    /// The executor dies with the machine.
    pub(crate) fn crashed(&mut self) {
        self.ready.clear();
        self.seen.clear();
    }
}

fn function() -> FunctionId {
    function_named(SUBSCRIBED)
}

pub(crate) fn function_arn() -> Arn {
    function().arn()
}

impl World {
    /// Takes the runs of the subscribed function from those that the node asks for.
    pub(crate) fn begin_copies(&mut self, invokes: Vec<Invoke>) -> Vec<Invoke> {
        let function = function_arn();
        let (own, others): (Vec<_>, Vec<_>) =
            invokes.into_iter().partition(|invoke| invoke.function == function);
        for Invoke { invocation, attempt, .. } in own {
            let run = (invocation, attempt);
            if !self.topics.runs.seen.insert(run) {
                let what = format!("{invocation}: attempt {attempt} was started twice in one life");
                self.ledger.report(Invariant::I10CompletedOnce, what);
            }
            self.topics.runs.ready.push(run);
        }
        others
    }

    /// The same when the node, started again, asks for what it does not know the end of.
    pub(crate) fn resume_copies(&mut self, invokes: Vec<Invoke>) -> Vec<Invoke> {
        let others = self.begin_copies(invokes);
        if self.bug == Some(Bug::RunForgotten) {
            self.topics.runs.ready.clear();
        }
        others
    }

    /// The function is run for a copy.
    pub(crate) fn run_copy(&mut self) {
        let Some(index) = self.random.index(self.topics.runs.ready.len()) else { return };
        let (id, attempt) = self.topics.runs.ready.swap_remove(index);
        let failures = self.topics.runs.failures.get(&id).copied().unwrap_or(0);
        let completion = match self.random.below(10) {
            0..6 => Completion::Succeeded,
            6..8 if failures < FAILURES_MAX => Completion::FunctionError("it raised".to_owned()),
            8 => return self.tell_copy(id, attempt, Completion::NotRun("throttled".to_owned())),
            // It reads the copy, and nobody hears of it in this life.
            9 => return self.read_copy(id, attempt),
            _ => Completion::Succeeded,
        };
        self.read_copy(id, attempt);
        self.tell_copy(id, attempt, completion);
    }

    /// Ends every run that is asked for, in the calm at the end.
    pub(crate) fn run_all_copies(&mut self) {
        while let Some((id, attempt)) = self.topics.runs.ready.pop() {
            self.read_copy(id, attempt);
            self.tell_copy(id, attempt, Completion::Succeeded);
            self.settle();
        }
    }

    fn read_copy(&mut self, invocation: Uuid, attempt: u32) {
        let now = self.now;
        let Some(machine) = &mut self.machine else { return };
        let query = Query::Lambda(lambda::Query::Attempt { invocation, attempt });
        let answer = machine.core.ask(now, function().partition(), query);
        let endpoint =
            self.topics.endpoints.iter().position(|endpoint| endpoint.name == SUBSCRIBED);
        let event = match answer {
            Ok(Reply::Lambda(lambda::Reply::Attempt(Some(found)))) => {
                serde_json::from_slice::<Value>(&found.payload).ok()
            }
            Ok(_) | Err(_) => None,
        };
        let said =
            event.as_ref().and_then(|event| event.pointer("/Records/0/Sns/Message")?.as_str());
        match (endpoint, said) {
            (Some(endpoint), Some(said)) => self.took_copy(endpoint, said),
            _ => {
                let what = format!("{invocation}: attempt {attempt} is for no copy: {event:?}");
                self.ledger.report(Invariant::I2WholeOrAbsent, what);
            }
        }
    }

    fn tell_copy(&mut self, invocation: Uuid, attempt: u32, completion: Completion) {
        if matches!(completion, Completion::FunctionError(_)) {
            *self.topics.runs.failures.entry(invocation).or_default() += 1;
        }
        let done = lambda::Command::InvocationDone { invocation, attempt, completion };
        self.submit(work_of(&function(), done), Asked::Anything("InvocationDone"));
    }
}
