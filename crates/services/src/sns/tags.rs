//! `TagResource`, `UntagResource`, `ListTagsForResource`: the tags of a topic.

use super::model::TopicKey;
use super::{Error, Query, Reply, State};
use crate::Work;
use kernel::{Caller, Outcome, Turn};
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;
use tidemill_aws::generated::sns::{
    ListTagsForResourceInput, ListTagsForResourceOutput, Tag, TagResourceInput, UntagResourceInput,
};
use tidemill_kernel as kernel;

const TAGS_MAX: usize = 50;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct TagResource {
    #[n(0)]
    pub topic: TopicKey,
    #[n(1)]
    pub tags: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct UntagResource {
    #[n(0)]
    pub topic: TopicKey,
    #[n(1)]
    pub keys: Vec<String>,
}

/// Tags as a request gives them. Their lengths are the model's to check.
pub(super) fn read(wire: Vec<Tag>) -> Result<BTreeMap<String, String>, Error> {
    let mut tags = BTreeMap::new();
    for Tag { key, value } in wire {
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(Error::invalid(
                "Tags Reason: Tag keys that start with aws: are reserved for system use",
            ));
        }
        if tags.insert(key, value).is_some() {
            return Err(Error::invalid("Duplicated keys are not allowed."));
        }
    }
    check_count(&tags)?;
    Ok(tags)
}

fn check_count(tags: &BTreeMap<String, String>) -> Result<(), Error> {
    if tags.len() > TAGS_MAX { Err(Error::TagLimitExceeded) } else { Ok(()) }
}

pub(super) fn decode_tag(input: TagResourceInput, caller: &Caller) -> Result<Work, Error> {
    let TagResourceInput { resource_arn, tags } = input;
    let topic = TopicKey::read(caller, "ResourceArn", &resource_arn)?;
    let partition = topic.partition();
    let command = super::Command::TagResource(TagResource { topic, tags: read(tags)? });
    Ok(Work::Command(partition, crate::Command::Sns(command)))
}

pub(super) fn decode_untag(input: UntagResourceInput, caller: &Caller) -> Result<Work, Error> {
    let UntagResourceInput { resource_arn, tag_keys: keys } = input;
    let topic = TopicKey::read(caller, "ResourceArn", &resource_arn)?;
    let partition = topic.partition();
    let command = super::Command::UntagResource(UntagResource { topic, keys });
    Ok(Work::Command(partition, crate::Command::Sns(command)))
}

pub(super) fn decode_list(input: ListTagsForResourceInput, caller: &Caller) -> Result<Work, Error> {
    let topic = TopicKey::read(caller, "ResourceArn", &input.resource_arn)?;
    let partition = topic.partition();
    Ok(Work::Query(partition, crate::Query::Sns(Query::ListTagsForResource(topic))))
}

pub(super) fn apply_tag(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: TagResource,
) -> Result<Outcome<Reply>, Error> {
    let topic = state.topic_mut(&command.topic).map_err(|_| Error::ResourceNotFound)?;
    let mut tags = topic.settings.tags.clone();
    tags.extend(command.tags);
    check_count(&tags)?;
    topic.settings.tags = tags;
    topic.put_settings(turn);
    Ok(Outcome::Done(Reply::Done))
}

pub(super) fn apply_untag(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: &UntagResource,
) -> Result<Outcome<Reply>, Error> {
    let topic = state.topic_mut(&command.topic).map_err(|_| Error::ResourceNotFound)?;
    for key in &command.keys {
        topic.settings.tags.remove(key);
    }
    topic.put_settings(turn);
    Ok(Outcome::Done(Reply::Done))
}

pub(super) fn read_list(state: &State, key: &TopicKey) -> Result<Reply, Error> {
    let topic = state.topic(key).map_err(|_| Error::ResourceNotFound)?;
    Ok(Reply::Tags(topic.settings.tags.clone()))
}

pub(super) fn encode_list(reply: Reply) -> ListTagsForResourceOutput {
    let Reply::Tags(tags) = reply else { super::mismatch("ListTagsForResource", &reply) };
    let tags = tags.into_iter().map(|(key, value)| Tag { key, value });
    ListTagsForResourceOutput { tags: Some(tags.collect()) }
}

#[cfg(test)]
mod tests {
    use super::super::script::{World, check, topic_arn};
    use expect_test::expect;
    use serde_json::{Value, json};

    #[test]
    fn tags_are_added_changed_listed_and_removed() {
        check(
            r#"
            @0 call CreateTopic {"Name":"orders","Tags":[{"Key":"k1","Value":"v1"},{"Key":"k2","Value":"v2"}]}
            @0 call TagResource {"ResourceArn":"$orders","Tags":[{"Key":"k2","Value":"v2b"}]}
            @0 call TagResource {"ResourceArn":"$orders","Tags":[{"Key":"k","Value":"1"},{"Key":"k","Value":"2"}]}
            @0 call TagResource {"ResourceArn":"$orders","Tags":[{"Key":"aws:k","Value":"1"}]}
            @0 call TagResource {"ResourceArn":"$none","Tags":[{"Key":"k","Value":"1"}]}
            @0 restart
            @0 call ListTagsForResource {"ResourceArn":"$orders"}
            @0 call UntagResource {"ResourceArn":"$orders","TagKeys":["k1","none"]}
            @0 call ListTagsForResource {"ResourceArn":"$orders"}
            @0 call ListTagsForResource {"ResourceArn":"$none"}
            "#,
            expect![[r#"
                @0 call CreateTopic {"Name":"orders","Tags":[{"Key":"k1","Value":"v1"},{"Key":"k2","Value":"v2"}]}
                    -> {"TopicArn":"arn:aws:sns:us-east-1:000000000000:orders"}
                @0 call TagResource {"ResourceArn":"$orders","Tags":[{"Key":"k2","Value":"v2b"}]}
                    -> done
                @0 call TagResource {"ResourceArn":"$orders","Tags":[{"Key":"k","Value":"1"},{"Key":"k","Value":"2"}]}
                    -> 400 InvalidParameterException: Invalid parameter: Duplicated keys are not allowed.
                @0 call TagResource {"ResourceArn":"$orders","Tags":[{"Key":"aws:k","Value":"1"}]}
                    -> 400 InvalidParameterException: Invalid parameter: Tags Reason: Tag keys that start with aws: are reserved for system use
                @0 call TagResource {"ResourceArn":"$none","Tags":[{"Key":"k","Value":"1"}]}
                    -> 404 ResourceNotFoundException: Resource does not exist
                @0 restart
                    -> restarted
                @0 call ListTagsForResource {"ResourceArn":"$orders"}
                    -> {"Tags":[{"Key":"k1","Value":"v1"},{"Key":"k2","Value":"v2b"}]}
                @0 call UntagResource {"ResourceArn":"$orders","TagKeys":["k1","none"]}
                    -> done
                @0 call ListTagsForResource {"ResourceArn":"$orders"}
                    -> {"Tags":[{"Key":"k2","Value":"v2b"}]}
                @0 call ListTagsForResource {"ResourceArn":"$none"}
                    -> 404 ResourceNotFoundException: Resource does not exist
            "#]],
        );
    }

    #[test]
    fn fifty_tags_and_not_one_more() {
        let mut world = World::default();
        world.call("CreateTopic", &json!({ "Name": "orders" })).unwrap();
        let tag = |count: usize| {
            let tags: Vec<Value> =
                (0..count).map(|n| json!({ "Key": format!("k{n}"), "Value": "" })).collect();
            json!({ "ResourceArn": topic_arn("orders"), "Tags": tags })
        };
        assert!(world.call("TagResource", &tag(50)).is_ok());
        let refusal = world.call("TagResource", &tag(51)).unwrap_err();
        assert_eq!(refusal.shape, "TagLimitExceededException");
    }
}
