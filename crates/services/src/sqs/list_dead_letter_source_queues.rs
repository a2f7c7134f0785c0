//! `ListDeadLetterSourceQueues`: who dead-letters here, as the sources have told this queue.

use super::deliveries::{source_of, source_row_key};
use super::list_queues::{Page, encode_token};
use super::state::SOURCES;
use super::{Error, Query, QueueKey, Reply, State};
use crate::Work;
use kernel::rows::scan_prefix;
use kernel::{Caller, Look};
use tidemill_aws::generated::sqs::{
    ListDeadLetterSourceQueuesInput, ListDeadLetterSourceQueuesOutput,
};
use tidemill_kernel as kernel;

#[derive(Clone, Debug, PartialEq)]
pub struct ListDeadLetterSourceQueues {
    pub queue: QueueKey,
    pub page: Page,
}

pub(super) fn decode(
    input: ListDeadLetterSourceQueuesInput,
    caller: &Caller,
) -> Result<Work, Error> {
    let ListDeadLetterSourceQueuesInput { max_results, next_token, queue_url } = input;
    let queue = QueueKey::from_url(caller, &queue_url)?;
    let page = Page::decode(max_results, next_token.as_deref())?;
    let partition = queue.partition();
    let query = Query::ListDeadLetterSourceQueues(ListDeadLetterSourceQueues { queue, page });
    Ok(Work::Query(partition, crate::Query::Sqs(query)))
}

pub(super) fn read(
    state: &State,
    look: &Look<'_>,
    query: &ListDeadLetterSourceQueues,
) -> Result<Reply, Error> {
    state.queue(&query.queue)?;
    let target = query.queue.arn();
    let after = query.page.after.as_ref().map(|name| {
        let source = QueueKey { name: name.clone(), ..query.queue.clone() };
        source_row_key(&target, source.arn().as_str())
    });
    let prefix = source_row_key(&target, "");
    let limit = query.page.limit + 1;
    let sources = scan_prefix(look.rows, SOURCES, &prefix, after.as_deref(), limit)
        .into_iter()
        .filter_map(|(key, _)| QueueKey::from_arn(&source_of(&key)?))
        .collect();
    Ok(query.page.cut(sources))
}

pub(super) fn encode(reply: Reply, caller: &Caller) -> ListDeadLetterSourceQueuesOutput {
    let Reply::Queues(keys, next) = reply else {
        super::mismatch("ListDeadLetterSourceQueues", &reply)
    };
    ListDeadLetterSourceQueuesOutput {
        next_token: next.as_deref().map(encode_token),
        queue_urls: keys.iter().map(|key| key.url(caller)).collect(),
    }
}
