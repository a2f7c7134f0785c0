//! Formats are for ever: a data directory written by this format opens, and the same commands
//! write the same bytes.
//!
//! A change of format keeps the old directory here and adds another beside it:
//!
//! 1. as released first;
//! 2. body segments whose places are looked up in the file;
//! 3. rows in runs of pieces.
//!
//! `TIDEMILL_WRITE_GOLDEN=1 cargo test -p tidemill-store --test golden` writes a missing one.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test may fail where it stands"
)]

#[expect(unreachable_pub, dead_code, reason = "shared by several test crates")]
mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use support::{DATA, Machine, Model, PARTITIONS, Script, options};
use tidemill_kernel::{Position, Timestamp};
use tidemill_store::{Disk, MemoryDisk, Open, verify};

/// Every format there has been, the one in force last.
const FORMATS: [u32; 3] = [1, 2, 3];

fn golden(format: u32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{format}"))
}

fn current() -> u32 {
    FORMATS[FORMATS.len() - 1]
}

/// The same every time: rows, bodies, a checkpoint in the middle, a log behind it.
fn written() -> (MemoryDisk, Vec<Model>) {
    let disk = MemoryDisk::new();
    let mut machine = Machine::start(Arc::new(disk.clone()), options()).unwrap();
    let mut script = Script::new(42);
    let mut models = vec![Model::default(); usize::from(PARTITIONS)];
    for round in 0..12u16 {
        let partition = round % PARTITIONS;
        let index = usize::from(partition);
        let mut commands = Vec::new();
        for _ in 0..4 {
            let command = script.command(partition, &models[index]);
            models[index].apply(&command);
            commands.push(command);
        }
        let batch = machine.batch(partition, &commands);
        machine.wal.append(&[batch]).unwrap();
        if round == 4 || round == 7 {
            let applied = Position(machine.positions[index]);
            let frozen = machine.partitions[index].freeze(applied, Timestamp(1));
            let written = machine.checkpointer.write(frozen).unwrap();
            machine.partitions[index].install(written);
        }
    }
    (disk, models)
}

fn contents(disk: &MemoryDisk) -> BTreeMap<String, Vec<u8>> {
    let read = |(path, bytes): (PathBuf, u64)| {
        let mut contents = vec![0; usize::try_from(bytes).unwrap()];
        disk.open(&path, Open::Read).unwrap().read_exact_at(&mut contents, 0).unwrap();
        let name = path.strip_prefix(DATA).unwrap().to_string_lossy().into_owned();
        (name, contents)
    };
    disk.files().into_iter().map(read).collect()
}

/// Golden files lie flat, their directories' slashes as plus signs.
fn read_golden(format: u32) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(golden(format)).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().replace('+', "/");
    entries.map(|path| (name(&path), std::fs::read(&path).unwrap())).collect()
}

#[test]
fn the_bytes_written_are_those_of_the_format() {
    let found = contents(&written().0);
    if std::env::var_os("TIDEMILL_WRITE_GOLDEN").is_some() && !golden(current()).exists() {
        std::fs::create_dir_all(golden(current())).unwrap();
        for (name, bytes) in &found {
            std::fs::write(golden(current()).join(name.replace('/', "+")), bytes).unwrap();
        }
    }
    let expected = read_golden(current());
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (name, bytes) in &found {
        assert!(*bytes == expected[name], "{name} is written differently: is that a new format?");
    }
}

#[test]
fn a_golden_directory_opens_and_holds_what_it_held() {
    for format in FORMATS {
        let disk = MemoryDisk::new();
        for (name, bytes) in read_golden(format) {
            let path = Path::new(DATA).join(name);
            disk.create_dir_all(path.parent().unwrap()).unwrap();
            disk.open(&path, Open::Create).unwrap().write_all_at(&bytes, 0).unwrap();
        }
        let machine = Machine::start(Arc::new(disk.clone()), options()).unwrap();
        machine.check(&written().1, &format!("the golden directory of format {format}"));
        let report = verify(&disk, Path::new(DATA)).unwrap();
        assert!(report.partitions.iter().any(|partition| partition.bodies > 0));
    }
}
