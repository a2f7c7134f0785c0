//! `GetObject`, `HeadObject`, and the source of `CopyObject` and `UploadPartCopy`.
//!
//! The answer says which stretches of which blobs make up the selected bytes; the edge opens and
//! streams them. Inline bytes come along.

use bytes::Bytes;
use kernel::Look;
use tidemill_kernel as kernel;

use super::conditions::ReadConditions;
use super::model::{BlobId, BucketName, Extent, Object, ObjectKey, Place, Requester};
use super::{Error, Reply, State, state};

#[derive(Clone, Debug, PartialEq)]
pub struct GetObject {
    pub requester: Requester,
    pub bucket: BucketName,
    pub key: ObjectKey,
    pub conditions: ReadConditions,
    pub selection: Selection,
}

/// Which bytes are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    Whole,
    Range(RangeSpec),
    Part(u16),
}

/// A `Range` header of one byte range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeSpec {
    From { first: u64, last: Option<u64> },
    Suffix { length: u64 },
}

/// The bytes from `first` to `last`, both included; so it is never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    pub first: u64,
    pub last: u64,
}

impl RangeSpec {
    fn text(self) -> String {
        match self {
            RangeSpec::From { first, last: None } => format!("bytes={first}-"),
            RangeSpec::From { first, last: Some(last) } => format!("bytes={first}-{last}"),
            RangeSpec::Suffix { length } => format!("bytes=-{length}"),
        }
    }

    fn resolve(self, size: u64) -> Result<Range, Error> {
        let end = size.checked_sub(1);
        let range = match (self, end) {
            (RangeSpec::From { first, last }, Some(end)) if first <= end => {
                Some(Range { first, last: last.map_or(end, |last| last.min(end)) })
            }
            (RangeSpec::Suffix { length }, Some(end)) if length > 0 => {
                Some(Range { first: size.saturating_sub(length), last: end })
            }
            (RangeSpec::From { .. } | RangeSpec::Suffix { .. }, _) => None,
        };
        range.ok_or_else(|| Error::InvalidRange { requested: self.text(), size })
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct ObjectView {
    pub object: Object,
    /// The selected bytes, when they were asked for as a range or a part.
    pub range: Option<Range>,
    /// What the selected bytes are made of, in order.
    pub slices: Vec<Slice>,
}

/// A stretch of data somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slice {
    Inline(Bytes),
    Blob { blob: BlobId, offset: u64, length: u64 },
}

pub(super) fn read(state: &State, look: &Look<'_>, query: GetObject) -> Result<Reply, Error> {
    let GetObject { requester, bucket, key, conditions, selection } = query;
    state.bucket(&requester, &bucket)?;
    let object = state::find_object(look.rows, &bucket, &key).ok_or(Error::NoSuchKey(key))?;
    conditions.check(&object)?;
    let range = match selection {
        Selection::Whole => None,
        Selection::Range(spec) => Some(spec.resolve(object.size)?),
        Selection::Part(number) => part_range(&object, number)?,
    };
    let part_is_empty = matches!(selection, Selection::Part(_)) && range.is_none();
    let slices = match range {
        _ if part_is_empty => Vec::new(),
        None => cut(look, &object.extents, 0, object.size),
        Some(range) => cut(look, &object.extents, range.first, range.last + 1),
    };
    Ok(Reply::Object(Box::new(ObjectView { object, range, slices })))
}

/// The bytes of one part; an object that was put whole is its own first part. `None` for an empty
/// part, which no range can express.
fn part_range(object: &Object, number: u16) -> Result<Option<Range>, Error> {
    let numbers: Vec<u16> = match &object.multipart {
        Some(multipart) => multipart.parts.iter().map(|part| part.number).collect(),
        None => vec![1],
    };
    let Some(index) = numbers.iter().position(|part| *part == number) else {
        return Err(Error::PartNumberNotSatisfiable { requested: number, parts: numbers.len() });
    };
    let first = object.extents.iter().take(index).map(|extent| extent.size).sum::<u64>();
    let size = object.extents.get(index).map_or(0, |extent| extent.size);
    Ok((size > 0).then(|| Range { first, last: first + size - 1 }))
}

/// Cuts the bytes from `first` to before `end` out of extents that follow each other.
fn cut(look: &Look<'_>, extents: &[Extent], first: u64, end: u64) -> Vec<Slice> {
    let mut slices = Vec::new();
    let mut start = 0;
    for extent in extents {
        let extent_end = start + extent.size;
        let (from, to) = (first.max(start), end.min(extent_end));
        if from < to {
            let (offset, length) = (from - start, to - from);
            match extent.place {
                Place::Nothing => {}
                Place::Inline(position) => {
                    let bytes = state::inline_bytes(look.rows, position);
                    slices.push(Slice::Inline(slice(&bytes, offset, length)));
                }
                Place::Blob(blob) => slices.push(Slice::Blob { blob, offset, length }),
            }
        }
        start = extent_end;
    }
    slices
}

fn slice(bytes: &Bytes, offset: u64, length: u64) -> Bytes {
    let offset = usize::try_from(offset).expect("inline data is small");
    let length = usize::try_from(length).expect("inline data is small");
    bytes.slice(offset..offset + length)
}

#[cfg(test)]
mod tests {
    use crate::s3::transcript::check;
    use expect_test::expect;

    #[test]
    fn ranges_are_cut_as_http_says() {
        check(
            "
            create photos
            put photos a 0123456789
            put photos empty
            get photos a bytes=0-0
            get photos a bytes=3-
            get photos a bytes=8-99
            get photos a bytes=-3
            get photos a bytes=-99
            get photos a bytes=10-
            get photos a bytes=-0
            get photos empty
            get photos empty bytes=0-
            get photos a part:1
            get photos empty part:1
            get photos a part:2
            ",
            expect![[r#"
                create photos
                    -> done
                put photos a 0123456789
                    -> stored 781e5e245d69b566979b86e28d23f2c7 size 10
                put photos empty
                    -> stored d41d8cd98f00b204e9800998ecf8427e size 0
                get photos a bytes=0-0
                    -> 781e5e245d69b566979b86e28d23f2c7 size 10 0-0 ["0"]
                get photos a bytes=3-
                    -> 781e5e245d69b566979b86e28d23f2c7 size 10 3-9 ["3456789"]
                get photos a bytes=8-99
                    -> 781e5e245d69b566979b86e28d23f2c7 size 10 8-9 ["89"]
                get photos a bytes=-3
                    -> 781e5e245d69b566979b86e28d23f2c7 size 10 7-9 ["789"]
                get photos a bytes=-99
                    -> 781e5e245d69b566979b86e28d23f2c7 size 10 0-9 ["0123456789"]
                get photos a bytes=10-
                    -> 416 InvalidRange RangeRequested=bytes=10- ActualObjectSize=10
                get photos a bytes=-0
                    -> 416 InvalidRange RangeRequested=bytes=-0 ActualObjectSize=10
                get photos empty
                    -> d41d8cd98f00b204e9800998ecf8427e size 0 []
                get photos empty bytes=0-
                    -> 416 InvalidRange RangeRequested=bytes=0- ActualObjectSize=0
                get photos a part:1
                    -> 781e5e245d69b566979b86e28d23f2c7 size 10 0-9 ["0123456789"]
                get photos empty part:1
                    -> d41d8cd98f00b204e9800998ecf8427e size 0 []
                get photos a part:2
                    -> 416 InvalidPartNumber PartNumberRequested=2 ActualPartCount=1
            "#]],
        );
    }

    #[test]
    fn conditions_follow_the_order_of_precedence() {
        check(
            "
            @0 create photos
            @5999 put photos a 1
            get photos a if-match:c4ca4238a0b923820dcc509a6f75849b
            get photos a if-match:*
            get photos a if-match:0
            get photos a if-none-match:c4ca4238a0b923820dcc509a6f75849b
            get photos a if-none-match:0
            get photos a if-modified-since:5000
            get photos a if-modified-since:4000
            get photos a if-unmodified-since:5000
            get photos a if-unmodified-since:4999
            get photos a if-unmodified-since:0 if-match:*
            get photos a if-modified-since:9000 if-none-match:0
            get photos b if-match:*
            ",
            expect![[r#"
                @0 create photos
                    -> done
                @5999 put photos a 1
                    -> stored c4ca4238a0b923820dcc509a6f75849b size 1
                get photos a if-match:c4ca4238a0b923820dcc509a6f75849b
                    -> c4ca4238a0b923820dcc509a6f75849b size 1 ["1"]
                get photos a if-match:*
                    -> c4ca4238a0b923820dcc509a6f75849b size 1 ["1"]
                get photos a if-match:0
                    -> 412 PreconditionFailed Condition=If-Match
                get photos a if-none-match:c4ca4238a0b923820dcc509a6f75849b
                    -> 304 NotModified
                get photos a if-none-match:0
                    -> c4ca4238a0b923820dcc509a6f75849b size 1 ["1"]
                get photos a if-modified-since:5000
                    -> 304 NotModified
                get photos a if-modified-since:4000
                    -> c4ca4238a0b923820dcc509a6f75849b size 1 ["1"]
                get photos a if-unmodified-since:5000
                    -> c4ca4238a0b923820dcc509a6f75849b size 1 ["1"]
                get photos a if-unmodified-since:4999
                    -> 412 PreconditionFailed Condition=If-Unmodified-Since
                get photos a if-unmodified-since:0 if-match:*
                    -> c4ca4238a0b923820dcc509a6f75849b size 1 ["1"]
                get photos a if-modified-since:9000 if-none-match:0
                    -> c4ca4238a0b923820dcc509a6f75849b size 1 ["1"]
                get photos b if-match:*
                    -> 404 NoSuchKey Key=b
            "#]],
        );
    }
}
