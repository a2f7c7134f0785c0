//! Amazon SQS: queues. (Contract with the root of services; to be filled.)

use kernel::{Arn, Delivery, Look, Outcome, Rows, Timestamp, Turn};
use minicbor::{Decode, Encode};
use tidemill_aws::WireError;
use tidemill_kernel as kernel;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub enum Command {
    #[n(0)]
    CreateQueue,
}

impl Command {
    #[must_use]
    pub fn foreign(&self) -> Vec<Arn> {
        Vec::new()
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Query {
    GetQueueUrl,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    QueueUrl,
}

#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    #[error("The specified queue does not exist.")]
    QueueDoesNotExist,
}

impl Error {
    #[must_use]
    pub fn wire(&self) -> WireError {
        WireError::sender("QueueDoesNotExist", 400, self.to_string())
    }
}

#[derive(Debug)]
pub struct State {}

impl State {
    #[must_use]
    pub fn load(_rows: &dyn Rows) -> State {
        State {}
    }
    pub fn freeze(&mut self, _rows: &mut dyn Rows) {}
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        None
    }
    pub fn tick(&mut self, _turn: &mut Turn<'_>) {}
    pub fn apply(&mut self, _: &mut Turn<'_>, _: Command) -> Result<Outcome<Reply>, Error> {
        Err(Error::QueueDoesNotExist)
    }
    pub fn read(&self, _: &Look<'_>, _: Query) -> Result<Reply, Error> {
        Err(Error::QueueDoesNotExist)
    }
    /// `Some` when the queue exists; the text is its redrive allow policy, if it has one.
    #[must_use]
    pub fn describe(&self, _: &Look<'_>, _: &Arn) -> Option<String> {
        None
    }
    /// Takes a message from another resource; an `Err` sends it back with that reason.
    pub fn deliver(&mut self, _: &mut Turn<'_>, _: &Delivery) -> Result<(), String> {
        Err("no such queue".to_owned())
    }
    /// Takes back a delivery of ours that its target refused.
    pub fn returned(&mut self, _: &mut Turn<'_>, _: Delivery) {}
}

#[must_use]
pub fn merge(_: &Query, _: Vec<Reply>) -> Reply {
    Reply::QueueUrl
}
