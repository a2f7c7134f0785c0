//! AWS Lambda, 2015-03-31. Written by `cargo xtask generate` from lambda/2015-03-31 of botocore 1.43.11;
//! never edited by hand.

use crate::pattern::Pattern;
use crate::protocol::Protocol;
use crate::schema::{
    self, ErrorShape, Kind, Location, Member, Operation, Schema, ServiceModel, Validation,
};
use crate::value::{input, output, wire};
use bytes::Bytes;
use std::collections::BTreeMap;
use tidemill_kernel::{Service, Timestamp};

pub static MODEL: ServiceModel = ServiceModel {
    service: Service::Lambda,
    version: "2015-03-31",
    protocols: &[Protocol::RestJson],
    target_prefix: None,
    error_namespace: None,
    xml_namespace: None,
    validation: Validation::Listed { code: "ValidationException" },
    operations: &[
        &ADD_PERMISSION,
        &CREATE_EVENT_SOURCE_MAPPING,
        &CREATE_FUNCTION,
        &DELETE_EVENT_SOURCE_MAPPING,
        &DELETE_FUNCTION,
        &DELETE_FUNCTION_CONCURRENCY,
        &GET_EVENT_SOURCE_MAPPING,
        &GET_FUNCTION,
        &GET_FUNCTION_CODE_SIGNING_CONFIG,
        &GET_FUNCTION_CONCURRENCY,
        &GET_FUNCTION_CONFIGURATION,
        &GET_POLICY,
        &INVOKE,
        &LIST_EVENT_SOURCE_MAPPINGS,
        &LIST_FUNCTIONS,
        &LIST_TAGS,
        &LIST_VERSIONS_BY_FUNCTION,
        &PUT_FUNCTION_CONCURRENCY,
        &REMOVE_PERMISSION,
        &TAG_RESOURCE,
        &UNTAG_RESOURCE,
        &UPDATE_EVENT_SOURCE_MAPPING,
        &UPDATE_FUNCTION_CODE,
        &UPDATE_FUNCTION_CONFIGURATION,
    ],
    errors: &[
        ErrorShape {
            shape: "CodeSigningConfigNotFoundException",
            code: "CodeSigningConfigNotFoundException",
            status: 404,
            is_sender: true,
            message_member: "Message",
            has_type: true,
        },
        ErrorShape {
            shape: "CodeStorageExceededException",
            code: "CodeStorageExceededException",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: true,
        },
        ErrorShape {
            shape: "CodeVerificationFailedException",
            code: "CodeVerificationFailedException",
            status: 400,
            is_sender: true,
            message_member: "Message",
            has_type: true,
        },
        ErrorShape {
            shape: "DurableExecutionAlreadyStartedException",
            code: "DurableExecutionAlreadyStartedException",
            status: 409,
            is_sender: true,
            message_member: "Message",
            has_type: true,
        },
        ErrorShape {
            shape: "EC2AccessDeniedException",
            code: "EC2AccessDeniedException",
            status: 502,
            is_sender: false,
            message_member: "Message",
            has_type: true,
        },
        ErrorShape {
            shape: "EC2ThrottledException",
            code: "EC2ThrottledException",
            status: 502,
            is_sender: false,
            message_member: "Message",
            has_type: true,
        },
        ErrorShape {
            shape: "EC2UnexpectedException",
            code: "EC2UnexpectedException",
            status: 502,
            is_sender: false,
            message_member: "Message",
            has_type: true,
        },
        ErrorShape {
            shape: "EFSIOException",
            code: "EFSIOException",
            status: 410,
            is_sender: true,
            message_member: "Message",
            has_type: true,
        },
        ErrorShape {
            shape: "EFSMountConnectivityException",
            code: "EFSMountConnectivityException",
            status: 408,
            is_sender: true,
            message_member: "Message",
            has_type: true,
        },
        ErrorShape {
            shape: "EFSMountFailureException",
            code: "EFSMountFailureException",
            status: 403,
            is_sender: true,
            message_member: "Message",
            has_type: true,
        },
        ErrorShape {
            shape: "EFSMountTimeoutException",
            code: "EFSMountTimeoutException",
            status: 408,
            is_sender: true,
            message_member: "Message",
            has_type: true,
        },
        ErrorShape {
            shape: "ENILimitReachedException",
            code: "ENILimitReachedException",
            status: 502,
            is_sender: false,
            message_member: "Message",
            has_type: true,
        },
        ErrorShape {
            shape: "FunctionVersionsPerCapacityProviderLimitExceededException",
            code: "FunctionVersionsPerCapacityProviderLimitExceededException",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: true,
        },
        ErrorShape {
            shape: "InvalidCodeSignatureException",
            code: "InvalidCodeSignatureException",
            status: 400,
            is_sender: true,
            message_member: "Message",
            has_type: true,
        },
        ErrorShape {
            shape: "InvalidParameterValueException",
            code: "InvalidParameterValueException",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: true,
        },
        ErrorShape {
            shape: "InvalidRequestContentException",
            code: "InvalidRequestContentException",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: true,
        },
        ErrorShape {
            shape: "InvalidRuntimeException",
            code: "InvalidRuntimeException",
            status: 502,
            is_sender: false,
            message_member: "Message",
            has_type: true,
        },
        ErrorShape {
            shape: "InvalidSecurityGroupIDException",
            code: "InvalidSecurityGroupIDException",
            status: 502,
            is_sender: false,
            message_member: "Message",
            has_type: true,
        },
        ErrorShape {
            shape: "InvalidSubnetIDException",
            code: "InvalidSubnetIDException",
            status: 502,
            is_sender: false,
            message_member: "Message",
            has_type: true,
        },
        ErrorShape {
            shape: "InvalidZipFileException",
            code: "InvalidZipFileException",
            status: 502,
            is_sender: false,
            message_member: "Message",
            has_type: true,
        },
        ErrorShape {
            shape: "KMSAccessDeniedException",
            code: "KMSAccessDeniedException",
            status: 502,
            is_sender: false,
            message_member: "Message",
            has_type: true,
        },
        ErrorShape {
            shape: "KMSDisabledException",
            code: "KMSDisabledException",
            status: 502,
            is_sender: false,
            message_member: "Message",
            has_type: true,
        },
        ErrorShape {
            shape: "KMSInvalidStateException",
            code: "KMSInvalidStateException",
            status: 502,
            is_sender: false,
            message_member: "Message",
            has_type: true,
        },
        ErrorShape {
            shape: "KMSNotFoundException",
            code: "KMSNotFoundException",
            status: 502,
            is_sender: false,
            message_member: "Message",
            has_type: true,
        },
        ErrorShape {
            shape: "NoPublishedVersionException",
            code: "NoPublishedVersionException",
            status: 400,
            is_sender: true,
            message_member: "Message",
            has_type: true,
        },
        ErrorShape {
            shape: "PolicyLengthExceededException",
            code: "PolicyLengthExceededException",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: true,
        },
        ErrorShape {
            shape: "PreconditionFailedException",
            code: "PreconditionFailedException",
            status: 412,
            is_sender: true,
            message_member: "message",
            has_type: true,
        },
        ErrorShape {
            shape: "RecursiveInvocationException",
            code: "RecursiveInvocationException",
            status: 400,
            is_sender: true,
            message_member: "Message",
            has_type: true,
        },
        ErrorShape {
            shape: "RequestTooLargeException",
            code: "RequestTooLargeException",
            status: 413,
            is_sender: true,
            message_member: "message",
            has_type: true,
        },
        ErrorShape {
            shape: "ResourceConflictException",
            code: "ResourceConflictException",
            status: 409,
            is_sender: true,
            message_member: "message",
            has_type: true,
        },
        ErrorShape {
            shape: "ResourceInUseException",
            code: "ResourceInUseException",
            status: 400,
            is_sender: true,
            message_member: "Message",
            has_type: true,
        },
        ErrorShape {
            shape: "ResourceNotFoundException",
            code: "ResourceNotFoundException",
            status: 404,
            is_sender: true,
            message_member: "Message",
            has_type: true,
        },
        ErrorShape {
            shape: "ResourceNotReadyException",
            code: "ResourceNotReadyException",
            status: 502,
            is_sender: false,
            message_member: "message",
            has_type: true,
        },
        ErrorShape {
            shape: "S3FilesMountConnectivityException",
            code: "S3FilesMountConnectivityException",
            status: 408,
            is_sender: true,
            message_member: "Message",
            has_type: true,
        },
        ErrorShape {
            shape: "S3FilesMountFailureException",
            code: "S3FilesMountFailureException",
            status: 403,
            is_sender: true,
            message_member: "Message",
            has_type: true,
        },
        ErrorShape {
            shape: "S3FilesMountTimeoutException",
            code: "S3FilesMountTimeoutException",
            status: 408,
            is_sender: true,
            message_member: "Message",
            has_type: true,
        },
        ErrorShape {
            shape: "SerializedRequestEntityTooLargeException",
            code: "SerializedRequestEntityTooLargeException",
            status: 413,
            is_sender: true,
            message_member: "message",
            has_type: true,
        },
        ErrorShape {
            shape: "ServiceException",
            code: "ServiceException",
            status: 500,
            is_sender: false,
            message_member: "Message",
            has_type: true,
        },
        ErrorShape {
            shape: "SnapStartException",
            code: "SnapStartException",
            status: 400,
            is_sender: true,
            message_member: "Message",
            has_type: true,
        },
        ErrorShape {
            shape: "SnapStartNotReadyException",
            code: "SnapStartNotReadyException",
            status: 409,
            is_sender: true,
            message_member: "Message",
            has_type: true,
        },
        ErrorShape {
            shape: "SnapStartTimeoutException",
            code: "SnapStartTimeoutException",
            status: 408,
            is_sender: true,
            message_member: "Message",
            has_type: true,
        },
        ErrorShape {
            shape: "SubnetIPAddressLimitReachedException",
            code: "SubnetIPAddressLimitReachedException",
            status: 502,
            is_sender: false,
            message_member: "Message",
            has_type: true,
        },
        ErrorShape {
            shape: "TooManyRequestsException",
            code: "TooManyRequestsException",
            status: 429,
            is_sender: true,
            message_member: "message",
            has_type: true,
        },
        ErrorShape {
            shape: "UnsupportedMediaTypeException",
            code: "UnsupportedMediaTypeException",
            status: 415,
            is_sender: true,
            message_member: "message",
            has_type: true,
        },
    ],
};

pub static ADD_PERMISSION: Operation = Operation {
    model: &MODEL,
    name: "AddPermission",
    method: "POST",
    uri: "/2015-03-31/functions/{FunctionName}/policy",
    uri_query: "",
    status: 201,
    input: &ADD_PERMISSION_REQUEST_SCHEMA,
    output: &ADD_PERMISSION_RESPONSE_SCHEMA,
    result_wrapper: None,
    errors: &[
        "InvalidParameterValueException",
        "ResourceConflictException",
        "ServiceException",
        "TooManyRequestsException",
        "PolicyLengthExceededException",
        "ResourceNotFoundException",
        "PreconditionFailedException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AddPermissionInput {
    pub action: String,
    pub event_source_token: Option<String>,
    pub function_name: String,
    pub function_url_auth_type: Option<String>,
    pub invoked_via_function_url: Option<bool>,
    pub principal: String,
    pub principal_org_id: Option<String>,
    pub qualifier: Option<String>,
    pub revision_id: Option<String>,
    pub source_account: Option<String>,
    pub source_arn: Option<String>,
    pub statement_id: String,
}
wire!(AddPermissionInput {
    action,
    event_source_token,
    function_name,
    function_url_auth_type,
    invoked_via_function_url,
    principal,
    principal_org_id,
    qualifier,
    revision_id,
    source_account,
    source_arn,
    statement_id
});

input!(AddPermissionInput, ADD_PERMISSION);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AddPermissionOutput {
    pub statement: Option<String>,
}
wire!(AddPermissionOutput { statement });

output!(AddPermissionOutput, ADD_PERMISSION);

pub static CREATE_EVENT_SOURCE_MAPPING: Operation = Operation {
    model: &MODEL,
    name: "CreateEventSourceMapping",
    method: "POST",
    uri: "/2015-03-31/event-source-mappings",
    uri_query: "",
    status: 202,
    input: &CREATE_EVENT_SOURCE_MAPPING_REQUEST_SCHEMA,
    output: &EVENT_SOURCE_MAPPING_CONFIGURATION_SCHEMA,
    result_wrapper: None,
    errors: &[
        "InvalidParameterValueException",
        "ResourceConflictException",
        "ServiceException",
        "TooManyRequestsException",
        "ResourceNotFoundException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateEventSourceMappingInput {
    pub amazon_managed_kafka_event_source_config: Option<AmazonManagedKafkaEventSourceConfig>,
    pub batch_size: Option<i32>,
    pub bisect_batch_on_function_error: Option<bool>,
    pub destination_config: Option<DestinationConfig>,
    pub document_db_event_source_config: Option<DocumentDBEventSourceConfig>,
    pub enabled: Option<bool>,
    pub event_source_arn: Option<String>,
    pub filter_criteria: Option<FilterCriteria>,
    pub function_name: String,
    pub function_response_types: Option<Vec<String>>,
    pub kms_key_arn: Option<String>,
    pub logging_config: Option<EventSourceMappingLoggingConfig>,
    pub maximum_batching_window_in_seconds: Option<i32>,
    pub maximum_record_age_in_seconds: Option<i32>,
    pub maximum_retry_attempts: Option<i32>,
    pub metrics_config: Option<EventSourceMappingMetricsConfig>,
    pub parallelization_factor: Option<i32>,
    pub provisioned_poller_config: Option<ProvisionedPollerConfig>,
    pub queues: Option<Vec<String>>,
    pub scaling_config: Option<ScalingConfig>,
    pub self_managed_event_source: Option<SelfManagedEventSource>,
    pub self_managed_kafka_event_source_config: Option<SelfManagedKafkaEventSourceConfig>,
    pub source_access_configurations: Option<Vec<SourceAccessConfiguration>>,
    pub starting_position: Option<String>,
    pub starting_position_timestamp: Option<Timestamp>,
    pub tags: Option<BTreeMap<String, String>>,
    pub topics: Option<Vec<String>>,
    pub tumbling_window_in_seconds: Option<i32>,
}
wire!(CreateEventSourceMappingInput {
    amazon_managed_kafka_event_source_config,
    batch_size,
    bisect_batch_on_function_error,
    destination_config,
    document_db_event_source_config,
    enabled,
    event_source_arn,
    filter_criteria,
    function_name,
    function_response_types,
    kms_key_arn,
    logging_config,
    maximum_batching_window_in_seconds,
    maximum_record_age_in_seconds,
    maximum_retry_attempts,
    metrics_config,
    parallelization_factor,
    provisioned_poller_config,
    queues,
    scaling_config,
    self_managed_event_source,
    self_managed_kafka_event_source_config,
    source_access_configurations,
    starting_position,
    starting_position_timestamp,
    tags,
    topics,
    tumbling_window_in_seconds
});

input!(CreateEventSourceMappingInput, CREATE_EVENT_SOURCE_MAPPING);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateEventSourceMappingOutput(pub EventSourceMappingConfiguration);
wire!(CreateEventSourceMappingOutput(EventSourceMappingConfiguration));
output!(CreateEventSourceMappingOutput, CREATE_EVENT_SOURCE_MAPPING);

pub static CREATE_FUNCTION: Operation = Operation {
    model: &MODEL,
    name: "CreateFunction",
    method: "POST",
    uri: "/2015-03-31/functions",
    uri_query: "",
    status: 201,
    input: &CREATE_FUNCTION_REQUEST_SCHEMA,
    output: &FUNCTION_CONFIGURATION_SCHEMA,
    result_wrapper: None,
    errors: &[
        "InvalidParameterValueException",
        "ResourceConflictException",
        "ServiceException",
        "TooManyRequestsException",
        "InvalidCodeSignatureException",
        "ResourceNotFoundException",
        "CodeVerificationFailedException",
        "CodeSigningConfigNotFoundException",
        "CodeStorageExceededException",
        "FunctionVersionsPerCapacityProviderLimitExceededException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateFunctionInput {
    pub architectures: Option<Vec<String>>,
    pub capacity_provider_config: Option<CapacityProviderConfig>,
    pub code: FunctionCode,
    pub code_signing_config_arn: Option<String>,
    pub dead_letter_config: Option<DeadLetterConfig>,
    pub description: Option<String>,
    pub durable_config: Option<DurableConfig>,
    pub environment: Option<Environment>,
    pub ephemeral_storage: Option<EphemeralStorage>,
    pub file_system_configs: Option<Vec<FileSystemConfig>>,
    pub function_name: String,
    pub handler: Option<String>,
    pub image_config: Option<ImageConfig>,
    pub kms_key_arn: Option<String>,
    pub layers: Option<Vec<String>>,
    pub logging_config: Option<LoggingConfig>,
    pub memory_size: Option<i32>,
    pub package_type: Option<String>,
    pub publish: Option<bool>,
    pub publish_to: Option<String>,
    pub role: String,
    pub runtime: Option<String>,
    pub snap_start: Option<SnapStart>,
    pub tags: Option<BTreeMap<String, String>>,
    pub tenancy_config: Option<TenancyConfig>,
    pub timeout: Option<i32>,
    pub tracing_config: Option<TracingConfig>,
    pub vpc_config: Option<VpcConfig>,
}
wire!(CreateFunctionInput {
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
    vpc_config
});

input!(CreateFunctionInput, CREATE_FUNCTION);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateFunctionOutput(pub FunctionConfiguration);
wire!(CreateFunctionOutput(FunctionConfiguration));
output!(CreateFunctionOutput, CREATE_FUNCTION);

pub static DELETE_EVENT_SOURCE_MAPPING: Operation = Operation {
    model: &MODEL,
    name: "DeleteEventSourceMapping",
    method: "DELETE",
    uri: "/2015-03-31/event-source-mappings/{UUID}",
    uri_query: "",
    status: 202,
    input: &DELETE_EVENT_SOURCE_MAPPING_REQUEST_SCHEMA,
    output: &EVENT_SOURCE_MAPPING_CONFIGURATION_SCHEMA,
    result_wrapper: None,
    errors: &[
        "InvalidParameterValueException",
        "ResourceInUseException",
        "ResourceConflictException",
        "ServiceException",
        "TooManyRequestsException",
        "ResourceNotFoundException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteEventSourceMappingInput {
    pub uuid: String,
}
wire!(DeleteEventSourceMappingInput { uuid });

input!(DeleteEventSourceMappingInput, DELETE_EVENT_SOURCE_MAPPING);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteEventSourceMappingOutput(pub EventSourceMappingConfiguration);
wire!(DeleteEventSourceMappingOutput(EventSourceMappingConfiguration));
output!(DeleteEventSourceMappingOutput, DELETE_EVENT_SOURCE_MAPPING);

pub static DELETE_FUNCTION: Operation = Operation {
    model: &MODEL,
    name: "DeleteFunction",
    method: "DELETE",
    uri: "/2015-03-31/functions/{FunctionName}",
    uri_query: "",
    status: 200,
    input: &DELETE_FUNCTION_REQUEST_SCHEMA,
    output: &DELETE_FUNCTION_RESPONSE_SCHEMA,
    result_wrapper: None,
    errors: &[
        "InvalidParameterValueException",
        "ResourceConflictException",
        "ServiceException",
        "TooManyRequestsException",
        "ResourceNotFoundException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteFunctionInput {
    pub function_name: String,
    pub qualifier: Option<String>,
}
wire!(DeleteFunctionInput { function_name, qualifier });

input!(DeleteFunctionInput, DELETE_FUNCTION);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteFunctionOutput {
    pub status_code: Option<i32>,
}
wire!(DeleteFunctionOutput { status_code });

output!(DeleteFunctionOutput, DELETE_FUNCTION);

pub static DELETE_FUNCTION_CONCURRENCY: Operation = Operation {
    model: &MODEL,
    name: "DeleteFunctionConcurrency",
    method: "DELETE",
    uri: "/2017-10-31/functions/{FunctionName}/concurrency",
    uri_query: "",
    status: 204,
    input: &DELETE_FUNCTION_CONCURRENCY_REQUEST_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "InvalidParameterValueException",
        "ResourceConflictException",
        "ServiceException",
        "TooManyRequestsException",
        "ResourceNotFoundException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteFunctionConcurrencyInput {
    pub function_name: String,
}
wire!(DeleteFunctionConcurrencyInput { function_name });

input!(DeleteFunctionConcurrencyInput, DELETE_FUNCTION_CONCURRENCY);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteFunctionConcurrencyOutput {}
wire!(DeleteFunctionConcurrencyOutput {});

output!(DeleteFunctionConcurrencyOutput, DELETE_FUNCTION_CONCURRENCY);

pub static GET_EVENT_SOURCE_MAPPING: Operation = Operation {
    model: &MODEL,
    name: "GetEventSourceMapping",
    method: "GET",
    uri: "/2015-03-31/event-source-mappings/{UUID}",
    uri_query: "",
    status: 200,
    input: &GET_EVENT_SOURCE_MAPPING_REQUEST_SCHEMA,
    output: &EVENT_SOURCE_MAPPING_CONFIGURATION_SCHEMA,
    result_wrapper: None,
    errors: &[
        "InvalidParameterValueException",
        "ServiceException",
        "TooManyRequestsException",
        "ResourceNotFoundException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetEventSourceMappingInput {
    pub uuid: String,
}
wire!(GetEventSourceMappingInput { uuid });

input!(GetEventSourceMappingInput, GET_EVENT_SOURCE_MAPPING);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetEventSourceMappingOutput(pub EventSourceMappingConfiguration);
wire!(GetEventSourceMappingOutput(EventSourceMappingConfiguration));
output!(GetEventSourceMappingOutput, GET_EVENT_SOURCE_MAPPING);

pub static GET_FUNCTION: Operation = Operation {
    model: &MODEL,
    name: "GetFunction",
    method: "GET",
    uri: "/2015-03-31/functions/{FunctionName}",
    uri_query: "",
    status: 200,
    input: &GET_FUNCTION_REQUEST_SCHEMA,
    output: &GET_FUNCTION_RESPONSE_SCHEMA,
    result_wrapper: None,
    errors: &[
        "InvalidParameterValueException",
        "ServiceException",
        "TooManyRequestsException",
        "ResourceNotFoundException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetFunctionInput {
    pub function_name: String,
    pub qualifier: Option<String>,
}
wire!(GetFunctionInput { function_name, qualifier });

input!(GetFunctionInput, GET_FUNCTION);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetFunctionOutput {
    pub code: Option<FunctionCodeLocation>,
    pub concurrency: Option<Concurrency>,
    pub configuration: Option<FunctionConfiguration>,
    pub tags: Option<BTreeMap<String, String>>,
    pub tags_error: Option<TagsError>,
}
wire!(GetFunctionOutput { code, concurrency, configuration, tags, tags_error });

output!(GetFunctionOutput, GET_FUNCTION);

pub static GET_FUNCTION_CODE_SIGNING_CONFIG: Operation = Operation {
    model: &MODEL,
    name: "GetFunctionCodeSigningConfig",
    method: "GET",
    uri: "/2020-06-30/functions/{FunctionName}/code-signing-config",
    uri_query: "",
    status: 200,
    input: &GET_FUNCTION_CODE_SIGNING_CONFIG_REQUEST_SCHEMA,
    output: &GET_FUNCTION_CODE_SIGNING_CONFIG_RESPONSE_SCHEMA,
    result_wrapper: None,
    errors: &[
        "InvalidParameterValueException",
        "ServiceException",
        "TooManyRequestsException",
        "ResourceNotFoundException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetFunctionCodeSigningConfigInput {
    pub function_name: String,
}
wire!(GetFunctionCodeSigningConfigInput { function_name });

input!(GetFunctionCodeSigningConfigInput, GET_FUNCTION_CODE_SIGNING_CONFIG);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetFunctionCodeSigningConfigOutput {
    pub code_signing_config_arn: String,
    pub function_name: String,
}
wire!(GetFunctionCodeSigningConfigOutput { code_signing_config_arn, function_name });

output!(GetFunctionCodeSigningConfigOutput, GET_FUNCTION_CODE_SIGNING_CONFIG);

pub static GET_FUNCTION_CONCURRENCY: Operation = Operation {
    model: &MODEL,
    name: "GetFunctionConcurrency",
    method: "GET",
    uri: "/2019-09-30/functions/{FunctionName}/concurrency",
    uri_query: "",
    status: 200,
    input: &GET_FUNCTION_CONCURRENCY_REQUEST_SCHEMA,
    output: &GET_FUNCTION_CONCURRENCY_RESPONSE_SCHEMA,
    result_wrapper: None,
    errors: &[
        "InvalidParameterValueException",
        "ServiceException",
        "TooManyRequestsException",
        "ResourceNotFoundException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetFunctionConcurrencyInput {
    pub function_name: String,
}
wire!(GetFunctionConcurrencyInput { function_name });

input!(GetFunctionConcurrencyInput, GET_FUNCTION_CONCURRENCY);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetFunctionConcurrencyOutput {
    pub reserved_concurrent_executions: Option<i32>,
}
wire!(GetFunctionConcurrencyOutput { reserved_concurrent_executions });

output!(GetFunctionConcurrencyOutput, GET_FUNCTION_CONCURRENCY);

pub static GET_FUNCTION_CONFIGURATION: Operation = Operation {
    model: &MODEL,
    name: "GetFunctionConfiguration",
    method: "GET",
    uri: "/2015-03-31/functions/{FunctionName}/configuration",
    uri_query: "",
    status: 200,
    input: &GET_FUNCTION_CONFIGURATION_REQUEST_SCHEMA,
    output: &FUNCTION_CONFIGURATION_SCHEMA,
    result_wrapper: None,
    errors: &[
        "InvalidParameterValueException",
        "ServiceException",
        "TooManyRequestsException",
        "ResourceNotFoundException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetFunctionConfigurationInput {
    pub function_name: String,
    pub qualifier: Option<String>,
}
wire!(GetFunctionConfigurationInput { function_name, qualifier });

input!(GetFunctionConfigurationInput, GET_FUNCTION_CONFIGURATION);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetFunctionConfigurationOutput(pub FunctionConfiguration);
wire!(GetFunctionConfigurationOutput(FunctionConfiguration));
output!(GetFunctionConfigurationOutput, GET_FUNCTION_CONFIGURATION);

pub static GET_POLICY: Operation = Operation {
    model: &MODEL,
    name: "GetPolicy",
    method: "GET",
    uri: "/2015-03-31/functions/{FunctionName}/policy",
    uri_query: "",
    status: 200,
    input: &GET_POLICY_REQUEST_SCHEMA,
    output: &GET_POLICY_RESPONSE_SCHEMA,
    result_wrapper: None,
    errors: &[
        "InvalidParameterValueException",
        "ServiceException",
        "TooManyRequestsException",
        "ResourceNotFoundException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetPolicyInput {
    pub function_name: String,
    pub qualifier: Option<String>,
}
wire!(GetPolicyInput { function_name, qualifier });

input!(GetPolicyInput, GET_POLICY);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetPolicyOutput {
    pub policy: Option<String>,
    pub revision_id: Option<String>,
}
wire!(GetPolicyOutput { policy, revision_id });

output!(GetPolicyOutput, GET_POLICY);

pub static INVOKE: Operation = Operation {
    model: &MODEL,
    name: "Invoke",
    method: "POST",
    uri: "/2015-03-31/functions/{FunctionName}/invocations",
    uri_query: "",
    status: 200,
    input: &INVOCATION_REQUEST_SCHEMA,
    output: &INVOCATION_RESPONSE_SCHEMA,
    result_wrapper: None,
    errors: &[
        "ResourceNotReadyException",
        "InvalidSecurityGroupIDException",
        "SnapStartTimeoutException",
        "TooManyRequestsException",
        "EC2ThrottledException",
        "EFSMountConnectivityException",
        "SubnetIPAddressLimitReachedException",
        "KMSAccessDeniedException",
        "RequestTooLargeException",
        "KMSDisabledException",
        "UnsupportedMediaTypeException",
        "S3FilesMountConnectivityException",
        "SerializedRequestEntityTooLargeException",
        "InvalidRuntimeException",
        "NoPublishedVersionException",
        "EC2UnexpectedException",
        "InvalidSubnetIDException",
        "KMSNotFoundException",
        "InvalidParameterValueException",
        "EC2AccessDeniedException",
        "EFSIOException",
        "KMSInvalidStateException",
        "ResourceConflictException",
        "ENILimitReachedException",
        "SnapStartNotReadyException",
        "ServiceException",
        "SnapStartException",
        "RecursiveInvocationException",
        "S3FilesMountFailureException",
        "EFSMountTimeoutException",
        "S3FilesMountTimeoutException",
        "ResourceNotFoundException",
        "InvalidRequestContentException",
        "DurableExecutionAlreadyStartedException",
        "InvalidZipFileException",
        "EFSMountFailureException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct InvokeInput {
    pub client_context: Option<String>,
    pub durable_execution_name: Option<String>,
    pub function_name: String,
    pub invocation_type: Option<String>,
    pub log_type: Option<String>,
    pub payload: Option<Bytes>,
    pub qualifier: Option<String>,
    pub tenant_id: Option<String>,
}
wire!(InvokeInput {
    client_context,
    durable_execution_name,
    function_name,
    invocation_type,
    log_type,
    payload,
    qualifier,
    tenant_id
});

input!(InvokeInput, INVOKE);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct InvokeOutput {
    pub durable_execution_arn: Option<String>,
    pub executed_version: Option<String>,
    pub function_error: Option<String>,
    pub log_result: Option<String>,
    pub payload: Option<Bytes>,
    pub status_code: Option<i32>,
}
wire!(InvokeOutput {
    durable_execution_arn,
    executed_version,
    function_error,
    log_result,
    payload,
    status_code
});

output!(InvokeOutput, INVOKE);

pub static LIST_EVENT_SOURCE_MAPPINGS: Operation = Operation {
    model: &MODEL,
    name: "ListEventSourceMappings",
    method: "GET",
    uri: "/2015-03-31/event-source-mappings",
    uri_query: "",
    status: 200,
    input: &LIST_EVENT_SOURCE_MAPPINGS_REQUEST_SCHEMA,
    output: &LIST_EVENT_SOURCE_MAPPINGS_RESPONSE_SCHEMA,
    result_wrapper: None,
    errors: &[
        "InvalidParameterValueException",
        "ServiceException",
        "TooManyRequestsException",
        "ResourceNotFoundException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListEventSourceMappingsInput {
    pub event_source_arn: Option<String>,
    pub function_name: Option<String>,
    pub marker: Option<String>,
    pub max_items: Option<i32>,
}
wire!(ListEventSourceMappingsInput { event_source_arn, function_name, marker, max_items });

input!(ListEventSourceMappingsInput, LIST_EVENT_SOURCE_MAPPINGS);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListEventSourceMappingsOutput {
    pub event_source_mappings: Option<Vec<EventSourceMappingConfiguration>>,
    pub next_marker: Option<String>,
}
wire!(ListEventSourceMappingsOutput { event_source_mappings, next_marker });

output!(ListEventSourceMappingsOutput, LIST_EVENT_SOURCE_MAPPINGS);

pub static LIST_FUNCTIONS: Operation = Operation {
    model: &MODEL,
    name: "ListFunctions",
    method: "GET",
    uri: "/2015-03-31/functions",
    uri_query: "",
    status: 200,
    input: &LIST_FUNCTIONS_REQUEST_SCHEMA,
    output: &LIST_FUNCTIONS_RESPONSE_SCHEMA,
    result_wrapper: None,
    errors: &["InvalidParameterValueException", "ServiceException", "TooManyRequestsException"],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListFunctionsInput {
    pub function_version: Option<String>,
    pub marker: Option<String>,
    pub master_region: Option<String>,
    pub max_items: Option<i32>,
}
wire!(ListFunctionsInput { function_version, marker, master_region, max_items });

input!(ListFunctionsInput, LIST_FUNCTIONS);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListFunctionsOutput {
    pub functions: Option<Vec<FunctionConfiguration>>,
    pub next_marker: Option<String>,
}
wire!(ListFunctionsOutput { functions, next_marker });

output!(ListFunctionsOutput, LIST_FUNCTIONS);

pub static LIST_TAGS: Operation = Operation {
    model: &MODEL,
    name: "ListTags",
    method: "GET",
    uri: "/2017-03-31/tags/{Resource}",
    uri_query: "",
    status: 200,
    input: &LIST_TAGS_REQUEST_SCHEMA,
    output: &LIST_TAGS_RESPONSE_SCHEMA,
    result_wrapper: None,
    errors: &[
        "InvalidParameterValueException",
        "ServiceException",
        "TooManyRequestsException",
        "ResourceNotFoundException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListTagsInput {
    pub resource: String,
}
wire!(ListTagsInput { resource });

input!(ListTagsInput, LIST_TAGS);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListTagsOutput {
    pub tags: Option<BTreeMap<String, String>>,
}
wire!(ListTagsOutput { tags });

output!(ListTagsOutput, LIST_TAGS);

pub static LIST_VERSIONS_BY_FUNCTION: Operation = Operation {
    model: &MODEL,
    name: "ListVersionsByFunction",
    method: "GET",
    uri: "/2015-03-31/functions/{FunctionName}/versions",
    uri_query: "",
    status: 200,
    input: &LIST_VERSIONS_BY_FUNCTION_REQUEST_SCHEMA,
    output: &LIST_VERSIONS_BY_FUNCTION_RESPONSE_SCHEMA,
    result_wrapper: None,
    errors: &[
        "InvalidParameterValueException",
        "ServiceException",
        "TooManyRequestsException",
        "ResourceNotFoundException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListVersionsByFunctionInput {
    pub function_name: String,
    pub marker: Option<String>,
    pub max_items: Option<i32>,
}
wire!(ListVersionsByFunctionInput { function_name, marker, max_items });

input!(ListVersionsByFunctionInput, LIST_VERSIONS_BY_FUNCTION);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListVersionsByFunctionOutput {
    pub next_marker: Option<String>,
    pub versions: Option<Vec<FunctionConfiguration>>,
}
wire!(ListVersionsByFunctionOutput { next_marker, versions });

output!(ListVersionsByFunctionOutput, LIST_VERSIONS_BY_FUNCTION);

pub static PUT_FUNCTION_CONCURRENCY: Operation = Operation {
    model: &MODEL,
    name: "PutFunctionConcurrency",
    method: "PUT",
    uri: "/2017-10-31/functions/{FunctionName}/concurrency",
    uri_query: "",
    status: 200,
    input: &PUT_FUNCTION_CONCURRENCY_REQUEST_SCHEMA,
    output: &CONCURRENCY_SCHEMA,
    result_wrapper: None,
    errors: &[
        "InvalidParameterValueException",
        "ResourceConflictException",
        "ServiceException",
        "TooManyRequestsException",
        "ResourceNotFoundException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PutFunctionConcurrencyInput {
    pub function_name: String,
    pub reserved_concurrent_executions: i32,
}
wire!(PutFunctionConcurrencyInput { function_name, reserved_concurrent_executions });

input!(PutFunctionConcurrencyInput, PUT_FUNCTION_CONCURRENCY);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PutFunctionConcurrencyOutput(pub Concurrency);
wire!(PutFunctionConcurrencyOutput(Concurrency));
output!(PutFunctionConcurrencyOutput, PUT_FUNCTION_CONCURRENCY);

pub static REMOVE_PERMISSION: Operation = Operation {
    model: &MODEL,
    name: "RemovePermission",
    method: "DELETE",
    uri: "/2015-03-31/functions/{FunctionName}/policy/{StatementId}",
    uri_query: "",
    status: 204,
    input: &REMOVE_PERMISSION_REQUEST_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "InvalidParameterValueException",
        "ServiceException",
        "TooManyRequestsException",
        "ResourceNotFoundException",
        "PreconditionFailedException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct RemovePermissionInput {
    pub function_name: String,
    pub qualifier: Option<String>,
    pub revision_id: Option<String>,
    pub statement_id: String,
}
wire!(RemovePermissionInput { function_name, qualifier, revision_id, statement_id });

input!(RemovePermissionInput, REMOVE_PERMISSION);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct RemovePermissionOutput {}
wire!(RemovePermissionOutput {});

output!(RemovePermissionOutput, REMOVE_PERMISSION);

pub static TAG_RESOURCE: Operation = Operation {
    model: &MODEL,
    name: "TagResource",
    method: "POST",
    uri: "/2017-03-31/tags/{Resource}",
    uri_query: "",
    status: 204,
    input: &TAG_RESOURCE_REQUEST_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "InvalidParameterValueException",
        "ResourceConflictException",
        "ServiceException",
        "TooManyRequestsException",
        "ResourceNotFoundException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TagResourceInput {
    pub resource: String,
    pub tags: BTreeMap<String, String>,
}
wire!(TagResourceInput { resource, tags });

input!(TagResourceInput, TAG_RESOURCE);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TagResourceOutput {}
wire!(TagResourceOutput {});

output!(TagResourceOutput, TAG_RESOURCE);

pub static UNTAG_RESOURCE: Operation = Operation {
    model: &MODEL,
    name: "UntagResource",
    method: "DELETE",
    uri: "/2017-03-31/tags/{Resource}",
    uri_query: "",
    status: 204,
    input: &UNTAG_RESOURCE_REQUEST_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "InvalidParameterValueException",
        "ResourceConflictException",
        "ServiceException",
        "TooManyRequestsException",
        "ResourceNotFoundException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UntagResourceInput {
    pub resource: String,
    pub tag_keys: Vec<String>,
}
wire!(UntagResourceInput { resource, tag_keys });

input!(UntagResourceInput, UNTAG_RESOURCE);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UntagResourceOutput {}
wire!(UntagResourceOutput {});

output!(UntagResourceOutput, UNTAG_RESOURCE);

pub static UPDATE_EVENT_SOURCE_MAPPING: Operation = Operation {
    model: &MODEL,
    name: "UpdateEventSourceMapping",
    method: "PUT",
    uri: "/2015-03-31/event-source-mappings/{UUID}",
    uri_query: "",
    status: 202,
    input: &UPDATE_EVENT_SOURCE_MAPPING_REQUEST_SCHEMA,
    output: &EVENT_SOURCE_MAPPING_CONFIGURATION_SCHEMA,
    result_wrapper: None,
    errors: &[
        "InvalidParameterValueException",
        "ResourceInUseException",
        "ResourceConflictException",
        "ServiceException",
        "TooManyRequestsException",
        "ResourceNotFoundException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateEventSourceMappingInput {
    pub amazon_managed_kafka_event_source_config: Option<AmazonManagedKafkaEventSourceConfig>,
    pub batch_size: Option<i32>,
    pub bisect_batch_on_function_error: Option<bool>,
    pub destination_config: Option<DestinationConfig>,
    pub document_db_event_source_config: Option<DocumentDBEventSourceConfig>,
    pub enabled: Option<bool>,
    pub filter_criteria: Option<FilterCriteria>,
    pub function_name: Option<String>,
    pub function_response_types: Option<Vec<String>>,
    pub kms_key_arn: Option<String>,
    pub logging_config: Option<EventSourceMappingLoggingConfig>,
    pub maximum_batching_window_in_seconds: Option<i32>,
    pub maximum_record_age_in_seconds: Option<i32>,
    pub maximum_retry_attempts: Option<i32>,
    pub metrics_config: Option<EventSourceMappingMetricsConfig>,
    pub parallelization_factor: Option<i32>,
    pub provisioned_poller_config: Option<ProvisionedPollerConfig>,
    pub scaling_config: Option<ScalingConfig>,
    pub self_managed_kafka_event_source_config: Option<SelfManagedKafkaEventSourceConfig>,
    pub source_access_configurations: Option<Vec<SourceAccessConfiguration>>,
    pub tumbling_window_in_seconds: Option<i32>,
    pub uuid: String,
}
wire!(UpdateEventSourceMappingInput {
    amazon_managed_kafka_event_source_config,
    batch_size,
    bisect_batch_on_function_error,
    destination_config,
    document_db_event_source_config,
    enabled,
    filter_criteria,
    function_name,
    function_response_types,
    kms_key_arn,
    logging_config,
    maximum_batching_window_in_seconds,
    maximum_record_age_in_seconds,
    maximum_retry_attempts,
    metrics_config,
    parallelization_factor,
    provisioned_poller_config,
    scaling_config,
    self_managed_kafka_event_source_config,
    source_access_configurations,
    tumbling_window_in_seconds,
    uuid
});

input!(UpdateEventSourceMappingInput, UPDATE_EVENT_SOURCE_MAPPING);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateEventSourceMappingOutput(pub EventSourceMappingConfiguration);
wire!(UpdateEventSourceMappingOutput(EventSourceMappingConfiguration));
output!(UpdateEventSourceMappingOutput, UPDATE_EVENT_SOURCE_MAPPING);

pub static UPDATE_FUNCTION_CODE: Operation = Operation {
    model: &MODEL,
    name: "UpdateFunctionCode",
    method: "PUT",
    uri: "/2015-03-31/functions/{FunctionName}/code",
    uri_query: "",
    status: 200,
    input: &UPDATE_FUNCTION_CODE_REQUEST_SCHEMA,
    output: &FUNCTION_CONFIGURATION_SCHEMA,
    result_wrapper: None,
    errors: &[
        "InvalidParameterValueException",
        "ResourceConflictException",
        "ServiceException",
        "TooManyRequestsException",
        "InvalidCodeSignatureException",
        "ResourceNotFoundException",
        "CodeVerificationFailedException",
        "CodeSigningConfigNotFoundException",
        "CodeStorageExceededException",
        "PreconditionFailedException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateFunctionCodeInput {
    pub architectures: Option<Vec<String>>,
    pub dry_run: Option<bool>,
    pub function_name: String,
    pub image_uri: Option<String>,
    pub publish: Option<bool>,
    pub publish_to: Option<String>,
    pub revision_id: Option<String>,
    pub s3_bucket: Option<String>,
    pub s3_key: Option<String>,
    pub s3_object_version: Option<String>,
    pub source_kms_key_arn: Option<String>,
    pub zip_file: Option<Bytes>,
}
wire!(UpdateFunctionCodeInput {
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
    zip_file
});

input!(UpdateFunctionCodeInput, UPDATE_FUNCTION_CODE);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateFunctionCodeOutput(pub FunctionConfiguration);
wire!(UpdateFunctionCodeOutput(FunctionConfiguration));
output!(UpdateFunctionCodeOutput, UPDATE_FUNCTION_CODE);

pub static UPDATE_FUNCTION_CONFIGURATION: Operation = Operation {
    model: &MODEL,
    name: "UpdateFunctionConfiguration",
    method: "PUT",
    uri: "/2015-03-31/functions/{FunctionName}/configuration",
    uri_query: "",
    status: 200,
    input: &UPDATE_FUNCTION_CONFIGURATION_REQUEST_SCHEMA,
    output: &FUNCTION_CONFIGURATION_SCHEMA,
    result_wrapper: None,
    errors: &[
        "InvalidParameterValueException",
        "ResourceConflictException",
        "ServiceException",
        "TooManyRequestsException",
        "InvalidCodeSignatureException",
        "ResourceNotFoundException",
        "CodeVerificationFailedException",
        "CodeSigningConfigNotFoundException",
        "PreconditionFailedException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateFunctionConfigurationInput {
    pub capacity_provider_config: Option<CapacityProviderConfig>,
    pub dead_letter_config: Option<DeadLetterConfig>,
    pub description: Option<String>,
    pub durable_config: Option<DurableConfig>,
    pub environment: Option<Environment>,
    pub ephemeral_storage: Option<EphemeralStorage>,
    pub file_system_configs: Option<Vec<FileSystemConfig>>,
    pub function_name: String,
    pub handler: Option<String>,
    pub image_config: Option<ImageConfig>,
    pub kms_key_arn: Option<String>,
    pub layers: Option<Vec<String>>,
    pub logging_config: Option<LoggingConfig>,
    pub memory_size: Option<i32>,
    pub revision_id: Option<String>,
    pub role: Option<String>,
    pub runtime: Option<String>,
    pub snap_start: Option<SnapStart>,
    pub timeout: Option<i32>,
    pub tracing_config: Option<TracingConfig>,
    pub vpc_config: Option<VpcConfig>,
}
wire!(UpdateFunctionConfigurationInput {
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
    vpc_config
});

input!(UpdateFunctionConfigurationInput, UPDATE_FUNCTION_CONFIGURATION);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateFunctionConfigurationOutput(pub FunctionConfiguration);
wire!(UpdateFunctionConfigurationOutput(FunctionConfiguration));
output!(UpdateFunctionConfigurationOutput, UPDATE_FUNCTION_CONFIGURATION);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AmazonManagedKafkaEventSourceConfig {
    pub consumer_group_id: Option<String>,
    pub schema_registry_config: Option<KafkaSchemaRegistryConfig>,
}
wire!(AmazonManagedKafkaEventSourceConfig { consumer_group_id, schema_registry_config });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CapacityProviderConfig {
    pub lambda_managed_instances_capacity_provider_config:
        LambdaManagedInstancesCapacityProviderConfig,
}
wire!(CapacityProviderConfig { lambda_managed_instances_capacity_provider_config });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Concurrency {
    pub reserved_concurrent_executions: Option<i32>,
}
wire!(Concurrency { reserved_concurrent_executions });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeadLetterConfig {
    pub target_arn: Option<String>,
}
wire!(DeadLetterConfig { target_arn });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DestinationConfig {
    pub on_failure: Option<OnFailure>,
    pub on_success: Option<OnSuccess>,
}
wire!(DestinationConfig { on_failure, on_success });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DocumentDBEventSourceConfig {
    pub collection_name: Option<String>,
    pub database_name: Option<String>,
    pub full_document: Option<String>,
}
wire!(DocumentDBEventSourceConfig { collection_name, database_name, full_document });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DurableConfig {
    pub execution_timeout: Option<i32>,
    pub retention_period_in_days: Option<i32>,
}
wire!(DurableConfig { execution_timeout, retention_period_in_days });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Environment {
    pub variables: Option<BTreeMap<String, String>>,
}
wire!(Environment { variables });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct EnvironmentError {
    pub error_code: Option<String>,
    pub message: Option<String>,
}
wire!(EnvironmentError { error_code, message });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct EnvironmentResponse {
    pub error: Option<EnvironmentError>,
    pub variables: Option<BTreeMap<String, String>>,
}
wire!(EnvironmentResponse { error, variables });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct EphemeralStorage {
    pub size: i32,
}
wire!(EphemeralStorage { size });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventSourceMappingConfiguration {
    pub amazon_managed_kafka_event_source_config: Option<AmazonManagedKafkaEventSourceConfig>,
    pub batch_size: Option<i32>,
    pub bisect_batch_on_function_error: Option<bool>,
    pub destination_config: Option<DestinationConfig>,
    pub document_db_event_source_config: Option<DocumentDBEventSourceConfig>,
    pub event_source_arn: Option<String>,
    pub event_source_mapping_arn: Option<String>,
    pub filter_criteria: Option<FilterCriteria>,
    pub filter_criteria_error: Option<FilterCriteriaError>,
    pub function_arn: Option<String>,
    pub function_response_types: Option<Vec<String>>,
    pub kms_key_arn: Option<String>,
    pub last_modified: Option<Timestamp>,
    pub last_processing_result: Option<String>,
    pub logging_config: Option<EventSourceMappingLoggingConfig>,
    pub maximum_batching_window_in_seconds: Option<i32>,
    pub maximum_record_age_in_seconds: Option<i32>,
    pub maximum_retry_attempts: Option<i32>,
    pub metrics_config: Option<EventSourceMappingMetricsConfig>,
    pub parallelization_factor: Option<i32>,
    pub provisioned_poller_config: Option<ProvisionedPollerConfig>,
    pub queues: Option<Vec<String>>,
    pub scaling_config: Option<ScalingConfig>,
    pub self_managed_event_source: Option<SelfManagedEventSource>,
    pub self_managed_kafka_event_source_config: Option<SelfManagedKafkaEventSourceConfig>,
    pub source_access_configurations: Option<Vec<SourceAccessConfiguration>>,
    pub starting_position: Option<String>,
    pub starting_position_timestamp: Option<Timestamp>,
    pub state: Option<String>,
    pub state_transition_reason: Option<String>,
    pub topics: Option<Vec<String>>,
    pub tumbling_window_in_seconds: Option<i32>,
    pub uuid: Option<String>,
}
wire!(EventSourceMappingConfiguration {
    amazon_managed_kafka_event_source_config,
    batch_size,
    bisect_batch_on_function_error,
    destination_config,
    document_db_event_source_config,
    event_source_arn,
    event_source_mapping_arn,
    filter_criteria,
    filter_criteria_error,
    function_arn,
    function_response_types,
    kms_key_arn,
    last_modified,
    last_processing_result,
    logging_config,
    maximum_batching_window_in_seconds,
    maximum_record_age_in_seconds,
    maximum_retry_attempts,
    metrics_config,
    parallelization_factor,
    provisioned_poller_config,
    queues,
    scaling_config,
    self_managed_event_source,
    self_managed_kafka_event_source_config,
    source_access_configurations,
    starting_position,
    starting_position_timestamp,
    state,
    state_transition_reason,
    topics,
    tumbling_window_in_seconds,
    uuid
});

#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventSourceMappingLoggingConfig {
    pub system_log_level: Option<String>,
}
wire!(EventSourceMappingLoggingConfig { system_log_level });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventSourceMappingMetricsConfig {
    pub metrics: Option<Vec<String>>,
}
wire!(EventSourceMappingMetricsConfig { metrics });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileSystemConfig {
    pub arn: String,
    pub local_mount_path: String,
}
wire!(FileSystemConfig { arn, local_mount_path });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    pub pattern: Option<String>,
}
wire!(Filter { pattern });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct FilterCriteria {
    pub filters: Option<Vec<Filter>>,
}
wire!(FilterCriteria { filters });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct FilterCriteriaError {
    pub error_code: Option<String>,
    pub message: Option<String>,
}
wire!(FilterCriteriaError { error_code, message });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct FunctionCode {
    pub image_uri: Option<String>,
    pub s3_bucket: Option<String>,
    pub s3_key: Option<String>,
    pub s3_object_version: Option<String>,
    pub source_kms_key_arn: Option<String>,
    pub zip_file: Option<Bytes>,
}
wire!(FunctionCode {
    image_uri,
    s3_bucket,
    s3_key,
    s3_object_version,
    source_kms_key_arn,
    zip_file
});

#[derive(Clone, Debug, Default, PartialEq)]
pub struct FunctionCodeLocation {
    pub image_uri: Option<String>,
    pub location: Option<String>,
    pub repository_type: Option<String>,
    pub resolved_image_uri: Option<String>,
    pub source_kms_key_arn: Option<String>,
}
wire!(FunctionCodeLocation {
    image_uri,
    location,
    repository_type,
    resolved_image_uri,
    source_kms_key_arn
});

#[derive(Clone, Debug, Default, PartialEq)]
pub struct FunctionConfiguration {
    pub architectures: Option<Vec<String>>,
    pub capacity_provider_config: Option<CapacityProviderConfig>,
    pub code_sha256: Option<String>,
    pub code_size: Option<i64>,
    pub config_sha256: Option<String>,
    pub dead_letter_config: Option<DeadLetterConfig>,
    pub description: Option<String>,
    pub durable_config: Option<DurableConfig>,
    pub environment: Option<EnvironmentResponse>,
    pub ephemeral_storage: Option<EphemeralStorage>,
    pub file_system_configs: Option<Vec<FileSystemConfig>>,
    pub function_arn: Option<String>,
    pub function_name: Option<String>,
    pub handler: Option<String>,
    pub image_config_response: Option<ImageConfigResponse>,
    pub kms_key_arn: Option<String>,
    pub last_modified: Option<String>,
    pub last_update_status: Option<String>,
    pub last_update_status_reason: Option<String>,
    pub last_update_status_reason_code: Option<String>,
    pub layers: Option<Vec<Layer>>,
    pub logging_config: Option<LoggingConfig>,
    pub master_arn: Option<String>,
    pub memory_size: Option<i32>,
    pub package_type: Option<String>,
    pub revision_id: Option<String>,
    pub role: Option<String>,
    pub runtime: Option<String>,
    pub runtime_version_config: Option<RuntimeVersionConfig>,
    pub signing_job_arn: Option<String>,
    pub signing_profile_version_arn: Option<String>,
    pub snap_start: Option<SnapStartResponse>,
    pub state: Option<String>,
    pub state_reason: Option<String>,
    pub state_reason_code: Option<String>,
    pub tenancy_config: Option<TenancyConfig>,
    pub timeout: Option<i32>,
    pub tracing_config: Option<TracingConfigResponse>,
    pub version: Option<String>,
    pub vpc_config: Option<VpcConfigResponse>,
}
wire!(FunctionConfiguration {
    architectures,
    capacity_provider_config,
    code_sha256,
    code_size,
    config_sha256,
    dead_letter_config,
    description,
    durable_config,
    environment,
    ephemeral_storage,
    file_system_configs,
    function_arn,
    function_name,
    handler,
    image_config_response,
    kms_key_arn,
    last_modified,
    last_update_status,
    last_update_status_reason,
    last_update_status_reason_code,
    layers,
    logging_config,
    master_arn,
    memory_size,
    package_type,
    revision_id,
    role,
    runtime,
    runtime_version_config,
    signing_job_arn,
    signing_profile_version_arn,
    snap_start,
    state,
    state_reason,
    state_reason_code,
    tenancy_config,
    timeout,
    tracing_config,
    version,
    vpc_config
});

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImageConfig {
    pub command: Option<Vec<String>>,
    pub entry_point: Option<Vec<String>>,
    pub working_directory: Option<String>,
}
wire!(ImageConfig { command, entry_point, working_directory });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImageConfigError {
    pub error_code: Option<String>,
    pub message: Option<String>,
}
wire!(ImageConfigError { error_code, message });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImageConfigResponse {
    pub error: Option<ImageConfigError>,
    pub image_config: Option<ImageConfig>,
}
wire!(ImageConfigResponse { error, image_config });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct KafkaSchemaRegistryAccessConfig {
    pub r#type: Option<String>,
    pub uri: Option<String>,
}
wire!(KafkaSchemaRegistryAccessConfig { r#type, uri });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct KafkaSchemaRegistryConfig {
    pub access_configs: Option<Vec<KafkaSchemaRegistryAccessConfig>>,
    pub event_record_format: Option<String>,
    pub schema_registry_uri: Option<String>,
    pub schema_validation_configs: Option<Vec<KafkaSchemaValidationConfig>>,
}
wire!(KafkaSchemaRegistryConfig {
    access_configs,
    event_record_format,
    schema_registry_uri,
    schema_validation_configs
});

#[derive(Clone, Debug, Default, PartialEq)]
pub struct KafkaSchemaValidationConfig {
    pub attribute: Option<String>,
}
wire!(KafkaSchemaValidationConfig { attribute });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct LambdaManagedInstancesCapacityProviderConfig {
    pub capacity_provider_arn: String,
    pub execution_environment_memory_gi_b_per_v_cpu: Option<f64>,
    pub per_execution_environment_max_concurrency: Option<i32>,
}
wire!(LambdaManagedInstancesCapacityProviderConfig {
    capacity_provider_arn,
    execution_environment_memory_gi_b_per_v_cpu,
    per_execution_environment_max_concurrency
});

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layer {
    pub arn: Option<String>,
    pub code_size: Option<i64>,
    pub signing_job_arn: Option<String>,
    pub signing_profile_version_arn: Option<String>,
}
wire!(Layer { arn, code_size, signing_job_arn, signing_profile_version_arn });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoggingConfig {
    pub application_log_level: Option<String>,
    pub log_format: Option<String>,
    pub log_group: Option<String>,
    pub system_log_level: Option<String>,
}
wire!(LoggingConfig { application_log_level, log_format, log_group, system_log_level });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct OnFailure {
    pub destination: Option<String>,
}
wire!(OnFailure { destination });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct OnSuccess {
    pub destination: Option<String>,
}
wire!(OnSuccess { destination });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProvisionedPollerConfig {
    pub maximum_pollers: Option<i32>,
    pub minimum_pollers: Option<i32>,
    pub poller_group_name: Option<String>,
}
wire!(ProvisionedPollerConfig { maximum_pollers, minimum_pollers, poller_group_name });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuntimeVersionConfig {
    pub error: Option<RuntimeVersionError>,
    pub runtime_version_arn: Option<String>,
}
wire!(RuntimeVersionConfig { error, runtime_version_arn });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuntimeVersionError {
    pub error_code: Option<String>,
    pub message: Option<String>,
}
wire!(RuntimeVersionError { error_code, message });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScalingConfig {
    pub maximum_concurrency: Option<i32>,
}
wire!(ScalingConfig { maximum_concurrency });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SelfManagedEventSource {
    pub endpoints: Option<BTreeMap<String, Vec<String>>>,
}
wire!(SelfManagedEventSource { endpoints });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SelfManagedKafkaEventSourceConfig {
    pub consumer_group_id: Option<String>,
    pub schema_registry_config: Option<KafkaSchemaRegistryConfig>,
}
wire!(SelfManagedKafkaEventSourceConfig { consumer_group_id, schema_registry_config });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SnapStart {
    pub apply_on: Option<String>,
}
wire!(SnapStart { apply_on });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SnapStartResponse {
    pub apply_on: Option<String>,
    pub optimization_status: Option<String>,
}
wire!(SnapStartResponse { apply_on, optimization_status });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceAccessConfiguration {
    pub r#type: Option<String>,
    pub uri: Option<String>,
}
wire!(SourceAccessConfiguration { r#type, uri });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TagsError {
    pub error_code: String,
    pub message: String,
}
wire!(TagsError { error_code, message });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TenancyConfig {
    pub tenant_isolation_mode: String,
}
wire!(TenancyConfig { tenant_isolation_mode });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TracingConfig {
    pub mode: Option<String>,
}
wire!(TracingConfig { mode });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TracingConfigResponse {
    pub mode: Option<String>,
}
wire!(TracingConfigResponse { mode });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct VpcConfig {
    pub ipv6_allowed_for_dual_stack: Option<bool>,
    pub security_group_ids: Option<Vec<String>>,
    pub subnet_ids: Option<Vec<String>>,
}
wire!(VpcConfig { ipv6_allowed_for_dual_stack, security_group_ids, subnet_ids });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct VpcConfigResponse {
    pub ipv6_allowed_for_dual_stack: Option<bool>,
    pub security_group_ids: Option<Vec<String>>,
    pub subnet_ids: Option<Vec<String>>,
    pub vpc_id: Option<String>,
}
wire!(VpcConfigResponse { ipv6_allowed_for_dual_stack, security_group_ids, subnet_ids, vpc_id });

static ACTION_SCHEMA_PATTERN: Pattern = Pattern::new(r#"(lambda:[*]|lambda:[a-zA-Z]+|[*])"#);
static ACTION_SCHEMA: Schema = Schema::new("Action", Kind::String).pattern(&ACTION_SCHEMA_PATTERN);

static ADD_PERMISSION_REQUEST_SCHEMA_MEMBERS: [Member; 12] = [
    Member::new("Action", &ACTION_SCHEMA).required(),
    Member::new("EventSourceToken", &EVENT_SOURCE_TOKEN_SCHEMA),
    Member::new("FunctionName", &NAMESPACED_FUNCTION_NAME_SCHEMA).required().at(Location::Uri),
    Member::new("FunctionUrlAuthType", &FUNCTION_URL_AUTH_TYPE_SCHEMA),
    Member::new("InvokedViaFunctionUrl", &schema::BOOLEAN),
    Member::new("Principal", &PRINCIPAL_SCHEMA).required(),
    Member::new("PrincipalOrgID", &PRINCIPAL_ORG_ID_SCHEMA),
    Member::new("Qualifier", &NUMERIC_LATEST_PUBLISHED_OR_ALIAS_QUALIFIER_SCHEMA)
        .at(Location::QueryString),
    Member::new("RevisionId", &schema::STRING),
    Member::new("SourceAccount", &SOURCE_OWNER_SCHEMA),
    Member::new("SourceArn", &ARN_SCHEMA),
    Member::new("StatementId", &STATEMENT_ID_SCHEMA).required(),
];
static ADD_PERMISSION_REQUEST_SCHEMA: Schema =
    Schema::new("AddPermissionRequest", Kind::Structure(&ADD_PERMISSION_REQUEST_SCHEMA_MEMBERS));

static ADD_PERMISSION_RESPONSE_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("Statement", &schema::STRING)];
static ADD_PERMISSION_RESPONSE_SCHEMA: Schema =
    Schema::new("AddPermissionResponse", Kind::Structure(&ADD_PERMISSION_RESPONSE_SCHEMA_MEMBERS));

static AMAZON_MANAGED_KAFKA_EVENT_SOURCE_CONFIG_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("ConsumerGroupId", &URI_SCHEMA),
    Member::new("SchemaRegistryConfig", &KAFKA_SCHEMA_REGISTRY_CONFIG_SCHEMA),
];
static AMAZON_MANAGED_KAFKA_EVENT_SOURCE_CONFIG_SCHEMA: Schema = Schema::new(
    "AmazonManagedKafkaEventSourceConfig",
    Kind::Structure(&AMAZON_MANAGED_KAFKA_EVENT_SOURCE_CONFIG_SCHEMA_MEMBERS),
);

static APPLICATION_LOG_LEVEL_SCHEMA: Schema = Schema::new("ApplicationLogLevel", Kind::String)
    .values(&["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]);

static ARCHITECTURE_SCHEMA: Schema =
    Schema::new("Architecture", Kind::String).values(&["x86_64", "arm64"]);

static ARCHITECTURES_LIST_SCHEMA: Schema = Schema::new(
    "ArchitecturesList",
    Kind::List { member: &ARCHITECTURE_SCHEMA, element: "member" },
)
.min(1.0)
.max(1.0);

static ARN_SCHEMA_PATTERN: Pattern = Pattern::new(
    r#"arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:([a-z]{2}(-gov)?-[a-z]+-\d{1})?:(\d{12})?:(.*)"#,
);
static ARN_SCHEMA: Schema = Schema::new("Arn", Kind::String).pattern(&ARN_SCHEMA_PATTERN);

static BATCH_SIZE_SCHEMA: Schema = Schema::new("BatchSize", Kind::Integer).min(1.0).max(10000.0);

static BLOB_SCHEMA: Schema = Schema::new("Blob", Kind::Blob).sensitive();

static CAPACITY_PROVIDER_ARN_SCHEMA_PATTERN: Pattern = Pattern::new(
    r#"arn:aws[a-zA-Z-]*:lambda:[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:capacity-provider:[a-zA-Z0-9-_]+"#,
);
static CAPACITY_PROVIDER_ARN_SCHEMA: Schema = Schema::new("CapacityProviderArn", Kind::String)
    .min(1.0)
    .max(140.0)
    .pattern(&CAPACITY_PROVIDER_ARN_SCHEMA_PATTERN);

static CAPACITY_PROVIDER_CONFIG_SCHEMA_MEMBERS: [Member; 1] = [Member::new(
    "LambdaManagedInstancesCapacityProviderConfig",
    &LAMBDA_MANAGED_INSTANCES_CAPACITY_PROVIDER_CONFIG_SCHEMA,
)
.required()];
static CAPACITY_PROVIDER_CONFIG_SCHEMA: Schema = Schema::new(
    "CapacityProviderConfig",
    Kind::Structure(&CAPACITY_PROVIDER_CONFIG_SCHEMA_MEMBERS),
);

static CODE_SIGNING_CONFIG_ARN_SCHEMA_PATTERN: Pattern = Pattern::new(
    r#"arn:(aws[a-zA-Z-]*)?:lambda:[a-z]{2}((-gov)|(-iso(b?)))?-[a-z]+-\d{1}:\d{12}:code-signing-config:csc-[a-z0-9]{17}"#,
);
static CODE_SIGNING_CONFIG_ARN_SCHEMA: Schema = Schema::new("CodeSigningConfigArn", Kind::String)
    .min(0.0)
    .max(200.0)
    .pattern(&CODE_SIGNING_CONFIG_ARN_SCHEMA_PATTERN);

static COLLECTION_NAME_SCHEMA_PATTERN: Pattern =
    Pattern::new(r#"(^(?!(system\x2e)))(^[_a-zA-Z0-9])([^$]*)"#);
static COLLECTION_NAME_SCHEMA: Schema = Schema::new("CollectionName", Kind::String)
    .min(1.0)
    .max(57.0)
    .pattern(&COLLECTION_NAME_SCHEMA_PATTERN);

static CONCURRENCY_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("ReservedConcurrentExecutions", &RESERVED_CONCURRENT_EXECUTIONS_SCHEMA)];
static CONCURRENCY_SCHEMA: Schema =
    Schema::new("Concurrency", Kind::Structure(&CONCURRENCY_SCHEMA_MEMBERS));

static CREATE_EVENT_SOURCE_MAPPING_REQUEST_SCHEMA_MEMBERS: [Member; 28] = [
    Member::new(
        "AmazonManagedKafkaEventSourceConfig",
        &AMAZON_MANAGED_KAFKA_EVENT_SOURCE_CONFIG_SCHEMA,
    ),
    Member::new("BatchSize", &BATCH_SIZE_SCHEMA),
    Member::new("BisectBatchOnFunctionError", &schema::BOOLEAN),
    Member::new("DestinationConfig", &DESTINATION_CONFIG_SCHEMA),
    Member::new("DocumentDBEventSourceConfig", &DOCUMENT_DB_EVENT_SOURCE_CONFIG_SCHEMA),
    Member::new("Enabled", &schema::BOOLEAN),
    Member::new("EventSourceArn", &ARN_SCHEMA),
    Member::new("FilterCriteria", &FILTER_CRITERIA_SCHEMA),
    Member::new("FunctionName", &NAMESPACED_FUNCTION_NAME_SCHEMA).required(),
    Member::new("FunctionResponseTypes", &FUNCTION_RESPONSE_TYPE_LIST_SCHEMA),
    Member::new("KMSKeyArn", &KMS_KEY_ARN_SCHEMA),
    Member::new("LoggingConfig", &EVENT_SOURCE_MAPPING_LOGGING_CONFIG_SCHEMA),
    Member::new("MaximumBatchingWindowInSeconds", &MAXIMUM_BATCHING_WINDOW_IN_SECONDS_SCHEMA),
    Member::new("MaximumRecordAgeInSeconds", &MAXIMUM_RECORD_AGE_IN_SECONDS_SCHEMA),
    Member::new("MaximumRetryAttempts", &MAXIMUM_RETRY_ATTEMPTS_EVENT_SOURCE_MAPPING_SCHEMA),
    Member::new("MetricsConfig", &EVENT_SOURCE_MAPPING_METRICS_CONFIG_SCHEMA),
    Member::new("ParallelizationFactor", &PARALLELIZATION_FACTOR_SCHEMA),
    Member::new("ProvisionedPollerConfig", &PROVISIONED_POLLER_CONFIG_SCHEMA),
    Member::new("Queues", &QUEUES_SCHEMA),
    Member::new("ScalingConfig", &SCALING_CONFIG_SCHEMA),
    Member::new("SelfManagedEventSource", &SELF_MANAGED_EVENT_SOURCE_SCHEMA),
    Member::new(
        "SelfManagedKafkaEventSourceConfig",
        &SELF_MANAGED_KAFKA_EVENT_SOURCE_CONFIG_SCHEMA,
    ),
    Member::new("SourceAccessConfigurations", &SOURCE_ACCESS_CONFIGURATIONS_SCHEMA),
    Member::new("StartingPosition", &EVENT_SOURCE_POSITION_SCHEMA),
    Member::new("StartingPositionTimestamp", &schema::TIMESTAMP),
    Member::new("Tags", &TAGS_SCHEMA),
    Member::new("Topics", &TOPICS_SCHEMA),
    Member::new("TumblingWindowInSeconds", &TUMBLING_WINDOW_IN_SECONDS_SCHEMA),
];
static CREATE_EVENT_SOURCE_MAPPING_REQUEST_SCHEMA: Schema = Schema::new(
    "CreateEventSourceMappingRequest",
    Kind::Structure(&CREATE_EVENT_SOURCE_MAPPING_REQUEST_SCHEMA_MEMBERS),
);

static CREATE_FUNCTION_REQUEST_SCHEMA_MEMBERS: [Member; 28] = [
    Member::new("Architectures", &ARCHITECTURES_LIST_SCHEMA),
    Member::new("CapacityProviderConfig", &CAPACITY_PROVIDER_CONFIG_SCHEMA),
    Member::new("Code", &FUNCTION_CODE_SCHEMA).required(),
    Member::new("CodeSigningConfigArn", &CODE_SIGNING_CONFIG_ARN_SCHEMA),
    Member::new("DeadLetterConfig", &DEAD_LETTER_CONFIG_SCHEMA),
    Member::new("Description", &DESCRIPTION_SCHEMA),
    Member::new("DurableConfig", &DURABLE_CONFIG_SCHEMA),
    Member::new("Environment", &ENVIRONMENT_SCHEMA),
    Member::new("EphemeralStorage", &EPHEMERAL_STORAGE_SCHEMA),
    Member::new("FileSystemConfigs", &FILE_SYSTEM_CONFIG_LIST_SCHEMA),
    Member::new("FunctionName", &FUNCTION_NAME_SCHEMA).required(),
    Member::new("Handler", &HANDLER_SCHEMA),
    Member::new("ImageConfig", &IMAGE_CONFIG_SCHEMA),
    Member::new("KMSKeyArn", &KMS_KEY_ARN_SCHEMA),
    Member::new("Layers", &LAYER_LIST_SCHEMA),
    Member::new("LoggingConfig", &LOGGING_CONFIG_SCHEMA),
    Member::new("MemorySize", &MEMORY_SIZE_SCHEMA),
    Member::new("PackageType", &PACKAGE_TYPE_SCHEMA),
    Member::new("Publish", &schema::BOOLEAN),
    Member::new("PublishTo", &FUNCTION_VERSION_LATEST_PUBLISHED_SCHEMA),
    Member::new("Role", &ROLE_ARN_SCHEMA).required(),
    Member::new("Runtime", &schema::STRING),
    Member::new("SnapStart", &SNAP_START_SCHEMA),
    Member::new("Tags", &TAGS_SCHEMA),
    Member::new("TenancyConfig", &TENANCY_CONFIG_SCHEMA),
    Member::new("Timeout", &TIMEOUT_SCHEMA),
    Member::new("TracingConfig", &TRACING_CONFIG_SCHEMA),
    Member::new("VpcConfig", &VPC_CONFIG_SCHEMA),
];
static CREATE_FUNCTION_REQUEST_SCHEMA: Schema =
    Schema::new("CreateFunctionRequest", Kind::Structure(&CREATE_FUNCTION_REQUEST_SCHEMA_MEMBERS));

static DATABASE_NAME_SCHEMA_PATTERN: Pattern = Pattern::new(r#"[^ /\.$\x22]*"#);
static DATABASE_NAME_SCHEMA: Schema = Schema::new("DatabaseName", Kind::String)
    .min(1.0)
    .max(63.0)
    .pattern(&DATABASE_NAME_SCHEMA_PATTERN);

static DEAD_LETTER_CONFIG_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("TargetArn", &RESOURCE_ARN_SCHEMA)];
static DEAD_LETTER_CONFIG_SCHEMA: Schema =
    Schema::new("DeadLetterConfig", Kind::Structure(&DEAD_LETTER_CONFIG_SCHEMA_MEMBERS));

static DELETE_EVENT_SOURCE_MAPPING_REQUEST_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("UUID", &schema::STRING).required().at(Location::Uri)];
static DELETE_EVENT_SOURCE_MAPPING_REQUEST_SCHEMA: Schema = Schema::new(
    "DeleteEventSourceMappingRequest",
    Kind::Structure(&DELETE_EVENT_SOURCE_MAPPING_REQUEST_SCHEMA_MEMBERS),
);

static DELETE_FUNCTION_CONCURRENCY_REQUEST_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("FunctionName", &FUNCTION_NAME_SCHEMA).required().at(Location::Uri)];
static DELETE_FUNCTION_CONCURRENCY_REQUEST_SCHEMA: Schema = Schema::new(
    "DeleteFunctionConcurrencyRequest",
    Kind::Structure(&DELETE_FUNCTION_CONCURRENCY_REQUEST_SCHEMA_MEMBERS),
);

static DELETE_FUNCTION_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("FunctionName", &NAMESPACED_FUNCTION_NAME_SCHEMA).required().at(Location::Uri),
    Member::new("Qualifier", &NUMERIC_LATEST_PUBLISHED_OR_ALIAS_QUALIFIER_SCHEMA)
        .at(Location::QueryString),
];
static DELETE_FUNCTION_REQUEST_SCHEMA: Schema =
    Schema::new("DeleteFunctionRequest", Kind::Structure(&DELETE_FUNCTION_REQUEST_SCHEMA_MEMBERS));

static DELETE_FUNCTION_RESPONSE_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("StatusCode", &schema::INTEGER).at(Location::Status)];
static DELETE_FUNCTION_RESPONSE_SCHEMA: Schema = Schema::new(
    "DeleteFunctionResponse",
    Kind::Structure(&DELETE_FUNCTION_RESPONSE_SCHEMA_MEMBERS),
);

static DESCRIPTION_SCHEMA: Schema = Schema::new("Description", Kind::String).min(0.0).max(256.0);

static DESTINATION_ARN_SCHEMA_PATTERN: Pattern = Pattern::new(
    r#"$|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)"#,
);
static DESTINATION_ARN_SCHEMA: Schema = Schema::new("DestinationArn", Kind::String)
    .min(0.0)
    .max(350.0)
    .pattern(&DESTINATION_ARN_SCHEMA_PATTERN);

static DESTINATION_CONFIG_SCHEMA_MEMBERS: [Member; 2] =
    [Member::new("OnFailure", &ON_FAILURE_SCHEMA), Member::new("OnSuccess", &ON_SUCCESS_SCHEMA)];
static DESTINATION_CONFIG_SCHEMA: Schema =
    Schema::new("DestinationConfig", Kind::Structure(&DESTINATION_CONFIG_SCHEMA_MEMBERS));

static DOCUMENT_DB_EVENT_SOURCE_CONFIG_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("CollectionName", &COLLECTION_NAME_SCHEMA),
    Member::new("DatabaseName", &DATABASE_NAME_SCHEMA),
    Member::new("FullDocument", &FULL_DOCUMENT_SCHEMA),
];
static DOCUMENT_DB_EVENT_SOURCE_CONFIG_SCHEMA: Schema = Schema::new(
    "DocumentDBEventSourceConfig",
    Kind::Structure(&DOCUMENT_DB_EVENT_SOURCE_CONFIG_SCHEMA_MEMBERS),
);

static DURABLE_CONFIG_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("ExecutionTimeout", &EXECUTION_TIMEOUT_SCHEMA),
    Member::new("RetentionPeriodInDays", &RETENTION_PERIOD_IN_DAYS_SCHEMA),
];
static DURABLE_CONFIG_SCHEMA: Schema =
    Schema::new("DurableConfig", Kind::Structure(&DURABLE_CONFIG_SCHEMA_MEMBERS));

static DURABLE_EXECUTION_ARN_SCHEMA_PATTERN: Pattern = Pattern::new(
    r#"arn:([a-zA-Z0-9-]+):lambda:([a-zA-Z0-9-]+):(\d{12}):function:([a-zA-Z0-9_-]+):(\$LATEST(?:\.PUBLISHED)?|[0-9]+)/durable-execution/([a-zA-Z0-9_-]+)/([a-zA-Z0-9_-]+)"#,
);
static DURABLE_EXECUTION_ARN_SCHEMA: Schema = Schema::new("DurableExecutionArn", Kind::String)
    .min(1.0)
    .max(1024.0)
    .pattern(&DURABLE_EXECUTION_ARN_SCHEMA_PATTERN);

static DURABLE_EXECUTION_NAME_SCHEMA_PATTERN: Pattern = Pattern::new(r#"[a-zA-Z0-9-_]+"#);
static DURABLE_EXECUTION_NAME_SCHEMA: Schema = Schema::new("DurableExecutionName", Kind::String)
    .min(1.0)
    .max(64.0)
    .pattern(&DURABLE_EXECUTION_NAME_SCHEMA_PATTERN);

static END_POINT_TYPE_SCHEMA: Schema =
    Schema::new("EndPointType", Kind::String).values(&["KAFKA_BOOTSTRAP_SERVERS"]);

static ENDPOINT_SCHEMA_PATTERN: Pattern = Pattern::new(
    r#"(([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9\-]*[a-zA-Z0-9])\.)*([A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9\-]*[A-Za-z0-9]):[0-9]{1,5}"#,
);
static ENDPOINT_SCHEMA: Schema =
    Schema::new("Endpoint", Kind::String).min(1.0).max(300.0).pattern(&ENDPOINT_SCHEMA_PATTERN);

static ENDPOINT_LISTS_SCHEMA: Schema =
    Schema::new("EndpointLists", Kind::List { member: &ENDPOINT_SCHEMA, element: "member" })
        .min(1.0)
        .max(10.0);

static ENDPOINTS_SCHEMA: Schema = Schema::new(
    "Endpoints",
    Kind::Map {
        key: &END_POINT_TYPE_SCHEMA,
        value: &ENDPOINT_LISTS_SCHEMA,
        key_name: "key",
        value_name: "value",
    },
)
.min(1.0)
.max(2.0);

static ENVIRONMENT_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("Variables", &ENVIRONMENT_VARIABLES_SCHEMA)];
static ENVIRONMENT_SCHEMA: Schema =
    Schema::new("Environment", Kind::Structure(&ENVIRONMENT_SCHEMA_MEMBERS));

static ENVIRONMENT_ERROR_SCHEMA_MEMBERS: [Member; 2] =
    [Member::new("ErrorCode", &schema::STRING), Member::new("Message", &SENSITIVE_STRING_SCHEMA)];
static ENVIRONMENT_ERROR_SCHEMA: Schema =
    Schema::new("EnvironmentError", Kind::Structure(&ENVIRONMENT_ERROR_SCHEMA_MEMBERS));

static ENVIRONMENT_RESPONSE_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("Error", &ENVIRONMENT_ERROR_SCHEMA),
    Member::new("Variables", &ENVIRONMENT_VARIABLES_SCHEMA),
];
static ENVIRONMENT_RESPONSE_SCHEMA: Schema =
    Schema::new("EnvironmentResponse", Kind::Structure(&ENVIRONMENT_RESPONSE_SCHEMA_MEMBERS));

static ENVIRONMENT_VARIABLE_NAME_SCHEMA_PATTERN: Pattern =
    Pattern::new(r#"[a-zA-Z]([a-zA-Z0-9_])+"#);
static ENVIRONMENT_VARIABLE_NAME_SCHEMA: Schema =
    Schema::new("EnvironmentVariableName", Kind::String)
        .pattern(&ENVIRONMENT_VARIABLE_NAME_SCHEMA_PATTERN)
        .sensitive();

static ENVIRONMENT_VARIABLE_VALUE_SCHEMA: Schema =
    Schema::new("EnvironmentVariableValue", Kind::String).sensitive();

static ENVIRONMENT_VARIABLES_SCHEMA: Schema = Schema::new(
    "EnvironmentVariables",
    Kind::Map {
        key: &ENVIRONMENT_VARIABLE_NAME_SCHEMA,
        value: &ENVIRONMENT_VARIABLE_VALUE_SCHEMA,
        key_name: "key",
        value_name: "value",
    },
)
.sensitive();

static EPHEMERAL_STORAGE_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("Size", &EPHEMERAL_STORAGE_SIZE_SCHEMA).required()];
static EPHEMERAL_STORAGE_SCHEMA: Schema =
    Schema::new("EphemeralStorage", Kind::Structure(&EPHEMERAL_STORAGE_SCHEMA_MEMBERS));

static EPHEMERAL_STORAGE_SIZE_SCHEMA: Schema =
    Schema::new("EphemeralStorageSize", Kind::Integer).min(512.0).max(10240.0);

static EVENT_SOURCE_MAPPING_ARN_SCHEMA_PATTERN: Pattern = Pattern::new(
    r#"arn:(aws[a-zA-Z-]*)?:lambda:[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"#,
);
static EVENT_SOURCE_MAPPING_ARN_SCHEMA: Schema = Schema::new("EventSourceMappingArn", Kind::String)
    .min(85.0)
    .max(120.0)
    .pattern(&EVENT_SOURCE_MAPPING_ARN_SCHEMA_PATTERN);

static EVENT_SOURCE_MAPPING_CONFIGURATION_SCHEMA_MEMBERS: [Member; 33] = [
    Member::new(
        "AmazonManagedKafkaEventSourceConfig",
        &AMAZON_MANAGED_KAFKA_EVENT_SOURCE_CONFIG_SCHEMA,
    ),
    Member::new("BatchSize", &BATCH_SIZE_SCHEMA),
    Member::new("BisectBatchOnFunctionError", &schema::BOOLEAN),
    Member::new("DestinationConfig", &DESTINATION_CONFIG_SCHEMA),
    Member::new("DocumentDBEventSourceConfig", &DOCUMENT_DB_EVENT_SOURCE_CONFIG_SCHEMA),
    Member::new("EventSourceArn", &ARN_SCHEMA),
    Member::new("EventSourceMappingArn", &EVENT_SOURCE_MAPPING_ARN_SCHEMA),
    Member::new("FilterCriteria", &FILTER_CRITERIA_SCHEMA),
    Member::new("FilterCriteriaError", &FILTER_CRITERIA_ERROR_SCHEMA),
    Member::new("FunctionArn", &FUNCTION_ARN_SCHEMA),
    Member::new("FunctionResponseTypes", &FUNCTION_RESPONSE_TYPE_LIST_SCHEMA),
    Member::new("KMSKeyArn", &KMS_KEY_ARN_SCHEMA),
    Member::new("LastModified", &schema::TIMESTAMP),
    Member::new("LastProcessingResult", &schema::STRING),
    Member::new("LoggingConfig", &EVENT_SOURCE_MAPPING_LOGGING_CONFIG_SCHEMA),
    Member::new("MaximumBatchingWindowInSeconds", &MAXIMUM_BATCHING_WINDOW_IN_SECONDS_SCHEMA),
    Member::new("MaximumRecordAgeInSeconds", &MAXIMUM_RECORD_AGE_IN_SECONDS_SCHEMA),
    Member::new("MaximumRetryAttempts", &MAXIMUM_RETRY_ATTEMPTS_EVENT_SOURCE_MAPPING_SCHEMA),
    Member::new("MetricsConfig", &EVENT_SOURCE_MAPPING_METRICS_CONFIG_SCHEMA),
    Member::new("ParallelizationFactor", &PARALLELIZATION_FACTOR_SCHEMA),
    Member::new("ProvisionedPollerConfig", &PROVISIONED_POLLER_CONFIG_SCHEMA),
    Member::new("Queues", &QUEUES_SCHEMA),
    Member::new("ScalingConfig", &SCALING_CONFIG_SCHEMA),
    Member::new("SelfManagedEventSource", &SELF_MANAGED_EVENT_SOURCE_SCHEMA),
    Member::new(
        "SelfManagedKafkaEventSourceConfig",
        &SELF_MANAGED_KAFKA_EVENT_SOURCE_CONFIG_SCHEMA,
    ),
    Member::new("SourceAccessConfigurations", &SOURCE_ACCESS_CONFIGURATIONS_SCHEMA),
    Member::new("StartingPosition", &EVENT_SOURCE_POSITION_SCHEMA),
    Member::new("StartingPositionTimestamp", &schema::TIMESTAMP),
    Member::new("State", &schema::STRING),
    Member::new("StateTransitionReason", &schema::STRING),
    Member::new("Topics", &TOPICS_SCHEMA),
    Member::new("TumblingWindowInSeconds", &TUMBLING_WINDOW_IN_SECONDS_SCHEMA),
    Member::new("UUID", &schema::STRING),
];
static EVENT_SOURCE_MAPPING_CONFIGURATION_SCHEMA: Schema = Schema::new(
    "EventSourceMappingConfiguration",
    Kind::Structure(&EVENT_SOURCE_MAPPING_CONFIGURATION_SCHEMA_MEMBERS),
);

static EVENT_SOURCE_MAPPING_LOGGING_CONFIG_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("SystemLogLevel", &EVENT_SOURCE_MAPPING_SYSTEM_LOG_LEVEL_SCHEMA)];
static EVENT_SOURCE_MAPPING_LOGGING_CONFIG_SCHEMA: Schema = Schema::new(
    "EventSourceMappingLoggingConfig",
    Kind::Structure(&EVENT_SOURCE_MAPPING_LOGGING_CONFIG_SCHEMA_MEMBERS),
);

static EVENT_SOURCE_MAPPING_METRIC_SCHEMA: Schema =
    Schema::new("EventSourceMappingMetric", Kind::String).values(&[
        "EventCount",
        "ErrorCount",
        "KafkaMetrics",
    ]);

static EVENT_SOURCE_MAPPING_METRIC_LIST_SCHEMA: Schema = Schema::new(
    "EventSourceMappingMetricList",
    Kind::List { member: &EVENT_SOURCE_MAPPING_METRIC_SCHEMA, element: "member" },
)
.min(0.0)
.max(3.0);

static EVENT_SOURCE_MAPPING_METRICS_CONFIG_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("Metrics", &EVENT_SOURCE_MAPPING_METRIC_LIST_SCHEMA)];
static EVENT_SOURCE_MAPPING_METRICS_CONFIG_SCHEMA: Schema = Schema::new(
    "EventSourceMappingMetricsConfig",
    Kind::Structure(&EVENT_SOURCE_MAPPING_METRICS_CONFIG_SCHEMA_MEMBERS),
);

static EVENT_SOURCE_MAPPING_SYSTEM_LOG_LEVEL_SCHEMA: Schema =
    Schema::new("EventSourceMappingSystemLogLevel", Kind::String)
        .values(&["DEBUG", "INFO", "WARN"]);

static EVENT_SOURCE_MAPPINGS_LIST_SCHEMA: Schema = Schema::new(
    "EventSourceMappingsList",
    Kind::List { member: &EVENT_SOURCE_MAPPING_CONFIGURATION_SCHEMA, element: "member" },
);

static EVENT_SOURCE_POSITION_SCHEMA: Schema = Schema::new("EventSourcePosition", Kind::String)
    .values(&["TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"]);

static EVENT_SOURCE_TOKEN_SCHEMA_PATTERN: Pattern = Pattern::new(r#"[a-zA-Z0-9._\-]+"#);
static EVENT_SOURCE_TOKEN_SCHEMA: Schema = Schema::new("EventSourceToken", Kind::String)
    .min(0.0)
    .max(256.0)
    .pattern(&EVENT_SOURCE_TOKEN_SCHEMA_PATTERN);

static EXECUTION_ENVIRONMENT_MEMORY_GI_B_PER_V_CPU_SCHEMA: Schema =
    Schema::new("ExecutionEnvironmentMemoryGiBPerVCpu", Kind::Double).min(2.0).max(8.0);

static EXECUTION_TIMEOUT_SCHEMA: Schema =
    Schema::new("ExecutionTimeout", Kind::Integer).min(1.0).max(31622400.0);

static FILE_SYSTEM_ARN_SCHEMA_PATTERN: Pattern = Pattern::new(
    r#"arn:aws[a-zA-Z-]*:elasticfilesystem:[a-z]{2}((-gov)|(-iso(b?)))?-[a-z]+-\d{1}:\d{12}:access-point/fsap-[a-f0-9]{17}$|^arn:aws[-a-z]*:s3files:[0-9a-z-:]+:file-system/fs-[0-9a-f]{17,40}/access-point/fsap-[0-9a-f]{17,40}"#,
);
static FILE_SYSTEM_ARN_SCHEMA: Schema = Schema::new("FileSystemArn", Kind::String)
    .min(0.0)
    .max(256.0)
    .pattern(&FILE_SYSTEM_ARN_SCHEMA_PATTERN);

static FILE_SYSTEM_CONFIG_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("Arn", &FILE_SYSTEM_ARN_SCHEMA).required(),
    Member::new("LocalMountPath", &LOCAL_MOUNT_PATH_SCHEMA).required(),
];
static FILE_SYSTEM_CONFIG_SCHEMA: Schema =
    Schema::new("FileSystemConfig", Kind::Structure(&FILE_SYSTEM_CONFIG_SCHEMA_MEMBERS));

static FILE_SYSTEM_CONFIG_LIST_SCHEMA: Schema = Schema::new(
    "FileSystemConfigList",
    Kind::List { member: &FILE_SYSTEM_CONFIG_SCHEMA, element: "member" },
)
.min(0.0)
.max(1.0);

static FILTER_SCHEMA_MEMBERS: [Member; 1] = [Member::new("Pattern", &PATTERN_SCHEMA)];
static FILTER_SCHEMA: Schema = Schema::new("Filter", Kind::Structure(&FILTER_SCHEMA_MEMBERS));

static FILTER_CRITERIA_SCHEMA_MEMBERS: [Member; 1] = [Member::new("Filters", &FILTER_LIST_SCHEMA)];
static FILTER_CRITERIA_SCHEMA: Schema =
    Schema::new("FilterCriteria", Kind::Structure(&FILTER_CRITERIA_SCHEMA_MEMBERS));

static FILTER_CRITERIA_ERROR_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("ErrorCode", &FILTER_CRITERIA_ERROR_CODE_SCHEMA),
    Member::new("Message", &FILTER_CRITERIA_ERROR_MESSAGE_SCHEMA),
];
static FILTER_CRITERIA_ERROR_SCHEMA: Schema =
    Schema::new("FilterCriteriaError", Kind::Structure(&FILTER_CRITERIA_ERROR_SCHEMA_MEMBERS));

static FILTER_CRITERIA_ERROR_CODE_SCHEMA_PATTERN: Pattern = Pattern::new(r#"[A-Za-z]+Exception"#);
static FILTER_CRITERIA_ERROR_CODE_SCHEMA: Schema =
    Schema::new("FilterCriteriaErrorCode", Kind::String)
        .min(10.0)
        .max(50.0)
        .pattern(&FILTER_CRITERIA_ERROR_CODE_SCHEMA_PATTERN);

static FILTER_CRITERIA_ERROR_MESSAGE_SCHEMA_PATTERN: Pattern = Pattern::new(r#".*"#);
static FILTER_CRITERIA_ERROR_MESSAGE_SCHEMA: Schema =
    Schema::new("FilterCriteriaErrorMessage", Kind::String)
        .min(10.0)
        .max(2048.0)
        .pattern(&FILTER_CRITERIA_ERROR_MESSAGE_SCHEMA_PATTERN);

static FILTER_LIST_SCHEMA: Schema =
    Schema::new("FilterList", Kind::List { member: &FILTER_SCHEMA, element: "member" });

static FULL_DOCUMENT_SCHEMA: Schema =
    Schema::new("FullDocument", Kind::String).values(&["UpdateLookup", "Default"]);

static FUNCTION_ARN_SCHEMA_PATTERN: Pattern = Pattern::new(
    r#"arn:(aws[a-zA-Z-]*)?:lambda:[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?"#,
);
static FUNCTION_ARN_SCHEMA: Schema = Schema::new("FunctionArn", Kind::String)
    .min(0.0)
    .max(10000.0)
    .pattern(&FUNCTION_ARN_SCHEMA_PATTERN);

static FUNCTION_CODE_SCHEMA_MEMBERS: [Member; 6] = [
    Member::new("ImageUri", &schema::STRING),
    Member::new("S3Bucket", &S3_BUCKET_SCHEMA),
    Member::new("S3Key", &S3_KEY_SCHEMA),
    Member::new("S3ObjectVersion", &S3_OBJECT_VERSION_SCHEMA),
    Member::new("SourceKMSKeyArn", &KMS_KEY_ARN_SCHEMA),
    Member::new("ZipFile", &BLOB_SCHEMA),
];
static FUNCTION_CODE_SCHEMA: Schema =
    Schema::new("FunctionCode", Kind::Structure(&FUNCTION_CODE_SCHEMA_MEMBERS));

static FUNCTION_CODE_LOCATION_SCHEMA_MEMBERS: [Member; 5] = [
    Member::new("ImageUri", &schema::STRING),
    Member::new("Location", &schema::STRING),
    Member::new("RepositoryType", &schema::STRING),
    Member::new("ResolvedImageUri", &schema::STRING),
    Member::new("SourceKMSKeyArn", &schema::STRING),
];
static FUNCTION_CODE_LOCATION_SCHEMA: Schema =
    Schema::new("FunctionCodeLocation", Kind::Structure(&FUNCTION_CODE_LOCATION_SCHEMA_MEMBERS));

static FUNCTION_CONFIGURATION_SCHEMA_MEMBERS: [Member; 40] = [
    Member::new("Architectures", &ARCHITECTURES_LIST_SCHEMA),
    Member::new("CapacityProviderConfig", &CAPACITY_PROVIDER_CONFIG_SCHEMA),
    Member::new("CodeSha256", &schema::STRING),
    Member::new("CodeSize", &schema::LONG),
    Member::new("ConfigSha256", &schema::STRING),
    Member::new("DeadLetterConfig", &DEAD_LETTER_CONFIG_SCHEMA),
    Member::new("Description", &DESCRIPTION_SCHEMA),
    Member::new("DurableConfig", &DURABLE_CONFIG_SCHEMA),
    Member::new("Environment", &ENVIRONMENT_RESPONSE_SCHEMA),
    Member::new("EphemeralStorage", &EPHEMERAL_STORAGE_SCHEMA),
    Member::new("FileSystemConfigs", &FILE_SYSTEM_CONFIG_LIST_SCHEMA),
    Member::new("FunctionArn", &NAME_SPACED_FUNCTION_ARN_SCHEMA),
    Member::new("FunctionName", &NAMESPACED_FUNCTION_NAME_SCHEMA),
    Member::new("Handler", &HANDLER_SCHEMA),
    Member::new("ImageConfigResponse", &IMAGE_CONFIG_RESPONSE_SCHEMA),
    Member::new("KMSKeyArn", &KMS_KEY_ARN_SCHEMA),
    Member::new("LastModified", &schema::STRING),
    Member::new("LastUpdateStatus", &LAST_UPDATE_STATUS_SCHEMA),
    Member::new("LastUpdateStatusReason", &schema::STRING),
    Member::new("LastUpdateStatusReasonCode", &LAST_UPDATE_STATUS_REASON_CODE_SCHEMA),
    Member::new("Layers", &LAYERS_REFERENCE_LIST_SCHEMA),
    Member::new("LoggingConfig", &LOGGING_CONFIG_SCHEMA),
    Member::new("MasterArn", &FUNCTION_ARN_SCHEMA),
    Member::new("MemorySize", &MEMORY_SIZE_SCHEMA),
    Member::new("PackageType", &PACKAGE_TYPE_SCHEMA),
    Member::new("RevisionId", &schema::STRING),
    Member::new("Role", &ROLE_ARN_SCHEMA),
    Member::new("Runtime", &schema::STRING),
    Member::new("RuntimeVersionConfig", &RUNTIME_VERSION_CONFIG_SCHEMA),
    Member::new("SigningJobArn", &ARN_SCHEMA),
    Member::new("SigningProfileVersionArn", &ARN_SCHEMA),
    Member::new("SnapStart", &SNAP_START_RESPONSE_SCHEMA),
    Member::new("State", &STATE_SCHEMA),
    Member::new("StateReason", &schema::STRING),
    Member::new("StateReasonCode", &STATE_REASON_CODE_SCHEMA),
    Member::new("TenancyConfig", &TENANCY_CONFIG_SCHEMA),
    Member::new("Timeout", &TIMEOUT_SCHEMA),
    Member::new("TracingConfig", &TRACING_CONFIG_RESPONSE_SCHEMA),
    Member::new("Version", &VERSION_SCHEMA),
    Member::new("VpcConfig", &VPC_CONFIG_RESPONSE_SCHEMA),
];
static FUNCTION_CONFIGURATION_SCHEMA: Schema =
    Schema::new("FunctionConfiguration", Kind::Structure(&FUNCTION_CONFIGURATION_SCHEMA_MEMBERS));

static FUNCTION_LIST_SCHEMA: Schema = Schema::new(
    "FunctionList",
    Kind::List { member: &FUNCTION_CONFIGURATION_SCHEMA, element: "member" },
);

static FUNCTION_NAME_SCHEMA_PATTERN: Pattern = Pattern::new(
    r#"(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?"#,
);
static FUNCTION_NAME_SCHEMA: Schema = Schema::new("FunctionName", Kind::String)
    .min(1.0)
    .max(140.0)
    .pattern(&FUNCTION_NAME_SCHEMA_PATTERN);

static FUNCTION_RESPONSE_TYPE_SCHEMA: Schema =
    Schema::new("FunctionResponseType", Kind::String).values(&["ReportBatchItemFailures"]);

static FUNCTION_RESPONSE_TYPE_LIST_SCHEMA: Schema = Schema::new(
    "FunctionResponseTypeList",
    Kind::List { member: &FUNCTION_RESPONSE_TYPE_SCHEMA, element: "member" },
)
.min(0.0)
.max(1.0);

static FUNCTION_URL_AUTH_TYPE_SCHEMA: Schema =
    Schema::new("FunctionUrlAuthType", Kind::String).values(&["NONE", "AWS_IAM"]);

static FUNCTION_VERSION_SCHEMA: Schema =
    Schema::new("FunctionVersion", Kind::String).values(&["ALL"]);

static FUNCTION_VERSION_LATEST_PUBLISHED_SCHEMA: Schema =
    Schema::new("FunctionVersionLatestPublished", Kind::String).values(&["LATEST_PUBLISHED"]);

static GET_EVENT_SOURCE_MAPPING_REQUEST_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("UUID", &schema::STRING).required().at(Location::Uri)];
static GET_EVENT_SOURCE_MAPPING_REQUEST_SCHEMA: Schema = Schema::new(
    "GetEventSourceMappingRequest",
    Kind::Structure(&GET_EVENT_SOURCE_MAPPING_REQUEST_SCHEMA_MEMBERS),
);

static GET_FUNCTION_CODE_SIGNING_CONFIG_REQUEST_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("FunctionName", &NAMESPACED_FUNCTION_NAME_SCHEMA).required().at(Location::Uri)];
static GET_FUNCTION_CODE_SIGNING_CONFIG_REQUEST_SCHEMA: Schema = Schema::new(
    "GetFunctionCodeSigningConfigRequest",
    Kind::Structure(&GET_FUNCTION_CODE_SIGNING_CONFIG_REQUEST_SCHEMA_MEMBERS),
);

static GET_FUNCTION_CODE_SIGNING_CONFIG_RESPONSE_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("CodeSigningConfigArn", &CODE_SIGNING_CONFIG_ARN_SCHEMA).required(),
    Member::new("FunctionName", &FUNCTION_NAME_SCHEMA).required(),
];
static GET_FUNCTION_CODE_SIGNING_CONFIG_RESPONSE_SCHEMA: Schema = Schema::new(
    "GetFunctionCodeSigningConfigResponse",
    Kind::Structure(&GET_FUNCTION_CODE_SIGNING_CONFIG_RESPONSE_SCHEMA_MEMBERS),
);

static GET_FUNCTION_CONCURRENCY_REQUEST_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("FunctionName", &FUNCTION_NAME_SCHEMA).required().at(Location::Uri)];
static GET_FUNCTION_CONCURRENCY_REQUEST_SCHEMA: Schema = Schema::new(
    "GetFunctionConcurrencyRequest",
    Kind::Structure(&GET_FUNCTION_CONCURRENCY_REQUEST_SCHEMA_MEMBERS),
);

static GET_FUNCTION_CONCURRENCY_RESPONSE_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("ReservedConcurrentExecutions", &RESERVED_CONCURRENT_EXECUTIONS_SCHEMA)];
static GET_FUNCTION_CONCURRENCY_RESPONSE_SCHEMA: Schema = Schema::new(
    "GetFunctionConcurrencyResponse",
    Kind::Structure(&GET_FUNCTION_CONCURRENCY_RESPONSE_SCHEMA_MEMBERS),
);

static GET_FUNCTION_CONFIGURATION_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("FunctionName", &NAMESPACED_FUNCTION_NAME_SCHEMA).required().at(Location::Uri),
    Member::new("Qualifier", &NUMERIC_LATEST_PUBLISHED_OR_ALIAS_QUALIFIER_SCHEMA)
        .at(Location::QueryString),
];
static GET_FUNCTION_CONFIGURATION_REQUEST_SCHEMA: Schema = Schema::new(
    "GetFunctionConfigurationRequest",
    Kind::Structure(&GET_FUNCTION_CONFIGURATION_REQUEST_SCHEMA_MEMBERS),
);

static GET_FUNCTION_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("FunctionName", &NAMESPACED_FUNCTION_NAME_SCHEMA).required().at(Location::Uri),
    Member::new("Qualifier", &NUMERIC_LATEST_PUBLISHED_OR_ALIAS_QUALIFIER_SCHEMA)
        .at(Location::QueryString),
];
static GET_FUNCTION_REQUEST_SCHEMA: Schema =
    Schema::new("GetFunctionRequest", Kind::Structure(&GET_FUNCTION_REQUEST_SCHEMA_MEMBERS));

static GET_FUNCTION_RESPONSE_SCHEMA_MEMBERS: [Member; 5] = [
    Member::new("Code", &FUNCTION_CODE_LOCATION_SCHEMA),
    Member::new("Concurrency", &CONCURRENCY_SCHEMA),
    Member::new("Configuration", &FUNCTION_CONFIGURATION_SCHEMA),
    Member::new("Tags", &TAGS_SCHEMA),
    Member::new("TagsError", &TAGS_ERROR_SCHEMA),
];
static GET_FUNCTION_RESPONSE_SCHEMA: Schema =
    Schema::new("GetFunctionResponse", Kind::Structure(&GET_FUNCTION_RESPONSE_SCHEMA_MEMBERS));

static GET_POLICY_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("FunctionName", &NAMESPACED_FUNCTION_NAME_SCHEMA).required().at(Location::Uri),
    Member::new("Qualifier", &NUMERIC_LATEST_PUBLISHED_OR_ALIAS_QUALIFIER_SCHEMA)
        .at(Location::QueryString),
];
static GET_POLICY_REQUEST_SCHEMA: Schema =
    Schema::new("GetPolicyRequest", Kind::Structure(&GET_POLICY_REQUEST_SCHEMA_MEMBERS));

static GET_POLICY_RESPONSE_SCHEMA_MEMBERS: [Member; 2] =
    [Member::new("Policy", &schema::STRING), Member::new("RevisionId", &schema::STRING)];
static GET_POLICY_RESPONSE_SCHEMA: Schema =
    Schema::new("GetPolicyResponse", Kind::Structure(&GET_POLICY_RESPONSE_SCHEMA_MEMBERS));

static HANDLER_SCHEMA_PATTERN: Pattern = Pattern::new(r#"[^\s]+"#);
static HANDLER_SCHEMA: Schema =
    Schema::new("Handler", Kind::String).min(0.0).max(128.0).pattern(&HANDLER_SCHEMA_PATTERN);

static IMAGE_CONFIG_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("Command", &STRING_LIST_SCHEMA),
    Member::new("EntryPoint", &STRING_LIST_SCHEMA),
    Member::new("WorkingDirectory", &WORKING_DIRECTORY_SCHEMA),
];
static IMAGE_CONFIG_SCHEMA: Schema =
    Schema::new("ImageConfig", Kind::Structure(&IMAGE_CONFIG_SCHEMA_MEMBERS));

static IMAGE_CONFIG_ERROR_SCHEMA_MEMBERS: [Member; 2] =
    [Member::new("ErrorCode", &schema::STRING), Member::new("Message", &SENSITIVE_STRING_SCHEMA)];
static IMAGE_CONFIG_ERROR_SCHEMA: Schema =
    Schema::new("ImageConfigError", Kind::Structure(&IMAGE_CONFIG_ERROR_SCHEMA_MEMBERS));

static IMAGE_CONFIG_RESPONSE_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("Error", &IMAGE_CONFIG_ERROR_SCHEMA),
    Member::new("ImageConfig", &IMAGE_CONFIG_SCHEMA),
];
static IMAGE_CONFIG_RESPONSE_SCHEMA: Schema =
    Schema::new("ImageConfigResponse", Kind::Structure(&IMAGE_CONFIG_RESPONSE_SCHEMA_MEMBERS));

static INVOCATION_REQUEST_SCHEMA_MEMBERS: [Member; 8] = [
    Member::new("ClientContext", &schema::STRING).wire("X-Amz-Client-Context").at(Location::Header),
    Member::new("DurableExecutionName", &DURABLE_EXECUTION_NAME_SCHEMA)
        .wire("X-Amz-Durable-Execution-Name")
        .at(Location::Header),
    Member::new("FunctionName", &NAMESPACED_FUNCTION_NAME_SCHEMA).required().at(Location::Uri),
    Member::new("InvocationType", &INVOCATION_TYPE_SCHEMA)
        .wire("X-Amz-Invocation-Type")
        .at(Location::Header),
    Member::new("LogType", &LOG_TYPE_SCHEMA).wire("X-Amz-Log-Type").at(Location::Header),
    Member::new("Payload", &BLOB_SCHEMA).at(Location::Payload),
    Member::new("Qualifier", &NUMERIC_LATEST_PUBLISHED_OR_ALIAS_QUALIFIER_SCHEMA)
        .at(Location::QueryString),
    Member::new("TenantId", &TENANT_ID_SCHEMA).wire("X-Amz-Tenant-Id").at(Location::Header),
];
static INVOCATION_REQUEST_SCHEMA: Schema =
    Schema::new("InvocationRequest", Kind::Structure(&INVOCATION_REQUEST_SCHEMA_MEMBERS));

static INVOCATION_RESPONSE_SCHEMA_MEMBERS: [Member; 6] = [
    Member::new("DurableExecutionArn", &DURABLE_EXECUTION_ARN_SCHEMA)
        .wire("X-Amz-Durable-Execution-Arn")
        .at(Location::Header),
    Member::new("ExecutedVersion", &VERSION_SCHEMA)
        .wire("X-Amz-Executed-Version")
        .at(Location::Header),
    Member::new("FunctionError", &schema::STRING).wire("X-Amz-Function-Error").at(Location::Header),
    Member::new("LogResult", &schema::STRING).wire("X-Amz-Log-Result").at(Location::Header),
    Member::new("Payload", &BLOB_SCHEMA).at(Location::Payload),
    Member::new("StatusCode", &schema::INTEGER).at(Location::Status),
];
static INVOCATION_RESPONSE_SCHEMA: Schema =
    Schema::new("InvocationResponse", Kind::Structure(&INVOCATION_RESPONSE_SCHEMA_MEMBERS));

static INVOCATION_TYPE_SCHEMA: Schema =
    Schema::new("InvocationType", Kind::String).values(&["Event", "RequestResponse", "DryRun"]);

static KMS_KEY_ARN_SCHEMA_PATTERN: Pattern =
    Pattern::new(r#"(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()"#);
static KMS_KEY_ARN_SCHEMA: Schema =
    Schema::new("KMSKeyArn", Kind::String).pattern(&KMS_KEY_ARN_SCHEMA_PATTERN);

static KAFKA_SCHEMA_REGISTRY_ACCESS_CONFIG_SCHEMA_MEMBERS: [Member; 2] =
    [Member::new("Type", &KAFKA_SCHEMA_REGISTRY_AUTH_TYPE_SCHEMA), Member::new("URI", &ARN_SCHEMA)];
static KAFKA_SCHEMA_REGISTRY_ACCESS_CONFIG_SCHEMA: Schema = Schema::new(
    "KafkaSchemaRegistryAccessConfig",
    Kind::Structure(&KAFKA_SCHEMA_REGISTRY_ACCESS_CONFIG_SCHEMA_MEMBERS),
);

static KAFKA_SCHEMA_REGISTRY_ACCESS_CONFIG_LIST_SCHEMA: Schema = Schema::new(
    "KafkaSchemaRegistryAccessConfigList",
    Kind::List { member: &KAFKA_SCHEMA_REGISTRY_ACCESS_CONFIG_SCHEMA, element: "member" },
);

static KAFKA_SCHEMA_REGISTRY_AUTH_TYPE_SCHEMA: Schema =
    Schema::new("KafkaSchemaRegistryAuthType", Kind::String).values(&[
        "BASIC_AUTH",
        "CLIENT_CERTIFICATE_TLS_AUTH",
        "SERVER_ROOT_CA_CERTIFICATE",
    ]);

static KAFKA_SCHEMA_REGISTRY_CONFIG_SCHEMA_MEMBERS: [Member; 4] = [
    Member::new("AccessConfigs", &KAFKA_SCHEMA_REGISTRY_ACCESS_CONFIG_LIST_SCHEMA),
    Member::new("EventRecordFormat", &SCHEMA_REGISTRY_EVENT_RECORD_FORMAT_SCHEMA),
    Member::new("SchemaRegistryURI", &SCHEMA_REGISTRY_URI_SCHEMA),
    Member::new("SchemaValidationConfigs", &KAFKA_SCHEMA_VALIDATION_CONFIG_LIST_SCHEMA),
];
static KAFKA_SCHEMA_REGISTRY_CONFIG_SCHEMA: Schema = Schema::new(
    "KafkaSchemaRegistryConfig",
    Kind::Structure(&KAFKA_SCHEMA_REGISTRY_CONFIG_SCHEMA_MEMBERS),
);

static KAFKA_SCHEMA_VALIDATION_ATTRIBUTE_SCHEMA: Schema =
    Schema::new("KafkaSchemaValidationAttribute", Kind::String).values(&["KEY", "VALUE"]);

static KAFKA_SCHEMA_VALIDATION_CONFIG_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("Attribute", &KAFKA_SCHEMA_VALIDATION_ATTRIBUTE_SCHEMA)];
static KAFKA_SCHEMA_VALIDATION_CONFIG_SCHEMA: Schema = Schema::new(
    "KafkaSchemaValidationConfig",
    Kind::Structure(&KAFKA_SCHEMA_VALIDATION_CONFIG_SCHEMA_MEMBERS),
);

static KAFKA_SCHEMA_VALIDATION_CONFIG_LIST_SCHEMA: Schema = Schema::new(
    "KafkaSchemaValidationConfigList",
    Kind::List { member: &KAFKA_SCHEMA_VALIDATION_CONFIG_SCHEMA, element: "member" },
);

static LAMBDA_MANAGED_INSTANCES_CAPACITY_PROVIDER_CONFIG_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("CapacityProviderArn", &CAPACITY_PROVIDER_ARN_SCHEMA).required(),
    Member::new(
        "ExecutionEnvironmentMemoryGiBPerVCpu",
        &EXECUTION_ENVIRONMENT_MEMORY_GI_B_PER_V_CPU_SCHEMA,
    ),
    Member::new(
        "PerExecutionEnvironmentMaxConcurrency",
        &PER_EXECUTION_ENVIRONMENT_MAX_CONCURRENCY_SCHEMA,
    ),
];
static LAMBDA_MANAGED_INSTANCES_CAPACITY_PROVIDER_CONFIG_SCHEMA: Schema = Schema::new(
    "LambdaManagedInstancesCapacityProviderConfig",
    Kind::Structure(&LAMBDA_MANAGED_INSTANCES_CAPACITY_PROVIDER_CONFIG_SCHEMA_MEMBERS),
);

static LAST_UPDATE_STATUS_SCHEMA: Schema =
    Schema::new("LastUpdateStatus", Kind::String).values(&["Successful", "Failed", "InProgress"]);

static LAST_UPDATE_STATUS_REASON_CODE_SCHEMA: Schema =
    Schema::new("LastUpdateStatusReasonCode", Kind::String).values(&[
        "EniLimitExceeded",
        "InsufficientRolePermissions",
        "InvalidConfiguration",
        "InternalError",
        "SubnetOutOfIPAddresses",
        "InvalidSubnet",
        "InvalidSecurityGroup",
        "ImageDeleted",
        "ImageAccessDenied",
        "InvalidImage",
        "KMSKeyAccessDenied",
        "KMSKeyNotFound",
        "InvalidStateKMSKey",
        "DisabledKMSKey",
        "EFSIOError",
        "EFSMountConnectivityError",
        "EFSMountFailure",
        "EFSMountTimeout",
        "InvalidRuntime",
        "InvalidZipFileException",
        "FunctionError",
        "VcpuLimitExceeded",
        "CapacityProviderScalingLimitExceeded",
        "InsufficientCapacity",
        "EC2RequestLimitExceeded",
        "FunctionError.InitTimeout",
        "FunctionError.RuntimeInitError",
        "FunctionError.ExtensionInitError",
        "FunctionError.InvalidEntryPoint",
        "FunctionError.InvalidWorkingDirectory",
        "FunctionError.PermissionDenied",
        "FunctionError.TooManyExtensions",
        "FunctionError.InitResourceExhausted",
        "DisallowedByVpcEncryptionControl",
    ]);

static LAYER_SCHEMA_MEMBERS: [Member; 4] = [
    Member::new("Arn", &LAYER_VERSION_ARN_SCHEMA),
    Member::new("CodeSize", &schema::LONG),
    Member::new("SigningJobArn", &ARN_SCHEMA),
    Member::new("SigningProfileVersionArn", &ARN_SCHEMA),
];
static LAYER_SCHEMA: Schema = Schema::new("Layer", Kind::Structure(&LAYER_SCHEMA_MEMBERS));

static LAYER_LIST_SCHEMA: Schema =
    Schema::new("LayerList", Kind::List { member: &LAYER_VERSION_ARN_SCHEMA, element: "member" });

static LAYER_VERSION_ARN_SCHEMA_PATTERN: Pattern =
    Pattern::new(r#"arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+"#);
static LAYER_VERSION_ARN_SCHEMA: Schema = Schema::new("LayerVersionArn", Kind::String)
    .min(1.0)
    .max(140.0)
    .pattern(&LAYER_VERSION_ARN_SCHEMA_PATTERN);

static LAYERS_REFERENCE_LIST_SCHEMA: Schema =
    Schema::new("LayersReferenceList", Kind::List { member: &LAYER_SCHEMA, element: "member" });

static LIST_EVENT_SOURCE_MAPPINGS_REQUEST_SCHEMA_MEMBERS: [Member; 4] = [
    Member::new("EventSourceArn", &ARN_SCHEMA).at(Location::QueryString),
    Member::new("FunctionName", &NAMESPACED_FUNCTION_NAME_SCHEMA).at(Location::QueryString),
    Member::new("Marker", &schema::STRING).at(Location::QueryString),
    Member::new("MaxItems", &MAX_LIST_ITEMS_SCHEMA).at(Location::QueryString),
];
static LIST_EVENT_SOURCE_MAPPINGS_REQUEST_SCHEMA: Schema = Schema::new(
    "ListEventSourceMappingsRequest",
    Kind::Structure(&LIST_EVENT_SOURCE_MAPPINGS_REQUEST_SCHEMA_MEMBERS),
);

static LIST_EVENT_SOURCE_MAPPINGS_RESPONSE_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("EventSourceMappings", &EVENT_SOURCE_MAPPINGS_LIST_SCHEMA),
    Member::new("NextMarker", &schema::STRING),
];
static LIST_EVENT_SOURCE_MAPPINGS_RESPONSE_SCHEMA: Schema = Schema::new(
    "ListEventSourceMappingsResponse",
    Kind::Structure(&LIST_EVENT_SOURCE_MAPPINGS_RESPONSE_SCHEMA_MEMBERS),
);

static LIST_FUNCTIONS_REQUEST_SCHEMA_MEMBERS: [Member; 4] = [
    Member::new("FunctionVersion", &FUNCTION_VERSION_SCHEMA).at(Location::QueryString),
    Member::new("Marker", &schema::STRING).at(Location::QueryString),
    Member::new("MasterRegion", &MASTER_REGION_SCHEMA).at(Location::QueryString),
    Member::new("MaxItems", &MAX_LIST_ITEMS_SCHEMA).at(Location::QueryString),
];
static LIST_FUNCTIONS_REQUEST_SCHEMA: Schema =
    Schema::new("ListFunctionsRequest", Kind::Structure(&LIST_FUNCTIONS_REQUEST_SCHEMA_MEMBERS));

static LIST_FUNCTIONS_RESPONSE_SCHEMA_MEMBERS: [Member; 2] =
    [Member::new("Functions", &FUNCTION_LIST_SCHEMA), Member::new("NextMarker", &schema::STRING)];
static LIST_FUNCTIONS_RESPONSE_SCHEMA: Schema =
    Schema::new("ListFunctionsResponse", Kind::Structure(&LIST_FUNCTIONS_RESPONSE_SCHEMA_MEMBERS));

static LIST_TAGS_REQUEST_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("Resource", &TAGGABLE_RESOURCE_SCHEMA).required().at(Location::Uri)];
static LIST_TAGS_REQUEST_SCHEMA: Schema =
    Schema::new("ListTagsRequest", Kind::Structure(&LIST_TAGS_REQUEST_SCHEMA_MEMBERS));

static LIST_TAGS_RESPONSE_SCHEMA_MEMBERS: [Member; 1] = [Member::new("Tags", &TAGS_SCHEMA)];
static LIST_TAGS_RESPONSE_SCHEMA: Schema =
    Schema::new("ListTagsResponse", Kind::Structure(&LIST_TAGS_RESPONSE_SCHEMA_MEMBERS));

static LIST_VERSIONS_BY_FUNCTION_REQUEST_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("FunctionName", &NAMESPACED_FUNCTION_NAME_SCHEMA).required().at(Location::Uri),
    Member::new("Marker", &schema::STRING).at(Location::QueryString),
    Member::new("MaxItems", &MAX_LIST_ITEMS_SCHEMA).at(Location::QueryString),
];
static LIST_VERSIONS_BY_FUNCTION_REQUEST_SCHEMA: Schema = Schema::new(
    "ListVersionsByFunctionRequest",
    Kind::Structure(&LIST_VERSIONS_BY_FUNCTION_REQUEST_SCHEMA_MEMBERS),
);

static LIST_VERSIONS_BY_FUNCTION_RESPONSE_SCHEMA_MEMBERS: [Member; 2] =
    [Member::new("NextMarker", &schema::STRING), Member::new("Versions", &FUNCTION_LIST_SCHEMA)];
static LIST_VERSIONS_BY_FUNCTION_RESPONSE_SCHEMA: Schema = Schema::new(
    "ListVersionsByFunctionResponse",
    Kind::Structure(&LIST_VERSIONS_BY_FUNCTION_RESPONSE_SCHEMA_MEMBERS),
);

static LOCAL_MOUNT_PATH_SCHEMA_PATTERN: Pattern = Pattern::new(r#"/mnt/[a-zA-Z0-9-_.]+"#);
static LOCAL_MOUNT_PATH_SCHEMA: Schema = Schema::new("LocalMountPath", Kind::String)
    .min(0.0)
    .max(160.0)
    .pattern(&LOCAL_MOUNT_PATH_SCHEMA_PATTERN);

static LOG_FORMAT_SCHEMA: Schema = Schema::new("LogFormat", Kind::String).values(&["JSON", "Text"]);

static LOG_GROUP_SCHEMA_PATTERN: Pattern = Pattern::new(r#"[\.\-_/#A-Za-z0-9]+"#);
static LOG_GROUP_SCHEMA: Schema =
    Schema::new("LogGroup", Kind::String).min(1.0).max(512.0).pattern(&LOG_GROUP_SCHEMA_PATTERN);

static LOG_TYPE_SCHEMA: Schema = Schema::new("LogType", Kind::String).values(&["None", "Tail"]);

static LOGGING_CONFIG_SCHEMA_MEMBERS: [Member; 4] = [
    Member::new("ApplicationLogLevel", &APPLICATION_LOG_LEVEL_SCHEMA),
    Member::new("LogFormat", &LOG_FORMAT_SCHEMA),
    Member::new("LogGroup", &LOG_GROUP_SCHEMA),
    Member::new("SystemLogLevel", &SYSTEM_LOG_LEVEL_SCHEMA),
];
static LOGGING_CONFIG_SCHEMA: Schema =
    Schema::new("LoggingConfig", Kind::Structure(&LOGGING_CONFIG_SCHEMA_MEMBERS));

static MASTER_REGION_SCHEMA_PATTERN: Pattern = Pattern::new(r#"ALL|[a-z]{2}(-gov)?-[a-z]+-\d{1}"#);
static MASTER_REGION_SCHEMA: Schema =
    Schema::new("MasterRegion", Kind::String).pattern(&MASTER_REGION_SCHEMA_PATTERN);

static MAX_LIST_ITEMS_SCHEMA: Schema =
    Schema::new("MaxListItems", Kind::Integer).min(1.0).max(10000.0);

static MAXIMUM_BATCHING_WINDOW_IN_SECONDS_SCHEMA: Schema =
    Schema::new("MaximumBatchingWindowInSeconds", Kind::Integer).min(0.0).max(300.0);

static MAXIMUM_CONCURRENCY_SCHEMA: Schema =
    Schema::new("MaximumConcurrency", Kind::Integer).min(2.0).max(1000.0);

static MAXIMUM_NUMBER_OF_POLLERS_SCHEMA: Schema =
    Schema::new("MaximumNumberOfPollers", Kind::Integer).min(1.0).max(2000.0);

static MAXIMUM_RECORD_AGE_IN_SECONDS_SCHEMA: Schema =
    Schema::new("MaximumRecordAgeInSeconds", Kind::Integer).min(-1.0).max(604800.0);

static MAXIMUM_RETRY_ATTEMPTS_EVENT_SOURCE_MAPPING_SCHEMA: Schema =
    Schema::new("MaximumRetryAttemptsEventSourceMapping", Kind::Integer).min(-1.0).max(10000.0);

static MEMORY_SIZE_SCHEMA: Schema =
    Schema::new("MemorySize", Kind::Integer).min(128.0).max(32768.0);

static MINIMUM_NUMBER_OF_POLLERS_SCHEMA: Schema =
    Schema::new("MinimumNumberOfPollers", Kind::Integer).min(1.0).max(200.0);

static NAME_SPACED_FUNCTION_ARN_SCHEMA_PATTERN: Pattern = Pattern::new(
    r#"arn:(aws[a-zA-Z-]*)?:lambda:[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:function:[a-zA-Z0-9-_\.]+(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?"#,
);
static NAME_SPACED_FUNCTION_ARN_SCHEMA: Schema = Schema::new("NameSpacedFunctionArn", Kind::String)
    .min(0.0)
    .max(10000.0)
    .pattern(&NAME_SPACED_FUNCTION_ARN_SCHEMA_PATTERN);

static NAMESPACED_FUNCTION_NAME_SCHEMA_PATTERN: Pattern = Pattern::new(
    r#"(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?"#,
);
static NAMESPACED_FUNCTION_NAME_SCHEMA: Schema =
    Schema::new("NamespacedFunctionName", Kind::String)
        .min(1.0)
        .max(256.0)
        .pattern(&NAMESPACED_FUNCTION_NAME_SCHEMA_PATTERN);

static NAMESPACED_STATEMENT_ID_SCHEMA_PATTERN: Pattern = Pattern::new(r#"([a-zA-Z0-9-_.]+)"#);
static NAMESPACED_STATEMENT_ID_SCHEMA: Schema = Schema::new("NamespacedStatementId", Kind::String)
    .min(1.0)
    .max(100.0)
    .pattern(&NAMESPACED_STATEMENT_ID_SCHEMA_PATTERN);

static NUMERIC_LATEST_PUBLISHED_OR_ALIAS_QUALIFIER_SCHEMA_PATTERN: Pattern =
    Pattern::new(r#"\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+"#);
static NUMERIC_LATEST_PUBLISHED_OR_ALIAS_QUALIFIER_SCHEMA: Schema =
    Schema::new("NumericLatestPublishedOrAliasQualifier", Kind::String)
        .min(1.0)
        .max(128.0)
        .pattern(&NUMERIC_LATEST_PUBLISHED_OR_ALIAS_QUALIFIER_SCHEMA_PATTERN);

static ON_FAILURE_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("Destination", &DESTINATION_ARN_SCHEMA)];
static ON_FAILURE_SCHEMA: Schema =
    Schema::new("OnFailure", Kind::Structure(&ON_FAILURE_SCHEMA_MEMBERS));

static ON_SUCCESS_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("Destination", &DESTINATION_ARN_SCHEMA)];
static ON_SUCCESS_SCHEMA: Schema =
    Schema::new("OnSuccess", Kind::Structure(&ON_SUCCESS_SCHEMA_MEMBERS));

static PACKAGE_TYPE_SCHEMA: Schema =
    Schema::new("PackageType", Kind::String).values(&["Zip", "Image"]);

static PARALLELIZATION_FACTOR_SCHEMA: Schema =
    Schema::new("ParallelizationFactor", Kind::Integer).min(1.0).max(10.0);

static PATTERN_SCHEMA_PATTERN: Pattern = Pattern::new(r#".*"#);
static PATTERN_SCHEMA: Schema =
    Schema::new("Pattern", Kind::String).min(0.0).max(4096.0).pattern(&PATTERN_SCHEMA_PATTERN);

static PER_EXECUTION_ENVIRONMENT_MAX_CONCURRENCY_SCHEMA: Schema =
    Schema::new("PerExecutionEnvironmentMaxConcurrency", Kind::Integer).min(1.0).max(1600.0);

static PRINCIPAL_SCHEMA_PATTERN: Pattern = Pattern::new(r#"[^\s]+"#);
static PRINCIPAL_SCHEMA: Schema =
    Schema::new("Principal", Kind::String).pattern(&PRINCIPAL_SCHEMA_PATTERN);

static PRINCIPAL_ORG_ID_SCHEMA_PATTERN: Pattern = Pattern::new(r#"o-[a-z0-9]{10,32}"#);
static PRINCIPAL_ORG_ID_SCHEMA: Schema = Schema::new("PrincipalOrgID", Kind::String)
    .min(12.0)
    .max(34.0)
    .pattern(&PRINCIPAL_ORG_ID_SCHEMA_PATTERN);

static PROVISIONED_POLLER_CONFIG_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("MaximumPollers", &MAXIMUM_NUMBER_OF_POLLERS_SCHEMA),
    Member::new("MinimumPollers", &MINIMUM_NUMBER_OF_POLLERS_SCHEMA),
    Member::new("PollerGroupName", &PROVISIONED_POLLER_GROUP_NAME_SCHEMA),
];
static PROVISIONED_POLLER_CONFIG_SCHEMA: Schema = Schema::new(
    "ProvisionedPollerConfig",
    Kind::Structure(&PROVISIONED_POLLER_CONFIG_SCHEMA_MEMBERS),
);

static PROVISIONED_POLLER_GROUP_NAME_SCHEMA_PATTERN: Pattern = Pattern::new(r#"[a-zA-Z0-9-_]*"#);
static PROVISIONED_POLLER_GROUP_NAME_SCHEMA: Schema =
    Schema::new("ProvisionedPollerGroupName", Kind::String)
        .min(0.0)
        .max(128.0)
        .pattern(&PROVISIONED_POLLER_GROUP_NAME_SCHEMA_PATTERN);

static PUT_FUNCTION_CONCURRENCY_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("FunctionName", &FUNCTION_NAME_SCHEMA).required().at(Location::Uri),
    Member::new("ReservedConcurrentExecutions", &RESERVED_CONCURRENT_EXECUTIONS_SCHEMA).required(),
];
static PUT_FUNCTION_CONCURRENCY_REQUEST_SCHEMA: Schema = Schema::new(
    "PutFunctionConcurrencyRequest",
    Kind::Structure(&PUT_FUNCTION_CONCURRENCY_REQUEST_SCHEMA_MEMBERS),
);

static QUEUE_SCHEMA_PATTERN: Pattern = Pattern::new(r#"[\s\S]*"#);
static QUEUE_SCHEMA: Schema =
    Schema::new("Queue", Kind::String).min(1.0).max(1000.0).pattern(&QUEUE_SCHEMA_PATTERN);

static QUEUES_SCHEMA: Schema =
    Schema::new("Queues", Kind::List { member: &QUEUE_SCHEMA, element: "member" })
        .min(1.0)
        .max(1.0);

static REMOVE_PERMISSION_REQUEST_SCHEMA_MEMBERS: [Member; 4] = [
    Member::new("FunctionName", &NAMESPACED_FUNCTION_NAME_SCHEMA).required().at(Location::Uri),
    Member::new("Qualifier", &NUMERIC_LATEST_PUBLISHED_OR_ALIAS_QUALIFIER_SCHEMA)
        .at(Location::QueryString),
    Member::new("RevisionId", &schema::STRING).at(Location::QueryString),
    Member::new("StatementId", &NAMESPACED_STATEMENT_ID_SCHEMA).required().at(Location::Uri),
];
static REMOVE_PERMISSION_REQUEST_SCHEMA: Schema = Schema::new(
    "RemovePermissionRequest",
    Kind::Structure(&REMOVE_PERMISSION_REQUEST_SCHEMA_MEMBERS),
);

static RESERVED_CONCURRENT_EXECUTIONS_SCHEMA: Schema =
    Schema::new("ReservedConcurrentExecutions", Kind::Integer).min(0.0);

static RESOURCE_ARN_SCHEMA_PATTERN: Pattern =
    Pattern::new(r#"(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()"#);
static RESOURCE_ARN_SCHEMA: Schema =
    Schema::new("ResourceArn", Kind::String).pattern(&RESOURCE_ARN_SCHEMA_PATTERN);

static RETENTION_PERIOD_IN_DAYS_SCHEMA: Schema =
    Schema::new("RetentionPeriodInDays", Kind::Integer).min(1.0).max(90.0);

static ROLE_ARN_SCHEMA_PATTERN: Pattern =
    Pattern::new(r#"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+"#);
static ROLE_ARN_SCHEMA: Schema =
    Schema::new("RoleArn", Kind::String).pattern(&ROLE_ARN_SCHEMA_PATTERN);

static RUNTIME_VERSION_ARN_SCHEMA_PATTERN: Pattern = Pattern::new(
    r#"arn:(aws[a-zA-Z-]*):lambda:[a-z]{2}((-gov)|(-iso(b?)))?-[a-z]+-\d{1}::runtime:.+"#,
);
static RUNTIME_VERSION_ARN_SCHEMA: Schema = Schema::new("RuntimeVersionArn", Kind::String)
    .min(26.0)
    .max(2048.0)
    .pattern(&RUNTIME_VERSION_ARN_SCHEMA_PATTERN);

static RUNTIME_VERSION_CONFIG_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("Error", &RUNTIME_VERSION_ERROR_SCHEMA),
    Member::new("RuntimeVersionArn", &RUNTIME_VERSION_ARN_SCHEMA),
];
static RUNTIME_VERSION_CONFIG_SCHEMA: Schema =
    Schema::new("RuntimeVersionConfig", Kind::Structure(&RUNTIME_VERSION_CONFIG_SCHEMA_MEMBERS));

static RUNTIME_VERSION_ERROR_SCHEMA_MEMBERS: [Member; 2] =
    [Member::new("ErrorCode", &schema::STRING), Member::new("Message", &SENSITIVE_STRING_SCHEMA)];
static RUNTIME_VERSION_ERROR_SCHEMA: Schema =
    Schema::new("RuntimeVersionError", Kind::Structure(&RUNTIME_VERSION_ERROR_SCHEMA_MEMBERS));

static S3_BUCKET_SCHEMA_PATTERN: Pattern = Pattern::new(r#"[0-9A-Za-z\.\-_]*(?<!\.)"#);
static S3_BUCKET_SCHEMA: Schema =
    Schema::new("S3Bucket", Kind::String).min(3.0).max(63.0).pattern(&S3_BUCKET_SCHEMA_PATTERN);

static S3_KEY_SCHEMA: Schema = Schema::new("S3Key", Kind::String).min(1.0).max(1024.0);

static S3_OBJECT_VERSION_SCHEMA: Schema =
    Schema::new("S3ObjectVersion", Kind::String).min(1.0).max(1024.0);

static SCALING_CONFIG_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("MaximumConcurrency", &MAXIMUM_CONCURRENCY_SCHEMA)];
static SCALING_CONFIG_SCHEMA: Schema =
    Schema::new("ScalingConfig", Kind::Structure(&SCALING_CONFIG_SCHEMA_MEMBERS));

static SCHEMA_REGISTRY_EVENT_RECORD_FORMAT_SCHEMA: Schema =
    Schema::new("SchemaRegistryEventRecordFormat", Kind::String).values(&["JSON", "SOURCE"]);

static SCHEMA_REGISTRY_URI_SCHEMA_PATTERN: Pattern = Pattern::new(r#"[a-zA-Z0-9-\/*:_+=.@-]*"#);
static SCHEMA_REGISTRY_URI_SCHEMA: Schema = Schema::new("SchemaRegistryUri", Kind::String)
    .min(1.0)
    .max(10000.0)
    .pattern(&SCHEMA_REGISTRY_URI_SCHEMA_PATTERN);

static SECURITY_GROUP_IDS_SCHEMA: Schema =
    Schema::new("SecurityGroupIds", Kind::List { member: &schema::STRING, element: "member" })
        .min(0.0)
        .max(5.0);

static SELF_MANAGED_EVENT_SOURCE_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("Endpoints", &ENDPOINTS_SCHEMA)];
static SELF_MANAGED_EVENT_SOURCE_SCHEMA: Schema = Schema::new(
    "SelfManagedEventSource",
    Kind::Structure(&SELF_MANAGED_EVENT_SOURCE_SCHEMA_MEMBERS),
);

static SELF_MANAGED_KAFKA_EVENT_SOURCE_CONFIG_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("ConsumerGroupId", &URI_SCHEMA),
    Member::new("SchemaRegistryConfig", &KAFKA_SCHEMA_REGISTRY_CONFIG_SCHEMA),
];
static SELF_MANAGED_KAFKA_EVENT_SOURCE_CONFIG_SCHEMA: Schema = Schema::new(
    "SelfManagedKafkaEventSourceConfig",
    Kind::Structure(&SELF_MANAGED_KAFKA_EVENT_SOURCE_CONFIG_SCHEMA_MEMBERS),
);

static SENSITIVE_STRING_SCHEMA: Schema = Schema::new("SensitiveString", Kind::String).sensitive();

static SNAP_START_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("ApplyOn", &SNAP_START_APPLY_ON_SCHEMA)];
static SNAP_START_SCHEMA: Schema =
    Schema::new("SnapStart", Kind::Structure(&SNAP_START_SCHEMA_MEMBERS));

static SNAP_START_APPLY_ON_SCHEMA: Schema =
    Schema::new("SnapStartApplyOn", Kind::String).values(&["PublishedVersions", "None"]);

static SNAP_START_OPTIMIZATION_STATUS_SCHEMA: Schema =
    Schema::new("SnapStartOptimizationStatus", Kind::String).values(&["On", "Off"]);

static SNAP_START_RESPONSE_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("ApplyOn", &SNAP_START_APPLY_ON_SCHEMA),
    Member::new("OptimizationStatus", &SNAP_START_OPTIMIZATION_STATUS_SCHEMA),
];
static SNAP_START_RESPONSE_SCHEMA: Schema =
    Schema::new("SnapStartResponse", Kind::Structure(&SNAP_START_RESPONSE_SCHEMA_MEMBERS));

static SOURCE_ACCESS_CONFIGURATION_SCHEMA_MEMBERS: [Member; 2] =
    [Member::new("Type", &SOURCE_ACCESS_TYPE_SCHEMA), Member::new("URI", &URI_SCHEMA)];
static SOURCE_ACCESS_CONFIGURATION_SCHEMA: Schema = Schema::new(
    "SourceAccessConfiguration",
    Kind::Structure(&SOURCE_ACCESS_CONFIGURATION_SCHEMA_MEMBERS),
);

static SOURCE_ACCESS_CONFIGURATIONS_SCHEMA: Schema = Schema::new(
    "SourceAccessConfigurations",
    Kind::List { member: &SOURCE_ACCESS_CONFIGURATION_SCHEMA, element: "member" },
)
.min(0.0)
.max(22.0);

static SOURCE_ACCESS_TYPE_SCHEMA: Schema = Schema::new("SourceAccessType", Kind::String).values(&[
    "BASIC_AUTH",
    "VPC_SUBNET",
    "VPC_SECURITY_GROUP",
    "SASL_SCRAM_512_AUTH",
    "SASL_SCRAM_256_AUTH",
    "VIRTUAL_HOST",
    "CLIENT_CERTIFICATE_TLS_AUTH",
    "SERVER_ROOT_CA_CERTIFICATE",
]);

static SOURCE_OWNER_SCHEMA_PATTERN: Pattern = Pattern::new(r#"\d{12}"#);
static SOURCE_OWNER_SCHEMA: Schema = Schema::new("SourceOwner", Kind::String)
    .min(0.0)
    .max(12.0)
    .pattern(&SOURCE_OWNER_SCHEMA_PATTERN);

static STATE_SCHEMA: Schema = Schema::new("State", Kind::String).values(&[
    "Pending",
    "Active",
    "Inactive",
    "Failed",
    "Deactivating",
    "Deactivated",
    "ActiveNonInvocable",
    "Deleting",
]);

static STATE_REASON_CODE_SCHEMA: Schema = Schema::new("StateReasonCode", Kind::String).values(&[
    "Idle",
    "Creating",
    "Restoring",
    "EniLimitExceeded",
    "InsufficientRolePermissions",
    "InvalidConfiguration",
    "InternalError",
    "SubnetOutOfIPAddresses",
    "InvalidSubnet",
    "InvalidSecurityGroup",
    "ImageDeleted",
    "ImageAccessDenied",
    "InvalidImage",
    "KMSKeyAccessDenied",
    "KMSKeyNotFound",
    "InvalidStateKMSKey",
    "DisabledKMSKey",
    "EFSIOError",
    "EFSMountConnectivityError",
    "EFSMountFailure",
    "EFSMountTimeout",
    "InvalidRuntime",
    "InvalidZipFileException",
    "FunctionError",
    "DrainingDurableExecutions",
    "VcpuLimitExceeded",
    "CapacityProviderScalingLimitExceeded",
    "InsufficientCapacity",
    "EC2RequestLimitExceeded",
    "FunctionError.InitTimeout",
    "FunctionError.RuntimeInitError",
    "FunctionError.ExtensionInitError",
    "FunctionError.InvalidEntryPoint",
    "FunctionError.InvalidWorkingDirectory",
    "FunctionError.PermissionDenied",
    "FunctionError.TooManyExtensions",
    "FunctionError.InitResourceExhausted",
    "DisallowedByVpcEncryptionControl",
]);

static STATEMENT_ID_SCHEMA_PATTERN: Pattern = Pattern::new(r#"([a-zA-Z0-9-_]+)"#);
static STATEMENT_ID_SCHEMA: Schema = Schema::new("StatementId", Kind::String)
    .min(1.0)
    .max(100.0)
    .pattern(&STATEMENT_ID_SCHEMA_PATTERN);

static STRING_LIST_SCHEMA: Schema =
    Schema::new("StringList", Kind::List { member: &schema::STRING, element: "member" })
        .min(0.0)
        .max(1500.0);

static SUBNET_IDS_SCHEMA: Schema =
    Schema::new("SubnetIds", Kind::List { member: &schema::STRING, element: "member" })
        .min(0.0)
        .max(16.0);

static SYSTEM_LOG_LEVEL_SCHEMA: Schema =
    Schema::new("SystemLogLevel", Kind::String).values(&["DEBUG", "INFO", "WARN"]);

static TAG_KEY_LIST_SCHEMA: Schema =
    Schema::new("TagKeyList", Kind::List { member: &schema::STRING, element: "member" });

static TAG_RESOURCE_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("Resource", &TAGGABLE_RESOURCE_SCHEMA).required().at(Location::Uri),
    Member::new("Tags", &TAGS_SCHEMA).required(),
];
static TAG_RESOURCE_REQUEST_SCHEMA: Schema =
    Schema::new("TagResourceRequest", Kind::Structure(&TAG_RESOURCE_REQUEST_SCHEMA_MEMBERS));

static TAGGABLE_RESOURCE_SCHEMA_PATTERN: Pattern = Pattern::new(
    r#"arn:(aws[a-zA-Z-]*):lambda:[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:(function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|capacity-provider:[a-zA-Z0-9-_]+)"#,
);
static TAGGABLE_RESOURCE_SCHEMA: Schema = Schema::new("TaggableResource", Kind::String)
    .min(1.0)
    .max(256.0)
    .pattern(&TAGGABLE_RESOURCE_SCHEMA_PATTERN);

static TAGS_SCHEMA: Schema = Schema::new(
    "Tags",
    Kind::Map {
        key: &schema::STRING,
        value: &schema::STRING,
        key_name: "key",
        value_name: "value",
    },
);

static TAGS_ERROR_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("ErrorCode", &TAGS_ERROR_CODE_SCHEMA).required(),
    Member::new("Message", &TAGS_ERROR_MESSAGE_SCHEMA).required(),
];
static TAGS_ERROR_SCHEMA: Schema =
    Schema::new("TagsError", Kind::Structure(&TAGS_ERROR_SCHEMA_MEMBERS));

static TAGS_ERROR_CODE_SCHEMA_PATTERN: Pattern = Pattern::new(r#"[A-Za-z]+Exception"#);
static TAGS_ERROR_CODE_SCHEMA: Schema = Schema::new("TagsErrorCode", Kind::String)
    .min(10.0)
    .max(21.0)
    .pattern(&TAGS_ERROR_CODE_SCHEMA_PATTERN);

static TAGS_ERROR_MESSAGE_SCHEMA_PATTERN: Pattern = Pattern::new(r#".*"#);
static TAGS_ERROR_MESSAGE_SCHEMA: Schema = Schema::new("TagsErrorMessage", Kind::String)
    .min(84.0)
    .max(1000.0)
    .pattern(&TAGS_ERROR_MESSAGE_SCHEMA_PATTERN);

static TENANCY_CONFIG_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("TenantIsolationMode", &TENANT_ISOLATION_MODE_SCHEMA).required()];
static TENANCY_CONFIG_SCHEMA: Schema =
    Schema::new("TenancyConfig", Kind::Structure(&TENANCY_CONFIG_SCHEMA_MEMBERS));

static TENANT_ID_SCHEMA_PATTERN: Pattern = Pattern::new(r#"[a-zA-Z0-9\._:\/=+\-@ ]+"#);
static TENANT_ID_SCHEMA: Schema =
    Schema::new("TenantId", Kind::String).min(1.0).max(256.0).pattern(&TENANT_ID_SCHEMA_PATTERN);

static TENANT_ISOLATION_MODE_SCHEMA: Schema =
    Schema::new("TenantIsolationMode", Kind::String).values(&["PER_TENANT"]);

static TIMEOUT_SCHEMA: Schema = Schema::new("Timeout", Kind::Integer).min(1.0);

static TOPIC_SCHEMA_PATTERN: Pattern = Pattern::new(r#"[^.]([a-zA-Z0-9\-_.]+)"#);
static TOPIC_SCHEMA: Schema =
    Schema::new("Topic", Kind::String).min(1.0).max(249.0).pattern(&TOPIC_SCHEMA_PATTERN);

static TOPICS_SCHEMA: Schema =
    Schema::new("Topics", Kind::List { member: &TOPIC_SCHEMA, element: "member" })
        .min(1.0)
        .max(1.0);

static TRACING_CONFIG_SCHEMA_MEMBERS: [Member; 1] = [Member::new("Mode", &TRACING_MODE_SCHEMA)];
static TRACING_CONFIG_SCHEMA: Schema =
    Schema::new("TracingConfig", Kind::Structure(&TRACING_CONFIG_SCHEMA_MEMBERS));

static TRACING_CONFIG_RESPONSE_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("Mode", &TRACING_MODE_SCHEMA)];
static TRACING_CONFIG_RESPONSE_SCHEMA: Schema =
    Schema::new("TracingConfigResponse", Kind::Structure(&TRACING_CONFIG_RESPONSE_SCHEMA_MEMBERS));

static TRACING_MODE_SCHEMA: Schema =
    Schema::new("TracingMode", Kind::String).values(&["Active", "PassThrough"]);

static TUMBLING_WINDOW_IN_SECONDS_SCHEMA: Schema =
    Schema::new("TumblingWindowInSeconds", Kind::Integer).min(0.0).max(900.0);

static URI_SCHEMA_PATTERN: Pattern = Pattern::new(r#"[a-zA-Z0-9-\/*:_+=.@-]*"#);
static URI_SCHEMA: Schema =
    Schema::new("URI", Kind::String).min(1.0).max(200.0).pattern(&URI_SCHEMA_PATTERN);

static UNTAG_RESOURCE_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("Resource", &TAGGABLE_RESOURCE_SCHEMA).required().at(Location::Uri),
    Member::new("TagKeys", &TAG_KEY_LIST_SCHEMA)
        .wire("tagKeys")
        .required()
        .at(Location::QueryString),
];
static UNTAG_RESOURCE_REQUEST_SCHEMA: Schema =
    Schema::new("UntagResourceRequest", Kind::Structure(&UNTAG_RESOURCE_REQUEST_SCHEMA_MEMBERS));

static UPDATE_EVENT_SOURCE_MAPPING_REQUEST_SCHEMA_MEMBERS: [Member; 22] = [
    Member::new(
        "AmazonManagedKafkaEventSourceConfig",
        &AMAZON_MANAGED_KAFKA_EVENT_SOURCE_CONFIG_SCHEMA,
    ),
    Member::new("BatchSize", &BATCH_SIZE_SCHEMA),
    Member::new("BisectBatchOnFunctionError", &schema::BOOLEAN),
    Member::new("DestinationConfig", &DESTINATION_CONFIG_SCHEMA),
    Member::new("DocumentDBEventSourceConfig", &DOCUMENT_DB_EVENT_SOURCE_CONFIG_SCHEMA),
    Member::new("Enabled", &schema::BOOLEAN),
    Member::new("FilterCriteria", &FILTER_CRITERIA_SCHEMA),
    Member::new("FunctionName", &NAMESPACED_FUNCTION_NAME_SCHEMA),
    Member::new("FunctionResponseTypes", &FUNCTION_RESPONSE_TYPE_LIST_SCHEMA),
    Member::new("KMSKeyArn", &KMS_KEY_ARN_SCHEMA),
    Member::new("LoggingConfig", &EVENT_SOURCE_MAPPING_LOGGING_CONFIG_SCHEMA),
    Member::new("MaximumBatchingWindowInSeconds", &MAXIMUM_BATCHING_WINDOW_IN_SECONDS_SCHEMA),
    Member::new("MaximumRecordAgeInSeconds", &MAXIMUM_RECORD_AGE_IN_SECONDS_SCHEMA),
    Member::new("MaximumRetryAttempts", &MAXIMUM_RETRY_ATTEMPTS_EVENT_SOURCE_MAPPING_SCHEMA),
    Member::new("MetricsConfig", &EVENT_SOURCE_MAPPING_METRICS_CONFIG_SCHEMA),
    Member::new("ParallelizationFactor", &PARALLELIZATION_FACTOR_SCHEMA),
    Member::new("ProvisionedPollerConfig", &PROVISIONED_POLLER_CONFIG_SCHEMA),
    Member::new("ScalingConfig", &SCALING_CONFIG_SCHEMA),
    Member::new(
        "SelfManagedKafkaEventSourceConfig",
        &SELF_MANAGED_KAFKA_EVENT_SOURCE_CONFIG_SCHEMA,
    ),
    Member::new("SourceAccessConfigurations", &SOURCE_ACCESS_CONFIGURATIONS_SCHEMA),
    Member::new("TumblingWindowInSeconds", &TUMBLING_WINDOW_IN_SECONDS_SCHEMA),
    Member::new("UUID", &schema::STRING).required().at(Location::Uri),
];
static UPDATE_EVENT_SOURCE_MAPPING_REQUEST_SCHEMA: Schema = Schema::new(
    "UpdateEventSourceMappingRequest",
    Kind::Structure(&UPDATE_EVENT_SOURCE_MAPPING_REQUEST_SCHEMA_MEMBERS),
);

static UPDATE_FUNCTION_CODE_REQUEST_SCHEMA_MEMBERS: [Member; 12] = [
    Member::new("Architectures", &ARCHITECTURES_LIST_SCHEMA),
    Member::new("DryRun", &schema::BOOLEAN),
    Member::new("FunctionName", &FUNCTION_NAME_SCHEMA).required().at(Location::Uri),
    Member::new("ImageUri", &schema::STRING),
    Member::new("Publish", &schema::BOOLEAN),
    Member::new("PublishTo", &FUNCTION_VERSION_LATEST_PUBLISHED_SCHEMA),
    Member::new("RevisionId", &schema::STRING),
    Member::new("S3Bucket", &S3_BUCKET_SCHEMA),
    Member::new("S3Key", &S3_KEY_SCHEMA),
    Member::new("S3ObjectVersion", &S3_OBJECT_VERSION_SCHEMA),
    Member::new("SourceKMSKeyArn", &KMS_KEY_ARN_SCHEMA),
    Member::new("ZipFile", &BLOB_SCHEMA),
];
static UPDATE_FUNCTION_CODE_REQUEST_SCHEMA: Schema = Schema::new(
    "UpdateFunctionCodeRequest",
    Kind::Structure(&UPDATE_FUNCTION_CODE_REQUEST_SCHEMA_MEMBERS),
);

static UPDATE_FUNCTION_CONFIGURATION_REQUEST_SCHEMA_MEMBERS: [Member; 21] = [
    Member::new("CapacityProviderConfig", &CAPACITY_PROVIDER_CONFIG_SCHEMA),
    Member::new("DeadLetterConfig", &DEAD_LETTER_CONFIG_SCHEMA),
    Member::new("Description", &DESCRIPTION_SCHEMA),
    Member::new("DurableConfig", &DURABLE_CONFIG_SCHEMA),
    Member::new("Environment", &ENVIRONMENT_SCHEMA),
    Member::new("EphemeralStorage", &EPHEMERAL_STORAGE_SCHEMA),
    Member::new("FileSystemConfigs", &FILE_SYSTEM_CONFIG_LIST_SCHEMA),
    Member::new("FunctionName", &FUNCTION_NAME_SCHEMA).required().at(Location::Uri),
    Member::new("Handler", &HANDLER_SCHEMA),
    Member::new("ImageConfig", &IMAGE_CONFIG_SCHEMA),
    Member::new("KMSKeyArn", &KMS_KEY_ARN_SCHEMA),
    Member::new("Layers", &LAYER_LIST_SCHEMA),
    Member::new("LoggingConfig", &LOGGING_CONFIG_SCHEMA),
    Member::new("MemorySize", &MEMORY_SIZE_SCHEMA),
    Member::new("RevisionId", &schema::STRING),
    Member::new("Role", &ROLE_ARN_SCHEMA),
    Member::new("Runtime", &schema::STRING),
    Member::new("SnapStart", &SNAP_START_SCHEMA),
    Member::new("Timeout", &TIMEOUT_SCHEMA),
    Member::new("TracingConfig", &TRACING_CONFIG_SCHEMA),
    Member::new("VpcConfig", &VPC_CONFIG_SCHEMA),
];
static UPDATE_FUNCTION_CONFIGURATION_REQUEST_SCHEMA: Schema = Schema::new(
    "UpdateFunctionConfigurationRequest",
    Kind::Structure(&UPDATE_FUNCTION_CONFIGURATION_REQUEST_SCHEMA_MEMBERS),
);

static VERSION_SCHEMA_PATTERN: Pattern = Pattern::new(r#"(\$LATEST|[0-9]+)"#);
static VERSION_SCHEMA: Schema =
    Schema::new("Version", Kind::String).min(1.0).max(1024.0).pattern(&VERSION_SCHEMA_PATTERN);

static VPC_CONFIG_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("Ipv6AllowedForDualStack", &schema::BOOLEAN),
    Member::new("SecurityGroupIds", &SECURITY_GROUP_IDS_SCHEMA),
    Member::new("SubnetIds", &SUBNET_IDS_SCHEMA),
];
static VPC_CONFIG_SCHEMA: Schema =
    Schema::new("VpcConfig", Kind::Structure(&VPC_CONFIG_SCHEMA_MEMBERS));

static VPC_CONFIG_RESPONSE_SCHEMA_MEMBERS: [Member; 4] = [
    Member::new("Ipv6AllowedForDualStack", &schema::BOOLEAN),
    Member::new("SecurityGroupIds", &SECURITY_GROUP_IDS_SCHEMA),
    Member::new("SubnetIds", &SUBNET_IDS_SCHEMA),
    Member::new("VpcId", &schema::STRING),
];
static VPC_CONFIG_RESPONSE_SCHEMA: Schema =
    Schema::new("VpcConfigResponse", Kind::Structure(&VPC_CONFIG_RESPONSE_SCHEMA_MEMBERS));

static WORKING_DIRECTORY_SCHEMA: Schema =
    Schema::new("WorkingDirectory", Kind::String).min(0.0).max(1000.0);
