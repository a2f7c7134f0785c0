//! The disk of the machine: plain files, `fdatasync` or direct writes, and private by default.

use crate::disk::{Disk, DiskFile, Open, Space};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// Everything in a data directory is its owner's alone: messages, objects, keys.
const FILE_MODE: u32 = 0o600;
const DIRECTORY_MODE: u32 = 0o700;

#[derive(Clone, Copy, Debug, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn open(&self, path: &Path, how: Open) -> io::Result<Arc<dyn DiskFile>> {
        let mut options = OpenOptions::new();
        options.read(true);
        match how {
            Open::Read => {}
            Open::Write => {
                options.write(true);
            }
            Open::Create => {
                options.write(true).create_new(true).mode(FILE_MODE);
            }
            Open::Direct => {
                options.write(true).custom_flags(direct_flags()?);
            }
        }
        Ok(Arc::new(RealFile(options.open(path)?)))
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<String>> {
        let mut names = std::fs::read_dir(directory)?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<io::Result<Vec<_>>>()?;
        names.sort_unstable();
        Ok(names)
    }

    fn create_dir_all(&self, directory: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(DIRECTORY_MODE).create(directory)
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        path.try_exists()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn sync_dir(&self, directory: &Path) -> io::Result<()> {
        // The empty path is how `Path::parent` spells the current directory.
        let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
        File::open(directory)?.sync_all()
    }

    fn space(&self, directory: &Path) -> io::Result<Space> {
        let space = rustix::fs::statvfs(directory)?;
        Ok(Space {
            free_bytes: space.f_bavail.saturating_mul(space.f_frsize),
            total_bytes: space.f_blocks.saturating_mul(space.f_frsize),
            volume: space.f_fsid,
        })
    }

    fn clock(&self) -> Duration {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        START.elapsed()
    }

    fn pause(&self, time: Duration) {
        std::thread::sleep(time);
    }
}

#[cfg(target_os = "linux")]
fn direct_flags() -> io::Result<i32> {
    use rustix::fs::OFlags;
    let flags = OFlags::DIRECT | OFlags::DSYNC;
    i32::try_from(flags.bits()).map_err(|_| io::ErrorKind::Unsupported.into())
}

#[cfg(not(target_os = "linux"))]
fn direct_flags() -> io::Result<i32> {
    Err(io::ErrorKind::Unsupported.into())
}

struct RealFile(File);

impl DiskFile for RealFile {
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.0.read_exact_at(buffer, offset)
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.0.write_all_at(bytes, offset)
    }

    #[cfg(target_os = "linux")]
    fn write_out(&self, offset: u64, bytes: u64) {
        use rustix::fs::{Advice, fadvise};
        // On dirty pages this begins to write them and keeps them: unlike a sync it neither ends a
        // transaction of the file system nor has the disk empty its cache, and those are what a
        // write to the log would wait for.
        let _ = fadvise(&self.0, offset, std::num::NonZeroU64::new(bytes), Advice::DontNeed);
    }

    #[cfg(not(target_os = "linux"))]
    fn write_out(&self, _: u64, _: u64) {}

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn set_len(&self, bytes: u64) -> io::Result<()> {
        self.0.set_len(bytes)
    }
}
