//! `DeleteMessageBatch`.

use super::model::{Batch, BatchReply};
use super::send_message_batch::encode_failed;
use super::{Error, QueueKey, ReceiptHandle, Reply, State};
use crate::Work;
use kernel::{Caller, Outcome, Turn};
use minicbor::{Decode, Encode};
use tidemill_aws::generated::sqs::{
    DeleteMessageBatchInput, DeleteMessageBatchOutput, DeleteMessageBatchResultEntry,
};
use tidemill_kernel as kernel;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct DeleteMessageBatch {
    #[n(0)]
    pub queue: QueueKey,
    #[n(1)]
    pub batch: Batch<ReceiptHandle>,
}

pub(super) fn decode(input: DeleteMessageBatchInput, caller: &Caller) -> Result<Work, Error> {
    let DeleteMessageBatchInput { entries, queue_url } = input;
    let queue = QueueKey::from_url(caller, &queue_url)?;
    let batch = Batch::decode(
        entries,
        "DeleteMessageBatchRequestEntry",
        |entry| entry.id.clone(),
        |entry| ReceiptHandle::parse(&entry.receipt_handle),
    )?;
    let partition = queue.partition();
    let command = super::Command::DeleteMessageBatch(DeleteMessageBatch { queue, batch });
    Ok(Work::Command(partition, crate::Command::Sqs(command)))
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: DeleteMessageBatch,
) -> Result<Outcome<Reply>, Error> {
    let queue = state.queue_mut(turn.now(), &command.queue)?;
    let reply = command.batch.apply(|handle| queue.delete(turn, &handle));
    Ok(Outcome::Done(Reply::SettledBatch(reply)))
}

pub(super) fn encode(reply: Reply) -> DeleteMessageBatchOutput {
    let Reply::SettledBatch(reply) = reply else { super::mismatch("DeleteMessageBatch", &reply) };
    let BatchReply { successful, failed } = reply;
    let successful = successful.into_iter().map(|(id, ())| DeleteMessageBatchResultEntry { id });
    DeleteMessageBatchOutput { failed: encode_failed(failed), successful: successful.collect() }
}
