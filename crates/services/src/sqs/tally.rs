//! The tally of a queue: what happened in it since the process started, for metrics and for people.
//!
//! Not state: nothing is decided by it. A replay counts what it replays.

use super::trail::EndReason;

/// Receives in a row that must come to nothing before a consumer counts as stuck: as many as one
/// call hands out.
const STUCK_RECEIVES: u64 = 10;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Messages sent, received and deleted.
    pub sent: u64,
    pub received: u64,
    pub deleted: u64,
    pub dead_lettered: u64,
    pub expired: u64,
    /// Receives by how they ended, when not in a deletion.
    pub timed_out: u64,
    pub released: u64,
    pub failed: u64,
    pub throttled: u64,
    /// Receives in a row that ran out of time while none was deleted, extended or otherwise ended:
    /// of a consumer that is stuck, or that forgets to delete.
    pub abandoned: u64,
}

impl Tally {
    /// Whether the queue's consumer receives and neither deletes nor extends.
    #[must_use]
    pub fn is_stuck(&self) -> bool {
        self.abandoned >= STUCK_RECEIVES
    }

    pub(super) fn note_end(&mut self, reason: &EndReason) {
        match reason {
            EndReason::Timeout => {
                self.timed_out += 1;
                self.abandoned += 1;
                return;
            }
            EndReason::Released => self.released += 1,
            EndReason::FunctionError { .. } => self.failed += 1,
            EndReason::Throttled => self.throttled += 1,
        }
        self.abandoned = 0;
    }

    pub(super) fn note_delete(&mut self) {
        self.deleted += 1;
        self.abandoned = 0;
    }

    pub(super) fn note_extension(&mut self) {
        self.abandoned = 0;
    }
}
