//! Rot that a living machine reads: a bit of a checkpoint's file flips, and clients go on asking.
//!
//! What nobody reads does no harm, and what memory still holds is answered as it was. Whatever else
//! is read ends the process, with the file's name, and never in another answer. A start that meets
//! rot is the twins' matter. Data of objects in blobs is not told of here: it is read in pieces,
//! which have no checksum of their own.

use crate::Bug;
use crate::ledger::{Invariant, Violation};
use crate::twin::names;
use crate::workloads::Workload;
use crate::world::{DIRECTORY, World};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use tidemill_store::verify;

/// Steps that clients go on for.
const STEPS: u64 = 150;

/// What came of a file that rotted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LivingRot {
    pub violations: Vec<Violation>,
    /// `None` when there was no file yet.
    pub rotten: Option<PathBuf>,
    /// Whether the machine died of it.
    pub is_noticed: bool,
}

pub(crate) fn run(seed: u64, bug: Option<Bug>) -> LivingRot {
    let mut world = World::crashing_at(Workload::Everything, seed, &[]);
    world.bug = bug;
    for _ in 0..world.workload.steps() {
        world.step();
    }
    world.settle();
    (0..64).for_each(|_| world.checkpoint());
    let rotten = world.rot_alive();
    world.rotten.clone_from(&rotten);
    let Some(path) = &rotten else {
        return LivingRot { violations: world.ledger.violations, rotten, is_noticed: false };
    };
    let at_rest = verify(&world.disk.kill(), Path::new(DIRECTORY));
    // What is broken by the panic is looked at no more: only the ledger is.
    let lived = catch_unwind(AssertUnwindSafe(|| world.live_on()));
    let is_noticed = lived.is_err() || world.crashes > 0;
    if let Err(panic) = lived {
        let said = panic.downcast_ref::<String>().cloned().unwrap_or_default();
        if !said.contains(&path.display().to_string()) {
            let what = format!("{} rotted, and the machine died of: {said}", path.display());
            world.ledger.report(Invariant::RotIsNoticed, what);
        }
    }
    let is_named = at_rest.is_err_and(|error| names(&error, path));
    if is_noticed && !is_named {
        let what = format!("{} rotted, and a check of the disk does not say so", path.display());
        world.ledger.report(Invariant::RotIsNoticed, what);
    }
    LivingRot { violations: world.ledger.violations, rotten, is_noticed }
}

impl World {
    /// Flips a bit of a file of rows or bodies; which.
    fn rot_alive(&mut self) -> Option<PathBuf> {
        let partitions = Path::new(DIRECTORY).join("p");
        let is_read = |path: &Path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            path.starts_with(&partitions) && !name.starts_with("MANIFEST")
        };
        let files = self.disk.files().into_iter();
        let files: Vec<_> = files.filter(|(path, bytes)| *bytes > 0 && is_read(path)).collect();
        let (path, bytes) = files.get(self.random.index(files.len())?)?.clone();
        let bit = u32::try_from(self.random.below(8)).unwrap_or(0);
        self.disk.flip_bit(&path, self.random.below(bytes), bit).ok().map(|()| path)
    }

    /// Clients go on, and then read everything.
    fn live_on(&mut self) {
        for _ in 0..STEPS {
            self.step();
            // A checkpoint that cannot be written ends the process too.
            if self.crashes > 0 {
                return;
            }
        }
        self.is_calm = true;
        self.settle();
        self.drain();
        // A poll from before may have brought what comes again now: there was no restart.
        let found = self.found.keys().map(|id| (id.clone(), 1)).collect();
        self.ledger.drained(&found);
        self.audit_topics();
        self.audit_moves();
    }
}
