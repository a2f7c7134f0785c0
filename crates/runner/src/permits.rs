//! Concurrency permits: the right to run one invocation, taken *before* the work is.
//!
//! A consumer takes its permit first and receives a message only then, so a throttled delivery
//! never counts as a receive. A permit counts in every group it was asked for (a function, an
//! event source mapping) and in the total of the runner.
//!
//! # Invariants
//!
//! - No group holds more permits than the limit of the request that took the last one.
//! - A permit is returned exactly once, when it is dropped.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

#[derive(Debug, Default)]
struct Counts {
    total: usize,
    groups: HashMap<String, usize>,
}

#[derive(Debug)]
struct Shared {
    total_max: usize,
    counts: Mutex<Counts>,
    returned: Notify,
}

/// All permits of one runner.
#[derive(Clone, Debug)]
pub(crate) struct Permits {
    shared: Arc<Shared>,
}

/// The right to run one invocation; dropping it gives it back.
pub struct Permit {
    shared: Arc<Shared>,
    groups: Vec<String>,
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Permit").field(&self.groups).finish()
    }
}

impl Permits {
    pub(crate) fn new(total_max: usize) -> Permits {
        Permits {
            shared: Arc::new(Shared {
                total_max,
                counts: Mutex::new(Counts::default()),
                returned: Notify::new(),
            }),
        }
    }

    /// Takes a permit now or not at all.
    pub(crate) fn try_take(&self, limits: &[(&str, usize)]) -> Option<Permit> {
        let mut counts = self.shared.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let full = counts.total >= self.shared.total_max
            || limits
                .iter()
                .any(|(group, limit)| counts.groups.get(*group).copied().unwrap_or(0) >= *limit);
        if full {
            return None;
        }
        counts.total += 1;
        for (group, _) in limits {
            *counts.groups.entry((*group).to_owned()).or_default() += 1;
        }
        let groups = limits.iter().map(|(group, _)| (*group).to_owned()).collect();
        Some(Permit { shared: self.shared.clone(), groups })
    }

    /// Waits for a permit. Dropping the future gives the place up.
    pub(crate) async fn take(&self, limits: &[(&str, usize)]) -> Permit {
        loop {
            // Registered before the look, so a permit returned in between is not missed.
            let returned = self.shared.returned.notified();
            tokio::pin!(returned);
            returned.as_mut().enable();
            if let Some(permit) = self.try_take(limits) {
                return permit;
            }
            returned.await;
        }
    }

    pub(crate) fn in_use(&self) -> usize {
        self.shared.counts.lock().unwrap_or_else(PoisonError::into_inner).total
    }

    /// How many permits a group holds.
    pub(crate) fn in_use_by(&self, group: &str) -> usize {
        let counts = self.shared.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.groups.get(group).copied().unwrap_or(0)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut counts = self.shared.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.total -= 1;
        for group in &self.groups {
            let Some(count) = counts.groups.get_mut(group) else { continue };
            *count -= 1;
            if *count == 0 {
                counts.groups.remove(group);
            }
        }
        drop(counts);
        // Waiters differ in their groups: the one a single wake-up picks may still be full.
        self.shared.returned.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_never_holds_more_than_its_limit_and_gets_back_what_is_dropped() {
        let permits = Permits::new(3);
        let first = permits.try_take(&[("f", 1), ("mapping", 2)]).unwrap();
        assert!(permits.try_take(&[("f", 1)]).is_none());
        let second = permits.try_take(&[("g", 5), ("mapping", 2)]).unwrap();
        assert!(permits.try_take(&[("h", 5), ("mapping", 2)]).is_none(), "the mapping is full");
        assert_eq!(permits.in_use_by("h"), 0, "a refusal takes nothing");
        let third = permits.try_take(&[]).unwrap();
        assert!(permits.try_take(&[]).is_none(), "the runner is full");
        drop((first, second, third));
        assert_eq!((permits.in_use(), permits.in_use_by("mapping")), (0, 0));
    }
}
