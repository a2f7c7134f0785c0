//! The Python environment of tests and examples: made once per set of pins, then found again.

use crate::workspace::{Workspace, must_run, user_cache};
use anyhow::{Context, Result, bail};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The pins of tests and examples. The clients' tests bring others of their own.
pub(crate) const REQUIREMENTS: &str = "tests/wire/requirements.txt";

/// A virtual environment with everything that one file of pins names. A changed file is another
/// environment, so an old one never lies about itself.
#[derive(Debug)]
pub(crate) struct Python {
    home: PathBuf,
}

impl Python {
    /// Finds the environment of a file of pins or makes it.
    pub(crate) fn prepare(workspace: &Workspace, requirements: &str) -> Result<Python> {
        let requirements = workspace.path(requirements);
        let pins = fs::read_to_string(&requirements)
            .with_context(|| format!("could not read `{}`", requirements.display()))?;
        let cache = user_cache()?;
        fs::create_dir_all(&cache)
            .with_context(|| format!("could not create `{}`", cache.display()))?;
        let python = Python { home: cache.join(format!("python-{:016x}", hash(&pins))) };

        // Two tasks started at once must not install into one directory.
        let lock = fs::File::create(cache.join("python.lock"))?;
        lock.lock().context("could not lock the cache directory")?;
        let complete = python.home.join("complete");
        if !complete.exists() {
            python.install(&requirements)?;
            fs::write(&complete, "")?;
        }
        Ok(python)
    }

    /// The interpreter, with the environment's packages.
    pub(crate) fn interpreter(&self) -> PathBuf {
        self.home.join("bin").join("python")
    }

    /// A program the packages brought along (`aws`).
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.home.join("bin").join(name)
    }

    fn install(&self, requirements: &Path) -> Result<()> {
        println!("installing the Python packages of `{}` (once)", requirements.display());
        if self.home.exists() {
            fs::remove_dir_all(&self.home)?;
        }
        let python = std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
        let made = must_run(Command::new(&python).args(["-m", "venv"]).arg(&self.home));
        if let Err(error) = made {
            bail!(
                "{error:#}\nPython 3 with its venv module is needed; on Debian and Ubuntu: \
                 apt-get install python3 python3-venv"
            );
        }
        must_run(
            Command::new(self.interpreter())
                .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
                .arg("--requirement")
                .arg(requirements),
        )
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
