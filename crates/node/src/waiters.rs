//! Long polls: commands that found nothing and wait for something to come.
//!
//! Volatile on purpose: after a restart the callers are gone too. First come, first served.

use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use tidemill_kernel::{Timestamp, WakeKey};
use tidemill_services::Reply;

/// A parked command and who waits for it.
#[derive(Debug)]
pub(crate) struct Waiter<T> {
    pub(crate) ticket: T,
    /// The entry as it would be logged.
    pub(crate) entry: Bytes,
    pub(crate) deadline: Timestamp,
    pub(crate) retry_at: Option<Timestamp>,
    /// What the caller gets at the deadline.
    pub(crate) otherwise: Reply,
}

/// The long polls of one partition.
#[derive(Debug)]
pub(crate) struct Waiters<T> {
    /// By key, then by arrival.
    parked: BTreeMap<(WakeKey, u64), Waiter<T>>,
    /// When each must be looked at again.
    alarms: BTreeSet<(Timestamp, WakeKey, u64)>,
    arrivals: u64,
}

impl<T> Default for Waiters<T> {
    fn default() -> Self {
        Waiters { parked: BTreeMap::new(), alarms: BTreeSet::new(), arrivals: 0 }
    }
}

impl<T> Waiters<T> {
    /// Parks a newcomer behind everybody else who waits on `key`.
    pub(crate) fn park(&mut self, key: WakeKey, waiter: Waiter<T>) {
        self.arrivals += 1;
        self.park_at(key, self.arrivals, waiter);
    }

    /// Parks a waiter again in the place it had.
    pub(crate) fn park_at(&mut self, key: WakeKey, arrival: u64, waiter: Waiter<T>) {
        self.alarms.insert((alarm(&waiter), key, arrival));
        self.parked.insert((key, arrival), waiter);
    }

    /// Takes out whoever has waited longest on `key`.
    pub(crate) fn first(&mut self, key: WakeKey) -> Option<(u64, Waiter<T>)> {
        let (&(found, arrival), _) = self.parked.range((key, 0)..=(key, u64::MAX)).next()?;
        self.take(found, arrival).map(|waiter| (arrival, waiter))
    }

    /// Takes out one waiter whose deadline or retry time has come.
    pub(crate) fn due(&mut self, now: Timestamp) -> Option<(WakeKey, u64, Waiter<T>)> {
        let &(at, key, arrival) = self.alarms.first()?;
        if at > now {
            return None;
        }
        self.take(key, arrival).map(|waiter| (key, arrival, waiter))
    }

    /// When the next one must be looked at.
    pub(crate) fn next_alarm(&self) -> Option<Timestamp> {
        self.alarms.first().map(|&(at, _, _)| at)
    }

    pub(crate) fn len(&self) -> usize {
        self.parked.len()
    }

    fn take(&mut self, key: WakeKey, arrival: u64) -> Option<Waiter<T>> {
        let waiter = self.parked.remove(&(key, arrival))?;
        self.alarms.remove(&(alarm(&waiter), key, arrival));
        Some(waiter)
    }
}

fn alarm<T>(waiter: &Waiter<T>) -> Timestamp {
    waiter.retry_at.map_or(waiter.deadline, |retry_at| retry_at.min(waiter.deadline))
}
