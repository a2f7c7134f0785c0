//! `AbortMultipartUpload`.

use kernel::Turn;
use minicbor::{Decode, Encode};
use tidemill_kernel as kernel;

use super::model::{BucketName, ObjectKey, Requester, UploadId};
use super::{Error, Reply, State, state};

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct AbortMultipartUpload {
    #[n(0)]
    pub requester: Requester,
    #[n(1)]
    pub bucket: BucketName,
    #[n(2)]
    pub key: ObjectKey,
    #[n(3)]
    pub upload: UploadId,
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: AbortMultipartUpload,
) -> Result<Reply, Error> {
    let AbortMultipartUpload { requester, bucket, key, upload } = command;
    state.bucket(&requester, &bucket)?;
    state::find_upload(turn.rows(), &bucket, &key, upload)?;
    let row = state::upload_row(&bucket, &key, upload);
    for (_, part) in state::delete_upload(turn, &row, upload) {
        state::forget_extents(turn, &[part.extent]);
    }
    Ok(Reply::Done)
}

#[cfg(test)]
mod tests {
    use crate::s3::transcript::check;
    use expect_test::expect;

    #[test]
    fn an_aborted_upload_leaves_only_doomed_blobs() {
        check(
            "
            create photos
            begin photos a -> u
            part photos a u 1 blob:6000000
            part photos a u 2 small
            abort photos b u
            abort photos a u
            abort photos a u
            rows
            forget
            rows
            ",
            expect![[r#"
                create photos
                    -> done
                begin photos a -> u
                    -> upload created
                part photos a u 1 blob:6000000
                    -> stored 8913007729e1aadc31e1a94d3259a675 size 6000000
                part photos a u 2 small
                    -> stored eb5c1399a871211c7e7ed732d15e3a8b size 5
                abort photos b u
                    -> 404 NoSuchUpload UploadId=000000000000000230a78a57418c59e2
                abort photos a u
                    -> done
                abort photos a u
                    -> 404 NoSuchUpload UploadId=000000000000000230a78a57418c59e2
                rows
                    t0200 photos
                    t0205 \x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01
                forget
                    -> done
                rows
                    t0200 photos
            "#]],
        );
    }
}
