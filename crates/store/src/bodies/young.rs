//! Bodies that no checkpoint has seen yet: packed in blocks, twelve bytes of index each.
//!
//! Bodies are copied into blocks of 128 KiB in the order they come, all queues together. A block
//! goes when its last body does; a queue that is consumed as fast as it fills lives in one block.

use super::Forgotten;
use std::collections::{BTreeMap, VecDeque};
use tidemill_kernel::BodyRef;

/// Sequences per chunk of the index.
pub(super) const CHUNK: u64 = 4096;
const BLOCK_BYTES: usize = 128 << 10;
/// A body so large gets a block of its own size.
const LARGE_BYTES: usize = 16 << 10;

#[derive(Clone, Copy)]
struct Slot {
    block: u32,
    offset: u32,
    bytes: u32,
}

impl Slot {
    const EMPTY: Slot = Slot { block: u32::MAX, offset: 0, bytes: 0 };

    fn is_empty(self) -> bool {
        self.block == u32::MAX
    }
}

struct Chunk {
    /// The sequence of the first slot.
    first: u64,
    slots: VecDeque<Slot>,
    /// How many of its bodies lie in each block, by block: what it takes to forget them all
    /// without looking at each.
    blocks: Vec<(u32, u32)>,
}

impl Chunk {
    fn new(first: u64) -> Chunk {
        Chunk { first, slots: VecDeque::new(), blocks: Vec::new() }
    }

    fn count_in(&mut self, block: u32) {
        match self.blocks.binary_search_by_key(&block, |(number, _)| *number) {
            Ok(index) => self.blocks.get_mut(index).expect("just found").1 += 1,
            Err(index) => self.blocks.insert(index, (block, 1)),
        }
    }

    fn count_out(&mut self, block: u32) {
        let index = self
            .blocks
            .binary_search_by_key(&block, |(number, _)| *number)
            .expect("a body's block is counted");
        let (_, count) = self.blocks.get_mut(index).expect("just found");
        *count -= 1;
        if *count == 0 {
            self.blocks.remove(index);
        }
    }

    fn live(&self) -> u64 {
        self.blocks.iter().map(|(_, count)| u64::from(*count)).sum()
    }

    fn live_between(&self, from: u64, below: u64) -> u64 {
        let slots = (self.first..below).zip(&self.slots);
        let live = slots.filter(|(sequence, slot)| *sequence >= from && !slot.is_empty());
        super::count_u64(live.count())
    }

    fn slot(&mut self, sequence: u64) -> &mut Slot {
        while sequence < self.first {
            self.slots.push_front(Slot::EMPTY);
            self.first -= 1;
        }
        let index = index_of(sequence - self.first);
        while self.slots.len() <= index {
            self.slots.push_back(Slot::EMPTY);
        }
        self.slots.get_mut(index).expect("just made")
    }

    fn find(&self, sequence: u64) -> Option<Slot> {
        let index = index_of(sequence.checked_sub(self.first)?);
        self.slots.get(index).copied().filter(|slot| !slot.is_empty())
    }

    fn take(&mut self, sequence: u64) -> Option<Slot> {
        let index = index_of(sequence.checked_sub(self.first)?);
        let slot = std::mem::replace(self.slots.get_mut(index)?, Slot::EMPTY);
        while self.slots.front().is_some_and(|slot| slot.is_empty()) {
            self.slots.pop_front();
            self.first += 1;
        }
        while self.slots.back().is_some_and(|slot| slot.is_empty()) {
            self.slots.pop_back();
        }
        let slot = Some(slot).filter(|slot| !slot.is_empty())?;
        self.count_out(slot.block);
        Some(slot)
    }
}

fn index_of(distance: u64) -> usize {
    usize::try_from(distance).expect("a chunk spans 4,096 sequences")
}

#[derive(Default)]
struct Block {
    bytes: Vec<u8>,
    capacity: usize,
    live: u32,
}

/// One generation of young bodies; a freeze makes it immutable and starts another.
#[derive(Default)]
pub(crate) struct Young {
    chunks: BTreeMap<(u64, u64), Chunk>,
    blocks: BTreeMap<u32, Block>,
    /// What the blocks take of memory.
    bytes: usize,
    /// Where the next small body goes.
    current: Option<u32>,
    next_block: u32,
}

fn key(at: BodyRef) -> (u64, u64) {
    (at.queue, at.sequence / CHUNK)
}

impl Young {
    pub(super) fn contains(&self, at: BodyRef) -> bool {
        self.chunks.get(&key(at)).is_some_and(|chunk| chunk.find(at.sequence).is_some())
    }

    pub(super) fn put(&mut self, at: BodyRef, bytes: &[u8]) {
        let block = self.block_for(bytes.len());
        let place = self.blocks.get_mut(&block).expect("just chosen");
        let u32_of = |length| u32::try_from(length).expect("bodies are far below 4 GiB");
        let slot = Slot { block, offset: u32_of(place.bytes.len()), bytes: u32_of(bytes.len()) };
        place.bytes.extend_from_slice(bytes);
        place.live += 1;
        let chunk = self.chunks.entry(key(at)).or_insert_with(|| Chunk::new(at.sequence));
        let previous = std::mem::replace(chunk.slot(at.sequence), slot);
        chunk.count_in(block);
        assert!(previous.is_empty(), "sequences of a queue are never used twice: {at:?}");
    }

    fn block_for(&mut self, bytes: usize) -> u32 {
        if bytes < LARGE_BYTES
            && let Some(current) = self.current
            && let Some(block) = self.blocks.get(&current)
            && block.bytes.capacity() - block.bytes.len() >= bytes
        {
            return current;
        }
        let number = self.next_block;
        self.next_block += 1;
        let is_large = bytes >= LARGE_BYTES;
        let capacity = if is_large { bytes } else { BLOCK_BYTES };
        self.blocks
            .insert(number, Block { bytes: Vec::with_capacity(capacity), capacity, live: 0 });
        self.bytes += capacity;
        if !is_large {
            let full = self.current.replace(number);
            // The block before may have been kept only for being the current one.
            if let Some(full) = full {
                self.drop_if_dead(full);
            }
        }
        number
    }

    fn drop_if_dead(&mut self, number: u32) {
        let Some(block) = self.blocks.get_mut(&number) else { return };
        if block.live > 0 {
            return;
        }
        if self.current == Some(number) {
            block.bytes.clear();
        } else {
            self.bytes -= block.capacity;
            self.blocks.remove(&number);
        }
    }

    /// Bytes of memory that the bodies take; those of deleted ones come back a block at a time.
    pub(super) fn bytes(&self) -> u64 {
        u64::try_from(self.bytes).expect("a usize fits in 64 bits")
    }

    pub(super) fn get(&self, at: BodyRef) -> Option<&[u8]> {
        self.bytes_of(self.chunks.get(&key(at))?.find(at.sequence)?)
    }

    fn bytes_of(&self, slot: Slot) -> Option<&[u8]> {
        let start = usize::try_from(slot.offset).expect("32 bits fit in a usize");
        let length = usize::try_from(slot.bytes).expect("32 bits fit in a usize");
        self.blocks.get(&slot.block)?.bytes.get(start..start + length)
    }

    /// Forgets a body; whether it was here.
    pub(super) fn remove(&mut self, at: BodyRef) -> bool {
        let Some(chunk) = self.chunks.get_mut(&key(at)) else { return false };
        let Some(slot) = chunk.take(at.sequence) else { return false };
        if chunk.slots.is_empty() {
            self.chunks.remove(&key(at));
        }
        if let Some(block) = self.blocks.get_mut(&slot.block) {
            block.live -= 1;
        }
        self.drop_if_dead(slot.block);
        true
    }

    /// Forgets the bodies of a queue with sequences below `below`, chunk by chunk.
    pub(super) fn remove_below(&mut self, queue: u64, below: u64) -> Forgotten {
        let mut forgotten = Forgotten::default();
        let last = (queue, below / CHUNK);
        let whole: Vec<_> = self.chunks.range((queue, 0)..last).map(|(key, _)| *key).collect();
        for key in whole {
            let chunk = self.chunks.remove(&key).expect("just listed");
            forgotten.bodies += chunk.live();
            forgotten.steps += 1 + super::count_u64(chunk.blocks.len());
            for (number, count) in chunk.blocks {
                if let Some(block) = self.blocks.get_mut(&number) {
                    block.live -= count;
                }
                self.drop_if_dead(number);
            }
        }
        let cut = self.chunks.get(&last).map_or(below, |chunk| chunk.first);
        for sequence in cut..below {
            forgotten.steps += 1;
            forgotten.bodies += u64::from(self.remove(BodyRef { queue, sequence }));
        }
        forgotten
    }

    /// How many bodies of a queue [`Young::remove_below`] would forget, from `from` on.
    pub(super) fn count_between(&self, queue: u64, from: u64, below: u64) -> Forgotten {
        let mut found = Forgotten::default();
        for ((_, number), chunk) in
            self.chunks.range((queue, from / CHUNK)..=(queue, below / CHUNK))
        {
            let is_whole = from <= number * CHUNK && (number + 1) * CHUNK <= below;
            let (bodies, steps) = if is_whole {
                (chunk.live(), 1 + super::count_u64(chunk.blocks.len()))
            } else {
                (chunk.live_between(from, below), super::count_u64(chunk.slots.len()))
            };
            found += Forgotten { bodies, steps };
        }
        found
    }

    /// Every body, by queue and sequence.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (BodyRef, &[u8])> {
        self.chunks.iter().flat_map(move |((queue, _), chunk)| {
            (chunk.first..).zip(&chunk.slots).filter_map(move |(sequence, slot)| {
                let bytes = self.bytes_of(*slot).filter(|_| !slot.is_empty())?;
                Some((BodyRef { queue: *queue, sequence }, bytes))
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_consumed_as_it_fills_stays_in_one_block() {
        let mut young = Young::default();
        for sequence in 0..10_000 {
            young.put(BodyRef { queue: 1, sequence }, &[7; 200]);
            assert!(young.remove(BodyRef { queue: 1, sequence }));
        }
        assert_eq!((young.blocks.len(), young.chunks.len()), (1, 0));
        assert!(young.blocks.values().all(|block| block.bytes.capacity() == BLOCK_BYTES));
        assert_eq!(young.bytes(), BLOCK_BYTES as u64);
        let large = BodyRef { queue: 1, sequence: 10_000 };
        young.put(large, &[7; LARGE_BYTES]);
        assert_eq!(young.bytes(), (BLOCK_BYTES + LARGE_BYTES) as u64);
        young.remove(large);
        assert_eq!(young.bytes(), BLOCK_BYTES as u64);
    }
}
