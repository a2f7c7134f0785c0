//! The files of a data directory: log, manifests, deltas, body segments. Any of them may hold
//! anything; then the start is refused, or what was damaged meant nothing.

use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use tidemill_kernel::{Bodies, BodyRef, PartitionId, Position, Rows, Table, Timestamp};
use tidemill_store::{
    BatchBuilder, Disk, MemoryDisk, Open, Opened, Options, PartitionStore, open, verify,
};

const DATA: &str = "/data";

fn options() -> Options {
    Options { segment_bytes: 16 << 10, body_segment_bytes: 1 << 10, ..Options::default() }
}

/// A checkpoint with rows and a body, and a log behind it.
pub(crate) static SOUND: LazyLock<MemoryDisk> = LazyLock::new(|| {
    let disk = MemoryDisk::new();
    let opened = open(Arc::new(disk.clone()), Path::new(DATA), options(), || [7; 32]);
    let Opened { mut wal, mut checkpointer, mut partitions, .. } = opened.expect("an empty disk");
    let partition = PartitionId(0);
    for position in 1..=6 {
        let mut builder = BatchBuilder::default();
        builder.push(&[u8::try_from(position).expect("few"); 3000]);
        let batch = builder.seal(partition, Position(position), Timestamp(position));
        wal.append(&[batch]).expect("an honest disk");
        if position == 3 {
            let store = partitions.first_mut().expect("there are sixteen");
            for key in 0..40_u8 {
                store.rows.put(Table(1), &[key], vec![key; 90].into());
            }
            store.bodies.put(BodyRef { queue: 1, sequence: 1 }, vec![1; 300].into());
            let frozen = store.freeze(Position(position), Timestamp(position));
            store.install(checkpointer.write(frozen).expect("an honest disk"));
        }
    }
    disk
});

/// The first byte chooses a file, two more a place in it; the rest is written there. With an odd
/// fourth byte the file ends behind it.
pub(crate) fn run(data: &[u8]) {
    let disk = SOUND.kill();
    if let Some(path) = damage(&disk, data) {
        check(disk, &path);
    }
}

/// Writes over a file as the bytes say; which it was.
pub(crate) fn damage(disk: &MemoryDisk, data: &[u8]) -> Option<PathBuf> {
    let [file, high, low, ends, rest @ ..] = data else { return None };
    let files = disk.files();
    let (path, bytes) = files.get(usize::from(*file) % files.len())?;
    let place = u64::from(u16::from_be_bytes([*high, *low])) % (bytes + 1);
    let opened = disk.open(path, Open::Write).expect("it was listed");
    opened.write_all_at(rest, place).expect("an honest disk");
    if ends % 2 == 1 {
        let end = place + u64::try_from(rest.len()).expect("a usize fits in 64 bits");
        opened.set_len(end).expect("an honest disk");
    }
    Some(path.clone())
}

/// What verifies, opens, and all rows of it can be read. `path` is what was written over.
pub(crate) fn check(disk: MemoryDisk, path: &Path) {
    let is_sound = verify(&disk, Path::new(DATA)).is_ok();
    let opened = open(Arc::new(disk), Path::new(DATA), options(), || [7; 32]);
    let read = opened.and_then(|opened| {
        let Opened { mut replay, partitions, .. } = opened;
        while replay.next()?.is_some() {}
        Ok(partitions)
    });
    match read {
        Ok(partitions) if is_sound => partitions.iter().for_each(read_all),
        // A start looks at less than a check does; what it did not see ends it later.
        Ok(_) => {}
        Err(error) => assert!(!is_sound, "{} verifies, and then: {error}", path.display()),
    }
}

fn read_all(store: &PartitionStore) {
    for table in 0..4 {
        store.rows.range(Table(table), Bound::Unbounded, Bound::Unbounded, usize::MAX);
    }
    for key in 0..40_u8 {
        store.rows.get(Table(1), &[key]);
    }
}
