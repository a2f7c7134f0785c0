//! Checkpoints, a step at a time: shards freeze, the log catches up, partitions are written and
//! installed, the log is given back; and rows are merged in between.

use crate::Bug;
use crate::cores::Freeze;
use crate::world::World;
use std::io::ErrorKind;
use tidemill_kernel::PartitionId;

impl World {
    pub(crate) fn checkpoint(&mut self) {
        // The checkpoint thread merges only while it has nothing to write; here it comes to that at
        // any time, which is harder.
        if self.random.one_in(4) {
            return self.merge_rows();
        }
        let Some(machine) = &mut self.machine else { return };
        match machine.frozen.take() {
            None => {
                if machine.core.is_sealed() && machine.core.bytes_since_checkpoint() > 0 {
                    let has_unwritten = PartitionId::all()
                        .filter_map(|id| machine.core.inspect(id))
                        .any(|(_, store)| store.is_frozen());
                    let mut freeze = Freeze::default();
                    let is_whole = machine.core.freeze(&mut freeze);
                    machine.frozen = Some(freeze);
                    self.audit_deliveries();
                    if is_whole && !has_unwritten {
                        self.compare_with_twins();
                    }
                }
            }
            Some(freeze) => self.go_on_with(freeze),
        }
    }

    /// The next step of a checkpoint: shards freeze, the log catches up, partitions are written.
    fn go_on_with(&mut self, mut freeze: Freeze) {
        let Some(machine) = &mut self.machine else { return };
        if !machine.core.freeze(&mut freeze) || !machine.core.has_logged(&freeze) {
            machine.frozen = Some(freeze);
            return;
        }
        let Some(partition) = freeze.partitions.pop_front() else {
            let is_kept = self.bug == Some(Bug::LogKept);
            if !is_kept && machine.wal.recycle(&machine.checkpointed).is_err() {
                return self.crash();
            }
            return self.sweep();
        };
        match machine.checkpointer.write(partition) {
            // The log has everything, and what is frozen is written another time.
            Err(error) if error.kind() == ErrorKind::StorageFull => {}
            Err(_) => self.crash(),
            Ok(written) => {
                for (id, position) in &mut machine.checkpointed {
                    if *id == written.partition() {
                        *position = written.applied();
                    }
                }
                machine.core.install(written);
                machine.frozen = Some(freeze);
            }
        }
    }

    /// A step of a merge of rows, interrupted at once or never.
    fn merge_rows(&mut self) {
        let is_hurried = self.random.one_in(2);
        let Some(machine) = &mut self.machine else { return };
        match machine.checkpointer.merge(&mut || is_hurried) {
            Err(error) if error.kind() == ErrorKind::StorageFull => {}
            Err(_) => self.crash(),
            Ok(None) => {}
            Ok(Some(written)) => machine.core.install(written),
        }
    }
}
