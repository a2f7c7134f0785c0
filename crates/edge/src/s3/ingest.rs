//! Data on its way in: from a request's body, hashed as it passes, into memory or a blob.
//!
//! ```text
//! body ─▶ up to 32 KiB ─▶ in memory
//!     └▶ beyond ─▶ batches of 1 MiB ─┬▶ hashed  ┐ on the blocking pool, side by side, while the
//!                                    └▶ written ┘ next batch arrives
//! ```
//!
//! # Invariants
//!
//! - Memory per upload is two batches, however large the object; no thread waits for a client.
//! - A blob that no command was proposed for is unlinked, also when the request is given up.

use super::backend::{BlobFiles, BlobSink};
use super::digests::{Digests, Hasher, Wanted};
use crate::body::BodyError;
use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use s3s::dto::StreamingBlob;
use s3s::{S3Error, S3Result, StdError, s3_error};
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use tidemill_services::s3::model::{BlobId, INLINE_BYTES_MAX, NewBody, SINGLE_UPLOAD_BYTES_MAX};
use tokio::task::{JoinHandle, spawn_blocking};

/// How much is gathered before the blocking pool is troubled with it.
const BATCH_BYTES: u64 = 1024 * 1024;

/// A body that has arrived whole.
pub(super) struct Received {
    pub(super) body: NewBody,
    pub(super) digests: Digests,
    pub(super) unclaimed: Unclaimed,
}

/// Unlinks its blob when dropped, unless a command has been proposed that names it.
pub(super) struct Unclaimed {
    blobs: Arc<dyn BlobFiles>,
    blob: Option<BlobId>,
}

impl Unclaimed {
    /// From here on a command may hold the blob.
    pub(super) fn claim(&mut self) -> Claimed {
        Claimed { blobs: Arc::clone(&self.blobs), blob: self.blob.take() }
    }
}

impl Drop for Unclaimed {
    fn drop(&mut self) {
        unlink(&self.blobs, self.blob.take());
    }
}

/// A blob that a proposed command names.
pub(super) struct Claimed {
    blobs: Arc<dyn BlobFiles>,
    blob: Option<BlobId>,
}

impl Claimed {
    /// The command was refused: nothing holds the blob.
    pub(super) fn release(self) {
        unlink(&self.blobs, self.blob);
    }
}

fn unlink(blobs: &Arc<dyn BlobFiles>, blob: Option<BlobId>) {
    let Some(blob) = blob else { return };
    let blobs = Arc::clone(blobs);
    // Without a runtime the process is ending, and the next start sweeps what nothing names.
    let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
    runtime.spawn_blocking(move || {
        if let Err(error) = blobs.delete(blob) {
            tracing::warn!(%error, ?blob, "a blob that nothing names could not be unlinked");
        }
    });
}

/// Reads a body to its end. `announced` is its length where the client said it.
pub(super) async fn receive(
    blobs: &Arc<dyn BlobFiles>,
    stream: Option<StreamingBlob>,
    wanted: Wanted,
    announced: Option<u64>,
) -> S3Result<Received> {
    if announced.is_some_and(|size| size > SINGLE_UPLOAD_BYTES_MAX) {
        return Err(too_large());
    }
    let mut stream = stream;
    let mut size = 0;
    let mut pieces: Vec<Bytes> = Vec::new();
    while size <= INLINE_BYTES_MAX {
        let Some(piece) = next_piece(&mut stream).await? else { break };
        size += piece.len() as u64;
        pieces.push(piece);
    }
    if size <= INLINE_BYTES_MAX {
        check_length(announced, size)?;
        let mut hasher = Hasher::new(wanted);
        let bytes = concat(pieces, size);
        hasher.update(&bytes);
        let unclaimed = Unclaimed { blobs: Arc::clone(blobs), blob: None };
        return Ok(Received { body: NewBody::Inline(bytes), digests: hasher.finish(), unclaimed });
    }
    let mut spool = Spool::new(Arc::clone(blobs), wanted);
    for piece in pieces {
        spool.push(piece).await?;
    }
    while let Some(piece) = next_piece(&mut stream).await? {
        size += piece.len() as u64;
        if size > SINGLE_UPLOAD_BYTES_MAX {
            return Err(too_large());
        }
        spool.push(piece).await?;
    }
    check_length(announced, size)?;
    let (blob, digests) = spool.finish().await?;
    let unclaimed = Unclaimed { blobs: Arc::clone(blobs), blob: Some(blob) };
    Ok(Received { body: NewBody::Blob(blob, size), digests, unclaimed })
}

async fn next_piece(stream: &mut Option<StreamingBlob>) -> S3Result<Option<Bytes>> {
    let Some(stream) = stream else { return Ok(None) };
    let next = poll_fn(|context| Pin::new(&mut *stream).poll_next(context)).await;
    next.transpose().map_err(|error| body_failure(&error))
}

fn concat(pieces: Vec<Bytes>, size: u64) -> Bytes {
    let mut pieces = pieces;
    if pieces.len() == 1 {
        return pieces.pop().unwrap_or_default();
    }
    let mut whole = BytesMut::with_capacity(usize::try_from(size).unwrap_or_default());
    for piece in pieces {
        whole.extend_from_slice(&piece);
    }
    whole.freeze()
}

fn too_large() -> S3Error {
    s3_error!(EntityTooLarge, "Your proposed upload exceeds the maximum allowed size")
}

fn check_length(announced: Option<u64>, size: u64) -> S3Result<()> {
    if announced.is_none_or(|announced| announced == size) {
        return Ok(());
    }
    Err(incomplete())
}

fn incomplete() -> S3Error {
    s3_error!(
        IncompleteBody,
        "You did not provide the number of bytes specified by the Content-Length HTTP header"
    )
}

/// Why a body ended early. s3s keeps the types of its failures to itself and wraps ours without a
/// source, so they are told apart by what they say.
fn body_failure(error: &StdError) -> S3Error {
    let text = error.to_string();
    if text.contains(&BodyError::Stalled.to_string()) {
        return s3_error!(
            RequestTimeout,
            "Your socket connection to the server was not read from or written to within the \
             timeout period. Idle connections will be closed."
        );
    }
    if text.contains("SignatureMismatch") {
        s3_error!(
            SignatureDoesNotMatch,
            "The chunk signature we calculated does not match the one you provided. Check your \
             key and signing method."
        )
    } else if text.contains("Sha256Mismatch") {
        let mut error = S3Error::with_message(
            s3s::S3ErrorCode::Custom("XAmzContentSHA256Mismatch".into()),
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        );
        error.set_status_code(http::StatusCode::BAD_REQUEST);
        error
    } else {
        incomplete()
    }
}

/// A blob being written and hashed, a batch at a time.
struct Spool {
    blobs: Arc<dyn BlobFiles>,
    batch: Vec<Bytes>,
    batch_bytes: u64,
    hashing: JoinHandle<Hasher>,
    writing: JoinHandle<io::Result<Option<Box<dyn BlobSink>>>>,
}

impl Spool {
    fn new(blobs: Arc<dyn BlobFiles>, wanted: Wanted) -> Spool {
        let hashing = tokio::spawn(std::future::ready(Hasher::new(wanted)));
        let writing = tokio::spawn(std::future::ready(Ok(None)));
        Spool { blobs, batch: Vec::new(), batch_bytes: 0, hashing, writing }
    }

    async fn push(&mut self, piece: Bytes) -> S3Result<()> {
        self.batch_bytes += piece.len() as u64;
        self.batch.push(piece);
        if self.batch_bytes >= BATCH_BYTES { self.flush().await } else { Ok(()) }
    }

    /// Hands the batch over, once the one before is done.
    async fn flush(&mut self) -> S3Result<()> {
        let batch: Arc<[Bytes]> = std::mem::take(&mut self.batch).into();
        self.batch_bytes = 0;
        let mut hasher = joined((&mut self.hashing).await)?;
        let sink = joined((&mut self.writing).await)?.map_err(|error| storage_failure(&error))?;
        let hashed = Arc::clone(&batch);
        self.hashing = spawn_blocking(move || {
            hashed.iter().for_each(|piece| hasher.update(piece));
            hasher
        });
        let blobs = Arc::clone(&self.blobs);
        self.writing = spawn_blocking(move || {
            let mut sink = match sink {
                Some(sink) => sink,
                None => blobs.create()?,
            };
            for piece in batch.iter() {
                sink.append(piece)?;
            }
            Ok(Some(sink))
        });
        Ok(())
    }

    async fn finish(mut self) -> S3Result<(BlobId, Digests)> {
        self.flush().await?;
        let hasher = joined(self.hashing.await)?;
        let sink = joined(self.writing.await)?.map_err(|error| storage_failure(&error))?;
        let sink = sink.expect("a flush leaves a sink behind");
        let published = joined(spawn_blocking(move || sink.publish()).await)?;
        let blob = published.map_err(|error| storage_failure(&error))?;
        Ok((blob, hasher.finish()))
    }
}

/// The result of a task, which ends early only when the runtime does or when it panicked.
pub(super) fn joined<T>(result: Result<T, tokio::task::JoinError>) -> S3Result<T> {
    result.map_err(|error| {
        tracing::error!(%error, "a storage task ended early");
        internal_error()
    })
}

pub(super) fn storage_failure(error: &io::Error) -> S3Error {
    tracing::error!(%error, "object data could not be stored or read");
    if error.kind() == io::ErrorKind::StorageFull {
        return s3_error!(
            ServiceUnavailable,
            "The server's disk is full. Add space, then try again."
        );
    }
    internal_error()
}

fn internal_error() -> S3Error {
    s3_error!(InternalError, "We encountered an internal error. Please try again.")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// s3s's words are its own affair: when a new release changes them, this does not notice, but
    /// the wire tests do.
    #[test]
    fn a_body_that_ends_early_is_told_apart_by_its_words() {
        for (text, code) in [
            ("UploadStreamError: Underlying: the request body stopped arriving", "RequestTimeout"),
            ("UploadStreamError: Sha256Mismatch", "XAmzContentSHA256Mismatch"),
            ("AwsChunkedStreamError: SignatureMismatch", "SignatureDoesNotMatch"),
            ("AwsChunkedStreamError: Incomplete", "IncompleteBody"),
        ] {
            let error: StdError = text.into();
            assert_eq!(body_failure(&error).code().as_str(), code, "{text}");
        }
        assert!(BodyError::Stalled.to_string().contains("stopped arriving"));
    }
}
