//! What time alone does: messages that are still fanning out, deliveries over HTTP to try again,
//! subscriptions that were never confirmed, forgotten deduplication ids, and clearing up after
//! deleted topics.
//!
//! # Invariants
//!
//! - One tick does a bounded amount of work; while more is due, `next_due` says so.

use super::state::{ENDED, SUBSCRIPTIONS, SWEEPS, State};
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
        let forgetting = self.forgettings.first().map(|(due, _)| *due);
        let lapse = self.lapses.first().map(|(due, ..)| *due);
        [at_once, retry, lapse, forgetting].into_iter().flatten().min()
    }

    pub fn tick(&mut self, turn: &mut Turn<'_>) {
        self.resume_fan_out(turn);
        self.retry_http(turn);
        self.forget(turn);
        self.lapse(turn);
        self.sweep(turn);
    }

    /// Drops subscriptions that nobody confirmed in time, and forgets those that ended long ago.
    fn lapse(&mut self, turn: &mut Turn<'_>) {
        for _ in 0..DROPPED_MAX {
            let Some(&lapse) = self.lapses.first() else { return };
            let (due, topic, sequence) = lapse;
            if due > turn.now() {
                return;
            }
            self.lapses.remove(&lapse);
            // Where it was asked again, or confirmed, or is gone, there is nothing to do.
            if let Some(topic) = self.topic_by_number_mut(topic) {
                topic.lapse(turn, sequence);
            }
        }
    }

    /// Forgets deduplication ids whose time is over.
    fn forget(&mut self, turn: &mut Turn<'_>) {
        let mut budget = DROPPED_MAX;
        while budget > 0 {
            let Some(&(due, number)) = self.forgettings.first() else { return };
            if due > turn.now() {
                return;
            }
            let Some(topic) = self.topic_by_number_mut(number) else {
                self.forgettings.pop_first();
                continue;
            };
            let before = topic.forgetting();
            budget = budget.saturating_sub(topic.forget(turn).max(1));
            let after = topic.forgetting();
            self.reschedule(before, after);
        }
    }

    fn sweep(&mut self, turn: &mut Turn<'_>) {
        let Some(&number) = self.sweeps.first() else { return };
        let number_bytes = number.to_be_bytes();
        let mut dropped = turn.delete_prefix(SUBSCRIPTIONS, &number_bytes, DROPPED_MAX);
        dropped += turn.delete_prefix(ENDED, &number_bytes, DROPPED_MAX - dropped);
        if dropped < DROPPED_MAX {
            self.sweeps.remove(&number);
            turn.delete(SWEEPS, &number_bytes);
        }
    }
}
