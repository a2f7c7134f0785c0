//! What time alone does: messages that are still fanning out, deliveries over HTTP to try again,
//! forgotten deduplication ids, and clearing up after deleted topics.
//!
//! # Invariants
//!
//! - One tick does a bounded amount of work; while more is due, `next_due` says so.

use super::state::{SUBSCRIPTIONS, SWEEPS, State};
use kernel::{Timestamp, Turn};
use tidemill_kernel as kernel;

/// Rows one tick may drop.
const DROPPED_MAX: usize = 1_024;

impl State {
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        let is_waiting = !self.cursors.is_empty() || !self.sweeps.is_empty();
        let at_once = is_waiting.then_some(Timestamp(0));
        let retry = self.http_waiting.first().map(|(due, _)| *due);
        [at_once, retry, self.duplicates.next_due()].into_iter().flatten().min()
    }

    pub fn tick(&mut self, turn: &mut Turn<'_>) {
        self.resume_fan_out(turn);
        self.retry_http(turn);
        self.duplicates.expire(turn, DROPPED_MAX);
        self.sweep(turn);
    }

    fn sweep(&mut self, turn: &mut Turn<'_>) {
        let Some(&number) = self.sweeps.first() else { return };
        let dropped = turn.delete_prefix(SUBSCRIPTIONS, &number.to_be_bytes(), DROPPED_MAX);
        if dropped < DROPPED_MAX {
            self.sweeps.remove(&number);
            turn.delete(SWEEPS, &number.to_be_bytes());
        }
    }
}
