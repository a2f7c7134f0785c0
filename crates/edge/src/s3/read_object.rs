//! `GetObject`, `HeadObject`, `GetObjectAttributes`.

use super::digests::ChecksumFields;
use super::exchange::Caller;
use super::unserved::CustomerKey;
use super::wire::{
    checksum_type, encryption, etag_match, parse_timestamp, refuse_version, timestamp,
};
use super::{Front, bucket_name, egress, object_key, unexpected_reply};
use http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, EXPIRES,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use s3s::dto::{
    self, ChecksumMode, ETag, ETagCondition, GetObjectInput, GetObjectOutput, HeadObjectInput,
    HeadObjectOutput, StreamingBlob,
};
use s3s::{S3Request, S3Response, S3Result, s3_error};
use tidemill_services::s3::conditions::ReadConditions;
use tidemill_services::s3::model::{BucketName, Object};
use tidemill_services::s3::{
    Error, GetObject, ObjectView, Query, Range, RangeSpec, Reply, Selection,
};

const CONTENT_TYPE_DEFAULT: &str = "binary/octet-stream";

/// How often a read looks again when the data it was sent to has just been replaced.
const LOOKS_MAX: usize = 3;

impl Front {
    /// Looks an object up.
    pub(super) async fn look_up(
        &self,
        caller: &Caller,
        bucket: &BucketName,
        query: GetObject,
    ) -> S3Result<ObjectView> {
        let reply = self.ask(caller, bucket, Query::GetObject(query)).await?;
        if let Reply::Object(view) = reply { Ok(*view) } else { Err(unexpected_reply()) }
    }

    /// Looks an object up and opens the selected data.
    pub(super) async fn open_object(
        &self,
        caller: &Caller,
        query: &GetObject,
    ) -> S3Result<(ObjectView, StreamingBlob)> {
        for _ in 0..LOOKS_MAX {
            let mut view = self.look_up(caller, &query.bucket, query.clone()).await?;
            let slices = std::mem::take(&mut view.slices);
            if let Some(body) = egress::open(&self.blobs, slices).await? {
                return Ok((view, body));
            }
        }
        tracing::error!(bucket = %query.bucket, key = %query.key, "an object's data is missing");
        Err(s3_error!(InternalError, "We encountered an internal error. Please try again."))
    }
}

/// `If-…` of a read.
pub(super) fn read_conditions(
    if_match: Option<ETagCondition>,
    if_none_match: Option<ETagCondition>,
    if_modified_since: Option<&dto::Timestamp>,
    if_unmodified_since: Option<&dto::Timestamp>,
) -> ReadConditions {
    ReadConditions {
        if_match: if_match.map(etag_match),
        if_none_match: if_none_match.map(etag_match),
        if_modified_since: if_modified_since.map(parse_timestamp),
        if_unmodified_since: if_unmodified_since.map(parse_timestamp),
    }
}

pub(super) fn range_spec(range: dto::Range) -> RangeSpec {
    match range {
        dto::Range::Int { first, last } => RangeSpec::From { first, last },
        dto::Range::Suffix { length } => RangeSpec::Suffix { length },
    }
}

fn selection(caller: &Caller, range: Option<dto::Range>, part: Option<i32>) -> S3Result<Selection> {
    match (range, part) {
        (None, None) => Ok(Selection::Whole),
        (Some(range), None) => Ok(Selection::Range(range_spec(range))),
        (None, Some(part)) => part_number(caller, part).map(Selection::Part),
        (Some(_), Some(_)) => Err(s3_error!(
            InvalidRequest,
            "Cannot specify both Range header and partNumber query parameter"
        )),
    }
}

pub(super) fn part_number(caller: &Caller, given: i32) -> S3Result<u16> {
    u16::try_from(given)
        .ok()
        .filter(|number| (1..=10_000).contains(number))
        .ok_or_else(|| caller.refuse(&Error::InvalidPartNumber { requested: given.to_string() }))
}

fn is_enabled(mode: Option<&ChecksumMode>) -> bool {
    mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED)
}

/// What the answers to GET and HEAD show of an object.
struct Shown {
    object: Object,
    range: Option<Range>,
    selection: Selection,
    checksums: ChecksumFields,
    checksum_type: Option<dto::ChecksumType>,
}

impl Shown {
    fn of(view: ObjectView, selection: Selection, mode: Option<&ChecksumMode>) -> Shown {
        let ObjectView { object, range, slices: _ } = view;
        let (checksums, shows_checksum) = match selection {
            _ if !is_enabled(mode) => (ChecksumFields::default(), false),
            Selection::Range(_) => (ChecksumFields::default(), false),
            Selection::Whole => (ChecksumFields::of_object(&object.checksum, object.etag), true),
            Selection::Part(number) => match &object.multipart {
                None => (ChecksumFields::of_object(&object.checksum, object.etag), true),
                Some(multipart) => {
                    let part = multipart.parts.iter().find(|part| part.number == number);
                    let fields = part.map(|part| ChecksumFields::of_checksum(&part.checksum));
                    (fields.unwrap_or_default(), true)
                }
            },
        };
        let checksum_type = shows_checksum.then(|| checksum_type(object.checksum.kind));
        Shown { object, range, selection, checksums, checksum_type }
    }

    fn status(&self) -> Option<StatusCode> {
        self.range.map(|_| StatusCode::PARTIAL_CONTENT)
    }

    fn content_range(&self) -> Option<String> {
        self.range.map(|Range { first, last }| format!("bytes {first}-{last}/{}", self.object.size))
    }

    fn content_length(&self) -> Option<i64> {
        let length = match (self.range, self.selection) {
            (Some(Range { first, last }), _) => last - first + 1,
            // An empty part has no range.
            (None, Selection::Part(_)) if self.object.multipart.is_some() => 0,
            (None, _) => self.object.size,
        };
        i64::try_from(length).ok()
    }

    /// Only told to those who ask for a part.
    fn parts_count(&self) -> Option<i32> {
        match (&self.object.multipart, self.selection) {
            (Some(multipart), Selection::Part(_)) => i32::try_from(multipart.parts.len()).ok(),
            (Some(_) | None, _) => None,
        }
    }

    fn content_type(&self) -> String {
        let content_type = self.object.metadata.content_type.clone();
        content_type.unwrap_or_else(|| CONTENT_TYPE_DEFAULT.to_owned())
    }

    /// `Expires` is any text, which s3s's field cannot hold.
    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let expires = self.object.metadata.expires.as_ref();
        if let Some(expires) = expires.and_then(|text| HeaderValue::from_str(text).ok()) {
            headers.insert(EXPIRES, expires);
        }
        headers
    }
}

/// The fields that the outputs of GET and HEAD share: two shapes, one meaning.
macro_rules! object_output {
    ($output:ident, $shown:expr) => {{
        let shown: &Shown = &$shown;
        let metadata = &shown.object.metadata;
        $output {
            accept_ranges: Some("bytes".to_owned()),
            cache_control: metadata.cache_control.clone(),
            checksum_crc32: shown.checksums.crc32.clone(),
            checksum_crc32c: shown.checksums.crc32c.clone(),
            checksum_crc64nvme: shown.checksums.crc64nvme.clone(),
            checksum_sha1: shown.checksums.sha1.clone(),
            checksum_sha256: shown.checksums.sha256.clone(),
            checksum_type: shown.checksum_type.clone(),
            content_disposition: metadata.content_disposition.clone(),
            content_encoding: metadata.content_encoding.clone(),
            content_language: metadata.content_language.clone(),
            content_length: shown.content_length(),
            content_range: shown.content_range(),
            content_type: Some(shown.content_type()),
            e_tag: Some(ETag::Strong(shown.object.etag.to_string())),
            last_modified: Some(timestamp(shown.object.last_modified)),
            metadata: Some(metadata.user.iter().cloned().collect()),
            parts_count: shown.parts_count(),
            server_side_encryption: Some(encryption()),
            ..$output::default()
        }
    }};
}

pub(super) async fn get_object(
    front: &Front,
    request: S3Request<GetObjectInput>,
) -> S3Result<S3Response<GetObjectOutput>> {
    let S3Request { input, extensions, region, .. } = request;
    let GetObjectInput {
        bucket,
        checksum_mode,
        expected_bucket_owner,
        if_match,
        if_modified_since,
        if_none_match,
        if_unmodified_since,
        key,
        part_number,
        range,
        request_payer: _,
        // s3s puts these into the answer itself.
        response_cache_control: _,
        response_content_disposition: _,
        response_content_encoding: _,
        response_content_language: _,
        response_content_type: _,
        response_expires: _,
        sse_customer_algorithm: algorithm,
        sse_customer_key,
        sse_customer_key_md5: key_md5,
        version_id,
    } = input;
    CustomerKey { algorithm, key: sse_customer_key, key_md5 }.check()?;
    let caller = Caller::of(&extensions, region.as_ref(), expected_bucket_owner.as_deref())?;
    refuse_version(&caller, version_id.as_deref())?;
    let selection = selection(&caller, range, part_number)?;
    let query = GetObject {
        requester: caller.requester.clone(),
        bucket: bucket_name(&caller, &bucket)?,
        key: object_key(&caller, &key)?,
        conditions: read_conditions(
            if_match,
            if_none_match,
            if_modified_since.as_ref(),
            if_unmodified_since.as_ref(),
        ),
        selection,
    };
    let (view, body) = front.open_object(&caller, &query).await?;
    let shown = Shown::of(view, selection, checksum_mode.as_ref());
    let mut output = object_output!(GetObjectOutput, shown);
    output.body = Some(body);
    let mut response = S3Response::with_headers(output, shown.headers());
    response.status = shown.status();
    Ok(response)
}

pub(super) async fn head_object(
    front: &Front,
    request: S3Request<HeadObjectInput>,
) -> S3Result<S3Response<HeadObjectOutput>> {
    let S3Request { input, extensions, region, .. } = request;
    let HeadObjectInput {
        bucket,
        checksum_mode,
        expected_bucket_owner,
        if_match,
        if_modified_since,
        if_none_match,
        if_unmodified_since,
        key,
        part_number,
        range,
        request_payer: _,
        response_cache_control,
        response_content_disposition,
        response_content_encoding,
        response_content_language,
        response_content_type,
        response_expires,
        sse_customer_algorithm: algorithm,
        sse_customer_key,
        sse_customer_key_md5: key_md5,
        version_id,
    } = input;
    CustomerKey { algorithm, key: sse_customer_key, key_md5 }.check()?;
    let caller = Caller::of(&extensions, region.as_ref(), expected_bucket_owner.as_deref())?;
    refuse_version(&caller, version_id.as_deref())?;
    let selection = selection(&caller, range, part_number)?;
    let query = GetObject {
        requester: caller.requester.clone(),
        bucket: bucket_name(&caller, &bucket)?,
        key: object_key(&caller, &key)?,
        conditions: read_conditions(
            if_match,
            if_none_match,
            if_modified_since.as_ref(),
            if_unmodified_since.as_ref(),
        ),
        selection,
    };
    let bucket = query.bucket.clone();
    let view = front.look_up(&caller, &bucket, query).await?;
    let shown = Shown::of(view, selection, checksum_mode.as_ref());
    let mut output = object_output!(HeadObjectOutput, shown);
    let mut headers = shown.headers();
    for (header, field, value) in [
        (CACHE_CONTROL, Some(&mut output.cache_control), response_cache_control),
        (CONTENT_DISPOSITION, Some(&mut output.content_disposition), response_content_disposition),
        (CONTENT_ENCODING, Some(&mut output.content_encoding), response_content_encoding),
        (CONTENT_LANGUAGE, Some(&mut output.content_language), response_content_language),
        (CONTENT_TYPE, Some(&mut output.content_type), response_content_type),
        (EXPIRES, None, response_expires.map(|at| super::wire::http_date(parse_timestamp(&at)))),
    ] {
        override_header(&mut headers, &header, field, value)?;
    }
    let mut response = S3Response::with_headers(output, headers);
    response.status = shown.status();
    Ok(response)
}

/// A `response-…` parameter takes the place of what is stored.
fn override_header(
    headers: &mut HeaderMap,
    header: &HeaderName,
    field: Option<&mut Option<String>>,
    value: Option<String>,
) -> S3Result<()> {
    let Some(value) = value else { return Ok(()) };
    let parsed = HeaderValue::from_str(&value);
    let parsed = parsed.map_err(|_| s3_error!(InvalidArgument, "Header value cannot be sent"))?;
    match field {
        Some(field) => *field = Some(value),
        None => {
            headers.insert(header, parsed);
        }
    }
    Ok(())
}
