//! The same files with right checksums: what rot never makes, and a stranger could. Behind a
//! checksum every length and every place is still somebody's word.

use super::data_directory::{SOUND, check, damage};
use std::path::Path;
use tidemill_store::{Disk as _, MemoryDisk, Open};

/// As `data_directory` has it; then the file is sealed again.
pub(crate) fn run(data: &[u8]) {
    let disk = SOUND.kill();
    let Some(path) = damage(&disk, data) else { return };
    seal(&disk, &path);
    check(disk, &path);
}

/// Computes a file's checksums anew, as far as it is still one of its kind.
fn seal(disk: &MemoryDisk, path: &Path) {
    let file = disk.open(path, Open::Write).expect("it was listed");
    let length = usize::try_from(file.len().expect("an honest disk")).expect("it is small");
    let mut bytes = vec![0; length];
    file.read_exact_at(&mut bytes, 0).expect("an honest disk");
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let sealed = match name.split(['-', '.']).next() {
        Some("MANIFEST") => seal_manifest(&mut bytes),
        Some("delta") => seal_rows(&mut bytes),
        Some("bodies") => seal_bodies(&mut bytes),
        _ => seal_log(&mut bytes),
    };
    if sealed.is_some() {
        file.write_all_at(&bytes, 0).expect("an honest disk");
    }
}

fn crc(bytes: &[u8]) -> [u8; 4] {
    crc32c::crc32c(bytes).to_le_bytes()
}

fn put(bytes: &mut [u8], at: usize, value: &[u8]) -> Option<()> {
    bytes.get_mut(at..at.checked_add(value.len())?)?.copy_from_slice(value);
    Some(())
}

fn number(bytes: &[u8], at: usize, length: usize) -> Option<usize> {
    let digits = bytes.get(at..at.checked_add(length)?)?;
    let value = digits.iter().rev().fold(0_u64, |value, digit| value << 8 | u64::from(*digit));
    usize::try_from(value).ok()
}

/// magic 8 · format 4 · length 4 · crc 4 · contents
fn seal_manifest(bytes: &mut [u8]) -> Option<()> {
    let contents = crc(bytes.get(20..)?);
    let length = u32::try_from(bytes.len() - 20).ok()?;
    put(bytes, 12, &length.to_le_bytes())?;
    put(bytes, 16, &contents)
}

/// blocks · index · filter · footer: index offset 8 · filter offset 8 · rows 8 · crc 4 · format 4 ·
/// magic 8 · crc 4
fn seal_rows(bytes: &mut [u8]) -> Option<()> {
    let footer = bytes.len().checked_sub(44)?;
    let (index, filter) = (number(bytes, footer, 8)?, number(bytes, footer + 8, 8)?);
    let mut entry = index;
    while entry < filter {
        // offset 8 · bytes 4 · table 2 · key length 4 · key
        let Some(key) = number(bytes, entry + 14, 4) else { break };
        let (start, length) = (number(bytes, entry, 8)?, number(bytes, entry + 8, 4)?);
        let end = start.checked_add(length).and_then(|end| end.checked_sub(4));
        if let Some(block) = end.and_then(|end| bytes.get(start..end)).map(crc) {
            put(bytes, end?, &block)?;
        }
        entry = entry.checked_add(18)?.checked_add(key)?;
    }
    let head = crc(bytes.get(index..footer)?);
    put(bytes, footer + 24, &head)?;
    seal_footer(bytes, footer)
}

/// head · bodies · places · runs · footer: places' offset 8 · runs' offset 8 · slots 4 · crc of the
/// places 4 · crc of the runs 4 · magic 8 · crc 4
fn seal_bodies(bytes: &mut [u8]) -> Option<()> {
    let footer = bytes.len().checked_sub(40)?;
    let (places, runs) = (number(bytes, footer, 8)?, number(bytes, footer + 8, 8)?);
    let crcs = (bytes.get(places..runs).map(crc), bytes.get(runs..footer).map(crc));
    put(bytes, footer + 20, &crcs.0?)?;
    put(bytes, footer + 24, &crcs.1?)?;
    seal_footer(bytes, footer)
}

fn seal_footer(bytes: &mut [u8], footer: usize) -> Option<()> {
    let end = bytes.len() - 4;
    let whole = crc(bytes.get(footer..end)?);
    put(bytes, end, &whole)
}

/// Blocks of 4 KiB: magic 4 · crc 4 · … 64, and in a group of one block a record from there on:
/// its header of 56 bytes with the payload's length at 36, its hash, its payload.
fn seal_log(bytes: &mut [u8]) -> Option<()> {
    for block in bytes.chunks_exact_mut(4096).filter(|block| block.starts_with(b"TMW1")) {
        if let Some(payload) = number(block, 64 + 36, 4)
            && let Some(payload) = block.get(64 + 72..(64 + 72_usize).checked_add(payload)?)
        {
            let mut hasher = blake3::Hasher::new();
            hasher.update(block.get(64..64 + 56)?).update(payload);
            let mut hash = [0; 16];
            hasher.finalize_xof().fill(&mut hash);
            put(block, 64 + 56, &hash)?;
        }
        let whole = crc(block.get(8..)?);
        put(block, 4, &whole)?;
    }
    Some(())
}
