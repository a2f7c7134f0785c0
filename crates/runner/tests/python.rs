//! Python handlers in real sandboxes.

mod bench;

use bench::Bench;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tidemill_runner::{ErrorKind, Runtime};

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_gets_its_event_and_its_context_and_a_second_call_reuses_the_sandbox() {
    let bench = Bench::new("echo");
    let spec = bench.python(
        "
import os
calls = 0
def handler(event, context):
    global calls
    calls += 1
    print('called', calls)
    return {'event': event, 'id': context.aws_request_id, 'calls': calls, 'pid': os.getpid(),
            'remaining': context.get_remaining_time_in_millis(), 'arn': context.invoked_function_arn}
",
    );
    let first = bench.invoke(&spec, json!({ "a": ["ü", 1.5, null] })).await;
    let answer = first.json();
    assert_eq!(answer["event"], json!({ "a": ["ü", 1.5, null] }));
    assert_eq!((&answer["id"], &answer["calls"]), (&json!("request-1"), &json!(1)));
    assert_eq!(answer["arn"], json!(spec.arn));
    assert!((1..=60_000).contains(&answer["remaining"].as_u64().unwrap()));
    assert!(first.init.is_some() && first.max_memory_mb > 0);
    let second = bench.invoke(&spec, json!(null)).await;
    assert_eq!(second.json()["calls"], json!(2));
    assert_eq!(second.json()["pid"], answer["pid"]);
    assert_eq!(second.init, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_carry_the_types_and_documents_of_aws() {
    let bench = Bench::new("errors");
    for (source, handler, error_type, message) in [
        (
            "import no_such_module",
            "app.handler",
            "Runtime.ImportModuleError",
            "Unable to import module 'app': No module named 'no_such_module'",
        ),
        (
            "x = 1",
            "app.handler",
            "Runtime.HandlerNotFound",
            "Handler 'handler' missing on module 'app'",
        ),
        (
            "def handler(:\n",
            "app.handler",
            "Runtime.UserCodeSyntaxError",
            "Syntax error in module 'app': invalid syntax (app.py, line 1)",
        ),
        (
            "",
            "handler",
            "Runtime.MalformedHandlerName",
            "Bad handler 'handler': not enough values to unpack (expected 2, got 1)",
        ),
        ("1 / 0", "app.handler", "ZeroDivisionError", "division by zero"),
        (
            "def handler(e, c): return object()",
            "app.handler",
            "Runtime.MarshalError",
            "Unable to marshal response: Object of type object is not JSON serializable",
        ),
        (
            "def handler(e, c): return float('nan')",
            "app.handler",
            "Runtime.MarshalError",
            "Unable to marshal response: Out of range float values are not JSON compliant",
        ),
        ("def handler(e, c): raise KeyError('k')", "app.handler", "KeyError", "'k'"),
    ] {
        let mut spec = bench.python_spec(source);
        spec.handler = handler.to_owned();
        let outcome = bench.invoke(&Arc::new(spec), json!({})).await;
        let document = outcome.error_json();
        assert_eq!(document["errorType"], json!(error_type), "{document}");
        let told = document["errorMessage"].as_str().unwrap();
        assert!(told.starts_with(message), "{document}");
        assert!(document["requestId"].as_str().unwrap().starts_with("request-"), "{document}");
        assert!(document["stackTrace"].is_array(), "{document}");
        assert!(outcome.tail().contains(&format!("[ERROR] {error_type}: ")), "{}", outcome.tail());
        let is_init = error_type.starts_with("Runtime.") && error_type != "Runtime.MarshalError"
            || error_type == "ZeroDivisionError";
        let kind = if is_init { ErrorKind::Init } else { ErrorKind::Handler };
        assert_eq!(outcome.error().kind, kind, "{document}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_trace_shows_the_handlers_frames_and_only_those() {
    let bench = Bench::new("trace");
    let spec = bench.python(
        "
def inner():
    raise ValueError('deep')
def handler(event, context):
    inner()
",
    );
    let document = bench.invoke(&spec, json!({})).await.error_json();
    let trace: Vec<&str> = document["stackTrace"]
        .as_array()
        .unwrap()
        .iter()
        .map(|frame| frame.as_str().unwrap())
        .collect();
    assert_eq!(trace.len(), 2, "{trace:?}");
    assert!(trace[0].contains("app.py\", line 5, in handler\n    inner()\n"), "{trace:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn output_is_logged_line_by_line_between_start_and_report() {
    let bench = Bench::new("output");
    let spec = bench.python(
        "
import sys
import logging
logging.getLogger().setLevel('INFO')
print('at init')
def handler(event, context):
    print('to stdout')
    print('to stderr', file=sys.stderr)
    logging.info('logged %d', 1)
    sys.stdout.write('no line end')
",
    );
    let outcome = bench.invoke(&spec, json!({})).await;
    assert_eq!(outcome.json(), json!(null));
    let messages = bench.messages(&spec);
    let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
    assert_eq!(
        messages[1..4],
        ["at init", "START RequestId: request-1 Version: $LATEST", "to stdout"]
    );
    assert_eq!(messages[4], "to stderr");
    assert!(messages[5].starts_with("[INFO]\t20"), "{messages:?}");
    assert!(messages[5].ends_with("Z\trequest-1\tlogged 1"), "{messages:?}");
    assert_eq!(messages[6..8], ["no line end", "END RequestId: request-1"]);
    assert!(messages[8].starts_with("REPORT RequestId: request-1\tDuration: "), "{messages:?}");
    let streams = bench.streams(&spec);
    assert!(streams[0].name.contains("/[$LATEST]"), "{streams:?}");
    assert_eq!(outcome.log_stream, streams[0].name);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_init_that_is_too_slow_is_started_again_within_the_functions_timeout() {
    let bench =
        Bench::with("slow-init", |options| options.init_duration_max = Duration::from_millis(400));
    let mut spec = bench.python_spec("import time\ntime.sleep(0.8)\ndef handler(e, c): return 1\n");
    spec.timeout = Duration::from_secs(60);
    let outcome = bench.invoke(&Arc::new(spec), json!({})).await;
    assert_eq!(outcome.json(), json!(1));
    let mut spec = bench.python_spec("import time\ntime.sleep(30)\n");
    spec.timeout = Duration::from_secs(1);
    let outcome = bench.invoke(&Arc::new(spec), json!({})).await;
    assert_eq!(outcome.error().error_type, "Sandbox.Timedout");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_version_is_refused_by_name() {
    let bench = Bench::new("version");
    let mut spec = bench.python_spec("");
    spec.runtime = Runtime::Python { version: "3.4".to_owned() };
    let refusal = bench.runner.check_runtime(&spec.runtime).await.unwrap_err().to_string();
    assert!(refusal.contains("python3.4 is not available"), "{refusal}");
    assert!(refusal.contains(&format!("python{}", bench::python_version())), "{refusal}");
    let outcome = bench.invoke(&Arc::new(spec), json!({})).await;
    assert_eq!(outcome.error().kind, ErrorKind::Sandbox);
    assert_eq!(outcome.error().message, refusal);
}

#[tokio::test(flavor = "multi_thread")]
async fn site_packages_come_after_the_functions_own() {
    let bench = Bench::with("packages", |options| {
        let packages = options.scratch.with_file_name("packages");
        for (name, text) in
            [("shared_one.py", "where = 'site'"), ("shared_two.py", "where = 'site'")]
        {
            std::fs::create_dir_all(&packages).unwrap();
            std::fs::write(packages.join(name), text).unwrap();
        }
        options.site_packages = Some(packages);
    });
    let spec = bench.python(
        "
import shared_one, shared_two
def handler(event, context): return [shared_one.where, shared_two.where]
",
    );
    std::fs::write(spec.code.join("shared_two.py"), "where = 'own'").unwrap();
    assert_eq!(bench.invoke(&spec, json!({})).await.json(), json!(["site", "own"]));
    assert!(bench.runner.boto3().unwrap_err().ends_with("holds no boto3."));
    let report = bench.runner.examine_host().await.unwrap();
    assert!(report.walls.contains(&"no-new-privileges".to_owned()), "{report:?}");
    assert!(report.pythons.iter().any(|(version, _)| *version == bench::python_version()));
}

#[tokio::test(flavor = "multi_thread")]
async fn large_events_and_answers_pass_up_to_the_limit() {
    let bench = Bench::new("large");
    let spec = bench.python(
        "def handler(event, context): return 'y' * event['n'] if 'n' in event else len(event['s'])",
    );
    let outcome = bench.invoke(&spec, json!({ "s": "x".repeat(6_000_000) })).await;
    assert_eq!(outcome.json(), json!(6_000_000));
    assert_eq!(
        bench.invoke(&spec, json!({ "n": 6_291_554 })).await.json().as_str().unwrap().len(),
        6_291_554
    );
    let outcome = bench.invoke(&spec, json!({ "n": 6_291_555 })).await;
    assert_eq!(outcome.error().error_type, "Function.ResponseSizeTooLarge");
    assert_eq!(bench.invoke(&spec, json!({ "n": 1 })).await.json(), json!("y"));
}
