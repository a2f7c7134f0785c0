//! `cargo +nightly fuzz run entries`: entries of the log, guided by coverage.

#![no_main]

#[path = "../targets/entries.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| target::run(data));
