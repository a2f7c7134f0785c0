//! The message groups of a FIFO queue, and which of them may be received from.
//!
//! # Invariants
//!
//! - A group exists while it has a message. Its messages keep their order of sending.
//! - `listed` holds each group that has nothing in flight, under the time its first message
//!   becomes (or became) visible: the group that has waited longest comes first, and a first
//!   message still delayed holds back those behind it.

use kernel::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tidemill_kernel as kernel;

#[derive(Debug, Default)]
pub(super) struct Groups {
    by_name: BTreeMap<Arc<str>, u64>,
    groups: BTreeMap<u64, Group>,
    listed: BTreeSet<(Timestamp, u64, u64)>,
}

#[derive(Debug)]
struct Group {
    name: Arc<str>,
    members: BTreeSet<u64>,
    in_flight: u64,
    listed: Option<(Timestamp, u64)>,
}

impl Groups {
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.by_name.get(name).copied()
    }

    pub(super) fn open(&mut self, number: u64, name: &str) {
        let name: Arc<str> = Arc::from(name);
        self.by_name.insert(Arc::clone(&name), number);
        let members = BTreeSet::new();
        self.groups.insert(number, Group { name, members, in_flight: 0, listed: None });
    }

    fn group(&mut self, number: u64) -> &mut Group {
        self.groups.get_mut(&number).expect("a group is opened before its first message")
    }

    pub(super) fn join(&mut self, number: u64, sequence: u64) {
        self.group(number).members.insert(sequence);
    }

    /// Whether that was its last message; then the group is gone.
    pub(super) fn leave(&mut self, number: u64, sequence: u64) -> bool {
        let group = self.group(number);
        group.members.remove(&sequence);
        if !group.members.is_empty() {
            return false;
        }
        if let Some(group) = self.groups.remove(&number) {
            self.by_name.remove(&group.name);
        }
        true
    }

    pub(super) fn add_in_flight(&mut self, number: u64, count: u64) {
        self.group(number).in_flight += count;
    }

    pub(super) fn remove_in_flight(&mut self, number: u64, count: u64) {
        self.group(number).in_flight -= count;
    }

    /// The first message of a group that may be received from.
    pub(super) fn head(&self, number: u64) -> Option<u64> {
        let group = self.groups.get(&number)?;
        (group.in_flight == 0).then(|| group.members.first().copied()).flatten()
    }

    pub(super) fn list(&mut self, number: u64, due: Timestamp, head: u64) {
        self.unlist(number);
        self.group(number).listed = Some((due, head));
        self.listed.insert((due, head, number));
    }

    pub(super) fn unlist(&mut self, number: u64) {
        if let Some((due, head)) = self.group(number).listed.take() {
            self.listed.remove(&(due, head, number));
        }
    }

    /// The group that has waited longest among those with a visible head.
    pub(super) fn next_ready(&self, now: Timestamp) -> Option<u64> {
        self.listed.first().filter(|(due, _, _)| *due <= now).map(|(_, _, number)| *number)
    }

    /// The messages of a group, in order.
    pub(super) fn members(&self, number: u64) -> impl Iterator<Item = u64> + '_ {
        self.groups.get(&number).into_iter().flat_map(|group| group.members.iter().copied())
    }
}
