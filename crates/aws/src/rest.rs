//! REST-JSON: members in the path, the query string, headers and the body.

use crate::error::{WireError, refusal};
use crate::http::{HttpRequest, HttpResponse};
use crate::json;
use crate::percent::{self, Plus};
use crate::schema::{Kind, Location, Member, Operation, Schema, TimestampFormat};
use crate::text::{read_text, write_text};
use crate::value::Value;
use ::http::HeaderValue;
use bytes::Bytes;
use std::borrow::Cow;

/// Whether a path is one of this template's; the labels' values, still encoded, in order.
///
/// A label is one segment, and never empty; `{Label+}` is the rest of the path.
#[must_use]
pub(crate) fn match_path<'r>(template: &str, path: &'r str) -> Option<Vec<&'r str>> {
    let mut labels = Vec::new();
    // Whether a list ends in a slash has changed between releases of the models.
    let (template, path) = if template.ends_with("+}") {
        (template, path)
    } else {
        (template.trim_end_matches('/'), path.strip_suffix('/').unwrap_or(path))
    };
    if template.is_empty() {
        return path.is_empty().then_some(labels);
    }
    let mut rest = path.strip_prefix('/')?;
    let mut parts = template.strip_prefix('/')?.split('/').peekable();
    while let Some(part) = parts.next() {
        if part.ends_with("+}") && parts.peek().is_none() {
            labels.push(rest);
            return (!rest.is_empty()).then_some(labels);
        }
        let (segment, tail) = rest.split_once('/').unwrap_or((rest, ""));
        if parts.peek().is_some() && segment.len() == rest.len() {
            return None;
        }
        if part.starts_with('{') {
            if segment.is_empty() {
                return None;
            }
            labels.push(segment);
        } else if part != segment {
            return None;
        }
        if parts.peek().is_none() && segment.len() != rest.len() {
            return None;
        }
        rest = tail;
    }
    Some(labels)
}

fn label_names(template: &str) -> impl Iterator<Item = &str> {
    template
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| name.trim_end_matches('+'))
}

pub(crate) fn read<'r>(
    operation: &'static Operation,
    request: &'r HttpRequest,
) -> Result<Value<'r>, WireError> {
    let schema = operation.input;
    let payload = schema.members().iter().find(|member| member.location == Location::Payload);
    let has_body = schema.members().iter().any(|member| member.location == Location::Body);
    let mut values = match (payload, has_body) {
        (None, true) => json::read(schema, &request.body)?.into_members().collect(),
        (None, false) => {
            refuse_body(schema, request)?;
            vec![Value::Absent; schema.members().len()]
        }
        (Some(_), _) => vec![Value::Absent; schema.members().len()],
    };
    let labels = match_path(operation.uri, &request.path).unwrap_or_default();
    let labels: Vec<(&str, &str)> = label_names(operation.uri).zip(labels).collect();
    let query = read_query(operation, request)?;
    for (member, value) in schema.members().iter().zip(&mut values) {
        let read = match member.location {
            Location::Body | Location::Status => continue,
            Location::Uri => read_label(member, &labels),
            Location::QueryString => read_parameter(member, &query),
            Location::Header => read_header(member, request),
            Location::HeaderPrefix => read_prefixed(member, request),
            Location::Payload => read_payload(member, &request.body),
        };
        *value = read.map_err(|error| error.inside(member.name))?;
    }
    Ok(Value::Structure(values))
}

/// An operation without a body takes none but an empty one.
fn refuse_body(schema: &'static Schema, request: &HttpRequest) -> Result<(), WireError> {
    if request.body.iter().all(u8::is_ascii_whitespace) {
        return Ok(());
    }
    // Some clients send `{}` with everything: nothing in it, nothing ignored.
    json::read(schema, &request.body).map(|_| ())
}

type Parameters<'r> = Vec<(Cow<'r, str>, Cow<'r, str>)>;

/// The query string, without what belongs to a signature; unknown parameters are refused.
fn read_query<'r>(
    operation: &'static Operation,
    request: &'r HttpRequest,
) -> Result<Parameters<'r>, WireError> {
    let members = operation.input.members();
    let takes_any = members.iter().any(|member| {
        member.location == Location::QueryString && matches!(member.schema.kind, Kind::Map { .. })
    });
    let is_known = |name: &str| {
        takes_any
            || name.starts_with("X-Amz-")
            || percent::pairs(operation.uri_query).flatten().any(|(fixed, _)| fixed == name)
            || members
                .iter()
                .any(|member| member.location == Location::QueryString && member.wire_name == name)
    };
    let mut parameters = Vec::new();
    for pair in percent::pairs(&request.query) {
        let Some((name, value)) = pair else {
            return Err(refusal::serialization("The query string is not UTF-8.".to_owned()));
        };
        if !is_known(&name) {
            return Err(refusal::serialization(format!("Unknown query parameter '{name}'.")));
        }
        if !name.starts_with("X-Amz-") {
            parameters.push((name, value));
        }
    }
    Ok(parameters)
}

fn read_label<'r>(member: &Member, labels: &[(&str, &'r str)]) -> Result<Value<'r>, WireError> {
    let Some((_, text)) = labels.iter().find(|(name, _)| *name == member.wire_name) else {
        return Ok(Value::Absent);
    };
    match percent::decode(text, Plus::IsPlus) {
        Some(text) => read_text(member.schema, text),
        None => Err(refusal::serialization("The path is not UTF-8.".to_owned())),
    }
}

fn read_parameter<'r>(
    member: &'static Member,
    query: &Parameters<'r>,
) -> Result<Value<'r>, WireError> {
    let mut found =
        query.iter().filter(|(name, _)| name == member.wire_name).map(|(_, value)| value.clone());
    match member.schema.kind {
        Kind::List { member: element, .. } => {
            let values: Vec<Value<'r>> =
                found.map(|text| read_text(element, text)).collect::<Result<_, _>>()?;
            Ok(if values.is_empty() { Value::Absent } else { Value::List(values) })
        }
        Kind::Map { value, .. } => read_parameter_map(value, query),
        Kind::Boolean
        | Kind::Integer
        | Kind::Long
        | Kind::Float
        | Kind::Double
        | Kind::String
        | Kind::Blob
        | Kind::Timestamp(_)
        | Kind::Structure(_) => {
            found.next().map_or(Ok(Value::Absent), |text| read_text(member.schema, text))
        }
    }
}

/// A map takes every parameter, those with members of their own too.
fn read_parameter_map<'r>(
    value_schema: &'static Schema,
    query: &Parameters<'r>,
) -> Result<Value<'r>, WireError> {
    let mut entries: Vec<(Cow<'r, str>, Value<'r>)> = Vec::new();
    for (name, text) in query {
        if let Kind::List { member, .. } = value_schema.kind {
            let value = read_text(member, text.clone())?;
            match entries.iter_mut().find(|(known, _)| known == name) {
                Some((_, Value::List(values))) => values.push(value),
                Some(_) | None => entries.push((name.clone(), Value::List(vec![value]))),
            }
        } else {
            entries.push((name.clone(), read_text(value_schema, text.clone())?));
        }
    }
    Ok(if entries.is_empty() { Value::Absent } else { Value::Map(entries) })
}

fn read_header<'r>(
    member: &'static Member,
    request: &'r HttpRequest,
) -> Result<Value<'r>, WireError> {
    let Some(element) = member.schema.kind.element() else {
        let line = request.headers.get(member.wire_name);
        return line.map_or(Ok(Value::Absent), |line| {
            read_text(member.schema, Cow::Borrowed(header_line(line)?))
        });
    };
    let mut values = Vec::new();
    let is_http_date = matches!(
        element.kind,
        Kind::Timestamp(TimestampFormat::Default | TimestampFormat::HttpDate)
    );
    for line in request.headers.get_all(member.wire_name) {
        for text in split_header(header_line(line)?, is_http_date) {
            values.push(read_text(element, text)?);
        }
    }
    Ok(if values.is_empty() { Value::Absent } else { Value::List(values) })
}

fn header_line(line: &HeaderValue) -> Result<&str, WireError> {
    std::str::from_utf8(line.as_bytes())
        .map_err(|_| refusal::serialization("The header is not UTF-8.".to_owned()))
}

/// A list in a header: split at commas, but not inside quotes, nor at the comma of a date.
fn split_header(line: &str, is_http_date: bool) -> Vec<Cow<'_, str>> {
    let mut items = Vec::new();
    let (mut start, mut is_quoted, mut is_escaped, mut commas) = (0, false, false, 0);
    for (at, byte) in line.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_quoted => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            b',' if !is_quoted => {
                commas += 1;
                if !is_http_date || commas % 2 == 0 {
                    items.push(line.get(start..at).unwrap_or_default());
                    start = at + 1;
                }
            }
            _ => {}
        }
    }
    items.push(line.get(start..).unwrap_or_default());
    items.into_iter().map(str::trim).filter(|item| !item.is_empty()).map(unquote).collect()
}

fn unquote(item: &str) -> Cow<'_, str> {
    match item.strip_prefix('"').and_then(|item| item.strip_suffix('"')) {
        Some(inner) => Cow::Owned(inner.replace("\\\"", "\"").replace("\\\\", "\\")),
        None => Cow::Borrowed(item),
    }
}

fn read_prefixed<'r>(member: &Member, request: &'r HttpRequest) -> Result<Value<'r>, WireError> {
    let mut entries = Vec::new();
    for (name, value) in &request.headers {
        let prefix = member.wire_name.len();
        let matches = name
            .as_str()
            .get(..prefix)
            .is_some_and(|start| start.eq_ignore_ascii_case(member.wire_name));
        if let (true, Some(rest)) = (matches, name.as_str().get(prefix..)) {
            entries.push((Cow::Borrowed(rest), Value::String(Cow::Borrowed(header_line(value)?))));
        }
    }
    Ok(if entries.is_empty() { Value::Absent } else { Value::Map(entries) })
}

fn read_payload<'r>(member: &'static Member, body: &'r Bytes) -> Result<Value<'r>, WireError> {
    if body.is_empty() {
        return Ok(Value::Absent);
    }
    if let Kind::Blob = member.schema.kind {
        return Ok(Value::Blob(body.clone()));
    }
    if let Kind::String = member.schema.kind {
        return match std::str::from_utf8(body) {
            Ok(text) => Ok(Value::String(Cow::Borrowed(text))),
            Err(_) => Err(refusal::serialization("The body is not UTF-8.".to_owned())),
        };
    }
    json::read(member.schema, body)
}

pub(crate) fn write(operation: &'static Operation, value: &Value<'_>) -> HttpResponse {
    let schema = operation.output;
    let mut response =
        HttpResponse { status: operation.status, headers: Vec::new(), body: Bytes::new() };
    let Value::Structure(values) = value else { return response };
    let has_body = schema.members().iter().any(|member| member.location == Location::Body);
    let has_payload = schema.members().iter().any(|member| member.location == Location::Payload);
    if has_body || (!has_payload && response.status != 204) {
        let mut body = Vec::with_capacity(256);
        json::write(&mut body, schema, value);
        response.body = body.into();
        response.headers.push(("content-type", "application/json".to_owned()));
    }
    for (member, value) in schema.members().iter().zip(values) {
        match (member.location, value) {
            (_, Value::Absent) => {}
            (Location::Status, Value::Integer(status)) => {
                response.status = u16::try_from(*status).unwrap_or(operation.status);
            }
            (Location::Header, value) => {
                response.headers.push((member.wire_name, header_text(member.schema, value)));
            }
            (Location::Payload, value) => {
                let (content_type, body) = write_payload(member, value);
                response.body = body;
                response.headers.push(("content-type", content_type.to_owned()));
            }
            _ => {}
        }
    }
    response
}

fn write_payload(member: &'static Member, value: &Value<'_>) -> (&'static str, Bytes) {
    if let Value::Blob(bytes) = value {
        return ("application/octet-stream", bytes.clone());
    }
    if let Value::String(text) = value {
        return ("text/plain", Bytes::copy_from_slice(text.as_bytes()));
    }
    let mut body = Vec::with_capacity(256);
    json::write(&mut body, member.schema, value);
    ("application/json", body.into())
}

fn header_text(schema: &'static Schema, value: &Value<'_>) -> String {
    let (Value::List(values), Kind::List { member, .. }) = (value, schema.kind) else {
        return write_text(schema, value, TimestampFormat::HttpDate).into_owned();
    };
    let quoted = values.iter().map(|value| {
        let text = write_text(member, value, TimestampFormat::HttpDate);
        if matches!(value, Value::String(_)) && text.contains([',', '"']) {
            Cow::Owned(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
        } else {
            text
        }
    });
    quoted.collect::<Vec<_>>().join(", ")
}
