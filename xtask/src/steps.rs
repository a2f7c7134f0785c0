//! Steps of a task: each named, timed and counted, with one line at the end that says it all.

use anyhow::{Context, Result};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How many checks held and how many did not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
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
        self.count(name, || step().map(|()| Tally { passed: 1, failed: 0 }));
    }

    /// Runs a step that counts for itself. An error counts as one failure.
    pub(crate) fn count(&mut self, name: &str, step: impl FnOnce() -> Result<Tally>) {
        println!("\n── {}: {name}", self.task);
        let start = Instant::now();
        let tally = step().unwrap_or_else(|error| {
            println!("{name}: {error:#}");
            Tally { passed: 0, failed: 1 }
        });
        self.done.push(Step { name: name.to_owned(), took: start.elapsed(), tally });
    }

    /// Prints the table and the last line; true when nothing failed.
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
        let failed: u64 = self.done.iter().map(|step| step.tally.failed).sum();
        let passed: u64 = self.done.iter().map(|step| step.tally.passed).sum();
        println!("{passed} passed, {failed} failed");
        failed == 0
    }
}

/// Runs a test tool, showing its output as it comes, and counts the tests it reports.
///
/// A tool that fails without reporting a failed test (it did not compile, it was killed) counts
/// as one failure: silence must never look like success.
pub(crate) fn count_tests(command: &mut Command) -> Result<Tally> {
    let shown = crate::workspace::shown(command);
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("could not start `{shown}`"))?;
    let output = child.stdout.take().context("the output was piped a line ago")?;
    let mut tally = Tally::default();
    for line in BufReader::new(output).split(b'\n') {
        let line = line.with_context(|| format!("could not read what `{shown}` prints"))?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        let found = reported(&line);
        tally.passed += found.passed;
        tally.failed += found.failed;
    }
    let status = child.wait().with_context(|| format!("could not wait for `{shown}`"))?;
    if !status.success() && tally.failed == 0 {
        println!("`{shown}` failed: {status}");
        tally.failed = 1;
    }
    Ok(tally)
}

/// What one line of a test tool's output reports: Cargo's `test result: ok. 3 passed; 0 failed`
/// and pytest's `2 failed, 40 passed in 9.13s`; nothing for every other line.
fn reported(line: &str) -> Tally {
    let line = line.trim().trim_matches('=').trim();
    let is_cargo = line.starts_with("test result:");
    let is_pytest = line.contains(" in ") && line.starts_with(|first: char| first.is_ascii_digit());
    if !is_cargo && !is_pytest {
        return Tally::default();
    }
    let words: Vec<&str> =
        line.split([' ', ';', ',', '.']).filter(|word| !word.is_empty()).collect();
    let before = |label: &str| -> u64 {
        words
            .windows(2)
            .filter_map(|pair| match pair {
                [count, word] if *word == label => count.parse::<u64>().ok(),
                _ => None,
            })
            .sum()
    };
    Tally {
        passed: before("passed"),
        failed: before("failed") + before("error") + before("errors"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_lines_that_sum_up_are_counted() {
        let table = [
            ("test result: ok. 3 passed; 1 failed; 0 ignored; 0 measured", 3, 1),
            ("==== 2 failed, 40 passed, 1 error in 9.13s ====", 40, 3),
            ("40 passed in 0.13s", 40, 0),
            ("test a_queue_is_created ... ok", 0, 0),
            ("12 passed, 3 failed", 0, 0),
            ("", 0, 0),
        ];
        for (line, passed, failed) in table {
            assert_eq!(reported(line), Tally { passed, failed }, "{line}");
        }
    }
}
