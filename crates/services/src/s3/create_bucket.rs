//! `CreateBucket`.

use kernel::{Region, Turn};
use minicbor::{Decode, Encode};
use tidemill_kernel as kernel;

use super::model::{Bucket, BucketName, Requester};
use super::{Error, Reply, State};

/// Where a bucket lives when nobody says so; the one region whose endpoint speaks for all.
const REGION_DEFAULT: &str = "us-east-1";

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct CreateBucket {
    #[n(0)]
    pub requester: Requester,
    #[n(1)]
    pub bucket: BucketName,
    /// The region of the endpoint that was asked.
    #[n(2)]
    pub endpoint: Region,
    /// `LocationConstraint`.
    #[n(3)]
    pub location: Option<String>,
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: CreateBucket,
) -> Result<Reply, Error> {
    let CreateBucket { requester, bucket: name, endpoint, location } = command;
    let region = locate(endpoint, location)?;
    if let Some(existing) = state.find_bucket(&name) {
        return if existing.owner != requester.account {
            Err(Error::BucketAlreadyExists(name))
        } else if existing.region.as_str() == REGION_DEFAULT && existing.region == region {
            // Older than the rule that other regions follow, and kept by AWS for old clients.
            Ok(Reply::Done)
        } else {
            Err(Error::BucketAlreadyOwnedByYou(name))
        };
    }
    let bucket =
        Bucket { owner: requester.account, region, created: turn.now(), notifications: Vec::new() };
    state.put_bucket(turn, name, bucket);
    Ok(Reply::Done)
}

fn locate(endpoint: Region, location: Option<String>) -> Result<Region, Error> {
    let endpoint_is_default = endpoint.as_str() == REGION_DEFAULT;
    let Some(location) = location else {
        return if endpoint_is_default {
            Ok(endpoint)
        } else {
            Err(Error::LocationConstraintMissing)
        };
    };
    // The name of eu-west-1 from when it was the only region in Europe.
    let text = if location == "EU" { "eu-west-1" } else { location.as_str() };
    let region = Region::parse(text)
        .filter(|region| region.as_str() != REGION_DEFAULT)
        .ok_or(Error::InvalidLocationConstraint(location))?;
    if endpoint_is_default || region == endpoint {
        Ok(region)
    } else {
        Err(Error::LocationConstraintElsewhere { constraint: region })
    }
}

#[cfg(test)]
mod tests {
    use crate::s3::transcript::check;
    use expect_test::expect;

    #[test]
    fn a_name_belongs_to_whoever_came_first() {
        check(
            "
            create photos
            create photos
            as:2 create photos
            create films us-east-1 eu-west-1
            create films us-east-1 eu-west-1
            list-buckets
            as:2 list-buckets
            ",
            expect![[r#"
                create photos
                    -> done
                create photos
                    -> done
                as:2 create photos
                    -> 409 BucketAlreadyExists BucketName=photos
                create films us-east-1 eu-west-1
                    -> done
                create films us-east-1 eu-west-1
                    -> 409 BucketAlreadyOwnedByYou BucketName=films
                list-buckets
                    -> buckets: ["eu-west-1/films", "us-east-1/photos"]
                as:2 list-buckets
                    -> buckets: []
            "#]],
        );
    }

    #[test]
    fn a_location_must_fit_the_endpoint() {
        check(
            "
            create b-1 eu-west-1
            create b-2 eu-west-1 us-west-2
            create b-3 eu-west-1 eu-west-1
            create b-4 us-east-1 us-east-1
            create b-5 us-east-1 EU
            create b-6 us-east-1 Nowhere!
            list-buckets
            ",
            expect![[r#"
                create b-1 eu-west-1
                    -> 400 IllegalLocationConstraintException
                create b-2 eu-west-1 us-west-2
                    -> 400 IllegalLocationConstraintException
                create b-3 eu-west-1 eu-west-1
                    -> done
                create b-4 us-east-1 us-east-1
                    -> 400 InvalidLocationConstraint LocationConstraint=us-east-1
                create b-5 us-east-1 EU
                    -> done
                create b-6 us-east-1 Nowhere!
                    -> 400 InvalidLocationConstraint LocationConstraint=Nowhere!
                list-buckets
                    -> buckets: ["eu-west-1/b-3", "eu-west-1/b-5"]
            "#]],
        );
    }
}
