//! The fuzz target about the admin API's requests, on bytes made up by proptest: bounded, and with
//! any compiler.

use super::{input, refusal, routes};

#[path = "../../../../fuzz/targets/admin_requests.rs"]
mod target;

use proptest::prelude::*;

#[test]
fn deep_bodies_are_refused_or_read() {
    let deep = 20_000;
    for path in ["search", "redrives", "messages/1/edit"] {
        for body in [
            "[".repeat(deep),
            "{\"edit\":".repeat(deep),
            "{\"edit\":{\"json_patch\":[".repeat(deep),
        ] {
            target::run(format!("POST /_tidemill/queues/q/{path}\n{body}").as_bytes());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 3_000,
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn no_request_panics(
        method in prop_oneof![Just("GET"), Just("POST")],
        path in prop_oneof![
            Just("/messages"), Just("/search"), Just("/redrives"), Just("/messages/1/edit"),
            Just("/failures/00"), Just(""),
        ],
        query in concat!(
            "(\\?[a-z]{4,9}=[-0-9a-z%+:.]{0,12}",
            "(&(from|limit|state|id)=[-0-9a-z%]{0,9}){0,2})?",
        ),
        body in prop_oneof![
            "\\PC{0,60}",
            concat!(
                "\\{(\"(limit|from|text|paths|states|group|sent_from|fingerprint|edit|destination|",
                "messages_per_second|json_patch)\":",
                "(\"[0-9a-fTZ:.$-]{0,24}\"|[0-9-]{1,20}|null|\\[[\"a-z{}:,]{0,20}\\]|",
                "\\{[^}]{0,20}\\}),?)",
                "{0,3}\\}",
            ),
        ],
    ) {
        target::run(format!("{method} /_tidemill/queues/q{path}{query}\n{body}").as_bytes());
    }
}
