//! Defects that are put in on purpose and need more than a line: see [`Bug`].

use crate::Bug;
use crate::world::World;
use tidemill_kernel::{Arn, Delivery, PartitionId};
use tidemill_node::core::Letter;
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
                    if is_notice(&envelope.delivery) {
                        continue;
                    }
                    // Something else takes its place in the sequence.
                    envelope.delivery.to = Arn::bucket("nobody");
                    envelope.delivery.refused = Some("planted".to_owned());
                    machine.core.receive(self.now, Letter::Delivery(envelope));
                } else {
                    machine.core.receive(self.now, Letter::Delivery(envelope.clone()));
                    envelope.sequence += 1;
                    machine.core.receive(self.now, Letter::Delivery(envelope));
                }
            }
        }
    }

    /// A shard's letters that leave without waiting for the log.
    pub(crate) fn plant_letters(&mut self, index: usize) {
        if self.bug != Some(Bug::DeliveredEarly) {
            return;
        }
        let Some(machine) = &mut self.machine else { return };
        for letter in machine.core.undelivered(index) {
            machine.core.receive(self.now, letter);
        }
    }

    /// A letter's receipt that leaves without waiting for the log.
    pub(crate) fn plant_receipt(&mut self, letter: &Letter) {
        if self.bug != Some(Bug::AcknowledgedEarly) {
            return;
        }
        let (Some(machine), Letter::Delivery(envelope)) = (&mut self.machine, letter) else {
            return;
        };
        let (source, target, sequence) = (envelope.source, envelope.target, envelope.sequence);
        let from = machine.core.shard_of(target);
        machine.core.post(from, Letter::Acknowledgement { source, target, sequence });
    }
}

/// What a queue says to another that is no message: without it there would be no dead letters and
/// no move tasks to lose messages of.
fn is_notice(delivery: &Delivery) -> bool {
    let is_queue = |arn: &Arn| arn.as_str().contains(":sqs:");
    is_queue(&delivery.from) && is_queue(&delivery.to) && delivery.message.id.is_none()
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
