//! The fuzz target about the configuration, on bytes made up by proptest: bounded, and with any
//! compiler.

use crate::config;

#[path = "../../../fuzz/targets/config.rs"]
mod target;

use proptest::prelude::*;

/// A key with a value that may be none for it.
fn line() -> impl Strategy<Value = String> {
    let key = prop_oneof![
        Just("data"),
        Just("listen"),
        Just("allow_plaintext"),
        Just("account_id"),
        Just("region"),
        Just("log_level"),
        Just("connections_max"),
        Just("drain_seconds"),
        Just("checkpoint_log_mebibytes"),
        Just("checkpoint_interval_seconds"),
        Just("memory_max"),
        Just("partition_threads"),
        Just("functions.python"),
        Just("deliveries.allow"),
    ];
    let value = prop_oneof![
        any::<i64>().prop_map(|number| number.to_string()),
        (0_i64..20).prop_map(|number| number.to_string()),
        "'[0-9a-z:/. MGiB-]{0,20}'",
        "\\['[0-9a-f:./]{0,12}'\\]",
        Just("true".to_owned()),
        Just("'9999999999 GiB'".to_owned()),
    ];
    (key, value).prop_map(|(key, value)| format!("{key} = {value}\n"))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2_000,
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn no_configuration_panics_or_is_taken_that_means_nothing(
        text in prop_oneof![
            "\\PC{0,60}",
            prop::collection::vec(line(), 1..5).prop_map(|lines| lines.concat()),
        ],
    ) {
        target::run(format!("\n\n{text}").as_bytes());
    }
}
