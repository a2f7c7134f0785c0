//! How a batch lies in a group: a fixed header, then its frames.
//!
//! ```text
//! format 2 · partition 2 · count 4 · epoch 8 · first position 8 · now 8 · feature level 4 ·
//! payload bytes 4 · hash of the partition's previous batch 16 · hash of this one 16
//! ```
//!
//! The hash covers the header before it and the payload, so a batch vouches for the whole chain
//! of its partition behind it.

use super::block::{Hash, short_hash};
use crate::batch::Batch;
use bytes::Bytes;
use tidemill_kernel::{PARTITION_COUNT, PartitionId, Position, Timestamp};

const FORMAT: u16 = 1;
/// Raised by a logged decision when the rules of apply change; this release knows the first.
const FEATURE_LEVEL: u32 = 1;
const HASHED_BYTES: usize = 56;
pub(crate) const RECORD_HEADER_BYTES: usize = HASHED_BYTES + 16;

/// A batch read from the log, with its place in its partition's chain.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) batch: Batch,
    pub(crate) previous: Hash,
    pub(crate) hash: Hash,
}

/// The header of `batch` as the log holds it, and the hash the next one carries.
pub(crate) fn encode(
    batch: &Batch,
    epoch: u64,
    previous: Hash,
) -> ([u8; RECORD_HEADER_BYTES], Hash) {
    let payload_bytes = u32::try_from(batch.payload.len()).expect("smaller than a segment");
    let fields: [&[u8]; 9] = [
        &FORMAT.to_le_bytes(),
        &batch.partition.0.to_le_bytes(),
        &batch.count.to_le_bytes(),
        &epoch.to_le_bytes(),
        &batch.first.0.to_le_bytes(),
        &batch.now.0.to_le_bytes(),
        &FEATURE_LEVEL.to_le_bytes(),
        &payload_bytes.to_le_bytes(),
        &previous,
    ];
    let mut header = [0; RECORD_HEADER_BYTES];
    for (place, byte) in header.iter_mut().zip(fields.into_iter().flatten()) {
        *place = *byte;
    }
    let hash = hash_of(header.get(..HASHED_BYTES).expect("a fixed size"), &batch.payload);
    for (place, byte) in header.iter_mut().skip(HASHED_BYTES).zip(hash) {
        *place = byte;
    }
    (header, hash)
}

fn hash_of(header: &[u8], payload: &[u8]) -> Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(header).update(payload);
    short_hash(&hasher)
}

/// Whether the hash of each batch is computed again, or was a moment ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    Everything,
    Shape,
}

/// The batches of a group. An `Err` says what is wrong with it: its blocks were whole, so this
/// is no torn write.
pub(crate) fn decode_all(payload: &Bytes, check: Check) -> Result<Vec<Record>, String> {
    let mut records = Vec::new();
    let mut at = 0;
    while at < payload.len() {
        let record = decode(&payload.slice(at..), check)?;
        at += RECORD_HEADER_BYTES + record.batch.payload.len();
        records.push(record);
    }
    Ok(records)
}

fn decode(bytes: &Bytes, check: Check) -> Result<Record, String> {
    let fields = Fields::read(bytes).ok_or("a batch header is cut off")?;
    if fields.format != FORMAT || fields.feature_level > FEATURE_LEVEL {
        return Err(format!(
            "a batch has format {} and feature level {}, this release reads format {FORMAT} up \
             to level {FEATURE_LEVEL}: start it with a newer release",
            fields.format, fields.feature_level
        ));
    }
    if fields.partition >= PARTITION_COUNT {
        return Err(format!("a batch names partition {}", fields.partition));
    }
    let payload_bytes = usize::try_from(fields.payload_bytes).expect("32 bits fit in a usize");
    if bytes.len() - RECORD_HEADER_BYTES < payload_bytes {
        return Err("a batch is cut off".to_owned());
    }
    let payload = bytes.slice(RECORD_HEADER_BYTES..RECORD_HEADER_BYTES + payload_bytes);
    if check == Check::Everything {
        let header = bytes.get(..HASHED_BYTES).ok_or("a batch header is cut off")?;
        if hash_of(header, &payload) != fields.hash {
            return Err("a batch does not match its hash".to_owned());
        }
    }
    let batch = Batch {
        partition: PartitionId(fields.partition),
        first: Position(fields.first),
        now: Timestamp(fields.now),
        count: fields.count,
        payload,
    };
    if check == Check::Everything && !batch.is_whole() {
        return Err("a batch's entries do not fill it".to_owned());
    }
    Ok(Record { batch, previous: fields.previous, hash: fields.hash })
}

struct Fields {
    format: u16,
    partition: u16,
    count: u32,
    first: u64,
    now: u64,
    feature_level: u32,
    payload_bytes: u32,
    previous: Hash,
    hash: Hash,
}

impl Fields {
    fn read(bytes: &[u8]) -> Option<Fields> {
        let (format, rest) = bytes.split_first_chunk()?;
        let (partition, rest) = rest.split_first_chunk()?;
        let (count, rest) = rest.split_first_chunk()?;
        let (_epoch, rest) = rest.split_first_chunk::<8>()?;
        let (first, rest) = rest.split_first_chunk()?;
        let (now, rest) = rest.split_first_chunk()?;
        let (feature_level, rest) = rest.split_first_chunk()?;
        let (payload_bytes, rest) = rest.split_first_chunk()?;
        let (previous, rest) = rest.split_first_chunk()?;
        let (hash, _) = rest.split_first_chunk()?;
        Some(Fields {
            format: u16::from_le_bytes(*format),
            partition: u16::from_le_bytes(*partition),
            count: u32::from_le_bytes(*count),
            first: u64::from_le_bytes(*first),
            now: u64::from_le_bytes(*now),
            feature_level: u32::from_le_bytes(*feature_level),
            payload_bytes: u32::from_le_bytes(*payload_bytes),
            previous: *previous,
            hash: *hash,
        })
    }
}
