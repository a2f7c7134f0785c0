//! Shards: the partitions of a process, dealt out to a few cores.
//!
//! How many there are is a matter of one life of the process; nothing on disk depends on it. What a
//! partition tells another is a delivery with a sequence whether they share a core or not. Within a
//! core it is handed over at once; to another core it leaves as a [`Letter`].

use super::{Core, Ticket};
use tidemill_kernel::{PARTITION_COUNT, PartitionId, Secret};
use tidemill_services::outbox::Envelope;
use tidemill_store::PartitionStore;

/// How many cores the partitions are dealt out to, and which has which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shards(usize);

impl Shards {
    /// At least one, and none without a partition.
    #[must_use]
    pub fn new(count: usize) -> Shards {
        Shards(count.clamp(1, usize::from(PARTITION_COUNT)))
    }

    #[must_use]
    pub fn count(self) -> usize {
        self.0
    }

    /// The number of the core that has this partition.
    #[must_use]
    pub fn of(self, id: PartitionId) -> usize {
        usize::from(id.0) % self.0
    }

    /// Loads each core with its partitions.
    #[must_use]
    pub fn load<T: Ticket>(self, secret: Secret, stores: Vec<PartitionStore>) -> Vec<Core<T>> {
        let mut dealt: Vec<Vec<PartitionStore>> = (0..self.0).map(|_| Vec::new()).collect();
        for store in stores {
            let shard = self.of(store.partition);
            dealt.get_mut(shard).expect("a remainder is less than what it divides by").push(store);
        }
        dealt.into_iter().map(|stores| Core::load(secret, stores)).collect()
    }
}

/// What a core tells another, once its cause is durable. Those from one core to another must
/// arrive in the order they left in.
#[derive(Clone, Debug, PartialEq)]
pub enum Letter {
    Delivery(Envelope),
    /// The target has applied everything up to `sequence`, and that is durable.
    Acknowledgement {
        source: PartitionId,
        target: PartitionId,
        sequence: u64,
    },
}

impl Letter {
    /// The partition that is told.
    #[must_use]
    pub fn addressee(&self) -> PartitionId {
        match self {
            Letter::Delivery(envelope) => envelope.target,
            Letter::Acknowledgement { source, .. } => *source,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_partition_has_one_core_and_no_core_is_idle() {
        for wanted in 0..40 {
            let shards = Shards::new(wanted);
            let used: BTreeSet<usize> = PartitionId::all().map(|id| shards.of(id)).collect();
            assert_eq!(used, (0..shards.count()).collect(), "{wanted}");
        }
        assert_eq!([0, 1, 3, 99].map(|count| Shards::new(count).count()), [1, 1, 3, 16]);
    }
}
