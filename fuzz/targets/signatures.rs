//! Signatures: whatever stands in a header or a query, nothing panics, and nothing verifies.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use tidemill_aws::HttpRequest;
use tidemill_aws::sigv4::{self, SigningKey};
use tidemill_kernel::Timestamp;

/// Lines: the `Authorization` header, the date's, the token's, the query, the path.
pub(crate) fn run(data: &[u8]) {
    let mut lines = data.split(|byte| *byte == b'\n');
    let mut headers = HeaderMap::new();
    for name in ["authorization", "x-amz-date", "x-amz-security-token"] {
        if let Some(value) = lines.next().and_then(|line| HeaderValue::from_bytes(line).ok()) {
            headers.insert(name, value);
        }
    }
    let mut text =
        || lines.next().map(|line| String::from_utf8_lossy(line).into_owned()).unwrap_or_default();
    let (query, path) = (text(), text());
    let body = Bytes::from_static(b"{}");
    let request = HttpRequest { method: Method::POST, path, query, headers, body };
    if let Ok(signature) = sigv4::parse(&request) {
        let key = SigningKey::derive("a secret that nobody guesses", &signature.scope);
        assert!(
            sigv4::verify(&signature, &key, &request, Timestamp(1_800_000_000_000)).is_err(),
            "a signature was forged"
        );
    }
}
