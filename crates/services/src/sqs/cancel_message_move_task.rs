//! `CancelMessageMoveTask`: stops a task; what it has moved stays moved.

use super::move_tasks::MoveTaskStatus;
use super::start_message_move_task::{not_found, parse_task_handle};
use super::{Error, QueueKey, Reply, State};
use crate::Work;
use kernel::{Caller, Outcome, Turn, Uuid};
use minicbor::{Decode, Encode};
use tidemill_aws::generated::sqs::{CancelMessageMoveTaskInput, CancelMessageMoveTaskOutput};
use tidemill_kernel as kernel;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct CancelMessageMoveTask {
    #[n(0)]
    pub source: QueueKey,
    #[n(1)]
    pub id: Uuid,
}

pub(super) fn decode(input: CancelMessageMoveTaskInput, caller: &Caller) -> Result<Work, Error> {
    let handle = parse_task_handle(&input.task_handle);
    let (id, source) = handle
        .filter(|(_, key)| key.account == caller.account && key.region == caller.region)
        .ok_or_else(|| Error::InvalidParameterValue {
            parameter: "TaskHandle",
            value: input.task_handle.clone(),
            reason: "The specified task handle is invalid.".to_owned(),
        })?;
    let partition = source.partition();
    let command = super::Command::CancelMessageMoveTask(CancelMessageMoveTask { source, id });
    Ok(Work::Command(partition, crate::Command::Sqs(command)))
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: CancelMessageMoveTask,
) -> Result<Outcome<Reply>, Error> {
    let queue =
        state.queue_mut(turn.now(), &command.source).map_err(|_| not_found("TaskHandle"))?;
    let (position, task) =
        queue.move_tasks.find(command.id).ok_or_else(|| not_found("TaskHandle"))?;
    if task.status != MoveTaskStatus::Running {
        return Err(Error::UnsupportedOperation {
            reason: "Only active tasks can be cancelled.".to_owned(),
        });
    }
    let mut task = task.clone();
    task.status = MoveTaskStatus::Cancelled;
    let moved = task.moved;
    queue.put_task(turn, position, task);
    Ok(Outcome::Done(Reply::MoveTaskCancelled(moved)))
}

pub(super) fn encode(reply: Reply) -> CancelMessageMoveTaskOutput {
    let Reply::MoveTaskCancelled(moved) = reply else {
        super::mismatch("CancelMessageMoveTask", &reply)
    };
    CancelMessageMoveTaskOutput {
        approximate_number_of_messages_moved: Some(i64::try_from(moved).unwrap_or(i64::MAX)),
    }
}
