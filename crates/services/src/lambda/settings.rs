//! A function's settings as requests write them: what is taken, what is refused by name, and how
//! a function's configuration is shown.
//!
//! AWS behaviour this follows: Lambda API Reference, `CreateFunction`,
//! `UpdateFunctionConfiguration`, `FunctionConfiguration`; Developer Guide, "Lambda quotas".

use super::model::{Architecture, Function, FunctionId, Runtime};
use super::request::{PACKAGE_BYTES_MAX, Package};
use super::{Error, Mapping};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use std::collections::BTreeMap;
use tidemill_aws::generated::lambda as wire;

pub(super) const TIMEOUT_SECONDS_DEFAULT: u32 = 3;
const TIMEOUT_SECONDS_MAX: i32 = 900;
pub(super) const MEMORY_MEGABYTES_DEFAULT: u32 = 128;
const MEMORY_MEGABYTES_MIN: i32 = 128;
const MEMORY_MEGABYTES_MAX: i32 = 10_240;
const EPHEMERAL_STORAGE_MEGABYTES: i32 = 512;
const ENVIRONMENT_BYTES_MAX: usize = 4096;

/// Variables that the runtime sets and nobody else may.
const RESERVED_VARIABLES: [&str; 18] = [
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
];

/// Refuses a parameter that this server does not honour, when it is there.
pub(super) fn refuse(parameter: &'static str, is_there: bool) -> Result<(), Error> {
    if is_there { Err(Error::unsupported(parameter)) } else { Ok(()) }
}

/// Whether a text is there and says something: many clients send empty defaults.
pub(super) fn says(text: Option<&String>) -> bool {
    text.is_some_and(|text| !text.is_empty())
}

pub(super) fn has_any<T>(list: Option<&Vec<T>>) -> bool {
    list.is_some_and(|list| !list.is_empty())
}

pub(super) fn runtime(text: &str) -> Result<Runtime, Error> {
    Runtime::parse(text).ok_or_else(|| {
        Error::InvalidParameterValue(format!(
            "The runtime parameter of {text} is not supported: this server runs python3.x, \
             provided, provided.al2 and provided.al2023."
        ))
    })
}

pub(super) fn timeout(seconds: i32) -> Result<u32, Error> {
    within("timeout", seconds, 1, TIMEOUT_SECONDS_MAX)
}

pub(super) fn memory(megabytes: i32) -> Result<u32, Error> {
    within("memorySize", megabytes, MEMORY_MEGABYTES_MIN, MEMORY_MEGABYTES_MAX)
}

fn within(member: &str, value: i32, min: i32, max: i32) -> Result<u32, Error> {
    let reason = if value > max {
        format!("Member must have value less than or equal to {max}")
    } else {
        format!("Member must have value greater than or equal to {min}")
    };
    u32::try_from(value).ok().filter(|_| (min..=max).contains(&value)).ok_or_else(|| {
        Error::Validation(format!(
            "Value '{value}' at '{member}' failed to satisfy constraint: {reason}"
        ))
    })
}

pub(super) fn environment(
    environment: wire::Environment,
) -> Result<BTreeMap<String, String>, Error> {
    let wire::Environment { variables } = environment;
    let variables = variables.unwrap_or_default();
    let refusal = "Lambda was unable to configure your environment variables because the \
                   environment variables you have provided";
    let reserved: Vec<&str> = variables
        .keys()
        .map(String::as_str)
        .filter(|key| RESERVED_VARIABLES.binary_search(key).is_ok())
        .collect();
    if !reserved.is_empty() {
        return Err(Error::InvalidParameterValue(format!(
            "{refusal} contains reserved keys that are currently not supported for modification. \
             Reserved keys used in this request: {}",
            reserved.join(", ")
        )));
    }
    let bytes: usize = variables.iter().map(|(key, value)| key.len() + value.len()).sum();
    if bytes > ENVIRONMENT_BYTES_MAX {
        return Err(Error::InvalidParameterValue(format!(
            "{refusal} exceeded the 4KB limit: {bytes} bytes in {} variables.",
            variables.len()
        )));
    }
    Ok(variables)
}

pub(super) fn architecture(list: Option<Vec<String>>) -> Result<Option<Architecture>, Error> {
    let Some(name) = list.into_iter().flatten().next() else { return Ok(None) };
    let known = Architecture::parse(&name);
    known.map(Some).ok_or_else(|| {
        Error::Validation(format!(
            "Value '[{name}]' at 'architectures' failed to satisfy constraint: Member must \
             satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64]]"
        ))
    })
}

/// What both `CreateFunction` and `UpdateFunctionConfiguration` may carry and this server takes
/// at its default only.
pub(super) struct Defaults {
    pub(super) capacity_provider_config: Option<wire::CapacityProviderConfig>,
    pub(super) dead_letter_config: Option<wire::DeadLetterConfig>,
    pub(super) durable_config: Option<wire::DurableConfig>,
    pub(super) ephemeral_storage: Option<wire::EphemeralStorage>,
    pub(super) file_system_configs: Option<Vec<wire::FileSystemConfig>>,
    pub(super) image_config: Option<wire::ImageConfig>,
    pub(super) kms_key_arn: Option<String>,
    pub(super) layers: Option<Vec<String>>,
    pub(super) logging_config: Option<wire::LoggingConfig>,
    pub(super) snap_start: Option<wire::SnapStart>,
    pub(super) tracing_config: Option<wire::TracingConfig>,
    pub(super) vpc_config: Option<wire::VpcConfig>,
}

impl Defaults {
    /// Refuses by name what asks for more than the default.
    pub(super) fn check(self, function: &FunctionId) -> Result<(), Error> {
        let Defaults {
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
        } = self;
        refuse("CapacityProviderConfig", capacity_provider_config.is_some())?;
        let dead_letter = dead_letter_config.and_then(|config| config.target_arn);
        refuse("DeadLetterConfig", says(dead_letter.as_ref()))?;
        refuse("DurableConfig", durable_config.is_some())?;
        let is_default = |size| size == EPHEMERAL_STORAGE_MEGABYTES;
        refuse(
            "EphemeralStorage with a size other than 512",
            !ephemeral_storage.is_none_or(|storage| is_default(storage.size)),
        )?;
        refuse("FileSystemConfigs", has_any(file_system_configs.as_ref()))?;
        refuse("ImageConfig", image_config.is_some_and(|it| it != wire::ImageConfig::default()))?;
        refuse("KMSKeyArn", says(kms_key_arn.as_ref()))?;
        refuse("Layers", has_any(layers.as_ref()))?;
        check_logging(logging_config, function)?;
        let apply_on = snap_start.and_then(|snap_start| snap_start.apply_on);
        refuse("SnapStart", apply_on.is_some_and(|apply_on| apply_on != "None"))?;
        let mode = tracing_config.and_then(|tracing| tracing.mode);
        refuse("TracingConfig with mode Active", mode.is_some_and(|mode| mode != "PassThrough"))?;
        let vpc = vpc_config.unwrap_or_default();
        refuse(
            "VpcConfig",
            has_any(vpc.subnet_ids.as_ref())
                || has_any(vpc.security_group_ids.as_ref())
                || vpc.ipv6_allowed_for_dual_stack == Some(true),
        )
    }
}

fn check_logging(config: Option<wire::LoggingConfig>, function: &FunctionId) -> Result<(), Error> {
    let Some(config) = config else { return Ok(()) };
    let wire::LoggingConfig { application_log_level, log_format, log_group, system_log_level } =
        config;
    refuse("LoggingConfig.ApplicationLogLevel", application_log_level.is_some())?;
    refuse("LoggingConfig.SystemLogLevel", system_log_level.is_some())?;
    refuse("LoggingConfig.LogFormat JSON", log_format.is_some_and(|format| format != "Text"))?;
    let own = self::log_group(function);
    refuse("LoggingConfig.LogGroup", log_group.is_some_and(|group| group != own))
}

/// Where a function's output goes.
pub(super) fn log_group(function: &FunctionId) -> String {
    format!("/aws/lambda/{}", function.name)
}

/// A package as `CreateFunction` and `UpdateFunctionCode` name it.
pub(super) fn package(operation: &'static str, code: wire::FunctionCode) -> Result<Package, Error> {
    let wire::FunctionCode {
        image_uri,
        s3_bucket,
        s3_key,
        s3_object_version,
        source_kms_key_arn,
        zip_file,
    } = code;
    refuse("ImageUri", image_uri.is_some())?;
    refuse("S3ObjectVersion", s3_object_version.is_some())?;
    refuse("SourceKMSKeyArn", says(source_kms_key_arn.as_ref()))?;
    match (zip_file, s3_bucket, s3_key) {
        (Some(zip), None, None) => inline(operation, zip),
        (None, Some(bucket), Some(key)) => Ok(Package::Object { bucket, key }),
        (Some(_), _, _) => Err(Error::InvalidParameterValue(
            "Please do not provide other FunctionCode parameters when providing a ZipFile."
                .to_owned(),
        )),
        (None, _, _) => Err(Error::InvalidParameterValue(
            "Please provide a source for function code.".to_owned(),
        )),
    }
}

fn inline(operation: &'static str, zip: Bytes) -> Result<Package, Error> {
    if zip.len() > PACKAGE_BYTES_MAX {
        return Err(Error::RequestTooLarge { limit: PACKAGE_BYTES_MAX, operation });
    }
    Ok(Package::Inline(zip))
}

/// A function as every operation shows it.
pub(super) fn shown(function: &Function, is_qualified: bool) -> wire::FunctionConfiguration {
    let configuration = &function.configuration;
    let arn = function.id.arn();
    let environment = wire::EnvironmentResponse {
        error: None,
        variables: Some(configuration.environment.clone()),
    };
    wire::FunctionConfiguration {
        architectures: Some(vec![function.architecture.as_str().to_owned()]),
        code_sha256: Some(BASE64.encode(function.code.sha256)),
        code_size: i64::try_from(function.code.size).ok(),
        description: Some(configuration.description.clone()),
        environment: (!configuration.environment.is_empty()).then_some(environment),
        ephemeral_storage: Some(wire::EphemeralStorage { size: EPHEMERAL_STORAGE_MEGABYTES }),
        function_arn: Some(if is_qualified { format!("{arn}:$LATEST") } else { arn.to_string() }),
        function_name: Some(function.id.name.clone()),
        handler: Some(configuration.handler.clone()),
        last_modified: Some(format!(
            "{}+0000",
            tidemill_aws::iso8601_millis(function.last_modified)
        )),
        last_update_status: Some("Successful".to_owned()),
        logging_config: Some(wire::LoggingConfig {
            log_format: Some("Text".to_owned()),
            log_group: Some(log_group(&function.id)),
            ..Default::default()
        }),
        memory_size: i32::try_from(configuration.memory_megabytes).ok(),
        package_type: Some("Zip".to_owned()),
        revision_id: Some(function.revision.to_string()),
        role: Some(configuration.role.clone()),
        runtime: Some(configuration.runtime.to_string()),
        snap_start: Some(wire::SnapStartResponse {
            apply_on: Some("None".to_owned()),
            optimization_status: Some("Off".to_owned()),
        }),
        state: Some("Active".to_owned()),
        timeout: i32::try_from(configuration.timeout_seconds).ok(),
        tracing_config: Some(wire::TracingConfigResponse { mode: Some("PassThrough".to_owned()) }),
        version: Some("$LATEST".to_owned()),
        ..Default::default()
    }
}

/// A mapping as every operation shows it.
pub(super) fn shown_mapping(
    mapping: &Mapping,
    is_deleted: bool,
) -> wire::EventSourceMappingConfiguration {
    let options = &mapping.options;
    let state = match (is_deleted, options.enabled) {
        (true, _) => "Deleting",
        (false, true) => "Enabled",
        (false, false) => "Disabled",
    };
    let response_types = if options.reports_batch_item_failures {
        vec!["ReportBatchItemFailures".to_owned()]
    } else {
        Vec::new()
    };
    wire::EventSourceMappingConfiguration {
        batch_size: i32::try_from(options.batch_size).ok(),
        event_source_arn: Some(mapping.queue.to_string()),
        event_source_mapping_arn: Some(mapping.arn().to_string()),
        function_arn: Some(mapping.function.arn().to_string()),
        function_response_types: Some(response_types),
        last_modified: Some(mapping.last_modified),
        maximum_batching_window_in_seconds: i32::try_from(options.window_seconds).ok(),
        scaling_config: options
            .maximum_concurrency
            .map(|bound| wire::ScalingConfig { maximum_concurrency: i32::try_from(bound).ok() }),
        state: Some(state.to_owned()),
        state_transition_reason: Some("USER_INITIATED".to_owned()),
        uuid: Some(mapping.uuid.to_string()),
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reserved_variables_are_sorted_for_the_search() {
        assert!(RESERVED_VARIABLES.is_sorted());
    }
}
