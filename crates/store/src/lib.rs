//! Log, checkpoints, rows, bodies and blobs: the only crate that knows files.

mod batch;
pub mod disk;
mod error;
mod lock;
mod memory_disk;
mod real_disk;

pub use batch::{Batch, BatchBuilder, Mark};
pub use disk::{Disk, DiskFile, Open, Space};
pub use error::OpenError;
pub use lock::DirectoryLock;
pub use memory_disk::{DiskCounts, Faults, MemoryDisk};
pub use real_disk::RealDisk;

mod skeleton;
pub use skeleton::*;
