//! `AddPermission` and `RemovePermission`: statements of a topic's access policy.

use super::model::TopicKey;
use super::{Error, Reply, State, policy};
use crate::Work;
use kernel::{AccountId, Caller, Outcome, Turn};
use minicbor::{Decode, Encode};
use tidemill_aws::generated::sns::{AddPermissionInput, RemovePermissionInput};
use tidemill_kernel as kernel;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct AddPermission {
    #[n(0)]
    pub topic: TopicKey,
    #[n(1)]
    pub label: String,
    #[n(2)]
    pub accounts: Vec<String>,
    #[n(3)]
    pub actions: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct RemovePermission {
    #[n(0)]
    pub topic: TopicKey,
    #[n(1)]
    pub label: String,
}

pub(super) fn decode_add(input: AddPermissionInput, caller: &Caller) -> Result<Work, Error> {
    let AddPermissionInput { aws_account_id: accounts, action_name: actions, label, topic_arn } =
        input;
    let topic = TopicKey::read(caller, "TopicArn", &topic_arn)?;
    check_label(&label)?;
    if accounts.is_empty() || accounts.iter().any(|account| AccountId::parse(account).is_none()) {
        return Err(Error::invalid("AWSAccountId"));
    }
    let is_known = |action: &String| policy::ACTIONS.contains(&action.as_str());
    if actions.is_empty() || !actions.iter().all(is_known) {
        return Err(Error::invalid("Policy statement action out of service scope!"));
    }
    let partition = topic.partition();
    let command = AddPermission { topic, label, accounts, actions };
    Ok(Work::Command(partition, crate::Command::Sns(super::Command::AddPermission(command))))
}

pub(super) fn decode_remove(input: RemovePermissionInput, caller: &Caller) -> Result<Work, Error> {
    let RemovePermissionInput { label, topic_arn } = input;
    let topic = TopicKey::read(caller, "TopicArn", &topic_arn)?;
    check_label(&label)?;
    let partition = topic.partition();
    let command = super::Command::RemovePermission(RemovePermission { topic, label });
    Ok(Work::Command(partition, crate::Command::Sns(command)))
}

fn check_label(label: &str) -> Result<(), Error> {
    if label.is_empty() { Err(Error::invalid("Label")) } else { Ok(()) }
}

pub(super) fn apply_add(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: &AddPermission,
) -> Result<Outcome<Reply>, Error> {
    let AddPermission { topic: key, label, accounts, actions } = command;
    let topic = state.topic_mut(key)?;
    let policy = topic.settings.attributes.policy.as_deref();
    let policy = policy::add(key, policy, label, accounts, actions)?;
    topic.settings.attributes.policy = Some(policy);
    topic.put_settings(turn);
    Ok(Outcome::Done(Reply::Done))
}

pub(super) fn apply_remove(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: &RemovePermission,
) -> Result<Outcome<Reply>, Error> {
    let topic = state.topic_mut(&command.topic)?;
    let policy = topic.settings.attributes.policy.as_deref();
    let policy = policy::remove(&command.topic, policy, &command.label)?;
    topic.settings.attributes.policy = Some(policy);
    topic.put_settings(turn);
    Ok(Outcome::Done(Reply::Done))
}

#[cfg(test)]
mod tests {
    use super::super::script::check;
    use expect_test::expect;

    #[test]
    fn statements_are_added_once_and_removed_by_label() {
        check(
            r#"
            @0 create orders
            @0 call AddPermission {"TopicArn":"$orders","Label":"share","AWSAccountId":["111122223333"],"ActionName":["Publish"]}
            @0 call AddPermission {"TopicArn":"$orders","Label":"share","AWSAccountId":["111122223333"],"ActionName":["Publish"]}
            @0 call AddPermission {"TopicArn":"$orders","Label":"two","AWSAccountId":["111122223333"],"ActionName":["CreateTopic"]}
            @0 call AddPermission {"TopicArn":"$orders","Label":"two","AWSAccountId":["1"],"ActionName":["Publish"]}
            @0 topic orders
            @0 call RemovePermission {"TopicArn":"$orders","Label":"share"}
            @0 call RemovePermission {"TopicArn":"$orders","Label":"share"}
            @0 call RemovePermission {"TopicArn":"$none","Label":"share"}
            "#,
            expect![[r#"
                @0 create orders
                    -> {"TopicArn":"arn:aws:sns:us-east-1:000000000000:orders"}
                @0 call AddPermission {"TopicArn":"$orders","Label":"share","AWSAccountId":["111122223333"],"ActionName":["Publish"]}
                    -> done
                @0 call AddPermission {"TopicArn":"$orders","Label":"share","AWSAccountId":["111122223333"],"ActionName":["Publish"]}
                    -> 400 InvalidParameterException: Invalid parameter: Statement already exists
                @0 call AddPermission {"TopicArn":"$orders","Label":"two","AWSAccountId":["111122223333"],"ActionName":["CreateTopic"]}
                    -> 400 InvalidParameterException: Invalid parameter: Policy statement action out of service scope!
                @0 call AddPermission {"TopicArn":"$orders","Label":"two","AWSAccountId":["1"],"ActionName":["Publish"]}
                    -> 400 InvalidParameterException: Invalid parameter: AWSAccountId
                @0 topic orders
                    -> {"Attributes":{"DisplayName":"","EffectiveDeliveryPolicy":"{\"http\":{\"defaultHealthyRetryPolicy\":{\"backoffFunction\":\"linear\",\"maxDelayTarget\":20,\"minDelayTarget\":20,\"numMaxDelayRetries\":0,\"numMinDelayRetries\":0,\"numNoDelayRetries\":0,\"numRetries\":3},\"defaultRequestPolicy\":{\"headerContentType\":\"text/plain; charset=UTF-8\"},\"disableSubscriptionOverrides\":false}}","Owner":"000000000000","Policy":"{\"Id\":\"__default_policy_ID\",\"Statement\":[{\"Action\":[\"SNS:GetTopicAttributes\",\"SNS:SetTopicAttributes\",\"SNS:AddPermission\",\"SNS:RemovePermission\",\"SNS:DeleteTopic\",\"SNS:Subscribe\",\"SNS:ListSubscriptionsByTopic\",\"SNS:Publish\"],\"Condition\":{\"StringEquals\":{\"AWS:SourceOwner\":\"000000000000\"}},\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Resource\":\"arn:aws:sns:us-east-1:000000000000:orders\",\"Sid\":\"__default_statement_ID\"},{\"Action\":\"SNS:Publish\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Resource\":\"arn:aws:sns:us-east-1:000000000000:orders\",\"Sid\":\"share\"}],\"Version\":\"2008-10-17\"}","SubscriptionsConfirmed":"0","SubscriptionsDeleted":"0","SubscriptionsPending":"0","TopicArn":"arn:aws:sns:us-east-1:000000000000:orders"}}
                @0 call RemovePermission {"TopicArn":"$orders","Label":"share"}
                    -> done
                @0 call RemovePermission {"TopicArn":"$orders","Label":"share"}
                    -> 400 InvalidParameterException: Invalid parameter: Statement does not exist
                @0 call RemovePermission {"TopicArn":"$none","Label":"share"}
                    -> 404 NotFoundException: Topic does not exist
            "#]],
        );
    }
}
