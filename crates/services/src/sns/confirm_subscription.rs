//! `ConfirmSubscription`: for endpoints that must prove themselves with a token they were sent.
//!
//! Queues and functions of the account are confirmed by being subscribed. No endpoint of another
//! kind is served yet, so no token was ever given out, and none is right.

use super::Error;
use super::model::TopicKey;
use crate::Work;
use kernel::Caller;
use tidemill_aws::generated::sns::ConfirmSubscriptionInput;
use tidemill_kernel as kernel;

pub(super) fn decode(input: ConfirmSubscriptionInput, caller: &Caller) -> Result<Work, Error> {
    let ConfirmSubscriptionInput { authenticate_on_unsubscribe: _, token: _, topic_arn } = input;
    TopicKey::read(caller, "TopicArn", &topic_arn)?;
    Err(Error::invalid("Token"))
}
