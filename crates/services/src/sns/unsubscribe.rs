//! `Unsubscribe`: ends a subscription; ending one that is none is no error.
//!
//! The links in notifications work unsigned, unless the subscription was confirmed with
//! `AuthenticateOnUnsubscribe`. A URL is told, with a token that restores the subscription.

use super::http_deliveries::QuestionKind;
use super::topic::{Ended, lapse_of};
use super::{Error, Reply, State, SubscriptionKey};
use crate::Work;
use kernel::{Caller, Outcome, Turn};
use tidemill_aws::generated::sns::UnsubscribeInput;
use tidemill_kernel as kernel;

pub(super) fn decode(input: UnsubscribeInput, caller: &Caller) -> Result<Work, Error> {
    let key = SubscriptionKey::read(caller, &input.subscription_arn)?;
    let partition = key.topic.partition();
    let command = if super::is_signed(caller) {
        super::Command::Unsubscribe(key)
    } else {
        super::Command::UnsubscribeUnsigned(key)
    };
    Ok(Work::Command(partition, crate::Command::Sns(command)))
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    key: &SubscriptionKey,
) -> Outcome<Reply> {
    let done = Outcome::Done(Reply::Done);
    state.forget_losses(key);
    let Ok(topic) = state.topic_mut(&key.topic) else { return done };
    let Some((sequence, subscription)) = topic.delete_subscription(turn, key.id) else {
        return done;
    };
    // Who never agreed to being subscribed is not asked.
    if subscription.protocol.is_web() && !subscription.is_pending() {
        let (url, base_url) =
            (subscription.endpoint.as_str().to_owned(), subscription.base_url.clone());
        let since = turn.now();
        topic.put_ended(turn, sequence, Ended { subscription, since });
        let lapse = (lapse_of(since), topic.number, sequence);
        state.lapses.insert(lapse);
        state.ask(turn, QuestionKind::Unsubscribe, (key.clone(), &url), base_url);
    }
    done
}

pub(super) fn apply_unsigned(
    state: &mut State,
    turn: &mut Turn<'_>,
    key: &SubscriptionKey,
) -> Result<Outcome<Reply>, Error> {
    let subscribed = state.topic(&key.topic).ok().and_then(|topic| topic.subscription(key.id));
    if subscribed.is_some_and(|(_, subscription)| subscription.protects_unsubscribe()) {
        return Err(Error::SignatureRequired);
    }
    Ok(apply(state, turn, key))
}
