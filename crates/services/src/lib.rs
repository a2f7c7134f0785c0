//! The AWS services as pure state machines, and the one place that names them all.
//!
//! ```text
//! decode(Input, &Caller) → Command | Query        (at the edge)
//! State::apply(&mut Turn, Command) → Reply        (in the partition's core, then logged)
//! encode(Reply, &Caller) → Output                 (at the edge, once durable)
//! ```
//!
//! # Invariants
//!
//! - Pure: no I/O, clock, randomness, thread or hash-map iteration. A replay of the log gives the
//!   same state, byte for byte.
//! - Services never import each other. What one says to another is a [`Delivery`] to an ARN.
//! - A delivery to this partition is drained inside the same apply; one to another partition is an
//!   outbox row, applied there exactly once, in order.

mod burden;
mod duplicates;
pub mod iam;
pub mod lambda;
pub mod logs;
pub mod outbox;
pub mod s3;
pub mod sns;
pub mod sqs;
pub mod sts;

pub use burden::Burden;

use kernel::{
    Arn, Delivery, Effect as Wanted, Facts, Look, Outcome, PartitionId, Rows, Timestamp, Turn,
    WakeKey,
};
use minicbor::{Decode, Encode};
use outbox::Envelope;
use tidemill_aws::WireError;
use tidemill_kernel as kernel;

/// Deliveries one apply drains itself; the rest goes through the outbox, so that a fan-out
/// cannot hold up the partition.
const LOCAL_DELIVERIES_MAX: usize = 64;

/// What is written to the log: a command and the foreign facts it was decided with.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Entry {
    #[n(0)]
    pub command: Command,
    #[n(1)]
    pub facts: Facts,
}

/// Everything that can change state. Tags are written to the log: append, never renumber.
///
/// Large commands are boxed: each is moved a dozen times between edge and log, and a message that
/// is sent should not pay for an object's size.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub enum Command {
    /// Something is due: let every service move what time has moved.
    #[n(0)]
    Tick,
    /// A delivery from another partition.
    #[n(1)]
    Inbox(#[n(0)] Box<Envelope>),
    /// Everything up to `sequence` has been applied by `target`.
    #[n(2)]
    OutboxAck(#[n(0)] PartitionId, #[n(1)] u64),
    #[n(3)]
    Sqs(#[n(0)] sqs::Command),
    #[n(4)]
    S3(#[n(0)] Box<s3::Command>),
    #[n(5)]
    Lambda(#[n(0)] Box<lambda::Command>),
    #[n(6)]
    Logs(#[n(0)] logs::Command),
    #[n(7)]
    Iam(#[n(0)] Box<iam::Command>),
    #[n(8)]
    Sns(#[n(0)] sns::Command),
}

impl Command {
    /// The files of these blobs are gone.
    #[must_use]
    pub fn forget_blobs(blobs: Vec<s3::model::BlobId>) -> Command {
        Command::S3(Box::new(s3::Command::ForgetBlobs(blobs)))
    }

    /// Foreign resources the node must look up before this command is logged.
    #[must_use]
    pub fn foreign(&self) -> Vec<Arn> {
        match self {
            Command::Tick | Command::Inbox(_) | Command::OutboxAck(..) => Vec::new(),
            Command::Sqs(command) => command.foreign(),
            Command::S3(command) => command.foreign(),
            Command::Lambda(command) => command.foreign(),
            Command::Logs(command) => command.foreign(),
            Command::Iam(command) => command.foreign(),
            Command::Sns(command) => command.foreign(),
        }
    }
}

/// Everything that can be asked without changing anything.
#[derive(Clone, Debug, PartialEq)]
pub enum Query {
    /// Does the resource exist here, and what does it tell a stranger? Answers [`Reply::Fact`].
    Fact(Arn),
    Sqs(sqs::Query),
    S3(Box<s3::Query>),
    Lambda(lambda::Query),
    Logs(logs::Query),
    Iam(iam::Query),
    Sts(sts::Query),
    Sns(sns::Query),
}

#[derive(Clone, Debug)]
pub enum Reply {
    /// For commands that nobody asked for.
    Nothing,
    Fact(kernel::Fact),
    Sqs(sqs::Reply),
    S3(s3::Reply),
    Lambda(lambda::Reply),
    Logs(logs::Reply),
    Iam(iam::Reply),
    Sts(sts::Reply),
    Sns(sns::Reply),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Error {
    Sqs(sqs::Error),
    S3(s3::Error),
    Lambda(lambda::Error),
    Logs(logs::Error),
    Iam(iam::Error),
    Sts(sts::Error),
    Sns(sns::Error),
}

impl Error {
    /// The one place where a refusal becomes what AWS would say.
    #[must_use]
    pub fn wire(&self) -> WireError {
        match self {
            Error::Sqs(error) => error.wire(),
            Error::S3(error) => error.wire(),
            Error::Lambda(error) => error.wire(),
            Error::Logs(error) => error.wire(),
            Error::Iam(error) => error.wire(),
            Error::Sts(error) => error.wire(),
            Error::Sns(error) => error.wire(),
        }
    }
}

/// A unit of work as the edge hands it to the node.
#[derive(Clone, Debug, PartialEq)]
pub enum Work {
    Command(PartitionId, Command),
    Query(PartitionId, Query),
    /// Asked of every partition; [`merge`] makes one reply of the answers.
    QueryAll(Query),
}

/// What the node must do once an apply is durable.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Propose [`Command::Inbox`] to the envelope's target.
    Send(Envelope),
    Invoke {
        function: Arn,
        invocation: kernel::Uuid,
        attempt: u32,
    },
    HttpPost(kernel::HttpPost),
    Sign(kernel::Signing),
    Wake(WakeKey),
}

/// One partition's share of every service: RAM indexes over its rows.
#[derive(Debug)]
pub struct State {
    partition: PartitionId,
    outbox: outbox::State,
    pub sqs: sqs::State,
    pub s3: s3::State,
    pub lambda: lambda::State,
    pub logs: logs::State,
    pub iam: iam::State,
    pub sns: sns::State,
}

impl State {
    /// Rebuilds the indexes from rows, as they stood at the last freeze.
    #[must_use]
    pub fn load(partition: PartitionId, rows: &dyn Rows) -> State {
        State {
            partition,
            outbox: outbox::State::load(rows),
            sqs: sqs::State::load(rows),
            s3: s3::State::load(rows),
            lambda: lambda::State::load(rows),
            logs: logs::State::load(rows),
            iam: iam::State::load(rows),
            sns: sns::State::load(rows),
        }
    }

    /// Counts anew what metrics show of queues: the log was replayed, and what comes now happens.
    pub fn forget_tallies(&mut self) {
        self.sqs.forget_tallies();
    }

    /// Writes what lives outside the rows (queue chunks) back into them, before a checkpoint.
    /// Not a logged change: it moves bytes, not meaning.
    pub fn freeze(&mut self, rows: &mut dyn Rows) {
        self.sqs.freeze(rows);
        self.s3.freeze(rows);
        self.lambda.freeze(rows);
        self.logs.freeze(rows);
        self.sns.freeze(rows);
    }

    /// When [`Command::Tick`] is next worth proposing; `None` when nothing waits for time alone.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        [
            self.sqs.next_due(),
            self.s3.next_due(),
            self.lambda.next_due(),
            self.logs.next_due(),
            self.sns.next_due(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Deliveries that no acknowledgement has truncated yet, in order: sent again after a restart.
    #[must_use]
    pub fn unacknowledged(&self, rows: &dyn Rows) -> Vec<Envelope> {
        self.outbox.unacknowledged(self.partition, rows)
    }

    /// Effects whose end is not known yet (function runs, deliveries over HTTP, signatures):
    /// started again after a restart.
    #[must_use]
    pub fn pending(&self, rows: &dyn Rows) -> Vec<Effect> {
        let running = self.lambda.running(rows).into_iter();
        let posts = self.sns.posts_under_way(rows).into_iter().map(Effect::HttpPost);
        let unsigned = self.sns.still_unsigned(rows).into_iter().map(Effect::Sign);
        running
            .map(|(function, invocation, attempt)| Effect::Invoke { function, invocation, attempt })
            .chain(posts)
            .chain(unsigned)
            .collect()
    }

    /// Blobs that nothing has named since before `before`, by a command not after `applied`: once
    /// a checkpoint holds that position, their files may go.
    #[must_use]
    pub fn doomed_blobs(
        &self,
        rows: &dyn Rows,
        applied: kernel::Position,
        before: Timestamp,
    ) -> Vec<s3::model::BlobId> {
        s3::doomed(rows)
            .into_iter()
            .filter(|doomed| doomed.position <= applied && doomed.since < before)
            .map(|doomed| doomed.blob)
            .collect()
    }

    /// Visits every blob that object data of this partition lies in, or lay in until lately.
    pub fn visit_blobs(&self, rows: &dyn Rows, visit: &mut dyn FnMut(s3::model::BlobId)) {
        s3::visit_blobs(rows, visit);
    }

    /// Applies one command. Total; see [`kernel::apply`] for the contract.
    pub fn apply(
        &mut self,
        turn: &mut Turn<'_>,
        command: Command,
    ) -> (Result<Outcome<Reply>, Error>, Vec<Effect>) {
        let result = match command {
            Command::Tick => {
                self.sqs.tick(turn);
                self.s3.tick(turn);
                self.lambda.tick(turn);
                self.logs.tick(turn);
                self.sns.tick(turn);
                Ok(Outcome::Done(Reply::Nothing))
            }
            Command::Inbox(envelope) => {
                if self.outbox.accept(turn, &envelope) {
                    self.deliver(turn, envelope.delivery);
                }
                Ok(Outcome::Done(Reply::Nothing))
            }
            Command::OutboxAck(target, sequence) => {
                self.outbox.acknowledge(turn, target, sequence);
                Ok(Outcome::Done(Reply::Nothing))
            }
            Command::Sqs(command) => self
                .sqs
                .apply(turn, command)
                .map(|outcome| outcome.map(Reply::Sqs))
                .map_err(Error::Sqs),
            Command::S3(command) => self
                .s3
                .apply(turn, *command)
                .map(|outcome| outcome.map(Reply::S3))
                .map_err(Error::S3),
            Command::Lambda(command) => self
                .lambda
                .apply(turn, *command)
                .map(|outcome| outcome.map(Reply::Lambda))
                .map_err(Error::Lambda),
            Command::Logs(command) => self
                .logs
                .apply(turn, command)
                .map(|outcome| outcome.map(Reply::Logs))
                .map_err(Error::Logs),
            Command::Iam(command) => self
                .iam
                .apply(turn, *command)
                .map(|outcome| outcome.map(Reply::Iam))
                .map_err(Error::Iam),
            Command::Sns(command) => self
                .sns
                .apply(turn, command)
                .map(|outcome| outcome.map(Reply::Sns))
                .map_err(Error::Sns),
        };
        let effects = self.route(turn);
        (result, effects)
    }

    pub fn read(&self, look: &Look<'_>, query: Query) -> Result<Reply, Error> {
        match query {
            Query::Fact(arn) => Ok(Reply::Fact(self.fact(look, arn))),
            Query::Sqs(query) => self.sqs.read(look, query).map(Reply::Sqs).map_err(Error::Sqs),
            Query::S3(query) => self.s3.read(look, *query).map(Reply::S3).map_err(Error::S3),
            Query::Logs(query) => self.logs.read(look, query).map(Reply::Logs).map_err(Error::Logs),
            Query::Lambda(query) => {
                self.lambda.read(look, query).map(Reply::Lambda).map_err(Error::Lambda)
            }
            Query::Sns(query) => self.sns.read(look, query).map(Reply::Sns).map_err(Error::Sns),
            Query::Iam(query) => self.iam.read(look, query).map(Reply::Iam).map_err(Error::Iam),
            Query::Sts(query) => {
                sts::read(&self.iam, look, query).map(Reply::Sts).map_err(Error::Sts)
            }
        }
    }

    fn fact(&self, look: &Look<'_>, about: Arn) -> kernel::Fact {
        // All topics of an account are no resource that could be told anything.
        if let Some(usage) = self.sns.usage(&about) {
            return kernel::Fact { exists: false, detail: Some(usage), about };
        }
        let detail = match about.service() {
            Some(kernel::Service::Sqs) => self.sqs.describe(look, &about),
            Some(kernel::Service::S3) => self.s3.describe(look, &about),
            Some(kernel::Service::Lambda) => self.lambda.describe(look, &about),
            Some(kernel::Service::Sns) => self.sns.describe(look, &about),
            Some(_) | None => None,
        };
        kernel::Fact { exists: detail.is_some(), detail: detail.filter(|d| !d.is_empty()), about }
    }

    /// Drains what services want to say to each other, until only the outside world is left.
    fn route(&mut self, turn: &mut Turn<'_>) -> Vec<Effect> {
        let mut effects = Vec::new();
        let mut delivered = 0;
        loop {
            let wanted = turn.take_effects();
            if wanted.is_empty() {
                return effects;
            }
            for effect in wanted {
                match effect {
                    Wanted::Wake(key) => effects.push(Effect::Wake(key)),
                    Wanted::Invoke { function, invocation, attempt } => {
                        effects.push(Effect::Invoke { function, invocation, attempt });
                    }
                    Wanted::HttpPost(post) => effects.push(Effect::HttpPost(post)),
                    Wanted::Sign(signing) => effects.push(Effect::Sign(signing)),
                    Wanted::Deliver(delivery) => {
                        let target = PartitionId::of_arn(&delivery.to).unwrap_or(self.partition);
                        self.hand_over(turn, target, delivery, &mut delivered, &mut effects);
                    }
                    Wanted::Relay { partition, delivery } => {
                        self.hand_over(turn, partition, delivery, &mut delivered, &mut effects);
                    }
                }
            }
        }
    }

    /// Brings a delivery to its partition: at once where that is this one, while the apply may
    /// still do so and nothing would be overtaken; through the outbox otherwise.
    fn hand_over(
        &mut self,
        turn: &mut Turn<'_>,
        target: PartitionId,
        delivery: Delivery,
        delivered: &mut usize,
        effects: &mut Vec<Effect>,
    ) {
        let is_local = target == self.partition
            && *delivered < LOCAL_DELIVERIES_MAX
            && !self.outbox.is_on_its_way_home(self.partition);
        if is_local {
            *delivered += 1;
            self.deliver(turn, delivery);
        } else {
            let envelope = self.outbox.post(turn, self.partition, target, delivery);
            effects.push(Effect::Send(envelope));
        }
    }

    /// Hands a delivery to the service it names. A refusal goes back to the sender, once.
    fn deliver(&mut self, turn: &mut Turn<'_>, delivery: Delivery) {
        if delivery.refused.is_some() {
            match delivery.to.service() {
                Some(kernel::Service::Sqs) => self.sqs.returned(turn, delivery),
                Some(kernel::Service::S3) => self.s3.returned(turn, delivery),
                Some(kernel::Service::Lambda) => self.lambda.returned(turn, delivery),
                Some(kernel::Service::Sns) => self.sns.returned(turn, delivery),
                // No other service sends deliveries it must take back.
                Some(_) | None => turn.mark_changed(),
            }
            return;
        }
        let result = match delivery.to.service() {
            Some(kernel::Service::Sqs) => self.sqs.deliver(turn, &delivery),
            Some(kernel::Service::S3) => self.s3.deliver(turn, &delivery),
            Some(kernel::Service::Lambda) => self.lambda.deliver(turn, &delivery),
            Some(kernel::Service::Sns) => self.sns.deliver(turn, &delivery),
            Some(_) | None => Err(format!("{} takes no deliveries", delivery.to)),
        };
        if let Err(reason) = result {
            turn.emit(Wanted::Deliver(delivery.refuse(&reason)));
        }
    }
}

/// Makes one reply of every partition's answer to a [`Work::QueryAll`].
///
/// # Panics
/// When the query is never asked of every partition, or an answer is another service's.
#[must_use]
pub fn merge(query: &Query, replies: Vec<Reply>) -> Reply {
    fn only<R>(replies: Vec<Reply>, own: impl Fn(Reply) -> Option<R>) -> Vec<R> {
        let count = replies.len();
        let own: Vec<R> = replies.into_iter().filter_map(own).collect();
        assert_eq!(own.len(), count, "every partition answers in its service's own words");
        own
    }
    match query {
        Query::Sqs(query) => {
            let own = |reply| if let Reply::Sqs(reply) = reply { Some(reply) } else { None };
            Reply::Sqs(sqs::merge(query, only(replies, own)))
        }
        Query::S3(query) => {
            let own = |reply| if let Reply::S3(reply) = reply { Some(reply) } else { None };
            Reply::S3(s3::merge(query, only(replies, own)))
        }
        Query::Lambda(query) => {
            let own = |reply| if let Reply::Lambda(reply) = reply { Some(reply) } else { None };
            Reply::Lambda(lambda::merge(query, only(replies, own)))
        }
        Query::Logs(query) => {
            let own = |reply| if let Reply::Logs(reply) = reply { Some(reply) } else { None };
            Reply::Logs(logs::merge(query, only(replies, own)))
        }
        Query::Sns(query) => {
            let own = |reply| if let Reply::Sns(reply) = reply { Some(reply) } else { None };
            Reply::Sns(sns::merge(query, only(replies, own)))
        }
        Query::Fact(about) => {
            let own = |reply| if let Reply::Fact(fact) = reply { fact.detail } else { None };
            let detail = sns::merge_usage(&only(replies, own));
            Reply::Fact(kernel::Fact { about: about.clone(), exists: false, detail })
        }
        Query::Iam(_) | Query::Sts(_) => {
            panic!("{query:?} is asked of the one partition that knows")
        }
    }
}
