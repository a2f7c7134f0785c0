//! `GetQueueAttributes`: settings as they were set, counts as they are at this instant.

use super::queue::Queue;
use super::{Error, Query, QueueKey, Reply, State};
use crate::Work;
use kernel::{Caller, Look};
use std::collections::BTreeMap;
use tidemill_aws::generated::sqs::{GetQueueAttributesInput, GetQueueAttributesOutput};
use tidemill_kernel as kernel;

const KNOWN: [&str; 22] = [
    "All",
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "ContentBasedDeduplication",
    "CreatedTimestamp",
    "DeduplicationScope",
    "DelaySeconds",
    "FifoQueue",
    "FifoThroughputLimit",
    "KmsDataKeyReusePeriodSeconds",
    "KmsMasterKeyId",
    "LastModifiedTimestamp",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "Policy",
    "QueueArn",
    "ReceiveMessageWaitTimeSeconds",
    "RedriveAllowPolicy",
    "RedrivePolicy",
    "SqsManagedSseEnabled",
    "VisibilityTimeout",
];

#[derive(Clone, Debug, PartialEq)]
pub struct GetQueueAttributes {
    pub queue: QueueKey,
    pub names: Vec<String>,
}

pub(super) fn decode(input: GetQueueAttributesInput, caller: &Caller) -> Result<Work, Error> {
    let GetQueueAttributesInput { attribute_names, queue_url } = input;
    let queue = QueueKey::from_url(caller, &queue_url)?;
    let names = attribute_names.unwrap_or_default();
    if let Some(name) = names.iter().find(|name| !KNOWN.contains(&name.as_str())) {
        return Err(Error::InvalidAttributeName { name: name.clone() });
    }
    let partition = queue.partition();
    let query = Query::GetQueueAttributes(GetQueueAttributes { queue, names });
    Ok(Work::Query(partition, crate::Query::Sqs(query)))
}

pub(super) fn read(
    state: &State,
    look: &Look<'_>,
    query: &GetQueueAttributes,
) -> Result<Reply, Error> {
    let queue = state.queue(&query.queue)?;
    let mut attributes = show(queue, look);
    if !query.names.iter().any(|name| name == "All") {
        attributes.retain(|name, _| query.names.contains(name));
    }
    Ok(Reply::Attributes(attributes))
}

fn show(queue: &Queue, look: &Look<'_>) -> BTreeMap<String, String> {
    let mut shown = BTreeMap::new();
    let mut emit = |name: &'static str, value: String| {
        shown.insert(name.to_owned(), value);
    };
    let settings = &queue.settings;
    let counts = queue.counts(look.now);
    emit("QueueArn", settings.key.arn().to_string());
    emit("ApproximateNumberOfMessages", counts.visible.to_string());
    emit("ApproximateNumberOfMessagesNotVisible", counts.in_flight.to_string());
    emit("ApproximateNumberOfMessagesDelayed", counts.delayed.to_string());
    emit("CreatedTimestamp", settings.created.seconds().to_string());
    emit("LastModifiedTimestamp", settings.modified.seconds().to_string());
    if queue.is_fifo() {
        emit("FifoQueue", "true".to_owned());
    }
    settings.attributes.show(queue.is_fifo(), &mut emit);
    shown
}

pub(super) fn encode(reply: Reply) -> GetQueueAttributesOutput {
    let Reply::Attributes(attributes) = reply else {
        super::mismatch("GetQueueAttributes", &reply)
    };
    GetQueueAttributesOutput { attributes: (!attributes.is_empty()).then_some(attributes) }
}

#[cfg(test)]
mod tests {
    use super::super::script::check;
    use expect_test::expect;

    #[test]
    fn a_fresh_queue_shows_what_terraform_waits_for() {
        check(
            r#"
            @1700000000123 create orders
            @1700000000200 call GetQueueAttributes {"QueueUrl":"$orders","AttributeNames":["All"]}
            @1700000000200 create orders.fifo FifoQueue=true
            @1700000000200 call GetQueueAttributes {"QueueUrl":"$orders.fifo","AttributeNames":["All"]}
            @1700000000200 call GetQueueAttributes {"QueueUrl":"$orders"}
            @1700000000200 call GetQueueAttributes {"QueueUrl":"$orders","AttributeNames":["Policy"]}
            @1700000000200 call GetQueueAttributes {"QueueUrl":"$orders","AttributeNames":["Colour"]}
            "#,
            expect![[r#"
                @1700000000123 create orders                     -> created
                @1700000000200 call GetQueueAttributes {"QueueUrl":"$orders","AttributeNames":["All"]} -> {"Attributes":{"ApproximateNumberOfMessages":"0","ApproximateNumberOfMessagesDelayed":"0","ApproximateNumberOfMessagesNotVisible":"0","CreatedTimestamp":"1700000000","DelaySeconds":"0","LastModifiedTimestamp":"1700000000","MaximumMessageSize":"1048576","MessageRetentionPeriod":"345600","QueueArn":"arn:aws:sqs:us-east-1:000000000000:orders","ReceiveMessageWaitTimeSeconds":"0","SqsManagedSseEnabled":"true","VisibilityTimeout":"30"}}
                @1700000000200 create orders.fifo FifoQueue=true -> created
                @1700000000200 call GetQueueAttributes {"QueueUrl":"$orders.fifo","AttributeNames":["All"]} -> {"Attributes":{"ApproximateNumberOfMessages":"0","ApproximateNumberOfMessagesDelayed":"0","ApproximateNumberOfMessagesNotVisible":"0","ContentBasedDeduplication":"false","CreatedTimestamp":"1700000000","DeduplicationScope":"queue","DelaySeconds":"0","FifoQueue":"true","FifoThroughputLimit":"perQueue","LastModifiedTimestamp":"1700000000","MaximumMessageSize":"1048576","MessageRetentionPeriod":"345600","QueueArn":"arn:aws:sqs:us-east-1:000000000000:orders.fifo","ReceiveMessageWaitTimeSeconds":"0","SqsManagedSseEnabled":"true","VisibilityTimeout":"30"}}
                @1700000000200 call GetQueueAttributes {"QueueUrl":"$orders"} -> done
                @1700000000200 call GetQueueAttributes {"QueueUrl":"$orders","AttributeNames":["Policy"]} -> done
                @1700000000200 call GetQueueAttributes {"QueueUrl":"$orders","AttributeNames":["Colour"]} -> 400 InvalidAttributeName: Unknown Attribute Colour.
            "#]],
        );
    }

    #[test]
    fn counts_see_time_pass_without_a_tick() {
        check(
            r#"
            @0    create orders VisibilityTimeout=2
            @0    send orders a
            @0    send orders b DelaySeconds=1
            @0    receive orders
            @999  counts orders
            @1000 counts orders
            @2000 counts orders
            "#,
            expect![[r#"
                @0    create orders VisibilityTimeout=2          -> created
                @0    send orders a                              -> sent
                @0    send orders b DelaySeconds=1               -> sent
                @0    receive orders                             -> a(1)
                @999  counts orders                              -> visible 0 in flight 1 delayed 1
                @1000 counts orders                              -> visible 1 in flight 1 delayed 0
                @2000 counts orders                              -> visible 2 in flight 0 delayed 0
            "#]],
        );
    }
}
