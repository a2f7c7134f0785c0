//! What time alone moves: invocations whose wait is over.

use super::completions::give_up;
use super::state::{self, State};
use super::{invoke, model::Stage};
use kernel::Turn;
use tidemill_kernel as kernel;

/// Retries that one tick hands out; more than that wait for the next, which is due at once.
const RETRIES_PER_TICK_MAX: usize = 256;

impl State {
    pub fn tick(&mut self, turn: &mut Turn<'_>) {
        for _ in 0..RETRIES_PER_TICK_MAX {
            let Some(&(due, id)) = self.due.first().filter(|(due, _)| *due <= turn.now()) else {
                return;
            };
            self.due.remove(&(due, id));
            let mut invocation = state::invocation(turn.rows(), id)
                .filter(|row| row.stage == Stage::Waiting { until: due })
                .expect("the index holds exactly the waiting rows");
            let is_wanted = state::find(turn.rows(), &invocation.function)
                .is_some_and(|function| function.born == invocation.born);
            if is_wanted {
                invoke::hand_out(turn, id, &mut invocation);
            } else {
                give_up(turn, id, &invocation, "the function was deleted");
            }
        }
    }
}
