//! The tally of a queue: what happened in it since the process started, for metrics and for people.
//!
//! Not state: nothing is decided by it. A replay counts what it replays, which is forgotten at its
//! end ([`super::State::forget_tallies`]): to whoever watches a counter, what happened once must
//! not seem to happen again.

use super::trail::EndReason;
use kernel::Timestamp;
use tidemill_kernel as kernel;

/// Receives in a row that must come to nothing before a consumer counts as stuck: as many as one
/// call hands out.
const STUCK_RECEIVES: u64 = 10;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Messages sent, received and deleted.
    pub sent: u64,
    pub received: u64,
    pub deleted: u64,
    pub dead_lettered: u64,
    pub expired: u64,
    /// Receives by how they ended, when not in a deletion.
    pub timed_out: u64,
    pub released: u64,
    pub failed: u64,
    pub throttled: u64,
    /// Receives in a row that ran out of time while none was deleted, extended or otherwise ended:
    /// of a consumer that is stuck, or that forgets to delete.
    pub abandoned: u64,
    /// Messages handed out since one was last deleted, extended or otherwise ended, and until when
    /// the last of them is hidden: then all of them have run out, whether or not somebody comes
    /// for them again.
    pub(super) unsettled: u64,
    pub(super) hidden_until: Timestamp,
}

impl Tally {
    /// Whether the queue's consumer receives and neither deletes nor extends.
    #[must_use]
    pub fn is_stuck(&self) -> bool {
        self.abandoned >= STUCK_RECEIVES
    }

    /// As it stands at a time at which nothing happens.
    pub(super) fn at(self, now: Timestamp) -> Tally {
        let have_run_out = self.unsettled > 0 && now >= self.hidden_until;
        let abandoned = if have_run_out { self.unsettled } else { self.abandoned };
        Tally { abandoned, ..self }
    }

    pub(super) fn note_receive(&mut self, hidden_until: Timestamp) {
        self.received += 1;
        self.unsettled += 1;
        self.hidden_until = self.hidden_until.max(hidden_until);
    }

    pub(super) fn note_end(&mut self, reason: &EndReason) {
        match reason {
            EndReason::Timeout => {
                self.timed_out += 1;
                self.abandoned += 1;
                return;
            }
            EndReason::Released => self.released += 1,
            EndReason::FunctionError { .. } => self.failed += 1,
            EndReason::Throttled => self.throttled += 1,
        }
        self.note_settled();
    }

    pub(super) fn note_delete(&mut self) {
        self.deleted += 1;
        self.note_settled();
    }

    pub(super) fn note_extension(&mut self) {
        self.note_settled();
    }

    pub(super) fn note_settled(&mut self) {
        self.abandoned = 0;
        self.unsettled = 0;
        self.hidden_until = Timestamp(0);
    }
}

#[cfg(test)]
mod tests {
    use super::super::script::{World, caller, url};
    use super::super::{Query, QueueKey, Reply, peek};
    use serde_json::{Value, json};

    fn is_stuck(world: &World) -> bool {
        let query = Query::Depth(QueueKey::of(&caller(), "orders"));
        let Ok(Reply::Depths(depths)) = peek::tests::read(world, query) else {
            panic!("a depth is answered with one");
        };
        depths[0].tally.is_stuck()
    }

    fn world(messages: usize) -> World {
        let mut world = World::default();
        world.call("CreateQueue", &json!({ "QueueName": "orders" })).unwrap();
        for _ in 0..messages {
            let input = json!({ "QueueUrl": url("orders"), "MessageBody": "a" });
            world.call("SendMessage", &input).unwrap();
        }
        world
    }

    fn receive(world: &mut World) -> Vec<Value> {
        let input = json!({ "QueueUrl": url("orders"), "MaxNumberOfMessages": 10 });
        let received = world.call("ReceiveMessage", &input).unwrap();
        received["Messages"].as_array().cloned().unwrap_or_default()
    }

    /// It takes ten and is heard of no more: nobody comes for them again, and it is known.
    #[test]
    fn a_consumer_that_hangs_is_stuck_once_its_receives_have_run_out() {
        for (messages, expected) in [(9, false), (10, true)] {
            let mut world = world(messages);
            assert_eq!(receive(&mut world).len(), messages);
            world.now.0 += 29_999;
            assert!(!is_stuck(&world));
            world.now.0 += 1;
            assert_eq!(is_stuck(&world), expected);
        }
    }

    #[test]
    fn one_that_receives_again_and_again_is_stuck_until_it_deletes() {
        let mut world = world(10);
        for _ in 0..2 {
            receive(&mut world);
            world.now.0 += 30_000;
        }
        let received = receive(&mut world);
        assert!(is_stuck(&world), "the first ten have run out, and none was deleted");
        let handle = &received[0]["ReceiptHandle"];
        let input = json!({ "QueueUrl": url("orders"), "ReceiptHandle": handle });
        world.call("DeleteMessage", &input).unwrap();
        assert!(!is_stuck(&world));
        world.now.0 += 30_000;
        assert!(!is_stuck(&world), "those it held then are of a consumer that works");
    }

    #[test]
    fn a_queue_that_was_purged_has_no_stuck_consumer() {
        let mut world = world(10);
        receive(&mut world);
        world.now.0 += 30_000;
        receive(&mut world);
        assert!(is_stuck(&world));
        world.call("PurgeQueue", &json!({ "QueueUrl": url("orders") })).unwrap();
        assert!(!is_stuck(&world));
    }

    #[test]
    fn one_that_extends_is_at_work() {
        let mut world = world(10);
        let received = receive(&mut world);
        world.now.0 += 29_000;
        let handle = &received[0]["ReceiptHandle"];
        let input = json!({
            "QueueUrl": url("orders"), "ReceiptHandle": handle, "VisibilityTimeout": 600,
        });
        world.call("ChangeMessageVisibility", &input).unwrap();
        world.now.0 += 30_000;
        assert!(!is_stuck(&world));
    }
}
