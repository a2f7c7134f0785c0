//! Amazon S3: buckets and objects.
//!
//! ```text
//! edge: body ─▶ blob, synced ─▶ PutObject { blob, … } ─▶ apply: row + notice ─▶ durable ─▶ 200
//! ```
//!
//! A bucket and all that is in it lives in one partition, chosen by the bucket's name. Data up to
//! 32 KiB travels in the command and lies in a row; larger data is a blob that the edge has written
//! and synced before the command names it. The wire is the edge's (s3s); here is what it means.
//!
//! # Invariants
//!
//! - One key has one current version; a change of it and the notice about it are one apply.
//! - Blobs: see [`state`]. A refused command names no blob; the edge unlinks what it wrote for it.
//! - A bucket is seen by its owner's account alone; all others are denied.
//!
//! # Limits
//!
//! Keys of 1,024 bytes, user metadata of 2 KiB, 5 GiB per PUT and per part, 10,000 parts of at
//! least 5 MiB (the last may be smaller), 1,000 keys per listing and per multi-delete, 100
//! notification rules per bucket.

mod abort_multipart_upload;
mod complete_multipart_upload;
mod create_bucket;
mod create_multipart_upload;
mod delete_bucket;
mod delete_object;
mod delete_objects;
mod get_bucket;
mod get_object;
mod get_upload;
mod list_buckets;
mod list_multipart_uploads;
mod list_objects;
mod list_parts;
mod listing;
mod put_bucket_notification_configuration;
mod put_object;
mod upload_part;

pub mod checksums;
pub mod conditions;
pub mod error;
pub mod model;
pub mod notifications;
pub mod state;

#[cfg(test)]
mod transcript;

pub use abort_multipart_upload::AbortMultipartUpload;
pub use complete_multipart_upload::{CompleteMultipartUpload, CompletedPart};
pub use create_bucket::CreateBucket;
pub use create_multipart_upload::CreateMultipartUpload;
pub use delete_bucket::DeleteBucket;
pub use delete_object::DeleteObject;
pub use delete_objects::{DeleteObjects, DeletedKey, KeyToDelete};
pub use error::Error;
pub use get_bucket::{BucketView, GetBucket};
pub use get_object::{GetObject, ObjectView, Range, RangeSpec, Selection, Slice};
pub use get_upload::GetUpload;
pub use list_buckets::{BucketEntry, Buckets, ListBuckets};
pub use list_multipart_uploads::{ListMultipartUploads, UploadEntry, Uploads};
pub use list_objects::{ListObjects, ObjectEntry, Objects};
pub use list_parts::{ListParts, PartEntry, Parts};
pub use put_bucket_notification_configuration::{
    Destinations, NewRule, PutBucketNotificationConfiguration, TargetKind,
};
pub use put_object::PutObject;
pub use state::{Doomed, State, doomed, visit_blobs};
pub use upload_part::UploadPart;

use kernel::{AccountId, Arn, Delivery, Look, Outcome, Rows, Timestamp, Turn};
use md5::Digest as _;
use minicbor::{Decode, Encode};
use model::{BlobId, ETag, Upload, UploadId};
use tidemill_kernel as kernel;

/// Everything that can change buckets. Tags are written to the log: append, never renumber.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub enum Command {
    #[n(0)]
    CreateBucket(#[n(0)] CreateBucket),
    #[n(1)]
    DeleteBucket(#[n(0)] DeleteBucket),
    #[n(2)]
    PutBucketNotificationConfiguration(#[n(0)] PutBucketNotificationConfiguration),
    #[n(3)]
    PutObject(#[n(0)] PutObject),
    #[n(4)]
    DeleteObject(#[n(0)] DeleteObject),
    #[n(5)]
    DeleteObjects(#[n(0)] DeleteObjects),
    #[n(6)]
    CreateMultipartUpload(#[n(0)] CreateMultipartUpload),
    #[n(7)]
    UploadPart(#[n(0)] UploadPart),
    #[n(8)]
    CompleteMultipartUpload(#[n(0)] CompleteMultipartUpload),
    #[n(9)]
    AbortMultipartUpload(#[n(0)] AbortMultipartUpload),
    /// These doomed blobs are unlinked. Not an API operation: the node sends it after a sweep.
    #[n(10)]
    ForgetBlobs(#[n(0)] Vec<BlobId>),
}

impl Command {
    /// Foreign resources the node must look up before this command is logged.
    #[must_use]
    pub fn foreign(&self) -> Vec<Arn> {
        match self {
            Command::PutBucketNotificationConfiguration(command) => command.foreign(),
            Command::CreateBucket(_)
            | Command::DeleteBucket(_)
            | Command::PutObject(_)
            | Command::DeleteObject(_)
            | Command::DeleteObjects(_)
            | Command::CreateMultipartUpload(_)
            | Command::UploadPart(_)
            | Command::CompleteMultipartUpload(_)
            | Command::AbortMultipartUpload(_)
            | Command::ForgetBlobs(_) => Vec::new(),
        }
    }
}

/// Everything that can be asked without changing anything.
#[derive(Clone, Debug, PartialEq)]
pub enum Query {
    /// Asked of every partition; [`merge`] makes one reply of the answers.
    ListBuckets(ListBuckets),
    GetBucket(GetBucket),
    GetObject(GetObject),
    ListObjects(ListObjects),
    GetUpload(GetUpload),
    ListParts(ListParts),
    ListMultipartUploads(ListMultipartUploads),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// Done, and there is nothing to say about it.
    Done,
    Buckets(Buckets),
    Bucket(BucketView),
    /// Of an object or a part that was put.
    Stored {
        etag: ETag,
        size: u64,
        checksum: checksums::ObjectChecksum,
        last_modified: Timestamp,
    },
    Object(Box<ObjectView>),
    Deleted(Vec<DeletedKey>),
    Objects(Objects),
    UploadCreated(UploadId),
    Upload(Upload),
    Parts(Parts),
    Uploads(Uploads),
}

impl State {
    /// Nothing of ours lives outside the rows.
    pub fn freeze(&mut self, _rows: &mut dyn Rows) {}

    /// Nothing of ours waits for time alone.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        None
    }

    pub fn tick(&mut self, _turn: &mut Turn<'_>) {}

    pub fn apply(
        &mut self,
        turn: &mut Turn<'_>,
        command: Command,
    ) -> Result<Outcome<Reply>, Error> {
        let reply = match command {
            Command::CreateBucket(command) => create_bucket::apply(self, turn, command),
            Command::DeleteBucket(command) => delete_bucket::apply(self, turn, command),
            Command::PutBucketNotificationConfiguration(command) => {
                put_bucket_notification_configuration::apply(self, turn, command)
            }
            Command::PutObject(command) => put_object::apply(self, turn, command),
            Command::DeleteObject(command) => delete_object::apply(self, turn, command),
            Command::DeleteObjects(command) => delete_objects::apply(self, turn, command),
            Command::CreateMultipartUpload(command) => {
                create_multipart_upload::apply(self, turn, command)
            }
            Command::UploadPart(command) => upload_part::apply(self, turn, command),
            Command::CompleteMultipartUpload(command) => {
                complete_multipart_upload::apply(self, turn, command)
            }
            Command::AbortMultipartUpload(command) => {
                abort_multipart_upload::apply(self, turn, command)
            }
            Command::ForgetBlobs(blobs) => {
                for blob in blobs {
                    state::delete_doomed(turn, blob);
                }
                Ok(Reply::Done)
            }
        };
        reply.map(Outcome::Done)
    }

    pub fn read(&self, look: &Look<'_>, query: Query) -> Result<Reply, Error> {
        match query {
            Query::ListBuckets(query) => Ok(list_buckets::read(self, &query)),
            Query::GetBucket(query) => get_bucket::read(self, &query),
            Query::GetObject(query) => get_object::read(self, look, query),
            Query::ListObjects(query) => list_objects::read(self, look, &query),
            Query::GetUpload(query) => get_upload::read(self, look, &query),
            Query::ListParts(query) => list_parts::read(self, look, &query),
            Query::ListMultipartUploads(query) => list_multipart_uploads::read(self, look, &query),
        }
    }

    /// `Some` when the bucket exists; the text is the account that owns it.
    #[must_use]
    pub fn describe(&self, _look: &Look<'_>, about: &Arn) -> Option<String> {
        let name = model::BucketName::parse(about.resource_name()).ok()?;
        self.find_bucket(&name).map(|bucket| bucket.owner.to_string())
    }

    /// A bucket takes no deliveries.
    pub fn deliver(&mut self, _turn: &mut Turn<'_>, delivery: &Delivery) -> Result<(), String> {
        Err(format!("{} is a bucket and takes no deliveries", delivery.to))
    }

    /// A notice whose target is gone is dropped, as S3 drops it.
    pub fn returned(&mut self, turn: &mut Turn<'_>, _delivery: Delivery) {
        turn.mark_changed();
    }
}

/// Makes one reply of every partition's answer. Only bucket lists span partitions.
#[must_use]
pub fn merge(query: &Query, replies: Vec<Reply>) -> Reply {
    match query {
        Query::ListBuckets(query) => list_buckets::merge(query, replies),
        Query::GetBucket(_)
        | Query::GetObject(_)
        | Query::ListObjects(_)
        | Query::GetUpload(_)
        | Query::ListParts(_)
        | Query::ListMultipartUploads(_) => replies.into_iter().next().unwrap_or(Reply::Done),
    }
}

/// The canonical user id of an account: 64 hexadecimal digits, the same in every reply.
#[must_use]
pub fn canonical_user_id(account: AccountId) -> String {
    let digest = sha2::Sha256::digest(format!("canonical user {account}").as_bytes());
    kernel::hex::encode(&digest)
}
