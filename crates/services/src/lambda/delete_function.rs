//! `DeleteFunction`.
//!
//! Its mappings stay, as AWS leaves them, and invoke a function of the same name if there is one
//! again. Its pending invocations are dropped when their turn comes: they carry the number of
//! the function they were meant for.

use super::model::FunctionId;
use super::{Command, Error, Job, Reply, names, state};
use kernel::{Caller, Turn};
use tidemill_aws::generated::lambda as wire;
use tidemill_kernel as kernel;

pub(super) fn apply(turn: &mut Turn<'_>, function: &FunctionId) -> Result<Reply, Error> {
    let function = state::existing(turn.rows(), function)?;
    turn.delete(state::FUNCTIONS, &function.id.row_key());
    turn.delete(state::DROPPED, &function.id.row_key());
    Ok(Reply::Nothing)
}

pub(super) fn decode(input: wire::DeleteFunctionInput, caller: &Caller) -> Result<Job, Error> {
    let wire::DeleteFunctionInput { function_name, qualifier } = input;
    let named = names::function(&function_name, qualifier.as_deref(), caller)?;
    if named.is_qualified {
        return Err(Error::InvalidParameterValue(
            "$LATEST version cannot be deleted without deleting the function.".to_owned(),
        ));
    }
    Ok(Job::command(named.function.partition(), Command::DeleteFunction(named.function)))
}
