//! `ListParts`.

use kernel::{Look, Timestamp};
use tidemill_kernel as kernel;

use super::checksums::Checksum;
use super::listing::ENTRIES_MAX;
use super::model::{BucketName, ETag, ObjectKey, Requester, Upload, UploadId};
use super::{Error, Reply, State, state};

#[derive(Clone, Debug, PartialEq)]
pub struct ListParts {
    pub requester: Requester,
    pub bucket: BucketName,
    pub key: ObjectKey,
    pub upload: UploadId,
    /// `PartNumberMarker`.
    pub after: u16,
    pub limit: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub struct PartEntry {
    pub number: u16,
    pub size: u64,
    pub etag: ETag,
    pub last_modified: Timestamp,
    pub checksum: Checksum,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Parts {
    pub upload: Upload,
    pub entries: Vec<PartEntry>,
    pub is_truncated: bool,
}

pub(super) fn read(state: &State, look: &Look<'_>, query: &ListParts) -> Result<Reply, Error> {
    state.bucket(&query.requester, &query.bucket)?;
    let upload = state::find_upload(look.rows, &query.bucket, &query.key, query.upload)?;
    let limit = query.limit.min(ENTRIES_MAX);
    let mut parts = state::parts(look.rows, query.upload, query.after, limit + 1);
    let is_truncated = parts.len() > limit && limit > 0;
    parts.truncate(limit);
    let entries = parts
        .into_iter()
        .map(|(number, part)| PartEntry {
            number,
            size: part.extent.size,
            etag: ETag::of_md5(part.md5),
            last_modified: part.last_modified,
            checksum: part.checksum,
        })
        .collect();
    Ok(Reply::Parts(Parts { upload, entries, is_truncated }))
}
