//! Who may speak: keys for s3s's signature check, and what that check leaves open.
//!
//! s3s verifies signature, date and payload. Left to us are session tokens, and AWS's rule that
//! every `x-amz-` header is signed: otherwise a middleman could add one.

use super::exchange::{Exchange, Identity};
use super::service;
use crate::keys::{Key, Keys};
use http::{HeaderMap, Uri};
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tidemill_kernel::Timestamp;

const TOKEN_HEADER: &str = "x-amz-security-token";

/// The key directory as s3s asks it.
pub(super) struct Secrets(pub(super) Arc<Keys>);

#[async_trait::async_trait]
impl S3Auth for Secrets {
    async fn get_secret_key(&self, access_key_id: &str) -> S3Result<SecretKey> {
        let key = self.0.find(access_key_id).ok_or_else(unknown_key)?;
        Ok(SecretKey::from(key.secret_access_key.expose()))
    }
}

fn unknown_key() -> S3Error {
    s3_error!(
        InvalidAccessKeyId,
        "The AWS Access Key Id you provided does not exist in our records."
    )
}

/// The checks behind the signature.
pub(super) struct Gate(pub(super) Arc<Keys>);

#[async_trait::async_trait]
impl S3Access for Gate {
    async fn check(&self, request: &mut S3AccessContext<'_>) -> S3Result<()> {
        let exchange = request.extensions_mut().get::<Exchange>().cloned();
        let exchange = exchange.ok_or(S3ErrorCode::InternalError)?;
        let Some(credentials) = request.credentials() else {
            // Asked a second time, without the signature that was checked: see `ranges`.
            if exchange.is_identified() {
                return Ok(());
            }
            return Err(s3_error!(AccessDenied, "Access Denied"));
        };
        let key = self.0.find(&credentials.access_key).ok_or_else(unknown_key)?;
        check_session(&key, request.headers(), request.uri(), now())?;
        check_signed_headers(request.headers(), request.uri())?;
        exchange.identify(service::served_name(request.s3_op().name()), identity(&key));
        Ok(())
    }
}

fn now() -> Timestamp {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX))
}

/// As S3 writes principals in notices: the account for its root, else what the ARN ends with.
fn identity(key: &Key) -> Identity {
    let resource = key.principal.splitn(6, ':').nth(5).unwrap_or_default();
    let principal_id = match resource {
        "root" | "" => format!("AWS:{}", key.account),
        resource => format!("AWS:{resource}"),
    };
    Identity { account: key.account, principal_id }
}

fn session_token(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    match headers.get(TOKEN_HEADER) {
        Some(token) => token.to_str().ok().map(str::to_owned),
        None => query_value(uri, "X-Amz-Security-Token").or_else(|| query_value(uri, TOKEN_HEADER)),
    }
}

/// A token carries its key: the directory takes it in before s3s asks for the secret.
pub(super) fn learn_key(keys: &Keys, headers: &HeaderMap, uri: &Uri) {
    if let Some(token) = session_token(headers, uri) {
        keys.learn(&token, now());
    }
}

fn check_session(key: &Key, headers: &HeaderMap, uri: &Uri, now: Timestamp) -> S3Result<()> {
    match (&key.session, session_token(headers, uri)) {
        (None, None) => Ok(()),
        (Some(session), Some(token)) => {
            if !session.token.is(&token) {
                return Err(invalid_token());
            }
            if now >= session.expires_at {
                return Err(s3_error!(ExpiredToken, "The provided token has expired."));
            }
            Ok(())
        }
        (Some(_), None) | (None, Some(_)) => Err(invalid_token()),
    }
}

fn invalid_token() -> S3Error {
    s3_error!(InvalidToken, "The provided token is malformed or otherwise invalid.")
}

/// Every `x-amz-` header must be among the signed ones, and so must the host. The old signature of
/// presigned URLs covers all of them without saying so.
fn check_signed_headers(headers: &HeaderMap, uri: &Uri) -> S3Result<()> {
    if query_value(uri, "AWSAccessKeyId").is_some() {
        return Ok(());
    }
    let authorization = headers.get(http::header::AUTHORIZATION).and_then(|v| v.to_str().ok());
    let signed = match authorization {
        Some(text) => text
            .split("SignedHeaders=")
            .nth(1)
            .and_then(|rest| rest.split([',', ' ']).next())
            .map(str::to_owned),
        None => query_value(uri, "X-Amz-SignedHeaders"),
    };
    let signed = signed.unwrap_or_default().to_ascii_lowercase();
    let is_signed = |name: &str| signed.split(';').any(|signed| signed == name);
    let unsigned = headers
        .keys()
        .map(http::HeaderName::as_str)
        .filter(|name| name.starts_with("x-amz-"))
        // Says what the body's hash is, and is checked against the body or the signature.
        .filter(|name| *name != "x-amz-content-sha256")
        .find(|name| !is_signed(name));
    if unsigned.is_some() || !is_signed("host") {
        let message = "There were headers present in the request which were not signed";
        return Err(s3_error!(AccessDenied, "{message}"));
    }
    Ok(())
}

/// A query parameter, decoded.
pub(super) fn query_value(uri: &Uri, name: &str) -> Option<String> {
    let query = uri.query()?;
    let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    Some(decode_percent(value))
}

/// Decodes `%XX`; a stray `%` stays as it is.
fn decode_percent(text: &str) -> String {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let escaped = (*byte == b'%')
            .then(|| after.split_first_chunk::<2>())
            .flatten()
            .and_then(|(digits, _)| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match escaped {
            Some(escaped) => {
                decoded.push(escaped);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                decoded.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{SecretText, Session};
    use tidemill_kernel::AccountId;

    fn account() -> AccountId {
        AccountId::parse("000000000001").expect("legal")
    }

    fn temporary() -> Key {
        Key::temporary(
            "ASIATEMP".to_owned(),
            "secret".to_owned(),
            account(),
            "arn:aws:sts::000000000001:assumed-role/worker/1".to_owned(),
            Session { token: SecretText::new("to/ken"), expires_at: Timestamp(1000) },
        )
    }

    #[test]
    fn a_session_needs_its_token_and_a_long_lived_key_has_none() {
        let root = Key::root("AKIA".to_owned(), "secret".to_owned(), account());
        let check = |key: &Key, header: Option<&str>, uri: &str, now| {
            let mut headers = HeaderMap::new();
            if let Some(token) = header {
                headers.insert(TOKEN_HEADER, token.parse().expect("visible"));
            }
            let uri = uri.parse().expect("a URI");
            match check_session(key, &headers, &uri, Timestamp(now)) {
                Ok(()) => "ok".to_owned(),
                Err(error) => error.code().as_str().to_owned(),
            }
        };
        assert_eq!(check(&root, None, "/", 0), "ok");
        assert_eq!(check(&root, Some("to/ken"), "/", 0), "InvalidToken");
        assert_eq!(check(&temporary(), None, "/", 0), "InvalidToken");
        assert_eq!(check(&temporary(), Some("other"), "/", 0), "InvalidToken");
        assert_eq!(check(&temporary(), Some("to/ken"), "/", 999), "ok");
        assert_eq!(check(&temporary(), Some("to/ken"), "/", 1000), "ExpiredToken");
        assert_eq!(check(&temporary(), None, "/?X-Amz-Security-Token=to%2Fken", 0), "ok");
    }

    #[test]
    fn a_header_added_on_the_way_is_noticed() {
        let check = |signed: &str, header: &str| {
            let mut headers = HeaderMap::new();
            let authorization = format!(
                "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/s3/aws4_request, \
                 SignedHeaders={signed}, Signature=00"
            );
            headers.insert("authorization", authorization.parse().expect("visible"));
            headers.insert(
                http::HeaderName::from_bytes(header.as_bytes()).expect("a name"),
                "1".parse().expect("visible"),
            );
            check_signed_headers(&headers, &Uri::from_static("/")).is_ok()
        };
        assert!(check("host;x-amz-date", "x-amz-date"));
        assert!(check("host", "range"));
        assert!(!check("host", "x-amz-acl"));
        assert!(!check("x-amz-acl", "x-amz-acl"), "the host is signed too");
    }

    #[test]
    fn principals_are_named_as_in_notices() {
        let root = Key::root("AKIA".to_owned(), "secret".to_owned(), account());
        assert_eq!(identity(&root).principal_id, "AWS:000000000001");
        assert_eq!(identity(&temporary()).principal_id, "AWS:assumed-role/worker/1");
    }
}
