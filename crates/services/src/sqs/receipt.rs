//! Receipt handles: where a message lies and which hand-out of it this is, under a code that only
//! this data directory can make.
//!
//! # Invariants
//!
//! - A handle that verifies was made here: partition, queue and sequence are to be trusted.
//! - The nonce is the receive count at the hand-out: only the latest hand-out's handle fits.

use super::Error;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{At, PartitionId};
use minicbor::{Decode, Encode};
use tidemill_kernel as kernel;

const PLACE_BYTES: usize = 22;
const MAC_BYTES: usize = 16;
const HANDLE_BYTES: usize = PLACE_BYTES + MAC_BYTES;

/// A handle as a client sent it: the right length and alphabet, not verified yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct ReceiptHandle(#[cbor(n(0), with = "minicbor::bytes")] [u8; HANDLE_BYTES]);

/// What a verified handle names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Receipt {
    pub(super) partition: PartitionId,
    pub(super) queue: u64,
    pub(super) sequence: u64,
    pub(super) nonce: u32,
}

impl ReceiptHandle {
    pub fn parse(text: &str) -> Result<ReceiptHandle, Error> {
        let mut bytes = [0; HANDLE_BYTES];
        match URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
            Ok(HANDLE_BYTES) => Ok(ReceiptHandle(bytes)),
            Ok(_) | Err(_) => Err(Error::ReceiptHandleIsInvalid),
        }
    }

    pub(super) fn make(at: &At, receipt: Receipt) -> String {
        let mut place = Vec::with_capacity(HANDLE_BYTES);
        place.extend_from_slice(&receipt.partition.0.to_le_bytes());
        place.extend_from_slice(&receipt.queue.to_le_bytes());
        place.extend_from_slice(&receipt.sequence.to_le_bytes());
        place.extend_from_slice(&receipt.nonce.to_le_bytes());
        let mac = at.mac("sqs receipt handle", &place);
        place.extend_from_slice(&mac);
        URL_SAFE_NO_PAD.encode(&place)
    }

    /// The text a client sees, for errors that quote it.
    #[must_use]
    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What the handle names, when it was made here for queue `queue`.
    pub(super) fn verify(&self, at: &At, queue: u64) -> Result<Receipt, Error> {
        let (place, mac) =
            self.0.split_first_chunk::<PLACE_BYTES>().expect("a handle holds a place and a code");
        let same = at.secret.verify("sqs receipt handle", place, mac);
        let (partition, rest) = place.split_first_chunk().expect("22 bytes");
        let (number, rest) = rest.split_first_chunk().expect("20 bytes");
        let (sequence, rest) = rest.split_first_chunk().expect("12 bytes");
        let (nonce, _) = rest.split_first_chunk().expect("4 bytes");
        let receipt = Receipt {
            partition: PartitionId(u16::from_le_bytes(*partition)),
            queue: u64::from_le_bytes(*number),
            sequence: u64::from_le_bytes(*sequence),
            nonce: u32::from_le_bytes(*nonce),
        };
        let is_ours = same && receipt.partition == at.partition && receipt.queue == queue;
        if is_ours { Ok(receipt) } else { Err(Error::ReceiptHandleIsInvalid) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Position, Secret, Timestamp};

    #[test]
    fn a_handle_verifies_for_its_queue_only_and_not_when_any_bit_is_changed() {
        let at = At {
            now: Timestamp(1),
            partition: PartitionId(3),
            position: Position(9),
            secret: Secret([7; 32]),
        };
        let receipt = Receipt { partition: PartitionId(3), queue: 4, sequence: 5, nonce: 6 };
        let text = ReceiptHandle::make(&at, receipt);
        let handle = ReceiptHandle::parse(&text).unwrap();
        assert_eq!(handle.text(), text);
        assert_eq!(handle.verify(&at, 4), Ok(receipt));
        assert_eq!(handle.verify(&at, 5), Err(Error::ReceiptHandleIsInvalid));
        for index in 0..HANDLE_BYTES {
            let mut forged = handle;
            forged.0[index] ^= 1;
            assert_eq!(forged.verify(&at, 4), Err(Error::ReceiptHandleIsInvalid), "byte {index}");
        }
        for garbage in ["", "abc", "!!!!", &text[1..], &format!("{text}A")] {
            assert_eq!(ReceiptHandle::parse(garbage), Err(Error::ReceiptHandleIsInvalid));
        }
    }
}
