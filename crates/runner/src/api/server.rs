//! Serves the Runtime API on a sandbox's own listener.

use super::http::{Body, Connection, Request};
use super::{Answer, Event, Next, RuntimeApi};
use crate::spec::{ErrorKind, FunctionError, PAYLOAD_BYTES_MAX};
use std::io::{self, Write};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

const API_PREFIX: &str = "/2018-06-01/runtime/";
/// A runtime has one connection, some have a few; a handler that opens thousands waits.
const CONNECTIONS_MAX: usize = 16;

/// Accepts connections until it is dropped, and drops them with it.
pub(crate) async fn serve(listener: TcpListener, api: Arc<RuntimeApi>) {
    let slots = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok(slot) = slots.clone().acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            // Out of descriptors, most likely; the runtime keeps knocking.
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            continue;
        };
        // Two small writes per exchange must not wait for acknowledgements.
        let _ = stream.set_nodelay(true);
        let api = api.clone();
        connections.spawn(async move {
            // A broken connection is the client's affair: its process ends or comes again.
            let _ = converse(Connection::new(stream), &api).await;
            drop(slot);
        });
    }
}

async fn converse(mut connection: Connection, api: &RuntimeApi) -> io::Result<()> {
    while let Some(request) = connection.read(PAYLOAD_BYTES_MAX).await? {
        let is_last = request.is_last;
        match route(&request) {
            Route::Next => {
                if give_next(&mut connection, api).await?.is_none() {
                    return Ok(());
                }
            }
            Route::Response(id) => {
                let reply = respond(api, id, &request);
                connection.write(&reply).await?;
            }
            Route::Error(id) => {
                let reply = match reported(&request, ErrorKind::Handler) {
                    Some(error) => answer_reply(&api.answer(id, Err(error))),
                    None => too_large(),
                };
                connection.write(&reply).await?;
            }
            Route::InitError => {
                let reply = match reported(&request, ErrorKind::Init) {
                    Some(error) => answer_reply(&api.init_failed(error)),
                    None => too_large(),
                };
                connection.write(&reply).await?;
            }
            Route::Unknown => {
                connection.write(&json_reply("404 Not Found", &not_found(&request))).await?;
            }
        }
        if is_last {
            break;
        }
    }
    Ok(())
}

#[derive(Debug, PartialEq, Eq)]
enum Route<'a> {
    Next,
    Response(&'a str),
    Error(&'a str),
    InitError,
    Unknown,
}

fn route(request: &Request) -> Route<'_> {
    let Some(path) = request.path.strip_prefix(API_PREFIX) else { return Route::Unknown };
    let segments: Vec<&str> = path.split('/').collect();
    match (request.method.as_str(), segments.as_slice()) {
        ("GET", ["invocation", "next"]) => Route::Next,
        ("POST", ["invocation", id, "response"]) => Route::Response(id),
        ("POST", ["invocation", id, "error"]) => Route::Error(id),
        ("POST", ["init", "error"]) => Route::InitError,
        _ => Route::Unknown,
    }
}

/// Waits for an event and writes it; `None` when the client went away first.
async fn give_next(connection: &mut Connection, api: &RuntimeApi) -> io::Result<Option<()>> {
    loop {
        match api.next() {
            Next::Take(event) => {
                let written = connection.write(&event_reply(&event)).await;
                if written.is_err() {
                    api.undeliver(&event.request_id);
                }
                return written.map(Some);
            }
            Next::Refused => {
                let reply = answer_reply(&Answer::InvalidTransition);
                return connection.write(&reply).await.map(Some);
            }
            Next::Wait => {}
        }
        tokio::select! {
            () = api.dispatched() => {}
            () = connection.closed() => return Ok(None),
        }
    }
}

fn respond(api: &RuntimeApi, id: &str, request: &Request) -> Vec<u8> {
    if request.stream_failed {
        let error_type = request.error_type.as_deref().unwrap_or("Runtime.StreamError");
        let error = FunctionError::new(
            ErrorKind::Handler,
            error_type,
            "The function broke off its streamed response",
        );
        return answer_reply(&api.answer(id, Err(error)));
    }
    match &request.body {
        Body::Whole(body) => answer_reply(&api.respond(id, body.clone())),
        Body::TooLarge => {
            let message = format!(
                "Response payload size exceeded maximum allowed payload size \
                 ({PAYLOAD_BYTES_MAX} bytes)."
            );
            let error =
                FunctionError::new(ErrorKind::Response, "Function.ResponseSizeTooLarge", message);
            match api.answer(id, Err(error)) {
                Answer::Accepted => too_large(),
                refused @ (Answer::UnknownRequestId | Answer::InvalidTransition) => {
                    answer_reply(&refused)
                }
            }
        }
    }
}

fn reported(request: &Request, kind: ErrorKind) -> Option<FunctionError> {
    match &request.body {
        Body::Whole(body) => {
            Some(FunctionError::reported(kind, request.error_type.as_deref(), body.clone()))
        }
        Body::TooLarge => None,
    }
}

fn answer_reply(answer: &Answer) -> Vec<u8> {
    match answer {
        Answer::Accepted => json_reply("202 Accepted", r#"{"status":"OK"}"#),
        Answer::UnknownRequestId => json_reply(
            "400 Bad Request",
            r#"{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}"#,
        ),
        Answer::InvalidTransition => json_reply(
            "403 Forbidden",
            r#"{"errorMessage":"State transition is not allowed","errorType":"InvalidStateTransition"}"#,
        ),
    }
}

fn too_large() -> Vec<u8> {
    json_reply(
        "413 Payload Too Large",
        &format!(
            r#"{{"errorMessage":"Exceeded maximum allowed payload size ({PAYLOAD_BYTES_MAX} bytes).","errorType":"RequestEntityTooLarge"}}"#
        ),
    )
}

fn not_found(request: &Request) -> String {
    let message = format!("The Runtime API has no {} {}", request.method, request.path);
    serde_json::json!({ "errorMessage": message, "errorType": "NotFound" }).to_string()
}

fn json_reply(status: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Head and payload in one buffer: one write, one segment for the usual small event.
fn event_reply(event: &Event) -> Vec<u8> {
    let mut reply = Vec::with_capacity(512 + event.payload.len());
    let written = (|| {
        write!(
            reply,
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\
             Lambda-Runtime-Aws-Request-Id: {}\r\nLambda-Runtime-Deadline-Ms: {}\r\n\
             Lambda-Runtime-Invoked-Function-Arn: {}\r\n",
            header_value(&event.request_id),
            event.deadline_ms,
            header_value(&event.invoked_arn),
        )?;
        if let Some(trace) = &event.trace {
            write!(reply, "Lambda-Runtime-Trace-Id: {}\r\n", header_value(trace))?;
        }
        if let Some(context) = &event.client_context {
            write!(reply, "Lambda-Runtime-Client-Context: {}\r\n", header_value(context))?;
        }
        write!(reply, "Content-Length: {}\r\n\r\n", event.payload.len())
    })();
    written.expect("a vector takes every write");
    reply.extend_from_slice(&event.payload);
    reply
}

/// Line breaks in a caller's JSON are white space there and a forged header here.
fn header_value(value: &str) -> String {
    value.replace(|c: char| c.is_control(), " ")
}
