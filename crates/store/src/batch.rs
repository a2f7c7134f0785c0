//! Batches: what a partition hands to the log, and what a replay hands back.
//!
//! A batch is a run of entries of one partition with one time stamp, dense from its first
//! position. Its payload is a sequence of frames: a little-endian `u32` length, then the entry.

use bytes::{Bytes, BytesMut};
use std::collections::VecDeque;
use tidemill_kernel::{PartitionId, Position, Timestamp};

const FRAME_HEADER_BYTES: usize = 4;

/// A sealed run of entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    pub partition: PartitionId,
    /// Where its first entry stands; the others follow densely.
    pub first: Position,
    pub now: Timestamp,
    pub count: u32,
    pub payload: Bytes,
}

impl Batch {
    /// The entries in log order.
    pub fn entries(&self) -> impl Iterator<Item = &[u8]> {
        Frames(&self.payload)
    }

    /// The position of its last entry.
    #[must_use]
    pub fn last(&self) -> Position {
        Position((self.first.0 + u64::from(self.count)).saturating_sub(1))
    }

    /// Whether the payload holds exactly `count` whole frames.
    pub(crate) fn is_whole(&self) -> bool {
        let mut frames = Frames(&self.payload);
        let count = frames.by_ref().count();
        frames.0.is_empty() && u32::try_from(count) == Ok(self.count) && count > 0
    }

    /// What is left after the entries up to and including `applied`; `None` when that is nothing.
    pub(crate) fn after(mut self, applied: Position) -> Option<Batch> {
        if self.last() <= applied {
            return None;
        }
        let mut known = (applied.0 + 1).saturating_sub(self.first.0);
        while known > 0 {
            let frame = Frames(&self.payload).next()?.len() + FRAME_HEADER_BYTES;
            self.payload = self.payload.slice(frame..);
            self.first = self.first.next();
            self.count -= 1;
            known -= 1;
        }
        Some(self)
    }
}

struct Frames<'a>(&'a [u8]);

impl<'a> Iterator for Frames<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (length, rest) = self.0.split_first_chunk::<FRAME_HEADER_BYTES>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let (entry, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(entry)
    }
}

/// Collects entries until they are sealed. The node pushes an entry, applies it, and takes it
/// back when it changed nothing.
#[derive(Debug, Default)]
pub struct BatchBuilder {
    payload: BytesMut,
    count: u32,
}

/// A place in a [`BatchBuilder`] to return to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    bytes: usize,
    count: u32,
}

impl BatchBuilder {
    #[must_use]
    pub fn new() -> BatchBuilder {
        BatchBuilder::default()
    }

    /// An empty builder that writes into `buffer`.
    #[must_use]
    pub fn writing_to(mut buffer: BytesMut) -> BatchBuilder {
        buffer.clear();
        BatchBuilder { payload: buffer, count: 0 }
    }

    pub fn push(&mut self, entry: &[u8]) {
        let length = u32::try_from(entry.len()).expect("an entry is bounded far below 4 GiB");
        self.payload.extend_from_slice(&length.to_le_bytes());
        self.payload.extend_from_slice(entry);
        self.count += 1;
    }

    /// Where the builder stands, for [`BatchBuilder::truncate`].
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark { bytes: self.payload.len(), count: self.count }
    }

    /// Takes back everything pushed since `mark`.
    pub fn truncate(&mut self, mark: Mark) {
        self.payload.truncate(mark.bytes);
        self.count = mark.count;
    }

    /// Bytes so far, frames included.
    #[must_use]
    pub fn len_bytes(&self) -> usize {
        self.payload.len()
    }

    /// Entries so far.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.count
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The batch; the builder is empty again. `first` is the position of its first entry.
    #[must_use]
    pub fn seal(&mut self, partition: PartitionId, first: Position, now: Timestamp) -> Batch {
        let payload = std::mem::take(&mut self.payload).freeze();
        let count = std::mem::take(&mut self.count);
        Batch { partition, first, now, count, payload }
    }
}

/// Buffers of batches that the log is done with, to be written to again.
///
/// A buffer allocated for each batch and freed on another thread comes back as fresh pages: under
/// load the kernel spent a twenty-fifth of the server's time on zeroing them.
///
/// What is kept is bounded: a large buffer is let go, also when a short batch was in it last.
#[derive(Debug, Default)]
pub struct Buffers {
    /// Oldest first: those are the likeliest to be done with.
    lent: VecDeque<Bytes>,
}

impl Buffers {
    /// A round has a batch for each partition and millisecond that it lasts.
    const COUNT_MAX: usize = 16;
    const BYTES_MAX: usize = 512 << 10;

    /// Remembers a sealed batch's buffer until its other owners have dropped it.
    pub fn lend(&mut self, payload: &Bytes) {
        if payload.len() > Self::BYTES_MAX {
            return;
        }
        if self.lent.len() == Self::COUNT_MAX {
            self.lent.pop_front();
        }
        self.lent.push_back(payload.clone());
    }

    /// The oldest buffer if nobody else has it any more, else a new one.
    #[must_use]
    pub fn take(&mut self) -> BytesMut {
        match self.lent.pop_front().map(Bytes::try_into_mut) {
            Some(Ok(buffer)) if buffer.capacity() <= Self::BYTES_MAX => buffer,
            Some(Err(in_use)) => {
                self.lent.push_front(in_use);
                BytesMut::new()
            }
            Some(Ok(_)) | None => BytesMut::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_written_to_again_once_nobody_else_has_it() {
        let mut buffers = Buffers::default();
        let mut builder = BatchBuilder::writing_to(buffers.take());
        builder.push(&[7; 1000]);
        let sealed = builder.seal(PartitionId(3), Position(7), Timestamp(1));
        let place = sealed.payload.as_ptr();
        buffers.lend(&sealed.payload);
        assert_eq!(buffers.take().capacity(), 0, "the batch still has it");
        drop(sealed);
        let buffer = buffers.take();
        assert_eq!((buffer.as_ptr(), buffers.lent.len()), (place, 0));
        let mut builder = BatchBuilder::writing_to(buffer);
        builder.push(b"one");
        assert_eq!(builder.seal(PartitionId(3), Position(7), Timestamp(1)), batch(&[b"one"]));
    }

    #[test]
    fn what_is_remembered_of_buffers_is_bounded() {
        let mut buffers = Buffers::default();
        for _ in 0..100 {
            buffers.lend(&Bytes::from(vec![0; 10]));
        }
        assert_eq!(buffers.lent.len(), Buffers::COUNT_MAX);
        let mut buffers = Buffers::default();
        buffers.lend(&Bytes::from(vec![0; Buffers::BYTES_MAX + 1]));
        assert_eq!(buffers.lent.len(), 0);
        let mut large = BytesMut::with_capacity(Buffers::BYTES_MAX + 1);
        large.extend_from_slice(b"short");
        buffers.lend(&large.freeze());
        assert_eq!((buffers.take().capacity(), buffers.lent.len()), (0, 0));
    }

    fn batch(entries: &[&[u8]]) -> Batch {
        let mut builder = BatchBuilder::new();
        for entry in entries {
            builder.push(entry);
        }
        builder.seal(PartitionId(3), Position(7), Timestamp(1))
    }

    #[test]
    fn a_builder_takes_back_what_changed_nothing() {
        let mut builder = BatchBuilder::new();
        builder.push(b"one");
        let mark = builder.mark();
        builder.push(b"two");
        builder.truncate(mark);
        builder.push(b"");
        let sealed = builder.seal(PartitionId(3), Position(7), Timestamp(1));
        assert_eq!(sealed, batch(&[b"one", b""]));
        assert!(sealed.is_whole() && builder.is_empty());
    }

    #[test]
    fn a_replay_starts_inside_a_batch_when_the_checkpoint_does() {
        let left = |applied| {
            let left = batch(&[b"a", b"b", b"c"]).after(Position(applied))?;
            Some((left.first.0, left.entries().map(<[u8]>::to_vec).collect::<Vec<_>>().concat()))
        };
        assert_eq!(left(6), Some((7, b"abc".to_vec())));
        assert_eq!(left(8), Some((9, b"c".to_vec())));
        assert_eq!(left(9), None);
    }

    #[test]
    fn a_payload_that_is_cut_is_not_whole() {
        let whole = batch(&[b"abc", b"de"]);
        for cut in 0..whole.payload.len() {
            let cut = Batch { payload: whole.payload.slice(..cut), ..whole.clone() };
            assert!(!cut.is_whole());
        }
    }
}
