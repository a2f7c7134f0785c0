//! Every refusal of CloudWatch Logs, and its one translation into AWS's words.

use tidemill_aws::WireError;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("The specified log group already exists")]
    GroupExists,
    #[error("The specified log stream already exists")]
    StreamExists,
    #[error("The specified log group does not exist.")]
    GroupNotFound,
    #[error("The specified log stream does not exist.")]
    StreamNotFound,
    /// The value is wrong; the text says how, in AWS's words where it has any.
    #[error("{0}")]
    InvalidParameter(String),
    /// AWS would take it, this server does not yet.
    #[error("The parameter {parameter} is not supported by this server{detail}.")]
    Unsupported { parameter: &'static str, detail: &'static str },
}

impl Error {
    #[must_use]
    pub fn unsupported(parameter: &'static str) -> Error {
        Error::Unsupported { parameter, detail: "" }
    }

    /// The one place where our names meet AWS's.
    #[must_use]
    pub fn wire(&self) -> WireError {
        let shape = match self {
            Error::GroupExists | Error::StreamExists => "ResourceAlreadyExistsException",
            Error::GroupNotFound | Error::StreamNotFound => "ResourceNotFoundException",
            Error::InvalidParameter(_) | Error::Unsupported { .. } => "InvalidParameterException",
        };
        WireError::sender(shape, 400, self.to_string())
    }
}
