//! The ledger: what clients were promised, and whether it was kept.
//!
//! It learns only what a client learns: what it asked for, and the replies that reached it. A
//! request whose reply was lost in a crash is *uncertain*: it happened wholly or not at all, and
//! the ledger accepts either, but nothing in between.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::RangeInclusive;
use tidemill_kernel::{Millis, Timestamp};

/// The promises, by the names the design gives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invariant {
    /// Acknowledged ⇒ present after any crash.
    I1AcknowledgedIsKept,
    /// Unacknowledged ⇒ wholly present or wholly absent.
    I2WholeOrAbsent,
    /// Delete acknowledged ⇒ never delivered again.
    I3DeletedStaysDeleted,
    /// Not delivered twice inside a visibility timeout.
    I4HiddenStaysHidden,
    /// FIFO: per group in order, one holder at a time, duplicates dropped for five minutes.
    I5GroupsKeepOrder,
    /// Receive counts are exact; dead-lettered exactly once, and then not in the source.
    I6CountsAreExact,
    /// Sent = deleted + visible + in flight + delayed + dead-lettered.
    I7NothingUnaccounted,
    /// Deliveries between partitions: each applied once, in order.
    I8DeliveredOnceInOrder,
    /// Object visible ⇔ its event emitted once into its target.
    I9VisibleIsAnnounced,
    /// A run accepted is started at least once, each attempt ends once, and all end as was told.
    I10CompletedOnce,
    /// Nothing fires before it is due, and everything due fires within bound.
    I11TimersFireInTime,
    /// At equal position, equal state: live, and started again from checkpoint and log.
    I12StateIsTheLogs,
    /// When faults stop, everything under way comes to its end.
    I13EverythingDrains,
    /// No file outlives the last row that names it.
    I14NothingLeaks,
    /// An acknowledged publish reaches each subscription that wants it, or its dead-letter queue,
    /// and nobody else; queues once.
    PublishedReachesEach,
    /// A move task leaves each message in one of two queues, once, and moves what it was started
    /// for, until it is cancelled.
    MovedOnce,
    /// Rot of the disk ends in a refusal that names the file, never in another answer.
    RotIsNoticed,
}

/// A broken promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    pub invariant: Invariant,
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.invariant, self.what)
    }
}

/// How sure the client is that something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// Asked, not answered yet.
    Open,
    /// Asked, and the process died before an answer.
    Uncertain,
    Acknowledged,
    Refused,
}

/// One message as its sender remembers it.
#[derive(Clone, Debug)]
pub struct Sent {
    pub queue: usize,
    pub body: String,
    pub group: Option<String>,
    pub order: u64,
    pub sent: Certainty,
    /// Not to be seen before this.
    pub due: Timestamp,
    /// An earlier message with the same deduplication id: if that one was taken, this one is not.
    pub duplicate_of: Option<String>,
    /// Forgotten then, wherever it is.
    pub expires: Option<Timestamp>,
    /// What the node calls it, once it was acknowledged.
    message_id: Option<String>,
    pub deleted: Option<Certainty>,
    /// Hidden at least until then by the last acknowledged receive.
    hidden_until: Timestamp,
    holder: Option<u64>,
    received: u64,
    dead_lettered: bool,
}

/// A message as a reply hands it out.
#[derive(Clone, Debug)]
pub struct Delivered {
    pub id: String,
    pub body: String,
    pub receive_count: u64,
}

/// A receive as its client knows it.
#[derive(Clone, Copy, Debug)]
pub struct Receive {
    pub operation: u64,
    pub queue: usize,
    /// The stamp it was applied with.
    pub at: Timestamp,
    pub visibility: Millis,
}

/// A queue's rules, as its clients know them.
#[derive(Clone, Copy, Debug, Default)]
pub struct QueueRules {
    pub is_fifo: bool,
    pub receive_count_max: Option<u64>,
    pub is_dead_letter: bool,
}

#[derive(Debug, Default)]
pub struct Ledger {
    queues: Vec<QueueRules>,
    sent: BTreeMap<String, Sent>,
    /// Objects by key: how the put ended.
    objects: BTreeMap<String, Certainty>,
    /// Receives per queue whose reply was lost: each may have counted and hidden any message.
    receives_lost: Vec<u64>,
    pub violations: Vec<Violation>,
}

impl Ledger {
    pub fn add_queue(&mut self, rules: QueueRules) {
        self.queues.push(rules);
        self.receives_lost.push(0);
    }

    /// A send is about to be proposed.
    pub fn sending(&mut self, id: &str, sent: Sent) {
        self.sent.insert(id.to_owned(), sent);
    }

    pub fn send_ended(&mut self, id: &str, how: Certainty) {
        if let Some(sent) = self.sent.get_mut(id) {
            sent.sent = how;
        }
    }

    pub fn deleting(&mut self, id: &str) {
        if let Some(sent) = self.sent.get_mut(id)
            && sent.deleted != Some(Certainty::Acknowledged)
        {
            sent.deleted = Some(Certainty::Open);
        }
    }

    pub fn delete_ended(&mut self, id: &str, how: Certainty) {
        if let Some(sent) = self.sent.get_mut(id)
            && sent.deleted != Some(Certainty::Acknowledged)
        {
            sent.deleted = Some(how);
        }
    }

    /// Everything in a queue is about to be purged.
    pub fn purging(&mut self, queue: usize) -> Vec<String> {
        let there = self.sent.iter_mut().filter(|(_, sent)| {
            sent.queue == queue
                && sent.sent != Certainty::Refused
                && sent.deleted.is_none_or(|how| how == Certainty::Refused)
        });
        there
            .map(|(id, sent)| {
                sent.deleted = Some(Certainty::Open);
                id.clone()
            })
            .collect()
    }

    pub fn purge_ended(&mut self, ids: &[String], how: Certainty) {
        for id in ids {
            self.delete_ended(id, how);
        }
    }

    /// What a send's answer calls the message: a duplicate's is the name of the first.
    pub fn named(&mut self, id: &str, message_id: String) {
        let Some(sent) = self.sent.get(id) else { return };
        let first = sent.duplicate_of.as_ref().and_then(|first| self.sent.get(first));
        let expected = first.and_then(|first| first.message_id.as_ref());
        if expected.is_some_and(|expected| *expected != message_id) {
            let what = format!("{id} is a duplicate and was answered as {message_id}");
            self.report(Invariant::I5GroupsKeepOrder, what);
        }
        if let Some(sent) = self.sent.get_mut(id) {
            sent.message_id = Some(message_id);
        }
    }

    /// The visibility of a message is being changed: until the answer it may be either.
    pub fn changing_visibility(&mut self, id: &str) {
        if let Some(sent) = self.sent.get_mut(id) {
            sent.hidden_until = Timestamp(0);
        }
    }

    pub fn visibility_changed(&mut self, id: &str, until: Timestamp) {
        if let Some(sent) = self.sent.get_mut(id) {
            sent.hidden_until = until;
        }
    }

    /// A receive was under way when the process died.
    pub fn receive_lost(&mut self, queue: usize) {
        if let Some(lost) = self.receives_lost.get_mut(queue) {
            *lost += 1;
        }
    }

    /// A receive's reply arrived.
    pub fn received(&mut self, receive: Receive, messages: &[Delivered]) {
        let mut groups: BTreeSet<String> = BTreeSet::new();
        for delivered in messages {
            let Some(sent) = self.sent.get(&delivered.id).cloned() else {
                self.report(Invariant::I2WholeOrAbsent, format!("{} was never sent", delivered.id));
                continue;
            };
            self.check_content(&sent, delivered);
            self.check_timing(&sent, receive, delivered);
            self.check_counts(&sent, receive, delivered);
            if let Some(group) = &sent.group
                && groups.insert(group.clone())
            {
                self.check_group(group, &sent, receive);
            }
            self.note(receive, delivered);
        }
    }

    /// Everything a client still has a right to find; `found` is what a full drain found.
    pub fn drained(&mut self, found: &BTreeMap<String, u64>) {
        let mut lost = Vec::new();
        let mut unaccounted = Vec::new();
        for (id, sent) in &self.sent {
            let times = found.get(id).copied().unwrap_or(0);
            if self.is_kept(sent) && sent.expires.is_none() && times == 0 {
                lost.push(format!("{id} was acknowledged and is gone"));
            }
            if times > 1 {
                unaccounted.push(format!("{id} was found {times} times after being deleted"));
            }
        }
        for what in lost {
            self.report(Invariant::I1AcknowledgedIsKept, what);
        }
        for what in unaccounted {
            self.report(Invariant::I6CountsAreExact, what);
        }
    }

    pub fn put_ended(&mut self, key: &str, how: Certainty) {
        self.objects.insert(key.to_owned(), how);
    }

    /// How many messages were found among the dead letters.
    #[must_use]
    pub fn dead_letters(&self) -> u64 {
        self.sent.values().map(|sent| u64::from(sent.dead_lettered)).sum()
    }

    /// Every key that was ever put.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        self.objects.keys().cloned().collect()
    }

    /// What a client sees of an object at the end, and how often its notice was found.
    pub fn object_found(&mut self, key: &str, is_visible: bool, notices: u64) {
        let how = self.objects.get(key).copied();
        if how == Some(Certainty::Acknowledged) && !is_visible {
            let what = format!("object {key} was acknowledged and is gone");
            self.report(Invariant::I1AcknowledgedIsKept, what);
        }
        if notices != u64::from(is_visible) {
            let seen = if is_visible { "visible" } else { "not there" };
            let what = format!("object {key} is {seen} and was announced {notices} times");
            self.report(Invariant::I9VisibleIsAnnounced, what);
        }
    }

    /// How many messages there can be, in one queue or in all, when nothing is on its way.
    #[must_use]
    pub fn possible(&self, queue: Option<usize>, now: Timestamp) -> RangeInclusive<u64> {
        let (mut least, mut most) = (0, 0);
        for sent in self.sent.values() {
            if queue.is_some_and(|queue| queue != sent.queue) {
                continue;
            }
            let has_expired = sent.expires.is_some_and(|expires| expires <= now);
            least += u64::from(self.is_kept(sent) && !has_expired);
            let is_gone = sent.deleted == Some(Certainty::Acknowledged);
            most += u64::from(sent.sent != Certainty::Refused && !is_gone);
        }
        least..=most
    }

    /// The queues' own counts must agree with what could be there.
    pub fn counted(&mut self, total: u64, possible: &RangeInclusive<u64>) {
        if !possible.contains(&total) {
            let what = format!("the queues count {total} messages, and {possible:?} were possible");
            self.report(Invariant::I7NothingUnaccounted, what);
        }
    }

    /// Whether it was promised that this message is there, as long as retention keeps it.
    fn is_kept(&self, sent: &Sent) -> bool {
        let first = sent.duplicate_of.as_ref().and_then(|first| self.sent.get(first));
        sent.sent == Certainty::Acknowledged
            && sent.deleted.is_none_or(|how| how == Certainty::Refused)
            && first.is_none_or(|first| first.sent == Certainty::Refused)
    }

    pub fn report(&mut self, invariant: Invariant, what: String) {
        self.violations.push(Violation { invariant, what });
    }

    fn check_content(&mut self, sent: &Sent, delivered: &Delivered) {
        if sent.body != delivered.body {
            let what = format!("{} came back changed: {:?}", delivered.id, delivered.body);
            self.report(Invariant::I2WholeOrAbsent, what);
        }
        if sent.deleted == Some(Certainty::Acknowledged) {
            let what = format!("{} was deleted and came back", delivered.id);
            self.report(Invariant::I3DeletedStaysDeleted, what);
        }
        let first = sent.duplicate_of.as_ref().and_then(|first| self.sent.get(first));
        if first.is_some_and(|first| first.sent == Certainty::Acknowledged) {
            let what = format!("{} is a duplicate and was delivered", delivered.id);
            self.report(Invariant::I5GroupsKeepOrder, what);
        }
    }

    fn check_timing(&mut self, sent: &Sent, receive: Receive, delivered: &Delivered) {
        if receive.at < sent.due {
            let what = format!(
                "{} was delayed until {:?} and delivered at {:?}",
                delivered.id, sent.due, receive.at
            );
            self.report(Invariant::I11TimersFireInTime, what);
        }
        if let Some(expires) = sent.expires.filter(|expires| *expires <= receive.at) {
            let what = format!(
                "{} was kept until {expires:?} and delivered at {:?}",
                delivered.id, receive.at
            );
            self.report(Invariant::I11TimersFireInTime, what);
        }
        if receive.at < sent.hidden_until && sent.holder != Some(receive.operation) {
            let what = format!(
                "{} was hidden until {:?} and delivered at {:?}",
                delivered.id, sent.hidden_until, receive.at
            );
            self.report(Invariant::I4HiddenStaysHidden, what);
        }
    }

    fn check_counts(&mut self, sent: &Sent, receive: Receive, delivered: &Delivered) {
        let rules = self.queues.get(receive.queue).cloned();
        let Some(rules) = rules else { return };
        if rules.is_dead_letter {
            return;
        }
        if sent.dead_lettered {
            let what = format!("{} is dead-lettered and was still in its source", delivered.id);
            self.report(Invariant::I6CountsAreExact, what);
        }
        let lost = self.receives_lost.get(receive.queue).copied().unwrap_or(0);
        let least = sent.received + 1;
        let is_exact = (least..=least + lost).contains(&delivered.receive_count);
        let is_allowed = rules.receive_count_max.is_none_or(|max| delivered.receive_count <= max);
        if !is_exact || !is_allowed {
            let what = format!(
                "{} says it was received {} times; {least} to {} were possible",
                delivered.id,
                delivered.receive_count,
                least + lost
            );
            self.report(Invariant::I6CountsAreExact, what);
        }
    }

    /// The first message of a group in a reply must be the group's oldest, and nobody else may
    /// hold one of the group.
    fn check_group(&mut self, group: &str, sent: &Sent, receive: Receive) {
        let mut broken = Vec::new();
        for (id, other) in &self.sent {
            let is_same_group = other.group.as_deref() == Some(group) && other.queue == sent.queue;
            let is_there =
                self.is_kept(other) && other.duplicate_of.is_none() && !other.dead_lettered;
            if !is_same_group || !is_there {
                continue;
            }
            if other.order < sent.order {
                broken.push(format!("{id} of group {group} was overtaken by {}", sent.body));
            }
            if receive.at < other.hidden_until && other.holder != Some(receive.operation) {
                broken.push(format!("{id} of group {group} was held while {} came", sent.body));
            }
        }
        for what in broken {
            self.report(Invariant::I5GroupsKeepOrder, what);
        }
    }

    fn note(&mut self, receive: Receive, delivered: &Delivered) {
        let is_dead_letter =
            self.queues.get(receive.queue).is_some_and(|rules| rules.is_dead_letter);
        if let Some(sent) = self.sent.get_mut(&delivered.id) {
            sent.hidden_until = receive.at.plus(receive.visibility);
            sent.holder = Some(receive.operation);
            if is_dead_letter {
                sent.dead_lettered = true;
            } else {
                sent.received = delivered.receive_count;
            }
        }
    }
}

impl Sent {
    #[must_use]
    pub fn new(queue: usize, body: String, order: u64, due: Timestamp) -> Sent {
        Sent {
            queue,
            body,
            group: None,
            order,
            sent: Certainty::Open,
            due,
            duplicate_of: None,
            expires: None,
            message_id: None,
            deleted: None,
            hidden_until: Timestamp(0),
            holder: None,
            received: 0,
            dead_lettered: false,
        }
    }
}
