//! Percent-encoding: reading paths and forms, writing the canonical form of signatures.

use std::borrow::Cow;

/// What `+` means: a space in forms and query strings, itself in paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plus {
    IsSpace,
    IsPlus,
}

/// Decodes to bytes; a `%` that starts no pair of digits stands for itself.
pub(crate) fn decode_bytes(text: &str, plus: Plus) -> Cow<'_, [u8]> {
    let needs_work = |byte: u8| byte == b'%' || (byte == b'+' && plus == Plus::IsSpace);
    if !text.bytes().any(needs_work) {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, tail) {
            (b'%', [high, low, after @ ..]) if pair(*high, *low).is_some() => {
                out.extend(pair(*high, *low));
                rest = after;
            }
            (b'+', _) if plus == Plus::IsSpace => out.push(b' '),
            _ => out.push(*first),
        }
    }
    Cow::Owned(out)
}

/// Decodes to text; `None` when the bytes are not UTF-8.
pub(crate) fn decode(text: &str, plus: Plus) -> Option<Cow<'_, str>> {
    match decode_bytes(text, plus) {
        Cow::Borrowed(_) => Some(Cow::Borrowed(text)),
        Cow::Owned(bytes) => String::from_utf8(bytes).ok().map(Cow::Owned),
    }
}

fn pair(high: u8, low: u8) -> Option<u8> {
    Some(digit(high)? << 4 | digit(low)?)
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// Encodes everything but RFC 3986's unreserved characters (and `/`, where it is kept).
pub(crate) fn encode_into(out: &mut String, bytes: &[u8], keep_slash: bool) {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    for &byte in bytes {
        if is_unreserved(byte) || (keep_slash && byte == b'/') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.extend(DIGITS.get(usize::from(byte >> 4)));
            out.extend(DIGITS.get(usize::from(byte & 15)));
        }
    }
}

/// Text as a segment of a path, or a name or value of a query string.
#[must_use]
pub fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    encode_into(&mut out, text.as_bytes(), false);
    out
}

pub(crate) fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// The pairs of a form or query string, decoded; `None` when one is not UTF-8.
pub(crate) fn pairs(text: &str) -> impl Iterator<Item = Option<(Cow<'_, str>, Cow<'_, str>)>> {
    text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Some((decode(name, Plus::IsSpace)?, decode(value, Plus::IsSpace)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding_undoes_encoding_and_leaves_the_rest() {
        let mut encoded = String::new();
        encode_into(&mut encoded, "a b/ü~".as_bytes(), false);
        assert_eq!(encoded, "a%20b%2F%C3%BC~");
        assert_eq!(decode(&encoded, Plus::IsPlus).as_deref(), Some("a b/ü~"));
        assert_eq!(decode("a+b%", Plus::IsSpace).as_deref(), Some("a b%"));
        assert_eq!(decode("a+b%2", Plus::IsPlus).as_deref(), Some("a+b%2"));
        assert_eq!(decode("%ff", Plus::IsPlus), None);
    }
}
