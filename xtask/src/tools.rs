//! Programs that tests use and a fresh machine may lack.

use std::env;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

/// What the tests start, each with the package that brings it. Without one, its tests say that
/// they were skipped.
const PROGRAMS: [(&str, &str); 2] = [("strace", "strace"), ("curl", "curl")];

/// Sees to what the tests start.
pub(crate) fn prepare() {
    install_missing(&PROGRAMS);
}

/// Installs what is missing where that is this task's to do: as root, on a system with apt. A
/// failure is told and not fatal; the tests that miss the program say what they did not do.
pub(crate) fn install_missing(programs: &[(&str, &str)]) {
    let missing: Vec<&str> =
        programs.iter().filter(|(name, _)| !is_there(name)).map(|(_, package)| *package).collect();
    if missing.is_empty() {
        return;
    }
    let packages = missing.join(" ");
    if !(is_root() && is_there("apt-get")) {
        println!("missing: {packages}; the tests that need them will be skipped");
        return;
    }
    println!("installing {packages}");
    let apt = |arguments: &[&str]| {
        let mut apt = Command::new("apt-get");
        apt.args(arguments).env("DEBIAN_FRONTEND", "noninteractive").status()
    };
    // An old index is often good enough, and a machine without one has none.
    let _ = apt(&["update", "--quiet"]);
    let mut install = vec!["install", "--quiet", "--yes", "--no-install-recommends"];
    install.extend(&missing);
    match apt(&install) {
        Ok(status) if status.success() => {}
        Ok(status) => println!("apt-get install {packages}: {status}"),
        Err(error) => println!("apt-get install {packages}: {error}"),
    }
}

/// Whether a program can be started by its name.
pub(crate) fn is_there(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// A process's own folder belongs to whom it runs as.
fn is_root() -> bool {
    Path::new("/proc/self").metadata().is_ok_and(|metadata| metadata.uid() == 0)
}
