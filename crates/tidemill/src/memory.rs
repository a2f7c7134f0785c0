//! What memory there is, and what the process has of it, as Linux says it.

use std::path::Path;
use tidemill_node::memory::BUDGET_BYTES_MIN;

/// Resident memory of this process.
pub(crate) fn resident_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    kibibytes_of("VmRSS:", &text)
}

/// Half of what this process may have of the machine's memory, where the system says so.
pub(crate) fn budget_default() -> u64 {
    let read = |path: &str| std::fs::read_to_string(path).ok();
    let machine = read("/proc/meminfo").and_then(|text| kibibytes_of("MemTotal:", &text));
    let group = read("/proc/self/cgroup").and_then(|text| group_bytes(&text));
    let limit = [machine, group].into_iter().flatten().min();
    limit.map_or(1 << 30, |limit| limit / 2).max(BUDGET_BYTES_MIN)
}

/// What a line of the kernel's says in kB.
fn kibibytes_of(name: &str, text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.split_ascii_whitespace().next()?.parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// The tightest limit on the control group of this process and those around it (version 2).
fn group_bytes(groups: &str) -> Option<u64> {
    let group = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let root = Path::new("/sys/fs/cgroup");
    let limit = |folder: &Path| -> Option<u64> {
        std::fs::read_to_string(folder.join("memory.max")).ok()?.trim().parse().ok()
    };
    let folder = root.join(group);
    folder.ancestors().take_while(|folder| folder.starts_with(root)).filter_map(limit).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_says_how_much_it_has() {
        let text = "MemTotal:       24682496 kB\nMemFree:         1 kB\n";
        assert_eq!(kibibytes_of("MemTotal:", text), Some(24_682_496 << 10));
        assert_eq!(kibibytes_of("MemTotal:", "nothing"), None);
        assert!(budget_default() >= BUDGET_BYTES_MIN);
    }
}
