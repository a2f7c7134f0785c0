//! Multipart uploads: create, upload, complete, abort.

use super::digests::{ChecksumFields, Claims, Wanted, parse_algorithm};
use super::exchange::Caller;
use super::ingest::{self, Received};
use super::put_object::write_condition;
use super::read_object::part_number;
use super::unserved::{CustomerKey, ObjectOptions, refuse_unserved};
use super::wire::{checksum_type, encryption, expires_text, parse_checksum_type, user_metadata};
use super::{Front, bucket_name, object_key, unexpected_reply};
use http::HeaderMap;
use s3s::dto::{
    self, AbortMultipartUploadInput, AbortMultipartUploadOutput, ChecksumAlgorithm,
    CompleteMultipartUploadInput, CompleteMultipartUploadOutput, CreateMultipartUploadInput,
    CreateMultipartUploadOutput, ETag, UploadPartInput, UploadPartOutput,
};
use s3s::{S3Request, S3Response, S3Result, TrailingHeaders};
use tidemill_services::s3::checksums::{Algorithm, UploadChecksums};
use tidemill_services::s3::model::{BucketName, Metadata, ObjectKey, Upload, UploadId};
use tidemill_services::s3::{
    AbortMultipartUpload, Command, CompleteMultipartUpload, CompletedPart, CreateMultipartUpload,
    Error, GetUpload, Query, Reply, UploadPart,
};

/// An upload as requests name it.
pub(super) struct Target {
    pub(super) bucket: BucketName,
    pub(super) key: ObjectKey,
    pub(super) upload: UploadId,
}

impl Target {
    pub(super) fn decode(
        caller: &Caller,
        bucket: &str,
        key: &str,
        upload: &str,
    ) -> S3Result<Target> {
        let bucket = bucket_name(caller, bucket)?;
        let key = object_key(caller, key)?;
        let upload = UploadId::parse(upload)
            .ok_or_else(|| caller.refuse(&Error::NoSuchUpload(upload.to_owned())))?;
        Ok(Target { bucket, key, upload })
    }
}

impl Front {
    pub(super) async fn find_upload(&self, caller: &Caller, target: &Target) -> S3Result<Upload> {
        let query = Query::GetUpload(GetUpload {
            requester: caller.requester.clone(),
            bucket: target.bucket.clone(),
            key: target.key.clone(),
            upload: target.upload,
        });
        let reply = self.ask(caller, &target.bucket, query).await?;
        if let Reply::Upload(upload) = reply { Ok(upload) } else { Err(unexpected_reply()) }
    }
}

pub(super) async fn create_multipart_upload(
    front: &Front,
    request: S3Request<CreateMultipartUploadInput>,
) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
    let S3Request { input, headers, extensions, region, .. } = request;
    let caller = Caller::of(&extensions, region.as_ref(), input.expected_bucket_owner.as_deref())?;
    let command = decode_create(&caller, input, &headers)?;
    let (bucket, key) = (command.bucket.clone(), command.key.clone());
    let (algorithm, kind) = (command.algorithm, command.checksum_type);
    let reply = front.command(&caller, &bucket, Command::CreateMultipartUpload(command)).await?;
    let Reply::UploadCreated(id) = reply else { return Err(unexpected_reply()) };
    let chosen = UploadChecksums::choose(algorithm, kind);
    let shown = chosen.ok().filter(|chosen| chosen.declared);
    Ok(S3Response::new(CreateMultipartUploadOutput {
        bucket: Some(bucket.to_string()),
        checksum_algorithm: shown
            .map(|chosen| ChecksumAlgorithm::from_static(chosen.algorithm.as_str())),
        checksum_type: shown.map(|chosen| checksum_type(chosen.kind)),
        key: Some(key.to_string()),
        server_side_encryption: Some(encryption()),
        upload_id: Some(id.to_string()),
        ..CreateMultipartUploadOutput::default()
    }))
}

#[expect(clippy::too_many_lines, reason = "one line per parameter, so that none is dropped unseen")]
fn decode_create(
    caller: &Caller,
    input: CreateMultipartUploadInput,
    headers: &HeaderMap,
) -> S3Result<CreateMultipartUpload> {
    let CreateMultipartUploadInput {
        acl,
        bucket,
        bucket_key_enabled,
        cache_control,
        checksum_algorithm,
        checksum_type,
        content_disposition,
        content_encoding,
        content_language,
        content_type,
        // The caller was made with it.
        expected_bucket_owner: _,
        expires: _,
        grant_full_control,
        grant_read,
        grant_read_acp,
        grant_write_acp,
        key,
        metadata,
        object_lock_legal_hold_status,
        object_lock_mode,
        object_lock_retain_until_date,
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
    } = input;
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
    Ok(CreateMultipartUpload {
        requester: caller.requester.clone(),
        bucket: bucket_name(caller, &bucket)?,
        key: object_key(caller, &key)?,
        metadata: Metadata {
            content_type,
            cache_control,
            content_disposition,
            content_encoding,
            content_language,
            expires: expires_text(headers),
            user: user_metadata(metadata),
        },
        algorithm: checksum_algorithm.as_ref().map(parse_algorithm).transpose()?,
        checksum_type: checksum_type.as_ref().map(parse_checksum_type).transpose()?,
    })
}

pub(super) async fn upload_part(
    front: &Front,
    request: S3Request<UploadPartInput>,
) -> S3Result<S3Response<UploadPartOutput>> {
    let S3Request { input, headers, extensions, region, trailing_headers, .. } = request;
    let UploadPartInput {
        body,
        bucket,
        checksum_algorithm,
        checksum_crc32,
        checksum_crc32c,
        checksum_crc64nvme,
        checksum_sha1,
        checksum_sha256,
        content_length,
        content_md5,
        expected_bucket_owner,
        key,
        part_number: given_number,
        request_payer: _,
        sse_customer_algorithm: algorithm,
        sse_customer_key,
        sse_customer_key_md5: key_md5,
        upload_id,
    } = input;
    CustomerKey { algorithm, key: sse_customer_key, key_md5 }.check()?;
    let caller = Caller::of(&extensions, region.as_ref(), expected_bucket_owner.as_deref())?;
    let fields = ChecksumFields {
        crc32: checksum_crc32,
        crc32c: checksum_crc32c,
        crc64nvme: checksum_crc64nvme,
        sha1: checksum_sha1,
        sha256: checksum_sha256,
    };
    let sent = SentPart {
        target: Target::decode(&caller, &bucket, &key, &upload_id)?,
        number: part_number(&caller, given_number)?,
        claims: Claims::read(
            &headers,
            fields,
            checksum_algorithm.as_ref(),
            content_md5.as_deref(),
        )?,
        length: content_length.and_then(|length| u64::try_from(length).ok()),
    };
    receive_part(front, &caller, sent, body, trailing_headers.as_ref()).await
}

/// A decoded `UploadPart`, all but its data.
struct SentPart {
    target: Target,
    number: u16,
    claims: Claims,
    length: Option<u64>,
}

async fn receive_part(
    front: &Front,
    caller: &Caller,
    sent: SentPart,
    body: Option<dto::StreamingBlob>,
    trailers: Option<&TrailingHeaders>,
) -> S3Result<S3Response<UploadPartOutput>> {
    let SentPart { target, number, claims, length } = sent;
    let upload = front.find_upload(caller, &target).await?;
    let algorithm = upload.checksums.algorithm;
    let extra = claims.algorithm().filter(|claimed| *claimed != algorithm);
    if let (Some(claimed), true) = (extra, upload.checksums.declared) {
        let (expected, actual) = (name(algorithm), name(claimed));
        return Err(caller.refuse(&Error::ChecksumMismatch { expected, actual }));
    }
    let wanted = Wanted { main: algorithm, extra };
    let received = ingest::receive(&front.blobs, body, wanted, length).await?;
    claims.verify(caller, &received.digests, trailers)?;
    let Received { body, digests, unclaimed } = received;
    let Target { bucket, key, upload: id } = target;
    let command = Command::UploadPart(UploadPart {
        requester: caller.requester.clone(),
        bucket: bucket.clone(),
        key,
        upload: id,
        number,
        body,
        md5: digests.md5,
        checksum: digests.checksum,
        extra_checksum: digests.extra,
    });
    let reply = front.command_with_body(caller, &bucket, command, unclaimed).await?;
    let Reply::Stored { etag, checksum, .. } = reply else { return Err(unexpected_reply()) };
    let fields = ChecksumFields::of_checksum(&checksum.checksum);
    Ok(S3Response::new(UploadPartOutput {
        checksum_crc32: fields.crc32,
        checksum_crc32c: fields.crc32c,
        checksum_crc64nvme: fields.crc64nvme,
        checksum_sha1: fields.sha1,
        checksum_sha256: fields.sha256,
        e_tag: Some(ETag::Strong(etag.to_string())),
        server_side_encryption: Some(encryption()),
        ..UploadPartOutput::default()
    }))
}

/// As S3 writes algorithms in its refusals.
fn name(algorithm: Algorithm) -> String {
    algorithm.as_str().to_ascii_lowercase()
}

pub(super) async fn complete_multipart_upload(
    front: &Front,
    request: S3Request<CompleteMultipartUploadInput>,
) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
    let S3Request { input, extensions, region, .. } = request;
    let caller = Caller::of(&extensions, region.as_ref(), input.expected_bucket_owner.as_deref())?;
    let command = decode_complete(&caller, input)?;
    let (bucket, key) = (command.bucket.clone(), command.key.clone());
    let reply = front.command(&caller, &bucket, Command::CompleteMultipartUpload(command)).await?;
    let Reply::Stored { etag, checksum, .. } = reply else { return Err(unexpected_reply()) };
    let fields = ChecksumFields::of_object(&checksum, etag);
    Ok(S3Response::new(CompleteMultipartUploadOutput {
        bucket: Some(bucket.to_string()),
        checksum_crc32: fields.crc32,
        checksum_crc32c: fields.crc32c,
        checksum_crc64nvme: fields.crc64nvme,
        checksum_sha1: fields.sha1,
        checksum_sha256: fields.sha256,
        checksum_type: Some(checksum_type(checksum.kind)),
        e_tag: Some(ETag::Strong(etag.to_string())),
        key: Some(key.to_string()),
        location: Some(format!("/{bucket}/{key}")),
        server_side_encryption: Some(encryption()),
        ..CompleteMultipartUploadOutput::default()
    }))
}

fn decode_complete(
    caller: &Caller,
    input: CompleteMultipartUploadInput,
) -> S3Result<CompleteMultipartUpload> {
    let CompleteMultipartUploadInput {
        bucket,
        checksum_crc32,
        checksum_crc32c,
        checksum_crc64nvme,
        checksum_sha1,
        checksum_sha256,
        checksum_type,
        // The caller was made with it.
        expected_bucket_owner: _,
        if_match,
        if_none_match,
        key,
        mpu_object_size,
        multipart_upload,
        request_payer: _,
        sse_customer_algorithm: algorithm,
        sse_customer_key,
        sse_customer_key_md5: key_md5,
        upload_id,
    } = input;
    CustomerKey { algorithm, key: sse_customer_key, key_md5 }.check()?;
    let fields = ChecksumFields {
        crc32: checksum_crc32,
        crc32c: checksum_crc32c,
        crc64nvme: checksum_crc64nvme,
        sha1: checksum_sha1,
        sha256: checksum_sha256,
    };
    let Target { bucket, key, upload } = Target::decode(caller, &bucket, &key, &upload_id)?;
    let listed = multipart_upload.and_then(|listed| listed.parts).unwrap_or_default();
    Ok(CompleteMultipartUpload {
        requester: caller.requester.clone(),
        bucket,
        key,
        upload,
        parts: listed
            .into_iter()
            .map(|part| completed_part(caller, part))
            .collect::<S3Result<Vec<CompletedPart>>>()?,
        condition: write_condition(if_match, if_none_match)?,
        checksum: fields.parse()?,
        checksum_type: checksum_type.as_ref().map(parse_checksum_type).transpose()?,
        object_size: mpu_object_size.and_then(|size| u64::try_from(size).ok()),
    })
}

fn completed_part(caller: &Caller, part: dto::CompletedPart) -> S3Result<CompletedPart> {
    let dto::CompletedPart {
        checksum_crc32,
        checksum_crc32c,
        checksum_crc64nvme,
        checksum_sha1,
        checksum_sha256,
        e_tag,
        part_number: given_number,
    } = part;
    let fields = ChecksumFields {
        crc32: checksum_crc32,
        crc32c: checksum_crc32c,
        crc64nvme: checksum_crc64nvme,
        sha1: checksum_sha1,
        sha256: checksum_sha256,
    };
    let (Some(number), Some(etag)) = (given_number, e_tag) else {
        return Err(caller.refuse(&Error::MalformedXml));
    };
    Ok(CompletedPart {
        number: part_number(caller, number)?,
        etag: etag.into_value(),
        checksum: fields.parse()?,
    })
}

pub(super) async fn abort_multipart_upload(
    front: &Front,
    request: S3Request<AbortMultipartUploadInput>,
) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
    let S3Request { input, extensions, region, .. } = request;
    let AbortMultipartUploadInput {
        bucket,
        expected_bucket_owner,
        if_match_initiated_time,
        key,
        request_payer: _,
        upload_id,
    } = input;
    refuse_unserved! { if_match_initiated_time => "x-amz-if-match-initiated-time" }
    let caller = Caller::of(&extensions, region.as_ref(), expected_bucket_owner.as_deref())?;
    let Target { bucket, key, upload } = Target::decode(&caller, &bucket, &key, &upload_id)?;
    let command = Command::AbortMultipartUpload(AbortMultipartUpload {
        requester: caller.requester.clone(),
        bucket: bucket.clone(),
        key,
        upload,
    });
    front.command(&caller, &bucket, command).await?;
    Ok(S3Response::new(AbortMultipartUploadOutput::default()))
}
