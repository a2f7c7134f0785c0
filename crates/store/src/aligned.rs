//! Memory that a direct write can start from.

use crate::disk::DIRECT_BYTES;

/// Bytes whose first one stands at a multiple of [`DIRECT_BYTES`]. Grows like a vector and keeps
/// what it has grown to, so that one buffer serves every write.
#[derive(Default)]
pub(crate) struct AlignedBuffer {
    /// As many unused bytes as the alignment takes, then the contents.
    memory: Vec<u8>,
    start: usize,
}

impl AlignedBuffer {
    /// So many zeros.
    pub(crate) fn zeroed(length: usize) -> AlignedBuffer {
        let mut buffer = AlignedBuffer::default();
        buffer.resize(length);
        buffer
    }

    pub(crate) fn len(&self) -> usize {
        self.memory.len() - self.start
    }

    pub(crate) fn clear(&mut self) {
        self.memory.truncate(self.start);
    }

    pub(crate) fn extend_from_slice(&mut self, bytes: &[u8]) {
        self.reserve(bytes.len());
        self.memory.extend_from_slice(bytes);
    }

    /// Cuts the contents, or adds zeros.
    pub(crate) fn resize(&mut self, length: usize) {
        self.reserve(length.saturating_sub(self.len()));
        self.memory.resize(self.start + length, 0);
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        self.memory.get(self.start..).expect("the start is inside")
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [u8] {
        self.memory.get_mut(self.start..).expect("the start is inside")
    }

    /// Makes room before the vector would: a vector that moves by itself forgets its alignment.
    fn reserve(&mut self, more: usize) {
        if self.memory.capacity() - self.memory.len() >= more {
            return;
        }
        let capacity = (self.len() + more).max(2 * self.len()).next_multiple_of(DIRECT_BYTES);
        let mut memory: Vec<u8> = Vec::with_capacity(capacity + DIRECT_BYTES);
        let start = memory.as_ptr().align_offset(DIRECT_BYTES);
        assert!(start < DIRECT_BYTES, "every address has an aligned one close behind it");
        memory.resize(start, 0);
        memory.extend_from_slice(self.as_slice());
        (self.memory, self.start) = (memory, start);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_stays_aligned_however_it_grows_and_keeps_its_bytes() {
        let (mut buffer, mut expected) = (AlignedBuffer::default(), Vec::new());
        for round in 0..3 {
            for step in 1..200u8 {
                let piece = vec![step; usize::from(step) * 37 + round];
                buffer.extend_from_slice(&piece);
                expected.extend_from_slice(&piece);
                assert!(buffer.as_slice().as_ptr().addr().is_multiple_of(DIRECT_BYTES));
            }
            assert_eq!(buffer.as_slice(), expected);
            let grown = buffer.memory.capacity();
            buffer.resize(expected.len() + 5);
            expected.resize(expected.len() + 5, 0);
            assert_eq!((buffer.as_slice(), buffer.len()), (expected.as_slice(), expected.len()));
            buffer.clear();
            expected.clear();
            assert!(buffer.memory.capacity() >= grown, "what it has grown to it keeps");
        }
    }

    #[test]
    fn cut_bytes_come_back_as_zeros() {
        let mut buffer = AlignedBuffer::zeroed(8);
        buffer.as_mut_slice().fill(7);
        buffer.resize(2);
        buffer.resize(4);
        assert_eq!(buffer.as_slice(), [7, 7, 0, 0]);
    }
}
