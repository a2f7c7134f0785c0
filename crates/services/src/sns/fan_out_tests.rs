//! One message to very many subscriptions: how many rows, how much work, and who gets it.

use super::fan_out::{FANNING_OUT_MAX, Way};
use super::script::{Load, World, topic_arn};
use super::state::{CURSORS, NOTICES, SUBSCRIPTIONS};
use kernel::rows::scan_prefix;
use kernel::{PARTITION_COUNT, PartitionId, Table};
use serde_json::json;
use std::collections::BTreeSet;
use tidemill_kernel as kernel;

fn rows(world: &World, table: Table) -> usize {
    scan_prefix(&world.rows, table, &[], None, usize::MAX).len()
}

fn world_with(subscriptions: usize) -> World {
    let mut world = World::default();
    world.compares_rows = false;
    world.call("CreateTopic", &json!({ "Name": "orders" })).unwrap();
    for number in 0..subscriptions {
        let input = json!({ "TopicArn": topic_arn("orders"), "Protocol": "sqs",
            "Endpoint": format!("arn:aws:sqs:us-east-1:000000000000:q{number}"),
            "Attributes": { "RawMessageDelivery": "true" } });
        world.call("Subscribe", &input).unwrap();
    }
    world
}

#[test]
fn ten_thousand_subscriptions_are_reached_in_steps_of_a_thousand() {
    let mut world = world_with(10_000);
    let publish = json!({ "TopicArn": topic_arn("orders"), "Message": "hello" });
    world.call("Publish", &publish).unwrap();
    // The message is on its way: kept once, with a cursor.
    assert_eq!((rows(&world, NOTICES), rows(&world, CURSORS)), (1, 1));
    assert_eq!(world.seen.len(), 1_000);
    let mut steps = 1;
    // A subscription made now is too late for the message.
    let late = json!({ "TopicArn": topic_arn("orders"), "Protocol": "sqs",
        "Endpoint": "arn:aws:sqs:us-east-1:000000000000:late" });
    world.call("Subscribe", &late).unwrap();
    loop {
        let relays = std::mem::take(&mut world.relays);
        // One row per partition and sixty recipients, in each the message once.
        let partitions: BTreeSet<PartitionId> =
            relays.iter().map(|(partition, ..)| *partition).collect();
        assert_eq!(partitions.len(), usize::from(PARTITION_COUNT));
        let recipients: usize = relays.iter().map(|(_, recipients, _)| recipients).sum();
        assert_eq!(recipients, 1_000);
        assert!(relays.len() <= 2 * usize::from(PARTITION_COUNT), "{} relays", relays.len());
        assert!(relays.iter().all(|(_, recipients, bytes)| *recipients <= 60 && *bytes < 10_000));
        if steps == 5 {
            world.restart();
        }
        if steps == 10 {
            break;
        }
        world.tick_once();
        steps += 1;
    }
    assert!(!world.tick_once());
    assert_eq!((rows(&world, NOTICES), rows(&world, CURSORS)), (0, 0));
    let reached: BTreeSet<&String> = world.seen.iter().collect();
    assert_eq!((world.seen.len(), reached.len()), (10_000, 10_000));
    assert!(!world.seen.iter().any(|seen| seen.starts_with("late")));
}

/// However many subscribe, and whatever is published: an apply looks at so many and no more, and
/// what it leads to is bounded in number and bytes, in the topic's partition and in the others.
#[test]
fn no_apply_is_heavier_than_it_may_be() {
    // Subscriptions, of which one in so many reads signatures, messages of so many bytes.
    for (subscriptions, signed_every, count, bytes) in [
        (2_500, usize::MAX, 1, 5),
        (2_500, 1, 1, 5),
        (1_500, 1_400, 10, 100),
        (1_500, usize::MAX, 10, 26_214),
        (600, usize::MAX, 1, 262_144),
    ] {
        let mut world = World::default();
        world.compares_rows = false;
        world.call("CreateTopic", &json!({ "Name": "orders" })).unwrap();
        for number in 0..subscriptions {
            let is_raw = (number + 1) % signed_every != 0;
            let input = json!({ "TopicArn": topic_arn("orders"), "Protocol": "sqs",
                "Endpoint": format!("arn:aws:sqs:us-east-1:000000000000:q{number}"),
                "Attributes": { "RawMessageDelivery": is_raw.to_string() } });
            world.call("Subscribe", &input).unwrap();
        }
        let entries: Vec<_> = (0..count)
            .map(|id: usize| json!({ "Id": id.to_string(), "Message": "m".repeat(bytes) }))
            .collect();
        let publish =
            json!({ "TopicArn": topic_arn("orders"), "PublishBatchRequestEntries": entries });
        world.call("PublishBatch", &publish).unwrap();
        while world.tick_once() {}
        let case = format!("{subscriptions} {signed_every} {count} {bytes}");
        assert_eq!(world.seen.len(), subscriptions * count, "{case}: everybody is told");
        let Load { effects, recipients, bytes } = world.heaviest;
        assert!(recipients <= 1_000, "{case}: {recipients} recipients");
        assert!(effects <= 4 * usize::from(PARTITION_COUNT), "{case}: {effects} effects");
        assert!(bytes < 16 << 20, "{case}: {bytes} bytes");
    }
}

/// Large messages make the steps shorter, so that what one step leads to stays bounded.
#[test]
fn the_largest_message_goes_in_smaller_steps() {
    let mut world = world_with(1_000);
    let publish = json!({ "TopicArn": topic_arn("orders"), "Message": "m".repeat(262_144) });
    world.call("Publish", &publish).unwrap();
    assert_eq!(world.seen.len(), 256);
    let relays = std::mem::take(&mut world.relays);
    assert!(relays.iter().all(|(_, recipients, _)| *recipients <= 16));
    let bytes: usize = relays.iter().map(|(.., bytes)| bytes).sum();
    assert!(bytes < 16 << 20, "{bytes}");
    while world.tick_once() {}
    assert_eq!(world.seen.len(), 1_000);
}

/// Policies that take long to compare shorten a step as well.
#[test]
fn comparing_is_bounded_in_each_step() {
    let mut world = World::default();
    world.call("CreateTopic", &json!({ "Name": "orders" })).unwrap();
    let values: Vec<String> = (0..150).map(|n| format!("\"v{n}\"")).collect();
    let policy = format!("{{\"a\":[{}]}}", values.join(","));
    for number in 0..200 {
        let input = json!({ "TopicArn": topic_arn("orders"), "Protocol": "sqs",
            "Endpoint": format!("arn:aws:sqs:us-east-1:000000000000:q{number}"),
            "Attributes": { "FilterPolicy": policy, "FilterPolicyScope": "MessageBody" } });
        world.call("Subscribe", &input).unwrap();
    }
    // Twenty values, each of which meets 150 matchers: 3,000 comparisons per subscription.
    let list: Vec<String> = (0..20).map(|n| format!("w{n}")).collect();
    let message = json!({ "a": list }).to_string();
    let publish = json!({ "TopicArn": topic_arn("orders"), "Message": message });
    world.call("Publish", &publish).unwrap();
    let mut steps = 1;
    while world.tick_once() {
        steps += 1;
    }
    assert_eq!(world.state.counts.filtered, 200);
    assert!(steps >= 10, "{steps} steps");
}

#[test]
fn a_deleted_topic_is_swept_and_what_was_on_its_way_ends() {
    let mut world = world_with(3_000);
    let publish = json!({ "TopicArn": topic_arn("orders"), "Message": "hello" });
    world.call("Publish", &publish).unwrap();
    world.call("DeleteTopic", &json!({ "TopicArn": topic_arn("orders") })).unwrap();
    world.restart();
    world.call("CreateTopic", &json!({ "Name": "orders" })).unwrap();
    while world.tick_once() {}
    assert_eq!(rows(&world, SUBSCRIPTIONS), 0);
    assert_eq!((rows(&world, NOTICES), rows(&world, CURSORS)), (0, 0));
    assert_eq!(world.seen.len(), 1_000, "nobody was told after the topic was gone");
}

#[test]
fn publishers_wait_when_too_much_is_on_its_way() {
    let mut world = world_with(1_001);
    let publish = json!({ "TopicArn": topic_arn("orders"), "Message": "hello" });
    world.call("Publish", &publish).unwrap();
    // Others behind it: to make them all by publishing would take minutes.
    let (_, &cursor) = world.state.cursors.first_key_value().unwrap();
    for other in 1..FANNING_OUT_MAX as u64 {
        let key = [u64::MAX.to_be_bytes(), 0u64.to_be_bytes(), other.to_be_bytes()].concat();
        world.state.cursors.insert(Way::of_row(&key), cursor);
    }
    let refusal = world.call("Publish", &publish).unwrap_err();
    assert_eq!((refusal.shape.as_ref(), refusal.status), ("Throttling", 400));
    // A bucket cannot wait: what it tells is taken.
    assert_eq!(world.event("orders", "{}"), "taken");
    world.tick_once();
    world.tick_once();
    assert!(world.call("Publish", &publish).is_ok());
}
