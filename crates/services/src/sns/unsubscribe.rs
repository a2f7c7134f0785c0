//! `Unsubscribe`: ends a subscription; ending one that is none is no error.

use super::{Error, Reply, State, SubscriptionKey};
use crate::Work;
use kernel::{Caller, Outcome, Turn};
use tidemill_aws::generated::sns::UnsubscribeInput;
use tidemill_kernel as kernel;

pub(super) fn decode(input: UnsubscribeInput, caller: &Caller) -> Result<Work, Error> {
    let key = SubscriptionKey::read(caller, &input.subscription_arn)?;
    let partition = key.topic.partition();
    Ok(Work::Command(partition, crate::Command::Sns(super::Command::Unsubscribe(key))))
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    key: &SubscriptionKey,
) -> Outcome<Reply> {
    if let Ok(topic) = state.topic_mut(&key.topic) {
        topic.delete_subscription(turn, key.id);
    }
    Outcome::Done(Reply::Done)
}
