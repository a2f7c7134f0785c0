//! `UploadPart`, and the end of `UploadPartCopy`.

use kernel::Turn;
use minicbor::{Decode, Encode};
use tidemill_kernel as kernel;

use super::checksums::{Checksum, ChecksumType, ObjectChecksum};
use super::model::{
    BucketName, ETag, NewBody, ObjectKey, PART_NUMBER_MAX, Part, Requester,
    SINGLE_UPLOAD_BYTES_MAX, UploadId,
};
use super::{Error, Reply, State, state};

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct UploadPart {
    #[n(0)]
    pub requester: Requester,
    #[n(1)]
    pub bucket: BucketName,
    #[n(2)]
    pub key: ObjectKey,
    #[n(3)]
    pub upload: UploadId,
    #[n(4)]
    pub number: u16,
    #[n(5)]
    pub body: NewBody,
    /// Of the body, computed by the edge.
    #[cbor(n(6), with = "minicbor::bytes")]
    pub md5: [u8; 16],
    /// Of the algorithm that the upload chose.
    #[n(7)]
    pub checksum: Checksum,
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: UploadPart,
) -> Result<Reply, Error> {
    let UploadPart { requester, bucket, key, upload: id, number, body, md5, checksum } = command;
    state.bucket(&requester, &bucket)?;
    let upload = state::find_upload(turn.rows(), &bucket, &key, id)?;
    if !(1..=PART_NUMBER_MAX).contains(&number) {
        return Err(Error::InvalidPartNumber { requested: number.to_string() });
    }
    let size = body.size();
    if size > SINGLE_UPLOAD_BYTES_MAX {
        return Err(Error::EntityTooLarge { size });
    }
    if checksum.algorithm != upload.checksums.algorithm {
        return Err(Error::ChecksumMismatch {
            expected: upload.checksums.algorithm.as_str().to_ascii_lowercase(),
            actual: checksum.algorithm.as_str().to_ascii_lowercase(),
        });
    }
    if let Some(replaced) = state::find_part(turn.rows(), id, number) {
        state::forget_extents(turn, &[replaced.extent]);
    }
    let extent = state::put_body(turn, body);
    let part = Part { extent, md5, checksum: checksum.clone(), last_modified: turn.now() };
    state::put_part(turn, id, number, &part);
    Ok(Reply::Stored {
        etag: ETag::of_md5(md5),
        size,
        checksum: ObjectChecksum { checksum, kind: ChecksumType::FullObject },
        last_modified: part.last_modified,
    })
}
