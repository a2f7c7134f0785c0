//! A runner on a directory of its own, and functions written on the spot.

#![allow(dead_code, reason = "each test file uses its part")]
#![expect(clippy::unwrap_used, reason = "a test ends where its fixture fails")]

use bytes::Bytes;
use std::collections::BTreeMap;
use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tidemill_runner::logs::{FilterQuery, LogGroup, StreamSummary};
use tidemill_runner::{
    FunctionError, FunctionSpec, Invocation, InvokeOutcome, Runner, RunnerOptions, Runtime,
};

pub(crate) struct Bench {
    pub(crate) runner: Runner,
    pub(crate) root: PathBuf,
    functions: AtomicU64,
    requests: AtomicU64,
}

/// An outcome with shortcuts for assertions.
pub(crate) struct Outcome(pub(crate) InvokeOutcome);

impl Deref for Outcome {
    type Target = InvokeOutcome;

    fn deref(&self) -> &InvokeOutcome {
        &self.0
    }
}

impl Outcome {
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        match &self.result {
            Ok(payload) => serde_json::from_slice(payload).unwrap(),
            Err(error) => panic!("{error}\n{}", self.tail()),
        }
    }

    #[track_caller]
    pub(crate) fn error(&self) -> &FunctionError {
        self.result.as_ref().unwrap_err()
    }

    #[track_caller]
    pub(crate) fn error_json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.error().payload).unwrap()
    }

    pub(crate) fn tail(&self) -> String {
        String::from_utf8_lossy(&self.log_tail).into_owned()
    }
}

/// The minor version of the host's Python, such as `3.11`.
pub(crate) fn python_version() -> String {
    let question = "import sys; print('%d.%d' % sys.version_info[:2])";
    let output = Command::new("python3").args(["-c", question]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

impl Bench {
    pub(crate) fn new(name: &str) -> Bench {
        Bench::with(name, |_| {})
    }

    pub(crate) fn with(name: &str, change: impl FnOnce(&mut RunnerOptions)) -> Bench {
        let root =
            std::env::temp_dir().join(format!("tidemill-runner-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(&root).unwrap();
        let launcher = PathBuf::from(env!("CARGO_BIN_EXE_tidemill-test-launcher"));
        let mut options = RunnerOptions::new(&root, launcher, "http://127.0.0.1:4566".to_owned());
        change(&mut options);
        let runner = Runner::new(options).unwrap();
        Bench { runner, root, functions: AtomicU64::new(0), requests: AtomicU64::new(0) }
    }

    fn spec(&self, runtime: Runtime) -> FunctionSpec {
        let number = self.functions.fetch_add(1, Ordering::Relaxed);
        let name = format!("f{number}");
        let code = self.root.join("code").join(&name);
        fs::create_dir_all(&code).unwrap();
        FunctionSpec {
            key: format!("{name}:1"),
            arn: format!("arn:aws:lambda:us-east-1:000000000000:function:{name}"),
            log_group: format!("/aws/lambda/{name}"),
            name,
            version: "$LATEST".to_owned(),
            runtime,
            handler: "app.handler".to_owned(),
            code,
            environment: BTreeMap::new(),
            memory_mb: 128,
            // Long, because the machines that run tests are busy.
            timeout: Duration::from_secs(60),
            credentials: None,
            region: "us-east-1".to_owned(),
            account: "000000000000".to_owned(),
        }
    }

    pub(crate) fn python_spec(&self, source: &str) -> FunctionSpec {
        let spec = self.spec(Runtime::Python { version: python_version() });
        fs::write(spec.code.join("app.py"), source).unwrap();
        spec
    }

    pub(crate) fn python(&self, source: &str) -> Arc<FunctionSpec> {
        Arc::new(self.python_spec(source))
    }

    pub(crate) fn provided_spec(&self, bootstrap: &str) -> FunctionSpec {
        use std::os::unix::fs::PermissionsExt;
        let spec = self.spec(Runtime::Provided);
        let path = spec.code.join("bootstrap");
        fs::write(&path, bootstrap).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        spec
    }

    fn group(spec: &FunctionSpec) -> LogGroup {
        LogGroup {
            account: spec.account.clone(),
            region: spec.region.clone(),
            name: spec.log_group.clone(),
        }
    }

    pub(crate) fn streams(&self, spec: &FunctionSpec) -> Vec<StreamSummary> {
        self.runner.logs().streams(&Bench::group(spec)).unwrap()
    }

    /// All log messages of a function, in order of time.
    pub(crate) fn messages(&self, spec: &FunctionSpec) -> Vec<String> {
        let query = FilterQuery { limit: 10_000, ..FilterQuery::default() };
        let page = self.runner.logs().filter(&Bench::group(spec), &query).unwrap();
        page.events.into_iter().map(|event| event.message).collect()
    }

    /// How many sandboxes still have a directory, which goes last.
    pub(crate) fn live_directories(&self) -> usize {
        fs::read_dir(self.root.join("sandboxes/live")).unwrap().count()
    }

    pub(crate) async fn invoke(
        &self,
        spec: &Arc<FunctionSpec>,
        event: serde_json::Value,
    ) -> Outcome {
        self.invoke_raw(spec, event.to_string().into()).await
    }

    pub(crate) async fn invoke_raw(&self, spec: &Arc<FunctionSpec>, payload: Bytes) -> Outcome {
        let number = self.requests.fetch_add(1, Ordering::Relaxed) + 1;
        let invocation = Invocation {
            permit: self.runner.permit(&[]).await,
            request_id: format!("request-{number}"),
            payload,
            client_context: None,
            trace: None,
            invoked_arn: None,
        };
        Outcome(self.runner.invoke(spec.clone(), invocation).await)
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
    }
}

/// The processes whose command line contains `marker`.
pub(crate) fn processes_with(marker: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Ok(command) = fs::read(entry.path().join("cmdline")) else { continue };
        let command = String::from_utf8_lossy(&command).replace('\0', " ");
        if entry.path() != Path::new("/proc/self") && command.contains(marker) {
            found.push(command);
        }
    }
    found
}

/// Far longer than what is waited for ever takes, on a machine that has other things to do.
pub(crate) const WAIT_MAX: Duration = Duration::from_secs(120);

/// Polls, because processes end when the kernel gets to it.
pub(crate) async fn wait_until(mut holds: impl FnMut() -> bool) -> bool {
    let started = std::time::Instant::now();
    while started.elapsed() < WAIT_MAX {
        if holds() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    holds()
}
