//! The simulator itself is tested: for each promise, a bug put in on purpose must be found.

use tidemill_sim::{Bug, Invariant, Workload};

/// A bug that takes longer to find than this hides from the seeds that every test run tells.
const SEEDS: u64 = 200;

fn check(bug: Bug, breaks: Invariant) {
    let found = (0..SEEDS).find(|seed| {
        let report = tidemill_sim::run(*seed, Some(bug));
        report.violations.iter().any(|violation| violation.invariant == breaks)
    });
    assert!(found.is_some(), "{bug:?} should break {breaks:?}, and {SEEDS} seeds did not notice");
}

#[test]
fn a_skipped_sync_loses_what_was_acknowledged() {
    check(Bug::SyncSkipped, Invariant::I1AcknowledgedIsKept);
}

#[test]
fn a_reply_sent_before_the_sync_promises_too_much() {
    check(Bug::ReplySentEarly, Invariant::I1AcknowledgedIsKept);
}

#[test]
fn a_changed_byte_is_no_whole_message() {
    check(Bug::BodyChanged, Invariant::I2WholeOrAbsent);
}

#[test]
fn a_delete_that_is_only_answered_brings_the_message_back() {
    check(Bug::DeleteLost, Invariant::I3DeletedStaysDeleted);
}

#[test]
fn a_clock_that_runs_ahead_shows_what_is_hidden() {
    check(Bug::ClockRunsAhead, Invariant::I4HiddenStaysHidden);
}

#[test]
fn a_clock_that_runs_ahead_shows_what_is_delayed() {
    check(Bug::ClockRunsAhead, Invariant::I11TimersFireInTime);
}

#[test]
fn retention_that_is_forgotten_hands_out_what_is_over() {
    check(Bug::RetentionForgotten, Invariant::I11TimersFireInTime);
}

#[test]
fn a_send_that_is_only_answered_is_missing_from_the_counts() {
    check(Bug::SendLost, Invariant::I7NothingUnaccounted);
}

#[test]
fn a_duplicate_that_is_taken_comes_too() {
    check(Bug::DuplicateTaken, Invariant::I5GroupsKeepOrder);
}

#[test]
fn swapped_sends_are_out_of_order() {
    check(Bug::SendsSwapped, Invariant::I5GroupsKeepOrder);
}

#[test]
fn a_delivery_made_twice_is_found_twice() {
    check(Bug::DeliveryRepeated, Invariant::I6CountsAreExact);
}

#[test]
fn a_delivery_never_made_is_missing_from_the_counts() {
    check(Bug::DeliveryLost, Invariant::I7NothingUnaccounted);
}

#[test]
fn a_notice_never_made_leaves_an_object_unannounced() {
    check(Bug::DeliveryLost, Invariant::I9VisibleIsAnnounced);
}

#[test]
fn a_copy_made_twice_reaches_a_subscription_twice() {
    check(Bug::DeliveryRepeated, Invariant::PublishedReachesEach);
}

#[test]
fn a_copy_never_made_misses_a_subscription() {
    check(Bug::DeliveryLost, Invariant::PublishedReachesEach);
}

#[test]
fn swapped_publishes_are_out_of_order() {
    check(Bug::PublishesSwapped, Invariant::I5GroupsKeepOrder);
}

#[test]
fn a_subscription_whose_end_is_only_answered_goes_on() {
    check(Bug::UnsubscribeLost, Invariant::PublishedReachesEach);
}

#[test]
fn a_filter_that_is_ignored_keeps_nothing_back() {
    check(Bug::FilterIgnored, Invariant::PublishedReachesEach);
}

#[test]
fn a_post_forgotten_in_a_crash_never_arrives() {
    check(Bug::PostForgotten, Invariant::PublishedReachesEach);
}

#[test]
fn an_end_that_is_only_answered_brings_the_run_back() {
    check(Bug::CompletionLost, Invariant::I10CompletedOnce);
}

#[test]
fn a_straggler_that_counts_ends_another_attempt() {
    check(Bug::StragglerCounted, Invariant::I10CompletedOnce);
}

#[test]
fn a_run_forgotten_in_a_crash_never_ends() {
    check(Bug::RunForgotten, Invariant::I10CompletedOnce);
}

#[test]
fn a_blob_swept_before_its_checkpoint_is_missed_by_an_object() {
    check(Bug::SweptEarly, Invariant::I1AcknowledgedIsKept);
}

#[test]
fn a_blob_that_is_only_said_to_be_gone_is_a_leak() {
    check(Bug::BlobLeaked, Invariant::I14NothingLeaks);
}

#[test]
fn a_dropped_timer_leaves_a_long_poll_waiting() {
    check(Bug::TimerDropped, Invariant::I11TimersFireInTime);
}

#[test]
fn a_delivery_made_twice_is_one_more_than_was_sent() {
    check(Bug::DeliveryRepeated, Invariant::I8DeliveredOnceInOrder);
}

#[test]
fn a_replay_at_another_time_makes_another_state() {
    check(Bug::ReplayDiffers, Invariant::I12StateIsTheLogs);
}

#[test]
fn a_start_that_lives_on_with_another_state_is_not_what_the_whole_log_makes() {
    check(Bug::RestartDiffers, Invariant::I12StateIsTheLogs);
}

#[test]
fn a_round_that_nobody_calls_durable_leaves_deliveries_under_way() {
    check(Bug::WatermarkLost, Invariant::I13EverythingDrains);
}

#[test]
fn a_file_that_is_only_said_to_be_removed_is_a_leak() {
    check(Bug::FileKept, Invariant::I14NothingLeaks);
}

#[test]
fn a_log_that_never_gives_back_is_a_leak() {
    check(Bug::LogKept, Invariant::I14NothingLeaks);
}

#[test]
fn a_clock_that_somebody_sets_moves_all_deadlines() {
    check(Bug::ClockSet, Invariant::I11TimersFireInTime);
}

#[test]
fn rot_that_no_checksum_holds_is_another_answer() {
    check(Bug::RotServed, Invariant::RotIsNoticed);
}

#[test]
fn a_delivery_that_overtakes_its_cause_leaves_a_stranger_behind() {
    check(Bug::DeliveredEarly, Invariant::I8DeliveredOnceInOrder);
}

#[test]
fn an_acknowledgement_that_overtakes_the_delivery_loses_it() {
    check(Bug::AcknowledgedEarly, Invariant::I8DeliveredOnceInOrder);
}

/// The same in short stories of one kind, which show it sooner.
fn check_in(workload: Workload, bug: Bug, breaks: Invariant) {
    let found = (0..SEEDS).find(|seed| {
        let report = tidemill_sim::run_planted(workload, *seed, bug);
        report.violations.iter().any(|violation| violation.invariant == breaks)
    });
    assert!(found.is_some(), "{bug:?} should break {breaks:?}, and {SEEDS} seeds did not notice");
}

#[test]
fn a_move_made_twice_is_found_twice() {
    check_in(Workload::Moves, Bug::DeliveryRepeated, Invariant::MovedOnce);
}

#[test]
fn a_move_never_made_loses_a_message() {
    check_in(Workload::Moves, Bug::DeliveryLost, Invariant::MovedOnce);
}

#[test]
fn a_move_task_without_its_pace_is_ahead_of_it() {
    check_in(Workload::Moves, Bug::PaceIgnored, Invariant::I11TimersFireInTime);
}

#[test]
fn a_move_task_that_is_only_said_to_be_cancelled_goes_on() {
    check_in(Workload::Moves, Bug::CancelLost, Invariant::MovedOnce);
}

#[test]
fn a_move_task_takes_nothing_that_came_behind_it() {
    check_in(Workload::Moves, Bug::MovedTooMuch, Invariant::MovedOnce);
}

#[test]
fn a_move_task_that_nobody_wakes_never_ends() {
    check_in(Workload::Moves, Bug::TimerDropped, Invariant::I13EverythingDrains);
}

#[test]
fn a_message_of_a_batch_that_is_only_answered_misses_its_subscriptions() {
    check_in(Workload::FanOut, Bug::EntryLost, Invariant::PublishedReachesEach);
}

#[test]
fn a_copy_for_a_function_that_is_forgotten_in_a_crash_is_never_read() {
    check_in(Workload::FanOut, Bug::RunForgotten, Invariant::PublishedReachesEach);
}
