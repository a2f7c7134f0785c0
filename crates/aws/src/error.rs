//! Errors on the wire: one value, rendered per protocol.
//!
//! A service says what happened in AWS's names ([`WireError`]); how that travels is decided here,
//! once. The errors that every service shares (a bad signature, a body that cannot be read) are
//! made here too, under the names each protocol's clients know.

use crate::http::HttpResponse;
use crate::protocol::Protocol;
use crate::schema::ServiceModel;
use crate::xml;

use std::borrow::Cow;
use tidemill_kernel::{Service, Uuid};

/// Who must act: the caller (4xx) or we (5xx).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Sender,
    Receiver,
}

/// A refusal as AWS would word it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireError {
    /// The error shape's name, e.g. `QueueDoesNotExist`.
    pub shape: Cow<'static, str>,
    /// The query protocol's code where it differs, e.g. `AWS.SimpleQueueService.NonExistentQueue`.
    pub query_code: Option<Cow<'static, str>>,
    pub status: u16,
    pub fault: Fault,
    pub message: String,
}

impl WireError {
    #[must_use]
    pub fn sender(shape: &'static str, status: u16, message: String) -> WireError {
        WireError { shape: shape.into(), query_code: None, status, fault: Fault::Sender, message }
    }

    #[must_use]
    pub fn receiver(shape: &'static str, status: u16, message: String) -> WireError {
        WireError { shape: shape.into(), query_code: None, status, fault: Fault::Receiver, message }
    }

    /// The same refusal with the code that the query protocol knows it by.
    #[must_use]
    pub fn with_query_code(mut self, code: &'static str) -> WireError {
        self.query_code = Some(code.into());
        self
    }

    /// The same refusal, naming the member it is about.
    #[must_use]
    pub(crate) fn inside(mut self, member: &str) -> WireError {
        self.message = format!("{} (in {member})", self.message.trim_end_matches('.'));
        self
    }

    /// A body that cannot be read as the operation's input.
    #[must_use]
    pub fn serialization(message: String) -> WireError {
        WireError::sender("SerializationException", 400, message).with_query_code("MalformedInput")
    }
}
