//! From one message to the subscriptions that want it, in steps of bounded work.
//!
//! ```text
//! publish ─▶ filter ≤ 1,000 subscriptions ─▶ per partition: one relay { message, recipients }
//!               │ more                            └─▶ over there: a delivery to each endpoint
//!               └─▶ notice and cursor rows ─▶ tick: the next 1,000
//! ```
//!
//! # Invariants
//!
//! - A message is stored once per partition that it goes to and step, not once per subscription.
//! - One apply looks at no more subscriptions, and compares no longer, than [`Budget`] allows.
//! - A message goes to the subscriptions there were when it was published, in the order in which
//!   they were made. A FIFO topic has so few that each message is done in one step: its order is
//!   the order of the outbox.

use super::model::{MESSAGE_BYTES_MAX, Notice, Protocol, RAW_ATTRIBUTES_MAX, Recipient};
use super::signatures::What;
use super::state::{CURSORS, Counts, NOTICES, State};
use super::topic::{Subscribed, Topic};
use kernel::codec;
use kernel::{Arn, AttributeValue, Delivery, Effect, Message, MessageAttribute, PartitionId, Turn};
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;
use tidemill_expr::filter::{Attribute, Document, Scope, Work};
use tidemill_kernel as kernel;

/// Subscriptions that one apply looks at.
const STEP_SUBSCRIPTIONS: usize = 1_000;
/// Comparisons that one apply makes: under a millisecond of them.
const STEP_WORK: u64 = 50_000;
/// Bytes of message copies that one step leads to, over all partitions.
const STEP_BYTES: usize = 64 << 20;
/// Recipients of one relay: fewer than the root drains in one apply.
const RELAY_RECIPIENTS: usize = 60;
/// Bytes of message copies that one relay leads to in its partition's apply.
const RELAY_BYTES: usize = 4 << 20;
/// Messages that may be on their way in one partition before publishers must wait.
pub(super) const FANNING_OUT_MAX: usize = 256;

/// How far a message has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(super) struct Cursor {
    /// The last subscription that was looked at.
    #[n(0)]
    pub(super) after: u64,
    /// The last subscription there was when the message was published.
    #[n(1)]
    pub(super) until: u64,
}

/// Which message is on its way. Their order is that of publishing, so that no topic's messages
/// wait for another topic's to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub(super) struct Way {
    /// Where in the log it was published.
    #[n(0)]
    pub(super) position: u64,
    #[n(1)]
    pub(super) topic: u64,
    #[n(2)]
    pub(super) sequence: u64,
}

impl Way {
    pub(super) fn row_key(self) -> [u8; 24] {
        let mut key = [0; 24];
        let parts = [self.position, self.topic, self.sequence];
        for (bytes, part) in key.chunks_exact_mut(8).zip(parts) {
            bytes.copy_from_slice(&part.to_be_bytes());
        }
        key
    }

    pub(super) fn of_row(key: &[u8]) -> Way {
        let mut parts = key.chunks_exact(8).map(|bytes| {
            u64::from_be_bytes(bytes.try_into().expect("a chunk of eight is eight bytes"))
        });
        let mut part = || parts.next().expect("such a row's key is three numbers");
        Way { position: part(), topic: part(), sequence: part() }
    }
}

/// A message and those of one partition who get it.
#[derive(Clone, Debug, PartialEq, Decode)]
pub(super) struct Relay {
    #[n(0)]
    pub(super) notice: Notice,
    #[n(1)]
    pub(super) recipients: Vec<Recipient>,
}

/// The same, as it is written: a message may be large, and goes into several.
#[derive(Encode)]
struct NewRelay<'a> {
    #[n(0)]
    notice: &'a Notice,
    #[n(1)]
    recipients: &'a [Recipient],
}

/// What one apply may still do.
#[derive(Debug)]
pub(super) struct Budget {
    subscriptions: usize,
    work: Work,
}

impl Default for Budget {
    fn default() -> Budget {
        Budget { subscriptions: STEP_SUBSCRIPTIONS, work: Work::default() }
    }
}

impl Budget {
    fn is_spent(&self) -> bool {
        self.subscriptions == 0 || self.work.0 >= STEP_WORK
    }
}

impl State {
    /// Sends a message that was just published to as many subscriptions as the budget allows, and
    /// remembers the others.
    pub(super) fn fan_out(&mut self, turn: &mut Turn<'_>, notice: Notice, budget: &mut Budget) {
        let Ok(topic) = self.topic(&notice.topic) else { return };
        let cursor = Cursor { after: 0, until: topic.last_subscription() };
        let (position, topic, sequence) = (turn.at.position.0, topic.number, notice.sequence);
        self.counts.published += 1;
        self.step(turn, Way { position, topic, sequence }, notice, cursor, budget);
    }

    /// The next step of the oldest message on its way.
    pub(super) fn resume_fan_out(&mut self, turn: &mut Turn<'_>) {
        let Some((&way, &cursor)) = self.cursors.first_key_value() else { return };
        let notice: Notice = turn
            .rows()
            .get(NOTICES, &way.row_key())
            .map(|value| codec::from_bytes(&value))
            .expect("a cursor and its notice are written and deleted together");
        self.step(turn, way, notice, cursor, &mut Budget::default());
    }

    /// One step: those who get the message are chosen now, and told when it is signed, if one of
    /// them reads signatures.
    fn step(
        &mut self,
        turn: &mut Turn<'_>,
        way: Way,
        notice: Notice,
        cursor: Cursor,
        budget: &mut Budget,
    ) {
        let mut counts = self.counts;
        // The topic may be gone: then there is nobody left to tell.
        let Some(topic) = self.topic_by_number(way.topic) else {
            return self.go_on(turn, way, &notice, None);
        };
        let version = topic.signature_version();
        let Step { recipients, after } = choose(topic, &notice, cursor, budget, &mut counts);
        self.counts = counts;
        let rest = after.map(|after| Cursor { after, ..cursor });
        let mut all = recipients.values().flatten();
        let reads = notice.signatures.is_none() && all.any(|recipient| !recipient.is_raw);
        match version.filter(|_| reads) {
            Some(version) => {
                self.go_on(turn, way, &notice, None);
                self.sign(turn, way, version, What::Notice(notice, recipients, rest));
            }
            None => self.send(turn, way, &notice, recipients, rest),
        }
    }

    /// Tells those who were chosen, and remembers where to go on.
    pub(super) fn send(
        &mut self,
        turn: &mut Turn<'_>,
        way: Way,
        notice: &Notice,
        recipients: Recipients,
        rest: Option<Cursor>,
    ) {
        relay(turn, notice, recipients);
        self.go_on(turn, way, notice, rest);
    }

    /// Remembers where a message goes on, or forgets it.
    fn go_on(&mut self, turn: &mut Turn<'_>, way: Way, notice: &Notice, cursor: Option<Cursor>) {
        let key = way.row_key();
        let Some(cursor) = cursor else {
            if self.cursors.remove(&way).is_some() {
                turn.delete(NOTICES, &key);
                turn.delete(CURSORS, &key);
            }
            return;
        };
        if self.cursors.insert(way, cursor).is_none() {
            turn.put(NOTICES, &key, codec::to_bytes(notice));
        }
        turn.put(CURSORS, &key, codec::to_bytes(&cursor));
    }
}

/// Those who get a message, by where they live.
pub(super) type Recipients = BTreeMap<PartitionId, Vec<Recipient>>;

struct Step {
    recipients: Recipients,
    /// The last subscription looked at, when others follow.
    after: Option<u64>,
}

/// The subscriptions after the cursor that want the message, until the budget is spent. A FIFO
/// topic is always done whole: see the head.
fn choose(
    topic: &Topic,
    notice: &Notice,
    cursor: Cursor,
    budget: &mut Budget,
    counts: &mut Counts,
) -> Step {
    let mut view = View::new(notice);
    let mut recipients = Recipients::new();
    let bytes = notice.message.size().max(1);
    let mut copies = STEP_BYTES / bytes;
    let mut after = cursor.after;
    let next = (std::ops::Bound::Excluded(after), std::ops::Bound::Included(cursor.until));
    for (&sequence, subscribed) in topic.subscriptions.range(next) {
        if (budget.is_spent() || copies == 0) && !topic.key().is_fifo() {
            return Step { recipients, after: Some(after) };
        }
        after = sequence;
        budget.subscriptions = budget.subscriptions.saturating_sub(1);
        if subscribed.subscription.is_pending() {
            continue;
        }
        if !view.is_wanted_by(subscribed, &mut budget.work) {
            counts.filtered += 1;
        } else if !can_carry(subscribed, notice) {
            counts.of(subscribed.subscription.protocol).dropped += 1;
        } else {
            counts.of(subscribed.subscription.protocol).sent += 1;
            copies = copies.saturating_sub(1);
            let recipient = subscribed.subscription.recipient();
            recipients.entry(subscribed.partition).or_default().push(recipient);
        }
    }
    Step { recipients, after: None }
}

/// Raw delivery to a queue carries ten attributes; AWS discards what has more, and so would any
/// dead-letter queue.
fn can_carry(subscribed: &Subscribed, notice: &Notice) -> bool {
    let subscription = &subscribed.subscription;
    !(subscription.attributes.is_raw && subscription.protocol == Protocol::Sqs)
        || notice.message.attributes.len() <= RAW_ATTRIBUTES_MAX
}

/// Hands the message to each partition that recipients live in.
fn relay(turn: &mut Turn<'_>, notice: &Notice, recipients: Recipients) {
    let size = (RELAY_BYTES / notice.message.size().max(1)).clamp(1, RELAY_RECIPIENTS);
    let topic = notice.topic.arn();
    for (partition, recipients) in recipients {
        for recipients in recipients.chunks(size) {
            let relay = NewRelay { notice, recipients };
            let message = Message { body: codec::to_bytes(&relay), ..Message::default() };
            let (from, to) = (topic.clone(), topic.clone());
            let delivery = Delivery { from, to, message, refused: None };
            turn.emit(Effect::Relay { partition, delivery });
        }
    }
}

/// The message as filter policies see it, read once for all subscriptions of a step.
struct View<'a> {
    notice: &'a Notice,
    attributes: Option<Document>,
    bodies: BTreeMap<Protocol, Option<Document>>,
}

impl<'a> View<'a> {
    fn new(notice: &'a Notice) -> View<'a> {
        View { notice, attributes: None, bodies: BTreeMap::new() }
    }

    fn is_wanted_by(&mut self, subscribed: &Subscribed, work: &mut Work) -> bool {
        let Some(policy) = &subscribed.filter else { return true };
        let document = match policy.scope() {
            Scope::MessageAttributes => {
                let attributes = self.attributes.get_or_insert_with(|| {
                    let attributes = self.notice.message.attributes.iter();
                    Document::from_attributes(attributes.filter_map(comparable))
                });
                Some(&*attributes)
            }
            Scope::MessageBody => {
                let protocol = subscribed.subscription.protocol;
                let text = self.notice.message.texts.of(protocol);
                let body = self.bodies.entry(protocol).or_insert_with(|| Document::from_body(text));
                body.as_ref()
            }
        };
        document.is_some_and(|document| policy.matches(document, work))
    }
}

fn comparable(attribute: &MessageAttribute) -> Option<(&str, Attribute<'_>)> {
    let AttributeValue::Text(text) = &attribute.value else { return None };
    let kind = attribute.data_type.as_str();
    let value = match kind.split('.').next() {
        Some("String") if kind == "String.Array" => Attribute::Array(text),
        Some("String") => Attribute::Text(text),
        Some("Number") => Attribute::Number(text),
        Some(_) | None => return None,
    };
    Some((&attribute.name, value))
}

const _: () = assert!(
    MESSAGE_BYTES_MAX <= RELAY_BYTES && RELAY_BYTES <= STEP_BYTES,
    "the largest message must fit into a relay, and a relay into a step"
);

/// A delivery's own message, for one recipient.
pub(super) fn message_for(notice: &Notice, recipient: &Recipient) -> Message {
    let is_raw = recipient.is_raw && recipient.protocol == Protocol::Sqs;
    let message = &notice.message;
    let is_queue = recipient.protocol == Protocol::Sqs;
    Message {
        body: super::envelope::body(notice, recipient).into(),
        attributes: if is_raw { message.attributes.clone() } else { Vec::new() },
        group_id: message.group_id.clone().filter(|_| is_queue),
        deduplication_id: deduplication_id(notice).filter(|_| is_queue),
        sender_id: Some(notice.topic.account.to_string()),
        trace_header: message.trace_header.clone(),
        ..Message::default()
    }
}

fn deduplication_id(notice: &Notice) -> Option<String> {
    let message = &notice.message;
    message.deduplication_id.clone().or_else(|| message.content_digest.clone())
}

/// The delivery that brings a notice to one recipient, a resource of ours.
pub(super) fn delivery_for(notice: &Notice, recipient: &Recipient, to: &Arn) -> Delivery {
    let key = super::SubscriptionKey { topic: notice.topic.clone(), id: recipient.subscription };
    let (from, to) = (key.arn(), to.clone());
    Delivery { from, to, message: message_for(notice, recipient), refused: None }
}

#[cfg(test)]
mod tests {
    use super::super::script::{World, check, topic_arn};
    use expect_test::expect;
    use serde_json::{Value, json};

    #[test]
    fn filter_policies_keep_messages_back() {
        check(
            r#"
            @0 create orders
            @0 subscribe orders sqs:cheap RawMessageDelivery=true FilterPolicy={"price":[{"numeric":["<=",100]}]}
            @0 subscribe orders sqs:books RawMessageDelivery=true FilterPolicy={"store":["books"]} FilterPolicyScope=MessageBody
            @0 subscribe orders sqs:list RawMessageDelivery=true FilterPolicy={"tags":["b"]}
            @0 publish orders one price=Number:100
            @0 publish orders two price=Number:100.01
            @0 publish orders {"store":"books"}
            @0 publish orders three tags=String.Array:["a","b"]
            @0 restart
            @0 publish orders {"store":"toys"} price=String:1
            @0 set orders/sqs:cheap FilterPolicy={}
            @0 publish orders four
            @0 counts
            "#,
            expect![[r#"
                @0 create orders
                    -> {"TopicArn":"arn:aws:sns:us-east-1:000000000000:orders"}
                @0 subscribe orders sqs:cheap RawMessageDelivery=true FilterPolicy={"price":[{"numeric":["<=",100]}]}
                    -> subscribed
                @0 subscribe orders sqs:books RawMessageDelivery=true FilterPolicy={"store":["books"]} FilterPolicyScope=MessageBody
                    -> subscribed
                @0 subscribe orders sqs:list RawMessageDelivery=true FilterPolicy={"tags":["b"]}
                    -> subscribed
                @0 publish orders one price=Number:100
                    -> {"MessageId":"9a9a9973-5c70-4dc6-a641-862632f3b1f8"}
                    ! cheap «one» price=Number
                @0 publish orders two price=Number:100.01
                    -> {"MessageId":"17450669-c626-4e16-bedc-c0d7a60b2df6"}
                @0 publish orders {"store":"books"}
                    -> {"MessageId":"6081c985-1dc9-46f7-ba5e-1aaea5b3b542"}
                    ! books «{"store":"books"}»
                @0 publish orders three tags=String.Array:["a","b"]
                    -> {"MessageId":"0192df17-45e5-4653-924b-2498bd7bb572"}
                    ! list «three» tags=String.Array
                @0 restart
                    -> restarted
                @0 publish orders {"store":"toys"} price=String:1
                    -> {"MessageId":"607d7bab-9073-4b9c-ae6e-8b7350eb105f"}
                @0 set orders/sqs:cheap FilterPolicy={}
                    -> done
                @0 publish orders four
                    -> {"MessageId":"7f43bc50-4435-48d3-83e1-ef5df3bf9054"}
                    ! cheap «four»
                @0 counts
                    -> Counts { topics: 0, subscriptions: 0, fanning_out: 0, unsigned: 0, waiting_posts: 0, published: 6, filtered: 14, by_protocol: [Outcomes { sent: 4, dead_lettered: 0, dropped: 0 }, Outcomes { sent: 0, dead_lettered: 0, dropped: 0 }, Outcomes { sent: 0, dead_lettered: 0, dropped: 0 }, Outcomes { sent: 0, dead_lettered: 0, dropped: 0 }] }
            "#]],
        );
    }

    /// AWS discards what raw delivery to a queue cannot carry.
    #[test]
    fn raw_delivery_carries_ten_attributes() {
        let mut world = World::default();
        world.call("CreateTopic", &json!({ "Name": "orders" })).unwrap();
        for (name, raw) in [("raw", "true"), ("plain", "false")] {
            let input = json!({ "TopicArn": topic_arn("orders"), "Protocol": "sqs",
                "Endpoint": format!("arn:aws:sqs:us-east-1:000000000000:{name}"),
                "Attributes": { "RawMessageDelivery": raw } });
            world.call("Subscribe", &input).unwrap();
        }
        let publish = |count: usize| {
            let attributes: serde_json::Map<String, Value> = (0..count)
                .map(|n| (format!("a{n}"), json!({ "DataType": "String", "StringValue": "x" })))
                .collect();
            let topic = topic_arn("orders");
            json!({ "TopicArn": topic, "Message": "m", "MessageAttributes": attributes })
        };
        for (count, expected) in [(10, vec!["raw", "plain"]), (11, vec!["plain"])] {
            world.seen.clear();
            world.call("Publish", &publish(count)).unwrap();
            let mut reached: Vec<&str> =
                world.seen.iter().filter_map(|seen| seen.split(' ').next()).collect();
            reached.sort_by_key(|name| *name == "plain");
            assert_eq!(reached, expected, "{count}");
        }
        let counted = world.state.counts.outcomes();
        assert_eq!((counted.sent, counted.dropped), (3, 1));
    }
}
