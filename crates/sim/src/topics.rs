//! Topics and their clients: who subscribes, what is published, and an HTTP receiver that hangs,
//! fails, refuses and answers.
//!
//! ```text
//! publish ──▶ topic ──▶ queues, raw, in envelopes, filtered; queues that do not exist ──▶ letters
//!                   ├─▶ a function, which is run
//!                   └─▶ row ──▶ post ──▶ receiver ──▶ outcome ──▶ done, again, or letters
//! ```
//!
//! Copies wait in their queues until the end of the story. Then all of them are read, and compared
//! with what the audience remembers.

use crate::audience::{Audience, Published, Standing, Way};
use crate::duplicates::{Originals, Repeat};
use crate::functions::{create, function_named};
use crate::ledger::{Certainty, Invariant};
use crate::subscribed::{CopyRuns, SUBSCRIBED, function_arn};
use crate::world::{Asked, World};
use crate::{Bug, wire};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tidemill_kernel::{Arn, Millis, PartitionId};
use tidemill_node::Posting;
use tidemill_services::sns::{self, HttpAttempt, HttpDeliveryKey, HttpDone, HttpOutcome};
use tidemill_services::{Command, Query, Reply, Work};

const NEWS: &str = "news";
const PAYMENTS: &str = "payments.fifo";
const CROWD: &str = "crowd";
/// The dead-letter queue of every subscription that may need one.
pub(crate) const LETTERS: &str = "letters";
/// More than one relay carries.
const CROWD_SIZE: usize = 64;
const CROWD_PUBLISHES_MAX: u64 = 2;
/// A copy may be so long on its way to its queue, which drops repeats by a time of its own: over a
/// crash, and a clock that was set an hour ahead meanwhile.
const UNDER_WAY_MAX: Millis = Millis(2 * 3_600_000);

/// What a client asked of a topic.
#[derive(Clone, Debug)]
pub(crate) enum TopicAsked {
    /// By the operation that makes it.
    Found(usize, &'static str),
    /// And how the subscription stood before.
    Subscribe(usize, Standing),
    Confirm(usize),
    Unsubscribe(usize),
    Publish(u64),
    PublishBatch(Vec<u64>),
    /// The receiver's answer, told of this posting.
    PostEnded(Posting),
    /// What the core wanted signed.
    Signed,
    /// What is in a queue at the end; the endpoint it belongs to, if not to the dead letters.
    Copies(Option<usize>, String),
}

impl TopicAsked {
    pub(crate) fn operation(&self) -> &'static str {
        match self {
            TopicAsked::Found(_, operation) => operation,
            TopicAsked::Subscribe(..) => "Subscribe",
            TopicAsked::Confirm(_) => "ConfirmSubscription",
            TopicAsked::Unsubscribe(_) => "Unsubscribe",
            TopicAsked::Publish(_) => "Publish",
            TopicAsked::PublishBatch(_) => "PublishBatch",
            TopicAsked::PostEnded(_) => "HttpDone",
            TopicAsked::Signed => "Signed",
            TopicAsked::Copies(..) => "ReceiveMessage",
        }
    }
}

pub(crate) struct Endpoint {
    pub(crate) name: String,
    topic: &'static str,
    pub(crate) standing: Standing,
    /// Of the subscription that there is, or was last.
    arn: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Queue,
    Topic,
    Function,
}

/// Something that must be there first.
pub(crate) struct Thing {
    pub(crate) name: &'static str,
    kind: Kind,
    pub(crate) is_there: bool,
}

/// See the module's head.
pub(crate) struct Topics {
    pub(crate) things: Vec<Thing>,
    pub(crate) endpoints: Vec<Endpoint>,
    pub(crate) audience: Audience,
    /// Every subscription there was.
    pub(crate) arns: BTreeMap<String, usize>,
    originals: Originals,
    /// What the core wants posted, and was not yet.
    pub(crate) posts: Vec<Posting>,
    /// What it wanted in this life: the delivery and the attempt.
    seen: BTreeSet<(HttpDeliveryKey, u32)>,
    /// Runs of the function that is subscribed.
    pub(crate) runs: CopyRuns,
    crowd_publishes: u64,
}

fn queue_arn(name: &str) -> String {
    let caller = wire::caller();
    Arn::queue(&caller.region, caller.account, name).to_string()
}

fn topic_arn(name: &str) -> String {
    let caller = wire::caller();
    Arn::topic(&caller.region, caller.account, name).to_string()
}

/// What message `number` says.
fn text(number: u64) -> String {
    let padding = usize::try_from(number % 5).unwrap_or(0) * 70;
    format!("p{number}:{}", "x".repeat(padding))
}

/// The number of the message that says this, if one does.
pub(crate) fn number_of(said: &str) -> Option<u64> {
    let number = said.strip_prefix('p')?.split(':').next()?.parse().ok()?;
    (text(number) == said).then_some(number)
}

/// Queues of one partition that do not exist.
fn crowd() -> impl Iterator<Item = String> {
    let place = |name: &str| Arn::parse(&queue_arn(name)).and_then(|arn| PartitionId::of_arn(&arn));
    let first = place("crowd-0");
    (0..).map(|n| format!("crowd-{n}")).filter(move |name| place(name) == first).take(CROWD_SIZE)
}

/// An endpoint as it is set up: its name, its topic, how it is reached.
type Named = (String, &'static str, Way);

impl Topics {
    pub(crate) fn new(has_crowd: bool) -> Topics {
        let mut named: Vec<Named> = vec![
            ("news-raw".to_owned(), NEWS, Way::Raw),
            ("news-plain".to_owned(), NEWS, Way::Enveloped),
            ("news-chosen".to_owned(), NEWS, Way::Chosen),
            ("news-gone".to_owned(), NEWS, Way::Missing),
            ("news-http".to_owned(), NEWS, Way::Http),
            (SUBSCRIBED.to_owned(), NEWS, Way::Function),
            ("pay-raw.fifo".to_owned(), PAYMENTS, Way::Raw),
            ("pay-plain.fifo".to_owned(), PAYMENTS, Way::Enveloped),
        ];
        let mut things: Vec<(&str, Kind)> = vec![
            ("news-raw", Kind::Queue),
            ("news-plain", Kind::Queue),
            ("news-chosen", Kind::Queue),
            ("pay-raw.fifo", Kind::Queue),
            ("pay-plain.fifo", Kind::Queue),
            (LETTERS, Kind::Queue),
            (SUBSCRIBED, Kind::Function),
            (NEWS, Kind::Topic),
            (PAYMENTS, Kind::Topic),
        ];
        if has_crowd {
            named.extend(crowd().map(|name| (name, CROWD, Way::Missing)));
            things.push((CROWD, Kind::Topic));
        }
        Topics::of(named, things)
    }

    /// One topic with so many subscriptions, of queues in every partition that do not exist.
    pub(crate) fn crowded(size: usize) -> Topics {
        let named = (0..size).map(|n| (format!("crowd-{n}"), CROWD, Way::Missing));
        Topics::of(named.collect(), vec![(LETTERS, Kind::Queue), (CROWD, Kind::Topic)])
    }

    fn of(named: Vec<Named>, things: Vec<(&'static str, Kind)>) -> Topics {
        let thing = |(name, kind)| Thing { name, kind, is_there: false };
        let ways = named.iter().map(|(_, _, way)| *way).collect();
        let endpoint =
            |(name, topic, _)| Endpoint { name, topic, standing: Standing::Off, arn: None };
        Topics {
            things: things.into_iter().map(thing).collect(),
            endpoints: named.into_iter().map(endpoint).collect(),
            audience: Audience::new(ways),
            arns: BTreeMap::new(),
            originals: Originals::default(),
            posts: Vec::new(),
            seen: BTreeSet::new(),
            runs: CopyRuns::default(),
            crowd_publishes: 0,
        }
    }

    pub(crate) fn is_founded(&self) -> bool {
        self.things.iter().all(|thing| thing.is_there)
    }

    /// Endpoints that were never subscribed, or of which nobody knows.
    fn unsubscribed(&self) -> Vec<usize> {
        let all = self.endpoints.iter().enumerate();
        let unsubscribed = all.filter(|(index, endpoint)| match endpoint.standing {
            Standing::On => false,
            Standing::Off => endpoint.arn.is_none(),
            // It answers for itself, if it was asked.
            Standing::Unknown => self.audience.way(*index) != Way::Http,
        });
        unsubscribed.map(|(index, _)| index).collect()
    }

    fn set(&mut self, endpoint: usize, standing: Standing) {
        if let Some(found) = self.endpoints.get_mut(endpoint) {
            found.standing = standing;
        }
    }

    fn forget_name(&mut self, endpoint: usize) {
        if let Some(found) = self.endpoints.get_mut(endpoint) {
            found.arn = None;
        }
    }

    fn learn(&mut self, endpoint: usize, arn: Option<String>) {
        if let (Some(arn), Some(found)) = (arn, self.endpoints.get_mut(endpoint)) {
            self.arns.insert(arn.clone(), endpoint);
            found.arn = Some(arn);
        }
    }

    /// The receiver dies with the machine.
    pub(crate) fn crashed(&mut self) {
        self.posts.clear();
        self.seen.clear();
        self.runs.crashed();
    }
}

impl World {
    /// A client does something with a topic; at first, what there must be is made.
    pub(crate) fn use_topics(&mut self) {
        if !self.topics.is_founded() {
            return self.found_topics();
        }
        let unsubscribed = self.topics.unsubscribed();
        let is_waiting = |asked: &Asked| matches!(asked, Asked::Topic(TopicAsked::Subscribe(..)));
        if !unsubscribed.is_empty() && !self.asked.values().any(is_waiting) {
            return unsubscribed.into_iter().for_each(|endpoint| self.subscribe(endpoint));
        }
        let has_crowd = self.topics.crowd_publishes < CROWD_PUBLISHES_MAX
            && self.topics.endpoints.iter().any(|endpoint| endpoint.topic == CROWD);
        match self.random.below(10) {
            0..4 => self.publish(NEWS),
            4 => self.publish_batch(NEWS),
            5..7 => self.publish(PAYMENTS),
            7 => self.publish_batch(PAYMENTS),
            8 => self.change_subscription(),
            _ if has_crowd => self.publish_to_crowd(),
            _ => self.publish(NEWS),
        }
    }

    fn publish_to_crowd(&mut self) {
        self.topics.crowd_publishes += 1;
        self.publish(CROWD);
    }

    /// The same where there is nothing but a crowd.
    pub(crate) fn use_crowd(&mut self) {
        if !self.topics.is_founded() {
            return self.found_topics();
        }
        let unsubscribed = self.topics.unsubscribed();
        let is_waiting = |asked: &Asked| matches!(asked, Asked::Topic(TopicAsked::Subscribe(..)));
        if !unsubscribed.is_empty() && !self.asked.values().any(is_waiting) {
            return unsubscribed.into_iter().for_each(|endpoint| self.subscribe(endpoint));
        }
        if unsubscribed.is_empty() && self.topics.crowd_publishes < CROWD_PUBLISHES_MAX {
            self.publish_to_crowd();
        }
    }

    fn found_topics(&mut self) {
        let is_waiting = |asked: &Asked| matches!(asked, Asked::Topic(TopicAsked::Found(..)));
        if self.asked.values().any(is_waiting) {
            return;
        }
        for index in 0..self.topics.things.len() {
            let Some(Thing { name, kind, is_there: false }) = self.topics.things.get(index) else {
                continue;
            };
            let (name, kind) = (*name, *kind);
            let is_fifo = name.ends_with(".fifo");
            let attributes = if is_fifo { json!({"FifoQueue": "true"}) } else { json!({}) };
            let of_topic = if is_fifo { json!({"FifoTopic": "true"}) } else { json!({}) };
            let asked = |operation| Asked::Topic(TopicAsked::Found(index, operation));
            match kind {
                Kind::Topic => {
                    let input = json!({"Name": name, "Attributes": of_topic});
                    self.ask_topic("CreateTopic", &input, asked("CreateTopic"));
                }
                Kind::Queue => {
                    let input = json!({"QueueName": name, "Attributes": attributes});
                    self.ask("CreateQueue", &input, asked("CreateQueue"));
                }
                Kind::Function => self.submit(create(function_named(name)), asked("Lambda")),
            }
        }
    }

    fn ask_topic(&mut self, operation: &'static str, input: &Value, asked: Asked) {
        match wire::decode_sns(operation, input) {
            Ok(work) => self.submit(work, asked),
            Err(error) => panic!("the simulator's own requests are right: {operation}: {error:?}"),
        }
    }

    /// Subscribes an endpoint, or asks again for what there is already.
    pub(crate) fn subscribe(&mut self, endpoint: usize) {
        let Some(Endpoint { name, topic, standing, .. }) = self.topics.endpoints.get(endpoint)
        else {
            return;
        };
        let (way, before) = (self.topics.audience.way(endpoint), *standing);
        let (protocol, address) = match way {
            Way::Http => ("http", format!("http://receiver/{name}")),
            Way::Function => ("lambda", function_arn().to_string()),
            Way::Raw | Way::Enveloped | Way::Chosen | Way::Missing => ("sqs", queue_arn(name)),
        };
        let mut attributes = serde_json::Map::new();
        let mut set = |name: &str, value: String| attributes.insert(name.to_owned(), value.into());
        if matches!(way, Way::Raw | Way::Chosen) {
            set("RawMessageDelivery", "true".to_owned());
        }
        if way == Way::Chosen && self.bug != Some(Bug::FilterIgnored) {
            set("FilterPolicy", json!({"kind": ["chosen"]}).to_string());
        }
        if matches!(way, Way::Missing | Way::Http) {
            let policy = json!({"deadLetterTargetArn": queue_arn(LETTERS)});
            set("RedrivePolicy", policy.to_string());
        }
        if way == Way::Http {
            let retries = json!({"numRetries": 3, "minDelayTarget": 1, "maxDelayTarget": 20});
            set("DeliveryPolicy", json!({"healthyRetryPolicy": retries}).to_string());
        }
        let input = json!({
            "TopicArn": topic_arn(topic),
            "Protocol": protocol,
            "Endpoint": address,
            "Attributes": attributes,
            "ReturnSubscriptionArn": true,
        });
        // An HTTP endpoint is subscribed once it has confirmed.
        if way != Way::Http {
            self.topics.set(endpoint, Standing::On);
            if before == Standing::Off {
                // The new subscription will have another name.
                self.topics.forget_name(endpoint);
            }
        }
        let asked = Asked::Topic(TopicAsked::Subscribe(endpoint, before));
        self.ask_topic("Subscribe", &input, asked);
    }

    /// Ends a subscription, or begins one that had ended.
    fn change_subscription(&mut self) {
        let changing: Vec<usize> = (0..self.topics.endpoints.len())
            .filter(|endpoint| matches!(self.topics.audience.way(*endpoint), Way::Raw | Way::Http))
            .collect();
        let index = self.random.index(changing.len());
        let Some(endpoint) = index.and_then(|index| changing.get(index).copied()) else { return };
        let Some(found) = self.topics.endpoints.get(endpoint) else { return };
        let arn = found.arn.clone().filter(|_| found.standing == Standing::On);
        let Some(arn) = arn else { return self.subscribe(endpoint) };
        self.topics.audience.left(endpoint, self.sends);
        self.topics.set(endpoint, Standing::Off);
        if self.bug != Some(Bug::UnsubscribeLost) {
            let asked = Asked::Topic(TopicAsked::Unsubscribe(endpoint));
            self.ask_topic("Unsubscribe", &json!({"SubscriptionArn": arn}), asked);
        }
    }

    fn publish(&mut self, topic: &'static str) {
        let (number, mut input) = self.publication(topic);
        crate::clients::set(&mut input, "TopicArn", topic_arn(topic).into());
        self.ask_topic("Publish", &input, Asked::Topic(TopicAsked::Publish(number)));
    }

    fn publish_batch(&mut self, topic: &'static str) {
        let (mut numbers, mut entries) = (Vec::new(), Vec::new());
        for _ in 0..2 + self.random.below(4) {
            let (number, mut entry) = self.publication(topic);
            crate::clients::set(&mut entry, "Id", entry_id(number).into());
            numbers.push(number);
            entries.push(entry);
        }
        if self.bug == Some(Bug::EntryLost) {
            entries.pop();
        }
        let input = json!({"TopicArn": topic_arn(topic), "PublishBatchRequestEntries": entries});
        self.ask_topic("PublishBatch", &input, Asked::Topic(TopicAsked::PublishBatch(numbers)));
    }

    /// Makes up a message for a topic, and notes whom it must reach.
    fn publication(&mut self, topic: &'static str) -> (u64, Value) {
        self.sends += 1;
        let number = self.sends;
        let is_chosen = self.random.one_in(2);
        let kind = if is_chosen { "chosen" } else { "other" };
        let mut input = json!({
            "Message": text(number),
            "MessageAttributes": {"kind": {"DataType": "String", "StringValue": kind}},
        });
        let met = self.topics.endpoints.iter().enumerate();
        let met = met.filter(|(_, endpoint)| endpoint.topic == topic);
        let mut published = Published {
            how: Certainty::Open,
            is_chosen,
            group: None,
            duplicate_of: None,
            met: met.map(|(index, endpoint)| (index, endpoint.standing)).collect(),
        };
        if topic == PAYMENTS {
            let group = format!("g{}", self.random.below(3));
            let (now, own) = (self.core_now(), number.to_string());
            let is_repeat = self.random.one_in(4);
            let random = &mut self.random;
            let late = UNDER_WAY_MAX;
            let repeat =
                if is_repeat { self.topics.originals.take(random, now, late) } else { None };
            let id = match repeat {
                None => {
                    self.topics.originals.add(&own, now);
                    own
                }
                Some(Repeat::After(first)) => first,
                Some(Repeat::Within(first)) => {
                    published.duplicate_of = first.parse().ok();
                    first
                }
            };
            crate::clients::set(&mut input, "MessageGroupId", group.as_str().into());
            crate::clients::set(&mut input, "MessageDeduplicationId", id.into());
            published.group = Some(group);
        }
        self.topics.audience.publishing(number, published);
        (number, input)
    }

    /// Each message of a batch has an answer of its own.
    fn batch_published(&mut self, numbers: &[u64], reply: &Result<Value, String>) {
        let entries = |name: &str, id: &str| {
            let entries = reply.as_ref().ok().and_then(|reply| reply.get(name)?.as_array());
            entries.into_iter().flatten().any(|entry| crate::clients::text(entry, "Id") == id)
        };
        for number in numbers {
            let id = entry_id(*number);
            let is_planted = self.bug == Some(Bug::EntryLost) && reply.is_ok();
            let how = if entries("Successful", &id) || is_planted {
                Certainty::Acknowledged
            } else {
                Certainty::Refused
            };
            if reply.is_ok() && how == Certainty::Refused {
                // Nothing in it is against the rules.
                let what = format!("p{number} of a batch was not taken: {reply:?}");
                self.ledger.report(Invariant::I7NothingUnaccounted, what);
            }
            self.topics.audience.publish_ended(*number, how);
        }
    }

    /// The node wants these posted, which it did not before in this life.
    pub(crate) fn begin_posts(&mut self) {
        let Some(machine) = &mut self.machine else { return };
        let signings = machine.core.take_signings();
        for posting in machine.core.take_postings() {
            let key = (key(&posting), posting.post.attempt);
            if !self.topics.seen.insert(key) {
                let what = format!("{key:?} was posted twice in one life");
                self.ledger.report(Invariant::I10CompletedOnce, what);
            }
            self.topics.posts.push(posting);
        }
        // A signature takes a moment; what comes meanwhile is already in the core's mailbox.
        for (partition, signing) in signings {
            let signatures = signing.digests.iter().map(|_| "signature".to_owned()).collect();
            let signed = sns::Signed::new(&signing, "certificate".to_owned(), signatures);
            let work = Work::Command(partition, Command::Sns(sns::Command::Signed(signed)));
            self.submit(work, Asked::Topic(TopicAsked::Signed));
        }
    }

    /// The node, started again, wants posted what it does not know the end of.
    pub(crate) fn resume_posts(&mut self) {
        self.begin_posts();
        if self.bug == Some(Bug::PostForgotten) {
            self.topics.posts.clear();
        }
    }

    /// Posts something, and tells what came of it.
    pub(crate) fn post(&mut self) {
        let Some(index) = self.random.index(self.topics.posts.len()) else { return };
        let posting = self.topics.posts.swap_remove(index);
        let chance = if self.is_calm { 0 } else { self.random.below(10) };
        let outcome = match chance {
            0..5 => self.receive_post(&posting),
            // It took the message, and its answer was lost.
            5 => {
                self.receive_post(&posting);
                HttpOutcome::Failed
            }
            6..8 => HttpOutcome::Failed,
            8 => HttpOutcome::Refused,
            // It hangs, for now.
            _ => return self.topics.posts.push(posting),
        };
        self.end_post(posting, outcome);
    }

    fn end_post(&mut self, posting: Posting, outcome: HttpOutcome) {
        let (delivery, attempt) = (key(&posting), posting.post.attempt);
        let command = Command::Sns(sns::Command::HttpDone(HttpDone { delivery, attempt, outcome }));
        let work = Work::Command(posting.partition, command);
        self.submit(work, Asked::Topic(TopicAsked::PostEnded(posting)));
    }

    /// The receiver is asked to take a message.
    fn receive_post(&mut self, posting: &Posting) -> HttpOutcome {
        let query = sns::Query::HttpAttempt(key(posting), posting.post.attempt);
        let now = self.now;
        let Some(machine) = &mut self.machine else { return HttpOutcome::Failed };
        let answer = machine.core.ask(now, posting.partition, Query::Sns(query));
        let Ok(Reply::Sns(sns::Reply::HttpAttempt(Some(request)))) = answer else {
            // Its subscription has ended.
            return HttpOutcome::Refused;
        };
        let HttpAttempt { url, body, .. } = *request;
        let body: Value = serde_json::from_str(&body).unwrap_or_default();
        let address = |endpoint: &Endpoint| format!("http://receiver/{}", endpoint.name) == url;
        let Some(endpoint) = self.topics.endpoints.iter().position(address) else {
            let what = format!("{url} was never subscribed");
            self.ledger.report(Invariant::PublishedReachesEach, what);
            return HttpOutcome::Refused;
        };
        let said = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        match said("Type") {
            "SubscriptionConfirmation" => self.confirm(endpoint, said("Token")),
            "UnsubscribeConfirmation" => {}
            _ => self.took_copy(endpoint, said("Message")),
        }
        HttpOutcome::Taken
    }

    /// Whoever was asked says yes. Until that is answered the subscription may be either.
    fn confirm(&mut self, endpoint: usize, token: &str) {
        let Some(Endpoint { topic, standing, .. }) = self.topics.endpoints.get(endpoint) else {
            return;
        };
        let input = json!({"TopicArn": topic_arn(topic), "Token": token});
        if *standing == Standing::Off {
            self.topics.set(endpoint, Standing::Unknown);
        }
        self.ask_topic("ConfirmSubscription", &input, Asked::Topic(TopicAsked::Confirm(endpoint)));
    }

    pub(crate) fn took_copy(&mut self, endpoint: usize, said: &str) {
        let Some(number) = number_of(said) else {
            let what = format!("{endpoint} got what nobody published: {said:?}");
            return self.ledger.report(Invariant::I2WholeOrAbsent, what);
        };
        if let Some(what) = self.topics.audience.took(endpoint, number) {
            self.ledger.report(Invariant::I5GroupsKeepOrder, what);
        }
    }

    pub(crate) fn topic_answered(&mut self, asked: TopicAsked, reply: Result<Value, String>) {
        let how = if reply.is_ok() { Certainty::Acknowledged } else { Certainty::Refused };
        let arn = reply.as_ref().ok().and_then(|reply| reply.get("SubscriptionArn"));
        let arn = arn.and_then(Value::as_str).map(str::to_owned);
        match asked {
            TopicAsked::Found(index, operation) => {
                // A function that is there already is as good.
                let is_made = how == Certainty::Acknowledged || operation == "Lambda";
                assert!(is_made, "it can be made: {reply:?}");
                if let Some(thing) = self.topics.things.get_mut(index) {
                    thing.is_there = true;
                }
            }
            TopicAsked::Subscribe(endpoint, _) => {
                if how == Certainty::Refused {
                    // The topic was made before anybody subscribes.
                    let what = format!("{endpoint} cannot be subscribed: {reply:?}");
                    self.ledger.report(Invariant::I1AcknowledgedIsKept, what);
                }
                self.topics.learn(endpoint, arn);
            }
            TopicAsked::Confirm(endpoint) => {
                // The token may be of a subscription that has ended since.
                let is_current = self.topics.endpoints.get(endpoint).is_some_and(|endpoint| {
                    let is_named = endpoint.arn.is_none() || endpoint.arn == arn;
                    is_named && endpoint.standing == Standing::Unknown
                });
                if is_current && arn.is_some() {
                    self.topics.learn(endpoint, arn);
                    self.topics.set(endpoint, Standing::On);
                }
            }
            TopicAsked::Publish(number) => self.topics.audience.publish_ended(number, how),
            TopicAsked::PublishBatch(numbers) => self.batch_published(&numbers, &reply),
            TopicAsked::Unsubscribe(_) | TopicAsked::PostEnded(_) | TopicAsked::Signed => {}
            TopicAsked::Copies(endpoint, queue) => {
                self.read_copies(endpoint, &queue, &reply.unwrap_or_default());
            }
        }
    }

    /// The process died before this was answered.
    pub(crate) fn topic_lost(&mut self, asked: &TopicAsked) {
        match asked {
            TopicAsked::Subscribe(endpoint, _)
            | TopicAsked::Confirm(endpoint)
            | TopicAsked::Unsubscribe(endpoint) => {
                self.topics.audience.left(*endpoint, self.sends);
                self.topics.set(*endpoint, Standing::Unknown);
            }
            TopicAsked::Publish(number) => {
                self.topics.audience.publish_ended(*number, Certainty::Uncertain);
            }
            TopicAsked::PublishBatch(numbers) => {
                for number in numbers {
                    self.topics.audience.publish_ended(*number, Certainty::Uncertain);
                }
            }
            // It is asked for again in the next life.
            TopicAsked::Signed
            | TopicAsked::Found(..)
            | TopicAsked::PostEnded(_)
            | TopicAsked::Copies(..) => {}
        }
    }

    /// The node had no room for this.
    pub(crate) fn topic_refused(&mut self, asked: TopicAsked) {
        match asked {
            TopicAsked::Subscribe(endpoint, before) => self.topics.set(endpoint, before),
            TopicAsked::Publish(number) => {
                self.topics.audience.publish_ended(number, Certainty::Refused);
            }
            TopicAsked::PublishBatch(numbers) => {
                for number in numbers {
                    self.topics.audience.publish_ended(number, Certainty::Refused);
                }
            }
            // As the node does: it is told another time.
            TopicAsked::PostEnded(posting) => self.topics.posts.push(posting),
            TopicAsked::Unsubscribe(_) | TopicAsked::Signed => {
                unreachable!("what ends something is never refused")
            }
            TopicAsked::Found(..) | TopicAsked::Confirm(_) | TopicAsked::Copies(..) => {}
        }
    }
}

/// What a message is called in its batch.
fn entry_id(number: u64) -> String {
    format!("p{number}")
}

fn key(posting: &Posting) -> HttpDeliveryKey {
    let (subscription, sequence) = (posting.post.subscription, posting.post.sequence);
    HttpDeliveryKey { subscription, sequence }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a topic says must cross partitions, and the crowd must need more than one relay.
    #[test]
    fn topics_and_their_queues_live_in_different_partitions() {
        let place = |arn: &str| Arn::parse(arn).and_then(|arn| PartitionId::of_arn(&arn));
        let topics = Topics::new(true);
        for topic in [NEWS, PAYMENTS, CROWD] {
            let own = place(&topic_arn(topic));
            let of_topic = topics.endpoints.iter().filter(|endpoint| endpoint.topic == topic);
            let others = of_topic.filter(|endpoint| place(&queue_arn(&endpoint.name)) != own);
            assert!(others.count() >= 2, "{topic}");
        }
        assert_eq!(crowd().count(), CROWD_SIZE);
    }
}
