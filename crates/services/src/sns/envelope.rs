//! What a subscriber reads: the JSON around a message for queues, and the event for functions.
//!
//! In a notification the order of members, the spaces and the line breaks are AWS's, so that what
//! parses AWS's by hand parses ours. A FIFO topic's envelope carries no signature on AWS either.

use super::http_deliveries::{Question, QuestionKind};
use super::model::{Notice, Protocol, Recipient, SubscriptionKey, TopicKey, sequence_number};
use super::signatures::Signatures;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::{Arn, AttributeValue, MessageAttribute};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use tidemill_aws::iso8601_millis;
use tidemill_kernel as kernel;

const CERTIFICATE_PREFIX: &str = "/SimpleNotificationService-";
const CERTIFICATE_SUFFIX: &str = ".pem";

/// What all copies of one subscription's notification say.
struct Facts<'a> {
    notice: &'a Notice,
    text: &'a str,
    timestamp: String,
    subscription: Arn,
    proof: Option<Proof<'a>>,
    unsubscribe_url: String,
}

/// What proves where a message came from, as a subscriber reads it.
struct Proof<'a> {
    version: String,
    signature: &'a str,
    certificate_url: String,
}

impl<'a> Proof<'a> {
    fn of(signatures: &'a Signatures, protocol: Protocol, base_url: &str) -> Proof<'a> {
        Proof {
            version: signatures.version.to_string(),
            signature: signatures.of(protocol),
            certificate_url: format!("{base_url}{}", certificate_path(&signatures.fingerprint)),
        }
    }
}

/// Where the certificate of a key is found.
fn certificate_path(fingerprint: &str) -> String {
    format!("{CERTIFICATE_PREFIX}{fingerprint}{CERTIFICATE_SUFFIX}")
}

/// The fingerprint of the certificate that a path asks for.
#[must_use]
pub fn certificate_of(path: &str) -> Option<&str> {
    path.strip_prefix(CERTIFICATE_PREFIX)?.strip_suffix(CERTIFICATE_SUFFIX)
}

impl<'a> Facts<'a> {
    fn of(notice: &'a Notice, recipient: &Recipient) -> Facts<'a> {
        let key = SubscriptionKey { topic: notice.topic.clone(), id: recipient.subscription };
        let subscription = key.arn();
        let base_url = &recipient.base_url;
        Facts {
            notice,
            text: notice.message.texts.of(recipient.protocol),
            timestamp: format!("{}Z", iso8601_millis(notice.published)),
            unsubscribe_url: format!(
                "{base_url}/?Action=Unsubscribe&SubscriptionArn={subscription}"
            ),
            subscription,
            proof: notice
                .signatures
                .as_ref()
                .map(|signatures| Proof::of(signatures, recipient.protocol, base_url)),
        }
    }
}

/// The body of what `recipient` is sent.
pub(super) fn body(notice: &Notice, recipient: &Recipient) -> String {
    let facts = Facts::of(notice, recipient);
    match recipient.protocol {
        Protocol::Lambda => event(&facts),
        Protocol::Sqs | Protocol::Http | Protocol::Https if recipient.is_raw => {
            facts.text.to_owned()
        }
        Protocol::Sqs | Protocol::Http | Protocol::Https => {
            let sequence =
                notice.topic.is_fifo().then(|| sequence_number(notice.sequence).to_string());
            notification(&Members {
                message_id: &notice.message_id.to_string(),
                sequence_number: sequence.as_deref(),
                topic: notice.topic.arn().as_str(),
                subject: notice.message.subject.as_deref(),
                message: facts.text,
                timestamp: &facts.timestamp,
                proof: facts.proof,
                unsubscribe_url: &facts.unsubscribe_url,
                attributes: &attributes(&notice.message.attributes),
            })
        }
    }
}

/// What a question says to whoever reads it.
pub(super) fn question_text(subscription: &SubscriptionKey, question: &Question) -> String {
    match question.kind {
        QuestionKind::Subscribe => format!(
            "You have chosen to subscribe to the topic {}.\nTo confirm the subscription, visit the \
             SubscribeURL included in this message.",
            subscription.topic.arn()
        ),
        QuestionKind::Unsubscribe => format!(
            "You have chosen to deactivate subscription {}.\nTo cancel this operation and restore \
             the subscription, visit the SubscribeURL included in this message.",
            subscription.arn()
        ),
    }
}

/// The link that says yes to a question.
pub(super) fn subscribe_url(topic: &TopicKey, question: &Question, token: &str) -> String {
    let (base_url, topic) = (&question.base_url, topic.arn());
    format!("{base_url}/?Action=ConfirmSubscription&TopicArn={topic}&Token={token}")
}

/// What asks an endpoint whether it is, or stays, subscribed.
pub(super) fn question(subscription: &SubscriptionKey, question: &Question, token: &str) -> String {
    let text = question_text(subscription, question);
    let url = subscribe_url(&subscription.topic, question, token);
    let kind = question.kind.message_type();
    let mut json = format!("{{\n  \"Type\" : \"{kind}\"");
    for (name, value) in [
        ("MessageId", question.message_id.to_string().as_str()),
        ("Token", token),
        ("TopicArn", subscription.topic.arn().as_str()),
        ("Message", &text),
        ("SubscribeURL", &url),
        ("Timestamp", &format!("{}Z", iso8601_millis(question.asked))),
    ] {
        member(&mut json, name, Some(value));
    }
    if let Some(signatures) = &question.signatures {
        let proof = Proof::of(signatures, Protocol::Http, &question.base_url);
        prove(&mut json, Some(&proof));
    }
    json.push_str("\n}");
    json
}

fn member(json: &mut String, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        let _ = write!(json, ",\n  \"{name}\" : {}", Value::from(value));
    }
}

fn prove(json: &mut String, proof: Option<&Proof<'_>>) {
    if let Some(Proof { version, signature, certificate_url }) = proof {
        member(json, "SignatureVersion", Some(version));
        member(json, "Signature", Some(signature));
        member(json, "SigningCertURL", Some(certificate_url));
    }
}

struct Members<'a> {
    message_id: &'a str,
    sequence_number: Option<&'a str>,
    topic: &'a str,
    subject: Option<&'a str>,
    message: &'a str,
    timestamp: &'a str,
    proof: Option<Proof<'a>>,
    unsubscribe_url: &'a str,
    attributes: &'a Map<String, Value>,
}

fn notification(members: &Members<'_>) -> String {
    let mut json = String::with_capacity(members.message.len() + 512);
    json.push_str("{\n  \"Type\" : \"Notification\"");
    member(&mut json, "MessageId", Some(members.message_id));
    member(&mut json, "SequenceNumber", members.sequence_number);
    member(&mut json, "TopicArn", Some(members.topic));
    member(&mut json, "Subject", members.subject);
    member(&mut json, "Message", Some(members.message));
    member(&mut json, "Timestamp", Some(members.timestamp));
    prove(&mut json, members.proof.as_ref());
    member(&mut json, "UnsubscribeURL", Some(members.unsubscribe_url));
    if !members.attributes.is_empty() {
        json.push_str(",\n  \"MessageAttributes\" : {");
        for (index, (name, value)) in members.attributes.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            let _ = write!(json, "{comma}\n    {} : {value}", Value::from(name.as_str()));
        }
        json.push_str("\n  }");
    }
    json.push_str("\n}");
    json
}

/// An asynchronous invocation's payload.
fn event(facts: &Facts<'_>) -> String {
    let Facts { notice, text, timestamp, subscription, proof, unsubscribe_url } = facts;
    let mut event = json!({ "Records": [{
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription.as_str(),
        "Sns": {
            "Type": "Notification",
            "MessageId": notice.message_id.to_string(),
            "TopicArn": notice.topic.arn().as_str(),
            "Subject": notice.message.subject,
            "Message": text,
            "Timestamp": timestamp,
            "UnsubscribeUrl": unsubscribe_url,
            "MessageAttributes": attributes(&notice.message.attributes),
        },
    }]});
    let record = event.pointer_mut("/Records/0/Sns").and_then(Value::as_object_mut);
    if let (Some(record), Some(proof)) = (record, proof) {
        let Proof { version, signature, certificate_url } = proof;
        record.insert("SignatureVersion".to_owned(), version.as_str().into());
        record.insert("Signature".to_owned(), (*signature).into());
        record.insert("SigningCertUrl".to_owned(), certificate_url.as_str().into());
    }
    event.to_string()
}

/// The notification that an event of ours carried, for the dead-letter queue of a function that
/// could not be told.
pub(super) fn notification_of_event(event: &[u8]) -> Option<String> {
    let event: Value = serde_json::from_slice(event).ok()?;
    let sns = event.pointer("/Records/0/Sns")?;
    let member = |name: &str| sns.get(name).and_then(Value::as_str);
    Some(notification(&Members {
        message_id: member("MessageId")?,
        sequence_number: None,
        topic: member("TopicArn")?,
        subject: member("Subject"),
        message: member("Message")?,
        timestamp: member("Timestamp")?,
        proof: member("Signature").and_then(|signature| {
            let version = member("SignatureVersion")?.to_owned();
            let certificate_url = member("SigningCertUrl")?.to_owned();
            Some(Proof { version, signature, certificate_url })
        }),
        unsubscribe_url: member("UnsubscribeUrl")?,
        attributes: sns.get("MessageAttributes")?.as_object()?,
    }))
}

fn attributes(attributes: &[MessageAttribute]) -> Map<String, Value> {
    let shown = attributes.iter().map(|attribute| {
        let value = match &attribute.value {
            AttributeValue::Text(text) => text.clone(),
            AttributeValue::Binary(bytes) => STANDARD.encode(bytes),
        };
        let shown = json!({ "Type": attribute.data_type, "Value": value });
        (attribute.name.clone(), shown)
    });
    shown.collect()
}

#[cfg(test)]
mod tests {
    use super::super::script::check;
    use expect_test::expect;

    #[test]
    fn a_message_reaches_queues_and_functions_as_aws_writes_it() {
        check(
            r#"
            @0 create orders
            @0 subscribe orders sqs:plain
            @0 subscribe orders sqs:raw RawMessageDelivery=true
            @0 subscribe orders lambda:work
            @1700000000123 publish orders hello "world" Subject=Test
            @1700000000123 publish orders hello b=Number:99.12 a=String:x MessageGroupId=g
            @1700000000123 call Publish {"TopicArn":"$orders","Message":"binary","MessageAttributes":{"raw":{"DataType":"Binary","BinaryValue":"AgME"}}}
            "#,
            expect![[r#"
                @0 create orders
                    -> {"TopicArn":"arn:aws:sns:us-east-1:000000000000:orders"}
                @0 subscribe orders sqs:plain
                    -> subscribed
                @0 subscribe orders sqs:raw RawMessageDelivery=true
                    -> subscribed
                @0 subscribe orders lambda:work
                    -> subscribed
                @1700000000123 publish orders hello "world" Subject=Test
                    -> {"MessageId":"9a9a9973-5c70-4dc6-a641-862632f3b1f8"}
                    ! raw «hello "world"»
                    ! plain «{⏎  "Type" : "Notification",⏎  "MessageId" : "9a9a9973-5c70-4dc6-a641-862632f3b1f8",⏎  "TopicArn" : "arn:aws:sns:us-east-1:000000000000:orders",⏎  "Subject" : "Test",⏎  "Message" : "hello \"world\"",⏎  "Timestamp" : "2023-11-14T22:13:20.123Z",⏎  "SignatureVersion" : "1",⏎  "Signature" : "a815573d",⏎  "SigningCertURL" : "http://localhost:4566/SimpleNotificationService-f00d.pem",⏎  "UnsubscribeURL" : "http://localhost:4566/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:us-east-1:000000000000:orders:abe6e21e-22cc-4394-9831-70f597be5f99"⏎}»
                    ! work «{"Records":[{"EventSource":"aws:sns","EventSubscriptionArn":"arn:aws:sns:us-east-1:000000000000:orders:68992407-a806-4e88-a5f8-ef741aca3839","EventVersion":"1.0","Sns":{"Message":"hello \"world\"","MessageAttributes":{},"MessageId":"9a9a9973-5c70-4dc6-a641-862632f3b1f8","Signature":"a815573d","SignatureVersion":"1","SigningCertUrl":"http://localhost:4566/SimpleNotificationService-f00d.pem","Subject":"Test","Timestamp":"2023-11-14T22:13:20.123Z","TopicArn":"arn:aws:sns:us-east-1:000000000000:orders","Type":"Notification","UnsubscribeUrl":"http://localhost:4566/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:us-east-1:000000000000:orders:68992407-a806-4e88-a5f8-ef741aca3839"}}]}»
                @1700000000123 publish orders hello b=Number:99.12 a=String:x MessageGroupId=g
                    -> {"MessageId":"17450669-c626-4e16-bedc-c0d7a60b2df6"}
                    ! raw «hello» a=String b=Number group g
                    ! plain «{⏎  "Type" : "Notification",⏎  "MessageId" : "17450669-c626-4e16-bedc-c0d7a60b2df6",⏎  "TopicArn" : "arn:aws:sns:us-east-1:000000000000:orders",⏎  "Message" : "hello",⏎  "Timestamp" : "2023-11-14T22:13:20.123Z",⏎  "SignatureVersion" : "1",⏎  "Signature" : "2e72baff",⏎  "SigningCertURL" : "http://localhost:4566/SimpleNotificationService-f00d.pem",⏎  "UnsubscribeURL" : "http://localhost:4566/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:us-east-1:000000000000:orders:abe6e21e-22cc-4394-9831-70f597be5f99",⏎  "MessageAttributes" : {⏎    "a" : {"Type":"String","Value":"x"},⏎    "b" : {"Type":"Number","Value":"99.12"}⏎  }⏎}» group g
                    ! work «{"Records":[{"EventSource":"aws:sns","EventSubscriptionArn":"arn:aws:sns:us-east-1:000000000000:orders:68992407-a806-4e88-a5f8-ef741aca3839","EventVersion":"1.0","Sns":{"Message":"hello","MessageAttributes":{"a":{"Type":"String","Value":"x"},"b":{"Type":"Number","Value":"99.12"}},"MessageId":"17450669-c626-4e16-bedc-c0d7a60b2df6","Signature":"2e72baff","SignatureVersion":"1","SigningCertUrl":"http://localhost:4566/SimpleNotificationService-f00d.pem","Subject":null,"Timestamp":"2023-11-14T22:13:20.123Z","TopicArn":"arn:aws:sns:us-east-1:000000000000:orders","Type":"Notification","UnsubscribeUrl":"http://localhost:4566/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:us-east-1:000000000000:orders:68992407-a806-4e88-a5f8-ef741aca3839"}}]}»
                @1700000000123 call Publish {"TopicArn":"$orders","Message":"binary","MessageAttributes":{"raw":{"DataType":"Binary","BinaryValue":"AgME"}}}
                    -> {"MessageId":"6081c985-1dc9-46f7-ba5e-1aaea5b3b542"}
                    ! raw «binary» raw=Binary
                    ! plain «{⏎  "Type" : "Notification",⏎  "MessageId" : "6081c985-1dc9-46f7-ba5e-1aaea5b3b542",⏎  "TopicArn" : "arn:aws:sns:us-east-1:000000000000:orders",⏎  "Message" : "binary",⏎  "Timestamp" : "2023-11-14T22:13:20.123Z",⏎  "SignatureVersion" : "1",⏎  "Signature" : "930cf910",⏎  "SigningCertURL" : "http://localhost:4566/SimpleNotificationService-f00d.pem",⏎  "UnsubscribeURL" : "http://localhost:4566/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:us-east-1:000000000000:orders:abe6e21e-22cc-4394-9831-70f597be5f99",⏎  "MessageAttributes" : {⏎    "raw" : {"Type":"Binary","Value":"AgME"}⏎  }⏎}»
                    ! work «{"Records":[{"EventSource":"aws:sns","EventSubscriptionArn":"arn:aws:sns:us-east-1:000000000000:orders:68992407-a806-4e88-a5f8-ef741aca3839","EventVersion":"1.0","Sns":{"Message":"binary","MessageAttributes":{"raw":{"Type":"Binary","Value":"AgME"}},"MessageId":"6081c985-1dc9-46f7-ba5e-1aaea5b3b542","Signature":"930cf910","SignatureVersion":"1","SigningCertUrl":"http://localhost:4566/SimpleNotificationService-f00d.pem","Subject":null,"Timestamp":"2023-11-14T22:13:20.123Z","TopicArn":"arn:aws:sns:us-east-1:000000000000:orders","Type":"Notification","UnsubscribeUrl":"http://localhost:4566/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:us-east-1:000000000000:orders:68992407-a806-4e88-a5f8-ef741aca3839"}}]}»
            "#]],
        );
    }

    #[test]
    fn other_structures_and_sources_reach_them_too() {
        check(
            r#"
            @0 create orders
            @0 subscribe orders sqs:plain
            @0 subscribe orders lambda:work
            @1700000000123 call Publish {"TargetArn":"$orders","MessageStructure":"json","Message":"{\"default\":\"for all\",\"sqs\":\"for queues\"}"}
            @1700000000123 event orders {"Records":[]}
            @1700000000123 counts
            "#,
            expect![[r#"
                @0 create orders
                    -> {"TopicArn":"arn:aws:sns:us-east-1:000000000000:orders"}
                @0 subscribe orders sqs:plain
                    -> subscribed
                @0 subscribe orders lambda:work
                    -> subscribed
                @1700000000123 call Publish {"TargetArn":"$orders","MessageStructure":"json","Message":"{\"default\":\"for all\",\"sqs\":\"for queues\"}"}
                    -> {"MessageId":"ea0a2a25-797b-4969-b71d-82070db38f94"}
                    ! plain «{⏎  "Type" : "Notification",⏎  "MessageId" : "ea0a2a25-797b-4969-b71d-82070db38f94",⏎  "TopicArn" : "arn:aws:sns:us-east-1:000000000000:orders",⏎  "Message" : "for queues",⏎  "Timestamp" : "2023-11-14T22:13:20.123Z",⏎  "SignatureVersion" : "1",⏎  "Signature" : "9803a2dc",⏎  "SigningCertURL" : "http://localhost:4566/SimpleNotificationService-f00d.pem",⏎  "UnsubscribeURL" : "http://localhost:4566/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:us-east-1:000000000000:orders:abe6e21e-22cc-4394-9831-70f597be5f99"⏎}»
                    ! work «{"Records":[{"EventSource":"aws:sns","EventSubscriptionArn":"arn:aws:sns:us-east-1:000000000000:orders:213f0cd1-217d-4356-8831-b9c99e127484","EventVersion":"1.0","Sns":{"Message":"for all","MessageAttributes":{},"MessageId":"ea0a2a25-797b-4969-b71d-82070db38f94","Signature":"0b68b4d7","SignatureVersion":"1","SigningCertUrl":"http://localhost:4566/SimpleNotificationService-f00d.pem","Subject":null,"Timestamp":"2023-11-14T22:13:20.123Z","TopicArn":"arn:aws:sns:us-east-1:000000000000:orders","Type":"Notification","UnsubscribeUrl":"http://localhost:4566/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:us-east-1:000000000000:orders:213f0cd1-217d-4356-8831-b9c99e127484"}}]}»
                @1700000000123 event orders {"Records":[]}
                    -> taken
                    ! plain «{⏎  "Type" : "Notification",⏎  "MessageId" : "9a9a9973-5c70-4dc6-a641-862632f3b1f8",⏎  "TopicArn" : "arn:aws:sns:us-east-1:000000000000:orders",⏎  "Subject" : "Amazon S3 Notification",⏎  "Message" : "{\"Records\":[]}",⏎  "Timestamp" : "2023-11-14T22:13:20.123Z",⏎  "SignatureVersion" : "1",⏎  "Signature" : "491f37e6",⏎  "SigningCertURL" : "http://localhost:4566/SimpleNotificationService-f00d.pem",⏎  "UnsubscribeURL" : "http://localhost:4566/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:us-east-1:000000000000:orders:abe6e21e-22cc-4394-9831-70f597be5f99"⏎}»
                    ! work «{"Records":[{"EventSource":"aws:sns","EventSubscriptionArn":"arn:aws:sns:us-east-1:000000000000:orders:213f0cd1-217d-4356-8831-b9c99e127484","EventVersion":"1.0","Sns":{"Message":"{\"Records\":[]}","MessageAttributes":{},"MessageId":"9a9a9973-5c70-4dc6-a641-862632f3b1f8","Signature":"491f37e6","SignatureVersion":"1","SigningCertUrl":"http://localhost:4566/SimpleNotificationService-f00d.pem","Subject":"Amazon S3 Notification","Timestamp":"2023-11-14T22:13:20.123Z","TopicArn":"arn:aws:sns:us-east-1:000000000000:orders","Type":"Notification","UnsubscribeUrl":"http://localhost:4566/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:us-east-1:000000000000:orders:213f0cd1-217d-4356-8831-b9c99e127484"}}]}»
                @1700000000123 counts
                    -> Counts { topics: 0, subscriptions: 0, fanning_out: 0, unsigned: 0, waiting_posts: 0, published: 2, filtered: 0, by_protocol: [Outcomes { sent: 2, dead_lettered: 0, dropped: 0 }, Outcomes { sent: 2, dead_lettered: 0, dropped: 0 }, Outcomes { sent: 0, dead_lettered: 0, dropped: 0 }, Outcomes { sent: 0, dead_lettered: 0, dropped: 0 }] }
            "#]],
        );
    }
}
