//! Groups and events through the whole of apply and read.

use super::page::{Filter, From, Get, Span, Streams};
use super::*;
use expect_test::expect;
use kernel::{
    AccountId, At, Facts, MemoryBodies, MemoryRows, PartitionId, Position, Region, Secret,
    Timestamp,
};

const NOW: u64 = 1_800_000_000_000;

fn id(name: &str) -> GroupId {
    GroupId {
        account: AccountId::parse("000000000000").unwrap(),
        region: Region::parse("us-east-1").unwrap(),
        name: name.to_owned(),
    }
}

struct Core {
    state: State,
    rows: MemoryRows,
    bodies: MemoryBodies,
    position: u64,
}

impl Core {
    fn new() -> Core {
        let rows = MemoryRows::default();
        Core { state: State::load(&rows), rows, bodies: MemoryBodies::default(), position: 0 }
    }

    fn at(&self) -> At {
        At {
            now: Timestamp(NOW),
            partition: PartitionId(0),
            position: Position(self.position),
            secret: Secret([7; 32]),
        }
    }

    fn turn<R>(&mut self, act: impl FnOnce(&mut State, &mut Turn<'_>) -> R) -> (R, bool) {
        self.position += 1;
        let facts = Facts::default();
        let mut turn = Turn::new(self.at(), &facts, &mut self.rows, &mut self.bodies);
        let result = act(&mut self.state, &mut turn);
        let changed = turn.has_changed();
        assert_eq!(State::load(&self.rows).has_doomed, self.state.has_doomed);
        (result, changed)
    }

    fn apply(&mut self, command: Command) -> Result<Reply, Error> {
        let (result, changed) = self.turn(|state, turn| state.apply(turn, command));
        assert!(result.is_ok() || !changed, "a refusal changes nothing");
        match result? {
            Outcome::Done(reply) => Ok(reply),
            Outcome::Wait(_) => panic!("nothing here waits"),
        }
    }

    fn read(&self, query: Query) -> Result<Reply, Error> {
        let look =
            Look { now: Timestamp(NOW), at: self.at(), rows: &self.rows, bodies: &self.bodies };
        self.state.read(&look, query)
    }

    fn put(&mut self, stream: &str, events: &[(u64, &str)]) -> Result<Reply, Error> {
        let events = events.iter().map(|(at, message)| NewEvent {
            timestamp: Timestamp(*at),
            message: (*message).to_owned(),
        });
        self.apply(Command::PutLogEvents {
            group: id("app"),
            stream: stream.to_owned(),
            events: events.collect(),
        })
    }

    fn create(&mut self, streams: &[&str]) {
        let group = id("app");
        self.apply(Command::CreateLogGroup { group, tags: BTreeMap::new() }).unwrap();
        for stream in streams {
            let stream = (*stream).to_owned();
            self.apply(Command::CreateLogStream { group: id("app"), stream }).unwrap();
        }
    }

    fn filter(&self, pattern: &str) -> Result<Vec<String>, Error> {
        let filter = Filter {
            streams: Streams::All,
            span: Span::default(),
            pattern: Pattern::parse(pattern).unwrap(),
            after: None,
            limit: 100,
        };
        let reply = self.read(Query::Filter { group: id("app"), filter })?;
        let Reply::Filtered(page) = reply else { panic!("{reply:?}") };
        Ok(page.events.into_iter().map(|event| event.message).collect())
    }
}

#[test]
fn events_are_read_back_by_stream_and_across_streams() {
    let mut core = Core::new();
    core.create(&["a", "b"]);
    core.put("a", &[(NOW, "a one"), (NOW, "a two"), (NOW + 5, "a three")]).unwrap();
    core.put("b", &[(NOW + 1, "b one")]).unwrap();
    assert_eq!(core.filter("").unwrap(), ["a one", "a two", "b one", "a three"]);
    assert_eq!(core.filter("one -b").unwrap(), ["a one"]);
    let get = Get {
        stream: "a".to_owned(),
        span: Span { start: Some(Timestamp(NOW + 1)), end: None },
        from: From::Head,
        limit: 10,
    };
    let Reply::Got(page) = core.read(Query::Get { group: id("app"), get }).unwrap() else {
        panic!("a page");
    };
    assert_eq!(page.events.len(), 1);
}

#[test]
fn a_long_stream_is_read_past_one_scan() {
    let mut core = Core::new();
    core.create(&["a"]);
    let events: Vec<(u64, String)> = (0..3000).map(|n| (NOW, format!("{n}"))).collect();
    let events: Vec<(u64, &str)> = events.iter().map(|(at, text)| (*at, text.as_str())).collect();
    core.put("a", &events).unwrap();
    let from = From::Tail;
    let get = Get { stream: "a".to_owned(), span: Span::default(), from, limit: 2 };
    let Reply::Got(page) = core.read(Query::Get { group: id("app"), get }).unwrap() else {
        panic!("a page");
    };
    let read: Vec<&str> = page.events.iter().map(|event| event.message.as_str()).collect();
    assert_eq!(read, ["2998", "2999"]);
}

#[test]
fn a_put_is_refused_or_trimmed_like_at_aws() {
    let mut core = Core::new();
    let mut seen = vec![core.put("a", &[(NOW, "x")])];
    core.create(&["a"]);
    let day = 24 * 60 * 60 * 1000;
    seen.push(core.put("b", &[(NOW, "x")]));
    seen.push(core.put("a", &[(NOW, "x"), (NOW - 1, "y")]));
    seen.push(core.put("a", &[(NOW - day - 1, "x"), (NOW, "y")]));
    seen.push(core.put("a", &[(NOW, &"x".repeat(1024 * 1024))]));
    seen.push(core.put("a", &[(NOW - 15 * day, "old")]));
    seen.push(core.put("a", &[(NOW, "x"), (NOW + 3 * 60 * 60 * 1000, "new")]));
    let seen: Vec<String> = seen
        .into_iter()
        .map(|result| match result {
            Ok(reply) => format!("{reply:?}\n"),
            Err(error) => format!("{error}\n"),
        })
        .collect();
    expect![[r#"
        The specified log group does not exist.
        The specified log stream does not exist.
        Log events in a single PutLogEvents request must be in chronological order.
        The batch of log events in a single PutLogEvents request cannot span more than 24 hours.
        Upload too large: 1048602 bytes exceeds limit of 1048576
        Put { rejected: Some(Rejected { too_old_end: Some(1), too_new_start: None }), sequence_token: 0 }
        Put { rejected: Some(Rejected { too_old_end: None, too_new_start: Some(1) }), sequence_token: 1 }
    "#]].assert_eq(&seen.concat());
}

#[test]
fn a_deleted_group_is_gone_at_once_and_its_rows_soon() {
    let mut core = Core::new();
    core.create(&["a"]);
    for _ in 0..3 {
        let events = vec![(NOW, "x"); 600];
        core.put("a", &events).unwrap();
    }
    core.apply(Command::DeleteLogGroup(id("app"))).unwrap();
    assert_eq!(core.filter(""), Err(Error::GroupNotFound));
    core.create(&["a"]);
    assert_eq!(core.filter("").unwrap(), Vec::<String>::new());
    let mut ticks = 0;
    while core.state.next_due().is_some() {
        let ((), changed) = core.turn(|state, turn| state.tick(turn));
        assert!(changed);
        ticks += 1;
    }
    assert_eq!((ticks, core.rows.iter().count()), (2, 2));
}

#[test]
fn streams_are_paged_by_name_or_by_last_event() {
    let mut core = Core::new();
    core.create(&["a", "b", "c"]);
    core.put("b", &[(NOW, "x")]).unwrap();
    core.put("a", &[(NOW + 1, "x")]).unwrap();
    let page = |order, skip, limit| {
        let query = Query::Streams { group: id("app"), prefix: String::new(), order, skip, limit };
        let reply = core.read(query).unwrap();
        let Reply::Streams { streams, next, .. } = reply else { panic!("{reply:?}") };
        let names: Vec<String> = streams.into_iter().map(|stream| stream.name).collect();
        format!("{} {next:?}", names.join(" "))
    };
    assert_eq!(page(StreamOrder::Name { is_descending: false }, 0, 2), "a b Some(2)");
    assert_eq!(page(StreamOrder::Name { is_descending: false }, 2, 2), "c None");
    assert_eq!(page(StreamOrder::LastEvent { is_descending: true }, 0, 9), "a b c None");
}
