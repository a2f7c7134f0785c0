//! `CreateQueue`: idempotent while the attributes that are named agree.

use super::attributes::{Attributes, AttributesPatch, boolean};
use super::deliveries::notify_dead_letter_queues;
use super::fact;
use super::groups::Groups;
use super::messages::Messages;
use super::move_tasks::MoveTasks;
use super::policy::RedrivePolicy;
use super::queue::{Queue, Settings};
use super::state::{ATTEMPTS, DUPLICATE_TABLES};
use super::tally::Tally;
use super::trail::Trails;
use super::window::Window;
use super::{Error, QueueKey, Reply, State, register, tag_queue};
use crate::Work;
use crate::duplicates::Duplicates;
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
    let messages = if key.is_fifo() {
        Messages::fifo(number, Groups::default())
    } else {
        Messages::standard(number)
    };
    let now = turn.now();
    let settings = Settings {
        key: key.clone(),
        attributes,
        tags,
        created: now,
        modified: now,
        purged: None,
        paused: None,
    };
    let queue = Queue {
        number,
        settings,
        messages,
        duplicates: Duplicates::new(&DUPLICATE_TABLES, number),
        attempts: Window::new(ATTEMPTS, number),
        move_tasks: MoveTasks::new(number),
        trails: Trails::new(number),
        scheduled_due: None,
        tally: Tally::default(),
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
    let found = turn.facts.get(target).filter(|fact| fact.exists && !register::is_register(target));
    let Some(found) = found else {
        return Err(invalid("Dead letter target does not exist.".to_owned()));
    };
    let allow = found.detail.as_deref().map(fact::redrive_allow_policy).transpose()?.flatten();
    if allow.is_some_and(|allow| !allow.allows(&source.arn())) {
        return Err(invalid(format!(
            "The redrive allow policy of {target} does not permit {} as a source.",
            source.arn()
        )));
    }
    Ok(())
}

pub(super) fn encode(reply: Reply, caller: &Caller) -> CreateQueueOutput {
    let Reply::QueueUrl(key) = reply else { super::mismatch("CreateQueue", &reply) };
    CreateQueueOutput { queue_url: Some(key.url(caller)) }
}

#[cfg(test)]
mod tests {
    use super::super::script::check;
    use expect_test::expect;

    #[test]
    fn the_same_queue_may_be_created_again_but_not_a_different_one() {
        check(
            r#"
            @0 create orders
            @0 create orders
            @0 create orders VisibilityTimeout=30
            @0 create orders VisibilityTimeout=31
            @0 create orders DelaySeconds=900 VisibilityTimeout=30
            @0 set orders VisibilityTimeout=31
            @0 create orders VisibilityTimeout=31
            @0 call GetQueueUrl {"QueueName":"orders"}
            "#,
            expect![[r#"
                @0 create orders                                 -> created
                @0 create orders                                 -> created
                @0 create orders VisibilityTimeout=30            -> created
                @0 create orders VisibilityTimeout=31            -> 400 QueueAlreadyExists: A queue already exists with the same name and a different value for attribute VisibilityTimeout
                @0 create orders DelaySeconds=900 VisibilityTimeout=30 -> 400 QueueAlreadyExists: A queue already exists with the same name and a different value for attribute DelaySeconds
                @0 set orders VisibilityTimeout=31               -> done
                @0 create orders VisibilityTimeout=31            -> created
                @0 call GetQueueUrl {"QueueName":"orders"}       -> {"QueueUrl":"http://localhost:4566/000000000000/orders"}
            "#]],
        );
    }

    #[test]
    fn names_are_letters_digits_hyphens_and_underscores() {
        check(
            r#"
            @0 create Orders_9-x
            @0 create or.ders
            @0 create orders.fifo
            @0 create orders.fifo FifoQueue=true
            @0 create orders FifoQueue=true
            @0 create orders FifoQueue=false
            @0 create .fifo FifoQueue=true
            @0 create aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
            @0 call CreateQueue {}
            @0 call CreateQueue {"QueueName":"tagged","tags":{"aws:x":"1"}}
            "#,
            expect![[r#"
                @0 create Orders_9-x                             -> created
                @0 create or.ders                                -> 400 InvalidParameterValue: Value or.ders for parameter QueueName is invalid. Reason: Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length
                @0 create orders.fifo                            -> 400 InvalidParameterValue: Value orders.fifo for parameter QueueName is invalid. Reason: Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length
                @0 create orders.fifo FifoQueue=true             -> created
                @0 create orders FifoQueue=true                  -> 400 InvalidParameterValue: Value orders for parameter QueueName is invalid. Reason: The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.
                @0 create orders FifoQueue=false                 -> 400 InvalidAttributeName: Unknown Attribute FifoQueue.
                @0 create .fifo FifoQueue=true                   -> 400 InvalidParameterValue: Value .fifo for parameter QueueName is invalid. Reason: The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.
                @0 create aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa -> 400 InvalidParameterValue: Value aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa for parameter QueueName is invalid. Reason: Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length
                @0 call CreateQueue {}                           -> 400 MissingParameter: The request must contain the parameter QueueName.
                @0 call CreateQueue {"QueueName":"tagged","tags":{"aws:x":"1"}} -> 400 InvalidParameterValue: Tag keys that start with aws: are reserved for system use.
            "#]],
        );
    }

    #[test]
    fn a_dead_letter_queue_must_exist_and_agree() {
        check(
            r#"
            @0 call CreateQueue {"QueueName":"orders","Attributes":{"RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:dlq\",\"maxReceiveCount\":\"2\"}"}}
            @0 call CreateQueue {"QueueName":"dlq","Attributes":{"RedriveAllowPolicy":"{\"redrivePermission\":\"denyAll\"}"}}
            @0 call CreateQueue {"QueueName":"orders","Attributes":{"RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:dlq\",\"maxReceiveCount\":\"2\"}"}}
            @0 set dlq RedriveAllowPolicy={"redrivePermission":"allowAll"}
            @0 call CreateQueue {"QueueName":"orders","Attributes":{"RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:dlq\",\"maxReceiveCount\":\"2\"}"}}
            @0 call ListDeadLetterSourceQueues {"QueueUrl":"$dlq"}
            @0 set orders RedrivePolicy=
            @0 call ListDeadLetterSourceQueues {"QueueUrl":"$dlq"}
            "#,
            expect![[r#"
                @0 call CreateQueue {"QueueName":"orders","Attributes":{"RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:dlq\",\"maxReceiveCount\":\"2\"}"}} -> 400 InvalidParameterValue: Value {"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dlq","maxReceiveCount":2} for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist.
                @0 call CreateQueue {"QueueName":"dlq","Attributes":{"RedriveAllowPolicy":"{\"redrivePermission\":\"denyAll\"}"}} -> created
                @0 call CreateQueue {"QueueName":"orders","Attributes":{"RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:dlq\",\"maxReceiveCount\":\"2\"}"}} -> 400 InvalidParameterValue: Value {"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dlq","maxReceiveCount":2} for parameter RedrivePolicy is invalid. Reason: The redrive allow policy of arn:aws:sqs:us-east-1:000000000000:dlq does not permit arn:aws:sqs:us-east-1:000000000000:orders as a source.
                @0 set dlq RedriveAllowPolicy={"redrivePermission":"allowAll"} -> done
                @0 call CreateQueue {"QueueName":"orders","Attributes":{"RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:dlq\",\"maxReceiveCount\":\"2\"}"}} -> created
                @0 call ListDeadLetterSourceQueues {"QueueUrl":"$dlq"} -> {"queueUrls":["http://localhost:4566/000000000000/orders"]}
                @0 set orders RedrivePolicy=                     -> done
                @0 call ListDeadLetterSourceQueues {"QueueUrl":"$dlq"} -> {"queueUrls":[]}
            "#]],
        );
    }
}
