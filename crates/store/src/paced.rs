//! Writing large files beside a log that must stay fast.
//!
//! Dirty pages of one file delay the sync of another: a checkpoint that leaves 100 MB in the page
//! cache makes the next group of the log wait for them, and each sync has the disk empty its own
//! cache, which the log waits for too. So: small steps, each on its way to the disk before the next
//! and synced every few ([`PacedWriter`]), and after each as long a pause as the log needs
//! ([`Pace`]).
//!
//! ```text
//! log           how long a group took ──► Pace ──► how many bytes per second ──► background files
//! ```
//!
//! Who writes in the background does so through [`PacedDisk`] and need not know of any of this.

use crate::disk::{Disk, DiskFile, Open, Space};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

const WRITE_BYTES: usize = 512 << 10;
const SYNC_BYTES: u64 = 16 << 20;

pub(crate) struct PacedWriter {
    file: Arc<dyn DiskFile>,
    buffer: Vec<u8>,
    /// Bytes handed to the file.
    written: u64,
    synced: u64,
}

impl PacedWriter {
    /// Creates `path`, replacing what an attempt before this one left there.
    pub(crate) fn create(disk: &dyn Disk, path: &Path) -> io::Result<PacedWriter> {
        if disk.exists(path)? {
            disk.remove(path)?;
        }
        let file = disk.open(path, Open::Create)?;
        Ok(PacedWriter { file, buffer: Vec::new(), written: 0, synced: 0 })
    }

    /// Bytes pushed so far: the offset of what is pushed next.
    pub(crate) fn len(&self) -> u64 {
        self.written + u64::try_from(self.buffer.len()).expect("a usize fits in 64 bits")
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= WRITE_BYTES {
            self.flush()?;
            if self.written - self.synced >= SYNC_BYTES {
                self.file.sync()?;
                self.synced = self.written;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.write_all_at(&self.buffer, self.written)?;
        self.file.write_out(self.written, self.len() - self.written);
        self.written = self.len();
        self.buffer.clear();
        Ok(())
    }

    /// Writes the rest and syncs. The name is the caller's to make durable.
    pub(crate) fn finish(mut self) -> io::Result<Arc<dyn DiskFile>> {
        self.flush()?;
        self.file.sync()?;
        Ok(self.file)
    }
}

/// At least so much is written in a second, and twice what the log writes: a checkpoint must end
/// some time, or the log grows.
const FLOOR_BYTES: u64 = 16 << 20;
/// So much while the log is in use and has not complained yet.
const START_BYTES: u64 = 64 << 20;
/// No more than this beside a log in use: nobody waits for it.
const CEILING_BYTES: u64 = 256 << 20;
/// A longer pause than this is never made in one step.
const PAUSE_MAX: Duration = Duration::from_millis(250);
/// A log that was silent for so long is not in use.
const IDLE: Duration = Duration::from_millis(100);
/// A group that is larger takes its time by itself and says nothing about its neighbours.
const TELLING_BYTES: u64 = 256 << 10;
/// Log groups that take so much longer than usual are a sign that the background writes too fast.
const SLOW_PERCENT: u64 = 150;
const SLOW_SLACK_NS: u64 = 50_000;
/// Judged are the means of so many.
const JUDGED_GROUPS: u64 = 4;
/// What a group usually takes is a mean over about so many.
const USUAL_GROUPS: u64 = 64;

/// How fast the background may write: it halves when the log's groups take longer than usual and
/// grows again while they do not. Where the log is idle nobody is held back.
#[derive(Default)]
pub(crate) struct Pace {
    state: Mutex<State>,
    written: AtomicU64,
    paused_us: AtomicU64,
}

/// What the background has written, and how long it was held back for the log's sake.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BackgroundStats {
    pub written_bytes: u64,
    pub paused: Duration,
    /// Blocks, indexes and filters of rows in memory.
    pub row_cache_bytes: u64,
    /// Steps of merges that have come into force.
    pub merge_steps: u64,
}

#[derive(Default)]
struct State {
    /// What a group takes while nobody writes beside it; 0 before the first.
    usual_ns: u64,
    /// When the last group became durable.
    logged_at: Duration,
    /// Since `counted_from`, when the rate was last thought about.
    groups: u64,
    groups_ns: u64,
    log_bytes: u64,
    counted_from: Duration,
    /// When the pause after the background's last step ended.
    stepped_at: Duration,
    /// Bytes per second; 0 for no limit.
    rate: u64,
}

impl State {
    /// Thinks about the rate, once enough groups tell how the log fares.
    fn adjust(&mut self, now: Duration) {
        if now.saturating_sub(self.logged_at) > IDLE {
            self.rate = 0;
            return;
        }
        if self.rate == 0 {
            self.rate = START_BYTES;
        }
        if self.groups < JUDGED_GROUPS {
            return;
        }
        let mean_ns = self.groups_ns / self.groups;
        let slow_ns = self.usual_ns * SLOW_PERCENT / 100 + SLOW_SLACK_NS;
        let is_slow = self.usual_ns > 0 && mean_ns > slow_ns;
        let log_rate = rate_of(self.log_bytes, now.saturating_sub(self.counted_from));
        let floor = FLOOR_BYTES.max(log_rate.saturating_mul(2)).min(CEILING_BYTES);
        let rate = if is_slow { self.rate / 2 } else { self.rate + self.rate / 8 };
        self.rate = rate.clamp(floor, CEILING_BYTES);
        (self.groups, self.groups_ns, self.log_bytes) = (0, 0, 0);
        self.counted_from = now;
    }
}

impl Pace {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn written_bytes(&self) -> u64 {
        self.written.load(Relaxed)
    }

    pub(crate) fn paused(&self) -> Duration {
        Duration::from_micros(self.paused_us.load(Relaxed))
    }

    /// A group of the log became durable at `now`, having taken `took`.
    pub(crate) fn logged(&self, now: Duration, took: Duration, bytes: u64) {
        let mut state = self.state();
        state.logged_at = now;
        state.log_bytes += bytes;
        if bytes > TELLING_BYTES {
            return;
        }
        let ns = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX).min(1 << 40);
        if now.saturating_sub(took) > state.stepped_at + PAUSE_MAX {
            state.usual_ns = match state.usual_ns {
                0 => ns,
                usual => (usual * (USUAL_GROUPS - 1) + ns) / USUAL_GROUPS,
            };
        } else {
            // It had the background beside it.
            state.groups += 1;
            state.groups_ns = state.groups_ns.saturating_add(ns);
        }
    }

    /// The background has written `bytes` in a step that began at `began` and ended at `now`; how
    /// long it pauses.
    pub(crate) fn stepped(&self, began: Duration, now: Duration, bytes: u64) -> Duration {
        let mut state = self.state();
        state.adjust(now);
        let due = if state.rate == 0 { Duration::ZERO } else { time_of(bytes, state.rate) };
        let pause = due.saturating_sub(now.saturating_sub(began)).min(PAUSE_MAX);
        state.stepped_at = now + pause;
        self.written.fetch_add(bytes, Relaxed);
        let micros = u64::try_from(pause.as_micros()).unwrap_or(u64::MAX);
        self.paused_us.fetch_add(micros, Relaxed);
        pause
    }
}

fn rate_of(bytes: u64, time: Duration) -> u64 {
    let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX).max(1);
    bytes.saturating_mul(1_000_000_000) / nanos
}

fn time_of(bytes: u64, rate: u64) -> Duration {
    Duration::from_nanos(bytes.saturating_mul(1_000_000_000) / rate.max(1))
}

/// A disk whose new files are written at the log's pace: each [`DiskFile::write_out`] and each sync
/// is the end of a step.
#[derive(Clone)]
pub(crate) struct PacedDisk {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) pace: Arc<Pace>,
}

struct PacedFile {
    file: Arc<dyn DiskFile>,
    disk: PacedDisk,
    step: Mutex<Step>,
}

/// What was written since the last step, and when that began.
#[derive(Default)]
struct Step {
    began: Option<Duration>,
    bytes: u64,
}

impl PacedFile {
    fn end_step(&self) {
        let step = std::mem::take(&mut *self.step.lock().unwrap_or_else(PoisonError::into_inner));
        if let Some(began) = step.began {
            let pause = self.disk.pace.stepped(began, self.disk.clock(), step.bytes);
            if !pause.is_zero() {
                self.disk.pause(pause);
            }
        }
    }
}

impl Disk for PacedDisk {
    fn open(&self, path: &Path, how: Open) -> io::Result<Arc<dyn DiskFile>> {
        let file = self.disk.open(path, how)?;
        match how {
            Open::Create => {
                let (disk, step) = (self.clone(), Mutex::default());
                Ok(Arc::new(PacedFile { file, disk, step }))
            }
            Open::Read | Open::Write | Open::Direct => Ok(file),
        }
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<String>> {
        self.disk.list(directory)
    }

    fn create_dir_all(&self, directory: &Path) -> io::Result<()> {
        self.disk.create_dir_all(directory)
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        self.disk.exists(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.disk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.disk.remove(path)
    }

    fn sync_dir(&self, directory: &Path) -> io::Result<()> {
        self.disk.sync_dir(directory)
    }

    fn space(&self, directory: &Path) -> io::Result<Space> {
        self.disk.space(directory)
    }

    fn clock(&self) -> Duration {
        self.disk.clock()
    }

    fn pause(&self, time: Duration) {
        self.disk.pause(time);
    }
}

impl DiskFile for PacedFile {
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.file.read_exact_at(buffer, offset)
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut step = self.step.lock().unwrap_or_else(PoisonError::into_inner);
        step.began.get_or_insert_with(|| self.disk.clock());
        step.bytes += u64::try_from(bytes.len()).expect("a usize fits in 64 bits");
        drop(step);
        self.file.write_all_at(bytes, offset)
    }

    fn write_out(&self, offset: u64, bytes: u64) {
        self.file.write_out(offset, bytes);
        self.end_step();
    }

    fn sync(&self) -> io::Result<()> {
        self.file.sync()?;
        self.end_step();
        Ok(())
    }

    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn set_len(&self, bytes: u64) -> io::Result<()> {
        self.file.set_len(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// Steps of 1 MiB in 2 ms each, with a group of the log in each; the pause after the last.
    fn steps(pace: &Pace, now: &mut Duration, group: Duration, count: u32) -> Duration {
        let mut pause = Duration::ZERO;
        for _ in 0..count {
            let began = *now;
            *now += 2 * MS;
            pace.logged(*now, group, 4096);
            pause = pace.stepped(began, *now, 1 << 20);
            *now += pause;
        }
        pause
    }

    fn quiet(pace: &Pace, now: &mut Duration, group: Duration) {
        *now += PAUSE_MAX * 2;
        for _ in 0..100 {
            *now += MS;
            pace.logged(*now, group, 4096);
        }
    }

    #[test]
    fn the_background_slows_down_while_the_log_is_slow_and_recovers() {
        let (pace, mut now) = (Pace::default(), Duration::from_secs(9));
        quiet(&pace, &mut now, MS / 5);
        // The log does not mind. Each step takes 2 ms by itself.
        assert_eq!(steps(&pace, &mut now, MS / 5, 60), time_of(1 << 20, CEILING_BYTES) - 2 * MS);
        let slow = steps(&pace, &mut now, 4 * MS, 60);
        assert_eq!(slow, time_of(1 << 20, FLOOR_BYTES) - 2 * MS);
        let after = steps(&pace, &mut now, MS / 5, 150);
        assert_eq!(after, time_of(1 << 20, CEILING_BYTES) - 2 * MS, "back at full speed");
        assert!(pace.paused() > slow && pace.written_bytes() == 270 << 20);
    }

    #[test]
    fn where_the_log_is_idle_nobody_waits() {
        let (pace, mut now) = (Pace::default(), Duration::from_secs(9));
        assert_eq!(pace.stepped(now, now + MS, 1 << 20), Duration::ZERO);
        quiet(&pace, &mut now, MS / 5);
        assert!(steps(&pace, &mut now, 9 * MS, 60) > Duration::ZERO);
        now += IDLE + MS;
        assert_eq!(pace.stepped(now, now + MS, 1 << 20), Duration::ZERO);
    }

    #[test]
    fn the_background_keeps_up_with_a_log_that_writes_much() {
        let (pace, mut now) = (Pace::default(), Duration::from_secs(9));
        quiet(&pace, &mut now, MS / 5);
        let began = now;
        for _ in 0..100 {
            let began = now;
            now += 2 * MS;
            pace.logged(now, 9 * MS, 4096);
            pace.logged(now, 9 * MS, 1 << 20);
            now += pace.stepped(began, now, 1 << 20);
        }
        assert!(rate_of(100 << 20, now - began) > 64 << 20, "{:?}", pace.paused());
    }
}
