//! From text to policy: the grammar, AWS's refusals and AWS's limits.

use super::document::{DEPTH_MAX, Fixed, fixed};
use super::matcher::{Bound, Matcher, TextPattern};
use super::{All, Key, Refusal, Scope};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// The most combinations of values that a policy may ask for.
const COMBINATIONS_MAX: u64 = 150;
/// The most names at a policy's top.
const KEYS_MAX: usize = 5;
const POLICY_BYTES_MAX: usize = 256 * 1024;
const OR: &str = "$or";
/// No alternative of a `$or` is made of these: such an array is a plain list of matchers.
const OPERATORS: [&str; 8] = [
    "anything-but",
    "cidr",
    "equals-ignore-case",
    "exists",
    "numeric",
    "prefix",
    "suffix",
    "wildcard",
];

pub(super) fn parse(text: &str, scope: Scope) -> Result<All, Refusal> {
    if text.len() > POLICY_BYTES_MAX {
        return Err(Refusal::new("Filter policy is larger than 256 KB"));
    }
    let value: Value = serde_json::from_str(text)
        .map_err(|error| Refusal::new(format!("failed to parse JSON. {error}")))?;
    let Value::Object(object) = value else {
        return Err(Refusal::new("Filter is not an object"));
    };
    let root = Parser { scope }.all(object, 1)?;
    let names: BTreeSet<&str> = root.names();
    if names.len() > KEYS_MAX {
        return Err(Refusal::new("Filter policy can not have more than 5 keys"));
    }
    if root.combinations(1) > COMBINATIONS_MAX {
        return Err(Refusal::new("Filter policy is too complex"));
    }
    Ok(root)
}

impl All {
    /// The names at the top, those of alternatives among them.
    fn names(&self) -> BTreeSet<&str> {
        let alternatives = self.ors.iter().flatten().flat_map(All::names);
        self.keys.keys().map(String::as_str).chain(alternatives).collect()
    }

    /// AWS's measure: the product over all keys of their number of values, each as often as it is
    /// deep, and the sum over alternatives.
    fn combinations(&self, depth: u64) -> u64 {
        let keys = self.keys.values().map(|key| {
            let leaf = key.leaf.as_ref().map_or(1, |matchers| depth * matchers.len() as u64);
            let nested = key.nested.as_ref().map_or(1, |all| all.combinations(depth + 1));
            leaf.saturating_mul(nested)
        });
        let ors = self.ors.iter().map(|alternatives| {
            alternatives.iter().map(|all| all.combinations(depth)).fold(0, u64::saturating_add)
        });
        keys.chain(ors).fold(1, u64::saturating_mul)
    }

    /// What a second mention of the same place asks for is asked for as well.
    fn unite(&mut self, other: All) -> Result<(), Refusal> {
        for (name, key) in other.keys {
            self.key(name).unite(key)?;
        }
        self.ors.extend(other.ors);
        Ok(())
    }

    fn key(&mut self, name: String) -> &mut Key {
        self.keys.entry(name).or_default()
    }
}

impl Key {
    fn unite(&mut self, other: Key) -> Result<(), Refusal> {
        match (&mut self.leaf, other.leaf) {
            (Some(_), Some(_)) => {
                return Err(Refusal::new("Path in the filter policy is repeated"));
            }
            (leaf @ None, new) => *leaf = new,
            (Some(_), None) => {}
        }
        match (&mut self.nested, other.nested) {
            (Some(nested), Some(new)) => nested.unite(new),
            (nested @ None, new) => {
                *nested = new;
                Ok(())
            }
            (Some(_), None) => Ok(()),
        }
    }
}

struct Parser {
    scope: Scope,
}

impl Parser {
    fn all(&self, object: Map<String, Value>, depth: usize) -> Result<All, Refusal> {
        if object.is_empty() {
            return Err(Refusal::new("Empty objects are not allowed"));
        }
        let mut all = All::default();
        for (name, value) in object {
            match value {
                Value::Array(values) if name == OR && is_or(&values) => {
                    all.ors.push(self.alternatives(values, depth)?);
                }
                Value::Array(values) => {
                    let key = Key { leaf: Some(matchers(values)?), nested: None };
                    self.put(&mut all, name, key, depth)?;
                }
                Value::Object(_) if self.scope == Scope::MessageAttributes => {
                    return Err(Refusal::NestedInAttributes);
                }
                Value::Object(object) => {
                    let below = depth + name.split('.').count();
                    let key = Key { leaf: None, nested: Some(self.all(object, below)?) };
                    self.put(&mut all, name, key, depth)?;
                }
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                    return Err(Refusal::new(format!("\"{name}\" must be an object or an array")));
                }
            }
        }
        Ok(all)
    }

    fn alternatives(&self, values: Vec<Value>, depth: usize) -> Result<Vec<All>, Refusal> {
        let objects = values.into_iter().filter_map(|value| match value {
            Value::Object(object) => Some(object),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => None,
        });
        objects.map(|object| self.all(object, depth)).collect()
    }

    /// In a body, a name with dots is the nesting it stands for.
    fn put(&self, all: &mut All, name: String, key: Key, depth: usize) -> Result<(), Refusal> {
        if self.scope == Scope::MessageAttributes || !name.contains('.') {
            return all.key(name).unite(key);
        }
        let parts: Vec<&str> = name.split('.').collect();
        if depth + parts.len() > DEPTH_MAX {
            return Err(Refusal::new("Filter policy is too complex"));
        }
        let mut key = key;
        let mut parts = parts.into_iter().rev().peekable();
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                return all.key(part.to_owned()).unite(key);
            }
            let keys = BTreeMap::from([(part.to_owned(), key)]);
            key = Key { leaf: None, nested: Some(All { keys, ors: Vec::new() }) };
        }
        Ok(())
    }
}

/// Two objects at least, none of them a matcher; anything else is a key that happens to be `$or`.
fn is_or(values: &[Value]) -> bool {
    values.len() >= 2
        && values.iter().all(|value| {
            value.as_object().is_some_and(|object| {
                !object.is_empty() && !object.keys().any(|key| OPERATORS.contains(&key.as_str()))
            })
        })
}

fn matchers(values: Vec<Value>) -> Result<Vec<Matcher>, Refusal> {
    if values.is_empty() {
        return Err(Refusal::new("Empty arrays are not allowed"));
    }
    values.into_iter().map(matcher).collect()
}

fn matcher(value: Value) -> Result<Matcher, Refusal> {
    match value {
        Value::Array(_) => {
            Err(Refusal::new("Match value must be String, number, true, false, or null"))
        }
        Value::Object(object) => {
            let mut entries = object.into_iter();
            match (entries.next(), entries.next()) {
                (Some((operator, operand)), None) => match_expression(&operator, operand),
                (Some(_), Some(_)) => Err(Refusal::new("Only one key allowed in match expression")),
                (None, _) => Err(Refusal::new("Empty match expression")),
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => plain(&value),
    }
}

fn plain(value: &Value) -> Result<Matcher, Refusal> {
    match value {
        Value::Null => Ok(Matcher::Null),
        Value::Bool(value) => Ok(Matcher::Bool(*value)),
        Value::Number(_) => number(value).map(Matcher::Number),
        Value::String(text) => Ok(Matcher::Text(TextPattern::Exact(text.clone()))),
        Value::Array(_) | Value::Object(_) => {
            Err(Refusal::new("Match value must be String, number, true, false, or null"))
        }
    }
}

fn number(value: &Value) -> Result<Fixed, Refusal> {
    value
        .as_f64()
        .and_then(fixed)
        .ok_or_else(|| Refusal::new("Value must be between -1.0E9 and 1.0E9, inclusive"))
}

fn match_expression(operator: &str, operand: Value) -> Result<Matcher, Refusal> {
    match operator {
        "numeric" => numeric(operand),
        "anything-but" => anything_but(operand),
        "exists" => match operand {
            Value::Bool(wanted) => Ok(Matcher::Exists(wanted)),
            Value::Null
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_) => {
                Err(Refusal::new("exists match pattern must be either true or false."))
            }
        },
        "cidr" => match operand {
            Value::String(text) => cidr(&text),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_) => Err(Refusal::new("cidr match pattern must be a string")),
        },
        "prefix" | "suffix" | "equals-ignore-case" | "wildcard" => {
            text_pattern(operator, operand).map(Matcher::Text)
        }
        _ => Err(Refusal::new(format!("Unrecognized match type {operator}"))),
    }
}

fn text_pattern(operator: &str, operand: Value) -> Result<TextPattern, Refusal> {
    let Value::String(text) = operand else {
        return Err(Refusal::new(format!("{operator} match pattern must be a string")));
    };
    match operator {
        "prefix" => Ok(TextPattern::Prefix(text)),
        "suffix" => Ok(TextPattern::Suffix(text)),
        "equals-ignore-case" => Ok(TextPattern::IgnoringCase(text.to_lowercase())),
        _ => wildcard(&text),
    }
}

/// `*` stands for anything; `\*` and `\\` for themselves.
fn wildcard(text: &str) -> Result<TextPattern, Refusal> {
    let mut parts = vec![String::new()];
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            '*' => {
                if characters.peek().is_some_and(|(_, next)| *next == '*') {
                    return Err(Refusal::new(format!(
                        "Consecutive wildcard characters at pos {at}"
                    )));
                }
                parts.push(String::new());
            }
            '\\' => match characters.next() {
                Some((_, escaped @ ('*' | '\\'))) => push(&mut parts, escaped),
                Some(_) | None => {
                    return Err(Refusal::new(format!("Invalid escape character at pos {at}")));
                }
            },
            _ => push(&mut parts, character),
        }
    }
    if parts.len() > 1 {
        return Ok(TextPattern::Wildcard(parts));
    }
    Ok(TextPattern::Exact(parts.concat()))
}

fn push(parts: &mut [String], character: char) {
    if let Some(last) = parts.last_mut() {
        last.push(character);
    }
}

fn anything_but(operand: Value) -> Result<Matcher, Refusal> {
    let refused = match operand {
        Value::String(_) | Value::Number(_) => vec![plain(&operand)?],
        Value::Array(values) => {
            let is_mixed = values.iter().any(Value::is_string)
                && values.iter().any(|value| !value.is_string());
            let is_foreign = values.iter().any(|value| !value.is_string() && !value.is_number());
            if values.is_empty() {
                return Err(Refusal::new("Empty arrays are not allowed"));
            }
            if is_mixed || is_foreign {
                return Err(Refusal::new(
                    "Inside anything but list, either all values are number or string, mixed \
                     type is not supported",
                ));
            }
            values.iter().map(plain).collect::<Result<_, _>>()?
        }
        Value::Object(object) => {
            let mut entries = object.into_iter();
            match (entries.next(), entries.next()) {
                (Some((operator, operand)), None) => anything_but_patterns(&operator, operand)?,
                (Some(_), Some(_)) | (None, _) => {
                    return Err(Refusal::new("Only one key allowed in match expression"));
                }
            }
        }
        Value::Null | Value::Bool(_) => {
            return Err(Refusal::new(
                "Value of anything-but must be an array or single string/number value.",
            ));
        }
    };
    Ok(Matcher::AnythingBut(refused))
}

fn anything_but_patterns(operator: &str, operand: Value) -> Result<Vec<Matcher>, Refusal> {
    if !["prefix", "suffix", "equals-ignore-case", "wildcard"].contains(&operator) {
        return Err(Refusal::new(format!("Unsupported anything-but pattern: {operator}")));
    }
    let operands = match operand {
        Value::Array(values) if values.is_empty() => {
            return Err(Refusal::new("Empty arrays are not allowed"));
        }
        Value::Array(values) => values,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            vec![operand]
        }
    };
    let patterns = operands.into_iter().map(|operand| text_pattern(operator, operand));
    patterns.map(|pattern| pattern.map(Matcher::Text)).collect()
}

/// `["=", n]`, `[">", n]`, `[">=", n, "<", m]` and the like.
fn numeric(operand: Value) -> Result<Matcher, Refusal> {
    let Value::Array(terms) = operand else {
        return Err(Refusal::new("Value of numeric must be an array."));
    };
    let mut terms = terms.into_iter();
    let operator = match terms.next() {
        Some(Value::String(operator)) => operator,
        Some(other) => {
            return Err(Refusal::new(format!("Invalid member in numeric match: {other}")));
        }
        None => return Err(Refusal::new("Invalid member in numeric match: ]")),
    };
    let name = if operator == "=" { "equals" } else { operator.as_str() };
    let is_inclusive = operator.ends_with('=');
    let mut bound = |name: &str, is_inclusive: bool| match terms.next() {
        Some(value @ Value::Number(_)) => Ok(Bound { value: number(&value)?, is_inclusive }),
        Some(_) | None => Err(Refusal::new(format!("Value of {name} must be numeric"))),
    };
    match operator.as_str() {
        "=" => {
            let Bound { value, .. } = bound(name, true)?;
            no_more(terms.next(), "Too many elements in numeric expression")?;
            Ok(Matcher::Number(value))
        }
        "<" | "<=" => {
            let high = bound(name, is_inclusive)?;
            no_more(terms.next(), "Too many elements in numeric expression")?;
            Ok(Matcher::Range { low: None, high: Some(high) })
        }
        ">" | ">=" => {
            let low = bound(name, is_inclusive)?;
            let high = range_end(&mut terms)?;
            if high.is_some_and(|high| high.value <= low.value) {
                return Err(Refusal::new("Bottom must be less than top"));
            }
            no_more(terms.next(), "Too many terms in numeric range expression")?;
            Ok(Matcher::Range { low: Some(low), high })
        }
        _ => Err(Refusal::new(format!("Unrecognized numeric range operator: {operator}"))),
    }
}

fn range_end(terms: &mut impl Iterator<Item = Value>) -> Result<Option<Bound>, Refusal> {
    let operator = match terms.next() {
        None => return Ok(None),
        Some(Value::String(operator)) => operator,
        Some(other) => return Err(Refusal::new(format!("Bad value in numeric range: {other}"))),
    };
    if !["<", "<="].contains(&operator.as_str()) {
        return Err(Refusal::new(format!("Bad numeric range operator: {operator}")));
    }
    match terms.next() {
        Some(value @ Value::Number(_)) => {
            Ok(Some(Bound { value: number(&value)?, is_inclusive: operator == "<=" }))
        }
        Some(_) | None => Err(Refusal::new(format!("Value of {operator} must be numeric"))),
    }
}

fn no_more(term: Option<Value>, refusal: &str) -> Result<(), Refusal> {
    if term.is_none() { Ok(()) } else { Err(Refusal::new(refusal)) }
}

fn cidr(text: &str) -> Result<Matcher, Refusal> {
    let (network, prefix) =
        text.split_once('/').ok_or_else(|| Refusal::new("Malformed CIDR, one '/' required"))?;
    let network: std::net::IpAddr = network
        .parse()
        .map_err(|_| Refusal::new(format!("Malformed CIDR, no IP address: {network}")))?;
    let width = if network.is_ipv4() { 32 } else { 128 };
    let prefix = prefix.parse().ok().filter(|prefix| *prefix <= width).ok_or_else(|| {
        Refusal::new(format!("Malformed CIDR, mask bits must be at most {width}"))
    })?;
    Ok(Matcher::Cidr { network, prefix })
}
