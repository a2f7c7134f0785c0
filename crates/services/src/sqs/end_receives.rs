//! Saying how receives ended: a function failed or was throttled, or a client gave messages back.
//!
//! Not an operation of AWS's: event source mappings say so for the functions they run. A handle
//! that is not of the latest receive, or whose time has run out, is passed over: there is nothing
//! left to end.

use super::trail::{EndReason, Ending};
use super::{Error, QueueKey, ReceiptHandle, Reply, State};
use kernel::{Millis, Outcome, Turn};
use minicbor::{Decode, Encode};
use tidemill_kernel as kernel;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct EndReceives {
    #[n(0)]
    pub queue: QueueKey,
    #[n(1)]
    pub handles: Vec<ReceiptHandle>,
    #[n(2)]
    pub reason: EndReason,
    /// When the messages are to be seen again, in seconds from now; `None` leaves it as it is.
    #[n(3)]
    pub visible_in: Option<u32>,
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: EndReceives,
) -> Result<Outcome<Reply>, Error> {
    let EndReceives { queue: key, handles, reason, visible_in } = command;
    let now = turn.now();
    let reason = reason.bounded();
    let queue = state.queue_mut(now, &key)?;
    for handle in handles {
        let Ok(receipt) = handle.verify(&turn.at, queue.number) else { continue };
        let Some(entry) = queue.messages.get(turn.rows(), receipt.sequence) else { continue };
        if entry.receive_count != receipt.nonce || entry.due <= now {
            continue;
        }
        let ending = Ending { receive: entry.receive_count, at: now, reason: reason.clone() };
        queue.tally.note_end(&reason);
        queue.trails.note(turn, receipt.sequence, ending);
        if let Some(seconds) = visible_in {
            let due = now.plus(Millis::from_seconds(u64::from(seconds))).min(entry.due);
            queue.show_again(turn, receipt.sequence, entry, due);
        }
    }
    Ok(Outcome::Done(Reply::Done))
}

#[cfg(test)]
mod tests {
    use super::super::script::{Applied, World, arn, caller, url};
    use super::super::{Command, Record};
    use super::*;
    use expect_test::expect;
    use serde_json::json;

    fn world() -> World {
        let mut world = World::default();
        world.now = kernel::Timestamp(1_700_000_000_000);
        world.call("CreateQueue", &json!({ "QueueName": "dlq" })).unwrap();
        let policy = json!({ "deadLetterTargetArn": arn("dlq"), "maxReceiveCount": 3 });
        let attributes = json!({ "RedrivePolicy": policy.to_string() });
        let input = json!({ "QueueName": "orders", "Attributes": attributes });
        world.call("CreateQueue", &input).unwrap();
        world
    }

    fn receive(world: &mut World) -> Option<ReceiptHandle> {
        let reply = world.call("ReceiveMessage", &json!({ "QueueUrl": url("orders") })).unwrap();
        let handle = reply["Messages"][0]["ReceiptHandle"].as_str()?;
        ReceiptHandle::parse(handle).ok()
    }

    fn end(world: &mut World, handle: ReceiptHandle, reason: EndReason, visible_in: Option<u32>) {
        let queue = QueueKey::of(&caller(), "orders");
        let command = EndReceives { queue, handles: vec![handle], reason, visible_in };
        let done = world.apply(Command::EndReceives(command)).unwrap();
        assert!(matches!(done, Applied::Done(Reply::Done)));
    }

    fn failure() -> EndReason {
        EndReason::FunctionError {
            error_type: "KeyError".to_owned(),
            function: "arn:aws:lambda:us-east-1:000000000000:function:intake".to_owned(),
            version: "$LATEST".to_owned(),
        }
    }

    fn trail(world: &World, name: &str) -> String {
        let key = QueueKey::of(&caller(), name);
        let queue = world.state.queue(&key).unwrap();
        let mut lines = String::new();
        for (sequence, entry) in queue.messages.live_from(&world.rows, 0) {
            let body = kernel::Bodies::get(&world.bodies, queue.body_ref(sequence));
            let record = Record::decode(&body.read());
            let trail = queue.trail(&world.rows, sequence, entry, world.now, &record);
            for Ending { receive, at, reason } in trail {
                let at = at.0 - 1_700_000_000_000;
                lines += &format!("{} {receive} @{at} {reason:?}\n", record.body);
            }
        }
        lines
    }

    #[test]
    fn how_receives_ended_is_kept_and_goes_with_a_dead_letter() {
        let mut world = world();
        world
            .call("SendMessage", &json!({ "QueueUrl": url("orders"), "MessageBody": "a" }))
            .unwrap();
        let first = receive(&mut world).unwrap();
        assert_eq!(trail(&world, "orders"), "", "it is still in flight");
        world.now.0 += 1000;
        end(&mut world, first, failure(), Some(0));
        let second = receive(&mut world).unwrap();
        // The first receive is over; only the second can be ended.
        end(&mut world, first, EndReason::Throttled, None);
        world.now.0 += 1000;
        let input = json!({
            "QueueUrl": url("orders"), "ReceiptHandle": second.text(), "VisibilityTimeout": 0,
        });
        world.call("ChangeMessageVisibility", &input).unwrap();
        receive(&mut world).unwrap();
        world.restart();
        world.now.0 += 31_000;
        assert_eq!(receive(&mut world), None, "it was received too often");
        let expected = expect![[r#"
            a 1 @1000 FunctionError { error_type: "KeyError", function: "arn:aws:lambda:us-east-1:000000000000:function:intake", version: "$LATEST" }
            a 2 @2000 Released
            a 3 @32000 Timeout
        "#]];
        expected.assert_eq(&trail(&world, "dlq"));
        // It is not shown to those who receive it.
        let input = json!({ "QueueUrl": url("dlq"), "MessageAttributeNames": ["All"] });
        let dead = world.call("ReceiveMessage", &input).unwrap();
        assert_eq!(dead["Messages"][0].get("MessageAttributes"), None);
        let orders = world.state.queue(&QueueKey::of(&caller(), "orders")).unwrap();
        expect![[r#"
            Tally {
                sent: 0,
                received: 0,
                deleted: 0,
                dead_lettered: 1,
                expired: 0,
                timed_out: 1,
                released: 0,
                failed: 0,
                throttled: 0,
                abandoned: 1,
                unsettled: 0,
                hidden_until: @0,
            }"#]]
        .assert_eq(&format!("{:#?}", orders.tally));
    }

    #[test]
    fn trails_are_bounded_and_go_with_their_message() {
        let mut world = world();
        let input = json!({ "QueueUrl": url("orders"), "Attributes": { "RedrivePolicy": "" } });
        world.call("SetQueueAttributes", &input).unwrap();
        world
            .call("SendMessage", &json!({ "QueueUrl": url("orders"), "MessageBody": "a" }))
            .unwrap();
        for _ in 0..20 {
            let handle = receive(&mut world).unwrap();
            end(&mut world, handle, EndReason::Throttled, Some(0));
        }
        assert_eq!(trail(&world, "orders").lines().count(), 8);
        let handle = receive(&mut world).unwrap();
        let input = json!({ "QueueUrl": url("orders"), "ReceiptHandle": handle.text() });
        world.call("DeleteMessage", &input).unwrap();
        let is_trail = |(table, _, _): &(kernel::Table, &[u8], &bytes::Bytes)| {
            *table == super::super::state::TRAILS
        };
        assert_eq!(world.rows.iter().filter(is_trail).count(), 0);
    }
}
