//! Reads a package out of a bucket.

use crate::{Node, Unavailable};
use bytes::{Bytes, BytesMut};
use std::io;
use tidemill_kernel::{AccountId, PartitionId};
use tidemill_services::lambda::{self, PACKAGE_BYTES_MAX};
use tidemill_services::s3::conditions::ReadConditions;
use tidemill_services::s3::model::{BlobId as ObjectBlob, BucketName, ObjectKey, Requester};
use tidemill_services::s3::{self, GetObject, ObjectView, Selection, Slice};
use tidemill_services::{Error, Query, Reply, Work};
use tidemill_store::{BlobId, Blobs};

/// The whole object, when it is no larger than a package may be.
pub(super) async fn read(
    node: &Node,
    account: AccountId,
    bucket: &str,
    key: &str,
) -> Result<Result<Bytes, lambda::Error>, Unavailable> {
    let named = BucketName::parse(bucket).and_then(|name| Ok((name, ObjectKey::parse(key)?)));
    let (bucket, key) = match named {
        Ok(named) => named,
        Err(error) => return Ok(Err(refused(&error))),
    };
    let partition = PartitionId::of_bucket(bucket.as_str());
    let query = GetObject {
        requester: Requester {
            account,
            expected_bucket_owner: None,
            principal_id: format!("AWS:{account}"),
            source_ip: String::new(),
            request_id: String::new(),
            host_id: String::new(),
        },
        bucket,
        key,
        conditions: ReadConditions::default(),
        selection: Selection::Whole,
    };
    let work = Work::Query(partition, Query::S3(Box::new(s3::Query::GetObject(query))));
    let view = match node.submit(work).await? {
        Ok(Reply::S3(s3::Reply::Object(view))) => *view,
        Err(Error::S3(error)) => return Ok(Err(refused(&error))),
        other => unreachable!("an object's query is answered with it, not {other:?}"),
    };
    if view.object.size > PACKAGE_BYTES_MAX as u64 {
        let operation = "GetObject";
        return Ok(Err(lambda::Error::RequestTooLarge { limit: PACKAGE_BYTES_MAX, operation }));
    }
    let blobs = node.blobs().as_ref().clone();
    let read = tokio::task::spawn_blocking(move || collect(&blobs, view)).await;
    Ok(read
        .map_err(io::Error::other)
        .flatten()
        .map_err(|error| lambda::Error::Service(format!("The package could not be read: {error}"))))
}

fn refused(error: &s3::Error) -> lambda::Error {
    let wire = error.wire();
    lambda::Error::InvalidParameterValue(format!(
        "Error occurred while GetObject. S3 Error Code: {}. S3 Error Message: {}",
        wire.shape, wire.message
    ))
}

fn collect(blobs: &Blobs, view: ObjectView) -> io::Result<Bytes> {
    let mut bytes = BytesMut::new();
    for slice in view.slices {
        match slice {
            Slice::Inline(inline) => bytes.extend_from_slice(&inline),
            Slice::Blob { blob, offset, length } => {
                let length = usize::try_from(length).map_err(io::Error::other)?;
                let mut buffer = vec![0; length];
                blobs
                    .open_blob(stored(blob))
                    .and_then(|it| it.read_exact_at(&mut buffer, offset))?;
                bytes.extend_from_slice(&buffer);
            }
        }
    }
    Ok(bytes.freeze())
}

/// The store's name for an object's blob: both halves of it, side by side.
fn stored(ObjectBlob(bytes): ObjectBlob) -> BlobId {
    let (content, unique) = bytes.split_at(32);
    BlobId {
        content: content.try_into().expect("the first half is 32 bytes"),
        unique: unique.try_into().expect("the second half is 16 bytes"),
    }
}
