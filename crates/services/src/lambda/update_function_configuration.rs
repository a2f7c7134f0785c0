//! `UpdateFunctionConfiguration`: what is absent stays as it is.

use super::model::{FunctionId, Runtime};
use super::request::{Change, Deploy, Request};
use super::settings::{self, Defaults};
use super::{Error, Job, Reply, names, state};
use kernel::{Caller, Turn};
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;
use tidemill_aws::generated::lambda as wire;
use tidemill_kernel as kernel;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct UpdateFunctionConfiguration {
    #[n(0)]
    pub function: FunctionId,
    #[n(1)]
    pub runtime: Option<Runtime>,
    #[n(2)]
    pub role: Option<String>,
    #[n(3)]
    pub handler: Option<String>,
    #[n(4)]
    pub description: Option<String>,
    #[n(5)]
    pub timeout_seconds: Option<u32>,
    #[n(6)]
    pub memory_megabytes: Option<u32>,
    /// All of it: variables that are not named are taken away.
    #[n(7)]
    pub environment: Option<BTreeMap<String, String>>,
    #[n(8)]
    pub revision: Option<String>,
}

impl UpdateFunctionConfiguration {
    pub(super) fn apply(self, turn: &mut Turn<'_>) -> Result<Reply, Error> {
        let mut function = state::existing(turn.rows(), &self.function)?;
        state::check_revision(&function, self.revision.as_deref())?;
        let old = &mut function.configuration;
        replace(&mut old.runtime, self.runtime);
        replace(&mut old.role, self.role);
        replace(&mut old.handler, self.handler);
        replace(&mut old.description, self.description);
        replace(&mut old.timeout_seconds, self.timeout_seconds);
        replace(&mut old.memory_megabytes, self.memory_megabytes);
        replace(&mut old.environment, self.environment);
        let function = Box::new(state::put_changed(turn, function));
        Ok(Reply::Function { function, qualified: false })
    }
}

fn replace<T>(old: &mut T, new: Option<T>) {
    if let Some(new) = new {
        *old = new;
    }
}

pub(super) fn decode(
    input: wire::UpdateFunctionConfigurationInput,
    caller: &Caller,
) -> Result<Job, Error> {
    let wire::UpdateFunctionConfigurationInput {
        capacity_provider_config,
        dead_letter_config,
        description,
        durable_config,
        environment,
        ephemeral_storage,
        file_system_configs,
        function_name,
        handler,
        image_config,
        kms_key_arn,
        layers,
        logging_config,
        memory_size,
        revision_id,
        role,
        runtime,
        snap_start,
        timeout,
        tracing_config,
        vpc_config,
    } = input;
    let function = names::unqualified(&function_name, caller)?;
    let defaults = Defaults {
        capacity_provider_config,
        dead_letter_config,
        durable_config,
        ephemeral_storage,
        file_system_configs,
        image_config,
        kms_key_arn,
        layers,
        logging_config,
        snap_start,
        tracing_config,
        vpc_config,
    };
    defaults.check(&function)?;
    let change = Change::Configuration(UpdateFunctionConfiguration {
        function,
        runtime: runtime.as_deref().map(settings::runtime).transpose()?,
        role,
        handler,
        description,
        timeout_seconds: timeout.map(settings::timeout).transpose()?,
        memory_megabytes: memory_size.map(settings::memory).transpose()?,
        environment: environment.map(settings::environment).transpose()?,
        revision: revision_id,
    });
    Ok(Job::Request(Request::Deploy(Deploy { change })))
}
