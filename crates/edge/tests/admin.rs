//! The admin API over a real socket, with a real node behind it.

#![expect(clippy::indexing_slicing, reason = "a test that finds less than it expects must fail")]

mod support;

use expect_test::expect;
use http::{HeaderMap, HeaderValue, Method};
use serde_json::{Value, json};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use support::{ACCESS_KEY_ID, Answer, Client, SECRET_ACCESS_KEY, Served, sqs};
use tidemill_aws::HttpRequest;
use tidemill_aws::sigv4::Signer;
use tidemill_kernel::Timestamp;

const HOST: &str = "tidemill.test";
const SIGNER: Signer<'_> = Signer {
    access_key_id: ACCESS_KEY_ID,
    secret_access_key: SECRET_ACCESS_KEY,
    region: "us-east-1",
    service: "tidemill",
};

fn request(method: &str, target: &str, body: &str, signer: Option<Signer<'_>>) -> Vec<u8> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut headers = HeaderMap::new();
    headers.insert("host", HeaderValue::from_static(HOST));
    let signed = HttpRequest {
        method: Method::from_bytes(method.as_bytes()).expect("a method"),
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
        body: bytes::Bytes::copy_from_slice(body.as_bytes()),
    };
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    let now = Timestamp(u64::try_from(elapsed.as_millis()).expect("before the year 500 million"));
    let mut text = format!("{method} {target} HTTP/1.1\r\nhost: {HOST}\r\n");
    for (name, value) in signer.iter().flat_map(|signer| signer.headers(&signed, now)) {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
    text.into_bytes()
}

fn ask(client: &mut Client, method: &str, target: &str, body: &str) -> Answer {
    client.ask(&request(method, target, body, Some(SIGNER)))
}

fn get(client: &mut Client, target: &str) -> Value {
    let answer = ask(client, "GET", target, "");
    assert_eq!(answer.status, 200, "{target}: {answer:?}");
    serde_json::from_str(&answer.body).expect("JSON")
}

fn post(client: &mut Client, target: &str, body: &Value) -> Value {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let answer = ask(client, "POST", target, &body);
    assert_eq!(answer.status, 200, "{target}: {answer:?}");
    serde_json::from_str(&answer.body).expect("JSON")
}

fn call(client: &mut Client, operation: &str, input: &Value) -> Value {
    let answer = client.ask(&sqs(operation, &input.to_string()));
    assert_eq!(answer.status, 200, "{operation}: {answer:?}");
    serde_json::from_str(&answer.body).unwrap_or_default()
}

fn url(queue: &str) -> String {
    format!("http://{HOST}/000000000000/{queue}")
}

/// `status code` of a refusal, which must be JSON with a sentence and the request's id.
fn refused(answer: &Answer) -> String {
    assert_eq!(answer.headers["content-type"], "application/json", "{answer:?}");
    let refusal: Value = serde_json::from_str(&answer.body).expect("JSON");
    assert_eq!(refusal["request_id"], answer.headers["x-amzn-requestid"]);
    assert!(refusal["message"].as_str().is_some_and(|message| message.len() > 10), "{answer:?}");
    format!("{} {}", answer.status, refusal["code"].as_str().expect("a code"))
}

#[test]
fn nothing_is_told_or_done_without_a_root_keys_signature() {
    let served = Served::start(64);
    let mut client = served.connect();
    call(&mut client, "CreateQueue", &json!({ "QueueName": "orders" }));
    let unsigned = None;
    let elsewhere = Some(Signer { service: "sqs", ..SIGNER });
    let forger = Some(Signer { secret_access_key: "wrong", ..SIGNER });
    let stranger = Some(Signer { access_key_id: "AKIASTRANGER", ..SIGNER });
    for (signer, expected) in [
        (unsigned, "403 MissingAuthenticationTokenException"),
        (elsewhere, "403 InvalidSignatureException"),
        (forger, "403 InvalidSignatureException"),
        (stranger, "403 UnrecognizedClientException"),
    ] {
        // A path that is not served is told from none that is.
        for (method, target) in [
            ("GET", "/_tidemill/openapi.json"),
            ("GET", "/_tidemill/queues"),
            ("POST", "/_tidemill/queues/orders/pause"),
            ("GET", "/_tidemill/queues/none"),
            ("DELETE", "/_tidemill/nonsense"),
            ("GET", "/_tidemill"),
        ] {
            let answer = client.ask(&request(method, target, "", signer));
            assert_eq!(refused(&answer), expected, "{method} {target}");
        }
    }
    assert_eq!(get(&mut client, "/_tidemill/queues/orders")["paused_at"], Value::Null);
    let beside = client.ask(&request("GET", "/_tidemillion/x", "", None));
    assert_ne!(beside.headers["content-type"], "application/json", "it is a bucket's");
}

/// What is said to each of these requests, about a queue `orders` that is there.
fn refusals(client: &mut Client, asked: &[(&str, &str, &str)]) -> String {
    call(client, "CreateQueue", &json!({ "QueueName": "orders" }));
    let mut told = Vec::new();
    for (method, path, body) in asked {
        let answer = ask(client, method, &format!("/_tidemill/{path}"), body);
        refused(&answer);
        let refusal: Value = serde_json::from_str(&answer.body).expect("JSON");
        let message = refusal["message"].as_str().expect("a sentence");
        let code = refusal["code"].as_str().expect("a code");
        let asked = format!("{method} {path} {body}");
        told.push(format!("{}\n  {} {code}: {message}", asked.trim_end(), answer.status));
    }
    told.join("\n")
}

#[test]
fn bad_parameters_are_refused_by_name() {
    let served = Served::start(64);
    let mut client = served.connect();
    let told = refusals(
        &mut client,
        &[
            ("GET", "queues?size=1", ""),
            ("GET", "queues?limit=0", ""),
            ("GET", "queues?limit=1001", ""),
            ("GET", "queues?limit=1&limit=2", ""),
            ("GET", "queues/none", ""),
            ("GET", "queues/none/messages", ""),
            ("GET", "queues/orders/messages?limit=101", ""),
            ("GET", "queues/orders/messages?from=-1", ""),
            ("GET", "queues/orders/messages?state=asleep", ""),
            ("GET", "queues/orders/messages?id=7", ""),
            ("GET", "queues/orders/messages?text=x", ""),
            ("GET", "queues/orders/messages?group=%ff", ""),
            ("GET", "queues/orders/messages/x", ""),
            ("GET", "queues/orders/messages/7", ""),
            ("GET", "queues/orders/scheduled?after=!", ""),
            ("GET", "queues/orders/failures/abc", ""),
        ],
    );
    expect![[r#"
        GET queues?size=1
          400 UnknownParameter: Unknown parameter 'size'; it may be one of: prefix, after, limit.
        GET queues?limit=0
          400 InvalidParameter: Value '0' for parameter 'limit' is invalid: it must be between 1 and 1000.
        GET queues?limit=1001
          400 InvalidParameter: Value '1001' for parameter 'limit' is invalid: it must be between 1 and 1000.
        GET queues?limit=1&limit=2
          400 InvalidParameter: Value '2' for parameter 'limit' is invalid: it may be given once.
        GET queues/none
          404 QueueDoesNotExist: The specified queue does not exist.
        GET queues/none/messages
          404 QueueDoesNotExist: The specified queue does not exist.
        GET queues/orders/messages?limit=101
          400 InvalidParameter: Value '101' for parameter 'limit' is invalid: it must be between 1 and 100.
        GET queues/orders/messages?from=-1
          400 InvalidParameter: Value '-1' for parameter 'from' is invalid: a position is a whole number.
        GET queues/orders/messages?state=asleep
          400 InvalidParameter: Value 'asleep' for parameter 'state' is invalid: it must be visible, in-flight, delayed or expired.
        GET queues/orders/messages?id=7
          400 InvalidParameter: Value '7' for parameter 'id' is invalid: a message id is 8-4-4-4-12 hexadecimal digits.
        GET queues/orders/messages?text=x
          400 UnknownParameter: Unknown parameter 'text'; it may be one of: from, limit, state, group, id, attribute.
        GET queues/orders/messages?group=%ff
          400 InvalidParameter: The query string is not UTF-8 once its escapes are read.
        GET queues/orders/messages/x
          400 InvalidParameter: Value 'x' for parameter 'position' is invalid: a position is a whole number.
        GET queues/orders/messages/7
          404 MessageNotFound: There is no message at position 7; it may be gone.
        GET queues/orders/scheduled?after=!
          400 InvalidParameter: Value '!' for parameter 'after' is invalid: it must be the `next` of the page before.
        GET queues/orders/failures/abc
          400 InvalidParameter: Value 'abc' for parameter 'fingerprint' is invalid: a fingerprint is the 16 hexadecimal digits that a group is listed with."#]].assert_eq(&told);
}

#[test]
fn bad_bodies_paths_and_methods_are_refused_by_name() {
    let served = Served::start(64);
    let mut client = served.connect();
    let told = refusals(
        &mut client,
        &[
            ("POST", "queues/orders/search", "{"),
            ("POST", "queues/orders/search", "[]"),
            ("POST", "queues/orders/search", r#"{"txt":"x"}"#),
            ("POST", "queues/orders/search", r#"{"text":7}"#),
            ("POST", "queues/orders/search", r#"{"limit":0}"#),
            ("POST", "queues/orders/search", r#"{"paths":[{"path":"$..a","equals":1}]}"#),
            ("POST", "queues/orders/search", r#"{"paths":[{"path":"$.a"}]}"#),
            ("POST", "queues/orders/search?limit=1", "{}"),
            ("POST", "queues/orders/pause", r#"{"for":1}"#),
            ("POST", "queues/orders/pause", "[]"),
            ("DELETE", "queues/orders", ""),
            ("GET", "nonsense", ""),
        ],
    );
    expect![[r#"
        POST queues/orders/search {
          400 InvalidBody: The request's body cannot be read: EOF while parsing an object at line 1 column 1.
        POST queues/orders/search []
          400 InvalidBody: The request's body cannot be read: it must be a JSON object.
        POST queues/orders/search {"txt":"x"}
          400 InvalidBody: The request's body cannot be read: unknown field `txt`, expected one of `from`, `limit`, `states`, `group`, `id`, `attributes`, `text`, `paths` at line 1 column 6.
        POST queues/orders/search {"text":7}
          400 InvalidBody: The request's body cannot be read: invalid type: integer `7`, expected a string at line 1 column 9.
        POST queues/orders/search {"limit":0}
          400 InvalidParameter: Value '0' for parameter 'limit' is invalid: it must be between 1 and 100.
        POST queues/orders/search {"paths":[{"path":"$..a","equals":1}]}
          400 InvalidParameter: Value '$..a' for parameter 'paths' is invalid: a path is members and elements from the root, e.g. $.order.lines[0].sku.
        POST queues/orders/search {"paths":[{"path":"$.a"}]}
          400 InvalidBody: The request's body cannot be read: missing field `equals` at line 1 column 24.
        POST queues/orders/search?limit=1 {}
          400 UnknownParameter: Unknown parameter 'limit'; this operation has none.
        POST queues/orders/pause {"for":1}
          400 InvalidBody: The request's body cannot be read: unknown field `for`, there are no fields at line 1 column 6.
        POST queues/orders/pause []
          400 InvalidBody: The request's body cannot be read: it must be a JSON object.
        DELETE queues/orders
          405 MethodNotAllowed: /_tidemill/queues/orders takes GET, not DELETE.
        GET nonsense
          404 UnknownPath: Nothing is served at /_tidemill/nonsense; GET /_tidemill/openapi.json says what is."#]].assert_eq(&told);
    let long = format!(r#"{{"text":"{}"}}"#, "x".repeat(4 << 20));
    let answer = ask(&mut client, "POST", "/_tidemill/queues/orders/search", &long);
    assert_eq!(answer.status, 413, "{answer:?}");
}

#[test]
fn what_cannot_be_redriven_is_refused() {
    let served = Served::start(64);
    let mut client = served.connect();
    let told = refusals(
        &mut client,
        &[
            ("POST", "queues/orders/redrives", "{}"),
            ("POST", "queues/orders/redrives", r#"{"messages_per_second":501}"#),
            ("POST", "queues/orders/redrives", r#"{"destination":"orders"}"#),
            ("POST", "queues/orders/redrives", r#"{"destination":"a.fifo"}"#),
            ("POST", "queues/orders/redrives", r#"{"fingerprint":"x"}"#),
            ("POST", "queues/orders/redrives", r#"{"sent_from":"yesterday"}"#),
            ("GET", "queues/orders/redrives/x", ""),
            ("POST", "queues/orders/redrives/x/cancel", ""),
        ],
    );
    expect![[r#"
        POST queues/orders/redrives {}
          400 InvalidParameterValueException: Value arn:aws:sqs:us-east-1:000000000000:orders for parameter queue is invalid. Reason: Source queue must be configured as a Dead Letter Queue.
        POST queues/orders/redrives {"messages_per_second":501}
          400 InvalidParameterValueException: Value 501 for parameter messages_per_second is invalid. Reason: Must be between 1 and 500, if provided.
        POST queues/orders/redrives {"destination":"orders"}
          400 InvalidParameterValueException: Value arn:aws:sqs:us-east-1:000000000000:orders for parameter destination is invalid. Reason: Source queue arn and destination queue arn cannot be the same.
        POST queues/orders/redrives {"destination":"a.fifo"}
          400 InvalidParameterValueException: Value arn:aws:sqs:us-east-1:000000000000:a.fifo for parameter destination is invalid. Reason: Source queue and destination queue must be of the same type.
        POST queues/orders/redrives {"fingerprint":"x"}
          400 InvalidParameter: Value 'x' for parameter 'fingerprint' is invalid: a fingerprint is the 16 hexadecimal digits that a group is listed with.
        POST queues/orders/redrives {"sent_from":"yesterday"}
          400 InvalidParameter: Value 'yesterday' for parameter 'sent_from' is invalid: an instant is written 2027-01-31T09:00:00Z.
        GET queues/orders/redrives/x
          404 RedriveNotFound: There is no redrive x among the last ten of this queue; list them to see which.
        POST queues/orders/redrives/x/cancel
          404 RedriveNotFound: There is no redrive x among the last ten of this queue; list them to see which."#]].assert_eq(&told);
}

/// Whether a value is what a schema of the document says, and if not, where.
fn check(document: &Value, schema: &Value, value: &Value, place: &str) {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let schema = document.pointer(reference.trim_start_matches('#')).expect("it leads there");
        return check(document, schema, value, place);
    }
    if let Some(choices) = schema.get("oneOf").and_then(Value::as_array) {
        let choice = choices.iter().find(|choice| (choice["type"] == "null") == value.is_null());
        return check(document, choice.expect("a choice"), value, place);
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let kinds = &schema["type"];
    let is_kind = kinds == kind || kinds.as_array().is_some_and(|k| k.contains(&json!(kind)));
    assert!(is_kind, "{place} is {kind}, not {kinds}");
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        assert!(words.contains(value), "{place} is {value}, none of {words:?}");
    }
    match value {
        Value::Array(values) => {
            for value in values {
                check(document, &schema["items"], value, &format!("{place}[]"));
            }
        }
        Value::Object(members) => {
            for name in schema["required"].as_array().into_iter().flatten() {
                assert!(members.contains_key(name.as_str().expect("text")), "{place}.{name}");
            }
            for (name, member) in members {
                let place = format!("{place}.{name}");
                let other = &schema["additionalProperties"];
                let schema = schema["properties"].get(name).unwrap_or(other);
                assert!(schema.is_object(), "{place} is not described");
                check(document, schema, member, &place);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Asks, and holds the answer against what the document says of it.
fn described(
    client: &mut Client,
    method: &str,
    template: &str,
    target: &str,
    body: &Value,
) -> Value {
    let document = get(client, "/_tidemill/openapi.json");
    let answer = match method {
        "GET" => get(client, target),
        _ => post(client, target, body),
    };
    let operation = &document["paths"][template][method.to_lowercase()];
    let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
    check(&document, schema, &answer, target);
    answer
}

/// A dead-letter queue with one message of `orders` in it, given back twice by its consumer.
fn fail_one(client: &mut Client, body: &str) {
    let send = json!({
        "QueueUrl": url("orders"), "MessageBody": body, "MessageAttributes": {
            "colour": { "DataType": "String", "StringValue": "red" },
            "raw": { "DataType": "Binary", "BinaryValue": "AAEC" },
        },
    });
    call(client, "SendMessage", &send);
    for _ in 0..2 {
        let got = call(client, "ReceiveMessage", &json!({ "QueueUrl": url("orders") }));
        let handle = &got["Messages"][0]["ReceiptHandle"];
        let back = json!({
            "QueueUrl": url("orders"), "ReceiptHandle": handle, "VisibilityTimeout": 0,
        });
        call(client, "ChangeMessageVisibility", &back);
    }
    let got = call(client, "ReceiveMessage", &json!({ "QueueUrl": url("orders") }));
    assert_eq!(got.get("Messages"), None, "it was received too often");
}

/// `orders` with a message for tomorrow, and `dead` with one that `orders` gave up.
fn set_the_scene(client: &mut Client) {
    call(client, "CreateQueue", &json!({ "QueueName": "dead" }));
    let policy = json!({
        "deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:dead", "maxReceiveCount": 2,
    });
    let attributes = json!({ "RedrivePolicy": policy.to_string() });
    call(client, "CreateQueue", &json!({ "QueueName": "orders", "Attributes": attributes }));
    fail_one(client, r#"{"id":7}"#);
    let tomorrow =
        SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs() + 86_400;
    let later = json!({
        "QueueUrl": url("orders"), "MessageBody": "later", "MessageAttributes": {
            "tm.deliver-at": { "DataType": "Number", "StringValue": tomorrow.to_string() },
        },
    });
    call(client, "SendMessage", &later);
}

/// As [`described`], below the path of all queues.
fn seen(client: &mut Client, method: &str, path: &str, target: &str, body: &Value) -> Value {
    let queues = "/_tidemill/queues";
    described(client, method, &format!("{queues}{path}"), &format!("{queues}{target}"), body)
}

#[test]
fn every_look_is_answered_as_the_document_describes_it() {
    let served = Served::start(64);
    let mut client = served.connect();
    set_the_scene(&mut client);
    let none = Value::Null;
    // The delivery between partitions is on its way.
    let deadline = Instant::now() + Duration::from_secs(20);
    let groups = loop {
        let groups = seen(&mut client, "GET", "/{queue}/failures", "/dead/failures", &none);
        if groups["groups"][0]["count"] == 1 {
            break groups;
        }
        assert!(Instant::now() < deadline, "{groups}");
    };
    let group = groups["groups"][0]["fingerprint"].as_str().expect("text").to_owned();
    assert_eq!(groups["groups"][0]["reason"], json!({ "outcome": "released" }));
    let shown = seen(
        &mut client,
        "GET",
        "/{queue}/failures/{fingerprint}",
        &format!("/dead/failures/{group}"),
        &none,
    );
    let position = shown["messages"][0]["position"].as_u64().expect("a number");
    assert_eq!(shown["messages"][0]["failure"]["fingerprint"], json!(group));

    let all = seen(&mut client, "GET", "", "", &none);
    assert_eq!(all["queues"].as_array().map(Vec::len), Some(2));
    let first = seen(&mut client, "GET", "", "?limit=1", &none);
    assert_eq!(first["next"], "dead");
    assert_eq!(seen(&mut client, "GET", "", "?after=dead", &none)["queues"][0]["name"], "orders");
    let scheduled =
        seen(&mut client, "GET", "/{queue}/scheduled", "/orders/scheduled?limit=5", &none);
    assert_eq!(scheduled["messages"][0]["body"], "later");
    let peeked = seen(
        &mut client,
        "GET",
        "/{queue}/messages",
        "/dead/messages?attribute=colour%3Dred",
        &none,
    );
    assert_eq!(peeked["messages"][0]["attributes"]["raw"]["base64"], "AAEC");
    let message = format!("/dead/messages/{position}");
    let message = seen(&mut client, "GET", "/{queue}/messages/{position}", &message, &none);
    let receives = message["receives"].as_array().expect("a list");
    let told: Vec<String> = receives
        .iter()
        .map(|one| format!("{} {} {}", one["receive"], one["because"], one["outcome"]))
        .collect();
    expect![[r#"
        1 "first delivery" "released"
        2 "the receive before ended: released" "released""#]]
    .assert_eq(&told.join("\n"));
    for (condition, count) in [
        (json!({ "paths": [{ "path": "$.id", "equals": 7 }] }), 1),
        (json!({ "paths": [{ "path": "$.id", "equals": 8 }] }), 0),
        (json!({ "text": "\"id\"", "states": ["visible"] }), 1),
        (json!({ "text": "\"id\"", "states": ["in-flight"] }), 0),
        (json!({ "attributes": [{ "name": "colour", "value": "blue" }] }), 0),
    ] {
        let found = seen(&mut client, "POST", "/{queue}/search", "/dead/search", &condition);
        assert_eq!(found["messages"].as_array().map(Vec::len), Some(count), "{condition}");
    }
}

#[test]
fn every_change_is_answered_as_the_document_describes_it() {
    let served = Served::start(64);
    let mut client = served.connect();
    set_the_scene(&mut client);
    let none = Value::Null;
    let deadline = Instant::now() + Duration::from_secs(20);
    while get(&mut client, "/_tidemill/queues/dead")["messages"]["visible"] == 0 {
        assert!(Instant::now() < deadline, "the dead letter does not arrive");
    }
    assert!(
        seen(&mut client, "POST", "/{queue}/pause", "/orders/pause", &none)["paused_at"]
            .is_string()
    );
    assert!(
        seen(&mut client, "POST", "/{queue}/resume", "/orders/resume", &none)["paused_at"]
            .is_null()
    );
    let other = json!({ "fingerprint": "0000000000000000", "messages_per_second": 5 });
    let started = seen(&mut client, "POST", "/{queue}/redrives", "/dead/redrives", &other);
    let id = started["id"].as_str().expect("an id").to_owned();
    let one = format!("/dead/redrives/{id}");
    while seen(&mut client, "GET", "/{queue}/redrives/{redrive}", &one, &none)["is_running"] == true
    {
        assert!(Instant::now() < deadline, "it runs for ever");
    }
    let listed = seen(&mut client, "GET", "/{queue}/redrives", "/dead/redrives", &none);
    let report = &listed["redrives"][0];
    assert_eq!((&report["moved"], &report["skipped"]), (&json!(0), &json!(1)));
    let again = format!("/_tidemill/queues{one}/cancel");
    let over = ask(&mut served.connect(), "POST", &again, "");
    assert_eq!(over.status, 400, "only what runs can be cancelled: {over:?}");
}

#[test]
fn a_dead_letter_is_edited_and_its_trail_is_as_the_document_describes_it() {
    let served = Served::start(64);
    let mut client = served.connect();
    set_the_scene(&mut client);
    let none = Value::Null;
    let deadline = Instant::now() + Duration::from_secs(20);
    let position = loop {
        let dead = get(&mut client, "/_tidemill/queues/dead/messages");
        if let Some(position) = dead["messages"][0]["position"].as_u64() {
            break position;
        }
        assert!(Instant::now() < deadline, "the dead letter does not arrive");
    };
    let edit = json!({ "edit": {
        "json_patch": [{ "op": "replace", "path": "/id", "value": 8 }],
        "set_attributes": { "colour": { "type": "String", "value": "blue" } },
        "remove_attributes": ["raw"],
    } });
    let (template, target) =
        ("/{queue}/messages/{position}/edit", format!("/dead/messages/{position}/edit"));
    let entry = seen(&mut client, "POST", template, &target, &edit);
    assert_eq!(entry["access_key_id"], ACCESS_KEY_ID);
    assert_eq!(entry["before"]["body"], r#"{"id":7}"#);
    assert_eq!(entry["before"]["attributes"]["raw"]["base64"], "AAEC");
    assert_eq!(entry["after"]["body"], r#"{"id":8}"#);
    let colour = json!({ "colour": { "type": "String", "value": "blue" } });
    assert_eq!(entry["after"]["attributes"], colour);
    let trail = seen(&mut client, "GET", "/{queue}/edits", "/dead/edits", &none);
    assert_eq!(trail, json!({ "edits": [entry], "next": null }));
    let below = seen(&mut client, "GET", "/{queue}/edits", "/dead/edits?below=1&limit=1", &none);
    assert_eq!(below, json!({ "edits": [], "next": null }));
    let back = loop {
        let orders = get(&mut client, "/_tidemill/queues/orders/messages");
        if orders["messages"][0].is_object() {
            break orders["messages"][0].clone();
        }
        assert!(Instant::now() < deadline, "the edited message does not arrive");
    };
    assert_eq!((&back["body"], &back["attributes"]), (&json!(r#"{"id":8}"#), &colour));
    assert_eq!(back["message_id"], entry["after"]["message_id"]);
    assert_eq!(back["receive_count"], 0);

    let filtered = json!({ "text": "nothing", "edit": { "body": "x" } });
    let started = seen(&mut client, "POST", "/{queue}/redrives", "/dead/redrives", &filtered);
    assert_eq!(
        (&started["is_editing"], &started["access_key_id"]),
        (&json!(true), &entry["access_key_id"])
    );
}

#[test]
fn what_cannot_be_edited_is_refused() {
    let served = Served::start(64);
    let mut client = served.connect();
    let told = refusals(
        &mut client,
        &[
            ("POST", "queues/orders/messages/1/edit", ""),
            ("POST", "queues/orders/messages/x/edit", r#"{"edit":{"body":"x"}}"#),
            ("POST", "queues/orders/messages/1/edit", r#"{"edit":{"body":"x"}}"#),
            ("POST", "queues/orders/messages/1/edit", r#"{"edit":{}}"#),
            ("POST", "queues/orders/messages/1/edit", r#"{"edit":{"boddy":"x"}}"#),
            (
                "POST",
                "queues/orders/messages/1/edit",
                r#"{"edit":{"set_attributes":{"a":{"type":"Binary","base64":"!"}}}}"#,
            ),
            (
                "POST",
                "queues/orders/messages/1/edit",
                r#"{"edit":{"body":"x"},"destination":"orders"}"#,
            ),
            (
                "POST",
                "queues/orders/messages/1/edit",
                r#"{"edit":{"body":"x"},"destination":"none"}"#,
            ),
            ("POST", "queues/orders/redrives", r#"{"edit":{"json_patch":[]}}"#),
            ("GET", "queues/orders/edits?below=x", ""),
        ],
    );
    expect![[r#"
        POST queues/orders/messages/1/edit
          400 InvalidBody: The request's body cannot be read: missing field `edit` at line 1 column 2.
        POST queues/orders/messages/x/edit {"edit":{"body":"x"}}
          400 InvalidParameter: Value 'x' for parameter 'position' is invalid: a position is a whole number.
        POST queues/orders/messages/1/edit {"edit":{"body":"x"}}
          404 MessageNotFound: There is no message at position 1; it may be gone.
        POST queues/orders/messages/1/edit {"edit":{}}
          400 InvalidParameterValueException: An edit changes something: it has a body, merge_patch, json_patch, set_attributes or remove_attributes.
        POST queues/orders/messages/1/edit {"edit":{"boddy":"x"}}
          400 InvalidBody: The request's body cannot be read: unknown field `boddy`, expected one of `body`, `merge_patch`, `json_patch`, `set_attributes`, `remove_attributes` at line 1 column 16.
        POST queues/orders/messages/1/edit {"edit":{"set_attributes":{"a":{"type":"Binary","base64":"!"}}}}
          400 InvalidParameter: Value '!' for parameter 'set_attributes' is invalid: it must be base64.
        POST queues/orders/messages/1/edit {"edit":{"body":"x"},"destination":"orders"}
          400 InvalidParameterValueException: Value arn:aws:sqs:us-east-1:000000000000:orders for parameter destination is invalid. Reason: Source queue arn and destination queue arn cannot be the same.
        POST queues/orders/messages/1/edit {"edit":{"body":"x"},"destination":"none"}
          400 InvalidParameterValueException: Value arn:aws:sqs:us-east-1:000000000000:orders for parameter queue is invalid. Reason: Source queue must be configured as a Dead Letter Queue.
        POST queues/orders/redrives {"edit":{"json_patch":[]}}
          400 InvalidParameterValueException: A json_patch has 1 to 32 operations.
        GET queues/orders/edits?below=x
          400 InvalidParameter: Value 'x' for parameter 'below' is invalid: it must be the `next` of the page before."#]].assert_eq(&told);
}

#[test]
fn a_long_queue_is_paged_and_nothing_is_left_out() {
    let served = Served::start(64);
    let mut client = served.connect();
    call(&mut client, "CreateQueue", &json!({ "QueueName": "orders" }));
    for batch in 0..12 {
        let entries: Vec<Value> = (0..10)
            .map(|n| json!({ "Id": n.to_string(), "MessageBody": format!("{}", batch * 10 + n) }))
            .collect();
        let input = json!({ "QueueUrl": url("orders"), "Entries": entries });
        call(&mut client, "SendMessageBatch", &input);
    }
    let (mut bodies, mut next) = (Vec::new(), json!(0));
    while let Some(from) = next.as_u64() {
        let target = format!("/_tidemill/queues/orders/messages?from={from}&limit=7");
        let page = get(&mut client, &target);
        let messages = page["messages"].as_array().expect("a list");
        assert!(messages.len() <= 7);
        bodies.extend(messages.iter().map(|message| message["body"].clone()));
        next = page["next"].clone();
    }
    let expected: Vec<Value> = (0..120).map(|number| json!(number.to_string())).collect();
    assert_eq!(bodies, expected);
}
