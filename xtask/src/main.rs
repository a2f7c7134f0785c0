//! The project's own tasks, so that nobody has to remember how: `cargo xtask help`.
//!
//! Rust and not shell: it runs the same on every machine, it is checked like the rest, and a
//! newcomer can read what a task does.
#![expect(clippy::print_stdout, reason = "a task talks to the person who started it")]

mod ci;
mod clients;
mod demo;
mod functions;
mod generate;
mod licences;
mod new_operation;
mod python;
mod skips;
mod steps;
mod test_output;
mod testing;
mod tidy;
mod tools;
mod workspace;

use anyhow::{Result, bail};
use std::process::ExitCode;
use workspace::Workspace;

const HELP: &str = "\
cargo xtask TASK [OPTIONS]: the project's own tasks.

  demo [--keep]     See it work: builds the server, starts it on an empty data directory and
                    sends 200 real files through bucket → queue → function; kills the server in
                    the middle with SIGKILL, starts it again, and counts what was lost.
                    --keep leaves everything running to explore.
  test [NAME…]      Everything that must hold. Installs what the tests need by itself (a Python
                    environment under your cache directory). With names, only those:
                    `cargo xtask test units`, `cargo xtask test wire kill-loop`.
                    What follows `--` goes to the test tool: `… test wire -- -k fifo`.
                    Ends with what was skipped and why; where CI=true, a skip is a failure.
  ci                What a reviewer should not have to look for: formatting, clippy, tidy,
                    generated code that is up to date, licences.
  tidy              The rules of the house that a compiler does not know: which crate may use
                    which, what pure crates may touch, names in documents that must exist.
  generate          Writes the AWS shapes for the operations in models/served.toml.
                    --check only says whether anything would change.
  new-operation SERVICE Name
                    Drafts the files of an operation: `… new-operation sqs ListQueues`.
  help              This page.

Before a commit: `cargo xtask ci && cargo xtask test`. What `.ci/run` does is the two of them
and the demo.";

fn main() -> ExitCode {
    match run(std::env::args().skip(1).collect()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs one task; `false` when it ran to its end and found something wrong.
fn run(arguments: Vec<String>) -> Result<bool> {
    let mut arguments = arguments.into_iter();
    let task = arguments.next().unwrap_or_else(|| "help".to_owned());
    let options: Vec<String> = arguments.collect();
    let workspace = Workspace::find()?;
    match task.as_str() {
        "generate" => generate::run(&workspace, &options),
        "new-operation" => new_operation::run(&workspace, &options),
        "demo" => demo::run(&workspace, &options),
        "test" => testing::run(&workspace, &options),
        "ci" => ci::run(&workspace, &options),
        "tidy" => tidy::run(&workspace, &options),
        "help" | "-h" | "--help" => {
            println!("{HELP}");
            Ok(true)
        }
        unknown => bail!("there is no task `{unknown}`; `cargo xtask help` lists them"),
    }
}
