//! Real endpoints on the loopback interface, good and bad, and a real node.

use crate::{Node, Options};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use tidemill_kernel::{AccountId, PartitionId, Region};
use tidemill_services::sns::{
    self, ConfirmSubscription, Endpoint, NewMessage, Protocol, Publish, Subscribe,
    SubscriptionPatch, Texts, TopicKey,
};
use tidemill_services::{Command, Query, Reply, Work};

/// What an endpoint does with a request it has read.
#[derive(Clone, Copy, Debug)]
enum Habit {
    Answer(&'static str),
    Hang,
    Gigabyte,
}

/// Serves until the test process ends; what it reads is sent on.
fn endpoint(habit: Habit) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let (seen, received) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let seen = seen.clone();
            std::thread::spawn(move || serve(stream.unwrap(), habit, &seen));
        }
    });
    (url, received)
}

fn serve(mut stream: TcpStream, habit: Habit, seen: &mpsc::Sender<String>) {
    let request = read(&mut stream);
    // The test may be over.
    let _ = seen.send(request);
    match habit {
        Habit::Answer(answer) => drop(stream.write_all(answer.as_bytes())),
        Habit::Hang => std::thread::sleep(Duration::from_secs(60)),
        Habit::Gigabyte => {
            let head = "HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n";
            let _ = stream.write_all(head.as_bytes());
            let block = vec![b'x'; 1 << 20];
            // Ends with the connection, which the other side closes long before.
            for sent in 0..1024 {
                if stream.write_all(&block).is_err() {
                    let _ = seen.send(format!("cut off after {sent} MiB"));
                    return;
                }
            }
        }
    }
}

/// A request with its body.
fn read(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if length.is_some_and(|length| length.parse() == Ok(body.len())) {
                return text;
            }
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return text,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
        }
    }
}

fn topic() -> TopicKey {
    TopicKey {
        account: AccountId::parse("000000000000").unwrap(),
        region: Region::parse("us-east-1").unwrap(),
        name: "orders".to_owned(),
    }
}

fn partition() -> PartitionId {
    topic().partition()
}

async fn sns_of(node: &Node, command: sns::Command) -> sns::Reply {
    let work = Work::Command(partition(), Command::Sns(command));
    let reply = node.submit(work).await.unwrap().unwrap();
    let Reply::Sns(reply) = reply else { panic!("{reply:?}") };
    reply
}

fn open(data: &std::path::Path) -> Node {
    let options = Options::new(data.to_owned());
    Node::open(&options, |_| {}, &tokio::runtime::Handle::current()).unwrap()
}

async fn create_topic(node: &Node) {
    let create = sns::CreateTopic {
        topic: topic(),
        attributes: sns::AttributesPatch::default(),
        tags: std::collections::BTreeMap::new(),
    };
    sns_of(node, sns::Command::CreateTopic(create)).await;
}

async fn subscribe(node: &Node, url: &str, policy: &str) {
    let command = Subscribe {
        topic: topic(),
        protocol: Protocol::Http,
        endpoint: Endpoint::Url(url.to_owned()),
        attributes: SubscriptionPatch {
            delivery_policy: (!policy.is_empty()).then(|| policy.to_owned()),
            ..SubscriptionPatch::default()
        },
        principal: String::new(),
        base_url: "http://127.0.0.1:4566".to_owned(),
        returns_arn: false,
    };
    sns_of(node, sns::Command::Subscribe(command)).await;
}

/// Subscribes and confirms with the token that the endpoint was sent.
async fn subscribe_confirmed(
    node: &Node,
    url: &str,
    received: &mpsc::Receiver<String>,
    policy: &str,
) {
    subscribe(node, url, policy).await;
    let request = next(received);
    let (_, rest) = request.split_once("\"Token\" : \"").expect("a confirmation has a token");
    let (token, _) = rest.split_once('"').unwrap();
    let command = ConfirmSubscription {
        topic: topic(),
        token: token.to_owned(),
        is_signed: false,
        protects_unsubscribe: false,
    };
    sns_of(node, sns::Command::ConfirmSubscription(command)).await;
}

async fn publish(node: &Node, text: &str) {
    let texts = Texts { default: text.to_owned(), ..Texts::default() };
    let message = NewMessage { texts, ..NewMessage::default() };
    sns_of(node, sns::Command::Publish(Publish { topic: topic(), message })).await;
}

fn next(received: &mpsc::Receiver<String>) -> String {
    received.recv_timeout(Duration::from_secs(20)).expect("a request comes in time")
}

async fn counts(node: &Node) -> sns::Counts {
    let query = Work::QueryAll(Query::Sns(sns::Query::Counts));
    let reply = node.submit(query).await.unwrap().unwrap();
    let Reply::Sns(sns::Reply::Counts(counts)) = reply else { panic!("{reply:?}") };
    counts
}

const OK: Habit = Habit::Answer("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
const AT_ONCE: &str = r#"{"healthyRetryPolicy":{"numRetries":2,"numNoDelayRetries":2}}"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notification_arrives_with_its_headers() {
    let data = tempfile::tempdir().unwrap();
    let node = open(data.path());
    create_topic(&node).await;
    let (url, received) = endpoint(OK);
    subscribe_confirmed(&node, &url, &received, "").await;
    publish(&node, "hello").await;
    let request = next(&received);
    assert!(request.starts_with("POST /hook HTTP/1.1\r\n"), "{request}");
    for line in [
        "x-amz-sns-message-type: Notification",
        "x-amz-sns-topic-arn: arn:aws:sns:us-east-1:000000000000:orders",
        "content-type: text/plain; charset=UTF-8",
        "user-agent: Amazon Simple Notification Service Agent",
        "\"Message\" : \"hello\"",
    ] {
        assert!(request.contains(line), "{line} is missing in {request}");
    }
    node.shutdown();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_bad_endpoint_slows_a_good_one() {
    let data = tempfile::tempdir().unwrap();
    let node = open(data.path());
    create_topic(&node).await;
    let redirect =
        "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
    let error = "HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n";
    let mut bad = Vec::new();
    for habit in [Habit::Answer(error), Habit::Answer(redirect), Habit::Gigabyte, Habit::Hang] {
        let (url, received) = endpoint(habit);
        subscribe_confirmed(&node, &url, &received, "").await;
        bad.push((habit, received));
    }
    // Nobody listens there: the connection is refused.
    subscribe(&node, "http://127.0.0.1:1/", "").await;
    let (url, received) = endpoint(OK);
    subscribe_confirmed(&node, &url, &received, "").await;
    let began = Instant::now();
    for number in 0..50 {
        publish(&node, &format!("message {number}")).await;
    }
    for _ in 0..50 {
        next(&received);
    }
    let took = began.elapsed();
    assert!(took < Duration::from_secs(10), "the good endpoint waited {took:?}");
    for (habit, received) in bad {
        let seen: Vec<String> = received.try_iter().collect();
        assert!(!seen.is_empty(), "{habit:?} was told too");
        let cut: Vec<_> = seen.iter().filter(|line| line.starts_with("cut off")).collect();
        assert_eq!(matches!(habit, Habit::Gigabyte), !cut.is_empty(), "{habit:?}: {cut:?}");
    }
    node.shutdown();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_error_is_retried_and_a_redirect_is_not_followed() {
    let data = tempfile::tempdir().unwrap();
    let node = open(data.path());
    create_topic(&node).await;
    let (elsewhere, followed) = endpoint(OK);
    let redirect: &'static str = Box::leak(
        format!("HTTP/1.1 307 Moved\r\nlocation: {elsewhere}\r\ncontent-length: 0\r\n\r\n")
            .into_boxed_str(),
    );
    let refusal = "HTTP/1.1 403 No\r\ncontent-length: 0\r\n\r\n";
    for (answer, tries) in [(redirect, 3), (refusal, 1)] {
        let (url, received) = endpoint(Habit::Answer(answer));
        subscribe_confirmed(&node, &url, &received, AT_ONCE).await;
        // The confirmation is tried again too, in its own time.
        let dropped = counts(&node).await.outcomes().dropped;
        publish(&node, "hello").await;
        let (mut told, began) = (0, Instant::now());
        while counts(&node).await.outcomes().dropped == dropped {
            assert!(began.elapsed() < Duration::from_secs(20), "{answer} is given up in time");
            told += received.try_iter().filter(|request| request.contains("hello")).count();
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        told += received.try_iter().filter(|request| request.contains("hello")).count();
        assert_eq!(told, tries, "{answer}");
        // The next round has one subscription only.
        let all = Query::Sns(sns::Query::ListSubscriptionsByTopic(
            topic(),
            sns::Place { account: topic().account, region: topic().region, after: None },
        ));
        let Ok(Reply::Sns(sns::Reply::Subscriptions(listed, _))) =
            node.submit(Work::Query(partition(), all)).await.unwrap()
        else {
            panic!("a list answers a list")
        };
        for one in listed {
            sns_of(&node, sns::Command::Unsubscribe(one.key)).await;
        }
    }
    assert_eq!(followed.try_iter().count(), 0);
    node.shutdown();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_under_way_is_posted_again_after_a_restart() {
    let data = tempfile::tempdir().unwrap();
    let node = open(data.path());
    create_topic(&node).await;
    let (url, received) = endpoint(Habit::Hang);
    subscribe_confirmed(&node, &url, &received, "").await;
    publish(&node, "again").await;
    assert!(next(&received).contains("again"));
    node.shutdown();
    drop(node);
    let node = reopen(data.path()).await;
    let mut again = next(&received);
    if !again.contains("again") {
        // The confirmation was under way as well.
        again = next(&received);
    }
    assert!(again.contains("again"), "{again}");
    assert_eq!(counts(&node).await.outcomes().dropped, 0);
    node.shutdown();
}

/// The lock goes with the last holder of the node, a moment after the core.
async fn reopen(data: &std::path::Path) -> Node {
    let options = Options::new(data.to_owned());
    for _ in 0..500 {
        match Node::open(&options, |_| {}, &tokio::runtime::Handle::current()) {
            Ok(node) => return node,
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
    panic!("the data directory is not let go")
}
