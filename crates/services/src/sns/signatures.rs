//! Signatures: what proves to a subscriber that a message comes from here.
//!
//! ```text
//! publish, or a question to an endpoint ─▶ row, digests ─▶ Effect::Sign
//!                                                             │ the node's key, not known here
//!            sent on as if published now ◀── row goes ◀── Signed
//! ```
//!
//! A message is signed once for all who get it: AWS's string to sign names none of them. Whoever
//! reads an envelope finds the certificate at `SigningCertURL`.
//!
//! # Invariants
//!
//! - What is to be signed waits as a row with those who get it, and goes nowhere before it is
//!   signed: who unsubscribes meanwhile is told, and who subscribes is not. After a restart it is
//!   asked for again.
//! - What no subscriber would see signed does not wait: raw deliveries to queues and endpoints, and
//!   FIFO topics, whose envelopes carry no signature on AWS either.
//!
//! AWS behaviour this follows: SNS Developer Guide, "Verifying the signatures of Amazon SNS
//! messages".

use super::envelope;
use super::fan_out::{Cursor, Recipients, Way};
use super::http_deliveries::{HttpMessage, Question, token};
use super::model::{Notice, Protocol, SubscriptionKey};
use super::state::{State, UNSIGNED};
use super::{Error, Reply};
use kernel::{At, Digest, Effect, Outcome, Rows, Signing, Turn, codec};
use minicbor::{Decode, Encode};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use tidemill_aws::iso8601_millis;
use tidemill_kernel as kernel;

/// Messages that may wait for their signatures in one partition before publishers must wait.
const UNSIGNED_MAX: usize = 1_024;
/// Texts that travel with the request for their signatures: with as many as may wait in sixteen
/// partitions, that is memory of 64 MiB. Of longer ones only the digests do.
const TEXT_BYTES_MAX: usize = 4 << 10;

/// What proves where a message came from.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Signatures {
    /// 1 for SHA-1 and 2 for SHA-256.
    #[n(0)]
    pub version: u8,
    /// Names the certificate of the key.
    #[n(1)]
    pub fingerprint: String,
    /// In base64, of the text for all.
    #[n(2)]
    pub default: String,
    /// Of the texts that are for one protocol alone.
    #[n(3)]
    pub by_protocol: BTreeMap<Protocol, String>,
}

impl Signatures {
    pub(super) fn of(&self, protocol: Protocol) -> &str {
        self.by_protocol.get(&protocol).unwrap_or(&self.default)
    }
}

/// The answer to a [`Signing`].
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Signed {
    #[n(0)]
    way: Way,
    #[n(1)]
    fingerprint: String,
    /// In base64, in the order of the digests.
    #[n(2)]
    signatures: Vec<String>,
}

impl Signed {
    #[must_use]
    pub fn new(signing: &Signing, fingerprint: String, signatures: Vec<String>) -> Signed {
        Signed { way: Way::of_row(&signing.key), fingerprint, signatures }
    }

    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }
}

/// A row of what waits for its signatures.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub(super) struct Unsigned {
    /// What the topic had when the message was published.
    #[n(0)]
    version: u8,
    #[n(1)]
    what: What,
    #[n(2)]
    digests: Vec<Digest>,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub(super) enum What {
    /// A message, those who get it, and where to go on when they were told.
    #[n(0)]
    Notice(#[n(0)] Notice, #[n(1)] Recipients, #[n(2)] Option<Cursor>),
    /// A question to an endpoint, with its URL.
    #[n(1)]
    Question(#[n(0)] SubscriptionKey, #[n(1)] String, #[n(2)] Question),
}

impl What {
    /// The strings to sign.
    fn texts(&self, at: &At) -> Vec<String> {
        match self {
            What::Notice(notice, ..) => {
                let texts = &notice.message.texts;
                let all = std::iter::once(&texts.default).chain(texts.by_protocol.values());
                all.map(|text| notification(notice, text)).collect()
            }
            What::Question(subscription, _, question) => {
                vec![confirmation(at, subscription, question)]
            }
        }
    }
}

/// AWS's string: names and values in alphabetical order, a line each.
fn string_to_sign(members: &[(&str, Option<&str>)]) -> String {
    let mut text = String::new();
    for (name, value) in members {
        if let Some(value) = value {
            let _ = write!(text, "{name}\n{value}\n");
        }
    }
    text
}

fn notification(notice: &Notice, text: &str) -> String {
    string_to_sign(&[
        ("Message", Some(text)),
        ("MessageId", Some(&notice.message_id.to_string())),
        ("Subject", notice.message.subject.as_deref()),
        ("Timestamp", Some(&format!("{}Z", iso8601_millis(notice.published)))),
        ("TopicArn", Some(notice.topic.arn().as_str())),
        ("Type", Some("Notification")),
    ])
}

fn confirmation(at: &At, subscription: &SubscriptionKey, question: &Question) -> String {
    let token = token(at, question.kind, subscription.id);
    string_to_sign(&[
        ("Message", Some(&envelope::question_text(subscription, question))),
        ("MessageId", Some(&question.message_id.to_string())),
        ("SubscribeURL", Some(&envelope::subscribe_url(&subscription.topic, question, &token))),
        ("Timestamp", Some(&format!("{}Z", iso8601_millis(question.asked)))),
        ("Token", Some(&token)),
        ("TopicArn", Some(subscription.topic.arn().as_str())),
        ("Type", Some(question.kind.message_type())),
    ])
}

impl State {
    /// Keeps something back until it is signed.
    pub(super) fn sign(&mut self, turn: &mut Turn<'_>, way: Way, version: u8, what: What) {
        let texts = what.texts(&turn.at);
        let digests = texts.iter().map(|text| match version {
            2 => Digest::Sha256(Sha256::digest(text).into()),
            _ => Digest::Sha1(Sha1::digest(text).into()),
        });
        let unsigned = Unsigned { version, what, digests: digests.collect() };
        turn.put(UNSIGNED, &way.row_key(), codec::to_bytes(&unsigned));
        self.unsigned.insert(way);
        let Unsigned { digests, .. } = unsigned;
        // SHA-1 is hashed here alone: what signs fast will have nothing to do with it.
        let is_short = texts.iter().map(String::len).sum::<usize>() <= TEXT_BYTES_MAX;
        let texts = if version == 2 && is_short { texts } else { Vec::new() };
        turn.emit(Effect::Sign(Signing { key: way.row_key(), digests, texts }));
    }

    /// What still waits for its signatures.
    pub(crate) fn still_unsigned(&self, rows: &dyn Rows) -> Vec<Signing> {
        let all = self.unsigned.iter().filter_map(|way| {
            let row = rows.get(UNSIGNED, &way.row_key())?;
            let Unsigned { digests, .. } = codec::from_bytes(&row);
            Some(Signing { key: way.row_key(), digests, texts: Vec::new() })
        });
        all.collect()
    }

    /// Takes signatures, and sends on what waited for them. Said twice, it is done once.
    pub(super) fn signed(&mut self, turn: &mut Turn<'_>, signed: Signed) -> Outcome<Reply> {
        let Signed { way, fingerprint, signatures } = signed;
        if !self.unsigned.remove(&way) {
            return Outcome::Done(Reply::Done);
        }
        let row = turn.rows().get(UNSIGNED, &way.row_key());
        let row = row.expect("what waits for its signatures is a row");
        let Unsigned { version, what, .. } = codec::from_bytes(&row);
        turn.delete(UNSIGNED, &way.row_key());
        let mut signatures = signatures.into_iter();
        let default = signatures.next().unwrap_or_default();
        match what {
            What::Notice(mut notice, recipients, rest) => {
                let protocols = notice.message.texts.by_protocol.keys().copied();
                let by_protocol = protocols.zip(signatures).collect();
                notice.signatures = Some(Signatures { version, fingerprint, default, by_protocol });
                self.send(turn, way, &notice, recipients, rest);
            }
            What::Question(subscription, url, mut question) => {
                let by_protocol = BTreeMap::new();
                question.signatures =
                    Some(Signatures { version, fingerprint, default, by_protocol });
                let message = HttpMessage::Question(question);
                self.begin_http(turn, (subscription, &url), way.sequence, &message);
            }
        }
        Outcome::Done(Reply::Done)
    }

    /// Makes publishers wait while too much waits for its signature.
    pub(super) fn check_unsigned(&self) -> Result<(), Error> {
        let pending = self.unsigned.len();
        if pending >= UNSIGNED_MAX {
            return Err(Error::Throttling { pending });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::script::{World, topic_arn};
    use super::*;
    use kernel::Timestamp;
    use serde_json::{Value, json};

    fn world(version: &str, attributes: &Value) -> World {
        let mut world = World::default();
        world.signs = false;
        let topic = json!({ "Name": "orders", "Attributes": { "SignatureVersion": version } });
        world.call("CreateTopic", &topic).unwrap();
        let input = json!({ "TopicArn": topic_arn("orders"), "Protocol": "sqs",
            "Endpoint": "arn:aws:sqs:us-east-1:000000000000:q", "Attributes": attributes });
        world.call("Subscribe", &input).unwrap();
        world
    }

    #[test]
    fn what_is_signed_is_what_aws_says() {
        for version in ["1", "2"] {
            let mut world = world(version, &json!({}));
            world.now = Timestamp(1_700_000_000_123);
            let input = json!({ "TopicArn": topic_arn("orders"), "MessageStructure": "json",
                "Message": r#"{"default":"for \"all\"\nof them","sqs":"for queues"}"#,
                "Subject": "S" });
            let id = world.call("Publish", &input).unwrap()["MessageId"].take();
            let text = |message: &str| {
                format!(
                    "Message\n{message}\nMessageId\n{}\nSubject\nS\nTimestamp\n\
                     2023-11-14T22:13:20.123Z\nTopicArn\n{}\nType\nNotification\n",
                    id.as_str().unwrap(),
                    topic_arn("orders")
                )
            };
            let texts = [text("for \"all\"\nof them"), text("for queues")];
            let expected = texts.map(|text| match version {
                "1" => Digest::Sha1(Sha1::digest(text).into()),
                _ => Digest::Sha256(Sha256::digest(text).into()),
            });
            assert_eq!(world.signings[0].digests, expected);
        }
    }

    /// Some signers hash for themselves, so that they are handed what the digests are of; but not
    /// much of it, because it waits in memory.
    #[test]
    fn short_texts_travel_with_their_digests() {
        let around = {
            let mut world = world("2", &json!({}));
            let input = json!({ "TopicArn": topic_arn("orders"), "Message": "m" });
            world.call("Publish", &input).unwrap();
            world.signings[0].texts[0].len() - 1
        };
        for (version, bytes, travels) in [
            ("2", TEXT_BYTES_MAX - around, true),
            ("2", TEXT_BYTES_MAX - around + 1, false),
            ("1", 1, false),
        ] {
            let mut world = world(version, &json!({}));
            let input = json!({ "TopicArn": topic_arn("orders"), "Message": "m".repeat(bytes) });
            world.call("Publish", &input).unwrap();
            let Signing { digests, texts, .. } = &world.signings[0];
            assert_eq!(
                (digests.len(), texts.len()),
                (1, usize::from(travels)),
                "{version} {bytes}"
            );
            for (digest, text) in digests.iter().zip(texts) {
                assert_eq!(*digest, Digest::Sha256(Sha256::digest(text).into()));
            }
        }
    }

    #[test]
    fn a_message_waits_for_its_signature_and_is_signed_once() {
        let mut world = world("1", &json!({}));
        let input = json!({ "TopicArn": topic_arn("orders"), "Message": "hello" });
        world.call("Publish", &input).unwrap();
        assert_eq!(world.seen, Vec::<String>::new());
        world.restart();
        let asked = world.signings.pop().unwrap();
        assert_eq!(world.unsigned(), std::slice::from_ref(&asked), "asked for again");
        let signed = || {
            let signed = Signed::new(&asked, "f00d".to_owned(), vec!["c2lnbmVk".to_owned()]);
            super::super::Command::Signed(signed)
        };
        world.apply(signed()).unwrap();
        assert_eq!(world.seen.len(), 1);
        for member in [
            r#""SignatureVersion" : "1""#,
            r#""Signature" : "c2lnbmVk""#,
            r#""SigningCertURL" : "http://localhost:4566/SimpleNotificationService-f00d.pem""#,
        ] {
            assert!(world.seen[0].contains(member), "{member} is missing in {}", world.seen[0]);
        }
        world.apply(signed()).unwrap();
        assert_eq!(world.seen.len(), 1, "said twice, done once");
        assert_eq!(world.unsigned(), []);
    }

    #[test]
    fn a_message_goes_to_whom_there_was_when_it_was_published() {
        let mut world = world("1", &json!({}));
        let listed = world.call("ListSubscriptions", &json!({})).unwrap();
        let arn = &listed["Subscriptions"][0]["SubscriptionArn"];
        let input = json!({ "TopicArn": topic_arn("orders"), "Message": "hello" });
        world.call("Publish", &input).unwrap();
        let later = json!({ "TopicArn": topic_arn("orders"), "Protocol": "sqs",
            "Endpoint": "arn:aws:sqs:us-east-1:000000000000:later" });
        world.call("Subscribe", &later).unwrap();
        world.call("Unsubscribe", &json!({ "SubscriptionArn": arn })).unwrap();
        world.sign_all();
        assert_eq!(world.seen.len(), 1);
        assert!(world.seen[0].starts_with("q "), "{:?}", world.seen);
    }

    #[test]
    fn what_nobody_would_see_signed_does_not_wait() {
        let mut world = world("1", &json!({ "RawMessageDelivery": "true" }));
        let input = json!({ "TopicArn": topic_arn("orders"), "Message": "hello" });
        world.call("Publish", &input).unwrap();
        assert_eq!((world.signings.len(), world.seen.len()), (0, 1));
    }

    #[test]
    fn publishers_wait_while_too_much_is_unsigned() {
        let mut world = world("1", &json!({}));
        world.compares_rows = false;
        let input = json!({ "TopicArn": topic_arn("orders"), "Message": "hello" });
        for _ in 0..UNSIGNED_MAX {
            world.call("Publish", &input).unwrap();
        }
        assert_eq!(world.call("Publish", &input).unwrap_err().shape, "Throttling");
        world.sign_all();
        world.call("Publish", &input).unwrap();
    }

    /// One of a thousand reads signatures, and not in the first step.
    #[test]
    fn a_later_step_is_signed_where_the_first_was_not() {
        let mut world = World::default();
        world.compares_rows = false;
        world.call("CreateTopic", &json!({ "Name": "orders" })).unwrap();
        for number in 0..1_500 {
            let is_raw = (number != 1_200).to_string();
            let input = json!({ "TopicArn": topic_arn("orders"), "Protocol": "sqs",
                "Endpoint": format!("arn:aws:sqs:us-east-1:000000000000:q{number}"),
                "Attributes": { "RawMessageDelivery": is_raw } });
            world.call("Subscribe", &input).unwrap();
        }
        let input = json!({ "TopicArn": topic_arn("orders"), "Message": "hello" });
        world.call("Publish", &input).unwrap();
        assert_eq!(world.seen.len(), 1_000);
        while world.tick_once() {}
        assert_eq!(world.seen.len(), 1_500);
        let signed = world.seen.iter().filter(|seen| seen.contains("SigningCertURL")).count();
        assert_eq!((signed, world.unsigned().len(), world.state.next_due()), (1, 0, None));
    }
}
