//! `SetQueueAttributes`.

use super::attributes::AttributesPatch;
use super::create_queue::check_redrive;
use super::deliveries::notify_dead_letter_queues;
use super::{Error, QueueKey, Reply, State};
use crate::Work;
use kernel::{Caller, Outcome, Turn};
use minicbor::{Decode, Encode};
use tidemill_aws::generated::sqs::SetQueueAttributesInput;
use tidemill_kernel as kernel;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct SetQueueAttributes {
    #[n(0)]
    pub queue: QueueKey,
    #[n(1)]
    pub attributes: AttributesPatch,
}

pub(super) fn decode(input: SetQueueAttributesInput, caller: &Caller) -> Result<Work, Error> {
    let SetQueueAttributesInput { attributes, queue_url } = input;
    let queue = QueueKey::from_url(caller, &queue_url)?;
    let attributes = AttributesPatch::parse(&queue, &attributes)?;
    let partition = queue.partition();
    let command = super::Command::SetQueueAttributes(SetQueueAttributes { queue, attributes });
    Ok(Work::Command(partition, crate::Command::Sqs(command)))
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: SetQueueAttributes,
) -> Result<Outcome<Reply>, Error> {
    let SetQueueAttributes { queue: key, attributes: patch } = command;
    let queue = state.queue_mut(turn.now(), &key)?;
    let patched = patch.apply(&queue.settings.attributes)?;
    let target = |attributes: &super::attributes::Attributes| {
        attributes.redrive_policy.as_ref().map(|policy| policy.dead_letter_target.clone())
    };
    let (before, after) = (target(&queue.settings.attributes), target(&patched));
    // A policy that is not being changed was checked when it was set.
    if let Some(policy) = &patched.redrive_policy
        && patch.redrive_policy.is_some()
    {
        check_redrive(turn, &key, policy)?;
    }
    queue.settings.attributes = patched;
    queue.settings.modified = turn.now();
    queue.put_settings(turn);
    notify_dead_letter_queues(turn, &key, before.as_ref(), after.as_ref());
    Ok(Outcome::Done(Reply::Done))
}
