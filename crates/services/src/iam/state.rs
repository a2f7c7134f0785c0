//! IAM's rows.

use super::Error;
use super::model::{Identity, Kind, ManagedPolicy, Who};
use kernel::rows::scan_prefix;
use kernel::{AccountId, Arn, Rows, Table, Turn, codec};
use tidemill_kernel as kernel;

/// account/kind/lower-case name → [`Identity`].
const IDENTITIES: Table = Table(Table::IAM);
/// account/lower-case name → [`ManagedPolicy`].
const POLICIES: Table = Table(Table::IAM + 1);

/// AWS's own policies: taken as existing, because nothing here depends on what they say.
const AWS_MANAGED_PREFIX: &str = "arn:aws:iam::aws:policy/";

pub(super) fn find_identity(rows: &dyn Rows, who: &Who) -> Option<Identity> {
    rows.get(IDENTITIES, &identity_key(who)).map(|row| codec::from_bytes(&row))
}

pub(super) fn identity(rows: &dyn Rows, who: &Who) -> Result<Identity, Error> {
    find_identity(rows, who).ok_or_else(|| Error::IdentityNotFound(who.clone()))
}

pub(super) fn put_identity(turn: &mut Turn<'_>, identity: &Identity) {
    turn.put(IDENTITIES, &identity_key(&identity.who), codec::to_bytes(identity));
}

pub(super) fn delete_identity(turn: &mut Turn<'_>, who: &Who) {
    turn.delete(IDENTITIES, &identity_key(who));
}

/// All of a kind, in order of names.
pub(super) fn identities(rows: &dyn Rows, account: AccountId, kind: Kind) -> Vec<Identity> {
    let prefix = format!("{account}/{}/", kind.as_str());
    scan_prefix(rows, IDENTITIES, prefix.as_bytes(), None, usize::MAX)
        .iter()
        .map(|(_, row)| codec::from_bytes(row))
        .collect()
}

pub(super) fn find_policy(rows: &dyn Rows, arn: &Arn) -> Option<ManagedPolicy> {
    let row = rows.get(POLICIES, &policy_key(arn)?)?;
    let policy: ManagedPolicy = codec::from_bytes(&row);
    (policy.arn == *arn).then_some(policy)
}

pub(super) fn policy(rows: &dyn Rows, arn: &Arn) -> Result<ManagedPolicy, Error> {
    find_policy(rows, arn).ok_or_else(|| Error::PolicyNotFound { arn: arn.to_string() })
}

/// Whether there is a policy of this name under any path.
pub(super) fn policy_name_is_taken(rows: &dyn Rows, arn: &Arn) -> bool {
    policy_key(arn).is_some_and(|key| rows.get(POLICIES, &key).is_some())
}

pub(super) fn put_policy(turn: &mut Turn<'_>, policy: &ManagedPolicy) {
    if let Some(key) = policy_key(&policy.arn) {
        turn.put(POLICIES, &key, codec::to_bytes(policy));
    }
}

pub(super) fn delete_policy(turn: &mut Turn<'_>, arn: &Arn) {
    if let Some(key) = policy_key(arn) {
        turn.delete(POLICIES, &key);
    }
}

pub(super) fn policies(rows: &dyn Rows, account: AccountId) -> Vec<ManagedPolicy> {
    let prefix = format!("{account}/");
    scan_prefix(rows, POLICIES, prefix.as_bytes(), None, usize::MAX)
        .iter()
        .map(|(_, row)| codec::from_bytes(row))
        .collect()
}

/// Whether a policy can be attached.
pub(super) fn is_attachable(rows: &dyn Rows, arn: &Arn) -> bool {
    is_aws_managed(arn) || find_policy(rows, arn).is_some()
}

fn is_aws_managed(arn: &Arn) -> bool {
    arn.as_str().len() > AWS_MANAGED_PREFIX.len() && arn.as_str().starts_with(AWS_MANAGED_PREFIX)
}

/// Who a policy is attached to, roles before users.
pub(super) fn holders(rows: &dyn Rows, account: AccountId, policy: &Arn) -> Vec<Identity> {
    [Kind::Role, Kind::User]
        .into_iter()
        .flat_map(|kind| identities(rows, account, kind))
        .filter(|identity| identity.attached.contains(policy))
        .collect()
}

/// The name at the end of a policy's ARN, after its path.
pub(super) fn policy_name(arn: &Arn) -> &str {
    arn.resource().rsplit('/').next().unwrap_or_default()
}

/// The path in a policy's ARN: `/` or `/a/b/`.
pub(super) fn policy_path(arn: &Arn) -> String {
    let below = arn.resource().strip_prefix("policy").unwrap_or_default();
    let end = below.rfind('/').map_or(0, |slash| slash + 1);
    below.get(..end).unwrap_or_default().to_owned()
}

fn identity_key(who: &Who) -> Vec<u8> {
    let Who { account, kind, name } = who;
    format!("{account}/{}/{}", kind.as_str(), name.to_ascii_lowercase()).into_bytes()
}

/// `None` when the ARN is of no policy of an account.
fn policy_key(arn: &Arn) -> Option<Vec<u8>> {
    let account = AccountId::parse(arn.account())?;
    arn.resource().strip_prefix("policy/")?;
    Some(format!("{account}/{}", policy_name(arn).to_ascii_lowercase()).into_bytes())
}
