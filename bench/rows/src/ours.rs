//! Our rows, as the node drives them: the partition goes on while a checkpoint is written on
//! another thread, and the next one waits for it.

use crate::{Engine, Result};
use bytes::Bytes;
use std::ops::Bound;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};
use tidemill_kernel::{PartitionId, Position, Rows, Table, Timestamp};
use tidemill_store::{BatchBuilder, Frozen, Options, PartitionStore, RealDisk, Wal, Written, open};

const TABLE: Table = Table(0x0201);

pub struct Ours {
    store: PartitionStore,
    wal: Wal,
    position: Position,
    checkpoints: Sender<Frozen>,
    written: Receiver<(Written, Duration)>,
    longest_checkpoint: Duration,
}

impl Ours {
    fn install(&mut self) {
        let (written, took) = self.written.recv().expect("the checkpoint thread lives");
        self.longest_checkpoint = self.longest_checkpoint.max(took);
        self.store.install(written);
    }
}

impl Engine for Ours {
    fn open(folder: &Path) -> Result<Ours> {
        let disk = Arc::new(RealDisk);
        let mut opened = open(disk, &folder.join("data"), Options::default(), || [7; 32])?;
        while opened.replay.next()?.is_some() {}
        let (checkpoints, frozen) = channel::<Frozen>();
        let (sender, written) = channel();
        let mut checkpointer = opened.checkpointer;
        std::thread::spawn(move || {
            while let Ok(frozen) = frozen.recv() {
                let started = Instant::now();
                let written = checkpointer.write(frozen).expect("a checkpoint");
                if sender.send((written, started.elapsed())).is_err() {
                    return;
                }
            }
        });
        let store = opened.partitions.swap_remove(0);
        let position = store.applied;
        let wal = opened.wal;
        let longest_checkpoint = Duration::ZERO;
        Ok(Ours { store, wal, position, checkpoints, written, longest_checkpoint })
    }

    fn put(&mut self, key: &[u8], value: &[u8]) {
        self.store.rows.put(TABLE, key, Bytes::copy_from_slice(value));
    }

    fn delete(&mut self, key: &[u8]) {
        self.store.rows.delete(TABLE, key);
    }

    fn commit(&mut self) -> Result<()> {
        Ok(())
    }

    fn persist(&mut self) -> Result<()> {
        if self.store.is_frozen() {
            self.install();
        }
        // The log itself costs the same whatever keeps the rows: one entry stands for all.
        let mut batch = BatchBuilder::new();
        batch.push(b"x");
        self.wal.append(&[batch.seal(PartitionId(0), self.position.next(), Timestamp(1))])?;
        self.position = self.position.next();
        self.checkpoints.send(self.store.freeze(self.position, Timestamp(1)))?;
        Ok(())
    }

    fn settle(&mut self) -> Result<()> {
        if self.store.is_dirty() {
            self.persist()?;
        }
        if self.store.is_frozen() {
            self.install();
        }
        Ok(())
    }

    fn contains(&mut self, key: &[u8]) -> Result<bool> {
        Ok(self.store.rows.get(TABLE, key).is_some())
    }

    fn count(&mut self) -> Result<u64> {
        let (mut count, mut after) = (0, None::<Bytes>);
        loop {
            let from = after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
            let rows = self.store.rows.range(TABLE, from, Bound::Unbounded, 1_000);
            let Some((last, _)) = rows.last() else { return Ok(count) };
            after = Some(last.clone());
            count += rows.len() as u64;
        }
    }

    fn notes(&self) -> String {
        format!("longest checkpoint {} ms", self.longest_checkpoint.as_millis())
    }
}
