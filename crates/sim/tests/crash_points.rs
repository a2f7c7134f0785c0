//! Every crash point of short stories: the machine dies in each change that its disk is asked for,
//! and in the longest of them again in each change of the starts that follow some of these deaths.
//!
//! Random crashes visit the common places again and again. Told once for every change, no place is
//! left out: not the second rename of a checkpoint, nor the sync of a directory. One story has
//! everything in it; the others are of one kind each, so that each kind meets each of its changes
//! with nothing else in the way. (Which sectors of a write that was not synced are kept, the seed
//! says: one pattern for each change.)

use tidemill_sim::{Reached, Report, Workload, run_crashing_at};

/// A story, and how it is told.
struct Story {
    workload: Workload,
    seed: u64,
    /// The start after every so many deaths dies everywhere too. With `None` no start does, nor
    /// the first, which is the same in every story.
    restarts_of: Option<u64>,
}

/// Tells the story once whole and once for every change of its disk.
fn check(story: &Story, is_enough: impl Fn(&Report) -> bool) {
    let Story { workload, seed, .. } = *story;
    let whole = run_crashing_at(workload, seed, &[]);
    assert_eq!(whole.violations, []);
    assert!(is_enough(&whole), "too little happens: {whole:?}");
    let start = if story.restarts_of.is_some() { 0 } else { whole.start_operations };
    let told: Vec<(u64, Vec<String>)> = std::thread::scope(|scope| {
        let tell = |first| {
            let deaths = (start + first..=whole.disk_operations).step_by(2);
            deaths.map(|death| tell_from(story, death)).collect::<Vec<_>>()
        };
        let threads: Vec<_> = [1, 2].map(|first| scope.spawn(move || tell(first))).into();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("a story that panics fails the test"))
            .collect()
    });
    assert_eq!(told.len() as u64, whole.disk_operations - start, "each change is died in");
    let restarts: u64 = told.iter().map(|(restarts, _)| restarts).sum();
    assert!(story.restarts_of.is_none() || restarts > 30, "too few starts died: {restarts}");
    let broken: Vec<String> = told.into_iter().flat_map(|(_, broken)| broken).collect();
    assert_eq!(broken, Vec::<String>::new());
}

/// Dies in change `first`; says in how many changes of the start after it the machine then died
/// too, and what was wrong.
fn tell_from(story: &Story, first: u64) -> (u64, Vec<String>) {
    let Story { workload, seed, restarts_of } = *story;
    let report = run_crashing_at(workload, seed, &[first]);
    assert_eq!(report.crashes, 2, "the story dies in change {first}, and at its end");
    let restarts = restarts_of.filter(|every| first.is_multiple_of(*every));
    let restarts = restarts.map_or(0, |_| report.restart_operations);
    let of_restarts = (1..=restarts).map(|second| vec![first, second]).map(|deaths| {
        let report = run_crashing_at(workload, seed, &deaths);
        (deaths, report)
    });
    let broken = std::iter::once((vec![first], report)).chain(of_restarts);
    let broken = broken.filter_map(|(deaths, report)| {
        let violation = report.violations.first()?;
        Some(format!("dying in change {deaths:?}: {violation}"))
    });
    (restarts, broken.collect())
}

/// Its 300 steps hold some two hundred operations of clients, and checkpoints; its first machine
/// has three shards.
#[test]
fn no_crash_point_of_a_short_story_breaks_a_promise() {
    let story = Story { workload: Workload::Everything, seed: 21, restarts_of: Some(50) };
    check(&story, |whole| whole.operations > 150 && whole.disk_operations > 200);
}

#[test]
fn no_crash_point_of_a_standard_queue_breaks_a_promise() {
    let story = Story { workload: Workload::Standard, seed: 3, restarts_of: None };
    check(&story, |whole| whole.operations > 100 && whole.disk_operations > 100);
}

#[test]
fn no_crash_point_of_a_fifo_queue_breaks_a_promise() {
    let story = Story { workload: Workload::Fifo, seed: 2, restarts_of: None };
    check(&story, |whole| whole.operations > 100 && whole.disk_operations > 100);
}

#[test]
fn no_crash_point_between_a_queue_and_its_dead_letters_breaks_a_promise() {
    let story = Story { workload: Workload::DeadLetters, seed: 2, restarts_of: None };
    check(&story, |whole| whole.reached.dead_letters > 2 && whole.disk_operations > 100);
}

#[test]
fn no_crash_point_of_a_fan_out_breaks_a_promise() {
    let story = Story { workload: Workload::FanOut, seed: 1, restarts_of: None };
    check(&story, |whole| whole.reached.copies > 30 && whole.disk_operations > 100);
}

#[test]
fn no_crash_point_of_a_move_task_breaks_a_promise() {
    let story = Story { workload: Workload::Moves, seed: 6, restarts_of: None };
    check(&story, |whole| whole.reached.moved > 10 && whole.disk_operations > 100);
}

/// More than a thousand copies of one message, told of a death on their way.
#[test]
fn one_publish_to_more_than_a_thousand_subscriptions_reaches_all_of_them() {
    const SIZE: usize = 1_100;
    let tell = |deaths: &[u64]| {
        let report = run_crashing_at(Workload::Crowd(SIZE), 3, deaths);
        assert_eq!(report.violations, [], "dying in {deaths:?}");
        report
    };
    let whole = tell(&[]);
    let Reached { copies, .. } = whole.reached;
    assert!(copies >= SIZE as u64, "too little happens: {whole:?}");
    let last = whole.disk_operations;
    tell(&[last - 1]);
}
