//! What arrives from another resource: a bucket's event, invoked asynchronously.

use super::invoke::{self, ASYNC_PAYLOAD_BYTES_MAX};
use super::model::FunctionId;
use super::state::{self, DELIVERED, State};
use bytes::Bytes;
use kernel::{Delivery, Turn, Uuid};
use tidemill_kernel as kernel;

impl State {
    /// Takes an event as the payload of an asynchronous invocation; an `Err` sends it back with
    /// that reason.
    ///
    /// # Errors
    /// When there is no such function, or the event is larger than an invocation may be.
    pub fn deliver(&mut self, turn: &mut Turn<'_>, delivery: &Delivery) -> Result<(), String> {
        let function = FunctionId::from_arn(&delivery.to)
            .and_then(|id| state::find(turn.rows(), &id))
            .ok_or_else(|| format!("Function not found: {}", delivery.to))?;
        let payload = delivery.message.body.clone();
        if payload.len() > ASYNC_PAYLOAD_BYTES_MAX {
            return Err(format!("the event is larger than {ASYNC_PAYLOAD_BYTES_MAX} bytes"));
        }
        let id = draw_invocation_id(turn);
        let source = Some(delivery.from.clone());
        invoke::start(turn, function.id, function.born, id, payload, source);
        Ok(())
    }

    /// Nothing of ours is ever sent back: Lambda delivers nothing yet.
    pub fn returned(&mut self, turn: &mut Turn<'_>, _delivery: Delivery) {
        turn.mark_changed();
    }
}

/// Draws an id that no other delivery of this partition gets. Several may be drained in one
/// apply and so share a position: a counter, not the position, tells them apart.
fn draw_invocation_id(turn: &mut Turn<'_>) -> Uuid {
    let count = turn.rows().get(DELIVERED, &[]).map_or(0, |value| {
        u64::from_be_bytes(value.as_ref().try_into().expect("the counter is eight bytes"))
    }) + 1;
    turn.put(DELIVERED, &[], Bytes::copy_from_slice(&count.to_be_bytes()));
    let mut name = Vec::with_capacity(10);
    name.extend(turn.at.partition.0.to_be_bytes());
    name.extend(count.to_be_bytes());
    Uuid::from_random(turn.at.mac("lambda delivery", &name))
}
