//! The nouns of Amazon S3: names, objects, uploads and what they are made of.
//!
//! # Invariants
//!
//! - Holding a [`BucketName`] or [`ObjectKey`] proves that it is a legal one.
//! - A blob belongs to exactly one extent of one object or part, or to the doomed; nothing shares.
//! - An object's size is the sum of its extents; one extent is one part, in order.

use kernel::{AccountId, Region, Timestamp};
use minicbor::{Decode, Encode};
use std::fmt;
use tidemill_kernel as kernel;

use super::error::Error;

/// Bodies up to this size travel in the command and live in a row; larger ones are blobs.
pub const INLINE_BYTES_MAX: u64 = 32 * 1024;
/// One PUT, one part, one copied part.
pub const SINGLE_UPLOAD_BYTES_MAX: u64 = 5 * 1024 * 1024 * 1024;
/// The least size of every part but the last.
pub const PART_BYTES_MIN: u64 = 5 * 1024 * 1024;
pub const PART_NUMBER_MAX: u16 = 10_000;
/// Names and values of user metadata together.
pub const USER_METADATA_BYTES_MAX: usize = 2 * 1024;

/// A bucket's name: 3 to 63 of `[a-z0-9.-]`, beginning and ending with a letter or a digit, no
/// two dots side by side, not an IP address, none of the affixes AWS keeps for itself.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct BucketName(#[n(0)] String);

impl BucketName {
    const RESERVED_PREFIXES: [&str; 3] = ["xn--", "sthree-", "amzn-s3-demo-"];
    const RESERVED_SUFFIXES: [&str; 4] = ["-s3alias", "--ol-s3", ".mrap", "--x-s3"];

    /// The only way in.
    pub fn parse(text: &str) -> Result<BucketName, Error> {
        let edge_is_legal = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let legal = (3..=63).contains(&text.len())
            && text.bytes().all(|byte| edge_is_legal(&byte) || matches!(byte, b'-' | b'.'))
            && text.as_bytes().first().is_some_and(edge_is_legal)
            && text.as_bytes().last().is_some_and(edge_is_legal)
            && !text.contains("..")
            && !looks_like_ipv4(text)
            && !Self::RESERVED_PREFIXES.iter().any(|prefix| text.starts_with(prefix))
            && !Self::RESERVED_SUFFIXES.iter().any(|suffix| text.ends_with(suffix));
        if legal {
            Ok(BucketName(text.to_owned()))
        } else {
            Err(Error::InvalidBucketName(text.to_owned()))
        }
    }

    /// A name as a row holds it: it was legal when it was stored, and stays so when rules change.
    pub(super) fn stored(bytes: &[u8]) -> BucketName {
        BucketName(String::from_utf8_lossy(bytes).into_owned())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BucketName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for BucketName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn looks_like_ipv4(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    parts.len() == 4
        && parts.iter().all(|part| {
            (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        })
}

/// An object's key: 1 to 1,024 bytes of UTF-8.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct ObjectKey(#[n(0)] String);

impl ObjectKey {
    pub const BYTES_MAX: usize = 1024;

    /// The only way in.
    pub fn parse(text: &str) -> Result<ObjectKey, Error> {
        match text.len() {
            0 => Err(Error::EmptyKey),
            1..=Self::BYTES_MAX => Ok(ObjectKey(text.to_owned())),
            size => Err(Error::KeyTooLong { size }),
        }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who asks, as far as a bucket and its notices care.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Requester {
    #[n(0)]
    pub account: AccountId,
    /// `x-amz-expected-bucket-owner`.
    #[n(1)]
    pub expected_bucket_owner: Option<AccountId>,
    /// As it appears in notices, e.g. `AWS:000000000000`.
    #[n(2)]
    pub principal_id: String,
    #[n(3)]
    pub source_ip: String,
    #[n(4)]
    pub request_id: String,
    #[n(5)]
    pub host_id: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Bucket {
    #[n(0)]
    pub owner: AccountId,
    #[n(1)]
    pub region: Region,
    #[n(2)]
    pub created: Timestamp,
    #[n(3)]
    pub notifications: Vec<super::notifications::Rule>,
}

/// A file of object data in the store, by the store's own name for it (the hash of its content,
/// then what makes it unique), which means nothing here.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct BlobId(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; BlobId::BYTES]);

impl BlobId {
    pub const BYTES: usize = 48;
}

impl fmt::Debug for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("blob:")?;
        f.write_str(&kernel::hex::encode(&self.0))
    }
}

/// Where the bytes of one extent lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Place {
    /// Nowhere: the extent is empty.
    #[n(0)]
    Nothing,
    /// In a row, under the position of the command that brought it.
    #[n(1)]
    Inline(#[n(0)] u64),
    #[n(2)]
    Blob(#[n(0)] BlobId),
}

/// A stretch of an object's data: all of it, or one part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Extent {
    #[n(0)]
    pub place: Place,
    #[n(1)]
    pub size: u64,
}

/// The data of a new object or part, as the command carries it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum NewBody {
    #[n(0)]
    Inline(#[cbor(n(0), with = "kernel::codec::byte_string")] bytes::Bytes),
    /// Already written and synced.
    #[n(1)]
    Blob(#[n(0)] BlobId, #[n(1)] u64),
}

impl NewBody {
    #[must_use]
    pub fn size(&self) -> u64 {
        match self {
            NewBody::Inline(bytes) => bytes.len() as u64,
            NewBody::Blob(_, size) => *size,
        }
    }
}

/// An entity tag: the MD5 of the data, or of the parts' MD5s with their count.
#[derive(Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct ETag {
    #[cbor(n(0), with = "minicbor::bytes")]
    pub md5: [u8; 16],
    #[n(1)]
    pub parts: Option<u32>,
}

impl ETag {
    #[must_use]
    pub fn of_md5(md5: [u8; 16]) -> ETag {
        ETag { md5, parts: None }
    }
}

impl fmt::Display for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.md5))?;
        match self.parts {
            Some(parts) => write!(f, "-{parts}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Standard headers and user metadata kept with an object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Metadata {
    #[n(0)]
    pub content_type: Option<String>,
    #[n(1)]
    pub cache_control: Option<String>,
    #[n(2)]
    pub content_disposition: Option<String>,
    #[n(3)]
    pub content_encoding: Option<String>,
    #[n(4)]
    pub content_language: Option<String>,
    /// As the client sent it.
    #[n(5)]
    pub expires: Option<String>,
    /// `x-amz-meta-…`, without the prefix, sorted by name.
    #[n(6)]
    pub user: Vec<(String, String)>,
}

impl Metadata {
    /// Refuses user metadata beyond AWS's limit.
    pub fn validate(&self) -> Result<(), Error> {
        let size = self.user.iter().map(|(name, value)| name.len() + value.len()).sum();
        if size > USER_METADATA_BYTES_MAX {
            return Err(Error::MetadataTooLarge { size });
        }
        Ok(())
    }
}

/// The current version of an object: all a listing, a HEAD and a GET need but the data itself.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Object {
    #[n(0)]
    pub size: u64,
    #[n(1)]
    pub etag: ETag,
    #[n(2)]
    pub last_modified: Timestamp,
    #[n(3)]
    pub checksum: super::checksums::ObjectChecksum,
    #[n(4)]
    pub metadata: Metadata,
    #[n(5)]
    pub extents: Vec<Extent>,
    /// What it was assembled from; `None` for an object that was put whole.
    #[n(6)]
    pub multipart: Option<Multipart>,
}

/// What an object remembers of its multipart upload.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Multipart {
    /// So that a repeated completion, whose first answer was lost, is recognised.
    #[n(0)]
    pub upload: UploadId,
    /// One per extent, in order.
    #[n(1)]
    pub parts: Vec<ObjectPart>,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ObjectPart {
    #[n(0)]
    pub number: u16,
    #[n(1)]
    pub checksum: super::checksums::Checksum,
}

/// A multipart upload's name: the position of its creation, then eight random bytes. The position
/// makes uploads of a key sort by age, the rest makes the id hard to guess.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct UploadId(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 16]);

impl UploadId {
    /// Reads the hexadecimal form; anything else names no upload of ours.
    #[must_use]
    pub fn parse(text: &str) -> Option<UploadId> {
        let legal = text.len() == 32
            && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'));
        let number = legal.then(|| u128::from_str_radix(text, 16).ok()).flatten()?;
        Some(UploadId(number.to_be_bytes()))
    }
}

impl fmt::Display for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// A multipart upload in progress.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Upload {
    #[n(0)]
    pub initiated: Timestamp,
    #[n(1)]
    pub metadata: Metadata,
    #[n(2)]
    pub checksums: super::checksums::UploadChecksums,
}

/// One uploaded part.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Part {
    #[n(0)]
    pub extent: Extent,
    #[cbor(n(1), with = "minicbor::bytes")]
    pub md5: [u8; 16],
    /// Of the algorithm that the upload chose.
    #[n(2)]
    pub checksum: super::checksums::Checksum,
    #[n(3)]
    pub last_modified: Timestamp,
    /// Of another algorithm, which the client sent with the part alone. Only for uploads that
    /// declare none.
    #[n(4)]
    pub extra_checksum: Option<super::checksums::Checksum>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_name_obeys_the_rules_of_aws() {
        let long = "a".repeat(63);
        for good in ["abc", "my.bucket-1", "1-2", long.as_str(), "192.168.5"] {
            assert!(BucketName::parse(good).is_ok(), "{good}");
        }
        let too_long = "a".repeat(64);
        for bad in [
            "ab",
            "",
            "Abc",
            "a_b",
            "-ab",
            "ab-",
            ".ab",
            "ab.",
            "a..b",
            "192.168.5.4",
            "xn--a",
            "sthree-a",
            "amzn-s3-demo-a",
            "a-s3alias",
            "a--ol-s3",
            "a.mrap",
            "a--x-s3",
            "ab\0c",
            too_long.as_str(),
        ] {
            assert!(BucketName::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_upload_id_reads_back_what_it_shows() {
        let id = UploadId([0xa5; 16]);
        assert_eq!(UploadId::parse(&id.to_string()), Some(id));
        for bad in
            ["", "xyz", "A5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5", "+5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5"]
        {
            assert_eq!(UploadId::parse(bad), None, "{bad}");
        }
    }
}
