//! Audits: what no client sees, and must hold all the same.

use crate::cores::Cores;
use crate::ledger::Invariant;
use crate::world::{DIRECTORY, World};
use std::collections::BTreeMap;
use std::path::Path;
use tidemill_kernel::rows::scan_prefix;
use tidemill_kernel::{PartitionId, Table};
use tidemill_services::outbox::{INBOX_LAST, OUTBOX_LAST};
use tidemill_store::unnamed_files;

/// Sequences by partner.
type Sequences = BTreeMap<PartitionId, u64>;

impl World {
    /// Nothing is applied that was not sent, and nothing is forgotten that was not applied.
    pub(crate) fn audit_deliveries(&mut self) {
        let Some(machine) = &self.machine else { return };
        for Broken { what, .. } in broken_deliveries(&machine.core) {
            self.ledger.report(Invariant::I8DeliveredOnceInOrder, what);
        }
    }

    /// The same of cores that have not begun to live; whether one would stop at a delivery that is
    /// missing.
    pub(crate) fn misses_deliveries(&mut self, cores: &Cores) -> bool {
        let mut misses = false;
        for Broken { what, is_missing } in broken_deliveries(cores) {
            misses |= is_missing;
            self.ledger.report(Invariant::I8DeliveredOnceInOrder, what);
        }
        misses
    }

    /// At the very end: nobody waits for an answer, and nothing is on its way.
    pub(crate) fn audit_drain(&mut self) {
        if let Some((request, asked)) = self.asked.first_key_value() {
            let what = format!("request {} was never answered: {asked:?}", request.0);
            self.ledger.report(Invariant::I13EverythingDrains, what);
        }
        let Some(machine) = &self.machine else { return };
        let under_way: usize = PartitionId::all()
            .filter_map(|id| machine.core.inspect(id))
            .map(|(state, store)| state.unacknowledged(&store.rows).len())
            .sum();
        if under_way > 0 {
            let what = format!("{under_way} deliveries between partitions never arrived");
            self.ledger.report(Invariant::I13EverythingDrains, what);
        }
    }

    /// Behind a finished checkpoint: no file of one before, and no more of the log than spares.
    pub(crate) fn audit_files(&mut self) {
        let Some(machine) = &self.machine else { return };
        if machine.frozen.is_some() || self.disk.is_off() {
            return;
        }
        let disk = self.disk.kill();
        let what = match unnamed_files(&disk, Path::new(DIRECTORY)) {
            Ok(files) if files.is_empty() => return,
            Ok(files) => format!("no checkpoint names {files:?}"),
            Err(error) => format!("the checkpoints cannot be read: {error}"),
        };
        self.ledger.report(Invariant::I14NothingLeaks, what);
    }

    /// At the very end, when every queue is empty and all is checkpointed: nothing takes room that
    /// nobody needs.
    pub(crate) fn audit_room(&mut self) {
        let Some(machine) = &self.machine else { return };
        if machine.frozen.is_some() || self.disk.is_off() {
            return;
        }
        let mut leaks = Vec::new();
        let bodies: u64 = PartitionId::all()
            .filter_map(|id| machine.core.inspect(id))
            .map(|(_, store)| store.bodies.len())
            .sum();
        if bodies > 0 {
            leaks.push(format!("{bodies} bodies belong to no message"));
        }
        // The one that is written to, and the one before it as long as that one is empty.
        let segments = machine.wal.stats().live_segments;
        if segments > 2 {
            leaks.push(format!("the log keeps {segments} segments that nobody will replay"));
        }
        for what in leaks {
            self.ledger.report(Invariant::I14NothingLeaks, what);
        }
    }
}

/// Deliveries from one partition to another that do not add up.
struct Broken {
    what: String,
    /// Nobody will make one of them any more.
    is_missing: bool,
}

/// What is wrong with the deliveries between partitions.
fn broken_deliveries(cores: &Cores) -> Vec<Broken> {
    let mut broken = Vec::new();
    for source in PartitionId::all() {
        let Some((state, store)) = cores.inspect(source) else { continue };
        let posted = sequences(&store.rows, OUTBOX_LAST);
        let mut kept: BTreeMap<PartitionId, Vec<u64>> = BTreeMap::new();
        for envelope in state.unacknowledged(&store.rows) {
            kept.entry(envelope.target).or_default().push(envelope.sequence);
        }
        for target in PartitionId::all() {
            let Some((_, store)) = cores.inspect(target) else { continue };
            let applied = sequences(&store.rows, INBOX_LAST).get(&source).copied().unwrap_or(0);
            let posted = posted.get(&target).copied().unwrap_or(0);
            let kept = kept.remove(&target).unwrap_or_default();
            let first = kept.first().copied().unwrap_or(posted + 1);
            let has_gap = !kept.iter().copied().eq(first..=posted);
            let is_missing = first > applied + 1;
            if applied > posted || is_missing || has_gap {
                let what = format!(
                    "{source} sent {target} {posted} deliveries, keeps {kept:?}, and {applied} \
                     were applied"
                );
                broken.push(Broken { what, is_missing });
            }
        }
    }
    broken
}

fn sequences(rows: &dyn tidemill_kernel::Rows, table: Table) -> Sequences {
    scan_prefix(rows, table, &[], None, usize::MAX)
        .into_iter()
        .filter_map(|(key, value)| {
            let partner = PartitionId(u16::from_be_bytes(key.as_ref().try_into().ok()?));
            Some((partner, u64::from_be_bytes(value.as_ref().try_into().ok()?)))
        })
        .collect()
}
