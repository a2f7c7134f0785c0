//! Dead letters grouped by what went wrong: a fingerprint of how the last receive ended and of what
//! the body looks like.
//!
//! ```text
//! how it ended   timeout | released | throttled | function-error, type, function, version
//! shape          the names of a JSON body's members, two deep; or that it is text
//! ```
//!
//! A fingerprint is a function of the record alone, so a group can be asked for again, and a
//! redrive can be told to move that group and nothing else.

use super::peek::Peeked;
use super::{EndReason, Record};
use kernel::{Timestamp, Uuid};
use minicbor::{Decode, Encode};
use serde_json::Value;
use sha2::Digest as _;
use std::collections::{BTreeMap, BTreeSet};
use tidemill_kernel as kernel;

/// Groups that are told apart; what comes after counts as one more.
const GROUPS_MAX: usize = 1000;
/// Bodies beyond this are not parsed, and have no shape but that they are long.
const SHAPED_BYTES_MAX: usize = 16 * 1024;
const SHAPE_NAMES_MAX: usize = 32;
const SHAPE_DEPTH_MAX: usize = 2;

/// What went wrong with a message, and with others like it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// `None` when the message was never received, or its history was not kept.
    pub reason: Option<EndReason>,
    pub shape: String,
}

/// The name of a [`Failure`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct Fingerprint(#[n(0)] pub u64);

impl std::fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Fingerprint {
    #[must_use]
    pub fn parse(text: &str) -> Option<Fingerprint> {
        let is_hex = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hex.then(|| u64::from_str_radix(text, 16).ok().map(Fingerprint))?
    }
}

impl Failure {
    #[must_use]
    pub fn of(record: &Record) -> Failure {
        let last = record.trail.as_ref().and_then(|trail| trail.last());
        Failure { reason: last.map(|ending| ending.reason.clone()), shape: shape(&record.body) }
    }

    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let mut digest = sha2::Sha256::new();
        let mut add = |part: &str| {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        };
        add(self.reason.as_ref().map_or("unknown", EndReason::as_str));
        if let Some(EndReason::FunctionError { error_type, function, version }) = &self.reason {
            add(error_type);
            add(function);
            add(version);
        }
        add(&self.shape);
        let digest: [u8; 32] = digest.finalize().into();
        let (start, _) = digest.split_first_chunk().expect("a digest has 32 bytes");
        Fingerprint(u64::from_be_bytes(*start))
    }
}

/// The names of a JSON document's members in order, e.g. `{id,lines[{sku}],total}`.
fn shape(body: &str) -> String {
    if body.len() > SHAPED_BYTES_MAX {
        return "long".to_owned();
    }
    match serde_json::from_str(body) {
        Ok(value @ (Value::Object(_) | Value::Array(_))) => {
            let mut shape = String::new();
            write_shape(&value, SHAPE_DEPTH_MAX, &mut shape);
            shape
        }
        Ok(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | Err(_) => {
            "text".to_owned()
        }
    }
}

fn write_shape(value: &Value, depth: usize, shape: &mut String) {
    match value {
        Value::Object(map) => {
            let names: BTreeSet<&String> = map.keys().collect();
            shape.push('{');
            for (index, name) in names.into_iter().take(SHAPE_NAMES_MAX).enumerate() {
                if index > 0 {
                    shape.push(',');
                }
                shape.push_str(name);
                if let Some(member) = map.get(name).filter(|_| depth > 1) {
                    write_shape(member, depth - 1, shape);
                }
            }
            shape.push('}');
        }
        Value::Array(values) => {
            shape.push('[');
            if let Some(first) = values.first() {
                write_shape(first, depth, shape);
            }
            shape.push(']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Dead letters that failed alike.
#[derive(Clone, Debug, PartialEq)]
pub struct FailureGroup {
    pub fingerprint: Fingerprint,
    pub failure: Failure,
    pub count: u64,
    /// When the last receive of one of them ended: the first and the latest.
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
    /// The latest of them: its id and its position in the queue.
    pub sample: (Uuid, u64),
}

/// Groups, gathered from the pages of a peek. Outside the core: it reads bodies.
#[derive(Clone, Debug, Default)]
pub struct FailureGroups {
    groups: BTreeMap<Fingerprint, FailureGroup>,
    /// Messages of groups beyond the number that are told apart.
    pub others: u64,
}

impl FailureGroups {
    pub fn add(&mut self, message: &Peeked, record: &Record) {
        let failure = Failure::of(record);
        let fingerprint = failure.fingerprint();
        let ended = record.trail.as_ref().and_then(|trail| trail.last()).map(|ending| ending.at);
        let seen = ended.unwrap_or(message.sent);
        let sample = (message.id(record), message.position);
        let has_room = self.groups.len() < GROUPS_MAX;
        match self.groups.get_mut(&fingerprint) {
            Some(group) => {
                group.count += 1;
                group.first_seen = group.first_seen.min(seen);
                if seen >= group.last_seen {
                    group.last_seen = seen;
                    group.sample = sample;
                }
            }
            None if has_room => {
                let (first_seen, last_seen, count) = (seen, seen, 1);
                let group =
                    FailureGroup { fingerprint, failure, count, first_seen, last_seen, sample };
                self.groups.insert(fingerprint, group);
            }
            None => self.others += 1,
        }
    }

    /// The largest first.
    #[must_use]
    pub fn into_groups(self) -> Vec<FailureGroup> {
        let mut groups: Vec<FailureGroup> = self.groups.into_values().collect();
        groups.sort_by_key(|group| (std::cmp::Reverse(group.count), group.fingerprint));
        groups
    }
}

/// Which dead letters a move task moves; every condition must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct RedriveFilter {
    #[n(0)]
    pub fingerprint: Option<Fingerprint>,
    /// The type of a function's error.
    #[n(1)]
    pub error_type: Option<String>,
    /// Text that the body holds.
    #[n(2)]
    pub text: Option<String>,
    /// Sent from then on, and before then.
    #[n(3)]
    pub sent_from: Option<Timestamp>,
    #[n(4)]
    pub sent_before: Option<Timestamp>,
}

impl RedriveFilter {
    #[must_use]
    pub fn matches(&self, sent: Timestamp, record: &Record) -> bool {
        let failure = || Failure::of(record);
        let has_type = |wanted: &String| {
            let Some(EndReason::FunctionError { error_type, .. }) = failure().reason else {
                return false;
            };
            error_type == *wanted
        };
        self.sent_from.is_none_or(|from| sent >= from)
            && self.sent_before.is_none_or(|before| sent < before)
            && self.text.as_ref().is_none_or(|text| record.body.contains(text.as_str()))
            && self.error_type.as_ref().is_none_or(has_type)
            && self.fingerprint.is_none_or(|wanted| failure().fingerprint() == wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::super::script::{Applied, World, arn, caller, url};
    use super::super::{
        Command, EndReceives, Peek, Query, QueueKey, ReceiptHandle, Reply, StartMessageMoveTask,
        peek,
    };
    use super::*;
    use expect_test::expect;
    use serde_json::json;

    #[test]
    fn a_shape_is_the_names_of_members() {
        for (body, expected) in [
            ("hello", "text"),
            ("7", "text"),
            (r#"{"b":1,"a":{"y":1,"x":{"z":1}}}"#, "{a{x,y},b}"),
            (r#"{"lines":[{"sku":1},{"other":2}]}"#, "{lines[{sku}]}"),
            (r#"[{"sku":1}]"#, "[{sku}]"),
            ("[]", "[]"),
            (&format!("\"{}\"", "x".repeat(SHAPED_BYTES_MAX)), "long"),
        ] {
            assert_eq!(shape(body), expected, "{body}");
        }
    }

    #[test]
    fn a_fingerprint_is_its_text_again() {
        let failure = Failure { reason: None, shape: "text".to_owned() };
        let fingerprint = failure.fingerprint();
        assert_eq!(Fingerprint::parse(&fingerprint.to_string()), Some(fingerprint));
        assert_eq!(fingerprint.to_string(), "ee75ab9faa3569d9");
        for garbage in ["", "12", "+123456789abcdef", "123456789abcdefg"] {
            assert_eq!(Fingerprint::parse(garbage), None, "{garbage}");
        }
    }

    /// Three orders fail for their key, two in time, and end in the dead-letter queue.
    fn world() -> World {
        let mut world = World::default();
        world.now = Timestamp(1_700_000_000_000);
        world.call("CreateQueue", &json!({ "QueueName": "dlq" })).unwrap();
        let policy = json!({ "deadLetterTargetArn": arn("dlq"), "maxReceiveCount": 1 });
        let attributes = json!({ "RedrivePolicy": policy.to_string() });
        let input = json!({ "QueueName": "orders", "Attributes": attributes });
        world.call("CreateQueue", &input).unwrap();
        for body in ["{\"a\":1}", "{\"a\":2}", "late", "{\"a\":3}", "later"] {
            world.now.0 += 1000;
            let input = json!({ "QueueUrl": url("orders"), "MessageBody": body });
            world.call("SendMessage", &input).unwrap();
            let received =
                world.call("ReceiveMessage", &json!({ "QueueUrl": url("orders") })).unwrap();
            let handle = received["Messages"][0]["ReceiptHandle"].as_str().unwrap();
            if body.starts_with('{') {
                let command = EndReceives {
                    queue: QueueKey::of(&caller(), "orders"),
                    handles: vec![ReceiptHandle::parse(handle).unwrap()],
                    reason: EndReason::FunctionError {
                        error_type: "KeyError".to_owned(),
                        function: "f".to_owned(),
                        version: "1".to_owned(),
                    },
                    visible_in: Some(0),
                };
                world.apply(Command::EndReceives(command)).unwrap();
            }
        }
        world.now.0 += 60_000;
        let input = json!({ "QueueUrl": url("orders"), "MaxNumberOfMessages": 10 });
        assert_eq!(world.call("ReceiveMessage", &input).unwrap(), json!({}));
        world
    }

    fn groups(world: &World, queue: &str) -> Vec<FailureGroup> {
        let query = Query::Peek(Peek {
            queue: QueueKey::of(&caller(), queue),
            from: 0,
            states: Vec::new(),
            group: None,
            limit: 100,
        });
        let Reply::Peeked(page) = peek::tests::read(world, query).unwrap() else {
            panic!("a peek is answered with messages");
        };
        let mut groups = FailureGroups::default();
        for message in &page.messages {
            groups.add(message, &Record::decode(&message.body.read()));
        }
        groups.into_groups()
    }

    #[test]
    fn dead_letters_are_grouped_by_what_went_wrong() {
        let shown: String = groups(&world(), "dlq")
            .iter()
            .map(|group| {
                let reason = group.failure.reason.as_ref().map_or("unknown", EndReason::as_str);
                let [first, last] = [group.first_seen, group.last_seen]
                    .map(|seen| seen.since(Timestamp(1_700_000_000_000)).0);
                let (count, shape) = (group.count, &group.failure.shape);
                format!("{count} {reason} {shape} @{first} @{last} {}\n", group.sample.1)
            })
            .collect();
        expect![[r#"
            3 function-error {a} @1000 @4000 4
            2 timeout text @33000 @35000 5
        "#]]
        .assert_eq(&shown);
    }

    #[test]
    fn a_redrive_moves_the_group_it_is_told_and_reports() {
        let mut world = world();
        let fingerprint = groups(&world, "dlq")[0].fingerprint;
        let command = StartMessageMoveTask {
            source: QueueKey::of(&caller(), "dlq"),
            destination: None,
            messages_per_second_max: Some(500),
            filter: Some(RedriveFilter {
                fingerprint: Some(fingerprint),
                ..RedriveFilter::default()
            }),
            edit: None,
            access_key_id: None,
        };
        let started = world.apply(Command::StartMessageMoveTask(command)).unwrap();
        assert!(matches!(started, Applied::Done(Reply::MoveTaskStarted(_))));
        world.restart();
        for _ in 0..10 {
            world.tick();
            world.now.0 += 1000;
        }
        let key = QueueKey::of(&caller(), "dlq");
        let queue = world.state.queue(&key).unwrap();
        let (_, task) = queue.move_tasks.latest().unwrap();
        assert_eq!((task.moved, task.skipped, task.status.as_str()), (3, 2, "COMPLETED"));
        assert_eq!(queue.counts(world.now).visible, 2);
        assert_eq!(groups(&world, "dlq").len(), 1);
        let back = world.state.queue(&QueueKey::of(&caller(), "orders")).unwrap();
        assert_eq!(back.counts(world.now).visible, 3);
    }

    #[test]
    fn a_filter_holds_all_its_conditions() {
        let record = Record { body: "{\"a\":1}".to_owned(), ..Record::default() };
        let sent = Timestamp(10);
        let text =
            |text: &str| RedriveFilter { text: Some(text.to_owned()), ..RedriveFilter::default() };
        for (filter, expected) in [
            (RedriveFilter::default(), true),
            (text("\"a\""), true),
            (text("b"), false),
            (RedriveFilter { sent_from: Some(Timestamp(10)), ..RedriveFilter::default() }, true),
            (RedriveFilter { sent_from: Some(Timestamp(11)), ..RedriveFilter::default() }, false),
            (RedriveFilter { sent_before: Some(Timestamp(11)), ..RedriveFilter::default() }, true),
            (RedriveFilter { sent_before: Some(Timestamp(10)), ..RedriveFilter::default() }, false),
            (RedriveFilter { error_type: Some("X".to_owned()), ..RedriveFilter::default() }, false),
            (RedriveFilter { sent_before: Some(Timestamp(10)), ..text("\"a\"") }, false),
        ] {
            assert_eq!(filter.matches(sent, &record), expected, "{filter:?}");
        }
    }
}
