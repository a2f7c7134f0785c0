//! The door: one request in, one answer out.
//!
//! ```text
//! receive ──▶ unsigned page of ours? ──▶ answer
//!    │
//!    ├──▶ the admin API's? ──▶ admin (checks that a root key signed it)
//!    │
//!    ├──▶ for S3? ──▶ the S3 front (streams its body, checks its own signatures)
//!    │
//!    └──▶ collect the body ▶ authenticate ▶ route ▶ decode ▶ node ▶ encode ──▶ answer
//! ```
//!
//! # Invariants
//!
//! - Every answer carries the request's id; every answer of ours above 499 leaves a log line with
//!   the same id.
//! - Nothing reaches the node unsigned, but the links that endpoints of topics are sent.
//! - A dropped future (the peer has gone) is noticed by the node, which hands nothing to it.
//! - A panic on the way to an answer is answered too, in the protocol's shape ([`panics`]).

use crate::admin;
use crate::authenticate::{Authenticated, authenticate};
use crate::body::{BodyError, RequestBody, ResponseBody};
use crate::credential::{Destination, destination, session_token};
use crate::dispatch::{self, Asked, Target, find_target};
use crate::keys::Keys;
use crate::metrics::Metrics;
use crate::own::{OwnPage, render_metrics};
use crate::panics::{Panicked, caught};
use crate::request_id;
use crate::s3::{self, S3Front};
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body::Body as _;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tidemill_aws::error::refusal;
use tidemill_aws::{HttpRequest, HttpResponse, Protocol, WireError};
use tidemill_kernel::{Caller, Service, Timestamp, Uuid};
use tidemill_node::core::Answer;
use tidemill_node::functions::Functions;
use tidemill_node::{Node, Unavailable};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Largest body of a function upload: 50 MB of zip, in base64, and the rest of the request.
const LAMBDA_BODY_BYTES_MAX: u64 = 70_000_000;
/// Largest body of any other request: a message batch is 1 MiB before JSON's or a form's escapes,
/// which make at most three bytes of one.
const BODY_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Bytes of request bodies held in memory at a time, all connections together.
const BODIES_BYTES_MAX: usize = 512 * 1024 * 1024;
/// Bodies up to this size are not counted against it.
const BODY_BYTES_UNCOUNTED: u64 = 64 * 1024;

/// How long a body waits for its share of them.
const BODY_BUDGET_WAIT: Duration = Duration::from_secs(10);

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
const PEM: HeaderValue = HeaderValue::from_static("application/x-pem-file");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// Everything a connection needs to answer requests.
pub struct Door {
    node: Node,
    /// `None` on a node that runs none: requests for Lambda find no service.
    functions: Option<Functions>,
    s3: S3Front,
    keys: Arc<Keys>,
    metrics: Arc<Metrics>,
    /// For the rare client that sends no `Host`.
    base_url_default: String,
    body_budget: Semaphore,
    draining: AtomicBool,
}

/// Where a connection comes from; the listener puts it into every request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// An answer and what it is counted as.
pub(crate) struct Answered {
    pub(crate) service: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) response: Response<ResponseBody>,
}

impl Door {
    #[must_use]
    pub fn new(node: Node, keys: Arc<Keys>, base_url_default: String) -> Door {
        let blobs = Arc::new(node.object_files());
        let domain = host_of(&base_url_default).to_owned();
        let s3 = S3Front::new(Arc::new(node.clone()), blobs, Arc::clone(&keys), vec![domain]);
        Door {
            node,
            functions: None,
            s3,
            keys,
            metrics: Arc::default(),
            base_url_default,
            body_budget: Semaphore::new(BODIES_BYTES_MAX),
            draining: AtomicBool::new(false),
        }
    }

    /// The same door, with functions behind it.
    #[must_use]
    pub fn with_functions(self, functions: Functions) -> Door {
        Door { functions: Some(functions), ..self }
    }

    #[must_use]
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// Answers one request. Never fails: what goes wrong becomes an answer too.
    pub async fn respond(&self, request: Request<RequestBody>) -> Response<ResponseBody> {
        let started = Instant::now();
        let request_id = request_id::draw();
        let in_flight = InFlight::enter(&self.metrics);
        let known = OnceLock::new();
        let answering = pin!(async {
            match own_page(&request) {
                Some(page) => self.answer_own(page).await,
                None if admin::is_ours(request.uri().path()) => {
                    // Boxed, like S3's: few requests are for it.
                    Box::pin(self.answer_admin(request, request_id)).await
                }
                None => self.answer_aws(request, request_id, &known).await,
            }
        });
        let answered = match caught(answering).await {
            Ok(answered) => answered,
            Err(panicked) => self.answer_panic(&panicked, known.get(), request_id),
        };
        drop(in_flight);
        let Answered { service, operation, mut response } = answered;
        let status = response.status().as_u16();
        self.metrics.operation(service, operation).observe(status, started.elapsed());
        if service != Service::S3.as_str() {
            // S3 has its own name for it, and SDKs that see this one do not look for that.
            response.headers_mut().entry(REQUEST_ID).or_insert_with(|| {
                HeaderValue::try_from(request_id.to_string()).expect("a UUID is visible ASCII")
            });
        }
        response
    }

    /// The answer to a request that panicked, as far as it was `known` what it asked for.
    fn answer_panic(
        &self,
        panicked: &Panicked,
        known: Option<&Target>,
        request_id: Uuid,
    ) -> Answered {
        // Before it is known, all that could be said is said in the plainest protocol.
        let unknown =
            Target { service: Service::Sqs, operation: "unknown", protocol: Protocol::Json10 };
        let Target { service, operation, protocol } = *known.unwrap_or(&unknown);
        self.report(panicked, service, operation, request_id);
        let response = refusal::internal_failure().render(service, protocol, request_id);
        Answered { service: service.as_str(), operation, response: into_response(response) }
    }

    fn report(
        &self,
        panicked: &Panicked,
        service: Service,
        operation: &'static str,
        request_id: Uuid,
    ) {
        self.metrics.panics.fetch_add(1, Ordering::Relaxed);
        let Panicked { message } = panicked;
        tracing::error!(%request_id, %service, operation, message, "answering panicked");
    }

    async fn answer_own(&self, page: OwnPage) -> Answered {
        let operation = page.name();
        let (status, content_type, text) = match page {
            OwnPage::Health => (StatusCode::OK, TEXT, "ok\n".to_owned()),
            OwnPage::Metrics => {
                let functions = self.functions.as_ref();
                let text = render_metrics(&self.metrics, &self.node, functions, now()).await;
                (StatusCode::OK, TEXT, text)
            }
            OwnPage::Certificate(name) => match self.node.signing_certificate(&name) {
                Ok(Some(pem)) => (StatusCode::OK, PEM, pem),
                Ok(None) => {
                    (StatusCode::NOT_FOUND, TEXT, "No key here has this certificate.\n".to_owned())
                }
                Err(error) => {
                    tracing::error!(%error, name, "a certificate cannot be read");
                    let text = "The certificate cannot be read.\n".to_owned();
                    (StatusCode::INTERNAL_SERVER_ERROR, TEXT, text)
                }
            },
        };
        let mut response = Response::new(ResponseBody::from(Bytes::from(text)));
        *response.status_mut() = status;
        response.headers_mut().insert(CONTENT_TYPE, content_type);
        Answered { service: "tidemill", operation, response }
    }

    async fn answer_admin(&self, request: Request<RequestBody>, request_id: Uuid) -> Answered {
        let (head, mut body) = request.into_parts();
        let (_held, body) = match self.collect(&mut body, None).await {
            Ok((held, body)) => (held, Ok(body)),
            Err(refusal) => (None, Err(refusal)),
        };
        let answering = admin::respond(&self.node, &self.keys, head, body, request_id, now());
        let admin::Answered { operation, response } = answering.await;
        Answered { service: "tidemill", operation, response }
    }

    /// `known` is told what the request asks for, once that is known.
    async fn answer_aws(
        &self,
        request: Request<RequestBody>,
        request_id: Uuid,
        known: &OnceLock<Target>,
    ) -> Answered {
        let (head, mut body) = request.into_parts();
        let service = match destination(&head) {
            Destination::S3 => {
                // Boxed: every request makes room for this future, and most are not for S3.
                let answering = self.answer_s3(Request::from_parts(head, body), request_id);
                return Box::pin(answering).await;
            }
            Destination::Aws(service) => service,
        };
        let collected = self.collect(&mut body, service).await;
        let http::request::Parts { method, uri, headers, .. } = head;
        let path = uri.path().to_owned();
        let query = uri.query().unwrap_or_default().to_owned();
        match collected {
            Ok((_held, body)) => {
                let request = HttpRequest { method, path, query, headers, body };
                let (target, found) = find_target(&request, service);
                let target = *known.get_or_init(|| target);
                let answered = self.serve(&request, target, found, request_id).await;
                answer(target, answered, request_id)
            }
            Err(error) => {
                let request = HttpRequest { method, path, query, headers, body: Bytes::new() };
                let (target, _found) = find_target(&request, service);
                answer(target, Err(error), request_id)
            }
        }
    }

    async fn answer_s3(&self, request: Request<RequestBody>, request_id: Uuid) -> Answered {
        // s3s asks for a key by its id alone; the token that carries it must be read before.
        let query = request.uri().query().unwrap_or_default();
        if let Some(token) = session_token(request.headers(), query) {
            self.keys.learn(&token, now());
        }
        let peer =
            request.extensions().get().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |Peer(ip)| *ip);
        let s3::Answered { operation, response, panicked } =
            self.s3.respond(request, request_id, peer).await;
        if let Some(panicked) = panicked {
            self.report(&panicked, Service::S3, operation, request_id);
        }
        Answered { service: Service::S3.as_str(), operation, response }
    }

    /// Authenticates and does one operation; `found` is what routing had to say.
    async fn serve(
        &self,
        request: &HttpRequest,
        target: Target,
        found: Result<(), WireError>,
        request_id: Uuid,
    ) -> Result<HttpResponse, WireError> {
        let caller = self.admit(request, target, found, request_id)?;
        let asked = dispatch::decode(target, request, &caller)?;
        let outcome = if dispatch::is_long_poll(target) {
            self.submit_long_poll(asked).await
        } else {
            self.submit(asked).await
        };
        match outcome {
            Ok(Ok(reply)) => Ok(dispatch::encode(target, reply, &caller)),
            Ok(Err(error)) => Err(error.wire()),
            Err(unavailable) => Err(refusal::service_unavailable(unavailable.to_string())),
        }
    }

    /// Whether the request is signed, and for what it asks; and by whom.
    fn admit(
        &self,
        request: &HttpRequest,
        target: Target,
        found: Result<(), WireError>,
        request_id: Uuid,
    ) -> Result<Caller, WireError> {
        if let Some((account, region)) = dispatch::owner_of_link(request) {
            return Ok(Caller {
                account,
                region,
                principal: String::new(),
                access_key_id: String::new(),
                base_url: self.base_url(&request.headers),
                request_id,
            });
        }
        let authenticated = authenticate(request, &self.keys, now())?;
        found?;
        authenticated.check_service(target.service.as_str())?;
        let Authenticated { key, region, .. } = authenticated;
        Ok(Caller {
            account: key.account,
            region,
            principal: key.principal.clone(),
            access_key_id: key.access_key_id.clone(),
            base_url: self.base_url(&request.headers),
            request_id,
        })
    }

    async fn submit(&self, asked: Asked) -> Result<Answer, Unavailable> {
        match (asked, &self.functions) {
            (Asked::Node(work), _) | (Asked::Logs(work), None) => self.node.submit(work).await,
            (Asked::Logs(work), Some(functions)) => Box::pin(functions.submit_logs(work)).await,
            (Asked::Functions(job), Some(functions)) => Box::pin(functions.submit(job)).await,
            (Asked::Functions(_), None) => Err(Unavailable::Stopping),
        }
    }

    async fn submit_long_poll(&self, asked: Asked) -> Result<Answer, Unavailable> {
        let mut submitted = pin!(self.submit(asked));
        tokio::select! {
            biased;
            outcome = &mut submitted => return outcome,
            // Polled once, it is in the node's mailbox.
            () = std::future::ready(()) => {}
        }
        // Either the drain begins after this, and ends this poll with all the others, or it began
        // before the poll was parked, and then the poll must be ended from here.
        if self.draining.load(Ordering::SeqCst) {
            self.node.end_long_polls();
        }
        submitted.await
    }

    /// Says that the server is stopping: nobody is kept waiting for messages any longer. Whoever
    /// waits is told that there are none, which every client knows how to take.
    pub fn begin_drain(&self) {
        self.draining.store(true, Ordering::SeqCst);
        self.node.end_long_polls();
    }

    /// Scheme and authority as the client sees them: URLs that we hand out must lead back here,
    /// also through a proxy.
    fn base_url(&self, headers: &HeaderMap) -> String {
        let Some(host) = headers.get(HOST).and_then(|host| host.to_str().ok()) else {
            return self.base_url_default.clone();
        };
        let forwarded = headers.get("x-forwarded-proto").map(HeaderValue::as_bytes);
        let scheme = if forwarded == Some(b"https") { "https://" } else { "http://" };
        let mut base_url = String::with_capacity(scheme.len() + host.len());
        base_url.push_str(scheme);
        base_url.push_str(host);
        base_url
    }

    /// Reads a whole body, within its service's limit and everybody's budget.
    async fn collect(
        &self,
        body: &mut RequestBody,
        service: Option<Service>,
    ) -> Result<(Option<SemaphorePermit<'_>>, Bytes), WireError> {
        let limit = match service {
            Some(Service::Lambda) => LAMBDA_BODY_BYTES_MAX,
            Some(_) | None => BODY_BYTES_MAX,
        };
        // A body of unknown length (chunked) may turn out as long as the limit.
        let size = body.size_hint().upper().unwrap_or(limit).min(limit);
        let held = if size > BODY_BYTES_UNCOUNTED { Some(self.hold(size).await?) } else { None };
        let collected = body.read_within(limit).await.map_err(|error| refuse_body(&error))?;
        Ok((held, collected))
    }

    async fn hold(&self, size: u64) -> Result<SemaphorePermit<'_>, WireError> {
        let size = u32::try_from(size).unwrap_or(u32::MAX);
        match tokio::time::timeout(BODY_BUDGET_WAIT, self.body_budget.acquire_many(size)).await {
            Ok(Ok(held)) => Ok(held),
            Ok(Err(_)) | Err(_) => {
                let message = "Too many large requests at once; slow down and try again.";
                Err(refusal::service_unavailable(message.to_owned()))
            }
        }
    }
}

/// The host of a base URL, without scheme and port.
fn host_of(base_url: &str) -> &str {
    let authority = base_url.split_once("://").map_or(base_url, |(_, authority)| authority);
    authority.rsplit_once(':').map_or(authority, |(host, _port)| host)
}

/// Counts a request while it is served, also when its future is dropped.
struct InFlight<'a>(&'a Metrics);

impl<'a> InFlight<'a> {
    fn enter(metrics: &'a Metrics) -> InFlight<'a> {
        metrics.requests_in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(metrics)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.requests_in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The page of ours that a request asks for, if it asks for one.
fn own_page(request: &Request<RequestBody>) -> Option<OwnPage> {
    let is_unsigned_read = matches!(*request.method(), Method::GET | Method::HEAD)
        && !request.headers().contains_key(AUTHORIZATION);
    if is_unsigned_read { OwnPage::at(request.uri().path()) } else { None }
}

fn now() -> Timestamp {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX))
}

/// Why a body was not read, in AWS's words.
fn refuse_body(error: &BodyError) -> WireError {
    match error {
        BodyError::TooLarge { limit } => refusal::request_entity_too_large(*limit),
        BodyError::Stalled => {
            let message = "The request's body did not arrive in time.";
            WireError::sender("RequestTimeoutException", 408, message.to_owned())
        }
        BodyError::CutOff(_) => {
            let message = "The request's body ended before its announced length.";
            WireError::sender("IncompleteBody", 400, message.to_owned())
        }
    }
}

/// Makes the answer of what came of a request, and logs it when it is our fault.
fn answer(target: Target, outcome: Result<HttpResponse, WireError>, request_id: Uuid) -> Answered {
    let Target { service, operation, protocol } = target;
    let response = outcome.unwrap_or_else(|error| {
        if error.status >= 500 {
            let WireError { shape, message, status, .. } = &error;
            tracing::error!(%request_id, %service, operation, status, %shape, %message, "failed");
        }
        error.render(service, protocol, request_id)
    });
    Answered { service: service.as_str(), operation, response: into_response(response) }
}

fn into_response(answer: HttpResponse) -> Response<ResponseBody> {
    let mut response = Response::new(ResponseBody::from(answer.body));
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    for (name, value) in answer.headers {
        // Names come from our tables. A value could hold what no header may; it is then left out,
        // as a proxy would leave it out.
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name.as_bytes()), HeaderValue::try_from(value))
        {
            headers.append(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Key;
    use expect_test::expect;
    use http_body_util::BodyExt as _;
    use std::fmt::Write as _;
    use tidemill_kernel::AccountId;
    use tidemill_node::Options;
    use tokio::runtime::Handle;

    /// Nothing that a client can send makes a request panic, so the panic is made by hand here.
    #[tokio::test]
    async fn a_panic_is_answered_in_the_protocol_of_the_request_and_counted() {
        let data = tempfile::tempdir().expect("a temporary directory");
        let options = Options::new(data.path().to_owned());
        let node = Node::open(&options, |_invoke| {}, &Handle::current()).expect("it is empty");
        let account = AccountId::parse("000000000000").expect("legal");
        let root = Key::root("AKIATEST".to_owned(), "a-secret-for-tests".to_owned(), account);
        let keys = Arc::new(Keys::new(node.secret(), [root]));
        let door = Door::new(node.clone(), keys, "http://localhost:4566".to_owned());
        let request_id = Uuid::from_random([7; 16]);
        let panicked = Panicked { message: "planted".to_owned() };

        let target = |service, operation, protocol| Some(Target { service, operation, protocol });
        let mut shown = String::new();
        for known in [
            target(Service::Sqs, "SendMessage", Protocol::Json10),
            target(Service::Sqs, "SendMessage", Protocol::Query),
            target(Service::Lambda, "Invoke", Protocol::RestJson),
            None,
        ] {
            let answered = door.answer_panic(&panicked, known.as_ref(), request_id);
            let Answered { service, operation, response } = answered;
            let status = response.status().as_u16();
            let body = response.into_body().collect().await.expect("held in memory").to_bytes();
            let body = String::from_utf8_lossy(&body);
            writeln!(shown, "{service} {operation}: {status} {body}").expect("a string takes it");
        }
        expect![[r#"
            sqs SendMessage: 500 {"__type":"com.amazon.coral.service#InternalFailure","message":"The request processing has failed because of an unknown error, exception or failure."}
            sqs SendMessage: 500 <?xml version="1.0"?><ErrorResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><Error><Type>Receiver</Type><Code>InternalFailure</Code><Message>The request processing has failed because of an unknown error, exception or failure.</Message></Error><RequestId>07070707-0707-4707-8707-070707070707</RequestId></ErrorResponse>
            lambda Invoke: 500 {"message":"The request processing has failed because of an unknown error, exception or failure."}
            sqs unknown: 500 {"__type":"com.amazon.coral.service#InternalFailure","message":"The request processing has failed because of an unknown error, exception or failure."}
        "#]].assert_eq(&shown);
        assert_eq!(door.metrics().panics.load(Ordering::Relaxed), 4);
        node.shutdown();
    }
}
