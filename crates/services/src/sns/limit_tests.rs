//! Every limit at its edge: what just fits is taken, and one more is refused by AWS's name. Those
//! of accounts, pages and filter policies stand with their code.

use super::script::{World, topic_arn};
use kernel::Timestamp;
use serde_json::{Value, json};
use tidemill_kernel as kernel;

const INVALID: &str = "InvalidParameterException";
const INVALID_VALUE: &str = "InvalidParameterValueException";

/// A topic, a FIFO topic, and a subscription of each kind.
struct Topics {
    world: World,
    queue: Value,
    endpoint: Value,
}

impl Topics {
    fn new() -> Topics {
        let mut world = World::default();
        world.compares_rows = false;
        world.call("CreateTopic", &json!({ "Name": "orders" })).unwrap();
        let fifo = json!({ "Name": "orders.fifo", "Attributes": { "FifoTopic": "true" } });
        world.call("CreateTopic", &fifo).unwrap();
        let mut subscribe = |protocol: &str, endpoint: &str| {
            let input = json!({ "TopicArn": topic_arn("orders"), "Protocol": protocol,
                "Endpoint": endpoint, "ReturnSubscriptionArn": true });
            world.call("Subscribe", &input).unwrap()["SubscriptionArn"].take()
        };
        let queue = subscribe("sqs", "arn:aws:sqs:us-east-1:000000000000:q");
        let endpoint = subscribe("http", "http://127.0.0.1:9/");
        Topics { world, queue, endpoint }
    }

    fn call(&mut self, operation: &str, input: &Value) -> Option<String> {
        self.world.call(operation, input).err().map(|refusal| refusal.shape.into_owned())
    }
}

/// A limit: the operation, its input for a size, what just fits, and how one more is refused.
type Limit = (&'static str, &'static str, fn(&Topics, usize) -> Value, usize, &'static str);

/// Asks for what just fits and for one more.
fn check(limits: &[Limit]) {
    for (what, operation, input, limit, refusal) in limits {
        let mut topics = Topics::new();
        let fits = input(&topics, *limit);
        assert_eq!(topics.call(operation, &fits), None, "{what}: {limit} fit");
        let mut topics = Topics::new();
        let more = input(&topics, *limit + 1);
        let refused = topics.call(operation, &more);
        assert_eq!(refused.as_deref(), Some(*refusal), "{what}: {limit} and one more");
    }
}

fn text(length: usize) -> String {
    "x".repeat(length)
}

fn publish(more: &Value) -> Value {
    let mut input = json!({ "TopicArn": topic_arn("orders"), "Message": "m" });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

fn batch(entries: impl IntoIterator<Item = (String, usize)>) -> Value {
    let entries = entries.into_iter();
    let entries: Vec<Value> =
        entries.map(|(id, bytes)| json!({ "Id": id, "Message": text(bytes) })).collect();
    json!({ "TopicArn": topic_arn("orders"), "PublishBatchRequestEntries": entries })
}

#[test]
fn messages() {
    check(&[
        (
            "bytes of a message",
            "Publish",
            |_, bytes| publish(&json!({ "Message": text(bytes) })),
            262_144,
            INVALID,
        ),
        (
            "bytes of a message in characters of three",
            "Publish",
            |_, thirds| publish(&json!({ "Message": "€".repeat(thirds) })),
            262_144 / 3,
            INVALID,
        ),
        (
            "bytes of a message with all of its texts",
            "Publish",
            |_, bytes| {
                let message = json!({ "default": "d", "sqs": "" }).to_string();
                let rest = text(bytes - message.len());
                publish(&json!({ "MessageStructure": "json",
                    "Message": json!({ "default": "d", "sqs": rest }).to_string() }))
            },
            262_144,
            INVALID,
        ),
        (
            "bytes of a message with its attributes",
            "Publish",
            // Name, type and value count: 1 + 6 + 3 bytes.
            |_, bytes| {
                publish(&json!({ "Message": text(bytes - 10), "MessageAttributes":
                    { "a": { "DataType": "Binary", "BinaryValue": "AAAA" } } }))
            },
            262_144,
            INVALID,
        ),
    ]);
}

#[test]
fn what_comes_with_messages() {
    check(&[
        (
            "characters of a subject",
            "Publish",
            |_, characters| publish(&json!({ "Subject": "ü".repeat(characters) })),
            100,
            INVALID,
        ),
        (
            "characters of a message group id",
            "Publish",
            |_, length| publish(&json!({ "MessageGroupId": text(length) })),
            128,
            INVALID,
        ),
        (
            "characters of a deduplication id",
            "Publish",
            |_, length| {
                publish(&json!({ "TopicArn": topic_arn("orders.fifo"), "MessageGroupId": "g",
                    "MessageDeduplicationId": text(length) }))
            },
            128,
            INVALID,
        ),
        (
            "bytes of an attribute's name",
            "Publish",
            |_, length| {
                publish(&json!({ "MessageAttributes":
                    { text(length): { "DataType": "String", "StringValue": "x" } } }))
            },
            256,
            INVALID_VALUE,
        ),
    ]);
}

#[test]
fn batches() {
    check(&[
        (
            "bytes of a batch",
            "PublishBatch",
            |_, bytes| {
                batch((0..10).map(|id| (id.to_string(), if id == 0 { bytes - 9 } else { 1 })))
            },
            262_144,
            "BatchRequestTooLongException",
        ),
        (
            "entries of a batch",
            "PublishBatch",
            |_, count| batch((0..count).map(|id| (id.to_string(), 1))),
            10,
            "TooManyEntriesInBatchRequestException",
        ),
        (
            "characters of an entry's id",
            "PublishBatch",
            |_, length| batch([(text(length), 1)]),
            80,
            "InvalidBatchEntryIdException",
        ),
    ]);
}

/// A policy with as many characters as it shall have, once it is in the form it is kept in.
fn policy(length: usize) -> String {
    let policy = |filling: &str| {
        json!({ "Statement": [{ "Action": "SNS:Publish", "Effect": "Allow",
            "Principal": { "AWS": "*" }, "Sid": filling }] })
        .to_string()
    };
    policy(&text(length - policy("").len()))
}

#[test]
fn topics() {
    check(&[
        (
            "characters of a name",
            "CreateTopic",
            |_, length| json!({ "Name": text(length) }),
            256,
            INVALID,
        ),
        (
            "characters of a FIFO topic's name",
            "CreateTopic",
            |_, length| {
                json!({ "Name": format!("{}.fifo", text(length - 5)),
                    "Attributes": { "FifoTopic": "true" } })
            },
            256,
            INVALID,
        ),
        (
            "characters of a display name",
            "SetTopicAttributes",
            |_, characters| set_topic("DisplayName", &"ü".repeat(characters)),
            100,
            INVALID,
        ),
        (
            "bytes of a policy",
            "SetTopicAttributes",
            |_, length| set_topic("Policy", &policy(length)),
            30_720,
            INVALID,
        ),
        (
            "bytes of a new topic's policy",
            "CreateTopic",
            |_, length| json!({ "Name": "new", "Attributes": { "Policy": policy(length) } }),
            30_720,
            INVALID,
        ),
        (
            "tags",
            "TagResource",
            |_, count| {
                let tags = (0..count).map(|n| json!({ "Key": n.to_string(), "Value": "" }));
                json!({ "ResourceArn": topic_arn("orders"), "Tags": tags.collect::<Vec<_>>() })
            },
            50,
            "TagLimitExceededException",
        ),
        (
            "characters of a tag's key",
            "TagResource",
            |_, length| {
                json!({ "ResourceArn": topic_arn("orders"),
                    "Tags": [{ "Key": text(length), "Value": "" }] })
            },
            128,
            "ValidationError",
        ),
        (
            "characters of a tag's value",
            "TagResource",
            |_, length| {
                json!({ "ResourceArn": topic_arn("orders"),
                    "Tags": [{ "Key": "k", "Value": text(length) }] })
            },
            256,
            "ValidationError",
        ),
    ]);
}

fn set_topic(name: &str, value: &str) -> Value {
    json!({ "TopicArn": topic_arn("orders"), "AttributeName": name, "AttributeValue": value })
}

/// Statements that are added one by one meet the limit of the whole.
#[test]
fn a_policy_grows_to_its_limit_by_permissions() {
    let mut topics = Topics::new();
    let mut add = |label: &str| {
        let input = json!({ "TopicArn": topic_arn("orders"), "Label": label,
            "AWSAccountId": ["111122223333"], "ActionName": ["Publish"] });
        topics.call("AddPermission", &input)
    };
    let labels = (0..).map(|number| format!("{number:0>4}{}", text(4_000)));
    let mut added = 0;
    let refused = labels.map(|label| add(&label)).find_map(|refusal| {
        added += u32::from(refusal.is_none());
        refusal
    });
    assert_eq!((added, refused.as_deref()), (7, Some(INVALID)));
    assert_eq!(add("short"), None, "what still fits is taken");
}

fn set_subscription(arn: &Value, name: &str, value: &str) -> Value {
    json!({ "SubscriptionArn": arn, "AttributeName": name, "AttributeValue": value })
}

/// Sets a retry policy of an endpoint.
fn retry(topics: &Topics, policy: &Value) -> Value {
    let policy = json!({ "healthyRetryPolicy": policy }).to_string();
    set_subscription(&topics.endpoint, "DeliveryPolicy", &policy)
}

#[test]
fn endpoints() {
    check(&[(
        "characters of a URL",
        "Subscribe",
        |_, length| {
            let url = format!("http://127.0.0.1:9/{}", text(length - 19));
            json!({ "TopicArn": topic_arn("orders"), "Protocol": "http", "Endpoint": url })
        },
        2_048,
        INVALID,
    )]);
}

#[test]
fn retries() {
    check(&[
        (
            "retries over HTTP",
            "SetSubscriptionAttributes",
            |topics, count| {
                retry(
                    topics,
                    &json!({ "numRetries": count, "minDelayTarget": 1,
                "maxDelayTarget": 1 }),
                )
            },
            100,
            INVALID,
        ),
        (
            "seconds between two retries",
            "SetSubscriptionAttributes",
            |topics, seconds| {
                retry(
                    topics,
                    &json!({ "numRetries": 1, "numMaxDelayRetries": 1,
                "maxDelayTarget": seconds }),
                )
            },
            3_600,
            INVALID,
        ),
        (
            "seconds of all retries",
            "SetSubscriptionAttributes",
            |topics, seconds| {
                retry(
                    topics,
                    &json!({ "numRetries": 2, "numMinDelayRetries": 1,
                "numMaxDelayRetries": 1, "minDelayTarget": 1_800,
                "maxDelayTarget": seconds - 1_800 }),
                )
            },
            3_600,
            INVALID,
        ),
        (
            "seconds of all retries of a topic",
            "SetTopicAttributes",
            |_, seconds| {
                let policy = json!({ "numRetries": 2, "numMinDelayRetries": 1,
                    "numMaxDelayRetries": 1, "minDelayTarget": 1_800,
                    "maxDelayTarget": seconds - 1_800 });
                let policy = json!({ "http": { "defaultHealthyRetryPolicy": policy } });
                set_topic("DeliveryPolicy", &policy.to_string())
            },
            3_600,
            INVALID,
        ),
    ]);
}

#[test]
fn filter_policies() {
    check(&[
        (
            "keys of a filter policy",
            "SetSubscriptionAttributes",
            |topics, count| {
                let keys = (0..count).map(|n| (format!("k{n}"), json!(["v"])));
                let policy = Value::Object(keys.collect()).to_string();
                set_subscription(&topics.queue, "FilterPolicy", &policy)
            },
            5,
            INVALID,
        ),
        (
            "combinations of a filter policy",
            "SetSubscriptionAttributes",
            |topics, count| {
                let values: Vec<_> = (0..count).map(|n| n.to_string()).collect();
                let policy = json!({ "a": values }).to_string();
                set_subscription(&topics.queue, "FilterPolicy", &policy)
            },
            150,
            INVALID,
        ),
        (
            "bytes of a filter policy",
            "SetSubscriptionAttributes",
            |topics, length| {
                let policy = format!("{{\"a\":[\"{}\"]}}", text(length - 10));
                set_subscription(&topics.queue, "FilterPolicy", &policy)
            },
            262_144,
            INVALID,
        ),
    ]);
}

/// The least that is taken, and one less.
#[test]
fn what_may_not_be_nothing() {
    for (name, least) in [("minDelayTarget", 1), ("maxDelayTarget", 1), ("numRetries", 0)] {
        let mut topics = Topics::new();
        let policy = |number: i64| json!({ "minDelayTarget": 1, name: number });
        let fits = retry(&topics, &policy(least));
        assert_eq!(topics.call("SetSubscriptionAttributes", &fits), None, "{name}");
        let less = retry(&topics, &policy(least - 1));
        let refused = topics.call("SetSubscriptionAttributes", &less);
        assert_eq!(refused.as_deref(), Some(INVALID), "{name}");
    }
    let mut topics = Topics::new();
    for (per_second, refusal) in [(1, None), (0, Some(INVALID))] {
        let policy = json!({ "throttlePolicy": { "maxReceivesPerSecond": per_second } });
        let input = set_subscription(&topics.endpoint, "DeliveryPolicy", &policy.to_string());
        let refused = topics.call("SetSubscriptionAttributes", &input);
        assert_eq!(refused.as_deref(), refusal, "{per_second}");
    }
    for (message, refusal) in [("m", None), ("", Some(INVALID))] {
        let refused = topics.call("Publish", &publish(&json!({ "Message": message })));
        assert_eq!(refused.as_deref(), refusal);
    }
    for (entries, refusal) in [(1, None), (0, Some("EmptyBatchRequestException"))] {
        let input = batch((0..entries).map(|id: u32| (id.to_string(), 1)));
        assert_eq!(topics.call("PublishBatch", &input).as_deref(), refusal);
    }
}

/// In the last millisecond of two days a token still confirms.
#[test]
fn a_token_is_good_for_two_days_to_the_millisecond() {
    const AGE_MAX: u64 = 2 * 24 * 60 * 60 * 1000;
    for (now, refusal) in [(AGE_MAX, None), (AGE_MAX + 1, Some(INVALID))] {
        let Topics { mut world, .. } = Topics::new();
        let asked = world.posts.pop().unwrap();
        let token = super::http_tests::token_of(&world, &asked);
        world.now = Timestamp(now);
        let input = json!({ "TopicArn": topic_arn("orders"), "Token": token });
        let refused = world.call("ConfirmSubscription", &input).err();
        assert_eq!(refused.as_ref().map(|refusal| refusal.shape.as_ref()), refusal, "{now}");
    }
}
