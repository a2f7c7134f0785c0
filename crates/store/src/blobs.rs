//! Blobs: bytes too large for the log, written once under a name derived from them.
//!
//! ```text
//! blobs/new/<count>.part      being written; swept at start
//! blobs/<xx>/<content>-<unique>
//! ```
//!
//! # Invariants
//!
//! - A published blob is whole and durable, and so is its name: publish first, then propose the
//!   command that refers to it. A crash between the two leaves a blob that nobody refers to.
//! - The name holds the BLAKE3 hash of the contents, so a blob can be verified by itself.
//! - Memory is constant whatever the size.

use crate::disk::{Disk, DiskFile, Open};
use crate::error::{Context, OpenError};
use crate::paced::PacedWriter;
use minicbor::{Decode, Encode};
use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The name of a blob: what it holds, and which of several with the same contents it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct BlobId {
    /// BLAKE3 of the contents.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub content: [u8; 32],
    /// Zero for a blob that is shared by everyone who has the same contents.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub unique: [u8; 16],
}

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.content {
            write!(f, "{byte:02x}")?;
        }
        f.write_str("-")?;
        for byte in self.unique {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl BlobId {
    /// Whether everyone with the same contents has this blob.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.unique == [0; 16]
    }

    /// Reads what [`fmt::Display`] shows.
    #[must_use]
    pub fn parse(text: &str) -> Option<BlobId> {
        let (content, unique) = text.split_once('-')?;
        Some(BlobId { content: parse_hex(content)?, unique: parse_hex(unique)? })
    }
}

fn parse_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != N || !rest.is_empty() {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        let digit = |digit: &u8| match digit {
            b'0'..=b'9' => Some(digit - b'0'),
            b'a'..=b'f' => Some(digit - b'a' + 10),
            _ => None,
        };
        *byte = digit(high)? << 4 | digit(low)?;
    }
    Some(bytes)
}

/// The blobs of a data directory. Every call may block on the disk. A clone is another handle.
#[derive(Clone)]
pub struct Blobs(Arc<Shared>);

struct Shared {
    disk: Arc<dyn Disk>,
    directory: PathBuf,
    boot_nonce: [u8; 32],
    writers: AtomicU64,
    /// Directories whose own names are known to be durable.
    shelves: Mutex<BTreeSet<PathBuf>>,
}

impl Blobs {
    /// Opens `blobs/` below the data directory and sweeps what unfinished writers left.
    /// `boot_nonce` is fresh random at every start: unique names are derived from it.
    pub fn open(
        disk: Arc<dyn Disk>,
        data_directory: &Path,
        boot_nonce: [u8; 32],
    ) -> Result<Blobs, OpenError> {
        let directory = data_directory.join("blobs");
        let new = directory.join("new");
        if disk.exists(&new).context("read", &new)? {
            for name in disk.list(&new).context("list", &new)? {
                let path = new.join(name);
                disk.remove(&path).context("remove", &path)?;
            }
        } else {
            disk.create_dir_all(&new).context("create", &new)?;
        }
        disk.sync_dir(&directory).context("sync", &directory)?;
        disk.sync_dir(data_directory).context("sync", data_directory)?;
        let (writers, shelves) = (AtomicU64::new(0), Mutex::default());
        Ok(Blobs(Arc::new(Shared { disk, directory, boot_nonce, writers, shelves })))
    }

    /// Starts a blob. Dropped unpublished, it is removed.
    pub fn create(&self) -> io::Result<BlobWriter> {
        let count = self.0.writers.fetch_add(1, Ordering::Relaxed);
        let path = self.0.directory.join("new").join(format!("{count}.part"));
        let writer = PacedWriter::create(self.0.disk.as_ref(), &path)?;
        let (blobs, hasher) = (Arc::clone(&self.0), blake3::Hasher::new());
        Ok(BlobWriter { blobs, path, count, writer: Some(writer), hasher })
    }

    pub fn open_blob(&self, id: BlobId) -> io::Result<Blob> {
        let file = self.0.disk.open(&self.0.path(id), Open::Read)?;
        let bytes = file.len()?;
        Ok(Blob { file, bytes })
    }

    /// Removes a blob; one that is gone already is no error, because a replay deletes again.
    /// Open handles go on reading.
    pub fn delete(&self, id: BlobId) -> io::Result<()> {
        match self.0.disk.remove(&self.0.path(id)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => result,
        }
    }

    /// Every published blob, sorted.
    pub fn list(&self) -> io::Result<Vec<BlobId>> {
        Ok(list(self.0.disk.as_ref(), &self.0.directory)?.into_iter().map(|(id, _)| id).collect())
    }
}

impl Shared {
    fn path(&self, id: BlobId) -> PathBuf {
        let [first, ..] = id.content;
        self.directory.join(format!("{first:02x}")).join(id.to_string())
    }

    fn unique(&self, count: u64) -> [u8; 16] {
        let mut hasher = blake3::Hasher::new_keyed(&self.boot_nonce);
        hasher.update(&count.to_le_bytes());
        let mut unique = [0; 16];
        hasher.finalize_xof().fill(&mut unique);
        unique
    }

    /// Under the lock: another writer must not publish into a directory that this one has made
    /// and not synced. That it exists says nothing: a killed process may have made it.
    fn make_shelf(&self, shelf: &Path) -> io::Result<()> {
        let mut shelves = self.shelves.lock().unwrap_or_else(PoisonError::into_inner);
        if !shelves.contains(shelf) {
            self.disk.create_dir_all(shelf)?;
            self.disk.sync_dir(&self.directory)?;
            shelves.insert(shelf.to_owned());
        }
        Ok(())
    }

    fn publish(&self, from: &Path, id: BlobId) -> io::Result<()> {
        let path = self.path(id);
        let shelf = path.parent().expect("a blob lies in a directory");
        self.make_shelf(shelf)?;
        self.disk.rename(from, &path)?;
        self.disk.sync_dir(shelf)
    }
}

/// Published blobs below `blobs/` with their paths, sorted by name.
pub(crate) fn list(disk: &dyn Disk, directory: &Path) -> io::Result<Vec<(BlobId, PathBuf)>> {
    let mut blobs = Vec::new();
    for shelf in disk.list(directory)?.iter().filter(|name| *name != "new") {
        let shelf = directory.join(shelf);
        for name in disk.list(&shelf)? {
            blobs.extend(BlobId::parse(&name).map(|id| (id, shelf.join(&name))));
        }
    }
    Ok(blobs)
}

/// A blob being written.
pub struct BlobWriter {
    blobs: Arc<Shared>,
    path: PathBuf,
    count: u64,
    writer: Option<PacedWriter>,
    hasher: blake3::Hasher,
}

impl BlobWriter {
    pub fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.writer.as_mut().expect("taken only by publishing").push(bytes)
    }

    /// Bytes so far.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.writer.as_ref().map_or(0, PacedWriter::len)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Makes it durable under a name of its own, however many blobs have the same contents.
    pub fn publish_unique(self) -> io::Result<BlobId> {
        let unique = self.blobs.unique(self.count);
        self.publish(unique)
    }

    /// Makes it durable under its contents' name: the same contents twice are one blob.
    pub fn publish_content(self) -> io::Result<BlobId> {
        self.publish([0; 16])
    }

    fn publish(mut self, unique: [u8; 16]) -> io::Result<BlobId> {
        let writer = self.writer.take().expect("taken only here");
        let id = BlobId { content: *self.hasher.finalize().as_bytes(), unique };
        let published = writer.finish().and_then(|_| self.blobs.publish(&self.path, id));
        if let Err(error) = published {
            self.discard();
            return Err(error);
        }
        Ok(id)
    }

    /// Best effort: the sweep at the next start finds what stays.
    fn discard(&self) {
        let _ = self.blobs.disk.remove(&self.path);
    }
}

impl Drop for BlobWriter {
    fn drop(&mut self) {
        if self.writer.take().is_some() {
            self.discard();
        }
    }
}

/// A published blob, open for reading.
pub struct Blob {
    file: Arc<dyn DiskFile>,
    bytes: u64,
}

impl Blob {
    #[must_use]
    pub fn len(&self) -> u64 {
        self.bytes
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// Fills `buffer` from `offset`; an end before that is `UnexpectedEof`.
    pub fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.file.read_exact_at(buffer, offset)
    }
}
