//! Every refusal of Lambda, and its one translation into AWS's words.

use std::borrow::Cow;
use tidemill_aws::{Fault, WireError};

/// Which limit throttled an invocation: AWS's `Reason`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThrottleReason {
    /// The account's concurrency is used up.
    ConcurrentInvocationLimitExceeded,
    /// The function's own reserved concurrency is used up.
    ReservedFunctionConcurrentInvocationLimitExceeded,
}

impl ThrottleReason {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ThrottleReason::ConcurrentInvocationLimitExceeded => {
                "ConcurrentInvocationLimitExceeded"
            }
            ThrottleReason::ReservedFunctionConcurrentInvocationLimitExceeded => {
                "ReservedFunctionConcurrentInvocationLimitExceeded"
            }
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("Function not found: {arn}")]
    FunctionNotFound { arn: String },
    #[error("Function already exist: {name}")]
    FunctionExists { name: String },
    #[error("The resource you requested does not exist.")]
    ResourceNotFound,
    #[error("Statement {sid} is not found in resource policy.")]
    StatementNotFound { sid: String },
    #[error(
        "The statement id ({sid}) provided already exists. Please provide a new statement id, or \
         remove the existing statement."
    )]
    StatementExists { sid: String },
    #[error("The final policy size ({bytes}) is bigger than the limit ({limit}).")]
    PolicyLengthExceeded { bytes: usize, limit: usize },
    #[error(
        "The Revision Id provided does not match the latest Revision Id. Call the \
         GetFunction/GetAlias API to retrieve the latest Revision Id"
    )]
    RevisionMismatch,
    #[error(
        "An event source mapping with SQS arn (\" {queue} \") and function (\" {function} \") \
         already exists. Please update or delete the existing mapping with UUID {uuid}"
    )]
    MappingExists { queue: String, function: String, uuid: String },
    #[error(
        "Queue visibility timeout: {visibility_seconds} seconds is less than Function timeout: \
         {timeout_seconds} seconds"
    )]
    VisibilityTooShort { visibility_seconds: u64, timeout_seconds: u32 },
    /// The value is wrong; the text says how, in AWS's words where it has any.
    #[error("{0}")]
    InvalidParameterValue(String),
    #[error(
        "Specified ReservedConcurrentExecutions for function decreases account's \
         UnreservedConcurrentExecution below its minimum value of [{unreserved_min}]."
    )]
    ReservedTooMuch { unreserved_min: u32 },
    #[error("The runtime parameter of {runtime} is not supported: {reason}")]
    RuntimeUnavailable { runtime: String, reason: String },
    /// AWS would take it, this server does not yet.
    #[error("The parameter {parameter} is not supported by this server{detail}.")]
    Unsupported { parameter: &'static str, detail: String },
    #[error("1 validation error detected: {0}")]
    Validation(String),
    #[error(
        "User: {principal} is not authorized to perform this action on resource: {resource} \
         because no resource-based policy allows it"
    )]
    AccessDenied { principal: String, resource: String },
    #[error("Request must be smaller than {limit} bytes for the {operation} operation")]
    RequestTooLarge { limit: usize, operation: &'static str },
    #[error("Could not parse request body into json: {reason}")]
    RequestContent { reason: String },
    #[error("Client context must be a valid Base64-encoded JSON object.")]
    ClientContext,
    #[error("Rate Exceeded.")]
    Throttled { reason: ThrottleReason },
    /// The server itself failed the caller; the log has the details under the request's id.
    #[error("{0}")]
    Service(String),
}

impl Error {
    #[must_use]
    pub fn unsupported(parameter: &'static str) -> Error {
        Error::Unsupported { parameter, detail: String::new() }
    }

    fn reason(&self) -> Option<&'static str> {
        if let Error::Throttled { reason } = self { Some(reason.as_str()) } else { None }
    }

    /// The one place where our names meet AWS's.
    #[must_use]
    pub fn wire(&self) -> WireError {
        let (shape, status) = match self {
            Error::FunctionNotFound { .. }
            | Error::ResourceNotFound
            | Error::StatementNotFound { .. } => ("ResourceNotFoundException", 404),
            Error::FunctionExists { .. }
            | Error::StatementExists { .. }
            | Error::MappingExists { .. } => ("ResourceConflictException", 409),
            Error::PolicyLengthExceeded { .. } => ("PolicyLengthExceededException", 400),
            Error::RevisionMismatch => ("PreconditionFailedException", 412),
            Error::InvalidParameterValue(_)
            | Error::ReservedTooMuch { .. }
            | Error::VisibilityTooShort { .. }
            | Error::RuntimeUnavailable { .. }
            | Error::Unsupported { .. } => ("InvalidParameterValueException", 400),
            Error::Validation(_) => ("ValidationException", 400),
            Error::AccessDenied { .. } => ("AccessDeniedException", 403),
            Error::RequestTooLarge { .. } => ("RequestTooLargeException", 413),
            Error::RequestContent { .. } | Error::ClientContext => {
                ("InvalidRequestContentException", 400)
            }
            Error::Throttled { .. } => ("TooManyRequestsException", 429),
            Error::Service(_) => ("ServiceException", 500),
        };
        WireError {
            shape: Cow::Borrowed(shape),
            query_code: None,
            status,
            fault: if status >= 500 { Fault::Receiver } else { Fault::Sender },
            message: self.to_string(),
            reason: self.reason(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use std::fmt::Write as _;
    use tidemill_aws::generated::lambda::MODEL;

    fn every() -> Vec<Error> {
        let text = || "x".to_owned();
        vec![
            Error::FunctionNotFound { arn: text() },
            Error::FunctionExists { name: text() },
            Error::ResourceNotFound,
            Error::StatementNotFound { sid: text() },
            Error::StatementExists { sid: text() },
            Error::PolicyLengthExceeded { bytes: 2, limit: 1 },
            Error::RevisionMismatch,
            Error::MappingExists { queue: text(), function: text(), uuid: text() },
            Error::InvalidParameterValue(text()),
            Error::unsupported("X"),
            Error::ReservedTooMuch { unreserved_min: 100 },
            Error::RuntimeUnavailable { runtime: text(), reason: text() },
            Error::Validation(text()),
            Error::AccessDenied { principal: text(), resource: text() },
            Error::RequestTooLarge { limit: 1, operation: "Invoke" },
            Error::RequestContent { reason: text() },
            Error::ClientContext,
            Error::Throttled {
                reason: ThrottleReason::ReservedFunctionConcurrentInvocationLimitExceeded,
            },
            Error::Service(text()),
        ]
    }

    #[test]
    fn every_refusal_is_one_of_the_models_with_its_status() {
        // AWS answers these two everywhere and models them nowhere.
        let unmodelled = ["ValidationException", "AccessDeniedException"];
        let mut table = String::new();
        for error in every() {
            let wire = error.wire();
            let modelled = MODEL.errors.iter().find(|shape| shape.shape == wire.shape);
            match modelled {
                Some(shape) => assert_eq!(
                    (shape.status, shape.is_sender),
                    (wire.status, wire.fault == Fault::Sender),
                    "{error}"
                ),
                None => assert!(unmodelled.contains(&wire.shape.as_ref()), "{error}"),
            }
            writeln!(table, "{} {}", wire.status, wire.shape).unwrap();
        }
        expect![[r#"
            404 ResourceNotFoundException
            409 ResourceConflictException
            404 ResourceNotFoundException
            404 ResourceNotFoundException
            409 ResourceConflictException
            400 PolicyLengthExceededException
            412 PreconditionFailedException
            409 ResourceConflictException
            400 InvalidParameterValueException
            400 InvalidParameterValueException
            400 InvalidParameterValueException
            400 InvalidParameterValueException
            400 ValidationException
            403 AccessDeniedException
            413 RequestTooLargeException
            400 InvalidRequestContentException
            400 InvalidRequestContentException
            429 TooManyRequestsException
            500 ServiceException
        "#]]
        .assert_eq(&table);
    }
}
