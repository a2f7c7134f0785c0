//! `AddPermission`, `RemovePermission`, `GetPolicy`: a function's resource policy, stored and
//! shown. It is not enforced yet: who holds an account's key may invoke.

use super::model::{FunctionId, Statement};
use super::settings::refuse;
use super::{Command, Error, Job, Reply, names, state};
use kernel::{AccountId, Caller, Rows, Turn};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tidemill_aws::generated::lambda as wire;
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

pub(super) fn decode_add(input: wire::AddPermissionInput, caller: &Caller) -> Result<Job, Error> {
    let wire::AddPermissionInput {
        action,
        event_source_token,
        function_name,
        function_url_auth_type,
        invoked_via_function_url,
        principal,
        principal_org_id,
        qualifier,
        revision_id,
        source_account,
        source_arn,
        statement_id,
    } = input;
    refuse("FunctionUrlAuthType", function_url_auth_type.is_some())?;
    refuse("InvokedViaFunctionUrl", invoked_via_function_url.is_some())?;
    let named = names::function(&function_name, qualifier.as_deref(), caller)?;
    let conditions = [
        ("StringEquals", "AWS:SourceAccount", source_account),
        ("StringEquals", "aws:PrincipalOrgID", principal_org_id),
        ("StringEquals", "lambda:EventSourceToken", event_source_token),
        ("ArnLike", "AWS:SourceArn", source_arn),
    ];
    let mut condition: BTreeMap<&str, BTreeMap<&str, String>> = BTreeMap::new();
    for (operator, key, value) in conditions {
        if let Some(value) = value {
            condition.entry(operator).or_default().insert(key, value);
        }
    }
    let mut statement = json!({
        "Sid": statement_id,
        "Effect": "Allow",
        "Principal": shown_principal(&principal),
        "Action": action,
        "Resource": named.function.arn().as_str(),
    });
    if let Some(statement) = statement.as_object_mut()
        && !condition.is_empty()
    {
        statement.insert("Condition".to_owned(), json!(condition));
    }
    let command = Command::AddPermission {
        statement: Statement { sid: statement_id, json: statement.to_string() },
        revision: revision_id,
        function: named.function.clone(),
    };
    Ok(Job::command(named.function.partition(), command))
}

/// A service, an account, an ARN, or everybody.
fn shown_principal(principal: &str) -> Value {
    if principal == "*" {
        json!("*")
    } else if AccountId::parse(principal).is_some() {
        json!({ "AWS": format!("arn:aws:iam::{principal}:root") })
    } else if principal.starts_with("arn:") {
        json!({ "AWS": principal })
    } else {
        json!({ "Service": principal })
    }
}

pub(super) fn decode_remove(
    input: wire::RemovePermissionInput,
    caller: &Caller,
) -> Result<Job, Error> {
    let wire::RemovePermissionInput { function_name, qualifier, revision_id, statement_id } = input;
    let function = names::function(&function_name, qualifier.as_deref(), caller)?.function;
    let partition = function.partition();
    let command = Command::RemovePermission { function, sid: statement_id, revision: revision_id };
    Ok(Job::command(partition, command))
}
