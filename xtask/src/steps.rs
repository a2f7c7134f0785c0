//! Steps of a task: each named, timed and counted, with one line at the end that says it all.

use crate::skips::{self, Skip};
use anyhow::Result;
use std::time::{Duration, Instant};

/// How many checks held and how many did not, and which were not made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skips: Vec<Skip>,
}

impl Tally {
    /// One check that held.
    pub(crate) fn one() -> Tally {
        Tally { passed: 1, ..Tally::default() }
    }

    /// Counts what another run of the same step found.
    pub(crate) fn add(&mut self, other: Tally) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skips.extend(other.skips);
    }
}

/// The steps of one task, in order. A failing step does not stop the others: whoever reads the
/// end wants to know everything that is wrong, not the first thing.
#[derive(Debug)]
pub(crate) struct Steps {
    task: &'static str,
    done: Vec<Step>,
}

#[derive(Debug)]
struct Step {
    name: String,
    took: Duration,
    tally: Tally,
}

impl Steps {
    pub(crate) fn new(task: &'static str) -> Steps {
        Steps { task, done: Vec::new() }
    }

    /// Runs a step that either holds or does not.
    pub(crate) fn check(&mut self, name: &str, step: impl FnOnce() -> Result<()>) {
        self.count(name, || step().map(|()| Tally::one()));
    }

    /// Runs a step that counts for itself. An error counts as one failure.
    pub(crate) fn count(&mut self, name: &str, step: impl FnOnce() -> Result<Tally>) {
        println!("\n── {}: {name}", self.task);
        let start = Instant::now();
        let tally = step().unwrap_or_else(|error| {
            println!("{name}: {error:#}");
            Tally { failed: 1, ..Tally::default() }
        });
        self.done.push(Step { name: name.to_owned(), took: start.elapsed(), tally });
    }

    /// Prints the table, what was skipped and why, and the last line; true when nothing failed.
    ///
    /// In CI a skip is a failure: what nobody runs there, nobody runs.
    pub(crate) fn finish(self) -> bool {
        println!("\n── {}", self.task);
        for Step { name, took, tally } in &self.done {
            let verdict = if tally.failed == 0 { "ok" } else { "FAILED" };
            println!(
                "{verdict:>8}  {:>7.1} s  {:>5} passed  {name}",
                took.as_secs_f64(),
                tally.passed
            );
        }
        let skips = self.done.iter().flat_map(|step| &step.tally.skips);
        let forbidden = skips::report(skips, skips::is_ci());
        let failed = self.done.iter().map(|step| step.tally.failed).sum::<u64>() + forbidden;
        let passed: u64 = self.done.iter().map(|step| step.tally.passed).sum();
        println!("{passed} passed, {failed} failed");
        failed == 0
    }
}
