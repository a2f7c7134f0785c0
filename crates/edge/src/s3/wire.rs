//! Small translations between s3s's shapes and the service's words.

use super::exchange::Caller;
use http::HeaderMap;
use http::header::EXPIRES;
use s3s::dto::{self, ETagCondition, ServerSideEncryption, TimestampFormat};
use s3s::{S3Result, s3_error};
use std::time::{Duration, UNIX_EPOCH};
use tidemill_kernel::Timestamp;
use tidemill_services::s3::Error;
use tidemill_services::s3::checksums::ChecksumType;
use tidemill_services::s3::conditions::ETagMatch;

/// What S3 does with every object by default.
pub(super) fn encryption() -> ServerSideEncryption {
    ServerSideEncryption::from_static(ServerSideEncryption::AES256)
}

pub(super) fn checksum_type(kind: ChecksumType) -> dto::ChecksumType {
    dto::ChecksumType::from_static(kind.as_str())
}

pub(super) fn parse_checksum_type(kind: &dto::ChecksumType) -> S3Result<ChecksumType> {
    match kind.as_str() {
        dto::ChecksumType::COMPOSITE => Ok(ChecksumType::Composite),
        dto::ChecksumType::FULL_OBJECT => Ok(ChecksumType::FullObject),
        _ => Err(s3_error!(InvalidRequest, "Value for x-amz-checksum-type header is invalid.")),
    }
}

pub(super) fn etag_match(condition: ETagCondition) -> ETagMatch {
    match condition {
        ETagCondition::Any => ETagMatch::Any,
        ETagCondition::ETag(etag) => ETagMatch::One(etag.into_value()),
    }
}

/// S3 shows whole seconds everywhere, rounded down.
pub(super) fn timestamp(at: Timestamp) -> dto::Timestamp {
    dto::Timestamp::from(UNIX_EPOCH + Duration::from_secs(at.seconds()))
}

/// A client's time, e.g. of `If-Modified-Since`.
pub(super) fn parse_timestamp(at: &dto::Timestamp) -> Timestamp {
    let seconds = formatted(at, TimestampFormat::EpochSeconds);
    // A time before 1970 is before everything that is stored here.
    Timestamp(seconds.parse::<f64>().map_or(0, |seconds| {
        Duration::try_from_secs_f64(seconds)
            .map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }))
}

pub(super) fn http_date(at: Timestamp) -> String {
    formatted(&timestamp(at), TimestampFormat::HttpDate)
}

fn formatted(at: &dto::Timestamp, format: TimestampFormat) -> String {
    let mut text = Vec::new();
    at.format(format, &mut text).expect("writing to memory cannot fail, and the year is sane");
    String::from_utf8(text).expect("a formatted time is ASCII")
}

/// `Expires` as it was sent: S3 gives it back unchanged.
pub(super) fn expires_text(headers: &HeaderMap) -> Option<String> {
    headers.get(EXPIRES).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// User metadata in the order of its names, so that the same request is the same log entry.
pub(super) fn user_metadata(metadata: Option<dto::Metadata>) -> Vec<(String, String)> {
    let mut user: Vec<(String, String)> = metadata.unwrap_or_default().into_iter().collect();
    user.sort();
    user
}

/// Refuses a version other than the one that there is.
pub(super) fn refuse_version(caller: &Caller, version: Option<&str>) -> S3Result<()> {
    match version {
        None | Some("null") => Ok(()),
        Some(version) => Err(caller.refuse(&Error::InvalidArgument {
            message: "Invalid version id specified".to_owned(),
            name: "versionId".to_owned(),
            value: version.to_owned(),
        })),
    }
}

/// A count that a client may leave out: `default` then, and refused when it is negative.
pub(super) fn limit(
    caller: &Caller,
    name: &str,
    given: Option<i32>,
    default: usize,
) -> S3Result<usize> {
    let Some(given) = given else { return Ok(default) };
    usize::try_from(given).map_err(|_negative| {
        caller.refuse(&Error::InvalidArgument {
            message: format!("Argument {name} must be an integer between 0 and 2147483647"),
            name: name.to_owned(),
            value: given.to_string(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_keep_their_second() {
        let at = Timestamp(1_763_631_773_999);
        assert_eq!(http_date(at), "Thu, 20 Nov 2025 09:42:53 GMT");
        assert_eq!(parse_timestamp(&timestamp(at)), Timestamp(1_763_631_773_000));
    }
}
