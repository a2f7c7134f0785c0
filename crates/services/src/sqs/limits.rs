//! Every limit of SQS, at it and one past it, through the door that a client uses.

use super::chunk::Entry;
use super::model::{IN_FLIGHT_MAX, QueueKey};
use super::script::{World, arn, caller, url};
use kernel::{Millis, Timestamp};
use serde_json::{Value, json};
use tidemill_kernel as kernel;

/// Calls `operation` with what `input` makes of the limit, and of one more: then it is refused.
fn check(
    world: &mut World,
    operation: &str,
    limit: usize,
    input: impl Fn(usize) -> Value,
    refusal: &str,
) {
    let at_limit = world.call(operation, &input(limit));
    assert!(at_limit.is_ok(), "{operation} at {limit}: {at_limit:?}");
    let error = world.call(operation, &input(limit + 1)).expect_err("one past the limit");
    let code = error.query_code.as_ref().unwrap_or(&error.shape);
    let shown = format!("{code}: {}", error.message);
    assert!(shown.contains(refusal), "{operation} past {limit}: {shown}");
}

fn world() -> World {
    let mut world = World::default();
    world.now = Timestamp(1_700_000_000_000);
    world.call("CreateQueue", &json!({ "QueueName": "orders" })).unwrap();
    let fifo = json!({ "FifoQueue": "true", "ContentBasedDeduplication": "true" });
    let input = json!({ "QueueName": "orders.fifo", "Attributes": fifo });
    world.call("CreateQueue", &input).unwrap();
    world
}

#[test]
fn names_and_ids_keep_to_their_lengths() {
    let mut world = world();
    let x = |count: usize| "x".repeat(count);
    check(&mut world, "CreateQueue", 80, |length| json!({ "QueueName": x(length) }), "1 to 80 in");
    check(
        &mut world,
        "CreateQueue",
        80,
        |length| {
            let name = format!("{}.fifo", x(length - 5));
            json!({ "QueueName": name, "Attributes": { "FifoQueue": "true" } })
        },
        "must end with .fifo suffix and be 1 to 80",
    );
    let send = |name: &str, id: String| {
        let mut input = json!({
            "QueueUrl": url("orders.fifo"), "MessageBody": "a", "MessageGroupId": "g",
        });
        input[name] = json!(id);
        input
    };
    check(
        &mut world,
        "SendMessage",
        128,
        |n| send("MessageGroupId", x(n)),
        "parameter MessageGroupId",
    );
    // In a standard queue it is for fairness, and just as long.
    check(
        &mut world,
        "SendMessage",
        128,
        |n| json!({ "QueueUrl": url("orders"), "MessageBody": "a", "MessageGroupId": x(n) }),
        "parameter MessageGroupId",
    );
    check(
        &mut world,
        "SendMessage",
        128,
        |n| send("MessageDeduplicationId", x(n)),
        "parameter MessageDeduplicationId",
    );
    check(
        &mut world,
        "ReceiveMessage",
        128,
        |n| json!({ "QueueUrl": url("orders.fifo"), "ReceiveRequestAttemptId": x(n) }),
        "parameter ReceiveRequestAttemptId",
    );
    let batch = |id: String| json!([{ "Id": id, "MessageBody": "a" }]);
    check(
        &mut world,
        "SendMessageBatch",
        80,
        |n| json!({ "QueueUrl": url("orders"), "Entries": batch(x(n)) }),
        "InvalidBatchEntryId",
    );
    for (id, is_legal) in [("azAZ09_-", true), ("", false), ("a.b", false), ("é", false)] {
        let input = json!({ "QueueUrl": url("orders"), "Entries": batch(id.to_owned()) });
        let told = world.call("SendMessageBatch", &input).map_err(|error| error.shape);
        assert_eq!(told.is_ok(), is_legal, "{id}: {told:?}");
    }
}

/// The characters of XML 1.0: the query protocol must be able to carry them.
#[test]
fn bodies_keep_to_their_characters() {
    let mut world = world();
    for (first, last) in [
        ('\u{9}', '\u{a}'),
        ('\u{d}', '\u{d}'),
        ('\u{20}', '\u{d7ff}'),
        ('\u{e000}', '\u{fffd}'),
        ('\u{10000}', '\u{10ffff}'),
    ] {
        // Between the ranges around the surrogates, and behind the last, there is no character.
        let before = char::from_u32(u32::from(first) - 1);
        let after = char::from_u32(u32::from(last) + 1);
        let mut send = |body: char| {
            let input = json!({ "QueueUrl": url("orders"), "MessageBody": body.to_string() });
            world.call("SendMessage", &input).map(|_| ()).map_err(|error| error.shape.into_owned())
        };
        assert_eq!([send(first), send(last)], [Ok(()), Ok(())], "{first:?} to {last:?}");
        for outside in before.into_iter().chain(after) {
            assert_eq!(send(outside), Err("InvalidMessageContents".to_owned()), "{outside:?}");
        }
    }
}

#[test]
fn messages_keep_to_their_sizes() {
    let mut world = world();
    let x = |count: usize| "x".repeat(count);
    let queue = url("orders");
    let send = |body: String, attributes: Value| {
        let mut input = json!({ "QueueUrl": queue, "MessageBody": body });
        input["MessageAttributes"] = attributes;
        input
    };
    let text = |value: String| json!({ "DataType": "String", "StringValue": value });
    check(&mut world, "SendMessage", 1_048_576, |n| send(x(n), json!({})), "shorter than 1048576");
    // A queue may allow less, and then that is its limit.
    let attributes = json!({ "MaximumMessageSize": "1024" });
    world.call("CreateQueue", &json!({ "QueueName": "notes", "Attributes": attributes })).unwrap();
    check(
        &mut world,
        "SendMessage",
        1024,
        |n| json!({ "QueueUrl": url("notes"), "MessageBody": x(n) }),
        "shorter than 1024",
    );
    // The name, the type and the value of an attribute count.
    check(
        &mut world,
        "SendMessage",
        1_048_576,
        |n| send(x(n - 1 - 6 - 3), json!({ "k": text(x(3)) })),
        "shorter than 1048576",
    );
    // A system attribute does not.
    let mut input = send(x(1_048_576), json!({}));
    input["MessageSystemAttributes"] = json!({ "AWSTraceHeader": text("Root=1".to_owned()) });
    world.call("SendMessage", &input).unwrap();
    check(
        &mut world,
        "SendMessage",
        10,
        |n| {
            let names = (0..n).map(|number| (format!("k{number}"), text("v".to_owned())));
            send("a".to_owned(), names.collect::<serde_json::Map<_, _>>().into())
        },
        "attributes [11] exceeds the allowed maximum [10]",
    );
    check(
        &mut world,
        "SendMessage",
        256,
        |n| send("a".to_owned(), json!({ x(n): text("v".to_owned()) })),
        "attribute name",
    );
    check(
        &mut world,
        "SendMessage",
        256,
        |n| {
            let data_type = format!("String.{}", x(n - 7));
            let value = json!({ "DataType": data_type, "StringValue": "v" });
            send("a".to_owned(), json!({ "k": value }))
        },
        "type of 1 to 256",
    );
}

#[test]
fn batches_have_ten_entries() {
    let mut world = world();
    let receipt = "A".repeat(51);
    for (operation, entry) in [
        ("SendMessageBatch", json!({ "MessageBody": "a" })),
        ("DeleteMessageBatch", json!({ "ReceiptHandle": receipt })),
        (
            "ChangeMessageVisibilityBatch",
            json!({ "ReceiptHandle": receipt, "VisibilityTimeout": 1 }),
        ),
    ] {
        let entry = |id: usize| {
            let mut entry = entry.clone();
            entry["Id"] = json!(id.to_string());
            entry
        };
        check(
            &mut world,
            operation,
            10,
            |n| {
                let entries: Vec<Value> = (0..n).map(entry).collect();
                json!({ "QueueUrl": url("orders"), "Entries": entries })
            },
            "You have sent 11",
        );
    }
}

#[test]
fn attributes_keep_to_their_ranges() {
    let mut world = world();
    for (name, min, max) in [
        ("VisibilityTimeout", 0, 43_200),
        ("MaximumMessageSize", 1024, 1_048_576),
        ("MessageRetentionPeriod", 60, 1_209_600),
        ("DelaySeconds", 0, 900),
        ("ReceiveMessageWaitTimeSeconds", 0, 20),
        ("KmsDataKeyReusePeriodSeconds", 60, 86_400),
    ] {
        let mut set = |value: i64| {
            let attributes = json!({ name: value.to_string() });
            let input = json!({ "QueueUrl": url("orders"), "Attributes": attributes });
            world.call("SetQueueAttributes", &input).map_err(|error| error.shape.into_owned())
        };
        let invalid = || Err("InvalidAttributeValue".to_owned());
        assert_eq!([set(min), set(max)], [Ok(json!({})), Ok(json!({}))], "{name}");
        assert_eq!([set(min - 1), set(max + 1)], [invalid(), invalid()], "{name}");
    }
}

#[test]
fn parameters_keep_to_their_ranges() {
    let mut world = world();
    let dlq = json!({ "deadLetterTargetArn": arn("orders"), "maxReceiveCount": 1 }).to_string();
    let input = json!({ "QueueName": "source", "Attributes": { "RedrivePolicy": dlq } });
    world.call("CreateQueue", &input).unwrap();
    let to_queue = json!({ "QueueUrl": url("orders") });
    let message = json!({ "QueueUrl": url("orders"), "MessageBody": "a" });
    let from_queue = json!({ "SourceArn": arn("orders") });
    for (operation, input, name, min, max) in [
        ("ReceiveMessage", &to_queue, "MaxNumberOfMessages", 1, 10),
        ("ReceiveMessage", &to_queue, "VisibilityTimeout", 0, 43_200),
        ("ReceiveMessage", &to_queue, "WaitTimeSeconds", 0, 20),
        ("SendMessage", &message, "DelaySeconds", 0, 900),
        ("ListQueues", &json!({}), "MaxResults", 1, 1000),
        ("ListDeadLetterSourceQueues", &to_queue, "MaxResults", 1, 1000),
        ("ListMessageMoveTasks", &from_queue, "MaxResults", 1, 10),
        ("StartMessageMoveTask", &from_queue, "MaxNumberOfMessagesPerSecond", 1, 500),
    ] {
        let mut call = |value: i64| {
            let mut input = input.clone();
            input[name] = json!(value);
            world.now.0 += 10_000;
            world.tick();
            let reply = world.call(operation, &input);
            reply.map(|_| ()).map_err(|error| error.message)
        };
        assert_eq!([call(min), call(max)], [Ok(()), Ok(())], "{operation} {name}");
        for value in [min - 1, max + 1] {
            let refusal = call(value).expect_err("out of range");
            let begins = format!("Value {value} for parameter {name} is invalid. Reason: ");
            assert!(refusal.starts_with(&begins), "{refusal}");
        }
    }
}

#[test]
fn documents_keep_to_their_sizes() {
    let mut world = world();
    let set = |name: &str, value: &Value| {
        let attributes = json!({ name: value.to_string() });
        json!({ "QueueUrl": url("orders"), "Attributes": attributes })
    };
    let operation = "SetQueueAttributes";
    let policy = |statements: Vec<Value>| set("Policy", &json!({ "Statement": statements }));
    let bare = json!({ "Statement": [], "Id": "" }).to_string().len();
    check(
        &mut world,
        operation,
        8192,
        |n| set("Policy", &json!({ "Statement": [], "Id": "x".repeat(n - bare) })),
        "at most 8192 bytes",
    );
    check(
        &mut world,
        operation,
        20,
        |n| policy(vec![json!({}); n]),
        "at most 20 statements, not 21",
    );
    check(
        &mut world,
        operation,
        50,
        |n| policy(vec![json!({ "Principal": { "AWS": vec!["*"; n - 1], "Service": "x" } })]),
        "at most 50 principals, not 51",
    );
    check(
        &mut world,
        operation,
        10,
        |n| {
            let condition = json!({ "Condition": { "StringEquals": { "aws:a": "b" } } });
            policy(vec![condition; n])
        },
        "at most 10 conditions, not 11",
    );
    check(
        &mut world,
        operation,
        7,
        |n| policy(vec![json!({ "Action": vec!["*"; n] })]),
        "at most 7 actions in a statement, not 8",
    );
    check(
        &mut world,
        operation,
        10,
        |n| {
            let sources = vec![arn("source"); n];
            let policy = json!({ "redrivePermission": "byQueue", "sourceQueueArns": sources });
            set("RedriveAllowPolicy", &policy)
        },
        "byQueue takes 1 to 10",
    );
    world.call("CreateQueue", &json!({ "QueueName": "dlq" })).unwrap();
    check(
        &mut world,
        operation,
        1000,
        |n| {
            let policy = json!({ "deadLetterTargetArn": arn("dlq"), "maxReceiveCount": n });
            set("RedrivePolicy", &policy)
        },
        "from 1 to 1000",
    );
}

#[test]
fn tags_and_permissions_keep_to_their_numbers() {
    let mut world = world();
    let x = |count: usize| "x".repeat(count);
    let tags = |tags: Value| json!({ "QueueUrl": url("orders"), "Tags": tags });
    check(
        &mut world,
        "TagQueue",
        50,
        |n| {
            let names = (0..n).map(|number| (format!("k{number}"), json!("v")));
            tags(names.collect::<serde_json::Map<_, _>>().into())
        },
        "tags added for queue: 51",
    );
    let fifo = |tags: Value| json!({ "QueueUrl": url("orders.fifo"), "Tags": tags });
    check(&mut world, "TagQueue", 128, |n| fifo(json!({ x(n): "v" })), "between 1 and 128");
    check(&mut world, "TagQueue", 256, |n| fifo(json!({ "k": x(n) })), "between 0 and 256");
    let permit = |label: String, accounts: usize, actions: usize| {
        json!({
            "QueueUrl": url("orders"),
            "Label": label,
            "AWSAccountIds": vec!["111122223333"; accounts],
            "Actions": vec!["SendMessage"; actions],
        })
    };
    let operation = "AddPermission";
    check(&mut world, operation, 80, |n| permit(x(n), 1, 1), "parameter Label");
    check(
        &mut world,
        operation,
        7,
        |n| permit(format!("actions{n}"), 1, n),
        "OverLimit: 8 Actions",
    );
    // One account was named before, and one.
    check(
        &mut world,
        operation,
        48,
        |n| permit(format!("accounts{n}"), n, 1),
        "OverLimit: A policy has at most 50 principals",
    );
}

#[test]
fn a_receive_attempt_is_remembered_for_five_minutes() {
    for (now, again) in [(299_999, 1), (300_000, 0)] {
        let mut world = world();
        let started = world.now.0;
        let mut call = |now: u64, operation: &str, input: Value| {
            world.now = Timestamp(started + now);
            world.call(operation, &input).unwrap()
        };
        let message = json!({
            "QueueUrl": url("orders.fifo"), "MessageBody": "a", "MessageGroupId": "g",
        });
        call(0, "SendMessage", message);
        let receive = json!({
            "QueueUrl": url("orders.fifo"), "ReceiveRequestAttemptId": "try",
            "VisibilityTimeout": 600,
        });
        let count = |reply: &Value| reply["Messages"].as_array().map_or(0, Vec::len);
        assert_eq!(count(&call(0, "ReceiveMessage", receive.clone())), 1);
        assert_eq!(count(&call(now, "ReceiveMessage", receive.clone())), again, "at {now}");
    }
}

#[test]
fn a_message_has_a_body_and_a_redrive_policy_its_default() {
    let mut world = world();
    let send = |body: &str| json!({ "QueueUrl": url("orders"), "MessageBody": body });
    world.call("SendMessage", &send("a")).unwrap();
    let refusal = world.call("SendMessage", &send("")).unwrap_err();
    assert_eq!(refusal.shape, "MissingRequiredParameterException");
    let policy = json!({ "deadLetterTargetArn": arn("orders") }).to_string();
    let input = json!({ "QueueName": "source", "Attributes": { "RedrivePolicy": policy } });
    world.call("CreateQueue", &input).unwrap();
    let input = json!({ "QueueUrl": url("source"), "AttributeNames": ["RedrivePolicy"] });
    let told = world.call("GetQueueAttributes", &input).unwrap();
    let policy = told["Attributes"]["RedrivePolicy"].as_str().unwrap();
    assert!(policy.contains("\"maxReceiveCount\":10"), "{policy}");
}

/// AWS moves a message when its receive count exceeds the policy's, so after the tenth receive.
#[test]
fn a_message_is_received_ten_times_before_it_is_a_dead_letter() {
    let mut world = world();
    let policy = json!({ "deadLetterTargetArn": arn("orders") }).to_string();
    let input = json!({ "QueueName": "source", "Attributes": { "RedrivePolicy": policy } });
    world.call("CreateQueue", &input).unwrap();
    world.call("SendMessage", &json!({ "QueueUrl": url("source"), "MessageBody": "a" })).unwrap();
    let mut receive = |name: &str| {
        let input = json!({ "QueueUrl": url(name), "VisibilityTimeout": 0 });
        let reply = world.call("ReceiveMessage", &input).unwrap();
        reply["Messages"].as_array().map_or(0, Vec::len)
    };
    for number in 1..=10 {
        assert_eq!((receive("source"), receive("orders")), (1, 0), "receive {number}");
    }
    assert_eq!((receive("source"), receive("orders")), (0, 1));
}

#[test]
fn a_page_of_queues_has_a_thousand() {
    let mut world = world();
    for number in 0..999 {
        world.call("CreateQueue", &json!({ "QueueName": format!("q{number}") })).unwrap();
    }
    // With the two that are there, one more than a page holds.
    let page = world.call("ListQueues", &json!({ "MaxResults": 1000 })).unwrap();
    assert_eq!(page["QueueUrls"].as_array().map(Vec::len), Some(1000));
    let input = json!({ "MaxResults": 1000, "NextToken": page["NextToken"] });
    let rest = world.call("ListQueues", &input).unwrap();
    assert_eq!(rest["QueueUrls"].as_array().map(Vec::len), Some(1));
    assert!(rest["NextToken"].is_null());
    // Without a page size AWS answers with the first thousand, and no token.
    let all = world.call("ListQueues", &json!({})).unwrap();
    assert_eq!(all["QueueUrls"].as_array().map(Vec::len), Some(1000));
    assert!(all["NextToken"].is_null());
}

/// Puts a queue one short of as many messages in flight as it may have.
fn fill(world: &mut World, name: &str) {
    let now = world.now;
    let key = QueueKey::of(&caller(), name);
    let queue = world.state.queue_mut(now, &key).unwrap();
    for number in 1..IN_FLIGHT_MAX {
        let groups = queue.messages.groups_mut();
        let group = groups.map_or(0, |groups| {
            groups.open(number + 1000, &number.to_string());
            number + 1000
        });
        let due = now.plus(Millis::from_seconds(600));
        queue.messages.push(Entry { receive_count: 1, ..Entry::new(now, due, group) });
    }
}

#[test]
fn at_120_000_in_flight_a_standard_queue_refuses_and_a_fifo_queue_is_silent() {
    for (name, refusal) in [
        ("orders", "OverLimit: The maximum number of in flight messages is reached: 120000."),
        ("orders.fifo", "{}"),
    ] {
        let mut world = world();
        fill(&mut world, name);
        for body in ["a", "b"] {
            let mut input = json!({ "QueueUrl": url(name), "MessageBody": body });
            if name.ends_with(".fifo") {
                input["MessageGroupId"] = json!(body);
            }
            world.call("SendMessage", &input).unwrap();
        }
        let mut receive = |wait: u32| {
            let input = json!({
                "QueueUrl": url(name), "MaxNumberOfMessages": 10, "WaitTimeSeconds": wait,
            });
            let reply = world.call("ReceiveMessage", &input);
            reply.map_err(|error| format!("{}: {}", error.shape, error.message))
        };
        let last = receive(0).unwrap();
        assert_eq!(last["Messages"].as_array().unwrap().len(), 1, "{name}: up to the limit");
        let shown = receive(0).map_or_else(|error| error, |reply| reply.to_string());
        assert_eq!(shown, refusal, "{name}: a short poll at the limit");
        let waits = receive(5).unwrap();
        assert_eq!(waits["wait"], 5000, "{name}: a long poll at the limit waits: {waits}");
    }
}
