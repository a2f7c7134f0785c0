//! `StartMessageMoveTask`: sends a dead-letter queue's messages back, or elsewhere.

use super::deliveries::source_row_key;
use super::move_tasks::{MoveTask, MoveTaskStatus};
use super::state::SOURCES;
use super::{Edit, Error, QueueKey, RedriveFilter, Reply, State, register};
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
/// A task's edit is in its row, which every step of it writes.
const EDIT_BYTES_MAX: usize = 16 * 1024;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct StartMessageMoveTask {
    #[n(0)]
    pub source: QueueKey,
    #[n(1)]
    pub destination: Option<Arn>,
    #[n(2)]
    pub messages_per_second_max: Option<u32>,
    /// Only these; AWS moves all.
    #[n(3)]
    pub filter: Option<RedriveFilter>,
    /// What is changed of them; AWS changes nothing.
    #[n(4)]
    pub edit: Option<Edit>,
    /// Who asks for an edit: for the audit trail.
    #[n(5)]
    pub access_key_id: Option<String>,
}

pub(super) fn decode(input: StartMessageMoveTaskInput, caller: &Caller) -> Result<Work, Error> {
    let StartMessageMoveTaskInput {
        destination_arn,
        max_number_of_messages_per_second,
        source_arn,
    } = input;
    let source = queue_of_arn(caller, "SourceArn", &source_arn)?;
    let destination =
        destination_arn.map(|arn| queue_of_arn(caller, "DestinationArn", &arn)).transpose()?;
    let rate = max_number_of_messages_per_second;
    let command = StartMessageMoveTask::checked(source, destination, rate, None)?;
    let partition = command.source.partition();
    let command = super::Command::StartMessageMoveTask(command);
    Ok(Work::Command(partition, crate::Command::Sqs(command)))
}

impl StartMessageMoveTask {
    /// A task that may be asked for: between two queues of one type, at a legal rate.
    pub fn checked(
        source: QueueKey,
        destination: Option<QueueKey>,
        messages_per_second_max: Option<i32>,
        filter: Option<RedriveFilter>,
    ) -> Result<StartMessageMoveTask, Error> {
        if let Some(destination) = &destination {
            check_destination(&source, destination)?;
        }
        let messages_per_second_max = messages_per_second_max.map(decode_rate).transpose()?;
        let destination = destination.map(|key| key.arn());
        let (edit, access_key_id) = (None, None);
        Ok(StartMessageMoveTask {
            source,
            destination,
            messages_per_second_max,
            filter,
            edit,
            access_key_id,
        })
    }

    /// The same with an edit of every message it moves, on somebody's word.
    pub fn editing(self, edit: Edit, access_key_id: String) -> Result<StartMessageMoveTask, Error> {
        let bytes = edit.size();
        if bytes > EDIT_BYTES_MAX {
            return Err(Error::InvalidParameter {
                reason: format!(
                    "An edit of many messages is at most {EDIT_BYTES_MAX} bytes long, and this \
                     one {bytes}."
                ),
            });
        }
        Ok(StartMessageMoveTask { edit: Some(edit), access_key_id: Some(access_key_id), ..self })
    }
}

/// A message leaves for another queue, of its own queue's type.
pub(super) fn check_destination(source: &QueueKey, destination: &QueueKey) -> Result<(), Error> {
    let refuse = |reason: &str| Error::InvalidParameterValue {
        parameter: "DestinationArn",
        value: destination.arn().to_string(),
        reason: reason.to_owned(),
    };
    if destination == source {
        return Err(refuse("Source queue arn and destination queue arn cannot be the same."));
    }
    if destination.is_fifo() != source.is_fifo() {
        return Err(refuse("Source queue and destination queue must be of the same type."));
    }
    Ok(())
}

/// Only a queue that another dead-letters into has dead letters.
pub(super) fn check_source(turn: &Turn<'_>, arn: &Arn) -> Result<(), Error> {
    if scan_prefix(turn.rows(), SOURCES, &source_row_key(arn, ""), None, 1).is_empty() {
        return Err(Error::InvalidParameterValue {
            parameter: "SourceArn",
            value: arn.to_string(),
            reason: "Source queue must be configured as a Dead Letter Queue.".to_owned(),
        });
    }
    Ok(())
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
    let StartMessageMoveTask {
        source,
        destination,
        messages_per_second_max,
        filter,
        edit,
        access_key_id,
    } = command;
    let now = turn.now();
    let queue = state.queue_mut(now, &source).map_err(|_| not_found("SourceArn"))?;
    let arn = source.arn();
    check_source(turn, &arn)?;
    let is_there = |arn: &Arn| turn.facts.exists(arn) && !register::is_register(arn);
    if destination.as_ref().is_some_and(|destination| !is_there(destination)) {
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
        filter,
        skipped: 0,
        edit,
        access_key_id,
    };
    if queue.move_tasks.running().is_none() {
        register::check(turn, &source)?;
    }
    queue.move_tasks.start(turn, task)?;
    register::note_start(turn, &source);
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

#[cfg(test)]
mod tests {
    use super::super::script::check;
    use expect_test::expect;

    #[test]
    fn dead_letters_go_back_where_they_came_from() {
        check(
            r#"
            @0    create dlq
            @0    call StartMessageMoveTask {"SourceArn":"arn:aws:sqs:us-east-1:000000000000:dlq"}
            @0    call CreateQueue {"QueueName":"orders","Attributes":{"RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:dlq\",\"maxReceiveCount\":1}"}}
            @0    send orders a
            @0    send orders b
            @0    send dlq stranger
            @1    receive orders VisibilityTimeout=0 MaxNumberOfMessages=10
            @2    receive orders
            @3    counts dlq
            @4    call StartMessageMoveTask {"SourceArn":"arn:aws:sqs:us-east-1:000000000000:dlq"}
            @4    call StartMessageMoveTask {"SourceArn":"arn:aws:sqs:us-east-1:000000000000:dlq"}
            @4    restart
            @9    tick
            @20   tick
            @30   call ListMessageMoveTasks {"SourceArn":"arn:aws:sqs:us-east-1:000000000000:dlq"}
            @30   receive orders MaxNumberOfMessages=10 VisibilityTimeout=0
            @30   counts dlq
            "#,
            expect![[r#"
                @0    create dlq                                 -> created
                @0    call StartMessageMoveTask {"SourceArn":"arn:aws:sqs:us-east-1:000000000000:dlq"} -> 400 InvalidParameterValue: Value arn:aws:sqs:us-east-1:000000000000:dlq for parameter SourceArn is invalid. Reason: Source queue must be configured as a Dead Letter Queue.
                @0    call CreateQueue {"QueueName":"orders","Attributes":{"RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:dlq\",\"maxReceiveCount\":1}"}} -> created
                @0    send orders a                              -> sent
                @0    send orders b                              -> sent
                @0    send dlq stranger                          -> sent
                @1    receive orders VisibilityTimeout=0 MaxNumberOfMessages=10 -> a(1) b(1)
                @2    receive orders                             -> nothing
                @3    counts dlq                                 -> visible 3 in flight 0 delayed 0
                @4    call StartMessageMoveTask {"SourceArn":"arn:aws:sqs:us-east-1:000000000000:dlq"} -> {"TaskHandle":"…"}
                @4    call StartMessageMoveTask {"SourceArn":"arn:aws:sqs:us-east-1:000000000000:dlq"} -> 400 AWS.SimpleQueueService.UnsupportedOperation: There is already a task running. Only one active task is allowed for a source queue arn at a given time.
                @4    restart                                    -> restarted
                @9    tick                                       -> next @345600000
                @20   tick                                       -> next @345600000
                @30   call ListMessageMoveTasks {"SourceArn":"arn:aws:sqs:us-east-1:000000000000:dlq"} -> {"Results":[{"ApproximateNumberOfMessagesMoved":2,"ApproximateNumberOfMessagesToMove":3,"FailureReason":"CouldNotDetermineMessageSource","SourceArn":"arn:aws:sqs:us-east-1:000000000000:dlq","StartedTimestamp":4,"Status":"FAILED"}]}
                @30   receive orders MaxNumberOfMessages=10 VisibilityTimeout=0 -> a(1) b(1)
                @30   counts dlq                                 -> visible 1 in flight 0 delayed 0
            "#]],
        );
    }

    #[test]
    fn a_task_moves_elsewhere_at_its_pace_until_it_is_cancelled() {
        check(
            r#"
            @0    create dlq
            @0    create other
            @0    call CreateQueue {"QueueName":"orders","Attributes":{"RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:dlq\",\"maxReceiveCount\":1}"}}
            @0    send dlq a
            @0    send dlq b
            @0    send dlq c
            @0    call StartMessageMoveTask {"SourceArn":"arn:aws:sqs:us-east-1:000000000000:dlq","DestinationArn":"arn:aws:sqs:us-east-1:000000000000:other","MaxNumberOfMessagesPerSecond":1}
            @0    send dlq later
            @0    tick
            @500  tick
            @1000 tick
            @1000 call ListMessageMoveTasks {"SourceArn":"arn:aws:sqs:us-east-1:000000000000:dlq"}
            @1000 receive other MaxNumberOfMessages=10
            @1000 call CancelMessageMoveTask {"TaskHandle":"%task"}
            @1000 call CancelMessageMoveTask {"TaskHandle":"%task"}
            @1000 call CancelMessageMoveTask {"TaskHandle":"garbage"}
            @9999 tick
            @9999 counts dlq
            @9999 call ListMessageMoveTasks {"SourceArn":"arn:aws:sqs:us-east-1:000000000000:dlq","MaxResults":10}
            "#,
            expect![[r#"
                @0    create dlq                                 -> created
                @0    create other                               -> created
                @0    call CreateQueue {"QueueName":"orders","Attributes":{"RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:dlq\",\"maxReceiveCount\":1}"}} -> created
                @0    send dlq a                                 -> sent
                @0    send dlq b                                 -> sent
                @0    send dlq c                                 -> sent
                @0    call StartMessageMoveTask {"SourceArn":"arn:aws:sqs:us-east-1:000000000000:dlq","DestinationArn":"arn:aws:sqs:us-east-1:000000000000:other","MaxNumberOfMessagesPerSecond":1} -> {"TaskHandle":"…"}
                @0    send dlq later                             -> sent
                @0    tick                                       -> next @1000
                @500  tick                                       -> next @1000
                @1000 tick                                       -> next @2000
                @1000 call ListMessageMoveTasks {"SourceArn":"arn:aws:sqs:us-east-1:000000000000:dlq"} -> {"Results":[{"ApproximateNumberOfMessagesMoved":2,"ApproximateNumberOfMessagesToMove":3,"DestinationArn":"arn:aws:sqs:us-east-1:000000000000:other","MaxNumberOfMessagesPerSecond":1,"SourceArn":"arn:aws:sqs:us-east-1:000000000000:dlq","StartedTimestamp":0,"Status":"RUNNING","TaskHandle":"…"}]}
                @1000 receive other MaxNumberOfMessages=10       -> a(1) b(1)
                @1000 call CancelMessageMoveTask {"TaskHandle":"%task"} -> {"ApproximateNumberOfMessagesMoved":2}
                @1000 call CancelMessageMoveTask {"TaskHandle":"%task"} -> 400 AWS.SimpleQueueService.UnsupportedOperation: Only active tasks can be cancelled.
                @1000 call CancelMessageMoveTask {"TaskHandle":"garbage"} -> 400 InvalidParameterValue: Value garbage for parameter TaskHandle is invalid. Reason: The specified task handle is invalid.
                @9999 tick                                       -> next @345600000
                @9999 counts dlq                                 -> visible 2 in flight 0 delayed 0
                @9999 call ListMessageMoveTasks {"SourceArn":"arn:aws:sqs:us-east-1:000000000000:dlq","MaxResults":10} -> {"Results":[{"ApproximateNumberOfMessagesMoved":2,"ApproximateNumberOfMessagesToMove":3,"DestinationArn":"arn:aws:sqs:us-east-1:000000000000:other","MaxNumberOfMessagesPerSecond":1,"SourceArn":"arn:aws:sqs:us-east-1:000000000000:dlq","StartedTimestamp":0,"Status":"CANCELLED"}]}
            "#]],
        );
    }

    #[test]
    fn a_task_that_is_not_done_after_36_hours_has_failed() {
        check(
            r#"
            @0    create dlq MessageRetentionPeriod=1209600
            @0    create other
            @0    call CreateQueue {"QueueName":"orders","Attributes":{"RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:dlq\",\"maxReceiveCount\":1}"}}
            @0    send dlq a
            @0    send dlq b
            @0    send dlq c
            @0    call StartMessageMoveTask {"SourceArn":"arn:aws:sqs:us-east-1:000000000000:dlq","DestinationArn":"arn:aws:sqs:us-east-1:000000000000:other","MaxNumberOfMessagesPerSecond":1}
            @0    tick
            @129599999 counts dlq
            @129600000 tick
            @129600000 counts dlq
            @129600000 call ListMessageMoveTasks {"SourceArn":"arn:aws:sqs:us-east-1:000000000000:dlq"}
            "#,
            expect![[r#"
                @0    create dlq MessageRetentionPeriod=1209600  -> created
                @0    create other                               -> created
                @0    call CreateQueue {"QueueName":"orders","Attributes":{"RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:dlq\",\"maxReceiveCount\":1}"}} -> created
                @0    send dlq a                                 -> sent
                @0    send dlq b                                 -> sent
                @0    send dlq c                                 -> sent
                @0    call StartMessageMoveTask {"SourceArn":"arn:aws:sqs:us-east-1:000000000000:dlq","DestinationArn":"arn:aws:sqs:us-east-1:000000000000:other","MaxNumberOfMessagesPerSecond":1} -> {"TaskHandle":"…"}
                @0    tick                                       -> next @1000
                @129599999 counts dlq                            -> visible 2 in flight 0 delayed 0
                @129600000 tick                                  -> next @345600000
                @129600000 counts dlq                            -> visible 2 in flight 0 delayed 0
                @129600000 call ListMessageMoveTasks {"SourceArn":"arn:aws:sqs:us-east-1:000000000000:dlq"} -> {"Results":[{"ApproximateNumberOfMessagesMoved":1,"ApproximateNumberOfMessagesToMove":3,"DestinationArn":"arn:aws:sqs:us-east-1:000000000000:other","FailureReason":"The task ran for its maximum of 36 hours.","MaxNumberOfMessagesPerSecond":1,"SourceArn":"arn:aws:sqs:us-east-1:000000000000:dlq","StartedTimestamp":0,"Status":"FAILED"}]}
            "#]],
        );
    }

    #[test]
    fn a_task_keeps_to_its_rules() {
        check(
            r#"
            @0 create dlq
            @0 call CreateQueue {"QueueName":"orders","Attributes":{"RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:dlq\",\"maxReceiveCount\":1}"}}
            @0 call StartMessageMoveTask {"SourceArn":"arn:aws:sqs:us-east-1:000000000000:none"}
            @0 call StartMessageMoveTask {"SourceArn":"dlq"}
            @0 call StartMessageMoveTask {"SourceArn":"arn:aws:sqs:us-east-1:000000000000:dlq","DestinationArn":"arn:aws:sqs:us-east-1:000000000000:none"}
            @0 call StartMessageMoveTask {"SourceArn":"arn:aws:sqs:us-east-1:000000000000:dlq","DestinationArn":"arn:aws:sqs:us-east-1:000000000000:dlq"}
            @0 call StartMessageMoveTask {"SourceArn":"arn:aws:sqs:us-east-1:000000000000:dlq","DestinationArn":"arn:aws:sqs:us-east-1:000000000000:o.fifo"}
            @0 call StartMessageMoveTask {"SourceArn":"arn:aws:sqs:us-east-1:000000000000:dlq","MaxNumberOfMessagesPerSecond":501}
            @0 call StartMessageMoveTask {"SourceArn":"arn:aws:sqs:us-east-1:000000000000:orders"}
            @0 call ListMessageMoveTasks {"SourceArn":"arn:aws:sqs:us-east-1:000000000000:none"}
            @0 call ListMessageMoveTasks {"SourceArn":"arn:aws:sqs:us-east-1:000000000000:dlq","MaxResults":11}
            @0 call ListMessageMoveTasks {"SourceArn":"arn:aws:sqs:us-east-1:000000000000:dlq"}
            "#,
            expect![[r#"
                @0 create dlq                                    -> created
                @0 call CreateQueue {"QueueName":"orders","Attributes":{"RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:dlq\",\"maxReceiveCount\":1}"}} -> created
                @0 call StartMessageMoveTask {"SourceArn":"arn:aws:sqs:us-east-1:000000000000:none"} -> 404 ResourceNotFoundException: The resource that you specified for the SourceArn parameter doesn't exist.
                @0 call StartMessageMoveTask {"SourceArn":"dlq"} -> 400 InvalidParameterValue: Value dlq for parameter SourceArn is invalid. Reason: You must use this format to specify the queue ARN: arn:<partition>:<service>:<region>:<account-id>:<resource-id>.
                @0 call StartMessageMoveTask {"SourceArn":"arn:aws:sqs:us-east-1:000000000000:dlq","DestinationArn":"arn:aws:sqs:us-east-1:000000000000:none"} -> 404 ResourceNotFoundException: The resource that you specified for the DestinationArn parameter doesn't exist.
                @0 call StartMessageMoveTask {"SourceArn":"arn:aws:sqs:us-east-1:000000000000:dlq","DestinationArn":"arn:aws:sqs:us-east-1:000000000000:dlq"} -> 400 InvalidParameterValue: Value arn:aws:sqs:us-east-1:000000000000:dlq for parameter DestinationArn is invalid. Reason: Source queue arn and destination queue arn cannot be the same.
                @0 call StartMessageMoveTask {"SourceArn":"arn:aws:sqs:us-east-1:000000000000:dlq","DestinationArn":"arn:aws:sqs:us-east-1:000000000000:o.fifo"} -> 400 InvalidParameterValue: Value arn:aws:sqs:us-east-1:000000000000:o.fifo for parameter DestinationArn is invalid. Reason: Source queue and destination queue must be of the same type.
                @0 call StartMessageMoveTask {"SourceArn":"arn:aws:sqs:us-east-1:000000000000:dlq","MaxNumberOfMessagesPerSecond":501} -> 400 InvalidParameterValue: Value 501 for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: Must be between 1 and 500, if provided.
                @0 call StartMessageMoveTask {"SourceArn":"arn:aws:sqs:us-east-1:000000000000:orders"} -> 400 InvalidParameterValue: Value arn:aws:sqs:us-east-1:000000000000:orders for parameter SourceArn is invalid. Reason: Source queue must be configured as a Dead Letter Queue.
                @0 call ListMessageMoveTasks {"SourceArn":"arn:aws:sqs:us-east-1:000000000000:none"} -> 404 ResourceNotFoundException: The resource that you specified for the SourceArn parameter doesn't exist.
                @0 call ListMessageMoveTasks {"SourceArn":"arn:aws:sqs:us-east-1:000000000000:dlq","MaxResults":11} -> 400 InvalidParameterValue: Value 11 for parameter MaxResults is invalid. Reason: Must be between 1 and 10, if provided.
                @0 call ListMessageMoveTasks {"SourceArn":"arn:aws:sqs:us-east-1:000000000000:dlq"} -> {"Results":[]}
            "#]],
        );
    }
}
