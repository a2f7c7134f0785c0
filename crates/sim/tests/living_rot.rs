//! Rot that a living machine reads is an end of the process, never another answer.

use tidemill_sim::{Bug, Invariant, run_with_living_rot};

const SEEDS: u64 = 24;

#[test]
fn what_rots_while_the_machine_lives_is_never_another_answer() {
    let mut noticed = 0;
    for seed in 0..SEEDS {
        let story = run_with_living_rot(seed, None);
        assert_eq!(story.violations, [], "seed {seed}: {:?}", story.rotten);
        assert!(story.rotten.is_some(), "seed {seed} has no file that could rot");
        noticed += u64::from(story.is_noticed);
    }
    assert!(noticed >= 3, "{noticed} of {SEEDS} machines read what had rotted");
}

#[test]
fn rot_that_is_read_all_the_same_comes_back_changed() {
    let found = (0..SEEDS).any(|seed| {
        let story = run_with_living_rot(seed, Some(Bug::RotRead));
        story.violations.iter().any(|found| found.invariant == Invariant::I2WholeOrAbsent)
    });
    assert!(found, "{SEEDS} seeds did not notice");
}
