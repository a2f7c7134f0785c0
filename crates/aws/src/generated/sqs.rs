//! Amazon Simple Queue Service, 2012-11-05. Written by `cargo xtask generate` from sqs/2012-11-05 of botocore 1.43.11;
//! never edited by hand.

use crate::protocol::Protocol;
use crate::schema::{self, ErrorShape, Kind, Member, Operation, Schema, ServiceModel, Validation};
use crate::value::{input, output, wire};
use bytes::Bytes;
use std::collections::BTreeMap;
use tidemill_kernel::Service;

pub static MODEL: ServiceModel = ServiceModel {
    service: Service::Sqs,
    version: "2012-11-05",
    protocols: &[Protocol::Json10, Protocol::Query],
    target_prefix: Some("AmazonSQS"),
    error_namespace: Some("com.amazonaws.sqs"),
    xml_namespace: Some("http://queue.amazonaws.com/doc/2012-11-05/"),
    validation: Validation::MissingParameter,
    operations: &[
        &ADD_PERMISSION,
        &CANCEL_MESSAGE_MOVE_TASK,
        &CHANGE_MESSAGE_VISIBILITY,
        &CHANGE_MESSAGE_VISIBILITY_BATCH,
        &CREATE_QUEUE,
        &DELETE_MESSAGE,
        &DELETE_MESSAGE_BATCH,
        &DELETE_QUEUE,
        &GET_QUEUE_ATTRIBUTES,
        &GET_QUEUE_URL,
        &LIST_DEAD_LETTER_SOURCE_QUEUES,
        &LIST_MESSAGE_MOVE_TASKS,
        &LIST_QUEUE_TAGS,
        &LIST_QUEUES,
        &PURGE_QUEUE,
        &RECEIVE_MESSAGE,
        &REMOVE_PERMISSION,
        &SEND_MESSAGE,
        &SEND_MESSAGE_BATCH,
        &SET_QUEUE_ATTRIBUTES,
        &START_MESSAGE_MOVE_TASK,
        &TAG_QUEUE,
        &UNTAG_QUEUE,
    ],
    errors: &[
        ErrorShape {
            shape: "BatchEntryIdsNotDistinct",
            code: "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "BatchRequestTooLong",
            code: "AWS.SimpleQueueService.BatchRequestTooLong",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "EmptyBatchRequest",
            code: "AWS.SimpleQueueService.EmptyBatchRequest",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "InvalidAddress",
            code: "InvalidAddress",
            status: 404,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "InvalidAttributeName",
            code: "InvalidAttributeName",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "InvalidAttributeValue",
            code: "InvalidAttributeValue",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "InvalidBatchEntryId",
            code: "AWS.SimpleQueueService.InvalidBatchEntryId",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "InvalidIdFormat",
            code: "InvalidIdFormat",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "InvalidMessageContents",
            code: "InvalidMessageContents",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "InvalidSecurity",
            code: "InvalidSecurity",
            status: 403,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "KmsAccessDenied",
            code: "KMS.AccessDeniedException",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "KmsDisabled",
            code: "KMS.DisabledException",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "KmsInvalidKeyUsage",
            code: "KMS.InvalidKeyUsageException",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "KmsInvalidState",
            code: "KMS.InvalidStateException",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "KmsNotFound",
            code: "KMS.NotFoundException",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "KmsOptInRequired",
            code: "KMS.OptInRequired",
            status: 403,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "KmsThrottled",
            code: "KMS.ThrottlingException",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "MessageNotInflight",
            code: "AWS.SimpleQueueService.MessageNotInflight",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "OverLimit",
            code: "OverLimit",
            status: 403,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "PurgeQueueInProgress",
            code: "AWS.SimpleQueueService.PurgeQueueInProgress",
            status: 403,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "QueueDeletedRecently",
            code: "AWS.SimpleQueueService.QueueDeletedRecently",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "QueueDoesNotExist",
            code: "AWS.SimpleQueueService.NonExistentQueue",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "QueueNameExists",
            code: "QueueAlreadyExists",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "ReceiptHandleIsInvalid",
            code: "ReceiptHandleIsInvalid",
            status: 404,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "RequestThrottled",
            code: "RequestThrottled",
            status: 403,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "ResourceNotFoundException",
            code: "ResourceNotFoundException",
            status: 404,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "TooManyEntriesInBatchRequest",
            code: "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
            status: 400,
            is_sender: true,
            message_member: "message",
            has_type: false,
        },
        ErrorShape {
            shape: "UnsupportedOperation",
            code: "AWS.SimpleQueueService.UnsupportedOperation",
            status: 400,
            is_sender: true,
            message_member: "message",
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
    input: &ADD_PERMISSION_REQUEST_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "OverLimit",
        "RequestThrottled",
        "QueueDoesNotExist",
        "InvalidAddress",
        "InvalidSecurity",
        "UnsupportedOperation",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AddPermissionInput {
    pub aws_account_ids: Vec<String>,
    pub actions: Vec<String>,
    pub label: String,
    pub queue_url: String,
}
wire!(AddPermissionInput { aws_account_ids, actions, label, queue_url });

input!(AddPermissionInput, ADD_PERMISSION);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AddPermissionOutput {}
wire!(AddPermissionOutput {});

output!(AddPermissionOutput, ADD_PERMISSION);

pub static CANCEL_MESSAGE_MOVE_TASK: Operation = Operation {
    model: &MODEL,
    name: "CancelMessageMoveTask",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &CANCEL_MESSAGE_MOVE_TASK_REQUEST_SCHEMA,
    output: &CANCEL_MESSAGE_MOVE_TASK_RESULT_SCHEMA,
    result_wrapper: Some("CancelMessageMoveTaskResult"),
    errors: &[
        "ResourceNotFoundException",
        "RequestThrottled",
        "InvalidAddress",
        "InvalidSecurity",
        "UnsupportedOperation",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CancelMessageMoveTaskInput {
    pub task_handle: String,
}
wire!(CancelMessageMoveTaskInput { task_handle });

input!(CancelMessageMoveTaskInput, CANCEL_MESSAGE_MOVE_TASK);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CancelMessageMoveTaskOutput {
    pub approximate_number_of_messages_moved: Option<i64>,
}
wire!(CancelMessageMoveTaskOutput { approximate_number_of_messages_moved });

output!(CancelMessageMoveTaskOutput, CANCEL_MESSAGE_MOVE_TASK);

pub static CHANGE_MESSAGE_VISIBILITY: Operation = Operation {
    model: &MODEL,
    name: "ChangeMessageVisibility",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &CHANGE_MESSAGE_VISIBILITY_REQUEST_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "MessageNotInflight",
        "ReceiptHandleIsInvalid",
        "RequestThrottled",
        "QueueDoesNotExist",
        "UnsupportedOperation",
        "InvalidAddress",
        "InvalidSecurity",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChangeMessageVisibilityInput {
    pub queue_url: String,
    pub receipt_handle: String,
    pub visibility_timeout: i32,
}
wire!(ChangeMessageVisibilityInput { queue_url, receipt_handle, visibility_timeout });

input!(ChangeMessageVisibilityInput, CHANGE_MESSAGE_VISIBILITY);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChangeMessageVisibilityOutput {}
wire!(ChangeMessageVisibilityOutput {});

output!(ChangeMessageVisibilityOutput, CHANGE_MESSAGE_VISIBILITY);

pub static CHANGE_MESSAGE_VISIBILITY_BATCH: Operation = Operation {
    model: &MODEL,
    name: "ChangeMessageVisibilityBatch",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &CHANGE_MESSAGE_VISIBILITY_BATCH_REQUEST_SCHEMA,
    output: &CHANGE_MESSAGE_VISIBILITY_BATCH_RESULT_SCHEMA,
    result_wrapper: Some("ChangeMessageVisibilityBatchResult"),
    errors: &[
        "TooManyEntriesInBatchRequest",
        "EmptyBatchRequest",
        "BatchEntryIdsNotDistinct",
        "InvalidBatchEntryId",
        "RequestThrottled",
        "QueueDoesNotExist",
        "UnsupportedOperation",
        "InvalidAddress",
        "InvalidSecurity",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChangeMessageVisibilityBatchInput {
    pub entries: Vec<ChangeMessageVisibilityBatchRequestEntry>,
    pub queue_url: String,
}
wire!(ChangeMessageVisibilityBatchInput { entries, queue_url });

input!(ChangeMessageVisibilityBatchInput, CHANGE_MESSAGE_VISIBILITY_BATCH);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChangeMessageVisibilityBatchOutput {
    pub failed: Vec<BatchResultErrorEntry>,
    pub successful: Vec<ChangeMessageVisibilityBatchResultEntry>,
}
wire!(ChangeMessageVisibilityBatchOutput { failed, successful });

output!(ChangeMessageVisibilityBatchOutput, CHANGE_MESSAGE_VISIBILITY_BATCH);

pub static CREATE_QUEUE: Operation = Operation {
    model: &MODEL,
    name: "CreateQueue",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &CREATE_QUEUE_REQUEST_SCHEMA,
    output: &CREATE_QUEUE_RESULT_SCHEMA,
    result_wrapper: Some("CreateQueueResult"),
    errors: &[
        "QueueDeletedRecently",
        "QueueNameExists",
        "RequestThrottled",
        "InvalidAddress",
        "InvalidAttributeName",
        "InvalidAttributeValue",
        "UnsupportedOperation",
        "InvalidSecurity",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateQueueInput {
    pub attributes: Option<BTreeMap<String, String>>,
    pub queue_name: String,
    pub tags: Option<BTreeMap<String, String>>,
}
wire!(CreateQueueInput { attributes, queue_name, tags });

input!(CreateQueueInput, CREATE_QUEUE);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateQueueOutput {
    pub queue_url: Option<String>,
}
wire!(CreateQueueOutput { queue_url });

output!(CreateQueueOutput, CREATE_QUEUE);

pub static DELETE_MESSAGE: Operation = Operation {
    model: &MODEL,
    name: "DeleteMessage",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &DELETE_MESSAGE_REQUEST_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "InvalidIdFormat",
        "ReceiptHandleIsInvalid",
        "RequestThrottled",
        "QueueDoesNotExist",
        "UnsupportedOperation",
        "InvalidSecurity",
        "InvalidAddress",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteMessageInput {
    pub queue_url: String,
    pub receipt_handle: String,
}
wire!(DeleteMessageInput { queue_url, receipt_handle });

input!(DeleteMessageInput, DELETE_MESSAGE);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteMessageOutput {}
wire!(DeleteMessageOutput {});

output!(DeleteMessageOutput, DELETE_MESSAGE);

pub static DELETE_MESSAGE_BATCH: Operation = Operation {
    model: &MODEL,
    name: "DeleteMessageBatch",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &DELETE_MESSAGE_BATCH_REQUEST_SCHEMA,
    output: &DELETE_MESSAGE_BATCH_RESULT_SCHEMA,
    result_wrapper: Some("DeleteMessageBatchResult"),
    errors: &[
        "TooManyEntriesInBatchRequest",
        "EmptyBatchRequest",
        "BatchEntryIdsNotDistinct",
        "InvalidBatchEntryId",
        "RequestThrottled",
        "QueueDoesNotExist",
        "UnsupportedOperation",
        "InvalidAddress",
        "InvalidSecurity",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteMessageBatchInput {
    pub entries: Vec<DeleteMessageBatchRequestEntry>,
    pub queue_url: String,
}
wire!(DeleteMessageBatchInput { entries, queue_url });

input!(DeleteMessageBatchInput, DELETE_MESSAGE_BATCH);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteMessageBatchOutput {
    pub failed: Vec<BatchResultErrorEntry>,
    pub successful: Vec<DeleteMessageBatchResultEntry>,
}
wire!(DeleteMessageBatchOutput { failed, successful });

output!(DeleteMessageBatchOutput, DELETE_MESSAGE_BATCH);

pub static DELETE_QUEUE: Operation = Operation {
    model: &MODEL,
    name: "DeleteQueue",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &DELETE_QUEUE_REQUEST_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "RequestThrottled",
        "QueueDoesNotExist",
        "InvalidAddress",
        "UnsupportedOperation",
        "InvalidSecurity",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteQueueInput {
    pub queue_url: String,
}
wire!(DeleteQueueInput { queue_url });

input!(DeleteQueueInput, DELETE_QUEUE);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteQueueOutput {}
wire!(DeleteQueueOutput {});

output!(DeleteQueueOutput, DELETE_QUEUE);

pub static GET_QUEUE_ATTRIBUTES: Operation = Operation {
    model: &MODEL,
    name: "GetQueueAttributes",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &GET_QUEUE_ATTRIBUTES_REQUEST_SCHEMA,
    output: &GET_QUEUE_ATTRIBUTES_RESULT_SCHEMA,
    result_wrapper: Some("GetQueueAttributesResult"),
    errors: &[
        "InvalidAttributeName",
        "RequestThrottled",
        "QueueDoesNotExist",
        "UnsupportedOperation",
        "InvalidSecurity",
        "InvalidAddress",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetQueueAttributesInput {
    pub attribute_names: Option<Vec<String>>,
    pub queue_url: String,
}
wire!(GetQueueAttributesInput { attribute_names, queue_url });

input!(GetQueueAttributesInput, GET_QUEUE_ATTRIBUTES);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetQueueAttributesOutput {
    pub attributes: Option<BTreeMap<String, String>>,
}
wire!(GetQueueAttributesOutput { attributes });

output!(GetQueueAttributesOutput, GET_QUEUE_ATTRIBUTES);

pub static GET_QUEUE_URL: Operation = Operation {
    model: &MODEL,
    name: "GetQueueUrl",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &GET_QUEUE_URL_REQUEST_SCHEMA,
    output: &GET_QUEUE_URL_RESULT_SCHEMA,
    result_wrapper: Some("GetQueueUrlResult"),
    errors: &[
        "RequestThrottled",
        "QueueDoesNotExist",
        "InvalidAddress",
        "InvalidSecurity",
        "UnsupportedOperation",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetQueueUrlInput {
    pub queue_name: String,
    pub queue_owner_aws_account_id: Option<String>,
}
wire!(GetQueueUrlInput { queue_name, queue_owner_aws_account_id });

input!(GetQueueUrlInput, GET_QUEUE_URL);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetQueueUrlOutput {
    pub queue_url: Option<String>,
}
wire!(GetQueueUrlOutput { queue_url });

output!(GetQueueUrlOutput, GET_QUEUE_URL);

pub static LIST_DEAD_LETTER_SOURCE_QUEUES: Operation = Operation {
    model: &MODEL,
    name: "ListDeadLetterSourceQueues",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &LIST_DEAD_LETTER_SOURCE_QUEUES_REQUEST_SCHEMA,
    output: &LIST_DEAD_LETTER_SOURCE_QUEUES_RESULT_SCHEMA,
    result_wrapper: Some("ListDeadLetterSourceQueuesResult"),
    errors: &[
        "QueueDoesNotExist",
        "RequestThrottled",
        "InvalidSecurity",
        "InvalidAddress",
        "UnsupportedOperation",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListDeadLetterSourceQueuesInput {
    pub max_results: Option<i32>,
    pub next_token: Option<String>,
    pub queue_url: String,
}
wire!(ListDeadLetterSourceQueuesInput { max_results, next_token, queue_url });

input!(ListDeadLetterSourceQueuesInput, LIST_DEAD_LETTER_SOURCE_QUEUES);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListDeadLetterSourceQueuesOutput {
    pub next_token: Option<String>,
    pub queue_urls: Vec<String>,
}
wire!(ListDeadLetterSourceQueuesOutput { next_token, queue_urls });

output!(ListDeadLetterSourceQueuesOutput, LIST_DEAD_LETTER_SOURCE_QUEUES);

pub static LIST_MESSAGE_MOVE_TASKS: Operation = Operation {
    model: &MODEL,
    name: "ListMessageMoveTasks",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &LIST_MESSAGE_MOVE_TASKS_REQUEST_SCHEMA,
    output: &LIST_MESSAGE_MOVE_TASKS_RESULT_SCHEMA,
    result_wrapper: Some("ListMessageMoveTasksResult"),
    errors: &[
        "ResourceNotFoundException",
        "RequestThrottled",
        "InvalidAddress",
        "InvalidSecurity",
        "UnsupportedOperation",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListMessageMoveTasksInput {
    pub max_results: Option<i32>,
    pub source_arn: String,
}
wire!(ListMessageMoveTasksInput { max_results, source_arn });

input!(ListMessageMoveTasksInput, LIST_MESSAGE_MOVE_TASKS);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListMessageMoveTasksOutput {
    pub results: Option<Vec<ListMessageMoveTasksResultEntry>>,
}
wire!(ListMessageMoveTasksOutput { results });

output!(ListMessageMoveTasksOutput, LIST_MESSAGE_MOVE_TASKS);

pub static LIST_QUEUE_TAGS: Operation = Operation {
    model: &MODEL,
    name: "ListQueueTags",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &LIST_QUEUE_TAGS_REQUEST_SCHEMA,
    output: &LIST_QUEUE_TAGS_RESULT_SCHEMA,
    result_wrapper: Some("ListQueueTagsResult"),
    errors: &[
        "RequestThrottled",
        "QueueDoesNotExist",
        "UnsupportedOperation",
        "InvalidAddress",
        "InvalidSecurity",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListQueueTagsInput {
    pub queue_url: String,
}
wire!(ListQueueTagsInput { queue_url });

input!(ListQueueTagsInput, LIST_QUEUE_TAGS);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListQueueTagsOutput {
    pub tags: Option<BTreeMap<String, String>>,
}
wire!(ListQueueTagsOutput { tags });

output!(ListQueueTagsOutput, LIST_QUEUE_TAGS);

pub static LIST_QUEUES: Operation = Operation {
    model: &MODEL,
    name: "ListQueues",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &LIST_QUEUES_REQUEST_SCHEMA,
    output: &LIST_QUEUES_RESULT_SCHEMA,
    result_wrapper: Some("ListQueuesResult"),
    errors: &["RequestThrottled", "InvalidSecurity", "InvalidAddress", "UnsupportedOperation"],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListQueuesInput {
    pub max_results: Option<i32>,
    pub next_token: Option<String>,
    pub queue_name_prefix: Option<String>,
}
wire!(ListQueuesInput { max_results, next_token, queue_name_prefix });

input!(ListQueuesInput, LIST_QUEUES);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListQueuesOutput {
    pub next_token: Option<String>,
    pub queue_urls: Option<Vec<String>>,
}
wire!(ListQueuesOutput { next_token, queue_urls });

output!(ListQueuesOutput, LIST_QUEUES);

pub static PURGE_QUEUE: Operation = Operation {
    model: &MODEL,
    name: "PurgeQueue",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &PURGE_QUEUE_REQUEST_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "QueueDoesNotExist",
        "PurgeQueueInProgress",
        "RequestThrottled",
        "InvalidAddress",
        "InvalidSecurity",
        "UnsupportedOperation",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PurgeQueueInput {
    pub queue_url: String,
}
wire!(PurgeQueueInput { queue_url });

input!(PurgeQueueInput, PURGE_QUEUE);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PurgeQueueOutput {}
wire!(PurgeQueueOutput {});

output!(PurgeQueueOutput, PURGE_QUEUE);

pub static RECEIVE_MESSAGE: Operation = Operation {
    model: &MODEL,
    name: "ReceiveMessage",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &RECEIVE_MESSAGE_REQUEST_SCHEMA,
    output: &RECEIVE_MESSAGE_RESULT_SCHEMA,
    result_wrapper: Some("ReceiveMessageResult"),
    errors: &[
        "UnsupportedOperation",
        "OverLimit",
        "RequestThrottled",
        "QueueDoesNotExist",
        "InvalidSecurity",
        "KmsDisabled",
        "KmsInvalidState",
        "KmsNotFound",
        "KmsOptInRequired",
        "KmsThrottled",
        "KmsAccessDenied",
        "KmsInvalidKeyUsage",
        "InvalidAddress",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReceiveMessageInput {
    pub attribute_names: Option<Vec<String>>,
    pub max_number_of_messages: Option<i32>,
    pub message_attribute_names: Option<Vec<String>>,
    pub message_system_attribute_names: Option<Vec<String>>,
    pub queue_url: String,
    pub receive_request_attempt_id: Option<String>,
    pub visibility_timeout: Option<i32>,
    pub wait_time_seconds: Option<i32>,
}
wire!(ReceiveMessageInput {
    attribute_names,
    max_number_of_messages,
    message_attribute_names,
    message_system_attribute_names,
    queue_url,
    receive_request_attempt_id,
    visibility_timeout,
    wait_time_seconds
});

input!(ReceiveMessageInput, RECEIVE_MESSAGE);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReceiveMessageOutput {
    pub messages: Option<Vec<Message>>,
}
wire!(ReceiveMessageOutput { messages });

output!(ReceiveMessageOutput, RECEIVE_MESSAGE);

pub static REMOVE_PERMISSION: Operation = Operation {
    model: &MODEL,
    name: "RemovePermission",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &REMOVE_PERMISSION_REQUEST_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "InvalidAddress",
        "RequestThrottled",
        "QueueDoesNotExist",
        "InvalidSecurity",
        "UnsupportedOperation",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct RemovePermissionInput {
    pub label: String,
    pub queue_url: String,
}
wire!(RemovePermissionInput { label, queue_url });

input!(RemovePermissionInput, REMOVE_PERMISSION);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct RemovePermissionOutput {}
wire!(RemovePermissionOutput {});

output!(RemovePermissionOutput, REMOVE_PERMISSION);

pub static SEND_MESSAGE: Operation = Operation {
    model: &MODEL,
    name: "SendMessage",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &SEND_MESSAGE_REQUEST_SCHEMA,
    output: &SEND_MESSAGE_RESULT_SCHEMA,
    result_wrapper: Some("SendMessageResult"),
    errors: &[
        "InvalidMessageContents",
        "UnsupportedOperation",
        "RequestThrottled",
        "QueueDoesNotExist",
        "InvalidSecurity",
        "KmsDisabled",
        "KmsInvalidState",
        "KmsNotFound",
        "KmsOptInRequired",
        "KmsThrottled",
        "KmsAccessDenied",
        "KmsInvalidKeyUsage",
        "InvalidAddress",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SendMessageInput {
    pub delay_seconds: Option<i32>,
    pub message_attributes: Option<BTreeMap<String, MessageAttributeValue>>,
    pub message_body: String,
    pub message_deduplication_id: Option<String>,
    pub message_group_id: Option<String>,
    pub message_system_attributes: Option<BTreeMap<String, MessageSystemAttributeValue>>,
    pub queue_url: String,
}
wire!(SendMessageInput {
    delay_seconds,
    message_attributes,
    message_body,
    message_deduplication_id,
    message_group_id,
    message_system_attributes,
    queue_url
});

input!(SendMessageInput, SEND_MESSAGE);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SendMessageOutput {
    pub md5_of_message_attributes: Option<String>,
    pub md5_of_message_body: Option<String>,
    pub md5_of_message_system_attributes: Option<String>,
    pub message_id: Option<String>,
    pub sequence_number: Option<String>,
}
wire!(SendMessageOutput {
    md5_of_message_attributes,
    md5_of_message_body,
    md5_of_message_system_attributes,
    message_id,
    sequence_number
});

output!(SendMessageOutput, SEND_MESSAGE);

pub static SEND_MESSAGE_BATCH: Operation = Operation {
    model: &MODEL,
    name: "SendMessageBatch",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &SEND_MESSAGE_BATCH_REQUEST_SCHEMA,
    output: &SEND_MESSAGE_BATCH_RESULT_SCHEMA,
    result_wrapper: Some("SendMessageBatchResult"),
    errors: &[
        "TooManyEntriesInBatchRequest",
        "EmptyBatchRequest",
        "BatchEntryIdsNotDistinct",
        "BatchRequestTooLong",
        "InvalidBatchEntryId",
        "UnsupportedOperation",
        "RequestThrottled",
        "QueueDoesNotExist",
        "InvalidSecurity",
        "KmsDisabled",
        "KmsInvalidState",
        "KmsNotFound",
        "KmsOptInRequired",
        "KmsThrottled",
        "KmsAccessDenied",
        "KmsInvalidKeyUsage",
        "InvalidAddress",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SendMessageBatchInput {
    pub entries: Vec<SendMessageBatchRequestEntry>,
    pub queue_url: String,
}
wire!(SendMessageBatchInput { entries, queue_url });

input!(SendMessageBatchInput, SEND_MESSAGE_BATCH);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SendMessageBatchOutput {
    pub failed: Vec<BatchResultErrorEntry>,
    pub successful: Vec<SendMessageBatchResultEntry>,
}
wire!(SendMessageBatchOutput { failed, successful });

output!(SendMessageBatchOutput, SEND_MESSAGE_BATCH);

pub static SET_QUEUE_ATTRIBUTES: Operation = Operation {
    model: &MODEL,
    name: "SetQueueAttributes",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &SET_QUEUE_ATTRIBUTES_REQUEST_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "InvalidAttributeName",
        "InvalidAttributeValue",
        "RequestThrottled",
        "QueueDoesNotExist",
        "UnsupportedOperation",
        "OverLimit",
        "InvalidAddress",
        "InvalidSecurity",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SetQueueAttributesInput {
    pub attributes: BTreeMap<String, String>,
    pub queue_url: String,
}
wire!(SetQueueAttributesInput { attributes, queue_url });

input!(SetQueueAttributesInput, SET_QUEUE_ATTRIBUTES);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SetQueueAttributesOutput {}
wire!(SetQueueAttributesOutput {});

output!(SetQueueAttributesOutput, SET_QUEUE_ATTRIBUTES);

pub static START_MESSAGE_MOVE_TASK: Operation = Operation {
    model: &MODEL,
    name: "StartMessageMoveTask",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &START_MESSAGE_MOVE_TASK_REQUEST_SCHEMA,
    output: &START_MESSAGE_MOVE_TASK_RESULT_SCHEMA,
    result_wrapper: Some("StartMessageMoveTaskResult"),
    errors: &[
        "ResourceNotFoundException",
        "RequestThrottled",
        "InvalidAddress",
        "InvalidSecurity",
        "UnsupportedOperation",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct StartMessageMoveTaskInput {
    pub destination_arn: Option<String>,
    pub max_number_of_messages_per_second: Option<i32>,
    pub source_arn: String,
}
wire!(StartMessageMoveTaskInput { destination_arn, max_number_of_messages_per_second, source_arn });

input!(StartMessageMoveTaskInput, START_MESSAGE_MOVE_TASK);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct StartMessageMoveTaskOutput {
    pub task_handle: Option<String>,
}
wire!(StartMessageMoveTaskOutput { task_handle });

output!(StartMessageMoveTaskOutput, START_MESSAGE_MOVE_TASK);

pub static TAG_QUEUE: Operation = Operation {
    model: &MODEL,
    name: "TagQueue",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &TAG_QUEUE_REQUEST_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "InvalidAddress",
        "RequestThrottled",
        "QueueDoesNotExist",
        "InvalidSecurity",
        "UnsupportedOperation",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TagQueueInput {
    pub queue_url: String,
    pub tags: BTreeMap<String, String>,
}
wire!(TagQueueInput { queue_url, tags });

input!(TagQueueInput, TAG_QUEUE);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TagQueueOutput {}
wire!(TagQueueOutput {});

output!(TagQueueOutput, TAG_QUEUE);

pub static UNTAG_QUEUE: Operation = Operation {
    model: &MODEL,
    name: "UntagQueue",
    method: "POST",
    uri: "/",
    uri_query: "",
    status: 200,
    input: &UNTAG_QUEUE_REQUEST_SCHEMA,
    output: &schema::NOTHING,
    result_wrapper: None,
    errors: &[
        "InvalidAddress",
        "RequestThrottled",
        "QueueDoesNotExist",
        "InvalidSecurity",
        "UnsupportedOperation",
    ],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UntagQueueInput {
    pub queue_url: String,
    pub tag_keys: Vec<String>,
}
wire!(UntagQueueInput { queue_url, tag_keys });

input!(UntagQueueInput, UNTAG_QUEUE);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UntagQueueOutput {}
wire!(UntagQueueOutput {});

output!(UntagQueueOutput, UNTAG_QUEUE);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct BatchResultErrorEntry {
    pub code: String,
    pub id: String,
    pub message: Option<String>,
    pub sender_fault: bool,
}
wire!(BatchResultErrorEntry { code, id, message, sender_fault });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChangeMessageVisibilityBatchRequestEntry {
    pub id: String,
    pub receipt_handle: String,
    pub visibility_timeout: Option<i32>,
}
wire!(ChangeMessageVisibilityBatchRequestEntry { id, receipt_handle, visibility_timeout });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChangeMessageVisibilityBatchResultEntry {
    pub id: String,
}
wire!(ChangeMessageVisibilityBatchResultEntry { id });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteMessageBatchRequestEntry {
    pub id: String,
    pub receipt_handle: String,
}
wire!(DeleteMessageBatchRequestEntry { id, receipt_handle });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteMessageBatchResultEntry {
    pub id: String,
}
wire!(DeleteMessageBatchResultEntry { id });

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListMessageMoveTasksResultEntry {
    pub approximate_number_of_messages_moved: Option<i64>,
    pub approximate_number_of_messages_to_move: Option<i64>,
    pub destination_arn: Option<String>,
    pub failure_reason: Option<String>,
    pub max_number_of_messages_per_second: Option<i32>,
    pub source_arn: Option<String>,
    pub started_timestamp: Option<i64>,
    pub status: Option<String>,
    pub task_handle: Option<String>,
}
wire!(ListMessageMoveTasksResultEntry {
    approximate_number_of_messages_moved,
    approximate_number_of_messages_to_move,
    destination_arn,
    failure_reason,
    max_number_of_messages_per_second,
    source_arn,
    started_timestamp,
    status,
    task_handle
});

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Message {
    pub attributes: Option<BTreeMap<String, String>>,
    pub body: Option<String>,
    pub md5_of_body: Option<String>,
    pub md5_of_message_attributes: Option<String>,
    pub message_attributes: Option<BTreeMap<String, MessageAttributeValue>>,
    pub message_id: Option<String>,
    pub receipt_handle: Option<String>,
}
wire!(Message {
    attributes,
    body,
    md5_of_body,
    md5_of_message_attributes,
    message_attributes,
    message_id,
    receipt_handle
});

#[derive(Clone, Debug, Default, PartialEq)]
pub struct MessageAttributeValue {
    pub binary_list_values: Option<Vec<Bytes>>,
    pub binary_value: Option<Bytes>,
    pub data_type: String,
    pub string_list_values: Option<Vec<String>>,
    pub string_value: Option<String>,
}
wire!(MessageAttributeValue {
    binary_list_values,
    binary_value,
    data_type,
    string_list_values,
    string_value
});

#[derive(Clone, Debug, Default, PartialEq)]
pub struct MessageSystemAttributeValue {
    pub binary_list_values: Option<Vec<Bytes>>,
    pub binary_value: Option<Bytes>,
    pub data_type: String,
    pub string_list_values: Option<Vec<String>>,
    pub string_value: Option<String>,
}
wire!(MessageSystemAttributeValue {
    binary_list_values,
    binary_value,
    data_type,
    string_list_values,
    string_value
});

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SendMessageBatchRequestEntry {
    pub delay_seconds: Option<i32>,
    pub id: String,
    pub message_attributes: Option<BTreeMap<String, MessageAttributeValue>>,
    pub message_body: String,
    pub message_deduplication_id: Option<String>,
    pub message_group_id: Option<String>,
    pub message_system_attributes: Option<BTreeMap<String, MessageSystemAttributeValue>>,
}
wire!(SendMessageBatchRequestEntry {
    delay_seconds,
    id,
    message_attributes,
    message_body,
    message_deduplication_id,
    message_group_id,
    message_system_attributes
});

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SendMessageBatchResultEntry {
    pub id: String,
    pub md5_of_message_attributes: Option<String>,
    pub md5_of_message_body: String,
    pub md5_of_message_system_attributes: Option<String>,
    pub message_id: String,
    pub sequence_number: Option<String>,
}
wire!(SendMessageBatchResultEntry {
    id,
    md5_of_message_attributes,
    md5_of_message_body,
    md5_of_message_system_attributes,
    message_id,
    sequence_number
});

static AWS_ACCOUNT_ID_LIST_SCHEMA: Schema =
    Schema::new("AWSAccountIdList", Kind::List { member: &schema::STRING, element: "member" });

static ACTION_NAME_LIST_SCHEMA: Schema =
    Schema::new("ActionNameList", Kind::List { member: &schema::STRING, element: "member" });

static ADD_PERMISSION_REQUEST_SCHEMA_MEMBERS: [Member; 4] = [
    Member::new("AWSAccountIds", &AWS_ACCOUNT_ID_LIST_SCHEMA)
        .query("AWSAccountId")
        .flattened()
        .required(),
    Member::new("Actions", &ACTION_NAME_LIST_SCHEMA).query("ActionName").flattened().required(),
    Member::new("Label", &schema::STRING).required(),
    Member::new("QueueUrl", &schema::STRING).required(),
];
static ADD_PERMISSION_REQUEST_SCHEMA: Schema =
    Schema::new("AddPermissionRequest", Kind::Structure(&ADD_PERMISSION_REQUEST_SCHEMA_MEMBERS));

static ATTRIBUTE_NAME_LIST_SCHEMA: Schema = Schema::new(
    "AttributeNameList",
    Kind::List { member: &QUEUE_ATTRIBUTE_NAME_SCHEMA, element: "member" },
);

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

static BINARY_LIST_SCHEMA: Schema =
    Schema::new("BinaryList", Kind::List { member: &schema::BLOB, element: "member" });

static CANCEL_MESSAGE_MOVE_TASK_REQUEST_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("TaskHandle", &schema::STRING).required()];
static CANCEL_MESSAGE_MOVE_TASK_REQUEST_SCHEMA: Schema = Schema::new(
    "CancelMessageMoveTaskRequest",
    Kind::Structure(&CANCEL_MESSAGE_MOVE_TASK_REQUEST_SCHEMA_MEMBERS),
);

static CANCEL_MESSAGE_MOVE_TASK_RESULT_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("ApproximateNumberOfMessagesMoved", &schema::LONG)];
static CANCEL_MESSAGE_MOVE_TASK_RESULT_SCHEMA: Schema = Schema::new(
    "CancelMessageMoveTaskResult",
    Kind::Structure(&CANCEL_MESSAGE_MOVE_TASK_RESULT_SCHEMA_MEMBERS),
);

static CHANGE_MESSAGE_VISIBILITY_BATCH_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("Entries", &CHANGE_MESSAGE_VISIBILITY_BATCH_REQUEST_ENTRY_LIST_SCHEMA)
        .query("ChangeMessageVisibilityBatchRequestEntry")
        .flattened()
        .required(),
    Member::new("QueueUrl", &schema::STRING).required(),
];
static CHANGE_MESSAGE_VISIBILITY_BATCH_REQUEST_SCHEMA: Schema = Schema::new(
    "ChangeMessageVisibilityBatchRequest",
    Kind::Structure(&CHANGE_MESSAGE_VISIBILITY_BATCH_REQUEST_SCHEMA_MEMBERS),
);

static CHANGE_MESSAGE_VISIBILITY_BATCH_REQUEST_ENTRY_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("Id", &schema::STRING).required(),
    Member::new("ReceiptHandle", &schema::STRING).required(),
    Member::new("VisibilityTimeout", &schema::INTEGER),
];
static CHANGE_MESSAGE_VISIBILITY_BATCH_REQUEST_ENTRY_SCHEMA: Schema = Schema::new(
    "ChangeMessageVisibilityBatchRequestEntry",
    Kind::Structure(&CHANGE_MESSAGE_VISIBILITY_BATCH_REQUEST_ENTRY_SCHEMA_MEMBERS),
);

static CHANGE_MESSAGE_VISIBILITY_BATCH_REQUEST_ENTRY_LIST_SCHEMA: Schema = Schema::new(
    "ChangeMessageVisibilityBatchRequestEntryList",
    Kind::List { member: &CHANGE_MESSAGE_VISIBILITY_BATCH_REQUEST_ENTRY_SCHEMA, element: "member" },
);

static CHANGE_MESSAGE_VISIBILITY_BATCH_RESULT_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("Failed", &BATCH_RESULT_ERROR_ENTRY_LIST_SCHEMA)
        .query("BatchResultErrorEntry")
        .flattened()
        .required(),
    Member::new("Successful", &CHANGE_MESSAGE_VISIBILITY_BATCH_RESULT_ENTRY_LIST_SCHEMA)
        .query("ChangeMessageVisibilityBatchResultEntry")
        .flattened()
        .required(),
];
static CHANGE_MESSAGE_VISIBILITY_BATCH_RESULT_SCHEMA: Schema = Schema::new(
    "ChangeMessageVisibilityBatchResult",
    Kind::Structure(&CHANGE_MESSAGE_VISIBILITY_BATCH_RESULT_SCHEMA_MEMBERS),
);

static CHANGE_MESSAGE_VISIBILITY_BATCH_RESULT_ENTRY_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("Id", &schema::STRING).required()];
static CHANGE_MESSAGE_VISIBILITY_BATCH_RESULT_ENTRY_SCHEMA: Schema = Schema::new(
    "ChangeMessageVisibilityBatchResultEntry",
    Kind::Structure(&CHANGE_MESSAGE_VISIBILITY_BATCH_RESULT_ENTRY_SCHEMA_MEMBERS),
);

static CHANGE_MESSAGE_VISIBILITY_BATCH_RESULT_ENTRY_LIST_SCHEMA: Schema = Schema::new(
    "ChangeMessageVisibilityBatchResultEntryList",
    Kind::List { member: &CHANGE_MESSAGE_VISIBILITY_BATCH_RESULT_ENTRY_SCHEMA, element: "member" },
);

static CHANGE_MESSAGE_VISIBILITY_REQUEST_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("QueueUrl", &schema::STRING).required(),
    Member::new("ReceiptHandle", &schema::STRING).required(),
    Member::new("VisibilityTimeout", &schema::INTEGER).required(),
];
static CHANGE_MESSAGE_VISIBILITY_REQUEST_SCHEMA: Schema = Schema::new(
    "ChangeMessageVisibilityRequest",
    Kind::Structure(&CHANGE_MESSAGE_VISIBILITY_REQUEST_SCHEMA_MEMBERS),
);

static CREATE_QUEUE_REQUEST_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("Attributes", &QUEUE_ATTRIBUTE_MAP_SCHEMA).query("Attribute").flattened(),
    Member::new("QueueName", &schema::STRING).required(),
    Member::new("tags", &TAG_MAP_SCHEMA).query("Tag").flattened(),
];
static CREATE_QUEUE_REQUEST_SCHEMA: Schema =
    Schema::new("CreateQueueRequest", Kind::Structure(&CREATE_QUEUE_REQUEST_SCHEMA_MEMBERS));

static CREATE_QUEUE_RESULT_SCHEMA_MEMBERS: [Member; 1] = [Member::new("QueueUrl", &schema::STRING)];
static CREATE_QUEUE_RESULT_SCHEMA: Schema =
    Schema::new("CreateQueueResult", Kind::Structure(&CREATE_QUEUE_RESULT_SCHEMA_MEMBERS));

static DELETE_MESSAGE_BATCH_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("Entries", &DELETE_MESSAGE_BATCH_REQUEST_ENTRY_LIST_SCHEMA)
        .query("DeleteMessageBatchRequestEntry")
        .flattened()
        .required(),
    Member::new("QueueUrl", &schema::STRING).required(),
];
static DELETE_MESSAGE_BATCH_REQUEST_SCHEMA: Schema = Schema::new(
    "DeleteMessageBatchRequest",
    Kind::Structure(&DELETE_MESSAGE_BATCH_REQUEST_SCHEMA_MEMBERS),
);

static DELETE_MESSAGE_BATCH_REQUEST_ENTRY_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("Id", &schema::STRING).required(),
    Member::new("ReceiptHandle", &schema::STRING).required(),
];
static DELETE_MESSAGE_BATCH_REQUEST_ENTRY_SCHEMA: Schema = Schema::new(
    "DeleteMessageBatchRequestEntry",
    Kind::Structure(&DELETE_MESSAGE_BATCH_REQUEST_ENTRY_SCHEMA_MEMBERS),
);

static DELETE_MESSAGE_BATCH_REQUEST_ENTRY_LIST_SCHEMA: Schema = Schema::new(
    "DeleteMessageBatchRequestEntryList",
    Kind::List { member: &DELETE_MESSAGE_BATCH_REQUEST_ENTRY_SCHEMA, element: "member" },
);

static DELETE_MESSAGE_BATCH_RESULT_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("Failed", &BATCH_RESULT_ERROR_ENTRY_LIST_SCHEMA)
        .query("BatchResultErrorEntry")
        .flattened()
        .required(),
    Member::new("Successful", &DELETE_MESSAGE_BATCH_RESULT_ENTRY_LIST_SCHEMA)
        .query("DeleteMessageBatchResultEntry")
        .flattened()
        .required(),
];
static DELETE_MESSAGE_BATCH_RESULT_SCHEMA: Schema = Schema::new(
    "DeleteMessageBatchResult",
    Kind::Structure(&DELETE_MESSAGE_BATCH_RESULT_SCHEMA_MEMBERS),
);

static DELETE_MESSAGE_BATCH_RESULT_ENTRY_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("Id", &schema::STRING).required()];
static DELETE_MESSAGE_BATCH_RESULT_ENTRY_SCHEMA: Schema = Schema::new(
    "DeleteMessageBatchResultEntry",
    Kind::Structure(&DELETE_MESSAGE_BATCH_RESULT_ENTRY_SCHEMA_MEMBERS),
);

static DELETE_MESSAGE_BATCH_RESULT_ENTRY_LIST_SCHEMA: Schema = Schema::new(
    "DeleteMessageBatchResultEntryList",
    Kind::List { member: &DELETE_MESSAGE_BATCH_RESULT_ENTRY_SCHEMA, element: "member" },
);

static DELETE_MESSAGE_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("QueueUrl", &schema::STRING).required(),
    Member::new("ReceiptHandle", &schema::STRING).required(),
];
static DELETE_MESSAGE_REQUEST_SCHEMA: Schema =
    Schema::new("DeleteMessageRequest", Kind::Structure(&DELETE_MESSAGE_REQUEST_SCHEMA_MEMBERS));

static DELETE_QUEUE_REQUEST_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("QueueUrl", &schema::STRING).required()];
static DELETE_QUEUE_REQUEST_SCHEMA: Schema =
    Schema::new("DeleteQueueRequest", Kind::Structure(&DELETE_QUEUE_REQUEST_SCHEMA_MEMBERS));

static GET_QUEUE_ATTRIBUTES_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("AttributeNames", &ATTRIBUTE_NAME_LIST_SCHEMA).query("AttributeName").flattened(),
    Member::new("QueueUrl", &schema::STRING).required(),
];
static GET_QUEUE_ATTRIBUTES_REQUEST_SCHEMA: Schema = Schema::new(
    "GetQueueAttributesRequest",
    Kind::Structure(&GET_QUEUE_ATTRIBUTES_REQUEST_SCHEMA_MEMBERS),
);

static GET_QUEUE_ATTRIBUTES_RESULT_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("Attributes", &QUEUE_ATTRIBUTE_MAP_SCHEMA).query("Attribute").flattened()];
static GET_QUEUE_ATTRIBUTES_RESULT_SCHEMA: Schema = Schema::new(
    "GetQueueAttributesResult",
    Kind::Structure(&GET_QUEUE_ATTRIBUTES_RESULT_SCHEMA_MEMBERS),
);

static GET_QUEUE_URL_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("QueueName", &schema::STRING).required(),
    Member::new("QueueOwnerAWSAccountId", &schema::STRING),
];
static GET_QUEUE_URL_REQUEST_SCHEMA: Schema =
    Schema::new("GetQueueUrlRequest", Kind::Structure(&GET_QUEUE_URL_REQUEST_SCHEMA_MEMBERS));

static GET_QUEUE_URL_RESULT_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("QueueUrl", &schema::STRING)];
static GET_QUEUE_URL_RESULT_SCHEMA: Schema =
    Schema::new("GetQueueUrlResult", Kind::Structure(&GET_QUEUE_URL_RESULT_SCHEMA_MEMBERS));

static LIST_DEAD_LETTER_SOURCE_QUEUES_REQUEST_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("MaxResults", &schema::INTEGER),
    Member::new("NextToken", &schema::STRING),
    Member::new("QueueUrl", &schema::STRING).required(),
];
static LIST_DEAD_LETTER_SOURCE_QUEUES_REQUEST_SCHEMA: Schema = Schema::new(
    "ListDeadLetterSourceQueuesRequest",
    Kind::Structure(&LIST_DEAD_LETTER_SOURCE_QUEUES_REQUEST_SCHEMA_MEMBERS),
);

static LIST_DEAD_LETTER_SOURCE_QUEUES_RESULT_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("NextToken", &schema::STRING),
    Member::new("queueUrls", &QUEUE_URL_LIST_SCHEMA).query("QueueUrl").flattened().required(),
];
static LIST_DEAD_LETTER_SOURCE_QUEUES_RESULT_SCHEMA: Schema = Schema::new(
    "ListDeadLetterSourceQueuesResult",
    Kind::Structure(&LIST_DEAD_LETTER_SOURCE_QUEUES_RESULT_SCHEMA_MEMBERS),
);

static LIST_MESSAGE_MOVE_TASKS_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("MaxResults", &schema::INTEGER),
    Member::new("SourceArn", &schema::STRING).required(),
];
static LIST_MESSAGE_MOVE_TASKS_REQUEST_SCHEMA: Schema = Schema::new(
    "ListMessageMoveTasksRequest",
    Kind::Structure(&LIST_MESSAGE_MOVE_TASKS_REQUEST_SCHEMA_MEMBERS),
);

static LIST_MESSAGE_MOVE_TASKS_RESULT_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("Results", &LIST_MESSAGE_MOVE_TASKS_RESULT_ENTRY_LIST_SCHEMA)
        .query("ListMessageMoveTasksResultEntry")
        .flattened()];
static LIST_MESSAGE_MOVE_TASKS_RESULT_SCHEMA: Schema = Schema::new(
    "ListMessageMoveTasksResult",
    Kind::Structure(&LIST_MESSAGE_MOVE_TASKS_RESULT_SCHEMA_MEMBERS),
);

static LIST_MESSAGE_MOVE_TASKS_RESULT_ENTRY_SCHEMA_MEMBERS: [Member; 9] = [
    Member::new("ApproximateNumberOfMessagesMoved", &schema::LONG),
    Member::new("ApproximateNumberOfMessagesToMove", &schema::LONG),
    Member::new("DestinationArn", &schema::STRING),
    Member::new("FailureReason", &schema::STRING),
    Member::new("MaxNumberOfMessagesPerSecond", &schema::INTEGER),
    Member::new("SourceArn", &schema::STRING),
    Member::new("StartedTimestamp", &schema::LONG),
    Member::new("Status", &schema::STRING),
    Member::new("TaskHandle", &schema::STRING),
];
static LIST_MESSAGE_MOVE_TASKS_RESULT_ENTRY_SCHEMA: Schema = Schema::new(
    "ListMessageMoveTasksResultEntry",
    Kind::Structure(&LIST_MESSAGE_MOVE_TASKS_RESULT_ENTRY_SCHEMA_MEMBERS),
);

static LIST_MESSAGE_MOVE_TASKS_RESULT_ENTRY_LIST_SCHEMA: Schema = Schema::new(
    "ListMessageMoveTasksResultEntryList",
    Kind::List { member: &LIST_MESSAGE_MOVE_TASKS_RESULT_ENTRY_SCHEMA, element: "member" },
);

static LIST_QUEUE_TAGS_REQUEST_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("QueueUrl", &schema::STRING).required()];
static LIST_QUEUE_TAGS_REQUEST_SCHEMA: Schema =
    Schema::new("ListQueueTagsRequest", Kind::Structure(&LIST_QUEUE_TAGS_REQUEST_SCHEMA_MEMBERS));

static LIST_QUEUE_TAGS_RESULT_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("Tags", &TAG_MAP_SCHEMA).query("Tag").flattened()];
static LIST_QUEUE_TAGS_RESULT_SCHEMA: Schema =
    Schema::new("ListQueueTagsResult", Kind::Structure(&LIST_QUEUE_TAGS_RESULT_SCHEMA_MEMBERS));

static LIST_QUEUES_REQUEST_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("MaxResults", &schema::INTEGER),
    Member::new("NextToken", &schema::STRING),
    Member::new("QueueNamePrefix", &schema::STRING),
];
static LIST_QUEUES_REQUEST_SCHEMA: Schema =
    Schema::new("ListQueuesRequest", Kind::Structure(&LIST_QUEUES_REQUEST_SCHEMA_MEMBERS));

static LIST_QUEUES_RESULT_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("NextToken", &schema::STRING),
    Member::new("QueueUrls", &QUEUE_URL_LIST_SCHEMA).query("QueueUrl").flattened(),
];
static LIST_QUEUES_RESULT_SCHEMA: Schema =
    Schema::new("ListQueuesResult", Kind::Structure(&LIST_QUEUES_RESULT_SCHEMA_MEMBERS));

static MESSAGE_SCHEMA_MEMBERS: [Member; 7] = [
    Member::new("Attributes", &MESSAGE_SYSTEM_ATTRIBUTE_MAP_SCHEMA).query("Attribute").flattened(),
    Member::new("Body", &schema::STRING),
    Member::new("MD5OfBody", &schema::STRING),
    Member::new("MD5OfMessageAttributes", &schema::STRING),
    Member::new("MessageAttributes", &MESSAGE_BODY_ATTRIBUTE_MAP_SCHEMA)
        .query("MessageAttribute")
        .flattened(),
    Member::new("MessageId", &schema::STRING),
    Member::new("ReceiptHandle", &schema::STRING),
];
static MESSAGE_SCHEMA: Schema = Schema::new("Message", Kind::Structure(&MESSAGE_SCHEMA_MEMBERS));

static MESSAGE_ATTRIBUTE_NAME_LIST_SCHEMA: Schema = Schema::new(
    "MessageAttributeNameList",
    Kind::List { member: &schema::STRING, element: "member" },
);

static MESSAGE_ATTRIBUTE_VALUE_SCHEMA_MEMBERS: [Member; 5] = [
    Member::new("BinaryListValues", &BINARY_LIST_SCHEMA).query("BinaryListValue").flattened(),
    Member::new("BinaryValue", &schema::BLOB),
    Member::new("DataType", &schema::STRING).required(),
    Member::new("StringListValues", &STRING_LIST_SCHEMA).query("StringListValue").flattened(),
    Member::new("StringValue", &schema::STRING),
];
static MESSAGE_ATTRIBUTE_VALUE_SCHEMA: Schema =
    Schema::new("MessageAttributeValue", Kind::Structure(&MESSAGE_ATTRIBUTE_VALUE_SCHEMA_MEMBERS));

static MESSAGE_BODY_ATTRIBUTE_MAP_SCHEMA: Schema = Schema::new(
    "MessageBodyAttributeMap",
    Kind::Map {
        key: &schema::STRING,
        value: &MESSAGE_ATTRIBUTE_VALUE_SCHEMA,
        key_name: "Name",
        value_name: "Value",
    },
);

static MESSAGE_BODY_SYSTEM_ATTRIBUTE_MAP_SCHEMA: Schema = Schema::new(
    "MessageBodySystemAttributeMap",
    Kind::Map {
        key: &MESSAGE_SYSTEM_ATTRIBUTE_NAME_FOR_SENDS_SCHEMA,
        value: &MESSAGE_SYSTEM_ATTRIBUTE_VALUE_SCHEMA,
        key_name: "Name",
        value_name: "Value",
    },
);

static MESSAGE_LIST_SCHEMA: Schema =
    Schema::new("MessageList", Kind::List { member: &MESSAGE_SCHEMA, element: "member" });

static MESSAGE_SYSTEM_ATTRIBUTE_LIST_SCHEMA: Schema = Schema::new(
    "MessageSystemAttributeList",
    Kind::List { member: &MESSAGE_SYSTEM_ATTRIBUTE_NAME_SCHEMA, element: "member" },
);

static MESSAGE_SYSTEM_ATTRIBUTE_MAP_SCHEMA: Schema = Schema::new(
    "MessageSystemAttributeMap",
    Kind::Map {
        key: &MESSAGE_SYSTEM_ATTRIBUTE_NAME_SCHEMA,
        value: &schema::STRING,
        key_name: "Name",
        value_name: "Value",
    },
);

static MESSAGE_SYSTEM_ATTRIBUTE_NAME_SCHEMA: Schema =
    Schema::new("MessageSystemAttributeName", Kind::String).values(&[
        "All",
        "SenderId",
        "SentTimestamp",
        "ApproximateReceiveCount",
        "ApproximateFirstReceiveTimestamp",
        "SequenceNumber",
        "MessageDeduplicationId",
        "MessageGroupId",
        "AWSTraceHeader",
        "DeadLetterQueueSourceArn",
    ]);

static MESSAGE_SYSTEM_ATTRIBUTE_NAME_FOR_SENDS_SCHEMA: Schema =
    Schema::new("MessageSystemAttributeNameForSends", Kind::String).values(&["AWSTraceHeader"]);

static MESSAGE_SYSTEM_ATTRIBUTE_VALUE_SCHEMA_MEMBERS: [Member; 5] = [
    Member::new("BinaryListValues", &BINARY_LIST_SCHEMA).query("BinaryListValue").flattened(),
    Member::new("BinaryValue", &schema::BLOB),
    Member::new("DataType", &schema::STRING).required(),
    Member::new("StringListValues", &STRING_LIST_SCHEMA).query("StringListValue").flattened(),
    Member::new("StringValue", &schema::STRING),
];
static MESSAGE_SYSTEM_ATTRIBUTE_VALUE_SCHEMA: Schema = Schema::new(
    "MessageSystemAttributeValue",
    Kind::Structure(&MESSAGE_SYSTEM_ATTRIBUTE_VALUE_SCHEMA_MEMBERS),
);

static PURGE_QUEUE_REQUEST_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("QueueUrl", &schema::STRING).required()];
static PURGE_QUEUE_REQUEST_SCHEMA: Schema =
    Schema::new("PurgeQueueRequest", Kind::Structure(&PURGE_QUEUE_REQUEST_SCHEMA_MEMBERS));

static QUEUE_ATTRIBUTE_MAP_SCHEMA: Schema = Schema::new(
    "QueueAttributeMap",
    Kind::Map {
        key: &QUEUE_ATTRIBUTE_NAME_SCHEMA,
        value: &schema::STRING,
        key_name: "Name",
        value_name: "Value",
    },
);

static QUEUE_ATTRIBUTE_NAME_SCHEMA: Schema = Schema::new("QueueAttributeName", Kind::String)
    .values(&[
        "All",
        "Policy",
        "VisibilityTimeout",
        "MaximumMessageSize",
        "MessageRetentionPeriod",
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
        "CreatedTimestamp",
        "LastModifiedTimestamp",
        "QueueArn",
        "ApproximateNumberOfMessagesDelayed",
        "DelaySeconds",
        "ReceiveMessageWaitTimeSeconds",
        "RedrivePolicy",
        "FifoQueue",
        "ContentBasedDeduplication",
        "KmsMasterKeyId",
        "KmsDataKeyReusePeriodSeconds",
        "DeduplicationScope",
        "FifoThroughputLimit",
        "RedriveAllowPolicy",
        "SqsManagedSseEnabled",
    ]);

static QUEUE_URL_LIST_SCHEMA: Schema =
    Schema::new("QueueUrlList", Kind::List { member: &schema::STRING, element: "member" });

static RECEIVE_MESSAGE_REQUEST_SCHEMA_MEMBERS: [Member; 8] = [
    Member::new("AttributeNames", &ATTRIBUTE_NAME_LIST_SCHEMA).query("AttributeName").flattened(),
    Member::new("MaxNumberOfMessages", &schema::INTEGER),
    Member::new("MessageAttributeNames", &MESSAGE_ATTRIBUTE_NAME_LIST_SCHEMA)
        .query("MessageAttributeName")
        .flattened(),
    Member::new("MessageSystemAttributeNames", &MESSAGE_SYSTEM_ATTRIBUTE_LIST_SCHEMA)
        .query("AttributeName")
        .flattened(),
    Member::new("QueueUrl", &schema::STRING).required(),
    Member::new("ReceiveRequestAttemptId", &schema::STRING),
    Member::new("VisibilityTimeout", &schema::INTEGER),
    Member::new("WaitTimeSeconds", &schema::INTEGER),
];
static RECEIVE_MESSAGE_REQUEST_SCHEMA: Schema =
    Schema::new("ReceiveMessageRequest", Kind::Structure(&RECEIVE_MESSAGE_REQUEST_SCHEMA_MEMBERS));

static RECEIVE_MESSAGE_RESULT_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("Messages", &MESSAGE_LIST_SCHEMA).query("Message").flattened()];
static RECEIVE_MESSAGE_RESULT_SCHEMA: Schema =
    Schema::new("ReceiveMessageResult", Kind::Structure(&RECEIVE_MESSAGE_RESULT_SCHEMA_MEMBERS));

static REMOVE_PERMISSION_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("Label", &schema::STRING).required(),
    Member::new("QueueUrl", &schema::STRING).required(),
];
static REMOVE_PERMISSION_REQUEST_SCHEMA: Schema = Schema::new(
    "RemovePermissionRequest",
    Kind::Structure(&REMOVE_PERMISSION_REQUEST_SCHEMA_MEMBERS),
);

static SEND_MESSAGE_BATCH_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("Entries", &SEND_MESSAGE_BATCH_REQUEST_ENTRY_LIST_SCHEMA)
        .query("SendMessageBatchRequestEntry")
        .flattened()
        .required(),
    Member::new("QueueUrl", &schema::STRING).required(),
];
static SEND_MESSAGE_BATCH_REQUEST_SCHEMA: Schema = Schema::new(
    "SendMessageBatchRequest",
    Kind::Structure(&SEND_MESSAGE_BATCH_REQUEST_SCHEMA_MEMBERS),
);

static SEND_MESSAGE_BATCH_REQUEST_ENTRY_SCHEMA_MEMBERS: [Member; 7] = [
    Member::new("DelaySeconds", &schema::INTEGER),
    Member::new("Id", &schema::STRING).required(),
    Member::new("MessageAttributes", &MESSAGE_BODY_ATTRIBUTE_MAP_SCHEMA)
        .query("MessageAttribute")
        .flattened(),
    Member::new("MessageBody", &schema::STRING).required(),
    Member::new("MessageDeduplicationId", &schema::STRING),
    Member::new("MessageGroupId", &schema::STRING),
    Member::new("MessageSystemAttributes", &MESSAGE_BODY_SYSTEM_ATTRIBUTE_MAP_SCHEMA)
        .query("MessageSystemAttribute")
        .flattened(),
];
static SEND_MESSAGE_BATCH_REQUEST_ENTRY_SCHEMA: Schema = Schema::new(
    "SendMessageBatchRequestEntry",
    Kind::Structure(&SEND_MESSAGE_BATCH_REQUEST_ENTRY_SCHEMA_MEMBERS),
);

static SEND_MESSAGE_BATCH_REQUEST_ENTRY_LIST_SCHEMA: Schema = Schema::new(
    "SendMessageBatchRequestEntryList",
    Kind::List { member: &SEND_MESSAGE_BATCH_REQUEST_ENTRY_SCHEMA, element: "member" },
);

static SEND_MESSAGE_BATCH_RESULT_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("Failed", &BATCH_RESULT_ERROR_ENTRY_LIST_SCHEMA)
        .query("BatchResultErrorEntry")
        .flattened()
        .required(),
    Member::new("Successful", &SEND_MESSAGE_BATCH_RESULT_ENTRY_LIST_SCHEMA)
        .query("SendMessageBatchResultEntry")
        .flattened()
        .required(),
];
static SEND_MESSAGE_BATCH_RESULT_SCHEMA: Schema = Schema::new(
    "SendMessageBatchResult",
    Kind::Structure(&SEND_MESSAGE_BATCH_RESULT_SCHEMA_MEMBERS),
);

static SEND_MESSAGE_BATCH_RESULT_ENTRY_SCHEMA_MEMBERS: [Member; 6] = [
    Member::new("Id", &schema::STRING).required(),
    Member::new("MD5OfMessageAttributes", &schema::STRING),
    Member::new("MD5OfMessageBody", &schema::STRING).required(),
    Member::new("MD5OfMessageSystemAttributes", &schema::STRING),
    Member::new("MessageId", &schema::STRING).required(),
    Member::new("SequenceNumber", &schema::STRING),
];
static SEND_MESSAGE_BATCH_RESULT_ENTRY_SCHEMA: Schema = Schema::new(
    "SendMessageBatchResultEntry",
    Kind::Structure(&SEND_MESSAGE_BATCH_RESULT_ENTRY_SCHEMA_MEMBERS),
);

static SEND_MESSAGE_BATCH_RESULT_ENTRY_LIST_SCHEMA: Schema = Schema::new(
    "SendMessageBatchResultEntryList",
    Kind::List { member: &SEND_MESSAGE_BATCH_RESULT_ENTRY_SCHEMA, element: "member" },
);

static SEND_MESSAGE_REQUEST_SCHEMA_MEMBERS: [Member; 7] = [
    Member::new("DelaySeconds", &schema::INTEGER),
    Member::new("MessageAttributes", &MESSAGE_BODY_ATTRIBUTE_MAP_SCHEMA)
        .query("MessageAttribute")
        .flattened(),
    Member::new("MessageBody", &schema::STRING).required(),
    Member::new("MessageDeduplicationId", &schema::STRING),
    Member::new("MessageGroupId", &schema::STRING),
    Member::new("MessageSystemAttributes", &MESSAGE_BODY_SYSTEM_ATTRIBUTE_MAP_SCHEMA)
        .query("MessageSystemAttribute")
        .flattened(),
    Member::new("QueueUrl", &schema::STRING).required(),
];
static SEND_MESSAGE_REQUEST_SCHEMA: Schema =
    Schema::new("SendMessageRequest", Kind::Structure(&SEND_MESSAGE_REQUEST_SCHEMA_MEMBERS));

static SEND_MESSAGE_RESULT_SCHEMA_MEMBERS: [Member; 5] = [
    Member::new("MD5OfMessageAttributes", &schema::STRING),
    Member::new("MD5OfMessageBody", &schema::STRING),
    Member::new("MD5OfMessageSystemAttributes", &schema::STRING),
    Member::new("MessageId", &schema::STRING),
    Member::new("SequenceNumber", &schema::STRING),
];
static SEND_MESSAGE_RESULT_SCHEMA: Schema =
    Schema::new("SendMessageResult", Kind::Structure(&SEND_MESSAGE_RESULT_SCHEMA_MEMBERS));

static SET_QUEUE_ATTRIBUTES_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("Attributes", &QUEUE_ATTRIBUTE_MAP_SCHEMA)
        .query("Attribute")
        .flattened()
        .required(),
    Member::new("QueueUrl", &schema::STRING).required(),
];
static SET_QUEUE_ATTRIBUTES_REQUEST_SCHEMA: Schema = Schema::new(
    "SetQueueAttributesRequest",
    Kind::Structure(&SET_QUEUE_ATTRIBUTES_REQUEST_SCHEMA_MEMBERS),
);

static START_MESSAGE_MOVE_TASK_REQUEST_SCHEMA_MEMBERS: [Member; 3] = [
    Member::new("DestinationArn", &schema::STRING),
    Member::new("MaxNumberOfMessagesPerSecond", &schema::INTEGER),
    Member::new("SourceArn", &schema::STRING).required(),
];
static START_MESSAGE_MOVE_TASK_REQUEST_SCHEMA: Schema = Schema::new(
    "StartMessageMoveTaskRequest",
    Kind::Structure(&START_MESSAGE_MOVE_TASK_REQUEST_SCHEMA_MEMBERS),
);

static START_MESSAGE_MOVE_TASK_RESULT_SCHEMA_MEMBERS: [Member; 1] =
    [Member::new("TaskHandle", &schema::STRING)];
static START_MESSAGE_MOVE_TASK_RESULT_SCHEMA: Schema = Schema::new(
    "StartMessageMoveTaskResult",
    Kind::Structure(&START_MESSAGE_MOVE_TASK_RESULT_SCHEMA_MEMBERS),
);

static STRING_LIST_SCHEMA: Schema =
    Schema::new("StringList", Kind::List { member: &schema::STRING, element: "member" });

static TAG_KEY_LIST_SCHEMA: Schema =
    Schema::new("TagKeyList", Kind::List { member: &schema::STRING, element: "member" });

static TAG_MAP_SCHEMA: Schema = Schema::new(
    "TagMap",
    Kind::Map {
        key: &schema::STRING,
        value: &schema::STRING,
        key_name: "Key",
        value_name: "Value",
    },
);

static TAG_QUEUE_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("QueueUrl", &schema::STRING).required(),
    Member::new("Tags", &TAG_MAP_SCHEMA).query("Tag").flattened().required(),
];
static TAG_QUEUE_REQUEST_SCHEMA: Schema =
    Schema::new("TagQueueRequest", Kind::Structure(&TAG_QUEUE_REQUEST_SCHEMA_MEMBERS));

static UNTAG_QUEUE_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [
    Member::new("QueueUrl", &schema::STRING).required(),
    Member::new("TagKeys", &TAG_KEY_LIST_SCHEMA).query("TagKey").flattened().required(),
];
static UNTAG_QUEUE_REQUEST_SCHEMA: Schema =
    Schema::new("UntagQueueRequest", Kind::Structure(&UNTAG_QUEUE_REQUEST_SCHEMA_MEMBERS));
