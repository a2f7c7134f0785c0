//! `DeleteTopic`: the topic and its subscriptions are gone at once; deleting none is no error.

use super::model::TopicKey;
use super::{Error, Reply, State};
use crate::Work;
use kernel::{Caller, Outcome, Turn};
use tidemill_aws::generated::sns::DeleteTopicInput;
use tidemill_kernel as kernel;

pub(super) fn decode(input: DeleteTopicInput, caller: &Caller) -> Result<Work, Error> {
    let topic = TopicKey::read(caller, "TopicArn", &input.topic_arn)?;
    let partition = topic.partition();
    Ok(Work::Command(partition, crate::Command::Sns(super::Command::DeleteTopic(topic))))
}

pub(super) fn apply(state: &mut State, turn: &mut Turn<'_>, key: &TopicKey) -> Outcome<Reply> {
    state.delete(turn, key);
    Outcome::Done(Reply::Done)
}
