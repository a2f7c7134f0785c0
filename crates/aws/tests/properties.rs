//! What holds for any input: nothing panics, and what is written reads back.

use bytes::Bytes;
use http::{HeaderMap, Method};
use proptest::prelude::*;
use std::borrow::Cow;
use tidemill_aws::generated::MODELS;
use tidemill_aws::schema::{Kind, Location, Operation, Schema};
use tidemill_aws::sigv4::{self, SigningKey};
use tidemill_aws::value::Value;
use tidemill_aws::{HttpRequest, Protocol, protocol, route};
use tidemill_kernel::{Timestamp, Uuid};

/// Deeper, values are absent: shapes may hold themselves.
const DEPTH_MAX: u32 = 6;

fn operations() -> Vec<&'static Operation> {
    MODELS.iter().flat_map(|model| model.operations.iter().copied()).collect()
}

fn request(path: String, query: String, body: Vec<u8>) -> HttpRequest {
    let (method, headers) = (Method::POST, HeaderMap::new());
    HttpRequest { method, path, query, headers, body: Bytes::from(body) }
}

/// Any value of a shape, with what a list or map cannot hold left out.
fn value_of(schema: &'static Schema, depth: u32) -> BoxedStrategy<Value<'static>> {
    match schema.kind {
        Kind::Boolean => any::<bool>().prop_map(Value::Boolean).boxed(),
        Kind::Integer => any::<i32>().prop_map(|number| Value::Integer(number.into())).boxed(),
        Kind::Long => any::<i64>().prop_map(Value::Integer).boxed(),
        Kind::Float | Kind::Double => (-1e9..1e9).prop_map(Value::Double).boxed(),
        Kind::String => any::<String>().prop_map(|text| Value::String(Cow::Owned(text))).boxed(),
        Kind::Blob => any::<Vec<u8>>().prop_map(|bytes| Value::Blob(Bytes::from(bytes))).boxed(),
        Kind::Timestamp(_) => (0..4_102_444_799_999_i64).prop_map(Value::Timestamp).boxed(),
        Kind::List { member, .. } => {
            prop::collection::vec(value_of(member, depth + 1), 0..3).prop_map(Value::List).boxed()
        }
        Kind::Map { value, .. } => {
            prop::collection::btree_map(any::<String>(), value_of(value, depth + 1), 0..3)
                .prop_map(|entries| {
                    Value::Map(entries.into_iter().map(|(k, v)| (Cow::Owned(k), v)).collect())
                })
                .boxed()
        }
        Kind::Structure(members) => members
            .iter()
            .map(|member| match (depth < DEPTH_MAX, member.location) {
                (true, Location::Body) => {
                    prop_oneof![Just(Value::Absent), value_of(member.schema, depth + 1)].boxed()
                }
                (false, _) | (true, _) => Just(Value::Absent).boxed(),
            })
            .collect::<Vec<_>>()
            .prop_map(Value::Structure)
            .boxed(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_in_json_reads_back(
        (operation, value) in prop::sample::select(operations())
            .prop_flat_map(|operation| (Just(operation), value_of(operation.output, 0)))
    ) {
        let response = protocol::write(operation, Protocol::Json10, &value, Uuid([7; 16]));
        let mirrored = Box::leak(Box::new(Operation { input: operation.output, ..*operation }));
        let request = request("/".to_owned(), String::new(), response.body.to_vec());
        let read = protocol::read(mirrored, Protocol::Json10, &request);
        prop_assert_eq!(read.map_err(|error| error.message), Ok(value));
    }

    #[test]
    fn nothing_a_stranger_sends_panics(
        operation in prop::sample::select(operations()),
        path in "(/[a-z0-9.%{}+-]{0,12}){0,6}",
        query in "([A-Za-z.0-9%-]{0,9}=?[^&]{0,6}&?){0,5}",
        body in prop_oneof![
            any::<Vec<u8>>(),
            "([A-Za-z.0-9]{0,12}=[^&]{0,6}&){0,5}".prop_map(String::into_bytes),
            "[\\[{]?(\"[A-Za-z]{0,9}\":?[0-9tfn\\[{\"]{0,3},?){0,5}[\\]}]?"
                .prop_map(String::into_bytes),
        ],
    ) {
        let request = request(path, query, body);
        for protocol in [Protocol::Json10, Protocol::Query, Protocol::RestJson] {
            let _ = protocol::read(operation, protocol, &request);
        }
        let _ = route::route(&request, None);
        let _ = route::route(&request, Some(operation.model.service.as_str()));
    }

    #[test]
    fn no_signature_panics(
        authorization in "AWS4-HMAC-SHA256 (Credential=[ -~]{0,60}, ?)?(SignedHeaders=[ -~]{0,30}, \
                          ?)?(Signature=[0-9a-f+]{0,64})?",
        date in "[0-9]{8}T[0-9]{6}Z|[ -~]{0,30}",
        query in "(X-Amz-Algorithm=AWS4-HMAC-SHA256&)?([ -~]{0,20}&?){0,4}",
        now in any::<u64>(),
    ) {
        let mut request = request("/a/../b".to_owned(), query, Vec::new());
        request.headers.insert("authorization", authorization.parse().expect("printable"));
        request.headers.insert("x-amz-date", date.parse().expect("printable"));
        if let Ok(signature) = sigv4::parse(&request) {
            let key = SigningKey::derive("secret", &signature.scope);
            prop_assert!(sigv4::verify(&signature, &key, &request, Timestamp(now)).is_err());
        }
    }
}
