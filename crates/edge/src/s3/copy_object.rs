//! `CopyObject`, `UploadPartCopy`: data is copied here, then named like data that was sent.

use super::digests::{ChecksumFields, parse_algorithm};
use super::exchange::Caller;
use super::ingest::{self, Received};
use super::multipart;
use super::read_object::{part_number, range_spec, read_conditions};
use super::unserved::{CustomerKey, ObjectOptions, not_implemented};
use super::wire::{
    checksum_type, encryption, expires_text, refuse_version, timestamp, user_metadata,
};
use super::{Front, bucket_name, object_key, unexpected_reply};
use http::HeaderMap;
use s3s::dto::{
    self, CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopyPartResult, CopySource, ETag,
    MetadataDirective, TaggingDirective, UploadPartCopyInput, UploadPartCopyOutput,
};
use s3s::{S3Request, S3Response, S3Result, s3_error};
use tidemill_services::s3::checksums::Algorithm;
use tidemill_services::s3::conditions::{ReadConditions, WriteCondition};
use tidemill_services::s3::model::{Metadata, Object, SINGLE_UPLOAD_BYTES_MAX};
use tidemill_services::s3::notifications::Change;
use tidemill_services::s3::{
    Command, Error, GetObject, PutObject, RangeSpec, Reply, Selection, UploadPart,
};

/// Where to copy from, decoded.
struct Source {
    bucket: String,
    key: String,
    expected_owner: Option<String>,
    conditions: ReadConditions,
    selection: Selection,
}

/// The source as it was found, and its data as it was copied.
struct Copied {
    object: Object,
    received: Received,
}

impl Front {
    /// Copies the selected data of a source. A failed precondition is a 412 here, never a 304.
    async fn copy(
        &self,
        caller: &Caller,
        source: &Source,
        choose: impl Fn(&Object) -> Algorithm,
    ) -> S3Result<Copied> {
        let owner = source.expected_owner.as_deref();
        let caller = caller.expecting(owner)?;
        let query = GetObject {
            requester: caller.requester.clone(),
            bucket: bucket_name(&caller, &source.bucket)?,
            key: object_key(&caller, &source.key)?,
            conditions: source.conditions.clone(),
            selection: source.selection,
        };
        let (view, body) = self.open_object(&caller, &query).await.map_err(|error| {
            if error.status_code() == Some(http::StatusCode::NOT_MODIFIED) {
                let condition = "x-amz-copy-source-If-None-Match";
                caller.refuse(&Error::PreconditionFailed { condition })
            } else {
                error
            }
        })?;
        let size = view.range.map_or(view.object.size, |range| range.last - range.first + 1);
        if size > SINGLE_UPLOAD_BYTES_MAX {
            return Err(s3_error!(
                InvalidRequest,
                "The specified copy source is larger than the maximum allowable size for a copy \
                 source: {SINGLE_UPLOAD_BYTES_MAX}"
            ));
        }
        let algorithm = choose(&view.object);
        let received =
            ingest::receive(&self.blobs, Some(body), algorithm.into(), Some(size)).await?;
        Ok(Copied { object: view.object, received })
    }
}

/// A decoded `CopyObject`.
struct Copy {
    bucket: String,
    key: String,
    expected_bucket_owner: Option<String>,
    source: Source,
    algorithm: Option<Algorithm>,
    /// `None` keeps the source's.
    metadata: Option<Metadata>,
}

pub(super) async fn copy_object(
    front: &Front,
    request: S3Request<CopyObjectInput>,
) -> S3Result<S3Response<CopyObjectOutput>> {
    let S3Request { input, headers, extensions, region, .. } = request;
    let bare = Caller::of(&extensions, region.as_ref(), None)?;
    let copy = decode_copy(&bare, input, &headers)?;
    let caller = bare.expecting(copy.expected_bucket_owner.as_deref())?;
    let bucket = bucket_name(&caller, &copy.bucket)?;
    let is_onto_itself = copy.source.bucket == copy.bucket && copy.source.key == copy.key;
    if is_onto_itself && copy.metadata.is_none() && copy.algorithm.is_none() {
        return Err(s3_error!(
            InvalidRequest,
            "This copy request is illegal because it is trying to copy an object to itself \
             without changing the object's metadata, storage class, website redirect location or \
             encryption attributes."
        ));
    }
    let choose = |source: &Object| copy.algorithm.unwrap_or(source.checksum.checksum.algorithm);
    let Copied { object, received } = front.copy(&caller, &copy.source, choose).await?;
    let Received { body, digests, unclaimed } = received;
    let command = Command::PutObject(PutObject {
        requester: caller.requester.clone(),
        bucket: bucket.clone(),
        key: object_key(&caller, &copy.key)?,
        body,
        md5: digests.md5,
        checksum: digests.checksum,
        metadata: copy.metadata.unwrap_or(object.metadata),
        condition: WriteCondition::None,
        change: Change::Copy,
    });
    let reply = front.command_with_body(&caller, &bucket, command, unclaimed).await?;
    let Reply::Stored { etag, checksum, last_modified, .. } = reply else {
        return Err(unexpected_reply());
    };
    let fields = ChecksumFields::of_object(&checksum, etag);
    Ok(S3Response::new(CopyObjectOutput {
        copy_object_result: Some(CopyObjectResult {
            checksum_crc32: fields.crc32,
            checksum_crc32c: fields.crc32c,
            checksum_crc64nvme: fields.crc64nvme,
            checksum_sha1: fields.sha1,
            checksum_sha256: fields.sha256,
            checksum_type: Some(checksum_type(checksum.kind)),
            e_tag: Some(ETag::Strong(etag.to_string())),
            last_modified: Some(timestamp(last_modified)),
        }),
        server_side_encryption: Some(encryption()),
        ..CopyObjectOutput::default()
    }))
}

#[expect(clippy::too_many_lines, reason = "one line per parameter, so that none is dropped unseen")]
fn decode_copy(caller: &Caller, input: CopyObjectInput, headers: &HeaderMap) -> S3Result<Copy> {
    let CopyObjectInput {
        acl,
        bucket,
        bucket_key_enabled,
        cache_control,
        checksum_algorithm,
        content_disposition,
        content_encoding,
        content_language,
        content_type,
        copy_source,
        copy_source_if_match,
        copy_source_if_modified_since,
        copy_source_if_none_match,
        copy_source_if_unmodified_since,
        copy_source_sse_customer_algorithm,
        copy_source_sse_customer_key,
        copy_source_sse_customer_key_md5,
        expected_bucket_owner,
        expected_source_bucket_owner,
        expires: _,
        grant_full_control,
        grant_read,
        grant_read_acp,
        grant_write_acp,
        key,
        metadata,
        metadata_directive,
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
        tagging_directive,
        website_redirect_location,
    } = input;
    CustomerKey {
        algorithm: copy_source_sse_customer_algorithm,
        key: copy_source_sse_customer_key,
        key_md5: copy_source_sse_customer_key_md5,
    }
    .check()?;
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
    // Objects have no tags, so copying them copies nothing.
    if tagging_directive.is_some_and(|directive| directive.as_str() != TaggingDirective::COPY) {
        return Err(not_implemented("x-amz-tagging-directive"));
    }
    refuse_conditions(headers)?;
    let replaces = metadata_directive
        .is_some_and(|directive| directive.as_str() == MetadataDirective::REPLACE);
    let metadata = replaces.then(|| Metadata {
        content_type,
        cache_control,
        content_disposition,
        content_encoding,
        content_language,
        expires: expires_text(headers),
        user: user_metadata(metadata),
    });
    let source = Source {
        conditions: read_conditions(
            copy_source_if_match,
            copy_source_if_none_match,
            copy_source_if_modified_since.as_ref(),
            copy_source_if_unmodified_since.as_ref(),
        ),
        ..locate(caller, copy_source, expected_source_bucket_owner)?
    };
    let algorithm = checksum_algorithm.as_ref().map(parse_algorithm).transpose()?;
    Ok(Copy { bucket, key, expected_bucket_owner, source, algorithm, metadata })
}

/// Conditions on the destination, which s3s does not hand over.
fn refuse_conditions(headers: &HeaderMap) -> S3Result<()> {
    for name in ["if-match", "if-none-match"] {
        if headers.contains_key(name) {
            return Err(not_implemented(name));
        }
    }
    Ok(())
}

fn locate(caller: &Caller, source: CopySource, expected_owner: Option<String>) -> S3Result<Source> {
    match source {
        CopySource::Bucket { bucket, key, version_id } => {
            refuse_version(caller, version_id.as_deref())?;
            Ok(Source {
                bucket: bucket.into(),
                key: key.into(),
                expected_owner,
                conditions: ReadConditions::default(),
                selection: Selection::Whole,
            })
        }
        CopySource::AccessPoint { .. } | CopySource::Outpost { .. } => {
            Err(not_implemented("x-amz-copy-source of an access point"))
        }
    }
}

pub(super) async fn upload_part_copy(
    front: &Front,
    request: S3Request<UploadPartCopyInput>,
) -> S3Result<S3Response<UploadPartCopyOutput>> {
    let S3Request { input, extensions, region, .. } = request;
    let UploadPartCopyInput {
        bucket,
        copy_source,
        copy_source_if_match,
        copy_source_if_modified_since,
        copy_source_if_none_match,
        copy_source_if_unmodified_since,
        copy_source_range,
        copy_source_sse_customer_algorithm,
        copy_source_sse_customer_key,
        copy_source_sse_customer_key_md5,
        expected_bucket_owner,
        expected_source_bucket_owner,
        key,
        part_number: given_number,
        request_payer: _,
        sse_customer_algorithm: algorithm,
        sse_customer_key,
        sse_customer_key_md5: key_md5,
        upload_id,
    } = input;
    CustomerKey {
        algorithm: copy_source_sse_customer_algorithm,
        key: copy_source_sse_customer_key,
        key_md5: copy_source_sse_customer_key_md5,
    }
    .check()?;
    CustomerKey { algorithm, key: sse_customer_key, key_md5 }.check()?;
    let caller = Caller::of(&extensions, region.as_ref(), expected_bucket_owner.as_deref())?;
    let source = Source {
        conditions: read_conditions(
            copy_source_if_match,
            copy_source_if_none_match,
            copy_source_if_modified_since.as_ref(),
            copy_source_if_unmodified_since.as_ref(),
        ),
        selection: copied_range(&caller, copy_source_range)?,
        ..locate(&caller, copy_source, expected_source_bucket_owner)?
    };
    let target = multipart::Target::decode(&caller, &bucket, &key, &upload_id)?;
    let number = part_number(&caller, given_number)?;
    copy_part(front, &caller, target, number, &source).await
}

async fn copy_part(
    front: &Front,
    caller: &Caller,
    target: multipart::Target,
    number: u16,
    source: &Source,
) -> S3Result<S3Response<UploadPartCopyOutput>> {
    let upload = front.find_upload(caller, &target).await?;
    let Copied { received, .. } =
        front.copy(caller, source, |_source| upload.checksums.algorithm).await?;
    let Received { body, digests, unclaimed } = received;
    let multipart::Target { bucket, key, upload: id } = target;
    let command = Command::UploadPart(UploadPart {
        requester: caller.requester.clone(),
        bucket: bucket.clone(),
        key,
        upload: id,
        number,
        body,
        md5: digests.md5,
        checksum: digests.checksum,
        extra_checksum: None,
    });
    let reply = front.command_with_body(caller, &bucket, command, unclaimed).await?;
    let Reply::Stored { etag, checksum, last_modified, .. } = reply else {
        return Err(unexpected_reply());
    };
    let fields = if upload.checksums.declared {
        ChecksumFields::of_checksum(&checksum.checksum)
    } else {
        ChecksumFields::default()
    };
    Ok(S3Response::new(UploadPartCopyOutput {
        copy_part_result: Some(CopyPartResult {
            checksum_crc32: fields.crc32,
            checksum_crc32c: fields.crc32c,
            checksum_crc64nvme: fields.crc64nvme,
            checksum_sha1: fields.sha1,
            checksum_sha256: fields.sha256,
            e_tag: Some(ETag::Strong(etag.to_string())),
            last_modified: Some(timestamp(last_modified)),
        }),
        server_side_encryption: Some(encryption()),
        ..UploadPartCopyOutput::default()
    }))
}

/// `bytes=first-last`, both given: S3 takes no other form here.
fn copied_range(caller: &Caller, range: Option<String>) -> S3Result<Selection> {
    let Some(text) = range else { return Ok(Selection::Whole) };
    match dto::Range::parse(&text).map(range_spec) {
        Ok(spec @ RangeSpec::From { last: Some(_), .. }) => Ok(Selection::Range(spec)),
        Ok(_) | Err(_) => Err(caller.refuse(&Error::InvalidArgument {
            message:
                "The x-amz-copy-source-range value must be of the form bytes=first-last where \
                      first and last are the zero-based offsets of the first and last bytes to copy"
                    .to_owned(),
            name: "x-amz-copy-source-range".to_owned(),
            value: text,
        })),
    }
}
