//! A topic and its queues in one partition: what is drained at once never overtakes what went
//! through the outbox.

use bytes::Bytes;
use std::collections::VecDeque;
use tidemill_aws::{HttpRequest, Protocol};
use tidemill_kernel::{
    AccountId, At, Caller, Facts, MemoryBodies, MemoryRows, Outcome, PartitionId, Position, Region,
    Secret, Timestamp, Turn, Uuid,
};
use tidemill_services::outbox::Envelope;
use tidemill_services::{Command, Effect, Reply, State, Work, sns, sqs};

struct World {
    partition: PartitionId,
    state: State,
    rows: MemoryRows,
    bodies: MemoryBodies,
    position: u64,
    /// Deliveries of the partition to itself, on their way.
    home: VecDeque<Envelope>,
}

fn caller() -> Caller {
    Caller {
        account: AccountId::parse("000000000000").expect("twelve digits"),
        region: Region::parse("us-east-1").expect("a region"),
        principal: "arn:aws:iam::000000000000:root".to_owned(),
        access_key_id: "AKIA".to_owned(),
        base_url: "http://localhost:4566".to_owned(),
        request_id: Uuid::default(),
    }
}

impl World {
    fn apply(&mut self, command: Command) -> Reply {
        let at = At {
            now: Timestamp(0),
            partition: self.partition,
            position: Position(self.position),
            secret: Secret([7; 32]),
        };
        let facts = Facts::default();
        let mut turn = Turn::new(at, &facts, &mut self.rows, &mut self.bodies);
        let (result, effects) = self.state.apply(&mut turn, command);
        self.position += u64::from(turn.has_changed());
        for effect in effects {
            if let Effect::Send(envelope) = effect {
                assert_eq!(envelope.target, self.partition, "all of it lives here");
                self.home.push_back(envelope);
            }
        }
        match result {
            Ok(Outcome::Done(reply)) => reply,
            other => panic!("{other:?}"),
        }
    }

    fn receive(&mut self, queue: &str) -> Vec<String> {
        let input = serde_json::json!({
            "QueueUrl": format!("http://localhost:4566/000000000000/{queue}"),
            "MaxNumberOfMessages": 10,
        });
        let request = HttpRequest {
            method: http::Method::POST,
            path: "/".to_owned(),
            query: String::new(),
            headers: http::HeaderMap::new(),
            body: Bytes::from(input.to_string()),
        };
        let work = sqs::decode("ReceiveMessage", Protocol::Json10, &request, &caller());
        let Ok(Work::Command(_, command)) = work else { panic!("a receive is a command") };
        let Reply::Sqs(reply) = self.apply(command) else { panic!("SQS answers for itself") };
        sqs::received_messages(reply).into_iter().filter_map(|message| message.body).collect()
    }
}

fn publish(topic: &sns::TopicKey, text: &str) -> Command {
    Command::Sns(sns::Command::Publish(sns::Publish {
        topic: topic.clone(),
        message: sns::NewMessage {
            texts: sns::Texts { default: text.to_owned(), ..sns::Texts::default() },
            group_id: Some("g".to_owned()),
            deduplication_id: Some(text.to_owned()),
            ..sns::NewMessage::default()
        },
    }))
}

#[test]
fn a_message_never_overtakes_one_that_is_on_its_way_home() {
    let Caller { account, region, principal, base_url, .. } = caller();
    let topic = sns::TopicKey { account, region: region.clone(), name: "orders.fifo".to_owned() };
    let partition = topic.partition();
    let rows = MemoryRows::default();
    let mut world = World {
        partition,
        state: State::load(partition, &rows),
        rows,
        bodies: MemoryBodies::default(),
        position: 1,
        home: VecDeque::new(),
    };
    world.apply(Command::Sns(sns::Command::CreateTopic(sns::CreateTopic {
        topic: topic.clone(),
        attributes: sns::AttributesPatch::default(),
        tags: Default::default(),
    })));
    let queues: Vec<sqs::QueueKey> = (0..)
        .map(|number| sqs::QueueKey {
            account,
            region: region.clone(),
            name: format!("queue-{number}.fifo"),
        })
        .filter(|queue| queue.partition() == partition)
        .take(100)
        .collect();
    let mut subscriptions = Vec::new();
    for queue in &queues {
        world.apply(Command::Sqs(sqs::Command::CreateQueue(sqs::CreateQueue {
            queue: queue.clone(),
            attributes: Default::default(),
            tags: Default::default(),
        })));
        let reply = world.apply(Command::Sns(sns::Command::Subscribe(sns::Subscribe {
            topic: topic.clone(),
            protocol: sns::Protocol::Sqs,
            endpoint: sns::Endpoint::Resource(queue.arn()),
            attributes: sns::SubscriptionPatch { is_raw: Some(true), ..Default::default() },
            principal: principal.clone(),
            base_url: base_url.clone(),
            returns_arn: false,
        })));
        let Reply::Sns(sns::Reply::Subscription(key)) = reply else { panic!("{reply:?}") };
        subscriptions.push(key);
    }
    // More than one apply drains: the last queues' copies of `first` go through the outbox.
    world.apply(publish(&topic, "first"));
    assert!(!world.home.is_empty());
    // With half of the subscriptions gone, one apply could reach all the others at once.
    for key in subscriptions.into_iter().take(50) {
        world.apply(Command::Sns(sns::Command::Unsubscribe(key)));
    }
    world.apply(publish(&topic, "second"));
    while let Some(envelope) = world.home.pop_front() {
        world.apply(Command::Inbox(Box::new(envelope)));
    }
    for (number, queue) in queues.iter().enumerate() {
        let expected: &[&str] = if number < 50 { &["first"] } else { &["first", "second"] };
        assert_eq!(world.receive(&queue.name), expected, "{}", queue.name);
    }
}
