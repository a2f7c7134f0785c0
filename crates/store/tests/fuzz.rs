//! The fuzz targets about this crate, on bytes made up by proptest: bounded, and with any compiler.

#[path = "../../../fuzz/targets/data_directory.rs"]
mod data_directory;

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
}
