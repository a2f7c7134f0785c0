//! The Runtime API of one sandbox: what its runtime may ask, and when.
//!
//! ```text
//! starting ──next──▶ idle ──next + event──▶ running ──response | error──▶ idle
//!     └──init/error──▶ failed
//! ```
//!
//! This module is the state machine; `http` reads and writes the wire, `server` joins the two.
//!
//! # Invariants
//!
//! - At most one invocation is pending or running.
//! - An invocation is answered once: by its runtime, or by the sandbox when the runtime ends.
//!
//! AWS behaviour this follows: the Lambda Developer Guide's "Lambda runtime API" and the open
//! runtime interface emulator, whose error bodies these are.

#[cfg(test)]
mod fuzz;
mod http;
mod server;

pub(crate) use server::serve;

use crate::spec::{ErrorKind, FunctionError};
use bytes::Bytes;
use serde::Deserialize as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, oneshot, watch};

/// What `next` hands to the runtime.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) request_id: String,
    pub(crate) payload: Bytes,
    pub(crate) deadline_ms: u64,
    pub(crate) invoked_arn: String,
    pub(crate) trace: Option<String>,
    pub(crate) client_context: Option<String>,
}

pub(crate) type Completion = Result<Bytes, FunctionError>;

/// How far the runtime's start has come.
#[derive(Clone, Debug)]
pub(crate) enum Init {
    Pending,
    Ready,
    Failed(FunctionError),
}

#[derive(Debug)]
struct Dispatch {
    event: Arc<Event>,
    done: oneshot::Sender<Completion>,
}

#[derive(Debug)]
enum Phase {
    Starting,
    Idle,
    Running(Dispatch),
    Failed,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    pending: Option<Dispatch>,
    /// Tells an answer that comes twice from one that names no invocation of ours.
    answered: Option<String>,
}

/// One sandbox's end of the Runtime API.
#[derive(Debug)]
pub(crate) struct RuntimeApi {
    state: Mutex<State>,
    dispatched: Notify,
    init: watch::Sender<Init>,
}

/// What a request for the next event gets.
#[derive(Debug)]
pub(crate) enum Next {
    Take(Arc<Event>),
    Wait,
    Refused,
}

/// How the API takes an answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Accepted,
    /// Not the id of the running invocation.
    UnknownRequestId,
    /// Out of turn.
    InvalidTransition,
}

impl RuntimeApi {
    pub(crate) fn new() -> RuntimeApi {
        RuntimeApi {
            state: Mutex::new(State { phase: Phase::Starting, pending: None, answered: None }),
            dispatched: Notify::new(),
            init: watch::Sender::new(Init::Pending),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn init(&self) -> watch::Receiver<Init> {
        self.init.subscribe()
    }

    /// Hands an event to the runtime as soon as it asks. The receiver fails when the sandbox
    /// ends first.
    pub(crate) fn dispatch(&self, event: Event) -> oneshot::Receiver<Completion> {
        let (done, completion) = oneshot::channel();
        let mut state = self.state();
        let busy = state.pending.is_some() || matches!(state.phase, Phase::Running(_));
        assert!(!busy, "the pool lends a sandbox to one invocation at a time");
        state.pending = Some(Dispatch { event: Arc::new(event), done });
        drop(state);
        self.dispatched.notify_one();
        completion
    }

    /// Whether the runtime has taken the event it was dispatched: then its effects may have
    /// begun, and the event must not be given to another sandbox.
    pub(crate) fn was_delivered(&self) -> bool {
        self.state().pending.is_none()
    }

    fn next(&self) -> Next {
        let mut state = self.state();
        match state.phase {
            Phase::Running(_) | Phase::Failed => return Next::Refused,
            Phase::Starting => {
                state.phase = Phase::Idle;
                self.init.send_replace(Init::Ready);
            }
            Phase::Idle => {}
        }
        match state.pending.take() {
            Some(dispatch) => {
                let event = dispatch.event.clone();
                state.phase = Phase::Running(dispatch);
                Next::Take(event)
            }
            None => Next::Wait,
        }
    }

    async fn dispatched(&self) {
        self.dispatched.notified().await;
    }

    /// The connection broke before the event was written to it: another one may ask.
    fn undeliver(&self, request_id: &str) {
        let mut state = self.state();
        let is_running = matches!(
            &state.phase,
            Phase::Running(running) if running.event.request_id == request_id
        );
        if !is_running {
            return;
        }
        if let Phase::Running(dispatch) = std::mem::replace(&mut state.phase, Phase::Idle) {
            state.pending = Some(dispatch);
            self.dispatched.notify_one();
        }
    }

    fn answer(&self, request_id: &str, completion: Completion) -> Answer {
        let mut state = self.state();
        match &state.phase {
            Phase::Running(running) if running.event.request_id == request_id => {}
            Phase::Starting | Phase::Idle | Phase::Running(_) | Phase::Failed => {
                return if state.answered.as_deref() == Some(request_id) {
                    Answer::InvalidTransition
                } else {
                    Answer::UnknownRequestId
                };
            }
        }
        if let Phase::Running(dispatch) = std::mem::replace(&mut state.phase, Phase::Idle) {
            // The caller may have given up at the deadline; the runtime need not know.
            let _ = dispatch.done.send(completion);
        }
        state.answered = Some(request_id.to_owned());
        Answer::Accepted
    }

    fn init_failed(&self, error: FunctionError) -> Answer {
        let mut state = self.state();
        if !matches!(state.phase, Phase::Starting) {
            return Answer::InvalidTransition;
        }
        state.phase = Phase::Failed;
        self.init.send_replace(Init::Failed(error));
        Answer::Accepted
    }

    /// Checks and passes on what the runtime answered.
    fn respond(&self, request_id: &str, body: Bytes) -> Answer {
        let completion = if is_json(&body) {
            Ok(body)
        } else {
            Err(FunctionError::new(
                ErrorKind::Response,
                "Runtime.MarshalError",
                "The function's response is not valid JSON",
            ))
        };
        self.answer(request_id, completion)
    }
}

/// An empty body counts: a runtime may answer nothing at all.
fn is_json(body: &[u8]) -> bool {
    if body.is_empty() {
        return true;
    }
    let mut parser = serde_json::Deserializer::from_slice(body);
    match serde::de::IgnoredAny::deserialize(&mut parser) {
        Ok(_) => parser.end().is_ok(),
        // The parser's own guard, not a fault of the document: 200 nested arrays are JSON too.
        Err(error) => error.to_string().starts_with("recursion limit exceeded"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use std::fmt::Write;

    fn event(request_id: &str) -> Event {
        Event {
            request_id: request_id.to_owned(),
            payload: Bytes::from_static(b"{}"),
            deadline_ms: 0,
            invoked_arn: String::new(),
            trace: None,
            client_context: None,
        }
    }

    /// Runs a script of requests, one per line, and shows what each one gets.
    fn check(script: &str, expected: Expect) {
        let api = RuntimeApi::new();
        let mut completions = Vec::new();
        let mut transcript = String::new();
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let words: Vec<&str> = line.split(' ').collect();
            let shown = match words[..] {
                ["next"] => match api.next() {
                    Next::Take(event) => format!("Take {}", event.request_id),
                    Next::Wait => "Wait".to_owned(),
                    Next::Refused => "Refused".to_owned(),
                },
                ["dispatch", id] => {
                    completions.push(api.dispatch(event(id)));
                    "ok".to_owned()
                }
                ["response", id, body] => {
                    format!("{:?}", api.respond(id, Bytes::copy_from_slice(body.as_bytes())))
                }
                ["error", id] => {
                    let error = FunctionError::new(ErrorKind::Handler, "E", "m");
                    format!("{:?}", api.answer(id, Err(error)))
                }
                ["init-error"] => {
                    let error = FunctionError::new(ErrorKind::Init, "E", "m");
                    format!("{:?}", api.init_failed(error))
                }
                ["lose", id] => {
                    api.undeliver(id);
                    "ok".to_owned()
                }
                _ => panic!("no such step: {line}"),
            };
            writeln!(transcript, "{line} -> {shown}").unwrap();
        }
        for mut completion in completions {
            let shown = match completion.try_recv() {
                Ok(Ok(body)) => format!("{body:?}"),
                Ok(Err(error)) => error.to_string(),
                Err(error) => error.to_string(),
            };
            writeln!(transcript, "= {shown}").unwrap();
        }
        expected.assert_eq(&transcript);
    }

    #[test]
    fn an_answer_out_of_turn_or_for_another_id_is_refused() {
        check(
            "
            response r1 1
            next
            dispatch r1
            response r1 1
            next
            next
            response r2 1
            response r1 1
            response r1 1
            next
            ",
            expect![[r#"
                response r1 1 -> UnknownRequestId
                next -> Wait
                dispatch r1 -> ok
                response r1 1 -> UnknownRequestId
                next -> Take r1
                next -> Refused
                response r2 1 -> UnknownRequestId
                response r1 1 -> Accepted
                response r1 1 -> InvalidTransition
                next -> Wait
                = b"1"
            "#]],
        );
    }

    #[test]
    fn an_init_error_is_taken_only_while_starting_and_ends_the_runtime() {
        check(
            "
            init-error
            init-error
            next
            ",
            expect![[r#"
                init-error -> Accepted
                init-error -> InvalidTransition
                next -> Refused
            "#]],
        );
    }

    #[test]
    fn an_event_lost_with_its_connection_is_given_to_the_next_one_that_asks() {
        check(
            "
            next
            dispatch r1
            next
            lose r1
            next
            response r1 {
            dispatch r2
            next
            error r2
            ",
            expect![[r#"
                next -> Wait
                dispatch r1 -> ok
                next -> Take r1
                lose r1 -> ok
                next -> Take r1
                response r1 { -> Accepted
                dispatch r2 -> ok
                next -> Take r2
                error r2 -> Accepted
                = Runtime.MarshalError: The function's response is not valid JSON
                = E: m
            "#]],
        );
    }

    #[test]
    fn deep_json_is_still_json() {
        let deep = ["[".repeat(500), "]".repeat(500)].concat();
        assert!(is_json(deep.as_bytes()));
        assert!(is_json(b""));
        assert!(!is_json(b"1 2"));
    }
}
