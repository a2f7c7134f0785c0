//! `ChangeMessageVisibility`: a message in flight comes back later, or at once.

use super::receive_message::decode_visibility;
use super::{Error, QueueKey, ReceiptHandle, Reply, State};
use crate::Work;
use kernel::{Caller, Outcome, Turn};
use minicbor::{Decode, Encode};
use tidemill_aws::generated::sqs::ChangeMessageVisibilityInput;
use tidemill_kernel as kernel;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct ChangeMessageVisibility {
    #[n(0)]
    pub queue: QueueKey,
    #[n(1)]
    pub change: VisibilityChange,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct VisibilityChange {
    #[n(0)]
    pub receipt_handle: ReceiptHandle,
    #[n(1)]
    pub visibility_timeout: u32,
}

pub(super) fn decode(input: ChangeMessageVisibilityInput, caller: &Caller) -> Result<Work, Error> {
    let ChangeMessageVisibilityInput { queue_url, receipt_handle, visibility_timeout } = input;
    let queue = QueueKey::from_url(caller, &queue_url)?;
    let change = VisibilityChange {
        receipt_handle: ReceiptHandle::parse(&receipt_handle)?,
        visibility_timeout: decode_visibility(visibility_timeout)?,
    };
    let partition = queue.partition();
    let command =
        super::Command::ChangeMessageVisibility(ChangeMessageVisibility { queue, change });
    Ok(Work::Command(partition, crate::Command::Sqs(command)))
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: ChangeMessageVisibility,
) -> Result<Outcome<Reply>, Error> {
    let queue = state.queue_mut(turn.now(), &command.queue)?;
    let VisibilityChange { receipt_handle, visibility_timeout } = command.change;
    queue.change_visibility(turn, &receipt_handle, visibility_timeout)?;
    Ok(Outcome::Done(Reply::Done))
}

#[cfg(test)]
mod tests {
    use super::super::script::check;
    use expect_test::expect;

    #[test]
    fn visibility_is_extended_ended_and_bounded() {
        check(
            r#"
            @0        create orders VisibilityTimeout=10
            @0        send orders a
            @0        receive orders
            @5000     change orders a 10
            @14999    receive orders
            @14999    change orders a 0
            @14999    receive orders
            @15000    change orders a#1 5
            @15000    change orders a 43201
            @15000    change orders a -1
            @15998    change orders a 43200
            @15999    change orders a 43200
            @15999    change orders a 43199
            @16000    change orders garbage 5
            @99999000 change orders a 5
            @99999000 receive orders
            @99999000 delete orders a
            @99999000 change orders a 5
            "#,
            expect![[r#"
                @0        create orders VisibilityTimeout=10     -> created
                @0        send orders a                          -> sent
                @0        receive orders                         -> a(1)
                @5000     change orders a 10                     -> done
                @14999    receive orders                         -> nothing
                @14999    change orders a 0                      -> done
                @14999    receive orders                         -> a(2)
                @15000    change orders a#1 5                    -> 400 AWS.SimpleQueueService.MessageNotInflight: The specified message isn't in flight.
                @15000    change orders a 43201                  -> 400 InvalidParameterValue: Value 43201 for parameter VisibilityTimeout is invalid. Reason: Must be >= 0 and <= 43200, if provided.
                @15000    change orders a -1                     -> 400 InvalidParameterValue: Value -1 for parameter VisibilityTimeout is invalid. Reason: Must be >= 0 and <= 43200, if provided.
                @15998    change orders a 43200                  -> done
                @15999    change orders a 43200                  -> 400 InvalidParameterValue: Value 43200 for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds]
                @15999    change orders a 43199                  -> done
                @16000    change orders garbage 5                -> 404 ReceiptHandleIsInvalid: The input receipt handle is invalid.
                @99999000 change orders a 5                      -> 400 AWS.SimpleQueueService.MessageNotInflight: The specified message isn't in flight.
                @99999000 receive orders                         -> a(3)
                @99999000 delete orders a                        -> done
                @99999000 change orders a 5                      -> 400 InvalidParameterValue: Value AAABAAAAAAAAAAEAAAAAAAAAAwAAACCCx7m1JBDV4m4eDMZ5BI4 for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.
            "#]],
        );
    }
}
