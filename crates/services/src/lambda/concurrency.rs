//! `PutFunctionConcurrency`, `DeleteFunctionConcurrency`: a function's share of the account's
//! concurrency, kept for it alone and its upper bound. The executor holds the permits.

use super::model::FunctionId;
use super::{Error, Reply, state};
use kernel::Turn;
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
