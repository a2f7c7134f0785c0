//! `tidemill verify`: an offline check of everything a data directory holds.

use crate::config::Config;
use crate::say;
use anyhow::{Context as _, bail};
use tidemill_store::{DirectoryLock, RealDisk};

pub(crate) fn verify(config: &Config) -> anyhow::Result<()> {
    let data = &config.data;
    if !data.is_dir() {
        bail!("{} is no directory; say which one with --data DIR", data.display());
    }
    // A running server moves files under the check's feet.
    let _lock = DirectoryLock::acquire(data).context("stop the server before checking its data")?;
    let report = tidemill_store::verify(&RealDisk, data)?;
    say(&report);
    say(format!("{} is sound", data.display()));
    Ok(())
}
