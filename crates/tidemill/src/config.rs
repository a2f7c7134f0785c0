//! Configuration: one TOML file, every key with a default, unknown keys refused.
//!
//! Precedence: default < file < environment < flag. What a flag or a variable says is said with
//! its name when it is wrong.

use crate::memory;
use anyhow::{Context as _, bail};
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tidemill_kernel::{AccountId, PARTITION_COUNT, Region};
use tidemill_node::memory::BUDGET_BYTES_MIN;
use tidemill_node::{DeliveryOptions, Network, Reach};

/// The port the ecosystem's tools already expect of a local AWS endpoint.
const LISTEN_DEFAULT: &str = "127.0.0.1:4566";

/// The file, as written. Every field has a default, so an empty file is a configuration.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    data: Option<PathBuf>,
    listen: String,
    allow_plaintext: bool,
    account_id: String,
    region: String,
    log_level: String,
    connections_max: u32,
    drain_seconds: u64,
    checkpoint_log_mebibytes: u64,
    checkpoint_interval_seconds: u64,
    memory_max: Option<String>,
    partition_threads: Option<usize>,
    functions: FunctionsConfig,
    deliveries: FileDeliveries,
    account: Vec<FileAccount>,
}

/// Where topics may deliver to over HTTP, as written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct FileDeliveries {
    /// Networks that may be reached whatever else is said.
    allow: Vec<String>,
    /// Networks that must not, besides link-local ones.
    deny: Vec<String>,
    /// A PEM file of certificates that are trusted besides the system's.
    certificates: Option<PathBuf>,
}

/// What functions are run with.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct FunctionsConfig {
    /// An interpreter that is asked before those on the `PATH`.
    pub(crate) python: Option<PathBuf>,
    /// Where handlers find `boto3`, after their own packages.
    pub(crate) site_packages: Option<PathBuf>,
}

impl FunctionsConfig {
    /// A bare name is looked up on the `PATH`; every other path is made absolute, because
    /// functions run in directories of their own.
    fn absolute(self) -> anyhow::Result<FunctionsConfig> {
        let absolute = |path: PathBuf| {
            std::path::absolute(&path).with_context(|| format!("`{}` is no path", path.display()))
        };
        let python = match self.python {
            Some(path) if path.components().count() > 1 => Some(absolute(path)?),
            python => python,
        };
        Ok(FunctionsConfig { python, site_packages: self.site_packages.map(absolute).transpose()? })
    }
}

impl Default for File {
    fn default() -> File {
        File {
            data: None,
            listen: LISTEN_DEFAULT.to_owned(),
            allow_plaintext: false,
            account_id: "000000000000".to_owned(),
            region: "us-east-1".to_owned(),
            log_level: "info".to_owned(),
            connections_max: 16_384,
            drain_seconds: 10,
            checkpoint_log_mebibytes: 64,
            checkpoint_interval_seconds: 60,
            memory_max: None,
            partition_threads: None,
            functions: FunctionsConfig::default(),
            deliveries: FileDeliveries::default(),
            account: Vec::new(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileAccount {
    id: String,
    access_key_id: String,
    secret_access_key: String,
}

impl std::fmt::Debug for FileAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FileAccount({})", self.id)
    }
}

/// A further account and its root key.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) id: AccountId,
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
}

/// What the command line says; each overrides everything else.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flags {
    pub(crate) config: Option<PathBuf>,
    pub(crate) data: Option<PathBuf>,
    pub(crate) listen: Option<String>,
    pub(crate) memory_max: Option<String>,
    pub(crate) allow_plaintext: bool,
}

/// The configuration in force.
pub(crate) struct Config {
    pub(crate) data: PathBuf,
    pub(crate) listen: SocketAddr,
    pub(crate) allow_plaintext: bool,
    /// The account of the data directory's own root key.
    pub(crate) account_id: AccountId,
    pub(crate) region: Region,
    pub(crate) log_level: tracing::Level,
    pub(crate) connections_max: u32,
    pub(crate) drain_max: Duration,
    pub(crate) checkpoint_log_bytes: u64,
    pub(crate) checkpoint_interval: Duration,
    pub(crate) memory_bytes_max: u64,
    /// `None`: as many as suit the machine.
    pub(crate) partition_threads: Option<usize>,
    pub(crate) functions: FunctionsConfig,
    pub(crate) deliveries: DeliveryOptions,
    pub(crate) accounts: Vec<Account>,
}

/// Reads the environment; a function, so that tests need not touch the process's own.
pub(crate) type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The process's environment. Empty counts as unset, as in most shells' habits.
pub(crate) fn process_environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

impl Config {
    pub(crate) fn load(flags: &Flags, environment: Environment<'_>) -> anyhow::Result<Config> {
        let path = flags.config.clone().or(environment("TIDEMILL_CONFIG").map(PathBuf::from));
        let mut file = match path {
            Some(path) => read_file(&path)?,
            None => File::default(),
        };
        override_from_environment(&mut file, environment)?;
        if let Some(listen) = &flags.listen {
            file.listen.clone_from(listen);
        }
        file.memory_max = flags.memory_max.clone().or(file.memory_max);
        file.allow_plaintext |= flags.allow_plaintext;
        let data =
            flags.data.clone().or(file.data.take()).unwrap_or_else(|| data_default(environment));
        check(file, data)
    }
}

fn read_file(path: &Path) -> anyhow::Result<File> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the configuration file {}", path.display()))?;
    toml::from_str(&text).map_err(|error| {
        anyhow::anyhow!("the configuration file {} is wrong:\n{error}", path.display())
    })
}

fn override_from_environment(file: &mut File, environment: Environment<'_>) -> anyhow::Result<()> {
    if let Some(data) = environment("TIDEMILL_DATA") {
        file.data = Some(PathBuf::from(data));
    }
    file.memory_max = environment("TIDEMILL_MEMORY_MAX").or(file.memory_max.take());
    let paths = [
        ("TIDEMILL_PYTHON", &mut file.functions.python),
        ("TIDEMILL_SITE_PACKAGES", &mut file.functions.site_packages),
    ];
    for (name, path) in paths {
        if let Some(value) = environment(name) {
            *path = Some(PathBuf::from(value));
        }
    }
    let texts = [
        ("TIDEMILL_LISTEN", &mut file.listen),
        ("TIDEMILL_ACCOUNT_ID", &mut file.account_id),
        ("TIDEMILL_REGION", &mut file.region),
        ("TIDEMILL_LOG_LEVEL", &mut file.log_level),
    ];
    for (name, text) in texts {
        if let Some(value) = environment(name) {
            *text = value;
        }
    }
    if let Some(value) = environment("TIDEMILL_ALLOW_PLAINTEXT") {
        file.allow_plaintext = match value.as_str() {
            "1" | "true" => true,
            "0" | "false" => false,
            other => bail!("TIDEMILL_ALLOW_PLAINTEXT is `{other}`; say true or false"),
        };
    }
    Ok(())
}

/// `$XDG_DATA_HOME/tidemill`, else `~/.local/share/tidemill`, else a folder right here: the same
/// place whatever directory `tidemill env` is called from.
fn data_default(environment: Environment<'_>) -> PathBuf {
    if let Some(data_home) = environment("XDG_DATA_HOME") {
        return PathBuf::from(data_home).join("tidemill");
    }
    match environment("HOME") {
        Some(home) => PathBuf::from(home).join(".local/share/tidemill"),
        None => PathBuf::from("tidemill-data"),
    }
}

fn check(file: File, data: PathBuf) -> anyhow::Result<Config> {
    let listen = parse_listen(&file.listen)?;
    let Some(account_id) = AccountId::parse(&file.account_id) else {
        bail!("account_id is `{}`; an account id is twelve digits", file.account_id);
    };
    let Some(region) = Region::parse(&file.region) else {
        bail!("region is `{}`; a region looks like us-east-1", file.region);
    };
    let log_level = match file.log_level.as_str() {
        "error" => tracing::Level::ERROR,
        "warn" => tracing::Level::WARN,
        "info" => tracing::Level::INFO,
        "debug" => tracing::Level::DEBUG,
        other => bail!("log_level is `{other}`; say error, warn, info or debug"),
    };
    if file.connections_max == 0 {
        bail!("connections_max is 0; at least one connection must be allowed");
    }
    if file.checkpoint_log_mebibytes == 0 || file.checkpoint_interval_seconds == 0 {
        bail!("checkpoint_log_mebibytes and checkpoint_interval_seconds must be at least 1");
    }
    let Some(checkpoint_log_bytes) = file.checkpoint_log_mebibytes.checked_mul(1 << 20) else {
        bail!("checkpoint_log_mebibytes is {}, which no disk has", file.checkpoint_log_mebibytes);
    };
    let memory_bytes_max = match &file.memory_max {
        Some(text) => parse_memory(text)?,
        None => memory::budget_default(),
    };
    let threads_max = usize::from(PARTITION_COUNT);
    if file.partition_threads.is_some_and(|threads| !(1..=threads_max).contains(&threads)) {
        bail!("partition_threads must be 1 to {threads_max}, the number of partitions");
    }
    let accounts = file.account.into_iter().map(check_account).collect::<Result<Vec<_>, _>>()?;
    for (index, account) in accounts.iter().enumerate() {
        if accounts.iter().take(index).any(|other| other.access_key_id == account.access_key_id) {
            bail!("access_key_id `{}` is configured twice", account.access_key_id);
        }
    }
    // Functions run in directories of their own, where a relative path would mean another place.
    let data = std::path::absolute(&data)
        .with_context(|| format!("`{}` is no data directory", data.display()))?;
    Ok(Config {
        data,
        listen,
        allow_plaintext: file.allow_plaintext,
        account_id,
        region,
        log_level,
        connections_max: file.connections_max,
        drain_max: Duration::from_secs(file.drain_seconds),
        checkpoint_log_bytes,
        checkpoint_interval: Duration::from_secs(file.checkpoint_interval_seconds),
        memory_bytes_max,
        partition_threads: file.partition_threads,
        functions: file.functions.absolute()?,
        deliveries: check_deliveries(file.deliveries)?,
        accounts,
    })
}

/// Takes `512 MiB` and `2GiB`.
fn parse_memory(text: &str) -> anyhow::Result<u64> {
    let parsed = [("MiB", 20), ("GiB", 30)].into_iter().find_map(|(unit, shift)| {
        let number: u64 = text.trim().strip_suffix(unit)?.trim_end().parse().ok()?;
        number.checked_mul(1 << shift)
    });
    let Some(bytes) = parsed else {
        bail!("memory_max is `{text}`; say e.g. \"512 MiB\" or \"2 GiB\"");
    };
    if bytes < BUDGET_BYTES_MIN {
        let least = BUDGET_BYTES_MIN >> 20;
        bail!("memory_max is `{text}`; it must be at least {least} MiB");
    }
    Ok(bytes)
}

fn check_deliveries(deliveries: FileDeliveries) -> anyhow::Result<DeliveryOptions> {
    let FileDeliveries { allow, deny, certificates } = deliveries;
    let networks = |what: &str, texts: Vec<String>| {
        let parsed = texts.iter().map(|text| text.parse());
        parsed
            .collect::<Result<Vec<Network>, String>>()
            .map_err(|reason| anyhow::anyhow!("[deliveries] {what}: {reason}"))
    };
    let reach = Reach { allow: networks("allow", allow)?, deny: networks("deny", deny)? };
    let options = DeliveryOptions { reach, certificates, own_address: None };
    options.check().with_context(|| {
        let path = options.certificates.as_deref().unwrap_or(Path::new(""));
        format!("[deliveries] certificates: cannot use {}", path.display())
    })?;
    Ok(options)
}

fn check_account(account: FileAccount) -> anyhow::Result<Account> {
    let Some(id) = AccountId::parse(&account.id) else {
        bail!("[[account]] id is `{}`; an account id is twelve digits", account.id);
    };
    check_key(&account.access_key_id, &account.secret_access_key)
        .with_context(|| format!("[[account]] {id}"))?;
    let FileAccount { id: _, access_key_id, secret_access_key } = account;
    Ok(Account { id, access_key_id, secret_access_key })
}

/// What SDKs and the signature format allow of a key.
pub(crate) fn check_key(access_key_id: &str, secret_access_key: &str) -> anyhow::Result<()> {
    let id_is_legal = (3..=128).contains(&access_key_id.len())
        && access_key_id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !id_is_legal {
        bail!("access_key_id must be 3 to 128 letters, digits or underscores");
    }
    let secret_is_legal = secret_access_key.len() >= 8
        && secret_access_key.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\'');
    if !secret_is_legal {
        bail!("secret_access_key must be at least 8 printable characters without spaces or quotes");
    }
    Ok(())
}

/// Takes `4566`, `:4566`, `localhost:4566` and full addresses.
fn parse_listen(text: &str) -> anyhow::Result<SocketAddr> {
    let full = match text.strip_prefix(':').unwrap_or(text) {
        port if port.parse::<u16>().is_ok() => format!("127.0.0.1:{port}"),
        other => other.replacen("localhost:", "127.0.0.1:", 1),
    };
    full.parse().map_err(|_| {
        anyhow::anyhow!(
            "`{text}` is no address to listen on; say e.g. {LISTEN_DEFAULT} or [::1]:4566"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn load(file: &str, variables: &[(&str, &str)], flags: &Flags) -> anyhow::Result<Config> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("tidemill.toml");
        std::fs::write(&path, file).expect("written");
        let flags = Flags { config: Some(path), ..flags.clone() };
        let environment = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        Config::load(&flags, &environment)
    }

    #[test]
    fn a_flag_beats_the_environment_beats_the_file_beats_the_default() {
        let listen = |file: &str, variables: &[(&str, &str)], flag: Option<&str>| {
            let flags = Flags { listen: flag.map(str::to_owned), ..Flags::default() };
            load(file, variables, &flags).expect("legal").listen.to_string()
        };
        let file = "listen = '127.0.0.1:1'";
        let variables = [("TIDEMILL_LISTEN", ":2")];
        assert_eq!(listen("", &[], None), "127.0.0.1:4566");
        assert_eq!(listen(file, &[], None), "127.0.0.1:1");
        assert_eq!(listen(file, &variables, None), "127.0.0.1:2");
        assert_eq!(listen(file, &variables, Some("localhost:3")), "127.0.0.1:3");
    }

    #[test]
    fn memory_is_said_with_its_unit_and_has_a_default() {
        let memory = |file: &str, variables: &[(&str, &str)], flag: Option<&str>| {
            let flags = Flags { memory_max: flag.map(str::to_owned), ..Flags::default() };
            load(file, variables, &flags).expect("legal").memory_bytes_max
        };
        let file = "memory_max = '512 MiB'";
        let variables = [("TIDEMILL_MEMORY_MAX", "1GiB")];
        assert_eq!(memory("", &[], None), memory::budget_default());
        assert_eq!(memory(file, &[], None), 512 << 20);
        assert_eq!(memory(file, &variables, None), 1 << 30);
        assert_eq!(memory(file, &variables, Some("2 GiB")), 2 << 30);
    }

    #[test]
    fn data_lies_in_the_same_place_wherever_one_calls_from() {
        let data = |variables: &[(&str, &str)]| {
            load("", variables, &Flags::default()).expect("legal").data.display().to_string()
        };
        assert_eq!(data(&[("HOME", "/home/ada")]), "/home/ada/.local/share/tidemill");
        assert_eq!(data(&[("HOME", "/home/ada"), ("XDG_DATA_HOME", "/srv")]), "/srv/tidemill");
        assert_eq!(data(&[("TIDEMILL_DATA", "/data")]), "/data");
        let here = std::env::current_dir().expect("a working directory");
        let inside = |name: &str| here.join(name).display().to_string();
        assert_eq!(data(&[]), inside("tidemill-data"));
        assert_eq!(data(&[("TIDEMILL_DATA", "./data")]), inside("data"));
    }

    #[test]
    fn paths_for_functions_are_absolute_and_bare_names_stay() {
        let functions = |file: &str| load(file, &[], &Flags::default()).expect("legal").functions;
        let here = std::env::current_dir().expect("a working directory");
        let named = functions("[functions]\npython = 'python3.11'\nsite_packages = 'packages'");
        assert_eq!(named.python, Some(PathBuf::from("python3.11")));
        assert_eq!(named.site_packages, Some(here.join("packages")));
        let placed = functions("[functions]\npython = './bin/python3.11'");
        assert_eq!(placed.python, Some(here.join("bin/python3.11")));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let complain = |file: &str| {
            let error = load(file, &[], &Flags::default()).err().expect("refused");
            let text = format!("{error:#}");
            text.lines()
                .skip_while(|line| line.contains("configuration file"))
                .collect::<Vec<_>>()
                .join("\n")
        };
        let cases = [
            "listne = ':4566'",
            "listen = 'nowhere'",
            "account_id = '7'",
            "region = 'US EAST'",
            "log_level = 'loud'",
            "connections_max = 0",
            "checkpoint_log_mebibytes = 17592186044416",
            "memory_max = 'plenty'",
            "memory_max = '64 MiB'",
            "partition_threads = 17",
            "[deliveries]\ndeny = ['10.0.0.0/33']",
            "[[account]]\nid = '000000000001'\naccess_key_id = 'a b'\nsecret_access_key = 'longenough'",
            "[[account]]\nid = '000000000001'\naccess_key_id = 'AKIA1'\nsecret_access_key = 'short'",
            "[[account]]\nid = '000000000001'\naccess_key_id = 'AKIA1'",
        ];
        let all: Vec<String> = cases.into_iter().map(complain).collect();
        expect![[r#"
            TOML parse error at line 1, column 1
              |
            1 | listne = ':4566'
              | ^^^^^^
            unknown field `listne`, expected one of `data`, `listen`, `allow_plaintext`, `account_id`, `region`, `log_level`, `connections_max`, `drain_seconds`, `checkpoint_log_mebibytes`, `checkpoint_interval_seconds`, `memory_max`, `partition_threads`, `functions`, `deliveries`, `account`
            ---
            `nowhere` is no address to listen on; say e.g. 127.0.0.1:4566 or [::1]:4566
            ---
            account_id is `7`; an account id is twelve digits
            ---
            region is `US EAST`; a region looks like us-east-1
            ---
            log_level is `loud`; say error, warn, info or debug
            ---
            connections_max is 0; at least one connection must be allowed
            ---
            checkpoint_log_mebibytes is 17592186044416, which no disk has
            ---
            memory_max is `plenty`; say e.g. "512 MiB" or "2 GiB"
            ---
            memory_max is `64 MiB`; it must be at least 96 MiB
            ---
            partition_threads must be 1 to 16, the number of partitions
            ---
            [deliveries] deny: `10.0.0.0/33` is no network; say e.g. 10.0.0.0/8 or 127.0.0.1
            ---
            [[account]] 000000000001: access_key_id must be 3 to 128 letters, digits or underscores
            ---
            [[account]] 000000000001: secret_access_key must be at least 8 printable characters without spaces or quotes
            ---
            TOML parse error at line 1, column 1
              |
            1 | [[account]]
              | ^^^^^^^^^^^
            missing field `secret_access_key`"#]].assert_eq(&all.join("\n---\n"));
    }
}
