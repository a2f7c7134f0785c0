//! Every crash point of a short story: the machine dies in each change that its disk is asked for,
//! and again in each change of the starts that follow some of these deaths.
//!
//! Random crashes visit the common places again and again. Told once for every change, no place is
//! left out: not the second rename of a checkpoint, nor the sync of a directory.

use tidemill_sim::run_crashing_at;

/// Its 300 steps hold some two hundred operations of clients, and checkpoints; its first machine
/// has three shards.
const SEED: u64 = 21;
/// Of every so many deaths, the start after one dies everywhere too.
const RESTARTS: u64 = 40;

#[test]
fn no_crash_point_of_a_short_story_breaks_a_promise() {
    let whole = run_crashing_at(SEED, &[]);
    assert_eq!(whole.violations, []);
    assert!(whole.operations > 150 && whole.disk_operations > 200, "too little happens: {whole:?}");
    let told: Vec<(u64, Vec<String>)> = std::thread::scope(|scope| {
        let tell = |first| (first..=whole.disk_operations).step_by(2).map(tell_from);
        let threads: Vec<_> =
            [1, 2].map(|first| scope.spawn(move || tell(first).collect::<Vec<_>>())).into();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("a story that panics fails the test"))
            .collect()
    });
    let restarts: u64 = told.iter().map(|(restarts, _)| restarts).sum();
    assert!(restarts > 30, "too few starts died: {restarts}");
    let broken: Vec<String> = told.into_iter().flat_map(|(_, broken)| broken).collect();
    assert_eq!(broken, Vec::<String>::new());
}

/// Dies in change `first`; says in how many changes of the start after it the machine then died
/// too, and what was wrong.
fn tell_from(first: u64) -> (u64, Vec<String>) {
    let report = run_crashing_at(SEED, &[first]);
    let restarts = if first.is_multiple_of(RESTARTS) { report.restart_operations } else { 0 };
    let of_restarts = (1..=restarts).map(|second| vec![first, second]).map(|deaths| {
        let report = run_crashing_at(SEED, &deaths);
        (deaths, report)
    });
    let broken = std::iter::once((vec![first], report)).chain(of_restarts);
    let broken = broken.filter_map(|(deaths, report)| {
        let violation = report.violations.first()?;
        Some(format!("dying in change {deaths:?}: {violation}"))
    });
    (restarts, broken.collect())
}
