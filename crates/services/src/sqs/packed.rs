//! Packed pages: the entries of a full chunk that nobody touches, in a byte or two each.
//!
//! A backlog's entries are much alike: sent a moment apart, never received, of one group or none.
//! Each field is a column, that of sending one of differences; a column is runs of equal values, or
//! plain where it has none; each number is as long as it must be. What is packed is kept in memory
//! only: rows hold pages as they are.
//!
//! # Invariants
//!
//! - Unpacking gives the very entries that were packed, removed ones as zeros.

use super::chunk::{ENTRY_BYTES, Fields};

/// The columns of a page, in order.
#[derive(Clone, Debug)]
pub(super) struct Packed(Box<[u8]>);

/// How a column's value is read, and how it is put back.
type Column = (fn(&Fields) -> u64, fn(&mut Fields, u64));

/// The columns of an entry, in order; all but when it was sent, which is written as
/// differences.
const COLUMNS: [Column; 5] = [
    (|fields| u64::from(fields.due), |fields, value| fields.due = narrow(value)),
    (|fields| u64::from(fields.first), |fields, value| fields.first = narrow(value)),
    (|fields| u64::from(fields.last), |fields, value| fields.last = narrow(value)),
    (
        |fields| u64::from(fields.receive_count),
        |fields, value| fields.receive_count = narrow(value),
    ),
    (|fields| fields.tagged, |fields, value| fields.tagged = value),
];

impl Packed {
    pub(super) fn pack(entries: &[[u8; ENTRY_BYTES]]) -> Packed {
        let fields: Vec<Fields> = entries.iter().map(Fields::from_bytes).collect();
        let mut out = Vec::new();
        let mut before = 0;
        let sent = fields.iter().map(|fields| {
            let difference = fields.sent.wrapping_sub(before);
            before = fields.sent;
            zigzag(difference)
        });
        write_column(&mut out, sent);
        for (get, _) in COLUMNS {
            write_column(&mut out, fields.iter().map(get));
        }
        Packed(out.into_boxed_slice())
    }

    pub(super) fn unpack(&self) -> Vec<[u8; ENTRY_BYTES]> {
        let mut bytes = &*self.0;
        let mut sent = 0_u64;
        let mut entries: Vec<Fields> = Vec::with_capacity(super::chunk::CHUNK_ENTRIES);
        for (value, count) in read_column(&mut bytes) {
            for _ in 0..count {
                sent = sent.wrapping_add(unzigzag(value));
                entries.push(Fields { sent, ..Fields::default() });
            }
        }
        for (_, set) in COLUMNS {
            let runs = read_column(&mut bytes).into_iter();
            let values = runs.flat_map(|(value, count)| (0..count).map(move |_| value));
            entries.iter_mut().zip(values).for_each(|(fields, value)| set(fields, value));
        }
        entries.into_iter().map(Fields::to_bytes).collect()
    }
}

fn narrow(value: u64) -> u32 {
    u32::try_from(value).expect("it was packed from 32 bits")
}

/// Small for differences of either sign.
fn zigzag(difference: u64) -> u64 {
    let signed = difference.cast_signed();
    ((signed << 1) ^ (signed >> 63)).cast_unsigned()
}

fn unzigzag(value: u64) -> u64 {
    (value >> 1) ^ (value & 1).wrapping_neg()
}

/// How a column is written, before its length.
const RUNS: u64 = 0;
const PLAIN: u64 = 1;

/// Writes a column as runs of equal values or as one value after the other, whichever is shorter.
fn write_column(out: &mut Vec<u8>, values: impl Iterator<Item = u64>) {
    let (mut runs, mut plain) = (Vec::<(u64, u64)>::new(), Vec::new());
    for value in values {
        number(&mut plain, value);
        match runs.last_mut() {
            Some((last, count)) if *last == value => *count += 1,
            Some(_) | None => runs.push((value, 1)),
        }
    }
    let mut short = Vec::new();
    for (value, count) in &runs {
        number(&mut short, *value);
        number(&mut short, *count);
    }
    if short.len() < plain.len() {
        number(out, RUNS);
        number(out, runs.len() as u64);
        out.extend(short);
    } else {
        number(out, PLAIN);
        number(out, runs.iter().map(|(_, count)| count).sum());
        out.extend(plain);
    }
}

/// The values of the next column, each with how often it stands there in a row.
fn read_column(bytes: &mut &[u8]) -> Vec<(u64, u64)> {
    let is_plain = read_number(bytes) == PLAIN;
    let length = read_number(bytes);
    let run = |_| (read_number(bytes), if is_plain { 1 } else { read_number(bytes) });
    (0..length).map(run).collect()
}

/// Seven bits a byte, the lowest first; the highest bit says that more follow.
fn number(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let [low, ..] = value.to_le_bytes();
        value >>= 7;
        if value == 0 {
            return out.push(low & 0x7f);
        }
        out.push(low | 0x80);
    }
}

fn read_number(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    let mut shift = 0;
    loop {
        let (byte, rest) = bytes.split_first().expect("what was packed ends with its last number");
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return value;
        }
        shift += 7;
    }
}

#[cfg(test)]
mod tests {
    use super::super::chunk::{CHUNK_ENTRIES, Entry};
    use super::*;
    use kernel::Timestamp;
    use proptest::prelude::*;
    use tidemill_kernel as kernel;

    #[test]
    fn a_backlog_takes_little() {
        // One message a second, and two thousand a second: of no group, never received.
        for (per_second, bytes_max) in [(1, 64), (2000, CHUNK_ENTRIES + 64)] {
            let entries: Vec<_> = (0..CHUNK_ENTRIES as u64)
                .map(|n| Timestamp(1_700_000_000_000 + n * 1000 / per_second))
                .map(|sent| Entry::new(sent, sent, 0).to_bytes())
                .collect();
            let packed = Packed::pack(&entries);
            assert!(packed.0.len() <= bytes_max, "{} bytes", packed.0.len());
            assert_eq!(packed.unpack(), entries);
        }
    }

    fn any_entry() -> impl Strategy<Value = [u8; ENTRY_BYTES]> {
        prop_oneof![
            1 => Just([0; ENTRY_BYTES]),
            1 => any::<[u8; ENTRY_BYTES]>(),
            3 => (0_u64..5, 0_u64..3, 0_u64..3).prop_map(|(sent, due, group)| {
                let sent = Timestamp(1_700_000_000_000 + sent);
                Entry::new(sent, Timestamp(sent.0 + due), group).to_bytes()
            }),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn any_page_comes_back_as_it_was(entries in prop::collection::vec(any_entry(), 0..200)) {
            prop_assert_eq!(Packed::pack(&entries).unpack(), entries);
        }
    }
}
