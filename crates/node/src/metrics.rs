//! What the node measures about itself: plain atomics, read by `/metrics`.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use tidemill_store::BackgroundStats;

/// Upper bounds of a histogram's buckets; one more bucket catches the rest.
pub type Bounds = [u64; 12];

/// For latencies, in microseconds.
pub const LATENCY_BOUNDS_US: Bounds =
    [50, 100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 51_200, 204_800, 819_200];

/// For the entries of one group: doublings, because what matters is how many share a sync.
pub const GROUP_ENTRIES_BOUNDS: Bounds = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048];

/// A histogram of whole numbers.
#[derive(Debug)]
pub struct Histogram {
    bounds: &'static Bounds,
    buckets: [AtomicU64; BUCKETS],
    sum: AtomicU64,
}

const BUCKETS: usize = std::mem::size_of::<Bounds>() / std::mem::size_of::<u64>() + 1;

impl Histogram {
    fn new(bounds: &'static Bounds) -> Histogram {
        Histogram { bounds, buckets: Default::default(), sum: AtomicU64::new(0) }
    }

    pub fn record(&self, value: u64) {
        let index = self.bounds.partition_point(|bound| *bound < value);
        if let Some(bucket) = self.buckets.get(index) {
            bucket.fetch_add(1, Relaxed);
        }
        self.sum.fetch_add(value, Relaxed);
    }

    #[must_use]
    pub fn snapshot(&self) -> HistogramSnapshot {
        HistogramSnapshot {
            counts: std::array::from_fn(|index| {
                self.buckets.get(index).map_or(0, |bucket| bucket.load(Relaxed))
            }),
            sum: self.sum.load(Relaxed),
        }
    }
}

/// Counts per bucket (not cumulative), and the sum of what was recorded.
#[derive(Clone, Debug, Default)]
pub struct HistogramSnapshot {
    pub counts: [u64; BUCKETS],
    pub sum: u64,
}

/// Counters of one node.
#[derive(Debug)]
pub struct Metrics {
    /// One per group: write and sync together, in microseconds.
    pub log_sync: Histogram,
    /// How many entries shared one sync.
    pub log_group_entries: Histogram,
    /// The sum of all partitions' positions that are on disk: every entry since the data
    /// directory was made.
    pub log_position: AtomicU64,
    pub log_groups: AtomicU64,
    pub log_entries: AtomicU64,
    pub log_bytes: AtomicU64,
    pub checkpoints: AtomicU64,
    pub checkpoint_last_us: AtomicU64,
    /// Written by checkpoints and merges.
    pub background_bytes: AtomicU64,
    /// How long those were held back so that the log stayed fast.
    pub background_paused_us: AtomicU64,
    pub merge_steps: AtomicU64,
    /// Memory that rows read from disk take.
    pub row_cache_bytes: AtomicU64,
    /// Works accepted and not yet taken up by the core.
    pub mailbox: AtomicU64,
    pub mailbox_bytes: AtomicU64,
    pub refused_busy: AtomicU64,
    /// Long polls parked.
    pub waiting: AtomicU64,
}

impl Metrics {
    /// `log_position` is where recovery ended.
    pub(crate) fn starting_at(log_position: u64) -> Metrics {
        Metrics {
            log_sync: Histogram::new(&LATENCY_BOUNDS_US),
            log_group_entries: Histogram::new(&GROUP_ENTRIES_BOUNDS),
            log_position: AtomicU64::new(log_position),
            log_groups: AtomicU64::default(),
            log_entries: AtomicU64::default(),
            log_bytes: AtomicU64::default(),
            checkpoints: AtomicU64::default(),
            checkpoint_last_us: AtomicU64::default(),
            background_bytes: AtomicU64::default(),
            background_paused_us: AtomicU64::default(),
            merge_steps: AtomicU64::default(),
            row_cache_bytes: AtomicU64::default(),
            mailbox: AtomicU64::default(),
            mailbox_bytes: AtomicU64::default(),
            refused_busy: AtomicU64::default(),
            waiting: AtomicU64::default(),
        }
    }

    pub(crate) fn background(&self, stats: &BackgroundStats) {
        let paused = u64::try_from(stats.paused.as_micros()).unwrap_or(u64::MAX);
        self.background_bytes.store(stats.written_bytes, Relaxed);
        self.background_paused_us.store(paused, Relaxed);
        self.merge_steps.store(stats.merge_steps, Relaxed);
        self.row_cache_bytes.store(stats.row_cache_bytes, Relaxed);
    }

    pub(crate) fn add(counter: &AtomicU64, amount: usize) {
        counter.fetch_add(amount as u64, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_falls_into_the_first_bucket_that_holds_it() {
        let histogram = Histogram::new(&GROUP_ENTRIES_BOUNDS);
        for value in [1, 2, 3, 4, 2_048, 2_049] {
            histogram.record(value);
        }
        let HistogramSnapshot { counts, sum } = histogram.snapshot();
        assert_eq!(counts, [1, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
        assert_eq!(sum, 4_107);
        assert!(GROUP_ENTRIES_BOUNDS.is_sorted() && LATENCY_BOUNDS_US.is_sorted());
    }
}
