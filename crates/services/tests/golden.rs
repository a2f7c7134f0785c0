//! Entries are for ever: what one release logged, the next decodes, and writes the same.
//!
//! `golden/entries.txt` has lines for each of `golden/requests.txt`: the bytes of the entry that
//! it becomes. No line is ever changed. A new tag or field gets another request, and its line from
//! `TIDEMILL_WRITE_GOLDEN=1 cargo test -p tidemill-services --test golden`.
#![expect(clippy::disallowed_methods, reason = "a golden file is a file")]

#[path = "golden/objects.rs"]
mod objects;

use bytes::Bytes;
use std::collections::BTreeMap;
use std::path::PathBuf;
use tidemill_aws::{HttpRequest, Protocol};
use tidemill_kernel::{
    AccountId, Arn, AttributeValue, Caller, Delivery, Digest, Facts, Message, MessageAttribute,
    PartitionId, Region, Signing, Uuid, codec,
};
use tidemill_services::lambda::{self, Architecture, Code, Completion, Host, Job, Request};
use tidemill_services::outbox::Envelope;
use tidemill_services::s3::model::BlobId;
use tidemill_services::{Command, Entry, Work, iam, logs, s3, sns, sqs};

/// A line each: service, operation, and what a client sends; JSON, or a query for SNS and IAM, or
/// method, path and JSON for Lambda.
const REQUESTS: &str = include_str!("golden/requests.txt");

fn caller() -> Caller {
    Caller {
        account: AccountId::parse("000000000000").expect("twelve digits"),
        region: Region::parse("us-east-1").expect("a region"),
        principal: "arn:aws:iam::000000000000:root".to_owned(),
        access_key_id: "AKIA".to_owned(),
        base_url: "http://l".to_owned(),
        request_id: Uuid::default(),
    }
}

fn decode(service: &str, operation: &str, protocol: Protocol, body: String) -> Command {
    let kind = match protocol {
        Protocol::Query => "application/x-www-form-urlencoded",
        Protocol::Json10 | Protocol::Json11 | Protocol::RestJson => "application/x-amz-json-1.1",
    };
    let mut headers = http::HeaderMap::new();
    headers.insert("content-type", http::HeaderValue::from_static(kind));
    let (method, path, query) = (http::Method::POST, "/".to_owned(), String::new());
    let request = HttpRequest { method, path, query, headers, body: Bytes::from(body) };
    let work = match service {
        "sqs" => sqs::decode(operation, protocol, &request, &caller()),
        "logs" => logs::decode(operation, protocol, &request, &caller()),
        "sns" => sns::decode(operation, protocol, &request, &caller()),
        _ => iam::decode(operation, protocol, &request, &caller()),
    };
    match work {
        Ok(Work::Command(_, command)) => command,
        other => panic!("{service} {operation} is no command: {other:?}"),
    }
}

/// A request to Lambda, with what the node would find out about it.
fn decode_lambda(operation: &str, sent: &str) -> Command {
    let mut words = sent.splitn(3, ' ');
    let mut word = || words.next().expect("method, path, input");
    let (method, target, body) = (word().parse().expect("a method"), word(), word());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let request = HttpRequest {
        method,
        path: path.to_owned(),
        query: query.to_owned(),
        headers: http::HeaderMap::new(),
        body: Bytes::copy_from_slice(body.as_bytes()),
    };
    let job = lambda::decode(operation, Protocol::RestJson, &request, &caller());
    let command = match job {
        Ok(Job::Work(Work::Command(_, command))) => return command,
        Ok(Job::Request(Request::Deploy(deploy))) => {
            let code = Code { sha256: [1; 32], size: 4, blob: [2; 32] };
            let stored = deploy.package().map(|_| code);
            deploy.finish(stored, Host { architecture: Architecture::X86_64 })
        }
        Ok(Job::Request(Request::UpdateMapping(update))) => {
            update.finish(Arn::queue(&caller().region, caller().account, "orders"))
        }
        other => panic!("lambda {operation} is no command: {other:?}"),
    };
    Command::Lambda(Box::new(command))
}

/// What functions tell themselves, and what a request's header makes another command.
fn of_runs() -> Vec<(&'static str, Command)> {
    let Caller { account, region, .. } = caller();
    let function = lambda::FunctionId { account, region, name: "f".to_owned() };
    let invocation = Uuid([9; 16]);
    let payload = Bytes::from_static(b"{}");
    let invoke = lambda::Command::InvokeAsync { function, invocation, payload };
    let done = |completion| lambda::Command::InvocationDone { invocation, attempt: 2, completion };
    let commands = [
        ("invoke", invoke),
        ("succeeded", done(Completion::Succeeded)),
        ("function-error", done(Completion::FunctionError("it raised".to_owned()))),
        ("not-run", done(Completion::NotRun("throttled".to_owned()))),
        ("function-gone", done(Completion::FunctionGone)),
    ];
    commands.map(|(name, command)| (name, Command::Lambda(Box::new(command)))).into()
}

/// What no client asks for in so many words.
fn own() -> Vec<(&'static str, Command)> {
    let queue = sqs::QueueKey::from_arn(&Arn::queue(&caller().region, caller().account, "orders"))
        .expect("a queue's ARN");
    let envelope = Envelope {
        source: PartitionId(3),
        target: PartitionId(9),
        sequence: 77,
        delivery: Delivery {
            to: Arn::bucket("inbox"),
            from: Arn::bucket("outbox"),
            message: Message {
                body: Bytes::from_static(b"body"),
                group_id: Some("g".to_owned()),
                receive_count: Some(3),
                attributes: vec![MessageAttribute {
                    name: "raw".to_owned(),
                    data_type: "Binary".to_owned(),
                    value: AttributeValue::Binary(Bytes::from_static(&[0, 1])),
                }],
                ..Message::default()
            },
            refused: Some("why".to_owned()),
        },
    };
    let [edit, edit_all] = edits(&queue).map(Command::Sqs);
    vec![
        ("edit", edit),
        ("edit-all", edit_all),
        ("tick", Command::Tick),
        ("inbox", Command::Inbox(Box::new(envelope))),
        ("outbox-ack", Command::OutboxAck(PartitionId(3), 77)),
        ("pause", Command::Sqs(sqs::Command::PauseQueue(queue.clone()))),
        ("resume", Command::Sqs(sqs::Command::ResumeQueue(queue))),
        (
            "http-done",
            Command::Sns(sns::Command::HttpDone(sns::HttpDone {
                delivery: sns::HttpDeliveryKey { subscription: Uuid([9; 16]), sequence: 7 },
                attempt: 2,
                outcome: sns::HttpOutcome::Failed,
            })),
        ),
        ("signed", Command::Sns(sns::Command::Signed(signed()))),
        ("forget-blobs", Command::S3(Box::new(s3::Command::ForgetBlobs(vec![BlobId([7; 48])])))),
    ]
}

fn signed() -> sns::Signed {
    let signing = Signing { key: [7; 24], digests: vec![Digest::Sha1([7; 20])], texts: vec![] };
    sns::Signed::new(&signing, "f00d".to_owned(), vec!["c2lnbmVk".to_owned()])
}

/// An edit of each form, of one message and of many.
fn edits(queue: &sqs::QueueKey) -> [sqs::Command; 2] {
    let request = sqs::EditRequest {
        json_patch: Some(serde_json::json!([
            { "op": "replace", "path": "/a", "value": [1] },
            { "op": "move", "path": "/b", "from": "/a" },
        ])),
        remove_attributes: vec!["colour".to_owned()],
        ..sqs::EditRequest::default()
    };
    let edit = |request| sqs::Edit::checked(request).expect("a legal edit");
    let dead = sqs::QueueKey { name: "dead".to_owned(), ..queue.clone() };
    let who = || "AKIA".to_owned();
    let one = sqs::EditMessage::checked(dead.clone(), 7, queue, edit(request), who());
    let merge = sqs::EditRequest {
        merge_patch: Some(serde_json::json!({ "a": null })),
        ..sqs::EditRequest::default()
    };
    let all = sqs::StartMessageMoveTask::checked(dead, None, Some(5), None)
        .and_then(|task| task.editing(edit(merge), who()));
    [
        sqs::Command::EditMessage(Box::new(one.expect("between two queues"))),
        sqs::Command::StartMessageMoveTask(all.expect("a small edit")),
    ]
}

/// Every request's name, and the bytes it is logged as.
fn written() -> BTreeMap<String, String> {
    let hex = |command: Command| -> String {
        let entry = Entry { command, facts: Facts::default() };
        codec::to_bytes(&entry).iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    REQUESTS
        .lines()
        .map(|line| {
            let mut words = line.splitn(3, ' ');
            let mut word = || words.next().expect("service, operation, input");
            let (service, operation, input) = (word(), word(), word());
            let command = match service {
                "lambda" => decode_lambda(operation, input),
                "sns" | "iam" => {
                    let body = format!("Action={operation}&{input}");
                    decode(service, operation, Protocol::Query, body)
                }
                _ => decode(service, operation, Protocol::Json10, input.to_owned()),
            };
            let name = format!("{service}-{operation}");
            let number = seen.entry(name.clone()).and_modify(|number| *number += 1).or_insert(1);
            (format!("{name}-{number}"), hex(command))
        })
        .collect::<Vec<_>>()
        .into_iter()
        .chain(own().into_iter().map(|(name, command)| (name.to_owned(), hex(command))))
        .chain(of_runs().into_iter().map(|(name, command)| (name.to_owned(), hex(command))))
        .chain(objects::commands().into_iter().map(|(name, command)| (name, hex(command))))
        .collect()
}

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/entries.txt")
}

/// In the order they were ever written: a request whose entry got another field has several.
fn golden() -> Vec<(String, String)> {
    let text = std::fs::read_to_string(path()).unwrap_or_default();
    text.lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(name, hex)| (name.to_owned(), hex.to_owned()))
        .collect()
}

#[test]
fn a_request_is_logged_in_bytes_that_are_kept_here() {
    let mut golden = golden();
    let missing: Vec<_> = written().into_iter().filter(|line| !golden.contains(line)).collect();
    if std::env::var_os("TIDEMILL_WRITE_GOLDEN").is_some() {
        // Lines that are there stay as they are.
        golden.extend(missing);
        let lines: String = golden.iter().map(|(name, hex)| format!("{name} {hex}\n")).collect();
        std::fs::write(path(), lines).expect("writable");
        return;
    }
    assert_eq!(missing, [], "new fields? then add these lines and leave the old ones");
}

#[test]
fn what_was_ever_logged_decodes_and_keeps_its_meaning() {
    let golden = golden();
    assert!(golden.len() > 25, "{}", golden.len());
    for (name, hex) in golden {
        let (pairs, rest) = hex.as_bytes().as_chunks::<2>();
        assert!(rest.is_empty(), "{name}");
        let digits = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        let bytes: Vec<u8> =
            pairs.iter().map(digits).collect::<Option<_>>().expect("hexadecimal digits");
        let entry: Entry = codec::from_bytes(&bytes);
        let again: Entry = codec::from_bytes(&codec::to_bytes(&entry));
        assert_eq!(again, entry, "{name}");
    }
}
