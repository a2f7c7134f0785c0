//! `HeadBucket`, `GetBucketLocation`, `GetBucketNotificationConfiguration` and the other reads of
//! a bucket's settings: one query, of which each shows a part.

use kernel::{AccountId, Region};
use tidemill_kernel as kernel;

use super::model::{BucketName, Requester};
use super::notifications::Rule;
use super::{Error, Reply, State};

#[derive(Clone, Debug, PartialEq)]
pub struct GetBucket {
    pub requester: Requester,
    pub bucket: BucketName,
}

#[derive(Clone, Debug, PartialEq)]
pub struct BucketView {
    pub owner: AccountId,
    pub region: Region,
    pub notifications: Vec<Rule>,
}

pub(super) fn read(state: &State, query: &GetBucket) -> Result<Reply, Error> {
    let bucket = state.bucket(&query.requester, &query.bucket)?;
    Ok(Reply::Bucket(BucketView {
        owner: bucket.owner,
        region: bucket.region.clone(),
        notifications: bucket.notifications.clone(),
    }))
}
