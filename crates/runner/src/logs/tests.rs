//! Streams written and read back: records, limits, pages, searches.

use super::*;
use std::fs;

struct Fixture {
    store: LogStore,
    group: LogGroup,
    root: PathBuf,
}

impl Drop for Fixture {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
    }
}

fn fixture(name: &str, limits: LogLimits) -> Fixture {
    let root = std::env::temp_dir().join(format!("tidemill-logs-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&root);
    let group = LogGroup {
        account: "000000000000".to_owned(),
        region: "us-east-1".to_owned(),
        name: "/aws/lambda/f".to_owned(),
    };
    Fixture { store: LogStore::new(root.clone(), limits), group, root }
}

impl Fixture {
    fn writer(&self, stream: &str) -> StreamWriter {
        let budget = LogBudget::new(self.store.limits);
        StreamWriter::new(&self.store, &self.group, stream.to_owned(), budget)
    }

    fn messages(&self, stream: &str) -> Vec<String> {
        let query = EventsQuery { limit: 10_000, starts_at_head: true, ..EventsQuery::default() };
        let page = self.store.events(&self.group, stream, &query).unwrap();
        page.events.into_iter().map(|event| event.message).collect()
    }
}

const STREAM: &str = "2026/11/20/[$LATEST]ab";

#[test]
fn lines_are_put_together_from_pieces_and_read_back() {
    let fixture = fixture("pieces", LogLimits::default());
    let mut writer = fixture.writer(STREAM);
    writer.record("START");
    writer.output(b"one\ntw");
    writer.output(b"o\n\nthree with no end");
    writer.record("not yet");
    writer.end_output();
    writer.record("multi\nline");
    writer.flush();
    assert_eq!(
        fixture.messages(STREAM),
        ["START", "one", "two", "", "not yet", "three with no end", "multi\nline"]
    );
    assert_eq!(fixture.store.streams(&fixture.group).unwrap()[0].name, STREAM);
    assert_eq!(
        fixture.store.groups("000000000000", "us-east-1", "/aws").unwrap(),
        ["/aws/lambda/f"]
    );
    assert!(writer.tail().starts_with(b"START\none\ntwo\n\n"));
}

#[test]
fn pages_continue_where_the_one_before_ended_in_both_directions() {
    let fixture = fixture("pages", LogLimits { segment_bytes_max: 100, ..LogLimits::default() });
    let mut writer = fixture.writer(STREAM);
    for number in 0..20 {
        writer.record(&format!("message {number}"));
        writer.flush();
    }
    let mut query = EventsQuery { limit: 3, starts_at_head: true, ..EventsQuery::default() };
    let mut seen = Vec::new();
    loop {
        let page = fixture.store.events(&fixture.group, STREAM, &query).unwrap();
        if page.events.is_empty() {
            assert_eq!(Some(page.forward), query.from, "the last token repeats itself");
            break;
        }
        seen.extend(page.events.into_iter().map(|event| event.message));
        query.from = Some(page.forward);
    }
    assert_eq!(seen, (0..20).map(|number| format!("message {number}")).collect::<Vec<_>>());
    let latest = EventsQuery { limit: 2, ..EventsQuery::default() };
    let page = fixture.store.events(&fixture.group, STREAM, &latest).unwrap();
    assert_eq!(page.events[1].message, "message 19");
    let earlier = EventsQuery { before: Some(page.backward), ..latest };
    let page = fixture.store.events(&fixture.group, STREAM, &earlier).unwrap();
    assert_eq!(page.events[1].message, "message 17");
}

#[test]
fn a_search_goes_through_all_streams_in_order_and_in_pages() {
    let fixture = fixture("search", LogLimits::default());
    for stream in ["a", "b"] {
        let mut writer = fixture.writer(stream);
        writer.record(&format!("ERROR in {stream}"));
        writer.record("fine");
    }
    let query = FilterQuery { substring: "ERROR", limit: 1, ..FilterQuery::default() };
    let first = fixture.store.filter(&fixture.group, &query).unwrap();
    assert_eq!((first.events.len(), first.next), (1, Some(1)));
    let second = fixture.store.filter(&fixture.group, &FilterQuery { skip: 1, ..query }).unwrap();
    assert_eq!((second.events.len(), second.next), (1, None));
    assert_ne!(first.events[0].stream, second.events[0].stream);
    let none = FilterQuery { stream_prefix: Some("c"), limit: 9, ..FilterQuery::default() };
    assert_eq!(fixture.store.filter(&fixture.group, &none).unwrap(), FilterPage::default());
}

#[test]
fn what_exceeds_the_rate_is_dropped_and_counted() {
    let limits = LogLimits { bytes_per_second: 1, burst_bytes: 1000, ..LogLimits::default() };
    let fixture = fixture("rate", limits);
    let budget = LogBudget::new(limits);
    let mut writer =
        StreamWriter::new(&fixture.store, &fixture.group, STREAM.to_owned(), budget.clone());
    let line = [&[b'x'; 99][..], b"\n"].concat();
    for _ in 0..1000 {
        writer.output(&line);
    }
    writer.end_output();
    writer.flush();
    let messages = fixture.messages(STREAM);
    assert_eq!(messages.len(), 11);
    assert_eq!(
        messages[10],
        "tidemill: dropped 99000 bytes of output above the limit of 1 bytes per second"
    );
    assert_eq!(budget.dropped_bytes(), 99_000);
}

#[test]
fn a_stream_keeps_to_its_size_and_a_long_line_is_split() {
    let limits = LogLimits {
        segment_bytes_max: 1 << 20,
        stream_bytes_max: 3 << 20,
        burst_bytes: 1 << 30,
        ..LogLimits::default()
    };
    let fixture = fixture("size", limits);
    let mut writer = fixture.writer(STREAM);
    for _ in 0..10 {
        writer.output(&vec![b'y'; 1 << 20]);
    }
    writer.output(b"\nlast\n");
    writer.flush();
    let stored = fixture.store.streams(&fixture.group).unwrap()[0].stored_bytes;
    assert!(stored <= 3 << 20, "{stored}");
    let messages = fixture.messages(STREAM);
    assert_eq!(messages.last().unwrap(), "last");
    assert!(messages.iter().all(|message| message.len() <= MESSAGE_BYTES_MAX));
}

#[test]
fn a_torn_last_record_is_skipped() {
    let fixture = fixture("torn", LogLimits::default());
    fixture.writer(STREAM).record("whole");
    let directory = fixture.store.group_directory(&fixture.group);
    let path = directory.join(segment_name(STREAM, 0));
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend_from_slice(b"1795168155007 100 half of it");
    fs::write(&path, bytes).unwrap();
    assert_eq!(fixture.messages(STREAM), ["whole"]);
}

#[test]
fn no_name_leaves_its_directory() {
    for name in ["../../etc", "a/b", ".", "..", "ü %41", "[$LATEST]"] {
        let encoded = encode_name(name);
        assert!(!encoded.contains(['/', '.']), "{encoded}");
        assert_eq!(decode_name(&encoded).as_deref(), Some(name));
    }
}
