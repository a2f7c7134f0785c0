//! What a function finds when it starts on this host: program, environment, directories, limits.

use crate::api::Init;
use crate::clock::{civil, now_ms};
use crate::launch::{Plan, readable_by_all};
use crate::logs::{LogBudget, LogGroup, LogStore, StreamWriter};
use crate::pool::{Lease, StartFailure, StartFailureReason};
use crate::python::{Interpreters, RuntimeUnavailable, execution_environment};
use crate::runner::RunnerOptions;
use crate::sandbox::{Ending, Sandbox, Start, bind_api, fill_random, probe_walls};
use crate::spec::{FunctionSpec, Runtime};
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::RwLock;

pub(crate) struct Host {
    pub(crate) options: RunnerOptions,
    pub(crate) interpreters: Interpreters,
    pub(crate) logs: LogStore,
    /// By function ARN.
    budgets: Mutex<HashMap<String, LogBudget>>,
    /// Every sandbox that may still have processes, for the shutdown.
    live: Mutex<Vec<Weak<Sandbox>>>,
    /// Held for reading from the start of a launcher until it is among the live; true once the
    /// shutdown has begun. So no start slips past it.
    is_closed: RwLock<bool>,
}

/// What this host offers functions, and what it holds them to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostReport {
    /// Such as `landlock`, `private-tmp`; what is missing here is not enforced.
    pub walls: Vec<String>,
    /// Python versions with their interpreters.
    pub pythons: Vec<(String, PathBuf)>,
    /// Where handlers find `boto3`, or a sentence that says why they will not.
    pub boto3: Result<PathBuf, String>,
}

/// A runtime's program and what it needs beside its code.
struct Program {
    path: PathBuf,
    arguments: Vec<String>,
    readable: Vec<PathBuf>,
}

impl Host {
    pub(crate) fn new(options: RunnerOptions) -> io::Result<Host> {
        let sandboxes = options.scratch.join("live");
        match fs::remove_dir_all(&sandboxes) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => fs::create_dir_all(&sandboxes)?,
        }
        fs::create_dir_all(&options.logs)?;
        refuse_exposed(&options.scratch)?;
        Ok(Host {
            interpreters: Interpreters::new(options.python.clone(), &options.scratch)?,
            logs: LogStore::new(options.logs.clone(), options.log_limits),
            budgets: Mutex::default(),
            live: Mutex::default(),
            is_closed: RwLock::default(),
            options,
        })
    }

    /// Starts a sandbox and waits for its init.
    ///
    /// An init that runs past its limit is started once more under the function's own timeout,
    /// as Lambda does it: imports that are slow once are often fast the second time.
    pub(crate) async fn start(&self, spec: Arc<FunctionSpec>) -> Result<Lease, StartFailure> {
        let init_duration_max = self.options.init_duration_max;
        let first = self.start_within(&spec, init_duration_max).await;
        match first {
            Err(StartFailure { reason: StartFailureReason::TimedOut, sandbox, .. }) => {
                if let Some(sandbox) = sandbox {
                    sandbox.capture.writer().record(&format!(
                        "INIT_REPORT Init Duration: {:.2} ms\tPhase: init\tStatus: timeout",
                        init_duration_max.as_secs_f64() * 1000.0
                    ));
                    sandbox.end();
                }
                self.start_within(&spec, spec.timeout).await
            }
            settled => settled,
        }
    }

    async fn start_within(
        &self,
        spec: &Arc<FunctionSpec>,
        limit: Duration,
    ) -> Result<Lease, StartFailure> {
        let sandbox = self.launch(spec).await.map_err(|reason| StartFailure {
            reason,
            sandbox: None,
            init: Duration::ZERO,
        })?;
        let settled = tokio::time::timeout(limit, sandbox.initialized()).await;
        let init = sandbox.started.elapsed();
        let reason = match settled {
            Ok(Some(Init::Ready)) => return Ok(Lease { sandbox, init: Some(init) }),
            Ok(Some(Init::Failed(error))) => StartFailureReason::Reported(error),
            Ok(Some(Init::Pending) | None) => ending_reason(spec, sandbox.ended().await),
            Err(_) => StartFailureReason::TimedOut,
        };
        Err(StartFailure { reason, sandbox: Some(sandbox), init })
    }

    async fn launch(&self, spec: &Arc<FunctionSpec>) -> Result<Arc<Sandbox>, StartFailureReason> {
        let program = self.program(spec).await?;
        let unavailable = |error: io::Error| StartFailureReason::Unavailable(error.to_string());
        let (listener, address) = bind_api().await.map_err(unavailable)?;
        let id = random_id();
        let directory = self.options.scratch.join("live").join(&id);
        let log_stream = stream_name(&spec.version, &id);
        let plan = self.plan(spec, program, &directory, address, &log_stream);
        // Handlers have the server's user id at this level; nobody else may look in.
        let private = fs::create_dir_all(&plan.private_tmp)
            .and_then(|()| fs::set_permissions(&directory, fs::Permissions::from_mode(0o700)));
        private.map_err(unavailable)?;
        let group = LogGroup {
            account: spec.account.clone(),
            region: spec.region.clone(),
            name: spec.log_group.clone(),
        };
        let log = StreamWriter::new(&self.logs, &group, log_stream.clone(), self.budget(&spec.arn));
        let launcher = &self.options.launcher;
        let start = Start { launcher, directory, listener, plan, log, log_stream };
        let is_closed = self.is_closed.read().await;
        if *is_closed {
            let reason = "The server is shutting down".to_owned();
            return Err(StartFailureReason::Unavailable(reason));
        }
        let sandbox = Sandbox::start(start, spec.clone()).await.map_err(unavailable)?;
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        live.retain(|sandbox| sandbox.strong_count() > 0);
        live.push(Arc::downgrade(&sandbox));
        Ok(sandbox)
    }

    async fn program(&self, spec: &FunctionSpec) -> Result<Program, StartFailureReason> {
        match &spec.runtime {
            Runtime::Python { version } => {
                let python = self
                    .interpreters
                    .find(version)
                    .await
                    .map_err(|RuntimeUnavailable(why)| StartFailureReason::Unavailable(why))?;
                let client = python.client.clone();
                let mut readable = python.readable.clone();
                readable.extend(client.parent().map(Path::to_owned));
                readable.extend(self.options.site_packages.clone());
                Ok(Program {
                    path: python.executable.clone(),
                    // No user site, no `site` at all: 7 of 22 ms, and what is installed on the
                    // host is not the function's business.
                    arguments: ["-s", "-S", &client.to_string_lossy()].map(str::to_owned).into(),
                    readable,
                })
            }
            Runtime::Provided => {
                let path = spec.code.join("bootstrap");
                let is_executable = fs::metadata(&path).is_ok_and(|metadata| {
                    metadata.is_file() && metadata.permissions().mode() & 0o111 != 0
                });
                if !is_executable {
                    return Err(StartFailureReason::Entrypoint(format!(
                        "Couldn't find valid bootstrap(s): [{}]",
                        path.display()
                    )));
                }
                Ok(Program { path, arguments: Vec::new(), readable: Vec::new() })
            }
        }
    }

    fn plan(
        &self,
        spec: &FunctionSpec,
        program: Program,
        directory: &Path,
        api: SocketAddr,
        log_stream: &str,
    ) -> Plan {
        let private_tmp = directory.join("tmp");
        let mut readable = program.readable;
        readable.push(spec.code.clone());
        Plan {
            isolation: self.options.isolation,
            program: program.path,
            arguments: program.arguments,
            environment: self.environment(spec, &private_tmp, api, log_stream),
            directory: spec.code.clone(),
            readable,
            writable: vec![private_tmp.clone()],
            private_tmp,
            memory_bytes_max: u64::from(spec.memory_mb) << 20,
            processes_max: self.options.processes_max,
        }
    }

    /// The function's own variables, then those that AWS reserves: ours win.
    fn environment(
        &self,
        spec: &FunctionSpec,
        private_tmp: &Path,
        api: SocketAddr,
        log_stream: &str,
    ) -> BTreeMap<String, String> {
        let mut environment = BTreeMap::new();
        let mut set = |name: &str, value: &str| {
            environment.insert(name.to_owned(), value.to_owned());
        };
        let code = spec.code.to_string_lossy();
        let tmp = private_tmp.to_string_lossy();
        // Defaults that a function may change.
        set("PATH", "/usr/local/bin:/usr/bin:/bin");
        set("LANG", "C.UTF-8");
        set("TZ", ":UTC");
        set("HOME", &tmp);
        set("TMPDIR", &tmp);
        set("AWS_ENDPOINT_URL", &self.options.endpoint_url);
        set("AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR");
        for (name, value) in &spec.environment {
            set(name, value);
        }
        set("LAMBDA_TASK_ROOT", &code);
        set("LAMBDA_RUNTIME_DIR", &self.options.scratch.join("runtime").to_string_lossy());
        set("_HANDLER", &spec.handler);
        set("AWS_REGION", &spec.region);
        set("AWS_DEFAULT_REGION", &spec.region);
        set("AWS_LAMBDA_FUNCTION_NAME", &spec.name);
        set("AWS_LAMBDA_FUNCTION_VERSION", &spec.version);
        set("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &spec.memory_mb.to_string());
        set("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand");
        set("AWS_LAMBDA_LOG_GROUP_NAME", &spec.log_group);
        set("AWS_LAMBDA_LOG_STREAM_NAME", log_stream);
        set("AWS_LAMBDA_RUNTIME_API", &api.to_string());
        if let Some(name) = execution_environment(&spec.runtime) {
            set("AWS_EXECUTION_ENV", &name);
        }
        if let Some(credentials) = &spec.credentials {
            set("AWS_ACCESS_KEY_ID", &credentials.access_key_id);
            set("AWS_SECRET_ACCESS_KEY", &credentials.secret_access_key);
            if let Some(token) = &credentials.session_token {
                set("AWS_SESSION_TOKEN", token);
            }
        }
        if let (Runtime::Python { .. }, Some(packages)) =
            (&spec.runtime, &self.options.site_packages)
        {
            set("TIDEMILL_SITE_PACKAGES", &packages.to_string_lossy());
        }
        environment
    }

    /// What this host offers functions and what it holds them to, for `doctor`.
    pub(crate) async fn examine(&self) -> io::Result<HostReport> {
        self.interpreters.find_all().await;
        let directory = self.options.scratch.join("live").join(random_id());
        let private_tmp = directory.join("tmp");
        fs::create_dir_all(&private_tmp)?;
        let plan = Plan {
            isolation: self.options.isolation,
            program: PathBuf::from("/bin/sh"),
            arguments: ["-c", "exit 0"].map(str::to_owned).into(),
            environment: BTreeMap::new(),
            directory: PathBuf::from("/"),
            readable: Vec::new(),
            writable: vec![private_tmp.clone()],
            private_tmp,
            memory_bytes_max: 1 << 30,
            processes_max: self.options.processes_max,
        };
        let walls = probe_walls(&self.options.launcher, &plan).await;
        fs::remove_dir_all(directory)?;
        let pythons = self.interpreters.found();
        Ok(HostReport {
            walls: walls?,
            pythons: pythons
                .iter()
                .map(|python| (python.version.clone(), python.executable.clone()))
                .collect(),
            boto3: self.boto3(),
        })
    }

    /// Whether handlers will find `boto3`, or why not.
    pub(crate) fn boto3(&self) -> Result<PathBuf, String> {
        match &self.options.site_packages {
            None => Err("No site-packages directory is configured: handlers have no boto3 \
                         unless their package brings it."
                .to_owned()),
            Some(path) if path.join("boto3").is_dir() => Ok(path.clone()),
            Some(path) => Err(format!("{} holds no boto3.", path.display())),
        }
    }

    fn budget(&self, arn: &str) -> LogBudget {
        let mut budgets = self.budgets.lock().unwrap_or_else(PoisonError::into_inner);
        budgets
            .entry(arn.to_owned())
            .or_insert_with(|| LogBudget::new(self.options.log_limits))
            .clone()
    }

    pub(crate) fn log_dropped_bytes(&self, arn: &str) -> u64 {
        let budgets = self.budgets.lock().unwrap_or_else(PoisonError::into_inner);
        budgets.get(arn).map_or(0, LogBudget::dropped_bytes)
    }

    pub(crate) fn forget_budget(&self, arn: &str) {
        self.budgets.lock().unwrap_or_else(PoisonError::into_inner).remove(arn);
    }

    /// Ends every sandbox there is and waits until none has a process left.
    pub(crate) async fn end_all(&self) {
        *self.is_closed.write().await = true;
        let live: Vec<Arc<Sandbox>> = {
            let live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
            live.iter().filter_map(Weak::upgrade).collect()
        };
        for sandbox in &live {
            sandbox.end();
        }
        for sandbox in &live {
            sandbox.gone().await;
        }
    }
}

/// A bootstrap that cannot be executed is the function's fault, an interpreter that cannot is ours.
fn ending_reason(spec: &FunctionSpec, ending: Ending) -> StartFailureReason {
    match (&spec.runtime, ending) {
        (Runtime::Provided, Ending::Refused { reason }) => {
            let path = spec.code.join("bootstrap");
            StartFailureReason::Entrypoint(format!("fork/exec {}: {reason}", path.display()))
        }
        (Runtime::Provided | Runtime::Python { .. }, ending) => StartFailureReason::Ended(ending),
    }
}

/// The walls open whole system directories to every function; data must not lie below them.
fn refuse_exposed(scratch: &Path) -> io::Result<()> {
    let real = fs::canonicalize(scratch)?;
    let Some(system) = readable_by_all(&real) else { return Ok(()) };
    let message = format!(
        "{} lies below {system}, which every function may read; choose another data directory",
        real.display()
    );
    Err(io::Error::new(io::ErrorKind::InvalidInput, message))
}

fn random_id() -> String {
    let mut bytes = [0; 16];
    fill_random(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Such as `2026/11/20/[$LATEST]0f…`.
fn stream_name(version: &str, id: &str) -> String {
    let date = civil(now_ms());
    format!("{:04}/{:02}/{:02}/[{version}]{id}", date.year, date.month, date.day)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_data_directory_that_every_function_could_read_is_refused() {
        let refusal = refuse_exposed(Path::new("/usr/bin")).unwrap_err().to_string();
        assert!(refusal.starts_with("/usr/bin lies below /usr, which"), "{refusal}");
        assert!(refuse_exposed(&std::env::temp_dir()).is_ok());
    }
}
