//! `tidemill doctor`: what this host enforces, and what is misconfigured. It changes nothing that
//! it does not remove again, and it may run beside a server.

mod sandbox;

use crate::config::{Config, Flags, process_environment};
use crate::{endpoint, root_key, say, up};
use anyhow::bail;
use rustix::process::{Resource, getrlimit};
use std::fmt::Display;
use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::{Duration, Instant};
use tidemill_store::{LogProbe, RealDisk};

/// Writes of the sync probe: enough for a median, done in a moment even on a spinning disk.
const PROBE_WRITES: usize = 32;

/// Above this, every acknowledged write is felt by its caller.
const SYNC_SLOW: Duration = Duration::from_millis(10);

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Fine,
    /// Works, with less than one might expect.
    Note,
    /// Must be changed before `tidemill up` works as meant.
    Wrong,
}

impl Verdict {
    fn mark(self) -> &'static str {
        match self {
            Verdict::Fine => "ok   ",
            Verdict::Note => "note ",
            Verdict::Wrong => "WRONG",
        }
    }
}

#[derive(Default)]
struct Findings {
    wrong: usize,
}

impl Findings {
    fn add(&mut self, verdict: Verdict, subject: &str, finding: impl Display) {
        self.wrong += usize::from(verdict == Verdict::Wrong);
        say(format!("{}  {subject:<17} {finding}", verdict.mark()));
    }
}

pub(crate) fn doctor(flags: &Flags) -> anyhow::Result<()> {
    let mut findings = Findings::default();
    match Config::load(flags, &process_environment) {
        Err(error) => findings.add(Verdict::Wrong, "configuration", format!("{error:#}")),
        Ok(config) => {
            findings.add(Verdict::Fine, "configuration", "understood");
            look_at_data(&config, &mut findings);
            look_at_address(&config, &mut findings);
            look_at_files(&mut findings);
            sandbox::look_at_functions(&config, existing(&config.data), &mut findings);
        }
    }
    match findings.wrong {
        0 => Ok(()),
        1 => bail!("one thing must be changed; see WRONG above"),
        count => bail!("{count} things must be changed; see WRONG above"),
    }
}

fn look_at_data(config: &Config, findings: &mut Findings) {
    let data = config.data.as_path();
    let probed = existing(data);
    if probed == data {
        findings.add(Verdict::Fine, "data", data.display());
        if let Err(error) = root_key::RootKey::load(data) {
            findings.add(Verdict::Wrong, "root key", format!("{error:#}"));
        }
    } else {
        let finding = format!("{} will be made at the first start", data.display());
        findings.add(Verdict::Fine, "data", finding);
    }
    match rustix::fs::statvfs(probed) {
        Ok(volume) => {
            let free = volume.f_bavail.saturating_mul(volume.f_frsize);
            let verdict = if free < 1 << 30 { Verdict::Note } else { Verdict::Fine };
            let finding = format!("{:.1} GiB free", gibibytes(free));
            findings.add(verdict, "disk space", finding);
        }
        Err(error) => findings.add(Verdict::Note, "disk space", error),
    }
    match sync_latencies(probed) {
        Ok(latencies) => {
            let median = latencies.get(latencies.len() / 2).copied().unwrap_or_default();
            let worst = latencies.last().copied().unwrap_or_default();
            let verdict = if median > SYNC_SLOW { Verdict::Note } else { Verdict::Fine };
            let finding = format!(
                "4 KiB write and sync: median {median:.1?}, worst {worst:.1?} of {PROBE_WRITES}"
            );
            findings.add(verdict, "disk sync", finding);
        }
        Err(error) => {
            let finding = format!("cannot write in {}: {error}", probed.display());
            findings.add(Verdict::Wrong, "disk sync", finding);
        }
    }
    if let Some(probe) = LogProbe::of(&RealDisk, data) {
        findings.add(Verdict::Fine, "log writes", describe(&probe));
    }
}

/// How a server has found that it should write its log here.
fn describe(probe: &LogProbe) -> String {
    let LogProbe { mode, buffered, direct, .. } = probe;
    match (buffered, direct) {
        (Some(buffered), Some(direct)) => {
            format!("{mode}; 16 KiB take direct {direct:.1?}, buffered {buffered:.1?}")
        }
        (None, _) | (_, None) => format!("{mode}; this file system takes no direct writes"),
    }
}

/// Before the first start the data directory is not there; its parent tells as much.
fn existing(data: &Path) -> &Path {
    data.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("."))
}

fn gibibytes(bytes: u64) -> f64 {
    (bytes >> 20) as f64 / 1024.0
}

/// How long a small durable write takes here, sorted.
fn sync_latencies(folder: &Path) -> io::Result<Vec<Duration>> {
    let path = folder.join(format!(".tidemill-doctor-{}", std::process::id()));
    let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
    let measured = (0..PROBE_WRITES)
        .map(|_| {
            let started = Instant::now();
            file.write_all_at(&[0; 4096], 0)?;
            file.sync_data()?;
            Ok(started.elapsed())
        })
        .collect::<io::Result<Vec<Duration>>>();
    fs::remove_file(&path)?;
    let mut latencies = measured?;
    latencies.sort_unstable();
    Ok(latencies)
}

fn look_at_address(config: &Config, findings: &mut Findings) {
    let address = config.listen;
    if !address.ip().is_loopback() && !config.allow_plaintext {
        let finding = format!("{address} is not loopback; `up` will ask for --allow-plaintext");
        findings.add(Verdict::Wrong, "address", finding);
        return;
    }
    match (up::try_bind(address), endpoint::announced(&config.data)) {
        (Ok(()), _) => findings.add(Verdict::Fine, "address", format!("{address} is free")),
        (Err(_), Ok(Some(url))) if url == endpoint::url(address) => {
            findings.add(Verdict::Fine, "address", format!("a server on this data runs at {url}"));
        }
        (Err(error), _) => {
            let finding = format!("{address}: {error}; choose another with --listen");
            findings.add(Verdict::Wrong, "address", finding);
        }
    }
}

fn look_at_files(findings: &mut Findings) {
    match getrlimit(Resource::Nofile).maximum {
        Some(files) if files < 16_384 => {
            let finding = format!("{files}: that many connections less 512; raise with ulimit -n");
            findings.add(Verdict::Note, "open files", finding);
        }
        Some(files) => findings.add(Verdict::Fine, "open files", files),
        None => findings.add(Verdict::Fine, "open files", "unlimited"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_probe_measures_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let latencies = sync_latencies(folder.path()).expect("writable");
        assert_eq!(latencies.len(), PROBE_WRITES);
        assert!(latencies.is_sorted());
        assert_eq!(fs::read_dir(folder.path()).expect("readable").count(), 0);
    }
}
