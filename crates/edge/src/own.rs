//! What the door answers itself, unsigned: health and metrics, for load balancers and scrapers, and
//! the certificates that notifications name.
//!
//! These paths shadow nothing: AWS requests to them are signed, and bucket names cannot begin
//! with an underscore nor hold capitals.

use crate::metrics::{Metrics, Page, label_value};
use rustix::time::{ClockId, clock_gettime};
use std::cmp::Reverse;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tidemill_kernel::Timestamp;
use tidemill_node::functions::{FunctionStats, Functions, HISTOGRAM_BOUNDS_MS, RunnerStats};
use tidemill_node::memory::MemoryWatch;
use tidemill_node::metrics::{GROUP_ENTRIES_BOUNDS, LATENCY_BOUNDS_US};
use tidemill_node::room::RoomWatch;
use tidemill_node::{Node, PostMetrics};
use tidemill_services::{Query, Reply, Work, sns, sqs};

/// A page of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OwnPage {
    Health,
    Metrics,
    /// The certificate with that fingerprint, for who verifies a notification.
    Certificate(String),
}

impl OwnPage {
    /// The page at `path`, for an unsigned request.
    pub(crate) fn at(path: &str) -> Option<OwnPage> {
        match path {
            "/healthz" => Some(OwnPage::Health),
            "/metrics" => Some(OwnPage::Metrics),
            _ => sns::certificate_of(path).map(|name| OwnPage::Certificate(name.to_owned())),
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            OwnPage::Health => "health",
            OwnPage::Metrics => "metrics",
            OwnPage::Certificate(_) => "certificate",
        }
    }
}

/// Queues that get series of their own; beyond it, the ones with the most waiting.
const QUEUES_SHOWN_MAX: usize = 1000;
const FUNCTIONS_SHOWN_MAX: usize = 1000;
const SUBSCRIPTIONS_SHOWN_MAX: usize = 1000;

/// Everything the node and the process count, after what the door counts.
pub(crate) async fn render_metrics(
    metrics: &Metrics,
    node: &Node,
    functions: Option<&Functions>,
    now: Timestamp,
) -> String {
    let mut page = Page::default();
    metrics.render(&mut page);
    render_node(&mut page, node.metrics());
    if let Ok(bytes) = node.disk_free_bytes() {
        let name = "tidemill_disk_free_bytes";
        page.family(name, "gauge", "What the data directory's volume has left.");
        page.sample(name, "", bytes);
    }
    render_room(&mut page, node.room());
    render_memory(&mut page, node.memory());
    let depths = node.submit(Work::QueryAll(Query::Sqs(sqs::Query::Depths))).await;
    if let Ok(Ok(Reply::Sqs(sqs::Reply::Depths(depths)))) = depths {
        render_queues(&mut page, depths, now);
    }
    let topics = node.submit(Work::QueryAll(Query::Sns(sns::Query::Counts))).await;
    if let Ok(Ok(Reply::Sns(sns::Reply::Counts(counts)))) = topics {
        render_topics(&mut page, &counts);
    }
    let losses = node.submit(Work::QueryAll(Query::Sns(sns::Query::Losses))).await;
    if let Ok(Ok(Reply::Sns(sns::Reply::Losses(losses)))) = losses {
        render_losses(&mut page, losses);
    }
    render_posts(&mut page, node.posts());
    if let Some(functions) = functions {
        render_functions(&mut page, &functions.stats());
    }
    render_process(&mut page);
    page.into_text()
}

fn render_node(page: &mut Page, node: &tidemill_node::metrics::Metrics) {
    let sync = node.log_sync.snapshot();
    let name = "tidemill_log_sync_seconds";
    page.family(name, "histogram", "Writing and syncing one group of log entries.");
    let bounds = LATENCY_BOUNDS_US.map(|micros| Duration::from_micros(micros).as_secs_f64());
    let sum = Duration::from_micros(sync.sum).as_secs_f64();
    page.histogram(name, "", &bounds, &sync.counts, sum);

    let entries = node.log_group_entries.snapshot();
    let name = "tidemill_log_group_entries";
    page.family(name, "histogram", "Entries that shared one sync.");
    let bounds = GROUP_ENTRIES_BOUNDS.map(|count| count as f64);
    page.histogram(name, "", &bounds, &entries.counts, entries.sum as f64);

    let counted = [
        (
            "tidemill_log_position",
            "gauge",
            "Entries on disk since the data directory was made, all partitions together.",
            &node.log_position,
        ),
        ("tidemill_log_groups_total", "counter", "Groups synced.", &node.log_groups),
        ("tidemill_log_entries_total", "counter", "Entries appended.", &node.log_entries),
        ("tidemill_log_bytes_total", "counter", "Bytes appended.", &node.log_bytes),
        ("tidemill_checkpoints_total", "counter", "Checkpoints finished.", &node.checkpoints),
        (
            "tidemill_background_written_bytes_total",
            "counter",
            "Bytes written by checkpoints and merges.",
            &node.background_bytes,
        ),
        ("tidemill_rows_merge_steps_total", "counter", "Steps of merges.", &node.merge_steps),
        (
            "tidemill_rows_cache_bytes",
            "gauge",
            "Memory that rows read from disk take, with the indexes that find them.",
            &node.row_cache_bytes,
        ),
        ("tidemill_mailbox_requests", "gauge", "Works waiting for the core.", &node.mailbox),
        ("tidemill_mailbox_bytes", "gauge", "Bytes of those works.", &node.mailbox_bytes),
        (
            "tidemill_mailbox_refused_total",
            "counter",
            "Works refused because too many were waiting.",
            &node.refused_busy,
        ),
        ("tidemill_long_polls", "gauge", "Long polls parked, the server's own too.", &node.waiting),
    ];
    for (name, kind, help, value) in counted {
        page.family(name, kind, help);
        page.sample(name, "", value.load(Relaxed));
    }
    let name = "tidemill_checkpoint_last_seconds";
    page.family(name, "gauge", "How long the last checkpoint took.");
    let micros = node.checkpoint_last_us.load(Relaxed);
    page.sample(name, "", Duration::from_micros(micros).as_secs_f64());
    let name = "tidemill_background_paused_seconds_total";
    page.family(name, "counter", "How long checkpoints and merges waited so that the log is fast.");
    let micros = node.background_paused_us.load(Relaxed);
    page.sample(name, "", Duration::from_micros(micros).as_secs_f64());
}

fn render_room(page: &mut Page, room: &RoomWatch) {
    let name = "tidemill_disk_room";
    page.family(name, "gauge", "What is taken: 2 everything, 1 no new data, 0 only deletions.");
    page.sample(name, "", room.room() as u8);
    let name = "tidemill_disk_room_refused_total";
    page.family(name, "counter", "Works refused because the disk is nearly full.");
    page.sample(name, "", room.refused());
}

fn render_memory(page: &mut Page, memory: &MemoryWatch) {
    let name = "tidemill_memory_max_bytes";
    page.family(name, "gauge", "What the process may take of memory: memory_max.");
    page.sample(name, "", memory.budget_bytes());
    let name = "tidemill_memory_pressure";
    page.family(name, "gauge", "0 easy, 1 checkpoints follow each other, 2 no new data is taken.");
    page.sample(name, "", memory.pressure() as u8);
    let name = "tidemill_memory_refused_total";
    page.family(name, "counter", "Works refused because memory_max is used up.");
    page.sample(name, "", memory.refused());
}

fn render_queues(page: &mut Page, mut depths: Vec<sqs::Depth>, now: Timestamp) {
    page.family("tidemill_sqs_queues", "gauge", "Queues, all accounts and regions together.");
    page.sample("tidemill_sqs_queues", "", depths.len());
    depths.sort_by_key(|depth| Reverse(depth.counts.visible));
    depths.truncate(QUEUES_SHOWN_MAX);
    depths.sort_by(|one, other| one.queue.cmp(&other.queue));
    let labelled: Vec<(String, sqs::Depth)> = depths
        .into_iter()
        .map(|depth| {
            // Legal names need no escaping: letters, digits, hyphens, underscores, one dot.
            let sqs::QueueKey { account, region, name } = &depth.queue;
            (format!("account=\"{account}\",region=\"{region}\",queue=\"{name}\""), depth)
        })
        .collect();
    type Value = fn(&sqs::Counts) -> u64;
    let gauges: [(&str, &str, Value); 3] = [
        ("tidemill_sqs_messages_visible", "Waiting to be received.", |c| c.visible),
        ("tidemill_sqs_messages_in_flight", "Received, not yet deleted.", |c| c.in_flight),
        ("tidemill_sqs_messages_delayed", "Hidden by their delay.", |c| c.delayed),
    ];
    for (name, help, value) in gauges {
        page.family(name, "gauge", help);
        for (labels, depth) in &labelled {
            page.sample(name, labels, value(&depth.counts));
        }
    }
    let name = "tidemill_sqs_oldest_message_age_seconds";
    page.family(name, "gauge", "Age of the oldest message, whatever its state.");
    for (labels, depth) in &labelled {
        let age = depth.oldest_sent.map_or(0, |sent| now.since(sent).0);
        page.sample(name, labels, Duration::from_millis(age).as_secs_f64());
    }
    render_tallies(page, &labelled);
}

/// What happened in queues since the start, and what their consumers make of it.
fn render_tallies(page: &mut Page, labelled: &[(String, sqs::Depth)]) {
    type Value = fn(&sqs::Depth) -> u64;
    let families: [(&str, &str, &str, Value); 8] = [
        ("tidemill_sqs_messages_sent_total", "counter", "Taken.", |d| d.tally.sent),
        ("tidemill_sqs_messages_received_total", "counter", "Handed out.", |d| d.tally.received),
        ("tidemill_sqs_messages_deleted_total", "counter", "Deleted.", |d| d.tally.deleted),
        (
            "tidemill_sqs_messages_dead_lettered_total",
            "counter",
            "Moved to a dead-letter queue.",
            |d| d.tally.dead_lettered,
        ),
        (
            "tidemill_sqs_messages_expired_total",
            "counter",
            "Forgotten at the end of their retention.",
            |d| d.tally.expired,
        ),
        (
            "tidemill_sqs_receives_abandoned",
            "gauge",
            "Receives in a row that ran out of time while nothing was deleted or extended.",
            |d| d.tally.abandoned,
        ),
        (
            "tidemill_sqs_consumer_stuck",
            "gauge",
            "1 when so many were abandoned in a row that the consumer is taken to be stuck.",
            |d| u64::from(d.tally.is_stuck()),
        ),
        ("tidemill_sqs_paused", "gauge", "1 while the queue hands nothing out.", |d| {
            u64::from(d.paused.is_some())
        }),
    ];
    for (name, kind, help, value) in families {
        page.family(name, kind, help);
        for (labels, depth) in labelled {
            page.sample(name, labels, value(depth));
        }
    }
    let name = "tidemill_sqs_receives_ended_total";
    page.family(name, "counter", "Receives that did not end in a deletion, by how they did.");
    for (labels, depth) in labelled {
        let tally = &depth.tally;
        for (reason, count) in [
            ("timeout", tally.timed_out),
            ("released", tally.released),
            ("function-error", tally.failed),
            ("throttled", tally.throttled),
        ] {
            page.sample(name, &format!("{labels},reason=\"{reason}\""), count);
        }
    }
}

fn render_topics(page: &mut Page, counts: &sns::Counts) {
    let counted = [
        (
            "tidemill_sns_topics",
            "gauge",
            "Topics, all accounts and regions together.",
            counts.topics,
        ),
        (
            "tidemill_sns_subscriptions",
            "gauge",
            "Subscriptions of all topics.",
            counts.subscriptions,
        ),
        (
            "tidemill_sns_messages_fanning_out",
            "gauge",
            "Messages that some subscriptions were not yet sent.",
            counts.fanning_out,
        ),
        (
            "tidemill_sns_messages_unsigned",
            "gauge",
            "Messages and confirmations that wait to be signed.",
            counts.unsigned,
        ),
        (
            "tidemill_sns_posts_waiting",
            "gauge",
            "Deliveries over HTTP that failed and will be tried again.",
            counts.waiting_posts,
        ),
        ("tidemill_sns_messages_published_total", "counter", "Messages taken.", counts.published),
        (
            "tidemill_sns_deliveries_filtered_total",
            "counter",
            "Copies that a filter policy kept back.",
            counts.filtered,
        ),
    ];
    for (name, kind, help, value) in counted {
        page.family(name, kind, help);
        page.sample(name, "", value);
    }
    let name = "tidemill_sns_deliveries_total";
    page.family(name, "counter", "Copies for subscriptions, by what became of them.");
    for (protocol, outcomes) in counts.by_protocol() {
        for (outcome, value) in named(&outcomes) {
            let labels = format!("protocol=\"{}\",outcome=\"{outcome}\"", protocol.as_str());
            page.sample(name, &labels, value);
        }
    }
}

fn named(outcomes: &sns::Outcomes) -> [(&'static str, u64); 3] {
    let sns::Outcomes { sent, dead_lettered, dropped } = *outcomes;
    [("sent", sent), ("dead_lettered", dead_lettered), ("dropped", dropped)]
}

/// Which subscriptions lose messages: those that lost most, where there are too many.
fn render_losses(page: &mut Page, mut losses: Vec<(sns::SubscriptionKey, sns::Outcomes)>) {
    losses.sort_by_key(|(_, outcomes)| Reverse(outcomes.dropped + outcomes.dead_lettered));
    let name = "tidemill_sns_subscription_losses_total";
    page.family(name, "counter", "Copies that a subscription's endpoint did not take.");
    for (key, outcomes) in losses.into_iter().take(SUBSCRIPTIONS_SHOWN_MAX) {
        let subscription = key.arn();
        for (outcome, value) in named(&outcomes).into_iter().filter(|(_, value)| *value > 0) {
            let labels = format!(
                "subscription=\"{}\",outcome=\"{outcome}\"",
                label_value(subscription.as_str())
            );
            page.sample(name, &labels, value);
        }
    }
}

fn render_posts(page: &mut Page, posts: &PostMetrics) {
    let name = "tidemill_sns_posts_pending";
    page.family(name, "gauge", "Posts to endpoints that are under way, or wait for their turn.");
    page.sample(name, "", posts.pending());
    let name = "tidemill_sns_posts_total";
    page.family(name, "counter", "Attempts at a post, by what the endpoint said.");
    for (protocol, outcome, count) in posts.ended() {
        page.sample(name, &format!("protocol=\"{protocol}\",outcome=\"{outcome}\""), count);
    }
}

fn render_functions(page: &mut Page, runner: &RunnerStats) {
    let gauges = [
        ("tidemill_lambda_concurrent_executions", "Runs under way.", runner.concurrency),
        ("tidemill_lambda_sandboxes_idle", "Sandboxes waiting for a run.", runner.sandboxes_idle),
        ("tidemill_lambda_sandboxes_live", "Sandboxes, busy or idle.", runner.sandboxes_live),
    ];
    for (name, help, value) in gauges {
        page.family(name, "gauge", help);
        page.sample(name, "", value);
    }
    let functions: Vec<(String, &FunctionStats)> = runner
        .functions
        .iter()
        .take(FUNCTIONS_SHOWN_MAX)
        .map(|(arn, stats)| (format!("function=\"{}\"", label_value(arn)), stats))
        .collect();
    type Value = fn(&FunctionStats) -> u64;
    let counted: [(&str, &str, &str, Value); 4] = [
        ("tidemill_lambda_invocations_total", "counter", "Runs ended.", |f| f.invocations),
        (
            "tidemill_lambda_cold_starts_total",
            "counter",
            "Runs that had to start a sandbox.",
            |f| f.init.count(),
        ),
        ("tidemill_lambda_concurrency", "gauge", "Runs under way, per function.", |f| {
            f.concurrency as u64
        }),
        (
            "tidemill_lambda_log_dropped_bytes_total",
            "counter",
            "Output beyond the rate limit.",
            |f| f.log_dropped_bytes,
        ),
    ];
    for (name, kind, help, value) in counted {
        page.family(name, kind, help);
        for (labels, stats) in &functions {
            page.sample(name, labels, value(stats));
        }
    }
    let name = "tidemill_lambda_errors_total";
    page.family(name, "counter", "Runs that failed, by what went wrong.");
    for (labels, stats) in &functions {
        for (kind, count) in &stats.errors {
            page.sample(name, &format!("{labels},kind=\"{kind:?}\""), count);
        }
    }
    let name = "tidemill_lambda_duration_seconds";
    page.family(name, "histogram", "How long runs took, without starting their sandbox.");
    for (labels, stats) in &functions {
        let bounds = HISTOGRAM_BOUNDS_MS.map(|ms| Duration::from_millis(ms).as_secs_f64());
        let sum = stats.duration.sum.as_secs_f64();
        page.histogram(name, labels, &bounds, &stats.duration.counts, sum);
    }
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
