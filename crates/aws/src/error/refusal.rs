//! Refusals that no model declares and every service shares, under the names clients know.

use super::WireError;

/// Nothing says who sent the request.
#[must_use]
pub fn missing_authentication_token() -> WireError {
    let message = "Request is missing Authentication Token".to_owned();
    WireError::sender("MissingAuthenticationTokenException", 403, message)
        .with_query_code("MissingAuthenticationToken")
}

/// A signature that cannot be read.
#[must_use]
pub fn incomplete_signature(reason: &str) -> WireError {
    WireError::sender("IncompleteSignatureException", 400, reason.to_owned())
        .with_query_code("IncompleteSignature")
}

/// An access key that nobody here has.
#[must_use]
pub fn invalid_client_token_id() -> WireError {
    let message = "The security token included in the request is invalid.".to_owned();
    WireError::sender("UnrecognizedClientException", 403, message)
        .with_query_code("InvalidClientTokenId")
}

/// A signature that is not the one we calculate, or not for this time and place.
#[must_use]
pub fn signature_does_not_match(message: String) -> WireError {
    WireError::sender("InvalidSignatureException", 403, message)
        .with_query_code("SignatureDoesNotMatch")
}

/// A presigned request past its own span.
#[must_use]
pub fn request_expired(expired_at: &str, now: &str) -> WireError {
    let message = format!("Request has expired: it was good until {expired_at}, and it is {now}.");
    WireError::sender("RequestExpired", 400, message)
}

/// Temporary credentials past their time.
#[must_use]
pub fn expired_token() -> WireError {
    let message = "The security token included in the request is expired".to_owned();
    WireError::sender("ExpiredTokenException", 403, message).with_query_code("ExpiredToken")
}

#[must_use]
pub fn access_denied(message: String) -> WireError {
    WireError::sender("AccessDeniedException", 403, message).with_query_code("AccessDenied")
}

/// An operation that this service does not have, or that we do not serve.
#[must_use]
pub fn unknown_operation(message: String) -> WireError {
    WireError::sender("UnknownOperationException", 400, message).with_query_code("InvalidAction")
}

/// A body that cannot be read as the operation's input.
#[must_use]
pub fn serialization(message: String) -> WireError {
    WireError::sender("SerializationException", 400, message).with_query_code("MalformedInput")
}

/// A request that is well formed and still not one we can take.
#[must_use]
pub fn validation(message: String) -> WireError {
    WireError::sender("ValidationException", 400, message).with_query_code("ValidationError")
}

#[must_use]
pub fn request_entity_too_large(bytes_max: u64) -> WireError {
    let message = format!("Request must be smaller than {bytes_max} bytes.");
    WireError::sender("RequestEntityTooLargeException", 413, message)
        .with_query_code("RequestEntityTooLarge")
}

#[must_use]
pub fn throttled(message: String) -> WireError {
    WireError::sender("ThrottlingException", 400, message).with_query_code("Throttling")
}

/// Our fault. The caller learns nothing of it but the request id, which finds the log line.
#[must_use]
pub fn internal_failure() -> WireError {
    let message = "The request processing has failed because of an unknown error, exception or \
                   failure."
        .to_owned();
    WireError::receiver("InternalFailure", 500, message)
}

/// Not now; the same request may succeed later.
#[must_use]
pub fn service_unavailable(message: String) -> WireError {
    WireError::receiver("ServiceUnavailableException", 503, message)
        .with_query_code("ServiceUnavailable")
}
