//! `ListObjects` and `ListObjectsV2`: one listing, two ways to show it.

use kernel::{Look, Timestamp, codec};
use tidemill_kernel as kernel;

use super::checksums::{Algorithm, ChecksumType};
use super::listing::{self, Entry, Walk};
use super::model::{BucketName, ETag, Object, Requester};
use super::state::OBJECTS;
use super::{Error, Reply, State};

#[derive(Clone, Debug, PartialEq)]
pub struct ListObjects {
    pub requester: Requester,
    pub bucket: BucketName,
    pub prefix: String,
    /// Empty for none.
    pub delimiter: String,
    /// Marker, start-after, or the entry a continuation token stands for.
    pub after: Option<String>,
    /// At most 1,000 are given, whatever is asked.
    pub limit: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ObjectEntry {
    pub key: String,
    pub size: u64,
    pub etag: ETag,
    pub last_modified: Timestamp,
    pub algorithm: Algorithm,
    pub checksum_type: ChecksumType,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Objects {
    pub entries: Vec<ObjectEntry>,
    pub common_prefixes: Vec<String>,
    /// The last entry of this page, when there are more: where the next page goes on.
    pub next: Option<String>,
}

pub(super) fn read(state: &State, look: &Look<'_>, query: &ListObjects) -> Result<Reply, Error> {
    state.bucket(&query.requester, &query.bucket)?;
    let from = query
        .after
        .as_ref()
        .map(|after| listing::after(after, &query.prefix, &query.delimiter))
        .unwrap_or_default();
    let (walked, is_truncated) = listing::walk(
        look.rows,
        &Walk {
            table: OBJECTS,
            bucket: &query.bucket,
            prefix: &query.prefix,
            delimiter: &query.delimiter,
            from,
            limit: query.limit.min(listing::ENTRIES_MAX),
            key_of: |row| row,
        },
    );
    let last = walked.last().map(|entry| match entry {
        Entry::Row(key, _) => listing::text(key),
        Entry::CommonPrefix(common) => common.clone(),
    });
    let mut objects = Objects {
        entries: Vec::new(),
        common_prefixes: Vec::new(),
        next: last.filter(|_| is_truncated),
    };
    for entry in walked {
        match entry {
            Entry::CommonPrefix(common) => objects.common_prefixes.push(common),
            Entry::Row(key, value) => {
                let object: Object = codec::from_bytes(&value);
                objects.entries.push(ObjectEntry {
                    key: listing::text(&key),
                    size: object.size,
                    etag: object.etag,
                    last_modified: object.last_modified,
                    algorithm: object.checksum.checksum.algorithm,
                    checksum_type: object.checksum.kind,
                });
            }
        }
    }
    Ok(Reply::Objects(objects))
}

#[cfg(test)]
mod tests {
    use crate::s3::transcript::check;
    use expect_test::expect;

    #[test]
    fn keys_are_listed_in_order_and_rolled_up() {
        check(
            "
            list photos
            create photos
            put photos b 1
            put photos a/1 1
            put photos a/2 1
            put photos c/d/e 1
            list photos
            list photos delimiter:/
            list photos delimiter:/ limit:1
            list photos delimiter:/ limit:1 after:a/
            list photos delimiter:/ prefix:c/
            list photos after:a/1 limit:2
            list photos limit:0
            as:2 list photos
            ",
            expect![[r#"
                list photos
                    -> 404 NoSuchBucket BucketName=photos
                create photos
                    -> done
                put photos b 1
                    -> stored c4ca4238a0b923820dcc509a6f75849b size 1
                put photos a/1 1
                    -> stored c4ca4238a0b923820dcc509a6f75849b size 1
                put photos a/2 1
                    -> stored c4ca4238a0b923820dcc509a6f75849b size 1
                put photos c/d/e 1
                    -> stored c4ca4238a0b923820dcc509a6f75849b size 1
                list photos
                    -> a/1 a/2 b c/d/e |  | next None
                list photos delimiter:/
                    -> b | a/ c/ | next None
                list photos delimiter:/ limit:1
                    ->  | a/ | next Some("a/")
                list photos delimiter:/ limit:1 after:a/
                    -> b |  | next Some("b")
                list photos delimiter:/ prefix:c/
                    ->  | c/d/ | next None
                list photos after:a/1 limit:2
                    -> a/2 b |  | next Some("b")
                list photos limit:0
                    ->  |  | next None
                as:2 list photos
                    -> 403 AccessDenied
            "#]],
        );
    }
}
