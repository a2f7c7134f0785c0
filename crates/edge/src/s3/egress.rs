//! Data on its way out: slices of blobs and of memory, read ahead by one piece.
//!
//! # Invariants
//!
//! - Memory per download is two pieces.
//! - A small answer is one read and one buffer; a blob is opened before the first byte is sent, so
//!   that a deletion meanwhile does not cut the answer off (beyond [`OPEN_MAX`] blobs, later ones
//!   are opened when their turn comes).

use super::backend::{BlobFiles, BlobSource};
use super::ingest::{joined, storage_failure};
use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use s3s::dto::StreamingBlob;
use s3s::stream::{ByteStream, RemainingLength};
use s3s::{Body, S3Result, StdError};
use std::collections::VecDeque;
use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tidemill_services::s3::Slice;
use tidemill_services::s3::model::BlobId;
use tokio::task::{JoinHandle, spawn_blocking};

/// Answers up to this size are read at once.
const PIECE_BYTES: u64 = 1024 * 1024;
/// Files held open for one answer.
const OPEN_MAX: usize = 64;

/// Opens the selected data. `None` when a blob is gone: the object was replaced since it was
/// looked up, and looking again finds what replaced it.
pub(super) async fn open(
    blobs: &Arc<dyn BlobFiles>,
    slices: Vec<Slice>,
) -> S3Result<Option<StreamingBlob>> {
    let size = slices.iter().map(length).sum::<u64>();
    let is_in_memory = slices.iter().all(|slice| matches!(slice, Slice::Inline(_)));
    if is_in_memory {
        let stretches = slices.into_iter().map(Stretch::Memory).collect();
        let bytes = gather(blobs, stretches, size).map_err(|error| storage_failure(&error))?;
        return Ok(Some(StreamingBlob::from(Body::from(bytes))));
    }
    let files = Arc::clone(blobs);
    let opened = spawn_blocking(move || {
        let stretches = open_stretches(&files, slices)?;
        if size > PIECE_BYTES {
            return Ok(Opened::Stream(stretches));
        }
        gather(&files, stretches, size).map(Opened::Whole)
    });
    match joined(opened.await)? {
        Ok(Opened::Whole(bytes)) => Ok(Some(StreamingBlob::from(Body::from(bytes)))),
        Ok(Opened::Stream(stretches)) => {
            let blobs = Arc::clone(blobs);
            let mut stream = Outgoing { blobs, stretches, reading: None, remaining: size };
            stream.read_ahead();
            Ok(Some(StreamingBlob::new(stream)))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(storage_failure(&error)),
    }
}

enum Opened {
    Whole(Bytes),
    Stream(VecDeque<Stretch>),
}

/// A stretch of the answer that is still to be sent.
enum Stretch {
    Memory(Slice),
    File { source: Arc<dyn BlobSource>, offset: u64, length: u64 },
}

fn length(slice: &Slice) -> u64 {
    match slice {
        Slice::Inline(bytes) => bytes.len() as u64,
        Slice::Blob { length, .. } => *length,
    }
}

fn open_stretches(blobs: &Arc<dyn BlobFiles>, slices: Vec<Slice>) -> io::Result<VecDeque<Stretch>> {
    let mut opened = 0;
    slices
        .into_iter()
        .map(|slice| match slice {
            Slice::Blob { blob, offset, length } if opened < OPEN_MAX => {
                opened += 1;
                open_stretch(blobs, blob, offset, length)
            }
            Slice::Blob { .. } | Slice::Inline(_) => Ok(Stretch::Memory(slice)),
        })
        .collect()
}

fn open_stretch(
    blobs: &Arc<dyn BlobFiles>,
    blob: BlobId,
    offset: u64,
    length: u64,
) -> io::Result<Stretch> {
    Ok(Stretch::File { source: blobs.open(blob)?, offset, length })
}

/// Takes up to a piece off the front stretch. Blocking.
fn take(
    blobs: &Arc<dyn BlobFiles>,
    stretch: Stretch,
    most: u64,
) -> io::Result<(Bytes, Option<Stretch>)> {
    match stretch {
        Stretch::Memory(Slice::Inline(bytes)) => Ok((bytes, None)),
        Stretch::Memory(Slice::Blob { blob, offset, length }) => {
            take(blobs, open_stretch(blobs, blob, offset, length)?, most)
        }
        Stretch::File { source, offset, length } => {
            let now = length.min(most);
            let bytes = source.read(offset, usize::try_from(now).unwrap_or(usize::MAX))?;
            let rest = length - now;
            let rest =
                (rest > 0).then(|| Stretch::File { source, offset: offset + now, length: rest });
            Ok((bytes, rest))
        }
    }
}

/// Reads everything into one buffer. Blocking when a file is among the stretches.
fn gather(
    blobs: &Arc<dyn BlobFiles>,
    stretches: VecDeque<Stretch>,
    size: u64,
) -> io::Result<Bytes> {
    let mut stretches = stretches;
    let is_single = stretches.len() == 1;
    let mut whole = BytesMut::new();
    while let Some(stretch) = stretches.pop_front() {
        let (bytes, rest) = take(blobs, stretch, u64::MAX)?;
        if is_single {
            return Ok(bytes);
        }
        whole.reserve(usize::try_from(size).unwrap_or_default().saturating_sub(whole.len()));
        whole.extend_from_slice(&bytes);
        stretches.extend(rest);
    }
    Ok(whole.freeze())
}

type Reading = JoinHandle<io::Result<(Bytes, Option<Stretch>)>>;

/// A large answer as it is sent.
struct Outgoing {
    blobs: Arc<dyn BlobFiles>,
    stretches: VecDeque<Stretch>,
    reading: Option<Reading>,
    remaining: u64,
}

impl Outgoing {
    fn read_ahead(&mut self) {
        self.reading = self.stretches.pop_front().map(|stretch| {
            let blobs = Arc::clone(&self.blobs);
            spawn_blocking(move || take(&blobs, stretch, PIECE_BYTES))
        });
    }
}

impl Stream for Outgoing {
    type Item = Result<Bytes, StdError>;

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, StdError>>> {
        let Some(reading) = &mut self.reading else { return Poll::Ready(None) };
        let read = ready!(Pin::new(reading).poll(context));
        let taken = match read {
            Ok(Ok(taken)) => taken,
            Ok(Err(error)) => {
                // The answer's head is gone: all that is left is to cut the connection.
                tracing::error!(%error, "an object could not be read to its end");
                self.reading = None;
                return Poll::Ready(Some(Err(error.into())));
            }
            Err(error) => {
                self.reading = None;
                return Poll::Ready(Some(Err(error.into())));
            }
        };
        let (bytes, rest) = taken;
        if let Some(rest) = rest {
            self.stretches.push_front(rest);
        }
        self.read_ahead();
        self.remaining = self.remaining.saturating_sub(bytes.len() as u64);
        Poll::Ready(Some(Ok(bytes)))
    }
}

impl ByteStream for Outgoing {
    fn remaining_length(&self) -> RemainingLength {
        usize::try_from(self.remaining)
            .map_or_else(|_| RemainingLength::unknown(), RemainingLength::new_exact)
    }
}
