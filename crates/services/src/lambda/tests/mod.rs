//! Transcripts: commands in, replies and effects out.

mod functions;
mod invocations;
mod mappings;

use super::create_function::CreateFunction;
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
                Effect::Deliver(delivery) | Effect::Relay { delivery, .. } => {
                    writeln!(self.transcript, "    ! {delivery:?}")
                }
                Effect::HttpPost(post) => panic!("functions post nothing: {post:?}"),
                Effect::Sign(signing) => panic!("functions sign nothing: {signing:?}"),
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
