//! `DeleteObjects`: up to 1,000 keys in one apply; each succeeds or fails for itself.

use kernel::Turn;
use minicbor::{Decode, Encode};
use tidemill_kernel as kernel;

use super::conditions::ETagMatch;
use super::delete_object::delete;
use super::model::{BucketName, ObjectKey, Requester};
use super::{Error, Reply, State};

/// The most keys of one request.
const KEYS_MAX: usize = 1_000;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct DeleteObjects {
    #[n(0)]
    pub requester: Requester,
    #[n(1)]
    pub bucket: BucketName,
    #[n(2)]
    pub keys: Vec<KeyToDelete>,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct KeyToDelete {
    /// Not parsed yet: an overlong key fails alone.
    #[n(0)]
    pub key: String,
    #[n(1)]
    pub if_match: Option<ETagMatch>,
}

/// What became of one key.
#[derive(Clone, Debug, PartialEq)]
pub struct DeletedKey {
    pub key: String,
    pub result: Result<(), Error>,
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: DeleteObjects,
) -> Result<Reply, Error> {
    let DeleteObjects { requester, bucket: name, keys } = command;
    let bucket = state.bucket(&requester, &name)?;
    if keys.is_empty() || keys.len() > KEYS_MAX || keys.iter().any(|key| key.key.is_empty()) {
        return Err(Error::MalformedXml);
    }
    let deleted = keys
        .into_iter()
        .map(|KeyToDelete { key, if_match }| {
            let result = ObjectKey::parse(&key)
                .and_then(|key| delete(turn, &requester, (&name, bucket), &key, if_match));
            DeletedKey { key, result }
        })
        .collect();
    Ok(Reply::Deleted(deleted))
}

#[cfg(test)]
mod tests {
    use crate::s3::transcript::check;
    use expect_test::expect;

    #[test]
    fn each_key_succeeds_or_fails_for_itself() {
        check(
            "
            create photos
            put photos a 1
            put photos b 2
            put photos c 3
            delete-many photos a b=0 missing c
            delete-many photos
            list photos
            ",
            expect![[r#"
                create photos
                    -> done
                put photos a 1
                    -> stored c4ca4238a0b923820dcc509a6f75849b size 1
                put photos b 2
                    -> stored c81e728d9d4c2f636f067f89cc14862c size 1
                put photos c 3
                    -> stored eccbc87e4b5ce2fe28308fd9f2a7baf3 size 1
                delete-many photos a b=0 missing c
                    -> a, b: PreconditionFailed, missing, c
                delete-many photos
                    -> 400 MalformedXML
                list photos
                    -> b |  | next None
            "#]],
        );
    }
}
