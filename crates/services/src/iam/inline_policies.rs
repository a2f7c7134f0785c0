//! Policies that live inside one role or user.

use super::model::{Kind, Who};
use super::page::Page;
use super::{Error, Reply, document, state};
use kernel::{Rows, Turn};
use tidemill_kernel as kernel;

/// All inline policies of an identity together, in bytes without white space.
fn limit(kind: Kind) -> (&'static str, usize) {
    match kind {
        Kind::Role => ("PolicySize", 10_240),
        Kind::User => ("PolicySize", 2048),
    }
}

pub(super) fn put(
    turn: &mut Turn<'_>,
    who: &Who,
    policy: String,
    document: String,
) -> Result<Reply, Error> {
    let mut identity = state::identity(turn.rows(), who)?;
    identity.inline_policies.insert(policy, document);
    let (quota, limit) = limit(who.kind);
    let total: usize = identity.inline_policies.values().map(|text| document::size(text)).sum();
    if total > limit {
        return Err(Error::LimitExceeded { quota, limit });
    }
    state::put_identity(turn, &identity);
    Ok(Reply::Nothing)
}

pub(super) fn delete(turn: &mut Turn<'_>, who: &Who, policy: &str) -> Result<Reply, Error> {
    let mut identity = state::identity(turn.rows(), who)?;
    if identity.inline_policies.remove(policy).is_none() {
        return Err(Error::InlinePolicyNotFound { who: who.clone(), policy: policy.to_owned() });
    }
    state::put_identity(turn, &identity);
    Ok(Reply::Nothing)
}

pub(super) fn get(rows: &dyn Rows, who: Who, policy: String) -> Result<Reply, Error> {
    let identity = state::identity(rows, &who)?;
    match identity.inline_policies.get(&policy) {
        Some(document) => {
            let document = document.clone();
            Ok(Reply::InlinePolicy { who: identity.who, policy, document })
        }
        None => Err(Error::InlinePolicyNotFound { who, policy }),
    }
}

pub(super) fn list(rows: &dyn Rows, who: &Who, page: &Page) -> Result<Reply, Error> {
    let identity = state::identity(rows, who)?;
    let names = identity.inline_policies.into_keys().map(|name| (name.clone(), name));
    let (names, next) = page.take(names);
    Ok(Reply::Names { names, next })
}
