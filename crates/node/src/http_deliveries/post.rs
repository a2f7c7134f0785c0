//! One request to an endpoint, over a connection of its own.
//!
//! Redirects are not followed, as on AWS: where a notification goes is what its owner confirmed.

use super::connection::Connector;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST, USER_AGENT};
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::rt::TokioIo;
use std::error::Error;
use std::time::Duration;
use tidemill_services::sns::{HttpAttempt, HttpOutcome};

/// From connecting to the end of the answer, as on AWS.
const POST_MAX: Duration = Duration::from_secs(15);
/// What is read of an answer before the connection is closed. Nobody looks at it: it is read
/// because some servers take a request back when its sender does not listen.
const ANSWER_BYTES_MAX: usize = 16 << 10;
const AGENT: HeaderValue = HeaderValue::from_static("Amazon Simple Notification Service Agent");

pub(super) async fn post(connector: &Connector, attempt: HttpAttempt) -> HttpOutcome {
    let url = attempt.url.clone();
    match tokio::time::timeout(POST_MAX, exchange(connector, attempt)).await {
        Ok(Ok(status)) => outcome_of(status),
        Ok(Err(error)) => {
            tracing::debug!(url, %error, "a delivery failed");
            HttpOutcome::Failed
        }
        Err(_) => {
            tracing::debug!(url, "a delivery had no answer in time");
            HttpOutcome::Failed
        }
    }
}

/// What AWS makes of a status: a client's error is for good, unless it says to come later.
fn outcome_of(status: StatusCode) -> HttpOutcome {
    if status.is_success() {
        HttpOutcome::Taken
    } else if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS {
        HttpOutcome::Refused
    } else {
        HttpOutcome::Failed
    }
}

async fn exchange(
    connector: &Connector,
    attempt: HttpAttempt,
) -> Result<StatusCode, Box<dyn Error + Send + Sync>> {
    let HttpAttempt { url, headers, body } = attempt;
    let url: Uri = url.parse()?;
    let authority = url.authority().ok_or("the URL names no host")?;
    let stream = connector.connect(&url).await?;
    let path = url.path_and_query().map_or("/", |path| path.as_str());
    let body = Bytes::from(body);
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(HOST, authority.as_str())
        .header(USER_AGENT, AGENT)
        .header(CONTENT_LENGTH, body.len());
    for (name, value) in headers {
        let name = HeaderName::from_static(name);
        let value = HeaderValue::try_from(value)?;
        request = request.header(name, value);
    }
    let request = request.body(Full::new(body))?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let exchanging = async move {
        let response = sender.send_request(request).await?;
        let status = response.status();
        // More than is read, or a connection that breaks now, changes nothing.
        let _ = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await;
        Ok::<_, Box<dyn Error + Send + Sync>>(status)
    };
    let mut exchanging = std::pin::pin!(exchanging);
    tokio::select! {
        // The connection ends first only when it breaks, and then the exchange knows why.
        _ = connection => exchanging.await,
        status = &mut exchanging => status,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_taken_as_aws_takes_it() {
        let outcome = |status: u16| outcome_of(StatusCode::from_u16(status).unwrap());
        for taken in [200, 201, 204, 299] {
            assert_eq!(outcome(taken), HttpOutcome::Taken, "{taken}");
        }
        for refused in [400, 401, 404, 410, 499] {
            assert_eq!(outcome(refused), HttpOutcome::Refused, "{refused}");
        }
        for failed in [301, 302, 307, 429, 500, 503, 599] {
            assert_eq!(outcome(failed), HttpOutcome::Failed, "{failed}");
        }
    }
}
