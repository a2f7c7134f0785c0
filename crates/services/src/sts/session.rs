//! Session credentials: made from the data directory's secret, checked without keeping anything.
//!
//! The token is the session itself, encoded, with a message authentication code in front. The
//! secret access key is derived from the access key id the same way, so whoever can check the
//! token can check signatures made with it.
//!
//! # Example
//!
//! ```
//! use tidemill_kernel::{AccountId, Secret, Timestamp, Uuid};
//! use tidemill_services::sts::session::Session;
//!
//! let (secret, account) = (Secret([1; 32]), AccountId::parse("000000000000").unwrap());
//! let principal = "arn:aws:sts::000000000000:assumed-role/intake/run".to_owned();
//! let issued = Session::issue(secret, &Uuid([9; 16]), account, principal, Timestamp(5_000));
//! assert_eq!(Session::open(secret, &issued.token), Some(issued));
//! assert_eq!(Session::open(Secret([2; 32]), "bm9uc2Vuc2U="), None);
//! ```

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kernel::{AccountId, Secret, Timestamp, Uuid, codec};
use minicbor::{Decode, Encode};
use tidemill_kernel as kernel;

const MAC_BYTES: usize = 16;

/// Temporary credentials and whom they stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// `ASIA…`, as AWS marks temporary keys.
    pub access_key_id: String,
    pub secret_access_key: String,
    pub token: String,
    pub account: AccountId,
    /// The ARN of the assumed role's session.
    pub principal: String,
    /// The credentials are good until then, exclusive.
    pub expires_at: Timestamp,
}

/// What a token holds.
#[derive(Encode, Decode)]
struct Claims {
    #[n(0)]
    access_key_id: String,
    #[n(1)]
    account: AccountId,
    #[n(2)]
    principal: String,
    #[n(3)]
    expires_at: Timestamp,
}

impl Session {
    /// New credentials. `unique` must never come twice: it names the access key.
    #[must_use]
    pub fn issue(
        secret: Secret,
        unique: &Uuid,
        account: AccountId,
        principal: String,
        expires_at: Timestamp,
    ) -> Session {
        let mut bytes = [0; 16];
        secret.derive("session access key", &unique.0, &mut bytes);
        let access_key_id = format!("ASIA{}", kernel::ids::letters(&bytes));
        let claims = Claims { access_key_id, account, principal, expires_at };
        let body = codec::to_bytes(&claims);
        let mut token = secret.mac("session token", &body).to_vec();
        token.extend_from_slice(&body);
        Session::from_claims(secret, claims, STANDARD.encode(token))
    }

    /// The session a token stands for; `None` when we did not make it. Whether it has expired is
    /// the caller's question.
    #[must_use]
    pub fn open(secret: Secret, token: &str) -> Option<Session> {
        let bytes = STANDARD.decode(token).ok()?;
        let (mac, body) = bytes.split_at_checked(MAC_BYTES)?;
        if !secret.verify("session token", body, mac) {
            return None;
        }
        let claims: Claims = minicbor::decode(body).ok()?;
        Some(Session::from_claims(secret, claims, token.to_owned()))
    }

    fn from_claims(secret: Secret, claims: Claims, token: String) -> Session {
        let mut key = [0; 30];
        secret.derive("session secret key", claims.access_key_id.as_bytes(), &mut key);
        Session {
            secret_access_key: STANDARD.encode(key),
            access_key_id: claims.access_key_id,
            token,
            account: claims.account,
            principal: claims.principal,
            expires_at: claims.expires_at,
        }
    }
}
