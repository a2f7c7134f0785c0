//! Errors on the wire: one value, rendered per protocol.
//!
//! A service says what happened in AWS's names ([`WireError`]); how that travels is decided here,
//! once. The errors that every service shares (a bad signature, a body that cannot be read) are
//! made here too, under the names each protocol's clients know.

pub mod refusal;

use crate::generated;
use crate::http::HttpResponse;
use crate::protocol::Protocol;
use crate::schema::{ErrorShape, ServiceModel};
use crate::xml;
use std::borrow::Cow;
use tidemill_kernel::{Service, Uuid};

/// Who must act: the caller (4xx) or we (5xx).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Sender,
    Receiver,
}

/// A refusal as AWS would word it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireError {
    /// The error shape's name, e.g. `QueueDoesNotExist`.
    pub shape: Cow<'static, str>,
    /// The query protocol's code where it differs, e.g. `AWS.SimpleQueueService.NonExistentQueue`.
    pub query_code: Option<Cow<'static, str>>,
    pub status: u16,
    pub fault: Fault,
    pub message: String,
    /// Which of several limits it was, where the shape says so: Lambda's `Reason`.
    pub reason: Option<&'static str>,
}

impl WireError {
    #[must_use]
    pub fn sender(shape: &'static str, status: u16, message: String) -> WireError {
        let (shape, query_code, fault) = (shape.into(), None, Fault::Sender);
        WireError { shape, query_code, status, fault, message, reason: None }
    }

    #[must_use]
    pub fn receiver(shape: &'static str, status: u16, message: String) -> WireError {
        let (shape, query_code, fault) = (shape.into(), None, Fault::Receiver);
        WireError { shape, query_code, status, fault, message, reason: None }
    }

    /// The same refusal with the code that the query protocol knows it by.
    #[must_use]
    pub fn with_query_code(mut self, code: &'static str) -> WireError {
        self.query_code = Some(code.into());
        self
    }

    /// The same refusal, naming the member it is about.
    #[must_use]
    pub(crate) fn inside(mut self, member: &str) -> WireError {
        self.message = format!("{} (in {member})", self.message.trim_end_matches('.'));
        self
    }

    /// The response that says so, as clients of this service and protocol understand it.
    #[must_use]
    pub fn render(&self, service: Service, protocol: Protocol, request_id: Uuid) -> HttpResponse {
        let model = generated::MODELS.into_iter().find(|model| model.service == service);
        self.render_by(model, protocol, request_id)
    }

    /// The same, for a model that may not be one of ours.
    #[must_use]
    pub fn render_by(
        &self,
        model: Option<&ServiceModel>,
        protocol: Protocol,
        request_id: Uuid,
    ) -> HttpResponse {
        let shape = model.and_then(|model| model.error(&self.shape));
        let mut headers = vec![
            ("x-amzn-RequestId", request_id.to_string()),
            ("content-type", protocol.content_type().to_owned()),
        ];
        let body = match protocol {
            Protocol::Query => self.query_body(model, shape, request_id),
            Protocol::RestJson => {
                headers.push(("x-amzn-ErrorType", self.shape.clone().into_owned()));
                self.rest_body(shape)
            }
            Protocol::Json10 | Protocol::Json11 => {
                if model.is_some_and(|model| model.protocols.contains(&Protocol::Query)) {
                    let code = format!("{};{}", self.query_code(shape), self.blame());
                    headers.push(("x-amzn-query-error", code));
                }
                self.json_body(model, shape)
            }
        };
        HttpResponse { status: self.status_in(model, protocol), headers, body: body.into() }
    }

    /// The code that the query protocol's clients know: the refusal's own, else the model's.
    fn query_code(&self, shape: Option<&ErrorShape>) -> &str {
        self.query_code.as_deref().or(shape.map(|shape| shape.code)).unwrap_or(&self.shape)
    }

    fn blame(&self) -> &'static str {
        match self.fault {
            Fault::Sender => "Sender",
            Fault::Receiver => "Receiver",
        }
    }

    /// Services born with JSON answer 400 where the older ones answer 403, and REST has statuses
    /// of its own for two.
    fn status_in(&self, model: Option<&ServiceModel>, protocol: Protocol) -> u16 {
        let speaks_query = model.is_some_and(|model| model.protocols.contains(&Protocol::Query));
        match (protocol, &*self.shape) {
            (Protocol::RestJson, "ThrottlingException") => 429,
            (Protocol::RestJson, "UnknownOperationException") => 404,
            (
                Protocol::Json10 | Protocol::Json11,
                "MissingAuthenticationTokenException"
                | "UnrecognizedClientException"
                | "InvalidSignatureException"
                | "ExpiredTokenException"
                | "AccessDeniedException",
            ) if !speaks_query => 400,
            _ => self.status,
        }
    }

    fn json_body(&self, model: Option<&ServiceModel>, shape: Option<&ErrorShape>) -> String {
        let namespace = match (model.and_then(|model| model.error_namespace), shape) {
            (None, _) => String::new(),
            (Some(namespace), Some(_)) => format!("{namespace}#"),
            // What the model does not know comes from the framework in front of the service.
            (Some(_), None) => "com.amazon.coral.service#".to_owned(),
        };
        let kind = format!("{namespace}{}", self.shape);
        serde_json::json!({ "__type": kind, "message": self.message }).to_string()
    }

    fn rest_body(&self, shape: Option<&ErrorShape>) -> String {
        let kind = match self.fault {
            Fault::Sender => "User",
            Fault::Receiver => "Service",
        };
        let mut body = match shape {
            Some(shape) if shape.has_type => {
                serde_json::json!({ "Type": kind, shape.message_member: self.message })
            }
            Some(shape) => serde_json::json!({ shape.message_member: self.message }),
            None => serde_json::json!({ "message": self.message }),
        };
        if let (Some(body), Some(reason)) = (body.as_object_mut(), self.reason) {
            body.insert("Reason".to_owned(), reason.into());
        }
        body.to_string()
    }

    fn query_body(
        &self,
        model: Option<&ServiceModel>,
        shape: Option<&ErrorShape>,
        request_id: Uuid,
    ) -> String {
        let mut out = String::with_capacity(512);
        out.push_str("<?xml version=\"1.0\"?><ErrorResponse xmlns=\"");
        out.push_str(model.and_then(|model| model.xml_namespace).unwrap_or_default());
        out.push_str("\"><Error><Type>");
        out.push_str(self.blame());
        out.push_str("</Type><Code>");
        xml::escape_into(&mut out, self.query_code(shape));
        out.push_str("</Code><Message>");
        xml::escape_into(&mut out, &self.message);
        out.push_str("</Message></Error><RequestId>");
        out.push_str(&request_id.to_string());
        out.push_str("</RequestId></ErrorResponse>");
        out
    }
}
