//! The launcher on Linux: start, watch, end.

use super::processes;
use super::{Order, Plan, Report, command, confine, read_plan};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::FdFlags;
use rustix::process::{
    Pid, PidfdFlags, Resource, Rlimit, Signal, WaitOptions, pidfd_open, set_child_subreaper,
    set_parent_process_death_signal, setrlimit, setsid, waitpid,
};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::time::Duration;

/// How fast a process can make memory its own, for choosing when to look again. Measured at
/// 2 to 4 GB/s with page faults; the higher end, so that a tree overshoots little.
const GROWTH_BYTES_PER_MS: u64 = 4_000_000;
const LOOK_INTERVAL_MIN: Duration = Duration::from_millis(4);
const LOOK_INTERVAL_MAX: Duration = Duration::from_millis(40);
/// While no invocation runs. Long, because an idle server must not be seen in `top`.
const LOOK_INTERVAL_AT_REST: Duration = Duration::from_secs(10);
/// A peak is told again once it grew by this much.
const PEAK_STEP_BYTES: u64 = 1 << 20;

/// Runs one sandbox to its end. Gives the exit code of the launcher.
pub(super) fn run() -> i32 {
    let control = match take_control() {
        Ok(control) => control,
        Err(_) => return 2,
    };
    let mut plan = match read_plan(&control) {
        Ok(plan) => plan,
        Err(_) => return 2,
    };
    let outcome = match start(&mut plan) {
        Ok((pid, confined)) => {
            tell(&control, &Report::Started { pid: raw(pid), confined });
            watch(&control, &plan, pid)
        }
        Err(error) => Err(error),
    };
    if let Err(error) = outcome {
        tell(&control, &Report::Refused { reason: error.to_string() });
    }
    processes::end_descendants();
    tell(&control, &Report::Gone);
    0
}

fn raw(pid: Pid) -> u32 {
    pid.as_raw_pid().unsigned_abs()
}

/// Moves the control socket off standard input and makes this process the root of its tree.
fn take_control() -> io::Result<File> {
    // Close-on-exec: a function that held our socket open could outlive us unseen.
    close_inherited_on_exec()?;
    let control = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3)?;
    let null = File::options().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&null)?;
    // Fails when we lead a process group already (a shell started us), which is as good.
    let _ = setsid();
    set_child_subreaper(Some(rustix::process::getpid()))?;
    Ok(File::from(control))
}

/// Whoever started the server may have left descriptors open without close-on-exec; none of
/// them is the function's business.
fn close_inherited_on_exec() -> io::Result<()> {
    for entry in std::fs::read_dir("/proc/self/fd")? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| name.parse().ok());
        let Some(descriptor) = number.filter(|number: &i32| *number > 2) else { continue };
        // SAFETY: the descriptor was listed as open a moment ago, this process has a single
        // thread, and setting a flag on it takes nothing from its owner.
        #[expect(unsafe_code, reason = "inherited descriptors have no owner to borrow from")]
        let descriptor = unsafe { BorrowedFd::borrow_raw(descriptor) };
        rustix::io::fcntl_setfd(descriptor, FdFlags::CLOEXEC)?;
    }
    Ok(())
}

/// A line to the server. That it may have died is seen by the next `poll`, not here.
fn tell(mut control: &File, report: &Report) {
    let mut line = serde_json::to_vec(report).expect("a report is numbers and strings");
    line.push(b'\n');
    let _ = control.write_all(&line);
}

fn start(plan: &mut Plan) -> io::Result<(Pid, Vec<String>)> {
    let walls = confine::Walls::prepare(plan);
    let (mut standing, told) = std::io::pipe()?;
    let launcher = rustix::process::getpid();
    let limits = limits(plan);
    let mut command = command(plan);
    let before_exec = move || -> io::Result<()> {
        // The launcher cleans up when it ends itself; this is for when it is killed.
        set_parent_process_death_signal(Some(Signal::KILL))?;
        if rustix::process::getppid() != Some(launcher) {
            return Err(io::Error::other("the launcher died during the start"));
        }
        setsid()?;
        for (resource, maximum) in &limits {
            let limit = Rlimit { current: Some(*maximum), maximum: Some(*maximum) };
            // Where a hard limit is lower already, that one stands.
            let _ = setrlimit(*resource, limit);
        }
        let names = walls.raise()?.join(" ");
        // Which walls stand is known only in here; the pipe closes with exec.
        (&told).write_all(names.as_bytes())
    };
    // SAFETY: this process has a single thread, so between fork and exec no lock can be held
    // by a thread that does not exist in the child; allocation and file access are sound there.
    #[expect(unsafe_code, reason = "limits and walls must stand before the runtime's first step")]
    unsafe {
        command.pre_exec(before_exec);
    }
    let child = command.spawn()?;
    let pid = i32::try_from(child.id())
        .ok()
        .and_then(Pid::from_raw)
        .ok_or_else(|| io::Error::other("the kernel gave no process id"))?;
    // The closure in here holds the pipe's other end.
    drop(command);
    close_output()?;
    let mut confined = String::new();
    standing.read_to_string(&mut confined)?;
    Ok((pid, confined.split(' ').map(str::to_owned).collect()))
}

/// Lets go of the function's output, so that its pipe ends with the last process that holds it.
fn close_output() -> io::Result<()> {
    let null = File::options().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdout(&null)?;
    rustix::stdio::dup2_stderr(&null)?;
    Ok(())
}

fn limits(plan: &Plan) -> Vec<(Resource, u64)> {
    vec![
        (Resource::Nofile, 1024),
        (Resource::Core, 0),
        // A single file, not the whole directory: at this level nothing bounds the sum.
        (Resource::Fsize, 512 << 20),
        // Only a belt: reserved address space is no memory yet, so this must be generous.
        // The watch below enforces the limit itself.
        (Resource::Data, plan.memory_bytes_max.saturating_add(4 << 30)),
    ]
}

/// Watches until the runtime ends, the limit is crossed, or the server lets go.
fn watch(control: &File, plan: &Plan, runtime: Pid) -> io::Result<()> {
    let pidfd = pidfd_open(runtime, PidfdFlags::empty())?;
    let own = rustix::process::getpid();
    let mut peak = Peak::default();
    let mut at_rest = false;
    loop {
        let pids = processes::descendants(own);
        let bytes = processes::tree_memory_bytes(&pids, plan.memory_bytes_max);
        peak.see(control, bytes);
        if bytes > plan.memory_bytes_max {
            tell(control, &Report::OutOfMemory { bytes });
            return Ok(());
        }
        if pids.len() > plan.processes_max {
            tell(control, &Report::Crowded { count: pids.len() });
            return Ok(());
        }
        let interval = if at_rest {
            LOOK_INTERVAL_AT_REST
        } else {
            let headroom = plan.memory_bytes_max - bytes;
            Duration::from_millis(headroom / GROWTH_BYTES_PER_MS)
                .clamp(LOOK_INTERVAL_MIN, LOOK_INTERVAL_MAX)
        };
        match wait(control, &pidfd, interval)? {
            Woken::Time => reap_orphans(&pids, runtime),
            Woken::Ordered(Order::Watch) => {
                at_rest = false;
                processes::thaw();
            }
            Woken::Ordered(Order::Rest) => {
                at_rest = true;
                processes::freeze();
            }
            Woken::ServerGone => return Ok(()),
            Woken::RuntimeEnded => {
                if let Some(report) = ending(runtime)? {
                    tell(control, &report);
                }
                return Ok(());
            }
        }
    }
}

#[derive(Default)]
struct Peak {
    bytes: u64,
    told: u64,
}

impl Peak {
    fn see(&mut self, control: &File, bytes: u64) {
        self.bytes = self.bytes.max(bytes);
        if self.bytes >= self.told + PEAK_STEP_BYTES {
            self.told = self.bytes;
            tell(control, &Report::Peak { bytes: self.bytes });
        }
    }
}

enum Woken {
    Time,
    Ordered(Order),
    ServerGone,
    RuntimeEnded,
}

fn wait(control: &File, pidfd: &OwnedFd, interval: Duration) -> io::Result<Woken> {
    let mut ready = [
        PollFd::from_borrowed_fd(control.as_fd(), PollFlags::IN),
        PollFd::from_borrowed_fd(pidfd.as_fd(), PollFlags::IN),
    ];
    let timeout = Timespec::try_from(interval).map_err(io::Error::other)?;
    match poll(&mut ready, Some(&timeout)) {
        Ok(0) | Err(rustix::io::Errno::INTR) => return Ok(Woken::Time),
        Ok(_) => {}
        Err(error) => return Err(error.into()),
    }
    let [control_ready, runtime_ready] = ready;
    // The order of the server goes first: when both are there it has asked for the end.
    if !control_ready.revents().is_empty() {
        let mut orders = [0; 16];
        let count = (&*control).read(&mut orders).unwrap_or(0);
        let last = count.checked_sub(1).and_then(|index| orders.get(index));
        return Ok(match last.copied().and_then(Order::parse) {
            Some(order) => Woken::Ordered(order),
            None => Woken::ServerGone,
        });
    }
    if !runtime_ready.revents().is_empty() {
        return Ok(Woken::RuntimeEnded);
    }
    Ok(Woken::Time)
}

fn ending(runtime: Pid) -> io::Result<Option<Report>> {
    let Some((_, status)) = waitpid(Some(runtime), WaitOptions::empty())? else {
        return Ok(None);
    };
    Ok(status
        .exit_status()
        .map(|code| Report::Exited { code })
        .or_else(|| status.terminating_signal().map(|signal| Report::Killed { signal })))
}

/// Reaps adopted processes without taking the runtime's own status from [`ending`].
fn reap_orphans(pids: &[Pid], runtime: Pid) {
    for pid in pids.iter().filter(|pid| **pid != runtime) {
        // Not our child, or not dead yet: both are fine.
        let _ = waitpid(Some(*pid), WaitOptions::NOHANG);
    }
}
