//! The launcher: a small process per sandbox that starts the runtime, confines it, watches it
//! and, when the end comes, leaves nothing of it behind.
//!
//! ```text
//! tidemill ──control socket──▶ launcher (subreaper) ──▶ runtime ──▶ whatever the handler forks
//! ```
//!
//! It is the server's own executable, started again as `tidemill __sandbox`. The control socket
//! is its standard input: the plan comes first, then one byte per order; the launcher answers in
//! lines. When the socket ends, because the server wants it or because the server was killed,
//! the launcher kills every descendant, reaps it and exits.
//!
//! # Invariants
//!
//! - A launcher that has said `gone` has no descendant left, whatever those did with sessions,
//!   process groups and double forks: orphans fall to the subreaper, never past it.
//! - The launcher runs no code of the function and reads none of its data.
//!
//! Linux has all of it (`linux`, `confine`, `processes`); elsewhere `portable` offers process
//! groups only, and neither memory limit nor file confinement.

#[cfg(target_os = "linux")]
mod confine;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod portable;
#[cfg(target_os = "linux")]
mod processes;

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Read;
use std::path::PathBuf;
use std::process::Command;

#[cfg(target_os = "linux")]
pub(crate) use confine::readable_by_all;
#[cfg(not(target_os = "linux"))]
pub(crate) use portable::{memory_peak_bytes, readable_by_all, sweep};
#[cfg(target_os = "linux")]
pub(crate) use processes::{memory_peak_bytes, sweep};

/// The argument that turns our own executable into a launcher.
pub const SANDBOX_ARGUMENT: &str = "__sandbox";

/// How strongly a sandbox is fenced off. Each level will be one more launcher of the same plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Isolation {
    /// A process tree of its own with limits and Landlock. Not for two trust domains on a host.
    #[default]
    Process,
}

/// Everything a launcher needs to know. Sent over the socket, so that no secret is an argument.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) isolation: Isolation,
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<String>,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) directory: PathBuf,
    /// Files and directories the function may read and execute.
    pub(crate) readable: Vec<PathBuf>,
    /// Directories the function may also write.
    pub(crate) writable: Vec<PathBuf>,
    /// Shown to the function as `/tmp` where the host lets us.
    pub(crate) private_tmp: PathBuf,
    pub(crate) memory_bytes_max: u64,
    pub(crate) processes_max: usize,
}

/// What the server tells a launcher after the plan, one byte each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// An invocation is about to run: let the processes go on and watch them closely.
    Watch,
    /// Nothing runs: stop the processes and look rarely.
    Rest,
}

impl Order {
    pub(crate) fn byte(self) -> u8 {
        match self {
            Order::Watch => b'w',
            Order::Rest => b'r',
        }
    }

    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "portable watches nothing"))]
    pub(crate) fn parse(byte: u8) -> Option<Order> {
        [Order::Watch, Order::Rest].into_iter().find(|order| order.byte() == byte)
    }
}

/// What a launcher tells the server, one line each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Report {
    /// The runtime's process runs; `confined` says which walls stand.
    Started {
        pid: u32,
        confined: Vec<String>,
    },
    /// The runtime could not be started at all.
    Refused {
        reason: String,
    },
    /// The largest memory of the whole tree so far.
    Peak {
        bytes: u64,
    },
    /// The tree went over its memory limit and is being killed.
    OutOfMemory {
        bytes: u64,
    },
    /// The tree has too many processes and is being killed.
    Crowded {
        count: usize,
    },
    Exited {
        code: i32,
    },
    Killed {
        signal: i32,
    },
    /// No process is left. The last line.
    Gone,
}

/// The main function of `tidemill __sandbox`; must be called before any thread is started.
pub fn sandbox_main(_arguments: impl Iterator<Item = OsString>) -> ! {
    #[cfg(target_os = "linux")]
    let code = linux::run();
    #[cfg(not(target_os = "linux"))]
    let code = portable::run();
    std::process::exit(code)
}

/// Reads the plan: its length in four bytes, then JSON.
fn read_plan(mut control: impl Read) -> std::io::Result<Plan> {
    let mut length = [0; 4];
    control.read_exact(&mut length)?;
    let mut plan = vec![0; u32::from_be_bytes(length) as usize];
    control.read_exact(&mut plan)?;
    serde_json::from_slice(&plan).map_err(Into::into)
}

/// The plan as the launcher reads it.
pub(crate) fn encode_plan(plan: &Plan) -> Vec<u8> {
    let json = serde_json::to_vec(plan).expect("a plan holds nothing JSON cannot say");
    let length = u32::try_from(json.len()).expect("an environment is at most a few KiB");
    [&length.to_be_bytes()[..], &json].concat()
}

/// The runtime's command, without what confines it.
fn command(plan: &Plan) -> Command {
    let mut command = Command::new(&plan.program);
    command
        .args(&plan.arguments)
        .env_clear()
        .envs(&plan.environment)
        .current_dir(&plan.directory)
        .stdin(std::process::Stdio::null());
    command
}
