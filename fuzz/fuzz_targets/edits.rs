//! `cargo +nightly fuzz run edits`: edits of dead letters, guided by coverage.

#![no_main]

#[path = "../targets/edits.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| target::run(data));
