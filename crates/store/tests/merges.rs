//! What merging rows costs, and that it is done in small steps.
#![expect(
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test may fail where it stands"
)]

#[expect(unreachable_pub, dead_code, reason = "shared by several test crates")]
mod support;

use bytes::Bytes;
use std::io::ErrorKind;
use std::ops::Bound;
use std::path::Path;
use std::sync::Arc;
use support::{Chance, DATA};
use tidemill_kernel::{MemoryRows, PartitionId, Position, Rows, Table, Timestamp};
use tidemill_store::{
    BatchBuilder, Faults, MemoryDisk, Opened, Options, open, unnamed_files, verify,
};

const TABLE: Table = Table(1);
const VALUE_BYTES: usize = 150;
/// Four blocks.
const FILE_BYTES: u64 = 64 << 10;
const CACHE_BYTES: u64 = 100 << 10;

/// A partition beside what it should hold.
struct Pair {
    disk: MemoryDisk,
    opened: Opened,
    model: MemoryRows,
    position: u64,
}

fn start(disk: &MemoryDisk) -> Opened {
    let options = Options {
        row_file_bytes: FILE_BYTES,
        row_cache_bytes: CACHE_BYTES,
        segment_bytes: 64 << 10,
        ..Options::default()
    };
    let mut opened = open(Arc::new(disk.clone()), Path::new(DATA), options, || [1; 32]).unwrap();
    while opened.replay.next().unwrap().is_some() {}
    opened
}

impl Pair {
    fn new() -> Pair {
        let disk = MemoryDisk::new();
        Pair { opened: start(&disk), disk, model: MemoryRows::default(), position: 0 }
    }

    fn put(&mut self, key: u64) {
        let value = Bytes::from(vec![(key % 251) as u8; VALUE_BYTES]);
        self.model.put(TABLE, &key.to_be_bytes(), value.clone());
        self.opened.partitions[0].rows.put(TABLE, &key.to_be_bytes(), value);
    }

    fn delete(&mut self, key: u64) {
        self.model.delete(TABLE, &key.to_be_bytes());
        self.opened.partitions[0].rows.delete(TABLE, &key.to_be_bytes());
    }

    /// A checkpoint; how many bytes it wrote.
    fn checkpoint(&mut self) -> u64 {
        self.position += 1;
        let mut builder = BatchBuilder::new();
        builder.push(b"entry");
        let batch = builder.seal(PartitionId(0), Position(self.position), Timestamp(1));
        self.opened.wal.append(&[batch]).unwrap();
        let before = self.disk.counts().grown_bytes;
        let frozen = self.opened.partitions[0].freeze(Position(self.position), Timestamp(1));
        let written = self.opened.checkpointer.write(frozen).unwrap();
        self.opened.partitions[0].install(written);
        self.disk.counts().grown_bytes - before
    }

    /// A step of a merge; how many bytes it wrote, or `None` when nothing is due.
    fn step(&mut self, is_interrupted: bool) -> Option<u64> {
        let before = self.disk.counts().grown_bytes;
        let written = self.opened.checkpointer.merge(&mut || is_interrupted).unwrap()?;
        self.opened.partitions[0].install(written);
        Some(self.disk.counts().grown_bytes - before)
    }

    fn settle(&mut self) -> u64 {
        std::iter::from_fn(|| self.step(false)).sum()
    }

    /// So many random rows in so many checkpoints, merged as they come.
    fn fill(&mut self, rows: u64, checkpoints: u64) {
        let mut chance = Chance(7);
        for _ in 0..checkpoints {
            (0..rows / checkpoints).for_each(|_| self.put(chance.below(1 << 30)));
            self.checkpoint();
            self.settle();
        }
    }

    fn files(&self) -> Vec<u64> {
        let files = self.disk.files();
        let rows = files.iter().filter(|(path, _)| path.to_string_lossy().contains("delta-"));
        rows.map(|(_, bytes)| *bytes).collect()
    }

    fn check(&self) {
        let rows = &self.opened.partitions[0].rows;
        let found = rows.range(TABLE, Bound::Unbounded, Bound::Unbounded, usize::MAX);
        let expected: Vec<_> =
            self.model.iter().map(|(_, key, value)| (key.to_vec(), value.clone())).collect();
        assert_eq!(found.len(), expected.len());
        assert!(found.iter().zip(&expected).all(|(a, b)| a.0 == b.0 && a.1 == b.1));
        for (key, value) in expected.iter().step_by(97) {
            assert_eq!(rows.get(TABLE, key).as_ref(), Some(value));
        }
        assert!(unnamed_files(&self.disk, Path::new(DATA)).unwrap().is_empty());
        verify(&self.disk, Path::new(DATA)).unwrap();
    }
}

#[test]
fn a_checkpoint_writes_what_changed_however_large_the_base_is() {
    let mut pair = Pair::new();
    pair.fill(10_000, 4);
    for round in 0..10 {
        (0..50).for_each(|key| pair.put(key * 1_000 + round));
        // Besides the rows: a quarter of a file of neighbours, the manifest, a filter.
        let most = 50 * (VALUE_BYTES as u64 + 30) + FILE_BYTES / 4 + (16 << 10);
        let wrote = pair.checkpoint();
        assert!(wrote <= most, "{wrote} bytes in round {round}, not {most}");
    }
    pair.check();
}

#[test]
fn a_step_is_bounded_and_no_merge_writes_everything_at_once() {
    let mut pair = Pair::new();
    pair.fill(10_000, 4);
    let total: u64 = pair.files().iter().sum();
    let mut chance = Chance(8);
    (0..7_000).for_each(|_| pair.put(chance.below(1 << 30)));
    pair.checkpoint();
    let steps: Vec<u64> = std::iter::from_fn(|| pair.step(false)).collect();
    let longest = steps.iter().max().unwrap();
    assert!(total > 20 * FILE_BYTES && *longest < 5 * FILE_BYTES, "{longest} of {total}");
    assert!(steps.len() > 10, "{} steps", steps.len());
    let largest = *pair.files().iter().max().unwrap();
    assert!(largest < FILE_BYTES * 2, "a file of {largest} bytes");
    pair.check();
}

#[test]
fn an_interrupted_merge_loses_nothing_and_comes_to_an_end() {
    let mut pair = Pair::new();
    pair.fill(4_000, 2);
    let mut chance = Chance(9);
    (0..3_000).for_each(|_| pair.put(chance.below(1 << 30)));
    pair.checkpoint();
    let mut steps = 0;
    while pair.step(true).is_some() {
        steps += 1;
        assert!(steps < 200, "each step gets on");
        if steps % 5 == 0 {
            // What comes meanwhile goes in front.
            pair.put(steps);
            pair.checkpoint();
            pair.check();
        }
        if steps % 7 == 0 {
            pair.opened = start(&pair.disk);
            pair.check();
        }
    }
    assert!(steps > 5, "{steps} steps");
    pair.check();
}

#[test]
fn what_is_dead_stays_below_half_of_what_lives() {
    let mut pair = Pair::new();
    pair.fill(8_000, 4);
    let keys: Vec<u64> =
        pair.model.iter().map(|(_, key, _)| u64::from_be_bytes(key.try_into().unwrap())).collect();
    let bytes = |rows: usize| rows as u64 * (VALUE_BYTES as u64 + 19);
    let mut chance = Chance(10);
    for round in 0..12 {
        for _ in 0..500 {
            pair.put(keys[chance.below(keys.len() as u64) as usize]);
            if round >= 6 {
                pair.delete(keys[chance.below(keys.len() as u64) as usize]);
            }
        }
        pair.checkpoint();
        pair.settle();
        let (live, all) = (bytes(pair.model.iter().count()), pair.files().iter().sum::<u64>());
        assert!(all < live * 17 / 10, "{all} bytes for {live} in round {round}");
    }
    keys.iter().for_each(|key| pair.delete(*key));
    pair.checkpoint();
    pair.settle();
    assert_eq!(pair.files(), Vec::<u64>::new(), "nothing is left of nothing");
    pair.check();
}

#[test]
fn what_was_deleted_stays_so_while_newer_rows_are_merged_among_themselves() {
    let mut pair = Pair::new();
    pair.fill(10_000, 2);
    let before = pair.files().len();
    let keys: Vec<u64> =
        pair.model.iter().map(|(_, key, _)| u64::from_be_bytes(key.try_into().unwrap())).collect();
    let mut merged = 0;
    for round in 0..10 {
        // Too much to be merged by the checkpoint itself, and far less than the base.
        (0..120).for_each(|key| pair.put((1 << 31) + key * 10 + round));
        (0..10).for_each(|index| pair.delete(keys[(index * 37 + round * 371) as usize]));
        pair.checkpoint();
        merged += pair.settle();
        pair.check();
    }
    assert!(merged > 100 << 10 && merged < 1 << 20, "{merged} bytes: the newer, not the base");
    assert!(pair.files().len() < before + 10);
    pair.opened = start(&pair.disk);
    pair.check();
}

#[test]
fn rows_that_come_in_order_are_not_written_again_and_again() {
    let mut pair = Pair::new();
    let (mut wrote, mut key) = (0, 0);
    for _ in 0..20 {
        for _ in 0..1_000 {
            pair.put(key);
            key += 1;
        }
        wrote += pair.checkpoint() + pair.settle();
    }
    let all: u64 = pair.files().iter().sum();
    assert!(wrote < all * 2, "{wrote} bytes written for {all}");
    pair.check();
}

#[test]
fn a_full_disk_stops_a_merge_and_leaves_nothing_behind() {
    let mut pair = Pair::new();
    pair.fill(4_000, 2);
    let mut chance = Chance(11);
    (0..3_000).for_each(|_| pair.put(chance.below(1 << 30)));
    pair.checkpoint();
    for room in [0, 1 << 10, 40 << 10] {
        let space_bytes = Some(pair.disk.counts().grown_bytes + room);
        pair.disk.set_faults(Faults { space_bytes, ..Faults::default() });
        let error = pair.opened.checkpointer.merge(&mut || false).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::StorageFull);
        assert!(
            !unnamed_files(&pair.disk, Path::new(DATA))
                .unwrap()
                .iter()
                .any(|path| { path.to_string_lossy().contains("delta-") })
        );
    }
    pair.disk.set_faults(Faults::default());
    assert!(pair.settle() > 0);
    pair.check();
}

#[test]
fn memory_for_rows_on_disk_is_bounded() {
    let mut pair = Pair::new();
    pair.fill(10_000, 2);
    let keys: Vec<Vec<u8>> = pair.model.iter().map(|(_, key, _)| key.to_vec()).collect();
    for key in &keys {
        assert!(pair.opened.partitions[0].rows.get(TABLE, key).is_some());
        let bytes = pair.opened.checkpointer.stats().row_cache_bytes;
        assert!(bytes <= CACHE_BYTES, "{bytes} bytes");
    }
    assert!(pair.opened.checkpointer.stats().row_cache_bytes > CACHE_BYTES / 2);
}
