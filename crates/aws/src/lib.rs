//! AWS on the wire: generated shapes, codecs, errors, signatures, routing. Pure.

pub mod error;
pub mod http;
pub mod protocol;

pub use error::{Fault, WireError};
pub use http::{HttpRequest, HttpResponse};
pub use protocol::{Input, Output, Protocol};
