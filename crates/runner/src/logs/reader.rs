//! Reads streams: one page of events, or a search through a group.

use super::{LogGroup, LogStore, Segment, segments};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

/// One log event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub stream: String,
    pub timestamp_ms: u64,
    pub message: String,
    /// Where the event stands in its stream: grows with time, and never changes.
    pub position: u64,
}

/// What `DescribeLogStreams` shows of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamSummary {
    pub name: String,
    pub first_event_ms: u64,
    pub last_event_ms: u64,
    pub stored_bytes: u64,
}

/// Which events of one stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventsQuery {
    /// Inclusive.
    pub start_ms: Option<u64>,
    /// Exclusive, as `GetLogEvents` has it.
    pub end_ms: Option<u64>,
    /// Only events at or after this position.
    pub from: Option<u64>,
    /// Only events before this position.
    pub before: Option<u64>,
    /// The earliest `limit` events instead of the latest.
    pub starts_at_head: bool,
    pub limit: usize,
}

/// A page of one stream, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventsPage {
    pub events: Vec<Event>,
    /// Continues with `from`: the position after the last event.
    pub forward: u64,
    /// Continues with `before`: the position of the first event.
    pub backward: u64,
}

/// Which events of a group.
#[derive(Clone, Copy, Debug, Default)]
pub struct FilterQuery<'a> {
    /// Only these streams; all when empty.
    pub streams: &'a [String],
    pub stream_prefix: Option<&'a str>,
    /// Inclusive.
    pub start_ms: Option<u64>,
    /// Inclusive, as `FilterLogEvents` has it.
    pub end_ms: Option<u64>,
    /// Only messages that contain this.
    pub substring: &'a str,
    /// How many matching events to pass over: the `next` of the page before.
    pub skip: usize,
    pub limit: usize,
}

/// A page of a search, in order of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilterPage {
    pub events: Vec<Event>,
    /// Where the next page starts; `None` after the last one.
    pub next: Option<usize>,
}

/// A position is the segment's index and the offset in it.
const OFFSET_BITS: u32 = 40;

impl LogStore {
    /// The groups of an account and region whose name begins with `prefix`.
    pub fn groups(&self, account: &str, region: &str, prefix: &str) -> io::Result<Vec<String>> {
        let entries = match std::fs::read_dir(self.region_directory(account, region)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry?.file_name().to_str().and_then(super::decode_name);
            names.extend(name.filter(|name| name.starts_with(prefix)));
        }
        names.sort();
        Ok(names)
    }

    /// The streams of a group, by name. A group that never logged has none.
    pub fn streams(&self, group: &LogGroup) -> io::Result<Vec<StreamSummary>> {
        let mut summaries = Vec::new();
        for (name, segments) in self.segments_by_stream(group)? {
            let modified = segments.iter().map(|segment| segment.modified_ms).max().unwrap_or(0);
            let mut first_event_ms = modified;
            for_each(&segments, 0, |event, _| {
                first_event_ms = event.timestamp_ms;
                false
            })?;
            summaries.push(StreamSummary {
                name,
                first_event_ms,
                last_event_ms: modified.max(first_event_ms),
                stored_bytes: segments.iter().map(|segment| segment.bytes).sum(),
            });
        }
        Ok(summaries)
    }

    /// A page of one stream.
    pub fn events(
        &self,
        group: &LogGroup,
        stream: &str,
        query: &EventsQuery,
    ) -> io::Result<EventsPage> {
        let mut by_stream = self.segments_by_stream(group)?;
        let segments = by_stream.remove(stream).unwrap_or_default();
        let mut events = std::collections::VecDeque::new();
        let mut end = query.from.unwrap_or(0);
        for_each(&segments, query.from.unwrap_or(0), |event, after| {
            if query.before.is_some_and(|before| event.position >= before) {
                return false;
            }
            end = after;
            let is_wanted = query.start_ms.is_none_or(|start| event.timestamp_ms >= start)
                && query.end_ms.is_none_or(|end| event.timestamp_ms < end);
            if is_wanted {
                events.push_back((event, after));
                if events.len() > query.limit && !query.starts_at_head {
                    events.pop_front();
                }
            }
            !(query.starts_at_head && events.len() >= query.limit)
        })?;
        let forward = events.back().map_or(end, |(_, after)| *after);
        let first = events.front().map(|(event, _)| event.position);
        let backward = first.unwrap_or(query.before.unwrap_or(0).min(forward));
        Ok(EventsPage {
            events: events.into_iter().map(|(event, _)| event).collect(),
            forward,
            backward,
        })
    }

    /// Searches a group: the events that match, in order of time.
    pub fn filter(&self, group: &LogGroup, query: &FilterQuery<'_>) -> io::Result<FilterPage> {
        let mut matching = Vec::new();
        for (name, segments) in self.segments_by_stream(group)? {
            let is_listed = query.streams.is_empty() || query.streams.contains(&name);
            if !is_listed || query.stream_prefix.is_some_and(|prefix| !name.starts_with(prefix)) {
                continue;
            }
            for_each(&segments, 0, |event, _| {
                let is_wanted = query.start_ms.is_none_or(|start| event.timestamp_ms >= start)
                    && query.end_ms.is_none_or(|end| event.timestamp_ms <= end)
                    && event.message.contains(query.substring);
                if is_wanted {
                    matching.push(event);
                }
                true
            })?;
            // Bounded by the page, not by the group: only what this page can hold is kept.
            matching.sort_by(|a: &Event, b| {
                (a.timestamp_ms, &a.stream, a.position).cmp(&(
                    b.timestamp_ms,
                    &b.stream,
                    b.position,
                ))
            });
            matching.truncate(query.skip.saturating_add(query.limit).saturating_add(1));
        }
        let next = query.skip.saturating_add(query.limit);
        let has_more = matching.len() > next;
        let events = matching.into_iter().skip(query.skip).take(query.limit).collect();
        Ok(FilterPage { events, next: has_more.then_some(next) })
    }

    /// Forgets a group with all its streams.
    pub fn delete_group(&self, group: &LogGroup) -> io::Result<()> {
        match std::fs::remove_dir_all(self.group_directory(group)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }

    fn segments_by_stream(&self, group: &LogGroup) -> io::Result<BTreeMap<String, Vec<Segment>>> {
        let mut by_stream: BTreeMap<String, Vec<Segment>> = BTreeMap::new();
        for segment in segments(&self.group_directory(group))? {
            by_stream.entry(segment.stream.clone()).or_default().push(segment);
        }
        Ok(by_stream)
    }
}

/// Calls `visit` with each event at or after `from` and the position after it, until it says no.
fn for_each(
    segments: &[Segment],
    from: u64,
    mut visit: impl FnMut(Event, u64) -> bool,
) -> io::Result<()> {
    let (from_index, from_offset) = (from >> OFFSET_BITS, from & ((1 << OFFSET_BITS) - 1));
    for segment in segments.iter().filter(|segment| u64::from(segment.index) >= from_index) {
        let offset = if u64::from(segment.index) == from_index { from_offset } else { 0 };
        let Some(mut reader) = SegmentReader::open(segment, offset)? else { continue };
        while let Some(event) = reader.next_event()? {
            let after = reader.position();
            if !visit(event, after) {
                return Ok(());
            }
        }
    }
    Ok(())
}

struct SegmentReader<'a> {
    segment: &'a Segment,
    file: BufReader<File>,
    offset: u64,
}

impl<'a> SegmentReader<'a> {
    /// `None` when the segment was rotated away since it was listed.
    fn open(segment: &'a Segment, offset: u64) -> io::Result<Option<SegmentReader<'a>>> {
        let mut file = match File::open(&segment.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        file.seek(SeekFrom::Start(offset))?;
        Ok(Some(SegmentReader { segment, file: BufReader::new(file), offset }))
    }

    fn position(&self) -> u64 {
        u64::from(self.segment.index) << OFFSET_BITS | self.offset
    }

    /// `None` at the end, and at a record that is not whole: a torn write, or one under way.
    fn next_event(&mut self) -> io::Result<Option<Event>> {
        let position = self.position();
        let Some(timestamp_ms) = self.number()? else { return Ok(None) };
        let Some(length) = self.number()? else { return Ok(None) };
        // A length that no record has means that this is no record.
        let Some(length) = usize::try_from(length).ok().filter(|length| *length <= 1 << 30) else {
            return Ok(None);
        };
        let mut message = Vec::new();
        (&mut self.file).take(length as u64 + 1).read_to_end(&mut message)?;
        if message.len() <= length || message.pop() != Some(b'\n') {
            return Ok(None);
        }
        self.offset += length as u64 + 1;
        let message = String::from_utf8_lossy(&message).into_owned();
        Ok(Some(Event { stream: self.segment.stream.clone(), timestamp_ms, message, position }))
    }

    /// A decimal number and the space after it.
    fn number(&mut self) -> io::Result<Option<u64>> {
        let mut digits = Vec::new();
        (&mut self.file).take(24).read_until(b' ', &mut digits)?;
        self.offset += digits.len() as u64;
        let Some(digits) = digits.strip_suffix(b" ") else { return Ok(None) };
        Ok(std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()))
    }
}
