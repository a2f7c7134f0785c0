//! Reuse, concurrency, keep-alive and the end.

mod bench;

use bench::{Bench, WAIT_MAX, processes_with, wait_until};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};

const SLEEPER: &str = "
import os, time
def handler(event, context):
    time.sleep(event)
    return os.getpid()
";

/// Handlers that are called with its port stay until it lets them go: what runs is known and not
/// guessed from how long it takes.
struct Gate(TcpListener);

const HELD: &str = "
import os, socket, time
def handler(event, context):
    if event:
        socket.create_connection(('127.0.0.1', event)).recv(1)
    return os.getpid()
";

impl Gate {
    async fn open() -> Gate {
        Gate(TcpListener::bind("127.0.0.1:0").await.expect("a port"))
    }

    fn port(&self) -> serde_json::Value {
        json!(self.0.local_addr().expect("bound").port())
    }

    /// Waits until so many handlers are there; they go on when these are dropped.
    async fn hold(&self, count: usize) -> Vec<TcpStream> {
        let mut held = Vec::new();
        while held.len() < count {
            let next = tokio::time::timeout(WAIT_MAX, self.0.accept()).await;
            held.push(next.expect("another handler runs").expect("accepted").0);
        }
        held
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_calls_get_a_sandbox_each_and_those_are_reused_afterwards() {
    let bench = Arc::new(Bench::new("concurrency"));
    let spec = bench.python(HELD);
    let gate = Gate::open().await;
    let calls: Vec<_> = (0..5)
        .map(|_| {
            let (bench, spec, port) = (bench.clone(), spec.clone(), gate.port());
            tokio::spawn(async move { bench.invoke(&spec, port).await.json() })
        })
        .collect();
    drop(gate.hold(5).await);
    let mut pids = BTreeSet::new();
    for call in calls {
        pids.insert(call.await.unwrap().as_i64());
    }
    assert_eq!(pids.len(), 5);
    let stats = bench.runner.stats();
    assert_eq!(stats.sandboxes_live, 5, "{stats:?}");
    let function = &stats.functions[&spec.arn];
    assert_eq!((function.invocations, function.concurrency_peak, function.concurrency), (5, 5, 0));
    assert!(pids.contains(&bench.invoke(&spec, json!(0)).await.json().as_i64()));
    assert_eq!(bench.runner.stats().functions[&spec.arn].init.count(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_waits_for_a_start_takes_a_sandbox_that_comes_free_before() {
    let bench = Arc::new(Bench::new("late"));
    let spec = bench.python(&["import time\ntime.sleep(3)", SLEEPER].concat());
    let first = bench.invoke(&spec, json!(0)).await.json();
    let busy = {
        let (bench, spec) = (bench.clone(), spec.clone());
        tokio::spawn(async move { bench.invoke(&spec, json!(0.2)).await.json() })
    };
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(bench.invoke(&spec, json!(0)).await.json(), first);
    assert_eq!(busy.await.unwrap(), first);
    // The start nobody needed any more is still under way.
    bench.runner.shutdown(Duration::ZERO).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permit_is_refused_at_the_limit_and_waited_for() {
    let bench = Bench::with("permits", |options| options.concurrency_max = 3);
    let runner = &bench.runner;
    let held = runner.try_permit(&[("function", 1)]).unwrap();
    assert!(runner.try_permit(&[("function", 1)]).is_none());
    let waiter = runner.clone();
    let waiting = tokio::spawn(async move { waiter.permit(&[("function", 1)]).await });
    tokio::task::yield_now().await;
    drop(held);
    drop(waiting.await.unwrap());
    assert_eq!((runner.permits_in_use("function"), runner.stats().concurrency), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_sandbox_ends_after_its_keep_alive_and_at_once_when_forgotten() {
    let bench = Bench::with("keepalive", |options| options.keep_alive = Duration::from_secs(4));
    let spec = bench.python(SLEEPER);
    bench.invoke(&spec, json!(0)).await.json();
    assert_eq!(bench.runner.stats().sandboxes_idle, 1);
    assert!(wait_until(|| bench.live_directories() == 0).await);
    assert_eq!(bench.runner.stats().sandboxes_live, 0);

    bench.invoke(&spec, json!(0)).await.json();
    bench.runner.forget(&spec.key).await;
    assert_eq!(bench.live_directories(), 0, "forgetting waits for the end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_never_serves_another_version() {
    let bench = Bench::new("versions");
    let first = bench.python_spec(SLEEPER);
    let mut second = first.clone();
    second.key = "another".to_owned();
    let (first, second) = (Arc::new(first), Arc::new(second));
    let a = bench.invoke(&first, json!(0)).await.json();
    let b = bench.invoke(&second, json!(0)).await.json();
    assert_ne!(a, b);
    assert_eq!(bench.invoke(&first, json!(0)).await.json(), a);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_waits_for_the_running_and_leaves_no_process() {
    let bench = Arc::new(Bench::new("shutdown"));
    let spec = bench.python(HELD);
    let (first, second) = (Gate::open().await, Gate::open().await);
    let (b, s, port) = (bench.clone(), spec.clone(), first.port());
    let short = tokio::spawn(async move { b.invoke(&s, port).await.json() });
    let (b, s, port) = (bench.clone(), spec.clone(), second.port());
    let long = tokio::spawn(async move { b.invoke(&s, port).await.error().clone() });
    let (ends, _stays) = tokio::join!(first.hold(1), second.hold(1));
    let b = bench.clone();
    let shutdown = tokio::spawn(async move { b.runner.shutdown(Duration::from_secs(5)).await });
    drop(ends);
    shutdown.await.unwrap();
    assert_eq!(bench.live_directories(), 0);
    assert_eq!(processes_with(&bench.root.display().to_string()), Vec::<String>::new());
    assert!(short.await.unwrap().is_number());
    assert_eq!(long.await.unwrap().kind, tidemill_runner::ErrorKind::Sandbox);
    let refused = bench.invoke(&spec, json!(0)).await;
    assert_eq!(refused.error().message, "The server is shutting down");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_goes_away_does_not_stop_its_function() {
    let bench = Arc::new(Bench::new("gone"));
    let spec = bench.python(HELD);
    let gate = Gate::open().await;
    let (b, s, port) = (bench.clone(), spec.clone(), gate.port());
    let call = tokio::spawn(async move { b.invoke(&s, port).await.json() });
    let held = gate.hold(1).await;
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    drop(held);
    let arn = spec.arn.clone();
    let ended = wait_until(|| {
        bench.runner.stats().functions.get(&arn).is_some_and(|stats| stats.invocations == 1)
    });
    assert!(ended.await);
    assert_eq!(bench.runner.stats().concurrency, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_function_leaves_running_rests_between_invocations() {
    let bench = Bench::new("rest");
    let spec = bench.python(
        "
import os, subprocess, threading, time
gap = 0
def tick():
    global gap
    last = time.monotonic()
    while True:
        time.sleep(0.01)
        now = time.monotonic()
        gap, last = max(gap, now - last), now
threading.Thread(target=tick, daemon=True).start()
child = subprocess.Popen(['sleep', '60'], start_new_session=True)
def state():
    return open('/proc/%d/stat' % child.pid).read().rsplit(')')[1].split()[0]
def handler(event, context):
    time.sleep(0.1)
    return [gap, state()]
",
    );
    bench.invoke(&spec, json!({})).await.json();
    tokio::time::sleep(Duration::from_millis(3500)).await;
    let answer = bench.invoke(&spec, json!({})).await.json();
    assert!(answer[0].as_f64().unwrap() > 1.0, "the thread stood still: {answer}");
    assert_eq!(answer[1], json!("S"), "and its child goes on now");
}
