//! Delivery policies: how deliveries over HTTP are tried again. Topics carry them for all their
//! subscriptions, and a subscription its own.
//!
//! A delivery that failed is tried again in four phases: at once, after the least delay, after
//! delays that grow, after the greatest delay. What AWS does not say of the growth is ours: the
//! delays of that phase go from the least to the greatest, in a straight line (`linear`), with the
//! square (`arithmetic`) or the cube (`geometric`) of the retry, or doubling (`exponential`).

use kernel::Millis;

use serde_json::{Map, Value, json};
use tidemill_kernel as kernel;

/// AWS's ceilings: retries, seconds between two, and seconds in all.
const RETRIES_MAX: u64 = 100;
const DELAY_SECONDS_MAX: u64 = 3_600;
const TOTAL_SECONDS_MAX: u64 = 3_600;
const BACKOFFS: [&str; 4] = ["linear", "arithmetic", "geometric", "exponential"];

/// The policy in the form it is kept in, or what is wrong with it.
pub(super) fn normalise(text: &str) -> Result<String, String> {
    let invalid = |reason: &str| format!("DeliveryPolicy: {reason}");
    let Ok(Value::Object(policy)) = serde_json::from_str(text) else {
        return Err(invalid("failed to parse JSON"));
    };
    only(&policy, &["http"]).map_err(|reason| invalid(&reason))?;
    let Some(Value::Object(http)) = policy.get("http") else {
        return Err(invalid("http must be an object"));
    };
    check_http(http).map_err(|reason| invalid(&reason))?;
    let policy = Value::Object(policy).to_string();
    Effective::of(Some(&policy), None).check_total().map_err(|reason| invalid(&reason))?;
    Ok(policy)
}

/// A subscription's policy in the form it is kept in, or what is wrong with it.
pub(super) fn normalise_of_subscription(text: &str) -> Result<String, String> {
    let invalid = |reason: String| format!("DeliveryPolicy: {reason}");
    let Ok(Value::Object(policy)) = serde_json::from_str(text) else {
        return Err(invalid("failed to parse JSON".to_owned()));
    };
    let parts = ["healthyRetryPolicy", "requestPolicy", "throttlePolicy"];
    only(&policy, &parts).map_err(invalid)?;
    check_parts(&policy, parts).map_err(invalid)?;
    let policy = Value::Object(policy).to_string();
    Effective::of(None, Some(&policy)).check_total().map_err(invalid)?;
    Ok(policy)
}

fn check_http(http: &Map<String, Value>) -> Result<(), String> {
    only(
        http,
        &[
            "defaultHealthyRetryPolicy",
            "defaultRequestPolicy",
            "defaultThrottlePolicy",
            "disableSubscriptionOverrides",
        ],
    )?;
    if http.get("disableSubscriptionOverrides").is_some_and(|flag| !flag.is_boolean()) {
        return Err("disableSubscriptionOverrides must be true or false".to_owned());
    }
    let parts = ["defaultHealthyRetryPolicy", "defaultRequestPolicy", "defaultThrottlePolicy"];
    check_parts(http, parts)
}

/// What topics and subscriptions say in the same words below different names.
fn check_parts(
    policy: &Map<String, Value>,
    [retry, request, throttle]: [&str; 3],
) -> Result<(), String> {
    let part = |name: &str| match policy.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(part)) => Ok(Some(part)),
        Some(_) => Err(format!("{name} must be an object")),
    };
    if let Some(retry) = part(retry)? {
        check_retry(retry)?;
    }
    if let Some(throttle) = part(throttle)? {
        only(throttle, &["maxReceivesPerSecond"])?;
        whole(throttle, "maxReceivesPerSecond", 1, u64::MAX)?;
    }
    if let Some(request) = part(request)? {
        only(request, &["headerContentType"])?;
        let is_header = |kind: &Value| {
            let kind = kind.as_str().unwrap_or_default();
            !kind.is_empty() && kind.bytes().all(|byte| (b' '..=b'~').contains(&byte))
        };
        if request.get("headerContentType").is_some_and(|kind| !is_header(kind)) {
            return Err("headerContentType must be a content type".to_owned());
        }
    }
    Ok(())
}

fn check_retry(retry: &Map<String, Value>) -> Result<(), String> {
    const COUNTS: [&str; 3] = ["numMaxDelayRetries", "numMinDelayRetries", "numNoDelayRetries"];
    only(
        retry,
        &[
            "backoffFunction",
            "maxDelayTarget",
            "minDelayTarget",
            "numMaxDelayRetries",
            "numMinDelayRetries",
            "numNoDelayRetries",
            "numRetries",
        ],
    )?;
    let retries = whole(retry, "numRetries", 0, RETRIES_MAX)?.unwrap_or(3);
    let min = whole(retry, "minDelayTarget", 1, DELAY_SECONDS_MAX)?.unwrap_or(20);
    let max = whole(retry, "maxDelayTarget", 1, DELAY_SECONDS_MAX)?.unwrap_or(20);
    if min > max {
        return Err("minDelayTarget must be at most maxDelayTarget".to_owned());
    }
    let mut phases = 0;
    for name in COUNTS {
        phases += whole(retry, name, 0, RETRIES_MAX)?.unwrap_or(0);
    }
    if phases > retries {
        return Err("numRetries must be at least the retries of all phases".to_owned());
    }
    match retry.get("backoffFunction") {
        None => Ok(()),
        Some(Value::String(name)) if BACKOFFS.contains(&name.as_str()) => Ok(()),
        Some(other) => Err(format!("backoffFunction: Invalid value [{other}]")),
    }
}

fn only(object: &Map<String, Value>, known: &[&str]) -> Result<(), String> {
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(format!("Unexpected JSON member: {key}")),
        None => Ok(()),
    }
}

fn whole(
    object: &Map<String, Value>,
    name: &str,
    min: u64,
    max: u64,
) -> Result<Option<u64>, String> {
    let Some(value) = object.get(name) else { return Ok(None) };
    value
        .as_u64()
        .filter(|number| (min..=max).contains(number))
        .map(Some)
        .ok_or_else(|| format!("{name} must be a whole number from {min} to {max}"))
}

/// What holds when `policy` leaves something open.
pub(super) fn effective(policy: Option<&str>) -> String {
    let mut http = json!({
        "defaultHealthyRetryPolicy": {
            "minDelayTarget": 20,
            "maxDelayTarget": 20,
            "numRetries": 3,
            "numMaxDelayRetries": 0,
            "numNoDelayRetries": 0,
            "numMinDelayRetries": 0,
            "backoffFunction": "linear",
        },
        "disableSubscriptionOverrides": false,
        "defaultRequestPolicy": { "headerContentType": "text/plain; charset=UTF-8" },
    });
    let set: Option<Value> = policy.and_then(|policy| serde_json::from_str(policy).ok());
    if let Some(set) = set.as_ref().and_then(|set| set.get("http")) {
        lay_over(&mut http, set);
    }
    json!({ "http": http }).to_string()
}

/// What holds for a subscription, in the form that `GetSubscriptionAttributes` shows.
pub(super) fn shown(topic: Option<&str>, subscription: Option<&str>) -> String {
    laid_over(topic, subscription).to_string()
}

fn laid_over(topic: Option<&str>, subscription: Option<&str>) -> Value {
    let topic: Value = serde_json::from_str(&effective(topic)).unwrap_or_default();
    let of_topic = |name: &str| topic.get("http").and_then(|http| http.get(name)).cloned();
    let mut policy = json!({
        "healthyRetryPolicy": of_topic("defaultHealthyRetryPolicy"),
        "throttlePolicy": of_topic("defaultThrottlePolicy"),
        "requestPolicy": of_topic("defaultRequestPolicy"),
    });
    let is_closed = of_topic("disableSubscriptionOverrides") == Some(Value::Bool(true));
    let own = subscription.filter(|_| !is_closed);
    if let Some(own) = own.and_then(|own| serde_json::from_str(own).ok()) {
        lay_over(&mut policy, &own);
    }
    policy
}

/// A policy ready to be followed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Effective {
    pub(super) per_second: Option<u32>,
    pub(super) content_type: String,
    retry: Value,
}

impl Effective {
    pub(super) fn of(topic: Option<&str>, subscription: Option<&str>) -> Effective {
        let mut policy = laid_over(topic, subscription);
        let per_second = policy.pointer("/throttlePolicy/maxReceivesPerSecond");
        let content_type = policy.pointer("/requestPolicy/headerContentType");
        Effective {
            per_second: per_second
                .and_then(Value::as_u64)
                .map(|number| u32::try_from(number).unwrap_or(u32::MAX)),
            content_type: content_type.and_then(Value::as_str).unwrap_or_default().to_owned(),
            retry: policy.get_mut("healthyRetryPolicy").map(Value::take).unwrap_or_default(),
        }
    }

    /// How long a retry waits, counted from 0; `None` when there are no more.
    pub(super) fn delay(&self, retry: u64) -> Option<Millis> {
        let number = |name: &str| self.retry.get(name).and_then(Value::as_u64).unwrap_or(0);
        let retries = number("numRetries");
        let (least, greatest) = (number("minDelayTarget"), number("maxDelayTarget"));
        let at_once = number("numNoDelayRetries");
        let growing_from = at_once + number("numMinDelayRetries");
        let greatest_from = retries.saturating_sub(number("numMaxDelayRetries"));
        let seconds = if retry >= retries {
            return None;
        } else if retry < at_once {
            0
        } else if retry < growing_from {
            least
        } else if retry >= greatest_from {
            greatest
        } else {
            let steps = u32::try_from(greatest_from - growing_from - 1).unwrap_or(u32::MAX);
            let step = u32::try_from(retry - growing_from).unwrap_or(u32::MAX);
            least + self.grown(greatest.saturating_sub(least), step, steps)
        };
        Some(Millis::from_seconds(seconds))
    }

    fn check_total(&self) -> Result<(), String> {
        let delays = (0..).map_while(|retry| self.delay(retry));
        let total = delays.fold(Millis(0), |total, delay| Millis(total.0 + delay.0));
        if total > Millis::from_seconds(TOTAL_SECONDS_MAX) {
            return Err(format!(
                "the delays of all retries together must be at most {TOTAL_SECONDS_MAX} seconds, \
                 and are {}",
                total.0 / 1000
            ));
        }
        Ok(())
    }

    /// The part of `span` that is reached at `step` of `steps`; whole numbers, so that every
    /// machine finds the same one.
    fn grown(&self, span: u64, step: u32, steps: u32) -> u64 {
        let (step, steps) = (u128::from(step.min(100)), u128::from(steps));
        let (part, whole) = match self.retry.get("backoffFunction").and_then(Value::as_str) {
            Some("arithmetic") => (step.pow(2), steps.pow(2)),
            Some("geometric") => (step.pow(3), steps.pow(3)),
            Some("exponential") => ((1 << step) - 1, (1 << steps.min(100)) - 1),
            Some(_) | None => (step, steps),
        };
        let grown = u128::from(span) * part / whole.max(1);
        u64::try_from(grown).unwrap_or(span)
    }
}

fn lay_over(below: &mut Value, above: &Value) {
    match (below, above) {
        (Value::Object(below), Value::Object(above)) => {
            for (key, value) in above {
                lay_over(below.entry(key).or_insert(Value::Null), value);
            }
        }
        (below, above) => below.clone_from(above),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_policy_keeps_to_aws_limits() {
        let retry = |inner: &str| {
            normalise(&format!("{{\"http\":{{\"defaultHealthyRetryPolicy\":{{{inner}}}}}}}"))
        };
        for good in [
            r#""numRetries":0"#,
            r#""numRetries":100"#,
            r#""numRetries":1,"numMaxDelayRetries":1,"maxDelayTarget":3600"#,
            r#""numRetries":100,"minDelayTarget":36,"maxDelayTarget":36"#,
            r#""numRetries":6,"numMaxDelayRetries":2,"numMinDelayRetries":2,"numNoDelayRetries":2"#,
            r#""backoffFunction":"exponential""#,
        ] {
            assert!(retry(good).is_ok(), "{good}");
        }
        for bad in [
            r#""numRetries":101"#,
            r#""numRetries":-1"#,
            r#""minDelayTarget":0"#,
            r#""maxDelayTarget":3601"#,
            r#""numRetries":2,"numMaxDelayRetries":2,"maxDelayTarget":1801"#,
            r#""numRetries":98,"minDelayTarget":37,"maxDelayTarget":37"#,
            r#""minDelayTarget":30,"maxDelayTarget":29"#,
            r#""numRetries":5,"numMaxDelayRetries":2,"numMinDelayRetries":2,"numNoDelayRetries":2"#,
            r#""backoffFunction":"random""#,
            r#""jitter":true"#,
        ] {
            assert!(retry(bad).is_err(), "{bad}");
        }
        for bad in ["", "[]", "{}", r#"{"http":1}"#, r#"{"https":{}}"#, r#"{"http":{"x":1}}"#] {
            assert!(normalise(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_subscription_has_the_same_limits_below_other_names() {
        let good = r#"{"throttlePolicy":{"maxReceivesPerSecond":5},"healthyRetryPolicy":{"numRetries":5,"minDelayTarget":1,"maxDelayTarget":2},"requestPolicy":{"headerContentType":"application/json"}}"#;
        assert!(normalise_of_subscription(good).is_ok());
        for bad in [
            "",
            "[]",
            r#"{"http":{}}"#,
            r#"{"throttlePolicy":{"maxReceivesPerSecond":0}}"#,
            r#"{"healthyRetryPolicy":{"numRetries":101}}"#,
            r#"{"healthyRetryPolicy":5}"#,
            r#"{"requestPolicy":{"headerContentType":"a\r\nb: c"}}"#,
        ] {
            assert!(normalise_of_subscription(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn retries_go_through_their_phases() {
        let table = |backoff: &str, retries: u64, least: u64, greatest: u64| {
            let own = json!({ "healthyRetryPolicy": { "numRetries": retries,
                "numNoDelayRetries": 1, "numMinDelayRetries": 1, "numMaxDelayRetries": 1,
                "minDelayTarget": least, "maxDelayTarget": greatest,
                "backoffFunction": backoff } });
            let policy = Effective::of(None, Some(&own.to_string()));
            let delays: Vec<u64> =
                (0..).map_while(|retry| policy.delay(retry)).map(|delay| delay.0 / 1000).collect();
            delays
        };
        assert_eq!(table("linear", 8, 10, 50), [0, 10, 10, 20, 30, 40, 50, 50]);
        assert_eq!(table("arithmetic", 8, 10, 50), [0, 10, 10, 12, 20, 32, 50, 50]);
        assert_eq!(table("geometric", 8, 10, 50), [0, 10, 10, 10, 15, 26, 50, 50]);
        assert_eq!(table("exponential", 8, 10, 50), [0, 10, 10, 12, 18, 28, 50, 50]);
        for backoff in BACKOFFS {
            let delays = table(backoff, 100, 1, 3600);
            assert_eq!((delays.len(), delays.first(), delays.last()), (100, Some(&0), Some(&3600)));
            assert!(delays.is_sorted(), "{backoff}: {delays:?}");
        }
        let default = Effective::of(None, None);
        let delays: Vec<_> = (0..).map_while(|retry| default.delay(retry)).collect();
        assert_eq!(delays, [Millis::from_seconds(20); 3]);
    }

    #[test]
    fn a_topic_may_keep_its_subscriptions_from_a_policy_of_their_own() {
        let own = r#"{"throttlePolicy":{"maxReceivesPerSecond":5}}"#;
        let topic = r#"{"http":{"defaultThrottlePolicy":{"maxReceivesPerSecond":9}}}"#;
        let closed = r#"{"http":{"disableSubscriptionOverrides":true}}"#;
        let per_second = |topic, own| Effective::of(topic, own).per_second;
        assert_eq!(per_second(None, None), None);
        assert_eq!(per_second(None, Some(own)), Some(5));
        assert_eq!(per_second(Some(topic), None), Some(9));
        assert_eq!(per_second(Some(topic), Some(own)), Some(5));
        assert_eq!(per_second(Some(closed), Some(own)), None);
        assert_eq!(Effective::of(None, None).content_type, "text/plain; charset=UTF-8");
    }

    #[test]
    fn what_a_policy_leaves_open_is_filled_in() {
        let policy = r#"{"http":{"defaultHealthyRetryPolicy":{"numRetries":7}}}"#;
        let shown: Value = serde_json::from_str(&effective(Some(policy))).unwrap();
        let retry = &shown["http"]["defaultHealthyRetryPolicy"];
        assert_eq!((&retry["numRetries"], &retry["minDelayTarget"]), (&json!(7), &json!(20)));
    }
}
