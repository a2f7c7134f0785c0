//! Where a running server can be reached: written to its data directory, read by `env` and
//! `status`.

use crate::config::{Config, process_environment};
use crate::root_key::RootKey;
use crate::say;
use anyhow::{Context as _, bail};
use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

fn file(data: &Path) -> PathBuf {
    data.join("endpoint")
}

/// The URL a client on this machine uses.
pub(crate) fn url(mut address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        let loopback = match address {
            SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        };
        address.set_ip(loopback);
    }
    format!("http://{address}")
}

/// Leaves the endpoint for others to find. Not synced: it is worthless after a power cut.
pub(crate) fn announce(data: &Path, url: &str) -> anyhow::Result<()> {
    let path = file(data);
    fs::write(&path, format!("{url}\n")).with_context(|| format!("cannot write {}", path.display()))
}

pub(crate) fn withdraw(data: &Path) {
    // A file that stays behind misleads nobody for long: the next start overwrites it.
    let _ = fs::remove_file(file(data));
}

/// The endpoint a server announced; `None` when none did, or it has stopped.
pub(crate) fn announced(data: &Path) -> anyhow::Result<Option<String>> {
    let path = file(data);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text.trim_end().to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// The key clients of `config`'s data directory sign with.
pub(crate) fn root_key(config: &Config) -> anyhow::Result<RootKey> {
    if let Some(root_key) = RootKey::from_environment(&process_environment)? {
        return Ok(root_key);
    }
    match RootKey::load(&config.data)? {
        Some(root_key) => Ok(root_key),
        None => bail!(
            "{} holds no root key yet; start the server once with: tidemill up --data {}",
            config.data.display(),
            config.data.display()
        ),
    }
}

/// `tidemill env`.
pub(crate) fn print_env(config: &Config) -> anyhow::Result<()> {
    let root_key = root_key(config)?;
    let endpoint = announced(&config.data)?.unwrap_or_else(|| url(config.listen));
    say(format!("export AWS_ENDPOINT_URL='{endpoint}'"));
    say(format!("export AWS_ACCESS_KEY_ID='{}'", root_key.access_key_id));
    say(format!("export AWS_SECRET_ACCESS_KEY='{}'", root_key.secret_access_key));
    say(format!("export AWS_REGION='{}'", config.region));
    say(format!("export AWS_DEFAULT_REGION='{}'", config.region));
    // A token left over from another account would spoil every signature.
    say("unset AWS_SESSION_TOKEN AWS_PROFILE");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_address_is_reached_over_loopback() {
        for (address, expected) in [
            ("127.0.0.1:4566", "http://127.0.0.1:4566"),
            ("0.0.0.0:80", "http://127.0.0.1:80"),
            ("[::]:4566", "http://[::1]:4566"),
        ] {
            assert_eq!(url(address.parse().expect("an address")), expected);
        }
    }
}
