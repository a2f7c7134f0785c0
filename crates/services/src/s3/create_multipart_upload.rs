//! `CreateMultipartUpload`.

use kernel::Turn;
use minicbor::{Decode, Encode};
use tidemill_kernel as kernel;

use super::checksums::{Algorithm, ChecksumType, UploadChecksums};
use super::model::{BucketName, Metadata, ObjectKey, Requester, Upload, UploadId};
use super::{Error, Reply, State, state};

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct CreateMultipartUpload {
    #[n(0)]
    pub requester: Requester,
    #[n(1)]
    pub bucket: BucketName,
    #[n(2)]
    pub key: ObjectKey,
    #[n(3)]
    pub metadata: Metadata,
    #[n(4)]
    pub algorithm: Option<Algorithm>,
    #[n(5)]
    pub checksum_type: Option<ChecksumType>,
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: CreateMultipartUpload,
) -> Result<Reply, Error> {
    let CreateMultipartUpload { requester, bucket, key, metadata, algorithm, checksum_type } =
        command;
    state.bucket(&requester, &bucket)?;
    metadata.validate()?;
    let checksums = UploadChecksums::choose(algorithm, checksum_type)?;

    let mut id = [0; 16];
    let (position, random) = id.split_at_mut(8);
    position.copy_from_slice(&turn.at.position.0.to_be_bytes());
    turn.at.random().fill(random);
    let id = UploadId(id);
    let upload = Upload { initiated: turn.now(), metadata, checksums };
    state::put_upload(turn, &bucket, &key, id, &upload);
    Ok(Reply::UploadCreated(id))
}
