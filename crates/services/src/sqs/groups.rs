//! The message groups of a FIFO queue, and which of them may be received from.
//!
//! # Invariants
//!
//! - A group exists while it has a message. Its messages keep their order of sending.
//! - `listed` holds each group that has nothing in flight, under the time its first message
//!   becomes (or became) visible: the group that has waited longest comes first, and a first
//!   message still delayed holds back those behind it.

use kernel::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tidemill_kernel as kernel;

#[derive(Debug, Default)]
pub(super) struct Groups {
    by_name: BTreeMap<Arc<str>, u64>,
    groups: BTreeMap<u64, Group>,
    listed: BTreeSet<(Timestamp, u64, u64)>,
}

#[derive(Debug)]
struct Group {
    name: Arc<str>,
    members: BTreeSet<u64>,
    in_flight: u64,
    listed: Option<(Timestamp, u64)>,
}

impl Groups {
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.by_name.get(name).copied()
    }

    pub(super) fn open(&mut self, number: u64, name: &str) {
        let name: Arc<str> = Arc::from(name);
        self.by_name.insert(Arc::clone(&name), number);
        let members = BTreeSet::new();
        self.groups.insert(number, Group { name, members, in_flight: 0, listed: None });
    }

    pub(super) fn numbers(&self) -> Vec<u64> {
        self.groups.keys().copied().collect()
    }

    fn group(&mut self, number: u64) -> &mut Group {
        self.groups.get_mut(&number).expect("a group is opened before its first message")
    }

    pub(super) fn join(&mut self, number: u64, sequence: u64) {
        self.group(number).members.insert(sequence);
    }

    /// Whether that was its last message; then the group is gone.
    pub(super) fn leave(&mut self, number: u64, sequence: u64) -> bool {
        let group = self.group(number);
        group.members.remove(&sequence);
        if !group.members.is_empty() {
            return false;
        }
        if let Some(group) = self.groups.remove(&number) {
            self.by_name.remove(&group.name);
        }
        true
    }

    pub(super) fn add_in_flight(&mut self, number: u64, count: u64) {
        self.group(number).in_flight += count;
    }

    pub(super) fn remove_in_flight(&mut self, number: u64, count: u64) {
        self.group(number).in_flight -= count;
    }

    /// The first message of a group that may be received from.
    pub(super) fn head(&self, number: u64) -> Option<u64> {
        let group = self.groups.get(&number)?;
        (group.in_flight == 0).then(|| group.members.first().copied()).flatten()
    }

    pub(super) fn list(&mut self, number: u64, due: Timestamp, head: u64) {
        self.unlist(number);
        self.group(number).listed = Some((due, head));
        self.listed.insert((due, head, number));
    }

    pub(super) fn unlist(&mut self, number: u64) {
        if let Some((due, head)) = self.group(number).listed.take() {
            self.listed.remove(&(due, head, number));
        }
    }

    /// Whether a group is listed under an earlier message, and so waits as it did however this one
    /// becomes visible. Most that are sent find it like that.
    pub(super) fn is_listed_before(&self, number: u64, sequence: u64) -> bool {
        let listed = self.groups.get(&number).and_then(|group| group.listed);
        listed.is_some_and(|(_, head)| head < sequence)
    }

    /// The group that has waited longest among those with a visible head.
    pub(super) fn next_ready(&self, now: Timestamp) -> Option<u64> {
        self.listed.first().filter(|(due, _, _)| *due <= now).map(|(_, _, number)| *number)
    }

    /// The messages of a group, in order.
    pub(super) fn members(&self, number: u64) -> impl Iterator<Item = u64> + '_ {
        self.groups.get(&number).into_iter().flat_map(|group| group.members.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::super::script::check;
    use expect_test::expect;

    #[test]
    fn a_group_waits_for_its_message_in_flight_and_others_do_not() {
        check(
            r#"
            @0    create orders.fifo FifoQueue=true ContentBasedDeduplication=true VisibilityTimeout=1
            @0    send orders.fifo a1 MessageGroupId=a
            @0    send orders.fifo a2 MessageGroupId=a
            @0    send orders.fifo b1 MessageGroupId=b
            @0    send orders.fifo a3 MessageGroupId=a
            @1    receive orders.fifo
            @2    receive orders.fifo MaxNumberOfMessages=10
            @3    receive orders.fifo WaitTimeSeconds=9
            @4    delete orders.fifo a1
            @5    receive orders.fifo MaxNumberOfMessages=10
            @6    delete orders.fifo a2
            @7    receive orders.fifo MaxNumberOfMessages=10
            @1005 receive orders.fifo MaxNumberOfMessages=10
            @1006 change orders.fifo a3 0
            @1007 receive orders.fifo MaxNumberOfMessages=10
            "#,
            expect![[r#"
                @0    create orders.fifo FifoQueue=true ContentBasedDeduplication=true VisibilityTimeout=1 -> created
                @0    send orders.fifo a1 MessageGroupId=a       -> sent #1
                @0    send orders.fifo a2 MessageGroupId=a       -> sent #2
                @0    send orders.fifo b1 MessageGroupId=b       -> sent #3
                @0    send orders.fifo a3 MessageGroupId=a       -> sent #4
                @1    receive orders.fifo                        -> a1(1)
                @2    receive orders.fifo MaxNumberOfMessages=10 -> b1(1)
                @3    receive orders.fifo WaitTimeSeconds=9      -> wait 9000ms, again @1001
                @4    delete orders.fifo a1                      -> done
                @5    receive orders.fifo MaxNumberOfMessages=10 -> a2(1) a3(1)
                @6    delete orders.fifo a2                      -> done
                @7    receive orders.fifo MaxNumberOfMessages=10 -> nothing
                @1005 receive orders.fifo MaxNumberOfMessages=10 -> b1(2) a3(2)
                @1006 change orders.fifo a3 0                    -> done
                @1007 receive orders.fifo MaxNumberOfMessages=10 -> a3(3)
            "#]],
        );
    }

    #[test]
    fn a_queues_delay_holds_a_group_in_order() {
        check(
            r#"
            @0    create orders.fifo FifoQueue=true ContentBasedDeduplication=true DelaySeconds=2
            @0    send orders.fifo a MessageGroupId=g
            @0    set orders.fifo DelaySeconds=0
            @1    send orders.fifo b MessageGroupId=g
            @2    receive orders.fifo MaxNumberOfMessages=10 WaitTimeSeconds=5
            @2    counts orders.fifo
            @2000 receive orders.fifo MaxNumberOfMessages=10
            "#,
            expect![[r#"
                @0    create orders.fifo FifoQueue=true ContentBasedDeduplication=true DelaySeconds=2 -> created
                @0    send orders.fifo a MessageGroupId=g        -> sent #1
                @0    set orders.fifo DelaySeconds=0             -> done
                @1    send orders.fifo b MessageGroupId=g        -> sent #2
                @2    receive orders.fifo MaxNumberOfMessages=10 WaitTimeSeconds=5 -> wait 5000ms, again @2000
                @2    counts orders.fifo                         -> visible 1 in flight 0 delayed 1
                @2000 receive orders.fifo MaxNumberOfMessages=10 -> a(1) b(1)
            "#]],
        );
    }

    #[test]
    fn a_repeated_attempt_gets_the_same_messages() {
        check(
            r#"
            @0    create orders.fifo FifoQueue=true ContentBasedDeduplication=true VisibilityTimeout=5
            @0    send orders.fifo a MessageGroupId=g
            @0    send orders.fifo b MessageGroupId=g
            @0    send orders.fifo c MessageGroupId=h
            @1    receive orders.fifo MaxNumberOfMessages=2 ReceiveRequestAttemptId=try
            @2    receive orders.fifo MaxNumberOfMessages=2 ReceiveRequestAttemptId=try
            @3    receive orders.fifo MaxNumberOfMessages=2 ReceiveRequestAttemptId=other
            @4    restart
            @5001 receive orders.fifo MaxNumberOfMessages=2 ReceiveRequestAttemptId=try
            @6000 delete orders.fifo a
            @6001 receive orders.fifo MaxNumberOfMessages=2 ReceiveRequestAttemptId=try
            @20000 receive orders.fifo ReceiveRequestAttemptId=first
            @30000 receive orders.fifo ReceiveRequestAttemptId=second
            @30001 receive orders.fifo ReceiveRequestAttemptId=first
            @30002 receive orders.fifo ReceiveRequestAttemptId=first
            @30003 receive orders.fifo ReceiveRequestAttemptId=second
            "#,
            expect![[r#"
                @0    create orders.fifo FifoQueue=true ContentBasedDeduplication=true VisibilityTimeout=5 -> created
                @0    send orders.fifo a MessageGroupId=g        -> sent #1
                @0    send orders.fifo b MessageGroupId=g        -> sent #2
                @0    send orders.fifo c MessageGroupId=h        -> sent #3
                @1    receive orders.fifo MaxNumberOfMessages=2 ReceiveRequestAttemptId=try -> a(1) b(1)
                @2    receive orders.fifo MaxNumberOfMessages=2 ReceiveRequestAttemptId=try -> a(1) b(1)
                @3    receive orders.fifo MaxNumberOfMessages=2 ReceiveRequestAttemptId=other -> c(1)
                @4    restart                                    -> restarted
                @5001 receive orders.fifo MaxNumberOfMessages=2 ReceiveRequestAttemptId=try -> a(1) b(1)
                @6000 delete orders.fifo a                       -> done
                @6001 receive orders.fifo MaxNumberOfMessages=2 ReceiveRequestAttemptId=try -> c(2)
                @20000 receive orders.fifo ReceiveRequestAttemptId=first -> b(2)
                @30000 receive orders.fifo ReceiveRequestAttemptId=second -> c(3)
                @30001 receive orders.fifo ReceiveRequestAttemptId=first -> b(3)
                @30002 receive orders.fifo ReceiveRequestAttemptId=first -> b(3)
                @30003 receive orders.fifo ReceiveRequestAttemptId=second -> c(3)
            "#]],
        );
    }

    /// Who changes the visibility of one of its messages ends an attempt, and so do five minutes,
    /// counted from the first receive.
    #[test]
    fn an_attempt_ends_with_a_change_and_after_five_minutes() {
        check(
            r#"
            @0      create orders.fifo FifoQueue=true ContentBasedDeduplication=true VisibilityTimeout=600
            @0      send orders.fifo a MessageGroupId=g
            @0      receive orders.fifo ReceiveRequestAttemptId=try
            @1      change orders.fifo a 500
            @2      receive orders.fifo ReceiveRequestAttemptId=try
            @3      change orders.fifo a 0
            @10     receive orders.fifo ReceiveRequestAttemptId=again
            @200000 receive orders.fifo ReceiveRequestAttemptId=again
            @200001 counts orders.fifo
            @300009 receive orders.fifo ReceiveRequestAttemptId=again VisibilityTimeout=700
            @300010 receive orders.fifo ReceiveRequestAttemptId=again
            @300011 delete orders.fifo a
            "#,
            expect![[r#"
                @0      create orders.fifo FifoQueue=true ContentBasedDeduplication=true VisibilityTimeout=600 -> created
                @0      send orders.fifo a MessageGroupId=g      -> sent #1
                @0      receive orders.fifo ReceiveRequestAttemptId=try -> a(1)
                @1      change orders.fifo a 500                 -> done
                @2      receive orders.fifo ReceiveRequestAttemptId=try -> nothing
                @3      change orders.fifo a 0                   -> done
                @10     receive orders.fifo ReceiveRequestAttemptId=again -> a(2)
                @200000 receive orders.fifo ReceiveRequestAttemptId=again -> a(2)
                @200001 counts orders.fifo                       -> visible 0 in flight 1 delayed 0
                @300009 receive orders.fifo ReceiveRequestAttemptId=again VisibilityTimeout=700 -> a(2)
                @300010 receive orders.fifo ReceiveRequestAttemptId=again -> nothing
                @300011 delete orders.fifo a                     -> done
            "#]],
        );
    }

    #[test]
    fn an_attempt_that_was_overtaken_gets_nothing() {
        check(
            r#"
            @0    create orders.fifo FifoQueue=true ContentBasedDeduplication=true VisibilityTimeout=5
            @0    send orders.fifo a MessageGroupId=g
            @1    receive orders.fifo ReceiveRequestAttemptId=first
            @5001 receive orders.fifo ReceiveRequestAttemptId=second
            @5002 receive orders.fifo ReceiveRequestAttemptId=first
            @5003 receive orders.fifo ReceiveRequestAttemptId=second
            "#,
            expect![[r#"
                @0    create orders.fifo FifoQueue=true ContentBasedDeduplication=true VisibilityTimeout=5 -> created
                @0    send orders.fifo a MessageGroupId=g        -> sent #1
                @1    receive orders.fifo ReceiveRequestAttemptId=first -> a(1)
                @5001 receive orders.fifo ReceiveRequestAttemptId=second -> a(2)
                @5002 receive orders.fifo ReceiveRequestAttemptId=first -> nothing
                @5003 receive orders.fifo ReceiveRequestAttemptId=second -> a(2)
            "#]],
        );
    }
}
