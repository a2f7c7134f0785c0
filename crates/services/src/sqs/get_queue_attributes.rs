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
    match reply {
        Reply::Attributes(attributes) => {
            GetQueueAttributesOutput { attributes: (!attributes.is_empty()).then_some(attributes) }
        }
        other => super::mismatch("GetQueueAttributes", &other),
    }
}
