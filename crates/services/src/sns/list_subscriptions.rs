//! `ListSubscriptions`, asked of every partition, and `ListSubscriptionsByTopic`, of one: in the
//! order of topics and ids, a hundred at a time.

use super::model::{PAGE_MAX, Protocol, SubscriptionKey, TopicKey};
use super::page::{self, Place};
use super::topic::Topic;
use super::{Endpoint, Error, Query, Reply, State};
use crate::Work;
use kernel::Caller;
use tidemill_aws::generated::sns as wire;
use tidemill_kernel as kernel;

/// A subscription as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub key: SubscriptionKey,
    pub protocol: Protocol,
    pub endpoint: Endpoint,
    /// Its ARN is not told until it has confirmed.
    pub is_pending: bool,
}

pub(super) fn decode(input: wire::ListSubscriptionsInput, caller: &Caller) -> Result<Work, Error> {
    let after = page::read(input.next_token.as_deref())?;
    let query = Query::ListSubscriptions(Place { after, ..Place::of(caller) });
    Ok(Work::QueryAll(crate::Query::Sns(query)))
}

pub(super) fn decode_by_topic(
    input: wire::ListSubscriptionsByTopicInput,
    caller: &Caller,
) -> Result<Work, Error> {
    let wire::ListSubscriptionsByTopicInput { next_token, topic_arn } = input;
    let topic = TopicKey::read(caller, "TopicArn", &topic_arn)?;
    let after = page::read(next_token.as_deref())?;
    let partition = topic.partition();
    let query = Query::ListSubscriptionsByTopic(topic, Place { after, ..Place::of(caller) });
    Ok(Work::Query(partition, crate::Query::Sns(query)))
}

fn listed(topic: &Topic, place: &Place) -> Vec<Listed> {
    topic
        .by_id_from(place)
        .take(PAGE_MAX + 1)
        .map(|subscription| Listed {
            key: topic.subscription_key(subscription.id),
            protocol: subscription.protocol,
            endpoint: subscription.endpoint.clone(),
            is_pending: subscription.is_pending(),
        })
        .collect()
}

pub(super) fn read(state: &State, place: &Place) -> Reply {
    let all = place.topics(state).flat_map(|topic| listed(topic, place));
    Reply::Subscriptions(all.take(PAGE_MAX + 1).collect(), None)
}

pub(super) fn read_by_topic(state: &State, key: &TopicKey, place: &Place) -> Result<Reply, Error> {
    Ok(cut(listed(state.topic(key)?, place)))
}

pub(super) fn merge(replies: Vec<Reply>) -> Reply {
    let mut all: Vec<Listed> = replies
        .into_iter()
        .flat_map(|reply| {
            let Reply::Subscriptions(listed, _) = reply else {
                super::mismatch("ListSubscriptions", &reply)
            };
            listed
        })
        .collect();
    all.sort_by(|a, b| a.key.cmp(&b.key));
    cut(all)
}

fn cut(mut listed: Vec<Listed>) -> Reply {
    let has_more = listed.len() > PAGE_MAX;
    listed.truncate(PAGE_MAX);
    let last = listed.last().filter(|_| has_more);
    let next = last.map(|last| page::write(&last.key.topic.name, Some(last.key.id)));
    Reply::Subscriptions(listed, next)
}

fn shown(listed: Vec<Listed>) -> Option<Vec<wire::Subscription>> {
    let shown = listed.into_iter().map(|listed| {
        let Listed { key, protocol, endpoint, is_pending } = listed;
        let arn = if is_pending { "PendingConfirmation".to_owned() } else { key.arn().to_string() };
        wire::Subscription {
            endpoint: Some(endpoint.to_string()),
            owner: Some(key.topic.account.to_string()),
            protocol: Some(protocol.as_str().to_owned()),
            subscription_arn: Some(arn),
            topic_arn: Some(key.topic.arn().to_string()),
        }
    });
    Some(shown.collect())
}

pub(super) fn encode(reply: Reply) -> wire::ListSubscriptionsOutput {
    let Reply::Subscriptions(listed, next_token) = reply else {
        super::mismatch("ListSubscriptions", &reply)
    };
    wire::ListSubscriptionsOutput { next_token, subscriptions: shown(listed) }
}

pub(super) fn encode_by_topic(reply: Reply) -> wire::ListSubscriptionsByTopicOutput {
    let Reply::Subscriptions(listed, next_token) = reply else {
        super::mismatch("ListSubscriptionsByTopic", &reply)
    };
    wire::ListSubscriptionsByTopicOutput { next_token, subscriptions: shown(listed) }
}

#[cfg(test)]
mod tests {
    use super::super::script::{World, topic_arn};
    use serde_json::{Value, json};

    #[test]
    fn lists_come_a_hundred_at_a_time() {
        let mut world = World::default();
        for number in 0..201 {
            let name = format!("t{number:03}");
            world.call("CreateTopic", &json!({ "Name": name })).unwrap();
        }
        let mut pages = Vec::new();
        let mut input = json!({});
        loop {
            let page = world.call("ListTopics", &input).unwrap();
            pages.push(page["Topics"].as_array().unwrap().len());
            let Some(token) = page.get("NextToken") else { break };
            input = json!({ "NextToken": token });
        }
        assert_eq!(pages, [100, 100, 1]);
        for number in 0..101 {
            let input = json!({ "TopicArn": topic_arn(if number < 60 { "t001" } else { "t100" }),
                "Protocol": "sqs",
                "Endpoint": format!("arn:aws:sqs:us-east-1:000000000000:q{number}") });
            world.call("Subscribe", &input).unwrap();
        }
        let first = world.call("ListSubscriptions", &json!({})).unwrap();
        let input = json!({ "NextToken": first["NextToken"] });
        let second = world.call("ListSubscriptions", &input).unwrap();
        let arns = |page: &Value| -> Vec<String> {
            let all = page["Subscriptions"].as_array().unwrap().iter();
            all.map(|one| one["SubscriptionArn"].as_str().unwrap().to_owned()).collect()
        };
        let mut all = [arns(&first), arns(&second)].concat();
        assert_eq!((arns(&first).len(), arns(&second).len(), all.is_sorted()), (100, 1, true));
        all.dedup();
        assert_eq!(all.len(), 101);
        let by_topic = json!({ "TopicArn": topic_arn("t001") });
        let page = world.call("ListSubscriptionsByTopic", &by_topic).unwrap();
        assert_eq!((arns(&page).len(), page.get("NextToken")), (60, None));
        assert!(world.call("ListTopics", &json!({ "NextToken": "%" })).is_err());
    }
}
