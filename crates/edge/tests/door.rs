//! The door over a real socket, with a real node behind it.

#![expect(clippy::indexing_slicing, reason = "a test that finds less than it expects must fail")]

mod support;

use expect_test::expect;
use std::net::Shutdown;
use std::time::{Duration, Instant};
use support::{Answer, Served, sqs, sqs_signed_with};

const GET_HEALTH: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && text.bytes().filter(|byte| *byte == b'-').count() == 4
}

/// `status type` of an error in JSON.
fn refusal(answer: &Answer) -> String {
    let kind = answer.body.split("\"__type\":\"").nth(1).unwrap_or_default();
    let kind = kind.split('"').next().unwrap_or_default().rsplit('#').next().unwrap_or_default();
    assert!(is_uuid(&answer.headers["x-amzn-requestid"]), "{answer:?}");
    format!("{} {kind}", answer.status)
}

#[test]
fn a_message_goes_in_and_comes_out_over_one_connection() {
    let served = Served::start(64);
    let mut client = served.connect();
    let created = client.ask(&sqs("CreateQueue", r#"{"QueueName":"orders"}"#));
    assert_eq!(created.status, 200, "{created:?}");
    assert!(is_uuid(&created.headers["x-amzn-requestid"]));
    let url = "http://tidemill.test/000000000000/orders";
    assert!(created.body.contains(url), "{created:?}");

    let send = format!(r#"{{"QueueUrl":"{url}","MessageBody":"hello"}}"#);
    let sent = client.ask(&sqs("SendMessage", &send));
    assert!(sent.body.contains("5d41402abc4b2a76b9719d911017c592"), "{sent:?}");

    let received = client.ask(&sqs("ReceiveMessage", &format!(r#"{{"QueueUrl":"{url}"}}"#)));
    assert!(received.body.contains(r#""Body":"hello""#), "{received:?}");
}

#[test]
fn nobody_gets_in_without_a_right_signature() {
    let served = Served::start(64);
    let mut client = served.connect();
    let mut asked = Vec::new();

    asked.push(("wrong secret", sqs_signed_with("ListQueues", "{}", "wrong")));
    let forged = String::from_utf8(sqs("ListQueues", r#"{"MaxResults":1}"#)).expect("text");
    asked.push(("changed body", forged.replace("{\"MaxResults\":1}", "{\"MaxResults\":2}").into()));
    let stranger = String::from_utf8(sqs("ListQueues", "{}")).expect("text");
    asked.push(("unknown key", stranger.replace("AKIATEST", "AKIAELSE").into()));
    let unsigned = String::from_utf8(sqs("ListQueues", "{}")).expect("text");
    asked.push(("no signature", unsigned.replace("authorization", "x-other").into()));
    let token = stranger.replace("host: tidemill", "x-amz-security-token: t\r\nhost: tidemill");
    asked.push(("token of nobody", token.into()));
    let elsewhere = String::from_utf8(sqs("ListQueues", "{}")).expect("text");
    asked.push(("other host", elsewhere.replace("host: tidemill.test", "host: evil.test").into()));

    let answers: Vec<String> = asked
        .into_iter()
        .map(|(name, request)| format!("{name}: {}", refusal(&client.ask(&request))))
        .collect();
    expect![[r#"
        wrong secret: 403 InvalidSignatureException
        changed body: 403 InvalidSignatureException
        unknown key: 403 UnrecognizedClientException
        no signature: 403 MissingAuthenticationTokenException
        token of nobody: 403 UnrecognizedClientException
        other host: 403 InvalidSignatureException"#]]
    .assert_eq(&answers.join("\n"));
}

#[test]
fn health_and_metrics_answer_strangers() {
    let served = Served::start(64);
    let mut client = served.connect();
    let health = client.ask(GET_HEALTH);
    assert_eq!((health.status, health.body.as_str()), (200, "ok\n"));
    client.ask(&sqs("CreateQueue", r#"{"QueueName":"orders"}"#));
    let metrics = client.ask(b"GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n").body;
    for line in [
        "tidemill_http_requests_total{service=\"sqs\",operation=\"CreateQueue\",status=\"200\"} 1",
        "tidemill_http_connections_open 1",
        "tidemill_http_requests_in_flight 1",
        "# TYPE tidemill_log_sync_seconds histogram",
        "# TYPE tidemill_log_group_entries histogram",
        "# TYPE tidemill_log_position gauge",
        "# TYPE tidemill_disk_free_bytes gauge",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line} is missing in\n{metrics}");
    }
}

#[test]
fn noise_is_answered_or_closed_and_costs_nobody_anything() {
    let served = Served::start(64);
    for noise in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc"[..],
        b"\r\n\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        b"POST / HTTP/1.1\r\nx-amz-target: a.b\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        &[0; 5000],
    ] {
        let mut client = served.connect();
        client.send(noise);
        client.stream.shutdown(Shutdown::Write).expect("still open");
        if let Some(answer) = client.answer() {
            assert!((400..500).contains(&answer.status), "{noise:?} got {answer:?}");
        }
    }
    assert_eq!(served.connect().ask(GET_HEALTH).status, 200);
}

#[test]
fn what_is_too_large_is_refused_and_the_refusal_arrives() {
    let served = Served::start(64);
    let large = "x".repeat(5 * 1024 * 1024);
    let answer = served.connect().ask(&sqs("SendMessage", &large));
    assert_eq!(refusal(&answer), "413 RequestEntityTooLargeException");

    let mut client = served.connect();
    let head = format!("GET / HTTP/1.1\r\nhost: x\r\nx-large: {}\r\n\r\n", "x".repeat(200_000));
    client.send(head.as_bytes());
    assert_eq!(client.answer().map(|answer| answer.status), Some(431));
}

#[test]
fn a_body_cut_off_half_way_does_nothing() {
    let served = Served::start(64);
    let whole = sqs("CreateQueue", r#"{"QueueName":"half"}"#);
    let mut client = served.connect();
    client.send(&whole[..whole.len() - 5]);
    client.stream.shutdown(Shutdown::Write).expect("still open");
    assert!(client.answer().is_none_or(|answer| answer.status >= 400));
    let listed = served.connect().ask(&sqs("ListQueues", "{}"));
    assert!(!listed.body.contains("half"), "{listed:?}");
}

#[test]
fn one_connection_too_many_is_told_so() {
    let served = Served::start(2);
    let mut first = served.connect();
    let mut second = served.connect();
    assert_eq!(first.ask(GET_HEALTH).status, 200);
    assert_eq!(second.ask(GET_HEALTH).status, 200);
    let mut third = served.connect();
    assert_eq!(third.answer().map(|answer| answer.status), Some(503));
    drop(first);
    // The place is free once the server has seen the end of the first connection.
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let mut next = served.connect();
        // A refused connection may be reset while the request is on its way.
        let _ = std::io::Write::write_all(&mut next.stream, GET_HEALTH);
        if next.answer().is_some_and(|answer| answer.status == 200) {
            break;
        }
        assert!(Instant::now() < deadline, "the place was never given back");
    }
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let served = Served::start(64);
    let mut client = served.connect();
    let mut all = sqs("CreateQueue", r#"{"QueueName":"a"}"#);
    all.extend(sqs("CreateQueue", r#"{"QueueName":"b"}"#));
    all.extend(GET_HEALTH);
    client.send(&all);
    let bodies: Vec<String> =
        (0..3).map(|_| client.answer().expect("an answer each").body).collect();
    assert!(bodies[0].ends_with("/a\"}") && bodies[1].ends_with("/b\"}"), "{bodies:?}");
    assert_eq!(bodies[2], "ok\n");
}

#[test]
fn a_drain_ends_long_polls_and_idle_connections_at_once() {
    let mut served = Served::start(64);
    let mut idle = served.connect();
    idle.ask(&sqs("CreateQueue", r#"{"QueueName":"orders"}"#));
    let mut polling = served.connect();
    let url = "http://tidemill.test/000000000000/orders";
    polling
        .send(&sqs("ReceiveMessage", &format!(r#"{{"QueueUrl":"{url}","WaitTimeSeconds":20}}"#)));
    // Both are under way once the server says that it serves two requests: the poll and this one.
    let deadline = Instant::now() + Duration::from_secs(60);
    let metrics = b"GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n";
    while !idle.ask(metrics).body.contains("\ntidemill_http_requests_in_flight 2") {
        assert!(Instant::now() < deadline, "the poll never arrived");
    }
    let started = Instant::now();
    served.drain();
    assert!(started.elapsed() < Duration::from_secs(19), "took {:?}", started.elapsed());
    assert!(idle.answer().is_none(), "an idle connection is closed without a word");
    let answer = polling.answer().expect("a long poll is answered");
    assert_eq!((answer.status, answer.body.as_str()), (200, "{}"), "there are no messages");
}
