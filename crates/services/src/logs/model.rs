//! The nouns of CloudWatch Logs, as rows hold them and as replies carry them.

use kernel::{AccountId, Arn, PartitionId, Region, Service, Timestamp};
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;
use tidemill_kernel as kernel;

/// What the names of the groups that functions write to start with.
pub const FUNCTION_GROUP_PREFIX: &str = "/aws/lambda/";

/// A log group's full name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct GroupId {
    #[n(0)]
    pub account: AccountId,
    #[n(1)]
    pub region: Region,
    #[n(2)]
    pub name: String,
}

impl GroupId {
    #[must_use]
    pub fn partition(&self) -> PartitionId {
        PartitionId::of(self.account, &self.region, Service::Logs, &self.name)
    }

    #[must_use]
    pub fn arn(&self) -> Arn {
        let resource = format!("log-group:{}", self.name);
        Arn::new(Service::Logs, &self.region, self.account, &resource)
    }

    /// The function whose output the group holds, when it is such a group.
    #[must_use]
    pub fn function_name(&self) -> Option<&str> {
        self.name.strip_prefix(FUNCTION_GROUP_PREFIX)
    }

    pub(super) fn row_key(&self) -> Vec<u8> {
        format!("{}{}", GroupId::row_prefix(self.account, &self.region), self.name).into_bytes()
    }

    /// What the row keys of all groups of an account and region start with.
    pub(super) fn row_prefix(account: AccountId, region: &Region) -> String {
        format!("{account}/{region}/")
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Group {
    #[n(0)]
    pub id: GroupId,
    /// What its streams and events are keyed by; never used again.
    #[n(1)]
    pub number: u64,
    #[n(2)]
    pub created_at: Timestamp,
    #[n(3)]
    pub stored_bytes: u64,
    #[n(4)]
    pub tags: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Stream {
    #[n(0)]
    pub name: String,
    #[n(1)]
    pub number: u64,
    #[n(2)]
    pub created_at: Timestamp,
    #[n(3)]
    pub first_event_at: Option<Timestamp>,
    #[n(4)]
    pub last_event_at: Option<Timestamp>,
    #[n(5)]
    pub last_ingested_at: Option<Timestamp>,
    /// Events put so far: the next one's place among those of its millisecond.
    #[n(6)]
    pub events: u64,
}

/// An event as a client puts it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct NewEvent {
    #[n(0)]
    pub timestamp: Timestamp,
    #[n(1)]
    pub message: String,
}

/// An event as it is read. Ordered by time, then stream, then its place in the stream.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    pub timestamp: Timestamp,
    pub stream: String,
    pub sequence: u64,
    pub ingested_at: Timestamp,
    pub message: String,
}

/// An event's row.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(super) struct StoredEvent {
    #[n(0)]
    pub(super) ingested_at: Timestamp,
    #[n(1)]
    pub(super) message: String,
}
