//! `SendMessage`: one message, checked and encoded at the edge, placed by the core.

use super::model::{DELAY_SECONDS_MAX, MESSAGE_BYTES_MAX, Md5};
use super::record::{Record, md5_of_body, sha256_of_body};
use super::wishes::Wishes;
use super::{Error, NewMessage, QueueKey, Reply, Sent, State};
use crate::Work;
use kernel::{AttributeValue, Caller, MessageAttribute, Outcome, Turn};
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;
use tidemill_aws::generated::sqs::{
    MessageAttributeValue, MessageSystemAttributeValue, SendMessageInput, SendMessageOutput,
};
use tidemill_kernel as kernel;

pub(super) const ATTRIBUTES_MAX: usize = 10;
const ATTRIBUTE_NAME_LENGTH_MAX: usize = 256;
const ID_LENGTH_MAX: usize = 128;
const NUMBER_DIGITS_MAX: usize = 38;
const NUMBER_SIZES: std::ops::RangeInclusive<i32> = -128..=126;
const TRACE_HEADER: &str = "AWSTraceHeader";

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct SendMessage {
    #[n(0)]
    pub queue: QueueKey,
    #[n(1)]
    pub message: NewMessage,
}

pub(super) fn decode(input: SendMessageInput, caller: &Caller) -> Result<Work, Error> {
    let SendMessageInput {
        delay_seconds,
        message_attributes,
        message_body,
        message_deduplication_id,
        message_group_id,
        message_system_attributes,
        queue_url,
    } = input;
    let queue = QueueKey::from_url(caller, &queue_url)?;
    let draft = Draft {
        delay_seconds,
        message_attributes,
        message_body,
        message_deduplication_id,
        message_group_id,
        message_system_attributes,
    };
    let body_digest = md5_of_body(&draft.message_body);
    let message = draft.decode(&queue, caller, body_digest)?;
    let partition = queue.partition();
    let command = super::Command::SendMessage(SendMessage { queue, message });
    Ok(Work::Command(partition, crate::Command::Sqs(command)))
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: SendMessage,
) -> Result<Outcome<Reply>, Error> {
    let queue = state.queue_mut(turn.now(), &command.queue)?;
    let sent = queue.send(turn, command.message)?;
    // A duplicate is answered, but there is nothing new to receive.
    if turn.has_changed() {
        queue.wake(turn);
    }
    Ok(Outcome::Done(Reply::Sent(sent)))
}

pub(super) fn encode(reply: Reply) -> SendMessageOutput {
    let Reply::Sent(sent) = reply else { super::mismatch("SendMessage", &reply) };
    let Sent { message_id, digests, sequence_number } = sent;
    SendMessageOutput {
        md5_of_message_attributes: digests.attributes.map(|md5| md5.to_string()),
        md5_of_message_body: Some(digests.body.to_string()),
        md5_of_message_system_attributes: digests.system_attributes.map(|md5| md5.to_string()),
        message_id: Some(message_id.to_string()),
        sequence_number: sequence_number.map(|number| number.to_string()),
    }
}

/// What `SendMessage` and an entry of `SendMessageBatch` have in common on the wire.
pub(super) struct Draft {
    pub(super) delay_seconds: Option<i32>,
    pub(super) message_attributes: Option<BTreeMap<String, MessageAttributeValue>>,
    pub(super) message_body: String,
    pub(super) message_deduplication_id: Option<String>,
    pub(super) message_group_id: Option<String>,
    pub(super) message_system_attributes: Option<BTreeMap<String, MessageSystemAttributeValue>>,
}

impl Draft {
    pub(super) fn decode(
        self,
        queue: &QueueKey,
        caller: &Caller,
        body_digest: Md5,
    ) -> Result<NewMessage, Error> {
        if self.message_body.is_empty() {
            return Err(Error::MissingParameter { name: "MessageBody".to_owned() });
        }
        check_characters(&self.message_body, "message body")?;
        let delay_seconds = self.delay_seconds.map(decode_delay).transpose()?;
        check_id("MessageGroupId", self.message_group_id.as_deref())?;
        check_id("MessageDeduplicationId", self.message_deduplication_id.as_deref())?;
        let record = Record {
            body: self.message_body,
            attributes: decode_attributes(self.message_attributes.unwrap_or_default())?,
            sender_id: sender_id(caller),
            trace_header: decode_trace_header(self.message_system_attributes.unwrap_or_default())?,
            group_id: self.message_group_id,
            deduplication_id: self.message_deduplication_id,
            dead_letter_source: None,
            message_id: None,
            trail: None,
        };
        let size = u32::try_from(record.size()).unwrap_or(u32::MAX);
        if size > MESSAGE_BYTES_MAX {
            return Err(Error::InvalidParameter {
                reason: format!(
                    "One or more parameters are invalid. Reason: Message must be shorter than \
                     {MESSAGE_BYTES_MAX} bytes."
                ),
            });
        }
        let wishes = Wishes::read(&record.attributes, queue.is_fifo())?;
        let goes_by_content = queue.is_fifo() && record.deduplication_id.is_none();
        Ok(NewMessage {
            size,
            delay_seconds,
            group_id: record.group_id.clone(),
            deduplication_id: record.deduplication_id.clone(),
            content_digest: goes_by_content.then(|| sha256_of_body(&record.body)),
            digests: record.digests(body_digest),
            record: record.encode(),
            priority: wishes.priority,
            deliver_at: wishes.deliver_at,
            dedupe_window_seconds: wishes.dedupe_window_seconds,
        })
    }
}

/// Who sent it, as receivers are told: the account, or what follows it in the caller's ARN.
fn sender_id(caller: &Caller) -> String {
    match caller.principal.rsplit(':').next() {
        Some("root") | None => caller.account.to_string(),
        Some(resource) => resource.split_once('/').map_or(resource, |(_, name)| name).to_owned(),
    }
}

fn decode_delay(seconds: i32) -> Result<u32, Error> {
    u32::try_from(seconds).ok().filter(|seconds| *seconds <= DELAY_SECONDS_MAX).ok_or_else(|| {
        Error::InvalidParameterValue {
            parameter: "DelaySeconds",
            value: seconds.to_string(),
            reason: "DelaySeconds must be >= 0 and <= 900.".to_owned(),
        }
    })
}

/// 1 to 128 letters, digits and punctuation marks.
pub(super) fn check_id(parameter: &'static str, id: Option<&str>) -> Result<(), Error> {
    let is_legal = |id: &str| {
        (1..=ID_LENGTH_MAX).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
    };
    match id {
        Some(id) if !is_legal(id) => Err(Error::InvalidParameterValue {
            parameter,
            value: id.to_owned(),
            reason: format!(
                "{parameter} can only include alphanumeric and punctuation characters. 1 to 128 \
                 in length."
            ),
        }),
        Some(_) | None => Ok(()),
    }
}

/// XML 1.0's characters, which the query protocol must be able to carry.
pub(super) fn check_characters(text: &str, place: &'static str) -> Result<(), Error> {
    // Nearly every message is plain ASCII. Without a way out in the middle the compiler looks at
    // sixteen bytes at a time.
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r');
    if text.bytes().fold(true, |plain, byte| plain & is_plain(byte)) {
        return Ok(());
    }
    let illegal = text.chars().find(|character| {
        !matches!(character,
            '\u{9}' | '\u{a}' | '\u{d}' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}'
            | '\u{10000}'..='\u{10ffff}')
    });
    match illegal {
        Some(character) => {
            Err(Error::InvalidMessageContents { character: u32::from(character), place })
        }
        None => Ok(()),
    }
}

pub(super) fn decode_attributes(
    wire: BTreeMap<String, MessageAttributeValue>,
) -> Result<Vec<MessageAttribute>, Error> {
    if wire.len() > ATTRIBUTES_MAX {
        return Err(Error::InvalidParameter {
            reason: format!(
                "Number of message attributes [{}] exceeds the allowed maximum [{ATTRIBUTES_MAX}].",
                wire.len()
            ),
        });
    }
    wire.into_iter().map(|(name, value)| decode_attribute(name, value)).collect()
}

fn decode_attribute(name: String, wire: MessageAttributeValue) -> Result<MessageAttribute, Error> {
    let MessageAttributeValue {
        binary_list_values,
        binary_value,
        data_type,
        string_list_values,
        string_value,
    } = wire;
    check_attribute_name(&name)?;
    if binary_list_values.is_some_and(|list| !list.is_empty())
        || string_list_values.is_some_and(|list| !list.is_empty())
    {
        return Err(Error::UnsupportedOperation {
            reason: "Message attribute list values in SendMessage operation are not supported."
                .to_owned(),
        });
    }
    let value = decode_value(&name, &data_type, string_value, binary_value)?;
    Ok(MessageAttribute { name, data_type, value })
}

fn decode_value(
    name: &str,
    data_type: &str,
    text: Option<String>,
    binary: Option<bytes::Bytes>,
) -> Result<AttributeValue, Error> {
    let invalid = |what: String| Error::InvalidParameter {
        reason: format!("The message attribute '{name}' {what}"),
    };
    if data_type.is_empty() || data_type.len() > ATTRIBUTE_NAME_LENGTH_MAX {
        return Err(invalid(
            "must contain a message attribute type of 1 to 256 characters.".to_owned(),
        ));
    }
    let empty = || {
        invalid(format!(
            "must contain a non-empty value of the message attribute type '{data_type}'."
        ))
    };
    match data_type.split('.').next() {
        Some("Binary") => match (binary, text) {
            (Some(bytes), None) if !bytes.is_empty() => Ok(AttributeValue::Binary(bytes)),
            (_, _) => Err(empty()),
        },
        Some(kind @ ("String" | "Number")) => match (text, binary) {
            (Some(text), None) if !text.is_empty() => {
                check_characters(&text, "message attribute value")?;
                if kind == "Number" && !is_number(&text) {
                    return Err(Error::InvalidParameter {
                        reason: format!(
                            "Can't cast the value of message (user) attribute '{name}' to a number."
                        ),
                    });
                }
                Ok(AttributeValue::Text(text))
            }
            (_, _) => Err(empty()),
        },
        Some(_) | None => Err(invalid(
            "has an invalid message attribute type, the set of supported type prefixes is \
             Binary, Number, and String."
                .to_owned(),
        )),
    }
}

/// A number as AWS takes it: at most 38 digits that count, between 10^-128 and 10^126 in size.
fn is_number(text: &str) -> bool {
    let text = text.trim();
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()),
        None => (unsigned, Some(0)),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = || whole.bytes().chain(fraction.bytes());
    let (Some(exponent), true, true) =
        (exponent, digits().all(|digit| digit.is_ascii_digit()), digits().next().is_some())
    else {
        return false;
    };
    let Some(leading) = digits().position(|digit| digit != b'0') else { return true };
    let trailing = digits().rev().take_while(|digit| *digit == b'0').count();
    let counting = digits().count() - leading - trailing;
    let length = |count: usize| i32::try_from(count).unwrap_or(i32::MAX / 2);
    // The power of ten of the first digit that counts.
    let size = exponent.saturating_add(length(whole.len())).saturating_sub(length(leading) + 1);
    counting <= NUMBER_DIGITS_MAX && NUMBER_SIZES.contains(&size)
}

fn check_attribute_name(name: &str) -> Result<(), Error> {
    let lower = name.to_ascii_lowercase();
    let is_legal = (1..=ATTRIBUTE_NAME_LENGTH_MAX).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
        && !name.starts_with('.')
        && !name.ends_with('.')
        && !name.contains("..")
        && !lower.starts_with("aws.")
        && !lower.starts_with("amazon.");
    if is_legal {
        return Ok(());
    }
    Err(Error::InvalidParameter {
        reason: format!(
            "The message attribute name '{name}' is invalid. Attribute name can contain A-Z, \
             a-z, 0-9, underscore (_), hyphen (-), and period (.) characters, must not start or \
             end with a period, hold two in succession, or start with AWS. or Amazon."
        ),
    })
}

fn decode_trace_header(
    wire: BTreeMap<String, MessageSystemAttributeValue>,
) -> Result<Option<String>, Error> {
    let mut header = None;
    for (name, value) in wire {
        let MessageSystemAttributeValue { data_type, string_value, .. } = value;
        if name != TRACE_HEADER {
            return Err(Error::InvalidParameter {
                reason: format!(
                    "Message system attribute name '{name}' is not valid, supported names are \
                     [{TRACE_HEADER}]."
                ),
            });
        }
        let text = string_value.filter(|text| data_type == "String" && !text.is_empty());
        let text = text.ok_or_else(|| Error::InvalidParameter {
            reason: format!(
                "The message system attribute '{TRACE_HEADER}' must contain a non-empty value of \
                 the type 'String'."
            ),
        })?;
        header = Some(text);
    }
    Ok(header)
}

#[cfg(test)]
mod tests {
    use super::super::script::check;
    use expect_test::expect;

    #[test]
    fn a_sent_message_reads_back_whole() {
        check(
            r#"
            @1700000000000 create orders
            @1700000000000 call SendMessage {"QueueUrl":"$orders","MessageBody":"hello","MessageGroupId":"fair","MessageAttributes":{"num":{"DataType":"Number.int","StringValue":"42"},"raw":{"DataType":"Binary","BinaryValue":"AAEC"},"a.b":{"DataType":"String","StringValue":"x"}},"MessageSystemAttributes":{"AWSTraceHeader":{"DataType":"String","StringValue":"Root=1"}}}
            @1700000000005 call ReceiveMessage {"QueueUrl":"$orders","VisibilityTimeout":0,"AttributeNames":["All"],"MessageAttributeNames":["All"]}
            @1700000000006 call ReceiveMessage {"QueueUrl":"$orders","VisibilityTimeout":0,"AttributeNames":["SenderId"],"MessageAttributeNames":["a.*"]}
            @1700000000007 call ReceiveMessage {"QueueUrl":"$orders"}
            "#,
            expect![[r#"
                @1700000000000 create orders                     -> created
                @1700000000000 call SendMessage {"QueueUrl":"$orders","MessageBody":"hello","MessageGroupId":"fair","MessageAttributes":{"num":{"DataType":"Number.int","StringValue":"42"},"raw":{"DataType":"Binary","BinaryValue":"AAEC"},"a.b":{"DataType":"String","StringValue":"x"}},"MessageSystemAttributes":{"AWSTraceHeader":{"DataType":"String","StringValue":"Root=1"}}} -> {"MD5OfMessageAttributes":"e7f1309cd5ebaff9e71bb3e93adf6947","MD5OfMessageBody":"5d41402abc4b2a76b9719d911017c592","MD5OfMessageSystemAttributes":"d6619b3d47b81d3fc72c0db005a70eda","MessageId":"…"}
                @1700000000005 call ReceiveMessage {"QueueUrl":"$orders","VisibilityTimeout":0,"AttributeNames":["All"],"MessageAttributeNames":["All"]} -> {"Messages":[{"Attributes":{"AWSTraceHeader":"Root=1","ApproximateFirstReceiveTimestamp":"1700000000005","ApproximateReceiveCount":"1","MessageGroupId":"fair","SenderId":"000000000000","SentTimestamp":"1700000000000"},"Body":"hello","MD5OfBody":"5d41402abc4b2a76b9719d911017c592","MD5OfMessageAttributes":"e7f1309cd5ebaff9e71bb3e93adf6947","MessageAttributes":{"a.b":{"DataType":"String","StringValue":"x"},"num":{"DataType":"Number.int","StringValue":"42"},"raw":{"BinaryValue":"AAEC","DataType":"Binary"}},"MessageId":"…","ReceiptHandle":"…"}]}
                @1700000000006 call ReceiveMessage {"QueueUrl":"$orders","VisibilityTimeout":0,"AttributeNames":["SenderId"],"MessageAttributeNames":["a.*"]} -> {"Messages":[{"Attributes":{"SenderId":"000000000000"},"Body":"hello","MD5OfBody":"5d41402abc4b2a76b9719d911017c592","MD5OfMessageAttributes":"406559c19347927c97f4e25c09faa26a","MessageAttributes":{"a.b":{"DataType":"String","StringValue":"x"}},"MessageId":"…","ReceiptHandle":"…"}]}
                @1700000000007 call ReceiveMessage {"QueueUrl":"$orders"} -> hello()
            "#]],
        );
    }

    #[test]
    fn a_message_keeps_to_its_limits() {
        check(
            r#"
            @0 create orders MaximumMessageSize=1024
            @0 create orders.fifo FifoQueue=true
            @0 send none hello
            @0 send orders
            @0 call SendMessage {"QueueUrl":"$orders","MessageBody":"bell\u0007"}
            @0 send orders late DelaySeconds=901
            @0 send orders late DelaySeconds=-1
            @0 send orders once MessageDeduplicationId=x
            @0 call SendMessage {"QueueUrl":"$orders","MessageBody":"x","MessageGroupId":"a b"}
            @0 call SendMessage {"QueueUrl":"$orders","MessageBody":"x","MessageAttributes":{"AWS.x":{"DataType":"String","StringValue":"1"}}}
            @0 call SendMessage {"QueueUrl":"$orders","MessageBody":"x","MessageAttributes":{"x":{"DataType":"Text","StringValue":"1"}}}
            @0 call SendMessage {"QueueUrl":"$orders","MessageBody":"x","MessageAttributes":{"x":{"DataType":"String","StringValue":""}}}
            @0 call SendMessage {"QueueUrl":"$orders","MessageBody":"x","MessageAttributes":{"x":{"DataType":"Number","StringValue":"many"}}}
            @0 call SendMessage {"QueueUrl":"$orders","MessageBody":"x","MessageAttributes":{"x":{"DataType":"String","StringListValues":["1"]}}}
            @0 call SendMessage {"QueueUrl":"$orders","MessageBody":"x","MessageSystemAttributes":{"Other":{"DataType":"String","StringValue":"1"}}}
            @0 send orders.fifo x
            @0 send orders.fifo x MessageGroupId=g
            @0 send orders.fifo x MessageGroupId=g MessageDeduplicationId=d DelaySeconds=1
            "#,
            expect![[r#"
                @0 create orders MaximumMessageSize=1024         -> created
                @0 create orders.fifo FifoQueue=true             -> created
                @0 send none hello                               -> 400 AWS.SimpleQueueService.NonExistentQueue: The specified queue does not exist.
                @0 send orders                                   -> 400 MissingParameter: The request must contain the parameter MessageBody.
                @0 call SendMessage {"QueueUrl":"$orders","MessageBody":"bell\u0007"} -> 400 InvalidMessageContents: Invalid binary character '#x7' was found in the message body, the set of allowed characters is #x9 | #xA | #xD | [#x20 to #xD7FF] | [#xE000 to #xFFFD] | [#x10000 to #x10FFFF]
                @0 send orders late DelaySeconds=901             -> 400 InvalidParameterValue: Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.
                @0 send orders late DelaySeconds=-1              -> 400 InvalidParameterValue: Value -1 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.
                @0 send orders once MessageDeduplicationId=x     -> 400 InvalidParameterValue: Value x for parameter MessageDeduplicationId is invalid. Reason: The request include parameter that is not valid for this queue type
                @0 call SendMessage {"QueueUrl":"$orders","MessageBody":"x","MessageGroupId":"a b"} -> 400 InvalidParameterValue: Value a b for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.
                @0 call SendMessage {"QueueUrl":"$orders","MessageBody":"x","MessageAttributes":{"AWS.x":{"DataType":"String","StringValue":"1"}}} -> 400 InvalidParameterValue: The message attribute name 'AWS.x' is invalid. Attribute name can contain A-Z, a-z, 0-9, underscore (_), hyphen (-), and period (.) characters, must not start or end with a period, hold two in succession, or start with AWS. or Amazon.
                @0 call SendMessage {"QueueUrl":"$orders","MessageBody":"x","MessageAttributes":{"x":{"DataType":"Text","StringValue":"1"}}} -> 400 InvalidParameterValue: The message attribute 'x' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.
                @0 call SendMessage {"QueueUrl":"$orders","MessageBody":"x","MessageAttributes":{"x":{"DataType":"String","StringValue":""}}} -> 400 InvalidParameterValue: The message attribute 'x' must contain a non-empty value of the message attribute type 'String'.
                @0 call SendMessage {"QueueUrl":"$orders","MessageBody":"x","MessageAttributes":{"x":{"DataType":"Number","StringValue":"many"}}} -> 400 InvalidParameterValue: Can't cast the value of message (user) attribute 'x' to a number.
                @0 call SendMessage {"QueueUrl":"$orders","MessageBody":"x","MessageAttributes":{"x":{"DataType":"String","StringListValues":["1"]}}} -> 400 AWS.SimpleQueueService.UnsupportedOperation: Message attribute list values in SendMessage operation are not supported.
                @0 call SendMessage {"QueueUrl":"$orders","MessageBody":"x","MessageSystemAttributes":{"Other":{"DataType":"String","StringValue":"1"}}} -> 400 InvalidParameterValue: Message system attribute name 'Other' is not valid, supported names are [AWSTraceHeader].
                @0 send orders.fifo x                            -> 400 MissingParameter: The request must contain the parameter MessageGroupId.
                @0 send orders.fifo x MessageGroupId=g           -> 400 InvalidParameterValue: The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly
                @0 send orders.fifo x MessageGroupId=g MessageDeduplicationId=d DelaySeconds=1 -> 400 InvalidParameterValue: Value 1 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type
            "#]],
        );
    }

    #[test]
    fn a_number_has_38_digits_and_a_size() {
        let digits = |count: usize| "7".repeat(count);
        for (text, is_number) in [
            ("0", true),
            (" -12.50 ", true),
            (".5", true),
            ("5.", true),
            ("1e3", true),
            ("0000000000000000000000000000000000000000001", true),
            (&digits(38), true),
            (&digits(39), false),
            (&format!("0.00{}", digits(38)), true),
            (&format!("0.00{}", digits(39)), false),
            ("1e126", true),
            ("1e127", false),
            ("10e126", false),
            ("1e-128", true),
            ("0.1e-128", false),
            ("1e99999999999", false),
            ("", false),
            (".", false),
            ("-", false),
            ("1e", false),
            ("inf", false),
            ("NaN", false),
            ("0x10", false),
            ("1_000", false),
        ] {
            assert_eq!(super::is_number(text), is_number, "{text}");
        }
    }

    #[test]
    fn a_duplicate_within_five_minutes_is_the_same_message() {
        check(
            r#"
            @0      create orders.fifo FifoQueue=true ContentBasedDeduplication=true
            @0      send orders.fifo a MessageGroupId=g
            @1      send orders.fifo a MessageGroupId=h
            @2      send orders.fifo b MessageGroupId=g MessageDeduplicationId=ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb
            @3      restart
            @4      send orders.fifo a MessageGroupId=g
            @5      receive orders.fifo MaxNumberOfMessages=10
            @6      delete orders.fifo a
            @299999 send orders.fifo a MessageGroupId=g
            @300000 send orders.fifo a MessageGroupId=g
            @300000 tick
            @300001 receive orders.fifo MaxNumberOfMessages=10
            "#,
            expect![[r#"
                @0      create orders.fifo FifoQueue=true ContentBasedDeduplication=true -> created
                @0      send orders.fifo a MessageGroupId=g      -> sent #1
                @1      send orders.fifo a MessageGroupId=h      -> sent #1
                @2      send orders.fifo b MessageGroupId=g MessageDeduplicationId=ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb -> sent #1
                @3      restart                                  -> restarted
                @4      send orders.fifo a MessageGroupId=g      -> sent #1
                @5      receive orders.fifo MaxNumberOfMessages=10 -> a(1)
                @6      delete orders.fifo a                     -> done
                @299999 send orders.fifo a MessageGroupId=g      -> sent #1
                @300000 send orders.fifo a MessageGroupId=g      -> sent #2
                @300000 tick                                     -> next @600000
                @300001 receive orders.fifo MaxNumberOfMessages=10 -> a(1)
            "#]],
        );
    }

    #[test]
    fn deduplication_may_be_each_groups_own() {
        check(
            r#"
            @0 create orders.fifo FifoQueue=true ContentBasedDeduplication=true DeduplicationScope=messageGroup
            @0 send orders.fifo a MessageGroupId=g
            @0 send orders.fifo a MessageGroupId=h
            @0 send orders.fifo a MessageGroupId=g
            "#,
            expect![[r#"
                @0 create orders.fifo FifoQueue=true ContentBasedDeduplication=true DeduplicationScope=messageGroup -> created
                @0 send orders.fifo a MessageGroupId=g           -> sent #1
                @0 send orders.fifo a MessageGroupId=h           -> sent #2
                @0 send orders.fifo a MessageGroupId=g           -> sent #1
            "#]],
        );
    }
}
