//! Edits: what an operator changes of dead letters on their way back.
//!
//! An edit is checked where it comes in, and carried out by the core on the message it finds: of
//! one message, or in a move task of all that its filter lets through. It is a function of the
//! message alone, so a replay makes the same of it.

use super::json_text::{Document, Operation, is_pointer};
use super::model::MESSAGE_BYTES_MAX;
use super::send_message::{ATTRIBUTES_MAX, check_characters, decode_attributes};
use super::wishes::{self, Wishes};
use super::{Error, Record};
use kernel::MessageAttribute;
use minicbor::{Decode, Encode};
use serde_json::Value;
use std::collections::BTreeMap;
use tidemill_aws::generated::sqs::MessageAttributeValue;
use tidemill_kernel as kernel;

/// Operations of one JSON Patch: each looks through the whole body, inside apply.
const OPERATIONS_MAX: usize = 32;

#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Edit {
    #[n(0)]
    body: Option<BodyEdit>,
    /// Replace those of their names, or are added.
    #[n(1)]
    set_attributes: Vec<MessageAttribute>,
    #[n(2)]
    remove_attributes: Vec<String>,
}

/// Texts here are JSON, but for a body that replaces another.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
enum BodyEdit {
    #[n(0)]
    Replace(#[n(0)] String),
    #[n(1)]
    MergePatch(#[n(0)] String),
    #[n(2)]
    JsonPatch(#[n(0)] Vec<PatchOperation>),
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
struct PatchOperation {
    #[n(0)]
    kind: PatchKind,
    #[n(1)]
    path: String,
    /// What add, replace and test are about: a JSON text.
    #[n(2)]
    value: String,
    /// Where move and copy take it from.
    #[n(3)]
    from: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
enum PatchKind {
    #[n(0)]
    Add,
    #[n(1)]
    Remove,
    #[n(2)]
    Replace,
    #[n(3)]
    Move,
    #[n(4)]
    Copy,
    #[n(5)]
    Test,
}

impl PatchKind {
    const ALL: [(&str, PatchKind); 6] = [
        ("add", PatchKind::Add),
        ("remove", PatchKind::Remove),
        ("replace", PatchKind::Replace),
        ("move", PatchKind::Move),
        ("copy", PatchKind::Copy),
        ("test", PatchKind::Test),
    ];

    /// The members that an operation of this kind has besides `op` and `path`.
    fn member(self) -> Option<&'static str> {
        match self {
            PatchKind::Add | PatchKind::Replace | PatchKind::Test => Some("value"),
            PatchKind::Move | PatchKind::Copy => Some("from"),
            PatchKind::Remove => None,
        }
    }
}

/// An edit as it was asked for, before it was checked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EditRequest {
    pub body: Option<String>,
    /// RFC 7386.
    pub merge_patch: Option<Value>,
    /// RFC 6902.
    pub json_patch: Option<Value>,
    pub set_attributes: BTreeMap<String, MessageAttributeValue>,
    pub remove_attributes: Vec<String>,
}

impl Edit {
    /// An edit that may be asked for: it changes something, in one way, to what may be sent.
    pub fn checked(request: EditRequest) -> Result<Edit, Error> {
        let EditRequest { body, merge_patch, json_patch, set_attributes, remove_attributes } =
            request;
        let body = match (body, merge_patch, json_patch) {
            (None, None, None) => None,
            (Some(body), None, None) => Some(BodyEdit::Replace(body)),
            (None, Some(patch), None) => Some(BodyEdit::MergePatch(patch.to_string())),
            (None, None, Some(patch)) => Some(BodyEdit::JsonPatch(operations(&patch)?)),
            (_, _, _) => {
                return Err(invalid(
                    "An edit has one of body, merge_patch and json_patch, not several.",
                ));
            }
        };
        if body.is_none() && set_attributes.is_empty() && remove_attributes.is_empty() {
            return Err(invalid(
                "An edit changes something: it has a body, merge_patch, json_patch, \
                 set_attributes or remove_attributes.",
            ));
        }
        let set_attributes = decode_attributes(set_attributes)?;
        if let Some(name) = set_attributes.iter().find(|set| wishes::is_for_sending(&set.name)) {
            let name = &name.name;
            return Err(invalid(&format!(
                "{name} cannot be set: a message that goes back is delivered at once, and once."
            )));
        }
        Ok(Edit { body, set_attributes, remove_attributes })
    }

    /// What the edit makes of a message. A refusal says why it cannot be made.
    pub(super) fn edited(&self, record: &Record, is_fifo: bool) -> Result<Record, Error> {
        let mut edited = record.clone();
        if let Some(body) = &self.body {
            edited.body = body.edited(&record.body)?;
        }
        edited.attributes.retain(|kept| {
            !self.remove_attributes.contains(&kept.name)
                && self.set_attributes.iter().all(|set| set.name != kept.name)
        });
        edited.attributes.extend(self.set_attributes.iter().cloned());
        edited.attributes.sort_by(|one, other| one.name.cmp(&other.name));
        check(&edited, is_fifo)?;
        Ok(edited)
    }

    /// What it takes to keep.
    pub(super) fn size(&self) -> usize {
        kernel::codec::to_bytes(self).len()
    }

    /// How often carrying it out looks through a body.
    pub(super) fn passes(&self) -> u64 {
        match &self.body {
            None => 1,
            Some(BodyEdit::Replace(_) | BodyEdit::MergePatch(_)) => 2,
            Some(BodyEdit::JsonPatch(operations)) => 1 + operations.len() as u64,
        }
    }
}

/// What may be sent may be sent back.
fn check(edited: &Record, is_fifo: bool) -> Result<(), Error> {
    if edited.body.is_empty() {
        return Err(impossible("the body would be empty"));
    }
    check_characters(&edited.body, "message body")?;
    if edited.attributes.len() > ATTRIBUTES_MAX {
        let count = edited.attributes.len();
        return Err(impossible(&format!(
            "the message would have {count} attributes, and {ATTRIBUTES_MAX} are allowed"
        )));
    }
    if edited.size() > MESSAGE_BYTES_MAX as usize {
        return Err(too_long());
    }
    Wishes::read(&edited.attributes, is_fifo).map(|_| ())
}

impl BodyEdit {
    fn edited(&self, body: &str) -> Result<String, Error> {
        let read = |text: &str| Document::parse(text);
        let not_json = || impossible("the body is no JSON");
        match self {
            BodyEdit::Replace(text) => Ok(text.clone()),
            BodyEdit::MergePatch(patch) => {
                let document = read(body).ok_or_else(not_json)?;
                let patch = read(patch).expect("it was written from a value");
                Ok(document.merge_patched(&patch).into_text())
            }
            BodyEdit::JsonPatch(operations) => {
                let mut document = read(body).ok_or_else(not_json)?;
                for operation in operations {
                    document.operate(operation.borrowed()).map_err(|why| impossible(&why))?;
                    // A copy of a copy doubles what there is.
                    if document.len() > MESSAGE_BYTES_MAX as usize {
                        return Err(too_long());
                    }
                }
                Ok(document.into_text())
            }
        }
    }
}

impl PatchOperation {
    fn borrowed(&self) -> Operation<'_> {
        let PatchOperation { kind, path, value, from } = self;
        match kind {
            PatchKind::Add => Operation::Add { path, value },
            PatchKind::Remove => Operation::Remove { path },
            PatchKind::Replace => Operation::Replace { path, value },
            PatchKind::Move => Operation::Move { from, path },
            PatchKind::Copy => Operation::Copy { from, path },
            PatchKind::Test => Operation::Test { path, value },
        }
    }
}

fn operations(patch: &Value) -> Result<Vec<PatchOperation>, Error> {
    let list = patch.as_array().ok_or_else(|| invalid("A json_patch is a list of operations."))?;
    if list.is_empty() || list.len() > OPERATIONS_MAX {
        return Err(invalid(&format!("A json_patch has 1 to {OPERATIONS_MAX} operations.")));
    }
    list.iter().map(operation).collect()
}

fn operation(given: &Value) -> Result<PatchOperation, Error> {
    let refuse = |why: &str| invalid(&format!("The operation {given} is invalid: {why}."));
    let text = |name: &str| given.get(name).and_then(Value::as_str);
    let kind = text("op").and_then(|op| PatchKind::ALL.iter().find(|(name, _)| *name == op));
    let Some((_, kind)) = kind else {
        return Err(refuse("its op must be add, remove, replace, move, copy or test"));
    };
    let pointer = |name: &str| {
        text(name)
            .filter(|path| is_pointer(path))
            .map(str::to_owned)
            .ok_or_else(|| refuse(&format!("its {name} must be a JSON pointer, e.g. /order/id")))
    };
    let known = ["op", "path"].into_iter().chain(kind.member());
    let mut members = given.as_object().into_iter().flatten().map(|(name, _)| name);
    if let Some(name) = members.find(|name| !known.clone().any(|known| known == name.as_str())) {
        return Err(refuse(&format!("it has no member {name}")));
    }
    let value = match (kind.member(), given.get("value")) {
        (Some("value"), None) => return Err(refuse("it has no value")),
        (Some("value"), Some(value)) => value.to_string(),
        (_, _) => String::new(),
    };
    let from = match kind.member() {
        Some("from") => pointer("from")?,
        _ => String::new(),
    };
    Ok(PatchOperation { kind: *kind, path: pointer("path")?, value, from })
}

fn invalid(reason: &str) -> Error {
    Error::InvalidParameter { reason: reason.to_owned() }
}

fn impossible(why: &str) -> Error {
    Error::InvalidParameter { reason: format!("The edit cannot be made: {why}.") }
}

fn too_long() -> Error {
    impossible(&format!("the message would be longer than {MESSAGE_BYTES_MAX} bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::AttributeValue;
    use serde_json::json;

    fn text(value: &str) -> MessageAttributeValue {
        MessageAttributeValue {
            data_type: "String".to_owned(),
            string_value: Some(value.to_owned()),
            ..MessageAttributeValue::default()
        }
    }

    fn attribute(name: &str, value: &str) -> MessageAttribute {
        MessageAttribute {
            name: name.to_owned(),
            data_type: "String".to_owned(),
            value: AttributeValue::Text(value.to_owned()),
        }
    }

    fn message(body: &str) -> Record {
        Record {
            body: body.to_owned(),
            attributes: vec![attribute("colour", "red"), attribute("size", "xl")],
            ..Record::default()
        }
    }

    fn of_body(body: EditRequest, message: &Record) -> String {
        match Edit::checked(body).and_then(|edit| edit.edited(message, false)) {
            Ok(record) => record.body,
            Err(refusal) => refusal.to_string(),
        }
    }

    #[test]
    fn a_body_is_replaced_merged_or_patched() {
        let merge = |patch| EditRequest { merge_patch: Some(patch), ..EditRequest::default() };
        let patch = |patch| EditRequest { json_patch: Some(patch), ..EditRequest::default() };
        let replace =
            |body: &str| EditRequest { body: Some(body.to_owned()), ..EditRequest::default() };
        let order = message(r#"{"total": 10.10,"id":7}"#);
        for (request, expected) in [
            (replace("x"), "x"),
            (replace(""), "The edit cannot be made: the body would be empty."),
            (
                replace("\u{1}"),
                "Invalid binary character '#x1' was found in the message body, the set of \
                 allowed characters is #x9 | #xA | #xD | [#x20 to #xD7FF] | [#xE000 to #xFFFD] | \
                 [#x10000 to #x10FFFF]",
            ),
            (merge(json!({ "id": null, "a": 1 })), r#"{"total": 10.10,"a":1}"#),
            (
                patch(json!([
                    { "op": "test", "path": "/id", "value": 7 },
                    { "op": "move", "from": "/id", "path": "/order" },
                    { "op": "copy", "from": "/order", "path": "/id" },
                    { "op": "replace", "path": "/order", "value": { "n": 1 } },
                    { "op": "remove", "path": "/id" },
                    { "op": "add", "path": "/order/m", "value": null },
                ])),
                r#"{"total": 10.10,"order":{"n":1,"m":null}}"#,
            ),
            (
                patch(json!([{ "op": "test", "path": "/id", "value": 8 }])),
                "The edit cannot be made: what is at /id is not 8.",
            ),
            (patch(json!({})), "A json_patch is a list of operations."),
            (patch(json!([])), "A json_patch has 1 to 32 operations."),
            (
                patch(json!([{ "op": "set", "path": "/a" }])),
                r#"The operation {"op":"set","path":"/a"} is invalid: its op must be add, remove, replace, move, copy or test."#,
            ),
            (
                patch(json!([{ "op": "add", "path": "/a" }])),
                r#"The operation {"op":"add","path":"/a"} is invalid: it has no value."#,
            ),
            (
                patch(json!([{ "op": "remove", "path": "/a", "from": "/b" }])),
                r#"The operation {"from":"/b","op":"remove","path":"/a"} is invalid: it has no member from."#,
            ),
            (
                patch(json!([{ "op": "move", "path": "/a", "from": "b" }])),
                r#"The operation {"from":"b","op":"move","path":"/a"} is invalid: its from must be a JSON pointer, e.g. /order/id."#,
            ),
            (
                EditRequest { merge_patch: Some(json!({})), ..replace("x") },
                "An edit has one of body, merge_patch and json_patch, not several.",
            ),
            (
                EditRequest::default(),
                "An edit changes something: it has a body, merge_patch, json_patch, \
                 set_attributes or remove_attributes.",
            ),
        ] {
            assert_eq!(of_body(request, &order), expected);
        }
        let no_json = merge(json!({ "a": 1 }));
        let expected = "The edit cannot be made: the body is no JSON.";
        assert_eq!(of_body(no_json, &message("plain text")), expected);
    }

    #[test]
    fn attributes_are_set_and_removed() {
        let edited = |set: &[(&str, &str)], remove: &[&str]| {
            let request = EditRequest {
                set_attributes: set
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), text(value)))
                    .collect(),
                remove_attributes: remove.iter().map(|name| (*name).to_owned()).collect(),
                ..EditRequest::default()
            };
            let edited = Edit::checked(request).and_then(|edit| edit.edited(&message("b"), false));
            match edited {
                Ok(record) => {
                    let shown = record.attributes.iter().map(|attribute| {
                        let AttributeValue::Text(text) = &attribute.value else { panic!("text") };
                        format!("{}={text}", attribute.name)
                    });
                    shown.collect::<Vec<_>>().join(" ")
                }
                Err(refusal) => refusal.to_string(),
            }
        };
        assert_eq!(edited(&[("colour", "blue")], &[]), "colour=blue size=xl");
        assert_eq!(edited(&[("a", "1")], &["size", "none"]), "a=1 colour=red");
        assert_eq!(edited(&[("tm.priority", "9")], &[]), "colour=red size=xl tm.priority=9");
        let late = edited(&[("tm.deliver-at", "9")], &[]);
        assert!(late.starts_with("tm.deliver-at cannot be set"), "{late}");
        assert!(edited(&[("tm.prio", "9")], &[]).contains("tm.priority"));
        assert!(edited(&[("tm.priority", "10")], &[]).contains("0 to 9"));
        assert!(edited(&[("AWS.x", "9")], &[]).contains("'AWS.x' is invalid"));
        let names: Vec<String> = (0..9).map(|n| format!("n{n}")).collect();
        let nine: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "1")).collect();
        assert!(edited(&nine, &[]).contains("would have 11 attributes"));
        assert!(edited(&nine, &["size"]).starts_with("colour=red n0=1"));
    }

    #[test]
    fn an_edit_never_makes_more_than_a_message_may_be() {
        let doubling: Vec<Value> = (0..OPERATIONS_MAX)
            .map(|_| json!({ "op": "copy", "from": "", "path": "/-" }))
            .collect();
        let request = EditRequest { json_patch: Some(json!(doubling)), ..EditRequest::default() };
        let refusal = of_body(request, &message("[]"));
        assert!(refusal.contains("longer than 1048576 bytes"), "{}", refusal.len());
        let at = |length: usize| {
            let request = EditRequest { body: Some("x".repeat(length)), ..EditRequest::default() };
            of_body(request, &Record::default()).len()
        };
        assert_eq!(at(MESSAGE_BYTES_MAX as usize), MESSAGE_BYTES_MAX as usize);
        assert!(at(MESSAGE_BYTES_MAX as usize + 1) < 200);
        let more: Vec<Value> =
            (0..=OPERATIONS_MAX).map(|_| json!({ "op": "remove", "path": "/a" })).collect();
        let request = EditRequest { json_patch: Some(json!(more)), ..EditRequest::default() };
        assert_eq!(of_body(request, &message("{}")), "A json_patch has 1 to 32 operations.");
    }
}
