//! Edits: a dead letter changed and sent back, and the trail of who did that.

use super::input::{EditInput, EditMessageInput, Input};
use super::redrives::in_our_words;
use super::refusal::Refusal;
use super::show::{attribute, instant};
use super::{Desk, messages, mismatch};
use serde_json::{Map, Value, json};
use tidemill_kernel::hex;
use tidemill_services::sqs::{
    Audit, Command, EDITS_MAX, Edit, EditMessage, ListEdits, Query, QueueKey, Record, Reply,
    Version,
};

const LISTED_DEFAULT: usize = 20;

pub(super) async fn edit(desk: &Desk<'_>, input: &Input) -> Result<Value, Refusal> {
    let asked: EditMessageInput = input.json()?;
    let (queue, position) = (desk.queue(input.capture(0)), messages::position(input)?);
    let edit = checked(asked.edit)?;
    let destination = match asked.destination {
        Some(name) => desk.queue(&name),
        None => source(desk, &queue, position).await?,
    };
    let who = desk.access_key_id.clone();
    let command = EditMessage::checked(queue.clone(), position, &destination, edit, who);
    let command = Command::EditMessage(Box::new(command.map_err(refused)?));
    let reply = desk.tell(&queue, command).await.map_err(in_our_words)?;
    let Reply::Edits(edits, _) = &reply else { mismatch("EditMessage", &reply) };
    Ok(edits.first().map_or(Value::Null, describe))
}

/// An edit, read and checked.
pub(super) fn checked(asked: EditInput) -> Result<Edit, Refusal> {
    Edit::checked(asked.request()?).map_err(refused)
}

pub(super) fn refused(error: tidemill_services::sqs::Error) -> Refusal {
    in_our_words(tidemill_services::Error::Sqs(error).wire().into())
}

/// The queue that a dead letter came from.
async fn source(desk: &Desk<'_>, queue: &QueueKey, position: u64) -> Result<QueueKey, Refusal> {
    let message = messages::at(desk, queue, position).await?;
    let source =
        messages::reading_bodies(move || Record::decode(&message.body.read()).dead_letter_source)
            .await?;
    let source = source.as_ref().and_then(QueueKey::from_arn);
    source.ok_or_else(|| Refusal::message_without_source(position))
}

pub(super) async fn list(desk: &Desk<'_>, input: &Input) -> Result<Value, Refusal> {
    let below = input.text("below").map(|text| {
        let rule = "it must be the `next` of the page before";
        text.parse().map_err(|_| Refusal::invalid_parameter("below", text, rule))
    });
    let queue = desk.queue(input.capture(0));
    let limit = input.limit(LISTED_DEFAULT, EDITS_MAX)?;
    let query = ListEdits { queue: queue.clone(), below: below.transpose()?, limit };
    let reply = desk.ask(&queue, Query::ListEdits(query)).await?;
    let Reply::Edits(edits, next) = &reply else { mismatch("ListEdits", &reply) };
    Ok(json!({ "edits": edits.iter().map(describe).collect::<Vec<Value>>(), "next": next }))
}

fn describe((number, audit): &(u64, Audit)) -> Value {
    let Audit { at, access_key_id, redrive, destination, before, after, returned } = audit;
    json!({
        "number": number,
        "at": instant(*at),
        "access_key_id": access_key_id,
        "redrive": redrive.map(|id| id.to_string()),
        "destination": destination.to_string(),
        "before": version(before),
        "after": version(after),
        "returned": returned
            .as_ref()
            .map(|returned| json!({ "at": instant(returned.at), "reason": returned.reason })),
    })
}

fn version(version: &Version) -> Value {
    let attributes: Map<String, Value> = version.attributes.iter().map(attribute).collect();
    json!({
        "message_id": version.message_id.to_string(),
        "body": version.body,
        "body_bytes": version.body_bytes,
        "body_sha256": hex::encode(&version.body_sha256),
        "attributes": attributes,
    })
}
