//! `cargo +nightly fuzz run requests`: requests down to the domain, guided by coverage.

#![no_main]

#[path = "../targets/requests.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| target::run(data));
