//! What can be set on a topic: parsed at the door, applied and shown in the core.

use super::model::TopicKey;
use super::{Error, delivery_policy, policy};
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;

const DISPLAY_NAME_CHARACTERS_MAX: usize = 100;
const SUPPORTED: [&str; 8] = [
    "ContentBasedDeduplication",
    "DeliveryPolicy",
    "DisplayName",
    "FifoThroughputScope",
    "FifoTopic",
    "Policy",
    "SignatureVersion",
    "TracingConfig",
];
/// What AWS has and we do not, with the reason.
const UNSUPPORTED: [(&str, &str); 5] = [
    ("KmsMasterKeyId", "messages are not encrypted by a KMS here"),
    ("ArchivePolicy", "messages are not archived for replay here"),
    ("DataProtectionPolicy", "message data protection is not served here"),
    ("FeedbackRoleArn", "delivery status is not logged here"),
    ("FeedbackSampleRate", "delivery status is not logged here"),
];

/// Where an attribute was given: AWS words its refusals by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In the `Attributes` of a creating operation.
    Map,
    /// As `AttributeName` and `AttributeValue`.
    Single,
}

impl Place {
    pub(super) fn refuse(self, reason: &str) -> Error {
        match self {
            Place::Map => Error::invalid(format!("Attributes Reason: {reason}")),
            Place::Single => Error::invalid(reason),
        }
    }

    pub(super) fn unknown(self, name: &str) -> Error {
        match self {
            Place::Map => Error::invalid(format!("Attributes Reason: Unknown attribute {name}")),
            Place::Single => Error::invalid("AttributeName"),
        }
    }
}

/// The scope of deduplication in a FIFO topic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub(super) enum ThroughputScope {
    #[default]
    #[n(0)]
    Topic,
    #[n(1)]
    MessageGroup,
}

/// What a topic's owner has set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub(super) struct Attributes {
    #[n(0)]
    pub(super) display_name: String,
    /// As given, with sorted keys; `None` is AWS's default.
    #[n(1)]
    pub(super) policy: Option<String>,
    #[n(2)]
    pub(super) delivery_policy: Option<String>,
    /// 1 when not set.
    #[n(3)]
    pub(super) signature_version: Option<u8>,
    #[n(4)]
    pub(super) has_tracing_config: bool,
    #[n(5)]
    pub(super) content_based_deduplication: bool,
    #[n(6)]
    pub(super) throughput_scope: Option<ThroughputScope>,
}

/// Attributes to set; what is not named stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct AttributesPatch(#[n(0)] pub BTreeMap<String, String>);

impl AttributesPatch {
    /// Checks each value and brings it into the form it is kept in.
    pub(super) fn parse(
        topic: &TopicKey,
        place: Place,
        attributes: BTreeMap<String, String>,
    ) -> Result<AttributesPatch, Error> {
        let parsed = attributes.into_iter().map(|(name, value)| {
            let value = parse_one(topic, place, &name, value)?;
            Ok((name, value))
        });
        parsed.collect::<Result<_, Error>>().map(AttributesPatch)
    }

    #[must_use]
    pub(super) fn apply(&self, existing: &Attributes) -> Attributes {
        let mut new = existing.clone();
        for (name, value) in &self.0 {
            let optional = (!value.is_empty()).then(|| value.clone());
            match name.as_str() {
                "DisplayName" => new.display_name.clone_from(value),
                "Policy" => new.policy = optional,
                "DeliveryPolicy" => new.delivery_policy = optional,
                "SignatureVersion" => new.signature_version = value.parse().ok(),
                "TracingConfig" => new.has_tracing_config = true,
                "ContentBasedDeduplication" => new.content_based_deduplication = value == "true",
                "FifoThroughputScope" => {
                    new.throughput_scope = Some(match value.as_str() {
                        "MessageGroup" => ThroughputScope::MessageGroup,
                        _ => ThroughputScope::Topic,
                    });
                }
                _ => {}
            }
        }
        new
    }
}

fn parse_one(topic: &TopicKey, place: Place, name: &str, value: String) -> Result<String, Error> {
    if let Some((_, why)) = UNSUPPORTED.iter().find(|(part, _)| name.ends_with(part)) {
        return Err(place.refuse(&format!("{name} is not supported: {why}")));
    }
    if !SUPPORTED.contains(&name) {
        return Err(place.unknown(name));
    }
    let refuse = |reason: String| Err(place.refuse(&reason));
    match name {
        "DisplayName" => {
            let is_legal = value.chars().count() <= DISPLAY_NAME_CHARACTERS_MAX
                && !value.chars().any(char::is_control);
            if is_legal { Ok(value) } else { Err(place.refuse("DisplayName")) }
        }
        "Policy" if value.is_empty() => Ok(value),
        "Policy" => policy::normalise(&value).map_err(|reason| place.refuse(&reason)),
        "DeliveryPolicy" if value.is_empty() => Ok(value),
        "DeliveryPolicy" => {
            delivery_policy::normalise(&value).map_err(|reason| place.refuse(&reason))
        }
        "SignatureVersion" if ["1", "2"].contains(&value.as_str()) => Ok(value),
        "SignatureVersion" => refuse(format!("SignatureVersion: Invalid value [{value}]")),
        "TracingConfig" if value == "PassThrough" => Ok(value),
        "TracingConfig" if value == "Active" => {
            refuse("TracingConfig: Active is not supported: no trace is recorded here".to_owned())
        }
        "TracingConfig" => refuse(format!("TracingConfig: Invalid value [{value}]")),
        // The name said already which it is; here it can only agree.
        "FifoTopic" if (value == "true") == topic.is_fifo() => Ok(value),
        "FifoTopic" => refuse("FifoTopic cannot be changed".to_owned()),
        "ContentBasedDeduplication" | "FifoThroughputScope" if !topic.is_fifo() => {
            refuse(format!("{name} is only valid for FIFO topics"))
        }
        "ContentBasedDeduplication" => boolean(name, &value)
            .map(|flag| flag.to_string())
            .map_err(|reason| place.refuse(&reason)),
        _ if ["Topic", "MessageGroup"].contains(&value.as_str()) => Ok(value),
        _ => refuse(format!("{name}: Invalid value [{value}]. Must be Topic or MessageGroup.")),
    }
}

/// `true` or `false` in any case, as AWS takes them.
pub(super) fn boolean(name: &str, value: &str) -> Result<bool, String> {
    match value.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(format!("{name}: Invalid value [{value}]. Must be true or false.")),
    }
}

/// How many subscriptions a topic has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct SubscriptionCounts {
    pub(super) confirmed: usize,
    pub(super) pending: usize,
    pub(super) deleted: u64,
}

/// Everything `GetTopicAttributes` shows.
pub(super) fn show(
    key: &TopicKey,
    attributes: &Attributes,
    counts: SubscriptionCounts,
) -> BTreeMap<String, String> {
    let mut shown = BTreeMap::from([
        ("DisplayName", attributes.display_name.clone()),
        (
            "EffectiveDeliveryPolicy",
            delivery_policy::effective(attributes.delivery_policy.as_deref()),
        ),
        ("Owner", key.account.to_string()),
        ("Policy", policy::shown(key, attributes.policy.as_deref())),
        ("SubscriptionsConfirmed", counts.confirmed.to_string()),
        ("SubscriptionsDeleted", counts.deleted.to_string()),
        ("SubscriptionsPending", counts.pending.to_string()),
        ("TopicArn", key.arn().to_string()),
    ]);
    if key.is_fifo() {
        let scope = match attributes.throughput_scope.unwrap_or_default() {
            ThroughputScope::Topic => "Topic",
            ThroughputScope::MessageGroup => "MessageGroup",
        };
        let deduplication = attributes.content_based_deduplication.to_string();
        shown.insert("ContentBasedDeduplication", deduplication);
        shown.insert("FifoThroughputScope", scope.to_owned());
        shown.insert("FifoTopic", "true".to_owned());
    }
    if let Some(policy) = &attributes.delivery_policy {
        shown.insert("DeliveryPolicy", policy.clone());
    }
    if let Some(version) = attributes.signature_version {
        shown.insert("SignatureVersion", version.to_string());
    }
    if attributes.has_tracing_config {
        shown.insert("TracingConfig", "PassThrough".to_owned());
    }
    shown.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
