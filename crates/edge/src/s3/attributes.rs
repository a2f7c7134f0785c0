//! `GetObjectAttributes`.

use super::digests::ChecksumFields;
use super::exchange::Caller;
use super::read_object::read_conditions;
use super::unserved::CustomerKey;
use super::wire::{checksum_type, limit, refuse_version, timestamp};
use super::{Front, bucket_name, object_key};
use s3s::dto::{
    Checksum, ETag, GetObjectAttributesInput, GetObjectAttributesOutput, GetObjectAttributesParts,
    ObjectAttributes, ObjectPart, StorageClass,
};
use s3s::{S3Request, S3Response, S3Result};
use tidemill_services::s3::checksums::ChecksumType;
use tidemill_services::s3::model::Object;
use tidemill_services::s3::{Error, GetObject, Selection};

const PARTS_MAX: usize = 1_000;

pub(super) async fn get_object_attributes(
    front: &Front,
    request: S3Request<GetObjectAttributesInput>,
) -> S3Result<S3Response<GetObjectAttributesOutput>> {
    let S3Request { input, extensions, region, .. } = request;
    let GetObjectAttributesInput {
        bucket,
        expected_bucket_owner,
        key,
        max_parts,
        object_attributes,
        part_number_marker,
        request_payer: _,
        sse_customer_algorithm: algorithm,
        sse_customer_key,
        sse_customer_key_md5: key_md5,
        version_id,
    } = input;
    CustomerKey { algorithm, key: sse_customer_key, key_md5 }.check()?;
    let caller = Caller::of(&extensions, region.as_ref(), expected_bucket_owner.as_deref())?;
    refuse_version(&caller, version_id.as_deref())?;
    let bucket = bucket_name(&caller, &bucket)?;
    let query = GetObject {
        requester: caller.requester.clone(),
        bucket: bucket.clone(),
        key: object_key(&caller, &key)?,
        conditions: read_conditions(None, None, None, None),
        selection: Selection::Whole,
    };
    let object = front.look_up(&caller, &bucket, query).await?.object;
    let parts_max = limit(&caller, "max-parts", max_parts, PARTS_MAX)?.min(PARTS_MAX);
    let mut output = GetObjectAttributesOutput {
        last_modified: Some(timestamp(object.last_modified)),
        ..GetObjectAttributesOutput::default()
    };
    for attribute in object_attributes.iter().flat_map(|attribute| attribute.as_str().split(',')) {
        match attribute.trim() {
            // The one place where S3 leaves the quotes out.
            ObjectAttributes::ETAG => output.e_tag = Some(ETag::Strong(object.etag.to_string())),
            ObjectAttributes::CHECKSUM => output.checksum = Some(checksum(&object)),
            ObjectAttributes::OBJECT_PARTS => {
                output.object_parts =
                    parts(&object, part_number_marker.unwrap_or_default(), parts_max);
            }
            ObjectAttributes::STORAGE_CLASS => {
                output.storage_class = Some(StorageClass::from_static(StorageClass::STANDARD));
            }
            ObjectAttributes::OBJECT_SIZE => output.object_size = i64::try_from(object.size).ok(),
            unknown => {
                return Err(caller.refuse(&Error::InvalidArgument {
                    message: "Invalid attribute name specified.".to_owned(),
                    name: "x-amz-object-attributes".to_owned(),
                    value: unknown.to_owned(),
                }));
            }
        }
    }
    Ok(S3Response::new(output))
}

fn checksum(object: &Object) -> Checksum {
    let fields = ChecksumFields::of_checksum(&object.checksum.checksum);
    Checksum {
        checksum_crc32: fields.crc32,
        checksum_crc32c: fields.crc32c,
        checksum_crc64nvme: fields.crc64nvme,
        checksum_sha1: fields.sha1,
        checksum_sha256: fields.sha256,
        checksum_type: Some(checksum_type(object.checksum.kind)),
    }
}

/// The parts of a multipart object; one by one only where each has a checksum of its own to show.
fn parts(object: &Object, after: i32, limit: usize) -> Option<GetObjectAttributesParts> {
    let multipart = object.multipart.as_ref()?;
    let total = i32::try_from(multipart.parts.len()).ok();
    if object.checksum.kind != ChecksumType::Composite {
        return Some(GetObjectAttributesParts {
            total_parts_count: total,
            ..GetObjectAttributesParts::default()
        });
    }
    let mut shown: Vec<ObjectPart> = multipart
        .parts
        .iter()
        .zip(&object.extents)
        .filter(|(part, _)| i32::from(part.number) > after)
        .map(|(part, extent)| {
            let fields = ChecksumFields::of_checksum(&part.checksum);
            ObjectPart {
                checksum_crc32: fields.crc32,
                checksum_crc32c: fields.crc32c,
                checksum_crc64nvme: fields.crc64nvme,
                checksum_sha1: fields.sha1,
                checksum_sha256: fields.sha256,
                part_number: Some(i32::from(part.number)),
                size: i64::try_from(extent.size).ok(),
            }
        })
        .collect();
    let is_truncated = shown.len() > limit;
    shown.truncate(limit);
    Some(GetObjectAttributesParts {
        is_truncated: Some(is_truncated),
        max_parts: i32::try_from(limit).ok(),
        next_part_number_marker: shown.last().and_then(|part| part.part_number),
        part_number_marker: Some(after),
        parts: Some(shown),
        total_parts_count: total,
    })
}
