//! What `/proc` knows of a process tree: its members, its memory, and how to end it.

use rustix::process::{Pid, Signal, WaitOptions, kill_process, wait};
use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

/// Every living descendant of `root`, children before grandchildren.
///
/// A process may appear or vanish during the walk; callers repeat it until nothing changes.
pub(super) fn descendants(root: Pid) -> Vec<Pid> {
    // Kernels without CONFIG_PROC_CHILDREN only tell parents, which costs a look at everyone.
    let parents =
        if Path::new("/proc/thread-self/children").exists() { None } else { Some(parents()) };
    let mut found = Vec::new();
    let mut parent = root;
    let mut next = 0;
    loop {
        match &parents {
            None => children(parent, &mut found),
            Some(parents) => {
                let is_child = |(_, of): &&(Pid, Pid)| *of == parent;
                found.extend(parents.iter().filter(is_child).map(|(pid, _)| *pid));
            }
        }
        let Some(&pid) = found.get(next) else { return found };
        parent = pid;
        next += 1;
    }
}

fn children(parent: Pid, found: &mut Vec<Pid>) {
    let Ok(tasks) = fs::read_dir(format!("/proc/{parent}/task")) else { return };
    for task in tasks.flatten() {
        let Ok(list) = fs::read_to_string(task.path().join("children")) else { continue };
        let pids = list.split_ascii_whitespace().filter_map(|pid| pid.parse().ok());
        found.extend(pids.filter_map(Pid::from_raw));
    }
}

/// Every process of the host with its parent.
fn parents() -> Vec<(Pid, Pid)> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let parent = |entry: fs::DirEntry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        // The name in parentheses may hold anything; the state and the parent come after it.
        let parent = stat.rsplit_once(')')?.1.split_ascii_whitespace().nth(1)?.parse().ok()?;
        Some((Pid::from_raw(pid)?, Pid::from_raw(parent)?))
    };
    entries.flatten().filter_map(parent).collect()
}

/// The memory of a whole tree in bytes, each shared page counted once.
///
/// The cheap sum of resident sets counts a page once per process that maps it. It is good enough
/// while it stays under `limit`; beyond, the proportional sums decide.
pub(super) fn tree_memory_bytes(pids: &[Pid], limit: u64) -> u64 {
    let resident = pids.iter().map(|pid| resident_bytes(*pid)).sum();
    if resident <= limit || pids.len() == 1 {
        return resident;
    }
    pids.iter().map(|pid| proportional_bytes(*pid).unwrap_or_else(|| resident_bytes(*pid))).sum()
}

fn resident_bytes(pid: Pid) -> u64 {
    let Ok(statm) = fs::read_to_string(format!("/proc/{pid}/statm")) else { return 0 };
    let pages: u64 =
        statm.split_ascii_whitespace().nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0);
    pages * rustix::param::page_size() as u64
}

fn proportional_bytes(pid: Pid) -> Option<u64> {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    kilobytes_after(&rollup, "Pss:")
}

/// The largest resident set a single process ever had.
pub(crate) fn memory_peak_bytes(pid: u32) -> Option<u64> {
    kilobytes_after(&fs::read_to_string(format!("/proc/{pid}/status")).ok()?, "VmHWM:")
}

fn kilobytes_after(text: &str, field: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(field))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// Stops every descendant. What a function leaves running does not run between invocations,
/// as on Lambda, and an idle sandbox costs no processor time.
pub(super) fn freeze() {
    let own = rustix::process::getpid();
    let mut stopped = 0;
    loop {
        let pids = descendants(own);
        signal(&pids, Signal::STOP);
        // A stopped process forks no more, so this ends unless somebody wakes them again.
        if pids.len() <= stopped || stopped > 100_000 {
            return;
        }
        stopped = pids.len();
    }
}

/// Lets every descendant go on.
pub(super) fn thaw() {
    signal(&descendants(rustix::process::getpid()), Signal::CONT);
}

/// Kills and reaps every descendant of this process, until the kernel says that there is none.
///
/// Stopped first and killed after: a fork bomb that is only killed can outrun the walk, one
/// that is stopped cannot. Orphans arrive here because this process is their subreaper.
pub(super) fn end_descendants() {
    freeze();
    let own = rustix::process::getpid();
    let mut pause = Duration::from_micros(100);
    loop {
        signal(&descendants(own), Signal::KILL);
        if reap_all() == Children::None {
            return;
        }
        std::thread::sleep(pause);
        // A process in the middle of a disk access dies when the disk has answered.
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

fn signal(pids: &[Pid], signal: Signal) {
    for pid in pids {
        // Gone already is what we want.
        let _ = kill_process(*pid, signal);
    }
}

#[derive(PartialEq, Eq)]
enum Children {
    Some,
    None,
}

/// Reaps whatever has died.
fn reap_all() -> Children {
    loop {
        // Any child: `waitpid(None)` would be those of our own process group only.
        match wait(WaitOptions::NOHANG) {
            Ok(Some(_)) | Err(rustix::io::Errno::INTR) => {}
            Ok(None) => return Children::Some,
            Err(_) => return Children::None,
        }
    }
}

/// Kills every process that carries `marker` in its environment, for the case that a launcher
/// died before it could clean up. Gives the number of processes found.
pub(crate) fn sweep(marker: &str) -> io::Result<usize> {
    let started = Instant::now();
    let mut swept = 0;
    loop {
        let pids = marked(marker)?;
        if pids.is_empty() || started.elapsed() > Duration::from_secs(2) {
            return Ok(swept);
        }
        swept += pids.len();
        signal(&pids, Signal::KILL);
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn marked(marker: &str) -> io::Result<Vec<Pid>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")?.flatten() {
        let name = entry.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse().ok()).and_then(Pid::from_raw)
        else {
            continue;
        };
        let Ok(environment) = fs::read(entry.path().join("environ")) else { continue };
        if environment.split(|byte| *byte == 0).any(|variable| variable == marker.as_bytes()) {
            found.push(pid);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_to_find_a_child_agree() {
        let mut child = std::process::Command::new("sleep").arg("30").spawn().unwrap();
        let pid = Pid::from_child(&child);
        let own = rustix::process::getpid();
        assert!(descendants(own).contains(&pid));
        assert!(parents().contains(&(pid, own)));
        assert!(resident_bytes(pid) > 0);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!descendants(own).contains(&pid));
    }
}
