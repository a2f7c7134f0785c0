//! `demo`: the document pipeline on real files, with a kill in the middle.

use crate::python::{Python, REQUIREMENTS};
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::os::unix::process::CommandExt as _;
use std::process::Command;

/// What runs it: plain boto3 against the built server, as a team would write it.
const DEMO: &str = "examples/document-intake/demo.py";

/// Returns only when it could not be started: the demo takes this process's place, so that Ctrl-C
/// and the terminal are its own, and not a word comes after its last line, which is for machines.
pub(crate) fn run(workspace: &Workspace, options: &[String]) -> Result<bool> {
    let server = workspace.build_server()?;
    let python = Python::prepare(workspace, REQUIREMENTS)?;
    let error = Command::new(python.interpreter())
        .arg(workspace.path(DEMO))
        .args(options)
        .env("TIDEMILL_BIN", server)
        .exec();
    Err(error).with_context(|| format!("could not start `{DEMO}`"))
}
