//! `CreateTopic`: idempotent while the attributes and tags that are named agree.

use super::attributes::{Attributes, AttributesPatch, Place, boolean};
use super::model::TopicKey;
use super::topic::{Settings, Topic};
use super::{Error, Reply, State, limits, tags};
use crate::Work;
use kernel::{Caller, Outcome, Turn};
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;
use tidemill_aws::generated::sns::{CreateTopicInput, CreateTopicOutput};
use tidemill_kernel as kernel;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct CreateTopic {
    #[n(0)]
    pub topic: TopicKey,
    #[n(1)]
    pub attributes: AttributesPatch,
    #[n(2)]
    pub tags: BTreeMap<String, String>,
}

pub(super) fn decode(input: CreateTopicInput, caller: &Caller) -> Result<Work, Error> {
    let CreateTopicInput { attributes, data_protection_policy, name, tags } = input;
    if data_protection_policy.is_some_and(|policy| !policy.is_empty()) {
        return Err(Error::invalid(
            "DataProtectionPolicy is not supported: message data protection is not served here",
        ));
    }
    let attributes = attributes.unwrap_or_default();
    let is_fifo = match attributes.get("FifoTopic") {
        None => false,
        Some(text) => boolean("FifoTopic", text).map_err(|reason| Place::Map.refuse(&reason))?,
    };
    let topic = TopicKey::create(caller, &name, is_fifo)?;
    let attributes = AttributesPatch::parse(&topic, Place::Map, attributes)?;
    let tags = tags::read(tags.unwrap_or_default())?;
    let partition = topic.partition();
    let command = super::Command::CreateTopic(CreateTopic { topic, attributes, tags });
    Ok(Work::Command(partition, crate::Command::Sns(command)))
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: CreateTopic,
) -> Result<Outcome<Reply>, Error> {
    let CreateTopic { topic: key, attributes: patch, tags } = command;
    if let Ok(topic) = state.topic(&key) {
        let existing = &topic.settings;
        if patch.apply(&existing.attributes) != existing.attributes {
            return Err(Place::Map.refuse("Topic already exists with different attributes"));
        }
        if tags.iter().any(|(name, value)| existing.tags.get(name) != Some(value)) {
            return Err(Error::invalid("Tags Reason: Topic already exists with different tags"));
        }
        return Ok(Outcome::Done(Reply::Topic(key)));
    }
    limits::check_topics(turn, &key)?;
    let attributes = patch.apply(&Attributes::default());
    let settings = Settings { key: key.clone(), attributes, tags, subscriptions_deleted: 0 };
    // One command creates one topic, so its position is a number no other topic has.
    let topic = Topic::new(turn.at.position.0, settings, 0);
    topic.put_settings(turn);
    state.insert(topic);
    Ok(Outcome::Done(Reply::Topic(key)))
}

pub(super) fn encode(reply: Reply) -> CreateTopicOutput {
    let Reply::Topic(key) = reply else { super::mismatch("CreateTopic", &reply) };
    CreateTopicOutput { topic_arn: Some(key.arn().to_string()) }
}

#[cfg(test)]
mod tests {
    use super::super::script::{World, check};
    use expect_test::expect;
    use serde_json::{Value, json};

    #[test]
    fn the_same_topic_may_be_created_again_but_not_a_different_one() {
        check(
            r#"
            @0 create orders
            @0 create orders
            @0 create orders DisplayName=Orders
            @0 set orders DisplayName=Orders
            @0 create orders DisplayName=Orders
            @0 call CreateTopic {"Name":"tagged","Tags":[{"Key":"a","Value":"1"},{"Key":"b","Value":"2"}]}
            @0 call CreateTopic {"Name":"tagged","Tags":[{"Key":"b","Value":"2"}]}
            @0 call CreateTopic {"Name":"tagged","Tags":[{"Key":"a","Value":"2"}]}
            @0 call CreateTopic {"Name":"tagged","Tags":[{"Key":"a","Value":"1"},{"Key":"c","Value":"3"}]}
            @0 drop orders
            @0 drop orders
            @0 create orders DisplayName=New
            @0 topic orders
            @0 topic none
            @0 call GetTopicAttributes {"TopicArn":"orders"}
            @0 call GetTopicAttributes {"TopicArn":"arn:aws:sns:eu-west-1:000000000000:orders"}
            @0 call GetTopicAttributes {"TopicArn":"arn:aws:sns:us-east-1:000000000001:orders"}
            @0 call GetTopicAttributes {"TopicArn":"arn:aws:sqs:us-east-1:000000000000:orders"}
            "#,
            expect![[r#"
                @0 create orders
                    -> {"TopicArn":"arn:aws:sns:us-east-1:000000000000:orders"}
                @0 create orders
                    -> {"TopicArn":"arn:aws:sns:us-east-1:000000000000:orders"}
                @0 create orders DisplayName=Orders
                    -> 400 InvalidParameterException: Invalid parameter: Attributes Reason: Topic already exists with different attributes
                @0 set orders DisplayName=Orders
                    -> done
                @0 create orders DisplayName=Orders
                    -> {"TopicArn":"arn:aws:sns:us-east-1:000000000000:orders"}
                @0 call CreateTopic {"Name":"tagged","Tags":[{"Key":"a","Value":"1"},{"Key":"b","Value":"2"}]}
                    -> {"TopicArn":"arn:aws:sns:us-east-1:000000000000:tagged"}
                @0 call CreateTopic {"Name":"tagged","Tags":[{"Key":"b","Value":"2"}]}
                    -> {"TopicArn":"arn:aws:sns:us-east-1:000000000000:tagged"}
                @0 call CreateTopic {"Name":"tagged","Tags":[{"Key":"a","Value":"2"}]}
                    -> 400 InvalidParameterException: Invalid parameter: Tags Reason: Topic already exists with different tags
                @0 call CreateTopic {"Name":"tagged","Tags":[{"Key":"a","Value":"1"},{"Key":"c","Value":"3"}]}
                    -> 400 InvalidParameterException: Invalid parameter: Tags Reason: Topic already exists with different tags
                @0 drop orders
                    -> done
                @0 drop orders
                    -> done
                @0 create orders DisplayName=New
                    -> {"TopicArn":"arn:aws:sns:us-east-1:000000000000:orders"}
                @0 topic orders
                    -> {"Attributes":{"DisplayName":"New","EffectiveDeliveryPolicy":"{\"http\":{\"defaultHealthyRetryPolicy\":{\"backoffFunction\":\"linear\",\"maxDelayTarget\":20,\"minDelayTarget\":20,\"numMaxDelayRetries\":0,\"numMinDelayRetries\":0,\"numNoDelayRetries\":0,\"numRetries\":3},\"defaultRequestPolicy\":{\"headerContentType\":\"text/plain; charset=UTF-8\"},\"disableSubscriptionOverrides\":false}}","Owner":"000000000000","Policy":"{\"Id\":\"__default_policy_ID\",\"Statement\":[{\"Action\":[\"SNS:GetTopicAttributes\",\"SNS:SetTopicAttributes\",\"SNS:AddPermission\",\"SNS:RemovePermission\",\"SNS:DeleteTopic\",\"SNS:Subscribe\",\"SNS:ListSubscriptionsByTopic\",\"SNS:Publish\"],\"Condition\":{\"StringEquals\":{\"AWS:SourceOwner\":\"000000000000\"}},\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Resource\":\"arn:aws:sns:us-east-1:000000000000:orders\",\"Sid\":\"__default_statement_ID\"}],\"Version\":\"2008-10-17\"}","SubscriptionsConfirmed":"0","SubscriptionsDeleted":"0","SubscriptionsPending":"0","TopicArn":"arn:aws:sns:us-east-1:000000000000:orders"}}
                @0 topic none
                    -> 404 NotFoundException: Topic does not exist
                @0 call GetTopicAttributes {"TopicArn":"orders"}
                    -> 400 InvalidParameterException: Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1
                @0 call GetTopicAttributes {"TopicArn":"arn:aws:sns:eu-west-1:000000000000:orders"}
                    -> 400 InvalidParameterException: Invalid parameter: TopicArn
                @0 call GetTopicAttributes {"TopicArn":"arn:aws:sns:us-east-1:000000000001:orders"}
                    -> 403 AuthorizationErrorException: Not authorized: arn:aws:sns:us-east-1:000000000001:orders belongs to another account, and policies that could share it are stored, not enforced
                @0 call GetTopicAttributes {"TopicArn":"arn:aws:sqs:us-east-1:000000000000:orders"}
                    -> 400 InvalidParameterException: Invalid parameter: TopicArn
            "#]],
        );
    }

    #[test]
    fn names_keep_to_aws_rules() {
        let mut world = World::default();
        let longest = "a".repeat(256);
        let (too_long, fifo) = ("a".repeat(257), format!("{}.fifo", "a".repeat(251)));
        let mut create = |name: &str, attributes: Value| {
            let input = json!({ "Name": name, "Attributes": attributes });
            world.call("CreateTopic", &input).map_err(|error| error.message)
        };
        for (name, is_fifo, is_legal) in [
            ("Orders_9-x", false, true),
            (longest.as_str(), false, true),
            (&too_long, false, false),
            ("", false, false),
            ("or.ders", false, false),
            ("orders.fifo", false, false),
            ("orders.fifo", true, true),
            (&fifo, true, true),
            ("orders", true, false),
            (".fifo", true, false),
        ] {
            let attributes = if is_fifo { json!({ "FifoTopic": "true" }) } else { json!({}) };
            assert_eq!(create(name, attributes).is_ok(), is_legal, "{name} {is_fifo}");
        }
    }
}
