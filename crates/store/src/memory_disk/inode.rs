//! A file's bytes, what of them is on the platter, and what a crash makes of the rest.

use std::collections::BTreeMap;

/// What a crash may tear: the atom that a drive writes whole.
pub(super) const SECTOR: usize = 512;

#[derive(Clone, Default)]
pub(super) struct Inode {
    pub(super) bytes: Vec<u8>,
    /// Length on the platter.
    durable_len: usize,
    /// Sectors written since the last sync: number → what the platter holds.
    unsynced: BTreeMap<usize, Vec<u8>>,
    /// Sectors that a failed sync gave up: they never reach the platter by a later sync.
    lost: BTreeMap<usize, Vec<u8>>,
}

/// SplitMix64: small, seedable, good enough to choose what survives.
pub(super) struct Chance(pub(super) u64);

impl Chance {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).expect("a usize fits in 64 bits");
        usize::try_from(self.next() % bound).expect("below a usize")
    }
}

/// In what pieces a file's unsynced sectors survive. Sector by sector alone would almost never
/// leave a whole page of one write beside a whole page of another.
#[derive(Clone, Copy)]
enum Grain {
    Sector,
    Page,
    File,
}

#[derive(Clone, Copy)]
enum Fate {
    Kept,
    Dropped,
    Torn,
}

impl Grain {
    fn choose(chance: &mut Chance) -> Grain {
        match chance.below(4) {
            0 => Grain::Sector,
            1 | 2 => Grain::Page,
            _ => Grain::File,
        }
    }

    fn sectors(self) -> usize {
        match self {
            Grain::Sector => 1,
            Grain::Page => 8,
            Grain::File => usize::MAX,
        }
    }

    fn fate(self, chance: &mut Chance) -> Fate {
        match (self, chance.below(5)) {
            (_, 0 | 1) => Fate::Kept,
            (Grain::Sector, 4) => Fate::Torn,
            (_, _) => Fate::Dropped,
        }
    }
}

impl Inode {
    /// What is there of a sector; behind the end of the file that is nothing.
    fn sector(&self, number: usize) -> Vec<u8> {
        let start = number * SECTOR;
        let end = (start + SECTOR).min(self.bytes.len());
        self.bytes.get(start..end).unwrap_or_default().to_vec()
    }

    /// Puts a sector in its place; what it lacks is zeros.
    fn put_sector(&mut self, number: usize, mut sector: Vec<u8>) {
        sector.resize(SECTOR, 0);
        let start = number * SECTOR;
        let end = (start + SECTOR).min(self.bytes.len());
        if let Some(place) = self.bytes.get_mut(start..end) {
            place.copy_from_slice(sector.get(..end - start).expect("a sector at most"));
        }
    }

    pub(super) fn write(&mut self, bytes: &[u8], offset: usize) {
        let end = offset + bytes.len();
        if bytes.is_empty() {
            return;
        }
        for number in offset / SECTOR..end.div_ceil(SECTOR) {
            if !self.unsynced.contains_key(&number) {
                let platter = self.lost.remove(&number).unwrap_or_else(|| self.sector(number));
                self.unsynced.insert(number, platter);
            }
        }
        if self.bytes.len() < end {
            let more = vec![0; end - self.bytes.len()];
            self.bytes.extend_from_slice(&more);
        }
        self.bytes.get_mut(offset..end).expect("just grown").copy_from_slice(bytes);
    }

    pub(super) fn set_len(&mut self, length: usize) {
        for number in length / SECTOR..self.bytes.len().div_ceil(SECTOR) {
            if !self.unsynced.contains_key(&number) {
                let platter = self.lost.remove(&number).unwrap_or_else(|| self.sector(number));
                self.unsynced.insert(number, platter);
            }
        }
        self.bytes.resize(length, 0);
    }

    /// What was just written there is on the platter, and so is the file's size.
    pub(super) fn sync_range(&mut self, offset: usize, length: usize) {
        for number in offset / SECTOR..(offset + length).div_ceil(SECTOR) {
            self.unsynced.remove(&number);
        }
        self.durable_len = self.durable_len.max(offset + length);
    }

    /// What was just written there never gets to the platter.
    pub(super) fn lose_range(&mut self, offset: usize, length: usize) {
        for number in offset / SECTOR..(offset + length).div_ceil(SECTOR) {
            if let Some(platter) = self.unsynced.remove(&number) {
                self.lost.insert(number, platter);
            }
        }
    }

    pub(super) fn sync(&mut self) {
        self.unsynced.clear();
        self.durable_len = self.bytes.len();
    }

    pub(super) fn lose_unsynced(&mut self) {
        let unsynced = std::mem::take(&mut self.unsynced);
        self.lost.extend(unsynced);
    }

    pub(super) fn survive(mut self, chance: &mut Chance) -> Inode {
        let grown = self.bytes.len();
        // The size is metadata: the new one is on the platter, or the old one still is.
        let length = if chance.next().is_multiple_of(2) { grown } else { self.durable_len };
        self.bytes.resize(grown.max(length), 0);
        for (number, platter) in std::mem::take(&mut self.lost) {
            self.put_sector(number, platter);
        }
        let grain = Grain::choose(chance);
        let mut fate = Fate::Kept;
        let mut unit = None;
        for (number, platter) in std::mem::take(&mut self.unsynced) {
            if unit.replace(number / grain.sectors()) != Some(number / grain.sectors()) {
                fate = grain.fate(chance);
            }
            let survivor = match fate {
                Fate::Kept => self.sector(number),
                Fate::Dropped => platter,
                Fate::Torn => {
                    let cut = chance.below(SECTOR);
                    let mut torn = self.sector(number);
                    torn.resize(cut, 0);
                    torn.extend(platter.iter().skip(cut));
                    torn
                }
            };
            self.put_sector(number, survivor);
        }
        self.bytes.resize(length, 0);
        Inode { durable_len: length, ..self }
    }
}
