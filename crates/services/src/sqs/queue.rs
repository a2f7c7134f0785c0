//! One queue: its settings, its messages, and what sending and receiving do to them.

use super::Error;
use super::attributes::{Attributes, DeduplicationScope};
use super::chunk::Entry;
use super::messages::{Counts, Messages};
use super::model::{
    DELAY_SECONDS_MAX, IN_FLIGHT_MAX, NewMessage, QueueKey, Received, Sent, WINDOW_SECONDS,
    sequence_number,
};
use super::move_tasks::MoveTasks;
use super::receipt::{Receipt, ReceiptHandle};
use super::record::Record;
use super::state::{GROUPS, QUEUES, queue_row_key};
use super::tally::Tally;
use super::trail::{EndReason, Trails};
use super::window::{Key, Window};
use super::wishes::DELIVER_WITHIN;
use crate::duplicates::Duplicates;
use bytes::Bytes;
use kernel::{At, BodyRef, Effect, Millis, Timestamp, Turn, Uuid, WakeKey, codec};
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;
use tidemill_kernel as kernel;

/// Expired or dead-lettered messages one receive clears away before it answers.
const CLEARED_MAX: usize = 64;

/// A queue's row: everything that is not messages.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub(super) struct Settings {
    #[n(0)]
    pub(super) key: QueueKey,
    #[n(1)]
    pub(super) attributes: Attributes,
    #[n(2)]
    pub(super) tags: BTreeMap<String, String>,
    #[n(3)]
    pub(super) created: Timestamp,
    #[n(4)]
    pub(super) modified: Timestamp,
    #[n(5)]
    pub(super) purged: Option<Timestamp>,
    /// Since when nothing is handed out.
    #[n(6)]
    pub(super) paused: Option<Timestamp>,
}

#[derive(Debug)]
pub(super) struct Queue {
    pub(super) number: u64,
    pub(super) settings: Settings,
    pub(super) messages: Messages,
    /// What was sent in the last five minutes, by deduplication id.
    pub(super) duplicates: Duplicates,
    pub(super) attempts: Window<Attempt>,
    pub(super) move_tasks: MoveTasks,
    pub(super) trails: Trails,
    /// When the next scheduled message is due.
    pub(super) scheduled_due: Option<Timestamp>,
    /// What happened since the process started. Not state.
    pub(super) tally: Tally,
}

/// What a receive attempt handed out: sequences and nonces, and until when they were hidden. Who
/// changes the visibility of one of them ends the attempt.
#[derive(Clone, Debug, Encode, Decode)]
pub(super) struct Attempt {
    #[n(0)]
    handed_out: Vec<(u64, u32)>,
    /// `None` in rows from before this was kept.
    #[n(1)]
    hidden_until: Option<Timestamp>,
}

/// What a receive asks for, besides what it wants shown.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ReceiveRequest {
    #[n(0)]
    pub messages_max: u32,
    #[n(1)]
    pub visibility_timeout: Option<u32>,
    #[n(2)]
    pub wait_time_seconds: Option<u32>,
    #[n(3)]
    pub attempt_id: Option<String>,
}

impl Queue {
    pub(super) fn is_fifo(&self) -> bool {
        self.settings.key.is_fifo()
    }

    pub(super) fn put_settings(&self, turn: &mut Turn<'_>) {
        turn.put(QUEUES, &self.number.to_be_bytes(), codec::to_bytes(&self.settings));
    }

    pub(super) fn wake(&self, turn: &mut Turn<'_>) {
        turn.emit(Effect::Wake(WakeKey(self.number)));
    }

    pub(super) fn body_ref(&self, sequence: u64) -> BodyRef {
        BodyRef { queue: self.number, sequence }
    }

    pub(super) fn counts(&self, now: Timestamp) -> Counts {
        self.messages.counts(now)
    }

    pub(super) fn retention(&self) -> Millis {
        Millis::from_seconds(u64::from(self.settings.attributes.message_retention_period))
    }

    /// The id a message gets here. Derived from its place, so several sent in one apply differ.
    pub(super) fn message_id(&self, at: &At, sequence: u64) -> Uuid {
        let mut place = Vec::with_capacity(18);
        place.extend_from_slice(&at.partition.0.to_le_bytes());
        place.extend_from_slice(&self.number.to_le_bytes());
        place.extend_from_slice(&sequence.to_le_bytes());
        Uuid::from_random(at.mac("sqs message id", &place))
    }

    fn receipt(&self, at: &At, sequence: u64, nonce: u32) -> String {
        let receipt = Receipt { partition: at.partition, queue: self.number, sequence, nonce };
        ReceiptHandle::make(at, receipt)
    }

    // ---- sending

    pub(super) fn send(&mut self, turn: &mut Turn<'_>, message: NewMessage) -> Result<Sent, Error> {
        let now = turn.now();
        self.check_message(&message, now)?;
        let duplicate = self.duplicate_key(&turn.at, &message)?;
        if let Some(key) = &duplicate
            && let Some(original) = self.duplicates.get(turn.rows(), key, now)
        {
            return Ok(Sent {
                message_id: self.message_id(&turn.at, original),
                digests: message.digests,
                sequence_number: Some(sequence_number(original)),
            });
        }
        self.tally.sent += 1;
        let delay = message.delay_seconds.unwrap_or(self.settings.attributes.delay_seconds);
        let delayed = now.plus(Millis::from_seconds(u64::from(delay)));
        let due = message.deliver_at.map_or(delayed, |at| at.max(now));
        if due > now.plus(Millis::from_seconds(u64::from(DELAY_SECONDS_MAX))) {
            return Ok(self.schedule(turn, message, due));
        }
        let group = self.open_group(turn, message.group_id.as_deref());
        let priority = message.priority.unwrap_or_default();
        let entry = Entry { priority, ..Entry::new(now, due, group) };
        let sequence = self.put(turn, entry, message.record);
        let message_id = self.message_id(&turn.at, sequence);
        if let Some(key) = &duplicate {
            let window = message.dedupe_window_seconds.map_or(WINDOW_SECONDS, u64::from);
            let expires = now.plus(Millis::from_seconds(window));
            self.duplicates.insert(turn, key, expires, sequence);
        }
        let sequence_number = self.is_fifo().then(|| sequence_number(sequence));
        Ok(Sent { message_id, digests: message.digests, sequence_number })
    }

    /// Puts an entry and its record into the queue, checked or not.
    pub(super) fn put(&mut self, turn: &mut Turn<'_>, entry: Entry, record: Bytes) -> u64 {
        let sequence = self.messages.push(entry);
        turn.put_body(self.body_ref(sequence), record);
        sequence
    }

    /// The number of a message's group: in a FIFO queue opened when it is new, in a standard queue
    /// a hash of its id.
    pub(super) fn open_group(&mut self, turn: &mut Turn<'_>, group_id: Option<&str>) -> u64 {
        let Some(group_id) = group_id else { return 0 };
        let next = self.messages.counters.next_group;
        let Some(groups) = self.messages.groups_mut() else {
            return tenant(&turn.at, group_id);
        };
        if let Some(number) = groups.number(group_id) {
            return number;
        }
        groups.open(next, group_id);
        self.messages.counters.next_group += 1;
        let key = queue_row_key(self.number, &next.to_be_bytes());
        turn.put(GROUPS, &key, Bytes::copy_from_slice(group_id.as_bytes()));
        next
    }

    /// The number that messages of a group have; `None` when there are none.
    pub(super) fn group_number(&self, at: &At, group_id: &str) -> Option<u64> {
        match self.messages.groups() {
            Some(groups) => groups.number(group_id),
            None => Some(tenant(at, group_id)),
        }
    }

    /// What depends on the queue; the rest was checked at the door.
    fn check_message(&self, message: &NewMessage, now: Timestamp) -> Result<(), Error> {
        let bytes_max = self.settings.attributes.maximum_message_size;
        if message.size > bytes_max {
            return Err(Error::InvalidParameter {
                reason: format!(
                    "One or more parameters are invalid. Reason: Message must be shorter than \
                     {bytes_max} bytes."
                ),
            });
        }
        self.check_deliver_at(message, now)?;
        let wrong_type = |parameter, value: String| Error::InvalidParameterValue {
            parameter,
            value,
            reason: "The request include parameter that is not valid for this queue type"
                .to_owned(),
        };
        if self.is_fifo() {
            if message.group_id.is_none() {
                return Err(Error::MissingParameter { name: "MessageGroupId".to_owned() });
            }
            if let Some(seconds) = message.delay_seconds.filter(|seconds| *seconds > 0) {
                return Err(wrong_type("DelaySeconds", seconds.to_string()));
            }
        } else if let Some(id) = &message.deduplication_id {
            return Err(wrong_type("MessageDeduplicationId", id.clone()));
        }
        Ok(())
    }

    fn check_deliver_at(&self, message: &NewMessage, now: Timestamp) -> Result<(), Error> {
        let Some(at) = message.deliver_at else { return Ok(()) };
        let reason = if at > now.plus(DELIVER_WITHIN) {
            "tm.deliver-at must be within a year."
        } else if message.delay_seconds.is_some() {
            "A message has a tm.deliver-at or DelaySeconds, not both."
        } else {
            return Ok(());
        };
        Err(Error::InvalidParameter { reason: reason.to_owned() })
    }

    fn duplicate_key(&self, at: &At, message: &NewMessage) -> Result<Option<Key>, Error> {
        if !self.is_fifo() {
            return Ok(None);
        }
        let by_content = self.settings.attributes.content_based_deduplication;
        let id = match (&message.deduplication_id, &message.content_digest) {
            (Some(id), _) => id,
            (None, Some(digest)) if by_content => digest,
            (None, _) => {
                return Err(Error::InvalidParameter {
                    reason: "The queue should either have ContentBasedDeduplication enabled or \
                             MessageDeduplicationId provided explicitly"
                        .to_owned(),
                });
            }
        };
        let group = match self.settings.attributes.deduplication_scope {
            DeduplicationScope::Queue => "",
            DeduplicationScope::MessageGroup => message.group_id.as_deref().unwrap_or_default(),
        };
        // A NUL is in no id, so no two pairs read the same.
        let scoped = [group.as_bytes(), b"\0", id.as_bytes()].concat();
        Ok(Some(at.mac("sqs deduplication", &scoped)))
    }

    // ---- receiving

    /// Hands out messages. An empty answer means there was nothing to hand out; something may
    /// still have changed (expired messages cleared away, others dead-lettered).
    pub(super) fn receive(
        &mut self,
        turn: &mut Turn<'_>,
        request: &ReceiveRequest,
    ) -> Result<Vec<Received>, Error> {
        if self.settings.paused.is_some() {
            return Ok(Vec::new());
        }
        let attempt = request.attempt_id.as_deref().map(|id| self.attempt_key(&turn.at, id));
        if let Some(again) = attempt.and_then(|key| self.receive_again(turn, &key, request)) {
            return Ok(again);
        }
        let room = IN_FLIGHT_MAX.saturating_sub(self.messages.in_flight());
        let limit = usize::try_from(room.min(u64::from(request.messages_max))).unwrap_or(0);
        let hidden_until = self.hidden_until(turn.now(), request);
        let taken = if self.is_fifo() {
            self.take_fifo(turn, limit, hidden_until)
        } else {
            // Only a short poll is told; a long one waits for room, as a FIFO queue's does.
            if limit == 0 && self.wait_seconds(request) == 0 {
                return Err(Error::OverLimit {
                    limit: format!(
                        "The maximum number of in flight messages is reached: {IN_FLIGHT_MAX}."
                    ),
                });
            }
            self.take_standard(turn, limit, hidden_until)
        };
        if let Some(key) = attempt.filter(|_| !taken.is_empty()) {
            let expires = turn.now().plus(Millis::from_seconds(WINDOW_SECONDS));
            let handed_out =
                taken.iter().map(|(sequence, entry)| (*sequence, entry.receive_count)).collect();
            let attempt = Attempt { handed_out, hidden_until: Some(hidden_until) };
            self.attempts.insert(turn, key, expires, attempt);
        }
        Ok(self.hand_out(turn, taken, request))
    }

    /// How long a receive waits when there is nothing to hand out.
    pub(super) fn wait_seconds(&self, request: &ReceiveRequest) -> u32 {
        let default = self.settings.attributes.receive_message_wait_time_seconds;
        request.wait_time_seconds.unwrap_or(default)
    }

    fn visibility(&self, request: &ReceiveRequest) -> Millis {
        let default = self.settings.attributes.visibility_timeout;
        Millis::from_seconds(u64::from(request.visibility_timeout.unwrap_or(default)))
    }

    /// A receive with no visibility timeout hides what it took until it is done, lest it take
    /// the same message twice.
    fn hidden_until(&self, now: Timestamp, request: &ReceiveRequest) -> Timestamp {
        now.plus(self.visibility(request).max(Millis(1)))
    }

    fn take_standard(
        &mut self,
        turn: &mut Turn<'_>,
        limit: usize,
        hidden_until: Timestamp,
    ) -> Vec<(u64, Entry)> {
        let mut taken = Vec::with_capacity(limit);
        let mut cleared = 0;
        while taken.len() < limit && cleared < CLEARED_MAX {
            let Some((sequence, entry)) = self.messages.next_standard(turn.rows()) else { break };
            self.messages.note_pick(sequence, entry);
            match self.take_or_clear(turn, sequence, entry, hidden_until) {
                Some(entry) => taken.push((sequence, entry)),
                None => cleared += 1,
            }
        }
        if !taken.is_empty() {
            self.messages.review_tenants(turn.now());
        }
        taken
    }

    /// Whole groups at a time, so that a batch holds as much of one group as it can.
    fn take_fifo(
        &mut self,
        turn: &mut Turn<'_>,
        limit: usize,
        hidden_until: Timestamp,
    ) -> Vec<(u64, Entry)> {
        let now = turn.now();
        let mut taken = Vec::with_capacity(limit);
        let mut cleared = 0;
        while taken.len() < limit && cleared < CLEARED_MAX {
            let Some(groups) = self.messages.groups() else { break };
            let Some(group) = groups.next_ready(now) else { break };
            let members: Vec<u64> = groups.members(group).take(limit + CLEARED_MAX).collect();
            for sequence in members {
                let entry =
                    self.messages.get(turn.rows(), sequence).expect("a group lists what exists");
                if entry.due > now || taken.len() == limit || cleared == CLEARED_MAX {
                    break;
                }
                match self.take_or_clear(turn, sequence, entry, hidden_until) {
                    Some(entry) => taken.push((sequence, entry)),
                    None => cleared += 1,
                }
            }
        }
        taken
    }

    /// Takes one visible message, unless its time or its receives have run out.
    fn take_or_clear(
        &mut self,
        turn: &mut Turn<'_>,
        sequence: u64,
        entry: Entry,
        hidden_until: Timestamp,
    ) -> Option<Entry> {
        let now = turn.now();
        if entry.is_expired(now, self.retention()) {
            self.tally.expired += 1;
            self.discard(turn, sequence, entry);
            return None;
        }
        if entry.first_receive.is_some() && !self.has_ended(turn, sequence, entry.receive_count) {
            self.tally.note_end(&EndReason::Timeout);
        }
        if let Some(policy) = self.settings.attributes.redrive_policy.clone()
            && entry.receive_count >= policy.max_receive_count
        {
            self.dead_letter(turn, sequence, entry, policy.dead_letter_target);
            return None;
        }
        self.messages.note_processed(entry, now);
        self.tally.note_receive(hidden_until);
        let taken = Entry {
            due: hidden_until,
            first_receive: entry.first_receive.or(Some(now.max(entry.sent))),
            last_receive: now.max(entry.sent),
            receive_count: entry.receive_count.saturating_add(1),
            ..entry
        };
        self.messages.update(sequence, entry, taken);
        turn.mark_changed();
        Some(taken)
    }

    fn hand_out(
        &mut self,
        turn: &mut Turn<'_>,
        taken: Vec<(u64, Entry)>,
        request: &ReceiveRequest,
    ) -> Vec<Received> {
        if self.visibility(request) == Millis(0) {
            for (sequence, entry) in &taken {
                let shown = Entry { due: turn.now().max(entry.sent), ..*entry };
                self.messages.update(*sequence, *entry, shown);
            }
        }
        let is_fifo = self.is_fifo();
        taken
            .into_iter()
            .map(|(sequence, entry)| Received {
                message_id: self.message_id(&turn.at, sequence),
                receipt_handle: self.receipt(&turn.at, sequence, entry.receive_count),
                body: turn.body(self.body_ref(sequence)),
                sent: entry.sent,
                first_receive: entry.first_receive.unwrap_or(entry.sent),
                receive_count: entry.receive_count,
                sequence_number: is_fifo.then(|| sequence_number(sequence)),
            })
            .collect()
    }

    fn attempt_key(&self, at: &At, id: &str) -> Key {
        at.mac("sqs receive attempt", id.as_bytes())
    }

    /// The same messages again, hidden anew, when nothing has happened to them since.
    fn receive_again(
        &mut self,
        turn: &mut Turn<'_>,
        key: &Key,
        request: &ReceiveRequest,
    ) -> Option<Vec<Received>> {
        let now = turn.now();
        let (attempt, expires) = self.attempts.get(key, now)?;
        let attempt = attempt.clone();
        let again: Option<Vec<(u64, Entry)>> = attempt
            .handed_out
            .iter()
            .map(|(sequence, nonce)| {
                let entry = self.messages.get(turn.rows(), *sequence)?;
                let is_unmoved = attempt.hidden_until.is_none_or(|until| entry.due == until);
                let is_untouched = entry.receive_count == *nonce && entry.due > now && is_unmoved;
                is_untouched.then_some((*sequence, entry))
            })
            .collect();
        let hidden_until = self.hidden_until(now, request);
        let mut taken = Vec::new();
        for (sequence, entry) in again? {
            let hidden = Entry { due: hidden_until, last_receive: now, ..entry };
            self.messages.update(sequence, entry, hidden);
            turn.mark_changed();
            taken.push((sequence, hidden));
        }
        // The five minutes go on counting from the first receive.
        let again = Attempt { hidden_until: Some(hidden_until), ..attempt };
        self.attempts.insert(turn, *key, expires, again);
        Some(self.hand_out(turn, taken, request))
    }

    /// The record of a message, with the id it has here filled in.
    pub(super) fn record(&self, turn: &Turn<'_>, sequence: u64) -> Record {
        let mut record = Record::decode(&turn.body(self.body_ref(sequence)).read());
        record.message_id.get_or_insert_with(|| self.message_id(&turn.at, sequence));
        record
    }

    /// Drops what retention has run out for, at most `limit` messages; says how many.
    pub(super) fn expire(&mut self, turn: &mut Turn<'_>, limit: usize) -> usize {
        let retention = self.retention();
        let expired = self.messages.expired(turn.rows(), turn.now(), retention, limit);
        for (sequence, entry) in &expired {
            self.discard(turn, *sequence, *entry);
        }
        self.tally.expired += expired.len() as u64;
        if self.is_fifo() && !expired.is_empty() {
            self.wake(turn);
        }
        expired.len()
    }

    /// When time alone next asks for a tick of this queue.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        [
            self.messages.sent_min().map(|sent| sent.plus(self.retention())),
            self.duplicates.next_due(),
            self.attempts.next_due(),
            self.move_tasks.next_due(),
            self.scheduled_due,
        ]
        .into_iter()
        .flatten()
        .min()
    }
}

/// Fifty-six bits are enough: should two groups fall together, they are served as one.
fn tenant(at: &At, group_id: &str) -> u64 {
    let mac = at.mac("sqs tenant", group_id.as_bytes());
    let (start, _) = mac.split_first_chunk().expect("a code has 16 bytes");
    (u64::from_be_bytes(*start) >> 8).max(1)
}
