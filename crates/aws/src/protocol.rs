//! Protocols: how an operation's input and output travel.

use crate::error::WireError;
use crate::http::{HttpRequest, HttpResponse};
use tidemill_kernel::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    Json10,
    Json11,
    Query,
    RestJson,
}

/// A generated input shape. Reading includes AWS's constraint checks.
pub trait Input: Sized {
    fn read(protocol: Protocol, request: &HttpRequest) -> Result<Self, WireError>;
}

/// A generated output shape.
pub trait Output {
    fn write(&self, protocol: Protocol, request_id: Uuid) -> HttpResponse;
}
