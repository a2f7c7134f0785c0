//! JSON bodies: read into values by their schema, written from them.
//!
//! A member that the schema does not know is refused by name, and so is a value of the wrong
//! type: nothing a caller wrote is dropped unseen. Null is the same as absent.

use crate::error::{WireError, refusal};
use crate::schema::{Kind, Location, Member, Schema, TimestampFormat};
use crate::timestamp;
use crate::value::Value;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserializer;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;

/// Reads a body by its schema. An empty body is an empty structure.
pub(crate) fn read<'b>(schema: &'static Schema, body: &'b [u8]) -> Result<Value<'b>, WireError> {
    if body.is_empty() {
        return Ok(Value::Structure(vec![Value::Absent; schema.members().len()]));
    }
    let trail = Trail::default();
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let read = Seed { schema, trail: &trail }.deserialize(&mut deserializer);
    match read.and_then(|value| deserializer.end().map(|()| value)) {
        Ok(Value::Absent) => Err(refusal::serialization("Expected a JSON object.".to_owned())),
        Ok(value) => Ok(value),
        Err(error) => Err(refusal::serialization(trail.explain(&error))),
    }
}

/// What went wrong, and on the way out of which members.
#[derive(Default)]
struct Trail(RefCell<(Option<String>, Vec<String>)>);

impl Trail {
    fn fail<E: serde::de::Error>(&self, reason: String) -> E {
        self.0.borrow_mut().0 = Some(reason);
        E::custom("explained by the trail")
    }

    fn leave(&self, member: impl FnOnce() -> String) {
        self.0.borrow_mut().1.push(member());
    }

    fn explain(&self, error: &serde_json::Error) -> String {
        let (reason, path) = &*self.0.borrow();
        let path: Vec<&str> = path.iter().rev().map(String::as_str).collect();
        match reason {
            Some(reason) if path.is_empty() => format!("{reason}."),
            Some(reason) => format!("{reason} at '{}'.", path.join(".")),
            None => format!("The request body is not valid JSON: {error}."),
        }
    }
}

#[derive(Clone, Copy)]
struct Seed<'t> {
    schema: &'static Schema,
    trail: &'t Trail,
}

impl Seed<'_> {
    fn mismatch<E: serde::de::Error>(&self, found: &str) -> E {
        let expected = match self.schema.kind {
            Kind::Boolean => "a Boolean",
            Kind::Integer => "an Integer",
            Kind::Long => "a Long",
            Kind::Float => "a Float",
            Kind::Double => "a Double",
            Kind::String => "a String",
            Kind::Blob => "a Blob",
            Kind::Timestamp(_) => "a Timestamp",
            Kind::Structure(_) | Kind::Map { .. } => "a structure or map",
            Kind::List { .. } => "a list",
        };
        self.trail.fail(format!("{found} can not be converted to {expected}"))
    }

    fn text<'b, E: serde::de::Error>(&self, text: Cow<'b, str>) -> Result<Value<'b>, E> {
        match self.schema.kind {
            Kind::String => Ok(Value::String(text)),
            Kind::Blob => match BASE64.decode(text.as_bytes()) {
                Ok(bytes) => Ok(Value::Blob(bytes.into())),
                Err(_) => Err(self.trail.fail("STRING_VALUE is not valid Base64".to_owned())),
            },
            Kind::Float | Kind::Double => match &*text {
                "NaN" => Ok(Value::Double(f64::NAN)),
                "Infinity" => Ok(Value::Double(f64::INFINITY)),
                "-Infinity" => Ok(Value::Double(f64::NEG_INFINITY)),
                _ => Err(self.mismatch("STRING_VALUE")),
            },
            Kind::Timestamp(TimestampFormat::Iso8601) => timestamp::parse_iso8601(&text)
                .map(Value::Timestamp)
                .ok_or_else(|| self.mismatch("STRING_VALUE")),
            Kind::Timestamp(TimestampFormat::HttpDate) => timestamp::parse_http_date(&text)
                .map(Value::Timestamp)
                .ok_or_else(|| self.mismatch("STRING_VALUE")),
            Kind::Timestamp(TimestampFormat::Default | TimestampFormat::EpochSeconds)
            | Kind::Boolean
            | Kind::Integer
            | Kind::Long
            | Kind::Structure(_)
            | Kind::List { .. }
            | Kind::Map { .. } => Err(self.mismatch("STRING_VALUE")),
        }
    }

    fn whole<E: serde::de::Error>(&self, number: i64) -> Result<Value<'static>, E> {
        match self.schema.kind {
            Kind::Integer if i32::try_from(number).is_err() => Err(self.mismatch("NUMBER_VALUE")),
            Kind::Integer | Kind::Long => Ok(Value::Integer(number)),
            Kind::Float
            | Kind::Double
            | Kind::Timestamp(_)
            | Kind::Boolean
            | Kind::String
            | Kind::Blob
            | Kind::Structure(_)
            | Kind::List { .. }
            | Kind::Map { .. } => self.fraction(number as f64),
        }
    }

    fn fraction<E: serde::de::Error>(&self, number: f64) -> Result<Value<'static>, E> {
        match self.schema.kind {
            Kind::Float | Kind::Double => Ok(Value::Double(number)),
            Kind::Timestamp(TimestampFormat::Default | TimestampFormat::EpochSeconds) => {
                timestamp::from_seconds(number)
                    .map(Value::Timestamp)
                    .ok_or_else(|| self.mismatch("NUMBER_VALUE"))
            }
            // Some languages know no other number: 3.0 means 3.
            Kind::Integer | Kind::Long => match whole_number(number) {
                Some(whole) => self.whole(whole),
                None => Err(self.mismatch("NUMBER_VALUE")),
            },
            Kind::Timestamp(_)
            | Kind::Boolean
            | Kind::String
            | Kind::Blob
            | Kind::Structure(_)
            | Kind::List { .. }
            | Kind::Map { .. } => Err(self.mismatch("NUMBER_VALUE")),
        }
    }

    fn structure<'b, A: MapAccess<'b>>(
        &self,
        members: &'static [Member],
        mut entries: A,
    ) -> Result<Value<'b>, A::Error> {
        let mut values = vec![Value::Absent; members.len()];
        while let Some(Text(name)) = entries.next_key()? {
            let known = members
                .iter()
                .zip(&mut values)
                .find(|(member, _)| member.location == Location::Body && member.wire_name == name);
            let Some((member, value)) = known else {
                // Clients of unions may say which shape they mean; the schema knows already.
                if name == "__type" {
                    entries.next_value::<IgnoredAny>()?;
                    continue;
                }
                return Err(self.trail.fail(format!("Unknown member '{name}'")));
            };
            let seed = Seed { schema: member.schema, trail: self.trail };
            *value = entries
                .next_value_seed(seed)
                .inspect_err(|_| self.trail.leave(|| member.wire_name.to_owned()))?;
        }
        Ok(Value::Structure(values))
    }
}

/// The number when it has no fraction and is exact.
fn whole_number(number: f64) -> Option<i64> {
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0; // 2^53
    #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^53 is exact")]
    let whole = number as i64;
    (number.fract() == 0.0 && number.abs() <= EXACT_MAX).then_some(whole)
}

impl<'b> DeserializeSeed<'b> for Seed<'_> {
    type Value = Value<'b>;

    fn deserialize<D: Deserializer<'b>>(self, deserializer: D) -> Result<Value<'b>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'b> Visitor<'b> for Seed<'_> {
    type Value = Value<'b>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.schema.name)
    }

    fn visit_unit<E>(self) -> Result<Value<'b>, E> {
        Ok(Value::Absent)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Value<'b>, E> {
        if matches!(self.schema.kind, Kind::Boolean) {
            return Ok(Value::Boolean(value));
        }
        Err(self.mismatch(if value { "TRUE_VALUE" } else { "FALSE_VALUE" }))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Value<'b>, E> {
        self.whole(value)
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value<'b>, E> {
        match i64::try_from(value) {
            Ok(value) => self.whole(value),
            Err(_) => self.fraction(value as f64),
        }
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value<'b>, E> {
        self.fraction(value)
    }

    fn visit_borrowed_str<E: serde::de::Error>(self, text: &'b str) -> Result<Value<'b>, E> {
        self.text(Cow::Borrowed(text))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Value<'b>, E> {
        self.text(Cow::Owned(text.to_owned()))
    }

    fn visit_string<E: serde::de::Error>(self, text: String) -> Result<Value<'b>, E> {
        self.text(Cow::Owned(text))
    }

    fn visit_seq<A: SeqAccess<'b>>(self, mut elements: A) -> Result<Value<'b>, A::Error> {
        let Kind::List { member, .. } = self.schema.kind else {
            return Err(self.mismatch("START_ARRAY"));
        };
        let mut values = Vec::new();
        let seed = Seed { schema: member, trail: self.trail };
        loop {
            match elements.next_element_seed(seed) {
                Ok(Some(value)) => values.push(value),
                Ok(None) => return Ok(Value::List(values)),
                Err(error) => {
                    self.trail.leave(|| (values.len() + 1).to_string());
                    return Err(error);
                }
            }
        }
    }

    fn visit_map<A: MapAccess<'b>>(self, mut entries: A) -> Result<Value<'b>, A::Error> {
        if let Kind::Structure(members) = self.schema.kind {
            return self.structure(members, entries);
        }
        let Kind::Map { value, .. } = self.schema.kind else {
            return Err(self.mismatch("START_OBJECT"));
        };
        let mut values = Vec::new();
        let seed = Seed { schema: value, trail: self.trail };
        while let Some(Text(key)) = entries.next_key()? {
            let value = entries
                .next_value_seed(seed)
                .inspect_err(|_| self.trail.leave(|| key.to_string()))?;
            // A null entry of a map is no entry.
            if !value.is_absent() {
                values.push((key, value));
            }
        }
        Ok(Value::Map(values))
    }
}

/// A key, borrowed where it holds no escapes.
struct Text<'b>(Cow<'b, str>);

impl<'b> serde::Deserialize<'b> for Text<'b> {
    fn deserialize<D: Deserializer<'b>>(deserializer: D) -> Result<Self, D::Error> {
        struct Key;
        impl<'b> Visitor<'b> for Key {
            type Value = Text<'b>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }
            fn visit_borrowed_str<E>(self, text: &'b str) -> Result<Text<'b>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Text<'b>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Key)
    }
}

/// Writes a value by its schema. Of a structure, only what travels in the body.
pub(crate) fn write(out: &mut Vec<u8>, schema: &'static Schema, value: &Value<'_>) {
    match value {
        Value::Absent => out.extend_from_slice(b"null"),
        Value::Boolean(true) => out.extend_from_slice(b"true"),
        Value::Boolean(false) => out.extend_from_slice(b"false"),
        Value::Integer(number) => write_plain(out, number),
        Value::Double(number) => write_double(out, *number),
        Value::String(text) => write_plain(out, text),
        Value::Blob(bytes) => {
            out.push(b'"');
            out.extend_from_slice(BASE64.encode(bytes).as_bytes());
            out.push(b'"');
        }
        Value::Timestamp(millis) => {
            let format = schema.kind.timestamp_format(TimestampFormat::EpochSeconds);
            let text = timestamp::format(*millis, format);
            if format == TimestampFormat::EpochSeconds {
                out.extend_from_slice(text.as_bytes());
            } else {
                write_plain(out, &text);
            }
        }
        Value::List(values) => {
            let Kind::List { member, .. } = schema.kind else { return };
            out.push(b'[');
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write(out, member, value);
            }
            out.push(b']');
        }
        Value::Map(entries) => {
            let Kind::Map { value: schema, .. } = schema.kind else { return };
            let mut separator = b'{';
            for (key, value) in entries {
                out.push(separator);
                separator = b',';
                write_plain(out, key);
                out.push(b':');
                write(out, schema, value);
            }
            close(out, separator);
        }
        Value::Structure(values) => {
            let mut separator = b'{';
            for (member, value) in schema.members().iter().zip(values) {
                if member.location != Location::Body || value.is_absent() {
                    continue;
                }
                out.push(separator);
                separator = b',';
                write_plain(out, member.wire_name);
                out.push(b':');
                write(out, member.schema, value);
            }
            close(out, separator);
        }
    }
}

/// Ends an object whose first entry, if any, has turned the separator into a comma.
fn close(out: &mut Vec<u8>, separator: u8) {
    if separator == b'{' {
        out.push(b'{');
    }
    out.push(b'}');
}

fn write_plain<T: serde::Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    serde_json::to_writer(out, value)
        .expect("text and numbers are always JSON, and memory takes it");
}

fn write_double(out: &mut Vec<u8>, number: f64) {
    if number.is_finite() {
        write_plain(out, &number);
    } else if number.is_nan() {
        write_plain(out, "NaN");
    } else {
        write_plain(out, if number > 0.0 { "Infinity" } else { "-Infinity" });
    }
}
