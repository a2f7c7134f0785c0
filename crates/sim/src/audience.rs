//! The audience of topics: who was subscribed when something was published, and what each got.
//!
//! Commands of a topic are applied in the order in which they are asked, so what a publish meets is
//! known when it is asked; but what a crash left unanswered may be either, until it is asked again.
//!
//! # Invariants
//!
//! - An acknowledged publish reaches every subscription that was in force and wants it: a queue
//!   once, an HTTP endpoint or a function at least once; or, where that takes nothing, its
//!   dead-letter queue once.
//! - Nothing reaches a subscription that had ended before, or one whose filter keeps it back.
//! - A publish whose answer was lost reaches all of them or none.
//! - A FIFO topic's messages reach each queue in the order of their group.

use crate::ledger::{Certainty, Invariant};
use std::collections::BTreeMap;

/// Whether a subscription is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Off,
    On,
    /// Asked for, and the process died before an answer.
    Unknown,
}

/// How an endpoint is reached, and what it makes of copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// A queue that gets the message alone.
    Raw,
    /// A queue that gets it in an envelope.
    Enveloped,
    /// A queue that wants only messages of one kind.
    Chosen,
    /// A queue that does not exist: all copies become dead letters.
    Missing,
    /// A receiver that hangs, fails, refuses and answers; then dead letters.
    Http,
    /// A function that is run until it succeeds.
    Function,
}

impl Way {
    /// Whether copies on their way are lost when the subscription ends.
    fn ends_with_subscription(self) -> bool {
        matches!(self, Way::Missing | Way::Http)
    }
}

/// A message as its publisher remembers it.
#[derive(Clone, Debug)]
pub(crate) struct Published {
    pub(crate) how: Certainty,
    /// What filters go by.
    pub(crate) is_chosen: bool,
    pub(crate) group: Option<String>,
    /// An earlier message with the same deduplication id, less than five minutes before.
    pub(crate) duplicate_of: Option<u64>,
    /// The topic's endpoints, and whether each was subscribed.
    pub(crate) met: Vec<(usize, Standing)>,
}

/// What came of one message at one endpoint.
#[derive(Clone, Copy, Debug, Default)]
struct Copies {
    taken: u64,
    dead_lettered: u64,
}

/// How often a message must arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    Never,
    AtMostOnce,
    Once,
}

#[derive(Debug, Default)]
pub(crate) struct Audience {
    ways: Vec<Way>,
    published: BTreeMap<u64, Published>,
    /// The last message before each endpoint's subscription last ended.
    left: BTreeMap<usize, u64>,
    copies: BTreeMap<(usize, u64), Copies>,
    /// The last message of each group that an endpoint got.
    heard: BTreeMap<(usize, String), u64>,
}

impl Audience {
    pub(crate) fn new(ways: Vec<Way>) -> Audience {
        Audience { ways, ..Audience::default() }
    }

    pub(crate) fn way(&self, endpoint: usize) -> Way {
        self.ways.get(endpoint).copied().unwrap_or(Way::Missing)
    }

    pub(crate) fn publishing(&mut self, number: u64, published: Published) {
        self.published.insert(number, published);
    }

    pub(crate) fn publish_ended(&mut self, number: u64, how: Certainty) {
        if let Some(published) = self.published.get_mut(&number) {
            published.how = how;
        }
    }

    /// The subscription of an endpoint ends, or may have ended, behind this message.
    pub(crate) fn left(&mut self, endpoint: usize, number: u64) {
        self.left.insert(endpoint, number);
    }

    pub(crate) fn dead_lettered(&mut self, endpoint: usize, number: u64) {
        self.copies.entry((endpoint, number)).or_default().dead_lettered += 1;
    }

    /// An endpoint got a copy; says what is wrong with its place.
    pub(crate) fn took(&mut self, endpoint: usize, number: u64) -> Option<String> {
        self.copies.entry((endpoint, number)).or_default().taken += 1;
        let group = self.published.get(&number)?.group.clone()?;
        let heard = self.heard.entry((endpoint, group.clone())).or_default();
        let last = std::mem::replace(heard, number);
        (last > number)
            .then(|| format!("p{number} of group {group} came behind p{last} to {endpoint}"))
    }

    /// Copies that were found where they belong, dead letters included.
    pub(crate) fn copies(&self) -> u64 {
        self.copies.values().map(|copies| copies.taken + copies.dead_lettered).sum()
    }

    /// At the very end, when nothing is on its way: what was promised and what came of it.
    pub(crate) fn audit(&self) -> Vec<(Invariant, String)> {
        let mut broken = Vec::new();
        for (number, published) in &self.published {
            let (mut reached, mut missed) = (0, 0);
            for (endpoint, standing) in &published.met {
                let way = self.way(*endpoint);
                let copies = self.copies.get(&(*endpoint, *number)).copied().unwrap_or_default();
                let expected = self.expected(*number, published, *endpoint, *standing);
                if !is_as_expected(way, expected, copies) {
                    let what = format!(
                        "p{number} ({:?}) at {endpoint}, {way:?} and {standing:?}: expected \
                         {expected:?}, found {copies:?}",
                        published.how
                    );
                    broken.push((Invariant::PublishedReachesEach, what));
                }
                let has_left = self.has_left(*endpoint, *number);
                if *standing == Standing::On && self.wants(*endpoint, published) && !has_left {
                    let has_come = copies.taken + copies.dead_lettered > 0;
                    if has_come { reached += 1 } else { missed += 1 }
                }
            }
            if published.how == Certainty::Uncertain && reached > 0 && missed > 0 {
                let what =
                    format!("p{number} reached {reached} endpoints, and {missed} it did not");
                broken.push((Invariant::I2WholeOrAbsent, what));
            }
        }
        for (endpoint, number) in self.copies.keys() {
            let met = self.published.get(number).map(|published| &published.met);
            if !met.is_some_and(|met| met.iter().any(|(other, _)| other == endpoint)) {
                let what = format!("p{number} was not published for {endpoint}, and came there");
                broken.push((Invariant::PublishedReachesEach, what));
            }
        }
        broken
    }

    fn wants(&self, endpoint: usize, published: &Published) -> bool {
        published.is_chosen || self.way(endpoint) != Way::Chosen
    }

    fn has_left(&self, endpoint: usize, number: u64) -> bool {
        let has_left = self.left.get(&endpoint).is_some_and(|left| *left >= number);
        self.way(endpoint).ends_with_subscription() && has_left
    }

    fn expected(
        &self,
        number: u64,
        published: &Published,
        endpoint: usize,
        standing: Standing,
    ) -> Expected {
        let first = published.duplicate_of.and_then(|first| self.published.get(&first));
        let of_first = first.map(|first| first.how);
        if standing == Standing::Off
            || !self.wants(endpoint, published)
            || published.how == Certainty::Refused
            || of_first == Some(Certainty::Acknowledged)
        {
            return Expected::Never;
        }
        let is_promised = published.how == Certainty::Acknowledged
            && standing == Standing::On
            && of_first.is_none_or(|how| how == Certainty::Refused)
            && !self.has_left(endpoint, number);
        if is_promised { Expected::Once } else { Expected::AtMostOnce }
    }
}

/// HTTP endpoints may get a copy again, and take one whose answer is lost until it is given up;
/// functions may be run again.
fn is_as_expected(way: Way, expected: Expected, copies: Copies) -> bool {
    let Copies { taken, dead_lettered } = copies;
    let is_once = match way {
        Way::Raw | Way::Enveloped | Way::Chosen => taken == 1 && dead_lettered == 0,
        Way::Missing => taken == 0 && dead_lettered == 1,
        Way::Http => dead_lettered <= 1 && taken + dead_lettered > 0,
        Way::Function => taken > 0 && dead_lettered == 0,
    };
    let is_never = taken == 0 && dead_lettered == 0;
    match expected {
        Expected::Never => is_never,
        Expected::AtMostOnce => is_never || is_once,
        Expected::Once => is_once,
    }
}
