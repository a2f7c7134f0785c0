//! The fuzz targets about this crate, on bytes made up by proptest: bounded, and with any compiler.

#[path = "../../../fuzz/targets/protocols.rs"]
mod protocols;
#[path = "../../../fuzz/targets/signatures.rs"]
mod signatures;

use proptest::prelude::*;

/// What readers are most often wrong about: depth, length, and an end in the middle.
fn nasty() -> Vec<Vec<u8>> {
    let deep = 20_000;
    vec![
        b"[".repeat(deep),
        b"{\"a\":".repeat(deep),
        b"{\"MessageBody\":[".repeat(deep / 4),
        [b"{\"QueueUrl\":\"".as_slice(), &b"\\u00".repeat(1_000)].concat(),
        [b"{\"QueueUrl\":".as_slice(), &b"9".repeat(deep)].concat(),
        b"Attribute.1.Name.".repeat(deep / 20),
        b"a.1.b.2=%".repeat(1_000),
        b"\xff\xfe\x00%zz&&==".to_vec(),
    ]
}

#[test]
fn deep_and_broken_requests_are_refused() {
    for body in nasty() {
        for operation in (0..=u16::MAX).step_by(5_557) {
            let [high, low] = operation.to_be_bytes();
            for part in 0..3 {
                protocols::run(&[&[high, low, part], body.as_slice()].concat());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2_000,
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn no_request_panics(
        choice in any::<[u8; 3]>(),
        rest in prop_oneof![
            any::<Vec<u8>>(),
            "[\\[\\]{}:,\"A-Za-z0-9.=&%+ -]{0,80}".prop_map(String::into_bytes),
        ],
    ) {
        protocols::run(&[&choice, rest.as_slice()].concat());
    }

    #[test]
    fn no_signature_panics_or_verifies(
        authorization in "(AWS4-HMAC-SHA256 )?(Credential=[A-Za-z0-9/]{0,50})?\
                          (, ?SignedHeaders=[a-z;-]{0,30})?(, ?Signature=[0-9a-f]{0,64})?",
        rest in "[ -~\n]{0,120}",
    ) {
        signatures::run(format!("{authorization}\n{rest}").as_bytes());
        signatures::run(rest.as_bytes());
    }
}
