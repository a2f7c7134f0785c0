//! What a request's stamp promises: never a moment before the request was there, however long the
//! round it falls into stays open.

use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use tidemill_kernel::{Facts, Timestamp, codec};
use tidemill_node::core::{Answered, Core, Ticket};
use tidemill_services::{Entry, Work};
use tidemill_sim::wire;
use tidemill_store::{MemoryDisk, Options};

/// A caller that waits for ever.
#[derive(Clone, Copy, Debug)]
struct Request;

impl Ticket for Request {
    fn is_gone(&self) -> bool {
        false
    }
}

fn propose(core: &mut Core<Request>, at: u64, operation: &str, input: &Value) {
    let work = wire::decode(operation, input).expect("the test's requests are right");
    let Work::Command(partition, command) = work else { panic!("{operation} is a command") };
    let entry = Entry { command, facts: Facts::default() };
    let bytes = codec::to_bytes(&entry);
    core.propose(Timestamp(at), partition, entry, bytes, Request);
}

fn bodies(answered: &Answered<Request>) -> Vec<String> {
    let reply = wire::encode("ReceiveMessage", answered.answer.clone());
    let reply = reply.expect("a receive is not refused");
    let messages = reply.get("Messages").and_then(Value::as_array).cloned().unwrap_or_default();
    let body = |message: &Value| Some(message.get("Body")?.as_str()?.to_owned());
    messages.iter().filter_map(body).collect()
}

/// The kill loop once saw a message come back 10 ms early: its receive had been stamped with the
/// time at which the round was opened.
#[test]
fn a_receive_hides_from_its_own_arrival_even_late_in_an_open_round() {
    let disk = Arc::new(MemoryDisk::default());
    let opened = tidemill_store::open(disk, Path::new("data"), Options::default(), || [7; 32])
        .expect("an empty disk opens");
    let mut core: Core<Request> = Core::load(opened.secret, opened.partitions);
    let url = "http://sim/000000000000/orders";
    let receive = json!({"QueueUrl": url, "VisibilityTimeout": 1});
    let message = json!({"QueueUrl": url, "MessageBody": "one"});

    let mut replies = Vec::new();
    propose(&mut core, 5_000, "CreateQueue", &json!({"QueueName": "orders"}));
    propose(&mut core, 5_000, "SendMessage", &message);
    // The round is still open: its first entry is 40 ms old.
    propose(&mut core, 5_040, "ReceiveMessage", &receive);
    let round = core.seal().expect("there is something to seal");
    let stamps: Vec<u64> = round.batches.iter().map(|batch| batch.now.0).collect();
    assert_eq!(stamps, [5_000, 5_040], "what the log will say at a replay");
    replies.extend(round.replies);
    core.durable(Timestamp(5_041), round.number);

    propose(&mut core, 6_039, "ReceiveMessage", &receive);
    replies.extend(core.seal().expect("its reply is sealed").replies);
    propose(&mut core, 6_040, "ReceiveMessage", &receive);
    replies.extend(core.seal().expect("its reply is sealed").replies);
    let seen: Vec<(u64, Vec<String>)> =
        replies.iter().skip(2).map(|each| (each.at.0, bodies(each))).collect();
    let one = || vec!["one".to_owned()];
    assert_eq!(seen, [(5_040, one()), (6_039, vec![]), (6_040, one())]);
}
