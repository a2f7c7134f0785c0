//! `cargo +nightly fuzz run sealed_files`: files with right checksums, guided by coverage.

#![no_main]

#[expect(dead_code, reason = "what it runs by itself is another target")]
#[path = "../targets/data_directory.rs"]
mod data_directory;
#[path = "../targets/sealed_files.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| target::run(data));
