//! `DeleteFunction`.
//!
//! Its mappings stay, as AWS leaves them, and invoke a function of the same name if there is one
//! again. Its pending invocations are dropped when their turn comes: they carry the number of
//! the function they were meant for.

use super::model::FunctionId;
use super::{Error, Reply, state};
use kernel::Turn;
use tidemill_kernel as kernel;

pub(super) fn apply(turn: &mut Turn<'_>, function: &FunctionId) -> Result<Reply, Error> {
    let function = state::existing(turn.rows(), function)?;
    turn.delete(state::FUNCTIONS, &function.id.row_key());
    turn.delete(state::DROPPED, &function.id.row_key());
    Ok(Reply::Nothing)
}
