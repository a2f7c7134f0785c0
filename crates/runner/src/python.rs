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
use std::time::Duration;
use tokio::process::Command;

const CLIENT: &str = include_str!("client.py");
/// The minor versions a host is asked for by name.
const MINORS: std::ops::RangeInclusive<u32> = 8..=16;
const PROBE_DURATION_MAX: Duration = Duration::from_secs(5);

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
    /// Where its standard library and shared objects are.
    pub(crate) readable: Vec<PathBuf>,
}

#[derive(Debug)]
pub(crate) struct Interpreters {
    configured: Option<PathBuf>,
    client: PathBuf,
    found: Mutex<BTreeMap<String, Arc<Interpreter>>>,
}

impl Interpreters {
    /// Writes the client to `scratch`, where sandboxes read it.
    pub(crate) fn new(configured: Option<PathBuf>, scratch: &Path) -> io::Result<Interpreters> {
        let directory = scratch.join("runtime");
        fs::create_dir_all(&directory)?;
        let client = directory.join("client.py");
        fs::write(&client, CLIENT)?;
        Ok(Interpreters { configured, client, found: Mutex::default() })
    }

    pub(crate) fn client(&self) -> &Path {
        &self.client
    }

    /// The interpreter for a version, asked of the host once.
    pub(crate) async fn find(&self, version: &str) -> Result<Arc<Interpreter>, RuntimeUnavailable> {
        if let Some(found) = self.remembered(version) {
            return Ok(found);
        }
        // What was missing is looked for again: somebody may just have installed it.
        for candidate in self.candidates(version) {
            let Some(interpreter) = probe(&candidate).await else { continue };
            let is_wanted = interpreter.version == version;
            self.found
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .entry(interpreter.version.clone())
                .or_insert_with(|| Arc::new(interpreter));
            if is_wanted {
                break;
            }
        }
        self.remembered(version).ok_or_else(|| RuntimeUnavailable(self.refusal(version)))
    }

    fn remembered(&self, version: &str) -> Option<Arc<Interpreter>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).get(version).cloned()
    }

    fn candidates(&self, version: &str) -> Vec<PathBuf> {
        let others = MINORS.map(|minor| format!("python3.{minor}"));
        self.configured
            .iter()
            .cloned()
            .chain([format!("python{version}"), "python3".to_owned()].map(PathBuf::from))
            .chain(others.map(PathBuf::from))
            .collect()
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

/// Starts a candidate and lets it tell who it really is.
async fn probe(candidate: &Path) -> Option<Interpreter> {
    const QUESTION: &str = "import sys, sysconfig as c; g = c.get_config_var; p = c.get_path; \
        print('%d.%d' % sys.version_info[:2], getattr(sys, '_base_executable', sys.executable), \
        sys.base_prefix, p('stdlib'), p('platstdlib'), g('LIBDIR') or '', sep='\\n')";
    let command = Command::new(candidate)
        .args(["-I", "-S", "-c", QUESTION])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(PROBE_DURATION_MAX, command).await.ok()?.ok()?;
    let text = String::from_utf8(output.stdout).ok().filter(|_| output.status.success())?;
    let mut lines = text.lines();
    let version = lines.next()?.to_owned();
    let executable = fs::canonicalize(lines.next()?).ok()?;
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
    Some(Interpreter { executable, version, readable: real })
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
