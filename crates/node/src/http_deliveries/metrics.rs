//! What is counted of posts: plain atomics, read by `/metrics`.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use tidemill_services::sns::HttpOutcome;

const PROTOCOLS: [&str; 2] = ["http", "https"];
const OUTCOMES: [&str; 3] = ["taken", "refused", "failed"];

#[derive(Debug, Default)]
pub struct PostMetrics {
    pending: AtomicU64,
    /// By protocol, then by outcome, in the orders of their names.
    ended: [[AtomicU64; 3]; 2],
}

impl PostMetrics {
    /// Posts that are under way, or wait for their turn.
    #[must_use]
    pub fn pending(&self) -> u64 {
        self.pending.load(Relaxed)
    }

    /// Attempts, by protocol and outcome.
    pub fn ended(&self) -> impl Iterator<Item = (&'static str, &'static str, u64)> {
        PROTOCOLS.into_iter().zip(&self.ended).flat_map(|(protocol, counts)| {
            let counts = OUTCOMES.into_iter().zip(counts);
            counts.map(move |(outcome, count)| (protocol, outcome, count.load(Relaxed)))
        })
    }

    pub(super) fn begin(&self) {
        self.pending.fetch_add(1, Relaxed);
    }

    /// An attempt is over; `None` where it came to nothing, because the node is stopping.
    pub(super) fn end(&self, url: &str, outcome: Option<HttpOutcome>) {
        self.pending.fetch_sub(1, Relaxed);
        let [plain, secure] = &self.ended;
        let [taken, refused, failed] = if url.starts_with("https:") { secure } else { plain };
        let counter = match outcome {
            Some(HttpOutcome::Taken) => taken,
            Some(HttpOutcome::Refused) => refused,
            Some(HttpOutcome::Failed) => failed,
            None => return,
        };
        counter.fetch_add(1, Relaxed);
    }
}
