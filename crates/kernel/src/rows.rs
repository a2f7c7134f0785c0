//! Rows: what everything that survives is made of.
//!
//! A row is a key and a value, both bytes, in a numbered table. Services read their state
//! through [`Rows`]; `store` implements it on disk, tests and the simulator in an ordered map.
//! What a read answers is a function of the log alone, so reading inside apply is deterministic.

use bytes::Bytes;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;

/// A table of a partition. Numbers are written to disk: append, never renumber, never reuse.
/// Each service owns a block of 256: its own constants live in its `state.rs`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Table(pub u16);

impl Table {
    /// Blocks, by owner.
    pub const NODE: u16 = 0x0000;
    pub const SQS: u16 = 0x0100;
    pub const S3: u16 = 0x0200;
    pub const LAMBDA: u16 = 0x0300;
    pub const IAM: u16 = 0x0400;
    pub const LOGS: u16 = 0x0500;
    pub const SNS: u16 = 0x0600;
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "t{:04x}", self.0)
    }
}

/// The rows of one partition, ordered by table, then key bytes.
///
/// A read error never reaches the caller: the implementation aborts the process, because state
/// that cannot be read cannot be decided upon.
pub trait Rows: Send {
    fn get(&self, table: Table, key: &[u8]) -> Option<Bytes>;

    /// At most `limit` rows of `table` with keys between the bounds, in key order.
    fn range(
        &self,
        table: Table,
        from: Bound<&[u8]>,
        to: Bound<&[u8]>,
        limit: usize,
    ) -> Vec<(Bytes, Bytes)>;

    fn put(&mut self, table: Table, key: &[u8], value: Bytes);

    /// As [`Rows::put`], for a value that is the caller's own memory and large: it is kept as it
    /// is, never copied.
    fn put_shared(&mut self, table: Table, key: &[u8], value: Bytes) {
        self.put(table, key, value);
    }

    fn delete(&mut self, table: Table, key: &[u8]);
}

/// All rows of `table` whose key starts with `prefix`, in order, at most `limit`, after `after`
/// (a full key, exclusive) where given.
#[must_use]
pub fn scan_prefix(
    rows: &dyn Rows,
    table: Table,
    prefix: &[u8],
    after: Option<&[u8]>,
    limit: usize,
) -> Vec<(Bytes, Bytes)> {
    let from = match after {
        Some(after) if after >= prefix => Bound::Excluded(after),
        Some(_) | None => Bound::Included(prefix),
    };
    let end = prefix_end(prefix);
    let to = end.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
    rows.range(table, from, to, limit)
}

/// The first key after all keys that start with `prefix`; `None` when there is none.
#[must_use]
pub fn prefix_end(prefix: &[u8]) -> Option<Vec<u8>> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if let Some(next) = last.checked_add(1) {
            end.push(next);
            return Some(end);
        }
    }
    None
}

/// Rows in an ordered map: for tests and the simulator's model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryRows {
    rows: BTreeMap<(Table, Vec<u8>), Bytes>,
}

impl MemoryRows {
    /// Everything, in order: what tests compare and hash.
    pub fn iter(&self) -> impl Iterator<Item = (Table, &[u8], &Bytes)> {
        self.rows.iter().map(|((table, key), value)| (*table, key.as_slice(), value))
    }
}

impl Rows for MemoryRows {
    fn get(&self, table: Table, key: &[u8]) -> Option<Bytes> {
        self.rows.get(&(table, key.to_vec())).cloned()
    }

    fn range(
        &self,
        table: Table,
        from: Bound<&[u8]>,
        to: Bound<&[u8]>,
        limit: usize,
    ) -> Vec<(Bytes, Bytes)> {
        let low = match from {
            Bound::Included(key) => Bound::Included((table, key.to_vec())),
            Bound::Excluded(key) => Bound::Excluded((table, key.to_vec())),
            Bound::Unbounded => Bound::Included((table, Vec::new())),
        };
        self.rows
            .range((low, Bound::Unbounded))
            .take_while(|((row_table, key), _)| {
                *row_table == table
                    && match to {
                        Bound::Included(end) => key.as_slice() <= end,
                        Bound::Excluded(end) => key.as_slice() < end,
                        Bound::Unbounded => true,
                    }
            })
            .take(limit)
            .map(|((_, key), value)| (Bytes::copy_from_slice(key), value.clone()))
            .collect()
    }

    fn put(&mut self, table: Table, key: &[u8], value: Bytes) {
        self.rows.insert((table, key.to_vec()), value);
    }

    fn delete(&mut self, table: Table, key: &[u8]) {
        self.rows.remove(&(table, key.to_vec()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_scan_stops_at_its_end_and_goes_on_after_a_key() {
        let mut rows = MemoryRows::default();
        for key in ["a/1", "a/2", "a/3", "b/1"] {
            rows.put(Table(1), key.as_bytes(), Bytes::from_static(b"v"));
        }
        rows.put(Table(2), b"a/4", Bytes::new());
        let keys = |after: Option<&[u8]>, limit| {
            scan_prefix(&rows, Table(1), b"a/", after, limit)
                .into_iter()
                .map(|(key, _)| String::from_utf8_lossy(&key).into_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(keys(None, 10), ["a/1", "a/2", "a/3"]);
        assert_eq!(keys(Some(b"a/1"), 1), ["a/2"]);
        assert_eq!(prefix_end(&[1, 0xff]), Some(vec![2]));
        assert_eq!(prefix_end(&[0xff]), None);
    }
}
