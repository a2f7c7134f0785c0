//! `cargo +nightly fuzz run object_names`: names that clients send, guided by coverage.

#![no_main]

#[path = "../targets/object_names.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| target::run(data));
