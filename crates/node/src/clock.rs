//! The leader's clock: wall time that never runs backwards and never jumps.
//!
//! Everything time decides (visibility, delays, retention) is decided by the stamps this clock
//! gives. So a wall clock that is set an hour ahead must not make every message visible at once,
//! and one set back must not freeze every long poll: such a jump is worked off slowly.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tidemill_kernel::{Millis, Timestamp};

/// A disagreement of wall and monotonic time beyond this is a jump, not drift.
const JUMP: Millis = Millis(2000);
/// While a jump is worked off, our time runs this much faster or slower: one tenth.
const SLEW_DIVISOR: u64 = 10;

/// Where time comes from.
pub trait Clock: Send {
    fn now(&mut self) -> Timestamp;
}

/// The system's clocks.
pub struct SystemClock {
    started: Instant,
    stamp: Stamp,
}

impl SystemClock {
    /// A clock that continues after `floor`, the last stamp in the log.
    #[must_use]
    pub fn starting_after(floor: Timestamp) -> SystemClock {
        SystemClock { started: Instant::now(), stamp: Stamp::first(wall_clock(), floor) }
    }
}

impl Clock for SystemClock {
    fn now(&mut self) -> Timestamp {
        let elapsed = u64::try_from(self.started.elapsed().as_millis())
            .expect("2^64 milliseconds outlast the process");
        self.stamp.next(Millis(elapsed), wall_clock())
    }
}

/// One clock for all shards. Each with its own would work off a jump at a pace of its own, and what
/// one sends another would come from the future.
#[derive(Clone)]
pub(crate) struct SharedClock(Arc<Mutex<SystemClock>>);

impl SharedClock {
    pub(crate) fn new(clock: SystemClock) -> SharedClock {
        SharedClock(Arc::new(Mutex::new(clock)))
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).now()
    }
}

fn wall_clock() -> Timestamp {
    // A clock before 1970 is a clock that was never set: the floor from the log takes over.
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Timestamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// The rule, as plain arithmetic: the simulator goes by it too.
#[derive(Clone, Debug)]
pub struct Stamp {
    last: Timestamp,
    elapsed: Millis,
}

impl Stamp {
    /// The first stamp of a life: the wall clock's, and never before the log's last.
    #[must_use]
    pub fn first(wall: Timestamp, floor: Timestamp) -> Stamp {
        Stamp { last: wall.max(floor), elapsed: Millis(0) }
    }

    /// The stamp after `elapsed` of this life, by a clock nobody sets.
    pub fn next(&mut self, elapsed: Millis, wall: Timestamp) -> Timestamp {
        let step = elapsed.0.saturating_sub(self.elapsed.0);
        let expected = self.last.plus(Millis(step));
        let stamp = if wall.since(expected) <= JUMP && expected.since(wall) <= JUMP {
            wall.max(self.last)
        } else if wall > expected {
            expected.plus(Millis(step / SLEW_DIVISOR))
        } else {
            expected.minus(Millis(step / SLEW_DIVISOR))
        };
        // A step too short to slew is left to add up, or the tenth would always round to nothing.
        if step >= SLEW_DIVISOR || stamp == wall {
            self.last = stamp;
            self.elapsed = elapsed;
        }
        stamp
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drift_is_followed_and_never_backwards() {
        let mut stamp = Stamp::first(Timestamp(10_000), Timestamp(0));
        assert_eq!(stamp.next(Millis(100), Timestamp(10_120)), Timestamp(10_120));
        assert_eq!(stamp.next(Millis(110), Timestamp(10_090)), Timestamp(10_120));
    }

    #[test]
    fn an_hour_ahead_is_worked_off_a_tenth_at_a_time() {
        let mut stamp = Stamp::first(Timestamp(10_000), Timestamp(0));
        let hour = 3_600_000;
        assert_eq!(stamp.next(Millis(1000), Timestamp(hour)), Timestamp(11_100));
        assert_eq!(stamp.next(Millis(2000), Timestamp(hour)), Timestamp(12_200));
    }

    #[test]
    fn set_back_an_hour_time_goes_on_slower() {
        let mut stamp = Stamp::first(Timestamp(7_200_000), Timestamp(0));
        assert_eq!(stamp.next(Millis(1000), Timestamp(3_600_000)), Timestamp(7_200_900));
    }

    #[test]
    fn the_log_s_last_stamp_is_a_floor() {
        let mut stamp = Stamp::first(Timestamp(5), Timestamp(9_000));
        assert_eq!(stamp.next(Millis(1), Timestamp(6)), Timestamp(9_001));
    }
}
