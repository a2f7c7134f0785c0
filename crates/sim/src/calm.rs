//! The end of a story: all faults stop, and everything promised must be found, once.

use crate::Bug;
use crate::clients::url;
use crate::ledger::Receive;
use crate::objects;
use crate::world::{Asked, BRIEF, DEAD, LEDGER_FIFO, ORDERS, QUEUES, VISIBILITY, World};
use serde_json::json;
use tidemill_kernel::Millis;

/// Steps that something may take that is due all at once.
const TICKS_MAX: usize = 100;

impl World {
    /// All faults stop; everything promised must now be found, once.
    pub(crate) fn calm(&mut self) {
        self.is_calm = true;
        self.crash();
        self.compare_with_history();
        self.plan_faults();
        self.start();
        if self.machine.is_none() {
            return;
        }
        self.settle();
        self.execute_all();
        self.run_all_copies();
        self.find_subscribers();
        if self.created.iter().any(|created| !created) {
            return;
        }
        for queue in [ORDERS, DEAD, LEDGER_FIFO, BRIEF] {
            let input = json!({"QueueUrl": url(queue), "AttributeNames": ["All"]});
            self.ask("GetQueueAttributes", &input, Asked::Attributes);
            self.settle();
        }
        let possible = self.ledger.possible(None, self.now);
        self.ledger.counted(self.counted, &possible);
        self.drain();
        self.ledger.drained(&self.found.clone());
        self.audit_topics();
        self.audit_moves();
        self.audit_runs();
        self.audit_shelf();
        self.audit_deliveries();
        self.audit_drain();
        self.audit_files();
        self.audit_room();
        for key in self.ledger.keys() {
            let (partition, query) = objects::get(&key);
            let Some(machine) = &mut self.machine else { return };
            let is_visible = machine.core.ask(self.now, partition, query).is_ok();
            let notices = self.notices.get(&key).copied().unwrap_or(0);
            self.ledger.object_found(&key, is_visible, notices);
        }
    }

    pub(crate) fn drain(&mut self) {
        // Long enough for every delay and visibility timeout to have run out twice over.
        for _ in 0..self.workload.minutes() {
            self.move_clock(Millis(61_000));
            self.settle();
            self.catch_up();
            self.execute_all();
            self.run_all_copies();
            self.post_all();
            for queue in 0..QUEUES.len() {
                let mut before = u64::MAX;
                while before != self.drained() {
                    before = self.drained();
                    self.drain_once(queue);
                }
            }
        }
    }

    /// What is done in steps, one for each tick, is done to its end.
    fn catch_up(&mut self) {
        for _ in 0..TICKS_MAX {
            let now = self.now;
            if self.bug == Some(Bug::TimerDropped)
                || self.machine.as_ref().is_none_or(|machine| !machine.core.is_due(now))
            {
                return;
            }
            self.advance();
            self.settle();
        }
    }

    pub(crate) fn drained(&self) -> u64 {
        self.found.values().chain(self.notices.values()).sum()
    }

    pub(crate) fn drain_once(&mut self, queue: usize) {
        let input = json!({
            "QueueUrl": url(queue),
            "MaxNumberOfMessages": 10,
            "MessageSystemAttributeNames": ["ApproximateReceiveCount"],
        });
        let now = self.core_now();
        let receive =
            Receive { operation: self.operations + 1, queue, at: now, visibility: VISIBILITY };
        self.held.clear();
        self.ask("ReceiveMessage", &input, Asked::Receive { receive, deadline: self.now });
        self.settle();
        for held in std::mem::take(&mut self.held) {
            self.ledger.deleting(&held.id);
            let input = json!({"QueueUrl": url(held.queue), "ReceiptHandle": held.handle});
            self.ask("DeleteMessage", &input, Asked::Anything("DeleteMessage"));
        }
        self.settle();
    }
}
