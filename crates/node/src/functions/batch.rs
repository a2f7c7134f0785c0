//! Partial batches: which messages a function's response says are done.
//!
//! AWS behaviour this follows: Lambda Developer Guide, "Implementing partial batch responses":
//! an empty or absent list means that all succeeded; an identifier that is empty, null or unknown
//! means that nothing can be trusted, and the whole batch failed.

use serde_json::Value;
use std::collections::BTreeSet;
use tidemill_aws::generated::sqs::Message;

/// The messages to delete. In a FIFO queue, what follows a failure in its group is redelivered
/// with it, so that the group's order holds.
pub(super) fn succeeded<'m>(messages: &'m [Message], response: &[u8]) -> Vec<&'m Message> {
    let Some(failed) = failed(messages, response) else { return Vec::new() };
    let mut blocked_groups = BTreeSet::new();
    messages
        .iter()
        .filter(|message| {
            let id = message.message_id.as_deref().unwrap_or_default();
            let group = group(message);
            let is_blocked = group.is_some_and(|group| blocked_groups.contains(group));
            if is_blocked || failed.contains(id) {
                blocked_groups.extend(group);
                return false;
            }
            true
        })
        .collect()
}

/// A FIFO message's group. A standard queue's messages may have one too, but no order.
fn group(message: &Message) -> Option<&str> {
    let attributes = message.attributes.as_ref()?;
    attributes.get("SequenceNumber")?;
    attributes.get("MessageGroupId").map(String::as_str)
}

/// The identifiers of the messages that failed; `None` when the response cannot be trusted.
fn failed(messages: &[Message], response: &[u8]) -> Option<BTreeSet<String>> {
    // A handler that returns nothing, or something else altogether, reports no failure.
    let response: Value = serde_json::from_slice(response).unwrap_or(Value::Null);
    let failures = match response.get("batchItemFailures") {
        None | Some(Value::Null) => return Some(BTreeSet::new()),
        Some(failures) => failures.as_array()?,
    };
    failures
        .iter()
        .map(|failure| {
            let id = failure.get("itemIdentifier")?.as_str()?;
            let is_known = messages.iter().any(|message| message.message_id.as_deref() == Some(id));
            is_known.then(|| id.to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use std::collections::BTreeMap;
    use std::fmt::Write as _;

    fn messages(groups: [Option<&str>; 4]) -> Vec<Message> {
        groups
            .iter()
            .zip(1..)
            .map(|(group, number)| Message {
                message_id: Some(format!("m{number}")),
                attributes: group.map(|group| {
                    BTreeMap::from([
                        ("MessageGroupId".to_owned(), group.to_owned()),
                        ("SequenceNumber".to_owned(), number.to_string()),
                    ])
                }),
                ..Default::default()
            })
            .collect()
    }

    fn deleted(messages: &[Message], response: &str) -> String {
        let ids = succeeded(messages, response.as_bytes()).into_iter();
        ids.filter_map(|message| message.message_id.clone()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_response_says_what_is_deleted() {
        let standard = messages([None; 4]);
        let fifo = messages([Some("a"), Some("b"), Some("a"), Some("b")]);
        let mut table = String::new();
        for response in [
            "",
            "null",
            "\"done\"",
            "{}",
            r#"{"batchItemFailures":null}"#,
            r#"{"batchItemFailures":[]}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":"m1"}]}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":"m2"},{"itemIdentifier":"m3"}]}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":"m1"},{"itemIdentifier":"m9"}]}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":""}]}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":null}]}"#,
            r#"{"batchItemFailures":[{"id":"m1"}]}"#,
            r#"{"batchItemFailures":"m1"}"#,
        ] {
            let (standard, fifo) = (deleted(&standard, response), deleted(&fifo, response));
            writeln!(table, "{response} -> [{standard}] fifo [{fifo}]").unwrap();
        }
        expect![[r#"
             -> [m1 m2 m3 m4] fifo [m1 m2 m3 m4]
            null -> [m1 m2 m3 m4] fifo [m1 m2 m3 m4]
            "done" -> [m1 m2 m3 m4] fifo [m1 m2 m3 m4]
            {} -> [m1 m2 m3 m4] fifo [m1 m2 m3 m4]
            {"batchItemFailures":null} -> [m1 m2 m3 m4] fifo [m1 m2 m3 m4]
            {"batchItemFailures":[]} -> [m1 m2 m3 m4] fifo [m1 m2 m3 m4]
            {"batchItemFailures":[{"itemIdentifier":"m1"}]} -> [m2 m3 m4] fifo [m2 m4]
            {"batchItemFailures":[{"itemIdentifier":"m2"},{"itemIdentifier":"m3"}]} -> [m1 m4] fifo [m1]
            {"batchItemFailures":[{"itemIdentifier":"m1"},{"itemIdentifier":"m9"}]} -> [] fifo []
            {"batchItemFailures":[{"itemIdentifier":""}]} -> [] fifo []
            {"batchItemFailures":[{"itemIdentifier":null}]} -> [] fifo []
            {"batchItemFailures":[{"id":"m1"}]} -> [] fifo []
            {"batchItemFailures":"m1"} -> [] fifo []
        "#]].assert_eq(&table);
    }
}
