//! `cargo +nightly fuzz run protocols`: requests of strangers, guided by coverage.

#![no_main]

#[path = "../targets/protocols.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| target::run(data));
