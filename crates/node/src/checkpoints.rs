//! The checkpoint thread: writes what the core froze, and unlinks what no checkpoint needs. While
//! it has nothing to write it merges rows, step by step, and drops that when a letter arrives.

use crate::keeper::KeeperMail;
use crate::log::{LogMail, abort};
use crate::metrics::Metrics;
use crate::shard::{Mail, Mailboxes};
use std::collections::VecDeque;
use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, Sender, TryRecvError};
use std::time::Instant;
use tidemill_kernel::{PartitionId, Position};
use tidemill_services::s3::model::BlobId;
use tidemill_store::{Blobs, Checkpointer, Frozen};

/// What the checkpoint thread is told.
pub(crate) enum CheckpointMail {
    /// Everything in it is durable in the log.
    Write(Vec<Frozen>),
    /// Blobs that no checkpoint names any more.
    Sweep(Vec<(PartitionId, Vec<BlobId>)>),
}

/// Where its results go.
pub(crate) struct Outlets {
    pub(crate) mailboxes: Mailboxes,
    pub(crate) keeper: Sender<KeeperMail>,
    pub(crate) recycle: Sender<LogMail>,
    pub(crate) blobs: Arc<Blobs>,
}

/// Letters, and those that came while a merge was under way.
struct Inbox<'a> {
    letters: &'a Receiver<CheckpointMail>,
    early: VecDeque<CheckpointMail>,
    is_closed: bool,
}

impl Inbox<'_> {
    /// The next letter; `None` when there will be none.
    fn wait(&mut self) -> Option<CheckpointMail> {
        self.early.pop_front().or_else(|| self.letters.recv().ok())
    }

    /// Whether there is a letter, or will never be one again.
    fn is_awaited(&mut self) -> bool {
        match self.letters.try_recv() {
            Ok(letter) => self.early.push_back(letter),
            Err(TryRecvError::Disconnected) => self.is_closed = true,
            Err(TryRecvError::Empty) => {}
        }
        self.is_closed || !self.early.is_empty()
    }
}

/// Runs until the keeper and all shards have let go of their ends.
pub(crate) fn run(
    mut checkpointer: Checkpointer,
    mut checkpointed: Vec<(PartitionId, Position)>,
    letters: &Receiver<CheckpointMail>,
    outlets: &Outlets,
    metrics: &Metrics,
) {
    let mut inbox = Inbox { letters, early: VecDeque::new(), is_closed: false };
    loop {
        while !inbox.is_awaited() && merge(&mut checkpointer, &mut inbox, outlets) {
            metrics.background(&checkpointer.stats());
        }
        let Some(letter) = inbox.wait() else { return };
        match letter {
            CheckpointMail::Sweep(doomed) => sweep(doomed, outlets),
            CheckpointMail::Write(frozen) => {
                let started = Instant::now();
                let said = write(&mut checkpointer, &mut checkpointed, frozen, outlets);
                metrics.checkpoints.fetch_add(1, Relaxed);
                let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
                metrics.checkpoint_last_us.store(micros, Relaxed);
                outlets.keeper.send(said).expect("the keeper waits for a checkpoint to end");
            }
        }
        metrics.background(&checkpointer.stats());
    }
}

/// A step of whatever merge is due; whether there may be another now.
fn merge(checkpointer: &mut Checkpointer, inbox: &mut Inbox<'_>, outlets: &Outlets) -> bool {
    match checkpointer.merge(&mut || inbox.is_awaited()) {
        // Where nobody listens any more, the next letter will not come either.
        Ok(Some(written)) => outlets.mailboxes.send(written.partition(), Mail::Written(written)),
        Ok(None) => false,
        // Without room there is nothing to merge into. It is tried again after the next letter.
        Err(error) if error.kind() == ErrorKind::StorageFull => false,
        Err(error) => abort("merge rows behind", &error),
    }
}

/// What there is to tell the keeper of it.
fn write(
    checkpointer: &mut Checkpointer,
    checkpointed: &mut [(PartitionId, Position)],
    frozen: Vec<Frozen>,
    outlets: &Outlets,
) -> KeeperMail {
    for partition in frozen {
        let written = match checkpointer.write(partition) {
            Ok(written) => written,
            // The log still has everything. Space may come back, so nobody needs to die for it.
            Err(error) if error.kind() == ErrorKind::StorageFull => {
                return KeeperMail::CheckpointFailed;
            }
            Err(error) => abort("checkpoint", &error),
        };
        for (id, position) in &mut *checkpointed {
            if *id == written.partition() {
                *position = written.applied();
            }
        }
        let is_heard = outlets.mailboxes.send(written.partition(), Mail::Written(written));
        assert!(is_heard, "shards do not end while a checkpoint is written");
    }
    let recycle = outlets.recycle.send(LogMail::Recycle(checkpointed.to_vec()));
    recycle.expect("the log thread outlives this one");
    KeeperMail::CheckpointDone(checkpointed.to_vec())
}

fn sweep(doomed: Vec<(PartitionId, Vec<BlobId>)>, outlets: &Outlets) {
    for (partition, blobs) in doomed {
        // A file that could not be unlinked now is tried again after the next checkpoint.
        let gone: Vec<BlobId> =
            blobs.into_iter().filter(|blob| outlets.blobs.delete(stored(*blob)).is_ok()).collect();
        if !gone.is_empty() {
            // A shard that has ended finds them doomed still when it starts again.
            let _ = outlets.mailboxes.send(partition, Mail::Swept(partition, gone));
        }
    }
}

/// The store's name of a blob.
#[must_use]
pub fn stored(blob: BlobId) -> tidemill_store::BlobId {
    let mut id = tidemill_store::BlobId { content: [0; 32], unique: [0; 16] };
    let (content, unique) = blob.0.split_at(id.content.len());
    id.content.copy_from_slice(content);
    id.unique.copy_from_slice(unique);
    id
}
