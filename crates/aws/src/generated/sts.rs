//! AWS Security Token Service, 2011-06-15. Written by `cargo xtask generate` from sts/2011-06-15 of botocore 1.43.11;
//! never edited by hand.

use crate::pattern::Pattern;
use crate::protocol::Protocol;
use crate::schema::{self, ErrorShape, Kind, Member, Operation, Schema, ServiceModel, Validation};
use crate::value::{input, output, wire};
use tidemill_kernel::{Service, Timestamp};

pub static MODEL: ServiceModel = ServiceModel {
    service: Service::Sts,
    version: "2011-06-15",
    protocols: &[Protocol::Query],
    target_prefix: None,
    error_namespace: None,
    xml_namespace: Some("https://sts.amazonaws.com/doc/2011-06-15/"),
    validation: Validation::Listed { code: "ValidationError" },
    operations: &[&ASSUME_ROLE, &GET_CALLER_IDENTITY],
    errors: &[
        ErrorShape {
            shape: "ExpiredTokenException",
            code: "ExpiredTokenException",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "MalformedPolicyDocumentException",
            code: "MalformedPolicyDocument",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "PackedPolicyTooLargeException",
            code: "PackedPolicyTooLarge",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "RegionDisabledException",
            code: "RegionDisabledException",
            status: 403,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
    ],
};

pub static ASSUME_ROLE: Operation = Operation {
    model: &MODEL,
    name: "AssumeRole",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &ASSUME_ROLE_REQUEST_SCHEMA,
    output: &ASSUME_ROLE_RESPONSE_SCHEMA,
    result_wrapper: Some("AssumeRoleResult"),
    errors: &[
        "MalformedPolicyDocumentException",
        "PackedPolicyTooLargeException",
        "RegionDisabledException",
        "ExpiredTokenException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AssumeRoleInput {
    pub duration_seconds: Option<i32>,
    pub external_id: Option<String>,
    pub policy: Option<String>,
    pub policy_arns: Option<Vec<PolicyDescriptorType>>,
    pub provided_contexts: Option<Vec<ProvidedContext>>,
    pub role_arn: String,
    pub role_session_name: String,
    pub serial_number: Option<String>,
    pub source_identity: Option<String>,
    pub tags: Option<Vec<Tag>>,
    pub token_code: Option<String>,
    pub transitive_tag_keys: Option<Vec<String>>,
}
wire!(AssumeRoleInput {
    duration_seconds,
    external_id,
    policy,
    policy_arns,
    provided_contexts,
    role_arn,
    role_session_name,
    serial_number,
    source_identity,
    tags,
    token_code,
    transitive_tag_keys
});

input!(AssumeRoleInput, ASSUME_ROLE);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AssumeRoleOutput {
    pub assumed_role_user: Option<AssumedRoleUser>,
    pub credentials: Option<Credentials>,
    pub packed_policy_size: Option<i32>,
    pub source_identity: Option<String>,
}
wire!(AssumeRoleOutput { assumed_role_user, credentials, packed_policy_size, source_identity });

output!(AssumeRoleOutput, ASSUME_ROLE);

pub static GET_CALLER_IDENTITY: Operation = Operation {
    model: &MODEL,
    name: "GetCallerIdentity",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &GET_CALLER_IDENTITY_REQUEST_SCHEMA,
    output: &GET_CALLER_IDENTITY_RESPONSE_SCHEMA,
    result_wrapper: Some("GetCallerIdentityResult"),
    errors: &[],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetCallerIdentityInput {}
wire!(GetCallerIdentityInput {});

input!(GetCallerIdentityInput, GET_CALLER_IDENTITY);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetCallerIdentityOutput {
    pub account: Option<String>,
    pub arn: Option<String>,
    pub user_id: Option<String>,
}
wire!(GetCallerIdentityOutput { account, arn, user_id });

output!(GetCallerIdentityOutput, GET_CALLER_IDENTITY);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AssumedRoleUser {
    pub arn: String,
    pub assumed_role_id: String,
}
wire!(AssumedRoleUser { arn, assumed_role_id });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Credentials {
    pub access_key_id: String,
    pub expiration: Timestamp,
    pub secret_access_key: String,
    pub session_token: String,
}
wire!(Credentials { access_key_id, expiration, secret_access_key, session_token });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicyDescriptorType {
    pub arn: Option<String>,
}
wire!(PolicyDescriptorType { arn });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProvidedContext {
    pub context_assertion: Option<String>,
    pub provider_arn: Option<String>,
}
wire!(ProvidedContext { context_assertion, provider_arn });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tag {
    pub key: String,
    pub value: String,
}
wire!(Tag { key, value });

static ASSUME_ROLE_REQUEST_SCHEMA_MEMBERS: [Member; 12] = [
    Member::new("DurationSeconds", &ROLE_DURATION_SECONDS_TYPE_SCHEMA),
    Member::new("ExternalId", &EXTERNAL_ID_TYPE_SCHEMA),
    Member::new("Policy", &UNRESTRICTED_SESSION_POLICY_DOCUMENT_TYPE_SCHEMA),
    Member::new("PolicyArns", &POLICY_DESCRIPTOR_LIST_TYPE_SCHEMA),
    Member::new("ProvidedContexts", &PROVIDED_CONTEXTS_LIST_TYPE_SCHEMA),
    Member::new("RoleArn", &ARN_TYPE_SCHEMA).required(),
    Member::new("RoleSessionName", &ROLE_SESSION_NAME_TYPE_SCHEMA).required(),
    Member::new("SerialNumber", &SERIAL_NUMBER_TYPE_SCHEMA),
    Member::new("SourceIdentity", &SOURCE_IDENTITY_TYPE_SCHEMA),
    Member::new("Tags", &TAG_LIST_TYPE_SCHEMA),
    Member::new("TokenCode", &TOKEN_CODE_TYPE_SCHEMA),
    Member::new("TransitiveTagKeys", &TAG_KEY_LIST_TYPE_SCHEMA),
];
static ASSUME_ROLE_REQUEST_SCHEMA: Schema =
    Schema::new("AssumeRoleRequest", Kind::Structure(&ASSUME_ROLE_REQUEST_SCHEMA_MEMBERS));

static ASSUME_ROLE_RESPONSE_SCHEMA_MEMBERS: [Member; 4] = [
    Member::new("AssumedRoleUser", &ASSUMED_ROLE_USER_SCHEMA),
    Member::new("Credentials", &CREDENTIALS_SCHEMA),
    Member::new("PackedPolicySize", &NON_NEGATIVE_INTEGER_TYPE_SCHEMA),
    Member::new("SourceIdentity", &SOURCE_IDENTITY_TYPE_SCHEMA),
];
static ASSUME_ROLE_RESPONSE_SCHEMA: Schema =
    Schema::new("AssumeRoleResponse", Kind::Structure(&ASSUME_ROLE_RESPONSE_SCHEMA_MEMBERS));

static ASSUMED_ROLE_USER_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("Arn", &ARN_TYPE_SCHEMA).required(),
    Member::new("AssumedRoleId", &ASSUMED_ROLE_ID_TYPE_SCHEMA).required(),
];
static ASSUMED_ROLE_USER_SCHEMA: Schema =
    Schema::new("AssumedRoleUser", Kind::Structure(&ASSUMED_ROLE_USER_SCHEMA_MEMBERS));

static CREDENTIALS_SCHEMA_MEMBERS: [Member; 4] = [
    Member::new("AccessKeyId", &ACCESS_KEY_ID_TYPE_SCHEMA).required(),
    Member::new("Expiration", &schema::TIMESTAMP).required(),
    Member::new("SecretAccessKey", &ACCESS_KEY_SECRET_TYPE_SCHEMA).required(),
    Member::new("SessionToken", &schema::STRING).required(),
];
static CREDENTIALS_SCHEMA: Schema =
    Schema::new("Credentials", Kind::Structure(&CREDENTIALS_SCHEMA_MEMBERS));

static GET_CALLER_IDENTITY_REQUEST_SCHEMA_MEMBERS: [Member; 0] = [];
static GET_CALLER_IDENTITY_REQUEST_SCHEMA: Schema = Schema::new(
    "GetCallerIdentityRequest",
    Kind::Structure(&GET_CALLER_IDENTITY_REQUEST_SCHEMA_MEMBERS),
);

static GET_CALLER_IDENTITY_RESPONSE_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("Account", &schema::STRING),
    Member::new("Arn", &ARN_TYPE_SCHEMA),
    Member::new("UserId", &schema::STRING),
];
static GET_CALLER_IDENTITY_RESPONSE_SCHEMA: Schema = Schema::new(
    "GetCallerIdentityResponse",
    Kind::Structure(&GET_CALLER_IDENTITY_RESPONSE_SCHEMA_MEMBERS),
);

static POLICY_DESCRIPTOR_TYPE_SCHEMA_MEMBERS: [Member; 1] = [Member::new("arn", &ARN_TYPE_SCHEMA)];
static POLICY_DESCRIPTOR_TYPE_SCHEMA: Schema =
    Schema::new("PolicyDescriptorType", Kind::Structure(&POLICY_DESCRIPTOR_TYPE_SCHEMA_MEMBERS));

static PROVIDED_CONTEXT_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("ContextAssertion", &CONTEXT_ASSERTION_TYPE_SCHEMA),
    Member::new("ProviderArn", &ARN_TYPE_SCHEMA),
];
static PROVIDED_CONTEXT_SCHEMA: Schema =
    Schema::new("ProvidedContext", Kind::Structure(&PROVIDED_CONTEXT_SCHEMA_MEMBERS));

static PROVIDED_CONTEXTS_LIST_TYPE_SCHEMA: Schema = Schema::new(
    "ProvidedContextsListType",
    Kind::List { member: &PROVIDED_CONTEXT_SCHEMA, element: "member" },
)
.min(1.0)
.max(5.0);

static TAG_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("Key", &TAG_KEY_TYPE_SCHEMA).required(),
    Member::new("Value", &TAG_VALUE_TYPE_SCHEMA).required(),
];
static TAG_SCHEMA: Schema = Schema::new("Tag", Kind::Structure(&TAG_SCHEMA_MEMBERS));

static ACCESS_KEY_ID_TYPE_SCHEMA_PATTERN: Pattern = Pattern::new(r#"[\w]*"#);
static ACCESS_KEY_ID_TYPE_SCHEMA: Schema = Schema::new("accessKeyIdType", Kind::String)
    .min(16.0)
    .max(128.0)
    .pattern(&ACCESS_KEY_ID_TYPE_SCHEMA_PATTERN);

static ACCESS_KEY_SECRET_TYPE_SCHEMA: Schema =
    Schema::new("accessKeySecretType", Kind::String).sensitive();

static ARN_TYPE_SCHEMA_PATTERN: Pattern = Pattern::new(
    r#"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+"#,
);
static ARN_TYPE_SCHEMA: Schema =
    Schema::new("arnType", Kind::String).min(20.0).max(2048.0).pattern(&ARN_TYPE_SCHEMA_PATTERN);

static ASSUMED_ROLE_ID_TYPE_SCHEMA_PATTERN: Pattern = Pattern::new(r#"[\w+=,.@:-]*"#);
static ASSUMED_ROLE_ID_TYPE_SCHEMA: Schema = Schema::new("assumedRoleIdType", Kind::String)
    .min(2.0)
    .max(193.0)
    .pattern(&ASSUMED_ROLE_ID_TYPE_SCHEMA_PATTERN);

static CONTEXT_ASSERTION_TYPE_SCHEMA: Schema =
    Schema::new("contextAssertionType", Kind::String).min(4.0).max(2048.0);

static EXTERNAL_ID_TYPE_SCHEMA_PATTERN: Pattern = Pattern::new(r#"[\w+=,.@:\/-]*"#);
static EXTERNAL_ID_TYPE_SCHEMA: Schema = Schema::new("externalIdType", Kind::String)
    .min(2.0)
    .max(1224.0)
    .pattern(&EXTERNAL_ID_TYPE_SCHEMA_PATTERN);

static NON_NEGATIVE_INTEGER_TYPE_SCHEMA: Schema =
    Schema::new("nonNegativeIntegerType", Kind::Integer).min(0.0);

static POLICY_DESCRIPTOR_LIST_TYPE_SCHEMA: Schema = Schema::new(
    "policyDescriptorListType",
    Kind::List { member: &POLICY_DESCRIPTOR_TYPE_SCHEMA, element: "member" },
);

static ROLE_DURATION_SECONDS_TYPE_SCHEMA: Schema =
    Schema::new("roleDurationSecondsType", Kind::Integer).min(900.0).max(43200.0);

static ROLE_SESSION_NAME_TYPE_SCHEMA_PATTERN: Pattern = Pattern::new(r#"[\w+=,.@-]*"#);
static ROLE_SESSION_NAME_TYPE_SCHEMA: Schema = Schema::new("roleSessionNameType", Kind::String)
    .min(2.0)
    .max(64.0)
    .pattern(&ROLE_SESSION_NAME_TYPE_SCHEMA_PATTERN);

static SERIAL_NUMBER_TYPE_SCHEMA_PATTERN: Pattern = Pattern::new(r#"[\w+=/:,.@-]*"#);
static SERIAL_NUMBER_TYPE_SCHEMA: Schema = Schema::new("serialNumberType", Kind::String)
    .min(9.0)
    .max(256.0)
    .pattern(&SERIAL_NUMBER_TYPE_SCHEMA_PATTERN);

static SOURCE_IDENTITY_TYPE_SCHEMA_PATTERN: Pattern = Pattern::new(r#"[\w+=,.@-]*"#);
static SOURCE_IDENTITY_TYPE_SCHEMA: Schema = Schema::new("sourceIdentityType", Kind::String)
    .min(2.0)
    .max(64.0)
    .pattern(&SOURCE_IDENTITY_TYPE_SCHEMA_PATTERN);

static TAG_KEY_LIST_TYPE_SCHEMA: Schema =
    Schema::new("tagKeyListType", Kind::List { member: &TAG_KEY_TYPE_SCHEMA, element: "member" })
        .max(50.0);

static TAG_KEY_TYPE_SCHEMA_PATTERN: Pattern = Pattern::new(r#"[\p{L}\p{Z}\p{N}_.:/=+\-@]+"#);
static TAG_KEY_TYPE_SCHEMA: Schema = Schema::new("tagKeyType", Kind::String)
    .min(1.0)
    .max(128.0)
    .pattern(&TAG_KEY_TYPE_SCHEMA_PATTERN);

static TAG_LIST_TYPE_SCHEMA: Schema =
    Schema::new("tagListType", Kind::List { member: &TAG_SCHEMA, element: "member" }).max(50.0);

static TAG_VALUE_TYPE_SCHEMA_PATTERN: Pattern = Pattern::new(r#"[\p{L}\p{Z}\p{N}_.:/=+\-@]*"#);
static TAG_VALUE_TYPE_SCHEMA: Schema = Schema::new("tagValueType", Kind::String)
    .min(0.0)
    .max(256.0)
    .pattern(&TAG_VALUE_TYPE_SCHEMA_PATTERN);

static TOKEN_CODE_TYPE_SCHEMA_PATTERN: Pattern = Pattern::new(r#"[\d]*"#);
static TOKEN_CODE_TYPE_SCHEMA: Schema = Schema::new("tokenCodeType", Kind::String)
    .min(6.0)
    .max(6.0)
    .pattern(&TOKEN_CODE_TYPE_SCHEMA_PATTERN);

static UNRESTRICTED_SESSION_POLICY_DOCUMENT_TYPE_SCHEMA_PATTERN: Pattern =
    Pattern::new(r#"[\u0009\u000A\u000D\u0020-\u00FF]+"#);
static UNRESTRICTED_SESSION_POLICY_DOCUMENT_TYPE_SCHEMA: Schema =
    Schema::new("unrestrictedSessionPolicyDocumentType", Kind::String)
        .min(1.0)
        .pattern(&UNRESTRICTED_SESSION_POLICY_DOCUMENT_TYPE_SCHEMA_PATTERN);
