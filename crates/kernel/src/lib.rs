//! The kernel: the few words every crate shares. Pure, and small for ever.
//!
//! What lives here is what two crates must agree on to speak at all: who and where
//! ([`ids`], [`arn`], [`partition`]), when and by what chance ([`at`]), what state is made of
//! ([`rows`], [`bodies`]), how ids and digests are written ([`hex`]), and the contract between a
//! service and the node that runs it ([`apply`], [`effect`]).
//!
//! # Invariants
//!
//! - No I/O, clock, randomness, thread, `async` or hash-map iteration: the same calls give the
//!   same answers for ever, on every machine.
//! - Nothing here knows a service by more than its name.

pub mod apply;
pub mod arn;
pub mod at;
pub mod bodies;
pub mod codec;
pub mod effect;
pub mod hex;
pub mod ids;
pub mod partition;
pub mod rows;
pub mod time;

pub use apply::{Fact, Facts, Look, Outcome, Turn, Wait};
pub use arn::Arn;
pub use at::{At, Position, Random, Secret};
pub use bodies::{Bodies, Body, BodyRef, MemoryBodies};
pub use effect::{
    AttributeValue, Delivery, Digest, Effect, HttpPost, Message, MessageAttribute, Signing, WakeKey,
};
pub use ids::{AccountId, Caller, Region, Service, Uuid};
pub use partition::{PARTITION_COUNT, PartitionId};
pub use rows::{MemoryRows, Rows, Table};
pub use time::{Millis, Timestamp};
