//! Checksums: which one an object carries, and how those of parts become one of the whole.
//!
//! Every object has exactly one checksum: the client's choice, or CRC64NVME when it made none.
//! The edge computes them over the data as it streams; here they are combined and compared.
//!
//! # Invariants
//!
//! - A stored checksum was computed by us over the stored bytes, never merely copied from a client.

use crc_fast::CrcAlgorithm;
use md5::Digest as _;
use minicbor::{Decode, Encode};
use std::fmt;

use super::error::Error;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Algorithm {
    #[n(0)]
    Crc32,
    #[n(1)]
    Crc32c,
    #[n(2)]
    Crc64Nvme,
    #[n(3)]
    Sha1,
    #[n(4)]
    Sha256,
}

impl Algorithm {
    pub const ALL: [Algorithm; 5] = [
        Algorithm::Crc32,
        Algorithm::Crc32c,
        Algorithm::Crc64Nvme,
        Algorithm::Sha1,
        Algorithm::Sha256,
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Algorithm::Crc32 => "CRC32",
            Algorithm::Crc32c => "CRC32C",
            Algorithm::Crc64Nvme => "CRC64NVME",
            Algorithm::Sha1 => "SHA1",
            Algorithm::Sha256 => "SHA256",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Algorithm> {
        Algorithm::ALL.into_iter().find(|algorithm| algorithm.as_str() == text)
    }

    /// The CRC that can be combined from those of parts; digests cannot.
    #[must_use]
    pub fn crc(self) -> Option<CrcAlgorithm> {
        match self {
            Algorithm::Crc32 => Some(CrcAlgorithm::Crc32IsoHdlc),
            Algorithm::Crc32c => Some(CrcAlgorithm::Crc32Iscsi),
            Algorithm::Crc64Nvme => Some(CrcAlgorithm::Crc64Nvme),
            Algorithm::Sha1 | Algorithm::Sha256 => None,
        }
    }

    /// Length of the raw value.
    #[must_use]
    pub fn bytes(self) -> usize {
        match self {
            Algorithm::Crc32 | Algorithm::Crc32c => 4,
            Algorithm::Crc64Nvme => 8,
            Algorithm::Sha1 => 20,
            Algorithm::Sha256 => 32,
        }
    }

    /// The checksum of bytes in memory.
    #[must_use]
    pub fn checksum(self, data: &[u8]) -> Checksum {
        let value = match self {
            Algorithm::Crc32 | Algorithm::Crc32c | Algorithm::Crc64Nvme => {
                let crc = self.crc().expect("the three CRCs have one");
                self.crc_value(crc_fast::checksum(crc, data))
            }
            Algorithm::Sha1 => sha1::Sha1::digest(data).to_vec(),
            Algorithm::Sha256 => sha2::Sha256::digest(data).to_vec(),
        };
        Checksum { algorithm: self, value }
    }

    /// A CRC's number as S3 writes it: big-endian, as wide as the algorithm.
    #[must_use]
    pub fn crc_value(self, crc: u64) -> Vec<u8> {
        let wide = crc.to_be_bytes();
        wide.get(wide.len() - self.bytes()..).expect("no CRC is wider than eight bytes").to_vec()
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A checksum of one run of bytes, raw.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct Checksum {
    #[n(0)]
    pub algorithm: Algorithm,
    #[cbor(n(1), with = "minicbor::bytes")]
    pub value: Vec<u8>,
}

impl Checksum {
    fn crc(&self) -> u64 {
        self.value.iter().fold(0, |crc, byte| (crc << 8) | u64::from(*byte))
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.algorithm)?;
        f.write_str(&tidemill_kernel::hex::encode(&self.value))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum ChecksumType {
    /// Of the parts' checksums.
    #[n(0)]
    Composite,
    /// Of the data, however it was uploaded.
    #[n(1)]
    FullObject,
}

impl ChecksumType {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ChecksumType::Composite => "COMPOSITE",
            ChecksumType::FullObject => "FULL_OBJECT",
        }
    }
}

/// The checksum of an object. A composite one is shown with the number of parts behind a dash.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ObjectChecksum {
    #[n(0)]
    pub checksum: Checksum,
    #[n(1)]
    pub kind: ChecksumType,
}

impl ObjectChecksum {
    #[must_use]
    pub fn full(checksum: Checksum) -> ObjectChecksum {
        ObjectChecksum { checksum, kind: ChecksumType::FullObject }
    }
}

/// How an upload's parts are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct UploadChecksums {
    #[n(0)]
    pub algorithm: Algorithm,
    #[n(1)]
    pub kind: ChecksumType,
    /// Whether the client named the algorithm: only then must the completion list a composite's
    /// part checksums, and only then are they echoed.
    #[n(2)]
    pub declared: bool,
}

impl UploadChecksums {
    /// What `CreateMultipartUpload` asks for, with S3's defaults; some pairs do not exist.
    pub fn choose(
        algorithm: Option<Algorithm>,
        kind: Option<ChecksumType>,
    ) -> Result<UploadChecksums, Error> {
        let Some(algorithm) = algorithm else {
            return match kind {
                None | Some(ChecksumType::FullObject) => Ok(UploadChecksums {
                    algorithm: Algorithm::Crc64Nvme,
                    kind: ChecksumType::FullObject,
                    declared: false,
                }),
                Some(ChecksumType::Composite) => Err(Error::ChecksumTypeWithoutAlgorithm),
            };
        };
        let kind_default = match algorithm {
            Algorithm::Crc64Nvme => ChecksumType::FullObject,
            Algorithm::Crc32 | Algorithm::Crc32c | Algorithm::Sha1 | Algorithm::Sha256 => {
                ChecksumType::Composite
            }
        };
        let kind = kind.unwrap_or(kind_default);
        let exists = match (algorithm, kind) {
            (Algorithm::Crc64Nvme, ChecksumType::Composite)
            | (Algorithm::Sha1 | Algorithm::Sha256, ChecksumType::FullObject) => false,
            (Algorithm::Crc32 | Algorithm::Crc32c, _)
            | (Algorithm::Crc64Nvme, ChecksumType::FullObject)
            | (Algorithm::Sha1 | Algorithm::Sha256, ChecksumType::Composite) => true,
        };
        if exists {
            Ok(UploadChecksums { algorithm, kind, declared: true })
        } else {
            Err(Error::ChecksumTypeUnsupported { algorithm, kind })
        }
    }

    /// The whole object's checksum from its parts' (checksum, size), in order.
    #[must_use]
    pub fn combine(&self, parts: &[(&Checksum, u64)]) -> ObjectChecksum {
        let checksum = match (self.kind, self.algorithm.crc()) {
            (ChecksumType::FullObject, Some(algorithm)) => {
                let crc = parts
                    .iter()
                    .map(|(checksum, size)| (checksum.crc(), *size))
                    .reduce(|(crc, _), (next, size)| {
                        (crc_fast::checksum_combine(algorithm, crc, next, size), size)
                    })
                    .map_or_else(|| crc_fast::checksum(algorithm, &[]), |(crc, _)| crc);
                Checksum { algorithm: self.algorithm, value: self.algorithm.crc_value(crc) }
            }
            (ChecksumType::Composite, _) | (ChecksumType::FullObject, None) => {
                let values: Vec<u8> =
                    parts.iter().flat_map(|(checksum, _)| checksum.value.clone()).collect();
                self.algorithm.checksum(&values)
            }
        };
        ObjectChecksum { checksum, kind: self.kind }
    }
}

/// The entity tag of an object made of parts with these MD5s.
#[must_use]
pub fn multipart_etag(md5s: &[[u8; 16]]) -> super::model::ETag {
    let parts = u32::try_from(md5s.len()).expect("an upload has at most 10,000 parts");
    super::model::ETag { md5: md5(&md5s.concat()), parts: Some(parts) }
}

/// The MD5 of bytes in memory.
#[must_use]
pub fn md5(data: &[u8]) -> [u8; 16] {
    md5::Md5::digest(data).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn the_check_values_are_the_published_ones() {
        let shown: Vec<String> = Algorithm::ALL
            .iter()
            .map(|algorithm| format!("{:?}", algorithm.checksum(b"123456789")))
            .collect();
        expect![[r#"
            CRC32:cbf43926
            CRC32C:e3069283
            CRC64NVME:ae8b14860a799888
            SHA1:f7c3bc1d808e04732adf679965ccc34ca7ae3441
            SHA256:15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"#]]
        .assert_eq(&shown.join("\n"));
    }

    #[test]
    fn a_full_object_checksum_of_parts_is_that_of_the_whole() {
        let data: Vec<u8> = (0..10_000_u32).flat_map(u32::to_le_bytes).collect();
        for algorithm in [Algorithm::Crc32, Algorithm::Crc32c, Algorithm::Crc64Nvme] {
            let choice = UploadChecksums::choose(Some(algorithm), Some(ChecksumType::FullObject))
                .expect("exists");
            for cut in [0, 1, 9_999, 40_000] {
                let (left, right) = data.split_at(cut);
                let (a, b) = (algorithm.checksum(left), algorithm.checksum(right));
                let parts = [(&a, left.len() as u64), (&b, right.len() as u64)];
                assert_eq!(choice.combine(&parts).checksum, algorithm.checksum(&data), "{cut}");
            }
        }
    }

    #[test]
    fn only_some_pairs_of_algorithm_and_type_exist() {
        let shown: Vec<String> =
            [None, Some(Algorithm::Crc32), Some(Algorithm::Crc64Nvme), Some(Algorithm::Sha1)]
                .into_iter()
                .flat_map(|algorithm| {
                    [None, Some(ChecksumType::Composite), Some(ChecksumType::FullObject)]
                        .map(|kind| (algorithm, kind))
                })
                .map(|(algorithm, kind)| match UploadChecksums::choose(algorithm, kind) {
                    Ok(choice) => format!("{} {}", choice.algorithm, choice.kind.as_str()),
                    Err(error) => error.to_string(),
                })
                .collect();
        expect![[r#"
            CRC64NVME FULL_OBJECT
            The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.
            CRC64NVME FULL_OBJECT
            CRC32 COMPOSITE
            CRC32 COMPOSITE
            CRC32 FULL_OBJECT
            CRC64NVME FULL_OBJECT
            The COMPOSITE checksum type cannot be used with the CRC64NVME checksum algorithm.
            CRC64NVME FULL_OBJECT
            SHA1 COMPOSITE
            SHA1 COMPOSITE
            The FULL_OBJECT checksum type cannot be used with the SHA1 checksum algorithm."#]]
        .assert_eq(&shown.join("\n"));
    }
}
