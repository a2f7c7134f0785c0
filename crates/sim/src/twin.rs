//! Twins: the machine started again from a copy of its disk, and compared with the one that lives.
//!
//! A twin is started when all that was decided is durable and just frozen, so that its rows must be
//! the same to the byte, wherever checkpoint and log divide the work. Some copies rot first. Then
//! the start, or the check of a disk at rest, must refuse and name the file; or what rotted was
//! nothing that anybody reads. One loss is beyond any log's power to notice: the last group looks
//! torn, and is cut.

use crate::Bug;
use crate::ledger::Invariant;
use crate::world::{DIRECTORY, Machine, Request, World, store_options};
use std::collections::BTreeMap;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tidemill_kernel::rows::Rows as _;
use tidemill_kernel::{Millis, PartitionId, Position, Table};
use tidemill_node::core::Core;
use tidemill_services::State;
use tidemill_store::{MemoryDisk, OpenError, PartitionStore, verify};

/// Tables a service has at most so far, of the 256 in its block.
const TABLES_PER_BLOCK: u16 = 20;
const BLOCKS: [u16; 7] =
    [Table::NODE, Table::SQS, Table::S3, Table::LAMBDA, Table::IAM, Table::LOGS, Table::SNS];
const PAGE_BYTES: u64 = 4096;

pub(crate) type Hashes = BTreeMap<PartitionId, blake3::Hash>;

impl World {
    /// Compares the live machine, which was frozen just now, with twins.
    pub(crate) fn compare_with_twins(&mut self) {
        let Some(machine) = &self.machine else { return };
        let is_sound = self.rotten.is_none() && !self.disk.is_off();
        if !machine.core.is_durable() || !is_sound || !self.random.one_in(3) {
            return;
        }
        let positions: BTreeMap<PartitionId, Position> =
            machine.core.applied().into_iter().collect();
        let live = hashes(|id| machine.core.inspect(id), None);
        self.compare_with_sound_twin(&positions, &live);
        self.compare_with_rotten_twin(&positions, &live);
    }

    fn compare_with_sound_twin(
        &mut self,
        positions: &BTreeMap<PartitionId, Position>,
        live: &Hashes,
    ) {
        let slip = if self.bug == Some(Bug::ReplayDiffers) { Millis(1) } else { Millis(0) };
        let what = match start(&self.disk.kill(), slip) {
            Err(error) => format!("a twin refused to start: {error}"),
            Ok(twin) => {
                let applied: BTreeMap<_, _> = twin.applied().into_iter().collect();
                let rows = hashes(|id| twin.inspect(id), None);
                let other = |id: &&PartitionId| {
                    applied.get(id) != positions.get(id) || rows.get(id) != live.get(id)
                };
                match live.keys().find(other) {
                    None => return,
                    Some(id) => format!("partition {id} differs from its twin"),
                }
            }
        };
        self.ledger.report(Invariant::I12StateIsTheLogs, what);
    }

    fn compare_with_rotten_twin(
        &mut self,
        positions: &BTreeMap<PartitionId, Position>,
        live: &Hashes,
    ) {
        if self.machine.as_ref().is_none_or(|machine| machine.last_group.is_empty()) {
            // Which group is the newest is known once one was written in this life.
            return;
        }
        let disk = self.disk.kill();
        let Some(rotten) = self.rot(&disk) else { return };
        self.rots[0] += 1;
        let found = verify(&disk, Path::new(DIRECTORY)).and_then(|_| start(&disk, Millis(0)));
        let twin = match found {
            Ok(twin) => twin,
            Err(error) => {
                self.rots[1] += 1;
                if !names(&error, &rotten) {
                    let what = format!("{} rotted, and the start said: {error}", rotten.display());
                    self.ledger.report(Invariant::RotIsNoticed, what);
                }
                return;
            }
        };
        let flipped = (self.bug == Some(Bug::RotServed)).then_some(1);
        let rows = hashes(|id| twin.inspect(id), flipped);
        let Some(machine) = &self.machine else { return };
        for (id, applied) in twin.applied() {
            let is_whole = positions.get(&id) == Some(&applied);
            let is_cut = rotten.starts_with(Path::new(DIRECTORY).join("wal"))
                && applied >= before_last_group(machine, id, positions);
            if (is_whole && rows.get(&id) != live.get(&id)) || !(is_whole || is_cut) {
                let what =
                    format!("{} rotted unseen, and partition {id} is another", rotten.display());
                return self.ledger.report(Invariant::RotIsNoticed, what);
            }
        }
    }

    /// Flips a bit of some file, or moves one of its pages to where another was.
    fn rot(&mut self, disk: &MemoryDisk) -> Option<PathBuf> {
        let files: Vec<(PathBuf, u64)> =
            disk.files().into_iter().filter(|(_, bytes)| *bytes > 0).collect();
        let (path, bytes) = files.get(self.random.index(files.len())?)?.clone();
        let pages = bytes / PAGE_BYTES;
        let rotted = if pages > 1 && self.random.one_in(2) {
            let from = self.random.below(pages);
            let to = (from + 1 + self.random.below(pages - 1)) % pages;
            disk.misdirect(&path, from * PAGE_BYTES, to * PAGE_BYTES, PAGE_BYTES)
        } else {
            let offset = self.random.below(bytes);
            let bit = u32::try_from(self.random.below(8)).unwrap_or(0);
            disk.flip_bit(&path, offset, bit)
        };
        rotted.ok().map(|()| path)
    }
}

/// The last position of a partition that the newest group does not hold.
fn before_last_group(
    machine: &Machine,
    id: PartitionId,
    positions: &BTreeMap<PartitionId, Position>,
) -> Position {
    let last = positions.get(&id).copied().unwrap_or(Position(0));
    machine.last_group.get(&id).map_or(last, |first| Position(first.0.saturating_sub(1)))
}

/// Whether the error says which file it is about.
pub(crate) fn names(error: &OpenError, rotten: &Path) -> bool {
    match error {
        OpenError::Corrupt { path, .. }
        | OpenError::UnknownFormat { path, .. }
        | OpenError::Io { path, .. } => rotten.starts_with(path),
        OpenError::ForeignDirectory { .. } | OpenError::Locked { .. } => false,
    }
}

/// A machine's core as it comes up from a disk, frozen, so that all its state is in its rows.
pub(crate) fn start(disk: &MemoryDisk, slip: Millis) -> Result<Core<Request>, OpenError> {
    let directory = Path::new(DIRECTORY);
    let opened =
        tidemill_store::open(Arc::new(disk.clone()), directory, store_options(), || [7; 32])?;
    let mut core = Core::load(opened.secret, opened.partitions);
    let mut replay = opened.replay;
    while let Some(mut batch) = replay.next()? {
        batch.now = batch.now.plus(slip);
        core.replay(&batch);
    }
    // What it froze is for nobody to write.
    drop(core.freeze());
    Ok(core)
}

/// A hash over all rows of each partition; with one bit of them flipped, where that is asked for.
pub(crate) fn hashes<'a>(
    inspect: impl Fn(PartitionId) -> Option<(&'a State, &'a PartitionStore)>,
    flipped: Option<u8>,
) -> Hashes {
    let mut hashes = Hashes::new();
    for id in PartitionId::all() {
        let Some((_, store)) = inspect(id) else { continue };
        let mut hasher = blake3::Hasher::new();
        for table in BLOCKS.iter().flat_map(|block| (0..TABLES_PER_BLOCK).map(move |n| block + n)) {
            let rows =
                store.rows.range(Table(table), Bound::Unbounded, Bound::Unbounded, usize::MAX);
            for (key, value) in rows {
                hasher.update(&table.to_be_bytes());
                hasher.update(&(key.len() as u64).to_be_bytes());
                hasher.update(&key);
                hasher.update(&(value.len() as u64).to_be_bytes());
                hasher.update(&value);
            }
        }
        if let Some(bit) = flipped {
            hasher.update(&[bit]);
        }
        hashes.insert(id, hasher.finalize());
    }
    hashes
}
