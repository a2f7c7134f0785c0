//! How attempts at asynchronous invocations end, and when the next one starts.
//!
//! An error of the function is tried again after one minute, then after two, then given up. What
//! never reached the function is tried again from 1 s up to every 5 min, until the event is six
//! hours old.
//!
//! AWS behaviour this follows: Lambda Developer Guide, "How Lambda handles errors and retries
//! with asynchronous invocation".

use super::Reply;
use super::model::{Completion, Dropped, FunctionId, Invocation, Stage};
use super::state::{self, DROPPED, State};
use kernel::{Millis, Timestamp, Turn, Uuid, codec};
use tidemill_kernel as kernel;

/// `MaximumRetryAttempts`.
const RETRIES_MAX: u32 = 2;
/// `MaximumEventAgeInSeconds`.
const EVENT_AGE_MAX: Millis = Millis::from_seconds(6 * 60 * 60);
/// The n-th retry after an error of the function waits n times this.
const FAILURE_WAIT: Millis = Millis::from_seconds(60);
const BACKOFF_INITIAL: Millis = Millis::from_seconds(1);
const BACKOFF_MAX: Millis = Millis::from_seconds(5 * 60);

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    id: Uuid,
    attempt: u32,
    completion: Completion,
) -> Reply {
    let current = state::invocation(turn.rows(), id)
        .filter(|row| row.attempt == attempt && row.stage == Stage::Running);
    // A straggler of an attempt that another has replaced, or a repeat: its answer is in already.
    let Some(mut invocation) = current else { return Reply::Nothing };
    match completion {
        Completion::Succeeded => state::delete_invocation(turn, id),
        Completion::FunctionGone => give_up(turn, id, &invocation, "the function was deleted"),
        Completion::FunctionError(reason) => {
            invocation.failures += 1;
            invocation.throttles = 0;
            if invocation.failures > RETRIES_MAX {
                give_up(turn, id, &invocation, &reason);
            } else {
                let wait = Millis(FAILURE_WAIT.0 * u64::from(invocation.failures));
                retry_after(state, turn, id, invocation, wait, &reason);
            }
        }
        Completion::NotRun(reason) => {
            invocation.throttles += 1;
            let wait = backoff(invocation.throttles);
            retry_after(state, turn, id, invocation, wait, &reason);
        }
    }
    Reply::Nothing
}

fn backoff(throttles: u32) -> Millis {
    let doublings = throttles.saturating_sub(1).min(16);
    Millis((BACKOFF_INITIAL.0 << doublings).min(BACKOFF_MAX.0))
}

/// Lets the invocation wait for its next attempt, unless it would be too old by then.
fn retry_after(
    state: &mut State,
    turn: &mut Turn<'_>,
    id: Uuid,
    mut invocation: Invocation,
    wait: Millis,
    reason: &str,
) {
    let until: Timestamp = turn.now().plus(wait);
    if until > invocation.received_at.plus(EVENT_AGE_MAX) {
        give_up(turn, id, &invocation, &format!("it is older than six hours; last: {reason}"));
        return;
    }
    invocation.stage = Stage::Waiting { until };
    state::put_invocation(turn, id, &invocation);
    state.due.insert((until, id));
}

/// Drops an invocation for good and counts it.
pub(super) fn give_up(turn: &mut Turn<'_>, id: Uuid, invocation: &Invocation, reason: &str) {
    state::delete_invocation(turn, id);
    // The count of a deleted function went with it.
    if state::find(turn.rows(), &invocation.function).is_some() {
        count_dropped(turn, id, &invocation.function, reason);
    }
}

fn count_dropped(turn: &mut Turn<'_>, id: Uuid, function: &FunctionId, reason: &str) {
    let key = function.row_key();
    let before = turn.rows().get(DROPPED, &key).map(|row| codec::from_bytes::<Dropped>(&row));
    let dropped = Dropped {
        count: before.map_or(0, |row| row.count) + 1,
        last: id,
        last_at: turn.now(),
        last_reason: reason.to_owned(),
    };
    turn.put(DROPPED, &key, codec::to_bytes(&dropped));
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn throttled_attempts_back_off_to_five_minutes() {
        let waits: Vec<u64> = [1, 2, 3, 8, 9, 10, u32::MAX].map(|n| backoff(n).0 / 1000).to_vec();
        expect!["[1, 2, 4, 128, 256, 300, 300]"].assert_eq(&format!("{waits:?}"));
    }
}
