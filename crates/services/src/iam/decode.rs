//! IAM from the wire: generated shapes become commands and queries.
//!
//! Roles and users share their operations, so this is one table of small translations rather
//! than a file per operation.

use super::grammar::{self, Purpose};
use super::model::{Detail, Kind, Who};
use super::{Command, Error, Page, Query, Tags, Target, access_keys, roles};
use crate::Work;
use kernel::{AccountId, Arn, Caller, PartitionId};
use tidemill_aws::generated::iam as wire;
use tidemill_aws::{HttpRequest, Input, Protocol, WireError};
use tidemill_kernel as kernel;

type Decoded = Result<Work, Error>;

/// A request at the door.
struct Door<'a> {
    protocol: Protocol,
    request: &'a HttpRequest,
    caller: &'a Caller,
}

impl Door<'_> {
    fn read<I: Input>(&self, decode: impl Fn(I, &Caller) -> Decoded) -> Result<Work, WireError> {
        let input = I::read(self.protocol, self.request)?;
        decode(input, self.caller).map_err(|error| error.wire())
    }

    /// An operation that changes something.
    fn change<I: Input>(
        &self,
        decode: impl Fn(I, AccountId) -> Result<Command, Error>,
    ) -> Result<Work, WireError> {
        self.read(|input, caller| {
            let partition = PartitionId::of_identity(caller.account);
            Ok(Work::Command(
                partition,
                crate::Command::Iam(Box::new(decode(input, caller.account)?)),
            ))
        })
    }

    /// An operation that only asks.
    fn ask<I: Input>(
        &self,
        decode: impl Fn(I, AccountId) -> Result<Query, Error>,
    ) -> Result<Work, WireError> {
        self.read(|input, caller| {
            let partition = PartitionId::of_identity(caller.account);
            Ok(Work::Query(partition, crate::Query::Iam(decode(input, caller.account)?)))
        })
    }
}

/// Reads a routed, signed request for `operation`.
pub fn decode(
    operation: &str,
    protocol: Protocol,
    request: &HttpRequest,
    caller: &Caller,
) -> Result<Work, WireError> {
    let door = Door { protocol, request, caller };
    decode_role(operation, &door)
        .or_else(|| decode_user(operation, &door))
        .or_else(|| decode_policy(operation, &door))
        .unwrap_or_else(|| Err(unknown(operation)))
}

fn unknown(operation: &str) -> WireError {
    let message = format!("IAM has no operation {operation} on this server.");
    WireError::sender("InvalidAction", 400, message)
}

fn decode_role(operation: &str, door: &Door<'_>) -> Option<Result<Work, WireError>> {
    Some(match operation {
        "CreateRole" => door.change(create_role),
        "DeleteRole" => door.change(|input: wire::DeleteRoleInput, account| {
            Ok(Command::DeleteIdentity(role(account, input.role_name)))
        }),
        "UpdateRole" => door.change(|input: wire::UpdateRoleInput, account| {
            Ok(Command::UpdateRole {
                who: role(account, input.role_name),
                description: input.description,
                session_max_seconds: input.max_session_duration.map(i32::unsigned_abs),
            })
        }),
        "UpdateAssumeRolePolicy" => {
            door.change(|input: wire::UpdateAssumeRolePolicyInput, account| {
                grammar::check(Purpose::Trust, &input.policy_document)?;
                let who = role(account, input.role_name);
                Ok(Command::UpdateAssumeRolePolicy { who, document: input.policy_document })
            })
        }
        "PutRolePolicy" => door.change(|input: wire::PutRolePolicyInput, account| {
            grammar::check(Purpose::Inline, &input.policy_document)?;
            let who = role(account, input.role_name);
            let (policy, document) = (input.policy_name, input.policy_document);
            Ok(Command::PutInlinePolicy { who, policy, document })
        }),
        "DeleteRolePolicy" => door.change(|input: wire::DeleteRolePolicyInput, account| {
            let who = role(account, input.role_name);
            Ok(Command::DeleteInlinePolicy { who, policy: input.policy_name })
        }),
        "AttachRolePolicy" => door.change(|input: wire::AttachRolePolicyInput, account| {
            let policy = arn(&input.policy_arn)?;
            Ok(Command::Attach { who: role(account, input.role_name), policy })
        }),
        "DetachRolePolicy" => door.change(|input: wire::DetachRolePolicyInput, account| {
            let policy = arn(&input.policy_arn)?;
            Ok(Command::Detach { who: role(account, input.role_name), policy })
        }),
        "TagRole" => door.change(|input: wire::TagRoleInput, account| {
            let target = Target::Identity(role(account, input.role_name));
            Ok(Command::Tag { target, tags: tags(input.tags) })
        }),
        "UntagRole" => door.change(|input: wire::UntagRoleInput, account| {
            let target = Target::Identity(role(account, input.role_name));
            Ok(Command::Untag { target, keys: input.tag_keys })
        }),
        _ => return decode_role_query(operation, door),
    })
}

fn decode_role_query(operation: &str, door: &Door<'_>) -> Option<Result<Work, WireError>> {
    Some(match operation {
        "GetRole" => door.ask(|input: wire::GetRoleInput, account| {
            Ok(Query::Identity(role(account, input.role_name)))
        }),
        "ListRoles" => door.ask(|input: wire::ListRolesInput, account| {
            Ok(identities(account, Kind::Role, input.path_prefix, input.marker, input.max_items))
        }),
        "GetRolePolicy" => door.ask(|input: wire::GetRolePolicyInput, account| {
            let who = role(account, input.role_name);
            Ok(Query::InlinePolicy { who, policy: input.policy_name })
        }),
        "ListRolePolicies" => door.ask(|input: wire::ListRolePoliciesInput, account| {
            let page = Page::new(input.marker, input.max_items);
            Ok(Query::InlinePolicies { who: role(account, input.role_name), page })
        }),
        "ListAttachedRolePolicies" => {
            door.ask(|input: wire::ListAttachedRolePoliciesInput, account| {
                let page = Page::new(input.marker, input.max_items);
                let path_prefix = prefix(input.path_prefix);
                Ok(Query::Attached { who: role(account, input.role_name), path_prefix, page })
            })
        }
        "ListRoleTags" => door.ask(|input: wire::ListRoleTagsInput, account| {
            let target = Target::Identity(role(account, input.role_name));
            Ok(Query::Tags { target, page: Page::new(input.marker, input.max_items) })
        }),
        "ListInstanceProfilesForRole" => {
            // There are no instances, so there are no profiles: of a role that must exist.
            door.ask(|input: wire::ListInstanceProfilesForRoleInput, account| {
                let wire::ListInstanceProfilesForRoleInput { role_name, marker: _, max_items: _ } =
                    input;
                Ok(Query::Identity(role(account, role_name)))
            })
        }
        _ => return None,
    })
}

fn decode_user(operation: &str, door: &Door<'_>) -> Option<Result<Work, WireError>> {
    Some(match operation {
        "CreateUser" => door.change(create_user),
        "DeleteUser" => door.change(|input: wire::DeleteUserInput, account| {
            Ok(Command::DeleteIdentity(user(account, input.user_name)))
        }),
        "PutUserPolicy" => door.change(|input: wire::PutUserPolicyInput, account| {
            grammar::check(Purpose::Inline, &input.policy_document)?;
            let who = user(account, input.user_name);
            let (policy, document) = (input.policy_name, input.policy_document);
            Ok(Command::PutInlinePolicy { who, policy, document })
        }),
        "DeleteUserPolicy" => door.change(|input: wire::DeleteUserPolicyInput, account| {
            let who = user(account, input.user_name);
            Ok(Command::DeleteInlinePolicy { who, policy: input.policy_name })
        }),
        "AttachUserPolicy" => door.change(|input: wire::AttachUserPolicyInput, account| {
            let policy = arn(&input.policy_arn)?;
            Ok(Command::Attach { who: user(account, input.user_name), policy })
        }),
        "DetachUserPolicy" => door.change(|input: wire::DetachUserPolicyInput, account| {
            let policy = arn(&input.policy_arn)?;
            Ok(Command::Detach { who: user(account, input.user_name), policy })
        }),
        "TagUser" => door.change(|input: wire::TagUserInput, account| {
            let target = Target::Identity(user(account, input.user_name));
            Ok(Command::Tag { target, tags: tags(input.tags) })
        }),
        "UntagUser" => door.change(|input: wire::UntagUserInput, account| {
            let target = Target::Identity(user(account, input.user_name));
            Ok(Command::Untag { target, keys: input.tag_keys })
        }),
        "GetUser" => door.ask(|input: wire::GetUserInput, account| {
            Ok(Query::Identity(access_keys::user(account, input.user_name)?))
        }),
        "ListUsers" => door.ask(|input: wire::ListUsersInput, account| {
            Ok(identities(account, Kind::User, input.path_prefix, input.marker, input.max_items))
        }),
        "GetUserPolicy" => door.ask(|input: wire::GetUserPolicyInput, account| {
            let who = user(account, input.user_name);
            Ok(Query::InlinePolicy { who, policy: input.policy_name })
        }),
        "ListUserPolicies" => door.ask(|input: wire::ListUserPoliciesInput, account| {
            let page = Page::new(input.marker, input.max_items);
            Ok(Query::InlinePolicies { who: user(account, input.user_name), page })
        }),
        "ListAttachedUserPolicies" => {
            door.ask(|input: wire::ListAttachedUserPoliciesInput, account| {
                let page = Page::new(input.marker, input.max_items);
                let path_prefix = prefix(input.path_prefix);
                Ok(Query::Attached { who: user(account, input.user_name), path_prefix, page })
            })
        }
        "ListUserTags" => door.ask(|input: wire::ListUserTagsInput, account| {
            let target = Target::Identity(user(account, input.user_name));
            Ok(Query::Tags { target, page: Page::new(input.marker, input.max_items) })
        }),
        "ListGroupsForUser" => {
            // There are no groups: an empty list, of a user that must exist.
            door.ask(|input: wire::ListGroupsForUserInput, account| {
                let wire::ListGroupsForUserInput { user_name, marker: _, max_items: _ } = input;
                Ok(Query::Identity(user(account, user_name)))
            })
        }
        "CreateAccessKey" => door.read(access_keys::decode_create),
        "ListAccessKeys" => door.read(access_keys::decode_list),
        "UpdateAccessKey" => door.read(access_keys::decode_update),
        "DeleteAccessKey" => door.read(access_keys::decode_delete),
        _ => return None,
    })
}

fn decode_policy(operation: &str, door: &Door<'_>) -> Option<Result<Work, WireError>> {
    Some(match operation {
        "CreatePolicy" => door.change(|input: wire::CreatePolicyInput, account| {
            grammar::check(Purpose::Managed, &input.policy_document)?;
            Ok(Command::CreatePolicy {
                account,
                name: input.policy_name,
                path: path(input.path),
                description: input.description,
                document: input.policy_document,
                tags: tags(input.tags.unwrap_or_default()),
            })
        }),
        "DeletePolicy" => door.change(|input: wire::DeletePolicyInput, account| {
            Ok(Command::DeletePolicy(own_policy(&input.policy_arn, account)?))
        }),
        "CreatePolicyVersion" => door.change(|input: wire::CreatePolicyVersionInput, account| {
            grammar::check(Purpose::Managed, &input.policy_document)?;
            Ok(Command::CreatePolicyVersion {
                policy: own_policy(&input.policy_arn, account)?,
                document: input.policy_document,
                is_default: input.set_as_default.unwrap_or(false),
            })
        }),
        "DeletePolicyVersion" => door.change(|input: wire::DeletePolicyVersionInput, account| {
            let policy = own_policy(&input.policy_arn, account)?;
            Ok(Command::DeletePolicyVersion {
                version: version(&policy, &input.version_id)?,
                policy,
            })
        }),
        "TagPolicy" => door.change(|input: wire::TagPolicyInput, account| {
            let target = Target::Policy(own_policy(&input.policy_arn, account)?);
            Ok(Command::Tag { target, tags: tags(input.tags) })
        }),
        "UntagPolicy" => door.change(|input: wire::UntagPolicyInput, account| {
            let target = Target::Policy(own_policy(&input.policy_arn, account)?);
            Ok(Command::Untag { target, keys: input.tag_keys })
        }),
        "GetPolicy" => door.ask(|input: wire::GetPolicyInput, account| {
            Ok(Query::Policy(own_policy(&input.policy_arn, account)?))
        }),
        "ListPolicies" => door.ask(list_policies),
        "GetPolicyVersion" => door.ask(|input: wire::GetPolicyVersionInput, account| {
            let policy = own_policy(&input.policy_arn, account)?;
            Ok(Query::PolicyVersion { version: version(&policy, &input.version_id)?, policy })
        }),
        "ListPolicyVersions" => door.ask(|input: wire::ListPolicyVersionsInput, account| {
            let page = Page::new(input.marker, input.max_items);
            Ok(Query::PolicyVersions { policy: own_policy(&input.policy_arn, account)?, page })
        }),
        "ListPolicyTags" => door.ask(|input: wire::ListPolicyTagsInput, account| {
            let target = Target::Policy(own_policy(&input.policy_arn, account)?);
            Ok(Query::Tags { target, page: Page::new(input.marker, input.max_items) })
        }),
        "ListEntitiesForPolicy" => door.ask(list_entities),
        _ => return None,
    })
}

fn create_role(input: wire::CreateRoleInput, account: AccountId) -> Result<Command, Error> {
    if input.permissions_boundary.is_some() {
        return Err(Error::Unsupported("PermissionsBoundary"));
    }
    grammar::check(Purpose::Trust, &input.assume_role_policy_document)?;
    roles::check_trust_policy(&input.assume_role_policy_document)?;
    let longest = input.max_session_duration.map(i32::unsigned_abs);
    Ok(Command::CreateIdentity {
        who: role(account, input.role_name),
        path: path(input.path),
        detail: Detail::Role {
            trust_policy: input.assume_role_policy_document,
            description: input.description,
            session_max_seconds: longest.unwrap_or(roles::SESSION_MAX_SECONDS_DEFAULT),
        },
        tags: tags(input.tags.unwrap_or_default()),
    })
}

fn create_user(input: wire::CreateUserInput, account: AccountId) -> Result<Command, Error> {
    if input.permissions_boundary.is_some() {
        return Err(Error::Unsupported("PermissionsBoundary"));
    }
    Ok(Command::CreateIdentity {
        who: user(account, input.user_name),
        path: path(input.path),
        detail: Detail::User,
        tags: tags(input.tags.unwrap_or_default()),
    })
}

fn list_policies(input: wire::ListPoliciesInput, account: AccountId) -> Result<Query, Error> {
    if input.scope.as_deref() == Some("AWS") {
        // AWS's own policies are taken when attached, but nobody keeps a catalogue of them here.
        return Err(Error::Unsupported("Scope=AWS"));
    }
    if input.policy_usage_filter.as_deref() == Some("PermissionsBoundary") {
        return Err(Error::Unsupported("PolicyUsageFilter=PermissionsBoundary"));
    }
    Ok(Query::Policies {
        account,
        path_prefix: prefix(input.path_prefix),
        only_attached: input.only_attached.unwrap_or(false),
        page: Page::new(input.marker, input.max_items),
    })
}

fn list_entities(
    input: wire::ListEntitiesForPolicyInput,
    account: AccountId,
) -> Result<Query, Error> {
    if input.policy_usage_filter.as_deref() == Some("PermissionsBoundary") {
        return Err(Error::Unsupported("PolicyUsageFilter=PermissionsBoundary"));
    }
    let kind = match input.entity_filter.as_deref() {
        None => None,
        Some("Role") => Some(Kind::Role),
        Some("User") => Some(Kind::User),
        Some(_) => return Err(Error::Unsupported("EntityFilter other than Role and User")),
    };
    Ok(Query::Entities {
        account,
        policy: arn(&input.policy_arn)?,
        kind,
        path_prefix: prefix(input.path_prefix),
        page: Page::new(input.marker, input.max_items),
    })
}

fn role(account: AccountId, name: String) -> Who {
    Who { account, kind: Kind::Role, name }
}

fn user(account: AccountId, name: String) -> Who {
    Who { account, kind: Kind::User, name }
}

fn identities(
    account: AccountId,
    kind: Kind,
    path_prefix: Option<String>,
    marker: Option<String>,
    max_items: Option<i32>,
) -> Query {
    let path_prefix = prefix(path_prefix);
    Query::Identities { account, kind, path_prefix, page: Page::new(marker, max_items) }
}

fn path(path: Option<String>) -> String {
    path.unwrap_or_else(|| "/".to_owned())
}

fn prefix(prefix: Option<String>) -> String {
    path(prefix)
}

fn arn(text: &str) -> Result<Arn, Error> {
    Arn::parse(text).ok_or_else(|| Error::InvalidInput(format!("ARN {text} is not valid.")))
}

/// A policy of the caller's own account: another's is as good as none.
fn own_policy(text: &str, account: AccountId) -> Result<Arn, Error> {
    let policy = arn(text)?;
    if AccountId::parse(policy.account()) != Some(account) {
        return Err(Error::PolicyNotFound { arn: text.to_owned() });
    }
    Ok(policy)
}

fn version(policy: &Arn, id: &str) -> Result<u32, Error> {
    let number = id.strip_prefix('v').and_then(|number| number.parse().ok());
    number.ok_or_else(|| Error::InvalidInput(format!("{id} is no version of {policy}.")))
}

fn tags(tags: Vec<wire::Tag>) -> Tags {
    tags.into_iter().map(|tag| (tag.key, tag.value)).collect()
}
