//! `UpdateFunctionCode`.

use super::model::{Architecture, Code, FunctionId};
use super::request::{Change, Deploy, Request};
use super::settings::{self, refuse};
use super::{Error, Job, Reply, names, state};
use kernel::{Caller, Turn};
use minicbor::{Decode, Encode};
use tidemill_aws::generated::lambda as wire;
use tidemill_kernel as kernel;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct UpdateFunctionCode {
    #[n(0)]
    pub function: FunctionId,
    #[n(1)]
    pub code: Code,
    #[n(2)]
    pub architecture: Option<Architecture>,
    #[n(3)]
    pub revision: Option<String>,
    /// Say what would be, change nothing.
    #[n(4)]
    pub is_dry_run: bool,
}

impl UpdateFunctionCode {
    pub(super) fn apply(self, turn: &mut Turn<'_>) -> Result<Reply, Error> {
        let mut function = state::existing(turn.rows(), &self.function)?;
        state::check_revision(&function, self.revision.as_deref())?;
        function.code = self.code;
        function.architecture = self.architecture.unwrap_or(function.architecture);
        let function = if self.is_dry_run { function } else { state::put_changed(turn, function) };
        Ok(Reply::Function { function: Box::new(function), qualified: false })
    }
}

pub(super) fn decode(input: wire::UpdateFunctionCodeInput, caller: &Caller) -> Result<Job, Error> {
    let wire::UpdateFunctionCodeInput {
        architectures,
        dry_run,
        function_name,
        image_uri,
        publish,
        publish_to,
        revision_id,
        s3_bucket,
        s3_key,
        s3_object_version,
        source_kms_key_arn,
        zip_file,
    } = input;
    refuse("Publish", publish == Some(true))?;
    refuse("PublishTo", publish_to.is_some())?;
    let code = wire::FunctionCode {
        image_uri,
        s3_bucket,
        s3_key,
        s3_object_version,
        source_kms_key_arn,
        zip_file,
    };
    let change = Change::Code {
        function: names::unqualified(&function_name, caller)?,
        architecture: settings::architecture(architectures)?,
        revision: revision_id,
        is_dry_run: dry_run == Some(true),
        package: settings::package("UpdateFunctionCode", code)?,
    };
    Ok(Job::Request(Request::Deploy(Deploy { change })))
}
