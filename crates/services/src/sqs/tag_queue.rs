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
        } else if !key.chars().chain(value.chars()).all(may_be_in_tag) {
            "Tag keys and values can include letters, digits, spaces, and _ . : / = + - @."
        } else {
            continue;
        };
        return Err(Error::InvalidParameter { reason: reason.to_owned() });
    }
    check_count(tags.len())?;
    Ok(tags)
}

/// Letters and digits of any script, spaces, and a few marks.
fn may_be_in_tag(character: char) -> bool {
    let is_space = character.is_whitespace() && !character.is_control();
    character.is_alphanumeric()
        || is_space
        || matches!(character, '_' | '.' | ':' | '/' | '=' | '+' | '-' | '@')
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

#[cfg(test)]
mod tests {
    use super::super::script::check;
    use expect_test::expect;

    #[test]
    fn tags_are_added_changed_listed_and_removed() {
        check(
            r#"
            @0 call CreateQueue {"QueueName":"orders","tags":{"team":"a"}}
            @0 call TagQueue {"QueueUrl":"$orders","Tags":{"team":"b","stage":""}}
            @0 call ListQueueTags {"QueueUrl":"$orders"}
            @0 restart
            @0 call UntagQueue {"QueueUrl":"$orders","TagKeys":["team","none"]}
            @0 call ListQueueTags {"QueueUrl":"$orders"}
            @0 call UntagQueue {"QueueUrl":"$orders","TagKeys":["stage"]}
            @0 call ListQueueTags {"QueueUrl":"$orders"}
            @0 call TagQueue {"QueueUrl":"$orders","Tags":{"AWS:x":"1"}}
            @0 call TagQueue {"QueueUrl":"$orders","Tags":{}}
            @0 call TagQueue {"QueueUrl":"$orders","Tags":{"Größe 7_.:/=+-@":"日本 x"}}
            @0 call TagQueue {"QueueUrl":"$orders","Tags":{"a*":"b"}}
            @0 call TagQueue {"QueueUrl":"$orders","Tags":{"a":"b\tc"}}
            @0 call TagQueue {"QueueUrl":"$none","Tags":{"a":"b"}}
            "#,
            expect![[r#"
                @0 call CreateQueue {"QueueName":"orders","tags":{"team":"a"}} -> created
                @0 call TagQueue {"QueueUrl":"$orders","Tags":{"team":"b","stage":""}} -> done
                @0 call ListQueueTags {"QueueUrl":"$orders"}     -> {"Tags":{"stage":"","team":"b"}}
                @0 restart                                       -> restarted
                @0 call UntagQueue {"QueueUrl":"$orders","TagKeys":["team","none"]} -> done
                @0 call ListQueueTags {"QueueUrl":"$orders"}     -> {"Tags":{"stage":""}}
                @0 call UntagQueue {"QueueUrl":"$orders","TagKeys":["stage"]} -> done
                @0 call ListQueueTags {"QueueUrl":"$orders"}     -> done
                @0 call TagQueue {"QueueUrl":"$orders","Tags":{"AWS:x":"1"}} -> 400 InvalidParameterValue: Tag keys that start with aws: are reserved for system use.
                @0 call TagQueue {"QueueUrl":"$orders","Tags":{}} -> 400 MissingParameter: The request must contain the parameter Tags.
                @0 call TagQueue {"QueueUrl":"$orders","Tags":{"Größe 7_.:/=+-@":"日本 x"}} -> done
                @0 call TagQueue {"QueueUrl":"$orders","Tags":{"a*":"b"}} -> 400 InvalidParameterValue: Tag keys and values can include letters, digits, spaces, and _ . : / = + - @.
                @0 call TagQueue {"QueueUrl":"$orders","Tags":{"a":"b\tc"}} -> 400 InvalidParameterValue: Tag keys and values can include letters, digits, spaces, and _ . : / = + - @.
                @0 call TagQueue {"QueueUrl":"$none","Tags":{"a":"b"}} -> 400 AWS.SimpleQueueService.NonExistentQueue: The specified queue does not exist.
            "#]],
        );
    }
}
