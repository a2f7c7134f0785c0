//! `cargo +nightly fuzz run runtime_api`: the Runtime API's HTTP, guided by coverage.

#![no_main]

#[path = "../../crates/runner/src/api/http.rs"]
mod http;
#[path = "../targets/runtime_api.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| target::run(data));
