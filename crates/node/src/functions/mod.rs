//! Functions: everything about them that is not state.
//!
//! ```text
//! edge ── Job ──▶ Functions ── Work ──▶ node
//!                    │ Deploy: check, store the package, then the command
//!                    │ Invoke: permit, spec, run
//!                    │ UpdateMapping: read its queue, then the command
//! node ── Invoke ──▶ inbox ──▶ executor: permit, run, InvocationDone ──▶ node
//! node ── mappings ─▶ event sources: wait, permit, receive, run, delete ──▶ node
//! ```
//!
//! # Invariants
//!
//! - A permit is taken before a message is received or an event is run, so a throttled delivery
//!   burns no receive.
//! - A package is durable before the command that names it is proposed.
//! - Nothing here is remembered across a restart: rows say what must be run again.

mod batch;
mod event_source;
mod executor;
mod function_logs;
#[cfg(test)]
mod fuzz;
mod mappings;
mod objects;
mod packages;
mod records;
mod reservations;
mod specs;

use crate::core::{Answer, Invoke};
use crate::{Node, Unavailable};
use packages::Packages;
use reservations::Reservations;
use specs::Specs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tidemill_kernel::{PartitionId, Uuid};
use tidemill_runner::{ErrorKind, Invocation, Permit, Runner};
pub use tidemill_runner::{FunctionStats, HISTOGRAM_BOUNDS_MS, RunnerStats};
use tidemill_services::lambda::{
    self, Architecture, Deploy, Function, FunctionId, Host, Invoked, Job, Request, ThrottleReason,
    UpdateMapping,
};
use tidemill_services::{Burden, Command, Error, Query, Reply, Work};
use tokio::sync::{mpsc, watch};

/// Function runs that the core asked for and nobody has started yet.
pub struct Inbox(mpsc::UnboundedReceiver<Invoke>);

/// The two ends of the inbox: hand the first to [`Node::open`], the second to
/// [`Functions::start`].
#[must_use = "without the inbox no function ever runs"]
pub fn inbox() -> (impl Fn(Invoke) + Send + Sync + 'static, Inbox) {
    let (sender, receiver) = mpsc::unbounded_channel();
    // A failure means that the process is stopping; the row is found again at the next start.
    (move |invoke| drop(sender.send(invoke)), Inbox(receiver))
}

/// The functions of a node. Clones share it.
#[derive(Clone)]
pub struct Functions {
    shared: Arc<Shared>,
}

struct Shared {
    node: Node,
    runner: Runner,
    host: Host,
    packages: Packages,
    specs: Specs,
    reservations: Reservations,
    /// Becomes true once: no new work is taken.
    stopping: watch::Sender<bool>,
    /// Runs whose end must still be told to the node.
    busy: watch::Sender<usize>,
}

/// Work that a shutdown waits for.
struct Busy(Arc<Shared>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.send_modify(|count| *count -= 1);
    }
}

impl Functions {
    /// Starts the executor and the event sources. Must be called inside a tokio runtime.
    /// Packages are unpacked below `cache`, which is emptied first.
    ///
    /// # Errors
    /// When the package cache cannot be prepared, or the node is stopping.
    pub async fn start(
        node: Node,
        runner: Runner,
        cache: PathBuf,
        inbox: Inbox,
    ) -> io::Result<Functions> {
        let packages = Packages::open(node.blobs().as_ref().clone(), cache)?;
        let deployed = deployed(&node).await.map_err(io::Error::other)?;
        packages.sweep(deployed.iter().map(|function| &function.code))?;
        let functions = Functions {
            shared: Arc::new(Shared {
                host: Host { architecture: own_architecture() },
                specs: Specs::new(node.secret()),
                reservations: Reservations::new(&deployed),
                stopping: watch::Sender::new(false),
                busy: watch::Sender::new(0),
                packages,
                node,
                runner,
            }),
        };
        tokio::spawn(executor::run(functions.clone(), inbox.0));
        for partition in PartitionId::all() {
            tokio::spawn(mappings::watch(functions.clone(), partition));
        }
        Ok(functions)
    }

    /// Does what a request for Lambda asks for. Once begun, a change is finished even when the
    /// caller goes away.
    ///
    /// # Errors
    /// When the node cannot take work now.
    pub async fn submit(&self, job: Job) -> Result<Answer, Unavailable> {
        let functions = self.clone();
        match job {
            Job::Work(work @ (Work::Query(..) | Work::QueryAll(_))) => {
                self.shared.node.submit(work).await
            }
            Job::Work(work) => finish(tokio::spawn(functions.command(work))).await,
            Job::Request(Request::Deploy(deploy)) => {
                finish(tokio::spawn(functions.deploy(deploy))).await
            }
            Job::Request(Request::Invoke(invoke)) => self.invoke(invoke).await,
            Job::Request(Request::UpdateMapping(update)) => {
                finish(tokio::spawn(functions.update_mapping(update))).await
            }
        }
    }

    /// Does what a request for CloudWatch Logs asks for: the groups of functions are files.
    ///
    /// # Errors
    /// When the node cannot take work now.
    pub async fn submit_logs(&self, work: Work) -> Result<Answer, Unavailable> {
        function_logs::submit(&self.shared.node, &self.shared.runner, work).await
    }

    /// Takes no new work, waits for what runs at most `grace`, and ends every sandbox. The node
    /// must still be there: what has run is settled first.
    pub async fn shutdown(&self, grace: Duration) {
        self.shared.stopping.send_replace(true);
        let mut busy = self.shared.busy.subscribe();
        // Whatever is cut off here is a row or a message, and runs again.
        let _ = tokio::time::timeout(grace, busy.wait_for(|count| *count == 0)).await;
        self.shared.runner.shutdown(Duration::ZERO).await;
    }

    /// The future's output, or `None` once the functions are stopping.
    async fn until_stopping<F: Future>(&self, future: F) -> Option<F::Output> {
        let mut stopping = self.shared.stopping.subscribe();
        tokio::select! {
            biased;
            _ = stopping.wait_for(|stopping| *stopping) => None,
            output = future => Some(output),
        }
    }

    /// Marks work that a shutdown waits for, as long as the mark is held.
    fn busy(&self) -> Busy {
        self.shared.busy.send_modify(|count| *count += 1);
        Busy(Arc::clone(&self.shared))
    }

    /// A command, and what it means to those who run functions.
    async fn command(self, work: Work) -> Result<Answer, Unavailable> {
        let command = match &work {
            Work::Command(_, Command::Lambda(command)) => Some(&**command),
            Work::Command(..) | Work::Query(..) | Work::QueryAll(_) => None,
        };
        let change = match command {
            Some(lambda::Command::ReserveConcurrency { function, reserved }) => {
                if let Err(error) = self.shared.reservations.check(function, *reserved) {
                    return Ok(Err(Error::Lambda(error)));
                }
                Some((function.clone(), Some(*reserved)))
            }
            Some(lambda::Command::DeleteFunction(function)) => Some((function.clone(), None)),
            Some(_) | None => None,
        };
        let answer = self.shared.node.submit(work).await?;
        if let (Ok(_), Some((function, reserved))) = (&answer, change) {
            self.shared.reservations.set(&function, reserved.flatten());
            if reserved.is_none() {
                self.forget(&function).await;
            }
        }
        Ok(answer)
    }

    /// What the runner counts, for metrics.
    #[must_use]
    pub fn stats(&self) -> RunnerStats {
        self.shared.runner.stats()
    }

    async fn forget(&self, function: &FunctionId) {
        if let Some(key) = self.shared.specs.forget(function) {
            self.shared.runner.forget(&key).await;
        }
        self.shared.runner.forget_stats(function.arn().as_str());
    }

    async fn deploy(self, deploy: Deploy) -> Result<Answer, Unavailable> {
        // Before the package is written, which the command would only name.
        self.shared.node.admit(Burden::Data)?;
        let host = self.shared.host;
        if let Err(error) = deploy.check(host) {
            return Ok(Err(Error::Lambda(error)));
        }
        if let Some(runtime) = deploy.runtime()
            && let Err(lacking) = self.shared.runner.check_runtime(&specs::runtime(runtime)).await
        {
            let (runtime, reason) = (runtime.to_string(), lacking.to_string());
            return Ok(Err(Error::Lambda(lambda::Error::RuntimeUnavailable { runtime, reason })));
        }
        let code = match deploy.package() {
            None => None,
            Some(package) => match self.store(deploy.function(), package).await? {
                Ok(code) => Some(code),
                Err(error) => return Ok(Err(Error::Lambda(error))),
            },
        };
        let partition = deploy.function().partition();
        let command = Command::Lambda(Box::new(deploy.finish(code, host)));
        self.shared.node.submit(Work::Command(partition, command)).await
    }

    async fn store(
        &self,
        function: &FunctionId,
        package: &lambda::Package,
    ) -> Result<Result<lambda::Code, lambda::Error>, Unavailable> {
        let bytes = match package {
            lambda::Package::Inline(bytes) => bytes.clone(),
            lambda::Package::Object { bucket, key } => {
                match objects::read(&self.shared.node, function.account, bucket, key).await? {
                    Ok(bytes) => bytes,
                    Err(error) => return Ok(Err(error)),
                }
            }
        };
        Ok(self.shared.packages.store(bytes).await)
    }

    /// Reads the mapping for its queue, so that what the queue says of itself can be looked up.
    async fn update_mapping(self, update: UpdateMapping) -> Result<Answer, Unavailable> {
        let Some(partition) = update.mapping.partition() else {
            return Ok(Err(Error::Lambda(lambda::Error::ResourceNotFound)));
        };
        let query = Query::Lambda(lambda::Query::Mapping(update.mapping.clone()));
        let mapping = match self.shared.node.submit(Work::Query(partition, query)).await? {
            Ok(Reply::Lambda(lambda::Reply::Mapping { mapping, .. })) => mapping,
            Ok(other) => unreachable!("a mapping's query is answered with it, not {other:?}"),
            Err(error) => return Ok(Err(error)),
        };
        let command = Command::Lambda(Box::new(update.finish(mapping.queue)));
        self.shared.node.submit(Work::Command(partition, command)).await
    }

    /// A synchronous invocation: no row, no promise.
    async fn invoke(&self, invoke: lambda::Invoke) -> Result<Answer, Unavailable> {
        let id = invoke.function;
        let function = match self.find(&id).await? {
            Ok(function) => function,
            Err(error) => return Ok(Err(error)),
        };
        let limits = self.limits(&function);
        let Some(permit) = self.shared.runner.try_permit(&limits.groups()) else {
            let reason = limits.throttle_reason();
            return Ok(Err(Error::Lambda(lambda::Error::Throttled { reason })));
        };
        let arn = id.arn();
        let invocation = Invocation {
            permit,
            request_id: invoke.invocation.to_string(),
            payload: invoke.payload,
            client_context: invoke.client_context,
            trace: None,
            invoked_arn: invoke.is_qualified.then(|| format!("{arn}:$LATEST")),
        };
        let outcome = match self.run(&function, invocation).await {
            Ok(outcome) => outcome,
            Err(error) => return Ok(Err(Error::Lambda(error))),
        };
        let (payload, is_function_error) = match outcome.result {
            Ok(payload) => (payload, false),
            Err(error) if error.kind == ErrorKind::Sandbox => {
                return Ok(Err(Error::Lambda(lambda::Error::Service(error.to_string()))));
            }
            Err(error) => (error.payload, true),
        };
        let log_tail = invoke.wants_log_tail.then_some(outcome.log_tail);
        let invoked = Invoked { payload, is_function_error, log_tail };
        Ok(Ok(Reply::Lambda(lambda::Reply::Invoked(invoked))))
    }

    /// Runs one invocation of the function as it now is.
    async fn run(
        &self,
        function: &Function,
        invocation: Invocation,
    ) -> Result<tidemill_runner::InvokeOutcome, lambda::Error> {
        let code = self.shared.packages.unpacked(&function.code).await?;
        let (spec, replaced) = self.shared.specs.of(function, code);
        if let Some(key) = replaced {
            // The sandboxes of the code or configuration before serve nobody any more.
            self.shared.runner.forget(&key).await;
        }
        Ok(self.shared.runner.invoke(spec, invocation).await)
    }

    async fn find(&self, id: &FunctionId) -> Result<Result<Function, Error>, Unavailable> {
        let query = lambda::Query::Function { function: id.clone(), qualified: false };
        let work = Work::Query(id.partition(), Query::Lambda(query));
        Ok(self.shared.node.submit(work).await?.map(|reply| {
            let Reply::Lambda(lambda::Reply::Function { function, .. }) = reply else {
                unreachable!("a function's query is answered with it, not {reply:?}")
            };
            *function
        }))
    }

    /// Which permits an invocation of the function needs.
    fn limits(&self, function: &Function) -> Limits {
        let reserved = function.reserved_concurrency;
        let account = function.id.account;
        match reserved {
            Some(reserved) => Limits {
                group: function.id.arn().to_string(),
                most: reserved as usize,
                is_reserved: true,
            },
            None => Limits {
                group: format!("account {account}"),
                most: self.shared.reservations.unreserved(account),
                is_reserved: false,
            },
        }
    }

    async fn permit(&self, limits: &Limits, more: &[(&str, usize)]) -> Permit {
        let mut groups = limits.groups().to_vec();
        groups.extend(more);
        self.shared.runner.permit(&groups).await
    }
}

/// The share of the account's concurrency that a function draws from.
struct Limits {
    group: String,
    most: usize,
    is_reserved: bool,
}

impl Limits {
    fn groups(&self) -> [(&str, usize); 1] {
        [(&self.group, self.most)]
    }

    fn throttle_reason(&self) -> ThrottleReason {
        if self.is_reserved {
            ThrottleReason::ReservedFunctionConcurrentInvocationLimitExceeded
        } else {
            ThrottleReason::ConcurrentInvocationLimitExceeded
        }
    }
}

/// Awaits work that goes on without us.
async fn finish(
    work: tokio::task::JoinHandle<Result<Answer, Unavailable>>,
) -> Result<Answer, Unavailable> {
    match work.await {
        Ok(outcome) => outcome,
        // Whoever asked for it answers for it.
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        // Otherwise a task of ours ends early only when the runtime does.
        Err(_) => Err(Unavailable::Stopping),
    }
}

async fn deployed(node: &Node) -> Result<Vec<lambda::Deployed>, Unavailable> {
    let work = Work::QueryAll(Query::Lambda(lambda::Query::Deployed));
    match node.submit(work).await? {
        Ok(Reply::Lambda(lambda::Reply::Deployed(deployed))) => Ok(deployed),
        other => unreachable!("the list of functions is answered with it, not {other:?}"),
    }
}

/// An id nobody can guess and nothing else has.
fn draw_uuid() -> Uuid {
    let mut bytes = [0; 16];
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        filled += rustix::rand::getrandom(rest, rustix::rand::GetRandomFlags::empty())
            .expect("Linux has had getrandom since 3.17, and it only fails when interrupted early");
    }
    Uuid::from_random(bytes)
}

fn own_architecture() -> Architecture {
    if cfg!(target_arch = "aarch64") { Architecture::Arm64 } else { Architecture::X86_64 }
}
