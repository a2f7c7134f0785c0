//! IAM to the wire: replies become generated shapes.

use super::model::{Detail, Identity, Kind, ManagedPolicy};
use super::{Reply, Tags, document, state};
use kernel::{Arn, Caller};
use tidemill_aws::generated::iam as wire;
use tidemill_aws::{HttpResponse, Output, Protocol};
use tidemill_kernel as kernel;

/// Writes the reply of `operation`.
///
/// # Panics
/// When the reply is another operation's: the edge pairs them.
#[must_use]
pub fn encode(operation: &str, protocol: Protocol, reply: Reply, caller: &Caller) -> HttpResponse {
    let id = caller.request_id;
    match reply {
        Reply::Nothing => encode_nothing(operation, protocol, id),
        Reply::Identity(identity) => encode_identity(operation, protocol, identity, id),
        Reply::Identities { identities, next } => {
            encode_identities(operation, protocol, (identities, next), id)
        }
        Reply::InlinePolicy { who, policy, document } => {
            let document = document::encode(&document);
            match who.kind {
                Kind::Role => wire::GetRolePolicyOutput {
                    policy_document: document,
                    policy_name: policy,
                    role_name: who.name,
                }
                .write(protocol, id),
                Kind::User => wire::GetUserPolicyOutput {
                    policy_document: document,
                    policy_name: policy,
                    user_name: who.name,
                }
                .write(protocol, id),
            }
        }
        Reply::Names { names, next } => match operation {
            "ListRolePolicies" => wire::ListRolePoliciesOutput {
                is_truncated: Some(next.is_some()),
                marker: next,
                policy_names: names,
            }
            .write(protocol, id),
            _ => wire::ListUserPoliciesOutput {
                is_truncated: Some(next.is_some()),
                marker: next,
                policy_names: names,
            }
            .write(protocol, id),
        },
        Reply::Arns { arns, next } => encode_attached(operation, protocol, (arns, next), id),
        Reply::Tags { tags, next } => encode_tags(operation, protocol, (tags, next), id),
        Reply::Policy { .. }
        | Reply::Policies { .. }
        | Reply::PolicyVersion { .. }
        | Reply::PolicyVersions { .. } => encode_policy(operation, protocol, reply, id),
    }
}

fn encode_nothing(operation: &str, protocol: Protocol, id: kernel::Uuid) -> HttpResponse {
    match operation {
        "DeleteRole" => wire::DeleteRoleOutput::default().write(protocol, id),
        "UpdateRole" => wire::UpdateRoleOutput::default().write(protocol, id),
        "UpdateAssumeRolePolicy" => {
            wire::UpdateAssumeRolePolicyOutput::default().write(protocol, id)
        }
        "PutRolePolicy" => wire::PutRolePolicyOutput::default().write(protocol, id),
        "DeleteRolePolicy" => wire::DeleteRolePolicyOutput::default().write(protocol, id),
        "AttachRolePolicy" => wire::AttachRolePolicyOutput::default().write(protocol, id),
        "DetachRolePolicy" => wire::DetachRolePolicyOutput::default().write(protocol, id),
        "TagRole" => wire::TagRoleOutput::default().write(protocol, id),
        "UntagRole" => wire::UntagRoleOutput::default().write(protocol, id),
        "DeleteUser" => wire::DeleteUserOutput::default().write(protocol, id),
        "PutUserPolicy" => wire::PutUserPolicyOutput::default().write(protocol, id),
        "DeleteUserPolicy" => wire::DeleteUserPolicyOutput::default().write(protocol, id),
        "AttachUserPolicy" => wire::AttachUserPolicyOutput::default().write(protocol, id),
        "DetachUserPolicy" => wire::DetachUserPolicyOutput::default().write(protocol, id),
        "TagUser" => wire::TagUserOutput::default().write(protocol, id),
        "UntagUser" => wire::UntagUserOutput::default().write(protocol, id),
        "DeletePolicy" => wire::DeletePolicyOutput::default().write(protocol, id),
        "DeletePolicyVersion" => wire::DeletePolicyVersionOutput::default().write(protocol, id),
        "TagPolicy" => wire::TagPolicyOutput::default().write(protocol, id),
        "UntagPolicy" => wire::UntagPolicyOutput::default().write(protocol, id),
        _ => unreachable!("{operation} does not answer with nothing"),
    }
}

fn encode_identity(
    operation: &str,
    protocol: Protocol,
    identity: Identity,
    id: kernel::Uuid,
) -> HttpResponse {
    match operation {
        "CreateRole" => wire::CreateRoleOutput { role: wire_role(identity) }.write(protocol, id),
        "GetRole" => wire::GetRoleOutput { role: wire_role(identity) }.write(protocol, id),
        "CreateUser" => {
            wire::CreateUserOutput { user: Some(wire_user(identity)) }.write(protocol, id)
        }
        "GetUser" => wire::GetUserOutput { user: wire_user(identity) }.write(protocol, id),
        "ListInstanceProfilesForRole" => wire::ListInstanceProfilesForRoleOutput {
            instance_profiles: Vec::new(),
            is_truncated: Some(false),
            marker: None,
        }
        .write(protocol, id),
        "ListGroupsForUser" => wire::ListGroupsForUserOutput {
            groups: Vec::new(),
            is_truncated: Some(false),
            marker: None,
        }
        .write(protocol, id),
        "ListAccessKeys" => wire::ListAccessKeysOutput {
            access_key_metadata: Vec::new(),
            is_truncated: Some(false),
            marker: None,
        }
        .write(protocol, id),
        _ => unreachable!("{operation} does not answer with an identity"),
    }
}

fn encode_identities(
    operation: &str,
    protocol: Protocol,
    (identities, next): (Vec<Identity>, Option<String>),
    id: kernel::Uuid,
) -> HttpResponse {
    let is_truncated = Some(next.is_some());
    match operation {
        "ListRoles" => {
            // A list leaves tags out (API reference, "ListRoles"); GetRole shows them.
            let roles = identities.into_iter().map(|role| without_tags(wire_role(role)));
            wire::ListRolesOutput { is_truncated, marker: next, roles: roles.collect() }
                .write(protocol, id)
        }
        "ListUsers" => {
            let users =
                identities.into_iter().map(|user| wire::User { tags: None, ..wire_user(user) });
            wire::ListUsersOutput { is_truncated, marker: next, users: users.collect() }
                .write(protocol, id)
        }
        "ListEntitiesForPolicy" => {
            let (roles, users): (Vec<_>, Vec<_>) =
                identities.into_iter().partition(|holder| holder.who.kind == Kind::Role);
            let roles = roles.into_iter().map(|role| wire::PolicyRole {
                role_id: Some(role.id),
                role_name: Some(role.who.name),
            });
            let users = users.into_iter().map(|user| wire::PolicyUser {
                user_id: Some(user.id),
                user_name: Some(user.who.name),
            });
            wire::ListEntitiesForPolicyOutput {
                is_truncated,
                marker: next,
                policy_groups: Some(Vec::new()),
                policy_roles: Some(roles.collect()),
                policy_users: Some(users.collect()),
            }
            .write(protocol, id)
        }
        _ => unreachable!("{operation} does not answer with identities"),
    }
}

fn encode_attached(
    operation: &str,
    protocol: Protocol,
    (arns, marker): (Vec<Arn>, Option<String>),
    id: kernel::Uuid,
) -> HttpResponse {
    let attached = arns.iter().map(|arn| wire::AttachedPolicy {
        policy_arn: Some(arn.to_string()),
        policy_name: Some(state::policy_name(arn).to_owned()),
    });
    let attached_policies = Some(attached.collect());
    let is_truncated = Some(marker.is_some());
    match operation {
        "ListAttachedRolePolicies" => {
            wire::ListAttachedRolePoliciesOutput { attached_policies, is_truncated, marker }
                .write(protocol, id)
        }
        "ListAttachedUserPolicies" => {
            wire::ListAttachedUserPoliciesOutput { attached_policies, is_truncated, marker }
                .write(protocol, id)
        }
        _ => unreachable!("{operation} does not answer with attached policies"),
    }
}

fn encode_tags(
    operation: &str,
    protocol: Protocol,
    (tags, marker): (Vec<(String, String)>, Option<String>),
    id: kernel::Uuid,
) -> HttpResponse {
    let is_truncated = Some(marker.is_some());
    let tags = wire_tags(tags);
    match operation {
        "ListRoleTags" => {
            wire::ListRoleTagsOutput { is_truncated, marker, tags }.write(protocol, id)
        }
        "ListUserTags" => {
            wire::ListUserTagsOutput { is_truncated, marker, tags }.write(protocol, id)
        }
        "ListPolicyTags" => {
            wire::ListPolicyTagsOutput { is_truncated, marker, tags }.write(protocol, id)
        }
        _ => unreachable!("{operation} does not answer with tags"),
    }
}

fn encode_policy(
    operation: &str,
    protocol: Protocol,
    reply: Reply,
    id: kernel::Uuid,
) -> HttpResponse {
    match reply {
        Reply::Policy { policy, attachments } => {
            let policy = Some(wire_policy(policy, attachments));
            match operation {
                "CreatePolicy" => wire::CreatePolicyOutput { policy }.write(protocol, id),
                _ => wire::GetPolicyOutput { policy }.write(protocol, id),
            }
        }
        Reply::Policies { policies, next } => {
            // A list leaves tags out (API reference, "ListPolicies").
            let policies = policies.into_iter().map(|(policy, attachments)| wire::Policy {
                tags: None,
                ..wire_policy(policy, attachments)
            });
            wire::ListPoliciesOutput {
                is_truncated: Some(next.is_some()),
                marker: next,
                policies: Some(policies.collect()),
            }
            .write(protocol, id)
        }
        Reply::PolicyVersion { version, is_default } => match operation {
            "CreatePolicyVersion" => {
                let version =
                    wire::PolicyVersion { document: None, ..wire_version(version, is_default) };
                wire::CreatePolicyVersionOutput { policy_version: Some(version) }
                    .write(protocol, id)
            }
            _ => wire::GetPolicyVersionOutput {
                policy_version: Some(wire_version(version, is_default)),
            }
            .write(protocol, id),
        },
        Reply::PolicyVersions { versions, next } => {
            let versions = versions.into_iter().map(|(version, is_default)| wire::PolicyVersion {
                document: None,
                ..wire_version(version, is_default)
            });
            wire::ListPolicyVersionsOutput {
                is_truncated: Some(next.is_some()),
                marker: next,
                versions: Some(versions.collect()),
            }
            .write(protocol, id)
        }
        Reply::Nothing
        | Reply::Identity(_)
        | Reply::Identities { .. }
        | Reply::InlinePolicy { .. }
        | Reply::Names { .. }
        | Reply::Arns { .. }
        | Reply::Tags { .. } => unreachable!("{operation} is not about policies"),
    }
}

fn wire_role(identity: Identity) -> wire::Role {
    let arn = identity.arn();
    let (trust_policy, description, longest) = match identity.detail {
        Detail::Role { trust_policy, description, session_max_seconds } => {
            (Some(document::encode(&trust_policy)), description, Some(session_max_seconds))
        }
        Detail::User => (None, None, None),
    };
    wire::Role {
        arn,
        assume_role_policy_document: trust_policy,
        create_date: identity.created_at,
        description,
        max_session_duration: longest.and_then(|seconds| i32::try_from(seconds).ok()),
        path: identity.path,
        permissions_boundary: None,
        role_id: identity.id,
        role_last_used: None,
        role_name: identity.who.name,
        tags: some_tags(identity.tags),
    }
}

fn without_tags(role: wire::Role) -> wire::Role {
    wire::Role { tags: None, ..role }
}

fn wire_user(identity: Identity) -> wire::User {
    wire::User {
        arn: identity.arn(),
        create_date: identity.created_at,
        password_last_used: None,
        path: identity.path,
        permissions_boundary: None,
        tags: some_tags(identity.tags),
        user_id: identity.id,
        user_name: identity.who.name,
    }
}

fn wire_policy(policy: ManagedPolicy, attachments: usize) -> wire::Policy {
    wire::Policy {
        arn: Some(policy.arn.to_string()),
        attachment_count: i32::try_from(attachments).ok(),
        create_date: Some(policy.created_at),
        default_version_id: Some(format!("v{}", policy.default_version)),
        description: policy.description,
        is_attachable: Some(true),
        path: Some(policy.path),
        permissions_boundary_usage_count: Some(0),
        policy_id: Some(policy.id),
        policy_name: Some(policy.name),
        tags: some_tags(policy.tags),
        update_date: Some(policy.updated_at),
    }
}

fn wire_version(version: super::Version, is_default: bool) -> wire::PolicyVersion {
    wire::PolicyVersion {
        create_date: Some(version.created_at),
        document: Some(document::encode(&version.document)),
        is_default_version: Some(is_default),
        version_id: Some(format!("v{}", version.number)),
    }
}

fn wire_tags(tags: impl IntoIterator<Item = (String, String)>) -> Vec<wire::Tag> {
    tags.into_iter().map(|(key, value)| wire::Tag { key, value }).collect()
}

fn some_tags(tags: Tags) -> Option<Vec<wire::Tag>> {
    (!tags.is_empty()).then(|| wire_tags(tags))
}
