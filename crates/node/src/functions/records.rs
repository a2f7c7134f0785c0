//! Batches of messages, and the event a function gets for one.
//!
//! AWS behaviour this follows: Lambda Developer Guide, "Using Lambda with Amazon SQS", example
//! events of standard and FIFO queues.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use serde::Serialize;
use std::collections::BTreeMap;
use tidemill_aws::generated::sqs::{Message, MessageAttributeValue};
use tidemill_kernel::Arn;

/// Messages that were received to be run together.
#[derive(Debug, Default)]
pub(super) struct Batch {
    messages: Vec<Message>,
    bytes: usize,
}

impl Batch {
    pub(super) fn extend(&mut self, messages: Vec<Message>) {
        self.bytes += messages.iter().map(size).sum::<usize>();
        self.messages.extend(messages);
    }

    pub(super) fn len(&self) -> usize {
        self.messages.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether what came so far was small on average; nothing at all tells nothing.
    pub(super) fn is_small(&self, message_bytes: usize) -> bool {
        !self.is_empty() && self.bytes / self.len() <= message_bytes
    }

    /// Parts of at most so many bytes, in order; a single message may be a part of its own.
    pub(super) fn split(self, bytes_max: usize) -> Vec<Vec<Message>> {
        let mut parts: Vec<Vec<Message>> = Vec::new();
        let mut room = 0;
        for message in self.messages {
            let size = size(&message);
            match parts.last_mut() {
                Some(part) if size <= room => part.push(message),
                Some(_) | None => {
                    parts.push(vec![message]);
                    room = bytes_max;
                }
            }
            room = room.saturating_sub(size);
        }
        parts
    }
}

/// What a message takes in the event, about: JSON escapes are not counted.
fn size(message: &Message) -> usize {
    let attributes = message.message_attributes.iter().flatten();
    let attributes: usize = attributes
        .map(|(name, value)| {
            let text = value.string_value.as_ref().map_or(0, String::len);
            let binary = value.binary_value.as_ref().map_or(0, |bytes| bytes.len() * 4 / 3);
            name.len() + value.data_type.len() + text + binary
        })
        .sum();
    message.body.as_ref().map_or(0, String::len) + attributes
}

/// The event for a batch.
pub(super) fn payload(messages: &[Message], queue: &Arn) -> Bytes {
    let records = messages.iter().map(|message| Record::of(message, queue)).collect();
    serde_json::to_vec(&Event { records }).expect("text is always JSON").into()
}

#[derive(Serialize)]
struct Event<'m> {
    #[serde(rename = "Records")]
    records: Vec<Record<'m>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<'m> {
    message_id: &'m str,
    receipt_handle: &'m str,
    body: &'m str,
    attributes: &'m BTreeMap<String, String>,
    message_attributes: BTreeMap<&'m str, Attribute<'m>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    md5_of_message_attributes: Option<&'m str>,
    md5_of_body: &'m str,
    event_source: &'static str,
    #[serde(rename = "eventSourceARN")]
    event_source_arn: &'m str,
    aws_region: &'m str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Attribute<'m> {
    #[serde(skip_serializing_if = "Option::is_none")]
    string_value: Option<&'m str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    binary_value: Option<String>,
    string_list_values: [(); 0],
    binary_list_values: [(); 0],
    data_type: &'m str,
}

impl<'m> Record<'m> {
    fn of(message: &'m Message, queue: &'m Arn) -> Record<'m> {
        static NONE: BTreeMap<String, String> = BTreeMap::new();
        let attributes = message.message_attributes.iter().flatten();
        Record {
            message_id: message.message_id.as_deref().unwrap_or_default(),
            receipt_handle: message.receipt_handle.as_deref().unwrap_or_default(),
            body: message.body.as_deref().unwrap_or_default(),
            attributes: message.attributes.as_ref().unwrap_or(&NONE),
            message_attributes: attributes
                .map(|(name, value)| (name.as_str(), Attribute::of(value)))
                .collect(),
            md5_of_message_attributes: message.md5_of_message_attributes.as_deref(),
            md5_of_body: message.md5_of_body.as_deref().unwrap_or_default(),
            event_source: "aws:sqs",
            event_source_arn: queue.as_str(),
            aws_region: queue.region(),
        }
    }
}

impl<'m> Attribute<'m> {
    fn of(value: &'m MessageAttributeValue) -> Attribute<'m> {
        Attribute {
            string_value: value.string_value.as_deref(),
            binary_value: value.binary_value.as_ref().map(|bytes| BASE64.encode(bytes)),
            string_list_values: [],
            binary_list_values: [],
            data_type: &value.data_type,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn message(body: &str) -> Message {
        Message {
            message_id: Some("m-1".to_owned()),
            receipt_handle: Some("r-1".to_owned()),
            body: Some(body.to_owned()),
            md5_of_body: Some("5d41402abc4b2a76b9719d911017c592".to_owned()),
            ..Default::default()
        }
    }

    #[test]
    fn an_event_looks_as_aws_shows_it() {
        let attribute = |string: Option<&str>, binary: Option<&'static [u8]>, data_type: &str| {
            MessageAttributeValue {
                string_value: string.map(str::to_owned),
                binary_value: binary.map(Bytes::from_static),
                data_type: data_type.to_owned(),
                ..Default::default()
            }
        };
        let mut message = message("hello");
        message.attributes = Some(BTreeMap::from([
            ("ApproximateReceiveCount".to_owned(), "1".to_owned()),
            ("SentTimestamp".to_owned(), "1545082649183".to_owned()),
        ]));
        message.message_attributes = Some(BTreeMap::from([
            ("b".to_owned(), attribute(None, Some(b"\x00\x01"), "Binary")),
            ("s".to_owned(), attribute(Some("text"), None, "String")),
        ]));
        message.md5_of_message_attributes = Some("e4e6".to_owned());
        let queue = Arn::parse("arn:aws:sqs:us-east-2:123456789012:my-queue").unwrap();
        let payload = payload(&[message], &queue);
        let value: serde_json::Value = serde_json::from_slice(&payload).unwrap();
        expect![[r#"
            {
              "Records": [
                {
                  "attributes": {
                    "ApproximateReceiveCount": "1",
                    "SentTimestamp": "1545082649183"
                  },
                  "awsRegion": "us-east-2",
                  "body": "hello",
                  "eventSource": "aws:sqs",
                  "eventSourceARN": "arn:aws:sqs:us-east-2:123456789012:my-queue",
                  "md5OfBody": "5d41402abc4b2a76b9719d911017c592",
                  "md5OfMessageAttributes": "e4e6",
                  "messageAttributes": {
                    "b": {
                      "binaryListValues": [],
                      "binaryValue": "AAE=",
                      "dataType": "Binary",
                      "stringListValues": []
                    },
                    "s": {
                      "binaryListValues": [],
                      "dataType": "String",
                      "stringListValues": [],
                      "stringValue": "text"
                    }
                  },
                  "messageId": "m-1",
                  "receiptHandle": "r-1"
                }
              ]
            }"#]]
        .assert_eq(&serde_json::to_string_pretty(&value).unwrap());
    }

    #[test]
    fn a_batch_too_large_for_one_event_is_split_in_order() {
        let mut batch = Batch::default();
        batch.extend(["aaaa", "bb", "cc", "dddddddd", "e"].map(message).to_vec());
        assert_eq!((batch.len(), batch.bytes()), (5, 17));
        assert!(batch.is_small(3) && !batch.is_small(2) && !Batch::default().is_small(9));
        let parts: Vec<Vec<String>> = batch
            .split(6)
            .into_iter()
            .map(|part| part.into_iter().filter_map(|message| message.body).collect())
            .collect();
        assert_eq!(parts, [vec!["aaaa", "bb"], vec!["cc"], vec!["dddddddd"], vec!["e"]]);
    }
}
