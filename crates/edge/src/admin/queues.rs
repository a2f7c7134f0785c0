//! Queues: which there are and how they fare, and whether they hand out.

use super::input::Input;
use super::refusal::Refusal;
use super::show::instant;
use super::{Desk, mismatch};
use serde_json::{Value, json};
use tidemill_kernel::Timestamp;
use tidemill_services::{Query, Work, sqs};

const LISTED_MAX: usize = 1000;

/// Every queue of the account and region with its statistics, by name.
async fn depths(desk: &Desk<'_>) -> Result<Vec<sqs::Depth>, Refusal> {
    let reply = desk.submit(Work::QueryAll(Query::Sqs(sqs::Query::Depths))).await?;
    let sqs::Reply::Depths(mut depths) = reply else { mismatch("Depths", &reply) };
    depths.retain(|depth| depth.queue.account == desk.account && depth.queue.region == desk.region);
    depths.sort_by(|one, other| one.queue.cmp(&other.queue));
    Ok(depths)
}

pub(super) async fn list(desk: &Desk<'_>, input: &Input) -> Result<Value, Refusal> {
    let limit = input.limit(LISTED_MAX, LISTED_MAX)?;
    let prefix = input.text("prefix").unwrap_or_default();
    let after = input.text("after").unwrap_or_default();
    let mut wanted = depths(desk).await?;
    wanted
        .retain(|depth| depth.queue.name.starts_with(prefix) && depth.queue.name.as_str() > after);
    let has_more = wanted.len() > limit;
    wanted.truncate(limit);
    let next = wanted.last().filter(|_| has_more).map(|depth| depth.queue.name.clone());
    let queues: Vec<Value> = wanted.iter().map(|depth| describe(depth, desk.now)).collect();
    Ok(json!({ "queues": queues, "next": next }))
}

/// Asks the queue's partition alone.
pub(super) async fn show(desk: &Desk<'_>, input: &Input) -> Result<Value, Refusal> {
    let queue = desk.queue(input.capture(0));
    let reply = desk.ask(&queue, sqs::Query::Depth(queue.clone())).await?;
    let sqs::Reply::Depths(depths) = &reply else { mismatch("Depth", &reply) };
    Ok(depths.first().map_or(Value::Null, |depth| describe(depth, desk.now)))
}

fn describe(depth: &sqs::Depth, now: Timestamp) -> Value {
    let sqs::Counts { visible, in_flight, delayed, .. } = depth.counts;
    let sqs::Tally {
        sent,
        received,
        deleted,
        dead_lettered,
        expired,
        timed_out,
        released,
        failed,
        throttled,
        abandoned,
        ..
    } = depth.tally;
    json!({
        "name": depth.queue.name,
        "arn": depth.queue.arn().to_string(),
        "is_fifo": depth.queue.is_fifo(),
        "paused_at": depth.paused.map(instant),
        "messages": { "visible": visible, "in_flight": in_flight, "delayed": delayed },
        "oldest_sent_at": depth.oldest_sent.map(instant),
        "oldest_age_seconds": depth.oldest_sent.map(|sent| now.since(sent).0 / 1000),
        "since_start": {
            "sent": sent,
            "received": received,
            "deleted": deleted,
            "dead_lettered": dead_lettered,
            "expired": expired,
            "receives_ended": {
                "timeout": timed_out,
                "released": released,
                "function-error": failed,
                "throttled": throttled,
            },
        },
        "consumer": { "is_stuck": depth.tally.is_stuck(), "receives_abandoned": abandoned },
    })
}

pub(super) async fn pause(desk: &Desk<'_>, input: &Input) -> Result<Value, Refusal> {
    let queue = desk.queue(input.capture(0));
    desk.tell(&queue, sqs::Command::PauseQueue(queue.clone())).await?;
    show(desk, input).await
}

pub(super) async fn resume(desk: &Desk<'_>, input: &Input) -> Result<Value, Refusal> {
    let queue = desk.queue(input.capture(0));
    desk.tell(&queue, sqs::Command::ResumeQueue(queue.clone())).await?;
    show(desk, input).await
}
