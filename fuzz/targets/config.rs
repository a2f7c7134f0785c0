//! The configuration: a TOML file and the environment. What is taken can be run with.

use super::config::{Config, Flags};
use tidemill_node::memory::BUDGET_BYTES_MIN;

/// Up to an empty line, variables of the environment; then the file.
pub(crate) fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (variables, toml) = text.split_once("\n\n").unwrap_or(("", &text));
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), toml).expect("written");
    let flags = Flags { config: Some(file.path().to_owned()), ..Flags::default() };
    let environment = |name: &str| {
        let mut pairs = variables.lines().filter_map(|line| line.split_once('='));
        pairs.find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
    };
    let Ok(config) = Config::load(&flags, &environment) else { return };
    assert!(config.data.is_absolute(), "{}", config.data.display());
    assert!(config.memory_bytes_max >= BUDGET_BYTES_MIN, "{}", config.memory_bytes_max);
    assert!(config.checkpoint_log_bytes >= 1 << 20, "{}", config.checkpoint_log_bytes);
    assert!(config.connections_max > 0 && !config.checkpoint_interval.is_zero());
}
