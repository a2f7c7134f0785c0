//! Requests down to the words of the domain: attributes, policies, names, dates and tokens that
//! stand inside the strings which a protocol's reader has taken as they are.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use tidemill_aws::{HttpRequest, Protocol};
use tidemill_kernel::{AccountId, Caller, Facts, Region, Uuid, codec};
use tidemill_services::lambda::{self, Job};
use tidemill_services::{Entry, Work, iam, logs, sns, sqs};

/// Requests that every service takes: the seeds.
const REQUESTS: &str = include_str!("../../crates/services/tests/golden/requests.txt");

fn caller() -> Caller {
    Caller {
        account: AccountId::parse("000000000000").expect("twelve digits"),
        region: Region::parse("us-east-1").expect("a region"),
        principal: "arn:aws:iam::000000000000:root".to_owned(),
        access_key_id: "AKIA".to_owned(),
        base_url: "http://l".to_owned(),
        request_id: Uuid::default(),
    }
}

/// The first byte chooses a request, two more a place in it and the fourth how much of it the rest
/// of the bytes takes the place of.
pub(crate) fn run(data: &[u8]) {
    let [line, high, low, replaced, rest @ ..] = data else { return };
    let count = REQUESTS.lines().count();
    let Some(line) = REQUESTS.lines().nth(usize::from(*line) % count) else { return };
    let mut words = line.splitn(3, ' ');
    let (Some(service), Some(operation), Some(sent)) = (words.next(), words.next(), words.next())
    else {
        return;
    };
    let place = usize::from(u16::from_be_bytes([*high, *low])) % (sent.len() + 1);
    let end = (place + usize::from(replaced % 32)).min(sent.len());
    let (before, behind) = (sent.as_bytes().get(..place), sent.as_bytes().get(end..));
    let sent = [before.unwrap_or_default(), rest, behind.unwrap_or_default()].concat();
    let work = match service {
        "lambda" => decode_lambda(operation, &sent),
        "sns" => decode(sns::decode, operation, Protocol::Query, sent),
        "iam" => decode(iam::decode, operation, Protocol::Query, sent),
        "logs" => decode(logs::decode, operation, Protocol::Json10, sent),
        _ => decode(sqs::decode, operation, Protocol::Json10, sent),
    };
    if let Some(Work::Command(_, command)) = work {
        let bytes = codec::to_bytes(&Entry { command, facts: Facts::default() });
        let again: Entry = codec::from_bytes(&bytes);
        assert_eq!(codec::to_bytes(&again), bytes, "what is logged is what is read again");
    }
}

type Decode = fn(&str, Protocol, &HttpRequest, &Caller) -> Result<Work, tidemill_aws::WireError>;

fn decode(decode: Decode, operation: &str, protocol: Protocol, sent: Vec<u8>) -> Option<Work> {
    let body = match protocol {
        Protocol::Query => [format!("Action={operation}&").into_bytes(), sent].concat(),
        Protocol::Json10 | Protocol::Json11 | Protocol::RestJson => sent,
    };
    let kind = match protocol {
        Protocol::Query => "application/x-www-form-urlencoded",
        Protocol::Json10 | Protocol::Json11 | Protocol::RestJson => "application/x-amz-json-1.1",
    };
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static(kind));
    let (path, query) = ("/".to_owned(), String::new());
    let request =
        HttpRequest { method: Method::POST, path, query, headers, body: Bytes::from(body) };
    decode(operation, protocol, &request, &caller()).ok()
}

/// Method, path, and a body that may be anything.
fn decode_lambda(operation: &str, sent: &[u8]) -> Option<Work> {
    let mut words = sent.splitn(3, |byte| *byte == b' ');
    let method = Method::from_bytes(words.next()?).ok()?;
    let target = String::from_utf8_lossy(words.next()?).into_owned();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let request = HttpRequest {
        method,
        path: path.to_owned(),
        query: query.to_owned(),
        headers: HeaderMap::new(),
        body: Bytes::copy_from_slice(words.next()?),
    };
    match lambda::decode(operation, Protocol::RestJson, &request, &caller()).ok()? {
        Job::Work(work) => Some(work),
        // The node is asked first.
        Job::Request(_) => None,
    }
}
