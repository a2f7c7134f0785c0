//! What a function can and cannot reach on its host.

mod bench;

use bench::Bench;
use serde_json::json;
use std::fs;

#[tokio::test(flavor = "multi_thread")]
async fn a_function_reads_its_own_code_and_nobody_elses_data() {
    let bench = Bench::new("walls");
    let other = bench.python("SECRET = 1");
    fs::write(bench.root.join("data.log"), "secret").unwrap();
    let spec = bench.python(
        "
import os
def attempt(action):
    try:
        return str(action())
    except OSError as error:
        return type(error).__name__
def handler(event, context):
    here = os.path.dirname(__file__)
    return {
        'own': attempt(lambda: 'handler' in open(os.path.join(here, 'app.py')).read()),
        'own_write': attempt(lambda: open(os.path.join(here, 'new.py'), 'w')),
        'other': attempt(lambda: open(event['other']).read()),
        'data': attempt(lambda: open(event['data']).read()),
        'home': attempt(lambda: os.listdir(event['home'])),
        'shadow': attempt(lambda: open('/etc/shadow').read()),
        'parent': attempt(lambda: os.kill(os.getppid(), 9)),
        'server': attempt(lambda: os.kill(event['pid'], 0)),
        'environ': attempt(lambda: open('/proc/%d/environ' % event['pid']).read()),
        'tmp': attempt(lambda: open(os.path.join(os.environ['TMPDIR'], 'x'), 'w').write('12')),
        'slash_tmp': attempt(lambda: open('/tmp/x').read()),
        'tmp_is_mine': attempt(lambda: sorted(n for n in os.listdir('/tmp') if 'tidemill' not in n)),
        'hosts': attempt(lambda: len(open('/etc/hosts').read()) > 0),
        'fds': sorted(int(fd) for fd in os.listdir('/proc/self/fd')),
        'caps': [l for l in open('/proc/self/status') if l.startswith(('CapEff', 'NoNewPrivs'))],
    }
",
    );
    let home = std::env::var("HOME").unwrap_or_else(|_| "/home".to_owned());
    let event = json!({
        "other": other.code.join("app.py"),
        "data": bench.root.join("data.log"),
        "home": home,
        "pid": std::process::id(),
    });
    let outcome = bench.invoke(&spec, event).await;
    let answer = outcome.json();
    let stream = bench.messages(&spec);
    if !stream[0].contains("landlock") {
        println!("skipped: this kernel has no Landlock");
        return;
    }
    let denied = json!("PermissionError");
    // Read-only by its mount, where the code lies under the host's /tmp.
    assert!(answer["own_write"] == denied || answer["own_write"] == json!("OSError"), "{answer}");
    // Under a private /tmp the rest of the host's is not even there.
    let hidden = json!("FileNotFoundError");
    for name in ["other", "data", "home"] {
        assert!(answer[name] == denied || answer[name] == hidden, "{name}: {answer}");
    }
    for name in ["shadow", "parent", "server", "environ"] {
        assert_eq!(answer[name], denied, "{name}");
    }
    assert_eq!((&answer["own"], &answer["tmp"]), (&json!("True"), &json!("2")));
    assert_eq!(answer["fds"], json!([0, 1, 2, 3, 4]), "3 is the Runtime API, 4 is the listing");
    assert_eq!(answer["caps"], json!(["CapEff:\t0000000000000000\n", "NoNewPrivs:\t1\n"]));
    if stream[0].contains("private-tmp") {
        assert_eq!(answer["slash_tmp"], json!("12"));
        assert_eq!(answer["tmp_is_mine"], json!("['x']"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_is_lambdas_and_nothing_of_the_server() {
    let bench = Bench::new("environment");
    let mut spec = bench.python_spec(
        "
import os
def handler(event, context):
    return dict(os.environ)
",
    );
    spec.environment.insert("STAGE".to_owned(), "test".to_owned());
    spec.environment.insert("AWS_REGION".to_owned(), "mars".to_owned());
    spec.credentials = Some(tidemill_runner::Credentials {
        access_key_id: "AKID".to_owned(),
        secret_access_key: "secret".to_owned(),
        session_token: Some("token".to_owned()),
    });
    let spec = std::sync::Arc::new(spec);
    let answer = bench.invoke(&spec, json!({})).await.json();
    let environment = answer.as_object().unwrap();
    for (name, value) in [
        ("STAGE", "test"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:4566"),
        ("AWS_ACCESS_KEY_ID", "AKID"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_SESSION_TOKEN", "token"),
        ("AWS_LAMBDA_FUNCTION_NAME", &spec.name),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", &spec.log_group),
        ("_HANDLER", "app.handler"),
        ("LAMBDA_TASK_ROOT", spec.code.to_str().unwrap()),
        ("TZ", ":UTC"),
    ] {
        assert_eq!(environment[name], json!(value), "{name}");
    }
    for name in ["CARGO_MANIFEST_DIR", "USER", "SSH_AUTH_SOCK", "TIDEMILL_SITE_PACKAGES"] {
        assert!(!environment.contains_key(name), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_orphan_falls_to_the_launcher_and_not_past_it() {
    let bench = Bench::new("orphan");
    let spec = bench.python(
        "
import os, time
def handler(event, context):
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            while os.getppid() == event: pass
            time.sleep(0.2)
            os.write(writing, str(os.getppid()).encode())
            time.sleep(60)
        os._exit(0)
    os.wait()
    return [int(os.read(reading, 100)), os.getppid()]
",
    );
    let answer = bench.invoke(&spec, json!(0)).await.json();
    assert_eq!(answer[0], answer[1]);
}
