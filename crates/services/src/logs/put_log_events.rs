//! `PutLogEvents`.

use super::model::{GroupId, NewEvent, StoredEvent};
use super::state::{self, EVENTS};
use super::{Error, Reply};
use kernel::{Millis, Turn, codec};
use tidemill_kernel as kernel;

const BATCH_BYTES_MAX: usize = 1024 * 1024;
/// What AWS counts for an event besides its message.
const EVENT_OVERHEAD_BYTES: usize = 26;
const BATCH_SPAN_MAX: Millis = Millis::from_seconds(24 * 60 * 60);
const AGE_MAX: Millis = Millis::from_seconds(14 * 24 * 60 * 60);
const AHEAD_MAX: Millis = Millis::from_seconds(2 * 60 * 60);

/// Which events of a put were not taken: those before `too_old_end`, those from `too_new_start`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejected {
    pub too_old_end: Option<usize>,
    pub too_new_start: Option<usize>,
}

pub(super) fn apply(
    turn: &mut Turn<'_>,
    id: &GroupId,
    stream: &str,
    events: Vec<NewEvent>,
) -> Result<Reply, Error> {
    let mut group = state::group(turn.rows(), id)?;
    let mut stream = state::stream(turn.rows(), &group, stream)?;
    check(&events)?;

    let now = turn.now();
    let too_old_end = events.partition_point(|event| event.timestamp < now.minus(AGE_MAX));
    let too_new_start = events.partition_point(|event| event.timestamp <= now.plus(AHEAD_MAX));
    let count = events.len();
    let taken = events.into_iter().take(too_new_start).skip(too_old_end);
    for event in taken {
        stream.events += 1;
        stream.first_event_at =
            Some(stream.first_event_at.map_or(event.timestamp, |first| first.min(event.timestamp)));
        stream.last_event_at = stream.last_event_at.max(Some(event.timestamp));
        stream.last_ingested_at = Some(now);
        group.stored_bytes += (event.message.len() + EVENT_OVERHEAD_BYTES) as u64;
        let key = state::event_key(&group, &stream, event.timestamp, stream.events);
        let stored = StoredEvent { ingested_at: now, message: event.message };
        turn.put(EVENTS, &key, codec::to_bytes(&stored));
    }
    if too_old_end < too_new_start {
        state::put_stream(turn, &group, &stream);
        state::put_group(turn, &group);
    }
    let rejected = Rejected {
        too_old_end: (too_old_end > 0).then_some(too_old_end),
        too_new_start: (too_new_start < count).then_some(too_new_start),
    };
    let is_rejected = rejected.too_old_end.is_some() || rejected.too_new_start.is_some();
    Ok(Reply::Put { rejected: is_rejected.then_some(rejected), sequence_token: stream.events })
}

fn check(events: &[NewEvent]) -> Result<(), Error> {
    let bytes: usize = events.iter().map(|event| event.message.len() + EVENT_OVERHEAD_BYTES).sum();
    let span = match (events.first(), events.last()) {
        (Some(first), Some(last)) => last.timestamp.since(first.timestamp),
        (None, _) | (_, None) => Millis(0),
    };
    let refusal = if !events.is_sorted_by_key(|event| event.timestamp) {
        "Log events in a single PutLogEvents request must be in chronological order.".to_owned()
    } else if span > BATCH_SPAN_MAX {
        "The batch of log events in a single PutLogEvents request cannot span more than 24 hours."
            .to_owned()
    } else if bytes > BATCH_BYTES_MAX {
        format!("Upload too large: {bytes} bytes exceeds limit of {BATCH_BYTES_MAX}")
    } else {
        return Ok(());
    };
    Err(Error::InvalidParameter(refusal))
}
