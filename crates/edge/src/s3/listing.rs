//! Listings: `ListObjects`, `ListObjectsV2`, `ListParts`, `ListMultipartUploads`.

use super::digests::ChecksumFields;
use super::exchange::Caller;
use super::multipart::Target;
use super::unserved::CustomerKey;
use super::wire::{checksum_type, limit, timestamp};
use super::{Front, bucket_name, unexpected_reply};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use s3s::dto::{
    self, ChecksumAlgorithm, CommonPrefix, ETag, EncodingType, Initiator,
    ListMultipartUploadsInput, ListMultipartUploadsOutput, ListObjectsInput, ListObjectsOutput,
    ListObjectsV2Input, ListObjectsV2Output, ListPartsInput, ListPartsOutput, MultipartUpload,
    ObjectStorageClass, Owner, Part, StorageClass,
};
use s3s::{S3Request, S3Response, S3Result};
use tidemill_services::s3::model::{BucketName, UploadId};
use tidemill_services::s3::notifications::encode_key;
use tidemill_services::s3::{
    Error, ListMultipartUploads, ListObjects, ListParts, ObjectEntry, Objects, PartEntry, Query,
    Reply, UploadEntry,
};

/// What is given at most, whatever is asked.
pub(super) const ENTRIES_MAX: usize = 1_000;

/// How keys are written into the answer.
#[derive(Clone, Copy)]
pub(super) enum Encoding {
    Plain,
    Url,
}

impl Encoding {
    pub(super) fn parse(caller: &Caller, encoding: Option<&EncodingType>) -> S3Result<Encoding> {
        match encoding.map(EncodingType::as_str) {
            None => Ok(Encoding::Plain),
            Some(EncodingType::URL) => Ok(Encoding::Url),
            Some(other) => Err(caller.refuse(&Error::InvalidArgument {
                message: "Invalid Encoding Method specified in Request".to_owned(),
                name: "encoding-type".to_owned(),
                value: other.to_owned(),
            })),
        }
    }

    pub(super) fn write(self, key: &str) -> String {
        match self {
            Encoding::Plain => key.to_owned(),
            Encoding::Url => encode_key(key),
        }
    }

    pub(super) fn prefixes(self, prefixes: &[String]) -> Option<Vec<CommonPrefix>> {
        let prefixes =
            prefixes.iter().map(|prefix| CommonPrefix { prefix: Some(self.write(prefix)) });
        let prefixes: Vec<CommonPrefix> = prefixes.collect();
        (!prefixes.is_empty()).then_some(prefixes)
    }
}

pub(super) fn count(number: usize) -> Option<i32> {
    Some(i32::try_from(number).unwrap_or(i32::MAX))
}

pub(super) fn owner(caller: &Caller) -> Owner {
    Owner { display_name: None, id: Some(caller.owner_id()) }
}

/// A listing of objects, decoded from either version of the request.
pub(super) struct Listing {
    pub(super) bucket: BucketName,
    pub(super) prefix: String,
    pub(super) delimiter: String,
    pub(super) after: Option<String>,
    pub(super) limit: usize,
    pub(super) encoding: Encoding,
}

impl Front {
    pub(super) async fn list(&self, caller: &Caller, listing: &Listing) -> S3Result<Objects> {
        let query = Query::ListObjects(ListObjects {
            requester: caller.requester.clone(),
            bucket: listing.bucket.clone(),
            prefix: listing.prefix.clone(),
            delimiter: listing.delimiter.clone(),
            after: listing.after.clone(),
            limit: listing.limit,
        });
        let reply = self.ask(caller, &listing.bucket, query).await?;
        if let Reply::Objects(objects) = reply { Ok(objects) } else { Err(unexpected_reply()) }
    }
}

fn object(entry: ObjectEntry, encoding: Encoding, owner: Option<Owner>) -> dto::Object {
    dto::Object {
        checksum_algorithm: Some(vec![ChecksumAlgorithm::from_static(entry.algorithm.as_str())]),
        checksum_type: Some(checksum_type(entry.checksum_type)),
        e_tag: Some(ETag::Strong(entry.etag.to_string())),
        key: Some(encoding.write(&entry.key)),
        last_modified: Some(timestamp(entry.last_modified)),
        owner,
        // Nothing is archived, so nothing is ever being restored.
        restore_status: None,
        size: i64::try_from(entry.size).ok(),
        storage_class: Some(ObjectStorageClass::from_static(ObjectStorageClass::STANDARD)),
    }
}

pub(super) async fn list_objects(
    front: &Front,
    request: S3Request<ListObjectsInput>,
) -> S3Result<S3Response<ListObjectsOutput>> {
    let S3Request { input, extensions, region, .. } = request;
    let ListObjectsInput {
        bucket,
        delimiter,
        encoding_type,
        expected_bucket_owner,
        marker,
        max_keys,
        // Asks for the state of restores, of which there are none.
        optional_object_attributes: _,
        prefix,
        request_payer: _,
    } = input;
    let caller = Caller::of(&extensions, region.as_ref(), expected_bucket_owner.as_deref())?;
    let listing = Listing {
        bucket: bucket_name(&caller, &bucket)?,
        prefix: prefix.unwrap_or_default(),
        delimiter: delimiter.clone().unwrap_or_default(),
        after: marker.clone().filter(|marker| !marker.is_empty()),
        limit: limit(&caller, "max-keys", max_keys, ENTRIES_MAX)?.min(ENTRIES_MAX),
        encoding: Encoding::parse(&caller, encoding_type.as_ref())?,
    };
    let encoding = listing.encoding;
    let Objects { entries, common_prefixes, next } = front.list(&caller, &listing).await?;
    let contents: Vec<dto::Object> =
        entries.into_iter().map(|entry| object(entry, encoding, Some(owner(&caller)))).collect();
    Ok(S3Response::new(ListObjectsOutput {
        name: Some(bucket),
        prefix: Some(encoding.write(&listing.prefix)),
        marker: Some(encoding.write(&marker.unwrap_or_default())),
        max_keys: count(listing.limit),
        is_truncated: Some(next.is_some()),
        contents: Some(contents),
        common_prefixes: encoding.prefixes(&common_prefixes),
        // Without a delimiter a client goes on from the last key it got.
        next_marker: next.filter(|_| delimiter.is_some()).map(|next| encoding.write(&next)),
        delimiter: delimiter.map(|delimiter| encoding.write(&delimiter)),
        encoding_type,
        request_charged: None,
    }))
}

pub(super) async fn list_objects_v2(
    front: &Front,
    request: S3Request<ListObjectsV2Input>,
) -> S3Result<S3Response<ListObjectsV2Output>> {
    let S3Request { input, extensions, region, .. } = request;
    let ListObjectsV2Input {
        bucket,
        continuation_token,
        delimiter,
        encoding_type,
        expected_bucket_owner,
        fetch_owner,
        max_keys,
        optional_object_attributes: _,
        prefix,
        request_payer: _,
        start_after,
    } = input;
    let caller = Caller::of(&extensions, region.as_ref(), expected_bucket_owner.as_deref())?;
    let continued = continuation_token.as_deref().map(|token| read_token(&caller, token));
    let listing = Listing {
        bucket: bucket_name(&caller, &bucket)?,
        prefix: prefix.unwrap_or_default(),
        delimiter: delimiter.clone().unwrap_or_default(),
        after: continued
            .transpose()?
            .or_else(|| start_after.clone().filter(|after| !after.is_empty())),
        limit: limit(&caller, "max-keys", max_keys, ENTRIES_MAX)?.min(ENTRIES_MAX),
        encoding: Encoding::parse(&caller, encoding_type.as_ref())?,
    };
    let encoding = listing.encoding;
    let Objects { entries, common_prefixes, next } = front.list(&caller, &listing).await?;
    let key_count = count(entries.len() + common_prefixes.len());
    let contents: Vec<dto::Object> = entries
        .into_iter()
        .map(|entry| object(entry, encoding, fetch_owner.unwrap_or(false).then(|| owner(&caller))))
        .collect();
    Ok(S3Response::new(ListObjectsV2Output {
        name: Some(bucket),
        prefix: Some(encoding.write(&listing.prefix)),
        max_keys: count(listing.limit),
        key_count,
        continuation_token,
        is_truncated: Some(next.is_some()),
        next_continuation_token: next.as_deref().map(write_token),
        contents: Some(contents),
        common_prefixes: encoding.prefixes(&common_prefixes),
        delimiter: delimiter.map(|delimiter| encoding.write(&delimiter)),
        encoding_type,
        start_after: start_after.map(|after| encoding.write(&after)),
        request_charged: None,
    }))
}

/// What a token begins with, so that a later release can tell its own from this one's.
const TOKEN_VERSION: u8 = b'1';

pub(super) fn write_token(next: &str) -> String {
    let mut token = vec![TOKEN_VERSION];
    token.extend_from_slice(next.as_bytes());
    URL_SAFE_NO_PAD.encode(token)
}

pub(super) fn read_token(caller: &Caller, token: &str) -> S3Result<String> {
    parse_token(token).ok_or_else(|| {
        caller.refuse(&Error::InvalidArgument {
            message: "The continuation token provided is incorrect".to_owned(),
            name: "continuation-token".to_owned(),
            value: token.to_owned(),
        })
    })
}

fn parse_token(token: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (version, next) = bytes.split_first()?;
    let next = String::from_utf8(next.to_vec()).ok()?;
    (*version == TOKEN_VERSION).then_some(next)
}

pub(super) async fn list_parts(
    front: &Front,
    request: S3Request<ListPartsInput>,
) -> S3Result<S3Response<ListPartsOutput>> {
    let S3Request { input, extensions, region, .. } = request;
    let ListPartsInput {
        bucket,
        expected_bucket_owner,
        key,
        max_parts,
        part_number_marker,
        request_payer: _,
        sse_customer_algorithm: algorithm,
        sse_customer_key,
        sse_customer_key_md5: key_md5,
        upload_id,
    } = input;
    CustomerKey { algorithm, key: sse_customer_key, key_md5 }.check()?;
    let caller = Caller::of(&extensions, region.as_ref(), expected_bucket_owner.as_deref())?;
    let target = Target::decode(&caller, &bucket, &key, &upload_id)?;
    let limit = limit(&caller, "max-parts", max_parts, ENTRIES_MAX)?.min(ENTRIES_MAX);
    let query = Query::ListParts(ListParts {
        requester: caller.requester.clone(),
        bucket: target.bucket.clone(),
        key: target.key,
        upload: target.upload,
        // A marker beyond every part lists none, as it should.
        after: u16::try_from(part_number_marker.unwrap_or_default().max(0)).unwrap_or(u16::MAX),
        limit,
    });
    let reply = front.ask(&caller, &target.bucket, query).await?;
    let Reply::Parts(parts) = reply else { return Err(unexpected_reply()) };
    let declared = parts.upload.checksums.declared;
    let last = parts.entries.last().map(|part| i32::from(part.number));
    Ok(S3Response::new(ListPartsOutput {
        bucket: Some(bucket),
        checksum_algorithm: declared
            .then(|| ChecksumAlgorithm::from_static(parts.upload.checksums.algorithm.as_str())),
        checksum_type: declared.then(|| checksum_type(parts.upload.checksums.kind)),
        initiator: Some(initiator(&caller)),
        is_truncated: Some(parts.is_truncated),
        key: Some(key),
        max_parts: count(limit),
        next_part_number_marker: last,
        owner: Some(owner(&caller)),
        part_number_marker: Some(part_number_marker.unwrap_or_default()),
        parts: Some(parts.entries.into_iter().map(|entry| part(entry, declared)).collect()),
        storage_class: Some(StorageClass::from_static(StorageClass::STANDARD)),
        upload_id: Some(upload_id),
        ..ListPartsOutput::default()
    }))
}

fn initiator(caller: &Caller) -> Initiator {
    Initiator { display_name: None, id: Some(caller.owner_id()) }
}

fn part(entry: PartEntry, declared: bool) -> Part {
    let fields = if declared {
        ChecksumFields::of_checksum(&entry.checksum)
    } else {
        ChecksumFields::default()
    };
    Part {
        checksum_crc32: fields.crc32,
        checksum_crc32c: fields.crc32c,
        checksum_crc64nvme: fields.crc64nvme,
        checksum_sha1: fields.sha1,
        checksum_sha256: fields.sha256,
        e_tag: Some(ETag::Strong(entry.etag.to_string())),
        last_modified: Some(timestamp(entry.last_modified)),
        part_number: Some(i32::from(entry.number)),
        size: i64::try_from(entry.size).ok(),
    }
}

pub(super) async fn list_multipart_uploads(
    front: &Front,
    request: S3Request<ListMultipartUploadsInput>,
) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
    let S3Request { input, extensions, region, .. } = request;
    let ListMultipartUploadsInput {
        bucket,
        delimiter,
        encoding_type,
        expected_bucket_owner,
        key_marker,
        max_uploads,
        prefix,
        request_payer: _,
        upload_id_marker,
    } = input;
    let caller = Caller::of(&extensions, region.as_ref(), expected_bucket_owner.as_deref())?;
    let name = bucket_name(&caller, &bucket)?;
    let encoding = Encoding::parse(&caller, encoding_type.as_ref())?;
    let limit = limit(&caller, "max-uploads", max_uploads, ENTRIES_MAX)?.min(ENTRIES_MAX);
    let prefix = prefix.unwrap_or_default();
    let query = Query::ListMultipartUploads(ListMultipartUploads {
        requester: caller.requester.clone(),
        bucket: name.clone(),
        prefix: prefix.clone(),
        delimiter: delimiter.clone().unwrap_or_default(),
        after_key: key_marker.clone().filter(|marker| !marker.is_empty()),
        after_upload: upload_id_marker.as_deref().and_then(UploadId::parse),
        limit,
    });
    let reply = front.ask(&caller, &name, query).await?;
    let Reply::Uploads(uploads) = reply else { return Err(unexpected_reply()) };
    let (next_key, next_id) = uploads.next.clone().unzip();
    let entries = uploads.entries.into_iter().map(|entry| upload(&caller, entry, encoding));
    Ok(S3Response::new(ListMultipartUploadsOutput {
        bucket: Some(bucket),
        common_prefixes: encoding.prefixes(&uploads.common_prefixes),
        delimiter: delimiter.map(|delimiter| encoding.write(&delimiter)),
        encoding_type,
        is_truncated: Some(uploads.next.is_some()),
        key_marker: Some(encoding.write(&key_marker.unwrap_or_default())),
        max_uploads: count(limit),
        next_key_marker: next_key.map(|key| encoding.write(&key)),
        next_upload_id_marker: next_id.flatten().map(|id| id.to_string()),
        prefix: Some(encoding.write(&prefix)),
        upload_id_marker: Some(upload_id_marker.unwrap_or_default()),
        uploads: Some(entries.collect()),
        request_charged: None,
    }))
}

fn upload(caller: &Caller, entry: UploadEntry, encoding: Encoding) -> MultipartUpload {
    let checksums = entry.upload.checksums;
    MultipartUpload {
        checksum_algorithm: checksums
            .declared
            .then(|| ChecksumAlgorithm::from_static(checksums.algorithm.as_str())),
        checksum_type: checksums.declared.then(|| checksum_type(checksums.kind)),
        initiated: Some(timestamp(entry.upload.initiated)),
        initiator: Some(initiator(caller)),
        key: Some(encoding.write(&entry.key)),
        owner: Some(owner(caller)),
        storage_class: Some(StorageClass::from_static(StorageClass::STANDARD)),
        upload_id: Some(entry.id.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_what_it_was_written_for() {
        for next in ["a", "photos/2006/", "ü b+c"] {
            assert_eq!(parse_token(&write_token(next)).as_deref(), Some(next));
        }
        for bad in ["", "photos", "****", "Mg"] {
            assert_eq!(parse_token(bad), None, "{bad}");
        }
    }
}
