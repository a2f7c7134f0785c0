//! One invocation in one sandbox: dispatch, wait, and say what came of it, in AWS's words.

use crate::api::{Completion, Event};
use crate::clock::{iso, now_ms};
use crate::pool::{Lease, StartFailure, StartFailureReason};
use crate::sandbox::{Ending, Sandbox};
use crate::spec::{ErrorKind, FunctionError, FunctionSpec, Invocation, InvokeOutcome};
use bytes::Bytes;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What an attempt came to.
pub(crate) enum Attempt {
    Done(InvokeOutcome),
    /// The sandbox died before its runtime took the event, so nothing of it has begun.
    NotDelivered,
}

/// Runs an invocation. A sandbox that must not serve again is told to end.
pub(crate) async fn attempt(lease: &Lease, invocation: &Invocation) -> Attempt {
    let sandbox = &lease.sandbox;
    let spec = &sandbox.spec;
    let request_id = &invocation.request_id;
    // What init printed, or what an earlier invocation left running: none of it is this one's.
    sandbox.capture.drain();
    {
        let mut log = sandbox.capture.writer();
        log.begin_tail();
        log.record(&format!("START RequestId: {request_id} Version: {}", spec.version));
    }
    let dispatched = Instant::now();
    let timeout_ms = u64::try_from(spec.timeout.as_millis()).unwrap_or(u64::MAX);
    let completion = sandbox.api.dispatch(Event {
        request_id: request_id.clone(),
        payload: invocation.payload.clone(),
        deadline_ms: now_ms().saturating_add(timeout_ms),
        invoked_arn: invocation.invoked_arn.clone().unwrap_or_else(|| spec.arn.clone()),
        trace: invocation.trace.clone(),
        client_context: invocation.client_context.clone(),
    });
    let result = tokio::select! {
        biased;
        completion = completion => completion.unwrap_or_else(|_| {
            Err(ending_error(&Ending::Lost, request_id))
        }),
        ending = sandbox.ended() => {
            if !sandbox.api.was_delivered() {
                sandbox.end();
                return Attempt::NotDelivered;
            }
            Err(ending_error(&ending, request_id))
        }
        () = tokio::time::sleep_until((dispatched + spec.timeout).into()) => {
            Err(timeout_error(spec, request_id))
        }
    };
    let duration = dispatched.elapsed();
    // What the handler printed before its answer is in the pipe already.
    sandbox.capture.drain();
    if must_end(&result) {
        sandbox.end();
    }
    Attempt::Done(conclude(sandbox, request_id, result, duration, lease.init))
}

/// Whether the sandbox is spoilt by this result: its processes may still run or are broken.
fn must_end(result: &Completion) -> bool {
    match result {
        Ok(_) => false,
        Err(error) => match error.kind {
            ErrorKind::Handler | ErrorKind::Response => false,
            ErrorKind::Init
            | ErrorKind::Timeout
            | ErrorKind::OutOfMemory
            | ErrorKind::Exit
            | ErrorKind::Sandbox => true,
        },
    }
}

/// What the caller gets when no sandbox came up.
pub(crate) fn failed_start(
    spec: &Arc<FunctionSpec>,
    failure: StartFailure,
    request_id: &str,
) -> InvokeOutcome {
    let error = match failure.reason {
        StartFailureReason::Reported(error) => with_request_id(error, request_id),
        StartFailureReason::Entrypoint(reason) => FunctionError::new(
            ErrorKind::Init,
            "Runtime.InvalidEntrypoint",
            format!("RequestId: {request_id} Error: {reason}"),
        ),
        StartFailureReason::Ended(ending) => ending_error(&ending, request_id),
        StartFailureReason::TimedOut => timeout_error(spec, request_id),
        StartFailureReason::Unavailable(reason) => {
            FunctionError::new(ErrorKind::Sandbox, "Runtime.Unavailable", reason)
        }
    };
    let Some(sandbox) = failure.sandbox else {
        return InvokeOutcome {
            result: Err(error),
            log_tail: Bytes::new(),
            duration: Duration::ZERO,
            billed_ms: 0,
            init: None,
            max_memory_mb: 0,
            log_stream: String::new(),
        };
    };
    sandbox.capture.drain();
    sandbox
        .capture
        .writer()
        .record(&format!("START RequestId: {request_id} Version: {}", spec.version));
    sandbox.end();
    conclude(&sandbox, request_id, Err(error), Duration::ZERO, Some(failure.init))
}

/// Writes the lines that end an invocation's log, and makes up the bill.
fn conclude(
    sandbox: &Sandbox,
    request_id: &str,
    result: Completion,
    duration: Duration,
    init: Option<Duration>,
) -> InvokeOutcome {
    let spec = &sandbox.spec;
    // Since August 2025 AWS bills init with the first invocation.
    let billed = duration + init.unwrap_or_default();
    let billed_ms = u64::try_from(billed.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX);
    let max_memory_mb =
        u32::try_from(sandbox.memory_peak_bytes().div_ceil(1 << 20)).unwrap_or(u32::MAX);
    let mut report = format!(
        "REPORT RequestId: {request_id}\tDuration: {:.2} ms\tBilled Duration: {billed_ms} ms\t\
         Memory Size: {} MB\tMax Memory Used: {max_memory_mb} MB\t",
        duration.as_secs_f64() * 1000.0,
        spec.memory_mb,
    );
    if let Some(init) = init {
        report += &format!("Init Duration: {:.2} ms\t", init.as_secs_f64() * 1000.0);
    }
    if let Err(error) = &result {
        report += status(error);
    }
    let mut log = sandbox.capture.writer();
    log.end_output();
    if let Err(error) = &result {
        match error.kind {
            ErrorKind::Timeout => log.record(&format!(
                "{} {request_id} Task timed out after {:.2} seconds",
                iso(now_ms()),
                spec.timeout.as_secs_f64()
            )),
            ErrorKind::Exit | ErrorKind::OutOfMemory => {
                log.record(&error.message);
                log.record(&error.error_type);
            }
            ErrorKind::Response => log.record(&format!("[ERROR] {error}")),
            // The runtime has printed these itself.
            ErrorKind::Handler | ErrorKind::Init | ErrorKind::Sandbox => {}
        }
    }
    log.record(&format!("END RequestId: {request_id}"));
    log.record(&report);
    log.flush();
    let log_tail = log.tail().into();
    let log_stream = sandbox.log_stream.clone();
    InvokeOutcome { result, log_tail, duration, billed_ms, init, max_memory_mb, log_stream }
}

fn status(error: &FunctionError) -> &'static str {
    match error.kind {
        ErrorKind::Timeout => "Status: timeout",
        ErrorKind::OutOfMemory => "Status: error\tError Type: Runtime.OutOfMemory",
        ErrorKind::Exit => "Status: error\tError Type: Runtime.ExitError",
        ErrorKind::Init | ErrorKind::Sandbox => "Status: error",
        // AWS reports a handler's exception as an ordinary end.
        ErrorKind::Handler | ErrorKind::Response => "",
    }
}

fn timeout_error(spec: &FunctionSpec, request_id: &str) -> FunctionError {
    let seconds = spec.timeout.as_secs_f64();
    let message =
        format!("RequestId: {request_id} Error: Task timed out after {seconds:.2} seconds");
    FunctionError::new(ErrorKind::Timeout, "Sandbox.Timedout", message)
}

fn ending_error(ending: &Ending, request_id: &str) -> FunctionError {
    let (kind, reason) = match ending {
        Ending::Exited { code: 0 } => {
            (ErrorKind::Exit, "Runtime exited without providing a reason".to_owned())
        }
        Ending::Exited { code } => {
            (ErrorKind::Exit, format!("Runtime exited with error: exit status {code}"))
        }
        Ending::Killed { signal } => (
            ErrorKind::Exit,
            format!("Runtime exited with error: signal: {}", signal_name(*signal)),
        ),
        Ending::OutOfMemory { .. } => {
            (ErrorKind::OutOfMemory, "Runtime exited with error: signal: killed".to_owned())
        }
        Ending::Crowded { count } => (
            ErrorKind::Exit,
            format!("Runtime exited with error: signal: killed ({count} processes)"),
        ),
        Ending::Refused { reason } => (ErrorKind::Sandbox, reason.clone()),
        Ending::Asked => (ErrorKind::Sandbox, "The server is shutting down".to_owned()),
        Ending::Lost => (ErrorKind::Sandbox, "The sandbox's launcher died".to_owned()),
    };
    let error_type = match kind {
        ErrorKind::Sandbox => "Runtime.Unavailable",
        ErrorKind::Handler
        | ErrorKind::Init
        | ErrorKind::Timeout
        | ErrorKind::OutOfMemory
        | ErrorKind::Exit
        | ErrorKind::Response => "Runtime.ExitError",
    };
    FunctionError::new(kind, error_type, format!("RequestId: {request_id} Error: {reason}"))
}

/// The names that Lambda shows, which are Go's.
fn signal_name(signal: i32) -> String {
    match signal {
        1 => "hangup",
        2 => "interrupt",
        3 => "quit",
        4 => "illegal instruction",
        6 => "aborted",
        7 => "bus error",
        8 => "floating point exception",
        9 => "killed",
        11 => "segmentation fault",
        13 => "broken pipe",
        14 => "alarm clock",
        15 => "terminated",
        other => return format!("signal {other}"),
    }
    .to_owned()
}

/// A runtime that fails its init knows no request yet; AWS adds the first one's id.
fn with_request_id(mut error: FunctionError, request_id: &str) -> FunctionError {
    if let Ok(serde_json::Value::Object(mut document)) = serde_json::from_slice(&error.payload) {
        document.entry("requestId").or_insert_with(|| request_id.into());
        error.payload = serde_json::Value::Object(document).to_string().into();
    }
    error
}
