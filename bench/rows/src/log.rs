//! How long a sync of the log takes, alone and while a checkpoint is written beside it.

use crate::{Result, key, value};
use bytes::Bytes;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tidemill_kernel::{PartitionId, Position, Rows, Table, Timestamp};
use tidemill_store::{BatchBuilder, Options, RealDisk, Wal, open};

const CHECKPOINTS: u64 = 8;
const ROWS: u64 = 200_000;
/// What a round of small commands comes to.
const ENTRY_BYTES: usize = 3_000;
/// Between two appends: a log that is never idle would show its own queue.
const THINK: Duration = Duration::from_micros(300);

struct Appender {
    wal: Wal,
    position: Position,
    micros: Vec<u64>,
}

impl Appender {
    fn append(&mut self) -> Result<()> {
        let mut batch = BatchBuilder::new();
        batch.push(&[7; ENTRY_BYTES]);
        let batch = batch.seal(PartitionId(1), self.position.next(), Timestamp(1));
        let started = Instant::now();
        self.wal.append(&[batch])?;
        self.micros.push(started.elapsed().as_micros() as u64);
        self.position = self.position.next();
        std::thread::sleep(THINK);
        Ok(())
    }

    fn report(&mut self, what: &str) {
        self.micros.sort_unstable();
        let at = |share: f64| {
            let index = (self.micros.len() as f64 * share) as usize;
            self.micros.get(index.min(self.micros.len() - 1)).copied().unwrap_or(0)
        };
        println!(
            "{what:<28} {:>6} syncs  p50 {:>6} µs  p90 {:>6} µs  p99 {:>6} µs  longest {:>7} µs",
            self.micros.len(),
            at(0.5),
            at(0.9),
            at(0.99),
            at(1.0)
        );
        self.micros.clear();
    }
}

pub fn run(folder: &Path) -> Result<()> {
    let mut opened =
        open(Arc::new(RealDisk), &folder.join("data"), Options::default(), || [7; 32])?;
    while opened.replay.next()?.is_some() {}
    let preparer = opened.wal.preparer();
    preparer.prepare()?;
    let mut log = Appender { wal: opened.wal, position: Position(0), micros: Vec::new() };
    println!("the log is written {:?}", log.wal.write_mode());
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(4) {
        log.append()?;
    }
    log.report("alone");
    let mut store = opened.partitions.swap_remove(0);
    let mut took = Vec::new();
    for round in 0..CHECKPOINTS {
        for number in round * ROWS..(round + 1) * ROWS {
            let value = Bytes::copy_from_slice(&value(number, 0));
            store.rows.put(Table(1), &key(number), value);
        }
        let mut batch = BatchBuilder::new();
        batch.push(b"x");
        log.wal.append(&[batch.seal(PartitionId(0), Position(round + 1), Timestamp(1))])?;
        let frozen = store.freeze(Position(round + 1), Timestamp(1));
        let mut checkpointer = opened.checkpointer.clone();
        let checkpoint = std::thread::spawn(move || {
            let started = Instant::now();
            (checkpointer.write(frozen), started.elapsed())
        });
        while !checkpoint.is_finished() {
            log.append()?;
        }
        let (written, time) = checkpoint.join().expect("a checkpoint");
        took.push(time);
        store.install(written?);
    }
    println!("the log is written {:?}", log.wal.write_mode());
    log.report("beside checkpoints");
    println!(
        "checkpoints took {took:.2?}, held back {:.2?} for the log",
        opened.checkpointer.stats().paused
    );
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(3) {
        log.append()?;
    }
    log.report("alone again");
    Ok(())
}
