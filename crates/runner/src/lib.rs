//! Function sandboxes, their pool and the Runtime API. Knows processes, not services.
//!
//! ```text
//! invoke ─▶ permit ─▶ pool ─▶ sandbox ─▶ Runtime API ─▶ handler
//!                       │        ├─ launcher (a process: starts, confines, watches, kills)
//!                       │        └─ capture (output → log file, tail)
//!                       └─ warm reuse, keep-alive, start slots
//! ```
//!
//! # Invariants
//!
//! - A sandbox serves one [`FunctionSpec::key`] and one invocation at a time; after a timeout, a
//!   crash or too much memory it serves nothing more.
//! - No process of a sandbox outlives it, nor the server.
//! - A function never blocks on its output, and its output never fills memory or disk.
//! - An invocation always gets an answer: the handler's, or the error AWS would give.
//!
//! AWS behaviour this follows: Lambda Developer Guide, "Building a custom runtime" (the Runtime
//! API) and "Understanding the Lambda execution environment lifecycle".

mod api;
mod capture;
mod clock;
mod host;
mod invoke;
mod launch;
pub mod logs;
mod permits;
mod pool;
mod python;
mod runner;
mod sandbox;
mod spec;
mod stats;

pub use host::HostReport;
pub use launch::{Isolation, SANDBOX_ARGUMENT, sandbox_main};
pub use permits::Permit;
pub use python::RuntimeUnavailable;
pub use runner::{Runner, RunnerOptions};
pub use spec::{
    Credentials, ErrorKind, FunctionError, FunctionSpec, Invocation, InvokeOutcome,
    PAYLOAD_BYTES_MAX, Runtime,
};
pub use stats::{FunctionStats, HISTOGRAM_BOUNDS_MS, Histogram, RunnerStats};
