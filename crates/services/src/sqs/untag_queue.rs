//! `UntagQueue`: removes tags; those that do not exist are no error.

use super::{Error, QueueKey, Reply, State};
use crate::Work;
use kernel::{Caller, Outcome, Turn};
use minicbor::{Decode, Encode};
use tidemill_aws::generated::sqs::UntagQueueInput;
use tidemill_kernel as kernel;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct UntagQueue {
    #[n(0)]
    pub queue: QueueKey,
    #[n(1)]
    pub tag_keys: Vec<String>,
}

pub(super) fn decode(input: UntagQueueInput, caller: &Caller) -> Result<Work, Error> {
    let UntagQueueInput { queue_url, tag_keys } = input;
    let queue = QueueKey::from_url(caller, &queue_url)?;
    if tag_keys.is_empty() {
        return Err(Error::MissingParameter { name: "TagKeys".to_owned() });
    }
    let partition = queue.partition();
    let command = super::Command::UntagQueue(UntagQueue { queue, tag_keys });
    Ok(Work::Command(partition, crate::Command::Sqs(command)))
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: UntagQueue,
) -> Result<Outcome<Reply>, Error> {
    let queue = state.queue_mut(turn.now(), &command.queue)?;
    let before = queue.settings.tags.len();
    for key in &command.tag_keys {
        queue.settings.tags.remove(key);
    }
    if queue.settings.tags.len() != before {
        queue.put_settings(turn);
    }
    Ok(Outcome::Done(Reply::Done))
}
