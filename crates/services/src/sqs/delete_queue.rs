//! `DeleteQueue`: the queue and its messages are gone at once, its name for a minute.

use super::deliveries::notify_dead_letter_queues;
use super::state::{QUEUES, Sweep};
use super::{Error, QueueKey, Reply, State, register};
use crate::Work;
use kernel::{Caller, Outcome, Turn};
use tidemill_aws::generated::sqs::DeleteQueueInput;
use tidemill_kernel as kernel;

pub(super) fn decode(input: DeleteQueueInput, caller: &Caller) -> Result<Work, Error> {
    let queue = QueueKey::from_url(caller, &input.queue_url)?;
    let partition = queue.partition();
    Ok(Work::Command(partition, crate::Command::Sqs(super::Command::DeleteQueue(queue))))
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    key: &QueueKey,
) -> Result<Outcome<Reply>, Error> {
    let queue = state.remove(key).ok_or(Error::QueueDoesNotExist)?;
    turn.delete(QUEUES, &queue.number.to_be_bytes());
    turn.delete_bodies_below(queue.number, u64::MAX);
    state.put_sweep(turn, queue.number, Sweep::Queue);
    state.reserve_name(turn, key);
    let redrive = queue.settings.attributes.redrive_policy.as_ref();
    let target = redrive.map(|policy| &policy.dead_letter_target);
    notify_dead_letter_queues(turn, key, target, None);
    if queue.move_tasks.running().is_some() {
        register::note_end(turn, key);
    }
    // Those who wait for a message must learn that none will come.
    queue.wake(turn);
    Ok(Outcome::Done(Reply::Done))
}

#[cfg(test)]
mod tests {
    use super::super::script::check;
    use expect_test::expect;

    #[test]
    fn a_deleted_queues_name_is_free_after_a_minute() {
        check(
            r#"
            @0     create orders
            @0     send orders lost
            @0     drop orders
            @0     drop orders
            @1     receive orders
            @59999 create orders
            @59999 tick
            @60000 create orders
            @60000 receive orders
            @60000 counts orders
            @60001 tick
            "#,
            expect![[r#"
                @0     create orders                             -> created
                @0     send orders lost                          -> sent
                @0     drop orders                               -> done
                @0     drop orders                               -> 400 AWS.SimpleQueueService.NonExistentQueue: The specified queue does not exist.
                @1     receive orders                            -> 400 AWS.SimpleQueueService.NonExistentQueue: The specified queue does not exist.
                @59999 create orders                             -> 400 AWS.SimpleQueueService.QueueDeletedRecently: You must wait 60 seconds after deleting a queue before you can create another with the same name.
                @59999 tick                                      -> next @60000
                @60000 create orders                             -> created
                @60000 receive orders                            -> nothing
                @60000 counts orders                             -> visible 0 in flight 0 delayed 0
                @60001 tick                                      -> idle
            "#]],
        );
    }

    #[test]
    fn a_deleted_source_leaves_its_dead_letter_queue() {
        check(
            r#"
            @0 create dlq
            @0 call CreateQueue {"QueueName":"orders","Attributes":{"RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:dlq\",\"maxReceiveCount\":\"2\"}"}}
            @0 drop orders
            @0 call ListDeadLetterSourceQueues {"QueueUrl":"$dlq"}
            "#,
            expect![[r#"
                @0 create dlq                                    -> created
                @0 call CreateQueue {"QueueName":"orders","Attributes":{"RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:dlq\",\"maxReceiveCount\":\"2\"}"}} -> created
                @0 drop orders                                   -> done
                @0 call ListDeadLetterSourceQueues {"QueueUrl":"$dlq"} -> {"queueUrls":[]}
            "#]],
        );
    }
}
