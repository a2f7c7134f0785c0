//! Writes one stream: lines, the records around them, and the limits on both.

use super::{LogGroup, LogLimits, LogStore, MESSAGE_BYTES_MAX, segment_name, segments};
use crate::clock::now_ms;
use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What `LogType=Tail` returns.
const TAIL_BYTES_MAX: usize = 4 << 10;
/// Records are written together up to here; a request's few lines are one write.
const BATCH_BYTES_MAX: usize = 32 << 10;
/// How long output is dropped unread once the budget is spent.
const MUTE_DURATION: Duration = Duration::from_millis(50);

/// What a function may still log: one bucket for all its sandboxes.
#[derive(Clone, Debug)]
pub(crate) struct LogBudget {
    bucket: Arc<Mutex<Bucket>>,
}

#[derive(Debug)]
struct Bucket {
    tokens: u64,
    filled: Instant,
    bytes_per_second: u64,
    burst_bytes: u64,
    dropped_bytes: u64,
}

impl LogBudget {
    pub(crate) fn new(limits: LogLimits) -> LogBudget {
        let bucket = Bucket {
            tokens: limits.burst_bytes,
            filled: Instant::now(),
            bytes_per_second: limits.bytes_per_second,
            burst_bytes: limits.burst_bytes,
            dropped_bytes: 0,
        };
        LogBudget { bucket: Arc::new(Mutex::new(bucket)) }
    }

    /// Whether `bytes` may be written; if not, they count as dropped.
    fn take(&self, bytes: u64) -> bool {
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let elapsed_ms = u64::try_from(bucket.filled.elapsed().as_millis()).unwrap_or(u64::MAX);
        // Whole milliseconds only, so that frequent small takes lose no fraction of a token.
        if elapsed_ms > 0 {
            let fresh = elapsed_ms.saturating_mul(bucket.bytes_per_second) / 1000;
            bucket.tokens = bucket.tokens.saturating_add(fresh).min(bucket.burst_bytes);
            bucket.filled = Instant::now();
        }
        if bucket.tokens < bytes {
            bucket.dropped_bytes = bucket.dropped_bytes.saturating_add(bytes);
            return false;
        }
        bucket.tokens -= bytes;
        true
    }

    fn count_dropped(&self, bytes: u64) {
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        bucket.dropped_bytes = bucket.dropped_bytes.saturating_add(bytes);
    }

    pub(crate) fn dropped_bytes(&self) -> u64 {
        self.bucket.lock().unwrap_or_else(PoisonError::into_inner).dropped_bytes
    }
}

/// The log stream of one sandbox.
#[derive(Debug)]
pub(crate) struct StreamWriter {
    directory: PathBuf,
    stream: String,
    limits: LogLimits,
    budget: LogBudget,
    /// Opened with the first record: an idle stream leaves no file.
    file: Option<File>,
    segment_index: u32,
    segment_bytes: u64,
    batch: Vec<u8>,
    /// A line whose end has not come yet.
    partial: Vec<u8>,
    /// Set when the budget ran out; nothing is split into lines until then.
    muted_until: Option<Instant>,
    /// The beginning of this line was dropped, so its rest would mean nothing.
    skips_to_line_end: bool,
    dropped_bytes: u64,
    tail: VecDeque<u8>,
}

impl StreamWriter {
    pub(crate) fn new(
        store: &LogStore,
        group: &LogGroup,
        stream: String,
        budget: LogBudget,
    ) -> StreamWriter {
        StreamWriter {
            directory: store.group_directory(group),
            stream,
            limits: store.limits,
            budget,
            file: None,
            segment_index: 0,
            segment_bytes: 0,
            batch: Vec::new(),
            partial: Vec::new(),
            muted_until: None,
            skips_to_line_end: false,
            dropped_bytes: 0,
            tail: VecDeque::new(),
        }
    }

    /// Forgets the tail of the invocation before.
    pub(crate) fn begin_tail(&mut self) {
        self.tail.clear();
    }

    pub(crate) fn tail(&self) -> Vec<u8> {
        self.tail.iter().copied().collect()
    }

    /// Writes a record of our own. These are few, so they are never dropped for their rate.
    pub(crate) fn record(&mut self, message: &str) {
        self.append(message.as_bytes());
    }

    /// Takes a piece of the function's output and writes the lines it completes.
    pub(crate) fn output(&mut self, piece: &[u8]) {
        if self.is_muted() {
            // Counted at once and not line by line: a function that prints a gigabyte costs
            // the host one addition per piece.
            self.count_dropped(piece.len() as u64);
            self.skips_to_line_end = piece.last() != Some(&b'\n');
            return;
        }
        let mut lines = piece.split_inclusive(|byte| *byte == b'\n').peekable();
        if self.skips_to_line_end
            && let Some(rest) = lines.next()
        {
            self.count_dropped(rest.len() as u64);
            self.skips_to_line_end = rest.last() != Some(&b'\n');
        }
        for line in lines {
            self.line(line);
        }
    }

    fn line(&mut self, line: &[u8]) {
        let (line, is_complete) = match line.strip_suffix(b"\n") {
            Some(line) => (line, true),
            None => (line, false),
        };
        let mut rest = line;
        while self.partial.len() + rest.len() > MESSAGE_BYTES_MAX {
            let (part, after) = rest.split_at(MESSAGE_BYTES_MAX - self.partial.len());
            self.partial.extend_from_slice(part);
            self.end_line();
            rest = after;
        }
        self.partial.extend_from_slice(rest);
        if is_complete {
            self.end_line();
        }
    }

    /// Writes a line whose end did not come, and says what was dropped.
    pub(crate) fn end_output(&mut self) {
        if !self.partial.is_empty() {
            self.end_line();
        }
        self.skips_to_line_end = false;
        if self.dropped_bytes > 0 {
            let notice = format!(
                "tidemill: dropped {} bytes of output above the limit of {} bytes per second",
                self.dropped_bytes, self.limits.bytes_per_second
            );
            self.dropped_bytes = 0;
            self.record(&notice);
        }
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.partial);
        if self.budget.take(line.len() as u64 + 1) {
            self.append(line.strip_suffix(b"\r").unwrap_or(&line));
        } else {
            self.dropped_bytes += line.len() as u64 + 1;
            self.muted_until = Some(Instant::now() + MUTE_DURATION);
        }
        self.partial = line;
        self.partial.clear();
    }

    fn is_muted(&mut self) -> bool {
        if self.muted_until.is_some_and(|until| Instant::now() >= until) {
            self.muted_until = None;
        }
        self.muted_until.is_some()
    }

    fn count_dropped(&mut self, bytes: u64) {
        self.dropped_bytes += bytes;
        self.budget.count_dropped(bytes);
    }

    fn append(&mut self, message: &[u8]) {
        self.extend_tail(message);
        self.batch.extend_from_slice(format!("{} {} ", now_ms(), message.len()).as_bytes());
        self.batch.extend_from_slice(message);
        self.batch.push(b'\n');
        if self.batch.len() >= BATCH_BYTES_MAX {
            self.flush();
        }
    }

    fn extend_tail(&mut self, message: &[u8]) {
        let from = message.len().saturating_sub(TAIL_BYTES_MAX);
        self.tail.extend(message.get(from..).unwrap_or_default());
        self.tail.push_back(b'\n');
        let excess = self.tail.len().saturating_sub(TAIL_BYTES_MAX);
        self.tail.drain(..excess);
    }

    /// Makes what was recorded visible to readers.
    pub(crate) fn flush(&mut self) {
        if self.batch.is_empty() {
            return;
        }
        let batch = std::mem::take(&mut self.batch);
        if self.write(&batch).is_err() {
            // A full disk must not stop a function. The loss shows in the counter and, once
            // there is room again, in the stream.
            self.file = None;
            self.count_dropped(batch.len() as u64);
        }
        self.batch = batch;
        self.batch.clear();
    }

    fn write(&mut self, batch: &[u8]) -> std::io::Result<()> {
        if self.file.is_some()
            && self.segment_bytes + batch.len() as u64 > self.limits.segment_bytes_max
        {
            self.file = None;
            self.segment_index += 1;
        }
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                self.make_room()?;
                let path = self.directory.join(segment_name(&self.stream, self.segment_index));
                let file = File::options().create(true).append(true).open(path)?;
                self.segment_bytes = file.metadata()?.len();
                self.file.insert(file)
            }
        };
        file.write_all(batch)?;
        self.segment_bytes += batch.len() as u64;
        Ok(())
    }

    /// Removes the oldest segments, so that stream and group keep to their sizes with one more.
    fn make_room(&self) -> std::io::Result<()> {
        fs::create_dir_all(&self.directory)?;
        let mut kept = segments(&self.directory)?;
        kept.sort_by_key(|segment| (segment.modified_ms, segment.index));
        let sum = |bytes: u64, segment: &super::Segment| bytes + segment.bytes;
        let mut group_bytes = kept.iter().fold(self.limits.segment_bytes_max, sum);
        let mut stream_bytes = kept
            .iter()
            .filter(|segment| segment.stream == self.stream)
            .fold(self.limits.segment_bytes_max, sum);
        for segment in &kept {
            let is_own = segment.stream == self.stream;
            let is_excess = group_bytes > self.limits.group_bytes_max
                || is_own && stream_bytes > self.limits.stream_bytes_max;
            if is_excess && fs::remove_file(&segment.path).is_ok() {
                group_bytes -= segment.bytes;
                stream_bytes -= if is_own { segment.bytes } else { 0 };
            }
        }
        Ok(())
    }
}

impl Drop for StreamWriter {
    fn drop(&mut self) {
        self.end_output();
        self.flush();
    }
}
