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

#[cfg(test)]
mod tests {
    use super::super::script::check;
    use expect_test::expect;

    #[test]
    fn attributes_change_and_read_back() {
        check(
            r#"
            @1000 create orders
            @5000 set orders VisibilityTimeout=7 Policy={"Version":"2012-10-17","Statement":[]} KmsDataKeyReusePeriodSeconds=300
            @6000 call GetQueueAttributes {"QueueUrl":"$orders","AttributeNames":["All"]}
            @6000 set orders Policy=
            @6000 call GetQueueAttributes {"QueueUrl":"$orders","AttributeNames":["Policy","VisibilityTimeout","LastModifiedTimestamp"]}
            @6000 set orders FifoQueue=true
            @6000 set orders Colour=blue
            @6000 set orders VisibilityTimeout=-1
            @6000 set none VisibilityTimeout=1
            @6000 call SetQueueAttributes {"QueueUrl":"$orders"}
            "#,
            expect![[r#"
                @1000 create orders                              -> created
                @5000 set orders VisibilityTimeout=7 Policy={"Version":"2012-10-17","Statement":[]} KmsDataKeyReusePeriodSeconds=300 -> done
                @6000 call GetQueueAttributes {"QueueUrl":"$orders","AttributeNames":["All"]} -> {"Attributes":{"ApproximateNumberOfMessages":"0","ApproximateNumberOfMessagesDelayed":"0","ApproximateNumberOfMessagesNotVisible":"0","CreatedTimestamp":"1","DelaySeconds":"0","KmsDataKeyReusePeriodSeconds":"300","LastModifiedTimestamp":"5","MaximumMessageSize":"1048576","MessageRetentionPeriod":"345600","Policy":"{\"Statement\":[],\"Version\":\"2012-10-17\"}","QueueArn":"arn:aws:sqs:us-east-1:000000000000:orders","ReceiveMessageWaitTimeSeconds":"0","SqsManagedSseEnabled":"true","VisibilityTimeout":"7"}}
                @6000 set orders Policy=                         -> done
                @6000 call GetQueueAttributes {"QueueUrl":"$orders","AttributeNames":["Policy","VisibilityTimeout","LastModifiedTimestamp"]} -> {"Attributes":{"LastModifiedTimestamp":"6","VisibilityTimeout":"7"}}
                @6000 set orders FifoQueue=true                  -> 400 InvalidAttributeName: Unknown Attribute FifoQueue.
                @6000 set orders Colour=blue                     -> 400 InvalidAttributeName: Unknown Attribute Colour.
                @6000 set orders VisibilityTimeout=-1            -> 400 InvalidAttributeValue: Invalid value for the parameter VisibilityTimeout.
                @6000 set none VisibilityTimeout=1               -> 400 AWS.SimpleQueueService.NonExistentQueue: The specified queue does not exist.
                @6000 call SetQueueAttributes {"QueueUrl":"$orders"} -> 400 MissingParameter: The request must contain the parameter Attribute.
            "#]],
        );
    }

    #[test]
    fn high_throughput_needs_deduplication_by_group() {
        check(
            r#"
            @0 create orders.fifo FifoQueue=true FifoThroughputLimit=perMessageGroupId
            @0 create orders.fifo FifoQueue=true FifoThroughputLimit=perMessageGroupId DeduplicationScope=messageGroup
            @0 set orders.fifo DeduplicationScope=queue
            @0 call GetQueueAttributes {"QueueUrl":"$orders.fifo","AttributeNames":["DeduplicationScope","FifoThroughputLimit","FifoQueue","ContentBasedDeduplication"]}
            "#,
            expect![[r#"
                @0 create orders.fifo FifoQueue=true FifoThroughputLimit=perMessageGroupId -> 400 InvalidAttributeValue: Invalid value for the parameter FifoThroughputLimit. Reason: perMessageGroupId is allowed only when the value for DeduplicationScope is messageGroup.
                @0 create orders.fifo FifoQueue=true FifoThroughputLimit=perMessageGroupId DeduplicationScope=messageGroup -> created
                @0 set orders.fifo DeduplicationScope=queue      -> 400 InvalidAttributeValue: Invalid value for the parameter FifoThroughputLimit. Reason: perMessageGroupId is allowed only when the value for DeduplicationScope is messageGroup.
                @0 call GetQueueAttributes {"QueueUrl":"$orders.fifo","AttributeNames":["DeduplicationScope","FifoThroughputLimit","FifoQueue","ContentBasedDeduplication"]} -> {"Attributes":{"ContentBasedDeduplication":"false","DeduplicationScope":"messageGroup","FifoQueue":"true","FifoThroughputLimit":"perMessageGroupId"}}
            "#]],
        );
    }
}
