//! `DeleteMessage`: by the handle of its latest receive.

use super::{Error, QueueKey, ReceiptHandle, Reply, State};
use crate::Work;
use kernel::{Caller, Outcome, Turn};
use minicbor::{Decode, Encode};
use tidemill_aws::generated::sqs::DeleteMessageInput;
use tidemill_kernel as kernel;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct DeleteMessage {
    #[n(0)]
    pub queue: QueueKey,
    #[n(1)]
    pub receipt_handle: ReceiptHandle,
}

pub(super) fn decode(input: DeleteMessageInput, caller: &Caller) -> Result<Work, Error> {
    let DeleteMessageInput { queue_url, receipt_handle } = input;
    let queue = QueueKey::from_url(caller, &queue_url)?;
    let receipt_handle = ReceiptHandle::parse(&receipt_handle)?;
    let partition = queue.partition();
    let command = super::Command::DeleteMessage(DeleteMessage { queue, receipt_handle });
    Ok(Work::Command(partition, crate::Command::Sqs(command)))
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: DeleteMessage,
) -> Result<Outcome<Reply>, Error> {
    let queue = state.queue_mut(turn.now(), &command.queue)?;
    queue.delete(turn, &command.receipt_handle)?;
    Ok(Outcome::Done(Reply::Done))
}
