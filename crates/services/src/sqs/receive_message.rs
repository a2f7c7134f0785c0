//! `ReceiveMessage`: hands out up to ten messages, or waits for one.

use super::model::{RECEIVE_MESSAGES_MAX, VISIBILITY_SECONDS_MAX, WAIT_SECONDS_MAX};
use super::record::{Record, md5_of_attributes, md5_of_body, sha256_of_body};
use super::send_message::check_id;
use super::{Error, QueueKey, ReceiveRequest, Received, Reply, State};
use crate::Work;
use kernel::{AttributeValue, Caller, Millis, Outcome, Turn, Wait, WakeKey};
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;
use tidemill_aws::generated::sqs::{
    Message, MessageAttributeValue, ReceiveMessageInput, ReceiveMessageOutput,
};
use tidemill_kernel as kernel;

const SYSTEM_ATTRIBUTES: [&str; 9] = [
    "SenderId",
    "SentTimestamp",
    "ApproximateReceiveCount",
    "ApproximateFirstReceiveTimestamp",
    "SequenceNumber",
    "MessageDeduplicationId",
    "MessageGroupId",
    "AWSTraceHeader",
    "DeadLetterQueueSourceArn",
];

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct ReceiveMessage {
    #[n(0)]
    pub queue: QueueKey,
    #[n(1)]
    pub request: ReceiveRequest,
    #[n(2)]
    pub shown: Shown,
}

/// Which attributes the receiver wants to see. It decides nothing, but the reply needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Shown {
    /// Names of system attributes, or `All`.
    #[n(0)]
    pub system_attributes: Vec<String>,
    /// Names of message attributes, `All`, `.*`, or `prefix.*`.
    #[n(1)]
    pub message_attributes: Vec<String>,
}

impl Shown {
    /// Everything: what an event source mapping passes on.
    #[must_use]
    pub fn all() -> Shown {
        let all = vec!["All".to_owned()];
        Shown { system_attributes: all.clone(), message_attributes: all }
    }

    fn shows_system(&self, name: &str) -> bool {
        self.system_attributes.iter().any(|wanted| wanted == "All" || wanted == name)
    }

    fn shows(&self, name: &str) -> bool {
        self.message_attributes.iter().any(|wanted| {
            let by_prefix = wanted.strip_suffix(".*");
            wanted == "All"
                || wanted == name
                || by_prefix.is_some_and(|prefix| {
                    prefix.is_empty()
                        || name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('.'))
                })
        })
    }
}

pub(super) fn decode(input: ReceiveMessageInput, caller: &Caller) -> Result<Work, Error> {
    let ReceiveMessageInput {
        attribute_names,
        max_number_of_messages,
        message_attribute_names,
        message_system_attribute_names,
        queue_url,
        receive_request_attempt_id,
        visibility_timeout,
        wait_time_seconds,
    } = input;
    let queue = QueueKey::from_url(caller, &queue_url)?;
    let mut system_attributes = attribute_names.unwrap_or_default();
    system_attributes.extend(message_system_attribute_names.unwrap_or_default());
    let is_known = |name: &String| name == "All" || SYSTEM_ATTRIBUTES.contains(&name.as_str());
    if let Some(name) = system_attributes.iter().find(|name| !is_known(name)) {
        return Err(Error::InvalidAttributeName { name: name.clone() });
    }
    if let Some(id) = receive_request_attempt_id.as_ref().filter(|_| !queue.is_fifo()) {
        return Err(Error::InvalidParameterValue {
            parameter: "ReceiveRequestAttemptId",
            value: id.clone(),
            reason: "The request include parameter that is not valid for this queue type"
                .to_owned(),
        });
    }
    check_id("ReceiveRequestAttemptId", receive_request_attempt_id.as_deref())?;
    let request = ReceiveRequest {
        messages_max: decode_messages_max(max_number_of_messages)?,
        visibility_timeout: visibility_timeout.map(decode_visibility).transpose()?,
        wait_time_seconds: wait_time_seconds.map(decode_wait).transpose()?,
        attempt_id: receive_request_attempt_id,
    };
    let message_attributes = message_attribute_names.unwrap_or_default();
    let shown = Shown { system_attributes, message_attributes };
    let partition = queue.partition();
    let command = super::Command::ReceiveMessage(ReceiveMessage { queue, request, shown });
    Ok(Work::Command(partition, crate::Command::Sqs(command)))
}

fn decode_messages_max(wire: Option<i32>) -> Result<u32, Error> {
    let count = wire.unwrap_or(1);
    let legal = u32::try_from(count).ok().filter(|max| (1..=RECEIVE_MESSAGES_MAX).contains(max));
    legal.ok_or_else(|| Error::InvalidParameterValue {
        parameter: "MaxNumberOfMessages",
        value: count.to_string(),
        reason: "Must be between 1 and 10, if provided.".to_owned(),
    })
}

pub(super) fn decode_visibility(seconds: i32) -> Result<u32, Error> {
    let legal = u32::try_from(seconds).ok().filter(|seconds| *seconds <= VISIBILITY_SECONDS_MAX);
    legal.ok_or_else(|| Error::InvalidParameterValue {
        parameter: "VisibilityTimeout",
        value: seconds.to_string(),
        reason: "Must be >= 0 and <= 43200, if provided.".to_owned(),
    })
}

fn decode_wait(seconds: i32) -> Result<u32, Error> {
    let legal = u32::try_from(seconds).ok().filter(|seconds| *seconds <= WAIT_SECONDS_MAX);
    legal.ok_or_else(|| Error::InvalidParameterValue {
        parameter: "WaitTimeSeconds",
        value: seconds.to_string(),
        reason: "Must be >= 0 and <= 20, if provided.".to_owned(),
    })
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: ReceiveMessage,
) -> Result<Outcome<Reply>, Error> {
    let ReceiveMessage { queue: key, request, shown } = command;
    let queue = state.queue_mut(turn.now(), &key)?;
    let had_changed = turn.has_changed();
    let received = queue.receive(turn, &request)?;
    let has_cleared = turn.has_changed() != had_changed;
    let wait_seconds = queue.wait_seconds(&request);
    if !received.is_empty() || wait_seconds == 0 {
        return Ok(Outcome::Done(Reply::Received(received, shown)));
    }
    // One that came only to clear away (expired, dead-lettered) may have stopped short of what is
    // there to receive, so it looks again as soon as it can.
    let retry_at = if has_cleared { Some(turn.now()) } else { queue.messages.next_due() };
    Ok(Outcome::Wait(Wait {
        key: WakeKey(queue.number),
        wait_max: Millis::from_seconds(u64::from(wait_seconds)),
        retry_at,
        otherwise: Reply::Received(Vec::new(), shown),
    }))
}

pub(super) fn encode(reply: Reply) -> ReceiveMessageOutput {
    let Reply::Received(messages, shown) = reply else { super::mismatch("ReceiveMessage", &reply) };
    let messages = show_received(messages, &shown);
    ReceiveMessageOutput { messages: (!messages.is_empty()).then_some(messages) }
}

/// Messages as `ReceiveMessage` shows them; an event source mapping passes on the same. Reads
/// bodies, so not for the core.
#[must_use]
pub fn show_received(messages: Vec<Received>, shown: &Shown) -> Vec<Message> {
    messages.into_iter().map(|message| encode_message(message, shown)).collect()
}

fn encode_message(received: Received, shown: &Shown) -> Message {
    let mut record = Record::decode(&received.body.read());
    record.attributes.retain(|attribute| shown.shows(&attribute.name));
    let attributes = system_attributes(&received, &record, shown);
    let md5_of_message_attributes =
        md5_of_attributes(&record.attributes).map(|md5| md5.to_string());
    let message_attributes: BTreeMap<String, MessageAttributeValue> = record
        .attributes
        .into_iter()
        .map(|attribute| {
            let (string_value, binary_value) = match attribute.value {
                AttributeValue::Text(text) => (Some(text), None),
                AttributeValue::Binary(bytes) => (None, Some(bytes)),
            };
            let value = MessageAttributeValue {
                binary_list_values: None,
                binary_value,
                data_type: attribute.data_type,
                string_list_values: None,
                string_value,
            };
            (attribute.name, value)
        })
        .collect();
    let message_id = record.message_id.unwrap_or(received.message_id);
    Message {
        attributes: (!attributes.is_empty()).then_some(attributes),
        md5_of_body: Some(md5_of_body(&record.body).to_string()),
        body: Some(record.body),
        md5_of_message_attributes,
        message_attributes: (!message_attributes.is_empty()).then_some(message_attributes),
        message_id: Some(message_id.to_string()),
        receipt_handle: Some(received.receipt_handle),
    }
}

fn system_attributes(
    received: &Received,
    record: &Record,
    shown: &Shown,
) -> BTreeMap<String, String> {
    let is_fifo = received.sequence_number.is_some();
    let deduplication_id =
        record.deduplication_id.clone().or_else(|| is_fifo.then(|| sha256_of_body(&record.body)));
    [
        ("SenderId", Some(record.sender_id.clone())),
        ("SentTimestamp", Some(received.sent.0.to_string())),
        ("ApproximateReceiveCount", Some(received.receive_count.to_string())),
        ("ApproximateFirstReceiveTimestamp", Some(received.first_receive.0.to_string())),
        ("SequenceNumber", received.sequence_number.map(|number| number.to_string())),
        ("MessageDeduplicationId", deduplication_id),
        ("MessageGroupId", record.group_id.clone()),
        ("AWSTraceHeader", record.trace_header.clone()),
        ("DeadLetterQueueSourceArn", record.dead_letter_source.as_ref().map(ToString::to_string)),
    ]
    .into_iter()
    .filter(|(name, _)| shown.shows_system(name))
    .filter_map(|(name, value)| value.map(|value| (name.to_owned(), value)))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::super::script::check;
    use super::Shown;
    use expect_test::expect;

    #[test]
    fn a_message_is_hidden_while_in_flight_and_comes_back() {
        check(
            "
            @0     create orders VisibilityTimeout=5
            @0     send orders a
            @1     send orders b
            @10    receive orders
            @20    receive orders MaxNumberOfMessages=10
            @30    receive orders
            @40    counts orders
            @5010  counts orders
            @5010  receive orders MaxNumberOfMessages=10
            @6000  receive orders WaitTimeSeconds=20
            @6000  delete orders a
            @6000  delete orders b
            @99999 receive orders MaxNumberOfMessages=10
            @99999 counts orders
            ",
            expect![[r#"
                @0     create orders VisibilityTimeout=5         -> created
                @0     send orders a                             -> sent
                @1     send orders b                             -> sent
                @10    receive orders                            -> a(1)
                @20    receive orders MaxNumberOfMessages=10     -> b(1)
                @30    receive orders                            -> nothing
                @40    counts orders                             -> visible 0 in flight 2 delayed 0
                @5010  counts orders                             -> visible 1 in flight 1 delayed 0
                @5010  receive orders MaxNumberOfMessages=10     -> a(2)
                @6000  receive orders WaitTimeSeconds=20         -> b(2)
                @6000  delete orders a                           -> done
                @6000  delete orders b                           -> done
                @99999 receive orders MaxNumberOfMessages=10     -> nothing
                @99999 counts orders                             -> visible 0 in flight 0 delayed 0
            "#]],
        );
    }

    #[test]
    fn an_empty_receive_waits_as_long_as_the_queue_or_the_caller_says() {
        check(
            "
            @0 create orders ReceiveMessageWaitTimeSeconds=7
            @0 receive orders
            @0 receive orders WaitTimeSeconds=3
            @0 receive orders WaitTimeSeconds=0
            @0 send orders late DelaySeconds=2
            @5 receive orders
            @2000 receive orders
            ",
            expect![[r#"
                @0 create orders ReceiveMessageWaitTimeSeconds=7 -> created
                @0 receive orders                                -> wait 7000ms
                @0 receive orders WaitTimeSeconds=3              -> wait 3000ms
                @0 receive orders WaitTimeSeconds=0              -> nothing
                @0 send orders late DelaySeconds=2               -> sent
                @5 receive orders                                -> wait 7000ms, again @2000
                @2000 receive orders                             -> late(1)
            "#]],
        );
    }

    /// A long poll that only clears away what has expired or was received too often goes on
    /// waiting: nothing has come for it.
    #[test]
    fn a_receive_that_only_clears_away_waits_on() {
        check(
            r#"
            @0     create dlq
            @0     call CreateQueue {"QueueName":"orders","Attributes":{"MessageRetentionPeriod":"60","RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:dlq\",\"maxReceiveCount\":1}"}}
            @0     send orders a
            @1     receive orders VisibilityTimeout=0
            @2     receive orders WaitTimeSeconds=5
            @2     counts dlq
            @2     receive orders WaitTimeSeconds=5
            @3     send orders b
            @60003 receive orders WaitTimeSeconds=5
            @60003 counts orders
            @60003 receive orders
            "#,
            expect![[r#"
                @0     create dlq                                -> created
                @0     call CreateQueue {"QueueName":"orders","Attributes":{"MessageRetentionPeriod":"60","RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:dlq\",\"maxReceiveCount\":1}"}} -> created
                @0     send orders a                             -> sent
                @1     receive orders VisibilityTimeout=0        -> a(1)
                @2     receive orders WaitTimeSeconds=5          -> wait 5000ms, again @2
                @2     counts dlq                                -> visible 1 in flight 0 delayed 0
                @2     receive orders WaitTimeSeconds=5          -> wait 5000ms
                @3     send orders b                             -> sent
                @60003 receive orders WaitTimeSeconds=5          -> wait 5000ms, again @60003
                @60003 counts orders                             -> visible 0 in flight 0 delayed 0
                @60003 receive orders                            -> nothing
            "#]],
        );
    }

    #[test]
    fn returned_messages_and_fresh_ones_take_turns() {
        check(
            "
            @0 create orders
            @0 send orders poison
            @0 send orders a
            @0 send orders b
            @0 send orders c
            @1 receive orders VisibilityTimeout=0
            @2 receive orders VisibilityTimeout=0
            @3 receive orders VisibilityTimeout=0
            @4 receive orders VisibilityTimeout=0
            @5 receive orders VisibilityTimeout=0
            @6 receive orders VisibilityTimeout=0
            @7 receive orders VisibilityTimeout=0 MaxNumberOfMessages=10
            ",
            expect![[r#"
                @0 create orders                                 -> created
                @0 send orders poison                            -> sent
                @0 send orders a                                 -> sent
                @0 send orders b                                 -> sent
                @0 send orders c                                 -> sent
                @1 receive orders VisibilityTimeout=0            -> poison(1)
                @2 receive orders VisibilityTimeout=0            -> poison(2)
                @3 receive orders VisibilityTimeout=0            -> a(1)
                @4 receive orders VisibilityTimeout=0            -> a(2)
                @5 receive orders VisibilityTimeout=0            -> b(1)
                @6 receive orders VisibilityTimeout=0            -> b(2)
                @7 receive orders VisibilityTimeout=0 MaxNumberOfMessages=10 -> c(1) poison(3) a(3) b(3)
            "#]],
        );
    }

    #[test]
    fn the_request_keeps_to_its_limits() {
        check(
            "
            @0 create orders
            @0 receive orders MaxNumberOfMessages=0
            @0 receive orders MaxNumberOfMessages=11
            @0 receive orders VisibilityTimeout=43201
            @0 receive orders WaitTimeSeconds=21
            @0 receive orders ReceiveRequestAttemptId=x
            @0 receive nothing
            @0 call ReceiveMessage {}
            @0 call ReceiveMessage {\"QueueUrl\":\"orders\"}
            @0 call ReceiveMessage {\"QueueUrl\":\"http://h/000000000001/orders\"}
            @0 call ReceiveMessage {\"QueueUrl\":\"$orders\",\"AttributeNames\":[\"Colour\"]}
            ",
            expect![[r#"
                @0 create orders                                 -> created
                @0 receive orders MaxNumberOfMessages=0          -> 400 InvalidParameterValue: Value 0 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.
                @0 receive orders MaxNumberOfMessages=11         -> 400 InvalidParameterValue: Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.
                @0 receive orders VisibilityTimeout=43201        -> 400 InvalidParameterValue: Value 43201 for parameter VisibilityTimeout is invalid. Reason: Must be >= 0 and <= 43200, if provided.
                @0 receive orders WaitTimeSeconds=21             -> 400 InvalidParameterValue: Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.
                @0 receive orders ReceiveRequestAttemptId=x      -> 400 InvalidParameterValue: Value x for parameter ReceiveRequestAttemptId is invalid. Reason: The request include parameter that is not valid for this queue type
                @0 receive nothing                               -> 400 AWS.SimpleQueueService.NonExistentQueue: The specified queue does not exist.
                @0 call ReceiveMessage {}                        -> 400 MissingParameter: The request must contain the parameter QueueUrl.
                @0 call ReceiveMessage {"QueueUrl":"orders"}     -> 404 InvalidAddress: The address orders is not valid for this endpoint.
                @0 call ReceiveMessage {"QueueUrl":"http://h/000000000001/orders"} -> 403 AccessDenied: Access to the resource http://h/000000000001/orders is denied.
                @0 call ReceiveMessage {"QueueUrl":"$orders","AttributeNames":["Colour"]} -> 400 InvalidAttributeName: Unknown Attribute Colour.
            "#]],
        );
    }

    #[test]
    fn names_of_message_attributes_may_end_in_a_wildcard() {
        let shows = |wanted: &str, name: &str| {
            let shown = Shown { message_attributes: vec![wanted.to_owned()], ..Shown::default() };
            shown.shows(name)
        };
        assert!(shows("All", "a") && shows(".*", "a") && shows("a.*", "a.b") && shows("a", "a"));
        assert!(!shows("a.*", "ab") && !shows("a", "ab") && !shows("a.*", "b.a"));
    }
}
