//! `PublishBatch`: up to ten messages, all of them taken or none.

use super::fan_out::Budget;
use super::model::{BATCH_ENTRIES_MAX, MESSAGE_BYTES_MAX, NewMessage, TopicKey};
use super::publish::{Draft, check, check_backlog, publish};
use super::{Error, Reply, State};
use crate::Work;
use kernel::{Caller, Outcome, Turn};
use minicbor::{Decode, Encode};
use std::collections::BTreeSet;
use tidemill_aws::generated::sns::{
    PublishBatchInput, PublishBatchOutput, PublishBatchRequestEntry, PublishBatchResultEntry,
};
use tidemill_kernel as kernel;

const ENTRY_ID_LENGTH_MAX: usize = 80;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct PublishBatch {
    #[n(0)]
    pub topic: TopicKey,
    #[n(1)]
    pub entries: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Entry {
    #[n(0)]
    pub id: String,
    #[n(1)]
    pub message: NewMessage,
}

pub(super) fn decode(
    input: PublishBatchInput,
    caller: &Caller,
    trace_header: Option<&str>,
) -> Result<Work, Error> {
    let PublishBatchInput { publish_batch_request_entries, topic_arn } = input;
    let topic = TopicKey::read(caller, "TopicArn", &topic_arn)?;
    check_ids(&publish_batch_request_entries)?;
    let mut entries = Vec::with_capacity(publish_batch_request_entries.len());
    let mut bytes = 0;
    for entry in publish_batch_request_entries {
        let PublishBatchRequestEntry {
            id,
            message,
            message_attributes,
            message_deduplication_id,
            message_group_id,
            message_structure,
            subject,
        } = entry;
        let draft = Draft {
            message,
            message_attributes,
            message_deduplication_id,
            message_group_id,
            message_structure,
            subject,
        };
        let (message, size) = draft.decode(&topic, trace_header)?;
        bytes += size;
        entries.push(Entry { id, message });
    }
    if bytes > MESSAGE_BYTES_MAX {
        return Err(Error::BatchRequestTooLong);
    }
    let partition = topic.partition();
    let command = super::Command::PublishBatch(PublishBatch { topic, entries });
    Ok(Work::Command(partition, crate::Command::Sns(command)))
}

fn check_ids(entries: &[PublishBatchRequestEntry]) -> Result<(), Error> {
    if entries.is_empty() {
        return Err(Error::EmptyBatchRequest);
    }
    if entries.len() > BATCH_ENTRIES_MAX {
        return Err(Error::TooManyEntriesInBatchRequest);
    }
    let mut seen = BTreeSet::new();
    for PublishBatchRequestEntry { id, .. } in entries {
        let is_legal = (1..=ENTRY_ID_LENGTH_MAX).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        if !is_legal {
            return Err(Error::InvalidBatchEntryId);
        }
        if !seen.insert(id) {
            return Err(Error::BatchEntryIdsNotDistinct);
        }
    }
    Ok(())
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: PublishBatch,
) -> Result<Outcome<Reply>, Error> {
    let PublishBatch { topic: key, entries } = command;
    let topic = state.topic(&key)?;
    for entry in &entries {
        check(topic, &entry.message)?;
    }
    check_backlog(state, &key)?;
    let mut budget = Budget::default();
    let mut published = Vec::with_capacity(entries.len());
    for Entry { id, message } in entries {
        published.push((id, publish(state, turn, &key, message, &mut budget)?));
    }
    Ok(Outcome::Done(Reply::PublishedBatch(published)))
}

pub(super) fn encode(reply: Reply) -> PublishBatchOutput {
    let Reply::PublishedBatch(published) = reply else { super::mismatch("PublishBatch", &reply) };
    let successful = published.into_iter().map(|(id, published)| PublishBatchResultEntry {
        id: Some(id),
        message_id: Some(published.message_id.to_string()),
        sequence_number: published.sequence_number.map(|number| number.to_string()),
    });
    PublishBatchOutput { failed: Some(Vec::new()), successful: Some(successful.collect()) }
}

#[cfg(test)]
mod tests {
    use super::super::script::{World, check, topic_arn};
    use expect_test::expect;
    use serde_json::{Value, json};

    #[test]
    fn a_batch_is_taken_whole_or_not_at_all() {
        check(
            r#"
            @0 create orders
            @0 subscribe orders sqs:raw RawMessageDelivery=true
            @0 call PublishBatch {"TopicArn":"$orders","PublishBatchRequestEntries":[{"Id":"1","Message":"a"},{"Id":"2","Message":"b","Subject":"s"}]}
            @0 call PublishBatch {"TopicArn":"$orders","PublishBatchRequestEntries":[{"Id":"1","Message":"a"},{"Id":"1","Message":"b"}]}
            @0 call PublishBatch {"TopicArn":"$orders","PublishBatchRequestEntries":[{"Id":"a b","Message":"a"}]}
            @0 call PublishBatch {"TopicArn":"$orders","PublishBatchRequestEntries":[]}
            @0 call PublishBatch {"TopicArn":"$none","PublishBatchRequestEntries":[{"Id":"1","Message":"a"}]}
            @0 call PublishBatch {"TopicArn":"$orders","PublishBatchRequestEntries":[{"Id":"1","Message":"a"},{"Id":"2","Message":"a","MessageDeduplicationId":"x"}]}
            @0 call PublishBatch {"TopicArn":"$orders","PublishBatchRequestEntries":[{"Id":"1","Message":"a"},{"Id":"2","Message":"{}","MessageStructure":"json"}]}
            @0 create orders.fifo FifoTopic=true
            @0 subscribe orders.fifo sqs:raw.fifo RawMessageDelivery=true
            @0 call PublishBatch {"TopicArn":"$orders.fifo","PublishBatchRequestEntries":[{"Id":"1","Message":"a","MessageGroupId":"g","MessageDeduplicationId":"x"},{"Id":"2","Message":"b","MessageGroupId":"g"}]}
            @0 call PublishBatch {"TopicArn":"$orders.fifo","PublishBatchRequestEntries":[{"Id":"1","Message":"a","MessageGroupId":"g","MessageDeduplicationId":"x"},{"Id":"2","Message":"b","MessageGroupId":"g","MessageDeduplicationId":"x"}]}
            "#,
            expect![[r#"
                @0 create orders
                    -> {"TopicArn":"arn:aws:sns:us-east-1:000000000000:orders"}
                @0 subscribe orders sqs:raw RawMessageDelivery=true
                    -> subscribed
                @0 call PublishBatch {"TopicArn":"$orders","PublishBatchRequestEntries":[{"Id":"1","Message":"a"},{"Id":"2","Message":"b","Subject":"s"}]}
                    -> {"Failed":[],"Successful":[{"Id":"1","MessageId":"1156572f-c282-478c-b8fa-d0c14049a226"},{"Id":"2","MessageId":"ea0a2a25-797b-4969-b71d-82070db38f94"}]}
                    ! raw «a»
                    ! raw «b»
                @0 call PublishBatch {"TopicArn":"$orders","PublishBatchRequestEntries":[{"Id":"1","Message":"a"},{"Id":"1","Message":"b"}]}
                    -> 400 BatchEntryIdsNotDistinctException: Two or more batch entries in the request have the same Id.
                @0 call PublishBatch {"TopicArn":"$orders","PublishBatchRequestEntries":[{"Id":"a b","Message":"a"}]}
                    -> 400 InvalidBatchEntryIdException: The Id of a batch entry in the batch request doesn't abide by the specification.
                @0 call PublishBatch {"TopicArn":"$orders","PublishBatchRequestEntries":[]}
                    -> 400 EmptyBatchRequestException: The batch request doesn't contain any entries.
                @0 call PublishBatch {"TopicArn":"$none","PublishBatchRequestEntries":[{"Id":"1","Message":"a"}]}
                    -> 404 NotFoundException: Topic does not exist
                @0 call PublishBatch {"TopicArn":"$orders","PublishBatchRequestEntries":[{"Id":"1","Message":"a"},{"Id":"2","Message":"a","MessageDeduplicationId":"x"}]}
                    -> 400 InvalidParameterException: Invalid parameter: MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type
                @0 call PublishBatch {"TopicArn":"$orders","PublishBatchRequestEntries":[{"Id":"1","Message":"a"},{"Id":"2","Message":"{}","MessageStructure":"json"}]}
                    -> 400 InvalidParameterException: Invalid parameter: Message Structure - No default entry in JSON message body
                @0 create orders.fifo FifoTopic=true
                    -> {"TopicArn":"arn:aws:sns:us-east-1:000000000000:orders.fifo"}
                @0 subscribe orders.fifo sqs:raw.fifo RawMessageDelivery=true
                    -> subscribed
                @0 call PublishBatch {"TopicArn":"$orders.fifo","PublishBatchRequestEntries":[{"Id":"1","Message":"a","MessageGroupId":"g","MessageDeduplicationId":"x"},{"Id":"2","Message":"b","MessageGroupId":"g"}]}
                    -> 400 InvalidParameterException: Invalid parameter: The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly
                @0 call PublishBatch {"TopicArn":"$orders.fifo","PublishBatchRequestEntries":[{"Id":"1","Message":"a","MessageGroupId":"g","MessageDeduplicationId":"x"},{"Id":"2","Message":"b","MessageGroupId":"g","MessageDeduplicationId":"x"}]}
                    -> {"Failed":[],"Successful":[{"Id":"1","MessageId":"488a2cff-b610-4d5a-8baa-b30e1fcf130e","SequenceNumber":"10000000000000000002"},{"Id":"2","MessageId":"488a2cff-b610-4d5a-8baa-b30e1fcf130e","SequenceNumber":"10000000000000000002"}]}
                    ! raw.fifo «a» group g dedup x
            "#]],
        );
    }

    #[test]
    fn messages_and_batches_have_aws_size_and_not_a_byte_more() {
        let mut world = World::default();
        world.call("CreateTopic", &json!({ "Name": "orders" })).unwrap();
        let publish = |bytes: usize| {
            // Name, type and value count: 1 + 6 + 3.
            let attributes = json!({ "a": { "DataType": "String", "StringValue": "abc" } });
            json!({ "TopicArn": topic_arn("orders"), "Message": "m".repeat(bytes - 10),
                "MessageAttributes": attributes })
        };
        assert!(world.call("Publish", &publish(262_144)).is_ok());
        let refusal = world.call("Publish", &publish(262_145)).unwrap_err();
        assert_eq!(refusal.message, "Invalid parameter: Message too long");

        let batch = |bytes: usize, count: usize| {
            let entries: Vec<Value> = (0..count)
                .map(|id| {
                    let length = if id == 0 { bytes - count + 1 } else { 1 };
                    json!({ "Id": id.to_string(), "Message": "m".repeat(length) })
                })
                .collect();
            json!({ "TopicArn": topic_arn("orders"), "PublishBatchRequestEntries": entries })
        };
        assert!(world.call("PublishBatch", &batch(262_144, 10)).is_ok());
        let refusal = world.call("PublishBatch", &batch(262_145, 10)).unwrap_err();
        assert_eq!(refusal.shape, "BatchRequestTooLongException");
        let refusal = world.call("PublishBatch", &batch(100, 11)).unwrap_err();
        assert_eq!(refusal.shape, "TooManyEntriesInBatchRequestException");
    }
}
