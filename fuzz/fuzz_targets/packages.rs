//! `cargo +nightly fuzz run packages`: packages of functions, guided by coverage.

#![no_main]

#[path = "../../crates/node/src/functions/packages.rs"]
mod packages;
#[path = "../targets/packages.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| target::run(data));
