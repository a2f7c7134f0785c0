//! `SendMessageBatch`: up to ten messages, each taken or refused by itself.

use super::body_digests;
use super::model::{BATCH_BYTES_MAX, Batch, BatchFailure, BatchReply, Md5};
use super::send_message::Draft;
use super::{Error, NewMessage, QueueKey, Reply, Sent, State};
use crate::Work;
use kernel::{Caller, Outcome, Turn};
use minicbor::{Decode, Encode};
use tidemill_aws::generated::sqs::{
    BatchResultErrorEntry, SendMessageBatchInput, SendMessageBatchOutput,
    SendMessageBatchRequestEntry, SendMessageBatchResultEntry,
};
use tidemill_kernel as kernel;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct SendMessageBatch {
    #[n(0)]
    pub queue: QueueKey,
    #[n(1)]
    pub batch: Batch<NewMessage>,
}

pub(super) fn decode(input: SendMessageBatchInput, caller: &Caller) -> Result<Work, Error> {
    let SendMessageBatchInput { entries, queue_url } = input;
    let queue = QueueKey::from_url(caller, &queue_url)?;
    // All that was sent counts, what will be refused too.
    let bytes: usize = entries.iter().map(size).sum();
    let digests = digests_of_bodies(&entries);
    let batch = Batch::decode(
        entries.into_iter().zip(digests).collect(),
        "SendMessageBatchRequestEntry",
        |(entry, _)| entry.id.clone(),
        |(entry, body_digest)| draft(entry).decode(&queue, caller, body_digest),
    )?;
    if bytes > BATCH_BYTES_MAX {
        return Err(Error::BatchRequestTooLong { bytes });
    }
    let partition = queue.partition();
    let command = super::Command::SendMessageBatch(SendMessageBatch { queue, batch });
    Ok(Work::Command(partition, crate::Command::Sqs(command)))
}

fn digests_of_bodies(entries: &[SendMessageBatchRequestEntry]) -> Vec<Md5> {
    let bodies: Vec<&[u8]> = entries.iter().map(|entry| entry.message_body.as_bytes()).collect();
    body_digests::digests(&bodies).into_iter().map(Md5).collect()
}

fn size(entry: &SendMessageBatchRequestEntry) -> usize {
    let attributes = entry.message_attributes.iter().flatten().map(|(name, value)| {
        let text = value.string_value.as_ref().map_or(0, String::len);
        let binary = value.binary_value.as_ref().map_or(0, |bytes| bytes.len());
        name.len() + value.data_type.len() + text + binary
    });
    entry.message_body.len() + attributes.sum::<usize>()
}

fn draft(entry: SendMessageBatchRequestEntry) -> Draft {
    let SendMessageBatchRequestEntry {
        delay_seconds,
        id: _,
        message_attributes,
        message_body,
        message_deduplication_id,
        message_group_id,
        message_system_attributes,
    } = entry;
    Draft {
        delay_seconds,
        message_attributes,
        message_body,
        message_deduplication_id,
        message_group_id,
        message_system_attributes,
    }
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: SendMessageBatch,
) -> Result<Outcome<Reply>, Error> {
    let queue = state.queue_mut(turn.now(), &command.queue)?;
    let reply = command.batch.apply(|message| queue.send(turn, message));
    if turn.has_changed() {
        queue.wake(turn);
    }
    Ok(Outcome::Done(Reply::SentBatch(reply)))
}

pub(super) fn encode(reply: Reply) -> SendMessageBatchOutput {
    let Reply::SentBatch(reply) = reply else { super::mismatch("SendMessageBatch", &reply) };
    let BatchReply { successful, failed } = reply;
    let successful = successful.into_iter().map(|(id, sent)| encode_sent(id, &sent));
    SendMessageBatchOutput { failed: encode_failed(failed), successful: successful.collect() }
}

fn encode_sent(id: String, sent: &Sent) -> SendMessageBatchResultEntry {
    let digests = &sent.digests;
    SendMessageBatchResultEntry {
        id,
        md5_of_message_attributes: digests.attributes.map(|md5| md5.to_string()),
        md5_of_message_body: digests.body.to_string(),
        md5_of_message_system_attributes: digests.system_attributes.map(|md5| md5.to_string()),
        message_id: sent.message_id.to_string(),
        sequence_number: sent.sequence_number.map(|number| number.to_string()),
    }
}

/// Every refusal of a batch entry is the sender's: ours fail the whole request.
pub(super) fn encode_failed(failed: Vec<BatchFailure>) -> Vec<BatchResultErrorEntry> {
    failed
        .into_iter()
        .map(|BatchFailure { id, code, message }| BatchResultErrorEntry {
            code,
            id,
            message: Some(message),
            sender_fault: true,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::script::check;
    use expect_test::expect;

    #[test]
    fn each_entry_is_taken_or_refused_by_itself() {
        check(
            r#"
            @0 create orders
            @0 call SendMessageBatch {"QueueUrl":"$orders","Entries":[{"Id":"1","MessageBody":"a"},{"Id":"2","MessageBody":"b","DelaySeconds":901},{"Id":"3","MessageBody":"c","MessageDeduplicationId":"x"},{"Id":"4","MessageBody":"d","MessageAttributes":{"k":{"DataType":"String","StringValue":"v"}}}]}
            @1 receive orders MaxNumberOfMessages=10
            @2 create orders.fifo FifoQueue=true ContentBasedDeduplication=true
            @2 call SendMessageBatch {"QueueUrl":"$orders.fifo","Entries":[{"Id":"1","MessageBody":"a","MessageGroupId":"g"},{"Id":"2","MessageBody":"a","MessageGroupId":"g"},{"Id":"3","MessageBody":"b"}]}
            "#,
            expect![[r#"
                @0 create orders                                 -> created
                @0 call SendMessageBatch {"QueueUrl":"$orders","Entries":[{"Id":"1","MessageBody":"a"},{"Id":"2","MessageBody":"b","DelaySeconds":901},{"Id":"3","MessageBody":"c","MessageDeduplicationId":"x"},{"Id":"4","MessageBody":"d","MessageAttributes":{"k":{"DataType":"String","StringValue":"v"}}}]} -> {"Failed":[{"Code":"InvalidParameterValue","Id":"2","Message":"Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.","SenderFault":true},{"Code":"InvalidParameterValue","Id":"3","Message":"Value x for parameter MessageDeduplicationId is invalid. Reason: The request include parameter that is not valid for this queue type","SenderFault":true}],"Successful":[{"Id":"1","MD5OfMessageBody":"0cc175b9c0f1b6a831c399e269772661","MessageId":"…"},{"Id":"4","MD5OfMessageAttributes":"0a77b0642718c3d9dd47090567d11e0d","MD5OfMessageBody":"8277e0910d750195b448797616e091ad","MessageId":"…"}]}
                @1 receive orders MaxNumberOfMessages=10         -> a(1) d(1)
                @2 create orders.fifo FifoQueue=true ContentBasedDeduplication=true -> created
                @2 call SendMessageBatch {"QueueUrl":"$orders.fifo","Entries":[{"Id":"1","MessageBody":"a","MessageGroupId":"g"},{"Id":"2","MessageBody":"a","MessageGroupId":"g"},{"Id":"3","MessageBody":"b"}]} -> {"Failed":[{"Code":"MissingParameter","Id":"3","Message":"The request must contain the parameter MessageGroupId.","SenderFault":true}],"Successful":[{"Id":"1","MD5OfMessageBody":"0cc175b9c0f1b6a831c399e269772661","MessageId":"…","SequenceNumber":"10000000000000000001"},{"Id":"2","MD5OfMessageBody":"0cc175b9c0f1b6a831c399e269772661","MessageId":"…","SequenceNumber":"10000000000000000001"}]}
            "#]],
        );
    }

    #[test]
    fn a_batch_keeps_to_its_rules() {
        check(
            r#"
            @0 create orders
            @0 call SendMessageBatch {"QueueUrl":"$orders","Entries":[]}
            @0 call SendMessageBatch {"QueueUrl":"$orders"}
            @0 call SendMessageBatch {"QueueUrl":"$orders","Entries":[{"Id":"1","MessageBody":"a"},{"Id":"1","MessageBody":"b"}]}
            @0 call SendMessageBatch {"QueueUrl":"$orders","Entries":[{"Id":"a b","MessageBody":"a"}]}
            @0 call SendMessageBatch {"QueueUrl":"$orders","Entries":[{"Id":"1","MessageBody":"a"},{"Id":"2","MessageBody":"a"},{"Id":"3","MessageBody":"a"},{"Id":"4","MessageBody":"a"},{"Id":"5","MessageBody":"a"},{"Id":"6","MessageBody":"a"},{"Id":"7","MessageBody":"a"},{"Id":"8","MessageBody":"a"},{"Id":"9","MessageBody":"a"},{"Id":"10","MessageBody":"a"},{"Id":"11","MessageBody":"a"}]}
            @0 call SendMessageBatch {"QueueUrl":"$none","Entries":[{"Id":"1","MessageBody":"a"}]}
            "#,
            expect![[r#"
                @0 create orders                                 -> created
                @0 call SendMessageBatch {"QueueUrl":"$orders","Entries":[]} -> 400 AWS.SimpleQueueService.EmptyBatchRequest: There should be at least one SendMessageBatchRequestEntry in the request.
                @0 call SendMessageBatch {"QueueUrl":"$orders"}  -> 400 AWS.SimpleQueueService.EmptyBatchRequest: There should be at least one SendMessageBatchRequestEntry in the request.
                @0 call SendMessageBatch {"QueueUrl":"$orders","Entries":[{"Id":"1","MessageBody":"a"},{"Id":"1","MessageBody":"b"}]} -> 400 AWS.SimpleQueueService.BatchEntryIdsNotDistinct: Id 1 repeated.
                @0 call SendMessageBatch {"QueueUrl":"$orders","Entries":[{"Id":"a b","MessageBody":"a"}]} -> 400 AWS.SimpleQueueService.InvalidBatchEntryId: A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.
                @0 call SendMessageBatch {"QueueUrl":"$orders","Entries":[{"Id":"1","MessageBody":"a"},{"Id":"2","MessageBody":"a"},{"Id":"3","MessageBody":"a"},{"Id":"4","MessageBody":"a"},{"Id":"5","MessageBody":"a"},{"Id":"6","MessageBody":"a"},{"Id":"7","MessageBody":"a"},{"Id":"8","MessageBody":"a"},{"Id":"9","MessageBody":"a"},{"Id":"10","MessageBody":"a"},{"Id":"11","MessageBody":"a"}]} -> 400 AWS.SimpleQueueService.TooManyEntriesInBatchRequest: Maximum number of entries per request are 10. You have sent 11.
                @0 call SendMessageBatch {"QueueUrl":"$none","Entries":[{"Id":"1","MessageBody":"a"}]} -> 400 AWS.SimpleQueueService.NonExistentQueue: The specified queue does not exist.
            "#]],
        );
    }

    #[test]
    fn a_batch_is_at_most_a_mebibyte_in_all() {
        let mut world = super::super::script::World::default();
        world.call("CreateQueue", &serde_json::json!({ "QueueName": "orders" })).unwrap();
        let entry = |id: usize, bytes: usize| {
            let body = "x".repeat(bytes);
            serde_json::json!({ "Id": id.to_string(), "MessageBody": body })
        };
        let mut send = |entries: Vec<serde_json::Value>| {
            let url = super::super::script::url("orders");
            let input = serde_json::json!({ "QueueUrl": url, "Entries": entries });
            world.call("SendMessageBatch", &input).map_err(|error| error.message)
        };
        assert!(send(vec![entry(1, 1_048_575), entry(2, 1)]).is_ok());
        expect!["Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes."]
            .assert_eq(&send(vec![entry(1, 1_048_576), entry(2, 1)]).unwrap_err());
        expect!["Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes."]
            .assert_eq(&send(vec![entry(1, 1_048_577)]).unwrap_err());
        let mut with_attribute = entry(1, 1_048_569);
        let attribute = serde_json::json!({ "DataType": "String", "StringValue": "v" });
        with_attribute["MessageAttributes"] = serde_json::json!({ "k": attribute });
        expect!["Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes."]
            .assert_eq(&send(vec![with_attribute]).unwrap_err());
    }
}
