//! `ChangeMessageVisibilityBatch`.

use super::model::{Batch, BatchReply};
use super::receive_message::decode_visibility;
use super::send_message_batch::encode_failed;
use super::{Error, QueueKey, ReceiptHandle, Reply, State, VisibilityChange};
use crate::Work;
use kernel::{Caller, Outcome, Turn};
use minicbor::{Decode, Encode};
use tidemill_aws::generated::sqs::{
    ChangeMessageVisibilityBatchInput, ChangeMessageVisibilityBatchOutput,
    ChangeMessageVisibilityBatchRequestEntry, ChangeMessageVisibilityBatchResultEntry,
};
use tidemill_kernel as kernel;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct ChangeMessageVisibilityBatch {
    #[n(0)]
    pub queue: QueueKey,
    #[n(1)]
    pub batch: Batch<VisibilityChange>,
}

pub(super) fn decode(
    input: ChangeMessageVisibilityBatchInput,
    caller: &Caller,
) -> Result<Work, Error> {
    let ChangeMessageVisibilityBatchInput { entries, queue_url } = input;
    let queue = QueueKey::from_url(caller, &queue_url)?;
    let batch = Batch::decode(
        entries,
        "ChangeMessageVisibilityBatchRequestEntry",
        |entry| entry.id.clone(),
        decode_entry,
    )?;
    let partition = queue.partition();
    let command =
        super::Command::ChangeMessageVisibilityBatch(ChangeMessageVisibilityBatch { queue, batch });
    Ok(Work::Command(partition, crate::Command::Sqs(command)))
}

fn decode_entry(
    entry: ChangeMessageVisibilityBatchRequestEntry,
) -> Result<VisibilityChange, Error> {
    let ChangeMessageVisibilityBatchRequestEntry { id: _, receipt_handle, visibility_timeout } =
        entry;
    let seconds = visibility_timeout
        .ok_or_else(|| Error::MissingParameter { name: "VisibilityTimeout".to_owned() })?;
    Ok(VisibilityChange {
        receipt_handle: ReceiptHandle::parse(&receipt_handle)?,
        visibility_timeout: decode_visibility(seconds)?,
    })
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: ChangeMessageVisibilityBatch,
) -> Result<Outcome<Reply>, Error> {
    let queue = state.queue_mut(turn.now(), &command.queue)?;
    let reply = command.batch.apply(|change| {
        queue.change_visibility(turn, &change.receipt_handle, change.visibility_timeout)
    });
    Ok(Outcome::Done(Reply::SettledBatch(reply)))
}

pub(super) fn encode(reply: Reply) -> ChangeMessageVisibilityBatchOutput {
    let Reply::SettledBatch(reply) = reply else {
        super::mismatch("ChangeMessageVisibilityBatch", &reply)
    };
    let BatchReply { successful, failed } = reply;
    let successful =
        successful.into_iter().map(|(id, ())| ChangeMessageVisibilityBatchResultEntry { id });
    ChangeMessageVisibilityBatchOutput {
        failed: encode_failed(failed),
        successful: successful.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::script::check;
    use expect_test::expect;

    #[test]
    fn visibilities_are_changed_one_by_one() {
        check(
            r#"
            @0    create orders
            @0    send orders a
            @0    send orders b
            @0    receive orders MaxNumberOfMessages=10
            @1    call ChangeMessageVisibilityBatch {"QueueUrl":"$orders","Entries":[{"Id":"1","ReceiptHandle":"%a","VisibilityTimeout":0},{"Id":"2","ReceiptHandle":"%b","VisibilityTimeout":1},{"Id":"3","ReceiptHandle":"garbage","VisibilityTimeout":1},{"Id":"4","ReceiptHandle":"%a"}]}
            @1    receive orders MaxNumberOfMessages=10
            @1001 receive orders MaxNumberOfMessages=10
            "#,
            expect![[r#"
                @0    create orders                              -> created
                @0    send orders a                              -> sent
                @0    send orders b                              -> sent
                @0    receive orders MaxNumberOfMessages=10      -> a(1) b(1)
                @1    call ChangeMessageVisibilityBatch {"QueueUrl":"$orders","Entries":[{"Id":"1","ReceiptHandle":"%a","VisibilityTimeout":0},{"Id":"2","ReceiptHandle":"%b","VisibilityTimeout":1},{"Id":"3","ReceiptHandle":"garbage","VisibilityTimeout":1},{"Id":"4","ReceiptHandle":"%a"}]} -> {"Failed":[{"Code":"ReceiptHandleIsInvalid","Id":"3","Message":"The input receipt handle is invalid.","SenderFault":true},{"Code":"MissingParameter","Id":"4","Message":"The request must contain the parameter VisibilityTimeout.","SenderFault":true}],"Successful":[{"Id":"1"},{"Id":"2"}]}
                @1    receive orders MaxNumberOfMessages=10      -> a(2)
                @1001 receive orders MaxNumberOfMessages=10      -> b(2)
            "#]],
        );
    }
}
