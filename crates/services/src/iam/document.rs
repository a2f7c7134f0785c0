//! Policy documents: JSON objects of bounded size, kept as the caller wrote them.

use super::Error;
use serde_json::Value;

/// A trust policy's limit, in bytes without white space.
pub(super) const TRUST_POLICY_MAX: usize = 2048;
/// A managed policy's.
pub(super) const MANAGED_POLICY_MAX: usize = 6144;

/// Checks what can be checked without enforcing it: JSON, an object, with statements.
pub(super) fn check(document: &str) -> Result<(), Error> {
    let malformed = |what: &str| Err(Error::MalformedPolicyDocument(what.to_owned()));
    let Ok(Value::Object(fields)) = serde_json::from_str(document) else {
        return malformed("This policy contains invalid Json");
    };
    match fields.get("Statement") {
        Some(Value::Object(_)) => Ok(()),
        Some(Value::Array(statements)) if statements.iter().all(Value::is_object) => Ok(()),
        Some(_) => malformed("Syntax errors in policy."),
        None => malformed("Missing required field Statement"),
    }
}

/// Checks a document and its size, which AWS counts without white space.
pub(super) fn check_sized(document: &str, limit: usize, quota: &'static str) -> Result<(), Error> {
    check(document)?;
    if size(document) > limit {
        return Err(Error::LimitExceeded { quota, limit });
    }
    Ok(())
}

pub(super) fn size(document: &str) -> usize {
    document.chars().filter(|character| !character.is_whitespace()).map(char::len_utf8).sum()
}

/// IAM gives documents percent-encoded (RFC 3986), and SDKs decode them.
pub(super) fn encode(document: &str) -> String {
    use std::fmt::Write;
    let mut encoded = String::with_capacity(document.len() * 2);
    for byte in document.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("writing to a string cannot fail");
        }
    }
    encoded
}
