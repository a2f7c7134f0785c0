//! The key directory: which access keys exist, whose they are, and what they sign with.
//!
//! # Invariants
//!
//! - It lives in memory only. Root keys come from the data directory and the configuration and
//!   are fed in; temporary ones are learned from the session tokens that carry them.
//! - A secret never appears in a log, a metric or a `Debug` text.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use subtle::ConstantTimeEq as _;
use tidemill_aws::sigv4::{Scope, SigningKey};
use tidemill_kernel::{AccountId, Secret, Timestamp};
use tidemill_services::sts;

/// Derived signing keys remembered per access key: a client signs for one or two regions and a
/// handful of services, and the day changes once a day.
const SIGNING_KEYS_MAX: usize = 32;

/// Temporary keys remembered; beyond it the memory starts anew.
const TEMPORARY_KEYS_MAX: usize = 10_000;

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

    fn of_session(session: sts::session::Session) -> Key {
        let sts::session::Session {
            access_key_id,
            secret_access_key,
            token,
            account,
            principal,
            expires_at,
        } = session;
        let session = Session { token: SecretText(token), expires_at };
        Key::temporary(access_key_id, secret_access_key, account, principal, session)
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
#[derive(Debug)]
pub struct Keys {
    /// What session tokens are made with.
    secret: Secret,
    long_lived: HashMap<String, Arc<Key>>,
    temporary: RwLock<HashMap<String, Arc<Key>>>,
}

impl Keys {
    /// `secret` is the data directory's: session tokens are checked with it.
    #[must_use]
    pub fn new(secret: Secret, long_lived: impl IntoIterator<Item = Key>) -> Keys {
        let long_lived =
            long_lived.into_iter().map(|key| (key.access_key_id.clone(), Arc::new(key))).collect();
        Keys { secret, long_lived, temporary: RwLock::default() }
    }

    #[must_use]
    pub fn find(&self, access_key_id: &str) -> Option<Arc<Key>> {
        if let Some(key) = self.long_lived.get(access_key_id) {
            return Some(Arc::clone(key));
        }
        let temporary = self.temporary.read().unwrap_or_else(PoisonError::into_inner);
        temporary.get(access_key_id).cloned()
    }

    /// Makes the key that a session token stands for findable. A token carries its whole session
    /// under a code that only we can make, so a stranger's changes nothing here.
    pub fn learn(&self, token: &str, now: Timestamp) {
        let is_known =
            |key: &Arc<Key>| key.session.as_ref().is_some_and(|session| session.token.is(token));
        let Some(session) = sts::session::Session::open(self.secret, token) else { return };
        if now >= session.expires_at
            || self.find(&session.access_key_id).is_some_and(|key| is_known(&key))
        {
            return;
        }
        let key = Key::of_session(session);
        let mut temporary = self.temporary.write().unwrap_or_else(PoisonError::into_inner);
        if temporary.len() >= TEMPORARY_KEYS_MAX {
            // Each is learned again from its token when it is next used.
            temporary.clear();
        }
        temporary.insert(key.access_key_id.clone(), Arc::new(key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidemill_kernel as kernel;

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
        let keys = Keys::new(Secret([1; 32]), [key]);
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
    fn a_session_is_learned_from_its_token_and_from_no_other() {
        let secret = Secret([1; 32]);
        let principal = "arn:aws:sts::000000000000:assumed-role/worker/1".to_owned();
        let issue = |secret: Secret, expires_at: u64| {
            let unique = kernel::Uuid([9; 16]);
            let expires_at = Timestamp(expires_at);
            sts::session::Session::issue(secret, &unique, account(), principal.clone(), expires_at)
        };
        let keys = Keys::new(secret, [Key::root("AKIAROOT".to_owned(), "s".to_owned(), account())]);
        let good = issue(secret, 1000);
        keys.learn(&issue(Secret([2; 32]), 1000).token, Timestamp(0));
        keys.learn("nonsense", Timestamp(0));
        keys.learn(&good.token, Timestamp(1000));
        assert!(keys.find(&good.access_key_id).is_none());
        keys.learn(&good.token, Timestamp(999));
        let key = keys.find(&good.access_key_id).expect("learned");
        assert_eq!(key.secret_access_key.expose(), good.secret_access_key);
        assert_eq!(key.principal, principal);
        assert!(keys.find("AKIAROOT").is_some());
    }
}
