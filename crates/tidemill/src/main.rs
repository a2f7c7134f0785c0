//! The binary: command line, configuration, wiring and the order of starting and stopping.

mod admin;
mod cli;
mod config;
mod dlq;
mod doctor;
mod endpoint;
#[cfg(test)]
mod fuzz;
mod http_client;
mod log_lines;
mod memory;
mod queue;
mod root_key;
mod status;
mod table;
mod up;
mod verify;

use clap::Parser as _;
use cli::{Cli, Command};
use config::{Config, process_environment};
use std::fmt::Display;
use std::io::Write as _;
use std::process::ExitCode;

/// Half of what a small request allocates is freed on another thread than it was allocated on,
/// which the system's allocator pays for with locks and this one does not.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // A sandbox's launcher is this very executable, started again before anything else is.
    let mut arguments = std::env::args_os();
    if arguments.nth(1).is_some_and(|first| first == tidemill_runner::SANDBOX_ARGUMENT) {
        tidemill_runner::sandbox_main(arguments);
    }
    let cli = Cli::parse();
    let outcome = match cli.command {
        Command::Up(up) => up::up(&up.flags()),
        Command::Env(location) => load(&location).and_then(|config| endpoint::print_env(&config)),
        Command::Status(location) => load(&location).and_then(|config| status::status(&config)),
        Command::Queue(queue) => queue::run(&queue.command),
        Command::Dlq(dlq) => dlq::run(&dlq.command),
        Command::Doctor(location) => doctor::doctor(&location.flags()),
        Command::Verify(location) => load(&location).and_then(|config| verify::verify(&config)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Each cause on its own line: the last is usually what the system said.
            let mut text = format!("tidemill: {error}\n");
            for cause in error.chain().skip(1) {
                text.push_str(&format!("  because: {cause}\n"));
            }
            let _ = std::io::stderr().write_all(text.as_bytes());
            ExitCode::FAILURE
        }
    }
}

fn load(location: &cli::Location) -> anyhow::Result<Config> {
    Config::load(&location.flags(), &process_environment)
}

/// Prints a line. A closed stdout (`| head`) is the reader's choice, not our failure.
fn say(line: impl Display) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
