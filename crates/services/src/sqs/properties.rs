//! Properties: random histories against a naive model, and against a twin that restarts.
//!
//! The model knows one list of messages per queue and AWS's rules, nothing of chunks, lanes or
//! indexes. Numbers are those of the engine's invariants: I3 a deleted message never comes again,
//! I4 none is handed out twice inside a visibility timeout, I5 a group is in order and has one
//! holder, I6 receive counts and dead-lettering are exact, I7 nothing is lost or doubled.

use super::script::{World, arn, url};
use kernel::{Rows, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tidemill_kernel as kernel;

const QUEUES: [&str; 4] = ["plain", "dlq", "ordered.fifo", "dlq.fifo"];
const MAX_RECEIVE_COUNT: u64 = 2;

#[derive(Clone, Debug)]
enum Step {
    Send {
        queue: usize,
        delay: u64,
        group: u8,
    },
    Receive {
        queue: usize,
        max: u64,
        visibility: u64,
        attempt: Option<u8>,
    },
    /// Of the handles received so far, the one at this index modulo their number.
    Delete {
        handle: usize,
    },
    Change {
        handle: usize,
        seconds: u64,
    },
    Redrive {
        queue: usize,
        rate: Option<u64>,
    },
    Purge {
        queue: usize,
    },
    Pass {
        ms: u64,
    },
    Tick,
    Freeze,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let queue = 0..QUEUES.len();
    let step = prop_oneof![
        8 => (queue.clone(), prop_oneof![4 => Just(0u64), 1 => 1..5u64], 0..2u8)
            .prop_map(|(queue, delay, group)| Step::Send { queue, delay, group }),
        8 => (queue.clone(), 1..=10u64, 0..6u64, prop::option::weighted(0.1, 0..3u8))
            .prop_map(|(queue, max, visibility, attempt)| {
                Step::Receive { queue, max, visibility, attempt }
            }),
        5 => any::<usize>().prop_map(|handle| Step::Delete { handle }),
        5 => (any::<usize>(), prop_oneof![Just(0u64), 0..8u64])
            .prop_map(|(handle, seconds)| Step::Change { handle, seconds }),
        1 => (prop_oneof![Just(1usize), Just(3)], prop::option::of(1..500u64))
            .prop_map(|(queue, rate)| Step::Redrive { queue, rate }),
        1 => queue.prop_map(|queue| Step::Purge { queue }),
        6 => prop_oneof![4 => 1..3000u64, 1 => 60_000..400_000u64]
            .prop_map(|ms| Step::Pass { ms }),
        2 => Just(Step::Tick),
        2 => Just(Step::Freeze),
    ];
    prop::collection::vec(step, 1..150)
}

/// A history being played: the system, and what clients know.
struct Play {
    world: World,
    /// (queue, body, handle), as received.
    handles: Vec<(usize, String, String)>,
    sent: usize,
}

impl Play {
    fn new() -> Play {
        let mut world = World::default();
        world.now = Timestamp(1_700_000_000_000);
        for (queue, target) in [(1, None), (3, None), (0, Some(1)), (2, Some(3))] {
            let mut attributes = serde_json::Map::new();
            if QUEUES[queue].ends_with(".fifo") {
                attributes.insert("FifoQueue".to_owned(), json!("true"));
                attributes.insert("ContentBasedDeduplication".to_owned(), json!("true"));
            }
            if let Some(target) = target {
                let policy = json!({
                    "deadLetterTargetArn": arn(QUEUES[target]),
                    "maxReceiveCount": MAX_RECEIVE_COUNT,
                });
                attributes.insert("RedrivePolicy".to_owned(), json!(policy.to_string()));
            }
            let input = json!({ "QueueName": QUEUES[queue], "Attributes": attributes });
            world.call("CreateQueue", &input).unwrap();
        }
        Play { world, handles: Vec::new(), sent: 0 }
    }

    /// Plays a step; `None` when it is not a request.
    fn play(&mut self, step: &Step) -> Option<(usize, Result<Value, String>)> {
        let (queue, operation, mut input) = match *step {
            Step::Send { queue, delay, group } => {
                self.sent += 1;
                let mut input = json!({ "MessageBody": format!("m{}", self.sent) });
                let is_fifo = QUEUES[queue].ends_with(".fifo");
                if is_fifo || group > 0 {
                    input["MessageGroupId"] = json!(format!("g{group}"));
                }
                if !is_fifo {
                    input["DelaySeconds"] = json!(delay);
                }
                (queue, "SendMessage", input)
            }
            Step::Receive { queue, max, visibility, attempt } => {
                let mut input = json!({
                    "MaxNumberOfMessages": max,
                    "VisibilityTimeout": visibility,
                    "MessageSystemAttributeNames": ["All"],
                });
                if let Some(attempt) = attempt.filter(|_| QUEUES[queue].ends_with(".fifo")) {
                    input["ReceiveRequestAttemptId"] = json!(format!("a{attempt}"));
                }
                (queue, "ReceiveMessage", input)
            }
            Step::Delete { handle } => {
                let (queue, _, handle) = self.known(handle)?;
                (queue, "DeleteMessage", json!({ "ReceiptHandle": handle }))
            }
            Step::Change { handle, seconds } => {
                let (queue, _, handle) = self.known(handle)?;
                let input = json!({ "ReceiptHandle": handle, "VisibilityTimeout": seconds });
                (queue, "ChangeMessageVisibility", input)
            }
            Step::Redrive { queue, rate } => {
                let mut input = json!({ "SourceArn": arn(QUEUES[queue]) });
                if let Some(rate) = rate {
                    input["MaxNumberOfMessagesPerSecond"] = json!(rate);
                }
                (queue, "StartMessageMoveTask", input)
            }
            Step::Purge { queue } => (queue, "PurgeQueue", json!({})),
            Step::Pass { ms } => {
                self.world.now.0 += ms;
                return None;
            }
            Step::Tick => {
                self.world.tick();
                return None;
            }
            Step::Freeze => return None,
        };
        if operation != "StartMessageMoveTask" {
            input["QueueUrl"] = json!(url(QUEUES[queue]));
        }
        let answer = self.world.call(operation, &input).map_err(|error| error.message);
        if let (Step::Receive { .. }, Ok(reply)) = (step, &answer) {
            for (body, handle, _) in received(reply) {
                self.handles.push((queue, body, handle));
            }
        }
        Some((queue, answer))
    }

    fn known(&self, index: usize) -> Option<(usize, String, String)> {
        let count = self.handles.len();
        (count > 0).then(|| self.handles[index % count].clone())
    }

    fn count(&mut self, queue: usize) -> [u64; 3] {
        let input = json!({ "QueueUrl": url(QUEUES[queue]), "AttributeNames": ["All"] });
        let reply = self.world.call("GetQueueAttributes", &input).unwrap();
        ["", "NotVisible", "Delayed"].map(|kind| {
            let name = format!("ApproximateNumberOfMessages{kind}");
            reply["Attributes"][name].as_str().unwrap().parse().unwrap()
        })
    }
}

/// (body, handle, receive count) of each message.
fn received(reply: &Value) -> Vec<(String, String, u64)> {
    let messages = reply["Messages"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    messages
        .iter()
        .map(|message| {
            let count = text(&message["Attributes"]["ApproximateReceiveCount"]);
            (text(&message["Body"]), text(&message["ReceiptHandle"]), count.parse().unwrap())
        })
        .collect()
}

/// A message as the model sees it.
#[derive(Clone, Debug)]
struct Known {
    body: String,
    group: u8,
    /// Hidden until then; a message never received and hidden is delayed.
    due: u64,
    count: u64,
    handle: Option<String>,
}

/// Lists, searched from end to end.
#[derive(Default)]
struct Model {
    queues: [Vec<Known>; 4],
    deleted: BTreeSet<String>,
}

impl Model {
    fn check(
        &mut self,
        play: &mut Play,
        step: &Step,
        queue: usize,
        answer: &Result<Value, String>,
    ) {
        let now = play.world.now.0;
        match (step, answer) {
            (Step::Send { delay, group, .. }, Ok(_)) => {
                let is_fifo = QUEUES[queue].ends_with(".fifo");
                let delay = if is_fifo { 0 } else { *delay };
                self.queues[queue].push(Known {
                    body: format!("m{}", play.sent),
                    group: *group,
                    due: now + delay * 1000,
                    count: 0,
                    handle: None,
                });
            }
            (Step::Receive { max, visibility, attempt, .. }, Ok(reply)) => {
                let until = now + visibility * 1000;
                let received = received(reply);
                let is_repeat = attempt.is_some() && self.is_repeat(queue, now, &received);
                if !is_repeat {
                    self.take(queue, now, *max, &received);
                }
                for (body, handle, count) in received {
                    let known = self.find(queue, &body);
                    known.due = until;
                    known.count = count;
                    known.handle = Some(handle);
                }
            }
            (Step::Delete { handle }, Ok(_)) => {
                let (_, body, handle) = play.known(*handle).unwrap();
                let before = self.queues[queue].len();
                self.queues[queue].retain(|known| known.handle.as_ref() != Some(&handle));
                if self.queues[queue].len() != before {
                    self.deleted.insert(body);
                }
            }
            (Step::Change { handle, seconds }, Ok(_)) => {
                let (_, body, _) = play.known(*handle).unwrap();
                self.find(queue, &body).due = now + seconds * 1000;
            }
            (Step::Purge { .. }, Ok(_)) => {
                for known in self.queues[queue].drain(..) {
                    self.deleted.insert(known.body);
                }
            }
            _ => {}
        }
    }

    fn find(&mut self, queue: usize, body: &str) -> &mut Known {
        let found = self.queues[queue].iter_mut().find(|known| known.body == body);
        found.unwrap_or_else(|| panic!("{body} is not in {}", QUEUES[queue]))
    }

    /// A repeated attempt hands out the same messages, still in flight, under the same handles.
    fn is_repeat(&self, queue: usize, now: u64, received: &[(String, String, u64)]) -> bool {
        !received.is_empty()
            && received.iter().all(|(body, handle, _)| {
                self.queues[queue].iter().any(|known| {
                    known.body == *body && known.handle.as_ref() == Some(handle) && known.due > now
                })
            })
    }

    /// Dead-letters as the receive must have, then checks what was handed out.
    fn take(&mut self, queue: usize, now: u64, max: u64, received: &[(String, String, u64)]) {
        let is_fifo = QUEUES[queue].ends_with(".fifo");
        let blocked: BTreeSet<u8> = self.queues[queue]
            .iter()
            .filter(|known| is_fifo && known.due > now)
            .map(|known| known.group)
            .collect();
        for (body, _, count) in received {
            assert!(!self.deleted.contains(body), "I3: {body} was deleted");
            let known = self.find(queue, body);
            assert!(known.due <= now, "I4: {body} is hidden");
            assert_eq!(*count, known.count + 1, "I6: receive count of {body}");
            let group = known.group;
            assert!(!blocked.contains(&group), "I5: group {group} has a holder");
        }
        if is_fifo {
            self.check_order(queue, now, received, &blocked);
        }
        let visible = self.queues[queue]
            .iter()
            .filter(|known| known.due <= now && !blocked.contains(&known.group))
            .filter(|known| {
                queue.is_multiple_of(2) && known.count < MAX_RECEIVE_COUNT || queue % 2 == 1
            })
            .count();
        // Dead-lettering costs places only when it clears more than a receive may.
        assert_eq!(received.len(), visible.min(usize::try_from(max).unwrap()), "all that is there");
    }

    /// Within a group, what was handed out is what stands first, dead letters left out.
    fn check_order(
        &self,
        queue: usize,
        now: u64,
        received: &[(String, String, u64)],
        blocked: &BTreeSet<u8>,
    ) {
        let mut by_group: BTreeMap<u8, Vec<&str>> = BTreeMap::new();
        for (body, _, _) in received {
            let known = self.queues[queue].iter().find(|known| known.body == *body).unwrap();
            by_group.entry(known.group).or_default().push(body);
        }
        for (group, bodies) in by_group {
            assert!(!blocked.contains(&group));
            let first: Vec<&str> = self.queues[queue]
                .iter()
                .filter(|known| known.group == group && known.due <= now)
                .filter(|known| queue % 2 == 1 || known.count < MAX_RECEIVE_COUNT)
                .map(|known| known.body.as_str())
                .take(bodies.len())
                .collect();
            assert_eq!(bodies, first, "I5: order of group {group}");
        }
    }

    /// Moves what the system has moved: dead letters and redriven messages change lists.
    fn follow(&mut self, play: &mut Play) {
        for (source, target) in [(0, 1), (2, 3), (1, 0), (3, 2)] {
            let there = bodies(&mut play.world, source);
            let (stay, left): (Vec<_>, Vec<_>) =
                self.queues[source].drain(..).partition(|known| there.contains(&known.body));
            self.queues[source] = stay;
            for known in left {
                let is_dead = source % 2 == 0;
                assert!(!is_dead || known.count >= MAX_RECEIVE_COUNT, "I6: {known:?} left early");
                assert!(known.due <= play.world.now.0, "I6: {known:?} left while hidden");
                let count = if is_dead { known.count } else { 0 };
                let now = play.world.now.0;
                self.queues[target].push(Known { due: now, count, handle: None, ..known });
            }
        }
    }

    /// I7, by bodies and by counts.
    fn check_conservation(&self, play: &mut Play) {
        let now = play.world.now.0;
        for (queue, name) in QUEUES.iter().enumerate() {
            let mut mine: Vec<&str> =
                self.queues[queue].iter().map(|known| known.body.as_str()).collect();
            mine.sort_unstable();
            let there = bodies(&mut play.world, queue);
            assert_eq!(mine, there.iter().map(String::as_str).collect::<Vec<_>>(), "I7");
            let count = |test: &dyn Fn(&Known) -> bool| {
                self.queues[queue].iter().filter(|known| test(known)).count() as u64
            };
            let expected = [
                count(&|known| known.due <= now),
                count(&|known| known.due > now && known.count > 0),
                count(&|known| known.due > now && known.count == 0),
            ];
            assert_eq!(play.count(queue), expected, "I7: counts of {name}");
        }
    }
}

/// The bodies in a queue, sorted; straight from the state.
fn bodies(world: &mut World, queue: usize) -> BTreeSet<String> {
    let found = world.state.queues().find(|other| other.settings.key.name == QUEUES[queue]);
    let queue = found.expect("the four queues exist");
    let mut bodies = BTreeSet::new();
    let mut from = 0;
    while let Some((sequence, _)) = queue.messages.live_from(&world.rows, from).next() {
        let at = kernel::BodyRef { queue: queue.number, sequence };
        let bytes = kernel::Bodies::get(&world.bodies, at).read();
        let is_new = bodies.insert(super::Record::decode(&bytes).body);
        assert!(is_new, "I7: a body is in {} twice", queue.settings.key.name);
        from = sequence + 1;
    }
    bodies
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn random_histories_agree_with_the_model(steps in steps()) {
        let mut play = Play::new();
        let mut model = Model::default();
        for step in &steps {
            match play.play(step) {
                Some((queue, answer)) => model.check(&mut play, step, queue, &answer),
                None if matches!(step, Step::Freeze) => play.world.restart(),
                None => {}
            }
            model.follow(&mut play);
            model.check_conservation(&mut play);
        }
    }

    #[test]
    fn a_restarted_twin_answers_and_ends_the_same(steps in steps()) {
        let (mut steady, mut restarted) = (Play::new(), Play::new());
        for step in &steps {
            if matches!(step, Step::Freeze) {
                restarted.world.restart();
            }
            prop_assert_eq!(steady.play(step), restarted.play(step));
            prop_assert_eq!(&steady.handles, &restarted.handles);
        }
        for play in [&mut steady, &mut restarted] {
            play.world.state.freeze(&mut play.world.rows as &mut dyn Rows);
        }
        prop_assert_eq!(steady.world.rows, restarted.world.rows);
    }
}
