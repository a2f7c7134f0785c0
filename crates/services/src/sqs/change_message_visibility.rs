//! `ChangeMessageVisibility`: a message in flight comes back later, or at once.

use super::receive_message::decode_visibility;
use super::{Error, QueueKey, ReceiptHandle, Reply, State};
use crate::Work;
use kernel::{Caller, Outcome, Turn};
use minicbor::{Decode, Encode};
use tidemill_aws::generated::sqs::ChangeMessageVisibilityInput;
use tidemill_kernel as kernel;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct ChangeMessageVisibility {
    #[n(0)]
    pub queue: QueueKey,
    #[n(1)]
    pub change: VisibilityChange,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct VisibilityChange {
    #[n(0)]
    pub receipt_handle: ReceiptHandle,
    #[n(1)]
    pub visibility_timeout: u32,
}

pub(super) fn decode(input: ChangeMessageVisibilityInput, caller: &Caller) -> Result<Work, Error> {
    let ChangeMessageVisibilityInput { queue_url, receipt_handle, visibility_timeout } = input;
    let queue = QueueKey::from_url(caller, &queue_url)?;
    let change = VisibilityChange {
        receipt_handle: ReceiptHandle::parse(&receipt_handle)?,
        visibility_timeout: decode_visibility(visibility_timeout)?,
    };
    let partition = queue.partition();
    let command =
        super::Command::ChangeMessageVisibility(ChangeMessageVisibility { queue, change });
    Ok(Work::Command(partition, crate::Command::Sqs(command)))
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: ChangeMessageVisibility,
) -> Result<Outcome<Reply>, Error> {
    let queue = state.queue_mut(turn.now(), &command.queue)?;
    let VisibilityChange { receipt_handle, visibility_timeout } = command.change;
    queue.change_visibility(turn, &receipt_handle, visibility_timeout)?;
    Ok(Outcome::Done(Reply::Done))
}
