//! `cargo +nightly fuzz run filters`: filter policies, guided by coverage.

#![no_main]

#[path = "../targets/filters.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| target::run(data));
