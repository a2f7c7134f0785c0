//! The fuzz targets about this crate, on bytes made up by proptest: bounded, and with any compiler.

#[path = "../../../fuzz/targets/filters.rs"]
mod filters;

use proptest::prelude::*;

#[test]
fn deep_policies_and_messages_are_refused_or_read() {
    let deep = 200_000;
    for bytes in [b"[".repeat(deep), b"{\"a\":".repeat(deep), b"{\"$or\":[".repeat(deep)] {
        for first in [0, 1, 126, 127, 254, 255] {
            filters::run(&[&[first], bytes.as_slice()].concat());
        }
    }
    let policy = br#"{"a":["b"]}"#;
    let message = b"{\"a\":".repeat(deep);
    let share = u8::try_from(policy.len() * 127 / (policy.len() + message.len())).unwrap_or(0);
    for first in [2 * share, 2 * share + 1, 2 * share + 2, 2 * share + 3] {
        filters::run(&[&[first], policy.as_slice(), &message].concat());
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 3_000,
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn no_policy_and_no_message_panics(
        first in any::<u8>(),
        rest in prop_oneof![
            any::<Vec<u8>>(),
            concat!(
                "(\\{\"[a-c.]{1,3}\":(\\[(\"[a-z*]{0,3}\"|[0-9.e-]{1,5}|null|\\{\"",
                "(prefix|suffix|wildcard|numeric|exists|anything-but|cidr|equals-ignore-case)\":",
                "(\"[a-z*.0-9/]{0,9}\"|true|\\[[^\\]]{0,12}\\])\\}),?\\]|[^}]{0,9})\\},?){1,4}",
            )
                .prop_map(String::into_bytes),
        ],
    ) {
        filters::run(&[&[first], rest.as_slice()].concat());
    }
}
