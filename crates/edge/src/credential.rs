//! Which service a request is for, read from its head alone: the signature's scope says it, and
//! an unsigned request gives it away by its form.
//!
//! Nothing here is believed. It decides which door checks the signature and how large the body
//! may be; a request that lies is refused behind that door.

use http::HeaderMap;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::request::Parts;
use tidemill_kernel::Service;

/// A credential scope as a request presents it: `key/date/region/service/aws4_request`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Credential<'a> {
    pub(crate) access_key_id: &'a str,
    pub(crate) service: &'a str,
}

impl<'a> Credential<'a> {
    /// From the `Authorization` header.
    fn of_headers(headers: &'a HeaderMap) -> Option<Credential<'a>> {
        let authorization = headers.get(AUTHORIZATION)?.to_str().ok()?;
        let (_, credential) = authorization.split_once("Credential=")?;
        let end = credential.find([',', ' ']).unwrap_or(credential.len());
        let mut parts = credential.get(..end)?.split('/');
        let access_key_id = parts.next()?;
        let service = parts.nth(2)?;
        Some(Credential { access_key_id, service })
    }
}

/// The door a request belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    S3,
    /// Everything else; the service where the request names one, for the size of its body.
    Aws(Option<Service>),
}

/// Where a request belongs.
pub(crate) fn destination(head: &Parts) -> Destination {
    if let Some(credential) = Credential::of_headers(&head.headers) {
        return of_service_name(credential.service);
    }
    let query = head.uri.query().unwrap_or_default();
    if let Some(service) = presigned_service(query) {
        return of_service_name(service);
    }
    if is_unsigned_api_call(head) {
        return Destination::Aws(None);
    }
    Destination::S3
}

fn of_service_name(name: &str) -> Destination {
    match Service::parse(name) {
        Some(Service::S3) => Destination::S3,
        service => Destination::Aws(service),
    }
}

/// The service in `X-Amz-Credential=KEY%2FDATE%2FREGION%2FSERVICE%2Faws4_request`.
fn presigned_service(query: &str) -> Option<&str> {
    let value = query.split('&').find_map(|pair| pair.strip_prefix("X-Amz-Credential="))?;
    // Slashes are escaped by every SDK, and some tools write them in lower case or bare.
    let mut rest = value;
    for _ in 0..3 {
        let slash = rest.find(['/', '%'])?;
        let length = if rest.as_bytes().get(slash) == Some(&b'%') { 3 } else { 1 };
        rest = rest.get(slash + length..)?;
    }
    rest.get(..rest.find(['/', '%'])?)
}

/// The session token of a request, wherever it stands.
pub(crate) fn session_token(headers: &HeaderMap, query: &str) -> Option<String> {
    if let Some(token) = headers.get("x-amz-security-token") {
        return token.to_str().ok().map(str::to_owned);
    }
    percent_decoded(query.split('&').find_map(|pair| pair.strip_prefix("X-Amz-Security-Token="))?)
}

/// Tokens are ASCII; anything else is none of ours.
fn percent_decoded(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut decoded = parts.next()?.to_owned();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        let byte = u8::from_str_radix(digits, 16).ok().filter(u8::is_ascii)?;
        decoded.push(char::from(byte));
        decoded.push_str(rest);
    }
    Some(decoded)
}

/// Whether an unsigned request speaks one of the other services' protocols: it is then refused
/// in that protocol. Every other unsigned request is an anonymous one to S3.
fn is_unsigned_api_call(head: &Parts) -> bool {
    let path = head.uri.path();
    let content_type =
        head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let query = head.uri.query().unwrap_or_default();
    head.headers.contains_key("x-amz-target")
        || content_type.starts_with("application/x-amz-json")
        || content_type.starts_with("application/x-www-form-urlencoded")
        || query.split('&').any(|pair| pair.starts_with("Action="))
        || starts_with_api_date(path)
}

/// Lambda's paths begin with an API date: `/2015-03-31/functions`. No bucket name with a slash
/// after ten digits and hyphens is refused by this: a bucket's requests are signed for S3.
fn starts_with_api_date(path: &str) -> bool {
    let Some(date) = path.strip_prefix('/').and_then(|path| path.get(..11)) else { return false };
    date.bytes().enumerate().all(|(index, byte)| match index {
        4 | 7 => byte == b'-',
        10 => byte == b'/',
        _ => byte.is_ascii_digit(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn check(uri: &str, headers: &[(&str, &str)], expected: Destination) {
        let mut request = Request::builder().uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (head, ()) = request.body(()).expect("a request").into_parts();
        assert_eq!(destination(&head), expected, "{uri} {headers:?}");
    }

    #[test]
    fn the_scope_names_the_service() {
        let authorization = |service: &str| {
            format!(
                "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/{service}/aws4_request, \
                 SignedHeaders=host, Signature=00"
            )
        };
        for (service, expected) in [
            ("s3", Destination::S3),
            ("sqs", Destination::Aws(Some(Service::Sqs))),
            ("lambda", Destination::Aws(Some(Service::Lambda))),
            ("dynamodb", Destination::Aws(None)),
        ] {
            check("/", &[("authorization", &authorization(service))], expected);
        }
    }

    #[test]
    fn a_presigned_url_names_its_service_too() {
        for (slash, service, expected) in [
            ("%2F", "s3", Destination::S3),
            ("%2f", "s3", Destination::S3),
            ("/", "s3", Destination::S3),
            ("%2F", "sts", Destination::Aws(Some(Service::Sts))),
        ] {
            let credential = ["AKIA", "20260101", "us-east-1", service, "aws4_request"].join(slash);
            check(&format!("/b/k?X-Amz-Credential={credential}&X-Amz-Date=x"), &[], expected);
        }
    }

    #[test]
    fn an_unsigned_request_is_for_s3_unless_it_speaks_another_protocol() {
        check("/bucket/key", &[], Destination::S3);
        check("/", &[("x-amz-target", "AmazonSQS.ListQueues")], Destination::Aws(None));
        check(
            "/",
            &[("content-type", "application/x-www-form-urlencoded")],
            Destination::Aws(None),
        );
        check("/?Action=ListQueues", &[], Destination::Aws(None));
        check("/2015-03-31/functions/", &[], Destination::Aws(None));
        check("/2015-03-31x/functions/", &[], Destination::S3);
        check("/", &[("authorization", "Basic Zm9vOmJhcg==")], Destination::S3);
    }

    #[test]
    fn a_session_token_stands_in_a_header_or_in_the_url() {
        let mut headers = HeaderMap::new();
        let query = "X-Amz-Date=x&X-Amz-Security-Token=a%2Bb%2f%3D%3D&y=z";
        assert_eq!(session_token(&headers, query).as_deref(), Some("a+b/=="));
        assert_eq!(session_token(&headers, "a=b"), None);
        for bad in ["%", "%2", "%zz", "%ff", "a%2Bb%c3%a4"] {
            assert_eq!(session_token(&headers, &format!("X-Amz-Security-Token={bad}")), None);
        }
        headers.insert("x-amz-security-token", "c+d==".parse().expect("visible"));
        assert_eq!(session_token(&headers, query).as_deref(), Some("c+d=="));
    }
}
