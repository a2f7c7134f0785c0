//! `CreateFunction`.

use super::model::{Architecture, Code, Configuration, Function, FunctionId};
use super::request::{Change, Deploy, Request};
use super::settings::{self, Defaults, refuse, says};
use super::{Error, Job, Reply, names, state, tags};
use kernel::{Caller, Turn};
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;
use tidemill_aws::generated::lambda as wire;
use tidemill_kernel as kernel;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct CreateFunction {
    #[n(0)]
    pub function: FunctionId,
    #[n(1)]
    pub configuration: Configuration,
    #[n(2)]
    pub architecture: Architecture,
    #[n(3)]
    pub code: Code,
    #[n(4)]
    pub tags: BTreeMap<String, String>,
}

impl CreateFunction {
    pub(super) fn apply(self, turn: &mut Turn<'_>) -> Result<Reply, Error> {
        if state::find(turn.rows(), &self.function).is_some() {
            return Err(Error::FunctionExists { name: self.function.name });
        }
        let function = Function {
            id: self.function,
            born: turn.at.position.0,
            configuration: self.configuration,
            architecture: self.architecture,
            code: self.code,
            last_modified: turn.now(),
            revision: turn.at.random().next_uuid(),
            tags: self.tags,
            policy: Vec::new(),
            reserved_concurrency: None,
        };
        state::put_function(turn, &function);
        Ok(Reply::Function { function: Box::new(function), qualified: false })
    }
}

#[expect(
    clippy::too_many_lines,
    reason = "every parameter of the model is named, so that none is dropped unseen"
)]
pub(super) fn decode(input: wire::CreateFunctionInput, caller: &Caller) -> Result<Job, Error> {
    let wire::CreateFunctionInput {
        architectures,
        capacity_provider_config,
        code,
        code_signing_config_arn,
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
        package_type,
        publish,
        publish_to,
        role,
        runtime,
        snap_start,
        tags,
        tenancy_config,
        timeout,
        tracing_config,
        vpc_config,
    } = input;
    let named = names::function(&function_name, None, caller)?;
    if named.is_qualified {
        return Err(Error::InvalidParameterValue(
            "A function is created without a qualifier.".to_owned(),
        ));
    }
    let function = named.function;
    refuse("PackageType Image", package_type.is_some_and(|package| package != "Zip"))?;
    refuse("Publish", publish == Some(true))?;
    refuse("PublishTo", publish_to.is_some())?;
    refuse("CodeSigningConfigArn", says(code_signing_config_arn.as_ref()))?;
    refuse("TenancyConfig", tenancy_config.is_some())?;
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
    let (Some(runtime), Some(handler)) = (runtime, handler) else {
        return Err(Error::InvalidParameterValue(
            "Runtime and Handler are mandatory parameters for functions created with deployment \
             packages."
                .to_owned(),
        ));
    };
    let configuration = Configuration {
        runtime: settings::runtime(&runtime)?,
        role,
        handler,
        description: description.unwrap_or_default(),
        timeout_seconds: timeout
            .map_or(Ok(settings::TIMEOUT_SECONDS_DEFAULT), settings::timeout)?,
        memory_megabytes: memory_size
            .map_or(Ok(settings::MEMORY_MEGABYTES_DEFAULT), settings::memory)?,
        environment: environment.map_or(Ok(BTreeMap::new()), settings::environment)?,
    };
    let tags = tags.unwrap_or_default();
    tags::check_count(&tags)?;
    let architecture = settings::architecture(architectures)?;
    let package = settings::package("CreateFunction", code)?;
    let change = Change::Create { function, package, configuration, architecture, tags };
    Ok(Job::Request(Request::Deploy(Deploy { change })))
}
