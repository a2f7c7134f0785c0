//! When and by what chance: the two things a deterministic core must be handed.

use crate::ids::Uuid;
use crate::partition::PartitionId;
use crate::time::Timestamp;
use minicbor::{Decode, Encode};
use std::fmt;

/// The place of an entry in its partition's log: dense, from 1. Zero is "before the first".
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Position(#[n(0)] pub u64);

impl Position {
    #[must_use]
    pub fn next(self) -> Position {
        Position(self.0.checked_add(1).expect("2^64 entries outlast the hardware"))
    }
}

impl fmt::Debug for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// The 256-bit key of a data directory, drawn once at creation and kept in its manifest. All
/// ids, nonces, tokens and handles are derived from it, so none can be guessed from outside.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Secret(pub [u8; 32]);

impl Secret {
    /// A message authentication code over `data` for one `purpose` (each its own domain).
    #[must_use]
    pub fn mac(&self, purpose: &str, data: &[u8]) -> [u8; 16] {
        let mut mac = [0; 16];
        self.derive(purpose, data, &mut mac);
        mac
    }

    /// Whether `mac` is the code over `data`. How long it takes tells nothing about the right one.
    #[must_use]
    pub fn verify(&self, purpose: &str, data: &[u8], mac: &[u8]) -> bool {
        // Hashes compare in constant time, and of two hashes no prefix can be steered.
        blake3::hash(mac) == blake3::hash(&self.mac(purpose, data))
    }

    /// Fills `output` with bytes that only the holder of the secret can tell from random ones.
    pub fn derive(&self, purpose: &str, data: &[u8], output: &mut [u8]) {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(b"tidemill mac 1");
        hasher.update(&(purpose.len() as u64).to_le_bytes());
        hasher.update(purpose.as_bytes());
        hasher.update(data);
        hasher.finalize_xof().fill(output);
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// When and where a command is applied. Logged with it, so a replay years on decides the same.
#[derive(Clone, Copy, Debug)]
pub struct At {
    pub now: Timestamp,
    pub partition: PartitionId,
    pub position: Position,
    pub secret: Secret,
}

impl At {
    /// The random bytes of this position: the same on every replay, unguessable without the
    /// data directory's secret. Each call starts the same sequence again; draw once per apply.
    #[must_use]
    pub fn random(&self) -> Random {
        let mut hasher = blake3::Hasher::new_keyed(&self.secret.0);
        hasher.update(b"tidemill random 1");
        hasher.update(&self.partition.0.to_le_bytes());
        hasher.update(&self.position.0.to_le_bytes());
        Random(hasher.finalize_xof())
    }

    /// A message authentication code over `data` for one `purpose` (each its own domain).
    #[must_use]
    pub fn mac(&self, purpose: &str, data: &[u8]) -> [u8; 16] {
        self.secret.mac(purpose, data)
    }
}

/// A stream of random bytes drawn inside apply. BLAKE3 keyed with the secret, in counter mode.
pub struct Random(blake3::OutputReader);

impl Random {
    pub fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }

    #[must_use]
    pub fn next_uuid(&mut self) -> Uuid {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        Uuid::from_random(bytes)
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Random(…)")
    }
}
