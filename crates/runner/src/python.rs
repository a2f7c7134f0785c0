//! Which Python interpreters this host has, and our client that runs in them.
//!
//! A runtime version is served by an interpreter of exactly that minor version, or refused by
//! name: running `python3.12` code on 3.11 would fail later and further away.

use crate::spec::Runtime;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::process::Command;

const CLIENT: &str = include_str!("client.py");
/// The minor versions a host is asked for by name.
const MINORS: std::ops::RangeInclusive<u32> = 8..=16;
const PROBE_DURATION_MAX: Duration = Duration::from_secs(5);
/// For how long a version that is not there is refused without looking again.
const MISSED_DURATION: Duration = Duration::from_secs(30);

/// Why a function cannot run on this host.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RuntimeUnavailable(pub String);

/// One interpreter of this host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Interpreter {
    /// The real executable: never a shim, which would need the operator's home.
    pub(crate) executable: PathBuf,
    /// Such as `3.11`.
    pub(crate) version: String,
    /// Our client, compiled by and for this interpreter: compiling it takes longer than running.
    pub(crate) client: PathBuf,
    /// Where its standard library and shared objects are.
    pub(crate) readable: Vec<PathBuf>,
}

#[derive(Debug)]
pub(crate) struct Interpreters {
    configured: Option<PathBuf>,
    /// The client's source, and beside it what was compiled from it.
    client: PathBuf,
    found: Mutex<BTreeMap<String, Arc<Interpreter>>>,
    /// Held while the host is asked; when a version was last looked for in vain.
    missed: tokio::sync::Mutex<BTreeMap<String, Instant>>,
}

impl Interpreters {
    /// Writes the client to `scratch`, where sandboxes read it.
    pub(crate) fn new(configured: Option<PathBuf>, scratch: &Path) -> io::Result<Interpreters> {
        let directory = scratch.join("runtime");
        fs::create_dir_all(&directory)?;
        let client = directory.join("client.py");
        fs::write(&client, CLIENT)?;
        Ok(Interpreters { configured, client, found: Mutex::default(), missed: Default::default() })
    }

    /// What was found so far.
    pub(crate) fn found(&self) -> Vec<Arc<Interpreter>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// The interpreter for a version, asked of the host once.
    pub(crate) async fn find(&self, version: &str) -> Result<Arc<Interpreter>, RuntimeUnavailable> {
        if let Some(found) = self.remembered(version) {
            return Ok(found);
        }
        let mut missed = self.missed.lock().await;
        // What was missing is looked for again after a while: somebody may have installed it.
        let was_just_missed = missed.get(version).is_some_and(|at| at.elapsed() < MISSED_DURATION);
        if !was_just_missed {
            for candidate in self.candidates(&format!("python{version}")) {
                // Whoever held the lock before may have found it, or the last candidate may be it.
                if let Some(found) = self.remembered(version) {
                    return Ok(found);
                }
                self.ask(&candidate).await;
            }
        }
        if let Some(found) = self.remembered(version) {
            return Ok(found);
        }
        if !was_just_missed {
            missed.retain(|_, at| at.elapsed() < MISSED_DURATION);
            missed.insert(version.to_owned(), Instant::now());
        }
        Err(RuntimeUnavailable(self.refusal(version)))
    }

    /// Asks every candidate, so that [`Interpreters::found`] knows all of the host's.
    pub(crate) async fn find_all(&self) {
        for candidate in self.candidates("python3") {
            self.ask(&candidate).await;
        }
    }

    async fn ask(&self, candidate: &Path) {
        if let Some(interpreter) = probe(candidate, &self.client).await {
            let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
            found.entry(interpreter.version.clone()).or_insert_with(|| Arc::new(interpreter));
        }
    }

    fn remembered(&self, version: &str) -> Option<Arc<Interpreter>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).get(version).cloned()
    }

    /// The configured one, the one of this name, and whatever else may be there.
    fn candidates(&self, name: &str) -> Vec<PathBuf> {
        let others = MINORS.map(|minor| format!("python3.{minor}"));
        let names = [name.to_owned(), "python3".to_owned()].into_iter().chain(others);
        self.configured.iter().cloned().chain(names.map(PathBuf::from)).collect()
    }

    fn refusal(&self, version: &str) -> String {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let names: Vec<String> = found
            .values()
            .map(|python| format!("python{} ({})", python.version, python.executable.display()))
            .collect();
        let exists =
            if names.is_empty() { "no Python 3 interpreter".to_owned() } else { names.join(", ") };
        format!(
            "The runtime python{version} is not available on this host, which has {exists}. \
             Install python{version}, or use a runtime that exists here."
        )
    }
}

/// Asks an interpreter who it is, and has it compile our client.
const PROBE: &str = "
import sys, sysconfig, py_compile
version = '%d.%d' % sys.version_info[:2]
client = sys.argv[1][:-2] + version + '.pyc'
py_compile.compile(sys.argv[1], client, doraise=True)
print(version, getattr(sys, '_base_executable', sys.executable), client, sys.base_prefix,
      sysconfig.get_path('stdlib'), sysconfig.get_path('platstdlib'),
      sysconfig.get_config_var('LIBDIR') or '', sep='\\n')
";

/// Starts a candidate and lets it tell who it really is.
async fn probe(candidate: &Path, client: &Path) -> Option<Interpreter> {
    let command = Command::new(candidate)
        .args(["-I", "-S", "-c", PROBE])
        .arg(client)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(PROBE_DURATION_MAX, command).await.ok()?.ok()?;
    let text = String::from_utf8(output.stdout).ok().filter(|_| output.status.success())?;
    let mut lines = text.lines();
    let version = lines.next()?.to_owned();
    let executable = fs::canonicalize(lines.next()?).ok()?;
    let client = PathBuf::from(lines.next()?);
    let prefix = PathBuf::from(lines.next()?);
    // Not the prefix itself, which may be somebody's home directory.
    let mut readable: Vec<PathBuf> =
        lines.filter(|line| !line.is_empty()).map(PathBuf::from).collect();
    readable.extend([executable.clone(), prefix.join("lib").join(format!("python{version}"))]);
    let mut real: Vec<PathBuf> =
        readable.iter().filter_map(|path| fs::canonicalize(path).ok()).collect();
    real.append(&mut readable);
    real.sort();
    real.dedup();
    Some(Interpreter { executable, version, client, readable: real })
}

/// What `AWS_EXECUTION_ENV` says.
pub(crate) fn execution_environment(runtime: &Runtime) -> Option<String> {
    match runtime {
        Runtime::Python { .. } => Some(format!("AWS_Lambda_{runtime}")),
        Runtime::Provided => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_version_the_host_lacks_is_refused_with_what_it_has() {
        let scratch = std::env::temp_dir().join(format!("tidemill-python-{}", std::process::id()));
        let interpreters = Interpreters::new(None, &scratch).unwrap();
        let refusal = interpreters.find("2.7").await.unwrap_err().to_string();
        assert!(refusal.starts_with("The runtime python2.7 is not available"), "{refusal}");
        fs::remove_dir_all(scratch).unwrap();
    }
}
