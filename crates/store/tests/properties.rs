//! Rows and bodies on disk answer as ordered maps do, whatever happened in between.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test may fail where it stands"
)]

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use std::ops::Bound;
use std::path::Path;
use std::sync::Arc;
use tidemill_kernel::{
    Bodies, BodyRef, MemoryBodies, MemoryRows, PartitionId, Position, Rows, Table, Timestamp,
};
use tidemill_store::{BatchBuilder, MemoryDisk, Opened, Options, PartitionStore, open};

#[derive(Clone, Debug)]
enum Step {
    Put(u16, Vec<u8>, usize),
    Delete(u16, Vec<u8>),
    Body(u64, u64, usize),
    /// Many at once, so that chunks are full and parts lie behind each other.
    Bodies(u64, u64),
    DeleteBody(prop::sample::Index),
    DeleteBelow(u64, u64),
    Freeze,
    Install,
    /// A step of a merge, interrupted or not.
    Merge(bool),
    Reopen,
}

type Range = (u16, Bound<Vec<u8>>, Bound<Vec<u8>>, usize);

fn key() -> impl Strategy<Value = Vec<u8>> {
    vec(prop_oneof![Just(0u8), Just(1), Just(0xff)], 0..4)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (1u16..3, key(), prop_oneof![0usize..50, Just(9000)])
            .prop_map(|(table, key, bytes)| Step::Put(table, key, bytes)),
        5 => (1u16..3, key()).prop_map(|(table, key)| Step::Delete(table, key)),
        8 => (0u64..2, 1u64..2000, prop_oneof![0usize..300, Just(20_000)])
            .prop_map(|(queue, skip, bytes)| Step::Body(queue, skip, bytes)),
        5 => any::<prop::sample::Index>().prop_map(Step::DeleteBody),
        2 => (0u64..2, 1u64..600).prop_map(|(queue, count)| Step::Bodies(queue, count)),
        3 => (0u64..2, 0u64..20_000).prop_map(|(queue, below)| Step::DeleteBelow(queue, below)),
        2 => Just(Step::Freeze),
        2 => Just(Step::Install),
        3 => any::<bool>().prop_map(Step::Merge),
        1 => Just(Step::Reopen),
    ]
}

fn bound() -> impl Strategy<Value = Bound<Vec<u8>>> {
    prop_oneof![
        Just(Bound::Unbounded),
        key().prop_map(Bound::Included),
        key().prop_map(Bound::Excluded)
    ]
}

fn range() -> impl Strategy<Value = Range> {
    (1u16..3, bound(), bound(), prop_oneof![Just(1000usize), 0usize..4])
}

/// One partition of a data directory beside its model; the log is not looked at here, so every
/// reopening is preceded by a checkpoint.
struct Pair {
    disk: MemoryDisk,
    opened: Opened,
    rows: MemoryRows,
    bodies: MemoryBodies,
    live: Vec<BodyRef>,
    next: [u64; 2],
    position: u64,
    written: Option<tidemill_store::Written>,
}

fn start(disk: &MemoryDisk) -> Opened {
    let options = Options {
        segment_bytes: 16 << 10,
        body_segment_bytes: 8 << 10,
        row_file_bytes: 8 << 10,
        row_cache_bytes: 30 << 10,
        ..Options::default()
    };
    open(Arc::new(disk.clone()), Path::new("/data"), options, || [1; 32]).unwrap()
}

impl Pair {
    fn store(&mut self) -> &mut PartitionStore {
        &mut self.opened.partitions[0]
    }

    fn freeze(&mut self) {
        if self.written.is_some() {
            return;
        }
        self.position += 1;
        // The log must reach the checkpoint, or it would be taken for damaged.
        let mut builder = BatchBuilder::new();
        builder.push(b"entry");
        let batch = builder.seal(PartitionId(0), Position(self.position), Timestamp(1));
        self.opened.wal.append(&[batch]).unwrap();
        let position = Position(self.position);
        let frozen = self.store().freeze(position, Timestamp(1));
        self.written = Some(self.opened.checkpointer.write(frozen).unwrap());
    }

    fn install(&mut self) {
        if let Some(written) = self.written.take() {
            self.store().install(written);
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Put(table, key, bytes) => {
                let value = Bytes::from(vec![7; bytes]);
                self.rows.put(Table(table), &key, value.clone());
                self.store().rows.put(Table(table), &key, value);
            }
            Step::Delete(table, key) => {
                self.rows.delete(Table(table), &key);
                self.store().rows.delete(Table(table), &key);
            }
            Step::Body(queue, skip, bytes) => {
                let next = &mut self.next[usize::try_from(queue).unwrap()];
                *next += skip;
                let at = BodyRef { queue, sequence: *next };
                let body = Bytes::from(vec![u8::try_from(at.sequence % 256).unwrap(); bytes]);
                self.live.push(at);
                self.bodies.put(at, body.clone());
                self.store().bodies.put(at, body);
            }
            Step::Bodies(queue, count) => {
                for _ in 0..count {
                    self.step(Step::Body(queue, 1, 9));
                }
            }
            Step::DeleteBody(index) if !self.live.is_empty() => {
                let at = self.live.swap_remove(index.index(self.live.len()));
                self.bodies.delete(at);
                self.store().bodies.delete(at);
            }
            Step::DeleteBody(_) => {}
            Step::DeleteBelow(queue, below) => {
                self.live.retain(|at| at.queue != queue || at.sequence >= below);
                self.bodies.delete_below(queue, below);
                self.store().bodies.delete_below(queue, below);
            }
            Step::Freeze => self.freeze(),
            Step::Install => self.install(),
            Step::Merge(is_interrupted) => {
                // What was written first is installed first.
                self.install();
                let merged = self.opened.checkpointer.merge(&mut || is_interrupted).unwrap();
                merged.into_iter().for_each(|merged| self.store().install(merged));
            }
            Step::Reopen => {
                self.install();
                self.freeze();
                self.install();
                self.disk = self.disk.crash(self.position);
                self.opened = start(&self.disk);
            }
        }
    }

    fn check(&mut self, ranges: &[Range]) {
        for (table, from, to, limit) in ranges {
            let from = from.as_ref().map(Vec::as_slice);
            let to = to.as_ref().map(Vec::as_slice);
            let expected = self.rows.range(Table(*table), from, to, *limit);
            let found = self.opened.partitions[0].rows.range(Table(*table), from, to, *limit);
            assert_eq!(found, expected, "{table} {from:?} {to:?} {limit}");
        }
        for (table, key, value) in self.rows.iter() {
            assert_eq!(self.opened.partitions[0].rows.get(table, key).as_ref(), Some(value));
        }
        let store = &self.opened.partitions[0];
        assert_eq!(store.bodies.len(), u64::try_from(self.live.len()).unwrap());
        for at in &self.live {
            assert_eq!(store.bodies.get(*at).read(), self.bodies.get(*at).read());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 96,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_partition_answers_as_its_model_does(
        steps in vec(step(), 1..120),
        ranges in vec(range(), 1..12),
    ) {
        let disk = MemoryDisk::new();
        let opened = start(&disk);
        let mut pair = Pair {
            disk,
            opened,
            rows: MemoryRows::default(),
            bodies: MemoryBodies::default(),
            live: Vec::new(),
            next: [0; 2],
            position: 0,
            written: None,
        };
        for (index, step) in steps.into_iter().enumerate() {
            pair.step(step);
            if index % 8 == 0 {
                pair.check(&ranges);
            }
        }
        pair.check(&ranges);
    }
}

/// A body that a reply holds stays readable when its segment goes.
#[test]
fn a_body_in_a_reply_outlives_its_segment() {
    let disk = MemoryDisk::new();
    let mut opened = start(&disk);
    let at = BodyRef { queue: 1, sequence: 1 };
    opened.partitions[0].bodies.put(at, Bytes::from_static(b"hello"));
    let mut position = 0;
    let mut checkpoint = |opened: &mut Opened| {
        position += 1;
        let frozen = opened.partitions[0].freeze(Position(position), Timestamp(1));
        let written = opened.checkpointer.write(frozen).unwrap();
        opened.partitions[0].install(written);
    };
    checkpoint(&mut opened);
    let segments = |disk: &MemoryDisk| {
        disk.files().iter().filter(|(path, _)| path.to_string_lossy().contains("bodies-")).count()
    };
    let held = opened.partitions[0].bodies.get(at);
    assert_eq!(segments(&disk), 1);
    opened.partitions[0].bodies.delete(at);
    checkpoint(&mut opened);
    assert_eq!(segments(&disk), 0);
    assert_eq!(held.read(), "hello");
}
