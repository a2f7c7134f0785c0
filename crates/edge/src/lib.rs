//! The doors: HTTP listener, protocols and signatures, S3 front, `/metrics`.
//!
//! ```text
//! listener ▶ socket (deadlines) ▶ door ─┬▶ own pages
//!                                       ├▶ admin API
//!                                       ├▶ s3 front
//!                                       └▶ authenticate ▶ dispatch (route, decode) ▶ node
//! ```
//!
//! # Invariants
//!
//! - Nothing is acknowledged here: an answer is what the node said once it was durable.
//! - No lock is held across an await, and no request takes a thread of its own.
//! - A panic while a request is answered is an answer with status 500, and nobody else notices.
//! - What a peer sends costs bounded memory and bounded time before its signature is checked.
//!
//! This crate knows sockets, protocols and keys, and no file. What a queue is, only the pages of
//! our own know, which show them.

mod admin;
mod authenticate;
pub mod body;
mod credential;
mod dispatch;
mod door;
pub mod keys;
mod listener;
pub mod metrics;
mod own;
mod panics;
pub mod request_id;
pub mod s3;
mod socket;

pub use body::{RequestBody, ResponseBody};
pub use door::Door;
pub use keys::{Key, Keys, SecretText, Session};
pub use listener::{ListenerOptions, serve};
