//! The query protocol's requests: a form whose keys spell out a tree.
//!
//! ```text
//! Action=SendMessage&MessageAttribute.1.Name=a&MessageAttribute.1.Value.DataType=String
//!   MessageAttribute ─ 1 ─┬─ Name = a
//!                         └─ Value ─ DataType = String
//! ```
//!
//! The tree is taken apart by the schema; what is left over was not known, and is refused by name.

use crate::error::WireError;
use crate::http::HttpRequest;
use crate::percent;
use crate::schema::{Kind, Member, Schema};
use crate::text::read_text;
use crate::value::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// How deep keys may nest. The deepest shape served needs seven; without a limit, a key of dots
/// would be a stack of the caller's choosing.
const DEPTH_MAX: usize = 16;

/// Names that belong to the request and not to the operation, signatures of presigned requests
/// among them.
const ENVELOPE: [&str; 14] = [
    "Action",
    "Version",
    "AWSAccessKeyId",
    "Signature",
    "SignatureMethod",
    "SignatureVersion",
    "Timestamp",
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-Security-Token",
    "X-Amz-Signature",
    "X-Amz-SignedHeaders",
];

/// Reads the parameters of a request, from its query string and its form, by a schema.
pub(crate) fn read<'r>(
    schema: &'static Schema,
    request: &'r HttpRequest,
) -> Result<Value<'r>, WireError> {
    let mut root = Node::default();
    for source in [Some(request.query.as_str()), std::str::from_utf8(&request.body).ok()] {
        let source = source.ok_or_else(|| malformed("The form is not UTF-8."))?;
        for pair in percent::pairs(source) {
            let (key, value) = pair.ok_or_else(|| malformed("The form is not UTF-8."))?;
            if !ENVELOPE.contains(&&*key) {
                root.insert(key, value)?;
            }
        }
    }
    let value = read_value(schema, &mut root)?;
    match root.first_key() {
        Some(unknown) => Err(WireError::sender(
            "InvalidQueryParameter",
            400,
            format!("The parameter {unknown} is not recognized."),
        )),
        None => Ok(value),
    }
}

/// The value of one parameter, wherever it stands. For routing, before anything else is read.
pub(crate) fn parameter<'r>(request: &'r HttpRequest, name: &str) -> Option<Cow<'r, str>> {
    let body = std::str::from_utf8(&request.body).unwrap_or_default();
    [request.query.as_str(), body].into_iter().find_map(|source| {
        percent::pairs(source).flatten().find(|(key, _)| key == name).map(|(_, value)| value)
    })
}

fn malformed(reason: &str) -> WireError {
    WireError::sender("MalformedQueryString", 400, reason.to_owned())
}

#[derive(Debug, Default)]
struct Node<'r> {
    value: Option<Cow<'r, str>>,
    children: BTreeMap<String, Node<'r>>,
}

impl<'r> Node<'r> {
    fn insert(&mut self, key: Cow<'r, str>, value: Cow<'r, str>) -> Result<(), WireError> {
        let mut node = self;
        for (depth, part) in key.split('.').enumerate() {
            if depth == DEPTH_MAX {
                return Err(malformed("A parameter's name is nested too deeply."));
            }
            // Not `entry`: it would copy the name even where the child is there already.
            if !node.children.contains_key(part) {
                node.children.insert(part.to_owned(), Node::default());
            }
            node = node.children.get_mut(part).expect("it was there, or has just been put there");
        }
        if node.value.is_some() {
            return Err(malformed(&format!("The parameter {key} is given twice.")));
        }
        node.value = Some(value);
        Ok(())
    }

    /// Takes out the child of that name.
    fn take(&mut self, name: &str) -> Option<Node<'r>> {
        self.children.remove(name)
    }

    /// Puts back what a reader left over, under its name.
    fn leave(&mut self, name: &str, rest: Node<'r>) {
        if rest.value.is_some() || !rest.children.is_empty() {
            self.children.insert(name.to_owned(), rest);
        }
    }

    /// The full name of a parameter that is still here, the first one.
    fn first_key(&self) -> Option<String> {
        if self.value.is_some() {
            return Some(String::new());
        }
        self.children.iter().find_map(|(name, child)| {
            let key = child.first_key()?;
            Some(if key.is_empty() { name.clone() } else { format!("{name}.{key}") })
        })
    }

    /// The numbered children, in the order of their numbers.
    fn take_numbered(&mut self) -> Vec<(u32, Node<'r>)> {
        let children = std::mem::take(&mut self.children);
        let mut numbered = Vec::new();
        for (name, child) in children {
            match name.parse::<u32>() {
                Ok(number) => numbered.push((number, child)),
                Err(_) => {
                    self.children.insert(name, child);
                }
            }
        }
        numbered.sort_by_key(|(number, _)| *number);
        numbered
    }
}

/// Takes out of the node what the schema knows; the rest stays.
fn read_value<'r>(schema: &'static Schema, node: &mut Node<'r>) -> Result<Value<'r>, WireError> {
    match schema.kind {
        Kind::Structure(members) => members
            .iter()
            .map(|member| read_member(member, node))
            .collect::<Result<_, _>>()
            .map(Value::Structure),
        Kind::List { member, element } => match node.take(element) {
            Some(mut elements) => {
                let list = read_list(member, &mut elements)?;
                node.leave(element, elements);
                Ok(list)
            }
            None => Ok(empty_list(node)),
        },
        Kind::Map { .. } => match node.take("entry") {
            Some(mut entries) => {
                let map = read_map(schema, &mut entries)?;
                node.leave("entry", entries);
                Ok(map)
            }
            None => Ok(empty_map(node)),
        },
        Kind::Boolean
        | Kind::Integer
        | Kind::Long
        | Kind::Float
        | Kind::Double
        | Kind::String
        | Kind::Blob
        | Kind::Timestamp(_) => match node.value.take() {
            Some(text) => read_text(schema, text),
            None => Ok(Value::Absent),
        },
    }
}

fn read_member<'r>(member: &'static Member, node: &mut Node<'r>) -> Result<Value<'r>, WireError> {
    let name = member.query_name;
    let Some(mut child) = node.take(name) else { return Ok(Value::Absent) };
    let value = if member.is_flattened {
        read_flattened(member.schema, &mut child)?
    } else if member.schema.kind.is_scalar() {
        read_value(member.schema, &mut child).map_err(|error| error.inside(name))?
    } else {
        read_value(member.schema, &mut child)?
    };
    node.leave(name, child);
    Ok(value)
}

/// A list or map without an element of its own around its entries.
///
/// A list of one may leave out its number: `AttributeName=All` is how the oldest clients ask.
fn read_flattened<'r>(
    schema: &'static Schema,
    node: &mut Node<'r>,
) -> Result<Value<'r>, WireError> {
    let Some(element) = schema.kind.element() else { return read_map(schema, node) };
    match node.value.take_if(|value| !value.is_empty() && element.kind.is_scalar()) {
        Some(only) if node.children.is_empty() => Ok(Value::List(vec![read_text(element, only)?])),
        Some(_) => Err(malformed("A list is given both with and without numbers.")),
        None if node.value.is_some() => Ok(empty_list(node)),
        None => read_list(element, node),
    }
}

/// `List=` alone is how clients write an empty list.
fn empty_list<'r>(node: &mut Node<'r>) -> Value<'r> {
    match node.value.take_if(|value| value.is_empty()) {
        Some(_) => Value::List(Vec::new()),
        None => Value::Absent,
    }
}

fn empty_map<'r>(node: &mut Node<'r>) -> Value<'r> {
    match node.value.take_if(|value| value.is_empty()) {
        Some(_) => Value::Map(Vec::new()),
        None => Value::Absent,
    }
}

fn read_list<'r>(element: &'static Schema, node: &mut Node<'r>) -> Result<Value<'r>, WireError> {
    let mut values = Vec::new();
    for (number, mut child) in node.take_numbered() {
        values.push(read_value(element, &mut child)?);
        node.leave(&number.to_string(), child);
    }
    Ok(Value::List(values))
}

fn read_map<'r>(schema: &'static Schema, node: &mut Node<'r>) -> Result<Value<'r>, WireError> {
    let Kind::Map { value: value_schema, key_name, value_name, .. } = schema.kind else {
        return Ok(Value::Absent);
    };
    let mut entries = Vec::new();
    for (number, mut child) in node.take_numbered() {
        let key = child.take(key_name).and_then(|key| key.value);
        let value = match child.take(value_name) {
            Some(mut value) => {
                let read = read_value(value_schema, &mut value)?;
                child.leave(value_name, value);
                read
            }
            None => Value::Absent,
        };
        let Some(key) = key else {
            return Err(malformed(&format!("Entry {number} of a map has no {key_name}.")));
        };
        if value.is_absent() {
            return Err(malformed(&format!("Entry {number} of a map has no {value_name}.")));
        }
        entries.push((key, value));
        node.leave(&number.to_string(), child);
    }
    Ok(Value::Map(entries))
}
