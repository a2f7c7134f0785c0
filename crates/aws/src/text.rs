//! Scalars as text: what parameters, labels, headers and XML elements hold.

use crate::error::WireError;
use crate::schema::{Kind, Schema, TimestampFormat};
use crate::timestamp;
use crate::value::Value;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use std::borrow::Cow;

/// A value from its text: parameters, labels and headers alike.
pub(crate) fn read_text<'r>(
    schema: &'static Schema,
    text: Cow<'r, str>,
) -> Result<Value<'r>, WireError> {
    let value = match schema.kind {
        Kind::String => return Ok(Value::String(text)),
        Kind::Boolean => match &*text {
            "true" | "True" | "TRUE" | "1" => Some(Value::Boolean(true)),
            "false" | "False" | "FALSE" | "0" => Some(Value::Boolean(false)),
            _ => None,
        },
        Kind::Integer => text.parse::<i32>().ok().map(|number| Value::Integer(number.into())),
        Kind::Long => text.parse().ok().map(Value::Integer),
        Kind::Float | Kind::Double => read_double(&text).map(Value::Double),
        Kind::Blob => BASE64.decode(text.as_bytes()).ok().map(|bytes| Value::Blob(bytes.into())),
        Kind::Timestamp(format) => read_timestamp(format, &text).map(Value::Timestamp),
        Kind::Structure(_) | Kind::List { .. } | Kind::Map { .. } => None,
    };
    value.ok_or_else(|| {
        let kind = match schema.kind {
            Kind::Boolean => "Boolean",
            Kind::Integer => "Integer",
            Kind::Long => "Long",
            Kind::Float | Kind::Double => "Double",
            Kind::Blob => "Base64",
            Kind::Timestamp(_) => "Timestamp",
            Kind::String | Kind::Structure(_) | Kind::List { .. } | Kind::Map { .. } => "value",
        };
        WireError::sender("MalformedInput", 400, format!("'{text}' is not a valid {kind}."))
    })
}

fn read_double(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ => text.parse().ok().filter(|number: &f64| number.is_finite()),
    }
}

/// The format the schema names, else whichever the text is in: clients differ.
fn read_timestamp(format: TimestampFormat, text: &str) -> Option<i64> {
    let epoch = || text.parse().ok().and_then(timestamp::from_seconds);
    match format {
        TimestampFormat::Iso8601 => timestamp::parse_iso8601(text),
        TimestampFormat::EpochSeconds => epoch(),
        TimestampFormat::HttpDate => timestamp::parse_http_date(text),
        TimestampFormat::Default => timestamp::parse_iso8601(text)
            .or_else(|| timestamp::parse_http_date(text))
            .or_else(epoch),
    }
}

/// A scalar's text; timestamps in the schema's format, or in `default` where it names none.
pub(crate) fn write_text<'v>(
    schema: &'static Schema,
    value: &'v Value<'_>,
    default: TimestampFormat,
) -> Cow<'v, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        Value::Boolean(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
        Value::Integer(number) => Cow::Owned(number.to_string()),
        Value::Double(number) if number.is_infinite() => {
            Cow::Borrowed(if *number > 0.0 { "Infinity" } else { "-Infinity" })
        }
        Value::Double(number) => Cow::Owned(number.to_string()),
        Value::Blob(bytes) => Cow::Owned(BASE64.encode(bytes)),
        Value::Timestamp(millis) => {
            let format = schema.kind.timestamp_format(default);
            Cow::Owned(timestamp::format(*millis, format))
        }
        Value::Absent | Value::List(_) | Value::Map(_) | Value::Structure(_) => Cow::Borrowed(""),
    }
}
