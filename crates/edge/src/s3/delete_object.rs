//! `DeleteObject`, `DeleteObjects`.

use super::exchange::Caller;
use super::unserved::refuse_unserved;
use super::wire::{etag_match, refuse_version};
use super::{Front, bucket_name, object_key, unexpected_reply};
use s3s::dto::{
    self, Delete, DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput,
    DeletedObject, ETagCondition, ObjectIdentifier,
};
use s3s::{S3Request, S3Response, S3Result};
use tidemill_services::s3::{Command, DeleteObject, DeleteObjects, KeyToDelete, Reply};

pub(super) async fn delete_object(
    front: &Front,
    request: S3Request<DeleteObjectInput>,
) -> S3Result<S3Response<DeleteObjectOutput>> {
    let S3Request { input, extensions, region, .. } = request;
    let DeleteObjectInput {
        bucket,
        // Nothing is locked here that it could bypass.
        bypass_governance_retention: _,
        expected_bucket_owner,
        if_match,
        if_match_last_modified_time,
        if_match_size,
        key,
        mfa,
        request_payer: _,
        version_id,
    } = input;
    refuse_unserved! {
        if_match_last_modified_time => "x-amz-if-match-last-modified-time",
        if_match_size => "x-amz-if-match-size",
        mfa => "x-amz-mfa",
    }
    let caller = Caller::of(&extensions, region.as_ref(), expected_bucket_owner.as_deref())?;
    refuse_version(&caller, version_id.as_deref())?;
    let bucket = bucket_name(&caller, &bucket)?;
    let command = Command::DeleteObject(DeleteObject {
        requester: caller.requester.clone(),
        bucket: bucket.clone(),
        key: object_key(&caller, &key)?,
        if_match: if_match.map(etag_match),
    });
    front.command(&caller, &bucket, command).await?;
    Ok(S3Response::new(DeleteObjectOutput { version_id, ..DeleteObjectOutput::default() }))
}

pub(super) async fn delete_objects(
    front: &Front,
    request: S3Request<DeleteObjectsInput>,
) -> S3Result<S3Response<DeleteObjectsOutput>> {
    let S3Request { input, extensions, region, .. } = request;
    let DeleteObjectsInput {
        bucket,
        bypass_governance_retention: _,
        // The digest itself has been checked against the body before s3s read it.
        checksum_algorithm: _,
        delete: Delete { objects, quiet },
        expected_bucket_owner,
        mfa,
        request_payer: _,
    } = input;
    refuse_unserved! { mfa => "x-amz-mfa" }
    let caller = Caller::of(&extensions, region.as_ref(), expected_bucket_owner.as_deref())?;
    let bucket = bucket_name(&caller, &bucket)?;
    let keys = objects
        .into_iter()
        .map(|object| key_to_delete(&caller, object))
        .collect::<S3Result<Vec<KeyToDelete>>>()?;
    let command = Command::DeleteObjects(DeleteObjects {
        requester: caller.requester.clone(),
        bucket: bucket.clone(),
        keys,
    });
    let reply = front.command(&caller, &bucket, command).await?;
    let Reply::Deleted(results) = reply else { return Err(unexpected_reply()) };
    let mut deleted = Vec::new();
    let mut errors = Vec::new();
    for result in results {
        match result.result {
            Ok(()) => {
                deleted.push(DeletedObject { key: Some(result.key), ..DeletedObject::default() });
            }
            Err(error) => {
                let wire = error.wire();
                errors.push(dto::Error {
                    code: Some(wire.shape.into_owned()),
                    key: Some(result.key),
                    message: Some(wire.message),
                    version_id: None,
                });
            }
        }
    }
    let deleted = (quiet != Some(true)).then_some(deleted);
    Ok(S3Response::new(DeleteObjectsOutput {
        deleted,
        errors: (!errors.is_empty()).then_some(errors),
        request_charged: None,
    }))
}

fn key_to_delete(caller: &Caller, object: ObjectIdentifier) -> S3Result<KeyToDelete> {
    let ObjectIdentifier { e_tag, key, last_modified_time, size, version_id } = object;
    refuse_unserved! {
        last_modified_time => "LastModifiedTime",
        size => "Size",
    }
    refuse_version(caller, version_id.as_deref())?;
    let if_match = e_tag.map(|etag| match etag.value() {
        "*" => etag_match(ETagCondition::Any),
        _ => etag_match(ETagCondition::ETag(etag)),
    });
    Ok(KeyToDelete { key, if_match })
}
