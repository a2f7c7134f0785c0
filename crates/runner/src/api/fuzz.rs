//! The fuzz target about the Runtime API's HTTP, on bytes made up by proptest: bounded, and with
//! any compiler.

use super::http;

#[path = "../../../../fuzz/targets/runtime_api.rs"]
mod target;

use proptest::prelude::*;

/// What the requests of clients are made of.
fn request_like() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just("POST /a HTTP/1.1\r\n"),
        Just("GET http://h/next?x HTTP/1.0\r\n"),
        Just("Content-Length: 4\r\n"),
        Just("Content-Length: 18446744073709551615\r\n"),
        Just("Transfer-Encoding: chunked\r\n"),
        Just("Expect: 100-continue\r\n"),
        Just("Connection: close\r\n"),
        Just("Lambda-Runtime-Function-Error-Type: X\r\n"),
        Just("\r\n"),
        Just("4\r\nbody\r\n"),
        Just("ffffffffffffffff\r\n"),
        Just("0\r\n\r\n"),
        Just("body"),
        Just(":"),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat().into_bytes())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 3_000,
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn no_request_panics_or_depends_on_its_pieces(
        choice in any::<[u8; 2]>(),
        wire in prop_oneof![any::<Vec<u8>>(), request_like()],
    ) {
        target::run(&[&choice, wire.as_slice()].concat());
    }
}
