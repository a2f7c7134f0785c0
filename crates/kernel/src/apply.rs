//! The apply contract: how a service and the node that runs it speak.
//!
//! ```text
//! service::apply(&mut State, &mut Turn, Command) -> Result<Outcome<Reply>, Error>
//! service::read (&State, &Look, Query)           -> Result<Reply, Error>
//! ```
//!
//! # Invariants
//!
//! - `apply` is total and deterministic: its answer and every change are a function of the state,
//!   the command and the [`At`]. It runs before the command is logged; a replay runs it again.
//! - A command that answers with an error has changed nothing, is not logged, and its reply waits
//!   only until what it saw is durable. So it is with [`Outcome::Wait`], but for what was cleared
//!   away on the look-out (expired, dead-lettered): that is logged, and the waiting goes on.
//! - Every change of a row marks the turn as changed. State kept elsewhere (queue chunks) is
//!   marked by hand, with [`Turn::mark_changed`].

use crate::arn::Arn;
use crate::at::At;
use crate::bodies::{Bodies, Body, BodyRef};
use crate::effect::{Effect, WakeKey};
use crate::rows::{Rows, Table};
use crate::time::{Millis, Timestamp};
use bytes::Bytes;
use minicbor::{Decode, Encode};
use std::ops::Bound;

/// What a service sees of the world while it applies one command.
pub struct Turn<'a> {
    pub at: At,
    pub facts: &'a Facts,
    rows: &'a mut dyn Rows,
    bodies: &'a mut dyn Bodies,
    effects: Vec<Effect>,
    changed: bool,
}

impl<'a> Turn<'a> {
    pub fn new(
        at: At,
        facts: &'a Facts,
        rows: &'a mut dyn Rows,
        bodies: &'a mut dyn Bodies,
    ) -> Turn<'a> {
        Turn { at, facts, rows, bodies, effects: Vec::new(), changed: false }
    }

    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.at.now
    }

    /// Rows, for reading.
    #[must_use]
    pub fn rows(&self) -> &dyn Rows {
        self.rows
    }

    pub fn put(&mut self, table: Table, key: &[u8], value: Bytes) {
        self.changed = true;
        self.rows.put(table, key, value);
    }

    pub fn delete(&mut self, table: Table, key: &[u8]) {
        self.changed = true;
        self.rows.delete(table, key);
    }

    /// Deletes every row of `table` whose key starts with `prefix`, at most `limit` of them, and
    /// says how many there were.
    pub fn delete_prefix(&mut self, table: Table, prefix: &[u8], limit: usize) -> usize {
        let doomed = crate::rows::scan_prefix(self.rows, table, prefix, None, limit);
        for (key, _) in &doomed {
            self.delete(table, key);
        }
        doomed.len()
    }

    pub fn put_body(&mut self, at: BodyRef, bytes: Bytes) {
        self.changed = true;
        self.bodies.put(at, bytes);
    }

    #[must_use]
    pub fn body(&self, at: BodyRef) -> Body {
        self.bodies.get(at)
    }

    pub fn delete_body(&mut self, at: BodyRef) {
        self.changed = true;
        self.bodies.delete(at);
    }

    pub fn delete_bodies_below(&mut self, queue: u64, below: u64) {
        self.changed = true;
        self.bodies.delete_below(queue, below);
    }

    /// Says that state outside the rows (a queue chunk) was changed.
    pub fn mark_changed(&mut self) {
        self.changed = true;
    }

    pub fn emit(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    #[must_use]
    pub fn has_changed(&self) -> bool {
        self.changed
    }

    /// The effects so far; the root of services drains local deliveries from here.
    pub fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }
}

/// What a query sees: rows and bodies for reading, and the time it is asked at.
pub struct Look<'a> {
    pub now: Timestamp,
    /// For handles and tokens that carry a code over the data directory's secret.
    pub at: At,
    pub rows: &'a dyn Rows,
    pub bodies: &'a dyn Bodies,
}

impl Look<'_> {
    #[must_use]
    pub fn range(
        &self,
        table: Table,
        from: Bound<&[u8]>,
        to: Bound<&[u8]>,
        limit: usize,
    ) -> Vec<(Bytes, Bytes)> {
        self.rows.range(table, from, to, limit)
    }
}

/// What `apply` answers when it does not refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<R> {
    Done(R),
    Wait(Wait<R>),
}

impl<R> Outcome<R> {
    pub fn map<S>(self, change: impl Fn(R) -> S) -> Outcome<S> {
        match self {
            Outcome::Done(reply) => Outcome::Done(change(reply)),
            Outcome::Wait(wait) => Outcome::Wait(Wait {
                key: wait.key,
                wait_max: wait.wait_max,
                retry_at: wait.retry_at,
                otherwise: change(wait.otherwise),
            }),
        }
    }
}

/// "Nothing yet": the node parks the command and applies it again when `key` is woken, or at
/// `retry_at`; when `wait_max` has run out since it arrived, the caller gets `otherwise`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait<R> {
    pub key: WakeKey,
    pub wait_max: Millis,
    /// When something hidden becomes visible by the passing of time alone.
    pub retry_at: Option<Timestamp>,
    pub otherwise: R,
}

/// What the node looked up in other partitions before a command was logged. It travels in the
/// log with the command, so that apply never looks outside its partition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct Facts(#[n(0)] pub Vec<Fact>);

/// One thing found out about a foreign resource.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Fact {
    #[n(0)]
    pub about: Arn,
    #[n(1)]
    pub exists: bool,
    /// What the owner chose to tell, in a form the asking service knows (e.g. a redrive allow
    /// policy).
    #[n(2)]
    pub detail: Option<String>,
}

impl Facts {
    #[must_use]
    pub fn get(&self, about: &Arn) -> Option<&Fact> {
        self.0.iter().find(|fact| fact.about == *about)
    }

    #[must_use]
    pub fn exists(&self, about: &Arn) -> bool {
        self.get(about).is_some_and(|fact| fact.exists)
    }
}
