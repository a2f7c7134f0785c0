//! A panic while a request is answered: it ends that request and nothing else.
//!
//! On this side of the node a request touches nothing that outlives it but counters and caches,
//! whose locks recover, so the server can go on. On the node's own threads a panic may leave state
//! half changed, and there the process ends instead.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

/// What is left of work that panicked. The panic hook has told the place on stderr.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Panicked {
    pub(crate) message: String,
}

impl Panicked {
    fn from_payload(payload: &(dyn Any + Send)) -> Panicked {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&'static str>().copied());
        Panicked { message: text.unwrap_or("a panic without a message").to_owned() }
    }
}

/// Awaits `work`, which may panic. It stays where it is pinned: to take it in would make room for
/// it twice in every request.
pub(crate) async fn caught<F: Future>(mut work: Pin<&mut F>) -> Result<F::Output, Panicked> {
    std::future::poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        match polled {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            // What it held was dropped on the way here; it is not polled again.
            Err(payload) => Poll::Ready(Err(Panicked::from_payload(payload.as_ref()))),
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;

    #[tokio::test]
    async fn work_that_panics_says_what_it_said() {
        assert_eq!(caught(pin!(async { 7 })).await, Ok(7));
        let number = 3;
        let formatted = caught(pin!(async { panic!("planted {number}") })).await;
        assert_eq!(formatted, Err::<(), _>(Panicked { message: "planted 3".to_owned() }));
        let late = async {
            tokio::task::yield_now().await;
            panic!("planted")
        };
        assert_eq!(
            caught(pin!(late)).await,
            Err::<(), _>(Panicked { message: "planted".to_owned() })
        );
    }
}
