//! AWS STS: who a caller is, and temporary credentials for a role.
//!
//! Nothing is kept: a session token carries its whole session under a code that only the data
//! directory's secret can make ([`session`]), so credentials outlive a restart and cost no row.
//!
//! Trust policies are **stored, not enforced**, like all policies for now: every caller of the
//! role's own account may assume it, and nobody else.
//!
//! AWS behaviour this follows: STS API Reference, "AssumeRole", "GetCallerIdentity".

pub mod session;

use crate::Work;
use crate::iam;
use kernel::{Arn, Caller, Look, Millis, PartitionId, Uuid};
use session::Session;
use tidemill_aws::generated::sts as wire;
use tidemill_aws::{HttpRequest, HttpResponse, Input, Output, Protocol, WireError};
use tidemill_kernel as kernel;

const DURATION_SECONDS_DEFAULT: u32 = 3600;

/// What is asked of the account's partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    AssumeRole(AssumeRole),
    /// Answered from the caller alone.
    GetCallerIdentity,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssumeRole {
    pub role: iam::Who,
    pub role_arn: String,
    pub session_name: String,
    pub duration_seconds: Option<u32>,
    /// Makes the credentials unique; drawn by the edge, like every request's id.
    pub request_id: Uuid,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    Assumed { role_id: String, session: Session },
    CallerIdentity,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("User: {principal} is not authorized to perform: sts:AssumeRole on resource: {role}")]
    AccessDenied { principal: String, role: String },
    #[error("{0} is invalid")]
    InvalidRoleArn(String),
    #[error(
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role: {limit}."
    )]
    TooLong { limit: u32 },
    /// AWS would take it, this server does not.
    #[error("The parameter {0} is not supported by this server.")]
    Unsupported(&'static str),
}

impl Error {
    /// The one place where our names meet AWS's.
    #[must_use]
    pub fn wire(&self) -> WireError {
        let (code, status) = match self {
            Error::AccessDenied { .. } => ("AccessDenied", 403),
            Error::InvalidRoleArn(_) | Error::TooLong { .. } | Error::Unsupported(_) => {
                ("ValidationError", 400)
            }
        };
        WireError::sender(code, status, self.to_string())
    }
}

/// Answers a query in the role's partition.
pub fn read(iam: &iam::State, look: &Look<'_>, query: Query) -> Result<Reply, Error> {
    match query {
        Query::GetCallerIdentity => Ok(Reply::CallerIdentity),
        Query::AssumeRole(assume) => assume_role(iam, look, assume),
    }
}

fn assume_role(iam: &iam::State, look: &Look<'_>, assume: AssumeRole) -> Result<Reply, Error> {
    let denied = || Error::AccessDenied {
        principal: format!("arn:aws:iam::{}:root", assume.role.account),
        role: assume.role_arn.clone(),
    };
    // AWS does not tell a role that is missing from one that may not be assumed.
    let found = iam.read(look, iam::Query::Identity(assume.role.clone()));
    let Ok(iam::Reply::Identity(role)) = found else { return Err(denied()) };
    let iam::Detail::Role { session_max_seconds, .. } = role.detail else { return Err(denied()) };
    if role.arn() != assume.role_arn {
        return Err(denied());
    }
    let seconds = assume.duration_seconds.unwrap_or(DURATION_SECONDS_DEFAULT);
    if seconds > session_max_seconds {
        return Err(Error::TooLong { limit: session_max_seconds });
    }
    let expires_at = look.now.plus(Millis::from_seconds(u64::from(seconds)));
    let session = Session::issue(
        look.at.secret,
        &assume.request_id,
        assume.role.account,
        assumed_arn(&assume),
        expires_at.truncated_to_seconds(),
    );
    Ok(Reply::Assumed { role_id: format!("{}:{}", role.id, assume.session_name), session })
}

fn assumed_arn(assume: &AssumeRole) -> String {
    let iam::Who { account, name, .. } = &assume.role;
    format!("arn:aws:sts::{account}:assumed-role/{name}/{}", assume.session_name)
}

/// Reads a routed, signed request for `operation`.
pub fn decode(
    operation: &str,
    protocol: Protocol,
    request: &HttpRequest,
    caller: &Caller,
) -> Result<Work, WireError> {
    let query = match operation {
        "GetCallerIdentity" => {
            let wire::GetCallerIdentityInput {} = Input::read(protocol, request)?;
            Query::GetCallerIdentity
        }
        "AssumeRole" => {
            let input = wire::AssumeRoleInput::read(protocol, request)?;
            Query::AssumeRole(decode_assume_role(input, caller).map_err(|error| error.wire())?)
        }
        _ => {
            let message = format!("STS has no operation {operation} on this server.");
            return Err(WireError::sender("InvalidAction", 400, message));
        }
    };
    Ok(Work::Query(PartitionId::of_identity(caller.account), crate::Query::Sts(query)))
}

fn decode_assume_role(input: wire::AssumeRoleInput, caller: &Caller) -> Result<AssumeRole, Error> {
    let wire::AssumeRoleInput {
        duration_seconds,
        external_id,
        policy,
        policy_arns,
        provided_contexts,
        role_arn,
        role_session_name,
        serial_number,
        source_identity,
        tags,
        token_code,
        transitive_tag_keys,
    } = input;
    let unsupported = [
        ("ExternalId", external_id.is_some()),
        ("Policy", policy.is_some()),
        ("PolicyArns", policy_arns.is_some()),
        ("ProvidedContexts", provided_contexts.is_some()),
        ("SerialNumber", serial_number.is_some()),
        ("SourceIdentity", source_identity.is_some()),
        ("Tags", tags.is_some()),
        ("TokenCode", token_code.is_some()),
        ("TransitiveTagKeys", transitive_tag_keys.is_some()),
    ];
    if let Some((name, _)) = unsupported.into_iter().find(|(_, is_given)| *is_given) {
        return Err(Error::Unsupported(name));
    }
    let arn = Arn::parse(&role_arn).filter(|arn| arn.service_name() == "iam");
    let name = arn.as_ref().and_then(|arn| arn.resource().strip_prefix("role/"));
    let name = name.and_then(|path| path.rsplit('/').next()).filter(|name| !name.is_empty());
    let (Some(arn), Some(name)) = (&arn, name) else {
        return Err(Error::InvalidRoleArn(role_arn));
    };
    if arn.account() != caller.account.to_string() {
        return Err(Error::AccessDenied { principal: caller.principal.clone(), role: role_arn });
    }
    Ok(AssumeRole {
        role: iam::Who { account: caller.account, kind: iam::Kind::Role, name: name.to_owned() },
        role_arn,
        session_name: role_session_name,
        duration_seconds: duration_seconds.map(i32::unsigned_abs),
        request_id: caller.request_id,
    })
}

/// Writes the reply of an operation.
#[must_use]
pub fn encode(_operation: &str, protocol: Protocol, reply: Reply, caller: &Caller) -> HttpResponse {
    let id = caller.request_id;
    match reply {
        Reply::CallerIdentity => wire::GetCallerIdentityOutput {
            account: Some(caller.account.to_string()),
            arn: Some(caller.principal.clone()),
            user_id: Some(user_id(caller)),
        }
        .write(protocol, id),
        Reply::Assumed { role_id, session } => wire::AssumeRoleOutput {
            assumed_role_user: Some(wire::AssumedRoleUser {
                arn: session.principal.clone(),
                assumed_role_id: role_id,
            }),
            credentials: Some(wire::Credentials {
                access_key_id: session.access_key_id,
                expiration: session.expires_at,
                secret_access_key: session.secret_access_key,
                session_token: session.token,
            }),
            packed_policy_size: None,
            source_identity: None,
        }
        .write(protocol, id),
    }
}

/// An account's own key answers with the account; a session with its access key and its name.
fn user_id(caller: &Caller) -> String {
    match caller.principal.rsplit_once("assumed-role/").and_then(|(_, rest)| rest.split_once('/')) {
        Some((_, session_name)) => format!("{}:{session_name}", caller.access_key_id),
        None => caller.account.to_string(),
    }
}
