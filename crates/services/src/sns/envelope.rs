//! What a subscriber reads: the JSON around a message for queues, and the event for functions.
//!
//! In a notification the order of members, the spaces and the line breaks are AWS's, so that what
//! parses AWS's by hand parses ours. A FIFO topic's envelope carries no signature on AWS either.

use super::http_deliveries::Confirmation;
use super::model::{Notice, Protocol, Recipient, SubscriptionKey, TopicKey, sequence_number};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::{Arn, AttributeValue, MessageAttribute};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use tidemill_aws::iso8601_millis;
use tidemill_kernel as kernel;

/// What all copies of one subscription's notification say.
struct Facts<'a> {
    notice: &'a Notice,
    text: &'a str,
    timestamp: String,
    subscription: Arn,
    unsubscribe_url: String,
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
        }
    }
}

/// The body of what `recipient` is sent.
pub(super) fn body(notice: &Notice, recipient: &Recipient) -> String {
    let facts = Facts::of(notice, recipient);
    match recipient.protocol {
        Protocol::Lambda => event(&facts),
        Protocol::Sqs | Protocol::Http if recipient.is_raw => facts.text.to_owned(),
        Protocol::Sqs | Protocol::Http => {
            let sequence =
                notice.topic.is_fifo().then(|| sequence_number(notice.sequence).to_string());
            notification(&Members {
                message_id: &notice.message_id.to_string(),
                sequence_number: sequence.as_deref(),
                topic: notice.topic.arn().as_str(),
                subject: notice.message.subject.as_deref(),
                message: facts.text,
                timestamp: &facts.timestamp,
                unsubscribe_url: &facts.unsubscribe_url,
                attributes: &attributes(&notice.message.attributes),
            })
        }
    }
}

/// What asks an endpoint to confirm that it is subscribed.
pub(super) fn confirmation(topic: &TopicKey, asked: &Confirmation, token: &str) -> String {
    let arn = topic.arn();
    let base_url = &asked.base_url;
    let message = format!(
        "You have chosen to subscribe to the topic {arn}.\nTo confirm the subscription, visit the \
         SubscribeURL included in this message."
    );
    let url = format!("{base_url}/?Action=ConfirmSubscription&TopicArn={arn}&Token={token}");
    let mut json = String::from("{\n  \"Type\" : \"SubscriptionConfirmation\"");
    for (name, value) in [
        ("MessageId", asked.message_id.to_string().as_str()),
        ("Token", token),
        ("TopicArn", arn.as_str()),
        ("Message", &message),
        ("SubscribeURL", &url),
        ("Timestamp", &format!("{}Z", iso8601_millis(asked.asked))),
    ] {
        let _ = write!(json, ",\n  \"{name}\" : {}", Value::from(value));
    }
    json.push_str("\n}");
    json
}

struct Members<'a> {
    message_id: &'a str,
    sequence_number: Option<&'a str>,
    topic: &'a str,
    subject: Option<&'a str>,
    message: &'a str,
    timestamp: &'a str,
    unsubscribe_url: &'a str,
    attributes: &'a Map<String, Value>,
}

fn notification(members: &Members<'_>) -> String {
    let mut json = String::with_capacity(members.message.len() + 512);
    json.push_str("{\n  \"Type\" : \"Notification\"");
    let mut member = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            let _ = write!(json, ",\n  \"{name}\" : {}", Value::from(value));
        }
    };
    member("MessageId", Some(members.message_id));
    member("SequenceNumber", members.sequence_number);
    member("TopicArn", Some(members.topic));
    member("Subject", members.subject);
    member("Message", Some(members.message));
    member("Timestamp", Some(members.timestamp));
    member("UnsubscribeURL", Some(members.unsubscribe_url));
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
    let Facts { notice, text, timestamp, subscription, unsubscribe_url } = facts;
    json!({ "Records": [{
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
    }]})
    .to_string()
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
                    ! plain «{⏎  "Type" : "Notification",⏎  "MessageId" : "9a9a9973-5c70-4dc6-a641-862632f3b1f8",⏎  "TopicArn" : "arn:aws:sns:us-east-1:000000000000:orders",⏎  "Subject" : "Test",⏎  "Message" : "hello \"world\"",⏎  "Timestamp" : "2023-11-14T22:13:20.123Z",⏎  "UnsubscribeURL" : "http://localhost:4566/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:us-east-1:000000000000:orders:abe6e21e-22cc-4394-9831-70f597be5f99"⏎}»
                    ! work «{"Records":[{"EventSource":"aws:sns","EventSubscriptionArn":"arn:aws:sns:us-east-1:000000000000:orders:68992407-a806-4e88-a5f8-ef741aca3839","EventVersion":"1.0","Sns":{"Message":"hello \"world\"","MessageAttributes":{},"MessageId":"9a9a9973-5c70-4dc6-a641-862632f3b1f8","Subject":"Test","Timestamp":"2023-11-14T22:13:20.123Z","TopicArn":"arn:aws:sns:us-east-1:000000000000:orders","Type":"Notification","UnsubscribeUrl":"http://localhost:4566/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:us-east-1:000000000000:orders:68992407-a806-4e88-a5f8-ef741aca3839"}}]}»
                @1700000000123 publish orders hello b=Number:99.12 a=String:x MessageGroupId=g
                    -> {"MessageId":"17450669-c626-4e16-bedc-c0d7a60b2df6"}
                    ! raw «hello» a=String b=Number group g
                    ! plain «{⏎  "Type" : "Notification",⏎  "MessageId" : "17450669-c626-4e16-bedc-c0d7a60b2df6",⏎  "TopicArn" : "arn:aws:sns:us-east-1:000000000000:orders",⏎  "Message" : "hello",⏎  "Timestamp" : "2023-11-14T22:13:20.123Z",⏎  "UnsubscribeURL" : "http://localhost:4566/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:us-east-1:000000000000:orders:abe6e21e-22cc-4394-9831-70f597be5f99",⏎  "MessageAttributes" : {⏎    "a" : {"Type":"String","Value":"x"},⏎    "b" : {"Type":"Number","Value":"99.12"}⏎  }⏎}» group g
                    ! work «{"Records":[{"EventSource":"aws:sns","EventSubscriptionArn":"arn:aws:sns:us-east-1:000000000000:orders:68992407-a806-4e88-a5f8-ef741aca3839","EventVersion":"1.0","Sns":{"Message":"hello","MessageAttributes":{"a":{"Type":"String","Value":"x"},"b":{"Type":"Number","Value":"99.12"}},"MessageId":"17450669-c626-4e16-bedc-c0d7a60b2df6","Subject":null,"Timestamp":"2023-11-14T22:13:20.123Z","TopicArn":"arn:aws:sns:us-east-1:000000000000:orders","Type":"Notification","UnsubscribeUrl":"http://localhost:4566/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:us-east-1:000000000000:orders:68992407-a806-4e88-a5f8-ef741aca3839"}}]}»
                @1700000000123 call Publish {"TopicArn":"$orders","Message":"binary","MessageAttributes":{"raw":{"DataType":"Binary","BinaryValue":"AgME"}}}
                    -> {"MessageId":"6081c985-1dc9-46f7-ba5e-1aaea5b3b542"}
                    ! raw «binary» raw=Binary
                    ! plain «{⏎  "Type" : "Notification",⏎  "MessageId" : "6081c985-1dc9-46f7-ba5e-1aaea5b3b542",⏎  "TopicArn" : "arn:aws:sns:us-east-1:000000000000:orders",⏎  "Message" : "binary",⏎  "Timestamp" : "2023-11-14T22:13:20.123Z",⏎  "UnsubscribeURL" : "http://localhost:4566/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:us-east-1:000000000000:orders:abe6e21e-22cc-4394-9831-70f597be5f99",⏎  "MessageAttributes" : {⏎    "raw" : {"Type":"Binary","Value":"AgME"}⏎  }⏎}»
                    ! work «{"Records":[{"EventSource":"aws:sns","EventSubscriptionArn":"arn:aws:sns:us-east-1:000000000000:orders:68992407-a806-4e88-a5f8-ef741aca3839","EventVersion":"1.0","Sns":{"Message":"binary","MessageAttributes":{"raw":{"Type":"Binary","Value":"AgME"}},"MessageId":"6081c985-1dc9-46f7-ba5e-1aaea5b3b542","Subject":null,"Timestamp":"2023-11-14T22:13:20.123Z","TopicArn":"arn:aws:sns:us-east-1:000000000000:orders","Type":"Notification","UnsubscribeUrl":"http://localhost:4566/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:us-east-1:000000000000:orders:68992407-a806-4e88-a5f8-ef741aca3839"}}]}»
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
                    ! plain «{⏎  "Type" : "Notification",⏎  "MessageId" : "ea0a2a25-797b-4969-b71d-82070db38f94",⏎  "TopicArn" : "arn:aws:sns:us-east-1:000000000000:orders",⏎  "Message" : "for queues",⏎  "Timestamp" : "2023-11-14T22:13:20.123Z",⏎  "UnsubscribeURL" : "http://localhost:4566/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:us-east-1:000000000000:orders:abe6e21e-22cc-4394-9831-70f597be5f99"⏎}»
                    ! work «{"Records":[{"EventSource":"aws:sns","EventSubscriptionArn":"arn:aws:sns:us-east-1:000000000000:orders:213f0cd1-217d-4356-8831-b9c99e127484","EventVersion":"1.0","Sns":{"Message":"for all","MessageAttributes":{},"MessageId":"ea0a2a25-797b-4969-b71d-82070db38f94","Subject":null,"Timestamp":"2023-11-14T22:13:20.123Z","TopicArn":"arn:aws:sns:us-east-1:000000000000:orders","Type":"Notification","UnsubscribeUrl":"http://localhost:4566/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:us-east-1:000000000000:orders:213f0cd1-217d-4356-8831-b9c99e127484"}}]}»
                @1700000000123 event orders {"Records":[]}
                    -> taken
                    ! plain «{⏎  "Type" : "Notification",⏎  "MessageId" : "9a9a9973-5c70-4dc6-a641-862632f3b1f8",⏎  "TopicArn" : "arn:aws:sns:us-east-1:000000000000:orders",⏎  "Subject" : "Amazon S3 Notification",⏎  "Message" : "{\"Records\":[]}",⏎  "Timestamp" : "2023-11-14T22:13:20.123Z",⏎  "UnsubscribeURL" : "http://localhost:4566/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:us-east-1:000000000000:orders:abe6e21e-22cc-4394-9831-70f597be5f99"⏎}»
                    ! work «{"Records":[{"EventSource":"aws:sns","EventSubscriptionArn":"arn:aws:sns:us-east-1:000000000000:orders:213f0cd1-217d-4356-8831-b9c99e127484","EventVersion":"1.0","Sns":{"Message":"{\"Records\":[]}","MessageAttributes":{},"MessageId":"9a9a9973-5c70-4dc6-a641-862632f3b1f8","Subject":"Amazon S3 Notification","Timestamp":"2023-11-14T22:13:20.123Z","TopicArn":"arn:aws:sns:us-east-1:000000000000:orders","Type":"Notification","UnsubscribeUrl":"http://localhost:4566/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:us-east-1:000000000000:orders:213f0cd1-217d-4356-8831-b9c99e127484"}}]}»
                @1700000000123 counts
                    -> Counts { topics: 0, subscriptions: 0, fanning_out: 0, published: 2, sent: 4, filtered: 0, dead_lettered: 0, dropped: 0 }
            "#]],
        );
    }
}
