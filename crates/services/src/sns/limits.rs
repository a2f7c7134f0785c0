//! What an account may have: topics, and what endpoints and filters they have together.
//!
//! What a topic may have, its partition knows. What an account has lies in all partitions, so the
//! node counts it before a command is logged, and the count travels with the command as a fact
//! about the account. Commands that come at the same moment may pass the limit by their number, as
//! on AWS, which calls such limits approximate.

use super::Error;
use super::model::TopicKey;
use super::page::Place;
use super::state::State;
use super::subscription_attributes::{FilterPolicyChange, SubscriptionPatch};
use super::topic::Topic;
use kernel::{AccountId, Arn, Facts, Region, Service, Turn};
use serde::{Deserialize, Serialize};
use tidemill_kernel as kernel;

const STANDARD_TOPICS_MAX: u64 = 100_000;
const FIFO_TOPICS_MAX: u64 = 1_000;
const PENDING_SUBSCRIPTIONS_MAX: u64 = 5_000;
const FILTER_POLICIES_MAX: u64 = 10_000;
const STANDARD_SUBSCRIPTIONS_MAX: usize = 12_500_000;
const FIFO_SUBSCRIPTIONS_MAX: usize = 100;
const TOPIC_FILTER_POLICIES_MAX: usize = 200;
/// The resource of the ARN that stands for all topics of an account.
const ALL: &str = "*";

/// What an account has in one region.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Usage {
    standard_topics: u64,
    fifo_topics: u64,
    pending_subscriptions: u64,
    filter_policies: u64,
}

/// What stands for all topics of an account, to ask for facts about.
fn all_of(topic: &TopicKey) -> Arn {
    Arn::new(Service::Sns, &topic.region, topic.account, ALL)
}

/// Whether an ARN stands for all topics of an account. A fact about it is asked of every partition.
#[must_use]
pub fn is_account(about: &Arn) -> bool {
    about.service() == Some(Service::Sns) && about.resource() == ALL
}

/// Whether a command makes more of what an account may have so many of.
pub(super) fn foreign(command: &super::Command) -> Vec<Arn> {
    use super::Command;
    let sets_filter =
        |patch: &SubscriptionPatch| matches!(patch.filter_policy, Some(FilterPolicyChange::Set(_)));
    match command {
        Command::CreateTopic(command) => vec![all_of(&command.topic)],
        Command::Subscribe(command)
            if command.protocol.is_web() || sets_filter(&command.attributes) =>
        {
            vec![all_of(&command.topic)]
        }
        Command::SetSubscriptionAttributes(command) if sets_filter(&command.attributes) => {
            vec![all_of(&command.subscription.topic)]
        }
        Command::DeleteTopic(_)
        | Command::SetTopicAttributes(_)
        | Command::AddPermission(_)
        | Command::RemovePermission(_)
        | Command::TagResource(_)
        | Command::UntagResource(_)
        | Command::Subscribe(_)
        | Command::Unsubscribe(_)
        | Command::SetSubscriptionAttributes(_)
        | Command::Publish(_)
        | Command::PublishBatch(_)
        | Command::ConfirmSubscription(_)
        | Command::UnsubscribeUnsigned(_)
        | Command::HttpDone(_)
        | Command::Signed(_) => Vec::new(),
    }
}

impl State {
    /// What an account has here, if that is what the ARN asks for.
    pub(crate) fn usage(&self, about: &Arn) -> Option<String> {
        is_account(about).then_some(())?;
        let account = AccountId::parse(about.account())?;
        let region = Region::parse(about.region())?;
        let mut usage = Usage::default();
        for topic in (Place { account, region, after: None }).topics(self) {
            if topic.key().is_fifo() {
                usage.fifo_topics += 1;
            } else {
                usage.standard_topics += 1;
            }
            usage.pending_subscriptions += topic.tally().pending as u64;
            usage.filter_policies += topic.tally().filters as u64;
        }
        serde_json::to_string(&usage).ok()
    }
}

/// Adds up what partitions say that an account has.
#[must_use]
pub fn merge_usage(parts: &[String]) -> Option<String> {
    let mut sum = Usage::default();
    for part in parts {
        let part: Usage = serde_json::from_str(part).ok()?;
        sum.standard_topics += part.standard_topics;
        sum.fifo_topics += part.fifo_topics;
        sum.pending_subscriptions += part.pending_subscriptions;
        sum.filter_policies += part.filter_policies;
    }
    serde_json::to_string(&sum).ok()
}

/// `None` for a command that was logged before accounts were counted.
fn usage_in(facts: &Facts, topic: &TopicKey) -> Option<Usage> {
    let fact = facts.get(&all_of(topic))?;
    serde_json::from_str(fact.detail.as_deref()?).ok()
}

pub(super) fn check_topics(turn: &Turn<'_>, topic: &TopicKey) -> Result<(), Error> {
    let Some(usage) = usage_in(turn.facts, topic) else { return Ok(()) };
    let (what, count, limit) = if topic.is_fifo() {
        ("FIFO topics", usage.fifo_topics, FIFO_TOPICS_MAX)
    } else {
        ("standard topics", usage.standard_topics, STANDARD_TOPICS_MAX)
    };
    if count >= limit { Err(Error::TopicLimitExceeded { what, limit }) } else { Ok(()) }
}

/// Whether a topic may have one more subscription.
pub(super) fn check_subscriptions(
    turn: &Turn<'_>,
    topic: &Topic,
    must_confirm: bool,
) -> Result<(), Error> {
    check_count(topic.key(), topic.subscriptions.len())?;
    let limit = PENDING_SUBSCRIPTIONS_MAX;
    match usage_in(turn.facts, topic.key()) {
        Some(usage) if must_confirm && usage.pending_subscriptions >= limit => {
            Err(Error::PendingLimitExceeded { limit })
        }
        Some(_) | None => Ok(()),
    }
}

fn check_count(topic: &TopicKey, count: usize) -> Result<(), Error> {
    let limit = if topic.is_fifo() { FIFO_SUBSCRIPTIONS_MAX } else { STANDARD_SUBSCRIPTIONS_MAX };
    if count >= limit { Err(Error::SubscriptionLimitExceeded { limit }) } else { Ok(()) }
}

/// Whether a topic and its account may have one more filter policy.
pub(super) fn check_filter_policies(turn: &Turn<'_>, topic: &Topic) -> Result<(), Error> {
    if topic.tally().filters >= TOPIC_FILTER_POLICIES_MAX {
        let limit = TOPIC_FILTER_POLICIES_MAX as u64;
        return Err(Error::FilterPolicyLimitExceeded { what: "A topic", limit });
    }
    match usage_in(turn.facts, topic.key()) {
        Some(usage) if usage.filter_policies >= FILTER_POLICIES_MAX => {
            let limit = FILTER_POLICIES_MAX;
            Err(Error::FilterPolicyLimitExceeded { what: "An account", limit })
        }
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::script::{World, caller, topic_arn};
    use super::*;
    use kernel::Fact;
    use serde_json::{Value, json};

    fn key(name: &str) -> TopicKey {
        TopicKey::from_arn(&Arn::parse(&topic_arn(name)).unwrap()).unwrap()
    }

    fn facts(usage: Usage) -> Facts {
        let detail = serde_json::to_string(&usage).ok();
        Facts(vec![Fact { about: all_of(&key("orders")), exists: false, detail }])
    }

    fn subscribe(url: &str) -> Value {
        json!({ "TopicArn": topic_arn("orders"), "Protocol": "http", "Endpoint": url })
    }

    fn filtered(queue: &str) -> Value {
        json!({ "TopicArn": topic_arn("orders"), "Protocol": "sqs",
            "Endpoint": format!("arn:aws:sqs:us-east-1:000000000000:{queue}"),
            "Attributes": { "FilterPolicy": r#"{"a":["b"]}"# } })
    }

    /// At the limit, one more is refused, and what is there already is not.
    #[test]
    fn an_account_has_so_much_and_no_more() {
        let fifo = json!({ "Name": "more.fifo", "Attributes": { "FifoTopic": "true" } });
        type Set = fn(&mut Usage, u64);
        let table: [(&str, Value, u64, Set, &str); 4] = [
            (
                "CreateTopic",
                json!({ "Name": "more" }),
                100_000,
                |usage, count| usage.standard_topics = count,
                "TopicLimitExceededException",
            ),
            (
                "CreateTopic",
                fifo,
                1_000,
                |usage, count| usage.fifo_topics = count,
                "TopicLimitExceededException",
            ),
            (
                "Subscribe",
                subscribe("http://127.0.0.1:9/hook"),
                5_000,
                |usage, count| usage.pending_subscriptions = count,
                "SubscriptionLimitExceededException",
            ),
            (
                "Subscribe",
                filtered("q"),
                10_000,
                |usage, count| usage.filter_policies = count,
                "FilterPolicyLimitExceededException",
            ),
        ];
        for (operation, input, limit, set, refusal) in table {
            let mut world = World::default();
            world.call("CreateTopic", &json!({ "Name": "orders" })).unwrap();
            let mut usage = Usage::default();
            set(&mut usage, limit);
            world.facts = facts(usage);
            assert_eq!(world.call(operation, &input).unwrap_err().shape, refusal, "{input}");
            set(&mut usage, limit - 1);
            world.facts = facts(usage);
            world.call(operation, &input).unwrap();
            set(&mut usage, limit);
            world.facts = facts(usage);
            world.call(operation, &input).unwrap();
        }
    }

    #[test]
    fn a_topic_has_so_many_subscriptions() {
        for (name, limit) in [("orders", 12_500_000), ("orders.fifo", 100)] {
            assert_eq!(check_count(&key(name), limit - 1), Ok(()));
            let refusal = check_count(&key(name), limit).unwrap_err();
            assert_eq!(refusal.wire().shape, "SubscriptionLimitExceededException");
        }
    }

    #[test]
    fn an_account_is_counted_where_a_command_needs_it() {
        let mut world = World::default();
        world.call("CreateTopic", &json!({ "Name": "orders" })).unwrap();
        let fifo = json!({ "Name": "a.fifo", "Attributes": { "FifoTopic": "true" } });
        world.call("CreateTopic", &fifo).unwrap();
        world.call("Subscribe", &subscribe("http://127.0.0.1:9/a")).unwrap();
        world.call("Subscribe", &subscribe("http://127.0.0.1:9/b")).unwrap();
        let arn = world.call("Subscribe", &filtered("q")).unwrap()["SubscriptionArn"].take();
        let about = all_of(&key("orders"));
        let counted = |world: &World| -> Usage {
            serde_json::from_str(&world.state.usage(&about).unwrap()).unwrap()
        };
        let expected = Usage {
            standard_topics: 1,
            fifo_topics: 1,
            pending_subscriptions: 2,
            filter_policies: 1,
        };
        assert_eq!(counted(&world), expected);
        world.restart();
        assert_eq!(counted(&world), expected);
        let set = json!({ "SubscriptionArn": arn, "AttributeName": "FilterPolicy",
            "AttributeValue": "{}" });
        world.call("SetSubscriptionAttributes", &set).unwrap();
        world.call("Unsubscribe", &json!({ "SubscriptionArn": arn })).unwrap();
        assert_eq!(counted(&world), Usage { filter_policies: 0, ..expected });

        let stranger = Arn::new(Service::Sns, &caller().region, caller().account, "orders");
        assert_eq!(world.state.usage(&stranger), None);
        let part = serde_json::to_string(&expected).unwrap();
        let sum: Usage =
            serde_json::from_str(&merge_usage(&[part.clone(), part]).unwrap()).unwrap();
        assert_eq!(
            sum,
            Usage {
                standard_topics: 2,
                fifo_topics: 2,
                pending_subscriptions: 4,
                filter_policies: 2,
            }
        );
    }
}
