//! Waiting until a queue has something to hand out, without receiving it.
//!
//! Not an operation of AWS's: an event source mapping takes its permit to run a function *before*
//! it receives, so that a throttled delivery burns no receive, and it must not hold that permit
//! while a queue is empty. It changes nothing, so it is never logged.

use super::model::{IN_FLIGHT_MAX, WAIT_SECONDS_MAX};
use super::{Error, QueueKey, Reply, State};
use kernel::{Millis, Outcome, Turn, Wait, WakeKey};
use tidemill_kernel as kernel;

pub(super) fn apply(
    state: &mut State,
    turn: &Turn<'_>,
    key: &QueueKey,
) -> Result<Outcome<Reply>, Error> {
    let now = turn.now();
    let queue = state.queue_mut(now, key)?;
    let has_ready_group =
        queue.messages.groups().is_some_and(|groups| groups.next_ready(now).is_some());
    // At the limit or paused, a queue hands out nothing, so there is nothing to fetch.
    let has_room = queue.messages.in_flight() < IN_FLIGHT_MAX && queue.settings.paused.is_none();
    if has_room && (has_ready_group || queue.messages.next_standard(turn.rows()).is_some()) {
        return Ok(Outcome::Done(Reply::Done));
    }
    Ok(Outcome::Wait(Wait {
        key: WakeKey(queue.number),
        wait_max: Millis::from_seconds(u64::from(WAIT_SECONDS_MAX)),
        retry_at: queue.messages.next_due(),
        otherwise: Reply::Done,
    }))
}
