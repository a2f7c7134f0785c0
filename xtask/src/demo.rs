//! `demo`: the document pipeline on real files, with a kill in the middle.

use crate::python::Python;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::process::Command;

/// What runs it: plain boto3 against the built server, as a team would write it.
const DEMO: &str = "examples/document-intake/demo.py";

pub(crate) fn run(workspace: &Workspace, options: &[String]) -> Result<bool> {
    let server = workspace.build_server()?;
    let python = Python::prepare(workspace)?;
    let status = Command::new(python.interpreter())
        .arg(workspace.path(DEMO))
        .args(options)
        .env("TIDEMILL_BIN", server)
        .status()
        .with_context(|| format!("could not start `{DEMO}`"))?;
    // Not a word after the demo's own last line, `RESULT …`, which is for machines.
    Ok(status.success())
}
