//! Bodies of requests and responses as they cross the wire.
//!
//! A request body is guarded: a peer that stops sending is told so (or cut off) after
//! [`STALL_MAX`], and one that dribbles is cut off when the whole body has taken unreasonably long.
//! A response body is one buffer or a stream; the hot path never boxes.

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Incoming;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, Sleep};

/// Longest pause between two pieces of a request body.
pub const STALL_MAX: Duration = Duration::from_secs(20);

/// A collected body must arrive within this time plus one second per [`COLLECT_BYTES_PER_SECOND`].
const COLLECT_BASE_MAX: Duration = Duration::from_secs(30);
const COLLECT_BYTES_PER_SECOND: u64 = 64 * 1024;

/// How much of a refused body is read and dropped, so that the peer gets to read the refusal
/// instead of a reset connection.
const DISCARD_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Why a request body could not be read to its end.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    #[error("the request body is larger than {limit} bytes")]
    TooLarge { limit: u64 },
    #[error("the request body stopped arriving")]
    Stalled,
    #[error("the request body was cut off")]
    CutOff(#[source] hyper::Error),
}

/// The body of a request, as it arrives.
#[derive(Debug)]
pub struct RequestBody {
    incoming: Incoming,
    /// Made when a piece is first waited for: most bodies arrive with their head.
    stall: Option<Pin<Box<Sleep>>>,
    /// Whether `stall` counts. It must not while we are the slow ones.
    waiting: bool,
}

impl RequestBody {
    #[must_use]
    pub fn new(incoming: Incoming) -> RequestBody {
        RequestBody { incoming, stall: None, waiting: false }
    }

    /// Reads the whole body, at most `limit` bytes of it.
    pub async fn read_within(&mut self, limit: u64) -> Result<Bytes, BodyError> {
        let announced = self.incoming.size_hint().lower();
        if announced > limit {
            if announced <= DISCARD_BYTES_MAX {
                self.discard().await;
            }
            return Err(BodyError::TooLarge { limit });
        }
        let Some(first) = self.next().await? else { return Ok(Bytes::new()) };
        if self.incoming.is_end_stream() && first.len() as u64 <= limit {
            return Ok(first);
        }
        let time_max = COLLECT_BASE_MAX + Duration::from_secs(announced / COLLECT_BYTES_PER_SECOND);
        match tokio::time::timeout(time_max, self.collect_rest(first, announced, limit)).await {
            Ok(collected) => collected,
            Err(_elapsed) => Err(BodyError::Stalled),
        }
    }

    async fn collect_rest(
        &mut self,
        first: Bytes,
        announced: u64,
        limit: u64,
    ) -> Result<Bytes, BodyError> {
        // What is announced is not yet sent: memory is taken as bytes arrive, doubling.
        let capacity = announced.min(first.len() as u64 * 4);
        let mut whole = BytesMut::with_capacity(usize::try_from(capacity).unwrap_or(first.len()));
        whole.extend_from_slice(&first);
        while let Some(piece) = self.next().await? {
            if (whole.len() + piece.len()) as u64 > limit {
                self.discard().await;
                return Err(BodyError::TooLarge { limit });
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole.freeze())
    }

    /// Reads and drops what is left, within bounds.
    pub async fn discard(&mut self) {
        let mut dropped = 0;
        let reading = async {
            while let Ok(Some(piece)) = self.next().await {
                dropped += piece.len() as u64;
                if dropped > DISCARD_BYTES_MAX {
                    return;
                }
            }
        };
        // Running out of time is as good an end as any: the refusal is sent either way.
        let _ = tokio::time::timeout(STALL_MAX, reading).await;
    }

    /// The next piece of data; trailers are skipped (no protocol but S3's uses any, and S3's are
    /// inside its own chunk framing).
    async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        loop {
            match std::future::poll_fn(|cx| Pin::new(&mut *self).poll_frame(cx)).await {
                None => return Ok(None),
                Some(Err(error)) => return Err(error),
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        return Ok(Some(data));
                    }
                }
            }
        }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let body = self.get_mut();
        if let Poll::Ready(frame) = Pin::new(&mut body.incoming).poll_frame(cx) {
            body.waiting = false;
            return Poll::Ready(frame.map(|frame| frame.map_err(BodyError::CutOff)));
        }
        let stall = body.stall.get_or_insert_with(|| Box::pin(tokio::time::sleep(STALL_MAX)));
        if !std::mem::replace(&mut body.waiting, true) {
            stall.as_mut().reset(Instant::now() + STALL_MAX);
        }
        ready!(stall.as_mut().poll(cx));
        Poll::Ready(Some(Err(BodyError::Stalled)))
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

/// What a streamed response may fail with; the connection is cut, so the text is for our log.
pub type StreamError = Box<dyn std::error::Error + Send + Sync>;

/// The body of a response.
pub struct ResponseBody(Kind);

enum Kind {
    Whole(Bytes),
    Stream(UnsyncBoxBody<Bytes, StreamError>),
}

impl ResponseBody {
    #[must_use]
    pub fn stream<B>(body: B) -> ResponseBody
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<StreamError>,
    {
        ResponseBody(Kind::Stream(body.map_err(Into::into).boxed_unsync()))
    }
}

impl From<Bytes> for ResponseBody {
    fn from(bytes: Bytes) -> ResponseBody {
        ResponseBody(Kind::Whole(bytes))
    }
}

impl std::fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Kind::Whole(bytes) => write!(f, "Whole({} bytes)", bytes.len()),
            Kind::Stream(_) => f.write_str("Stream"),
        }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = StreamError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, StreamError>>> {
        match &mut self.get_mut().0 {
            Kind::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Kind::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Kind::Stream(stream) => Pin::new(stream).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Whole(bytes) => bytes.is_empty(),
            Kind::Stream(stream) => stream.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Kind::Stream(stream) => stream.size_hint(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{Request, Response};
    use hyper::server::conn::http1;
    use hyper::service::service_fn;
    use hyper_util::rt::TokioIo;
    use std::convert::Infallible;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

    /// A server that collects at most 10 bytes and answers what became of them.
    fn connect() -> DuplexStream {
        let (ours, theirs) = duplex(1 << 20);
        let collect = service_fn(|request: Request<Incoming>| async {
            let answer = match RequestBody::new(request.into_body()).read_within(10).await {
                Ok(bytes) => format!("{bytes:?}"),
                Err(error) => error.to_string(),
            };
            Ok::<_, Infallible>(Response::new(ResponseBody::from(Bytes::from(answer))))
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(ours), collect));
        theirs
    }

    async fn check(sent: &str, expected: &str) {
        let mut peer = connect();
        peer.write_all(b"POST / HTTP/1.1\r\nhost: x\r\n").await.expect("sent");
        peer.write_all(sent.as_bytes()).await.expect("sent");
        let mut answer = Vec::new();
        let mut piece = [0; 1024];
        while !String::from_utf8_lossy(&answer).contains(expected) {
            let count = peer.read(&mut piece).await.expect("an answer");
            assert_ne!(count, 0, "{sent:?} got {:?}", String::from_utf8_lossy(&answer));
            answer.extend_from_slice(&piece[..count]);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_is_collected_in_one_piece_or_many() {
        check("content-length: 5\r\n\r\nhello", "b\"hello\"").await;
        check("content-length: 0\r\n\r\n", "b\"\"").await;
        check("\r\n", "b\"\"").await;
        let chunks = "transfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n";
        check(chunks, "b\"hello\"").await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_too_large_is_refused_announced_or_not() {
        let refusal = "larger than 10 bytes";
        check("content-length: 11\r\n\r\nhello world", refusal).await;
        check("content-length: 99999999999\r\n\r\n", refusal).await;
        let chunks = "transfer-encoding: chunked\r\n\r\n6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n";
        check(chunks, refusal).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stops_arriving_is_given_up() {
        let started = Instant::now();
        check("content-length: 5\r\n\r\nhel", "stopped arriving").await;
        assert_eq!(started.elapsed().as_secs(), STALL_MAX.as_secs());
    }
}
