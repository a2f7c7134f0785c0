//! Transcripts: commands in, replies and effects out.

use super::create_event_source_mapping::CreateEventSourceMapping;
use super::create_function::CreateFunction;
use super::update_event_source_mapping::{Bound, MappingChange};
use super::update_function_code::UpdateFunctionCode;
use super::*;
use expect_test::{Expect, expect};
use kernel::{
    AccountId, At, Delivery, Effect, Fact, Facts, MemoryBodies, MemoryRows, Message, Region,
    Secret, Timestamp,
};
use std::fmt::Write as _;

fn id(name: &str) -> FunctionId {
    FunctionId {
        account: AccountId::parse("000000000000").unwrap(),
        region: Region::parse("us-east-1").unwrap(),
        name: name.to_owned(),
    }
}

fn queue(name: &str) -> Arn {
    Arn::queue(&id("f").region, id("f").account, name)
}

fn create(name: &str) -> Command {
    Command::CreateFunction(CreateFunction {
        function: id(name),
        configuration: Configuration {
            runtime: Runtime::Python(11),
            role: "arn:aws:iam::000000000000:role/r".to_owned(),
            handler: "app.handler".to_owned(),
            description: String::new(),
            timeout_seconds: 3,
            memory_megabytes: 128,
            environment: BTreeMap::new(),
        },
        architecture: Architecture::X86_64,
        code: Code { sha256: [1; 32], size: 100, blob: [1; 32] },
        tags: BTreeMap::new(),
    })
}

fn invoke(name: &str, number: u8) -> Command {
    Command::InvokeAsync {
        function: id(name),
        invocation: Uuid([number; 16]),
        payload: Bytes::from_static(b"{}"),
    }
}

fn done(number: u8, attempt: u32, completion: Completion) -> Command {
    Command::InvocationDone { invocation: Uuid([number; 16]), attempt, completion }
}

fn failed() -> Completion {
    Completion::FunctionError("it raised".to_owned())
}

fn throttled() -> Completion {
    Completion::NotRun("throttled".to_owned())
}

/// A partition of its own: applies, writes the transcript, and reloads its state after every
/// command, so that every test also proves that the memory is made of the rows.
struct Core {
    state: State,
    rows: MemoryRows,
    bodies: MemoryBodies,
    position: u64,
    facts: Facts,
    transcript: String,
}

impl Core {
    fn new() -> Core {
        let rows = MemoryRows::default();
        let exists = Fact { about: queue("orders"), exists: true, detail: None };
        Core {
            state: State::load(&rows),
            rows,
            bodies: MemoryBodies::default(),
            position: 0,
            facts: Facts(vec![exists]),
            transcript: String::new(),
        }
    }

    fn at(&self, now: u64) -> At {
        At {
            now: Timestamp(now),
            partition: PartitionId(3),
            position: Position(self.position),
            secret: Secret([7; 32]),
        }
    }

    fn turn<R>(&mut self, now: u64, act: impl FnOnce(&mut State, &mut Turn<'_>) -> R) -> (R, bool) {
        self.position += 1;
        let at = self.at(now);
        let mut turn = Turn::new(at, &self.facts, &mut self.rows, &mut self.bodies);
        let result = act(&mut self.state, &mut turn);
        let changed = turn.has_changed();
        for effect in turn.take_effects() {
            match effect {
                Effect::Invoke { function, invocation, attempt } => writeln!(
                    self.transcript,
                    "    ! invoke {} {:.8} attempt {attempt}",
                    function.resource_name(),
                    invocation.to_string()
                ),
                Effect::Wake(key) => writeln!(self.transcript, "    ! wake {:x}", key.0),
                Effect::Deliver(delivery) => writeln!(self.transcript, "    ! {delivery:?}"),
            }
            .unwrap();
        }
        assert!(changed || self.state_is_loaded(), "what changes memory changes rows");
        assert!(self.state_is_loaded(), "the indexes are made of the rows");
        (result, changed)
    }

    fn state_is_loaded(&self) -> bool {
        let loaded = State::load(&self.rows);
        loaded.mappings == self.state.mappings && loaded.due == self.state.due
    }

    /// Applies a command at `now` seconds.
    fn apply(&mut self, now: u64, command: Command) -> Option<Reply> {
        let before = self.rows.clone();
        let before_effects = self.transcript.len();
        let (result, changed) = self.turn(now * 1000, |state, turn| state.apply(turn, command));
        let effects = self.transcript.split_off(before_effects);
        let (shown, reply) = match result {
            Ok(Outcome::Done(reply)) => (show(&reply), Some(reply)),
            Ok(Outcome::Wait(wait)) => (format!("wait on {:x}", wait.key.0), None),
            Err(error) => {
                let wire = error.wire();
                assert!(!changed && self.rows == before, "a refusal changes nothing");
                (format!("{} {}: {}", wire.status, wire.shape, wire.message), None)
            }
        };
        writeln!(self.transcript, "@{now} {shown}").unwrap();
        self.transcript.push_str(&effects);
        reply
    }

    fn tick(&mut self, now: u64) {
        writeln!(self.transcript, "@{now} tick").unwrap();
        self.turn(now * 1000, |state, turn| state.tick(turn));
    }

    fn deliver(&mut self, now: u64, to: Arn, body: &'static [u8]) {
        let message = Message { body: Bytes::from_static(body), ..Message::default() };
        let from = Arn::bucket("photos");
        let delivery = Delivery { from, to, message, refused: None };
        let (result, _) = self.turn(now * 1000, |state, turn| state.deliver(turn, &delivery));
        writeln!(self.transcript, "@{now} delivered: {result:?}").unwrap();
    }

    fn read(&mut self, query: Query) -> Result<Reply, Error> {
        let look =
            Look { now: Timestamp(0), at: self.at(0), rows: &self.rows, bodies: &self.bodies };
        let result = self.state.read(&look, query);
        let shown = match &result {
            Ok(reply) => show(reply),
            Err(error) => error.to_string(),
        };
        writeln!(self.transcript, "? {shown}").unwrap();
        result
    }

    fn shows(&self, expect: &Expect) {
        let end = format!("next due {:?}\n", self.state.next_due());
        expect.assert_eq(&format!("{}{end}", self.transcript));
    }
}

fn show(reply: &Reply) -> String {
    match reply {
        Reply::Function { function, .. } => format!(
            "{} {:?} revision {:.8}",
            function.id.name,
            function.code,
            function.revision.to_string()
        ),
        Reply::Functions { functions, next } => {
            let names: Vec<_> = functions.iter().map(|function| &function.id.name).collect();
            format!("{names:?} next {next:?}")
        }
        Reply::Mapping { mapping, is_deleted } => format!(
            "{} <- {} {:?}{}",
            mapping.function.name,
            mapping.queue.resource_name(),
            mapping.options,
            if *is_deleted { " deleted" } else { "" }
        ),
        Reply::Mappings { mappings, next } => format!("{} mappings next {next:?}", mappings.len()),
        Reply::Watched { seen, mappings } => format!("{} mappings as of {seen:?}", mappings.len()),
        Reply::Attempt(attempt) => {
            let runs = attempt.as_ref().map(|some| (&some.function.id.name, &some.payload));
            format!("attempt {runs:?}")
        }
        other @ (Reply::Nothing
        | Reply::Statement(_)
        | Reply::Policy { .. }
        | Reply::Tags(_)
        | Reply::Counts(_)
        | Reply::Deployed(_)
        | Reply::Accepted
        | Reply::DryRunPassed
        | Reply::Invoked(_)) => format!("{other:?}"),
    }
}

#[test]
fn a_function_is_created_once_changed_by_revision_and_gone_when_deleted() {
    let mut core = Core::new();
    core.apply(1, create("resize"));
    core.apply(2, create("resize"));
    let update = |revision: &str, is_dry_run| {
        Command::UpdateFunctionCode(UpdateFunctionCode {
            function: id("resize"),
            code: Code { sha256: [2; 32], size: 200, blob: [2; 32] },
            architecture: None,
            revision: Some(revision.to_owned()),
            is_dry_run,
        })
    };
    core.apply(3, update("00000000-0000-0000-0000-000000000000", false));
    let Ok(Reply::Function { function, .. }) =
        core.read(Query::Function { function: id("resize"), qualified: false })
    else {
        panic!("it exists");
    };
    core.apply(4, update(&function.revision.to_string(), true));
    core.apply(5, update(&function.revision.to_string(), false));
    core.apply(6, Command::DeleteFunction(id("resize")));
    core.apply(7, Command::DeleteFunction(id("resize")));
    core.apply(8, invoke("resize", 1));
    core.shows(&expect![[r#"
        @1 resize 01010101…(100 B) revision 5c1d6c64
        @2 409 ResourceConflictException: Function already exist: resize
        @3 412 PreconditionFailedException: The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id
        ? resize 01010101…(100 B) revision 5c1d6c64
        @4 resize 02020202…(200 B) revision 5c1d6c64
        @5 resize 02020202…(200 B) revision 75c4fafc
        @6 Nothing
        @7 404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:resize
        @8 404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:resize
        next due None
    "#]]);
    assert_eq!(core.rows.iter().count(), 0);
}

#[test]
fn an_invocation_that_keeps_failing_is_tried_three_times_and_dropped_with_a_count() {
    let mut core = Core::new();
    core.apply(0, create("resize"));
    core.apply(10, invoke("resize", 1));
    writeln!(core.transcript, "running {:?}", core.state.running(&core.rows)).unwrap();
    core.read(Query::Attempt { invocation: Uuid([1; 16]), attempt: 1 }).unwrap();
    core.apply(11, done(1, 1, failed()));
    core.read(Query::Attempt { invocation: Uuid([1; 16]), attempt: 1 }).unwrap();
    core.tick(70);
    core.tick(71);
    core.apply(72, done(1, 1, Completion::Succeeded));
    core.apply(73, done(1, 2, failed()));
    core.tick(193);
    core.apply(194, done(1, 3, failed()));
    core.apply(195, done(1, 3, failed()));
    core.read(Query::Counts).unwrap();
    core.shows(&expect![[r#"
        @0 resize 01010101…(100 B) revision 5c1d6c64
        @10 Accepted
            ! invoke resize 01010101 attempt 1
        running [(arn:aws:lambda:us-east-1:000000000000:function:resize, 01010101-0101-0101-0101-010101010101, 1)]
        ? attempt Some(("resize", b"{}"))
        @11 Nothing
        ? attempt None
        @70 tick
        @71 tick
            ! invoke resize 01010101 attempt 2
        @72 Nothing
        @73 Nothing
        @193 tick
            ! invoke resize 01010101 attempt 3
        @194 Nothing
        @195 Nothing
        ? Counts(Counts { functions: 1, mappings: 0, invocations_pending: 0, invocations_dropped: 1 })
        next due None
    "#]]);
}

#[test]
fn a_throttled_invocation_backs_off_until_it_is_six_hours_old() {
    let mut core = Core::new();
    core.apply(0, create("resize"));
    core.apply(0, invoke("resize", 1));
    let mut now = 0;
    let mut attempt = 1;
    let mut waits = Vec::new();
    loop {
        core.apply(now, done(1, attempt, throttled()));
        let Some(due) = core.state.next_due() else { break };
        waits.push(due.seconds() - now);
        now = due.seconds();
        core.tick(now);
        attempt += 1;
    }
    assert_eq!(waits[..10], [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
    assert!(waits[10..].iter().all(|wait| *wait == 300));
    assert!(now <= 6 * 3600 && now > 6 * 3600 - 300, "{now}");
    core.transcript.clear();
    core.read(Query::Counts).unwrap();
    core.shows(&expect![[r#"
        ? Counts(Counts { functions: 1, mappings: 0, invocations_pending: 0, invocations_dropped: 1 })
        next due None
    "#]]);
}

#[test]
fn an_error_of_the_function_starts_the_back_off_anew() {
    let mut core = Core::new();
    core.apply(0, create("resize"));
    core.apply(0, invoke("resize", 1));
    core.apply(0, done(1, 1, throttled()));
    core.tick(1);
    core.apply(1, done(1, 2, failed()));
    core.tick(61);
    core.apply(61, done(1, 3, throttled()));
    core.shows(&expect![[r#"
        @0 resize 01010101…(100 B) revision 5c1d6c64
        @0 Accepted
            ! invoke resize 01010101 attempt 1
        @0 Nothing
        @1 tick
            ! invoke resize 01010101 attempt 2
        @1 Nothing
        @61 tick
            ! invoke resize 01010101 attempt 3
        @61 Nothing
        next due Some(@62000)
    "#]]);
}

#[test]
fn an_accepted_invocation_is_accepted_once() {
    let mut core = Core::new();
    core.apply(0, create("resize"));
    core.apply(1, invoke("resize", 1));
    core.apply(1, invoke("resize", 1));
    core.apply(2, done(1, 1, Completion::Succeeded));
    core.shows(&expect![[r#"
        @0 resize 01010101…(100 B) revision 5c1d6c64
        @1 Accepted
            ! invoke resize 01010101 attempt 1
        @1 Accepted
        @2 Nothing
        next due None
    "#]]);
}

#[test]
fn an_invocation_meant_for_a_deleted_function_never_reaches_its_successor() {
    let mut core = Core::new();
    core.apply(0, create("resize"));
    core.apply(1, invoke("resize", 1));
    core.apply(1, invoke("resize", 2));
    core.apply(2, done(2, 1, failed()));
    core.apply(3, Command::DeleteFunction(id("resize")));
    core.apply(4, create("resize"));
    core.read(Query::Attempt { invocation: Uuid([1; 16]), attempt: 1 }).unwrap();
    core.apply(5, done(1, 1, Completion::FunctionGone));
    core.tick(100);
    core.read(Query::Counts).unwrap();
    core.shows(&expect![[r#"
        @0 resize 01010101…(100 B) revision 5c1d6c64
        @1 Accepted
            ! invoke resize 01010101 attempt 1
        @1 Accepted
            ! invoke resize 02020202 attempt 1
        @2 Nothing
        @3 Nothing
        @4 resize 01010101…(100 B) revision af0f057d
        ? attempt None
        @5 Nothing
        @100 tick
        ? Counts(Counts { functions: 1, mappings: 0, invocations_pending: 0, invocations_dropped: 2 })
        next due None
    "#]]);
}

#[test]
fn events_of_a_bucket_become_invocations_with_ids_of_their_own() {
    let mut core = Core::new();
    core.apply(0, create("resize"));
    core.deliver(1, id("resize").arn(), b"{\"Records\":[]}");
    core.deliver(1, id("resize").arn(), b"{\"Records\":[]}");
    core.deliver(2, id("other").arn(), b"{}");
    let running = core.state.running(&core.rows);
    assert_eq!(running.len(), 2);
    core.read(Query::Attempt { invocation: running[0].1, attempt: 1 }).unwrap();
    core.shows(&expect![[r#"
        @0 resize 01010101…(100 B) revision 5c1d6c64
            ! invoke resize d1717b08 attempt 1
        @1 delivered: Ok(())
            ! invoke resize 29e51a5c attempt 1
        @1 delivered: Ok(())
        @2 delivered: Err("Function not found: arn:aws:lambda:us-east-1:000000000000:function:other")
        ? attempt Some(("resize", b"{\"Records\":[]}"))
        next due None
    "#]]);
}

#[test]
fn more_retries_than_one_tick_takes_are_due_at_once_again() {
    let mut core = Core::new();
    core.apply(0, create("resize"));
    for number in 0..300_u16 {
        let invocation = Uuid(u128::from(number).to_be_bytes());
        let payload = Bytes::from_static(b"{}");
        core.apply(0, Command::InvokeAsync { function: id("resize"), invocation, payload });
        core.apply(1, Command::InvocationDone { invocation, attempt: 1, completion: failed() });
    }
    core.tick(61);
    assert_eq!(core.state.next_due(), Some(Timestamp(61_000)));
    assert_eq!(core.state.due.len(), 300 - 256);
    core.tick(61);
    assert_eq!(core.state.next_due(), None);
}

#[test]
fn a_policy_is_echoed_and_its_statements_are_unique() {
    let mut core = Core::new();
    core.apply(0, create("resize"));
    core.read(Query::Policy(id("resize"))).unwrap_err();
    let add = |sid: &str, json: String| Command::AddPermission {
        function: id("resize"),
        statement: Statement { sid: sid.to_owned(), json },
        revision: None,
    };
    let remove = |sid: &str| Command::RemovePermission {
        function: id("resize"),
        sid: sid.to_owned(),
        revision: None,
    };
    core.apply(1, add("a", r#"{"Sid":"a"}"#.to_owned()));
    core.apply(2, add("a", r#"{"Sid":"a"}"#.to_owned()));
    core.apply(3, add("b", r#"{"Sid":"b"}"#.to_owned()));
    core.read(Query::Policy(id("resize"))).unwrap();
    core.apply(4, remove("a"));
    core.apply(5, remove("a"));
    core.apply(6, add("c", "x".repeat(20 * 1024)));
    core.read(Query::Policy(id("resize"))).unwrap();
    core.shows(&expect![[r#"
        @0 resize 01010101…(100 B) revision 5c1d6c64
        ? The resource you requested does not exist.
        @1 Statement("{\"Sid\":\"a\"}")
        @2 409 ResourceConflictException: The statement id (a) provided already exists. Please provide a new statement id, or remove the existing statement.
        @3 Statement("{\"Sid\":\"b\"}")
        ? Policy { policy: "{\"Version\":\"2012-10-17\",\"Id\":\"default\",\"Statement\":[{\"Sid\":\"a\"},{\"Sid\":\"b\"}]}", revision: 115b0624-c635-40e0-9181-a77e7acc6939 }
        @4 Nothing
        @5 404 ResourceNotFoundException: Statement a is not found in resource policy.
        @6 400 PolicyLengthExceededException: The final policy size (20546) is bigger than the limit (20480).
        ? Policy { policy: "{\"Version\":\"2012-10-17\",\"Id\":\"default\",\"Statement\":[{\"Sid\":\"b\"}]}", revision: 75c4fafc-74da-4280-8b32-91f8370b3d5b }
        next due None
    "#]]);
}

fn options(batch_size: u32, window_seconds: u32) -> MappingOptions {
    MappingOptions {
        enabled: true,
        batch_size,
        window_seconds,
        reports_batch_item_failures: false,
        maximum_concurrency: None,
    }
}

fn map(name: &str, from: &str, options: MappingOptions) -> Command {
    Command::CreateEventSourceMapping(CreateEventSourceMapping {
        function: id(name),
        queue: queue(from),
        options,
        tags: BTreeMap::new(),
    })
}

#[test]
fn a_mapping_keeps_to_its_limits_and_wakes_its_watchers() {
    let mut core = Core::new();
    let facts = ["orders.fifo"].map(|name| Fact { about: queue(name), exists: true, detail: None });
    core.facts.0.extend(facts);
    core.apply(0, map("resize", "orders", options(10, 0)));
    core.apply(0, create("resize"));
    core.apply(1, map("resize", "nowhere", options(10, 0)));
    core.apply(1, map("resize", "orders", options(11, 0)));
    core.apply(1, map("resize", "orders.fifo", options(11, 1)));
    core.apply(1, map("resize", "orders.fifo", options(10, 1)));
    core.apply(1, Command::WatchMappings { seen: None });
    let Some(Reply::Mapping { mapping, .. }) =
        core.apply(2, map("resize", "orders", options(100, 5)))
    else {
        panic!("created");
    };
    core.apply(3, map("resize", "orders", options(10, 0)));
    let seen = Some(core.state.mappings_changed_at);
    core.apply(3, Command::WatchMappings { seen });
    let uuid = mapping.uuid;
    assert_eq!(mapping_partition(uuid), Some(PartitionId(3)));
    let own = MappingId { account: id("f").account, region: id("f").region, uuid };
    let change = |change| Command::UpdateEventSourceMapping { mapping: own.clone(), change };
    let bound = |bound| MappingChange { maximum_concurrency: Some(bound), ..Default::default() };
    core.apply(4, change(bound(Bound::AtMost(7))));
    core.apply(4, change(bound(Bound::None)));
    core.apply(4, change(MappingChange { window_seconds: Some(0), ..Default::default() }));
    core.apply(4, change(MappingChange { function: Some(id("x")), ..Default::default() }));
    core.apply(4, change(MappingChange { enabled: Some(false), ..Default::default() }));
    core.apply(5, Command::WatchMappings { seen });
    let stranger = MappingId { account: AccountId::parse("000000000009").unwrap(), ..own.clone() };
    core.apply(6, Command::DeleteEventSourceMapping(stranger));
    core.apply(6, Command::DeleteEventSourceMapping(own.clone()));
    core.apply(6, Command::DeleteEventSourceMapping(own));
    core.shows(&expect![[r#"
        @0 404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:resize
        @0 resize 01010101…(100 B) revision 6292c592
        @1 400 InvalidParameterValueException: Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.
        @1 400 InvalidParameterValueException: Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10
        @1 400 InvalidParameterValueException: Batch size 11 exceeds the maximum of 10.
        @1 400 InvalidParameterValueException: Batching window is not supported for FIFO queues.
        @1 0 mappings as of #0
        @2 resize <- orders MappingOptions { enabled: true, batch_size: 100, window_seconds: 5, reports_batch_item_failures: false, maximum_concurrency: None }
            ! wake ffffffffffffffff
        @3 409 ResourceConflictException: An event source mapping with SQS arn (" arn:aws:sqs:us-east-1:000000000000:orders ") and function (" resize ") already exists. Please update or delete the existing mapping with UUID f8b15917-ea77-4c93-a512-159448b30003
        @3 wait on ffffffffffffffff
        @4 resize <- orders MappingOptions { enabled: true, batch_size: 100, window_seconds: 5, reports_batch_item_failures: false, maximum_concurrency: Some(7) }
            ! wake ffffffffffffffff
        @4 resize <- orders MappingOptions { enabled: true, batch_size: 100, window_seconds: 5, reports_batch_item_failures: false, maximum_concurrency: None }
            ! wake ffffffffffffffff
        @4 400 InvalidParameterValueException: Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10
        @4 400 InvalidParameterValueException: The parameter FunctionName with a value other than the mapping's own is not supported by this server; delete the mapping and create one for the other function.
        @4 resize <- orders MappingOptions { enabled: false, batch_size: 100, window_seconds: 5, reports_batch_item_failures: false, maximum_concurrency: None }
            ! wake ffffffffffffffff
        @5 1 mappings as of #15
        @6 404 ResourceNotFoundException: The resource you requested does not exist.
        @6 resize <- orders MappingOptions { enabled: false, batch_size: 100, window_seconds: 5, reports_batch_item_failures: false, maximum_concurrency: None } deleted
            ! wake ffffffffffffffff
        @6 404 ResourceNotFoundException: The resource you requested does not exist.
        next due None
    "#]]);
}

#[test]
fn lists_are_merged_by_name_and_paged() {
    let mut core = Core::new();
    for name in ["d", "a", "c"] {
        core.apply(0, create(name));
    }
    let mut other = Core::new();
    for name in ["e", "b"] {
        other.apply(0, create(name));
    }
    core.transcript.clear();
    let mut after = None;
    loop {
        let query = Query::Functions {
            account: id("f").account,
            region: id("f").region,
            after: after.clone(),
            limit: 2,
        };
        let replies = vec![core.read(query.clone()).unwrap(), other.read(query.clone()).unwrap()];
        let merged = merge(&query, replies);
        writeln!(core.transcript, "= {}", show(&merged)).unwrap();
        let Reply::Functions { next, .. } = merged else { panic!("a list") };
        if next.is_none() {
            break;
        }
        after = next;
    }
    core.shows(&expect![[r#"
        ? ["a", "c", "d"] next None
        = ["a", "b"] next Some("b")
        ? ["c", "d"] next None
        = ["c", "d"] next Some("d")
        ? [] next None
        = ["e"] next None
        next due None
    "#]]);
}

#[test]
fn tags_are_merged_counted_and_taken_away() {
    let mut core = Core::new();
    core.apply(0, create("resize"));
    let resource = Resource::Function(id("resize"));
    let tags = |from: u32, to: u32| (from..to).map(|n| (format!("k{n}"), "v".to_owned())).collect();
    core.apply(1, Command::TagResource { resource: resource.clone(), tags: tags(0, 50) });
    core.apply(1, Command::TagResource { resource: resource.clone(), tags: tags(49, 51) });
    let keys = (2..50).map(|n| format!("k{n}")).collect();
    core.apply(2, Command::UntagResource { resource: resource.clone(), keys });
    core.read(Query::Tags(resource)).unwrap();
    core.shows(&expect![[r#"
        @0 resize 01010101…(100 B) revision 5c1d6c64
        @1 Nothing
        @1 400 InvalidParameterValueException: The number of tags exceeds the limit of 50.
        @2 Nothing
        ? Tags({"k0": "v", "k1": "v"})
        next due None
    "#]]);
}

/// A step of a random life: what is done, to which function or invocation.
fn step(core: &mut Core, now: u64, action: u8, number: u8, attempt: u32) {
    let name = if number.is_multiple_of(2) { "even" } else { "odd" };
    let command = match action {
        0 => create(name),
        1 => Command::DeleteFunction(id(name)),
        2 | 3 => invoke(name, number),
        4 => done(number, attempt, Completion::Succeeded),
        5 => done(number, attempt, failed()),
        6 => done(number, attempt, throttled()),
        7 => done(number, attempt, Completion::FunctionGone),
        8 => return core.deliver(now, id(name).arn(), b"{}"),
        _ => return core.tick(now),
    };
    core.apply(now, command);
}

proptest::proptest! {
    /// Whatever comes in whatever order: the indexes are made of the rows (see [`Core::turn`]),
    /// and once every attempt is answered and its time has come, nothing is left over.
    #[test]
    fn every_accepted_invocation_ends(
        steps in proptest::collection::vec((0..10_u8, 0..6_u8, 1..4_u32, 0..90_u64), 0..60),
    ) {
        let mut core = Core::new();
        let mut now = 0;
        for (action, number, attempt, wait) in steps {
            now += wait;
            step(&mut core, now, action, number, attempt);
        }
        for _ in 0..8 {
            for (_, invocation, attempt) in core.state.running(&core.rows) {
                let completion = failed();
                core.apply(now, Command::InvocationDone { invocation, attempt, completion });
            }
            now += 1000;
            core.tick(now);
        }
        proptest::prop_assert!(core.state.running(&core.rows).is_empty());
        proptest::prop_assert_eq!(core.state.next_due(), None);
        let left = |table| core.rows.iter().filter(|(row, ..)| *row == table).count();
        proptest::prop_assert_eq!((left(state::INVOCATIONS), left(state::PAYLOADS)), (0, 0));
    }
}
