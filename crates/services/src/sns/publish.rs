//! `Publish`: one message, checked at the door, numbered and sent on by the core.

use super::fan_out::{Budget, FANNING_OUT_MAX};
use super::model::{
    MESSAGE_BYTES_MAX, NewMessage, Notice, Protocol, Published, Texts, TopicKey, attribute_size,
    sequence_number,
};
use super::topic::Topic;
use super::{Error, Reply, State};
use crate::Work;
use crate::duplicates::Key;
use crate::sns::attributes::ThroughputScope;
use kernel::{AttributeValue, Caller, MessageAttribute, Outcome, Turn, hex};
use minicbor::{Decode, Encode};
use serde_json::Value;
use sha2::Digest as _;
use std::collections::BTreeMap;
use tidemill_aws::generated::sns::{MessageAttributeValue, PublishInput, PublishOutput};
use tidemill_kernel as kernel;

const SUBJECT_CHARACTERS_MAX: usize = 100;
const ID_LENGTH_MAX: usize = 128;
const ATTRIBUTE_NAME_LENGTH_MAX: usize = 256;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Publish {
    #[n(0)]
    pub topic: TopicKey,
    #[n(1)]
    pub message: NewMessage,
}

pub(super) fn decode(
    input: PublishInput,
    caller: &Caller,
    trace_header: Option<&str>,
) -> Result<Work, Error> {
    let PublishInput {
        message,
        message_attributes,
        message_deduplication_id,
        message_group_id,
        message_structure,
        phone_number,
        subject,
        target_arn,
        topic_arn,
    } = input;
    if phone_number.is_some() {
        return Err(Error::invalid("PhoneNumber Reason: text messages are not sent here"));
    }
    let topic = match (topic_arn, target_arn) {
        (Some(arn), None) => TopicKey::read(caller, "TopicArn", &arn)?,
        (None, Some(arn)) => TopicKey::read(caller, "TargetArn", &arn)?,
        (None, None) => {
            return Err(Error::invalid(
                "TopicArn or TargetArn Reason: no value for required parameter",
            ));
        }
        (Some(_), Some(_)) => {
            return Err(Error::invalid("TopicArn Reason: Both TopicArn and TargetArn specified"));
        }
    };
    let draft = Draft {
        message,
        message_attributes,
        message_deduplication_id,
        message_group_id,
        message_structure,
        subject,
    };
    let (message, bytes) = draft.decode(&topic, trace_header)?;
    if bytes > MESSAGE_BYTES_MAX {
        return Err(Error::invalid("Message too long"));
    }
    let partition = topic.partition();
    let command = super::Command::Publish(Publish { topic, message });
    Ok(Work::Command(partition, crate::Command::Sns(command)))
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: Publish,
) -> Result<Outcome<Reply>, Error> {
    let Publish { topic, message } = command;
    check_backlog(state, &topic)?;
    let published = publish(state, turn, &topic, message, &mut Budget::default())?;
    Ok(Outcome::Done(Reply::Published(published)))
}

/// Numbers a message and sends it on. A duplicate changes nothing and is told what its original
/// was.
pub(super) fn publish(
    state: &mut State,
    turn: &mut Turn<'_>,
    key: &TopicKey,
    mut message: NewMessage,
    budget: &mut Budget,
) -> Result<Published, Error> {
    let topic = state.topic(key)?;
    let deduplication_id = check(topic, &message)?.map(str::to_owned);
    let duplicate_key =
        deduplication_id.as_deref().map(|id| duplicate_key(turn, topic, &message, id));
    let published = |message_id, sequence| Published {
        message_id,
        sequence_number: key.is_fifo().then(|| sequence_number(sequence)),
    };
    if let Some(sequence) = duplicate_key.and_then(|key| topic.original(turn, &key)) {
        return Ok(published(topic.message_id(turn, sequence), sequence));
    }
    message.deduplication_id = deduplication_id;
    let topic = state.topic_mut(key)?;
    let sequence = topic.next_sequence(turn);
    let message_id = topic.message_id(turn, sequence);
    if let Some(key) = &duplicate_key {
        let before = topic.forgetting();
        topic.remember(turn, key, sequence);
        let after = topic.forgetting();
        state.reschedule(before, after);
    }
    let notice = Notice {
        topic: key.clone(),
        message_id,
        sequence,
        published: turn.now(),
        message,
        signatures: None,
    };
    state.fan_out(turn, notice, budget);
    Ok(published(message_id, sequence))
}

/// Whether the topic takes such a message; under which deduplication id, if it is FIFO.
pub(super) fn check<'a>(topic: &Topic, message: &'a NewMessage) -> Result<Option<&'a str>, Error> {
    if !topic.key().is_fifo() {
        return match message.deduplication_id {
            None => Ok(None),
            Some(_) => Err(Error::invalid(
                "MessageDeduplicationId Reason: The request includes MessageDeduplicationId \
                 parameter that is not valid for this topic type",
            )),
        };
    }
    if message.group_id.is_none() {
        return Err(Error::invalid("The MessageGroupId parameter is required for FIFO topics"));
    }
    let by_content = || {
        let attributes = &topic.settings.attributes;
        message.content_digest.as_ref().filter(|_| attributes.content_based_deduplication)
    };
    match message.deduplication_id.as_ref().or_else(by_content) {
        Some(id) => Ok(Some(id)),
        None => Err(Error::invalid(
            "The topic should either have ContentBasedDeduplication enabled or \
             MessageDeduplicationId provided explicitly",
        )),
    }
}

/// Makes publishers wait while too much is on its way already. A FIFO topic leaves nothing behind.
/// Not asked of what other services publish: they could not try again.
pub(super) fn check_backlog(state: &State, key: &TopicKey) -> Result<(), Error> {
    let pending = state.cursors.len();
    if pending >= FANNING_OUT_MAX && !key.is_fifo() {
        return Err(Error::Throttling { pending });
    }
    state.check_unsigned()
}

fn duplicate_key(turn: &Turn<'_>, topic: &Topic, message: &NewMessage, id: &str) -> Key {
    let group = match topic.settings.attributes.throughput_scope.unwrap_or_default() {
        ThroughputScope::Topic => None,
        ThroughputScope::MessageGroup => message.group_id.as_deref(),
    };
    Topic::duplicate_key(turn, group, id)
}

pub(super) fn encode(reply: Reply) -> PublishOutput {
    let Reply::Published(published) = reply else { super::mismatch("Publish", &reply) };
    PublishOutput {
        message_id: Some(published.message_id.to_string()),
        sequence_number: published.sequence_number.map(|number| number.to_string()),
    }
}

/// What `Publish` and an entry of `PublishBatch` have in common on the wire.
pub(super) struct Draft {
    pub(super) message: String,
    pub(super) message_attributes: Option<BTreeMap<String, MessageAttributeValue>>,
    pub(super) message_deduplication_id: Option<String>,
    pub(super) message_group_id: Option<String>,
    pub(super) message_structure: Option<String>,
    pub(super) subject: Option<String>,
}

impl Draft {
    /// Checks everything but the size, which is given back: a batch counts it as a whole. It is
    /// that of the text as it was sent, with the parts for protocols that nobody is reached by.
    pub(super) fn decode(
        self,
        topic: &TopicKey,
        trace_header: Option<&str>,
    ) -> Result<(NewMessage, usize), Error> {
        if self.message.is_empty() {
            return Err(Error::invalid("Empty message"));
        }
        check_subject(self.subject.as_deref())?;
        check_id("MessageGroupId", self.message_group_id.as_deref())?;
        check_id("MessageDeduplicationId", self.message_deduplication_id.as_deref())?;
        let attributes = decode_attributes(self.message_attributes.unwrap_or_default())?;
        let needs_digest = topic.is_fifo() && self.message_deduplication_id.is_none();
        let content_digest = needs_digest.then(|| digest(&self.message));
        let bytes = self.message.len() + attributes.iter().map(attribute_size).sum::<usize>();
        let message = NewMessage {
            texts: decode_texts(self.message, self.message_structure.as_deref())?,
            subject: self.subject,
            attributes,
            group_id: self.message_group_id,
            deduplication_id: self.message_deduplication_id,
            content_digest,
            trace_header: trace_header.map(str::to_owned),
        };
        Ok((message, bytes))
    }
}

/// The SHA-256 of a message in hexadecimal: its deduplication id when the topic goes by content.
pub(super) fn digest(message: &str) -> String {
    hex::encode(&sha2::Sha256::digest(message))
}

fn check_subject(subject: Option<&str>) -> Result<(), Error> {
    let is_legal = |subject: &str| {
        (1..=SUBJECT_CHARACTERS_MAX).contains(&subject.chars().count())
            && !subject.chars().any(char::is_control)
    };
    match subject {
        Some(subject) if !is_legal(subject) => Err(Error::invalid("Subject")),
        Some(_) | None => Ok(()),
    }
}

fn check_id(parameter: &'static str, id: Option<&str>) -> Result<(), Error> {
    let is_legal = |id: &str| {
        (1..=ID_LENGTH_MAX).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
    };
    match id {
        Some(id) if !is_legal(id) => Err(Error::invalid(format!(
            "{parameter} Reason: {parameter} can only include alphanumeric and punctuation \
             characters. 1 to {ID_LENGTH_MAX} in length."
        ))),
        Some(_) | None => Ok(()),
    }
}

fn decode_texts(message: String, structure: Option<&str>) -> Result<Texts, Error> {
    match structure {
        None | Some("") => {
            return Ok(Texts { default: message, by_protocol: BTreeMap::new() });
        }
        Some("json") => {}
        Some(_) => return Err(Error::invalid("MessageStructure")),
    }
    let Ok(Value::Object(mut object)) = serde_json::from_str(&message) else {
        return Err(Error::invalid("Message Structure - JSON message body failed to parse"));
    };
    let mut text = |name: &str| match object.remove(name) {
        Some(Value::String(text)) => Some(text),
        Some(_) | None => None,
    };
    let default = text("default").ok_or_else(|| {
        Error::invalid("Message Structure - No default entry in JSON message body")
    })?;
    let by_protocol = Protocol::ALL
        .into_iter()
        .filter_map(|protocol| Some((protocol, text(protocol.as_str())?)))
        .collect();
    Ok(Texts { default, by_protocol })
}

fn decode_attributes(
    wire: BTreeMap<String, MessageAttributeValue>,
) -> Result<Vec<MessageAttribute>, Error> {
    wire.into_iter()
        .map(|(name, value)| {
            check_attribute_name(&name)?;
            let MessageAttributeValue { binary_value, data_type, string_value } = value;
            let value = decode_value(&name, &data_type, string_value, binary_value)?;
            Ok(MessageAttribute { name, data_type, value })
        })
        .collect()
}

fn check_attribute_name(name: &str) -> Result<(), Error> {
    let is_legal =
        |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.');
    if name.is_empty() || name.len() > ATTRIBUTE_NAME_LENGTH_MAX {
        return Err(Error::invalid_value(
            "Length of message attribute name must be less than 256 bytes.",
        ));
    }
    if let Some(character) = name.chars().find(|character| !is_legal(*character)) {
        return Err(Error::invalid_value(format!(
            "Invalid non-alphanumeric character '#x{:X}' was found in the message attribute name. \
             Can only include alphanumeric characters, hyphens, underscores, or dots.",
            u32::from(character)
        )));
    }
    let refusal = if name.starts_with('.') {
        "Invalid message attribute name starting with character '.' was found."
    } else if name.ends_with('.') {
        "Invalid message attribute name ending with character '.' was found."
    } else if name.contains("..") {
        "Message attribute name can not have successive '.' character."
    } else {
        return Ok(());
    };
    Err(Error::invalid_value(refusal))
}

fn decode_value(
    name: &str,
    data_type: &str,
    text: Option<String>,
    binary: Option<bytes::Bytes>,
) -> Result<AttributeValue, Error> {
    let (kind, label) = data_type.split_once('.').unwrap_or((data_type, "-"));
    if !["Binary", "Number", "String"].contains(&kind) || label.is_empty() {
        return Err(Error::invalid_value(format!(
            "The message attribute '{name}' has an invalid message attribute type, the set of \
             supported type prefixes is Binary, Number, and String."
        )));
    }
    let is_binary = kind == "Binary";
    let (right, wrong) = (if is_binary { "Binary" } else { "String" }, text.is_some() == is_binary);
    if wrong && (text.is_some() || binary.is_some()) {
        return Err(Error::invalid_value(format!(
            "The message attribute '{name}' with type '{data_type}' must use field '{right}'."
        )));
    }
    let empty = || {
        Error::invalid_value(format!(
            "The message attribute '{name}' must contain non-empty message attribute value for \
             message attribute type '{data_type}'."
        ))
    };
    if is_binary {
        let bytes = binary.filter(|bytes| !bytes.is_empty()).ok_or_else(empty)?;
        return Ok(AttributeValue::Binary(bytes));
    }
    let text = text.filter(|text| !text.is_empty()).ok_or_else(empty)?;
    let is_array = || matches!(serde_json::from_str(&text), Ok(Value::Array(_)));
    if kind == "Number" && !text.trim().parse::<f64>().is_ok_and(f64::is_finite) {
        return Err(Error::invalid_value(format!(
            "Could not cast message attribute '{name}' value to number."
        )));
    }
    if data_type == "String.Array" && !is_array() {
        return Err(Error::invalid_value(format!(
            "Could not parse message attribute '{name}' value as an array."
        )));
    }
    Ok(AttributeValue::Text(text))
}

#[cfg(test)]
mod tests {
    use super::super::script::{World, check, topic_arn};
    use expect_test::expect;
    use serde_json::json;

    #[test]
    fn what_cannot_be_published_is_refused_in_aws_words() {
        check(
            r#"
            @0 create orders
            @0 publish none hello
            @0 publish orders
            @0 publish orders hello Subject=
            @0 publish orders hello MessageStructure=xml
            @0 publish orders hello MessageStructure=json
            @0 publish orders {"sqs":"x"} MessageStructure=json
            @0 publish orders {"default":1} MessageStructure=json
            @0 publish orders hello MessageDeduplicationId=a
            @0 call Publish {"Message":"hello"}
            @0 call Publish {"Message":"hello","PhoneNumber":"+1"}
            @0 call Publish {"Message":"hello","TopicArn":"$orders","TargetArn":"$orders"}
            @0 call Publish {"Message":"hello","TopicArn":"a:b"}
            "#,
            expect![[r#"
                @0 create orders
                    -> {"TopicArn":"arn:aws:sns:us-east-1:000000000000:orders"}
                @0 publish none hello
                    -> 404 NotFoundException: Topic does not exist
                @0 publish orders
                    -> 400 InvalidParameterException: Invalid parameter: Empty message
                @0 publish orders hello Subject=
                    -> 400 InvalidParameterException: Invalid parameter: Subject
                @0 publish orders hello MessageStructure=xml
                    -> 400 InvalidParameterException: Invalid parameter: MessageStructure
                @0 publish orders hello MessageStructure=json
                    -> 400 InvalidParameterException: Invalid parameter: Message Structure - JSON message body failed to parse
                @0 publish orders {"sqs":"x"} MessageStructure=json
                    -> 400 InvalidParameterException: Invalid parameter: Message Structure - No default entry in JSON message body
                @0 publish orders {"default":1} MessageStructure=json
                    -> 400 InvalidParameterException: Invalid parameter: Message Structure - No default entry in JSON message body
                @0 publish orders hello MessageDeduplicationId=a
                    -> 400 InvalidParameterException: Invalid parameter: MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type
                @0 call Publish {"Message":"hello"}
                    -> 400 InvalidParameterException: Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter
                @0 call Publish {"Message":"hello","PhoneNumber":"+1"}
                    -> 400 InvalidParameterException: Invalid parameter: PhoneNumber Reason: text messages are not sent here
                @0 call Publish {"Message":"hello","TopicArn":"$orders","TargetArn":"$orders"}
                    -> 400 InvalidParameterException: Invalid parameter: TopicArn Reason: Both TopicArn and TargetArn specified
                @0 call Publish {"Message":"hello","TopicArn":"a:b"}
                    -> 400 InvalidParameterException: Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 2
            "#]],
        );
    }

    #[test]
    fn attributes_that_are_none_are_refused_in_aws_words() {
        check(
            r#"
            @0 create orders
            @0 publish orders hello a=String:
            @0 publish orders hello a=Strings:x
            @0 publish orders hello a=String.:x
            @0 publish orders hello a=Number:x
            @0 publish orders hello a=Number.int:5 b=String.json:x
            @0 publish orders hello a=String.Array:x
            @0 call Publish {"Message":"m","TopicArn":"$orders","MessageAttributes":{"a":{"DataType":"String","BinaryValue":"AgME"}}}
            @0 call Publish {"Message":"m","TopicArn":"$orders","MessageAttributes":{"a":{"DataType":"Binary","StringValue":"x"}}}
            @0 call Publish {"Message":"m","TopicArn":"$orders","MessageAttributes":{"a^":{"DataType":"String","StringValue":"x"}}}
            @0 call Publish {"Message":"m","TopicArn":"$orders","MessageAttributes":{".a":{"DataType":"String","StringValue":"x"}}}
            @0 call Publish {"Message":"m","TopicArn":"$orders","MessageAttributes":{"a.":{"DataType":"String","StringValue":"x"}}}
            @0 call Publish {"Message":"m","TopicArn":"$orders","MessageAttributes":{"a..b":{"DataType":"String","StringValue":"x"}}}
            "#,
            expect![[r#"
                @0 create orders
                    -> {"TopicArn":"arn:aws:sns:us-east-1:000000000000:orders"}
                @0 publish orders hello a=String:
                    -> 400 InvalidParameterValueException: The message attribute 'a' must contain non-empty message attribute value for message attribute type 'String'.
                @0 publish orders hello a=Strings:x
                    -> 400 InvalidParameterValueException: The message attribute 'a' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.
                @0 publish orders hello a=String.:x
                    -> 400 InvalidParameterValueException: The message attribute 'a' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.
                @0 publish orders hello a=Number:x
                    -> 400 InvalidParameterValueException: Could not cast message attribute 'a' value to number.
                @0 publish orders hello a=Number.int:5 b=String.json:x
                    -> {"MessageId":"16c78533-1ba6-4a57-9854-640699d23ac0"}
                @0 publish orders hello a=String.Array:x
                    -> 400 InvalidParameterValueException: Could not parse message attribute 'a' value as an array.
                @0 call Publish {"Message":"m","TopicArn":"$orders","MessageAttributes":{"a":{"DataType":"String","BinaryValue":"AgME"}}}
                    -> 400 InvalidParameterValueException: The message attribute 'a' with type 'String' must use field 'String'.
                @0 call Publish {"Message":"m","TopicArn":"$orders","MessageAttributes":{"a":{"DataType":"Binary","StringValue":"x"}}}
                    -> 400 InvalidParameterValueException: The message attribute 'a' with type 'Binary' must use field 'Binary'.
                @0 call Publish {"Message":"m","TopicArn":"$orders","MessageAttributes":{"a^":{"DataType":"String","StringValue":"x"}}}
                    -> 400 InvalidParameterValueException: Invalid non-alphanumeric character '#x5E' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.
                @0 call Publish {"Message":"m","TopicArn":"$orders","MessageAttributes":{".a":{"DataType":"String","StringValue":"x"}}}
                    -> 400 InvalidParameterValueException: Invalid message attribute name starting with character '.' was found.
                @0 call Publish {"Message":"m","TopicArn":"$orders","MessageAttributes":{"a.":{"DataType":"String","StringValue":"x"}}}
                    -> 400 InvalidParameterValueException: Invalid message attribute name ending with character '.' was found.
                @0 call Publish {"Message":"m","TopicArn":"$orders","MessageAttributes":{"a..b":{"DataType":"String","StringValue":"x"}}}
                    -> 400 InvalidParameterValueException: Message attribute name can not have successive '.' character.
            "#]],
        );
    }

    #[test]
    fn subjects_groups_and_names_have_aws_lengths() {
        let mut world = World::default();
        world.call("CreateTopic", &json!({ "Name": "orders" })).unwrap();
        for (subject, is_legal) in [("s".repeat(100), true), ("s".repeat(101), false)] {
            let input =
                json!({ "TopicArn": topic_arn("orders"), "Message": "m", "Subject": subject });
            assert_eq!(world.call("Publish", &input).is_ok(), is_legal);
        }
        for (group, is_legal) in [("g".repeat(128), true), ("g".repeat(129), false)] {
            let input =
                json!({ "TopicArn": topic_arn("orders"), "Message": "m", "MessageGroupId": group });
            assert_eq!(world.call("Publish", &input).is_ok(), is_legal);
        }
        for (name, is_legal) in [("n".repeat(256), true), ("n".repeat(257), false)] {
            let attributes = json!({ name: { "DataType": "String", "StringValue": "x" } });
            let input = json!({ "TopicArn": topic_arn("orders"), "Message": "m",
                "MessageAttributes": attributes });
            assert_eq!(world.call("Publish", &input).is_ok(), is_legal);
        }
    }

    #[test]
    fn a_fifo_topic_numbers_and_deduplicates() {
        check(
            r#"
            @0      create orders.fifo FifoTopic=true
            @0      subscribe orders.fifo sqs:q.fifo
            @0      subscribe orders.fifo sqs:raw.fifo RawMessageDelivery=true
            @0      publish orders.fifo one MessageGroupId=g MessageDeduplicationId=a
            @1      publish orders.fifo two MessageGroupId=h MessageDeduplicationId=a
            @2      restart
            @299999 publish orders.fifo three MessageGroupId=g MessageDeduplicationId=a
            @300000 publish orders.fifo four MessageGroupId=g MessageDeduplicationId=a
            @300000 publish orders.fifo five MessageGroupId=g
            @300000 publish orders.fifo five MessageDeduplicationId=b
            "#,
            expect![[r#"
                @0      create orders.fifo FifoTopic=true
                    -> {"TopicArn":"arn:aws:sns:us-east-1:000000000000:orders.fifo"}
                @0      subscribe orders.fifo sqs:q.fifo
                    -> subscribed
                @0      subscribe orders.fifo sqs:raw.fifo RawMessageDelivery=true
                    -> subscribed
                @0      publish orders.fifo one MessageGroupId=g MessageDeduplicationId=a
                    -> {"MessageId":"ea0a2a25-797b-4969-b71d-82070db38f94","SequenceNumber":"10000000000000000003"}
                    ! q.fifo «{⏎  "Type" : "Notification",⏎  "MessageId" : "ea0a2a25-797b-4969-b71d-82070db38f94",⏎  "SequenceNumber" : "10000000000000000003",⏎  "TopicArn" : "arn:aws:sns:us-east-1:000000000000:orders.fifo",⏎  "Message" : "one",⏎  "Timestamp" : "1970-01-01T00:00:00.000Z",⏎  "UnsubscribeURL" : "http://localhost:4566/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:us-east-1:000000000000:orders.fifo:abe6e21e-22cc-4394-9831-70f597be5f99"⏎}» group g dedup a
                    ! raw.fifo «one» group g dedup a
                @1      publish orders.fifo two MessageGroupId=h MessageDeduplicationId=a
                    -> {"MessageId":"ea0a2a25-797b-4969-b71d-82070db38f94","SequenceNumber":"10000000000000000003"}
                @2      restart
                    -> restarted
                @299999 publish orders.fifo three MessageGroupId=g MessageDeduplicationId=a
                    -> {"MessageId":"ea0a2a25-797b-4969-b71d-82070db38f94","SequenceNumber":"10000000000000000003"}
                @300000 publish orders.fifo four MessageGroupId=g MessageDeduplicationId=a
                    -> {"MessageId":"9a9a9973-5c70-4dc6-a641-862632f3b1f8","SequenceNumber":"10000000000000000004"}
                    ! q.fifo «{⏎  "Type" : "Notification",⏎  "MessageId" : "9a9a9973-5c70-4dc6-a641-862632f3b1f8",⏎  "SequenceNumber" : "10000000000000000004",⏎  "TopicArn" : "arn:aws:sns:us-east-1:000000000000:orders.fifo",⏎  "Message" : "four",⏎  "Timestamp" : "1970-01-01T00:05:00.000Z",⏎  "UnsubscribeURL" : "http://localhost:4566/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:us-east-1:000000000000:orders.fifo:abe6e21e-22cc-4394-9831-70f597be5f99"⏎}» group g dedup a
                    ! raw.fifo «four» group g dedup a
                @300000 publish orders.fifo five MessageGroupId=g
                    -> 400 InvalidParameterException: Invalid parameter: The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly
                @300000 publish orders.fifo five MessageDeduplicationId=b
                    -> 400 InvalidParameterException: Invalid parameter: The MessageGroupId parameter is required for FIFO topics
            "#]],
        );
    }

    #[test]
    fn a_fifo_topic_goes_by_content_and_by_scope() {
        check(
            r#"
            @0      create orders.fifo FifoTopic=true
            @0      subscribe orders.fifo sqs:raw.fifo RawMessageDelivery=true
            @300000 set orders.fifo ContentBasedDeduplication=true
            @300000 publish orders.fifo Test MessageGroupId=g
            @300001 publish orders.fifo Test MessageGroupId=h
            @300002 set orders.fifo FifoThroughputScope=MessageGroup
            @300003 publish orders.fifo Test MessageGroupId=g
            @300004 publish orders.fifo Test MessageGroupId=h
            @310000 tick
            @610004 tick
            @700000 tick
            "#,
            expect![[r#"
                @0      create orders.fifo FifoTopic=true
                    -> {"TopicArn":"arn:aws:sns:us-east-1:000000000000:orders.fifo"}
                @0      subscribe orders.fifo sqs:raw.fifo RawMessageDelivery=true
                    -> subscribed
                @300000 set orders.fifo ContentBasedDeduplication=true
                    -> done
                @300000 publish orders.fifo Test MessageGroupId=g
                    -> {"MessageId":"1156572f-c282-478c-b8fa-d0c14049a226","SequenceNumber":"10000000000000000002"}
                    ! raw.fifo «Test» group g dedup 532eaabd9574
                @300001 publish orders.fifo Test MessageGroupId=h
                    -> {"MessageId":"1156572f-c282-478c-b8fa-d0c14049a226","SequenceNumber":"10000000000000000002"}
                @300002 set orders.fifo FifoThroughputScope=MessageGroup
                    -> done
                @300003 publish orders.fifo Test MessageGroupId=g
                    -> {"MessageId":"ea0a2a25-797b-4969-b71d-82070db38f94","SequenceNumber":"10000000000000000003"}
                    ! raw.fifo «Test» group g dedup 532eaabd9574
                @300004 publish orders.fifo Test MessageGroupId=h
                    -> {"MessageId":"9a9a9973-5c70-4dc6-a641-862632f3b1f8","SequenceNumber":"10000000000000000004"}
                    ! raw.fifo «Test» group h dedup 532eaabd9574
                @310000 tick
                    -> next @600000
                @610004 tick
                    -> idle
                @700000 tick
                    -> idle
            "#]],
        );
    }
}
