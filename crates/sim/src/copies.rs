//! The copies of what topics published, at the end of a story: every queue and every dead letter is
//! read, and held against what the audience remembers.

use crate::audience::{Standing, Way};
use crate::clients::text;
use crate::ledger::Invariant;
use crate::topics::{LETTERS, TopicAsked, number_of};
use crate::world::{Asked, World};
use serde_json::{Value, json};

impl World {
    /// Everything the receiver is asked for is taken.
    pub(crate) fn post_all(&mut self) {
        while !self.topics.posts.is_empty() {
            self.post();
            self.settle();
        }
    }

    /// Learns the names of subscriptions whose answers were lost, by which dead letters go.
    pub(crate) fn find_subscribers(&mut self) {
        if !self.topics.is_founded() {
            return;
        }
        for endpoint in 0..self.topics.endpoints.len() {
            let found = self.topics.endpoints.get(endpoint);
            if found.is_some_and(|endpoint| endpoint.standing == Standing::Unknown) {
                self.subscribe(endpoint);
            }
        }
        self.settle();
    }

    /// Reads every copy, and holds them against what was promised.
    pub(crate) fn audit_topics(&mut self) {
        let with_queues = (0..self.topics.endpoints.len()).filter(|endpoint| {
            let way = self.topics.audience.way(*endpoint);
            !matches!(way, Way::Missing | Way::Http | Way::Function)
        });
        let queues: Vec<(Option<usize>, String)> = with_queues
            .filter_map(|index| Some((Some(index), self.topics.endpoints.get(index)?.name.clone())))
            .chain([(None, LETTERS.to_owned())])
            .collect();
        for (endpoint, queue) in queues {
            let is_there =
                self.topics.things.iter().any(|thing| thing.name == queue && thing.is_there);
            let mut before = u64::MAX;
            while is_there && before != self.copies_read {
                before = self.copies_read;
                let input = json!({
                    "QueueUrl": format!("http://sim/000000000000/{queue}"),
                    "MaxNumberOfMessages": 10,
                });
                let asked = Asked::Topic(TopicAsked::Copies(endpoint, queue.clone()));
                self.ask("ReceiveMessage", &input, asked);
                self.settle();
            }
        }
        for (invariant, what) in self.topics.audience.audit() {
            self.ledger.report(invariant, what);
        }
    }

    pub(crate) fn read_copies(&mut self, endpoint: Option<usize>, queue: &str, reply: &Value) {
        let messages = reply.get("Messages").and_then(Value::as_array).cloned().unwrap_or_default();
        for message in &messages {
            self.copies_read += 1;
            let body = text(message, "Body");
            let envelope: Value = serde_json::from_str(&body).unwrap_or_default();
            let said = envelope.get("Message").and_then(Value::as_str).unwrap_or(&body);
            match endpoint {
                Some(endpoint) => self.took_copy(endpoint, said),
                None => self.read_letter(&envelope, said),
            }
            let handle = text(message, "ReceiptHandle");
            let url = format!("http://sim/000000000000/{queue}");
            let input = json!({"QueueUrl": url, "ReceiptHandle": handle});
            self.ask("DeleteMessage", &input, Asked::Anything("DeleteMessage"));
        }
    }

    fn read_letter(&mut self, envelope: &Value, said: &str) {
        let link = text(envelope, "UnsubscribeURL");
        let arn = link.split_once("SubscriptionArn=").map(|(_, arn)| arn);
        let endpoint = arn.and_then(|arn| self.topics.arns.get(arn)).copied();
        match (endpoint, number_of(said)) {
            (Some(endpoint), Some(number)) => {
                self.topics.audience.dead_lettered(endpoint, number);
            }
            _ => {
                let what = format!("a dead letter of nobody: {envelope}");
                self.ledger.report(Invariant::PublishedReachesEach, what);
            }
        }
    }
}
