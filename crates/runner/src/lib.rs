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
//! # Example
//!
//! ```no_run
//! use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};
//! use tidemill_runner::{FunctionSpec, Invocation, Runner, RunnerOptions, Runtime};
//!
//! # async fn example() -> std::io::Result<()> {
//! let launcher = std::env::current_exe()?;
//! let endpoint = "http://127.0.0.1:4566".to_owned();
//! let runner = Runner::new(RunnerOptions::new(Path::new("data"), launcher, endpoint))?;
//! let spec = Arc::new(FunctionSpec {
//!     key: "resize/7f3a".to_owned(),
//!     name: "resize".to_owned(),
//!     arn: "arn:aws:lambda:us-east-1:000000000000:function:resize".to_owned(),
//!     version: "$LATEST".to_owned(),
//!     runtime: Runtime::Python { version: "3.11".to_owned() },
//!     handler: "app.handler".to_owned(),
//!     code: "data/code/7f3a".into(),
//!     environment: BTreeMap::new(),
//!     memory_mb: 128,
//!     timeout: Duration::from_secs(3),
//!     credentials: None,
//!     region: "us-east-1".to_owned(),
//!     account: "000000000000".to_owned(),
//!     log_group: "/aws/lambda/resize".to_owned(),
//! });
//! // The permit comes first: without one, no message is received and the caller gets a 429.
//! if let Some(permit) = runner.try_permit(&[(&spec.arn, 100)]) {
//!     let outcome = runner.invoke(spec, Invocation {
//!         permit,
//!         request_id: "c6af9ac6-7b61-11e6-9a41-93e8deadbeef".to_owned(),
//!         payload: r#"{"object": "a.png"}"#.into(),
//!         client_context: None,
//!         trace: None,
//!         invoked_arn: None,
//!     });
//!     println!("{:?}", outcome.await.result);
//! }
//! # Ok(())
//! # }
//! ```
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
