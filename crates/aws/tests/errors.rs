//! Errors as each protocol's clients read them.

use expect_test::{Expect, expect};
use tidemill_aws::error::refusal;
use tidemill_aws::generated::MODELS;
use tidemill_aws::{Protocol, WireError};
use tidemill_kernel::{Service, Uuid};

fn check(error: &WireError, service: Service, protocol: Protocol, expected: &Expect) {
    let response = error.render(service, protocol, Uuid([7; 16]));
    let mut text = format!("{}\n", response.status);
    for (name, value) in &response.headers {
        if *name != "x-amzn-RequestId" {
            text.push_str(&format!("{name}: {value}\n"));
        }
    }
    text.push_str(&String::from_utf8_lossy(&response.body));
    expected.assert_eq(&text);
}

#[test]
fn a_modelled_error_has_the_name_of_its_service_and_protocol() {
    let no_queue = WireError::sender("QueueDoesNotExist", 400, "No <such> queue.".to_owned());
    check(
        &no_queue,
        Service::Sqs,
        Protocol::Json10,
        &expect![[r#"
        400
        content-type: application/x-amz-json-1.0
        x-amzn-query-error: AWS.SimpleQueueService.NonExistentQueue;Sender
        {"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"No <such> queue."}"#]],
    );
    check(
        &no_queue,
        Service::Sqs,
        Protocol::Query,
        &expect![[r#"
        400
        content-type: text/xml
        <?xml version="1.0"?><ErrorResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><Error><Type>Sender</Type><Code>AWS.SimpleQueueService.NonExistentQueue</Code><Message>No &lt;such&gt; queue.</Message></Error><RequestId>07070707-0707-0707-0707-070707070707</RequestId></ErrorResponse>"#]],
    );
    let no_role = WireError::sender("NoSuchEntityException", 404, "No such role.".to_owned());
    check(
        &no_role,
        Service::Iam,
        Protocol::Query,
        &expect![[r#"
        404
        content-type: text/xml
        <?xml version="1.0"?><ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>No such role.</Message></Error><RequestId>07070707-0707-0707-0707-070707070707</RequestId></ErrorResponse>"#]],
    );
    let no_group = WireError::sender("ResourceNotFoundException", 400, "No such group.".to_owned());
    check(
        &no_group,
        Service::Logs,
        Protocol::Json11,
        &expect![[r#"
        400
        content-type: application/x-amz-json-1.1
        {"__type":"ResourceNotFoundException","message":"No such group."}"#]],
    );
    let no_function = WireError::sender("ResourceNotFoundException", 404, "None.".to_owned());
    check(
        &no_function,
        Service::Lambda,
        Protocol::RestJson,
        &expect![[r#"
        404
        content-type: application/json
        x-amzn-ErrorType: ResourceNotFoundException
        {"Message":"None.","Type":"User"}"#]],
    );
    let conflict = WireError::sender("ResourceConflictException", 409, "Twice.".to_owned());
    check(
        &conflict,
        Service::Lambda,
        Protocol::RestJson,
        &expect![[r#"
        409
        content-type: application/json
        x-amzn-ErrorType: ResourceConflictException
        {"Type":"User","message":"Twice."}"#]],
    );
}

#[test]
fn a_refusal_that_no_model_declares_is_known_to_every_protocol() {
    let refusals = [
        refusal::missing_authentication_token(),
        refusal::incomplete_signature("…"),
        refusal::invalid_client_token_id(),
        refusal::signature_does_not_match("…".to_owned()),
        refusal::request_expired("…", "…"),
        refusal::expired_token(),
        refusal::access_denied("…".to_owned()),
        refusal::unknown_operation("…".to_owned()),
        refusal::serialization("…".to_owned()),
        refusal::validation("…".to_owned()),
        refusal::request_entity_too_large(7),
        refusal::throttled("…".to_owned()),
        refusal::internal_failure(),
        refusal::service_unavailable("…".to_owned()),
    ];
    let mut table = String::from("sqs json | sqs query | logs json | lambda rest\n");
    for error in refusals {
        let faces = [
            (Service::Sqs, Protocol::Json10),
            (Service::Sqs, Protocol::Query),
            (Service::Logs, Protocol::Json11),
            (Service::Lambda, Protocol::RestJson),
        ]
        .map(|(service, protocol)| {
            let response = error.render(service, protocol, Uuid([7; 16]));
            let body = String::from_utf8_lossy(&response.body).into_owned();
            let code = match protocol {
                Protocol::Query => body
                    .split_once("<Code>")
                    .and_then(|(_, rest)| rest.split_once('<'))
                    .map(|(code, _)| code.to_owned()),
                Protocol::Json10 | Protocol::Json11 => body
                    .split_once("\"__type\":\"")
                    .and_then(|(_, rest)| rest.split_once('"'))
                    .map(|(kind, _)| kind.rsplit('#').next().unwrap_or_default().to_owned()),
                Protocol::RestJson => response
                    .headers
                    .iter()
                    .find(|(name, _)| *name == "x-amzn-ErrorType")
                    .map(|(_, value)| value.clone()),
            };
            format!("{} {}", response.status, code.unwrap_or_default())
        });
        table.push_str(&faces.join(" | "));
        table.push('\n');
    }
    expect![[r#"
        sqs json | sqs query | logs json | lambda rest
        403 MissingAuthenticationTokenException | 403 MissingAuthenticationToken | 400 MissingAuthenticationTokenException | 403 MissingAuthenticationTokenException
        400 IncompleteSignatureException | 400 IncompleteSignature | 400 IncompleteSignatureException | 400 IncompleteSignatureException
        403 UnrecognizedClientException | 403 InvalidClientTokenId | 400 UnrecognizedClientException | 403 UnrecognizedClientException
        403 InvalidSignatureException | 403 SignatureDoesNotMatch | 400 InvalidSignatureException | 403 InvalidSignatureException
        400 RequestExpired | 400 RequestExpired | 400 RequestExpired | 400 RequestExpired
        403 ExpiredTokenException | 403 ExpiredToken | 400 ExpiredTokenException | 403 ExpiredTokenException
        403 AccessDeniedException | 403 AccessDenied | 400 AccessDeniedException | 403 AccessDeniedException
        400 UnknownOperationException | 400 InvalidAction | 400 UnknownOperationException | 404 UnknownOperationException
        400 SerializationException | 400 MalformedInput | 400 SerializationException | 400 SerializationException
        400 ValidationException | 400 ValidationError | 400 ValidationException | 400 ValidationException
        413 RequestEntityTooLargeException | 413 RequestEntityTooLarge | 413 RequestEntityTooLargeException | 413 RequestEntityTooLargeException
        400 ThrottlingException | 400 Throttling | 400 ThrottlingException | 429 ThrottlingException
        500 InternalFailure | 500 InternalFailure | 500 InternalFailure | 500 InternalFailure
        503 ServiceUnavailableException | 503 ServiceUnavailable | 503 ServiceUnavailableException | 503 ServiceUnavailableException
    "#]].assert_eq(&table);
}

/// What a service's own table of errors is compared with.
#[test]
fn the_overlay_gives_sqs_its_query_codes() {
    let sqs = MODELS.iter().find(|model| model.service == Service::Sqs).expect("served");
    let table: String = sqs
        .errors
        .iter()
        .map(|error| format!("{} {} {}\n", error.status, error.shape, error.code))
        .collect();
    expect![[r#"
        400 BatchEntryIdsNotDistinct AWS.SimpleQueueService.BatchEntryIdsNotDistinct
        400 BatchRequestTooLong AWS.SimpleQueueService.BatchRequestTooLong
        400 EmptyBatchRequest AWS.SimpleQueueService.EmptyBatchRequest
        404 InvalidAddress InvalidAddress
        400 InvalidAttributeName InvalidAttributeName
        400 InvalidAttributeValue InvalidAttributeValue
        400 InvalidBatchEntryId AWS.SimpleQueueService.InvalidBatchEntryId
        400 InvalidIdFormat InvalidIdFormat
        400 InvalidMessageContents InvalidMessageContents
        403 InvalidSecurity InvalidSecurity
        400 KmsAccessDenied KMS.AccessDeniedException
        400 KmsDisabled KMS.DisabledException
        400 KmsInvalidKeyUsage KMS.InvalidKeyUsageException
        400 KmsInvalidState KMS.InvalidStateException
        400 KmsNotFound KMS.NotFoundException
        403 KmsOptInRequired KMS.OptInRequired
        400 KmsThrottled KMS.ThrottlingException
        400 MessageNotInflight AWS.SimpleQueueService.MessageNotInflight
        403 OverLimit OverLimit
        403 PurgeQueueInProgress AWS.SimpleQueueService.PurgeQueueInProgress
        400 QueueDeletedRecently AWS.SimpleQueueService.QueueDeletedRecently
        400 QueueDoesNotExist AWS.SimpleQueueService.NonExistentQueue
        400 QueueNameExists QueueAlreadyExists
        404 ReceiptHandleIsInvalid ReceiptHandleIsInvalid
        403 RequestThrottled RequestThrottled
        404 ResourceNotFoundException ResourceNotFoundException
        400 TooManyEntriesInBatchRequest AWS.SimpleQueueService.TooManyEntriesInBatchRequest
        400 UnsupportedOperation AWS.SimpleQueueService.UnsupportedOperation
    "#]]
    .assert_eq(&table);
}
