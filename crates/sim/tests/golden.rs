//! A whole data directory is for ever: what a release wrote, every later one opens, and holds what
//! it held. The store has its own golden files for how bytes lie; this one is about what services
//! keep in them.
//!
//! `golden/<n>.zip` is a data directory, `golden/<n>.txt` what it says of itself through the real
//! codecs. None is ever changed. A change of what services keep adds another number to [`FORMATS`],
//! and `TIDEMILL_WRITE_GOLDEN=1 cargo test -p tidemill-sim --test golden` writes what is missing.
//!
//! 1. messages in chunks that are open, packed and cold, delayed, in flight, deleted, dead and on
//!    their way back; FIFO groups and duplicates; objects in the log, in blobs and in parts; a
//!    function with a mapping and a run under way; topics, FIFO and not, with subscribers of each
//!    kind and a post under way; a role; a log stream.

#[path = "golden/machine.rs"]
mod machine;

use machine::{Machine, START};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::{Cursor, Read as _, Write as _};
use std::path::{Path, PathBuf};
use tidemill_kernel::{Millis, PartitionId};
use tidemill_store::disk::{Disk as _, Open};
use tidemill_store::{MemoryDisk, verify};

/// Every format there has been, the one in force last.
const FORMATS: [u32; 1] = [1];
/// More than a chunk.
const DEEP: u64 = 4_150;

fn path(format: u32, extension: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    folder.join(format!("{format}.{extension}"))
}

fn sqs(machine: &mut Machine, operation: &str, queue: &str, more: Value) -> Value {
    let mut input = json!({"QueueUrl": format!("http://sim/000000000000/{queue}")});
    if let (Some(input), Value::Object(more)) = (input.as_object_mut(), more) {
        input.extend(more);
    }
    machine.sqs(operation, &input)
}

fn queue_arn(name: &str) -> String {
    format!("arn:aws:sqs:us-east-1:000000000000:{name}")
}

fn topic_arn(name: &str) -> String {
    format!("arn:aws:sns:us-east-1:000000000000:{name}")
}

fn make_queues(machine: &mut Machine) {
    let redrive = json!({"deadLetterTargetArn": queue_arn("dead"), "maxReceiveCount": 1});
    for (name, attributes) in [
        ("dead", json!({})),
        ("back", json!({})),
        ("orders", json!({"RedrivePolicy": redrive.to_string(), "VisibilityTimeout": "600"})),
        ("deep", json!({"MessageRetentionPeriod": "1209600"})),
        ("copies", json!({})),
        ("ledger.fifo", json!({"FifoQueue": "true"})),
        ("copies.fifo", json!({"FifoQueue": "true"})),
    ] {
        machine.sqs("CreateQueue", &json!({"QueueName": name, "Attributes": attributes}));
    }
    sqs(machine, "TagQueue", "orders", json!({"Tags": {"team": "payments"}}));
}

/// A chunk that is full and left alone, one that was touched, one that is still being filled.
fn fill_deep(machine: &mut Machine) {
    for first in (0..DEEP).step_by(10) {
        let entry = |n| json!({"Id": format!("e{n}"), "MessageBody": format!("deep {n}")});
        let entries: Vec<Value> = (first..DEEP.min(first + 10)).map(entry).collect();
        sqs(machine, "SendMessageBatch", "deep", json!({"Entries": entries}));
    }
}

fn fill_queues(machine: &mut Machine) {
    for n in 0..8 {
        let kind = json!({"kind": {"DataType": "String", "StringValue": format!("k{n}")}});
        let message = json!({"MessageBody": format!("order {n}"), "MessageAttributes": kind});
        sqs(machine, "SendMessage", "orders", message);
    }
    let later = json!({"MessageBody": "delayed", "DelaySeconds": 900});
    sqs(machine, "SendMessage", "orders", later);
    for n in 0..6 {
        let message = json!({
            "MessageBody": format!("entry {n}"),
            "MessageGroupId": format!("g{}", n % 2),
            // The last repeats the first.
            "MessageDeduplicationId": format!("d{}", n % 5),
        });
        sqs(machine, "SendMessage", "ledger.fifo", message);
    }
    // In flight, deleted, and received once too often.
    let received = receive(machine, "orders", 3);
    let [first, second, ..] = received.as_slice() else { panic!("three are there") };
    sqs(machine, "DeleteMessage", "orders", json!({"ReceiptHandle": first}));
    let release = json!({"ReceiptHandle": second, "VisibilityTimeout": 0});
    sqs(machine, "ChangeMessageVisibility", "orders", release);
    receive(machine, "orders", 10);
    receive(machine, "ledger.fifo", 1);
    let deep = receive(machine, "deep", 10);
    for handle in deep.iter().take(4) {
        sqs(machine, "DeleteMessage", "deep", json!({"ReceiptHandle": handle}));
    }
}

fn receive(machine: &mut Machine, queue: &str, count: u64) -> Vec<String> {
    let reply = sqs(machine, "ReceiveMessage", queue, json!({"MaxNumberOfMessages": count}));
    let messages = reply.get("Messages").and_then(Value::as_array).cloned().unwrap_or_default();
    messages.iter().map(|message| text(message, "ReceiptHandle")).collect()
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn make_functions(machine: &mut Machine) {
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }]});
    machine
        .iam("CreateRole", &[("RoleName", "r"), ("AssumeRolePolicyDocument", &trust.to_string())]);
    let function = json!({
        "FunctionName": "f",
        "Runtime": "python3.11",
        "Role": "arn:aws:iam::000000000000:role/r",
        "Handler": "app.handler",
        "Code": {"ZipFile": "UEsFBg=="},
        "Timeout": 9,
        "Environment": {"Variables": {"KEY": "v"}},
    });
    machine.lambda("CreateFunction", "POST /2015-03-31/functions", &function);
    let mapping = json!({
        "EventSourceArn": queue_arn("back"),
        "FunctionName": "f",
        "BatchSize": 10,
        "MaximumBatchingWindowInSeconds": 5,
    });
    machine.lambda("CreateEventSourceMapping", "POST /2015-03-31/event-source-mappings", &mapping);
    machine.invoke("f", b"{\"event\":1}");
}

fn make_topics(machine: &mut Machine) {
    machine.sns("CreateTopic", &json!({"Name": "news", "Attributes": {"DisplayName": "News"}}));
    let fifo = json!({"Name": "payments.fifo", "Attributes": {"FifoTopic": "true"}});
    machine.sns("CreateTopic", &fifo);
    for (topic, protocol, endpoint, attributes) in [
        ("news", "sqs", queue_arn("copies"), json!({"RawMessageDelivery": "true"})),
        ("news", "sqs", queue_arn("dead"), json!({"FilterPolicy": "{\"kind\":[\"none\"]}"})),
        (
            "news",
            "lambda",
            "arn:aws:lambda:us-east-1:000000000000:function:f".to_owned(),
            json!({}),
        ),
        ("news", "http", "http://receiver/in".to_owned(), json!({})),
        ("payments.fifo", "sqs", queue_arn("copies.fifo"), json!({})),
    ] {
        let input = json!({
            "TopicArn": topic_arn(topic),
            "Protocol": protocol,
            "Endpoint": endpoint,
            "Attributes": attributes,
            "ReturnSubscriptionArn": true,
        });
        machine.sns("Subscribe", &input);
    }
    for n in 0..3 {
        let message = json!({"TopicArn": topic_arn("news"), "Message": format!("news {n}")});
        machine.sns("Publish", &message);
        let message = json!({
            "TopicArn": topic_arn("payments.fifo"),
            "Message": format!("payment {n}"),
            "MessageGroupId": "g",
            "MessageDeduplicationId": format!("d{}", n / 2),
        });
        machine.sns("Publish", &message);
    }
}

/// Everything that is kept, in parts behind checkpoints and in parts in the log alone.
fn written() -> MemoryDisk {
    let disk = MemoryDisk::new();
    let mut machine = Machine::start(&disk);
    make_queues(&mut machine);
    fill_deep(&mut machine);
    machine.checkpoint();
    // What nobody touched between two checkpoints is cold.
    machine.pass(Millis::from_seconds(1));
    machine.put_objects();
    machine.checkpoint();
    fill_queues(&mut machine);
    make_functions(&mut machine);
    machine.checkpoint();
    make_topics(&mut machine);
    machine.logs("CreateLogGroup", &json!({"logGroupName": "app"}));
    machine.logs("CreateLogStream", &json!({"logGroupName": "app", "logStreamName": "one"}));
    let event = json!({"timestamp": START.0, "message": "hello"});
    let events = json!({"logGroupName": "app", "logStreamName": "one", "logEvents": [event]});
    machine.logs("PutLogEvents", &events);
    // Messages that were received once too often, one of them on its way back.
    machine.pass(Millis::from_seconds(601));
    receive(&mut machine, "orders", 10);
    let task = json!({
        "SourceArn": queue_arn("dead"),
        "DestinationArn": queue_arn("back"),
        "MaxNumberOfMessagesPerSecond": 1,
    });
    machine.sqs("StartMessageMoveTask", &task);
    machine.pass(Millis(10));
    machine.put_more_objects();
    sqs(&mut machine, "SendMessage", "deep", json!({"MessageBody": "in the log alone"}));
    let priority = json!({"tm.priority": {"DataType": "Number", "StringValue": "9"}});
    for body in ["in flight", "urgent"] {
        let message = json!({"MessageBody": body, "MessageAttributes": priority});
        sqs(&mut machine, "SendMessage", "orders", message);
        if body == "in flight" {
            receive(&mut machine, "orders", 1);
        }
    }
    disk.kill()
}

/// What a machine that starts from the disk holds, as its clients see it.
fn described(machine: &mut Machine) -> String {
    let mut out = String::new();
    let mut line = |what: String| writeln!(out, "{what}").expect("writing into memory");
    for queue in ["orders", "deep", "dead", "back", "copies", "ledger.fifo", "copies.fifo"] {
        let reply = sqs(machine, "GetQueueAttributes", queue, json!({"AttributeNames": ["All"]}));
        let of = |name: &str| text(reply.get("Attributes").unwrap_or(&Value::Null), name);
        line(format!(
            "{queue}: visible {} in flight {} delayed {} retention {} visibility {} redrive {}",
            of("ApproximateNumberOfMessages"),
            of("ApproximateNumberOfMessagesNotVisible"),
            of("ApproximateNumberOfMessagesDelayed"),
            of("MessageRetentionPeriod"),
            of("VisibilityTimeout"),
            of("RedrivePolicy"),
        ));
        machine.peek(queue).into_iter().for_each(&mut line);
    }
    line(format!("tags: {}", sqs(machine, "ListQueueTags", "orders", json!({}))));
    let tasks = json!({"SourceArn": queue_arn("dead")});
    let tasks = machine.sqs("ListMessageMoveTasks", &tasks);
    let task = tasks.pointer("/Results/0").cloned().unwrap_or_default();
    let (status, moved) = (text(&task, "Status"), task.get("ApproximateNumberOfMessagesMoved"));
    line(format!("move task: {status} {} {moved:?}", text(&task, "DestinationArn")));
    machine.objects().into_iter().for_each(&mut line);
    let function = machine.lambda(
        "GetFunctionConfiguration",
        "GET /2015-03-31/functions/f/configuration",
        &json!({}),
    );
    for name in ["Runtime", "Handler", "Timeout", "Environment", "CodeSha256"] {
        line(format!("function {name}: {}", function.get(name).cloned().unwrap_or_default()));
    }
    machine.runs().into_iter().for_each(&mut line);
    for topic in ["news", "payments.fifo"] {
        let input = json!({"TopicArn": topic_arn(topic)});
        let listed = machine.sns("ListSubscriptionsByTopic", &input);
        let listed = listed.get("Subscriptions").and_then(Value::as_array).cloned();
        for one in listed.unwrap_or_default() {
            line(format!("{topic}: {} {}", text(&one, "Protocol"), text(&one, "Endpoint")));
        }
    }
    let role = machine.iam("GetRole", &[("RoleName", "r")]);
    line(format!("role: {}", role.contains("<RoleName>r</RoleName>")));
    let events = json!({"logGroupName": "app", "logStreamName": "one"});
    let events = machine.logs("GetLogEvents", &events);
    line(format!("log: {}", events.pointer("/events/0/message").cloned().unwrap_or_default()));
    out
}

/// It goes on from where it was: everything is handed out, deleted, sent again.
fn lives_on(machine: &mut Machine) {
    machine.pass(Millis::from_seconds(3_600));
    let found = receive(machine, "deep", 10);
    assert_eq!(found.len(), 10, "they are all visible again");
    for handle in found {
        sqs(machine, "DeleteMessage", "deep", json!({"ReceiptHandle": handle}));
    }
    let task = json!({"SourceArn": queue_arn("dead")});
    let tasks = machine.sqs("ListMessageMoveTasks", &task);
    let status = tasks.pointer("/Results/0/Status").and_then(Value::as_str);
    assert_eq!(status, Some("COMPLETED"));
    let message = json!({
        "MessageBody": "again",
        "MessageGroupId": "g0",
        "MessageDeduplicationId": "new",
    });
    sqs(machine, "SendMessage", "ledger.fifo", message);
    machine.checkpoint();
}

fn zipped(disk: &MemoryDisk) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in disk.files() {
        let mut contents = vec![0; usize::try_from(bytes).expect("it is in memory")];
        let file = disk.open(&path, Open::Read).expect("it was listed");
        file.read_exact_at(&mut contents, 0).expect("an honest disk");
        let name = path.to_string_lossy().trim_start_matches('/').to_owned();
        let options = zip::write::SimpleFileOptions::default().compression_level(Some(9));
        writer.start_file(name, options).expect("a legal name");
        writer.write_all(&contents).expect("memory takes everything");
    }
    writer.finish().expect("memory takes everything").into_inner()
}

fn unzipped(bytes: &[u8]) -> MemoryDisk {
    let disk = MemoryDisk::new();
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a golden file");
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).expect("it is there");
        let path = Path::new("/").join(entry.name().expect("a legal name").as_ref());
        let mut contents = Vec::new();
        entry.read_to_end(&mut contents).expect("a golden file");
        disk.create_dir_all(path.parent().expect("it lies somewhere")).expect("an honest disk");
        let file = disk.open(&path, Open::Create).expect("each is there once");
        file.write_all_at(&contents, 0).expect("an honest disk");
    }
    // An archive holds no empty folders.
    for id in PartitionId::all() {
        let folder = Path::new("/data/p").join(format!("{:02}", id.0));
        disk.create_dir_all(&folder).expect("an honest disk");
    }
    disk
}

#[test]
fn a_golden_directory_holds_what_it_held_and_lives_on() {
    for format in FORMATS {
        let (archive, says) = (path(format, "zip"), path(format, "txt"));
        if std::env::var_os("TIDEMILL_WRITE_GOLDEN").is_some() && !archive.exists() {
            let disk = written();
            let bytes = zipped(&disk);
            assert!(bytes.len() < 300_000, "{} bytes are too many to keep", bytes.len());
            std::fs::write(&archive, bytes).expect("writable");
            std::fs::write(&says, described(&mut Machine::start(&disk))).expect("writable");
        }
        let disk = unzipped(&std::fs::read(&archive).expect("a golden file"));
        verify(&disk, Path::new("/data")).expect("nothing in it is damaged");
        let mut machine = Machine::start(&disk);
        let expected = std::fs::read_to_string(&says).expect("a golden file");
        assert_eq!(described(&mut machine), expected, "format {format}");
        lives_on(&mut machine);
        drop(machine);
        let described = described(&mut Machine::start(&disk.kill()));
        assert!(described.contains("again"), "{described}");
        verify(&disk.kill(), Path::new("/data")).expect("what goes on is sound");
    }
}

/// What is written today is read today: the description is about more than an empty directory.
#[test]
fn what_is_written_today_is_what_the_newest_golden_directory_says() {
    let newest = FORMATS.last().copied().expect("there is a format");
    let expected = std::fs::read_to_string(path(newest, "txt")).unwrap_or_default();
    let found = described(&mut Machine::start(&written()));
    assert_eq!(found, expected, "services keep something else now? then add a format");
}
