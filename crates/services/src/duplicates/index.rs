//! Where an id may be remembered: one place to look, eight bytes an id and room to grow.
//!
//! ```text
//! word   38 bits of the id's hash · 22 of its page's label · 4: which part of an open page
//! leaf   words near where their hash says, a free one behind each run of them
//! fork   64 leaves or forks, by the next six bits of the hash
//! ```
//!
//! # Invariants
//!
//! - Each word that was put in is found until its page is gone. Others may be found too, seldom:
//!   whoever asks reads the page.
//! - Words of pages that are gone stay until their leaf is written anew: when it is full, and step
//!   by step when they are many. So no call does more than some leaves' work, however many ids
//!   there are.
//! - Nothing here is state: it follows from the pages, and decides only how fast one is found.

const HASH_MASK: u64 = u64::MAX << (LABEL_BITS + PART_BITS);
const LABEL_BITS: u32 = 22;
const PART_BITS: u32 = 4;
/// Parts that an open page is told apart in.
pub(super) const PARTS: usize = 1 << PART_BITS;
/// The highest label. The lowest is 1, so no word is zero.
pub(super) const LABEL_MAX: u32 = (1 << LABEL_BITS) - 1;
/// Words in a leaf that becomes a fork. Rewriting that many takes some ten microseconds.
const LEAF_WORDS_MAX: usize = 4096;
const FORK_BITS: u32 = 6;
const FORK_WAYS: usize = 1 << FORK_BITS;
/// Leaves lie no deeper, so that enough of the hash is left to spread their words: this is room for
/// more ids than labels have.
const DEPTH_MAX: u32 = 4;

/// A page, and which part of it while it is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) label: u32,
    pub(super) part: usize,
}

#[derive(Debug, Default)]
pub(super) struct Index {
    root: Node,
    words: usize,
    /// The hash from which the next step of a sweep goes on.
    hand: u64,
}

#[derive(Debug)]
enum Node {
    Leaf(Leaf),
    Fork(Box<[Node; FORK_WAYS]>),
}

/// A table of words, zero where there is none. At least a fifth is free, so runs are short.
#[derive(Debug, Default)]
struct Leaf {
    words: Box<[u64]>,
    used: usize,
}

impl Index {
    /// Where an id with this hash may be.
    pub(super) fn places(&self, hash: u64) -> impl Iterator<Item = Place> {
        let mut node = &self.root;
        let mut depth = 0;
        while let Node::Fork(ways) = node {
            node = ways.get(way(hash, depth)).expect("six bits are fewer than 64");
            depth += 1;
        }
        let Node::Leaf(leaf) = node else { unreachable!("it is no fork") };
        let is_alike = move |word: &u64| (*word ^ hash) & HASH_MASK == 0;
        leaf.run(hash, depth).filter(is_alike).map(Place::of_word)
    }

    pub(super) fn insert(&mut self, hash: u64, place: Place, is_alive: impl Fn(u32) -> bool) {
        let word = hash & HASH_MASK | place.to_word();
        self.words += 1;
        self.words -= self.root.insert(word, 0, &is_alive);
    }

    /// Words, also those whose pages are gone.
    pub(super) fn words(&self) -> usize {
        self.words
    }

    /// Frees the next few leaves from words whose pages are gone.
    pub(super) fn sweep(&mut self, leaves: usize, is_alive: impl Fn(u32) -> bool) {
        for _ in 0..leaves {
            let (mut node, mut depth) = (&mut self.root, 0);
            while let Node::Fork(ways) = node {
                node = ways.get_mut(way(self.hand, depth)).expect("six bits are fewer than 64");
                depth += 1;
            }
            self.words -= node.rewrite(0, depth, &is_alive);
            // The last leaf's end is the first one's beginning.
            let below = u64::BITS - FORK_BITS * depth;
            self.hand = (self.hand.unbounded_shr(below) + 1).unbounded_shl(below);
        }
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.root.bytes()
    }
}

impl Node {
    /// Says how many words were dropped because their pages are gone.
    fn insert(&mut self, word: u64, depth: u32, is_alive: &impl Fn(u32) -> bool) -> usize {
        let is_full = matches!(self, Node::Leaf(leaf) if !leaf.has_room());
        let dropped = if is_full { self.rewrite(1, depth, is_alive) } else { 0 };
        match self {
            Node::Leaf(leaf) => {
                leaf.put(word, depth);
                dropped
            }
            Node::Fork(ways) => {
                let below = ways.get_mut(way(word, depth)).expect("six bits are fewer than 64");
                dropped + below.insert(word, depth + 1, is_alive)
            }
        }
    }

    /// Writes a leaf anew without what is gone, with room for `more`; says how much that was.
    fn rewrite(&mut self, more: usize, depth: u32, is_alive: &impl Fn(u32) -> bool) -> usize {
        let Node::Leaf(leaf) = self else { return 0 };
        let is_kept = |word: &u64| *word != 0 && is_alive(Place::of_word(*word).label);
        let words: Vec<u64> = leaf.words.iter().copied().filter(is_kept).collect();
        let dropped = leaf.used - words.len();
        if words.len() < LEAF_WORDS_MAX || depth == DEPTH_MAX {
            let mut anew = Leaf::with_room(words.len() + more);
            for word in words {
                anew.put(word, depth);
            }
            *leaf = anew;
            return dropped;
        }
        let share = words.len() / FORK_WAYS;
        let ways = std::array::from_fn(|_| Node::Leaf(Leaf::with_room(share)));
        *self = Node::Fork(Box::new(ways));
        for word in words {
            self.insert(word, depth, is_alive);
        }
        dropped
    }

    #[cfg(test)]
    fn bytes(&self) -> usize {
        let own = size_of::<Node>();
        match self {
            Node::Leaf(leaf) => own + size_of_val(&*leaf.words),
            Node::Fork(ways) => own + ways.iter().map(Node::bytes).sum::<usize>(),
        }
    }
}

impl Default for Node {
    fn default() -> Node {
        Node::Leaf(Leaf::default())
    }
}

impl Leaf {
    /// Half empty: it is written anew after more than half as many words again.
    fn with_room(words: usize) -> Leaf {
        let places = if words == 0 { 0 } else { 2 * words + 8 };
        Leaf { words: vec![0; places].into_boxed_slice(), used: 0 }
    }

    fn has_room(&self) -> bool {
        self.used < self.words.len() - self.words.len().div_ceil(5)
    }

    /// Where a word of this hash would like to be: as far into the leaf as the hash in its range.
    fn home(&self, hash: u64, depth: u32) -> usize {
        let rest = (hash & HASH_MASK) << (FORK_BITS * depth);
        let home = (u128::from(rest) * self.words.len() as u128) >> u64::BITS;
        usize::try_from(home).expect("less than the length of the leaf")
    }

    /// The words from there on to the first free place.
    fn run(&self, hash: u64, depth: u32) -> impl Iterator<Item = u64> {
        let (before, after) = self.words.split_at(self.home(hash, depth));
        after.iter().chain(before).copied().take_while(|word| *word != 0)
    }

    fn put(&mut self, word: u64, depth: u32) {
        let (before, after) = self.words.split_at_mut(self.home(word, depth));
        let free = after.iter_mut().chain(before).find(|place| **place == 0);
        *free.expect("whoever puts a word has looked whether there is room") = word;
        self.used += 1;
    }
}

impl Place {
    fn of_word(word: u64) -> Place {
        let label = (word >> PART_BITS) & u64::from(LABEL_MAX);
        let part = word & (PARTS as u64 - 1);
        Place {
            label: u32::try_from(label).expect("22 bits"),
            part: usize::try_from(part).expect("4 bits"),
        }
    }

    fn to_word(self) -> u64 {
        assert!(self.label <= LABEL_MAX && self.part < PARTS, "{self:?} does not fit");
        u64::from(self.label) << PART_BITS | self.part as u64
    }
}

/// Which way a hash goes at a fork.
fn way(hash: u64, depth: u32) -> usize {
    let bits = (hash << (FORK_BITS * depth)) >> (u64::BITS - FORK_BITS);
    usize::try_from(bits).expect("six bits")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    fn hash(id: u64) -> u64 {
        let mac = tidemill_kernel::Secret([1; 32]).mac("test", &id.to_le_bytes());
        u64::from_be_bytes(*mac.first_chunk().unwrap())
    }

    fn label(id: u64) -> u32 {
        u32::try_from(id / 4096).unwrap() + 1
    }

    /// All alive, then most of them gone for a while, as after a storm: an id never takes more than
    /// 24 bytes, and what is gone gives its memory back.
    #[test]
    fn an_id_takes_at_most_24_bytes() {
        const IDS: u64 = 300_000;
        let mut index = Index::default();
        for id in 0..IDS {
            index.insert(hash(id), Place { label: label(id), part: 0 }, |_| true);
            if id >= 64 && (id.is_power_of_two() || id % 10_000 == 0) {
                let bytes = index.bytes() as u64;
                assert!(bytes <= 24 * (id + 1), "{bytes} bytes for {id}");
            }
        }
        for id in 0..IDS {
            let place = Place { label: label(id), part: 0 };
            assert!(index.places(hash(id)).any(|found| found == place), "{id}");
        }
        assert!((IDS..2 * IDS).all(|id| index.places(hash(id)).next().is_none()));
        // The window moves on: as many come as go.
        for id in IDS..2 * IDS {
            let first = label(id - IDS);
            let is_alive = |label| label >= first;
            index.insert(hash(id), Place { label: label(id), part: 0 }, is_alive);
        }
        assert!(index.bytes() as u64 <= 24 * IDS, "{}", index.bytes());
        assert!(index.words() as u64 <= IDS * 2, "{}", index.words());
        let last = label(2 * IDS - 1);
        while index.words() > 8192 {
            index.sweep(64, |label| label == last);
        }
        assert!((index.bytes() as u64) < IDS, "{}", index.bytes());
        assert!(index.places(hash(2 * IDS - 1)).next().is_some());
        index.sweep(100_000, |_| false);
        assert_eq!(index.words(), 0);
    }

    #[test]
    fn a_place_is_in_its_word() {
        for (label, part) in [(1, 0), (LABEL_MAX, PARTS - 1), (77, 3)] {
            let place = Place { label, part };
            assert_eq!(Place::of_word(place.to_word()), place);
            assert_eq!(Place::of_word(place.to_word() | HASH_MASK), place);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 16,
            failure_persistence: None,
            ..Default::default()
        })]

        /// However badly hashes are spread, what is alive is found and little else.
        #[test]
        fn random_words_agree_with_a_list(
            steps in prop::collection::vec(
                (0..60u64, 1..300u64, 0..24u32, 0..20u32, 0..4u32), 1..20),
        ) {
            let mut index = Index::default();
            let mut list: BTreeMap<u64, Vec<Place>> = BTreeMap::new();
            let mut gone: BTreeSet<u32> = BTreeSet::new();
            for (label, (first, count, shift, dies, swept)) in (1..).zip(steps) {
                for id in first..first + count {
                    let hash = hash(id) >> shift;
                    let place = Place { label, part: usize::try_from(id).unwrap() % PARTS };
                    index.insert(hash, place, |label| !gone.contains(&label));
                    list.entry(hash & HASH_MASK).or_default().push(place);
                }
                gone.insert(dies);
                index.sweep(usize::try_from(swept).unwrap(), |label| !gone.contains(&label));
                for (hash, places) in &list {
                    let alive = |place: &Place| !gone.contains(&place.label);
                    let mut found: Vec<Place> = index.places(*hash).filter(alive).collect();
                    found.sort_by_key(|place| (place.label, place.part));
                    let mut expected: Vec<Place> = places.iter().copied().filter(alive).collect();
                    expected.sort_by_key(|place| (place.label, place.part));
                    prop_assert_eq!(found, expected);
                }
            }
            let alive = list.values().flatten().filter(|place| !gone.contains(&place.label));
            prop_assert!(index.words() >= alive.count());
        }
    }
}
