//! The nouns of SNS: topics and subscriptions by name, what a message is, and the limits.

use super::signatures::Signatures;
use super::{Endpoint, Error};
use kernel::{
    AccountId, Arn, Caller, MessageAttribute, Millis, PartitionId, Region, Service, Timestamp, Uuid,
};
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;
use tidemill_kernel as kernel;

pub(super) const TOPIC_NAME_LENGTH_MAX: usize = 256;
/// Of a message with its attributes, and of all messages of a batch together.
pub(super) const MESSAGE_BYTES_MAX: usize = 262_144;
pub(super) const BATCH_ENTRIES_MAX: usize = 10;
pub(super) const PAGE_MAX: usize = 100;
/// What one SQS message can carry, so what raw delivery can.
pub(super) const RAW_ATTRIBUTES_MAX: usize = 10;
pub(super) const DEDUPLICATION_SECONDS: u64 = 300;
/// How long the token in a question to an endpoint is good for.
pub(super) const CONFIRMATION_MAX_AGE: Millis = Millis::from_seconds(2 * 24 * 60 * 60);
/// The prefix of a FIFO topic's sequence numbers: all of them have twenty digits.
const SEQUENCE_NUMBER_BASE: u64 = 10_000_000_000_000_000_000;

const FIFO_SUFFIX: &str = ".fifo";

/// A topic's name with the account and region that make it one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct TopicKey {
    #[n(0)]
    pub account: AccountId,
    #[n(1)]
    pub region: Region,
    #[n(2)]
    pub name: String,
}

impl TopicKey {
    /// A new topic's key: 1 to 256 of `[A-Za-z0-9_-]`, the suffix `.fifo` of a FIFO topic among
    /// them.
    pub(super) fn create(caller: &Caller, name: &str, is_fifo: bool) -> Result<TopicKey, Error> {
        let stem = if is_fifo { name.strip_suffix(FIFO_SUFFIX) } else { Some(name) };
        let is_legal = |stem: &str| {
            !stem.is_empty()
                && stem
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        };
        if name.len() > TOPIC_NAME_LENGTH_MAX || !stem.is_some_and(is_legal) {
            let what = if is_fifo {
                "Fifo Topic names must end with .fifo and must be made up of only uppercase and \
                 lowercase ASCII letters, numbers, underscores, and hyphens, and must be between \
                 1 and 256 characters long."
            } else {
                "Topic Name"
            };
            return Err(Error::invalid(what));
        }
        let (account, region) = (caller.account, caller.region.clone());
        Ok(TopicKey { account, region, name: name.to_owned() })
    }

    /// Reads the ARN of one of the caller's topics out of `parameter`.
    pub(super) fn read(
        caller: &Caller,
        parameter: &'static str,
        text: &str,
    ) -> Result<TopicKey, Error> {
        let arn = read_arn(parameter, text)?;
        let key = TopicKey::from_arn(&arn).ok_or_else(|| Error::invalid(parameter))?;
        key.check_caller(caller, parameter)?;
        Ok(key)
    }

    fn check_caller(&self, caller: &Caller, parameter: &'static str) -> Result<(), Error> {
        if self.account != caller.account {
            return Err(Error::AuthorizationError { resource: self.arn().to_string() });
        }
        if self.region != caller.region {
            return Err(Error::invalid(parameter));
        }
        Ok(())
    }

    #[must_use]
    pub fn from_arn(arn: &Arn) -> Option<TopicKey> {
        (arn.service() == Some(Service::Sns)).then_some(())?;
        let account = AccountId::parse(arn.account())?;
        let region = Region::parse(arn.region())?;
        Some(TopicKey { account, region, name: arn.resource_name().to_owned() })
    }

    #[must_use]
    pub fn arn(&self) -> Arn {
        Arn::topic(&self.region, self.account, &self.name)
    }

    #[must_use]
    pub fn is_fifo(&self) -> bool {
        self.name.ends_with(FIFO_SUFFIX)
    }

    #[must_use]
    pub fn partition(&self) -> PartitionId {
        PartitionId::of(self.account, &self.region, Service::Sns, &self.name)
    }
}

fn read_arn(parameter: &'static str, text: &str) -> Result<Arn, Error> {
    let elements = text.split(':').count();
    if elements < 6 {
        return Err(Error::invalid(format!(
            "{parameter} Reason: An ARN must have at least 6 elements, not {elements}"
        )));
    }
    Arn::parse(text).ok_or_else(|| Error::invalid(parameter))
}

/// A subscription: its topic and its id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct SubscriptionKey {
    #[n(0)]
    pub topic: TopicKey,
    #[n(1)]
    pub id: Uuid,
}

impl SubscriptionKey {
    pub(super) fn read(caller: &Caller, text: &str) -> Result<SubscriptionKey, Error> {
        const PARAMETER: &str = "SubscriptionArn";
        let arn = read_arn(PARAMETER, text)?;
        let key = SubscriptionKey::from_arn(&arn).ok_or_else(|| Error::invalid(PARAMETER))?;
        key.topic.check_caller(caller, PARAMETER)?;
        Ok(key)
    }

    #[must_use]
    pub fn from_arn(arn: &Arn) -> Option<SubscriptionKey> {
        let topic = TopicKey::from_arn(arn)?;
        let (_, id) = arn.resource().split_once(':')?;
        Some(SubscriptionKey { topic, id: Uuid::parse(id)? })
    }

    #[must_use]
    pub fn arn(&self) -> Arn {
        let TopicKey { account, region, name } = &self.topic;
        Arn::new(Service::Sns, region, *account, &format!("{name}:{}", self.id))
    }
}

/// How a subscription is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Protocol {
    #[n(0)]
    Sqs,
    #[n(1)]
    Lambda,
    #[n(2)]
    Http,
    #[n(3)]
    Https,
}

impl Protocol {
    pub(super) const ALL: [Protocol; 4] =
        [Protocol::Sqs, Protocol::Lambda, Protocol::Http, Protocol::Https];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Protocol::Sqs => "sqs",
            Protocol::Lambda => "lambda",
            Protocol::Http => "http",
            Protocol::Https => "https",
        }
    }

    /// Whether it reaches a URL, and not a resource of ours.
    #[must_use]
    pub fn is_web(self) -> bool {
        match self {
            Protocol::Sqs | Protocol::Lambda => false,
            Protocol::Http | Protocol::Https => true,
        }
    }
}

/// The text of a message: one for all, and those that `MessageStructure=json` gave to one
/// protocol alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Texts {
    #[n(0)]
    pub default: String,
    #[n(1)]
    pub by_protocol: BTreeMap<Protocol, String>,
}

impl Texts {
    #[must_use]
    pub fn of(&self, protocol: Protocol) -> &str {
        self.by_protocol.get(&protocol).unwrap_or(&self.default)
    }
}

/// A message as it was published, checked at the door.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct NewMessage {
    #[n(0)]
    pub texts: Texts,
    #[n(1)]
    pub subject: Option<String>,
    #[n(2)]
    pub attributes: Vec<MessageAttribute>,
    #[n(3)]
    pub group_id: Option<String>,
    #[n(4)]
    pub deduplication_id: Option<String>,
    /// What a FIFO topic with content-based deduplication goes by when the publisher gave no id.
    #[n(5)]
    pub content_digest: Option<String>,
    #[n(6)]
    pub trace_header: Option<String>,
}

impl NewMessage {
    /// Text and attributes, as the size limits count them.
    pub(super) fn size(&self) -> usize {
        let texts = self.texts.by_protocol.values().map(String::len).sum::<usize>();
        let attributes = self.attributes.iter().map(attribute_size).sum::<usize>();
        self.texts.default.len() + texts + attributes
    }
}

pub(super) fn attribute_size(attribute: &MessageAttribute) -> usize {
    let value = match &attribute.value {
        kernel::AttributeValue::Text(text) => text.len(),
        kernel::AttributeValue::Binary(bytes) => bytes.len(),
    };
    attribute.name.len() + attribute.data_type.len() + value
}

/// A published message on its way to subscriptions: what every copy of it says.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Notice {
    #[n(0)]
    pub topic: TopicKey,
    #[n(1)]
    pub message_id: Uuid,
    /// The place in its topic. Shown where the topic is FIFO.
    #[n(2)]
    pub sequence: u64,
    #[n(3)]
    pub published: Timestamp,
    #[n(4)]
    pub message: NewMessage,
    /// Where somebody reads them; written before it is sent to anybody.
    #[n(5)]
    pub signatures: Option<Signatures>,
}

/// One subscription that a [`Notice`] goes to.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Recipient {
    #[n(0)]
    pub subscription: Uuid,
    #[n(1)]
    pub protocol: Protocol,
    #[n(2)]
    pub endpoint: Endpoint,
    #[n(3)]
    pub is_raw: bool,
    /// Where the subscription can be ended, as whoever made it reached us.
    #[n(4)]
    pub base_url: String,
}

/// What a publisher is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    pub message_id: Uuid,
    /// In a FIFO topic, the message's place in it.
    pub sequence_number: Option<u64>,
}

pub(super) fn sequence_number(sequence: u64) -> u64 {
    SEQUENCE_NUMBER_BASE.saturating_add(sequence)
}
