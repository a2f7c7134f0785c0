//! Runs what the core asked to be run: one attempt at an asynchronous invocation at a time each,
//! and tells the core how it ended.

use super::Functions;
use crate::Unavailable;
use crate::core::Invoke;
use std::sync::Arc;
use std::time::Duration;
use tidemill_kernel::{PartitionId, Uuid};
use tidemill_runner::{ErrorKind, Invocation};
use tidemill_services::lambda::{self, Attempt, Completion};
use tidemill_services::{Command, Query, Reply, Work};
use tokio::sync::{Semaphore, mpsc};

/// Attempts under way at once; the rest wait as a few bytes each.
const ATTEMPTS_MAX: usize = 1000;
/// How long an attempt waits for a permit before it is put off by the core.
const PERMIT_WAIT_MAX: Duration = Duration::from_secs(1);
/// Between tries to tell a busy node how an attempt ended.
const BUSY_PAUSE: Duration = Duration::from_millis(100);
/// Between tries to do something on a full disk.
const ROOM_PAUSE: Duration = Duration::from_secs(1);
/// Bytes of an error's text that the core remembers.
const REASON_BYTES_MAX: usize = 1024;

pub(super) async fn run(functions: Functions, mut inbox: mpsc::UnboundedReceiver<Invoke>) {
    let slots = Arc::new(Semaphore::new(ATTEMPTS_MAX));
    while let Some(invoke) = functions.until_stopping(inbox.recv()).await.flatten() {
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
        let functions = functions.clone();
        tokio::spawn(async move {
            let _busy = functions.busy();
            // An error means that the node is stopping: the row stays, and is run again.
            let _ = attempt(&functions, &invoke).await;
            drop(slot);
        });
    }
}

async fn attempt(functions: &Functions, invoke: &Invoke) -> Result<(), Unavailable> {
    let Some(partition) = PartitionId::of_arn(&invoke.function) else { return Ok(()) };
    let query = lambda::Query::Attempt { invocation: invoke.invocation, attempt: invoke.attempt };
    let answer = functions.ask(Work::Query(partition, Query::Lambda(query))).await?;
    let completion = match answer {
        Ok(Reply::Lambda(lambda::Reply::Attempt(Some(attempt)))) => {
            complete(functions, invoke.invocation, *attempt).await
        }
        // Stale, which the core will notice, or without a function.
        Ok(_) | Err(_) => Completion::FunctionGone,
    };
    if matches!(completion, Completion::NotRun(_)) && *functions.shared.stopping.borrow() {
        return Err(Unavailable::Stopping);
    }
    let done = lambda::Command::InvocationDone {
        invocation: invoke.invocation,
        attempt: invoke.attempt,
        completion,
    };
    functions.ask(Work::Command(partition, Command::Lambda(Box::new(done)))).await?.ok();
    Ok(())
}

async fn complete(functions: &Functions, id: Uuid, attempt: Attempt) -> Completion {
    let Attempt { function, payload } = attempt;
    let limits = functions.limits(&function);
    let permit = tokio::time::timeout(PERMIT_WAIT_MAX, functions.permit(&limits, &[]));
    let Ok(permit) = permit.await else {
        return Completion::NotRun(limits.throttle_reason().as_str().to_owned());
    };
    let invocation = Invocation {
        permit,
        request_id: id.to_string(),
        payload,
        client_context: None,
        trace: None,
        invoked_arn: None,
    };
    match functions.run(&function, invocation).await {
        Err(error) => Completion::NotRun(error.to_string()),
        Ok(outcome) => match outcome.result {
            Ok(_) => Completion::Succeeded,
            Err(error) => {
                let reason = error.to_string();
                let end = reason.floor_char_boundary(REASON_BYTES_MAX);
                let reason = reason.get(..end).unwrap_or_default().to_owned();
                match error.kind {
                    ErrorKind::Sandbox => Completion::NotRun(reason),
                    ErrorKind::Handler
                    | ErrorKind::Init
                    | ErrorKind::Timeout
                    | ErrorKind::OutOfMemory
                    | ErrorKind::Exit
                    | ErrorKind::Response => Completion::FunctionError(reason),
                }
            }
        },
    }
}

impl Functions {
    /// Submits work of our own: a busy node is asked again, and so is one without room.
    pub(super) async fn ask(&self, work: Work) -> Result<crate::core::Answer, Unavailable> {
        loop {
            match self.shared.node.submit(work.clone()).await {
                Err(Unavailable::Busy) => tokio::time::sleep(BUSY_PAUSE).await,
                Err(Unavailable::NoRoom(_)) => tokio::time::sleep(ROOM_PAUSE).await,
                answered => return answered,
            }
        }
    }
}
