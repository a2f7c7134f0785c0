//! A topic in memory: its settings, its subscriptions by number, endpoint and id.

use super::Endpoint;
use super::attributes::{Attributes, SubscriptionCounts};
use super::model::{
    CONFIRMATION_MAX_AGE, DEDUPLICATION_SECONDS, Protocol, Recipient, SubscriptionKey, TopicKey,
};
use super::page::Place;
use super::state::{
    DUPLICATE_TABLES, ENDED, Forgetting, Lapse, SEQUENCES, SUBSCRIPTIONS, TOPICS,
    subscription_row_key,
};
use crate::duplicates::{Duplicates, Key};
use bytes::Bytes;
use kernel::{Arn, Millis, PartitionId, Rows, Timestamp, Turn, Uuid, codec};
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;
use std::ops::Bound;
use tidemill_expr::filter::{FilterPolicy, Scope};
use tidemill_kernel as kernel;

/// What a topic's row holds.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub(super) struct Settings {
    #[n(0)]
    pub(super) key: TopicKey,
    #[n(1)]
    pub(super) attributes: Attributes,
    #[n(2)]
    pub(super) tags: BTreeMap<String, String>,
    #[n(3)]
    pub(super) subscriptions_deleted: u64,
}

/// What a subscription's owner has set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub(super) struct SubscriptionAttributes {
    #[n(0)]
    pub(super) is_raw: bool,
    #[n(1)]
    pub(super) filter_policy: Option<String>,
    #[n(2)]
    pub(super) filters_body: bool,
    /// The queue that takes what could not be delivered.
    #[n(3)]
    pub(super) dead_letter_target: Option<Arn>,
    /// As given, with sorted keys. For URLs alone.
    #[n(4)]
    pub(super) delivery_policy: Option<String>,
}

impl SubscriptionAttributes {
    pub(super) fn scope(&self) -> Scope {
        if self.filters_body { Scope::MessageBody } else { Scope::MessageAttributes }
    }
}

/// A subscription's row.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub(super) struct Subscription {
    #[n(0)]
    pub(super) id: Uuid,
    #[n(1)]
    pub(super) protocol: Protocol,
    #[n(2)]
    pub(super) endpoint: Endpoint,
    #[n(3)]
    pub(super) principal: String,
    #[n(4)]
    pub(super) base_url: String,
    #[n(5)]
    pub(super) attributes: SubscriptionAttributes,
    /// `None` where being subscribed is confirmation enough.
    #[n(6)]
    pub(super) confirmation: Option<Confirmation>,
}

/// How far an endpoint has agreed to being subscribed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(super) enum Confirmation {
    #[n(0)]
    Pending {
        #[n(0)]
        since: Timestamp,
    },
    #[n(1)]
    Confirmed {
        #[n(0)]
        was_signed: bool,
        /// Ends by a signed request only.
        #[n(1)]
        protects_unsubscribe: bool,
    },
}

/// A subscription that its endpoint may restore, because it was told how.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub(super) struct Ended {
    #[n(0)]
    pub(super) subscription: Subscription,
    #[n(1)]
    pub(super) since: Timestamp,
}

impl Subscription {
    pub(super) fn is_pending(&self) -> bool {
        matches!(self.confirmation, Some(Confirmation::Pending { .. }))
    }

    fn asked(&self) -> Option<Timestamp> {
        match self.confirmation {
            Some(Confirmation::Pending { since }) => Some(since),
            Some(Confirmation::Confirmed { .. }) | None => None,
        }
    }

    pub(super) fn protects_unsubscribe(&self) -> bool {
        matches!(
            self.confirmation,
            Some(Confirmation::Confirmed { protects_unsubscribe: true, .. })
        )
    }

    pub(super) fn recipient(&self) -> Recipient {
        Recipient {
            subscription: self.id,
            protocol: self.protocol,
            endpoint: self.endpoint.clone(),
            is_raw: self.attributes.is_raw,
            base_url: self.base_url.clone(),
        }
    }
}

/// A subscription and its policy, ready to be compared.
#[derive(Debug)]
pub(super) struct Subscribed {
    pub(super) subscription: Subscription,
    pub(super) filter: Option<FilterPolicy>,
    /// Where its endpoint lives. Kept, because finding it out costs more than all else that a
    /// message costs per subscription.
    pub(super) partition: PartitionId,
}

/// How many subscriptions of a kind a topic has, so that nobody must look at all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) pending: usize,
    /// Those with a filter policy.
    pub(super) filters: usize,
}

impl Tally {
    fn add(&mut self, subscription: &Subscription) {
        self.pending += usize::from(subscription.is_pending());
        self.filters += usize::from(subscription.attributes.filter_policy.is_some());
    }

    fn remove(&mut self, subscription: &Subscription) {
        self.pending -= usize::from(subscription.is_pending());
        self.filters -= usize::from(subscription.attributes.filter_policy.is_some());
    }
}

#[derive(Debug)]
pub(super) struct Topic {
    /// The position of the command that created it: no other topic of the partition has it.
    pub(super) number: u64,
    pub(super) settings: Settings,
    /// In the order in which they were made, which is the order of delivery.
    pub(super) subscriptions: BTreeMap<u64, Subscribed>,
    by_endpoint: BTreeMap<(Protocol, Endpoint), u64>,
    by_id: BTreeMap<Uuid, u64>,
    /// By the numbers that they had.
    ended: BTreeMap<u64, Ended>,
    tally: Tally,
    /// What a FIFO topic has seen lately.
    duplicates: Duplicates,
    /// The last number given to a message or a subscription.
    sequence: u64,
}

impl Topic {
    pub(super) fn new(number: u64, settings: Settings, sequence: u64) -> Topic {
        Topic {
            number,
            settings,
            subscriptions: BTreeMap::new(),
            by_endpoint: BTreeMap::new(),
            by_id: BTreeMap::new(),
            ended: BTreeMap::new(),
            tally: Tally::default(),
            duplicates: Duplicates::new(&DUPLICATE_TABLES, number),
            sequence,
        }
    }

    pub(super) fn key(&self) -> &TopicKey {
        &self.settings.key
    }

    pub(super) fn load_duplicates(&mut self, rows: &dyn Rows) {
        if self.key().is_fifo() {
            self.duplicates = Duplicates::load(&DUPLICATE_TABLES, self.number, rows);
        }
    }

    pub(super) fn freeze_duplicates(&mut self, rows: &mut dyn Rows) {
        self.duplicates.freeze(rows);
    }

    /// The key of a deduplication id, within its message group where that is the scope.
    pub(super) fn duplicate_key(turn: &Turn<'_>, group: Option<&str>, id: &str) -> Key {
        // A length before the group, so that no two pairs are one text.
        let group = group.unwrap_or_default();
        let name = [&(group.len() as u64).to_be_bytes(), group.as_bytes(), id.as_bytes()].concat();
        turn.at.mac("sns deduplication", &name)
    }

    /// The sequence of the message that was published under an id, while that counts.
    pub(super) fn original(&self, turn: &Turn<'_>, key: &Key) -> Option<u64> {
        self.duplicates.get(turn.rows(), key, turn.now())
    }

    pub(super) fn remember(&mut self, turn: &mut Turn<'_>, key: &Key, sequence: u64) {
        let expires = turn.now().plus(Millis::from_seconds(DEDUPLICATION_SECONDS));
        self.duplicates.insert(turn, key, expires, sequence);
    }

    /// Forgets ids whose time is over; says how many rows that were.
    pub(super) fn forget(&mut self, turn: &mut Turn<'_>) -> usize {
        self.duplicates.expire(turn)
    }

    pub(super) fn forgetting(&self) -> Option<Forgetting> {
        self.duplicates.next_due().map(|due| (due, self.number))
    }

    pub(super) fn put_settings(&self, turn: &mut Turn<'_>) {
        turn.put(TOPICS, &self.number.to_be_bytes(), codec::to_bytes(&self.settings));
    }

    /// A number no message or subscription of this topic had before.
    pub(super) fn next_sequence(&mut self, turn: &mut Turn<'_>) -> u64 {
        self.sequence += 1;
        let value = Bytes::copy_from_slice(&self.sequence.to_be_bytes());
        turn.put(SEQUENCES, &self.number.to_be_bytes(), value);
        self.sequence
    }

    /// An id that follows from the topic and a number of it, so that several drawn in one apply
    /// differ.
    pub(super) fn draw_id(&self, turn: &Turn<'_>, purpose: &str, sequence: u64) -> Uuid {
        let mut name = [0; 18];
        let (partition, numbers) = name.split_at_mut(2);
        let (topic, within) = numbers.split_at_mut(8);
        partition.copy_from_slice(&turn.at.partition.0.to_be_bytes());
        topic.copy_from_slice(&self.number.to_be_bytes());
        within.copy_from_slice(&sequence.to_be_bytes());
        Uuid::from_random(turn.at.mac(purpose, &name))
    }

    /// The id of the message with that number, also when it is long gone.
    pub(super) fn message_id(&self, turn: &Turn<'_>, sequence: u64) -> Uuid {
        self.draw_id(turn, "sns message", sequence)
    }

    /// Takes a subscription into memory, its policy compiled.
    pub(super) fn insert(&mut self, sequence: u64, subscription: Subscription) {
        let scope = subscription.attributes.scope();
        let policy = subscription.attributes.filter_policy.as_deref();
        let filter = policy.map(|text| {
            FilterPolicy::parse(text, scope).expect("a filter policy was parsed before it was kept")
        });
        let partition = subscription
            .endpoint
            .partition(self.key().partition())
            .expect("an endpoint that lives nowhere was refused when it was subscribed");
        let endpoint = (subscription.protocol, subscription.endpoint.clone());
        self.by_endpoint.insert(endpoint, sequence);
        self.by_id.insert(subscription.id, sequence);
        self.tally.add(&subscription);
        let subscribed = Subscribed { subscription, filter, partition };
        if let Some(old) = self.subscriptions.insert(sequence, subscribed) {
            self.tally.remove(&old.subscription);
        }
    }

    /// The version that messages are signed in. A FIFO topic's are not, on AWS either.
    pub(super) fn signature_version(&self) -> Option<u8> {
        (!self.key().is_fifo()).then(|| self.question_version())
    }

    /// The version that questions to endpoints are signed in.
    pub(super) fn question_version(&self) -> u8 {
        self.settings.attributes.signature_version.unwrap_or(1)
    }

    pub(super) fn put_subscription(
        &mut self,
        turn: &mut Turn<'_>,
        sequence: u64,
        subscription: Subscription,
    ) {
        let key = subscription_row_key(self.number, sequence);
        turn.put(SUBSCRIPTIONS, &key, codec::to_bytes(&subscription));
        self.insert(sequence, subscription);
    }

    /// Takes a subscription out; the number it had with it.
    pub(super) fn delete_subscription(
        &mut self,
        turn: &mut Turn<'_>,
        id: Uuid,
    ) -> Option<(u64, Subscription)> {
        let sequence = self.by_id.remove(&id)?;
        let Subscribed { subscription, .. } = self.subscriptions.remove(&sequence)?;
        self.tally.remove(&subscription);
        self.by_endpoint.remove(&(subscription.protocol, subscription.endpoint.clone()));
        turn.delete(SUBSCRIPTIONS, &subscription_row_key(self.number, sequence));
        self.settings.subscriptions_deleted += 1;
        self.put_settings(turn);
        Some((sequence, subscription))
    }

    /// Keeps a subscription that has ended where its endpoint can restore it.
    pub(super) fn put_ended(&mut self, turn: &mut Turn<'_>, sequence: u64, ended: Ended) {
        let key = subscription_row_key(self.number, sequence);
        turn.put(ENDED, &key, codec::to_bytes(&ended));
        self.insert_ended(sequence, ended);
    }

    pub(super) fn insert_ended(&mut self, sequence: u64, ended: Ended) {
        self.ended.insert(sequence, ended);
    }

    pub(super) fn take_ended(&mut self, turn: &mut Turn<'_>, sequence: u64) -> Option<Ended> {
        let ended = self.ended.remove(&sequence)?;
        turn.delete(ENDED, &subscription_row_key(self.number, sequence));
        Some(ended)
    }

    /// One that has ended, and the number it had. There are few, and few ask.
    pub(super) fn ended(&self, id: Uuid) -> Option<(u64, &Ended)> {
        let mut all = self.ended.iter();
        all.find(|(_, ended)| ended.subscription.id == id).map(|(number, ended)| (*number, ended))
    }

    /// When what is not confirmed or has ended may be dropped.
    pub(super) fn lapses(&self) -> impl Iterator<Item = Lapse> {
        let pending = self.subscriptions.iter().filter_map(|(sequence, subscribed)| {
            Some((lapse_of(subscribed.subscription.asked()?), self.number, *sequence))
        });
        let ended = self.ended.iter();
        pending
            .chain(ended.map(|(sequence, ended)| (lapse_of(ended.since), self.number, *sequence)))
    }

    /// Drops what was not confirmed, or not restored, in time.
    pub(super) fn lapse(&mut self, turn: &mut Turn<'_>, sequence: u64) {
        let now = turn.now();
        if self.ended.get(&sequence).is_some_and(|ended| lapse_of(ended.since) <= now) {
            self.take_ended(turn, sequence);
        }
        let Some(Subscribed { subscription, .. }) = self.subscriptions.get(&sequence) else {
            return;
        };
        if subscription.asked().is_some_and(|asked| lapse_of(asked) <= now) {
            let id = subscription.id;
            self.delete_subscription(turn, id);
        }
    }

    pub(super) fn subscription(&self, id: Uuid) -> Option<(u64, &Subscription)> {
        let sequence = *self.by_id.get(&id)?;
        Some((sequence, &self.subscriptions.get(&sequence)?.subscription))
    }

    pub(super) fn subscription_of(
        &self,
        protocol: Protocol,
        endpoint: &Endpoint,
    ) -> Option<(u64, &Subscription)> {
        let sequence = *self.by_endpoint.get(&(protocol, endpoint.clone()))?;
        Some((sequence, &self.subscriptions.get(&sequence)?.subscription))
    }

    pub(super) fn subscription_key(&self, id: Uuid) -> SubscriptionKey {
        SubscriptionKey { topic: self.key().clone(), id }
    }

    /// Subscriptions in the order of their ids, from the page's beginning on.
    pub(super) fn by_id_from(&self, place: &Place) -> impl Iterator<Item = &Subscription> {
        let from = place.subscription_after(&self.key().name);
        let sequences = self.by_id.range((from, Bound::Unbounded)).map(|(_, sequence)| sequence);
        sequences
            .filter_map(|sequence| self.subscriptions.get(sequence))
            .map(|subscribed| &subscribed.subscription)
    }

    pub(super) fn tally(&self) -> Tally {
        self.tally
    }

    pub(super) fn last_subscription(&self) -> u64 {
        self.subscriptions.last_key_value().map_or(0, |(sequence, _)| *sequence)
    }

    pub(super) fn counts(&self) -> SubscriptionCounts {
        let Tally { pending, .. } = self.tally;
        SubscriptionCounts {
            confirmed: self.subscriptions.len() - pending,
            pending,
            deleted: self.settings.subscriptions_deleted,
        }
    }
}

/// The first moment at which a token that was sent at `asked` is good no longer.
pub(super) fn lapse_of(asked: Timestamp) -> Timestamp {
    asked.plus(CONFIRMATION_MAX_AGE).plus(Millis(1))
}
