//! Memory: what the process may take of it, and what is still taken when that is used up.
//!
//! ```text
//!                 resident, of the budget
//!  Easy ──── from three quarters ───▶ Tight ──── from nine tenths ───▶ Used up
//!       ◀──── below seven tenths ────       ◀── below eight tenths ──
//! ```
//!
//! A backlog needs next to no memory once a checkpoint has written it, so a tight budget asks for
//! checkpoints first. When they cannot keep up, new data is refused, as on a full disk, while
//! receiving and deleting go on.
//!
//! # Invariants
//!
//! - What the process really has counts, not what it believes to have: the system is asked.
//! - It decides when a checkpoint is due and what is refused at the door, never what a command
//!   does: a log replays the same under any budget.
//! - It recovers by itself, and does not flap: a mark is left some way below where it was met.
//!
//! [`Pressure`] is pure. What the process has is asked of whoever wires the node, since files are
//! not read here; where nobody knows (outside Linux), no budget is kept.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};
use tidemill_services::Burden;

/// No budget is smaller: the log's buffers and the doors' connections need so much.
pub const BUDGET_BYTES_MIN: u64 = 96 << 20;

/// How near to its budget the process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pressure {
    Easy,
    /// A checkpoint is worth its while.
    Tight,
    /// Nothing new is stored until there is less.
    UsedUp,
}

impl Pressure {
    #[must_use]
    pub fn next(self, resident: u64, budget: u64) -> Pressure {
        // To leave a mark takes more than to meet it.
        let is_met = |met: u64, left: u64, was_met: bool| {
            resident >= budget / 20 * if was_met { left } else { met }
        };
        if is_met(18, 16, self == Pressure::UsedUp) {
            Pressure::UsedUp
        } else if is_met(15, 14, self >= Pressure::Tight) {
            Pressure::Tight
        } else {
            Pressure::Easy
        }
    }

    fn from_byte(byte: u8) -> Pressure {
        match byte {
            0 => Pressure::Easy,
            1 => Pressure::Tight,
            _ => Pressure::UsedUp,
        }
    }
}

/// The memory of this process, as last seen. Shared by the core's thread, which looks, and by
/// everybody who hands in work.
#[derive(Debug)]
pub struct MemoryWatch {
    budget: u64,
    resident_bytes: fn() -> Option<u64>,
    pressure: AtomicU8,
    refused: AtomicU64,
}

impl MemoryWatch {
    #[must_use]
    pub fn new(budget: u64, resident_bytes: fn() -> Option<u64>) -> MemoryWatch {
        MemoryWatch {
            budget,
            resident_bytes,
            pressure: AtomicU8::new(Pressure::Easy as u8),
            refused: AtomicU64::new(0),
        }
    }

    #[must_use]
    pub fn budget_bytes(&self) -> u64 {
        self.budget
    }

    /// Bodies that no checkpoint has written may take so much before one is due.
    #[must_use]
    pub fn young_bytes_max(&self) -> u64 {
        self.budget / 8
    }

    /// Rows that were read may take so much.
    #[must_use]
    pub fn row_cache_bytes_max(&self) -> u64 {
        self.budget / 16
    }

    /// Commands that wait for the core may take so much.
    #[must_use]
    pub fn mailbox_bytes_max(&self) -> u64 {
        self.budget / 16
    }

    #[must_use]
    pub fn pressure(&self) -> Pressure {
        Pressure::from_byte(self.pressure.load(Relaxed))
    }

    /// Works that were refused for want of memory.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.refused.load(Relaxed)
    }

    /// Whether that may be done now; counted, if not.
    pub(crate) fn admits(&self, burden: Burden) -> bool {
        let admits = burden < Burden::Data || self.pressure() < Pressure::UsedUp;
        if !admits {
            self.refused.fetch_add(1, Relaxed);
        }
        admits
    }

    /// Asks how much the process has.
    pub(crate) fn look(&self) -> Pressure {
        let before = self.pressure();
        let Some(resident) = (self.resident_bytes)() else { return before };
        let pressure = before.next(resident, self.budget);
        if pressure != before {
            self.pressure.store(pressure as u8, Relaxed);
            report(before, pressure, self.budget);
        }
        pressure
    }
}

#[expect(clippy::print_stderr, reason = "the operator must hear of a budget that is too small")]
fn report(before: Pressure, now: Pressure, budget: u64) {
    let budget = budget >> 20;
    if now == Pressure::UsedUp {
        eprintln!(
            "tidemill: memory_max ({budget} MiB) is used up: new data is refused until more of it \
             is on disk. Receiving and deleting go on."
        );
    } else if before == Pressure::UsedUp {
        eprintln!("tidemill: there is memory again; everything is taken.");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_met_at_once_and_left_with_some_to_spare() {
        let mut pressure = Pressure::Easy;
        for (resident, expected) in [
            (749, Pressure::Easy),
            (750, Pressure::Tight),
            (700, Pressure::Tight),
            (699, Pressure::Easy),
            (900, Pressure::UsedUp),
            (800, Pressure::UsedUp),
            (799, Pressure::Tight),
            (2000, Pressure::UsedUp),
            (0, Pressure::Easy),
        ] {
            pressure = pressure.next(resident, 1000);
            assert_eq!(pressure, expected, "{resident}");
        }
    }

    #[test]
    fn what_the_process_has_is_seen_and_emptying_is_never_refused() {
        let unknown = MemoryWatch::new(1, || None);
        assert_eq!(unknown.look(), Pressure::Easy);
        assert!(unknown.admits(Burden::Data));
        let narrow = MemoryWatch::new(1000, || Some(900));
        assert_eq!(narrow.look(), Pressure::UsedUp);
        let admitted =
            [Burden::Nothing, Burden::Log, Burden::Data].map(|burden| narrow.admits(burden));
        assert_eq!((admitted, narrow.refused()), ([true, true, false], 1));
    }
}
