//! Packages: zip files among the blobs, and their contents in a cache that can be rebuilt.
//!
//! ```text
//! bytes ─ check ─▶ blob (durable, named by its content) ─▶ Code in the command
//! Code ─ first use ─▶ <cache>/<sha256>.part ─ rename ─▶ <cache>/<sha256>
//! ```
//!
//! # Invariants
//!
//! - A directory with a final name holds the whole package. The cache is not synced, so it is
//!   emptied at every start rather than trusted.
//! - Nothing is written outside a package's own directory: no absolute path, no `..`, no link.
//! - What is unpacked is bounded by what is counted, never by what the archive claims.

use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, Permissions};
use std::io::{self, Cursor, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};
use std::sync::{PoisonError, RwLock};
use tidemill_services::lambda::{Code, Error, PACKAGE_BYTES_MAX, UNPACKED_BYTES_MAX};
use tidemill_store::{BlobId, Blobs};
use tokio::sync::Mutex;
use zip::ZipArchive;
use zip::read::ZipFile;

/// Shared contents have no unique part in their blob's name; objects of buckets always have one.
const SHARED: [u8; 16] = [0; 16];
/// What file systems take of one part of a name.
const PART_BYTES_MAX: usize = 255;
/// Of a whole name, so that the cache's own path still goes before it.
const NAME_BYTES_MAX: usize = 2048;

pub(super) struct Packages {
    blobs: Blobs,
    cache: PathBuf,
    /// What is unpacked, by SHA-256.
    unpacked: RwLock<BTreeSet<[u8; 32]>>,
    /// Unpacking is rare: one at a time is enough, and two of the same would be waste.
    unpacking: Mutex<()>,
}

impl Packages {
    pub(super) fn open(blobs: Blobs, cache: PathBuf) -> io::Result<Packages> {
        match fs::remove_dir_all(&cache) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            removed => removed?,
        }
        fs::create_dir_all(&cache)?;
        Ok(Packages { blobs, cache, unpacked: RwLock::default(), unpacking: Mutex::default() })
    }

    /// Removes the packages that no function uses. Only right before anything is deployed: a
    /// package is stored before the command that names it.
    pub(super) fn sweep<'c>(&self, in_use: impl Iterator<Item = &'c Code>) -> io::Result<()> {
        let in_use: BTreeSet<[u8; 32]> = in_use.map(|code| code.blob).collect();
        for blob in self.blobs.list()? {
            if blob.unique == SHARED && !in_use.contains(&blob.content) {
                self.blobs.delete(blob)?;
            }
        }
        Ok(())
    }

    /// Checks a package and makes it durable.
    pub(super) async fn store(&self, bytes: Bytes) -> Result<Code, Error> {
        let blobs = self.blobs.clone();
        let stored = tokio::task::spawn_blocking(move || store(&blobs, &bytes)).await;
        stored.unwrap_or_else(|error| Err(Error::Service(error.to_string())))
    }

    /// The directory with the package's contents, unpacked now when it was not before.
    pub(super) async fn unpacked(&self, code: &Code) -> Result<PathBuf, Error> {
        let directory = self.cache.join(code.name());
        if self.is_unpacked(code) {
            return Ok(directory);
        }
        let _one_at_a_time = self.unpacking.lock().await;
        if self.is_unpacked(code) {
            return Ok(directory);
        }
        let (blobs, wanted, target) = (self.blobs.clone(), code.clone(), directory.clone());
        tokio::task::spawn_blocking(move || unpack_blob(&blobs, &wanted, &target))
            .await
            .map_err(io::Error::other)
            .flatten()
            .map_err(|error| Error::Service(format!("The package cannot be unpacked: {error}")))?;
        let mut unpacked = self.unpacked.write().unwrap_or_else(PoisonError::into_inner);
        unpacked.insert(code.sha256);
        Ok(directory)
    }

    fn is_unpacked(&self, code: &Code) -> bool {
        let unpacked = self.unpacked.read().unwrap_or_else(PoisonError::into_inner);
        unpacked.contains(&code.sha256)
    }
}

fn store(blobs: &Blobs, bytes: &Bytes) -> Result<Code, Error> {
    if bytes.len() > PACKAGE_BYTES_MAX {
        let operation = "CreateFunction";
        return Err(Error::RequestTooLarge { limit: PACKAGE_BYTES_MAX, operation });
    }
    check(bytes, UNPACKED_BYTES_MAX)?;
    let written = blobs.create().and_then(|mut writer| {
        writer.append(bytes)?;
        writer.publish_content()
    });
    let blob = written
        .map_err(|error| Error::Service(format!("The package could not be stored: {error}")))?;
    let sha256 = Sha256::digest(bytes).into();
    Ok(Code { sha256, size: bytes.len() as u64, blob: blob.content })
}

/// Whether the archive can be unpacked here: read to its end, so that nobody finds out later.
fn check(bytes: &Bytes, unpacked_bytes_max: u64) -> Result<(), Error> {
    let unreadable = |_| {
        Error::InvalidParameterValue(
            "Could not unzip uploaded file. Please check your file, then try to upload again."
                .to_owned(),
        )
    };
    let mut archive = ZipArchive::new(Cursor::new(bytes.as_ref())).map_err(unreadable)?;
    let (mut room, mut tree) = (unpacked_bytes_max, Tree::default());
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).map_err(unreadable)?;
        let refuse = |what: &str| {
            let name = String::from_utf8_lossy(file.name_raw()).into_owned();
            Err(Error::InvalidParameterValue(format!("The package holds {name:?}, which {what}.")))
        };
        let Some(name) = file.enclosed_name().filter(|_| !file.is_symlink()) else {
            return refuse("is a link or leads out of the package");
        };
        if !tree.takes(&name, file.is_dir()) {
            return refuse("is too long, or is no name, or names a file and a folder");
        }
        let read = io::copy(&mut (&mut file).take(room + 1), &mut io::sink());
        let read = read.map_err(|error| unreadable(error.into()))?;
        room = room.checked_sub(read).ok_or_else(|| {
            Error::InvalidParameterValue(format!(
                "Unzipped size must be smaller than {unpacked_bytes_max} bytes"
            ))
        })?;
    }
    Ok(())
}

/// The names of an archive: whether each is a folder.
#[derive(Default)]
struct Tree(BTreeMap<PathBuf, bool>);

impl Tree {
    /// Whether a file system that has all the names before takes this one too.
    fn takes(&mut self, name: &Path, is_folder: bool) -> bool {
        let (mut place, mut is_there) = (PathBuf::new(), is_folder);
        let mut parts = name.components().peekable();
        while let Some(part) = parts.next() {
            is_there = is_folder;
            match part {
                Component::Normal(part) => {
                    place.push(part);
                    let is_folder = is_folder || parts.peek().is_some();
                    let before = self.0.insert(place.clone(), is_folder);
                    if part.len() > PART_BYTES_MAX || before.is_some_and(|was| was != is_folder) {
                        return false;
                    }
                    is_there = true;
                }
                Component::ParentDir => {
                    place.pop();
                }
                Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
            }
        }
        is_there && name.as_os_str().len() <= NAME_BYTES_MAX
    }
}

fn unpack_blob(blobs: &Blobs, code: &Code, directory: &Path) -> io::Result<()> {
    let blob = blobs.open_blob(BlobId { content: code.blob, unique: SHARED })?;
    let length = usize::try_from(blob.len()).map_err(io::Error::other)?;
    let mut bytes = vec![0; length];
    blob.read_exact_at(&mut bytes, 0)?;
    if blake3::hash(&bytes).as_bytes() != &code.blob {
        return Err(io::Error::other("the package on disk is damaged"));
    }
    let part = directory.with_extension("part");
    match fs::remove_dir_all(&part) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        removed => removed?,
    }
    fs::create_dir_all(&part)?;
    unpack(&bytes, &part)?;
    fs::rename(&part, directory)
}

/// Unpacks what [`check`] has seen.
fn unpack(bytes: &[u8], directory: &Path) -> io::Result<()> {
    let mut archive = ZipArchive::new(Cursor::new(bytes))?;
    for index in 0..archive.len() {
        let mut file = archive.by_index(index)?;
        let Some(name) = file.enclosed_name().filter(|_| !file.is_symlink()) else {
            return Err(io::Error::other("the package leads out of itself"));
        };
        let path = directory.join(name);
        if file.is_dir() {
            fs::create_dir_all(&path)?;
            continue;
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let mut target = File::create(&path)?;
        let bytes = io::copy(&mut (&mut file).take(UNPACKED_BYTES_MAX + 1), &mut target)?;
        if bytes > UNPACKED_BYTES_MAX {
            return Err(io::Error::other("the package is larger than it was"));
        }
        fs::set_permissions(&path, Permissions::from_mode(mode(&file)))?;
    }
    Ok(())
}

/// Readable by whoever the sandbox runs as, executable where the archive says so.
fn mode<R: Read>(file: &ZipFile<'_, R>) -> u32 {
    match file.unix_mode() {
        Some(mode) if mode & 0o111 != 0 => 0o755,
        Some(_) | None => 0o644,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use std::fmt::Write as _;
    use std::io::Write as _;
    use std::sync::Arc;
    use tidemill_store::RealDisk;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    fn zip(files: &[(&str, &str, u32)]) -> Bytes {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content, mode) in files {
            let options = SimpleFileOptions::default().unix_permissions(*mode);
            writer.start_file(*name, options).unwrap();
            writer.write_all(content.as_bytes()).unwrap();
        }
        writer.finish().unwrap().into_inner().into()
    }

    fn link(name: &str, target: &str) -> Bytes {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        writer.add_symlink(name, target, SimpleFileOptions::default()).unwrap();
        writer.finish().unwrap().into_inner().into()
    }

    fn zeros(bytes: u64) -> Bytes {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        writer.start_file("zeros", SimpleFileOptions::default()).unwrap();
        io::copy(&mut io::repeat(0).take(bytes), &mut writer).unwrap();
        writer.finish().unwrap().into_inner().into()
    }

    fn packages(directory: &Path) -> Packages {
        let blobs = Blobs::open(Arc::new(RealDisk), directory, [7; 32]).unwrap();
        Packages::open(blobs, directory.join("cache")).unwrap()
    }

    #[test]
    fn only_packages_that_unpack_here_are_taken() {
        let whole = zip(&[("app.py", "pass", 0o644)]);
        let torn = whole.slice(..whole.len() - 5);
        let mut table = String::new();
        for (what, bytes) in [
            ("a file", whole),
            ("no files", zip(&[])),
            ("nothing", Bytes::new()),
            ("text", Bytes::from_static(b"def handler(): pass")),
            ("torn", torn),
            ("up and out", zip(&[("../evil.py", "", 0o644)])),
            ("absolute, taken as relative", zip(&[("/etc/evil", "", 0o644)])),
            ("a link", link("passwd", "/etc/passwd")),
            ("too large", zeros(1001)),
        ] {
            let checked =
                check(&bytes, 1000).map_or_else(|error| error.to_string(), |()| "ok".to_owned());
            writeln!(table, "{what}: {checked}").unwrap();
        }
        expect![[r#"
            a file: ok
            no files: ok
            nothing: Could not unzip uploaded file. Please check your file, then try to upload again.
            text: Could not unzip uploaded file. Please check your file, then try to upload again.
            torn: Could not unzip uploaded file. Please check your file, then try to upload again.
            up and out: The package holds "../evil.py", which is a link or leads out of the package.
            absolute, taken as relative: ok
            a link: The package holds "passwd", which is a link or leads out of the package.
            too large: Unzipped size must be smaller than 1000 bytes
        "#]].assert_eq(&table);
    }

    #[tokio::test]
    async fn a_package_is_stored_once_unpacked_once_and_swept_when_nobody_uses_it() {
        let directory = tempfile::tempdir().unwrap();
        let packages = packages(directory.path());
        let bytes = zip(&[("app.py", "pass", 0o600), ("bin/tool", "#!", 0o755)]);
        let code = packages.store(bytes.clone()).await.unwrap();
        assert_eq!(packages.store(bytes.clone()).await.unwrap(), code);
        assert_eq!(packages.blobs.list().unwrap().len(), 1);
        assert_eq!(code.size, bytes.len() as u64);

        let unpacked = packages.unpacked(&code).await.unwrap();
        assert_eq!(packages.unpacked(&code).await.unwrap(), unpacked);
        let mode =
            |name: &str| fs::metadata(unpacked.join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(fs::read_to_string(unpacked.join("app.py")).unwrap(), "pass");
        assert_eq!((mode("app.py"), mode("bin/tool")), (0o644, 0o755));

        let other = packages.store(zip(&[("app.py", "1", 0o644)])).await.unwrap();
        packages.sweep([&code].into_iter()).unwrap();
        assert!(packages.unpacked(&other).await.is_err());
        assert_eq!(packages.blobs.list().unwrap().len(), 1);
    }
}
