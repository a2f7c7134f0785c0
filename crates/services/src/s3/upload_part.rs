//! `UploadPart`, and the end of `UploadPartCopy`.

use kernel::Turn;
use minicbor::{Decode, Encode};
use tidemill_kernel as kernel;

use super::checksums::{Checksum, ObjectChecksum};
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
    /// Of the algorithm that the client chose for this part, where the upload declares none.
    #[n(8)]
    pub extra_checksum: Option<Checksum>,
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: UploadPart,
) -> Result<Reply, Error> {
    let UploadPart {
        requester,
        bucket,
        key,
        upload: id,
        number,
        body,
        md5,
        checksum,
        extra_checksum,
    } = command;
    state.bucket(&requester, &bucket)?;
    let upload = state::find_upload(turn.rows(), &bucket, &key, id)?;
    if !(1..=PART_NUMBER_MAX).contains(&number) {
        return Err(Error::InvalidPartNumber { requested: number.to_string() });
    }
    let size = body.size();
    if size > SINGLE_UPLOAD_BYTES_MAX {
        return Err(Error::EntityTooLarge { size });
    }
    let stranger = Some(&checksum)
        .filter(|checksum| checksum.algorithm != upload.checksums.algorithm)
        .or(extra_checksum.as_ref().filter(|_| upload.checksums.declared));
    if let Some(stranger) = stranger {
        return Err(Error::ChecksumMismatch {
            expected: upload.checksums.algorithm.as_str().to_ascii_lowercase(),
            actual: stranger.algorithm.as_str().to_ascii_lowercase(),
        });
    }
    if let Some(replaced) = state::find_part(turn.rows(), id, number) {
        state::forget_extents(turn, &[replaced.extent]);
    }
    let extent = state::put_body(turn, body);
    let shown = extra_checksum.clone().unwrap_or_else(|| checksum.clone());
    let part = Part { extent, md5, checksum, last_modified: turn.now(), extra_checksum };
    state::put_part(turn, id, number, &part);
    Ok(Reply::Stored {
        etag: ETag::of_md5(md5),
        size,
        checksum: ObjectChecksum::full(shown),
        last_modified: part.last_modified,
    })
}
