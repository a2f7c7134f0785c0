//! `PurgeQueue`: every message goes, those in flight too; once a minute.

use super::model::COOL_DOWN_SECONDS;
use super::state::Sweep;
use super::{Error, QueueKey, Reply, State};
use crate::Work;
use kernel::{Caller, Millis, Outcome, Turn};
use tidemill_aws::generated::sqs::PurgeQueueInput;
use tidemill_kernel as kernel;

pub(super) fn decode(input: PurgeQueueInput, caller: &Caller) -> Result<Work, Error> {
    let queue = QueueKey::from_url(caller, &input.queue_url)?;
    let partition = queue.partition();
    Ok(Work::Command(partition, crate::Command::Sqs(super::Command::PurgeQueue(queue))))
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    key: &QueueKey,
) -> Result<Outcome<Reply>, Error> {
    let now = turn.now();
    let queue = state.queue_mut(now, key)?;
    let cool_down = Millis::from_seconds(COOL_DOWN_SECONDS);
    if queue.settings.purged.is_some_and(|purged| now < purged.plus(cool_down)) {
        return Err(Error::PurgeQueueInProgress { queue: key.name.clone() });
    }
    queue.settings.purged = Some(now);
    queue.put_settings(turn);
    queue.messages.clear();
    queue.trails.clear(turn);
    queue.tally.note_settled();
    let number = queue.number;
    let (sequence, group) =
        (queue.messages.counters.next_sequence, queue.messages.counters.next_group);
    turn.delete_bodies_below(number, sequence);
    let has_scheduled = queue.scheduled_due.is_some();
    if key.is_fifo() {
        state.put_sweep(turn, number, Sweep::Groups(group));
    } else if has_scheduled {
        let generation = queue.forget_scheduled();
        state.put_sweep(turn, number, Sweep::Scheduled(generation));
    }
    Ok(Outcome::Done(Reply::Done))
}

#[cfg(test)]
mod tests {
    use super::super::script::check;
    use expect_test::expect;

    #[test]
    fn a_purge_takes_messages_in_flight_too_and_rests_a_minute() {
        check(
            r#"
            @0     create orders
            @0     send orders a
            @0     send orders b
            @0     send orders c DelaySeconds=60
            @0     receive orders
            @1     purge orders
            @1     counts orders
            @1     delete orders a
            @1     change orders a 5
            @2     send orders d
            @60000 purge orders
            @60001 receive orders MaxNumberOfMessages=10
            @60001 purge orders
            @60001 counts orders
            "#,
            expect![[r#"
                @0     create orders                             -> created
                @0     send orders a                             -> sent
                @0     send orders b                             -> sent
                @0     send orders c DelaySeconds=60             -> sent
                @0     receive orders                            -> a(1)
                @1     purge orders                              -> done
                @1     counts orders                             -> visible 0 in flight 0 delayed 0
                @1     delete orders a                           -> done
                @1     change orders a 5                         -> 400 InvalidParameterValue: Value AAABAAAAAAAAAAEAAAAAAAAAAQAAAInqj_7qtT6qbYlc7mc1yFs for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.
                @2     send orders d                             -> sent
                @60000 purge orders                              -> 403 AWS.SimpleQueueService.PurgeQueueInProgress: Only one PurgeQueue operation on orders is allowed every 60 seconds.
                @60001 receive orders MaxNumberOfMessages=10     -> d(1)
                @60001 purge orders                              -> done
                @60001 counts orders                             -> visible 0 in flight 0 delayed 0
            "#]],
        );
    }

    #[test]
    fn a_purged_group_starts_anew() {
        check(
            r#"
            @0 create orders.fifo FifoQueue=true ContentBasedDeduplication=true
            @0 send orders.fifo a MessageGroupId=g
            @0 receive orders.fifo
            @1 purge orders.fifo
            @2 send orders.fifo b MessageGroupId=g
            @2 restart
            @2 tick
            @3 receive orders.fifo
            @3 send orders.fifo a MessageGroupId=h
            "#,
            expect![[r#"
                @0 create orders.fifo FifoQueue=true ContentBasedDeduplication=true -> created
                @0 send orders.fifo a MessageGroupId=g           -> sent #1
                @0 receive orders.fifo                           -> a(1)
                @1 purge orders.fifo                             -> done
                @2 send orders.fifo b MessageGroupId=g           -> sent #2
                @2 restart                                       -> restarted
                @2 tick                                          -> next @300000
                @3 receive orders.fifo                           -> b(1)
                @3 send orders.fifo a MessageGroupId=h           -> sent #1
            "#]],
        );
    }
}
