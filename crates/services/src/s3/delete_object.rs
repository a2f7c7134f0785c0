//! `DeleteObject`.

use kernel::Turn;
use minicbor::{Decode, Encode};
use tidemill_kernel as kernel;

use super::conditions::{ETagMatch, WriteCondition};
use super::model::{Bucket, BucketName, ObjectKey, Requester};
use super::notifications::{self, Change};
use super::{Error, Reply, State, state};

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct DeleteObject {
    #[n(0)]
    pub requester: Requester,
    #[n(1)]
    pub bucket: BucketName,
    #[n(2)]
    pub key: ObjectKey,
    #[n(3)]
    pub if_match: Option<ETagMatch>,
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: DeleteObject,
) -> Result<Reply, Error> {
    let DeleteObject { requester, bucket: name, key, if_match } = command;
    let bucket = state.bucket(&requester, &name)?;
    delete(turn, &requester, (&name, bucket), &key, if_match)?;
    Ok(Reply::Done)
}

/// Deleting what is not there succeeds, changes nothing and causes no notice.
pub(super) fn delete(
    turn: &mut Turn<'_>,
    requester: &Requester,
    (name, bucket): (&BucketName, &Bucket),
    key: &ObjectKey,
    if_match: Option<ETagMatch>,
) -> Result<(), Error> {
    let current = state::find_object(turn.rows(), name, key);
    if let Some(wanted) = if_match {
        WriteCondition::Matches(wanted).check(key, current.as_ref())?;
    }
    if let Some(object) = current {
        state::delete_object(turn, name, key, &object);
        notifications::notify(turn, requester, (name, bucket), Change::Delete, (key, None));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::s3::transcript::check;
    use expect_test::expect;

    #[test]
    fn deleting_twice_is_fine_and_told_once() {
        check(
            "
            create photos
            notify photos queue:q s3:ObjectRemoved:*
            put photos a hello
            delete photos a if-match:0
            delete photos a
            delete photos a
            get photos a
            rows
            ",
            expect![[r#"
                create photos
                    -> done
                notify photos queue:q s3:ObjectRemoved:*
                    -> done
                    ! arn:aws:sqs:us-east-1:000000000001:q {"Service":"Amazon S3","Event":"s3:TestEvent","Time":"1970-01-01T00:00:00.000Z","Bucket":"photos","RequestId":"REQUEST","HostId":"HOST"}
                put photos a hello
                    -> stored 5d41402abc4b2a76b9719d911017c592 size 5
                delete photos a if-match:0
                    -> 412 PreconditionFailed Condition=If-Match
                delete photos a
                    -> done
                    ! arn:aws:sqs:us-east-1:000000000001:q {"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"us-east-1","eventTime":"1970-01-01T00:00:00.000Z","eventName":"ObjectRemoved:Delete","userIdentity":{"principalId":"AWS:000000000001"},"requestParameters":{"sourceIPAddress":"127.0.0.1"},"responseElements":{"x-amz-request-id":"REQUEST","x-amz-id-2":"HOST"},"s3":{"s3SchemaVersion":"1.0","configurationId":"rule-0","bucket":{"name":"photos","ownerIdentity":{"principalId":"2f2444eceec6b3bb57c39ef57a62b36f227a921525baf348819cab3e6dc6e782"},"arn":"arn:aws:s3:::photos"},"object":{"key":"a","sequencer":"000000000000000005"}}}]}
                delete photos a
                    -> done
                get photos a
                    -> 404 NoSuchKey Key=a
                rows
                    t0200 photos
            "#]],
        );
    }
}
