//! A request and a response as bytes with a head: what every codec reads and writes.

use crate::percent;
use bytes::Bytes;
use http::{HeaderMap, Method};

/// A complete request: head and body are there, nothing is decoded yet.
#[derive(Clone, Debug)]
pub struct HttpRequest {
    pub method: Method,
    /// The path as sent, still percent-encoded, without the query.
    pub path: String,
    /// The query string as sent, without `?`; empty when there is none.
    pub query: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl HttpRequest {
    /// A header's text; `None` when it is absent or not visible ASCII.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The parameters of the query string, decoded, in order; `None` when one is not UTF-8.
    #[must_use]
    pub fn query_parameters(&self) -> Option<Vec<(String, String)>> {
        percent::pairs(&self.query)
            .map(|pair| pair.map(|(name, value)| (name.into_owned(), value.into_owned())))
            .collect()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpResponse {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Bytes,
}
