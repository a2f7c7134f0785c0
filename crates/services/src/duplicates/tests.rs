//! Windows, buckets and restarts of deduplication, against a plain list of ids.

use super::*;
use kernel::{At, Facts, MemoryBodies, MemoryRows, PartitionId, Position, Secret};
use proptest::prelude::*;

static TABLES: Tables = Tables {
    pages: Table(2),
    old: Table(1),
    read_old: |row| {
        let (expires, sequence) = row.split_first_chunk().unwrap();
        (Timestamp(u64::from_be_bytes(*expires)), sequence[0].into())
    },
};

const WINDOW: u64 = 300_000;

/// The ids of one owner, with rows under them.
struct Bench {
    rows: MemoryRows,
    bodies: MemoryBodies,
    duplicates: Duplicates,
}

impl Bench {
    fn new() -> Bench {
        let rows = MemoryRows::default();
        let duplicates = Duplicates::new(&TABLES, 3);
        Bench { rows, bodies: MemoryBodies::default(), duplicates }
    }

    fn turn(&mut self, now: u64, act: impl FnOnce(&mut Duplicates, &mut Turn<'_>)) {
        let at = At {
            now: Timestamp(now),
            partition: PartitionId(0),
            position: Position(1),
            secret: Secret([7; 32]),
        };
        let facts = Facts::default();
        let turn = &mut Turn::new(at, &facts, &mut self.rows, &mut self.bodies);
        act(&mut self.duplicates, turn);
    }

    fn get(&self, id: u64, now: u64) -> Option<u64> {
        self.duplicates.get(&self.rows, &key(id), Timestamp(now))
    }

    fn insert(&mut self, id: u64, now: u64, window: u64, sequence: u64) {
        self.turn(now, |duplicates, turn| {
            duplicates.insert(turn, &key(id), Timestamp(now + window), sequence);
        });
    }

    /// What a tick does.
    fn expire(&mut self, now: u64) {
        self.turn(now, |duplicates, turn| {
            while duplicates.next_due().is_some_and(|due| due <= turn.now()) {
                assert!(duplicates.expire(turn) > 0);
            }
        });
    }

    fn restart(&mut self) {
        self.duplicates.freeze(&mut self.rows);
        self.duplicates = Duplicates::load(&TABLES, 3, &self.rows);
    }
}

fn key(id: u64) -> Key {
    Secret([1; 32]).mac("test", &id.to_le_bytes())
}

#[test]
fn a_hundred_thousand_ids_are_found_after_a_restart_and_cost_little_memory() {
    const IDS: u64 = 100_000;
    let mut bench = Bench::new();
    for id in 0..IDS {
        bench.insert(id, id * 3, WINDOW, id);
    }
    let now = IDS * 3 - 1;
    for restarts in [false, true] {
        if restarts {
            bench.restart();
        }
        let buckets = &bench.duplicates.buckets;
        assert!(buckets.len() > 30, "{} buckets", buckets.len());
        assert!(buckets.values().all(|bucket| bucket.open.len() < PAGE_ENTRIES));
        let bytes = bench.duplicates.index.bytes() as u64;
        assert!(bytes <= 24 * IDS, "{bytes} bytes for {IDS}");
        for id in 0..IDS {
            assert_eq!(bench.get(id, now), Some(id));
        }
        assert_eq!(bench.get(IDS, now), None);
    }
    bench.expire(700_000);
    assert_eq!(bench.duplicates.next_due(), None);
    assert_eq!(bench.duplicates.index.words(), 0);
    assert_eq!(bench.rows, MemoryRows::default());
}

/// The last millisecond of five minutes counts, the next one does not, wherever the id lies: among
/// the open ones, in a page, before or after a restart, and whether or not a tick came by.
#[test]
fn an_id_counts_for_exactly_its_window() {
    for (ids, first) in [(1, 17), (1, 0), (PAGE_ENTRIES as u64, 17), (5000, 9_999)] {
        for window in [1000, WINDOW, WINDOW + 1, 86_400_000] {
            let mut bench = Bench::new();
            for id in 0..ids {
                bench.insert(id, first, window, id + 1);
            }
            for restarts in [false, true] {
                if restarts {
                    bench.restart();
                }
                for id in [0, ids / 2, ids - 1] {
                    let at = |now| bench.get(id, now);
                    assert_eq!(at(first), Some(id + 1), "{ids} ids, {window} ms");
                    assert_eq!(at(first + window - 1), Some(id + 1), "{ids} ids, {window} ms");
                    assert_eq!(at(first + window), None, "{ids} ids, {window} ms");
                    assert_eq!(at(first + window + 1), None, "{ids} ids, {window} ms");
                }
            }
            bench.expire(first + window - 1);
            assert_eq!(bench.get(0, first + window - 1), Some(1), "a tick came too early");
            // Sent again a moment later, it counts anew, beside what is not forgotten yet.
            bench.insert(0, first + window, window, 99);
            assert_eq!(bench.get(0, first + window), Some(99));
            bench.expire(first + 2 * window - 1);
            assert_eq!(bench.get(0, first + 2 * window - 1), Some(99));
            assert_eq!(bench.get(0, first + 2 * window), None);
        }
    }
}

/// Another's ids are never an owner's own.
#[test]
fn owners_share_a_table_and_nothing_else() {
    let mut bench = Bench::new();
    bench.insert(1, 0, WINDOW, 7);
    bench.duplicates.freeze(&mut bench.rows);
    for owner in [2, 4] {
        let other = Duplicates::load(&TABLES, owner, &bench.rows);
        assert_eq!(other.get(&bench.rows, &key(1), Timestamp(1)), None);
        assert_eq!(other.next_due(), None);
    }
}

#[test]
fn ids_from_before_there_were_pages_still_count() {
    // More of them than a page holds: they are the open ones of their bucket.
    const IDS: u64 = 5000;
    let mut bench = Bench::new();
    let old = [&310_000u64.to_be_bytes()[..], &[7]].concat();
    for id in 0..IDS {
        let row_key = [&3u64.to_be_bytes()[..], &key(id)].concat();
        bench.rows.put(TABLES.old, &row_key, old.clone().into());
    }
    bench.duplicates = Duplicates::load(&TABLES, 3, &bench.rows);
    for _ in 0..2 {
        for id in 0..IDS {
            assert_eq!(bench.get(id, 309_999), Some(7));
            assert_eq!(bench.get(id, 310_000), None);
        }
        bench.restart();
        assert_eq!(bench.rows.iter().count(), 1);
    }
    bench.insert(IDS, 10_000, WINDOW, 8);
    bench.restart();
    assert_eq!(bench.get(0, 309_999), Some(7));
    assert_eq!(bench.get(IDS, 309_999), Some(8));
    bench.expire(310_000);
    assert_eq!(bench.rows, MemoryRows::default());
}

/// The rows of a page are for ever: ids in order, each with its sequence and when it expires.
#[test]
fn a_page_is_written_as_it_always_was() {
    let mut bench = Bench::new();
    for id in 1..=2 {
        bench.insert(id, id, WINDOW, id);
    }
    bench.duplicates.freeze(&mut bench.rows);
    let hex = kernel::hex::encode;
    let shown: Vec<String> = bench
        .rows
        .iter()
        .map(|(table, key, row)| {
            let entries: Vec<String> = row.chunks(ENTRY_BYTES).map(hex).collect();
            format!("{} {}\n{}\n", table.0, hex(key), entries.join("\n"))
        })
        .collect();
    expect_test::expect![[r#"
        2 0000000000000003000000000004baf0ffffffff
        523d84689d97aa69b58ab87b24ce1b36000000000000000100000000000493e1
        bcf89b113defb90dd12b2d9f6175d1c8000000000000000200000000000493e2
    "#]]
    .assert_eq(&shown.concat());
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 16,
        failure_persistence: None,
        ..Default::default()
    })]

    /// Against a list, with pages of a few thousand ids reached by repetition; and a twin that
    /// restarts now and then says the same and leaves the same rows.
    #[test]
    fn random_ids_agree_with_a_list(
        steps in prop::collection::vec(
            (0..40_000u64, 0..3000u64, 1..400u64, any::<bool>(), 0..8u8), 1..60),
    ) {
        let (mut steady, mut twin) = (Bench::new(), Bench::new());
        let mut list: BTreeMap<u64, (u64, u64)> = BTreeMap::new();
        let (mut now, mut sequence) = (1_000_000, 0);
        for (first, pass, window_seconds, restarts, pause) in steps {
            // Mostly a moment passes, seldom the better part of a window.
            now += if pause == 0 { 100 * pass } else { pass };
            for id in first..first + 700 {
                let known = list.get(&id).filter(|(_, expires)| *expires > now);
                let known = known.map(|(sequence, _)| *sequence);
                prop_assert_eq!(steady.get(id, now), known);
                prop_assert_eq!(twin.get(id, now), known);
                if known.is_none() {
                    sequence += 1;
                    let window = window_seconds * 1000;
                    list.insert(id, (sequence, now + window));
                    steady.insert(id, now, window, sequence);
                    twin.insert(id, now, window, sequence);
                }
            }
            steady.expire(now);
            twin.expire(now);
            if restarts {
                twin.restart();
            }
            prop_assert_eq!(steady.duplicates.next_due(), twin.duplicates.next_due());
        }
        steady.duplicates.freeze(&mut steady.rows);
        twin.duplicates.freeze(&mut twin.rows);
        prop_assert_eq!(steady.rows, twin.rows);
    }
}
