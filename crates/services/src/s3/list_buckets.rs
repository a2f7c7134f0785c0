//! `ListBuckets`: every partition's buckets of one account, merged by name.

use kernel::{Region, Timestamp};
use tidemill_kernel as kernel;

use super::model::{BucketName, Requester};
use super::{Reply, State};

#[derive(Clone, Debug, PartialEq)]
pub struct ListBuckets {
    pub requester: Requester,
    pub prefix: String,
    /// `BucketRegion`.
    pub region: Option<String>,
    /// The last name of the page before.
    pub after: Option<String>,
    /// `None` lists all: the answer of a request without `MaxBuckets`.
    pub limit: Option<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct BucketEntry {
    pub name: BucketName,
    pub region: Region,
    pub created: Timestamp,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Buckets {
    /// In order of their names.
    pub entries: Vec<BucketEntry>,
    pub is_truncated: bool,
}

pub(super) fn read(state: &State, query: &ListBuckets) -> Reply {
    let entries = state
        .buckets()
        .filter(|(name, bucket)| {
            bucket.owner == query.requester.account
                && name.as_str().starts_with(&query.prefix)
                && query.after.as_ref().is_none_or(|after| name.as_str() > after.as_str())
                && query.region.as_ref().is_none_or(|region| bucket.region.as_str() == region)
        })
        .map(|(name, bucket)| BucketEntry {
            name: name.clone(),
            region: bucket.region.clone(),
            created: bucket.created,
        })
        // One more than asked for tells the merge that there is more.
        .take(query.limit.map_or(usize::MAX, |limit| limit.saturating_add(1)))
        .collect();
    Reply::Buckets(Buckets { entries, is_truncated: false })
}

pub(super) fn merge(query: &ListBuckets, replies: Vec<Reply>) -> Reply {
    let mut entries: Vec<BucketEntry> = Vec::new();
    for reply in replies {
        if let Reply::Buckets(buckets) = reply {
            entries.extend(buckets.entries);
        }
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    let limit = query.limit.unwrap_or(usize::MAX);
    let is_truncated = entries.len() > limit;
    entries.truncate(limit);
    Reply::Buckets(Buckets { entries, is_truncated })
}
