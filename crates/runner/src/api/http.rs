//! As much HTTP/1.1 as Runtime API clients speak: keep-alive, pipelining, chunks with trailers,
//! `Expect: 100-continue`. Reading is incremental and bounded.
//!
//! Written by hand because two exchanges per invocation dominate the host's cost of a warm call,
//! and because a client may send its answer and its next request in one write.

use bytes::{Buf, Bytes, BytesMut};
use std::io;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

const HEAD_BYTES_MAX: usize = 32 << 10;
/// A body over the limit is read and dropped up to here, so that its sender gets an answer.
const DISCARD_BYTES_MAX: u64 = 256 << 20;
/// What may wait in the buffer while the connection itself waits for an event.
const PIPELINED_BYTES_MAX: usize = 64 << 10;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Body {
    Whole(Bytes),
    TooLarge,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    /// `Lambda-Runtime-Function-Error-Type`, as a header or as a trailer.
    pub(super) error_type: Option<String>,
    /// The trailer that says a streamed response broke off.
    pub(super) stream_failed: bool,
    pub(super) body: Body,
    pub(super) is_last: bool,
}

/// Over anything that is read and written: tests have no socket.
pub(super) struct Connection<S = TcpStream> {
    stream: S,
    buffer: BytesMut,
}

#[derive(Default)]
struct Head {
    method: String,
    path: String,
    content_length: u64,
    is_chunked: bool,
    expects_continue: bool,
    is_last: bool,
    error_type: Option<String>,
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    pub(super) fn new(stream: S) -> Connection<S> {
        Connection { stream, buffer: BytesMut::with_capacity(4 << 10) }
    }

    /// Reads one request, or `None` when the client has closed between two.
    pub(super) async fn read(&mut self, body_bytes_max: usize) -> io::Result<Option<Request>> {
        let Some(text) = self.read_head().await? else { return Ok(None) };
        let head = parse_head(&text)?;
        if head.expects_continue {
            self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        let mut trailers = Head::default();
        let body = if head.is_chunked {
            let body = self.read_chunks(body_bytes_max).await?;
            while let Some(line) = self.read_line().await? {
                parse_header(&line, &mut trailers)?;
            }
            body
        } else {
            self.read_sized(head.content_length, body_bytes_max).await?
        };
        Ok(Some(Request {
            method: head.method,
            path: head.path,
            stream_failed: trailers.error_type.is_some(),
            error_type: trailers.error_type.or(head.error_type),
            body,
            is_last: head.is_last,
        }))
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// Ends when the client has closed; bytes of a pipelined request stay in the buffer.
    /// Cancel safe.
    pub(super) async fn closed(&mut self) {
        while self.buffer.len() < PIPELINED_BYTES_MAX {
            match self.stream.read_buf(&mut self.buffer).await {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
        }
        // Enough is buffered to keep the client busy; its end will show at the next read.
        std::future::pending().await
    }

    async fn fill(&mut self) -> io::Result<()> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }

    async fn read_head(&mut self) -> io::Result<Option<String>> {
        loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                let head = self.buffer.split_to(end);
                self.buffer.advance(4);
                return String::from_utf8(head.into())
                    .map(Some)
                    .map_err(|_| malformed("the request head is not UTF-8"));
            }
            if self.buffer.len() > HEAD_BYTES_MAX {
                return Err(malformed("the request head is too long"));
            }
            match self.fill().await {
                Err(error)
                    if error.kind() == io::ErrorKind::UnexpectedEof && self.buffer.is_empty() =>
                {
                    return Ok(None);
                }
                filled => filled?,
            }
        }
    }

    /// Reads a line; `None` stands for the empty one.
    async fn read_line(&mut self) -> io::Result<Option<String>> {
        loop {
            if let Some(end) = find(&self.buffer, b"\r\n") {
                let line = self.buffer.split_to(end);
                self.buffer.advance(2);
                let line = String::from_utf8_lossy(&line).into_owned();
                return Ok(Some(line).filter(|line| !line.is_empty()));
            }
            if self.buffer.len() > HEAD_BYTES_MAX {
                return Err(malformed("a line is too long"));
            }
            self.fill().await?;
        }
    }

    async fn read_sized(&mut self, length: u64, body_bytes_max: usize) -> io::Result<Body> {
        let Some(wanted) = usize::try_from(length).ok().filter(|size| *size <= body_bytes_max)
        else {
            self.discard(length).await?;
            return Ok(Body::TooLarge);
        };
        self.buffer.reserve(wanted.saturating_sub(self.buffer.len()));
        while self.buffer.len() < wanted {
            self.fill().await?;
        }
        Ok(Body::Whole(self.buffer.split_to(wanted).freeze()))
    }

    async fn read_chunks(&mut self, body_bytes_max: usize) -> io::Result<Body> {
        let mut body = BytesMut::new();
        let mut total: u64 = 0;
        loop {
            let line = self.read_line().await?.ok_or_else(|| malformed("a chunk has no size"))?;
            let size = line.split(';').next().unwrap_or_default().trim();
            let size = u64::from_str_radix(size, 16)
                .map_err(|_| malformed("a chunk's size is no number"))?;
            if size == 0 {
                break;
            }
            total = total.saturating_add(size);
            if total > body_bytes_max as u64 {
                body.clear();
                if total > DISCARD_BYTES_MAX {
                    return Err(malformed("the body is far too large"));
                }
                self.discard(size).await?;
            } else {
                match self.read_sized(size, body_bytes_max).await? {
                    Body::Whole(chunk) => body.extend_from_slice(&chunk),
                    Body::TooLarge => {}
                }
            }
            if self.read_line().await?.is_some() {
                return Err(malformed("a chunk is longer than its size"));
            }
        }
        if total > body_bytes_max as u64 {
            return Ok(Body::TooLarge);
        }
        Ok(Body::Whole(body.freeze()))
    }

    async fn discard(&mut self, mut length: u64) -> io::Result<()> {
        if length > DISCARD_BYTES_MAX {
            return Err(malformed("the body is far too large"));
        }
        while length > 0 {
            if self.buffer.is_empty() {
                self.fill().await?;
            }
            let step = self.buffer.len().min(usize::try_from(length).unwrap_or(usize::MAX));
            self.buffer.advance(step);
            length -= step as u64;
        }
        Ok(())
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn parse_head(text: &str) -> io::Result<Head> {
    let mut lines = text.split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (Some(method), Some(target), Some(version)) = (words.next(), words.next(), words.next())
    else {
        return Err(malformed("the request line has not three words"));
    };
    // Some clients send the absolute form.
    let path = match target.strip_prefix("http://") {
        Some(rest) => rest.find('/').and_then(|slash| rest.get(slash..)).unwrap_or("/"),
        None => target,
    };
    let mut head = Head {
        method: method.to_owned(),
        path: path.split('?').next().unwrap_or_default().to_owned(),
        is_last: version == "HTTP/1.0",
        ..Head::default()
    };
    for line in lines {
        parse_header(line, &mut head)?;
    }
    Ok(head)
}

fn parse_header(line: &str, head: &mut Head) -> io::Result<()> {
    let (name, value) = line.split_once(':').ok_or_else(|| malformed("a header has no colon"))?;
    let value = value.trim();
    match name.to_ascii_lowercase().as_str() {
        "content-length" => {
            head.content_length =
                value.parse().map_err(|_| malformed("Content-Length is no number"))?;
        }
        "transfer-encoding" => head.is_chunked = value.eq_ignore_ascii_case("chunked"),
        "expect" => head.expects_continue = value.eq_ignore_ascii_case("100-continue"),
        "connection" if value.eq_ignore_ascii_case("close") => head.is_last = true,
        "connection" if value.eq_ignore_ascii_case("keep-alive") => head.is_last = false,
        "lambda-runtime-function-error-type" => head.error_type = Some(value.to_owned()),
        // The body of the trailer is base64 JSON for the caller of a stream; we buffer.
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    /// Sends `wire` in pieces of `piece` bytes and reads requests until the end.
    async fn read_all(wire: &[u8], piece: usize) -> Vec<io::Result<Request>> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        client.set_nodelay(true).unwrap();
        let (server, _) = listener.accept().await.unwrap();
        let wire = wire.to_vec();
        let sender = tokio::spawn(async move {
            for part in wire.chunks(piece) {
                client.write_all(part).await.unwrap();
                tokio::task::yield_now().await;
            }
        });
        let mut connection = Connection::new(server);
        let mut requests = Vec::new();
        loop {
            match connection.read(20).await {
                Ok(Some(request)) => requests.push(Ok(request)),
                Ok(None) => break,
                Err(error) => {
                    requests.push(Err(error));
                    break;
                }
            }
        }
        let _ = sender.await;
        requests
    }

    const PIPELINED: &[u8] = b"POST /a/response HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi\
        GET /next HTTP/1.1\r\nHost: x\r\n\r\n\
        POST /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1;x=y\r\nd\r\n0\r\n\
        Lambda-Runtime-Function-Error-Type: Boom\r\n\r\n\
        POST /c HTTP/1.1\r\nContent-Length: 21\r\n\r\n012345678901234567890\
        GET http://h:1/next?x=1 HTTP/1.0\r\n\r\n";

    #[tokio::test]
    async fn pipelined_requests_read_the_same_however_they_are_split() {
        let whole: Vec<Request> =
            read_all(PIPELINED, usize::MAX).await.into_iter().map(Result::unwrap).collect();
        let paths: Vec<&str> = whole.iter().map(|request| request.path.as_str()).collect();
        assert_eq!(paths, ["/a/response", "/next", "/b", "/c", "/next"]);
        assert_eq!(whole[0].body, Body::Whole(Bytes::from_static(b"hi")));
        assert_eq!(whole[2].body, Body::Whole(Bytes::from_static(b"abcd")));
        assert_eq!(whole[2].error_type.as_deref(), Some("Boom"));
        assert_eq!(whole[3].body, Body::TooLarge);
        assert!(whole[4].is_last);
        for piece in [1, 2, 3, 7, 31] {
            let split: Vec<Request> =
                read_all(PIPELINED, piece).await.into_iter().map(Result::unwrap).collect();
            assert_eq!(split, whole, "in pieces of {piece}");
        }
    }

    #[tokio::test]
    async fn malformed_requests_end_the_connection() {
        for wire in [
            &b"GET\r\n\r\n"[..],
            b"GET /x HTTP/1.1\r\nno colon\r\n\r\n",
            b"POST /x HTTP/1.1\r\nContent-Length: many\r\n\r\n",
            b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            b"POST /x HTTP/1.1\r\nContent-Length: 5\r\n\r\nhi",
            b"\xff\xfe\r\n\r\n",
        ] {
            let requests = read_all(wire, usize::MAX).await;
            assert!(matches!(requests[..], [Err(_)]), "{requests:?}");
        }
    }
}
