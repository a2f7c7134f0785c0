//! MD5 of a batch's bodies, four at a time.
//!
//! MD5 is a chain in which each step waits for the one before: a core does four chains side by side
//! in little more than the time of one, and the compiler makes a vector of them. The digests of ten
//! bodies were a twelfth of what a batch cost the server (docs/decisions/0004).
//!
//! # Invariants
//!
//! - The digests are those of RFC 1321, in the order of the bodies. Long ones, and one that is left
//!   over, go through the library: a lane that has nothing left to do still costs its part.

use md5::Digest;

const LANES: usize = 4;
const BLOCK_BYTES: usize = 64;
/// Bodies of similar length gain; so long ones rarely come four in a batch.
const LANE_BYTES_MAX: usize = 4096;

/// A word of each lane.
type Words = [u32; LANES];

/// The digest of each body.
pub(super) fn digests(bodies: &[&[u8]]) -> Vec<[u8; 16]> {
    let mut digests = vec![[0; 16]; bodies.len()];
    let mut places = digests.iter_mut().zip(bodies).map(|(digest, body)| (*body, digest));
    let mut lanes: Vec<(&[u8], &mut [u8; 16])> = Vec::with_capacity(LANES);
    for (body, digest) in places.by_ref() {
        if body.len() > LANE_BYTES_MAX {
            *digest = md5::Md5::digest(body).into();
            continue;
        }
        lanes.push((body, digest));
        if lanes.len() == LANES {
            side_by_side(&mut lanes);
            lanes.clear();
        }
    }
    if let [(body, digest)] = lanes.as_mut_slice() {
        **digest = md5::Md5::digest(body).into();
    } else if !lanes.is_empty() {
        side_by_side(&mut lanes);
    }
    digests
}

/// Fills in the digests of at most [`LANES`] bodies.
fn side_by_side(bodies: &mut [(&[u8], &mut [u8; 16])]) {
    let mut lanes: [Lane<'_>; LANES] = Default::default();
    for (lane, (body, _)) in lanes.iter_mut().zip(bodies.iter()) {
        *lane = Lane::of(body);
    }
    let mut state =
        [[0x6745_2301; LANES], [0xefcd_ab89; LANES], [0x98ba_dcfe; LANES], [0x1032_5476; LANES]];
    let rounds = lanes.iter().map(Lane::blocks).max().unwrap_or(0);
    for round in 0..rounds {
        let mut message = [[0; LANES]; 16];
        for (index, lane) in lanes.iter().enumerate() {
            for (words, word) in message.iter_mut().zip(lane.block(round).as_chunks::<4>().0) {
                *words.get_mut(index).expect("a word of each lane") = u32::from_le_bytes(*word);
            }
        }
        let next = compress(state, &message);
        for (index, _) in lanes.iter().enumerate().filter(|(_, lane)| round < lane.blocks()) {
            for (words, next) in state.iter_mut().zip(&next) {
                let word = words.get_mut(index).expect("a word of each lane");
                *word = *next.get(index).expect("a word of each lane");
            }
        }
    }
    for (index, (_, digest)) in bodies.iter_mut().enumerate() {
        for (bytes, words) in digest.as_chunks_mut::<4>().0.iter_mut().zip(&state) {
            *bytes = words.get(index).expect("a word of each lane").to_le_bytes();
        }
    }
}

/// A body with its padding.
struct Lane<'a> {
    whole: &'a [u8],
    /// What is left of the body, a bit, zeros, and the body's length in bits.
    tail: [u8; 2 * BLOCK_BYTES],
    blocks: usize,
}

impl Default for Lane<'_> {
    fn default() -> Self {
        Lane { whole: &[], tail: [0; 2 * BLOCK_BYTES], blocks: 0 }
    }
}

impl<'a> Lane<'a> {
    fn of(body: &'a [u8]) -> Lane<'a> {
        let (whole, rest) = body.split_at(body.len() - body.len() % BLOCK_BYTES);
        let mut tail = [0; 2 * BLOCK_BYTES];
        let (text, padding) = tail.split_at_mut(rest.len());
        text.copy_from_slice(rest);
        *padding.first_mut().expect("the rest is shorter than a block") = 0x80;
        let tail_blocks = if rest.len() + 9 <= BLOCK_BYTES { 1 } else { 2 };
        let bits = 8 * u64::try_from(body.len()).expect("a usize fits in 64 bits");
        let length = tail_blocks * BLOCK_BYTES - 8..tail_blocks * BLOCK_BYTES;
        tail.get_mut(length).expect("within two blocks").copy_from_slice(&bits.to_le_bytes());
        Lane { whole, tail, blocks: whole.len() / BLOCK_BYTES + tail_blocks }
    }

    fn blocks(&self) -> usize {
        self.blocks
    }

    /// Its block of a round; of a lane that has ended, anything.
    fn block(&self, round: usize) -> &[u8] {
        let start = round * BLOCK_BYTES;
        let (bytes, start) = match start.checked_sub(self.whole.len()) {
            None => (self.whole, start),
            Some(start) => (self.tail.as_slice(), start.min(BLOCK_BYTES)),
        };
        bytes.get(start..start + BLOCK_BYTES).expect("blocks are whole")
    }
}

/// RFC 1321's table: the sines of 1 to 64.
const SINES: [u32; 64] = [
    0xd76a_a478,
    0xe8c7_b756,
    0x2420_70db,
    0xc1bd_ceee,
    0xf57c_0faf,
    0x4787_c62a,
    0xa830_4613,
    0xfd46_9501,
    0x6980_98d8,
    0x8b44_f7af,
    0xffff_5bb1,
    0x895c_d7be,
    0x6b90_1122,
    0xfd98_7193,
    0xa679_438e,
    0x49b4_0821,
    0xf61e_2562,
    0xc040_b340,
    0x265e_5a51,
    0xe9b6_c7aa,
    0xd62f_105d,
    0x0244_1453,
    0xd8a1_e681,
    0xe7d3_fbc8,
    0x21e1_cde6,
    0xc337_07d6,
    0xf4d5_0d87,
    0x455a_14ed,
    0xa9e3_e905,
    0xfcef_a3f8,
    0x676f_02d9,
    0x8d2a_4c8a,
    0xfffa_3942,
    0x8771_f681,
    0x6d9d_6122,
    0xfde5_380c,
    0xa4be_ea44,
    0x4bde_cfa9,
    0xf6bb_4b60,
    0xbebf_bc70,
    0x289b_7ec6,
    0xeaa1_27fa,
    0xd4ef_3085,
    0x0488_1d05,
    0xd9d4_d039,
    0xe6db_99e5,
    0x1fa2_7cf8,
    0xc4ac_5665,
    0xf429_2244,
    0x432a_ff97,
    0xab94_23a7,
    0xfc93_a039,
    0x655b_59c3,
    0x8f0c_cc92,
    0xffef_f47d,
    0x8584_5dd1,
    0x6fa8_7e4f,
    0xfe2c_e6e0,
    0xa301_4314,
    0x4e08_11a1,
    0xf753_7e82,
    0xbd3a_f235,
    0x2ad7_d2bb,
    0xeb86_d391,
];

/// One block of each lane.
#[expect(clippy::indexing_slicing, reason = "constant places, which the compiler must see")]
fn compress(state: [Words; 4], message: &[Words; 16]) -> [Words; 4] {
    let [mut a, mut b, mut c, mut d] = state;
    // Four steps, after which the words are in their places again.
    macro_rules! steps {
        ($mix:expr, $round:expr, $place:expr, $shifts:expr) => {
            for first in [0, 4, 8, 12] {
                let word = |step: usize| &message[$place(first + step) % 16];
                let sine = |step: usize| SINES[16 * $round + first + step];
                step::<{ $shifts[0] }>($mix, &mut a, [&b, &c, &d], word(0), sine(0));
                step::<{ $shifts[1] }>($mix, &mut d, [&a, &b, &c], word(1), sine(1));
                step::<{ $shifts[2] }>($mix, &mut c, [&d, &a, &b], word(2), sine(2));
                step::<{ $shifts[3] }>($mix, &mut b, [&c, &d, &a], word(3), sine(3));
            }
        };
    }
    steps!(|x, y, z| z ^ (x & (y ^ z)), 0, |step| step, [7, 12, 17, 22]);
    steps!(|x, y, z| y ^ (z & (x ^ y)), 1, |step| 5 * step + 1, [5, 9, 14, 20]);
    steps!(|x, y, z| x ^ y ^ z, 2, |step| 3 * step + 5, [4, 11, 16, 23]);
    steps!(|x, y, z| y ^ (x | !z), 3, |step| 7 * step, [6, 10, 15, 21]);
    let mut next = state;
    for (words, added) in next.iter_mut().zip([a, b, c, d]) {
        for (word, added) in words.iter_mut().zip(added) {
            *word = word.wrapping_add(added);
        }
    }
    next
}

#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "a lane is below LANES, and the loop a vector")]
fn step<const SHIFT: u32>(
    mix: impl Fn(u32, u32, u32) -> u32,
    a: &mut Words,
    [b, c, d]: [&Words; 3],
    word: &Words,
    sine: u32,
) {
    for lane in 0..LANES {
        let mixed = mix(b[lane], c[lane], d[lane]);
        let sum = a[lane].wrapping_add(mixed).wrapping_add(word[lane]).wrapping_add(sine);
        a[lane] = sum.rotate_left(SHIFT).wrapping_add(b[lane]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn digests_are_the_librarys(
            bodies in proptest::collection::vec(
                prop_oneof![
                    proptest::collection::vec(any::<u8>(), 0..200),
                    proptest::collection::vec(any::<u8>(), 4000..4200),
                ],
                0..11,
            )
        ) {
            let bodies: Vec<&[u8]> = bodies.iter().map(Vec::as_slice).collect();
            let library: Vec<[u8; 16]> =
                bodies.iter().map(|body| md5::Md5::digest(body).into()).collect();
            prop_assert_eq!(digests(&bodies), library);
        }
    }

    #[test]
    fn every_length_of_padding_is_right() {
        let text = [b'x'; 4 * BLOCK_BYTES];
        for length in 0..text.len() - 3 {
            let bodies: Vec<&[u8]> = (length..length + 4).map(|end| &text[..end]).collect();
            let library: Vec<[u8; 16]> =
                bodies.iter().map(|body| md5::Md5::digest(body).into()).collect();
            assert_eq!(digests(&bodies), library, "{length}");
        }
    }
}
