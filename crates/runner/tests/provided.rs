//! The `provided` runtime: whoever speaks the Runtime API may serve.

mod bench;

use bench::Bench;
use bytes::Bytes;
use serde_json::json;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use tidemill_runner::ErrorKind;

/// A runtime in a dozen lines, as the AWS tutorial writes it, with Python's own HTTP client.
const BOOTSTRAP: &str = r#"#!/usr/bin/python3
import http.client, json, os
api = '/2018-06-01/runtime/'
c = http.client.HTTPConnection(os.environ['AWS_LAMBDA_RUNTIME_API'])
def call(method, path, body=None, headers={}):
    c.request(method, api + path, body, headers, encode_chunked='Transfer-Encoding' in headers)
    r = c.getresponse()
    return r.status, r.headers, r.read()
while True:
    _, headers, event = call('GET', 'invocation/next')
    id = headers['Lambda-Runtime-Aws-Request-Id']
    event = json.loads(event)
    path = 'invocation/%s/response' % id
    if event == 'not json':
        call('POST', path, b'{"half":')
    elif event == 'large':
        status, _, body = call('POST', path, b'"' + b'x' * 6300000 + b'"')
        print('answered', status, body.decode(), flush=True)
    elif event == 'chunked':
        call('POST', path, iter([b'"in', b' chunks"']), {'Transfer-Encoding': 'chunked'})
    elif event == 'out of turn':
        statuses = [call('POST', 'invocation/other/response', b'1')[0],
                    call('GET', 'invocation/next')[0],
                    call('POST', 'init/error', b'{}')[0],
                    call('GET', 'nothing')[0],
                    call('POST', path, b'1')[0]]
        statuses.append(call('POST', path, b'1')[0])
        print(statuses, flush=True)
    elif event == 'error':
        call('POST', 'invocation/%s/error' % id, b'plain text', {'Lambda-Runtime-Function-Error-Type': 'Boom'})
    else:
        call('POST', path, json.dumps(event).encode())
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_bootstrap_of_ones_own_serves_and_its_mistakes_are_answered() {
    let bench = Bench::new("bootstrap");
    let spec = Arc::new(bench.provided_spec(BOOTSTRAP));
    assert_eq!(bench.invoke(&spec, json!({ "a": 1 })).await.json(), json!({ "a": 1 }));
    assert_eq!(bench.invoke(&spec, json!("chunked")).await.json(), json!("in chunks"));

    let outcome = bench.invoke(&spec, json!("not json")).await;
    assert_eq!(outcome.error().error_type, "Runtime.MarshalError");
    assert_eq!(outcome.error().kind, ErrorKind::Response);

    let outcome = bench.invoke(&spec, json!("large")).await;
    assert_eq!(
        outcome.error_json(),
        json!({
            "errorType": "Function.ResponseSizeTooLarge",
            "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
        })
    );

    let outcome = bench.invoke(&spec, json!("error")).await;
    assert_eq!(outcome.error_json(), json!({ "errorType": "Boom", "errorMessage": "plain text" }));

    let outcome = bench.invoke(&spec, json!("out of turn")).await;
    assert_eq!(outcome.json(), json!(1));
    let after = bench.invoke(&spec, json!("after")).await;
    assert_eq!((after.json(), after.init), (json!("after"), None), "one sandbox served all");
    let messages = bench.messages(&spec);
    assert!(messages.contains(&"[400, 403, 403, 404, 202, 403]".to_owned()), "{messages:?}");
    assert!(messages.iter().any(|message| message.starts_with("answered 413")), "{messages:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shell_runtime_of_the_aws_tutorial_works() {
    if Command::new("curl").arg("--version").output().is_err() {
        println!("skipped: this host has no curl");
        return;
    }
    let bench = Bench::new("shell");
    let spec = Arc::new(bench.provided_spec(
        r#"#!/bin/sh
set -eu
while true; do
  HEADERS="$(mktemp)"
  BODY="$(mktemp)"
  curl -sS -LD "$HEADERS" -o "$BODY" "http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation/next"
  ID=$(grep -Fi Lambda-Runtime-Aws-Request-Id "$HEADERS" | tr -d '[:space:]' | cut -d: -f2)
  curl -sS "http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation/$ID/response" --data-binary @"$BODY"
  rm "$HEADERS" "$BODY"
done
"#,
    ));
    for event in [json!("small"), json!("x".repeat(2 << 20))] {
        assert_eq!(bench.invoke(&spec, event.clone()).await.json(), event);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bootstrap_that_cannot_run_is_named() {
    let bench = Bench::new("no-bootstrap");
    let mut spec = bench.provided_spec("");
    spec.key = "missing".to_owned();
    fs::remove_file(spec.code.join("bootstrap")).unwrap();
    let outcome = bench.invoke(&Arc::new(spec), json!({})).await;
    assert_eq!(outcome.error().error_type, "Runtime.InvalidEntrypoint");

    let spec = Arc::new(bench.provided_spec("#!/no/such/interpreter\n"));
    let outcome = bench.invoke(&spec, json!({})).await;
    assert_eq!(outcome.error().error_type, "Runtime.InvalidEntrypoint", "{:?}", outcome.error());

    let spec = Arc::new(bench.provided_spec("#!/bin/sh\necho starting > /dev/stderr\nexit 7\n"));
    let outcome = bench.invoke(&spec, json!({})).await;
    assert_eq!(
        outcome.error().message,
        "RequestId: request-3 Error: Runtime exited with error: exit status 7"
    );
    assert!(outcome.tail().contains("starting\n"), "{}", outcome.tail());
}

/// The files of a Python package and what it needs, by the beginning of their names.
#[expect(clippy::unwrap_used, reason = "a test ends where its fixture fails")]
fn copy_packages(from: &Path, to: &Path, names: &[&str]) {
    for entry in fs::read_dir(from).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        if names.iter().any(|wanted| name.starts_with(wanted)) {
            let copied = Command::new("cp").arg("-r").arg(entry.path()).arg(to).status().unwrap();
            assert!(copied.success());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_unmodified_aws_client_for_python_works() {
    // `cargo xtask test` names the interpreter that has the pinned packages.
    let asked = std::env::var_os("TIDEMILL_TEST_PYTHON").unwrap_or_else(|| "python3".into());
    let question = "import os, sys, awslambdaric as a; \
                    print(os.path.dirname(os.path.dirname(a.__file__))); \
                    print('python%d.%d' % sys.version_info[:2])";
    let output = Command::new(asked).args(["-c", question]).output().unwrap();
    if !output.status.success() {
        println!("skipped: awslambdaric is not installed (pip install awslambdaric)");
        return;
    }
    let answer = String::from_utf8(output.stdout).unwrap();
    let (packages, version) = answer.trim().split_once('\n').unwrap();
    // Its base, and not itself: the walls hide home directories, where environments lie.
    let bases = ["/usr/bin", "/usr/local/bin"].map(|folder| Path::new(folder).join(version));
    let Some(python) = bases.iter().find(|path| path.exists()) else {
        println!("skipped: no {version}, which awslambdaric is installed for, is in /usr");
        return;
    };
    let python = python.display();
    let bench = Bench::new("awslambdaric");
    let mut spec = bench.provided_spec(&format!(
        "#!/bin/sh\nexport PYTHONPATH=\"$LAMBDA_TASK_ROOT\"\nexec {python} -m awslambdaric \"$_HANDLER\"\n"
    ));
    spec.timeout = Duration::from_secs(10);
    copy_packages(
        Path::new(packages),
        &spec.code,
        &["awslambdaric", "runtime_client", "simplejson", "snapshot_restore"],
    );
    fs::write(
        spec.code.join("app.py"),
        "
import logging
def handler(event, context):
    logging.getLogger().error('logged %s', context.aws_request_id)
    if event == 'fail': raise ValueError('asked to')
    return {'event': event, 'context': context.client_context.custom}
",
    )
    .unwrap();
    let spec = Arc::new(spec);
    let invocation = |number: u32, payload: &'static str, permit| tidemill_runner::Invocation {
        permit,
        request_id: format!("request-{number}"),
        payload: Bytes::from_static(payload.as_bytes()),
        client_context: Some(r#"{"custom": {"k": "v"}}"#.to_owned()),
        trace: Some("Root=1-5e1b4151-5ac6c58f3fb5c7a1d2e3f4a5".to_owned()),
        invoked_arn: None,
    };
    let permit = bench.runner.permit(&[]).await;
    let first = bench.runner.invoke(spec.clone(), invocation(1, "[1]", permit)).await;
    let first = bench::Outcome(first);
    assert_eq!(first.json(), json!({ "event": [1], "context": { "k": "v" } }));
    assert!(first.tail().contains("logged request-1"), "{}", first.tail());
    let permit = bench.runner.permit(&[]).await;
    let second = bench.runner.invoke(spec.clone(), invocation(2, "\"fail\"", permit)).await;
    let second = bench::Outcome(second);
    assert_eq!(second.error().error_type, "ValueError");
    assert_eq!(second.error_json()["errorMessage"], json!("asked to"));
    assert_eq!(second.init, None);
}
