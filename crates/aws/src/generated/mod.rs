//! Shapes of the served operations. Written by `cargo xtask generate` from the service
//! models of botocore 1.43.11; never edited by hand.

pub mod iam;
pub mod lambda;
pub mod logs;
pub mod sns;
pub mod sqs;
pub mod sts;

use crate::schema::ServiceModel;

/// Every service whose shapes are generated.
pub static MODELS: [&ServiceModel; 6] =
    [&iam::MODEL, &lambda::MODEL, &logs::MODEL, &sns::MODEL, &sqs::MODEL, &sts::MODEL];
