//! The bodies of a partition: young ones in memory, the rest in segment files.
//!
//! ```text
//! young    since the last freeze            packed blocks, 12 bytes of index each
//! frozen   a checkpoint is copying them     the same, immutable; deletes are noted beside it
//! stored   in segment files                 4 bytes of index each
//! ```
//!
//! # Invariants
//!
//! - A body is in exactly one of the three. It moves young → frozen → stored, and is written to
//!   a segment at most once per rewrite; one that is deleted before a checkpoint never is.
//! - A segment's file is immutable; which of its slots are dead is in memory, and in the
//!   manifest as of the checkpoint. Deletes after that come back by replay.
//! - A segment is unlinked after the manifest that forgets it is durable.

mod segment;
mod slots;
pub(crate) mod write;
mod young;

pub(crate) use segment::{Segment, segment_name};
pub(crate) use slots::DeadSlots;
pub(crate) use young::Young;

use bytes::Bytes;
use segment::{Run, StoredBody};
use std::collections::{BTreeMap, BTreeSet};
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
    /// Frozen bodies that were deleted since.
    gone: BTreeSet<BodyRef>,
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
            gone: BTreeSet::new(),
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
            let is_live =
                |(_, slot): &(BodyRef, u32)| segment.has_body(*slot) && !dead.contains(*slot);
            let live = u32::try_from(run.slots().filter(is_live).count()).expect("fits its count");
            live_in_all += live;
            if live > 0 {
                let key = (run.queue, run.first, segment.number);
                self.parts.insert(key, Part { slot: run.slot, count: run.count, live });
            }
        }
        let number = segment.number;
        self.segments.insert(number, Stored { segment, dead: Arc::new(dead), live: live_in_all });
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
        let mut deaths: Vec<BodyRef> = Vec::new();
        for image in &written.forgotten {
            let Some(stored) = self.segments.remove(&image.segment.number) else { continue };
            for run in &image.segment.runs {
                self.parts.remove(&(run.queue, run.first, image.segment.number));
                let died = |(_, slot): &(BodyRef, u32)| {
                    stored.dead.contains(*slot) && !image.dead.contains(*slot)
                };
                deaths.extend(run.slots().filter(died).map(|(at, _)| at));
            }
        }
        self.next_segment = written.next_segment;
        for segment in written.segments {
            self.add_segment(segment, DeadSlots::default());
        }
        let gone = std::mem::take(&mut self.gone);
        for at in deaths.into_iter().chain(gone) {
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
                let is_here = index < part.count
                    && stored.segment.has_body(slot)
                    && !stored.dead.contains(slot);
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

    /// The live stored bodies of a queue with sequences below `below`.
    fn stored_below(&self, queue: u64, below: u64) -> Vec<BodyRef> {
        let mut bodies = Vec::new();
        for (key, part) in self.parts.range((queue, 0, 0)..(queue, below, 0)) {
            let Some(stored) = self.segments.get(&key.2) else { continue };
            let run = Run { queue, first: key.1, count: part.count, slot: part.slot };
            let is_live = |(at, slot): &(BodyRef, u32)| {
                at.sequence < below
                    && stored.segment.has_body(*slot)
                    && !stored.dead.contains(*slot)
            };
            bodies.extend(run.slots().filter(is_live).map(|(at, _)| at));
        }
        bodies
    }

    fn is_frozen(&self, at: BodyRef) -> bool {
        self.frozen.as_ref().is_some_and(|frozen| frozen.contains(at)) && !self.gone.contains(&at)
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
            self.gone.insert(at);
            return;
        }
        match self.find(at) {
            Some((key, slot)) => self.kill(key, slot),
            None => panic!("a body is deleted once: {at:?}"),
        }
    }

    fn delete_below(&mut self, queue: u64, below: u64) {
        let mut doomed = self.young.below(queue, below);
        if let Some(frozen) = &self.frozen {
            let frozen = frozen.below(queue, below);
            doomed.extend(frozen.into_iter().filter(|at| !self.gone.contains(at)));
        }
        doomed.extend(self.stored_below(queue, below));
        for at in doomed {
            self.delete(at);
        }
    }
}
