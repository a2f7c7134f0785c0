//! What the door answers itself: health and metrics, unsigned, for load balancers and scrapers.
//!
//! These paths shadow nothing: AWS requests to them are signed, and bucket names cannot begin
//! with an underscore.

use crate::metrics::{Metrics, Page};
use rustix::time::{ClockId, clock_gettime};
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tidemill_node::Node;

/// A page of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OwnPage {
    Health,
    Metrics,
}

impl OwnPage {
    /// The page at `path`, for an unsigned request.
    pub(crate) fn at(path: &str) -> Option<OwnPage> {
        match path {
            "/healthz" => Some(OwnPage::Health),
            "/metrics" => Some(OwnPage::Metrics),
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            OwnPage::Health => "health",
            OwnPage::Metrics => "metrics",
        }
    }
}

/// Everything the node and the process count, after what the door counts.
pub(crate) fn render_metrics(metrics: &Metrics, node: &Node) -> String {
    let mut page = Page::default();
    metrics.render(&mut page);
    render_node(&mut page, node.metrics());
    render_process(&mut page);
    page.into_text()
}

fn render_node(page: &mut Page, node: &tidemill_node::metrics::Metrics) {
    let sync = node.log_sync.snapshot();
    let name = "tidemill_log_sync_seconds";
    page.family(name, "histogram", "Writing and syncing one group of log entries.");
    let mut count = 0;
    for (index, in_bucket) in sync.counts.iter().enumerate() {
        count += in_bucket;
        let bound = tidemill_node::metrics::LATENCY_BOUNDS_US
            .get(index)
            .map_or("+Inf".to_owned(), |micros| {
                Duration::from_micros(*micros).as_secs_f64().to_string()
            });
        page.sample(&format!("{name}_bucket"), &format!("le=\"{bound}\""), count);
    }
    let sum = Duration::from_micros(sync.sum_us).as_secs_f64();
    page.sample(&format!("{name}_sum"), "", sum);
    page.sample(&format!("{name}_count"), "", count);

    let counted = [
        ("tidemill_log_groups_total", "counter", "Groups synced.", &node.log_groups),
        ("tidemill_log_entries_total", "counter", "Entries appended.", &node.log_entries),
        ("tidemill_log_bytes_total", "counter", "Bytes appended.", &node.log_bytes),
        ("tidemill_checkpoints_total", "counter", "Checkpoints finished.", &node.checkpoints),
        ("tidemill_mailbox_requests", "gauge", "Works waiting for the core.", &node.mailbox),
        ("tidemill_mailbox_bytes", "gauge", "Bytes of those works.", &node.mailbox_bytes),
        (
            "tidemill_mailbox_refused_total",
            "counter",
            "Works refused because too many were waiting.",
            &node.refused_busy,
        ),
        ("tidemill_long_polls", "gauge", "Long polls parked.", &node.waiting),
    ];
    for (name, kind, help, value) in counted {
        page.family(name, kind, help);
        page.sample(name, "", value.load(Relaxed));
    }
    let name = "tidemill_checkpoint_last_seconds";
    page.family(name, "gauge", "How long the last checkpoint took.");
    let micros = node.checkpoint_last_us.load(Relaxed);
    page.sample(name, "", Duration::from_micros(micros).as_secs_f64());
}

/// Memory and CPU by the names Prometheus' own clients use. Where there is no `/proc`, they are
/// left out.
fn render_process(page: &mut Page) {
    if let Some(bytes) = resident_bytes() {
        let name = "process_resident_memory_bytes";
        page.family(name, "gauge", "Resident memory.");
        page.sample(name, "", bytes);
    }
    let name = "process_cpu_seconds_total";
    page.family(name, "counter", "User and system CPU time.");
    page.sample(name, "", cpu_time().as_secs_f64());
    if let Ok(files) = std::fs::read_dir("/proc/self/fd") {
        let name = "process_open_fds";
        page.family(name, "gauge", "Open file descriptors.");
        page.sample(name, "", files.count());
    }
}

fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches("kB").trim().parse::<u64>().ok().map(|kibibytes| kibibytes * 1024)
}

fn cpu_time() -> Duration {
    let spent = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(spent).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_process_is_measured() {
        assert!(resident_bytes().is_none_or(|bytes| bytes > 100_000));
        let mut page = Page::default();
        render_process(&mut page);
        for line in page.into_text().lines().filter(|line| !line.starts_with('#')) {
            let value = line.split(' ').nth(1).expect("name and value");
            assert!(value.parse::<f64>().expect("a number") >= 0.0, "{line}");
        }
    }
}
