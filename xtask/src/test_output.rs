//! What test tools print: what they counted, what they skipped and why, and what a person wants
//! to see of it.

use crate::skips::Skip;
use crate::steps::Tally;
use anyhow::{Context, Result};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

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
    let mut reader = Reader::default();
    for line in BufReader::new(output).split(b'\n') {
        let line = line.with_context(|| format!("could not read what `{shown}` prints"))?;
        let line = String::from_utf8_lossy(&line);
        if reader.take(&line) {
            println!("{line}");
        }
    }
    let mut tally = reader.tally;
    let status = child.wait().with_context(|| format!("could not wait for `{shown}`"))?;
    if !status.success() && tally.failed == 0 {
        println!("`{shown}` failed: {status}");
        tally.failed = 1;
    }
    Ok(tally)
}

/// Reads a tool's output line by line.
///
/// Cargo's tests are run with `--show-output`, because a Rust test can only print that it skipped:
/// what passing tests print is read here and kept from the screen.
#[derive(Debug, Default)]
struct Reader {
    tally: Tally,
    /// Within `successes:`, which is for this reader alone.
    is_hiding: bool,
    /// The test whose output this is, where the tool says so.
    test: String,
}

impl Reader {
    /// Takes a line; whether a person wants to see it.
    fn take(&mut self, line: &str) -> bool {
        let found = reported(line);
        self.tally.passed += found.passed;
        self.tally.failed += found.failed;
        if line == "successes:" {
            self.is_hiding = true;
        } else if line == "failures:" || line.starts_with("test result:") {
            self.is_hiding = false;
            self.test.clear();
        }
        let heading = line.strip_prefix("---- ").and_then(|rest| rest.strip_suffix(" stdout ----"));
        if let Some(test) = heading {
            self.test = test.to_owned();
        }
        let skip = skip_of_pytest(line).or_else(|| {
            let reason = line.strip_prefix("skipped: ")?.to_owned();
            Some(Skip { test: self.test.clone(), reason })
        });
        self.tally.skips.extend(skip);
        !self.is_hiding
    }
}

/// pytest's `SKIPPED [2] tests/wire/test_sync.py:137: strace is not installed`.
fn skip_of_pytest(line: &str) -> Option<Skip> {
    let (_count, rest) = line.strip_prefix("SKIPPED [")?.split_once("] ")?;
    let (test, reason) = rest.split_once(": ")?;
    Some(Skip { test: test.to_owned(), reason: reason.to_owned() })
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
        skips: Vec::new(),
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
            let expected = Tally { passed, failed, skips: Vec::new() };
            assert_eq!(reported(line), expected, "{line}");
        }
    }

    const OUTPUT: &str = "\
running 3 tests
test good ... ok
test left_out ... ok
test bad ... FAILED

successes:

---- good stdout ----
chatter

---- left_out stdout ----
skipped: this host has no curl

successes:
    good
    left_out

failures:

---- bad stdout ----
assertion failed

failures:
    bad

test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out
SKIPPED [2] tests/wire/test_sync.py:137: strace is missing: so be it";

    #[test]
    fn skips_are_found_with_their_tests_and_chatter_is_kept_from_the_screen() {
        let mut reader = Reader::default();
        let shown: Vec<&str> = OUTPUT.lines().filter(|line| reader.take(line)).collect();
        assert!(shown.contains(&"assertion failed") && shown.contains(&"test good ... ok"));
        assert!(!shown.contains(&"chatter"));
        let skip = |test: &str, reason: &str| Skip { test: test.into(), reason: reason.into() };
        let expected = Tally {
            passed: 2,
            failed: 1,
            skips: vec![
                skip("left_out", "this host has no curl"),
                skip("tests/wire/test_sync.py:137", "strace is missing: so be it"),
            ],
        };
        assert_eq!(reader.tally, expected);
    }
}
