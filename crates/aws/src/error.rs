//! Errors on the wire: one value, rendered per protocol.

use std::borrow::Cow;

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
}
