//! Data on its way in: from a request's body, hashed as it passes, into memory or a blob.
//!
//! ```text
//! body ─▶ up to 32 KiB ─▶ in memory
//!     └▶ beyond ─▶ batches of 256 KiB ┬▶ hashed  ┐ on the blocking pool, each in order, neither
//!                                    └▶ written ┘ waiting for the other, while more arrive
//! ```
//!
//! # Invariants
//!
//! - Memory per upload is five batches, however large the object; no thread waits for a client.
//! - A blob that no command was proposed for is unlinked, also when the request is given up.

use super::backend::{BlobFiles, BlobSink};
use super::digests::{Digests, Hasher, Wanted};
use crate::body::BodyError;
use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use s3s::dto::StreamingBlob;
use s3s::{S3Error, S3Result, StdError, s3_error};
use std::future::{poll_fn, ready};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use tidemill_services::s3::model::{BlobId, INLINE_BYTES_MAX, NewBody, SINGLE_UPLOAD_BYTES_MAX};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinHandle, spawn_blocking};

/// How much is gathered before the blocking pool is troubled with it.
const BATCH_BYTES: u64 = 256 * 1024;

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
    let mut spool = Spool::new(Arc::clone(blobs), wanted, announced.unwrap_or(0));
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

/// Batches between arrival and disk: enough that hashing, which is the slowest, never runs dry
/// while the socket is read.
const BATCHES_UNDER_WAY: usize = 4;

/// A blob being written and hashed, a batch at a time.
struct Spool {
    blobs: Arc<dyn BlobFiles>,
    announced: u64,
    arriving: Vec<Bytes>,
    arriving_bytes: u64,
    room: Arc<Semaphore>,
    hashing: Chain<Hasher>,
    writing: Chain<Option<Box<dyn BlobSink>>>,
}

/// Pieces on their way to hash and disk; there is room for another when both have let go of them.
struct Batch {
    pieces: Vec<Bytes>,
    _place: OwnedSemaphorePermit,
}

impl Spool {
    fn new(blobs: Arc<dyn BlobFiles>, wanted: Wanted, announced: u64) -> Spool {
        Spool {
            blobs,
            announced,
            arriving: Vec::new(),
            arriving_bytes: 0,
            room: Arc::new(Semaphore::new(BATCHES_UNDER_WAY)),
            hashing: Chain::new(Hasher::new(wanted)),
            writing: Chain::new(None),
        }
    }

    async fn push(&mut self, piece: Bytes) -> S3Result<()> {
        self.arriving_bytes += piece.len() as u64;
        self.arriving.push(piece);
        if self.arriving_bytes >= BATCH_BYTES { self.flush().await } else { Ok(()) }
    }

    /// Hands the batch over, once there is room for it.
    async fn flush(&mut self) -> S3Result<()> {
        let place = Arc::clone(&self.room).acquire_owned().await;
        let place = place.expect("nobody closes an upload's room");
        let pieces = std::mem::take(&mut self.arriving);
        self.arriving_bytes = 0;
        let batch = Arc::new(Batch { pieces, _place: place });
        let hashed = Arc::clone(&batch);
        let hash = move |mut hasher: Hasher| {
            hashed.pieces.iter().for_each(|piece| hasher.update(piece));
            Ok(hasher)
        };
        self.hashing.then(hash).await?;
        let (blobs, announced) = (Arc::clone(&self.blobs), self.announced);
        let write = move |sink: Option<Box<dyn BlobSink>>| {
            let mut sink = match sink {
                Some(sink) => sink,
                None => blobs.create(announced)?,
            };
            for piece in &batch.pieces {
                sink.append(piece)?;
            }
            Ok(Some(sink))
        };
        self.writing.then(write).await
    }

    async fn finish(mut self) -> S3Result<(BlobId, Digests)> {
        self.flush().await?;
        let hasher = self.hashing.end().await?;
        let sink = self.writing.end().await?;
        let sink = sink.expect("a flush leaves a sink behind");
        let published = joined(spawn_blocking(move || sink.publish()).await)?;
        let blob = published.map_err(|error| storage_failure(&error))?;
        Ok((blob, hasher.finish()))
    }
}

/// Steps on the blocking pool, one after the other, each with what the one before left. After a
/// failure none is taken.
struct Chain<T>(Option<JoinHandle<S3Result<T>>>);

impl<T: Send + 'static> Chain<T> {
    fn new(state: T) -> Chain<T> {
        Chain(Some(tokio::spawn(ready(Ok(state)))))
    }

    /// Adds a step without waiting for those before it, unless one of them is known to have failed.
    async fn then(
        &mut self,
        step: impl FnOnce(T) -> io::Result<T> + Send + 'static,
    ) -> S3Result<()> {
        let mut before = self.0.take().ok_or_else(internal_error)?;
        if before.is_finished() {
            let state = joined(before.await)??;
            before = tokio::spawn(ready(Ok(state)));
        }
        self.0 = Some(tokio::spawn(async move {
            let state = joined(before.await)??;
            let done = joined(spawn_blocking(move || step(state)).await)?;
            done.map_err(|error| storage_failure(&error))
        }));
        Ok(())
    }

    async fn end(self) -> S3Result<T> {
        joined(self.0.ok_or_else(internal_error)?.await)?
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
            SlowDown,
            "The server's disk is nearly full: no new data is taken. Try again when there is \
             more room."
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
