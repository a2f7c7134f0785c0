//! Refusals: a status, a code and a sentence that says what to do.

use serde_json::{Value, json};
use std::borrow::Cow;
use tidemill_aws::WireError;
use tidemill_aws::error::refusal;
use tidemill_kernel::Uuid;
use tidemill_node::Unavailable;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: Cow<'static, str>,
    pub(super) message: String,
}

impl Refusal {
    fn new(status: u16, code: &'static str, message: String) -> Refusal {
        Refusal { status, code: Cow::Borrowed(code), message }
    }

    pub(super) fn unknown_path(path: &str) -> Refusal {
        let message =
            format!("Nothing is served at {path}; GET /_tidemill/openapi.json says what is.");
        Refusal::new(404, "UnknownPath", message)
    }

    pub(super) fn method_not_allowed(method: &str, path: &str, allowed: &str) -> Refusal {
        let message = format!("{path} takes {allowed}, not {method}.");
        Refusal::new(405, "MethodNotAllowed", message)
    }

    pub(super) fn unknown_parameter(name: &str, known: &[&str]) -> Refusal {
        let known = if known.is_empty() {
            "this operation has none".to_owned()
        } else {
            format!("it may be one of: {}", known.join(", "))
        };
        Refusal::new(400, "UnknownParameter", format!("Unknown parameter '{name}'; {known}."))
    }

    pub(super) fn invalid_parameter(name: &str, value: &str, rule: &str) -> Refusal {
        let message = format!("Value '{value}' for parameter '{name}' is invalid: {rule}.");
        Refusal::new(400, "InvalidParameter", message)
    }

    pub(super) fn invalid_query() -> Refusal {
        let message = "The query string is not UTF-8 once its escapes are read.".to_owned();
        Refusal::new(400, "InvalidParameter", message)
    }

    pub(super) fn invalid_body(reason: &str) -> Refusal {
        Refusal::new(400, "InvalidBody", format!("The request's body cannot be read: {reason}."))
    }

    pub(super) fn message_not_found(position: u64) -> Refusal {
        let message = format!("There is no message at position {position}; it may be gone.");
        Refusal::new(404, "MessageNotFound", message)
    }

    pub(super) fn message_without_source(position: u64) -> Refusal {
        let message = format!(
            "The message at position {position} was not dead-lettered, so it has no source to go \
             back to; name a destination."
        );
        Refusal::new(400, "MessageWithoutSource", message)
    }

    pub(super) fn redrive_not_found(id: &str) -> Refusal {
        let message = format!(
            "There is no redrive {id} among the last ten of this queue; list them to see which."
        );
        Refusal::new(404, "RedriveNotFound", message)
    }

    pub(super) fn render(&self, request_id: Uuid) -> Value {
        json!({
            "code": self.code,
            "message": self.message,
            "request_id": request_id.to_string(),
        })
    }
}

impl From<WireError> for Refusal {
    fn from(error: WireError) -> Refusal {
        let WireError { shape, status, message, .. } = error;
        // SQS says 400 for a queue that is not there, as JSON services do; here it is a path.
        let status = if shape == "QueueDoesNotExist" { 404 } else { status };
        Refusal { status, code: shape, message }
    }
}

impl From<Unavailable> for Refusal {
    fn from(unavailable: Unavailable) -> Refusal {
        refusal::service_unavailable(unavailable.to_string()).into()
    }
}
