//! Deliveries over HTTP: what the core asks to be posted is posted, and the core is told what came
//! of it.
//!
//! ```text
//! core ── HttpPost ──▶ lane of its endpoint ──▶ connection ──▶ post ──▶ HttpDone ──▶ core
//!      ── Sign ──────▶ signer ──▶ Signed ──▶ core
//! ```
//!
//! # Invariants
//!
//! - An endpoint has a lane of its own, and a lane a bounded number of posts under way: whoever
//!   hangs holds up nobody else. A lane whose last post failed tries one at a time, and what waits
//!   behind more than a few fails unsent: it is the core that tries again, or gives up. All such
//!   lanes together have a share of the sockets, and leave the others theirs.
//! - An endpoint that a name stands for is where [`Reach`] lets deliveries go, or is not reached.
//! - A post takes a bounded time and reads a bounded part of the answer.
//! - Nothing is remembered: rows say what must be posted again after a restart.

mod connection;
mod lanes;
mod metrics;
mod networks;
mod post;
#[cfg(test)]
mod tests;

use crate::Unavailable;
use crate::core::Answer;
use crate::node::WeakNode;
use crate::signatures::Signer;
use connection::Connector;
pub use connection::DeliveryOptions;
use lanes::{End, Lanes, Start};
pub use metrics::PostMetrics;
pub use networks::{Network, Reach};
use std::sync::Arc;
use std::time::Duration;
use tidemill_kernel::{HttpPost, PartitionId, Signing};
use tidemill_services::sns::{self, HttpDeliveryKey, HttpDone, HttpOutcome};
use tidemill_services::{Command, Query, Reply, Work};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

/// Posts under way at once, all endpoints together: each is a socket.
const POSTS_MAX: usize = 384;
/// Beside them those to endpoints whose last post failed: they may all hang.
const SUSPECTS_MAX: usize = 128;
/// Between tries to ask a node that is busy or has no room.
const BUSY_PAUSE: Duration = Duration::from_millis(100);
const ROOM_PAUSE: Duration = Duration::from_secs(1);

/// A post that the core asked for, and where to tell how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    pub partition: PartitionId,
    pub post: HttpPost,
}

/// Something to do for the core.
#[derive(Debug)]
pub(crate) enum Errand {
    /// It ends with a [`HttpDone`].
    Post(Posting),
    /// It ends with a [`sns::Signed`].
    Sign(PartitionId, Signing),
}

/// What errands are run with.
#[derive(Clone)]
pub(crate) struct Runner {
    node: WeakNode,
    signer: Signer,
    connector: Arc<Connector>,
    sockets: Arc<Semaphore>,
    sockets_of_suspects: Arc<Semaphore>,
    metrics: Arc<PostMetrics>,
}

impl Runner {
    pub(crate) fn new(
        node: WeakNode,
        signer: Signer,
        options: DeliveryOptions,
        metrics: Arc<PostMetrics>,
    ) -> Runner {
        Runner {
            node,
            signer,
            connector: Arc::new(Connector::new(options)),
            sockets: Arc::new(Semaphore::new(POSTS_MAX)),
            sockets_of_suspects: Arc::new(Semaphore::new(SUSPECTS_MAX)),
            metrics,
        }
    }

    /// Posts and signs until the core has ended; then what is under way is cut off, and found
    /// again as a row.
    pub(crate) async fn run(self, mut inbox: mpsc::UnboundedReceiver<Errand>) {
        let mut lanes = Lanes::default();
        let mut posts: JoinSet<(String, End)> = JoinSet::new();
        let mut signings: JoinSet<()> = JoinSet::new();
        loop {
            let started = tokio::select! {
                errand = inbox.recv() => match errand {
                    Some(Errand::Post(posting)) => {
                        self.metrics.begin();
                        lanes.enter(posting)
                    }
                    Some(Errand::Sign(partition, signing)) => {
                        signings.spawn(self.clone().sign(partition, signing));
                        continue;
                    }
                    None => return,
                },
                Some(ended) = posts.join_next() => {
                    // A task here ends by returning: nothing cancels one, and none of it panics.
                    let Ok((lane, end)) = ended else { continue };
                    lanes.leave(&lane, end)
                }
                Some(_) = signings.join_next() => continue,
            };
            for start in started {
                posts.spawn(self.clone().carry_out(start));
            }
        }
    }

    async fn sign(self, partition: PartitionId, signing: Signing) {
        let signed = self.signer.sign(&signing).await;
        let command = Command::Sns(sns::Command::Signed(signed));
        // An error means that the node is stopping: the row stays, and is signed again.
        let _ = ask(&self.node, Work::Command(partition, command)).await;
    }

    async fn carry_out(self, start: Start) -> (String, End) {
        let Start { lane, posting, is_sent, is_suspect, pause } = start;
        let began = tokio::time::Instant::now();
        let outcome = if is_sent {
            let sockets = if is_suspect { &self.sockets_of_suspects } else { &self.sockets };
            let _socket = Arc::clone(sockets).acquire_owned().await;
            self.attempt(&posting).await
        } else {
            Ok(HttpOutcome::Failed)
        };
        self.metrics.end(&posting.post.url, outcome.ok());
        // An error means that the node is stopping: the row stays, and is posted again.
        let Ok(outcome) = outcome else { return (lane, End::Unsent) };
        let HttpPost { attempt, .. } = posting.post;
        let done = HttpDone { delivery: key(&posting.post), attempt, outcome };
        let command = Command::Sns(sns::Command::HttpDone(done));
        let _ = ask(&self.node, Work::Command(posting.partition, command)).await;
        tokio::time::sleep_until(began + pause).await;
        let end = match outcome {
            HttpOutcome::Failed if is_sent => End::Failed,
            HttpOutcome::Failed => End::Unsent,
            HttpOutcome::Taken | HttpOutcome::Refused => End::Answered,
        };
        (lane, end)
    }

    async fn attempt(&self, posting: &Posting) -> Result<HttpOutcome, Unavailable> {
        let query = sns::Query::HttpAttempt(key(&posting.post), posting.post.attempt);
        let query = Query::Sns(query);
        match ask(&self.node, Work::Query(posting.partition, query)).await? {
            Ok(Reply::Sns(sns::Reply::HttpAttempt(Some(request)))) => {
                Ok(post::post(&self.connector, *request).await)
            }
            // Its subscription has ended, or it is none any more, which the core will notice.
            Ok(_) | Err(_) => Ok(HttpOutcome::Refused),
        }
    }
}

fn key(post: &HttpPost) -> HttpDeliveryKey {
    HttpDeliveryKey { subscription: post.subscription, sequence: post.sequence }
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
