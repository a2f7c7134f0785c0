//! Edit and redrive: one dead letter is changed and sent back, and who did so is kept.
//!
//! Not an operation of AWS's. The message leaves, the audit entry is written and the delivery goes
//! into the outbox in one apply: an edited message is in exactly one queue, once. The delivery
//! takes the original along; should its target refuse it, the original comes back and the entry
//! says so.

use super::audit::{self, Audit, Audits, Returned, Version};
use super::chunk::Entry;
use super::edit::Edit;
use super::queue::Queue;
use super::start_message_move_task::{check_destination, check_source, not_found};
use super::{Error, QueueKey, Record, Reply, State, register};
use kernel::{Arn, AttributeValue, Delivery, Effect, MessageAttribute, Outcome, Turn, Uuid, codec};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use tidemill_kernel as kernel;

/// The attribute in which a delivery carries [`Original`]. No client can send one of that name.
const TRAVELLING: &str = "AWS.tidemill.edited";

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct EditMessage {
    #[n(0)]
    pub queue: QueueKey,
    #[n(1)]
    pub position: u64,
    /// Where it goes: to its source, or elsewhere.
    #[n(2)]
    pub destination: Arn,
    #[n(3)]
    pub edit: Edit,
    /// Who asks.
    #[n(4)]
    pub access_key_id: String,
}

/// What the source remembers of an edited message while it is on its way.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub(super) struct Original {
    /// The id that the edited message has, at its destination too.
    #[n(0)]
    pub(super) edited_id: Uuid,
    /// The record before the edit.
    #[n(1)]
    record: ByteVec,
    #[n(2)]
    audit: u64,
    #[n(3)]
    redrive: Option<Uuid>,
}

/// Where a message is sent edited, and on whose word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Order<'a> {
    pub(super) edit: &'a Edit,
    pub(super) destination: &'a Arn,
    pub(super) access_key_id: &'a str,
    pub(super) redrive: Option<Uuid>,
}

impl EditMessage {
    /// An edit that may be asked for: towards another queue of the same type.
    pub fn checked(
        queue: QueueKey,
        position: u64,
        destination: &QueueKey,
        edit: Edit,
        access_key_id: String,
    ) -> Result<EditMessage, Error> {
        check_destination(&queue, destination)?;
        Ok(EditMessage { queue, position, destination: destination.arn(), edit, access_key_id })
    }
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: &EditMessage,
) -> Result<Outcome<Reply>, Error> {
    let EditMessage { queue: key, position, destination, edit, access_key_id } = command;
    state.queue(key)?;
    check_source(turn, &key.arn())?;
    if !turn.facts.exists(destination) || register::is_register(destination) {
        return Err(not_found("DestinationArn"));
    }
    let order = Order { edit, destination, access_key_id, redrive: None };
    let mut audits = std::mem::take(&mut state.audits);
    let sent = state.queue_mut(turn.now(), key).and_then(|queue| {
        let entry = queue.dead_letter_at(turn, *position)?;
        let record = queue.record(turn, *position);
        queue.send_edited(turn, &mut audits, (*position, entry, record), order)
    });
    state.audits = audits;
    sent.map(|entry| Outcome::Done(Reply::Edits(vec![entry], None)))
}

impl Queue {
    /// The visible message at a position.
    fn dead_letter_at(&mut self, turn: &Turn<'_>, position: u64) -> Result<Entry, Error> {
        let now = turn.now();
        let retention = self.retention();
        let entry = self.messages.get(turn.rows(), position);
        let entry = entry.filter(|entry| !entry.is_expired(now, retention));
        let entry = entry.ok_or_else(|| Error::ResourceNotFound {
            what: format!("There is no message at position {position}; it may be gone."),
        })?;
        if entry.due > now {
            return Err(Error::UnsupportedOperation {
                reason: format!(
                    "The message at position {position} is in flight or delayed; only a visible \
                     one can be edited."
                ),
            });
        }
        Ok(entry)
    }

    /// Edits a message and sends it on. A refusal has changed nothing.
    pub(super) fn send_edited(
        &mut self,
        turn: &mut Turn<'_>,
        audits: &mut Audits,
        (sequence, entry, record): (u64, Entry, Record),
        order: Order<'_>,
    ) -> Result<(u64, Audit), Error> {
        let Order { edit, destination, access_key_id, redrive } = order;
        let edited = edit.edited(&record, self.is_fifo())?;
        let from = self.settings.key.arn();
        let original_id = record.message_id.unwrap_or_default();
        let place = [self.number.to_le_bytes(), sequence.to_le_bytes()].concat();
        let edited_id = Uuid::from_random(turn.at.mac("sqs edited message id", &place));
        let audit = Audit {
            at: turn.now(),
            access_key_id: access_key_id.to_owned(),
            redrive,
            destination: destination.clone(),
            before: Version::of(original_id, &record),
            after: Version::of(edited_id, &edited),
            returned: None,
        };
        let number = audits.add(turn, &from, &audit);
        let source = record.dead_letter_source.clone();
        let record = record.encode().to_vec().into();
        let original = Original { edited_id, record, audit: number, redrive };
        self.discard(turn, sequence, entry);
        let mut message = self.message_of(edited, entry, source);
        message.attributes.push(pack(&original));
        let to = destination.clone();
        turn.emit(Effect::Deliver(Delivery { from, to, message, refused: None }));
        Ok((number, audit))
    }

    /// Notes that an edited message came back. Its record as it was, and the redrive it left in.
    pub(super) fn take_back_original(
        &self,
        turn: &mut Turn<'_>,
        original: &Original,
        reason: &str,
    ) -> (Record, Option<Uuid>) {
        let returned = Returned { at: turn.now(), reason: reason.to_owned() };
        audit::note_return(turn, &self.settings.key.arn(), original.audit, returned);
        (Record::decode(&original.record), original.redrive)
    }
}

fn pack(original: &Original) -> MessageAttribute {
    MessageAttribute {
        name: TRAVELLING.to_owned(),
        data_type: "Binary".to_owned(),
        value: AttributeValue::Binary(codec::to_bytes(original)),
    }
}

/// Takes the original out of a delivery's attributes.
pub(super) fn unpack(attributes: &mut Vec<MessageAttribute>) -> Option<Original> {
    let index = attributes.iter().position(|attribute| attribute.name == TRAVELLING)?;
    match attributes.remove(index).value {
        AttributeValue::Binary(bytes) => Some(codec::from_bytes(&bytes)),
        AttributeValue::Text(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::script::{Applied, World, arn, caller, url};
    use super::super::state::{AUDIT_ENDS, AUDITS};
    use super::super::{
        Command, EditRequest, ListEdits, MoveTaskStatus, Query, RedriveFilter,
        StartMessageMoveTask, peek,
    };
    use super::*;
    use expect_test::expect;
    use kernel::Timestamp;
    use serde_json::{Value, json};

    const START: u64 = 1_700_000_000_000;
    const DAY_MS: u64 = 86_400_000;

    /// `orders`, whose dead letters are these, in `dlq`.
    fn world(bodies: &[&str]) -> World {
        let mut world = World::default();
        world.now = Timestamp(START);
        let retention = json!({ "MessageRetentionPeriod": "1209600" });
        for name in ["dlq", "other"] {
            let input = json!({ "QueueName": name, "Attributes": retention });
            world.call("CreateQueue", &input).unwrap();
        }
        let policy = json!({ "deadLetterTargetArn": arn("dlq"), "maxReceiveCount": 1 });
        let attributes = json!({ "RedrivePolicy": policy.to_string() });
        let input = json!({ "QueueName": "orders", "Attributes": attributes });
        world.call("CreateQueue", &input).unwrap();
        for body in bodies {
            let input = json!({ "QueueUrl": url("orders"), "MessageBody": body });
            world.call("SendMessage", &input).unwrap();
        }
        let input = json!({ "QueueUrl": url("orders"), "MaxNumberOfMessages": 10 });
        world.call("ReceiveMessage", &input).unwrap();
        world.now.0 += 60_000;
        assert_eq!(world.call("ReceiveMessage", &input).unwrap(), json!({}));
        world
    }

    fn key(name: &str) -> QueueKey {
        QueueKey::of(&caller(), name)
    }

    fn merge(patch: Value) -> Edit {
        Edit::checked(EditRequest { merge_patch: Some(patch), ..EditRequest::default() }).unwrap()
    }

    fn edit(world: &mut World, position: u64, to: &str, edit: Edit) -> Result<Audit, Error> {
        let who = "AKIAOPERATOR".to_owned();
        let command = EditMessage::checked(key("dlq"), position, &key(to), edit, who)?;
        match world.apply(Command::EditMessage(Box::new(command)))? {
            Applied::Done(Reply::Edits(mut edits, None)) => Ok(edits.remove(0).1),
            Applied::Done(_) | Applied::Wait { .. } => {
                panic!("an edit is answered with its entry")
            }
        }
    }

    fn trail(world: &World) -> Vec<(u64, Audit)> {
        let query = ListEdits { queue: key("dlq"), below: None, limit: 100 };
        let Ok(Reply::Edits(edits, None)) = peek::tests::read(world, Query::ListEdits(query))
        else {
            panic!("a trail is answered with entries");
        };
        edits
    }

    fn shown(world: &World) -> String {
        let line = |(number, audit): (u64, Audit)| {
            let Audit { access_key_id, destination, before, after, returned, redrive, .. } = audit;
            let to = destination.as_str().rsplit(':').next().unwrap_or_default().to_owned();
            let how = if redrive.is_some() { "redrive" } else { "alone" };
            let back = returned.map(|returned| format!(" back: {}", returned.reason));
            let (before, after) = (before.body, after.body);
            let back = back.unwrap_or_default();
            format!("{number} {access_key_id} {how} {before} -> {after} to {to}{back}\n")
        };
        trail(world).into_iter().map(line).collect()
    }

    fn visible(world: &World, queue: &str) -> u64 {
        world.state.queue(&key(queue)).unwrap().counts(world.now).visible
    }

    #[test]
    fn an_edited_dead_letter_goes_back_once_and_who_sent_it_is_kept() {
        let mut world = world(&[r#"{"total": 10.10,"id":1}"#, r#"{"id":2}"#]);
        let audit = edit(&mut world, 1, "orders", merge(json!({ "id": 7 }))).unwrap();
        assert_eq!((visible(&world, "dlq"), visible(&world, "orders")), (1, 1));
        world.restart();
        let input = json!({ "QueueUrl": url("orders"), "AttributeNames": ["All"] });
        let received = world.call("ReceiveMessage", &input).unwrap();
        let message = &received["Messages"][0];
        assert_eq!(message["Body"], r#"{"total": 10.10,"id":7}"#);
        assert_eq!(message["Attributes"]["ApproximateReceiveCount"], "1");
        assert_eq!(message["MessageId"], audit.after.message_id.to_string());
        assert_ne!(audit.before.message_id, audit.after.message_id);
        assert_eq!(audit.before.body_bytes, 23);
        assert_eq!(kernel::hex::encode(&audit.after.body_sha256[..4]), "1f8ee5bd");
        // The same request again finds nothing to edit.
        let again = edit(&mut world, 1, "orders", merge(json!({ "id": 8 }))).unwrap_err();
        assert_eq!(again.to_string(), "There is no message at position 1; it may be gone.");
        edit(&mut world, 2, "other", merge(json!({ "by": "hand" }))).unwrap();
        expect![[r#"
            2 AKIAOPERATOR alone {"id":2} -> {"id":2,"by":"hand"} to other
            1 AKIAOPERATOR alone {"total": 10.10,"id":1} -> {"total": 10.10,"id":7} to orders
        "#]]
        .assert_eq(&shown(&world));
    }

    #[test]
    fn what_cannot_be_edited_stays_as_it_was() {
        let mut world = world(&["plain", "held"]);
        let change = || merge(json!({ "a": 1 }));
        let input = json!({ "QueueUrl": url("dlq"), "MaxNumberOfMessages": 10 });
        world.call("ReceiveMessage", &input).unwrap();
        let mut refused = |position, to| match edit(&mut world, position, to, change()) {
            Ok(_) => panic!("it was edited"),
            Err(refusal) => refusal.to_string(),
        };
        expect![[r#"
            The message at position 1 is in flight or delayed; only a visible one can be edited.
            There is no message at position 9; it may be gone.
            The resource that you specified for the DestinationArn parameter doesn't exist.
            Value arn:aws:sqs:us-east-1:000000000000:dlq for parameter DestinationArn is invalid. Reason: Source queue arn and destination queue arn cannot be the same.
            Value arn:aws:sqs:us-east-1:000000000000:o.fifo for parameter DestinationArn is invalid. Reason: Source queue and destination queue must be of the same type."#]]
        .assert_eq(
            &[(1, "orders"), (9, "orders"), (1, "none"), (1, "dlq"), (1, "o.fifo")]
                .map(|(position, to)| refused(position, to))
                .join("\n"),
        );
        world.now.0 += 60_000;
        let refusal = edit(&mut world, 1, "orders", change()).unwrap_err().to_string();
        assert_eq!(refusal, "The edit cannot be made: the body is no JSON.");
        assert_eq!((visible(&world, "dlq"), shown(&world).as_str()), (2, ""));
        let command =
            EditMessage::checked(key("orders"), 1, &key("other"), change(), "A".to_owned());
        let told = world.apply(Command::EditMessage(Box::new(command.unwrap())));
        let Err(refusal) = told else { panic!("orders is nobody's dead-letter queue") };
        assert!(refusal.to_string().contains("must be configured as a Dead Letter Queue"));
    }

    #[test]
    fn a_redrive_edits_all_that_its_filter_lets_through() {
        let mut world = world(&[r#"{"id":1}"#, "id no JSON", r#"{"id":2}"#, "other"]);
        let filter = RedriveFilter { text: Some("id".to_owned()), ..RedriveFilter::default() };
        let task = StartMessageMoveTask::checked(key("dlq"), None, None, Some(filter)).unwrap();
        let task = task.editing(merge(json!({ "ok": true })), "AKIAOPERATOR".to_owned()).unwrap();
        world.apply(Command::StartMessageMoveTask(task)).unwrap();
        world.restart();
        for _ in 0..5 {
            world.tick();
            world.now.0 += 1000;
        }
        let queue = world.state.queue(&key("dlq")).unwrap();
        let (_, task) = queue.move_tasks.latest().unwrap();
        assert_eq!((task.moved, task.skipped, task.status), (2, 1, MoveTaskStatus::Failed));
        let reason = "At position 2: The edit cannot be made: the body is no JSON.";
        assert_eq!(task.failure_reason.as_deref(), Some(reason));
        expect![[r#"
            2 AKIAOPERATOR redrive {"id":2} -> {"id":2,"ok":true} to orders
            1 AKIAOPERATOR redrive {"id":1} -> {"id":1,"ok":true} to orders
        "#]]
        .assert_eq(&shown(&world));
        assert_eq!((visible(&world, "dlq"), visible(&world, "orders")), (2, 2));
        let long =
            Edit::checked(EditRequest { body: Some("x".repeat(17_000)), ..EditRequest::default() });
        let task = StartMessageMoveTask::checked(key("dlq"), None, None, None).unwrap();
        let refusal = task.editing(long.unwrap(), String::new()).unwrap_err().to_string();
        assert!(refusal.starts_with("An edit of many messages is at most 16384 bytes"));
    }

    #[test]
    fn what_no_queue_takes_comes_back_unedited_and_the_trail_says_so() {
        let mut world = world(&[r#"{"id":1}"#]);
        world.call("DeleteQueue", &json!({ "QueueUrl": url("orders") })).unwrap();
        // Its policy is gone with it; another still dead-letters here.
        let policy = json!({ "deadLetterTargetArn": arn("dlq"), "maxReceiveCount": 1 });
        let attributes = json!({ "RedrivePolicy": policy.to_string() });
        let input = json!({ "QueueName": "second", "Attributes": attributes });
        world.call("CreateQueue", &input).unwrap();
        let task = StartMessageMoveTask::checked(key("dlq"), None, None, None).unwrap();
        let task = task.editing(merge(json!({ "id": 2 })), "AKIAOPERATOR".to_owned()).unwrap();
        world.apply(Command::StartMessageMoveTask(task)).unwrap();
        world.tick();
        world.restart();
        expect![[r#"
            1 AKIAOPERATOR redrive {"id":1} -> {"id":2} to orders back: the queue arn:aws:sqs:us-east-1:000000000000:orders does not exist
        "#]]
        .assert_eq(&shown(&world));
        let queue = world.state.queue(&key("dlq")).unwrap();
        let (_, task) = queue.move_tasks.latest().unwrap();
        assert_eq!((task.moved, task.status), (0, MoveTaskStatus::Failed));
        let input = json!({ "QueueUrl": url("dlq"), "AttributeNames": ["All"] });
        let received = world.call("ReceiveMessage", &input).unwrap();
        let message = &received["Messages"][0];
        assert_eq!(message["Body"], r#"{"id":1}"#);
        assert_eq!(message["MessageId"], trail(&world)[0].1.before.message_id.to_string());
        assert_eq!(message["Attributes"]["DeadLetterQueueSourceArn"], arn("orders"));
    }

    #[test]
    fn a_trail_is_kept_ninety_days_also_of_a_queue_that_is_gone() {
        let mut world = world(&[r#"{"id":1}"#, r#"{"id":2}"#]);
        edit(&mut world, 1, "orders", merge(json!({ "ok": 1 }))).unwrap();
        world.now.0 += DAY_MS;
        edit(&mut world, 2, "orders", merge(json!({ "ok": 2 }))).unwrap();
        world.call("DeleteQueue", &json!({ "QueueUrl": url("dlq") })).unwrap();
        let first = world.now.0 - DAY_MS;
        for (now, left) in [
            (first + 90 * DAY_MS - 1, 2),
            (first + 90 * DAY_MS, 1),
            (first + 91 * DAY_MS - 1, 1),
            (first + 91 * DAY_MS, 0),
        ] {
            world.now.0 = now;
            world.restart();
            world.tick();
            assert_eq!(trail(&world).len(), left, "{now}");
        }
        let left = world.rows.iter().filter(|(table, ..)| [AUDITS, AUDIT_ENDS].contains(table));
        assert_eq!(left.count(), 0);
    }
}
