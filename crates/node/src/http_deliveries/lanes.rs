//! Who may be posted to now: one lane per endpoint, so that none waits for another's.
//!
//! # Invariants
//!
//! - A lane has at most [`WIDTH`] posts under way, two before one has succeeded, and one after a
//!   failure until one does.
//! - A post to an endpoint whose last one failed is a suspect: it takes a socket of those that are
//!   set apart for suspects. However many endpoints hang, the others have theirs.
//! - What was never sent says nothing about its endpoint.
//! - A lane is forgotten when it is empty and has not failed; of those that have, a bounded number
//!   is remembered.

use super::Posting;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use tidemill_kernel::HttpPost;

/// Posts under way to an endpoint that takes them.
const WIDTH: usize = 8;
/// The same while nothing is known of it: some endpoints confirm their subscription, and are told
/// something, before they have answered the question.
const WIDTH_AT_FIRST: usize = 2;
/// Lanes there may be before those of failed endpoints are forgotten too when they are empty.
const LANES_MAX: usize = 10_000;
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
    standing: Standing,
}

/// What is known of an endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Standing {
    #[default]
    Unknown,
    Sound,
    Failed,
}

/// How a post ended, for its lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The endpoint is there, whatever it said.
    Answered,
    Failed,
    /// It failed without being tried.
    Unsent,
}

/// Something to do now.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Start {
    pub(super) lane: String,
    pub(super) posting: Posting,
    /// `false` where it fails without being tried.
    pub(super) is_sent: bool,
    /// Whether the endpoint's last post failed.
    pub(super) is_suspect: bool,
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
    pub(super) fn leave(&mut self, name: &str, end: End) -> Vec<Start> {
        let lanes = self.0.len();
        let Some(lane) = self.0.get_mut(name) else { return Vec::new() };
        lane.under_way -= 1;
        match end {
            End::Answered => lane.standing = Standing::Sound,
            End::Failed => lane.standing = Standing::Failed,
            End::Unsent => {}
        }
        let started = lane.begin(name);
        let is_empty = lane.under_way == 0 && lane.waiting.is_empty();
        if is_empty && (lane.standing != Standing::Failed || lanes > LANES_MAX) {
            self.0.remove(name);
        }
        started
    }
}

impl Lane {
    fn begin(&mut self, name: &str) -> Vec<Start> {
        let mut started = Vec::new();
        let waiting_max = match self.standing {
            Standing::Unknown | Standing::Sound => WAITING_MAX,
            Standing::Failed => WAITING_AFTER_FAILURE_MAX,
        };
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
        let is_suspect = self.standing == Standing::Failed;
        Some(Start { lane: name.to_owned(), posting, is_sent, is_suspect, pause })
    }

    fn width(&self) -> usize {
        let is_throttled =
            self.waiting.front().is_some_and(|posting| posting.post.per_second.is_some());
        match self.standing {
            _ if is_throttled => 1,
            Standing::Unknown => WIDTH_AT_FIRST,
            Standing::Sound => WIDTH,
            Standing::Failed => 1,
        }
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
    fn a_lane_widens_with_its_first_success_and_holds_up_no_other() {
        let mut lanes = Lanes::default();
        let mut enter = |n| lanes.enter(posting("http://a/x", n, None)).len();
        assert_eq!((0..20).map(&mut enter).sum::<usize>(), WIDTH_AT_FIRST);
        let widened = lanes.leave("a", End::Answered);
        assert_eq!(widened.len(), WIDTH - 1);
        assert_eq!(widened[0].posting.post.sequence, 2, "in order");
        assert_eq!(lanes.enter(posting("http://b/x", 0, None)).len(), 1);
        assert_eq!(lanes.enter(posting("http://a/y?z", 0, None)).len(), 0, "the same host");
        assert_eq!(lanes.enter(posting("https://a/y", 0, None)).len(), 1, "another port");
        assert_eq!(lanes.leave("a", End::Answered)[0].posting.post.sequence, 9);
    }

    /// A lane whose first post was taken, of the many behind which eight are under way now.
    fn sound(others: u64) -> Lanes {
        let mut lanes = Lanes::default();
        (0..=others).for_each(|n| drop(lanes.enter(posting("http://a", n, None))));
        drop(lanes.leave("a", End::Answered));
        lanes
    }

    #[test]
    fn after_a_failure_one_is_tried_at_a_time_until_one_succeeds() {
        let mut lanes = sound(20);
        for _ in 0..WIDTH - 1 {
            assert_eq!(lanes.leave("a", End::Failed), []);
        }
        let tried = lanes.leave("a", End::Failed);
        assert_eq!((tried.len(), tried[0].is_suspect), (1, true));
        let widened = lanes.leave("a", End::Answered);
        assert_eq!((widened.len(), widened[0].is_suspect), (WIDTH, false));
    }

    /// What failed stays a suspect though nothing waits for it, and is forgotten with a success.
    #[test]
    fn a_failed_endpoint_is_remembered() {
        let mut lanes = Lanes::default();
        assert!(!lanes.enter(posting("http://a", 0, None))[0].is_suspect);
        assert_eq!(lanes.leave("a", End::Failed), []);
        assert!(lanes.enter(posting("http://a", 1, None))[0].is_suspect);
        assert_eq!(lanes.leave("a", End::Answered), []);
        assert!(lanes.0.is_empty());
        for host in 0..=LANES_MAX {
            let name = host.to_string();
            lanes.enter(posting(&format!("http://{name}"), 0, None));
            lanes.leave(&name, End::Failed);
        }
        assert_eq!(lanes.0.len(), LANES_MAX);
    }

    #[test]
    fn what_waits_behind_too_many_fails_unsent() {
        let mut lanes = sound(100);
        let started = lanes.leave("a", End::Failed);
        let unsent = started.iter().filter(|start| !start.is_sent).count();
        assert_eq!(unsent, 100 - WIDTH - WAITING_AFTER_FAILURE_MAX);
        assert_eq!(started.len(), unsent, "seven are under way still");
    }

    /// An endpoint that takes its posts is not given up for having too many of them.
    #[test]
    fn what_fails_unsent_says_nothing_about_its_endpoint() {
        let mut lanes = sound(WAITING_MAX as u64);
        for n in 0..WIDTH as u64 {
            assert_eq!(lanes.enter(posting("http://a", n, None)), []);
        }
        let [unsent] = lanes.enter(posting("http://a", 0, None)).try_into().unwrap();
        assert!(!unsent.is_sent, "one too many waits");
        assert_eq!(lanes.leave("a", End::Unsent), []);
        let next = lanes.leave("a", End::Answered);
        assert_eq!((next.len(), next[0].is_sent), (1, true), "the others wait on");
    }

    #[test]
    fn a_throttled_subscription_has_a_lane_and_a_pace_of_its_own() {
        let mut lanes = Lanes::default();
        let started = lanes.enter(posting("http://a", 0, Some(4)));
        assert_eq!(started[0].pause, Duration::from_millis(250));
        assert_eq!(lanes.enter(posting("http://a", 1, Some(4))), []);
        assert_eq!(lanes.enter(posting("http://a", 2, None)).len(), 1);
        let name = started[0].lane.clone();
        assert_eq!(lanes.leave(&name, End::Answered).len(), 1);
        assert_eq!(lanes.leave(&name, End::Answered), []);
        assert!(!lanes.0.contains_key(&name), "an empty lane is forgotten");
    }
}
