//! The access policy of a topic, and the statements that `AddPermission` writes into it.
//!
//! Stored and shown, not enforced: access comes with its own issue.

use super::Error;
use super::model::TopicKey;
use serde_json::{Value, json};

const POLICY_BYTES_MAX: usize = 30_720;
/// What an owner can share. Others than these are no actions of SNS.
pub(super) const ACTIONS: [&str; 10] = [
    "AddPermission",
    "DeleteTopic",
    "GetDataProtectionPolicy",
    "GetTopicAttributes",
    "ListSubscriptionsByTopic",
    "ListTagsForResource",
    "Publish",
    "RemovePermission",
    "SetTopicAttributes",
    "Subscribe",
];

/// A policy without spaces and with sorted keys, so that equal ones are equal strings.
pub(super) fn normalise(text: &str) -> Result<String, String> {
    if text.len() > POLICY_BYTES_MAX {
        return Err("Policy Error: the policy is larger than 30720 bytes".to_owned());
    }
    match serde_json::from_str::<Value>(text) {
        Ok(policy) if statements(&policy).is_some() => Ok(policy.to_string()),
        Ok(_) => Err("Policy Error: a policy has a Statement".to_owned()),
        Err(error) => Err(format!("Policy Error: {error}")),
    }
}

fn statements(policy: &Value) -> Option<Vec<Value>> {
    match policy.get("Statement")? {
        Value::Array(statements) => Some(statements.clone()),
        statement @ Value::Object(_) => Some(vec![statement.clone()]),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// The policy in force: the one that was set, or AWS's default for `topic`.
pub(super) fn shown(topic: &TopicKey, policy: Option<&str>) -> String {
    if let Some(policy) = policy {
        return policy.to_owned();
    }
    json!({
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [{
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": { "AWS": "*" },
            "Action": [
                "SNS:GetTopicAttributes",
                "SNS:SetTopicAttributes",
                "SNS:AddPermission",
                "SNS:RemovePermission",
                "SNS:DeleteTopic",
                "SNS:Subscribe",
                "SNS:ListSubscriptionsByTopic",
                "SNS:Publish",
            ],
            "Resource": topic.arn().as_str(),
            "Condition": { "StringEquals": { "AWS:SourceOwner": topic.account.to_string() } },
        }],
    })
    .to_string()
}

/// The policy in force with one more statement.
pub(super) fn add(
    topic: &TopicKey,
    policy: Option<&str>,
    label: &str,
    accounts: &[String],
    actions: &[String],
) -> Result<String, Error> {
    let one_or_all = |mut values: Vec<Value>| {
        if values.len() == 1 { values.remove(0) } else { Value::Array(values) }
    };
    let principals =
        accounts.iter().map(|account| json!(format!("arn:aws:iam::{account}:root"))).collect();
    let actions = actions.iter().map(|action| json!(format!("SNS:{action}"))).collect();
    edit(topic, policy, |statements| {
        if statements.iter().any(|statement| is_labelled(statement, label)) {
            return Err(Error::invalid("Statement already exists"));
        }
        statements.push(json!({
            "Sid": label,
            "Effect": "Allow",
            "Principal": { "AWS": one_or_all(principals) },
            "Action": one_or_all(actions),
            "Resource": topic.arn().as_str(),
        }));
        Ok(())
    })
}

/// The policy in force without the statement `label`.
pub(super) fn remove(topic: &TopicKey, policy: Option<&str>, label: &str) -> Result<String, Error> {
    edit(topic, policy, |statements| {
        let before = statements.len();
        statements.retain(|statement| !is_labelled(statement, label));
        if statements.len() == before {
            return Err(Error::invalid("Statement does not exist"));
        }
        Ok(())
    })
}

fn is_labelled(statement: &Value, label: &str) -> bool {
    statement.get("Sid").and_then(Value::as_str) == Some(label)
}

fn edit(
    topic: &TopicKey,
    policy: Option<&str>,
    change: impl FnOnce(&mut Vec<Value>) -> Result<(), Error>,
) -> Result<String, Error> {
    let mut policy: Value = serde_json::from_str(&shown(topic, policy))
        .expect("a policy was parsed before it was stored");
    let mut list = statements(&policy).expect("a stored policy has statements");
    change(&mut list)?;
    if let Some(object) = policy.as_object_mut() {
        object.insert("Statement".to_owned(), Value::Array(list));
    }
    let policy = policy.to_string();
    if policy.len() > POLICY_BYTES_MAX {
        return Err(Error::invalid("Policy Error: the policy is larger than 30720 bytes"));
    }
    Ok(policy)
}
