//! No request is long, whatever was set aside: work is counted in entries and chunks looked at.

use super::super::chunk::CHUNK_ENTRIES;
use super::super::fair::tests::naive_pick;
use super::*;
use kernel::MemoryRows;
use proptest::prelude::*;

const START: Timestamp = Timestamp(1_700_000_000_000);
const CHUNK: u64 = CHUNK_ENTRIES as u64;
const CHUNKS_MAX: usize = 40;
const COUNT_MAX: u64 = CHUNKS_MAX as u64 * CHUNK;

/// The entry of a message by its number.
type EntryOf = fn(u64) -> Entry;

/// A queue that was sent so many messages at once, and asked no more.
fn sent(count: u64, entry: impl Fn(u64) -> Entry) -> Messages {
    let mut messages = Messages::standard(7);
    messages.promote(START);
    for n in 0..count {
        messages.push(entry(n));
    }
    messages
}

fn delayed(ms: u64) -> Entry {
    Entry::new(START, START.plus(Millis(ms)), 0)
}

/// Receives ten messages; answers with their sequences and the steps that took.
fn receive(messages: &mut Messages, now: Timestamp) -> (Vec<u64>, usize) {
    work::take();
    messages.promote(now);
    let mut taken = Vec::new();
    for _ in 0..10 {
        let Some((sequence, entry)) = messages.next_standard(&MemoryRows::default()) else { break };
        messages.note_pick(sequence, entry);
        let due = now.plus(Millis::from_seconds(60));
        let receive_count = entry.receive_count + 1;
        let (first_receive, last_receive) = (Some(now), now);
        let out = Entry { due, first_receive, last_receive, receive_count, ..entry };
        messages.update(sequence, entry, out);
        taken.push(sequence);
    }
    messages.review_tenants(now);
    (taken, work::take())
}

#[test]
fn what_came_due_while_nobody_asked_is_a_step_for_each_chunk() {
    let entries: [(&str, EntryOf); 3] = [
        ("alike", |_| delayed(1000)),
        ("of all priorities", |n| Entry {
            priority: u8::try_from(n % 10).unwrap(),
            ..delayed(1000)
        }),
        ("here and there, at all times", |n| delayed(if n % 3 == 0 { 0 } else { n * 7919 % 900 })),
    ];
    for (name, entry) in entries {
        let mut messages = sent(COUNT_MAX, entry);
        let now = START.plus(Millis(1000));
        let counts = messages.counts(now);
        assert_eq!(counts.visible, COUNT_MAX, "{name}");
        let (taken, steps) = receive(&mut messages, now);
        let highest = (0..CHUNK).map(|n| entry(n).priority).max().unwrap();
        let expected = (0..CHUNK).filter(|n| entry(*n).priority == highest).map(|n| n + 1);
        assert_eq!(taken, expected.take(10).collect::<Vec<_>>(), "{name}");
        assert!(steps <= CHUNKS_MAX + 20, "{name}: {steps} steps");
        let (_, steps) = receive(&mut messages, now);
        assert!(steps <= 20, "{name}: {steps} steps");
    }
}

/// Half of each chunk is due: then a chunk is looked through, once.
#[test]
fn what_comes_due_by_and_by_is_looked_at_thrice_at_most() {
    let count = 4 * CHUNK;
    let mut messages = sent(count, |n| delayed(1 + n * 7919 % 900));
    work::take();
    for ms in (0..=900).step_by(100) {
        let now = START.plus(Millis(ms));
        let due = (0..count).filter(|n| n * 7919 % 900 < ms).count() as u64;
        assert_eq!(messages.counts(now).visible, due);
        messages.promote(now);
        assert_eq!(
            (messages.counts(now).visible, messages.next_due() > Some(now)),
            (due, ms < 900)
        );
    }
    let steps = work::take();
    assert!(steps <= 3 * usize::try_from(count).unwrap(), "{steps} steps");
}

#[test]
fn delayed_messages_cost_a_bitmap_for_each_priority_and_can_be_taken_out() {
    let mut messages = sent(3 * CHUNK + 7, |n| delayed(1000 + n / 1000));
    let sequences = [1, 2, 4000, CHUNK, CHUNK + 1, 3 * CHUNK + 7];
    for sequence in sequences {
        let entry = messages.get(&MemoryRows::default(), sequence).unwrap();
        messages.remove(sequence, entry);
    }
    let now = START.plus(Millis(3000));
    let all = 3 * CHUNK + 7 - sequences.len() as u64;
    assert_eq!(messages.counts(START), Counts { visible: 0, in_flight: 0, delayed: all });
    assert_eq!(messages.next_due(), Some(START.plus(Millis(1000))));
    assert_eq!(messages.counts(now), Counts { visible: all, in_flight: 0, delayed: 0 });
    let (taken, _) = receive(&mut messages, now);
    assert_eq!(taken, (3..13).collect::<Vec<_>>());
    assert_eq!(messages.counts(now), Counts { visible: all - 10, in_flight: 10, delayed: 0 });
}

/// Groups share every chunk, and all are noisy: one chunk is sorted, when their turn comes.
#[test]
fn a_backlog_of_noisy_groups_alone_is_sorted_chunk_by_chunk() {
    let mut messages = sent(COUNT_MAX, |n| Entry::new(START, START, 7 + n % 3));
    let quiet = messages.push(Entry::new(START, START, 99));
    let now = START.plus(Millis(1));
    let mut steps_max = 0;
    let mut taken = Vec::new();
    while !taken.contains(&quiet) {
        assert!(messages.hidden.all().in_flight < 200, "the quiet one is let past");
        let (more, steps) = receive(&mut messages, now);
        taken.extend(more);
        steps_max = steps_max.max(steps);
    }
    assert!(messages.counters.fairness.noisy().eq([7, 8, 9]));
    for _ in 0..50 {
        let (more, steps) = receive(&mut messages, now);
        taken.extend(more);
        steps_max = steps_max.max(steps);
    }
    let bound = 3 * CHUNK_ENTRIES + 2 * CHUNKS_MAX;
    assert!(steps_max <= bound, "{steps_max} steps of {bound}");
    taken.retain(|sequence| *sequence != quiet);
    taken.sort_unstable();
    assert_eq!(taken, (1..=taken.len() as u64).collect::<Vec<_>>(), "a turn each");
}

#[test]
fn a_mixed_backlog_of_a_noisy_group_is_looked_at_once() {
    let of = |group| Entry::new(START, START, group);
    let count = 10 * CHUNK;
    let mut messages = sent(count, |n| of(if n % 10 == 9 { 8 } else { 7 }));
    let now = START.plus(Millis(1));
    while !messages.counters.fairness.noisy().eq([7]) {
        receive(&mut messages, now);
    }
    let mut steps_max = 0;
    for _ in 0..50 {
        let (taken, steps) = receive(&mut messages, now);
        assert_eq!(taken.len(), 10);
        steps_max = steps_max.max(steps);
    }
    assert!(steps_max <= 3 * CHUNK_ENTRIES, "{steps_max} steps");
}

#[derive(Clone, Debug)]
enum Step {
    Send {
        tenant: u64,
        priority: u8,
        delay: u64,
        count: u64,
    },
    /// Of as many groups and delays as there are.
    SendMixed {
        count: u64,
    },
    /// Of two groups, alike.
    SendShared {
        count: u64,
    },
    Take {
        count: usize,
        seconds: u64,
    },
    Delete {
        nth: usize,
    },
    Pass {
        ms: u64,
    },
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let delay = prop_oneof![Just(0), Just(2000_u64), 0..4000_u64];
    let step = prop_oneof![
        2 => (0..4_u64, 0..2_u8, delay, 1..5000_u64).prop_map(|(tenant, priority, delay, count)| {
            Step::Send { tenant, priority, delay, count }
        }),
        2 => (1..5000_u64).prop_map(|count| Step::SendMixed { count }),
        2 => (4000..9000_u64).prop_map(|count| Step::SendShared { count }),
        6 => (1..40_usize, 0..9_u64).prop_map(|(count, seconds)| Step::Take { count, seconds }),
        3 => any::<usize>().prop_map(|nth| Step::Delete { nth }),
        3 => (1..3000_u64).prop_map(|ms| Step::Pass { ms }),
        1 => Just(Step::Restart),
    ];
    prop::collection::vec(step, 1..20)
}

/// A queue, and what a plain list says of it.
#[derive(Debug)]
struct Twins {
    messages: Messages,
    rows: MemoryRows,
    list: BTreeMap<u64, Entry>,
    now: Timestamp,
}

impl Twins {
    fn send(&mut self, entry: Entry) {
        self.list.insert(self.messages.push(entry), entry);
    }

    /// Takes a message; now and then asks the list, too, which that should be.
    fn take(&mut self, number: usize, seconds: u64) -> Result<bool, TestCaseError> {
        let (fairness, hands) = (&self.messages.counters.fairness, self.messages.counters.hands());
        let expected = || naive_pick(&self.list, fairness, hands, self.now);
        let expected = number.is_multiple_of(7).then(expected);
        let found = self.messages.next_standard(&self.rows);
        if let Some(expected) = expected {
            prop_assert_eq!(found.map(|(sequence, _)| sequence), expected);
        }
        let Some((sequence, entry)) = found else { return Ok(false) };
        prop_assert_eq!(Some(&entry), self.list.get(&sequence));
        self.messages.note_pick(sequence, entry);
        self.messages.note_processed(entry, self.now);
        let out = Entry {
            due: self.now.plus(Millis(1 + seconds * 1000)),
            first_receive: entry.first_receive.or(Some(self.now)),
            last_receive: self.now,
            receive_count: entry.receive_count + 1,
            ..entry
        };
        self.messages.update(sequence, entry, out);
        self.list.insert(sequence, out);
        Ok(true)
    }

    fn play(&mut self, step: &Step) -> Result<(), TestCaseError> {
        let now = self.now;
        self.messages.promote(now);
        match *step {
            Step::Send { tenant, priority, delay, count } => {
                let entry = Entry::new(now, now.plus(Millis(delay)), tenant);
                (0..count).for_each(|_| self.send(Entry { priority, ..entry }));
            }
            Step::SendMixed { count } => {
                for n in 0..count {
                    let delay = Millis(n % 4 * n % 3000);
                    let priority = u8::try_from(n % 5 / 4).unwrap_or_default();
                    let entry = Entry::new(now, now.plus(delay), n % 3);
                    self.send(Entry { priority, ..entry });
                }
            }
            Step::SendShared { count } => {
                (0..count).for_each(|n| self.send(Entry::new(now, now, 1 + n % 2)));
            }
            Step::Take { count, seconds } => {
                let mut taken = 0;
                while taken < count && self.take(taken, seconds)? {
                    taken += 1;
                }
                if taken > 0 {
                    self.messages.review_tenants(now);
                }
            }
            Step::Delete { nth } => {
                let live = self.list.len().max(1);
                if let Some((sequence, entry)) = self.list.iter().nth(nth % live) {
                    let (sequence, entry) = (*sequence, *entry);
                    self.list.remove(&sequence);
                    self.messages.open(&self.rows, sequence);
                    self.messages.remove(sequence, entry);
                }
            }
            Step::Pass { ms } => self.now.0 += ms,
            Step::Restart => {
                self.messages.freeze(&mut self.rows);
                self.messages = depth::reload(&self.rows, &self.messages.counters);
                self.messages.promote(now);
            }
        }
        Ok(())
    }

    fn counts(&self) -> Counts {
        let hidden = || self.list.values().filter(|entry| entry.due > self.now);
        let in_flight = hidden().filter(|entry| entry.receive_count > 0).count() as u64;
        let hidden = hidden().count() as u64;
        let visible = self.list.len() as u64 - hidden;
        Counts { visible, in_flight, delayed: hidden - in_flight }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 12,
        failure_persistence: None,
        ..Default::default()
    })]

    /// Folds, chunks that move as a whole and those that are sorted serve what a list would.
    #[test]
    fn deep_histories_are_served_as_the_rule_says(steps in steps()) {
        let (messages, rows) = (Messages::standard(7), MemoryRows::default());
        let mut twins = Twins { messages, rows, list: BTreeMap::new(), now: START };
        for step in &steps {
            twins.play(step)?;
            prop_assert_eq!(twins.messages.counts(twins.now), twins.counts());
            let due = twins.list.values().map(|entry| entry.due);
            let next = due.filter(|due| *due > twins.messages.promoted).min();
            prop_assert_eq!(twins.messages.next_due(), next);
        }
    }
}
