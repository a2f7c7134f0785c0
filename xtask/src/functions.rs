//! The functions that tests deploy and that must be compiled first.

use crate::workspace::{Workspace, must_run, user_cache};
use anyhow::Result;
use std::path::PathBuf;

/// A function on AWS's own Rust runtime. A workspace of its own: the product is not built with it.
const RUST: &str = "tests/wire/functions/rust";

/// Builds the Rust function and says where its `bootstrap` lies. Its output is kept in the user's
/// cache, so that it is compiled once and not once for each checkout.
pub(crate) fn build_rust(workspace: &Workspace) -> Result<PathBuf> {
    let target = user_cache()?.join("functions");
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--locked", "--quiet", "--manifest-path"]);
    cargo.arg(workspace.path(RUST).join("Cargo.toml"));
    must_run(cargo.env("CARGO_TARGET_DIR", &target))?;
    Ok(target.join("debug").join("bootstrap"))
}
