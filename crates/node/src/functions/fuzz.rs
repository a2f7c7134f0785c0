//! The fuzz target about packages, on bytes made up by proptest: bounded, and with any compiler.

use super::packages;

#[path = "../../../../fuzz/targets/packages.rs"]
mod target;

use proptest::prelude::*;

/// Names that lead somewhere else, that are not files, or that stand in each other's way.
#[test]
fn names_that_cannot_be_unpacked_are_not_taken() {
    let long = "n".repeat(256);
    let deep = "d/".repeat(3_000);
    for names in [
        "fa\nfa/b",
        "fa/b\nfa",
        "fa/b\nda/b",
        "da\nfa",
        "f.\nf..\nf/",
        "f./a\nfa",
        "fa//b\nfa/b",
        "f../evil\nf/etc/evil\nlpasswd",
        "fa\\b\nf..\\evil",
        &format!("f{long}"),
        &format!("f{deep}"),
    ] {
        target::run(format!("\u{1}{names}").as_bytes());
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn no_package_panics(
        data in prop_oneof![
            any::<Vec<u8>>(),
            "\u{1}([fdl][a-c./\\\\\u{0}]{0,6}\n){1,6}".prop_map(String::into_bytes),
        ],
    ) {
        target::run(&data);
    }
}
