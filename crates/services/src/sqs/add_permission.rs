//! `AddPermission`: one more statement in the queue's access policy.

use super::{Error, QueueKey, Reply, State, policy};
use crate::Work;
use kernel::{AccountId, Caller, Outcome, Turn};
use minicbor::{Decode, Encode};
use tidemill_aws::generated::sqs::AddPermissionInput;
use tidemill_kernel as kernel;

const LABEL_LENGTH_MAX: usize = 80;
/// What an owner can share; everything else is the owner's alone.
const SHAREABLE: [&str; 7] = [
    "*",
    "SendMessage",
    "ReceiveMessage",
    "DeleteMessage",
    "ChangeMessageVisibility",
    "GetQueueAttributes",
    "GetQueueUrl",
];

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct AddPermission {
    #[n(0)]
    pub queue: QueueKey,
    #[n(1)]
    pub label: String,
    #[n(2)]
    pub accounts: Vec<String>,
    #[n(3)]
    pub actions: Vec<String>,
}

pub(super) fn decode(input: AddPermissionInput, caller: &Caller) -> Result<Work, Error> {
    let AddPermissionInput { aws_account_ids: accounts, actions, label, queue_url } = input;
    let queue = QueueKey::from_url(caller, &queue_url)?;
    check_label(&label)?;
    if accounts.is_empty() || actions.is_empty() {
        let name = if accounts.is_empty() { "PrincipalId" } else { "ActionName" };
        return Err(Error::MissingParameter { name: name.to_owned() });
    }
    if actions.len() > policy::ACTIONS_MAX {
        return Err(Error::OverLimit {
            limit: format!(
                "{} Actions were found, maximum allowed is {}.",
                actions.len(),
                policy::ACTIONS_MAX
            ),
        });
    }
    if let Some(account) = accounts.iter().find(|account| AccountId::parse(account).is_none()) {
        return Err(Error::InvalidParameterValue {
            parameter: "PrincipalId",
            value: account.clone(),
            reason: "Unable to verify.".to_owned(),
        });
    }
    if let Some(action) = actions.iter().find(|action| !SHAREABLE.contains(&action.as_str())) {
        return Err(Error::InvalidParameterValue {
            parameter: "ActionName",
            value: format!("SQS:{action}"),
            reason: "Only the queue owner is allowed to invoke this action.".to_owned(),
        });
    }
    let partition = queue.partition();
    let command = super::Command::AddPermission(AddPermission { queue, label, accounts, actions });
    Ok(Work::Command(partition, crate::Command::Sqs(command)))
}

fn check_label(label: &str) -> Result<(), Error> {
    let is_legal = (1..=LABEL_LENGTH_MAX).contains(&label.len())
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if is_legal {
        return Ok(());
    }
    Err(Error::InvalidParameterValue {
        parameter: "Label",
        value: label.to_owned(),
        reason: "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in \
                 length."
            .to_owned(),
    })
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: AddPermission,
) -> Result<Outcome<Reply>, Error> {
    let AddPermission { queue: key, label, accounts, actions } = command;
    let queue = state.queue_mut(turn.now(), &key)?;
    let policy = queue.settings.attributes.policy.as_deref();
    let policy = policy::add_permission(policy, &key.arn(), &label, &accounts, &actions)?;
    queue.settings.attributes.policy = Some(policy);
    queue.settings.modified = turn.now();
    queue.put_settings(turn);
    Ok(Outcome::Done(Reply::Done))
}

#[cfg(test)]
mod tests {
    use super::super::script::check;
    use expect_test::expect;

    #[test]
    fn a_statement_is_added_once_and_removed_by_its_label() {
        check(
            r#"
            @0 create orders
            @0 call AddPermission {"QueueUrl":"$orders","Label":"share","AWSAccountIds":["111122223333"],"Actions":["SendMessage"]}
            @0 call AddPermission {"QueueUrl":"$orders","Label":"share","AWSAccountIds":["111122223333"],"Actions":["SendMessage"]}
            @0 call AddPermission {"QueueUrl":"$orders","Label":"two","AWSAccountIds":["111122223333","444455556666"],"Actions":["*","GetQueueUrl"]}
            @0 call GetQueueAttributes {"QueueUrl":"$orders","AttributeNames":["Policy"]}
            @0 call RemovePermission {"QueueUrl":"$orders","Label":"share"}
            @0 call RemovePermission {"QueueUrl":"$orders","Label":"share"}
            @0 call RemovePermission {"QueueUrl":"$orders","Label":"two"}
            @0 call GetQueueAttributes {"QueueUrl":"$orders","AttributeNames":["Policy"]}
            "#,
            expect![[r#"
                @0 create orders                                 -> created
                @0 call AddPermission {"QueueUrl":"$orders","Label":"share","AWSAccountIds":["111122223333"],"Actions":["SendMessage"]} -> done
                @0 call AddPermission {"QueueUrl":"$orders","Label":"share","AWSAccountIds":["111122223333"],"Actions":["SendMessage"]} -> 400 InvalidParameterValue: Value share for parameter Label is invalid. Reason: Already exists.
                @0 call AddPermission {"QueueUrl":"$orders","Label":"two","AWSAccountIds":["111122223333","444455556666"],"Actions":["*","GetQueueUrl"]} -> done
                @0 call GetQueueAttributes {"QueueUrl":"$orders","AttributeNames":["Policy"]} -> {"Attributes":{"Policy":"{\"Id\":\"arn:aws:sqs:us-east-1:000000000000:orders/SQSDefaultPolicy\",\"Statement\":[{\"Action\":\"SQS:SendMessage\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Resource\":\"arn:aws:sqs:us-east-1:000000000000:orders\",\"Sid\":\"share\"},{\"Action\":[\"SQS:*\",\"SQS:GetQueueUrl\"],\"Effect\":\"Allow\",\"Principal\":{\"AWS\":[\"arn:aws:iam::111122223333:root\",\"arn:aws:iam::444455556666:root\"]},\"Resource\":\"arn:aws:sqs:us-east-1:000000000000:orders\",\"Sid\":\"two\"}],\"Version\":\"2008-10-17\"}"}}
                @0 call RemovePermission {"QueueUrl":"$orders","Label":"share"} -> done
                @0 call RemovePermission {"QueueUrl":"$orders","Label":"share"} -> 400 InvalidParameterValue: Value share for parameter Label is invalid. Reason: can't find label on existing policy.
                @0 call RemovePermission {"QueueUrl":"$orders","Label":"two"} -> done
                @0 call GetQueueAttributes {"QueueUrl":"$orders","AttributeNames":["Policy"]} -> done
            "#]],
        );
    }

    #[test]
    fn permissions_keep_to_their_limits() {
        check(
            r#"
            @0 create orders
            @0 call AddPermission {"QueueUrl":"$orders","Label":"a b","AWSAccountIds":["111122223333"],"Actions":["SendMessage"]}
            @0 call AddPermission {"QueueUrl":"$orders","Label":"a","AWSAccountIds":["11"],"Actions":["SendMessage"]}
            @0 call AddPermission {"QueueUrl":"$orders","Label":"a","AWSAccountIds":["111122223333"],"Actions":["DeleteQueue"]}
            @0 call AddPermission {"QueueUrl":"$orders","Label":"a","AWSAccountIds":[],"Actions":["SendMessage"]}
            @0 call AddPermission {"QueueUrl":"$orders","Label":"a","AWSAccountIds":["111122223333"],"Actions":["*","*","*","*","*","*","*","*"]}
            "#,
            expect![[r#"
                @0 create orders                                 -> created
                @0 call AddPermission {"QueueUrl":"$orders","Label":"a b","AWSAccountIds":["111122223333"],"Actions":["SendMessage"]} -> 400 InvalidParameterValue: Value a b for parameter Label is invalid. Reason: Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.
                @0 call AddPermission {"QueueUrl":"$orders","Label":"a","AWSAccountIds":["11"],"Actions":["SendMessage"]} -> 400 InvalidParameterValue: Value 11 for parameter PrincipalId is invalid. Reason: Unable to verify.
                @0 call AddPermission {"QueueUrl":"$orders","Label":"a","AWSAccountIds":["111122223333"],"Actions":["DeleteQueue"]} -> 400 InvalidParameterValue: Value SQS:DeleteQueue for parameter ActionName is invalid. Reason: Only the queue owner is allowed to invoke this action.
                @0 call AddPermission {"QueueUrl":"$orders","Label":"a","AWSAccountIds":[],"Actions":["SendMessage"]} -> 400 MissingParameter: The request must contain the parameter PrincipalId.
                @0 call AddPermission {"QueueUrl":"$orders","Label":"a","AWSAccountIds":["111122223333"],"Actions":["*","*","*","*","*","*","*","*"]} -> 403 OverLimit: 8 Actions were found, maximum allowed is 7.
            "#]],
        );
    }
}
