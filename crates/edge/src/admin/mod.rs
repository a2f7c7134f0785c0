//! The admin API: what SQS has no operation for, as JSON under `/_tidemill/`.
//!
//! ```text
//! request ─▶ signed for `tidemill`, by a root key? ─▶ route, parameters ─▶ node ─▶ JSON
//!                      │ no                                │ no
//!                      └─▶ 403                             └─▶ 4xx, naming what is wrong
//! ```
//!
//! `docs/openapi/admin.json` describes it, is served by it, and is compared with it by a test.
//!
//! # Invariants
//!
//! - Nothing reaches the node, and no path is told from another, before the signature was checked.
//! - Unknown parameters and fields are refused by name; none is ignored.
//! - Peeking and searching change nothing. One request looks at a bounded number of messages, says
//!   where to go on, and reads bodies on a thread where waiting for a disk holds up nobody.
//!
//! The paths shadow nothing: a bucket's name cannot begin with an underscore.

mod edits;
mod failures;
#[cfg(test)]
mod fuzz;
mod input;
mod messages;
mod queues;
mod redrives;
mod refusal;
mod routes;
mod show;

use crate::authenticate::authenticate;
use crate::body::ResponseBody;
use crate::keys::Keys;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderValue, Response, StatusCode};
use input::Input;
use refusal::Refusal;
use routes::Operation;
use serde_json::Value;
use tidemill_aws::error::refusal as wire;
use tidemill_aws::{HttpRequest, WireError};
use tidemill_kernel::{AccountId, Region, Timestamp, Uuid};
use tidemill_node::Node;
use tidemill_services::{Command, Query, Reply, Work, sqs};

const SERVICE: &str = "tidemill";
const ROOT: &str = "/_tidemill";
const DOCUMENT: &str = include_str!("../../../../docs/openapi/admin.json");

/// Whether a path belongs to this API.
pub(crate) fn is_ours(path: &str) -> bool {
    path.strip_prefix(ROOT).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The answer, and the name it is counted by.
pub(crate) struct Answered {
    pub(crate) operation: &'static str,
    pub(crate) response: Response<ResponseBody>,
}

pub(crate) async fn respond(
    node: &Node,
    keys: &Keys,
    head: Parts,
    body: Result<Bytes, WireError>,
    request_id: Uuid,
    now: Timestamp,
) -> Answered {
    let mut operation = "unknown";
    let answering = async {
        let body = body?;
        let http::request::Parts { method, uri, headers, .. } = head;
        let (path, query) = (uri.path().to_owned(), uri.query().unwrap_or_default().to_owned());
        let request = HttpRequest { method, path, query, headers, body };
        let desk = admit(node, keys, &request, now)?;
        let (found, captures) = routes::find(request.method.as_str(), &request.path)?;
        operation = found.name();
        let input = Input::read(found, captures, &request)?;
        perform(&desk, found, &input).await
    };
    let (status, value) = match answering.await {
        Ok(value) => (200, value),
        Err(refusal) => {
            if refusal.status >= 500 {
                let Refusal { status, code, message } = &refusal;
                let service = SERVICE;
                tracing::error!(
                    %request_id, service, operation, status, %code, %message, "failed"
                );
            }
            (refusal.status, refusal.render(request_id))
        }
    };
    let mut response = Response::new(ResponseBody::from(Bytes::from(value.to_string())));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let content_type = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    Answered { operation, response }
}

/// A caller who may do everything in an account, looking at one region of it.
struct Desk<'a> {
    node: &'a Node,
    account: AccountId,
    region: Region,
    /// The key that signed.
    access_key_id: String,
    now: Timestamp,
}

fn admit<'a>(
    node: &'a Node,
    keys: &Keys,
    request: &HttpRequest,
    now: Timestamp,
) -> Result<Desk<'a>, Refusal> {
    let authenticated = authenticate(request, keys, now)?;
    authenticated.check_service(SERVICE)?;
    if authenticated.key.session.is_some() {
        let message = "The admin API takes a root key; these are a role's credentials.";
        return Err(wire::access_denied(message.to_owned()).into());
    }
    let (account, region) = (authenticated.key.account, authenticated.region);
    let access_key_id = authenticated.key.access_key_id.clone();
    Ok(Desk { node, account, region, access_key_id, now })
}

impl Desk<'_> {
    fn queue(&self, name: &str) -> sqs::QueueKey {
        let (account, region) = (self.account, self.region.clone());
        sqs::QueueKey { account, region, name: name.to_owned() }
    }

    async fn ask(&self, queue: &sqs::QueueKey, query: sqs::Query) -> Result<sqs::Reply, Refusal> {
        self.submit(Work::Query(queue.partition(), Query::Sqs(query))).await
    }

    async fn tell(
        &self,
        queue: &sqs::QueueKey,
        command: sqs::Command,
    ) -> Result<sqs::Reply, Refusal> {
        self.submit(Work::Command(queue.partition(), Command::Sqs(command))).await
    }

    async fn submit(&self, work: Work) -> Result<sqs::Reply, Refusal> {
        match self.node.submit(work).await? {
            Ok(Reply::Sqs(reply)) => Ok(reply),
            Ok(reply) => panic!("a question about queues was answered with {reply:?}"),
            Err(error) => Err(error.wire().into()),
        }
    }
}

async fn perform(desk: &Desk<'_>, operation: Operation, input: &Input) -> Result<Value, Refusal> {
    match operation {
        Operation::Document => {
            Ok(serde_json::from_str(DOCUMENT).expect("a test reads the same text"))
        }
        Operation::ListQueues => queues::list(desk, input).await,
        Operation::ShowQueue => queues::show(desk, input).await,
        Operation::PauseQueue => queues::pause(desk, input).await,
        Operation::ResumeQueue => queues::resume(desk, input).await,
        Operation::PeekMessages => messages::peek(desk, input).await,
        Operation::ShowMessage => messages::show(desk, input).await,
        Operation::EditMessage => edits::edit(desk, input).await,
        Operation::ListEdits => edits::list(desk, input).await,
        Operation::SearchMessages => messages::search(desk, input).await,
        Operation::PeekScheduled => messages::scheduled(desk, input).await,
        Operation::ListFailures => failures::list(desk, input).await,
        Operation::ShowFailure => failures::show(desk, input).await,
        Operation::StartRedrive => redrives::start(desk, input).await,
        Operation::ListRedrives => redrives::list(desk, input).await,
        Operation::ShowRedrive => redrives::show(desk, input).await,
        Operation::CancelRedrive => redrives::cancel(desk, input).await,
    }
}

fn mismatch(operation: &str, reply: &sqs::Reply) -> ! {
    panic!("{operation} was answered with {reply:?}")
}
