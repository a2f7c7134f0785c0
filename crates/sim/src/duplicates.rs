//! Sends that repeat a deduplication id: dropped for five minutes after the first, taken after.

use crate::random::Random;
use tidemill_kernel::{Millis, Timestamp};

/// From AWS: how long a deduplication id counts after the message that brought it.
const WINDOW: Millis = Millis(300_000);

/// A message whose deduplication id another one may bring again.
#[derive(Debug)]
struct Original {
    id: String,
    /// The stamp it was applied with, if it was.
    at: Timestamp,
}

/// Messages with a deduplication id of their own, oldest first. Each is repeated once at most:
/// after a repeat whose answer was lost, nobody could say which of the two counts.
#[derive(Debug, Default)]
pub(crate) struct Originals(Vec<Original>);

/// What a message that repeats an id must meet.
pub(crate) enum Repeat {
    /// The first one counts: this is none, whatever it says.
    Within(String),
    /// Five minutes are over: this is a message like any other.
    After(String),
}

impl Originals {
    pub(crate) fn add(&mut self, id: &str, at: Timestamp) {
        self.0.push(Original { id: id.to_owned(), at });
    }

    /// Chooses one to repeat at `now`: any of the last ones, or the oldest, whose time may be over.
    /// It may have come so much later to where its time counts too: then, for so long, none knows.
    pub(crate) fn take(
        &mut self,
        random: &mut Random,
        now: Timestamp,
        late: Millis,
    ) -> Option<Repeat> {
        let index = if random.one_in(2) { 0 } else { random.index(self.0.len())? };
        if index >= self.0.len() {
            return None;
        }
        let at = self.0.get(index)?.at;
        let is_within = now < at.plus(WINDOW);
        if !is_within && now < at.plus(WINDOW).plus(late) {
            return None;
        }
        let id = self.0.remove(index).id;
        Some(if is_within { Repeat::Within(id) } else { Repeat::After(id) })
    }
}
