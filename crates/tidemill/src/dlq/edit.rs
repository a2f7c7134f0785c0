//! Edits of dead letters from the command line: what to change, and who changed what.

use crate::admin::Admin;
use crate::cli::Reach;
use crate::queue::print_or;
use crate::table::{self, excerpt, text};
use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// Entries that one request asks for.
const PAGE_MAX: usize = 100;

/// What is changed.
#[derive(Args, Debug, Default)]
#[group(id = "change", multiple = true, required = true)]
pub(crate) struct Change {
    /// The body instead of the old one.
    #[arg(long, conflicts_with_all = ["body_file", "merge", "patch"])]
    body: Option<String>,

    /// The same, read from a file.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["merge", "patch"])]
    body_file: Option<PathBuf>,

    /// A JSON merge patch of a JSON body: what it names is set, and removed where it is null.
    #[arg(long, value_name = "JSON", conflicts_with = "patch")]
    merge: Option<String>,

    /// A JSON patch of a JSON body: a list of add, remove, replace, move, copy and test.
    #[arg(long, value_name = "JSON")]
    patch: Option<String>,

    /// A message attribute: NAME=VALUE, or NAME:TYPE=VALUE, of a Binary one in base64; repeatable.
    #[arg(long, value_name = "NAME=VALUE")]
    set_attribute: Vec<String>,

    /// A message attribute that goes; repeatable.
    #[arg(long, value_name = "NAME")]
    remove_attribute: Vec<String>,
}

impl Change {
    /// The `edit` of a request.
    pub(crate) fn body(&self) -> anyhow::Result<Value> {
        let Change { body, body_file, merge, patch, set_attribute, remove_attribute } = self;
        let body = match (body, body_file) {
            (Some(body), _) => Some(body.clone()),
            (None, Some(path)) => Some(
                std::fs::read_to_string(path)
                    .with_context(|| format!("cannot read a body from {}", path.display()))?,
            ),
            (None, None) => None,
        };
        let parsed = |flag: &str, text: &Option<String>| -> anyhow::Result<Option<Value>> {
            let Some(text) = text else { return Ok(None) };
            let value = serde_json::from_str(text);
            value.map(Some).with_context(|| format!("{flag} takes JSON, not `{text}`"))
        };
        let attributes = set_attribute.iter().map(|given| parse_attribute(given));
        let attributes: Map<String, Value> = attributes.collect::<anyhow::Result<_>>()?;
        Ok(json!({
            "body": body,
            "merge_patch": parsed("--merge", merge)?,
            "json_patch": parsed("--patch", patch)?,
            "set_attributes": attributes,
            "remove_attributes": remove_attribute,
        }))
    }
}

fn parse_attribute(given: &str) -> anyhow::Result<(String, Value)> {
    let Some((name, value)) = given.split_once('=') else {
        bail!("--set-attribute takes a name and a value, e.g. colour=red, not `{given}`");
    };
    let (name, kind) = name.split_once(':').unwrap_or((name, "String"));
    let place = if kind.split('.').next() == Some("Binary") { "base64" } else { "value" };
    Ok((name.to_owned(), json!({ "type": kind, place: value })))
}

/// Prints the trail of a queue, page by page until there are enough.
pub(crate) fn audit(queue: &str, limit: usize, reach: &Reach) -> anyhow::Result<()> {
    let admin = Admin::reach(reach)?;
    let (mut edits, mut below): (Vec<Value>, Option<u64>) = (Vec::new(), None);
    loop {
        let wanted = (limit - edits.len()).clamp(1, PAGE_MAX);
        let mut parameters = vec![("limit", wanted.to_string())];
        parameters.extend(below.map(|below| ("below", below.to_string())));
        let answer = admin.get(&["queues", queue, "edits"], &parameters)?;
        edits.extend(table::list(&answer, "edits").iter().cloned());
        below = answer.get("next").and_then(Value::as_u64);
        if below.is_none() || edits.len() >= limit {
            break;
        }
    }
    let found = json!({ "edits": edits, "next": below });
    print_or(reach, &found, || describe_edits(table::list(&found, "edits")));
    Ok(())
}

pub(crate) fn describe_edits(edits: &[Value]) -> Vec<String> {
    let lines = |edit: &Value| {
        let [number, at, who, to] =
            ["number", "at", "access_key_id", "destination"].map(|path| text(edit, path));
        let to = to.rsplit(':').next().unwrap_or_default().to_owned();
        let mut lines = vec![format!("{number}  {at}  by {who}, to {to}")];
        for side in ["before", "after"] {
            let of = |name: &str| text(edit, &format!("{side}.{name}"));
            let attributes = edit.pointer(&format!("/{side}/attributes"));
            let names = attributes.and_then(Value::as_object).into_iter().flatten();
            let names: Vec<&str> = names.map(|(name, _)| name.as_str()).collect();
            let names = match names.as_slice() {
                [] => String::new(),
                names => format!("  [{}]", names.join(" ")),
            };
            let (id, digest) = (of("message_id"), of("body_sha256"));
            let digest: String = digest.chars().take(16).collect();
            let body = excerpt(&of("body"));
            lines.push(format!("   {side:<6} {id}  sha256 {digest}…  {body}{names}"));
        }
        match text(edit, "returned.reason").as_str() {
            "-" => {}
            reason => lines.push(format!("   came back unedited: {reason}")),
        }
        lines
    };
    match edits {
        [] => vec!["no dead letter of this queue was edited".to_owned()],
        edits => edits.iter().flat_map(lines).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn a_change_is_said_as_the_api_takes_it() {
        let change = Change {
            merge: Some(r#"{"a":null}"#.to_owned()),
            set_attribute: vec!["colour=red=dark".to_owned(), "raw:Binary.png=AAEC".to_owned()],
            remove_attribute: vec!["size".to_owned()],
            ..Change::default()
        };
        expect![[r#"{"body":null,"json_patch":null,"merge_patch":{"a":null},"remove_attributes":["size"],"set_attributes":{"colour":{"type":"String","value":"red=dark"},"raw":{"base64":"AAEC","type":"Binary.png"}}}"#]]
            .assert_eq(&change.body().unwrap().to_string());
        let garbage = Change { patch: Some("{".to_owned()), ..Change::default() };
        assert!(garbage.body().unwrap_err().to_string().contains("--patch takes JSON"));
        let unnamed = Change { set_attribute: vec!["red".to_owned()], ..Change::default() };
        assert!(unnamed.body().unwrap_err().to_string().contains("colour=red"));
    }

    #[test]
    fn an_edit_is_told_with_both_sides() {
        let side = |id: &str, body: &str, attributes: Value| {
            json!({ "message_id": id, "body": body, "body_bytes": body.len(),
                    "body_sha256": "ab".repeat(32), "attributes": attributes })
        };
        let edit = json!({
            "number": 3, "at": "T0", "access_key_id": "AKIA", "redrive": null,
            "destination": "arn:aws:sqs:us-east-1:000000000000:orders",
            "before": side("m", "{\"a\":1}", json!({})),
            "after": side("n", "{\"a\":2}", json!({ "b": {}, "c": {} })),
            "returned": { "at": "T1", "reason": "no such queue" },
        });
        expect![[r#"
            3  T0  by AKIA, to orders
               before m  sha256 abababababababab…  {"a":1}
               after  n  sha256 abababababababab…  {"a":2}  [b c]
               came back unedited: no such queue"#]]
        .assert_eq(&describe_edits(&[edit]).join("\n"));
        assert_eq!(describe_edits(&[]).len(), 1);
    }
}
