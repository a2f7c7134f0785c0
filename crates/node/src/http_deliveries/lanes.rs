//! Who may be posted to now: one lane per endpoint, so that none waits for another's.
//!
//! # Invariants
//!
//! - A lane has at most [`WIDTH`] posts under way, and one after a failure until one succeeds.
//! - A lane is forgotten when it is empty and sound: memory goes with endpoints in use.

use super::Posting;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use tidemill_kernel::HttpPost;

/// Posts under way to one endpoint.
const WIDTH: usize = 8;
/// Posts that wait for one endpoint; what is more fails, as if the endpoint had been too slow.
const WAITING_MAX: usize = 10_000;
/// The same for one that has just failed: what waits longer would outlast any retry policy.
const WAITING_AFTER_FAILURE_MAX: usize = 64;

#[derive(Debug, Default)]
pub(super) struct Lanes(BTreeMap<String, Lane>);

#[derive(Debug, Default)]
struct Lane {
    waiting: VecDeque<Posting>,
    under_way: usize,
    has_failed: bool,
}

/// Something to do now.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Start {
    pub(super) lane: String,
    pub(super) posting: Posting,
    /// `false` where it fails without being tried.
    pub(super) is_sent: bool,
    /// For how long it holds its place at least.
    pub(super) pause: Duration,
}

impl Lanes {
    /// Takes a post in; what may begin now is returned.
    pub(super) fn enter(&mut self, posting: Posting) -> Vec<Start> {
        let name = name_of(&posting.post);
        let lane = self.0.entry(name.clone()).or_default();
        lane.waiting.push_back(posting);
        lane.begin(&name)
    }

    /// A place has become free.
    pub(super) fn leave(&mut self, name: &str, has_succeeded: bool) -> Vec<Start> {
        let Some(lane) = self.0.get_mut(name) else { return Vec::new() };
        lane.under_way -= 1;
        lane.has_failed = !has_succeeded;
        let started = lane.begin(name);
        if lane.under_way == 0 && lane.waiting.is_empty() {
            self.0.remove(name);
        }
        started
    }
}

impl Lane {
    fn begin(&mut self, name: &str) -> Vec<Start> {
        let mut started = Vec::new();
        let waiting_max = if self.has_failed { WAITING_AFTER_FAILURE_MAX } else { WAITING_MAX };
        while self.waiting.len() > waiting_max {
            started.extend(self.take(name, false));
        }
        while self.under_way < self.width() {
            let Some(start) = self.take(name, true) else { break };
            started.push(start);
        }
        started
    }

    fn take(&mut self, name: &str, is_sent: bool) -> Option<Start> {
        let posting = self.waiting.pop_front()?;
        self.under_way += 1;
        let pause = match posting.post.per_second.filter(|_| is_sent) {
            Some(number) => Duration::from_secs(1) / number.max(1),
            None => Duration::ZERO,
        };
        Some(Start { lane: name.to_owned(), posting, is_sent, pause })
    }

    fn width(&self) -> usize {
        let is_throttled =
            self.waiting.front().is_some_and(|posting| posting.post.per_second.is_some());
        if self.has_failed || is_throttled { 1 } else { WIDTH }
    }
}

/// Endpoints are told apart by host and port, because that is what hangs. A subscription with a
/// rate of its own has its own lane, one post at a time.
fn name_of(post: &HttpPost) -> String {
    let (scheme, rest) = post.url.split_once("://").unwrap_or_default();
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    // The same host without a port is another one where the scheme says so.
    let endpoint =
        if scheme == "https" { format!("{scheme}://{authority}") } else { authority.to_owned() };
    match post.per_second {
        Some(_) => format!("{endpoint} {}", post.subscription),
        None => endpoint,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidemill_kernel::{PartitionId, Uuid};

    fn posting(url: &str, sequence: u64, per_second: Option<u32>) -> Posting {
        let post = HttpPost {
            subscription: Uuid::default(),
            sequence,
            attempt: 1,
            url: url.to_owned(),
            per_second,
        };
        Posting { partition: PartitionId(0), post }
    }

    #[test]
    fn a_lane_has_eight_under_way_and_holds_up_no_other() {
        let mut lanes = Lanes::default();
        let started: usize =
            (0..20).map(|n| lanes.enter(posting("http://a/x", n, None)).len()).sum();
        assert_eq!(started, WIDTH);
        assert_eq!(lanes.enter(posting("http://b/x", 0, None)).len(), 1);
        assert_eq!(lanes.enter(posting("http://a/y?z", 0, None)).len(), 0, "the same host");
        assert_eq!(lanes.enter(posting("https://a/y", 0, None)).len(), 1, "another port");
        assert_eq!(lanes.leave("a", true)[0].posting.post.sequence, 8, "in order");
    }

    #[test]
    fn after_a_failure_one_is_tried_at_a_time_until_one_succeeds() {
        let mut lanes = Lanes::default();
        (0..20).for_each(|n| drop(lanes.enter(posting("http://a", n, None))));
        for _ in 0..WIDTH - 1 {
            assert_eq!(lanes.leave("a", false), []);
        }
        assert_eq!(lanes.leave("a", false).len(), 1);
        assert_eq!(lanes.leave("a", true).len(), WIDTH);
    }

    #[test]
    fn what_waits_behind_too_many_fails_unsent() {
        let mut lanes = Lanes::default();
        (0..100).for_each(|n| drop(lanes.enter(posting("http://a", n, None))));
        let started = lanes.leave("a", false);
        let unsent = started.iter().filter(|start| !start.is_sent).count();
        assert_eq!(unsent, 100 - WIDTH - WAITING_AFTER_FAILURE_MAX);
        assert_eq!(started.len(), unsent, "seven are under way still");
    }

    #[test]
    fn a_throttled_subscription_has_a_lane_and_a_pace_of_its_own() {
        let mut lanes = Lanes::default();
        let started = lanes.enter(posting("http://a", 0, Some(4)));
        assert_eq!(started[0].pause, Duration::from_millis(250));
        assert_eq!(lanes.enter(posting("http://a", 1, Some(4))), []);
        assert_eq!(lanes.enter(posting("http://a", 2, None)).len(), 1);
        let name = started[0].lane.clone();
        assert_eq!(lanes.leave(&name, true).len(), 1);
        assert_eq!(lanes.leave(&name, true), []);
        assert!(!lanes.0.contains_key(&name), "an empty lane is forgotten");
    }
}
