//! AWS IAM: roles, managed policies and users, kept and echoed.
//!
//! SDKs, Terraform and SAM create a role for every function and read it back. That is what is
//! served here. **Policies are stored, not enforced**: until enforcement has its own issue, every
//! key of an account may do everything in that account, and users get no keys at all.
//!
//! # Invariants
//!
//! - An account's identities and policies live in one partition.
//! - Names are unique without regard to case, as AWS compares them.
//! - An identity that still has policies cannot be deleted, nor a policy that is still attached.
//!
//! # Limits
//!
//! Trust policy 2,048 bytes, managed policy 6,144, inline policies of a role 10,240 in all, of a
//! user 2,048; 10 attached policies; 5 versions of a policy; 50 tags. White space counts not.
//!
//! AWS behaviour this follows: IAM API Reference; IAM User Guide, "IAM and AWS STS quotas".

mod access_keys;
mod attachments;
mod decode;
mod document;
mod encode;
mod error;
mod grammar;
mod identities;
mod inline_policies;
mod model;
mod page;
mod policies;
mod roles;
mod state;
mod tags;
#[cfg(test)]
mod tests;

pub use decode::decode;
pub use encode::encode;
pub use error::Error;
pub use model::{Detail, Identity, Kind, ManagedPolicy, Version, Who};
pub use page::Page;

use kernel::{AccountId, Arn, Look, Outcome, Rows, Turn};
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;
use tidemill_kernel as kernel;

pub(crate) type Tags = BTreeMap<String, String>;

/// What tags can be put on.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Target {
    #[n(0)]
    Identity(#[n(0)] Who),
    #[n(1)]
    Policy(#[n(0)] Arn),
}

/// Everything that changes IAM's state. Tags are written to the log: append, never renumber.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Command {
    #[n(0)]
    CreateIdentity {
        #[n(0)]
        who: Who,
        #[n(1)]
        path: String,
        #[n(2)]
        detail: Detail,
        #[n(3)]
        tags: Tags,
    },
    #[n(1)]
    DeleteIdentity(#[n(0)] Who),
    #[n(2)]
    UpdateRole {
        #[n(0)]
        who: Who,
        #[n(1)]
        description: Option<String>,
        #[n(2)]
        session_max_seconds: Option<u32>,
    },
    #[n(3)]
    UpdateAssumeRolePolicy {
        #[n(0)]
        who: Who,
        #[n(1)]
        document: String,
    },
    #[n(4)]
    PutInlinePolicy {
        #[n(0)]
        who: Who,
        #[n(1)]
        policy: String,
        #[n(2)]
        document: String,
    },
    #[n(5)]
    DeleteInlinePolicy {
        #[n(0)]
        who: Who,
        #[n(1)]
        policy: String,
    },
    #[n(6)]
    Attach {
        #[n(0)]
        who: Who,
        #[n(1)]
        policy: Arn,
    },
    #[n(7)]
    Detach {
        #[n(0)]
        who: Who,
        #[n(1)]
        policy: Arn,
    },
    #[n(8)]
    Tag {
        #[n(0)]
        target: Target,
        #[n(1)]
        tags: Tags,
    },
    #[n(9)]
    Untag {
        #[n(0)]
        target: Target,
        #[n(1)]
        keys: Vec<String>,
    },
    #[n(10)]
    CreatePolicy {
        #[n(0)]
        account: AccountId,
        #[n(1)]
        name: String,
        #[n(2)]
        path: String,
        #[n(3)]
        description: Option<String>,
        #[n(4)]
        document: String,
        #[n(5)]
        tags: Tags,
    },
    #[n(11)]
    DeletePolicy(#[n(0)] Arn),
    #[n(12)]
    CreatePolicyVersion {
        #[n(0)]
        policy: Arn,
        #[n(1)]
        document: String,
        #[n(2)]
        is_default: bool,
    },
    #[n(13)]
    DeletePolicyVersion {
        #[n(0)]
        policy: Arn,
        #[n(1)]
        version: u32,
    },
}

impl Command {
    /// Foreign resources the node must look up before this command is logged: none, an account's
    /// identities know only each other.
    #[must_use]
    pub fn foreign(&self) -> Vec<Arn> {
        Vec::new()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    Identity(Who),
    Identities {
        account: AccountId,
        kind: Kind,
        path_prefix: String,
        page: Page,
    },
    InlinePolicy {
        who: Who,
        policy: String,
    },
    InlinePolicies {
        who: Who,
        page: Page,
    },
    Attached {
        who: Who,
        path_prefix: String,
        page: Page,
    },
    Tags {
        target: Target,
        page: Page,
    },
    Policy(Arn),
    Policies {
        account: AccountId,
        path_prefix: String,
        only_attached: bool,
        page: Page,
    },
    PolicyVersion {
        policy: Arn,
        version: u32,
    },
    PolicyVersions {
        policy: Arn,
        page: Page,
    },
    /// Who a policy is attached to, roles before users, in order of names.
    Entities {
        account: AccountId,
        policy: Arn,
        kind: Option<Kind>,
        path_prefix: String,
        page: Page,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    Nothing,
    Identity(Identity),
    Identities { identities: Vec<Identity>, next: Option<String> },
    InlinePolicy { who: Who, policy: String, document: String },
    Names { names: Vec<String>, next: Option<String> },
    Arns { arns: Vec<Arn>, next: Option<String> },
    Tags { tags: Vec<(String, String)>, next: Option<String> },
    Policy { policy: ManagedPolicy, attachments: usize },
    Policies { policies: Vec<(ManagedPolicy, usize)>, next: Option<String> },
    PolicyVersion { version: Version, is_default: bool },
    PolicyVersions { versions: Vec<(Version, bool)>, next: Option<String> },
}

/// IAM keeps nothing in memory: it is read rarely, and rows answer fast.
#[derive(Debug, Default)]
pub struct State {}

impl State {
    #[must_use]
    pub fn load(_rows: &dyn Rows) -> State {
        State {}
    }

    /// Applies one command. Total; see [`kernel::apply`] for the contract.
    pub fn apply(
        &mut self,
        turn: &mut Turn<'_>,
        command: Command,
    ) -> Result<Outcome<Reply>, Error> {
        let reply = match command {
            Command::CreateIdentity { who, path, detail, tags } => {
                identities::create(turn, who, path, detail, tags)
            }
            Command::DeleteIdentity(who) => identities::delete(turn, &who),
            Command::UpdateRole { who, description, session_max_seconds } => {
                roles::update(turn, &who, description, session_max_seconds)
            }
            Command::UpdateAssumeRolePolicy { who, document } => {
                roles::update_trust_policy(turn, &who, document)
            }
            Command::PutInlinePolicy { who, policy, document } => {
                inline_policies::put(turn, &who, policy, document)
            }
            Command::DeleteInlinePolicy { who, policy } => {
                inline_policies::delete(turn, &who, &policy)
            }
            Command::Attach { who, policy } => attachments::attach(turn, &who, policy),
            Command::Detach { who, policy } => attachments::detach(turn, &who, &policy),
            Command::Tag { target, tags } => tags::tag(turn, &target, tags),
            Command::Untag { target, keys } => tags::untag(turn, &target, &keys),
            Command::CreatePolicy { account, name, path, description, document, tags } => {
                let new = policies::New { account, name, path, description, document, tags };
                policies::create(turn, new)
            }
            Command::DeletePolicy(policy) => policies::delete(turn, &policy),
            Command::CreatePolicyVersion { policy, document, is_default } => {
                policies::create_version(turn, &policy, document, is_default)
            }
            Command::DeletePolicyVersion { policy, version } => {
                policies::delete_version(turn, &policy, version)
            }
        };
        reply.map(Outcome::Done)
    }

    pub fn read(&self, look: &Look<'_>, query: Query) -> Result<Reply, Error> {
        let rows = look.rows;
        match query {
            Query::Identity(who) => state::identity(rows, &who).map(Reply::Identity),
            Query::Identities { account, kind, path_prefix, page } => {
                Ok(identities::list(rows, account, kind, &path_prefix, &page))
            }
            Query::InlinePolicy { who, policy } => inline_policies::get(rows, who, policy),
            Query::InlinePolicies { who, page } => inline_policies::list(rows, &who, &page),
            Query::Attached { who, path_prefix, page } => {
                attachments::list(rows, &who, &path_prefix, &page)
            }
            Query::Tags { target, page } => tags::list(rows, &target, &page),
            Query::Policy(policy) => policies::get(rows, &policy),
            Query::Policies { account, path_prefix, only_attached, page } => {
                Ok(policies::list(rows, account, &path_prefix, only_attached, &page))
            }
            Query::PolicyVersion { policy, version } => {
                policies::get_version(rows, &policy, version)
            }
            Query::PolicyVersions { policy, page } => policies::list_versions(rows, &policy, &page),
            Query::Entities { account, policy, kind, path_prefix, page } => {
                attachments::entities(rows, account, &policy, kind, &path_prefix, &page)
            }
        }
    }
}
