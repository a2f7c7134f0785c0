//! Log, checkpoints, rows, bodies and blobs: the only crate that knows files.
//!
//! ```text
//! data/
//!   LOCK                    one process at a time
//!   MANIFEST                partition count, secret
//!   wal/<number>.seg        the log of all partitions
//!   wal/PROBE               which way of writing it is the faster one here; may be lost
//!   p/<nn>/MANIFEST-<n>     a partition's checkpoint, and the files it names:
//!   p/<nn>/delta-<n>.run      rows
//!   p/<nn>/bodies-<n>.seg     message bodies
//!   blobs/                  objects and packages, named by their content
//! ```
//!
//! Everything is synchronous: threads belong to `node`. Everything goes through [`Disk`], so the
//! simulator runs the same code on a disk that crashes, tears and fills up.
//!
//! # Invariants
//!
//! - What [`Wal::append`] returned from is there after any crash; what it did not is there whole
//!   or not at all.
//! - A crash never looks like damage and damage never looks like a crash: damage is refused with
//!   file and offset, and nothing is changed.
//! - A state is its checkpoint plus the log behind it; opening twice gives the same.

mod aligned;
mod batch;
mod blobs;
mod bodies;
mod checkpoint;
pub mod disk;
mod error;
mod lock;
mod manifest;
mod memory_disk;
mod opening;
mod paced;
mod real_disk;
mod rows;
mod verify;
mod wal;

pub use batch::{Batch, BatchBuilder, Buffers, Mark};
pub use blobs::{Blob, BlobId, BlobWriter, Blobs};
pub use bodies::PartitionBodies;
pub use checkpoint::{Checkpointer, Frozen, PartitionStore, Written};
pub use disk::{DIRECT_BYTES, Disk, DiskFile, Open, Space};
pub use error::OpenError;
pub use lock::DirectoryLock;
pub use memory_disk::{DirectWrites, DiskCounts, Faults, MemoryDisk};
pub use opening::{Opened, Options, open, unnamed_files};
pub use paced::BackgroundStats;
pub use real_disk::RealDisk;
pub use rows::PartitionRows;
pub use verify::{PartitionReport, VerifyReport, verify};
pub use wal::{LogProbe, Preparer, Replay, Wal, WalStats, WriteMode};
