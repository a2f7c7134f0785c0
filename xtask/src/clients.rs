//! The clients that `test clients` runs: Celery, and a scenario in each language that AWS has an
//! SDK for and that is not tested elsewhere. Built into the user's cache from pinned packages.
//!
//! A language whose tools are missing is no error: the test gets the reason and skips, aloud. A
//! build that fails where the tools are there is one.

use crate::python::Python;
use crate::tools;
use crate::workspace::{Workspace, must_run, user_cache};
use anyhow::{Context, Result};
use std::ffi::OsString;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

const CELERY: &str = "tests/clients/celery/requirements.txt";
const GO: &str = "tests/clients/go";
const JAVA: &str = "tests/clients/java";
const JAVASCRIPT: &str = "tests/clients/javascript";

/// Builds every client; returns what tells the tests where each lies or why it does not.
pub(crate) fn build(workspace: &Workspace) -> Result<Vec<(String, OsString)>> {
    let cache = user_cache()?.join("clients");
    fs::create_dir_all(&cache)
        .with_context(|| format!("could not create `{}`", cache.display()))?;
    // Two tasks started at once must not install into one directory.
    let lock = fs::File::create(cache.join("lock"))?;
    lock.lock().context("could not lock the cache directory")?;
    if tools::is_there("javac") {
        tools::install_missing(&[("mvn", "maven")]);
    }
    let celery = Python::prepare(workspace, CELERY)?.interpreter();
    Ok(vec![
        located("CELERY", celery),
        build_one("GO", &["go"], || build_go(workspace, &cache))?,
        build_one("JAVA", &["java", "javac", "mvn"], || build_java(workspace, &cache))?,
        build_one("JAVASCRIPT", &["node", "npm"], || build_javascript(workspace, &cache))?,
    ])
}

fn build_one(
    client: &str,
    tools: &[&str],
    build: impl FnOnce() -> Result<PathBuf>,
) -> Result<(String, OsString)> {
    match tools.iter().find(|tool| !tools::is_there(tool)) {
        Some(tool) => {
            let variable = format!("TIDEMILL_CLIENT_{client}_MISSING");
            Ok((variable, format!("{tool} is not installed").into()))
        }
        None => build().map(|path| located(client, path)),
    }
}

fn located(client: &str, path: PathBuf) -> (String, OsString) {
    (format!("TIDEMILL_CLIENT_{client}"), path.into())
}

/// Go keeps what it compiled by itself, so there is nothing to remember here.
fn build_go(workspace: &Workspace, cache: &Path) -> Result<PathBuf> {
    let program = cache.join("go-scenario");
    let mut go = Command::new("go");
    go.current_dir(workspace.path(GO)).args(["build", "-mod=readonly", "-o"]);
    must_run(go.arg(&program).arg("."))?;
    Ok(program)
}

fn build_java(workspace: &Workspace, cache: &Path) -> Result<PathBuf> {
    let folder = workspace.path(JAVA);
    let sources = [folder.join("pom.xml"), folder.join("src/main/java/tidemill/Scenario.java")];
    let target = cache.join(format!("java-{}", fingerprint(&sources)?));
    once(&target, || {
        let mut maven = Command::new("mvn");
        maven.current_dir(&folder).args(["--batch-mode", "--quiet"]);
        let mut option = OsString::from("-Dtarget=");
        option.push(&target);
        must_run(maven.arg(option).arg("process-classes"))
    })?;
    Ok(target)
}

/// A module finds its packages beside itself, so the programs are copied to them.
fn build_javascript(workspace: &Workspace, cache: &Path) -> Result<PathBuf> {
    let folder = workspace.path(JAVASCRIPT);
    let pins = ["package.json", "package-lock.json"].map(|name| folder.join(name));
    let target = cache.join(format!("javascript-{}", fingerprint(&pins)?));
    once(&target, || {
        fs::create_dir_all(&target)?;
        for name in ["package.json", "package-lock.json"] {
            fs::copy(folder.join(name), target.join(name))?;
        }
        let mut npm = Command::new("npm");
        must_run(npm.current_dir(&target).args(["ci", "--ignore-scripts", "--no-audit"]))
    })?;
    for name in ["scenario.mjs", "signatures.mjs"] {
        fs::copy(folder.join(name), target.join(name))?;
    }
    Ok(target.join("scenario.mjs"))
}

/// Makes a folder of the cache unless it was made completely before.
fn once(target: &Path, make: impl FnOnce() -> Result<()>) -> Result<()> {
    let complete = target.join("complete");
    if complete.exists() {
        return Ok(());
    }
    println!("building `{}` (once)", target.display());
    if target.exists() {
        fs::remove_dir_all(target)?;
    }
    make()?;
    fs::write(complete, "")?;
    Ok(())
}

/// A name for what these files hold: changed files are another folder.
fn fingerprint(files: &[PathBuf]) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for file in files {
        let bytes =
            fs::read(file).with_context(|| format!("could not read `{}`", file.display()))?;
        bytes.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}
