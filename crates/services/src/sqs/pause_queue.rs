//! Pausing a queue: it takes messages and hands none out until it is resumed.
//!
//! Not an operation of AWS's. What is in flight stays so and may be deleted; retention goes on.

use super::{Error, QueueKey, Reply, State};
use kernel::{Outcome, Turn};
use tidemill_kernel as kernel;

pub(super) fn pause(
    state: &mut State,
    turn: &mut Turn<'_>,
    key: &QueueKey,
) -> Result<Outcome<Reply>, Error> {
    let now = turn.now();
    let queue = state.queue_mut(now, key)?;
    if queue.settings.paused.is_none() {
        queue.settings.paused = Some(now);
        queue.put_settings(turn);
    }
    Ok(Outcome::Done(Reply::Done))
}

pub(super) fn resume(
    state: &mut State,
    turn: &mut Turn<'_>,
    key: &QueueKey,
) -> Result<Outcome<Reply>, Error> {
    let queue = state.queue_mut(turn.now(), key)?;
    if queue.settings.paused.take().is_some() {
        queue.put_settings(turn);
        queue.wake(turn);
    }
    Ok(Outcome::Done(Reply::Done))
}

#[cfg(test)]
mod tests {
    use super::super::Command;
    use super::super::script::{World, caller, url};
    use super::*;
    use serde_json::json;

    #[test]
    fn a_paused_queue_takes_messages_and_hands_none_out() {
        let mut world = World::default();
        world.call("CreateQueue", &json!({ "QueueName": "orders" })).unwrap();
        let send = json!({ "QueueUrl": url("orders"), "MessageBody": "a" });
        world.call("SendMessage", &send).unwrap();
        let key = QueueKey::of(&caller(), "orders");
        for _ in 0..2 {
            world.apply(Command::PauseQueue(key.clone())).unwrap();
        }
        world.call("SendMessage", &send).unwrap();
        world.restart();
        let short = json!({ "QueueUrl": url("orders") });
        let long = json!({ "QueueUrl": url("orders"), "WaitTimeSeconds": 5 });
        assert_eq!(world.call("ReceiveMessage", &short).unwrap(), json!({}));
        assert_eq!(world.call("ReceiveMessage", &long).unwrap()["wait"], 5000);
        for _ in 0..2 {
            world.apply(Command::ResumeQueue(key.clone())).unwrap();
        }
        let received = world.call("ReceiveMessage", &short).unwrap();
        assert_eq!(received["Messages"][0]["Body"], "a");
        let none = QueueKey::of(&caller(), "none");
        assert!(world.apply(Command::PauseQueue(none)).is_err());
    }
}
