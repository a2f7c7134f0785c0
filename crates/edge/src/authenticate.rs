//! Who sent a request: its signature checked against the key directory.

use crate::keys::{Key, Keys};
use std::sync::Arc;
use tidemill_aws::error::refusal;
use tidemill_aws::sigv4::{self, Signature};
use tidemill_aws::{HttpRequest, WireError};
use tidemill_kernel::{Region, Timestamp};

/// A request whose signature is right.
pub(crate) struct Authenticated {
    pub(crate) key: Arc<Key>,
    pub(crate) region: Region,
    signature: Signature,
}

impl Authenticated {
    /// Refuses a signature that was made for another service than the request is for.
    pub(crate) fn check_service(&self, service: &str) -> Result<(), WireError> {
        sigv4::check_service(&self.signature, service)
    }
}

/// Checks signature, time, session and key, in the order in which AWS finds fault.
pub(crate) fn authenticate(
    request: &HttpRequest,
    keys: &Keys,
    now: Timestamp,
) -> Result<Authenticated, WireError> {
    let signature = sigv4::parse(request)?;
    if let Some(token) = &signature.session_token {
        keys.learn(token, now);
    }
    let Some(key) = keys.find(&signature.access_key_id) else {
        return Err(refusal::invalid_client_token_id());
    };
    check_session(&key, &signature, now)?;
    match key.signing_key(&signature.scope) {
        Some(signing_key) => sigv4::verify(&signature, &signing_key, request, now)?,
        None => {
            let signing_key = key.derive(&signature.scope);
            sigv4::verify(&signature, &signing_key, request, now)?;
            key.remember(signature.scope.clone(), signing_key);
        }
    }
    let Some(region) = Region::parse(&signature.scope.region) else {
        let message = format!("'{}' is no region.", signature.scope.region);
        return Err(refusal::signature_does_not_match(message));
    };
    Ok(Authenticated { key, region, signature })
}

/// A temporary key works with its token and until it expires; a long-lived key has none.
fn check_session(key: &Key, signature: &Signature, now: Timestamp) -> Result<(), WireError> {
    match (&key.session, &signature.session_token) {
        (None, None) => Ok(()),
        (Some(session), Some(token)) if session.token.is(token) => {
            if now < session.expires_at {
                Ok(())
            } else {
                Err(refusal::expired_token())
            }
        }
        (Some(_), None | Some(_)) | (None, Some(_)) => Err(refusal::invalid_client_token_id()),
    }
}
