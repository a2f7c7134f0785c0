//! The nouns of IAM, as rows hold them and as replies carry them.

use super::Tags;
use kernel::{AccountId, Arn, PartitionId, Timestamp};
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;
use tidemill_kernel as kernel;

/// What an identity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Kind {
    #[n(0)]
    Role,
    #[n(1)]
    User,
}

impl Kind {
    /// As ARNs, rows and messages spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Role => "role",
            Kind::User => "user",
        }
    }

    /// What the unique ids of its kind start with (IAM User Guide, "IAM identifiers").
    #[must_use]
    pub fn id_prefix(self) -> &'static str {
        match self {
            Kind::Role => "AROA",
            Kind::User => "AIDA",
        }
    }
}

/// A role or user by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct Who {
    #[n(0)]
    pub account: AccountId,
    #[n(1)]
    pub kind: Kind,
    #[n(2)]
    pub name: String,
}

impl Who {
    #[must_use]
    pub fn partition(&self) -> PartitionId {
        PartitionId::of_identity(self.account)
    }
}

/// What only one kind of identity has.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Detail {
    #[n(0)]
    Role {
        #[n(0)]
        trust_policy: String,
        #[n(1)]
        description: Option<String>,
        #[n(2)]
        session_max_seconds: u32,
    },
    #[n(1)]
    User,
}

/// A role or a user, with everything that hangs on it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Identity {
    #[n(0)]
    pub who: Who,
    /// Starts and ends with `/`.
    #[n(1)]
    pub path: String,
    /// `AROA…` or `AIDA…`: unlike the name, never used again.
    #[n(2)]
    pub id: String,
    #[n(3)]
    pub created_at: Timestamp,
    #[n(4)]
    pub detail: Detail,
    #[n(5)]
    pub tags: Tags,
    /// Inline policies by name.
    #[n(6)]
    pub inline_policies: BTreeMap<String, String>,
    /// Managed policies, in order of attachment.
    #[n(7)]
    pub attached: Vec<Arn>,
}

impl Identity {
    #[must_use]
    pub fn arn(&self) -> String {
        let Who { account, kind, name } = &self.who;
        format!("arn:aws:iam::{account}:{}{}{name}", kind.as_str(), self.path)
    }
}

/// A customer-managed policy.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ManagedPolicy {
    #[n(0)]
    pub arn: Arn,
    #[n(1)]
    pub name: String,
    #[n(2)]
    pub path: String,
    /// `ANPA…`.
    #[n(3)]
    pub id: String,
    #[n(4)]
    pub created_at: Timestamp,
    #[n(5)]
    pub updated_at: Timestamp,
    #[n(6)]
    pub description: Option<String>,
    /// Oldest first. Never empty.
    #[n(7)]
    pub versions: Vec<Version>,
    #[n(8)]
    pub default_version: u32,
    /// The number of the next version; numbers are not used again.
    #[n(9)]
    pub next_version: u32,
    #[n(10)]
    pub tags: Tags,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Version {
    /// 3 for `v3`.
    #[n(0)]
    pub number: u32,
    #[n(1)]
    pub document: String,
    #[n(2)]
    pub created_at: Timestamp,
}
