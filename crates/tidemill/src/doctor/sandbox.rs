//! What functions would find on this host, asked of the runner itself: a sandbox is started as
//! for a function, and the walls that are reported are those that stood around it.

use super::{Findings, Verdict};
use crate::config::{Config, FunctionsConfig};
use crate::endpoint;
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tidemill_runner::{HostReport, Runner, RunnerOptions};

/// The walls of level `process` by the runner's names for them: what each one holds off, and what
/// it means that it is missing.
const WALLS: [(&str, &str, &str); 5] = [
    (
        "landlock",
        "a function reads its code, libraries and /tmp; no data directory, no other function",
        "missing: a function can read whatever the server's user can, the data directory included",
    ),
    (
        "private-tmp",
        "each sandbox has a /tmp of its own",
        "missing (no mount namespace to be had): functions share the host's /tmp by name; \
         TMPDIR is their own",
    ),
    (
        "no-new-privileges",
        "setuid programs give a function nothing",
        "missing: setuid programs work inside functions",
    ),
    (
        "no-capabilities",
        "a function holds none, even where the server runs as root",
        "missing: a function keeps the server's capabilities",
    ),
    (
        "rlimits",
        "1024 open files, 512 MiB per file, no core dumps",
        "missing: open files, file sizes and core dumps of functions are not limited",
    ),
];

const LANDLOCK_PARTLY: &str = "in part: this kernel lacks some of it (all of it came with Linux \
                               6.12), such as fencing off signals to the server";

/// The level's own limits, which the runner's launcher watches rather than the kernel.
const LIMITS: &str = if cfg!(target_os = "linux") {
    "not used at level `process`: memory and number of processes of a run are watched every few \
     milliseconds, and what goes over its limit is ended"
} else {
    "not on this system, and nothing else here limits a function's memory"
};

/// `existing` is a directory on the data's volume; what is made in it is removed again.
pub(super) fn look_at_functions(config: &Config, existing: &Path, findings: &mut Findings) {
    match examine(config, existing) {
        Ok(report) => {
            findings.add(
                Verdict::Fine,
                "isolation",
                "level `process`: a process tree per sandbox; not for two trust domains on a host",
            );
            for (verdict, wall, finding) in walls(&report.walls) {
                findings.add(verdict, wall, finding);
            }
            findings.add(Verdict::Note, "cgroups", LIMITS);
            for (verdict, subject, finding) in runtimes(&report, &config.functions) {
                findings.add(verdict, subject, finding);
            }
        }
        Err(error) => {
            let finding = format!("no sandbox starts in {}: {error}", existing.display());
            findings.add(Verdict::Wrong, "isolation", finding);
        }
    }
}

/// Asks a runner of our own, in a directory of its own: a server that runs on this data keeps its.
fn examine(config: &Config, existing: &Path) -> io::Result<HostReport> {
    let existing = fs::canonicalize(existing)?;
    let scratch = existing.join(format!(".tidemill-doctor-{}.d", std::process::id()));
    fs::DirBuilder::new().mode(0o700).create(&scratch)?;
    let report = ask_runner(config, &scratch);
    fs::remove_dir_all(&scratch)?;
    report
}

fn ask_runner(config: &Config, scratch: &Path) -> io::Result<HostReport> {
    let url = endpoint::url(config.listen);
    let mut options = RunnerOptions::new(scratch, std::env::current_exe()?, url);
    options.python.clone_from(&config.functions.python);
    options.site_packages.clone_from(&config.functions.site_packages);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let runner = Runner::new(options)?;
        let report = runner.examine_host().await;
        runner.shutdown(Duration::ZERO).await;
        report
    })
}

fn walls(standing: &[String]) -> Vec<(Verdict, &str, &str)> {
    let stands = |name: &str| standing.iter().any(|wall| wall == name);
    let mut found: Vec<(Verdict, &str, &str)> = WALLS
        .into_iter()
        .map(|(wall, present, missing)| match wall {
            _ if stands(wall) => (Verdict::Fine, wall, present),
            "landlock" if stands("landlock-partly") => (Verdict::Note, wall, LANDLOCK_PARTLY),
            _ => (Verdict::Note, wall, missing),
        })
        .collect();
    // Where this list does not know a wall, the runner's name for it says more than nothing.
    let is_listed = |name: &str| WALLS.iter().any(|(wall, ..)| *wall == name);
    let others = standing.iter().map(String::as_str);
    found.extend(
        others
            .filter(|name| !is_listed(name) && *name != "landlock-partly")
            .map(|name| (Verdict::Fine, name, "stands")),
    );
    found
}

fn runtimes(
    report: &HostReport,
    configured: &FunctionsConfig,
) -> Vec<(Verdict, &'static str, String)> {
    let mut found = Vec::new();
    // A bare name is looked up on the PATH; a path must be there.
    let is_missing = |path: &&PathBuf| path.components().count() > 1 && !path.is_file();
    if let Some(python) = configured.python.as_ref().filter(is_missing) {
        let finding = format!("[functions] python is {}, which is no file", python.display());
        found.push((Verdict::Wrong, "python", finding));
    }
    if report.pythons.is_empty() {
        let finding = "no python3 that runs: Python functions will be refused by name";
        found.push((Verdict::Note, "python", finding.to_owned()));
    }
    found.extend(report.pythons.iter().map(|(version, interpreter)| {
        let finding = format!("runtime python{version} is {}", interpreter.display());
        (Verdict::Fine, "python", finding)
    }));
    found.push(match (&report.boto3, &configured.site_packages) {
        (Ok(path), _) => (Verdict::Fine, "boto3", format!("in {}", path.display())),
        (Err(why), None) => {
            let remedy = "Say site_packages under [functions], or TIDEMILL_SITE_PACKAGES.";
            (Verdict::Note, "boto3", format!("{why} {remedy}"))
        }
        (Err(why), Some(path)) => {
            // Other packages than boto3 may be all that is wanted.
            let verdict = if path.is_dir() { Verdict::Note } else { Verdict::Wrong };
            (verdict, "boto3", format!("[functions] site_packages: {why}"))
        }
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn lines<'a>(found: impl IntoIterator<Item = (Verdict, &'a str, impl AsRef<str>)>) -> String {
        let line = |(verdict, subject, finding): (Verdict, &str, _)| {
            let finding: &str = AsRef::<str>::as_ref(&finding);
            let finding: String = finding.chars().take(60).collect();
            format!("{} {subject}: {finding}", verdict.mark())
        };
        found.into_iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn each_wall_is_said_to_stand_or_to_be_missing() {
        let standing = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let some: Vec<String> = standing(&["rlimits", "landlock-partly", "process-group"]);
        expect![[r#"
            note  landlock: in part: this kernel lacks some of it (all of it came with L
            note  private-tmp: missing (no mount namespace to be had): functions share the 
            note  no-new-privileges: missing: setuid programs work inside functions
            note  no-capabilities: missing: a function keeps the server's capabilities
            ok    rlimits: 1024 open files, 512 MiB per file, no core dumps
            ok    process-group: stands"#]]
        .assert_eq(&lines(walls(&some)));
        let all: Vec<String> = WALLS.iter().map(|(wall, ..)| (*wall).to_owned()).collect();
        assert!(walls(&all).iter().all(|(verdict, ..)| *verdict == Verdict::Fine));
    }

    #[test]
    fn what_is_configured_and_not_there_is_wrong() {
        let report = |boto3: Result<PathBuf, String>| HostReport {
            walls: Vec::new(),
            pythons: vec![("3.11".to_owned(), PathBuf::from("/usr/bin/python3.11"))],
            boto3,
        };
        let nothing = Err("No directory.".to_owned());
        let default = FunctionsConfig::default();
        let configured = FunctionsConfig {
            python: Some(PathBuf::from("/nowhere/python3")),
            site_packages: Some(PathBuf::from("/nowhere")),
        };
        let none = HostReport { pythons: Vec::new(), ..report(Ok(PathBuf::from("/packages"))) };
        let all = [
            lines(runtimes(&report(nothing.clone()), &default)),
            lines(runtimes(&report(nothing), &configured)),
            lines(runtimes(&none, &default)),
        ];
        expect![[r#"
            ok    python: runtime python3.11 is /usr/bin/python3.11
            note  boto3: No directory. Say site_packages under [functions], or TIDEMI
            ---
            WRONG python: [functions] python is /nowhere/python3, which is no file
            ok    python: runtime python3.11 is /usr/bin/python3.11
            WRONG boto3: [functions] site_packages: No directory.
            ---
            note  python: no python3 that runs: Python functions will be refused by na
            ok    boto3: in /packages"#]]
        .assert_eq(&all.join("\n---\n"));
    }
}
