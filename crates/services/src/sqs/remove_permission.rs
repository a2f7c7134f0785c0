//! `RemovePermission`: the statement with a label leaves the queue's access policy.

use super::{Error, QueueKey, Reply, State, policy};
use crate::Work;
use kernel::{Caller, Outcome, Turn};
use minicbor::{Decode, Encode};
use tidemill_aws::generated::sqs::RemovePermissionInput;
use tidemill_kernel as kernel;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct RemovePermission {
    #[n(0)]
    pub queue: QueueKey,
    #[n(1)]
    pub label: String,
}

pub(super) fn decode(input: RemovePermissionInput, caller: &Caller) -> Result<Work, Error> {
    let RemovePermissionInput { label, queue_url } = input;
    let queue = QueueKey::from_url(caller, &queue_url)?;
    let partition = queue.partition();
    let command = super::Command::RemovePermission(RemovePermission { queue, label });
    Ok(Work::Command(partition, crate::Command::Sqs(command)))
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: RemovePermission,
) -> Result<Outcome<Reply>, Error> {
    let queue = state.queue_mut(turn.now(), &command.queue)?;
    let policy = queue.settings.attributes.policy.as_deref();
    queue.settings.attributes.policy = policy::remove_permission(policy, &command.label)?;
    queue.settings.modified = turn.now();
    queue.put_settings(turn);
    Ok(Outcome::Done(Reply::Done))
}
