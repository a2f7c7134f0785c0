//! What roles and users have in common: create, delete, list.

use super::model::{Detail, Identity, Kind, Who};
use super::page::Page;
use super::{Error, Reply, Tags, state, tags};
use kernel::{AccountId, Rows, Turn};
use std::collections::BTreeMap;
use tidemill_kernel as kernel;

pub(super) fn create(
    turn: &mut Turn<'_>,
    who: Who,
    path: String,
    detail: Detail,
    tags: Tags,
) -> Result<Reply, Error> {
    tags::check_count(&tags)?;
    if state::find_identity(turn.rows(), &who).is_some() {
        return Err(Error::IdentityExists(who));
    }
    let identity = Identity {
        id: unique_id(turn, who.kind.id_prefix()),
        who,
        path,
        created_at: turn.now().truncated_to_seconds(),
        detail,
        tags,
        inline_policies: BTreeMap::new(),
        attached: Vec::new(),
    };
    state::put_identity(turn, &identity);
    Ok(Reply::Identity(identity))
}

pub(super) fn delete(turn: &mut Turn<'_>, who: &Who) -> Result<Reply, Error> {
    let identity = state::identity(turn.rows(), who)?;
    if !identity.attached.is_empty() {
        return Err(Error::DeleteConflict("Cannot delete entity, must detach all policies first."));
    }
    if !identity.inline_policies.is_empty() {
        return Err(Error::DeleteConflict("Cannot delete entity, must delete policies first."));
    }
    state::delete_identity(turn, who);
    Ok(Reply::Nothing)
}

pub(super) fn list(
    rows: &dyn Rows,
    account: AccountId,
    kind: Kind,
    path_prefix: &str,
    page: &Page,
) -> Reply {
    let identities = state::identities(rows, account, kind)
        .into_iter()
        .filter(|identity| identity.path.starts_with(path_prefix))
        .map(|identity| (identity.who.name.to_ascii_lowercase(), identity));
    let (identities, next) = page.take(identities);
    Reply::Identities { identities, next }
}

/// AWS's unique ids: a prefix that tells the kind, and 17 characters of base 32.
pub(super) fn unique_id(turn: &Turn<'_>, prefix: &str) -> String {
    let mut bytes = [0; 17];
    turn.at.random().fill(&mut bytes);
    format!("{prefix}{}", kernel::ids::letters(&bytes))
}
