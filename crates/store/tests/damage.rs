//! Damage is refused with file and offset, a torn tail is cut, and no garbage makes a panic.
#![expect(
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test may fail where it stands"
)]

#[expect(unreachable_pub, dead_code, reason = "shared by several test crates")]
mod support;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use support::{Chance, Command, DATA, Machine, Model, PARTITIONS, Script, options};
use tidemill_kernel::{Position, Timestamp};
use tidemill_store::{Disk, MemoryDisk, Open, OpenError, verify};

/// A data directory with groups in several log segments, two checkpoints, and what it holds.
fn filled() -> (MemoryDisk, Vec<Model>) {
    let disk = MemoryDisk::new();
    let mut machine = Machine::start(Arc::new(disk.clone()), options()).unwrap();
    let mut script = Script::new(3);
    let mut models = vec![Model::default(); usize::from(PARTITIONS)];
    for round in 0..30u16 {
        let partition = round % PARTITIONS;
        let model = &mut models[usize::from(partition)];
        let mut commands = Vec::new();
        for _ in 0..10 {
            let command = script.command(partition, model);
            model.apply(&command);
            commands.push(command);
        }
        let batch = machine.batch(partition, &commands);
        machine.wal.append(&[batch]).unwrap();
        if round == 10 || round == 20 {
            let index = usize::from(partition);
            let applied = Position(machine.positions[index]);
            let frozen = machine.partitions[index].freeze(applied, Timestamp(1));
            let written = machine.checkpointer.write(frozen).unwrap();
            machine.partitions[index].install(written);
        }
    }
    (disk.crash(0), models)
}

fn damaged_file(error: &OpenError) -> Option<(PathBuf, u64)> {
    match error {
        OpenError::Corrupt { path, offset, .. } => Some((path.clone(), *offset)),
        OpenError::Io { .. }
        | OpenError::UnknownFormat { .. }
        | OpenError::ForeignDirectory { .. }
        | OpenError::Locked { .. } => None,
    }
}

#[test]
fn a_flipped_bit_in_the_log_is_refused_where_it_lies_unless_it_is_in_the_last_group() {
    let (disk, models) = filled();
    let log: Vec<(PathBuf, u64)> =
        disk.files().into_iter().filter(|(path, _)| path.starts_with("/data/wal")).collect();
    assert!(log.len() > 5, "several segments");
    let (mut refused, mut cut) = (0, 0);
    for (path, bytes) in &log {
        for offset in (0..*bytes).step_by(509) {
            let disk = disk.crash(0);
            disk.flip_bit(path, offset, (offset % 8) as u32).unwrap();
            match Machine::start(Arc::new(disk), options()) {
                Ok(machine) => {
                    let behind =
                        models.iter().zip(&machine.positions).filter(|(model, position)| {
                            assert!(model.position - **position <= 10, "at most the last group");
                            model.position != **position
                        });
                    match behind.count() {
                        // Behind the end of a group nothing is looked at.
                        0 => {}
                        1 => cut += 1,
                        count => panic!("{count} partitions lost something"),
                    }
                }
                Err(error) => {
                    let (file, at) = damaged_file(&error).unwrap_or_else(|| panic!("{error}"));
                    let is_found = file == *path && at <= offset && offset < at + (16 << 10);
                    assert!(is_found, "{} {offset} reported as {error}", path.display());
                    refused += 1;
                }
            }
        }
    }
    assert!(refused > 100 && cut > 0, "{refused} refused, {cut} cut");
}

#[test]
fn a_flipped_bit_in_a_checkpoint_is_found_at_the_start_or_by_the_offline_check() {
    let (disk, models) = filled();
    let files = disk.files();
    let checkpoints = files.iter().filter(|(path, _)| path.starts_with("/data/p"));
    let mut flips = 0;
    for (path, bytes) in
        checkpoints.chain(files.iter().filter(|(path, _)| path.ends_with("MANIFEST")))
    {
        for offset in (0..*bytes).step_by(7) {
            let disk = disk.crash(0);
            disk.flip_bit(path, offset, (offset % 8) as u32).unwrap();
            let found = verify(&disk, Path::new(DATA));
            // Eight bytes of padding in a body segment's head and frame mean nothing.
            if let Ok(report) = found {
                let bodies =
                    path.to_string_lossy().contains("bodies-") && (12..16).contains(&offset);
                assert!(bodies, "{} {offset} went unnoticed: {report}", path.display());
            }
            flips += 1;
        }
    }
    assert!(flips > 500, "{flips}");
    let machine = Machine::start(Arc::new(disk), options()).unwrap();
    machine.check(&models, "undamaged");
}

#[test]
fn a_missing_segment_is_named() {
    let (disk, _) = filled();
    disk.remove(Path::new("/data/wal/00000003.seg")).unwrap();
    let error = Machine::start(Arc::new(disk), options()).err().unwrap();
    let (file, _) = damaged_file(&error).unwrap();
    assert_eq!(file, Path::new("/data/wal/00000003.seg"));
}

#[test]
fn a_removed_checkpoint_does_not_go_unnoticed_once_the_log_was_recycled() {
    let disk = MemoryDisk::new();
    let mut machine = Machine::start(Arc::new(disk.clone()), options()).unwrap();
    for round in 0..20 {
        let batch = machine.batch(0, &[Command::Put(1, 1, vec![round; 3000])]);
        machine.wal.append(&[batch]).unwrap();
    }
    let frozen = machine.partitions[0].freeze(Position(20), Timestamp(1));
    let written = machine.checkpointer.write(frozen).unwrap();
    machine.partitions[0].install(written);
    machine.recycle().unwrap();
    disk.remove(Path::new("/data/p/00/MANIFEST-0000000001")).unwrap();
    let error = Machine::start(Arc::new(disk), options()).err().unwrap().to_string();
    assert!(error.contains("missing"), "{error}");
}

#[test]
fn garbage_is_refused_without_a_panic() {
    let (disk, _) = filled();
    let mut chance = Chance(11);
    for round in 0..400 {
        let disk = disk.crash(0);
        let files = disk.files();
        let (path, bytes) = &files[chance.below(files.len() as u64) as usize];
        let file = disk.open(path, Open::Write).unwrap();
        match round % 3 {
            0 => file.set_len(chance.below(bytes + 1)).unwrap(),
            1 => {
                let garbage: Vec<u8> = (0..64).map(|_| chance.below(256) as u8).collect();
                file.write_all_at(&garbage, chance.below(bytes + 1)).unwrap();
            }
            _ => disk.remove(path).unwrap(),
        }
        let offline = verify(&disk, Path::new(DATA)).is_ok();
        let online = Machine::start(Arc::new(disk), options()).is_ok();
        assert!(online || !offline, "what verifies, opens: {}", path.display());
    }
}

#[test]
fn a_foreign_or_newer_directory_is_refused_with_what_to_do() {
    let disk = MemoryDisk::new();
    disk.create_dir_all(Path::new("/data/wal")).unwrap();
    let error = Machine::start(Arc::new(disk), options()).err().unwrap();
    assert!(matches!(error, OpenError::ForeignDirectory { .. }), "{error}");

    let (disk, _) = filled();
    let file = disk.open(Path::new("/data/MANIFEST"), Open::Write).unwrap();
    file.write_all_at(&2u32.to_le_bytes(), 8).unwrap();
    let error = Machine::start(Arc::new(disk), options()).err().unwrap().to_string();
    assert!(error.contains("format 2, this release reads 1"), "{error}");
}
