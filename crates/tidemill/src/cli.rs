//! The command line. `--help` teaches: every command shows how it is used.

use crate::config::Flags;
use crate::dlq::DlqCommand;
use crate::queue::QueueCommand;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Queues, buckets and functions for AWS SDKs, in one binary and one data directory.
#[derive(Debug, Parser)]
#[command(
    name = "tidemill",
    version,
    arg_required_else_help = true,
    after_help = "\
Examples:
  tidemill up                        start on 127.0.0.1:4566, data in ~/.local/share/tidemill
  eval \"$(tidemill env)\"             point AWS SDKs and the aws CLI of this shell at it
  aws sqs create-queue --queue-name orders
  tidemill status                    what is in it
  tidemill queue peek orders         look at messages without receiving them
  tidemill dlq groups orders-dead    dead letters by what went wrong
  tidemill doctor                    what this host can enforce, and what is misconfigured"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start the server and run until SIGTERM or Ctrl-C.
    #[command(after_help = "\
Examples:
  tidemill up
  tidemill up --data ./data --listen 127.0.0.1:9000
  tidemill up --config tidemill.toml
  tidemill up --listen 0.0.0.0:4566 --allow-plaintext     behind a proxy that speaks TLS

Environment (a flag beats it, it beats the configuration file):
  TIDEMILL_DATA, TIDEMILL_LISTEN, TIDEMILL_CONFIG, TIDEMILL_ALLOW_PLAINTEXT,
  TIDEMILL_ACCOUNT_ID, TIDEMILL_REGION, TIDEMILL_LOG_LEVEL, TIDEMILL_MEMORY_MAX,
  TIDEMILL_PYTHON and TIDEMILL_SITE_PACKAGES (python and site_packages of [functions], below),
  TIDEMILL_ACCESS_KEY_ID and TIDEMILL_SECRET_ACCESS_KEY (the root key, instead of the one drawn
  at first start)

Configuration file, with its defaults:
  data = \"~/.local/share/tidemill\"     (say it in full: ~ is not expanded in the file)
  listen = \"127.0.0.1:4566\"
  allow_plaintext = false             needed to listen beyond this machine
  account_id = \"000000000000\"
  region = \"us-east-1\"                what `tidemill env` exports; every region is served
  log_level = \"info\"                  error, warn, info or debug
  connections_max = 16384
  drain_seconds = 10                  for running requests after SIGTERM
  checkpoint_log_mebibytes = 64
  checkpoint_interval_seconds = 60
  memory_max = \"4 GiB\"              no default here: half of what the machine, or the control
                                      group it runs in, has
  partition_threads = 1               half the cores, 1 to 4: threads that share the partitions

  [functions]
  python = \"/opt/python3.12/bin/python3.12\"     asked before those on the PATH; no default
  site_packages = \"/opt/packages\"    where handlers find boto3, after their own packages;
                                      no default: they have no boto3 but what they bring

  [deliveries]                        of topics, over HTTP
  deny = []                           networks not to reach, besides link-local ones
  allow = []                          networks to reach all the same
  certificates = \"/etc/ours.pem\"    trusted besides those of the system; no default

  [[account]]                         further accounts, fully separate from each other
  id = \"000000000001\"
  access_key_id = \"AKIAEXAMPLE\"
  secret_access_key = \"at least eight characters\"")]
    Up(Up),

    /// Print the shell lines that point AWS SDKs at the server.
    #[command(after_help = "\
Examples:
  eval \"$(tidemill env)\"
  eval \"$(tidemill env --data ./data)\"")]
    Env(Location),

    /// Show what a running server holds: log, disk, memory, every queue, the functions that ran.
    #[command(after_help = "\
It asks the server that was started on this data directory, and prints
  its endpoint and data directory, the free space of that volume, the server's memory,
  the log: its position, and what was appended since the start,
  every queue: messages waiting, in flight, delayed, and the age of the oldest,
  every function that has run since the start: runs, failed ones, runs under way.

Examples:
  tidemill status
  tidemill status --data ./data")]
    Status(Location),

    /// Look at queues and their messages without touching them; pause and resume.
    #[command(after_help = "\
It asks the server that was started on this data directory, and signs with its root key.

Examples:
  tidemill queue list
  tidemill queue peek orders --state in-flight
  tidemill queue peek orders --position 12             one message whole: why it was received again
  tidemill queue search orders --path '$.customer.id=42' --text refund
  tidemill queue pause orders")]
    Queue(Queue),

    /// Dead letters: what went wrong, and sending them back.
    #[command(after_help = "\
It asks the server that was started on this data directory, and signs with its root key.

Examples:
  tidemill dlq groups orders-dead                      by what went wrong: how many, since when
  tidemill dlq show orders-dead 3f0c9a5e11d20b47       the messages of one group
  tidemill dlq redrive orders-dead --group 3f0c9a5e11d20b47 --rate 50
  tidemill dlq status orders-dead                      how far it is, and what came of it
  tidemill dlq cancel orders-dead")]
    Dlq(Dlq),

    /// Say what this host enforces and what is misconfigured.
    #[command(after_help = "\
It looks at the configuration, the data directory and its disk, the address, the limit on open
files, and starts a sandbox as a function would have it, to say which walls stand, which Python
versions and which boto3 functions will find. It changes nothing and may run beside a server.

Examples:
  tidemill doctor
  tidemill doctor --data ./data --config tidemill.toml")]
    Doctor(Location),

    /// Check log, checkpoints and blobs of a stopped server, offline.
    #[command(after_help = "\
Examples:
  tidemill verify --data ./data")]
    Verify(Location),
}

#[derive(Args, Debug)]
pub(crate) struct Up {
    #[command(flatten)]
    pub(crate) location: Location,

    /// Address to listen on; a bare port means this machine only.
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<String>,

    /// Memory the server may take, functions apart, before it refuses new data: 512 MiB, 2 GiB.
    #[arg(long, value_name = "SIZE")]
    pub(crate) memory_max: Option<String>,

    /// Allow listening beyond this machine without TLS.
    #[arg(long)]
    pub(crate) allow_plaintext: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Queue {
    #[command(subcommand)]
    pub(crate) command: QueueCommand,
}

#[derive(Args, Debug)]
pub(crate) struct Dlq {
    #[command(subcommand)]
    pub(crate) command: DlqCommand,
}

/// Which server is meant, and how it is shown what it says.
#[derive(Args, Clone, Debug)]
pub(crate) struct Reach {
    #[command(flatten)]
    pub(crate) location: Location,

    /// The region whose queues are meant; the configured one when it is not given.
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,

    /// Print JSON, for machines.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct Location {
    /// The data directory; made when it is missing.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,

    /// The configuration file (TOML).
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

impl Location {
    pub(crate) fn flags(&self) -> Flags {
        Flags { config: self.config.clone(), data: self.data.clone(), ..Flags::default() }
    }
}

impl Up {
    pub(crate) fn flags(&self) -> Flags {
        Flags {
            listen: self.listen.clone(),
            memory_max: self.memory_max.clone(),
            allow_plaintext: self.allow_plaintext,
            ..self.location.flags()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_teaches_with_an_example() {
        let mut commands: Vec<clap::Command> = vec![Cli::command()];
        while let Some(command) = commands.pop() {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("Examples:"), "{} has no example", command.get_name());
            commands.extend(command.get_subcommands().cloned());
        }
    }
}
