//! `PutObject`, and the end of `CopyObject`: the edge has copied the data, here it gets its name.

use kernel::Turn;
use minicbor::{Decode, Encode};
use tidemill_kernel as kernel;

use super::checksums::{Checksum, ObjectChecksum};
use super::conditions::WriteCondition;
use super::model::{
    BucketName, ETag, Metadata, NewBody, Object, ObjectKey, Requester, SINGLE_UPLOAD_BYTES_MAX,
};
use super::notifications::{self, Change};
use super::{Error, Reply, State, state};

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct PutObject {
    #[n(0)]
    pub requester: Requester,
    #[n(1)]
    pub bucket: BucketName,
    #[n(2)]
    pub key: ObjectKey,
    #[n(3)]
    pub body: NewBody,
    /// Of the body, computed by the edge.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub md5: [u8; 16],
    #[n(5)]
    pub checksum: Checksum,
    #[n(6)]
    pub metadata: Metadata,
    #[n(7)]
    pub condition: WriteCondition,
    /// What the notice will say happened: a put or a copy.
    #[n(8)]
    pub change: Change,
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: PutObject,
) -> Result<Reply, Error> {
    let PutObject {
        requester,
        bucket: name,
        key,
        body,
        md5,
        checksum,
        metadata,
        condition,
        change,
    } = command;
    let bucket = state.bucket(&requester, &name)?;
    let size = body.size();
    if size > SINGLE_UPLOAD_BYTES_MAX {
        return Err(Error::EntityTooLarge { size });
    }
    metadata.validate()?;
    let replaced = state::find_object(turn.rows(), &name, &key);
    condition.check(&key, replaced.as_ref())?;

    let object = Object {
        size,
        etag: ETag::of_md5(md5),
        last_modified: turn.now(),
        checksum: ObjectChecksum::full(checksum),
        metadata,
        extents: vec![state::put_body(turn, body)],
        multipart: None,
    };
    state::put_object(turn, &name, &key, &object, replaced.as_ref());
    notifications::notify(turn, &requester, (&name, bucket), change, (&key, Some(&object)));
    Ok(Reply::Stored {
        etag: object.etag,
        size,
        checksum: object.checksum,
        last_modified: object.last_modified,
    })
}

#[cfg(test)]
mod tests {
    use crate::s3::transcript::check;
    use expect_test::expect;

    #[test]
    fn a_put_replaces_and_what_it_replaced_is_doomed() {
        check(
            "
            put photos a hello
            create photos
            put photos a hello
            put photos a blob:100000
            put photos a world
            get photos a
            as:2 put photos a mine
            as:2 get photos a
            rows
            ",
            expect![[r#"
                put photos a hello
                    -> 404 NoSuchBucket BucketName=photos
                create photos
                    -> done
                put photos a hello
                    -> stored 5d41402abc4b2a76b9719d911017c592 size 5
                put photos a blob:100000
                    -> stored 251536fdfcbe09c2ab26ad4db5703efa size 100000
                put photos a world
                    -> stored 7d793037a0760186574b0282f2f435e7 size 5
                get photos a
                    -> 7d793037a0760186574b0282f2f435e7 size 5 ["world"]
                as:2 put photos a mine
                    -> 403 AccessDenied
                as:2 get photos a
                    -> 403 AccessDenied
                rows
                    t0200 photos
                    t0201 photos\x00a
                    t0202 \x00\x00\x00\x00\x00\x00\x00\x05
                    t0205 \x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01
            "#]],
        );
    }

    #[test]
    fn a_conditional_put_changes_nothing_when_its_condition_fails() {
        check(
            "
            create photos
            put photos a 1 if-match:0
            put photos a 1 if-none-match
            put photos a 2 if-none-match
            put photos a 2 if-match:0
            put photos a 2 if-match:c4ca4238a0b923820dcc509a6f75849b
            get photos a
            ",
            expect![[r#"
                create photos
                    -> done
                put photos a 1 if-match:0
                    -> 404 NoSuchKey Key=a
                put photos a 1 if-none-match
                    -> stored c4ca4238a0b923820dcc509a6f75849b size 1
                put photos a 2 if-none-match
                    -> 412 PreconditionFailed Condition=If-None-Match
                put photos a 2 if-match:0
                    -> 412 PreconditionFailed Condition=If-Match
                put photos a 2 if-match:c4ca4238a0b923820dcc509a6f75849b
                    -> stored c81e728d9d4c2f636f067f89cc14862c size 1
                get photos a
                    -> c81e728d9d4c2f636f067f89cc14862c size 1 ["2"]
            "#]],
        );
    }

    #[test]
    fn an_object_becomes_visible_with_its_notice() {
        check(
            "
            create photos
            notify photos queue:q s3:ObjectCreated:* prefix:in/
            @1763631773042 put photos in/my+cat.jpg hello
            put photos out/dog.jpg hello
            put photos in/copy hello copy
            ",
            expect![[r#"
                create photos
                    -> done
                notify photos queue:q s3:ObjectCreated:* prefix:in/
                    -> done
                    ! arn:aws:sqs:us-east-1:000000000001:q {"Service":"Amazon S3","Event":"s3:TestEvent","Time":"1970-01-01T00:00:00.000Z","Bucket":"photos","RequestId":"REQUEST","HostId":"HOST"}
                @1763631773042 put photos in/my+cat.jpg hello
                    -> stored 5d41402abc4b2a76b9719d911017c592 size 5
                    ! arn:aws:sqs:us-east-1:000000000001:q {"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"us-east-1","eventTime":"2025-11-20T09:42:53.042Z","eventName":"ObjectCreated:Put","userIdentity":{"principalId":"AWS:000000000001"},"requestParameters":{"sourceIPAddress":"127.0.0.1"},"responseElements":{"x-amz-request-id":"REQUEST","x-amz-id-2":"HOST"},"s3":{"s3SchemaVersion":"1.0","configurationId":"rule-0","bucket":{"name":"photos","ownerIdentity":{"principalId":"2f2444eceec6b3bb57c39ef57a62b36f227a921525baf348819cab3e6dc6e782"},"arn":"arn:aws:s3:::photos"},"object":{"key":"in/my%2Bcat.jpg","size":5,"eTag":"5d41402abc4b2a76b9719d911017c592","sequencer":"000000000000000003"}}}]}
                put photos out/dog.jpg hello
                    -> stored 5d41402abc4b2a76b9719d911017c592 size 5
                put photos in/copy hello copy
                    -> stored 5d41402abc4b2a76b9719d911017c592 size 5
                    ! arn:aws:sqs:us-east-1:000000000001:q {"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"us-east-1","eventTime":"2025-11-20T09:42:53.042Z","eventName":"ObjectCreated:Copy","userIdentity":{"principalId":"AWS:000000000001"},"requestParameters":{"sourceIPAddress":"127.0.0.1"},"responseElements":{"x-amz-request-id":"REQUEST","x-amz-id-2":"HOST"},"s3":{"s3SchemaVersion":"1.0","configurationId":"rule-0","bucket":{"name":"photos","ownerIdentity":{"principalId":"2f2444eceec6b3bb57c39ef57a62b36f227a921525baf348819cab3e6dc6e782"},"arn":"arn:aws:s3:::photos"},"object":{"key":"in/copy","size":5,"eTag":"5d41402abc4b2a76b9719d911017c592","sequencer":"000000000000000005"}}}]}
            "#]],
        );
    }
}
