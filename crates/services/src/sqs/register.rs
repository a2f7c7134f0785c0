//! The register of an account's running move tasks: AWS allows a hundred of them at a time.
//!
//! ```text
//! task starts or ends, in its queue's partition ── notice ──▶ register: a row per running task
//! StartMessageMoveTask ── looked up before it is logged, as a foreign queue is ──▶ how many
//! ```
//!
//! An account's queues lie in many partitions, and none looks into another. So there is one
//! register for each account and region, in the partition of a name that no queue can have.
//!
//! # Invariants
//!
//! - Notices of one queue come in order and once, so the register holds exactly the tasks that run,
//!   but for those whose notice is on its way: tasks started at one moment may pass the limit.

use super::state::RUNNING_TASKS;
use super::{Error, QueueKey};
use bytes::Bytes;
use kernel::rows::scan_prefix;
use kernel::{
    Arn, AttributeValue, Delivery, Effect, Message, MessageAttribute, Rows, Service, Turn,
};
use tidemill_kernel as kernel;

pub(super) const RUNNING_MAX: usize = 100;
/// No queue's: a name has a period only before `fifo`.
const NAME: &str = ".move-tasks";
/// The attribute of a delivery that says a queue's task runs, or no longer does.
const NOTICE: &str = "move-task";
const STARTED: &str = "started";
const ENDED: &str = "ended";

/// The register that a queue's tasks are in.
pub(super) fn of(queue: &QueueKey) -> Arn {
    Arn::queue(&queue.region, queue.account, NAME)
}

pub(super) fn is_register(arn: &Arn) -> bool {
    arn.service() == Some(Service::Sqs) && arn.resource() == NAME
}

/// What a register tells: how many tasks run, as far as the limit.
pub(super) fn describe(rows: &dyn Rows, register: &Arn) -> String {
    let prefix = row_key(register, "");
    scan_prefix(rows, RUNNING_TASKS, &prefix, None, RUNNING_MAX).len().to_string()
}

/// Refuses one task more than an account may have.
pub(super) fn check(turn: &Turn<'_>, queue: &QueueKey) -> Result<(), Error> {
    let told = turn.facts.get(&of(queue)).and_then(|fact| fact.detail.as_deref());
    let running: usize = told.and_then(|told| told.parse().ok()).unwrap_or_default();
    if running < RUNNING_MAX {
        return Ok(());
    }
    Err(Error::UnsupportedOperation {
        reason: format!(
            "An account can have at most {RUNNING_MAX} active message move tasks at a time."
        ),
    })
}

pub(super) fn note_start(turn: &mut Turn<'_>, queue: &QueueKey) {
    notify(turn, queue, STARTED);
}

pub(super) fn note_end(turn: &mut Turn<'_>, queue: &QueueKey) {
    notify(turn, queue, ENDED);
}

fn notify(turn: &mut Turn<'_>, queue: &QueueKey, what: &str) {
    let notice = MessageAttribute {
        name: NOTICE.to_owned(),
        data_type: "String".to_owned(),
        value: AttributeValue::Text(what.to_owned()),
    };
    turn.emit(Effect::Deliver(Delivery {
        from: queue.arn(),
        to: of(queue),
        message: Message { attributes: vec![notice], ..Message::default() },
        refused: None,
    }));
}

/// Takes a notice. Nothing else is for a register.
pub(super) fn take(turn: &mut Turn<'_>, delivery: &Delivery) -> Result<(), String> {
    let key = row_key(&delivery.to, delivery.from.as_str());
    let is_from_queue = delivery.from.service() == Some(Service::Sqs);
    let says = |notice: &MessageAttribute, what: &str| {
        notice.name == NOTICE && notice.value == AttributeValue::Text(what.to_owned())
    };
    match delivery.message.attributes.as_slice() {
        [notice] if is_from_queue && says(notice, STARTED) => {
            turn.put(RUNNING_TASKS, &key, Bytes::new());
            Ok(())
        }
        [notice] if is_from_queue && says(notice, ENDED) => {
            turn.delete(RUNNING_TASKS, &key);
            Ok(())
        }
        [..] => Err(format!("{} is no queue", delivery.to)),
    }
}

fn row_key(register: &Arn, queue: &str) -> Vec<u8> {
    format!("{register}\0{queue}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::super::script::{World, arn, url};
    use super::*;
    use kernel::Timestamp;
    use serde_json::{Value, json};

    /// As many dead-letter queues as are told, each with a message that has no source to go to.
    fn world(queues: usize) -> World {
        let mut world = World::default();
        world.now = Timestamp(1_700_000_000_000);
        for number in 0..queues {
            let name = format!("dlq{number}");
            world.call("CreateQueue", &json!({ "QueueName": name })).unwrap();
            let policy = json!({ "deadLetterTargetArn": arn(&name), "maxReceiveCount": 1 });
            let attributes = json!({ "RedrivePolicy": policy.to_string() });
            let input = json!({ "QueueName": format!("source{number}"), "Attributes": attributes });
            world.call("CreateQueue", &input).unwrap();
        }
        world.call("CreateQueue", &json!({ "QueueName": "other" })).unwrap();
        world
    }

    fn start(world: &mut World, number: usize) -> Result<Value, String> {
        let input = json!({ "SourceArn": arn(&format!("dlq{number}")) });
        let told = world.call("StartMessageMoveTask", &input);
        told.map_err(|refusal| refusal.message)
    }

    fn running(world: &World) -> usize {
        world.rows.iter().filter(|(table, ..)| *table == RUNNING_TASKS).count()
    }

    #[test]
    fn a_hundred_tasks_of_an_account_run_and_one_more_does_not() {
        let mut world = world(RUNNING_MAX + 1);
        for number in 0..RUNNING_MAX {
            start(&mut world, number).unwrap();
        }
        world.restart();
        let refusal = start(&mut world, RUNNING_MAX).unwrap_err();
        assert_eq!(refusal, "An account can have at most 100 active message move tasks at a time.");
        // One ends by being cancelled, one with its queue, the rest by being done.
        let input = json!({ "SourceArn": arn("dlq0") });
        let listed = world.call("ListMessageMoveTasks", &input).unwrap();
        let handle = json!({ "TaskHandle": listed["Results"][0]["TaskHandle"] });
        world.call("CancelMessageMoveTask", &handle).unwrap();
        assert_eq!(running(&world), RUNNING_MAX - 1);
        world.call("DeleteQueue", &json!({ "QueueUrl": url("dlq1") })).unwrap();
        assert_eq!(running(&world), RUNNING_MAX - 2);
        start(&mut world, RUNNING_MAX).unwrap();
        for _ in 0..3 {
            world.tick();
            world.now.0 += 1000;
        }
        assert_eq!(running(&world), 0);
    }

    #[test]
    fn a_register_is_no_queue() {
        let mut world = world(1);
        let register = of(&QueueKey::of(&super::super::script::caller(), "dlq0"));
        let policy = json!({ "deadLetterTargetArn": register.as_str(), "maxReceiveCount": 1 });
        let attributes = json!({ "RedrivePolicy": policy.to_string() });
        let input = json!({ "QueueName": "sly", "Attributes": attributes });
        let refusal = world.call("CreateQueue", &input).unwrap_err();
        assert!(refusal.message.contains("Dead letter target does not exist"), "{refusal:?}");
        let input = json!({ "SourceArn": arn("dlq0"), "DestinationArn": register.as_str() });
        let refusal = world.call("StartMessageMoveTask", &input).unwrap_err();
        assert!(refusal.message.contains("DestinationArn parameter doesn't exist"), "{refusal:?}");
    }
}
