//! Objects and their notices: a bucket whose puts are announced in a queue of another partition.
//!
//! The simulated client speaks the core's own commands here: the wire of S3 is streamed, and has
//! its tests at the edge.

use crate::wire::caller;
use bytes::Bytes;
use tidemill_kernel::{Arn, PartitionId};
use tidemill_services::s3::checksums::{Algorithm, md5};
use tidemill_services::s3::conditions::{ReadConditions, WriteCondition};
use tidemill_services::s3::model::{
    BlobId, BucketName, Metadata, NewBody, ObjectKey, Requester, UploadId,
};
use tidemill_services::s3::notifications::Change;
use tidemill_services::s3::{
    AbortMultipartUpload, Command, CompleteMultipartUpload, CompletedPart, CreateBucket,
    CreateMultipartUpload, DeleteObject, Destinations, GetObject, NewRule,
    PutBucketNotificationConfiguration, PutObject, Query, Selection, TargetKind, UploadPart,
};
use tidemill_services::{Command as Any, Query as AnyQuery, Work};

const BUCKET: &str = "inbox";

fn bucket() -> BucketName {
    BucketName::parse(BUCKET).expect("a legal bucket name")
}

fn requester() -> Requester {
    let account = caller().account;
    Requester {
        account,
        expected_bucket_owner: None,
        principal_id: format!("AWS:{account}"),
        source_ip: "127.0.0.1".to_owned(),
        request_id: String::new(),
        host_id: String::new(),
    }
}

fn work(command: Command) -> Work {
    Work::Command(PartitionId::of_bucket(BUCKET), Any::S3(Box::new(command)))
}

/// Makes the bucket.
#[must_use]
pub fn create() -> Work {
    work(Command::CreateBucket(CreateBucket {
        requester: requester(),
        bucket: bucket(),
        endpoint: caller().region,
        location: None,
    }))
}

/// Announces every created object in `queue`.
#[must_use]
pub fn announce(queue: &str) -> Work {
    let caller = caller();
    let rule = NewRule {
        id: Some("all".to_owned()),
        target_kind: TargetKind::Queue,
        target: Arn::queue(&caller.region, caller.account, queue).to_string(),
        kinds: vec!["s3:ObjectCreated:*".to_owned()],
        filter: Vec::new(),
    };
    work(Command::PutBucketNotificationConfiguration(PutBucketNotificationConfiguration {
        requester: requester(),
        bucket: bucket(),
        rules: vec![rule],
        destinations: Destinations::Validated,
    }))
}

/// Puts a small object under `key`.
#[must_use]
pub fn put(key: &str) -> Work {
    let data = Bytes::from(format!("the contents of {key}"));
    work(Command::PutObject(PutObject {
        requester: requester(),
        bucket: bucket(),
        key: ObjectKey::parse(key).expect("a legal key"),
        md5: md5(&data),
        checksum: Algorithm::Crc64Nvme.checksum(&data),
        body: NewBody::Inline(data),
        metadata: Metadata::default(),
        condition: WriteCondition::None,
        change: Change::Put,
    }))
}

/// Puts an object whose data lies in a blob.
#[must_use]
pub fn put_blob(key: &str, data: &[u8], blob: BlobId) -> Work {
    work(Command::PutObject(PutObject {
        requester: requester(),
        bucket: bucket(),
        key: ObjectKey::parse(key).expect("a legal key"),
        md5: md5(data),
        checksum: Algorithm::Crc64Nvme.checksum(data),
        body: NewBody::Blob(blob, data.len() as u64),
        metadata: Metadata::default(),
        condition: WriteCondition::None,
        change: Change::Put,
    }))
}

/// Begins a multipart upload.
#[must_use]
pub fn create_upload(key: &str) -> Work {
    work(Command::CreateMultipartUpload(CreateMultipartUpload {
        requester: requester(),
        bucket: bucket(),
        key: ObjectKey::parse(key).expect("a legal key"),
        metadata: Metadata::default(),
        algorithm: None,
        checksum_type: None,
    }))
}

/// Uploads the one part that simulated uploads have.
#[must_use]
pub fn upload_part(key: &str, upload: UploadId, data: &[u8], blob: BlobId) -> Work {
    work(Command::UploadPart(UploadPart {
        requester: requester(),
        bucket: bucket(),
        key: ObjectKey::parse(key).expect("a legal key"),
        upload,
        number: 1,
        body: NewBody::Blob(blob, data.len() as u64),
        md5: md5(data),
        checksum: Algorithm::Crc64Nvme.checksum(data),
        extra_checksum: None,
    }))
}

/// Makes an object of the part with that tag.
#[must_use]
pub fn complete_upload(key: &str, upload: UploadId, etag: String) -> Work {
    work(Command::CompleteMultipartUpload(CompleteMultipartUpload {
        requester: requester(),
        bucket: bucket(),
        key: ObjectKey::parse(key).expect("a legal key"),
        upload,
        parts: vec![CompletedPart { number: 1, etag, checksum: None }],
        condition: WriteCondition::None,
        checksum: None,
        checksum_type: None,
        object_size: None,
    }))
}

/// Gives an upload up.
#[must_use]
pub fn abort_upload(key: &str, upload: UploadId) -> Work {
    work(Command::AbortMultipartUpload(AbortMultipartUpload {
        requester: requester(),
        bucket: bucket(),
        key: ObjectKey::parse(key).expect("a legal key"),
        upload,
    }))
}

/// Deletes the object under `key`, if there is one.
#[must_use]
pub fn delete(key: &str) -> Work {
    work(Command::DeleteObject(DeleteObject {
        requester: requester(),
        bucket: bucket(),
        key: ObjectKey::parse(key).expect("a legal key"),
        if_match: None,
    }))
}

/// Asks for the object under `key`.
#[must_use]
pub fn get(key: &str) -> (PartitionId, AnyQuery) {
    let query = Query::GetObject(GetObject {
        requester: requester(),
        bucket: bucket(),
        key: ObjectKey::parse(key).expect("a legal key"),
        conditions: ReadConditions::default(),
        selection: Selection::Whole,
    });
    (PartitionId::of_bucket(BUCKET), AnyQuery::S3(Box::new(query)))
}

/// The key that a notice is about; `None` for anything else that a bucket sends.
#[must_use]
pub fn announced_key(body: &str) -> Option<String> {
    let notice: serde_json::Value = serde_json::from_str(body).ok()?;
    let key = notice.get("Records")?.get(0)?.get("s3")?.get("object")?.get("key")?.as_str()?;
    Some(key.to_owned())
}
