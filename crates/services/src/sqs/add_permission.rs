//! `AddPermission`: one more statement in the queue's access policy.

use super::{Error, QueueKey, Reply, State, policy};
use crate::Work;
use kernel::{AccountId, Caller, Outcome, Turn};
use minicbor::{Decode, Encode};
use tidemill_aws::generated::sqs::AddPermissionInput;
use tidemill_kernel as kernel;

const LABEL_LENGTH_MAX: usize = 80;
const ACTIONS_MAX: usize = 7;
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
    if actions.len() > ACTIONS_MAX {
        return Err(Error::OverLimit {
            limit: format!(
                "{} Actions were found, maximum allowed is {ACTIONS_MAX}.",
                actions.len()
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
