//! `tidemill status`: what a running server holds, told from its `/metrics` page.

use crate::config::Config;
use crate::http_client::Server;
use crate::{endpoint, say};
use anyhow::{Context as _, bail};
use std::collections::BTreeMap;
use std::time::Duration;

const ANSWER_MAX: Duration = Duration::from_secs(5);

pub(crate) fn status(config: &Config) -> anyhow::Result<()> {
    let Some(url) = endpoint::announced(&config.data)? else {
        bail!(
            "no server runs on {data}; start it with: tidemill up --data {data}",
            data = config.data.display()
        );
    };
    let page = get_metrics(&url).with_context(|| {
        format!("no server answers at {url}; it may have been killed: start it again")
    })?;
    let samples = parse(&page);
    say(format!("endpoint   {url}"));
    say(format!("data       {}", config.data.display()));
    if let Ok(volume) = rustix::fs::statvfs(&config.data) {
        let free = volume.f_bavail.saturating_mul(volume.f_frsize) as f64;
        say(format!("disk       {} free", mebibytes(free)));
    }
    for line in describe(&samples) {
        say(line);
    }
    Ok(())
}

fn get_metrics(url: &str) -> anyhow::Result<String> {
    let answer = Server::at(url)?.ask("GET", "/metrics", &[], b"", ANSWER_MAX)?;
    match answer.status {
        200 => Ok(answer.body),
        status => bail!("it answered {status}"),
    }
}

/// One line of the page.
#[derive(Debug, PartialEq)]
struct Sample {
    name: String,
    labels: BTreeMap<String, String>,
    value: f64,
}

impl Sample {
    fn label(&self, name: &str) -> &str {
        self.labels.get(name).map_or("", String::as_str)
    }
}

fn parse(page: &str) -> Vec<Sample> {
    page.lines().filter(|line| !line.starts_with('#')).filter_map(parse_sample).collect()
}

fn parse_sample(line: &str) -> Option<Sample> {
    let (series, value) = line.rsplit_once(' ')?;
    let (name, labels) = match series.split_once('{') {
        Some((name, labels)) => (name, labels.strip_suffix('}')?),
        None => (series, ""),
    };
    // Names of queues and functions hold neither quotes nor commas, so no unescaping is needed.
    let labels = labels
        .split(',')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.trim_matches('"').to_owned()))
        .collect();
    Some(Sample { name: name.to_owned(), labels, value: value.parse().ok()? })
}

fn describe(samples: &[Sample]) -> Vec<String> {
    let one = |name: &str| samples.iter().find(|sample| sample.name == name).map(|s| s.value);
    let mut lines = Vec::new();
    let mut line = |title: &str, text: Option<String>| {
        lines.extend(text.map(|text| format!("{title:<10} {text}")));
    };
    let room = match one("tidemill_disk_room") {
        Some(0.0) => Some("none: every change but a deletion is refused".to_owned()),
        Some(1.0) => Some("little: new data is refused, receiving and deleting go on".to_owned()),
        Some(_) | None => None,
    };
    line("room", room);
    let memory = one("process_resident_memory_bytes").map(|resident| {
        let budget = one("tidemill_memory_max_bytes").map(mebibytes);
        let of = budget.map(|budget| format!(" of {budget}")).unwrap_or_default();
        let refused = match one("tidemill_memory_pressure") {
            Some(2.0) => ", used up: new data is refused, receiving and deleting go on",
            Some(_) | None => "",
        };
        format!("{}{of}{refused}", mebibytes(resident))
    });
    line("memory", memory);
    let appended = one("tidemill_log_entries_total").zip(one("tidemill_log_bytes_total"));
    let log = one("tidemill_log_position").zip(appended).map(|(position, (entries, bytes))| {
        format!("position {position}; since the start {entries} entries, {}", mebibytes(bytes))
    });
    line("log", log);
    let queues = queues(samples);
    line("queues", Some(queues.len().to_string()));
    lines.extend(queues);
    let functions = functions(samples);
    lines.push(format!("{:<10} {} have run since the start", "functions", functions.len()));
    lines.extend(functions);
    lines
}

fn mebibytes(bytes: f64) -> String {
    format!("{:.1} MiB", bytes / 1024.0 / 1024.0)
}

/// A line per queue: waiting, in flight, delayed, oldest.
fn queues(samples: &[Sample]) -> Vec<String> {
    let mut queues: BTreeMap<(&str, &str, &str), [f64; 7]> = BTreeMap::new();
    for sample in samples {
        let column = match sample.name.as_str() {
            "tidemill_sqs_messages_visible" => 0,
            "tidemill_sqs_messages_in_flight" => 1,
            "tidemill_sqs_messages_delayed" => 2,
            "tidemill_sqs_oldest_message_age_seconds" => 3,
            "tidemill_sqs_paused" => 4,
            "tidemill_sqs_consumer_stuck" => 5,
            "tidemill_sqs_receives_abandoned" => 6,
            _ => continue,
        };
        let queue = (sample.label("account"), sample.label("region"), sample.label("queue"));
        if let Some(value) = queues.entry(queue).or_default().get_mut(column) {
            *value = sample.value;
        }
    }
    queues
        .into_iter()
        .map(|((account, region, queue), columns)| {
            let [visible, in_flight, delayed, oldest, paused, stuck, abandoned] = columns;
            let paused = if paused > 0.0 { "; paused" } else { "" };
            let stuck = if stuck > 0.0 {
                format!("; consumer stuck: the last {abandoned} receives ran out of time")
            } else {
                String::new()
            };
            format!(
                "  {account} {region} {queue}: {visible} waiting, {in_flight} in flight, \
                 {delayed} delayed, oldest {oldest:.0} s{paused}{stuck}"
            )
        })
        .collect()
}

/// A line per function that has run.
fn functions(samples: &[Sample]) -> Vec<String> {
    let sum = |name: &str, function: &str| -> f64 {
        let of_function =
            |sample: &&Sample| sample.name == name && sample.label("function") == function;
        // Not `sum`: of no numbers it is -0.
        samples.iter().filter(of_function).fold(0.0, |sum, sample| sum + sample.value)
    };
    samples
        .iter()
        .filter(|sample| sample.name == "tidemill_lambda_invocations_total")
        .map(|sample| {
            let function = sample.label("function");
            format!(
                "  {function}: {} runs, {} failed, {} under way",
                sample.value,
                sum("tidemill_lambda_errors_total", function),
                sum("tidemill_lambda_concurrency", function)
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn a_page_becomes_a_few_lines() {
        let labels = "account=\"000000000000\",region=\"us-east-1\",queue=\"orders\"";
        let function = "function=\"arn:aws:lambda:us-east-1:000000000000:function:resize\"";
        let page = format!(
            "# HELP x y\nprocess_resident_memory_bytes 20971520\n\
             tidemill_memory_max_bytes 104857600\ntidemill_memory_pressure 2\n\
             tidemill_log_position 4012\ntidemill_log_entries_total 12\ntidemill_log_bytes_total 1048576\n\
             tidemill_sqs_messages_visible{{{labels}}} 3\n\
             tidemill_sqs_messages_in_flight{{{labels}}} 2\n\
             tidemill_sqs_oldest_message_age_seconds{{{labels}}} 61.5\n\
             tidemill_sqs_paused{{{labels}}} 1\n\
             tidemill_sqs_consumer_stuck{{{labels}}} 1\n\
             tidemill_sqs_receives_abandoned{{{labels}}} 12\n\
             tidemill_lambda_invocations_total{{{function}}} 7\n\
             tidemill_lambda_invocations_total{{function=\"fine\"}} 2\n\
             tidemill_lambda_concurrency{{{function}}} 1\n\
             tidemill_lambda_errors_total{{{function},kind=\"Handler\"}} 2\n\
             tidemill_lambda_errors_total{{{function},kind=\"Timeout\"}} 1\n"
        );
        expect![[r#"
            memory     20.0 MiB of 100.0 MiB, used up: new data is refused, receiving and deleting go on
            log        position 4012; since the start 12 entries, 1.0 MiB
            queues     1
              000000000000 us-east-1 orders: 3 waiting, 2 in flight, 0 delayed, oldest 62 s; paused; consumer stuck: the last 12 receives ran out of time
            functions  2 have run since the start
              arn:aws:lambda:us-east-1:000000000000:function:resize: 7 runs, 3 failed, 1 under way
              fine: 2 runs, 0 failed, 0 under way"#]]
        .assert_eq(&describe(&parse(&page)).join("\n"));
    }
}
