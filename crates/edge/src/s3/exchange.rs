//! One request on its way through s3s: who asks, and what s3s has no place for.

use super::wire::http_date;
use http::{Extensions, HeaderMap, HeaderValue, header};
use s3s::region::Region as SignedRegion;
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tidemill_kernel::{AccountId, Region, Timestamp, Uuid};
use tidemill_services::s3::model::{ETag, Requester};
use tidemill_services::s3::{self, canonical_user_id};

/// Travels with a request as an extension, because s3s carries those through untouched.
#[derive(Clone, Debug)]
pub(super) struct Exchange(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    request_id: Uuid,
    host_id: String,
    peer: IpAddr,
    operation: OnceLock<&'static str>,
    identity: OnceLock<Identity>,
    /// Elements of the error answer beside code and message: s3s renders none.
    error_details: Mutex<Vec<(String, String)>>,
}

/// Whose key signed the request.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    pub(super) account: AccountId,
    pub(super) principal_id: String,
}

impl Exchange {
    pub(super) fn new(request_id: Uuid, peer: IpAddr) -> Exchange {
        Exchange(Arc::new(Shared {
            request_id,
            host_id: host_id(request_id),
            peer,
            operation: OnceLock::new(),
            identity: OnceLock::new(),
            error_details: Mutex::default(),
        }))
    }

    pub(super) fn request_id(&self) -> Uuid {
        self.0.request_id
    }

    pub(super) fn host_id(&self) -> &str {
        &self.0.host_id
    }

    pub(super) fn operation(&self) -> &'static str {
        self.0.operation.get().copied().unwrap_or("unserved")
    }

    /// Called once, when the signature has been checked.
    pub(super) fn identify(&self, operation: Option<&'static str>, identity: Identity) {
        // A second call would say the same: a request has one signature.
        if let Some(operation) = operation {
            let _ = self.0.operation.set(operation);
        }
        let _ = self.0.identity.set(identity);
    }

    /// Whether the signature has been checked and was right.
    pub(super) fn is_identified(&self) -> bool {
        self.0.identity.get().is_some()
    }

    pub(super) fn take_error_details(&self) -> Vec<(String, String)> {
        let mut details = self.0.error_details.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *details)
    }

    fn of(extensions: &Extensions) -> S3Result<&Exchange> {
        extensions.get().ok_or_else(|| s3_error!(InternalError, "a request lost its exchange"))
    }
}

/// `x-amz-id-2`: opaque to clients, derived so that notices and answers show the same.
fn host_id(request_id: Uuid) -> String {
    use base64::Engine as _;
    let mut id = [0; 48];
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"tidemill host id 1");
    hasher.update(&request_id.0);
    hasher.finalize_xof().fill(&mut id);
    base64::engine::general_purpose::STANDARD.encode(id)
}

/// Who asks, in the service's terms, and the way back for a refusal.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) requester: Requester,
    /// The region the request was signed for.
    pub(super) region: Region,
    exchange: Exchange,
}

impl Caller {
    pub(super) fn of(
        extensions: &Extensions,
        signed: Option<&SignedRegion>,
        expected_bucket_owner: Option<&str>,
    ) -> S3Result<Caller> {
        let exchange = Exchange::of(extensions)?.clone();
        let identity = exchange.0.identity.get().ok_or(S3ErrorCode::AccessDenied)?.clone();
        // The old signature of presigned URLs names no region; it is only made for this one.
        let region = Region::parse(signed.map_or("us-east-1", SignedRegion::as_str))
            .ok_or_else(|| s3_error!(AuthorizationHeaderMalformed, "the region is wrong"))?;
        let requester = Requester {
            account: identity.account,
            expected_bucket_owner: expected_bucket_owner.map(parse_account).transpose()?,
            principal_id: identity.principal_id,
            source_ip: exchange.0.peer.to_string(),
            request_id: exchange.request_id().to_string(),
            host_id: exchange.host_id().to_owned(),
        };
        Ok(Caller { requester, region, exchange })
    }

    /// The same caller, held to another bucket's expected owner.
    pub(super) fn expecting(&self, owner: Option<&str>) -> S3Result<Caller> {
        let mut caller = self.clone();
        caller.requester.expected_bucket_owner = owner.map(parse_account).transpose()?;
        Ok(caller)
    }

    /// A refusal of the service in s3s's form; its details wait in the exchange.
    pub(super) fn refuse(&self, error: &s3::Error) -> S3Error {
        let wire = error.wire();
        let mut details =
            self.exchange.0.error_details.lock().unwrap_or_else(PoisonError::into_inner);
        *details = error.details();
        let code = S3ErrorCode::from_bytes(wire.shape.as_bytes())
            .unwrap_or_else(|| S3ErrorCode::Custom(wire.shape.as_ref().into()));
        let mut refusal = S3Error::with_message(code, wire.message);
        if let Ok(status) = http::StatusCode::from_u16(wire.status) {
            refusal.set_status_code(status);
        }
        if let s3::Error::NotModified { etag, last_modified } = error {
            refusal.set_headers(validators(*etag, *last_modified));
        }
        refusal
    }

    pub(super) fn owner_id(&self) -> String {
        canonical_user_id(self.requester.account)
    }
}

/// What a 304 says of the object that the client already has.
fn validators(etag: ETag, last_modified: Timestamp) -> HeaderMap {
    [(header::ETAG, format!("\"{etag}\"")), (header::LAST_MODIFIED, http_date(last_modified))]
        .into_iter()
        .filter_map(|(name, text)| Some((name, HeaderValue::try_from(text).ok()?)))
        .collect()
}

fn parse_account(text: &str) -> S3Result<AccountId> {
    AccountId::parse(text).ok_or_else(|| {
        s3_error!(
            InvalidBucketOwnerAWSAccountID,
            "The value of the expected bucket owner parameter must be an AWS account ID"
        )
    })
}
