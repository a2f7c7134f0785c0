//! What the door counts: requests by operation and status, how long they took, connections.
//!
//! Counting is a few relaxed atomic additions. Labels are bounded: operations are names from
//! the routing table (never text a caller chose), statuses come from a fixed list.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// Upper bounds of the latency buckets, in seconds. Long polls reach twenty.
const LATENCY_BOUNDS: [f64; 14] =
    [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 20.0, 60.0];

/// Statuses that get a series of their own; every other counts as `other`.
const STATUSES: [u16; 22] = [
    200, 201, 202, 204, 206, 304, 307, 400, 403, 404, 405, 408, 409, 411, 412, 413, 416, 429, 500,
    501, 503, 504,
];

/// A histogram of durations.
#[derive(Debug, Default)]
pub struct Histogram {
    buckets: [AtomicU64; LATENCY_BOUNDS.len() + 1],
    sum_micros: AtomicU64,
}

impl Histogram {
    pub fn observe(&self, duration: Duration) {
        let seconds = duration.as_secs_f64();
        let index = LATENCY_BOUNDS.partition_point(|bound| *bound < seconds);
        if let Some(bucket) = self.buckets.get(index) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        self.sum_micros.fetch_add(micros, Ordering::Relaxed);
    }

    fn render(&self, page: &mut Page, name: &str, labels: &str) {
        let counts: Vec<u64> =
            self.buckets.iter().map(|bucket| bucket.load(Ordering::Relaxed)).collect();
        let sum = Duration::from_micros(self.sum_micros.load(Ordering::Relaxed)).as_secs_f64();
        page.histogram(name, labels, &LATENCY_BOUNDS, &counts, sum);
    }
}

/// What is counted for one operation.
#[derive(Debug, Default)]
pub struct OperationMetrics {
    statuses: [AtomicU64; STATUSES.len() + 1],
    duration: Histogram,
}

impl OperationMetrics {
    pub fn observe(&self, status: u16, duration: Duration) {
        let index = STATUSES.binary_search(&status).unwrap_or(STATUSES.len());
        if let Some(counter) = self.statuses.get(index) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        self.duration.observe(duration);
    }
}

/// All of the door's counters.
#[derive(Debug, Default)]
pub struct Metrics {
    operations: RwLock<BTreeMap<(&'static str, &'static str), Arc<OperationMetrics>>>,
    pub connections_open: AtomicU64,
    pub connections_refused: AtomicU64,
    pub requests_in_flight: AtomicU64,
    /// Requests that a defect of ours ended.
    pub panics: AtomicU64,
}

impl Metrics {
    /// The counters of an operation; both names must come from a fixed table.
    #[must_use]
    pub fn operation(
        &self,
        service: &'static str,
        operation: &'static str,
    ) -> Arc<OperationMetrics> {
        let key = (service, operation);
        let known =
            self.operations.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        known.unwrap_or_else(|| {
            let mut operations = self.operations.write().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(operations.entry(key).or_default())
        })
    }

    /// Writes everything counted here.
    pub fn render(&self, page: &mut Page) {
        let operations = self.operations.read().unwrap_or_else(PoisonError::into_inner);
        page.family("tidemill_http_requests_total", "counter", "Requests answered.");
        for ((service, operation), metrics) in operations.iter() {
            for (index, counter) in metrics.statuses.iter().enumerate() {
                let count = counter.load(Ordering::Relaxed);
                if count > 0 {
                    let status = STATUSES.get(index).map_or("other".to_owned(), u16::to_string);
                    let labels = format!(
                        "service=\"{service}\",operation=\"{operation}\",status=\"{status}\""
                    );
                    page.sample("tidemill_http_requests_total", &labels, count);
                }
            }
        }
        let name = "tidemill_http_request_duration_seconds";
        page.family(name, "histogram", "From a complete head to a response ready to be written.");
        for ((service, operation), metrics) in operations.iter() {
            let labels = format!("service=\"{service}\",operation=\"{operation}\"");
            metrics.duration.render(page, name, &labels);
        }
        let gauges = [
            ("tidemill_http_connections_open", "gauge", "Connections now.", &self.connections_open),
            (
                "tidemill_http_connections_refused_total",
                "counter",
                "Connections refused because too many were open.",
                &self.connections_refused,
            ),
            (
                "tidemill_http_requests_in_flight",
                "gauge",
                "Requests being served now, long polls among them.",
                &self.requests_in_flight,
            ),
            (
                "tidemill_http_panics_total",
                "counter",
                "Requests answered 500 because answering them panicked: a defect to report.",
                &self.panics,
            ),
        ];
        for (name, kind, help, value) in gauges {
            page.family(name, kind, help);
            page.sample(name, "", value.load(Ordering::Relaxed));
        }
    }
}

/// A page in Prometheus' text format.
#[derive(Debug, Default)]
pub struct Page(String);

impl Page {
    /// Starts a family of samples.
    pub fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    /// One sample; `labels` without braces, empty for none.
    pub fn sample(&mut self, name: &str, labels: &str, value: impl std::fmt::Display) {
        let _ = if labels.is_empty() {
            writeln!(self.0, "{name} {value}")
        } else {
            writeln!(self.0, "{name}{{{labels}}} {value}")
        };
    }

    /// The samples of a histogram: `counts` per bucket, one more than `bounds`.
    pub fn histogram(
        &mut self,
        name: &str,
        labels: &str,
        bounds: &[f64],
        counts: &[u64],
        sum: f64,
    ) {
        let comma = if labels.is_empty() { "" } else { "," };
        let mut count = 0;
        for (index, in_bucket) in counts.iter().enumerate() {
            count += in_bucket;
            let bound = bounds.get(index).map_or("+Inf".to_owned(), f64::to_string);
            let labels = format!("{labels}{comma}le=\"{bound}\"");
            self.sample(&format!("{name}_bucket"), &labels, count);
        }
        self.sample(&format!("{name}_sum"), labels, sum);
        self.sample(&format!("{name}_count"), labels, count);
    }

    #[must_use]
    pub fn into_text(self) -> String {
        self.0
    }
}

/// Text fit to stand between the quotes of a label.
#[must_use]
pub fn label_value(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_holds_what_was_counted() {
        let metrics = Metrics::default();
        let sends = metrics.operation("sqs", "SendMessage");
        sends.observe(200, Duration::from_micros(700));
        sends.observe(200, Duration::from_millis(3));
        sends.observe(418, Duration::from_secs(90));
        let mut page = Page::default();
        metrics.render(&mut page);
        let text = page.into_text();
        let labels = "service=\"sqs\",operation=\"SendMessage\"";
        for line in [
            format!("tidemill_http_requests_total{{{labels},status=\"200\"}} 2"),
            format!("tidemill_http_requests_total{{{labels},status=\"other\"}} 1"),
            format!("tidemill_http_request_duration_seconds_bucket{{{labels},le=\"0.001\"}} 1"),
            format!("tidemill_http_request_duration_seconds_bucket{{{labels},le=\"60\"}} 2"),
            format!("tidemill_http_request_duration_seconds_bucket{{{labels},le=\"+Inf\"}} 3"),
            format!("tidemill_http_request_duration_seconds_count{{{labels}}} 3"),
            "tidemill_http_connections_open 0".to_owned(),
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is missing in:\n{text}");
        }
    }

    #[test]
    fn statuses_are_sorted_for_the_binary_search() {
        assert!(STATUSES.is_sorted());
        assert!(LATENCY_BOUNDS.is_sorted());
    }

    #[test]
    fn a_label_cannot_end_its_quotes() {
        assert_eq!(label_value("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
    }
}
