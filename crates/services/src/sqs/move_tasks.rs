//! Message move tasks: what `StartMessageMoveTask` set in motion on a dead-letter queue.
//!
//! # Invariants
//!
//! - A task moves what was visible in the queue when it was started, in order, at its own pace;
//!   messages sent later stay. At most one task of a queue is running.
//! - Each task is a row, so it goes on after a restart where it stopped.

use super::state::{MOVE_TASKS, queue_row_key};
use super::{Edit, Error, RedriveFilter};
use kernel::rows::scan_prefix;
use kernel::{Arn, Millis, Rows, Timestamp, Turn, Uuid, codec};
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;
use tidemill_kernel as kernel;

/// Finished tasks are kept for `ListMessageMoveTasks`, this many of them.
const KEPT_MAX: usize = 10;
/// Messages one tick moves, and how long an unlimited task rests between two ticks.
pub(super) const STEP_MESSAGES_MAX: u64 = 50;
/// Messages one tick looks at for those that a filter lets through.
pub(super) const STEP_LOOKS_MAX: u64 = 200;
/// Bytes of bodies that one tick edits: the step ends with the message that passes it.
pub(super) const STEP_EDITED_BYTES_MAX: u64 = 1 << 20;
const STEP_REST_MS: u64 = 5;
/// A task that is not done by then has failed.
const RUN_MAX: Millis = Millis::from_seconds(36 * 3600);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum MoveTaskStatus {
    #[n(0)]
    Running,
    #[n(1)]
    Completed,
    #[n(2)]
    Cancelled,
    #[n(3)]
    Failed,
}

impl MoveTaskStatus {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            MoveTaskStatus::Running => "RUNNING",
            MoveTaskStatus::Completed => "COMPLETED",
            MoveTaskStatus::Cancelled => "CANCELLED",
            MoveTaskStatus::Failed => "FAILED",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct MoveTask {
    #[n(0)]
    pub id: Uuid,
    #[n(1)]
    pub status: MoveTaskStatus,
    /// `None`: each message goes back to the queue it was dead-lettered from.
    #[n(2)]
    pub destination: Option<Arn>,
    #[n(3)]
    pub messages_per_second_max: Option<u32>,
    #[n(4)]
    pub started: Timestamp,
    #[n(5)]
    pub moved: u64,
    #[n(6)]
    pub to_move: u64,
    #[n(7)]
    pub failure_reason: Option<String>,
    /// The next sequence to look at, and the first one not to.
    #[n(8)]
    pub(super) cursor: u64,
    #[n(9)]
    pub(super) end: u64,
    /// Messages taken so far, whatever became of them: what the pace is measured by.
    #[n(10)]
    pub(super) taken: u64,
    #[n(11)]
    pub(super) next_step: Timestamp,
    /// Which messages it moves; `None` for all.
    #[n(12)]
    pub filter: Option<RedriveFilter>,
    /// Messages that the filter left where they are.
    #[n(13)]
    #[cbor(default)]
    pub skipped: u64,
    /// What is changed of each message on its way. One that the edit does not fit stays, and the
    /// task says so at its end.
    #[n(14)]
    pub edit: Option<Edit>,
    /// Who asked for an edit.
    #[n(15)]
    pub access_key_id: Option<String>,
}

impl MoveTask {
    /// How many messages may be taken at `now`.
    pub(super) fn allowance(&self, now: Timestamp) -> u64 {
        let earned = match self.messages_per_second_max {
            Some(rate) => {
                let elapsed_ms = now.since(self.started).0;
                let earned = elapsed_ms.saturating_mul(u64::from(rate)) / 1000 + 1;
                earned.saturating_sub(self.taken)
            }
            None => STEP_MESSAGES_MAX,
        };
        earned.min(STEP_MESSAGES_MAX)
    }

    /// Ends a task that has run for too long; says whether it has.
    pub(super) fn time_out(&mut self, now: Timestamp) -> bool {
        let is_over = now.since(self.started) >= RUN_MAX;
        if is_over {
            self.failure_reason = Some("The task ran for its maximum of 36 hours.".to_owned());
            self.status = MoveTaskStatus::Failed;
        }
        is_over
    }

    /// Ends the task: nothing it was started for is left.
    pub(super) fn finish(&mut self) {
        self.status = match self.failure_reason {
            Some(_) => MoveTaskStatus::Failed,
            None => MoveTaskStatus::Completed,
        };
    }

    /// Sets when the next step is due, now that some have been taken.
    pub(super) fn rest(&mut self, now: Timestamp) {
        let at_pace = self.messages_per_second_max.map(|rate| {
            let ms = self.taken.saturating_mul(1000).div_ceil(u64::from(rate));
            Timestamp(self.started.0.saturating_add(ms))
        });
        let rested = Timestamp(now.0.saturating_add(STEP_REST_MS));
        self.next_step = at_pace.map_or(rested, |at_pace| at_pace.max(rested));
    }
}

/// The tasks of one queue, by the position they were started at.
#[derive(Debug)]
pub(super) struct MoveTasks {
    queue: u64,
    tasks: BTreeMap<u64, MoveTask>,
}

impl MoveTasks {
    pub(super) fn new(queue: u64) -> MoveTasks {
        MoveTasks { queue, tasks: BTreeMap::new() }
    }

    pub(super) fn load(queue: u64, rows: &dyn Rows) -> MoveTasks {
        let tasks = scan_prefix(rows, MOVE_TASKS, &queue.to_be_bytes(), None, usize::MAX)
            .into_iter()
            .map(|(key, value)| {
                let (_, position) = key.split_last_chunk().expect("a task's key ends in 8 bytes");
                (u64::from_be_bytes(*position), codec::from_bytes(&value))
            })
            .collect();
        MoveTasks { queue, tasks }
    }

    pub(super) fn start(&mut self, turn: &mut Turn<'_>, task: MoveTask) -> Result<(), Error> {
        if self.running().is_some() {
            return Err(Error::UnsupportedOperation {
                reason: "There is already a task running. Only one active task is allowed for a \
                         source queue arn at a given time."
                    .to_owned(),
            });
        }
        self.put(turn, turn.at.position.0, task);
        while self.tasks.len() > KEPT_MAX
            && let Some((position, _)) = self.tasks.pop_first()
        {
            turn.delete(MOVE_TASKS, &queue_row_key(self.queue, &position.to_be_bytes()));
        }
        Ok(())
    }

    pub(super) fn put(&mut self, turn: &mut Turn<'_>, position: u64, task: MoveTask) {
        let key = queue_row_key(self.queue, &position.to_be_bytes());
        turn.put(MOVE_TASKS, &key, codec::to_bytes(&task));
        self.tasks.insert(position, task);
    }

    pub(super) fn running(&self) -> Option<(u64, &MoveTask)> {
        self.tasks
            .iter()
            .map(|(position, task)| (*position, task))
            .find(|(_, task)| task.status == MoveTaskStatus::Running)
    }

    pub(super) fn find(&self, id: Uuid) -> Option<(u64, &MoveTask)> {
        self.tasks.iter().map(|(position, task)| (*position, task)).find(|(_, task)| task.id == id)
    }

    /// The latest task, whether or not it is still running.
    pub(super) fn latest(&self) -> Option<(u64, &MoveTask)> {
        self.tasks.last_key_value().map(|(position, task)| (*position, task))
    }

    /// Newest first.
    pub(super) fn list(&self, limit: usize) -> Vec<MoveTask> {
        self.tasks.values().rev().take(limit).cloned().collect()
    }

    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.running().map(|(_, task)| task.next_step)
    }
}
