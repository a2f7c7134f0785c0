//! Objects whose data lies in blobs: written before the command that names them, replaced,
//! deleted, and swept.
//!
//! ```text
//! client: write blob, sync ──▶ PutObject { blob } ──▶ core        crash in between: a leftover
//! sweep:  doomed, held by a checkpoint ──▶ unlink ──▶ ForgetBlobs ──▶ core
//! ```
//!
//! # Invariants
//!
//! - An object holds what the last acknowledged put of its key wrote, or what a later one wrote
//!   whose answer was lost: all of it, and nothing else.
//! - Once all is swept, the files are the blobs that objects name.

use crate::Bug;
use crate::ledger::{Certainty, Invariant};
use crate::objects;
use crate::world::{Asked, World};
use std::collections::{BTreeMap, BTreeSet};
use tidemill_kernel::PartitionId;
use tidemill_services::Reply;
use tidemill_services::s3::model::BlobId;
use tidemill_services::s3::{self, Slice};
use tidemill_store::Blobs;

/// So few that most puts replace something.
pub(crate) const KEYS: u64 = 5;

/// What a key may hold, by the number of the request that would have made it so. `None` for
/// nothing at all.
#[derive(Debug)]
struct Candidates(BTreeMap<u64, Option<u64>>);

impl Default for Candidates {
    fn default() -> Candidates {
        Candidates(BTreeMap::from([(0, None)]))
    }
}

/// Every key that was ever put or deleted here.
#[derive(Debug, Default)]
pub(crate) struct Shelf(BTreeMap<String, Candidates>);

impl Shelf {
    pub(crate) fn asked(&mut self, key: &str, number: u64, content: Option<u64>) {
        self.0.entry(key.to_owned()).or_default().0.insert(number, content);
    }

    /// Requests for a key are applied in the order in which they were asked.
    pub(crate) fn ended(&mut self, key: &str, number: u64, how: Certainty) {
        let Some(Candidates(candidates)) = self.0.get_mut(key) else { return };
        match how {
            Certainty::Acknowledged => candidates.retain(|candidate, _| *candidate >= number),
            Certainty::Refused => {
                candidates.remove(&number);
            }
            Certainty::Open | Certainty::Uncertain => {}
        }
    }
}

pub(crate) fn key(number: u64) -> String {
    format!("b{number}")
}

/// Some kilobytes that no other number has.
pub(crate) fn data(content: u64) -> Vec<u8> {
    let line = format!("contents number {content}\n");
    let length = 1000 + usize::try_from(content % 7).unwrap_or(0) * 3000;
    line.bytes().cycle().take(length).collect()
}

/// The service's name of a blob.
fn named(blob: tidemill_store::BlobId) -> BlobId {
    let mut bytes = [0; BlobId::BYTES];
    let (content, unique) = bytes.split_at_mut(blob.content.len());
    content.copy_from_slice(&blob.content);
    unique.copy_from_slice(&blob.unique);
    BlobId(bytes)
}

fn write(blobs: &Blobs, data: &[u8]) -> std::io::Result<tidemill_store::BlobId> {
    let mut writer = blobs.create()?;
    writer.append(data)?;
    writer.publish_unique()
}

impl World {
    /// A client puts an object too large for the log, or deletes one.
    pub(crate) fn put_blob(&mut self) {
        let key = key(self.random.below(KEYS));
        self.sends += 1;
        let number = self.sends;
        if self.random.one_in(4) {
            self.shelf.asked(&key, number, None);
            return self.submit(objects::delete(&key), Asked::Shelve { key, number });
        }
        let data = data(number);
        let Some(blob) = self.write_blob(&data) else { return };
        self.shelf.asked(&key, number, Some(number));
        self.submit(objects::put_blob(&key, &data, blob), Asked::Shelve { key, number });
    }

    /// Writes a blob for a command to come. `None` when that must not come: the request was
    /// refused, or the machine is gone.
    pub(crate) fn write_blob(&mut self, data: &[u8]) -> Option<BlobId> {
        let written = write(&self.machine.as_ref()?.blobs, data);
        // A disk that is off ends the process; one that is full or fails refuses the request.
        if self.disk.is_off() || self.random.one_in(12) {
            self.crash();
            return None;
        }
        written.ok().map(named)
    }

    /// The checkpoint thread's part: unlinks what checkpoints have forgotten.
    pub(crate) fn sweep(&mut self) {
        let now = self.now;
        let Some(machine) = &mut self.machine else { return };
        let mut checkpointed = machine.checkpointed.clone();
        if self.bug == Some(Bug::SweptEarly) {
            checkpointed = machine.core.applied();
        }
        for (id, doomed) in machine.core.doomed_blobs(&checkpointed, now) {
            let gone: Vec<BlobId> = doomed
                .into_iter()
                .filter(|blob| {
                    let is_kept = self.bug == Some(Bug::BlobLeaked);
                    is_kept || machine.blobs.delete(tidemill_node::stored(*blob)).is_ok()
                })
                .collect();
            if !gone.is_empty() {
                machine.core.forget_blobs(now, id, gone);
            }
        }
        if self.disk.is_off() {
            self.crash();
        }
    }

    /// At the very end: every object is what it may be, and no file is there for nobody.
    pub(crate) fn audit_shelf(&mut self) {
        let keys: Vec<String> = self.shelf.0.keys().cloned().collect();
        for key in keys {
            let found = self.read_object(&key);
            let Some(Candidates(candidates)) = self.shelf.0.get(&key) else { continue };
            let may_be = |content: &Option<u64>| match (content, &found) {
                (None, Ok(None)) => true,
                (Some(content), Ok(Some(bytes))) => data(*content) == *bytes,
                (None, Ok(Some(_)) | Err(_)) | (Some(_), Ok(None) | Err(_)) => false,
            };
            if !candidates.values().any(may_be) {
                let shown = found.map(|bytes| bytes.map(|bytes| bytes.len()));
                let what = format!("{key} may be one of {candidates:?} and is {shown:?} bytes");
                self.ledger.report(Invariant::I1AcknowledgedIsKept, what);
            }
        }
        // Twice: what the first checkpoint makes sweepable is forgotten by the second.
        for _ in 0..2 {
            self.settle();
            while self.machine.as_ref().is_some_and(|machine| {
                machine.frozen.is_some() || machine.core.bytes_since_checkpoint() > 0
            }) {
                self.checkpoint();
            }
            self.sweep();
        }
        self.check_leaks();
    }

    fn check_leaks(&mut self) {
        let Some(machine) = &self.machine else { return };
        let mut named = BTreeSet::new();
        machine.core.visit_blobs(&mut |blob| {
            named.insert(tidemill_node::stored(blob));
        });
        let files: BTreeSet<_> = machine.blobs.list().unwrap_or_default().into_iter().collect();
        if files != named {
            let leaked = files.difference(&named).count();
            let missing = named.difference(&files).count();
            let what = format!("{leaked} blobs belong to nobody, {missing} are missing");
            self.ledger.report(Invariant::I14NothingLeaks, what);
        }
    }

    /// The bytes of an object, through its slices; `None` when it is not there.
    fn read_object(&mut self, key: &str) -> Result<Option<Vec<u8>>, String> {
        let now = self.now;
        let Some(machine) = &mut self.machine else { return Err("the machine is off".to_owned()) };
        let (partition, query): (PartitionId, _) = objects::get(key);
        let view = match machine.core.ask(now, partition, query) {
            Ok(Reply::S3(s3::Reply::Object(view))) => view,
            Ok(other) => return Err(format!("{other:?}")),
            Err(_) => return Ok(None),
        };
        let mut bytes = Vec::new();
        for slice in view.slices {
            match slice {
                Slice::Inline(inline) => bytes.extend_from_slice(&inline),
                Slice::Blob { blob, offset, length } => {
                    let mut part = vec![0; usize::try_from(length).unwrap_or(0)];
                    let opened = machine.blobs.open_blob(tidemill_node::stored(blob));
                    opened
                        .and_then(|opened| opened.read_exact_at(&mut part, offset))
                        .map_err(|error| error.to_string())?;
                    bytes.append(&mut part);
                }
            }
        }
        Ok(Some(bytes))
    }
}
