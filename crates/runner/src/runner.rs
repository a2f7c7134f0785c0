//! The runner: what the rest of the server calls.

use crate::host::{Host, HostReport};
use crate::invoke::{Attempt, attempt, failed_start};
use crate::launch::Isolation;
use crate::logs::{LogLimits, LogStore};
use crate::permits::{Permit, Permits};
use crate::pool::Pool;
use crate::python::RuntimeUnavailable;
use crate::spec::{ErrorKind, FunctionError, FunctionSpec, Invocation, InvokeOutcome, Runtime};
use crate::stats::{RunnerStats, Stats};
use bytes::Bytes;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long a runtime may take to ask for its first event before it is started once more.
const INIT_DURATION_MAX: Duration = Duration::from_secs(10);
/// How often an event is given to another sandbox because the one it was for had just died.
const ATTEMPTS_MAX: usize = 3;

/// How functions run on this host.
#[derive(Clone, Debug)]
pub struct RunnerOptions {
    /// Sandboxes live below this directory; what an earlier process left there is removed.
    pub scratch: PathBuf,
    /// Function logs are kept below this directory.
    pub logs: PathBuf,
    pub log_limits: LogLimits,
    /// `AWS_ENDPOINT_URL` as functions see it.
    pub endpoint_url: String,
    /// Asked before the interpreters on the `PATH`.
    pub python: Option<PathBuf>,
    /// Where `boto3` comes from, after the function's own packages.
    pub site_packages: Option<PathBuf>,
    /// Our own executable, started as `<launcher> __sandbox`.
    pub launcher: PathBuf,
    pub isolation: Isolation,
    pub concurrency_max: usize,
    pub keep_alive: Duration,
    pub init_duration_max: Duration,
    pub processes_max: usize,
}

impl RunnerOptions {
    /// The defaults, for a server that keeps all of this below one directory.
    #[must_use]
    pub fn new(directory: &Path, launcher: PathBuf, endpoint_url: String) -> RunnerOptions {
        RunnerOptions {
            scratch: directory.join("sandboxes"),
            logs: directory.join("function-logs"),
            log_limits: LogLimits::default(),
            endpoint_url,
            python: None,
            site_packages: None,
            launcher,
            isolation: Isolation::default(),
            concurrency_max: 1000,
            keep_alive: Duration::from_secs(600),
            init_duration_max: INIT_DURATION_MAX,
            processes_max: 1024,
        }
    }
}

/// Runs functions. Clones share everything.
#[derive(Clone)]
pub struct Runner {
    inner: Arc<Inner>,
}

struct Inner {
    host: Arc<Host>,
    permits: Permits,
    pool: Arc<Pool>,
    stats: Arc<Stats>,
    is_closed: AtomicBool,
}

impl Runner {
    /// Prepares the directories. Must be called inside a tokio runtime.
    pub fn new(options: RunnerOptions) -> io::Result<Runner> {
        let concurrency_max = options.concurrency_max;
        let keep_alive = options.keep_alive;
        let host = Arc::new(Host::new(options)?);
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let starting = host.clone();
        let starter = Box::new(move |spec: Arc<FunctionSpec>| {
            let host = starting.clone();
            Box::pin(async move { host.start(spec).await })
                as Pin<Box<dyn Future<Output = _> + Send>>
        });
        Ok(Runner {
            inner: Arc::new(Inner {
                permits: Permits::new(concurrency_max),
                pool: Pool::new(starter, cores * 2, keep_alive, concurrency_max),
                stats: Arc::default(),
                is_closed: AtomicBool::new(false),
                host,
            }),
        })
    }

    /// Takes a permit now or not at all, counting it in every group named here.
    #[must_use]
    pub fn try_permit(&self, limits: &[(&str, usize)]) -> Option<Permit> {
        self.inner.permits.try_take(limits)
    }

    /// Waits for a permit.
    pub async fn permit(&self, limits: &[(&str, usize)]) -> Permit {
        self.inner.permits.take(limits).await
    }

    /// How many permits a group holds now.
    #[must_use]
    pub fn permits_in_use(&self, group: &str) -> usize {
        self.inner.permits.in_use_by(group)
    }

    /// Whether this host can run a runtime; if not, a sentence that says what exists.
    pub async fn check_runtime(&self, runtime: &Runtime) -> Result<(), RuntimeUnavailable> {
        match runtime {
            Runtime::Python { version } => {
                self.inner.host.interpreters.find(version).await.map(|_| ())
            }
            Runtime::Provided => Ok(()),
        }
    }

    /// What this host offers functions and what it holds them to, for `doctor`.
    pub async fn examine_host(&self) -> io::Result<HostReport> {
        self.inner.host.examine().await
    }

    /// Where handlers find `boto3`, or a sentence that says why they will not.
    pub fn boto3(&self) -> Result<PathBuf, String> {
        self.inner.host.boto3()
    }

    /// Runs one invocation to its end; dropping the future does not stop the function.
    pub async fn invoke(&self, spec: Arc<FunctionSpec>, invocation: Invocation) -> InvokeOutcome {
        let runner = self.clone();
        let running = tokio::spawn(async move { runner.run(&spec, invocation).await });
        match running.await {
            Ok(outcome) => outcome,
            Err(error) => unavailable(format!("The invocation was cut off: {error}")),
        }
    }

    async fn run(&self, spec: &Arc<FunctionSpec>, invocation: Invocation) -> InvokeOutcome {
        let Inner { pool, stats, is_closed, .. } = &*self.inner;
        if is_closed.load(Ordering::Acquire) {
            return unavailable("The server is shutting down".to_owned());
        }
        stats.begin(&spec.arn);
        let mut outcome = None;
        for _ in 0..ATTEMPTS_MAX {
            let lease = match pool.lend(spec).await {
                Ok(lease) => lease,
                Err(failure) => {
                    outcome = Some(failed_start(spec, failure, &invocation.request_id));
                    break;
                }
            };
            let attempt = attempt(&lease, &invocation).await;
            pool.take_back(lease);
            if let Attempt::Done(done) = attempt {
                outcome = Some(done);
                break;
            }
        }
        let outcome = outcome.unwrap_or_else(|| {
            unavailable(format!("{ATTEMPTS_MAX} sandboxes died before they took the event"))
        });
        stats.end(&spec.arn, spec.memory_mb, &outcome);
        outcome
    }

    /// Ends the idle sandboxes of a key, and the busy ones when they are done.
    pub async fn forget(&self, key: &str) {
        self.inner.pool.forget(key).await;
    }

    /// Forgets the counters of a deleted function.
    pub fn forget_stats(&self, arn: &str) {
        self.inner.stats.forget(arn);
        self.inner.host.forget_budget(arn);
    }

    /// Refuses new invocations, waits for the running ones at most `grace`, then ends everything.
    /// No process of a sandbox is left when this returns.
    pub async fn shutdown(&self, grace: Duration) {
        self.inner.is_closed.store(true, Ordering::Release);
        let deadline = Instant::now() + grace;
        while self.inner.permits.in_use() > 0 && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.inner.pool.close().await;
        self.inner.host.end_all().await;
    }

    /// The logs that functions wrote.
    #[must_use]
    pub fn logs(&self) -> &LogStore {
        &self.inner.host.logs
    }

    #[must_use]
    pub fn stats(&self) -> RunnerStats {
        let mut functions = self.inner.stats.snapshot();
        for (arn, stats) in &mut functions {
            stats.log_dropped_bytes = self.inner.host.log_dropped_bytes(arn);
        }
        let (sandboxes_idle, sandboxes_live) = self.inner.pool.counts();
        let concurrency = self.inner.permits.in_use();
        RunnerStats { functions, concurrency, sandboxes_idle, sandboxes_live }
    }
}

/// An invocation that never reached a sandbox.
fn unavailable(reason: String) -> InvokeOutcome {
    InvokeOutcome {
        result: Err(FunctionError::new(ErrorKind::Sandbox, "Runtime.Unavailable", reason)),
        log_tail: Bytes::new(),
        duration: Duration::ZERO,
        billed_ms: 0,
        init: None,
        max_memory_mb: 0,
        log_stream: String::new(),
    }
}
