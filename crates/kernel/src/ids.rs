//! Who and where: accounts, regions, services, UUIDs, and the caller of a request.

use crate::hex;
use minicbor::{Decode, Encode};
use std::fmt;
use std::sync::Arc;

/// Twelve digits. Kept as a number, shown with leading zeros.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct AccountId(#[n(0)] u64);

impl AccountId {
    const LIMIT: u64 = 1_000_000_000_000;

    /// The only way in: exactly twelve ASCII digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<AccountId> {
        if text.len() != 12 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let number: u64 = text.parse().ok()?;
        (number < AccountId::LIMIT).then_some(AccountId(number))
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012}", self.0)
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// A region's name, e.g. `us-east-1`: 1 to 32 of `[a-z0-9-]`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Region(#[cbor(n(0), with = "crate::codec::shared_str")] Arc<str>);

impl Region {
    #[must_use]
    pub fn parse(text: &str) -> Option<Region> {
        let legal = (1..=32).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        legal.then(|| Region(Arc::from(text)))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An AWS service we serve, by the name its ARNs and signatures carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    Sqs,
    S3,
    Lambda,
    Logs,
    Iam,
    Sts,
    Sns,
}

impl Service {
    pub const ALL: [Service; 7] = [
        Service::Sqs,
        Service::S3,
        Service::Lambda,
        Service::Logs,
        Service::Iam,
        Service::Sts,
        Service::Sns,
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Service::Sqs => "sqs",
            Service::S3 => "s3",
            Service::Lambda => "lambda",
            Service::Logs => "logs",
            Service::Iam => "iam",
            Service::Sts => "sts",
            Service::Sns => "sns",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Service> {
        Service::ALL.into_iter().find(|service| service.as_str() == text)
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A version 4 UUID.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Uuid(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 16]);

impl Uuid {
    /// Marks sixteen random bytes as version 4, variant 1.
    #[must_use]
    pub fn from_random(mut bytes: [u8; 16]) -> Uuid {
        let [_, _, _, _, _, _, version, _, variant, ..] = &mut bytes;
        *version = (*version & 0x0f) | 0x40;
        *variant = (*variant & 0x3f) | 0x80;
        Uuid(bytes)
    }

    /// Reads the hyphenated form (8-4-4-4-12 hexadecimal digits).
    #[must_use]
    pub fn parse(text: &str) -> Option<Uuid> {
        let groups: Vec<usize> = text.split('-').map(str::len).collect();
        if groups != [8, 4, 4, 4, 12] {
            return None;
        }
        let digits: String = text.split('-').collect();
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        u128::from_str_radix(&digits, 16).ok().map(|number| Uuid(number.to_be_bytes()))
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const PLACES: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
        let mut text = [b'-'; 36];
        for (byte, place) in self.0.iter().zip(PLACES) {
            let digits = text.get_mut(place..place + 2).expect("34 and two are 36");
            digits.copy_from_slice(&hex::digits(*byte));
        }
        f.write_str(std::str::from_utf8(&text).expect("digits and hyphens are ASCII"))
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Base 32 letters as AWS's unique ids and access keys have them, one from each byte: 32 divides
/// 256, so that of random bytes every letter is equally likely.
#[must_use]
pub fn letters(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let letters = bytes.iter().filter_map(|byte| ALPHABET.get(usize::from(byte % 32)));
    letters.map(|letter| char::from(*letter)).collect()
}

/// Who asks, and where they think they are. Made by the edge, read by `decode` and `encode`.
#[derive(Clone, Debug)]
pub struct Caller {
    pub account: AccountId,
    pub region: Region,
    /// The ARN of the caller's identity, e.g. `arn:aws:iam::000000000000:root`.
    pub principal: String,
    /// The access key id that signed the request.
    pub access_key_id: String,
    /// Scheme and authority the client used, e.g. `http://127.0.0.1:4566`; queue URLs start so.
    pub base_url: String,
    pub request_id: Uuid,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_id_is_twelve_digits_and_keeps_its_zeros() {
        assert_eq!(
            AccountId::parse("000000000007").map(|a| a.to_string()).as_deref(),
            Some("000000000007")
        );
        for bad in ["", "7", "00000000000a", "0000000000071", "+00000000007"] {
            assert_eq!(AccountId::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn letters_are_those_that_cannot_be_mistaken_for_digits_and_the_digits_left() {
        let bytes: Vec<u8> = (0..=255).collect();
        let all = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        assert_eq!(letters(&bytes), all.repeat(8));
    }

    #[test]
    fn a_uuid_reads_back_what_it_shows() {
        let uuid = Uuid::from_random([0xff; 16]);
        assert_eq!(uuid.to_string(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(Uuid::parse(&uuid.to_string()), Some(uuid));
        assert_eq!(Uuid::parse("ffffffff-ffff-4fff-bfff-fffffffffff"), None);
        assert_eq!(Uuid::parse("fffffffff-fff-4fff-bfff-ffffffffffff"), None);
    }
}
