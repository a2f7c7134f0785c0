//! Clients: what they ask of the node, by the seed's choice, and what they make of the answers.

use crate::duplicates::Repeat;
use crate::ledger::{Certainty, Delivered, Invariant, Receive, Sent};
use crate::topics::TopicAsked;
use crate::uploads::Upload;
use crate::workloads::Workload;
use crate::world::{
    Asked, BRIEF, BRIEF_RETENTION, DEAD, Held, LEDGER_FIFO, NOTICES, ORDERS, QUEUES, Request,
    VISIBILITY, World,
};
use crate::{Bug, objects, wire};
use serde_json::{Value, json};
use tidemill_kernel::{Arn, Fact, Facts, Millis, PartitionId, Timestamp, codec};
use tidemill_node::core::{Answer, Answered};
use tidemill_services::s3;
use tidemill_services::{Entry, Query, Reply, Work};

impl World {
    pub(crate) fn client(&mut self) {
        if self.workload != Workload::Everything {
            return self.work();
        }
        let missing = self.created.iter().position(|created| !created);
        if let Some(queue) = missing {
            return self.create(queue);
        }
        if !self.bucket_is_made {
            return self.submit(objects::create(), Asked::MakeBucket);
        }
        if !self.bucket_is_announced {
            return self.submit(objects::announce(name(NOTICES)), Asked::Announce);
        }
        if !self.roster.is_made {
            return self.make_function();
        }
        match self.random.below(100) {
            0..4 => self.put(),
            4..8 => self.put_blob(),
            8..11 => self.upload(),
            11..16 => self.use_topics(),
            16..36 => self.send(),
            36..39 => self.use_moves(),
            39..66 => self.receive(),
            66..84 => self.delete(),
            84..87 => self.invoke(),
            87..91 => self.execute(),
            91..94 if self.random.one_in(3) => self.run_copy(),
            91..94 => self.post(),
            94..97 => self.change_visibility(),
            97..99 => self.attributes(),
            _ => self.purge(),
        }
    }

    pub(crate) fn create(&mut self, queue: usize) {
        let attributes = match queue {
            ORDERS => {
                let dead = format!("arn:aws:sqs:us-east-1:000000000000:{}", name(DEAD));
                let policy = json!({ "deadLetterTargetArn": dead, "maxReceiveCount": 3 });
                json!({"VisibilityTimeout": "30", "RedrivePolicy": policy.to_string()})
            }
            LEDGER_FIFO => json!({"VisibilityTimeout": "30", "FifoQueue": "true"}),
            // The planted node never heard of a minute.
            BRIEF if self.bug == Some(Bug::RetentionForgotten) => {
                json!({"VisibilityTimeout": "30"})
            }
            BRIEF => {
                let retention = (BRIEF_RETENTION.0 / 1000).to_string();
                json!({"VisibilityTimeout": "30", "MessageRetentionPeriod": retention})
            }
            _ => json!({"VisibilityTimeout": "30"}),
        };
        // The dead-letter queue must exist before the queue that names it.
        let is_too_early = queue == ORDERS && !self.created.get(DEAD).copied().unwrap_or(false);
        if is_too_early {
            return self.create(DEAD);
        }
        let input = json!({"QueueName": name(queue), "Attributes": attributes});
        self.ask("CreateQueue", &input, Asked::Create(queue));
    }

    pub(crate) fn put(&mut self) {
        self.sends += 1;
        let key = format!("o{}", self.sends);
        self.ledger.put_ended(&key, Certainty::Open);
        self.submit(objects::put(&key), Asked::Put { key });
    }

    pub(crate) fn send(&mut self) {
        let queue = match self.random.below(6) {
            0..2 => LEDGER_FIFO,
            2 => BRIEF,
            _ => ORDERS,
        };
        self.send_to(queue);
    }

    pub(crate) fn send_to(&mut self, queue: usize) {
        let count = if self.random.one_in(4) { 1 + self.random.below(5) } else { 1 };
        let mut entries = Vec::new();
        let mut ids = Vec::new();
        for index in 0..count {
            let (id, entry) = self.message(queue, index);
            ids.push(id);
            entries.push(entry);
        }
        if self.bug == Some(Bug::SendLost) && self.random.one_in(4) {
            for id in ids {
                self.ledger.send_ended(&id, Certainty::Acknowledged);
            }
            return;
        }
        let url = url(queue);
        if count == 1 {
            let mut input = entries.remove(0);
            if let Some(fields) = input.as_object_mut() {
                fields.remove("Id");
                fields.insert("QueueUrl".to_owned(), url.into());
            }
            self.ask("SendMessage", &input, Asked::Send { ids, operation: "SendMessage" });
        } else {
            let input = json!({"QueueUrl": url, "Entries": entries});
            self.ask(
                "SendMessageBatch",
                &input,
                Asked::Send { ids, operation: "SendMessageBatch" },
            );
        }
    }

    /// Makes up a message and notes it in the ledger.
    pub(crate) fn message(&mut self, queue: usize, index: u64) -> (String, Value) {
        self.sends += 1;
        let id = format!("m{}", self.sends);
        let padding = usize::try_from(self.random.below(600)).unwrap_or(0);
        let body = format!("{id}:{}", "x".repeat(padding));
        let mut entry = json!({"Id": format!("e{index}"), "MessageBody": body});
        let mut due = Timestamp(0);
        if queue == ORDERS && self.random.one_in(5) {
            let delay = 1 + self.random.below(60);
            due = self.core_now().plus(Millis::from_seconds(delay));
            set(&mut entry, "DelaySeconds", delay.into());
        }
        let mut sent = Sent::new(queue, body, self.sends, due);
        if queue == LEDGER_FIFO {
            let group = format!("g{}", self.random.below(4));
            set(&mut entry, "MessageGroupId", group.as_str().into());
            let deduplication_id = self.deduplication_id(&id, &mut sent);
            set(&mut entry, "MessageDeduplicationId", deduplication_id.into());
            sent.group = Some(group);
        }
        if queue == BRIEF {
            sent.expires = Some(self.core_now().plus(BRIEF_RETENTION));
        }
        self.ledger.sending(&id, sent);
        (id, entry)
    }

    /// The deduplication id of a new message: mostly its own, sometimes that of an earlier one.
    fn deduplication_id(&mut self, id: &str, sent: &mut Sent) -> String {
        let now = self.core_now();
        let is_repeat = self.random.one_in(4);
        let (random, late) = (&mut self.random, Millis(0));
        let repeat = if is_repeat { self.originals.take(random, now, late) } else { None };
        match repeat {
            None => {
                self.originals.add(id, now);
                id.to_owned()
            }
            Some(Repeat::After(first)) => first,
            Some(Repeat::Within(first)) => {
                sent.duplicate_of = Some(first.clone());
                if self.bug == Some(Bug::DuplicateTaken) { id.to_owned() } else { first }
            }
        }
    }

    pub(crate) fn receive(&mut self) {
        let queue = match self.random.below(10) {
            0..4 => ORDERS,
            4..8 => LEDGER_FIFO,
            8 => BRIEF,
            _ => DEAD,
        };
        self.receive_from(queue);
    }

    pub(crate) fn receive_from(&mut self, queue: usize) {
        let wait = if self.random.one_in(4) { self.random.below(20) } else { 0 };
        let input = json!({
            "QueueUrl": url(queue),
            "MaxNumberOfMessages": 1 + self.random.below(10),
            "WaitTimeSeconds": wait,
            "MessageSystemAttributeNames": ["ApproximateReceiveCount"],
        });
        let now = self.core_now();
        let receive =
            Receive { operation: self.operations + 1, queue, at: now, visibility: VISIBILITY };
        let deadline = self.now.max(now).plus(Millis::from_seconds(wait));
        self.ask("ReceiveMessage", &input, Asked::Receive { receive, deadline });
    }

    pub(crate) fn delete(&mut self) {
        let Some(held) = self.take_held() else { return };
        self.ledger.deleting(&held.id);
        let asked = Asked::Delete { id: held.id };
        if self.bug == Some(Bug::DeleteLost) && self.random.one_in(4) {
            if let Asked::Delete { id } = asked {
                self.ledger.delete_ended(&id, Certainty::Acknowledged);
            }
            return;
        }
        let input = json!({"QueueUrl": url(held.queue), "ReceiptHandle": held.handle});
        self.ask("DeleteMessage", &input, asked);
    }

    pub(crate) fn change_visibility(&mut self) {
        let seconds = self.random.below(60);
        self.hide_for(seconds);
    }

    /// Hides a message that we hold for so long from now on.
    pub(crate) fn hide_for(&mut self, seconds: u64) {
        let Some(held) = self.take_held() else { return };
        self.ledger.changing_visibility(&held.id);
        let until = self.core_now().plus(Millis::from_seconds(seconds));
        let input = json!({
            "QueueUrl": url(held.queue),
            "ReceiptHandle": held.handle,
            "VisibilityTimeout": seconds,
        });
        let asked = Asked::ChangeVisibility { id: held.id, until };
        self.ask("ChangeMessageVisibility", &input, asked);
    }

    pub(crate) fn attributes(&mut self) {
        // Not those whose messages may be on their way to another queue.
        let queue = if self.random.one_in(2) { LEDGER_FIFO } else { BRIEF };
        let possible = self.ledger.possible(Some(queue), self.now);
        let input = json!({"QueueUrl": url(queue), "AttributeNames": ["All"]});
        self.ask("GetQueueAttributes", &input, Asked::Count { possible });
    }

    fn purge(&mut self) {
        let queue = if self.random.one_in(2) { LEDGER_FIFO } else { BRIEF };
        let ids = self.ledger.purging(queue);
        self.ask("PurgeQueue", &json!({"QueueUrl": url(queue)}), Asked::Purge { ids });
    }

    /// A message whose handle is surely good: held by us and still hidden.
    pub(crate) fn take_held(&mut self) -> Option<Held> {
        let now = self.core_now();
        self.held.retain(|held| held.until > now);
        let index = self.random.index(self.held.len())?;
        Some(self.held.swap_remove(index))
    }

    pub(crate) fn core_now(&mut self) -> Timestamp {
        let now = self.now;
        self.machine.as_ref().map_or(now, |machine| machine.core.stamp_for(now))
    }

    pub(crate) fn ask(&mut self, operation: &'static str, input: &Value, asked: Asked) {
        match wire::decode(operation, input) {
            Ok(work) => self.submit(work, asked),
            Err(error) => panic!("the simulator's own requests are right: {operation}: {error:?}"),
        }
    }

    pub(crate) fn submit(&mut self, work: Work, asked: Asked) {
        self.operations += 1;
        let ticket = Request(self.operations);
        self.asked.insert(ticket, asked);
        match work {
            Work::Query(partition, query) => {
                let now = self.now;
                if let Some(machine) = &mut self.machine {
                    machine.core.query(now, partition, query, ticket);
                }
            }
            Work::QueryAll(_) => unreachable!("no simulated client lists anything"),
            Work::Command(_, command) if !self.room.admits(command.burden()) => {
                if let Some(asked) = self.asked.remove(&ticket) {
                    self.refuse(asked);
                }
            }
            Work::Command(partition, command) => {
                let facts = self.look_up(&command.foreign());
                self.propose(ticket, partition, Entry { command, facts });
            }
        }
    }

    pub(crate) fn propose(&mut self, ticket: Request, partition: PartitionId, entry: Entry) {
        let is_swapped = match self.asked.get(&ticket) {
            Some(Asked::Send { .. }) => self.bug == Some(Bug::SendsSwapped),
            Some(Asked::Topic(TopicAsked::Publish(_))) => self.bug == Some(Bug::PublishesSwapped),
            Some(_) | None => false,
        };
        if is_swapped {
            // Hold one back, and apply it after the next.
            match self.swapped.take() {
                None => self.swapped = Some((ticket, partition, entry)),
                Some((earlier, earlier_partition, earlier_entry)) => {
                    self.hand_in(ticket, partition, entry);
                    self.hand_in(earlier, earlier_partition, earlier_entry);
                }
            }
            return;
        }
        self.hand_in(ticket, partition, entry);
    }

    pub(crate) fn hand_in(&mut self, ticket: Request, partition: PartitionId, entry: Entry) {
        let mut now = self.now;
        if self.bug == Some(Bug::ClockRunsAhead) && self.random.one_in(8) {
            now = now.plus(Millis(45_000));
        }
        let bytes = codec::to_bytes(&entry);
        if let Some(machine) = &mut self.machine {
            machine.core.propose(now, partition, entry, bytes, ticket);
        }
    }

    /// What the node would look up in other partitions before a command is logged.
    pub(crate) fn look_up(&mut self, foreign: &[Arn]) -> Facts {
        let Some(machine) = &mut self.machine else { return Facts::default() };
        let facts = foreign.iter().map(|about| {
            let answer = PartitionId::of_arn(about)
                .and_then(|id| machine.core.ask(self.now, id, Query::Fact(about.clone())).ok());
            match answer {
                Some(Reply::Fact(fact)) => fact,
                Some(_) | None => Fact { about: about.clone(), exists: false, detail: None },
            }
        });
        Facts(facts.collect())
    }

    pub(crate) fn release(&mut self, replies: Vec<Answered<Request>>) {
        for Answered { ticket, answer, at } in replies {
            if let Some(asked) = self.asked.remove(&ticket) {
                self.answer(ticket, at, asked, answer);
            }
        }
    }

    pub(crate) fn answer(&mut self, ticket: Request, at: Timestamp, asked: Asked, answer: Answer) {
        let operation = operation(&asked);
        if let (Asked::BeginUpload { key }, Ok(Reply::S3(s3::Reply::UploadCreated(id)))) =
            (&asked, &answer)
        {
            self.uploads.push(Upload::begun(key.clone(), *id));
        }
        let reply = wire::encode(operation, answer);
        self.digest.update(format!("{} {reply:?}\n", ticket.0).as_bytes());
        let how = if reply.is_ok() { Certainty::Acknowledged } else { Certainty::Refused };
        match asked {
            Asked::Create(queue) => {
                assert_eq!(how, Certainty::Acknowledged, "queues can be created: {reply:?}");
                if let Some(created) = self.created.get_mut(queue) {
                    *created = true;
                }
            }
            Asked::Send { ids, .. } => {
                let reply = reply.unwrap_or_default();
                for (index, id) in ids.iter().enumerate() {
                    self.ledger.send_ended(id, how);
                    if let Some(message_id) = message_id(&reply, index) {
                        self.ledger.named(id, message_id);
                    }
                }
            }
            Asked::Delete { id } => self.ledger.delete_ended(&id, how),
            Asked::Purge { ids } => self.ledger.purge_ended(&ids, how),
            Asked::ChangeVisibility { id, until } => {
                if how == Certainty::Acknowledged {
                    self.ledger.visibility_changed(&id, until);
                }
            }
            Asked::Receive { receive, .. } => {
                // A long poll is applied when it finds something, later than it was asked. A
                // stamp from the future is no excuse: clients live in the world's time.
                let receive = Receive { at: at.min(self.now), ..receive };
                self.received(receive, &reply.unwrap_or_default());
            }
            Asked::Attributes => self.counted += count(&reply.unwrap_or_default()),
            Asked::Count { possible } => {
                self.ledger.counted(count(&reply.unwrap_or_default()), &possible);
            }
            // A repeat after a lost reply finds the bucket there, which is as good.
            Asked::MakeBucket => self.bucket_is_made = true,
            Asked::Announce => {
                self.bucket_is_announced = true;
                if how == Certainty::Refused {
                    // Bucket and queue were both acknowledged before.
                    let what = format!("a rule could not be set: {reply:?}");
                    self.ledger.report(Invariant::I1AcknowledgedIsKept, what);
                }
            }
            Asked::Put { key } => self.ledger.put_ended(&key, how),
            Asked::Shelve { key, number } => self.shelf.ended(&key, number, how),
            // A repeat after a lost reply finds the function there, which is as good.
            Asked::MakeFunction => self.roster.is_made = true,
            Asked::Invoke { id } => self.roster.accept_ended(id, how),
            Asked::Told { id, attempt } => self.roster.told_ended(id, attempt, how),
            Asked::UploadPart { id, content } => self.part_ended(id, content, how),
            Asked::Topic(asked) => self.topic_answered(asked, reply),
            Asked::Move(asked) => self.move_answered(at, asked, reply),
            Asked::BeginUpload { .. } | Asked::Anything(_) => {}
        }
    }

    pub(crate) fn received(&mut self, receive: Receive, reply: &Value) {
        let messages = reply.get("Messages").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut delivered = Vec::new();
        for message in &messages {
            let mut body = text(message, "Body");
            if self.bug == Some(Bug::RotRead) && self.rotten.is_some() {
                body = body.replacen('x', "y", 1);
            }
            if receive.queue == NOTICES {
                self.noticed(message, &body, receive);
                continue;
            }
            let id = body.split(':').next().unwrap_or_default().to_owned();
            let receive_count = message
                .get("Attributes")
                .and_then(|attributes| attributes.get("ApproximateReceiveCount"))
                .and_then(Value::as_str)
                .and_then(|count| count.parse().ok())
                .unwrap_or(0);
            self.held.push(Held {
                id: id.clone(),
                queue: receive.queue,
                handle: text(message, "ReceiptHandle"),
                until: receive.at.plus(receive.visibility),
            });
            if self.is_calm {
                *self.found.entry(id.clone()).or_default() += 1;
            }
            delivered.push(Delivered { id, body, receive_count });
        }
        self.ledger.received(receive, &delivered);
    }

    pub(crate) fn noticed(&mut self, message: &Value, body: &str, receive: Receive) {
        if let Some(key) = objects::announced_key(body) {
            *self.notices.entry(key).or_default() += 1;
        }
        self.held.push(Held {
            id: "notice".to_owned(),
            queue: NOTICES,
            handle: text(message, "ReceiptHandle"),
            until: receive.at.plus(receive.visibility),
        });
    }
}

/// What the wire calls what was asked.
fn operation(asked: &Asked) -> &'static str {
    match asked {
        Asked::Create(_) => "CreateQueue",
        Asked::Send { operation, .. } => operation,
        Asked::Receive { .. } => "ReceiveMessage",
        Asked::Delete { .. } => "DeleteMessage",
        Asked::ChangeVisibility { .. } => "ChangeMessageVisibility",
        Asked::Purge { .. } => "PurgeQueue",
        Asked::Attributes | Asked::Count { .. } => "GetQueueAttributes",
        Asked::MakeBucket | Asked::Announce | Asked::Put { .. } | Asked::Shelve { .. } => "S3",
        Asked::BeginUpload { .. } | Asked::UploadPart { .. } => "S3",
        Asked::MakeFunction | Asked::Invoke { .. } | Asked::Told { .. } => "Lambda",
        Asked::Topic(asked) => asked.operation(),
        Asked::Move(asked) => asked.operation(),
        Asked::Anything(operation) => operation,
    }
}

pub(crate) fn name(queue: usize) -> &'static str {
    QUEUES.get(queue).copied().unwrap_or_default()
}

pub(crate) fn url(queue: usize) -> String {
    format!("http://sim/000000000000/{}", name(queue))
}

pub(crate) fn set(entry: &mut Value, key: &str, value: Value) {
    if let Some(fields) = entry.as_object_mut() {
        fields.insert(key.to_owned(), value);
    }
}

pub(crate) fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// What the answer to a send calls its message, or the message at `index` of a batch.
fn message_id(reply: &Value, index: usize) -> Option<String> {
    let entry = match reply.get("Successful").and_then(Value::as_array) {
        None => reply,
        Some(entries) => {
            let id = format!("e{index}");
            entries.iter().find(|entry| entry.get("Id").is_some_and(|found| *found == *id))?
        }
    };
    Some(entry.get("MessageId")?.as_str()?.to_owned())
}

pub(crate) fn count(reply: &Value) -> u64 {
    let attributes = reply.get("Attributes");
    [
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
    ]
    .into_iter()
    .filter_map(|name| attributes?.get(name)?.as_str()?.parse::<u64>().ok())
    .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidemill_kernel::Arn;

    /// What is said between them must cross partitions, or the simulator never tries the outbox.
    #[test]
    fn the_queues_and_the_bucket_that_talk_live_in_different_partitions() {
        let caller = wire::caller();
        let place =
            |queue| PartitionId::of_arn(&Arn::queue(&caller.region, caller.account, name(queue)));
        assert_ne!(place(ORDERS), place(DEAD));
        assert_ne!(place(NOTICES), PartitionId::of_arn(&Arn::bucket("inbox")));
    }
}
