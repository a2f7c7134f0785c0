//! Parameters of features that are not served: refused by name, never ignored.

use s3s::dto::{
    BucketKeyEnabled, GrantFullControl, GrantRead, GrantReadACP, GrantWriteACP, ObjectCannedACL,
    ObjectLockLegalHoldStatus, ObjectLockMode, ObjectLockRetainUntilDate, SSECustomerAlgorithm,
    SSECustomerKey, SSECustomerKeyMD5, SSEKMSEncryptionContext, SSEKMSKeyId, ServerSideEncryption,
    StorageClass, TaggingHeader, WebsiteRedirectLocation,
};
use s3s::{S3Error, S3Result, s3_error};

/// AWS's words for what it cannot do, and the name of it.
pub(super) fn not_implemented(name: &str) -> S3Error {
    s3_error!(
        NotImplemented,
        "A header you provided implies functionality that is not implemented: {name}"
    )
}

/// Refuses the first of some optional parameters that is there.
macro_rules! refuse_unserved {
    ($($parameter:expr => $name:literal),+ $(,)?) => {
        $(
            if $parameter.is_some() {
                return Err($crate::s3::unserved::not_implemented($name));
            }
        )+
    };
}
pub(super) use refuse_unserved;

/// What every request that makes an object may carry, and what of it is served: encryption as S3
/// does it by default, the standard storage class, the ACL that changes nothing.
pub(super) struct ObjectOptions {
    pub(super) acl: Option<ObjectCannedACL>,
    pub(super) bucket_key_enabled: Option<BucketKeyEnabled>,
    pub(super) grant_full_control: Option<GrantFullControl>,
    pub(super) grant_read: Option<GrantRead>,
    pub(super) grant_read_acp: Option<GrantReadACP>,
    pub(super) grant_write_acp: Option<GrantWriteACP>,
    pub(super) object_lock_legal_hold_status: Option<ObjectLockLegalHoldStatus>,
    pub(super) object_lock_mode: Option<ObjectLockMode>,
    pub(super) object_lock_retain_until_date: Option<ObjectLockRetainUntilDate>,
    pub(super) customer_key: CustomerKey,
    pub(super) ssekms_encryption_context: Option<SSEKMSEncryptionContext>,
    pub(super) ssekms_key_id: Option<SSEKMSKeyId>,
    pub(super) server_side_encryption: Option<ServerSideEncryption>,
    pub(super) storage_class: Option<StorageClass>,
    pub(super) tagging: Option<TaggingHeader>,
    pub(super) website_redirect_location: Option<WebsiteRedirectLocation>,
}

/// Encryption with the customer's own key.
pub(super) struct CustomerKey {
    pub(super) algorithm: Option<SSECustomerAlgorithm>,
    pub(super) key: Option<SSECustomerKey>,
    pub(super) key_md5: Option<SSECustomerKeyMD5>,
}

impl CustomerKey {
    pub(super) fn check(&self) -> S3Result<()> {
        refuse_unserved! {
            self.algorithm => "x-amz-server-side-encryption-customer-algorithm",
            self.key => "x-amz-server-side-encryption-customer-key",
            self.key_md5 => "x-amz-server-side-encryption-customer-key-MD5",
        }
        Ok(())
    }
}

impl ObjectOptions {
    pub(super) fn check(&self) -> S3Result<()> {
        self.customer_key.check()?;
        refuse_unserved! {
            self.object_lock_legal_hold_status => "x-amz-object-lock-legal-hold",
            self.object_lock_mode => "x-amz-object-lock-mode",
            self.object_lock_retain_until_date => "x-amz-object-lock-retain-until-date",
            self.ssekms_encryption_context => "x-amz-server-side-encryption-context",
            self.ssekms_key_id => "x-amz-server-side-encryption-aws-kms-key-id",
            self.tagging => "x-amz-tagging",
            self.website_redirect_location => "x-amz-website-redirect-location",
        }
        if self.bucket_key_enabled == Some(true) {
            return Err(not_implemented("x-amz-server-side-encryption-bucket-key-enabled"));
        }
        let grants = [
            &self.grant_full_control,
            &self.grant_read,
            &self.grant_read_acp,
            &self.grant_write_acp,
        ];
        let acl_is_moot = self
            .acl
            .as_ref()
            .is_none_or(|acl| acl.as_str() == ObjectCannedACL::BUCKET_OWNER_FULL_CONTROL);
        if !acl_is_moot || grants.iter().any(|grant| grant.is_some()) {
            return Err(s3_error!(AccessControlListNotSupported, "The bucket does not allow ACLs"));
        }
        check_encryption(self.server_side_encryption.as_ref())?;
        check_storage_class(self.storage_class.as_ref())
    }
}

fn check_encryption(encryption: Option<&ServerSideEncryption>) -> S3Result<()> {
    match encryption.map(ServerSideEncryption::as_str) {
        None | Some(ServerSideEncryption::AES256) => Ok(()),
        Some(other) if other.starts_with("aws:") => {
            Err(not_implemented("x-amz-server-side-encryption: aws:kms"))
        }
        Some(_) => Err(s3_error!(
            InvalidEncryptionAlgorithmError,
            "The Encryption request you specified is not valid. Supported value: AES256."
        )),
    }
}

fn check_storage_class(class: Option<&StorageClass>) -> S3Result<()> {
    match class.map(StorageClass::as_str) {
        None | Some(StorageClass::STANDARD) => Ok(()),
        Some(_) => Err(s3_error!(
            InvalidStorageClass,
            "The storage class you specified is not valid. Supported value: STANDARD."
        )),
    }
}
