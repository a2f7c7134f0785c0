//! `Invoke`, as far as it is a row: asynchronous invocations, and what the executor reads of one.

use super::model::{FunctionId, Invocation, Stage};
use super::request::{self, Request};
use super::settings::refuse;
use super::state::{self, PAYLOADS};
use super::{Attempt, Command, Error, Job, Query, Reply, names};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use kernel::{Arn, Caller, Effect, Rows, Turn, Uuid};
use serde::de::IgnoredAny;
use tidemill_aws::generated::lambda as wire;
use tidemill_kernel as kernel;

/// Largest payload of an asynchronous invocation, in bytes.
pub(super) const ASYNC_PAYLOAD_BYTES_MAX: usize = 1024 * 1024;
/// Largest payload of a synchronous invocation, in bytes.
const SYNC_PAYLOAD_BYTES_MAX: usize = 6 * 1024 * 1024;
/// Longest client context, in base64.
const CLIENT_CONTEXT_BYTES_MAX: usize = 3583;

pub(super) fn apply(
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
    let attempt = |function| Box::new(Attempt { function, payload: state::payload(rows, id) });
    Reply::Attempt(function.map(attempt))
}

pub(super) fn decode(input: wire::InvokeInput, caller: &Caller) -> Result<Job, Error> {
    let wire::InvokeInput {
        client_context,
        durable_execution_name,
        function_name,
        invocation_type,
        log_type,
        payload,
        qualifier,
        tenant_id,
    } = input;
    refuse("DurableExecutionName", durable_execution_name.is_some())?;
    refuse("TenantId", tenant_id.is_some())?;
    let named = names::function(&function_name, qualifier.as_deref(), caller)?;
    let function = named.function;
    let partition = function.partition();
    let invocation = caller.request_id;
    let payload = payload.unwrap_or_default();
    match invocation_type.as_deref() {
        Some("DryRun") => Ok(Job::query(partition, Query::DryRun(function))),
        Some("Event") => {
            let payload = decode_payload(payload, ASYNC_PAYLOAD_BYTES_MAX)?;
            let command = Command::InvokeAsync { function, invocation, payload };
            Ok(Job::command(partition, command))
        }
        Some(_) | None => Ok(Job::Request(Request::Invoke(request::Invoke {
            function,
            invocation,
            payload: decode_payload(payload, SYNC_PAYLOAD_BYTES_MAX)?,
            client_context: client_context.as_deref().map(decode_client_context).transpose()?,
            wants_log_tail: log_type.as_deref() == Some("Tail"),
            is_qualified: named.is_qualified,
        }))),
    }
}

/// A handler gets JSON; no payload at all is an empty object.
fn decode_payload(payload: Bytes, limit: usize) -> Result<Bytes, Error> {
    if payload.is_empty() {
        return Ok(Bytes::from_static(b"{}"));
    }
    if payload.len() > limit {
        return Err(Error::RequestTooLarge { limit, operation: "InvokeFunction" });
    }
    match serde_json::from_slice::<IgnoredAny>(&payload) {
        Ok(_) => Ok(payload),
        Err(error) => Err(Error::RequestContent { reason: error.to_string() }),
    }
}

fn decode_client_context(text: &str) -> Result<String, Error> {
    (text.len() <= CLIENT_CONTEXT_BYTES_MAX)
        .then(|| BASE64.decode(text).ok())
        .flatten()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .filter(|json| serde_json::from_str::<serde_json::Map<_, _>>(json).is_ok())
        .ok_or(Error::ClientContext)
}
