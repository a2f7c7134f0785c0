//! `DeleteQueue`: the queue and its messages are gone at once, its name for a minute.

use super::deliveries::notify_dead_letter_queues;
use super::state::{DELETED, QUEUES, Sweep};
use super::{Error, QueueKey, Reply, State};
use crate::Work;
use kernel::{Caller, Outcome, Turn, codec};
use tidemill_aws::generated::sqs::DeleteQueueInput;
use tidemill_kernel as kernel;

pub(super) fn decode(input: DeleteQueueInput, caller: &Caller) -> Result<Work, Error> {
    let queue = QueueKey::from_url(caller, &input.queue_url)?;
    let partition = queue.partition();
    Ok(Work::Command(partition, crate::Command::Sqs(super::Command::DeleteQueue(queue))))
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    key: &QueueKey,
) -> Result<Outcome<Reply>, Error> {
    let queue = state.remove(key).ok_or(Error::QueueDoesNotExist)?;
    turn.delete(QUEUES, &queue.number.to_be_bytes());
    turn.delete_bodies_below(queue.number, u64::MAX);
    state.put_sweep(turn, queue.number, Sweep::Queue);
    turn.put(DELETED, &codec::to_bytes(key), codec::to_bytes(&turn.now()));
    state.deleted.insert(key.clone(), turn.now());
    let redrive = queue.settings.attributes.redrive_policy.as_ref();
    let target = redrive.map(|policy| &policy.dead_letter_target);
    notify_dead_letter_queues(turn, key, target, None);
    // Those who wait for a message must learn that none will come.
    queue.wake(turn);
    Ok(Outcome::Done(Reply::Done))
}
