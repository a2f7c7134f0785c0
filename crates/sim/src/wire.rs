//! The wire as a client sees it: JSON in, JSON out, through the real codecs.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use serde_json::Value;
use tidemill_aws::{HttpRequest, Protocol, WireError};
use tidemill_kernel::{AccountId, Caller, Region, Uuid};
use tidemill_node::core::Answer;
use tidemill_services::{Reply, Work, sns, sqs};

/// The account and region that every simulated client uses.
#[must_use]
pub fn caller() -> Caller {
    Caller {
        account: AccountId::parse("000000000000").expect("twelve digits"),
        region: Region::parse("us-east-1").expect("a region's name"),
        principal: "arn:aws:iam::000000000000:root".to_owned(),
        access_key_id: "AKIASIMULATED".to_owned(),
        base_url: "http://sim".to_owned(),
        request_id: Uuid::from_random([0; 16]),
    }
}

/// Reads a request for a queue as the edge would.
pub fn decode(operation: &str, input: &Value) -> Result<Work, WireError> {
    sqs::decode(operation, Protocol::Json10, &request(input), &caller())
}

/// Reads a request for a topic: codecs go by shapes, so JSON does where real clients write forms.
pub fn decode_sns(operation: &str, input: &Value) -> Result<Work, WireError> {
    sns::decode(operation, Protocol::Json10, &request(input), &caller())
}

fn request(input: &Value) -> HttpRequest {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/x-amz-json-1.0"));
    HttpRequest {
        method: Method::POST,
        path: "/".to_owned(),
        query: String::new(),
        headers,
        body: Bytes::from(input.to_string()),
    }
}

/// Writes an answer as the edge would, and reads it back as a client would. A refusal becomes
/// its error code.
pub fn encode(operation: &str, answer: Answer) -> Result<Value, String> {
    match answer {
        Ok(Reply::Sqs(reply)) => {
            let response = sqs::encode(operation, Protocol::Json10, reply, &caller());
            Ok(serde_json::from_slice(&response.body).unwrap_or(Value::Null))
        }
        // What the node tells itself has no answer on the wire.
        Ok(Reply::Sns(reply)) if !matches!(operation, "HttpDone" | "Signed") => {
            let response = sns::encode(operation, Protocol::Json10, reply, &caller());
            Ok(serde_json::from_slice(&response.body).unwrap_or(Value::Null))
        }
        Ok(_) => Ok(Value::Null),
        Err(error) => Err(error.wire().shape.into_owned()),
    }
}
