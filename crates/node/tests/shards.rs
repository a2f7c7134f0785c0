//! Real nodes of several threads: what partitions tell each other arrives once and in order, in
//! whatever number of threads a life is lived, and across stops that find it on its way.

use http::{HeaderMap, Method};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use tidemill_aws::{HttpRequest, Protocol};
use tidemill_kernel::{AccountId, Arn, Caller, Region, Uuid};
use tidemill_node::core::Shards;
use tidemill_node::{Node, Options};
use tidemill_services::sns::{self, TopicKey};
use tidemill_services::sqs::{self, QueueKey, ReceiptHandle, ReceiveRequest, Shown};
use tidemill_services::{Command, Query, Reply, Work};
use tokio::runtime::Handle;

/// Threads of one life after the other.
const LIVES: [usize; 4] = [3, 1, 16, 2];
const MESSAGES_PER_LIFE: u64 = 40;
const QUEUES: u64 = 12;

fn account() -> AccountId {
    AccountId::parse("000000000000").expect("twelve digits")
}

fn region() -> Region {
    Region::parse("us-east-1").expect("a region")
}

fn topic() -> TopicKey {
    TopicKey { account: account(), region: region(), name: "payments.fifo".to_owned() }
}

fn queue(number: u64) -> QueueKey {
    QueueKey { account: account(), region: region(), name: format!("ledger-{number}.fifo") }
}

async fn submit(node: &Node, work: Work) -> Reply {
    node.submit(work).await.expect("the node is there").expect("nothing here is refused")
}

async fn of_topic(node: &Node, command: sns::Command) {
    let partition = topic().partition();
    submit(node, Work::Command(partition, Command::Sns(command))).await;
}

async fn of_queue(node: &Node, queue: &QueueKey, command: sqs::Command) -> Reply {
    let partition = queue.partition();
    submit(node, Work::Command(partition, Command::Sqs(command))).await
}

/// Opens a node of so many threads, as soon as the one before has let go of the directory.
async fn open(data: &Path, threads: usize) -> Node {
    let mut options = Options::new(data.to_owned());
    options.partition_threads = threads;
    // So small that checkpoints of all shards are written while they tell each other things.
    options.checkpoint_log_bytes = 16 << 10;
    for _ in 0..2_000 {
        match Node::open(&options, |_| {}, &Handle::current()) {
            Ok(node) => return node,
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
    panic!("the data directory is not let go");
}

/// As a client would.
async fn create(node: &Node, queue: &QueueKey) {
    let attributes = serde_json::json!({"FifoQueue": "true"});
    let input = serde_json::json!({"QueueName": queue.name, "Attributes": attributes});
    let caller = Caller {
        account: account(),
        region: region(),
        principal: String::new(),
        access_key_id: String::new(),
        base_url: String::new(),
        request_id: Uuid::from_random([0; 16]),
    };
    let request = HttpRequest {
        method: Method::POST,
        path: "/".to_owned(),
        query: String::new(),
        headers: HeaderMap::new(),
        body: input.to_string().into(),
    };
    let work = sqs::decode("CreateQueue", Protocol::Json10, &request, &caller);
    submit(node, work.expect("a good request")).await;
}

async fn found(node: &Node) {
    let (topic, tags) = (topic(), BTreeMap::new());
    let attributes =
        sns::AttributesPatch(BTreeMap::from([("FifoTopic".to_owned(), "true".to_owned())]));
    let command = sns::CreateTopic { topic, attributes, tags };
    of_topic(node, sns::Command::CreateTopic(command)).await;
    for number in 0..QUEUES {
        create(node, &queue(number)).await;
        let endpoint = Arn::queue(&region(), account(), &queue(number).name);
        let attributes = sns::SubscriptionPatch { is_raw: Some(true), ..Default::default() };
        let subscribe = sns::Subscribe {
            topic: self::topic(),
            protocol: sns::Protocol::Sqs,
            endpoint: sns::Endpoint::Resource(endpoint),
            attributes,
            principal: String::new(),
            base_url: "http://127.0.0.1:4566".to_owned(),
            returns_arn: true,
        };
        of_topic(node, sns::Command::Subscribe(subscribe)).await;
    }
}

async fn publish(node: &Node, number: u64) {
    let message = sns::NewMessage {
        texts: sns::Texts { default: number.to_string(), ..Default::default() },
        group_id: Some("all".to_owned()),
        deduplication_id: Some(number.to_string()),
        ..Default::default()
    };
    of_topic(node, sns::Command::Publish(sns::Publish { topic: topic(), message })).await;
}

/// Takes out of a queue what is in it, up to `last`.
async fn take_all(node: &Node, queue: &QueueKey, last: u64) -> Vec<u64> {
    let mut taken = Vec::new();
    // As many as are missing may come one at a time, and one poll more finds what is too many.
    for _ in 0..=last {
        let is_complete = taken.last() == Some(&last);
        let request = ReceiveRequest {
            messages_max: 10,
            visibility_timeout: None,
            wait_time_seconds: Some(if is_complete { 0 } else { 20 }),
            attempt_id: None,
        };
        let shown = Shown::default();
        let receive = sqs::ReceiveMessage { queue: queue.clone(), request, shown };
        let reply = of_queue(node, queue, sqs::Command::ReceiveMessage(receive)).await;
        let Reply::Sqs(reply) = reply else { panic!("{reply:?}") };
        let messages = sqs::received_messages(reply);
        if messages.is_empty() {
            break;
        }
        for message in messages {
            let body = message.body.expect("a message has a body");
            taken.push(body.parse().expect("bodies are numbers"));
            let receipt_handle = message.receipt_handle.expect("a receive gives a handle");
            let receipt_handle = ReceiptHandle::parse(&receipt_handle).expect("a good handle");
            let delete = sqs::DeleteMessage { queue: queue.clone(), receipt_handle };
            of_queue(node, queue, sqs::Command::DeleteMessage(delete)).await;
        }
    }
    taken
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deliveries_between_threads_arrive_once_and_in_order_across_stops() {
    let data = tempfile::tempdir().unwrap();
    let mut last = 0;
    for (life, threads) in LIVES.into_iter().enumerate() {
        let node = open(data.path(), threads).await;
        if life == 0 {
            let shards = Shards::new(threads);
            let used: BTreeSet<usize> =
                (0..QUEUES).map(|number| shards.of(queue(number).partition())).collect();
            assert_eq!(used.len(), threads, "every thread has a queue of the story");
            found(&node).await;
        }
        for _ in 0..MESSAGES_PER_LIFE {
            last += 1;
            publish(&node, last).await;
        }
        // While the last of them are still on their way.
        node.shutdown();
    }
    let node = open(data.path(), 4).await;
    let expected: Vec<u64> = (1..=last).collect();
    let taking = (0..QUEUES).map(|number| {
        let node = node.clone();
        tokio::spawn(async move { take_all(&node, &queue(number), last).await })
    });
    for (number, taken) in taking.collect::<Vec<_>>().into_iter().enumerate() {
        assert_eq!(taken.await.unwrap(), expected, "queue {number}");
    }
    let metrics = node.metrics();
    let count = |counter: &AtomicU64| counter.load(Relaxed);
    assert_eq!(count(&metrics.mailbox), 0, "all that was accepted was taken up");
    assert_eq!(count(&metrics.waiting), 0, "no long poll is left");
    node.shutdown();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn long_polls_of_all_threads_end_with_the_node() {
    let data = tempfile::tempdir().unwrap();
    let node = open(data.path(), 3).await;
    let mut polls = Vec::new();
    for number in 0..QUEUES {
        create(&node, &queue(number)).await;
    }
    for number in 0..QUEUES {
        let (node, queue) = (node.clone(), queue(number));
        polls.push(tokio::spawn(async move { take_all(&node, &queue, 1).await }));
    }
    let waiting = || node.metrics().waiting.load(Relaxed);
    while waiting() < QUEUES {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    node.end_long_polls();
    for poll in polls {
        assert_eq!(poll.await.unwrap(), Vec::<u64>::new());
    }
    // Lists are asked of every partition, in whichever thread it is.
    let depths = Work::QueryAll(Query::Sqs(sqs::Query::Depths));
    let Reply::Sqs(sqs::Reply::Depths(depths)) = submit(&node, depths).await else {
        panic!("depths are answered with depths")
    };
    assert_eq!(depths.len(), usize::try_from(QUEUES).unwrap());
    node.shutdown();
    assert!(node.submit(Work::QueryAll(Query::Sqs(sqs::Query::Depths))).await.is_err());
}
