//! `CreateLogGroup`, `DeleteLogGroup`, `CreateLogStream`.

use super::model::{Group, GroupId, Stream};
use super::state::{self, DOOMED, GROUPS, State};
use super::{Error, Reply};
use bytes::Bytes;
use kernel::Turn;
use std::collections::BTreeMap;
use tidemill_kernel as kernel;

pub(super) fn create(
    turn: &mut Turn<'_>,
    id: GroupId,
    tags: BTreeMap<String, String>,
) -> Result<Reply, Error> {
    if state::group(turn.rows(), &id).is_ok() {
        return Err(Error::GroupExists);
    }
    let number = turn.at.position.0;
    let group = Group { id, number, created_at: turn.now(), stored_bytes: 0, tags };
    state::put_group(turn, &group);
    Ok(Reply::Nothing)
}

pub(super) fn delete(state: &mut State, turn: &mut Turn<'_>, id: &GroupId) -> Result<Reply, Error> {
    let group = state::group(turn.rows(), id)?;
    turn.delete(GROUPS, &id.row_key());
    turn.put(DOOMED, &group.number.to_be_bytes(), Bytes::new());
    state.has_doomed = true;
    Ok(Reply::Nothing)
}

pub(super) fn create_stream(
    turn: &mut Turn<'_>,
    id: &GroupId,
    name: String,
) -> Result<Reply, Error> {
    let group = state::group(turn.rows(), id)?;
    if state::stream(turn.rows(), &group, &name).is_ok() {
        return Err(Error::StreamExists);
    }
    let stream = Stream {
        name,
        number: turn.at.position.0,
        created_at: turn.now(),
        first_event_at: None,
        last_event_at: None,
        last_ingested_at: None,
        events: 0,
    };
    state::put_stream(turn, &group, &stream);
    Ok(Reply::Nothing)
}
