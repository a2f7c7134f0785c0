//! Constraints of the service models, checked before any service code sees a request, and worded
//! as AWS words them:
//!
//! ```text
//! 2 validation errors detected: Value 'a b' at 'roleName' failed to satisfy constraint: Member
//! must satisfy regular expression pattern: [\w+=,.@-]+; Value null at 'path' failed to satisfy
//! constraint: Member must not be null
//! ```

use crate::error::WireError;
use crate::schema::{Kind, Rules, Schema, ServiceModel, Validation};
use crate::value::Value;
use std::borrow::Cow;
use std::fmt::Write;

/// So many are listed; a list of a million bad elements is told about the first.
const LISTED_MAX: usize = 20;

/// Checks an operation's input.
pub(crate) fn check(
    model: &'static ServiceModel,
    schema: &'static Schema,
    value: &Value<'_>,
) -> Result<(), WireError> {
    let mut violations = Violations { found: Vec::new(), path: Vec::new() };
    match model.validation {
        Validation::MissingParameter => match missing(schema, value) {
            Some(parameter) => Err(WireError::sender(
                "MissingParameter",
                400,
                format!("The request must contain the parameter {parameter}."),
            )),
            None => Ok(()),
        },
        Validation::Listed { code } => {
            violations.structure(schema, value);
            let count = violations.found.len();
            if count == 0 {
                return Ok(());
            }
            let noun = if count == 1 { "error" } else { "errors" };
            let list = violations.found.join("; ");
            Err(WireError::sender(code, 400, format!("{count} validation {noun} detected: {list}")))
        }
    }
}

/// The first required member that is not there, as the query protocol would name it. Its path is
/// put together on the way back, for nearly every request misses nothing.
fn missing(schema: &'static Schema, value: &Value<'_>) -> Option<String> {
    match (value, schema.kind) {
        (Value::Structure(values), Kind::Structure(members)) => {
            members.iter().zip(values).find_map(|(member, value)| {
                if value.is_absent() {
                    return member.is_required.then(|| member.query_name.to_owned());
                }
                missing(member.schema, value).map(|path| format!("{}.{path}", member.query_name))
            })
        }
        (Value::List(values), Kind::List { member, .. }) => {
            values.iter().zip(1..).find_map(|(value, number)| {
                if value.is_absent() {
                    return Some(number.to_string());
                }
                missing(member, value).map(|path| format!("{number}.{path}"))
            })
        }
        (Value::Map(entries), Kind::Map { value: schema, .. }) => {
            entries.iter().zip(1..).find_map(|((_, value), number)| {
                missing(schema, value).map(|path| format!("{number}.Value.{path}"))
            })
        }
        _ => None,
    }
}

struct Violations {
    found: Vec<String>,
    path: Vec<String>,
}

impl Violations {
    fn structure(&mut self, schema: &'static Schema, value: &Value<'_>) {
        let Value::Structure(values) = value else { return };
        for (member, value) in schema.members().iter().zip(values) {
            if value.is_absent() && !member.is_required {
                continue;
            }
            self.path.push(lower_camel(member.name));
            self.value(member.schema, value);
            self.path.pop();
        }
    }

    fn value(&mut self, schema: &'static Schema, value: &Value<'_>) {
        if self.found.len() >= LISTED_MAX {
            return;
        }
        for reason in broken(schema, value) {
            self.add(schema, value, &reason);
        }
        match (value, schema.kind) {
            (Value::Structure(_), _) => self.structure(schema, value),
            (Value::List(values), Kind::List { member, .. }) => {
                self.list(schema, member, value, values);
            }
            (Value::Map(entries), Kind::Map { key, value: inner, .. }) => {
                self.map(schema, (key, inner), value, entries);
            }
            _ => {}
        }
    }

    fn list(
        &mut self,
        schema: &'static Schema,
        member: &'static Schema,
        whole: &Value<'_>,
        values: &[Value<'_>],
    ) {
        let is_nested = !member.kind.is_scalar();
        if is_nested || values.iter().any(Value::is_absent) {
            for (value, number) in values.iter().zip(1..) {
                self.path.push(format!("{number}.member"));
                self.value(member, value);
                self.path.pop();
            }
        } else if values.iter().any(|value| !broken(member, value).is_empty()) {
            let reason =
                format!("Member must satisfy constraint: [{}]", all(&member.rules, member.kind));
            self.add(schema, whole, &reason);
        }
    }

    fn map(
        &mut self,
        schema: &'static Schema,
        (key_schema, value_schema): (&'static Schema, &'static Schema),
        whole: &Value<'_>,
        entries: &[(Cow<'_, str>, Value<'_>)],
    ) {
        let breaks_key = |key: &str| !broken(key_schema, &Value::String(key.into())).is_empty();
        if entries.iter().any(|(key, _)| breaks_key(key)) {
            let rules = all(&key_schema.rules, key_schema.kind);
            self.add(schema, whole, &format!("Map keys must satisfy constraint: [{rules}]"));
        }
        if !value_schema.kind.is_scalar() {
            for (key, value) in entries {
                self.path.push(format!("{key}.member"));
                self.value(value_schema, value);
                self.path.pop();
            }
        } else if entries.iter().any(|(_, value)| !broken(value_schema, value).is_empty()) {
            let rules = all(&value_schema.rules, value_schema.kind);
            self.add(schema, whole, &format!("Map value must satisfy constraint: [{rules}]"));
        }
    }

    fn add(&mut self, schema: &'static Schema, value: &Value<'_>, reason: &str) {
        let path = self.path.join(".");
        let shown = if schema.rules.is_sensitive { String::new() } else { shown(value) };
        self.found.push(format!("Value{shown} at '{path}' failed to satisfy constraint: {reason}"));
    }
}

/// The rules of its own shape that a value breaks.
fn broken(schema: &'static Schema, value: &Value<'_>) -> Vec<String> {
    let rules = &schema.rules;
    #[expect(clippy::cast_precision_loss, reason = "a bound of the models is far below 2^52")]
    let measure = match value {
        Value::Absent => return vec!["Member must not be null".to_owned()],
        Value::Integer(number) => Some(*number as f64),
        Value::Double(number) => Some(*number),
        Value::String(text) => Some(text.chars().count() as f64),
        Value::Blob(bytes) => Some(bytes.len() as f64),
        Value::List(values) => Some(values.len() as f64),
        Value::Map(entries) => Some(entries.len() as f64),
        Value::Boolean(_) | Value::Timestamp(_) | Value::Structure(_) => None,
    };
    let mut reasons = Vec::new();
    if let Some(measure) = measure {
        if let Some(max) = rules.max.filter(|max| measure > *max) {
            reasons.push(bound(schema.kind, "less", max));
        }
        if let Some(min) = rules.min.filter(|min| measure < *min) {
            reasons.push(bound(schema.kind, "greater", min));
        }
    }
    if let Value::String(text) = value {
        if let Some(pattern) = rules.pattern.filter(|pattern| !pattern.matches(text)) {
            reasons.push(pattern_rule(pattern.source()));
        }
        if !rules.values.is_empty() && !rules.values.contains(&&**text) {
            reasons.push(values_rule(rules.values));
        }
    }
    reasons
}

/// Every rule of a shape, as AWS lists them when an element of a collection breaks one.
fn all(rules: &Rules, kind: Kind) -> String {
    let bounds = [
        rules.max.map(|max| bound(kind, "less", max)),
        rules.min.map(|min| bound(kind, "greater", min)),
    ];
    let pattern = rules.pattern.map(|pattern| pattern_rule(pattern.source()));
    let values = (!rules.values.is_empty()).then(|| values_rule(rules.values));
    let rules: Vec<String> = bounds.into_iter().chain([pattern, values]).flatten().collect();
    rules.join(", ")
}

fn bound(kind: Kind, direction: &str, limit: f64) -> String {
    let noun = if kind.is_number() { "value" } else { "length" };
    format!("Member must have {noun} {direction} than or equal to {limit}")
}

fn pattern_rule(source: &str) -> String {
    format!("Member must satisfy regular expression pattern: {source}")
}

fn values_rule(values: &[&str]) -> String {
    format!("Member must satisfy enum value set: [{}]", values.join(", "))
}

/// ` 'value'`, ` null`, or nothing where a value has no short form.
fn shown(value: &Value<'_>) -> String {
    if value.is_absent() {
        return " null".to_owned();
    }
    plain(value).map(|text| format!(" '{text}'")).unwrap_or_default()
}

fn plain(value: &Value<'_>) -> Option<String> {
    match value {
        Value::Boolean(value) => Some(value.to_string()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Double(number) => Some(number.to_string()),
        Value::String(text) => Some(text.to_string()),
        Value::List(values) => {
            let values: Option<Vec<String>> = values.iter().map(plain).collect();
            Some(format!("[{}]", values?.join(", ")))
        }
        Value::Map(entries) => {
            let mut out = String::new();
            for (key, value) in entries {
                let separator = if out.is_empty() { "" } else { ", " };
                write!(out, "{separator}{key}={}", plain(value)?).ok()?;
            }
            Some(format!("{{{out}}}"))
        }
        Value::Absent | Value::Blob(_) | Value::Timestamp(_) | Value::Structure(_) => None,
    }
}

/// `RoleName` → `roleName`: how AWS names a member in a refusal.
fn lower_camel(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
