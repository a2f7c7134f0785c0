//! `PurgeQueue`: every message goes, those in flight too; once a minute.

use super::model::COOL_DOWN_SECONDS;
use super::state::Sweep;
use super::{Error, QueueKey, Reply, State};
use crate::Work;
use kernel::{Caller, Millis, Outcome, Turn};
use tidemill_aws::generated::sqs::PurgeQueueInput;
use tidemill_kernel as kernel;

pub(super) fn decode(input: PurgeQueueInput, caller: &Caller) -> Result<Work, Error> {
    let queue = QueueKey::from_url(caller, &input.queue_url)?;
    let partition = queue.partition();
    Ok(Work::Command(partition, crate::Command::Sqs(super::Command::PurgeQueue(queue))))
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    key: &QueueKey,
) -> Result<Outcome<Reply>, Error> {
    let now = turn.now();
    let queue = state.queue_mut(now, key)?;
    let cool_down = Millis::from_seconds(COOL_DOWN_SECONDS);
    if queue.settings.purged.is_some_and(|purged| now < purged.plus(cool_down)) {
        return Err(Error::PurgeQueueInProgress { queue: key.name.clone() });
    }
    queue.settings.purged = Some(now);
    queue.put_settings(turn);
    queue.messages.clear();
    let number = queue.number;
    let (sequence, group) =
        (queue.messages.counters.next_sequence, queue.messages.counters.next_group);
    turn.delete_bodies_below(number, sequence);
    if key.is_fifo() {
        state.put_sweep(turn, number, Sweep::Groups(group));
    }
    Ok(Outcome::Done(Reply::Done))
}
