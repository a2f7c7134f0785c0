//! Weather: what happens to a machine from outside. Somebody sets its clock, others fill its disk.

use crate::Bug;
use crate::ledger::{Certainty, Invariant};
use crate::world::{Asked, DIRECTORY, World};
use std::path::Path;
use tidemill_kernel::{Millis, Timestamp};
use tidemill_node::clock::Stamp;
use tidemill_node::room::{Marks, Room};
use tidemill_store::disk::Disk as _;
use tidemill_store::{DirectWrites, Faults, MemoryDisk};

/// How far the wall clock is set.
const HOUR: Millis = Millis(3_600_000);
/// What a clock may be off by before it counts as set.
const DRIFT: u64 = 2_000;
/// What is under way on a disk of this size, as [`tidemill_node::room`] has it of a real one.
const UNDER_WAY_BYTES: u64 = 32 << 10;

/// The clock of one life: see [`tidemill_node::clock`].
pub(crate) struct NodeClock {
    stamp: Stamp,
    started: Millis,
}

impl NodeClock {
    pub(crate) fn start(wall: Timestamp, floor: Timestamp, passed: Millis) -> NodeClock {
        NodeClock { stamp: Stamp::first(wall, floor), started: passed }
    }
}

impl World {
    /// Draws what the disk will do to the next life of the machine.
    pub(crate) fn plan_faults(&mut self) {
        let counts = self.disk.counts();
        let mut faults = self.planted_faults();
        match self.random.below(5) {
            0 => faults.crash_at_operation = Some(counts.operations + 20 + self.random.below(600)),
            1 => faults.fail_sync = Some(counts.syncs + 3 + self.random.below(60)),
            2 => faults.space_bytes = Some(counts.grown_bytes + 4096 * self.random.below(512)),
            3 => faults.short_write = Some(counts.operations + 20 + self.random.below(300)),
            _ => {}
        }
        // Not a fault: now and then a life is lived on another file system than the one before.
        if self.crashes == 0 || self.random.below(10) == 0 {
            self.direct = match self.random.below(6) {
                0 => DirectWrites::Slow,
                1 => DirectWrites::RefusedAtOpen,
                2 => DirectWrites::RefusedAtWrite,
                _ => DirectWrites::Fast,
            };
        }
        faults.direct = self.direct;
        if let Some(deaths) = &self.deaths {
            let life = usize::try_from(self.crashes).unwrap_or(usize::MAX);
            let crash_at_operation = deaths.get(life).copied();
            faults = Faults { direct: self.direct, crash_at_operation, ..Faults::default() };
        }
        self.faults = if self.is_calm { self.planted_faults() } else { faults };
        self.disk.set_faults(self.faults);
    }

    /// Faults that are planted bugs of the disk.
    fn planted_faults(&self) -> Faults {
        Faults {
            skip_syncs: self.bug == Some(Bug::SyncSkipped) && !self.is_calm,
            keep_removed: self.bug == Some(Bug::FileKept),
            ..Faults::default()
        }
    }

    /// A start may fail on a disk that fails; on one that only crashed before it must not.
    pub(crate) fn refused_to_start(&mut self, why: &str) {
        let is_honest = self.faults.fail_sync.is_none()
            && self.faults.space_bytes.is_none()
            && self.faults.short_write.is_none()
            && !self.disk.is_off();
        if is_honest {
            let what = format!("refused to start on an honest disk: {why}");
            self.ledger.report(Invariant::I1AcknowledgedIsKept, what);
            // Nothing more can be learnt from this seed.
            self.disk = MemoryDisk::new();
        }
        self.crash();
    }

    /// Somebody sets the wall clock an hour ahead or back.
    pub(crate) fn set_clock(&mut self) {
        let wall = self.wall;
        self.wall = if self.random.one_in(2) { wall.plus(HOUR) } else { wall.minus(HOUR) };
        self.read_clock(Millis(0));
    }

    /// What the node's clock shows after `step`: it may be slow or fast, and is never set.
    pub(crate) fn read_clock(&mut self, step: Millis) {
        let (passed, wall, before) = (self.passed, self.wall, self.now);
        match &mut self.machine {
            None => return,
            Some(_) if self.bug == Some(Bug::ClockSet) => self.now = wall.max(before),
            Some(machine) => {
                let elapsed = Millis(passed.0 - machine.clock.started.0);
                self.now = machine.clock.stamp.next(elapsed, wall);
            }
        }
        let shown = self.now.since(before).0;
        let (least, most) = (step.0 - step.0 / 8, step.0 + step.0 / 8 + DRIFT);
        if shown + DRIFT < least || shown > most {
            let what = format!("{} ms passed, and the node's clock shows {shown}", step.0);
            self.ledger.report(Invariant::I11TimersFireInTime, what);
        }
    }

    /// Looks how full the disk is, as the node does, and sometimes others make room.
    pub(crate) fn watch_room(&mut self) {
        if self.faults.space_bytes.is_some() && self.random.one_in(150) {
            self.faults.space_bytes = None;
            self.disk.set_faults(self.faults);
        }
        let Some(machine) = &mut self.machine else { return };
        let Ok(space) = self.disk.space(Path::new(DIRECTORY)) else { return };
        let marks = Marks::of(space.total_bytes, UNDER_WAY_BYTES);
        let owed = machine.core.bytes_since_checkpoint();
        let room = self.room.next(space.free_bytes, owed, marks);
        let has_changed = std::mem::replace(&mut self.room, room) != room;
        if has_changed && machine.wal.set_lean(room < Room::Plenty).is_err() {
            self.crash();
        }
    }

    /// The node had no room for this.
    pub(crate) fn refuse(&mut self, asked: Asked) {
        self.refused += 1;
        match asked {
            Asked::Send { ids, .. } => {
                for id in ids {
                    self.ledger.send_ended(&id, Certainty::Refused);
                }
            }
            Asked::Put { key } => self.ledger.put_ended(&key, Certainty::Refused),
            Asked::Shelve { key, number } => self.shelf.ended(&key, number, Certainty::Refused),
            Asked::Invoke { id } => self.roster.accept_ended(id, Certainty::Refused),
            Asked::UploadPart { id, content } => self.part_ended(id, content, Certainty::Refused),
            Asked::Delete { .. } | Asked::Purge { .. } | Asked::Told { .. } => {
                unreachable!("what makes room or ends something is never refused")
            }
            Asked::Topic(asked) => self.topic_refused(asked),
            Asked::Move(asked) => self.move_refused(&asked),
            Asked::ChangeVisibility { .. }
            | Asked::Receive { .. }
            | Asked::Create(_)
            | Asked::Attributes
            | Asked::Count { .. }
            | Asked::MakeBucket
            | Asked::Announce
            | Asked::BeginUpload { .. }
            | Asked::MakeFunction
            | Asked::Anything(_) => {}
        }
    }
}
