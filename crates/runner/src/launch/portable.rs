//! The launcher where Linux's means are missing: a process group, and the end of it.
//!
//! For a developer's laptop. A child that leaves the group by `setsid` escapes here, memory is
//! not limited and files are not fenced; `INIT_START` in the function's log says so.

use super::{Plan, Report, command, read_plan};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process_group};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, ExitStatus};

/// How often the runtime is asked whether it still runs.
const LOOK_INTERVAL: Timespec = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };

pub(super) fn run() -> i32 {
    let Ok(control) = take_control() else { return 2 };
    let Ok(plan) = read_plan(&control) else { return 2 };
    match start(&plan) {
        Ok(mut child) => {
            let confined = vec!["process-group".to_owned()];
            tell(&control, &Report::Started { pid: child.id(), confined });
            if let Ok(Some(status)) = watch(&control, &mut child) {
                tell(&control, &ending(status));
            }
            let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
            if let Some(group) = group {
                // Gone already is what we want.
                let _ = kill_process_group(group, Signal::KILL);
            }
            let _ = child.wait();
        }
        Err(error) => tell(&control, &Report::Refused { reason: error.to_string() }),
    }
    tell(&control, &Report::Gone);
    0
}

fn take_control() -> io::Result<File> {
    let control = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3)?;
    let null = File::options().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&null)?;
    Ok(File::from(control))
}

fn tell(mut control: &File, report: &Report) {
    let mut line = serde_json::to_vec(report).expect("a report is numbers and strings");
    line.push(b'\n');
    let _ = control.write_all(&line);
}

fn start(plan: &Plan) -> io::Result<Child> {
    let child = command(plan).process_group(0).spawn()?;
    let null = File::options().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdout(&null)?;
    rustix::stdio::dup2_stderr(&null)?;
    Ok(child)
}

/// Until the runtime ends, or `None` when the server let go.
fn watch(control: &File, child: &mut Child) -> io::Result<Option<ExitStatus>> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        let mut ready = [PollFd::from_borrowed_fd(control.as_fd(), PollFlags::IN)];
        if poll(&mut ready, Some(&LOOK_INTERVAL)).unwrap_or(0) == 0 {
            continue;
        }
        let mut orders = [0; 16];
        if rustix::io::read(control, &mut orders).unwrap_or(0) == 0 {
            return Ok(None);
        }
    }
}

fn ending(status: ExitStatus) -> Report {
    match status.signal() {
        Some(signal) => Report::Killed { signal },
        None => Report::Exited { code: status.code().unwrap_or(1) },
    }
}

/// Unknown here: the peak of another process needs privileges this launcher does not have.
pub(crate) fn memory_peak_bytes(_pid: u32) -> Option<u64> {
    None
}

/// Nothing to go by: without `/proc` no process shows its environment.
pub(crate) fn sweep(_marker: &str) -> io::Result<usize> {
    Ok(0)
}

/// Nothing is fenced here, so nothing is more exposed than the rest.
pub(crate) fn readable_by_all(_path: &Path) -> Option<&'static str> {
    None
}
