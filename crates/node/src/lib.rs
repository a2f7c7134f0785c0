//! The loop that runs the core: propose → apply → append → durable → reply and effects.
//!
//! ```text
//! edge ── Node::submit ──▶ mailbox ──▶ shard ─── round ──▶ log thread (one sync per group)
//!   ▲                                  │ │ ▲                   │
//!   └────────── reply, once durable ───┼─┼─┼───────────────────┤
//!                                      │ │ └─ durable watermark ◀┘
//!        keeper and checkpoint thread ◀┘ │ effects, once durable: other shards, executor
//! ```
//!
//! # Invariants
//!
//! - Nothing leaves before it is durable: replies, answers to queries and effects wait until
//!   everything they could have seen has been synced.
//! - A shard is a thread with some of the partitions. Shards share nothing but the log, the clock
//!   and the keeper; what their partitions tell each other waits for the disk like a reply.
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
mod keeper;
mod log;
pub mod memory;
pub mod metrics;
mod node;
pub mod object_data;
mod replay;
pub mod room;
mod shard;
mod signatures;
mod waiters;

pub use checkpoints::stored;
pub use http_deliveries::{DeliveryOptions, Network, PostMetrics, Posting, Reach};
pub use node::{Node, OpenError, Options, Shortage, Unavailable, sweep_leftovers};
