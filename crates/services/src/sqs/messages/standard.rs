//! The visible messages of a standard queue, and which of them is next.
//!
//! A standard queue hands out what no noisy neighbour sent first, see `fair`; of that the highest
//! priority; and of that fresh and returned messages in turn, see `lanes`.
//!
//! # Invariants
//!
//! - What quiet tenants have waiting is in `quiet`; what noisy ones have is there too until a pick
//!   comes across it, and then moves to theirs a chunk at a time, or into the `crowd` unseen.

use super::super::chunk::{Chunk, Entry, Glance};
use super::super::fair::{Fairness, Tenant, Tenants};
use super::super::lanes::{Hand, Ladder, Place};
use super::crowd::Crowd;
use super::hidden::CameDue;
use super::{chunk_mut, offset, work};
use bytes::Bytes;
use kernel::Timestamp;
use std::collections::BTreeMap;
use tidemill_kernel as kernel;

#[derive(Debug, Default)]
pub(super) struct Standard {
    /// Those of quiet tenants; and of noisy ones what no pick has come across yet.
    quiet: Ladder,
    /// The rest of the noisy ones', by tenant; a ladder for each that is noisy.
    noisy: BTreeMap<Tenant, Ladder>,
    crowd: Crowd,
    pub(super) tenants: Tenants,
}

impl Standard {
    pub(super) fn show(&mut self, place: Place, entry: Entry) {
        self.noisy.get_mut(&entry.group).unwrap_or(&mut self.quiet).show(place, entry);
    }

    /// Shows every entry of a full chunk; all are in the lane of this one.
    pub(super) fn show_all(&mut self, first: u64, entry: Entry) {
        self.quiet.show_all(first, entry);
    }

    pub(super) fn hide(&mut self, place: Place, entry: Entry) {
        self.disperse(place.first);
        let noisy = self.noisy.get_mut(&entry.group);
        let was_apart = noisy.is_some_and(|ladder| ladder.hide(place, entry));
        if !was_apart {
            self.quiet.hide(place, entry);
        }
    }

    /// Shows what has come due of a chunk.
    pub(super) fn show_due(&mut self, came: CameDue, chunk: &Chunk) {
        if !self.tenants.is_empty() {
            for (tenant, count) in came.landed_groups(chunk) {
                self.tenants.land(tenant, count);
            }
        }
        self.quiet.absorb(came.ladder);
    }

    pub(super) fn is_noisy(&self, tenant: Tenant) -> bool {
        self.noisy.contains_key(&tenant)
    }

    /// Whether anything of a noisy tenant is apart.
    pub(super) fn has_apart(&self, tenant: Tenant) -> bool {
        self.noisy.get(&tenant).is_some_and(|ladder| !ladder.is_empty())
            || self.crowd.first_of(tenant).is_some()
    }

    /// Sets noisy tenants apart, as `fairness` says who they are, if that has changed. What they
    /// have waiting follows when a pick comes across it; what others had apart goes back among
    /// the quiet.
    pub(super) fn separate(&mut self, fairness: &Fairness) {
        if fairness.noisy().eq(self.noisy.keys().copied()) {
            return;
        }
        let mut before = std::mem::take(&mut self.noisy);
        for tenant in fairness.noisy() {
            self.noisy.insert(tenant, before.remove(&tenant).unwrap_or_default());
        }
        for (tenant, ladder) in before {
            self.quiet.absorb(ladder);
            while let Some((_, first)) = self.crowd.first_of(tenant) {
                self.disperse(first);
            }
        }
    }

    /// Puts a chunk of the crowd back where picks come across it.
    fn disperse(&mut self, first: u64) {
        if let Some(priority) = self.crowd.remove(first) {
            self.quiet.show_all(first, fresh(priority));
        }
    }

    /// The next message to hand out. Moves what noisy tenants have waiting out of the way of the
    /// quiet, which changes no state. `row` reads the row of a chunk by its first sequence.
    pub(super) fn next(
        &mut self,
        chunks: &mut BTreeMap<u64, Chunk>,
        hand: Hand,
        row: impl Fn(u64) -> Bytes,
    ) -> Option<u64> {
        loop {
            work::note(1);
            let Some(sequence) = self.quiet.next(hand) else {
                return self.next_noisy(chunks, hand, row);
            };
            if self.noisy.is_empty() {
                return Some(sequence);
            }
            let (first, chunk) = chunk_mut(chunks, sequence)?;
            match chunk.groups.few() {
                // Nobody needs to look into a whole chunk of one or of noisy ones.
                Some([group]) => {
                    let Some(apart) = self.noisy.get_mut(group) else { return Some(sequence) };
                    self.quiet.give_chunk(first, apart);
                    continue;
                }
                Some(few) if few.iter().all(|group| self.noisy.contains_key(group)) => {
                    if let Some(priority) = self.quiet.take_whole(first) {
                        self.crowd.insert(first, priority, few.to_vec());
                        continue;
                    }
                }
                Some(_) | None => {}
            }
            let page = chunk.glance(|| row(first));
            let group = page.get(offset(first, sequence))?.group;
            if !self.noisy.contains_key(&group) {
                return Some(sequence);
            }
            sort_out(&mut self.quiet, first, &page, &mut self.noisy);
            // Others may be gone by now: then the next look is the shorter one.
            chunk.groups.review(&page);
        }
    }

    /// The next message of a noisy tenant: of the one with the fewest in flight. To be asked when
    /// no quiet one has any, for only then everything of the noisy ones is apart or in the crowd.
    fn next_noisy(
        &mut self,
        chunks: &BTreeMap<u64, Chunk>,
        hand: Hand,
        row: impl Fn(u64) -> Bytes,
    ) -> Option<u64> {
        let waiting = self.noisy.keys().filter(|tenant| self.has_apart(**tenant));
        let tenant = *waiting.min_by_key(|tenant| self.tenants.in_flight(**tenant))?;
        loop {
            work::note(1);
            let ladder = self.noisy.get(&tenant)?;
            let crowded = self.crowd.first_of(tenant);
            let Some((priority, first)) = crowded.filter(|crowded| !ladder.is_before(*crowded))
            else {
                return ladder.next(hand);
            };
            self.crowd.remove(first);
            let mut whole = Ladder::default();
            whole.show_all(first, fresh(priority));
            let page = chunks.get(&first)?.glance(|| row(first));
            sort_out(&mut whole, first, &page, &mut self.noisy);
        }
    }
}

/// Moves what noisy tenants have waiting in a chunk to theirs.
fn sort_out(from: &mut Ladder, first: u64, page: &Glance, noisy: &mut BTreeMap<Tenant, Ladder>) {
    let tenants: Vec<Tenant> = noisy.keys().copied().collect();
    let owner = |index| {
        work::note(1);
        page.get(index).map(|entry| entry.group).filter(|group| tenants.contains(group))
    };
    from.deal_chunk(first, owner, noisy);
}

/// An entry in the lane of messages of a priority that were never received.
fn fresh(priority: u8) -> Entry {
    Entry { priority, ..Entry::new(Timestamp::default(), Timestamp::default(), 0) }
}
