//! `CompleteMultipartUpload`: parts become an object without a byte being copied.

use kernel::Turn;
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;
use tidemill_kernel as kernel;

use super::checksums::{Checksum, ChecksumType, ObjectChecksum, UploadChecksums, multipart_etag};
use super::conditions::WriteCondition;
use super::model::{
    BucketName, ETag, Multipart, Object, ObjectKey, ObjectPart, PART_BYTES_MIN, Part, Requester,
    UploadId,
};
use super::notifications::{self, Change};
use super::{Error, Reply, State, state};

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct CompleteMultipartUpload {
    #[n(0)]
    pub requester: Requester,
    #[n(1)]
    pub bucket: BucketName,
    #[n(2)]
    pub key: ObjectKey,
    #[n(3)]
    pub upload: UploadId,
    #[n(4)]
    pub parts: Vec<CompletedPart>,
    #[n(5)]
    pub condition: WriteCondition,
    /// The whole object's checksum as the client computed it.
    #[n(6)]
    pub checksum: Option<Checksum>,
    #[n(7)]
    pub checksum_type: Option<ChecksumType>,
    /// `x-amz-mp-object-size`.
    #[n(8)]
    pub object_size: Option<u64>,
}

/// A part as the completion lists it.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct CompletedPart {
    #[n(0)]
    pub number: u16,
    /// Without quotes.
    #[n(1)]
    pub etag: String,
    #[n(2)]
    pub checksum: Option<Checksum>,
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: CompleteMultipartUpload,
) -> Result<Reply, Error> {
    let CompleteMultipartUpload { requester, bucket: name, key, upload: id, .. } = &command;
    let bucket = state.bucket(requester, name)?;
    let current = state::find_object(turn.rows(), name, key);
    let upload = match state::find_upload(turn.rows(), name, key, *id) {
        Ok(upload) => upload,
        Err(error) => return repeated(current, *id).ok_or(error),
    };
    let uploaded: BTreeMap<u16, Part> =
        state::parts(turn.rows(), *id, 0, usize::MAX).into_iter().collect();
    let chosen = choose(&command, upload.checksums, &uploaded)?;
    command.condition.check(key, current.as_ref())?;

    let size = chosen.iter().map(|(_, part)| part.extent.size).sum();
    let checksum = combine(&command, upload.checksums, &chosen)?;
    if let Some(given) = command.object_size.filter(|given| *given != size) {
        return Err(Error::ObjectSizeMismatch { given, computed: size });
    }
    let md5s: Vec<[u8; 16]> = chosen.iter().map(|(_, part)| part.md5).collect();
    let object = Object {
        size,
        etag: multipart_etag(&md5s),
        last_modified: turn.now(),
        checksum,
        metadata: upload.metadata,
        extents: chosen.iter().map(|(_, part)| part.extent).collect(),
        multipart: Some(Multipart {
            upload: *id,
            parts: chosen
                .iter()
                .map(|(number, part)| ObjectPart {
                    number: *number,
                    checksum: part.checksum.clone(),
                })
                .collect(),
        }),
    };
    for (number, part) in state::delete_upload(turn, &state::upload_row(name, key, *id), *id) {
        let is_chosen = chosen.iter().any(|(chosen, _)| *chosen == number);
        if !is_chosen {
            state::forget_extents(turn, &[part.extent]);
        }
    }
    state::put_object(turn, name, key, &object, current.as_ref());
    let change = Change::CompleteMultipartUpload;
    notifications::notify(turn, requester, (name, bucket), change, (key, Some(&object)));
    Ok(stored(&object))
}

fn stored(object: &Object) -> Reply {
    Reply::Stored {
        etag: object.etag,
        size: object.size,
        checksum: object.checksum.clone(),
        last_modified: object.last_modified,
    }
}

/// A client whose first answer was lost asks again: the object it made still stands there.
fn repeated(current: Option<Object>, upload: UploadId) -> Option<Reply> {
    let object = current?;
    let was_made_by_it =
        object.multipart.as_ref().is_some_and(|multipart| multipart.upload == upload);
    was_made_by_it.then(|| stored(&object))
}

/// The listed parts, when the list is in order and each of them is what was uploaded.
fn choose<'p>(
    command: &CompleteMultipartUpload,
    checksums: UploadChecksums,
    uploaded: &'p BTreeMap<u16, Part>,
) -> Result<Vec<(u16, &'p Part)>, Error> {
    let listed = &command.parts;
    if listed.is_empty() {
        return Err(Error::MalformedXml);
    }
    let is_ascending = listed.iter().zip(listed.iter().skip(1)).all(|(a, b)| a.number < b.number);
    if !is_ascending {
        return Err(Error::InvalidPartOrder { upload: command.upload.to_string() });
    }
    let composite_was_declared = checksums.declared && checksums.kind == ChecksumType::Composite;
    let mut chosen = Vec::with_capacity(listed.len());
    for wanted in listed {
        let part = uploaded
            .get(&wanted.number)
            .filter(|part| wanted.etag == ETag::of_md5(part.md5).to_string())
            .filter(|part| {
                let known = [Some(&part.checksum), part.extra_checksum.as_ref()];
                wanted.checksum.as_ref().is_none_or(|sum| known.contains(&Some(sum)))
            })
            .ok_or_else(|| Error::InvalidPart {
                upload: command.upload.to_string(),
                part: wanted.number,
                etag: wanted.etag.clone(),
            })?;
        if composite_was_declared && wanted.checksum.is_none() {
            return Err(Error::PartChecksumMissing {
                algorithm: checksums.algorithm.as_str().to_ascii_lowercase(),
                part: wanted.number,
            });
        }
        chosen.push((wanted.number, part));
    }
    let all_but_last = chosen.iter().take(chosen.len() - 1);
    match all_but_last.copied().find(|(_, part)| part.extent.size < PART_BYTES_MIN) {
        None => Ok(chosen),
        Some((number, part)) => Err(Error::EntityTooSmall {
            size: part.extent.size,
            part: number,
            etag: ETag::of_md5(part.md5),
        }),
    }
}

fn combine(
    command: &CompleteMultipartUpload,
    checksums: UploadChecksums,
    chosen: &[(u16, &Part)],
) -> Result<ObjectChecksum, Error> {
    if command.checksum_type.is_some_and(|kind| kind != checksums.kind) {
        return Err(Error::ChecksumTypeChanged { expected: checksums.kind });
    }
    let parts: Vec<(&Checksum, u64)> =
        chosen.iter().map(|(_, part)| (&part.checksum, part.extent.size)).collect();
    let combined = checksums.combine(&parts);
    match &command.checksum {
        None => Ok(combined),
        Some(given) if given.algorithm != checksums.algorithm => Err(Error::ChecksumMismatch {
            expected: checksums.algorithm.as_str().to_ascii_lowercase(),
            actual: given.algorithm.as_str().to_ascii_lowercase(),
        }),
        Some(given) if *given != combined.checksum => {
            Err(Error::BadDigest { algorithm: given.algorithm })
        }
        Some(_) => Ok(combined),
    }
}

#[cfg(test)]
mod tests {
    use crate::s3::transcript::check;
    use expect_test::expect;

    #[test]
    fn parts_become_one_object_in_the_listed_order() {
        check(
            "
            create photos
            notify photos queue:q s3:ObjectCreated:CompleteMultipartUpload
            put photos a old
            begin photos a -> u
            part photos a u 1 blob:6000000
            part photos a u 1 blob:7000000
            part photos a u 2 unused
            part photos a u 7 tail
            parts photos a u
            get photos a
            complete photos a u 1 7
            complete photos a u 1 7
            get photos a
            get photos a bytes=6999999-7000001
            get photos a part:7
            get photos a part:2
            parts photos a u
            rows
            ",
            expect![[r#"
                create photos
                    -> done
                notify photos queue:q s3:ObjectCreated:CompleteMultipartUpload
                    -> done
                    ! arn:aws:sqs:us-east-1:000000000001:q {"Service":"Amazon S3","Event":"s3:TestEvent","Time":"1970-01-01T00:00:00.000Z","Bucket":"photos","RequestId":"REQUEST","HostId":"HOST"}
                put photos a old
                    -> stored 149603e6c03516362a8da23f624db945 size 3
                begin photos a -> u
                    -> upload created
                part photos a u 1 blob:6000000
                    -> stored 8913007729e1aadc31e1a94d3259a675 size 6000000
                part photos a u 1 blob:7000000
                    -> stored c80261cffccb9b17e04dbc76f4e1d53c size 7000000
                part photos a u 2 unused
                    -> stored fd94c6a26d6b6571e8d9398446227ae8 size 6
                part photos a u 7 tail
                    -> stored 7aea2552dfe7eb84b9443b6fc9ba6e01 size 4
                parts photos a u
                    -> 1:7000000 2:6 7:4
                get photos a
                    -> 149603e6c03516362a8da23f624db945 size 3 ["old"]
                complete photos a u 1 7
                    -> stored 862f236ae027e4721cf4c6d6a112f078-2 size 7000004
                    ! arn:aws:sqs:us-east-1:000000000001:q {"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"us-east-1","eventTime":"1970-01-01T00:00:00.000Z","eventName":"ObjectCreated:CompleteMultipartUpload","userIdentity":{"principalId":"AWS:000000000001"},"requestParameters":{"sourceIPAddress":"127.0.0.1"},"responseElements":{"x-amz-request-id":"REQUEST","x-amz-id-2":"HOST"},"s3":{"s3SchemaVersion":"1.0","configurationId":"rule-0","bucket":{"name":"photos","ownerIdentity":{"principalId":"2f2444eceec6b3bb57c39ef57a62b36f227a921525baf348819cab3e6dc6e782"},"arn":"arn:aws:s3:::photos"},"object":{"key":"a","size":7000004,"eTag":"862f236ae027e4721cf4c6d6a112f078-2","sequencer":"000000000000000009"}}}]}
                complete photos a u 1 7
                    -> stored 862f236ae027e4721cf4c6d6a112f078-2 size 7000004
                get photos a
                    -> 862f236ae027e4721cf4c6d6a112f078-2 size 7000004 [blob:2+0..7000000 "tail"]
                get photos a bytes=6999999-7000001
                    -> 862f236ae027e4721cf4c6d6a112f078-2 size 7000004 6999999-7000001 [blob:2+6999999..1 "ta"]
                get photos a part:7
                    -> 862f236ae027e4721cf4c6d6a112f078-2 size 7000004 7000000-7000003 ["tail"]
                get photos a part:2
                    -> 416 InvalidPartNumber PartNumberRequested=2 ActualPartCount=2
                parts photos a u
                    -> 404 NoSuchUpload UploadId=0000000000000004301f3f97cd83d9fc
                rows
                    t0200 photos
                    t0201 photos\x00a
                    t0202 \x00\x00\x00\x00\x00\x00\x00\x08
                    t0205 \x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01
            "#]],
        );
    }

    #[test]
    fn a_wrong_list_is_refused_and_changes_nothing() {
        check(
            "
            create photos
            begin photos a -> u
            part photos a u 1 small
            part photos a u 2 tail
            complete photos a u
            complete photos a u 2 1
            complete photos a u 1 1
            complete photos a u 1 3
            complete photos a u 1 2
            complete photos a u 2
            complete photos b u 2
            ",
            expect![[r#"
                create photos
                    -> done
                begin photos a -> u
                    -> upload created
                part photos a u 1 small
                    -> stored eb5c1399a871211c7e7ed732d15e3a8b size 5
                part photos a u 2 tail
                    -> stored 7aea2552dfe7eb84b9443b6fc9ba6e01 size 4
                complete photos a u
                    -> 400 MalformedXML
                complete photos a u 2 1
                    -> 400 InvalidPartOrder UploadId=000000000000000230a78a57418c59e2
                complete photos a u 1 1
                    -> 400 InvalidPartOrder UploadId=000000000000000230a78a57418c59e2
                complete photos a u 1 3
                    -> 400 InvalidPart UploadId=000000000000000230a78a57418c59e2 PartNumber=3 ETag=
                complete photos a u 1 2
                    -> 400 EntityTooSmall ProposedSize=5 MinSizeAllowed=5242880 PartNumber=1 ETag=eb5c1399a871211c7e7ed732d15e3a8b
                complete photos a u 2
                    -> stored 3852e84091b5460a137b271a5e8a9b57-1 size 4
                complete photos b u 2
                    -> 404 NoSuchUpload UploadId=000000000000000230a78a57418c59e2
            "#]],
        );
    }
}
