//! The JSON documents a queue carries: its access policy, its redrive policy and whom it serves
//! as a dead-letter queue.
//!
//! Access policies are stored and shown, not enforced: access comes with its own issue.

use super::Error;
use super::model::QueueKey;
use kernel::Arn;
use minicbor::{Decode, Encode};
use serde_json::{Map, Value, json};
use tidemill_kernel as kernel;

const POLICY_BYTES_MAX: usize = 8192;
const STATEMENTS_MAX: usize = 20;
const PRINCIPALS_MAX: usize = 50;
const CONDITIONS_MAX: usize = 10;
pub(super) const ACTIONS_MAX: usize = 7;
const RECEIVE_COUNT_DEFAULT: u32 = 10;
const RECEIVE_COUNT_MAX: u32 = 1000;
const SOURCES_MAX: usize = 10;

/// Where messages go that were received too often.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RedrivePolicy {
    #[n(0)]
    pub dead_letter_target: Arn,
    #[n(1)]
    pub max_receive_count: u32,
}

impl RedrivePolicy {
    pub fn parse(source: &QueueKey, text: &str) -> Result<RedrivePolicy, Error> {
        let invalid = |reason: &str| Error::InvalidParameterValue {
            parameter: "RedrivePolicy",
            value: text.to_owned(),
            reason: reason.to_owned(),
        };
        let Ok(Value::Object(map)) = serde_json::from_str(text) else {
            return Err(invalid("Redrive policy is not a valid JSON map."));
        };
        let known = ["deadLetterTargetArn", "maxReceiveCount"];
        if map.keys().any(|key| !known.contains(&key.as_str())) {
            return Err(invalid(
                "Only following attributes are supported: deadLetterTargetArn, maxReceiveCount.",
            ));
        }
        let target = map.get("deadLetterTargetArn").and_then(Value::as_str).ok_or_else(|| {
            invalid("Redrive policy does not contain mandatory attribute: deadLetterTargetArn.")
        })?;
        let target =
            Arn::parse(target).ok_or_else(|| invalid("Invalid value for deadLetterTargetArn."))?;
        let target_key = QueueKey::from_arn(&target)
            .ok_or_else(|| invalid("Invalid value for deadLetterTargetArn."))?;
        if target_key.account != source.account || target_key.region != source.region {
            return Err(invalid("Dead letter target owner should be same as the source."));
        }
        if target_key.is_fifo() != source.is_fifo() {
            return Err(invalid("Dead-letter queue must be same type of queue as the source."));
        }
        let max_receive_count = map
            .get("maxReceiveCount")
            .map_or(Some(RECEIVE_COUNT_DEFAULT), count)
            .filter(|count| (1..=RECEIVE_COUNT_MAX).contains(count))
            .ok_or_else(|| {
                invalid(
                    "Invalid value for maxReceiveCount, valid values are from 1 to 1000 both \
                     inclusive.",
                )
            })?;
        Ok(RedrivePolicy { dead_letter_target: target, max_receive_count })
    }

    #[must_use]
    pub fn to_json(&self) -> String {
        json!({
            "deadLetterTargetArn": self.dead_letter_target.as_str(),
            "maxReceiveCount": self.max_receive_count,
        })
        .to_string()
    }
}

/// A number, or a string that is one: tools send both.
fn count(value: &Value) -> Option<u32> {
    match value {
        Value::Number(number) => number.as_u64().and_then(|number| u32::try_from(number).ok()),
        Value::String(text) => text.parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Which queues may use this one as their dead-letter queue.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum RedriveAllowPolicy {
    #[n(0)]
    AllowAll,
    #[n(1)]
    DenyAll,
    #[n(2)]
    ByQueue(#[n(0)] Vec<Arn>),
}

impl RedriveAllowPolicy {
    pub fn parse(text: &str) -> Result<RedriveAllowPolicy, Error> {
        let invalid = |reason: &str| Error::InvalidParameterValue {
            parameter: "RedriveAllowPolicy",
            value: text.to_owned(),
            reason: reason.to_owned(),
        };
        let Ok(Value::Object(map)) = serde_json::from_str(text) else {
            return Err(invalid(
                "Amazon SQS can't create the redrive allow policy: not a JSON map.",
            ));
        };
        let known = ["redrivePermission", "sourceQueueArns"];
        if map.keys().any(|key| !known.contains(&key.as_str())) {
            return Err(invalid(
                "Only following attributes are supported: redrivePermission, sourceQueueArns.",
            ));
        }
        let sources = map.get("sourceQueueArns");
        match (map.get("redrivePermission").and_then(Value::as_str), sources) {
            (Some("allowAll"), None) => Ok(RedriveAllowPolicy::AllowAll),
            (Some("denyAll"), None) => Ok(RedriveAllowPolicy::DenyAll),
            (Some("byQueue"), Some(Value::Array(arns)))
                if (1..=SOURCES_MAX).contains(&arns.len()) =>
            {
                let arns: Option<Vec<Arn>> =
                    arns.iter().map(|arn| arn.as_str().and_then(Arn::parse)).collect();
                arns.map(RedriveAllowPolicy::ByQueue)
                    .ok_or_else(|| invalid("sourceQueueArns holds what is not an ARN."))
            }
            (Some("byQueue"), _) => {
                Err(invalid("byQueue takes 1 to 10 sourceQueueArns, other permissions take none."))
            }
            (Some("allowAll" | "denyAll"), Some(_)) => {
                Err(invalid("Only byQueue takes sourceQueueArns."))
            }
            (Some(_) | None, _) => {
                Err(invalid("redrivePermission must be allowAll, denyAll or byQueue."))
            }
        }
    }

    #[must_use]
    pub fn to_json(&self) -> String {
        self.to_value().to_string()
    }

    pub(super) fn to_value(&self) -> Value {
        match self {
            RedriveAllowPolicy::AllowAll => json!({ "redrivePermission": "allowAll" }),
            RedriveAllowPolicy::DenyAll => json!({ "redrivePermission": "denyAll" }),
            RedriveAllowPolicy::ByQueue(arns) => json!({
                "redrivePermission": "byQueue",
                "sourceQueueArns": arns.iter().map(Arn::as_str).collect::<Vec<_>>(),
            }),
        }
    }

    #[must_use]
    pub fn allows(&self, source: &Arn) -> bool {
        match self {
            RedriveAllowPolicy::AllowAll => true,
            RedriveAllowPolicy::DenyAll => false,
            RedriveAllowPolicy::ByQueue(arns) => arns.contains(source),
        }
    }
}

/// An access policy without spaces and with sorted keys, so that equal ones are equal strings.
pub(super) fn normalise(text: &str) -> Result<String, Error> {
    let invalid =
        |reason: &str| Error::InvalidAttributeValue { name: "Policy", reason: reason.to_owned() };
    if text.len() > POLICY_BYTES_MAX {
        return Err(invalid("A policy is at most 8192 bytes."));
    }
    let Ok(Value::Object(policy)) = serde_json::from_str(text) else {
        return Err(invalid(""));
    };
    let statements = match policy.get("Statement") {
        Some(Value::Array(statements)) => statements.as_slice(),
        Some(statement @ Value::Object(_)) => std::slice::from_ref(statement),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => {
            return Err(invalid(""));
        }
    };
    if let Some(quota) = exceeded(statements) {
        return Err(invalid(&quota));
    }
    Ok(sorted(Value::Object(policy)).to_string())
}

/// The quota that a policy of these statements goes beyond.
fn exceeded(statements: &[Value]) -> Option<String> {
    let in_all = |count: fn(&Value) -> usize| statements.iter().map(count).sum::<usize>();
    let actions = statements.iter().map(actions).max().unwrap_or_default();
    [
        (statements.len(), STATEMENTS_MAX, "statements"),
        (in_all(principals), PRINCIPALS_MAX, "principals"),
        (in_all(conditions), CONDITIONS_MAX, "conditions"),
        (actions, ACTIONS_MAX, "actions in a statement"),
    ]
    .into_iter()
    .find(|(count, max, _)| count > max)
    .map(|(count, max, what)| format!("A policy has at most {max} {what}, not {count}."))
}

/// One value, or a list of them.
fn count_values(value: &Value) -> usize {
    value.as_array().map_or(1, Vec::len)
}

fn actions(statement: &Value) -> usize {
    ["Action", "NotAction"].iter().filter_map(|key| statement.get(key)).map(count_values).sum()
}

/// `"*"`, or lists by kind: `{"AWS": […], "Service": …}`.
fn principals(statement: &Value) -> usize {
    let of = |principal: &Value| match principal {
        Value::Object(kinds) => kinds.values().map(count_values).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => 1,
    };
    ["Principal", "NotPrincipal"].iter().filter_map(|key| statement.get(key)).map(of).sum()
}

/// `{"ArnLike": {"aws:SourceArn": …}}`: one for each key of each operator.
fn conditions(statement: &Value) -> usize {
    let operators = statement.get("Condition").and_then(Value::as_object);
    let of = |keys: &Value| keys.as_object().map_or(1, Map::len);
    operators.map(|operators| operators.values().map(of).sum()).unwrap_or_default()
}

/// The same document with every object's keys in order, whatever order the map type keeps.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut pairs: Vec<(String, Value)> = map.into_iter().collect();
            pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
            Value::Object(
                pairs.into_iter().map(|(key, value)| (key, sorted(value))).collect::<Map<_, _>>(),
            )
        }
        Value::Array(values) => Value::Array(values.into_iter().map(sorted).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

fn statements(policy: &mut Value) -> Option<&mut Vec<Value>> {
    let statement = policy.get_mut("Statement")?;
    if statement.is_object() {
        *statement = Value::Array(vec![statement.take()]);
    }
    statement.as_array_mut()
}

fn invalid_label(label: &str, reason: &str) -> Error {
    Error::InvalidParameterValue {
        parameter: "Label",
        value: label.to_owned(),
        reason: reason.to_owned(),
    }
}

/// `policy` with one more statement, as `AddPermission` writes it.
pub(super) fn add_permission(
    policy: Option<&str>,
    queue: &Arn,
    label: &str,
    accounts: &[String],
    actions: &[String],
) -> Result<String, Error> {
    let mut policy = match policy {
        Some(text) => serde_json::from_str(text).expect("a stored policy was parsed before"),
        None => json!({
            "Version": "2008-10-17",
            "Id": format!("{queue}/SQSDefaultPolicy"),
            "Statement": [],
        }),
    };
    let list = statements(&mut policy).expect("a stored policy has statements");
    if list.iter().any(|statement| statement.get("Sid").and_then(Value::as_str) == Some(label)) {
        return Err(invalid_label(label, "Already exists."));
    }
    let one_or_all = |mut values: Vec<Value>| {
        if values.len() == 1 { values.remove(0) } else { Value::Array(values) }
    };
    let principals =
        accounts.iter().map(|account| json!(format!("arn:aws:iam::{account}:root"))).collect();
    let actions = actions.iter().map(|action| json!(format!("SQS:{action}"))).collect();
    list.push(json!({
        "Sid": label,
        "Effect": "Allow",
        "Principal": { "AWS": one_or_all(principals) },
        "Action": one_or_all(actions),
        "Resource": queue.as_str(),
    }));
    if let Some(limit) = exceeded(list) {
        return Err(Error::OverLimit { limit });
    }
    let policy = sorted(policy).to_string();
    if policy.len() > POLICY_BYTES_MAX {
        return Err(Error::OverLimit { limit: "A policy is at most 8192 bytes.".to_owned() });
    }
    Ok(policy)
}

/// `policy` without the statement `label`; `None` when that was the last one.
pub(super) fn remove_permission(
    policy: Option<&str>,
    label: &str,
) -> Result<Option<String>, Error> {
    let missing = || invalid_label(label, "can't find label on existing policy.");
    let mut policy: Value = policy
        .map(|text| serde_json::from_str(text).expect("a stored policy was parsed before"))
        .ok_or_else(missing)?;
    let list = statements(&mut policy).expect("a stored policy has statements");
    let before = list.len();
    list.retain(|statement| statement.get("Sid").and_then(Value::as_str) != Some(label));
    if list.len() == before {
        return Err(missing());
    }
    let is_empty = list.is_empty();
    Ok((!is_empty).then(|| sorted(policy).to_string()))
}
