//! A deep queue answers as a shallow one does, and costs little memory.

use super::super::chunk::CHUNK_ENTRIES;
use super::*;
use kernel::MemoryRows;
use proptest::prelude::*;

const START: Timestamp = Timestamp(1_700_000_000_000);
const RETENTION: Millis = Millis::from_seconds(3600);
const CHUNK: u64 = CHUNK_ENTRIES as u64;

fn filled(count: u64) -> Messages {
    let mut messages = Messages::standard(7);
    for n in 0..count {
        messages.promote(Timestamp(START.0 + n / 100));
        messages.push(Entry::new(messages.promoted, messages.promoted, 0));
    }
    messages
}

pub(super) fn reload(rows: &MemoryRows, counters: &Counters) -> Messages {
    let mut loaded = Messages::standard(7);
    let chunks = kernel::rows::scan_prefix(rows, CHUNKS, &7_u64.to_be_bytes(), None, usize::MAX);
    let first = |key: &[u8]| u64::from_be_bytes(*key.last_chunk().unwrap());
    loaded.restore(counters.clone(), chunks.into_iter().map(|(key, row)| (first(&key), row)));
    loaded
}

#[test]
fn a_backlog_costs_memory_only_for_the_chunk_that_is_being_filled() {
    let mut rows = MemoryRows::default();
    let mut messages = filled(100 * CHUNK + 1);
    let open_bytes = 2 * CHUNK_ENTRIES * super::super::chunk::ENTRY_BYTES;
    assert!(messages.page_bytes() < 100 * 5 * CHUNK_ENTRIES / 4 + open_bytes);
    messages.freeze(&mut rows);
    assert!(messages.page_bytes() < open_bytes);
    let mut loaded = reload(&rows, &messages.counters);
    assert!(loaded.page_bytes() < open_bytes);
    assert_eq!(loaded.counts(messages.promoted), messages.counts(messages.promoted));
    for _ in 0..3 {
        let (sequence, entry) = loaded.next_standard(&rows).unwrap();
        assert_eq!(messages.next_standard(&rows), Some((sequence, entry)));
        for messages in [&mut loaded, &mut messages] {
            messages.note_pick(sequence, entry);
            messages.remove(sequence, entry);
        }
    }
    let (last, entry) = loaded.live_from(&rows, 50 * CHUNK).last().unwrap();
    assert_eq!((last, entry.sent), (100 * CHUNK + 1, messages.promoted));
    assert!(loaded.page_bytes() < 2 * open_bytes, "a look leaves no trace");
}

#[derive(Clone, Debug)]
enum Step {
    Push { count: u64, group: u64, priority: u8, delay: u64 },
    Take { count: u64, seconds: u64 },
    Remove { nth: usize },
    Move { from: u64 },
    Expire,
    Pass { ms: u64 },
    Freeze,
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (1..3 * CHUNK, 0..3_u64, 0..20_u8, 0..4_u64).prop_map(|(count, group, of_20, of_4)| {
            Step::Push { count, group, priority: of_20 / 19, delay: of_4 / 3 * 2000 }
        }),
        3 => (1..20_u64, 0..9_u64).prop_map(|(count, seconds)| Step::Take { count, seconds }),
        3 => any::<usize>().prop_map(|nth| Step::Remove { nth }),
        1 => (1..6 * CHUNK).prop_map(|from| Step::Move { from }),
        1 => Just(Step::Expire),
        2 => prop_oneof![1..3000_u64, Just(3_599_000)].prop_map(|ms| Step::Pass { ms }),
        3 => Just(Step::Freeze),
        1 => Just(Step::Restart),
    ];
    prop::collection::vec(step, 1..40)
}

/// What one step says to whoever asked.
fn play(
    messages: &mut Messages,
    rows: &dyn Rows,
    received: &mut Vec<(u64, u32)>,
    step: &Step,
    now: Timestamp,
) -> Vec<(u64, Entry)> {
    messages.promote(now);
    match *step {
        Step::Push { count, group, priority, delay } => {
            let entry = Entry::new(now, now.plus(Millis(delay)), group);
            let entry = Entry { priority, ..entry };
            (0..count).map(|_| (messages.push(entry), entry)).collect()
        }
        Step::Take { count, seconds } => {
            let mut taken = Vec::new();
            for _ in 0..count {
                let Some((sequence, entry)) = messages.next_standard(rows) else { break };
                messages.note_pick(sequence, entry);
                messages.note_processed(entry, now);
                let out = Entry {
                    due: now.plus(Millis(1 + seconds * 1000)),
                    first_receive: entry.first_receive.or(Some(now)),
                    last_receive: now,
                    receive_count: entry.receive_count + 1,
                    ..entry
                };
                messages.update(sequence, entry, out);
                received.push((sequence, out.receive_count));
                taken.push((sequence, out));
            }
            messages.review_tenants(now);
            taken
        }
        Step::Remove { nth } => {
            if received.is_empty() {
                return Vec::new();
            }
            let (sequence, count) = received.swap_remove(nth % received.len());
            let entry = messages.get(rows, sequence);
            let entry = entry.filter(|entry| entry.receive_count == count);
            if let Some(entry) = entry {
                messages.note_processed(entry, now);
                messages.remove(sequence, entry);
            }
            entry.map(|entry| (sequence, entry)).into_iter().collect()
        }
        Step::Move { from } => {
            let found = messages.next_live(rows, from).filter(|(_, entry)| entry.due <= now);
            if let Some((sequence, entry)) = found {
                messages.remove(sequence, entry);
            }
            found.into_iter().collect()
        }
        Step::Expire => {
            let expired = messages.expired(rows, now, RETENTION, 1000);
            for (sequence, entry) in &expired {
                messages.remove(*sequence, *entry);
            }
            expired
        }
        Step::Pass { .. } | Step::Freeze | Step::Restart => Vec::new(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24,
        failure_persistence: None,
        ..Default::default()
    })]

    /// What is cold, packed or open is nobody's business: one queue is never frozen, its twin
    /// often, and both say the same.
    #[test]
    fn a_queue_that_is_often_frozen_answers_as_one_that_never_is(steps in steps()) {
        let (mut steady, mut twin) = (Messages::standard(7), Messages::standard(7));
        let (mut rows, mut all_rows) = (MemoryRows::default(), MemoryRows::default());
        let (mut received, mut twins_received) = (Vec::new(), Vec::new());
        let mut now = START;
        for step in &steps {
            if let Step::Pass { ms } = step {
                now.0 += ms;
            }
            if matches!(step, Step::Freeze | Step::Restart) {
                twin.freeze(&mut rows);
            }
            if let Step::Restart = step {
                twin = reload(&rows, &twin.counters);
                twin.promote(now);
            }
            let said = play(&mut steady, &all_rows, &mut received, step, now);
            prop_assert_eq!(said, play(&mut twin, &rows, &mut twins_received, step, now));
            prop_assert_eq!(steady.counts(now), twin.counts(now));
        }
        let live = twin.live_from(&rows, 0).collect::<Vec<_>>();
        prop_assert_eq!(steady.live_from(&all_rows, 0).collect::<Vec<_>>(), live);
        steady.freeze(&mut all_rows);
        twin.freeze(&mut rows);
        prop_assert_eq!(all_rows, rows);
        prop_assert_eq!(&steady.counters, &twin.counters);
    }
}
