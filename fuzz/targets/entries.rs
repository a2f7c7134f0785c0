//! Entries of the log and envelopes of the outbox. A checksum vouches for them before they are
//! decoded, so garbage is not expected; but it must not be worse than a refusal.

use tidemill_kernel::codec;
use tidemill_services::Entry;
use tidemill_services::outbox::Envelope;

/// What decodes is written and read again the same.
pub(crate) fn run(data: &[u8]) {
    if let Ok(entry) = minicbor::decode::<Entry>(data) {
        let again: Entry = codec::from_bytes(&codec::to_bytes(&entry));
        // Not compared as values: a double that is not a number equals nothing.
        assert_eq!(codec::to_bytes(&again), codec::to_bytes(&entry));
    }
    if let Ok(envelope) = minicbor::decode::<Envelope>(data) {
        let again: Envelope = codec::from_bytes(&codec::to_bytes(&envelope));
        assert_eq!(codec::to_bytes(&again), codec::to_bytes(&envelope));
    }
}
