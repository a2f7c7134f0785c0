//! The public protocol cases, run through the codecs that serve real requests.
//!
//! The cases were written for a client. An input case says what a client sends for given
//! parameters: our decoder must read those parameters. An output case says what a client
//! understands from a response: our encoder, given that, must write that response. Each case
//! carries its own shapes, read by the generator's own reader and turned into schemas here.
//!
//! What deviates on purpose stands in [`deviations`], with its reason; a deviation that no longer
//! deviates fails the test too.

#![expect(clippy::disallowed_methods, reason = "tests read the cases from their files")]
#![expect(clippy::print_stdout, reason = "a skipped or deviating case says so")]
#![expect(clippy::indexing_slicing, reason = "a case without its parts is a panic, and tests may")]

mod cases;
mod deviations;
mod schemas;
mod values;
mod xml;

// The generator's own reader of models, so that what is proven here holds for what it writes.
#[path = "../../../../xtask/src/generate/model.rs"]
#[expect(dead_code, reason = "the overlay and the rules are the generator's business")]
mod model;

use cases::{Case, Direction};
use std::collections::BTreeMap;
use std::path::Path;
use tidemill_aws::Protocol;

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/aws-protocols");

/// Runs every case of a file and compares what failed with what is expected to.
fn check(file: &str, protocol: Protocol, at_least: usize) {
    let folder = Path::new(CASES);
    if !folder.exists() {
        println!("skipped: there are no protocol cases in {CASES}");
        return;
    }
    let mut ran = 0;
    let mut failed: BTreeMap<String, String> = BTreeMap::new();
    for (direction, name) in [(Direction::Input, "input"), (Direction::Output, "output")] {
        for case in cases::load(&folder.join(name).join(file), direction) {
            ran += 1;
            if let Err(reason) = run(&case, protocol) {
                failed.insert(case.id, reason);
            }
        }
    }
    assert!(ran >= at_least, "only {ran} cases in {file}");
    let expected: BTreeMap<&str, &str> = deviations::of(file).iter().copied().collect();
    let surprises: Vec<String> = failed
        .iter()
        .filter(|(id, _)| !expected.contains_key(id.as_str()))
        .map(|(id, reason)| format!("{id}: {reason}"))
        .collect();
    assert!(surprises.is_empty(), "{} of {ran} failed:\n{}", surprises.len(), surprises.join("\n"));
    let outlived: Vec<&&str> = expected.keys().filter(|id| !failed.contains_key(**id)).collect();
    assert!(outlived.is_empty(), "these deviate no longer: {outlived:?}");
    for (id, reason) in expected {
        println!("{file} {id} deviates: {reason}");
    }
}

fn run(case: &Case, protocol: Protocol) -> Result<(), String> {
    match case.direction {
        Direction::Input => cases::run_input(case, protocol),
        Direction::Output => cases::run_output(case, protocol),
    }
}

#[test]
fn query() {
    check("query.json", Protocol::Query, 70);
}

#[test]
fn json_1_0() {
    check("json_1_0.json", Protocol::Json10, 50);
}

#[test]
fn json_1_0_query_compatible() {
    check("json_1_0-query-compatible.json", Protocol::Json10, 3);
}

#[test]
fn json_1_1() {
    check("json.json", Protocol::Json11, 110);
}

#[test]
fn rest_json() {
    check("rest-json.json", Protocol::RestJson, 200);
}
