//! Hexadecimal digits, written without the formatting machinery: digests, ids and signatures are in
//! every request and every answer, and `{:02x}` costs a call for each byte.

/// The two digits of each byte.
#[expect(clippy::indexing_slicing, reason = "the compiler computes it, and would tell")]
const PAIRS: [[u8; 2]; 256] = {
    let digits = b"0123456789abcdef";
    let mut pairs = [[0; 2]; 256];
    let mut byte = 0;
    while byte < pairs.len() {
        pairs[byte] = [digits[byte >> 4], digits[byte & 0x0f]];
        byte += 1;
    }
    pairs
};

/// The two lower-case digits of a byte.
#[must_use]
pub fn digits(byte: u8) -> [u8; 2] {
    *PAIRS.get(usize::from(byte)).expect("there is a pair for each byte")
}

/// Appends the lower-case digits of `bytes`.
pub fn push(out: &mut String, bytes: &[u8]) {
    out.reserve(bytes.len() * 2);
    for byte in bytes {
        let [high, low] = digits(*byte);
        out.push(char::from(high));
        out.push(char::from(low));
    }
}

/// The lower-case digits of `bytes`.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| digits(*byte)).collect();
    String::from_utf8(digits).expect("digits are ASCII")
}

/// The value of a digit of either case.
#[must_use]
pub fn value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// Reads exactly `2 * N` digits of either case.
#[must_use]
pub fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (pair, byte) in text.as_bytes().chunks_exact(2).zip(&mut bytes) {
        let [high, low] = pair else { return None };
        *byte = (value(*high)? << 4) | value(*low)?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_comes_back() {
        for byte in 0..=u8::MAX {
            let text = encode(&[byte]);
            assert_eq!(text, format!("{byte:02x}"));
            assert_eq!(decode(&text), Some([byte]));
            assert_eq!(decode(&text.to_uppercase()), Some([byte]));
        }
    }

    #[test]
    fn what_is_not_so_many_digits_is_refused() {
        for bad in ["", "0", "000", "0g", "+1", " 1", "é"] {
            assert_eq!(decode::<1>(bad), None, "{bad}");
        }
    }
}
