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

#[cfg(test)]
mod tests {
    use super::super::script::check;
    use expect_test::expect;

    #[test]
    fn handles_are_deleted_one_by_one() {
        check(
            r#"
            @0 create orders
            @0 call DeleteMessageBatch {"QueueUrl":"$orders","Entries":[{"Id":"1","ReceiptHandle":"garbage"}]}
            @0 call DeleteMessageBatch {"QueueUrl":"$orders","Entries":[]}
            @0 send orders a
            @0 send orders b
            @0 receive orders MaxNumberOfMessages=10
            @1 call DeleteMessageBatch {"QueueUrl":"$orders","Entries":[{"Id":"1","ReceiptHandle":"%a"},{"Id":"2","ReceiptHandle":"%b"},{"Id":"3","ReceiptHandle":"garbage"}]}
            @1 counts orders
            "#,
            expect![[r#"
                @0 create orders                                 -> created
                @0 call DeleteMessageBatch {"QueueUrl":"$orders","Entries":[{"Id":"1","ReceiptHandle":"garbage"}]} -> {"Failed":[{"Code":"ReceiptHandleIsInvalid","Id":"1","Message":"The input receipt handle is invalid.","SenderFault":true}],"Successful":[]}
                @0 call DeleteMessageBatch {"QueueUrl":"$orders","Entries":[]} -> 400 AWS.SimpleQueueService.EmptyBatchRequest: There should be at least one DeleteMessageBatchRequestEntry in the request.
                @0 send orders a                                 -> sent
                @0 send orders b                                 -> sent
                @0 receive orders MaxNumberOfMessages=10         -> a(1) b(1)
                @1 call DeleteMessageBatch {"QueueUrl":"$orders","Entries":[{"Id":"1","ReceiptHandle":"%a"},{"Id":"2","ReceiptHandle":"%b"},{"Id":"3","ReceiptHandle":"garbage"}]} -> {"Failed":[{"Code":"ReceiptHandleIsInvalid","Id":"3","Message":"The input receipt handle is invalid.","SenderFault":true}],"Successful":[{"Id":"1"},{"Id":"2"}]}
                @1 counts orders                                 -> visible 0 in flight 0 delayed 0
            "#]],
        );
    }
}
