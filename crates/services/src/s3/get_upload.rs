//! What the edge must know of an upload before it takes a part: that it is there, and which
//! checksum to compute.

use kernel::Look;
use tidemill_kernel as kernel;

use super::model::{BucketName, ObjectKey, Requester, UploadId};
use super::{Error, Reply, State, state};

#[derive(Clone, Debug, PartialEq)]
pub struct GetUpload {
    pub requester: Requester,
    pub bucket: BucketName,
    pub key: ObjectKey,
    pub upload: UploadId,
}

pub(super) fn read(state: &State, look: &Look<'_>, query: &GetUpload) -> Result<Reply, Error> {
    state.bucket(&query.requester, &query.bucket)?;
    state::find_upload(look.rows, &query.bucket, &query.key, query.upload).map(Reply::Upload)
}
