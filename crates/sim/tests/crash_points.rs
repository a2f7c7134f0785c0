//! Every crash point of a short story: the machine dies in each change that its disk is asked for.
//!
//! Random crashes visit the common places again and again. Told once for every change, no place is
//! left out: not the second rename of a checkpoint, nor the sync of a directory.

/// Its 300 steps hold some two hundred operations of clients, and checkpoints.
const SEED: u64 = 11;

#[test]
fn no_crash_point_of_a_short_story_breaks_a_promise() {
    let whole = tidemill_sim::run_crashing_at(SEED, None);
    assert_eq!(whole.violations, []);
    assert!(whole.operations > 150 && whole.disk_operations > 200, "too little happens: {whole:?}");
    let broken: Vec<String> = std::thread::scope(|scope| {
        let tell = |first| {
            (first..=whole.disk_operations).step_by(2).filter_map(|operation| {
                let report = tidemill_sim::run_crashing_at(SEED, Some(operation));
                let first = report.violations.first()?;
                Some(format!("dying in change {operation}: {first}"))
            })
        };
        let threads: Vec<_> =
            [1, 2].map(|first| scope.spawn(move || tell(first).collect::<Vec<_>>())).into();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("a story that panics fails the test"))
            .collect()
    });
    assert_eq!(broken, Vec::<String>::new());
}
