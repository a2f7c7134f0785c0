//! The checkpoint's part: the frozen overlay becomes a delta file, merged with older ones where
//! that keeps their number small.

use super::Overlay;
use super::delta::{Delta, DeltaWriter, delta_name};
use super::merge::{Merge, Source};
use crate::disk::Disk;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// More files than this are made one: a read may have to look into each.
const DELTAS_MAX: usize = 8;

/// The partition's delta files after this checkpoint, newest first. `number` is the new file's.
pub(crate) fn write(
    disk: &dyn Disk,
    directory: &Path,
    number: u64,
    overlay: &Overlay,
    deltas: &[Arc<Delta>],
) -> io::Result<Vec<Arc<Delta>>> {
    if overlay.is_empty() {
        return Ok(deltas.to_vec());
    }
    let sizes: Vec<u64> = deltas.iter().map(|delta| delta.bytes).collect();
    let (merged, kept) = deltas.split_at(merge_count(overlay.bytes, &sizes));
    let mut sources: Vec<Source<'_>> = vec![overlay.iter()];
    sources.extend(merged.iter().map(|delta| Box::new(delta.iter()) as Source<'_>));
    let path = directory.join(delta_name(number));
    let mut writer = DeltaWriter::create(disk, &path)?;
    for row in Merge::new(sources) {
        let row = row?;
        // Below the oldest file there is nothing for a tombstone to hide.
        if row.value.is_some() || !kept.is_empty() {
            writer.push(&row)?;
        }
    }
    if writer.is_empty() {
        disk.remove(&path)?;
        return Ok(kept.to_vec());
    }
    let delta = Arc::new(writer.finish(number, path)?);
    Ok(std::iter::once(delta).chain(kept.iter().cloned()).collect())
}

/// How many of the newest files to merge with what is new. Each file kept is more than twice as
/// large as all newer ones together, so a row is rewritten a logarithmic number of times and
/// there are few files.
fn merge_count(new_bytes: u64, sizes: &[u64]) -> usize {
    let mut together = new_bytes;
    let mut count = 0;
    for size in sizes {
        if *size > together.saturating_mul(2) && sizes.len() - count < DELTAS_MAX {
            break;
        }
        together = together.saturating_add(*size);
        count += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_files_are_merged_and_large_ones_are_left_alone() {
        let cases: [(u64, &[u64], usize); 6] = [
            (10, &[], 0),
            (10, &[10], 1),
            (10, &[100], 0),
            (10, &[20, 50, 1000], 2),
            (10, &[1000, 1], 0),
            (1, &[9, 99, 999, 9_999, 99_999, 999_999, 9_999_999, 99_999_999, 999_999_999], 2),
        ];
        for (new, sizes, expected) in cases {
            assert_eq!(merge_count(new, sizes), expected, "{new} over {sizes:?}");
        }
    }
}
