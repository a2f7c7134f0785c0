//! AWS Identity and Access Management, 2010-05-08. Written by `cargo xtask generate` from iam/2010-05-08 of botocore 1.43.11;
//! never edited by hand.

use crate::pattern::Pattern;
use crate::protocol::Protocol;
use crate::schema::{self, ErrorShape, Kind, Member, Operation, Schema, ServiceModel, Validation};
use crate::value::{input, output, wire};
use tidemill_kernel::{Service, Timestamp};

pub static MODEL: ServiceModel = ServiceModel {
    service: Service::Iam,
    version: "2010-05-08",
    protocols: &[Protocol::Query],
    target_prefix: None,
    error_namespace: None,
    xml_namespace: Some("https://iam.amazonaws.com/doc/2010-05-08/"),
    validation: Validation::Listed { code: "ValidationError" },
    operations: &[
        &ATTACH_ROLE_POLICY,
        &ATTACH_USER_POLICY,
        &CREATE_ACCESS_KEY,
        &CREATE_POLICY,
        &CREATE_POLICY_VERSION,
        &CREATE_ROLE,
        &CREATE_USER,
        &DELETE_ACCESS_KEY,
        &DELETE_POLICY,
        &DELETE_POLICY_VERSION,
        &DELETE_ROLE,
        &DELETE_ROLE_POLICY,
        &DELETE_USER,
        &DELETE_USER_POLICY,
        &DETACH_ROLE_POLICY,
        &DETACH_USER_POLICY,
        &GET_POLICY,
        &GET_POLICY_VERSION,
        &GET_ROLE,
        &GET_ROLE_POLICY,
        &GET_USER,
        &GET_USER_POLICY,
        &LIST_ACCESS_KEYS,
        &LIST_ATTACHED_ROLE_POLICIES,
        &LIST_ATTACHED_USER_POLICIES,
        &LIST_ENTITIES_FOR_POLICY,
        &LIST_GROUPS_FOR_USER,
        &LIST_INSTANCE_PROFILES_FOR_ROLE,
        &LIST_POLICIES,
        &LIST_POLICY_TAGS,
        &LIST_POLICY_VERSIONS,
        &LIST_ROLE_POLICIES,
        &LIST_ROLE_TAGS,
        &LIST_ROLES,
        &LIST_USER_POLICIES,
        &LIST_USER_TAGS,
        &LIST_USERS,
        &PUT_ROLE_POLICY,
        &PUT_USER_POLICY,
        &TAG_POLICY,
        &TAG_ROLE,
        &TAG_USER,
        &UNTAG_POLICY,
        &UNTAG_ROLE,
        &UNTAG_USER,
        &UPDATE_ACCESS_KEY,
        &UPDATE_ASSUME_ROLE_POLICY,
        &UPDATE_ROLE,
    ],
    errors: &[
        ErrorShape {
            shape: "ConcurrentModificationException",
            code: "ConcurrentModification",
            status: 409,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "DeleteConflictException",
            code: "DeleteConflict",
            status: 409,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "EntityAlreadyExistsException",
            code: "EntityAlreadyExists",
            status: 409,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "InvalidInputException",
            code: "InvalidInput",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "LimitExceededException",
            code: "LimitExceeded",
            status: 409,
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
            shape: "NoSuchEntityException",
            code: "NoSuchEntity",
            status: 404,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "PolicyNotAttachableException",
            code: "PolicyNotAttachable",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "ServiceFailureException",
            code: "ServiceFailure",
            status: 500,
            is_sender: false,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "UnmodifiableEntityException",
            code: "UnmodifiableEntity",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
    ],
};

pub static ATTACH_ROLE_POLICY: Operation = Operation {
    model: &MODEL,
    name: "AttachRolePolicy",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &ATTACH_ROLE_POLICY_REQUEST_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "NoSuchEntityException",
        "LimitExceededException",
        "InvalidInputException",
        "UnmodifiableEntityException",
        "PolicyNotAttachableException",
        "ServiceFailureException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AttachRolePolicyInput {
    pub policy_arn: String,
    pub role_name: String,
}
wire!(AttachRolePolicyInput { policy_arn, role_name });

input!(AttachRolePolicyInput, ATTACH_ROLE_POLICY);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AttachRolePolicyOutput {}
wire!(AttachRolePolicyOutput {});

output!(AttachRolePolicyOutput, ATTACH_ROLE_POLICY);

pub static ATTACH_USER_POLICY: Operation = Operation {
    model: &MODEL,
    name: "AttachUserPolicy",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &ATTACH_USER_POLICY_REQUEST_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "NoSuchEntityException",
        "LimitExceededException",
        "InvalidInputException",
        "PolicyNotAttachableException",
        "ServiceFailureException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AttachUserPolicyInput {
    pub policy_arn: String,
    pub user_name: String,
}
wire!(AttachUserPolicyInput { policy_arn, user_name });

input!(AttachUserPolicyInput, ATTACH_USER_POLICY);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AttachUserPolicyOutput {}
wire!(AttachUserPolicyOutput {});

output!(AttachUserPolicyOutput, ATTACH_USER_POLICY);

pub static CREATE_ACCESS_KEY: Operation = Operation {
    model: &MODEL,
    name: "CreateAccessKey",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &CREATE_ACCESS_KEY_REQUEST_SCHEMA,
    output: &CREATE_ACCESS_KEY_RESPONSE_SCHEMA,
    result_wrapper: Some("CreateAccessKeyResult"),
    errors: &["NoSuchEntityException", "LimitExceededException", "ServiceFailureException"],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateAccessKeyInput {
    pub user_name: Option<String>,
}
wire!(CreateAccessKeyInput { user_name });

input!(CreateAccessKeyInput, CREATE_ACCESS_KEY);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateAccessKeyOutput {
    pub access_key: AccessKey,
}
wire!(CreateAccessKeyOutput { access_key });

output!(CreateAccessKeyOutput, CREATE_ACCESS_KEY);

pub static CREATE_POLICY: Operation = Operation {
    model: &MODEL,
    name: "CreatePolicy",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &CREATE_POLICY_REQUEST_SCHEMA,
    output: &CREATE_POLICY_RESPONSE_SCHEMA,
    result_wrapper: Some("CreatePolicyResult"),
    errors: &[
        "InvalidInputException",
        "LimitExceededException",
        "EntityAlreadyExistsException",
        "MalformedPolicyDocumentException",
        "ConcurrentModificationException",
        "ServiceFailureException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreatePolicyInput {
    pub description: Option<String>,
    pub path: Option<String>,
    pub policy_document: String,
    pub policy_name: String,
    pub tags: Option<Vec<Tag>>,
}
wire!(CreatePolicyInput { description, path, policy_document, policy_name, tags });

input!(CreatePolicyInput, CREATE_POLICY);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreatePolicyOutput {
    pub policy: Option<Policy>,
}
wire!(CreatePolicyOutput { policy });

output!(CreatePolicyOutput, CREATE_POLICY);

pub static CREATE_POLICY_VERSION: Operation = Operation {
    model: &MODEL,
    name: "CreatePolicyVersion",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &CREATE_POLICY_VERSION_REQUEST_SCHEMA,
    output: &CREATE_POLICY_VERSION_RESPONSE_SCHEMA,
    result_wrapper: Some("CreatePolicyVersionResult"),
    errors: &[
        "NoSuchEntityException",
        "MalformedPolicyDocumentException",
        "InvalidInputException",
        "LimitExceededException",
        "ServiceFailureException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreatePolicyVersionInput {
    pub policy_arn: String,
    pub policy_document: String,
    pub set_as_default: Option<bool>,
}
wire!(CreatePolicyVersionInput { policy_arn, policy_document, set_as_default });

input!(CreatePolicyVersionInput, CREATE_POLICY_VERSION);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreatePolicyVersionOutput {
    pub policy_version: Option<PolicyVersion>,
}
wire!(CreatePolicyVersionOutput { policy_version });

output!(CreatePolicyVersionOutput, CREATE_POLICY_VERSION);

pub static CREATE_ROLE: Operation = Operation {
    model: &MODEL,
    name: "CreateRole",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &CREATE_ROLE_REQUEST_SCHEMA,
    output: &CREATE_ROLE_RESPONSE_SCHEMA,
    result_wrapper: Some("CreateRoleResult"),
    errors: &[
        "LimitExceededException",
        "InvalidInputException",
        "EntityAlreadyExistsException",
        "MalformedPolicyDocumentException",
        "ConcurrentModificationException",
        "ServiceFailureException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateRoleInput {
    pub assume_role_policy_document: String,
    pub description: Option<String>,
    pub max_session_duration: Option<i32>,
    pub path: Option<String>,
    pub permissions_boundary: Option<String>,
    pub role_name: String,
    pub tags: Option<Vec<Tag>>,
}
wire!(CreateRoleInput {
    assume_role_policy_document,
    description,
    max_session_duration,
    path,
    permissions_boundary,
    role_name,
    tags
});

input!(CreateRoleInput, CREATE_ROLE);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateRoleOutput {
    pub role: Role,
}
wire!(CreateRoleOutput { role });

output!(CreateRoleOutput, CREATE_ROLE);

pub static CREATE_USER: Operation = Operation {
    model: &MODEL,
    name: "CreateUser",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &CREATE_USER_REQUEST_SCHEMA,
    output: &CREATE_USER_RESPONSE_SCHEMA,
    result_wrapper: Some("CreateUserResult"),
    errors: &[
        "LimitExceededException",
        "EntityAlreadyExistsException",
        "NoSuchEntityException",
        "InvalidInputException",
        "ConcurrentModificationException",
        "ServiceFailureException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateUserInput {
    pub path: Option<String>,
    pub permissions_boundary: Option<String>,
    pub tags: Option<Vec<Tag>>,
    pub user_name: String,
}
wire!(CreateUserInput { path, permissions_boundary, tags, user_name });

input!(CreateUserInput, CREATE_USER);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateUserOutput {
    pub user: Option<User>,
}
wire!(CreateUserOutput { user });

output!(CreateUserOutput, CREATE_USER);

pub static DELETE_ACCESS_KEY: Operation = Operation {
    model: &MODEL,
    name: "DeleteAccessKey",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &DELETE_ACCESS_KEY_REQUEST_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &["NoSuchEntityException", "LimitExceededException", "ServiceFailureException"],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteAccessKeyInput {
    pub access_key_id: String,
    pub user_name: Option<String>,
}
wire!(DeleteAccessKeyInput { access_key_id, user_name });

input!(DeleteAccessKeyInput, DELETE_ACCESS_KEY);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteAccessKeyOutput {}
wire!(DeleteAccessKeyOutput {});

output!(DeleteAccessKeyOutput, DELETE_ACCESS_KEY);

pub static DELETE_POLICY: Operation = Operation {
    model: &MODEL,
    name: "DeletePolicy",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &DELETE_POLICY_REQUEST_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "NoSuchEntityException",
        "LimitExceededException",
        "InvalidInputException",
        "DeleteConflictException",
        "ServiceFailureException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeletePolicyInput {
    pub policy_arn: String,
}
wire!(DeletePolicyInput { policy_arn });

input!(DeletePolicyInput, DELETE_POLICY);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeletePolicyOutput {}
wire!(DeletePolicyOutput {});

output!(DeletePolicyOutput, DELETE_POLICY);

pub static DELETE_POLICY_VERSION: Operation = Operation {
    model: &MODEL,
    name: "DeletePolicyVersion",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &DELETE_POLICY_VERSION_REQUEST_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "NoSuchEntityException",
        "LimitExceededException",
        "InvalidInputException",
        "DeleteConflictException",
        "ServiceFailureException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeletePolicyVersionInput {
    pub policy_arn: String,
    pub version_id: String,
}
wire!(DeletePolicyVersionInput { policy_arn, version_id });

input!(DeletePolicyVersionInput, DELETE_POLICY_VERSION);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeletePolicyVersionOutput {}
wire!(DeletePolicyVersionOutput {});

output!(DeletePolicyVersionOutput, DELETE_POLICY_VERSION);

pub static DELETE_ROLE: Operation = Operation {
    model: &MODEL,
    name: "DeleteRole",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &DELETE_ROLE_REQUEST_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "NoSuchEntityException",
        "DeleteConflictException",
        "LimitExceededException",
        "UnmodifiableEntityException",
        "ConcurrentModificationException",
        "ServiceFailureException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteRoleInput {
    pub role_name: String,
}
wire!(DeleteRoleInput { role_name });

input!(DeleteRoleInput, DELETE_ROLE);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteRoleOutput {}
wire!(DeleteRoleOutput {});

output!(DeleteRoleOutput, DELETE_ROLE);

pub static DELETE_ROLE_POLICY: Operation = Operation {
    model: &MODEL,
    name: "DeleteRolePolicy",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &DELETE_ROLE_POLICY_REQUEST_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "NoSuchEntityException",
        "LimitExceededException",
        "UnmodifiableEntityException",
        "ServiceFailureException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteRolePolicyInput {
    pub policy_name: String,
    pub role_name: String,
}
wire!(DeleteRolePolicyInput { policy_name, role_name });

input!(DeleteRolePolicyInput, DELETE_ROLE_POLICY);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteRolePolicyOutput {}
wire!(DeleteRolePolicyOutput {});

output!(DeleteRolePolicyOutput, DELETE_ROLE_POLICY);

pub static DELETE_USER: Operation = Operation {
    model: &MODEL,
    name: "DeleteUser",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &DELETE_USER_REQUEST_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "LimitExceededException",
        "NoSuchEntityException",
        "DeleteConflictException",
        "ConcurrentModificationException",
        "ServiceFailureException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteUserInput {
    pub user_name: String,
}
wire!(DeleteUserInput { user_name });

input!(DeleteUserInput, DELETE_USER);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteUserOutput {}
wire!(DeleteUserOutput {});

output!(DeleteUserOutput, DELETE_USER);

pub static DELETE_USER_POLICY: Operation = Operation {
    model: &MODEL,
    name: "DeleteUserPolicy",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &DELETE_USER_POLICY_REQUEST_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &["NoSuchEntityException", "LimitExceededException", "ServiceFailureException"],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteUserPolicyInput {
    pub policy_name: String,
    pub user_name: String,
}
wire!(DeleteUserPolicyInput { policy_name, user_name });

input!(DeleteUserPolicyInput, DELETE_USER_POLICY);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteUserPolicyOutput {}
wire!(DeleteUserPolicyOutput {});

output!(DeleteUserPolicyOutput, DELETE_USER_POLICY);

pub static DETACH_ROLE_POLICY: Operation = Operation {
    model: &MODEL,
    name: "DetachRolePolicy",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &DETACH_ROLE_POLICY_REQUEST_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "NoSuchEntityException",
        "LimitExceededException",
        "InvalidInputException",
        "UnmodifiableEntityException",
        "ServiceFailureException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DetachRolePolicyInput {
    pub policy_arn: String,
    pub role_name: String,
}
wire!(DetachRolePolicyInput { policy_arn, role_name });

input!(DetachRolePolicyInput, DETACH_ROLE_POLICY);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DetachRolePolicyOutput {}
wire!(DetachRolePolicyOutput {});

output!(DetachRolePolicyOutput, DETACH_ROLE_POLICY);

pub static DETACH_USER_POLICY: Operation = Operation {
    model: &MODEL,
    name: "DetachUserPolicy",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &DETACH_USER_POLICY_REQUEST_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "NoSuchEntityException",
        "LimitExceededException",
        "InvalidInputException",
        "ServiceFailureException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DetachUserPolicyInput {
    pub policy_arn: String,
    pub user_name: String,
}
wire!(DetachUserPolicyInput { policy_arn, user_name });

input!(DetachUserPolicyInput, DETACH_USER_POLICY);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DetachUserPolicyOutput {}
wire!(DetachUserPolicyOutput {});

output!(DetachUserPolicyOutput, DETACH_USER_POLICY);

pub static GET_POLICY: Operation = Operation {
    model: &MODEL,
    name: "GetPolicy",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &GET_POLICY_REQUEST_SCHEMA,
    output: &GET_POLICY_RESPONSE_SCHEMA,
    result_wrapper: Some("GetPolicyResult"),
    errors: &["NoSuchEntityException", "InvalidInputException", "ServiceFailureException"],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetPolicyInput {
    pub policy_arn: String,
}
wire!(GetPolicyInput { policy_arn });

input!(GetPolicyInput, GET_POLICY);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetPolicyOutput {
    pub policy: Option<Policy>,
}
wire!(GetPolicyOutput { policy });

output!(GetPolicyOutput, GET_POLICY);

pub static GET_POLICY_VERSION: Operation = Operation {
    model: &MODEL,
    name: "GetPolicyVersion",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &GET_POLICY_VERSION_REQUEST_SCHEMA,
    output: &GET_POLICY_VERSION_RESPONSE_SCHEMA,
    result_wrapper: Some("GetPolicyVersionResult"),
    errors: &["NoSuchEntityException", "InvalidInputException", "ServiceFailureException"],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetPolicyVersionInput {
    pub policy_arn: String,
    pub version_id: String,
}
wire!(GetPolicyVersionInput { policy_arn, version_id });

input!(GetPolicyVersionInput, GET_POLICY_VERSION);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetPolicyVersionOutput {
    pub policy_version: Option<PolicyVersion>,
}
wire!(GetPolicyVersionOutput { policy_version });

output!(GetPolicyVersionOutput, GET_POLICY_VERSION);

pub static GET_ROLE: Operation = Operation {
    model: &MODEL,
    name: "GetRole",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &GET_ROLE_REQUEST_SCHEMA,
    output: &GET_ROLE_RESPONSE_SCHEMA,
    result_wrapper: Some("GetRoleResult"),
    errors: &["NoSuchEntityException", "ServiceFailureException"],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetRoleInput {
    pub role_name: String,
}
wire!(GetRoleInput { role_name });

input!(GetRoleInput, GET_ROLE);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetRoleOutput {
    pub role: Role,
}
wire!(GetRoleOutput { role });

output!(GetRoleOutput, GET_ROLE);

pub static GET_ROLE_POLICY: Operation = Operation {
    model: &MODEL,
    name: "GetRolePolicy",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &GET_ROLE_POLICY_REQUEST_SCHEMA,
    output: &GET_ROLE_POLICY_RESPONSE_SCHEMA,
    result_wrapper: Some("GetRolePolicyResult"),
    errors: &["NoSuchEntityException", "ServiceFailureException"],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetRolePolicyInput {
    pub policy_name: String,
    pub role_name: String,
}
wire!(GetRolePolicyInput { policy_name, role_name });

input!(GetRolePolicyInput, GET_ROLE_POLICY);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetRolePolicyOutput {
    pub policy_document: String,
    pub policy_name: String,
    pub role_name: String,
}
wire!(GetRolePolicyOutput { policy_document, policy_name, role_name });

output!(GetRolePolicyOutput, GET_ROLE_POLICY);

pub static GET_USER: Operation = Operation {
    model: &MODEL,
    name: "GetUser",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &GET_USER_REQUEST_SCHEMA,
    output: &GET_USER_RESPONSE_SCHEMA,
    result_wrapper: Some("GetUserResult"),
    errors: &["NoSuchEntityException", "ServiceFailureException"],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetUserInput {
    pub user_name: Option<String>,
}
wire!(GetUserInput { user_name });

input!(GetUserInput, GET_USER);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetUserOutput {
    pub user: User,
}
wire!(GetUserOutput { user });

output!(GetUserOutput, GET_USER);

pub static GET_USER_POLICY: Operation = Operation {
    model: &MODEL,
    name: "GetUserPolicy",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &GET_USER_POLICY_REQUEST_SCHEMA,
    output: &GET_USER_POLICY_RESPONSE_SCHEMA,
    result_wrapper: Some("GetUserPolicyResult"),
    errors: &["NoSuchEntityException", "ServiceFailureException"],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetUserPolicyInput {
    pub policy_name: String,
    pub user_name: String,
}
wire!(GetUserPolicyInput { policy_name, user_name });

input!(GetUserPolicyInput, GET_USER_POLICY);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetUserPolicyOutput {
    pub policy_document: String,
    pub policy_name: String,
    pub user_name: String,
}
wire!(GetUserPolicyOutput { policy_document, policy_name, user_name });

output!(GetUserPolicyOutput, GET_USER_POLICY);

pub static LIST_ACCESS_KEYS: Operation = Operation {
    model: &MODEL,
    name: "ListAccessKeys",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &LIST_ACCESS_KEYS_REQUEST_SCHEMA,
    output: &LIST_ACCESS_KEYS_RESPONSE_SCHEMA,
    result_wrapper: Some("ListAccessKeysResult"),
    errors: &["NoSuchEntityException", "ServiceFailureException"],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListAccessKeysInput {
    pub marker: Option<String>,
    pub max_items: Option<i32>,
    pub user_name: Option<String>,
}
wire!(ListAccessKeysInput { marker, max_items, user_name });

input!(ListAccessKeysInput, LIST_ACCESS_KEYS);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListAccessKeysOutput {
    pub access_key_metadata: Vec<AccessKeyMetadata>,
    pub is_truncated: Option<bool>,
    pub marker: Option<String>,
}
wire!(ListAccessKeysOutput { access_key_metadata, is_truncated, marker });

output!(ListAccessKeysOutput, LIST_ACCESS_KEYS);

pub static LIST_ATTACHED_ROLE_POLICIES: Operation = Operation {
    model: &MODEL,
    name: "ListAttachedRolePolicies",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &LIST_ATTACHED_ROLE_POLICIES_REQUEST_SCHEMA,
    output: &LIST_ATTACHED_ROLE_POLICIES_RESPONSE_SCHEMA,
    result_wrapper: Some("ListAttachedRolePoliciesResult"),
    errors: &["NoSuchEntityException", "InvalidInputException", "ServiceFailureException"],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListAttachedRolePoliciesInput {
    pub marker: Option<String>,
    pub max_items: Option<i32>,
    pub path_prefix: Option<String>,
    pub role_name: String,
}
wire!(ListAttachedRolePoliciesInput { marker, max_items, path_prefix, role_name });

input!(ListAttachedRolePoliciesInput, LIST_ATTACHED_ROLE_POLICIES);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListAttachedRolePoliciesOutput {
    pub attached_policies: Option<Vec<AttachedPolicy>>,
    pub is_truncated: Option<bool>,
    pub marker: Option<String>,
}
wire!(ListAttachedRolePoliciesOutput { attached_policies, is_truncated, marker });

output!(ListAttachedRolePoliciesOutput, LIST_ATTACHED_ROLE_POLICIES);

pub static LIST_ATTACHED_USER_POLICIES: Operation = Operation {
    model: &MODEL,
    name: "ListAttachedUserPolicies",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &LIST_ATTACHED_USER_POLICIES_REQUEST_SCHEMA,
    output: &LIST_ATTACHED_USER_POLICIES_RESPONSE_SCHEMA,
    result_wrapper: Some("ListAttachedUserPoliciesResult"),
    errors: &["NoSuchEntityException", "InvalidInputException", "ServiceFailureException"],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListAttachedUserPoliciesInput {
    pub marker: Option<String>,
    pub max_items: Option<i32>,
    pub path_prefix: Option<String>,
    pub user_name: String,
}
wire!(ListAttachedUserPoliciesInput { marker, max_items, path_prefix, user_name });

input!(ListAttachedUserPoliciesInput, LIST_ATTACHED_USER_POLICIES);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListAttachedUserPoliciesOutput {
    pub attached_policies: Option<Vec<AttachedPolicy>>,
    pub is_truncated: Option<bool>,
    pub marker: Option<String>,
}
wire!(ListAttachedUserPoliciesOutput { attached_policies, is_truncated, marker });

output!(ListAttachedUserPoliciesOutput, LIST_ATTACHED_USER_POLICIES);

pub static LIST_ENTITIES_FOR_POLICY: Operation = Operation {
    model: &MODEL,
    name: "ListEntitiesForPolicy",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &LIST_ENTITIES_FOR_POLICY_REQUEST_SCHEMA,
    output: &LIST_ENTITIES_FOR_POLICY_RESPONSE_SCHEMA,
    result_wrapper: Some("ListEntitiesForPolicyResult"),
    errors: &["NoSuchEntityException", "InvalidInputException", "ServiceFailureException"],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListEntitiesForPolicyInput {
    pub entity_filter: Option<String>,
    pub marker: Option<String>,
    pub max_items: Option<i32>,
    pub path_prefix: Option<String>,
    pub policy_arn: String,
    pub policy_usage_filter: Option<String>,
}
wire!(ListEntitiesForPolicyInput {
    entity_filter,
    marker,
    max_items,
    path_prefix,
    policy_arn,
    policy_usage_filter
});

input!(ListEntitiesForPolicyInput, LIST_ENTITIES_FOR_POLICY);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListEntitiesForPolicyOutput {
    pub is_truncated: Option<bool>,
    pub marker: Option<String>,
    pub policy_groups: Option<Vec<PolicyGroup>>,
    pub policy_roles: Option<Vec<PolicyRole>>,
    pub policy_users: Option<Vec<PolicyUser>>,
}
wire!(ListEntitiesForPolicyOutput {
    is_truncated,
    marker,
    policy_groups,
    policy_roles,
    policy_users
});

output!(ListEntitiesForPolicyOutput, LIST_ENTITIES_FOR_POLICY);

pub static LIST_GROUPS_FOR_USER: Operation = Operation {
    model: &MODEL,
    name: "ListGroupsForUser",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &LIST_GROUPS_FOR_USER_REQUEST_SCHEMA,
    output: &LIST_GROUPS_FOR_USER_RESPONSE_SCHEMA,
    result_wrapper: Some("ListGroupsForUserResult"),
    errors: &["NoSuchEntityException", "ServiceFailureException"],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListGroupsForUserInput {
    pub marker: Option<String>,
    pub max_items: Option<i32>,
    pub user_name: String,
}
wire!(ListGroupsForUserInput { marker, max_items, user_name });

input!(ListGroupsForUserInput, LIST_GROUPS_FOR_USER);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListGroupsForUserOutput {
    pub groups: Vec<Group>,
    pub is_truncated: Option<bool>,
    pub marker: Option<String>,
}
wire!(ListGroupsForUserOutput { groups, is_truncated, marker });

output!(ListGroupsForUserOutput, LIST_GROUPS_FOR_USER);

pub static LIST_INSTANCE_PROFILES_FOR_ROLE: Operation = Operation {
    model: &MODEL,
    name: "ListInstanceProfilesForRole",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &LIST_INSTANCE_PROFILES_FOR_ROLE_REQUEST_SCHEMA,
    output: &LIST_INSTANCE_PROFILES_FOR_ROLE_RESPONSE_SCHEMA,
    result_wrapper: Some("ListInstanceProfilesForRoleResult"),
    errors: &["NoSuchEntityException", "ServiceFailureException"],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListInstanceProfilesForRoleInput {
    pub marker: Option<String>,
    pub max_items: Option<i32>,
    pub role_name: String,
}
wire!(ListInstanceProfilesForRoleInput { marker, max_items, role_name });

input!(ListInstanceProfilesForRoleInput, LIST_INSTANCE_PROFILES_FOR_ROLE);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListInstanceProfilesForRoleOutput {
    pub instance_profiles: Vec<InstanceProfile>,
    pub is_truncated: Option<bool>,
    pub marker: Option<String>,
}
wire!(ListInstanceProfilesForRoleOutput { instance_profiles, is_truncated, marker });

output!(ListInstanceProfilesForRoleOutput, LIST_INSTANCE_PROFILES_FOR_ROLE);

pub static LIST_POLICIES: Operation = Operation {
    model: &MODEL,
    name: "ListPolicies",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &LIST_POLICIES_REQUEST_SCHEMA,
    output: &LIST_POLICIES_RESPONSE_SCHEMA,
    result_wrapper: Some("ListPoliciesResult"),
    errors: &["ServiceFailureException"],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListPoliciesInput {
    pub marker: Option<String>,
    pub max_items: Option<i32>,
    pub only_attached: Option<bool>,
    pub path_prefix: Option<String>,
    pub policy_usage_filter: Option<String>,
    pub scope: Option<String>,
}
wire!(ListPoliciesInput {
    marker,
    max_items,
    only_attached,
    path_prefix,
    policy_usage_filter,
    scope
});

input!(ListPoliciesInput, LIST_POLICIES);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListPoliciesOutput {
    pub is_truncated: Option<bool>,
    pub marker: Option<String>,
    pub policies: Option<Vec<Policy>>,
}
wire!(ListPoliciesOutput { is_truncated, marker, policies });

output!(ListPoliciesOutput, LIST_POLICIES);

pub static LIST_POLICY_TAGS: Operation = Operation {
    model: &MODEL,
    name: "ListPolicyTags",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &LIST_POLICY_TAGS_REQUEST_SCHEMA,
    output: &LIST_POLICY_TAGS_RESPONSE_SCHEMA,
    result_wrapper: Some("ListPolicyTagsResult"),
    errors: &["NoSuchEntityException", "ServiceFailureException", "InvalidInputException"],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListPolicyTagsInput {
    pub marker: Option<String>,
    pub max_items: Option<i32>,
    pub policy_arn: String,
}
wire!(ListPolicyTagsInput { marker, max_items, policy_arn });

input!(ListPolicyTagsInput, LIST_POLICY_TAGS);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListPolicyTagsOutput {
    pub is_truncated: Option<bool>,
    pub marker: Option<String>,
    pub tags: Vec<Tag>,
}
wire!(ListPolicyTagsOutput { is_truncated, marker, tags });

output!(ListPolicyTagsOutput, LIST_POLICY_TAGS);

pub static LIST_POLICY_VERSIONS: Operation = Operation {
    model: &MODEL,
    name: "ListPolicyVersions",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &LIST_POLICY_VERSIONS_REQUEST_SCHEMA,
    output: &LIST_POLICY_VERSIONS_RESPONSE_SCHEMA,
    result_wrapper: Some("ListPolicyVersionsResult"),
    errors: &["NoSuchEntityException", "InvalidInputException", "ServiceFailureException"],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListPolicyVersionsInput {
    pub marker: Option<String>,
    pub max_items: Option<i32>,
    pub policy_arn: String,
}
wire!(ListPolicyVersionsInput { marker, max_items, policy_arn });

input!(ListPolicyVersionsInput, LIST_POLICY_VERSIONS);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListPolicyVersionsOutput {
    pub is_truncated: Option<bool>,
    pub marker: Option<String>,
    pub versions: Option<Vec<PolicyVersion>>,
}
wire!(ListPolicyVersionsOutput { is_truncated, marker, versions });

output!(ListPolicyVersionsOutput, LIST_POLICY_VERSIONS);

pub static LIST_ROLE_POLICIES: Operation = Operation {
    model: &MODEL,
    name: "ListRolePolicies",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &LIST_ROLE_POLICIES_REQUEST_SCHEMA,
    output: &LIST_ROLE_POLICIES_RESPONSE_SCHEMA,
    result_wrapper: Some("ListRolePoliciesResult"),
    errors: &["NoSuchEntityException", "ServiceFailureException"],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListRolePoliciesInput {
    pub marker: Option<String>,
    pub max_items: Option<i32>,
    pub role_name: String,
}
wire!(ListRolePoliciesInput { marker, max_items, role_name });

input!(ListRolePoliciesInput, LIST_ROLE_POLICIES);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListRolePoliciesOutput {
    pub is_truncated: Option<bool>,
    pub marker: Option<String>,
    pub policy_names: Vec<String>,
}
wire!(ListRolePoliciesOutput { is_truncated, marker, policy_names });

output!(ListRolePoliciesOutput, LIST_ROLE_POLICIES);

pub static LIST_ROLE_TAGS: Operation = Operation {
    model: &MODEL,
    name: "ListRoleTags",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &LIST_ROLE_TAGS_REQUEST_SCHEMA,
    output: &LIST_ROLE_TAGS_RESPONSE_SCHEMA,
    result_wrapper: Some("ListRoleTagsResult"),
    errors: &["NoSuchEntityException", "ServiceFailureException"],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListRoleTagsInput {
    pub marker: Option<String>,
    pub max_items: Option<i32>,
    pub role_name: String,
}
wire!(ListRoleTagsInput { marker, max_items, role_name });

input!(ListRoleTagsInput, LIST_ROLE_TAGS);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListRoleTagsOutput {
    pub is_truncated: Option<bool>,
    pub marker: Option<String>,
    pub tags: Vec<Tag>,
}
wire!(ListRoleTagsOutput { is_truncated, marker, tags });

output!(ListRoleTagsOutput, LIST_ROLE_TAGS);

pub static LIST_ROLES: Operation = Operation {
    model: &MODEL,
    name: "ListRoles",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &LIST_ROLES_REQUEST_SCHEMA,
    output: &LIST_ROLES_RESPONSE_SCHEMA,
    result_wrapper: Some("ListRolesResult"),
    errors: &["ServiceFailureException"],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListRolesInput {
    pub marker: Option<String>,
    pub max_items: Option<i32>,
    pub path_prefix: Option<String>,
}
wire!(ListRolesInput { marker, max_items, path_prefix });

input!(ListRolesInput, LIST_ROLES);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListRolesOutput {
    pub is_truncated: Option<bool>,
    pub marker: Option<String>,
    pub roles: Vec<Role>,
}
wire!(ListRolesOutput { is_truncated, marker, roles });

output!(ListRolesOutput, LIST_ROLES);

pub static LIST_USER_POLICIES: Operation = Operation {
    model: &MODEL,
    name: "ListUserPolicies",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &LIST_USER_POLICIES_REQUEST_SCHEMA,
    output: &LIST_USER_POLICIES_RESPONSE_SCHEMA,
    result_wrapper: Some("ListUserPoliciesResult"),
    errors: &["NoSuchEntityException", "ServiceFailureException"],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListUserPoliciesInput {
    pub marker: Option<String>,
    pub max_items: Option<i32>,
    pub user_name: String,
}
wire!(ListUserPoliciesInput { marker, max_items, user_name });

input!(ListUserPoliciesInput, LIST_USER_POLICIES);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListUserPoliciesOutput {
    pub is_truncated: Option<bool>,
    pub marker: Option<String>,
    pub policy_names: Vec<String>,
}
wire!(ListUserPoliciesOutput { is_truncated, marker, policy_names });

output!(ListUserPoliciesOutput, LIST_USER_POLICIES);

pub static LIST_USER_TAGS: Operation = Operation {
    model: &MODEL,
    name: "ListUserTags",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &LIST_USER_TAGS_REQUEST_SCHEMA,
    output: &LIST_USER_TAGS_RESPONSE_SCHEMA,
    result_wrapper: Some("ListUserTagsResult"),
    errors: &["NoSuchEntityException", "ServiceFailureException"],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListUserTagsInput {
    pub marker: Option<String>,
    pub max_items: Option<i32>,
    pub user_name: String,
}
wire!(ListUserTagsInput { marker, max_items, user_name });

input!(ListUserTagsInput, LIST_USER_TAGS);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListUserTagsOutput {
    pub is_truncated: Option<bool>,
    pub marker: Option<String>,
    pub tags: Vec<Tag>,
}
wire!(ListUserTagsOutput { is_truncated, marker, tags });

output!(ListUserTagsOutput, LIST_USER_TAGS);

pub static LIST_USERS: Operation = Operation {
    model: &MODEL,
    name: "ListUsers",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &LIST_USERS_REQUEST_SCHEMA,
    output: &LIST_USERS_RESPONSE_SCHEMA,
    result_wrapper: Some("ListUsersResult"),
    errors: &["ServiceFailureException"],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListUsersInput {
    pub marker: Option<String>,
    pub max_items: Option<i32>,
    pub path_prefix: Option<String>,
}
wire!(ListUsersInput { marker, max_items, path_prefix });

input!(ListUsersInput, LIST_USERS);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListUsersOutput {
    pub is_truncated: Option<bool>,
    pub marker: Option<String>,
    pub users: Vec<User>,
}
wire!(ListUsersOutput { is_truncated, marker, users });

output!(ListUsersOutput, LIST_USERS);

pub static PUT_ROLE_POLICY: Operation = Operation {
    model: &MODEL,
    name: "PutRolePolicy",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &PUT_ROLE_POLICY_REQUEST_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "LimitExceededException",
        "MalformedPolicyDocumentException",
        "NoSuchEntityException",
        "UnmodifiableEntityException",
        "ServiceFailureException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PutRolePolicyInput {
    pub policy_document: String,
    pub policy_name: String,
    pub role_name: String,
}
wire!(PutRolePolicyInput { policy_document, policy_name, role_name });

input!(PutRolePolicyInput, PUT_ROLE_POLICY);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PutRolePolicyOutput {}
wire!(PutRolePolicyOutput {});

output!(PutRolePolicyOutput, PUT_ROLE_POLICY);

pub static PUT_USER_POLICY: Operation = Operation {
    model: &MODEL,
    name: "PutUserPolicy",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &PUT_USER_POLICY_REQUEST_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "LimitExceededException",
        "MalformedPolicyDocumentException",
        "NoSuchEntityException",
        "ServiceFailureException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PutUserPolicyInput {
    pub policy_document: String,
    pub policy_name: String,
    pub user_name: String,
}
wire!(PutUserPolicyInput { policy_document, policy_name, user_name });

input!(PutUserPolicyInput, PUT_USER_POLICY);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PutUserPolicyOutput {}
wire!(PutUserPolicyOutput {});

output!(PutUserPolicyOutput, PUT_USER_POLICY);

pub static TAG_POLICY: Operation = Operation {
    model: &MODEL,
    name: "TagPolicy",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &TAG_POLICY_REQUEST_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "NoSuchEntityException",
        "LimitExceededException",
        "InvalidInputException",
        "ConcurrentModificationException",
        "ServiceFailureException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TagPolicyInput {
    pub policy_arn: String,
    pub tags: Vec<Tag>,
}
wire!(TagPolicyInput { policy_arn, tags });

input!(TagPolicyInput, TAG_POLICY);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TagPolicyOutput {}
wire!(TagPolicyOutput {});

output!(TagPolicyOutput, TAG_POLICY);

pub static TAG_ROLE: Operation = Operation {
    model: &MODEL,
    name: "TagRole",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &TAG_ROLE_REQUEST_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "NoSuchEntityException",
        "LimitExceededException",
        "InvalidInputException",
        "ConcurrentModificationException",
        "ServiceFailureException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TagRoleInput {
    pub role_name: String,
    pub tags: Vec<Tag>,
}
wire!(TagRoleInput { role_name, tags });

input!(TagRoleInput, TAG_ROLE);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TagRoleOutput {}
wire!(TagRoleOutput {});

output!(TagRoleOutput, TAG_ROLE);

pub static TAG_USER: Operation = Operation {
    model: &MODEL,
    name: "TagUser",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &TAG_USER_REQUEST_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "NoSuchEntityException",
        "LimitExceededException",
        "InvalidInputException",
        "ConcurrentModificationException",
        "ServiceFailureException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TagUserInput {
    pub tags: Vec<Tag>,
    pub user_name: String,
}
wire!(TagUserInput { tags, user_name });

input!(TagUserInput, TAG_USER);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TagUserOutput {}
wire!(TagUserOutput {});

output!(TagUserOutput, TAG_USER);

pub static UNTAG_POLICY: Operation = Operation {
    model: &MODEL,
    name: "UntagPolicy",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &UNTAG_POLICY_REQUEST_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "NoSuchEntityException",
        "InvalidInputException",
        "ConcurrentModificationException",
        "ServiceFailureException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UntagPolicyInput {
    pub policy_arn: String,
    pub tag_keys: Vec<String>,
}
wire!(UntagPolicyInput { policy_arn, tag_keys });

input!(UntagPolicyInput, UNTAG_POLICY);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UntagPolicyOutput {}
wire!(UntagPolicyOutput {});

output!(UntagPolicyOutput, UNTAG_POLICY);

pub static UNTAG_ROLE: Operation = Operation {
    model: &MODEL,
    name: "UntagRole",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &UNTAG_ROLE_REQUEST_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "NoSuchEntityException",
        "ConcurrentModificationException",
        "ServiceFailureException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UntagRoleInput {
    pub role_name: String,
    pub tag_keys: Vec<String>,
}
wire!(UntagRoleInput { role_name, tag_keys });

input!(UntagRoleInput, UNTAG_ROLE);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UntagRoleOutput {}
wire!(UntagRoleOutput {});

output!(UntagRoleOutput, UNTAG_ROLE);

pub static UNTAG_USER: Operation = Operation {
    model: &MODEL,
    name: "UntagUser",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &UNTAG_USER_REQUEST_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "NoSuchEntityException",
        "ConcurrentModificationException",
        "ServiceFailureException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UntagUserInput {
    pub tag_keys: Vec<String>,
    pub user_name: String,
}
wire!(UntagUserInput { tag_keys, user_name });

input!(UntagUserInput, UNTAG_USER);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UntagUserOutput {}
wire!(UntagUserOutput {});

output!(UntagUserOutput, UNTAG_USER);

pub static UPDATE_ACCESS_KEY: Operation = Operation {
    model: &MODEL,
    name: "UpdateAccessKey",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &UPDATE_ACCESS_KEY_REQUEST_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "NoSuchEntityException",
        "LimitExceededException",
        "ServiceFailureException",
        "InvalidInputException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateAccessKeyInput {
    pub access_key_id: String,
    pub status: String,
    pub user_name: Option<String>,
}
wire!(UpdateAccessKeyInput { access_key_id, status, user_name });

input!(UpdateAccessKeyInput, UPDATE_ACCESS_KEY);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateAccessKeyOutput {}
wire!(UpdateAccessKeyOutput {});

output!(UpdateAccessKeyOutput, UPDATE_ACCESS_KEY);

pub static UPDATE_ASSUME_ROLE_POLICY: Operation = Operation {
    model: &MODEL,
    name: "UpdateAssumeRolePolicy",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &UPDATE_ASSUME_ROLE_POLICY_REQUEST_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "NoSuchEntityException",
        "MalformedPolicyDocumentException",
        "LimitExceededException",
        "UnmodifiableEntityException",
        "ServiceFailureException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateAssumeRolePolicyInput {
    pub policy_document: String,
    pub role_name: String,
}
wire!(UpdateAssumeRolePolicyInput { policy_document, role_name });

input!(UpdateAssumeRolePolicyInput, UPDATE_ASSUME_ROLE_POLICY);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateAssumeRolePolicyOutput {}
wire!(UpdateAssumeRolePolicyOutput {});

output!(UpdateAssumeRolePolicyOutput, UPDATE_ASSUME_ROLE_POLICY);

pub static UPDATE_ROLE: Operation = Operation {
    model: &MODEL,
    name: "UpdateRole",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &UPDATE_ROLE_REQUEST_SCHEMA,
    output: &UPDATE_ROLE_RESPONSE_SCHEMA,
    result_wrapper: Some("UpdateRoleResult"),
    errors: &["UnmodifiableEntityException", "NoSuchEntityException", "ServiceFailureException"],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateRoleInput {
    pub description: Option<String>,
    pub max_session_duration: Option<i32>,
    pub role_name: String,
}
wire!(UpdateRoleInput { description, max_session_duration, role_name });

input!(UpdateRoleInput, UPDATE_ROLE);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateRoleOutput {}
wire!(UpdateRoleOutput {});

output!(UpdateRoleOutput, UPDATE_ROLE);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AccessKey {
    pub access_key_id: String,
    pub create_date: Option<Timestamp>,
    pub secret_access_key: String,
    pub status: String,
    pub user_name: String,
}
wire!(AccessKey { access_key_id, create_date, secret_access_key, status, user_name });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AccessKeyMetadata {
    pub access_key_id: Option<String>,
    pub create_date: Option<Timestamp>,
    pub status: Option<String>,
    pub user_name: Option<String>,
}
wire!(AccessKeyMetadata { access_key_id, create_date, status, user_name });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AttachedPermissionsBoundary {
    pub permissions_boundary_arn: Option<String>,
    pub permissions_boundary_type: Option<String>,
}
wire!(AttachedPermissionsBoundary { permissions_boundary_arn, permissions_boundary_type });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AttachedPolicy {
    pub policy_arn: Option<String>,
    pub policy_name: Option<String>,
}
wire!(AttachedPolicy { policy_arn, policy_name });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    pub arn: String,
    pub create_date: Timestamp,
    pub group_id: String,
    pub group_name: String,
    pub path: String,
}
wire!(Group { arn, create_date, group_id, group_name, path });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct InstanceProfile {
    pub arn: String,
    pub create_date: Timestamp,
    pub instance_profile_id: String,
    pub instance_profile_name: String,
    pub path: String,
    pub roles: Vec<Role>,
    pub tags: Option<Vec<Tag>>,
}
wire!(InstanceProfile {
    arn,
    create_date,
    instance_profile_id,
    instance_profile_name,
    path,
    roles,
    tags
});

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    pub arn: Option<String>,
    pub attachment_count: Option<i32>,
    pub create_date: Option<Timestamp>,
    pub default_version_id: Option<String>,
    pub description: Option<String>,
    pub is_attachable: Option<bool>,
    pub path: Option<String>,
    pub permissions_boundary_usage_count: Option<i32>,
    pub policy_id: Option<String>,
    pub policy_name: Option<String>,
    pub tags: Option<Vec<Tag>>,
    pub update_date: Option<Timestamp>,
}
wire!(Policy {
    arn,
    attachment_count,
    create_date,
    default_version_id,
    description,
    is_attachable,
    path,
    permissions_boundary_usage_count,
    policy_id,
    policy_name,
    tags,
    update_date
});

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicyGroup {
    pub group_id: Option<String>,
    pub group_name: Option<String>,
}
wire!(PolicyGroup { group_id, group_name });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicyRole {
    pub role_id: Option<String>,
    pub role_name: Option<String>,
}
wire!(PolicyRole { role_id, role_name });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicyUser {
    pub user_id: Option<String>,
    pub user_name: Option<String>,
}
wire!(PolicyUser { user_id, user_name });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicyVersion {
    pub create_date: Option<Timestamp>,
    pub document: Option<String>,
    pub is_default_version: Option<bool>,
    pub version_id: Option<String>,
}
wire!(PolicyVersion { create_date, document, is_default_version, version_id });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Role {
    pub arn: String,
    pub assume_role_policy_document: Option<String>,
    pub create_date: Timestamp,
    pub description: Option<String>,
    pub max_session_duration: Option<i32>,
    pub path: String,
    pub permissions_boundary: Option<AttachedPermissionsBoundary>,
    pub role_id: String,
    pub role_last_used: Option<RoleLastUsed>,
    pub role_name: String,
    pub tags: Option<Vec<Tag>>,
}
wire!(Role {
    arn,
    assume_role_policy_document,
    create_date,
    description,
    max_session_duration,
    path,
    permissions_boundary,
    role_id,
    role_last_used,
    role_name,
    tags
});

#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoleLastUsed {
    pub last_used_date: Option<Timestamp>,
    pub region: Option<String>,
}
wire!(RoleLastUsed { last_used_date, region });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tag {
    pub key: String,
    pub value: String,
}
wire!(Tag { key, value });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct User {
    pub arn: String,
    pub create_date: Timestamp,
    pub password_last_used: Option<Timestamp>,
    pub path: String,
    pub permissions_boundary: Option<AttachedPermissionsBoundary>,
    pub tags: Option<Vec<Tag>>,
    pub user_id: String,
    pub user_name: String,
}
wire!(User {
    arn,
    create_date,
    password_last_used,
    path,
    permissions_boundary,
    tags,
    user_id,
    user_name
});

static ACCESS_KEY_SCHEMA_MEMBERS: [Member; 5] = [
    Member::new("AccessKeyId", &ACCESS_KEY_ID_TYPE_SCHEMA).required(),
    Member::new("CreateDate", &schema::TIMESTAMP),
    Member::new("SecretAccessKey", &ACCESS_KEY_SECRET_TYPE_SCHEMA).required(),
    Member::new("Status", &STATUS_TYPE_SCHEMA).required(),
    Member::new("UserName", &USER_NAME_TYPE_SCHEMA).required(),
];
static ACCESS_KEY_SCHEMA: Schema =
    Schema::new("AccessKey", Kind::Structure(&ACCESS_KEY_SCHEMA_MEMBERS));

static ACCESS_KEY_METADATA_SCHEMA_MEMBERS: [Member; 4] = [
    Member::new("AccessKeyId", &ACCESS_KEY_ID_TYPE_SCHEMA),
    Member::new("CreateDate", &schema::TIMESTAMP),
    Member::new("Status", &STATUS_TYPE_SCHEMA),
    Member::new("UserName", &USER_NAME_TYPE_SCHEMA),
];
static ACCESS_KEY_METADATA_SCHEMA: Schema =
    Schema::new("AccessKeyMetadata", Kind::Structure(&ACCESS_KEY_METADATA_SCHEMA_MEMBERS));

static ATTACH_ROLE_POLICY_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("PolicyArn", &ARN_TYPE_SCHEMA).required(),
    Member::new("RoleName", &ROLE_NAME_TYPE_SCHEMA).required(),
];
static ATTACH_ROLE_POLICY_REQUEST_SCHEMA: Schema = Schema::new(
    "AttachRolePolicyRequest",
    Kind::Structure(&ATTACH_ROLE_POLICY_REQUEST_SCHEMA_MEMBERS),
);

static ATTACH_USER_POLICY_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("PolicyArn", &ARN_TYPE_SCHEMA).required(),
    Member::new("UserName", &USER_NAME_TYPE_SCHEMA).required(),
];
static ATTACH_USER_POLICY_REQUEST_SCHEMA: Schema = Schema::new(
    "AttachUserPolicyRequest",
    Kind::Structure(&ATTACH_USER_POLICY_REQUEST_SCHEMA_MEMBERS),
);

static ATTACHED_PERMISSIONS_BOUNDARY_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("PermissionsBoundaryArn", &ARN_TYPE_SCHEMA),
    Member::new("PermissionsBoundaryType", &PERMISSIONS_BOUNDARY_ATTACHMENT_TYPE_SCHEMA),
];
static ATTACHED_PERMISSIONS_BOUNDARY_SCHEMA: Schema = Schema::new(
    "AttachedPermissionsBoundary",
    Kind::Structure(&ATTACHED_PERMISSIONS_BOUNDARY_SCHEMA_MEMBERS),
);

static ATTACHED_POLICY_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("PolicyArn", &ARN_TYPE_SCHEMA),
    Member::new("PolicyName", &POLICY_NAME_TYPE_SCHEMA),
];
static ATTACHED_POLICY_SCHEMA: Schema =
    Schema::new("AttachedPolicy", Kind::Structure(&ATTACHED_POLICY_SCHEMA_MEMBERS));

static CREATE_ACCESS_KEY_REQUEST_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("UserName", &EXISTING_USER_NAME_TYPE_SCHEMA)];
static CREATE_ACCESS_KEY_REQUEST_SCHEMA: Schema = Schema::new(
    "CreateAccessKeyRequest",
    Kind::Structure(&CREATE_ACCESS_KEY_REQUEST_SCHEMA_MEMBERS),
);

static CREATE_ACCESS_KEY_RESPONSE_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("AccessKey", &ACCESS_KEY_SCHEMA).required()];
static CREATE_ACCESS_KEY_RESPONSE_SCHEMA: Schema = Schema::new(
    "CreateAccessKeyResponse",
    Kind::Structure(&CREATE_ACCESS_KEY_RESPONSE_SCHEMA_MEMBERS),
);

static CREATE_POLICY_REQUEST_SCHEMA_MEMBERS: [Member; 5] = [
    Member::new("Description", &POLICY_DESCRIPTION_TYPE_SCHEMA),
    Member::new("Path", &POLICY_PATH_TYPE_SCHEMA),
    Member::new("PolicyDocument", &POLICY_DOCUMENT_TYPE_SCHEMA).required(),
    Member::new("PolicyName", &POLICY_NAME_TYPE_SCHEMA).required(),
    Member::new("Tags", &TAG_LIST_TYPE_SCHEMA),
];
static CREATE_POLICY_REQUEST_SCHEMA: Schema =
    Schema::new("CreatePolicyRequest", Kind::Structure(&CREATE_POLICY_REQUEST_SCHEMA_MEMBERS));

static CREATE_POLICY_RESPONSE_SCHEMA_MEMBERS: [Member; 1] = [Member::new("Policy", &POLICY_SCHEMA)];
static CREATE_POLICY_RESPONSE_SCHEMA: Schema =
    Schema::new("CreatePolicyResponse", Kind::Structure(&CREATE_POLICY_RESPONSE_SCHEMA_MEMBERS));

static CREATE_POLICY_VERSION_REQUEST_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("PolicyArn", &ARN_TYPE_SCHEMA).required(),
    Member::new("PolicyDocument", &POLICY_DOCUMENT_TYPE_SCHEMA).required(),
    Member::new("SetAsDefault", &schema::BOOLEAN),
];
static CREATE_POLICY_VERSION_REQUEST_SCHEMA: Schema = Schema::new(
    "CreatePolicyVersionRequest",
    Kind::Structure(&CREATE_POLICY_VERSION_REQUEST_SCHEMA_MEMBERS),
);

static CREATE_POLICY_VERSION_RESPONSE_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("PolicyVersion", &POLICY_VERSION_SCHEMA)];
static CREATE_POLICY_VERSION_RESPONSE_SCHEMA: Schema = Schema::new(
    "CreatePolicyVersionResponse",
    Kind::Structure(&CREATE_POLICY_VERSION_RESPONSE_SCHEMA_MEMBERS),
);

static CREATE_ROLE_REQUEST_SCHEMA_MEMBERS: [Member; 7] = [
    Member::new("AssumeRolePolicyDocument", &POLICY_DOCUMENT_TYPE_SCHEMA).required(),
    Member::new("Description", &ROLE_DESCRIPTION_TYPE_SCHEMA),
    Member::new("MaxSessionDuration", &ROLE_MAX_SESSION_DURATION_TYPE_SCHEMA),
    Member::new("Path", &PATH_TYPE_SCHEMA),
    Member::new("PermissionsBoundary", &ARN_TYPE_SCHEMA),
    Member::new("RoleName", &ROLE_NAME_TYPE_SCHEMA).required(),
    Member::new("Tags", &TAG_LIST_TYPE_SCHEMA),
];
static CREATE_ROLE_REQUEST_SCHEMA: Schema =
    Schema::new("CreateRoleRequest", Kind::Structure(&CREATE_ROLE_REQUEST_SCHEMA_MEMBERS));

static CREATE_ROLE_RESPONSE_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("Role", &ROLE_SCHEMA).required()];
static CREATE_ROLE_RESPONSE_SCHEMA: Schema =
    Schema::new("CreateRoleResponse", Kind::Structure(&CREATE_ROLE_RESPONSE_SCHEMA_MEMBERS));

static CREATE_USER_REQUEST_SCHEMA_MEMBERS: [Member; 4] = [
    Member::new("Path", &PATH_TYPE_SCHEMA),
    Member::new("PermissionsBoundary", &ARN_TYPE_SCHEMA),
    Member::new("Tags", &TAG_LIST_TYPE_SCHEMA),
    Member::new("UserName", &USER_NAME_TYPE_SCHEMA).required(),
];
static CREATE_USER_REQUEST_SCHEMA: Schema =
    Schema::new("CreateUserRequest", Kind::Structure(&CREATE_USER_REQUEST_SCHEMA_MEMBERS));

static CREATE_USER_RESPONSE_SCHEMA_MEMBERS: [Member; 1] = [Member::new("User", &USER_SCHEMA)];
static CREATE_USER_RESPONSE_SCHEMA: Schema =
    Schema::new("CreateUserResponse", Kind::Structure(&CREATE_USER_RESPONSE_SCHEMA_MEMBERS));

static DELETE_ACCESS_KEY_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("AccessKeyId", &ACCESS_KEY_ID_TYPE_SCHEMA).required(),
    Member::new("UserName", &EXISTING_USER_NAME_TYPE_SCHEMA),
];
static DELETE_ACCESS_KEY_REQUEST_SCHEMA: Schema = Schema::new(
    "DeleteAccessKeyRequest",
    Kind::Structure(&DELETE_ACCESS_KEY_REQUEST_SCHEMA_MEMBERS),
);

static DELETE_POLICY_REQUEST_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("PolicyArn", &ARN_TYPE_SCHEMA).required()];
static DELETE_POLICY_REQUEST_SCHEMA: Schema =
    Schema::new("DeletePolicyRequest", Kind::Structure(&DELETE_POLICY_REQUEST_SCHEMA_MEMBERS));

static DELETE_POLICY_VERSION_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("PolicyArn", &ARN_TYPE_SCHEMA).required(),
    Member::new("VersionId", &POLICY_VERSION_ID_TYPE_SCHEMA).required(),
];
static DELETE_POLICY_VERSION_REQUEST_SCHEMA: Schema = Schema::new(
    "DeletePolicyVersionRequest",
    Kind::Structure(&DELETE_POLICY_VERSION_REQUEST_SCHEMA_MEMBERS),
);

static DELETE_ROLE_POLICY_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("PolicyName", &POLICY_NAME_TYPE_SCHEMA).required(),
    Member::new("RoleName", &ROLE_NAME_TYPE_SCHEMA).required(),
];
static DELETE_ROLE_POLICY_REQUEST_SCHEMA: Schema = Schema::new(
    "DeleteRolePolicyRequest",
    Kind::Structure(&DELETE_ROLE_POLICY_REQUEST_SCHEMA_MEMBERS),
);

static DELETE_ROLE_REQUEST_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("RoleName", &ROLE_NAME_TYPE_SCHEMA).required()];
static DELETE_ROLE_REQUEST_SCHEMA: Schema =
    Schema::new("DeleteRoleRequest", Kind::Structure(&DELETE_ROLE_REQUEST_SCHEMA_MEMBERS));

static DELETE_USER_POLICY_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("PolicyName", &POLICY_NAME_TYPE_SCHEMA).required(),
    Member::new("UserName", &EXISTING_USER_NAME_TYPE_SCHEMA).required(),
];
static DELETE_USER_POLICY_REQUEST_SCHEMA: Schema = Schema::new(
    "DeleteUserPolicyRequest",
    Kind::Structure(&DELETE_USER_POLICY_REQUEST_SCHEMA_MEMBERS),
);

static DELETE_USER_REQUEST_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("UserName", &EXISTING_USER_NAME_TYPE_SCHEMA).required()];
static DELETE_USER_REQUEST_SCHEMA: Schema =
    Schema::new("DeleteUserRequest", Kind::Structure(&DELETE_USER_REQUEST_SCHEMA_MEMBERS));

static DETACH_ROLE_POLICY_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("PolicyArn", &ARN_TYPE_SCHEMA).required(),
    Member::new("RoleName", &ROLE_NAME_TYPE_SCHEMA).required(),
];
static DETACH_ROLE_POLICY_REQUEST_SCHEMA: Schema = Schema::new(
    "DetachRolePolicyRequest",
    Kind::Structure(&DETACH_ROLE_POLICY_REQUEST_SCHEMA_MEMBERS),
);

static DETACH_USER_POLICY_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("PolicyArn", &ARN_TYPE_SCHEMA).required(),
    Member::new("UserName", &USER_NAME_TYPE_SCHEMA).required(),
];
static DETACH_USER_POLICY_REQUEST_SCHEMA: Schema = Schema::new(
    "DetachUserPolicyRequest",
    Kind::Structure(&DETACH_USER_POLICY_REQUEST_SCHEMA_MEMBERS),
);

static ENTITY_TYPE_SCHEMA: Schema = Schema::new("EntityType", Kind::String).values(&[
    "User",
    "Role",
    "Group",
    "LocalManagedPolicy",
    "AWSManagedPolicy",
]);

static GET_POLICY_REQUEST_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("PolicyArn", &ARN_TYPE_SCHEMA).required()];
static GET_POLICY_REQUEST_SCHEMA: Schema =
    Schema::new("GetPolicyRequest", Kind::Structure(&GET_POLICY_REQUEST_SCHEMA_MEMBERS));

static GET_POLICY_RESPONSE_SCHEMA_MEMBERS: [Member; 1] = [Member::new("Policy", &POLICY_SCHEMA)];
static GET_POLICY_RESPONSE_SCHEMA: Schema =
    Schema::new("GetPolicyResponse", Kind::Structure(&GET_POLICY_RESPONSE_SCHEMA_MEMBERS));

static GET_POLICY_VERSION_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("PolicyArn", &ARN_TYPE_SCHEMA).required(),
    Member::new("VersionId", &POLICY_VERSION_ID_TYPE_SCHEMA).required(),
];
static GET_POLICY_VERSION_REQUEST_SCHEMA: Schema = Schema::new(
    "GetPolicyVersionRequest",
    Kind::Structure(&GET_POLICY_VERSION_REQUEST_SCHEMA_MEMBERS),
);

static GET_POLICY_VERSION_RESPONSE_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("PolicyVersion", &POLICY_VERSION_SCHEMA)];
static GET_POLICY_VERSION_RESPONSE_SCHEMA: Schema = Schema::new(
    "GetPolicyVersionResponse",
    Kind::Structure(&GET_POLICY_VERSION_RESPONSE_SCHEMA_MEMBERS),
);

static GET_ROLE_POLICY_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("PolicyName", &POLICY_NAME_TYPE_SCHEMA).required(),
    Member::new("RoleName", &ROLE_NAME_TYPE_SCHEMA).required(),
];
static GET_ROLE_POLICY_REQUEST_SCHEMA: Schema =
    Schema::new("GetRolePolicyRequest", Kind::Structure(&GET_ROLE_POLICY_REQUEST_SCHEMA_MEMBERS));

static GET_ROLE_POLICY_RESPONSE_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("PolicyDocument", &POLICY_DOCUMENT_TYPE_SCHEMA).required(),
    Member::new("PolicyName", &POLICY_NAME_TYPE_SCHEMA).required(),
    Member::new("RoleName", &ROLE_NAME_TYPE_SCHEMA).required(),
];
static GET_ROLE_POLICY_RESPONSE_SCHEMA: Schema =
    Schema::new("GetRolePolicyResponse", Kind::Structure(&GET_ROLE_POLICY_RESPONSE_SCHEMA_MEMBERS));

static GET_ROLE_REQUEST_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("RoleName", &ROLE_NAME_TYPE_SCHEMA).required()];
static GET_ROLE_REQUEST_SCHEMA: Schema =
    Schema::new("GetRoleRequest", Kind::Structure(&GET_ROLE_REQUEST_SCHEMA_MEMBERS));

static GET_ROLE_RESPONSE_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("Role", &ROLE_SCHEMA).required()];
static GET_ROLE_RESPONSE_SCHEMA: Schema =
    Schema::new("GetRoleResponse", Kind::Structure(&GET_ROLE_RESPONSE_SCHEMA_MEMBERS));

static GET_USER_POLICY_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("PolicyName", &POLICY_NAME_TYPE_SCHEMA).required(),
    Member::new("UserName", &EXISTING_USER_NAME_TYPE_SCHEMA).required(),
];
static GET_USER_POLICY_REQUEST_SCHEMA: Schema =
    Schema::new("GetUserPolicyRequest", Kind::Structure(&GET_USER_POLICY_REQUEST_SCHEMA_MEMBERS));

static GET_USER_POLICY_RESPONSE_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("PolicyDocument", &POLICY_DOCUMENT_TYPE_SCHEMA).required(),
    Member::new("PolicyName", &POLICY_NAME_TYPE_SCHEMA).required(),
    Member::new("UserName", &EXISTING_USER_NAME_TYPE_SCHEMA).required(),
];
static GET_USER_POLICY_RESPONSE_SCHEMA: Schema =
    Schema::new("GetUserPolicyResponse", Kind::Structure(&GET_USER_POLICY_RESPONSE_SCHEMA_MEMBERS));

static GET_USER_REQUEST_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("UserName", &EXISTING_USER_NAME_TYPE_SCHEMA)];
static GET_USER_REQUEST_SCHEMA: Schema =
    Schema::new("GetUserRequest", Kind::Structure(&GET_USER_REQUEST_SCHEMA_MEMBERS));

static GET_USER_RESPONSE_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("User", &USER_SCHEMA).required()];
static GET_USER_RESPONSE_SCHEMA: Schema =
    Schema::new("GetUserResponse", Kind::Structure(&GET_USER_RESPONSE_SCHEMA_MEMBERS));

static GROUP_SCHEMA_MEMBERS: [Member; 5] = [
    Member::new("Arn", &ARN_TYPE_SCHEMA).required(),
    Member::new("CreateDate", &schema::TIMESTAMP).required(),
    Member::new("GroupId", &ID_TYPE_SCHEMA).required(),
    Member::new("GroupName", &GROUP_NAME_TYPE_SCHEMA).required(),
    Member::new("Path", &PATH_TYPE_SCHEMA).required(),
];
static GROUP_SCHEMA: Schema = Schema::new("Group", Kind::Structure(&GROUP_SCHEMA_MEMBERS));

static INSTANCE_PROFILE_SCHEMA_MEMBERS: [Member; 7] = [
    Member::new("Arn", &ARN_TYPE_SCHEMA).required(),
    Member::new("CreateDate", &schema::TIMESTAMP).required(),
    Member::new("InstanceProfileId", &ID_TYPE_SCHEMA).required(),
    Member::new("InstanceProfileName", &INSTANCE_PROFILE_NAME_TYPE_SCHEMA).required(),
    Member::new("Path", &PATH_TYPE_SCHEMA).required(),
    Member::new("Roles", &ROLE_LIST_TYPE_SCHEMA).required(),
    Member::new("Tags", &TAG_LIST_TYPE_SCHEMA),
];
static INSTANCE_PROFILE_SCHEMA: Schema =
    Schema::new("InstanceProfile", Kind::Structure(&INSTANCE_PROFILE_SCHEMA_MEMBERS));

static LIST_ACCESS_KEYS_REQUEST_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("Marker", &MARKER_TYPE_SCHEMA),
    Member::new("MaxItems", &MAX_ITEMS_TYPE_SCHEMA),
    Member::new("UserName", &EXISTING_USER_NAME_TYPE_SCHEMA),
];
static LIST_ACCESS_KEYS_REQUEST_SCHEMA: Schema =
    Schema::new("ListAccessKeysRequest", Kind::Structure(&LIST_ACCESS_KEYS_REQUEST_SCHEMA_MEMBERS));

static LIST_ACCESS_KEYS_RESPONSE_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("AccessKeyMetadata", &ACCESS_KEY_METADATA_LIST_TYPE_SCHEMA).required(),
    Member::new("IsTruncated", &schema::BOOLEAN),
    Member::new("Marker", &schema::STRING),
];
static LIST_ACCESS_KEYS_RESPONSE_SCHEMA: Schema = Schema::new(
    "ListAccessKeysResponse",
    Kind::Structure(&LIST_ACCESS_KEYS_RESPONSE_SCHEMA_MEMBERS),
);

static LIST_ATTACHED_ROLE_POLICIES_REQUEST_SCHEMA_MEMBERS: [Member; 4] = [
    Member::new("Marker", &MARKER_TYPE_SCHEMA),
    Member::new("MaxItems", &MAX_ITEMS_TYPE_SCHEMA),
    Member::new("PathPrefix", &POLICY_PATH_TYPE_SCHEMA),
    Member::new("RoleName", &ROLE_NAME_TYPE_SCHEMA).required(),
];
static LIST_ATTACHED_ROLE_POLICIES_REQUEST_SCHEMA: Schema = Schema::new(
    "ListAttachedRolePoliciesRequest",
    Kind::Structure(&LIST_ATTACHED_ROLE_POLICIES_REQUEST_SCHEMA_MEMBERS),
);

static LIST_ATTACHED_ROLE_POLICIES_RESPONSE_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("AttachedPolicies", &ATTACHED_POLICIES_LIST_TYPE_SCHEMA),
    Member::new("IsTruncated", &schema::BOOLEAN),
    Member::new("Marker", &schema::STRING),
];
static LIST_ATTACHED_ROLE_POLICIES_RESPONSE_SCHEMA: Schema = Schema::new(
    "ListAttachedRolePoliciesResponse",
    Kind::Structure(&LIST_ATTACHED_ROLE_POLICIES_RESPONSE_SCHEMA_MEMBERS),
);

static LIST_ATTACHED_USER_POLICIES_REQUEST_SCHEMA_MEMBERS: [Member; 4] = [
    Member::new("Marker", &MARKER_TYPE_SCHEMA),
    Member::new("MaxItems", &MAX_ITEMS_TYPE_SCHEMA),
    Member::new("PathPrefix", &POLICY_PATH_TYPE_SCHEMA),
    Member::new("UserName", &USER_NAME_TYPE_SCHEMA).required(),
];
static LIST_ATTACHED_USER_POLICIES_REQUEST_SCHEMA: Schema = Schema::new(
    "ListAttachedUserPoliciesRequest",
    Kind::Structure(&LIST_ATTACHED_USER_POLICIES_REQUEST_SCHEMA_MEMBERS),
);

static LIST_ATTACHED_USER_POLICIES_RESPONSE_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("AttachedPolicies", &ATTACHED_POLICIES_LIST_TYPE_SCHEMA),
    Member::new("IsTruncated", &schema::BOOLEAN),
    Member::new("Marker", &schema::STRING),
];
static LIST_ATTACHED_USER_POLICIES_RESPONSE_SCHEMA: Schema = Schema::new(
    "ListAttachedUserPoliciesResponse",
    Kind::Structure(&LIST_ATTACHED_USER_POLICIES_RESPONSE_SCHEMA_MEMBERS),
);

static LIST_ENTITIES_FOR_POLICY_REQUEST_SCHEMA_MEMBERS: [Member; 6] = [
    Member::new("EntityFilter", &ENTITY_TYPE_SCHEMA),
    Member::new("Marker", &MARKER_TYPE_SCHEMA),
    Member::new("MaxItems", &MAX_ITEMS_TYPE_SCHEMA),
    Member::new("PathPrefix", &PATH_TYPE_SCHEMA),
    Member::new("PolicyArn", &ARN_TYPE_SCHEMA).required(),
    Member::new("PolicyUsageFilter", &POLICY_USAGE_TYPE_SCHEMA),
];
static LIST_ENTITIES_FOR_POLICY_REQUEST_SCHEMA: Schema = Schema::new(
    "ListEntitiesForPolicyRequest",
    Kind::Structure(&LIST_ENTITIES_FOR_POLICY_REQUEST_SCHEMA_MEMBERS),
);

static LIST_ENTITIES_FOR_POLICY_RESPONSE_SCHEMA_MEMBERS: [Member; 5] = [
    Member::new("IsTruncated", &schema::BOOLEAN),
    Member::new("Marker", &schema::STRING),
    Member::new("PolicyGroups", &POLICY_GROUP_LIST_TYPE_SCHEMA),
    Member::new("PolicyRoles", &POLICY_ROLE_LIST_TYPE_SCHEMA),
    Member::new("PolicyUsers", &POLICY_USER_LIST_TYPE_SCHEMA),
];
static LIST_ENTITIES_FOR_POLICY_RESPONSE_SCHEMA: Schema = Schema::new(
    "ListEntitiesForPolicyResponse",
    Kind::Structure(&LIST_ENTITIES_FOR_POLICY_RESPONSE_SCHEMA_MEMBERS),
);

static LIST_GROUPS_FOR_USER_REQUEST_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("Marker", &MARKER_TYPE_SCHEMA),
    Member::new("MaxItems", &MAX_ITEMS_TYPE_SCHEMA),
    Member::new("UserName", &EXISTING_USER_NAME_TYPE_SCHEMA).required(),
];
static LIST_GROUPS_FOR_USER_REQUEST_SCHEMA: Schema = Schema::new(
    "ListGroupsForUserRequest",
    Kind::Structure(&LIST_GROUPS_FOR_USER_REQUEST_SCHEMA_MEMBERS),
);

static LIST_GROUPS_FOR_USER_RESPONSE_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("Groups", &GROUP_LIST_TYPE_SCHEMA).required(),
    Member::new("IsTruncated", &schema::BOOLEAN),
    Member::new("Marker", &schema::STRING),
];
static LIST_GROUPS_FOR_USER_RESPONSE_SCHEMA: Schema = Schema::new(
    "ListGroupsForUserResponse",
    Kind::Structure(&LIST_GROUPS_FOR_USER_RESPONSE_SCHEMA_MEMBERS),
);

static LIST_INSTANCE_PROFILES_FOR_ROLE_REQUEST_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("Marker", &MARKER_TYPE_SCHEMA),
    Member::new("MaxItems", &MAX_ITEMS_TYPE_SCHEMA),
    Member::new("RoleName", &ROLE_NAME_TYPE_SCHEMA).required(),
];
static LIST_INSTANCE_PROFILES_FOR_ROLE_REQUEST_SCHEMA: Schema = Schema::new(
    "ListInstanceProfilesForRoleRequest",
    Kind::Structure(&LIST_INSTANCE_PROFILES_FOR_ROLE_REQUEST_SCHEMA_MEMBERS),
);

static LIST_INSTANCE_PROFILES_FOR_ROLE_RESPONSE_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("InstanceProfiles", &INSTANCE_PROFILE_LIST_TYPE_SCHEMA).required(),
    Member::new("IsTruncated", &schema::BOOLEAN),
    Member::new("Marker", &schema::STRING),
];
static LIST_INSTANCE_PROFILES_FOR_ROLE_RESPONSE_SCHEMA: Schema = Schema::new(
    "ListInstanceProfilesForRoleResponse",
    Kind::Structure(&LIST_INSTANCE_PROFILES_FOR_ROLE_RESPONSE_SCHEMA_MEMBERS),
);

static LIST_POLICIES_REQUEST_SCHEMA_MEMBERS: [Member; 6] = [
    Member::new("Marker", &MARKER_TYPE_SCHEMA),
    Member::new("MaxItems", &MAX_ITEMS_TYPE_SCHEMA),
    Member::new("OnlyAttached", &schema::BOOLEAN),
    Member::new("PathPrefix", &POLICY_PATH_TYPE_SCHEMA),
    Member::new("PolicyUsageFilter", &POLICY_USAGE_TYPE_SCHEMA),
    Member::new("Scope", &POLICY_SCOPE_TYPE_SCHEMA),
];
static LIST_POLICIES_REQUEST_SCHEMA: Schema =
    Schema::new("ListPoliciesRequest", Kind::Structure(&LIST_POLICIES_REQUEST_SCHEMA_MEMBERS));

static LIST_POLICIES_RESPONSE_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("IsTruncated", &schema::BOOLEAN),
    Member::new("Marker", &schema::STRING),
    Member::new("Policies", &POLICY_LIST_TYPE_SCHEMA),
];
static LIST_POLICIES_RESPONSE_SCHEMA: Schema =
    Schema::new("ListPoliciesResponse", Kind::Structure(&LIST_POLICIES_RESPONSE_SCHEMA_MEMBERS));

static LIST_POLICY_TAGS_REQUEST_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("Marker", &MARKER_TYPE_SCHEMA),
    Member::new("MaxItems", &MAX_ITEMS_TYPE_SCHEMA),
    Member::new("PolicyArn", &ARN_TYPE_SCHEMA).required(),
];
static LIST_POLICY_TAGS_REQUEST_SCHEMA: Schema =
    Schema::new("ListPolicyTagsRequest", Kind::Structure(&LIST_POLICY_TAGS_REQUEST_SCHEMA_MEMBERS));

static LIST_POLICY_TAGS_RESPONSE_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("IsTruncated", &schema::BOOLEAN),
    Member::new("Marker", &schema::STRING),
    Member::new("Tags", &TAG_LIST_TYPE_SCHEMA).required(),
];
static LIST_POLICY_TAGS_RESPONSE_SCHEMA: Schema = Schema::new(
    "ListPolicyTagsResponse",
    Kind::Structure(&LIST_POLICY_TAGS_RESPONSE_SCHEMA_MEMBERS),
);

static LIST_POLICY_VERSIONS_REQUEST_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("Marker", &MARKER_TYPE_SCHEMA),
    Member::new("MaxItems", &MAX_ITEMS_TYPE_SCHEMA),
    Member::new("PolicyArn", &ARN_TYPE_SCHEMA).required(),
];
static LIST_POLICY_VERSIONS_REQUEST_SCHEMA: Schema = Schema::new(
    "ListPolicyVersionsRequest",
    Kind::Structure(&LIST_POLICY_VERSIONS_REQUEST_SCHEMA_MEMBERS),
);

static LIST_POLICY_VERSIONS_RESPONSE_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("IsTruncated", &schema::BOOLEAN),
    Member::new("Marker", &schema::STRING),
    Member::new("Versions", &POLICY_DOCUMENT_VERSION_LIST_TYPE_SCHEMA),
];
static LIST_POLICY_VERSIONS_RESPONSE_SCHEMA: Schema = Schema::new(
    "ListPolicyVersionsResponse",
    Kind::Structure(&LIST_POLICY_VERSIONS_RESPONSE_SCHEMA_MEMBERS),
);

static LIST_ROLE_POLICIES_REQUEST_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("Marker", &MARKER_TYPE_SCHEMA),
    Member::new("MaxItems", &MAX_ITEMS_TYPE_SCHEMA),
    Member::new("RoleName", &ROLE_NAME_TYPE_SCHEMA).required(),
];
static LIST_ROLE_POLICIES_REQUEST_SCHEMA: Schema = Schema::new(
    "ListRolePoliciesRequest",
    Kind::Structure(&LIST_ROLE_POLICIES_REQUEST_SCHEMA_MEMBERS),
);

static LIST_ROLE_POLICIES_RESPONSE_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("IsTruncated", &schema::BOOLEAN),
    Member::new("Marker", &schema::STRING),
    Member::new("PolicyNames", &POLICY_NAME_LIST_TYPE_SCHEMA).required(),
];
static LIST_ROLE_POLICIES_RESPONSE_SCHEMA: Schema = Schema::new(
    "ListRolePoliciesResponse",
    Kind::Structure(&LIST_ROLE_POLICIES_RESPONSE_SCHEMA_MEMBERS),
);

static LIST_ROLE_TAGS_REQUEST_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("Marker", &MARKER_TYPE_SCHEMA),
    Member::new("MaxItems", &MAX_ITEMS_TYPE_SCHEMA),
    Member::new("RoleName", &ROLE_NAME_TYPE_SCHEMA).required(),
];
static LIST_ROLE_TAGS_REQUEST_SCHEMA: Schema =
    Schema::new("ListRoleTagsRequest", Kind::Structure(&LIST_ROLE_TAGS_REQUEST_SCHEMA_MEMBERS));

static LIST_ROLE_TAGS_RESPONSE_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("IsTruncated", &schema::BOOLEAN),
    Member::new("Marker", &schema::STRING),
    Member::new("Tags", &TAG_LIST_TYPE_SCHEMA).required(),
];
static LIST_ROLE_TAGS_RESPONSE_SCHEMA: Schema =
    Schema::new("ListRoleTagsResponse", Kind::Structure(&LIST_ROLE_TAGS_RESPONSE_SCHEMA_MEMBERS));

static LIST_ROLES_REQUEST_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("Marker", &MARKER_TYPE_SCHEMA),
    Member::new("MaxItems", &MAX_ITEMS_TYPE_SCHEMA),
    Member::new("PathPrefix", &PATH_PREFIX_TYPE_SCHEMA),
];
static LIST_ROLES_REQUEST_SCHEMA: Schema =
    Schema::new("ListRolesRequest", Kind::Structure(&LIST_ROLES_REQUEST_SCHEMA_MEMBERS));

static LIST_ROLES_RESPONSE_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("IsTruncated", &schema::BOOLEAN),
    Member::new("Marker", &schema::STRING),
    Member::new("Roles", &ROLE_LIST_TYPE_SCHEMA).required(),
];
static LIST_ROLES_RESPONSE_SCHEMA: Schema =
    Schema::new("ListRolesResponse", Kind::Structure(&LIST_ROLES_RESPONSE_SCHEMA_MEMBERS));

static LIST_USER_POLICIES_REQUEST_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("Marker", &MARKER_TYPE_SCHEMA),
    Member::new("MaxItems", &MAX_ITEMS_TYPE_SCHEMA),
    Member::new("UserName", &EXISTING_USER_NAME_TYPE_SCHEMA).required(),
];
static LIST_USER_POLICIES_REQUEST_SCHEMA: Schema = Schema::new(
    "ListUserPoliciesRequest",
    Kind::Structure(&LIST_USER_POLICIES_REQUEST_SCHEMA_MEMBERS),
);

static LIST_USER_POLICIES_RESPONSE_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("IsTruncated", &schema::BOOLEAN),
    Member::new("Marker", &schema::STRING),
    Member::new("PolicyNames", &POLICY_NAME_LIST_TYPE_SCHEMA).required(),
];
static LIST_USER_POLICIES_RESPONSE_SCHEMA: Schema = Schema::new(
    "ListUserPoliciesResponse",
    Kind::Structure(&LIST_USER_POLICIES_RESPONSE_SCHEMA_MEMBERS),
);

static LIST_USER_TAGS_REQUEST_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("Marker", &MARKER_TYPE_SCHEMA),
    Member::new("MaxItems", &MAX_ITEMS_TYPE_SCHEMA),
    Member::new("UserName", &EXISTING_USER_NAME_TYPE_SCHEMA).required(),
];
static LIST_USER_TAGS_REQUEST_SCHEMA: Schema =
    Schema::new("ListUserTagsRequest", Kind::Structure(&LIST_USER_TAGS_REQUEST_SCHEMA_MEMBERS));

static LIST_USER_TAGS_RESPONSE_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("IsTruncated", &schema::BOOLEAN),
    Member::new("Marker", &schema::STRING),
    Member::new("Tags", &TAG_LIST_TYPE_SCHEMA).required(),
];
static LIST_USER_TAGS_RESPONSE_SCHEMA: Schema =
    Schema::new("ListUserTagsResponse", Kind::Structure(&LIST_USER_TAGS_RESPONSE_SCHEMA_MEMBERS));

static LIST_USERS_REQUEST_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("Marker", &MARKER_TYPE_SCHEMA),
    Member::new("MaxItems", &MAX_ITEMS_TYPE_SCHEMA),
    Member::new("PathPrefix", &PATH_PREFIX_TYPE_SCHEMA),
];
static LIST_USERS_REQUEST_SCHEMA: Schema =
    Schema::new("ListUsersRequest", Kind::Structure(&LIST_USERS_REQUEST_SCHEMA_MEMBERS));

static LIST_USERS_RESPONSE_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("IsTruncated", &schema::BOOLEAN),
    Member::new("Marker", &schema::STRING),
    Member::new("Users", &USER_LIST_TYPE_SCHEMA).required(),
];
static LIST_USERS_RESPONSE_SCHEMA: Schema =
    Schema::new("ListUsersResponse", Kind::Structure(&LIST_USERS_RESPONSE_SCHEMA_MEMBERS));

static PERMISSIONS_BOUNDARY_ATTACHMENT_TYPE_SCHEMA: Schema =
    Schema::new("PermissionsBoundaryAttachmentType", Kind::String)
        .values(&["PermissionsBoundaryPolicy"]);

static POLICY_SCHEMA_MEMBERS: [Member; 12] = [
    Member::new("Arn", &ARN_TYPE_SCHEMA),
    Member::new("AttachmentCount", &schema::INTEGER),
    Member::new("CreateDate", &schema::TIMESTAMP),
    Member::new("DefaultVersionId", &POLICY_VERSION_ID_TYPE_SCHEMA),
    Member::new("Description", &POLICY_DESCRIPTION_TYPE_SCHEMA),
    Member::new("IsAttachable", &schema::BOOLEAN),
    Member::new("Path", &POLICY_PATH_TYPE_SCHEMA),
    Member::new("PermissionsBoundaryUsageCount", &schema::INTEGER),
    Member::new("PolicyId", &ID_TYPE_SCHEMA),
    Member::new("PolicyName", &POLICY_NAME_TYPE_SCHEMA),
    Member::new("Tags", &TAG_LIST_TYPE_SCHEMA),
    Member::new("UpdateDate", &schema::TIMESTAMP),
];
static POLICY_SCHEMA: Schema = Schema::new("Policy", Kind::Structure(&POLICY_SCHEMA_MEMBERS));

static POLICY_GROUP_SCHEMA_MEMBERS: [Member; 2] =
    [Member::new("GroupId", &ID_TYPE_SCHEMA), Member::new("GroupName", &GROUP_NAME_TYPE_SCHEMA)];
static POLICY_GROUP_SCHEMA: Schema =
    Schema::new("PolicyGroup", Kind::Structure(&POLICY_GROUP_SCHEMA_MEMBERS));

static POLICY_GROUP_LIST_TYPE_SCHEMA: Schema = Schema::new(
    "PolicyGroupListType",
    Kind::List { member: &POLICY_GROUP_SCHEMA, element: "member" },
);

static POLICY_ROLE_SCHEMA_MEMBERS: [Member; 2] =
    [Member::new("RoleId", &ID_TYPE_SCHEMA), Member::new("RoleName", &ROLE_NAME_TYPE_SCHEMA)];
static POLICY_ROLE_SCHEMA: Schema =
    Schema::new("PolicyRole", Kind::Structure(&POLICY_ROLE_SCHEMA_MEMBERS));

static POLICY_ROLE_LIST_TYPE_SCHEMA: Schema = Schema::new(
    "PolicyRoleListType",
    Kind::List { member: &POLICY_ROLE_SCHEMA, element: "member" },
);

static POLICY_USAGE_TYPE_SCHEMA: Schema = Schema::new("PolicyUsageType", Kind::String)
    .values(&["PermissionsPolicy", "PermissionsBoundary"]);

static POLICY_USER_SCHEMA_MEMBERS: [Member; 2] =
    [Member::new("UserId", &ID_TYPE_SCHEMA), Member::new("UserName", &USER_NAME_TYPE_SCHEMA)];
static POLICY_USER_SCHEMA: Schema =
    Schema::new("PolicyUser", Kind::Structure(&POLICY_USER_SCHEMA_MEMBERS));

static POLICY_USER_LIST_TYPE_SCHEMA: Schema = Schema::new(
    "PolicyUserListType",
    Kind::List { member: &POLICY_USER_SCHEMA, element: "member" },
);

static POLICY_VERSION_SCHEMA_MEMBERS: [Member; 4] = [
    Member::new("CreateDate", &schema::TIMESTAMP),
    Member::new("Document", &POLICY_DOCUMENT_TYPE_SCHEMA),
    Member::new("IsDefaultVersion", &schema::BOOLEAN),
    Member::new("VersionId", &POLICY_VERSION_ID_TYPE_SCHEMA),
];
static POLICY_VERSION_SCHEMA: Schema =
    Schema::new("PolicyVersion", Kind::Structure(&POLICY_VERSION_SCHEMA_MEMBERS));

static PUT_ROLE_POLICY_REQUEST_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("PolicyDocument", &POLICY_DOCUMENT_TYPE_SCHEMA).required(),
    Member::new("PolicyName", &POLICY_NAME_TYPE_SCHEMA).required(),
    Member::new("RoleName", &ROLE_NAME_TYPE_SCHEMA).required(),
];
static PUT_ROLE_POLICY_REQUEST_SCHEMA: Schema =
    Schema::new("PutRolePolicyRequest", Kind::Structure(&PUT_ROLE_POLICY_REQUEST_SCHEMA_MEMBERS));

static PUT_USER_POLICY_REQUEST_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("PolicyDocument", &POLICY_DOCUMENT_TYPE_SCHEMA).required(),
    Member::new("PolicyName", &POLICY_NAME_TYPE_SCHEMA).required(),
    Member::new("UserName", &EXISTING_USER_NAME_TYPE_SCHEMA).required(),
];
static PUT_USER_POLICY_REQUEST_SCHEMA: Schema =
    Schema::new("PutUserPolicyRequest", Kind::Structure(&PUT_USER_POLICY_REQUEST_SCHEMA_MEMBERS));

static ROLE_SCHEMA_MEMBERS: [Member; 11] = [
    Member::new("Arn", &ARN_TYPE_SCHEMA).required(),
    Member::new("AssumeRolePolicyDocument", &POLICY_DOCUMENT_TYPE_SCHEMA),
    Member::new("CreateDate", &schema::TIMESTAMP).required(),
    Member::new("Description", &ROLE_DESCRIPTION_TYPE_SCHEMA),
    Member::new("MaxSessionDuration", &ROLE_MAX_SESSION_DURATION_TYPE_SCHEMA),
    Member::new("Path", &PATH_TYPE_SCHEMA).required(),
    Member::new("PermissionsBoundary", &ATTACHED_PERMISSIONS_BOUNDARY_SCHEMA),
    Member::new("RoleId", &ID_TYPE_SCHEMA).required(),
    Member::new("RoleLastUsed", &ROLE_LAST_USED_SCHEMA),
    Member::new("RoleName", &ROLE_NAME_TYPE_SCHEMA).required(),
    Member::new("Tags", &TAG_LIST_TYPE_SCHEMA),
];
static ROLE_SCHEMA: Schema = Schema::new("Role", Kind::Structure(&ROLE_SCHEMA_MEMBERS));

static ROLE_LAST_USED_SCHEMA_MEMBERS: [Member; 2] =
    [Member::new("LastUsedDate", &schema::TIMESTAMP), Member::new("Region", &schema::STRING)];
static ROLE_LAST_USED_SCHEMA: Schema =
    Schema::new("RoleLastUsed", Kind::Structure(&ROLE_LAST_USED_SCHEMA_MEMBERS));

static TAG_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("Key", &TAG_KEY_TYPE_SCHEMA).required(),
    Member::new("Value", &TAG_VALUE_TYPE_SCHEMA).required(),
];
static TAG_SCHEMA: Schema = Schema::new("Tag", Kind::Structure(&TAG_SCHEMA_MEMBERS));

static TAG_POLICY_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("PolicyArn", &ARN_TYPE_SCHEMA).required(),
    Member::new("Tags", &TAG_LIST_TYPE_SCHEMA).required(),
];
static TAG_POLICY_REQUEST_SCHEMA: Schema =
    Schema::new("TagPolicyRequest", Kind::Structure(&TAG_POLICY_REQUEST_SCHEMA_MEMBERS));

static TAG_ROLE_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("RoleName", &ROLE_NAME_TYPE_SCHEMA).required(),
    Member::new("Tags", &TAG_LIST_TYPE_SCHEMA).required(),
];
static TAG_ROLE_REQUEST_SCHEMA: Schema =
    Schema::new("TagRoleRequest", Kind::Structure(&TAG_ROLE_REQUEST_SCHEMA_MEMBERS));

static TAG_USER_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("Tags", &TAG_LIST_TYPE_SCHEMA).required(),
    Member::new("UserName", &EXISTING_USER_NAME_TYPE_SCHEMA).required(),
];
static TAG_USER_REQUEST_SCHEMA: Schema =
    Schema::new("TagUserRequest", Kind::Structure(&TAG_USER_REQUEST_SCHEMA_MEMBERS));

static UNTAG_POLICY_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("PolicyArn", &ARN_TYPE_SCHEMA).required(),
    Member::new("TagKeys", &TAG_KEY_LIST_TYPE_SCHEMA).required(),
];
static UNTAG_POLICY_REQUEST_SCHEMA: Schema =
    Schema::new("UntagPolicyRequest", Kind::Structure(&UNTAG_POLICY_REQUEST_SCHEMA_MEMBERS));

static UNTAG_ROLE_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("RoleName", &ROLE_NAME_TYPE_SCHEMA).required(),
    Member::new("TagKeys", &TAG_KEY_LIST_TYPE_SCHEMA).required(),
];
static UNTAG_ROLE_REQUEST_SCHEMA: Schema =
    Schema::new("UntagRoleRequest", Kind::Structure(&UNTAG_ROLE_REQUEST_SCHEMA_MEMBERS));

static UNTAG_USER_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("TagKeys", &TAG_KEY_LIST_TYPE_SCHEMA).required(),
    Member::new("UserName", &EXISTING_USER_NAME_TYPE_SCHEMA).required(),
];
static UNTAG_USER_REQUEST_SCHEMA: Schema =
    Schema::new("UntagUserRequest", Kind::Structure(&UNTAG_USER_REQUEST_SCHEMA_MEMBERS));

static UPDATE_ACCESS_KEY_REQUEST_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("AccessKeyId", &ACCESS_KEY_ID_TYPE_SCHEMA).required(),
    Member::new("Status", &STATUS_TYPE_SCHEMA).required(),
    Member::new("UserName", &EXISTING_USER_NAME_TYPE_SCHEMA),
];
static UPDATE_ACCESS_KEY_REQUEST_SCHEMA: Schema = Schema::new(
    "UpdateAccessKeyRequest",
    Kind::Structure(&UPDATE_ACCESS_KEY_REQUEST_SCHEMA_MEMBERS),
);

static UPDATE_ASSUME_ROLE_POLICY_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("PolicyDocument", &POLICY_DOCUMENT_TYPE_SCHEMA).required(),
    Member::new("RoleName", &ROLE_NAME_TYPE_SCHEMA).required(),
];
static UPDATE_ASSUME_ROLE_POLICY_REQUEST_SCHEMA: Schema = Schema::new(
    "UpdateAssumeRolePolicyRequest",
    Kind::Structure(&UPDATE_ASSUME_ROLE_POLICY_REQUEST_SCHEMA_MEMBERS),
);

static UPDATE_ROLE_REQUEST_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("Description", &ROLE_DESCRIPTION_TYPE_SCHEMA),
    Member::new("MaxSessionDuration", &ROLE_MAX_SESSION_DURATION_TYPE_SCHEMA),
    Member::new("RoleName", &ROLE_NAME_TYPE_SCHEMA).required(),
];
static UPDATE_ROLE_REQUEST_SCHEMA: Schema =
    Schema::new("UpdateRoleRequest", Kind::Structure(&UPDATE_ROLE_REQUEST_SCHEMA_MEMBERS));

static UPDATE_ROLE_RESPONSE_SCHEMA_MEMBERS: [Member; 0] = [];
static UPDATE_ROLE_RESPONSE_SCHEMA: Schema =
    Schema::new("UpdateRoleResponse", Kind::Structure(&UPDATE_ROLE_RESPONSE_SCHEMA_MEMBERS));

static USER_SCHEMA_MEMBERS: [Member; 8] = [
    Member::new("Arn", &ARN_TYPE_SCHEMA).required(),
    Member::new("CreateDate", &schema::TIMESTAMP).required(),
    Member::new("PasswordLastUsed", &schema::TIMESTAMP),
    Member::new("Path", &PATH_TYPE_SCHEMA).required(),
    Member::new("PermissionsBoundary", &ATTACHED_PERMISSIONS_BOUNDARY_SCHEMA),
    Member::new("Tags", &TAG_LIST_TYPE_SCHEMA),
    Member::new("UserId", &ID_TYPE_SCHEMA).required(),
    Member::new("UserName", &USER_NAME_TYPE_SCHEMA).required(),
];
static USER_SCHEMA: Schema = Schema::new("User", Kind::Structure(&USER_SCHEMA_MEMBERS));

static ACCESS_KEY_ID_TYPE_SCHEMA_PATTERN: Pattern = Pattern::new(r#"[\w]+"#);
static ACCESS_KEY_ID_TYPE_SCHEMA: Schema = Schema::new("accessKeyIdType", Kind::String)
    .min(16.0)
    .max(128.0)
    .pattern(&ACCESS_KEY_ID_TYPE_SCHEMA_PATTERN);

static ACCESS_KEY_METADATA_LIST_TYPE_SCHEMA: Schema = Schema::new(
    "accessKeyMetadataListType",
    Kind::List { member: &ACCESS_KEY_METADATA_SCHEMA, element: "member" },
);

static ACCESS_KEY_SECRET_TYPE_SCHEMA: Schema =
    Schema::new("accessKeySecretType", Kind::String).sensitive();

static ARN_TYPE_SCHEMA: Schema = Schema::new("arnType", Kind::String).min(20.0).max(2048.0);

static ATTACHED_POLICIES_LIST_TYPE_SCHEMA: Schema = Schema::new(
    "attachedPoliciesListType",
    Kind::List { member: &ATTACHED_POLICY_SCHEMA, element: "member" },
);

static EXISTING_USER_NAME_TYPE_SCHEMA_PATTERN: Pattern = Pattern::new(r#"[\w+=,.@-]+"#);
static EXISTING_USER_NAME_TYPE_SCHEMA: Schema = Schema::new("existingUserNameType", Kind::String)
    .min(1.0)
    .max(128.0)
    .pattern(&EXISTING_USER_NAME_TYPE_SCHEMA_PATTERN);

static GROUP_LIST_TYPE_SCHEMA: Schema =
    Schema::new("groupListType", Kind::List { member: &GROUP_SCHEMA, element: "member" });

static GROUP_NAME_TYPE_SCHEMA_PATTERN: Pattern = Pattern::new(r#"[\w+=,.@-]+"#);
static GROUP_NAME_TYPE_SCHEMA: Schema = Schema::new("groupNameType", Kind::String)
    .min(1.0)
    .max(128.0)
    .pattern(&GROUP_NAME_TYPE_SCHEMA_PATTERN);

static ID_TYPE_SCHEMA_PATTERN: Pattern = Pattern::new(r#"[\w]+"#);
static ID_TYPE_SCHEMA: Schema =
    Schema::new("idType", Kind::String).min(16.0).max(128.0).pattern(&ID_TYPE_SCHEMA_PATTERN);

static INSTANCE_PROFILE_LIST_TYPE_SCHEMA: Schema = Schema::new(
    "instanceProfileListType",
    Kind::List { member: &INSTANCE_PROFILE_SCHEMA, element: "member" },
);

static INSTANCE_PROFILE_NAME_TYPE_SCHEMA_PATTERN: Pattern = Pattern::new(r#"[\w+=,.@-]+"#);
static INSTANCE_PROFILE_NAME_TYPE_SCHEMA: Schema =
    Schema::new("instanceProfileNameType", Kind::String)
        .min(1.0)
        .max(128.0)
        .pattern(&INSTANCE_PROFILE_NAME_TYPE_SCHEMA_PATTERN);

static MARKER_TYPE_SCHEMA_PATTERN: Pattern = Pattern::new(r#"[\u0020-\u00FF]+"#);
static MARKER_TYPE_SCHEMA: Schema = Schema::new("markerType", Kind::String)
    .min(1.0)
    .max(320.0)
    .pattern(&MARKER_TYPE_SCHEMA_PATTERN);

static MAX_ITEMS_TYPE_SCHEMA: Schema =
    Schema::new("maxItemsType", Kind::Integer).min(1.0).max(1000.0);

static PATH_PREFIX_TYPE_SCHEMA_PATTERN: Pattern = Pattern::new(r#"\u002F[\u0021-\u007F]*"#);
static PATH_PREFIX_TYPE_SCHEMA: Schema = Schema::new("pathPrefixType", Kind::String)
    .min(1.0)
    .max(512.0)
    .pattern(&PATH_PREFIX_TYPE_SCHEMA_PATTERN);

static PATH_TYPE_SCHEMA_PATTERN: Pattern =
    Pattern::new(r#"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)"#);
static PATH_TYPE_SCHEMA: Schema =
    Schema::new("pathType", Kind::String).min(1.0).max(512.0).pattern(&PATH_TYPE_SCHEMA_PATTERN);

static POLICY_DESCRIPTION_TYPE_SCHEMA: Schema =
    Schema::new("policyDescriptionType", Kind::String).max(1000.0);

static POLICY_DOCUMENT_TYPE_SCHEMA_PATTERN: Pattern =
    Pattern::new(r#"[\u0009\u000A\u000D\u0020-\u00FF]+"#);
static POLICY_DOCUMENT_TYPE_SCHEMA: Schema = Schema::new("policyDocumentType", Kind::String)
    .min(1.0)
    .max(131072.0)
    .pattern(&POLICY_DOCUMENT_TYPE_SCHEMA_PATTERN);

static POLICY_DOCUMENT_VERSION_LIST_TYPE_SCHEMA: Schema = Schema::new(
    "policyDocumentVersionListType",
    Kind::List { member: &POLICY_VERSION_SCHEMA, element: "member" },
);

static POLICY_LIST_TYPE_SCHEMA: Schema =
    Schema::new("policyListType", Kind::List { member: &POLICY_SCHEMA, element: "member" });

static POLICY_NAME_LIST_TYPE_SCHEMA: Schema = Schema::new(
    "policyNameListType",
    Kind::List { member: &POLICY_NAME_TYPE_SCHEMA, element: "member" },
);

static POLICY_NAME_TYPE_SCHEMA_PATTERN: Pattern = Pattern::new(r#"[\w+=,.@-]+"#);
static POLICY_NAME_TYPE_SCHEMA: Schema = Schema::new("policyNameType", Kind::String)
    .min(1.0)
    .max(128.0)
    .pattern(&POLICY_NAME_TYPE_SCHEMA_PATTERN);

static POLICY_PATH_TYPE_SCHEMA_PATTERN: Pattern = Pattern::new(r#"((/[A-Za-z0-9\.,\+@=_-]+)*)/"#);
static POLICY_PATH_TYPE_SCHEMA: Schema = Schema::new("policyPathType", Kind::String)
    .min(1.0)
    .max(512.0)
    .pattern(&POLICY_PATH_TYPE_SCHEMA_PATTERN);

static POLICY_SCOPE_TYPE_SCHEMA: Schema =
    Schema::new("policyScopeType", Kind::String).values(&["All", "AWS", "Local"]);

static POLICY_VERSION_ID_TYPE_SCHEMA_PATTERN: Pattern =
    Pattern::new(r#"v[1-9][0-9]*(\.[A-Za-z0-9-]*)?"#);
static POLICY_VERSION_ID_TYPE_SCHEMA: Schema = Schema::new("policyVersionIdType", Kind::String)
    .pattern(&POLICY_VERSION_ID_TYPE_SCHEMA_PATTERN);

static ROLE_DESCRIPTION_TYPE_SCHEMA_PATTERN: Pattern =
    Pattern::new(r#"[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*"#);
static ROLE_DESCRIPTION_TYPE_SCHEMA: Schema = Schema::new("roleDescriptionType", Kind::String)
    .max(1000.0)
    .pattern(&ROLE_DESCRIPTION_TYPE_SCHEMA_PATTERN);

static ROLE_LIST_TYPE_SCHEMA: Schema =
    Schema::new("roleListType", Kind::List { member: &ROLE_SCHEMA, element: "member" });

static ROLE_MAX_SESSION_DURATION_TYPE_SCHEMA: Schema =
    Schema::new("roleMaxSessionDurationType", Kind::Integer).min(3600.0).max(43200.0);

static ROLE_NAME_TYPE_SCHEMA_PATTERN: Pattern = Pattern::new(r#"[\w+=,.@-]+"#);
static ROLE_NAME_TYPE_SCHEMA: Schema = Schema::new("roleNameType", Kind::String)
    .min(1.0)
    .max(64.0)
    .pattern(&ROLE_NAME_TYPE_SCHEMA_PATTERN);

static STATUS_TYPE_SCHEMA: Schema =
    Schema::new("statusType", Kind::String).values(&["Active", "Inactive", "Expired"]);

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

static USER_LIST_TYPE_SCHEMA: Schema =
    Schema::new("userListType", Kind::List { member: &USER_SCHEMA, element: "member" });

static USER_NAME_TYPE_SCHEMA_PATTERN: Pattern = Pattern::new(r#"[\w+=,.@-]+"#);
static USER_NAME_TYPE_SCHEMA: Schema = Schema::new("userNameType", Kind::String)
    .min(1.0)
    .max(64.0)
    .pattern(&USER_NAME_TYPE_SCHEMA_PATTERN);
