//! Packages of functions: archives of strangers. What is taken when a function is deployed unpacks
//! when it is first run, and nothing of it lands outside its own folder.

use super::packages::Packages;
use bytes::Bytes;
use std::io::{Cursor, Write as _};
use std::path::Path;
use std::sync::{Arc, LazyLock};
use tidemill_store::{Blobs, MemoryDisk};
use tokio::runtime::Runtime;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_current_thread().build().expect("a runtime"));

/// With an even first byte the rest is an archive; with an odd one its lines are what to make one
/// of.
pub(crate) fn run(data: &[u8]) {
    let [first, rest @ ..] = data else { return };
    let archive = if first % 2 == 0 { Bytes::copy_from_slice(rest) } else { archive_of(rest) };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cache = folder.path().join("cache");
    let blobs = Blobs::open(Arc::new(MemoryDisk::new()), Path::new("/data"), [7; 32]);
    let packages = Packages::open(blobs.expect("an honest disk"), cache.clone()).expect("a cache");
    RUNTIME.block_on(async {
        let Ok(code) = packages.store(archive).await else { return };
        match packages.unpacked(&code).await {
            Ok(unpacked) => assert!(unpacked.starts_with(&cache), "{}", unpacked.display()),
            Err(error) => panic!("it was taken, and then: {error}"),
        }
    });
    let names = std::fs::read_dir(folder.path()).expect("it is there");
    let names: Vec<_> = names.map(|entry| entry.expect("it is there").file_name()).collect();
    assert_eq!(names, ["cache"], "something lies beside the cache");
    assert_no_links(&cache);
}

/// An archive with an entry for each line: the first letter says what it is, the rest is its name.
fn archive_of(lines: &[u8]) -> Bytes {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for line in lines.split(|byte| *byte == b'\n') {
        let line = String::from_utf8_lossy(line);
        let mut letters = line.chars();
        let options = SimpleFileOptions::default().unix_permissions(0o755);
        // What the writer itself refuses is left out.
        let _ = match letters.next() {
            Some('d') => writer.add_directory(letters.as_str(), options),
            Some('l') => writer.add_symlink(letters.as_str(), "/etc/passwd", options),
            Some(_) => writer
                .start_file(letters.as_str(), options)
                .and_then(|()| Ok(writer.write_all(line.as_bytes())?)),
            None => Ok(()),
        };
    }
    writer.finish().expect("memory takes everything").into_inner().into()
}

fn assert_no_links(folder: &Path) {
    for entry in std::fs::read_dir(folder).expect("it is there") {
        let entry = entry.expect("it is there");
        let kind = entry.file_type().expect("it is there");
        assert!(!kind.is_symlink(), "{} is a link", entry.path().display());
        if kind.is_dir() {
            assert_no_links(&entry.path());
        }
    }
}
