//! Bodies: the bulk of messages, kept apart from the state that decides about them.
//!
//! State names a body by queue and sequence ([`BodyRef`]); where its bytes lie (log buffer,
//! segment file) is `store`'s business and may change at a checkpoint without any state noticing.

use bytes::Bytes;
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The name of a body inside a partition: the queue's number and the message's sequence in it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct BodyRef {
    #[n(0)]
    pub queue: u64,
    #[n(1)]
    pub sequence: u64,
}

impl fmt::Debug for BodyRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.queue, self.sequence)
    }
}

/// A place that can be read later, outside the core; holding it keeps the bytes readable even
/// when the message is deleted meanwhile.
pub trait ReadBody: Send + Sync {
    /// Reads and checks the bytes. Blocking. An unreadable body aborts the process.
    fn read(&self) -> Bytes;
}

/// A body as a reply carries it out of the core.
#[derive(Clone)]
pub enum Body {
    Memory(Bytes),
    Stored(Arc<dyn ReadBody>),
}

impl Body {
    /// The bytes; reads the disk when they are not in memory.
    #[must_use]
    pub fn read(&self) -> Bytes {
        match self {
            Body::Memory(bytes) => bytes.clone(),
            Body::Stored(stored) => stored.read(),
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Body::Memory(bytes) => write!(f, "{:?}", String::from_utf8_lossy(bytes)),
            Body::Stored(_) => f.write_str("Stored"),
        }
    }
}

/// The bodies of one partition.
pub trait Bodies: Send {
    fn put(&mut self, at: BodyRef, bytes: Bytes);

    /// The body at `at`.
    ///
    /// # Panics
    /// When there is none: state and bodies change together, so that is a broken invariant.
    fn get(&self, at: BodyRef) -> Body;

    fn delete(&mut self, at: BodyRef);

    /// Forgets every body of a queue (it was deleted or purged up to `below`, exclusive).
    fn delete_below(&mut self, queue: u64, below: u64);
}

/// Bodies in an ordered map: for tests and the simulator's model.
#[derive(Clone, Debug, Default)]
pub struct MemoryBodies {
    bodies: BTreeMap<BodyRef, Bytes>,
}

impl MemoryBodies {
    #[must_use]
    pub fn len(&self) -> usize {
        self.bodies.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bodies.is_empty()
    }
}

impl Bodies for MemoryBodies {
    fn put(&mut self, at: BodyRef, bytes: Bytes) {
        let previous = self.bodies.insert(at, bytes);
        assert!(previous.is_none(), "sequences of a queue are never used twice: {at:?}");
    }

    fn get(&self, at: BodyRef) -> Body {
        let bytes = self.bodies.get(&at);
        Body::Memory(bytes.cloned().unwrap_or_else(|| panic!("body {at:?} is gone")))
    }

    fn delete(&mut self, at: BodyRef) {
        let gone = self.bodies.remove(&at);
        assert!(gone.is_some(), "a body is deleted once: {at:?}");
    }

    fn delete_below(&mut self, queue: u64, below: u64) {
        self.bodies.retain(|at, _| at.queue != queue || at.sequence >= below);
    }
}
