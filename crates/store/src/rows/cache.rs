//! What was read of the files of rows, of all partitions together, in bounded memory: blocks, and
//! the indexes and filters that find them. First in, first out, with a second chance for those
//! that were used again: a scan passes through without washing out what is hot.
//!
//! The lock is held for a look-up and never while the disk is read. Numbers of files are never
//! used twice in a process, so nothing in here can be stale.

use super::file::Head;
use bytes::Bytes;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tidemill_kernel::PartitionId;

/// What is cached.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Head,
    Block(usize),
}

pub(super) type Key = (PartitionId, u64, Part);

#[derive(Clone)]
pub(super) enum Cached {
    Head(Arc<Head>),
    Block(Bytes),
}

/// See the module's head.
pub(crate) struct RowCache {
    bytes_max: u64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    parts: BTreeMap<Key, (Cached, bool)>,
    queue: VecDeque<Key>,
    bytes: u64,
}

fn bytes_of(cached: &Cached) -> u64 {
    let bytes = match cached {
        Cached::Head(head) => head.memory_bytes(),
        Cached::Block(block) => block.len(),
    };
    u64::try_from(bytes).expect("a usize fits in 64 bits")
}

impl RowCache {
    pub(crate) fn new(bytes_max: u64) -> RowCache {
        RowCache { bytes_max, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Memory taken.
    pub(crate) fn bytes(&self) -> u64 {
        self.state().bytes
    }

    pub(super) fn get(&self, key: Key) -> Option<Cached> {
        let mut state = self.state();
        let (cached, was_used) = state.parts.get_mut(&key)?;
        *was_used = true;
        Some(cached.clone())
    }

    pub(super) fn insert(&self, key: Key, cached: Cached) {
        let mut state = self.state();
        state.bytes += bytes_of(&cached);
        match state.parts.insert(key, (cached, false)) {
            None => state.queue.push_back(key),
            Some((old, _)) => state.bytes -= bytes_of(&old),
        }
        while state.bytes > self.bytes_max && state.queue.len() > 1 {
            state.evict();
        }
    }

    /// Forgets a file that is gone.
    pub(super) fn forget(&self, partition: PartitionId, file: u64) {
        let mut state = self.state();
        let all = (partition, file, Part::Head)..=(partition, file, Part::Block(usize::MAX));
        let gone: Vec<Key> = state.parts.range(all).map(|(key, _)| *key).collect();
        if gone.is_empty() {
            return;
        }
        for key in gone {
            state.remove(key);
        }
        let State { parts, queue, .. } = &mut *state;
        queue.retain(|key| parts.contains_key(key));
    }
}

impl State {
    fn remove(&mut self, key: Key) {
        if let Some((cached, _)) = self.parts.remove(&key) {
            self.bytes -= bytes_of(&cached);
        }
    }

    fn evict(&mut self) {
        while let Some(key) = self.queue.pop_front() {
            if let Some((_, was_used)) = self.parts.get_mut(&key)
                && std::mem::take(was_used)
            {
                self.queue.push_back(key);
                continue;
            }
            return self.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(file: u64, block: usize) -> Key {
        (PartitionId(1), file, Part::Block(block))
    }

    fn block(bytes: usize) -> Cached {
        Cached::Block(vec![7; bytes].into())
    }

    #[test]
    fn memory_is_bounded_and_what_was_used_again_stays() {
        let cache = RowCache::new(1_000);
        cache.insert(key(1, 0), block(400));
        cache.insert(key(1, 1), block(400));
        assert!(cache.get(key(1, 0)).is_some());
        cache.insert(key(1, 2), block(400));
        assert!(cache.get(key(1, 0)).is_some() && cache.get(key(1, 1)).is_none());
        assert_eq!(cache.bytes(), 800);
    }

    #[test]
    fn a_file_that_is_gone_leaves_nothing_behind() {
        let cache = RowCache::new(1_000);
        for (file, number) in [(1, 0), (2, 0), (2, 1), (3, 0)] {
            cache.insert(key(file, number), block(100));
        }
        cache.forget(PartitionId(1), 2);
        assert_eq!(cache.bytes(), 200);
        assert!(cache.get(key(2, 0)).is_none() && cache.get(key(3, 0)).is_some());
        assert_eq!(cache.state().queue.len(), 2);
    }

    #[test]
    fn one_part_larger_than_the_whole_cache_is_kept_until_the_next() {
        let cache = RowCache::new(1_000);
        cache.insert(key(1, 0), block(5_000));
        assert_eq!(cache.bytes(), 5_000);
        cache.insert(key(1, 1), block(10));
        cache.insert(key(1, 2), block(10));
        assert_eq!(cache.bytes(), 20);
    }
}
