//! Every refusal of IAM, and its one translation into AWS's words.

use super::model::{Kind, Who};
use tidemill_aws::WireError;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("The {} with name {} cannot be found.", .0.kind.as_str(), .0.name)]
    IdentityNotFound(Who),
    #[error("{} with name {} already exists.", capitalised(.0.kind), .0.name)]
    IdentityExists(Who),
    #[error("The {} policy with name {policy} cannot be found.", .who.kind.as_str())]
    InlinePolicyNotFound { who: Who, policy: String },
    #[error("Policy {policy} was not found.")]
    NotAttached { policy: String },
    #[error("Policy {arn} does not exist or is not attachable.")]
    PolicyNotFound { arn: String },
    #[error("A policy called {name} already exists. Duplicate names are not allowed.")]
    PolicyExists { name: String },
    #[error("Policy {arn} version v{version} does not exist or is not attachable.")]
    VersionNotFound { arn: String, version: u32 },
    #[error("The Access Key with id {id} cannot be found.")]
    AccessKeyNotFound { id: String },
    #[error("{0}")]
    DeleteConflict(&'static str),
    #[error("Cannot exceed quota for {quota}: {limit}")]
    LimitExceeded { quota: &'static str, limit: usize },
    #[error(
        "Cannot exceed quota for AccessKeysPerUser: 0. This server does not enforce policies yet, \
         so a user's key would be able to do everything; use the account's own key, or AssumeRole."
    )]
    NoAccessKeys,
    #[error("{0}")]
    MalformedPolicyDocument(String),
    #[error("{0}")]
    InvalidInput(String),
    /// AWS would take it, this server does not.
    #[error("The parameter {0} is not supported by this server.")]
    Unsupported(&'static str),
    #[error("Must specify userName when calling with non-User credentials")]
    UserNameMissing,
}

fn capitalised(kind: Kind) -> &'static str {
    match kind {
        Kind::Role => "Role",
        Kind::User => "User",
    }
}

impl Error {
    /// The one place where our names meet AWS's.
    #[must_use]
    pub fn wire(&self) -> WireError {
        let (shape, code, status) = match self {
            Error::IdentityNotFound(_)
            | Error::InlinePolicyNotFound { .. }
            | Error::NotAttached { .. }
            | Error::PolicyNotFound { .. }
            | Error::VersionNotFound { .. }
            | Error::AccessKeyNotFound { .. } => ("NoSuchEntityException", "NoSuchEntity", 404),
            Error::IdentityExists(_) | Error::PolicyExists { .. } => {
                ("EntityAlreadyExistsException", "EntityAlreadyExists", 409)
            }
            Error::DeleteConflict(_) => ("DeleteConflictException", "DeleteConflict", 409),
            Error::LimitExceeded { .. } | Error::NoAccessKeys => {
                ("LimitExceededException", "LimitExceeded", 409)
            }
            Error::MalformedPolicyDocument(_) => {
                ("MalformedPolicyDocumentException", "MalformedPolicyDocument", 400)
            }
            Error::InvalidInput(_) | Error::Unsupported(_) => {
                ("InvalidInputException", "InvalidInput", 400)
            }
            Error::UserNameMissing => ("ValidationError", "ValidationError", 400),
        };
        WireError::sender(shape, status, self.to_string()).with_query_code(code)
    }
}
