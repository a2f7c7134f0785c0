//! What only roles have: a trust policy, a description, a longest session.

use super::model::{Detail, Who};
use super::{Error, Reply, document, state};
use kernel::Turn;
use tidemill_kernel as kernel;

pub(super) const SESSION_MAX_SECONDS_DEFAULT: u32 = 3600;

pub(super) fn update(
    turn: &mut Turn<'_>,
    who: &Who,
    description: Option<String>,
    session_max_seconds: Option<u32>,
) -> Result<Reply, Error> {
    change(turn, who, |detail| {
        if let Detail::Role { description: kept, session_max_seconds: longest, .. } = detail {
            // AWS: an UpdateRole without a session length resets it to the default.
            *longest = session_max_seconds.unwrap_or(SESSION_MAX_SECONDS_DEFAULT);
            *kept = description.or(kept.take());
        }
    })
}

pub(super) fn update_trust_policy(
    turn: &mut Turn<'_>,
    who: &Who,
    document: String,
) -> Result<Reply, Error> {
    check_trust_policy(&document)?;
    change(turn, who, |detail| {
        if let Detail::Role { trust_policy, .. } = detail {
            *trust_policy = document;
        }
    })
}

pub(super) fn check_trust_policy(document: &str) -> Result<(), Error> {
    document::check_size(document, document::TRUST_POLICY_MAX, "ACLSizePerRole")
}

fn change(turn: &mut Turn<'_>, who: &Who, edit: impl FnOnce(&mut Detail)) -> Result<Reply, Error> {
    let mut identity = state::identity(turn.rows(), who)?;
    edit(&mut identity.detail);
    state::put_identity(turn, &identity);
    Ok(Reply::Nothing)
}
