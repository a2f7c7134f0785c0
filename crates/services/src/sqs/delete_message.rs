//! `DeleteMessage`: by the handle of its latest receive.

use super::{Error, QueueKey, ReceiptHandle, Reply, State};
use crate::Work;
use kernel::{Caller, Outcome, Turn};
use minicbor::{Decode, Encode};
use tidemill_aws::generated::sqs::DeleteMessageInput;
use tidemill_kernel as kernel;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct DeleteMessage {
    #[n(0)]
    pub queue: QueueKey,
    #[n(1)]
    pub receipt_handle: ReceiptHandle,
}

pub(super) fn decode(input: DeleteMessageInput, caller: &Caller) -> Result<Work, Error> {
    let DeleteMessageInput { queue_url, receipt_handle } = input;
    let queue = QueueKey::from_url(caller, &queue_url)?;
    let receipt_handle = ReceiptHandle::parse(&receipt_handle)?;
    let partition = queue.partition();
    let command = super::Command::DeleteMessage(DeleteMessage { queue, receipt_handle });
    Ok(Work::Command(partition, crate::Command::Sqs(command)))
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: DeleteMessage,
) -> Result<Outcome<Reply>, Error> {
    let queue = state.queue_mut(turn.now(), &command.queue)?;
    queue.delete(turn, &command.receipt_handle)?;
    Ok(Outcome::Done(Reply::Done))
}

#[cfg(test)]
mod tests {
    use super::super::script::check;
    use expect_test::expect;

    #[test]
    fn only_the_latest_handle_deletes() {
        check(
            r#"
            @0    create orders VisibilityTimeout=1
            @0    send orders a
            @0    receive orders
            @1000 receive orders
            @1001 delete orders a#1
            @1001 counts orders
            @5000 delete orders a#2
            @5000 counts orders
            @5000 delete orders a#2
            @5000 delete orders garbage
            @5000 create others
            @5000 delete others a#2
            "#,
            expect![[r#"
                @0    create orders VisibilityTimeout=1          -> created
                @0    send orders a                              -> sent
                @0    receive orders                             -> a(1)
                @1000 receive orders                             -> a(2)
                @1001 delete orders a#1                          -> done
                @1001 counts orders                              -> visible 0 in flight 1 delayed 0
                @5000 delete orders a#2                          -> done
                @5000 counts orders                              -> visible 0 in flight 0 delayed 0
                @5000 delete orders a#2                          -> done
                @5000 delete orders garbage                      -> 404 ReceiptHandleIsInvalid: The input receipt handle is invalid.
                @5000 create others                              -> created
                @5000 delete others a#2                          -> 404 ReceiptHandleIsInvalid: The input receipt handle is invalid.
            "#]],
        );
    }

    #[test]
    fn a_fifo_handle_expires_with_its_visibility() {
        check(
            r#"
            @0    create orders.fifo FifoQueue=true ContentBasedDeduplication=true VisibilityTimeout=1
            @0    send orders.fifo a MessageGroupId=g
            @0    receive orders.fifo
            @1000 delete orders.fifo a
            @1000 receive orders.fifo
            @1001 delete orders.fifo a
            @1001 counts orders.fifo
            "#,
            expect![[r#"
                @0    create orders.fifo FifoQueue=true ContentBasedDeduplication=true VisibilityTimeout=1 -> created
                @0    send orders.fifo a MessageGroupId=g        -> sent #1
                @0    receive orders.fifo                        -> a(1)
                @1000 delete orders.fifo a                       -> 400 InvalidParameterValue: Value AAABAAAAAAAAAAEAAAAAAAAAAQAAAInqj_7qtT6qbYlc7mc1yFs for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.
                @1000 receive orders.fifo                        -> a(2)
                @1001 delete orders.fifo a                       -> done
                @1001 counts orders.fifo                         -> visible 0 in flight 0 delayed 0
            "#]],
        );
    }
}
