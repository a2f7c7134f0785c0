//! s3s's trait, each operation handed to the file of its family. What is not named here answers
//! `NotImplemented`, by s3s's default.

use super::{
    Front, attributes, bucket, copy_object, delete_object, listing, multipart, notification,
    put_object, read_object, settings, versions,
};
use s3s::dto;
use s3s::{S3, S3Request, S3Response, S3Result};

/// `module::operation(Input) -> Output`, for every operation served.
macro_rules! serve {
    ($($module:ident :: $operation:ident($input:ident) -> $output:ident;)+) => {
        #[async_trait::async_trait]
        impl S3 for Front {
            $(
                async fn $operation(
                    &self,
                    request: S3Request<dto::$input>,
                ) -> S3Result<S3Response<dto::$output>> {
                    $module::$operation(self, request).await
                }
            )+
        }

        /// The inputs' names: an operation's, and `Input`.
        const INPUTS: &[&str] = &[$(stringify!($input)),+];
    };
}

serve! {
    bucket::create_bucket(CreateBucketInput) -> CreateBucketOutput;
    bucket::delete_bucket(DeleteBucketInput) -> DeleteBucketOutput;
    bucket::head_bucket(HeadBucketInput) -> HeadBucketOutput;
    bucket::get_bucket_location(GetBucketLocationInput) -> GetBucketLocationOutput;
    bucket::list_buckets(ListBucketsInput) -> ListBucketsOutput;

    put_object::put_object(PutObjectInput) -> PutObjectOutput;
    read_object::get_object(GetObjectInput) -> GetObjectOutput;
    read_object::head_object(HeadObjectInput) -> HeadObjectOutput;
    attributes::get_object_attributes(GetObjectAttributesInput) -> GetObjectAttributesOutput;
    delete_object::delete_object(DeleteObjectInput) -> DeleteObjectOutput;
    delete_object::delete_objects(DeleteObjectsInput) -> DeleteObjectsOutput;
    copy_object::copy_object(CopyObjectInput) -> CopyObjectOutput;

    listing::list_objects(ListObjectsInput) -> ListObjectsOutput;
    listing::list_objects_v2(ListObjectsV2Input) -> ListObjectsV2Output;
    versions::list_object_versions(ListObjectVersionsInput) -> ListObjectVersionsOutput;
    listing::list_parts(ListPartsInput) -> ListPartsOutput;
    listing::list_multipart_uploads(ListMultipartUploadsInput) -> ListMultipartUploadsOutput;

    multipart::create_multipart_upload(CreateMultipartUploadInput) -> CreateMultipartUploadOutput;
    multipart::upload_part(UploadPartInput) -> UploadPartOutput;
    copy_object::upload_part_copy(UploadPartCopyInput) -> UploadPartCopyOutput;
    multipart::complete_multipart_upload(CompleteMultipartUploadInput)
        -> CompleteMultipartUploadOutput;
    multipart::abort_multipart_upload(AbortMultipartUploadInput) -> AbortMultipartUploadOutput;

    notification::put_bucket_notification_configuration(PutBucketNotificationConfigurationInput)
        -> PutBucketNotificationConfigurationOutput;
    notification::get_bucket_notification_configuration(GetBucketNotificationConfigurationInput)
        -> GetBucketNotificationConfigurationOutput;

    settings::get_bucket_versioning(GetBucketVersioningInput) -> GetBucketVersioningOutput;
    settings::get_bucket_accelerate_configuration(GetBucketAccelerateConfigurationInput)
        -> GetBucketAccelerateConfigurationOutput;
    settings::get_bucket_logging(GetBucketLoggingInput) -> GetBucketLoggingOutput;
    settings::get_bucket_request_payment(GetBucketRequestPaymentInput)
        -> GetBucketRequestPaymentOutput;
    settings::get_bucket_acl(GetBucketAclInput) -> GetBucketAclOutput;
    settings::get_bucket_ownership_controls(GetBucketOwnershipControlsInput)
        -> GetBucketOwnershipControlsOutput;
    settings::get_public_access_block(GetPublicAccessBlockInput) -> GetPublicAccessBlockOutput;
    settings::get_bucket_encryption(GetBucketEncryptionInput) -> GetBucketEncryptionOutput;
    settings::get_bucket_tagging(GetBucketTaggingInput) -> GetBucketTaggingOutput;
    settings::get_bucket_policy(GetBucketPolicyInput) -> GetBucketPolicyOutput;
    settings::get_bucket_policy_status(GetBucketPolicyStatusInput) -> GetBucketPolicyStatusOutput;
    settings::get_bucket_cors(GetBucketCorsInput) -> GetBucketCorsOutput;
    settings::get_bucket_website(GetBucketWebsiteInput) -> GetBucketWebsiteOutput;
    settings::get_bucket_lifecycle_configuration(GetBucketLifecycleConfigurationInput)
        -> GetBucketLifecycleConfigurationOutput;
    settings::get_bucket_replication(GetBucketReplicationInput) -> GetBucketReplicationOutput;
    settings::get_object_lock_configuration(GetObjectLockConfigurationInput)
        -> GetObjectLockConfigurationOutput;
    settings::get_object_tagging(GetObjectTaggingInput) -> GetObjectTaggingOutput;
    settings::get_object_acl(GetObjectAclInput) -> GetObjectAclOutput;
    settings::put_public_access_block(PutPublicAccessBlockInput) -> PutPublicAccessBlockOutput;
    settings::put_bucket_ownership_controls(PutBucketOwnershipControlsInput)
        -> PutBucketOwnershipControlsOutput;
    settings::put_bucket_encryption(PutBucketEncryptionInput) -> PutBucketEncryptionOutput;
}

/// A served operation's name as one that lives for ever, for counting.
pub(super) fn served_name(operation: &str) -> Option<&'static str> {
    INPUTS.iter().filter_map(|input| input.strip_suffix("Input")).find(|name| *name == operation)
}
