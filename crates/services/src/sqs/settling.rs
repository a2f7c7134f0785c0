//! What ends or changes the receive of a message: deleting it, changing its visibility, and the
//! trail that says how its receives ended.

use super::chunk::Entry;
use super::model::{IN_FLIGHT_MAX, VISIBILITY_SECONDS_MAX};
use super::queue::Queue;
use super::state::{GROUPS, queue_row_key};
use super::trail::{self, EndReason, Ending};
use super::{Error, ReceiptHandle, Record};
use kernel::{Millis, Timestamp, Turn};
use tidemill_kernel as kernel;

impl Queue {
    pub(super) fn delete(
        &mut self,
        turn: &mut Turn<'_>,
        handle: &ReceiptHandle,
    ) -> Result<(), Error> {
        let receipt = handle.verify(&turn.at, self.number)?;
        let Some(entry) = self.messages.get(turn.rows(), receipt.sequence) else { return Ok(()) };
        if entry.receive_count != receipt.nonce {
            return Ok(());
        }
        if self.is_fifo() && entry.due <= turn.now() {
            return Err(Error::InvalidParameterValue {
                parameter: "ReceiptHandle",
                value: handle.text(),
                reason: "The receipt handle has expired.".to_owned(),
            });
        }
        self.tally.note_delete();
        let was_full = self.messages.in_flight() >= IN_FLIGHT_MAX;
        self.messages.note_processed(entry, turn.now());
        self.discard(turn, receipt.sequence, entry);
        if self.is_fifo() || was_full {
            self.wake(turn);
        }
        Ok(())
    }

    pub(super) fn change_visibility(
        &mut self,
        turn: &mut Turn<'_>,
        handle: &ReceiptHandle,
        seconds: u32,
    ) -> Result<(), Error> {
        let receipt = handle.verify(&turn.at, self.number)?;
        let now = turn.now();
        let gone = || Error::InvalidParameterValue {
            parameter: "ReceiptHandle",
            value: handle.text(),
            reason: "Message does not exist or is not available for visibility timeout change."
                .to_owned(),
        };
        let entry = self.messages.get(turn.rows(), receipt.sequence).ok_or_else(gone)?;
        if entry.receive_count != receipt.nonce || entry.due <= now {
            return Err(Error::MessageNotInflight);
        }
        // AWS counts whole seconds since the receive.
        let elapsed_seconds = now.since(entry.last_receive).0 / 1000;
        if elapsed_seconds + u64::from(seconds) > u64::from(VISIBILITY_SECONDS_MAX) {
            return Err(Error::InvalidParameterValue {
                parameter: "VisibilityTimeout",
                value: seconds.to_string(),
                reason: format!(
                    "Total VisibilityTimeout for the message is beyond the limit \
                     [{VISIBILITY_SECONDS_MAX} seconds]"
                ),
            });
        }
        if seconds == 0 {
            let reason = EndReason::Released;
            self.tally.note_end(&reason);
            let ending = Ending { receive: entry.receive_count, at: now, reason };
            self.trails.note(turn, receipt.sequence, ending);
        } else {
            self.tally.note_extension();
        }
        let due = now.plus(Millis::from_seconds(u64::from(seconds)));
        self.show_again(turn, receipt.sequence, entry, due);
        Ok(())
    }

    /// Changes when a message is to be seen again.
    pub(super) fn show_again(
        &mut self,
        turn: &mut Turn<'_>,
        sequence: u64,
        entry: Entry,
        due: Timestamp,
    ) {
        self.messages.update(sequence, entry, Entry { due: due.max(entry.sent), ..entry });
        turn.mark_changed();
        self.wake(turn);
    }

    /// Whether something was said about how that receive ended.
    pub(super) fn has_ended(&self, turn: &Turn<'_>, sequence: u64, receive: u32) -> bool {
        let trail = self.trails.get(turn.rows(), sequence);
        trail.last().is_some_and(|last| last.receive == receive)
    }

    /// How the receives of a message ended, here and in the queue it was dead-lettered from; the
    /// oldest first. A receive that is missing ended when its time ran out.
    pub(super) fn trail(
        &self,
        rows: &dyn kernel::Rows,
        sequence: u64,
        entry: Entry,
        now: Timestamp,
        record: &Record,
    ) -> Vec<Ending> {
        let mut trail = record.trail.clone().unwrap_or_default();
        let here = self.trails.get(rows, sequence);
        let is_over = entry.first_receive.is_some() && entry.due <= now;
        trail.extend(if is_over {
            trail::complete(here, entry.receive_count, entry.due)
        } else {
            here
        });
        trail
    }

    /// Removes a message and its body, and its group when it was the last of it.
    pub(super) fn discard(&mut self, turn: &mut Turn<'_>, sequence: u64, entry: Entry) {
        if self.messages.remove(sequence, entry).0 {
            let key = queue_row_key(self.number, &entry.group.to_be_bytes());
            turn.delete(GROUPS, &key);
        }
        self.trails.forget(turn, sequence);
        turn.delete_body(self.body_ref(sequence));
    }
}
