//! The checkpoint thread: writes what the core froze, and unlinks what no checkpoint needs. While
//! it has nothing to write it merges rows, step by step, and drops that when a letter arrives.

use crate::driver::Mail;
use crate::log::{LogMail, abort};
use crate::metrics::Metrics;
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
    pub(crate) mailbox: Sender<Mail>,
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

/// Runs until the core lets go of its end.
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
        let is_heard = match letter {
            CheckpointMail::Sweep(doomed) => sweep(doomed, outlets),
            CheckpointMail::Write(frozen) => {
                let started = Instant::now();
                let is_heard = write(&mut checkpointer, &mut checkpointed, frozen, outlets);
                metrics.checkpoints.fetch_add(1, Relaxed);
                let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
                metrics.checkpoint_last_us.store(micros, Relaxed);
                is_heard
            }
        };
        metrics.background(&checkpointer.stats());
        if !is_heard {
            return;
        }
    }
}

/// A step of whatever merge is due; whether there may be another now.
fn merge(checkpointer: &mut Checkpointer, inbox: &mut Inbox<'_>, outlets: &Outlets) -> bool {
    match checkpointer.merge(&mut || inbox.is_awaited()) {
        // Where nobody listens any more, the next letter will not come either.
        Ok(Some(written)) => outlets.mailbox.send(Mail::Written(written)).is_ok(),
        Ok(None) => false,
        // Without room there is nothing to merge into. It is tried again after the next letter.
        Err(error) if error.kind() == ErrorKind::StorageFull => false,
        Err(error) => abort("merge rows behind", &error),
    }
}

/// Whether anybody is left to hear of it; the same for the next.
fn write(
    checkpointer: &mut Checkpointer,
    checkpointed: &mut [(PartitionId, Position)],
    frozen: Vec<Frozen>,
    outlets: &Outlets,
) -> bool {
    for partition in frozen {
        let written = match checkpointer.write(partition) {
            Ok(written) => written,
            // The log still has everything. Space may come back, so nobody needs to die for it.
            Err(error) if error.kind() == ErrorKind::StorageFull => {
                return outlets.mailbox.send(Mail::CheckpointFailed).is_ok();
            }
            Err(error) => abort("checkpoint", &error),
        };
        for (id, position) in &mut *checkpointed {
            if *id == written.partition() {
                *position = written.applied();
            }
        }
        if outlets.mailbox.send(Mail::Written(written)).is_err() {
            return false;
        }
    }
    // The log may be gone already when the node is stopping; then there is nothing to recycle.
    let _ = outlets.recycle.send(LogMail::Recycle(checkpointed.to_vec()));
    outlets.mailbox.send(Mail::CheckpointDone(checkpointed.to_vec())).is_ok()
}

fn sweep(doomed: Vec<(PartitionId, Vec<BlobId>)>, outlets: &Outlets) -> bool {
    for (partition, blobs) in doomed {
        // A file that could not be unlinked now is tried again after the next checkpoint.
        let gone: Vec<BlobId> =
            blobs.into_iter().filter(|blob| outlets.blobs.delete(stored(*blob)).is_ok()).collect();
        if !gone.is_empty() && outlets.mailbox.send(Mail::Swept(partition, gone)).is_err() {
            return false;
        }
    }
    true
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
