//! Scripts: the tests of topics, a line per request, through the real doors.
//!
//! ```text
//! @0   create orders FifoTopic=true
//! @10  subscribe orders sqs:invoices RawMessageDelivery=true
//! @20  publish orders hello world
//! @30  set orders/sqs:invoices FilterPolicy={"a":["b"]}
//! @40  call TagResource {"ResourceArn":"$orders", …}    "%orders/sqs:invoices" is a subscription
//! @50  tick                             what time alone does, until nothing is due
//! @60  restart                          load, go on
//! @70  event orders {"Records":[]}      what a bucket publishes
//! ```
//!
//! Endpoints live in other partitions than their topic, and answer at once: those whose name starts
//! with `gone` refuse everything. What reaches an endpoint is shown below the line that sent it.

use super::{Command, Error, Reply, State};
use crate::Work;
use bytes::Bytes;
use expect_test::Expect;
use kernel::{
    AccountId, Arn, At, Caller, Delivery, Effect, Facts, Look, MemoryBodies, MemoryRows, Message,
    Outcome, PartitionId, Position, Region, Secret, Timestamp, Turn, Uuid,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use tidemill_aws::{HttpRequest, Protocol, WireError};
use tidemill_kernel as kernel;

/// A topic's partition, with endpoints around it.
pub(super) struct World {
    pub(super) state: State,
    pub(super) rows: MemoryRows,
    bodies: MemoryBodies,
    pub(super) now: Timestamp,
    position: u64,
    /// The ARNs of subscriptions by `topic/protocol:endpoint`.
    subscriptions: BTreeMap<String, String>,
    /// What endpoints took or refused, and what relays carried, since the last line.
    pub(super) seen: Vec<String>,
    /// The most that a single apply has led to.
    pub(super) heaviest: Load,
    /// Relays of the last apply: partition, recipients, bytes.
    pub(super) relays: Vec<(PartitionId, usize, usize)>,
    /// Deliveries over HTTP that were to be tried, and nobody has tried yet.
    pub(super) posts: Vec<kernel::HttpPost>,
    /// Signatures that were asked for, and nobody has made yet.
    pub(super) signings: Vec<kernel::Signing>,
    /// Whether they are made at once.
    pub(super) signs: bool,
    /// What the node has looked up for the next commands.
    pub(super) facts: Facts,
    /// Off where so much is done that comparing all rows each time would take minutes.
    pub(super) compares_rows: bool,
}

/// What an apply leads to, or the most that several did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Load {
    pub(super) effects: usize,
    /// Those to whom these bring something.
    pub(super) recipients: usize,
    /// Bytes of the messages that they carry.
    pub(super) bytes: usize,
}

impl Load {
    fn of(effects: &[Effect]) -> Load {
        let mut load = Load { effects: effects.len(), ..Load::default() };
        for effect in effects {
            match effect {
                Effect::Relay { delivery, .. } => {
                    let relay: super::fan_out::Relay =
                        kernel::codec::from_bytes(&delivery.message.body);
                    load.recipients += relay.recipients.len();
                    load.bytes += delivery.message.body.len();
                }
                Effect::Deliver(delivery) => {
                    load.recipients += 1;
                    load.bytes += delivery.message.body.len();
                }
                Effect::HttpPost(_) => load.recipients += 1,
                Effect::Sign(_) | Effect::Invoke { .. } | Effect::Wake(_) => {}
            }
        }
        load
    }

    fn or(self, other: Load) -> Load {
        Load {
            effects: self.effects.max(other.effects),
            recipients: self.recipients.max(other.recipients),
            bytes: self.bytes.max(other.bytes),
        }
    }
}

pub(super) fn caller() -> Caller {
    Caller {
        account: AccountId::parse("000000000000").unwrap(),
        region: Region::parse("us-east-1").unwrap(),
        principal: "arn:aws:iam::000000000000:root".to_owned(),
        access_key_id: "AKIA".to_owned(),
        base_url: "http://localhost:4566".to_owned(),
        request_id: Uuid::default(),
    }
}

pub(super) fn topic_arn(name: &str) -> String {
    format!("arn:aws:sns:us-east-1:000000000000:{name}")
}

pub(super) fn endpoint_arn(endpoint: &str) -> (String, String) {
    let (protocol, name) = endpoint.split_once(':').unwrap_or(("sqs", endpoint));
    let resource = if protocol == "lambda" { format!("function:{name}") } else { name.to_owned() };
    (protocol.to_owned(), format!("arn:aws:{protocol}:us-east-1:000000000000:{resource}"))
}

impl Default for World {
    fn default() -> World {
        let rows = MemoryRows::default();
        World {
            state: State::load(&rows),
            rows,
            bodies: MemoryBodies::default(),
            now: Timestamp(0),
            position: 1,
            subscriptions: BTreeMap::new(),
            seen: Vec::new(),
            heaviest: Load::default(),
            relays: Vec::new(),
            posts: Vec::new(),
            signings: Vec::new(),
            signs: true,
            facts: Facts::default(),
            compares_rows: true,
        }
    }
}

impl World {
    fn turn<R>(&mut self, act: impl FnOnce(&mut State, &mut Turn<'_>) -> R) -> (R, bool) {
        let at = At {
            now: self.now,
            partition: PartitionId(0),
            position: Position(self.position),
            secret: Secret([7; 32]),
        };
        let facts = self.facts.clone();
        let mut turn = Turn::new(at, &facts, &mut self.rows, &mut self.bodies);
        let result = act(&mut self.state, &mut turn);
        let changed = turn.has_changed();
        let effects = turn.take_effects();
        self.position += u64::from(changed);
        self.heaviest = self.heaviest.or(Load::of(&effects));
        let mut relays = Vec::new();
        for effect in effects {
            match effect {
                Effect::Relay { partition, delivery } => relays.push((partition, delivery)),
                Effect::Deliver(delivery) => self.reach(delivery),
                Effect::HttpPost(post) => self.posts.push(post),
                Effect::Sign(signing) => self.signings.push(signing),
                Effect::Invoke { .. } | Effect::Wake(_) => panic!("topics only deliver"),
            }
        }
        for (partition, delivery) in relays {
            self.relay(partition, &delivery);
        }
        if self.signs {
            self.sign_all();
        }
        (result, changed)
    }

    /// Makes the signatures that were asked for: the beginnings of what would be signed.
    pub(super) fn sign_all(&mut self) {
        for signing in std::mem::take(&mut self.signings) {
            let signatures = signing.digests.iter().map(|digest| match digest {
                kernel::Digest::Sha1(bytes) => kernel::hex::encode(&bytes[..4]),
                kernel::Digest::Sha256(bytes) => kernel::hex::encode(&bytes[..4]),
            });
            let signed = super::Signed::new(&signing, "f00d".to_owned(), signatures.collect());
            self.turn(|state, turn| state.signed(turn, signed));
        }
    }

    /// What a restarted node would ask to be signed.
    pub(super) fn unsigned(&self) -> Vec<kernel::Signing> {
        self.state.still_unsigned(&self.rows)
    }

    /// What the other partition's SNS makes of a relay.
    fn relay(&mut self, partition: PartitionId, delivery: &Delivery) {
        let relay: super::fan_out::Relay = kernel::codec::from_bytes(&delivery.message.body);
        self.relays.push((partition, relay.recipients.len(), delivery.message.body.len()));
        let (result, changed) = self.turn(|state, turn| state.deliver(turn, delivery));
        assert!(result.is_ok() && changed, "a relay is always taken");
    }

    /// An endpoint takes a delivery, or refuses it and is told nothing more.
    fn reach(&mut self, delivery: Delivery) {
        let name = delivery.to.resource_name().to_owned();
        self.seen.push(format!("{name} {}", shown(&delivery.message)));
        if name.starts_with("gone") {
            let refused = delivery.refuse("gone");
            self.turn(|state, turn| state.returned(turn, refused));
        }
    }

    pub(super) fn apply(&mut self, command: Command) -> Result<Reply, Error> {
        // What is applied is what the log would give back.
        let logged = kernel::codec::to_bytes(&command);
        assert_eq!(kernel::codec::from_bytes::<Command>(&logged), command);
        let before = self.compares_rows.then(|| self.rows.clone());
        let (result, changed) = self.turn(|state, turn| state.apply(turn, command));
        if let (false, Some(before)) = (changed, before) {
            assert_eq!(before, self.rows, "an unlogged command changed rows");
        }
        match result {
            Ok(Outcome::Done(reply)) => Ok(reply),
            Ok(Outcome::Wait(_)) => panic!("topics make nobody wait"),
            Err(error) => {
                assert!(!changed, "a refusal changes nothing: {error}");
                Err(error)
            }
        }
    }

    /// One tick; whether another is due at once.
    pub(super) fn tick_once(&mut self) -> bool {
        self.turn(|state, turn| state.tick(turn));
        self.state.next_due().is_some_and(|due| due <= self.now)
    }

    pub(super) fn restart(&mut self) {
        let counts = self.state.counts;
        self.state.freeze(&mut self.rows);
        self.state = State::load(&self.rows);
        self.state.counts = counts;
    }

    /// One request through decode, the core and encode.
    pub(super) fn call(&mut self, operation: &str, input: &Value) -> Result<Value, WireError> {
        let mut headers = http::HeaderMap::new();
        headers.insert("x-amzn-trace-id", http::HeaderValue::from_static("Root=1-1"));
        let request = HttpRequest {
            method: http::Method::POST,
            path: "/".to_owned(),
            query: String::new(),
            headers,
            body: Bytes::from(input.to_string()),
        };
        // The codec goes by the shapes, so JSON does where real clients write forms.
        let work = super::decode(operation, Protocol::Json10, &request, &caller())?;
        let reply = match work {
            Work::Command(partition, crate::Command::Sns(command)) => {
                assert!(partition.0 < kernel::PARTITION_COUNT);
                self.apply(command).map_err(|error| error.wire())?
            }
            Work::Query(_, crate::Query::Sns(query)) => {
                self.read(query).map_err(|error| error.wire())?
            }
            Work::QueryAll(crate::Query::Sns(query)) => {
                let reply = self.read(query.clone()).map_err(|error| error.wire())?;
                super::merge(&query, vec![reply])
            }
            Work::Command(..) | Work::Query(..) | Work::QueryAll(_) => {
                panic!("not SNS's: {work:?}")
            }
        };
        let response = super::encode(operation, Protocol::Json10, reply, &caller());
        assert_eq!(response.status, 200);
        if response.body.is_empty() {
            return Ok(json!({}));
        }
        Ok(serde_json::from_slice(&response.body).expect("JSON out"))
    }

    pub(super) fn read(&self, query: super::Query) -> Result<Reply, Error> {
        let at = At {
            now: self.now,
            partition: PartitionId(0),
            position: Position(self.position),
            secret: Secret([7; 32]),
        };
        let look = Look { now: self.now, at, rows: &self.rows, bodies: &self.bodies };
        self.state.read(&look, query)
    }

    fn line(&mut self, line: &str) -> String {
        let mut words = line.split_whitespace();
        let at = words.next().and_then(|word| word.strip_prefix('@')).expect("a line starts @ms");
        self.now = Timestamp(at.parse().expect("milliseconds"));
        let verb = words.next().expect("a verb");
        let rest: Vec<&str> = words.collect();
        match verb {
            "tick" => {
                while self.tick_once() {}
                self.state.next_due().map_or("idle".to_owned(), |due| format!("next {due:?}"))
            }
            "restart" => {
                self.restart();
                "restarted".to_owned()
            }
            "counts" => format!("{:?}", self.state.counts),
            "event" => self.event(rest[0], &rest[1..].join(" ")),
            "call" => {
                let input = rest[1..].join(" ");
                let input = input.replace("\"$", "\"arn:aws:sns:us-east-1:000000000000:");
                let input = self.with_subscriptions(serde_json::from_str(&input).expect("JSON"));
                self.show(rest[0], &input)
            }
            _ => self.request(verb, &rest),
        }
    }

    /// What a bucket publishes.
    pub(super) fn event(&mut self, topic: &str, text: &str) -> String {
        let delivery = Delivery {
            from: Arn::bucket("photos"),
            to: Arn::parse(&topic_arn(topic)).unwrap(),
            message: Message { body: Bytes::from(text.to_owned()), ..Message::default() },
            refused: None,
        };
        let (result, _) = self.turn(|state, turn| state.deliver(turn, &delivery));
        result.map_or_else(|reason| format!("refused: {reason}"), |()| "taken".to_owned())
    }

    /// `"%orders/sqs:q"` is the ARN of that subscription.
    fn with_subscriptions(&self, value: Value) -> Value {
        match value {
            Value::String(text) => match text.strip_prefix('%') {
                Some(name) => json!(self.subscriptions.get(name).cloned().unwrap_or_default()),
                None => json!(text),
            },
            Value::Array(values) => {
                values.into_iter().map(|value| self.with_subscriptions(value)).collect()
            }
            Value::Object(map) => map
                .into_iter()
                .map(|(key, value)| (key, self.with_subscriptions(value)))
                .collect::<Map<_, _>>()
                .into(),
            Value::Null | Value::Bool(_) | Value::Number(_) => value,
        }
    }

    fn request(&mut self, verb: &str, rest: &[&str]) -> String {
        let is_option = |word: &&str| {
            word.split_once('=').is_some_and(|(name, _)| {
                !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
            })
        };
        let options: BTreeMap<&str, &str> = rest
            .iter()
            .copied()
            .filter(is_option)
            .filter_map(|word| word.split_once('='))
            .collect();
        let plain: Vec<&str> = rest[1..].iter().copied().filter(|word| !is_option(word)).collect();
        let name = rest[0];
        let (operation, input) = match verb {
            "create" => ("CreateTopic", json!({ "Name": name, "Attributes": options })),
            "drop" => ("DeleteTopic", json!({ "TopicArn": topic_arn(name) })),
            "topic" => ("GetTopicAttributes", json!({ "TopicArn": topic_arn(name) })),
            "subscribe" => {
                let (protocol, endpoint) = endpoint_arn(plain[0]);
                let input = json!({
                    "TopicArn": topic_arn(name),
                    "Protocol": protocol,
                    "Endpoint": endpoint,
                    "Attributes": options,
                });
                ("Subscribe", input)
            }
            "unsubscribe" => {
                ("Unsubscribe", json!({ "SubscriptionArn": self.subscriptions.get(name) }))
            }
            "subscription" => (
                "GetSubscriptionAttributes",
                json!({ "SubscriptionArn": self.subscriptions.get(name) }),
            ),
            "set" => {
                let (attribute, value) = options.first_key_value().expect("an attribute");
                let mut input = json!({ "AttributeName": attribute, "AttributeValue": value });
                let operation = if name.contains('/') {
                    input["SubscriptionArn"] = json!(self.subscriptions.get(name));
                    "SetSubscriptionAttributes"
                } else {
                    input["TopicArn"] = json!(topic_arn(name));
                    "SetTopicAttributes"
                };
                (operation, input)
            }
            "publish" => ("Publish", publication(name, &plain.join(" "), options)),
            _ => panic!("no verb {verb}"),
        };
        let shown = self.show(operation, &input);
        if verb == "subscribe" && shown.contains("SubscriptionArn") {
            let reply: Value = serde_json::from_str(&shown).unwrap();
            let arn = reply["SubscriptionArn"].as_str().unwrap().to_owned();
            self.subscriptions.insert(format!("{name}/{}", plain[0]), arn);
            return "subscribed".to_owned();
        }
        shown
    }

    fn show(&mut self, operation: &str, input: &Value) -> String {
        match self.call(operation, input) {
            Ok(reply) if reply == json!({}) => "done".to_owned(),
            Ok(reply) => reply.to_string(),
            Err(error) => format!("{} {}: {}", error.status, error.shape, error.message),
        }
    }
}

/// Options in capitals are parameters, others are attributes: `price=Number:5`.
fn publication(topic: &str, text: &str, options: BTreeMap<&str, &str>) -> Value {
    let mut input = json!({ "TopicArn": topic_arn(topic), "Message": text });
    let mut attributes = Map::new();
    for (option, value) in options {
        if option.starts_with(|first: char| first.is_ascii_uppercase()) {
            input[option] = json!(value);
        } else {
            let (kind, value) = value.split_once(':').expect("a type");
            let value = json!({ "DataType": kind, "StringValue": value });
            attributes.insert(option.to_owned(), value);
        }
    }
    if !attributes.is_empty() {
        input["MessageAttributes"] = attributes.into();
    }
    input
}

/// A message as a test shows it.
fn shown(message: &Message) -> String {
    let body = String::from_utf8_lossy(&message.body).replace('\n', "⏎");
    let mut shown = format!("«{body}»");
    for attribute in &message.attributes {
        let _ = write!(shown, " {}={}", attribute.name, attribute.data_type);
    }
    if let Some(group) = &message.group_id {
        let _ = write!(shown, " group {group}");
    }
    if let Some(id) = &message.deduplication_id {
        let _ = write!(shown, " dedup {id:.12}");
    }
    shown
}

/// Runs a script and compares its transcript.
pub(super) fn check(script: &str, expect: Expect) {
    let mut world = World::default();
    let mut transcript = String::new();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let answer = world.line(line);
        let _ = writeln!(transcript, "{line}\n    -> {answer}");
        for seen in world.seen.drain(..) {
            let _ = writeln!(transcript, "    ! {seen}");
        }
    }
    expect.assert_eq(&transcript);
}
