//! Scripts: the tests of every operation, a line per request, through the real doors.
//!
//! ```text
//! @0    create orders VisibilityTimeout=5
//! @10   send orders hello DelaySeconds=2
//! @20   receive orders MaxNumberOfMessages=10
//! @30   delete orders hello              the latest handle of the message with that body
//! @40   change orders hello 7
//! @50   counts orders
//! @60   tick                             what time alone does
//! @70   restart                          freeze, load, go on
//! @80   call TagQueue {"QueueUrl":"$orders", …}        and "%hello" for a handle
//! ```

use super::{Command, Error, Reply, State};
use crate::Work;
use bytes::Bytes;
use expect_test::Expect;
use kernel::{
    AccountId, At, Caller, Delivery, Effect, Fact, Facts, Look, MemoryBodies, MemoryRows, Outcome,
    PartitionId, Position, Region, Secret, Timestamp, Turn, Uuid,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use tidemill_aws::{HttpRequest, Protocol, WireError};
use tidemill_kernel as kernel;

/// One partition with nothing around it.
pub(super) struct World {
    pub(super) state: State,
    pub(super) rows: MemoryRows,
    pub(super) bodies: MemoryBodies,
    pub(super) now: Timestamp,
    position: u64,
    /// The handles each body was received under, in order.
    handles: BTreeMap<String, Vec<String>>,
}

/// What became of a command.
pub(super) enum Applied {
    Done(Reply),
    Wait { wait_max: u64, retry_at: Option<u64> },
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
            handles: BTreeMap::new(),
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

pub(super) fn url(queue: &str) -> String {
    format!("http://localhost:4566/000000000000/{queue}")
}

pub(super) fn arn(queue: &str) -> String {
    format!("arn:aws:sqs:us-east-1:000000000000:{queue}")
}

impl World {
    fn at(&self) -> At {
        At {
            now: self.now,
            partition: PartitionId(0),
            position: Position(self.position),
            secret: Secret([7; 32]),
        }
    }

    /// Applies a command as the root does, with every queue in this partition.
    pub(super) fn apply(&mut self, command: Command) -> Result<Applied, Error> {
        let at = self.at();
        let facts = {
            let look = Look { now: self.now, at, rows: &self.rows, bodies: &self.bodies };
            let fact = |about| {
                let detail = self.state.describe(&look, &about);
                let exists = detail.is_some();
                Fact { about, exists, detail: detail.filter(|text| !text.is_empty()) }
            };
            Facts(command.foreign().into_iter().map(fact).collect())
        };
        let rows_before = cfg!(debug_assertions).then(|| self.rows.clone());
        let mut turn = Turn::new(at, &facts, &mut self.rows, &mut self.bodies);
        let result = self.state.apply(&mut turn, command);
        drain(&mut self.state, &mut turn);
        let has_changed = turn.has_changed();
        if has_changed {
            self.position += 1;
        } else {
            assert_eq!(rows_before.as_ref(), Some(&self.rows), "an unlogged command changed rows");
        }
        match result {
            Ok(Outcome::Done(reply)) => Ok(Applied::Done(reply)),
            Ok(Outcome::Wait(wait)) => {
                let retry_at = wait.retry_at.map(|at| at.0);
                Ok(Applied::Wait { wait_max: wait.wait_max.0, retry_at })
            }
            Err(error) => {
                assert!(!has_changed, "a refusal changes nothing: {error}");
                Err(error)
            }
        }
    }

    /// Ticks while something is due; bounded, as every tick is.
    pub(super) fn tick(&mut self) {
        for _ in 0..1000 {
            if self.state.next_due().is_none_or(|due| due > self.now) {
                return;
            }
            let (at, facts) = (self.at(), Facts::default());
            let mut turn = Turn::new(at, &facts, &mut self.rows, &mut self.bodies);
            self.state.tick(&mut turn);
            drain(&mut self.state, &mut turn);
            self.position += u64::from(turn.has_changed());
        }
        panic!("ticking does not end");
    }

    pub(super) fn deliver(&mut self, delivery: Delivery) {
        let (at, facts) = (self.at(), Facts::default());
        let mut turn = Turn::new(at, &facts, &mut self.rows, &mut self.bodies);
        deliver(&mut self.state, &mut turn, delivery);
        drain(&mut self.state, &mut turn);
        self.position += u64::from(turn.has_changed());
    }

    /// What a checkpoint and a start make of the state.
    pub(super) fn restart(&mut self) {
        self.state.freeze(&mut self.rows);
        self.state = State::load(&self.rows);
    }

    /// One request through decode, the core and encode.
    pub(super) fn call(&mut self, operation: &str, input: &Value) -> Result<Value, WireError> {
        match self.submit(operation, input)? {
            Applied::Done(reply) => Ok(encode(operation, reply)),
            Applied::Wait { wait_max, retry_at } => {
                Ok(json!({ "wait": wait_max, "retry_at": retry_at }))
            }
        }
    }

    fn submit(&mut self, operation: &str, input: &Value) -> Result<Applied, WireError> {
        let request = HttpRequest {
            method: http::Method::POST,
            path: "/".to_owned(),
            query: String::new(),
            headers: http::HeaderMap::new(),
            body: Bytes::from(input.to_string()),
        };
        let work = super::decode(operation, Protocol::Json10, &request, &caller())?;
        match work {
            Work::Command(_, crate::Command::Sqs(command)) => {
                // What is applied is what the log would give back.
                let logged = kernel::codec::to_bytes(&command);
                assert_eq!(kernel::codec::from_bytes::<Command>(&logged), command);
                self.apply(command).map_err(|error| error.wire())
            }
            Work::Query(_, crate::Query::Sqs(query)) => {
                let look =
                    Look { now: self.now, at: self.at(), rows: &self.rows, bodies: &self.bodies };
                let reply = self.state.read(&look, query).map_err(|error| error.wire())?;
                Ok(Applied::Done(reply))
            }
            Work::QueryAll(crate::Query::Sqs(query)) => {
                let look =
                    Look { now: self.now, at: self.at(), rows: &self.rows, bodies: &self.bodies };
                let reply = self.state.read(&look, query.clone()).map_err(|error| error.wire())?;
                Ok(Applied::Done(super::merge(&query, vec![reply])))
            }
            Work::Command(..) | Work::Query(..) | Work::QueryAll(_) => {
                panic!("not SQS's: {work:?}")
            }
        }
    }

    /// The handle a script means by `hello` (the latest) or `hello#1` (the first).
    pub(super) fn handle(&self, name: &str) -> String {
        let (body, number) = name.split_once('#').unwrap_or((name, ""));
        let handles = self.handles.get(body).map(Vec::as_slice).unwrap_or_default();
        let index = number.parse::<usize>().map_or(handles.len(), |number| number);
        let handle = index.checked_sub(1).and_then(|index| handles.get(index));
        handle.cloned().unwrap_or_else(|| name.to_owned())
    }

    fn line(&mut self, line: &str) -> String {
        let mut words = line.split_whitespace();
        let at = words.next().and_then(|word| word.strip_prefix('@')).expect("a line starts @ms");
        self.now = Timestamp(at.parse().expect("milliseconds"));
        let verb = words.next().expect("a verb");
        let rest: Vec<&str> = words.collect();
        match verb {
            "tick" => {
                self.tick();
                let due = self.state.next_due();
                due.map_or("idle".to_owned(), |due| format!("next {due:?}"))
            }
            "restart" => {
                self.restart();
                "restarted".to_owned()
            }
            "call" => {
                let input = rest[1..].join(" ");
                let input = input.replace("\"$", "\"http://localhost:4566/000000000000/");
                let input = self.with_handles(serde_json::from_str(&input).expect("JSON"));
                self.show(rest[0], &input)
            }
            _ => self.request(verb, &rest),
        }
    }

    /// `"%hello"` is the handle of the message `hello`.
    fn with_handles(&self, value: Value) -> Value {
        match value {
            Value::String(text) => match text.strip_prefix('%') {
                Some(name) => json!(self.handle(name)),
                None => json!(text),
            },
            Value::Array(values) => {
                values.into_iter().map(|value| self.with_handles(value)).collect()
            }
            Value::Object(map) => map
                .into_iter()
                .map(|(key, value)| (key, self.with_handles(value)))
                .collect::<Map<_, _>>()
                .into(),
            Value::Null | Value::Bool(_) | Value::Number(_) => value,
        }
    }

    fn request(&mut self, verb: &str, rest: &[&str]) -> String {
        let queue = rest[0];
        let mut input = Map::from_iter([("QueueUrl".to_owned(), json!(url(queue)))]);
        let options = rest.iter().filter_map(|word| word.split_once('='));
        let plain: Vec<&str> =
            rest[1..].iter().copied().filter(|word| !word.contains('=')).collect();
        let operation = match verb {
            "create" => {
                let attributes: BTreeMap<&str, String> =
                    options.map(|(name, value)| (name, value.replace('~', "="))).collect();
                input = Map::from_iter([
                    ("QueueName".to_owned(), json!(queue)),
                    ("Attributes".to_owned(), json!(attributes)),
                ]);
                return self.show("CreateQueue", &Value::Object(input));
            }
            "set" => {
                let attributes: BTreeMap<&str, &str> = options.collect();
                input.insert("Attributes".to_owned(), json!(attributes));
                "SetQueueAttributes"
            }
            "send" => {
                input.insert("MessageBody".to_owned(), json!(plain.join(" ")));
                add_options(&mut input, options);
                "SendMessage"
            }
            "receive" => {
                input.insert("MessageSystemAttributeNames".to_owned(), json!(["All"]));
                add_options(&mut input, options);
                "ReceiveMessage"
            }
            "delete" => {
                input.insert("ReceiptHandle".to_owned(), json!(self.handle(plain[0])));
                "DeleteMessage"
            }
            "change" => {
                input.insert("ReceiptHandle".to_owned(), json!(self.handle(plain[0])));
                let seconds: i64 = plain[1].parse().expect("seconds");
                input.insert("VisibilityTimeout".to_owned(), json!(seconds));
                "ChangeMessageVisibility"
            }
            "counts" => {
                input.insert("AttributeNames".to_owned(), json!(["All"]));
                return match self.call("GetQueueAttributes", &Value::Object(input)) {
                    Ok(reply) => counts_line(&reply["Attributes"]),
                    Err(error) => error_line(&error),
                };
            }
            "purge" => "PurgeQueue",
            "drop" => "DeleteQueue",
            _ => panic!("no verb {verb}"),
        };
        self.show(operation, &Value::Object(input))
    }

    /// Calls and shows the answer in a line.
    fn show(&mut self, operation: &str, input: &Value) -> String {
        let reply = match self.call(operation, input) {
            Ok(reply) => reply,
            Err(error) => return error_line(&error),
        };
        if let Some(handle) = reply.get("TaskHandle").and_then(Value::as_str) {
            self.handles.entry("task".to_owned()).or_default().push(handle.to_owned());
        }
        match operation {
            "ReceiveMessage" if input.get("AttributeNames").is_none() => self.received_line(&reply),
            "SendMessage" if input.get("MessageAttributes").is_none() => {
                match reply.get("SequenceNumber").and_then(Value::as_str) {
                    Some(number) => {
                        format!("sent #{}", number.trim_start_matches('1').trim_start_matches('0'))
                    }
                    None => "sent".to_owned(),
                }
            }
            "CreateQueue" => "created".to_owned(),
            _ if reply == json!({}) => "done".to_owned(),
            _ => masked(reply).to_string(),
        }
    }

    fn received_line(&mut self, reply: &Value) -> String {
        if let Some(wait) = reply.get("wait") {
            let retry = match reply["retry_at"].as_u64() {
                Some(at) => format!(", again @{at}"),
                None => String::new(),
            };
            return format!("wait {wait}ms{retry}");
        }
        let messages = reply.get("Messages").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut line = Vec::new();
        for message in &messages {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let body = text(&message["Body"]);
            let count = text(&message["Attributes"]["ApproximateReceiveCount"]);
            self.handles.entry(body.clone()).or_default().push(text(&message["ReceiptHandle"]));
            line.push(format!("{body}({count})"));
        }
        if line.is_empty() { "nothing".to_owned() } else { line.join(" ") }
    }
}

fn add_options<'a>(
    input: &mut Map<String, Value>,
    options: impl Iterator<Item = (&'a str, &'a str)>,
) {
    for (name, value) in options {
        let number = value.parse::<i64>();
        input.insert(name.to_owned(), number.map_or_else(|_| json!(value), |number| json!(number)));
    }
}

fn counts_line(attributes: &Value) -> String {
    let count = |name: &str| {
        let text = attributes[format!("ApproximateNumberOfMessages{name}")].as_str();
        text.unwrap_or("?").to_owned()
    };
    format!("visible {} in flight {} delayed {}", count(""), count("NotVisible"), count("Delayed"))
}

fn error_line(error: &WireError) -> String {
    let code = error.query_code.as_ref().unwrap_or(&error.shape);
    format!("{} {code}: {}", error.status, error.message)
}

/// Hides what differs from secret to secret.
fn masked(value: Value) -> Value {
    match value {
        Value::Object(map) => map
            .into_iter()
            .map(|(key, value)| {
                let is_random =
                    matches!(key.as_str(), "MessageId" | "ReceiptHandle" | "TaskHandle");
                let value = if is_random { json!("…") } else { masked(value) };
                (key, value)
            })
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(values) => values.into_iter().map(masked).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

pub(super) fn encode(operation: &str, reply: Reply) -> Value {
    let response = super::encode(operation, Protocol::Json10, reply, &caller());
    assert_eq!(response.status, 200);
    if response.body.is_empty() {
        return json!({});
    }
    serde_json::from_slice(&response.body).expect("JSON out")
}

fn drain(state: &mut State, turn: &mut Turn<'_>) {
    loop {
        let effects = turn.take_effects();
        if effects.is_empty() {
            return;
        }
        for effect in effects {
            match effect {
                Effect::Deliver(delivery) => deliver(state, turn, delivery),
                Effect::Wake(_) => {}
                Effect::Invoke { .. }
                | Effect::Relay { .. }
                | Effect::HttpPost(_)
                | Effect::Sign(_) => {
                    panic!("queues do no such thing")
                }
            }
        }
    }
}

fn deliver(state: &mut State, turn: &mut Turn<'_>, delivery: Delivery) {
    if delivery.refused.is_some() {
        state.returned(turn, delivery);
    } else if let Err(reason) = state.deliver(turn, &delivery) {
        deliver(state, turn, delivery.refuse(&reason));
    }
}

/// Runs a script and compares its transcript.
pub(super) fn check(script: &str, expect: Expect) {
    let mut world = World::default();
    let transcript: String = script
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| format!("{line:<48} -> {}\n", world.line(line)))
        .collect();
    expect.assert_eq(&transcript);
}
