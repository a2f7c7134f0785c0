//! The worker of one event source mapping: messages of a queue become invocations.
//!
//! ```text
//! wait for a message (receives nothing) ─▶ permit ─▶ receive, until the batch is full or its
//!        ▲                                           window ends ─▶ run ─▶ delete what succeeded
//!        └────────── meanwhile the next batch ───────────────────────┘
//! ```
//!
//! What failed is left alone and comes back when its visibility timeout ends, as at AWS; the queue
//! is told why, for those who look at the message or at its dead letter.
//!
//! # Invariants
//!
//! - A message is received only with a permit in hand.
//! - A received message is always run: nothing between the receive and the run is given up half
//!   way, whatever happens to the mapping meanwhile.

use super::batch::succeeded;
use super::records::{Batch, payload};
use super::{Functions, Limits, draw_uuid};
use crate::Unavailable;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tidemill_aws::generated::sqs::Message;
use tidemill_runner::{Invocation, Permit};
use tidemill_services::lambda::{Function, Mapping};
use tidemill_services::sqs::{self, QueueKey, ReceiptHandle};
use tidemill_services::{Command, Error, Reply, Work};
use tokio::sync::watch;

/// The error type of messages that a function's response names as failed.
const REPORTED: &str = "BatchItemFailure";
/// The error type of messages whose function could not be run.
const NOT_RUN: &str = "ServiceException";
/// Functions have one version so far.
const VERSION: &str = "$LATEST";

/// Batches of a mapping that run at once, to begin with.
const CONCURRENCY_INITIAL: usize = 5;
/// Where growth ends when the mapping says nothing.
const CONCURRENCY_MAX: usize = 1250;
/// A batch that waited so long for its turn is a reason to run more at once.
const PERMIT_WAIT: Duration = Duration::from_secs(1);
/// A queue that was empty so long is a reason to begin small again.
const IDLE: Duration = Duration::from_secs(5);
/// Before what cannot work (no such queue, no such function) is tried again.
const TROUBLE_PAUSE: Duration = Duration::from_secs(1);
/// Bytes of bodies and attributes in one invocation; the event around them needs the rest.
const BATCH_BYTES_MAX: usize = 5 * 1024 * 1024;
/// Messages asked of the queue at once: few, until they are known to be small.
const RECEIVE_MESSAGES_FIRST: usize = 10;
const RECEIVE_MESSAGES_MAX: usize = 100;
const SMALL_MESSAGE_BYTES: usize = 32 * 1024;
/// Messages deleted by one command.
const DELETE_MESSAGES_MAX: usize = 100;

/// How many batches a mapping may run at once, and why.
struct Scaling {
    limit: usize,
    has_failed: Arc<AtomicBool>,
}

impl Scaling {
    fn start() -> Scaling {
        Scaling { limit: CONCURRENCY_INITIAL, has_failed: Arc::default() }
    }

    fn limit(&self, mapping: &Mapping) -> usize {
        self.limit.min(bound(mapping))
    }

    /// Doubles, unless the function is failing anyway.
    fn grow(&mut self, mapping: &Mapping) {
        if !self.has_failed.load(Ordering::Relaxed) {
            self.limit = (self.limit * 2).min(bound(mapping)).max(1);
        }
    }
}

fn bound(mapping: &Mapping) -> usize {
    mapping.options.maximum_concurrency.map_or(CONCURRENCY_MAX, |bound| bound as usize)
}

/// Why nothing can be received now.
enum Trouble {
    Refused(Error),
    Stopping,
}

impl From<Unavailable> for Trouble {
    fn from(_: Unavailable) -> Trouble {
        Trouble::Stopping
    }
}

/// Works until the mapping is deleted or the node stops.
pub(super) async fn run(functions: Functions, mut updates: watch::Receiver<Mapping>) {
    let mut scaling = Scaling::start();
    let mut is_troubled = false;
    loop {
        let mapping = updates.borrow_and_update().clone();
        if !mapping.options.enabled {
            match functions.until_stopping(updates.changed()).await {
                Some(Ok(())) => continue,
                Some(Err(_)) | None => return,
            }
        }
        let ready = tokio::select! {
            biased;
            changed = functions.until_stopping(updates.changed()) => match changed {
                Some(Ok(())) => continue,
                Some(Err(_)) | None => return,
            },
            ready = ready(&functions, &mapping, &mut scaling) => ready,
        };
        let trouble = match ready {
            Ok((function, permit)) => {
                let gathered = gather(&functions, &mapping, &updates).await;
                let (batch, trouble) = gathered;
                if !batch.is_empty() {
                    let delivery = Delivery {
                        functions: functions.clone(),
                        mapping,
                        function,
                        has_failed: Arc::clone(&scaling.has_failed),
                    };
                    tokio::spawn(delivery.run(batch, permit));
                }
                trouble
            }
            Err(trouble) => Some(trouble),
        };
        match trouble {
            None => is_troubled = false,
            Some(Trouble::Stopping) => return,
            Some(Trouble::Refused(error)) => {
                // Said once: a mapping may outlive its queue for days.
                if !std::mem::replace(&mut is_troubled, true) {
                    let uuid = updates.borrow().uuid;
                    tracing::warn!("event source mapping {uuid} waits: {}", error.wire().message);
                }
                tokio::time::sleep(TROUBLE_PAUSE).await;
            }
        }
    }
}

/// Waits until there is a message and the right to run the function with it. May be dropped.
async fn ready(
    functions: &Functions,
    mapping: &Mapping,
    scaling: &mut Scaling,
) -> Result<(Function, Permit), Trouble> {
    let since = Instant::now();
    await_messages(functions, &queue(mapping)).await?;
    if since.elapsed() > IDLE {
        *scaling = Scaling::start();
    }
    let group = mapping.uuid.to_string();
    loop {
        // Looked up again in each round: its reservation may have changed.
        let function = functions.find(&mapping.function).await?.map_err(Trouble::Refused)?;
        let limits: Limits = functions.limits(&function);
        let own = [(group.as_str(), scaling.limit(mapping))];
        match tokio::time::timeout(PERMIT_WAIT, functions.permit(&limits, &own)).await {
            Ok(permit) => return Ok((function, permit)),
            Err(_) => {
                let in_use = functions.shared.runner.permits_in_use(&group);
                if in_use >= scaling.limit(mapping) {
                    scaling.grow(mapping);
                }
            }
        }
    }
}

fn queue(mapping: &Mapping) -> QueueKey {
    QueueKey::from_arn(&mapping.queue).expect("a mapping is made with the ARN of a queue")
}

async fn await_messages(functions: &Functions, queue: &QueueKey) -> Result<(), Trouble> {
    let command = Command::Sqs(sqs::Command::AwaitMessages(queue.clone()));
    let work = Work::Command(queue.partition(), command);
    functions.ask(work).await?.map(drop).map_err(Trouble::Refused)
}

/// Receives a batch. The window begins with its first message and ends early when the mapping
/// changes.
async fn gather(
    functions: &Functions,
    mapping: &Mapping,
    updates: &watch::Receiver<Mapping>,
) -> (Batch, Option<Trouble>) {
    let queue = queue(mapping);
    let batch_size = mapping.options.batch_size as usize;
    let window = Duration::from_secs(u64::from(mapping.options.window_seconds));
    let mut batch = Batch::default();
    let mut window_ends = None;
    loop {
        let step = if batch.is_small(SMALL_MESSAGE_BYTES) {
            RECEIVE_MESSAGES_MAX
        } else {
            RECEIVE_MESSAGES_FIRST
        };
        let wanted = step.min(batch_size - batch.len());
        let received = match receive(functions, &queue, wanted).await {
            Ok(received) => received,
            Err(trouble) => return (batch, Some(trouble)),
        };
        let has_more = received.len() == wanted;
        batch.extend(received);
        let is_full = batch.len() >= batch_size || batch.bytes() >= BATCH_BYTES_MAX;
        if batch.is_empty() || is_full || (window.is_zero() && !has_more) {
            return (batch, None);
        }
        if has_more {
            continue;
        }
        let ends = *window_ends.get_or_insert_with(|| Instant::now() + window);
        let mut updates = updates.clone();
        let waited = tokio::select! {
            waited = await_messages(functions, &queue) => waited,
            () = tokio::time::sleep_until(ends.into()) => return (batch, None),
            _ = functions.until_stopping(updates.changed()) => return (batch, None),
        };
        if let Err(trouble) = waited {
            return (batch, Some(trouble));
        }
    }
}

async fn receive(
    functions: &Functions,
    queue: &QueueKey,
    wanted: usize,
) -> Result<Vec<Message>, Trouble> {
    let request = sqs::ReceiveRequest {
        messages_max: u32::try_from(wanted).unwrap_or(u32::MAX),
        visibility_timeout: None,
        wait_time_seconds: Some(0),
        attempt_id: None,
    };
    let shown = sqs::Shown::all();
    let command = sqs::ReceiveMessage { queue: queue.clone(), request, shown };
    let command = Command::Sqs(sqs::Command::ReceiveMessage(command));
    match functions.ask(Work::Command(queue.partition(), command)).await? {
        Ok(Reply::Sqs(reply)) => {
            // The bodies may have to be read from disk.
            let read = tokio::task::spawn_blocking(|| sqs::received_messages(reply)).await;
            read.map_err(|_| Trouble::Stopping)
        }
        Ok(other) => unreachable!("a receive is answered with messages, not {other:?}"),
        Err(error) => Err(Trouble::Refused(error)),
    }
}

/// A batch on its way through the function.
struct Delivery {
    functions: Functions,
    mapping: Mapping,
    function: Function,
    has_failed: Arc<AtomicBool>,
}

impl Delivery {
    async fn run(self, batch: Batch, permit: Permit) {
        let _busy = self.functions.busy();
        let mut permit = Some(permit);
        // Almost always one: only large messages make a batch too large for one event.
        for part in batch.split(BATCH_BYTES_MAX) {
            let permit = match permit.take() {
                Some(permit) => permit,
                None => self.another_permit().await,
            };
            let has_succeeded = self.run_part(&part, permit).await;
            self.has_failed.store(!has_succeeded, Ordering::Relaxed);
        }
    }

    /// These messages are received already, so this one waits as long as it takes.
    async fn another_permit(&self) -> Permit {
        let limits = self.functions.limits(&self.function);
        self.functions.permit(&limits, &[]).await
    }

    /// Says whether the whole part succeeded.
    async fn run_part(&self, messages: &[Message], permit: Permit) -> bool {
        let options = &self.mapping.options;
        let invocation = Invocation {
            permit,
            request_id: draw_uuid().to_string(),
            payload: payload(messages, &self.mapping.queue),
            client_context: None,
            trace: None,
            invoked_arn: None,
        };
        let response = match self.functions.run(&self.function, invocation).await {
            Ok(outcome) => outcome.result.map_err(|error| error.error_type),
            Err(error) => {
                let uuid = self.mapping.uuid;
                tracing::warn!("event source mapping {uuid} could not run a batch: {error}");
                Err(NOT_RUN.to_owned())
            }
        };
        let response = match response {
            Ok(response) => response,
            // Without a response nothing is deleted: all of it comes back.
            Err(error_type) => {
                self.say_failed(messages.iter(), error_type).await;
                return false;
            }
        };
        let done = if options.reports_batch_item_failures {
            succeeded(messages, &response)
        } else {
            messages.iter().collect()
        };
        self.delete(&done).await;
        let is_done =
            |message: &&Message| done.iter().any(|other| other.message_id == message.message_id);
        let failed = messages.iter().filter(|message| !is_done(message));
        self.say_failed(failed, REPORTED.to_owned()).await;
        done.len() == messages.len()
    }

    /// Tells the queue how the receives of these messages ended.
    async fn say_failed<'m>(
        &self,
        messages: impl Iterator<Item = &'m Message>,
        error_type: String,
    ) {
        let handles: Vec<ReceiptHandle> = messages
            .filter_map(|message| ReceiptHandle::parse(message.receipt_handle.as_deref()?).ok())
            .collect();
        if handles.is_empty() {
            return;
        }
        let queue = queue(&self.mapping);
        let reason = sqs::EndReason::FunctionError {
            error_type,
            function: self.function.id.arn().to_string(),
            version: VERSION.to_owned(),
        };
        let partition = queue.partition();
        let command = sqs::EndReceives { queue, handles, reason, visible_in: None };
        let command = Command::Sqs(sqs::Command::EndReceives(command));
        // When this fails the node is stopping or the queue is gone, and nobody will ask why.
        let _ = self.functions.ask(Work::Command(partition, command)).await;
    }

    async fn delete(&self, messages: &[&Message]) {
        let queue = queue(&self.mapping);
        for some in messages.chunks(DELETE_MESSAGES_MAX) {
            let handles = some.iter().filter_map(|message| message.receipt_handle.as_deref());
            let handles = handles.filter_map(|handle| ReceiptHandle::parse(handle).ok());
            let entries = handles
                .enumerate()
                .map(|(index, entry)| sqs::BatchEntry { id: index.to_string(), entry })
                .collect();
            let batch = sqs::Batch { entries, refused: Vec::new() };
            let command = sqs::DeleteMessageBatch { queue: queue.clone(), batch };
            let command = Command::Sqs(sqs::Command::DeleteMessageBatch(command));
            // When this fails the node is stopping or the queue is gone; the messages, if they
            // are still there, come back, as the contract of a queue has it.
            let _ = self.functions.ask(Work::Command(queue.partition(), command)).await;
        }
    }
}
