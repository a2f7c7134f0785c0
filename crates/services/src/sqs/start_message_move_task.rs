//! `StartMessageMoveTask`: sends a dead-letter queue's messages back, or elsewhere.

use super::deliveries::source_row_key;
use super::move_tasks::{MoveTask, MoveTaskStatus};
use super::state::SOURCES;
use super::{Error, QueueKey, Reply, State};
use crate::Work;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::rows::scan_prefix;
use kernel::{Arn, Caller, Outcome, Turn, Uuid};
use minicbor::{Decode, Encode};
use serde_json::{Value, json};
use tidemill_aws::generated::sqs::{StartMessageMoveTaskInput, StartMessageMoveTaskOutput};
use tidemill_kernel as kernel;

const MESSAGES_PER_SECOND_MAX: u32 = 500;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct StartMessageMoveTask {
    #[n(0)]
    pub source: QueueKey,
    #[n(1)]
    pub destination: Option<Arn>,
    #[n(2)]
    pub messages_per_second_max: Option<u32>,
}

pub(super) fn decode(input: StartMessageMoveTaskInput, caller: &Caller) -> Result<Work, Error> {
    let StartMessageMoveTaskInput {
        destination_arn,
        max_number_of_messages_per_second,
        source_arn,
    } = input;
    let source = queue_of_arn(caller, "SourceArn", &source_arn)?;
    let destination = destination_arn
        .map(|arn| queue_of_arn(caller, "DestinationArn", &arn))
        .transpose()?
        .map(|key| key.arn());
    if destination.as_ref() == Some(&source.arn()) {
        return Err(Error::InvalidParameterValue {
            parameter: "DestinationArn",
            value: source.arn().to_string(),
            reason: "Source queue arn and destination queue arn cannot be the same.".to_owned(),
        });
    }
    let messages_per_second_max = max_number_of_messages_per_second.map(decode_rate).transpose()?;
    let partition = source.partition();
    let command = super::Command::StartMessageMoveTask(StartMessageMoveTask {
        source,
        destination,
        messages_per_second_max,
    });
    Ok(Work::Command(partition, crate::Command::Sqs(command)))
}

fn decode_rate(rate: i32) -> Result<u32, Error> {
    let legal =
        u32::try_from(rate).ok().filter(|rate| (1..=MESSAGES_PER_SECOND_MAX).contains(rate));
    legal.ok_or_else(|| Error::InvalidParameterValue {
        parameter: "MaxNumberOfMessagesPerSecond",
        value: rate.to_string(),
        reason: "Must be between 1 and 500, if provided.".to_owned(),
    })
}

/// A queue of the caller's, named by ARN.
pub(super) fn queue_of_arn(
    caller: &Caller,
    parameter: &'static str,
    text: &str,
) -> Result<QueueKey, Error> {
    let key = Arn::parse(text).as_ref().and_then(QueueKey::from_arn).ok_or_else(|| {
        Error::InvalidParameterValue {
            parameter,
            value: text.to_owned(),
            reason: "You must use this format to specify the queue ARN: \
                     arn:<partition>:<service>:<region>:<account-id>:<resource-id>."
                .to_owned(),
        }
    })?;
    if key.account != caller.account || key.region != caller.region {
        return Err(not_found(parameter));
    }
    Ok(key)
}

pub(super) fn not_found(parameter: &'static str) -> Error {
    Error::ResourceNotFound {
        what: format!(
            "The resource that you specified for the {parameter} parameter doesn't exist."
        ),
    }
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: StartMessageMoveTask,
) -> Result<Outcome<Reply>, Error> {
    let StartMessageMoveTask { source, destination, messages_per_second_max } = command;
    let now = turn.now();
    let queue = state.queue_mut(now, &source).map_err(|_| not_found("SourceArn"))?;
    let arn = source.arn();
    let is_dead_letter_queue =
        !scan_prefix(turn.rows(), SOURCES, &source_row_key(&arn, ""), None, 1).is_empty();
    if !is_dead_letter_queue {
        return Err(Error::InvalidParameterValue {
            parameter: "SourceArn",
            value: arn.to_string(),
            reason: "Source queue must be configured as a Dead Letter Queue.".to_owned(),
        });
    }
    if destination.as_ref().is_some_and(|destination| !turn.facts.exists(destination)) {
        return Err(not_found("DestinationArn"));
    }
    let mut place = turn.at.partition.0.to_le_bytes().to_vec();
    place.extend_from_slice(&turn.at.position.0.to_le_bytes());
    let id = Uuid::from_random(turn.at.mac("sqs message move task", &place));
    let task = MoveTask {
        id,
        status: MoveTaskStatus::Running,
        destination,
        messages_per_second_max,
        started: now,
        moved: 0,
        to_move: queue.counts(now).visible,
        failure_reason: None,
        cursor: 0,
        end: queue.messages.counters.next_sequence,
        taken: 0,
        next_step: now,
    };
    queue.move_tasks.start(turn, task)?;
    Ok(Outcome::Done(Reply::MoveTaskStarted(task_handle(id, &arn))))
}

/// The handle names the task and its queue, so that a cancellation finds its partition.
pub(super) fn task_handle(id: Uuid, source: &Arn) -> String {
    let handle = json!({ "taskId": id.to_string(), "sourceArn": source.as_str() });
    STANDARD.encode(handle.to_string())
}

pub(super) fn parse_task_handle(text: &str) -> Option<(Uuid, QueueKey)> {
    let handle: Value = serde_json::from_slice(&STANDARD.decode(text).ok()?).ok()?;
    let id = Uuid::parse(handle.get("taskId")?.as_str()?)?;
    let source = Arn::parse(handle.get("sourceArn")?.as_str()?)?;
    QueueKey::from_arn(&source).map(|key| (id, key))
}

pub(super) fn encode(reply: Reply) -> StartMessageMoveTaskOutput {
    let Reply::MoveTaskStarted(handle) = reply else {
        super::mismatch("StartMessageMoveTask", &reply)
    };
    StartMessageMoveTaskOutput { task_handle: Some(handle) }
}
