//! `GetTopicAttributes` and `SetTopicAttributes`.

use super::attributes::{self, AttributesPatch, Place};
use super::model::TopicKey;
use super::{Error, Query, Reply, State};
use crate::Work;
use kernel::{Caller, Outcome, Turn};
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;
use tidemill_aws::generated::sns::{
    GetTopicAttributesInput, GetTopicAttributesOutput, SetTopicAttributesInput,
};
use tidemill_kernel as kernel;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct SetTopicAttributes {
    #[n(0)]
    pub topic: TopicKey,
    #[n(1)]
    pub attributes: AttributesPatch,
}

pub(super) fn decode_get(input: GetTopicAttributesInput, caller: &Caller) -> Result<Work, Error> {
    let topic = TopicKey::read(caller, "TopicArn", &input.topic_arn)?;
    let partition = topic.partition();
    Ok(Work::Query(partition, crate::Query::Sns(Query::GetTopicAttributes(topic))))
}

pub(super) fn decode_set(input: SetTopicAttributesInput, caller: &Caller) -> Result<Work, Error> {
    let SetTopicAttributesInput { attribute_name, attribute_value, topic_arn } = input;
    let topic = TopicKey::read(caller, "TopicArn", &topic_arn)?;
    // What a topic is, it is from the beginning.
    if attribute_name == "FifoTopic" {
        return Err(Error::invalid("AttributeName"));
    }
    let attributes = BTreeMap::from([(attribute_name, attribute_value.unwrap_or_default())]);
    let attributes = AttributesPatch::parse(&topic, Place::Single, attributes)?;
    let partition = topic.partition();
    let command = super::Command::SetTopicAttributes(SetTopicAttributes { topic, attributes });
    Ok(Work::Command(partition, crate::Command::Sns(command)))
}

pub(super) fn read(state: &State, key: &TopicKey) -> Result<Reply, Error> {
    let topic = state.topic(key)?;
    let shown = attributes::show(key, &topic.settings.attributes, topic.counts());
    Ok(Reply::Attributes(shown))
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: SetTopicAttributes,
) -> Result<Outcome<Reply>, Error> {
    let topic = state.topic_mut(&command.topic)?;
    topic.settings.attributes = command.attributes.apply(&topic.settings.attributes);
    topic.put_settings(turn);
    Ok(Outcome::Done(Reply::Done))
}

pub(super) fn encode_get(reply: Reply) -> GetTopicAttributesOutput {
    let Reply::Attributes(shown) = reply else { super::mismatch("GetTopicAttributes", &reply) };
    GetTopicAttributesOutput { attributes: Some(shown) }
}

#[cfg(test)]
mod tests {
    use super::super::script::check;
    use expect_test::expect;

    #[test]
    fn attributes_are_set_or_refused_by_name() {
        check(
            r#"
            @0 create orders TracingConfig=PassThrough SignatureVersion=2
            @0 topic orders
            @0 set orders SignatureVersion=3
            @0 set orders TracingConfig=Active
            @0 set orders KmsMasterKeyId=alias/aws/sns
            @0 set orders ArchivePolicy={}
            @0 set orders SQSSuccessFeedbackRoleArn=arn:aws:iam::000000000000:role/r
            @0 set orders HTTPSuccessFeedbackSampleRate=5
            @0 set orders ContentBasedDeduplication=true
            @0 set orders FifoTopic=true
            @0 set orders Colour=blue
            @0 set orders Policy=nonsense
            @0 set orders DeliveryPolicy={"http":{"defaultHealthyRetryPolicy":{"numRetries":101}}}
            @0 create orders Colour=blue
            @0 create other KmsMasterKeyId=alias/aws/sns
            @0 call CreateTopic {"Name":"other","DataProtectionPolicy":"{}"}
            "#,
            expect![[r#"
                @0 create orders TracingConfig=PassThrough SignatureVersion=2
                    -> {"TopicArn":"arn:aws:sns:us-east-1:000000000000:orders"}
                @0 topic orders
                    -> {"Attributes":{"DisplayName":"","EffectiveDeliveryPolicy":"{\"http\":{\"defaultHealthyRetryPolicy\":{\"backoffFunction\":\"linear\",\"maxDelayTarget\":20,\"minDelayTarget\":20,\"numMaxDelayRetries\":0,\"numMinDelayRetries\":0,\"numNoDelayRetries\":0,\"numRetries\":3},\"defaultRequestPolicy\":{\"headerContentType\":\"text/plain; charset=UTF-8\"},\"disableSubscriptionOverrides\":false}}","Owner":"000000000000","Policy":"{\"Id\":\"__default_policy_ID\",\"Statement\":[{\"Action\":[\"SNS:GetTopicAttributes\",\"SNS:SetTopicAttributes\",\"SNS:AddPermission\",\"SNS:RemovePermission\",\"SNS:DeleteTopic\",\"SNS:Subscribe\",\"SNS:ListSubscriptionsByTopic\",\"SNS:Publish\"],\"Condition\":{\"StringEquals\":{\"AWS:SourceOwner\":\"000000000000\"}},\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Resource\":\"arn:aws:sns:us-east-1:000000000000:orders\",\"Sid\":\"__default_statement_ID\"}],\"Version\":\"2008-10-17\"}","SignatureVersion":"2","SubscriptionsConfirmed":"0","SubscriptionsDeleted":"0","SubscriptionsPending":"0","TopicArn":"arn:aws:sns:us-east-1:000000000000:orders","TracingConfig":"PassThrough"}}
                @0 set orders SignatureVersion=3
                    -> 400 InvalidParameterException: Invalid parameter: SignatureVersion: Invalid value [3]
                @0 set orders TracingConfig=Active
                    -> 400 InvalidParameterException: Invalid parameter: TracingConfig: Active is not supported: no trace is recorded here
                @0 set orders KmsMasterKeyId=alias/aws/sns
                    -> 400 InvalidParameterException: Invalid parameter: KmsMasterKeyId is not supported: messages are not encrypted by a KMS here
                @0 set orders ArchivePolicy={}
                    -> 400 InvalidParameterException: Invalid parameter: ArchivePolicy is not supported: messages are not archived for replay here
                @0 set orders SQSSuccessFeedbackRoleArn=arn:aws:iam::000000000000:role/r
                    -> 400 InvalidParameterException: Invalid parameter: SQSSuccessFeedbackRoleArn is not supported: delivery status is not logged here
                @0 set orders HTTPSuccessFeedbackSampleRate=5
                    -> 400 InvalidParameterException: Invalid parameter: HTTPSuccessFeedbackSampleRate is not supported: delivery status is not logged here
                @0 set orders ContentBasedDeduplication=true
                    -> 400 InvalidParameterException: Invalid parameter: ContentBasedDeduplication is only valid for FIFO topics
                @0 set orders FifoTopic=true
                    -> 400 InvalidParameterException: Invalid parameter: AttributeName
                @0 set orders Colour=blue
                    -> 400 InvalidParameterException: Invalid parameter: AttributeName
                @0 set orders Policy=nonsense
                    -> 400 InvalidParameterException: Invalid parameter: Policy Error: expected ident at line 1 column 2
                @0 set orders DeliveryPolicy={"http":{"defaultHealthyRetryPolicy":{"numRetries":101}}}
                    -> 400 InvalidParameterException: Invalid parameter: DeliveryPolicy: numRetries must be a whole number from 0 to 100
                @0 create orders Colour=blue
                    -> 400 InvalidParameterException: Invalid parameter: Attributes Reason: Unknown attribute Colour
                @0 create other KmsMasterKeyId=alias/aws/sns
                    -> 400 InvalidParameterException: Invalid parameter: Attributes Reason: KmsMasterKeyId is not supported: messages are not encrypted by a KMS here
                @0 call CreateTopic {"Name":"other","DataProtectionPolicy":"{}"}
                    -> 400 InvalidParameterException: Invalid parameter: DataProtectionPolicy is not supported: message data protection is not served here
            "#]],
        );
    }

    #[test]
    fn attributes_are_shown() {
        check(
            r#"
            @0 create orders TracingConfig=PassThrough SignatureVersion=2
            @0 create orders.fifo FifoTopic=true ContentBasedDeduplication=true FifoThroughputScope=MessageGroup
            @0 set orders.fifo FifoThroughputScope=Queue
            @0 topic orders.fifo
            @0 set orders Policy={"Version":"2012-10-17","Statement":[]}
            @0 restart
            @0 topic orders
            "#,
            expect![[r#"
                @0 create orders TracingConfig=PassThrough SignatureVersion=2
                    -> {"TopicArn":"arn:aws:sns:us-east-1:000000000000:orders"}
                @0 create orders.fifo FifoTopic=true ContentBasedDeduplication=true FifoThroughputScope=MessageGroup
                    -> {"TopicArn":"arn:aws:sns:us-east-1:000000000000:orders.fifo"}
                @0 set orders.fifo FifoThroughputScope=Queue
                    -> 400 InvalidParameterException: Invalid parameter: FifoThroughputScope: Invalid value [Queue]. Must be Topic or MessageGroup.
                @0 topic orders.fifo
                    -> {"Attributes":{"ContentBasedDeduplication":"true","DisplayName":"","EffectiveDeliveryPolicy":"{\"http\":{\"defaultHealthyRetryPolicy\":{\"backoffFunction\":\"linear\",\"maxDelayTarget\":20,\"minDelayTarget\":20,\"numMaxDelayRetries\":0,\"numMinDelayRetries\":0,\"numNoDelayRetries\":0,\"numRetries\":3},\"defaultRequestPolicy\":{\"headerContentType\":\"text/plain; charset=UTF-8\"},\"disableSubscriptionOverrides\":false}}","FifoThroughputScope":"MessageGroup","FifoTopic":"true","Owner":"000000000000","Policy":"{\"Id\":\"__default_policy_ID\",\"Statement\":[{\"Action\":[\"SNS:GetTopicAttributes\",\"SNS:SetTopicAttributes\",\"SNS:AddPermission\",\"SNS:RemovePermission\",\"SNS:DeleteTopic\",\"SNS:Subscribe\",\"SNS:ListSubscriptionsByTopic\",\"SNS:Publish\"],\"Condition\":{\"StringEquals\":{\"AWS:SourceOwner\":\"000000000000\"}},\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Resource\":\"arn:aws:sns:us-east-1:000000000000:orders.fifo\",\"Sid\":\"__default_statement_ID\"}],\"Version\":\"2008-10-17\"}","SubscriptionsConfirmed":"0","SubscriptionsDeleted":"0","SubscriptionsPending":"0","TopicArn":"arn:aws:sns:us-east-1:000000000000:orders.fifo"}}
                @0 set orders Policy={"Version":"2012-10-17","Statement":[]}
                    -> done
                @0 restart
                    -> restarted
                @0 topic orders
                    -> {"Attributes":{"DisplayName":"","EffectiveDeliveryPolicy":"{\"http\":{\"defaultHealthyRetryPolicy\":{\"backoffFunction\":\"linear\",\"maxDelayTarget\":20,\"minDelayTarget\":20,\"numMaxDelayRetries\":0,\"numMinDelayRetries\":0,\"numNoDelayRetries\":0,\"numRetries\":3},\"defaultRequestPolicy\":{\"headerContentType\":\"text/plain; charset=UTF-8\"},\"disableSubscriptionOverrides\":false}}","Owner":"000000000000","Policy":"{\"Statement\":[],\"Version\":\"2012-10-17\"}","SignatureVersion":"2","SubscriptionsConfirmed":"0","SubscriptionsDeleted":"0","SubscriptionsPending":"0","TopicArn":"arn:aws:sns:us-east-1:000000000000:orders","TracingConfig":"PassThrough"}}
            "#]],
        );
    }
}
