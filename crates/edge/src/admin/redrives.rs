//! Redrives: dead letters sent back, all or those of a filter, at a rate, and what came of it.
//!
//! A redrive is a message move task, so `ListMessageMoveTasks` shows it too.

use super::edits;
use super::input::{Input, RedriveInput};
use super::refusal::Refusal;
use super::show::instant;
use super::{Desk, mismatch};
use serde_json::{Value, json};
use tidemill_kernel::Uuid;
use tidemill_services::sqs::{
    CancelMessageMoveTask, Command, ListMessageMoveTasks, MoveTask, MoveTaskStatus, Query,
    QueueKey, RedriveFilter, Reply, StartMessageMoveTask,
};

/// As many as are kept.
const LISTED_MAX: usize = 10;

pub(super) async fn start(desk: &Desk<'_>, input: &Input) -> Result<Value, Refusal> {
    let asked: RedriveInput = input.json()?;
    let queue = desk.queue(input.capture(0));
    let filter = asked.filter()?;
    let destination = asked.destination.as_deref().map(|name| desk.queue(name));
    let rate = asked.messages_per_second;
    let mut command = StartMessageMoveTask::checked(queue.clone(), destination, rate, filter)
        .map_err(edits::refused)?;
    if let Some(edit) = asked.edit {
        let edit = edits::checked(edit)?;
        command = command.editing(edit, desk.access_key_id.clone()).map_err(edits::refused)?;
    }
    let told = desk.tell(&queue, Command::StartMessageMoveTask(command)).await;
    told.map_err(in_our_words)?;
    // At most one runs, and it is the latest.
    let started = tasks(desk, &queue, 1).await?;
    Ok(started.first().map_or(Value::Null, describe))
}

/// A refusal with the names that this API has for the parameters of `StartMessageMoveTask`.
pub(super) fn in_our_words(mut refusal: Refusal) -> Refusal {
    for (theirs, ours) in [
        ("SourceArn", "queue"),
        ("DestinationArn", "destination"),
        ("MaxNumberOfMessagesPerSecond", "messages_per_second"),
    ] {
        refusal.message = refusal.message.replace(theirs, ours);
    }
    refusal
}

async fn tasks(desk: &Desk<'_>, queue: &QueueKey, limit: usize) -> Result<Vec<MoveTask>, Refusal> {
    let query = ListMessageMoveTasks { source: queue.clone(), limit };
    let reply = desk.ask(queue, Query::ListMessageMoveTasks(query)).await?;
    let Reply::MoveTasks(_, tasks) = reply else { mismatch("ListMessageMoveTasks", &reply) };
    Ok(tasks)
}

pub(super) async fn list(desk: &Desk<'_>, input: &Input) -> Result<Value, Refusal> {
    let tasks = tasks(desk, &desk.queue(input.capture(0)), LISTED_MAX).await?;
    Ok(json!({ "redrives": tasks.iter().map(describe).collect::<Vec<Value>>() }))
}

pub(super) async fn show(desk: &Desk<'_>, input: &Input) -> Result<Value, Refusal> {
    let id = input.capture(1);
    let tasks = tasks(desk, &desk.queue(input.capture(0)), LISTED_MAX).await?;
    let task = tasks.iter().find(|task| task.id.to_string() == id);
    task.map(describe).ok_or_else(|| Refusal::redrive_not_found(id))
}

pub(super) async fn cancel(desk: &Desk<'_>, input: &Input) -> Result<Value, Refusal> {
    let text = input.capture(1);
    let id = Uuid::parse(text).ok_or_else(|| Refusal::redrive_not_found(text))?;
    let source = desk.queue(input.capture(0));
    let command = CancelMessageMoveTask { source: source.clone(), id };
    desk.tell(&source, Command::CancelMessageMoveTask(command)).await?;
    show(desk, input).await
}

fn describe(task: &MoveTask) -> Value {
    json!({
        "id": task.id.to_string(),
        "status": task.status.as_str(),
        "is_running": task.status == MoveTaskStatus::Running,
        "started_at": instant(task.started),
        "destination": task.destination.as_ref().map(ToString::to_string),
        "messages_per_second": task.messages_per_second_max,
        "filter": task.filter.as_ref().map(describe_filter),
        "is_editing": task.edit.is_some(),
        "access_key_id": task.access_key_id,
        "to_move": task.to_move,
        "moved": task.moved,
        "skipped": task.skipped,
        "failure_reason": task.failure_reason,
    })
}

fn describe_filter(filter: &RedriveFilter) -> Value {
    let RedriveFilter { fingerprint, error_type, text, sent_from, sent_before } = filter;
    json!({
        "fingerprint": fingerprint.map(|fingerprint| fingerprint.to_string()),
        "error_type": error_type,
        "text": text,
        "sent_from": sent_from.map(instant),
        "sent_before": sent_before.map(instant),
    })
}
