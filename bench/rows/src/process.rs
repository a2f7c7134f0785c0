//! What the kernel says about this process, and about a folder.

use std::path::Path;

#[derive(Clone, Copy)]
pub struct Usage {
    pub written: u64,
    pub resident: u64,
    pub resident_max: u64,
}

fn field(file: &str, name: &str, unit: u64) -> u64 {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    number.unwrap_or(0) * unit
}

impl Usage {
    pub fn now() -> Usage {
        Usage {
            written: field("/proc/self/io", "write_bytes:", 1),
            resident: field("/proc/self/status", "VmRSS:", 1024),
            resident_max: field("/proc/self/status", "VmHWM:", 1024),
        }
    }
}

/// Bytes of all files below `folder`.
pub fn disk_bytes(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let of = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => disk_bytes(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.flatten().map(of).sum()
}
