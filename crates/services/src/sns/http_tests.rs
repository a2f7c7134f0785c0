//! Endpoints over HTTP, as the core sees them: confirmed, posted to, tried again, given up.

use super::script::{World, topic_arn};
use super::{
    Command, ConfirmSubscription, HttpAttempt, HttpDeliveryKey, HttpDone, HttpOutcome, Query, Reply,
};
use kernel::{HttpPost, Timestamp};
use serde_json::{Value, json};
use tidemill_kernel as kernel;

const URL: &str = "http://127.0.0.1:9/hook";

fn key(post: &HttpPost) -> HttpDeliveryKey {
    HttpDeliveryKey { subscription: post.subscription, sequence: post.sequence }
}

/// What the executor would send.
fn request(world: &World, post: &HttpPost) -> Option<HttpAttempt> {
    let reply = world.read(Query::HttpAttempt(key(post), post.attempt)).unwrap();
    let Reply::HttpAttempt(attempt) = reply else { panic!("{reply:?}") };
    attempt.map(|attempt| *attempt)
}

fn end(world: &mut World, post: &HttpPost, outcome: HttpOutcome) {
    let done = HttpDone { delivery: key(post), attempt: post.attempt, outcome };
    world.apply(Command::HttpDone(done)).unwrap();
}

fn subscribe(world: &mut World, attributes: &Value) -> Value {
    let input = json!({ "TopicArn": topic_arn("orders"), "Protocol": "http", "Endpoint": URL,
        "Attributes": attributes });
    world.call("Subscribe", &input).unwrap()["SubscriptionArn"].take()
}

/// The token that a question to an endpoint brings.
pub(super) fn token_of(world: &World, post: &HttpPost) -> String {
    let body: Value = serde_json::from_str(&request(world, post).unwrap().body).unwrap();
    body["Token"].as_str().unwrap().to_owned()
}

/// The token that the one post under way brings.
fn token(world: &mut World) -> String {
    let post = world.posts.pop().unwrap();
    let token = token_of(world, &post);
    end(world, &post, HttpOutcome::Taken);
    token
}

fn confirm(world: &mut World, token: &str) -> Result<Value, tidemill_aws::WireError> {
    let input = json!({ "TopicArn": topic_arn("orders"), "Token": token });
    world.call("ConfirmSubscription", &input)
}

/// A topic with a confirmed subscription.
fn confirmed(attributes: &Value) -> (World, String) {
    let mut world = World::default();
    world.call("CreateTopic", &json!({ "Name": "orders" })).unwrap();
    subscribe(&mut world, attributes);
    let token = token(&mut world);
    let arn = confirm(&mut world, &token).unwrap()["SubscriptionArn"].take();
    (world, arn.as_str().unwrap().to_owned())
}

fn publish(world: &mut World, text: &str) -> HttpPost {
    let input = json!({ "TopicArn": topic_arn("orders"), "Message": text });
    world.call("Publish", &input).unwrap();
    assert_eq!(world.posts.len(), 1);
    world.posts.pop().unwrap()
}

#[test]
fn an_endpoint_gets_nothing_before_it_has_confirmed() {
    let mut world = World::default();
    world.call("CreateTopic", &json!({ "Name": "orders" })).unwrap();
    assert_eq!(subscribe(&mut world, &json!({})), "pending confirmation");
    let post = world.posts.pop().unwrap();
    let asked = request(&world, &post).unwrap();
    assert_eq!(asked.url, URL);
    let header = |name: &str| asked.headers.iter().find(|(n, _)| *n == name).map(|(_, v)| &**v);
    assert_eq!(header("x-amz-sns-message-type"), Some("SubscriptionConfirmation"));
    assert_eq!(header("content-type"), Some("text/plain; charset=UTF-8"));
    assert_eq!(header("x-amz-sns-subscription-arn"), None);
    let body: Value = serde_json::from_str(&asked.body).unwrap();
    let token = body["Token"].as_str().unwrap().to_owned();
    let url = format!(
        "http://localhost:4566/?Action=ConfirmSubscription&TopicArn={}&Token={token}",
        topic_arn("orders")
    );
    assert_eq!(body["SubscribeURL"], url);
    assert_eq!(header("x-amz-sns-message-id"), body["MessageId"].as_str());

    let message = json!({ "TopicArn": topic_arn("orders"), "Message": "early" });
    world.call("Publish", &message).unwrap();
    assert_eq!(world.posts, []);
    let listed = world.call("ListSubscriptions", &json!({})).unwrap();
    assert_eq!(listed["Subscriptions"][0]["SubscriptionArn"], "PendingConfirmation");
    let topic = world.call("GetTopicAttributes", &json!({ "TopicArn": topic_arn("orders") }));
    assert_eq!(topic.unwrap()["Attributes"]["SubscriptionsPending"], "1");

    world.restart();
    for wrong in ["", "abc", &token.replace(|c: char| c.is_ascii_digit(), "0"), &token[1..]] {
        assert!(confirm(&mut world, wrong).is_err(), "{wrong}");
    }
    let arn = confirm(&mut world, &token).unwrap()["SubscriptionArn"].take();
    assert_eq!(confirm(&mut world, &token).unwrap()["SubscriptionArn"], arn, "twice is once");
    let shown = world.call("GetSubscriptionAttributes", &json!({ "SubscriptionArn": arn }));
    let shown = shown.unwrap()["Attributes"].take();
    assert_eq!(
        (&shown["PendingConfirmation"], &shown["ConfirmationWasAuthenticated"]),
        (&json!("false"), &json!("true"))
    );
    let post = publish(&mut world, "late");
    let body: Value = serde_json::from_str(&request(&world, &post).unwrap().body).unwrap();
    assert_eq!((&body["Type"], &body["Message"]), (&json!("Notification"), &json!("late")));
}

#[test]
fn a_token_is_good_for_two_days_and_another_may_be_asked_for() {
    let mut world = World::default();
    world.call("CreateTopic", &json!({ "Name": "orders" })).unwrap();
    subscribe(&mut world, &json!({}));
    let first = token(&mut world);
    world.now = Timestamp(2 * 24 * 60 * 60 * 1000 + 1);
    assert!(confirm(&mut world, &first).is_err());
    subscribe(&mut world, &json!({}));
    let second = token(&mut world);
    confirm(&mut world, &second).unwrap();
    subscribe(&mut world, &json!({}));
    assert_eq!(world.posts, [], "who has confirmed is not asked again");
}

#[test]
fn a_failed_delivery_is_tried_again_and_then_dead_lettered() {
    let policy = json!({ "healthyRetryPolicy": { "numRetries": 2, "numNoDelayRetries": 1,
        "minDelayTarget": 5, "maxDelayTarget": 5 } });
    let (mut world, _) = confirmed(&json!({
        "DeliveryPolicy": policy.to_string(),
        "RedrivePolicy": r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dlq"}"#,
    }));
    let first = publish(&mut world, "hello");
    let body = request(&world, &first).unwrap().body;
    end(&mut world, &first, HttpOutcome::Failed);
    assert_eq!(world.posts, [], "never inside the apply that ended the last");
    world.tick_once();
    let second = world.posts.pop().unwrap();
    assert_eq!((second.attempt, key(&second)), (2, key(&first)));

    // What is said of an attempt that is over changes nothing.
    assert_eq!(request(&world, &first), None);
    for outcome in [HttpOutcome::Taken, HttpOutcome::Refused, HttpOutcome::Failed] {
        let rows = world.rows.clone();
        end(&mut world, &first, outcome);
        assert_eq!(world.rows, rows);
    }

    end(&mut world, &second, HttpOutcome::Failed);
    world.restart();
    assert_eq!(world.state.next_due(), Some(Timestamp(5_000)));
    world.tick_once();
    assert_eq!(world.posts, [], "not before it is due");
    world.now = Timestamp(5_000);
    world.tick_once();
    let third = world.posts.pop().unwrap();
    assert_eq!(request(&world, &third).unwrap().body, body, "each attempt says the same");
    end(&mut world, &third, HttpOutcome::Failed);
    assert_eq!(world.seen, [format!("dlq «{}»", body.replace('\n', "⏎"))]);
    let counted = world.state.counts.outcomes();
    assert_eq!((counted.dead_lettered, counted.dropped), (1, 0));
    let Reply::Losses(losses) = world.read(Query::Losses).unwrap() else { panic!("losses") };
    assert_eq!(losses.len(), 1, "of one subscription");
    assert_eq!((losses[0].1.dead_lettered, losses[0].1.sent), (1, 0));
    assert_eq!((world.state.posts_under_way(&world.rows), world.state.next_due()), (vec![], None));
}

#[test]
fn what_is_refused_for_good_is_not_tried_again() {
    let (mut world, _) = confirmed(&json!({}));
    let post = publish(&mut world, "hello");
    end(&mut world, &post, HttpOutcome::Refused);
    assert_eq!(world.state.counts.outcomes().dropped, 1);
    assert_eq!((world.state.posts_under_way(&world.rows), world.state.next_due()), (vec![], None));
}

#[test]
fn what_was_under_way_is_under_way_after_a_restart() {
    let throttled = r#"{"throttlePolicy":{"maxReceivesPerSecond":3}}"#;
    let (mut world, _) = confirmed(&json!({ "DeliveryPolicy": throttled }));
    let post = publish(&mut world, "hello");
    assert_eq!(post.per_second, Some(3));
    world.restart();
    assert_eq!(world.state.posts_under_way(&world.rows), std::slice::from_ref(&post));
    end(&mut world, &post, HttpOutcome::Taken);
    assert_eq!(world.state.posts_under_way(&world.rows), []);
}

#[test]
fn a_delivery_ends_with_its_subscription() {
    let (mut world, arn) = confirmed(&json!({}));
    let post = publish(&mut world, "hello");
    world.call("Unsubscribe", &json!({ "SubscriptionArn": arn })).unwrap();
    let question = world.posts.pop().unwrap();
    assert_eq!(request(&world, &post), None);
    end(&mut world, &post, HttpOutcome::Failed);
    assert_eq!(world.state.posts_under_way(&world.rows), [question], "all else it is told");
}

#[test]
fn raw_delivery_is_the_text_and_says_so() {
    let (mut world, _) = confirmed(&json!({ "RawMessageDelivery": "true" }));
    let post = publish(&mut world, "just this");
    let sent = request(&world, &post).unwrap();
    assert_eq!(sent.body, "just this");
    assert!(sent.headers.contains(&("x-amz-sns-rawdelivery", "true".to_owned())));
}

#[test]
fn an_unsigned_link_ends_a_subscription_unless_it_is_protected() {
    let confirm = |protects_unsubscribe| {
        let mut world = World::default();
        world.call("CreateTopic", &json!({ "Name": "orders" })).unwrap();
        subscribe(&mut world, &json!({}));
        let token = token(&mut world);
        let topic = super::TopicKey::from_arn(&kernel::Arn::parse(&topic_arn("orders")).unwrap());
        let command = ConfirmSubscription {
            topic: topic.unwrap(),
            token,
            is_signed: true,
            protects_unsubscribe,
        };
        let reply = world.apply(Command::ConfirmSubscription(command)).unwrap();
        let Reply::Subscription(key) = reply else { panic!("{reply:?}") };
        (world, key)
    };
    let (mut world, key) = confirm(false);
    world.apply(Command::UnsubscribeUnsigned(key)).unwrap();
    assert_eq!(world.state.counted().subscriptions, 0);
    let (mut world, key) = confirm(true);
    let refusal = world.apply(Command::UnsubscribeUnsigned(key.clone())).unwrap_err();
    assert_eq!(refusal.wire().shape, "AuthorizationErrorException");
    world.apply(Command::Unsubscribe(key)).unwrap();
    assert_eq!(world.state.counted().subscriptions, 0);
}

/// A confirmed subscription that somebody has ended, and what its endpoint is asked.
fn ended() -> (World, String, HttpPost) {
    let (mut world, arn) = confirmed(&json!({}));
    world.call("Unsubscribe", &json!({ "SubscriptionArn": arn })).unwrap();
    let post = world.posts.pop().unwrap();
    (world, arn, post)
}

#[test]
fn who_is_unsubscribed_is_told_and_may_come_back() {
    let (mut world, arn, post) = ended();
    let sent = request(&world, &post).unwrap();
    let header = |name: &str| sent.headers.iter().find(|(n, _)| *n == name).map(|(_, v)| &**v);
    assert_eq!(header("x-amz-sns-message-type"), Some("UnsubscribeConfirmation"));
    assert_eq!(header("x-amz-sns-subscription-arn"), Some(arn.as_str()));
    let body: Value = serde_json::from_str(&sent.body).unwrap();
    assert_eq!(
        body["Message"],
        format!(
            "You have chosen to deactivate subscription {arn}.\nTo cancel this operation and \
             restore the subscription, visit the SubscribeURL included in this message."
        )
    );
    let token = body["Token"].as_str().unwrap();
    assert!(body["SubscribeURL"].as_str().unwrap().ends_with(&format!("&Token={token}")));
    for member in ["Signature", "SignatureVersion", "SigningCertURL", "Timestamp", "MessageId"] {
        assert!(body[member].is_string(), "{member} is missing in {body}");
    }
    end(&mut world, &post, HttpOutcome::Taken);
    world.restart();
    world.call("Publish", &json!({ "TopicArn": topic_arn("orders"), "Message": "gone" })).unwrap();
    assert_eq!(world.posts, []);

    assert_eq!(confirm(&mut world, token).unwrap()["SubscriptionArn"], arn, "it is the same again");
    assert_eq!(confirm(&mut world, token).unwrap()["SubscriptionArn"], arn, "twice is once");
    world.restart();
    publish(&mut world, "back");
}

#[test]
fn who_was_never_confirmed_is_not_told_that_it_ends() {
    let mut world = World::default();
    world.call("CreateTopic", &json!({ "Name": "orders" })).unwrap();
    let input = json!({ "TopicArn": topic_arn("orders"), "Protocol": "http", "Endpoint": URL,
        "ReturnSubscriptionArn": true });
    let arn = world.call("Subscribe", &input).unwrap()["SubscriptionArn"].take();
    let token = token(&mut world);
    world.call("Unsubscribe", &json!({ "SubscriptionArn": arn })).unwrap();
    assert_eq!(world.posts, []);
    assert!(confirm(&mut world, &token).is_err());
}

#[test]
fn a_first_token_brings_nobody_back_and_a_restoration_has_its_time() {
    const DAYS: u64 = 24 * 60 * 60 * 1000;
    let mut world = World::default();
    world.call("CreateTopic", &json!({ "Name": "orders" })).unwrap();
    subscribe(&mut world, &json!({}));
    let first = token(&mut world);
    let arn = confirm(&mut world, &first).unwrap()["SubscriptionArn"].take();
    world.call("Unsubscribe", &json!({ "SubscriptionArn": arn })).unwrap();
    let second = token(&mut world);
    assert!(confirm(&mut world, &first).is_err());
    assert_eq!(world.state.next_due(), Some(Timestamp(2 * DAYS + 1)));
    world.now = Timestamp(2 * DAYS + 1);
    assert!(confirm(&mut world, &second).is_err());
    while world.tick_once() {}
    assert_eq!(world.state.next_due(), None);
    assert!(confirm(&mut world, &second).is_err());
}

#[test]
fn who_subscribes_again_is_not_restored_beside_itself() {
    let (mut world, _, post) = ended();
    let body: Value = serde_json::from_str(&request(&world, &post).unwrap().body).unwrap();
    end(&mut world, &post, HttpOutcome::Taken);
    subscribe(&mut world, &json!({}));
    assert!(confirm(&mut world, body["Token"].as_str().unwrap()).is_err());
    assert_eq!(world.state.counted().subscriptions, 1);
}

#[test]
fn what_nobody_confirms_lapses_after_two_days() {
    const DAYS: u64 = 24 * 60 * 60 * 1000;
    let mut world = World::default();
    world.call("CreateTopic", &json!({ "Name": "orders" })).unwrap();
    subscribe(&mut world, &json!({}));
    let post = world.posts.pop().unwrap();
    end(&mut world, &post, HttpOutcome::Taken);
    world.now = Timestamp(DAYS);
    subscribe(&mut world, &json!({}));
    let post = world.posts.pop().unwrap();
    end(&mut world, &post, HttpOutcome::Taken);
    world.restart();
    for (now, left) in [(2 * DAYS + 1, 1), (3 * DAYS, 1), (3 * DAYS + 1, 0)] {
        world.now = Timestamp(now);
        while world.tick_once() {}
        assert_eq!(world.state.counted().subscriptions, left, "at {now}");
    }
    assert_eq!(world.state.next_due(), None);
}

#[test]
fn urls_that_do_not_fit_are_refused() {
    let mut world = World::default();
    world.call("CreateTopic", &json!({ "Name": "orders" })).unwrap();
    let fifo = json!({ "Name": "orders.fifo", "Attributes": { "FifoTopic": "true" } });
    world.call("CreateTopic", &fifo).unwrap();
    for (topic, protocol, endpoint, reason) in [
        ("orders.fifo", "http", URL, "FIFO topics deliver to SQS queues only"),
        ("orders.fifo", "https", "https://127.0.0.1/", "FIFO topics deliver to SQS queues only"),
        ("orders", "https", "http://127.0.0.1/", "it must begin with https://"),
        ("orders", "http", "https://127.0.0.1/", "it must begin with http://"),
        ("orders", "http", "ftp://127.0.0.1/", "it must begin with http://"),
    ] {
        let input = json!({ "TopicArn": topic_arn(topic), "Protocol": protocol,
            "Endpoint": endpoint });
        let refusal = world.call("Subscribe", &input).unwrap_err();
        assert!(refusal.message.contains(reason), "{}", refusal.message);
    }
}

#[test]
fn what_was_written_before_there_were_urls_still_opens() {
    use super::model::{Protocol, Recipient};
    use super::{Endpoint, Subscribe, SubscriptionPatch, TopicKey};
    use kernel::{Arn, Uuid, codec};
    use minicbor::Encode;

    #[derive(Encode)]
    struct OldRecipient {
        #[n(0)]
        subscription: Uuid,
        #[n(1)]
        protocol: Protocol,
        #[n(2)]
        endpoint: Arn,
        #[n(3)]
        is_raw: bool,
        #[n(4)]
        base_url: String,
    }
    let arn = Arn::parse("arn:aws:sqs:us-east-1:000000000000:q").unwrap();
    let topic = TopicKey::from_arn(&Arn::parse(&topic_arn("orders")).unwrap()).unwrap();
    let old = OldRecipient {
        subscription: Uuid([7; 16]),
        protocol: Protocol::Sqs,
        endpoint: arn.clone(),
        is_raw: true,
        base_url: "http://localhost".to_owned(),
    };
    let recipient: Recipient = codec::from_bytes(&codec::to_bytes(&old));
    assert_eq!(recipient.endpoint, Endpoint::Resource(arn.clone()));
    assert_eq!(codec::to_bytes(&recipient), codec::to_bytes(&old), "and is written the same");

    let new = Subscribe {
        topic,
        protocol: Protocol::Sqs,
        endpoint: Endpoint::Resource(arn),
        attributes: SubscriptionPatch::default(),
        principal: String::new(),
        base_url: String::new(),
        returns_arn: false,
    };
    // The last field, one byte, was not there: a list of seven becomes one of six.
    let mut bytes = codec::to_bytes(&new).to_vec();
    assert_eq!((bytes[0], bytes.pop()), (0x87, Some(0xf4)));
    bytes[0] = 0x86;
    assert_eq!(codec::from_bytes::<Subscribe>(&bytes), new);
}
