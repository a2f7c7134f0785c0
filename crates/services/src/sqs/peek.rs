//! Peek and search: any message of a queue, without touching it.
//!
//! Not an operation of AWS's. The core looks at a bounded number of entries and answers with those
//! that fit by what it knows of them; what needs a body ([`Search`]) is looked for outside the
//! core, where reading a disk holds up nobody. Nothing is changed, so nothing is logged.
//!
//! ```text
//! Query::Peek { from } ─▶ Reply::Peeked { messages, next } ─▶ Search::matches ─▶ from = next …
//! ```

use super::chunk::Entry;
use super::queue::Queue;
use super::{Ending, Error, QueueKey, Record, Reply, State};
use kernel::{AttributeValue, Body, Look, Timestamp, Uuid};
use serde_json::Value;
use tidemill_kernel as kernel;

/// Entries one query looks at, and messages it answers with.
const LOOKED_AT_MAX: usize = 4096;
pub const PEEKED_MAX: usize = 100;

/// Asks for the messages of a queue from a position on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peek {
    pub queue: QueueKey,
    /// The first position to look at; positions start at 1.
    pub from: u64,
    /// Which messages, by where they are; all of them when empty.
    pub states: Vec<MessageState>,
    /// Only of this group. In a standard queue one of another group may be among them, which
    /// [`Search::matches`] tells apart.
    pub group: Option<String>,
    /// At most [`PEEKED_MAX`].
    pub limit: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MessageState {
    Visible,
    InFlight,
    Delayed,
    /// Its retention has run out; the next tick forgets it.
    Expired,
}

impl MessageState {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            MessageState::Visible => "visible",
            MessageState::InFlight => "in-flight",
            MessageState::Delayed => "delayed",
            MessageState::Expired => "expired",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<MessageState> {
        [
            MessageState::Visible,
            MessageState::InFlight,
            MessageState::Delayed,
            MessageState::Expired,
        ]
        .into_iter()
        .find(|state| state.as_str() == text)
    }

    fn of(entry: Entry, now: Timestamp, queue: &Queue) -> MessageState {
        if entry.is_expired(now, queue.retention()) {
            MessageState::Expired
        } else if entry.due <= now {
            MessageState::Visible
        } else if entry.receive_count > 0 {
            MessageState::InFlight
        } else {
            MessageState::Delayed
        }
    }
}

/// A message as it lies in its queue.
#[derive(Clone, Debug)]
pub struct Peeked {
    pub position: u64,
    pub state: MessageState,
    /// Its id, unless its record carries one from another queue: see [`Peeked::id`].
    pub message_id: Uuid,
    pub sent: Timestamp,
    /// When it is (or was) to be seen by receivers.
    pub due: Timestamp,
    pub first_receive: Option<Timestamp>,
    pub last_receive: Option<Timestamp>,
    pub receive_count: u32,
    pub priority: u8,
    /// How receives of it ended in this queue; for a dead letter see also [`Record::trail`]. A
    /// receive that is missing ended when its time ran out.
    pub trail: Vec<Ending>,
    pub body: Body,
}

impl Peeked {
    #[must_use]
    pub fn id(&self, record: &Record) -> Uuid {
        record.message_id.unwrap_or(self.message_id)
    }
}

/// A page of a peek, and the position to go on from when there is more to look at.
#[derive(Clone, Debug)]
pub struct PeekedPage {
    pub messages: Vec<Peeked>,
    pub next: Option<u64>,
}

/// Asks for messages that wait for their time to be delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeekScheduled {
    pub queue: QueueKey,
    /// Where the page before ended.
    pub after: Option<Vec<u8>>,
    /// At most [`PEEKED_MAX`].
    pub limit: usize,
}

pub(super) fn read_scheduled(
    state: &State,
    look: &Look<'_>,
    query: &PeekScheduled,
) -> Result<Reply, Error> {
    let queue = state.queue(&query.queue)?;
    let limit = query.limit.clamp(1, PEEKED_MAX);
    let (messages, next) = queue.scheduled(look.rows, query.after.as_deref(), limit);
    Ok(Reply::PeekedScheduled(messages, next))
}

pub(super) fn read(state: &State, look: &Look<'_>, query: &Peek) -> Result<Reply, Error> {
    let queue = state.queue(&query.queue)?;
    let limit = query.limit.clamp(1, PEEKED_MAX);
    let wanted_group = match &query.group {
        None => None,
        Some(id) => match queue.group_number(&look.at, id) {
            Some(number) => Some(number),
            None => return Ok(Reply::Peeked(PeekedPage { messages: Vec::new(), next: None })),
        },
    };
    let mut messages = Vec::new();
    let mut entries = queue.messages.live_from(look.rows, query.from);
    for (sequence, entry) in entries.by_ref().take(LOOKED_AT_MAX) {
        let state = MessageState::of(entry, look.now, queue);
        let is_wanted = (query.states.is_empty() || query.states.contains(&state))
            && wanted_group.is_none_or(|group| entry.group == group);
        if is_wanted {
            messages.push(queue.peeked(look, sequence, entry, state));
        }
        if messages.len() == limit {
            break;
        }
    }
    let next = entries.next().map(|(sequence, _)| sequence);
    drop(entries);
    Ok(Reply::Peeked(PeekedPage { messages, next }))
}

impl Queue {
    fn peeked(&self, look: &Look<'_>, sequence: u64, entry: Entry, state: MessageState) -> Peeked {
        Peeked {
            position: sequence,
            state,
            message_id: self.message_id(&look.at, sequence),
            sent: entry.sent,
            due: entry.due,
            first_receive: entry.first_receive,
            last_receive: entry.first_receive.map(|_| entry.last_receive),
            receive_count: entry.receive_count,
            priority: entry.priority,
            trail: self.trails.get(look.rows, sequence),
            body: look.bodies.get(self.body_ref(sequence)),
        }
    }
}

/// What a message must be like; every condition must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Search {
    pub id: Option<Uuid>,
    pub group: Option<String>,
    /// Names of message attributes, and the values they must have where one is given. A binary
    /// value is not compared.
    pub attributes: Vec<(String, Option<String>)>,
    /// Text that the body holds.
    pub text: Option<String>,
    /// Paths into a JSON body, and the values there.
    pub paths: Vec<(BodyPath, Value)>,
}

impl Search {
    #[must_use]
    pub fn matches(&self, message: &Peeked, record: &Record) -> bool {
        let has_attribute = |(name, wanted): &(String, Option<String>)| {
            record.attributes.iter().filter(|attribute| attribute.name == *name).any(|attribute| {
                wanted.as_ref().is_none_or(|wanted| match &attribute.value {
                    AttributeValue::Text(text) => text == wanted,
                    AttributeValue::Binary(_) => false,
                })
            })
        };
        self.id.is_none_or(|id| message.id(record) == id)
            && self.group.as_ref().is_none_or(|group| record.group_id.as_ref() == Some(group))
            && self.attributes.iter().all(has_attribute)
            && self.text.as_ref().is_none_or(|text| record.body.contains(text.as_str()))
            && self.holds_paths(&record.body)
    }

    fn holds_paths(&self, body: &str) -> bool {
        if self.paths.is_empty() {
            return true;
        }
        let Ok(body) = serde_json::from_str::<Value>(body) else { return false };
        self.paths.iter().all(|(path, wanted)| path.find(&body) == Some(wanted))
    }
}

/// A path into a JSON document: `$.order.lines[0].sku`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyPath(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Member(String),
    Element(usize),
}

impl BodyPath {
    /// Reads members after dots and elements in brackets, from the root `$`.
    #[must_use]
    pub fn parse(text: &str) -> Option<BodyPath> {
        let mut rest = text.strip_prefix('$')?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('[') {
                let (index, after) = after.split_once(']')?;
                steps.push(Step::Element(index.parse().ok()?));
                rest = after;
            } else {
                let after = rest.strip_prefix('.')?;
                let end = after.find(['.', '[']).unwrap_or(after.len());
                let (name, after) = after.split_at(end);
                let is_plain = !name.is_empty() && !name.contains([']', '*', '?', '\'', '"']);
                steps.push(Step::Member(is_plain.then(|| name.to_owned())?));
                rest = after;
            }
        }
        Some(BodyPath(steps))
    }

    fn find<'a>(&self, document: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(document, |value, step| match step {
            Step::Member(name) => value.as_object()?.get(name),
            Step::Element(index) => value.as_array()?.get(*index),
        })
    }
}

#[cfg(test)]
pub(in crate::sqs) mod tests {
    use super::super::Query;
    use super::super::script::{World, arn, caller, url};
    use super::*;
    use expect_test::expect;
    use serde_json::json;

    pub(in crate::sqs) fn read(world: &World, query: Query) -> Result<Reply, Error> {
        let at = kernel::At {
            now: world.now,
            partition: kernel::PartitionId(0),
            position: kernel::Position(0),
            secret: kernel::Secret([7; 32]),
        };
        let look = Look { now: world.now, at, rows: &world.rows, bodies: &world.bodies };
        world.state.read(&look, query)
    }

    fn peek(world: &World, from: u64, limit: usize) -> (Vec<Peeked>, Option<u64>) {
        let query = Peek {
            queue: QueueKey::of(&caller(), "orders"),
            from,
            states: Vec::new(),
            group: None,
            limit,
        };
        page(world, query)
    }

    fn page(world: &World, query: Peek) -> (Vec<Peeked>, Option<u64>) {
        let Reply::Peeked(page) = read(world, Query::Peek(query)).unwrap() else {
            panic!("a peek is answered with messages");
        };
        (page.messages, page.next)
    }

    fn shown(messages: &[Peeked]) -> String {
        let line = |message: &Peeked| {
            let record = Record::decode(&message.body.read());
            let (position, state) = (message.position, message.state.as_str());
            format!("{position} {} {state} {}\n", record.body, message.receive_count)
        };
        messages.iter().map(line).collect()
    }

    #[test]
    fn every_message_is_seen_and_none_is_touched() {
        let mut world = World::default();
        let attributes = json!({ "MessageRetentionPeriod": "60" });
        world
            .call("CreateQueue", &json!({ "QueueName": "orders", "Attributes": attributes }))
            .unwrap();
        for (body, at, delay) in
            [("old", 0, 0), ("a", 30_000, 0), ("b", 30_000, 0), ("c", 30_000, 50)]
        {
            world.now = Timestamp(at);
            let input = json!({
                "QueueUrl": url("orders"), "MessageBody": body, "DelaySeconds": delay,
            });
            world.call("SendMessage", &input).unwrap();
        }
        world.now = Timestamp(31_000);
        let input = json!({ "QueueUrl": url("orders"), "MaxNumberOfMessages": 2 });
        world.call("ReceiveMessage", &input).unwrap();
        world.now = Timestamp(60_500);
        let before = world.rows.clone();
        expect![[r#"
            1 old expired 1
            2 a in-flight 1
            3 b visible 0
            4 c delayed 0
        "#]]
        .assert_eq(&shown(&peek(&world, 0, 100).0));
        assert_eq!(before, world.rows);
        let only = |state| Peek {
            queue: QueueKey::of(&caller(), "orders"),
            from: 0,
            states: vec![state],
            group: None,
            limit: 1,
        };
        assert_eq!(shown(&page(&world, only(MessageState::Delayed)).0), "4 c delayed 0\n");
        let queue = QueueKey::of(&caller(), "none");
        let none = Peek { queue, ..only(MessageState::Visible) };
        assert!(read(&world, Query::Peek(none)).is_err());
    }

    #[test]
    fn a_deep_queue_is_peeked_at_page_by_page_with_bounded_work() {
        let mut world = World::default();
        world.call("CreateQueue", &json!({ "QueueName": "orders" })).unwrap();
        for number in 0..250 {
            let input = json!({ "QueueUrl": url("orders"), "MessageBody": number.to_string() });
            world.call("SendMessage", &input).unwrap();
        }
        let (mut positions, mut from) = (Vec::new(), Some(0));
        while let Some(position) = from {
            let (messages, next) = peek(&world, position, 1000);
            assert!(messages.len() <= PEEKED_MAX);
            positions.extend(messages.iter().map(|message| message.position));
            from = next;
        }
        assert_eq!(positions, (1..=250).collect::<Vec<u64>>());
        // Nothing is delayed, and one step finds that out for no more than it may look at.
        let now = world.now;
        let queue = world.state.queue_mut(now, &QueueKey::of(&caller(), "orders")).unwrap();
        for _ in 0..2 * LOOKED_AT_MAX {
            queue.messages.push(Entry::new(now, now, 0));
        }
        let query = Peek {
            queue: QueueKey::of(&caller(), "orders"),
            from: 0,
            states: vec![MessageState::Delayed],
            group: None,
            limit: 10,
        };
        let (messages, next) = page(&world, query);
        assert_eq!((messages.len(), next), (0, Some(LOOKED_AT_MAX as u64 + 1)));
    }

    #[test]
    fn groups_are_found_in_both_kinds_of_queue() {
        let mut world = World::default();
        for (name, attributes) in [
            ("orders", json!({})),
            ("orders.fifo", json!({ "FifoQueue": "true", "ContentBasedDeduplication": "true" })),
        ] {
            let input = json!({ "QueueName": name, "Attributes": attributes });
            world.call("CreateQueue", &input).unwrap();
            for (group, body) in [("g", "a"), ("h", "b"), ("g", "c")] {
                let input = json!({
                    "QueueUrl": url(name), "MessageBody": body, "MessageGroupId": group,
                });
                world.call("SendMessage", &input).unwrap();
            }
            let of_group = |group: &str| Peek {
                queue: QueueKey::of(&caller(), name),
                from: 0,
                states: Vec::new(),
                group: Some(group.to_owned()),
                limit: 10,
            };
            assert_eq!(shown(&page(&world, of_group("g")).0), "1 a visible 0\n3 c visible 0\n");
            assert_eq!(shown(&page(&world, of_group("none")).0), "");
        }
    }

    #[test]
    fn a_search_looks_into_ids_attributes_and_bodies() {
        let mut world = World::default();
        world.call("CreateQueue", &json!({ "QueueName": "dlq" })).unwrap();
        let policy = json!({ "deadLetterTargetArn": arn("dlq"), "maxReceiveCount": 1 });
        let attributes = json!({ "RedrivePolicy": policy.to_string() });
        world
            .call("CreateQueue", &json!({ "QueueName": "orders", "Attributes": attributes }))
            .unwrap();
        let input = json!({
            "QueueUrl": url("orders"),
            "MessageBody": r#"{"order":{"lines":[{"sku":"x"}],"total":7}}"#,
            "MessageGroupId": "tenant",
            "MessageAttributes": {
                "colour": { "DataType": "String", "StringValue": "red" },
                "raw": { "DataType": "Binary", "BinaryValue": "AAEC" },
            },
        });
        let sent = world.call("SendMessage", &input).unwrap();
        let (messages, _) = peek(&world, 0, 10);
        let [message] = messages.as_slice() else { panic!("one was sent") };
        let record = Record::decode(&message.body.read());
        let id = Uuid::parse(sent["MessageId"].as_str().unwrap());
        assert_eq!(Some(message.id(&record)), id);
        let attribute = |name: &str, value: Option<&str>| Search {
            attributes: vec![(name.to_owned(), value.map(str::to_owned))],
            ..Search::default()
        };
        let path = |path: &str, value: Value| Search {
            paths: vec![(BodyPath::parse(path).unwrap(), value)],
            ..Search::default()
        };
        let text = |text: &str| Search { text: Some(text.to_owned()), ..Search::default() };
        let group = |group: &str| Search { group: Some(group.to_owned()), ..Search::default() };
        for (search, expected) in [
            (Search::default(), true),
            (Search { id, ..Search::default() }, true),
            (Search { id: Some(Uuid::default()), ..Search::default() }, false),
            (group("tenant"), true),
            (group("other"), false),
            (attribute("colour", None), true),
            (attribute("colour", Some("red")), true),
            (attribute("colour", Some("blue")), false),
            (attribute("raw", None), true),
            (attribute("raw", Some("AAEC")), false),
            (attribute("size", None), false),
            (text("sku"), true),
            (text("SKU"), false),
            (path("$.order.lines[0].sku", json!("x")), true),
            (path("$.order.total", json!(7)), true),
            (path("$.order.total", json!("7")), false),
            (path("$.order.lines[1]", json!("x")), false),
            (Search { text: Some("sku".to_owned()), ..path("$.order.total", json!(8)) }, false),
        ] {
            assert_eq!(search.matches(message, &record), expected, "{search:?}");
        }
    }

    #[test]
    fn a_path_is_members_and_elements() {
        for legal in ["$", "$.a", "$.a.b[0]", "$[1][2].c", "$.a-b_c d"] {
            assert!(BodyPath::parse(legal).is_some(), "{legal}");
        }
        for illegal in ["", "a", "$a", "$.", "$..a", "$.a[", "$.a[x]", "$.a[-1]", "$.*", "$['a']"] {
            assert_eq!(BodyPath::parse(illegal), None, "{illegal}");
        }
    }
}
