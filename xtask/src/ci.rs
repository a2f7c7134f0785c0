//! `ci`: what a reviewer should not have to look for.

use crate::steps::Steps;
use crate::workspace::{Workspace, must_run};
use crate::{generate, licences, tidy};
use anyhow::{Result, ensure};

pub(crate) fn run(workspace: &Workspace, options: &[String]) -> Result<bool> {
    ensure!(options.is_empty(), "`ci` takes no options");
    let mut steps = Steps::new("ci");
    steps.check("formatted as rustfmt.toml says", || {
        must_run(workspace.cargo().args(["fmt", "--all", "--check"]))
    });
    steps.check("clippy is silent", || {
        let mut clippy = workspace.cargo();
        clippy.args(["clippy", "--locked", "--workspace", "--all-targets"]);
        must_run(clippy.args(["--", "-D", "warnings"]))
    });
    steps.count("tidy", || tidy::check(workspace));
    steps.check("generated code is what the models give", || {
        ensure!(generate::run(workspace, &["--check".to_owned()])?, "it is not up to date");
        Ok(())
    });
    steps.check("licences", || licences::check(workspace));
    Ok(steps.finish())
}
