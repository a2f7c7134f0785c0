//! A case, and how it is run.

use crate::xml::{self, Siblings};
use crate::{schemas, values};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::Value as Json;
use std::fs;
use std::path::Path;
use tidemill_aws::protocol;
use tidemill_aws::schema::Operation;
use tidemill_aws::{HttpRequest, HttpResponse, Protocol, WireError};
use tidemill_kernel::Uuid;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Direction {
    Input,
    Output,
}

#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) direction: Direction,
    suite: Json,
    case: Json,
}

pub(crate) fn load(file: &Path, direction: Direction) -> Vec<Case> {
    let text = fs::read_to_string(file).expect("the cases are readable");
    let suites: Vec<Json> = serde_json::from_str(&text).expect("the cases are JSON");
    let mut cases = Vec::new();
    for mut suite in suites {
        let Json::Array(listed) = suite["cases"].take() else { panic!("a suite has cases") };
        for case in listed {
            let id = text_at(&case, "id").to_owned();
            cases.push(Case { id, direction, suite: suite.clone(), case });
        }
    }
    cases
}

fn text_at<'j>(json: &'j Json, key: &str) -> &'j str {
    json.get(key).and_then(Json::as_str).unwrap_or_default()
}

/// Reads what a client sends and compares it with what the client meant.
pub(crate) fn run_input(case: &Case, protocol: Protocol) -> Result<(), String> {
    let operation = schemas::operation(&case.suite, &case.case["given"])?;
    let request = request(&case.case["serialized"]);
    let read = protocol::read(operation, protocol, &request).map_err(|error| error.message)?;
    let meant = values::of(operation.input, &case.case["params"]);
    same(&values::sorted(&meant), &values::sorted(&read))
}

fn request(serialized: &Json) -> HttpRequest {
    let uri = text_at(serialized, "uri");
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let mut headers = HeaderMap::new();
    for (name, value) in serialized["headers"].as_object().into_iter().flatten() {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a header's name");
        let value = value.as_str().expect("a header's value");
        headers.append(name, HeaderValue::from_str(value).expect("a header's value"));
    }
    HttpRequest {
        method: Method::from_bytes(text_at(serialized, "method").as_bytes()).expect("a method"),
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
        body: Bytes::copy_from_slice(text_at(serialized, "body").as_bytes()),
    }
}

/// Writes what a client understands and compares it with what the client was sent.
pub(crate) fn run_output(case: &Case, protocol: Protocol) -> Result<(), String> {
    let operation = schemas::operation(&case.suite, &case.case["given"])?;
    let Some(result) = case.case.get("result") else {
        return run_error(case, operation, protocol);
    };
    let value = values::of(operation.output, result);
    let written = protocol::write(operation, protocol, &value, Uuid([7; 16]));
    let expected = &case.case["response"];
    if expected["status_code"].as_u64() != Some(u64::from(written.status)) {
        return Err(format!("status {} and not {}", written.status, expected["status_code"]));
    }
    for (name, value) in expected["headers"].as_object().into_iter().flatten() {
        if name.eq_ignore_ascii_case("content-type") || name.eq_ignore_ascii_case("x-amz-target") {
            continue;
        }
        let found = written.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        let found = found.map(|(_, value)| value.as_str());
        if found != value.as_str() {
            return Err(format!("header {name}: {found:?} and not {value}"));
        }
    }
    // Maps have no order, so lists cannot be told to keep theirs where a case has both.
    let has_map = case.id.contains("Map") || text_at(expected, "body").contains("<entry>");
    let siblings = if has_map { Siblings::Unordered } else { Siblings::Ordered };
    same_body(protocol, siblings, text_at(expected, "body"), &written)
}

/// Renders an error as ours are: a code and a message.
fn run_error(case: &Case, operation: &Operation, protocol: Protocol) -> Result<(), String> {
    let expected = &case.case["response"];
    let (code, message) = (text_at(&case.case, "errorCode"), text_at(&case.case, "errorMessage"));
    let members = case.case["error"].as_object().into_iter().flatten();
    let extra: Vec<&String> = members
        .map(|(name, _)| name)
        .filter(|name| !name.eq_ignore_ascii_case("message"))
        .collect();
    if !extra.is_empty() {
        return Err(format!("an error with members of its own: {extra:?}"));
    }
    let declared = operation.model.errors.first();
    let shape = declared.map(|error| error.shape).ok_or("an error that is not declared")?;
    let status = declared.map(|error| error.status).unwrap_or_default();
    let written = WireError::sender(shape, status, message.to_owned()).render_by(
        Some(operation.model),
        protocol,
        Uuid([7; 16]),
    );
    if expected["status_code"].as_u64() != Some(u64::from(written.status)) {
        return Err(format!("status {} and not {}", written.status, expected["status_code"]));
    }
    let body = String::from_utf8_lossy(&written.body);
    let understood = match protocol {
        Protocol::Query => {
            let between = |tag: &str| {
                let (_, after) = body.split_once(&format!("<{tag}>"))?;
                after.split_once('<').map(|(text, _)| text.to_owned())
            };
            (between("Code"), between("Message"))
        }
        Protocol::Json10 | Protocol::Json11 | Protocol::RestJson => {
            let json: Json = serde_json::from_str(&body).map_err(|error| error.to_string())?;
            let member = |name: &str| json[name].as_str().map(str::to_owned);
            let header = |name: &str| {
                let found = written.headers.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| value.clone())
            };
            let code = header("x-amzn-query-error")
                .and_then(|value| value.split_once(';').map(|(code, _)| code.to_owned()))
                .or_else(|| header("x-amzn-ErrorType"))
                .or_else(|| member("__type"));
            (code, member("message").or_else(|| member("Message")))
        }
    };
    let (found_code, found_message) = understood;
    same(code, &found_code.unwrap_or_default())?;
    same(message, &found_message.unwrap_or_default())
}

fn same_body(
    protocol: Protocol,
    siblings: Siblings,
    expected: &str,
    written: &HttpResponse,
) -> Result<(), String> {
    let written = String::from_utf8_lossy(&written.body);
    match protocol {
        // The cases leave out the metadata that every real answer ends with.
        Protocol::Query if expected.is_empty() => Ok(()),
        Protocol::Query => {
            let metadata =
                written.find("<ResponseMetadata>").zip(written.find("</ResponseMetadata>"));
            let (from, to) = metadata.expect("every answer has its request id");
            let end = to + "</ResponseMetadata>".len();
            let bare = format!("{}{}", &written[..from], &written[end..]);
            same(&xml::shown(expected, siblings), &xml::shown(&bare, siblings))
        }
        Protocol::Json10 | Protocol::Json11 | Protocol::RestJson => {
            match (serde_json::from_str(expected), serde_json::from_str::<Json>(&written)) {
                (Ok(expected), Ok(written)) => {
                    let expected: Json = expected;
                    same(
                        &with_plain_numbers(expected).to_string(),
                        &with_plain_numbers(written).to_string(),
                    )
                }
                // An empty object and no body at all say the same to every client.
                _ if written == "{}" => same(expected, ""),
                _ => same(expected, &written),
            }
        }
    }
}

/// 1 and 1.0 are one number in JSON.
fn with_plain_numbers(json: Json) -> Json {
    match json {
        Json::Number(number) => serde_json::json!(number.as_f64()),
        Json::Array(values) => values.into_iter().map(with_plain_numbers).collect(),
        Json::Object(entries) => {
            entries.into_iter().map(|(key, value)| (key, with_plain_numbers(value))).collect()
        }
        Json::Null | Json::Bool(_) | Json::String(_) => json,
    }
}

fn same(expected: &str, found: &str) -> Result<(), String> {
    if expected == found {
        return Ok(());
    }
    Err(format!("\n  expected {expected}\n  found    {found}"))
}
