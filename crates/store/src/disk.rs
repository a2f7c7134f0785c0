//! The disk as `store` sees it: real files, or the simulator's.
//!
//! # Contract
//!
//! - A write is durable once [`DiskFile::sync`] has returned `Ok` after it; before that a crash may
//!   keep it, drop it or tear it at any 512-byte boundary, in any order.
//! - A write through [`Open::Direct`] is durable once it has returned `Ok`; before that it is like
//!   any other. What it says about a file it says through every other handle too.
//! - A created, renamed or removed name is durable once [`Disk::sync_dir`] has returned `Ok` for
//!   its directory.
//! - After a failed `sync` nothing written since the last good one may be believed: the caller
//!   aborts the process, it never tries again.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// What a direct write is made of: its length, its offset and its address in memory are
/// multiples of this.
pub const DIRECT_BYTES: usize = 4096;

/// How to open a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    /// Must exist; for reading.
    Read,
    /// Must exist; for reading and writing.
    Write,
    /// Must not exist yet; for reading and writing.
    Create,
    /// Must exist; for writes that pass by the page cache and are durable when they return, and
    /// for nothing else. Whole [`DIRECT_BYTES`] only, inside the file as it is. A disk that
    /// cannot says so here or at the first write: see [`is_refusal`].
    Direct,
}

/// Whether a disk has refused to write directly: nothing failed, it does not offer it.
#[must_use]
pub fn is_refusal(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported)
}

/// A file system.
pub trait Disk: Send + Sync {
    fn open(&self, path: &Path, how: Open) -> io::Result<Arc<dyn DiskFile>>;
    /// Names in a directory, sorted.
    fn list(&self, directory: &Path) -> io::Result<Vec<String>>;
    fn create_dir_all(&self, directory: &Path) -> io::Result<()>;
    fn exists(&self, path: &Path) -> io::Result<bool>;
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    fn remove(&self, path: &Path) -> io::Result<()>;
    fn sync_dir(&self, directory: &Path) -> io::Result<()>;
    /// Bytes free and bytes in all of the file system that holds `directory`.
    fn space(&self, directory: &Path) -> io::Result<Space>;
    /// Time as it passes at this disk: for comparing one way of writing with another, for how fast
    /// to write, and for nothing else.
    fn clock(&self) -> Duration;
    /// Holds the caller up for so long by [`Disk::clock`], so that others get their turn.
    fn pause(&self, time: Duration);
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    pub free_bytes: u64,
    pub total_bytes: u64,
    /// Tells one file system from another.
    pub volume: u64,
}

/// An open file. Positioned reads and writes only, so that it can be shared.
pub trait DiskFile: Send + Sync {
    /// Fills `buffer` from `offset`; an end of file before that is `UnexpectedEof`.
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;
    /// Has a part of what was written go to the disk, and does not wait for it: so that a sync
    /// later on finds little left to do. Promises nothing, and is no error where there is no such
    /// thing.
    fn write_out(&self, offset: u64, bytes: u64);
    /// `fdatasync`: data and size, not times.
    fn sync(&self) -> io::Result<()>;
    fn len(&self) -> io::Result<u64>;
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }
    fn set_len(&self, bytes: u64) -> io::Result<()>;
}
