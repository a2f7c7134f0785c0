//! Why a data directory cannot be opened: each error names the file, the place, and what to do.

use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("cannot {action} {}: {source}. Check the path, its owner and the disk, then start again", path.display())]
    Io { action: &'static str, path: PathBuf, source: io::Error },

    #[error(
        "{} is damaged at byte {offset}: {what}. Nothing was changed. Keep a copy of the data \
         directory, check the disk (SMART, dmesg), and restore this file or the whole directory \
         from a backup",
        path.display()
    )]
    Corrupt { path: PathBuf, offset: u64, what: String },

    #[error(
        "{} has format {found}, this release reads {known}. Start it with the release that wrote \
         it, or a newer one",
        path.display()
    )]
    UnknownFormat { path: PathBuf, found: u32, known: u32 },

    #[error(
        "{} holds data but no manifest. It is not a data directory of ours, or its MANIFEST was \
         removed: restore it from a backup, or choose an empty directory",
        path.display()
    )]
    ForeignDirectory { path: PathBuf },

    #[error(
        "{} is in use by {owner}. Stop that process first, or choose another data directory",
        path.display()
    )]
    Locked { path: PathBuf, owner: String },
}

impl OpenError {
    pub(crate) fn corrupt(path: &Path, offset: u64, what: impl Into<String>) -> OpenError {
        OpenError::Corrupt { path: path.to_owned(), offset, what: what.into() }
    }
}

/// Names the action and the path in an I/O error.
pub(crate) trait Context<T> {
    fn context(self, action: &'static str, path: &Path) -> Result<T, OpenError>;
}

impl<T> Context<T> for io::Result<T> {
    fn context(self, action: &'static str, path: &Path) -> Result<T, OpenError> {
        self.map_err(|source| OpenError::Io { action, path: path.to_owned(), source })
    }
}
