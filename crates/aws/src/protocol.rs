//! Protocols: how an operation's input and output travel.
//!
//! The two traits are all a service sees; everything behind them walks schemas and values, and is
//! compiled once for all operations.

use crate::error::WireError;
use crate::http::{HttpRequest, HttpResponse};
use crate::schema::Operation;
use crate::value::{Value, Wire};
use crate::{constraints, json, query, rest, xml};
use bytes::Bytes;
use std::borrow::Cow;
use tidemill_kernel::{Service, Uuid};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    Json10,
    Json11,
    Query,
    RestJson,
}

impl Protocol {
    /// The content type of what we answer.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Protocol::Json10 => "application/x-amz-json-1.0",
            Protocol::Json11 => "application/x-amz-json-1.1",
            Protocol::Query => "text/xml",
            Protocol::RestJson => "application/json",
        }
    }
}

/// A generated input shape.
pub trait Input: Wire {
    const OPERATION: &'static Operation;

    /// Reads a request, and checks AWS's constraints.
    fn read(protocol: Protocol, request: &HttpRequest) -> Result<Self, WireError> {
        let value = read(Self::OPERATION, protocol, request)?;
        constraints::check(Self::OPERATION.model, Self::OPERATION.input, &value)?;
        Ok(Self::from_value(value))
    }
}

/// A generated output shape.
pub trait Output: Wire {
    const OPERATION: &'static Operation;

    fn write(&self, protocol: Protocol, request_id: Uuid) -> HttpResponse {
        write(Self::OPERATION, protocol, &self.to_value(), request_id)
    }
}

/// Reads an operation's input as its protocol carries it. Constraints are not checked.
pub fn read<'r>(
    operation: &'static Operation,
    protocol: Protocol,
    request: &'r HttpRequest,
) -> Result<Value<'r>, WireError> {
    match protocol {
        Protocol::Json10 | Protocol::Json11 => json::read(operation.input, &request.body),
        Protocol::RestJson => rest::read(operation, request),
        Protocol::Query => {
            let mut value = query::read(operation.input, request)?;
            if operation.model.service == Service::Sqs {
                take_queue_from_path(operation, request, &mut value);
            }
            Ok(value)
        }
    }
}

/// Writes an operation's output as its protocol carries it.
#[must_use]
pub fn write(
    operation: &'static Operation,
    protocol: Protocol,
    value: &Value<'_>,
    request_id: Uuid,
) -> HttpResponse {
    let request_id_header = ("x-amzn-RequestId", request_id.to_string());
    match protocol {
        Protocol::Json10 | Protocol::Json11 => {
            let mut body = Vec::with_capacity(256);
            json::write(&mut body, operation.output, value);
            HttpResponse {
                status: operation.status,
                headers: vec![
                    request_id_header,
                    ("content-type", protocol.content_type().to_owned()),
                ],
                body: body.into(),
            }
        }
        Protocol::RestJson => {
            let mut response = rest::write(operation, value);
            response.headers.insert(0, request_id_header);
            response
        }
        Protocol::Query => HttpResponse {
            status: operation.status,
            headers: vec![request_id_header, ("content-type", protocol.content_type().to_owned())],
            body: write_query(operation, value, request_id),
        },
    }
}

fn write_query(operation: &'static Operation, value: &Value<'_>, request_id: Uuid) -> Bytes {
    let mut body = String::with_capacity(512);
    body.push_str("<?xml version=\"1.0\"?><");
    body.push_str(operation.name);
    body.push_str("Response xmlns=\"");
    body.push_str(operation.model.xml_namespace.unwrap_or_default());
    body.push_str("\">");
    if let Some(wrapper) = operation.result_wrapper {
        xml::open(&mut body, wrapper);
        xml::write_members(&mut body, operation.output, value);
        xml::close(&mut body, wrapper);
    }
    body.push_str("<ResponseMetadata><RequestId>");
    body.push_str(&request_id.to_string());
    body.push_str("</RequestId></ResponseMetadata></");
    body.push_str(operation.name);
    body.push_str("Response>");
    body.into()
}

/// Older clients name the queue by posting to its URL instead of in the form.
fn take_queue_from_path<'r>(
    operation: &'static Operation,
    request: &'r HttpRequest,
    value: &mut Value<'r>,
) {
    let Value::Structure(values) = value else { return };
    let members = operation.input.members().iter();
    let url = members.zip(values).find(|(member, _)| member.name == "QueueUrl");
    if let Some((_, url)) = url
        && url.is_absent()
        && request.path.trim_matches('/').contains('/')
    {
        let host = request.header("host").unwrap_or_default();
        *url = Value::String(Cow::Owned(format!("http://{host}{}", request.path)));
    }
}
