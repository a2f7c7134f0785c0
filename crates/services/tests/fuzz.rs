//! The fuzz targets about this crate, on bytes made up by proptest: bounded, and with any compiler.

#[path = "../../../fuzz/targets/entries.rs"]
mod entries;
#[path = "../../../fuzz/targets/object_names.rs"]
mod object_names;
#[path = "../../../fuzz/targets/requests.rs"]
mod requests;

use proptest::prelude::*;

#[test]
fn deep_entries_are_refused() {
    for opening in [0x81, 0x82, 0x9f, 0xa1, 0xbf, 0xc1, 0xd8] {
        entries::run(&[opening].repeat(200_000));
    }
}

/// Arrays of few short things, as entries are made of.
fn entry_like() -> impl Strategy<Value = Vec<u8>> {
    let item = prop_oneof![
        (0_u8..24).prop_map(|number| vec![number]),
        (0_u8..6).prop_map(|length| vec![0x80 | length]),
        any::<[u8; 3]>().prop_map(|text| vec![
            0x63,
            text[0] & 0x7f,
            text[1] & 0x7f,
            text[2] & 0x7f
        ]),
        any::<[u8; 2]>().prop_map(|bytes| vec![0x42, bytes[0], bytes[1]]),
        any::<[u8; 8]>().prop_map(|number| [&[0x1b], number.as_slice()].concat()),
        Just(vec![0xf6]),
    ];
    prop::collection::vec(item, 0..24)
        .prop_map(|items| [&[0x82, 0x82], items.concat().as_slice()].concat())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 5_000,
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn no_entry_panics(data in prop_oneof![any::<Vec<u8>>(), entry_like()]) {
        entries::run(&data);
    }

    #[test]
    fn no_name_panics(data in prop_oneof![
        any::<Vec<u8>>(),
        "[a-z0-9./%A-Z_+=-]{0,70}".prop_map(String::into_bytes),
    ]) {
        object_names::run(&data);
    }

    #[test]
    fn no_request_panics(
        place in any::<[u8; 4]>(),
        rest in prop_oneof![
            any::<Vec<u8>>(),
            // What the strings inside are made of: JSON in JSON, escapes, ARNs and numbers.
            "[{}\\[\\]\"\\\\:,%&=.0-9a-z -]{0,24}".prop_map(String::into_bytes),
            Just(b"18446744073709551616".to_vec()),
            Just(b"-1".to_vec()),
            Just(b"arn:aws:::::".to_vec()),
            Just("\u{0}\u{ffff}".as_bytes().to_vec()),
        ],
    ) {
        requests::run(&[&place, rest.as_slice()].concat());
    }
}
