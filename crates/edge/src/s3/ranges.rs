//! Ranges that S3 does not serve: it ignores them, and gives the object whole with status 200.
//!
//! Several ranges, another unit than bytes, a last byte before the first, nonsense: with any of
//! them S3 answers as if there were no `Range` at all, and s3s refuses to read the request. The
//! header cannot be taken away beforehand, because the signature may cover it. So such a request
//! is asked twice: as it came, to have its signature and key checked, and then without header and
//! signature on the word of the first.
//!
//! # Invariants
//!
//! - Only reads are asked twice, and the first time s3s refuses before anything is read.
//! - The second request differs from the verified one in nothing but what is left out here.

use http::header::{AUTHORIZATION, RANGE};
use http::{HeaderValue, Method, Request, Uri};
use s3s::{Body, dto};

/// What carries a signature in the query of a presigned URL, new and old.
const SIGNATURE_PARAMETERS: [&str; 10] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
    "X-Amz-Security-Token",
    "AWSAccessKeyId",
    "Signature",
    "Expires",
];

/// The read that is left when a range that S3 ignores is taken away, and the signature with it;
/// `None` for any other request.
pub(super) fn without_ignored(request: &Request<Body>) -> Option<Request<Body>> {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let range = request.headers().get(RANGE)?;
    let is_served =
        |range: &HeaderValue| range.to_str().is_ok_and(|text| dto::Range::parse(text).is_ok());
    if !is_read || is_served(range) {
        return None;
    }
    let mut rest = Request::new(Body::empty());
    *rest.method_mut() = request.method().clone();
    *rest.uri_mut() = unsigned(request.uri())?;
    *rest.version_mut() = request.version();
    rest.headers_mut().clone_from(request.headers());
    for name in [AUTHORIZATION, RANGE] {
        rest.headers_mut().remove(name);
    }
    Some(rest)
}

fn unsigned(uri: &Uri) -> Option<Uri> {
    let Some(query) = uri.query() else { return Some(uri.clone()) };
    let is_kept = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        !SIGNATURE_PARAMETERS.contains(&name)
    };
    let kept: Vec<&str> = query.split('&').filter(is_kept).collect();
    let mut parts = uri.clone().into_parts();
    let path_and_query = format!("{}?{}", uri.path(), kept.join("&"));
    parts.path_and_query = Some(path_and_query.parse().ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(method: Method, uri: &str, range: &str) -> Option<String> {
        let request = Request::builder()
            .method(method)
            .uri(uri)
            .header("authorization", "AWS4-HMAC-SHA256 x")
            .header("range", range)
            .header("if-match", "\"e\"")
            .body(Body::empty())
            .expect("a request");
        without_ignored(&request).map(|rest| format!("{} {:?}", rest.uri(), rest.headers()))
    }

    #[test]
    fn what_s3_ignores_is_left_out_and_what_it_serves_is_kept() {
        for served in ["bytes=0-1", "bytes=5-", "bytes=-3"] {
            assert_eq!(ask(Method::GET, "/b/k", served), None, "{served}");
        }
        let left = Some(r#"/b/k {"if-match": "\"e\""}"#.to_owned());
        for ignored in ["bytes=0-1,4-5", "bytes=0-1, -3", "bytes=3-1", "items=0-1", "bytes=", "x"] {
            assert_eq!(ask(Method::GET, "/b/k", ignored), left, "{ignored}");
            assert_eq!(ask(Method::PUT, "/b/k", ignored), None, "{ignored}");
        }
    }

    #[test]
    fn the_signature_of_a_presigned_url_is_left_out_with_it() {
        let uri = "/b/k?partNumber=1&X-Amz-Signature=s&X-Amz-Credential=c&versionId=null&Expires=9";
        let left = ask(Method::HEAD, uri, "bytes=0-1,4-5").expect("a read");
        assert!(left.starts_with("/b/k?partNumber=1&versionId=null "), "{left}");
    }
}
