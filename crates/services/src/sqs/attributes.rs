//! Queue attributes: what may be set, in what range, and how each is shown again.
//!
//! A request's strings become an [`AttributesPatch`] at the door; past it no range is checked
//! twice. What depends on the queue as it stands (the FIFO throughput rule) is checked when the
//! patch is applied.

use super::Error;
use super::model::{
    DELAY_SECONDS_MAX, MESSAGE_BYTES_MAX, QueueKey, VISIBILITY_SECONDS_MAX, WAIT_SECONDS_MAX,
};
use super::policy::{self, RedriveAllowPolicy, RedrivePolicy};
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;
use tidemill_kernel as kernel;

/// The attributes of a queue, all of them known.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Attributes {
    #[n(0)]
    pub visibility_timeout: u32,
    #[n(1)]
    pub maximum_message_size: u32,
    #[n(2)]
    pub message_retention_period: u32,
    #[n(3)]
    pub delay_seconds: u32,
    #[n(4)]
    pub receive_message_wait_time_seconds: u32,
    #[n(5)]
    pub policy: Option<String>,
    #[n(6)]
    pub redrive_policy: Option<RedrivePolicy>,
    #[n(7)]
    pub redrive_allow_policy: Option<RedriveAllowPolicy>,
    #[n(8)]
    pub content_based_deduplication: bool,
    #[n(9)]
    pub deduplication_scope: DeduplicationScope,
    #[n(10)]
    pub fifo_throughput_limit: FifoThroughputLimit,
    #[n(11)]
    pub kms_data_key_reuse_period_seconds: Option<u32>,
    #[n(12)]
    pub sqs_managed_sse_enabled: bool,
}

impl Default for Attributes {
    fn default() -> Attributes {
        Attributes {
            visibility_timeout: 30,
            maximum_message_size: MESSAGE_BYTES_MAX,
            message_retention_period: 345_600,
            delay_seconds: 0,
            receive_message_wait_time_seconds: 0,
            policy: None,
            redrive_policy: None,
            redrive_allow_policy: None,
            content_based_deduplication: false,
            deduplication_scope: DeduplicationScope::Queue,
            fifo_throughput_limit: FifoThroughputLimit::PerQueue,
            kms_data_key_reuse_period_seconds: None,
            sqs_managed_sse_enabled: true,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum DeduplicationScope {
    #[n(0)]
    Queue,
    #[n(1)]
    MessageGroup,
}

/// Throughput is not throttled here; the attribute is kept because it decides which
/// deduplication scopes are legal, and because tools read it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum FifoThroughputLimit {
    #[n(0)]
    PerQueue,
    #[n(1)]
    PerMessageGroupId,
}

/// A change to an attribute that can also be absent: an empty string clears it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Edit<T> {
    #[n(0)]
    Clear,
    #[n(1)]
    Set(#[n(0)] T),
}

impl<T: Clone> Edit<T> {
    fn of(text: &str, parse: impl Fn(&str) -> Result<T, Error>) -> Result<Edit<T>, Error> {
        if text.is_empty() { Ok(Edit::Clear) } else { parse(text).map(Edit::Set) }
    }

    fn value(&self) -> Option<T> {
        match self {
            Edit::Clear => None,
            Edit::Set(value) => Some(value.clone()),
        }
    }
}

/// The attributes a request names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct AttributesPatch {
    #[n(0)]
    pub visibility_timeout: Option<u32>,
    #[n(1)]
    pub maximum_message_size: Option<u32>,
    #[n(2)]
    pub message_retention_period: Option<u32>,
    #[n(3)]
    pub delay_seconds: Option<u32>,
    #[n(4)]
    pub receive_message_wait_time_seconds: Option<u32>,
    #[n(5)]
    pub policy: Option<Edit<String>>,
    #[n(6)]
    pub redrive_policy: Option<Edit<RedrivePolicy>>,
    #[n(7)]
    pub redrive_allow_policy: Option<Edit<RedriveAllowPolicy>>,
    #[n(8)]
    pub content_based_deduplication: Option<bool>,
    #[n(9)]
    pub deduplication_scope: Option<DeduplicationScope>,
    #[n(10)]
    pub fifo_throughput_limit: Option<FifoThroughputLimit>,
    #[n(11)]
    pub kms_data_key_reuse_period_seconds: Option<u32>,
    #[n(12)]
    pub sqs_managed_sse_enabled: Option<bool>,
}

impl AttributesPatch {
    /// Reads the attributes of a request for `key`. `FifoQueue` is not among them: it makes the
    /// queue, and is `CreateQueue`'s to read.
    pub fn parse(key: &QueueKey, map: &BTreeMap<String, String>) -> Result<AttributesPatch, Error> {
        let mut patch = AttributesPatch::default();
        for (name, text) in map {
            patch.read(key, name, text)?;
        }
        Ok(patch)
    }

    fn read(&mut self, key: &QueueKey, name: &str, text: &str) -> Result<(), Error> {
        let is_fifo_only = matches!(
            name,
            "ContentBasedDeduplication" | "DeduplicationScope" | "FifoThroughputLimit"
        );
        if is_fifo_only && !key.is_fifo() {
            return Err(Error::InvalidAttributeName { name: name.to_owned() });
        }
        match name {
            "VisibilityTimeout" => {
                self.visibility_timeout =
                    Some(seconds("VisibilityTimeout", text, 0, VISIBILITY_SECONDS_MAX)?);
            }
            "MaximumMessageSize" => {
                self.maximum_message_size =
                    Some(seconds("MaximumMessageSize", text, 1024, MESSAGE_BYTES_MAX)?);
            }
            "MessageRetentionPeriod" => {
                self.message_retention_period =
                    Some(seconds("MessageRetentionPeriod", text, 60, 1_209_600)?);
            }
            "DelaySeconds" => {
                self.delay_seconds = Some(seconds("DelaySeconds", text, 0, DELAY_SECONDS_MAX)?);
            }
            "ReceiveMessageWaitTimeSeconds" => {
                self.receive_message_wait_time_seconds =
                    Some(seconds("ReceiveMessageWaitTimeSeconds", text, 0, WAIT_SECONDS_MAX)?);
            }
            "Policy" => self.policy = Some(Edit::of(text, policy::normalise)?),
            "RedrivePolicy" => {
                self.redrive_policy = Some(Edit::of(text, |text| RedrivePolicy::parse(key, text))?);
            }
            "RedriveAllowPolicy" => {
                self.redrive_allow_policy = Some(Edit::of(text, RedriveAllowPolicy::parse)?);
            }
            "ContentBasedDeduplication" => {
                self.content_based_deduplication =
                    Some(boolean("ContentBasedDeduplication", text)?);
            }
            "DeduplicationScope" => self.deduplication_scope = Some(scope(text)?),
            "FifoThroughputLimit" => self.fifo_throughput_limit = Some(throughput(text)?),
            "KmsMasterKeyId" => refuse_kms(text)?,
            "KmsDataKeyReusePeriodSeconds" => {
                self.kms_data_key_reuse_period_seconds =
                    Some(seconds("KmsDataKeyReusePeriodSeconds", text, 60, 86_400)?);
            }
            "SqsManagedSseEnabled" => {
                self.sqs_managed_sse_enabled = Some(boolean("SqsManagedSseEnabled", text)?);
            }
            _ => return Err(Error::InvalidAttributeName { name: name.to_owned() }),
        }
        Ok(())
    }

    /// The dead-letter queue that must be looked up before this patch is applied.
    #[must_use]
    pub fn foreign(&self) -> Vec<kernel::Arn> {
        match &self.redrive_policy {
            Some(Edit::Set(policy)) => vec![policy.dead_letter_target.clone()],
            Some(Edit::Clear) | None => Vec::new(),
        }
    }

    /// `attributes` with this patch applied.
    pub fn apply(&self, attributes: &Attributes) -> Result<Attributes, Error> {
        let old = attributes.clone();
        let patched = Attributes {
            visibility_timeout: self.visibility_timeout.unwrap_or(old.visibility_timeout),
            maximum_message_size: self.maximum_message_size.unwrap_or(old.maximum_message_size),
            message_retention_period: self
                .message_retention_period
                .unwrap_or(old.message_retention_period),
            delay_seconds: self.delay_seconds.unwrap_or(old.delay_seconds),
            receive_message_wait_time_seconds: self
                .receive_message_wait_time_seconds
                .unwrap_or(old.receive_message_wait_time_seconds),
            policy: self.policy.as_ref().map_or(old.policy, Edit::value),
            redrive_policy: self.redrive_policy.as_ref().map_or(old.redrive_policy, Edit::value),
            redrive_allow_policy: self
                .redrive_allow_policy
                .as_ref()
                .map_or(old.redrive_allow_policy, Edit::value),
            content_based_deduplication: self
                .content_based_deduplication
                .unwrap_or(old.content_based_deduplication),
            deduplication_scope: self.deduplication_scope.unwrap_or(old.deduplication_scope),
            fifo_throughput_limit: self.fifo_throughput_limit.unwrap_or(old.fifo_throughput_limit),
            kms_data_key_reuse_period_seconds: self
                .kms_data_key_reuse_period_seconds
                .or(old.kms_data_key_reuse_period_seconds),
            sqs_managed_sse_enabled: self
                .sqs_managed_sse_enabled
                .unwrap_or(old.sqs_managed_sse_enabled),
        };
        let is_high_throughput =
            patched.fifo_throughput_limit == FifoThroughputLimit::PerMessageGroupId;
        if is_high_throughput && patched.deduplication_scope == DeduplicationScope::Queue {
            return Err(Error::InvalidAttributeValue {
                name: "FifoThroughputLimit",
                reason: "perMessageGroupId is allowed only when the value for DeduplicationScope \
                         is messageGroup."
                    .to_owned(),
            });
        }
        Ok(patched)
    }
}

impl Attributes {
    /// The first attribute that a repeated `CreateQueue` names with another value.
    #[must_use]
    pub fn difference(&self, patched: &Attributes) -> Option<&'static str> {
        let shown = |attributes: &Attributes| {
            let mut shown = BTreeMap::new();
            attributes.show(true, &mut |name, value| {
                shown.insert(name, value);
            });
            shown
        };
        let (mine, theirs) = (shown(self), shown(patched));
        let names = mine.keys().chain(theirs.keys());
        names.copied().find(|name| mine.get(name) != theirs.get(name))
    }

    /// Every attribute that is set, as the wire shows it.
    pub fn show(&self, is_fifo: bool, emit: &mut impl FnMut(&'static str, String)) {
        emit("VisibilityTimeout", self.visibility_timeout.to_string());
        emit("MaximumMessageSize", self.maximum_message_size.to_string());
        emit("MessageRetentionPeriod", self.message_retention_period.to_string());
        emit("DelaySeconds", self.delay_seconds.to_string());
        emit("ReceiveMessageWaitTimeSeconds", self.receive_message_wait_time_seconds.to_string());
        if let Some(policy) = &self.policy {
            emit("Policy", policy.clone());
        }
        if let Some(policy) = &self.redrive_policy {
            emit("RedrivePolicy", policy.to_json());
        }
        if let Some(policy) = &self.redrive_allow_policy {
            emit("RedriveAllowPolicy", policy.to_json());
        }
        if let Some(seconds) = self.kms_data_key_reuse_period_seconds {
            emit("KmsDataKeyReusePeriodSeconds", seconds.to_string());
        }
        emit("SqsManagedSseEnabled", self.sqs_managed_sse_enabled.to_string());
        if is_fifo {
            emit("ContentBasedDeduplication", self.content_based_deduplication.to_string());
            let scope = match self.deduplication_scope {
                DeduplicationScope::Queue => "queue",
                DeduplicationScope::MessageGroup => "messageGroup",
            };
            emit("DeduplicationScope", scope.to_owned());
            let limit = match self.fifo_throughput_limit {
                FifoThroughputLimit::PerQueue => "perQueue",
                FifoThroughputLimit::PerMessageGroupId => "perMessageGroupId",
            };
            emit("FifoThroughputLimit", limit.to_owned());
        }
    }
}

fn invalid(name: &'static str) -> Error {
    Error::InvalidAttributeValue { name, reason: String::new() }
}

fn seconds(name: &'static str, text: &str, min: u32, max: u32) -> Result<u32, Error> {
    match text.trim().parse() {
        Ok(number) if (min..=max).contains(&number) => Ok(number),
        Ok(_) | Err(_) => Err(invalid(name)),
    }
}

pub(super) fn boolean(name: &'static str, text: &str) -> Result<bool, Error> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(invalid(name)),
    }
}

fn scope(text: &str) -> Result<DeduplicationScope, Error> {
    match text {
        "queue" => Ok(DeduplicationScope::Queue),
        "messageGroup" => Ok(DeduplicationScope::MessageGroup),
        _ => Err(invalid("DeduplicationScope")),
    }
}

fn throughput(text: &str) -> Result<FifoThroughputLimit, Error> {
    match text {
        "perQueue" => Ok(FifoThroughputLimit::PerQueue),
        "perMessageGroupId" => Ok(FifoThroughputLimit::PerMessageGroupId),
        _ => Err(invalid("FifoThroughputLimit")),
    }
}

fn refuse_kms(key: &str) -> Result<(), Error> {
    if key.is_empty() {
        return Ok(());
    }
    Err(Error::InvalidAttributeValue {
        name: "KmsMasterKeyId",
        reason: "Messages are not encrypted with KMS keys here; leave it out.".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use kernel::{AccountId, Region};

    fn check(queue: &str, attributes: &[(&str, &str)], expect: Expect) {
        let key = QueueKey {
            account: AccountId::parse("000000000000").unwrap(),
            region: Region::parse("us-east-1").unwrap(),
            name: queue.to_owned(),
        };
        let mut table = String::new();
        for (name, text) in attributes {
            let map = BTreeMap::from([((*name).to_owned(), (*text).to_owned())]);
            let result = AttributesPatch::parse(&key, &map)
                .and_then(|patch| patch.apply(&Attributes::default()));
            let line = match result {
                Ok(attributes) => {
                    let mut value = "(cleared)".to_owned();
                    attributes.show(key.is_fifo(), &mut |shown, text| {
                        if shown == *name {
                            value = text;
                        }
                    });
                    value
                }
                Err(error) => format!("{}: {error}", error.code()),
            };
            table += &format!("{name}={text} -> {line}\n");
        }
        expect.assert_eq(&table);
    }

    #[test]
    fn attributes_keep_to_their_ranges() {
        check(
            "orders",
            &[
                ("VisibilityTimeout", "0"),
                ("VisibilityTimeout", "43200"),
                ("VisibilityTimeout", "43201"),
                ("VisibilityTimeout", "-1"),
                ("VisibilityTimeout", "soon"),
                ("MaximumMessageSize", "1023"),
                ("MaximumMessageSize", "1024"),
                ("MaximumMessageSize", "1048577"),
                ("MessageRetentionPeriod", "59"),
                ("MessageRetentionPeriod", "1209600"),
                ("DelaySeconds", "901"),
                ("ReceiveMessageWaitTimeSeconds", "21"),
                ("KmsDataKeyReusePeriodSeconds", "59"),
                ("KmsDataKeyReusePeriodSeconds", "300"),
                ("KmsMasterKeyId", ""),
                ("KmsMasterKeyId", "alias/mine"),
                ("SqsManagedSseEnabled", "false"),
                ("SqsManagedSseEnabled", "maybe"),
                ("ContentBasedDeduplication", "true"),
                ("ApproximateNumberOfMessages", "7"),
                ("Colour", "blue"),
            ],
            expect![[r#"
                VisibilityTimeout=0 -> 0
                VisibilityTimeout=43200 -> 43200
                VisibilityTimeout=43201 -> InvalidAttributeValue: Invalid value for the parameter VisibilityTimeout.
                VisibilityTimeout=-1 -> InvalidAttributeValue: Invalid value for the parameter VisibilityTimeout.
                VisibilityTimeout=soon -> InvalidAttributeValue: Invalid value for the parameter VisibilityTimeout.
                MaximumMessageSize=1023 -> InvalidAttributeValue: Invalid value for the parameter MaximumMessageSize.
                MaximumMessageSize=1024 -> 1024
                MaximumMessageSize=1048577 -> InvalidAttributeValue: Invalid value for the parameter MaximumMessageSize.
                MessageRetentionPeriod=59 -> InvalidAttributeValue: Invalid value for the parameter MessageRetentionPeriod.
                MessageRetentionPeriod=1209600 -> 1209600
                DelaySeconds=901 -> InvalidAttributeValue: Invalid value for the parameter DelaySeconds.
                ReceiveMessageWaitTimeSeconds=21 -> InvalidAttributeValue: Invalid value for the parameter ReceiveMessageWaitTimeSeconds.
                KmsDataKeyReusePeriodSeconds=59 -> InvalidAttributeValue: Invalid value for the parameter KmsDataKeyReusePeriodSeconds.
                KmsDataKeyReusePeriodSeconds=300 -> 300
                KmsMasterKeyId= -> (cleared)
                KmsMasterKeyId=alias/mine -> InvalidAttributeValue: Invalid value for the parameter KmsMasterKeyId. Reason: Messages are not encrypted with KMS keys here; leave it out.
                SqsManagedSseEnabled=false -> false
                SqsManagedSseEnabled=maybe -> InvalidAttributeValue: Invalid value for the parameter SqsManagedSseEnabled.
                ContentBasedDeduplication=true -> InvalidAttributeName: Unknown Attribute ContentBasedDeduplication.
                ApproximateNumberOfMessages=7 -> InvalidAttributeName: Unknown Attribute ApproximateNumberOfMessages.
                Colour=blue -> InvalidAttributeName: Unknown Attribute Colour.
            "#]],
        );
    }

    #[test]
    fn fifo_attributes_belong_to_fifo_queues() {
        check(
            "orders.fifo",
            &[
                ("ContentBasedDeduplication", "true"),
                ("DeduplicationScope", "messageGroup"),
                ("DeduplicationScope", "group"),
                ("FifoThroughputLimit", "perQueue"),
                ("FifoThroughputLimit", "perMessageGroupId"),
            ],
            expect![[r#"
                ContentBasedDeduplication=true -> true
                DeduplicationScope=messageGroup -> messageGroup
                DeduplicationScope=group -> InvalidAttributeValue: Invalid value for the parameter DeduplicationScope.
                FifoThroughputLimit=perQueue -> perQueue
                FifoThroughputLimit=perMessageGroupId -> InvalidAttributeValue: Invalid value for the parameter FifoThroughputLimit. Reason: perMessageGroupId is allowed only when the value for DeduplicationScope is messageGroup.
            "#]],
        );
    }

    #[test]
    fn policies_are_normalised_or_refused() {
        let dlq = r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dlq","maxReceiveCount":"3"}"#;
        check(
            "orders",
            &[
                ("Policy", ""),
                ("Policy", "{ \"Version\": \"2012-10-17\",\n \"Statement\": [] }"),
                ("Policy", "[]"),
                ("RedrivePolicy", dlq),
                ("RedrivePolicy", ""),
                ("RedrivePolicy", "3"),
                ("RedrivePolicy", r#"{"maxReceiveCount":3}"#),
                ("RedrivePolicy", &dlq.replace('3', "0")),
                ("RedrivePolicy", &dlq.replace(":dlq", ":dlq.fifo")),
                ("RedrivePolicy", &dlq.replace("us-east-1", "eu-west-1")),
                ("RedriveAllowPolicy", r#"{"redrivePermission":"denyAll"}"#),
                ("RedriveAllowPolicy", r#"{"redrivePermission":"byQueue"}"#),
                (
                    "RedriveAllowPolicy",
                    r#"{"redrivePermission":"byQueue","sourceQueueArns":["arn:aws:sqs:us-east-1:000000000000:a"]}"#,
                ),
                ("RedriveAllowPolicy", r#"{"redrivePermission":"some"}"#),
            ],
            expect![[r#"
                Policy= -> (cleared)
                Policy={ "Version": "2012-10-17",
                 "Statement": [] } -> {"Statement":[],"Version":"2012-10-17"}
                Policy=[] -> InvalidAttributeValue: Invalid value for the parameter Policy.
                RedrivePolicy={"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dlq","maxReceiveCount":"3"} -> {"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dlq","maxReceiveCount":3}
                RedrivePolicy= -> (cleared)
                RedrivePolicy=3 -> InvalidParameterValue: Value 3 for parameter RedrivePolicy is invalid. Reason: Redrive policy is not a valid JSON map.
                RedrivePolicy={"maxReceiveCount":3} -> InvalidParameterValue: Value {"maxReceiveCount":3} for parameter RedrivePolicy is invalid. Reason: Redrive policy does not contain mandatory attribute: deadLetterTargetArn.
                RedrivePolicy={"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dlq","maxReceiveCount":"0"} -> InvalidParameterValue: Value {"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dlq","maxReceiveCount":"0"} for parameter RedrivePolicy is invalid. Reason: Invalid value for maxReceiveCount, valid values are from 1 to 1000 both inclusive.
                RedrivePolicy={"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dlq.fifo","maxReceiveCount":"3"} -> InvalidParameterValue: Value {"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dlq.fifo","maxReceiveCount":"3"} for parameter RedrivePolicy is invalid. Reason: Dead-letter queue must be same type of queue as the source.
                RedrivePolicy={"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:000000000000:dlq","maxReceiveCount":"3"} -> InvalidParameterValue: Value {"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:000000000000:dlq","maxReceiveCount":"3"} for parameter RedrivePolicy is invalid. Reason: Dead letter target owner should be same as the source.
                RedriveAllowPolicy={"redrivePermission":"denyAll"} -> {"redrivePermission":"denyAll"}
                RedriveAllowPolicy={"redrivePermission":"byQueue"} -> InvalidParameterValue: Value {"redrivePermission":"byQueue"} for parameter RedriveAllowPolicy is invalid. Reason: byQueue takes 1 to 10 sourceQueueArns, other permissions take none.
                RedriveAllowPolicy={"redrivePermission":"byQueue","sourceQueueArns":["arn:aws:sqs:us-east-1:000000000000:a"]} -> {"redrivePermission":"byQueue","sourceQueueArns":["arn:aws:sqs:us-east-1:000000000000:a"]}
                RedriveAllowPolicy={"redrivePermission":"some"} -> InvalidParameterValue: Value {"redrivePermission":"some"} for parameter RedriveAllowPolicy is invalid. Reason: redrivePermission must be allowAll, denyAll or byQueue.
            "#]],
        );
    }
}
