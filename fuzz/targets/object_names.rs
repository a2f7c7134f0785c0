//! Names of buckets and objects, and the handles that clients bring back.

use tidemill_services::s3::model::{BucketName, ObjectKey};
use tidemill_services::sqs::ReceiptHandle;

pub(crate) fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(name) = BucketName::parse(&text) {
        assert_eq!(name.as_str(), text, "a name is taken as it is");
    }
    if let Ok(key) = ObjectKey::parse(&text) {
        assert_eq!(key.as_str(), text, "a key is taken as it is");
    }
    let _ = ReceiptHandle::parse(&text);
}
