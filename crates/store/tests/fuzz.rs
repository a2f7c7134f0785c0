//! The fuzz targets about this crate, on bytes made up by proptest: bounded, and with any compiler.

#[path = "../../../fuzz/targets/data_directory.rs"]
mod data_directory;

#[path = "../../../fuzz/targets/sealed_files.rs"]
mod sealed_files;

use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn no_file_panics(place in any::<[u8; 4]>(), rest in any::<Vec<u8>>()) {
        data_directory::run(&[&place, rest.as_slice()].concat());
    }

    #[test]
    fn no_sealed_file_panics(
        place in any::<[u8; 4]>(),
        rest in prop_oneof![
            any::<Vec<u8>>(),
            any::<[u8; 1]>().prop_map(Vec::from),
            Just(vec![0xff; 4]),
            Just(vec![0xff; 8]),
            Just(vec![0; 8]),
        ],
    ) {
        sealed_files::run(&[&place, rest.as_slice()].concat());
    }
}
