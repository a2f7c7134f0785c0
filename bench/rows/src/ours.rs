//! Our rows, as the node drives them: the partition goes on while a checkpoint is written on
//! another thread, and the next one waits for it.

use crate::{Engine, Result};
use bytes::Bytes;
use std::collections::VecDeque;
use std::ops::Bound;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};
use tidemill_kernel::{PartitionId, Position, Rows, Table, Timestamp};
use tidemill_store::{
    BackgroundStats, BatchBuilder, Checkpointer, Frozen, Options, PartitionStore, RealDisk, Wal,
    Written, open,
};

const TABLE: Table = Table(0x0201);

pub struct Ours {
    store: PartitionStore,
    wal: Wal,
    position: Position,
    checkpoints: Sender<Mail>,
    written: Receiver<News>,
    longest_checkpoint: Duration,
    longest_merge: Duration,
    merges: u64,
    stats: BackgroundStats,
}

enum Mail {
    Write(Frozen),
    /// Tells when there is nothing left to do.
    Settle,
}

enum News {
    Checkpoint(Written, Duration, BackgroundStats),
    Merge(Written, Duration),
    Settled(BackgroundStats),
}

/// As the node's checkpoint thread: merges while there is nothing to write.
fn tend(mut checkpointer: Checkpointer, letters: &Receiver<Mail>, news: &Sender<News>) {
    let mut early = VecDeque::new();
    let mut is_settling = false;
    loop {
        let started = Instant::now();
        let is_awaited = &mut || {
            early.extend(letters.try_recv());
            !early.is_empty()
        };
        let merged =
            if is_awaited() { None } else { checkpointer.merge(is_awaited).expect("a merge") };
        let sent = match (merged, early.pop_front()) {
            (Some(merged), letter) => {
                early.extend(letter);
                news.send(News::Merge(merged, started.elapsed()))
            }
            (None, None) if is_settling => {
                is_settling = false;
                news.send(News::Settled(checkpointer.stats()))
            }
            (None, letter) => match letter.or_else(|| letters.recv().ok()) {
                None => return,
                Some(Mail::Settle) => {
                    is_settling = true;
                    Ok(())
                }
                Some(Mail::Write(frozen)) => {
                    let started = Instant::now();
                    let written = checkpointer.write(frozen).expect("a checkpoint");
                    let stats = checkpointer.stats();
                    news.send(News::Checkpoint(written, started.elapsed(), stats))
                }
            },
        };
        if sent.is_err() {
            return;
        }
    }
}

impl Ours {
    fn hear(&mut self, news: News) {
        match news {
            News::Checkpoint(written, took, stats) => {
                self.longest_checkpoint = self.longest_checkpoint.max(took);
                self.stats = stats;
                self.store.install(written);
            }
            News::Merge(merged, took) => {
                self.longest_merge = self.longest_merge.max(took);
                self.merges += 1;
                self.store.install(merged);
            }
            News::Settled(stats) => self.stats = stats,
        }
    }

    fn wait(&mut self, is_over: impl Fn(&News) -> bool) {
        loop {
            let news = self.written.recv().expect("the checkpoint thread lives");
            let is_last = is_over(&news);
            self.hear(news);
            if is_last {
                return;
            }
        }
    }
}

impl Engine for Ours {
    fn open(folder: &Path) -> Result<Ours> {
        let disk = Arc::new(RealDisk);
        let mut opened = open(disk, &folder.join("data"), Options::default(), || [7; 32])?;
        while opened.replay.next()?.is_some() {}
        let (checkpoints, letters) = channel();
        let (sender, written) = channel();
        let checkpointer = opened.checkpointer;
        std::thread::spawn(move || tend(checkpointer, &letters, &sender));
        let store = opened.partitions.swap_remove(0);
        Ok(Ours {
            position: store.applied,
            store,
            wal: opened.wal,
            checkpoints,
            written,
            longest_checkpoint: Duration::ZERO,
            longest_merge: Duration::ZERO,
            merges: 0,
            stats: BackgroundStats::default(),
        })
    }

    fn put(&mut self, key: &[u8], value: &[u8]) {
        self.store.rows.put(TABLE, key, Bytes::copy_from_slice(value));
    }

    fn delete(&mut self, key: &[u8]) {
        self.store.rows.delete(TABLE, key);
    }

    fn commit(&mut self) -> Result<()> {
        while let Ok(news) = self.written.try_recv() {
            self.hear(news);
        }
        Ok(())
    }

    fn persist(&mut self) -> Result<()> {
        if self.store.is_frozen() {
            self.wait(|news| matches!(news, News::Checkpoint(..)));
        }
        // The log itself costs the same whatever keeps the rows: one entry stands for all.
        let mut batch = BatchBuilder::new();
        batch.push(b"x");
        self.wal.append(&[batch.seal(PartitionId(0), self.position.next(), Timestamp(1))])?;
        self.position = self.position.next();
        self.checkpoints.send(Mail::Write(self.store.freeze(self.position, Timestamp(1))))?;
        Ok(())
    }

    fn settle(&mut self) -> Result<()> {
        if self.store.is_dirty() {
            self.persist()?;
        }
        self.checkpoints.send(Mail::Settle)?;
        self.wait(|news| matches!(news, News::Settled(_)));
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
        format!(
            "checkpoint ≤ {} ms, {} steps ≤ {} ms, cache {} MB",
            self.longest_checkpoint.as_millis(),
            self.merges,
            self.longest_merge.as_millis(),
            self.stats.row_cache_bytes >> 20,
        )
    }
}
