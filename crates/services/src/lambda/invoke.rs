//! `Invoke`, as far as it is a row: asynchronous invocations, and what the executor reads of one.

use super::model::{FunctionId, Invocation, Stage};
use super::state::{self, PAYLOADS, State};
use super::{Attempt, Error, Reply};
use bytes::Bytes;
use kernel::{Arn, Effect, Rows, Turn, Uuid};
use tidemill_kernel as kernel;

/// Largest payload of an asynchronous invocation, in bytes.
pub const ASYNC_PAYLOAD_BYTES_MAX: usize = 1024 * 1024;
/// Largest payload of a synchronous invocation and of its answer, in bytes.
pub const SYNC_PAYLOAD_BYTES_MAX: usize = 6 * 1024 * 1024;

pub(super) fn apply(
    _state: &mut State,
    turn: &mut Turn<'_>,
    function: FunctionId,
    invocation: Uuid,
    payload: Bytes,
) -> Result<Reply, Error> {
    let born = state::existing(turn.rows(), &function)?.born;
    if state::invocation(turn.rows(), invocation).is_none() {
        start(turn, function, born, invocation, payload, None);
    }
    Ok(Reply::Accepted)
}

/// Writes the rows of a new invocation and hands out its first attempt.
pub(super) fn start(
    turn: &mut Turn<'_>,
    function: FunctionId,
    born: u64,
    id: Uuid,
    payload: Bytes,
    source: Option<Arn>,
) {
    let mut invocation = Invocation {
        function,
        born,
        received_at: turn.now(),
        attempt: 0,
        failures: 0,
        throttles: 0,
        stage: Stage::Running,
        source,
    };
    turn.put(PAYLOADS, &id.0, payload);
    hand_out(turn, id, &mut invocation);
}

/// Makes the next attempt the current one and asks the executor to run it.
pub(super) fn hand_out(turn: &mut Turn<'_>, id: Uuid, invocation: &mut Invocation) {
    invocation.attempt += 1;
    invocation.stage = Stage::Running;
    state::put_invocation(turn, id, invocation);
    turn.emit(Effect::Invoke {
        function: invocation.function.arn(),
        invocation: id,
        attempt: invocation.attempt,
    });
}

pub(super) fn read_attempt(rows: &dyn Rows, id: Uuid, attempt: u32) -> Reply {
    let current = state::invocation(rows, id)
        .filter(|row| row.attempt == attempt && row.stage == Stage::Running);
    let function = current.as_ref().and_then(|row| {
        state::find(rows, &row.function).filter(|function| function.born == row.born)
    });
    Reply::Attempt(function.map(|function| Attempt { function, payload: state::payload(rows, id) }))
}
