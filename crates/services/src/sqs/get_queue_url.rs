//! `GetQueueUrl`.

use super::{Error, Query, QueueKey, Reply, State};
use crate::Work;
use kernel::Caller;
use tidemill_aws::generated::sqs::{GetQueueUrlInput, GetQueueUrlOutput};
use tidemill_kernel as kernel;

pub(super) fn decode(input: GetQueueUrlInput, caller: &Caller) -> Result<Work, Error> {
    let GetQueueUrlInput { queue_name, queue_owner_aws_account_id: owner } = input;
    // Queues are not shared between accounts, so another's looks like none.
    if owner.is_some_and(|owner| owner != caller.account.to_string()) {
        return Err(Error::QueueDoesNotExist);
    }
    let queue = QueueKey::of(caller, &queue_name);
    Ok(Work::Query(queue.partition(), crate::Query::Sqs(Query::GetQueueUrl(queue))))
}

pub(super) fn read(state: &State, key: QueueKey) -> Result<Reply, Error> {
    state.queue(&key)?;
    Ok(Reply::QueueUrl(key))
}

pub(super) fn encode(reply: Reply, caller: &Caller) -> GetQueueUrlOutput {
    let Reply::QueueUrl(key) = reply else { super::mismatch("GetQueueUrl", &reply) };
    GetQueueUrlOutput { queue_url: Some(key.url(caller)) }
}
