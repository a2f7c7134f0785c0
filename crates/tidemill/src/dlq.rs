//! `tidemill dlq`: dead letters by what went wrong, and sending them back.

use crate::admin::Admin;
use crate::cli::Reach;
use crate::queue::{Page, pages, print_messages, print_or};
use crate::table::{self, excerpt, text};
use anyhow::{Context as _, anyhow, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::collections::BTreeMap;

mod edit;
use edit::{Change, describe_edits};

#[derive(Debug, Subcommand)]
pub(crate) enum DlqCommand {
    /// Dead letters grouped by what went wrong: how many, since when, and one to look at.
    #[command(after_help = "\
A group is named by its fingerprint: how the last receive ended (of a function its error's type and
version), and the names of a JSON body's members.

Examples:
  tidemill dlq groups orders-dead
  tidemill dlq groups orders-dead --at-most 10000      a deep queue's first messages
  tidemill dlq groups orders-dead --json")]
    Groups {
        queue: String,
        /// The first position to look at.
        #[arg(long, default_value_t = 0)]
        from: u64,
        /// Stop when so many messages were looked at, instead of at the end of the queue.
        #[arg(long, value_name = "MESSAGES")]
        at_most: Option<u64>,
        #[command(flatten)]
        reach: Reach,
    },

    /// The messages of one group. Changes nothing.
    #[command(after_help = "\
Examples:
  tidemill dlq show orders-dead 3f0c9a5e11d20b47
  tidemill queue peek orders-dead --position 12        one of them whole")]
    Show {
        queue: String,
        /// The fingerprint that `dlq groups` lists.
        group: String,
        #[command(flatten)]
        page: Page,
        #[command(flatten)]
        reach: Reach,
    },

    /// Send dead letters back to where they came from, or to another queue.
    #[command(after_help = "\
Every condition that is given must hold. What is there when it starts is meant, and what comes later
stays. It goes on after a restart; one redrive of a queue runs at a time.

Examples:
  tidemill dlq redrive orders-dead --group 3f0c9a5e11d20b47 --rate 50
  tidemill dlq redrive orders-dead --error-type KeyError --sent-from 2026-11-20T08:00:00Z
  tidemill dlq redrive orders-dead --text refund --to orders-by-hand
  tidemill dlq redrive orders-dead --all")]
    Redrive {
        queue: String,
        #[command(flatten)]
        filter: Filter,
        /// The queue to send them to; each one's own source when it is not given.
        #[arg(long, value_name = "QUEUE")]
        to: Option<String>,
        /// Messages a second, 1 to 500; as fast as it goes when it is not given.
        #[arg(long)]
        rate: Option<i32>,
        #[command(flatten)]
        reach: Reach,
    },

    /// Change dead letters and send them back, or to another queue; who did so is kept.
    #[command(after_help = "\
One message by its position, or all that the conditions fit, each changed alike. What a patch does not
name keeps every byte. A message that the change does not fit stays where it is.

Examples:
  tidemill dlq edit orders-dead --position 12 --merge '{\"customer\":{\"country\":\"DE\"}}'
  tidemill dlq edit orders-dead --position 12 --body-file mended.json --to orders-by-hand
  tidemill dlq edit orders-dead --group 3f0c9a5e11d20b47 --set-attribute retry=by-hand
  tidemill dlq edit orders-dead --text EURO \\
    --patch '[{\"op\":\"replace\",\"path\":\"/currency\",\"value\":\"EUR\"}]'")]
    Edit {
        queue: String,
        /// The message at this position, and no other.
        #[arg(long, conflicts_with_all = ["all", "group", "error_type", "text", "sent_from",
            "sent_before", "rate"])]
        position: Option<u64>,
        #[command(flatten)]
        filter: Filter,
        #[command(flatten)]
        change: Change,
        /// The queue to send to; each message's own source when it is not given.
        #[arg(long, value_name = "QUEUE")]
        to: Option<String>,
        /// Messages a second, 1 to 500; as fast as it goes when it is not given.
        #[arg(long)]
        rate: Option<i32>,
        #[command(flatten)]
        reach: Reach,
    },

    /// Who changed which dead letter into what, and where it went; the newest first.
    #[command(after_help = "\
Kept for ninety days, the last ten thousand of a queue, also of one that is deleted.

Examples:
  tidemill dlq audit orders-dead
  tidemill dlq audit orders-dead --limit 1000 --json")]
    Audit {
        queue: String,
        /// How many at most.
        #[arg(long, default_value_t = 20)]
        limit: usize,
        #[command(flatten)]
        reach: Reach,
    },

    /// How far the last redrives are, and what came of them.
    #[command(after_help = "\
Examples:
  tidemill dlq status orders-dead")]
    Status {
        queue: String,
        #[command(flatten)]
        reach: Reach,
    },

    /// Stop the redrive that runs. What it has moved stays moved.
    #[command(after_help = "\
Examples:
  tidemill dlq cancel orders-dead")]
    Cancel {
        queue: String,
        #[command(flatten)]
        reach: Reach,
    },
}

/// Which dead letters.
#[derive(Args, Debug)]
pub(crate) struct Filter {
    /// Every one of them.
    #[arg(long, conflicts_with_all = ["group", "error_type", "text", "sent_from", "sent_before"])]
    all: bool,

    /// Those of the group with this fingerprint.
    #[arg(long, value_name = "FINGERPRINT")]
    group: Option<String>,

    /// Those whose function failed with this type of error.
    #[arg(long, value_name = "TYPE")]
    error_type: Option<String>,

    /// Those whose body holds this text.
    #[arg(long)]
    text: Option<String>,

    /// Those sent from then on, e.g. 2026-11-20T08:00:00Z.
    #[arg(long, value_name = "INSTANT")]
    sent_from: Option<String>,

    /// Those sent before then.
    #[arg(long, value_name = "INSTANT")]
    sent_before: Option<String>,
}

impl Filter {
    /// The body of a redrive. Nothing named means nothing moved, so that a forgotten flag does not
    /// empty a queue.
    fn body(&self) -> anyhow::Result<Value> {
        let Filter { all, group, error_type, text, sent_from, sent_before } = self;
        let named = [group, error_type, text, sent_from, sent_before];
        if !all && named.iter().all(|condition| condition.is_none()) {
            bail!(
                "say which dead letters are meant: --group, --error-type, --text, --sent-from, \
                 --sent-before, or --all of them"
            );
        }
        Ok(json!({
            "fingerprint": group,
            "error_type": error_type,
            "text": text,
            "sent_from": sent_from,
            "sent_before": sent_before,
        }))
    }
}

pub(crate) fn run(command: &DlqCommand) -> anyhow::Result<()> {
    match command {
        DlqCommand::Groups { queue, from, at_most, reach } => {
            let admin = Admin::reach(reach)?;
            let found = all_groups(*from, at_most.unwrap_or(u64::MAX), |from| {
                admin.get(&["queues", queue, "failures"], &[("from", from.to_string())])
            })?;
            print_or(reach, &found, || describe_groups(&found));
            Ok(())
        }
        DlqCommand::Show { queue, group, page, reach } => {
            let admin = Admin::reach(reach)?;
            let found = pages(page, |from, limit| {
                let parameters = [("from", from.to_string()), ("limit", limit.to_string())];
                admin.get(&["queues", queue, "failures", group], &parameters)
            })?;
            print_messages(&found, reach);
            Ok(())
        }
        DlqCommand::Redrive { queue, filter, to, rate, reach } => {
            let mut body = filter.body()?;
            if let Value::Object(members) = &mut body {
                members.insert("destination".to_owned(), json!(to));
                members.insert("messages_per_second".to_owned(), json!(rate));
            }
            redrive(queue, &body, reach)
        }
        DlqCommand::Edit { queue, position: Some(position), change, to, reach, .. } => {
            let body = json!({ "edit": change.body()?, "destination": to });
            let position = position.to_string();
            let path = ["queues", queue, "messages", &position, "edit"];
            let edited = Admin::reach(reach)?.post(&path, &body)?;
            print_or(reach, &edited, || describe_edits(std::slice::from_ref(&edited)));
            Ok(())
        }
        DlqCommand::Edit { queue, position: None, filter, change, to, rate, reach } => {
            let mut body =
                filter.body().map_err(|error| anyhow!("{error}; or one by its --position"))?;
            if let Value::Object(members) = &mut body {
                members.insert("destination".to_owned(), json!(to));
                members.insert("messages_per_second".to_owned(), json!(rate));
                members.insert("edit".to_owned(), change.body()?);
            }
            redrive(queue, &body, reach)
        }
        DlqCommand::Audit { queue, limit, reach } => edit::audit(queue, *limit, reach),
        DlqCommand::Status { queue, reach } => {
            let found = Admin::reach(reach)?.get(&["queues", queue, "redrives"], &[])?;
            print_or(reach, &found, || describe_redrives(table::list(&found, "redrives")));
            Ok(())
        }
        DlqCommand::Cancel { queue, reach } => cancel(queue, reach),
    }
}

fn redrive(queue: &str, body: &Value, reach: &Reach) -> anyhow::Result<()> {
    let started = Admin::reach(reach)?.post(&["queues", queue, "redrives"], body)?;
    print_or(reach, &started, || {
        let mut lines = describe_redrives(std::slice::from_ref(&started));
        lines.push(format!("see how far it is with: tidemill dlq status {queue}"));
        lines
    });
    Ok(())
}

/// The groups of a whole queue: asked for a part at a time, since a server's answer is bounded,
/// and put together here.
fn all_groups(
    from: u64,
    at_most: u64,
    mut ask: impl FnMut(u64) -> anyhow::Result<Value>,
) -> anyhow::Result<Value> {
    let number = |value: &Value, name: &str| value.get(name).and_then(Value::as_u64).unwrap_or(0);
    let mut groups: BTreeMap<String, Value> = BTreeMap::new();
    let (mut others, mut examined, mut next) = (0, 0, Some(from));
    while let Some(from) = next
        && examined < at_most
    {
        let answer = ask(from)?;
        others += number(&answer, "others");
        examined += number(&answer, "examined");
        next = answer.get("next").and_then(Value::as_u64);
        for group in table::list(&answer, "groups") {
            let key = text(group, "fingerprint");
            let merged = match groups.remove(&key) {
                None => group.clone(),
                Some(known) => merged_group(known, group),
            };
            groups.insert(key, merged);
        }
    }
    let mut groups: Vec<Value> = groups.into_values().collect();
    groups.sort_by_key(|group| std::cmp::Reverse(number(group, "count")));
    Ok(json!({ "groups": groups, "others": others, "examined": examined, "next": next }))
}

/// Two parts of one group. Instants are written so that their order is that of their texts.
fn merged_group(mut known: Value, more: &Value) -> Value {
    let count = |group: &Value| group.get("count").and_then(Value::as_u64).unwrap_or(0);
    let is_first = text(more, "first_seen_at") < text(&known, "first_seen_at");
    let is_last = text(more, "last_seen_at") >= text(&known, "last_seen_at");
    let taken: &[&str] = match (is_first, is_last) {
        (true, true) => &["first_seen_at", "last_seen_at", "sample"],
        (true, false) => &["first_seen_at"],
        (false, true) => &["last_seen_at", "sample"],
        (false, false) => &[],
    };
    let count = json!(count(&known) + count(more));
    if let Value::Object(members) = &mut known {
        members.insert("count".to_owned(), count);
        for name in taken {
            members.insert((*name).to_owned(), more.get(name).cloned().unwrap_or_default());
        }
    }
    known
}

fn cancel(queue: &str, reach: &Reach) -> anyhow::Result<()> {
    let admin = Admin::reach(reach)?;
    let found = admin.get(&["queues", queue, "redrives"], &[])?;
    let running = table::list(&found, "redrives")
        .iter()
        .find(|redrive| redrive.get("is_running") == Some(&Value::Bool(true)));
    let running = running.with_context(|| {
        format!("no redrive of {queue} runs; `tidemill dlq status {queue}` shows the last ones")
    })?;
    let id = text(running, "id");
    let cancelled = admin.post(&["queues", queue, "redrives", &id, "cancel"], &json!({}))?;
    print_or(reach, &cancelled, || describe_redrives(std::slice::from_ref(&cancelled)));
    Ok(())
}

fn describe_groups(found: &Value) -> Vec<String> {
    let groups = table::list(found, "groups");
    let row = |group: &Value| {
        let reason = match text(group, "reason.error_type").as_str() {
            "-" => text(group, "reason.outcome"),
            error => format!("{error} in {}", text(group, "reason.function")),
        };
        let mut row = vec![text(group, "fingerprint"), text(group, "count"), reason];
        row.extend(["first_seen_at", "last_seen_at", "sample.position"].map(|p| text(group, p)));
        row.push(excerpt(&text(group, "shape")));
        row
    };
    let titles = ["GROUP", "COUNT", "REASON", "FIRST SEEN", "LAST SEEN", "SAMPLE", "SHAPE"];
    let mut lines = match groups {
        [] => vec!["no dead letters".to_owned()],
        groups => table::lines(&titles, &groups.iter().map(row).collect::<Vec<_>>()),
    };
    match text(found, "others").as_str() {
        "0" | "-" => {}
        others => lines.push(format!("{others} more are of other groups")),
    }
    if let Some(next) = found.get("next").and_then(Value::as_u64) {
        let examined = text(found, "examined");
        lines.push(format!("of the first {examined} messages; go on with --from {next}"));
    }
    lines
}

fn describe_redrives(redrives: &[Value]) -> Vec<String> {
    let row = |redrive: &Value| {
        let columns = ["id", "status", "started_at", "moved", "skipped", "to_move"];
        let mut row: Vec<String> = columns.iter().map(|path| text(redrive, path)).collect();
        row.push(match text(redrive, "failure_reason").as_str() {
            "-" => String::new(),
            reason => reason.to_owned(),
        });
        row
    };
    let titles = ["REDRIVE", "STATUS", "STARTED", "MOVED", "LEFT", "OF", ""];
    match redrives {
        [] => vec!["no redrive was started".to_owned()],
        redrives => table::lines(&titles, &redrives.iter().map(row).collect::<Vec<_>>()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn groups_are_told_with_what_went_wrong() {
        let found = json!({
            "groups": [
                { "fingerprint": "00000000000000aa", "count": 12, "shape": "{id,total}",
                  "reason": { "outcome": "function-error", "error_type": "KeyError",
                              "function": "intake", "version": "1" },
                  "first_seen_at": "T0", "last_seen_at": "T1",
                  "sample": { "message_id": "m", "position": 7 } },
                { "fingerprint": "00000000000000bb", "count": 1, "shape": "text",
                  "reason": { "outcome": "timeout" },
                  "first_seen_at": "T0", "last_seen_at": "T0",
                  "sample": { "message_id": "n", "position": 9 } },
            ],
            "others": 0, "examined": 13, "next": 14,
        });
        expect![[r"
            GROUP             COUNT  REASON              FIRST SEEN  LAST SEEN  SAMPLE  SHAPE
            00000000000000aa  12     KeyError in intake  T0          T1         7       {id,total}
            00000000000000bb  1      timeout             T0          T0         9       text
            of the first 13 messages; go on with --from 14"]]
        .assert_eq(&describe_groups(&found).join("\n"));
    }

    #[test]
    fn groups_of_a_deep_queue_are_put_together_from_its_parts() {
        let group = |fingerprint: &str, count: u64, first: &str, last: &str, position: u64| {
            json!({ "fingerprint": fingerprint, "count": count, "first_seen_at": first,
                    "last_seen_at": last, "sample": { "position": position } })
        };
        let ask = |from: u64| {
            Ok(match from {
                0 => {
                    json!({ "groups": [group("a", 6, "T1", "T5", 9), group("b", 4, "T2", "T3", 7)],
                             "others": 0, "examined": 10, "next": 11 })
                }
                11 => json!({ "groups": [group("b", 9, "T0", "T4", 20)],
                              "others": 1, "examined": 10, "next": 21 }),
                _ => json!({ "groups": [group("a", 1, "T6", "T6", 21)],
                             "others": 0, "examined": 1, "next": null }),
            })
        };
        expect![[r#"{"examined":21,"groups":[{"count":13,"fingerprint":"b","first_seen_at":"T0","last_seen_at":"T4","sample":{"position":20}},{"count":7,"fingerprint":"a","first_seen_at":"T1","last_seen_at":"T6","sample":{"position":21}}],"next":null,"others":1}"#]]
            .assert_eq(&all_groups(0, u64::MAX, ask).unwrap().to_string());
        let first = all_groups(0, 5, ask).unwrap();
        assert_eq!((&first["examined"], &first["next"]), (&json!(10), &json!(11)));
    }

    #[test]
    fn a_redrive_must_say_which_dead_letters_are_meant() {
        let none = Filter {
            all: false,
            group: None,
            error_type: None,
            text: None,
            sent_from: None,
            sent_before: None,
        };
        assert!(none.body().unwrap_err().to_string().contains("--all"));
        assert!(Filter { all: true, ..none }.body().is_ok());
    }
}
