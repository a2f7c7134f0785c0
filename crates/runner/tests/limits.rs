//! Functions that misbehave: the caller gets the right error, and nothing of them is left.

mod bench;

use bench::{Bench, processes_with, wait_until};
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tidemill_runner::ErrorKind;

#[tokio::test(flavor = "multi_thread")]
async fn a_timeout_is_answered_at_once_and_leaves_no_process_behind() {
    let bench = Bench::new("timeout");
    let mut spec = bench.python_spec(
        "
import os, subprocess, sys, time
def handler(event, context):
    # A double fork into a new session: out of every process group we could name.
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execvp('sleep', ['sleep', '7771'])
        time.sleep(7772)
    subprocess.Popen(['sleep', '7773'], start_new_session=True)
    print('about to hang')
    time.sleep(60)
",
    );
    spec.timeout = Duration::from_secs(1);
    let spec = Arc::new(spec);
    let started = Instant::now();
    let outcome = bench.invoke(&spec, json!({})).await;
    assert!(started.elapsed() < Duration::from_secs(59), "{:?}", started.elapsed());
    assert_eq!(
        outcome.error_json(),
        json!({
            "errorType": "Sandbox.Timedout",
            "errorMessage": "RequestId: request-1 Error: Task timed out after 1.00 seconds",
        })
    );
    assert_eq!(outcome.error().kind, ErrorKind::Timeout);
    assert!(outcome.tail().contains("about to hang\n"), "{}", outcome.tail());
    assert!(outcome.tail().contains("request-1 Task timed out after 1.00 seconds\n"));
    assert!(outcome.tail().contains("\tStatus: timeout"));
    let gone = wait_until(|| processes_with("sleep 777").is_empty());
    assert!(gone.await, "{:?}", processes_with("sleep 777"));
    let live = wait_until(|| bench.live_directories() == 0).await;
    assert!(live, "the sandbox's directory is removed");
}

#[tokio::test(flavor = "multi_thread")]
async fn too_much_memory_kills_the_sandbox_whoever_of_it_took_it() {
    let bench = Bench::new("memory");
    let own = bench.python(
        "
def handler(event, context):
    return len(bytearray(1 << 30))
",
    );
    let child = bench.python(
        "
import subprocess, sys
def handler(event, context):
    return subprocess.run([sys.executable, '-c', 'import time; b = bytearray(1 << 30); time.sleep(30)']).returncode
",
    );
    let several = bench.python(
        "
import os, time
def handler(event, context):
    for _ in range(8):
        if os.fork() == 0:
            b = bytearray(30 << 20)
            time.sleep(30)
    time.sleep(30)
",
    );
    for spec in [own, child, several] {
        let outcome = bench.invoke(&spec, json!({})).await;
        assert_eq!(outcome.error().kind, ErrorKind::OutOfMemory, "{:?}", outcome.error());
        assert_eq!(outcome.error().error_type, "Runtime.ExitError");
        assert!(
            outcome.error().message.ends_with("Error: Runtime exited with error: signal: killed")
        );
        assert!(outcome.max_memory_mb > 128 && outcome.max_memory_mb < 1024, "{}", outcome.tail());
        assert!(outcome.tail().contains("Error Type: Runtime.OutOfMemory"), "{}", outcome.tail());
        let again = bench.invoke(&spec, json!({})).await;
        assert!(again.init.is_some(), "a new sandbox");
    }
    assert!(wait_until(|| bench.live_directories() == 0).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exit_is_an_error_and_the_next_call_gets_a_new_sandbox() {
    let bench = Bench::new("exit");
    let spec = bench.python(
        "
import os, sys, signal
def handler(event, context):
    if event == 'exit': sys.exit(3)
    if event == 'zero': os._exit(0)
    if event == 'segv': os.kill(os.getpid(), signal.SIGSEGV)
    return os.getpid() if event == 'later' else event
",
    );
    for (event, message) in [
        ("exit", "RequestId: request-1 Error: Runtime exited with error: exit status 3"),
        ("zero", "RequestId: request-2 Error: Runtime exited without providing a reason"),
        (
            "segv",
            "RequestId: request-3 Error: Runtime exited with error: signal: segmentation fault",
        ),
    ] {
        let outcome = bench.invoke(&spec, json!(event)).await;
        assert_eq!(
            outcome.error_json(),
            json!({ "errorType": "Runtime.ExitError", "errorMessage": message })
        );
    }
    let idle = bench.invoke(&spec, json!("later")).await.json().to_string();
    let kill = std::process::Command::new("kill").args(["-9", &idle]).status();
    assert!(kill.unwrap().success());
    assert!(wait_until(|| bench.live_directories() == 0).await, "it is noticed");
    assert_eq!(bench.invoke(&spec, json!("fine")).await.json(), json!("fine"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_prints_200_megabytes_is_neither_blocked_nor_believed() {
    let bench = Bench::with("printer", |options| {
        options.log_limits.burst_bytes = 1 << 20;
        options.log_limits.bytes_per_second = 1 << 20;
    });
    let mut spec = bench.python_spec(
        "
import os
def handler(event, context):
    line = b'x' * 99 + b'\\n'
    for _ in range(200):
        os.write(1, line * 10486) if event == 'lines' else os.write(1, b'x' * (1 << 20))
    print('last words')
    return 'done'
",
    );
    spec.timeout = Duration::from_secs(120);
    let spec = Arc::new(spec);
    for event in ["lines", "one line"] {
        let outcome = bench.invoke(&spec, json!(event)).await;
        assert_eq!(outcome.json(), json!("done"));
        assert!(outcome.tail().contains("tidemill: dropped "), "{}", outcome.tail());
        assert!(outcome.log_tail.len() <= 4096);
    }
    let stored: u64 = bench.streams(&spec).iter().map(|stream| stream.stored_bytes).sum();
    assert!(stored < 20 << 20, "{stored}");
    let stats = bench.runner.stats();
    assert!(stats.functions[&spec.arn].log_dropped_bytes > 300 << 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_bomb_is_ended() {
    let bench = Bench::with("bomb", |options| options.processes_max = 64);
    let spec = bench.python(
        "
import os, time
def handler(event, context):
    # Bounded, should the limit fail: 400 in all.
    for _ in range(400):
        if os.fork() == 0:
            os.setsid()
            time.sleep(8881)
    time.sleep(60)
",
    );
    let outcome = bench.invoke(&spec, json!({})).await;
    assert!(outcome.error().message.contains("signal: killed ("), "{:?}", outcome.error());
    assert!(wait_until(|| bench.live_directories() == 0).await);
    assert_eq!(processes_with(&format!("{}", bench.root.display())), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_launcher_that_is_killed_takes_the_function_with_it() {
    let bench = Bench::new("launcher");
    let spec = bench.python(
        "
import os, subprocess
def handler(event, context):
    subprocess.Popen(['sleep', '6661'], start_new_session=True)
    return os.getppid()
",
    );
    let launcher = bench.invoke(&spec, json!({})).await.json().as_i64().unwrap();
    let runs = wait_until(|| processes_with("sleep 6661").len() == 1);
    assert!(runs.await);
    let kill = std::process::Command::new("kill").args(["-9", &launcher.to_string()]).status();
    assert!(kill.unwrap().success());
    let gone = wait_until(|| processes_with("sleep 6661").is_empty());
    assert!(gone.await);
    assert_ne!(bench.invoke(&spec, json!({})).await.json().as_i64(), Some(launcher));
}

/// Says to this very test, started again, that it is the server to be killed.
const SERVER: &str = "TIDEMILL_TEST_IS_SERVER";

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_leaves_no_orphan() {
    if std::env::var_os(SERVER).is_some() {
        let bench = Bench::new("server");
        let mut spec = bench.python_spec(
            "
import subprocess, time
def handler(event, context):
    subprocess.Popen(['sleep', '5551'], start_new_session=True)
    time.sleep(60)
",
        );
        spec.timeout = Duration::from_secs(60);
        bench.invoke(&Arc::new(spec), json!({})).await;
        return;
    }
    let mut server = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_server_that_is_killed_leaves_no_orphan"])
        .env(SERVER, "1")
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let runs = wait_until(|| processes_with("sleep 5551").len() == 1);
    assert!(runs.await);
    let root = std::env::temp_dir().join(format!("tidemill-runner-server-{}", server.id()));
    server.kill().unwrap();
    server.wait().unwrap();
    let gone = wait_until(|| {
        processes_with("sleep 5551").is_empty()
            && processes_with(&root.display().to_string()).is_empty()
    });
    assert!(gone.await, "{:?}", processes_with("sleep 5551"));
    std::fs::remove_dir_all(root).unwrap();
}
