//! `CreateQueue`: idempotent while the attributes that are named agree.

use super::attributes::{Attributes, AttributesPatch, boolean};
use super::deliveries::notify_dead_letter_queues;
use super::groups::Groups;
use super::messages::Messages;
use super::move_tasks::MoveTasks;
use super::policy::{RedriveAllowPolicy, RedrivePolicy};
use super::queue::{Queue, Settings};
use super::state::{ATTEMPTS, DEDUPLICATION};
use super::window::Window;
use super::{Error, QueueKey, Reply, State, tag_queue};
use crate::Work;
use kernel::{Caller, Outcome, Turn};
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;
use tidemill_aws::generated::sqs::{CreateQueueInput, CreateQueueOutput};
use tidemill_kernel as kernel;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct CreateQueue {
    #[n(0)]
    pub queue: QueueKey,
    #[n(1)]
    pub attributes: AttributesPatch,
    #[n(2)]
    pub tags: BTreeMap<String, String>,
}

pub(super) fn decode(input: CreateQueueInput, caller: &Caller) -> Result<Work, Error> {
    let CreateQueueInput { attributes, queue_name, tags } = input;
    let mut attributes = attributes.unwrap_or_default();
    let is_fifo = match attributes.remove("FifoQueue") {
        None => false,
        Some(text) if boolean("FifoQueue", &text)? => true,
        // AWS knows the attribute on FIFO queues only: a standard queue must leave it out.
        Some(_) => return Err(Error::InvalidAttributeName { name: "FifoQueue".to_owned() }),
    };
    let queue = QueueKey::create(caller, &queue_name, is_fifo)?;
    let attributes = AttributesPatch::parse(&queue, &attributes)?;
    let tags = tag_queue::check(tags.unwrap_or_default())?;
    let partition = queue.partition();
    let command = super::Command::CreateQueue(CreateQueue { queue, attributes, tags });
    Ok(Work::Command(partition, crate::Command::Sqs(command)))
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: CreateQueue,
) -> Result<Outcome<Reply>, Error> {
    let CreateQueue { queue: key, attributes: patch, tags } = command;
    if let Ok(queue) = state.queue(&key) {
        let existing = &queue.settings.attributes;
        return match existing.difference(&patch.apply(existing)?) {
            Some(attribute) => Err(Error::QueueNameExists { attribute }),
            None => Ok(Outcome::Done(Reply::QueueUrl(key))),
        };
    }
    if state.is_deleted_recently(&key, turn.now()) {
        return Err(Error::QueueDeletedRecently);
    }
    let attributes = patch.apply(&Attributes::default())?;
    if let Some(policy) = &attributes.redrive_policy {
        check_redrive(turn, &key, policy)?;
    }
    // One command creates one queue, so its position is a number no other queue has.
    let number = turn.at.position.0;
    let messages =
        if key.is_fifo() { Messages::fifo(Groups::default()) } else { Messages::standard() };
    let now = turn.now();
    let settings =
        Settings { key: key.clone(), attributes, tags, created: now, modified: now, purged: None };
    let queue = Queue {
        number,
        settings,
        messages,
        duplicates: Window::new(DEDUPLICATION, number),
        attempts: Window::new(ATTEMPTS, number),
        move_tasks: MoveTasks::new(number),
    };
    queue.put_settings(turn);
    let redrive = queue.settings.attributes.redrive_policy.as_ref();
    let target = redrive.map(|policy| policy.dead_letter_target.clone());
    state.insert(queue);
    notify_dead_letter_queues(turn, &key, None, target.as_ref());
    Ok(Outcome::Done(Reply::QueueUrl(key)))
}

/// Whether `source` may dead-letter where it wants to, by what the node found out there.
pub(super) fn check_redrive(
    turn: &Turn<'_>,
    source: &QueueKey,
    policy: &RedrivePolicy,
) -> Result<(), Error> {
    let target = &policy.dead_letter_target;
    let invalid = |reason: String| Error::InvalidParameterValue {
        parameter: "RedrivePolicy",
        value: policy.to_json(),
        reason,
    };
    if *target == source.arn() {
        return Err(invalid("A queue cannot be its own dead letter target.".to_owned()));
    }
    let Some(fact) = turn.facts.get(target).filter(|fact| fact.exists) else {
        return Err(invalid("Dead letter target does not exist.".to_owned()));
    };
    let allow = fact.detail.as_deref().map(RedriveAllowPolicy::parse).transpose()?;
    if allow.is_some_and(|allow| !allow.allows(&source.arn())) {
        return Err(invalid(format!(
            "The redrive allow policy of {target} does not permit {} as a source.",
            source.arn()
        )));
    }
    Ok(())
}

pub(super) fn encode(reply: Reply, caller: &Caller) -> CreateQueueOutput {
    match reply {
        Reply::QueueUrl(key) => CreateQueueOutput { queue_url: Some(key.url(caller)) },
        other => super::mismatch("CreateQueue", &other),
    }
}
