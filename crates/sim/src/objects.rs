//! Objects and their notices: a bucket whose puts are announced in a queue of another partition.
//!
//! The simulated client speaks the core's own commands here: the wire of S3 is streamed, and has
//! its tests at the edge.

use crate::wire::caller;
use bytes::Bytes;
use tidemill_kernel::{Arn, PartitionId};
use tidemill_services::s3::checksums::{Algorithm, md5};
use tidemill_services::s3::conditions::{ReadConditions, WriteCondition};
use tidemill_services::s3::model::{BucketName, Metadata, NewBody, ObjectKey, Requester};
use tidemill_services::s3::notifications::Change;
use tidemill_services::s3::{
    Command, CreateBucket, Destinations, GetObject, NewRule, PutBucketNotificationConfiguration,
    PutObject, Query, Selection, TargetKind,
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
