//! The key directory: which access keys exist, whose they are, and what they sign with.
//!
//! # Invariants
//!
//! - It lives in memory only. Root keys come from the data directory and the configuration,
//!   temporary ones from the node; both are fed in, never read from here.
//! - A secret never appears in a log, a metric or a `Debug` text.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use subtle::ConstantTimeEq as _;
use tidemill_aws::sigv4::{Scope, SigningKey};
use tidemill_kernel::{AccountId, Timestamp};

/// Derived signing keys remembered per access key: a client signs for one or two regions and a
/// handful of services, and the day changes once a day.
const SIGNING_KEYS_MAX: usize = 32;

/// A secret access key or session token.
#[derive(Clone)]
pub struct SecretText(String);

impl SecretText {
    #[must_use]
    pub fn new(text: impl Into<String>) -> SecretText {
        SecretText(text.into())
    }

    /// The text itself, for signing. Named so that its uses stand out in review.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Compares in constant time.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        self.0.as_bytes().ct_eq(text.as_bytes()).into()
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(…)")
    }
}

/// What makes an access key temporary.
#[derive(Clone, Debug)]
pub struct Session {
    pub token: SecretText,
    pub expires_at: Timestamp,
}

/// One access key.
#[derive(Debug)]
pub struct Key {
    pub access_key_id: String,
    pub secret_access_key: SecretText,
    pub account: AccountId,
    /// The ARN of the identity behind the key.
    pub principal: String,
    /// `None` for a long-lived key.
    pub session: Option<Session>,
    signing_keys: RwLock<Vec<(Scope, SigningKey)>>,
}

impl Key {
    #[must_use]
    pub fn root(access_key_id: String, secret_access_key: String, account: AccountId) -> Key {
        Key {
            access_key_id,
            secret_access_key: SecretText(secret_access_key),
            account,
            principal: format!("arn:aws:iam::{account}:root"),
            session: None,
            signing_keys: RwLock::default(),
        }
    }

    /// A key of an assumed role.
    #[must_use]
    pub fn temporary(
        access_key_id: String,
        secret_access_key: String,
        account: AccountId,
        principal: String,
        session: Session,
    ) -> Key {
        let signing_keys = RwLock::default();
        let secret_access_key = SecretText(secret_access_key);
        let session = Some(session);
        Key { access_key_id, secret_access_key, account, principal, session, signing_keys }
    }

    /// The signing key for a scope, when one is remembered.
    #[must_use]
    pub fn signing_key(&self, scope: &Scope) -> Option<SigningKey> {
        let signing_keys = self.signing_keys.read().unwrap_or_else(PoisonError::into_inner);
        signing_keys.iter().find(|(known, _)| known == scope).map(|(_, key)| key.clone())
    }

    /// Derives the signing key for a scope: four HMACs.
    #[must_use]
    pub fn derive(&self, scope: &Scope) -> SigningKey {
        SigningKey::derive(self.secret_access_key.expose(), scope)
    }

    /// Remembers a signing key whose signature was right, so that strangers cannot push the
    /// useful ones out.
    pub fn remember(&self, scope: Scope, signing_key: SigningKey) {
        let mut signing_keys = self.signing_keys.write().unwrap_or_else(PoisonError::into_inner);
        if signing_keys.iter().any(|(known, _)| *known == scope) {
            return;
        }
        if signing_keys.len() >= SIGNING_KEYS_MAX {
            signing_keys.remove(0);
        }
        signing_keys.push((scope, signing_key));
    }
}

/// All access keys this node honours.
#[derive(Debug, Default)]
pub struct Keys(RwLock<HashMap<String, Arc<Key>>>);

impl Keys {
    pub fn insert(&self, key: Key) {
        let mut keys = self.0.write().unwrap_or_else(PoisonError::into_inner);
        keys.insert(key.access_key_id.clone(), Arc::new(key));
    }

    pub fn remove(&self, access_key_id: &str) {
        let mut keys = self.0.write().unwrap_or_else(PoisonError::into_inner);
        keys.remove(access_key_id);
    }

    #[must_use]
    pub fn find(&self, access_key_id: &str) -> Option<Arc<Key>> {
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        keys.get(access_key_id).cloned()
    }

    /// Forgets temporary keys that ran out before `now`.
    pub fn forget_expired(&self, now: Timestamp) {
        let mut keys = self.0.write().unwrap_or_else(PoisonError::into_inner);
        keys.retain(|_, key| key.session.as_ref().is_none_or(|session| now < session.expires_at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> AccountId {
        AccountId::parse("000000000000").expect("legal")
    }

    fn scope(date: &str, service: &str) -> Scope {
        Scope { date: date.to_owned(), region: "us-east-1".to_owned(), service: service.to_owned() }
    }

    #[test]
    fn secrets_do_not_show() {
        let key = Key::root("AKIATEST".to_owned(), "hunter2".to_owned(), account());
        let scope = scope("20260101", "sqs");
        key.remember(scope.clone(), key.derive(&scope));
        let keys = Keys::default();
        keys.insert(key);
        let shown = format!("{keys:?}");
        assert!(shown.contains("AKIATEST") && shown.contains("us-east-1"), "{shown}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn signing_keys_are_remembered_per_scope_and_bounded() {
        let key = Key::root("AKIATEST".to_owned(), "secret".to_owned(), account());
        for day in 0..100 {
            let scope = scope(&format!("202601{day:02}"), "sqs");
            key.remember(scope.clone(), key.derive(&scope));
        }
        assert!(key.signing_key(&scope("20260199", "sqs")).is_some());
        assert!(key.signing_key(&scope("20260199", "s3")).is_none());
        assert!(key.signing_key(&scope("20260100", "sqs")).is_none());
    }

    #[test]
    fn an_expired_session_is_forgotten_and_a_root_key_stays() {
        let keys = Keys::default();
        keys.insert(Key::root("AKIAROOT".to_owned(), "secret".to_owned(), account()));
        keys.insert(Key::temporary(
            "ASIATEMP".to_owned(),
            "secret".to_owned(),
            account(),
            "arn:aws:sts::000000000000:assumed-role/worker/1".to_owned(),
            Session { token: SecretText::new("token"), expires_at: Timestamp(1000) },
        ));
        keys.forget_expired(Timestamp(999));
        assert!(keys.find("ASIATEMP").is_some());
        keys.forget_expired(Timestamp(1000));
        assert!(keys.find("ASIATEMP").is_none() && keys.find("AKIAROOT").is_some());
    }
}
