//! Python handlers in real sandboxes.

mod bench;

use bench::Bench;
use serde_json::json;

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
    assert!((1000..=3000).contains(&answer["remaining"].as_u64().unwrap()));
    assert!(first.init.is_some() && first.max_memory_mb > 0);
    let second = bench.invoke(&spec, json!(null)).await;
    assert_eq!(second.json()["calls"], json!(2));
    assert_eq!(second.json()["pid"], answer["pid"]);
    assert_eq!(second.init, None);
    println!("cold {:?} warm {:?} {}", first.init, second.duration, first.tail());
}
