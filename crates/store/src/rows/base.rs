//! The rows of a partition on disk, and how they are kept few files deep.
//!
//! ```text
//! newest   run   a checkpoint's changes, with small neighbours merged in
//!          run ┐
//!          run ┤ a job: two or more runs become one, from low keys to high ones, a step at a time
//! oldest   run ┘ the base: no tombstones
//! ```
//!
//! A checkpoint only adds a run in front. Everything larger is merged in steps between the
//! checkpoints: a step takes about a file's worth of keys, ends wherever it is interrupted, and is
//! in force with a manifest of its own, so that neither a checkpoint nor a stop ever waits for a
//! large merge, and a crash costs one step of work.
//!
//! # Invariants
//!
//! - Runs are ordered by age: of two rows with one key, the one in the run nearer to the front
//!   counts. A job's runs are neighbours, so it never carries a row past another of its key.
//! - What a job has passed lies in its target, what it has not in its sources too: the runs are the
//!   partition's rows after every step.
//! - A tombstone ends when it arrives in the oldest run.
//! - Where no merge is due, all newer runs together weigh less than half of the oldest, and they
//!   are few. A tombstone weighs what it hides. So what is dead stays below half of what lives, a
//!   read looks into few files, and a row is rewritten a logarithmic number of times.

use super::Overlay;
use super::file::{Row, RowFile};
use super::merge::{Merge, Source};
use super::run::{Piece, RowKey, Run};
use super::write::{Place, RunWriter};
use crate::manifest::{PieceEntry, RunEntry};
use std::collections::BTreeSet;
use std::io;
use std::ops::Range;
use std::sync::Arc;

/// More runs than this in front of the oldest are merged: a read may have to look into each.
const NEWER_MAX: usize = 6;
/// A run is left alone while it is so many times as heavy as what is newer.
const RATIO: u64 = 2;
/// Up to this share of a file, a checkpoint merges small neighbours in itself.
const INLINE_SHARE: u64 = 4;
/// A step that cannot end between two files ends anyway after so many files' worth of rows.
const STEP_FILES_MAX: u64 = 4;
/// How many rows pass between two questions whether somebody waits.
const ROWS_PER_LOOK: u64 = 256;

/// Runs on their way to become one.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Job {
    /// Newest first.
    sources: Vec<u64>,
    target: u64,
}

/// See the module's head.
#[derive(Clone, Default)]
pub(crate) struct Base {
    /// Newest first.
    pub(crate) runs: Arc<Vec<Run>>,
    pub(crate) next_file: u64,
    next_run: u64,
    /// Newest first.
    jobs: Vec<Job>,
}

impl Base {
    /// `runs` are lists of pieces, the newest run first.
    pub(crate) fn new(runs: Vec<Vec<Piece>>, next_file: u64) -> Base {
        let runs: Vec<Run> =
            (0..).zip(runs).map(|(id, pieces)| Run { id, pieces }).collect::<Vec<_>>();
        let next_run = runs.iter().map(|run| run.id + 1).max().unwrap_or(0);
        Base { runs: Arc::new(runs), next_file, next_run, jobs: Vec::new() }
    }

    /// As the manifest holds them.
    pub(crate) fn entries(&self) -> Vec<RunEntry> {
        let pieces = |run: &Run| run.pieces.iter().map(Piece::entry).collect::<Vec<PieceEntry>>();
        let filled = self.runs.iter().filter(|run| !run.pieces.is_empty());
        filled.map(|run| RunEntry { pieces: pieces(run) }).collect()
    }

    /// The numbers of its files.
    pub(crate) fn files(&self) -> BTreeSet<u64> {
        self.all_files().map(|file| file.number).collect()
    }

    /// Each file: a file belongs to one run.
    pub(crate) fn all_files(&self) -> impl Iterator<Item = &Arc<RowFile>> {
        self.runs.iter().flat_map(|run| run.pieces.iter().map(|piece| &piece.file))
    }

    /// How many of the newest runs belong to no job.
    fn free_count(&self) -> usize {
        let is_busy = |run: &Run| {
            self.jobs.iter().any(|job| job.target == run.id || job.sources.contains(&run.id))
        };
        self.runs.iter().position(is_busy).unwrap_or(self.runs.len())
    }

    /// What a run takes, and what it makes worthless: a tombstone as much as the average row of
    /// the oldest run.
    fn weight(&self, run: &Run) -> u64 {
        let average = self.runs.last().map_or(0, |oldest| oldest.bytes() / oldest.rows().max(1));
        run.bytes() + run.tombstones() * average
    }

    /// Puts a checkpoint's changes in front. The files are synced, their names are not.
    pub(crate) fn add(&mut self, place: Place<'_>, overlay: &Overlay) -> io::Result<()> {
        if overlay.is_empty() {
            return Ok(());
        }
        let inline = self.inline_count(overlay.bytes, place.piece_bytes / INLINE_SHARE);
        let kept = self.runs.get(inline..).unwrap_or_default().to_vec();
        let merged = self.runs.iter().take(inline);
        let mut sources: Vec<Source<'_>> = vec![overlay.iter()];
        sources.extend(merged.map(|run| Box::new(run.iter_from(0)) as Source<'_>));
        let mut writer = RunWriter::new(place, &mut self.next_file);
        for row in Merge::new(sources) {
            let row = row?;
            // Below the oldest run there is nothing for a tombstone to hide.
            if row.value.is_some() || !kept.is_empty() {
                writer.push(&row)?;
            }
        }
        let pieces = writer.finish()?;
        let mut runs = kept;
        if !pieces.is_empty() {
            runs.insert(0, Run { id: self.next_run, pieces });
            self.next_run += 1;
        }
        self.runs = Arc::new(runs);
        Ok(())
    }

    /// How many of the newest runs to merge with what is new, while it stays small.
    fn inline_count(&self, new_bytes: u64, bytes_max: u64) -> usize {
        let (mut together, mut count) = (new_bytes, 0);
        for run in self.runs.iter().take(self.free_count()) {
            let bytes = run.bytes();
            if bytes > together * RATIO || together + bytes > bytes_max {
                break;
            }
            together += bytes;
            count += 1;
        }
        count
    }

    /// Whether there is anything for [`Base::step`] to do.
    pub(crate) fn is_merge_due(&self) -> bool {
        !self.jobs.is_empty() || self.due().is_some()
    }

    /// The runs to merge next, of those that are free.
    fn due(&self) -> Option<Range<usize>> {
        let free = self.runs.get(..self.free_count()).unwrap_or_default();
        let sizes: Vec<Size> =
            free.iter().map(|run| Size { bytes: run.bytes(), weight: self.weight(run) }).collect();
        due(&sizes, free.len() == self.runs.len())
    }

    fn plan(&mut self) {
        let Some(range) = self.due() else { return };
        let mut sources: Vec<u64> =
            self.runs.iter().take(range.end).skip(range.start).map(|run| run.id).collect();
        if let Some(target) = sources.pop() {
            self.jobs.insert(0, Job { sources, target });
        }
    }

    /// Does a part of what is due, newest first, because newer runs are the smaller ones. Files
    /// are synced, their names are not; files that are not needed any more are only forgotten.
    pub(crate) fn step(
        &mut self,
        place: Place<'_>,
        is_interrupted: &mut dyn FnMut() -> bool,
    ) -> io::Result<()> {
        self.plan();
        let Some(job) = self.jobs.first().cloned() else { return Ok(()) };
        let target_at = self.runs.iter().position(|run| run.id == job.target);
        let target_at = target_at.expect("a job's target stays until the job ends");
        let is_oldest = target_at + 1 == self.runs.len();
        let (sources, mut others): (Vec<Run>, Vec<Run>) = self
            .runs
            .iter()
            .cloned()
            .partition(|run| job.sources.contains(&run.id) || run.id == job.target);
        let mut merging = Merging::new(sources, is_oldest);
        if !merging.move_piece(place.piece_bytes) {
            merging.merge(place, &mut self.next_file, is_interrupted)?;
        }
        // The job's runs are neighbours: they go back to where the target is.
        let front = target_at.saturating_sub(merging.source_count());
        let older = others.split_off(front.min(others.len()));
        let runs: Vec<Run> = others.into_iter().chain(merging.into_runs()).chain(older).collect();
        let has_sources = runs.iter().any(|run| job.sources.contains(&run.id));
        if !has_sources {
            self.jobs.remove(0);
        }
        let is_target = |run: &Run| self.jobs.iter().any(|job| job.target == run.id);
        let runs = runs.into_iter().filter(|run| !run.pieces.is_empty() || is_target(run));
        self.runs = Arc::new(runs.collect());
        Ok(())
    }
}

struct Size {
    bytes: u64,
    weight: u64,
}

/// Which of the free runs, given newest first, to make one: all of them, when the newer ones make
/// worth the while of writing the oldest again; the small ones, when they have become many.
/// `has_oldest` says whether the last of them is the oldest of all.
fn due(sizes: &[Size], has_oldest: bool) -> Option<Range<usize>> {
    let mut newer = sizes;
    if has_oldest {
        let (oldest, rest) = sizes.split_last()?;
        let together: u64 = rest.iter().map(|size| size.weight).sum();
        if !rest.is_empty() && oldest.bytes <= together * RATIO {
            return Some(0..sizes.len());
        }
        newer = rest;
    }
    if newer.len() <= NEWER_MAX {
        return None;
    }
    // The newest run of which the one behind it is not far heavier, with all behind them of which
    // that is true.
    for (start, first) in newer.iter().enumerate() {
        let (mut together, mut end) = (first.weight, start + 1);
        for size in newer.iter().skip(end) {
            if size.bytes > together * RATIO {
                break;
            }
            together += size.weight;
            end += 1;
        }
        if end > start + 1 {
            return Some(start..end);
        }
    }
    Some(0..2)
}

/// A step of a job.
struct Merging {
    /// Newest first.
    sources: Vec<Run>,
    target: Run,
    is_oldest: bool,
}

impl Merging {
    fn new(mut runs: Vec<Run>, is_oldest: bool) -> Merging {
        let target = runs.pop().expect("a job's target stays until the job ends");
        Merging { sources: runs, target, is_oldest }
    }

    fn source_count(&self) -> usize {
        self.sources.len()
    }

    fn into_runs(self) -> impl Iterator<Item = Run> {
        self.sources.into_iter().chain([self.target])
    }

    /// Where the job stands: the lowest key of its sources.
    fn start(&self) -> Option<&RowKey> {
        self.sources.iter().filter_map(Run::first).min()
    }

    /// Hands the sources' lowest piece to the target as it is, when that is all there is of its
    /// keys: rows that come in the order of their keys are not written again.
    fn move_piece(&mut self, piece_bytes: u64) -> bool {
        let Some(start) = self.start().cloned() else { return false };
        let from = self.sources.iter().position(|run| run.first() == Some(&start));
        let Some((from, piece)) =
            from.and_then(|from| Some((from, self.sources.get(from)?.pieces.first()?.clone())))
        else {
            return false;
        };
        let is_alone = self
            .sources
            .iter()
            .enumerate()
            .all(|(at, run)| at == from || run.first().is_none_or(|first| *first > piece.last));
        let at = self.target.index_from(start.table, &start.key);
        let is_clear = self.target.pieces.get(at).is_none_or(|next| next.first > piece.last);
        let is_final = piece.tombstones == 0 || !self.is_oldest;
        let is_large = piece.file.bytes >= piece_bytes / 2;
        if !(is_alone && is_clear && is_final && is_large) {
            return false;
        }
        self.target.pieces.insert(at, piece);
        if let Some(run) = self.sources.get_mut(from) {
            run.pieces.remove(0);
        }
        true
    }

    fn merge(
        &mut self,
        place: Place<'_>,
        next_file: &mut u64,
        is_interrupted: &mut dyn FnMut() -> bool,
    ) -> io::Result<()> {
        let Some(start) = self.start().cloned() else { return Ok(()) };
        let from = self.target.index_from(start.table, &start.key);
        let mut sources: Vec<Source<'_>> = Vec::new();
        for run in &self.sources {
            sources.push(Box::new(run.iter_from(0)));
        }
        sources.push(Box::new(self.target.iter_from(from)));
        let mut merge = Merge::new(sources);
        let mut writer = RunWriter::new(place, next_file);
        let (mut merged, mut rows, mut piece_at) = (0, 0u64, from);
        let mut until = None;
        loop {
            if let Some(row) = merge.peek() {
                let key = row.row_key();
                while self.target.pieces.get(piece_at).is_some_and(|piece| piece.last < key) {
                    piece_at += 1;
                }
                let newest = || merge.least_of(self.sources.len()).map(Row::row_key);
                let ahead = self.target.pieces.get(piece_at);
                let is_end = merged > 0
                    && (is_step_end(place.piece_bytes, merged, &key, newest, ahead)
                        || rows % ROWS_PER_LOOK == 0 && is_interrupted());
                if is_end {
                    until = Some(RowKey::copied(key.table, &key.key));
                    break;
                }
            }
            let Some(row) = merge.next() else { break };
            let row = row?;
            merged += row.stored_bytes();
            rows += 1;
            if row.value.is_some() || !self.is_oldest {
                writer.push(&row)?;
            }
        }
        let written = writer.finish()?;
        let behind = self.target.pieces.split_off(from.min(self.target.pieces.len()));
        let mut behind = Run { id: self.target.id, pieces: behind };
        behind.cut_below(until.as_ref());
        self.target.pieces.extend(written.into_iter().chain(behind.pieces));
        for run in &mut self.sources {
            run.cut_below(until.as_ref());
        }
        Ok(())
    }
}

/// Whether a step ends before `key`, which is next. `newest` finds the sources' next key; `ahead`
/// is the target's piece that `key` lies in or before.
fn is_step_end(
    piece_bytes: u64,
    merged: u64,
    key: &RowKey,
    newest: impl FnOnce() -> Option<RowKey>,
    ahead: Option<&Piece>,
) -> bool {
    if merged >= piece_bytes * STEP_FILES_MAX {
        return true;
    }
    // Half a piece would be left behind, of a file that stays on the disk as a whole.
    let is_between = ahead.is_none_or(|piece| *key <= piece.first);
    if !is_between {
        return false;
    }
    // Nothing new lies in the next piece. To write it again would only serve to have no small
    // files.
    let is_done_with = ahead.is_some_and(|piece| {
        piece.first == *key
            && newest().is_none_or(|newest| newest > piece.last)
            && merged.max(piece.file.bytes) >= piece_bytes / 2
    });
    merged >= piece_bytes || is_done_with
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(of: &[u64]) -> Vec<Size> {
        of.iter().map(|bytes| Size { bytes: *bytes, weight: *bytes }).collect()
    }

    #[test]
    fn the_oldest_run_is_written_again_when_half_as_much_has_changed() {
        let check = |of: &[u64], expected| assert_eq!(due(&sizes(of), true), expected, "{of:?}");
        check(&[], None);
        check(&[10], None);
        check(&[10, 10], Some(0..2));
        check(&[10, 21], None);
        check(&[10, 20, 61], None);
        check(&[10, 20, 60], Some(0..3));
    }

    #[test]
    fn newer_runs_are_merged_with_their_like_when_they_are_many() {
        let check = |of: &[u64], expected| assert_eq!(due(&sizes(of), false), expected, "{of:?}");
        check(&[10; 6], None);
        check(&[10; 7], Some(0..7));
        check(&[1, 10, 10, 10, 50, 500, 5000], Some(1..5));
        check(&[1, 3, 9, 27, 81, 243, 729], Some(0..2));
        assert_eq!(due(&sizes(&[10, 10, 10, 10, 10, 10, 10, 500]), true), Some(0..7));
    }

    #[test]
    fn a_tombstone_weighs_what_it_hides() {
        let oldest = Size { bytes: 90, weight: 90 };
        assert_eq!(due(&[Size { bytes: 10, weight: 50 }, oldest], true), Some(0..2));
    }
}
