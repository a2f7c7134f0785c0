//! Segments made ready before they are needed, so that an append never grows a file.
//!
//! Growing a file makes `fdatasync` commit the inode too; overwriting zeros does not. The active
//! segment of a fresh directory is filled a little at first and the rest behind the writer's
//! back; one more segment is kept ready, new or recycled. Then the disk is tried, unless it is
//! remembered which way of writing suits it ([`super::probe`]).

use super::probe::{LogProbe, WriteMode};
use super::scan::segment_name;
use crate::disk::{Disk, DiskFile, Open, is_refusal};
use crate::opening::Options;
use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard};

const STEP_BYTES: u64 = 1 << 20;
const UNFINISHED: &str = "spare.tmp";

pub(super) struct Segment {
    pub(super) number: u64,
    pub(super) file: Arc<dyn DiskFile>,
}

/// What the WAL thread and the preparing thread share.
pub(super) struct Prepared {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) directory: PathBuf,
    pub(super) segment_bytes: u64,
    /// Recycled segments kept: what is logged between two checkpoints, so that a busy log
    /// neither makes nor removes files.
    spares_max: usize,
    /// The disk is short of room: one spare at most, and none is made.
    is_lean: AtomicBool,
    /// What the probe says, for a log that must not wait for the lock at every group.
    writes_directly: AtomicBool,
    state: Mutex<State>,
}

struct State {
    active: Arc<dyn DiskFile>,
    /// Everything below is overwritten without growing the file; the preparer only ever writes
    /// at and above it, under the lock.
    filled: u64,
    spares: VecDeque<Segment>,
    next_number: u64,
    /// `None` until the disk was tried.
    probe: Option<LogProbe>,
    probe_due: ProbeDue,
}

/// What is left to be done about the probe.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ProbeDue {
    Measure,
    Remember,
    Nothing,
}

impl State {
    fn writes_directly(&self) -> bool {
        self.probe.is_some_and(|probe| probe.mode == WriteMode::Direct)
    }
}

impl Prepared {
    pub(super) fn new(
        disk: Arc<dyn Disk>,
        directory: PathBuf,
        options: Options,
        active: &Segment,
        spares: Vec<Segment>,
    ) -> io::Result<Prepared> {
        let last = spares.last().map_or(active.number, |spare| spare.number);
        let volume = disk.space(&directory)?.volume;
        let probe = LogProbe::recall(disk.as_ref(), &directory);
        let probe = probe.filter(|probe| probe.volume == volume);
        let state = State {
            filled: active.file.len()?,
            active: Arc::clone(&active.file),
            spares: spares.into(),
            next_number: last + 1,
            probe,
            probe_due: match probe {
                Some(probe) if probe.is_settled => ProbeDue::Nothing,
                Some(_) | None => ProbeDue::Measure,
            },
        };
        let segment_bytes = options.segment_bytes;
        let spares = (options.checkpoint_wal_bytes / segment_bytes).clamp(1, 8);
        let spares_max = usize::try_from(spares).expect("at most eight");
        let writes_directly = AtomicBool::new(state.writes_directly());
        Ok(Prepared {
            disk,
            directory,
            segment_bytes,
            spares_max,
            is_lean: AtomicBool::new(false),
            writes_directly,
            state: Mutex::new(state),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn path(&self, number: u64) -> PathBuf {
        self.directory.join(segment_name(number))
    }

    /// Reserves the active segment up to `end` for a group; whether it was filled altogether
    /// before, so that nobody else writes to it any more.
    pub(super) fn claim(&self, end: u64) -> bool {
        let mut state = self.state();
        let is_filled = state.filled >= self.segment_bytes;
        state.filled = state.filled.max(end);
        is_filled
    }

    /// The next segment, now the active one: a prepared one, or a new and empty one.
    pub(super) fn activate_next(&self) -> io::Result<Segment> {
        let mut state = self.state();
        let segment = match state.spares.pop_front() {
            Some(spare) => spare,
            None => {
                let number = state.next_number;
                let file = self.disk.open(&self.path(number), Open::Create)?;
                self.disk.sync_dir(&self.directory)?;
                state.next_number += 1;
                Segment { number, file }
            }
        };
        state.filled = segment.file.len()?;
        state.active = Arc::clone(&segment.file);
        Ok(segment)
    }

    /// Takes back the log's oldest segment: it becomes the newest spare, or goes when there are
    /// enough. Each step is durable before the next, so numbers never show a gap.
    pub(super) fn recycle(&self, number: u64) -> io::Result<()> {
        let mut state = self.state();
        if state.spares.len() < self.spares_max() {
            let next = state.next_number;
            self.disk.rename(&self.path(number), &self.path(next))?;
            self.disk.sync_dir(&self.directory)?;
            state.next_number += 1;
            let file = self.disk.open(&self.path(next), Open::Write)?;
            state.spares.push_back(Segment { number: next, file });
        } else {
            self.disk.remove(&self.path(number))?;
            self.disk.sync_dir(&self.directory)?;
        }
        Ok(())
    }

    fn spares_max(&self) -> usize {
        if self.is_lean.load(Relaxed) { 1 } else { self.spares_max }
    }

    /// Gives the room of spare segments back, newest first, and makes no more; or, where there is
    /// room again, no longer so.
    pub(super) fn set_lean(&self, is_lean: bool) -> io::Result<()> {
        self.is_lean.store(is_lean, Relaxed);
        let mut state = self.state();
        while state.spares.len() > self.spares_max() {
            let Some(spare) = state.spares.pop_back() else { break };
            self.disk.remove(&self.path(spare.number))?;
            self.disk.sync_dir(&self.directory)?;
            state.next_number = spare.number;
        }
        Ok(())
    }

    /// The segment for direct writes, where the disk is known to do better with them. It must be
    /// filled altogether.
    pub(super) fn open_direct(&self, number: u64) -> io::Result<Option<Arc<dyn DiskFile>>> {
        if !self.writes_directly.load(Relaxed) {
            return Ok(None);
        }
        match self.disk.open(&self.path(number), Open::Direct) {
            Err(error) if is_refusal(&error) => {
                self.refuse_direct();
                Ok(None)
            }
            result => result.map(Some),
        }
    }

    /// Notes that the disk does not take direct writes after all.
    pub(super) fn refuse_direct(&self) {
        let mut state = self.state();
        state.probe = state.probe.map(|probe| LogProbe::refused(probe.volume));
        state.probe_due = ProbeDue::Remember;
        self.writes_directly.store(false, Relaxed);
    }

    fn needs_work(&self) -> bool {
        let needs_spare = self.needs_spare();
        let state = self.state();
        state.filled < self.segment_bytes || needs_spare || state.probe_due != ProbeDue::Nothing
    }

    fn needs_spare(&self) -> bool {
        self.state().spares.is_empty() && !self.is_lean.load(Relaxed)
    }

    /// Finds out how to write, if nobody knows, and writes down what was found out.
    fn probe(&self) -> io::Result<()> {
        if self.state().probe_due == ProbeDue::Measure {
            let found = LogProbe::measure(self.disk.as_ref(), &self.directory)?;
            let mut state = self.state();
            // The log may have been refused meanwhile; that says more than any measurement.
            if state.probe_due == ProbeDue::Measure {
                state.probe = Some(found);
                state.probe_due = ProbeDue::Remember;
                self.writes_directly.store(state.writes_directly(), Relaxed);
            }
        }
        let (probe, due) = {
            let state = self.state();
            (state.probe, state.probe_due)
        };
        let Some(probe) = probe.filter(|_| due == ProbeDue::Remember) else { return Ok(()) };
        probe.remember(self.disk.as_ref(), &self.directory)?;
        let mut state = self.state();
        if state.probe == Some(probe) {
            state.probe_due = ProbeDue::Nothing;
        }
        Ok(())
    }

    /// Fills the next piece of the active segment; whether there was one.
    fn fill_active(&self, zeros: &[u8]) -> io::Result<bool> {
        let mut state = self.state();
        if state.filled >= self.segment_bytes {
            return Ok(false);
        }
        let bytes = STEP_BYTES.min(self.segment_bytes - state.filled);
        write_zeros(state.active.as_ref(), zeros, state.filled, bytes)?;
        state.filled += bytes;
        let file = Arc::clone(&state.active);
        // A sync under the lock would stall the writer; each step is synced so that no sync of
        // the log ever finds more than one step of ours to carry.
        drop(state);
        file.sync()?;
        Ok(true)
    }

    fn add_spare(&self, zeros: &[u8]) -> io::Result<()> {
        let unfinished = self.directory.join(UNFINISHED);
        if self.disk.exists(&unfinished)? {
            self.disk.remove(&unfinished)?;
        }
        let file = match self.fill_spare(&unfinished, zeros) {
            Err(error) if error.kind() == io::ErrorKind::StorageFull => {
                // What is left belongs to the checkpoint that would make room.
                self.disk.remove(&unfinished)?;
                return Err(error);
            }
            result => result?,
        };
        let mut state = self.state();
        let number = state.next_number;
        self.disk.rename(&unfinished, &self.path(number))?;
        self.disk.sync_dir(&self.directory)?;
        state.next_number += 1;
        state.spares.push_back(Segment { number, file });
        Ok(())
    }

    fn fill_spare(&self, path: &Path, zeros: &[u8]) -> io::Result<Arc<dyn DiskFile>> {
        let file = self.disk.open(path, Open::Create)?;
        let mut filled = 0;
        while filled < self.segment_bytes {
            let bytes = STEP_BYTES.min(self.segment_bytes - filled);
            write_zeros(file.as_ref(), zeros, filled, bytes)?;
            filled += bytes;
            file.sync()?;
        }
        Ok(file)
    }
}

fn write_zeros(file: &dyn DiskFile, zeros: &[u8], offset: u64, bytes: u64) -> io::Result<()> {
    let bytes = usize::try_from(bytes).expect("a step is small");
    file.write_all_at(zeros.get(..bytes).expect("a step's worth of zeros"), offset)
}

/// Makes segments ready on a thread of its own. A clone is another handle.
#[derive(Clone)]
pub struct Preparer(pub(super) Arc<Prepared>);

impl Preparer {
    /// Whether [`Preparer::prepare`] would do anything.
    #[must_use]
    pub fn is_needed(&self) -> bool {
        self.0.needs_work()
    }

    /// Fills what is not filled, adds a spare segment when there is none, and tries the disk when
    /// nobody knows how to write to it. Blocking; safe beside the thread that appends. On a full
    /// disk it gives up and stays needed; any other error is as grave as an append's.
    pub fn prepare(&self) -> io::Result<()> {
        match self.prepare_all() {
            Err(error) if error.kind() == io::ErrorKind::StorageFull => Ok(()),
            result => result,
        }
    }

    fn prepare_all(&self) -> io::Result<()> {
        let bytes = usize::try_from(STEP_BYTES.min(self.0.segment_bytes)).expect("a step is small");
        let zeros = vec![0; bytes];
        while self.0.fill_active(&zeros)? {}
        if self.0.needs_spare() {
            self.0.add_spare(&zeros)?;
        }
        self.0.probe()
    }

    /// Fills the first `bytes` of the active segment before the log is first used.
    pub(super) fn fill_first(&self, bytes: u64) -> io::Result<()> {
        let step = STEP_BYTES.min(self.0.segment_bytes);
        let zeros = vec![0; usize::try_from(step).expect("a step is small")];
        let mut state = self.0.state();
        while state.filled < bytes.min(self.0.segment_bytes) {
            let step = step.min(self.0.segment_bytes - state.filled);
            write_zeros(state.active.as_ref(), &zeros, state.filled, step)?;
            state.filled += step;
        }
        state.active.sync()
    }
}
