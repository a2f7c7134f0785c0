//! Amazon CloudWatch Logs, 2014-03-28. Written by `cargo xtask generate` from logs/2014-03-28 of botocore 1.43.11;
//! never edited by hand.

use crate::pattern::Pattern;
use crate::protocol::Protocol;
use crate::schema::{self, ErrorShape, Kind, Member, Operation, Schema, ServiceModel, Validation};
use crate::value::{input, output, wire};
use std::collections::BTreeMap;
use tidemill_kernel::Service;

pub static MODEL: ServiceModel = ServiceModel {
    service: Service::Logs,
    version: "2014-03-28",
    protocols: &[Protocol::Json11],
    target_prefix: Some("Logs_20140328"),
    error_namespace: None,
    xml_namespace: None,
    validation: Validation::Listed { code: "InvalidParameterException" },
    operations: &[
        &CREATE_LOG_GROUP,
        &CREATE_LOG_STREAM,
        &DELETE_LOG_GROUP,
        &DESCRIBE_LOG_GROUPS,
        &DESCRIBE_LOG_STREAMS,
        &FILTER_LOG_EVENTS,
        &GET_LOG_EVENTS,
        &PUT_LOG_EVENTS,
    ],
    errors: &[
        ErrorShape {
            shape: "DataAlreadyAcceptedException",
            code: "DataAlreadyAcceptedException",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "InvalidParameterException",
            code: "InvalidParameterException",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "InvalidSequenceTokenException",
            code: "InvalidSequenceTokenException",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "LimitExceededException",
            code: "LimitExceededException",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "OperationAbortedException",
            code: "OperationAbortedException",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "ResourceAlreadyExistsException",
            code: "ResourceAlreadyExistsException",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "ResourceNotFoundException",
            code: "ResourceNotFoundException",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "ServiceUnavailableException",
            code: "ServiceUnavailableException",
            status: 500,
            is_sender: false,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "UnrecognizedClientException",
            code: "UnrecognizedClientException",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "ValidationException",
            code: "ValidationException",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
    ],
};

pub static CREATE_LOG_GROUP: Operation = Operation {
    model: &MODEL,
    name: "CreateLogGroup",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &CREATE_LOG_GROUP_REQUEST_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "InvalidParameterException",
        "ResourceAlreadyExistsException",
        "LimitExceededException",
        "OperationAbortedException",
        "ServiceUnavailableException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateLogGroupInput {
    pub deletion_protection_enabled: Option<bool>,
    pub kms_key_id: Option<String>,
    pub log_group_class: Option<String>,
    pub log_group_name: String,
    pub tags: Option<BTreeMap<String, String>>,
}
wire!(CreateLogGroupInput {
    deletion_protection_enabled,
    kms_key_id,
    log_group_class,
    log_group_name,
    tags
});

input!(CreateLogGroupInput, CREATE_LOG_GROUP);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateLogGroupOutput {}
wire!(CreateLogGroupOutput {});

output!(CreateLogGroupOutput, CREATE_LOG_GROUP);

pub static CREATE_LOG_STREAM: Operation = Operation {
    model: &MODEL,
    name: "CreateLogStream",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &CREATE_LOG_STREAM_REQUEST_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "InvalidParameterException",
        "ResourceAlreadyExistsException",
        "ResourceNotFoundException",
        "ServiceUnavailableException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateLogStreamInput {
    pub log_group_name: String,
    pub log_stream_name: String,
}
wire!(CreateLogStreamInput { log_group_name, log_stream_name });

input!(CreateLogStreamInput, CREATE_LOG_STREAM);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateLogStreamOutput {}
wire!(CreateLogStreamOutput {});

output!(CreateLogStreamOutput, CREATE_LOG_STREAM);

pub static DELETE_LOG_GROUP: Operation = Operation {
    model: &MODEL,
    name: "DeleteLogGroup",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &DELETE_LOG_GROUP_REQUEST_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "InvalidParameterException",
        "ResourceNotFoundException",
        "OperationAbortedException",
        "ServiceUnavailableException",
        "ValidationException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteLogGroupInput {
    pub log_group_name: String,
}
wire!(DeleteLogGroupInput { log_group_name });

input!(DeleteLogGroupInput, DELETE_LOG_GROUP);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteLogGroupOutput {}
wire!(DeleteLogGroupOutput {});

output!(DeleteLogGroupOutput, DELETE_LOG_GROUP);

pub static DESCRIBE_LOG_GROUPS: Operation = Operation {
    model: &MODEL,
    name: "DescribeLogGroups",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &DESCRIBE_LOG_GROUPS_REQUEST_SCHEMA,
    output: &DESCRIBE_LOG_GROUPS_RESPONSE_SCHEMA,
    result_wrapper: None,
    errors: &["InvalidParameterException", "ServiceUnavailableException"],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribeLogGroupsInput {
    pub account_identifiers: Option<Vec<String>>,
    pub include_linked_accounts: Option<bool>,
    pub limit: Option<i32>,
    pub log_group_class: Option<String>,
    pub log_group_identifiers: Option<Vec<String>>,
    pub log_group_name_pattern: Option<String>,
    pub log_group_name_prefix: Option<String>,
    pub next_token: Option<String>,
}
wire!(DescribeLogGroupsInput {
    account_identifiers,
    include_linked_accounts,
    limit,
    log_group_class,
    log_group_identifiers,
    log_group_name_pattern,
    log_group_name_prefix,
    next_token
});

input!(DescribeLogGroupsInput, DESCRIBE_LOG_GROUPS);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribeLogGroupsOutput {
    pub log_groups: Option<Vec<LogGroup>>,
    pub next_token: Option<String>,
}
wire!(DescribeLogGroupsOutput { log_groups, next_token });

output!(DescribeLogGroupsOutput, DESCRIBE_LOG_GROUPS);

pub static DESCRIBE_LOG_STREAMS: Operation = Operation {
    model: &MODEL,
    name: "DescribeLogStreams",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &DESCRIBE_LOG_STREAMS_REQUEST_SCHEMA,
    output: &DESCRIBE_LOG_STREAMS_RESPONSE_SCHEMA,
    result_wrapper: None,
    errors: &[
        "InvalidParameterException",
        "ResourceNotFoundException",
        "ServiceUnavailableException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribeLogStreamsInput {
    pub descending: Option<bool>,
    pub limit: Option<i32>,
    pub log_group_identifier: Option<String>,
    pub log_group_name: Option<String>,
    pub log_stream_name_prefix: Option<String>,
    pub next_token: Option<String>,
    pub order_by: Option<String>,
}
wire!(DescribeLogStreamsInput {
    descending,
    limit,
    log_group_identifier,
    log_group_name,
    log_stream_name_prefix,
    next_token,
    order_by
});

input!(DescribeLogStreamsInput, DESCRIBE_LOG_STREAMS);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribeLogStreamsOutput {
    pub log_streams: Option<Vec<LogStream>>,
    pub next_token: Option<String>,
}
wire!(DescribeLogStreamsOutput { log_streams, next_token });

output!(DescribeLogStreamsOutput, DESCRIBE_LOG_STREAMS);

pub static FILTER_LOG_EVENTS: Operation = Operation {
    model: &MODEL,
    name: "FilterLogEvents",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &FILTER_LOG_EVENTS_REQUEST_SCHEMA,
    output: &FILTER_LOG_EVENTS_RESPONSE_SCHEMA,
    result_wrapper: None,
    errors: &[
        "InvalidParameterException",
        "ResourceNotFoundException",
        "ServiceUnavailableException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct FilterLogEventsInput {
    pub end_time: Option<i64>,
    pub filter_pattern: Option<String>,
    pub interleaved: Option<bool>,
    pub limit: Option<i32>,
    pub log_group_identifier: Option<String>,
    pub log_group_name: Option<String>,
    pub log_stream_name_prefix: Option<String>,
    pub log_stream_names: Option<Vec<String>>,
    pub next_token: Option<String>,
    pub start_time: Option<i64>,
    pub unmask: Option<bool>,
}
wire!(FilterLogEventsInput {
    end_time,
    filter_pattern,
    interleaved,
    limit,
    log_group_identifier,
    log_group_name,
    log_stream_name_prefix,
    log_stream_names,
    next_token,
    start_time,
    unmask
});

input!(FilterLogEventsInput, FILTER_LOG_EVENTS);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct FilterLogEventsOutput {
    pub events: Option<Vec<FilteredLogEvent>>,
    pub next_token: Option<String>,
    pub searched_log_streams: Option<Vec<SearchedLogStream>>,
}
wire!(FilterLogEventsOutput { events, next_token, searched_log_streams });

output!(FilterLogEventsOutput, FILTER_LOG_EVENTS);

pub static GET_LOG_EVENTS: Operation = Operation {
    model: &MODEL,
    name: "GetLogEvents",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &GET_LOG_EVENTS_REQUEST_SCHEMA,
    output: &GET_LOG_EVENTS_RESPONSE_SCHEMA,
    result_wrapper: None,
    errors: &[
        "InvalidParameterException",
        "ResourceNotFoundException",
        "ServiceUnavailableException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetLogEventsInput {
    pub end_time: Option<i64>,
    pub limit: Option<i32>,
    pub log_group_identifier: Option<String>,
    pub log_group_name: Option<String>,
    pub log_stream_name: String,
    pub next_token: Option<String>,
    pub start_from_head: Option<bool>,
    pub start_time: Option<i64>,
    pub unmask: Option<bool>,
}
wire!(GetLogEventsInput {
    end_time,
    limit,
    log_group_identifier,
    log_group_name,
    log_stream_name,
    next_token,
    start_from_head,
    start_time,
    unmask
});

input!(GetLogEventsInput, GET_LOG_EVENTS);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetLogEventsOutput {
    pub events: Option<Vec<OutputLogEvent>>,
    pub next_backward_token: Option<String>,
    pub next_forward_token: Option<String>,
}
wire!(GetLogEventsOutput { events, next_backward_token, next_forward_token });

output!(GetLogEventsOutput, GET_LOG_EVENTS);

pub static PUT_LOG_EVENTS: Operation = Operation {
    model: &MODEL,
    name: "PutLogEvents",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &PUT_LOG_EVENTS_REQUEST_SCHEMA,
    output: &PUT_LOG_EVENTS_RESPONSE_SCHEMA,
    result_wrapper: None,
    errors: &[
        "InvalidParameterException",
        "InvalidSequenceTokenException",
        "DataAlreadyAcceptedException",
        "ResourceNotFoundException",
        "ServiceUnavailableException",
        "UnrecognizedClientException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PutLogEventsInput {
    pub entity: Option<Entity>,
    pub log_events: Vec<InputLogEvent>,
    pub log_group_name: String,
    pub log_stream_name: String,
    pub sequence_token: Option<String>,
}
wire!(PutLogEventsInput { entity, log_events, log_group_name, log_stream_name, sequence_token });

input!(PutLogEventsInput, PUT_LOG_EVENTS);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PutLogEventsOutput {
    pub next_sequence_token: Option<String>,
    pub rejected_entity_info: Option<RejectedEntityInfo>,
    pub rejected_log_events_info: Option<RejectedLogEventsInfo>,
}
wire!(PutLogEventsOutput { next_sequence_token, rejected_entity_info, rejected_log_events_info });

output!(PutLogEventsOutput, PUT_LOG_EVENTS);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entity {
    pub attributes: Option<BTreeMap<String, String>>,
    pub key_attributes: Option<BTreeMap<String, String>>,
}
wire!(Entity { attributes, key_attributes });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct FilteredLogEvent {
    pub event_id: Option<String>,
    pub ingestion_time: Option<i64>,
    pub log_stream_name: Option<String>,
    pub message: Option<String>,
    pub timestamp: Option<i64>,
}
wire!(FilteredLogEvent { event_id, ingestion_time, log_stream_name, message, timestamp });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct InputLogEvent {
    pub message: String,
    pub timestamp: i64,
}
wire!(InputLogEvent { message, timestamp });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogGroup {
    pub arn: Option<String>,
    pub bearer_token_authentication_enabled: Option<bool>,
    pub creation_time: Option<i64>,
    pub data_protection_status: Option<String>,
    pub deletion_protection_enabled: Option<bool>,
    pub inherited_properties: Option<Vec<String>>,
    pub kms_key_id: Option<String>,
    pub log_group_arn: Option<String>,
    pub log_group_class: Option<String>,
    pub log_group_name: Option<String>,
    pub metric_filter_count: Option<i32>,
    pub retention_in_days: Option<i32>,
    pub stored_bytes: Option<i64>,
}
wire!(LogGroup {
    arn,
    bearer_token_authentication_enabled,
    creation_time,
    data_protection_status,
    deletion_protection_enabled,
    inherited_properties,
    kms_key_id,
    log_group_arn,
    log_group_class,
    log_group_name,
    metric_filter_count,
    retention_in_days,
    stored_bytes
});

#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogStream {
    pub arn: Option<String>,
    pub creation_time: Option<i64>,
    pub first_event_timestamp: Option<i64>,
    pub last_event_timestamp: Option<i64>,
    pub last_ingestion_time: Option<i64>,
    pub log_stream_name: Option<String>,
    pub stored_bytes: Option<i64>,
    pub upload_sequence_token: Option<String>,
}
wire!(LogStream {
    arn,
    creation_time,
    first_event_timestamp,
    last_event_timestamp,
    last_ingestion_time,
    log_stream_name,
    stored_bytes,
    upload_sequence_token
});

#[derive(Clone, Debug, Default, PartialEq)]
pub struct OutputLogEvent {
    pub ingestion_time: Option<i64>,
    pub message: Option<String>,
    pub timestamp: Option<i64>,
}
wire!(OutputLogEvent { ingestion_time, message, timestamp });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct RejectedEntityInfo {
    pub error_type: String,
}
wire!(RejectedEntityInfo { error_type });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct RejectedLogEventsInfo {
    pub expired_log_event_end_index: Option<i32>,
    pub too_new_log_event_start_index: Option<i32>,
    pub too_old_log_event_end_index: Option<i32>,
}
wire!(RejectedLogEventsInfo {
    expired_log_event_end_index,
    too_new_log_event_start_index,
    too_old_log_event_end_index
});

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SearchedLogStream {
    pub log_stream_name: Option<String>,
    pub searched_completely: Option<bool>,
}
wire!(SearchedLogStream { log_stream_name, searched_completely });

static ACCOUNT_ID_SCHEMA_PATTERN: Pattern = Pattern::new(r#"^\d{12}$"#);
static ACCOUNT_ID_SCHEMA: Schema =
    Schema::new("AccountId", Kind::String).min(12.0).max(12.0).pattern(&ACCOUNT_ID_SCHEMA_PATTERN);

static ACCOUNT_IDS_SCHEMA: Schema =
    Schema::new("AccountIds", Kind::List { member: &ACCOUNT_ID_SCHEMA, element: "member" })
        .min(0.0)
        .max(20.0);

static CREATE_LOG_GROUP_REQUEST_SCHEMA_MEMBERS: [Member; 5] = [
    Member::new("deletionProtectionEnabled", &schema::BOOLEAN),
    Member::new("kmsKeyId", &KMS_KEY_ID_SCHEMA),
    Member::new("logGroupClass", &LOG_GROUP_CLASS_SCHEMA),
    Member::new("logGroupName", &LOG_GROUP_NAME_SCHEMA).required(),
    Member::new("tags", &TAGS_SCHEMA),
];
static CREATE_LOG_GROUP_REQUEST_SCHEMA: Schema =
    Schema::new("CreateLogGroupRequest", Kind::Structure(&CREATE_LOG_GROUP_REQUEST_SCHEMA_MEMBERS));

static CREATE_LOG_STREAM_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("logGroupName", &LOG_GROUP_NAME_SCHEMA).required(),
    Member::new("logStreamName", &LOG_STREAM_NAME_SCHEMA).required(),
];
static CREATE_LOG_STREAM_REQUEST_SCHEMA: Schema = Schema::new(
    "CreateLogStreamRequest",
    Kind::Structure(&CREATE_LOG_STREAM_REQUEST_SCHEMA_MEMBERS),
);

static DATA_PROTECTION_STATUS_SCHEMA: Schema = Schema::new("DataProtectionStatus", Kind::String)
    .values(&["ACTIVATED", "DELETED", "ARCHIVED", "DISABLED"]);

static DELETE_LOG_GROUP_REQUEST_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("logGroupName", &LOG_GROUP_NAME_SCHEMA).required()];
static DELETE_LOG_GROUP_REQUEST_SCHEMA: Schema =
    Schema::new("DeleteLogGroupRequest", Kind::Structure(&DELETE_LOG_GROUP_REQUEST_SCHEMA_MEMBERS));

static DESCRIBE_LIMIT_SCHEMA: Schema =
    Schema::new("DescribeLimit", Kind::Integer).min(1.0).max(50.0);

static DESCRIBE_LOG_GROUPS_LOG_GROUP_IDENTIFIERS_SCHEMA: Schema = Schema::new(
    "DescribeLogGroupsLogGroupIdentifiers",
    Kind::List { member: &LOG_GROUP_IDENTIFIER_SCHEMA, element: "member" },
)
.min(1.0)
.max(50.0);

static DESCRIBE_LOG_GROUPS_REQUEST_SCHEMA_MEMBERS: [Member; 8] = [
    Member::new("accountIdentifiers", &ACCOUNT_IDS_SCHEMA),
    Member::new("includeLinkedAccounts", &schema::BOOLEAN),
    Member::new("limit", &DESCRIBE_LIMIT_SCHEMA),
    Member::new("logGroupClass", &LOG_GROUP_CLASS_SCHEMA),
    Member::new("logGroupIdentifiers", &DESCRIBE_LOG_GROUPS_LOG_GROUP_IDENTIFIERS_SCHEMA),
    Member::new("logGroupNamePattern", &LOG_GROUP_NAME_PATTERN_SCHEMA),
    Member::new("logGroupNamePrefix", &LOG_GROUP_NAME_SCHEMA),
    Member::new("nextToken", &NEXT_TOKEN_SCHEMA),
];
static DESCRIBE_LOG_GROUPS_REQUEST_SCHEMA: Schema = Schema::new(
    "DescribeLogGroupsRequest",
    Kind::Structure(&DESCRIBE_LOG_GROUPS_REQUEST_SCHEMA_MEMBERS),
);

static DESCRIBE_LOG_GROUPS_RESPONSE_SCHEMA_MEMBERS: [Member; 2] =
    [Member::new("logGroups", &LOG_GROUPS_SCHEMA), Member::new("nextToken", &NEXT_TOKEN_SCHEMA)];
static DESCRIBE_LOG_GROUPS_RESPONSE_SCHEMA: Schema = Schema::new(
    "DescribeLogGroupsResponse",
    Kind::Structure(&DESCRIBE_LOG_GROUPS_RESPONSE_SCHEMA_MEMBERS),
);

static DESCRIBE_LOG_STREAMS_REQUEST_SCHEMA_MEMBERS: [Member; 7] = [
    Member::new("descending", &schema::BOOLEAN),
    Member::new("limit", &DESCRIBE_LIMIT_SCHEMA),
    Member::new("logGroupIdentifier", &LOG_GROUP_IDENTIFIER_SCHEMA),
    Member::new("logGroupName", &LOG_GROUP_NAME_SCHEMA),
    Member::new("logStreamNamePrefix", &LOG_STREAM_NAME_SCHEMA),
    Member::new("nextToken", &NEXT_TOKEN_SCHEMA),
    Member::new("orderBy", &ORDER_BY_SCHEMA),
];
static DESCRIBE_LOG_STREAMS_REQUEST_SCHEMA: Schema = Schema::new(
    "DescribeLogStreamsRequest",
    Kind::Structure(&DESCRIBE_LOG_STREAMS_REQUEST_SCHEMA_MEMBERS),
);

static DESCRIBE_LOG_STREAMS_RESPONSE_SCHEMA_MEMBERS: [Member; 2] =
    [Member::new("logStreams", &LOG_STREAMS_SCHEMA), Member::new("nextToken", &NEXT_TOKEN_SCHEMA)];
static DESCRIBE_LOG_STREAMS_RESPONSE_SCHEMA: Schema = Schema::new(
    "DescribeLogStreamsResponse",
    Kind::Structure(&DESCRIBE_LOG_STREAMS_RESPONSE_SCHEMA_MEMBERS),
);

static ENTITY_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("attributes", &ENTITY_ATTRIBUTES_SCHEMA),
    Member::new("keyAttributes", &ENTITY_KEY_ATTRIBUTES_SCHEMA),
];
static ENTITY_SCHEMA: Schema = Schema::new("Entity", Kind::Structure(&ENTITY_SCHEMA_MEMBERS));

static ENTITY_ATTRIBUTES_SCHEMA: Schema = Schema::new(
    "EntityAttributes",
    Kind::Map {
        key: &ENTITY_ATTRIBUTES_KEY_SCHEMA,
        value: &ENTITY_ATTRIBUTES_VALUE_SCHEMA,
        key_name: "key",
        value_name: "value",
    },
)
.min(0.0)
.max(10.0);

static ENTITY_ATTRIBUTES_KEY_SCHEMA: Schema =
    Schema::new("EntityAttributesKey", Kind::String).min(1.0).max(256.0);

static ENTITY_ATTRIBUTES_VALUE_SCHEMA: Schema =
    Schema::new("EntityAttributesValue", Kind::String).min(1.0).max(512.0);

static ENTITY_KEY_ATTRIBUTES_SCHEMA: Schema = Schema::new(
    "EntityKeyAttributes",
    Kind::Map {
        key: &ENTITY_KEY_ATTRIBUTES_KEY_SCHEMA,
        value: &ENTITY_KEY_ATTRIBUTES_VALUE_SCHEMA,
        key_name: "key",
        value_name: "value",
    },
)
.min(2.0)
.max(4.0);

static ENTITY_KEY_ATTRIBUTES_KEY_SCHEMA: Schema =
    Schema::new("EntityKeyAttributesKey", Kind::String).min(1.0).max(32.0);

static ENTITY_KEY_ATTRIBUTES_VALUE_SCHEMA: Schema =
    Schema::new("EntityKeyAttributesValue", Kind::String).min(1.0).max(512.0);

static ENTITY_REJECTION_ERROR_TYPE_SCHEMA: Schema =
    Schema::new("EntityRejectionErrorType", Kind::String).values(&[
        "InvalidEntity",
        "InvalidTypeValue",
        "InvalidKeyAttributes",
        "InvalidAttributes",
        "EntitySizeTooLarge",
        "UnsupportedLogGroupType",
        "MissingRequiredFields",
    ]);

static EVENT_MESSAGE_SCHEMA: Schema = Schema::new("EventMessage", Kind::String).min(1.0);

static EVENTS_LIMIT_SCHEMA: Schema =
    Schema::new("EventsLimit", Kind::Integer).min(1.0).max(10000.0);

static FILTER_LOG_EVENTS_REQUEST_SCHEMA_MEMBERS: [Member; 11] = [
    Member::new("endTime", &TIMESTAMP_SCHEMA),
    Member::new("filterPattern", &FILTER_PATTERN_SCHEMA),
    Member::new("interleaved", &schema::BOOLEAN),
    Member::new("limit", &EVENTS_LIMIT_SCHEMA),
    Member::new("logGroupIdentifier", &LOG_GROUP_IDENTIFIER_SCHEMA),
    Member::new("logGroupName", &LOG_GROUP_NAME_SCHEMA),
    Member::new("logStreamNamePrefix", &LOG_STREAM_NAME_SCHEMA),
    Member::new("logStreamNames", &INPUT_LOG_STREAM_NAMES_SCHEMA),
    Member::new("nextToken", &NEXT_TOKEN_SCHEMA),
    Member::new("startTime", &TIMESTAMP_SCHEMA),
    Member::new("unmask", &schema::BOOLEAN),
];
static FILTER_LOG_EVENTS_REQUEST_SCHEMA: Schema = Schema::new(
    "FilterLogEventsRequest",
    Kind::Structure(&FILTER_LOG_EVENTS_REQUEST_SCHEMA_MEMBERS),
);

static FILTER_LOG_EVENTS_RESPONSE_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("events", &FILTERED_LOG_EVENTS_SCHEMA),
    Member::new("nextToken", &NEXT_TOKEN_SCHEMA),
    Member::new("searchedLogStreams", &SEARCHED_LOG_STREAMS_SCHEMA),
];
static FILTER_LOG_EVENTS_RESPONSE_SCHEMA: Schema = Schema::new(
    "FilterLogEventsResponse",
    Kind::Structure(&FILTER_LOG_EVENTS_RESPONSE_SCHEMA_MEMBERS),
);

static FILTER_PATTERN_SCHEMA: Schema =
    Schema::new("FilterPattern", Kind::String).min(0.0).max(1024.0);

static FILTERED_LOG_EVENT_SCHEMA_MEMBERS: [Member; 5] = [
    Member::new("eventId", &schema::STRING),
    Member::new("ingestionTime", &TIMESTAMP_SCHEMA),
    Member::new("logStreamName", &LOG_STREAM_NAME_SCHEMA),
    Member::new("message", &EVENT_MESSAGE_SCHEMA),
    Member::new("timestamp", &TIMESTAMP_SCHEMA),
];
static FILTERED_LOG_EVENT_SCHEMA: Schema =
    Schema::new("FilteredLogEvent", Kind::Structure(&FILTERED_LOG_EVENT_SCHEMA_MEMBERS));

static FILTERED_LOG_EVENTS_SCHEMA: Schema = Schema::new(
    "FilteredLogEvents",
    Kind::List { member: &FILTERED_LOG_EVENT_SCHEMA, element: "member" },
);

static GET_LOG_EVENTS_REQUEST_SCHEMA_MEMBERS: [Member; 9] = [
    Member::new("endTime", &TIMESTAMP_SCHEMA),
    Member::new("limit", &EVENTS_LIMIT_SCHEMA),
    Member::new("logGroupIdentifier", &LOG_GROUP_IDENTIFIER_SCHEMA),
    Member::new("logGroupName", &LOG_GROUP_NAME_SCHEMA),
    Member::new("logStreamName", &LOG_STREAM_NAME_SCHEMA).required(),
    Member::new("nextToken", &NEXT_TOKEN_SCHEMA),
    Member::new("startFromHead", &schema::BOOLEAN),
    Member::new("startTime", &TIMESTAMP_SCHEMA),
    Member::new("unmask", &schema::BOOLEAN),
];
static GET_LOG_EVENTS_REQUEST_SCHEMA: Schema =
    Schema::new("GetLogEventsRequest", Kind::Structure(&GET_LOG_EVENTS_REQUEST_SCHEMA_MEMBERS));

static GET_LOG_EVENTS_RESPONSE_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("events", &OUTPUT_LOG_EVENTS_SCHEMA),
    Member::new("nextBackwardToken", &NEXT_TOKEN_SCHEMA),
    Member::new("nextForwardToken", &NEXT_TOKEN_SCHEMA),
];
static GET_LOG_EVENTS_RESPONSE_SCHEMA: Schema =
    Schema::new("GetLogEventsResponse", Kind::Structure(&GET_LOG_EVENTS_RESPONSE_SCHEMA_MEMBERS));

static INHERITED_PROPERTIES_SCHEMA: Schema = Schema::new(
    "InheritedProperties",
    Kind::List { member: &INHERITED_PROPERTY_SCHEMA, element: "member" },
);

static INHERITED_PROPERTY_SCHEMA: Schema =
    Schema::new("InheritedProperty", Kind::String).values(&["ACCOUNT_DATA_PROTECTION"]);

static INPUT_LOG_EVENT_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("message", &EVENT_MESSAGE_SCHEMA).required(),
    Member::new("timestamp", &TIMESTAMP_SCHEMA).required(),
];
static INPUT_LOG_EVENT_SCHEMA: Schema =
    Schema::new("InputLogEvent", Kind::Structure(&INPUT_LOG_EVENT_SCHEMA_MEMBERS));

static INPUT_LOG_EVENTS_SCHEMA: Schema = Schema::new(
    "InputLogEvents",
    Kind::List { member: &INPUT_LOG_EVENT_SCHEMA, element: "member" },
)
.min(1.0)
.max(10000.0);

static INPUT_LOG_STREAM_NAMES_SCHEMA: Schema = Schema::new(
    "InputLogStreamNames",
    Kind::List { member: &LOG_STREAM_NAME_SCHEMA, element: "member" },
)
.min(1.0)
.max(100.0);

static KMS_KEY_ID_SCHEMA: Schema = Schema::new("KmsKeyId", Kind::String).max(256.0);

static LOG_GROUP_SCHEMA_MEMBERS: [Member; 13] = [
    Member::new("arn", &schema::STRING),
    Member::new("bearerTokenAuthenticationEnabled", &schema::BOOLEAN),
    Member::new("creationTime", &TIMESTAMP_SCHEMA),
    Member::new("dataProtectionStatus", &DATA_PROTECTION_STATUS_SCHEMA),
    Member::new("deletionProtectionEnabled", &schema::BOOLEAN),
    Member::new("inheritedProperties", &INHERITED_PROPERTIES_SCHEMA),
    Member::new("kmsKeyId", &KMS_KEY_ID_SCHEMA),
    Member::new("logGroupArn", &schema::STRING),
    Member::new("logGroupClass", &LOG_GROUP_CLASS_SCHEMA),
    Member::new("logGroupName", &LOG_GROUP_NAME_SCHEMA),
    Member::new("metricFilterCount", &schema::INTEGER),
    Member::new("retentionInDays", &schema::INTEGER),
    Member::new("storedBytes", &STORED_BYTES_SCHEMA),
];
static LOG_GROUP_SCHEMA: Schema =
    Schema::new("LogGroup", Kind::Structure(&LOG_GROUP_SCHEMA_MEMBERS));

static LOG_GROUP_CLASS_SCHEMA: Schema = Schema::new("LogGroupClass", Kind::String).values(&[
    "STANDARD",
    "INFREQUENT_ACCESS",
    "DELIVERY",
]);

static LOG_GROUP_IDENTIFIER_SCHEMA_PATTERN: Pattern = Pattern::new(r#"[\w#+=/:,.@-]*"#);
static LOG_GROUP_IDENTIFIER_SCHEMA: Schema = Schema::new("LogGroupIdentifier", Kind::String)
    .min(1.0)
    .max(2048.0)
    .pattern(&LOG_GROUP_IDENTIFIER_SCHEMA_PATTERN);

static LOG_GROUP_NAME_SCHEMA_PATTERN: Pattern = Pattern::new(r#"[\.\-_/#A-Za-z0-9]+"#);
static LOG_GROUP_NAME_SCHEMA: Schema = Schema::new("LogGroupName", Kind::String)
    .min(1.0)
    .max(512.0)
    .pattern(&LOG_GROUP_NAME_SCHEMA_PATTERN);

static LOG_GROUP_NAME_PATTERN_SCHEMA_PATTERN: Pattern = Pattern::new(r#"[\.\-_/#A-Za-z0-9]*"#);
static LOG_GROUP_NAME_PATTERN_SCHEMA: Schema = Schema::new("LogGroupNamePattern", Kind::String)
    .min(0.0)
    .max(512.0)
    .pattern(&LOG_GROUP_NAME_PATTERN_SCHEMA_PATTERN);

static LOG_GROUPS_SCHEMA: Schema =
    Schema::new("LogGroups", Kind::List { member: &LOG_GROUP_SCHEMA, element: "member" });

static LOG_STREAM_SCHEMA_MEMBERS: [Member; 8] = [
    Member::new("arn", &schema::STRING),
    Member::new("creationTime", &TIMESTAMP_SCHEMA),
    Member::new("firstEventTimestamp", &TIMESTAMP_SCHEMA),
    Member::new("lastEventTimestamp", &TIMESTAMP_SCHEMA),
    Member::new("lastIngestionTime", &TIMESTAMP_SCHEMA),
    Member::new("logStreamName", &LOG_STREAM_NAME_SCHEMA),
    Member::new("storedBytes", &STORED_BYTES_SCHEMA),
    Member::new("uploadSequenceToken", &SEQUENCE_TOKEN_SCHEMA),
];
static LOG_STREAM_SCHEMA: Schema =
    Schema::new("LogStream", Kind::Structure(&LOG_STREAM_SCHEMA_MEMBERS));

static LOG_STREAM_NAME_SCHEMA_PATTERN: Pattern = Pattern::new(r#"[^:*]*"#);
static LOG_STREAM_NAME_SCHEMA: Schema = Schema::new("LogStreamName", Kind::String)
    .min(1.0)
    .max(512.0)
    .pattern(&LOG_STREAM_NAME_SCHEMA_PATTERN);

static LOG_STREAMS_SCHEMA: Schema =
    Schema::new("LogStreams", Kind::List { member: &LOG_STREAM_SCHEMA, element: "member" });

static NEXT_TOKEN_SCHEMA: Schema = Schema::new("NextToken", Kind::String).min(1.0);

static ORDER_BY_SCHEMA: Schema =
    Schema::new("OrderBy", Kind::String).values(&["LogStreamName", "LastEventTime"]);

static OUTPUT_LOG_EVENT_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("ingestionTime", &TIMESTAMP_SCHEMA),
    Member::new("message", &EVENT_MESSAGE_SCHEMA),
    Member::new("timestamp", &TIMESTAMP_SCHEMA),
];
static OUTPUT_LOG_EVENT_SCHEMA: Schema =
    Schema::new("OutputLogEvent", Kind::Structure(&OUTPUT_LOG_EVENT_SCHEMA_MEMBERS));

static OUTPUT_LOG_EVENTS_SCHEMA: Schema = Schema::new(
    "OutputLogEvents",
    Kind::List { member: &OUTPUT_LOG_EVENT_SCHEMA, element: "member" },
);

static PUT_LOG_EVENTS_REQUEST_SCHEMA_MEMBERS: [Member; 5] = [
    Member::new("entity", &ENTITY_SCHEMA),
    Member::new("logEvents", &INPUT_LOG_EVENTS_SCHEMA).required(),
    Member::new("logGroupName", &LOG_GROUP_NAME_SCHEMA).required(),
    Member::new("logStreamName", &LOG_STREAM_NAME_SCHEMA).required(),
    Member::new("sequenceToken", &SEQUENCE_TOKEN_SCHEMA),
];
static PUT_LOG_EVENTS_REQUEST_SCHEMA: Schema =
    Schema::new("PutLogEventsRequest", Kind::Structure(&PUT_LOG_EVENTS_REQUEST_SCHEMA_MEMBERS));

static PUT_LOG_EVENTS_RESPONSE_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("nextSequenceToken", &SEQUENCE_TOKEN_SCHEMA),
    Member::new("rejectedEntityInfo", &REJECTED_ENTITY_INFO_SCHEMA),
    Member::new("rejectedLogEventsInfo", &REJECTED_LOG_EVENTS_INFO_SCHEMA),
];
static PUT_LOG_EVENTS_RESPONSE_SCHEMA: Schema =
    Schema::new("PutLogEventsResponse", Kind::Structure(&PUT_LOG_EVENTS_RESPONSE_SCHEMA_MEMBERS));

static REJECTED_ENTITY_INFO_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("errorType", &ENTITY_REJECTION_ERROR_TYPE_SCHEMA).required()];
static REJECTED_ENTITY_INFO_SCHEMA: Schema =
    Schema::new("RejectedEntityInfo", Kind::Structure(&REJECTED_ENTITY_INFO_SCHEMA_MEMBERS));

static REJECTED_LOG_EVENTS_INFO_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("expiredLogEventEndIndex", &schema::INTEGER),
    Member::new("tooNewLogEventStartIndex", &schema::INTEGER),
    Member::new("tooOldLogEventEndIndex", &schema::INTEGER),
];
static REJECTED_LOG_EVENTS_INFO_SCHEMA: Schema =
    Schema::new("RejectedLogEventsInfo", Kind::Structure(&REJECTED_LOG_EVENTS_INFO_SCHEMA_MEMBERS));

static SEARCHED_LOG_STREAM_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("logStreamName", &LOG_STREAM_NAME_SCHEMA),
    Member::new("searchedCompletely", &schema::BOOLEAN),
];
static SEARCHED_LOG_STREAM_SCHEMA: Schema =
    Schema::new("SearchedLogStream", Kind::Structure(&SEARCHED_LOG_STREAM_SCHEMA_MEMBERS));

static SEARCHED_LOG_STREAMS_SCHEMA: Schema = Schema::new(
    "SearchedLogStreams",
    Kind::List { member: &SEARCHED_LOG_STREAM_SCHEMA, element: "member" },
);

static SEQUENCE_TOKEN_SCHEMA: Schema = Schema::new("SequenceToken", Kind::String).min(1.0);

static STORED_BYTES_SCHEMA: Schema = Schema::new("StoredBytes", Kind::Long).min(0.0);

static TAG_KEY_SCHEMA_PATTERN: Pattern = Pattern::new(r#"^([\p{L}\p{Z}\p{N}_.:/=+\-@]+)$"#);
static TAG_KEY_SCHEMA: Schema =
    Schema::new("TagKey", Kind::String).min(1.0).max(128.0).pattern(&TAG_KEY_SCHEMA_PATTERN);

static TAG_VALUE_SCHEMA_PATTERN: Pattern = Pattern::new(r#"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$"#);
static TAG_VALUE_SCHEMA: Schema =
    Schema::new("TagValue", Kind::String).max(256.0).pattern(&TAG_VALUE_SCHEMA_PATTERN);

static TAGS_SCHEMA: Schema = Schema::new(
    "Tags",
    Kind::Map {
        key: &TAG_KEY_SCHEMA,
        value: &TAG_VALUE_SCHEMA,
        key_name: "key",
        value_name: "value",
    },
)
.min(1.0)
.max(50.0);

static TIMESTAMP_SCHEMA: Schema = Schema::new("Timestamp", Kind::Long).min(0.0);
