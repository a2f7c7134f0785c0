//! What arrives from other resources, and what leaves for them: notifications, dead letters,
//! redriven messages, and the word that a queue has become another's dead-letter queue.
//!
//! # Invariants
//!
//! - A message that leaves is removed in the apply that hands it over, so it is in exactly one
//!   queue (or on its way). If its target refuses it, it comes back.
//! - Who dead-letters into a queue is kept with that queue, under its name: it is true before
//!   the queue exists and after it is gone, as the sources' policies are.

use super::State;
use super::audit::Audits;
use super::chunk::Entry;
use super::edit_message::{self, Order, Original};
use super::fact;
use super::model::QueueKey;
use super::move_tasks::{MoveTask, MoveTaskStatus, STEP_EDITED_BYTES_MAX, STEP_LOOKS_MAX};
use super::queue::Queue;
use super::record::{Record, sha256_of_body};
use super::register;
use super::state::SOURCES;
use super::trail;
use super::wishes::{Wishes, priority_of};
use bytes::Bytes;
use kernel::{
    Arn, AttributeValue, Delivery, Effect, Look, Message, MessageAttribute, Millis, Service, Turn,
};
use tidemill_kernel as kernel;

/// The attribute of a delivery that is no message but says who dead-letters here. It cannot be
/// mistaken for a message, which has at least one byte of body.
const SOURCE_NOTICE: &str = "redrive-source";
const ADDED: &str = "added";
const REMOVED: &str = "removed";

impl State {
    /// `Some` when the queue exists; see [`fact`] for the text.
    #[must_use]
    pub fn describe(&self, look: &Look<'_>, arn: &Arn) -> Option<String> {
        if register::is_register(arn) {
            return Some(register::describe(look.rows, arn));
        }
        let queue = self.queue(&QueueKey::from_arn(arn)?).ok()?;
        Some(fact::write(&queue.settings.attributes))
    }

    /// Takes a message from another resource; an `Err` sends it back with that reason.
    pub fn deliver(&mut self, turn: &mut Turn<'_>, delivery: &Delivery) -> Result<(), String> {
        if let Some(is_added) = source_notice(delivery) {
            note_source(turn, delivery, is_added);
            return Ok(());
        }
        if register::is_register(&delivery.to) {
            return register::take(turn, delivery);
        }
        let key = QueueKey::from_arn(&delivery.to)
            .ok_or_else(|| format!("{} is no queue", delivery.to))?;
        let queue = self
            .queue_mut(turn.now(), &key)
            .map_err(|_| format!("the queue {} does not exist", delivery.to))?;
        queue.take_delivery(turn, delivery)?;
        self.reschedule();
        Ok(())
    }

    /// Takes back a delivery of ours that its target refused.
    pub fn returned(&mut self, turn: &mut Turn<'_>, delivery: Delivery) {
        // Whatever becomes of it, the refusal was taken note of and must be logged.
        turn.mark_changed();
        if source_notice(&delivery).is_some() {
            return;
        }
        let now = turn.now();
        let Some(key) = QueueKey::from_arn(&delivery.to) else { return };
        // A queue deleted meanwhile has lost its messages anyway.
        if let Ok(queue) = self.queue_mut(now, &key) {
            queue.take_back(turn, delivery);
        }
        self.reschedule();
    }
}

impl Queue {
    fn take_delivery(&mut self, turn: &mut Turn<'_>, delivery: &Delivery) -> Result<(), String> {
        let message = &delivery.message;
        let now = turn.now();
        let body = std::str::from_utf8(&message.body)
            .map_err(|_| "the message is not UTF-8 text".to_owned())?;
        if self.is_fifo() && message.group_id.is_none() {
            return Err("a FIFO queue takes only messages with a group id".to_owned());
        }
        let is_from_queue = delivery.from.service() == Some(Service::Sqs);
        let is_dead_letter = message.dead_letter_source.as_ref() == Some(&delivery.from);
        let (mut record, original) = record_of(message, body);
        let group = |queue: &mut Queue, turn: &mut Turn<'_>| {
            queue.open_group(turn, message.group_id.as_deref())
        };
        let entry = if is_dead_letter {
            record.message_id = message.id;
            record.dead_letter_source.clone_from(&message.dead_letter_source);
            // In a standard queue retention goes on counting from the first sending.
            let sent = if self.is_fifo() { now } else { message.sent_at.unwrap_or(now) };
            let receive_count = message.receive_count.unwrap_or_default();
            Entry { receive_count, ..Entry::new(sent, now, group(self, turn)) }
        } else if is_from_queue {
            record.message_id = original.map(|original| original.edited_id);
            Entry::new(now, now, group(self, turn))
        } else {
            return self.send_delivered(turn, record);
        };
        let priority = priority_of(&record.attributes, self.is_fifo());
        self.put(turn, Entry { priority, ..entry }, record.encode());
        self.wake(turn);
        Ok(())
    }

    /// Another service's message is sent like any client's: delayed, deduplicated, measured.
    fn send_delivered(&mut self, turn: &mut Turn<'_>, record: Record) -> Result<(), String> {
        let wishes = Wishes::read(&record.attributes, self.is_fifo())
            .map_err(|refusal| refusal.to_string())?;
        let message = super::model::NewMessage {
            size: u32::try_from(record.size()).unwrap_or(u32::MAX),
            delay_seconds: None,
            group_id: record.group_id.clone(),
            deduplication_id: record.deduplication_id.clone().filter(|_| self.is_fifo()),
            content_digest: self.is_fifo().then(|| sha256_of_body(&record.body)),
            digests: super::model::Digests::default(),
            record: record.encode(),
            priority: wishes.priority,
            deliver_at: wishes.deliver_at,
            dedupe_window_seconds: wishes.dedupe_window_seconds,
        };
        self.send(turn, message).map_err(|refusal| refusal.to_string())?;
        // A duplicate is taken too: it changes nothing, but the delivery is done with.
        turn.mark_changed();
        self.wake(turn);
        Ok(())
    }

    /// Hands a message that was received too often to the dead-letter queue.
    pub(super) fn dead_letter(
        &mut self,
        turn: &mut Turn<'_>,
        sequence: u64,
        entry: Entry,
        target: Arn,
    ) {
        self.tally.dead_lettered += 1;
        let source = self.settings.key.arn();
        let record = self.record(turn, sequence);
        let trail = self.trail(turn.rows(), sequence, entry, turn.now(), &record);
        let mut message = self.leave(turn, sequence, entry, Some(source.clone()));
        message.attributes.push(trail::pack(&trail));
        turn.emit(Effect::Deliver(Delivery { from: source, to: target, message, refused: None }));
    }

    /// Removes a message and gives it to the caller in the form deliveries have.
    fn leave(
        &mut self,
        turn: &mut Turn<'_>,
        sequence: u64,
        entry: Entry,
        dead_letter_source: Option<Arn>,
    ) -> Message {
        let record = self.record(turn, sequence);
        self.discard(turn, sequence, entry);
        self.message_of(record, entry, dead_letter_source)
    }

    /// A message in the form deliveries have.
    pub(super) fn message_of(
        &self,
        record: Record,
        entry: Entry,
        dead_letter_source: Option<Arn>,
    ) -> Message {
        // Among dead letters a message goes by its own id, lest one that was sent under the id of
        // another be taken for that one.
        let own_id = record.message_id.map(|id| id.to_string());
        let own_id = own_id.filter(|_| self.is_fifo() && dead_letter_source.is_some());
        let deduplication_id = own_id
            .or(record.deduplication_id)
            .or_else(|| self.is_fifo().then(|| sha256_of_body(&record.body)));
        Message {
            id: record.message_id,
            body: Bytes::from(record.body),
            attributes: record.attributes,
            group_id: record.group_id,
            deduplication_id,
            sent_at: Some(entry.sent),
            sender_id: Some(record.sender_id),
            trace_header: record.trace_header,
            dead_letter_source,
            receive_count: Some(entry.receive_count),
        }
    }

    /// Puts back what no other queue would take. It rests for a visibility timeout, so that a
    /// queue whose dead-letter queue is gone does not spin.
    fn take_back(&mut self, turn: &mut Turn<'_>, delivery: Delivery) {
        let now = turn.now();
        let message = delivery.message;
        let was_dead_letter = message.dead_letter_source.as_ref() == Some(&delivery.to);
        let body = String::from_utf8_lossy(&message.body).into_owned();
        let (mut record, original) = record_of(&message, &body);
        record.message_id = message.id;
        let reason = delivery.refused.unwrap_or_default();
        let rest = u64::from(self.settings.attributes.visibility_timeout.max(1));
        let due = if was_dead_letter { now.plus(Millis::from_seconds(rest)) } else { now };
        let group = self.open_group(turn, message.group_id.as_deref());
        let mut redrive_failed = !was_dead_letter;
        if let Some(original) = original {
            let (before, redrive) = self.take_back_original(turn, &original, &reason);
            record = before;
            redrive_failed = redrive.is_some();
        } else if !was_dead_letter {
            record.dead_letter_source = message.dead_letter_source;
        }
        if redrive_failed {
            self.fail_move_task(turn, reason);
        }
        let entry = Entry {
            receive_count: message.receive_count.unwrap_or_default(),
            priority: priority_of(&record.attributes, self.is_fifo()),
            ..Entry::new(message.sent_at.unwrap_or(now), due, group)
        };
        self.put(turn, entry, record.encode());
        self.wake(turn);
    }

    /// Takes note that a message came back: the task it left with did not wholly succeed.
    fn fail_move_task(&mut self, turn: &mut Turn<'_>, reason: String) {
        let Some((position, task)) = self.move_tasks.latest() else { return };
        let mut task = task.clone();
        task.moved = task.moved.saturating_sub(1);
        task.failure_reason = Some(reason);
        match task.status {
            MoveTaskStatus::Running => {}
            MoveTaskStatus::Completed => task.status = MoveTaskStatus::Failed,
            MoveTaskStatus::Cancelled | MoveTaskStatus::Failed => {}
        }
        self.put_task(turn, position, task);
    }

    /// Keeps a task as it now is, and says when it no longer runs.
    pub(super) fn put_task(&mut self, turn: &mut Turn<'_>, position: u64, task: MoveTask) {
        let was_running = self.move_tasks.running().is_some();
        self.move_tasks.put(turn, position, task);
        if was_running && self.move_tasks.running().is_none() {
            register::note_end(turn, &self.settings.key);
        }
    }

    /// One step of the running move task, when it is due.
    pub(super) fn move_messages(&mut self, turn: &mut Turn<'_>, audits: &mut Audits) {
        let now = turn.now();
        let Some((position, task)) = self.move_tasks.running() else { return };
        if task.next_step > now {
            return;
        }
        let mut task = task.clone();
        let allowance = if task.time_out(now) { 0 } else { task.allowance(now) };
        let until = task.taken + allowance;
        let mut edited_bytes = 0;
        for _ in 0..STEP_LOOKS_MAX {
            if task.taken == until || edited_bytes > STEP_EDITED_BYTES_MAX {
                break;
            }
            let next = self.messages.next_live(turn.rows(), task.cursor);
            let Some((sequence, entry)) = next.filter(|(sequence, _)| *sequence < task.end) else {
                task.finish();
                break;
            };
            task.cursor = sequence + 1;
            if entry.due <= now {
                edited_bytes += self.move_message(turn, audits, (sequence, entry), &mut task);
            }
        }
        task.rest(now);
        self.put_task(turn, position, task);
    }

    /// Sends one message on. One that was never dead-lettered has no queue to go back to: it
    /// stays, the others go, and the task says so at its end. Returns the bytes it edited.
    fn move_message(
        &mut self,
        turn: &mut Turn<'_>,
        audits: &mut Audits,
        (sequence, entry): (u64, Entry),
        task: &mut MoveTask,
    ) -> u64 {
        let from = self.settings.key.arn();
        let record = self.record(turn, sequence);
        if task.filter.as_ref().is_some_and(|filter| !filter.matches(entry.sent, &record)) {
            task.skipped += 1;
            return 0;
        }
        task.taken += 1;
        let source = record.dead_letter_source.clone();
        let Some(to) = task.destination.clone().or_else(|| source.clone()) else {
            task.failure_reason = Some("CouldNotDetermineMessageSource".to_owned());
            return 0;
        };
        let Some(edit) = &task.edit else {
            let message = self.leave(turn, sequence, entry, source);
            task.moved += 1;
            turn.emit(Effect::Deliver(Delivery { from, to, message, refused: None }));
            return 0;
        };
        let edited_bytes = edit.passes() * record.body.len() as u64;
        let access_key_id = task.access_key_id.as_deref().unwrap_or_default();
        let order = Order { edit, destination: &to, access_key_id, redrive: Some(task.id) };
        match self.send_edited(turn, audits, (sequence, entry, record), order) {
            Ok(_) => task.moved += 1,
            Err(refusal) => {
                task.failure_reason = Some(format!("At position {sequence}: {refusal}"));
            }
        }
        edited_bytes
    }
}

fn record_of(message: &Message, body: &str) -> (Record, Option<Original>) {
    let mut attributes = message.attributes.clone();
    let trail = trail::unpack(&mut attributes);
    let original = edit_message::unpack(&mut attributes);
    let record = Record {
        body: body.to_owned(),
        attributes,
        sender_id: message.sender_id.clone().unwrap_or_default(),
        trace_header: message.trace_header.clone(),
        group_id: message.group_id.clone(),
        deduplication_id: message.deduplication_id.clone(),
        dead_letter_source: None,
        message_id: None,
        trail,
    };
    (record, original)
}

/// Tells a dead-letter queue that `source` uses it, or no longer does.
pub(super) fn notify_dead_letter_queues(
    turn: &mut Turn<'_>,
    source: &QueueKey,
    before: Option<&Arn>,
    after: Option<&Arn>,
) {
    if before == after {
        return;
    }
    for (target, what) in [(before, REMOVED), (after, ADDED)] {
        let Some(target) = target else { continue };
        let notice = MessageAttribute {
            name: SOURCE_NOTICE.to_owned(),
            data_type: "String".to_owned(),
            value: AttributeValue::Text(what.to_owned()),
        };
        turn.emit(Effect::Deliver(Delivery {
            from: source.arn(),
            to: target.clone(),
            message: Message { attributes: vec![notice], ..Message::default() },
            refused: None,
        }));
    }
}

/// `Some(true)` when a source was added, `Some(false)` when one was removed.
fn source_notice(delivery: &Delivery) -> Option<bool> {
    let is_between_queues = delivery.from.service() == Some(Service::Sqs)
        && delivery.to.service() == Some(Service::Sqs);
    match delivery.message.attributes.as_slice() {
        [notice]
            if is_between_queues
                && delivery.message.body.is_empty()
                && notice.name == SOURCE_NOTICE =>
        {
            Some(notice.value == AttributeValue::Text(ADDED.to_owned()))
        }
        [..] => None,
    }
}

fn note_source(turn: &mut Turn<'_>, delivery: &Delivery, is_added: bool) {
    let key = source_row_key(&delivery.to, delivery.from.as_str());
    if is_added {
        turn.put(SOURCES, &key, Bytes::new());
    } else {
        turn.delete(SOURCES, &key);
    }
}

/// The key of the row that says `source` dead-letters into `target`.
pub(super) fn source_row_key(target: &Arn, source: &str) -> Vec<u8> {
    format!("{target}\0{source}").into_bytes()
}

/// Reads back the source from such a key.
pub(super) fn source_of(key: &[u8]) -> Option<Arn> {
    let text = std::str::from_utf8(key).ok()?;
    text.split_once('\0').and_then(|(_, source)| Arn::parse(source))
}

#[cfg(test)]
mod tests {
    use super::super::script::{World, arn, check, url};
    use expect_test::expect;
    use serde_json::json;

    /// Two that were sent under one deduplication id, long apart, are two dead letters.
    #[test]
    fn a_dead_letter_of_a_fifo_queue_goes_by_its_own_id() {
        let mut world = World::default();
        let create = |name: &str, policy: Option<String>| {
            let mut attributes = json!({ "FifoQueue": "true" });
            if let Some(policy) = policy {
                attributes["RedrivePolicy"] = json!(policy);
            }
            json!({ "QueueName": name, "Attributes": attributes })
        };
        world.call("CreateQueue", &create("dlq.fifo", None)).unwrap();
        let policy = json!({ "deadLetterTargetArn": arn("dlq.fifo"), "maxReceiveCount": 1 });
        world.call("CreateQueue", &create("orders.fifo", Some(policy.to_string()))).unwrap();
        let input = json!({
            "QueueUrl": url("orders.fifo"), "MessageBody": "a",
            "MessageGroupId": "g", "MessageDeduplicationId": "d",
        });
        let sent = world.call("SendMessage", &input).unwrap();
        for queue in ["orders.fifo", "orders.fifo"] {
            let input = json!({ "QueueUrl": url(queue), "VisibilityTimeout": 0 });
            world.call("ReceiveMessage", &input).unwrap();
        }
        let input = json!({ "QueueUrl": url("dlq.fifo"), "MessageSystemAttributeNames": ["All"] });
        let dead = world.call("ReceiveMessage", &input).unwrap();
        let dead = &dead["Messages"][0];
        assert_eq!(dead["MessageId"], sent["MessageId"]);
        assert_eq!(dead["Attributes"]["MessageDeduplicationId"], sent["MessageId"]);
    }

    #[test]
    fn a_message_received_too_often_goes_to_the_dead_letter_queue_with_its_history() {
        check(
            r#"
            @0    create dlq
            @0    call CreateQueue {"QueueName":"orders","Attributes":{"RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:dlq\",\"maxReceiveCount\":2}"}}
            @0    send orders bad
            @0    send orders good DelaySeconds=2
            @1    receive orders VisibilityTimeout=0
            @2    receive orders VisibilityTimeout=1
            @1002 receive orders VisibilityTimeout=1 WaitTimeSeconds=5
            @1003 counts orders
            @1003 call ReceiveMessage {"QueueUrl":"$dlq","AttributeNames":["All"]}
            @2000 receive orders
            "#,
            expect![[r#"
                @0    create dlq                                 -> created
                @0    call CreateQueue {"QueueName":"orders","Attributes":{"RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:dlq\",\"maxReceiveCount\":2}"}} -> created
                @0    send orders bad                            -> sent
                @0    send orders good DelaySeconds=2            -> sent
                @1    receive orders VisibilityTimeout=0         -> bad(1)
                @2    receive orders VisibilityTimeout=1         -> bad(2)
                @1002 receive orders VisibilityTimeout=1 WaitTimeSeconds=5 -> wait 5000ms, again @1002
                @1003 counts orders                              -> visible 0 in flight 0 delayed 1
                @1003 call ReceiveMessage {"QueueUrl":"$dlq","AttributeNames":["All"]} -> {"Messages":[{"Attributes":{"ApproximateFirstReceiveTimestamp":"1003","ApproximateReceiveCount":"3","DeadLetterQueueSourceArn":"arn:aws:sqs:us-east-1:000000000000:orders","SenderId":"000000000000","SentTimestamp":"0"},"Body":"bad","MD5OfBody":"bae60998ffe4923b131e3d6e4c19993e","MessageId":"…","ReceiptHandle":"…"}]}
                @2000 receive orders                             -> good(1)
            "#]],
        );
    }

    #[test]
    fn what_no_dead_letter_queue_takes_comes_back_after_a_rest() {
        check(
            r#"
            @0     create dlq
            @0     call CreateQueue {"QueueName":"orders","Attributes":{"RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:dlq\",\"maxReceiveCount\":1}"}}
            @0     drop dlq
            @0     send orders bad
            @1     receive orders VisibilityTimeout=0
            @2     receive orders
            @2     counts orders
            @30001 receive orders
            @30002 receive orders
            @30002 counts orders
            "#,
            expect![[r#"
                @0     create dlq                                -> created
                @0     call CreateQueue {"QueueName":"orders","Attributes":{"RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:dlq\",\"maxReceiveCount\":1}"}} -> created
                @0     drop dlq                                  -> done
                @0     send orders bad                           -> sent
                @1     receive orders VisibilityTimeout=0        -> bad(1)
                @2     receive orders                            -> nothing
                @2     counts orders                             -> visible 0 in flight 1 delayed 0
                @30001 receive orders                            -> nothing
                @30002 receive orders                            -> nothing
                @30002 counts orders                             -> visible 0 in flight 1 delayed 0
            "#]],
        );
    }

    #[test]
    fn a_dead_fifo_message_frees_its_group() {
        check(
            r#"
            @0 call CreateQueue {"QueueName":"dlq.fifo","Attributes":{"FifoQueue":"true"}}
            @0 call CreateQueue {"QueueName":"orders.fifo","Attributes":{"FifoQueue":"true","ContentBasedDeduplication":"true","RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:dlq.fifo\",\"maxReceiveCount\":1}"}}
            @0 send orders.fifo bad MessageGroupId=g
            @0 send orders.fifo next MessageGroupId=g
            @1 receive orders.fifo VisibilityTimeout=0
            @2 receive orders.fifo MaxNumberOfMessages=10
            @3 call ReceiveMessage {"QueueUrl":"$dlq.fifo","AttributeNames":["All"]}
            "#,
            expect![[r#"
                @0 call CreateQueue {"QueueName":"dlq.fifo","Attributes":{"FifoQueue":"true"}} -> created
                @0 call CreateQueue {"QueueName":"orders.fifo","Attributes":{"FifoQueue":"true","ContentBasedDeduplication":"true","RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:dlq.fifo\",\"maxReceiveCount\":1}"}} -> created
                @0 send orders.fifo bad MessageGroupId=g         -> sent #1
                @0 send orders.fifo next MessageGroupId=g        -> sent #2
                @1 receive orders.fifo VisibilityTimeout=0       -> bad(1)
                @2 receive orders.fifo MaxNumberOfMessages=10    -> next(1)
                @3 call ReceiveMessage {"QueueUrl":"$dlq.fifo","AttributeNames":["All"]} -> {"Messages":[{"Attributes":{"ApproximateFirstReceiveTimestamp":"3","ApproximateReceiveCount":"2","DeadLetterQueueSourceArn":"arn:aws:sqs:us-east-1:000000000000:orders.fifo","MessageDeduplicationId":"28e30520-88aa-42bc-a00f-6eeebaec6c8b","MessageGroupId":"g","SenderId":"000000000000","SentTimestamp":"2","SequenceNumber":"10000000000000000001"},"Body":"bad","MD5OfBody":"bae60998ffe4923b131e3d6e4c19993e","MessageId":"…","ReceiptHandle":"…"}]}
            "#]],
        );
    }

    #[test]
    fn another_services_message_is_sent_like_a_clients() {
        let mut world = super::super::script::World::default();
        let queue = |name: &str, attributes: serde_json::Value| {
            let mut queue = serde_json::json!({ "QueueName": name });
            queue["Attributes"] = attributes;
            queue
        };
        let delayed = queue("orders", serde_json::json!({ "DelaySeconds": "1" }));
        let fifo = queue("orders.fifo", serde_json::json!({ "FifoQueue": "true" }));
        world.call("CreateQueue", &delayed).unwrap();
        world.call("CreateQueue", &fifo).unwrap();
        for to in ["orders", "orders.fifo", "none"] {
            world.deliver(super::Delivery {
                from: super::Arn::bucket("photos"),
                to: super::Arn::parse(&super::super::script::arn(to)).unwrap(),
                message: super::Message { body: "put".into(), ..super::Message::default() },
                refused: None,
            });
        }
        let depths: Vec<String> = world
            .state
            .queues()
            .map(|queue| format!("{}: {:?}", queue.settings.key.name, queue.counts(world.now)))
            .collect();
        expect![[r#"
            orders: Counts { visible: 0, in_flight: 0, delayed: 1 }
            orders.fifo: Counts { visible: 0, in_flight: 0, delayed: 0 }"#]]
        .assert_eq(&depths.join("\n"));
    }
}
