//! Function logs: append-only files outside the log, one stream per sandbox.
//!
//! ```text
//! <root>/<account>/<region>/<group>/<stream>.<segment>.log
//!
//! 1795168155007 42 START RequestId: 8f…
//! └─ms since 1970  └─bytes of the message, which may itself have line breaks
//! ```
//!
//! Plain text, so that `grep` and `tail -f` work on it; the length makes it exact.
//!
//! # Invariants
//!
//! - A record is readable whole or not at all: a torn last record is skipped.
//! - A stream and a group keep to their sizes: the oldest segments go first.
//! - What was dropped for its rate is counted in a record of its own.
//!
//! AWS behaviour this follows: CloudWatch Logs, "Working with log groups and log streams", and
//! the API reference of `GetLogEvents` and `FilterLogEvents`.

mod reader;
mod writer;

pub use reader::{Event, EventsPage, EventsQuery, FilterPage, FilterQuery, StreamSummary};
pub(crate) use writer::{LogBudget, StreamWriter};

use std::fmt::Write;
use std::path::{Path, PathBuf};

/// The longest message, as Lambda cuts it.
pub const MESSAGE_BYTES_MAX: usize = 256 << 10;

/// How much of a function's output is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogLimits {
    /// What one function may write per second in the long run.
    pub bytes_per_second: u64,
    /// What it may write at once.
    pub burst_bytes: u64,
    pub segment_bytes_max: u64,
    pub stream_bytes_max: u64,
    pub group_bytes_max: u64,
}

impl Default for LogLimits {
    fn default() -> LogLimits {
        LogLimits {
            bytes_per_second: 2 << 20,
            burst_bytes: 8 << 20,
            segment_bytes_max: 8 << 20,
            stream_bytes_max: 64 << 20,
            group_bytes_max: 512 << 20,
        }
    }
}

/// Which log group: names are unique within an account and region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogGroup {
    pub account: String,
    pub region: String,
    pub name: String,
}

/// The logs of all functions, below one directory.
#[derive(Clone, Debug)]
pub struct LogStore {
    root: PathBuf,
    limits: LogLimits,
}

impl LogStore {
    #[must_use]
    pub fn new(root: PathBuf, limits: LogLimits) -> LogStore {
        LogStore { root, limits }
    }

    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn region_directory(&self, account: &str, region: &str) -> PathBuf {
        self.root.join(encode_name(account)).join(encode_name(region))
    }

    fn group_directory(&self, group: &LogGroup) -> PathBuf {
        self.region_directory(&group.account, &group.region).join(encode_name(&group.name))
    }
}

/// A name as a single path component that no name can escape from.
fn encode_name(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'$' | b'[' | b']' => {
                encoded.push(char::from(byte));
            }
            _ => write!(encoded, "%{byte:02X}").expect("a string takes every write"),
        }
    }
    encoded
}

fn decode_name(encoded: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
    }
    String::from_utf8(bytes).ok()
}

/// One segment file of a stream.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Segment {
    stream: String,
    index: u32,
    path: PathBuf,
    bytes: u64,
    modified_ms: u64,
}

fn segment_name(stream: &str, index: u32) -> String {
    format!("{}.{index:08}.log", encode_name(stream))
}

/// The segments of a group, by stream and age. A group that never logged has none.
fn segments(directory: &Path) -> std::io::Result<Vec<Segment>> {
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let Some((stream, index)) = name.to_str().and_then(parse_segment_name) else { continue };
        // A segment may be rotated away while we look.
        let Ok(metadata) = entry.metadata() else { continue };
        let modified_ms = metadata
            .modified()
            .ok()
            .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok())
            .and_then(|since| u64::try_from(since.as_millis()).ok())
            .unwrap_or(0);
        let bytes = metadata.len();
        found.push(Segment { stream, index, path: entry.path(), bytes, modified_ms });
    }
    found.sort();
    Ok(found)
}

fn parse_segment_name(name: &str) -> Option<(String, u32)> {
    let (stream, index) = name.strip_suffix(".log")?.rsplit_once('.')?;
    Some((decode_name(stream)?, index.parse().ok()?))
}

#[cfg(test)]
mod tests;
