//! `ListTopics`: asked of every partition, merged in the order of names, a hundred at a time.

use super::model::{PAGE_MAX, TopicKey};
use super::page::{self, Place};
use super::{Error, Query, Reply, State};
use crate::Work;
use kernel::Caller;
use tidemill_aws::generated::sns::{ListTopicsInput, ListTopicsOutput, Topic};
use tidemill_kernel as kernel;

pub(super) fn decode(input: ListTopicsInput, caller: &Caller) -> Result<Work, Error> {
    let after = page::read(input.next_token.as_deref())?;
    let query = Query::ListTopics(Place { after, ..Place::of(caller) });
    Ok(Work::QueryAll(crate::Query::Sns(query)))
}

pub(super) fn read(state: &State, place: &Place) -> Reply {
    let topics = place.topics(state);
    let keys = topics.map(|topic| topic.key().clone()).filter(|key| !place.is_before(&key.name));
    Reply::Topics(keys.take(PAGE_MAX + 1).collect(), None)
}

pub(super) fn merge(replies: Vec<Reply>) -> Reply {
    let mut keys: Vec<TopicKey> = replies
        .into_iter()
        .flat_map(|reply| {
            let Reply::Topics(keys, _) = reply else { super::mismatch("ListTopics", &reply) };
            keys
        })
        .collect();
    keys.sort();
    let has_more = keys.len() > PAGE_MAX;
    keys.truncate(PAGE_MAX);
    let next = keys.last().filter(|_| has_more).map(|key| page::write(&key.name, None));
    Reply::Topics(keys, next)
}

pub(super) fn encode(reply: Reply) -> ListTopicsOutput {
    let Reply::Topics(keys, next_token) = reply else { super::mismatch("ListTopics", &reply) };
    let topics = keys.iter().map(|key| Topic { topic_arn: Some(key.arn().to_string()) });
    ListTopicsOutput { next_token, topics: Some(topics.collect()) }
}
