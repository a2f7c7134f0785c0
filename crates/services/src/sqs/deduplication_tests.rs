//! Deduplication of what is sent, against a model that knows only what AWS promises.

use super::script::{World, url};
use kernel::Timestamp;
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;
use tidemill_kernel as kernel;

/// One whose ids are the queue's, one whose are each group's own.
const QUEUES: [(&str, &str); 2] = [("whole.fifo", "queue"), ("grouped.fifo", "messageGroup")];

#[derive(Clone, Debug)]
enum Step {
    /// So many ids, each sent once, with a window of so many seconds.
    Send {
        queue: usize,
        group: u8,
        id: u64,
        count: u64,
        window: Option<u64>,
    },
    Pass {
        ms: u64,
    },
    Tick,
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let window = prop_oneof![2 => Just(None), 1 => (1..900u64).prop_map(Some)];
    let step = prop_oneof![
        8 => (0..QUEUES.len(), 0..2u8, 0..20u64, 1..8u64, window).prop_map(
            |(queue, group, id, count, window)| Step::Send { queue, group, id, count, window }
        ),
        3 => prop_oneof![
            Just(1u64), Just(299_999), Just(300_000), 1..3000u64, 60_000..400_000u64,
        ]
        .prop_map(|ms| Step::Pass { ms }),
        1 => Just(Step::Tick),
        1 => Just(Step::Restart),
    ];
    prop::collection::vec(step, 1..60)
}

#[derive(Default)]
struct Play {
    world: World,
    /// By queue, scope and id: the sequence number, and from when on it is no longer a duplicate's.
    originals: BTreeMap<(usize, Option<u8>, u64), (String, u64)>,
    last: [u64; QUEUES.len()],
}

impl Play {
    fn send(&mut self, queue: usize, group: u8, id: u64, window: Option<u64>) {
        let (name, scope) = QUEUES[queue];
        let mut input = json!({
            "QueueUrl": url(name),
            "MessageBody": "x",
            "MessageGroupId": format!("g{group}"),
            "MessageDeduplicationId": id.to_string(),
        });
        if let Some(seconds) = window {
            let value = json!({ "DataType": "Number", "StringValue": seconds.to_string() });
            input["MessageAttributes"] = json!({ "tm.dedupe-window": value });
        }
        let reply = self.world.call("SendMessage", &input).unwrap();
        let number = reply["SequenceNumber"].as_str().unwrap().to_owned();
        let now = self.world.now.0;
        let key = (queue, (scope == "messageGroup").then_some(group), id);
        let original = self.originals.get(&key).filter(|(_, until)| now < *until);
        if let Some((original, until)) = original {
            assert_eq!(*original, number, "{key:?} at {now}, until {until}");
            return;
        }
        self.last[queue] += 1;
        assert_eq!(number, format!("1{:019}", self.last[queue]), "{key:?} at {now}");
        self.originals.insert(key, (number, now + window.unwrap_or(300) * 1000));
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Send { queue, group, id, count, window } => {
                (id..id + count).for_each(|id| self.send(queue, group, id, window));
            }
            Step::Pass { ms } => self.world.now = Timestamp(self.world.now.0 + ms),
            Step::Tick => self.world.tick(),
            Step::Restart => self.world.restart(),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn a_message_is_taken_once_in_its_window(steps in steps()) {
        let mut play = Play::default();
        for (name, scope) in QUEUES {
            let attributes = json!({ "FifoQueue": "true", "DeduplicationScope": scope });
            let input = json!({ "QueueName": name, "Attributes": attributes });
            play.world.call("CreateQueue", &input).unwrap();
        }
        for step in &steps {
            play.step(step);
        }
    }
}
