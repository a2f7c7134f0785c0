//! The tables of Lambda, and the little of them that is kept in memory.
//!
//! # Invariants
//!
//! - `mappings` holds exactly the rows of [`MAPPINGS`]; they are few and watched all the time.
//! - `due` holds exactly the waiting rows of [`INVOCATIONS`], by when they are due.
//! - A row of [`INVOCATIONS`] has its payload in [`PAYLOADS`] under the same key.

use super::model::{Dropped, Function, FunctionId, Invocation, Mapping, Stage};
use super::{Counts, Deployed, Error, MappingId};
use bytes::Bytes;
use kernel::rows::scan_prefix;
use kernel::{Arn, Look, Position, Rows, Table, Timestamp, Turn, Uuid, WakeKey, codec};
use std::collections::{BTreeMap, BTreeSet};
use tidemill_kernel as kernel;

/// [`FunctionId::row_key`] → [`Function`].
pub(super) const FUNCTIONS: Table = Table(Table::LAMBDA);
/// Invocation id → [`Invocation`].
pub(super) const INVOCATIONS: Table = Table(Table::LAMBDA + 1);
/// Invocation id → payload.
pub(super) const PAYLOADS: Table = Table(Table::LAMBDA + 2);
/// [`FunctionId::row_key`] → [`Dropped`].
pub(super) const DROPPED: Table = Table(Table::LAMBDA + 3);
/// UUID → [`Mapping`].
pub(super) const MAPPINGS: Table = Table(Table::LAMBDA + 4);
/// One row: how many deliveries this partition has made invocations of.
pub(super) const DELIVERED: Table = Table(Table::LAMBDA + 5);

/// Woken whenever a mapping changes. Queues number their keys from 1, so the top is ours.
pub(super) const MAPPINGS_CHANGED: WakeKey = WakeKey(u64::MAX);

/// One partition's share of Lambda.
#[derive(Debug)]
pub struct State {
    pub(super) mappings: BTreeMap<Uuid, Mapping>,
    /// Where a mapping last changed since the start.
    pub(super) mappings_changed_at: Position,
    pub(super) due: BTreeSet<(Timestamp, Uuid)>,
}

impl State {
    #[must_use]
    pub fn load(rows: &dyn Rows) -> State {
        let mappings = scan_prefix(rows, MAPPINGS, &[], None, usize::MAX)
            .iter()
            .map(|(_, value)| codec::from_bytes::<Mapping>(value))
            .map(|mapping| (mapping.uuid, mapping))
            .collect();
        let due = invocations(rows)
            .filter_map(|(id, invocation)| match invocation.stage {
                Stage::Running => None,
                Stage::Waiting { until } => Some((until, id)),
            })
            .collect();
        State { mappings, mappings_changed_at: Position(0), due }
    }

    /// Everything of Lambda's is in rows already.
    pub fn freeze(&mut self, _rows: &mut dyn Rows) {}

    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        self.due.first().map(|(at, _)| *at)
    }

    /// `Some` when the function exists; it has nothing to tell a stranger.
    #[must_use]
    pub fn describe(&self, look: &Look<'_>, about: &Arn) -> Option<String> {
        let function = FunctionId::from_arn(about)?;
        existing(look.rows, &function).ok().map(|_| String::new())
    }

    /// The attempts that were handed out and are not done: started again after a restart.
    #[must_use]
    pub fn running(&self, rows: &dyn Rows) -> Vec<(Arn, Uuid, u32)> {
        invocations(rows)
            .filter(|(_, invocation)| invocation.stage == Stage::Running)
            .map(|(id, invocation)| (invocation.function.arn(), id, invocation.attempt))
            .collect()
    }

    pub(super) fn counts(&self, rows: &dyn Rows) -> Counts {
        Counts {
            functions: scan_prefix(rows, FUNCTIONS, &[], None, usize::MAX).len(),
            mappings: self.mappings.len(),
            invocations_pending: scan_prefix(rows, INVOCATIONS, &[], None, usize::MAX).len(),
            invocations_dropped: scan_prefix(rows, DROPPED, &[], None, usize::MAX)
                .iter()
                .map(|(_, value)| codec::from_bytes::<Dropped>(value).count)
                .sum(),
        }
    }

    /// The caller's own mapping of that UUID.
    pub(super) fn mapping(&self, id: &MappingId) -> Result<&Mapping, Error> {
        self.mappings
            .get(&id.uuid)
            .filter(|mapping| {
                mapping.function.account == id.account && mapping.function.region == id.region
            })
            .ok_or(Error::ResourceNotFound)
    }

    pub(super) fn put_mapping(&mut self, turn: &mut Turn<'_>, mapping: Mapping) {
        turn.put(MAPPINGS, &mapping.uuid.0, codec::to_bytes(&mapping));
        self.mappings.insert(mapping.uuid, mapping);
        self.announce_mappings(turn);
    }

    pub(super) fn delete_mapping(&mut self, turn: &mut Turn<'_>, uuid: Uuid) {
        turn.delete(MAPPINGS, &uuid.0);
        self.mappings.remove(&uuid);
        self.announce_mappings(turn);
    }

    fn announce_mappings(&mut self, turn: &mut Turn<'_>) {
        self.mappings_changed_at = turn.at.position;
        turn.emit(kernel::Effect::Wake(MAPPINGS_CHANGED));
    }
}

pub(super) fn find(rows: &dyn Rows, id: &FunctionId) -> Option<Function> {
    rows.get(FUNCTIONS, &id.row_key()).map(|value| codec::from_bytes(&value))
}

/// Every function of the partition, whoever's it is.
pub(super) fn deployed(rows: &dyn Rows) -> Vec<Deployed> {
    scan_prefix(rows, FUNCTIONS, &[], None, usize::MAX)
        .iter()
        .map(|(_, value)| codec::from_bytes::<Function>(value))
        .map(|function| Deployed {
            function: function.id,
            code: function.code,
            reserved_concurrency: function.reserved_concurrency,
        })
        .collect()
}

pub(super) fn existing(rows: &dyn Rows, id: &FunctionId) -> Result<Function, Error> {
    find(rows, id).ok_or_else(|| Error::FunctionNotFound { arn: id.arn().to_string() })
}

pub(super) fn put_function(turn: &mut Turn<'_>, function: &Function) {
    turn.put(FUNCTIONS, &function.id.row_key(), codec::to_bytes(function));
}

/// Stamps a change of the function that its caller can see: time and revision.
pub(super) fn put_changed(turn: &mut Turn<'_>, mut function: Function) -> Function {
    function.last_modified = turn.now();
    function.revision = turn.at.random().next_uuid();
    put_function(turn, &function);
    function
}

/// Refuses a change that was decided on another revision than the latest.
pub(super) fn check_revision(function: &Function, revision: Option<&str>) -> Result<(), Error> {
    match revision {
        Some(revision) if revision != function.revision.to_string() => Err(Error::RevisionMismatch),
        Some(_) | None => Ok(()),
    }
}

pub(super) fn invocation(rows: &dyn Rows, id: Uuid) -> Option<Invocation> {
    rows.get(INVOCATIONS, &id.0).map(|value| codec::from_bytes(&value))
}

pub(super) fn put_invocation(turn: &mut Turn<'_>, id: Uuid, invocation: &Invocation) {
    turn.put(INVOCATIONS, &id.0, codec::to_bytes(invocation));
}

pub(super) fn delete_invocation(turn: &mut Turn<'_>, id: Uuid) {
    turn.delete(INVOCATIONS, &id.0);
    turn.delete(PAYLOADS, &id.0);
}

pub(super) fn payload(rows: &dyn Rows, id: Uuid) -> Bytes {
    rows.get(PAYLOADS, &id.0).expect("an invocation and its payload are written and deleted as one")
}

fn invocations(rows: &dyn Rows) -> impl Iterator<Item = (Uuid, Invocation)> {
    scan_prefix(rows, INVOCATIONS, &[], None, usize::MAX).into_iter().map(|(key, value)| {
        let id = key.as_ref().try_into().expect("invocation rows are keyed by sixteen bytes");
        (Uuid(id), codec::from_bytes(&value))
    })
}
