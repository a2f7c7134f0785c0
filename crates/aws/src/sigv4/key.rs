//! Signing keys: derived from a secret, the same for a day, a region and a service. Deriving one
//! costs as much as verifying; whoever owns the secret keeps the key beside it.

use super::{Scope, TERMINATOR};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;

/// What signs for one scope.
#[derive(Clone)]
pub struct SigningKey(Hmac<Sha256>);

impl SigningKey {
    #[must_use]
    pub fn derive(secret: &str, scope: &Scope) -> SigningKey {
        let mut first = Vec::with_capacity(4 + secret.len());
        first.extend_from_slice(b"AWS4");
        first.extend_from_slice(secret.as_bytes());
        let date = mac(&first, scope.date.as_bytes());
        let region = mac(&date, scope.region.as_bytes());
        let service = mac(&region, scope.service.as_bytes());
        SigningKey(keyed(&mac(&service, TERMINATOR.as_bytes())))
    }

    pub(super) fn sign(&self, text: &[u8]) -> [u8; 32] {
        let mut mac = self.0.clone();
        mac.update(text);
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

fn mac(key: &[u8], text: &[u8]) -> [u8; 32] {
    let mut mac = keyed(key);
    mac.update(text);
    mac.finalize().into_bytes().into()
}
