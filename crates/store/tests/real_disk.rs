//! The same code on the machine's own files.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test may fail where it stands"
)]

#[expect(unreachable_pub, dead_code, reason = "shared by several test crates")]
mod support;

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use support::{Command, Machine, Model};
use tidemill_kernel::{BodyRef, Position, Timestamp};
use tidemill_store::{Blobs, Disk, LogProbe, Options, RealDisk, WriteMode, open, verify};

/// A directory of this test process, removed when it passes.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("tidemill-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Scratch(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_data_directory_lives_through_checkpoints_and_restarts() {
    let scratch = Scratch::new("store");
    let options = Options { segment_bytes: 256 << 10, ..Options::default() };
    let start = || {
        let opened = open(Arc::new(RealDisk), &scratch.0, options, || [9; 32]).unwrap();
        Machine::replay(opened).unwrap()
    };
    let mut models = vec![Model::default(); 16];
    let mut sequence = 0;
    for round in 0..4 {
        let mut machine = start();
        machine.check(&models, &format!("round {round}"));
        machine.wal.preparer().prepare().unwrap();
        for partition in 0..16 {
            let model = &mut models[usize::from(partition)];
            sequence += 1;
            let commands = [
                Command::Put(1, round, vec![round; 3000]),
                Command::PutBody(BodyRef { queue: 1, sequence }, vec![round; 20_000]),
            ];
            commands.iter().for_each(|command| model.apply(command));
            let batch = machine.batch(partition, &commands);
            machine.wal.append(&[batch]).unwrap();
            if round % 2 == 1 {
                let index = usize::from(partition);
                let applied = Position(machine.positions[index]);
                let frozen = machine.partitions[index].freeze(applied, Timestamp(1));
                let written = machine.checkpointer.write(frozen).unwrap();
                machine.partitions[index].install(written);
            }
        }
        machine.recycle().unwrap();
        machine.check(&models, "before the restart");
    }
    let report = verify(&RealDisk, &scratch.0).unwrap();
    assert_eq!(report.partitions.iter().map(|report| report.bodies).sum::<u64>(), 64);
    let mode =
        |name: &str| std::fs::metadata(scratch.0.join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("MANIFEST"), mode("wal")), (0o600, 0o700));
    assert!(RealDisk.space(&scratch.0).unwrap().total_bytes > 0);
}

/// Where the file system takes them; elsewhere the same log is written the other way.
#[test]
fn a_log_written_directly_reads_back_and_may_be_continued_either_way() {
    let scratch = Scratch::new("direct");
    let options = Options { segment_bytes: 64 << 10, ..Options::default() };
    let start = || {
        let opened = open(Arc::new(RealDisk), &scratch.0, options, || [9; 32]).unwrap();
        Machine::replay(opened).unwrap()
    };
    start().wal.preparer().prepare().unwrap();
    let probe = LogProbe::of(&RealDisk, &scratch.0).unwrap();
    let mut models = vec![Model::default(); 16];
    for round in 0..6 {
        let mode = if round % 2 == 0 { WriteMode::Direct } else { WriteMode::Buffered };
        let set = LogProbe { mode, is_settled: true, ..probe };
        set.remember(&RealDisk, &scratch.0.join("wal")).unwrap();
        let mut machine = start();
        machine.check(&models, &format!("round {round}"));
        for group in 0..12 {
            let command = Command::Put(1, round, vec![group; 5000]);
            models[0].apply(&command);
            let batch = machine.batch(0, &[command]);
            machine.wal.append(&[batch]).unwrap();
            machine.wal.preparer().prepare().unwrap();
        }
        if probe.direct.is_some() {
            assert_eq!(machine.wal.write_mode(), mode, "round {round}");
        }
        if round == 3 {
            let frozen = machine.partitions[0].freeze(Position(models[0].position), Timestamp(1));
            let written = machine.checkpointer.write(frozen).unwrap();
            machine.partitions[0].install(written);
            machine.recycle().unwrap();
        }
    }
    start().check(&models, "at the end");
}

#[test]
fn blobs_are_named_by_their_contents_and_unfinished_ones_are_swept() {
    let scratch = Scratch::new("blobs");
    RealDisk.create_dir_all(&scratch.0).unwrap();
    let blobs = Blobs::open(Arc::new(RealDisk), &scratch.0, [1; 32]).unwrap();
    let write = |pieces: &[&[u8]]| {
        let mut writer = blobs.create().unwrap();
        pieces.iter().for_each(|piece| writer.append(piece).unwrap());
        writer
    };
    let large = vec![5; 700_000];
    let one = write(&[b"head", &large]).publish_unique().unwrap();
    let other = write(&[b"head", &large]).publish_unique().unwrap();
    let shared = write(&[b"code"]).publish_content().unwrap();
    assert_eq!(shared, write(&[b"co", b"de"]).publish_content().unwrap());
    assert_ne!(one, other);
    let mut expected = vec![one, other, shared];
    expected.sort();
    assert_eq!(blobs.list().unwrap(), expected);

    blobs.delete(one).unwrap();
    blobs.delete(one).unwrap();
    let blob = blobs.open_blob(other).unwrap();
    let mut middle = [0; 3];
    blob.read_exact_at(&mut middle, 2).unwrap();
    assert_eq!((middle, blob.len()), (*b"ad\x05", 700_004));
    drop(write(&[b"changed my mind"]));
    std::mem::forget(write(&[b"killed"]));
    let parts = || std::fs::read_dir(scratch.0.join("blobs/new")).unwrap().count();
    assert_eq!(parts(), 1);
    Blobs::open(Arc::new(RealDisk), &scratch.0, [2; 32]).unwrap();
    assert_eq!(parts(), 0);
}
