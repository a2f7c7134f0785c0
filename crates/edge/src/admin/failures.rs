//! Dead letters by what went wrong.

use super::Desk;
use super::input::{Input, parse_fingerprint};
use super::messages::{Enough, Keep, Take, Wanted};
use super::refusal::Refusal;
use super::show;
use serde_json::{Value, json};
use tidemill_services::sqs::{Failure, FailureGroup, FailureGroups, PEEKED_MAX, Peeked, Record};

const SHOWN_DEFAULT: usize = 20;

impl Take for FailureGroups {
    fn take(&mut self, message: &Peeked, record: &Record) -> Enough {
        self.add(message, record);
        Enough::No
    }
}

fn wanted(desk: &Desk<'_>, input: &Input) -> Result<Wanted, Refusal> {
    let queue = desk.queue(input.capture(0));
    Ok(Wanted { queue, from: input.position()?, states: Vec::new(), group: None })
}

pub(super) async fn list(desk: &Desk<'_>, input: &Input) -> Result<Value, Refusal> {
    let scanned = wanted(desk, input)?.scan(desk, FailureGroups::default()).await?;
    let others = scanned.take.others;
    let groups: Vec<Value> = scanned.take.into_groups().iter().map(describe).collect();
    Ok(json!({
        "groups": groups,
        "others": others,
        "examined": scanned.examined,
        "next": scanned.next,
    }))
}

fn describe(group: &FailureGroup) -> Value {
    let (message_id, position) = group.sample;
    json!({
        "fingerprint": group.fingerprint.to_string(),
        "reason": show::reason(group.failure.reason.as_ref()),
        "shape": group.failure.shape,
        "count": group.count,
        "first_seen_at": show::instant(group.first_seen),
        "last_seen_at": show::instant(group.last_seen),
        "sample": { "message_id": message_id.to_string(), "position": position },
    })
}

pub(super) async fn show(desk: &Desk<'_>, input: &Input) -> Result<Value, Refusal> {
    let fingerprint = parse_fingerprint(input.capture(1))?;
    let limit = input.limit(SHOWN_DEFAULT, PEEKED_MAX)?;
    let keep = Keep::new(limit, move |_: &Peeked, record: &Record| {
        Failure::of(record).fingerprint() == fingerprint
    });
    Ok(wanted(desk, input)?.scan(desk, keep).await?.into_json())
}
