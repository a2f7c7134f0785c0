//! A connection's socket with the deadlines that hyper leaves to others.
//!
//! ```text
//!            first byte of a head           head complete
//!   idle ───────────────────────▶ head ───────────────────▶ serving
//!    ▲     (idle at most IDLE_MAX)     (at most HEAD_MAX)       │ (no deadline here: long polls)
//!    └──────────────────────────────── response made ◀─────────┘
//! ```
//!
//! hyper's own head timeout would allocate and register a timer for every request; this one has a
//! single timer per connection, looked at only when the peer keeps us waiting.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// Longest time a whole request head may take from its first byte.
pub(crate) const HEAD_MAX: Duration = Duration::from_secs(15);
/// Longest time a connection may sit between two requests. SDKs keep connections for about as
/// long and retry when they meet a closed one.
pub(crate) const IDLE_MAX: Duration = Duration::from_secs(75);
/// Longest time a peer may refuse to take more of its response.
pub(crate) const WRITE_STALL_MAX: Duration = Duration::from_secs(60);

const IDLE: u8 = 0;
const HEAD: u8 = 1;
const SERVING: u8 = 2;

/// Where a connection is in its round; shared by the socket and the service on top of it.
#[derive(Debug)]
pub(crate) struct Progress {
    epoch: Instant,
    phase: AtomicU8,
    /// Milliseconds after `epoch` at which the phase, or the last progress in it, began.
    since: AtomicU64,
}

impl Progress {
    #[must_use]
    pub(crate) fn new() -> Arc<Progress> {
        let progress = Progress {
            epoch: Instant::now(),
            phase: AtomicU8::new(IDLE),
            since: AtomicU64::new(0),
        };
        Arc::new(progress)
    }

    /// A head is complete; whoever serves it has deadlines of its own.
    pub(crate) fn start_serving(&self) {
        self.phase.store(SERVING, Ordering::Relaxed);
    }

    /// The response is made; what is left is to write it and to wait for the next head.
    pub(crate) fn finish_serving(&self) {
        self.enter(IDLE);
    }

    fn enter(&self, phase: u8) {
        self.phase.store(phase, Ordering::Relaxed);
        self.touch();
    }

    fn touch(&self) {
        let elapsed = u64::try_from(self.epoch.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.since.store(elapsed, Ordering::Relaxed);
    }

    /// A long response is progress too: a download must not count as an idle connection.
    fn touch_when_idle(&self) {
        if self.phase.load(Ordering::Relaxed) == IDLE {
            self.touch();
        }
    }

    fn since(&self) -> Instant {
        self.epoch + Duration::from_millis(self.since.load(Ordering::Relaxed))
    }
}

/// The socket itself.
#[derive(Debug)]
pub(crate) struct Socket<S> {
    inner: S,
    progress: Arc<Progress>,
    reading: Deadline,
    writing: Deadline,
    write_stalled_since: Option<Instant>,
}

impl<S> Socket<S> {
    #[must_use]
    pub(crate) fn new(inner: S, progress: Arc<Progress>) -> Socket<S> {
        Socket {
            inner,
            progress,
            reading: Deadline::default(),
            writing: Deadline::default(),
            write_stalled_since: None,
        }
    }

    fn watch_write(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if written.is_pending() {
            let since = *self.write_stalled_since.get_or_insert_with(Instant::now);
            return match self.writing.poll(cx, since + WRITE_STALL_MAX) {
                Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
                Poll::Pending => Poll::Pending,
            };
        }
        self.write_stalled_since = None;
        self.progress.touch_when_idle();
        written
    }
}

/// A timer that is armed late and moved rarely: a deadline that has moved on is noticed when the
/// timer fires, not when it moves.
#[derive(Debug, Default)]
struct Deadline(Option<Pin<Box<Sleep>>>);

impl Deadline {
    fn poll(&mut self, cx: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        let sleep = self.0.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        if sleep.deadline() > deadline {
            sleep.as_mut().reset(deadline);
        }
        while sleep.as_mut().poll(cx).is_ready() {
            if Instant::now() >= deadline {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(deadline);
        }
        Poll::Pending
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Socket<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let socket = self.get_mut();
        let read = Pin::new(&mut socket.inner).poll_read(cx, buffer);
        let phase = socket.progress.phase.load(Ordering::Relaxed);
        if read.is_ready() {
            if phase == IDLE {
                socket.progress.enter(HEAD);
            }
            return read;
        }
        let allowed = match phase {
            IDLE => IDLE_MAX,
            HEAD => HEAD_MAX,
            _serving => return Poll::Pending,
        };
        match socket.reading.poll(cx, socket.progress.since() + allowed) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Socket<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let socket = self.get_mut();
        let written = Pin::new(&mut socket.inner).poll_write(cx, bytes);
        socket.watch_write(cx, written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let socket = self.get_mut();
        let written = Pin::new(&mut socket.inner).poll_write_vectored(cx, slices);
        socket.watch_write(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

    /// A socket, its progress, and the peer's end of the line.
    fn connect() -> (Socket<DuplexStream>, Arc<Progress>, DuplexStream) {
        let (ours, theirs) = duplex(64);
        let progress = Progress::new();
        (Socket::new(ours, Arc::clone(&progress)), progress, theirs)
    }

    /// Reads until the socket gives up and says after how long it did.
    async fn read_until_timeout(socket: &mut Socket<DuplexStream>) -> Duration {
        let started = Instant::now();
        let mut buffer = [0; 8];
        loop {
            match socket.read(&mut buffer).await {
                Ok(0) => panic!("the peer has hung up"),
                Ok(_) => {}
                Err(error) => {
                    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
                    return started.elapsed();
                }
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_connection_is_closed_after_a_while() {
        let (mut socket, _progress, _peer) = connect();
        assert_eq!(read_until_timeout(&mut socket).await.as_secs(), IDLE_MAX.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_dribbled_head_is_cut_off_however_busy_it_looks() {
        let (mut socket, _progress, mut peer) = connect();
        tokio::spawn(async move {
            while peer.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        });
        assert_eq!(read_until_timeout(&mut socket).await.as_secs(), HEAD_MAX.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_poll_has_no_deadline_here_and_the_idle_time_starts_after_it() {
        let (mut socket, progress, _peer) = connect();
        progress.start_serving();
        let poll = Duration::from_secs(900);
        let waiting = tokio::time::timeout(poll, socket.read_u8());
        assert!(waiting.await.is_err(), "the socket gave up on a request that is being served");
        progress.finish_serving();
        assert_eq!(read_until_timeout(&mut socket).await.as_secs(), IDLE_MAX.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_does_not_take_its_response_is_cut_off() {
        let (mut socket, _progress, _peer) = connect();
        let started = Instant::now();
        let error = socket.write_all(&[0; 1000]).await.expect_err("nobody reads");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(started.elapsed().as_secs(), WRITE_STALL_MAX.as_secs());
    }
}
