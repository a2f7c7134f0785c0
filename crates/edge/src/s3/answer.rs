//! The answer as S3 gives it: errors with the elements that s3s leaves out, ids on everything.

use super::exchange::Exchange;
use crate::body::ResponseBody;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use s3s::Body;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amz-request-id");
const HOST_ID: HeaderName = HeaderName::from_static("x-amz-id-2");

/// Finishes what s3s answered. `resource` is the request's path.
pub(super) fn finish(
    response: Response<Body>,
    exchange: &Exchange,
    resource: &str,
) -> Response<ResponseBody> {
    let status = response.status();
    let (mut head, body) = response.into_parts();
    let body = if status == StatusCode::NOT_MODIFIED {
        // It has no body, and none of the headers that would describe one.
        head.headers.remove(CONTENT_TYPE);
        head.headers.remove(CONTENT_LENGTH);
        ResponseBody::from(Bytes::new())
    } else {
        match body.bytes() {
            Some(error) if status.is_client_error() || status.is_server_error() => {
                head.headers.remove(CONTENT_LENGTH);
                ResponseBody::from(complete_error(&error, exchange, resource))
            }
            Some(bytes) => ResponseBody::from(bytes),
            None => ResponseBody::stream(body),
        }
    };
    for (name, value) in
        [(REQUEST_ID, exchange.request_id().to_string()), (HOST_ID, exchange.host_id().to_owned())]
    {
        let value = HeaderValue::try_from(value).expect("ids are visible ASCII");
        head.headers.insert(name, value);
    }
    Response::from_parts(head, body)
}

/// A refusal of our own, before s3s sees the request.
pub(super) fn refuse(
    error: s3s::S3Error,
    exchange: &Exchange,
    resource: &str,
) -> Response<ResponseBody> {
    let response = error.to_http_response().unwrap_or_else(|_unwritable| {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    });
    finish(response, exchange, resource)
}

/// Writes an error anew, with all the elements that S3 gives. A body that is no error of s3s
/// (there is none on a HEAD) stays as it is.
fn complete_error(body: &Bytes, exchange: &Exchange, resource: &str) -> Bytes {
    let Some((code, message)) = std::str::from_utf8(body).ok().and_then(read_error) else {
        return body.clone();
    };
    let mut xml = String::with_capacity(512);
    xml.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>");
    // Both texts are still escaped, as they were found.
    push_element(&mut xml, "Code", code);
    push_element(&mut xml, "Message", message.unwrap_or_else(|| message_for(code)));
    for (name, value) in exchange.take_error_details() {
        push_element(&mut xml, &name, &escape(&value));
    }
    push_element(&mut xml, "Resource", &escape(resource));
    push_element(&mut xml, "RequestId", &exchange.request_id().to_string());
    push_element(&mut xml, "HostId", exchange.host_id());
    xml.push_str("</Error>");
    Bytes::from(xml)
}

/// Code and message of an error as s3s writes it, still escaped.
fn read_error(xml: &str) -> Option<(&str, Option<&str>)> {
    let error = element(xml, "Error")?;
    Some((element(error, "Code")?, element(error, "Message")))
}

fn element<'x>(xml: &'x str, name: &str) -> Option<&'x str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (content, _) = rest.split_once(&format!("</{name}>"))?;
    Some(content)
}

fn push_element(xml: &mut String, name: &str, escaped: &str) {
    for text in ["<", name, ">", escaped, "</", name, ">"] {
        xml.push_str(text);
    }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // XML 1.0 has no way to write most control characters.
            control if control.is_control() => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

/// AWS's words for errors that s3s raises without any.
fn message_for(code: &str) -> &'static str {
    match code {
        "SignatureDoesNotMatch" => {
            "The request signature we calculated does not match the signature you provided. Check \
             your key and signing method."
        }
        "InvalidBucketName" => "The specified bucket is not valid.",
        "KeyTooLongError" => "Your key is too long",
        "InvalidURI" => "Couldn't parse the specified URI.",
        "MethodNotAllowed" => "The specified method is not allowed against this resource.",
        "MissingContentLength" => "You must provide the Content-Length HTTP header.",
        "IncompleteBody" => {
            "You did not provide the number of bytes specified by the Content-Length HTTP header"
        }
        "MalformedXML" => {
            "The XML you provided was not well-formed or did not validate against our published \
             schema"
        }
        "RequestTimeTooSkewed" => {
            "The difference between the request time and the current time is too large."
        }
        "AccessDenied" => "Access Denied",
        "InternalError" => "We encountered an internal error. Please try again.",
        "MaxMessageLengthExceeded" => "Your request was too large.",
        _ => "The request cannot be served as it stands.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use std::net::{IpAddr, Ipv4Addr};
    use tidemill_kernel::Uuid;

    #[test]
    fn an_error_names_its_resource_and_its_request() {
        let exchange = Exchange::new(Uuid([7; 16]), IpAddr::V4(Ipv4Addr::LOCALHOST));
        let bare = Bytes::from_static(
            b"<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>NoSuchKey</Code>\
              <Message>a &lt; b</Message></Error>",
        );
        let whole = complete_error(&bare, &exchange, "/photos/<cat>");
        let text = String::from_utf8(whole.to_vec()).expect("text");
        expect![[r#"
            <?xml version="1.0" encoding="UTF-8"?>
            <Error><Code>NoSuchKey</Code><Message>a &lt; b</Message><Resource>/photos/&lt;cat&gt;</Resource><RequestId>07070707-0707-0707-0707-070707070707</RequestId><HostId>1T05Nr/lit1IlPl4jPCYD06pSkJpwWalK6T8VO1KHBqrpLSiS9vs+i1Gf37rGUhM</HostId></Error>"#]].assert_eq(&text);
        let other = Bytes::from_static(b"not an error");
        assert_eq!(complete_error(&other, &exchange, "/"), other);
    }
}
