//! `AddPermission`, `RemovePermission`, `GetPolicy`: a function's resource policy, stored and
//! shown. It is not enforced yet: who holds an account's key may invoke.

use super::model::{FunctionId, Statement};
use super::{Error, Reply, state};
use kernel::{Rows, Turn};
use tidemill_kernel as kernel;

const POLICY_BYTES_MAX: usize = 20 * 1024;

pub(super) fn add(
    turn: &mut Turn<'_>,
    function: &FunctionId,
    statement: Statement,
    revision: Option<&str>,
) -> Result<Reply, Error> {
    let mut function = state::existing(turn.rows(), function)?;
    state::check_revision(&function, revision)?;
    if function.policy.iter().any(|existing| existing.sid == statement.sid) {
        return Err(Error::StatementExists { sid: statement.sid });
    }
    let json = statement.json.clone();
    function.policy.push(statement);
    let bytes = render(&function.policy).len();
    if bytes > POLICY_BYTES_MAX {
        return Err(Error::PolicyLengthExceeded { bytes, limit: POLICY_BYTES_MAX });
    }
    // A policy is not part of what is modified: only its revision moves.
    function.revision = turn.at.random().next_uuid();
    state::put_function(turn, &function);
    Ok(Reply::Statement(json))
}

pub(super) fn remove(
    turn: &mut Turn<'_>,
    function: &FunctionId,
    sid: &str,
    revision: Option<&str>,
) -> Result<Reply, Error> {
    let mut function = state::existing(turn.rows(), function)?;
    state::check_revision(&function, revision)?;
    let Some(index) = function.policy.iter().position(|statement| statement.sid == sid) else {
        return Err(Error::StatementNotFound { sid: sid.to_owned() });
    };
    function.policy.remove(index);
    function.revision = turn.at.random().next_uuid();
    state::put_function(turn, &function);
    Ok(Reply::Nothing)
}

pub(super) fn read(rows: &dyn Rows, function: &FunctionId) -> Result<Reply, Error> {
    let function = state::existing(rows, function)?;
    if function.policy.is_empty() {
        return Err(Error::ResourceNotFound);
    }
    Ok(Reply::Policy { policy: render(&function.policy), revision: function.revision })
}

fn render(policy: &[Statement]) -> String {
    let statements: Vec<&str> = policy.iter().map(|statement| statement.json.as_str()).collect();
    format!(r#"{{"Version":"2012-10-17","Id":"default","Statement":[{}]}}"#, statements.join(","))
}
