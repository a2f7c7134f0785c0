//! Policy documents: JSON of bounded size, kept as the caller wrote it. What it may say is the
//! matter of [`grammar`](super::grammar).

use super::Error;

/// A trust policy's limit, in bytes without white space.
pub(super) const TRUST_POLICY_MAX: usize = 2048;
/// A managed policy's.
pub(super) const MANAGED_POLICY_MAX: usize = 6144;

/// Checks a document's size, which AWS counts without white space.
pub(super) fn check_size(document: &str, limit: usize, quota: &'static str) -> Result<(), Error> {
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
