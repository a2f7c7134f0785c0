//! What a topic operation can refuse, and how AWS says it.
//!
//! `wire` is the one place where our names meet AWS's shape names and statuses; the facts are those
//! of SNS's service model. Most refusals of SNS share one code and differ in their text.

use tidemill_aws::{Fault, WireError};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("Topic does not exist")]
    TopicNotFound,
    #[error("Subscription does not exist")]
    SubscriptionNotFound,
    #[error("Resource does not exist")]
    ResourceNotFound,
    #[error("Invalid parameter: {reason}")]
    InvalidParameter { reason: String },
    /// Of message attributes.
    #[error("{reason}")]
    InvalidParameterValue { reason: String },
    #[error(
        "Not authorized: {resource} belongs to another account, and policies that could share it are stored, not enforced"
    )]
    AuthorizationError { resource: String },
    #[error("Not authorized: the subscription can be ended by a signed request only")]
    SignatureRequired,
    #[error("Could not complete request: tag quota of per resource exceeded")]
    TagLimitExceeded,
    #[error("An account has at most {limit} {what} in a region")]
    TopicLimitExceeded { what: &'static str, limit: u64 },
    #[error("Such a topic has at most {limit} subscriptions")]
    SubscriptionLimitExceeded { limit: usize },
    #[error("An account has at most {limit} subscriptions in a region that await confirmation")]
    PendingLimitExceeded { limit: u64 },
    #[error("{what} has at most {limit} subscriptions with a filter policy")]
    FilterPolicyLimitExceeded { what: &'static str, limit: u64 },
    #[error("Two or more batch entries in the request have the same Id.")]
    BatchEntryIdsNotDistinct,
    #[error("The length of all the batch messages put together is more than the limit.")]
    BatchRequestTooLong,
    #[error("The batch request doesn't contain any entries.")]
    EmptyBatchRequest,
    #[error("The Id of a batch entry in the batch request doesn't abide by the specification.")]
    InvalidBatchEntryId,
    #[error("The batch request contains more entries than permissible.")]
    TooManyEntriesInBatchRequest,
    #[error("Rate exceeded: {pending} published messages are still on their way to subscriptions")]
    Throttling { pending: usize },
}

impl Error {
    pub(super) fn invalid(reason: impl Into<String>) -> Error {
        Error::InvalidParameter { reason: reason.into() }
    }

    pub(super) fn invalid_value(reason: impl Into<String>) -> Error {
        Error::InvalidParameterValue { reason: reason.into() }
    }

    /// (shape, status); the query code is the model's.
    fn facts(&self) -> (&'static str, u16) {
        match self {
            Error::TopicNotFound | Error::SubscriptionNotFound => ("NotFoundException", 404),
            Error::ResourceNotFound => ("ResourceNotFoundException", 404),
            Error::InvalidParameter { .. } => ("InvalidParameterException", 400),
            Error::InvalidParameterValue { .. } => ("InvalidParameterValueException", 400),
            Error::AuthorizationError { .. } | Error::SignatureRequired => {
                ("AuthorizationErrorException", 403)
            }
            Error::TagLimitExceeded => ("TagLimitExceededException", 400),
            Error::TopicLimitExceeded { .. } => ("TopicLimitExceededException", 403),
            Error::SubscriptionLimitExceeded { .. } | Error::PendingLimitExceeded { .. } => {
                ("SubscriptionLimitExceededException", 403)
            }
            Error::FilterPolicyLimitExceeded { .. } => ("FilterPolicyLimitExceededException", 403),
            Error::BatchEntryIdsNotDistinct => ("BatchEntryIdsNotDistinctException", 400),
            Error::BatchRequestTooLong => ("BatchRequestTooLongException", 400),
            Error::EmptyBatchRequest => ("EmptyBatchRequestException", 400),
            Error::InvalidBatchEntryId => ("InvalidBatchEntryIdException", 400),
            Error::TooManyEntriesInBatchRequest => ("TooManyEntriesInBatchRequestException", 400),
            // One of AWS's common errors, which no service model lists; SDKs retry it.
            Error::Throttling { .. } => ("Throttling", 400),
        }
    }

    #[must_use]
    pub fn wire(&self) -> WireError {
        let (shape, status) = self.facts();
        WireError {
            shape: shape.into(),
            query_code: None,
            status,
            fault: Fault::Sender,
            message: self.to_string(),
            reason: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_is_one_that_the_service_model_declares() {
        let every = [
            Error::TopicNotFound,
            Error::SubscriptionNotFound,
            Error::ResourceNotFound,
            Error::invalid(""),
            Error::invalid_value(""),
            Error::AuthorizationError { resource: String::new() },
            Error::SignatureRequired,
            Error::TagLimitExceeded,
            Error::SubscriptionLimitExceeded { limit: 0 },
            Error::TopicLimitExceeded { what: "", limit: 0 },
            Error::PendingLimitExceeded { limit: 0 },
            Error::FilterPolicyLimitExceeded { what: "", limit: 0 },
            Error::BatchEntryIdsNotDistinct,
            Error::BatchRequestTooLong,
            Error::EmptyBatchRequest,
            Error::InvalidBatchEntryId,
            Error::TooManyEntriesInBatchRequest,
            Error::Throttling { pending: 0 },
        ];
        let model = &tidemill_aws::generated::sns::MODEL;
        for error in every {
            let (shape, status) = error.facts();
            match model.errors.iter().find(|declared| declared.shape == shape) {
                Some(declared) => assert_eq!(declared.status, status, "{shape}"),
                None => assert_eq!(shape, "Throttling", "of AWS's common errors, only this one"),
            }
        }
    }
}
