//! Rows of Amazon S3, their keys, and the only functions that touch them.
//!
//! # Invariants
//!
//! - `BUCKETS` and the map in memory agree; every other read goes to the rows.
//! - `OBJECTS` holds the *current* version of each key. Older versions, when they come, get a table
//!   of their own, so that a listing never walks over them.
//! - An inline row or a blob is named by exactly one extent; a blob that loses its extent becomes a
//!   doomed row in the same apply, and its file may be unlinked only after a checkpoint holds that
//!   row. Only then is the row forgotten.

use bytes::Bytes;
use kernel::rows::scan_prefix;
use kernel::{Rows, Table, Turn, codec};
use std::collections::BTreeMap;
use tidemill_kernel as kernel;

use super::error::Error;
use super::model::{
    BlobId, Bucket, BucketName, Extent, NewBody, Object, ObjectKey, Part, Place, Requester, Upload,
    UploadId,
};

/// name → [`Bucket`].
const BUCKETS: Table = Table(Table::S3);
/// bucket, 0, key → [`Object`].
pub(super) const OBJECTS: Table = Table(Table::S3 + 1);
/// position of the command that brought it → the bytes of an extent.
const INLINE: Table = Table(Table::S3 + 2);
/// bucket, 0, key, 0, upload id → [`Upload`].
pub(super) const UPLOADS: Table = Table(Table::S3 + 3);
/// upload id, part number → [`Part`].
const PARTS: Table = Table(Table::S3 + 4);
/// blob id → position and time of the command that doomed it.
const DOOMED: Table = Table(Table::S3 + 5);

/// Rows read at a time where all of a range is wanted.
const SCAN_ROWS: usize = 1_000;

/// A partition's buckets; everything else lives in the rows alone.
#[derive(Debug)]
pub struct State {
    buckets: BTreeMap<BucketName, Bucket>,
}

impl State {
    #[must_use]
    pub fn load(rows: &dyn Rows) -> State {
        let buckets = scan_prefix(rows, BUCKETS, &[], None, usize::MAX)
            .into_iter()
            .map(|(key, value)| (BucketName::stored(&key), codec::from_bytes(&value)))
            .collect();
        State { buckets }
    }

    pub(super) fn buckets(&self) -> impl Iterator<Item = (&BucketName, &Bucket)> {
        self.buckets.iter()
    }

    pub(super) fn find_bucket(&self, name: &BucketName) -> Option<&Bucket> {
        self.buckets.get(name)
    }

    /// The bucket, when it exists and belongs to the requester.
    pub(super) fn bucket(
        &self,
        requester: &Requester,
        name: &BucketName,
    ) -> Result<&Bucket, Error> {
        let bucket = self.buckets.get(name).ok_or_else(|| Error::NoSuchBucket(name.clone()))?;
        let owner_is_expected =
            requester.expected_bucket_owner.is_none_or(|expected| expected == bucket.owner);
        if bucket.owner == requester.account && owner_is_expected {
            Ok(bucket)
        } else {
            Err(Error::AccessDenied)
        }
    }

    pub(super) fn put_bucket(&mut self, turn: &mut Turn<'_>, name: BucketName, bucket: Bucket) {
        turn.put(BUCKETS, name.as_str().as_bytes(), codec::to_bytes(&bucket));
        self.buckets.insert(name, bucket);
    }

    pub(super) fn delete_bucket(&mut self, turn: &mut Turn<'_>, name: &BucketName) {
        turn.delete(BUCKETS, name.as_str().as_bytes());
        self.buckets.remove(name);
    }
}

/// What all rows of a bucket start with, in `OBJECTS` and `UPLOADS`.
pub(super) fn bucket_prefix(bucket: &BucketName) -> Vec<u8> {
    let mut prefix = bucket.as_str().as_bytes().to_vec();
    prefix.push(0);
    prefix
}

fn object_row(bucket: &BucketName, key: &ObjectKey) -> Vec<u8> {
    let mut row = bucket_prefix(bucket);
    row.extend_from_slice(key.as_str().as_bytes());
    row
}

pub(super) fn find_object(rows: &dyn Rows, bucket: &BucketName, key: &ObjectKey) -> Option<Object> {
    rows.get(OBJECTS, &object_row(bucket, key)).map(|value| codec::from_bytes(&value))
}

/// Makes `object` the current version; what it replaces is forgotten.
pub(super) fn put_object(
    turn: &mut Turn<'_>,
    bucket: &BucketName,
    key: &ObjectKey,
    object: &Object,
    replaced: Option<&Object>,
) {
    if let Some(replaced) = replaced {
        forget_extents(turn, &replaced.extents);
    }
    turn.put(OBJECTS, &object_row(bucket, key), codec::to_bytes(object));
}

pub(super) fn delete_object(
    turn: &mut Turn<'_>,
    bucket: &BucketName,
    key: &ObjectKey,
    object: &Object,
) {
    forget_extents(turn, &object.extents);
    turn.delete(OBJECTS, &object_row(bucket, key));
}

pub(super) fn has_objects(rows: &dyn Rows, bucket: &BucketName) -> bool {
    !scan_prefix(rows, OBJECTS, &bucket_prefix(bucket), None, 1).is_empty()
}

/// Keeps a new body. At most one per command, because its position is the inline row's key.
pub(super) fn put_body(turn: &mut Turn<'_>, body: NewBody) -> Extent {
    let size = body.size();
    let place = match body {
        NewBody::Inline(bytes) if bytes.is_empty() => Place::Nothing,
        NewBody::Inline(bytes) => {
            let position = turn.at.position.0;
            turn.put(INLINE, &position.to_be_bytes(), bytes);
            Place::Inline(position)
        }
        NewBody::Blob(blob, _) => Place::Blob(blob),
    };
    Extent { place, size }
}

/// The bytes of an inline extent.
pub(super) fn inline_bytes(rows: &dyn Rows, position: u64) -> Bytes {
    rows.get(INLINE, &position.to_be_bytes())
        .expect("an inline row lives exactly as long as the extent that names it")
}

pub(super) fn forget_extents(turn: &mut Turn<'_>, extents: &[Extent]) {
    for extent in extents {
        match extent.place {
            Place::Nothing => {}
            Place::Inline(position) => turn.delete(INLINE, &position.to_be_bytes()),
            Place::Blob(blob) => {
                let when = (turn.at.position, turn.now());
                turn.put(DOOMED, &blob.0, codec::to_bytes(&when));
            }
        }
    }
}

pub(super) fn upload_row(bucket: &BucketName, key: &ObjectKey, upload: UploadId) -> Vec<u8> {
    let mut row = object_row(bucket, key);
    row.push(0);
    row.extend_from_slice(&upload.0);
    row
}

pub(super) fn find_upload(
    rows: &dyn Rows,
    bucket: &BucketName,
    key: &ObjectKey,
    upload: UploadId,
) -> Result<Upload, Error> {
    rows.get(UPLOADS, &upload_row(bucket, key, upload))
        .map(|value| codec::from_bytes(&value))
        .ok_or_else(|| Error::NoSuchUpload(upload.to_string()))
}

pub(super) fn put_upload(
    turn: &mut Turn<'_>,
    bucket: &BucketName,
    key: &ObjectKey,
    id: UploadId,
    upload: &Upload,
) {
    turn.put(UPLOADS, &upload_row(bucket, key, id), codec::to_bytes(upload));
}

/// Ends an upload: its row and its parts' rows go. The parts' data is the caller's to keep or to
/// forget.
pub(super) fn delete_upload(turn: &mut Turn<'_>, row: &[u8], id: UploadId) -> Vec<(u16, Part)> {
    let parts = parts(turn.rows(), id, 0, usize::MAX);
    for (number, _) in &parts {
        turn.delete(PARTS, &part_row(id, *number));
    }
    turn.delete(UPLOADS, row);
    parts
}

fn part_row(upload: UploadId, number: u16) -> Vec<u8> {
    let mut row = upload.0.to_vec();
    row.extend_from_slice(&number.to_be_bytes());
    row
}

pub(super) fn find_part(rows: &dyn Rows, upload: UploadId, number: u16) -> Option<Part> {
    rows.get(PARTS, &part_row(upload, number)).map(|value| codec::from_bytes(&value))
}

pub(super) fn put_part(turn: &mut Turn<'_>, upload: UploadId, number: u16, part: &Part) {
    turn.put(PARTS, &part_row(upload, number), codec::to_bytes(part));
}

/// Parts of an upload numbered above `after`, in order, at most `limit`.
pub(super) fn parts(
    rows: &dyn Rows,
    upload: UploadId,
    after: u16,
    limit: usize,
) -> Vec<(u16, Part)> {
    scan_prefix(rows, PARTS, &upload.0, Some(&part_row(upload, after)), limit)
        .into_iter()
        .map(|(key, value)| {
            let number = key
                .get(upload.0.len()..)
                .and_then(|bytes| bytes.try_into().ok())
                .map(u16::from_be_bytes)
                .expect("a part's key ends with its number");
            (number, codec::from_bytes(&value))
        })
        .collect()
}

/// The upload id at the end of a row of `UPLOADS`, and what stands before it (with the bucket's
/// prefix cut off): the object key.
pub(super) fn split_upload_row(suffix: &[u8]) -> (&[u8], UploadId) {
    let (key, id) = suffix
        .split_last_chunk::<16>()
        .and_then(|(rest, id)| Some((rest.split_last()?.1, *id)))
        .expect("an upload's key ends with a zero and its id");
    (key, UploadId(id))
}

/// All uploads of a bucket, as (row key, id).
pub(super) fn uploads_of(rows: &dyn Rows, bucket: &BucketName) -> Vec<(Bytes, UploadId)> {
    let prefix = bucket_prefix(bucket);
    scan_prefix(rows, UPLOADS, &prefix, None, usize::MAX)
        .into_iter()
        .map(|(key, _)| {
            let (_, id) = split_upload_row(key.get(prefix.len()..).unwrap_or_default());
            (key, id)
        })
        .collect()
}

pub(super) fn delete_doomed(turn: &mut Turn<'_>, blob: BlobId) {
    if turn.rows().get(DOOMED, &blob.0).is_some() {
        turn.delete(DOOMED, &blob.0);
    }
}

/// A blob that nothing names any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doomed {
    pub blob: BlobId,
    /// Of the command that let it go: once a checkpoint that covers it is durable, the file may be
    /// unlinked.
    pub position: kernel::Position,
    /// When that was. Readers that began before may still be at it.
    pub since: kernel::Timestamp,
}

/// All doomed blobs of a partition. When their files are gone, [`super::Command::ForgetBlobs`]
/// removes the rows.
#[must_use]
pub fn doomed(rows: &dyn Rows) -> Vec<Doomed> {
    scan_prefix(rows, DOOMED, &[], None, usize::MAX)
        .into_iter()
        .map(|(key, value)| {
            let (position, since) = codec::from_bytes(&value);
            Doomed { blob: blob_of(&key), position, since }
        })
        .collect()
}

fn blob_of(key: &[u8]) -> BlobId {
    BlobId(key.try_into().expect("a doomed row's key is a blob id"))
}

/// Visits every blob that a row names, doomed ones too. Files of an earlier start that none of the
/// partitions visits were written for a command that never came, and may be unlinked.
pub fn visit_blobs(rows: &dyn Rows, visit: &mut dyn FnMut(BlobId)) {
    let mut visit_extents = |extents: &[Extent]| {
        for extent in extents {
            if let Place::Blob(blob) = extent.place {
                visit(blob);
            }
        }
    };
    visit_rows(rows, OBJECTS, &mut |_, value| {
        visit_extents(&codec::from_bytes::<Object>(value).extents);
    });
    visit_rows(rows, PARTS, &mut |_, value| {
        visit_extents(&[codec::from_bytes::<Part>(value).extent]);
    });
    visit_rows(rows, DOOMED, &mut |key, _| visit(blob_of(key)));
}

fn visit_rows(rows: &dyn Rows, table: Table, visit: &mut dyn FnMut(&[u8], &[u8])) {
    let mut after: Option<Bytes> = None;
    loop {
        let page = scan_prefix(rows, table, &[], after.as_deref(), SCAN_ROWS);
        for (key, value) in &page {
            visit(key, value);
        }
        match page.last() {
            Some((key, _)) if page.len() == SCAN_ROWS => after = Some(key.clone()),
            Some(_) | None => return,
        }
    }
}
