//! Packed pages: the entries of a full chunk, in a byte or two each.
//!
//! A backlog's entries are much alike: sent a moment apart, never received, of one group or none.
//! Each field is a column, that of sending one of differences; a column is runs of equal values, or
//! plain where it has none; each number is as long as it must be.
//!
//! ```text
//! row      form 1 · columns: sent (differences), due, first, last, receive count, tagged · filler
//! column   0 · runs · (value · count) for each      numbers of 7 bits a byte, the lowest first;
//!          1 · values · each                         differences zigzagged
//! ```
//!
//! # Invariants
//!
//! - Unpacking gives the very entries that were packed, removed ones as zeros.
//! - What is packed is the row of its chunk, byte by byte, and follows from the entries alone. Its
//!   length is no multiple of an entry's, which a row of plain entries always is.

use super::chunk::{ENTRY_BYTES, Fields};
use bytes::Bytes;

/// The row of a full chunk.
#[derive(Clone, Debug)]
pub(super) struct Packed(Bytes);

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

/// The first byte of a packed row.
const FORM: u8 = 1;

impl Packed {
    pub(super) fn pack(entries: &[[u8; ENTRY_BYTES]]) -> Packed {
        let fields: Vec<Fields> = entries.iter().map(Fields::from_bytes).collect();
        let mut out = vec![FORM];
        let sent = || {
            let before = std::iter::once(0).chain(fields.iter().map(|fields| fields.sent));
            fields
                .iter()
                .zip(before)
                .map(|(fields, before)| zigzag(fields.sent.wrapping_sub(before)))
        };
        write_column(&mut out, sent);
        for (get, _) in COLUMNS {
            write_column(&mut out, || fields.iter().map(get));
        }
        if out.len().is_multiple_of(ENTRY_BYTES) {
            out.push(0);
        }
        Packed(Bytes::from(out.into_boxed_slice()))
    }

    /// What a row holds, if it is packed.
    pub(super) fn of_row(row: &Bytes) -> Option<Packed> {
        (!row.len().is_multiple_of(ENTRY_BYTES)).then(|| Packed(row.clone()))
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.0.len()
    }

    pub(super) fn row(&self) -> Bytes {
        self.0.clone()
    }

    pub(super) fn unpack(&self) -> Vec<[u8; ENTRY_BYTES]> {
        let (form, mut bytes) = self.0.split_first().expect("a packed row has its form");
        assert_eq!(*form, FORM, "a newer release wrote this chunk");
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
fn write_column<V: Iterator<Item = u64>>(out: &mut Vec<u8>, values: impl Fn() -> V) {
    let (mut plain_bytes, mut runs_bytes, mut runs, mut count) = (0, 0, 0, 0);
    let mut run: Option<(u64, u64)> = None;
    for value in values() {
        plain_bytes += number_bytes(value);
        count += 1;
        match &mut run {
            Some((last, length)) if *last == value => *length += 1,
            Some(_) | None => {
                runs_bytes +=
                    run.map_or(0, |(last, length)| number_bytes(last) + number_bytes(length));
                runs += 1;
                run = Some((value, 1));
            }
        }
    }
    runs_bytes += run.map_or(0, |(last, length)| number_bytes(last) + number_bytes(length));
    if runs_bytes >= plain_bytes {
        number(out, PLAIN);
        number(out, count);
        return values().for_each(|value| number(out, value));
    }
    number(out, RUNS);
    number(out, runs);
    let mut run: Option<(u64, u64)> = None;
    let end = |out: &mut Vec<u8>, run: Option<(u64, u64)>| {
        if let Some((value, length)) = run {
            number(out, value);
            number(out, length);
        }
    };
    for value in values() {
        match &mut run {
            Some((last, length)) if *last == value => *length += 1,
            Some(_) | None => {
                end(out, run);
                run = Some((value, 1));
            }
        }
    }
    end(out, run);
}

/// How long a number is when it is written.
fn number_bytes(value: u64) -> u64 {
    u64::from((u64::BITS - (value | 1).leading_zeros()).div_ceil(7))
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
    use expect_test::expect;
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

    /// Rows are for ever.
    #[test]
    fn a_packed_row_is_written_as_it_always_was() {
        let entry = |sent: u64, due: u64, group| {
            Entry::new(Timestamp(sent), Timestamp(due), group).to_bytes()
        };
        let entries = [entry(1000, 1000, 0), [0; ENTRY_BYTES], entry(1000, 1300, 7)];
        let packed = Packed::pack(&entries);
        let line =
            |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let hex: Vec<String> = packed.0.chunks(16).map(line).collect();
        expect![[r#"
            010103d00fcf0fd00f01030000ac0201
            03ffffffff0f00ffffffff0f00010003
            0001000301030100810e"#]]
        .assert_eq(&hex.join("\n"));
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
            let row = Packed::pack(&entries).row();
            prop_assert_eq!(Packed::of_row(&row).map(|packed| packed.unpack()), Some(entries));
        }
    }
}
