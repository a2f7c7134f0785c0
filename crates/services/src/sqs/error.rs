//! What a queue operation can refuse, and how AWS says it.
//!
//! Messages are AWS's own where they are known. `wire` is the one place where our names meet
//! AWS's shape names, query codes and statuses; the facts are those of SQS's service model and
//! its query protocol.

use tidemill_aws::{Fault, WireError};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("The specified queue does not exist.")]
    QueueDoesNotExist,
    #[error(
        "A queue already exists with the same name and a different value for attribute {attribute}"
    )]
    QueueNameExists { attribute: &'static str },
    #[error(
        "You must wait 60 seconds after deleting a queue before you can create another with the \
         same name."
    )]
    QueueDeletedRecently,
    #[error("Only one PurgeQueue operation on {queue} is allowed every 60 seconds.")]
    PurgeQueueInProgress { queue: String },
    #[error("Unknown Attribute {name}.")]
    InvalidAttributeName { name: String },
    #[error("Invalid value for the parameter {name}.{}", reason_text(.reason))]
    InvalidAttributeValue { name: &'static str, reason: String },
    #[error("Value {value} for parameter {parameter} is invalid. Reason: {reason}")]
    InvalidParameterValue { parameter: &'static str, value: String, reason: String },
    #[error("{reason}")]
    InvalidParameter { reason: String },
    #[error("The request must contain the parameter {name}.")]
    MissingParameter { name: String },
    #[error("The input receipt handle is invalid.")]
    ReceiptHandleIsInvalid,
    #[error("The specified message isn't in flight.")]
    MessageNotInflight,
    #[error("{limit}")]
    OverLimit { limit: String },
    #[error(
        "Invalid binary character '#x{character:x}' was found in the {place}, the set of allowed \
         characters is #x9 | #xA | #xD | [#x20 to #xD7FF] | [#xE000 to #xFFFD] | [#x10000 to \
         #x10FFFF]"
    )]
    InvalidMessageContents { character: u32, place: &'static str },
    #[error("There should be at least one {entry} in the request.")]
    EmptyBatchRequest { entry: &'static str },
    #[error("Maximum number of entries per request are 10. You have sent {count}.")]
    TooManyEntriesInBatchRequest { count: usize },
    #[error("Id {id} repeated.")]
    BatchEntryIdsNotDistinct { id: String },
    #[error(
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It \
         can be at most 80 letters long."
    )]
    InvalidBatchEntryId,
    #[error("Batch requests cannot be longer than 1048576 bytes. You have sent {bytes} bytes.")]
    BatchRequestTooLong { bytes: usize },
    #[error("{reason}")]
    UnsupportedOperation { reason: String },
    #[error("The address {url} is not valid for this endpoint.")]
    InvalidAddress { url: String },
    #[error("{what}")]
    ResourceNotFound { what: String },
    #[error("Access to the resource {resource} is denied.")]
    AccessDenied { resource: String },
}

fn reason_text(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(" Reason: {reason}") }
}

impl Error {
    /// (shape, query code, status), as in SQS's query facts; the last three shapes are AWS's
    /// common errors, which no service model lists.
    fn facts(&self) -> (&'static str, &'static str, u16) {
        match self {
            Error::QueueDoesNotExist => {
                ("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", 400)
            }
            Error::QueueNameExists { .. } => ("QueueNameExists", "QueueAlreadyExists", 400),
            Error::QueueDeletedRecently => {
                ("QueueDeletedRecently", "AWS.SimpleQueueService.QueueDeletedRecently", 400)
            }
            Error::PurgeQueueInProgress { .. } => {
                ("PurgeQueueInProgress", "AWS.SimpleQueueService.PurgeQueueInProgress", 403)
            }
            Error::InvalidAttributeName { .. } => {
                ("InvalidAttributeName", "InvalidAttributeName", 400)
            }
            Error::InvalidAttributeValue { .. } => {
                ("InvalidAttributeValue", "InvalidAttributeValue", 400)
            }
            Error::ReceiptHandleIsInvalid => {
                ("ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", 404)
            }
            Error::MessageNotInflight => {
                ("MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight", 400)
            }
            Error::OverLimit { .. } => ("OverLimit", "OverLimit", 403),
            Error::InvalidMessageContents { .. } => {
                ("InvalidMessageContents", "InvalidMessageContents", 400)
            }
            Error::EmptyBatchRequest { .. } => {
                ("EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest", 400)
            }
            Error::TooManyEntriesInBatchRequest { .. } => (
                "TooManyEntriesInBatchRequest",
                "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
                400,
            ),
            Error::BatchEntryIdsNotDistinct { .. } => {
                ("BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct", 400)
            }
            Error::InvalidBatchEntryId => {
                ("InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId", 400)
            }
            Error::BatchRequestTooLong { .. } => {
                ("BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong", 400)
            }
            Error::UnsupportedOperation { .. } => {
                ("UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation", 400)
            }
            Error::InvalidAddress { .. } => ("InvalidAddress", "InvalidAddress", 404),
            Error::ResourceNotFound { .. } => {
                ("ResourceNotFoundException", "ResourceNotFoundException", 404)
            }
            Error::InvalidParameterValue { .. } | Error::InvalidParameter { .. } => {
                ("InvalidParameterValueException", "InvalidParameterValue", 400)
            }
            Error::MissingParameter { .. } => {
                ("MissingRequiredParameterException", "MissingParameter", 400)
            }
            Error::AccessDenied { .. } => ("AccessDeniedException", "AccessDenied", 403),
        }
    }

    #[must_use]
    pub fn wire(&self) -> WireError {
        let (shape, code, status) = self.facts();
        WireError {
            shape: shape.into(),
            query_code: (code != shape).then(|| code.into()),
            status,
            fault: Fault::Sender,
            message: self.to_string(),
            reason: None,
        }
    }

    /// What a batch reports for one entry.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.facts().1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    /// One of each variant, so that a new one must come past the table below.
    fn every_error() -> Vec<Error> {
        let text = String::new;
        vec![
            Error::QueueDoesNotExist,
            Error::QueueNameExists { attribute: "DelaySeconds" },
            Error::QueueDeletedRecently,
            Error::PurgeQueueInProgress { queue: text() },
            Error::InvalidAttributeName { name: text() },
            Error::InvalidAttributeValue { name: "Policy", reason: text() },
            Error::ReceiptHandleIsInvalid,
            Error::MessageNotInflight,
            Error::OverLimit { limit: text() },
            Error::InvalidMessageContents { character: 8, place: "message body" },
            Error::EmptyBatchRequest { entry: "" },
            Error::TooManyEntriesInBatchRequest { count: 11 },
            Error::BatchEntryIdsNotDistinct { id: text() },
            Error::InvalidBatchEntryId,
            Error::BatchRequestTooLong { bytes: 0 },
            Error::UnsupportedOperation { reason: text() },
            Error::InvalidAddress { url: text() },
            Error::ResourceNotFound { what: text() },
            Error::InvalidParameterValue { parameter: "", value: text(), reason: text() },
            Error::InvalidParameter { reason: text() },
            Error::MissingParameter { name: text() },
            Error::AccessDenied { resource: text() },
        ]
    }

    #[test]
    fn every_error_meets_aws_under_its_shape_code_and_status() {
        let table: String = every_error()
            .iter()
            .map(Error::facts)
            .map(|(shape, code, status)| format!("{status} {shape:<34} {code}\n"))
            .collect();
        expect![[r#"
            400 QueueDoesNotExist                  AWS.SimpleQueueService.NonExistentQueue
            400 QueueNameExists                    QueueAlreadyExists
            400 QueueDeletedRecently               AWS.SimpleQueueService.QueueDeletedRecently
            403 PurgeQueueInProgress               AWS.SimpleQueueService.PurgeQueueInProgress
            400 InvalidAttributeName               InvalidAttributeName
            400 InvalidAttributeValue              InvalidAttributeValue
            404 ReceiptHandleIsInvalid             ReceiptHandleIsInvalid
            400 MessageNotInflight                 AWS.SimpleQueueService.MessageNotInflight
            403 OverLimit                          OverLimit
            400 InvalidMessageContents             InvalidMessageContents
            400 EmptyBatchRequest                  AWS.SimpleQueueService.EmptyBatchRequest
            400 TooManyEntriesInBatchRequest       AWS.SimpleQueueService.TooManyEntriesInBatchRequest
            400 BatchEntryIdsNotDistinct           AWS.SimpleQueueService.BatchEntryIdsNotDistinct
            400 InvalidBatchEntryId                AWS.SimpleQueueService.InvalidBatchEntryId
            400 BatchRequestTooLong                AWS.SimpleQueueService.BatchRequestTooLong
            400 UnsupportedOperation               AWS.SimpleQueueService.UnsupportedOperation
            404 InvalidAddress                     InvalidAddress
            404 ResourceNotFoundException          ResourceNotFoundException
            400 InvalidParameterValueException     InvalidParameterValue
            400 InvalidParameterValueException     InvalidParameterValue
            400 MissingRequiredParameterException  MissingParameter
            403 AccessDeniedException              AccessDenied
        "#]].assert_eq(&table);
    }

    /// AWS's common errors, which the service model does not list.
    const COMMON: [&str; 3] = [
        "InvalidParameterValueException",
        "MissingRequiredParameterException",
        "AccessDeniedException",
    ];

    #[test]
    fn every_error_is_one_that_the_service_model_declares() {
        for error in every_error() {
            let (shape, code, status) = error.facts();
            let model = &tidemill_aws::generated::sqs::MODEL;
            match model.errors.iter().find(|declared| declared.shape == shape) {
                Some(declared) => {
                    assert_eq!((declared.code, declared.status), (code, status), "{shape}");
                }
                None => assert!(COMMON.contains(&shape), "{shape}"),
            }
        }
    }
}
