//! `tidemill queue`: what lies in queues, without touching it; pause and resume.

use crate::admin::Admin;
use crate::cli::Reach;
use crate::say;
use crate::table::{self, excerpt, text};
use anyhow::bail;
use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

/// As many messages as one request answers with.
const PAGE_MAX: usize = 100;

#[derive(Debug, Subcommand)]
pub(crate) enum QueueCommand {
    /// Every queue: messages waiting, in flight, delayed; what is paused or stuck.
    #[command(after_help = "\
Examples:
  tidemill queue list
  tidemill queue list --prefix orders --json")]
    List {
        /// Only queues whose names begin so.
        #[arg(long)]
        prefix: Option<String>,
        #[command(flatten)]
        reach: Reach,
    },

    /// Look at messages in order. Changes nothing: no receive count, no visibility.
    #[command(after_help = "\
Examples:
  tidemill queue peek orders
  tidemill queue peek orders --state in-flight --state delayed --limit 100
  tidemill queue peek orders --group tenant-7 --attribute colour=red
  tidemill queue peek orders --position 12        one message whole, with how its receives ended")]
    Peek {
        queue: String,
        /// Show the message at this position whole.
        #[arg(long, conflicts_with_all = ["from", "limit", "state", "group", "id", "attribute"])]
        position: Option<u64>,
        #[command(flatten)]
        page: Page,
        #[command(flatten)]
        conditions: Conditions,
        #[command(flatten)]
        reach: Reach,
    },

    /// Find messages by their body: text in it, or values in its JSON. Changes nothing.
    #[command(after_help = "\
A path begins at the root, $, and goes by members and elements. What stands after = is JSON, or else
text: --path '$.total=7' means the number, --path '$.total=\"7\"' the text.

Examples:
  tidemill queue search orders --text refund
  tidemill queue search orders --path '$.customer.id=42' --path '$.lines[0].sku=x-1'
  tidemill queue search orders --text refund --state visible --json")]
    Search {
        queue: String,
        /// Text that the body holds, in the same case.
        #[arg(long)]
        text: Option<String>,
        /// A path into a JSON body and the value there; may be repeated.
        #[arg(long, value_name = "PATH=VALUE")]
        path: Vec<String>,
        #[command(flatten)]
        page: Page,
        #[command(flatten)]
        conditions: Conditions,
        #[command(flatten)]
        reach: Reach,
    },

    /// Hand nothing out until the queue is resumed. It goes on taking messages.
    #[command(after_help = "\
Examples:
  tidemill queue pause orders")]
    Pause {
        queue: String,
        #[command(flatten)]
        reach: Reach,
    },

    /// Hand messages out again.
    #[command(after_help = "\
Examples:
  tidemill queue resume orders")]
    Resume {
        queue: String,
        #[command(flatten)]
        reach: Reach,
    },
}

/// From where, and how many.
#[derive(Args, Debug)]
pub(crate) struct Page {
    /// The first position to look at.
    #[arg(long, default_value_t = 0)]
    pub(crate) from: u64,

    /// Messages to show, at most.
    #[arg(long, default_value_t = 20)]
    pub(crate) limit: usize,
}

/// What messages must be like.
#[derive(Args, Debug)]
pub(crate) struct Conditions {
    /// visible, in-flight, delayed or expired; may be repeated.
    #[arg(long)]
    state: Vec<String>,

    /// Their message group.
    #[arg(long)]
    group: Option<String>,

    /// The message's id.
    #[arg(long)]
    id: Option<String>,

    /// A message attribute they have, with its value or without; may be repeated.
    #[arg(long, value_name = "NAME[=VALUE]")]
    attribute: Vec<String>,
}

pub(crate) fn run(command: &QueueCommand) -> anyhow::Result<()> {
    match command {
        QueueCommand::List { prefix, reach } => list(prefix.as_deref(), reach),
        QueueCommand::Peek { queue, position: Some(position), reach, .. } => {
            show(queue, *position, reach)
        }
        QueueCommand::Peek { queue, position: None, page, conditions, reach } => {
            let admin = Admin::reach(reach)?;
            let found = pages(page, |from, limit| {
                let mut parameters = conditions.parameters();
                parameters.push(("from", from.to_string()));
                parameters.push(("limit", limit.to_string()));
                admin.get(&["queues", queue, "messages"], &parameters)
            })?;
            print_messages(&found, reach);
            Ok(())
        }
        QueueCommand::Search { queue, text, path, page, conditions, reach } => {
            let admin = Admin::reach(reach)?;
            let mut body = conditions.body();
            body.insert("text".to_owned(), json!(text));
            let paths = path.iter().map(|path| parse_path(path)).collect::<Result<Vec<_>, _>>()?;
            body.insert("paths".to_owned(), Value::Array(paths));
            let found = pages(page, |from, limit| {
                body.insert("from".to_owned(), from.into());
                body.insert("limit".to_owned(), limit.into());
                admin.post(&["queues", queue, "search"], &Value::Object(body.clone()))
            })?;
            print_messages(&found, reach);
            Ok(())
        }
        QueueCommand::Pause { queue, reach } => {
            let shown = Admin::reach(reach)?.post(&["queues", queue, "pause"], &json!({}))?;
            let said = format!("{queue} hands nothing out since {}", text(&shown, "paused_at"));
            print_or(reach, &shown, || vec![said]);
            Ok(())
        }
        QueueCommand::Resume { queue, reach } => {
            let shown = Admin::reach(reach)?.post(&["queues", queue, "resume"], &json!({}))?;
            print_or(reach, &shown, || vec![format!("{queue} hands messages out")]);
            Ok(())
        }
    }
}

impl Conditions {
    fn parameters(&self) -> Vec<(&'static str, String)> {
        let states = self.state.iter().map(|state| ("state", state.clone()));
        let group = self.group.iter().map(|group| ("group", group.clone()));
        let id = self.id.iter().map(|id| ("id", id.clone()));
        let attributes = self.attribute.iter().map(|attribute| ("attribute", attribute.clone()));
        states.chain(group).chain(id).chain(attributes).collect()
    }

    fn body(&self) -> Map<String, Value> {
        let attribute = |text: &String| match text.split_once('=') {
            Some((name, value)) => json!({ "name": name, "value": value }),
            None => json!({ "name": text }),
        };
        let attributes: Vec<Value> = self.attribute.iter().map(attribute).collect();
        let members = [
            ("states", json!(self.state)),
            ("group", json!(self.group)),
            ("id", json!(self.id)),
            ("attributes", json!(attributes)),
        ];
        members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// `$.a.b=VALUE`, the value JSON or else text.
fn parse_path(given: &str) -> anyhow::Result<Value> {
    let Some((path, value)) = given.split_once('=') else {
        bail!("--path takes a path and a value, e.g. --path '$.order.id=42', not `{given}`");
    };
    let equals = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
    Ok(json!({ "path": path, "equals": equals }))
}

/// Asks page by page until there are as many messages as wanted, or no more.
pub(crate) fn pages(
    page: &Page,
    mut ask: impl FnMut(u64, usize) -> anyhow::Result<Value>,
) -> anyhow::Result<Value> {
    let (mut messages, mut next) = (Vec::new(), Some(page.from));
    while let Some(from) = next
        && messages.len() < page.limit
    {
        let answer = ask(from, (page.limit - messages.len()).min(PAGE_MAX))?;
        messages.extend(table::list(&answer, "messages").iter().cloned());
        next = answer.get("next").and_then(Value::as_u64);
    }
    Ok(json!({ "messages": messages, "next": next }))
}

/// JSON for machines, else lines for people.
pub(crate) fn print_or(reach: &Reach, value: &Value, lines: impl FnOnce() -> Vec<String>) {
    if reach.json {
        say(format!("{value:#}"));
    } else {
        lines().into_iter().for_each(say);
    }
}

fn list(prefix: Option<&str>, reach: &Reach) -> anyhow::Result<()> {
    let admin = Admin::reach(reach)?;
    let (mut queues, mut after) = (Vec::new(), String::new());
    loop {
        let mut parameters = vec![("prefix", prefix.unwrap_or_default().to_owned())];
        parameters.push(("after", after));
        let answer = admin.get(&["queues"], &parameters)?;
        queues.extend(table::list(&answer, "queues").iter().cloned());
        match answer.get("next").and_then(Value::as_str) {
            Some(next) => after = next.to_owned(),
            None => break,
        }
    }
    let found = json!({ "queues": queues });
    print_or(reach, &found, || describe_queues(table::list(&found, "queues")));
    Ok(())
}

fn describe_queues(queues: &[Value]) -> Vec<String> {
    if queues.is_empty() {
        return vec!["no queue; `--region` looks into another region".to_owned()];
    }
    let row = |queue: &Value| {
        let is_stuck = queue.pointer("/consumer/is_stuck") == Some(&Value::Bool(true));
        let is_paused = queue.get("paused_at").is_some_and(Value::is_string);
        let notes = match (is_paused, is_stuck) {
            (true, _) => "paused",
            (false, true) => "consumer stuck",
            (false, false) => "",
        };
        let columns = ["name", "messages.visible", "messages.in_flight", "messages.delayed"];
        let mut row: Vec<String> = columns.iter().map(|path| text(queue, path)).collect();
        row.push(text(queue, "oldest_age_seconds"));
        row.push(notes.to_owned());
        row
    };
    let titles = ["QUEUE", "VISIBLE", "IN FLIGHT", "DELAYED", "OLDEST (S)", ""];
    table::lines(&titles, &queues.iter().map(row).collect::<Vec<_>>())
}

pub(crate) fn print_messages(found: &Value, reach: &Reach) {
    print_or(reach, found, || describe_messages(found));
}

fn describe_messages(found: &Value) -> Vec<String> {
    let messages = table::list(found, "messages");
    let row = |message: &Value| {
        let columns = ["position", "state", "receive_count", "sent_at", "message_id"];
        let mut row: Vec<String> = columns.iter().map(|path| text(message, path)).collect();
        row.push(excerpt(&text(message, "body")));
        row
    };
    let titles = ["POSITION", "STATE", "RECEIVES", "SENT", "ID", "BODY"];
    let mut lines = match messages {
        [] => vec!["no message fits".to_owned()],
        messages => table::lines(&titles, &messages.iter().map(row).collect::<Vec<_>>()),
    };
    if let Some(next) = found.get("next").and_then(Value::as_u64) {
        lines.push(format!("there may be more: go on with --from {next}"));
    }
    lines
}

fn show(queue: &str, position: u64, reach: &Reach) -> anyhow::Result<()> {
    let position = position.to_string();
    let message = Admin::reach(reach)?.get(&["queues", queue, "messages", &position], &[])?;
    print_or(reach, &message, || describe_message(&message));
    Ok(())
}

fn describe_message(message: &Value) -> Vec<String> {
    let mut lines: Vec<String> = [
        ("id", "message_id"),
        ("position", "position"),
        ("state", "state"),
        ("sent", "sent_at"),
        ("visible", "visible_at"),
        ("receives", "receive_count"),
        ("priority", "priority"),
        ("group", "group"),
        ("from", "dead_letter_source"),
        ("failure", "failure.fingerprint"),
    ]
    .into_iter()
    .map(|(title, path)| (title, text(message, path)))
    .filter(|(_, value)| value != "-")
    .map(|(title, value)| format!("{title:<10} {value}"))
    .collect();
    for receive in table::list(message, "receives") {
        let error = match text(receive, "error_type").as_str() {
            "-" => String::new(),
            error => format!(": {error} in {}", text(receive, "function")),
        };
        let [number, because, outcome, ended] =
            ["receive", "because", "outcome", "ended_at"].map(|path| text(receive, path));
        lines.push(format!("  receive {number} ({because}) ended {ended}: {outcome}{error}"));
    }
    if let Some(Value::Object(attributes)) = message.get("attributes") {
        for (name, attribute) in attributes {
            let value = match text(attribute, "value").as_str() {
                "-" => format!("{} (base64)", text(attribute, "base64")),
                value => value.to_owned(),
            };
            lines.push(format!("  {name} ({}): {value}", text(attribute, "type")));
        }
    }
    lines.push(String::new());
    lines.push(text(message, "body"));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn a_path_is_compared_with_json_or_text() {
        for (given, expected) in [
            ("$.a=7", json!({ "path": "$.a", "equals": 7 })),
            ("$.a=\"7\"", json!({ "path": "$.a", "equals": "7" })),
            ("$.a=x=y", json!({ "path": "$.a", "equals": "x=y" })),
            ("$.a=", json!({ "path": "$.a", "equals": "" })),
        ] {
            assert_eq!(parse_path(given).unwrap(), expected);
        }
        assert!(parse_path("$.a").unwrap_err().to_string().contains("--path '$.order.id=42'"));
    }

    #[test]
    fn pages_are_asked_for_until_there_are_enough() {
        let answer = |from: u64, limit: usize| {
            let to = from + limit.min(3) as u64;
            let messages: Vec<u64> = (from..to).collect();
            Ok(json!({ "messages": messages, "next": (to < 8).then_some(to) }))
        };
        let found = |limit: usize| pages(&Page { from: 1, limit }, answer).unwrap().to_string();
        expect![[r#"{"messages":[1,2,3,4],"next":5}"#]].assert_eq(&found(4));
        expect![[r#"{"messages":[1,2,3,4,5,6,7,8,9],"next":null}"#]].assert_eq(&found(50));
    }

    #[test]
    fn a_message_is_told_whole() {
        let message = json!({
            "message_id": "m", "position": 3, "state": "in-flight", "sent_at": "T0",
            "visible_at": "T9", "receive_count": 2, "priority": 0, "group": null,
            "dead_letter_source": null, "failure": null, "body": "hello",
            "attributes": { "colour": { "type": "String", "value": "red" } },
            "receives": [
                { "receive": 1, "because": "first delivery", "outcome": "function-error",
                  "ended_at": "T1", "error_type": "KeyError", "function": "f", "version": "1" },
                { "receive": 2, "because": "the receive before ended: function-error",
                  "outcome": "in-flight", "ended_at": null },
            ],
        });
        expect![[r#"
            id         m
            position   3
            state      in-flight
            sent       T0
            visible    T9
            receives   2
            priority   0
              receive 1 (first delivery) ended T1: function-error: KeyError in f
              receive 2 (the receive before ended: function-error) ended -: in-flight
              colour (String): red

            hello"#]]
        .assert_eq(&describe_message(&message).join("\n"));
    }
}
