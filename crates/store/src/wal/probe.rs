//! Which way of writing makes a group durable soonest here: measured once, and remembered.
//!
//! A direct write spares the copy into the page cache and the second system call, and does not
//! queue behind other files' dirty pages. Whether that is faster depends on file system, driver
//! and drive, and some file systems do not take it at all, so it is tried: a few dozen small
//! writes of either kind, taking turns so that a busy neighbour disturbs both alike.
//!
//! The answer is remembered beside the log, in plain lines, as a hint: without it, or on another
//! volume, it is measured again. So is a draw, and what was found while the machine was busy with
//! other things, at the next start; until then the log goes through the page cache.

use crate::aligned::AlignedBuffer;
use crate::disk::{DIRECT_BYTES, Disk, DiskFile, Open};
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const NAME: &str = "PROBE";
const UNFINISHED: &str = "PROBE.tmp";
const TRIED: &str = "probe.tmp";
const TITLE: &str = "tidemill log probe 1";
/// No probe is longer; what is, was written by somebody else.
const LENGTH_MAX: u64 = 1024;

/// What the log writes when it is busy: a handful of small requests.
const GROUP_BYTES: usize = 16 << 10;
const ROUNDS_MIN: usize = 3;
/// Each round writes where none has before, as the log does: what was written a moment ago is
/// cheaper to write again, most of all in the page cache.
const ROUNDS_MAX: usize = 32;
/// No further round begins after so long.
const TRIED_FOR_MAX: Duration = Duration::from_millis(40);
/// Two times closer than so many hundredths are a draw.
const DRAW_PERCENT: u32 = 3;
/// Where one write in four takes so many hundredths of what the fastest took, something else
/// keeps disk or processors busy, and the times are its times.
const NOISE_PERCENT: u32 = 150;

/// How groups of the log become durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteMode {
    /// Into the page cache, then `fdatasync`.
    Buffered,
    /// Past the page cache; durable when the write returns.
    Direct,
}

impl fmt::Display for WriteMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WriteMode::Buffered => "buffered",
            WriteMode::Direct => "direct",
        })
    }
}

/// What was found out about a log's directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogProbe {
    pub mode: WriteMode,
    /// How soon a small group can be durable in each way: one in four was no slower. `None` when
    /// direct writes were refused.
    pub buffered: Option<Duration>,
    pub direct: Option<Duration>,
    /// Needs no second look.
    pub is_settled: bool,
    /// Of the file system that it was found out on.
    pub volume: u64,
}

impl LogProbe {
    /// What is remembered of the data directory's log; `None` when nothing is, or nothing legible.
    #[must_use]
    pub fn of(disk: &dyn Disk, directory: &Path) -> Option<LogProbe> {
        LogProbe::recall(disk, &directory.join("wal"))
    }

    pub(super) fn recall(disk: &dyn Disk, directory: &Path) -> Option<LogProbe> {
        let file = disk.open(&directory.join(NAME), Open::Read).ok()?;
        let length = file.len().ok().filter(|length| *length <= LENGTH_MAX)?;
        let mut bytes = vec![0; usize::try_from(length).ok()?];
        file.read_exact_at(&mut bytes, 0).ok()?;
        LogProbe::parse(str::from_utf8(&bytes).ok()?)
    }

    /// Writes it down beside the log.
    pub fn remember(&self, disk: &dyn Disk, directory: &Path) -> io::Result<()> {
        let unfinished = directory.join(UNFINISHED);
        remove_if_there(disk, &unfinished)?;
        let file = disk.open(&unfinished, Open::Create)?;
        file.write_all_at(self.to_string().as_bytes(), 0)?;
        file.sync()?;
        disk.rename(&unfinished, &directory.join(NAME))?;
        disk.sync_dir(directory)
    }

    fn parse(text: &str) -> Option<LogProbe> {
        let mut lines = text.lines();
        let mut value = |name: &str| lines.next()?.strip_prefix(name)?.strip_prefix(": ");
        let micros = |value: &str| match value.strip_suffix(" us") {
            Some(micros) => Some(Some(Duration::from_micros(micros.parse().ok()?))),
            None => (value == "-").then_some(None),
        };
        value(TITLE)?;
        let volume = u64::from_str_radix(value("volume")?, 16).ok()?;
        let buffered = micros(value("buffered")?)?;
        let direct = micros(value("direct")?)?;
        let mode = match value("write")? {
            "buffered" => WriteMode::Buffered,
            "direct" => WriteMode::Direct,
            _ => return None,
        };
        let is_settled = match value("settled")? {
            "yes" => true,
            "no" => false,
            _ => return None,
        };
        let probe = LogProbe { mode, buffered, direct, is_settled, volume };
        lines.next().is_none().then_some(probe)
    }

    /// The file system that was said to take direct writes has refused one.
    pub(super) fn refused(volume: u64) -> LogProbe {
        let mode = WriteMode::Buffered;
        LogProbe { mode, buffered: None, direct: None, is_settled: true, volume }
    }

    /// Tries both ways in `directory`, for some twenty milliseconds on a usual drive.
    pub(super) fn measure(disk: &dyn Disk, directory: &Path) -> io::Result<LogProbe> {
        let volume = disk.space(directory)?.volume;
        let path = directory.join(TRIED);
        remove_if_there(disk, &path)?;
        let times = try_both(disk, &path);
        // Whatever came of it: on a full disk it must not hold what little is left.
        remove_if_there(disk, &path)?;
        let times = times?;
        Ok(LogProbe::judge(times, volume))
    }

    fn judge(times: Option<(Times, Times)>, volume: u64) -> LogProbe {
        let Some((buffered, direct)) = times else { return LogProbe::refused(volume) };
        let is_quiet = buffered.is_quiet() && direct.is_quiet();
        let is_settled = is_quiet && (buffered.is_below(direct) || direct.is_below(buffered));
        let is_direct = is_settled && direct.is_below(buffered);
        let mode = if is_direct { WriteMode::Direct } else { WriteMode::Buffered };
        let (buffered, direct) = (Some(buffered.usual), Some(direct.usual));
        LogProbe { mode, buffered, direct, is_settled, volume }
    }
}

/// What many small writes of one kind took.
#[derive(Clone, Copy)]
struct Times {
    best: Duration,
    /// The lower quartile: less of a busy neighbour than the median has, and still what can be
    /// had again and again.
    usual: Duration,
}

impl Times {
    fn of(mut times: Vec<Duration>) -> Times {
        times.sort_unstable();
        let at = |index: usize| times.get(index).copied().unwrap_or_default();
        Times { best: at(0), usual: at(times.len() / 4) }
    }

    fn is_quiet(self) -> bool {
        self.usual * 100 < self.best * NOISE_PERCENT
    }

    fn is_below(self, other: Times) -> bool {
        self.usual * 100 < other.usual * (100 - DRAW_PERCENT)
    }
}

impl fmt::Display for LogProbe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = |time: Option<Duration>| {
            time.map_or_else(|| "-".to_owned(), |time| format!("{} us", time.as_micros()))
        };
        writeln!(f, "{TITLE}: kept by the server, measured again when removed")?;
        writeln!(f, "volume: {:x}", self.volume)?;
        writeln!(f, "buffered: {}", micros(self.buffered))?;
        writeln!(f, "direct: {}", micros(self.direct))?;
        writeln!(f, "write: {}", self.mode)?;
        writeln!(f, "settled: {}", if self.is_settled { "yes" } else { "no" })
    }
}

fn remove_if_there(disk: &dyn Disk, path: &Path) -> io::Result<()> {
    if disk.exists(path)? { disk.remove(path) } else { Ok(()) }
}

fn offset_of(place: usize) -> u64 {
    u64::try_from(place * GROUP_BYTES).expect("a small file")
}

/// The times of a buffered and of a direct group; `None` where direct ones are not taken.
fn try_both(disk: &dyn Disk, path: &Path) -> io::Result<Option<(Times, Times)>> {
    let buffered = disk.open(path, Open::Create)?;
    let group = AlignedBuffer::zeroed(GROUP_BYTES);
    // In one piece of a mebibyte, as segments are filled: the page cache keeps what it gets in
    // pieces as large, and the log feels it. Sizes and places settle before anything is timed.
    buffered.write_all_at(&vec![0; 2 * ROUNDS_MAX * GROUP_BYTES], 0)?;
    buffered.sync()?;
    let direct = open_direct(disk, path, &buffered)?;
    direct.map(|direct| time(disk, &buffered, &direct, &group)).transpose()
}

/// A handle for direct writes, if they are taken, and if what they write is what a reader of the
/// page cache sees: recovery reads through it.
fn open_direct(
    disk: &dyn Disk,
    path: &Path,
    buffered: &Arc<dyn DiskFile>,
) -> io::Result<Option<Arc<dyn DiskFile>>> {
    // File systems that cannot say so in many ways, and nothing of value is in this file.
    let Ok(direct) = disk.open(path, Open::Direct) else { return Ok(None) };
    let mut mark = AlignedBuffer::zeroed(DIRECT_BYTES);
    mark.as_mut_slice().fill(0xa5);
    let mut seen = vec![0; DIRECT_BYTES];
    buffered.read_exact_at(&mut seen, 0)?;
    match direct.write_all_at(mark.as_slice(), 0) {
        Err(error) if error.kind() == io::ErrorKind::StorageFull => return Err(error),
        Err(_) => return Ok(None),
        Ok(()) => {}
    }
    buffered.read_exact_at(&mut seen, 0)?;
    Ok((seen == mark.as_slice()).then_some(direct))
}

/// The times of the two ways.
fn time(
    disk: &dyn Disk,
    buffered: &Arc<dyn DiskFile>,
    direct: &Arc<dyn DiskFile>,
    group: &AlignedBuffer,
) -> io::Result<(Times, Times)> {
    let began = disk.clock();
    let mut times = (Vec::new(), Vec::new());
    for round in 0..ROUNDS_MAX {
        if round >= ROUNDS_MIN && disk.clock() - began >= TRIED_FOR_MAX {
            break;
        }
        let started = disk.clock();
        buffered.write_all_at(group.as_slice(), offset_of(round))?;
        buffered.sync()?;
        let between = disk.clock();
        direct.write_all_at(group.as_slice(), offset_of(ROUNDS_MAX + round))?;
        times.0.push(between - started);
        times.1.push(disk.clock() - between);
    }
    Ok((Times::of(times.0), Times::of(times.1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory_disk::{DirectWrites, Faults, MemoryDisk};

    fn probe(direct: DirectWrites) -> (MemoryDisk, LogProbe) {
        let disk = MemoryDisk::new();
        disk.create_dir_all(Path::new("/d")).unwrap();
        disk.set_faults(Faults { direct, ..Faults::default() });
        let probe = LogProbe::measure(&disk, Path::new("/d")).unwrap();
        assert_eq!(disk.files(), [], "nothing is left lying about");
        (disk, probe)
    }

    #[test]
    fn direct_writes_are_chosen_where_they_are_taken_and_faster() {
        let table = [
            (DirectWrites::Fast, WriteMode::Direct, true),
            (DirectWrites::Slow, WriteMode::Buffered, true),
            (DirectWrites::RefusedAtOpen, WriteMode::Buffered, false),
            (DirectWrites::RefusedAtWrite, WriteMode::Buffered, false),
        ];
        for (direct, mode, is_timed) in table {
            let (_, found) = probe(direct);
            assert_eq!((found.mode, found.direct.is_some()), (mode, is_timed), "{direct:?}");
        }
    }

    #[test]
    fn a_draw_and_a_busy_machine_are_looked_at_again_and_anything_else_is_believed() {
        let judge = |buffered: (u64, u64), direct: (u64, u64)| {
            let times = |(best, usual)| {
                let [best, usual] = [best, usual].map(Duration::from_micros);
                Times { best, usual }
            };
            let probe = LogProbe::judge(Some((times(buffered), times(direct))), 1);
            (probe.mode, probe.is_settled)
        };
        let table = [
            ((90, 100), (80, 96), (WriteMode::Direct, true)),
            ((90, 100), (90, 98), (WriteMode::Buffered, false)),
            ((90, 100), (90, 103), (WriteMode::Buffered, false)),
            ((90, 100), (90, 104), (WriteMode::Buffered, true)),
            ((90, 4000), (80, 96), (WriteMode::Buffered, false)),
            ((90, 100), (80, 4000), (WriteMode::Buffered, false)),
        ];
        for (buffered, direct, expected) in table {
            assert_eq!(judge(buffered, direct), expected, "{buffered:?} {direct:?}");
        }
    }

    #[test]
    fn what_is_remembered_is_recalled_and_anything_else_is_not() {
        let (disk, found) = probe(DirectWrites::Fast);
        let directory = Path::new("/d");
        assert_eq!(LogProbe::recall(&disk, directory), None);
        for remembered in [found, LogProbe::refused(7)] {
            remembered.remember(&disk, directory).unwrap();
            assert_eq!(LogProbe::recall(&disk, directory), Some(remembered));
        }
        let text = found.to_string();
        for (from, to) in [
            ("direct\n", "sideways\n"),
            ("probe 1", "probe 2"),
            (" us\n", " ms\n"),
            ("volume: ", "volume: x"),
            ("settled: yes\n", "settled: yes\nmore\n"),
            ("settled: yes\n", ""),
            ("settled: yes\n", "settled: maybe\n"),
        ] {
            assert_ne!(text.replacen(from, to, 1), text);
            assert_eq!(LogProbe::parse(&text.replacen(from, to, 1)), None, "{from}");
        }
    }
}
