//! A disk in memory that crashes, tears, fails and fills up on request: for tests and the
//! simulator.
//!
//! # Model
//!
//! - A file is an inode: its bytes as a reader sees them, plus, for every 512-byte sector written
//!   since the last good sync, what the platter still holds. A crash decides file by file, page by
//!   page or sector by sector: kept, dropped, or torn in the middle.
//! - A direct write is on the platter when it has returned, and like any other before. That it is
//!   made as such a write must be is asserted: a real disk's refusal would only make it slower,
//!   and nobody would notice.
//! - Names are pending per directory until [`Disk::sync_dir`]; a crash keeps or drops each
//!   create, rename and remove on its own, in order. A directory that was not synced into its
//!   parent takes everything below it with it.
//! - Once the planned operation is reached the machine is off: every later change fails until
//!   [`MemoryDisk::crash`] hands out the surviving disk. Reads go on, because the process that
//!   would read is dead and only its last error matters.
//!
//! Deterministic: ordered maps only, and every choice comes from the seed.

mod inode;

use crate::disk::{DIRECT_BYTES, Disk, DiskFile, Open, Space};
use inode::{Chance, Inode};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// What goes wrong, and when. Operations and syncs are counted from the disk's creation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// The machine dies in this change (1 = the first): writes and names of it may still survive.
    pub crash_at_operation: Option<u64>,
    /// This file sync or direct write (1 = the first) fails, and what it should have written is
    /// lost for good.
    pub fail_sync: Option<u64>,
    /// Files may grow by so many bytes in all; then `StorageFull`.
    pub space_bytes: Option<u64>,
    /// This change (1 = the first), if it is a write that is not direct, gets half way and fails.
    pub short_write: Option<u64>,
    /// A planted bug for the simulator's own test: a removal answers `Ok` and removes nothing.
    pub keep_removed: bool,
    /// A planted bug for the simulator's own test: file syncs and direct writes answer `Ok` and
    /// make nothing durable.
    pub skip_syncs: bool,
    pub direct: DirectWrites,
}

/// What this disk makes of direct writes: not a fault, but what file systems differ in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DirectWrites {
    #[default]
    Fast,
    /// Slower than a write and a sync.
    Slow,
    RefusedAtOpen,
    /// The file opens, and only the first write says no.
    RefusedAtWrite,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiskCounts {
    /// Changes of any kind: what [`Faults::crash_at_operation`] counts.
    pub operations: u64,
    /// Of files, direct writes among them.
    pub syncs: u64,
    pub direct_writes: u64,
    pub grown_bytes: u64,
}

/// See the module's head. A clone is another handle on the same disk.
#[derive(Clone, Default)]
pub struct MemoryDisk {
    state: Arc<Mutex<State>>,
}

#[derive(Clone, Default)]
struct State {
    inodes: BTreeMap<u64, Inode>,
    next_inode: u64,
    names: Names,
    durable_names: Names,
    pending: Vec<NameChange>,
    faults: Faults,
    counts: DiskCounts,
    is_off: bool,
}

#[derive(Clone, Default)]
struct Names {
    files: BTreeMap<PathBuf, u64>,
    directories: BTreeSet<PathBuf>,
}

#[derive(Clone)]
enum NameChange {
    MakeDirectory(PathBuf),
    Link(PathBuf, u64),
    Rename { from: PathBuf, to: PathBuf, inode: u64 },
    Unlink(PathBuf, u64),
}

impl NameChange {
    fn touches(&self, directory: &Path) -> bool {
        match self {
            NameChange::MakeDirectory(path)
            | NameChange::Link(path, _)
            | NameChange::Unlink(path, _) => path.parent() == Some(directory),
            NameChange::Rename { to, .. } => to.parent() == Some(directory),
        }
    }
}

impl Names {
    fn change(&mut self, change: &NameChange) {
        match change {
            NameChange::MakeDirectory(path) => {
                self.directories.insert(path.clone());
            }
            NameChange::Link(path, inode) => {
                self.files.insert(path.clone(), *inode);
            }
            NameChange::Rename { from, to, inode } => {
                if self.files.get(from) == Some(inode) {
                    self.files.remove(from);
                }
                self.files.insert(to.clone(), *inode);
            }
            NameChange::Unlink(path, inode) => {
                if self.files.get(path) == Some(inode) {
                    self.files.remove(path);
                }
            }
        }
    }
}

fn is_off() -> io::Error {
    io::Error::other("the simulated machine is off")
}

fn missing(path: &Path) -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, format!("no such file: {}", path.display()))
}

fn usize_of(number: u64) -> usize {
    usize::try_from(number).expect("files in memory are shorter than memory")
}

fn u64_of(number: usize) -> u64 {
    u64::try_from(number).expect("a usize fits in 64 bits")
}

impl State {
    /// Counts a change. `Ok(true)`: the machine dies in it, and its effect may still land.
    fn change(&mut self) -> io::Result<bool> {
        if self.is_off {
            return Err(is_off());
        }
        self.counts.operations += 1;
        self.is_off = self.faults.crash_at_operation == Some(self.counts.operations);
        Ok(self.is_off)
    }

    fn rename_names(&mut self, change: NameChange) -> io::Result<()> {
        let dies = self.change()?;
        self.names.change(&change);
        self.pending.push(change);
        if dies { Err(is_off()) } else { Ok(()) }
    }

    fn grow(&mut self, inode: u64, end: u64) -> io::Result<()> {
        let length = u64_of(self.inodes.get(&inode).map_or(0, |inode| inode.bytes.len()));
        let more = end.saturating_sub(length);
        let grown_bytes = self.counts.grown_bytes + more;
        if self.faults.space_bytes.is_some_and(|space| grown_bytes > space) {
            return Err(io::Error::new(io::ErrorKind::StorageFull, "no space left on device"));
        }
        self.counts.grown_bytes = grown_bytes;
        Ok(())
    }

    fn inode_at(&self, path: &Path) -> io::Result<u64> {
        self.names.files.get(path).copied().ok_or_else(|| missing(path))
    }
}

impl MemoryDisk {
    #[must_use]
    pub fn new() -> MemoryDisk {
        MemoryDisk::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub fn set_faults(&self, faults: Faults) {
        self.state().faults = faults;
    }

    #[must_use]
    pub fn counts(&self) -> DiskCounts {
        self.state().counts
    }

    /// Whether the planned crash has happened.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.state().is_off
    }

    /// Switches the machine off now.
    pub fn power_off(&self) {
        self.state().is_off = true;
    }

    /// The disk as the next start finds it: what was synced, and of the rest what `seed` chooses.
    /// Counts and faults start afresh. This disk is left as it is, so several seeds can be tried.
    #[must_use]
    pub fn crash(&self, seed: u64) -> MemoryDisk {
        let state = self.state();
        let mut chance = Chance(seed);
        let mut names = state.durable_names.clone();
        for change in &state.pending {
            if chance.next().is_multiple_of(2) {
                names.change(change);
            }
        }
        let directories: BTreeSet<PathBuf> = names
            .directories
            .iter()
            .filter(|path| path.ancestors().all(|above| names.directories.contains(above)))
            .cloned()
            .collect();
        names.files.retain(|path, _| path.parent().is_some_and(|up| directories.contains(up)));
        names.directories = directories;
        let kept: BTreeSet<u64> = names.files.values().copied().collect();
        let inodes = state
            .inodes
            .iter()
            .filter(|(number, _)| kept.contains(number))
            .map(|(number, inode)| (*number, inode.clone().survive(&mut chance)))
            .collect();
        MemoryDisk {
            state: Arc::new(Mutex::new(State {
                inodes,
                next_inode: state.next_inode,
                durable_names: names.clone(),
                names,
                ..State::default()
            })),
        }
    }

    /// The disk after the process alone was killed: nothing is lost, and nothing more is durable.
    /// Counts and faults start afresh. This disk is left as it is.
    #[must_use]
    pub fn kill(&self) -> MemoryDisk {
        let mut state = self.state().clone();
        state.is_off = false;
        state.faults = Faults::default();
        state.counts = DiskCounts::default();
        MemoryDisk { state: Arc::new(Mutex::new(state)) }
    }

    /// All files, sorted by path.
    #[must_use]
    pub fn files(&self) -> Vec<(PathBuf, u64)> {
        let state = self.state();
        let length = |inode| state.inodes.get(inode).map_or(0, |inode| inode.bytes.len());
        state
            .names
            .files
            .iter()
            .map(|(path, inode)| (path.clone(), u64_of(length(inode))))
            .collect()
    }

    /// Damages the medium: what was written to `from` lies at `to` instead, over what was there,
    /// and `from` is as if it had never been written.
    pub fn misdirect(&self, path: &Path, from: u64, to: u64, length: u64) -> io::Result<()> {
        let mut state = self.state();
        let inode = state.inode_at(path)?;
        let bytes = state.inodes.get_mut(&inode).map(|inode| &mut inode.bytes);
        let bytes = bytes.ok_or(io::ErrorKind::NotFound)?;
        let (from, to, length) = (usize_of(from), usize_of(to), usize_of(length));
        let written = bytes.get_mut(from..from + length).ok_or(io::ErrorKind::UnexpectedEof)?;
        let moved = written.to_vec();
        written.fill(0);
        let place = bytes.get_mut(to..to + length).ok_or(io::ErrorKind::UnexpectedEof)?;
        place.copy_from_slice(&moved);
        Ok(())
    }

    /// Damages the medium: one bit of one file, in memory and on the platter.
    pub fn flip_bit(&self, path: &Path, offset: u64, bit: u32) -> io::Result<()> {
        let mut state = self.state();
        let inode = state.inode_at(path)?;
        let bytes = state.inodes.get_mut(&inode).map(|inode| &mut inode.bytes);
        let byte = bytes.and_then(|bytes| bytes.get_mut(usize_of(offset)));
        *byte.ok_or(io::ErrorKind::UnexpectedEof)? ^= 1 << (bit % 8);
        Ok(())
    }
}

impl Disk for MemoryDisk {
    fn open(&self, path: &Path, how: Open) -> io::Result<Arc<dyn DiskFile>> {
        let mut state = self.state();
        let inode = match how {
            Open::Direct if state.faults.direct == DirectWrites::RefusedAtOpen => {
                return Err(io::ErrorKind::InvalidInput.into());
            }
            Open::Read | Open::Write | Open::Direct => state.inode_at(path)?,
            Open::Create => {
                if state.names.files.contains_key(path) {
                    return Err(io::Error::new(
                        io::ErrorKind::AlreadyExists,
                        format!("file exists: {}", path.display()),
                    ));
                }
                if !path.parent().is_some_and(|up| state.names.directories.contains(up)) {
                    return Err(missing(path));
                }
                let inode = state.next_inode;
                state.next_inode += 1;
                state.inodes.insert(inode, Inode::default());
                state.rename_names(NameChange::Link(path.to_owned(), inode))?;
                inode
            }
        };
        Ok(Arc::new(MemoryFile { disk: self.clone(), inode, how }))
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<String>> {
        let state = self.state();
        if !state.names.directories.contains(directory) {
            return Err(missing(directory));
        }
        let names: BTreeSet<String> = state
            .names
            .files
            .keys()
            .chain(&state.names.directories)
            .filter(|path| path.parent() == Some(directory))
            .filter_map(|path| path.file_name())
            .map(|name| name.to_string_lossy().into_owned())
            .collect();
        Ok(names.into_iter().collect())
    }

    fn create_dir_all(&self, directory: &Path) -> io::Result<()> {
        let mut state = self.state();
        let ancestors: Vec<PathBuf> = directory.ancestors().map(Path::to_owned).collect();
        for path in ancestors.into_iter().rev() {
            if state.names.directories.contains(&path) {
                continue;
            }
            // A root has no parent that could be synced: it is always there.
            if path.parent().is_none() {
                state.names.directories.insert(path.clone());
                state.durable_names.directories.insert(path);
            } else {
                state.rename_names(NameChange::MakeDirectory(path))?;
            }
        }
        Ok(())
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        let state = self.state();
        Ok(state.names.files.contains_key(path) || state.names.directories.contains(path))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        let inode = state.inode_at(from)?;
        if !to.parent().is_some_and(|up| state.names.directories.contains(up)) {
            return Err(missing(to));
        }
        state.rename_names(NameChange::Rename { from: from.to_owned(), to: to.to_owned(), inode })
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        let inode = state.inode_at(path)?;
        if state.faults.keep_removed {
            return Ok(());
        }
        state.rename_names(NameChange::Unlink(path.to_owned(), inode))
    }

    fn sync_dir(&self, directory: &Path) -> io::Result<()> {
        let mut state = self.state();
        if state.change()? {
            return Err(is_off());
        }
        let (synced, pending): (Vec<_>, Vec<_>) = std::mem::take(&mut state.pending)
            .into_iter()
            .partition(|change| change.touches(directory));
        state.pending = pending;
        for change in &synced {
            state.durable_names.change(change);
        }
        Ok(())
    }

    fn space(&self, _directory: &Path) -> io::Result<Space> {
        let state = self.state();
        let total_bytes = state.faults.space_bytes.unwrap_or(1 << 40);
        let free_bytes = total_bytes.saturating_sub(state.counts.grown_bytes);
        Ok(Space { free_bytes, total_bytes, volume: 1 })
    }

    /// A change takes a millisecond, so that a direct write is faster than a write and a sync.
    fn clock(&self) -> Duration {
        let state = self.state();
        let is_slow = state.faults.direct == DirectWrites::Slow;
        let late = if is_slow { 2 * state.counts.direct_writes } else { 0 };
        Duration::from_millis(state.counts.operations + late)
    }

    /// Time here is what is done, so nothing has to be waited for.
    fn pause(&self, _: Duration) {}
}

struct MemoryFile {
    disk: MemoryDisk,
    inode: u64,
    how: Open,
}

impl MemoryFile {
    fn change(&self, with: impl FnOnce(&mut Inode), end: u64) -> io::Result<()> {
        if self.how == Open::Read {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "opened for reading"));
        }
        let mut state = self.disk.state();
        let dies = state.change()?;
        state.grow(self.inode, end)?;
        with(state.inodes.entry(self.inode).or_default());
        if dies { Err(is_off()) } else { Ok(()) }
    }

    fn write_direct(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let place = usize_of(offset);
        for (what, number) in
            [("address", bytes.as_ptr().addr()), ("length", bytes.len()), ("offset", place)]
        {
            assert!(number.is_multiple_of(DIRECT_BYTES), "a direct write's {what}: {number}");
        }
        let end = offset + u64_of(bytes.len());
        assert!(end <= self.len()?, "a direct write does not grow its file");
        if self.disk.state().faults.direct == DirectWrites::RefusedAtWrite {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        self.change(|inode| inode.write(bytes, place), end)?;
        let mut state = self.disk.state();
        state.counts.syncs += 1;
        state.counts.direct_writes += 1;
        let (syncs, faults) = (state.counts.syncs, state.faults);
        let inode = state.inodes.entry(self.inode).or_default();
        if faults.fail_sync == Some(syncs) {
            inode.lose_range(place, bytes.len());
            return Err(io::Error::other("simulated failure of a direct write"));
        }
        if !faults.skip_syncs {
            inode.sync_range(place, bytes.len());
        }
        Ok(())
    }
}

impl DiskFile for MemoryFile {
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        assert!(self.how != Open::Direct, "a file opened for direct writes is not read");
        let state = self.disk.state();
        let start = usize_of(offset);
        let bytes = state
            .inodes
            .get(&self.inode)
            .and_then(|inode| inode.bytes.get(start..start.checked_add(buffer.len())?))
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        buffer.copy_from_slice(bytes);
        Ok(())
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        if self.how == Open::Direct {
            return self.write_direct(bytes, offset);
        }
        let next = self.disk.state().counts.operations + 1;
        if self.disk.state().faults.short_write == Some(next) {
            let half = bytes.get(..bytes.len() / 2).expect("half is not more");
            let end = offset + u64_of(half.len());
            self.change(|inode| inode.write(half, usize_of(offset)), end)?;
            return Err(io::Error::other("simulated short write"));
        }
        let end = offset + u64_of(bytes.len());
        self.change(|inode| inode.write(bytes, usize_of(offset)), end)
    }

    /// What a disk does by itself with what was not synced is the crash's to choose.
    fn write_out(&self, _: u64, _: u64) {}

    fn sync(&self) -> io::Result<()> {
        let mut state = self.disk.state();
        if state.change()? {
            return Err(is_off());
        }
        state.counts.syncs += 1;
        let (syncs, faults) = (state.counts.syncs, state.faults);
        let inode = state.inodes.entry(self.inode).or_default();
        if faults.fail_sync == Some(syncs) {
            inode.lose_unsynced();
            return Err(io::Error::other("simulated sync failure"));
        }
        if !faults.skip_syncs {
            inode.sync();
        }
        Ok(())
    }

    fn len(&self) -> io::Result<u64> {
        let state = self.disk.state();
        Ok(u64_of(state.inodes.get(&self.inode).map_or(0, |inode| inode.bytes.len())))
    }

    fn set_len(&self, bytes: u64) -> io::Result<()> {
        self.change(|inode| inode.set_len(usize_of(bytes)), bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::inode::SECTOR;
    use super::*;
    use crate::aligned::AlignedBuffer;

    fn disk_with(name: &str) -> (MemoryDisk, Arc<dyn DiskFile>) {
        let disk = MemoryDisk::new();
        disk.create_dir_all(Path::new("/d")).unwrap();
        disk.sync_dir(Path::new("/")).unwrap();
        let file = disk.open(&Path::new("/d").join(name), Open::Create).unwrap();
        (disk, file)
    }

    fn read(disk: &MemoryDisk, path: &str) -> Vec<u8> {
        let file = disk.open(Path::new(path), Open::Read).unwrap();
        let mut bytes = vec![0; usize_of(file.len().unwrap())];
        file.read_exact_at(&mut bytes, 0).unwrap();
        bytes
    }

    #[test]
    fn what_was_synced_survives_every_crash_and_the_rest_survives_some() {
        let (disk, file) = disk_with("f");
        file.write_all_at(&[1; 2048], 0).unwrap();
        file.sync().unwrap();
        disk.sync_dir(Path::new("/d")).unwrap();
        file.write_all_at(&[2; 1024], 1024).unwrap();
        let mut outcomes = BTreeSet::new();
        for seed in 0..200 {
            let bytes = read(&disk.crash(seed), "/d/f");
            assert_eq!(bytes[..1024], [1; 1024]);
            outcomes.insert((bytes[1024], bytes[2047]));
        }
        assert_eq!(outcomes.into_iter().collect::<Vec<_>>(), [(1, 1), (1, 2), (2, 1), (2, 2)]);
        assert_eq!(read(&disk.crash(7), "/d/f"), read(&disk.crash(7), "/d/f"));
    }

    #[test]
    fn a_direct_write_is_durable_when_it_returns_and_any_other_before_it_is_not() {
        let (disk, file) = disk_with("f");
        file.write_all_at(&[1; 3 * DIRECT_BYTES], 0).unwrap();
        file.sync().unwrap();
        disk.sync_dir(Path::new("/d")).unwrap();
        let direct = disk.open(Path::new("/d/f"), Open::Direct).unwrap();
        let mut block = AlignedBuffer::zeroed(DIRECT_BYTES);
        file.write_all_at(&[9; SECTOR], 0).unwrap();
        block.as_mut_slice().fill(2);
        direct.write_all_at(block.as_slice(), u64_of(DIRECT_BYTES)).unwrap();
        let next = disk.counts().operations + 1;
        disk.set_faults(Faults { crash_at_operation: Some(next), ..Faults::default() });
        block.as_mut_slice().fill(3);
        direct.write_all_at(block.as_slice(), u64_of(2 * DIRECT_BYTES)).unwrap_err();
        let mut outcomes = BTreeSet::new();
        for seed in 0..200 {
            let bytes = read(&disk.crash(seed), "/d/f");
            assert_eq!(bytes[DIRECT_BYTES..2 * DIRECT_BYTES], [2; DIRECT_BYTES]);
            outcomes.insert((bytes[0], bytes[2 * DIRECT_BYTES], bytes[3 * DIRECT_BYTES - 1]));
        }
        assert!(outcomes.contains(&(1, 1, 3)) && outcomes.contains(&(9, 3, 1)), "{outcomes:?}");
    }

    #[test]
    fn names_are_pending_until_their_directory_is_synced() {
        let (disk, file) = disk_with("a");
        file.sync().unwrap();
        let survivors = |disk: &MemoryDisk| {
            (0..50)
                .map(|seed| disk.crash(seed).list(Path::new("/d")).unwrap().join(","))
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect::<Vec<_>>()
        };
        assert_eq!(survivors(&disk), ["", "a"]);
        disk.sync_dir(Path::new("/d")).unwrap();
        disk.rename(Path::new("/d/a"), Path::new("/d/b")).unwrap();
        assert_eq!(survivors(&disk), ["a", "b"]);
        disk.sync_dir(Path::new("/d")).unwrap();
        disk.remove(Path::new("/d/b")).unwrap();
        assert_eq!(survivors(&disk), ["", "b"]);
    }

    #[test]
    fn faults_strike_once_planned() {
        let (disk, file) = disk_with("f");
        disk.sync_dir(Path::new("/d")).unwrap();
        disk.set_faults(Faults { fail_sync: Some(1), ..Faults::default() });
        file.write_all_at(&[1; 512], 0).unwrap();
        file.sync().unwrap_err();
        file.sync().unwrap();
        assert!((0..50).all(|seed| !read(&disk.crash(seed), "/d/f").contains(&1)));

        disk.set_faults(Faults { space_bytes: Some(1024), ..Faults::default() });
        file.write_all_at(&[1; 1024], 0).unwrap();
        let error = file.write_all_at(&[1; 1], 1024).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);

        let next = disk.counts().operations + 2;
        disk.set_faults(Faults { crash_at_operation: Some(next), ..Faults::default() });
        file.write_all_at(&[3; 512], 0).unwrap();
        file.sync().unwrap_err();
        file.write_all_at(&[4; 512], 0).unwrap_err();
        assert!(disk.is_off());
        assert!(!disk.crash(1).is_off());
    }
}
