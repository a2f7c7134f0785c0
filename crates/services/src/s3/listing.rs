//! Walking the keys of a bucket in order, with keys that share a prefix rolled up into one entry.
//!
//! A listing is the sorted run of its *entries* (rows and common prefixes); a page is some of them,
//! all greater than the entry the page before ended with.
//!
//! # Invariants
//!
//! - A common prefix costs one seek, however many keys it stands for.

use bytes::Bytes;
use kernel::rows::prefix_end;
use kernel::{Rows, Table};
use std::ops::Bound;
use tidemill_kernel as kernel;

use super::model::BucketName;
use super::state::bucket_prefix;

/// The most entries of one page.
pub(super) const ENTRIES_MAX: usize = 1_000;
/// Rows read after a seek; the next reads grow from here, so that a seek costs little.
const ROWS_FIRST: usize = 8;

/// Which entries to walk.
pub(super) struct Walk<'a> {
    pub table: Table,
    pub bucket: &'a BucketName,
    pub prefix: &'a str,
    /// Empty for none.
    pub delimiter: &'a str,
    /// Where to begin, as a row key without the bucket's prefix; see [`Walk::after`].
    pub from: Vec<u8>,
    pub limit: usize,
    /// The object key in a row key whose bucket prefix is cut off.
    pub key_of: fn(&[u8]) -> &[u8],
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// A row: its key without the bucket's prefix, and its value.
    Row(Bytes, Bytes),
    CommonPrefix(String),
}

/// The place right after `entry`: after all it stands for when it ends with the delimiter or lies
/// inside a common prefix, which sorts before it and so was listed already.
pub(super) fn after(entry: &str, prefix: &str, delimiter: &str) -> Vec<u8> {
    match common_prefix(entry.as_bytes(), prefix, delimiter) {
        Some(common) => prefix_end(common).unwrap_or_else(|| common.to_vec()),
        None => {
            let mut from = entry.as_bytes().to_vec();
            from.push(0);
            from
        }
    }
}

/// What `key` is rolled up into: everything up to the first delimiter behind the prefix.
fn common_prefix<'k>(key: &'k [u8], prefix: &str, delimiter: &str) -> Option<&'k [u8]> {
    if delimiter.is_empty() {
        return None;
    }
    let rest = key.strip_prefix(prefix.as_bytes())?;
    let at = rest.windows(delimiter.len()).position(|window| window == delimiter.as_bytes())?;
    key.get(..prefix.len() + at + delimiter.len())
}

/// The entries of one page, and whether there are more.
pub(super) fn walk(rows: &dyn Rows, walk: &Walk<'_>) -> (Vec<Entry>, bool) {
    let bucket = bucket_prefix(walk.bucket);
    let in_bucket = |key: &[u8]| [bucket.as_slice(), key].concat();
    let end = prefix_end(&in_bucket(walk.prefix.as_bytes()));
    let end = end.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
    let mut from = in_bucket(walk.prefix.as_bytes().max(walk.from.as_slice()));
    let mut entries: Vec<Entry> = Vec::new();
    let rows_max = walk.limit.saturating_add(1);
    let mut want = if walk.delimiter.is_empty() { rows_max } else { ROWS_FIRST };
    if walk.limit == 0 {
        return (entries, false);
    }
    loop {
        let page = rows.range(walk.table, Bound::Included(&from), end, want);
        let is_last = page.len() < want;
        let Some((last, _)) = page.last() else { return (entries, false) };
        let last = last.clone();
        for (row, value) in page {
            let row = row.slice(bucket.len()..);
            let key = (walk.key_of)(&row);
            if let Some(Entry::CommonPrefix(common)) = entries.last()
                && key.starts_with(common.as_bytes())
            {
                continue;
            }
            if entries.len() == walk.limit {
                return (entries, true);
            }
            entries.push(match common_prefix(key, walk.prefix, walk.delimiter) {
                Some(common) => Entry::CommonPrefix(text(common)),
                None => Entry::Row(row, value),
            });
        }
        if is_last {
            return (entries, false);
        }
        (from, want) = match entries.last() {
            Some(Entry::CommonPrefix(common)) => {
                let after = prefix_end(&in_bucket(common.as_bytes()));
                (after.expect("a bucket's name has a next one"), ROWS_FIRST)
            }
            Some(Entry::Row(..)) | None => {
                let mut after = last.to_vec();
                after.push(0);
                (after, want.saturating_mul(4).min(rows_max.max(ROWS_FIRST)))
            }
        };
    }
}

/// A key as text; keys are only ever stored from text.
pub(super) fn text(key: &[u8]) -> String {
    String::from_utf8_lossy(key).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::MemoryRows;
    use proptest::prelude::*;
    use std::cell::Cell;
    use std::collections::BTreeSet;

    const TABLE: Table = Table(Table::S3);

    fn bucket() -> BucketName {
        BucketName::parse("photos").expect("legal")
    }

    /// The definition of a listing, without any cleverness.
    fn naive(
        keys: &BTreeSet<String>,
        prefix: &str,
        delimiter: &str,
        after: Option<&str>,
    ) -> BTreeSet<String> {
        keys.iter()
            .filter(|key| key.starts_with(prefix))
            .map(|key| {
                common_prefix(key.as_bytes(), prefix, delimiter).map_or_else(|| key.clone(), text)
            })
            .filter(|entry| after.is_none_or(|after| entry.as_str() > after))
            .collect()
    }

    fn page(
        rows: &dyn Rows,
        prefix: &str,
        delimiter: &str,
        from: Option<&str>,
        limit: usize,
    ) -> (Vec<String>, bool) {
        let from = from.map(|entry| after(entry, prefix, delimiter)).unwrap_or_default();
        let bucket = bucket();
        let (entries, is_truncated) = walk(
            rows,
            &Walk {
                table: TABLE,
                bucket: &bucket,
                prefix,
                delimiter,
                from,
                limit,
                key_of: |row| row,
            },
        );
        let names = entries.into_iter().map(|entry| match entry {
            Entry::Row(key, _) => text(&key),
            Entry::CommonPrefix(common) => common,
        });
        (names.collect(), is_truncated)
    }

    fn fill<'k>(keys: impl IntoIterator<Item = &'k String>) -> MemoryRows {
        let mut rows = MemoryRows::default();
        rows.put(TABLE, b"photo\0z", Bytes::new());
        rows.put(TABLE, b"photos1\0a", Bytes::new());
        for key in keys {
            rows.put(
                TABLE,
                &[bucket_prefix(&bucket()), key.clone().into_bytes()].concat(),
                Bytes::new(),
            );
        }
        rows
    }

    proptest! {
        #[test]
        fn pages_put_together_are_the_naive_listing(
            keys in prop::collection::btree_set("[ab/ü]{1,5}", 0..60),
            prefix in "[ab/]{0,2}",
            delimiter in "(/|b|ab|)",
            after in prop::option::of("[ab/ü]{0,4}"),
            limit in 1_usize..8,
        ) {
            let rows = fill(&keys);
            let expected = naive(&keys, &prefix, &delimiter, after.as_deref());
            let mut listed = Vec::new();
            let mut from = after;
            loop {
                let (names, is_truncated) =
                    page(&rows, &prefix, &delimiter, from.as_deref(), limit);
                prop_assert!(names.len() <= limit);
                prop_assert!(!is_truncated || names.len() == limit);
                from = names.last().cloned();
                listed.extend(names);
                if !is_truncated {
                    break;
                }
            }
            prop_assert_eq!(listed, expected.into_iter().collect::<Vec<_>>());
        }
    }

    /// Counts the rows that pass through.
    struct Counting(MemoryRows, Cell<usize>);

    impl Rows for Counting {
        fn get(&self, table: Table, key: &[u8]) -> Option<Bytes> {
            self.0.get(table, key)
        }
        fn range(
            &self,
            table: Table,
            from: Bound<&[u8]>,
            to: Bound<&[u8]>,
            limit: usize,
        ) -> Vec<(Bytes, Bytes)> {
            let page = self.0.range(table, from, to, limit);
            self.1.set(self.1.get() + page.len());
            page
        }
        fn put(&mut self, table: Table, key: &[u8], value: Bytes) {
            self.0.put(table, key, value);
        }
        fn delete(&mut self, table: Table, key: &[u8]) {
            self.0.delete(table, key);
        }
    }

    #[test]
    fn a_common_prefix_is_skipped_not_walked() {
        let keys: Vec<String> = (0..5_000).map(|n| format!("{}/{n:05}", n / 1_000)).collect();
        let rows = Counting(fill(&keys), Cell::new(0));
        let (names, is_truncated) = page(&rows, "", "/", None, 1_000);
        assert_eq!((names.join(" ").as_str(), is_truncated), ("0/ 1/ 2/ 3/ 4/", false));
        assert!(rows.1.get() <= 5 * ROWS_FIRST, "{} rows were read", rows.1.get());
    }
}
