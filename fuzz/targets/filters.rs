//! Filter policies and the messages they are compared with.

use tidemill_expr::filter::{Document, FilterPolicy, Scope, Work};

/// The first byte says the scope, and how much of the rest is the policy; then comes the message.
pub(crate) fn run(data: &[u8]) {
    let [first, rest @ ..] = data else { return };
    let scope = if first % 2 == 0 { Scope::MessageAttributes } else { Scope::MessageBody };
    let (policy, message) = rest.split_at(rest.len() * usize::from(first / 2) / 127);
    let policy = String::from_utf8_lossy(policy);
    let Ok(policy) = FilterPolicy::parse(&policy, scope) else { return };
    let Some(document) = Document::from_body(&String::from_utf8_lossy(message)) else { return };
    let mut work = Work(0);
    let once = policy.matches(&document, &mut work);
    assert_eq!(once, policy.matches(&document, &mut work), "a comparison is a function");
}
