//! What the node measures about itself: plain atomics, read by `/metrics`.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Upper bounds of the latency buckets, in microseconds; one more bucket catches the rest.
pub const LATENCY_BOUNDS_US: [u64; 12] =
    [50, 100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 51_200, 204_800, 819_200];

/// A latency histogram.
#[derive(Debug, Default)]
pub struct Histogram {
    buckets: [AtomicU64; LATENCY_BOUNDS_US.len() + 1],
    sum_us: AtomicU64,
}

impl Histogram {
    pub fn record(&self, latency: Duration) {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        let index = LATENCY_BOUNDS_US.partition_point(|bound| *bound < micros);
        if let Some(bucket) = self.buckets.get(index) {
            bucket.fetch_add(1, Relaxed);
        }
        self.sum_us.fetch_add(micros, Relaxed);
    }

    /// Counts per bucket (not cumulative) and the sum in microseconds.
    #[must_use]
    pub fn snapshot(&self) -> HistogramSnapshot {
        HistogramSnapshot {
            counts: std::array::from_fn(|index| {
                self.buckets.get(index).map_or(0, |bucket| bucket.load(Relaxed))
            }),
            sum_us: self.sum_us.load(Relaxed),
        }
    }
}

#[derive(Clone, Debug, Default)]
pub struct HistogramSnapshot {
    pub counts: [u64; LATENCY_BOUNDS_US.len() + 1],
    pub sum_us: u64,
}

/// Counters of one node.
#[derive(Debug, Default)]
pub struct Metrics {
    /// One per group: write and sync together.
    pub log_sync: Histogram,
    pub log_groups: AtomicU64,
    pub log_entries: AtomicU64,
    pub log_bytes: AtomicU64,
    pub checkpoints: AtomicU64,
    pub checkpoint_last_us: AtomicU64,
    /// Works accepted and not yet taken up by the core.
    pub mailbox: AtomicU64,
    pub mailbox_bytes: AtomicU64,
    pub refused_busy: AtomicU64,
    /// Long polls parked.
    pub waiting: AtomicU64,
}

impl Metrics {
    pub(crate) fn add(counter: &AtomicU64, amount: usize) {
        counter.fetch_add(amount as u64, Relaxed);
    }
}
