//! `CreateBucket`, `DeleteBucket`, `HeadBucket`, `GetBucketLocation`, `ListBuckets`.

use super::exchange::Caller;
use super::listing::read_token;
use super::unserved::{not_implemented, refuse_unserved};
use super::wire::timestamp;
use super::{Front, bucket_name, unexpected_reply};
use s3s::dto::{
    self, BucketCannedACL, BucketLocationConstraint, CreateBucketConfiguration, CreateBucketInput,
    CreateBucketOutput, DeleteBucketInput, DeleteBucketOutput, GetBucketLocationInput,
    GetBucketLocationOutput, HeadBucketInput, HeadBucketOutput, ListBucketsInput,
    ListBucketsOutput, ObjectOwnership, Owner,
};
use s3s::{S3Request, S3Response, S3Result, s3_error};
use tidemill_services::s3::model::BucketName;
use tidemill_services::s3::{
    BucketView, Command, CreateBucket, DeleteBucket, Error, GetBucket, ListBuckets, Query, Reply,
};
use tidemill_services::{self as services, Work};

/// The most buckets of one page.
const BUCKETS_MAX: i32 = 10_000;

impl Front {
    pub(super) async fn get_bucket(
        &self,
        caller: &Caller,
        bucket: &BucketName,
    ) -> S3Result<BucketView> {
        let requester = caller.requester.clone();
        let query = Query::GetBucket(GetBucket { requester, bucket: bucket.clone() });
        let reply = self.ask(caller, bucket, query).await?;
        if let Reply::Bucket(view) = reply { Ok(view) } else { Err(unexpected_reply()) }
    }
}

pub(super) async fn create_bucket(
    front: &Front,
    request: S3Request<CreateBucketInput>,
) -> S3Result<S3Response<CreateBucketOutput>> {
    let S3Request { input, headers, extensions, region, .. } = request;
    let CreateBucketInput {
        acl,
        bucket,
        create_bucket_configuration,
        grant_full_control,
        grant_read,
        grant_read_acp,
        grant_write,
        grant_write_acp,
        object_lock_enabled_for_bucket,
        object_ownership,
    } = input;
    if object_lock_enabled_for_bucket == Some(true) {
        return Err(not_implemented("x-amz-bucket-object-lock-enabled"));
    }
    let ownership = object_ownership.as_ref().map(ObjectOwnership::as_str);
    if ownership.is_some_and(|ownership| ownership != ObjectOwnership::BUCKET_OWNER_ENFORCED) {
        return Err(not_implemented("x-amz-object-ownership"));
    }
    let grants =
        [&grant_full_control, &grant_read, &grant_read_acp, &grant_write, &grant_write_acp];
    let acl_is_private = acl.is_none_or(|acl| acl.as_str() == BucketCannedACL::PRIVATE);
    if !acl_is_private || grants.iter().any(|grant| grant.is_some()) {
        return Err(s3_error!(
            InvalidBucketAclWithObjectOwnership,
            "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"
        ));
    }
    if headers.contains_key("x-amz-bucket-namespace") {
        return Err(not_implemented("x-amz-bucket-namespace"));
    }
    let caller = Caller::of(&extensions, region.as_ref(), None)?;
    let name = bucket_name(&caller, &bucket)?;
    let command = Command::CreateBucket(CreateBucket {
        requester: caller.requester.clone(),
        bucket: name.clone(),
        endpoint: caller.region.clone(),
        location: location(create_bucket_configuration)?,
    });
    front.command(&caller, &name, command).await?;
    Ok(S3Response::new(CreateBucketOutput { location: Some(format!("/{bucket}")) }))
}

fn location(configuration: Option<CreateBucketConfiguration>) -> S3Result<Option<String>> {
    let Some(configuration) = configuration else { return Ok(None) };
    let CreateBucketConfiguration { bucket, location, location_constraint } = configuration;
    refuse_unserved! {
        bucket => "CreateBucketConfiguration.Bucket",
        location => "CreateBucketConfiguration.Location",
    }
    let constraint = location_constraint.map(|constraint| constraint.as_str().to_owned());
    Ok(constraint.filter(|constraint| !constraint.is_empty()))
}

pub(super) async fn delete_bucket(
    front: &Front,
    request: S3Request<DeleteBucketInput>,
) -> S3Result<S3Response<DeleteBucketOutput>> {
    let S3Request { input, extensions, region, .. } = request;
    let DeleteBucketInput { bucket, expected_bucket_owner } = input;
    let caller = Caller::of(&extensions, region.as_ref(), expected_bucket_owner.as_deref())?;
    let bucket = bucket_name(&caller, &bucket)?;
    let requester = caller.requester.clone();
    let command = Command::DeleteBucket(DeleteBucket { requester, bucket: bucket.clone() });
    front.command(&caller, &bucket, command).await?;
    Ok(S3Response::new(DeleteBucketOutput {}))
}

pub(super) async fn head_bucket(
    front: &Front,
    request: S3Request<HeadBucketInput>,
) -> S3Result<S3Response<HeadBucketOutput>> {
    let S3Request { input, extensions, region, .. } = request;
    let HeadBucketInput { bucket, expected_bucket_owner } = input;
    let caller = Caller::of(&extensions, region.as_ref(), expected_bucket_owner.as_deref())?;
    let bucket = front.get_bucket(&caller, &bucket_name(&caller, &bucket)?).await?;
    Ok(S3Response::new(HeadBucketOutput {
        access_point_alias: Some(false),
        bucket_region: Some(bucket.region.to_string()),
        ..HeadBucketOutput::default()
    }))
}

pub(super) async fn get_bucket_location(
    front: &Front,
    request: S3Request<GetBucketLocationInput>,
) -> S3Result<S3Response<GetBucketLocationOutput>> {
    let S3Request { input, extensions, region, .. } = request;
    let GetBucketLocationInput { bucket, expected_bucket_owner } = input;
    let caller = Caller::of(&extensions, region.as_ref(), expected_bucket_owner.as_deref())?;
    let bucket = front.get_bucket(&caller, &bucket_name(&caller, &bucket)?).await?;
    // The oldest region's name is the empty one.
    let location = Some(bucket.region.to_string()).filter(|region| region != "us-east-1");
    Ok(S3Response::new(GetBucketLocationOutput {
        location_constraint: location.map(BucketLocationConstraint::from),
    }))
}

pub(super) async fn list_buckets(
    front: &Front,
    request: S3Request<ListBucketsInput>,
) -> S3Result<S3Response<ListBucketsOutput>> {
    let S3Request { input, extensions, region, .. } = request;
    let ListBucketsInput { bucket_region, continuation_token, max_buckets, prefix } = input;
    let caller = Caller::of(&extensions, region.as_ref(), None)?;
    if max_buckets.is_some_and(|max| !(1..=BUCKETS_MAX).contains(&max)) {
        return Err(caller.refuse(&Error::InvalidArgument {
            message: "The value for max-buckets must be between 1 and 10000".to_owned(),
            name: "max-buckets".to_owned(),
            value: max_buckets.unwrap_or_default().to_string(),
        }));
    }
    let after =
        continuation_token.as_deref().map(|token| read_token(&caller, token)).transpose()?;
    let query = Query::ListBuckets(ListBuckets {
        requester: caller.requester.clone(),
        prefix: prefix.clone().unwrap_or_default(),
        region: bucket_region,
        after,
        limit: max_buckets.and_then(|max| usize::try_from(max).ok()),
    });
    let reply = front.submit(&caller, Work::QueryAll(services::Query::S3(Box::new(query)))).await?;
    let Reply::Buckets(buckets) = reply else { return Err(unexpected_reply()) };
    let last = buckets.entries.last().map(|entry| entry.name.as_str());
    let next = last.filter(|_| buckets.is_truncated).map(super::listing::write_token);
    let entries = buckets.entries.iter().map(|entry| dto::Bucket {
        bucket_region: Some(entry.region.to_string()),
        creation_date: Some(timestamp(entry.created)),
        name: Some(entry.name.to_string()),
    });
    Ok(S3Response::new(ListBucketsOutput {
        buckets: Some(entries.collect()),
        continuation_token: next,
        owner: Some(Owner { display_name: None, id: Some(caller.owner_id()) }),
        prefix,
    }))
}
