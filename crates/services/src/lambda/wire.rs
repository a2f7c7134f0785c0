//! The table of operations: which input each reads, and which output a reply becomes.

use super::settings::{shown, shown_mapping};
use super::{
    Error, Function, FunctionId, Invoked, Job, Mapping, Query, Reply, concurrency,
    create_event_source_mapping, create_function, delete_event_source_mapping, delete_function,
    event_source_mappings, invoke, list_functions, names, permissions, tags,
    update_event_source_mapping, update_function_code, update_function_configuration,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use kernel::Caller;
use tidemill_aws::generated::lambda as wire;
use tidemill_aws::{HttpRequest, HttpResponse, Input, Output, Protocol, WireError};
use tidemill_kernel as kernel;

/// Reads a request of an operation that [`wire::MODEL`] serves.
///
/// # Errors
/// Whatever the caller must mend, in AWS's words.
pub fn decode(
    operation: &str,
    protocol: Protocol,
    request: &HttpRequest,
    caller: &Caller,
) -> Result<Job, WireError> {
    let reader = Reader { protocol, request, caller };
    match operation {
        "AddPermission" => reader.read(permissions::decode_add),
        "CreateEventSourceMapping" => reader.read(create_event_source_mapping::decode),
        "CreateFunction" => reader.read(create_function::decode),
        "DeleteEventSourceMapping" => reader.read(delete_event_source_mapping::decode),
        "DeleteFunction" => reader.read(delete_function::decode),
        "DeleteFunctionConcurrency" => reader.read(concurrency::decode_delete),
        "GetEventSourceMapping" => reader.read(event_source_mappings::decode_get),
        "GetFunction" => reader.read(|input: wire::GetFunctionInput, caller| {
            look_up(&input.function_name, input.qualifier.as_deref(), caller)
        }),
        "GetFunctionCodeSigningConfig" => {
            reader.read(|input: wire::GetFunctionCodeSigningConfigInput, caller| {
                look_up(&input.function_name, None, caller)
            })
        }
        "GetFunctionConcurrency" => {
            reader.read(|input: wire::GetFunctionConcurrencyInput, caller| {
                look_up(&input.function_name, None, caller)
            })
        }
        "GetFunctionConfiguration" => {
            reader.read(|input: wire::GetFunctionConfigurationInput, caller| {
                look_up(&input.function_name, input.qualifier.as_deref(), caller)
            })
        }
        "GetPolicy" => reader.read(|input: wire::GetPolicyInput, caller| {
            let name = names::function(&input.function_name, input.qualifier.as_deref(), caller)?;
            Ok(Job::query(name.function.partition(), Query::Policy(name.function)))
        }),
        "Invoke" => reader.read(invoke::decode),
        "ListEventSourceMappings" => reader.read(event_source_mappings::decode_list),
        "ListFunctions" => reader.read(list_functions::decode),
        "ListTags" => reader.read(tags::decode_list),
        "ListVersionsByFunction" => reader.read(list_versions),
        "PutFunctionConcurrency" => reader.read(concurrency::decode_put),
        "RemovePermission" => reader.read(permissions::decode_remove),
        "TagResource" => reader.read(tags::decode_tag),
        "UntagResource" => reader.read(tags::decode_untag),
        "UpdateEventSourceMapping" => reader.read(update_event_source_mapping::decode),
        "UpdateFunctionCode" => reader.read(update_function_code::decode),
        "UpdateFunctionConfiguration" => reader.read(update_function_configuration::decode),
        other => unreachable!("{other} is not in the model's table, so it is never routed here"),
    }
}

struct Reader<'r> {
    protocol: Protocol,
    request: &'r HttpRequest,
    caller: &'r Caller,
}

impl Reader<'_> {
    fn read<I: Input>(
        &self,
        decode: impl Fn(I, &Caller) -> Result<Job, Error>,
    ) -> Result<Job, WireError> {
        let input = I::read(self.protocol, self.request)?;
        decode(input, self.caller).map_err(|error| error.wire())
    }
}

/// Operations that show one side of a function.
fn look_up(name: &str, qualifier: Option<&str>, caller: &Caller) -> Result<Job, Error> {
    let named = names::function(name, qualifier, caller)?;
    let (function, qualified) = (named.function, named.is_qualified);
    Ok(Job::query(function.partition(), Query::Function { function, qualified }))
}

/// There is only `$LATEST`, so there is one page, and nobody was ever given a marker.
fn list_versions(input: wire::ListVersionsByFunctionInput, caller: &Caller) -> Result<Job, Error> {
    let wire::ListVersionsByFunctionInput { function_name, marker, max_items: _ } = input;
    if let Some(marker) = marker {
        return Err(Error::InvalidParameterValue(format!("Invalid marker: {marker}")));
    }
    let function: FunctionId = names::unqualified(&function_name, caller)?;
    Ok(Job::query(function.partition(), Query::Function { function, qualified: true }))
}

/// Writes the answer to an operation that [`decode`] read.
#[must_use]
pub fn encode(operation: &str, protocol: Protocol, reply: Reply, caller: &Caller) -> HttpResponse {
    let writer = Writer { protocol, caller };
    match reply {
        Reply::Function { function, qualified } => {
            encode_function(&writer, operation, &function, qualified)
        }
        Reply::Functions { functions, next } => writer.write(&wire::ListFunctionsOutput {
            functions: Some(functions.iter().map(|function| shown(function, false)).collect()),
            next_marker: next,
        }),
        Reply::Statement(statement) => {
            writer.write(&wire::AddPermissionOutput { statement: Some(statement) })
        }
        Reply::Policy { policy, revision } => writer.write(&wire::GetPolicyOutput {
            policy: Some(policy),
            revision_id: Some(revision.to_string()),
        }),
        Reply::Tags(tags) => writer.write(&wire::ListTagsOutput { tags: Some(tags) }),
        Reply::Mapping { mapping, is_deleted } => {
            encode_mapping(&writer, operation, &mapping, is_deleted)
        }
        Reply::Mappings { mappings, next } => {
            let shown = mappings.iter().map(|mapping| shown_mapping(mapping, false)).collect();
            writer.write(&wire::ListEventSourceMappingsOutput {
                event_source_mappings: Some(shown),
                next_marker: next.map(|uuid| uuid.to_string()),
            })
        }
        Reply::Accepted => encode_accepted(&writer, operation),
        Reply::DryRunPassed => {
            writer.write(&wire::InvokeOutput { status_code: Some(204), ..Default::default() })
        }
        Reply::Invoked(invoked) => encode_invoked(&writer, invoked),
        Reply::Nothing => encode_nothing(&writer, operation),
        other @ (Reply::Watched { .. }
        | Reply::Attempt(_)
        | Reply::Deployed(_)
        | Reply::Counts(_)) => {
            unreachable!("{operation} is not answered with {other:?}: only the node asks for it")
        }
    }
}

struct Writer<'r> {
    protocol: Protocol,
    caller: &'r Caller,
}

impl Writer<'_> {
    fn write(&self, output: &impl Output) -> HttpResponse {
        let mut response = output.write(self.protocol, self.caller.request_id);
        if response.status == 204 {
            // The status may be a member's, which the codec cannot know to mean "no content".
            response.body.clear();
            response.headers.retain(|(name, _)| *name != "content-type");
        }
        response
    }
}

fn encode_function(
    writer: &Writer<'_>,
    operation: &str,
    function: &Function,
    is_qualified: bool,
) -> HttpResponse {
    let configuration = || shown(function, is_qualified);
    let reserved = function.reserved_concurrency.and_then(|reserved| i32::try_from(reserved).ok());
    let concurrency = wire::Concurrency { reserved_concurrent_executions: reserved };
    match operation {
        "CreateFunction" => writer.write(&wire::CreateFunctionOutput(configuration())),
        "UpdateFunctionCode" => writer.write(&wire::UpdateFunctionCodeOutput(configuration())),
        "UpdateFunctionConfiguration" => {
            writer.write(&wire::UpdateFunctionConfigurationOutput(configuration()))
        }
        "GetFunctionConfiguration" => {
            writer.write(&wire::GetFunctionConfigurationOutput(configuration()))
        }
        "GetFunction" => writer.write(&wire::GetFunctionOutput {
            code: Some(wire::FunctionCodeLocation {
                repository_type: Some("S3".to_owned()),
                ..Default::default()
            }),
            concurrency: reserved.is_some().then_some(concurrency),
            configuration: Some(configuration()),
            tags: (!function.tags.is_empty()).then(|| function.tags.clone()),
            tags_error: None,
        }),
        "GetFunctionCodeSigningConfig" => writer.write(&wire::GetFunctionCodeSigningConfigOutput {
            code_signing_config_arn: String::new(),
            function_name: function.id.name.clone(),
        }),
        "GetFunctionConcurrency" => writer.write(&wire::GetFunctionConcurrencyOutput {
            reserved_concurrent_executions: reserved,
        }),
        "PutFunctionConcurrency" => writer.write(&wire::PutFunctionConcurrencyOutput(concurrency)),
        "DeleteFunctionConcurrency" => writer.write(&wire::DeleteFunctionConcurrencyOutput {}),
        "ListVersionsByFunction" => writer.write(&wire::ListVersionsByFunctionOutput {
            next_marker: None,
            versions: Some(vec![configuration()]),
        }),
        other => unreachable!("{other} is not answered with a function"),
    }
}

fn encode_mapping(
    writer: &Writer<'_>,
    operation: &str,
    mapping: &Mapping,
    is_deleted: bool,
) -> HttpResponse {
    let shown = shown_mapping(mapping, is_deleted);
    match operation {
        "CreateEventSourceMapping" => writer.write(&wire::CreateEventSourceMappingOutput(shown)),
        "GetEventSourceMapping" => writer.write(&wire::GetEventSourceMappingOutput(shown)),
        "UpdateEventSourceMapping" => writer.write(&wire::UpdateEventSourceMappingOutput(shown)),
        "DeleteEventSourceMapping" => writer.write(&wire::DeleteEventSourceMappingOutput(shown)),
        other => unreachable!("{other} is not answered with a mapping"),
    }
}

fn encode_nothing(writer: &Writer<'_>, operation: &str) -> HttpResponse {
    match operation {
        "DeleteFunction" => writer.write(&wire::DeleteFunctionOutput { status_code: Some(204) }),
        "RemovePermission" => writer.write(&wire::RemovePermissionOutput {}),
        "TagResource" => writer.write(&wire::TagResourceOutput {}),
        "UntagResource" => writer.write(&wire::UntagResourceOutput {}),
        other => unreachable!("{other} is answered with something"),
    }
}

/// An asynchronous invocation is on disk.
fn encode_accepted(writer: &Writer<'_>, operation: &str) -> HttpResponse {
    assert_eq!(operation, "Invoke", "nothing else is accepted and done later");
    writer.write(&wire::InvokeOutput { status_code: Some(202), ..Default::default() })
}

fn encode_invoked(writer: &Writer<'_>, invoked: Invoked) -> HttpResponse {
    let mut response = writer.write(&wire::InvokeOutput {
        executed_version: Some("$LATEST".to_owned()),
        function_error: invoked.is_function_error.then(|| "Unhandled".to_owned()),
        log_result: invoked.log_tail.map(|tail| BASE64.encode(tail)),
        payload: Some(invoked.payload),
        status_code: Some(200),
        ..Default::default()
    });
    // A blob to the model, JSON to everybody who has ever read one.
    response.headers.retain(|(name, _)| *name != "content-type");
    response.headers.push(("content-type", "application/json".to_owned()));
    response
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
