//! What time alone does: retention, forgotten windows, move tasks, and clearing up after a purge
//! or a delete.
//!
//! Visibility and delay are not here: they are functions of the time of asking.
//!
//! # Invariants
//!
//! - One tick does a bounded amount of work; while more is due, `next_due` says so.

use super::State;
use super::state::{ATTEMPTS, GROUPS, MOVE_TASKS, SCHEDULED, SWEEPS, Sweep, TRAILS, queue_row_key};
use kernel::{Table, Timestamp, Turn};
use std::collections::BTreeSet;
use std::ops::Bound;
use tidemill_kernel as kernel;

/// Messages, window items and rows one tick may drop, over all queues.
const DROPPED_MAX: usize = 4096;

impl State {
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        let queue = self.by_due.first().map(|(due, _)| *due);
        let sweep = (!self.sweeps.is_empty()).then_some(Timestamp(0));
        [queue, self.next_free_name(), self.audits.next_due(), sweep].into_iter().flatten().min()
    }

    pub fn tick(&mut self, turn: &mut Turn<'_>) {
        let now = turn.now();
        let mut budget = DROPPED_MAX;
        let mut audits = std::mem::take(&mut self.audits);
        // When a queue is due may be an early guess that a restart makes afresh; what a tick does
        // must not depend on it. So the queues are taken by number, and each part of one looks for
        // itself whether its time has come.
        let due: BTreeSet<u64> =
            self.by_due.range(..=(now, u64::MAX)).map(|(_, number)| *number).collect();
        for number in due {
            let Some(queue) = self.queue_by_number(now, number) else { continue };
            budget -= queue.expire(turn, budget);
            while budget > 0 && queue.duplicates.next_due().is_some_and(|due| due <= now) {
                budget = budget.saturating_sub(queue.duplicates.expire(turn));
            }
            if queue.attempts.is_due(now) {
                budget -= queue.attempts.expire(turn, budget);
            }
            budget = budget.saturating_sub(queue.enter_scheduled(turn));
            queue.move_messages(turn, &mut audits);
            if budget == 0 {
                break;
            }
        }
        budget -= audits.expire(turn, budget);
        self.audits = audits;
        budget -= self.free_names(turn, budget);
        self.sweep(turn, budget);
        self.reschedule();
    }

    fn sweep(&mut self, turn: &mut Turn<'_>, mut budget: usize) {
        while budget > 0
            && let Some((&number, &sweep)) = self.sweeps.first_key_value()
        {
            let swept = match sweep {
                Sweep::Groups(below) => sweep_below(turn, GROUPS, number, below, budget),
                Sweep::Queue => sweep_queue(turn, number, budget),
                Sweep::Scheduled(below) => sweep_below(turn, SCHEDULED, number, below, budget),
            };
            budget -= swept;
            if budget > 0 {
                self.sweeps.remove(&number);
                turn.delete(SWEEPS, &number.to_be_bytes());
            }
        }
    }
}

fn sweep_below(turn: &mut Turn<'_>, table: Table, number: u64, below: u64, limit: usize) -> usize {
    let from = queue_row_key(number, &0u64.to_be_bytes());
    let to = queue_row_key(number, &below.to_be_bytes());
    let doomed = turn.rows().range(table, Bound::Included(&from), Bound::Excluded(&to), limit);
    for (key, _) in &doomed {
        turn.delete(table, key);
    }
    doomed.len()
}

fn sweep_queue(turn: &mut Turn<'_>, number: u64, limit: usize) -> usize {
    let prefix = number.to_be_bytes();
    let mut swept = 0;
    // Not chunks, counters and deduplication ids: whether those have rows depends on when the last
    // freeze was, which no logged step may know. The next freeze deletes them.
    for table in [GROUPS, ATTEMPTS, MOVE_TASKS, TRAILS, SCHEDULED] {
        swept += turn.delete_prefix(table, &prefix, limit - swept);
    }
    swept
}

#[cfg(test)]
mod tests {
    use super::super::script::check;
    use expect_test::expect;

    #[test]
    fn messages_expire_when_their_retention_runs_out() {
        check(
            r#"
            @0     create orders MessageRetentionPeriod=60
            @0     send orders a
            @30000 send orders b
            @30000 receive orders VisibilityTimeout=40
            @59999 tick
            @59999 counts orders
            @60000 counts orders
            @60000 tick
            @60000 counts orders
            @60001 delete orders a
            @90000 receive orders
            @90000 counts orders
            "#,
            expect![[r#"
                @0     create orders MessageRetentionPeriod=60   -> created
                @0     send orders a                             -> sent
                @30000 send orders b                             -> sent
                @30000 receive orders VisibilityTimeout=40       -> a(1)
                @59999 tick                                      -> next @60000
                @59999 counts orders                             -> visible 1 in flight 1 delayed 0
                @60000 counts orders                             -> visible 1 in flight 1 delayed 0
                @60000 tick                                      -> next @90000
                @60000 counts orders                             -> visible 1 in flight 0 delayed 0
                @60001 delete orders a                           -> done
                @90000 receive orders                            -> nothing
                @90000 counts orders                             -> visible 0 in flight 0 delayed 0
            "#]],
        );
    }

    /// The oldest message is gone, but the queue still wakes for its retention: an early guess that
    /// a restart does not make. Such a tick must do nothing, or a replay would do less than the log
    /// says was done.
    #[test]
    fn a_tick_on_an_early_guess_forgets_nothing() {
        let script = |before_the_tick: &str| {
            format!(
                "
                @3      create orders.fifo FifoQueue=true MessageRetentionPeriod=305
                @3      send orders.fifo a MessageGroupId=g MessageDeduplicationId=a
                @10     receive orders.fifo
                @11     delete orders.fifo a
                @200000 send orders.fifo b MessageGroupId=g MessageDeduplicationId=b
                @200001 {before_the_tick}
                @305003 tick
                "
            )
        };
        check(
            &script("counts orders.fifo"),
            expect![[r#"
            @3      create orders.fifo FifoQueue=true MessageRetentionPeriod=305 -> created
            @3      send orders.fifo a MessageGroupId=g MessageDeduplicationId=a -> sent #1
            @10     receive orders.fifo                      -> a(1)
            @11     delete orders.fifo a                     -> done
            @200000 send orders.fifo b MessageGroupId=g MessageDeduplicationId=b -> sent #2
            @200001 counts orders.fifo                       -> visible 1 in flight 0 delayed 0
            @305003 tick                                     -> next @310000
        "#]],
        );
        check(
            &script("restart"),
            expect![[r#"
            @3      create orders.fifo FifoQueue=true MessageRetentionPeriod=305 -> created
            @3      send orders.fifo a MessageGroupId=g MessageDeduplicationId=a -> sent #1
            @10     receive orders.fifo                      -> a(1)
            @11     delete orders.fifo a                     -> done
            @200000 send orders.fifo b MessageGroupId=g MessageDeduplicationId=b -> sent #2
            @200001 restart                                  -> restarted
            @305003 tick                                     -> next @310000
        "#]],
        );
    }

    #[test]
    fn a_receive_never_hands_out_what_has_expired_before_the_tick() {
        check(
            r#"
            @0     create orders MessageRetentionPeriod=60
            @0     send orders a
            @1     send orders b
            @60000 receive orders MaxNumberOfMessages=10
            "#,
            expect![[r#"
                @0     create orders MessageRetentionPeriod=60   -> created
                @0     send orders a                             -> sent
                @1     send orders b                             -> sent
                @60000 receive orders MaxNumberOfMessages=10     -> b(1)
            "#]],
        );
    }
}
