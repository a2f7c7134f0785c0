//! Writing a large new file beside a log that must stay fast.
//!
//! Dirty pages of one file delay the sync of another: a checkpoint that leaves 100 MB in the page
//! cache makes the next group of the log wait for them. So: steps, each synced before the next.

use crate::disk::{Disk, DiskFile, Open};
use std::io;
use std::path::Path;
use std::sync::Arc;

const WRITE_BYTES: usize = 256 << 10;
const SYNC_BYTES: u64 = 4 << 20;

pub(crate) struct PacedWriter {
    file: Arc<dyn DiskFile>,
    buffer: Vec<u8>,
    /// Bytes handed to the file.
    written: u64,
    synced: u64,
}

impl PacedWriter {
    /// Creates `path`, replacing what an attempt before this one left there.
    pub(crate) fn create(disk: &dyn Disk, path: &Path) -> io::Result<PacedWriter> {
        if disk.exists(path)? {
            disk.remove(path)?;
        }
        let file = disk.open(path, Open::Create)?;
        Ok(PacedWriter { file, buffer: Vec::new(), written: 0, synced: 0 })
    }

    /// Bytes pushed so far: the offset of what is pushed next.
    pub(crate) fn len(&self) -> u64 {
        self.written + u64::try_from(self.buffer.len()).expect("a usize fits in 64 bits")
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= WRITE_BYTES {
            self.flush()?;
            if self.written - self.synced >= SYNC_BYTES {
                self.file.sync()?;
                self.synced = self.written;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.write_all_at(&self.buffer, self.written)?;
        self.written = self.len();
        self.buffer.clear();
        Ok(())
    }

    /// Writes the rest and syncs. The name is the caller's to make durable.
    pub(crate) fn finish(mut self) -> io::Result<Arc<dyn DiskFile>> {
        self.flush()?;
        self.file.sync()?;
        Ok(self.file)
    }
}
