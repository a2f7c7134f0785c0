//! From a routed request to a service and back: the only place of the edge that names services.

use tidemill_aws::error::refusal;
use tidemill_aws::route::{Route, Unrouted, route};
use tidemill_aws::{HttpRequest, HttpResponse, Protocol, WireError};
use tidemill_kernel::{AccountId, Caller, Region, Service};
use tidemill_services::{Reply, Work, iam, lambda, logs, sns, sqs, sts};

const UNKNOWN: &str = "unknown";

/// What a request asks for, and in which protocol.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    pub(crate) service: Service,
    /// From the service's model, so that metrics stay bounded; `unknown` when it has none such.
    pub(crate) operation: &'static str,
    pub(crate) protocol: Protocol,
}

/// Finds out what a request asks for. A refusal comes with the target to refuse it as; it must
/// not be told before the signature was checked.
pub(crate) fn find_target(
    request: &HttpRequest,
    scope_service: Option<Service>,
) -> (Target, Result<(), WireError>) {
    if let Some(sns::Link { operation, .. }) = sns::link(request) {
        return (Target { service: Service::Sns, operation, protocol: Protocol::Query }, Ok(()));
    }
    match route(request, scope_service.map(Service::as_str)) {
        Ok(Route::Operation { operation, protocol }) => {
            let service = operation.model.service;
            (Target { service, operation: operation.name, protocol }, Ok(()))
        }
        // The head looked like one of ours and the body does not: S3 has no such request.
        Ok(Route::S3) => {
            let service = scope_service.unwrap_or(Service::Sqs);
            let target = Target { service, operation: UNKNOWN, protocol: Protocol::Json10 };
            let message = "The request names no operation of a service that is served here.";
            (target, Err(refusal::unknown_operation(message.to_owned())))
        }
        Err(Unrouted { service, protocol, error }) => {
            (Target { service, operation: UNKNOWN, protocol }, Err(error))
        }
    }
}

/// In whose name an unsigned request is done: the links in what endpoints of a topic are sent are
/// followed by people and programs without a key.
pub(crate) fn owner_of_link(request: &HttpRequest) -> Option<(AccountId, Region)> {
    sns::link(request).map(|sns::Link { account, region, .. }| (account, region))
}

/// Who in the node does what a request asks for.
#[derive(Debug)]
pub(crate) enum Asked {
    Node(Work),
    /// Log groups: those of functions are files, not rows.
    Logs(Work),
    Functions(lambda::Job),
}

/// Reads what the caller wrote as something for the node to do.
pub(crate) fn decode(
    target: Target,
    request: &HttpRequest,
    caller: &Caller,
) -> Result<Asked, WireError> {
    let Target { service, operation, protocol } = target;
    match service {
        Service::Sqs => sqs::decode(operation, protocol, request, caller).map(Asked::Node),
        Service::Lambda => {
            lambda::decode(operation, protocol, request, caller).map(Asked::Functions)
        }
        Service::Logs => logs::decode(operation, protocol, request, caller).map(Asked::Logs),
        Service::Iam => iam::decode(operation, protocol, request, caller).map(Asked::Node),
        Service::Sts => sts::decode(operation, protocol, request, caller).map(Asked::Node),
        Service::Sns => sns::decode(operation, protocol, request, caller).map(Asked::Node),
        Service::S3 => {
            Err(refusal::unknown_operation(format!("{service} {operation} is not served yet.")))
        }
    }
}

/// Writes the node's answer as the caller's protocol has it.
pub(crate) fn encode(target: Target, reply: Reply, caller: &Caller) -> HttpResponse {
    let Target { service, operation, protocol } = target;
    match reply {
        Reply::Sqs(reply) => sqs::encode(operation, protocol, reply, caller),
        Reply::Logs(reply) => logs::encode(operation, protocol, reply, caller),
        Reply::Iam(reply) => iam::encode(operation, protocol, reply, caller),
        Reply::Sts(reply) => sts::encode(operation, protocol, reply, caller),
        Reply::Sns(reply) => sns::encode(operation, protocol, reply, caller),
        Reply::Lambda(reply) => lambda::encode(operation, protocol, reply, caller),
        reply @ (Reply::Nothing | Reply::Fact(_) | Reply::S3(_)) => {
            panic!("{service} {operation} was answered with {reply:?}")
        }
    }
}

/// Whether an operation may be parked in the node for long without anything being done: when the
/// server stops, its caller is told at once that nothing came, and not kept waiting.
pub(crate) fn is_long_poll(target: Target) -> bool {
    target.service == Service::Sqs && target.operation == "ReceiveMessage"
}
