//! The checkpoint's part: copying bodies that are still alive into segment files.
//!
//! Young bodies go to new segments in queue order. Segments that are small or mostly dead are
//! rewritten with them once there are several, so that neither a trickle of long-lived messages
//! nor a few stragglers keep many files.

use super::segment::{SegmentWriter, segment_name};
use super::{DeadSlots, FrozenBodies, Segment, SegmentImage};
use crate::disk::Disk;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tidemill_kernel::BodyRef;

/// So many segments that could be one are made one.
const REWRITE_COUNT: usize = 8;
/// A segment with less than this share of the full size alive is worth rewriting.
const REWRITE_SHARE: u64 = 4;

/// What a checkpoint made of the bodies.
pub(crate) struct WrittenBodies {
    /// Each with its holes.
    pub(crate) segments: Vec<(Arc<Segment>, DeadSlots)>,
    /// Segments that the new manifest does not name: rewritten or without a live body.
    pub(crate) forgotten: Vec<SegmentImage>,
    /// Segments that the new manifest goes on naming.
    pub(crate) kept: Vec<SegmentImage>,
    pub(crate) next_segment: u32,
}

pub(crate) fn write(
    disk: &dyn Disk,
    directory: &Path,
    segment_bytes: u64,
    frozen: &FrozenBodies,
) -> io::Result<WrittenBodies> {
    let is_small = |image: &SegmentImage| image.live_bytes() * REWRITE_SHARE < segment_bytes;
    let small = frozen.segments.iter().filter(|image| image.live > 0 && is_small(image)).count();
    let (forgotten, kept): (Vec<SegmentImage>, Vec<SegmentImage>) = frozen
        .segments
        .iter()
        .cloned()
        .partition(|image| image.live == 0 || small >= REWRITE_COUNT && is_small(image));
    let mut old: Vec<(BodyRef, u32, &Segment)> = forgotten
        .iter()
        .filter(|image| image.live > 0)
        .flat_map(|image| image.live_slots().map(|(at, slot)| (at, slot, image.segment.as_ref())))
        .collect();
    old.sort_unstable_by_key(|(at, _, _)| *at);

    let mut output = Output {
        disk,
        directory,
        segment_bytes,
        open: None,
        segments: Vec::new(),
        next: frozen.next_segment,
    };
    let mut old = old.into_iter().peekable();
    for (at, bytes) in frozen.young.iter() {
        while let Some((older, slot, segment)) = old.next_if(|(older, _, _)| *older < at) {
            output.push(older, &segment.read(older, slot)?)?;
        }
        output.push(at, bytes)?;
    }
    for (at, slot, segment) in old {
        output.push(at, &segment.read(at, slot)?)?;
    }
    output.close()?;
    let Output { segments, next: next_segment, .. } = output;
    Ok(WrittenBodies { segments, forgotten, kept, next_segment })
}

impl SegmentImage {
    fn live_slots(&self) -> impl Iterator<Item = (BodyRef, u32)> {
        self.segment
            .runs
            .iter()
            .flat_map(|run| run.slots())
            .filter(|(_, slot)| !self.dead.contains(*slot))
    }

    /// An estimate, because it is asked of every segment at every checkpoint.
    fn live_bytes(&self) -> u64 {
        let slots = u64::from(self.segment.slot_count()).max(1);
        self.segment.bytes.saturating_mul(u64::from(self.live)) / slots
    }
}

struct Output<'a> {
    disk: &'a dyn Disk,
    directory: &'a Path,
    segment_bytes: u64,
    open: Option<(SegmentWriter, PathBuf)>,
    segments: Vec<(Arc<Segment>, DeadSlots)>,
    next: u32,
}

impl Output<'_> {
    fn push(&mut self, at: BodyRef, bytes: &[u8]) -> io::Result<()> {
        let (mut writer, path) = match self.open.take() {
            Some(open) => open,
            None => {
                let path = self.directory.join(segment_name(self.next));
                (SegmentWriter::create(self.disk, &path)?, path)
            }
        };
        writer.push(at, bytes)?;
        let is_full = writer.len() >= self.segment_bytes;
        self.open = Some((writer, path));
        if is_full { self.close() } else { Ok(()) }
    }

    fn close(&mut self) -> io::Result<()> {
        if let Some((writer, path)) = self.open.take() {
            let (segment, holes) = writer.finish(self.next, path)?;
            self.segments.push((Arc::new(segment), holes));
            self.next += 1;
        }
        Ok(())
    }
}
