//! The S3 front: s3s's wire before, the S3 service behind, object data streamed between.
//!
//! ```text
//! door ─▶ S3Front::respond ─▶ s3s (route, signature, XML) ─▶ Front (decode) ─▶ core
//!                                                              └▶ ingest / egress ─▶ blobs
//! ```
//!
//! # Invariants
//!
//! - s3s's inputs are destructured without `..`: a parameter that appears in a newer s3s does not
//!   compile until it is honoured or refused.
//! - Data is on disk before the command that names it is proposed.
//! - Every answer carries `x-amz-request-id` and `x-amz-id-2`, the same that notices carry.

mod access;
mod answer;
mod attributes;
mod backend;
mod bucket;
mod continuation;
mod copy_object;
mod delete_object;
mod digests;
mod egress;
mod exchange;
mod host;
mod ingest;
mod listing;
mod multipart;
mod notification;
mod put_object;
mod ranges;
mod read_object;
mod service;
mod settings;
mod unserved;
mod versions;
mod wire;

pub use backend::{BlobFiles, BlobSink, BlobSource, Core};

use crate::body::ResponseBody;
use crate::keys::Keys;
use crate::panics::{Panicked, caught};
use bytes::Bytes;
use continuation::{Continuation, Watched};
use exchange::{Caller, Exchange};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request, Response};
use ingest::Unclaimed;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, S3Error, S3Result, StdError, s3_error};
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use tidemill_kernel::{PartitionId, Uuid};
use tidemill_node::Unavailable;
use tidemill_services::s3::model::{BucketName, ObjectKey};
use tidemill_services::s3::{self as service_s3, Query, Reply};
use tidemill_services::{self as services, Work};

/// The largest body that is read whole to check its digest: a thousand long keys to delete.
const CHECKED_BODY_BYTES_MAX: usize = 8 * 1024 * 1024;

/// S3's door.
#[derive(Clone)]
pub struct S3Front {
    service: S3Service,
    keys: Arc<Keys>,
}

/// An answer, and the operation it answers.
pub struct Answered {
    /// `unserved` when the request names none that is served.
    pub operation: &'static str,
    pub response: Response<ResponseBody>,
    /// The answer is no more than that a panic was in its way.
    pub(crate) panicked: Option<Panicked>,
}

impl S3Front {
    /// `domains` are the names this server answers to besides `localhost`, for virtual hosts.
    #[must_use]
    pub fn new(
        core: Arc<dyn Core>,
        blobs: Arc<dyn BlobFiles>,
        keys: Arc<Keys>,
        domains: Vec<String>,
    ) -> S3Front {
        let mut builder = S3ServiceBuilder::new(Front { core, blobs });
        builder.set_auth(access::Secrets(Arc::clone(&keys)));
        builder.set_access(access::Gate(Arc::clone(&keys)));
        builder.set_host(host::Domains::new(domains));
        S3Front { service: builder.build(), keys }
    }

    /// Answers one request. Never fails: what goes wrong becomes an answer too.
    pub async fn respond<B>(&self, request: Request<B>, request_id: Uuid, peer: IpAddr) -> Answered
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        StdError: From<B::Error>,
    {
        let exchange = Exchange::new(request_id, peer);
        let resource = request.uri().path().to_owned();
        let continuation = Continuation::of(&request);
        let polled = continuation.polled();
        let mut request =
            request.map(|body| Body::http_body_unsync(Watched { body: Box::pin(body), polled }));
        let called = pin!(async {
            prepare(&mut request).await?;
            access::learn_key(&self.keys, request.headers(), request.uri());
            let rest = ranges::without_ignored(&request);
            let response = self.call(request, &exchange).await?;
            match rest {
                Some(rest) if response.status().is_client_error() && exchange.is_identified() => {
                    self.call(rest, &exchange).await
                }
                Some(_) | None => Ok(response),
            }
        });
        let (mut response, panicked) = finish(called, &exchange, &resource).await;
        continuation.close_unless_continued(&mut response);
        Answered { operation: exchange.operation(), response, panicked }
    }

    async fn call(
        &self,
        mut request: Request<Body>,
        exchange: &Exchange,
    ) -> S3Result<Response<Body>> {
        request.extensions_mut().insert(exchange.clone());
        self.service.call(request).await.map_err(|error| {
            let request_id = exchange.request_id();
            tracing::error!(%request_id, ?error, "the S3 front gave up on a request");
            s3_error!(InternalError)
        })
    }
}

/// Makes the answer of what s3s said, or of its not getting so far.
async fn finish(
    called: Pin<&mut impl Future<Output = S3Result<Response<Body>>>>,
    exchange: &Exchange,
    resource: &str,
) -> (Response<ResponseBody>, Option<Panicked>) {
    match caught(called).await {
        Ok(Ok(response)) => (answer::finish(response, exchange, resource), None),
        Ok(Err(error)) => (answer::refuse(error, exchange, resource), None),
        Err(panicked) => {
            (answer::refuse(s3_error!(InternalError), exchange, resource), Some(panicked))
        }
    }
}

/// Refuses what s3s would take and we do not serve, and checks digests that it does not.
async fn prepare(request: &mut Request<Body>) -> S3Result<()> {
    refuse_signature_v2(request)?;
    refuse_form_upload(request)?;
    refuse_unknown_checksums(request)?;
    check_xml_digest(request).await
}

/// The old signature in a header: no SDK makes one unless told to. In a presigned URL it is what
/// boto3 still makes by default in us-east-1, and s3s verifies it.
fn refuse_signature_v2(request: &Request<Body>) -> S3Result<()> {
    let is_header = request
        .headers()
        .get(AUTHORIZATION)
        .is_some_and(|value| value.as_bytes().starts_with(b"AWS "));
    if is_header {
        return Err(s3_error!(
            InvalidRequest,
            "The authorization mechanism you have provided is not supported. Please use \
             AWS4-HMAC-SHA256."
        ));
    }
    Ok(())
}

/// Browser uploads: s3s would hold the whole file in memory.
fn refuse_form_upload(request: &Request<Body>) -> S3Result<()> {
    let is_form = request
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"multipart/form-data"));
    if is_form && request.method() == Method::POST {
        return Err(s3_error!(
            NotImplemented,
            "POST Object (a browser's form upload) is not implemented"
        ));
    }
    Ok(())
}

/// Checksums of algorithms that s3s does not know would go unchecked.
fn refuse_unknown_checksums(request: &Request<Body>) -> S3Result<()> {
    const KNOWN: [&str; 8] =
        ["algorithm", "type", "mode", "crc32", "crc32c", "crc64nvme", "sha1", "sha256"];
    let unknown = request
        .headers()
        .keys()
        .filter_map(|name| name.as_str().strip_prefix("x-amz-checksum-"))
        .find(|name| !KNOWN.contains(name));
    match unknown {
        None => Ok(()),
        Some(name) => Err(unserved::not_implemented(&format!("x-amz-checksum-{name}"))),
    }
}

/// Deletions and configurations come with a digest of their XML that s3s drops. They are small, so
/// they are read whole and compared here.
async fn check_xml_digest(request: &mut Request<Body>) -> S3Result<()> {
    let uri = request.uri();
    let is_checked =
        ["delete", "notification", "publicAccessBlock", "encryption"].iter().any(|name| {
            let query = uri.query().unwrap_or_default();
            query.split('&').any(|pair| pair.split('=').next() == Some(name))
        });
    let is_chunked = request.headers().contains_key("x-amz-decoded-content-length");
    if !is_checked || is_chunked || request.method() == Method::GET {
        return Ok(());
    }
    let body = request.body_mut().store_all_limited(CHECKED_BODY_BYTES_MAX).await;
    let body = body.map_err(|_too_large| s3_error!(MaxMessageLengthExceeded))?;
    let headers = request.headers();
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let fields = digests::ChecksumFields {
        crc32: text("x-amz-checksum-crc32").map(str::to_owned),
        crc32c: text("x-amz-checksum-crc32c").map(str::to_owned),
        crc64nvme: text("x-amz-checksum-crc64nvme").map(str::to_owned),
        sha1: text("x-amz-checksum-sha1").map(str::to_owned),
        sha256: text("x-amz-checksum-sha256").map(str::to_owned),
    };
    if let Some(claimed) = fields.parse()?
        && claimed != claimed.algorithm.checksum(&body)
    {
        let error = service_s3::Error::BadDigest { algorithm: claimed.algorithm };
        return Err(S3Error::with_message(s3s::S3ErrorCode::BadDigest, error.to_string()));
    }
    if let Some(md5) = text("content-md5")
        && digests::parse_content_md5(md5)? != service_s3::checksums::md5(&body)
    {
        return Err(s3_error!(
            BadDigest,
            "The Content-MD5 you specified did not match what we received."
        ));
    }
    Ok(())
}

/// s3s's trait is implemented on this (in [`service`]), an operation family per file.
pub(crate) struct Front {
    core: Arc<dyn Core>,
    blobs: Arc<dyn BlobFiles>,
}

/// What the core said to a work.
type Outcome = Result<Result<services::Reply, services::Error>, Unavailable>;

impl Front {
    async fn submit(&self, caller: &Caller, work: Work) -> S3Result<Reply> {
        understand(caller, self.core.submit(work).await)
    }

    async fn ask(&self, caller: &Caller, bucket: &BucketName, query: Query) -> S3Result<Reply> {
        let partition = PartitionId::of_bucket(bucket.as_str());
        self.submit(caller, Work::Query(partition, services::Query::S3(Box::new(query)))).await
    }

    async fn command(
        &self,
        caller: &Caller,
        bucket: &BucketName,
        command: service_s3::Command,
    ) -> S3Result<Reply> {
        let partition = PartitionId::of_bucket(bucket.as_str());
        self.submit(caller, Work::Command(partition, services::Command::S3(Box::new(command))))
            .await
    }

    /// Proposes a command that may name a blob. Only a definite refusal frees the blob: when the
    /// answer is unknown, the command may be in the log.
    async fn command_with_body(
        &self,
        caller: &Caller,
        bucket: &BucketName,
        command: service_s3::Command,
        mut unclaimed: Unclaimed,
    ) -> S3Result<Reply> {
        let claimed = unclaimed.claim();
        let partition = PartitionId::of_bucket(bucket.as_str());
        let work = Work::Command(partition, services::Command::S3(Box::new(command)));
        let outcome = self.core.submit(work).await;
        if matches!(outcome, Ok(Err(_)) | Err(Unavailable::Busy | Unavailable::NoRoom(_))) {
            claimed.release();
        }
        understand(caller, outcome)
    }
}

fn understand(caller: &Caller, outcome: Outcome) -> S3Result<Reply> {
    match outcome {
        Ok(Ok(services::Reply::S3(reply))) => Ok(reply),
        Ok(Err(services::Error::S3(error))) => Err(caller.refuse(&error)),
        Ok(Ok(_) | Err(_)) => Err(unexpected_reply()),
        Err(Unavailable::Busy) => Err(s3_error!(SlowDown, "Please reduce your request rate.")),
        Err(full @ Unavailable::NoRoom(_)) => Err(s3_error!(SlowDown, "{full}")),
        Err(stopping @ Unavailable::Stopping) => Err(s3_error!(ServiceUnavailable, "{stopping}")),
    }
}

fn unexpected_reply() -> S3Error {
    s3_error!(InternalError, "the core gave an answer to another question")
}

fn bucket_name(caller: &Caller, name: &str) -> S3Result<BucketName> {
    BucketName::parse(name).map_err(|error| caller.refuse(&error))
}

fn object_key(caller: &Caller, key: &str) -> S3Result<ObjectKey> {
    ObjectKey::parse(key).map_err(|error| caller.refuse(&error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt as _;
    use std::net::Ipv4Addr;

    #[tokio::test]
    async fn a_panic_is_answered_as_an_internal_error_of_s3s() {
        let exchange = Exchange::new(Uuid::from_random([7; 16]), Ipv4Addr::LOCALHOST.into());
        let called = pin!(async { panic!("planted") });
        let (response, panicked) = finish(called, &exchange, "/photos/cat.jpg").await;
        assert_eq!(panicked.map(|panicked| panicked.message).as_deref(), Some("planted"));
        assert_eq!(response.status(), 500);
        let id = exchange.request_id().to_string();
        assert_eq!(response.headers()["x-amz-request-id"], id);
        let body = response.into_body().collect().await.expect("held in memory").to_bytes();
        let text = String::from_utf8_lossy(&body).into_owned();
        for part in ["<Code>InternalError</Code>", "<Resource>/photos/cat.jpg</Resource>", &id] {
            assert!(text.contains(part), "{part} is missing in {text}");
        }
    }
}
