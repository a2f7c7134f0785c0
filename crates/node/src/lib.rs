//! The loop that runs the core: propose → apply → append → durable → reply and effects.
//!
//! ```text
//! edge ── Node::submit ──▶ mailbox ──▶ core thread ── round ──▶ log thread (one sync per group)
//!   ▲                                   │  ▲                        │
//!   └────────── reply, once durable ────┼──┼────────────────────────┤
//!                                       │  └── durable watermark ◀──┘
//!                        checkpoint thread      │ effects, once durable: inbox, executor
//! ```
//!
//! # Invariants
//!
//! - Nothing leaves before it is durable: replies, answers to queries and effects wait until
//!   everything they could have seen has been synced.
//! - [`core::Core`] and the log are synchronous step machines; the threads only carry
//!   things between them, and the simulator drives the same machines without threads.
//! - An error of the log aborts the process: what memory holds may then be ahead of what a restart
//!   will find, and nobody may be told of it.
//!
//! It knows partitions, time and threads. What a queue or a function is, only [`functions`] knows,
//! which runs them, and what a URL is, only `http_deliveries`, which posts to them.

mod checkpoints;
pub mod clock;
pub mod core;
mod driver;
pub mod functions;
mod http_deliveries;
mod log;
pub mod metrics;
mod node;
pub mod object_data;
pub mod room;
mod waiters;

pub use checkpoints::stored;
pub use http_deliveries::Posting;
pub use node::{Node, OpenError, Options, Unavailable, sweep_leftovers};
