//! Access keys of users: there are none, and there can be none until policies are enforced.
//!
//! A key that IAM hands out must not be able to do more than its user's policies say. Without
//! enforcement it could do everything, so creating one is refused, and listing shows nothing.

use super::model::{Kind, Who};
use super::{Error, Query};
use crate::Work;
use kernel::{AccountId, Caller};
use tidemill_aws::generated::iam as wire;
use tidemill_kernel as kernel;

pub(super) fn decode_create(_: wire::CreateAccessKeyInput, _: &Caller) -> Result<Work, Error> {
    Err(Error::NoAccessKeys)
}

pub(super) fn decode_update(input: wire::UpdateAccessKeyInput, _: &Caller) -> Result<Work, Error> {
    Err(Error::AccessKeyNotFound { id: input.access_key_id })
}

pub(super) fn decode_delete(input: wire::DeleteAccessKeyInput, _: &Caller) -> Result<Work, Error> {
    Err(Error::AccessKeyNotFound { id: input.access_key_id })
}

/// An empty list, of a user that must exist; so marker and page size cannot matter.
pub(super) fn decode_list(
    input: wire::ListAccessKeysInput,
    caller: &Caller,
) -> Result<Work, Error> {
    let wire::ListAccessKeysInput { user_name, marker: _, max_items: _ } = input;
    Ok(read(user(caller.account, user_name)?))
}

/// A user that may be left out when the caller is one; callers are accounts here, so it may not.
pub(super) fn user(account: AccountId, name: Option<String>) -> Result<Who, Error> {
    let name = name.ok_or(Error::UserNameMissing)?;
    Ok(Who { account, kind: Kind::User, name })
}

fn read(who: Who) -> Work {
    Work::Query(who.partition(), crate::Query::Iam(Query::Identity(who)))
}
