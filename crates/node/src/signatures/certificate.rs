//! A certificate that signs itself: X.509 as far as one kind of it needs.
//!
//! Everything in it follows from the public key, so that the same key has the same certificate and
//! the same fingerprint. It has no well-defined end, as RFC 5280 (4.1.2.5) calls it: a key is
//! replaced by its owner, and not by a date on which notifications would stop to verify.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::io;
use tidemill_kernel::hex;

const COMMON_NAME: &str = "Tidemill SNS";
/// Two digits of the year until 2049, and four from then on: so says RFC 5280.
const NOT_BEFORE: &str = "250101000000Z";
const NOT_AFTER: &str = "99991231235959Z";

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const NULL: u8 = 0x05;
const OBJECT: u8 = 0x06;
const UTF8: u8 = 0x0c;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const BOOLEAN: u8 = 0x01;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const EXPLICIT_0: u8 = 0xa0;
const EXPLICIT_3: u8 = 0xa3;

const SHA256_WITH_RSA: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
const COMMON_NAME_TYPE: [u8; 3] = [0x55, 0x04, 0x03];
const KEY_USAGE: [u8; 3] = [0x55, 0x1d, 0x0f];
const BASIC_CONSTRAINTS: [u8; 3] = [0x55, 0x1d, 0x13];

/// A certificate as DER.
pub(super) struct Certificate(Vec<u8>);

impl Certificate {
    /// Issues the certificate of a public key, given as SubjectPublicKeyInfo. `sign` makes a
    /// signature over a SHA-256.
    pub(super) fn issue(
        public: &[u8],
        sign: impl Fn(&[u8; 32]) -> io::Result<Vec<u8>>,
    ) -> io::Result<Certificate> {
        let body = to_be_signed(public);
        let mut signature = vec![0];
        signature.extend(sign(&Sha256::digest(&body).into())?);
        let parts = [body, algorithm(), der(BIT_STRING, &signature)];
        Ok(Certificate(sequence(&parts)))
    }

    /// The name it is found under.
    pub(super) fn fingerprint(&self) -> String {
        let hash: [u8; 32] = Sha256::digest(&self.0).into();
        let (name, _) = hash.split_at(16);
        hex::encode(name)
    }

    pub(super) fn to_pem(&self) -> String {
        let text = STANDARD.encode(&self.0);
        let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let (line, after) = rest.split_at(rest.len().min(64));
            let _ = writeln!(pem, "{line}");
            rest = after;
        }
        pem.push_str("-----END CERTIFICATE-----\n");
        pem
    }
}

fn to_be_signed(public: &[u8]) -> Vec<u8> {
    const VERSION_3: u8 = 2;
    let mut serial: [u8; 32] = Sha256::digest(public).into();
    // Positive, and not one that begins with zeros, which DER would have to leave out.
    serial[0] = serial[0] & 0x7f | 0x40;
    let (serial, _) = serial.split_at(16);
    let validity =
        [der(UTC_TIME, NOT_BEFORE.as_bytes()), der(GENERALIZED_TIME, NOT_AFTER.as_bytes())];
    sequence(&[
        der(EXPLICIT_0, &der(INTEGER, &[VERSION_3])),
        der(INTEGER, serial),
        algorithm(),
        name(),
        sequence(&validity),
        name(),
        public.to_vec(),
        der(EXPLICIT_3, &sequence(&extensions())),
    ])
}

fn extensions() -> [Vec<u8>; 2] {
    const DIGITAL_SIGNATURE: [u8; 2] = [0x07, 0x80];
    let critical = |kind: &[u8], value: &[u8]| {
        sequence(&[der(OBJECT, kind), der(BOOLEAN, &[0xff]), der(OCTET_STRING, value)])
    };
    [
        critical(&KEY_USAGE, &der(BIT_STRING, &DIGITAL_SIGNATURE)),
        // An empty one: no authority over other certificates.
        critical(&BASIC_CONSTRAINTS, &sequence(&[])),
    ]
}

fn algorithm() -> Vec<u8> {
    sequence(&[der(OBJECT, &SHA256_WITH_RSA), der(NULL, &[])])
}

fn name() -> Vec<u8> {
    let common_name =
        sequence(&[der(OBJECT, &COMMON_NAME_TYPE), der(UTF8, COMMON_NAME.as_bytes())]);
    sequence(&[der(SET, &common_name)])
}

fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    der(SEQUENCE, &parts.concat())
}

/// A value with its tag and length.
fn der(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = value.len().to_be_bytes();
    let significant = length.iter().skip_while(|byte| **byte == 0);
    let mut encoded = vec![tag];
    match u8::try_from(value.len()) {
        Ok(short) if short < 0x80 => encoded.push(short),
        Ok(_) | Err(_) => {
            let count = significant.clone().count();
            encoded.push(0x80 | u8::try_from(count).expect("a length has eight bytes at most"));
            encoded.extend(significant);
        }
    }
    encoded.extend_from_slice(value);
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_as_short_as_they_can_be() {
        for (length, head) in [
            (0, vec![4, 0]),
            (127, vec![4, 127]),
            (128, vec![4, 0x81, 128]),
            (255, vec![4, 0x81, 255]),
            (256, vec![4, 0x82, 1, 0]),
            (65_536, vec![4, 0x83, 1, 0, 0]),
        ] {
            let encoded = der(OCTET_STRING, &vec![0; length]);
            assert_eq!(encoded[..head.len()], head, "{length}");
            assert_eq!(encoded.len(), head.len() + length);
        }
    }

    #[test]
    fn a_certificate_follows_from_its_key() {
        let issue = |public: &[u8]| {
            let sign = |digest: &[u8; 32]| Ok(digest.to_vec());
            Certificate::issue(&sequence(&[der(BIT_STRING, public)]), sign).unwrap()
        };
        let (one, same, other) = (issue(&[0, 1]), issue(&[0, 1]), issue(&[0, 2]));
        assert_eq!(one.to_pem(), same.to_pem());
        assert_ne!(one.fingerprint(), other.fingerprint());
        assert_eq!(one.fingerprint().len(), 32);
        assert!(one.to_pem().lines().all(|line| line.len() <= 64));
    }
}
