//! Signature Version 4: who sent a request, and that nobody changed it on the way.
//!
//! ```text
//! parse(head) ─▶ Signature { access key id, scope, … } ─ the caller looks up the secret ─▶
//! SigningKey::derive(secret, scope) ─▶ verify(signature, key, request, now)
//! ```
//!
//! Both forms are read: the `Authorization` header, and the presigned query string. The body is
//! hashed here, once, and the client's word for its hash is never taken (but for S3, where
//! `UNSIGNED-PAYLOAD` is legal; chunked S3 uploads are the S3 front's own).
//!
//! # Invariants
//!
//! - Signatures are compared in constant time.
//! - `host` is always signed; the time is within fifteen minutes of ours, or a presigned
//!   request's own span.
//! - Secrets and keys never appear in an error or in `Debug`.
//!
//! AWS pages this follows: "AWS Signature Version 4 for API requests", "Troubleshooting".

mod canonical;
mod key;
mod sign;

use crate::error::{WireError, refusal};
use crate::http::HttpRequest;
use crate::percent;
use crate::timestamp;
pub use key::SigningKey;
pub use sign::Signer;
use std::borrow::Cow;
use subtle::ConstantTimeEq;
use tidemill_kernel::{Millis, Timestamp, hex};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const TERMINATOR: &str = "aws4_request";
/// How far a client's clock may be from ours, in minutes.
const SKEW_MINUTES_MAX: u64 = 15;
/// Seven days.
const EXPIRES_SECONDS_MAX: u64 = 604_800;

/// What a key signs for: `20150830/us-east-1/sqs/aws4_request`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scope {
    /// `YYYYMMDD`.
    pub date: String,
    pub region: String,
    pub service: String,
}

/// A request's claim about itself, read but not yet verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    pub access_key_id: String,
    pub scope: Scope,
    /// For temporary credentials. The caller checks that it belongs to the key.
    pub session_token: Option<String>,
    form: Form,
    /// As sent, `YYYYMMDDTHHMMSSZ`.
    signed_at_text: String,
    signed_at: Timestamp,
    /// Lower case, as sent: sorted, separated by semicolons.
    signed_headers: String,
    signature: [u8; 32],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Header,
    Presigned { expires: Millis },
}

/// Reads who signed a request. A request that carries no signature at all is refused too.
pub fn parse(request: &HttpRequest) -> Result<Signature, WireError> {
    if request.query.contains("X-Amz-Algorithm=") {
        return parse_presigned(request);
    }
    match request.headers.get(http::header::AUTHORIZATION).map(|value| value.to_str()) {
        Some(Ok(authorization)) => parse_header(request, authorization),
        Some(Err(_)) => {
            Err(refusal::incomplete_signature("The Authorization header is not ASCII."))
        }
        None => Err(refusal::missing_authentication_token()),
    }
}

fn parse_header(request: &HttpRequest, authorization: &str) -> Result<Signature, WireError> {
    let (algorithm, rest) = authorization.split_once(' ').unwrap_or((authorization, ""));
    if algorithm != ALGORITHM {
        return Err(refusal::incomplete_signature(&format!(
            "Unsupported AWS 'algorithm': '{algorithm}'. Only {ALGORITHM} is supported."
        )));
    }
    let parts: Vec<(&str, &str)> =
        rest.split(',').filter_map(|part| part.trim().split_once('=')).collect();
    let part = |name: &str| parts.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
    let date = request.header("x-amz-date").or_else(|| request.header("date"));
    let missing: Vec<String> = [
        ("Credential", part("Credential").is_some()),
        ("Signature", part("Signature").is_some()),
        ("SignedHeaders", part("SignedHeaders").is_some()),
    ]
    .into_iter()
    .filter(|(_, is_there)| !is_there)
    .map(|(name, _)| format!("Authorization header requires '{name}' parameter."))
    .chain(date.is_none().then(|| {
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
            .to_owned()
    }))
    .collect();
    let (Some(credential), Some(signature), Some(signed_headers), Some(date)) =
        (part("Credential"), part("Signature"), part("SignedHeaders"), date)
    else {
        return Err(refusal::incomplete_signature(&missing.join(" ")));
    };
    let session_token = request.header("x-amz-security-token").map(str::to_owned);
    read(Claim { credential, date, signed_headers, signature, session_token, form: Form::Header })
}

fn parse_presigned(request: &HttpRequest) -> Result<Signature, WireError> {
    let parameter = |name: &str| -> Option<Cow<'_, str>> {
        percent::pairs(&request.query)
            .flatten()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    };
    let need = |name: &str| {
        parameter(name).ok_or_else(|| {
            refusal::incomplete_signature(&format!(
                "AWS query-string parameters must include '{name}'."
            ))
        })
    };
    let algorithm = need("X-Amz-Algorithm")?;
    if algorithm != ALGORITHM {
        return Err(refusal::incomplete_signature(&format!(
            "Unsupported AWS 'algorithm': '{algorithm}'. Only {ALGORITHM} is supported."
        )));
    }
    // Without it the span is that of any other request.
    let expires = match parameter("X-Amz-Expires") {
        None => SKEW_MINUTES_MAX * 60,
        Some(text) => text
            .parse()
            .ok()
            .filter(|seconds| (1..=EXPIRES_SECONDS_MAX).contains(seconds))
            .ok_or_else(|| {
                refusal::incomplete_signature(&format!(
                    "X-Amz-Expires must be between 1 and {EXPIRES_SECONDS_MAX} seconds, not '{text}'."
                ))
            })?,
    };
    read(Claim {
        credential: &need("X-Amz-Credential")?,
        date: &need("X-Amz-Date")?,
        signed_headers: &need("X-Amz-SignedHeaders")?,
        signature: &need("X-Amz-Signature")?,
        session_token: parameter("X-Amz-Security-Token").map(Cow::into_owned),
        form: Form::Presigned { expires: Millis::from_seconds(expires) },
    })
}

/// The parts of a signature, from wherever they stood.
struct Claim<'r> {
    credential: &'r str,
    date: &'r str,
    signed_headers: &'r str,
    signature: &'r str,
    session_token: Option<String>,
    form: Form,
}

fn read(claim: Claim<'_>) -> Result<Signature, WireError> {
    let mut parts = claim.credential.rsplitn(5, '/');
    let (Some(terminator), Some(service), Some(region), Some(date), Some(access_key_id)) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(refusal::incomplete_signature(&format!(
            "Credential must have exactly 5 slash-delimited elements, e.g. \
             keyid/date/region/service/term, got '{}'.",
            claim.credential
        )));
    };
    if terminator != TERMINATOR {
        return Err(refusal::signature_does_not_match(format!(
            "Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{terminator}'."
        )));
    }
    let signed_at = timestamp::parse_basic(claim.date)
        .or_else(|| timestamp::parse_http_date(claim.date))
        .and_then(|millis| u64::try_from(millis).ok())
        .map(Timestamp)
        .ok_or_else(|| {
            refusal::incomplete_signature(&format!(
                "Date must be in ISO-8601 'basic format'. Got '{}'. See \
                 http://en.wikipedia.org/wiki/ISO_8601.",
                claim.date
            ))
        })?;
    let signed_at_text = timestamp::format_basic(signed_at);
    if !signed_at_text.starts_with(date) || date.len() != 8 {
        return Err(refusal::signature_does_not_match(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from \
             HTTP: '{date}' != '{}', from '{signed_at_text}'.",
            signed_at_text.get(..8).unwrap_or_default()
        )));
    }
    if !claim.signed_headers.split(';').any(|name| name == "host") {
        return Err(refusal::signature_does_not_match(
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.".to_owned(),
        ));
    }
    let Some(signature) = hex::decode(claim.signature) else {
        return Err(refusal::incomplete_signature("Signature must be 64 hexadecimal digits."));
    };
    Ok(Signature {
        access_key_id: access_key_id.to_owned(),
        scope: Scope {
            date: date.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
        },
        session_token: claim.session_token,
        form: claim.form,
        signed_at_text,
        signed_at,
        signed_headers: claim.signed_headers.to_owned(),
        signature,
    })
}

/// Checks the time and the signature against the key that the claimed secret derives.
pub fn verify(
    signature: &Signature,
    key: &SigningKey,
    request: &HttpRequest,
    now: Timestamp,
) -> Result<(), WireError> {
    check_time(signature, now)?;
    let is_presigned = matches!(signature.form, Form::Presigned { .. });
    let canonical = canonical::request(signature, request, is_presigned);
    let to_sign = canonical::string_to_sign(signature, &canonical);
    let expected = key.sign(to_sign.as_bytes());
    if bool::from(expected.ct_eq(&signature.signature)) {
        return Ok(());
    }
    // AWS shows both strings: without them nobody finds out what a proxy changed.
    Err(refusal::signature_does_not_match(format!(
        "The request signature we calculated does not match the signature you provided. Check your \
         AWS Secret Access Key and signing method. Consult the service documentation for details.\
         \n\nThe Canonical String for this request should have been\n'{}'\n\nThe String-to-Sign \
         should have been\n'{to_sign}'\n",
        String::from_utf8_lossy(&canonical)
    )))
}

/// Refuses a signature that was made for another service than the one a request is for.
pub fn check_service(signature: &Signature, service: &str) -> Result<(), WireError> {
    if signature.scope.service == service {
        return Ok(());
    }
    Err(refusal::signature_does_not_match(format!(
        "Credential should be scoped to correct service: '{service}'."
    )))
}

fn check_time(signature: &Signature, now: Timestamp) -> Result<(), WireError> {
    let skew = Millis::from_seconds(SKEW_MINUTES_MAX * 60);
    let signed_at = signature.signed_at;
    let basic = timestamp::format_basic;
    if signed_at > now.plus(skew) {
        return Err(refusal::signature_does_not_match(format!(
            "Signature not yet current: {} is still later than {} ({} + {SKEW_MINUTES_MAX} min.)",
            signature.signed_at_text,
            basic(now.plus(skew)),
            basic(now)
        )));
    }
    match signature.form {
        Form::Header if signed_at < now.minus(skew) => {
            Err(refusal::signature_does_not_match(format!(
                "Signature expired: {} is now earlier than {} ({} - {SKEW_MINUTES_MAX} min.)",
                signature.signed_at_text,
                basic(now.minus(skew)),
                basic(now)
            )))
        }
        Form::Presigned { expires } if now > signed_at.plus(expires) => {
            Err(refusal::request_expired(&basic(signed_at.plus(expires)), &basic(now)))
        }
        Form::Header | Form::Presigned { .. } => Ok(()),
    }
}
