//! Routing: which operation a request asks for, and in which protocol.
//!
//! One port serves everything, so the request itself must say what it is. In this order:
//!
//! 1. a signature for S3, whatever the path looks like;
//! 2. `X-Amz-Target: AmazonSQS.SendMessage` (JSON);
//! 3. `Action=…` in the form or the query string (query), the service from the signature's scope,
//!    else from `Version=…`;
//! 4. a path of a REST service, with its method;
//! 5. anything else is S3's, unless the signature is for another service.

use crate::error::{WireError, refusal};
use crate::generated::MODELS;
use crate::http::HttpRequest;
use crate::percent;
use crate::protocol::Protocol;
use crate::query;
use crate::rest;
use crate::schema::{Operation, ServiceModel};
use tidemill_kernel::Service;

/// Where a request goes.
#[derive(Clone, Copy, Debug)]
pub enum Route {
    /// To a service whose shapes are generated.
    Operation { operation: &'static Operation, protocol: Protocol },
    /// To the S3 front, which reads its own wire.
    S3,
}

/// A request that asks for nothing we know, and how to tell its sender so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unrouted {
    pub service: Service,
    pub protocol: Protocol,
    pub error: WireError,
}

/// Finds the operation. `scope_service` is the service that the request's signature is for.
pub fn route(request: &HttpRequest, scope_service: Option<&str>) -> Result<Route, Unrouted> {
    let scope_service = scope_service.and_then(Service::parse);
    if scope_service == Some(Service::S3) {
        return Ok(Route::S3);
    }
    if let Some(target) = request.header("x-amz-target") {
        return route_target(target, scope_service);
    }
    let scope_model = scope_service.and_then(model_of);
    let expects_action =
        scope_model.is_some_and(|model| model.protocols.contains(&Protocol::Query));
    if expects_action || may_have_action(request) {
        match query::parameter(request, "Action") {
            Some(action) => return route_action(request, &action, scope_model),
            None if expects_action => {
                let message = "The request must contain the parameter Action.".to_owned();
                let error = WireError::sender("MissingAction", 400, message);
                let service = scope_service.unwrap_or(Service::Sqs);
                return Err(Unrouted { service, protocol: Protocol::Query, error });
            }
            None => {}
        }
    }
    if let Some(operation) = find_rest(request, scope_service) {
        return Ok(Route::Operation { operation, protocol: Protocol::RestJson });
    }
    match scope_model {
        Some(model) => {
            let what = format!("{} {}", request.method, request.path);
            Err(unknown(model, usual_protocol(model), &what))
        }
        None => Ok(Route::S3),
    }
}

fn model_of(service: Service) -> Option<&'static ServiceModel> {
    MODELS.into_iter().find(|model| model.service == service)
}

fn usual_protocol(model: &ServiceModel) -> Protocol {
    model.protocols.first().copied().unwrap_or(Protocol::Json11)
}

fn route_target(target: &str, scope_service: Option<Service>) -> Result<Route, Unrouted> {
    let (prefix, name) = target.split_once('.').unwrap_or((target, ""));
    let Some(model) = MODELS.into_iter().find(|model| model.target_prefix == Some(prefix)) else {
        let error = refusal::unknown_operation(format!(
            "X-Amz-Target: {target} names no service that is served here."
        ));
        let service = scope_service.unwrap_or(Service::Logs);
        return Err(Unrouted { service, protocol: Protocol::Json11, error });
    };
    let protocol = usual_protocol(model);
    match model.operation(name) {
        Some(operation) => Ok(Route::Operation { operation, protocol }),
        None => Err(unknown(model, protocol, name)),
    }
}

/// Whether the request can carry parameters of the query protocol. Looked at before the body is
/// parsed as a form, because most bodies are none.
fn may_have_action(request: &HttpRequest) -> bool {
    const FORM: &str = "application/x-www-form-urlencoded";
    let is_form = request.header("content-type").is_some_and(|kind| kind.starts_with(FORM));
    is_form || percent::pairs(&request.query).flatten().any(|(name, _)| name == "Action")
}

fn route_action(
    request: &HttpRequest,
    action: &str,
    scope_model: Option<&'static ServiceModel>,
) -> Result<Route, Unrouted> {
    let version = query::parameter(request, "Version");
    let by_version = || {
        MODELS.into_iter().find(|model| {
            model.protocols.contains(&Protocol::Query) && version.as_deref() == Some(model.version)
        })
    };
    let protocol = Protocol::Query;
    let Some(model) = scope_model.or_else(by_version) else {
        let error = refusal::unknown_operation(format!(
            "Could not find operation {action} for version {}",
            version.as_deref().unwrap_or("NO_VERSION_SPECIFIED")
        ));
        return Err(Unrouted { service: Service::Sqs, protocol, error });
    };
    let is_version_right = version.as_deref().is_none_or(|version| version == model.version);
    match model.operation(action).filter(|_| is_version_right) {
        Some(operation) => Ok(Route::Operation { operation, protocol }),
        None => {
            let error = refusal::unknown_operation(format!(
                "Could not find operation {action} for version {}",
                version.as_deref().unwrap_or(model.version)
            ));
            Err(Unrouted { service: model.service, protocol, error })
        }
    }
}

/// The REST operation of this method and path; the one with the most literal path, if several.
fn find_rest(request: &HttpRequest, scope_service: Option<Service>) -> Option<&'static Operation> {
    MODELS
        .into_iter()
        .filter(|model| model.protocols.contains(&Protocol::RestJson))
        .filter(|model| scope_service.is_none_or(|service| service == model.service))
        .flat_map(|model| model.operations.iter().copied())
        .filter(|operation| {
            operation.method == request.method.as_str() && has_fixed_query(operation, request)
        })
        .filter_map(|operation| {
            let labels = rest::match_path(operation.uri, &request.path)?;
            Some((labels.len(), operation))
        })
        .min_by_key(|(labels, _)| *labels)
        .map(|(_, operation)| operation)
}

fn has_fixed_query(operation: &Operation, request: &HttpRequest) -> bool {
    percent::pairs(operation.uri_query)
        .flatten()
        .all(|fixed| percent::pairs(&request.query).flatten().any(|pair| pair == fixed))
}

fn unknown(model: &ServiceModel, protocol: Protocol, what: &str) -> Unrouted {
    let error = refusal::unknown_operation(format!(
        "{what} is not an operation of {}, or not one that is served here.",
        model.service
    ));
    Unrouted { service: model.service, protocol, error }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use expect_test::expect;
    use http::{HeaderMap, HeaderValue, Method};

    struct Case {
        method: Method,
        target: &'static str,
        header: Option<(&'static str, &'static str)>,
        body: &'static str,
        scope: Option<&'static str>,
    }

    const FORM: Option<(&str, &str)> =
        Some(("content-type", "application/x-www-form-urlencoded; charset=utf-8"));

    fn case(
        method: Method,
        target: &'static str,
        header: Option<(&'static str, &'static str)>,
        body: &'static str,
        scope: Option<&'static str>,
    ) -> Case {
        Case { method, target, header, body, scope }
    }

    fn shown(case: &Case) -> String {
        let (path, query) = case.target.split_once('?').unwrap_or((case.target, ""));
        let mut headers = HeaderMap::new();
        if let Some((name, value)) = case.header {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let request = HttpRequest {
            method: case.method.clone(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            body: Bytes::from_static(case.body.as_bytes()),
        };
        match route(&request, case.scope) {
            Ok(Route::S3) => "S3\n".to_owned(),
            Ok(Route::Operation { operation, protocol }) => {
                format!("{:?} {} {protocol:?}\n", operation.model.service, operation.name)
            }
            Err(Unrouted { service, protocol, error }) => {
                let code = error.query_code.unwrap_or(error.shape);
                format!("{service:?} {protocol:?} {code}: {}\n", error.message)
            }
        }
    }

    fn check(cases: &[Case], expected: &expect_test::Expect) {
        expected.assert_eq(&cases.iter().map(shown).collect::<String>());
    }

    #[test]
    fn json_goes_by_its_target() {
        let target = |target| Some(("x-amz-target", target));
        check(
            &[
                case(Method::POST, "/", target("AmazonSQS.SendMessage"), "{}", Some("sqs")),
                case(Method::POST, "/0/q", target("AmazonSQS.SendMessage"), "{}", None),
                case(Method::POST, "/", target("Logs_20140328.PutLogEvents"), "{}", Some("logs")),
                case(Method::POST, "/", target("AmazonSQS.SendMassage"), "{}", Some("sqs")),
                case(Method::POST, "/", target("DynamoDB_20120810.GetItem"), "{}", None),
                case(Method::POST, "/", target("nonsense"), "{}", Some("sqs")),
                case(Method::POST, "/", None, "{}", Some("logs")),
            ],
            &expect![[r#"
                Sqs SendMessage Json10
                Sqs SendMessage Json10
                Logs PutLogEvents Json11
                Sqs Json10 InvalidAction: SendMassage is not an operation of sqs, or not one that is served here.
                Logs Json11 InvalidAction: X-Amz-Target: DynamoDB_20120810.GetItem names no service that is served here.
                Sqs Json11 InvalidAction: X-Amz-Target: nonsense names no service that is served here.
                Logs Json11 InvalidAction: POST / is not an operation of logs, or not one that is served here.
            "#]],
        );
    }

    #[test]
    fn a_form_goes_by_its_action_and_its_scope_or_version() {
        check(
            &[
                case(Method::POST, "/", FORM, "Action=ListQueues", Some("sqs")),
                case(Method::POST, "/0/q", FORM, "Action=SendMessage&Version=2012-11-05", None),
                case(Method::POST, "/", FORM, "Action=ListRoles&Version=2010-05-08", Some("iam")),
                case(Method::GET, "/?Action=GetCallerIdentity&Version=2011-06-15", None, "", None),
                case(Method::POST, "/", FORM, "Action=Dance&Version=2012-11-05", Some("sqs")),
                case(Method::POST, "/", FORM, "Action=ListRoles&Version=2012-11-05", Some("iam")),
                case(Method::POST, "/", FORM, "Action=Dance", None),
                case(Method::POST, "/", FORM, "Version=2012-11-05", Some("sqs")),
                case(Method::GET, "/", None, "", Some("sts")),
            ],
            &expect![[r#"
                Sqs ListQueues Query
                Sqs SendMessage Query
                Iam ListRoles Query
                Sts GetCallerIdentity Query
                Sqs Query InvalidAction: Could not find operation Dance for version 2012-11-05
                Iam Query InvalidAction: Could not find operation ListRoles for version 2012-11-05
                Sqs Query InvalidAction: Could not find operation Dance for version NO_VERSION_SPECIFIED
                Sqs Query MissingAction: The request must contain the parameter Action.
                Sts Query MissingAction: The request must contain the parameter Action.
            "#]],
        );
    }

    #[test]
    fn lambda_goes_by_its_path_and_the_rest_is_s3() {
        let functions = "/2015-03-31/functions";
        let get = |target, scope| case(Method::GET, target, None, "", scope);
        check(
            &[
                get("/2015-03-31/functions/", Some("lambda")),
                get(functions, Some("lambda")),
                get("/2015-03-31/functions/resize", Some("lambda")),
                get("/2015-03-31/functions/resize/policy?Qualifier=live", Some("lambda")),
                get("/2015-03-31/functions/arn%3Aaws%3Alambda/configuration", None),
                case(
                    Method::POST,
                    "/2015-03-31/functions/resize/invocations",
                    None,
                    "{}",
                    Some("lambda"),
                ),
                get("/2015-03-31/functions/resize/dance", Some("lambda")),
                get("/2015-03-31/functions/resize", Some("s3")),
                get("/photos/cat.jpg", None),
                get("/", Some("s3")),
                case(
                    Method::POST,
                    "/photos",
                    Some(("content-type", "multipart/form-data")),
                    "",
                    None,
                ),
            ],
            &expect![[r#"
                Lambda ListFunctions RestJson
                Lambda ListFunctions RestJson
                Lambda GetFunction RestJson
                Lambda GetPolicy RestJson
                Lambda GetFunctionConfiguration RestJson
                Lambda Invoke RestJson
                Lambda RestJson InvalidAction: GET /2015-03-31/functions/resize/dance is not an operation of lambda, or not one that is served here.
                S3
                S3
                S3
                S3
            "#]],
        );
    }
}
