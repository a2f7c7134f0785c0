//! JSON documents changed as text: what a patch does not name keeps every byte, so that an order of
//! members and a number like `10.10` or `12345678901234567890` come out as they went in.
//!
//! ```text
//! Document::parse ─▶ merge_patched (RFC 7386) | operate (RFC 6902, paths by RFC 6901) ─▶ text
//! ```
//!
//! # Invariants
//!
//! - The text is valid JSON, so looking through it cannot fail; what is parsed is no deeper than
//!   serde_json reads, which bounds the recursion of a merge.
//! - One operation takes time in the size of the text and of what it names.

use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::Range;

/// A valid JSON text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Document(String);

/// One step of a JSON Patch. Values are JSON texts; paths are JSON pointers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation<'a> {
    Add { path: &'a str, value: &'a str },
    Remove { path: &'a str },
    Replace { path: &'a str, value: &'a str },
    Move { from: &'a str, path: &'a str },
    Copy { from: &'a str, path: &'a str },
    Test { path: &'a str, value: &'a str },
}

/// A member of an object or an element of an array: where it and its value lie in the text.
struct Part {
    name: Option<String>,
    whole: Range<usize>,
    value: Range<usize>,
}

/// The parts of an object or an array, and where its brackets are.
struct Container {
    is_object: bool,
    inside: Range<usize>,
    parts: Vec<Part>,
}

impl Document {
    /// `None` when it is no JSON, or nested too deeply.
    pub(super) fn parse(text: &str) -> Option<Document> {
        let is_json = serde_json::from_str::<Value>(text).is_ok();
        is_json.then(|| Document(text.trim_matches(is_blank).to_owned()))
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// What a merge patch makes of it: a member that is null goes, one that is an object is merged
    /// in turn, any other replaces or is added.
    pub(super) fn merge_patched(&self, patch: &Document) -> Document {
        Document(merged(Some(&self.0), &patch.0))
    }

    /// Carries out one operation; the `Err` says what is in its way.
    pub(super) fn operate(&mut self, operation: Operation<'_>) -> Result<(), String> {
        match operation {
            Operation::Add { path, value } => self.add(path, value),
            Operation::Remove { path } => self.remove(path),
            Operation::Replace { path, value } => {
                let place = self.find(path)?;
                self.0.replace_range(place, value);
                Ok(())
            }
            Operation::Move { from, path } => {
                if path.strip_prefix(from).is_some_and(|rest| rest.starts_with('/')) {
                    return Err(format!("{from} cannot be moved into itself"));
                }
                let value = self.text_at(self.find(from)?).to_owned();
                self.remove(from)?;
                self.add(path, &value)
            }
            Operation::Copy { from, path } => {
                let value = self.text_at(self.find(from)?).to_owned();
                self.add(path, &value)
            }
            Operation::Test { path, value } => {
                let read = |text: &str| serde_json::from_str::<Value>(text).ok();
                if read(self.text_at(self.find(path)?)) == read(value) {
                    Ok(())
                } else {
                    Err(format!("what is at {} is not {value}", shown(path)))
                }
            }
        }
    }

    fn text_at(&self, place: Range<usize>) -> &str {
        self.0.get(place).expect("places lie between JSON's own characters, which are ASCII")
    }

    /// Where the value at a path lies.
    fn find(&self, path: &str) -> Result<Range<usize>, String> {
        let mut place = 0..self.0.len();
        for token in tokens(path)? {
            let nothing = || format!("there is nothing at {}", shown(path));
            let container = container(&self.0, place).ok_or_else(nothing)?;
            let index = container.index(&token).ok_or_else(nothing)?;
            place = container.parts.into_iter().nth(index).ok_or_else(nothing)?.value;
        }
        Ok(place)
    }

    /// The object or array that holds what a path names, and the last token of the path.
    fn holder(&self, path: &str) -> Result<(Container, String), String> {
        let (parent, _) = path.rsplit_once('/').ok_or("it takes a path below the document")?;
        let token = tokens(path)?.pop().ok_or("it takes a path below the document")?;
        let place = self.find(parent)?;
        let container = container(&self.0, place)
            .ok_or_else(|| format!("what is at {} has no members", shown(parent)))?;
        Ok((container, token))
    }

    fn add(&mut self, path: &str, value: &str) -> Result<(), String> {
        if path.is_empty() {
            value.clone_into(&mut self.0);
            return Ok(());
        }
        let (container, token) = self.holder(path)?;
        if container.is_object {
            match container.index(&token).and_then(|index| container.parts.get(index)) {
                Some(part) => self.0.replace_range(part.value.clone(), value),
                None => self.append(&container, &format!("{}:{value}", quoted(&token))),
            }
            return Ok(());
        }
        let index = match token.as_str() {
            "-" => container.parts.len(),
            _ => array_index(&token).ok_or_else(|| format!("{token} is no index"))?,
        };
        match container.parts.get(index) {
            Some(part) => self.0.insert_str(part.whole.start, &format!("{value},")),
            None if index == container.parts.len() => self.append(&container, value),
            None => return Err(format!("there is nothing before {}", shown(path))),
        }
        Ok(())
    }

    /// Adds a part behind the last one.
    fn append(&mut self, container: &Container, text: &str) {
        match container.parts.last() {
            Some(last) => self.0.insert_str(last.whole.end, &format!(",{text}")),
            None => self.0.replace_range(container.inside.clone(), text),
        }
    }

    fn remove(&mut self, path: &str) -> Result<(), String> {
        let (container, token) = self.holder(path)?;
        let index = container
            .index(&token)
            .filter(|index| *index < container.parts.len())
            .ok_or_else(|| format!("there is nothing at {}", shown(path)))?;
        let start = |index: usize| container.parts.get(index).map(|part| part.whole.start);
        let end = |index: usize| container.parts.get(index).map(|part| part.whole.end);
        // With the comma behind it, or that before it when it is the last.
        let place = match (start(index), start(index + 1), index.checked_sub(1).and_then(end)) {
            (Some(from), Some(next), _) => from..next,
            (Some(_), None, Some(before)) => before..end(index).unwrap_or(before),
            (_, _, _) => container.inside,
        };
        self.0.replace_range(place, "");
        Ok(())
    }
}

impl Container {
    /// Of several members of one name the last, which is the one that readers take.
    fn index(&self, token: &str) -> Option<usize> {
        if self.is_object {
            self.parts.iter().rposition(|part| part.name.as_deref() == Some(token))
        } else {
            array_index(token)
        }
    }
}

fn merged(target: Option<&str>, patch: &str) -> String {
    let parts_of = |text: &str| container(text, 0..text.len()).filter(|found| found.is_object);
    let text_in = |text: &str, place: &Range<usize>| {
        text.get(place.clone()).expect("places lie between ASCII characters").to_owned()
    };
    let Some(changes) = parts_of(patch) else { return patch.to_owned() };
    let mut wanted: BTreeMap<String, String> = BTreeMap::new();
    let mut order = Vec::new();
    for part in changes.parts {
        let name = part.name.expect("an object's parts have names");
        let value = text_in(patch, &part.value);
        if wanted.insert(name.clone(), value).is_none() {
            order.push(name);
        }
    }
    let mut members = Vec::new();
    let known = target.and_then(|target| Some((target, parts_of(target)?)));
    for (target, part) in
        known.into_iter().flat_map(|(text, parts)| parts.parts.into_iter().map(move |p| (text, p)))
    {
        let name = part.name.unwrap_or_default();
        match wanted.get(&name).map(String::as_str) {
            None => members.push(text_in(target, &part.whole)),
            Some("null") => {}
            Some(change) => {
                let value = merged(Some(&text_in(target, &part.value)), change);
                members.push(format!("{}:{value}", quoted(&name)));
            }
        }
        order.retain(|other| *other != name);
    }
    for name in order {
        match wanted.get(&name).map(String::as_str) {
            None | Some("null") => {}
            Some(change) => members.push(format!("{}:{}", quoted(&name), merged(None, change))),
        }
    }
    format!("{{{}}}", members.join(","))
}

/// The steps of a JSON pointer.
fn tokens(path: &str) -> Result<Vec<String>, String> {
    let Some(rest) = path.strip_prefix('/') else {
        return match path {
            "" => Ok(Vec::new()),
            _ => Err(format!("the path {path} does not begin with /")),
        };
    };
    let unescaped = |token: &str| token.replace("~1", "/").replace("~0", "~");
    Ok(rest.split('/').map(unescaped).collect())
}

/// Whether a text can be a JSON pointer.
pub(super) fn is_pointer(path: &str) -> bool {
    let is_escaped = path.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    (path.is_empty() || path.starts_with('/')) && is_escaped
}

fn array_index(token: &str) -> Option<usize> {
    let is_plain = token == "0" || !token.starts_with(['0', '+']);
    is_plain.then(|| token.parse().ok())?
}

fn shown(path: &str) -> &str {
    if path.is_empty() { "the root" } else { path }
}

fn quoted(name: &str) -> String {
    Value::from(name).to_string()
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r')
}

/// The parts of the object or array that lies there; `None` when something else does.
fn container(text: &str, place: Range<usize>) -> Option<Container> {
    let bytes = text.as_bytes();
    let is_object = match bytes.get(place.start)? {
        b'{' => true,
        b'[' => false,
        _ => return None,
    };
    let inside = place.start + 1..place.end - 1;
    let mut parts = Vec::new();
    let mut at = skip_blanks(bytes, inside.start);
    while at < inside.end {
        let start = at;
        let name = is_object.then(|| {
            let end = skip_value(bytes, at);
            let name = text.get(at..end).and_then(|name| serde_json::from_str(name).ok());
            at = skip_blanks(bytes, end) + 1;
            at = skip_blanks(bytes, at);
            name.unwrap_or_default()
        });
        let end = skip_value(bytes, at);
        parts.push(Part { name, whole: start..end, value: at..end });
        // Over the comma, or to the end.
        at = skip_blanks(bytes, end);
        if at < inside.end {
            at = skip_blanks(bytes, at + 1);
        }
    }
    Some(Container { is_object, inside, parts })
}

fn skip_blanks(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().take_while(|byte| is_blank(char::from(**byte))).count()
}

/// Where the value that begins here ends. The text is valid, so brackets are in pairs.
fn skip_value(bytes: &[u8], from: usize) -> usize {
    let (mut at, mut depth) = (from, 0_usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at = skip_string(bytes, at),
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' if depth == 0 => return at,
            b'}' | b']' => {
                depth -= 1;
                at += 1;
            }
            b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' if depth == 0 => return at,
            _ => at += 1,
        }
        let is_whole = depth == 0 && matches!(byte, b'"' | b'}' | b']');
        if is_whole {
            return at;
        }
    }
    at
}

fn skip_string(bytes: &[u8], from: usize) -> usize {
    let mut at = from + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn operated(text: &str, operation: Operation<'_>) -> String {
        let mut document = Document::parse(text).unwrap();
        match document.operate(operation) {
            Ok(()) => document.into_text(),
            Err(reason) => reason,
        }
    }

    #[test]
    fn an_operation_changes_what_it_names_and_no_byte_beside() {
        use Operation::{Add, Copy, Move, Remove, Replace, Test};
        const BODY: &str = r#"{ "b": 10.10, "a":[1, 2] , "x/y~":{"\u0061":"}"} }"#;
        for (operation, expected) in [
            (
                Replace { path: "/b", value: "11.00" },
                r#"{ "b": 11.00, "a":[1, 2] , "x/y~":{"\u0061":"}"} }"#,
            ),
            (Replace { path: "/c", value: "1" }, "there is nothing at /c"),
            (Replace { path: "b", value: "1" }, "the path b does not begin with /"),
            (Replace { path: "", value: "1" }, "1"),
            (
                Add { path: "/c", value: "null" },
                r#"{ "b": 10.10, "a":[1, 2] , "x/y~":{"\u0061":"}"},"c":null }"#,
            ),
            (Add { path: "/b", value: "1" }, r#"{ "b": 1, "a":[1, 2] , "x/y~":{"\u0061":"}"} }"#),
            (
                Add { path: "/a/0", value: "0" },
                r#"{ "b": 10.10, "a":[0,1, 2] , "x/y~":{"\u0061":"}"} }"#,
            ),
            (
                Add { path: "/a/-", value: "3" },
                r#"{ "b": 10.10, "a":[1, 2,3] , "x/y~":{"\u0061":"}"} }"#,
            ),
            (Add { path: "/a/3", value: "3" }, "there is nothing before /a/3"),
            (Add { path: "/a/01", value: "3" }, "01 is no index"),
            (Add { path: "/b/c", value: "3" }, "what is at /b has no members"),
            (Add { path: "/n/c", value: "3" }, "there is nothing at /n"),
            (Remove { path: "/b" }, r#"{ "a":[1, 2] , "x/y~":{"\u0061":"}"} }"#),
            (Remove { path: "/x~1y~0" }, r#"{ "b": 10.10, "a":[1, 2] }"#),
            (Remove { path: "/x~1y~0/a" }, r#"{ "b": 10.10, "a":[1, 2] , "x/y~":{} }"#),
            (Remove { path: "/a/1" }, r#"{ "b": 10.10, "a":[1] , "x/y~":{"\u0061":"}"} }"#),
            (Remove { path: "/a/2" }, "there is nothing at /a/2"),
            (Remove { path: "" }, "it takes a path below the document"),
            (Move { from: "/a/0", path: "/b" }, r#"{ "b": 1, "a":[2] , "x/y~":{"\u0061":"}"} }"#),
            (Move { from: "/a", path: "/a/0" }, "/a cannot be moved into itself"),
            (
                Copy { from: "/x~1y~0/a", path: "/a/1" },
                r#"{ "b": 10.10, "a":[1, "}",2] , "x/y~":{"\u0061":"}"} }"#,
            ),
            (Test { path: "/b", value: "10.1" }, BODY),
            (Test { path: "/b", value: "10.2" }, "what is at /b is not 10.2"),
            (Test { path: "/a", value: "[1,2]" }, BODY),
        ] {
            assert_eq!(operated(BODY, operation), expected, "{operation:?}");
        }
        assert_eq!(operated("[ ]", Add { path: "/-", value: "1" }), "[1]");
        assert_eq!(operated("{\"a\":1,\"a\":2}", Remove { path: "/a" }), "{\"a\":1}");
        assert_eq!(
            operated("7", Add { path: "/a", value: "1" }),
            "what is at the root has no members"
        );
    }

    /// Those of RFC 7386's appendix, and that what is not named keeps its text.
    #[test]
    fn a_merge_patch_says_how_the_document_is_to_be() {
        for (text, patch, expected) in [
            (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"a":null}"#, "{}"),
            (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
            (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#),
            (r#"{"a":{"b":"c"}}"#, r#"{"a":{"b":"d","c":null}}"#, r#"{"a":{"b":"d"}}"#),
            (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
            (r#"["a","b"]"#, r#"["c","d"]"#, r#"["c","d"]"#),
            (r#"{"a":"b"}"#, r#"["c"]"#, r#"["c"]"#),
            (r#"{"a":"foo"}"#, "null", "null"),
            (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"e":null,"a":1}"#),
            ("[1,2]", r#"{"a":"b","c":null}"#, r#"{"a":"b"}"#),
            ("{}", r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#),
            (
                r#"{"z": 1.50, "a": {"x":12345678901234567890123}}"#,
                r#"{"z":2}"#,
                r#"{"z":2,"a": {"x":12345678901234567890123}}"#,
            ),
        ] {
            let [text, patch] = [text, patch].map(|text| Document::parse(text).unwrap());
            assert_eq!(text.merge_patched(&patch).into_text(), expected);
        }
    }

    #[test]
    fn only_pointers_are_paths_and_only_json_is_a_document() {
        for (path, expected) in [
            ("", true),
            ("/a", true),
            ("/a~0~1", true),
            ("a", false),
            ("/a~", false),
            ("/~2", false),
        ] {
            assert_eq!(is_pointer(path), expected, "{path}");
        }
        let deep = "[".repeat(10_000) + &"]".repeat(10_000);
        for text in ["", "{", "order 7", "{} {}", "{'a':1}", &deep] {
            assert_eq!(Document::parse(text), None);
        }
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[a-c\"\\\\{}\\[\\],: é]{0,4}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-c/~\" ]{0,2}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    /// Merge patch as its standard writes it, on values.
    fn merged_value(target: Value, patch: &Value) -> Value {
        let Value::Object(patch) = patch else { return patch.clone() };
        let mut target = match target {
            Value::Object(map) => map,
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => serde_json::Map::new(),
        };
        for (name, change) in patch {
            if change.is_null() {
                target.remove(name);
            } else {
                let old = target.remove(name).unwrap_or(Value::Null);
                target.insert(name.clone(), merged_value(old, change));
            }
        }
        Value::Object(target)
    }

    proptest! {
        #[test]
        fn a_merge_of_texts_is_the_merge_of_their_values(
            target in json(), patch in json(), is_pretty in any::<bool>(),
        ) {
            let text = if is_pretty { format!("{target:#}") } else { target.to_string() };
            let document = Document::parse(&text).unwrap();
            let merged = document.merge_patched(&Document::parse(&patch.to_string()).unwrap());
            let value: Value = serde_json::from_str(&merged.into_text()).unwrap();
            prop_assert_eq!(value, merged_value(target, &patch));
        }

        #[test]
        fn what_any_operation_leaves_is_json(
            target in json(),
            value in json(),
            paths in prop::array::uniform2("(/[a-c0-2~1-]{0,2}){0,3}"),
        ) {
            let value = value.to_string();
            let [from, path] = &paths;
            for operation in [
                Operation::Add { path, value: &value },
                Operation::Remove { path },
                Operation::Replace { path, value: &value },
                Operation::Move { from, path },
                Operation::Copy { from, path },
            ] {
                let mut document = Document::parse(&format!("{target:#}")).unwrap();
                if document.operate(operation).is_ok() {
                    let text = document.into_text();
                    prop_assert!(Document::parse(&text).is_some(), "{:?}: {}", operation, text);
                }
            }
        }
    }
}
