//! Customer-managed policies and their versions.

use super::identities::unique_id;
use super::model::{ManagedPolicy, Version};
use super::page::Page;
use super::{Error, Reply, Tags, document, state, tags};
use kernel::{AccountId, Arn, Rows, Turn};
use tidemill_kernel as kernel;

const VERSIONS_MAX: usize = 5;

pub(super) struct New {
    pub(super) account: AccountId,
    pub(super) name: String,
    pub(super) path: String,
    pub(super) description: Option<String>,
    pub(super) document: String,
    pub(super) tags: Tags,
}

pub(super) fn create(turn: &mut Turn<'_>, new: New) -> Result<Reply, Error> {
    let New { account, name, path, description, document, tags } = new;
    check_document(&document)?;
    tags::check_count(&tags)?;
    let text = format!("arn:aws:iam::{account}:policy{path}{name}");
    let Some(arn) = Arn::parse(&text) else {
        return Err(Error::InvalidInput(format!("{text} is longer than an ARN may be.")));
    };
    if state::policy_name_is_taken(turn.rows(), &arn) {
        return Err(Error::PolicyExists { name });
    }
    let now = turn.now().truncated_to_seconds();
    let policy = ManagedPolicy {
        arn,
        name,
        path,
        id: unique_id(turn, "ANPA"),
        created_at: now,
        updated_at: now,
        description,
        versions: vec![Version { number: 1, document, created_at: now }],
        default_version: 1,
        next_version: 2,
        tags,
    };
    state::put_policy(turn, &policy);
    Ok(Reply::Policy { policy, attachments: 0 })
}

pub(super) fn delete(turn: &mut Turn<'_>, arn: &Arn) -> Result<Reply, Error> {
    let policy = state::policy(turn.rows(), arn)?;
    if attachments(turn.rows(), arn) > 0 {
        return Err(Error::DeleteConflict("Cannot delete a policy attached to entities."));
    }
    if policy.versions.len() > 1 {
        return Err(Error::DeleteConflict(
            "This policy has more than one version. Before you delete a policy, you must delete \
             the policy's versions. The default version is deleted with the policy.",
        ));
    }
    state::delete_policy(turn, arn);
    Ok(Reply::Nothing)
}

pub(super) fn create_version(
    turn: &mut Turn<'_>,
    arn: &Arn,
    document: String,
    is_default: bool,
) -> Result<Reply, Error> {
    check_document(&document)?;
    let mut policy = state::policy(turn.rows(), arn)?;
    if policy.versions.len() >= VERSIONS_MAX {
        return Err(Error::LimitExceeded { quota: "VersionsPerPolicy", limit: VERSIONS_MAX });
    }
    let version = Version {
        number: policy.next_version,
        document,
        created_at: turn.now().truncated_to_seconds(),
    };
    policy.next_version += 1;
    policy.updated_at = turn.now().truncated_to_seconds();
    if is_default {
        policy.default_version = version.number;
    }
    policy.versions.push(version.clone());
    state::put_policy(turn, &policy);
    Ok(Reply::PolicyVersion { version, is_default })
}

pub(super) fn delete_version(turn: &mut Turn<'_>, arn: &Arn, version: u32) -> Result<Reply, Error> {
    let mut policy = state::policy(turn.rows(), arn)?;
    find_version(&policy, version)?;
    if policy.default_version == version {
        return Err(Error::DeleteConflict("Cannot delete the default version of a policy."));
    }
    policy.versions.retain(|kept| kept.number != version);
    state::put_policy(turn, &policy);
    Ok(Reply::Nothing)
}

pub(super) fn get(rows: &dyn Rows, arn: &Arn) -> Result<Reply, Error> {
    let policy = state::policy(rows, arn)?;
    Ok(Reply::Policy { policy, attachments: attachments(rows, arn) })
}

pub(super) fn get_version(rows: &dyn Rows, arn: &Arn, version: u32) -> Result<Reply, Error> {
    let policy = state::policy(rows, arn)?;
    let found = find_version(&policy, version)?.clone();
    Ok(Reply::PolicyVersion { version: found, is_default: policy.default_version == version })
}

/// Newest first, as AWS lists them.
pub(super) fn list_versions(rows: &dyn Rows, arn: &Arn, page: &Page) -> Result<Reply, Error> {
    let policy = state::policy(rows, arn)?;
    let default = policy.default_version;
    let versions = policy.versions.into_iter().rev().map(|version| {
        let is_default = version.number == default;
        // Descending numbers as ascending keys.
        (format!("{:010}", u32::MAX - version.number), (version, is_default))
    });
    let (versions, next) = page.take(versions);
    Ok(Reply::PolicyVersions { versions, next })
}

pub(super) fn list(
    rows: &dyn Rows,
    account: AccountId,
    path_prefix: &str,
    only_attached: bool,
    page: &Page,
) -> Reply {
    let policies = state::policies(rows, account)
        .into_iter()
        .filter(|policy| policy.path.starts_with(path_prefix))
        .map(|policy| {
            let attachments = attachments(rows, &policy.arn);
            (policy.name.to_ascii_lowercase(), (policy, attachments))
        })
        .filter(|(_, (_, attachments))| !only_attached || *attachments > 0);
    let (policies, next) = page.take(policies);
    Reply::Policies { policies, next }
}

fn attachments(rows: &dyn Rows, arn: &Arn) -> usize {
    AccountId::parse(arn.account()).map_or(0, |account| state::holders(rows, account, arn).len())
}

fn find_version(policy: &ManagedPolicy, version: u32) -> Result<&Version, Error> {
    let found = policy.versions.iter().find(|kept| kept.number == version);
    found.ok_or_else(|| Error::VersionNotFound { arn: policy.arn.to_string(), version })
}

fn check_document(document: &str) -> Result<(), Error> {
    document::check_size(document, document::MANAGED_POLICY_MAX, "PolicySize")
}
