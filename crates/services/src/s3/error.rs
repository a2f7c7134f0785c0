//! Every refusal of Amazon S3, and the one place where it meets AWS's name, status and words.

use super::checksums::{Algorithm, ChecksumType};
use super::model::{
    BucketName, ETag, ObjectKey, PART_BYTES_MIN, SINGLE_UPLOAD_BYTES_MAX, USER_METADATA_BYTES_MAX,
};
use kernel::{Region, Timestamp};
use tidemill_aws::WireError;
use tidemill_kernel as kernel;

#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    #[error("Access Denied")]
    AccessDenied,
    #[error("The specified bucket is not valid.")]
    InvalidBucketName(String),
    #[error("The specified bucket does not exist")]
    NoSuchBucket(BucketName),
    #[error(
        "The requested bucket name is not available. The bucket namespace is shared by all users \
         of the system. Please select a different name and try again."
    )]
    BucketAlreadyExists(BucketName),
    #[error("Your previous request to create the named bucket succeeded and you already own it.")]
    BucketAlreadyOwnedByYou(BucketName),
    #[error("The bucket you tried to delete is not empty")]
    BucketNotEmpty(BucketName),
    #[error(
        "The unspecified location constraint is incompatible for the region specific endpoint \
         this request was sent to."
    )]
    LocationConstraintMissing,
    #[error(
        "The {constraint} location constraint is incompatible for the region specific endpoint \
         this request was sent to."
    )]
    LocationConstraintElsewhere { constraint: Region },
    #[error("The specified location-constraint is not valid")]
    InvalidLocationConstraint(String),
    #[error("A key must have at least one character")]
    EmptyKey,
    #[error("Your key is too long")]
    KeyTooLong { size: usize },
    #[error("The specified key does not exist.")]
    NoSuchKey(ObjectKey),
    #[error(
        "The specified upload does not exist. The upload ID may be invalid, or the upload may \
         have been aborted or completed."
    )]
    NoSuchUpload(String),
    #[error("At least one of the pre-conditions you specified did not hold")]
    PreconditionFailed { condition: &'static str },
    #[error("Not Modified")]
    NotModified { etag: ETag, last_modified: Timestamp },
    #[error("The requested range is not satisfiable")]
    InvalidRange { requested: String, size: u64 },
    #[error("The requested partnumber is not satisfiable")]
    PartNumberNotSatisfiable { requested: u16, parts: usize },
    #[error("Part number must be an integer between 1 and 10000, inclusive")]
    InvalidPartNumber { requested: String },
    #[error("Your metadata headers exceed the maximum allowed metadata size")]
    MetadataTooLarge { size: usize },
    #[error("Your proposed upload exceeds the maximum allowed size")]
    EntityTooLarge { size: u64 },
    #[error("Your proposed upload is smaller than the minimum allowed size")]
    EntityTooSmall { size: u64, part: u16, etag: ETag },
    #[error(
        "One or more of the specified parts could not be found.  The part may not have been \
         uploaded, or the specified entity tag may not match the part's entity tag."
    )]
    InvalidPart { upload: String, part: u16, etag: String },
    #[error("The list of parts was not in ascending order. Parts must be ordered by part number.")]
    InvalidPartOrder { upload: String },
    #[error(
        "The XML you provided was not well-formed or did not validate against our published schema"
    )]
    MalformedXml,
    #[error(
        "Checksum Type mismatch occurred, expected checksum Type: {expected}, actual checksum \
         Type: {actual}"
    )]
    ChecksumMismatch { expected: String, actual: String },
    #[error(
        "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."
    )]
    ChecksumTypeWithoutAlgorithm,
    #[error("The {} checksum type cannot be used with the {algorithm} checksum algorithm.", kind.as_str())]
    ChecksumTypeUnsupported { algorithm: Algorithm, kind: ChecksumType },
    #[error(
        "The upload was created using the {} checksum mode. The complete request must use the \
         same checksum mode.",
        expected.as_str()
    )]
    ChecksumTypeChanged { expected: ChecksumType },
    #[error(
        "The upload was created using a {algorithm} checksum. The complete request must include \
         the checksum for each part. It was missing for part {part} in the request."
    )]
    PartChecksumMissing { algorithm: String, part: u16 },
    #[error("The {algorithm} you specified did not match the calculated checksum.")]
    BadDigest { algorithm: Algorithm },
    #[error(
        "The provided 'x-amz-mp-object-size' header value {given} does not match what was \
         computed: {computed}"
    )]
    ObjectSizeMismatch { given: u64, computed: u64 },
    /// A header or element with a value S3 does not take.
    #[error("{message}")]
    InvalidArgument { message: String, name: String, value: String },
    #[error("Unable to validate the following destination configurations")]
    InvalidDestinations(Vec<RefusedDestination>),
    #[error("A header you provided implies functionality that is not implemented: {0}")]
    NotImplemented(&'static str),
}

/// A notification target that S3 will not deliver to, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedDestination {
    pub arn: String,
    pub reason: String,
}

impl Error {
    /// The one place where a refusal becomes what AWS would say.
    #[must_use]
    pub fn wire(&self) -> WireError {
        let (code, status) = match self {
            Error::AccessDenied => ("AccessDenied", 403),
            Error::InvalidBucketName(_) => ("InvalidBucketName", 400),
            Error::NoSuchBucket(_) => ("NoSuchBucket", 404),
            Error::BucketAlreadyExists(_) => ("BucketAlreadyExists", 409),
            Error::BucketAlreadyOwnedByYou(_) => ("BucketAlreadyOwnedByYou", 409),
            Error::BucketNotEmpty(_) => ("BucketNotEmpty", 409),
            Error::LocationConstraintMissing | Error::LocationConstraintElsewhere { .. } => {
                ("IllegalLocationConstraintException", 400)
            }
            Error::InvalidLocationConstraint(_) => ("InvalidLocationConstraint", 400),
            Error::EmptyKey => ("MissingObjectKey", 400),
            Error::KeyTooLong { .. } => ("KeyTooLongError", 400),
            Error::NoSuchKey(_) => ("NoSuchKey", 404),
            Error::NoSuchUpload(_) => ("NoSuchUpload", 404),
            Error::PreconditionFailed { .. } => ("PreconditionFailed", 412),
            Error::NotModified { .. } => ("NotModified", 304),
            Error::InvalidRange { .. } => ("InvalidRange", 416),
            Error::PartNumberNotSatisfiable { .. } => ("InvalidPartNumber", 416),
            Error::InvalidPartNumber { .. } | Error::InvalidArgument { .. } => {
                ("InvalidArgument", 400)
            }
            Error::InvalidDestinations(_) => ("InvalidArgument", 400),
            Error::MetadataTooLarge { .. } => ("MetadataTooLarge", 400),
            Error::EntityTooLarge { .. } => ("EntityTooLarge", 400),
            Error::EntityTooSmall { .. } => ("EntityTooSmall", 400),
            Error::InvalidPart { .. } => ("InvalidPart", 400),
            Error::InvalidPartOrder { .. } => ("InvalidPartOrder", 400),
            Error::MalformedXml => ("MalformedXML", 400),
            Error::ChecksumMismatch { .. }
            | Error::ChecksumTypeWithoutAlgorithm
            | Error::ChecksumTypeUnsupported { .. }
            | Error::ChecksumTypeChanged { .. }
            | Error::PartChecksumMissing { .. }
            | Error::ObjectSizeMismatch { .. } => ("InvalidRequest", 400),
            Error::BadDigest { .. } => ("BadDigest", 400),
            Error::NotImplemented(_) => ("NotImplemented", 501),
        };
        let mut wire = WireError::sender(code, status, self.to_string());
        if status >= 500 {
            wire.fault = tidemill_aws::Fault::Receiver;
        }
        wire
    }

    /// The elements S3 puts beside `Code` and `Message`, in its order.
    #[must_use]
    pub fn details(&self) -> Vec<(String, String)> {
        let pairs: Vec<(&str, String)> = match self {
            Error::InvalidBucketName(name) => vec![("BucketName", name.clone())],
            Error::NoSuchBucket(name)
            | Error::BucketAlreadyExists(name)
            | Error::BucketAlreadyOwnedByYou(name)
            | Error::BucketNotEmpty(name) => vec![("BucketName", name.to_string())],
            Error::InvalidLocationConstraint(constraint) => {
                vec![("LocationConstraint", constraint.clone())]
            }
            Error::KeyTooLong { size } => sizes("Size", *size, ObjectKey::BYTES_MAX),
            Error::NoSuchKey(key) => vec![("Key", key.to_string())],
            Error::NoSuchUpload(upload) => vec![("UploadId", upload.clone())],
            Error::PreconditionFailed { condition } => vec![("Condition", (*condition).to_owned())],
            Error::InvalidRange { requested, size } => {
                vec![("RangeRequested", requested.clone()), ("ActualObjectSize", size.to_string())]
            }
            Error::PartNumberNotSatisfiable { requested, parts } => vec![
                ("PartNumberRequested", requested.to_string()),
                ("ActualPartCount", parts.to_string()),
            ],
            Error::InvalidPartNumber { requested } => {
                argument("partNumber".to_owned(), requested.clone())
            }
            Error::MetadataTooLarge { size } => sizes("Size", *size, USER_METADATA_BYTES_MAX),
            Error::EntityTooLarge { size } => sizes("ProposedSize", *size, SINGLE_UPLOAD_BYTES_MAX),
            Error::EntityTooSmall { size, part, etag } => vec![
                ("ProposedSize", size.to_string()),
                ("MinSizeAllowed", PART_BYTES_MIN.to_string()),
                ("PartNumber", part.to_string()),
                ("ETag", etag.to_string()),
            ],
            Error::InvalidPart { upload, part, etag } => vec![
                ("UploadId", upload.clone()),
                ("PartNumber", part.to_string()),
                ("ETag", etag.clone()),
            ],
            Error::InvalidPartOrder { upload } => vec![("UploadId", upload.clone())],
            Error::InvalidArgument { name, value, .. } => argument(name.clone(), value.clone()),
            Error::InvalidDestinations(refused) => return destinations(refused),
            Error::NotImplemented(header) => vec![("Header", (*header).to_owned())],
            Error::AccessDenied
            | Error::LocationConstraintMissing
            | Error::LocationConstraintElsewhere { .. }
            | Error::EmptyKey
            | Error::NotModified { .. }
            | Error::MalformedXml
            | Error::ChecksumMismatch { .. }
            | Error::ChecksumTypeWithoutAlgorithm
            | Error::ChecksumTypeUnsupported { .. }
            | Error::ChecksumTypeChanged { .. }
            | Error::PartChecksumMissing { .. }
            | Error::BadDigest { .. }
            | Error::ObjectSizeMismatch { .. } => Vec::new(),
        };
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

fn argument(name: String, value: String) -> Vec<(&'static str, String)> {
    vec![("ArgumentName", name), ("ArgumentValue", value)]
}

fn sizes<T: ToString, M: ToString>(
    name: &'static str,
    size: T,
    size_max: M,
) -> Vec<(&'static str, String)> {
    vec![(name, size.to_string()), ("MaxSizeAllowed", size_max.to_string())]
}

/// Numbered from 1, as AWS answers: `ArgumentName1`, `ArgumentValue1`, `ArgumentName2`, …
fn destinations(refused: &[RefusedDestination]) -> Vec<(String, String)> {
    refused
        .iter()
        .enumerate()
        .flat_map(|(index, destination)| {
            let number = index + 1;
            [
                (format!("ArgumentName{number}"), format!("{}, null", destination.arn)),
                (format!("ArgumentValue{number}"), destination.reason.clone()),
            ]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn what_the_caller_reads() {
        let bucket = BucketName::parse("photos").expect("legal");
        let key = ObjectKey::parse("a/b").expect("legal");
        let etag = ETag::of_md5([1; 16]);
        let errors = [
            Error::AccessDenied,
            Error::InvalidBucketName("A".into()),
            Error::NoSuchBucket(bucket.clone()),
            Error::BucketNotEmpty(bucket),
            Error::KeyTooLong { size: 1025 },
            Error::NoSuchKey(key),
            Error::NoSuchUpload("u".into()),
            Error::PreconditionFailed { condition: "If-Match" },
            Error::InvalidRange { requested: "bytes=9-".into(), size: 5 },
            Error::EntityTooSmall { size: 3, part: 1, etag },
            Error::InvalidDestinations(vec![RefusedDestination {
                arn: "arn:aws:sqs:us-east-1:000000000000:gone".into(),
                reason: "The destination queue does not exist".into(),
            }]),
            Error::NotImplemented("x-amz-tagging"),
        ];
        let shown: Vec<String> = errors
            .iter()
            .map(|error| {
                let wire = error.wire();
                let details: Vec<String> = error
                    .details()
                    .into_iter()
                    .map(|(name, value)| format!(" {name}={value}"))
                    .collect();
                format!("{} {}{}", wire.status, wire.shape, details.concat())
            })
            .collect();
        expect![[r#"
            403 AccessDenied
            400 InvalidBucketName BucketName=A
            404 NoSuchBucket BucketName=photos
            409 BucketNotEmpty BucketName=photos
            400 KeyTooLongError Size=1025 MaxSizeAllowed=1024
            404 NoSuchKey Key=a/b
            404 NoSuchUpload UploadId=u
            412 PreconditionFailed Condition=If-Match
            416 InvalidRange RangeRequested=bytes=9- ActualObjectSize=5
            400 EntityTooSmall ProposedSize=3 MinSizeAllowed=5242880 PartNumber=1 ETag=01010101010101010101010101010101
            400 InvalidArgument ArgumentName1=arn:aws:sqs:us-east-1:000000000000:gone, null ArgumentValue1=The destination queue does not exist
            501 NotImplemented Header=x-amz-tagging"#]].assert_eq(&shown.join("\n"));
    }
}
