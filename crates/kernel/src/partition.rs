//! Partitions: which single-threaded core owns a resource.
//!
//! The count is written into the root manifest when a data directory is created and never
//! changes; the hash below is therefore part of the on-disk format.

use crate::arn::Arn;
use crate::ids::{AccountId, Region, Service};
use minicbor::{Decode, Encode};
use std::fmt;

/// Partitions of a data directory created by this release.
pub const PARTITION_COUNT: u16 = 16;

/// One partition: 0 to [`PARTITION_COUNT`] − 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct PartitionId(#[n(0)] pub u16);

impl PartitionId {
    pub fn all() -> impl Iterator<Item = PartitionId> {
        (0..PARTITION_COUNT).map(PartitionId)
    }

    /// The partition of a resource that lives in an account and a region.
    #[must_use]
    pub fn of(account: AccountId, region: &Region, service: Service, name: &str) -> PartitionId {
        PartitionId::of_key(&format!("{account}/{region}/{service}/{name}"))
    }

    /// The partition of a bucket: by its name alone, because bucket names are global.
    #[must_use]
    pub fn of_bucket(name: &str) -> PartitionId {
        PartitionId::of_key(&format!("//s3/{name}"))
    }

    /// The one partition that holds an account's IAM and STS state.
    #[must_use]
    pub fn of_identity(account: AccountId) -> PartitionId {
        PartitionId::of_key(&format!("{account}//iam/"))
    }

    /// The partition that owns what `arn` names; `None` when it is no resource of ours.
    #[must_use]
    pub fn of_arn(arn: &Arn) -> Option<PartitionId> {
        match arn.service()? {
            Service::S3 => Some(PartitionId::of_bucket(arn.resource_name())),
            Service::Iam | Service::Sts => {
                Some(PartitionId::of_identity(AccountId::parse(arn.account())?))
            }
            service @ (Service::Sqs | Service::Lambda | Service::Logs | Service::Sns) => {
                Some(PartitionId::of(
                    AccountId::parse(arn.account())?,
                    &Region::parse(arn.region())?,
                    service,
                    arn.resource_name(),
                ))
            }
        }
    }

    fn of_key(key: &str) -> PartitionId {
        let hash = blake3::hash(key.as_bytes());
        let [low, high, ..] = hash.as_bytes();
        PartitionId(u16::from_le_bytes([*low, *high]) % PARTITION_COUNT)
    }
}

impl fmt::Debug for PartitionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p{}", self.0)
    }
}

impl fmt::Display for PartitionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    /// The hash decides where data lies on disk: a change here loses every existing queue.
    #[test]
    fn the_hash_is_for_ever() {
        let region = Region::parse("us-east-1").expect("legal");
        let account = AccountId::parse("000000000000").expect("legal");
        let placed: Vec<PartitionId> = ["orders", "invoices", "mail"]
            .into_iter()
            .map(|name| PartitionId::of(account, &region, Service::Sqs, name))
            .chain([PartitionId::of_bucket("photos"), PartitionId::of_identity(account)])
            .collect();
        expect!["[p4, p7, p11, p2, p1]"].assert_eq(&format!("{placed:?}"));
    }

    /// The wire test of a bucket that tells a queue that feeds a function relies on these names:
    /// every hand-over in it crosses from one partition to another.
    #[test]
    fn the_wire_tests_bucket_queue_and_function_are_in_three_partitions() {
        let region = Region::parse("us-east-1").expect("legal");
        let account = AccountId::parse("000000000000").expect("legal");
        let placed = [
            PartitionId::of_bucket("three-partitions-photos"),
            PartitionId::of(account, &region, Service::Sqs, "three-partitions-notices"),
            PartitionId::of(account, &region, Service::Lambda, "three-partitions-resize"),
        ];
        expect!["[p15, p10, p12]"].assert_eq(&format!("{placed:?}"));
    }

    #[test]
    fn an_arn_and_its_parts_agree() {
        let region = Region::parse("us-east-1").expect("legal");
        let account = AccountId::parse("000000000000").expect("legal");
        let arn = Arn::function(&region, account, "resize");
        assert_eq!(
            PartitionId::of_arn(&arn),
            Some(PartitionId::of(account, &region, Service::Lambda, "resize"))
        );
    }
}
