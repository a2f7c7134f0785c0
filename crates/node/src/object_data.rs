//! Object data as the S3 front reads and writes it: the store's blobs under the service's names,
//! so that `edge` never learns of files.

use crate::checkpoints::stored;
use crate::keeper::KeeperMail;
use crate::room::RoomWatch;
use bytes::Bytes;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use tidemill_services::s3::model::BlobId;
use tidemill_store::{Blob, BlobWriter, Blobs};

/// Files of object data. All calls block; none may be made on an async thread.
pub trait BlobFiles: Send + Sync + 'static {
    /// `announced` is how large it will be, as far as anybody knows. `StorageFull` where the disk
    /// must keep what room it has.
    fn create(&self, announced: u64) -> io::Result<Box<dyn BlobSink>>;
    fn open(&self, id: BlobId) -> io::Result<Arc<dyn BlobSource>>;
    fn delete(&self, id: BlobId) -> io::Result<()>;
}

/// A file being written. Dropped before it is published, it leaves nothing.
pub trait BlobSink: Send {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Synced, and from now on there under its id.
    fn publish(self: Box<Self>) -> io::Result<BlobId>;
}

/// An open file; stays readable when it is unlinked meanwhile.
pub trait BlobSource: Send + Sync {
    fn read(&self, offset: u64, length: usize) -> io::Result<Bytes>;
}

/// The blobs of a node, as long as its disk has room for more.
pub struct ObjectFiles {
    blobs: Arc<Blobs>,
    door: RoomDoor,
}

impl ObjectFiles {
    pub(crate) fn new(
        blobs: Arc<Blobs>,
        room: Arc<RoomWatch>,
        keeper: Sender<KeeperMail>,
    ) -> ObjectFiles {
        ObjectFiles { blobs, door: RoomDoor { room, keeper } }
    }
}

/// Lets bytes through while there is room, and wakes the keeper when there is none, who
/// makes room.
#[derive(Clone)]
struct RoomDoor {
    room: Arc<RoomWatch>,
    keeper: Sender<KeeperMail>,
}

impl RoomDoor {
    fn admit(&self, bytes: u64) -> io::Result<()> {
        self.room.admit_file(bytes).inspect_err(|_| {
            // An error means that the node is stopping.
            let _ = self.keeper.send(KeeperMail::Look);
        })
    }
}

impl BlobFiles for ObjectFiles {
    fn create(&self, announced: u64) -> io::Result<Box<dyn BlobSink>> {
        self.door.admit(announced)?;
        Ok(Box::new(ObjectSink { writer: self.blobs.create()?, door: self.door.clone() }))
    }

    fn open(&self, id: BlobId) -> io::Result<Arc<dyn BlobSource>> {
        Ok(Arc::new(self.blobs.open_blob(stored(id))?))
    }

    fn delete(&self, id: BlobId) -> io::Result<()> {
        self.blobs.delete(stored(id))
    }
}

struct ObjectSink {
    writer: BlobWriter,
    door: RoomDoor,
}

impl BlobSink for ObjectSink {
    /// Many files may have been begun while there was room for each.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.door.admit(bytes.len() as u64)?;
        self.writer.append(bytes)
    }

    fn publish(self: Box<Self>) -> io::Result<BlobId> {
        self.writer.publish_unique().map(service_id)
    }
}

impl BlobSource for Blob {
    fn read(&self, offset: u64, length: usize) -> io::Result<Bytes> {
        let mut bytes = vec![0; length];
        self.read_exact_at(&mut bytes, offset)?;
        Ok(bytes.into())
    }
}

/// The store's id as the service keeps it: the content's hash, then what makes it unique.
fn service_id(id: tidemill_store::BlobId) -> BlobId {
    let mut bytes = [0; BlobId::BYTES];
    let (content, unique) = bytes.split_at_mut(id.content.len());
    content.copy_from_slice(&id.content);
    unique.copy_from_slice(&id.unique);
    BlobId(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_the_same_on_both_sides() {
        let id = tidemill_store::BlobId { content: [1; 32], unique: [2; 16] };
        assert_eq!(stored(service_id(id)), id);
    }
}
