//! Deduplication of what is published, against a model that knows only what AWS promises; and what
//! becomes of the ids of topics that are gone.

use super::script::{World, topic_arn};
use super::state::{DEDUPLICATION, DUPLICATES};
use kernel::rows::scan_prefix;
use kernel::{Rows, Timestamp, Uuid, codec};
use minicbor::Encode;
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;
use tidemill_kernel as kernel;

/// One whose ids are the topic's, one whose are each group's own.
const TOPICS: [(&str, &str); 2] = [("whole.fifo", "Topic"), ("grouped.fifo", "MessageGroup")];
const WINDOW: u64 = 300_000;

#[derive(Clone, Debug)]
enum Step {
    Publish { topic: usize, group: u8, id: u64, count: u64 },
    Pass { ms: u64 },
    Tick,
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (0..TOPICS.len(), 0..2u8, 0..20u64, 1..8u64)
            .prop_map(|(topic, group, id, count)| Step::Publish { topic, group, id, count }),
        3 => prop_oneof![Just(1u64), Just(WINDOW - 1), Just(WINDOW), 1..3000u64, 60_000..WINDOW]
            .prop_map(|ms| Step::Pass { ms }),
        1 => Just(Step::Tick),
        1 => Just(Step::Restart),
    ];
    prop::collection::vec(step, 1..60)
}

fn create(world: &mut World, (name, scope): (&str, &str)) {
    let attributes = json!({ "FifoTopic": "true", "FifoThroughputScope": scope });
    let input = json!({ "Name": name, "Attributes": attributes });
    world.call("CreateTopic", &input).unwrap();
}

/// The message's id and number.
fn publish(world: &mut World, topic: &str, group: u8, id: u64) -> (String, String) {
    let input = json!({
        "TopicArn": topic_arn(topic),
        "Message": "x",
        "MessageGroupId": format!("g{group}"),
        "MessageDeduplicationId": id.to_string(),
    });
    let reply = world.call("Publish", &input).unwrap();
    let text = |name: &str| reply[name].as_str().unwrap().to_owned();
    (text("MessageId"), text("SequenceNumber"))
}

fn rows_of_ids(world: &World) -> usize {
    let count = |table| scan_prefix(&world.rows, table, &[], None, usize::MAX).len();
    count(DUPLICATES) + count(DEDUPLICATION)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn a_message_is_taken_once_in_five_minutes(steps in steps()) {
        let mut world = World::default();
        for topic in TOPICS {
            create(&mut world, topic);
        }
        let mut originals = BTreeMap::new();
        for step in &steps {
            let (topic, group, ids) = match *step {
                Step::Publish { topic, group, id, count } => (topic, group, id..id + count),
                Step::Pass { ms } => {
                    world.now.0 += ms;
                    continue;
                }
                Step::Tick => {
                    while world.tick_once() {}
                    continue;
                }
                Step::Restart => {
                    world.restart();
                    continue;
                }
            };
            let (name, scope) = TOPICS[topic];
            let group_of_key = (scope == "MessageGroup").then_some(group);
            for id in ids {
                let published = publish(&mut world, name, group, id);
                let now = world.now.0;
                let original = originals.get(&(topic, group_of_key, id));
                if let Some((original, until)) = original
                    && now < *until
                {
                    prop_assert_eq!(original, &published);
                    continue;
                }
                let is_new = originals.values().all(|(other, _)| *other != published);
                prop_assert!(is_new, "{id} at {now}");
                originals.insert((topic, group_of_key, id), (published, now + WINDOW));
            }
        }
        world.now.0 += WINDOW + 10_000;
        while world.tick_once() {}
        world.restart();
        prop_assert_eq!(rows_of_ids(&world), 0);
        prop_assert_eq!(world.state.next_due(), None);
    }
}

/// A topic made anew under the name of one that was deleted shares nothing with it, and nothing of
/// the first one stays.
#[test]
fn a_deleted_topics_ids_go_with_it() {
    for restarts in [false, true] {
        let mut world = World::default();
        create(&mut world, TOPICS[0]);
        let first = publish(&mut world, TOPICS[0].0, 0, 1);
        if restarts {
            world.restart();
            assert_eq!(rows_of_ids(&world), 1);
        }
        world.call("DeleteTopic", &json!({ "TopicArn": topic_arn(TOPICS[0].0) })).unwrap();
        create(&mut world, TOPICS[0]);
        assert_ne!(publish(&mut world, TOPICS[0].0, 0, 1).0, first.0);
        while world.tick_once() {}
        world.restart();
        assert_eq!(rows_of_ids(&world), 1);
        world.now = Timestamp(WINDOW + 10_000);
        while world.tick_once() {}
        world.restart();
        assert_eq!(rows_of_ids(&world), 0);
        assert_eq!(world.state.next_due(), None);
    }
}

/// A row of the form before pages.
#[derive(Encode)]
struct Old {
    #[n(0)]
    expires: Timestamp,
    #[n(1)]
    message_id: Uuid,
    #[n(2)]
    sequence: u64,
}

#[test]
fn ids_from_before_there_were_pages_still_count() {
    let mut world = World::default();
    create(&mut world, TOPICS[0]);
    let first = publish(&mut world, TOPICS[0].0, 0, 1);
    world.restart();
    let [(key, page)] =
        scan_prefix(&world.rows, DUPLICATES, &[], None, usize::MAX).try_into().expect("one page");
    world.rows.delete(DUPLICATES, &key);
    let (topic, hash) = (&key[..8], &page[..16]);
    let message_id = Uuid::from_random([0xab; 16]);
    let old = codec::to_bytes(&Old { expires: Timestamp(WINDOW), message_id, sequence: 1 });
    world.rows.put(DEDUPLICATION, &[topic, hash].concat(), old.clone());
    // One of a topic that is gone.
    world.rows.put(DEDUPLICATION, &[&[0xff; 8], hash].concat(), old);
    world.state = super::State::load(&world.rows);
    for now in [1, WINDOW - 1] {
        world.now = Timestamp(now);
        assert_eq!(publish(&mut world, TOPICS[0].0, 0, 1), first);
        world.restart();
        assert_eq!(rows_of_ids(&world), 1);
    }
    world.now = Timestamp(WINDOW);
    assert_ne!(publish(&mut world, TOPICS[0].0, 0, 1), first);
}
