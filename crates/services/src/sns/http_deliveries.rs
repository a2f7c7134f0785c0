//! Copies on their way to HTTP endpoints, and the questions that endpoints are asked: whether they
//! want to be subscribed, and whether they want to stay so.
//!
//! ```text
//! relay ─▶ row, attempt 1 ─▶ HttpPost ─▶ HttpDone ─┬─ taken ─▶ the row goes
//!                               ▲                  ├─ failed ─▶ waits ─▶ attempt + 1
//!                               └── tick, when due ◀──────────┘
//!                                                  └─ refused, or tried enough ─▶ dead letter
//! ```
//!
//! # Invariants
//!
//! - A row is there until its delivery has ended: what was under way when the process stopped is
//!   under way again when it starts.
//! - One attempt at a time. What is said of another attempt than the row's is dropped.
//! - A delivery whose subscription has ended ends with its next attempt.

use super::delivery_policy::Effective;
use super::envelope;
use super::fan_out::Way;
use super::model::{Notice, Recipient, SubscriptionKey};
use super::signatures::{Signatures, What};
use super::state::{HTTP_DELIVERIES, HTTP_MESSAGES, State};
use super::topic::Topic;
use super::{Error, Reply};
use kernel::rows::scan_prefix;
use kernel::{
    Delivery, Effect, HttpPost, Look, Message, Outcome, Rows, Timestamp, Turn, Uuid, codec,
};
use minicbor::{Decode, Encode};
use tidemill_kernel as kernel;

/// Deliveries that one tick starts again.
const RETRIED_MAX: usize = 256;

/// A delivery's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct HttpDeliveryKey {
    #[n(0)]
    pub subscription: Uuid,
    /// Of the message or the confirmation in its topic.
    #[n(1)]
    pub sequence: u64,
}

impl HttpDeliveryKey {
    fn row_key(self) -> [u8; 24] {
        let mut key = [0; 24];
        let (subscription, sequence) = key.split_at_mut(16);
        subscription.copy_from_slice(&self.subscription.0);
        sequence.copy_from_slice(&self.sequence.to_be_bytes());
        key
    }

    pub(super) fn of_row(key: &[u8]) -> HttpDeliveryKey {
        let (subscription, sequence) =
            key.split_first_chunk().expect("such a row's key begins with a subscription's id");
        let sequence = sequence.try_into().expect("and ends in a number");
        HttpDeliveryKey {
            subscription: Uuid(*subscription),
            sequence: u64::from_be_bytes(sequence),
        }
    }
}

/// How far a delivery has come.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub(super) struct HttpDelivery {
    #[n(0)]
    subscription: SubscriptionKey,
    #[n(1)]
    url: String,
    /// From 1 on.
    #[n(2)]
    attempt: u32,
    /// When the attempt begins; `None` once it has.
    #[n(3)]
    pub(super) begins: Option<Timestamp>,
}

/// What a delivery brings.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub(super) enum HttpMessage {
    #[n(0)]
    Notification(#[n(0)] Notice, #[n(1)] Recipient),
    #[n(1)]
    Question(#[n(0)] Question),
}

/// What an endpoint is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub(super) enum QuestionKind {
    /// Whether it wants to be subscribed.
    #[n(0)]
    #[default]
    Subscribe,
    /// Whether it wants its subscription back, which somebody has ended.
    #[n(1)]
    Unsubscribe,
}

impl QuestionKind {
    pub(super) fn message_type(self) -> &'static str {
        match self {
            QuestionKind::Subscribe => "SubscriptionConfirmation",
            QuestionKind::Unsubscribe => "UnsubscribeConfirmation",
        }
    }

    /// What the codes in its tokens are for: one question's token is no answer to the other.
    fn purpose(self) -> &'static str {
        match self {
            QuestionKind::Subscribe => "sns confirmation token",
            QuestionKind::Unsubscribe => "sns restoration token",
        }
    }
}

/// A question to an endpoint.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub(super) struct Question {
    #[n(0)]
    pub(super) message_id: Uuid,
    #[n(1)]
    pub(super) asked: Timestamp,
    #[n(2)]
    pub(super) base_url: String,
    #[n(3)]
    #[cbor(default)]
    pub(super) kind: QuestionKind,
    /// Written before it is asked.
    #[n(4)]
    pub(super) signatures: Option<Signatures>,
}

/// What came of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum HttpOutcome {
    #[n(0)]
    Taken,
    /// The endpoint will not take it, however often it is asked.
    #[n(1)]
    Refused,
    #[n(2)]
    Failed,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct HttpDone {
    #[n(0)]
    pub delivery: HttpDeliveryKey,
    #[n(1)]
    pub attempt: u32,
    #[n(2)]
    pub outcome: HttpOutcome,
}

/// A request as it is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpAttempt {
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

/// What proves that an endpoint was asked: the subscription's id and a code over it.
pub(super) fn token(at: &kernel::At, kind: QuestionKind, subscription: Uuid) -> String {
    let mut token = kernel::hex::encode(&subscription.0);
    kernel::hex::push(&mut token, &at.mac(kind.purpose(), &subscription.0));
    token
}

/// The subscription that a token of ours is for, and what was asked with it.
pub(super) fn subscription_of(at: &kernel::At, token: &str) -> Option<(QuestionKind, Uuid)> {
    let (id, code) = token.split_at_checked(32)?;
    let id = kernel::hex::decode::<16>(id)?;
    let code = kernel::hex::decode::<16>(code)?;
    let kinds = [QuestionKind::Subscribe, QuestionKind::Unsubscribe];
    let is_of = |kind: &QuestionKind| at.secret.verify(kind.purpose(), &id, &code);
    kinds.into_iter().find(is_of).map(|kind| (kind, Uuid(id)))
}

impl State {
    /// Asks an endpoint, once the question is signed.
    pub(super) fn ask(
        &mut self,
        turn: &mut Turn<'_>,
        kind: QuestionKind,
        (subscription, url): (SubscriptionKey, &str),
        base_url: String,
    ) {
        let Ok(topic) = self.topic_mut(&subscription.topic) else { return };
        let sequence = topic.next_sequence(turn);
        let message_id = topic.draw_id(turn, "sns confirmation", sequence);
        let (asked, version) = (turn.now(), topic.question_version());
        let way = Way { position: turn.at.position.0, topic: topic.number, sequence };
        let question = Question { message_id, asked, base_url, kind, signatures: None };
        self.sign(turn, way, version, What::Question(subscription, url.to_owned(), question));
    }

    /// Begins a delivery.
    pub(super) fn begin_http(
        &mut self,
        turn: &mut Turn<'_>,
        (subscription, url): (SubscriptionKey, &str),
        sequence: u64,
        message: &HttpMessage,
    ) {
        let key = HttpDeliveryKey { subscription: subscription.id, sequence };
        let delivery = HttpDelivery { subscription, url: url.to_owned(), attempt: 1, begins: None };
        turn.put(HTTP_DELIVERIES, &key.row_key(), codec::to_bytes(&delivery));
        turn.put(HTTP_MESSAGES, &key.row_key(), codec::to_bytes(message));
        turn.emit(Effect::HttpPost(self.post(key, delivery)));
    }

    fn post(&self, key: HttpDeliveryKey, delivery: HttpDelivery) -> HttpPost {
        let policy = self.effective_of(&delivery.subscription);
        let HttpDelivery { url, attempt, .. } = delivery;
        HttpPost {
            subscription: key.subscription,
            sequence: key.sequence,
            attempt,
            url,
            per_second: policy.and_then(|policy| policy.per_second),
        }
    }

    /// The delivery policy that holds for a subscription; `None` when it has ended.
    fn effective_of(&self, key: &SubscriptionKey) -> Option<Effective> {
        let topic = self.topic(&key.topic).ok()?;
        let (_, subscription) = topic.subscription(key.id)?;
        Some(effective(topic, subscription.attributes.delivery_policy.as_deref()))
    }

    /// The delivery policy that a message goes by; `None` when nobody is there for it any more. A
    /// subscription that has ended is asked whether it wants to be back, and told nothing else.
    fn policy_for(&self, key: &SubscriptionKey, message: &HttpMessage) -> Option<Effective> {
        match message {
            HttpMessage::Question(Question { kind: QuestionKind::Unsubscribe, .. }) => {
                let topic = self.topic(&key.topic).ok()?;
                let (_, ended) = topic.ended(key.id)?;
                let policy = ended.subscription.attributes.delivery_policy.as_deref();
                Some(effective(topic, policy))
            }
            HttpMessage::Question(_) | HttpMessage::Notification(..) => self.effective_of(key),
        }
    }

    /// Deliveries whose end is not known yet.
    pub(crate) fn posts_under_way(&self, rows: &dyn Rows) -> Vec<HttpPost> {
        let all = scan_prefix(rows, HTTP_DELIVERIES, &[], None, usize::MAX).into_iter();
        all.map(|(key, value)| {
            let delivery: HttpDelivery = codec::from_bytes(&value);
            (HttpDeliveryKey::of_row(&key), delivery)
        })
        .filter(|(_, delivery)| delivery.begins.is_none())
        .map(|(key, delivery)| self.post(key, delivery))
        .collect()
    }

    /// Starts again what has waited long enough.
    pub(super) fn retry_http(&mut self, turn: &mut Turn<'_>) {
        for _ in 0..RETRIED_MAX {
            let Some(&(due, key)) = self.http_waiting.first() else { return };
            if due > turn.now() {
                return;
            }
            self.http_waiting.remove(&(due, key));
            let Some(mut delivery) = http_delivery(turn.rows(), key) else { continue };
            delivery.begins = None;
            turn.put(HTTP_DELIVERIES, &key.row_key(), codec::to_bytes(&delivery));
            turn.emit(Effect::HttpPost(self.post(key, delivery)));
        }
    }

    /// Takes note of how an attempt ended.
    pub(super) fn http_done(&mut self, turn: &mut Turn<'_>, done: &HttpDone) -> Outcome<Reply> {
        let HttpDone { delivery: key, attempt, outcome } = done;
        let delivery = http_delivery(turn.rows(), *key)
            .filter(|delivery| delivery.attempt == *attempt && delivery.begins.is_none());
        let Some(mut delivery) = delivery else { return Outcome::Done(Reply::Done) };
        let has_failed = *outcome == HttpOutcome::Failed;
        let message = has_failed.then(|| http_message(turn.rows(), *key)).flatten();
        let delay = message
            .and_then(|message| self.policy_for(&delivery.subscription, &message))
            .and_then(|policy| policy.delay(u64::from(*attempt) - 1));
        if let Some(delay) = delay {
            let begins = turn.now().plus(delay);
            delivery.attempt += 1;
            delivery.begins = Some(begins);
            turn.put(HTTP_DELIVERIES, &key.row_key(), codec::to_bytes(&delivery));
            self.http_waiting.insert((begins, *key));
            return Outcome::Done(Reply::Done);
        }
        if *outcome != HttpOutcome::Taken {
            self.give_up(turn, *key, &delivery.subscription);
        }
        turn.delete(HTTP_DELIVERIES, &key.row_key());
        turn.delete(HTTP_MESSAGES, &key.row_key());
        Outcome::Done(Reply::Done)
    }

    /// A copy that its endpoint did not take goes to the dead-letter queue, if there is one.
    fn give_up(&mut self, turn: &mut Turn<'_>, key: HttpDeliveryKey, name: &SubscriptionKey) {
        let Some(HttpMessage::Notification(notice, recipient)) = http_message(turn.rows(), key)
        else {
            return;
        };
        let subscribed = self.topic(&name.topic).ok().and_then(|topic| topic.subscription(name.id));
        let target = subscribed.and_then(|(_, one)| one.attributes.dead_letter_target.clone());
        let Some(to) = target else {
            self.note_loss(recipient.protocol, name, |outcomes| outcomes.dropped += 1);
            return;
        };
        self.note_loss(recipient.protocol, name, |outcomes| outcomes.dead_lettered += 1);
        let attributes =
            if recipient.is_raw { notice.message.attributes.clone() } else { Vec::new() };
        let message = Message {
            body: envelope::body(&notice, &recipient).into(),
            attributes,
            sender_id: Some(notice.topic.account.to_string()),
            trace_header: notice.message.trace_header.clone(),
            ..Message::default()
        };
        turn.emit(Effect::Deliver(Delivery { from: name.arn(), to, message, refused: None }));
    }

    /// The request that an attempt makes; `None` when there is nothing to be sent any more.
    pub(super) fn http_attempt(
        &self,
        look: &Look<'_>,
        key: HttpDeliveryKey,
        attempt: u32,
    ) -> Result<Reply, Error> {
        let found = http_delivery(look.rows, key)
            .filter(|delivery| delivery.attempt == attempt && delivery.begins.is_none())
            .and_then(|delivery| {
                let message = http_message(look.rows, key)?;
                let policy = self.policy_for(&delivery.subscription, &message)?;
                Some((delivery, policy, message))
            });
        let attempt = found
            .map(|(delivery, policy, message)| Box::new(request(look, delivery, policy, &message)));
        Ok(Reply::HttpAttempt(attempt))
    }
}

fn http_delivery(rows: &dyn Rows, key: HttpDeliveryKey) -> Option<HttpDelivery> {
    rows.get(HTTP_DELIVERIES, &key.row_key()).map(|value| codec::from_bytes(&value))
}

fn http_message(rows: &dyn Rows, key: HttpDeliveryKey) -> Option<HttpMessage> {
    rows.get(HTTP_MESSAGES, &key.row_key()).map(|value| codec::from_bytes(&value))
}

fn effective(topic: &Topic, subscription: Option<&str>) -> Effective {
    Effective::of(topic.settings.attributes.delivery_policy.as_deref(), subscription)
}

fn request(
    look: &Look<'_>,
    delivery: HttpDelivery,
    policy: Effective,
    message: &HttpMessage,
) -> HttpAttempt {
    let HttpDelivery { subscription, url, .. } = delivery;
    let mut headers = vec![
        ("content-type", policy.content_type),
        ("x-amz-sns-topic-arn", subscription.topic.arn().to_string()),
    ];
    let (kind, message_id, body) = match message {
        HttpMessage::Notification(notice, recipient) => {
            headers.push(("x-amz-sns-subscription-arn", subscription.arn().to_string()));
            if recipient.is_raw {
                headers.push(("x-amz-sns-rawdelivery", "true".to_owned()));
            }
            ("Notification", notice.message_id, envelope::body(notice, recipient))
        }
        HttpMessage::Question(question) => {
            if question.kind == QuestionKind::Unsubscribe {
                headers.push(("x-amz-sns-subscription-arn", subscription.arn().to_string()));
            }
            let token = token(&look.at, question.kind, subscription.id);
            let body = envelope::question(&subscription, question, &token);
            (question.kind.message_type(), question.message_id, body)
        }
    };
    headers.push(("x-amz-sns-message-type", kind.to_owned()));
    headers.push(("x-amz-sns-message-id", message_id.to_string()));
    HttpAttempt { url, headers, body }
}
