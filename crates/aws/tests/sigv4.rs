//! Signatures: AWS's own vectors, requests that botocore signed, and what must be refused.

#![expect(clippy::disallowed_methods, reason = "tests read the vectors from their files")]

use bytes::Bytes;
use expect_test::expect;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use std::fs;
use std::path::{Path, PathBuf};
use tidemill_aws::sigv4::{self, SigningKey};
use tidemill_aws::{HttpRequest, WireError};
use tidemill_kernel::Timestamp;

const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/sigv4");
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/// 2015-08-30T12:36:00Z, when the vectors were signed.
const THEN: Timestamp = Timestamp(1_440_938_160_000);
/// 2026-11-20T10:00:00Z, when botocore signed.
const NOW: Timestamp = Timestamp(1_795_168_800_000);

fn verify(request: &HttpRequest, secret: &str, now: Timestamp) -> Result<(), WireError> {
    let signature = sigv4::parse(request)?;
    let key = SigningKey::derive(secret, &signature.scope);
    sigv4::verify(&signature, &key, request, now)
}

fn request(method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> HttpRequest {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("legal");
        map.append(name, HeaderValue::from_bytes(value.as_bytes()).expect("legal"));
    }
    HttpRequest {
        method: Method::from_bytes(method.as_bytes()).expect("legal"),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: map,
        body: Bytes::copy_from_slice(body.as_bytes()),
    }
}

/// A request as the vectors write it; a folded header line is one line with spaces.
fn read_vector(text: &str) -> HttpRequest {
    let text = text.replace("\r\n", "\n");
    let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
    let mut lines = head.lines();
    let (method, target) = lines.next().expect("a request line").split_once(' ').expect("legal");
    let target = target.strip_suffix(" HTTP/1.1").expect("a version");
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in lines {
        match line.split_once(':') {
            Some((name, value)) if !line.starts_with(' ') => {
                headers.push((name.to_owned(), value.to_owned()));
            }
            _ => {
                let (_, value) = headers.last_mut().expect("a folded line follows a header");
                value.push_str(line);
            }
        }
    }
    let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (&**n, v.trim())).collect();
    request(method, target, &headers, body)
}

fn vectors_in(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            vectors_in(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "sreq") {
            found.push(path);
        }
    }
}

#[test]
fn the_vectors_of_aws_verify_and_no_longer_when_anything_changes() {
    let folder = Path::new(VECTORS);
    if !folder.exists() {
        println!("skipped: there are no vectors in {VECTORS}");
        return;
    }
    let mut vectors = Vec::new();
    vectors_in(folder, &mut vectors);
    vectors.sort();
    assert!(vectors.len() >= 30, "only {} vectors", vectors.len());
    for vector in vectors {
        // The signed request has every header; but one vector's has the signature of another, so
        // the signature is taken from the file that holds nothing else.
        let mut request = read_vector(&fs::read_to_string(&vector).expect("readable"));
        let authorization = fs::read_to_string(vector.with_extension("authz")).expect("readable");
        request.headers.insert("authorization", authorization.trim().parse().expect("legal"));
        let name = vector.display();
        verify(&request, SECRET, THEN).unwrap_or_else(|error| panic!("{name}: {}", error.message));
        assert!(verify(&request, "another", THEN).is_err(), "{name}: another secret");
        let mut changed = request.clone();
        changed.body = Bytes::from([&request.body[..], b"x"].concat());
        assert!(verify(&changed, SECRET, THEN).is_err(), "{name}: another body");
        let mut changed = request.clone();
        changed.path.push('x');
        assert!(verify(&changed, SECRET, THEN).is_err(), "{name}: another path");
        let mut changed = request.clone();
        changed.method = Method::PATCH;
        assert!(verify(&changed, SECRET, THEN).is_err(), "{name}: another method");
    }
}

fn send_message() -> HttpRequest {
    request(
        "POST",
        "/",
        &[
            ("host", "127.0.0.1:4566"),
            ("x-amz-target", "AmazonSQS.SendMessage"),
            ("content-type", "application/x-amz-json-1.0"),
            ("x-amz-date", "20261120T100000Z"),
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/us-east-1/sqs/aws4_request, \
                 SignedHeaders=content-type;host;x-amz-date;x-amz-target, \
                 Signature=94531d4c1064c07f44005abbc9aa5e07f6f1aa72824f78119b4232237a8456df",
            ),
        ],
        r#"{"QueueUrl":"q","MessageBody":"hello"}"#,
    )
}

fn presigned() -> HttpRequest {
    request(
        "GET",
        "/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256\
         &X-Amz-Credential=AKIDEXAMPLE%2F20261120%2Fus-east-1%2Fsts%2Faws4_request\
         &X-Amz-Date=20261120T100000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host\
         &X-Amz-Security-Token=a%2Ftoken%2Bwith%3Dsigns\
         &X-Amz-Signature=605da1e7ac83a626fdb8b21f966eaa5d3462551042f8336c81c979580381c52d",
        &[("host", "127.0.0.1:4566")],
        "",
    )
}

#[test]
fn what_botocore_signs_verifies() {
    let in_path = request(
        "GET",
        "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Aresize\
         /policy?Qualifier=a%20b%2Fc",
        &[
            ("host", "127.0.0.1:4566"),
            ("x-amz-date", "20261120T100000Z"),
            ("x-amz-security-token", "a/token+with=signs"),
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/eu-west-1/lambda/aws4_request, \
                 SignedHeaders=host;x-amz-date;x-amz-security-token, \
                 Signature=be8fcb05e57e6aab436555d2b76ef06c88898ebb435d6f5f87beb6988d08b77f",
            ),
        ],
        "",
    );
    let object = request(
        "GET",
        "/photos/a//b%20c.jpg?X-Amz-Algorithm=AWS4-HMAC-SHA256\
         &X-Amz-Credential=AKIDEXAMPLE%2F20261120%2Fus-east-1%2Fs3%2Faws4_request\
         &X-Amz-Date=20261120T100000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host\
         &X-Amz-Signature=48ba49ea65fd19e9ac96c92ae70bee12665c951c93f95112a124cfe8aae0bdff",
        &[("host", "127.0.0.1:4566")],
        "",
    );
    for request in [send_message(), presigned(), in_path, object] {
        if let Err(error) = verify(&request, SECRET, NOW) {
            panic!("{}: {}", request.path, error.message);
        }
    }
    let signature = sigv4::parse(&presigned()).expect("legal");
    assert_eq!(signature.session_token.as_deref(), Some("a/token+with=signs"));
    assert_eq!(signature.access_key_id, "AKIDEXAMPLE");
    assert!(sigv4::check_service(&signature, "sts").is_ok());
    assert!(sigv4::check_service(&signature, "sqs").is_err());
}

/// One line per request and instant: the refusal, without the canonical strings.
fn refusal(request: &HttpRequest, now: Timestamp) -> String {
    let error = verify(request, SECRET, now).expect_err("refused");
    let message = error.message.lines().next().unwrap_or_default().to_owned();
    format!("{} {}: {message}\n", error.status, error.query_code.unwrap_or(error.shape))
}

/// The same request with one header replaced.
fn with(name: &'static str, value: &str) -> HttpRequest {
    let mut request = send_message();
    request.headers.insert(name, value.parse().expect("legal"));
    request
}

fn with_authorization(value: &str) -> HttpRequest {
    with("authorization", value)
}

#[test]
fn each_refusal_says_what_is_wrong() {
    const MINUTE: u64 = 60_000;
    let credential = "Credential=AKIDEXAMPLE/20261120/us-east-1/sqs/aws4_request";
    let signed = "SignedHeaders=content-type;host;x-amz-date;x-amz-target";
    let signature = format!("Signature={}", "0".repeat(64));
    let mut without_authorization = send_message();
    without_authorization.headers.remove("authorization");
    let mut without_date = send_message();
    without_date.headers.remove("x-amz-date");
    let other_day = with("x-amz-date", "20261121T000000Z");
    let no_date = with("x-amz-date", "yesterday");
    let mut for_a_year = presigned();
    for_a_year.query = for_a_year.query.replace("Expires=60", "Expires=31536000");
    let mut unsigned_body = with("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
    unsigned_body.body = Bytes::from_static(b"{}");
    let table = [
        refusal(&without_authorization, NOW),
        refusal(&with_authorization("Basic dXNlcjpwYXNz"), NOW),
        refusal(&with_authorization(&format!("AWS4-HMAC-SHA256 {credential}")), NOW),
        refusal(
            &with_authorization(&format!("AWS4-HMAC-SHA256 Credential=me, {signed}, {signature}")),
            NOW,
        ),
        refusal(
            &with_authorization(&format!(
                "AWS4-HMAC-SHA256 {credential}, SignedHeaders=x-amz-date, {signature}"
            )),
            NOW,
        ),
        refusal(
            &with_authorization(&format!("AWS4-HMAC-SHA256 {credential}, {signed}, Signature=0")),
            NOW,
        ),
        refusal(
            &with_authorization(&format!("AWS4-HMAC-SHA256 {credential}, {signed}, {signature}")),
            NOW,
        ),
        refusal(&without_date, NOW),
        refusal(&no_date, NOW),
        refusal(&other_day, NOW),
        refusal(&unsigned_body, NOW),
        refusal(&send_message(), Timestamp(NOW.0 + 15 * MINUTE + 1)),
        refusal(&send_message(), Timestamp(NOW.0 - 15 * MINUTE - 1)),
        refusal(&presigned(), Timestamp(NOW.0 + MINUTE + 1)),
        refusal(&presigned(), Timestamp(NOW.0 - 16 * MINUTE)),
        refusal(&for_a_year, NOW),
    ];
    expect![[r#"
        403 MissingAuthenticationToken: Request is missing Authentication Token
        400 IncompleteSignature: Unsupported AWS 'algorithm': 'Basic'. Only AWS4-HMAC-SHA256 is supported.
        400 IncompleteSignature: Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter.
        400 IncompleteSignature: Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'me'.
        403 SignatureDoesNotMatch: 'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.
        400 IncompleteSignature: Signature must be 64 hexadecimal digits.
        403 SignatureDoesNotMatch: The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.
        400 IncompleteSignature: Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.
        400 IncompleteSignature: Date must be in ISO-8601 'basic format'. Got 'yesterday'. See http://en.wikipedia.org/wiki/ISO_8601.
        403 SignatureDoesNotMatch: Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20261120' != '20261121', from '20261121T000000Z'.
        403 SignatureDoesNotMatch: The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.
        403 SignatureDoesNotMatch: Signature expired: 20261120T100000Z is now earlier than 20261120T100000Z (20261120T101500Z - 15 min.)
        403 SignatureDoesNotMatch: Signature not yet current: 20261120T100000Z is still later than 20261120T095959Z (20261120T094459Z + 15 min.)
        400 RequestExpired: Request has expired: it was good until 20261120T100100Z, and it is 20261120T100100Z.
        403 SignatureDoesNotMatch: Signature not yet current: 20261120T100000Z is still later than 20261120T095900Z (20261120T094400Z + 15 min.)
        400 IncompleteSignature: X-Amz-Expires must be between 1 and 604800 seconds, not '31536000'.
    "#]].assert_eq(&table.concat());
    assert!(verify(&send_message(), SECRET, Timestamp(NOW.0 + 15 * MINUTE)).is_ok());
    assert!(verify(&send_message(), SECRET, Timestamp(NOW.0 - 15 * MINUTE)).is_ok());
    assert!(verify(&presigned(), SECRET, Timestamp(NOW.0 + MINUTE)).is_ok());
}

#[test]
fn a_key_shows_nothing_of_its_secret() {
    let signature = sigv4::parse(&send_message()).expect("legal");
    let key = SigningKey::derive(SECRET, &signature.scope);
    assert_eq!(format!("{key:?}"), "SigningKey(…)");
}
