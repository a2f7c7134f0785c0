//! `ListMessageMoveTasks`: the latest tasks of a dead-letter queue, newest first.

use super::move_tasks::{MoveTask, MoveTaskStatus};
use super::start_message_move_task::{not_found, queue_of_arn, task_handle};
use super::{Error, Query, QueueKey, Reply, State};
use crate::Work;
use kernel::{Arn, Caller};
use tidemill_aws::generated::sqs::{
    ListMessageMoveTasksInput, ListMessageMoveTasksOutput, ListMessageMoveTasksResultEntry,
};
use tidemill_kernel as kernel;

const RESULTS_MAX: usize = 10;

#[derive(Clone, Debug, PartialEq)]
pub struct ListMessageMoveTasks {
    pub source: QueueKey,
    pub limit: usize,
}

pub(super) fn decode(input: ListMessageMoveTasksInput, caller: &Caller) -> Result<Work, Error> {
    let ListMessageMoveTasksInput { max_results, source_arn } = input;
    let source = queue_of_arn(caller, "SourceArn", &source_arn)?;
    let count = max_results.unwrap_or(1);
    let limit = usize::try_from(count)
        .ok()
        .filter(|count| (1..=RESULTS_MAX).contains(count))
        .ok_or_else(|| Error::InvalidParameterValue {
            parameter: "MaxResults",
            value: count.to_string(),
            reason: "Must be between 1 and 10, if provided.".to_owned(),
        })?;
    let partition = source.partition();
    let query = Query::ListMessageMoveTasks(ListMessageMoveTasks { source, limit });
    Ok(Work::Query(partition, crate::Query::Sqs(query)))
}

pub(super) fn read(state: &State, query: &ListMessageMoveTasks) -> Result<Reply, Error> {
    let queue = state.queue(&query.source).map_err(|_| not_found("SourceArn"))?;
    Ok(Reply::MoveTasks(query.source.arn(), queue.move_tasks.list(query.limit)))
}

pub(super) fn encode(reply: Reply) -> ListMessageMoveTasksOutput {
    let Reply::MoveTasks(source, tasks) = reply else {
        super::mismatch("ListMessageMoveTasks", &reply)
    };
    let results = tasks.into_iter().map(|task| encode_task(&source, task)).collect();
    ListMessageMoveTasksOutput { results: Some(results) }
}

fn encode_task(source: &Arn, task: MoveTask) -> ListMessageMoveTasksResultEntry {
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    // A handle is good for cancelling, so only a running task has one.
    let is_running = task.status == MoveTaskStatus::Running;
    ListMessageMoveTasksResultEntry {
        approximate_number_of_messages_moved: Some(number(task.moved)),
        approximate_number_of_messages_to_move: Some(number(task.to_move)),
        destination_arn: task.destination.as_ref().map(ToString::to_string),
        failure_reason: task.failure_reason,
        max_number_of_messages_per_second: task
            .messages_per_second_max
            .and_then(|rate| i32::try_from(rate).ok()),
        source_arn: Some(source.to_string()),
        started_timestamp: Some(number(task.started.0)),
        status: Some(task.status.as_str().to_owned()),
        task_handle: is_running.then(|| task_handle(task.id, source)),
    }
}
