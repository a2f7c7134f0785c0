//! `ListMultipartUploads`: by key, and by age within a key.

use kernel::rows::prefix_end;
use kernel::{Look, codec};
use tidemill_kernel as kernel;

use super::listing::{self, Entry, Walk};
use super::model::{BucketName, Requester, Upload, UploadId};
use super::state::{UPLOADS, split_upload_row};
use super::{Error, Reply, State};

#[derive(Clone, Debug, PartialEq)]
pub struct ListMultipartUploads {
    pub requester: Requester,
    pub bucket: BucketName,
    pub prefix: String,
    /// Empty for none.
    pub delimiter: String,
    /// `KeyMarker`.
    pub after_key: Option<String>,
    /// `UploadIdMarker`: goes on within the marked key.
    pub after_upload: Option<UploadId>,
    pub limit: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub struct UploadEntry {
    pub key: String,
    pub id: UploadId,
    pub upload: Upload,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Uploads {
    pub entries: Vec<UploadEntry>,
    pub common_prefixes: Vec<String>,
    /// Where the next page goes on: `NextKeyMarker` and `NextUploadIdMarker`.
    pub next: Option<(String, Option<UploadId>)>,
}

pub(super) fn read(
    state: &State,
    look: &Look<'_>,
    query: &ListMultipartUploads,
) -> Result<Reply, Error> {
    state.bucket(&query.requester, &query.bucket)?;
    let (walked, is_truncated) = listing::walk(
        look.rows,
        &Walk {
            table: UPLOADS,
            bucket: &query.bucket,
            prefix: &query.prefix,
            delimiter: &query.delimiter,
            from: begin(query),
            limit: query.limit.min(listing::ENTRIES_MAX),
            key_of: |row| split_upload_row(row).0,
        },
    );
    let last = walked.last().map(|entry| match entry {
        Entry::Row(row, _) => {
            let (key, id) = split_upload_row(row);
            (listing::text(key), Some(id))
        }
        Entry::CommonPrefix(common) => (common.clone(), None),
    });
    let mut uploads = Uploads {
        entries: Vec::new(),
        common_prefixes: Vec::new(),
        next: last.filter(|_| is_truncated),
    };
    for entry in walked {
        match entry {
            Entry::CommonPrefix(common) => uploads.common_prefixes.push(common),
            Entry::Row(row, value) => {
                let (key, id) = split_upload_row(&row);
                let upload = codec::from_bytes(&value);
                uploads.entries.push(UploadEntry { key: listing::text(key), id, upload });
            }
        }
    }
    Ok(Reply::Uploads(uploads))
}

fn begin(query: &ListMultipartUploads) -> Vec<u8> {
    let Some(key) = &query.after_key else { return Vec::new() };
    let mut row = key.as_bytes().to_vec();
    row.push(0);
    match query.after_upload {
        Some(id) => {
            row.extend_from_slice(&id.0);
            row.push(0);
            row
        }
        None => {
            let all_of_key = prefix_end(&row).unwrap_or(row);
            all_of_key.max(listing::after(key, &query.prefix, &query.delimiter))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::s3::transcript::check;
    use expect_test::expect;

    #[test]
    fn uploads_are_listed_by_key_then_age() {
        check(
            "
            create photos
            begin photos b -> u1
            begin photos a/1 -> u2
            begin photos b -> u3
            begin photos c -> u4
            uploads photos
            uploads photos delimiter:/
            uploads photos delimiter:/ limit:1
            uploads photos delimiter:/ after:a/
            uploads photos after:b
            uploads photos after:b upload:u1 limit:1
            uploads photos prefix:c
            ",
            expect![[r#"
                create photos
                    -> done
                begin photos b -> u1
                    -> upload created
                begin photos a/1 -> u2
                    -> upload created
                begin photos b -> u3
                    -> upload created
                begin photos c -> u4
                    -> upload created
                uploads photos
                    -> a/1@3 b@2 b@4 c@5 |  | next None
                uploads photos delimiter:/
                    -> b@2 b@4 c@5 | a/ | next None
                uploads photos delimiter:/ limit:1
                    ->  | a/ | next Some("a/")
                uploads photos delimiter:/ after:a/
                    -> b@2 b@4 c@5 |  | next None
                uploads photos after:b
                    -> c@5 |  | next None
                uploads photos after:b upload:u1 limit:1
                    -> b@4 |  | next Some("b")
                uploads photos prefix:c
                    -> c@5 |  | next None
            "#]],
        );
    }
}
