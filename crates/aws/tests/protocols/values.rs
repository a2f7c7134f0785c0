//! Parameters and results, as the cases write them, as values.

use serde_json::Value as Json;
use std::borrow::Cow;
use tidemill_aws::schema::{Kind, Schema};
use tidemill_aws::value::Value;

/// Blobs are plain text and timestamps seconds; everything else is what it looks like.
pub(crate) fn of(schema: &'static Schema, json: &Json) -> Value<'static> {
    let text = || json.as_str().unwrap_or_default();
    match schema.kind {
        _ if json.is_null() => Value::Absent,
        Kind::Boolean => Value::Boolean(json.as_bool().expect("a boolean")),
        Kind::Integer | Kind::Long => Value::Integer(json.as_i64().expect("a number")),
        Kind::Float | Kind::Double => Value::Double(match text() {
            "NaN" => f64::NAN,
            "Infinity" => f64::INFINITY,
            "-Infinity" => f64::NEG_INFINITY,
            _ => json.as_f64().expect("a number"),
        }),
        Kind::String => Value::String(Cow::Owned(text().to_owned())),
        Kind::Blob => Value::Blob(text().as_bytes().to_vec().into()),
        Kind::Timestamp(_) => {
            #[expect(clippy::cast_possible_truncation, reason = "the cases stay in range")]
            let millis = (json.as_f64().expect("seconds") * 1000.0).round() as i64;
            Value::Timestamp(millis)
        }
        Kind::List { member, .. } => Value::List(
            json.as_array().expect("a list").iter().map(|one| of(member, one)).collect(),
        ),
        Kind::Map { value, .. } => {
            let entries = json.as_object().expect("a map").iter();
            Value::Map(
                entries.map(|(key, json)| (Cow::Owned(key.clone()), of(value, json))).collect(),
            )
        }
        Kind::Structure(members) => Value::Structure(
            members
                .iter()
                .map(|member| of(member.schema, json.get(member.name).unwrap_or(&Json::Null)))
                .collect(),
        ),
    }
}

/// The same value with maps in order, so that two of them can be compared as text (which also
/// makes one NaN equal to another).
pub(crate) fn sorted(value: &Value<'_>) -> String {
    match value {
        Value::Map(entries) => {
            let mut entries: Vec<String> =
                entries.iter().map(|(key, value)| format!("{key:?}: {}", sorted(value))).collect();
            entries.sort();
            format!("{{{}}}", entries.join(", "))
        }
        Value::List(values) | Value::Structure(values) => {
            format!("[{}]", values.iter().map(sorted).collect::<Vec<_>>().join(", "))
        }
        Value::Absent
        | Value::Boolean(_)
        | Value::Integer(_)
        | Value::Double(_)
        | Value::String(_)
        | Value::Blob(_)
        | Value::Timestamp(_) => format!("{value:?}"),
    }
}
