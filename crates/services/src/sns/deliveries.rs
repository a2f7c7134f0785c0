//! What arrives: messages of other services, our own relays, and copies that an endpoint refused.
//!
//! # Invariants
//!
//! - A copy that its endpoint refused goes to the subscription's dead-letter queue or is counted as
//!   dropped; nothing is tried again, because a resource of ours refuses only what it would refuse
//!   again. (What is tried again is over HTTP.)

use super::fan_out::{Budget, Relay, delivery_for};
use super::http_deliveries::HttpMessage;
use super::model::{MESSAGE_BYTES_MAX, NewMessage, Protocol, SubscriptionKey, Texts, TopicKey};
use super::state::State;
use super::{Endpoint, envelope, publish};
use kernel::{Arn, Delivery, Effect, Look, Message, Service, Turn, codec};
use tidemill_kernel as kernel;

/// What AWS has as the subject of what a bucket publishes.
const BUCKET_SUBJECT: &str = "Amazon S3 Notification";

impl State {
    /// `Some` when the topic exists; there is nothing to tell of it.
    #[must_use]
    pub fn describe(&self, _: &Look<'_>, arn: &Arn) -> Option<String> {
        self.topic(&TopicKey::from_arn(arn)?).ok().map(|_| String::new())
    }

    /// Takes a message from another resource; an `Err` sends it back with that reason.
    ///
    /// # Errors
    /// When there is no such topic, or it cannot carry the message.
    pub fn deliver(&mut self, turn: &mut Turn<'_>, delivery: &Delivery) -> Result<(), String> {
        if is_relay(delivery) {
            self.relay(turn, &delivery.message);
            return Ok(());
        }
        let key = TopicKey::from_arn(&delivery.to)
            .filter(|key| key.arn() == delivery.to)
            .ok_or_else(|| format!("{} is no topic", delivery.to))?;
        self.topic(&key).map_err(|_| format!("the topic {} does not exist", delivery.to))?;
        let message = publication(delivery)?;
        if message.size() > MESSAGE_BYTES_MAX {
            return Err(format!("the message is larger than {MESSAGE_BYTES_MAX} bytes"));
        }
        publish::publish(self, turn, &key, message, &mut Budget::default())
            .map(|_| ())
            .map_err(|refusal| refusal.to_string())
    }

    /// Hands a message to those of this partition who get it.
    fn relay(&mut self, turn: &mut Turn<'_>, message: &Message) {
        let Relay { notice, recipients } = codec::from_bytes(&message.body);
        for recipient in recipients {
            match &recipient.endpoint {
                Endpoint::Resource(arn) => {
                    turn.emit(Effect::Deliver(delivery_for(&notice, &recipient, arn)));
                }
                Endpoint::Url(url) => {
                    let id = recipient.subscription;
                    let key = SubscriptionKey { topic: notice.topic.clone(), id };
                    let url = url.clone();
                    let message = HttpMessage::Notification(notice.clone(), recipient);
                    self.begin_http(turn, (key, &url), notice.sequence, &message);
                }
            }
        }
        turn.mark_changed();
    }

    /// Takes back a copy that its endpoint refused.
    pub fn returned(&mut self, turn: &mut Turn<'_>, delivery: Delivery) {
        // Whatever becomes of it, the refusal was taken note of and must be logged.
        turn.mark_changed();
        let Some(key) = SubscriptionKey::from_arn(&delivery.to) else { return };
        let topic = self.topic(&key.topic).ok();
        let subscription = topic.and_then(|topic| topic.subscription(key.id));
        let target = subscription.and_then(|(_, one)| one.attributes.dead_letter_target.clone());
        // What a dead-letter queue refuses counts for who was to have it at first.
        let protocol = match (subscription, delivery.from.service()) {
            (Some((_, subscription)), _) => subscription.protocol,
            (None, Some(Service::Lambda)) => Protocol::Lambda,
            (None, Some(_) | None) => Protocol::Sqs,
        };
        // What the dead-letter queue itself refuses has nowhere left to go.
        match target.filter(|target| *target != delivery.from) {
            Some(target) => {
                self.note_loss(protocol, &key, |outcomes| outcomes.dead_lettered += 1);
                let message = dead_letter(&delivery);
                let from = delivery.to;
                turn.emit(Effect::Deliver(Delivery { from, to: target, message, refused: None }));
            }
            None => self.note_loss(protocol, &key, |outcomes| outcomes.dropped += 1),
        }
    }
}

/// A topic speaks to itself only by relays.
fn is_relay(delivery: &Delivery) -> bool {
    delivery.from == delivery.to && delivery.to.service() == Some(Service::Sns)
}

/// Another service's message as one that was published.
fn publication(delivery: &Delivery) -> Result<NewMessage, String> {
    let message = &delivery.message;
    let text = std::str::from_utf8(&message.body)
        .map_err(|_| "the message is not UTF-8 text".to_owned())?;
    let is_from_bucket = delivery.from.service() == Some(Service::S3);
    Ok(NewMessage {
        texts: Texts { default: text.to_owned(), ..Texts::default() },
        subject: is_from_bucket.then(|| BUCKET_SUBJECT.to_owned()),
        attributes: message.attributes.clone(),
        group_id: message.group_id.clone(),
        deduplication_id: message.deduplication_id.clone(),
        content_digest: None,
        trace_header: message.trace_header.clone(),
    })
}

/// What a dead-letter queue is sent: the copy as a queue would have had it.
fn dead_letter(delivery: &Delivery) -> Message {
    let mut message = delivery.message.clone();
    let protocol = match delivery.from.service() {
        Some(Service::Lambda) => Protocol::Lambda,
        Some(_) | None => Protocol::Sqs,
    };
    if protocol == Protocol::Lambda
        && let Some(notification) = envelope::notification_of_event(&message.body)
    {
        message.body = notification.into();
    }
    message
}

#[cfg(test)]
mod tests {
    use super::super::script::check;
    use expect_test::expect;

    #[test]
    fn what_no_endpoint_takes_is_dead_lettered_or_counted() {
        check(
            r#"
            @0 create orders
            @0 subscribe orders sqs:gone-lost
            @0 subscribe orders sqs:gone-raw RawMessageDelivery=true RedrivePolicy={"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dlq"}
            @0 subscribe orders lambda:gone RedrivePolicy={"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dlq"}
            @0 subscribe orders sqs:gone-both RawMessageDelivery=true RedrivePolicy={"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:gone-dlq"}
            @0 publish orders hello a=Number:1
            @0 counts
            "#,
            expect![[r#"
                @0 create orders
                    -> {"TopicArn":"arn:aws:sns:us-east-1:000000000000:orders"}
                @0 subscribe orders sqs:gone-lost
                    -> subscribed
                @0 subscribe orders sqs:gone-raw RawMessageDelivery=true RedrivePolicy={"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dlq"}
                    -> subscribed
                @0 subscribe orders lambda:gone RedrivePolicy={"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dlq"}
                    -> subscribed
                @0 subscribe orders sqs:gone-both RawMessageDelivery=true RedrivePolicy={"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:gone-dlq"}
                    -> subscribed
                @0 publish orders hello a=Number:1
                    -> {"MessageId":"17450669-c626-4e16-bedc-c0d7a60b2df6"}
                    ! gone-lost «{⏎  "Type" : "Notification",⏎  "MessageId" : "17450669-c626-4e16-bedc-c0d7a60b2df6",⏎  "TopicArn" : "arn:aws:sns:us-east-1:000000000000:orders",⏎  "Message" : "hello",⏎  "Timestamp" : "1970-01-01T00:00:00.000Z",⏎  "SignatureVersion" : "1",⏎  "Signature" : "b9278249",⏎  "SigningCertURL" : "http://localhost:4566/SimpleNotificationService-f00d.pem",⏎  "UnsubscribeURL" : "http://localhost:4566/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:us-east-1:000000000000:orders:abe6e21e-22cc-4394-9831-70f597be5f99",⏎  "MessageAttributes" : {⏎    "a" : {"Type":"Number","Value":"1"}⏎  }⏎}»
                    ! gone «{"Records":[{"EventSource":"aws:sns","EventSubscriptionArn":"arn:aws:sns:us-east-1:000000000000:orders:68992407-a806-4e88-a5f8-ef741aca3839","EventVersion":"1.0","Sns":{"Message":"hello","MessageAttributes":{"a":{"Type":"Number","Value":"1"}},"MessageId":"17450669-c626-4e16-bedc-c0d7a60b2df6","Signature":"b9278249","SignatureVersion":"1","SigningCertUrl":"http://localhost:4566/SimpleNotificationService-f00d.pem","Subject":null,"Timestamp":"1970-01-01T00:00:00.000Z","TopicArn":"arn:aws:sns:us-east-1:000000000000:orders","Type":"Notification","UnsubscribeUrl":"http://localhost:4566/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:us-east-1:000000000000:orders:68992407-a806-4e88-a5f8-ef741aca3839"}}]}»
                    ! dlq «{⏎  "Type" : "Notification",⏎  "MessageId" : "17450669-c626-4e16-bedc-c0d7a60b2df6",⏎  "TopicArn" : "arn:aws:sns:us-east-1:000000000000:orders",⏎  "Message" : "hello",⏎  "Timestamp" : "1970-01-01T00:00:00.000Z",⏎  "SignatureVersion" : "1",⏎  "Signature" : "b9278249",⏎  "SigningCertURL" : "http://localhost:4566/SimpleNotificationService-f00d.pem",⏎  "UnsubscribeURL" : "http://localhost:4566/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:us-east-1:000000000000:orders:68992407-a806-4e88-a5f8-ef741aca3839",⏎  "MessageAttributes" : {⏎    "a" : {"Type":"Number","Value":"1"}⏎  }⏎}»
                    ! gone-both «hello» a=Number
                    ! gone-dlq «hello» a=Number
                    ! gone-raw «hello» a=Number
                    ! dlq «hello» a=Number
                @0 counts
                    -> Counts { topics: 0, subscriptions: 0, fanning_out: 0, unsigned: 0, waiting_posts: 0, published: 1, filtered: 0, by_protocol: [Outcomes { sent: 3, dead_lettered: 2, dropped: 2 }, Outcomes { sent: 1, dead_lettered: 1, dropped: 0 }, Outcomes { sent: 0, dead_lettered: 0, dropped: 0 }, Outcomes { sent: 0, dead_lettered: 0, dropped: 0 }] }
            "#]],
        );
    }
}
