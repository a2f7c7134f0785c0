//! What a policy is compared with: a message's attributes or its body, in one form.

use serde_json::Value;
use std::collections::BTreeMap;

/// Levels of nesting, dots in names among them. Deeper parts of a message match nothing.
pub(super) const DEPTH_MAX: usize = 128;
/// Numbers are compared to five digits after the point.
const SCALE: f64 = 100_000.0;
/// The greatest number that can be compared.
const NUMBER_MAX: f64 = 1_000_000_000.0;

/// A number as policies compare it: in hundred-thousandths.
pub(super) type Fixed = i64;

/// `None` for what is out of range, and so equals nothing and is in no range.
pub(super) fn fixed(number: f64) -> Option<Fixed> {
    if !number.is_finite() || number.abs() > NUMBER_MAX {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "at most 10^14, whole after rounding")]
    let scaled = (number * SCALE).round() as Fixed;
    Some(scaled)
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tree {
    Null,
    Bool(bool),
    Number(Option<Fixed>),
    Text(String),
    List(Vec<Tree>),
    Map(BTreeMap<String, Tree>),
}

/// A message, ready to be compared with any number of policies of one scope.
#[derive(Clone, Debug, PartialEq)]
pub struct Document(Tree);

/// A message attribute by what its type says of its text. Binary ones are never compared.
#[derive(Clone, Copy, Debug)]
pub enum Attribute<'a> {
    Text(&'a str),
    Number(&'a str),
    /// JSON: an array of strings, numbers, booleans and nulls.
    Array(&'a str),
}

impl Document {
    /// The body of a message; `None` when it is no JSON object, which no policy matches.
    #[must_use]
    pub fn from_body(text: &str) -> Option<Document> {
        match serde_json::from_str(text) {
            Ok(value @ Value::Object(_)) => Some(Document(tree(value, 0))),
            Ok(_) | Err(_) => None,
        }
    }

    #[must_use]
    pub fn from_attributes<'a>(
        attributes: impl IntoIterator<Item = (&'a str, Attribute<'a>)>,
    ) -> Document {
        let fields = attributes.into_iter().map(|(name, attribute)| {
            let tree = match attribute {
                Attribute::Text(text) => Tree::Text(text.to_owned()),
                Attribute::Number(text) => Tree::Number(text.trim().parse().ok().and_then(fixed)),
                Attribute::Array(text) => match serde_json::from_str(text) {
                    Ok(value @ Value::Array(_)) => tree(value, 0),
                    Ok(_) | Err(_) => Tree::List(Vec::new()),
                },
            };
            (name.to_owned(), tree)
        });
        Document(Tree::Map(fields.collect()))
    }

    pub(super) fn root(&self) -> &Tree {
        &self.0
    }
}

fn tree(value: Value, depth: usize) -> Tree {
    match value {
        Value::Null => Tree::Null,
        Value::Bool(value) => Tree::Bool(value),
        Value::Number(number) => Tree::Number(number.as_f64().and_then(fixed)),
        Value::String(text) => Tree::Text(text),
        Value::Array(_) | Value::Object(_) if depth >= DEPTH_MAX => Tree::List(Vec::new()),
        Value::Array(values) => {
            Tree::List(values.into_iter().map(|value| tree(value, depth + 1)).collect())
        }
        Value::Object(object) => {
            let mut fields = BTreeMap::new();
            for (name, value) in object {
                // Each dot is a level; beyond the limit nothing asks for it, so it is left out.
                let below = depth + 1 + name.bytes().filter(|byte| *byte == b'.').count();
                if below <= DEPTH_MAX {
                    merge(&mut fields, &name, tree(value, below));
                }
            }
            Tree::Map(fields)
        }
    }
}

/// Puts `tree` under `name`, whose dots separate levels. Where two names lead to one place, objects
/// are united and anything else is what came last.
fn merge(fields: &mut BTreeMap<String, Tree>, name: &str, tree: Tree) {
    let Some((first, rest)) = name.split_once('.') else {
        match (fields.get_mut(name), tree) {
            (Some(Tree::Map(known)), Tree::Map(new)) => {
                for (name, tree) in new {
                    merge_one(known, name, tree);
                }
            }
            (Some(known), tree) => *known = tree,
            (None, tree) => {
                fields.insert(name.to_owned(), tree);
            }
        }
        return;
    };
    let below = fields.entry(first.to_owned()).or_insert_with(|| Tree::Map(BTreeMap::new()));
    match below {
        Tree::Map(fields) => merge(fields, rest, tree),
        Tree::Null | Tree::Bool(_) | Tree::Number(_) | Tree::Text(_) | Tree::List(_) => {
            let mut fields = BTreeMap::new();
            merge(&mut fields, rest, tree);
            *below = Tree::Map(fields);
        }
    }
}

/// As [`merge`], for a name that is one level already.
fn merge_one(fields: &mut BTreeMap<String, Tree>, name: String, tree: Tree) {
    match (fields.get_mut(&name), tree) {
        (Some(Tree::Map(known)), Tree::Map(new)) => {
            for (name, tree) in new {
                merge_one(known, name, tree);
            }
        }
        (Some(known), tree) => *known = tree,
        (None, tree) => {
            fields.insert(name, tree);
        }
    }
}
