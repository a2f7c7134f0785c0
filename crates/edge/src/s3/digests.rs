//! Hashes over data as it streams, what clients claim them to be, and how answers carry them.

use super::exchange::Caller;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::HeaderMap;
use md5::Digest as _;
use s3s::dto::ChecksumAlgorithm;
use s3s::{S3Result, TrailingHeaders, s3_error};
use tidemill_services::s3::Error;
use tidemill_services::s3::checksums::{Algorithm, Checksum, ChecksumType, ObjectChecksum};
use tidemill_services::s3::model::ETag;

/// Computes the MD5 and a checksum or two over data that passes by.
pub(super) struct Hasher {
    md5: md5::Md5,
    main: ChecksumHasher,
    extra: Option<ChecksumHasher>,
}

struct ChecksumHasher {
    algorithm: Algorithm,
    state: HasherState,
}

enum HasherState {
    Crc(crc_fast::Digest),
    Sha1(sha1::Sha1),
    Sha256(sha2::Sha256),
}

/// What a [`Hasher`] found.
#[derive(Clone, Debug)]
pub(super) struct Digests {
    pub(super) md5: [u8; 16],
    pub(super) checksum: Checksum,
    pub(super) extra: Option<Checksum>,
}

impl ChecksumHasher {
    fn new(algorithm: Algorithm) -> ChecksumHasher {
        let state = match (algorithm, algorithm.crc()) {
            (_, Some(crc)) => HasherState::Crc(crc_fast::Digest::new(crc)),
            (Algorithm::Sha1, None) => HasherState::Sha1(sha1::Sha1::new()),
            (_, None) => HasherState::Sha256(sha2::Sha256::new()),
        };
        ChecksumHasher { algorithm, state }
    }

    fn update(&mut self, data: &[u8]) {
        match &mut self.state {
            HasherState::Crc(crc) => crc.update(data),
            HasherState::Sha1(sha1) => sha1.update(data),
            HasherState::Sha256(sha256) => sha256.update(data),
        }
    }

    fn finish(self) -> Checksum {
        let value = match self.state {
            HasherState::Crc(crc) => self.algorithm.crc_value(crc.finalize()),
            HasherState::Sha1(sha1) => sha1.finalize().to_vec(),
            HasherState::Sha256(sha256) => sha256.finalize().to_vec(),
        };
        Checksum { algorithm: self.algorithm, value }
    }
}

/// Which checksums to compute: one that is kept, and perhaps one that the client sent besides.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub(super) main: Algorithm,
    pub(super) extra: Option<Algorithm>,
}

impl From<Algorithm> for Wanted {
    fn from(main: Algorithm) -> Wanted {
        Wanted { main, extra: None }
    }
}

impl Hasher {
    pub(super) fn new(wanted: Wanted) -> Hasher {
        Hasher {
            md5: md5::Md5::new(),
            main: ChecksumHasher::new(wanted.main),
            extra: wanted.extra.map(ChecksumHasher::new),
        }
    }

    pub(super) fn update(&mut self, data: &[u8]) {
        self.md5.update(data);
        self.main.update(data);
        if let Some(extra) = &mut self.extra {
            extra.update(data);
        }
    }

    pub(super) fn finish(self) -> Digests {
        Digests {
            md5: self.md5.finalize().into(),
            checksum: self.main.finish(),
            extra: self.extra.map(ChecksumHasher::finish),
        }
    }
}

/// The five checksum fields that many shapes have, as base64 texts.
#[derive(Clone, Debug, Default)]
pub(super) struct ChecksumFields {
    pub(super) crc32: Option<String>,
    pub(super) crc32c: Option<String>,
    pub(super) crc64nvme: Option<String>,
    pub(super) sha1: Option<String>,
    pub(super) sha256: Option<String>,
}

impl ChecksumFields {
    /// The field of one algorithm, set to `text`.
    fn of(algorithm: Algorithm, text: String) -> ChecksumFields {
        let mut fields = ChecksumFields::default();
        let field = match algorithm {
            Algorithm::Crc32 => &mut fields.crc32,
            Algorithm::Crc32c => &mut fields.crc32c,
            Algorithm::Crc64Nvme => &mut fields.crc64nvme,
            Algorithm::Sha1 => &mut fields.sha1,
            Algorithm::Sha256 => &mut fields.sha256,
        };
        *field = Some(text);
        fields
    }

    pub(super) fn of_checksum(checksum: &Checksum) -> ChecksumFields {
        ChecksumFields::of(checksum.algorithm, BASE64.encode(&checksum.value))
    }

    /// An object's checksum; a composite one ends with the number of parts.
    pub(super) fn of_object(checksum: &ObjectChecksum, etag: ETag) -> ChecksumFields {
        let mut text = BASE64.encode(&checksum.checksum.value);
        if let (ChecksumType::Composite, Some(parts)) = (checksum.kind, etag.parts) {
            text = format!("{text}-{parts}");
        }
        ChecksumFields::of(checksum.checksum.algorithm, text)
    }

    /// The one checksum that is given, if any; two are one too many.
    fn single(self) -> S3Result<Option<(Algorithm, String)>> {
        let ChecksumFields { crc32, crc32c, crc64nvme, sha1, sha256 } = self;
        let mut given = [
            (Algorithm::Crc32, crc32),
            (Algorithm::Crc32c, crc32c),
            (Algorithm::Crc64Nvme, crc64nvme),
            (Algorithm::Sha1, sha1),
            (Algorithm::Sha256, sha256),
        ]
        .into_iter()
        .filter_map(|(algorithm, text)| Some((algorithm, text?)));
        let first = given.next();
        if given.next().is_some() {
            return Err(s3_error!(
                InvalidRequest,
                "Expecting a single x-amz-checksum- header. Multiple checksum Types are not \
                 allowed."
            ));
        }
        Ok(first)
    }

    /// The one checksum that is given, read.
    pub(super) fn parse(self) -> S3Result<Option<Checksum>> {
        self.single()?.map(|(algorithm, text)| parse(algorithm, &text)).transpose()
    }
}

/// Reads a checksum; the number of parts behind a composite one is the client's arithmetic.
fn parse(algorithm: Algorithm, text: &str) -> S3Result<Checksum> {
    let digits = text.split_once('-').map_or(text, |(digits, _)| digits);
    BASE64
        .decode(digits)
        .ok()
        .filter(|value| value.len() == algorithm.bytes())
        .map(|value| Checksum { algorithm, value })
        .ok_or_else(|| {
            let name = header_name(algorithm);
            s3_error!(InvalidRequest, "Value for {name} header is invalid.")
        })
}

pub(super) fn header_name(algorithm: Algorithm) -> String {
    format!("x-amz-checksum-{}", algorithm.as_str().to_ascii_lowercase())
}

/// The algorithm that a checksum-algorithm field names.
pub(super) fn parse_algorithm(name: &ChecksumAlgorithm) -> S3Result<Algorithm> {
    Algorithm::parse(&name.as_str().to_ascii_uppercase()).ok_or_else(|| {
        s3_error!(
            InvalidRequest,
            "Checksum algorithm provided is unsupported. Please try again with any of the valid \
             types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]"
        )
    })
}

/// What a client says the data it sends will hash to.
#[derive(Debug)]
pub(super) struct Claims {
    md5: Option<[u8; 16]>,
    checksum: Option<Claim>,
}

#[derive(Debug)]
enum Claim {
    Known(Checksum),
    /// Its value follows the data.
    Trailing(Algorithm),
}

impl Claims {
    pub(super) fn read(
        headers: &HeaderMap,
        fields: ChecksumFields,
        named: Option<&ChecksumAlgorithm>,
        content_md5: Option<&str>,
    ) -> S3Result<Claims> {
        let trailer = headers.get("x-amz-trailer").and_then(|value| value.to_str().ok());
        let trailing = trailer.map(parse_trailer).transpose()?;
        let checksum = match (fields.parse()?, trailing) {
            (Some(checksum), None) => Some(Claim::Known(checksum)),
            (None, Some(algorithm)) => Some(Claim::Trailing(algorithm)),
            (Some(_), Some(_)) => {
                return Err(s3_error!(
                    InvalidRequest,
                    "Expecting a single x-amz-checksum- header. Multiple checksum Types are not \
                     allowed."
                ));
            }
            (None, None) => None,
        };
        if let (Some(named), None) = (named, &checksum) {
            parse_algorithm(named)?;
            return Err(s3_error!(
                InvalidRequest,
                "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or \
                 x-amz-trailer headers were found."
            ));
        }
        Ok(Claims { md5: content_md5.map(parse_content_md5).transpose()?, checksum })
    }

    pub(super) fn algorithm(&self) -> Option<Algorithm> {
        self.checksum.as_ref().map(|claim| match claim {
            Claim::Known(checksum) => checksum.algorithm,
            Claim::Trailing(algorithm) => *algorithm,
        })
    }

    /// Compares the claims with what was found, once all data and the trailers are there.
    pub(super) fn verify(
        &self,
        caller: &Caller,
        found: &Digests,
        trailers: Option<&TrailingHeaders>,
    ) -> S3Result<()> {
        if self.md5.is_some_and(|claimed| claimed != found.md5) {
            return Err(s3_error!(
                BadDigest,
                "The Content-MD5 you specified did not match what we received."
            ));
        }
        let claimed = match &self.checksum {
            None => return Ok(()),
            Some(Claim::Known(checksum)) => checksum.clone(),
            Some(Claim::Trailing(algorithm)) => {
                let name = header_name(*algorithm);
                let text = trailers
                    .and_then(|trailers| trailers.read(|headers| headers.get(&name).cloned()))
                    .flatten()
                    .and_then(|value| value.to_str().ok().map(str::to_owned))
                    .ok_or_else(malformed_trailer)?;
                parse(*algorithm, &text)?
            }
        };
        if claimed == found.checksum || Some(&claimed) == found.extra.as_ref() {
            Ok(())
        } else {
            Err(caller.refuse(&Error::BadDigest { algorithm: claimed.algorithm }))
        }
    }
}

fn malformed_trailer() -> s3s::S3Error {
    let mut error = s3s::S3Error::with_message(
        s3s::S3ErrorCode::Custom("MalformedTrailerError".into()),
        "The request contained trailing data that was not well-formed or did not conform to our \
         published schema.",
    );
    error.set_status_code(http::StatusCode::BAD_REQUEST);
    error
}

fn parse_trailer(names: &str) -> S3Result<Algorithm> {
    Algorithm::ALL
        .into_iter()
        .find(|algorithm| names.trim().eq_ignore_ascii_case(&header_name(*algorithm)))
        .ok_or_else(|| {
            s3_error!(
                InvalidRequest,
                "The value specified in the x-amz-trailer header is not supported"
            )
        })
}

pub(super) fn parse_content_md5(text: &str) -> S3Result<[u8; 16]> {
    let md5 = BASE64.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
    md5.ok_or_else(|| s3_error!(InvalidDigest, "The Content-MD5 you specified was invalid."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streamed_hashes_are_those_of_the_whole() {
        for algorithm in Algorithm::ALL {
            let mut hasher = Hasher::new(algorithm.into());
            hasher.update(b"12345");
            hasher.update(b"6789");
            let digests = hasher.finish();
            assert_eq!(digests.checksum, algorithm.checksum(b"123456789"));
            assert_eq!(digests.md5, tidemill_services::s3::checksums::md5(b"123456789"));
        }
    }

    #[test]
    fn claims_are_read_from_headers_and_trailers() {
        let headers = |pairs: &[(&'static str, &str)]| {
            let pairs = pairs.iter().map(|(name, value)| {
                (http::HeaderName::from_static(name), value.parse().expect("visible"))
            });
            pairs.collect::<HeaderMap>()
        };
        let crc32 = || ChecksumFields { crc32: Some("y/Q5Jg==".to_owned()), ..Default::default() };
        let none = HeaderMap::new();
        let claims = Claims::read(&none, crc32(), None, None).expect("legal");
        assert_eq!(claims.algorithm(), Some(Algorithm::Crc32));
        let trailer = headers(&[("x-amz-trailer", "x-amz-checksum-sha256")]);
        let claims = Claims::read(&trailer, ChecksumFields::default(), None, None).expect("legal");
        assert_eq!(claims.algorithm(), Some(Algorithm::Sha256));

        let two = ChecksumFields { sha1: Some(String::new()), ..crc32() };
        let wrong = ChecksumFields { crc32: Some("AAAA".to_owned()), ..Default::default() };
        let named = ChecksumAlgorithm::from_static("CRC32");
        for refused in [
            Claims::read(&none, two, None, None),
            Claims::read(&none, wrong, None, None),
            Claims::read(&trailer, crc32(), None, None),
            Claims::read(&none, ChecksumFields::default(), Some(&named), None),
            Claims::read(&none, ChecksumFields::default(), None, Some("nonsense")),
            Claims::read(&headers(&[("x-amz-trailer", "x-other")]), crc32(), None, None),
        ] {
            assert!(refused.is_err(), "{refused:?}");
        }
    }
}
