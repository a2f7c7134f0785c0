//! `Expect: 100-continue`: a client that waits to be told to go on before it sends its body.
//!
//! hyper tells it when the body is first read, and never when the body is empty. A client that gets
//! its answer without having been told may take this for an early refusal and, as botocore does,
//! mistake the next answer on the connection. S3 closes the connection then, and so do we.

use bytes::Bytes;
use http::header::{CONNECTION, EXPECT};
use http::{HeaderValue, Request, Response};
use http_body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

/// What a request expects, and whether it got it.
pub(super) struct Continuation {
    is_expected: bool,
    body_is_empty: bool,
    polled: Arc<AtomicBool>,
}

impl Continuation {
    pub(super) fn of<B: Body>(request: &Request<B>) -> Continuation {
        Continuation {
            is_expected: request.headers().contains_key(EXPECT),
            body_is_empty: request.body().size_hint().exact() == Some(0),
            polled: Arc::default(),
        }
    }

    /// Set by the body when it is first read.
    pub(super) fn polled(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.polled)
    }

    pub(super) fn close_unless_continued<B>(&self, response: &mut Response<B>) {
        let was_told = !self.body_is_empty && self.polled.load(Ordering::Relaxed);
        if self.is_expected && !was_told {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
    }
}

/// A body that remembers whether it was read.
pub(super) struct Watched<B> {
    pub(super) body: Pin<Box<B>>,
    pub(super) polled: Arc<AtomicBool>,
}

impl<B: Body<Data = Bytes>> Body for Watched<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        self.polled.store(true, Ordering::Relaxed);
        self.body.as_mut().poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::{BodyExt as _, Full};

    #[tokio::test]
    async fn a_connection_is_closed_when_its_client_was_not_told_to_go_on() {
        for (expects, body, is_read, closes) in [
            (true, "data", true, false),
            (true, "data", false, true),
            (true, "", true, true),
            (false, "data", false, false),
            (false, "", true, false),
        ] {
            let mut request = Request::new(Full::new(Bytes::from_static(body.as_bytes())));
            if expects {
                request.headers_mut().insert(EXPECT, HeaderValue::from_static("100-continue"));
            }
            let continuation = Continuation::of(&request);
            let polled = continuation.polled();
            let watched = Watched { body: Box::pin(request.into_body()), polled };
            if is_read {
                watched.collect().await.expect("no body in memory fails");
            }
            let mut response = Response::new(());
            continuation.close_unless_continued(&mut response);
            assert_eq!(response.headers().contains_key(CONNECTION), closes, "{expects} {body:?}");
        }
    }
}
