//! What the runner counts, for metrics and for `status`.

use crate::spec::{ErrorKind, InvokeOutcome};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Upper bounds of the histogram's buckets, in milliseconds; one more bucket has no bound.
pub const HISTOGRAM_BOUNDS_MS: [u64; 14] =
    [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 10_000, 60_000, 900_000];

/// How often a duration fell into each bucket (not cumulative).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Histogram {
    pub counts: [u64; HISTOGRAM_BOUNDS_MS.len() + 1],
    pub sum: Duration,
}

impl Histogram {
    fn add(&mut self, duration: Duration) {
        let bucket =
            HISTOGRAM_BOUNDS_MS.partition_point(|bound| Duration::from_millis(*bound) < duration);
        if let Some(count) = self.counts.get_mut(bucket) {
            *count += 1;
        }
        self.sum += duration;
    }

    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }
}

/// One function, over all its versions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FunctionStats {
    pub invocations: u64,
    pub errors: BTreeMap<ErrorKind, u64>,
    pub duration: Histogram,
    /// Of cold starts; their number is its count.
    pub init: Histogram,
    pub billed_mb_ms: u64,
    /// Running now.
    pub concurrency: usize,
    pub concurrency_peak: usize,
    pub log_dropped_bytes: u64,
}

/// The runner as a whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunnerStats {
    /// By function ARN.
    pub functions: BTreeMap<String, FunctionStats>,
    pub concurrency: usize,
    pub sandboxes_idle: usize,
    pub sandboxes_live: usize,
}

#[derive(Debug, Default)]
pub(crate) struct Stats {
    functions: Mutex<BTreeMap<String, FunctionStats>>,
}

impl Stats {
    fn with<T>(&self, arn: &str, change: impl FnOnce(&mut FunctionStats) -> T) -> T {
        let mut functions = self.functions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(stats) = functions.get_mut(arn) {
            return change(stats);
        }
        change(functions.entry(arn.to_owned()).or_default())
    }

    pub(crate) fn begin(&self, arn: &str) {
        self.with(arn, |stats| {
            stats.concurrency += 1;
            stats.concurrency_peak = stats.concurrency_peak.max(stats.concurrency);
        });
    }

    pub(crate) fn end(&self, arn: &str, memory_mb: u32, outcome: &InvokeOutcome) {
        self.with(arn, |stats| {
            stats.concurrency -= 1;
            stats.invocations += 1;
            stats.duration.add(outcome.duration);
            stats.billed_mb_ms += outcome.billed_ms.saturating_mul(u64::from(memory_mb));
            if let Some(init) = outcome.init {
                stats.init.add(init);
            }
            if let Err(error) = &outcome.result {
                *stats.errors.entry(error.kind).or_default() += 1;
            }
        });
    }

    pub(crate) fn forget(&self, arn: &str) {
        let mut functions = self.functions.lock().unwrap_or_else(PoisonError::into_inner);
        // A running invocation still has its end to report.
        if functions.get(arn).is_some_and(|stats| stats.concurrency == 0) {
            functions.remove(arn);
        }
    }

    pub(crate) fn snapshot(&self) -> BTreeMap<String, FunctionStats> {
        self.functions.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_falls_into_the_first_bucket_that_holds_it() {
        let mut histogram = Histogram::default();
        for ms in [0, 1, 2, 3, 900_000, 900_001] {
            histogram.add(Duration::from_millis(ms));
        }
        assert_eq!(histogram.counts[..3], [2, 1, 1]);
        assert_eq!(histogram.counts[13..], [1, 1]);
        assert_eq!(histogram.count(), 6);
    }
}
