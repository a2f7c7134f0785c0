//! `GetSubscriptionAttributes` and `SetSubscriptionAttributes`.

use super::attributes::Place;
use super::limits::check_filter_policies;
use super::subscription_attributes::{self, SubscriptionPatch};
use super::{Error, Query, Reply, State, SubscriptionKey};
use crate::Work;
use kernel::{Caller, Outcome, Turn};
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;
use tidemill_aws::generated::sns::{
    GetSubscriptionAttributesInput, GetSubscriptionAttributesOutput, SetSubscriptionAttributesInput,
};
use tidemill_kernel as kernel;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct SetSubscriptionAttributes {
    #[n(0)]
    pub subscription: SubscriptionKey,
    #[n(1)]
    pub attributes: SubscriptionPatch,
}

pub(super) fn decode_get(
    input: GetSubscriptionAttributesInput,
    caller: &Caller,
) -> Result<Work, Error> {
    let key = SubscriptionKey::read(caller, &input.subscription_arn)?;
    let partition = key.topic.partition();
    Ok(Work::Query(partition, crate::Query::Sns(Query::GetSubscriptionAttributes(key))))
}

pub(super) fn decode_set(
    input: SetSubscriptionAttributesInput,
    caller: &Caller,
) -> Result<Work, Error> {
    let SetSubscriptionAttributesInput { attribute_name, attribute_value, subscription_arn } =
        input;
    let subscription = SubscriptionKey::read(caller, &subscription_arn)?;
    let attributes = BTreeMap::from([(attribute_name, attribute_value.unwrap_or_default())]);
    let attributes = SubscriptionPatch::parse(Place::Single, attributes)?;
    let partition = subscription.topic.partition();
    let command = SetSubscriptionAttributes { subscription, attributes };
    let command = super::Command::SetSubscriptionAttributes(command);
    Ok(Work::Command(partition, crate::Command::Sns(command)))
}

pub(super) fn read(state: &State, key: &SubscriptionKey) -> Result<Reply, Error> {
    let topic = state.topic(&key.topic).map_err(|_| Error::SubscriptionNotFound)?;
    let (_, subscription) = topic.subscription(key.id).ok_or(Error::SubscriptionNotFound)?;
    Ok(Reply::Attributes(subscription_attributes::show(topic, subscription)))
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: &SetSubscriptionAttributes,
) -> Result<Outcome<Reply>, Error> {
    let SetSubscriptionAttributes { subscription: key, attributes: patch } = command;
    let topic = state.topic_mut(&key.topic).map_err(|_| Error::SubscriptionNotFound)?;
    let (sequence, subscription) = topic.subscription(key.id).ok_or(Error::SubscriptionNotFound)?;
    let existing = &subscription.attributes;
    let endpoint = (subscription.protocol, &subscription.endpoint);
    let attributes = patch.apply(Place::Single, &key.topic, endpoint, existing)?;
    if attributes.filter_policy.is_some() && existing.filter_policy.is_none() {
        check_filter_policies(turn, topic)?;
    }
    let mut subscription = subscription.clone();
    subscription.attributes = attributes;
    topic.put_subscription(turn, sequence, subscription);
    Ok(Outcome::Done(Reply::Done))
}

pub(super) fn encode_get(reply: Reply) -> GetSubscriptionAttributesOutput {
    let Reply::Attributes(shown) = reply else {
        super::mismatch("GetSubscriptionAttributes", &reply)
    };
    GetSubscriptionAttributesOutput { attributes: Some(shown) }
}

#[cfg(test)]
mod tests {
    use super::super::script::check;
    use expect_test::expect;

    #[test]
    fn a_subscription_is_changed() {
        check(
            r#"
            @0 create orders
            @0 subscribe orders sqs:q
            @0 subscription orders/sqs:q
            @0 set orders/sqs:q RawMessageDelivery=true
            @0 set orders/sqs:q RawMessageDelivery=maybe
            @0 set orders/sqs:q Colour=blue
            @0 set orders/sqs:q FilterPolicyScope=MessageBody
            @0 subscription orders/sqs:q
            @0 set orders/sqs:q FilterPolicy={"a":{"b":["c"]}}
            @0 set orders/sqs:q FilterPolicyScope=MessageAttributes
            @0 set orders/sqs:q FilterPolicyScope=Both
            @0 set orders/sqs:q FilterPolicy={invalid
            @0 set orders/sqs:q FilterPolicy={"a":"b"}
            @0 subscribe orders sqs:s FilterPolicy={"a":[["b"]]}
            @0 set orders/sqs:q RedrivePolicy={"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dlq"}
            @0 set orders/sqs:q RedrivePolicy={"deadLetterTargetArn":"dlq"}
            @0 set orders/sqs:q RedrivePolicy={"maxReceiveCount":3}
            @0 set orders/sqs:q DeliveryPolicy={}
            @0 set orders/sqs:q ReplayPolicy={}
            @0 set orders/sqs:q SubscriptionRoleArn=arn:aws:iam::000000000000:role/r
            "#,
            expect![[r#"
                @0 create orders
                    -> {"TopicArn":"arn:aws:sns:us-east-1:000000000000:orders"}
                @0 subscribe orders sqs:q
                    -> subscribed
                @0 subscription orders/sqs:q
                    -> {"Attributes":{"ConfirmationWasAuthenticated":"true","Endpoint":"arn:aws:sqs:us-east-1:000000000000:q","Owner":"000000000000","PendingConfirmation":"false","Protocol":"sqs","RawMessageDelivery":"false","SubscriptionArn":"arn:aws:sns:us-east-1:000000000000:orders:abe6e21e-22cc-4394-9831-70f597be5f99","SubscriptionPrincipal":"arn:aws:iam::000000000000:root","TopicArn":"arn:aws:sns:us-east-1:000000000000:orders"}}
                @0 set orders/sqs:q RawMessageDelivery=true
                    -> done
                @0 set orders/sqs:q RawMessageDelivery=maybe
                    -> 400 InvalidParameterException: Invalid parameter: RawMessageDelivery: Invalid value [maybe]. Must be true or false.
                @0 set orders/sqs:q Colour=blue
                    -> 400 InvalidParameterException: Invalid parameter: AttributeName
                @0 set orders/sqs:q FilterPolicyScope=MessageBody
                    -> done
                @0 subscription orders/sqs:q
                    -> {"Attributes":{"ConfirmationWasAuthenticated":"true","Endpoint":"arn:aws:sqs:us-east-1:000000000000:q","Owner":"000000000000","PendingConfirmation":"false","Protocol":"sqs","RawMessageDelivery":"true","SubscriptionArn":"arn:aws:sns:us-east-1:000000000000:orders:abe6e21e-22cc-4394-9831-70f597be5f99","SubscriptionPrincipal":"arn:aws:iam::000000000000:root","TopicArn":"arn:aws:sns:us-east-1:000000000000:orders"}}
                @0 set orders/sqs:q FilterPolicy={"a":{"b":["c"]}}
                    -> done
                @0 set orders/sqs:q FilterPolicyScope=MessageAttributes
                    -> 400 InvalidParameterException: Invalid parameter: Filter policy scope MessageAttributes does not support nested filter policy
                @0 set orders/sqs:q FilterPolicyScope=Both
                    -> 400 InvalidParameterException: Invalid parameter: FilterPolicyScope: Invalid value [Both]. Please use either MessageBody or MessageAttributes
                @0 set orders/sqs:q FilterPolicy={invalid
                    -> 400 InvalidParameterException: Invalid parameter: FilterPolicy: failed to parse JSON. key must be a string at line 1 column 2
                @0 set orders/sqs:q FilterPolicy={"a":"b"}
                    -> 400 InvalidParameterException: Invalid parameter: FilterPolicy: "a" must be an object or an array
                @0 subscribe orders sqs:s FilterPolicy={"a":[["b"]]}
                    -> 400 InvalidParameterException: Invalid parameter: Attributes Reason: FilterPolicy: Match value must be String, number, true, false, or null
                @0 set orders/sqs:q RedrivePolicy={"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dlq"}
                    -> done
                @0 set orders/sqs:q RedrivePolicy={"deadLetterTargetArn":"dlq"}
                    -> 400 InvalidParameterException: Invalid parameter: RedrivePolicy: deadLetterTargetArn is an invalid arn
                @0 set orders/sqs:q RedrivePolicy={"maxReceiveCount":3}
                    -> 400 InvalidParameterException: Invalid parameter: RedrivePolicy: must hold deadLetterTargetArn and nothing else
                @0 set orders/sqs:q DeliveryPolicy={}
                    -> 400 InvalidParameterException: Invalid parameter: DeliveryPolicy is not supported: it is for HTTP/S endpoints alone
                @0 set orders/sqs:q ReplayPolicy={}
                    -> 400 InvalidParameterException: Invalid parameter: ReplayPolicy is not supported: messages are not archived here
                @0 set orders/sqs:q SubscriptionRoleArn=arn:aws:iam::000000000000:role/r
                    -> 400 InvalidParameterException: Invalid parameter: SubscriptionRoleArn is not supported: it is for Firehose alone
            "#]],
        );
    }

    #[test]
    fn a_subscription_is_shown_and_ended() {
        check(
            r#"
            @0 create orders
            @0 subscribe orders sqs:q FilterPolicy={"a":{"b":["c"]}} FilterPolicyScope=MessageBody RedrivePolicy={"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dlq"}
            @0 restart
            @0 subscription orders/sqs:q
            @0 set orders/sqs:q FilterPolicy={}
            @0 set orders/sqs:q RedrivePolicy={}
            @0 subscription orders/sqs:q
            @0 unsubscribe orders/sqs:q
            @0 unsubscribe orders/sqs:q
            @0 subscription orders/sqs:q
            @0 topic orders
            @0 call Unsubscribe {"SubscriptionArn":"orders"}
            @0 call ConfirmSubscription {"TopicArn":"$orders","Token":"abc"}
            "#,
            expect![[r#"
                @0 create orders
                    -> {"TopicArn":"arn:aws:sns:us-east-1:000000000000:orders"}
                @0 subscribe orders sqs:q FilterPolicy={"a":{"b":["c"]}} FilterPolicyScope=MessageBody RedrivePolicy={"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dlq"}
                    -> subscribed
                @0 restart
                    -> restarted
                @0 subscription orders/sqs:q
                    -> {"Attributes":{"ConfirmationWasAuthenticated":"true","Endpoint":"arn:aws:sqs:us-east-1:000000000000:q","FilterPolicy":"{\"a\":{\"b\":[\"c\"]}}","FilterPolicyScope":"MessageBody","Owner":"000000000000","PendingConfirmation":"false","Protocol":"sqs","RawMessageDelivery":"false","RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:dlq\"}","SubscriptionArn":"arn:aws:sns:us-east-1:000000000000:orders:abe6e21e-22cc-4394-9831-70f597be5f99","SubscriptionPrincipal":"arn:aws:iam::000000000000:root","TopicArn":"arn:aws:sns:us-east-1:000000000000:orders"}}
                @0 set orders/sqs:q FilterPolicy={}
                    -> done
                @0 set orders/sqs:q RedrivePolicy={}
                    -> done
                @0 subscription orders/sqs:q
                    -> {"Attributes":{"ConfirmationWasAuthenticated":"true","Endpoint":"arn:aws:sqs:us-east-1:000000000000:q","Owner":"000000000000","PendingConfirmation":"false","Protocol":"sqs","RawMessageDelivery":"false","SubscriptionArn":"arn:aws:sns:us-east-1:000000000000:orders:abe6e21e-22cc-4394-9831-70f597be5f99","SubscriptionPrincipal":"arn:aws:iam::000000000000:root","TopicArn":"arn:aws:sns:us-east-1:000000000000:orders"}}
                @0 unsubscribe orders/sqs:q
                    -> done
                @0 unsubscribe orders/sqs:q
                    -> done
                @0 subscription orders/sqs:q
                    -> 404 NotFoundException: Subscription does not exist
                @0 topic orders
                    -> {"Attributes":{"DisplayName":"","EffectiveDeliveryPolicy":"{\"http\":{\"defaultHealthyRetryPolicy\":{\"backoffFunction\":\"linear\",\"maxDelayTarget\":20,\"minDelayTarget\":20,\"numMaxDelayRetries\":0,\"numMinDelayRetries\":0,\"numNoDelayRetries\":0,\"numRetries\":3},\"defaultRequestPolicy\":{\"headerContentType\":\"text/plain; charset=UTF-8\"},\"disableSubscriptionOverrides\":false}}","Owner":"000000000000","Policy":"{\"Id\":\"__default_policy_ID\",\"Statement\":[{\"Action\":[\"SNS:GetTopicAttributes\",\"SNS:SetTopicAttributes\",\"SNS:AddPermission\",\"SNS:RemovePermission\",\"SNS:DeleteTopic\",\"SNS:Subscribe\",\"SNS:ListSubscriptionsByTopic\",\"SNS:Publish\"],\"Condition\":{\"StringEquals\":{\"AWS:SourceOwner\":\"000000000000\"}},\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Resource\":\"arn:aws:sns:us-east-1:000000000000:orders\",\"Sid\":\"__default_statement_ID\"}],\"Version\":\"2008-10-17\"}","SubscriptionsConfirmed":"0","SubscriptionsDeleted":"1","SubscriptionsPending":"0","TopicArn":"arn:aws:sns:us-east-1:000000000000:orders"}}
                @0 call Unsubscribe {"SubscriptionArn":"orders"}
                    -> 400 InvalidParameterException: Invalid parameter: SubscriptionArn Reason: An ARN must have at least 6 elements, not 1
                @0 call ConfirmSubscription {"TopicArn":"$orders","Token":"abc"}
                    -> 400 InvalidParameterException: Invalid parameter: Token
            "#]],
        );
    }
}
