//! `test`: everything that must hold, from a function's table to a killed server.

use crate::python::{Python, REQUIREMENTS};
use crate::steps::{Steps, Tally};
use crate::test_output::count_tests;
use crate::workspace::Workspace;
use crate::{clients, functions, tools};
use anyhow::{Result, bail};
use std::ffi::OsString;
use std::process::Command;

/// The suites by name, in the order of what is cheapest to fail first.
const SUITES: [(&str, &str); 6] = [
    ("units", "cargo test: tables, properties, public suites, beside the code"),
    ("examples", "the example's own tests, without a server"),
    ("sim", "the simulator: 200 seeds, each told twice, and every planted bug found"),
    ("wire", "AWS's own clients against the built server"),
    ("clients", "Celery, and the SDKs for JavaScript, Go and Java, against the built server"),
    ("kill-loop", "a server killed fifty times under load, and a ledger that forgets nothing"),
];

/// SIGKILLs in one test run.
const KILLS: &str = "50";

/// Tests that may run beside others, which mostly wait. Each process takes the next one there is,
/// so that neither idles while the other waits.
const TOGETHER: [&str; 6] = ["-m", "not alone", "-n", "2", "--dist", "worksteal"];

/// Tests that measure memory, one by one.
const ALONE: [&str; 2] = ["-m", "alone"];

/// Seconds after which a test is taken to hang: far more than the slowest takes on a slow machine.
const HANGS: &str = "faulthandler_timeout=900";

pub(crate) fn run(workspace: &Workspace, options: &[String]) -> Result<bool> {
    let (names, passed_on) = match options.iter().position(|option| option == "--") {
        Some(at) => (options.get(..at), options.get(at + 1..)),
        None => (Some(options), None),
    };
    let names = names.unwrap_or_default();
    let passed_on = passed_on.unwrap_or_default();
    for name in names {
        if !SUITES.iter().any(|(suite, _)| suite == name) {
            bail!("there is no suite `{name}`; there are:\n{}", listing());
        }
    }
    let wanted = |suite: &str| names.is_empty() || names.iter().any(|name| name == suite);

    tools::prepare();
    let mut steps = Steps::new("test");
    for (suite, about) in SUITES {
        if wanted(suite) {
            steps.count(&format!("{suite} ({about})"), || run_suite(workspace, suite, passed_on));
        }
    }
    Ok(steps.finish())
}

fn run_suite(workspace: &Workspace, suite: &str, passed_on: &[String]) -> Result<Tally> {
    match suite {
        "units" => {
            let mut cargo = workspace.cargo();
            cargo.args(["test", "--locked", "--workspace", "--exclude", "tidemill-sim"]);
            // For the test of AWS's own client for Python, which is among the packages.
            cargo.env(
                "TIDEMILL_TEST_PYTHON",
                Python::prepare(workspace, REQUIREMENTS)?.interpreter(),
            );
            cargo_test(cargo, passed_on)
        }
        "sim" => {
            let mut cargo = workspace.cargo();
            cargo.args(["test", "--locked", "--package", "tidemill-sim"]);
            cargo_test(cargo, passed_on)
        }
        "examples" => pytest(workspace, "examples", &[], passed_on),
        "wire" => {
            let server = workspace.build_server()?;
            let function = functions::build_rust(workspace)?;
            let environment = vec![
                ("TIDEMILL_BIN".to_owned(), server.into()),
                ("TIDEMILL_RUST_FUNCTION".to_owned(), function.into()),
            ];
            wire(workspace, &environment, passed_on)
        }
        "clients" => {
            let server = workspace.build_server()?;
            let mut environment = clients::build(workspace)?;
            environment.push(("TIDEMILL_BIN".to_owned(), server.into()));
            pytest(workspace, "tests/clients", &environment, passed_on)
        }
        "kill-loop" => {
            let server = workspace.build_server()?;
            let mut script = Command::new(Python::prepare(workspace, REQUIREMENTS)?.interpreter());
            script.arg(workspace.path("tests/wire/kill_loop.py")).args(["--kills", KILLS]);
            crate::workspace::must_run(script.env("TIDEMILL_BIN", server).args(passed_on))?;
            Ok(Tally::one())
        }
        unknown => bail!("`{unknown}` is in the list of suites but not here"),
    }
}

/// Runs Cargo's tests so that a skip can be seen: a Rust test can only print it.
fn cargo_test(mut cargo: Command, passed_on: &[String]) -> Result<Tally> {
    cargo.arg("--no-fail-fast").args(passed_on);
    if !passed_on.iter().any(|option| option == "--") {
        cargo.arg("--");
    }
    count_tests(cargo.arg("--show-output"))
}

/// Runs the wire tests: those that may run together, then the others.
///
/// Whoever says which tests to run gets them in one process: a debugger needs one, and a selection
/// may leave a part empty, which pytest takes for an error.
fn wire(
    workspace: &Workspace,
    environment: &[(String, OsString)],
    passed_on: &[String],
) -> Result<Tally> {
    let run = |options: &[String]| pytest(workspace, "tests/wire", environment, options);
    if !passed_on.is_empty() {
        return run(passed_on);
    }
    let mut tally = Tally::default();
    for part in [TOGETHER.as_slice(), ALONE.as_slice()] {
        tally.add(run(&part.iter().map(ToString::to_string).collect::<Vec<_>>())?);
    }
    Ok(tally)
}

fn pytest(
    workspace: &Workspace,
    folder: &str,
    environment: &[(String, OsString)],
    options: &[String],
) -> Result<Tally> {
    let python = Python::prepare(workspace, REQUIREMENTS)?;
    let mut pytest = Command::new(python.interpreter());
    pytest.current_dir(&workspace.root).args(["-m", "pytest", "-q", "-rs", "--strict-markers"]);
    pytest.args(["-p", "no:cacheprovider"]);
    // Data directories are large: only a failed test's is worth keeping.
    pytest.args(["-o", "tmp_path_retention_policy=failed"]);
    // A test that hangs says where, and fails.
    pytest.args(["-o", HANGS, "-o", "faulthandler_exit_on_timeout=true"]);
    pytest.arg(folder).args(options).env("TIDEMILL_AWS_CLI", python.program("aws"));
    count_tests(pytest.envs(environment.iter().map(|(name, value)| (name, value))))
}

fn listing() -> String {
    SUITES.map(|(name, about)| format!("  {name:<10} {about}")).join("\n")
}
