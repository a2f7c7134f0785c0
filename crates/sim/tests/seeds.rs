//! Stories of seeds: no promise is broken, and a seed tells the same story every time.

/// Seeds that every run of the tests goes through. More are a matter of time, not of code:
/// `cargo run -p tidemill-sim -- FIRST COUNT`.
const SEEDS: u64 = 200;

#[test]
fn no_seed_breaks_a_promise_and_each_tells_its_story_twice_the_same() {
    let workers = 2;
    let broken: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..workers)
            .map(|worker| {
                scope.spawn(move || (worker..SEEDS).step_by(2).map(tell_twice).collect::<String>())
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("a story that panics fails the test"))
            .collect()
    });
    let broken = broken.concat();
    assert!(broken.is_empty(), "{broken}");
}

/// What is wrong with a seed; empty when nothing is.
fn tell_twice(seed: u64) -> String {
    let first = tidemill_sim::run(seed, None);
    let second = tidemill_sim::run(seed, None);
    let mut wrong: Vec<String> = first.violations.iter().map(ToString::to_string).collect();
    if first != second {
        wrong.push("two different stories: something is not deterministic".to_owned());
    }
    let again = format!("    again: cargo run -p tidemill-sim -- {seed}\n");
    wrong.into_iter().map(|what| format!("{what}\n{again}")).collect()
}

/// About half the seeds live on a disk where that is the faster way; trying it alone makes fewer
/// than twenty such writes.
#[test]
fn stories_are_told_of_logs_that_write_directly_too() {
    let direct: Vec<u64> = (0..8).map(|seed| tidemill_sim::run(seed, None).direct_writes).collect();
    let (many, few) = direct.iter().partition::<Vec<u64>, _>(|writes| **writes > 20);
    assert!(many.len() >= 2 && few.len() >= 2, "{direct:?}");
}
