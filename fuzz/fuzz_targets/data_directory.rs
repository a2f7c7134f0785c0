//! `cargo +nightly fuzz run data_directory`: files of a data directory, guided by coverage.

#![no_main]

#[path = "../targets/data_directory.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| target::run(data));
