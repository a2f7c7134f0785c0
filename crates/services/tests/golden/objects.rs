//! What the door of S3 makes of requests: it reads them by itself, so there is no line of JSON.

use super::caller;
use bytes::Bytes;
use tidemill_services::Command as Any;
use tidemill_services::s3::checksums::{Algorithm, ChecksumType, md5};
use tidemill_services::s3::conditions::{ETagMatch, WriteCondition};
use tidemill_services::s3::model::{
    BlobId, BucketName, Metadata, NewBody, ObjectKey, Requester, UploadId,
};
use tidemill_services::s3::notifications::Change;
use tidemill_services::s3::{
    AbortMultipartUpload, Command, CompleteMultipartUpload, CompletedPart, CreateBucket,
    CreateMultipartUpload, DeleteBucket, DeleteObject, DeleteObjects, Destinations, KeyToDelete,
    NewRule, PutBucketNotificationConfiguration, PutObject, TargetKind, UploadPart,
};

const DATA: &[u8] = b"the data of an object";
const UPLOAD: UploadId = UploadId([5; 16]);

fn requester() -> Requester {
    let account = caller().account;
    Requester {
        account,
        expected_bucket_owner: Some(account),
        principal_id: "AWS:000000000000".to_owned(),
        source_ip: "127.0.0.1".to_owned(),
        request_id: "R".to_owned(),
        host_id: "H".to_owned(),
    }
}

fn bucket() -> BucketName {
    BucketName::parse("inbox").expect("a legal name")
}

fn key() -> ObjectKey {
    ObjectKey::parse("in/a b.txt").expect("a legal key")
}

fn metadata() -> Metadata {
    let text = |text: &str| Some(text.to_owned());
    Metadata {
        content_type: text("text/plain"),
        cache_control: text("no-store"),
        content_disposition: text("inline"),
        content_encoding: text("gzip"),
        content_language: text("de"),
        expires: text("0"),
        user: vec![("team".to_owned(), "payments".to_owned())],
    }
}

fn put(body: NewBody, algorithm: Algorithm, condition: WriteCondition, change: Change) -> Command {
    Command::PutObject(PutObject {
        requester: requester(),
        bucket: bucket(),
        key: key(),
        body,
        md5: md5(DATA),
        checksum: algorithm.checksum(DATA),
        metadata: metadata(),
        condition,
        change,
    })
}

fn rule(id: Option<&str>, target_kind: TargetKind, target: &str) -> NewRule {
    NewRule {
        id: id.map(str::to_owned),
        target_kind,
        target: target.to_owned(),
        kinds: vec!["s3:ObjectCreated:*".to_owned()],
        filter: vec![("prefix".to_owned(), "in/".to_owned())],
    }
}

fn buckets() -> Vec<(&'static str, Command)> {
    let create = |location: Option<&str>| {
        Command::CreateBucket(CreateBucket {
            requester: Requester { expected_bucket_owner: None, ..requester() },
            bucket: bucket(),
            endpoint: caller().region,
            location: location.map(str::to_owned),
        })
    };
    let announce = |rules, destinations| {
        Command::PutBucketNotificationConfiguration(PutBucketNotificationConfiguration {
            requester: requester(),
            bucket: bucket(),
            rules,
            destinations,
        })
    };
    let rules = vec![
        rule(Some("all"), TargetKind::Queue, "arn:aws:sqs:us-east-1:000000000000:orders"),
        rule(None, TargetKind::Function, "arn:aws:lambda:us-east-1:000000000000:function:f"),
        rule(None, TargetKind::Topic, "arn:aws:sns:us-east-1:000000000000:orders"),
    ];
    vec![
        ("CreateBucket-1", create(None)),
        ("CreateBucket-2", create(Some("eu-central-1"))),
        ("PutBucketNotificationConfiguration-1", announce(rules, Destinations::Validated)),
        ("PutBucketNotificationConfiguration-2", announce(Vec::new(), Destinations::Trusted)),
        (
            "DeleteBucket-1",
            Command::DeleteBucket(DeleteBucket { requester: requester(), bucket: bucket() }),
        ),
    ]
}

fn deletes() -> Vec<(&'static str, Command)> {
    let delete = |if_match| {
        let (requester, bucket, key) = (requester(), bucket(), key());
        Command::DeleteObject(DeleteObject { requester, bucket, key, if_match })
    };
    let one = |key: &str, if_match| KeyToDelete { key: key.to_owned(), if_match };
    let keys = vec![one("a", None), one("b", Some(ETagMatch::One("e".to_owned())))];
    let (requester, bucket) = (requester(), bucket());
    vec![
        ("DeleteObject-1", delete(None)),
        ("DeleteObject-2", delete(Some(ETagMatch::Any))),
        ("DeleteObjects-1", Command::DeleteObjects(DeleteObjects { requester, bucket, keys })),
    ]
}

fn uploads() -> Vec<(&'static str, Command)> {
    let part = |extra: Option<Algorithm>| {
        Command::UploadPart(UploadPart {
            requester: requester(),
            bucket: bucket(),
            key: key(),
            upload: UPLOAD,
            number: 7,
            body: NewBody::Blob(BlobId([7; BlobId::BYTES]), 5 << 20),
            md5: md5(DATA),
            checksum: Algorithm::Crc32.checksum(DATA),
            extra_checksum: extra.map(|algorithm| algorithm.checksum(DATA)),
        })
    };
    let create = |algorithm, checksum_type| {
        Command::CreateMultipartUpload(CreateMultipartUpload {
            requester: requester(),
            bucket: bucket(),
            key: key(),
            metadata: metadata(),
            algorithm,
            checksum_type,
        })
    };
    let checksum = Some(Algorithm::Sha256.checksum(DATA));
    let (sha1, composite) = (Some(Algorithm::Sha1), Some(ChecksumType::Composite));
    vec![
        ("CreateMultipartUpload-1", create(None, None)),
        ("CreateMultipartUpload-2", create(sha1, composite)),
        ("UploadPart-1", part(None)),
        ("UploadPart-2", part(Some(Algorithm::Crc32c))),
        (
            "CompleteMultipartUpload-1",
            Command::CompleteMultipartUpload(CompleteMultipartUpload {
                requester: requester(),
                bucket: bucket(),
                key: key(),
                upload: UPLOAD,
                parts: vec![CompletedPart {
                    number: 7,
                    etag: "e".to_owned(),
                    checksum: checksum.clone(),
                }],
                condition: WriteCondition::IsAbsent,
                checksum,
                checksum_type: Some(ChecksumType::FullObject),
                object_size: Some(5 << 20),
            }),
        ),
        (
            "AbortMultipartUpload-1",
            Command::AbortMultipartUpload(AbortMultipartUpload {
                requester: requester(),
                bucket: bucket(),
                key: key(),
                upload: UPLOAD,
            }),
        ),
    ]
}

/// Names and commands, one for each form that one can have.
pub(crate) fn commands() -> Vec<(String, Any)> {
    let inline = NewBody::Inline(Bytes::from_static(DATA));
    let blob = NewBody::Blob(BlobId([7; BlobId::BYTES]), DATA.len() as u64);
    let matches = WriteCondition::Matches(ETagMatch::One("e".to_owned()));
    let mut all = buckets();
    all.push(("PutObject-1", put(inline, Algorithm::Crc64Nvme, WriteCondition::None, Change::Put)));
    all.push(("PutObject-2", put(blob, Algorithm::Sha256, matches, Change::Copy)));
    all.extend(deletes());
    all.extend(uploads());
    let logged = |(name, command)| (format!("s3-{name}"), Any::S3(Box::new(command)));
    all.into_iter().map(logged).collect()
}
