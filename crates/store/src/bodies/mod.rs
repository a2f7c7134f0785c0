//! The bodies of a partition: young ones in memory, the rest in segment files.
//!
//! ```text
//! young    since the last freeze            packed blocks, 12 bytes of index each
//! frozen   a checkpoint is copying them     the same, immutable; deletes are noted beside it
//! stored   in segment files                 some thirty bytes of index for 4,096
//! ```
//!
//! # Invariants
//!
//! - A body is in exactly one of the three. It moves young → frozen → stored, and is written to
//!   a segment at most once per rewrite; one that is deleted before a checkpoint never is.
//! - A segment's file is immutable; which of its slots are dead, or never had a body, is in
//!   memory, and in the manifest as of the checkpoint. Deletes after that come back by replay.
//! - A segment is unlinked after the manifest that forgets it is durable.
//! - Forgetting a queue's bodies below a sequence costs what it has of chunks and runs, not of
//!   bodies: purging ten million messages must not hold up everybody else.

mod segment;
mod slots;
pub(crate) mod write;
mod young;

pub(crate) use segment::{Segment, segment_name};
pub(crate) use slots::DeadSlots;
pub(crate) use young::Young;

use bytes::Bytes;
use segment::StoredBody;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::AddAssign;
use std::sync::Arc;
use tidemill_kernel::{Bodies, Body, BodyRef};
use write::WrittenBodies;
use young::CHUNK;

/// A run of a segment as the index holds it, keyed by (queue, first sequence, segment).
struct Part {
    slot: u32,
    count: u32,
    live: u32,
}

struct Stored {
    segment: Arc<Segment>,
    dead: Arc<DeadSlots>,
    live: u32,
}

/// A segment as it was when a checkpoint began.
#[derive(Clone)]
pub(crate) struct SegmentImage {
    pub(crate) segment: Arc<Segment>,
    pub(crate) dead: Arc<DeadSlots>,
    pub(crate) live: u32,
}

/// What forgetting came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Forgotten {
    bodies: u64,
    /// Entries of indexes that were looked at: what it cost.
    steps: u64,
}

impl AddAssign for Forgotten {
    fn add_assign(&mut self, more: Forgotten) {
        self.bodies += more.bodies;
        self.steps += more.steps;
    }
}

/// Frozen bodies that were deleted since.
#[derive(Default)]
struct Gone {
    /// None of them below its queue's mark.
    single: BTreeSet<BodyRef>,
    /// Per queue: everything below is gone.
    below: BTreeMap<u64, u64>,
}

impl Gone {
    fn below(&self, queue: u64) -> u64 {
        self.below.get(&queue).copied().unwrap_or_default()
    }

    fn contains(&self, at: BodyRef) -> bool {
        at.sequence < self.below(at.queue) || self.single.contains(&at)
    }
}

fn count_u64(count: usize) -> u64 {
    u64::try_from(count).expect("a usize fits in 64 bits")
}

/// What a checkpoint needs of the bodies.
#[derive(Clone)]
pub(crate) struct FrozenBodies {
    pub(crate) young: Arc<Young>,
    /// Those without a live body are only to be forgotten.
    pub(crate) segments: Vec<SegmentImage>,
    pub(crate) next_segment: u32,
}

/// See the module's head.
pub struct PartitionBodies {
    young: Young,
    frozen: Option<Arc<Young>>,
    gone: Gone,
    parts: BTreeMap<(u64, u64, u32), Part>,
    segments: BTreeMap<u32, Stored>,
    next_segment: u32,
    live: u64,
    is_dirty: bool,
}

impl PartitionBodies {
    pub(crate) fn new(
        segments: Vec<(Arc<Segment>, DeadSlots)>,
        next_segment: u32,
    ) -> PartitionBodies {
        let mut bodies = PartitionBodies {
            young: Young::default(),
            frozen: None,
            gone: Gone::default(),
            parts: BTreeMap::new(),
            segments: BTreeMap::new(),
            next_segment,
            live: 0,
            is_dirty: false,
        };
        for (segment, dead) in segments {
            bodies.add_segment(segment, dead);
        }
        bodies.live = bodies.segments.values().map(|stored| u64::from(stored.live)).sum();
        bodies
    }

    fn add_segment(&mut self, segment: Arc<Segment>, dead: DeadSlots) {
        let mut live_in_all = 0;
        for run in &segment.runs {
            let live = run.count - dead.count_in(run.slot_range());
            live_in_all += live;
            if live > 0 {
                let key = (run.queue, run.first, segment.number);
                self.parts.insert(key, Part { slot: run.slot, count: run.count, live });
            }
        }
        let number = segment.number;
        self.segments.insert(number, Stored { segment, dead: Arc::new(dead), live: live_in_all });
    }

    /// Bytes of memory that bodies take which no checkpoint has been asked to write yet.
    #[must_use]
    pub fn young_bytes(&self) -> u64 {
        self.young.bytes()
    }

    pub(crate) fn is_dirty(&self) -> bool {
        self.is_dirty
    }

    /// How many bodies there are, wherever they lie.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.live
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// Makes the young bodies the frozen ones, and says what a checkpoint has to write.
    pub(crate) fn freeze(&mut self) -> FrozenBodies {
        assert!(self.frozen.is_none(), "one checkpoint of a partition at a time");
        let young = Arc::new(std::mem::take(&mut self.young));
        self.frozen = Some(Arc::clone(&young));
        self.is_dirty = false;
        let image = |stored: &Stored| SegmentImage {
            segment: Arc::clone(&stored.segment),
            dead: Arc::clone(&stored.dead),
            live: stored.live,
        };
        let segments = self.segments.values().map(image).collect();
        FrozenBodies { young, segments, next_segment: self.next_segment }
    }

    /// The checkpoint is durable: its segments answer for the frozen bodies, except those that
    /// were deleted meanwhile.
    pub(crate) fn install(&mut self, written: WrittenBodies) {
        self.frozen = None;
        let gone = std::mem::take(&mut self.gone);
        let mut deaths: Vec<BodyRef> = Vec::new();
        for image in &written.forgotten {
            let Some(stored) = self.segments.remove(&image.segment.number) else { continue };
            for run in &image.segment.runs {
                self.parts.remove(&(run.queue, run.first, image.segment.number));
                // What was dead already was not copied, and what went with its queue goes below.
                let was_copied = image.live > 0;
                if !was_copied || run.first + u64::from(run.count) <= gone.below(run.queue) {
                    continue;
                }
                let died = |(_, slot): &(BodyRef, u32)| {
                    stored.dead.contains(*slot) && !image.dead.contains(*slot)
                };
                deaths.extend(run.slots().filter(died).map(|(at, _)| at));
            }
        }
        self.next_segment = written.next_segment;
        for segment in written.segments {
            self.add_segment(segment.0, segment.1);
        }
        for (queue, below) in gone.below {
            self.forget_stored(queue, below);
        }
        for at in deaths.into_iter().chain(gone.single) {
            if let Some((key, slot)) = self.find(at) {
                self.kill(key, slot);
            }
        }
    }

    /// The part and the slot of a live stored body.
    fn find(&self, at: BodyRef) -> Option<((u64, u64, u32), u32)> {
        let chunk = at.sequence - at.sequence % CHUNK;
        self.parts.range((at.queue, chunk, 0)..=(at.queue, at.sequence, u32::MAX)).rev().find_map(
            |(key, part)| {
                let index = u32::try_from(at.sequence - key.1).ok()?;
                let slot = part.slot + index;
                let stored = self.segments.get(&key.2)?;
                let is_here = index < part.count && !stored.dead.contains(slot);
                is_here.then_some((*key, slot))
            },
        )
    }

    fn kill(&mut self, key: (u64, u64, u32), slot: u32) {
        let stored = self.segments.get_mut(&key.2).expect("a part names a segment");
        Arc::make_mut(&mut stored.dead).insert(slot);
        stored.live -= 1;
        let part = self.parts.get_mut(&key).expect("just found");
        part.live -= 1;
        if part.live == 0 {
            self.parts.remove(&key);
        }
    }

    /// Forgets a queue's bodies below `below`, wherever they lie.
    fn forget_below(&mut self, queue: u64, below: u64) -> Forgotten {
        let mut forgotten = self.young.remove_below(queue, below);
        forgotten += self.forget_frozen(queue, below);
        forgotten += self.forget_stored(queue, below);
        self.is_dirty |= forgotten.bodies > 0;
        self.live -= forgotten.bodies;
        forgotten
    }

    /// Moves the queue's mark: a checkpoint is reading the bodies themselves.
    fn forget_frozen(&mut self, queue: u64, below: u64) -> Forgotten {
        let from = self.gone.below(queue);
        let Some(frozen) = self.frozen.as_ref().filter(|_| from < below) else {
            return Forgotten::default();
        };
        let mut forgotten = frozen.count_between(queue, from, below);
        let at = |sequence| BodyRef { queue, sequence };
        let counted: Vec<BodyRef> = self.gone.single.range(at(from)..at(below)).copied().collect();
        forgotten.bodies -= count_u64(counted.len());
        forgotten.steps += count_u64(counted.len());
        for at in counted {
            self.gone.single.remove(&at);
        }
        self.gone.below.insert(queue, below);
        forgotten
    }

    fn forget_stored(&mut self, queue: u64, below: u64) -> Forgotten {
        let mut forgotten = Forgotten::default();
        let range = (queue, 0, 0)..(queue, below, 0);
        let doomed: Vec<_> = self.parts.range(range).map(|(key, _)| *key).collect();
        for key in doomed {
            let part = self.parts.get_mut(&key).expect("just listed");
            let stored = self.segments.get_mut(&key.2).expect("a part names a segment");
            let dead = Arc::make_mut(&mut stored.dead);
            let doomed = u32::try_from(below - key.1).unwrap_or(u32::MAX).min(part.count);
            let slots = part.slot..part.slot + doomed;
            let died = if doomed == part.count {
                forgotten.steps += 1;
                part.live
            } else {
                forgotten.steps += u64::from(doomed.div_ceil(64));
                doomed - dead.count_in(slots.clone())
            };
            dead.insert_range(slots);
            stored.live -= died;
            part.live -= died;
            forgotten.bodies += u64::from(died);
            if part.live == 0 {
                self.parts.remove(&key);
            }
        }
        forgotten
    }

    fn is_frozen(&self, at: BodyRef) -> bool {
        self.frozen.as_ref().is_some_and(|frozen| frozen.contains(at)) && !self.gone.contains(at)
    }
}

impl Bodies for PartitionBodies {
    fn put(&mut self, at: BodyRef, bytes: Bytes) {
        self.is_dirty = true;
        self.live += 1;
        self.young.put(at, &bytes);
    }

    fn get(&self, at: BodyRef) -> Body {
        if let Some(bytes) = self.young.get(at) {
            return Body::Memory(Bytes::copy_from_slice(bytes));
        }
        if self.is_frozen(at)
            && let Some(bytes) = self.frozen.as_ref().and_then(|frozen| frozen.get(at))
        {
            return Body::Memory(Bytes::copy_from_slice(bytes));
        }
        let stored = self.find(at).and_then(|(key, slot)| {
            let segment = Arc::clone(&self.segments.get(&key.2)?.segment);
            Some(Body::Stored(Arc::new(StoredBody { segment, at, slot })))
        });
        stored.unwrap_or_else(|| panic!("body {at:?} is gone"))
    }

    fn delete(&mut self, at: BodyRef) {
        self.is_dirty = true;
        self.live -= 1;
        if self.young.remove(at) {
            return;
        }
        if self.is_frozen(at) {
            self.gone.single.insert(at);
            return;
        }
        match self.find(at) {
            Some((key, slot)) => self.kill(key, slot),
            None => panic!("a body is deleted once: {at:?}"),
        }
    }

    fn delete_below(&mut self, queue: u64, below: u64) {
        self.forget_below(queue, below);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::Disk as _;
    use crate::memory_disk::MemoryDisk;
    use std::path::Path;

    const BODIES: u64 = 20 * CHUNK;

    fn bodies() -> PartitionBodies {
        let mut bodies = PartitionBodies::new(Vec::new(), 1);
        // Two queues that share blocks and segments: what is forgotten lies among what is not.
        for sequence in 0..BODIES {
            for queue in 1..=2 {
                bodies.put(BodyRef { queue, sequence }, Bytes::from_static(b"0123456789"));
            }
        }
        bodies
    }

    fn write(frozen: &FrozenBodies) -> WrittenBodies {
        let disk = MemoryDisk::new();
        disk.create_dir_all(Path::new("/p")).unwrap();
        write::write(&disk, Path::new("/p"), 256 << 10, frozen).unwrap()
    }

    fn check(bodies: &PartitionBodies, below: u64) {
        assert_eq!(bodies.len(), 2 * BODIES - below);
        let is_there = |queue, sequence| {
            let at = BodyRef { queue, sequence };
            bodies.young.contains(at) || bodies.is_frozen(at) || bodies.find(at).is_some()
        };
        for sequence in [0, below / 2, below - 1] {
            assert!(!is_there(1, sequence) && is_there(2, sequence), "{sequence} of {below}");
        }
        assert!(is_there(1, below));
    }

    #[test]
    fn forgetting_a_queue_costs_its_chunks_and_not_its_bodies_wherever_they_lie() {
        // Not at the border of a chunk, so that one of them is looked through.
        let below = BODIES - CHUNK / 2;
        let cost_max = 2 * CHUNK;
        let forget = |bodies: &mut PartitionBodies| {
            let forgotten = bodies.forget_below(1, below);
            assert_eq!(forgotten.bodies, below);
            assert!(forgotten.steps < cost_max, "{} steps", forgotten.steps);
            let again = bodies.forget_below(1, below);
            assert!(again.bodies == 0 && again.steps < cost_max, "{again:?}");
            check(bodies, below);
        };
        // A queue that is deleted goes altogether.
        let forget_all = |bodies: &mut PartitionBodies| {
            assert_eq!(bodies.forget_below(2, u64::MAX).bodies, BODIES);
            assert_eq!(bodies.forget_below(1, u64::MAX).bodies, CHUNK / 2);
            assert!(bodies.is_empty());
        };

        let mut young = bodies();
        forget(&mut young);
        forget_all(&mut young);

        let mut frozen = bodies();
        let image = frozen.freeze();
        forget(&mut frozen);
        frozen.install(write(&image));
        check(&frozen, below);
        forget_all(&mut frozen);

        let mut stored = bodies();
        let image = stored.freeze();
        stored.install(write(&image));
        forget(&mut stored);
        forget_all(&mut stored);

        // While a checkpoint copies what is left of small segments.
        let mut rewritten = bodies();
        let image = rewritten.freeze();
        rewritten.install(write(&image));
        for sequence in (0..BODIES).filter(|sequence| sequence % 8 != 0 && *sequence != below) {
            rewritten.delete(BodyRef { queue: 2, sequence });
            rewritten.delete(BodyRef { queue: 1, sequence });
        }
        let image = rewritten.freeze();
        let live = rewritten.len();
        let forgotten = rewritten.forget_below(1, below);
        assert!(forgotten.steps < cost_max && forgotten.bodies == below / 8, "{forgotten:?}");
        let written = write(&image);
        assert!(written.forgotten.iter().any(|image| image.live > 0), "some were copied");
        rewritten.install(written);
        assert_eq!(rewritten.len(), live - forgotten.bodies);
        assert!(rewritten.find(BodyRef { queue: 1, sequence: 8 }).is_none());
        assert!(rewritten.find(BodyRef { queue: 2, sequence: 8 }).is_some());
        let live: u32 = rewritten.segments.values().map(|stored| stored.live).sum();
        assert_eq!(u64::from(live), rewritten.len());
    }
}
