//! Whole nodes on a simulated disk and clock: one seed, one story, told twice the same.
//!
//! A [`World`](world::World) runs the real queues, buckets and functions, core and log on a disk
//! that crashes at any operation, tears and loses sectors, fails a sync, writes half, rots or fills
//! up, by a clock that is set an hour ahead or back. Queue clients
//! speak the wire's JSON through the real codecs; handlers are run by an executor that fails,
//! forgets and repeats itself; dead letters are moved by tasks, topics tell queues, a function and
//! an endpoint; objects lie in the log and in blobs, put whole or as the one
//! part of an upload, and swept; a [`Ledger`](ledger::Ledger) keeps what all were promised and says
//! when a promise is broken. The simulator is itself tested: for each invariant a planted [`Bug`]
//! must be found.
//!
//! ```
//! let report = tidemill_sim::run(7, None);
//! assert_eq!(report.violations, []);
//! ```

mod audience;
mod audits;
mod calm;
mod checkpoints;
mod clients;
mod copies;
mod cores;
mod duplicates;
mod functions;
mod history;
pub mod ledger;
mod living_rot;
mod moves;
pub mod objects;
mod planted;
pub mod random;
mod shelf;
mod subscribed;
mod topics;
mod twin;
mod uploads;
mod weather;
pub mod wire;
mod workloads;
pub mod world;

pub use ledger::{Invariant, Violation};
pub use living_rot::LivingRot;
pub use workloads::Workload;

/// A defect put in on purpose, to see that the simulator would notice it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// The disk says that it synced, and did not.
    SyncSkipped,
    /// Replies leave before the log has their round.
    ReplySentEarly,
    /// A send is answered and never done.
    SendLost,
    /// A delete is answered and never done.
    DeleteLost,
    /// Two sends of a group are applied in the wrong order.
    SendsSwapped,
    /// A delivery between partitions is made twice, under two sequences.
    DeliveryRepeated,
    /// A delivery between partitions is never made.
    DeliveryLost,
    /// A delivery is made to another shard before the log has what caused it.
    DeliveredEarly,
    /// A shard is told that another applied a delivery before the log has that.
    AcknowledgedEarly,
    /// A byte of a message is changed on its way to the log.
    BodyChanged,
    /// Two publishes to a topic are applied in the wrong order.
    PublishesSwapped,
    /// The end of a subscription is answered and never done.
    UnsubscribeLost,
    /// A subscription is made without its filter policy.
    FilterIgnored,
    /// Posts that were under way when the process died are not begun again.
    PostForgotten,
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
    /// A start takes another time for what is replayed than the log has.
    ReplayDiffers,
    /// A start takes another time for what it replays, and lives on with what comes of it.
    RestartDiffers,
    /// What a start reads is not held against any checksum.
    RotServed,
    /// The core is never told that a round is durable.
    WatermarkLost,
    /// A file of a checkpoint is said to be removed, and is not.
    FileKept,
    /// What checkpoints cover is never given back by the log.
    LogKept,
    /// A deduplication id is another one on its way to the log.
    DuplicateTaken,
    /// What retention has run out for is handed out all the same.
    RetentionForgotten,
    /// The node goes by a wall clock that somebody sets.
    ClockSet,
    /// A move task is started without the pace that was asked for.
    PaceIgnored,
    /// The cancelling of a move task is answered and never done.
    CancelLost,
    /// A move task takes what was sent behind it too.
    MovedTooMuch,
    /// The last message of a batch that is published is answered and never published.
    EntryLost,
    /// A byte that rotted while the machine lives is handed out.
    RotRead,
}

/// How far a story came where it wanted to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// Messages found among the dead letters.
    pub dead_letters: u64,
    /// Copies of what topics published that were found where they belong.
    pub copies: u64,
    /// Messages found where a move task had brought them.
    pub moved: u64,
}

/// What a seed's story came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub violations: Vec<Violation>,
    pub reached: Reached,
    /// Over every reply, in order: two runs of a seed must agree.
    pub digest: String,
    pub operations: u64,
    pub crashes: u64,
    /// Writes that passed by the page cache.
    pub direct_writes: u64,
    /// Changes that the disk was asked for in the first life of the machine.
    pub disk_operations: u64,
    /// How many of them its first start asked for, which is the same in every story.
    pub start_operations: u64,
    /// Changes that the first start after a crash asked for.
    pub restart_operations: u64,
    /// Works that were refused for want of room.
    pub refused: u64,
    /// Rotten disks that were started from, and how many of these starts were refused.
    pub rots: [u64; 2],
}

/// Tells the story of one seed.
#[must_use]
pub fn run(seed: u64, bug: Option<Bug>) -> Report {
    world::World::new(seed, bug).run()
}

/// Tells a short story whose only faults are that the machine dies in a change of the disk: the
/// first life in the first of `deaths`, and so on; the life after the last one lasts.
/// [`Report::disk_operations`] says how many changes the first life has, and
/// [`Report::restart_operations`] how many of them the start after it.
#[must_use]
pub fn run_crashing_at(workload: Workload, seed: u64, deaths: &[u64]) -> Report {
    world::World::crashing_at(workload, seed, deaths).run()
}

/// Tells a short story of one kind with a defect in it, and no faults.
#[must_use]
pub fn run_planted(workload: Workload, seed: u64, bug: Bug) -> Report {
    world::World { bug: Some(bug), ..world::World::crashing_at(workload, seed, &[]) }.run()
}

/// Tells a short story in which a file of a checkpoint rots while the machine lives, and is read.
#[must_use]
pub fn run_with_living_rot(seed: u64, bug: Option<Bug>) -> LivingRot {
    living_rot::run(seed, bug)
}
