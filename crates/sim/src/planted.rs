//! Defects that are put in on purpose and need more than a line: see [`Bug`].

use crate::Bug;
use crate::world::World;
use tidemill_kernel::{Arn, PartitionId};
use tidemill_store::Batch;

impl World {
    /// The planted bugs that are about deliveries between partitions.
    pub(crate) fn plant_deliveries(&mut self) {
        if !matches!(self.bug, Some(Bug::DeliveryRepeated | Bug::DeliveryLost)) {
            return;
        }
        let Some(machine) = &mut self.machine else { return };
        for id in PartitionId::all() {
            let Some((state, store)) = machine.core.inspect(id) else { continue };
            for mut envelope in state.unacknowledged(&store.rows) {
                if self.bug == Some(Bug::DeliveryLost) {
                    // Something else takes its place in the sequence.
                    envelope.delivery.to = Arn::bucket("nobody");
                    envelope.delivery.refused = Some("planted".to_owned());
                    machine.core.deliver(self.now, envelope);
                } else {
                    machine.core.deliver(self.now, envelope.clone());
                    envelope.sequence += 1;
                    machine.core.deliver(self.now, envelope);
                }
            }
        }
    }
}

/// Changes one byte inside the padding of the first message it finds.
pub(crate) fn change_body(mut batch: Batch) -> Batch {
    let mut payload = batch.payload.to_vec();
    let at = payload.windows(8).position(|window| window == b"xxxxxxxx");
    if let Some(byte) = at.and_then(|at| payload.get_mut(at)) {
        *byte = b'y';
        batch.payload = payload.into();
    }
    batch
}
