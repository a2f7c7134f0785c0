//! What FIFO topics have seen lately: a deduplication id counts for five minutes.
//!
//! # Invariants
//!
//! - Each id is a row, so the five minutes survive a restart.
//! - Whether an id still counts depends on the time of asking, not on when it was forgotten.

use super::model::DEDUPLICATION_SECONDS;
use super::state::DUPLICATES;
use kernel::rows::scan_prefix;
use kernel::{Millis, Rows, Timestamp, Turn, Uuid, codec};
use minicbor::{Decode, Encode};
use std::collections::{BTreeMap, BTreeSet};
use tidemill_kernel as kernel;

/// How coarsely forgetting is timed, so that a busy topic does not tick for every message.
const STEP: Millis = Millis::from_seconds(10);

/// A topic's number and a keyed hash of scope and id.
pub(super) type Key = [u8; 24];

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(super) struct Original {
    #[n(0)]
    expires: Timestamp,
    #[n(1)]
    pub(super) message_id: Uuid,
    #[n(2)]
    pub(super) sequence: u64,
}

#[derive(Debug, Default)]
pub(super) struct Duplicates {
    originals: BTreeMap<Key, Original>,
    by_expiry: BTreeSet<(Timestamp, Key)>,
}

impl Duplicates {
    pub(super) fn load(rows: &dyn Rows) -> Duplicates {
        let mut duplicates = Duplicates::default();
        for (key, value) in scan_prefix(rows, DUPLICATES, &[], None, usize::MAX) {
            let key = key.as_ref().try_into().expect("such a row's key is a number and a hash");
            duplicates.remember(key, codec::from_bytes(&value));
        }
        duplicates
    }

    /// The key of an id in a topic, within its message group where that is the scope.
    pub(super) fn key(turn: &Turn<'_>, topic: u64, group: Option<&str>, id: &str) -> Key {
        // A length before the group, so that no two pairs are one text.
        let group = group.unwrap_or_default();
        let name = [&(group.len() as u64).to_be_bytes(), group.as_bytes(), id.as_bytes()].concat();
        let mut key = [0; 24];
        let (number, hash) = key.split_at_mut(8);
        number.copy_from_slice(&topic.to_be_bytes());
        hash.copy_from_slice(&turn.at.mac("sns deduplication", &name));
        key
    }

    pub(super) fn get(&self, key: &Key, now: Timestamp) -> Option<&Original> {
        self.originals.get(key).filter(|original| original.expires > now)
    }

    pub(super) fn insert(
        &mut self,
        turn: &mut Turn<'_>,
        key: Key,
        message_id: Uuid,
        sequence: u64,
    ) {
        let expires = turn.now().plus(Millis::from_seconds(DEDUPLICATION_SECONDS));
        let original = Original { expires, message_id, sequence };
        turn.put(DUPLICATES, &key, codec::to_bytes(&original));
        self.remember(key, original);
    }

    fn remember(&mut self, key: Key, original: Original) {
        self.by_expiry.insert((original.expires, key));
        if let Some(old) = self.originals.insert(key, original) {
            self.by_expiry.remove(&(old.expires, key));
        }
    }

    /// Forgets at most `limit` ids whose time is over.
    pub(super) fn expire(&mut self, turn: &mut Turn<'_>, limit: usize) {
        for _ in 0..limit {
            let Some(&(expires, key)) = self.by_expiry.first() else { return };
            if expires > turn.now() {
                return;
            }
            self.by_expiry.pop_first();
            self.originals.remove(&key);
            turn.delete(DUPLICATES, &key);
        }
    }

    /// When there is something to forget, on the grid of [`STEP`].
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        let (first, _) = self.by_expiry.first()?;
        Some(Timestamp(first.0.div_ceil(STEP.0).saturating_mul(STEP.0)))
    }
}
