//! Amazon Resource Names: `arn:aws:service:region:account:resource`.

use crate::ids::{AccountId, Region, Service};
use minicbor::{Decode, Encode};
use std::fmt;

/// The name of a resource of ours. Region and account are empty for buckets and, in part, IAM.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Arn(#[n(0)] String);

impl Arn {
    /// Longest ARN taken, in bytes (AWS's own limit for most resources).
    pub const LENGTH_MAX: usize = 2048;

    #[must_use]
    pub fn new(service: Service, region: &Region, account: AccountId, resource: &str) -> Arn {
        Arn(format!("arn:aws:{service}:{region}:{account}:{resource}"))
    }

    #[must_use]
    pub fn queue(region: &Region, account: AccountId, name: &str) -> Arn {
        Arn::new(Service::Sqs, region, account, name)
    }

    #[must_use]
    pub fn bucket(name: &str) -> Arn {
        Arn(format!("arn:aws:s3:::{name}"))
    }

    #[must_use]
    pub fn function(region: &Region, account: AccountId, name: &str) -> Arn {
        Arn::new(Service::Lambda, region, account, &format!("function:{name}"))
    }

    #[must_use]
    pub fn topic(region: &Region, account: AccountId, name: &str) -> Arn {
        Arn::new(Service::Sns, region, account, name)
    }

    /// Reads an ARN. Any service, region and account text is taken as long as the shape is right:
    /// whether the resource exists is not this type's question.
    #[must_use]
    pub fn parse(text: &str) -> Option<Arn> {
        let mut parts = text.splitn(6, ':');
        let shape_is_right = text.len() <= Arn::LENGTH_MAX
            && parts.next() == Some("arn")
            && parts.next().is_some_and(|partition| partition.starts_with("aws"))
            && parts.next().is_some_and(|service| !service.is_empty())
            && parts.next().is_some()
            && parts.next().is_some()
            && parts.next().is_some_and(|resource| !resource.is_empty());
        shape_is_right.then(|| Arn(text.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn part(&self, index: usize) -> &str {
        self.0.splitn(6, ':').nth(index).unwrap_or_default()
    }

    #[must_use]
    pub fn service_name(&self) -> &str {
        self.part(2)
    }

    /// The service, when it is one of ours.
    #[must_use]
    pub fn service(&self) -> Option<Service> {
        Service::parse(self.service_name())
    }

    #[must_use]
    pub fn region(&self) -> &str {
        self.part(3)
    }

    #[must_use]
    pub fn account(&self) -> &str {
        self.part(4)
    }

    /// Everything after the account: `orders`, `function:resize:3`, `my-bucket`.
    #[must_use]
    pub fn resource(&self) -> &str {
        self.part(5)
    }

    /// The owning resource's own name, without type or qualifier: what partitions are keyed by.
    #[must_use]
    pub fn resource_name(&self) -> &str {
        let resource = self.resource();
        match self.service() {
            Some(Service::Lambda) => resource.split(':').nth(1).unwrap_or(resource),
            Some(Service::S3) => resource.split('/').next().unwrap_or(resource),
            // A subscription belongs to its topic: `orders:8f6f…` lives where `orders` does.
            Some(Service::Sns) => resource.split(':').next().unwrap_or(resource),
            Some(Service::Sqs | Service::Logs | Service::Iam | Service::Sts) | None => resource,
        }
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_is_taken_apart_by_its_colons() {
        let arn = Arn::parse("arn:aws:lambda:eu-west-1:000000000001:function:resize:live")
            .expect("legal");
        assert_eq!(
            (arn.service(), arn.region(), arn.account(), arn.resource(), arn.resource_name()),
            (Some(Service::Lambda), "eu-west-1", "000000000001", "function:resize:live", "resize")
        );
        assert_eq!(Arn::bucket("photos").resource_name(), "photos");
        for bad in ["", "arn", "arn:aws:sqs", "arn:aws:sqs:::", "arn:gcp:sqs:a:b:c", "orders"] {
            assert_eq!(Arn::parse(bad), None, "{bad}");
        }
    }
}
