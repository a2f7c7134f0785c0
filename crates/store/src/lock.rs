//! One process per data directory.

use crate::error::{Context, OpenError};
use rustix::fs::{FlockOperation, flock};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Holds `LOCK` of a data directory. The operating system lets go of it when the process ends,
/// however it ends; the file stays and means nothing by itself.
#[derive(Debug)]
pub struct DirectoryLock {
    _file: File,
}

impl DirectoryLock {
    /// Locks `directory`, creating it where needed.
    pub fn acquire(directory: &Path) -> Result<DirectoryLock, OpenError> {
        crate::disk::Disk::create_dir_all(&crate::real_disk::RealDisk, directory)
            .context("create", directory)?;
        let path = directory.join("LOCK");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .context("open", &path)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                let mut owner = String::new();
                // Who holds it is a courtesy; that it is held is what matters.
                let _ = file.read_to_string(&mut owner);
                let owner = match owner.trim() {
                    "" => "another process".to_owned(),
                    process => format!("process {process}"),
                };
                return Err(OpenError::Locked { path: directory.to_owned(), owner });
            }
            Err(error) => return Err(error.into()).context("lock", &path),
        }
        file.set_len(0).context("truncate", &path)?;
        writeln!(file, "{}", std::process::id()).context("write", &path)?;
        Ok(DirectoryLock { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_lock_is_refused_and_names_the_first() {
        let directory = std::env::temp_dir().join(format!("tidemill-lock-{}", std::process::id()));
        let lock = DirectoryLock::acquire(&directory).unwrap();
        let refusal = DirectoryLock::acquire(&directory).unwrap_err().to_string();
        assert!(refusal.contains(&format!("process {}", std::process::id())), "{refusal}");
        drop(lock);
        DirectoryLock::acquire(&directory).unwrap();
        std::fs::remove_dir_all(&directory).unwrap();
    }
}
