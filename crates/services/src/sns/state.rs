//! Tables and indexes of topics.
//!
//! # Invariants
//!
//! - Everything is rows as soon as it changes, but for the latest deduplication ids, which become
//!   rows at a freeze. Loading the rows of a freeze and applying the commands after it gives the
//!   state that was.
//! - A topic's number is the position of the command that created it, so a topic made again under
//!   the same name shares nothing with the first one.
//! - A deleted topic's subscriptions are swept in steps; until they are gone, `SWEEPS` says so.

use super::Error;
use super::fan_out::{Cursor, Way};
use super::http_deliveries::{HttpDelivery, HttpDeliveryKey};
use super::model::{Protocol, SubscriptionKey, TopicKey};
use super::topic::{Settings, Topic};
use crate::duplicates::Tables;
use bytes::Bytes;
use kernel::rows::scan_prefix;
use kernel::{Rows, Table, Timestamp, Turn, codec};
use minicbor::{Decode, Encode};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use tidemill_kernel as kernel;

/// topic number → [`Settings`].
pub(super) const TOPICS: Table = Table(Table::SNS);
/// (topic number, sequence) → [`super::topic::Subscription`].
pub(super) const SUBSCRIPTIONS: Table = Table(Table::SNS + 1);
/// topic number → the last sequence given out.
pub(super) const SEQUENCES: Table = Table(Table::SNS + 2);
/// (topic number, hash of an id) → what was published under it lately: the form before pages.
pub(super) const DEDUPLICATION: Table = Table(Table::SNS + 3);
/// [`Way`] → a [`super::model::Notice`] with subscriptions still to come.
pub(super) const NOTICES: Table = Table(Table::SNS + 4);
/// [`Way`] → [`Cursor`]: how far the notice has come.
pub(super) const CURSORS: Table = Table(Table::SNS + 5);
/// The number of a deleted topic whose subscriptions have rows still.
pub(super) const SWEEPS: Table = Table(Table::SNS + 6);

/// [`HttpDeliveryKey`] → [`HttpDelivery`]: how far it has come.
pub(super) const HTTP_DELIVERIES: Table = Table(Table::SNS + 7);
/// [`HttpDeliveryKey`] → what it brings.
pub(super) const HTTP_MESSAGES: Table = Table(Table::SNS + 8);

/// [`Way`] → what waits for its signatures.
pub(super) const UNSIGNED: Table = Table(Table::SNS + 9);
/// (topic number, sequence) → a subscription that has ended and may be restored.
pub(super) const ENDED: Table = Table(Table::SNS + 10);
/// (topic number, end of the bucket, page) → deduplication ids; see [`crate::duplicates`].
pub(super) const DUPLICATES: Table = Table(Table::SNS + 11);

pub(super) static DUPLICATE_TABLES: Tables = Tables {
    pages: DUPLICATES,
    old: DEDUPLICATION,
    read_old: |row| {
        let OldDuplicate { expires, sequence } = codec::from_bytes(row);
        (expires, sequence)
    },
};

/// A row of [`DEDUPLICATION`]. Its message's id (1) follows from the sequence.
#[derive(Encode, Decode)]
struct OldDuplicate {
    #[n(0)]
    expires: Timestamp,
    #[n(2)]
    sequence: u64,
}

/// What became of copies since the process started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// Sent on to an endpoint.
    pub sent: u64,
    /// Taken by no endpoint, and sent to a dead-letter queue.
    pub dead_lettered: u64,
    /// Taken by no endpoint and no dead-letter queue.
    pub dropped: u64,
}

/// What happened since the process started, for metrics. Not state: a restart forgets it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub topics: u64,
    pub subscriptions: u64,
    /// Messages with subscriptions still to come.
    pub fanning_out: u64,
    /// Messages and questions that wait for their signatures.
    pub unsigned: u64,
    /// Deliveries over HTTP that wait to be tried again.
    pub waiting_posts: u64,
    pub published: u64,
    /// Copies a filter policy kept back.
    pub filtered: u64,
    /// In the order of [`Protocol::ALL`].
    by_protocol: [Outcomes; 4],
}

/// See [`crate::State`] for how the root uses it.
#[derive(Debug)]
pub struct State {
    topics: BTreeMap<u64, Topic>,
    numbers: BTreeMap<TopicKey, u64>,
    /// When a FIFO topic has deduplication ids to forget.
    pub(super) forgettings: BTreeSet<Forgetting>,
    /// Topics deleted since the last freeze, which alone knows what rows their ids have.
    unfrozen: Vec<u64>,
    /// Messages on their way, oldest first.
    pub(super) cursors: BTreeMap<Way, Cursor>,
    pub(super) sweeps: BTreeSet<u64>,
    /// Deliveries over HTTP that wait to be tried again.
    pub(super) http_waiting: BTreeSet<(Timestamp, HttpDeliveryKey)>,
    /// Messages and questions that wait for their signatures.
    pub(super) unsigned: BTreeSet<Way>,
    /// When subscriptions that nobody confirms end, and when those that have ended are forgotten.
    pub(super) lapses: BTreeSet<Lapse>,
    pub(super) counts: Counts,
    /// Subscriptions that did not get something, since the process started. Not state either.
    losses: BTreeMap<SubscriptionKey, Outcomes>,
}

/// Subscriptions whose losses are counted one by one, in each partition.
const LOSERS_MAX: usize = 1_000;

/// When a topic's number has deduplication ids to forget.
pub(super) type Forgetting = (Timestamp, u64);

/// When a subscription of a topic's number may be dropped, if it is still what it was.
pub(super) type Lapse = (Timestamp, u64, u64);

impl State {
    #[must_use]
    pub fn load(rows: &dyn Rows) -> State {
        let mut state = State {
            topics: BTreeMap::new(),
            numbers: BTreeMap::new(),
            forgettings: BTreeSet::new(),
            unfrozen: Vec::new(),
            cursors: BTreeMap::new(),
            sweeps: BTreeSet::new(),
            http_waiting: BTreeSet::new(),
            unsigned: BTreeSet::new(),
            lapses: BTreeSet::new(),
            counts: Counts::default(),
            losses: BTreeMap::new(),
        };
        for (key, value) in scan_prefix(rows, TOPICS, &[], None, usize::MAX) {
            let number = first_u64(&key);
            let settings: Settings = codec::from_bytes(&value);
            let sequence = rows.get(SEQUENCES, &key).map_or(0, |value: Bytes| first_u64(&value));
            let mut topic = Topic::new(number, settings, sequence);
            for (key, value) in scan_prefix(rows, SUBSCRIPTIONS, &key, None, usize::MAX) {
                topic.insert(second_u64(&key), codec::from_bytes(&value));
            }
            for (key, value) in scan_prefix(rows, ENDED, &key, None, usize::MAX) {
                topic.insert_ended(second_u64(&key), codec::from_bytes(&value));
            }
            topic.load_duplicates(rows);
            state.lapses.extend(topic.lapses());
            state.forgettings.extend(topic.forgetting());
            state.insert(topic);
        }
        for (key, value) in scan_prefix(rows, CURSORS, &[], None, usize::MAX) {
            state.cursors.insert(Way::of_row(&key), codec::from_bytes(&value));
        }
        for (key, _) in scan_prefix(rows, UNSIGNED, &[], None, usize::MAX) {
            state.unsigned.insert(Way::of_row(&key));
        }
        for (key, _) in scan_prefix(rows, SWEEPS, &[], None, usize::MAX) {
            state.sweeps.insert(first_u64(&key));
        }
        for (key, value) in scan_prefix(rows, HTTP_DELIVERIES, &[], None, usize::MAX) {
            let delivery: HttpDelivery = codec::from_bytes(&value);
            if let Some(begins) = delivery.begins {
                state.http_waiting.insert((begins, HttpDeliveryKey::of_row(&key)));
            }
        }
        // Ids of the form before pages, of topics that are gone.
        for (key, _) in scan_prefix(rows, DEDUPLICATION, &[], None, usize::MAX) {
            let number = first_u64(&key);
            if !state.topics.contains_key(&number) && state.unfrozen.last() != Some(&number) {
                state.unfrozen.push(number);
            }
        }
        state
    }

    /// Writes what lies outside the rows: deduplication ids that are not a page yet.
    pub(crate) fn freeze(&mut self, rows: &mut dyn Rows) {
        for number in self.unfrozen.drain(..) {
            for table in [DUPLICATES, DEDUPLICATION] {
                for (key, _) in scan_prefix(rows, table, &number.to_be_bytes(), None, usize::MAX) {
                    rows.delete(table, &key);
                }
            }
        }
        for topic in self.topics.values_mut() {
            topic.freeze_duplicates(rows);
        }
    }

    /// Takes note that a topic has, or no longer has, something to forget.
    pub(super) fn reschedule(&mut self, before: Option<Forgetting>, after: Option<Forgetting>) {
        if before != after {
            if let Some(before) = before {
                self.forgettings.remove(&before);
            }
            self.forgettings.extend(after);
        }
    }

    pub(super) fn insert(&mut self, topic: Topic) {
        self.numbers.insert(topic.key().clone(), topic.number);
        self.topics.insert(topic.number, topic);
    }

    pub(super) fn topic(&self, key: &TopicKey) -> Result<&Topic, Error> {
        let number = self.numbers.get(key).ok_or(Error::TopicNotFound)?;
        self.topics.get(number).ok_or(Error::TopicNotFound)
    }

    pub(super) fn topic_mut(&mut self, key: &TopicKey) -> Result<&mut Topic, Error> {
        let number = self.numbers.get(key).ok_or(Error::TopicNotFound)?;
        self.topics.get_mut(number).ok_or(Error::TopicNotFound)
    }

    pub(super) fn topic_by_number(&self, number: u64) -> Option<&Topic> {
        self.topics.get(&number)
    }

    pub(super) fn topic_by_number_mut(&mut self, number: u64) -> Option<&mut Topic> {
        self.topics.get_mut(&number)
    }

    /// Takes note of a copy that its endpoint did not take.
    pub(super) fn note_loss(
        &mut self,
        protocol: Protocol,
        subscription: &SubscriptionKey,
        note: impl Fn(&mut Outcomes),
    ) {
        note(self.counts.of(protocol));
        let is_known = self.losses.contains_key(subscription);
        if is_known || self.losses.len() < LOSERS_MAX {
            note(self.losses.entry(subscription.clone()).or_default());
        }
    }

    pub(super) fn forget_losses(&mut self, subscription: &SubscriptionKey) {
        self.losses.remove(subscription);
    }

    /// Who did not get something, of those that still are subscribed.
    pub(super) fn losses(&self) -> Vec<(SubscriptionKey, Outcomes)> {
        let is_subscribed = |key: &SubscriptionKey| {
            self.topic(&key.topic).is_ok_and(|topic| topic.subscription(key.id).is_some())
        };
        let all = self.losses.iter().filter(|(key, _)| is_subscribed(key));
        all.map(|(key, outcomes)| (key.clone(), *outcomes)).collect()
    }

    /// Forgets a topic. Its own rows go at once, those of its subscriptions step by step.
    pub(super) fn delete(&mut self, turn: &mut Turn<'_>, key: &TopicKey) {
        let Some(number) = self.numbers.remove(key) else { return };
        let forgetting = self.topics.remove(&number).and_then(|topic| topic.forgetting());
        self.reschedule(forgetting, None);
        self.unfrozen.push(number);
        self.losses.retain(|subscription, _| subscription.topic != *key);
        turn.delete(TOPICS, &number.to_be_bytes());
        turn.delete(SEQUENCES, &number.to_be_bytes());
        turn.put(SWEEPS, &number.to_be_bytes(), Bytes::new());
        self.sweeps.insert(number);
    }

    /// Topics in the order of their keys, from `from` on.
    pub(super) fn topics_from<'a>(
        &'a self,
        from: Bound<&TopicKey>,
    ) -> impl Iterator<Item = &'a Topic> + use<'a> {
        let numbers = self.numbers.range::<TopicKey, _>((from, Bound::Unbounded));
        numbers.filter_map(|(_, number)| self.topics.get(number))
    }

    pub(super) fn counted(&self) -> Counts {
        let subscriptions: usize =
            self.topics.values().map(|topic| topic.subscriptions.len()).sum();
        Counts {
            topics: self.topics.len() as u64,
            subscriptions: subscriptions as u64,
            fanning_out: self.cursors.len() as u64,
            unsigned: self.unsigned.len() as u64,
            waiting_posts: self.http_waiting.len() as u64,
            ..self.counts
        }
    }
}

impl Counts {
    pub fn by_protocol(&self) -> impl Iterator<Item = (Protocol, Outcomes)> {
        Protocol::ALL.into_iter().zip(self.by_protocol)
    }

    /// All protocols together.
    #[must_use]
    pub fn outcomes(&self) -> Outcomes {
        self.by_protocol.into_iter().fold(Outcomes::default(), Outcomes::add)
    }

    pub(super) fn of(&mut self, protocol: Protocol) -> &mut Outcomes {
        let [sqs, lambda, http, https] = &mut self.by_protocol;
        match protocol {
            Protocol::Sqs => sqs,
            Protocol::Lambda => lambda,
            Protocol::Http => http,
            Protocol::Https => https,
        }
    }

    pub(super) fn add(mut self, other: Counts) -> Counts {
        for (protocol, outcomes) in other.by_protocol() {
            *self.of(protocol) = self.of(protocol).add(outcomes);
        }
        Counts {
            topics: self.topics + other.topics,
            subscriptions: self.subscriptions + other.subscriptions,
            fanning_out: self.fanning_out + other.fanning_out,
            unsigned: self.unsigned + other.unsigned,
            waiting_posts: self.waiting_posts + other.waiting_posts,
            published: self.published + other.published,
            filtered: self.filtered + other.filtered,
            by_protocol: self.by_protocol,
        }
    }
}

impl Outcomes {
    fn add(self, other: Outcomes) -> Outcomes {
        Outcomes {
            sent: self.sent + other.sent,
            dead_lettered: self.dead_lettered + other.dead_lettered,
            dropped: self.dropped + other.dropped,
        }
    }
}

pub(super) fn subscription_row_key(topic: u64, sequence: u64) -> [u8; 16] {
    let mut key = [0; 16];
    let (first, second) = key.split_at_mut(8);
    first.copy_from_slice(&topic.to_be_bytes());
    second.copy_from_slice(&sequence.to_be_bytes());
    key
}

fn first_u64(key: &[u8]) -> u64 {
    let (first, _) = key.split_first_chunk().expect("such a row starts with a number");
    u64::from_be_bytes(*first)
}

fn second_u64(key: &[u8]) -> u64 {
    let (_, second) = key.split_last_chunk().expect("such a row's key ends in a number");
    u64::from_be_bytes(*second)
}
