//! The fuzz targets about this crate, on bytes made up by proptest: bounded, and with any compiler.

#[path = "../../../fuzz/targets/edits.rs"]
mod edits;
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

/// JSON of few names, so that patches meet what there is.
fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("1".to_owned()),
        Just("10.10".to_owned()),
        Just("\"a~/\\u0041\"".to_owned()),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|items| format!("[{}]", items.join(" ,"))),
            prop::collection::btree_map("[ab~/]{0,2}", inner, 0..4).prop_map(|members| {
                let members = members.iter().map(|(name, value)| format!("\"{name}\": {value}"));
                format!("{{{}}}", members.collect::<Vec<_>>().join(","))
            }),
        ]
    })
}

fn operation() -> impl Strategy<Value = String> {
    let path = "(/(a|b|ab|0|1|2|-|01|~0|~1|)){0,3}";
    (prop::sample::select(&["add", "remove", "replace", "move", "copy"][..]), path, path, value())
        .prop_map(|(op, path, from, value)| match op {
            "remove" => format!(r#"{{"op":"remove","path":"{path}"}}"#),
            "move" | "copy" => format!(r#"{{"op":"{op}","path":"{path}","from":"{from}"}}"#),
            _ => format!(r#"{{"op":"{op}","path":"{path}","value":{value}}}"#),
        })
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

proptest! {
    // Each edit is carried out by a core of its own.
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn no_edit_panics_or_means_something_else(
        choice in any::<[u8; 2]>(),
        rest in "[\\[\\]{}:,\"a-c0-9~/ -]{0,60}",
    ) {
        edits::run(&[&choice, rest.as_bytes()].concat());
    }

    #[test]
    fn edits_of_objects_and_lists_are_what_they_mean(
        body in value(),
        patch in prop::collection::vec(operation(), 1..4),
        merge in value(),
        how in 0_u8..4,
    ) {
        let patch = if how & 1 == 0 { merge } else { format!("[{}]", patch.join(",")) };
        let share = (body.len() * 255).div_ceil(body.len() + patch.len());
        let share = u8::try_from(share).unwrap_or(255);
        // What the share cuts off in the wrong place is no JSON, and read by the target above.
        let cut = (body.len() + patch.len()) * usize::from(share) / 255;
        let body = format!("{body}{}", " ".repeat(cut.saturating_sub(body.len())));
        edits::run(&[&[how, share], body.as_bytes(), patch.as_bytes()].concat());
    }
}
