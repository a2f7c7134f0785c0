//! `ListObjectVersions`: every object has one version, `null`, as in a bucket that was never
//! versioned. Tools that empty buckets list this way.

use super::exchange::Caller;
use super::listing::{ENTRIES_MAX, Encoding, Listing, count, owner};
use super::wire::{checksum_type, limit, timestamp};
use super::{Front, bucket_name};
use s3s::dto::{
    ChecksumAlgorithm, ETag, ListObjectVersionsInput, ListObjectVersionsOutput, ObjectVersion,
    ObjectVersionStorageClass,
};
use s3s::{S3Request, S3Response, S3Result};
use tidemill_services::s3::{Error, ObjectEntry, Objects};

pub(super) async fn list_object_versions(
    front: &Front,
    request: S3Request<ListObjectVersionsInput>,
) -> S3Result<S3Response<ListObjectVersionsOutput>> {
    let S3Request { input, extensions, region, .. } = request;
    let ListObjectVersionsInput {
        bucket,
        delimiter,
        encoding_type,
        expected_bucket_owner,
        key_marker,
        max_keys,
        optional_object_attributes: _,
        prefix,
        request_payer: _,
        version_id_marker,
    } = input;
    let caller = Caller::of(&extensions, region.as_ref(), expected_bucket_owner.as_deref())?;
    let key_marker = key_marker.filter(|marker| !marker.is_empty());
    let version_id_marker = version_id_marker.filter(|marker| !marker.is_empty());
    if let (None, Some(marker)) = (&key_marker, &version_id_marker) {
        return Err(caller.refuse(&Error::InvalidArgument {
            message: "A version-id marker cannot be specified without a key marker.".to_owned(),
            name: "version-id-marker".to_owned(),
            value: marker.clone(),
        }));
    }
    let listing = Listing {
        bucket: bucket_name(&caller, &bucket)?,
        prefix: prefix.unwrap_or_default(),
        delimiter: delimiter.clone().unwrap_or_default(),
        after: key_marker.clone(),
        limit: limit(&caller, "max-keys", max_keys, ENTRIES_MAX)?.min(ENTRIES_MAX),
        encoding: Encoding::parse(&caller, encoding_type.as_ref())?,
    };
    let encoding = listing.encoding;
    let Objects { entries, common_prefixes, next } = front.list(&caller, &listing).await?;
    let ends_with_a_key = entries.last().map(|entry| &entry.key) == next.as_ref();
    let versions = entries.into_iter().map(|entry| version(&caller, entry, encoding));
    Ok(S3Response::new(ListObjectVersionsOutput {
        common_prefixes: encoding.prefixes(&common_prefixes),
        delete_markers: None,
        delimiter: delimiter.map(|delimiter| encoding.write(&delimiter)),
        encoding_type,
        is_truncated: Some(next.is_some()),
        key_marker: Some(encoding.write(&key_marker.unwrap_or_default())),
        max_keys: count(listing.limit),
        name: Some(bucket),
        next_version_id_marker: next
            .as_ref()
            .filter(|_| ends_with_a_key)
            .map(|_| "null".to_owned()),
        next_key_marker: next.map(|next| encoding.write(&next)),
        prefix: Some(encoding.write(&listing.prefix)),
        request_charged: None,
        version_id_marker: Some(version_id_marker.unwrap_or_default()),
        versions: Some(versions.collect()),
    }))
}

fn version(caller: &Caller, entry: ObjectEntry, encoding: Encoding) -> ObjectVersion {
    let class = ObjectVersionStorageClass::from_static(ObjectVersionStorageClass::STANDARD);
    ObjectVersion {
        checksum_algorithm: Some(vec![ChecksumAlgorithm::from_static(entry.algorithm.as_str())]),
        checksum_type: Some(checksum_type(entry.checksum_type)),
        e_tag: Some(ETag::Strong(entry.etag.to_string())),
        is_latest: Some(true),
        key: Some(encoding.write(&entry.key)),
        last_modified: Some(timestamp(entry.last_modified)),
        owner: Some(owner(caller)),
        restore_status: None,
        size: i64::try_from(entry.size).ok(),
        storage_class: Some(class),
        version_id: Some("null".to_owned()),
    }
}
