//! Room on the disk: what is still taken when it gets scarce, and when all is taken again.
//!
//! ```text
//!            free, less what the next checkpoint may copy
//!  Plenty ──── below the low mark ───▶ Low ── below the full mark ──▶ Full
//!         ◀── a quarter above it ────      ◀── a quarter above it ──
//! ```
//!
//! # Invariants
//!
//! - The log is never what finds the disk full: everything that grows stops at the low mark, and
//!   below the full mark only what gives room back is still logged.
//! - Emptying is never refused: a consumer that cannot delete would keep the disk full for ever.
//! - It recovers by itself, and does not flap: a mark is left a quarter above where it was met.
//!
//! [`Room`] and [`Marks`] are pure, so that the simulator decides as the node does. What commands
//! mean is not known here; `Burden` says what each asks of the disk.

use crate::memory::{MemoryWatch, Pressure};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};
use tidemill_services::Burden;
use tidemill_store::disk::Disk;

/// However large the disk, so much free is enough to take new data.
const LOW_BYTES_MAX: u64 = 8 << 30;
const FULL_BYTES_MAX: u64 = 2 << 30;
/// However small the disk, what may be under way when the mark is met fits: a mailbox of
/// commands, and the segment of the log that is being filled.
pub const UNDER_WAY_BYTES: u64 = 128 << 20;

/// How often the disk is asked how full it is, and after how much that was logged since.
pub(crate) const LOOK: Duration = Duration::from_secs(1);
const LOOK_BYTES: u64 = 16 << 20;
/// Memory fills faster than a disk, and to ask for it costs microseconds.
const LOOK_AT_MEMORY: Duration = Duration::from_millis(50);
/// On a disk short of room, how soon after a checkpoint the next may follow: it is what turns
/// deletions into room.
pub(crate) const ROOM_CHECKPOINT: Duration = Duration::from_secs(5);

/// What the disk has room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Room {
    /// Nothing is changed but what gives room back.
    Full,
    /// Nothing new is stored; what is there is handed out, changed and deleted.
    Low,
    Plenty,
}

/// Free bytes below which a disk is low, or full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marks {
    pub low: u64,
    pub full: u64,
}

impl Marks {
    /// A tenth and three hundredths of the disk, within bounds; `under_way` is what may still be
    /// written by what was accepted before the mark was met.
    #[must_use]
    pub fn of(total_bytes: u64, under_way: u64) -> Marks {
        Marks {
            low: (total_bytes / 10).min(LOW_BYTES_MAX).max(under_way),
            full: (total_bytes / 100 * 3).min(FULL_BYTES_MAX).max(under_way / 4),
        }
    }
}

impl Room {
    /// What there is room for now. `owed` are bytes that are spoken for: what the next checkpoint
    /// may have to copy out of the log before it can give the log's room back.
    #[must_use]
    pub fn next(self, free: u64, owed: u64, marks: Marks) -> Room {
        // To leave a mark takes more than to meet it.
        let mark = |mark: u64, met: bool| if met { mark.saturating_add(mark / 4) } else { mark };
        if free < mark(marks.full, self == Room::Full) {
            Room::Full
        } else if free.saturating_sub(owed) < mark(marks.low, self < Room::Plenty) {
            Room::Low
        } else {
            Room::Plenty
        }
    }

    #[must_use]
    pub fn admits(self, burden: Burden) -> bool {
        match self {
            Room::Plenty => true,
            Room::Low => burden < Burden::Data,
            Room::Full => burden == Burden::Nothing,
        }
    }

    fn from_byte(byte: u8) -> Room {
        match byte {
            0 => Room::Full,
            1 => Room::Low,
            _ => Room::Plenty,
        }
    }
}

/// The room of one data directory, as last seen. Shared by the core's thread, which looks, and by
/// everybody who hands in work.
pub struct RoomWatch {
    disk: Arc<dyn Disk>,
    data: PathBuf,
    room: AtomicU8,
    owed: AtomicU64,
    refused: AtomicU64,
}

impl RoomWatch {
    /// Begins with a look.
    pub fn open(disk: Arc<dyn Disk>, data: PathBuf) -> RoomWatch {
        let watch = RoomWatch {
            disk,
            data,
            room: AtomicU8::new(Room::Plenty as u8),
            owed: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        };
        watch.look(0);
        watch
    }

    #[must_use]
    pub fn room(&self) -> Room {
        Room::from_byte(self.room.load(Relaxed))
    }

    /// Works that were refused for want of room.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.refused.load(Relaxed)
    }

    /// Looks at the disk. One that does not say how full it is is as it was.
    pub(crate) fn look(&self, owed: u64) -> Room {
        self.owed.store(owed, Relaxed);
        let before = self.room();
        let Ok(space) = self.disk.space(&self.data) else { return before };
        let marks = Marks::of(space.total_bytes, UNDER_WAY_BYTES);
        let room = before.next(space.free_bytes, owed, marks);
        self.meet(room, space.free_bytes);
        room
    }

    #[expect(clippy::print_stderr, reason = "the operator must hear of a disk that fills up")]
    fn meet(&self, room: Room, free: u64) {
        if self.room.swap(room as u8, Relaxed) == room as u8 {
            return;
        }
        let free = free >> 20;
        match room {
            Room::Plenty => eprintln!("tidemill: the disk has room again; everything is taken."),
            Room::Low => eprintln!(
                "tidemill: the disk is nearly full ({free} MiB free): new data is refused until \
                 there is more room. Receiving and deleting go on."
            ),
            Room::Full => eprintln!(
                "tidemill: the disk is full ({free} MiB free): every change but a deletion is \
                 refused until there is more room."
            ),
        }
    }

    /// Whether that may be done now; counted, if not.
    pub(crate) fn admit(&self, burden: Burden) -> Result<(), Room> {
        let room = self.room();
        if room.admits(burden) {
            return Ok(());
        }
        self.refused.fetch_add(1, Relaxed);
        Err(room)
    }

    /// Whether a file may grow by so many bytes and leave the disk as usable as it is. Asks the
    /// disk itself: files are written faster than anybody looks.
    pub(crate) fn admit_file(&self, bytes: u64) -> io::Result<()> {
        if self.room() == Room::Plenty {
            let space = self.disk.space(&self.data)?;
            let marks = Marks::of(space.total_bytes, UNDER_WAY_BYTES);
            let left = space.free_bytes.saturating_sub(bytes);
            let room = Room::Plenty.next(left, self.owed.load(Relaxed), marks);
            if room == Room::Plenty {
                return Ok(());
            }
            // So little is missing that the mark is as good as met: it would not be left again at
            // the next look.
            if bytes < marks.low / 4 {
                self.meet(room, space.free_bytes);
            }
        }
        self.refused.fetch_add(1, Relaxed);
        Err(io::Error::new(io::ErrorKind::StorageFull, "the disk is nearly full"))
    }
}

/// The core thread's end of the watches: when to look, and whether that has told it anything.
pub(crate) struct Lookout {
    watch: Arc<RoomWatch>,
    memory: Arc<MemoryWatch>,
    looked_at: Instant,
    memory_looked_at: Instant,
    owed: u64,
    is_short: bool,
}

impl Lookout {
    pub(crate) fn new(watch: Arc<RoomWatch>, memory: Arc<MemoryWatch>) -> Lookout {
        let now = Instant::now();
        Lookout { watch, memory, looked_at: now, memory_looked_at: now, owed: 0, is_short: false }
    }

    pub(crate) fn room(&self) -> Room {
        self.watch.room()
    }

    /// When to look again even if nobody knocks: who is refused does not.
    pub(crate) fn next_look(&self) -> Option<Duration> {
        match self.memory.pressure() {
            Pressure::UsedUp => Some(LOOK_AT_MEMORY),
            Pressure::Tight => Some(LOOK),
            Pressure::Easy => (self.room() < Room::Plenty).then_some(LOOK),
        }
    }

    /// Whether a checkpoint is due because of what it would free: memory or, on the disk, what was
    /// deleted. `young` are the bytes of bodies that none has written, `since` is how long ago the
    /// last one was.
    pub(crate) fn wants_checkpoint(&self, young: u64, since: Duration) -> bool {
        young >= self.memory.young_bytes_max()
            || self.memory.pressure() > Pressure::Easy && since >= LOOK
            || self.room() < Room::Plenty && since >= ROOM_CHECKPOINT
    }

    /// Looks, if it is time. Whether room on the disk is scarce, where that has changed.
    pub(crate) fn look(&mut self, owed: u64) -> Option<bool> {
        if self.memory_looked_at.elapsed() >= LOOK_AT_MEMORY {
            self.memory_looked_at = Instant::now();
            self.memory.look();
        }
        if self.looked_at.elapsed() < LOOK && owed.abs_diff(self.owed) < LOOK_BYTES {
            return None;
        }
        self.looked_at = Instant::now();
        self.owed = owed;
        let is_short = self.watch.look(owed) < Room::Plenty;
        let has_changed = std::mem::replace(&mut self.is_short, is_short) != is_short;
        has_changed.then_some(is_short)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidemill_store::{Faults, MemoryDisk};

    const GIB: u64 = 1 << 30;

    #[test]
    fn marks_follow_the_disk_within_bounds() {
        for (total, low, full) in [
            (0, 128 << 20, 32 << 20),
            (GIB, 128 << 20, 32 << 20),
            (20 * GIB, 2 * GIB, 20 * GIB / 100 * 3),
            (80 * GIB, 8 * GIB, 2 * GIB),
            (1 << 50, 8 * GIB, 2 * GIB),
        ] {
            let expected = Marks { low, full };
            assert_eq!(Marks::of(total, UNDER_WAY_BYTES), expected, "{total}");
        }
    }

    /// A disk that fills up and empties again, mark by mark, and what is owed in between.
    #[test]
    fn a_mark_is_met_at_once_and_left_with_a_quarter_to_spare() {
        let marks = Marks { low: 100, full: 40 };
        let mut room = Room::Plenty;
        for (free, owed, expected) in [
            (100, 0, Room::Plenty),
            (120, 21, Room::Low),
            (120, 0, Room::Low),
            (125, 0, Room::Plenty),
            (99, 0, Room::Low),
            (40, 0, Room::Low),
            (39, 0, Room::Full),
            (49, 0, Room::Full),
            (50, 0, Room::Low),
            (124, 0, Room::Low),
            (30, 0, Room::Full),
            (1_000, 0, Room::Plenty),
            (1_000, u64::MAX, Room::Low),
        ] {
            room = room.next(free, owed, marks);
            assert_eq!(room, expected, "{free} free, {owed} owed");
        }
    }

    #[test]
    fn a_disk_that_is_not_empty_is_always_emptied() {
        let table = [Room::Plenty, Room::Low, Room::Full].map(|room| {
            [Burden::Nothing, Burden::Log, Burden::Data].map(|burden| room.admits(burden))
        });
        assert_eq!(table, [[true, true, true], [true, true, false], [true, false, false]]);
    }

    #[test]
    fn a_checkpoint_is_wanted_for_what_it_would_free() {
        let long_ago = ROOM_CHECKPOINT;
        let memory = Arc::new(MemoryWatch::new(96 << 20, || None));
        let disk = disk_with(40 * GIB);
        let room = Arc::new(RoomWatch::open(disk.clone(), "/data".into()));
        let lookout = Lookout::new(Arc::clone(&room), memory);
        assert!(!lookout.wants_checkpoint((12 << 20) - 1, long_ago));
        assert!(lookout.wants_checkpoint(12 << 20, Duration::ZERO));
        assert_eq!(lookout.next_look(), None);
        disk.set_faults(Faults { space_bytes: Some(1 << 20), ..Faults::default() });
        room.look(0);
        assert!(!lookout.wants_checkpoint(0, long_ago / 2));
        assert!(lookout.wants_checkpoint(0, long_ago));
        assert_eq!(lookout.next_look(), Some(LOOK));
    }

    fn disk_with(space_bytes: u64) -> Arc<MemoryDisk> {
        let disk = Arc::new(MemoryDisk::new());
        disk.set_faults(Faults { space_bytes: Some(space_bytes), ..Faults::default() });
        disk
    }

    #[test]
    fn files_stop_at_the_mark_and_small_ones_meet_it() {
        let disk = disk_with(4 * GIB);
        let watch = RoomWatch::open(disk.clone(), "/data".into());
        assert_eq!(watch.look(0), Room::Plenty);
        watch.admit_file(3 * GIB).unwrap();
        let error = watch.admit_file(4 * GIB - (128 << 20)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert_eq!(watch.room(), Room::Plenty, "others may still fit");
        watch.look(3 * GIB);
        watch.admit_file(GIB).unwrap_err();
        assert_eq!(watch.room(), Room::Plenty);
        disk.set_faults(Faults { space_bytes: Some(500 << 20), ..Faults::default() });
        watch.look(0);
        disk.set_faults(Faults { space_bytes: Some(129 << 20), ..Faults::default() });
        watch.admit_file(2 << 20).unwrap_err();
        assert_eq!((watch.room(), watch.look(0)), (Room::Low, Room::Low));

        disk.set_faults(Faults { space_bytes: Some(100 << 20), ..Faults::default() });
        assert_eq!(watch.look(0), Room::Low);
        assert_eq!(watch.admit(Burden::Data), Err(Room::Low));
        assert_eq!(watch.admit(Burden::Log), Ok(()));
        watch.admit_file(1).unwrap_err();
        disk.set_faults(Faults { space_bytes: Some(1 << 20), ..Faults::default() });
        assert_eq!(watch.look(0), Room::Full);
        assert_eq!(watch.admit(Burden::Log), Err(Room::Full));
        assert_eq!(watch.admit(Burden::Nothing), Ok(()));
        disk.set_faults(Faults::default());
        assert_eq!(watch.look(0), Room::Plenty);
        assert_eq!(watch.refused(), 6);
    }
}
