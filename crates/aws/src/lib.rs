//! AWS on the wire: generated shapes, codecs, errors, signatures, routing. Pure.
//!
//! ```text
//!                 sigv4::parse, verify      route::route         Input::read
//! HttpRequest ──▶ who asks? ──────────────▶ for what? ─────────▶ SendMessageInput ──▶ services
//! HttpResponse ◀── Output::write, or WireError::render ◀───────────────────────────── services
//! ```
//!
//! Shapes come from the service models: a plain struct per shape ([`generated`]), and a static
//! [`schema`] that says how it travels. The codecs walk a schema and a [`value`] side by side, so
//! each of them is compiled once, not once per shape.
//!
//! # Invariants
//!
//! - What a caller wrote is read or refused by name: an unknown member or parameter, a wrong type
//!   and a broken constraint never reach a service, and never vanish.
//! - No service is named here but by its model: what a request means is `services`' business.
//! - Nothing here knows a socket, a clock or a secret it was not handed.
//!
//! # Example
//!
//! ```
//! use tidemill_aws::generated::sqs::SendMessageInput;
//! use tidemill_aws::{HttpRequest, Input, Protocol};
//!
//! let body = r#"{"QueueUrl":"http://127.0.0.1:4566/000000000000/orders","MessageBody":"hello"}"#;
//! let request = HttpRequest {
//!     method: http::Method::POST,
//!     path: "/".to_owned(),
//!     query: String::new(),
//!     headers: http::HeaderMap::new(),
//!     body: bytes::Bytes::from_static(body.as_bytes()),
//! };
//! let input = SendMessageInput::read(Protocol::Json10, &request)?;
//! assert_eq!((input.message_body.as_str(), input.delay_seconds), ("hello", None));
//! # Ok::<(), tidemill_aws::WireError>(())
//! ```
//!
//! To serve another operation, add it to `models/served.toml` and run `cargo xtask generate`.

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
pub use percent::percent_encoded;
pub use protocol::{Input, Output, Protocol};
pub use timestamp::{iso8601_instant, iso8601_millis};
