//! Deliveries over HTTP: what the core asks to be posted is posted, and the core is told what came
//! of it.
//!
//! ```text
//! core ── HttpPost ──▶ lane of its endpoint ──▶ post ──▶ HttpDone ──▶ core
//! ```
//!
//! # Invariants
//!
//! - An endpoint has a lane of its own, and a lane a bounded number of posts under way: whoever
//!   hangs holds up nobody else. A lane whose last post failed tries one at a time, and what waits
//!   behind more than a few fails unsent: it is the core that tries again, or gives up.
//! - A post takes a bounded time and reads a bounded part of the answer.
//! - Nothing is remembered: rows say what must be posted again after a restart.

mod lanes;
mod post;
#[cfg(test)]
mod tests;

use crate::Unavailable;
use crate::core::Answer;
use crate::node::WeakNode;
use lanes::{Lanes, Start};
use std::sync::Arc;
use std::time::Duration;
use tidemill_kernel::{HttpPost, PartitionId};
use tidemill_services::sns::{self, HttpDeliveryKey, HttpDone, HttpOutcome};
use tidemill_services::{Command, Query, Reply, Work};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

/// Posts under way at once, all endpoints together: each is a socket.
const POSTS_MAX: usize = 512;
/// Between tries to ask a node that is busy or has no room.
const BUSY_PAUSE: Duration = Duration::from_millis(100);
const ROOM_PAUSE: Duration = Duration::from_secs(1);

/// A post that the core asked for, and where to tell how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    pub partition: PartitionId,
    pub post: HttpPost,
}

/// Posts until the core has ended; then what is under way is cut off, and found again as a row.
pub(crate) async fn run(node: WeakNode, mut inbox: mpsc::UnboundedReceiver<Posting>) {
    let sockets = Arc::new(Semaphore::new(POSTS_MAX));
    let mut lanes = Lanes::default();
    let mut under_way: JoinSet<(String, bool)> = JoinSet::new();
    loop {
        let started = tokio::select! {
            posting = inbox.recv() => match posting {
                Some(posting) => lanes.enter(posting),
                None => return,
            },
            Some(ended) = under_way.join_next() => {
                // A task here ends by returning: nothing cancels one, and none of it panics.
                let Ok((lane, has_succeeded)) = ended else { continue };
                lanes.leave(&lane, has_succeeded)
            }
        };
        for start in started {
            let (node, sockets) = (node.clone(), Arc::clone(&sockets));
            under_way.spawn(carry_out(node, sockets, start));
        }
    }
}

async fn carry_out(node: WeakNode, sockets: Arc<Semaphore>, start: Start) -> (String, bool) {
    let Start { lane, posting, is_sent, pause } = start;
    let began = tokio::time::Instant::now();
    let outcome = if is_sent {
        let _socket = sockets.acquire_owned().await;
        attempt(&node, &posting).await
    } else {
        Ok(HttpOutcome::Failed)
    };
    // An error means that the node is stopping: the row stays, and is posted again.
    let Ok(outcome) = outcome else { return (lane, false) };
    let HttpPost { attempt, .. } = posting.post;
    let done = HttpDone { delivery: key(&posting.post), attempt, outcome };
    let command = Command::Sns(sns::Command::HttpDone(done));
    let _ = ask(&node, Work::Command(posting.partition, command)).await;
    tokio::time::sleep_until(began + pause).await;
    // A refusal is an answer too: the endpoint is there.
    (lane, outcome != HttpOutcome::Failed)
}

fn key(post: &HttpPost) -> HttpDeliveryKey {
    HttpDeliveryKey { subscription: post.subscription, sequence: post.sequence }
}

async fn attempt(node: &WeakNode, posting: &Posting) -> Result<HttpOutcome, Unavailable> {
    let query = sns::Query::HttpAttempt(key(&posting.post), posting.post.attempt);
    let query = Query::Sns(query);
    match ask(node, Work::Query(posting.partition, query)).await? {
        Ok(Reply::Sns(sns::Reply::HttpAttempt(Some(request)))) => Ok(post::post(*request).await),
        // Its subscription has ended, or it is none any more, which the core will notice.
        Ok(_) | Err(_) => Ok(HttpOutcome::Refused),
    }
}

async fn ask(node: &WeakNode, work: Work) -> Result<Answer, Unavailable> {
    loop {
        let Some(node) = node.upgrade() else { return Err(Unavailable::Stopping) };
        let answered = node.submit(work.clone()).await;
        drop(node);
        match answered {
            Err(Unavailable::Busy) => tokio::time::sleep(BUSY_PAUSE).await,
            Err(Unavailable::NoRoom(_)) => tokio::time::sleep(ROOM_PAUSE).await,
            answered => return answered,
        }
    }
}
