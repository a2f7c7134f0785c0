//! `PutFunctionConcurrency`, `DeleteFunctionConcurrency`: a function's share of the account's
//! concurrency, kept for it alone and its upper bound. The executor holds the permits.

use super::model::FunctionId;
use super::{Command, Error, Job, Reply, names, state};
use kernel::{Caller, Turn};
use tidemill_aws::generated::lambda as wire;
use tidemill_kernel as kernel;

/// Invocations that an account's functions may run at once.
pub const ACCOUNT_CONCURRENCY: u32 = 1000;
/// What must be left to functions without a reservation.
pub const UNRESERVED_CONCURRENCY_MIN: u32 = 100;

pub(super) fn apply(
    turn: &mut Turn<'_>,
    function: &FunctionId,
    reserved: Option<u32>,
) -> Result<Reply, Error> {
    let mut function = state::existing(turn.rows(), function)?;
    function.reserved_concurrency = reserved;
    state::put_function(turn, &function);
    Ok(Reply::Function { function: Box::new(function), qualified: false })
}

pub(super) fn decode_put(
    input: wire::PutFunctionConcurrencyInput,
    caller: &Caller,
) -> Result<Job, Error> {
    let wire::PutFunctionConcurrencyInput { function_name, reserved_concurrent_executions } = input;
    let reserved = u32::try_from(reserved_concurrent_executions)
        .ok()
        .filter(|reserved| *reserved <= ACCOUNT_CONCURRENCY - UNRESERVED_CONCURRENCY_MIN)
        .ok_or(Error::ReservedTooMuch { unreserved_min: UNRESERVED_CONCURRENCY_MIN })?;
    reserve(&function_name, Some(reserved), caller)
}

pub(super) fn decode_delete(
    input: wire::DeleteFunctionConcurrencyInput,
    caller: &Caller,
) -> Result<Job, Error> {
    let wire::DeleteFunctionConcurrencyInput { function_name } = input;
    reserve(&function_name, None, caller)
}

fn reserve(name: &str, reserved: Option<u32>, caller: &Caller) -> Result<Job, Error> {
    let function = names::unqualified(name, caller)?;
    let partition = function.partition();
    Ok(Job::command(partition, Command::ReserveConcurrency { function, reserved }))
}
