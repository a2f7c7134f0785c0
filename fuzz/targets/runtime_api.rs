//! The Runtime API's HTTP: what a handler's client may send, in pieces of any size.

use super::http::{Body, Connection, Request};
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A client that sends its bytes in pieces, closes, and reads whatever comes.
struct Wire<'a> {
    rest: &'a [u8],
    piece: usize,
}

impl AsyncRead for Wire<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let length = self.piece.min(self.rest.len()).min(buffer.remaining());
        let (piece, rest) = self.rest.split_at(length);
        buffer.put_slice(piece);
        self.rest = rest;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire<'_> {
    fn poll_write(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// The first byte says how long a piece is, the second how long a body may be.
pub(crate) fn run(data: &[u8]) {
    let [piece, limit, wire @ ..] = data else { return };
    let limit = usize::from(*limit) * 8;
    let (requests, end) = read_all(wire, usize::MAX, limit);
    for request in &requests {
        if let Body::Whole(body) = &request.body {
            assert!(body.len() <= limit, "a body over the limit was taken");
        }
    }
    let split = read_all(wire, 1 + usize::from(*piece), limit);
    assert_eq!(split, (requests, end), "in pieces of {} bytes it says something else", *piece);
}

/// The requests that were read, and what the end was.
fn read_all(wire: &[u8], piece: usize, limit: usize) -> (Vec<Request>, Option<String>) {
    let mut connection = Connection::new(Wire { rest: wire, piece });
    let mut requests = Vec::new();
    loop {
        let reading = pin!(connection.read(limit));
        match reading.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(Some(request))) => requests.push(request),
            Poll::Ready(Ok(None)) => return (requests, None),
            Poll::Ready(Err(error)) => return (requests, Some(error.to_string())),
            Poll::Pending => panic!("a client that is never slow was waited for"),
        }
    }
}
