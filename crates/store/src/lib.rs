//! Log, checkpoints, rows, bodies and blobs: the only crate that knows files.

pub mod disk;
