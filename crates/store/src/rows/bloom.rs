//! A Bloom filter per file of rows: most keys that are not in it are not looked for in it.
//!
//! The hash is on disk with the filter and therefore part of the format.

use bytes::Bytes;
use tidemill_kernel::Table;

const BITS_PER_ROW: u64 = 10;
const PROBES: u64 = 6;

/// FNV-1a over table and key, then a finalizer, because FNV's high bits are weak.
pub(super) fn hash(table: Table, key: &[u8]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in table.0.to_le_bytes().iter().chain(key) {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ (hash >> 33)
}

pub(super) struct Bloom(Bytes);

impl Bloom {
    pub(super) fn of(hashes: &[u64]) -> Bloom {
        let rows = u64::try_from(hashes.len()).expect("a usize fits in 64 bits");
        let bytes = (rows * BITS_PER_ROW).div_ceil(8).max(8);
        let mut bytes = vec![0; usize::try_from(bytes).expect("fits in memory")];
        for hash in hashes {
            for (byte, bit) in places(bytes.len(), *hash) {
                if let Some(byte) = bytes.get_mut(byte) {
                    *byte |= bit;
                }
            }
        }
        Bloom(bytes.into())
    }

    pub(super) fn from_bytes(bytes: Bytes) -> Bloom {
        Bloom(bytes)
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn may_contain(&self, hash: u64) -> bool {
        places(self.0.len(), hash)
            .all(|(byte, bit)| self.0.get(byte).is_some_and(|byte| byte & bit != 0))
    }
}

/// The bits that a hash sets in a filter of so many bytes.
fn places(bytes: usize, hash: u64) -> impl Iterator<Item = (usize, u8)> {
    let bits = u64::try_from(bytes).expect("a usize fits in 64 bits").max(1) * 8;
    let step = hash.rotate_left(32) | 1;
    (0..PROBES).map(move |probe| {
        let bit = hash.wrapping_add(step.wrapping_mul(probe)) % bits;
        (usize::try_from(bit / 8).expect("inside the filter"), 1 << (bit % 8))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_knows_every_key_and_few_others() {
        let key = |number: u32| hash(Table(7), &number.to_be_bytes());
        let bloom = Bloom::of(&(0..10_000).map(key).collect::<Vec<_>>());
        assert!((0..10_000).all(|number| bloom.may_contain(key(number))));
        let mistaken = (10_000..20_000).filter(|number| bloom.may_contain(key(*number))).count();
        assert!(mistaken < 300, "{mistaken} of 10,000");
    }
}
