//! Workloads: short stories in which clients do one kind of thing only, so that the machine can be
//! made to die in every change of the disk that the kind asks for.

use crate::world::{DEAD, LEDGER_FIFO, ORDERS, World, store_options};
use tidemill_store::Options;

/// What the clients of a story do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workload {
    /// All there is.
    Everything,
    /// A standard queue.
    Standard,
    /// A FIFO queue.
    Fifo,
    /// A queue whose messages are given back until they are dead letters of another partition.
    DeadLetters,
    /// Topics and those who are subscribed to them.
    FanOut,
    /// Tasks that move dead letters.
    Moves,
    /// One topic with so many subscriptions.
    Crowd(usize),
}

impl Workload {
    /// How long its short story is.
    pub(crate) fn steps(self) -> u64 {
        match self {
            Workload::Everything => 300,
            Workload::Standard | Workload::Fifo => 150,
            Workload::DeadLetters | Workload::FanOut | Workload::Moves => 250,
            Workload::Crowd(_) => 200,
        }
    }

    /// How long the end of a story is waited for: longer than anything hides a message, and where
    /// something is tried again or moved at a pace, longer than that takes.
    pub(crate) fn minutes(self) -> u64 {
        match self {
            Workload::Standard | Workload::Fifo | Workload::DeadLetters => 3,
            Workload::Everything | Workload::FanOut | Workload::Moves | Workload::Crowd(_) => 8,
        }
    }

    /// What a crowd's copies say at once does not fit into the usual small segments.
    pub(crate) fn store_options(self) -> Options {
        match self.crowd() {
            Some(_) => Options { segment_bytes: 4 << 20, ..store_options() },
            None => store_options(),
        }
    }

    pub(crate) fn crowd(self) -> Option<usize> {
        match self {
            Workload::Crowd(size) => Some(size),
            Workload::Everything
            | Workload::Standard
            | Workload::Fifo
            | Workload::DeadLetters
            | Workload::FanOut
            | Workload::Moves => None,
        }
    }
}

impl World {
    /// What a client does in a story of one kind; at first, there must be queues.
    pub(crate) fn work(&mut self) {
        let missing = self.created.iter().position(|created| !created);
        if let Some(queue) = missing {
            return self.create(queue);
        }
        match self.workload {
            Workload::Everything => unreachable!("clients that do everything do not come here"),
            Workload::Standard => self.work_on(ORDERS),
            Workload::Fifo => self.work_on(LEDGER_FIFO),
            Workload::DeadLetters => match self.random.below(10) {
                0..3 => self.send_to(ORDERS),
                3..6 => self.receive_from(ORDERS),
                6..8 => self.hide_for(0),
                8 => self.receive_from(DEAD),
                _ => self.delete(),
            },
            Workload::FanOut => match self.random.below(10) {
                0..6 => self.use_topics(),
                6..8 => self.post(),
                _ => self.run_copy(),
            },
            Workload::Moves => self.use_moves(),
            Workload::Crowd(_) => self.use_crowd(),
        }
    }

    fn work_on(&mut self, queue: usize) {
        match self.random.below(10) {
            0..4 => self.send_to(queue),
            4..7 => self.receive_from(queue),
            7..9 => self.delete(),
            _ => self.change_visibility(),
        }
    }

    /// A short story has no time for slow checkpoints.
    pub(crate) fn checkpoint_wholly(&mut self) {
        let steps = if self.workload == Workload::Everything { 8 } else { 24 };
        (0..steps).for_each(|_| self.checkpoint());
    }
}
