//! Scheduled messages: those whose time to be delivered is further off than a queue's delay.
//!
//! # Invariants
//!
//! - A scheduled message is a row, with its body, and nothing in memory but when the next is due:
//!   a year's wait costs no memory. When it is due, a tick puts it into the queue, under the id
//!   that its sender was told; its retention begins then.
//! - A purge begins a new generation; rows of the ones before are swept.

use super::chunk::Entry;
use super::model::{NewMessage, Sent};
use super::queue::Queue;
use super::record::Record;
use super::state::{SCHEDULED, queue_row_key};
use bytes::Bytes;
use kernel::rows::scan_prefix;
use kernel::{At, Rows, Timestamp, Turn, Uuid, codec};
use minicbor::{Decode, Encode};
use tidemill_kernel as kernel;

/// Messages that one tick puts into a queue.
const ENTERING_MAX: usize = 64;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub(super) struct Scheduled {
    #[cbor(n(0), with = "kernel::codec::byte_string")]
    record: Bytes,
    #[n(1)]
    id: Uuid,
    #[n(2)]
    group_id: Option<String>,
    #[n(3)]
    priority: u8,
    #[n(4)]
    sent: Timestamp,
}

/// A scheduled message as a peek shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduledMessage {
    pub message_id: Uuid,
    pub deliver_at: Timestamp,
    pub sent: Timestamp,
    pub priority: u8,
    pub record: Record,
}

fn generation_key(queue: u64, generation: u64) -> Vec<u8> {
    queue_row_key(queue, &generation.to_be_bytes())
}

fn due_of(key: &[u8]) -> Timestamp {
    let (rest, _) = key.split_last_chunk::<8>().expect("the key ends in a number");
    let (_, due) = rest.split_last_chunk().expect("before it is when the message is due");
    Timestamp(u64::from_be_bytes(*due))
}

/// When the next message of a generation is due.
pub(super) fn next_due(rows: &dyn Rows, queue: u64, generation: u64) -> Option<Timestamp> {
    let first = scan_prefix(rows, SCHEDULED, &generation_key(queue, generation), None, 1);
    first.first().map(|(key, _)| due_of(key))
}

impl Queue {
    /// Keeps a message until it is due.
    pub(super) fn schedule(
        &mut self,
        turn: &mut Turn<'_>,
        message: NewMessage,
        due: Timestamp,
    ) -> Sent {
        let counters = &mut self.messages.counters;
        counters.scheduled_number += 1;
        counters.scheduled += 1;
        let (number, generation) = (counters.scheduled_number, counters.generation);
        self.messages.counters_are_dirty = true;
        let id = self.scheduled_id(&turn.at, number);
        let scheduled = Scheduled {
            record: message.record,
            id,
            group_id: message.group_id,
            priority: message.priority.unwrap_or_default(),
            sent: turn.now(),
        };
        let mut key = generation_key(self.number, generation);
        key.extend_from_slice(&due.0.to_be_bytes());
        key.extend_from_slice(&number.to_be_bytes());
        turn.put(SCHEDULED, &key, codec::to_bytes(&scheduled));
        self.scheduled_due = Some(self.scheduled_due.map_or(due, |first| first.min(due)));
        Sent { message_id: id, digests: message.digests, sequence_number: None }
    }

    fn scheduled_id(&self, at: &At, number: u64) -> Uuid {
        let mut place = at.partition.0.to_le_bytes().to_vec();
        place.extend_from_slice(&self.number.to_le_bytes());
        place.extend_from_slice(&number.to_le_bytes());
        Uuid::from_random(at.mac("sqs scheduled message id", &place))
    }

    /// Puts what is due into the queue, at most so much; says how much that was.
    pub(super) fn enter_scheduled(&mut self, turn: &mut Turn<'_>) -> usize {
        let now = turn.now();
        if self.scheduled_due.is_none_or(|due| due > now) {
            return 0;
        }
        let generation = self.messages.counters.generation;
        let prefix = generation_key(self.number, generation);
        let rows = scan_prefix(turn.rows(), SCHEDULED, &prefix, None, ENTERING_MAX);
        let due = rows.into_iter().take_while(|(key, _)| due_of(key) <= now);
        let mut entered = 0;
        for (key, row) in due {
            let scheduled: Scheduled = codec::from_bytes(&row);
            turn.delete(SCHEDULED, &key);
            let record =
                Record { message_id: Some(scheduled.id), ..Record::decode(&scheduled.record) };
            let group = self.open_group(turn, scheduled.group_id.as_deref());
            let entry = Entry { priority: scheduled.priority, ..Entry::new(now, now, group) };
            self.put(turn, entry, record.encode());
            self.messages.counters.scheduled -= 1;
            entered += 1;
        }
        self.scheduled_due = next_due(turn.rows(), self.number, generation);
        if entered > 0 {
            self.wake(turn);
        }
        entered
    }

    /// Forgets what is scheduled; its rows are the caller's to sweep, below the generation that
    /// this answers with.
    pub(super) fn forget_scheduled(&mut self) -> u64 {
        let counters = &mut self.messages.counters;
        counters.scheduled = 0;
        counters.generation += 1;
        self.scheduled_due = None;
        counters.generation
    }

    /// Scheduled messages by when they are due, after `after` of them.
    pub(super) fn scheduled(
        &self,
        rows: &dyn Rows,
        after: Option<&[u8]>,
        limit: usize,
    ) -> (Vec<ScheduledMessage>, Option<Vec<u8>>) {
        let prefix = generation_key(self.number, self.messages.counters.generation);
        let rows = scan_prefix(rows, SCHEDULED, &prefix, after, limit + 1);
        let has_more = rows.len() > limit;
        let shown = rows.iter().take(limit).map(|(key, row)| {
            let Scheduled { record, id, priority, sent, group_id: _ } = codec::from_bytes(row);
            let deliver_at = due_of(key);
            let record = Record::decode(&record);
            ScheduledMessage { message_id: id, deliver_at, sent, priority, record }
        });
        let messages = shown.collect();
        let last = rows.get(limit.saturating_sub(1)).map(|(key, _)| key.to_vec());
        (messages, last.filter(|_| has_more))
    }
}

#[cfg(test)]
mod tests {
    use super::super::peek::{PeekScheduled, tests::read};
    use super::super::script::{World, caller, url};
    use super::super::{Query, QueueKey, Reply};
    use serde_json::{Value, json};
    use tidemill_kernel as kernel;

    const START: u64 = 1_700_000_000_000;
    const DAY: u64 = 86_400_000;

    fn world() -> World {
        let mut world = World::default();
        world.now = kernel::Timestamp(START);
        world.call("CreateQueue", &json!({ "QueueName": "orders" })).unwrap();
        world
    }

    fn send(world: &mut World, body: &str, at: u64) -> Result<Value, String> {
        let at = json!({ "DataType": "Number", "StringValue": (at / 1000).to_string() });
        let priority = json!({ "DataType": "Number", "StringValue": "3" });
        let input = json!({
            "QueueUrl": url("orders"), "MessageBody": body,
            "MessageAttributes": { "tm.deliver-at": at, "tm.priority": priority },
        });
        world.call("SendMessage", &input).map_err(|error| error.message)
    }

    fn receive(world: &mut World) -> Vec<Value> {
        let input = json!({ "QueueUrl": url("orders"), "MaxNumberOfMessages": 10 });
        let reply = world.call("ReceiveMessage", &input).unwrap();
        reply["Messages"].as_array().cloned().unwrap_or_default()
    }

    fn delayed(world: &mut World) -> String {
        let input = json!({ "QueueUrl": url("orders"), "AttributeNames": ["All"] });
        let reply = world.call("GetQueueAttributes", &input).unwrap();
        reply["Attributes"]["ApproximateNumberOfMessagesDelayed"].as_str().unwrap().to_owned()
    }

    #[test]
    fn a_message_waits_for_months_as_a_row_and_comes_under_its_id() {
        let mut world = world();
        let due = START + 100 * DAY;
        let sent = send(&mut world, "later", due).unwrap();
        assert_eq!(delayed(&mut world), "1");
        let query = Query::PeekScheduled(PeekScheduled {
            queue: QueueKey::of(&caller(), "orders"),
            after: None,
            limit: 10,
        });
        let Reply::PeekedScheduled(messages, None) = read(&world, query).unwrap() else {
            panic!("one is scheduled");
        };
        let [message] = messages.as_slice() else { panic!("one is scheduled") };
        assert_eq!((message.deliver_at.0, message.record.body.as_str()), (due, "later"));
        world.restart();
        assert_eq!(world.state.next_due(), Some(kernel::Timestamp(due)));
        world.now.0 = due - 1;
        world.tick();
        assert!(receive(&mut world).is_empty());
        world.now.0 = due;
        world.tick();
        assert_eq!(delayed(&mut world), "0");
        let received = receive(&mut world);
        assert_eq!(received[0]["MessageId"], sent["MessageId"]);
        // Its four days of retention began when it came.
        world.now.0 = due + 3 * DAY;
        world.tick();
        assert_eq!(receive(&mut world)[0]["Body"], "later");
    }

    #[test]
    fn a_message_is_delivered_within_a_year_and_at_once_when_its_time_is_past() {
        let mut world = world();
        send(&mut world, "past", START - DAY).unwrap();
        send(&mut world, "soon", START + 60_000).unwrap();
        send(&mut world, "last", START + 366 * DAY).unwrap();
        let refusal = send(&mut world, "too late", START + 366 * DAY + 1000).unwrap_err();
        assert!(refusal.contains("tm.deliver-at"), "{refusal}");
        let bodies = |world: &mut World| -> Vec<Value> {
            receive(world).iter().map(|message| message["Body"].clone()).collect()
        };
        assert_eq!(bodies(&mut world), ["past"]);
        world.now.0 += 59_999;
        assert_eq!(bodies(&mut world), ["past"]);
        world.now.0 += 1;
        assert_eq!(bodies(&mut world), ["soon"]);
        assert_eq!(delayed(&mut world), "1");
    }

    #[test]
    fn a_delay_and_a_time_are_one_too_many() {
        let mut world = world();
        let at = json!({ "DataType": "Number", "StringValue": "1700000100" });
        let input = json!({
            "QueueUrl": url("orders"), "MessageBody": "a", "DelaySeconds": 1,
            "MessageAttributes": { "tm.deliver-at": at },
        });
        assert!(world.call("SendMessage", &input).unwrap_err().message.contains("DelaySeconds"));
    }

    #[test]
    fn a_purge_and_a_delete_take_what_is_scheduled_too() {
        for operation in ["PurgeQueue", "DeleteQueue"] {
            let mut world = world();
            let clean = world.rows.iter().count();
            for number in 0..100 {
                send(&mut world, "later", START + DAY + number).unwrap();
            }
            world.call(operation, &json!({ "QueueUrl": url("orders") })).unwrap();
            world.restart();
            world.tick();
            let is_scheduled = |table: kernel::Table| table == super::SCHEDULED;
            let left = world.rows.iter().filter(|(table, _, _)| is_scheduled(*table)).count();
            assert_eq!(left, 0, "{operation}");
            assert!(world.rows.iter().count() <= clean + 2, "{operation}");
            world.now.0 += 2 * DAY;
            world.tick();
        }
    }

    #[test]
    fn the_highest_priority_comes_first_and_survives_a_restart() {
        let mut world = world();
        for (body, priority) in [("low", "1"), ("none", ""), ("high", "9"), ("higher", "9")] {
            let mut input = json!({ "QueueUrl": url("orders"), "MessageBody": body });
            if !priority.is_empty() {
                let value = json!({ "DataType": "Number", "StringValue": priority });
                input["MessageAttributes"] = json!({ "tm.priority": value });
            }
            world.call("SendMessage", &input).unwrap();
        }
        world.restart();
        let bodies: Vec<_> = receive(&mut world).iter().map(|m| m["Body"].clone()).collect();
        assert_eq!(bodies, ["high", "higher", "low", "none"]);
    }

    #[test]
    fn a_dedupe_window_is_as_long_as_its_message_says() {
        let mut world = world();
        let attributes = json!({ "FifoQueue": "true", "ContentBasedDeduplication": "true" });
        let input = json!({ "QueueName": "orders.fifo", "Attributes": attributes });
        world.call("CreateQueue", &input).unwrap();
        let window = json!({ "DataType": "Number", "StringValue": "86400" });
        let input = json!({
            "QueueUrl": url("orders.fifo"), "MessageBody": "a", "MessageGroupId": "g",
            "MessageAttributes": { "tm.dedupe-window": window },
        });
        let mut sent = Vec::new();
        for at in [0, 301_000, DAY - 1, DAY, DAY + 1] {
            world.now.0 = START + at;
            world.tick();
            world.restart();
            sent.push(world.call("SendMessage", &input).unwrap()["SequenceNumber"].clone());
        }
        assert!(sent[0] == sent[1] && sent[0] == sent[2], "{sent:?}");
        assert!(sent[3] != sent[0] && sent[3] == sent[4], "{sent:?}");
    }

    #[test]
    fn many_that_are_due_at_once_enter_tick_by_tick() {
        let mut world = world();
        for number in 0..150 {
            send(&mut world, &number.to_string(), START + DAY).unwrap();
        }
        world.now.0 += DAY;
        world.tick();
        let mut count = 0;
        while let received = receive(&mut world)
            && !received.is_empty()
        {
            count += received.len();
        }
        assert_eq!(count, 150);
    }
}
