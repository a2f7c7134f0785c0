//! Requests of strangers: every operation's reader, in every protocol, and the routing before it.

use bytes::Bytes;
use http::{HeaderMap, Method};
use tidemill_aws::generated::MODELS;
use tidemill_aws::{HttpRequest, Protocol, protocol, route};

/// The first two bytes choose an operation, the third what the rest is: body, query or path.
pub(crate) fn run(data: &[u8]) {
    let [high, low, part, rest @ ..] = data else { return };
    let operations = MODELS.iter().flat_map(|model| model.operations.iter().copied());
    let chosen = usize::from(u16::from_be_bytes([*high, *low]));
    let Some(operation) = operations.clone().nth(chosen % operations.count()) else { return };
    let text = String::from_utf8_lossy(rest).into_owned();
    let (path, query, body) = match part % 3 {
        0 => ("/".to_owned(), String::new(), Bytes::copy_from_slice(rest)),
        1 => ("/".to_owned(), text, Bytes::new()),
        _ => (format!("/{text}"), String::new(), Bytes::new()),
    };
    let headers = HeaderMap::new();
    let request = HttpRequest { method: Method::POST, path, query, headers, body };
    for protocol in [Protocol::Json10, Protocol::Query, Protocol::RestJson] {
        let _ = protocol::read(operation, protocol, &request);
    }
    let _ = route::route(&request, None);
    let _ = route::route(&request, Some(operation.model.service.as_str()));
}
