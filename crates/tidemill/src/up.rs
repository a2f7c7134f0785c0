//! `tidemill up`: start in the right order, run, stop in the reverse order.
//!
//! ```text
//! configuration → lock, replay → root key → listener → ready → … → signal
//! exit 0 ← endpoint withdrawn ← checkpoint, unlock ← requests drained ←┘
//! ```

use crate::config::{Account, Config, Flags, process_environment};
use crate::root_key::RootKey;
use crate::{endpoint, log_lines, memory, say};
use anyhow::{Context as _, bail};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::Arc;
use tidemill_edge::{Door, Key, Keys, ListenerOptions, serve};
use tidemill_kernel::Secret;
use tidemill_node::core::Invoke;
use tidemill_node::functions::{self, Functions};
use tidemill_node::{Node, Options};
use tidemill_runner::{Runner, RunnerOptions};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Descriptors kept for files, pipes to functions and the like; the rest may be connections.
const FILES_RESERVED: u64 = 512;

/// Connections that may wait to be accepted; the system allows fewer if it likes.
const BACKLOG: i32 = 4096;

pub(crate) fn up(flags: &Flags) -> anyhow::Result<()> {
    let config = Config::load(flags, &process_environment)?;
    log_lines::install(config.log_level);
    refuse_plaintext_beyond_loopback(&config)?;
    make_data_directory(&config.data)?;
    let listener = bind(&config)?;
    let (started, inbox) = functions::inbox();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("edge")
        .build()
        .context("cannot start the threads that serve requests")?;
    let address = listener.local_addr().context("cannot use the listening socket")?;
    let node = open_node(&config, address, started, runtime.handle())?;
    let keys = Arc::new(known_keys(&config, node.secret())?);
    let connections_max = connections_max(config.connections_max);

    let served = runtime.block_on(run(&config, listener, &node, inbox, keys, connections_max));
    // What still runs (a request beyond the drain time) must not outlive the node.
    runtime.shutdown_background();
    node.shutdown();
    endpoint::withdraw(&config.data);
    served
}

async fn run(
    config: &Config,
    listener: TcpListener,
    node: &Node,
    inbox: functions::Inbox,
    keys: Arc<Keys>,
    connections_max: u32,
) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot watch for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot watch for SIGINT")?;
    listener.set_nonblocking(true).context("cannot use the listening socket")?;
    let address = listener.local_addr().context("cannot use the listening socket")?;
    let listener =
        tokio::net::TcpListener::from_std(listener).context("cannot use the listening socket")?;

    let url = endpoint::url(address);
    let functions = start_functions(config, node, &url, inbox).await?;
    let door = Door::new(node.clone(), keys, url.clone()).with_functions(functions.clone());
    let door = Arc::new(door);
    let (stop, stopped) = watch::channel(false);
    let options = ListenerOptions { connections_max, drain_max: config.drain_max };
    let serving = tokio::spawn(serve(listener, door, options, stopped));

    endpoint::announce(&config.data, &url)?;
    say_ready(config, &url);

    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping: finishing running requests");
    stop.send_replace(true);
    tokio::select! {
        drained = serving => drained.context("the listener panicked")?,
        // Asked twice: whoever asks does not want to wait. Nothing acknowledged is at risk.
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    // What runs is cut off here at the latest: a row or a message, which runs again.
    functions.shutdown(config.drain_max).await;
    Ok(())
}

/// Everything of functions that is no state lies below one directory, and can be lost.
async fn start_functions(
    config: &Config,
    node: &Node,
    url: &str,
    inbox: functions::Inbox,
) -> anyhow::Result<Functions> {
    let directory = config.data.join("functions");
    make_data_directory(&directory)?;
    let launcher = std::env::current_exe().context("cannot find the server's own executable")?;
    let mut options = RunnerOptions::new(&directory, launcher, url.to_owned());
    options.python.clone_from(&config.functions.python);
    options.site_packages.clone_from(&config.functions.site_packages);
    let runner = Runner::new(options).context("cannot prepare the sandboxes of functions")?;
    Functions::start(node.clone(), runner, directory.join("packages"), inbox)
        .await
        .context("cannot start the functions")
}

fn say_ready(config: &Config, url: &str) {
    let data = config.data.display();
    say(format!("tidemill {}", env!("CARGO_PKG_VERSION")));
    say(format!("  endpoint   {url}"));
    say(format!("  data       {data}"));
    say(format!("  connect    eval \"$(tidemill env --data '{data}')\""));
    say("  note       role policies are stored, not enforced: every valid key may do everything");
    say("ready");
}

fn refuse_plaintext_beyond_loopback(config: &Config) -> anyhow::Result<()> {
    if config.listen.ip().is_loopback() || config.allow_plaintext {
        return Ok(());
    }
    bail!(
        "refusing to listen on {}: anyone on that network could read what passes. \
         Listen on 127.0.0.1, or put a proxy that speaks TLS in front and say --allow-plaintext",
        config.listen
    )
}

fn make_data_directory(data: &Path) -> anyhow::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(data).with_context(|| {
        format!(
            "cannot make the data directory {}; choose one you may write to with --data DIR",
            data.display()
        )
    })
}

fn bind(config: &Config) -> anyhow::Result<TcpListener> {
    match TcpListener::bind(config.listen) {
        Ok(listener) => {
            // Where the standard library's queue of 128 overflows, a client waits a whole second
            // before it knocks again.
            rustix::net::listen(&listener, BACKLOG).context("cannot use the listening socket")?;
            Ok(listener)
        }
        Err(error) => {
            // A server that already runs on this directory explains a port in use better.
            tidemill_store::DirectoryLock::acquire(&config.data)?;
            Err(error).context(advice_on_bind(config.listen))
        }
    }
}

fn advice_on_bind(address: SocketAddr) -> String {
    format!(
        "cannot listen on {address}; stop what uses that address, or choose another with \
         --listen 127.0.0.1:PORT"
    )
}

fn open_node(
    config: &Config,
    address: SocketAddr,
    started: impl Fn(Invoke) + Send + Sync + 'static,
    runtime: &tokio::runtime::Handle,
) -> anyhow::Result<Node> {
    let mut options = Options::new(config.data.clone());
    options.checkpoint_log_bytes = config.checkpoint_log_bytes;
    options.checkpoint_interval = config.checkpoint_interval;
    options.memory_bytes_max = config.memory_bytes_max;
    options.resident_bytes = memory::resident_bytes;
    if let Some(threads) = config.partition_threads {
        options.partition_threads = threads;
    }
    options.deliveries = config.deliveries.clone();
    options.deliveries.own_address = Some(address);
    Node::open(&options, started, runtime)
        .with_context(|| format!("cannot open the data directory {}", config.data.display()))
}

fn known_keys(config: &Config, secret: Secret) -> anyhow::Result<Keys> {
    let RootKey { access_key_id, secret_access_key } =
        match RootKey::from_environment(&process_environment)? {
            Some(root_key) => root_key,
            None => RootKey::load_or_create(&config.data)?,
        };
    if let Some(account) = config.accounts.iter().find(|a| a.access_key_id == access_key_id) {
        bail!("[[account]] {} has the root key's access_key_id; give it another", account.id);
    }
    let root = Key::root(access_key_id, secret_access_key, config.account_id);
    let others = config.accounts.iter().cloned().map(|account| {
        let Account { id, access_key_id, secret_access_key } = account;
        Key::root(access_key_id, secret_access_key, id)
    });
    Ok(Keys::new(secret, std::iter::once(root).chain(others)))
}

/// Raises the descriptor limit as far as it goes and says how many connections fit under it.
fn connections_max(wanted: u32) -> u32 {
    let Rlimit { current: _, maximum } = getrlimit(Resource::Nofile);
    // Failing to raise it leaves the limit that counts below.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    let Rlimit { current, maximum: _ } = getrlimit(Resource::Nofile);
    let available = current.map_or(u64::MAX, |files| files.saturating_sub(FILES_RESERVED).max(16));
    let allowed = wanted.min(u32::try_from(available).unwrap_or(u32::MAX));
    if allowed < wanted {
        tracing::warn!(
            "at most {allowed} connections instead of {wanted}: the limit on open files is too \
             low; raise it with: ulimit -n {}",
            u64::from(wanted) + FILES_RESERVED
        );
    }
    allowed
}

/// What the system says when a port cannot be had, for `doctor`.
pub(crate) fn try_bind(address: SocketAddr) -> io::Result<()> {
    TcpListener::bind(address).map(drop)
}
