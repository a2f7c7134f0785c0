//! How things look as JSON: instants, messages, and how their receives went.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value, json};
use tidemill_aws::iso8601_millis;
use tidemill_kernel::{AttributeValue, MessageAttribute, Timestamp};
use tidemill_services::sqs::{
    EndReason, Ending, Failure, MessageState, Peeked, Record, ScheduledMessage,
};

/// Letters of a body that a list shows; a single message is shown whole.
const BODY_LETTERS_MAX: usize = 1024;
/// Receives of a message that are shown, the latest.
const RECEIVES_MAX: u32 = 20;
/// What a trail holds at most; what is before it is not known.
const ENDINGS_KEPT: usize = 8;

/// How much of a body is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    Cut,
    Whole,
}

pub(super) fn instant(at: Timestamp) -> Value {
    Value::String(format!("{}Z", iso8601_millis(at)))
}

pub(super) fn message(message: &Peeked, record: &Record, detail: Detail) -> Value {
    let mut shown = contents(record, detail);
    let failure = record.trail.as_ref().map(|_| {
        let failure = Failure::of(record);
        json!({ "fingerprint": failure.fingerprint().to_string(), "shape": failure.shape })
    });
    let more = json!({
        "position": message.position,
        "state": message.state.as_str(),
        "message_id": message.id(record).to_string(),
        "sent_at": instant(message.sent),
        "visible_at": instant(message.due),
        "first_received_at": message.first_receive.map(instant),
        "last_received_at": message.last_receive.map(instant),
        "receive_count": message.receive_count,
        "receives": receives(message, record),
        "priority": message.priority,
        "dead_letter_source": record.dead_letter_source.as_ref().map(ToString::to_string),
        "failure": failure,
    });
    extend(&mut shown, more);
    Value::Object(shown)
}

pub(super) fn scheduled(message: &ScheduledMessage) -> Value {
    let mut shown = contents(&message.record, Detail::Cut);
    let more = json!({
        "message_id": message.message_id.to_string(),
        "deliver_at": instant(message.deliver_at),
        "sent_at": instant(message.sent),
        "priority": message.priority,
    });
    extend(&mut shown, more);
    Value::Object(shown)
}

fn extend(shown: &mut Map<String, Value>, more: Value) {
    if let Value::Object(more) = more {
        shown.extend(more);
    }
}

/// What a sender wrote.
fn contents(record: &Record, detail: Detail) -> Map<String, Value> {
    let cut = match detail {
        Detail::Cut => record.body.char_indices().nth(BODY_LETTERS_MAX).map(|(index, _)| index),
        Detail::Whole => None,
    };
    let body = cut.and_then(|end| record.body.get(..end)).unwrap_or(&record.body);
    let attributes: Map<String, Value> = record.attributes.iter().map(attribute).collect();
    let mut shown = Map::new();
    extend(
        &mut shown,
        json!({
            "body": body,
            "body_bytes": record.body.len(),
            "body_is_cut": cut.is_some(),
            "attributes": attributes,
            "group": record.group_id,
            "deduplication_id": record.deduplication_id,
            "sender_id": record.sender_id,
        }),
    );
    shown
}

pub(super) fn attribute(attribute: &MessageAttribute) -> (String, Value) {
    let data_type = &attribute.data_type;
    let shown = match &attribute.value {
        AttributeValue::Text(text) => json!({ "type": data_type, "value": text }),
        AttributeValue::Binary(bytes) => {
            json!({ "type": data_type, "base64": BASE64.encode(bytes) })
        }
    };
    (attribute.name.clone(), shown)
}

/// Why each receive happened and how it ended, the earliest first: of the queue it is in and, for a
/// dead letter, of the one it came from.
fn receives(message: &Peeked, record: &Record) -> Vec<Value> {
    let endings: Vec<&Ending> = record.trail.iter().flatten().chain(message.trail.iter()).collect();
    let first_noted = endings.iter().map(|ending| ending.receive).min();
    let count = message.receive_count;
    let first = count.saturating_sub(RECEIVES_MAX).max(1);
    let mut before: Option<&'static str> = None;
    let mut shown = Vec::new();
    for receive in first..=count {
        let noted = endings.iter().rev().find(|ending| ending.receive == receive);
        // Only endings that someone spoke of are kept, and of those the last few.
        let is_forgotten =
            endings.len() >= ENDINGS_KEPT && first_noted.is_some_and(|noted| receive < noted);
        let outcome = match noted {
            Some(ending) => ending.reason.as_str(),
            None if receive == count && message.state == MessageState::InFlight => "in-flight",
            None if is_forgotten => "unknown",
            None => "timeout",
        };
        let mut line = Map::new();
        extend(
            &mut line,
            json!({
                "receive": receive,
                "because": because(receive, before),
                "outcome": outcome,
                "ended_at": noted.map(|ending| instant(ending.at)),
            }),
        );
        if let Some(EndReason::FunctionError { error_type, function, version }) =
            noted.map(|ending| &ending.reason)
        {
            let error =
                json!({ "error_type": error_type, "function": function, "version": version });
            extend(&mut line, error);
        }
        shown.push(Value::Object(line));
        before = Some(outcome);
    }
    shown
}

fn because(receive: u32, before: Option<&'static str>) -> String {
    match before {
        _ if receive == 1 => "first delivery".to_owned(),
        Some(outcome) => format!("the receive before ended: {outcome}"),
        None => "an earlier receive ended".to_owned(),
    }
}

pub(super) fn reason(reason: Option<&EndReason>) -> Value {
    match reason {
        None => Value::Null,
        Some(reason) => {
            let mut shown = Map::new();
            shown.insert("outcome".to_owned(), reason.as_str().into());
            if let EndReason::FunctionError { error_type, function, version } = reason {
                let error =
                    json!({ "error_type": error_type, "function": function, "version": version });
                extend(&mut shown, error);
            }
            Value::Object(shown)
        }
    }
}
