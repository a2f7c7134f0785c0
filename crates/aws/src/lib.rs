//! AWS on the wire: generated shapes, codecs, errors, signatures, routing. Pure.

mod constraints;
pub mod error;
pub mod generated;
pub mod http;
mod json;
pub mod pattern;
mod percent;
pub mod protocol;
mod query;
mod rest;
pub mod route;
pub mod schema;
pub mod sigv4;
mod text;
mod timestamp;
pub mod value;
mod xml;

pub use error::{Fault, WireError};
pub use http::{HttpRequest, HttpResponse};
pub use protocol::{Input, Output, Protocol};
pub use timestamp::iso8601_millis;
