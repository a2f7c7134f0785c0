//! `PutObject`.

use super::digests::{ChecksumFields, Claims};
use super::exchange::Caller;
use super::ingest::{self, Received};
use super::unserved::{CustomerKey, ObjectOptions, not_implemented, refuse_unserved};
use super::wire::{checksum_type, encryption, etag_match, expires_text, user_metadata};
use super::{Front, bucket_name, object_key, unexpected_reply};
use http::HeaderMap;
use s3s::dto::{ETag, ETagCondition, PutObjectInput, PutObjectOutput, StreamingBlob};
use s3s::{S3Request, S3Response, S3Result};
use tidemill_services::s3::checksums::Algorithm;
use tidemill_services::s3::conditions::{ETagMatch, WriteCondition};
use tidemill_services::s3::model::{BucketName, INLINE_BYTES_MAX, Metadata};
use tidemill_services::s3::notifications::Change;
use tidemill_services::s3::{Command, GetBucket, PutObject, Query, Reply};

/// A decoded `PutObject`, all but its data.
struct Put {
    bucket: String,
    key: String,
    expected_bucket_owner: Option<String>,
    claims: Claims,
    length: Option<u64>,
    metadata: Metadata,
    condition: WriteCondition,
}

pub(super) async fn put_object(
    front: &Front,
    request: S3Request<PutObjectInput>,
) -> S3Result<S3Response<PutObjectOutput>> {
    let S3Request { input, headers, extensions, region, trailing_headers, .. } = request;
    let (put, body) = decode_put(input, &headers)?;
    let caller = Caller::of(&extensions, region.as_ref(), put.expected_bucket_owner.as_deref())?;
    let bucket = bucket_name(&caller, &put.bucket)?;
    let key = object_key(&caller, &put.key)?;
    let algorithm = put.claims.algorithm().unwrap_or(Algorithm::Crc64Nvme);
    front.refuse_early(&caller, &bucket, put.length).await?;
    let received = ingest::receive(&front.blobs, body, algorithm.into(), put.length).await?;
    put.claims.verify(&caller, &received.digests, trailing_headers.as_ref())?;
    let Received { body, digests, unclaimed } = received;
    let command = Command::PutObject(PutObject {
        requester: caller.requester.clone(),
        bucket: bucket.clone(),
        key,
        body,
        md5: digests.md5,
        checksum: digests.checksum,
        metadata: put.metadata,
        condition: put.condition,
        change: Change::Put,
    });
    let reply = front.command_with_body(&caller, &bucket, command, unclaimed).await?;
    let Reply::Stored { etag, checksum, .. } = reply else { return Err(unexpected_reply()) };
    let fields = ChecksumFields::of_object(&checksum, etag);
    Ok(S3Response::new(PutObjectOutput {
        checksum_crc32: fields.crc32,
        checksum_crc32c: fields.crc32c,
        checksum_crc64nvme: fields.crc64nvme,
        checksum_sha1: fields.sha1,
        checksum_sha256: fields.sha256,
        checksum_type: Some(checksum_type(checksum.kind)),
        e_tag: Some(ETag::Strong(etag.to_string())),
        server_side_encryption: Some(encryption()),
        ..PutObjectOutput::default()
    }))
}

#[expect(clippy::too_many_lines, reason = "one line per parameter, so that none is dropped unseen")]
fn decode_put(
    input: PutObjectInput,
    headers: &HeaderMap,
) -> S3Result<(Put, Option<StreamingBlob>)> {
    let PutObjectInput {
        acl,
        body,
        bucket,
        bucket_key_enabled,
        cache_control,
        checksum_algorithm,
        checksum_crc32,
        checksum_crc32c,
        checksum_crc64nvme,
        checksum_sha1,
        checksum_sha256,
        content_disposition,
        content_encoding,
        content_language,
        content_length,
        content_md5,
        content_type,
        expected_bucket_owner,
        // As it was sent; s3s has checked that it is a date.
        expires: _,
        grant_full_control,
        grant_read,
        grant_read_acp,
        grant_write_acp,
        if_match,
        if_none_match,
        key,
        metadata,
        object_lock_legal_hold_status,
        object_lock_mode,
        object_lock_retain_until_date,
        // The owner pays in any case.
        request_payer: _,
        sse_customer_algorithm,
        sse_customer_key,
        sse_customer_key_md5,
        ssekms_encryption_context,
        ssekms_key_id,
        server_side_encryption,
        storage_class,
        tagging,
        website_redirect_location,
        write_offset_bytes,
    } = input;
    refuse_unserved! { write_offset_bytes => "x-amz-write-offset-bytes" }
    ObjectOptions {
        acl,
        bucket_key_enabled,
        grant_full_control,
        grant_read,
        grant_read_acp,
        grant_write_acp,
        object_lock_legal_hold_status,
        object_lock_mode,
        object_lock_retain_until_date,
        customer_key: CustomerKey {
            algorithm: sse_customer_algorithm,
            key: sse_customer_key,
            key_md5: sse_customer_key_md5,
        },
        ssekms_encryption_context,
        ssekms_key_id,
        server_side_encryption,
        storage_class,
        tagging,
        website_redirect_location,
    }
    .check()?;
    let fields = ChecksumFields {
        crc32: checksum_crc32,
        crc32c: checksum_crc32c,
        crc64nvme: checksum_crc64nvme,
        sha1: checksum_sha1,
        sha256: checksum_sha256,
    };
    let put = Put {
        bucket,
        key,
        expected_bucket_owner,
        claims: Claims::read(headers, fields, checksum_algorithm.as_ref(), content_md5.as_deref())?,
        length: content_length.and_then(|length| u64::try_from(length).ok()),
        metadata: Metadata {
            content_type,
            cache_control,
            content_disposition,
            content_encoding: content_encoding.and_then(strip_aws_chunked),
            content_language,
            expires: expires_text(headers),
            user: user_metadata(metadata),
        },
        condition: write_condition(if_match, if_none_match)?,
    };
    Ok((put, body))
}

impl Front {
    /// A large upload to a bucket that is not there is refused before it is read.
    async fn refuse_early(
        &self,
        caller: &Caller,
        bucket: &BucketName,
        length: Option<u64>,
    ) -> S3Result<()> {
        if length.is_some_and(|length| length <= INLINE_BYTES_MAX) {
            return Ok(());
        }
        let requester = caller.requester.clone();
        let query = Query::GetBucket(GetBucket { requester, bucket: bucket.clone() });
        self.ask(caller, bucket, query).await.map(|_bucket| ())
    }
}

/// `aws-chunked` says how the request was sent, not what the object is.
fn strip_aws_chunked(encoding: String) -> Option<String> {
    let kept: Vec<&str> =
        encoding.split(',').map(str::trim).filter(|coding| *coding != "aws-chunked").collect();
    let kept = kept.join(",");
    (!kept.is_empty()).then_some(kept)
}

/// `If-Match` and `If-None-Match` of a write: S3 takes one, and the latter only as `*`.
pub(super) fn write_condition(
    if_match: Option<ETagCondition>,
    if_none_match: Option<ETagCondition>,
) -> S3Result<WriteCondition> {
    match (if_match.map(etag_match), if_none_match.map(etag_match)) {
        (None, None) => Ok(WriteCondition::None),
        (Some(wanted), None) => Ok(WriteCondition::Matches(wanted)),
        (None, Some(ETagMatch::Any)) => Ok(WriteCondition::IsAbsent),
        (None, Some(ETagMatch::One(_))) => Err(not_implemented("If-None-Match")),
        (Some(_), Some(_)) => Err(not_implemented("If-Match with If-None-Match")),
    }
}
