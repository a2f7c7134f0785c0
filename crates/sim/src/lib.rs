//! Whole nodes on a simulated disk and clock: one seed, one story, told twice the same.
//!
//! A [`World`](world::World) runs the real queues, buckets and functions, core and log on a disk
//! that crashes at any operation, tears and loses sectors, fails a sync or fills up. Queue clients
//! speak the wire's JSON through the real codecs; handlers are run by an executor that fails,
//! forgets and repeats itself; objects lie in the log and in blobs, put whole or as the one
//! part of an upload, and swept; a [`Ledger`](ledger::Ledger) keeps what all were promised and says
//! when a promise is broken. The simulator is itself tested: for each invariant a planted [`Bug`]
//! must be found.
//!
//! ```
//! let report = tidemill_sim::run(7, None);
//! assert_eq!(report.violations, []);
//! ```

mod calm;
mod clients;
mod functions;
pub mod ledger;
pub mod objects;
pub mod random;
mod shelf;
mod uploads;
pub mod wire;
pub mod world;

pub use ledger::{Invariant, Violation};

/// A defect put in on purpose, to see that the simulator would notice it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// The disk says that it synced, and did not.
    SyncSkipped,
    /// Replies leave before the log has their round.
    ReplySentEarly,
    /// A delete is answered and never done.
    DeleteLost,
    /// Two sends of a group are applied in the wrong order.
    SendsSwapped,
    /// A delivery between partitions is made twice, under two sequences.
    DeliveryRepeated,
    /// A delivery between partitions is never made.
    DeliveryLost,
    /// A byte of a message is changed on its way to the log.
    BodyChanged,
    /// Nobody looks at the clock: what waits for time waits for ever.
    TimerDropped,
    /// The core is told a time that has not come yet.
    ClockRunsAhead,
    /// The end of a function's run is answered and never noted.
    CompletionLost,
    /// What an executor says late counts for the attempt that runs now.
    StragglerCounted,
    /// A blob is unlinked before a checkpoint holds that nobody names it.
    SweptEarly,
    /// A blob is said to be unlinked, and is not.
    BlobLeaked,
    /// Runs that were under way when the process died are not started again.
    RunForgotten,
}

/// What a seed's story came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub violations: Vec<Violation>,
    /// Over every reply, in order: two runs of a seed must agree.
    pub digest: String,
    pub operations: u64,
    pub crashes: u64,
    /// Writes that passed by the page cache.
    pub direct_writes: u64,
}

/// Tells the story of one seed.
#[must_use]
pub fn run(seed: u64, bug: Option<Bug>) -> Report {
    world::World::new(seed, bug).run()
}
