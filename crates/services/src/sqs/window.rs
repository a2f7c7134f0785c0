//! Windows: what is remembered for five minutes and then no more.
//!
//! # Invariants
//!
//! - Each item is a row, so a window survives a restart.
//! - Whether an item still counts depends on the time of asking, not on when it was forgotten.

use super::state::queue_row_key;
use kernel::rows::scan_prefix;
use kernel::{Millis, Rows, Table, Timestamp, Turn, codec};
use minicbor::{Decode, Encode};
use std::collections::{BTreeMap, BTreeSet};
use tidemill_kernel as kernel;

/// A keyed hash of what is remembered.
pub(super) use crate::duplicates::Key;

/// How coarsely forgetting is timed, so that a busy queue does not tick for every message.
const STEP: Millis = Millis::from_seconds(10);

#[derive(Debug)]
pub(super) struct Window<T> {
    table: Table,
    queue: u64,
    items: BTreeMap<Key, Remembered<T>>,
    by_expiry: BTreeSet<(Timestamp, Key)>,
}

#[derive(Debug, Encode, Decode)]
struct Remembered<T> {
    #[n(0)]
    expires: Timestamp,
    #[n(1)]
    item: T,
}

impl<T: Encode<()> + for<'b> Decode<'b, ()>> Window<T> {
    pub(super) fn new(table: Table, queue: u64) -> Window<T> {
        Window { table, queue, items: BTreeMap::new(), by_expiry: BTreeSet::new() }
    }

    pub(super) fn load(table: Table, queue: u64, rows: &dyn Rows) -> Window<T> {
        let mut window = Window::new(table, queue);
        for (key, value) in scan_prefix(rows, table, &queue.to_be_bytes(), None, usize::MAX) {
            let (_, key) = key.split_last_chunk().expect("a window's row key ends in its hash");
            let remembered: Remembered<T> = codec::from_bytes(&value);
            window.by_expiry.insert((remembered.expires, *key));
            window.items.insert(*key, remembered);
        }
        window
    }

    /// What is remembered under a key, and until when.
    pub(super) fn get(&self, key: &Key, now: Timestamp) -> Option<(&T, Timestamp)> {
        let remembered = self.items.get(key)?;
        (remembered.expires > now).then_some((&remembered.item, remembered.expires))
    }

    pub(super) fn insert(&mut self, turn: &mut Turn<'_>, key: Key, expires: Timestamp, item: T) {
        let remembered = Remembered { expires, item };
        turn.put(self.table, &queue_row_key(self.queue, &key), codec::to_bytes(&remembered));
        if let Some(old) = self.items.insert(key, remembered) {
            self.by_expiry.remove(&(old.expires, key));
        }
        self.by_expiry.insert((expires, key));
    }

    /// Forgets at most `limit` expired items and says how many there were.
    pub(super) fn expire(&mut self, turn: &mut Turn<'_>, limit: usize) -> usize {
        let now = turn.now();
        let mut forgotten = 0;
        while forgotten < limit
            && let Some(&(expires, key)) = self.by_expiry.first()
            && expires <= now
        {
            self.by_expiry.pop_first();
            self.items.remove(&key);
            turn.delete(self.table, &queue_row_key(self.queue, &key));
            forgotten += 1;
        }
        forgotten
    }

    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        self.next_due().is_some_and(|due| due <= now)
    }

    /// When there is something to forget, on the grid of [`STEP`].
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        let (first, _) = self.by_expiry.first()?;
        Some(Timestamp(first.0.div_ceil(STEP.0).saturating_mul(STEP.0)))
    }
}
