//! The queues of one partition, and the tables they are kept in.
//!
//! # Invariants
//!
//! - A queue's number is the log position that created it: unique in its partition for ever, so
//!   bodies, handles and rows of a deleted queue can never be taken for a later one's.
//! - Settings, groups, windows, tasks and tags are rows as soon as they change; chunks and
//!   counters become rows at a freeze, and between two freezes are what the log makes of them.
//! - Loading the rows of a freeze and applying the commands after it gives the state that was.

use super::Error;
use super::audit::Audits;
use super::groups::Groups;
use super::messages::{Counters, Messages};
use super::model::{COOL_DOWN_SECONDS, QueueKey};
use super::move_tasks::MoveTasks;
use super::queue::{Queue, Settings};
use super::scheduled;
use super::tally::Tally;
use super::trail::Trails;
use super::window::Window;
use crate::duplicates::{Duplicates, Tables};
use bytes::Bytes;
use kernel::rows::scan_prefix;
use kernel::{Millis, Rows, Table, Timestamp, Turn, codec};
use minicbor::{Decode, Encode};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use tidemill_kernel as kernel;

/// number → [`Settings`].
pub(super) const QUEUES: Table = Table(Table::SQS);
/// number → [`Counters`].
pub(super) const COUNTERS: Table = Table(Table::SQS + 1);
/// number, first sequence → page.
pub(super) const CHUNKS: Table = Table(Table::SQS + 2);
/// number, group → group id.
pub(super) const GROUPS: Table = Table(Table::SQS + 3);
/// number, hash → what was sent under a deduplication id: the form before [`DUPLICATES`].
pub(super) const DEDUPLICATION: Table = Table(Table::SQS + 4);
/// number, hash → what a receive attempt handed out.
pub(super) const ATTEMPTS: Table = Table(Table::SQS + 5);
/// number, position → [`super::move_tasks::MoveTask`].
pub(super) const MOVE_TASKS: Table = Table(Table::SQS + 6);
/// queue key → when it was deleted.
const DELETED: Table = Table(Table::SQS + 7);
/// number → [`Sweep`].
pub(super) const SWEEPS: Table = Table(Table::SQS + 8);
/// dead-letter queue's ARN, NUL, source's ARN → nothing.
pub(super) const SOURCES: Table = Table(Table::SQS + 9);
/// number, end of the bucket, page → deduplication ids; see [`crate::duplicates`].
pub(super) const DUPLICATES: Table = Table(Table::SQS + 10);
/// number, sequence → how receives of the message ended.
pub(super) const TRAILS: Table = Table(Table::SQS + 11);
/// number, generation, due, number → [`super::scheduled::Scheduled`].
pub(super) const SCHEDULED: Table = Table(Table::SQS + 12);
/// dead-letter queue's ARN, NUL, number → [`super::audit::Audit`].
pub(super) const AUDITS: Table = Table(Table::SQS + 13);
/// dead-letter queue's ARN → which of them there are.
pub(super) const AUDIT_ENDS: Table = Table(Table::SQS + 14);
/// register's ARN, NUL, ARN of a queue whose move task runs → nothing.
pub(super) const RUNNING_TASKS: Table = Table(Table::SQS + 15);

pub(super) static DUPLICATE_TABLES: Tables = Tables {
    pages: DUPLICATES,
    old: DEDUPLICATION,
    read_old: |row| {
        let OldDuplicate { expires, item: OldItem { sequence } } = codec::from_bytes(row);
        (expires, sequence)
    },
};

/// A row of [`DEDUPLICATION`].
#[derive(Encode, Decode)]
struct OldDuplicate {
    #[n(0)]
    expires: Timestamp,
    #[n(1)]
    item: OldItem,
}

#[derive(Encode, Decode)]
struct OldItem {
    #[n(0)]
    sequence: u64,
}

/// The key of a row that belongs to a queue.
pub(super) fn queue_row_key(queue: u64, rest: &[u8]) -> Vec<u8> {
    let mut key = Vec::with_capacity(8 + rest.len());
    key.extend_from_slice(&queue.to_be_bytes());
    key.extend_from_slice(rest);
    key
}

/// Rows that a purge or a delete left behind, for ticks to clear away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(super) enum Sweep {
    /// The groups numbered below this one, of a purged queue.
    #[n(0)]
    Groups(#[n(0)] u64),
    /// Everything of a deleted queue.
    #[n(1)]
    Queue,
    /// Scheduled messages of the generations below this one, of a purged queue.
    #[n(2)]
    Scheduled(#[n(0)] u64),
}

/// See [`crate::State`] for how the root uses it.
#[derive(Debug)]
pub struct State {
    queues: BTreeMap<u64, Queue>,
    numbers: BTreeMap<QueueKey, u64>,
    deleted: BTreeMap<QueueKey, Timestamp>,
    /// The same, in the order in which the names become free.
    by_deletion: BTreeSet<(Timestamp, QueueKey)>,
    pub(super) sweeps: BTreeMap<u64, Sweep>,
    pub(super) audits: Audits,
    /// Deleted queues of which rows may be left that only a freeze writes, until the next one.
    unfrozen: Vec<u64>,
    /// When each queue next needs a tick.
    due: BTreeMap<u64, Timestamp>,
    pub(super) by_due: BTreeSet<(Timestamp, u64)>,
    /// The queues the current apply has looked at, and may have to tick at another time.
    touched: Vec<u64>,
}

impl State {
    #[must_use]
    pub fn load(rows: &dyn Rows) -> State {
        let mut state = State {
            queues: BTreeMap::new(),
            numbers: BTreeMap::new(),
            deleted: BTreeMap::new(),
            by_deletion: BTreeSet::new(),
            sweeps: BTreeMap::new(),
            audits: Audits::load(rows),
            unfrozen: Vec::new(),
            due: BTreeMap::new(),
            by_due: BTreeSet::new(),
            touched: Vec::new(),
        };
        for (key, value) in scan_prefix(rows, QUEUES, &[], None, usize::MAX) {
            let number = number_of(&key);
            state.insert(load_queue(rows, number, codec::from_bytes(&value)));
        }
        for (key, value) in scan_prefix(rows, DELETED, &[], None, usize::MAX) {
            let (key, deleted) = (codec::from_bytes(&key), codec::from_bytes(&value));
            state.note_deletion(key, deleted);
        }
        for (key, value) in scan_prefix(rows, SWEEPS, &[], None, usize::MAX) {
            state.sweeps.insert(number_of(&key), codec::from_bytes(&value));
        }
        state.reschedule();
        state
    }

    /// Writes chunks and counters that have changed since the last freeze.
    pub fn freeze(&mut self, rows: &mut dyn Rows) {
        for number in self.unfrozen.drain(..) {
            for table in [CHUNKS, COUNTERS, DUPLICATES, DEDUPLICATION] {
                for (key, _) in scan_prefix(rows, table, &number.to_be_bytes(), None, usize::MAX) {
                    rows.delete(table, &key);
                }
            }
        }
        for queue in self.queues.values_mut() {
            let messages = &mut queue.messages;
            messages.freeze(rows);
            queue.duplicates.freeze(rows);
            if messages.counters_are_dirty {
                messages.counters_are_dirty = false;
                let counters = codec::to_bytes(&messages.counters);
                rows.put(COUNTERS, &queue.number.to_be_bytes(), counters);
            }
        }
    }

    pub(super) fn insert(&mut self, queue: Queue) {
        self.touched.push(queue.number);
        self.numbers.insert(queue.settings.key.clone(), queue.number);
        self.queues.insert(queue.number, queue);
    }

    /// Forgets a queue; its rows are the caller's to delete or sweep.
    pub(super) fn remove(&mut self, key: &QueueKey) -> Option<Queue> {
        let number = self.numbers.remove(key)?;
        self.unfrozen.push(number);
        self.touched.push(number);
        self.queues.remove(&number)
    }

    /// The queue a command is for, brought up to the time of the command.
    pub(super) fn queue_mut(
        &mut self,
        now: Timestamp,
        key: &QueueKey,
    ) -> Result<&mut Queue, Error> {
        let number = *self.numbers.get(key).ok_or(Error::QueueDoesNotExist)?;
        self.queue_by_number(now, number).ok_or(Error::QueueDoesNotExist)
    }

    pub(super) fn queue_by_number(&mut self, now: Timestamp, number: u64) -> Option<&mut Queue> {
        let queue = self.queues.get_mut(&number)?;
        self.touched.push(number);
        queue.messages.promote(now);
        Some(queue)
    }

    pub(super) fn queue(&self, key: &QueueKey) -> Result<&Queue, Error> {
        let number = self.numbers.get(key).ok_or(Error::QueueDoesNotExist)?;
        self.queues.get(number).ok_or(Error::QueueDoesNotExist)
    }

    /// Keeps a deleted queue's name from being taken for a while.
    pub(super) fn reserve_name(&mut self, turn: &mut Turn<'_>, key: &QueueKey) {
        let deleted = turn.now();
        turn.put(DELETED, &codec::to_bytes(key), codec::to_bytes(&deleted));
        self.note_deletion(key.clone(), deleted);
    }

    fn note_deletion(&mut self, key: QueueKey, deleted: Timestamp) {
        if let Some(old) = self.deleted.insert(key.clone(), deleted) {
            self.by_deletion.remove(&(old, key.clone()));
        }
        self.by_deletion.insert((deleted, key));
    }

    /// When the next name becomes free.
    pub(super) fn next_free_name(&self) -> Option<Timestamp> {
        self.by_deletion.first().map(|(deleted, _)| name_is_free(*deleted))
    }

    pub(super) fn free_names(&mut self, turn: &mut Turn<'_>, limit: usize) -> usize {
        let mut freed = 0;
        while freed < limit && self.next_free_name().is_some_and(|free| free <= turn.now()) {
            let (_, key) = self.by_deletion.pop_first().expect("there is a next one");
            self.deleted.remove(&key);
            turn.delete(DELETED, &codec::to_bytes(&key));
            freed += 1;
        }
        freed
    }

    pub(super) fn is_deleted_recently(&self, key: &QueueKey, now: Timestamp) -> bool {
        self.deleted.get(key).is_some_and(|deleted| now < name_is_free(*deleted))
    }

    /// Keys in order, from `from` on.
    pub(super) fn keys_from(&self, from: Bound<&QueueKey>) -> impl Iterator<Item = &QueueKey> {
        self.numbers.range::<QueueKey, _>((from, Bound::Unbounded)).map(|(key, _)| key)
    }

    /// Every queue of the partition, for metrics and tests.
    pub(super) fn queues(&self) -> impl Iterator<Item = &Queue> {
        self.queues.values()
    }

    /// Begins every tally anew: what a replay did was done by a process before this one.
    pub fn forget_tallies(&mut self) {
        for queue in self.queues.values_mut() {
            queue.tally = Tally::default();
        }
    }

    /// Sets the next tick of each queue that was touched since the last call.
    pub(super) fn reschedule(&mut self) {
        while let Some(number) = self.touched.pop() {
            let due = self.queues.get(&number).and_then(Queue::next_due);
            let old = match due {
                Some(due) => self.due.insert(number, due),
                None => self.due.remove(&number),
            };
            if old != due {
                if let Some(old) = old {
                    self.by_due.remove(&(old, number));
                }
                if let Some(due) = due {
                    self.by_due.insert((due, number));
                }
            }
        }
    }

    pub(super) fn put_sweep(&mut self, turn: &mut Turn<'_>, number: u64, sweep: Sweep) {
        turn.put(SWEEPS, &number.to_be_bytes(), codec::to_bytes(&sweep));
        self.sweeps.insert(number, sweep);
    }
}

fn name_is_free(deleted: Timestamp) -> Timestamp {
    deleted.plus(Millis::from_seconds(COOL_DOWN_SECONDS))
}

fn number_of(key: &[u8]) -> u64 {
    let (number, _) = key.split_first_chunk().expect("a queue's row key starts with its number");
    u64::from_be_bytes(*number)
}

/// The rows of a queue's chunks, by their first sequence, a few at a time.
fn chunk_rows(rows: &dyn Rows, queue: u64) -> impl Iterator<Item = (u64, Bytes)> {
    const AT_A_TIME: usize = 16;
    let prefix = queue.to_be_bytes();
    let mut after: Option<Bytes> = None;
    let mut page = Vec::new().into_iter();
    let mut is_last = false;
    std::iter::from_fn(move || {
        if page.len() == 0 && !is_last {
            let next = scan_prefix(rows, CHUNKS, &prefix, after.as_deref(), AT_A_TIME);
            is_last = next.len() < AT_A_TIME;
            after = next.last().map(|(key, _)| key.clone());
            page = next.into_iter();
        }
        page.next().map(|(key, row): (Bytes, Bytes)| (last_u64(&key), row))
    })
}

fn load_queue(rows: &dyn Rows, number: u64, settings: Settings) -> Queue {
    let prefix = number.to_be_bytes();
    let mut messages = if settings.key.is_fifo() {
        Messages::fifo(number, load_groups(rows, number))
    } else {
        Messages::standard(number)
    };
    if let Some(counters) = rows.get(COUNTERS, &prefix) {
        let counters: Counters = codec::from_bytes(&counters);
        messages.restore(counters, chunk_rows(rows, number));
    }
    let duplicates = Duplicates::load(&DUPLICATE_TABLES, number, rows);
    let attempts = Window::load(ATTEMPTS, number, rows);
    let move_tasks = MoveTasks::load(number, rows);
    let trails = Trails::load(number, rows);
    let scheduled_due = scheduled::next_due(rows, number, messages.counters.generation);
    Queue {
        number,
        settings,
        messages,
        duplicates,
        attempts,
        move_tasks,
        trails,
        scheduled_due,
        tally: Tally::default(),
    }
}

fn load_groups(rows: &dyn Rows, number: u64) -> Groups {
    let mut groups = Groups::default();
    let swept_below = rows.get(SWEEPS, &number.to_be_bytes()).map_or(0, |sweep: Bytes| {
        match codec::from_bytes(&sweep) {
            Sweep::Groups(below) => below,
            Sweep::Queue => u64::MAX,
            Sweep::Scheduled(_) => 0,
        }
    });
    for (key, name) in scan_prefix(rows, GROUPS, &number.to_be_bytes(), None, usize::MAX) {
        let group = last_u64(&key);
        if group >= swept_below {
            let name = std::str::from_utf8(&name).expect("a group id is text");
            groups.open(group, name);
        }
    }
    groups
}

fn last_u64(key: &[u8]) -> u64 {
    let (_, last) = key.split_last_chunk().expect("such a row's key ends in a number");
    u64::from_be_bytes(*last)
}
