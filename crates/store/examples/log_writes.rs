//! How long a group of the log takes, written either way, through the log itself.
//!
//! ```text
//! cargo run --release -p tidemill-store --example log_writes -- DIRECTORY [GROUPS]
//! ```
//!
//! One writer, groups of 4, 16 and 64 KiB, both ways taking turns in rounds so that a neighbour's
//! noise falls on both. A data directory for each is made under DIRECTORY and removed afterwards.
#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tidemill_kernel::{PartitionId, Position, Timestamp};
use tidemill_store::{BatchBuilder, LogProbe, Options, RealDisk, Wal, WriteMode, open};

/// A round writes so many groups of one kind.
const ROUND: usize = 100;
const GROUPS: usize = 2_000;
/// Kibibytes of a group, and the bytes of the one entry that fills it.
const SIZES: [(usize, usize); 3] = [(4, 3_900), (16, 16_000), (64, 64_300)];

struct Log {
    wal: Wal,
    position: u64,
    mode: WriteMode,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let directory = arguments.next().ok_or("usage: log_writes DIRECTORY [GROUPS]")?;
    let groups = arguments.next().map_or(Ok(GROUPS), |count| count.parse())?;
    let directory = Path::new(&directory).join(format!("log-writes-{}", std::process::id()));
    let measured = measure(&directory, groups);
    std::fs::remove_dir_all(&directory)?;
    measured
}

fn measure(directory: &Path, groups: usize) -> Result<(), Box<dyn Error>> {
    let mut buffered = Log::open(&directory.join("buffered"), WriteMode::Buffered)?;
    let mut direct = Log::open(&directory.join("direct"), WriteMode::Direct)?;
    println!("\ngroup     way        groups/s        p50        p99      p99.9");
    for (kib, bytes) in SIZES {
        let (mut times_buffered, mut times_direct) = (Vec::new(), Vec::new());
        for _ in 0..groups.div_ceil(ROUND) {
            buffered.round(bytes, &mut times_buffered)?;
            direct.round(bytes, &mut times_direct)?;
        }
        print_line(kib, &buffered, times_buffered);
        print_line(kib, &direct, times_direct);
    }
    Ok(())
}

impl Log {
    /// A log that is ready and writes in the given way, whatever the probe finds.
    fn open(directory: &Path, mode: WriteMode) -> Result<Log, Box<dyn Error>> {
        let start = || open(Arc::new(RealDisk), directory, Options::default(), || [1; 32]);
        start()?.wal.preparer().prepare()?;
        let probe = LogProbe::of(&RealDisk, directory).ok_or("the disk was not tried")?;
        println!("{}: {probe}", directory.display());
        let set = LogProbe { mode, is_settled: true, ..probe };
        set.remember(&RealDisk, &directory.join("wal"))?;
        Ok(Log { wal: start()?.wal, position: 0, mode })
    }

    fn round(&mut self, bytes: usize, times: &mut Vec<Duration>) -> Result<(), Box<dyn Error>> {
        let entry = vec![0x5a; bytes];
        for _ in 0..ROUND {
            let mut builder = BatchBuilder::new();
            builder.push(&entry);
            self.position += 1;
            let batch = builder.seal(PartitionId(0), Position(self.position), Timestamp(1));
            let started = Instant::now();
            self.wal.append(&[batch])?;
            times.push(started.elapsed());
            if self.wal.write_mode() != self.mode {
                return Err(
                    format!("this directory's disk does not take {} writes", self.mode).into()
                );
            }
        }
        // Untimed, as in the server: another thread keeps a segment ready.
        Ok(self.wal.preparer().prepare()?)
    }
}

fn print_line(kib: usize, log: &Log, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |per_mille: usize| {
        let time = times.get((times.len() * per_mille / 1000).min(times.len() - 1));
        format!("{} us", time.copied().unwrap_or_default().as_micros())
    };
    let all: Duration = times.iter().sum();
    let rate = times.len() as f64 / all.as_secs_f64();
    let mode = log.mode.to_string();
    println!("{kib:>2} KiB    {mode:<9}{rate:>10.0}{:>11}{:>11}{:>11}", at(500), at(990), at(999));
}
