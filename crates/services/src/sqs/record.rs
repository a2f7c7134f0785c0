//! The body record: all of a message that only its receiver needs, and its digests.
//!
//! The edge encodes it, `store` keeps it, the edge decodes it again; the core moves it unopened,
//! except when a message changes queues.

use super::model::{Digests, Md5};
use super::trail::Ending;
use kernel::{Arn, AttributeValue, MessageAttribute, Uuid, codec};
use md5::Digest as _;
use minicbor::{Decode, Encode};
use tidemill_kernel as kernel;

#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Record {
    #[n(0)]
    pub body: String,
    #[n(1)]
    pub attributes: Vec<MessageAttribute>,
    #[n(2)]
    pub sender_id: String,
    #[n(3)]
    pub trace_header: Option<String>,
    #[n(4)]
    pub group_id: Option<String>,
    #[n(5)]
    pub deduplication_id: Option<String>,
    /// Set when the message was dead-lettered.
    #[n(6)]
    pub dead_letter_source: Option<Arn>,
    /// Set when the message came from another queue and keeps its id.
    #[n(7)]
    pub message_id: Option<Uuid>,
    /// Of a dead letter: how its receives ended, the last of them.
    #[n(8)]
    pub trail: Option<Vec<Ending>>,
}

impl Record {
    #[must_use]
    pub fn encode(&self) -> bytes::Bytes {
        codec::to_bytes(self)
    }

    #[must_use]
    pub fn decode(bytes: &[u8]) -> Record {
        codec::from_bytes(bytes)
    }

    /// What the size limits count: the body, and each attribute's name, type and value.
    #[must_use]
    pub fn size(&self) -> usize {
        let attributes: usize = self
            .attributes
            .iter()
            .map(|attribute| {
                let value = match &attribute.value {
                    AttributeValue::Text(text) => text.len(),
                    AttributeValue::Binary(bytes) => bytes.len(),
                };
                attribute.name.len() + attribute.data_type.len() + value
            })
            .sum();
        self.body.len() + attributes
    }

    /// The digests that the sender is told, `body` being that of the body.
    #[must_use]
    pub(super) fn digests(&self, body: Md5) -> Digests {
        let trace = self.trace_header.as_ref().map(|header| MessageAttribute {
            name: "AWSTraceHeader".to_owned(),
            data_type: "String".to_owned(),
            value: AttributeValue::Text(header.clone()),
        });
        Digests {
            body,
            attributes: md5_of_attributes(&self.attributes),
            system_attributes: md5_of_attributes(trace.as_slice()),
        }
    }
}

#[must_use]
pub(super) fn md5_of_body(body: &str) -> Md5 {
    Md5(md5::Md5::digest(body).into())
}

/// AWS's digest of message attributes: sorted by name, each part with its length before it, the
/// value with a byte that says text or binary. `None` when there are none.
#[must_use]
pub(super) fn md5_of_attributes(attributes: &[MessageAttribute]) -> Option<Md5> {
    const TEXT: u8 = 1;
    const BINARY: u8 = 2;
    if attributes.is_empty() {
        return None;
    }
    let mut sorted: Vec<&MessageAttribute> = attributes.iter().collect();
    sorted.sort_by(|a, b| a.name.cmp(&b.name));
    let mut digest = md5::Md5::new();
    let add = |digest: &mut md5::Md5, part: &[u8]| {
        let length = u32::try_from(part.len()).expect("a message is at most a mebibyte");
        digest.update(length.to_be_bytes());
        digest.update(part);
    };
    for attribute in sorted {
        add(&mut digest, attribute.name.as_bytes());
        add(&mut digest, attribute.data_type.as_bytes());
        let (kind, value) = match &attribute.value {
            AttributeValue::Text(text) => (TEXT, text.as_bytes()),
            AttributeValue::Binary(bytes) => (BINARY, bytes.as_ref()),
        };
        digest.update([kind]);
        add(&mut digest, value);
    }
    Some(Md5(digest.finalize().into()))
}

/// The SHA-256 of a body in hexadecimal: its deduplication id when the queue goes by content.
#[must_use]
pub(super) fn sha256_of_body(body: &str) -> String {
    let digest = sha2::Sha256::digest(body);
    kernel::hex::encode(&digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The digests were computed by an independent program from AWS's description.
    #[test]
    fn digests_are_those_that_sdks_compute() {
        let text = |name: &str, data_type: &str, value: &str| MessageAttribute {
            name: name.to_owned(),
            data_type: data_type.to_owned(),
            value: AttributeValue::Text(value.to_owned()),
        };
        let raw = MessageAttribute {
            name: "raw".to_owned(),
            data_type: "Binary".to_owned(),
            value: AttributeValue::Binary(bytes::Bytes::from_static(&[0, 1, 2])),
        };
        let attributes = [raw, text("num", "Number.int", "42"), text("a.b", "String", "x")];
        assert_eq!(
            md5_of_attributes(&attributes).map(|md5| md5.to_string()).as_deref(),
            Some("e7f1309cd5ebaff9e71bb3e93adf6947")
        );
        assert_eq!(md5_of_attributes(&[]), None);
        assert_eq!(md5_of_body("hello").to_string(), "5d41402abc4b2a76b9719d911017c592");
        assert_eq!(&sha256_of_body("hello")[..8], "2cf24dba");
    }
}
