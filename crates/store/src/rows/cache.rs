//! A few recently read blocks per partition. First in, first out, with a second chance for those
//! that were used again: a scan passes through without washing out what is hot.

use bytes::Bytes;
use std::collections::{BTreeMap, VecDeque};

const BYTES_MAX: usize = 1 << 20;

type Key = (u64, usize);

#[derive(Default)]
pub(super) struct BlockCache {
    blocks: BTreeMap<Key, (Bytes, bool)>,
    queue: VecDeque<Key>,
    bytes: usize,
}

impl BlockCache {
    pub(super) fn get(&mut self, key: Key) -> Option<Bytes> {
        let (block, was_used) = self.blocks.get_mut(&key)?;
        *was_used = true;
        Some(block.clone())
    }

    pub(super) fn insert(&mut self, key: Key, block: Bytes) {
        self.bytes += block.len();
        if self.blocks.insert(key, (block, false)).is_none() {
            self.queue.push_back(key);
        }
        while self.bytes > BYTES_MAX && self.queue.len() > 1 {
            self.evict();
        }
    }

    fn evict(&mut self) {
        while let Some(key) = self.queue.pop_front() {
            if let Some((_, was_used)) = self.blocks.get_mut(&key)
                && std::mem::take(was_used)
            {
                self.queue.push_back(key);
                continue;
            }
            if let Some((block, _)) = self.blocks.remove(&key) {
                self.bytes = self.bytes.saturating_sub(block.len());
            }
            return;
        }
    }

    /// Forgets everything: the files behind it have changed.
    pub(super) fn clear(&mut self) {
        *self = BlockCache::default();
    }
}
