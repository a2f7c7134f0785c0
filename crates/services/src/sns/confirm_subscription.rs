//! `ConfirmSubscription`: for endpoints that must prove themselves with a token they were sent.
//!
//! Queues and functions of the account are confirmed by being subscribed. An HTTP endpoint is sent
//! a token, and whoever shows it confirms, signed or not. Confirming twice is no error. One whose
//! subscription was ended is sent another token, which restores it.

use super::http_deliveries::{QuestionKind, subscription_of};
use super::model::{CONFIRMATION_MAX_AGE, SubscriptionKey, TopicKey};
use super::topic::{Confirmation, Ended, Topic, lapse_of};
use super::{Error, Reply, State};
use crate::Work;
use kernel::{Caller, Outcome, Turn, Uuid};
use minicbor::{Decode, Encode};
use tidemill_aws::generated::sns::{ConfirmSubscriptionInput, ConfirmSubscriptionOutput};
use tidemill_kernel as kernel;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct ConfirmSubscription {
    #[n(0)]
    pub topic: TopicKey,
    #[n(1)]
    pub token: String,
    /// Whether the request was signed.
    #[n(2)]
    pub is_signed: bool,
    /// Whether an unsigned request may end the subscription.
    #[n(3)]
    pub protects_unsubscribe: bool,
}

pub(super) fn decode(input: ConfirmSubscriptionInput, caller: &Caller) -> Result<Work, Error> {
    let ConfirmSubscriptionInput { authenticate_on_unsubscribe, token, topic_arn } = input;
    let topic = TopicKey::read(caller, "TopicArn", &topic_arn)?;
    let wants_protection = match authenticate_on_unsubscribe.as_deref() {
        None | Some("" | "false") => false,
        Some("true") => true,
        Some(_) => return Err(Error::invalid("AuthenticateOnUnsubscribe")),
    };
    let is_signed = super::is_signed(caller);
    let partition = topic.partition();
    // As on AWS, only a signed request can have this.
    let protects_unsubscribe = wants_protection && is_signed;
    let command = ConfirmSubscription { topic, token, is_signed, protects_unsubscribe };
    let command = super::Command::ConfirmSubscription(command);
    Ok(Work::Command(partition, crate::Command::Sns(command)))
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: &ConfirmSubscription,
) -> Result<Outcome<Reply>, Error> {
    let ConfirmSubscription { topic: key, token, is_signed, protects_unsubscribe } = command;
    let topic = state.topic_mut(key)?;
    let invalid = || Error::invalid("Token");
    let (kind, id) = subscription_of(&turn.at, token).ok_or_else(invalid)?;
    let name = SubscriptionKey { topic: key.clone(), id };
    if kind == QuestionKind::Unsubscribe && topic.subscription(id).is_none() {
        restore(topic, turn, id, command)?;
        return Ok(Outcome::Done(Reply::Subscription(name)));
    }
    let (sequence, subscription) = topic.subscription(id).ok_or_else(invalid)?;
    if let Some(Confirmation::Pending { since }) = subscription.confirmation {
        if turn.now().since(since) > CONFIRMATION_MAX_AGE {
            return Err(invalid());
        }
        let mut subscription = subscription.clone();
        subscription.confirmation = Some(Confirmation::Confirmed {
            was_signed: *is_signed,
            protects_unsubscribe: *protects_unsubscribe,
        });
        topic.put_subscription(turn, sequence, subscription);
        let lapse = (lapse_of(since), topic.number, sequence);
        state.lapses.remove(&lapse);
    }
    Ok(Outcome::Done(Reply::Subscription(name)))
}

/// Brings back a subscription that was ended, as one that was made just now.
fn restore(
    topic: &mut Topic,
    turn: &mut Turn<'_>,
    id: Uuid,
    command: &ConfirmSubscription,
) -> Result<(), Error> {
    let invalid = || Error::invalid("Token");
    let (sequence, Ended { subscription, since }) = topic.ended(id).ok_or_else(invalid)?;
    // Somebody may have subscribed the endpoint again.
    let is_taken = topic.subscription_of(subscription.protocol, &subscription.endpoint).is_some();
    if is_taken || turn.now().since(*since) > CONFIRMATION_MAX_AGE {
        return Err(invalid());
    }
    let was_protected = subscription.protects_unsubscribe();
    let Some(Ended { mut subscription, .. }) = topic.take_ended(turn, sequence) else {
        return Err(invalid());
    };
    subscription.confirmation = Some(Confirmation::Confirmed {
        was_signed: command.is_signed,
        protects_unsubscribe: command.protects_unsubscribe || was_protected,
    });
    let sequence = topic.next_sequence(turn);
    topic.put_subscription(turn, sequence, subscription);
    Ok(())
}

pub(super) fn encode(reply: Reply) -> ConfirmSubscriptionOutput {
    let Reply::Subscription(key) = reply else { super::mismatch("ConfirmSubscription", &reply) };
    ConfirmSubscriptionOutput { subscription_arn: Some(key.arn().to_string()) }
}
