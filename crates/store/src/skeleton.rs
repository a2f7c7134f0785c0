//! The public surface ahead of its contents; replaced file by file.
#![expect(clippy::missing_panics_doc, unused_variables, reason = "a skeleton for a day")]
use crate::{Batch, Disk, OpenError};
use bytes::Bytes;
use std::io;
use std::ops::Bound;
use std::path::Path;
use std::sync::Arc;
use tidemill_kernel::{Bodies, Body, BodyRef, PartitionId, Position, Rows, Secret, Table, Timestamp};

#[derive(Clone, Copy, Debug)]
pub struct Options {
    pub segment_bytes: u64,
    pub checkpoint_wal_bytes: u64,
    pub body_segment_bytes: u64,
    /// Stamped into a new data directory.
    pub created_at: Timestamp,
}
impl Default for Options {
    fn default() -> Options {
        Options { segment_bytes: 64 << 20, checkpoint_wal_bytes: 256 << 20, body_segment_bytes: 64 << 20, created_at: Timestamp(0) }
    }
}
pub struct Opened {
    pub secret: Secret,
    pub partitions: Vec<PartitionStore>,
    pub wal: Wal,
    pub checkpointer: Checkpointer,
    pub replay: Replay,
}
pub fn open(disk: Arc<dyn Disk>, directory: &Path, options: Options, fresh_secret: impl FnOnce() -> [u8; 32]) -> Result<Opened, OpenError> {
    unimplemented!()
}
pub struct Replay {}
impl Replay {
    pub fn next(&mut self) -> Result<Option<Batch>, OpenError> { unimplemented!() }
}
pub struct Wal {}
#[derive(Clone, Copy, Debug, Default)]
pub struct WalStats { pub groups: u64, pub group_bytes: u64, pub live_bytes: u64, pub segments: u64 }
impl Wal {
    pub fn append(&mut self, batches: &[Batch]) -> io::Result<()> { unimplemented!() }
    pub fn stats(&self) -> WalStats { unimplemented!() }
    pub fn recycle(&mut self, checkpointed: &[(PartitionId, Position)]) -> io::Result<()> { unimplemented!() }
    pub fn preparer(&self) -> Preparer { unimplemented!() }
}
#[derive(Clone)]
pub struct Preparer {}
impl Preparer {
    pub fn is_needed(&self) -> bool { unimplemented!() }
    pub fn prepare(&self) -> io::Result<()> { unimplemented!() }
}
pub struct PartitionRows {}
impl Rows for PartitionRows {
    fn get(&self, table: Table, key: &[u8]) -> Option<Bytes> { unimplemented!() }
    fn range(&self, table: Table, from: Bound<&[u8]>, to: Bound<&[u8]>, limit: usize) -> Vec<(Bytes, Bytes)> { unimplemented!() }
    fn put(&mut self, table: Table, key: &[u8], value: Bytes) { unimplemented!() }
    fn delete(&mut self, table: Table, key: &[u8]) { unimplemented!() }
}
pub struct PartitionBodies {}
impl Bodies for PartitionBodies {
    fn put(&mut self, at: BodyRef, bytes: Bytes) { unimplemented!() }
    fn get(&self, at: BodyRef) -> Body { unimplemented!() }
    fn delete(&mut self, at: BodyRef) { unimplemented!() }
    fn delete_below(&mut self, queue: u64, below: u64) { unimplemented!() }
}
pub struct PartitionStore { pub partition: PartitionId, pub rows: PartitionRows, pub bodies: PartitionBodies, pub applied: Position, pub now: Timestamp }
impl PartitionStore {
    pub fn is_dirty(&self) -> bool { unimplemented!() }
    pub fn freeze(&mut self, applied: Position, now: Timestamp) -> Frozen { unimplemented!() }
    pub fn install(&mut self, written: Written) { unimplemented!() }
}
pub struct Frozen {}
impl Frozen {
    pub fn partition(&self) -> PartitionId { unimplemented!() }
    pub fn applied(&self) -> Position { unimplemented!() }
}
pub struct Written {}
impl Written {
    pub fn partition(&self) -> PartitionId { unimplemented!() }
    pub fn applied(&self) -> Position { unimplemented!() }
}
#[derive(Clone)]
pub struct Checkpointer {}
impl Checkpointer {
    /// Call it only when the log is durable up to the frozen position.
    pub fn write(&mut self, frozen: Frozen) -> io::Result<Written> { unimplemented!() }
}
#[derive(Clone, Debug, Default)]
pub struct VerifyReport { pub findings: Vec<String> }
pub fn verify(disk: &dyn Disk, directory: &Path) -> Result<VerifyReport, OpenError> { unimplemented!() }
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode)]
pub struct BlobId {
    #[cbor(n(0), with = "minicbor::bytes")] pub content: [u8; 32],
    #[cbor(n(1), with = "minicbor::bytes")] pub unique: [u8; 16],
}
pub struct Blobs {}
impl Blobs {
    /// `boot_nonce` is fresh random at every start: unique ids are derived from it.
    pub fn open(disk: Arc<dyn Disk>, directory: &Path, boot_nonce: [u8; 32]) -> Result<Blobs, OpenError> { unimplemented!() }
    pub fn create(&self) -> io::Result<BlobWriter> { unimplemented!() }
    pub fn open_blob(&self, id: BlobId) -> io::Result<Blob> { unimplemented!() }
    pub fn delete(&self, id: BlobId) -> io::Result<()> { unimplemented!() }
    pub fn list(&self) -> io::Result<Vec<BlobId>> { unimplemented!() }
}
pub struct BlobWriter {}
impl BlobWriter {
    pub fn append(&mut self, bytes: &[u8]) -> io::Result<()> { unimplemented!() }
    pub fn len(&self) -> u64 { unimplemented!() }
    /// Synced and published under an id of its own, however many share the content.
    pub fn publish_unique(self) -> io::Result<BlobId> { unimplemented!() }
    /// Synced and published under its content's id; the same content twice is one blob.
    pub fn publish_content(self) -> io::Result<BlobId> { unimplemented!() }
}
pub struct Blob {}
impl Blob {
    pub fn len(&self) -> u64 { unimplemented!() }
    pub fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> { unimplemented!() }
}
