//! The grammar of policy documents, checked before one is kept.
//!
//! A document is accepted or refused at the door, and never looked at again: `apply` takes what
//! the log holds, so that a rule may be made stricter without making an old log unreadable.
//!
//! AWS finds fault in steps and tells the first: the shape of the document, its version, then
//! names, actions and resources. The texts are AWS's.
//!
//! AWS behaviour this follows: IAM User Guide, "Grammar of the IAM JSON policy language"; IAM API
//! Reference, "MalformedPolicyDocument".

use super::Error;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

const SYNTAX: &str = "Syntax errors in policy.";
const LEGACY: &str = "The policy failed legacy parsing";

/// What a document is for decides what it must and must not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Who may assume a role.
    Trust,
    /// What one identity may do.
    Inline,
    /// What whoever it is attached to may do.
    Managed,
}

type Statement = Map<String, Value>;

/// Checks a document that a caller wrote.
pub(super) fn check(purpose: Purpose, document: &str) -> Result<(), Error> {
    let found = match purpose {
        Purpose::Trust => check_trust(document),
        Purpose::Inline | Purpose::Managed => check_permissions(purpose, document),
    };
    found.map_err(|fault| Error::MalformedPolicyDocument(fault.into_owned()))
}

type Fault = std::borrow::Cow<'static, str>;

fn check_permissions(purpose: Purpose, document: &str) -> Result<(), Fault> {
    let Ok(Value::Object(policy)) = serde_json::from_str(document) else {
        return Err(SYNTAX.into());
    };
    let statements = check_shape(&policy)?;
    if purpose == Purpose::Managed && version(&policy) != Some("2012-10-17") {
        return Err("Policy document must be version 2012-10-17 or greater.".into());
    }
    if !statements.iter().copied().all(has_exact_effect) {
        return Err(LEGACY.into());
    }
    check_sids(&statements)?;
    for statement in &statements {
        if has(statement, &["Principal", "NotPrincipal"]) {
            return Err("Policy document should not specify a principal.".into());
        }
        if texts(statement, &["Action", "NotAction"]).is_empty() {
            return Err("Policy statement must contain actions.".into());
        }
        if texts(statement, &["Resource", "NotResource"]).is_empty() {
            return Err("Policy statement must contain resources.".into());
        }
    }
    for statement in &statements {
        for resource in texts(statement, &["Resource", "NotResource"]) {
            check_resource(resource)?;
        }
    }
    for statement in &statements {
        for action in texts(statement, &["Action", "NotAction"]) {
            check_action(action)?;
        }
    }
    Ok(())
}

fn check_trust(document: &str) -> Result<(), Fault> {
    let Ok(Value::Object(policy)) = serde_json::from_str(document) else {
        return Err("This policy contains invalid Json".into());
    };
    if !policy.contains_key("Statement") {
        return Err("Missing required field Statement".into());
    }
    let statements = check_shape(&policy)?;
    if !statements.iter().copied().all(has_exact_effect) {
        return Err(SYNTAX.into());
    }
    for statement in statements {
        for prohibited in ["Resource", "NotResource"] {
            if statement.contains_key(prohibited) {
                return Err(format!("Has prohibited field {prohibited}").into());
            }
        }
        match (statement.get("Principal"), statement.get("NotPrincipal")) {
            (None, None) => return Err("Missing required field Principal".into()),
            (principal, other) => {
                principal.into_iter().chain(other).try_for_each(check_principal)?;
            }
        }
        let Some(actions) = statement.get("Action") else {
            return Err("Missing required field Action".into());
        };
        let is_sts = |action: &str| {
            action.split_once(':').is_some_and(|(vendor, _)| vendor.eq_ignore_ascii_case("sts"))
        };
        if listed(actions).is_empty() || !listed(actions).into_iter().all(is_sts) {
            return Err("AssumeRole policy may only specify STS AssumeRole actions.".into());
        }
    }
    Ok(())
}

/// Which elements there are and what they are made of; the statements.
fn check_shape(policy: &Map<String, Value>) -> Result<Vec<&Statement>, Fault> {
    let known = ["Version", "Id", "Statement"];
    let has_known_version = match policy.get("Version") {
        None => true,
        Some(_) => matches!(version(policy), Some("2012-10-17" | "2008-10-17")),
    };
    let statements: Option<Vec<&Statement>> = match policy.get("Statement") {
        Some(Value::Object(only)) => Some(vec![only]),
        Some(Value::Array(several)) => several.iter().map(Value::as_object).collect(),
        Some(_) | None => None,
    };
    let statements = statements.filter(|statements| !statements.is_empty());
    let is_sound = policy.keys().all(|key| known.contains(&key.as_str()))
        && has_known_version
        && policy.get("Id").is_none_or(Value::is_string);
    match statements {
        Some(statements) if is_sound && statements.iter().copied().all(is_statement) => {
            Ok(statements)
        }
        Some(_) | None => Err(SYNTAX.into()),
    }
}

fn version(policy: &Map<String, Value>) -> Option<&str> {
    policy.get("Version")?.as_str()
}

fn is_statement(statement: &Statement) -> bool {
    let is_known = |(key, value): (&String, &Value)| match key.as_str() {
        "Sid" => value.is_string(),
        // Its letters' case is told apart later, and with other words.
        "Effect" => value.as_str().is_some_and(|effect| {
            effect.eq_ignore_ascii_case("Allow") || effect.eq_ignore_ascii_case("Deny")
        }),
        "Action" | "NotAction" | "Resource" | "NotResource" => is_text_or_texts(value),
        "Principal" | "NotPrincipal" => value.is_string() || value.is_object(),
        "Condition" => value.as_object().is_some_and(is_condition),
        _ => false,
    };
    let both =
        |one: &str, other: &str| statement.contains_key(one) && statement.contains_key(other);
    statement.contains_key("Effect")
        && statement.iter().all(is_known)
        && !both("Action", "NotAction")
        && !both("Resource", "NotResource")
        && !both("Principal", "NotPrincipal")
}

fn has_exact_effect(statement: &Statement) -> bool {
    matches!(statement.get("Effect").and_then(Value::as_str), Some("Allow" | "Deny"))
}

/// Operators, and below each the keys with the values they are compared to.
fn is_condition(condition: &Map<String, Value>) -> bool {
    condition.iter().all(|(operator, keys)| {
        let values_are_plain = |keys: &Map<String, Value>| {
            keys.values().all(|value| match value.as_array() {
                Some(values) => values.iter().all(is_plain),
                None => is_plain(value),
            })
        };
        is_operator(operator) && keys.as_object().is_some_and(values_are_plain)
    })
}

fn is_plain(value: &Value) -> bool {
    value.is_string() || value.is_number() || value.is_boolean()
}

fn is_operator(operator: &str) -> bool {
    const OPERATORS: [&str; 27] = [
        "StringEquals",
        "StringNotEquals",
        "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase",
        "StringLike",
        "StringNotLike",
        "NumericEquals",
        "NumericNotEquals",
        "NumericLessThan",
        "NumericLessThanEquals",
        "NumericGreaterThan",
        "NumericGreaterThanEquals",
        "DateEquals",
        "DateNotEquals",
        "DateLessThan",
        "DateLessThanEquals",
        "DateGreaterThan",
        "DateGreaterThanEquals",
        "Bool",
        "BinaryEquals",
        "IpAddress",
        "NotIpAddress",
        "ArnEquals",
        "ArnLike",
        "ArnNotEquals",
        "ArnNotLike",
        "Null",
    ];
    let operator = ["ForAnyValue:", "ForAllValues:"]
        .iter()
        .find_map(|prefix| operator.strip_prefix(prefix))
        .unwrap_or(operator);
    let operator = operator.strip_suffix("IfExists").unwrap_or(operator);
    OPERATORS.iter().any(|known| known.eq_ignore_ascii_case(operator))
}

/// Names of statements are letters and digits, and none comes twice.
fn check_sids(statements: &[&Statement]) -> Result<(), Fault> {
    let mut seen = BTreeSet::new();
    let sids = statements.iter().filter_map(|statement| statement.get("Sid")?.as_str());
    for sid in sids.filter(|sid| !sid.is_empty()) {
        if !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err("Statement IDs (SID) must be alpha-numeric. Check that your input \
                        satisfies the regular expression [0-9A-Za-z]*"
                .into());
        }
        if !seen.insert(sid) {
            return Err("Statement IDs (SID) in a single policy must be unique.".into());
        }
    }
    Ok(())
}

/// `*`, or a kind of principal with one or several of its kind.
fn check_principal(principal: &Value) -> Result<(), Fault> {
    let invalid = |shown: &str| Err(format!("Invalid principal in policy: {shown}").into());
    if principal.as_str() == Some("*") {
        return Ok(());
    }
    let Some(kinds) = principal.as_object().filter(|kinds| !kinds.is_empty()) else {
        return invalid(&principal.to_string());
    };
    for (kind, named) in kinds {
        let is_known = ["AWS", "Service", "Federated", "CanonicalUser"].contains(&kind.as_str());
        if !is_known || !is_text_or_texts(named) || listed(named).is_empty() {
            return invalid(&format!("\"{kind}\":{named}"));
        }
    }
    Ok(())
}

/// `*`, or an ARN as far as its vendor. What follows is the vendor's business.
fn check_resource(resource: &str) -> Result<(), Fault> {
    if resource == "*" {
        return Ok(());
    }
    let Some((scheme, rest)) = resource.split_once(':') else {
        return Err(format!("Resource {resource} must be in ARN format or \"*\".").into());
    };
    if scheme != "arn" {
        return Err(format!("Resource {resource} must be in ARN format or \"*\".").into());
    }
    let (partition, rest) = rest.split_once(':').unwrap_or((rest, ""));
    if partition != "aws" && !partition.starts_with("aws-") {
        let message =
            format!("Partition \"{partition}\" is not valid for resource \"{resource}\".");
        return Err(message.into());
    }
    match rest.split_once(':') {
        Some((vendor, _)) if !vendor.is_empty() && !vendor.contains(['*', '?']) => Ok(()),
        Some(_) | None => {
            Err("Resource vendor must be fully qualified and cannot contain regexes.".into())
        }
    }
}

/// `*`, or a vendor and its action.
fn check_action(action: &str) -> Result<(), Fault> {
    let Some((vendor, name)) = action.split_once(':') else {
        if action == "*" {
            return Ok(());
        }
        return Err(
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.".into()
        );
    };
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    if name.contains(':') {
        Err("Actions/Condition can contain only one colon.".into())
    } else if vendor.is_empty() || !vendor.bytes().all(is_name) {
        Err(format!("Vendor {vendor} is not valid").into())
    } else {
        Ok(())
    }
}

fn has(statement: &Statement, elements: &[&str]) -> bool {
    elements.iter().any(|element| statement.contains_key(*element))
}

/// The texts of those elements that are there.
fn texts<'a>(statement: &'a Statement, elements: &[&str]) -> Vec<&'a str> {
    elements.iter().filter_map(|element| statement.get(*element)).flat_map(listed).collect()
}

fn is_text_or_texts(value: &Value) -> bool {
    match value {
        Value::String(_) => true,
        Value::Array(values) => values.iter().all(Value::is_string),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
    }
}

/// A text alone stands for a list of one.
fn listed(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(values) => values.iter().filter_map(Value::as_str).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use std::fmt::Write as _;

    /// A document with one statement.
    fn one(statement: &str) -> String {
        format!(r#"{{"Version":"2012-10-17","Statement":{{{statement}}}}}"#)
    }

    fn check_all(purpose: Purpose, documents: &[&str], expect: &Expect) {
        let mut shown = String::new();
        for document in documents {
            let document =
                if document.starts_with('\"') { one(document) } else { (*document).to_owned() };
            let verdict =
                check(purpose, &document).err().map_or("ok".to_owned(), |e| e.to_string());
            let statement = document.strip_prefix(r#"{"Version":"2012-10-17","Statement":"#);
            writeln!(shown, "{} -> {verdict}", statement.unwrap_or(&document)).unwrap();
        }
        expect.assert_eq(&shown);
    }

    const MAY_READ: &str = r#""Effect":"Allow","Action":"s3:Get*","Resource":"*""#;

    #[test]
    fn a_version_is_one_of_two_and_a_managed_policy_has_the_newer() {
        let documents = ["2012-10-17", "2008-10-17", "2020-01-01", ""]
            .map(|version| format!(r#"{{"Version":"{version}","Statement":{{{MAY_READ}}}}}"#));
        let mut documents: Vec<&str> = documents.iter().map(String::as_str).collect();
        let without = format!(r#"{{"Statement":{{{MAY_READ}}}}}"#);
        documents.push(&without);
        check_all(
            Purpose::Managed,
            &documents,
            &expect![[r#"
            {"Effect":"Allow","Action":"s3:Get*","Resource":"*"}} -> ok
            {"Version":"2008-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}} -> Policy document must be version 2012-10-17 or greater.
            {"Version":"2020-01-01","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}} -> Syntax errors in policy.
            {"Version":"","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}} -> Syntax errors in policy.
            {"Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}} -> Policy document must be version 2012-10-17 or greater.
        "#]],
        );
        check_all(
            Purpose::Inline,
            &documents,
            &expect![[r#"
            {"Effect":"Allow","Action":"s3:Get*","Resource":"*"}} -> ok
            {"Version":"2008-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}} -> ok
            {"Version":"2020-01-01","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}} -> Syntax errors in policy.
            {"Version":"","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}} -> Syntax errors in policy.
            {"Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}} -> ok
        "#]],
        );
    }

    #[test]
    fn what_an_identity_may_do_is_said_in_full() {
        check_all(
            Purpose::Managed,
            &[
                "nonsense",
                "[]",
                r#"{"Version":"2012-10-17"}"#,
                r#"{"Version":"2012-10-17","Statement":[]}"#,
                r#"{"Version":"2012-10-17","Statement":[1]}"#,
                r#"{"Version":"2012-10-17","Statment":[]}"#,
                MAY_READ,
                r#""Effect":"Allow","Action":["s3:Get*","*"],"NotResource":["arn:aws:s3:::b/*"]"#,
                r#""Action":"s3:Get*","Resource":"*""#,
                r#""Effect":"Perhaps","Action":"s3:Get*","Resource":"*""#,
                r#""Effect":"allow","Action":"s3:Get*","Resource":"*""#,
                r#""Effect":"Allow","Resource":"*""#,
                r#""Effect":"Allow","Action":[],"Resource":"*""#,
                r#""Effect":"Allow","Action":1,"Resource":"*""#,
                r#""Effect":"Allow","Action":"s3:Get*""#,
                r#""Effect":"Allow","Action":"s3:Get*","NotAction":"s3:Put*","Resource":"*""#,
                r#""Effect":"Allow","Action":"s3:Get*","Resource":"*","Principal":"*""#,
                r#""Effect":"Allow","Action":"s3:Get*","Resource":"*","Colour":"red""#,
                r#""Effect":"Allow","Action":"read","Resource":"*""#,
                r#""Effect":"Allow","Action":"s3:a:b","Resource":"*""#,
                r#""Effect":"Allow","Action":"s 3:a","Resource":"*""#,
                r#""Effect":"Allow","Action":"s3:Get*","Resource":"bucket""#,
                r#""Effect":"Allow","Action":"s3:Get*","Resource":"arn:azure:s3:::b""#,
                r#""Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:*:::b""#,
                r#""Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:iam::*:role/${aws:username}""#,
                r#""Sid":"a b","Effect":"Allow","Action":"s3:Get*","Resource":"*""#,
            ],
            &expect![[r#"
                nonsense -> Syntax errors in policy.
                [] -> Syntax errors in policy.
                {"Version":"2012-10-17"} -> Syntax errors in policy.
                []} -> Syntax errors in policy.
                [1]} -> Syntax errors in policy.
                {"Version":"2012-10-17","Statment":[]} -> Syntax errors in policy.
                {"Effect":"Allow","Action":"s3:Get*","Resource":"*"}} -> ok
                {"Effect":"Allow","Action":["s3:Get*","*"],"NotResource":["arn:aws:s3:::b/*"]}} -> ok
                {"Action":"s3:Get*","Resource":"*"}} -> Syntax errors in policy.
                {"Effect":"Perhaps","Action":"s3:Get*","Resource":"*"}} -> Syntax errors in policy.
                {"Effect":"allow","Action":"s3:Get*","Resource":"*"}} -> The policy failed legacy parsing
                {"Effect":"Allow","Resource":"*"}} -> Policy statement must contain actions.
                {"Effect":"Allow","Action":[],"Resource":"*"}} -> Policy statement must contain actions.
                {"Effect":"Allow","Action":1,"Resource":"*"}} -> Syntax errors in policy.
                {"Effect":"Allow","Action":"s3:Get*"}} -> Policy statement must contain resources.
                {"Effect":"Allow","Action":"s3:Get*","NotAction":"s3:Put*","Resource":"*"}} -> Syntax errors in policy.
                {"Effect":"Allow","Action":"s3:Get*","Resource":"*","Principal":"*"}} -> Policy document should not specify a principal.
                {"Effect":"Allow","Action":"s3:Get*","Resource":"*","Colour":"red"}} -> Syntax errors in policy.
                {"Effect":"Allow","Action":"read","Resource":"*"}} -> Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.
                {"Effect":"Allow","Action":"s3:a:b","Resource":"*"}} -> Actions/Condition can contain only one colon.
                {"Effect":"Allow","Action":"s 3:a","Resource":"*"}} -> Vendor s 3 is not valid
                {"Effect":"Allow","Action":"s3:Get*","Resource":"bucket"}} -> Resource bucket must be in ARN format or "*".
                {"Effect":"Allow","Action":"s3:Get*","Resource":"arn:azure:s3:::b"}} -> Partition "azure" is not valid for resource "arn:azure:s3:::b".
                {"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:*:::b"}} -> Resource vendor must be fully qualified and cannot contain regexes.
                {"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:iam::*:role/${aws:username}"}} -> ok
                {"Sid":"a b","Effect":"Allow","Action":"s3:Get*","Resource":"*"}} -> Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*
            "#]],
        );
        let twice = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"a",{MAY_READ}}},{{"Sid":"a",{MAY_READ}}}]}}"#
        );
        check_all(
            Purpose::Inline,
            &[&twice],
            &expect![[r#"
            [{"Sid":"a","Effect":"Allow","Action":"s3:Get*","Resource":"*"},{"Sid":"a","Effect":"Allow","Action":"s3:Get*","Resource":"*"}]} -> Statement IDs (SID) in a single policy must be unique.
        "#]],
        );
    }

    #[test]
    fn a_condition_compares_with_operators_that_exist() {
        let conditions = [
            r#"{"StringEquals":{"aws:PrincipalTag/team":["a","b"]}}"#,
            r#"{"ForAllValues:StringLikeIfExists":{"aws:TagKeys":"x*"},"Bool":{"a":true}}"#,
            r#"{}"#,
            r#"{"Resembles":{"a":"b"}}"#,
            r#"{"StringEquals":"a"}"#,
            r#"{"StringEquals":{"a":{"b":"c"}}}"#,
        ];
        let statements =
            conditions.map(|condition| format!(r#"{MAY_READ},"Condition":{condition}"#));
        let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
        check_all(
            Purpose::Inline,
            &statements,
            &expect![[r#"
            {"Effect":"Allow","Action":"s3:Get*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":["a","b"]}}}} -> ok
            {"Effect":"Allow","Action":"s3:Get*","Resource":"*","Condition":{"ForAllValues:StringLikeIfExists":{"aws:TagKeys":"x*"},"Bool":{"a":true}}}} -> ok
            {"Effect":"Allow","Action":"s3:Get*","Resource":"*","Condition":{}}} -> ok
            {"Effect":"Allow","Action":"s3:Get*","Resource":"*","Condition":{"Resembles":{"a":"b"}}}} -> Syntax errors in policy.
            {"Effect":"Allow","Action":"s3:Get*","Resource":"*","Condition":{"StringEquals":"a"}}} -> Syntax errors in policy.
            {"Effect":"Allow","Action":"s3:Get*","Resource":"*","Condition":{"StringEquals":{"a":{"b":"c"}}}}} -> Syntax errors in policy.
        "#]],
        );
    }

    #[test]
    fn who_may_assume_a_role_is_said_without_resources() {
        check_all(
            Purpose::Trust,
            &[
                "nonsense",
                r#"{"Version":"2012-10-17"}"#,
                r#"{"Version":"2020-01-01","Statement":[]}"#,
                r#""Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole""#,
                r#""Effect":"Allow","Principal":{"AWS":["*"]},"Action":["sts:AssumeRole","sts:TagSession"]"#,
                r#""Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Resource":"*""#,
                r#""Effect":"Allow","Action":"sts:AssumeRole""#,
                r#""Effect":"Allow","Principal":"*""#,
                r#""Effect":"Allow","Principal":"*","Action":"s3:GetObject""#,
                r#""Effect":"Allow","Principal":"root","Action":"sts:AssumeRole""#,
                r#""Effect":"Allow","Principal":{"Person":"me"},"Action":"sts:AssumeRole""#,
                r#""Effect":"May","Principal":"*","Action":"sts:AssumeRole""#,
            ],
            &expect![[r#"
                nonsense -> This policy contains invalid Json
                {"Version":"2012-10-17"} -> Missing required field Statement
                {"Version":"2020-01-01","Statement":[]} -> Syntax errors in policy.
                {"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}} -> ok
                {"Effect":"Allow","Principal":{"AWS":["*"]},"Action":["sts:AssumeRole","sts:TagSession"]}} -> ok
                {"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Resource":"*"}} -> Has prohibited field Resource
                {"Effect":"Allow","Action":"sts:AssumeRole"}} -> Missing required field Principal
                {"Effect":"Allow","Principal":"*"}} -> Missing required field Action
                {"Effect":"Allow","Principal":"*","Action":"s3:GetObject"}} -> AssumeRole policy may only specify STS AssumeRole actions.
                {"Effect":"Allow","Principal":"root","Action":"sts:AssumeRole"}} -> Invalid principal in policy: "root"
                {"Effect":"Allow","Principal":{"Person":"me"},"Action":"sts:AssumeRole"}} -> Invalid principal in policy: "Person":"me"
                {"Effect":"May","Principal":"*","Action":"sts:AssumeRole"}} -> Syntax errors in policy.
            "#]],
        );
    }
}
