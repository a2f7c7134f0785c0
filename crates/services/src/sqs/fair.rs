//! Fair queues: which message groups of a standard queue are noisy neighbours.
//!
//! AWS's rule: a group is noisy when more than a tenth of what is in flight is its own, and at
//! least thirty messages of it, or when more than a tenth of the recent processing time was. Then
//! the others come first, until its shares are comparable to theirs, its backlog is used up, or
//! nothing of it was sent for five minutes. Among noisy groups the one with the fewest messages in
//! flight comes first. A message without a group is a tenant of its own.
//!
//! # Invariants
//!
//! - [`Fairness`] is state: it changes only in an apply that is logged, when a message is sent,
//!   taken or deleted. [`Tenants`] is an index over the chunks.
//! - Its size is bounded, however many groups there are: of the processing time the groups with
//!   the largest shares are kept, each at most a 64th of the whole too low.
//!
//! "Recent" is the last minute in full and each minute before it at half the weight.

use kernel::{Millis, Timestamp};
use minicbor::{Decode, Encode};
use std::collections::{BTreeMap, BTreeSet};
use tidemill_kernel as kernel;

/// In flight, from how many messages on a group can be noisy.
const IN_FLIGHT_MIN: u64 = 30;
/// The share that makes a group noisy is above one in this many.
const SHARE: u64 = 10;
const SILENCE: Millis = Millis::from_seconds(300);
const BUSY_MAX: usize = 64;
const WATCHED_MAX: usize = 64;
const MINUTE_MS: u64 = 60_000;

/// A message group of a standard queue: a hash of its id, never 0.
pub(super) type Tenant = u64;

#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub(super) struct Fairness {
    /// Groups that became noisy and whose shares are still above the others', in order.
    #[n(0)]
    watched: Vec<Watched>,
    #[n(1)]
    busy: Vec<Busy>,
    /// Recent processing time of all, groups or not.
    #[n(2)]
    busy_ms: u64,
    /// The minute up to which processing times have been halved.
    #[n(3)]
    minute: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
struct Watched {
    #[n(0)]
    tenant: Tenant,
    #[n(1)]
    last_sent: Timestamp,
    /// `false` after five minutes in which nothing of it was sent.
    #[n(2)]
    is_noisy: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
struct Busy {
    #[n(0)]
    tenant: Tenant,
    #[n(1)]
    ms: u64,
}

/// How many messages of each group are in flight; those without any are not listed, and
/// neither is what has no group.
#[derive(Debug, Default)]
pub(super) struct Tenants {
    in_flight: BTreeMap<Tenant, u64>,
    by_in_flight: BTreeSet<(u64, Tenant)>,
}

impl Tenants {
    /// Whether no group has anything in flight.
    pub(super) fn is_empty(&self) -> bool {
        self.in_flight.is_empty()
    }

    pub(super) fn in_flight(&self, tenant: Tenant) -> u64 {
        self.in_flight.get(&tenant).copied().unwrap_or_default()
    }

    pub(super) fn take_off(&mut self, tenant: Tenant) {
        if tenant != 0 {
            self.set(tenant, self.in_flight(tenant) + 1);
        }
    }

    pub(super) fn land(&mut self, tenant: Tenant, count: u64) {
        if tenant != 0 {
            self.set(tenant, self.in_flight(tenant) - count);
        }
    }

    fn set(&mut self, tenant: Tenant, count: u64) {
        let before = if count == 0 {
            self.in_flight.remove(&tenant)
        } else {
            self.in_flight.insert(tenant, count)
        };
        if let Some(before) = before {
            self.by_in_flight.remove(&(before, tenant));
        }
        if count > 0 {
            self.by_in_flight.insert((count, tenant));
        }
    }
}

impl Fairness {
    pub(super) fn noisy(&self) -> impl Iterator<Item = Tenant> + '_ {
        self.watched.iter().filter(|watched| watched.is_noisy).map(|watched| watched.tenant)
    }

    pub(super) fn note_sent(&mut self, tenant: Tenant, now: Timestamp) {
        if let Some(watched) = self.watched.iter_mut().find(|watched| watched.tenant == tenant) {
            watched.last_sent = now;
        }
    }

    /// A message of the group was in flight that long.
    pub(super) fn note_processed(&mut self, tenant: Tenant, time: Millis, now: Timestamp) {
        self.fade(now);
        self.busy_ms = self.busy_ms.saturating_add(time.0);
        if tenant == 0 || time.0 == 0 {
            return;
        }
        if let Some(busy) = self.busy.iter_mut().find(|busy| busy.tenant == tenant) {
            busy.ms = busy.ms.saturating_add(time.0);
            return;
        }
        // Misra and Gries: what does not fit takes as much from everybody as it has itself.
        let mut ms = time.0;
        if self.busy.len() == BUSY_MAX {
            let taken = self.busy.iter().map(|busy| busy.ms).min().unwrap_or_default().min(ms);
            ms -= taken;
            self.busy.iter_mut().for_each(|busy| busy.ms -= taken);
            self.busy.retain(|busy| busy.ms > 0);
        }
        if ms > 0 {
            self.busy.push(Busy { tenant, ms });
        }
    }

    fn fade(&mut self, now: Timestamp) {
        let minute = now.0 / MINUTE_MS;
        let halvings = u32::try_from(minute.saturating_sub(self.minute)).unwrap_or(u32::MAX);
        if halvings == 0 {
            return;
        }
        self.minute = minute;
        let faded = |ms: u64| ms.checked_shr(halvings).unwrap_or_default();
        self.busy_ms = faded(self.busy_ms);
        self.busy.iter_mut().for_each(|busy| busy.ms = faded(busy.ms));
        self.busy.retain(|busy| busy.ms > 0);
    }

    fn is_busy(&self, tenant: Tenant) -> bool {
        let busy = self.busy.iter().find(|busy| busy.tenant == tenant);
        busy.is_some_and(|busy| busy.ms.saturating_mul(SHARE) > self.busy_ms)
    }

    /// Decides anew who is noisy.
    pub(super) fn review(&mut self, now: Timestamp, in_flight: u64, tenants: &Tenants) {
        self.fade(now);
        let is_watched = |tenant: Tenant, watched: &[Watched]| {
            watched.iter().any(|watched| watched.tenant == tenant)
        };
        let mut rest = tenants.by_in_flight.iter().rev();
        let busiest = rest.find(|(_, tenant)| !is_watched(*tenant, &self.watched));
        // A message without a group is a tenant too, with one message.
        let comparable = busiest.map_or(1, |(count, _)| *count);
        let mut watched = std::mem::take(&mut self.watched);
        watched.retain(|watched| {
            tenants.in_flight(watched.tenant) > comparable || self.is_busy(watched.tenant)
        });
        let by_concurrency = tenants
            .by_in_flight
            .iter()
            .rev()
            .take_while(|(count, _)| {
                *count >= IN_FLIGHT_MIN && count.saturating_mul(SHARE) > in_flight
            })
            .map(|(_, tenant)| *tenant);
        let by_time =
            self.busy.iter().map(|busy| busy.tenant).filter(|tenant| self.is_busy(*tenant));
        for tenant in by_concurrency.chain(by_time) {
            if watched.len() < WATCHED_MAX && !is_watched(tenant, &watched) {
                watched.push(Watched { tenant, last_sent: now, is_noisy: true });
            }
        }
        watched.sort_by_key(|watched| watched.tenant);
        for watched in &mut watched {
            watched.is_noisy = now.since(watched.last_sent) < SILENCE;
        }
        self.watched = watched;
    }

    /// The backlog of these is used up.
    pub(super) fn forgive(&mut self, has_backlog: impl Fn(Tenant) -> bool) {
        self.watched.retain(|watched| !watched.is_noisy || has_backlog(watched.tenant));
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::chunk::Entry;
    use super::super::messages::{Counters, Messages};
    use super::super::script::{World, url};
    use super::*;
    use kernel::MemoryRows;
    use proptest::prelude::*;
    use serde_json::json;

    impl World {
        fn send_as(&mut self, group: &str, body: &str) {
            let input = json!({
                "QueueUrl": url("orders"), "MessageBody": body, "MessageGroupId": group,
            });
            self.call("SendMessage", &input).unwrap();
        }

        fn send_many(&mut self, group: &str, count: usize) {
            for number in 0..count {
                self.send_as(group, &format!("{group}{number}"));
            }
        }

        fn receive(&mut self, max: u32) -> Vec<String> {
            let input = json!({ "QueueUrl": url("orders"), "MaxNumberOfMessages": max });
            let reply = self.call("ReceiveMessage", &input).unwrap();
            let messages = reply["Messages"].as_array().cloned().unwrap_or_default();
            messages.iter().map(|message| message["Body"].as_str().unwrap().to_owned()).collect()
        }
    }

    fn world() -> World {
        let mut world = World::default();
        world.now = Timestamp(1_700_000_000_000);
        world.call("CreateQueue", &json!({ "QueueName": "orders" })).unwrap();
        world
    }

    #[test]
    fn a_group_is_noisy_from_thirty_messages_in_flight_on_and_waits_for_the_others() {
        for (in_flight, next) in [(29, ["a29", "a30"]), (30, ["b0", "a30"])] {
            let mut world = world();
            world.send_many("a", 100);
            for _ in 0..in_flight {
                world.receive(1);
            }
            world.send_many("b", 1);
            world.restart();
            assert_eq!(world.receive(2), next, "{in_flight} in flight");
        }
    }

    /// A backlog of one group alone moves aside by whole chunks, a mixed one message by message.
    #[test]
    fn a_deep_backlog_of_a_noisy_group_lets_the_others_past() {
        let now = Timestamp(1_700_000_000_000);
        let mut messages = Messages::standard(1);
        messages.promote(now);
        let (loud, quiet) = (7, 8);
        for _ in 0..3 * 4096 + 5 {
            messages.push(Entry::new(now, now, loud));
        }
        let quiet = messages.push(Entry::new(now, now, quiet));
        for _ in 0..40 {
            let (sequence, entry) = messages.next_standard(&MemoryRows::default()).unwrap();
            messages.note_pick(sequence, entry);
            let due = now.plus(Millis(1000));
            messages.update(sequence, entry, Entry { due, receive_count: 1, ..entry });
        }
        messages.review_tenants(now);
        assert_eq!(
            messages.next_standard(&MemoryRows::default()).map(|(sequence, _)| sequence),
            Some(quiet)
        );
        let (_, entry) = messages.next_standard(&MemoryRows::default()).unwrap();
        messages.remove(quiet, entry);
        assert_eq!(
            messages.next_standard(&MemoryRows::default()).map(|(sequence, _)| sequence),
            Some(41)
        );
    }

    #[test]
    fn a_tenth_of_what_is_in_flight_is_not_too_much() {
        for (others, next) in [(270, "a30"), (269, "quiet0")] {
            let mut world = world();
            for number in 0..others {
                world.send_many(&format!("o{number}-"), 1);
            }
            world.send_many("a", 30);
            for _ in 0..30 + others {
                world.receive(1);
            }
            world.send_as("a", "a30");
            world.send_as("quiet", "quiet0");
            assert_eq!(world.receive(1), [next], "{others} others");
        }
    }

    #[test]
    fn a_tenth_of_the_recent_processing_time_is_not_too_much() {
        for (ms, is_noisy) in [(100, false), (101, true)] {
            let mut fairness = Fairness::default();
            fairness.note_processed(7, Millis(ms), Timestamp(60_000));
            fairness.note_processed(0, Millis(900), Timestamp(60_000));
            fairness.review(Timestamp(60_000), 0, &Tenants::default());
            assert_eq!(fairness.noisy().eq([7]), is_noisy, "{ms} ms of {}", ms + 900);
        }
    }

    #[test]
    fn a_group_that_is_slow_to_process_waits_for_the_others() {
        let mut world = world();
        world.send_many("slow", 4);
        let input = json!({ "QueueUrl": url("orders") });
        let first = world.call("ReceiveMessage", &input).unwrap();
        world.now.0 += 20_000;
        let handle = &first["Messages"][0]["ReceiptHandle"];
        let input = json!({ "QueueUrl": url("orders"), "ReceiptHandle": handle });
        world.call("DeleteMessage", &input).unwrap();
        assert_eq!(world.receive(1), ["slow1"]);
        world.send_many("quick", 1);
        assert_eq!(world.receive(2), ["quick0", "slow2"]);
        // Five minutes later the first receive finds that it is forgotten.
        world.now.0 += 301_000;
        assert_eq!(world.receive(1), ["quick0"]);
        world.send_as("quick", "quick1");
        assert_eq!(world.receive(9), ["slow1", "slow3", "slow2", "quick1"]);
    }

    #[test]
    fn what_is_kept_is_bounded_and_the_largest_shares_are_in_it() {
        let mut fairness = Fairness::default();
        for round in 0..100 {
            for tenant in 1..=1000 {
                let ms = if tenant == 500 { 200_000 } else { 1000 + round };
                fairness.note_processed(tenant, Millis(ms), Timestamp(60_000));
            }
        }
        assert!(fairness.busy.len() <= BUSY_MAX);
        fairness.review(Timestamp(60_000), 0, &Tenants::default());
        assert_eq!(fairness.noisy().collect::<Vec<_>>(), [500]);
        assert_eq!(fairness.busy_ms, 100 * (999 * 1000 + 200_000) + 999 * 4950);
        fairness.review(Timestamp(60_000 * 40), 0, &Tenants::default());
        assert_eq!(fairness, Fairness { minute: 40, ..Fairness::default() });
    }

    #[derive(minicbor::Encode)]
    struct OldCounters {
        #[n(0)]
        next_sequence: u64,
        #[n(1)]
        next_group: u64,
        #[n(2)]
        picks: u64,
        #[n(3)]
        hand: u64,
        #[n(4)]
        changed: Timestamp,
    }

    #[test]
    fn counters_from_before_there_was_fairness_still_open() {
        let old = OldCounters {
            next_sequence: 7,
            next_group: 3,
            picks: 5,
            hand: 2,
            changed: Timestamp(9),
        };
        let counters: Counters = kernel::codec::from_bytes(&kernel::codec::to_bytes(&old));
        assert_eq!((counters.next_sequence, counters.hands()), (7, (5, 2)));
        assert_eq!((counters.fairness, counters.scheduled), (Fairness::default(), 0));
    }

    #[derive(Clone, Debug)]
    enum Step {
        Send { tenant: Tenant, priority: u8, count: usize },
        Take { count: usize, seconds: u64 },
        Delete { nth: usize },
        Pass { ms: u64 },
        Restart,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            4 => (0..4u64, 0..3u8, 1..40usize).prop_map(|(tenant, priority, count)| {
                Step::Send { tenant, priority: priority / 2, count }
            }),
            6 => (1..25usize, 1..400u64)
                .prop_map(|(count, seconds)| Step::Take { count, seconds }),
            6 => any::<usize>().prop_map(|nth| Step::Delete { nth }),
            2 => prop_oneof![1..5000u64, 1..200_000u64].prop_map(|ms| Step::Pass { ms }),
            1 => Just(Step::Restart),
        ];
        prop::collection::vec(step, 1..80)
    }

    /// The rule again, over a list.
    pub(in crate::sqs) fn naive_pick(
        list: &BTreeMap<u64, Entry>,
        fairness: &Fairness,
        (picks, hand): (u64, u64),
        now: Timestamp,
    ) -> Option<u64> {
        let noisy: Vec<Tenant> = fairness.noisy().collect();
        let mut in_flight: BTreeMap<Tenant, usize> = BTreeMap::new();
        for entry in list.values().filter(|entry| entry.due > now && entry.receive_count > 0) {
            *in_flight.entry(entry.group).or_default() += 1;
        }
        let visible: Vec<(u64, Entry)> = list
            .iter()
            .filter(|(_, entry)| entry.due <= now)
            .map(|(sequence, entry)| (*sequence, *entry))
            .collect();
        let rank = |entry: &Entry| {
            let tenant = entry.group;
            let in_flight = in_flight.get(&tenant).copied().unwrap_or_default();
            if noisy.contains(&tenant) { (1, in_flight, tenant) } else { (0, 0, 0) }
        };
        let first = visible.iter().map(|(_, entry)| rank(entry)).min()?;
        let of_rank: Vec<_> = visible.iter().filter(|(_, entry)| rank(entry) == first).collect();
        let priority = of_rank.iter().map(|(_, entry)| entry.priority).max()?;
        let candidates = || of_rank.iter().filter(move |(_, entry)| entry.priority == priority);
        let fresh = candidates().filter(|(_, e)| e.receive_count == 0).map(|(s, _)| *s).min();
        let returned = || candidates().filter(|(_, e)| e.receive_count > 0).map(|(s, _)| *s);
        let returned = returned().filter(|s| *s > hand).min().or_else(|| returned().min());
        if picks % 2 == 0 { fresh.or(returned) } else { returned.or(fresh) }
    }

    fn reloaded(messages: &mut Messages) -> Messages {
        let chunks = messages.chunks.iter_mut();
        let mut loaded = Messages::standard(1);
        loaded.restore(
            messages.counters.clone(),
            chunks.map(|(first, chunk)| (*first, chunk.freeze())),
        );
        loaded
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 64,
            failure_persistence: None,
            ..Default::default()
        })]

        #[test]
        fn random_histories_are_served_as_the_rule_says(steps in steps()) {
            let mut messages = Messages::standard(1);
            let mut list: BTreeMap<u64, Entry> = BTreeMap::new();
            let mut now = Timestamp(1_700_000_000_000);
            for step in steps {
                messages.promote(now);
                match step {
                    Step::Send { tenant, priority, count } => {
                        for _ in 0..count {
                            let entry = Entry { priority, ..Entry::new(now, now, tenant) };
                            list.insert(messages.push(entry), entry);
                        }
                    }
                    Step::Take { count, seconds } => {
                        let mut taken = 0;
                        for _ in 0..count {
                            let hands = messages.counters.hands();
                            let fairness = &messages.counters.fairness;
                            let expected = naive_pick(&list, fairness, hands, now);
                            let mut twin = reloaded(&mut messages);
                            twin.promote(now);
                            let twin = twin.next_standard(&MemoryRows::default());
                            let found = messages.next_standard(&MemoryRows::default());
                            prop_assert_eq!(found, twin);
                            prop_assert_eq!(found.map(|(sequence, _)| sequence), expected);
                            let Some((sequence, entry)) = found else { break };
                            messages.note_pick(sequence, entry);
                            messages.note_processed(entry, now);
                            let out = Entry {
                                due: now.plus(Millis::from_seconds(seconds)),
                                first_receive: Some(now),
                                last_receive: now,
                                receive_count: entry.receive_count + 1,
                                ..entry
                            };
                            messages.update(sequence, entry, out);
                            list.insert(sequence, out);
                            taken += 1;
                        }
                        if taken > 0 {
                            messages.review_tenants(now);
                        }
                    }
                    Step::Delete { nth } => {
                        let received: Vec<u64> = list
                            .iter()
                            .filter(|(_, entry)| entry.receive_count > 0)
                            .map(|(sequence, _)| *sequence)
                            .collect();
                        if let Some(sequence) = received.get(nth % received.len().max(1)) {
                            let entry = list.remove(sequence).unwrap();
                            messages.note_processed(entry, now);
                            messages.remove(*sequence, entry);
                        }
                    }
                    Step::Pass { ms } => now.0 += ms,
                    Step::Restart => messages = reloaded(&mut messages),
                }
            }
        }
    }
}
