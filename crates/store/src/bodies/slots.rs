//! Which slots of a segment are dead: a bit each, in memory and run-length coded in the manifest.

use std::ops::Range;

/// Grows with the highest slot in it; cloned only when a checkpoint still holds it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DeadSlots(Vec<u64>);

impl DeadSlots {
    fn place(slot: u32) -> (usize, u64) {
        (usize::try_from(slot / 64).expect("32 bits fit in a usize"), 1 << (slot % 64))
    }

    pub(super) fn contains(&self, slot: u32) -> bool {
        let (word, bit) = DeadSlots::place(slot);
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }

    pub(super) fn insert(&mut self, slot: u32) {
        let (index, bit) = DeadSlots::place(slot);
        if self.0.len() <= index {
            self.0.resize(index + 1, 0);
        }
        if let Some(word) = self.0.get_mut(index) {
            *word |= bit;
        }
    }

    /// Sixty-four at a time.
    pub(super) fn insert_range(&mut self, slots: Range<u32>) {
        for (index, bits) in words(slots) {
            if self.0.len() <= index {
                self.0.resize(index + 1, 0);
            }
            if let Some(word) = self.0.get_mut(index) {
                *word |= bits;
            }
        }
    }

    pub(crate) fn insert_all(&mut self, other: &DeadSlots) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word |= more;
        }
    }

    /// How many of a range are dead.
    pub(super) fn count_in(&self, slots: Range<u32>) -> u32 {
        let dead = |(index, bits): (usize, u64)| {
            self.0.get(index).map_or(0, |word| (word & bits).count_ones())
        };
        words(slots).map(dead).sum()
    }

    /// Lengths of alternating runs, the living first, as LEB128. Consumption is nearly in order,
    /// so this is a handful of bytes.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let (mut run, mut is_dead) = (0, false);
        let slots = u32::try_from(self.0.len() * 64).expect("slots fit in 32 bits");
        for slot in 0..slots {
            if self.contains(slot) != is_dead {
                push_number(&mut bytes, run);
                (run, is_dead) = (0, !is_dead);
            }
            run += 1;
        }
        if is_dead {
            push_number(&mut bytes, run);
        }
        bytes
    }

    /// `None` when the bytes are no such list, or exceed `slots`.
    pub(crate) fn decode(mut bytes: &[u8], slots: u32) -> Option<DeadSlots> {
        let (mut dead, mut slot, mut is_dead) = (DeadSlots::default(), 0u32, false);
        while !bytes.is_empty() {
            let run = take_number(&mut bytes)?;
            let end = slot.checked_add(run).filter(|end| *end <= slots)?;
            if is_dead {
                dead.insert_range(slot..end);
            }
            (slot, is_dead) = (end, !is_dead);
        }
        Some(dead)
    }
}

/// The words that a range of slots lies in, and the bits that it has there.
fn words(slots: Range<u32>) -> impl Iterator<Item = (usize, u64)> {
    let mut slot = slots.start;
    std::iter::from_fn(move || {
        if slot >= slots.end {
            return None;
        }
        let (index, _) = DeadSlots::place(slot);
        let next = (slot / 64 + 1).saturating_mul(64).min(slots.end);
        let (low, high) = (slot % 64, next - (slot - slot % 64));
        let upto = |bit: u32| if bit == 64 { u64::MAX } else { (1 << bit) - 1 };
        slot = next;
        Some((index, upto(high) & !upto(low)))
    })
}

fn push_number(bytes: &mut Vec<u8>, mut number: u32) {
    loop {
        let low = u8::try_from(number & 0x7f).expect("seven bits");
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}

fn take_number(bytes: &mut &[u8]) -> Option<u32> {
    let mut number = 0u32;
    for shift in (0..).step_by(7).take(5) {
        let (low, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u32::from(low & 0x7f).checked_shl(shift)?;
        if low & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dead_slots_read_back_as_they_were() {
        let mut dead = DeadSlots::default();
        assert_eq!(DeadSlots::decode(&dead.encode(), 0), Some(dead.clone()));
        for slot in [0, 1, 2, 63, 64, 65, 300, 100_000] {
            dead.insert(slot);
        }
        assert_eq!(DeadSlots::decode(&dead.encode(), 100_001), Some(dead.clone()));
        assert_eq!(DeadSlots::decode(&dead.encode(), 100_000), None);
        assert_eq!(DeadSlots::decode(&[0xff; 9], 100_000), None);
        assert_eq!(dead.encode().len(), 11);
    }

    #[test]
    fn a_range_dies_as_its_slots_would() {
        for start in [0, 1, 63, 64, 65, 130] {
            for end in [0, 1, 63, 64, 65, 127, 128, 129, 200, 256] {
                let (mut range, mut single) = (DeadSlots::default(), DeadSlots::default());
                range.insert_range(start..end);
                (start..end).for_each(|slot| single.insert(slot));
                assert_eq!(range, single, "{start}..{end}");
                assert_eq!(range.count_in(0..300), end.saturating_sub(start));
                assert_eq!(range.count_in(start..start + 3), end.saturating_sub(start).min(3));
            }
        }
    }
}
