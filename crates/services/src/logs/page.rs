//! Pages of events: what `GetLogEvents` and `FilterLogEvents` return, wherever the events lie.
//!
//! The rows of a client's own group and the files of a function's output are read by different
//! hands; which events make a page, and what its tokens say, is decided here for both.
//!
//! # Invariants
//!
//! - A page holds at most the limit's events and about 1 MB of messages.
//! - Following tokens shows every event once, in order, however many arrive meanwhile.

use super::Error;
use super::model::Event;
use super::pattern::Pattern;
use kernel::Timestamp;
use std::collections::VecDeque;
use tidemill_kernel as kernel;

/// Bytes of messages in one page. AWS: "up to 1 MB".
const PAGE_BYTES_MAX: usize = 1024 * 1024;

/// A place between events: right at one that was shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    pub timestamp: Timestamp,
    pub stream: String,
    pub sequence: u64,
}

impl Cursor {
    fn of(event: &Event) -> Cursor {
        Cursor {
            timestamp: event.timestamp,
            stream: event.stream.clone(),
            sequence: event.sequence,
        }
    }

    fn show(&self) -> String {
        format!("{:020}{:020}{}", self.timestamp.0, self.sequence, self.stream)
    }

    fn parse(text: &str) -> Option<Cursor> {
        let timestamp = Timestamp(text.get(..20)?.parse().ok()?);
        let sequence = text.get(20..40)?.parse().ok()?;
        Some(Cursor { timestamp, stream: text.get(40..)?.to_owned(), sequence })
    }
}

/// Which events of which time: from `start`, before `end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    pub start: Option<Timestamp>,
    pub end: Option<Timestamp>,
}

impl Span {
    #[must_use]
    pub fn holds(&self, at: Timestamp) -> bool {
        self.start.is_none_or(|start| start <= at) && self.end.is_none_or(|end| at < end)
    }
}

/// Where a `GetLogEvents` page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    Head,
    Tail,
    After(Option<Cursor>),
    Before(Option<Cursor>),
}

impl From {
    /// Reads `f/…` or `b/…`, as a page before gave it.
    ///
    /// # Errors
    /// When no page of ours gave it.
    pub fn parse(token: &str) -> Result<From, Error> {
        let cursor = |text: &str| match text {
            "" => Some(None),
            text => Cursor::parse(text).map(Some),
        };
        token
            .strip_prefix("f/")
            .and_then(cursor)
            .map(From::After)
            .or_else(|| token.strip_prefix("b/").and_then(cursor).map(From::Before))
            .ok_or_else(|| invalid_token("nextToken"))
    }
}

/// `GetLogEvents`, without the group: one stream, one direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Get {
    pub stream: String,
    pub span: Span,
    pub from: From,
    pub limit: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetPage {
    pub events: Vec<Event>,
    pub forward: String,
    pub backward: String,
}

impl Get {
    /// Makes the page out of the stream's events, which come in order.
    #[must_use]
    pub fn page(&self, events: impl Iterator<Item = Event>) -> GetPage {
        let events = events.filter(|event| self.span.holds(event.timestamp));
        let events = match &self.from {
            From::Head | From::After(None) => self.first(events),
            From::After(Some(cursor)) => self.first(events.filter(|e| Cursor::of(e) > *cursor)),
            From::Tail | From::Before(None) => self.last(events),
            From::Before(Some(cursor)) => self.last(events.filter(|e| Cursor::of(e) < *cursor)),
        };
        let place = |event: Option<&Event>| {
            event.map(Cursor::of).or_else(|| match &self.from {
                From::After(cursor) | From::Before(cursor) => cursor.clone(),
                From::Head | From::Tail => None,
            })
        };
        let token = |prefix: &str, cursor: Option<Cursor>| {
            format!("{prefix}{}", cursor.as_ref().map(Cursor::show).unwrap_or_default())
        };
        GetPage {
            forward: token("f/", place(events.last())),
            backward: token("b/", place(events.first())),
            events,
        }
    }

    fn first(&self, events: impl Iterator<Item = Event>) -> Vec<Event> {
        let mut bytes = 0;
        events
            .take(self.limit)
            .take_while(|event| {
                let is_first = bytes == 0;
                bytes += event.message.len().max(1);
                is_first || bytes <= PAGE_BYTES_MAX
            })
            .collect()
    }

    fn last(&self, events: impl Iterator<Item = Event>) -> Vec<Event> {
        let mut kept = VecDeque::new();
        let mut bytes = 0;
        for event in events {
            bytes += event.message.len();
            kept.push_back(event);
            while kept.len() > self.limit || (bytes > PAGE_BYTES_MAX && kept.len() > 1) {
                bytes -= kept.pop_front().map_or(0, |event: Event| event.message.len());
            }
        }
        kept.into()
    }
}

/// `FilterLogEvents`, without the group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    pub streams: Streams,
    pub span: Span,
    pub pattern: Pattern,
    pub after: Option<Cursor>,
    pub limit: usize,
}

/// Which streams of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Streams {
    All,
    Named(Vec<String>),
    Prefix(String),
}

impl Streams {
    #[must_use]
    pub fn take(&self, name: &str) -> bool {
        match self {
            Streams::All => true,
            Streams::Named(names) => names.iter().any(|wanted| wanted == name),
            Streams::Prefix(prefix) => name.starts_with(prefix),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterPage {
    pub events: Vec<Event>,
    pub next: Option<String>,
}

impl Filter {
    /// Reads the token a page before gave.
    ///
    /// # Errors
    /// When no page of ours gave it.
    pub fn parse_token(token: &str) -> Result<Cursor, Error> {
        Cursor::parse(token).ok_or_else(|| invalid_token("nextToken"))
    }

    /// The token that goes on after this event.
    #[must_use]
    pub fn token_after(event: &Event) -> String {
        Cursor::of(event).show()
    }

    /// Whether the event belongs into this page or a later one.
    #[must_use]
    pub fn takes(&self, event: &Event) -> bool {
        self.span.holds(event.timestamp)
            && self.after.as_ref().is_none_or(|after| Cursor::of(event) > *after)
            && self.streams.take(&event.stream)
            && self.pattern.takes(&event.message)
    }

    /// Makes the page out of events in any order.
    #[must_use]
    pub fn page(&self, mut events: Vec<Event>) -> FilterPage {
        events.retain(|event| self.takes(event));
        events.sort();
        let total = events.len();
        let mut bytes = 0;
        let fitting = events.iter().take(self.limit).enumerate().take_while(|(index, event)| {
            bytes += event.message.len();
            *index == 0 || bytes <= PAGE_BYTES_MAX
        });
        events.truncate(fitting.count());
        let is_last = events.len() == total;
        let next = events.last().filter(|_| !is_last).map(Filter::token_after);
        FilterPage { events, next }
    }
}

fn invalid_token(parameter: &str) -> Error {
    Error::InvalidParameter(format!("The specified {parameter} is invalid."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(at: u64, stream: &str, sequence: u64) -> Event {
        Event {
            timestamp: Timestamp(at),
            stream: stream.to_owned(),
            sequence,
            ingested_at: Timestamp(at),
            message: format!("{stream}{sequence}"),
        }
    }

    fn shown(events: &[Event]) -> Vec<&str> {
        events.iter().map(|event| event.message.as_str()).collect()
    }

    fn get(from: From, limit: usize) -> GetPage {
        let events = (0..5).map(|n| event(n / 2, "a", n));
        Get { stream: "a".to_owned(), span: Span::default(), from, limit }.page(events)
    }

    #[test]
    fn tokens_lead_forward_to_the_end_and_stay_there() {
        let mut seen = Vec::new();
        let mut page = get(From::Head, 2);
        for _ in 0..4 {
            seen.push(shown(&page.events).join(" "));
            page = get(From::parse(&page.forward).unwrap(), 2);
        }
        assert_eq!(seen, ["a0 a1", "a2 a3", "a4", ""]);
        assert_eq!(get(From::parse(&page.forward).unwrap(), 2).forward, page.forward);
    }

    #[test]
    fn tokens_lead_backward_from_the_tail() {
        let page = get(From::Tail, 2);
        assert_eq!(shown(&page.events), ["a3", "a4"]);
        let page = get(From::parse(&page.backward).unwrap(), 9);
        assert_eq!(shown(&page.events), ["a0", "a1", "a2"]);
        assert!(get(From::parse(&page.backward).unwrap(), 9).events.is_empty());
        assert!(From::parse("x/").is_err() && From::parse("f/12").is_err());
    }

    #[test]
    fn a_filter_merges_streams_by_time_and_pages_without_gap_or_repeat() {
        let events =
            || vec![event(3, "b", 0), event(1, "a", 0), event(3, "a", 1), event(2, "c", 0)];
        let mut filter = Filter {
            streams: Streams::Named(vec!["a".to_owned(), "b".to_owned()]),
            span: Span { start: Some(Timestamp(1)), end: Some(Timestamp(4)) },
            pattern: Pattern::default(),
            after: None,
            limit: 2,
        };
        let page = filter.page(events());
        assert_eq!(shown(&page.events), ["a0", "a1"]);
        filter.after = Some(Filter::parse_token(&page.next.unwrap()).unwrap());
        let page = filter.page(events());
        assert_eq!((shown(&page.events), page.next), (vec!["b0"], None));
    }
}
