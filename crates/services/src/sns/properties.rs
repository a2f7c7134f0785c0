//! What holds whatever is asked in whatever order: a restart changes nothing, every copy is
//! accounted for, and FIFO subscribers see one order.

use super::script::{World, endpoint_arn, topic_arn};
use kernel::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tidemill_kernel as kernel;

const TOPICS: [&str; 2] = ["plain", "ordered.fifo"];
const ENDPOINTS: [&str; 4] = ["sqs:one", "sqs:two", "sqs:gone", "lambda:work"];

#[derive(Clone, Debug)]
enum Step {
    Create(usize),
    Drop(usize),
    Subscribe { topic: usize, endpoint: usize, filter: bool, redrive: bool },
    Unsubscribe { topic: usize, endpoint: usize },
    Publish { topic: usize, text: u8, wanted: bool },
    Tick { later: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    let (topic, endpoint) = (0..TOPICS.len(), 0..ENDPOINTS.len());
    prop_oneof![
        2 => topic.clone().prop_map(Step::Create),
        1 => topic.clone().prop_map(Step::Drop),
        4 => (topic.clone(), endpoint.clone(), any::<bool>(), any::<bool>()).prop_map(
            |(topic, endpoint, filter, redrive)| Step::Subscribe {
                topic, endpoint, filter, redrive,
            }
        ),
        1 => (topic.clone(), endpoint)
            .prop_map(|(topic, endpoint)| Step::Unsubscribe { topic, endpoint }),
        6 => (topic, 0..4u8, any::<bool>())
            .prop_map(|(topic, text, wanted)| Step::Publish { topic, text, wanted }),
        2 => (0..400_000u64).prop_map(|later| Step::Tick { later }),
    ]
}

/// Does a step and says what the caller was told.
fn act(world: &mut World, subscriptions: &mut BTreeMap<String, Value>, step: &Step) -> String {
    let (operation, input, name) = match *step {
        Step::Create(topic) => {
            let fifo = TOPICS[topic].ends_with(".fifo");
            let attributes = if fifo { json!({ "FifoTopic": "true" }) } else { json!({}) };
            ("CreateTopic", json!({ "Name": TOPICS[topic], "Attributes": attributes }), None)
        }
        Step::Drop(topic) => ("DeleteTopic", json!({ "TopicArn": topic_arn(TOPICS[topic]) }), None),
        Step::Subscribe { topic, endpoint, filter, redrive } => {
            let (protocol, arn) = endpoint_arn(ENDPOINTS[endpoint]);
            let mut attributes = json!({});
            if filter {
                attributes["FilterPolicy"] = json!(r#"{"wanted":["yes"]}"#);
            }
            if redrive {
                let dead = endpoint_arn(["sqs:dead", "sqs:dead.fifo"][topic]).1;
                let policy = json!({ "deadLetterTargetArn": dead });
                attributes["RedrivePolicy"] = json!(policy.to_string());
            }
            let input = json!({ "TopicArn": topic_arn(TOPICS[topic]), "Protocol": protocol,
                "Endpoint": arn, "Attributes": attributes });
            ("Subscribe", input, Some(format!("{topic}/{endpoint}")))
        }
        Step::Unsubscribe { topic, endpoint } => {
            let Some(arn) = subscriptions.get(&format!("{topic}/{endpoint}")) else {
                return String::new();
            };
            ("Unsubscribe", json!({ "SubscriptionArn": arn }), None)
        }
        Step::Publish { topic, text, wanted } => {
            let mut input = json!({ "TopicArn": topic_arn(TOPICS[topic]),
                "Message": text.to_string() });
            if wanted {
                input["MessageAttributes"] =
                    json!({ "wanted": { "DataType": "String", "StringValue": "yes" } });
            }
            if topic == 1 {
                input["MessageGroupId"] = json!("g");
                input["MessageDeduplicationId"] = json!(text.to_string());
            }
            ("Publish", input, None)
        }
        Step::Tick { later } => {
            world.now = Timestamp(world.now.0 + later);
            while world.tick_once() {}
            return String::new();
        }
    };
    match world.call(operation, &input) {
        Ok(reply) => {
            if let (Some(name), Some(arn)) = (name, reply.get("SubscriptionArn")) {
                subscriptions.insert(name, arn.clone());
            }
            reply.to_string()
        }
        Err(error) => error.message,
    }
}

proptest! {
    #[test]
    fn a_restart_changes_nothing_and_every_copy_is_accounted_for(
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let (mut steady, mut restarted) = (World::default(), World::default());
        let (mut names, mut names_again) = (BTreeMap::new(), BTreeMap::new());
        for step in &steps {
            let answer = act(&mut steady, &mut names, step);
            restarted.restart();
            prop_assert_eq!(act(&mut restarted, &mut names_again, step), answer);
            // Deduplication ids become rows at a freeze.
            for world in [&mut steady, &mut restarted] {
                world.state.freeze(&mut world.rows);
            }
            prop_assert_eq!(&restarted.rows, &steady.rows, "{:?}", step);
            prop_assert_eq!(&restarted.seen, &steady.seen);
            prop_assert_eq!(restarted.state.next_due(), steady.state.next_due());
        }
        let counts = steady.state.counts;
        let reached = |name: &str| {
            let seen = steady.seen.iter();
            seen.filter(|seen| seen.split(' ').next() == Some(name)).count() as u64
        };
        let dead = reached("dead") + reached("dead.fifo");
        let taken = reached("one") + reached("two") + reached("work");
        let counted = counts.outcomes();
        prop_assert_eq!(counted.sent, taken + reached("gone"));
        prop_assert_eq!(counted.dead_lettered, dead);
        prop_assert_eq!(counted.dead_lettered + counted.dropped, reached("gone"));
    }
}
