//! Conditional requests: what must hold of the current object for a request to be served.
//!
//! Follows RFC 9110 §13 in the order that S3 documents: `If-Match` outranks `If-Unmodified-Since`,
//! `If-None-Match` outranks `If-Modified-Since`. Times are compared in whole seconds, because that
//! is all a client ever saw.

use kernel::Timestamp;
use minicbor::{Decode, Encode};
use tidemill_kernel as kernel;

use super::error::Error;
use super::model::{ETag, Object, ObjectKey};

/// An entity tag as a client names it, without its quotes; `*` is any.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum ETagMatch {
    #[n(0)]
    Any,
    #[n(1)]
    One(#[n(0)] String),
}

impl ETagMatch {
    fn matches(&self, etag: ETag) -> bool {
        match self {
            ETagMatch::Any => true,
            ETagMatch::One(text) => *text == etag.to_string(),
        }
    }
}

/// What a write asks of the object it is about to replace or remove.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum WriteCondition {
    #[n(0)]
    None,
    /// `If-None-Match: *`: nothing stands there yet.
    #[n(1)]
    IsAbsent,
    #[n(2)]
    Matches(#[n(0)] ETagMatch),
}

impl WriteCondition {
    pub(super) fn check(&self, key: &ObjectKey, current: Option<&Object>) -> Result<(), Error> {
        match (self, current) {
            (WriteCondition::None, _) | (WriteCondition::IsAbsent, None) => Ok(()),
            (WriteCondition::IsAbsent, Some(_)) => {
                Err(Error::PreconditionFailed { condition: "If-None-Match" })
            }
            (WriteCondition::Matches(_), None) => Err(Error::NoSuchKey(key.clone())),
            (WriteCondition::Matches(wanted), Some(object)) => {
                if wanted.matches(object.etag) {
                    Ok(())
                } else {
                    Err(Error::PreconditionFailed { condition: "If-Match" })
                }
            }
        }
    }
}

/// What a read asks of the object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadConditions {
    pub if_match: Option<ETagMatch>,
    pub if_none_match: Option<ETagMatch>,
    pub if_modified_since: Option<Timestamp>,
    pub if_unmodified_since: Option<Timestamp>,
}

impl ReadConditions {
    pub(super) fn check(&self, object: &Object) -> Result<(), Error> {
        let modified = object.last_modified.seconds();
        match (&self.if_match, self.if_unmodified_since) {
            (Some(wanted), _) if !wanted.matches(object.etag) => {
                return Err(Error::PreconditionFailed { condition: "If-Match" });
            }
            (None, Some(since)) if modified > since.seconds() => {
                return Err(Error::PreconditionFailed { condition: "If-Unmodified-Since" });
            }
            (Some(_) | None, _) => {}
        }
        let unchanged = match (&self.if_none_match, self.if_modified_since) {
            (Some(known), _) => known.matches(object.etag),
            (None, Some(since)) => modified <= since.seconds(),
            (None, None) => false,
        };
        if unchanged {
            return Err(Error::NotModified {
                etag: object.etag,
                last_modified: object.last_modified,
            });
        }
        Ok(())
    }
}
