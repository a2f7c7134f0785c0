//! `cargo +nightly fuzz run signatures`: signatures, guided by coverage.

#![no_main]

#[path = "../targets/signatures.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| target::run(data));
