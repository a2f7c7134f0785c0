//! `TagQueue`: adds tags, or gives those that exist another value.

use super::{Error, QueueKey, Reply, State};
use crate::Work;
use kernel::{Caller, Outcome, Turn};
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;
use tidemill_aws::generated::sqs::TagQueueInput;
use tidemill_kernel as kernel;

const TAGS_MAX: usize = 50;
const TAG_KEY_LENGTH_MAX: usize = 128;
const TAG_VALUE_LENGTH_MAX: usize = 256;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct TagQueue {
    #[n(0)]
    pub queue: QueueKey,
    #[n(1)]
    pub tags: BTreeMap<String, String>,
}

pub(super) fn decode(input: TagQueueInput, caller: &Caller) -> Result<Work, Error> {
    let TagQueueInput { queue_url, tags } = input;
    let queue = QueueKey::from_url(caller, &queue_url)?;
    if tags.is_empty() {
        return Err(Error::MissingParameter { name: "Tags".to_owned() });
    }
    let tags = check(tags)?;
    let partition = queue.partition();
    let command = super::Command::TagQueue(TagQueue { queue, tags });
    Ok(Work::Command(partition, crate::Command::Sqs(command)))
}

/// Tags within AWS's limits.
pub(super) fn check(tags: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Error> {
    for (key, value) in &tags {
        let key_length = key.chars().count();
        let reason = if !(1..=TAG_KEY_LENGTH_MAX).contains(&key_length) {
            "Tag keys must be between 1 and 128 characters in length."
        } else if key.to_ascii_lowercase().starts_with("aws:") {
            "Tag keys that start with aws: are reserved for system use."
        } else if value.chars().count() > TAG_VALUE_LENGTH_MAX {
            "Tag values must be between 0 and 256 characters in length."
        } else {
            continue;
        };
        return Err(Error::InvalidParameter { reason: reason.to_owned() });
    }
    check_count(tags.len())?;
    Ok(tags)
}

fn check_count(count: usize) -> Result<(), Error> {
    if count <= TAGS_MAX {
        return Ok(());
    }
    Err(Error::InvalidParameter { reason: format!("Too many tags added for queue: {count}.") })
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: TagQueue,
) -> Result<Outcome<Reply>, Error> {
    let queue = state.queue_mut(turn.now(), &command.queue)?;
    let mut tags = queue.settings.tags.clone();
    tags.extend(command.tags);
    check_count(tags.len())?;
    queue.settings.tags = tags;
    queue.put_settings(turn);
    Ok(Outcome::Done(Reply::Done))
}
