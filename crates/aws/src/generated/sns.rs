//! Amazon Simple Notification Service, 2010-03-31. Written by `cargo xtask generate` from sns/2010-03-31 of botocore 1.43.11;
//! never edited by hand.

use crate::protocol::Protocol;
use crate::schema::{self, ErrorShape, Kind, Member, Operation, Schema, ServiceModel, Validation};
use crate::value::{input, output, wire};
use bytes::Bytes;
use std::collections::BTreeMap;
use tidemill_kernel::Service;

pub static MODEL: ServiceModel = ServiceModel {
    service: Service::Sns,
    version: "2010-03-31",
    protocols: &[Protocol::Query],
    target_prefix: None,
    error_namespace: None,
    xml_namespace: Some("http://sns.amazonaws.com/doc/2010-03-31/"),
    validation: Validation::Listed { code: "ValidationError" },
    operations: &[
        &ADD_PERMISSION,
        &CONFIRM_SUBSCRIPTION,
        &CREATE_TOPIC,
        &DELETE_TOPIC,
        &GET_SUBSCRIPTION_ATTRIBUTES,
        &GET_TOPIC_ATTRIBUTES,
        &LIST_SUBSCRIPTIONS,
        &LIST_SUBSCRIPTIONS_BY_TOPIC,
        &LIST_TAGS_FOR_RESOURCE,
        &LIST_TOPICS,
        &PUBLISH,
        &PUBLISH_BATCH,
        &REMOVE_PERMISSION,
        &SET_SUBSCRIPTION_ATTRIBUTES,
        &SET_TOPIC_ATTRIBUTES,
        &SUBSCRIBE,
        &TAG_RESOURCE,
        &UNSUBSCRIBE,
        &UNTAG_RESOURCE,
    ],
    errors: &[
        ErrorShape {
            shape: "AuthorizationErrorException",
            code: "AuthorizationError",
            status: 403,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "BatchEntryIdsNotDistinctException",
            code: "BatchEntryIdsNotDistinct",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "BatchRequestTooLongException",
            code: "BatchRequestTooLong",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "ConcurrentAccessException",
            code: "ConcurrentAccess",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "EmptyBatchRequestException",
            code: "EmptyBatchRequest",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "EndpointDisabledException",
            code: "EndpointDisabled",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "FilterPolicyLimitExceededException",
            code: "FilterPolicyLimitExceeded",
            status: 403,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "InternalErrorException",
            code: "InternalError",
            status: 500,
            is_sender: false,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "InvalidBatchEntryIdException",
            code: "InvalidBatchEntryId",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "InvalidParameterException",
            code: "InvalidParameter",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "InvalidParameterValueException",
            code: "ParameterValueInvalid",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "InvalidSecurityException",
            code: "InvalidSecurity",
            status: 403,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "InvalidStateException",
            code: "InvalidState",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "KMSAccessDeniedException",
            code: "KMSAccessDenied",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "KMSDisabledException",
            code: "KMSDisabled",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "KMSInvalidStateException",
            code: "KMSInvalidState",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "KMSNotFoundException",
            code: "KMSNotFound",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "KMSOptInRequired",
            code: "KMSOptInRequired",
            status: 403,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "KMSThrottlingException",
            code: "KMSThrottling",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "NotFoundException",
            code: "NotFound",
            status: 404,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "PlatformApplicationDisabledException",
            code: "PlatformApplicationDisabled",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "ReplayLimitExceededException",
            code: "ReplayLimitExceeded",
            status: 403,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "ResourceNotFoundException",
            code: "ResourceNotFound",
            status: 404,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "StaleTagException",
            code: "StaleTag",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "SubscriptionLimitExceededException",
            code: "SubscriptionLimitExceeded",
            status: 403,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "TagLimitExceededException",
            code: "TagLimitExceeded",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "TagPolicyException",
            code: "TagPolicy",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "TooManyEntriesInBatchRequestException",
            code: "TooManyEntriesInBatchRequest",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "TopicLimitExceededException",
            code: "TopicLimitExceeded",
            status: 403,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "ValidationException",
            code: "ValidationException",
            status: 400,
            is_sender: true,
            message_member: "Message",
            has_type: false,
        },
    ],
};

pub static ADD_PERMISSION: Operation = Operation {
    model: &MODEL,
    name: "AddPermission",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &ADD_PERMISSION_INPUT_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "InvalidParameterException",
        "InternalErrorException",
        "AuthorizationErrorException",
        "NotFoundException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AddPermissionInput {
    pub aws_account_id: Vec<String>,
    pub action_name: Vec<String>,
    pub label: String,
    pub topic_arn: String,
}
wire!(AddPermissionInput { aws_account_id, action_name, label, topic_arn });

input!(AddPermissionInput, ADD_PERMISSION);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AddPermissionOutput {}
wire!(AddPermissionOutput {});

output!(AddPermissionOutput, ADD_PERMISSION);

pub static CONFIRM_SUBSCRIPTION: Operation = Operation {
    model: &MODEL,
    name: "ConfirmSubscription",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &CONFIRM_SUBSCRIPTION_INPUT_SCHEMA,
    output: &CONFIRM_SUBSCRIPTION_RESPONSE_SCHEMA,
    result_wrapper: Some("ConfirmSubscriptionResult"),
    errors: &[
        "SubscriptionLimitExceededException",
        "InvalidParameterException",
        "NotFoundException",
        "InternalErrorException",
        "AuthorizationErrorException",
        "FilterPolicyLimitExceededException",
        "ReplayLimitExceededException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConfirmSubscriptionInput {
    pub authenticate_on_unsubscribe: Option<String>,
    pub token: String,
    pub topic_arn: String,
}
wire!(ConfirmSubscriptionInput { authenticate_on_unsubscribe, token, topic_arn });

input!(ConfirmSubscriptionInput, CONFIRM_SUBSCRIPTION);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConfirmSubscriptionOutput {
    pub subscription_arn: Option<String>,
}
wire!(ConfirmSubscriptionOutput { subscription_arn });

output!(ConfirmSubscriptionOutput, CONFIRM_SUBSCRIPTION);

pub static CREATE_TOPIC: Operation = Operation {
    model: &MODEL,
    name: "CreateTopic",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &CREATE_TOPIC_INPUT_SCHEMA,
    output: &CREATE_TOPIC_RESPONSE_SCHEMA,
    result_wrapper: Some("CreateTopicResult"),
    errors: &[
        "InvalidParameterException",
        "TopicLimitExceededException",
        "InternalErrorException",
        "AuthorizationErrorException",
        "InvalidSecurityException",
        "TagLimitExceededException",
        "StaleTagException",
        "TagPolicyException",
        "ConcurrentAccessException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateTopicInput {
    pub attributes: Option<BTreeMap<String, String>>,
    pub data_protection_policy: Option<String>,
    pub name: String,
    pub tags: Option<Vec<Tag>>,
}
wire!(CreateTopicInput { attributes, data_protection_policy, name, tags });

input!(CreateTopicInput, CREATE_TOPIC);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateTopicOutput {
    pub topic_arn: Option<String>,
}
wire!(CreateTopicOutput { topic_arn });

output!(CreateTopicOutput, CREATE_TOPIC);

pub static DELETE_TOPIC: Operation = Operation {
    model: &MODEL,
    name: "DeleteTopic",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &DELETE_TOPIC_INPUT_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "InvalidParameterException",
        "InvalidStateException",
        "InternalErrorException",
        "AuthorizationErrorException",
        "NotFoundException",
        "StaleTagException",
        "TagPolicyException",
        "ConcurrentAccessException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteTopicInput {
    pub topic_arn: String,
}
wire!(DeleteTopicInput { topic_arn });

input!(DeleteTopicInput, DELETE_TOPIC);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteTopicOutput {}
wire!(DeleteTopicOutput {});

output!(DeleteTopicOutput, DELETE_TOPIC);

pub static GET_SUBSCRIPTION_ATTRIBUTES: Operation = Operation {
    model: &MODEL,
    name: "GetSubscriptionAttributes",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &GET_SUBSCRIPTION_ATTRIBUTES_INPUT_SCHEMA,
    output: &GET_SUBSCRIPTION_ATTRIBUTES_RESPONSE_SCHEMA,
    result_wrapper: Some("GetSubscriptionAttributesResult"),
    errors: &[
        "InvalidParameterException",
        "InternalErrorException",
        "NotFoundException",
        "AuthorizationErrorException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetSubscriptionAttributesInput {
    pub subscription_arn: String,
}
wire!(GetSubscriptionAttributesInput { subscription_arn });

input!(GetSubscriptionAttributesInput, GET_SUBSCRIPTION_ATTRIBUTES);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetSubscriptionAttributesOutput {
    pub attributes: Option<BTreeMap<String, String>>,
}
wire!(GetSubscriptionAttributesOutput { attributes });

output!(GetSubscriptionAttributesOutput, GET_SUBSCRIPTION_ATTRIBUTES);

pub static GET_TOPIC_ATTRIBUTES: Operation = Operation {
    model: &MODEL,
    name: "GetTopicAttributes",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &GET_TOPIC_ATTRIBUTES_INPUT_SCHEMA,
    output: &GET_TOPIC_ATTRIBUTES_RESPONSE_SCHEMA,
    result_wrapper: Some("GetTopicAttributesResult"),
    errors: &[
        "InvalidParameterException",
        "InternalErrorException",
        "NotFoundException",
        "AuthorizationErrorException",
        "InvalidSecurityException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetTopicAttributesInput {
    pub topic_arn: String,
}
wire!(GetTopicAttributesInput { topic_arn });

input!(GetTopicAttributesInput, GET_TOPIC_ATTRIBUTES);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetTopicAttributesOutput {
    pub attributes: Option<BTreeMap<String, String>>,
}
wire!(GetTopicAttributesOutput { attributes });

output!(GetTopicAttributesOutput, GET_TOPIC_ATTRIBUTES);

pub static LIST_SUBSCRIPTIONS: Operation = Operation {
    model: &MODEL,
    name: "ListSubscriptions",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &LIST_SUBSCRIPTIONS_INPUT_SCHEMA,
    output: &LIST_SUBSCRIPTIONS_RESPONSE_SCHEMA,
    result_wrapper: Some("ListSubscriptionsResult"),
    errors: &["InvalidParameterException", "InternalErrorException", "AuthorizationErrorException"],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListSubscriptionsInput {
    pub next_token: Option<String>,
}
wire!(ListSubscriptionsInput { next_token });

input!(ListSubscriptionsInput, LIST_SUBSCRIPTIONS);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListSubscriptionsOutput {
    pub next_token: Option<String>,
    pub subscriptions: Option<Vec<Subscription>>,
}
wire!(ListSubscriptionsOutput { next_token, subscriptions });

output!(ListSubscriptionsOutput, LIST_SUBSCRIPTIONS);

pub static LIST_SUBSCRIPTIONS_BY_TOPIC: Operation = Operation {
    model: &MODEL,
    name: "ListSubscriptionsByTopic",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &LIST_SUBSCRIPTIONS_BY_TOPIC_INPUT_SCHEMA,
    output: &LIST_SUBSCRIPTIONS_BY_TOPIC_RESPONSE_SCHEMA,
    result_wrapper: Some("ListSubscriptionsByTopicResult"),
    errors: &[
        "InvalidParameterException",
        "InternalErrorException",
        "NotFoundException",
        "AuthorizationErrorException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListSubscriptionsByTopicInput {
    pub next_token: Option<String>,
    pub topic_arn: String,
}
wire!(ListSubscriptionsByTopicInput { next_token, topic_arn });

input!(ListSubscriptionsByTopicInput, LIST_SUBSCRIPTIONS_BY_TOPIC);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListSubscriptionsByTopicOutput {
    pub next_token: Option<String>,
    pub subscriptions: Option<Vec<Subscription>>,
}
wire!(ListSubscriptionsByTopicOutput { next_token, subscriptions });

output!(ListSubscriptionsByTopicOutput, LIST_SUBSCRIPTIONS_BY_TOPIC);

pub static LIST_TAGS_FOR_RESOURCE: Operation = Operation {
    model: &MODEL,
    name: "ListTagsForResource",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &LIST_TAGS_FOR_RESOURCE_REQUEST_SCHEMA,
    output: &LIST_TAGS_FOR_RESOURCE_RESPONSE_SCHEMA,
    result_wrapper: Some("ListTagsForResourceResult"),
    errors: &[
        "ResourceNotFoundException",
        "TagPolicyException",
        "InvalidParameterException",
        "AuthorizationErrorException",
        "ConcurrentAccessException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListTagsForResourceInput {
    pub resource_arn: String,
}
wire!(ListTagsForResourceInput { resource_arn });

input!(ListTagsForResourceInput, LIST_TAGS_FOR_RESOURCE);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListTagsForResourceOutput {
    pub tags: Option<Vec<Tag>>,
}
wire!(ListTagsForResourceOutput { tags });

output!(ListTagsForResourceOutput, LIST_TAGS_FOR_RESOURCE);

pub static LIST_TOPICS: Operation = Operation {
    model: &MODEL,
    name: "ListTopics",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &LIST_TOPICS_INPUT_SCHEMA,
    output: &LIST_TOPICS_RESPONSE_SCHEMA,
    result_wrapper: Some("ListTopicsResult"),
    errors: &["InvalidParameterException", "InternalErrorException", "AuthorizationErrorException"],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListTopicsInput {
    pub next_token: Option<String>,
}
wire!(ListTopicsInput { next_token });

input!(ListTopicsInput, LIST_TOPICS);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListTopicsOutput {
    pub next_token: Option<String>,
    pub topics: Option<Vec<Topic>>,
}
wire!(ListTopicsOutput { next_token, topics });

output!(ListTopicsOutput, LIST_TOPICS);

pub static PUBLISH: Operation = Operation {
    model: &MODEL,
    name: "Publish",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &PUBLISH_INPUT_SCHEMA,
    output: &PUBLISH_RESPONSE_SCHEMA,
    result_wrapper: Some("PublishResult"),
    errors: &[
        "InvalidParameterException",
        "InvalidParameterValueException",
        "InternalErrorException",
        "NotFoundException",
        "EndpointDisabledException",
        "PlatformApplicationDisabledException",
        "AuthorizationErrorException",
        "KMSDisabledException",
        "KMSInvalidStateException",
        "KMSNotFoundException",
        "KMSOptInRequired",
        "KMSThrottlingException",
        "KMSAccessDeniedException",
        "InvalidSecurityException",
        "ValidationException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PublishInput {
    pub message: String,
    pub message_attributes: Option<BTreeMap<String, MessageAttributeValue>>,
    pub message_deduplication_id: Option<String>,
    pub message_group_id: Option<String>,
    pub message_structure: Option<String>,
    pub phone_number: Option<String>,
    pub subject: Option<String>,
    pub target_arn: Option<String>,
    pub topic_arn: Option<String>,
}
wire!(PublishInput {
    message,
    message_attributes,
    message_deduplication_id,
    message_group_id,
    message_structure,
    phone_number,
    subject,
    target_arn,
    topic_arn
});

input!(PublishInput, PUBLISH);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PublishOutput {
    pub message_id: Option<String>,
    pub sequence_number: Option<String>,
}
wire!(PublishOutput { message_id, sequence_number });

output!(PublishOutput, PUBLISH);

pub static PUBLISH_BATCH: Operation = Operation {
    model: &MODEL,
    name: "PublishBatch",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &PUBLISH_BATCH_INPUT_SCHEMA,
    output: &PUBLISH_BATCH_RESPONSE_SCHEMA,
    result_wrapper: Some("PublishBatchResult"),
    errors: &[
        "InvalidParameterException",
        "InvalidParameterValueException",
        "InternalErrorException",
        "NotFoundException",
        "EndpointDisabledException",
        "PlatformApplicationDisabledException",
        "AuthorizationErrorException",
        "BatchEntryIdsNotDistinctException",
        "BatchRequestTooLongException",
        "EmptyBatchRequestException",
        "InvalidBatchEntryIdException",
        "TooManyEntriesInBatchRequestException",
        "KMSDisabledException",
        "KMSInvalidStateException",
        "KMSNotFoundException",
        "KMSOptInRequired",
        "KMSThrottlingException",
        "KMSAccessDeniedException",
        "InvalidSecurityException",
        "ValidationException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PublishBatchInput {
    pub publish_batch_request_entries: Vec<PublishBatchRequestEntry>,
    pub topic_arn: String,
}
wire!(PublishBatchInput { publish_batch_request_entries, topic_arn });

input!(PublishBatchInput, PUBLISH_BATCH);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PublishBatchOutput {
    pub failed: Option<Vec<BatchResultErrorEntry>>,
    pub successful: Option<Vec<PublishBatchResultEntry>>,
}
wire!(PublishBatchOutput { failed, successful });

output!(PublishBatchOutput, PUBLISH_BATCH);

pub static REMOVE_PERMISSION: Operation = Operation {
    model: &MODEL,
    name: "RemovePermission",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &REMOVE_PERMISSION_INPUT_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "InvalidParameterException",
        "InternalErrorException",
        "AuthorizationErrorException",
        "NotFoundException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct RemovePermissionInput {
    pub label: String,
    pub topic_arn: String,
}
wire!(RemovePermissionInput { label, topic_arn });

input!(RemovePermissionInput, REMOVE_PERMISSION);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct RemovePermissionOutput {}
wire!(RemovePermissionOutput {});

output!(RemovePermissionOutput, REMOVE_PERMISSION);

pub static SET_SUBSCRIPTION_ATTRIBUTES: Operation = Operation {
    model: &MODEL,
    name: "SetSubscriptionAttributes",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &SET_SUBSCRIPTION_ATTRIBUTES_INPUT_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "InvalidParameterException",
        "FilterPolicyLimitExceededException",
        "ReplayLimitExceededException",
        "InternalErrorException",
        "NotFoundException",
        "AuthorizationErrorException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SetSubscriptionAttributesInput {
    pub attribute_name: String,
    pub attribute_value: Option<String>,
    pub subscription_arn: String,
}
wire!(SetSubscriptionAttributesInput { attribute_name, attribute_value, subscription_arn });

input!(SetSubscriptionAttributesInput, SET_SUBSCRIPTION_ATTRIBUTES);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SetSubscriptionAttributesOutput {}
wire!(SetSubscriptionAttributesOutput {});

output!(SetSubscriptionAttributesOutput, SET_SUBSCRIPTION_ATTRIBUTES);

pub static SET_TOPIC_ATTRIBUTES: Operation = Operation {
    model: &MODEL,
    name: "SetTopicAttributes",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &SET_TOPIC_ATTRIBUTES_INPUT_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "InvalidParameterException",
        "InternalErrorException",
        "NotFoundException",
        "AuthorizationErrorException",
        "InvalidSecurityException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SetTopicAttributesInput {
    pub attribute_name: String,
    pub attribute_value: Option<String>,
    pub topic_arn: String,
}
wire!(SetTopicAttributesInput { attribute_name, attribute_value, topic_arn });

input!(SetTopicAttributesInput, SET_TOPIC_ATTRIBUTES);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SetTopicAttributesOutput {}
wire!(SetTopicAttributesOutput {});

output!(SetTopicAttributesOutput, SET_TOPIC_ATTRIBUTES);

pub static SUBSCRIBE: Operation = Operation {
    model: &MODEL,
    name: "Subscribe",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &SUBSCRIBE_INPUT_SCHEMA,
    output: &SUBSCRIBE_RESPONSE_SCHEMA,
    result_wrapper: Some("SubscribeResult"),
    errors: &[
        "SubscriptionLimitExceededException",
        "FilterPolicyLimitExceededException",
        "ReplayLimitExceededException",
        "InvalidParameterException",
        "InternalErrorException",
        "NotFoundException",
        "AuthorizationErrorException",
        "InvalidSecurityException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SubscribeInput {
    pub attributes: Option<BTreeMap<String, String>>,
    pub endpoint: Option<String>,
    pub protocol: String,
    pub return_subscription_arn: Option<bool>,
    pub topic_arn: String,
}
wire!(SubscribeInput { attributes, endpoint, protocol, return_subscription_arn, topic_arn });

input!(SubscribeInput, SUBSCRIBE);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SubscribeOutput {
    pub subscription_arn: Option<String>,
}
wire!(SubscribeOutput { subscription_arn });

output!(SubscribeOutput, SUBSCRIBE);

pub static TAG_RESOURCE: Operation = Operation {
    model: &MODEL,
    name: "TagResource",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &TAG_RESOURCE_REQUEST_SCHEMA,
    output: &TAG_RESOURCE_RESPONSE_SCHEMA,
    result_wrapper: Some("TagResourceResult"),
    errors: &[
        "ResourceNotFoundException",
        "TagLimitExceededException",
        "StaleTagException",
        "TagPolicyException",
        "InvalidParameterException",
        "AuthorizationErrorException",
        "ConcurrentAccessException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TagResourceInput {
    pub resource_arn: String,
    pub tags: Vec<Tag>,
}
wire!(TagResourceInput { resource_arn, tags });

input!(TagResourceInput, TAG_RESOURCE);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TagResourceOutput {}
wire!(TagResourceOutput {});

output!(TagResourceOutput, TAG_RESOURCE);

pub static UNSUBSCRIBE: Operation = Operation {
    model: &MODEL,
    name: "Unsubscribe",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &UNSUBSCRIBE_INPUT_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "InvalidParameterException",
        "InternalErrorException",
        "AuthorizationErrorException",
        "NotFoundException",
        "InvalidSecurityException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UnsubscribeInput {
    pub subscription_arn: String,
}
wire!(UnsubscribeInput { subscription_arn });

input!(UnsubscribeInput, UNSUBSCRIBE);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UnsubscribeOutput {}
wire!(UnsubscribeOutput {});

output!(UnsubscribeOutput, UNSUBSCRIBE);

pub static UNTAG_RESOURCE: Operation = Operation {
    model: &MODEL,
    name: "UntagResource",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &UNTAG_RESOURCE_REQUEST_SCHEMA,
    output: &UNTAG_RESOURCE_RESPONSE_SCHEMA,
    result_wrapper: Some("UntagResourceResult"),
    errors: &[
        "ResourceNotFoundException",
        "TagLimitExceededException",
        "StaleTagException",
        "TagPolicyException",
        "InvalidParameterException",
        "AuthorizationErrorException",
        "ConcurrentAccessException",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UntagResourceInput {
    pub resource_arn: String,
    pub tag_keys: Vec<String>,
}
wire!(UntagResourceInput { resource_arn, tag_keys });

input!(UntagResourceInput, UNTAG_RESOURCE);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UntagResourceOutput {}
wire!(UntagResourceOutput {});

output!(UntagResourceOutput, UNTAG_RESOURCE);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct BatchResultErrorEntry {
    pub code: String,
    pub id: String,
    pub message: Option<String>,
    pub sender_fault: bool,
}
wire!(BatchResultErrorEntry { code, id, message, sender_fault });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct MessageAttributeValue {
    pub binary_value: Option<Bytes>,
    pub data_type: String,
    pub string_value: Option<String>,
}
wire!(MessageAttributeValue { binary_value, data_type, string_value });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PublishBatchRequestEntry {
    pub id: String,
    pub message: String,
    pub message_attributes: Option<BTreeMap<String, MessageAttributeValue>>,
    pub message_deduplication_id: Option<String>,
    pub message_group_id: Option<String>,
    pub message_structure: Option<String>,
    pub subject: Option<String>,
}
wire!(PublishBatchRequestEntry {
    id,
    message,
    message_attributes,
    message_deduplication_id,
    message_group_id,
    message_structure,
    subject
});

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PublishBatchResultEntry {
    pub id: Option<String>,
    pub message_id: Option<String>,
    pub sequence_number: Option<String>,
}
wire!(PublishBatchResultEntry { id, message_id, sequence_number });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Subscription {
    pub endpoint: Option<String>,
    pub owner: Option<String>,
    pub protocol: Option<String>,
    pub subscription_arn: Option<String>,
    pub topic_arn: Option<String>,
}
wire!(Subscription { endpoint, owner, protocol, subscription_arn, topic_arn });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tag {
    pub key: String,
    pub value: String,
}
wire!(Tag { key, value });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Topic {
    pub topic_arn: Option<String>,
}
wire!(Topic { topic_arn });

static ACTIONS_LIST_SCHEMA: Schema =
    Schema::new("ActionsList", Kind::List { member: &schema::STRING, element: "member" });

static ADD_PERMISSION_INPUT_SCHEMA_MEMBERS: [Member; 4] = [
    Member::new("AWSAccountId", &DELEGATES_LIST_SCHEMA).required(),
    Member::new("ActionName", &ACTIONS_LIST_SCHEMA).required(),
    Member::new("Label", &schema::STRING).required(),
    Member::new("TopicArn", &schema::STRING).required(),
];
static ADD_PERMISSION_INPUT_SCHEMA: Schema =
    Schema::new("AddPermissionInput", Kind::Structure(&ADD_PERMISSION_INPUT_SCHEMA_MEMBERS));

static AMAZON_RESOURCE_NAME_SCHEMA: Schema =
    Schema::new("AmazonResourceName", Kind::String).min(1.0).max(1011.0);

static BATCH_RESULT_ERROR_ENTRY_SCHEMA_MEMBERS: [Member; 4] = [
    Member::new("Code", &schema::STRING).required(),
    Member::new("Id", &schema::STRING).required(),
    Member::new("Message", &schema::STRING),
    Member::new("SenderFault", &schema::BOOLEAN).required(),
];
static BATCH_RESULT_ERROR_ENTRY_SCHEMA: Schema =
    Schema::new("BatchResultErrorEntry", Kind::Structure(&BATCH_RESULT_ERROR_ENTRY_SCHEMA_MEMBERS));

static BATCH_RESULT_ERROR_ENTRY_LIST_SCHEMA: Schema = Schema::new(
    "BatchResultErrorEntryList",
    Kind::List { member: &BATCH_RESULT_ERROR_ENTRY_SCHEMA, element: "member" },
);

static CONFIRM_SUBSCRIPTION_INPUT_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("AuthenticateOnUnsubscribe", &schema::STRING),
    Member::new("Token", &schema::STRING).required(),
    Member::new("TopicArn", &schema::STRING).required(),
];
static CONFIRM_SUBSCRIPTION_INPUT_SCHEMA: Schema = Schema::new(
    "ConfirmSubscriptionInput",
    Kind::Structure(&CONFIRM_SUBSCRIPTION_INPUT_SCHEMA_MEMBERS),
);

static CONFIRM_SUBSCRIPTION_RESPONSE_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("SubscriptionArn", &schema::STRING)];
static CONFIRM_SUBSCRIPTION_RESPONSE_SCHEMA: Schema = Schema::new(
    "ConfirmSubscriptionResponse",
    Kind::Structure(&CONFIRM_SUBSCRIPTION_RESPONSE_SCHEMA_MEMBERS),
);

static CREATE_TOPIC_INPUT_SCHEMA_MEMBERS: [Member; 4] = [
    Member::new("Attributes", &TOPIC_ATTRIBUTES_MAP_SCHEMA),
    Member::new("DataProtectionPolicy", &schema::STRING),
    Member::new("Name", &schema::STRING).required(),
    Member::new("Tags", &TAG_LIST_SCHEMA),
];
static CREATE_TOPIC_INPUT_SCHEMA: Schema =
    Schema::new("CreateTopicInput", Kind::Structure(&CREATE_TOPIC_INPUT_SCHEMA_MEMBERS));

static CREATE_TOPIC_RESPONSE_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("TopicArn", &schema::STRING)];
static CREATE_TOPIC_RESPONSE_SCHEMA: Schema =
    Schema::new("CreateTopicResponse", Kind::Structure(&CREATE_TOPIC_RESPONSE_SCHEMA_MEMBERS));

static DELEGATES_LIST_SCHEMA: Schema =
    Schema::new("DelegatesList", Kind::List { member: &schema::STRING, element: "member" });

static DELETE_TOPIC_INPUT_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("TopicArn", &schema::STRING).required()];
static DELETE_TOPIC_INPUT_SCHEMA: Schema =
    Schema::new("DeleteTopicInput", Kind::Structure(&DELETE_TOPIC_INPUT_SCHEMA_MEMBERS));

static GET_SUBSCRIPTION_ATTRIBUTES_INPUT_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("SubscriptionArn", &schema::STRING).required()];
static GET_SUBSCRIPTION_ATTRIBUTES_INPUT_SCHEMA: Schema = Schema::new(
    "GetSubscriptionAttributesInput",
    Kind::Structure(&GET_SUBSCRIPTION_ATTRIBUTES_INPUT_SCHEMA_MEMBERS),
);

static GET_SUBSCRIPTION_ATTRIBUTES_RESPONSE_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("Attributes", &SUBSCRIPTION_ATTRIBUTES_MAP_SCHEMA)];
static GET_SUBSCRIPTION_ATTRIBUTES_RESPONSE_SCHEMA: Schema = Schema::new(
    "GetSubscriptionAttributesResponse",
    Kind::Structure(&GET_SUBSCRIPTION_ATTRIBUTES_RESPONSE_SCHEMA_MEMBERS),
);

static GET_TOPIC_ATTRIBUTES_INPUT_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("TopicArn", &schema::STRING).required()];
static GET_TOPIC_ATTRIBUTES_INPUT_SCHEMA: Schema = Schema::new(
    "GetTopicAttributesInput",
    Kind::Structure(&GET_TOPIC_ATTRIBUTES_INPUT_SCHEMA_MEMBERS),
);

static GET_TOPIC_ATTRIBUTES_RESPONSE_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("Attributes", &TOPIC_ATTRIBUTES_MAP_SCHEMA)];
static GET_TOPIC_ATTRIBUTES_RESPONSE_SCHEMA: Schema = Schema::new(
    "GetTopicAttributesResponse",
    Kind::Structure(&GET_TOPIC_ATTRIBUTES_RESPONSE_SCHEMA_MEMBERS),
);

static LIST_SUBSCRIPTIONS_BY_TOPIC_INPUT_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("NextToken", &schema::STRING),
    Member::new("TopicArn", &schema::STRING).required(),
];
static LIST_SUBSCRIPTIONS_BY_TOPIC_INPUT_SCHEMA: Schema = Schema::new(
    "ListSubscriptionsByTopicInput",
    Kind::Structure(&LIST_SUBSCRIPTIONS_BY_TOPIC_INPUT_SCHEMA_MEMBERS),
);

static LIST_SUBSCRIPTIONS_BY_TOPIC_RESPONSE_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("NextToken", &schema::STRING),
    Member::new("Subscriptions", &SUBSCRIPTIONS_LIST_SCHEMA),
];
static LIST_SUBSCRIPTIONS_BY_TOPIC_RESPONSE_SCHEMA: Schema = Schema::new(
    "ListSubscriptionsByTopicResponse",
    Kind::Structure(&LIST_SUBSCRIPTIONS_BY_TOPIC_RESPONSE_SCHEMA_MEMBERS),
);

static LIST_SUBSCRIPTIONS_INPUT_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("NextToken", &schema::STRING)];
static LIST_SUBSCRIPTIONS_INPUT_SCHEMA: Schema = Schema::new(
    "ListSubscriptionsInput",
    Kind::Structure(&LIST_SUBSCRIPTIONS_INPUT_SCHEMA_MEMBERS),
);

static LIST_SUBSCRIPTIONS_RESPONSE_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("NextToken", &schema::STRING),
    Member::new("Subscriptions", &SUBSCRIPTIONS_LIST_SCHEMA),
];
static LIST_SUBSCRIPTIONS_RESPONSE_SCHEMA: Schema = Schema::new(
    "ListSubscriptionsResponse",
    Kind::Structure(&LIST_SUBSCRIPTIONS_RESPONSE_SCHEMA_MEMBERS),
);

static LIST_TAGS_FOR_RESOURCE_REQUEST_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("ResourceArn", &AMAZON_RESOURCE_NAME_SCHEMA).required()];
static LIST_TAGS_FOR_RESOURCE_REQUEST_SCHEMA: Schema = Schema::new(
    "ListTagsForResourceRequest",
    Kind::Structure(&LIST_TAGS_FOR_RESOURCE_REQUEST_SCHEMA_MEMBERS),
);

static LIST_TAGS_FOR_RESOURCE_RESPONSE_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("Tags", &TAG_LIST_SCHEMA)];
static LIST_TAGS_FOR_RESOURCE_RESPONSE_SCHEMA: Schema = Schema::new(
    "ListTagsForResourceResponse",
    Kind::Structure(&LIST_TAGS_FOR_RESOURCE_RESPONSE_SCHEMA_MEMBERS),
);

static LIST_TOPICS_INPUT_SCHEMA_MEMBERS: [Member; 1] = [Member::new("NextToken", &schema::STRING)];
static LIST_TOPICS_INPUT_SCHEMA: Schema =
    Schema::new("ListTopicsInput", Kind::Structure(&LIST_TOPICS_INPUT_SCHEMA_MEMBERS));

static LIST_TOPICS_RESPONSE_SCHEMA_MEMBERS: [Member; 2] =
    [Member::new("NextToken", &schema::STRING), Member::new("Topics", &TOPICS_LIST_SCHEMA)];
static LIST_TOPICS_RESPONSE_SCHEMA: Schema =
    Schema::new("ListTopicsResponse", Kind::Structure(&LIST_TOPICS_RESPONSE_SCHEMA_MEMBERS));

static MESSAGE_ATTRIBUTE_MAP_SCHEMA: Schema = Schema::new(
    "MessageAttributeMap",
    Kind::Map {
        key: &schema::STRING,
        value: &MESSAGE_ATTRIBUTE_VALUE_SCHEMA,
        key_name: "Name",
        value_name: "Value",
    },
);

static MESSAGE_ATTRIBUTE_VALUE_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("BinaryValue", &schema::BLOB),
    Member::new("DataType", &schema::STRING).required(),
    Member::new("StringValue", &schema::STRING),
];
static MESSAGE_ATTRIBUTE_VALUE_SCHEMA: Schema =
    Schema::new("MessageAttributeValue", Kind::Structure(&MESSAGE_ATTRIBUTE_VALUE_SCHEMA_MEMBERS));

static PHONE_NUMBER_SCHEMA: Schema = Schema::new("PhoneNumber", Kind::String).sensitive();

static PUBLISH_BATCH_INPUT_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("PublishBatchRequestEntries", &PUBLISH_BATCH_REQUEST_ENTRY_LIST_SCHEMA).required(),
    Member::new("TopicArn", &schema::STRING).required(),
];
static PUBLISH_BATCH_INPUT_SCHEMA: Schema =
    Schema::new("PublishBatchInput", Kind::Structure(&PUBLISH_BATCH_INPUT_SCHEMA_MEMBERS));

static PUBLISH_BATCH_REQUEST_ENTRY_SCHEMA_MEMBERS: [Member; 7] = [
    Member::new("Id", &schema::STRING).required(),
    Member::new("Message", &schema::STRING).required(),
    Member::new("MessageAttributes", &MESSAGE_ATTRIBUTE_MAP_SCHEMA),
    Member::new("MessageDeduplicationId", &schema::STRING),
    Member::new("MessageGroupId", &schema::STRING),
    Member::new("MessageStructure", &schema::STRING),
    Member::new("Subject", &schema::STRING),
];
static PUBLISH_BATCH_REQUEST_ENTRY_SCHEMA: Schema = Schema::new(
    "PublishBatchRequestEntry",
    Kind::Structure(&PUBLISH_BATCH_REQUEST_ENTRY_SCHEMA_MEMBERS),
);

static PUBLISH_BATCH_REQUEST_ENTRY_LIST_SCHEMA: Schema = Schema::new(
    "PublishBatchRequestEntryList",
    Kind::List { member: &PUBLISH_BATCH_REQUEST_ENTRY_SCHEMA, element: "member" },
);

static PUBLISH_BATCH_RESPONSE_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("Failed", &BATCH_RESULT_ERROR_ENTRY_LIST_SCHEMA),
    Member::new("Successful", &PUBLISH_BATCH_RESULT_ENTRY_LIST_SCHEMA),
];
static PUBLISH_BATCH_RESPONSE_SCHEMA: Schema =
    Schema::new("PublishBatchResponse", Kind::Structure(&PUBLISH_BATCH_RESPONSE_SCHEMA_MEMBERS));

static PUBLISH_BATCH_RESULT_ENTRY_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("Id", &schema::STRING),
    Member::new("MessageId", &schema::STRING),
    Member::new("SequenceNumber", &schema::STRING),
];
static PUBLISH_BATCH_RESULT_ENTRY_SCHEMA: Schema = Schema::new(
    "PublishBatchResultEntry",
    Kind::Structure(&PUBLISH_BATCH_RESULT_ENTRY_SCHEMA_MEMBERS),
);

static PUBLISH_BATCH_RESULT_ENTRY_LIST_SCHEMA: Schema = Schema::new(
    "PublishBatchResultEntryList",
    Kind::List { member: &PUBLISH_BATCH_RESULT_ENTRY_SCHEMA, element: "member" },
);

static PUBLISH_INPUT_SCHEMA_MEMBERS: [Member; 9] = [
    Member::new("Message", &schema::STRING).required(),
    Member::new("MessageAttributes", &MESSAGE_ATTRIBUTE_MAP_SCHEMA),
    Member::new("MessageDeduplicationId", &schema::STRING),
    Member::new("MessageGroupId", &schema::STRING),
    Member::new("MessageStructure", &schema::STRING),
    Member::new("PhoneNumber", &PHONE_NUMBER_SCHEMA),
    Member::new("Subject", &schema::STRING),
    Member::new("TargetArn", &schema::STRING),
    Member::new("TopicArn", &schema::STRING),
];
static PUBLISH_INPUT_SCHEMA: Schema =
    Schema::new("PublishInput", Kind::Structure(&PUBLISH_INPUT_SCHEMA_MEMBERS));

static PUBLISH_RESPONSE_SCHEMA_MEMBERS: [Member; 2] =
    [Member::new("MessageId", &schema::STRING), Member::new("SequenceNumber", &schema::STRING)];
static PUBLISH_RESPONSE_SCHEMA: Schema =
    Schema::new("PublishResponse", Kind::Structure(&PUBLISH_RESPONSE_SCHEMA_MEMBERS));

static REMOVE_PERMISSION_INPUT_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("Label", &schema::STRING).required(),
    Member::new("TopicArn", &schema::STRING).required(),
];
static REMOVE_PERMISSION_INPUT_SCHEMA: Schema =
    Schema::new("RemovePermissionInput", Kind::Structure(&REMOVE_PERMISSION_INPUT_SCHEMA_MEMBERS));

static SET_SUBSCRIPTION_ATTRIBUTES_INPUT_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("AttributeName", &schema::STRING).required(),
    Member::new("AttributeValue", &schema::STRING),
    Member::new("SubscriptionArn", &schema::STRING).required(),
];
static SET_SUBSCRIPTION_ATTRIBUTES_INPUT_SCHEMA: Schema = Schema::new(
    "SetSubscriptionAttributesInput",
    Kind::Structure(&SET_SUBSCRIPTION_ATTRIBUTES_INPUT_SCHEMA_MEMBERS),
);

static SET_TOPIC_ATTRIBUTES_INPUT_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("AttributeName", &schema::STRING).required(),
    Member::new("AttributeValue", &schema::STRING),
    Member::new("TopicArn", &schema::STRING).required(),
];
static SET_TOPIC_ATTRIBUTES_INPUT_SCHEMA: Schema = Schema::new(
    "SetTopicAttributesInput",
    Kind::Structure(&SET_TOPIC_ATTRIBUTES_INPUT_SCHEMA_MEMBERS),
);

static SUBSCRIBE_INPUT_SCHEMA_MEMBERS: [Member; 5] = [
    Member::new("Attributes", &SUBSCRIPTION_ATTRIBUTES_MAP_SCHEMA),
    Member::new("Endpoint", &schema::STRING),
    Member::new("Protocol", &schema::STRING).required(),
    Member::new("ReturnSubscriptionArn", &schema::BOOLEAN),
    Member::new("TopicArn", &schema::STRING).required(),
];
static SUBSCRIBE_INPUT_SCHEMA: Schema =
    Schema::new("SubscribeInput", Kind::Structure(&SUBSCRIBE_INPUT_SCHEMA_MEMBERS));

static SUBSCRIBE_RESPONSE_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("SubscriptionArn", &schema::STRING)];
static SUBSCRIBE_RESPONSE_SCHEMA: Schema =
    Schema::new("SubscribeResponse", Kind::Structure(&SUBSCRIBE_RESPONSE_SCHEMA_MEMBERS));

static SUBSCRIPTION_SCHEMA_MEMBERS: [Member; 5] = [
    Member::new("Endpoint", &schema::STRING),
    Member::new("Owner", &schema::STRING),
    Member::new("Protocol", &schema::STRING),
    Member::new("SubscriptionArn", &schema::STRING),
    Member::new("TopicArn", &schema::STRING),
];
static SUBSCRIPTION_SCHEMA: Schema =
    Schema::new("Subscription", Kind::Structure(&SUBSCRIPTION_SCHEMA_MEMBERS));

static SUBSCRIPTION_ATTRIBUTES_MAP_SCHEMA: Schema = Schema::new(
    "SubscriptionAttributesMap",
    Kind::Map {
        key: &schema::STRING,
        value: &schema::STRING,
        key_name: "key",
        value_name: "value",
    },
);

static SUBSCRIPTIONS_LIST_SCHEMA: Schema = Schema::new(
    "SubscriptionsList",
    Kind::List { member: &SUBSCRIPTION_SCHEMA, element: "member" },
);

static TAG_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("Key", &TAG_KEY_SCHEMA).required(),
    Member::new("Value", &TAG_VALUE_SCHEMA).required(),
];
static TAG_SCHEMA: Schema = Schema::new("Tag", Kind::Structure(&TAG_SCHEMA_MEMBERS));

static TAG_KEY_SCHEMA: Schema = Schema::new("TagKey", Kind::String).min(1.0).max(128.0);

static TAG_KEY_LIST_SCHEMA: Schema =
    Schema::new("TagKeyList", Kind::List { member: &TAG_KEY_SCHEMA, element: "member" });

static TAG_LIST_SCHEMA: Schema =
    Schema::new("TagList", Kind::List { member: &TAG_SCHEMA, element: "member" });

static TAG_RESOURCE_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("ResourceArn", &AMAZON_RESOURCE_NAME_SCHEMA).required(),
    Member::new("Tags", &TAG_LIST_SCHEMA).required(),
];
static TAG_RESOURCE_REQUEST_SCHEMA: Schema =
    Schema::new("TagResourceRequest", Kind::Structure(&TAG_RESOURCE_REQUEST_SCHEMA_MEMBERS));

static TAG_RESOURCE_RESPONSE_SCHEMA_MEMBERS: [Member; 0] = [];
static TAG_RESOURCE_RESPONSE_SCHEMA: Schema =
    Schema::new("TagResourceResponse", Kind::Structure(&TAG_RESOURCE_RESPONSE_SCHEMA_MEMBERS));

static TAG_VALUE_SCHEMA: Schema = Schema::new("TagValue", Kind::String).min(0.0).max(256.0);

static TOPIC_SCHEMA_MEMBERS: [Member; 1] = [Member::new("TopicArn", &schema::STRING)];
static TOPIC_SCHEMA: Schema = Schema::new("Topic", Kind::Structure(&TOPIC_SCHEMA_MEMBERS));

static TOPIC_ATTRIBUTES_MAP_SCHEMA: Schema = Schema::new(
    "TopicAttributesMap",
    Kind::Map {
        key: &schema::STRING,
        value: &schema::STRING,
        key_name: "key",
        value_name: "value",
    },
);

static TOPICS_LIST_SCHEMA: Schema =
    Schema::new("TopicsList", Kind::List { member: &TOPIC_SCHEMA, element: "member" });

static UNSUBSCRIBE_INPUT_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("SubscriptionArn", &schema::STRING).required()];
static UNSUBSCRIBE_INPUT_SCHEMA: Schema =
    Schema::new("UnsubscribeInput", Kind::Structure(&UNSUBSCRIBE_INPUT_SCHEMA_MEMBERS));

static UNTAG_RESOURCE_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("ResourceArn", &AMAZON_RESOURCE_NAME_SCHEMA).required(),
    Member::new("TagKeys", &TAG_KEY_LIST_SCHEMA).required(),
];
static UNTAG_RESOURCE_REQUEST_SCHEMA: Schema =
    Schema::new("UntagResourceRequest", Kind::Structure(&UNTAG_RESOURCE_REQUEST_SCHEMA_MEMBERS));

static UNTAG_RESOURCE_RESPONSE_SCHEMA_MEMBERS: [Member; 0] = [];
static UNTAG_RESOURCE_RESPONSE_SCHEMA: Schema =
    Schema::new("UntagResourceResponse", Kind::Structure(&UNTAG_RESOURCE_RESPONSE_SCHEMA_MEMBERS));
