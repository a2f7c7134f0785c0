//! `ListQueueTags`.

use super::{Error, Query, QueueKey, Reply, State};
use crate::Work;
use kernel::Caller;
use tidemill_aws::generated::sqs::{ListQueueTagsInput, ListQueueTagsOutput};
use tidemill_kernel as kernel;

pub(super) fn decode(input: ListQueueTagsInput, caller: &Caller) -> Result<Work, Error> {
    let queue = QueueKey::from_url(caller, &input.queue_url)?;
    Ok(Work::Query(queue.partition(), crate::Query::Sqs(Query::ListQueueTags(queue))))
}

pub(super) fn read(state: &State, key: &QueueKey) -> Result<Reply, Error> {
    Ok(Reply::Tags(state.queue(key)?.settings.tags.clone()))
}

pub(super) fn encode(reply: Reply) -> ListQueueTagsOutput {
    let Reply::Tags(tags) = reply else { super::mismatch("ListQueueTags", &reply) };
    ListQueueTagsOutput { tags: (!tags.is_empty()).then_some(tags) }
}
