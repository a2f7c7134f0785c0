//! `tidemill dlq`: dead letters by what went wrong, and sending them back.

use crate::admin::Admin;
use crate::cli::Reach;
use crate::queue::{Page, pages, print_messages, print_or};
use crate::table::{self, excerpt, text};
use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

#[derive(Debug, Subcommand)]
pub(crate) enum DlqCommand {
    /// Dead letters grouped by what went wrong: how many, since when, and one to look at.
    #[command(after_help = "\
A group is named by its fingerprint: how the last receive ended (of a function its error's type and
version), and the names of a JSON body's members.

Examples:
  tidemill dlq groups orders-dead
  tidemill dlq groups orders-dead --json")]
    Groups {
        queue: String,
        /// The first position to look at.
        #[arg(long, default_value_t = 0)]
        from: u64,
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
        DlqCommand::Groups { queue, from, reach } => {
            let parameters = [("from", from.to_string())];
            let found = Admin::reach(reach)?.get(&["queues", queue, "failures"], &parameters)?;
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
            let started = Admin::reach(reach)?.post(&["queues", queue, "redrives"], &body)?;
            print_or(reach, &started, || {
                let mut lines = describe_redrives(std::slice::from_ref(&started));
                lines.push(format!("see how far it is with: tidemill dlq status {queue}"));
                lines
            });
            Ok(())
        }
        DlqCommand::Status { queue, reach } => {
            let found = Admin::reach(reach)?.get(&["queues", queue, "redrives"], &[])?;
            print_or(reach, &found, || describe_redrives(table::list(&found, "redrives")));
            Ok(())
        }
        DlqCommand::Cancel { queue, reach } => cancel(queue, reach),
    }
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
