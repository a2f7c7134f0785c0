//! `DeleteBucket`.

use kernel::Turn;
use minicbor::{Decode, Encode};
use tidemill_kernel as kernel;

use super::model::{BucketName, Requester};
use super::{Error, Reply, State, state};

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct DeleteBucket {
    #[n(0)]
    pub requester: Requester,
    #[n(1)]
    pub bucket: BucketName,
}

/// Uploads in progress do not keep a bucket alive: they go with it, as in S3.
pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: DeleteBucket,
) -> Result<Reply, Error> {
    let DeleteBucket { requester, bucket: name } = command;
    state.bucket(&requester, &name)?;
    if state::has_objects(turn.rows(), &name) {
        return Err(Error::BucketNotEmpty(name));
    }
    for (row, id) in state::uploads_of(turn.rows(), &name) {
        for (_, part) in state::delete_upload(turn, &row, id) {
            state::forget_extents(turn, &[part.extent]);
        }
    }
    state.delete_bucket(turn, &name);
    Ok(Reply::Done)
}

#[cfg(test)]
mod tests {
    use crate::s3::transcript::check;
    use expect_test::expect;

    #[test]
    fn only_an_empty_bucket_of_ones_own_can_go() {
        check(
            "
            delete-bucket photos
            create photos
            put photos a hello
            delete-bucket photos
            delete photos a
            as:2 delete-bucket photos
            begin photos b -> u
            part photos b u 1 blob:6000000
            delete-bucket photos
            list photos
            rows
            ",
            expect![[r#"
                delete-bucket photos
                    -> 404 NoSuchBucket BucketName=photos
                create photos
                    -> done
                put photos a hello
                    -> stored 5d41402abc4b2a76b9719d911017c592 size 5
                delete-bucket photos
                    -> 409 BucketNotEmpty BucketName=photos
                delete photos a
                    -> done
                as:2 delete-bucket photos
                    -> 403 AccessDenied
                begin photos b -> u
                    -> upload created
                part photos b u 1 blob:6000000
                    -> stored 8913007729e1aadc31e1a94d3259a675 size 6000000
                delete-bucket photos
                    -> done
                list photos
                    -> 404 NoSuchBucket BucketName=photos
                rows
                    t0205 \x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01
            "#]],
        );
    }
}
