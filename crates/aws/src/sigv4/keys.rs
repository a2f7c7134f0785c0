//! Signing keys: derived from a secret once per day, region and service, and kept for a while.

use super::{Scope, TERMINATOR};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::collections::BTreeMap;
use std::fmt;

/// More than the busiest edge needs in a day; beyond it the cache starts anew.
const KEYS_MAX: usize = 1024;

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

/// The keys derived lately. The caller owns it (one per thread, or behind its own lock).
#[derive(Default)]
pub struct SigningKeys {
    keys: BTreeMap<(String, Scope), (Box<str>, SigningKey)>,
}

impl SigningKeys {
    /// The key for a scope, derived when it is not known or the secret has changed since.
    pub fn key(&mut self, access_key_id: &str, secret: &str, scope: &Scope) -> SigningKey {
        let name = (access_key_id.to_owned(), scope.clone());
        if let Some((known, key)) = self.keys.get(&name)
            && **known == *secret
        {
            return key.clone();
        }
        if self.keys.len() >= KEYS_MAX {
            self.keys.clear();
        }
        let key = SigningKey::derive(secret, scope);
        self.keys.insert(name, (secret.into(), key.clone()));
        key
    }
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKeys({})", self.keys.len())
    }
}
