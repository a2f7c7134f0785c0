//! Signing: the other side of `verify`, for our own command line and for tests. Both sides hash the
//! same canonical form, so they cannot drift apart.

use super::{ALGORITHM, Form, Scope, Signature, SigningKey, TERMINATOR, canonical};
use crate::http::HttpRequest;
use crate::timestamp;
use tidemill_kernel::{Timestamp, hex};

/// Who signs, and for which service and region.
#[derive(Clone, Copy)]
pub struct Signer<'a> {
    pub access_key_id: &'a str,
    pub secret_access_key: &'a str,
    pub region: &'a str,
    pub service: &'a str,
}

impl Signer<'_> {
    /// The headers that sign `request` at `now`: its date, and who says so. The request must have
    /// its `host`, which is signed too; its body is signed as it is.
    #[must_use]
    pub fn headers(&self, request: &HttpRequest, now: Timestamp) -> [(&'static str, String); 2] {
        let date = timestamp::format_basic(now);
        let scope = Scope {
            date: date.get(..8).unwrap_or_default().to_owned(),
            region: self.region.to_owned(),
            service: self.service.to_owned(),
        };
        let key = SigningKey::derive(self.secret_access_key, &scope);
        let mut signature = Signature {
            access_key_id: self.access_key_id.to_owned(),
            scope,
            session_token: None,
            form: Form::Header,
            signed_at_text: date.clone(),
            signed_at: now,
            signed_headers: "host;x-amz-date".to_owned(),
            signature: [0; 32],
        };
        let mut dated = request.clone();
        let value = http::HeaderValue::try_from(&date).expect("digits and two letters");
        dated.headers.insert("x-amz-date", value);
        let canonical = canonical::request(&signature, &dated, false);
        signature.signature =
            key.sign(canonical::string_to_sign(&signature, &canonical).as_bytes());
        let Scope { date: day, region, service } = &signature.scope;
        let authorization = format!(
            "{ALGORITHM} Credential={}/{day}/{region}/{service}/{TERMINATOR}, \
             SignedHeaders={}, Signature={}",
            signature.access_key_id,
            signature.signed_headers,
            hex::encode(&signature.signature)
        );
        [("x-amz-date", date), ("authorization", authorization)]
    }
}

#[cfg(test)]
mod tests {
    use super::super::{parse, verify};
    use super::*;

    #[test]
    fn what_is_signed_here_is_verified_here_and_by_no_other_secret() {
        let mut request = HttpRequest {
            method: http::Method::POST,
            path: "/_tidemill/queues/orders.fifo/search".to_owned(),
            query: "b=2&a=%24x%20y".to_owned(),
            headers: http::HeaderMap::new(),
            body: bytes::Bytes::from_static(b"{}"),
        };
        request.headers.insert("host", http::HeaderValue::from_static("127.0.0.1:4566"));
        let now = Timestamp(1_700_000_000_123);
        let signer = Signer {
            access_key_id: "AKIATEST",
            secret_access_key: "a-secret",
            region: "us-east-1",
            service: "tidemill",
        };
        for (name, value) in signer.headers(&request, now) {
            request.headers.insert(name, http::HeaderValue::try_from(value).unwrap());
        }
        let signature = parse(&request).unwrap();
        let key = |secret| SigningKey::derive(secret, &signature.scope);
        assert!(verify(&signature, &key("a-secret"), &request, now).is_ok());
        assert!(verify(&signature, &key("another"), &request, now).is_err());
        let forged = HttpRequest { query: "b=2&a=%24x%20z".to_owned(), ..request };
        assert!(verify(&signature, &key("a-secret"), &forged, now).is_err());
    }
}
