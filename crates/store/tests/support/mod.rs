//! A toy node: commands that change rows and bodies, a model of what they mean, and a data
//! directory that they are logged to.

use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::path::Path;
use std::sync::Arc;
use tidemill_kernel::{Bodies, BodyRef, PartitionId, Position, Rows, Table, Timestamp};
use tidemill_store::{
    Batch, BatchBuilder, Checkpointer, Disk, MemoryDisk, OpenError, Opened, Options,
    PartitionStore, Wal, open,
};

pub const DATA: &str = "/data";
pub const PARTITIONS: u16 = 3;

/// Small enough that everything rotates, merges and recycles within a few dozen steps.
pub fn options() -> Options {
    Options {
        segment_bytes: 16 << 10,
        body_segment_bytes: 1 << 10,
        row_file_bytes: 512,
        row_cache_bytes: 8 << 10,
        ..Options::default()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    Put(u16, u8, Vec<u8>),
    Delete(u16, u8),
    PutBody(BodyRef, Vec<u8>),
    DeleteBody(BodyRef),
    DeleteBelow(u64, u64),
}

fn number(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(bytes.try_into().unwrap())
}

impl Command {
    pub fn encode(&self) -> Vec<u8> {
        let body = |tag: u8, at: &BodyRef, bytes: &[u8]| {
            [&[tag][..], &at.queue.to_le_bytes(), &at.sequence.to_le_bytes(), bytes].concat()
        };
        match self {
            Command::Put(table, key, value) => {
                [&[0][..], &table.to_le_bytes(), &[*key], value].concat()
            }
            Command::Delete(table, key) => [&[1][..], &table.to_le_bytes(), &[*key]].concat(),
            Command::PutBody(at, bytes) => body(2, at, bytes),
            Command::DeleteBody(at) => body(3, at, &[]),
            Command::DeleteBelow(queue, below) => {
                body(4, &BodyRef { queue: *queue, sequence: *below }, &[])
            }
        }
    }

    pub fn decode(bytes: &[u8]) -> Command {
        let table = || u16::from_le_bytes(bytes[1..3].try_into().unwrap());
        let body = || BodyRef { queue: number(&bytes[1..9]), sequence: number(&bytes[9..17]) };
        match bytes[0] {
            0 => Command::Put(table(), bytes[3], bytes[4..].to_vec()),
            1 => Command::Delete(table(), bytes[3]),
            2 => Command::PutBody(body(), bytes[17..].to_vec()),
            3 => Command::DeleteBody(body()),
            _ => Command::DeleteBelow(body().queue, body().sequence),
        }
    }
}

/// What a partition's commands mean.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Model {
    pub rows: BTreeMap<(u16, u8), Vec<u8>>,
    pub bodies: BTreeMap<BodyRef, Vec<u8>>,
    pub position: u64,
}

impl Model {
    pub fn apply(&mut self, command: &Command) {
        self.position += 1;
        match command {
            Command::Put(table, key, value) => {
                self.rows.insert((*table, *key), value.clone());
            }
            Command::Delete(table, key) => {
                self.rows.remove(&(*table, *key));
            }
            Command::PutBody(at, bytes) => {
                self.bodies.insert(*at, bytes.clone());
            }
            Command::DeleteBody(at) => {
                self.bodies.remove(at);
            }
            Command::DeleteBelow(queue, below) => {
                self.bodies.retain(|at, _| at.queue != *queue || at.sequence >= *below);
            }
        }
    }
}

pub fn apply(store: &mut PartitionStore, command: Command) {
    match command {
        Command::Put(table, key, value) => store.rows.put(Table(table), &[key], value.into()),
        Command::Delete(table, key) => store.rows.delete(Table(table), &[key]),
        Command::PutBody(at, bytes) => store.bodies.put(at, bytes.into()),
        Command::DeleteBody(at) => store.bodies.delete(at),
        Command::DeleteBelow(queue, below) => store.bodies.delete_below(queue, below),
    }
}

/// A small generator: tests must not depend on a seedable crate.
#[derive(Clone)]
pub struct Chance(pub u64);

impl Chance {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        (self.0 >> 33) % bound
    }
}

/// Draws commands that make sense after what was drawn before.
#[derive(Clone)]
pub struct Script {
    pub chance: Chance,
    next: BTreeMap<(u16, u64), u64>,
}

impl Script {
    pub fn new(seed: u64) -> Script {
        Script { chance: Chance(seed), next: BTreeMap::new() }
    }

    /// Goes on after `models`: sequences are never used twice.
    pub fn clone_sequences_of(&mut self, models: &[Model]) {
        for (partition, model) in (0..).zip(models) {
            for queue in 0..3 {
                self.next.insert((partition, queue), model.position * 3);
            }
        }
    }

    pub fn command(&mut self, partition: u16, model: &Model) -> Command {
        let queue = self.chance.below(3);
        let live: Vec<BodyRef> = model.bodies.keys().copied().collect();
        match self.chance.below(10) {
            0..3 => {
                let bytes = vec![self.byte(); usize::try_from(self.chance.below(200)).unwrap()];
                Command::Put(self.table(), self.key(), bytes)
            }
            3..5 => Command::Delete(self.table(), self.key()),
            5 if self.chance.below(6) == 0 => {
                let next = self.next.get(&(partition, queue)).copied().unwrap_or(0);
                Command::DeleteBelow(queue, self.chance.below(next + 1))
            }
            6 | 7 if !live.is_empty() => {
                let index = self.chance.below(u64::try_from(live.len()).unwrap());
                Command::DeleteBody(live[usize::try_from(index).unwrap()])
            }
            _ => {
                let skip = self.chance.below(3);
                let next = self.next.entry((partition, queue)).or_default();
                // Near the border of two chunks, so that both are used.
                let sequence = 4090 + *next + skip;
                *next += 1 + skip;
                let bytes = vec![self.byte(); usize::try_from(self.chance.below(300)).unwrap()];
                Command::PutBody(BodyRef { queue, sequence }, bytes)
            }
        }
    }

    fn table(&mut self) -> u16 {
        u16::try_from(1 + self.chance.below(2)).unwrap()
    }

    fn key(&mut self) -> u8 {
        u8::try_from(self.chance.below(12)).unwrap()
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.chance.below(256)).unwrap()
    }
}

/// An open data directory with its replay applied.
pub struct Machine {
    pub partitions: Vec<PartitionStore>,
    pub positions: Vec<u64>,
    pub wal: Wal,
    pub checkpointer: Checkpointer,
    pub now: u64,
}

impl Machine {
    pub fn start(disk: Arc<dyn Disk>, options: Options) -> Result<Machine, OpenError> {
        let opened = open(disk, Path::new(DATA), options, || [9; 32])?;
        Machine::replay(opened)
    }

    pub fn replay(opened: Opened) -> Result<Machine, OpenError> {
        let Opened { secret, mut partitions, wal, checkpointer, mut replay, .. } = opened;
        assert_eq!(secret.0, [9; 32]);
        let mut positions: Vec<u64> = partitions.iter().map(|store| store.applied.0).collect();
        while let Some(batch) = replay.next()? {
            let index = usize::from(batch.partition.0);
            assert_eq!(batch.first.0, positions[index] + 1, "dense, from the checkpoint on");
            for entry in batch.entries() {
                apply(&mut partitions[index], Command::decode(entry));
                positions[index] += 1;
            }
        }
        Ok(Machine { partitions, positions, wal, checkpointer, now: 1 })
    }

    pub fn batch(&mut self, partition: u16, commands: &[Command]) -> Batch {
        let index = usize::from(partition);
        let mut builder = BatchBuilder::new();
        let first = Position(self.positions[index] + 1);
        for command in commands {
            builder.push(&command.encode());
            apply(&mut self.partitions[index], command.clone());
            self.positions[index] += 1;
        }
        self.now += 1;
        builder.seal(PartitionId(partition), first, Timestamp(self.now))
    }

    /// A step of whatever merge is due, ended as soon as it may be when `is_hurried`.
    pub fn merge(&mut self, is_hurried: bool) -> std::io::Result<bool> {
        let Some(written) = self.checkpointer.merge(&mut || is_hurried)? else { return Ok(false) };
        self.partitions[usize::from(written.partition().0)].install(written);
        Ok(true)
    }

    pub fn recycle(&mut self) -> std::io::Result<()> {
        let checkpointed: Vec<_> =
            self.partitions.iter().map(|store| (store.partition, store.applied)).collect();
        self.wal.recycle(&checkpointed)
    }

    /// Compares everything readable with the model.
    pub fn check(&self, models: &[Model], context: &str) {
        for (index, model) in models.iter().enumerate() {
            let store = &self.partitions[index];
            assert_eq!(self.positions[index], model.position, "{context}: position of {index}");
            check_store(store, model, context);
        }
    }
}

pub fn check_store(store: &PartitionStore, model: &Model, context: &str) {
    for table in 1..=2 {
        let rows = store.rows.range(Table(table), Bound::Unbounded, Bound::Unbounded, 1000);
        let rows: Vec<(u8, Bytes)> = rows.into_iter().map(|(key, value)| (key[0], value)).collect();
        let expected: Vec<(u8, Bytes)> = model
            .rows
            .iter()
            .filter(|((of, _), _)| *of == table)
            .map(|((_, key), value)| (*key, Bytes::from(value.clone())))
            .collect();
        assert_eq!(rows, expected, "{context}: table {table}");
        for key in 0..12 {
            let value = store.rows.get(Table(table), &[key]);
            let expected = model.rows.get(&(table, key)).cloned().map(Bytes::from);
            assert_eq!(value, expected, "{context}: row {table} {key}");
        }
    }
    for (at, bytes) in &model.bodies {
        assert_eq!(store.bodies.get(*at).read(), bytes, "{context}: body {at:?}");
    }
    let count = u64::try_from(model.bodies.len()).unwrap();
    assert_eq!(store.bodies.len(), count, "{context}: bodies that should be gone");
}

/// Files that a data directory holds, without the log: to find leaks.
pub fn checkpoint_files(disk: &MemoryDisk) -> BTreeSet<String> {
    let files = disk.files();
    let names = files.iter().map(|(path, _)| path.display().to_string());
    names.filter(|name| name.contains("/p/")).collect()
}
