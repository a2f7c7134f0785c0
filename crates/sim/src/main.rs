//! `sim`: tells the stories of seeds from the command line.
//!
//! ```text
//! cargo run -p tidemill-sim -- 0 200       seeds 0 to 199
//! cargo run -p tidemill-sim -- 42          seed 42 alone
//! ```

use anyhow::{Context, bail};
use std::io::Write;
use std::process::ExitCode;

fn main() -> anyhow::Result<ExitCode> {
    let mut numbers = Vec::new();
    for argument in std::env::args().skip(1) {
        numbers.push(argument.parse::<u64>().with_context(|| format!("{argument} is no number"))?);
    }
    let (first, end) = match numbers.as_slice() {
        [seed] => (*seed, seed + 1),
        [first, count] => (*first, first + count),
        _ => bail!("usage: sim SEED | sim FIRST COUNT"),
    };
    let mut out = std::io::stdout().lock();
    let (mut operations, mut crashes, mut direct_writes, mut broken) = (0, 0, 0, 0);
    let (mut refused, mut rotten, mut noticed) = (0, 0, 0);
    for seed in first..end {
        let report = tidemill_sim::run(seed, None);
        operations += report.operations;
        crashes += report.crashes;
        direct_writes += report.direct_writes;
        refused += report.refused;
        rotten += report.rots[0];
        noticed += report.rots[1];
        for violation in &report.violations {
            writeln!(out, "seed {seed}: {violation}")?;
        }
        broken += u64::from(!report.violations.is_empty());
    }
    let seeds = end - first;
    writeln!(
        out,
        "{seeds} seeds, {operations} operations, {crashes} crashes, {direct_writes} direct writes, \
         {refused} refusals for want of room, {noticed} of {rotten} rotten disks noticed, \
         {broken} seeds broke a promise"
    )?;
    Ok(if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
