//! Managed policies on roles and users.

use super::model::{Kind, Who};
use super::page::Page;
use super::{Error, Reply, state};
use kernel::{AccountId, Arn, Rows, Turn};
use tidemill_kernel as kernel;

const ATTACHED_MAX: usize = 10;

/// Attaching what is attached already is no error, and changes nothing.
pub(super) fn attach(turn: &mut Turn<'_>, who: &Who, policy: Arn) -> Result<Reply, Error> {
    let mut identity = state::identity(turn.rows(), who)?;
    if !state::is_attachable(turn.rows(), &policy) {
        return Err(Error::PolicyNotFound { arn: policy.to_string() });
    }
    if identity.attached.contains(&policy) {
        return Ok(Reply::Nothing);
    }
    if identity.attached.len() >= ATTACHED_MAX {
        let quota = match who.kind {
            Kind::Role => "PoliciesPerRole",
            Kind::User => "PoliciesPerUser",
        };
        return Err(Error::LimitExceeded { quota, limit: ATTACHED_MAX });
    }
    identity.attached.push(policy);
    state::put_identity(turn, &identity);
    Ok(Reply::Nothing)
}

pub(super) fn detach(turn: &mut Turn<'_>, who: &Who, policy: &Arn) -> Result<Reply, Error> {
    let mut identity = state::identity(turn.rows(), who)?;
    let before = identity.attached.len();
    identity.attached.retain(|attached| attached != policy);
    if identity.attached.len() == before {
        return Err(Error::NotAttached { policy: policy.to_string() });
    }
    state::put_identity(turn, &identity);
    Ok(Reply::Nothing)
}

pub(super) fn list(
    rows: &dyn Rows,
    who: &Who,
    path_prefix: &str,
    page: &Page,
) -> Result<Reply, Error> {
    let mut arns = state::identity(rows, who)?.attached;
    arns.retain(|arn| state::policy_path(arn).starts_with(path_prefix));
    arns.sort();
    let (arns, next) = page.take(arns.into_iter().map(|arn| (arn.to_string(), arn)));
    Ok(Reply::Arns { arns, next })
}

/// Who a policy is attached to.
pub(super) fn entities(
    rows: &dyn Rows,
    account: AccountId,
    policy: &Arn,
    kind: Option<Kind>,
    path_prefix: &str,
    page: &Page,
) -> Result<Reply, Error> {
    if !state::is_attachable(rows, policy) {
        return Err(Error::PolicyNotFound { arn: policy.to_string() });
    }
    let holders = state::holders(rows, account, policy)
        .into_iter()
        .filter(|holder| kind.is_none_or(|kind| holder.who.kind == kind))
        .filter(|holder| holder.path.starts_with(path_prefix))
        .map(|holder| {
            let name = holder.who.name.to_ascii_lowercase();
            (format!("{}/{name}", holder.who.kind.as_str()), holder)
        });
    let (identities, next) = page.take(holders);
    Ok(Reply::Identities { identities, next })
}
