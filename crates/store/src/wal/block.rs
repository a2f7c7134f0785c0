//! Blocks and groups: the log's unit of writing, and of tearing.
//!
//! ```text
//! group  = 1…n blocks of 4 KiB, written by one call, made durable by one sync
//! block  = header (64 bytes) + 4,032 bytes of the group's payload
//! header = magic 4 · crc32c 4 · generation 8 · sequence 8 · blocks 4 · index 4 · payload 4 ·
//!          zero 4 · previous group's hash 16 · zero 8            (little-endian)
//! ```
//!
//! Every block says which group it belongs to, so whatever mixture of old and new sectors a power
//! loss leaves behind is recognised as such.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::aligned::AlignedBuffer;
use crate::disk::{DIRECT_BYTES, DiskFile};

pub(crate) const BLOCK_BYTES: usize = 4096;
// Groups are whole blocks and no block holds two, so that every group can be written directly and
// none is ever written over by the next.
const _: () = assert!(BLOCK_BYTES.is_multiple_of(DIRECT_BYTES));
const HEADER_BYTES: usize = 64;
pub(crate) const BLOCK_PAYLOAD_BYTES: usize = BLOCK_BYTES - HEADER_BYTES;
const MAGIC: [u8; 4] = *b"TMW1";

/// The first 16 bytes of a BLAKE3 hash.
pub(crate) type Hash = [u8; 16];

pub(crate) fn short_hash(hasher: &blake3::Hasher) -> Hash {
    let mut hash = Hash::default();
    hasher.finalize_xof().fill(&mut hash);
    hash
}

/// What every block of a group says about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GroupHeader {
    pub(crate) generation: u64,
    pub(crate) sequence: u64,
    pub(crate) blocks: u32,
    pub(crate) payload_bytes: u32,
    pub(crate) previous: Hash,
}

impl GroupHeader {
    fn shape_is_legal(&self) -> bool {
        usize::try_from(self.payload_bytes)
            .is_ok_and(|bytes| bytes > 0 && blocks_of(bytes) == self.block_count())
    }

    pub(crate) fn block_count(&self) -> usize {
        usize::try_from(self.blocks).expect("32 bits fit in a usize")
    }

    pub(crate) fn disk_bytes(&self) -> u64 {
        u64::from(self.blocks) * bytes_u64(BLOCK_BYTES)
    }

    /// The hash that the next group carries: this group's identity and its batches' own hashes.
    pub(crate) fn hash(&self, batches: impl Iterator<Item = Hash>) -> Hash {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.generation.to_le_bytes());
        hasher.update(&self.sequence.to_le_bytes());
        hasher.update(&self.previous);
        for batch in batches {
            hasher.update(&batch);
        }
        short_hash(&hasher)
    }
}

pub(crate) fn blocks_of(payload_bytes: usize) -> usize {
    payload_bytes.div_ceil(BLOCK_PAYLOAD_BYTES)
}

pub(crate) fn bytes_u64(bytes: usize) -> u64 {
    u64::try_from(bytes).expect("a usize fits in 64 bits")
}

/// Reads a block: its group's header, its index in it, its payload. `None` when it is not a
/// whole block of ours.
pub(crate) fn parse_block(block: &[u8]) -> Option<(GroupHeader, u32, &[u8])> {
    let (magic, rest) = block.split_first_chunk::<4>()?;
    let (crc, checked) = rest.split_first_chunk::<4>()?;
    let is_whole = block.len() == BLOCK_BYTES
        && *magic == MAGIC
        && u32::from_le_bytes(*crc) == crc32c::crc32c(checked);
    if !is_whole {
        return None;
    }
    let (generation, rest) = checked.split_first_chunk()?;
    let (sequence, rest) = rest.split_first_chunk()?;
    let (blocks, rest) = rest.split_first_chunk()?;
    let (index, rest) = rest.split_first_chunk()?;
    let (payload_bytes, rest) = rest.split_first_chunk()?;
    let (_zero, rest) = rest.split_first_chunk::<4>()?;
    let (previous, _) = rest.split_first_chunk()?;
    let header = GroupHeader {
        generation: u64::from_le_bytes(*generation),
        sequence: u64::from_le_bytes(*sequence),
        blocks: u32::from_le_bytes(*blocks),
        payload_bytes: u32::from_le_bytes(*payload_bytes),
        previous: *previous,
    };
    Some((header, u32::from_le_bytes(*index), block.get(HEADER_BYTES..)?))
}

/// A block's sequence without its checksum: a quick look, to be confirmed by [`parse_block`].
pub(crate) fn peek_sequence(block: &[u8]) -> Option<u64> {
    let sequence = block.get(16..24)?.first_chunk()?;
    block.starts_with(&MAGIC).then(|| u64::from_le_bytes(*sequence))
}

/// Lays a group's payload out in blocks; one buffer, used for every group.
#[derive(Default)]
pub(crate) struct GroupBuffer {
    blocks: AlignedBuffer,
    payload_bytes: usize,
}

impl GroupBuffer {
    pub(crate) fn clear(&mut self) {
        self.blocks.clear();
        self.payload_bytes = 0;
    }

    pub(crate) fn payload_bytes(&self) -> usize {
        self.payload_bytes
    }

    pub(crate) fn push(&mut self, mut bytes: &[u8]) {
        self.payload_bytes += bytes.len();
        while !bytes.is_empty() {
            if self.blocks.len().is_multiple_of(BLOCK_BYTES) {
                self.blocks.resize(self.blocks.len() + HEADER_BYTES);
            }
            let room = BLOCK_BYTES - self.blocks.len() % BLOCK_BYTES;
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.blocks.extend_from_slice(now);
            bytes = later;
        }
    }

    /// Fills the headers in; what to write is in [`GroupBuffer::blocks`].
    pub(crate) fn seal(&mut self, generation: u64, sequence: u64, previous: Hash) -> GroupHeader {
        let blocks = blocks_of(self.payload_bytes);
        self.blocks.resize(blocks * BLOCK_BYTES);
        let header = GroupHeader {
            generation,
            sequence,
            blocks: u32::try_from(blocks).expect("a group is smaller than a segment"),
            payload_bytes: u32::try_from(self.payload_bytes).expect("smaller than a segment"),
            previous,
        };
        for (index, block) in (0u32..).zip(self.blocks.as_mut_slice().chunks_exact_mut(BLOCK_BYTES))
        {
            let fields: [&[u8]; 7] = [
                &generation.to_le_bytes(),
                &sequence.to_le_bytes(),
                &header.blocks.to_le_bytes(),
                &index.to_le_bytes(),
                &header.payload_bytes.to_le_bytes(),
                &[0; 4],
                &previous,
            ];
            let (checksum, checked) = block.split_at_mut(8);
            for (place, byte) in checked.iter_mut().zip(fields.into_iter().flatten()) {
                *place = *byte;
            }
            let crc = crc32c::crc32c(checked).to_le_bytes();
            for (place, byte) in checksum.iter_mut().zip(MAGIC.iter().chain(&crc)) {
                *place = *byte;
            }
        }
        header
    }

    /// The sealed group, aligned for a direct write.
    pub(crate) fn blocks(&self) -> &[u8] {
        self.blocks.as_slice()
    }
}

/// Reads a segment file block by block through a large window.
pub(crate) struct BlockReader {
    file: Arc<dyn DiskFile>,
    pub(crate) path: PathBuf,
    length: u64,
    window: Vec<u8>,
    window_at: u64,
}

impl BlockReader {
    const WINDOW_BYTES: u64 = 1 << 20;

    pub(crate) fn new(file: Arc<dyn DiskFile>, path: PathBuf) -> io::Result<BlockReader> {
        let length = file.len()?;
        Ok(BlockReader { file, path, length, window: Vec::new(), window_at: 0 })
    }

    /// The block at `offset`; `None` past the last whole block of the file.
    pub(crate) fn block(&mut self, offset: u64) -> io::Result<Option<&[u8]>> {
        let end = offset + bytes_u64(BLOCK_BYTES);
        if end > self.length {
            return Ok(None);
        }
        let window_end = self.window_at + bytes_u64(self.window.len());
        if offset < self.window_at || end > window_end {
            let bytes = Self::WINDOW_BYTES.min(self.length - offset);
            let bytes = usize::try_from(bytes).expect("a window fits in memory");
            if self.window.len() != bytes {
                // Not resized: an unoptimised build, as the simulator's, fills byte by byte.
                self.window = vec![0; bytes];
            }
            self.window_at = offset;
            self.file.read_exact_at(&mut self.window, offset)?;
        }
        let start = usize::try_from(offset - self.window_at).expect("inside the window");
        Ok(self.window.get(start..start + BLOCK_BYTES))
    }

    /// The group that starts at `offset`, whole and well-formed, or `None`. Its payload replaces
    /// what was in `payload`.
    pub(crate) fn group(
        &mut self,
        offset: u64,
        payload: &mut Vec<u8>,
    ) -> io::Result<Option<GroupHeader>> {
        payload.clear();
        let Some((header, 0, first)) = self.block(offset)?.and_then(parse_block) else {
            return Ok(None);
        };
        if !header.shape_is_legal() {
            return Ok(None);
        }
        payload.extend_from_slice(first);
        for index in 1..header.blocks {
            let at = offset + u64::from(index) * bytes_u64(BLOCK_BYTES);
            match self.block(at)?.and_then(parse_block) {
                Some((other, place, bytes)) if other == header && place == index => {
                    payload.extend_from_slice(bytes);
                }
                Some(_) | None => return Ok(None),
            }
        }
        payload.truncate(usize::try_from(header.payload_bytes).expect("32 bits fit"));
        Ok(Some(header))
    }
}
