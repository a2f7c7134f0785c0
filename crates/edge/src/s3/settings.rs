//! Settings of buckets that nobody can change here: what they are is told truthfully, because
//! SDKs, Terraform and the CLI read them; a write that asks for what is so anyway succeeds, every
//! other is refused by s3s's default answer, `NotImplemented`.

use super::exchange::Caller;
use super::read_object::read_conditions;
use super::unserved::{not_implemented, refuse_unserved};
use super::wire::refuse_version;
use super::{Front, bucket_name, object_key};
use s3s::S3ErrorCode as Code;
use s3s::dto::{
    self, GetObjectAclInput, Grant, Grantee, ObjectOwnership, Owner, Payer, Permission, Type,
};
use s3s::{S3Error, S3Request, S3Response, S3Result};
use tidemill_services::s3::{GetObject, Selection};

/// A request about a bucket's setting: all of them name the bucket, and perhaps its owner.
async fn check_bucket<T>(
    front: &Front,
    request: &S3Request<T>,
    bucket: &str,
    expected_bucket_owner: Option<&str>,
) -> S3Result<Caller> {
    let region = request.region.as_ref();
    let caller = Caller::of(&request.extensions, region, expected_bucket_owner)?;
    let bucket = bucket_name(&caller, bucket)?;
    front.get_bucket(&caller, &bucket).await?;
    Ok(caller)
}

/// Reads of settings: `operation(Input) -> Output = what is so`.
macro_rules! settings {
    ($($operation:ident($input:ident) -> $output:ident = $answer:expr;)+) => {
        $(
            pub(super) async fn $operation(
                front: &Front,
                request: S3Request<dto::$input>,
            ) -> S3Result<S3Response<dto::$output>> {
                let bucket = &request.input.bucket;
                let owner = request.input.expected_bucket_owner.as_deref();
                let caller = check_bucket(front, &request, bucket, owner).await?;
                let answer: fn(&Caller) -> S3Result<dto::$output> = $answer;
                answer(&caller).map(S3Response::new)
            }
        )+
    };
}

settings! {
    get_bucket_versioning(GetBucketVersioningInput) -> GetBucketVersioningOutput =
        |_| Ok(dto::GetBucketVersioningOutput::default());
    get_bucket_accelerate_configuration(GetBucketAccelerateConfigurationInput)
        -> GetBucketAccelerateConfigurationOutput =
        |_| Ok(dto::GetBucketAccelerateConfigurationOutput::default());
    get_bucket_logging(GetBucketLoggingInput) -> GetBucketLoggingOutput =
        |_| Ok(dto::GetBucketLoggingOutput::default());
    get_bucket_request_payment(GetBucketRequestPaymentInput) -> GetBucketRequestPaymentOutput =
        |_| Ok(dto::GetBucketRequestPaymentOutput {
            payer: Some(Payer::from_static(Payer::BUCKET_OWNER)),
        });
    get_bucket_acl(GetBucketAclInput) -> GetBucketAclOutput =
        |caller| Ok(dto::GetBucketAclOutput {
            grants: Some(grants(caller)),
            owner: Some(owner(caller)),
        });
    get_bucket_ownership_controls(GetBucketOwnershipControlsInput)
        -> GetBucketOwnershipControlsOutput =
        |_| Ok(dto::GetBucketOwnershipControlsOutput {
            ownership_controls: Some(dto::OwnershipControls {
                rules: vec![dto::OwnershipControlsRule {
                    object_ownership: ObjectOwnership::from_static(
                        ObjectOwnership::BUCKET_OWNER_ENFORCED,
                    ),
                }],
            }),
        });
    get_public_access_block(GetPublicAccessBlockInput) -> GetPublicAccessBlockOutput =
        |_| Ok(dto::GetPublicAccessBlockOutput {
            public_access_block_configuration: Some(dto::PublicAccessBlockConfiguration {
                block_public_acls: Some(true),
                block_public_policy: Some(true),
                ignore_public_acls: Some(true),
                restrict_public_buckets: Some(true),
            }),
        });
    get_bucket_encryption(GetBucketEncryptionInput) -> GetBucketEncryptionOutput =
        |_| Ok(dto::GetBucketEncryptionOutput {
            server_side_encryption_configuration: Some(dto::ServerSideEncryptionConfiguration {
                rules: vec![dto::ServerSideEncryptionRule {
                    apply_server_side_encryption_by_default: Some(
                        dto::ServerSideEncryptionByDefault {
                            kms_master_key_id: None,
                            sse_algorithm: super::wire::encryption(),
                        },
                    ),
                    bucket_key_enabled: Some(false),
                }],
            }),
        });
    get_bucket_tagging(GetBucketTaggingInput) -> GetBucketTaggingOutput =
        |_| Err(absent(Code::NoSuchTagSet, "The TagSet does not exist"));
    get_bucket_policy(GetBucketPolicyInput) -> GetBucketPolicyOutput =
        |_| Err(absent(Code::NoSuchBucketPolicy, "The bucket policy does not exist"));
    get_bucket_policy_status(GetBucketPolicyStatusInput) -> GetBucketPolicyStatusOutput =
        |_| Err(absent(Code::NoSuchBucketPolicy, "The bucket policy does not exist"));
    get_bucket_cors(GetBucketCorsInput) -> GetBucketCorsOutput =
        |_| Err(absent(Code::NoSuchCORSConfiguration, "The CORS configuration does not exist"));
    get_bucket_website(GetBucketWebsiteInput) -> GetBucketWebsiteOutput =
        |_| Err(absent(
            Code::NoSuchWebsiteConfiguration,
            "The specified bucket does not have a website configuration",
        ));
    get_bucket_lifecycle_configuration(GetBucketLifecycleConfigurationInput)
        -> GetBucketLifecycleConfigurationOutput =
        |_| Err(absent(
            Code::NoSuchLifecycleConfiguration,
            "The lifecycle configuration does not exist",
        ));
    get_bucket_replication(GetBucketReplicationInput) -> GetBucketReplicationOutput =
        |_| Err(absent(
            Code::ReplicationConfigurationNotFoundError,
            "The replication configuration was not found",
        ));
    get_object_lock_configuration(GetObjectLockConfigurationInput)
        -> GetObjectLockConfigurationOutput =
        |_| Err(absent(
            Code::ObjectLockConfigurationNotFoundError,
            "Object Lock configuration does not exist for this bucket",
        ));
}

fn absent(code: Code, message: &'static str) -> S3Error {
    let mut error = S3Error::with_message(code, message);
    error.set_status_code(http::StatusCode::NOT_FOUND);
    error
}

fn owner(caller: &Caller) -> Owner {
    Owner { display_name: None, id: Some(caller.owner_id()) }
}

/// The owner may do everything, and nobody else anything.
fn grants(caller: &Caller) -> Vec<Grant> {
    let grantee = Grantee {
        display_name: None,
        email_address: None,
        id: Some(caller.owner_id()),
        type_: Type::from_static(Type::CANONICAL_USER),
        uri: None,
    };
    let permission = Permission::from_static(Permission::FULL_CONTROL);
    vec![Grant { grantee: Some(grantee), permission: Some(permission) }]
}

/// A request about an object's setting, held to an object that is there.
async fn check_object<T>(
    front: &Front,
    request: &S3Request<T>,
    (bucket, key): (&str, &str),
    expected_bucket_owner: Option<&str>,
    version_id: Option<&str>,
) -> S3Result<Caller> {
    let region = request.region.as_ref();
    let caller = Caller::of(&request.extensions, region, expected_bucket_owner)?;
    refuse_version(&caller, version_id)?;
    let bucket = bucket_name(&caller, bucket)?;
    let query = GetObject {
        requester: caller.requester.clone(),
        bucket: bucket.clone(),
        key: object_key(&caller, key)?,
        conditions: read_conditions(None, None, None, None),
        selection: Selection::Whole,
    };
    front.look_up(&caller, &bucket, query).await?;
    Ok(caller)
}

pub(super) async fn get_object_tagging(
    front: &Front,
    request: S3Request<dto::GetObjectTaggingInput>,
) -> S3Result<S3Response<dto::GetObjectTaggingOutput>> {
    let dto::GetObjectTaggingInput {
        bucket,
        expected_bucket_owner,
        key,
        request_payer: _,
        version_id,
    } = &request.input;
    let owner = expected_bucket_owner.as_deref();
    check_object(front, &request, (bucket, key), owner, version_id.as_deref()).await?;
    Ok(S3Response::new(dto::GetObjectTaggingOutput { tag_set: Vec::new(), version_id: None }))
}

pub(super) async fn get_object_acl(
    front: &Front,
    request: S3Request<GetObjectAclInput>,
) -> S3Result<S3Response<dto::GetObjectAclOutput>> {
    let GetObjectAclInput { bucket, expected_bucket_owner, key, request_payer: _, version_id } =
        &request.input;
    let expected = expected_bucket_owner.as_deref();
    let caller =
        check_object(front, &request, (bucket, key), expected, version_id.as_deref()).await?;
    Ok(S3Response::new(dto::GetObjectAclOutput {
        grants: Some(grants(&caller)),
        owner: Some(owner(&caller)),
        request_charged: None,
    }))
}

pub(super) async fn put_public_access_block(
    front: &Front,
    request: S3Request<dto::PutPublicAccessBlockInput>,
) -> S3Result<S3Response<dto::PutPublicAccessBlockOutput>> {
    let dto::PutPublicAccessBlockInput {
        bucket,
        // Both digests have been checked against the body before s3s read it.
        checksum_algorithm: _,
        content_md5: _,
        expected_bucket_owner,
        public_access_block_configuration:
            dto::PublicAccessBlockConfiguration {
                block_public_acls,
                block_public_policy,
                ignore_public_acls,
                restrict_public_buckets,
            },
    } = &request.input;
    check_bucket(front, &request, bucket, expected_bucket_owner.as_deref()).await?;
    let blocks =
        [block_public_acls, block_public_policy, ignore_public_acls, restrict_public_buckets];
    if blocks.iter().any(|block| **block != Some(true)) {
        return Err(not_implemented("public access to buckets"));
    }
    Ok(S3Response::new(dto::PutPublicAccessBlockOutput {}))
}

pub(super) async fn put_bucket_ownership_controls(
    front: &Front,
    request: S3Request<dto::PutBucketOwnershipControlsInput>,
) -> S3Result<S3Response<dto::PutBucketOwnershipControlsOutput>> {
    let dto::PutBucketOwnershipControlsInput {
        bucket,
        content_md5: _,
        expected_bucket_owner,
        ownership_controls: dto::OwnershipControls { rules },
    } = &request.input;
    check_bucket(front, &request, bucket, expected_bucket_owner.as_deref()).await?;
    let is_so = rules
        .iter()
        .all(|rule| rule.object_ownership.as_str() == ObjectOwnership::BUCKET_OWNER_ENFORCED);
    if !is_so {
        return Err(not_implemented("ObjectOwnership other than BucketOwnerEnforced"));
    }
    Ok(S3Response::new(dto::PutBucketOwnershipControlsOutput {}))
}

pub(super) async fn put_bucket_encryption(
    front: &Front,
    request: S3Request<dto::PutBucketEncryptionInput>,
) -> S3Result<S3Response<dto::PutBucketEncryptionOutput>> {
    let dto::PutBucketEncryptionInput {
        bucket,
        checksum_algorithm: _,
        content_md5: _,
        expected_bucket_owner,
        server_side_encryption_configuration: dto::ServerSideEncryptionConfiguration { rules },
    } = &request.input;
    check_bucket(front, &request, bucket, expected_bucket_owner.as_deref()).await?;
    rules.iter().try_for_each(check_encryption_rule)?;
    Ok(S3Response::new(dto::PutBucketEncryptionOutput {}))
}

/// What [`get_bucket_encryption`] tells, and nothing that asks for a KMS.
fn check_encryption_rule(rule: &dto::ServerSideEncryptionRule) -> S3Result<()> {
    let dto::ServerSideEncryptionRule {
        apply_server_side_encryption_by_default,
        bucket_key_enabled,
    } = rule;
    if *bucket_key_enabled == Some(true) {
        return Err(not_implemented("BucketKeyEnabled"));
    }
    let Some(dto::ServerSideEncryptionByDefault { kms_master_key_id, sse_algorithm }) =
        apply_server_side_encryption_by_default
    else {
        return Ok(());
    };
    if sse_algorithm.as_str() != dto::ServerSideEncryption::AES256 {
        return Err(not_implemented("default encryption other than AES256"));
    }
    refuse_unserved! { kms_master_key_id => "KMSMasterKeyID" }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use dto::{ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionRule};

    fn rule(algorithm: &str, key: Option<&str>, bucket_key: Option<bool>) -> String {
        let rule = ServerSideEncryptionRule {
            apply_server_side_encryption_by_default: Some(ServerSideEncryptionByDefault {
                kms_master_key_id: key.map(str::to_owned),
                sse_algorithm: ServerSideEncryption::from(algorithm.to_owned()),
            }),
            bucket_key_enabled: bucket_key,
        };
        match check_encryption_rule(&rule) {
            Ok(()) => "ok".to_owned(),
            Err(error) => {
                assert_eq!(*error.code(), Code::NotImplemented);
                let message = error.message().expect("a refusal says what it refuses");
                message.rsplit(": ").next().expect("a last part").to_owned()
            }
        }
    }

    #[test]
    fn an_encryption_that_needs_a_kms_is_refused_by_name() {
        let cases = [
            (("AES256", None, None), "ok"),
            (("AES256", None, Some(false)), "ok"),
            (("AES256", None, Some(true)), "BucketKeyEnabled"),
            (("AES256", Some("alias/mine"), None), "KMSMasterKeyID"),
            (("aws:kms", None, None), "default encryption other than AES256"),
        ];
        for ((algorithm, key, bucket_key), told) in cases {
            assert_eq!(
                rule(algorithm, key, bucket_key),
                told,
                "{algorithm} {key:?} {bucket_key:?}"
            );
        }
    }
}
