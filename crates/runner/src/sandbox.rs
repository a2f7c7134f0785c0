//! One sandbox: its launcher process, its Runtime API, its output, from start to gone.
//!
//! # Invariants
//!
//! - Dropping the control socket, on purpose or by dying, is the order to end.
//! - [`Life::Gone`] means that no process of the sandbox is left and its directory is going.

use crate::api::{Init, RuntimeApi, serve};
use crate::capture::Capture;
use crate::launch::{self, Order, Plan, Report, SANDBOX_ARGUMENT, encode_plan};
use crate::logs::StreamWriter;
use crate::spec::FunctionSpec;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, UnixStream};
use tokio::process::{Child, Command};
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;

/// A launcher that takes longer to clean up is killed itself, and its processes swept.
const LAUNCHER_END_DURATION_MAX: Duration = Duration::from_secs(10);

/// Why a sandbox ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Exited {
        code: i32,
    },
    Killed {
        signal: i32,
    },
    OutOfMemory {
        bytes: u64,
    },
    Crowded {
        count: usize,
    },
    Refused {
        reason: String,
    },
    /// The server asked for it.
    Asked,
    /// The launcher died without a word.
    Lost,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    Alive,
    /// The runtime has ended; what it started is being killed.
    Ended(Ending),
    Gone(Ending),
}

impl Life {
    pub(crate) fn ending(&self) -> Option<&Ending> {
        match self {
            Life::Alive => None,
            Life::Ended(ending) | Life::Gone(ending) => Some(ending),
        }
    }
}

#[derive(Debug, Default)]
struct Observed {
    runtime_pid: AtomicU32,
    memory_peak_bytes: AtomicU64,
    end_asked: Notify,
}

#[derive(Debug)]
pub(crate) struct Sandbox {
    pub(crate) spec: Arc<FunctionSpec>,
    pub(crate) api: Arc<RuntimeApi>,
    pub(crate) capture: Arc<Capture>,
    pub(crate) log_stream: String,
    pub(crate) started: Instant,
    control: Mutex<Option<OwnedWriteHalf>>,
    life: watch::Receiver<Life>,
    observed: Arc<Observed>,
    is_resting: AtomicBool,
    server: AbortHandle,
}

/// What starting a sandbox takes beside the function.
pub(crate) struct Start<'a> {
    pub(crate) launcher: &'a Path,
    /// This sandbox's own directory, made by the start and removed at the end.
    pub(crate) directory: PathBuf,
    pub(crate) listener: TcpListener,
    pub(crate) plan: Plan,
    pub(crate) log: StreamWriter,
    pub(crate) log_stream: String,
}

/// A listener that only this sandbox is told of.
///
/// The address is drawn from the whole loopback network where the host has it: at this level a
/// function could reach another one's API, so at least it must not find it by trying ports.
pub(crate) async fn bind_api() -> io::Result<(TcpListener, SocketAddr)> {
    let mut random = [0; 3];
    fill_random(&mut random);
    let [b, c, d] = random;
    let hidden = Ipv4Addr::new(127, b, c, d.clamp(1, 254));
    let listener = match TcpListener::bind((hidden, 0)).await {
        Ok(listener) => listener,
        // Systems other than Linux have one loopback address unless told otherwise.
        Err(_) => TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?,
    };
    let address = listener.local_addr()?;
    Ok((listener, address))
}

pub(crate) fn fill_random(bytes: &mut [u8]) {
    let filled = rustix::rand::getrandom(bytes, rustix::rand::GetRandomFlags::empty());
    assert!(filled.is_ok(), "a few random bytes are always there once the host has booted");
}

/// Which walls this host really raises: starts a launcher on a program that ends at once.
pub(crate) async fn probe_walls(launcher: &Path, plan: &Plan) -> io::Result<Vec<String>> {
    let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
    ours.set_nonblocking(true)?;
    let mut child = Command::new(launcher)
        .arg(SANDBOX_ARGUMENT)
        .env_clear()
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let (lines, mut control) = UnixStream::from_std(ours)?.into_split();
    control.write_all(&encode_plan(plan)).await?;
    let first = BufReader::new(lines).lines().next_line().await?.unwrap_or_default();
    drop(control);
    child.wait().await?;
    if let Report::Started { confined, .. } = serde_json::from_str(&first)? {
        return Ok(confined);
    }
    Err(io::Error::other(format!("the launcher reports {first}")))
}

impl Sandbox {
    /// Starts the launcher and everything around it. Init is still to come.
    pub(crate) async fn start(
        start: Start<'_>,
        spec: Arc<FunctionSpec>,
    ) -> io::Result<Arc<Sandbox>> {
        let started = Instant::now();
        let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let (output, input) = std::io::pipe()?;
        let capture = Capture::new(OwnedFd::from(output), start.log)?;
        let child = Command::new(start.launcher)
            .arg(SANDBOX_ARGUMENT)
            .env_clear()
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::from(input.try_clone()?))
            .stderr(Stdio::from(input))
            .spawn()?;
        let (lines, mut control) = UnixStream::from_std(ours)?.into_split();
        control.write_all(&encode_plan(&start.plan)).await?;
        let api = Arc::new(RuntimeApi::new());
        let server = tokio::spawn(serve(start.listener, api.clone())).abort_handle();
        tokio::spawn(capture.clone().run());
        let (life_sender, life) = watch::channel(Life::Alive);
        let observed = Arc::new(Observed::default());
        let supervisor = Supervisor {
            child,
            life: life_sender,
            observed: observed.clone(),
            capture: capture.clone(),
            directory: start.directory,
            marker: format!("AWS_LAMBDA_LOG_STREAM_NAME={}", start.log_stream),
        };
        tokio::spawn(supervisor.run(lines));
        Ok(Arc::new(Sandbox {
            spec,
            api,
            capture,
            log_stream: start.log_stream,
            started,
            control: Mutex::new(Some(control)),
            life,
            observed,
            is_resting: AtomicBool::new(false),
            server,
        }))
    }

    pub(crate) fn is_alive(&self) -> bool {
        let is_wanted = self.control.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        is_wanted && *self.life.borrow() == Life::Alive
    }

    /// Waits until the runtime has ended, and tells why.
    pub(crate) async fn ended(&self) -> Ending {
        let mut life = self.life.clone();
        let ended = life.wait_for(|life| life.ending().is_some()).await;
        ended.ok().and_then(|life| life.ending().cloned()).unwrap_or(Ending::Lost)
    }

    /// Waits until no process is left.
    pub(crate) async fn gone(&self) {
        let mut life = self.life.clone();
        // An error means that the supervisor is gone itself, which it is only afterwards.
        let _ = life.wait_for(|life| matches!(life, Life::Gone(_))).await;
    }

    /// Waits for the runtime's first request; `None` when the sandbox ended before it.
    pub(crate) async fn initialized(&self) -> Option<Init> {
        let mut init = self.api.init();
        let settled = init.wait_for(|init| !matches!(init, Init::Pending));
        tokio::select! {
            biased;
            settled = settled => settled.ok().map(|init| init.clone()),
            _ = self.ended() => None,
        }
    }

    /// Orders the end: every process is killed. Returns at once.
    pub(crate) fn end(&self) {
        self.control.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.observed.end_asked.notify_one();
    }

    /// Tells the launcher to rest or to watch. Only a change is told. Callers see to it that a
    /// rest is ordered before the sandbox is lent, never after: a resting function cannot answer.
    pub(crate) fn order(&self, order: Order) {
        let rests = order == Order::Rest;
        if self.is_resting.swap(rests, Ordering::Relaxed) == rests {
            return;
        }
        let control = self.control.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(control) = control.as_ref() {
            // A full socket means a launcher that reads nothing; its end will be noticed.
            let _ = control.try_write(&[order.byte()]);
        }
    }

    /// The largest memory so far: what the launcher saw of the whole tree, and what the kernel
    /// remembers of the runtime itself, which no short peak escapes.
    pub(crate) fn memory_peak_bytes(&self) -> u64 {
        let pid = self.observed.runtime_pid.load(Ordering::Relaxed);
        if pid != 0
            && let Some(bytes) = launch::memory_peak_bytes(pid)
        {
            self.observed.memory_peak_bytes.fetch_max(bytes, Ordering::Relaxed);
        }
        self.observed.memory_peak_bytes.load(Ordering::Relaxed)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Follows the launcher to its end.
struct Supervisor {
    child: Child,
    life: watch::Sender<Life>,
    observed: Arc<Observed>,
    capture: Arc<Capture>,
    directory: PathBuf,
    /// A variable in the environment of every process of this sandbox, and of no other.
    marker: String,
}

impl Supervisor {
    async fn run(mut self, lines: OwnedReadHalf) {
        let said_gone = self.follow(lines).await;
        if !said_gone {
            // The launcher died or hangs. Nothing it started may stay.
            let _ = self.child.start_kill();
            let marker = self.marker.clone();
            let _ = tokio::task::spawn_blocking(move || launch::sweep(&marker)).await;
        }
        let _ = self.child.wait().await;
        self.observed.runtime_pid.store(0, Ordering::Relaxed);
        self.capture.close();
        let directory = std::mem::take(&mut self.directory);
        let _ = tokio::task::spawn_blocking(move || std::fs::remove_dir_all(directory)).await;
        let ending = self.life.borrow().ending().cloned().unwrap_or(Ending::Lost);
        self.life.send_replace(Life::Gone(ending));
    }

    /// Reads reports until the last one; whether that one came.
    async fn follow(&self, lines: OwnedReadHalf) -> bool {
        let mut lines = BufReader::new(lines).lines();
        loop {
            let line = if self.life.borrow().ending().is_some() {
                match tokio::time::timeout(LAUNCHER_END_DURATION_MAX, lines.next_line()).await {
                    Ok(line) => line,
                    Err(_) => return false,
                }
            } else {
                tokio::select! {
                    line = lines.next_line() => line,
                    () = self.observed.end_asked.notified() => {
                        self.ended(Ending::Asked);
                        continue;
                    }
                }
            };
            let Ok(Some(line)) = line else { return false };
            let Ok(report) = serde_json::from_str::<Report>(&line) else { return false };
            if self.note(report) {
                return true;
            }
        }
    }

    /// Takes one report; whether it was the last.
    fn note(&self, report: Report) -> bool {
        match report {
            Report::Started { pid, confined } => {
                self.observed.runtime_pid.store(pid, Ordering::Relaxed);
                let walls = confined.join(" ");
                self.capture.writer().record(&format!("INIT_START Isolation: process ({walls})"));
            }
            Report::Peak { bytes } => self.see_memory(bytes),
            Report::OutOfMemory { bytes } => {
                self.see_memory(bytes);
                self.ended(Ending::OutOfMemory { bytes });
            }
            Report::Crowded { count } => self.ended(Ending::Crowded { count }),
            Report::Exited { code } => self.ended(Ending::Exited { code }),
            Report::Killed { signal } => self.ended(Ending::Killed { signal }),
            Report::Refused { reason } => self.ended(Ending::Refused { reason }),
            Report::Gone => {
                self.ended(Ending::Asked);
                return true;
            }
        }
        false
    }

    fn see_memory(&self, bytes: u64) {
        self.observed.memory_peak_bytes.fetch_max(bytes, Ordering::Relaxed);
    }

    /// The first reason stands.
    fn ended(&self, ending: Ending) {
        self.life.send_if_modified(|life| {
            let is_first = *life == Life::Alive;
            if is_first {
                *life = Life::Ended(ending);
            }
            is_first
        });
    }
}
