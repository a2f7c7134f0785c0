//! Which sandbox serves which invocation: warm reuse, late binding, keep-alive.
//!
//! An invocation without an idle sandbox waits while one start is launched for it, and takes
//! whichever comes free first, the new one or one that just finished. Idle sandboxes are taken
//! last in, first out: the hot ones stay hot and the cold tail expires.
//!
//! # Invariants
//!
//! - While an invocation waits, at least as many starts are under way as invocations wait.
//! - A sandbox is in one place: being started, lent, idle, or ending.

use crate::launch::Order;
use crate::sandbox::{Ending, Sandbox};
use crate::spec::{FunctionError, FunctionSpec};
use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, oneshot};

/// An idle sandbox is told to rest after this: going on costs a signal per process, and a busy
/// function should not pay for it.
const REST_AFTER: Duration = Duration::from_secs(1);
/// How long a start keeps its slot: an init that hangs must not hold up other functions.
const SLOT_DURATION_MAX: Duration = Duration::from_millis(500);

/// Why no sandbox came of a start.
#[derive(Debug)]
pub(crate) struct StartFailure {
    pub(crate) reason: StartFailureReason,
    /// For its log, when it got as far as having one.
    pub(crate) sandbox: Option<Arc<Sandbox>>,
    pub(crate) init: Duration,
}

#[derive(Debug)]
pub(crate) enum StartFailureReason {
    /// The runtime reported an error of its own.
    Reported(FunctionError),
    /// There is no program to start, or it cannot be executed.
    Entrypoint(String),
    Ended(Ending),
    /// Init ran past the function's timeout.
    TimedOut,
    /// The host's fault.
    Unavailable(String),
}

/// A sandbox lent to one invocation.
#[derive(Debug)]
pub(crate) struct Lease {
    pub(crate) sandbox: Arc<Sandbox>,
    /// How long its init took, for the first invocation only.
    pub(crate) init: Option<Duration>,
}

type Lent = Result<Lease, StartFailure>;
type Starting = Pin<Box<dyn Future<Output = Lent> + Send>>;
/// Starts a sandbox and waits for its init; given by the runner.
pub(crate) type Starter = Box<dyn Fn(Arc<FunctionSpec>) -> Starting + Send + Sync>;

#[derive(Debug)]
struct Idle {
    lease: Lease,
    since: Instant,
}

#[derive(Debug, Default)]
struct FunctionPool {
    idle: Vec<Idle>,
    waiting: VecDeque<oneshot::Sender<Lent>>,
    starting: usize,
    lent: usize,
}

impl FunctionPool {
    fn is_unused(&self) -> bool {
        self.idle.is_empty() && self.waiting.is_empty() && self.starting == 0 && self.lent == 0
    }
}

pub(crate) struct Pool {
    functions: Mutex<HashMap<String, FunctionPool>>,
    starter: Starter,
    /// Starts at a time: more of them on few cores only make all of them late.
    start_slots: Semaphore,
    keep_alive: Duration,
    idle_max: usize,
}

impl Pool {
    /// Makes the pool and, while it lives, the worker that lets idle sandboxes go.
    pub(crate) fn new(
        starter: Starter,
        start_slots: usize,
        keep_alive: Duration,
        idle_max: usize,
    ) -> Arc<Pool> {
        let pool = Arc::new(Pool {
            functions: Mutex::default(),
            starter,
            start_slots: Semaphore::new(start_slots),
            keep_alive,
            idle_max,
        });
        let interval = (keep_alive / 4).clamp(Duration::from_millis(50), Duration::from_secs(1));
        tokio::spawn(Pool::expire(Arc::downgrade(&pool), interval));
        pool
    }

    fn functions(&self) -> MutexGuard<'_, HashMap<String, FunctionPool>> {
        self.functions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lends a sandbox of this function, warm or new.
    pub(crate) async fn lend(self: &Arc<Self>, spec: &Arc<FunctionSpec>) -> Lent {
        let receiver = {
            let mut functions = self.functions();
            let function = functions.entry(spec.key.clone()).or_default();
            while let Some(idle) = function.idle.pop() {
                if idle.lease.sandbox.is_alive() {
                    function.lent += 1;
                    drop(functions);
                    idle.lease.sandbox.order(Order::Watch);
                    return Ok(idle.lease);
                }
            }
            let (sender, receiver) = oneshot::channel();
            function.waiting.push_back(sender);
            self.start_for_waiting(function, spec);
            receiver
        };
        receiver.await.unwrap_or_else(|_| {
            Err(StartFailure {
                reason: StartFailureReason::Unavailable("the runner is shutting down".to_owned()),
                sandbox: None,
                init: Duration::ZERO,
            })
        })
    }

    fn start_for_waiting(self: &Arc<Self>, function: &mut FunctionPool, spec: &Arc<FunctionSpec>) {
        function.waiting.retain(|waiting| !waiting.is_closed());
        while function.starting < function.waiting.len() {
            function.starting += 1;
            tokio::spawn(self.clone().start(spec.clone()));
        }
    }

    async fn start(self: Arc<Self>, spec: Arc<FunctionSpec>) {
        let Ok(slot) = self.start_slots.acquire().await else { return };
        let is_wanted = {
            let mut functions = self.functions();
            let function = functions.entry(spec.key.clone()).or_default();
            function.waiting.retain(|waiting| !waiting.is_closed());
            // A sandbox that came free may have served them all meanwhile.
            let is_wanted = !function.waiting.is_empty();
            function.starting -= usize::from(!is_wanted);
            is_wanted
        };
        if !is_wanted {
            return;
        }
        let mut starting = (self.starter)(spec.clone());
        let lent = match tokio::time::timeout(SLOT_DURATION_MAX, &mut starting).await {
            Ok(lent) => {
                drop(slot);
                lent
            }
            // Slow, or waiting for something: others must not wait for it too.
            Err(_) => {
                drop(slot);
                starting.await
            }
        };
        let mut functions = self.functions();
        let function = functions.entry(spec.key.clone()).or_default();
        function.starting -= 1;
        self.give(function, lent);
        self.start_for_waiting(function, &spec);
    }

    /// Gives a lease to the first that waits for it, or keeps it for the next one.
    fn give(&self, function: &mut FunctionPool, mut lent: Lent) {
        while let Some(waiting) = function.waiting.pop_front() {
            let is_lease = lent.is_ok();
            match waiting.send(lent) {
                Ok(()) => {
                    function.lent += usize::from(is_lease);
                    return;
                }
                Err(refused) => lent = refused,
            }
        }
        if let Ok(lease) = lent {
            function.idle.push(Idle { lease, since: Instant::now() });
        }
    }

    /// Takes a lease back. A sandbox that must not serve again has been told to end.
    pub(crate) fn take_back(self: &Arc<Self>, lease: Lease) {
        let spec = lease.sandbox.spec.clone();
        let mut functions = self.functions();
        let Some(function) = functions.get_mut(&spec.key) else {
            // Forgotten while it ran.
            lease.sandbox.end();
            return;
        };
        function.lent = function.lent.saturating_sub(1);
        if lease.sandbox.is_alive() {
            self.give(function, Ok(Lease { sandbox: lease.sandbox, init: None }));
        }
        self.start_for_waiting(function, &spec);
        let excess = self.excess_idle(&mut functions);
        drop(functions);
        if let Some(sandbox) = excess {
            sandbox.end();
        }
    }

    /// The sandbox that has been idle longest, when there are too many of them.
    fn excess_idle(&self, functions: &mut HashMap<String, FunctionPool>) -> Option<Arc<Sandbox>> {
        let count: usize = functions.values().map(|function| function.idle.len()).sum();
        if count <= self.idle_max {
            return None;
        }
        let function = functions
            .values_mut()
            .filter(|function| !function.idle.is_empty())
            .min_by_key(|function| function.idle.first().map(|idle| idle.since))?;
        Some(function.idle.remove(0).lease.sandbox)
    }

    /// Ends the idle sandboxes of a function, now, and the lent ones as they come back.
    pub(crate) async fn forget(&self, key: &str) {
        let function = self.functions().remove(key);
        let idle = function.map(|function| function.idle).unwrap_or_default();
        for idle in &idle {
            idle.lease.sandbox.end();
        }
        for idle in &idle {
            idle.lease.sandbox.gone().await;
        }
    }

    /// Ends every idle sandbox and lets go of everyone who waits.
    pub(crate) async fn close(&self) {
        self.start_slots.close();
        let keys: Vec<String> = self.functions().keys().cloned().collect();
        for key in keys {
            self.forget(&key).await;
        }
    }

    /// Idle sandboxes, and all of them.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let functions = self.functions();
        functions.values().fold((0, 0), |(idle, live), function| {
            let here = function.idle.len();
            (idle + here, live + here + function.starting + function.lent)
        })
    }

    async fn expire(pool: Weak<Pool>, interval: Duration) {
        loop {
            tokio::time::sleep(interval).await;
            let Some(pool) = pool.upgrade() else { return };
            for sandbox in pool.take_expired() {
                sandbox.end();
            }
        }
    }

    fn take_expired(&self) -> Vec<Arc<Sandbox>> {
        let mut expired = Vec::new();
        let mut functions = self.functions();
        for function in functions.values_mut() {
            function.idle.retain(|idle| {
                let idle_for = idle.since.elapsed();
                let is_kept = idle_for < self.keep_alive && idle.lease.sandbox.is_alive();
                if !is_kept {
                    expired.push(idle.lease.sandbox.clone());
                } else if idle_for >= REST_AFTER {
                    // Under the lock: whoever is lent this sandbox next wakes it after this.
                    idle.lease.sandbox.order(Order::Rest);
                }
                is_kept
            });
        }
        functions.retain(|_, function| !function.is_unused());
        expired
    }
}
